/* Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html) over libsodium's HMAC-SHA256.
 *
 * Not libcurl's: 7.88 (Debian 12) signs wrongly where the query is not sorted, a parameter has no value or the path has an escape; see docs/dependencies.md.
 */
#include "base/clock.h"
#include "collect/aws/live_int.h"
#include <sodium.h>

enum { HEADERS_MAX = 24, PARAMS_MAX = 256, CANONICAL_MAX = 1 << 20 };

void aisp_aws__encode(struct aisp_buf *out, struct aisp_slice text, bool keep_slash)
{
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];
		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' || (keep_slash && c == '/'))
			aisp_buf_putc(out, (char)c);
		else
			aisp_buf_printf(out, "%%%02X", c);
	}
}

static void put_hex(struct aisp_buf *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		aisp_buf_printf(out, "%02x", p[i]);
}

static void put_hash(struct aisp_buf *out, struct aisp_slice s)
{
	unsigned char h[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(h, (const unsigned char *)(s.p ? s.p : ""), s.n);
	put_hex(out, h, sizeof h);
}

static void hmac(const unsigned char *key, size_t key_n, struct aisp_slice text, unsigned char out[crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, key, key_n);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)(text.p ? text.p : ""), text.n);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof st);
}

struct pairs {
	struct aisp_slice v[PARAMS_MAX];
	size_t n;
};

/* Insertion sort: few, and mostly in order already. */
static void sort(struct aisp_slice *v, size_t n, int (*cmp)(struct aisp_slice, struct aisp_slice))
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && cmp(v[j - 1], v[j]) > 0; j--) {
			struct aisp_slice t = v[j];
			v[j] = v[j - 1];
			v[j - 1] = t;
		}
}

/* By name, then by value; the whole text would not do: "a-b=" sorts before "a=" bytewise. */
static int cmp_param(struct aisp_slice a, struct aisp_slice b)
{
	size_t ea = aisp_slice_chr(a, '='), eb = aisp_slice_chr(b, '=');
	int r = aisp_slice_cmp(aisp_slice_to(a, ea), aisp_slice_to(b, eb));

	return r ? r : aisp_slice_cmp(aisp_slice_from(a, ea), aisp_slice_from(b, eb));
}

static int cmp_header(struct aisp_slice a, struct aisp_slice b)
{
	return aisp_slice_cmp(aisp_slice_to(a, aisp_slice_chr(a, ':')), aisp_slice_to(b, aisp_slice_chr(b, ':')));
}

static int put_query(struct aisp_buf *out, struct aisp_slice query, struct aisp_err *err)
{
	struct pairs p = {.n = 0};
	struct aisp_slice part;

	while (query.n && aisp_slice_split(&query, '&', &part)) {
		if (part.n == 0)
			continue;
		if (p.n == PARAMS_MAX)
			return aisp_fail(err, AISP_E_LIMIT, "a request with more than %d parameters is not signed", PARAMS_MAX);
		p.v[p.n++] = part;
	}
	sort(p.v, p.n, cmp_param);
	for (size_t i = 0; i < p.n; i++) {
		if (i)
			aisp_buf_putc(out, '&');
		aisp_buf_put(out, p.v[i]);
		if (aisp_slice_chr(p.v[i], '=') == SIZE_MAX)
			aisp_buf_putc(out, '=');
	}
	return 0;
}

/* The header lines, sorted by name; the names joined by ';' are appended to `names`. */
static int put_headers(const struct aisp_aws_sign *s, struct aisp_slice added, struct aisp_buf *out, struct aisp_buf *names, struct aisp_err *err)
{
	struct aisp_slice lines[HEADERS_MAX], line;
	size_t n = 0;

	for (size_t i = 0; i < s->n_headers && n < HEADERS_MAX; i++)
		lines[n++] = s->headers[i];
	while (added.n && n < HEADERS_MAX && aisp_slice_split(&added, '\n', &line))
		if (line.n)
			lines[n++] = line;
	if (n == HEADERS_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "a request with too many headers is not signed");
	sort(lines, n, cmp_header);
	for (size_t i = 0; i < n; i++) {
		size_t colon = aisp_slice_chr(lines[i], ':');
		struct aisp_slice value = aisp_slice_trim(aisp_slice_from(lines[i], colon == SIZE_MAX ? lines[i].n : colon + 1));
		aisp_buf_put(out, aisp_slice_to(lines[i], colon));
		aisp_buf_putc(out, ':');
		for (size_t k = 0; k < value.n; k++) /* runs of blanks become one */
			if (value.p[k] != ' ' || value.p[k - 1] != ' ')
				aisp_buf_putc(out, value.p[k]);
		aisp_buf_putc(out, '\n');
		if (i)
			aisp_buf_putc(names, ';');
		aisp_buf_put(names, aisp_slice_to(lines[i], colon));
	}
	return 0;
}

static void wipe(struct aisp_buf *b)
{
	if (b->p)
		sodium_memzero(b->p, b->cap);
	aisp_buf_done(b);
}

static void make_key(const struct aisp_aws_sign *s, struct aisp_slice date, unsigned char key[crypto_auth_hmacsha256_BYTES])
{
	const struct aisp_secret *secret = s->credentials->key;
	AISP_CLEANUP(wipe) struct aisp_buf first = {0};

	aisp_buf_init(&first, 4096);
	if (aisp_buf_room(&first, secret->n + 4)) {
		aisp_buf_putz(&first, "AWS4");
		aisp_buf_put(&first, aisp_slice_of(secret->p, secret->n));
	}
	hmac((const unsigned char *)(first.p ? first.p : ""), first.n, date, key);
	hmac(key, crypto_auth_hmacsha256_BYTES, s->region, key);
	hmac(key, crypto_auth_hmacsha256_BYTES, s->service, key);
	hmac(key, crypto_auth_hmacsha256_BYTES, AISP_S("aws4_request"), key);
}

static void put_time(struct aisp_buf *out, int64_t us)
{
	char iso[AISP_ISO_LEN + 1];

	aisp_clock_iso(us, iso);
	for (const char *p = iso; *p; p++)
		if (*p != '-' && *p != ':')
			aisp_buf_putc(out, *p);
}

static int put_canonical(const struct aisp_aws_sign *s, struct aisp_slice added, struct aisp_slice hash, struct aisp_buf *out, struct aisp_buf *names, struct aisp_err *err)
{
	aisp_buf_put(out, s->method);
	aisp_buf_putc(out, '\n');
	if (aisp_slice_eqz(s->service, "s3"))
		aisp_buf_put(out, s->path);
	else
		aisp_aws__encode(out, s->path, true);
	aisp_buf_putz(out, s->path.n ? "\n" : "/\n");
	int r = put_query(out, s->query, err);
	aisp_buf_putc(out, '\n');
	if (r == 0)
		r = put_headers(s, added, out, names, err);
	aisp_buf_putc(out, '\n');
	aisp_buf_put(out, aisp_buf_slice(names));
	aisp_buf_putc(out, '\n');
	aisp_buf_put(out, hash);
	return r;
}

int aisp_aws__sign(const struct aisp_aws_sign *s, struct aisp_buf *headers, struct aisp_err *err)
{
	AISP_CLEANUP(wipe) struct aisp_buf canonical = {0}, added = {0};
	AISP_AUTOBUF struct aisp_buf names = {0}, time = {0}, scope = {0}, text = {0}, hash = {0};
	unsigned char key[crypto_auth_hmacsha256_BYTES], mac[crypto_auth_hmacsha256_BYTES];
	const struct aisp_aws_credentials *c = s->credentials;

	aisp_buf_init(&canonical, CANONICAL_MAX);
	aisp_buf_init(&added, CANONICAL_MAX);
	put_time(&time, s->now_us);
	put_hash(&hash, s->body);
	aisp_buf_printf(&added, "host:%.*s\nx-amz-date:%.*s\n", AISP_FMT(s->host), AISP_FMT(aisp_buf_slice(&time)));
	if (s->send_hash)
		aisp_buf_printf(&added, "x-amz-content-sha256:%.*s\n", AISP_FMT(aisp_buf_slice(&hash)));
	if (c->token)
		aisp_buf_printf(&added, "x-amz-security-token:%.*s\n", AISP_FMT(aisp_slice_of(c->token->p, c->token->n)));
	int r = put_canonical(s, aisp_buf_slice(&added), aisp_buf_slice(&hash), &canonical, &names, err);
	struct aisp_slice date = aisp_slice_to(aisp_buf_slice(&time), 8);
	aisp_buf_printf(&scope, "%.*s/%.*s/%.*s/aws4_request", AISP_FMT(date), AISP_FMT(s->region), AISP_FMT(s->service));
	aisp_buf_printf(&text, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n", AISP_FMT(aisp_buf_slice(&time)), AISP_FMT(aisp_buf_slice(&scope)));
	put_hash(&text, aisp_buf_slice(&canonical));
	const struct aisp_buf *const parts[] = {&canonical, &added, &names, &time, &scope, &text, &hash};
	for (size_t i = 0; r == 0 && i < sizeof parts / sizeof *parts; i++)
		r = aisp_buf_check(parts[i], err);
	if (r < 0)
		return r;
	make_key(s, date, key);
	hmac(key, sizeof key, aisp_buf_slice(&text), mac);
	sodium_memzero(key, sizeof key);
	/* all that was added but the host, which libcurl sends itself */
	aisp_buf_put(headers, aisp_slice_from(aisp_buf_slice(&added), aisp_slice_chr(aisp_buf_slice(&added), '\n') + 1));
	aisp_buf_printf(headers, "Authorization: AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=", AISP_FMT(aisp_slice_of(c->id->p, c->id->n)),
			AISP_FMT(aisp_buf_slice(&scope)), AISP_FMT(aisp_buf_slice(&names)));
	put_hex(headers, mac, sizeof mac);
	aisp_buf_putc(headers, '\n');
	return aisp_buf_check(headers, err);
}
