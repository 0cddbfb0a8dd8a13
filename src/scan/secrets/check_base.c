/* Alphabets and checksums of tokens. */
#include "scan/secrets/check_int.h"
#include <zlib.h>

const char aisp_secrets__base62[63] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const char aisp_secrets__base64[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const char aisp_secrets__base64url[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const char aisp_secrets__base36[37] = "0123456789abcdefghijklmnopqrstuvwxyz";
const char aisp_secrets__base32[33] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const char aisp_secrets__base58[59] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const char aisp_secrets__hexits[17] = "0123456789abcdef";

static int value64(char c)
{
	return c >= 'A' && c <= 'Z'   ? c - 'A'
	       : c >= 'a' && c <= 'z' ? c - 'a' + 26
	       : c >= '0' && c <= '9' ? c - '0' + 52
	       : c == '+' || c == '-' ? 62
	       : c == '/' || c == '_' ? 63
	                              : -1;
}

bool aisp_secrets__unbase64(struct aisp_slice s, struct aisp_buf *out)
{
	uint32_t bits = 0;
	unsigned n = 0;

	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	if (s.n % 4 == 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int v = value64(s.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		n += 6;
		if (n >= 8) {
			n -= 8;
			aisp_buf_putc(out, (char)(bits >> n & 255));
		}
	}
	return !out->bad;
}

void aisp_secrets__put_base64(struct aisp_buf *out, struct aisp_slice bytes, bool url)
{
	const char *alphabet = url ? aisp_secrets__base64url : aisp_secrets__base64;

	for (size_t i = 0; i < bytes.n; i += 3) {
		uint32_t w = 0;
		size_t n = bytes.n - i < 3 ? bytes.n - i : 3;

		for (size_t k = 0; k < 3; k++)
			w = w << 8 | (k < n ? (unsigned char)bytes.p[i + k] : 0u);
		for (size_t k = 0; k <= n; k++)
			aisp_buf_putc(out, alphabet[w >> (18 - 6 * k) & 63]);
		for (size_t k = n; !url && k < 3; k++)
			aisp_buf_putc(out, '=');
	}
}

bool aisp_secrets__unbase32(struct aisp_slice s, unsigned char *out, size_t n)
{
	uint64_t bits = 0;
	unsigned have = 0;
	size_t done = 0;

	for (size_t i = 0; i < s.n && done < n; i++) {
		const char *at = memchr(aisp_secrets__base32, s.p[i], 32);

		if (!at)
			return false;
		bits = bits << 5 | (uint64_t)(at - aisp_secrets__base32);
		have += 5;
		if (have >= 8) {
			have -= 8;
			out[done++] = (unsigned char)(bits >> have & 255);
		}
	}
	return done == n;
}

uint32_t aisp_secrets__crc32(struct aisp_slice s)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), (const Bytef *)s.p, (uInt)s.n);
}

void aisp_secrets__put_digits(struct aisp_buf *out, uint64_t x, const char *alphabet, unsigned n)
{
	char digits[32];
	size_t base = strlen(alphabet);

	for (unsigned i = n; i-- > 0 && n <= sizeof digits; x /= base)
		digits[i] = alphabet[x % base];
	aisp_buf_put(out, aisp_slice_of(digits, n));
}

/* splitmix64 */
uint64_t aisp_secrets__random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void aisp_secrets__put_random(struct aisp_buf *out, uint64_t *seed, const char *alphabet, size_t n)
{
	size_t base = strlen(alphabet);

	for (size_t i = 0; i < n; i++)
		aisp_buf_putc(out, alphabet[aisp_secrets__random(seed) % base]);
}

struct aisp_slice aisp_secrets__copy(struct aisp_secrets__checked *x, struct aisp_slice s)
{
	struct aisp_slice c = aisp_arena_dup(x->arena, s);

	return c.p ? c : (struct aisp_slice){0};
}

const struct aisp_doc *aisp_secrets__base64_object(struct aisp_arena *a, struct aisp_slice s)
{
	static const struct aisp_doc_limits limits = {.max_bytes = 64 << 10, .max_depth = 16, .max_values = 2000};
	AISP_AUTOBUF struct aisp_buf b;
	const struct aisp_doc *d = NULL;

	aisp_buf_init(&b, 64 << 10);
	if (!aisp_secrets__unbase64(s, &b) || b.n < 2 || b.p[0] != '{' || aisp_json_parse(a, aisp_buf_slice(&b), &limits, &d, NULL) < 0)
		return NULL;
	return d->type == AISP_DOC_OBJ ? d : NULL;
}
