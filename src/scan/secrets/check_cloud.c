/* Checks of keys, accounts and addresses: PEM, connection strings, clouds, chat. */
#include "scan/secrets/check_int.h"
#include "scan/secrets/values_int.h"

#define V aisp_secrets__verdict
#define WRONG AISP_SECRETS__WRONG
#define UNKNOWN AISP_SECRETS__UNKNOWN
#define PROVEN AISP_SECRETS__PROVEN

/* The bytes of a DER value begin with its length; do they agree with what is there? */
static bool der(struct aisp_slice b)
{
	const unsigned char *p = (const unsigned char *)b.p;
	size_t n, head = 2;

	if (b.n < 16 || p[0] != 0x30)
		return false;
	n = p[1];
	if (n > 0x80) {
		size_t k = n & 127;

		if (k > 3)
			return false;
		for (n = 0; head < 2 + k; head++)
			n = n << 8 | p[head];
	}
	return n + head == b.n;
}

/* The + of a concatenation stands behind the quote that ends a line; that of base64 may stand at the end of a line, too. */
static bool joins(struct aisp_slice s, size_t at)
{
	while (at && (s.p[at - 1] == ' ' || s.p[at - 1] == '\t'))
		at--;
	return at && (s.p[at - 1] == '"' || s.p[at - 1] == '\'' || s.p[at - 1] == '`');
}

/* Base64 between the marks, whatever separates its lines: line feeds, \n in a string, quotes, plus signs of a concatenation. */
static void pem_body(struct aisp_slice s, struct aisp_buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n)
			i++;
		else if (c == '=')
			break;
		else if (memchr(aisp_secrets__base64, c, 64) && !(c == '+' && joins(s, i)))
			aisp_buf_putc(out, c);
	}
}

struct aisp_slice aisp_secrets__key_body(struct aisp_arena *a, struct aisp_slice s)
{
	AISP_AUTOBUF struct aisp_buf body;

	aisp_buf_init(&body, 64 << 10);
	if (aisp_slice_chr(s, '\n') == SIZE_MAX && aisp_slice_chr(s, '\\') == SIZE_MAX)
		return s;
	pem_body(s, &body);
	struct aisp_slice all = body.n < 40 ? (struct aisp_slice){0} : aisp_arena_dup(a, aisp_buf_slice(&body));

	return all.n ? all : s;
}

/* Behind the BEGIN line, behind headers (Proc-Type: …), before END. */
static struct aisp_slice pem_inside(struct aisp_slice s, bool *ret_encrypted)
{
	size_t begin = aisp_slice_find(s, AISP_S("-----BEGIN")), mark, end;

	*ret_encrypted = aisp_slice_find(s, AISP_S("ENCRYPTED")) != SIZE_MAX;
	if (begin != SIZE_MAX) {
		s = aisp_slice_from(s, begin + 10);
		mark = aisp_slice_find(s, AISP_S("-----"));
		s = aisp_slice_from(s, mark == SIZE_MAX ? 0 : mark + 5);
	}
	end = aisp_slice_find(s, AISP_S("-----"));
	s = aisp_slice_to(s, end == SIZE_MAX ? s.n : end);
	mark = aisp_slice_find(s, AISP_S("DEK-Info:"));
	if (mark != SIZE_MAX) {
		s = aisp_slice_from(s, mark + 9);
		for (mark = 0; mark < s.n && s.p[mark] != '\n' && s.p[mark] != '\\'; mark++)
			;
		s = aisp_slice_from(s, mark);
	}
	return s;
}

/* Characters of base64 that the smallest key has: RSA of 512 bits and OpenSSH's take some 400, Ed25519 in PKCS #8 takes 64. */
static size_t least_body(struct aisp_slice match)
{
	static const char *const large[] = {"BEGIN RSA", "BEGIN DSA", "BEGIN OPENSSH"};

	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		if (aisp_slice_find(match, aisp_slice_z(large[i])) != SIZE_MAX)
			return 200;
	return 48;
}

enum V aisp_secrets__check_PEM(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	AISP_AUTOBUF struct aisp_buf text, bytes;
	bool encrypted;
	struct aisp_slice inside = pem_inside(s.n >= x->match.n ? s : x->match, &encrypted);

	aisp_buf_init(&text, 64 << 10);
	aisp_buf_init(&bytes, 64 << 10);
	pem_body(inside, &text);
	if (text.n < 48 || aisp_secrets__entropy(aisp_buf_slice(&text)) < 3.5)
		return WRONG;
	if (encrypted)
		aisp_secrets__fact(x->hit, "encrypted", AISP_S("yes"));
	if (text.n % 4 == 1)
		text.n--;
	if (!aisp_secrets__unbase64(aisp_buf_slice(&text), &bytes))
		return WRONG;
	struct aisp_slice b = aisp_buf_slice(&bytes);

	if (aisp_slice_starts(b, AISP_S("openssh-key-v1"))) {
		if (b.n > 40 && memcmp(b.p + 15, "\0\0\0\4none", 8) != 0)
			aisp_secrets__fact(x->hit, "encrypted", AISP_S("yes"));
		return PROVEN;
	}
	return der(b) ? PROVEN : text.n < least_body(x->match) ? WRONG : UNKNOWN;
}

/* A key in form only: DER of the right length, the rest random. */
void aisp_secrets__put_pem_body(struct aisp_buf *out, uint64_t *seed)
{
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 1024);
	aisp_buf_put(&b, aisp_slice_of("\x30\x82\x01\x3c\x02\x01\x00", 7));
	while (b.n < 4 + 0x13c)
		aisp_buf_putc(&b, (char)aisp_secrets__random(seed));
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), false);
}

void aisp_secrets__sample_PEM(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_secrets__put_pem_body(out, seed);
}

/* scheme://user:password@host:port/database?options */
enum V aisp_secrets__check_CONNECTION(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	struct aisp_slice all = aisp_slice_find(s, AISP_S("://")) != SIZE_MAX ? s : x->match;
	size_t at = aisp_slice_find(all, AISP_S("://")), end, monkey, colon, slash;

	if (at == SIZE_MAX)
		return aisp_secrets__placeholder(s) ? WRONG : UNKNOWN;
	struct aisp_slice rest = aisp_slice_from(all, at + 3);

	for (end = 0; end < rest.n && !strchr(" \t\r\n\"'`<>", rest.p[end]); end++)
		;
	rest = aisp_slice_to(rest, end);
	slash = aisp_slice_chr(rest, '/');
	monkey = aisp_slice_rchr(aisp_slice_to(rest, slash), '@');
	if (monkey == SIZE_MAX) /* a password may hold a slash */
		monkey = aisp_slice_rchr(rest, '@');
	if (monkey == SIZE_MAX)
		return aisp_secrets__placeholder(s) ? WRONG : UNKNOWN;
	struct aisp_slice user = aisp_slice_to(rest, monkey), host = aisp_slice_from(rest, monkey + 1), password, database = {0}, port;

	colon = aisp_slice_chr(user, ':');
	if (colon == SIZE_MAX)
		return WRONG;
	password = aisp_slice_from(user, colon + 1);
	user = aisp_slice_to(user, colon);
	if (aisp_secrets__placeholder(password) || password.n < 2)
		return WRONG;
	slash = aisp_slice_chr(host, '/');
	if (slash != SIZE_MAX) {
		database = aisp_slice_from(host, slash + 1);
		database = aisp_slice_to(database, aisp_slice_chr(database, '?'));
		host = aisp_slice_to(host, slash);
	}
	host = aisp_slice_to(host, aisp_slice_chr(host, '?'));
	colon = aisp_slice_rchr(host, ':');
	if (colon != SIZE_MAX && aisp_slice_chr(host, ',') == SIZE_MAX) {
		port = aisp_slice_from(host, colon + 1);
		host = aisp_slice_to(host, colon);
		aisp_secrets__fact(x->hit, "port", port);
	}
	aisp_secrets__fact(x->hit, "host", host);
	aisp_secrets__fact(x->hit, "user", user);
	aisp_secrets__fact(x->hit, "database", database);
	return UNKNOWN;
}

void aisp_secrets__sample_CONNECTION(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 14);
}

/* The account number stands in the key's id (base 32 of 10 bytes, the first 48 bits but one at each end), since 2019; ids whose fifth
 * letter is I or J are older. */
enum V aisp_secrets__check_AWS_KEY_ID(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	unsigned char b[6];
	uint64_t n = 0;

	if (s.n != 20)
		return UNKNOWN;
	if (s.p[4] == 'I' || s.p[4] == 'J' || !aisp_secrets__unbase32(aisp_slice_from(s, 4), b, 6))
		return UNKNOWN;
	for (int i = 0; i < 6; i++)
		n = n << 8 | b[i];
	n = (n & 0x7fffffffff80ull) >> 7;
	if (n > 999999999999ull)
		return UNKNOWN;
	struct aisp_slice account = aisp_arena_printf(x->arena, "%012llu", (unsigned long long)n);

	if (account.p)
		aisp_secrets__fact(x->hit, "account", account);
	return UNKNOWN;
}

void aisp_secrets__sample_AWS_KEY_ID(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	uint64_t n = (123456789012ull << 7 | (aisp_secrets__random(seed) & 127)) & 0x7fffffffffffull;

	(void)before;
	n |= 1ull << 47; /* not I, J */
	n = n << 2 | 1;
	for (int i = 9; i >= 0; i--)
		aisp_buf_putc(out, aisp_secrets__base32[n >> (5 * i) & 31]);
	aisp_secrets__put_random(out, seed, aisp_secrets__base32, 6);
}

struct kinds {
	unsigned lower, upper, digit, other, distinct;
};

static struct kinds kinds_of(struct aisp_slice s)
{
	struct kinds k = {0};
	bool seen[256] = {false};

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		k.lower += c >= 'a' && c <= 'z';
		k.upper += c >= 'A' && c <= 'Z';
		k.digit += c >= '0' && c <= '9';
		k.distinct += !seen[c];
		seen[c] = true;
	}
	k.other = (unsigned)s.n - k.lower - k.upper - k.digit;
	return k;
}

/* 40 characters of base64 without the look of a digest, a name or a path. */
enum V aisp_secrets__check_AWS_SECRET(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	struct kinds k = kinds_of(s);

	(void)x;
	return s.n != 40 || k.lower < 4 || k.upper < 4 || k.digit < 1 || k.other > 8 || k.distinct < 16 ? WRONG : UNKNOWN;
}

void aisp_secrets__sample_AWS_SECRET(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_buf_putz(out, "aB1c"); /* what chance need not give */
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 36);
}

/* "ABSK" and base64 of "BedrockAPIKey-NAME-at-ACCOUNT:…". */
enum V aisp_secrets__check_AWS_BEDROCK(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	AISP_AUTOBUF struct aisp_buf b;
	size_t at;

	aisp_buf_init(&b, 4096);
	if (aisp_slice_starts(s, AISP_S("ABSK")))
		s = aisp_slice_from(s, 4);
	if (s.n % 4 == 1)
		s.n--;
	if (!aisp_secrets__unbase64(s, &b) || !aisp_slice_starts(aisp_buf_slice(&b), AISP_S("BedrockAPIKey-")))
		return WRONG;
	at = aisp_slice_find(aisp_buf_slice(&b), AISP_S("-at-"));
	if (at != SIZE_MAX && b.n - at >= 16)
		aisp_secrets__fact(x->hit, "account", aisp_secrets__copy(x, aisp_slice_of(b.p + at + 4, 12)));
	return PROVEN;
}

void aisp_secrets__sample_AWS_BEDROCK(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)before;
	aisp_buf_init(&b, 256);
	aisp_buf_putz(&b, "BedrockAPIKey-");
	aisp_secrets__put_random(&b, seed, aisp_secrets__base36, 4);
	aisp_buf_putz(&b, "-at-123456789012:");
	aisp_secrets__put_random(&b, seed, aisp_secrets__base62, 64);
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), false);
}

/* Microsoft's identifiable keys carry a fixed signature at a fixed place (github.com/microsoft/security-utilities). */
enum V aisp_secrets__check_AZURE(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	static const struct {
		uint8_t n, at;
		const char *signature;
	} rows[] = {
		{84, 52, "JQQJ99"}, {88, 76, "+ASt"}, {88, 76, "ACDb"}, {44, 33, "+ASb"}, {44, 33, "+AEh"}, {44, 33, "AIoT"}, {52, 42, "AzSe"},
		{52, 42, "+ACR"}, {56, 44, "AzFu"}, {44, 33, "AzCa"}, {88, 76, "APIM"}, {84, 76, "AZDO"},
	};

	(void)x;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (s.n == rows[i].n && memcmp(s.p + rows[i].at, rows[i].signature, strlen(rows[i].signature)) == 0)
			return PROVEN;
	return UNKNOWN;
}

void aisp_secrets__sample_AZURE(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	(void)seed;
	(void)out;
}

/* The value of a member of the JSON around, without a parser: `"key": "value"` at most 8 KiB away. */
static struct aisp_slice member(struct aisp_slice text, size_t at, const char *key)
{
	size_t from = at > 8192 ? at - 8192 : 0, k;
	struct aisp_slice s = aisp_slice_of(text.p + from, (text.n - from > 16384 ? 16384 : text.n - from));

	k = aisp_slice_find(s, aisp_slice_z(key));
	if (k == SIZE_MAX)
		return (struct aisp_slice){0};
	s = aisp_slice_from(s, k + strlen(key));
	for (k = 0; k < s.n && k < 16 && strchr("\\\"': =\t", s.p[k]); k++)
		;
	s = aisp_slice_from(s, k);
	for (k = 0; k < s.n && k < 200 && !strchr("\\\"'\n\r, ", s.p[k]); k++)
		;
	return aisp_slice_to(s, k);
}

enum V aisp_secrets__check_GCP_JSON(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	aisp_secrets__fact(x->hit, "project", member(x->text, x->hit->at, "project_id"));
	aisp_secrets__fact(x->hit, "user", member(x->text, x->hit->at, "client_email"));
	return aisp_slice_find(s, AISP_S("-----BEGIN")) == SIZE_MAX && aisp_slice_find(x->match, AISP_S("-----BEGIN")) == SIZE_MAX
	               ? UNKNOWN
	               : aisp_secrets__check_PEM(s, x);
}

void aisp_secrets__sample_GCP_JSON(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_buf_putz(out, "-----BEGIN PRIVATE KEY-----\\n"); /* the form of a key, not one */
	aisp_secrets__put_pem_body(out, seed);
	aisp_buf_putz(out, "\\n-----END PRIVATE KEY-----\\n");
}

static struct aisp_slice leading_digits(struct aisp_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return aisp_slice_to(s, n);
}

enum V aisp_secrets__check_TELEGRAM(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	struct aisp_slice id = leading_digits(s);

	if (id.n < 6 || id.n > 12 || s.n - id.n != 36 || s.p[id.n] != ':')
		return WRONG;
	struct kinds k = kinds_of(aisp_slice_from(s, id.n + 1));

	aisp_secrets__fact(x->hit, "account", id);
	return k.lower < 4 || k.upper < 3 || k.distinct < 14 ? WRONG : UNKNOWN;
}

void aisp_secrets__sample_TELEGRAM(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_buf_putz(out, "AAHd");
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 31);
}

enum V aisp_secrets__check_DISCORD(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_slice head, rest = s;

	aisp_buf_init(&b, 256);
	if (!aisp_slice_split(&rest, '.', &head) || !aisp_secrets__unbase64(head, &b) || b.n < 15 || b.n > 21 ||
	    leading_digits(aisp_buf_slice(&b)).n != b.n)
		return WRONG;
	aisp_secrets__fact(x->hit, "account", aisp_secrets__copy(x, aisp_buf_slice(&b)));
	return PROVEN;
}

void aisp_secrets__sample_DISCORD(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)before;
	aisp_buf_init(&b, 256);
	aisp_buf_putc(&b, '8');
	aisp_secrets__put_random(&b, seed, "0123456789", 17);
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), true);
	aisp_buf_putz(out, ".G");
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 5);
	aisp_buf_putc(out, '.');
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 38);
}

/* xoxb-TEAM-USER-… */
enum V aisp_secrets__check_SLACK(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	size_t dash = aisp_slice_chr(s, '-');
	struct aisp_slice team = dash == SIZE_MAX ? (struct aisp_slice){0} : leading_digits(aisp_slice_from(s, dash + 1));

	if (team.n >= 9)
		aisp_secrets__fact(x->hit, "account", team);
	return UNKNOWN;
}

void aisp_secrets__sample_SLACK(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_secrets__put_random(out, seed, "123456789", 12);
	aisp_buf_putc(out, '-');
	aisp_secrets__put_random(out, seed, "123456789", 13);
	aisp_buf_putc(out, '-');
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 24);
}

enum V aisp_secrets__check_BASIC(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	AISP_AUTOBUF struct aisp_buf b;
	size_t colon;

	aisp_buf_init(&b, 4096);
	if (!aisp_secrets__unbase64(s, &b) || b.n < 5)
		return WRONG;
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.p[i] < 32 || (unsigned char)b.p[i] > 126)
			return WRONG;
	colon = aisp_slice_chr(aisp_buf_slice(&b), ':');
	if (colon == SIZE_MAX || aisp_secrets__placeholder(aisp_slice_of(b.p + colon + 1, b.n - colon - 1)))
		return WRONG;
	aisp_secrets__fact(x->hit, "user", aisp_secrets__copy(x, aisp_slice_of(b.p, colon)));
	return UNKNOWN;
}

void aisp_secrets__sample_BASIC(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf b;

	(void)before;
	aisp_buf_init(&b, 256);
	aisp_buf_putz(&b, "deploy:");
	aisp_secrets__put_random(&b, seed, aisp_secrets__base62, 15);
	aisp_secrets__put_base64(out, aisp_buf_slice(&b), false);
}

enum V aisp_secrets__check_UUID(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	static const char form[] = "xxxxxxxx-xxxx-Vxxx-Nxxx-xxxxxxxxxxxx";

	(void)x;
	if (s.n != sizeof form - 1)
		return WRONG;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] >= 'A' && s.p[i] <= 'F' ? (char)(s.p[i] | 0x20) : s.p[i];

		if (form[i] == '-' ? c != '-' : !memchr(aisp_secrets__hexits, c, 16))
			return WRONG;
		if ((form[i] == 'V' && (c < '1' || c > '8')) || (form[i] == 'N' && !strchr("89ab", c)))
			return WRONG;
	}
	return kinds_of(s).distinct < 8 ? WRONG : UNKNOWN;
}

void aisp_secrets__sample_UUID(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_secrets__put_random(out, seed, aisp_secrets__hexits, 8);
	aisp_buf_putc(out, '-');
	aisp_secrets__put_random(out, seed, aisp_secrets__hexits, 4);
	aisp_buf_putz(out, "-4");
	aisp_secrets__put_random(out, seed, aisp_secrets__hexits, 3);
	aisp_buf_putz(out, "-a");
	aisp_secrets__put_random(out, seed, aisp_secrets__hexits, 3);
	aisp_buf_putc(out, '-');
	aisp_secrets__put_random(out, seed, aisp_secrets__hexits, 12);
}

enum V aisp_secrets__check_DISTINCT(struct aisp_slice s, struct aisp_secrets__checked *x)
{
	struct kinds k = kinds_of(s);
	unsigned classes = (k.lower > 0 ? 1u : 0) + (k.upper > 0 ? 1u : 0) + (k.digit > 0 ? 1u : 0);

	(void)x;
	return classes < 2 || k.distinct < (s.n / 2 < 10 ? s.n / 2 : 10) ? WRONG : UNKNOWN;
}

void aisp_secrets__sample_DISTINCT(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	(void)before;
	aisp_secrets__put_random(out, seed, aisp_secrets__base62, 32);
}
