/* Addresses and ranges of addresses, without the resolver. */
#include "access/kubernetes/network.h"
#include <arpa/inet.h>

bool aisp_net_addr_parse(struct aisp_slice text, struct aisp_net_addr *ret)
{
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct aisp_net_addr a;
	char z[64];

	if (text.n == 0 || text.n >= sizeof z || memchr(text.p, 0, text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET6, z, a.b) != 1) {
		memcpy(a.b, mapped, sizeof mapped);
		if (inet_pton(AF_INET, z, a.b + 12) != 1)
			return false;
	}
	*ret = a;
	return true;
}

static void cut(struct aisp_net_cidr *c)
{
	for (unsigned i = 0; i < 128; i++)
		if (i >= c->bits)
			c->a.b[i / 8] &= (unsigned char)~(0x80u >> i % 8);
}

bool aisp_net_cidr_parse(struct aisp_slice text, struct aisp_net_cidr *ret)
{
	size_t slash = aisp_slice_chr(text, '/');
	struct aisp_slice host = aisp_slice_to(text, slash);
	const bool v4 = aisp_slice_chr(host, ':') == SIZE_MAX;
	struct aisp_net_cidr c = {.bits = 128};
	uint64_t bits;

	if (!aisp_net_addr_parse(host, &c.a))
		return false;
	if (slash != SIZE_MAX) {
		if (!aisp_slice_u64(aisp_slice_from(text, slash + 1), &bits) || bits > (v4 ? 32 : 128))
			return false;
		c.bits = (unsigned)bits + (v4 ? 96 : 0);
	}
	cut(&c);
	*ret = c;
	return true;
}

bool aisp_net_cidr_has(const struct aisp_net_cidr *c, const struct aisp_net_addr *a)
{
	const unsigned bytes = c->bits / 8, rest = c->bits % 8;

	if (memcmp(c->a.b, a->b, bytes) != 0)
		return false;
	return rest == 0 || ((c->a.b[bytes] ^ a->b[bytes]) >> (8 - rest)) == 0;
}
