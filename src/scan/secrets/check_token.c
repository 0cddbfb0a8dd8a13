/* Checks of tokens: checksums and structure that their issuers publish. */
#include "base/hash.h"
#include "scan/secrets/check_int.h"
#include "scan/secrets/values_int.h"

#define V aisp_secrets__verdict
#define B62 aisp_secrets__base62
#define B64 aisp_secrets__base64
#define B64U aisp_secrets__base64url

static bool ends_with_digits(struct aisp_slice s, uint64_t x, const char *alphabet, unsigned n)
{
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 64);
	aisp_secrets__put_digits(&b, x, alphabet, n);
	return !b.bad && aisp_slice_ends(s, aisp_buf_slice(&b));
}

/* The last bytes, before the last `behind`. */
static struct aisp_slice last(struct aisp_slice s, size_t n, size_t behind)
{
	return s.n < n + behind ? (struct aisp_slice){0} : aisp_slice_of(s.p + s.n - n - behind, n);
}

/* GitHub (engineering blog, 2021-04-05): 30 random characters, then their CRC-32 in six digits of base 62. npm does the same. */
static enum V crc62(struct aisp_slice s)
{
	struct aisp_slice body = last(s, 30, 6);

	if (!body.n)
		return AISP_SECRETS__UNKNOWN;
	return ends_with_digits(s, aisp_secrets__crc32(body), B62, 6) ? AISP_SECRETS__PROVEN : AISP_SECRETS__WRONG;
}

enum V aisp_secrets__check_GITHUB(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	(void)x;
	if (aisp_slice_starts(s, AISP_S("github_pat_")))
		return AISP_SECRETS__UNKNOWN; /* how its checksum is made is not published */
	return s.n == 40 ? crc62(s) : AISP_SECRETS__UNKNOWN;
}

void aisp_secrets__sample_GITHUB(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)seed;
	aisp_secrets__put_digits(out, aisp_secrets__crc32(last(before, 30, 0)), B62, 6);
}

enum V aisp_secrets__check_NPM(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	(void)x;
	return crc62(s);
}

void aisp_secrets__sample_NPM(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	aisp_secrets__sample_GITHUB(before, seed, out);
}

/* Grafana (pkg/components/satokengen): CRC-32 of all before the last _, its bytes from the lowest, in hex. */
static uint32_t grafana(struct aisp_slice body)
{
	return __builtin_bswap32(aisp_secrets__crc32(body));
}

enum V aisp_secrets__check_GRAFANA(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	struct aisp_slice body = last(s, 37, 9);

	(void)x;
	if (!body.n)
		return AISP_SECRETS__UNKNOWN;
	return ends_with_digits(s, grafana(body), aisp_secrets__hexits, 8) ? AISP_SECRETS__PROVEN : AISP_SECRETS__WRONG;
}

void aisp_secrets__sample_GRAFANA(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)seed;
	aisp_secrets__put_digits(out, grafana(last(before, 37, aisp_slice_ends(before, AISP_S("_")))), aisp_secrets__hexits, 8);
}

/* GitLab's routable tokens (docs: token format): PREFIX payload "." length (2) crc32 (7), in base 36. */
enum V aisp_secrets__check_GITLAB(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	(void)x;
	if (s.n < 16 || !memchr(s.p, '.', s.n))
		return AISP_SECRETS__UNKNOWN; /* the older kind: 20 characters and nothing else */
	return ends_with_digits(s, aisp_secrets__crc32(aisp_slice_to(s, s.n - 7)), aisp_secrets__base36, 7) ? AISP_SECRETS__PROVEN
	                                                                                                : AISP_SECRETS__WRONG;
}

void aisp_secrets__sample_GITLAB(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	size_t begin = before.n;

	while (begin && (strchr(B64U, before.p[begin - 1]) || before.p[begin - 1] == '.') && before.p[begin - 1])
		begin--;
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 1024);
	aisp_buf_put(&b, aisp_slice_from(before, begin));
	aisp_secrets__put_random(&b, seed, B62, 27);
	aisp_buf_putz(&b, ".0r");
	aisp_buf_put(out, aisp_slice_from(aisp_buf_slice(&b), before.n - begin));
	aisp_secrets__put_digits(out, aisp_secrets__crc32(aisp_buf_slice(&b)), aisp_secrets__base36, 7);
}

/* A macaroon, version 2 (libmacaroons): fields of type, length, bytes; sections end with 0; the signature is field 6 of 32 bytes. */
static bool macaroon(struct aisp_slice m)
{
	size_t at = 1;
	bool identifier = false;

	if (m.n < 40 || m.p[0] != 2)
		return false;
	while (at + 1 < m.n) {
		unsigned type = (unsigned char)m.p[at++], n, shift;

		if (type == 0)
			continue;
		for (n = 0, shift = 0; at < m.n && shift < 28; shift += 7) {
			unsigned c = (unsigned char)m.p[at++];

			n |= (c & 127) << shift;
			if (c < 128)
				break;
		}
		if (type > 6 || n > m.n - at)
			return false;
		identifier |= type == 2;
		at += n;
		if (type == 6)
			return identifier && n == 32 && at == m.n;
	}
	return false;
}

enum V aisp_secrets__check_PYPI(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)x;
	aisp_buf_init(&b, 8192);
	if (aisp_slice_starts(s, AISP_S("pypi-")))
		s = aisp_slice_from(s, 5);
	return aisp_secrets__unbase64(s, &b) && macaroon(aisp_buf_slice(&b)) ? AISP_SECRETS__PROVEN : AISP_SECRETS__WRONG;
}

void aisp_secrets__sample_PYPI(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)before;
	aisp_buf_init(&b, 1024);
	aisp_buf_put(&b, AISP_S("\x02\x01\x08pypi.org\x02\x24"));
	aisp_secrets__put_random(&b, seed, aisp_secrets__hexits, 36);
	aisp_buf_put(&b, aisp_slice_of("\x00\x02\x1a[2,\"", 7));
	aisp_secrets__put_random(&b, seed, aisp_secrets__hexits, 20);
	aisp_buf_put(&b, aisp_slice_of("\"]\x00\x00\x06\x20", 6));
	aisp_secrets__put_random(&b, seed, B64, 32);
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), true);
}

static struct aisp_slice text_of(struct aisp_secrets__checked *x, const struct aisp_doc *d)
{
	if (d && d->type == AISP_DOC_INT) {
		struct aisp_slice s = aisp_arena_printf(x->arena, "%lld", (long long)d->i);

		return s.p ? s : (struct aisp_slice){0};
	}
	return d && d->type == AISP_DOC_ARR ? aisp_doc_str(aisp_doc_at(d, 0)) : aisp_doc_str(d);
}

/* RFC 7519: three parts of base64url, a JSON header with alg, claims. */
enum V aisp_secrets__check_JWT(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	static const struct {
		const char *claim, *fact;
	} claims[] = {{"iss", "issuer_url"}, {"sub", "subject"}, {"exp", "expires"}, {"aud", "audience"}, {"email", "user"}, {"role", "role"}};
	struct aisp_slice rest = s, head, body;

	if (!aisp_slice_split(&rest, '.', &head) || !aisp_slice_split(&rest, '.', &body))
		return AISP_SECRETS__WRONG;
	const struct aisp_doc *h = aisp_secrets__base64_object(x->arena, head), *c = aisp_secrets__base64_object(x->arena, body);
	struct aisp_slice alg = aisp_doc_getstr(h, "alg");

	if (!alg.n)
		return AISP_SECRETS__WRONG;
	if (aisp_slice_eqi(alg, AISP_S("none")))
		aisp_secrets__fact(x->hit, "algorithm", AISP_S("none"));
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
		aisp_secrets__fact(x->hit, claims[i].fact, text_of(x, aisp_doc_get(c, claims[i].claim)));
	return c || aisp_doc_get(h, "enc") ? AISP_SECRETS__PROVEN : AISP_SECRETS__UNKNOWN;
}

void aisp_secrets__sample_JWT(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)before;
	aisp_buf_init(&b, 1024);
	aisp_buf_printf(&b, "{\"sub\":\"%llu\",\"iss\":\"https://issuer.test\",\"exp\":%llu}", (unsigned long long)(aisp_secrets__random(seed) % 1000000),
	                1900000000ull + aisp_secrets__random(seed) % 10000000);
	aisp_secrets__put_base64(out, AISP_S("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), true);
	aisp_buf_putc(out, '.');
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), true);
	aisp_buf_putc(out, '.');
	aisp_secrets__put_random(out, seed, B62, 43);
}

/* Some part of the value is base64 of a JSON object. */
enum V aisp_secrets__check_BASE64_JSON(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	static const char *const keys[][2] = {{"org", "account"}, {"url", "host"}, {"sub", "subject"}, {"email", "user"}, {"project", "project"}};
	size_t at = aisp_slice_find(s, AISP_S("ey")), end;

	if (at == SIZE_MAX)
		return AISP_SECRETS__WRONG;
	for (end = at; end < s.n && (memchr(B64, s.p[end], 64) || s.p[end] == '-' || s.p[end] == '='); end++)
		;
	const struct aisp_doc *d = aisp_secrets__base64_object(x->arena, aisp_slice_of(s.p + at, end - at));

	if (!d)
		return AISP_SECRETS__WRONG;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		aisp_secrets__fact(x->hit, keys[i][1], aisp_doc_getstr(d, keys[i][0]));
	return AISP_SECRETS__PROVEN;
}

void aisp_secrets__sample_BASE64_JSON(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)before;
	aisp_buf_init(&b, 1024);
	aisp_buf_printf(&b, "{\"iat\":1690000000.12345,\"url\":\"https://host.test\",\"region_url\":\"https://eu.host.test\",\"org\":\"org-%llu\"}",
	                (unsigned long long)(aisp_secrets__random(seed) % 100000));
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), false);
}

/* BIP-173. */
static uint32_t polymod(uint32_t c, unsigned v)
{
	static const uint32_t gen[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = c >> 25;

	c = (c & 0x1ffffff) << 5 ^ v;
	for (int i = 0; i < 5; i++)
		c ^= top >> i & 1 ? gen[i] : 0;
	return c;
}

static const char bech32[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t bech32_head(struct aisp_slice hrp)
{
	uint32_t c = 1;

	for (size_t i = 0; i < hrp.n; i++)
		c = polymod(c, (unsigned char)(hrp.p[i] >= 'A' && hrp.p[i] <= 'Z' ? hrp.p[i] | 0x20 : hrp.p[i]) >> 5);
	c = polymod(c, 0);
	for (size_t i = 0; i < hrp.n; i++)
		c = polymod(c, (unsigned char)(hrp.p[i] >= 'A' && hrp.p[i] <= 'Z' ? hrp.p[i] | 0x20 : hrp.p[i]) & 31);
	return c;
}

enum V aisp_secrets__check_BECH32(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	size_t one = aisp_slice_rchr(s, '1');
	uint32_t c;

	(void)x;
	if (one == SIZE_MAX || one == 0 || s.n - one < 8)
		return AISP_SECRETS__WRONG;
	c = bech32_head(aisp_slice_to(s, one));
	for (size_t i = one + 1; i < s.n; i++) {
		const char *at = memchr(bech32, s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i], 32);

		if (!at)
			return AISP_SECRETS__WRONG;
		c = polymod(c, (unsigned)(at - bech32));
	}
	return c == 1 || c == 0x2bc830a3 ? AISP_SECRETS__PROVEN : AISP_SECRETS__WRONG;
}

void aisp_secrets__sample_BECH32(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	size_t end = aisp_slice_rchr(before, '1'), begin = end == SIZE_MAX ? 0 : end;
	uint32_t c;
	bool upper;

	while (begin && ((before.p[begin - 1] | 0x20) >= 'a' || before.p[begin - 1] == '-') && (before.p[begin - 1] | 0x20) <= 'z' &&
	       before.p[begin - 1] != '_')
		begin--;
	if (end == SIZE_MAX)
		return;
	upper = before.p[begin] < 'a';
	c = bech32_head(aisp_slice_of(before.p + begin, end - begin));
	for (int i = 0; i < 58; i++) {
		unsigned v = i < 52 ? (unsigned)(aisp_secrets__random(seed) % 32) : 0;

		if (i == 52)
			for (int k = 0; k < 6; k++)
				c = polymod(c, 0);
		if (i >= 52)
			v = ((c ^ 1) >> 5 * (57 - i)) & 31;
		else
			c = polymod(c, v);
		aisp_buf_putc(out, (char)(upper && bech32[v] >= 'a' ? bech32[v] - 32 : bech32[v]));
	}
}

static void sha256(const unsigned char *p, size_t n, unsigned char out[32])
{
	char hex[65];

	aisp_sha256_hex(p, n, hex);
	for (int i = 0; i < 32; i++) {
		const char *hi = strchr(aisp_secrets__hexits, hex[2 * i]), *lo = strchr(aisp_secrets__hexits, hex[2 * i + 1]);

		out[i] = (unsigned char)((hi - aisp_secrets__hexits) << 4 | (lo - aisp_secrets__hexits));
	}
}

static void base58_sum(const unsigned char *p, size_t n, unsigned char out[4])
{
	unsigned char once[32], twice[32];

	sha256(p, n, once);
	sha256(once, 32, twice);
	memcpy(out, twice, 4);
}

enum V aisp_secrets__check_BASE58(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	unsigned char bytes[128] = {0}, sum[4];
	size_t n = 0;

	(void)x;
	if (s.n > 150)
		return AISP_SECRETS__WRONG;
	for (size_t i = 0; i < s.n; i++) {
		const char *at = memchr(aisp_secrets__base58, s.p[i], 58);
		unsigned carry = at ? (unsigned)(at - aisp_secrets__base58) : 0;

		if (!at)
			return AISP_SECRETS__WRONG;
		for (size_t k = 0; k < n || carry; k++) {
			if (k == sizeof bytes)
				return AISP_SECRETS__WRONG;
			carry += 58u * bytes[k];
			bytes[k] = (unsigned char)(carry & 255);
			carry >>= 8;
			n = k + 1 > n ? k + 1 : n;
		}
	}
	if (n < 8)
		return AISP_SECRETS__WRONG;
	for (size_t i = 0; i < n / 2; i++) {
		unsigned char c = bytes[i];

		bytes[i] = bytes[n - 1 - i];
		bytes[n - 1 - i] = c;
	}
	base58_sum(bytes, n - 4, sum);
	return memcmp(sum, bytes + n - 4, 4) == 0 ? AISP_SECRETS__PROVEN : AISP_SECRETS__WRONG;
}

/* An extended private key or, without a prefix before it, a compressed WIF key. */
void aisp_secrets__sample_BASE58(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	unsigned char bytes[82] = {0x80};
	size_t n = 34;
	char digits[120];
	size_t d = 0;

	(void)before;
	for (size_t i = 1; i < 33; i++)
		bytes[i] = (unsigned char)aisp_secrets__random(seed);
	bytes[33] = 1;
	base58_sum(bytes, n, bytes + n);
	n += 4;
	for (size_t left = 0; left < n && d < sizeof digits;) {
		unsigned rest = 0;

		for (size_t i = left; i < n; i++) {
			rest = rest << 8 | bytes[i];
			bytes[i] = (unsigned char)(rest / 58);
			rest %= 58;
		}
		digits[d++] = aisp_secrets__base58[rest];
		while (left < n && !bytes[left])
			left++;
	}
	while (d)
		aisp_buf_putc(out, digits[--d]);
}

static unsigned luhn(struct aisp_slice s, bool open)
{
	unsigned sum = 0, place = open;

	for (size_t i = s.n; i-- > 0;) {
		unsigned v;

		if (s.p[i] < '0' || s.p[i] > '9')
			continue;
		v = (unsigned)(s.p[i] - '0') << (place++ & 1);
		sum += v > 9 ? v - 9 : v;
	}
	return sum % 10;
}

enum V aisp_secrets__check_LUHN(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	(void)x;
	return luhn(s, false) == 0 ? AISP_SECRETS__UNKNOWN : AISP_SECRETS__WRONG;
}

void aisp_secrets__sample_LUHN(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	size_t begin = before.n;

	(void)seed;
	while (begin && before.p[begin - 1] >= '0' && before.p[begin - 1] <= '9')
		begin--;
	aisp_buf_putc(out, (char)('0' + (10 - luhn(aisp_slice_from(before, begin), true)) % 10));
}
