/* The look of a value: length, characters, whether it reads like words, and what else it may be (a path, a date, a call). */
#include "scan/secrets/generic_bigrams.h"
#include "scan/secrets/generic_int.h"
#include "scan/secrets/values_int.h"
#include "scan/secrets/words_int.h"
#include <pthread.h>

struct counts {
	size_t lower, upper, digit, space, dot, slash, underscore, dash, colon, symbol, high, hexdig, plus, equals;
	size_t changes, digit_runs, words, vowels, letter_run, repeat, sequence;
	unsigned distinct;
	int natural; /* eighths of bits for words against chance */
	double entropy;
};

static void count_char(char ch, struct counts *k)
{
	if (ch >= 'a' && ch <= 'z') {
		k->lower++;
		k->hexdig += ch <= 'f';
	} else if (ch >= 'A' && ch <= 'Z') {
		k->upper++;
		k->hexdig += ch <= 'F';
	} else if (generic_is_digit(ch)) {
		k->digit++;
	} else if ((unsigned char)ch >= 0x80) {
		k->high++;
	} else {
		switch (ch) {
		case ' ': k->space++; break;
		case '.': k->dot++; break;
		case '/': k->slash++; break;
		case '_': k->underscore++; break;
		case '-': k->dash++; break;
		case ':': k->colon++; break;
		case '+': k->plus++; break;
		case '=': k->equals++; break;
		default: k->symbol++; break;
		}
	}
}

static unsigned class_of(char ch)
{
	return ch >= 'a' && ch <= 'z' ? 1u : ch >= 'A' && ch <= 'Z' ? 2u : generic_is_digit(ch) ? 3u : 4u;
}

static void count(struct aisp_slice v, struct counts *k)
{
	unsigned seen[256] = {0}, before = 26;
	size_t run = 0;
	for (size_t i = 0; i < v.n; i++) {
		char ch = v.p[i], was = i ? v.p[i - 1] : 0;
		count_char(ch, k);
		k->distinct += seen[(unsigned char)ch]++ == 0;
		if (i) {
			k->changes += class_of(ch) != class_of(was) && !(class_of(was) == 2 && class_of(ch) == 1 && (i == 1 ||
			        !generic_is_alpha(v.p[i - 2])));
			k->repeat += ch == was;
			k->sequence += ch == was + 1 && (generic_is_alpha(ch) || generic_is_digit(ch));
		}
		k->digit_runs += generic_is_digit(ch) && !generic_is_digit(was);
		if (generic_is_alpha(ch)) {
			char low = generic_lower(ch);
			bool begin = !generic_is_alpha(was) || (ch < 'a' && was >= 'a');
			k->words += begin;
			before = begin ? 26u : before;
			k->natural += generic_bigrams[before][(unsigned)(low - 'a')];
			before = (unsigned)(low - 'a');
			run = begin || one_of(low, "aeiouy") ? 0 : run + 1;
			k->letter_run = run > k->letter_run ? run : k->letter_run;
			k->vowels += one_of(low, "aeiouy");
		}
	}
	k->entropy = aisp_secrets__entropy(v);
}

static void set_length(size_t n, struct generic_features *f)
{
	static const struct {
		size_t below;
		enum generic_feature feature;
	} buckets[] = {{4, GENERIC_V_LEN_3}, {6, GENERIC_V_LEN_4}, {8, GENERIC_V_LEN_6}, {10, GENERIC_V_LEN_8}, {13, GENERIC_V_LEN_10},
	        {16, GENERIC_V_LEN_13}, {20, GENERIC_V_LEN_16}, {24, GENERIC_V_LEN_20}, {32, GENERIC_V_LEN_24}, {40, GENERIC_V_LEN_32},
	        {64, GENERIC_V_LEN_40}, {100, GENERIC_V_LEN_64}, {300, GENERIC_V_LEN_100}};
	for (size_t i = 0; i < sizeof(buckets) / sizeof(*buckets); i++)
		if (n < buckets[i].below) {
			generic_set(f, buckets[i].feature);
			return;
		}
	generic_set(f, GENERIC_V_LEN_300);
}

static void set_if(bool yes, enum generic_feature k, struct generic_features *f)
{
	if (yes)
		generic_set(f, k);
}

static void set_alphabet(const struct counts *k, size_t n, struct generic_features *f)
{
	size_t alpha = k->lower + k->upper, alnum = alpha + k->digit,
	        b64 = alnum + k->plus + k->slash + k->equals + k->underscore + k->dash;
	set_if(k->lower == n, GENERIC_V_LOWER, f);
	set_if(k->upper == n, GENERIC_V_UPPER, f);
	set_if(alpha == n && k->lower && k->upper, GENERIC_V_ALPHA, f);
	set_if(k->digit == n, GENERIC_V_DIGITS, f);
	set_if(k->digit && k->digit < n && k->lower + k->digit == n, GENERIC_V_LOWER_DIGIT, f);
	set_if(k->digit && k->digit < n && k->upper + k->digit == n, GENERIC_V_UPPER_DIGIT, f);
	set_if(k->upper && k->lower && k->digit && alnum == n, GENERIC_V_ALNUM, f);
	set_if(n >= 8 && k->digit && k->digit < n && k->hexdig + k->digit == n, GENERIC_V_HEX, f);
	set_if(n >= 28 && k->hexdig + k->digit == n, GENERIC_V_HEX_LONG, f);
	bool all = k->upper && k->lower && k->digit && b64 == n;
	set_if(all && alnum < n, GENERIC_V_BASE64, f);
	set_if(all && n >= 40, GENERIC_V_BASE64_LONG, f);
}

static void set_signs(const struct counts *k, struct generic_features *f)
{
	size_t alpha = k->lower + k->upper;
	set_if(k->upper >= 8 && k->lower == 0 && k->symbol + k->space + k->dash + k->underscore == 0, GENERIC_V_BASE32, f);
	set_if(k->symbol > 0, GENERIC_V_SYMBOL, f);
	set_if(k->symbol && k->digit && alpha, GENERIC_V_SYMBOL_DIGIT, f);
	set_if(k->space > 0, GENERIC_V_SPACE, f);
	set_if(k->space > 1, GENERIC_V_WORDS_3, f);
	set_if(k->dot > 0, GENERIC_V_DOT, f);
	set_if(k->slash > 0, GENERIC_V_SLASH, f);
	set_if(k->underscore > 0, GENERIC_V_UNDERSCORE, f);
	set_if(k->dash > 0, GENERIC_V_DASH, f);
	set_if(k->high > 0, GENERIC_V_HIGH, f);
	set_if(k->colon > 0, GENERIC_V_COLON, f);
}

/* Words that stand in values: one search for all of these lists. */
static const char *const marks[] = {
	"${", "{{", "<%", "%(", "#{", "$(", "}}", "<?", "@{", "%{", "[[", "]]", "[a-", "[0-9", "(?", "\\d", "\\w", "\\s+",
};
static const char *const joints[] = {
	"' +", "+ '", "\" +", "+ \"", "' .", ". '", "\" .", ". \"", "'+", "\"+", "` +", "' ||", "|| '",
};
static const char *const algorithms[] = {
	"sha1", "sha256", "sha512", "hmac", "rsa", "aes", "md5", "pbkdf2", "bcrypt", "argon2", "hs256", "rs256", "ed25519",
	"scram", "ecdsa", "base64",
};
static const char *const counted[] = {
	"01020304", "01234567", "12345678", "abcdefgh", "deadbeef", "qwerty", "aabbcc", "abcdef12", "1a2b3c", "a1b2c3",
	"112233",
};
static const char *const secret[] = {
	"passw", "secret", "token", "pass", "pwd", "apikey", "api_key", "api-key", "credential",
};
static const char *const test[] = {
	"test", "example", "sample", "dummy", "fake", "mock", "demo", "foo", "bar", "temp", "abc", "123", "xyz", "asdf",
	"qwer", "hello", "invalid", "wrong", "incorrect", "bad",
};
static const char *const place[] = {
	"your", "my", "some", "here", "change", "replace", "insert", "enter", "placeholder", "xxx", "redacted", "the", "todo",
	"***", "...", "generated", "random", "super", "unused", "none", "any",
};
static const char *const code[] = {
	"key", "name", "user", "string", "value", "type", "auth", "access", "default", "error", "field", "required", "config",
	"service", "client", "server", "admin", "login", "session", "file", "id", "url", "code", "data", "public", "private",
	"header", "bearer", "basic", "oauth", "app", "role", "grant", "refresh", "encrypt", "credentials", "authorization",
	"read", "write",
};
static const char *const leet[] = {
	"p@ss", "pa$$", "p4ss", "s3cr", "passw0rd", "$ecret", "p@55", "adm1n", "r00t",
};
static const char *const cross[] = {"xxxx"};
enum { MARK = 1, JOINT = 2, ALGORITHM = 4, COUNTED = 8, SECRET = 16, TEST = 32, PLACE = 64, CODE = 128, LEET = 256, CROSS = 512 };
static struct aisp_secrets__words words;

static void words_fill(void)
{
#define ADD(list, bits) aisp_secrets__words_add(&words, list, sizeof(list) / sizeof(*list), bits)
	ADD(marks, MARK);
	ADD(joints, JOINT);
	ADD(algorithms, ALGORITHM);
	ADD(counted, COUNTED);
	ADD(secret, SECRET);
	ADD(test, TEST);
	ADD(place, PLACE);
	ADD(code, CODE);
	ADD(leet, LEET);
	ADD(cross, CROSS);
#undef ADD
}

static unsigned words_of(struct aisp_slice v)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, words_fill);
	return (unsigned)aisp_secrets__words_find(&words, v);
}

static bool is_uuid(struct aisp_slice v)
{
	if (v.n != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char ch = generic_lower(v.p[i]);
		if (dash ? ch != '-' : !(generic_is_digit(ch) || (ch >= 'a' && ch <= 'f')))
			return false;
	}
	return true;
}

/* A path, an address, a date, a number? */
static void set_place(struct aisp_slice v, const struct counts *k, struct generic_features *f)
{
	size_t plain = k->lower + k->upper + k->digit, at = aisp_slice_chr(v, '@');
	bool dated = k->digit >= 6 && k->digit < v.n && k->dash + k->colon + k->slash > 0;
	set_if(one_of(v.p[0], "/~") || aisp_slice_starts(v, AISP_S("./")) || aisp_slice_starts(v, AISP_S("../")), GENERIC_V_PATH, f);
	set_if(k->slash > 1 && k->natural > 60 && k->plus + k->equals == 0, GENERIC_V_PATH, f);
	set_if(aisp_slice_find(v, AISP_S("://")) != SIZE_MAX, GENERIC_V_URL, f);
	set_if(at != SIZE_MAX && k->dot && at < aisp_slice_rchr(v, '.') && !k->space, GENERIC_V_EMAIL, f);
	set_if(is_uuid(v), GENERIC_V_UUID, f);
	set_if(k->dot && k->natural > 30 && k->lower > 3 && plain + k->dot + k->dash == v.n, GENERIC_V_HOST, f);
	set_if(k->dot > 1 && k->digit + k->dot == v.n, GENERIC_V_VERSION, f);
	set_if(dated && k->digit + k->dash + k->colon + k->slash + k->space + k->dot + 2 >= v.n, GENERIC_V_DATE, f);
	set_if(k->digit + k->dot == v.n && v.n < 6, GENERIC_V_NUMBER, f);
}

/* Written as names are written in code? */
static void set_case(struct aisp_slice v, const struct counts *k, struct generic_features *f)
{
	size_t alpha = k->lower + k->upper, plain = alpha + k->digit;
	bool natural = k->natural > 0, small = k->lower && !k->upper;
	bool snake = k->underscore && plain + k->underscore == v.n;
	set_if(class_of(v.p[0]) == 2 && k->upper == 1 && k->lower + 1 == v.n, GENERIC_V_TITLE, f);
	set_if(alpha == v.n && v.p[0] >= 'a' && k->upper && k->words <= 5 && natural, GENERIC_V_CAMEL, f);
	set_if(k->upper > 1 && !k->lower && snake, GENERIC_V_CONSTANT, f);
	set_if(small && natural && snake, GENERIC_V_SNAKE, f);
	set_if(small && natural && k->dash && plain + k->dash == v.n, GENERIC_V_KEBAB, f);
	set_if(k->dot && natural && plain + k->dot + k->underscore == v.n && alpha > 4, GENERIC_V_DOTTED, f);
	set_if(alpha + k->underscore == v.n && k->natural > 16, GENERIC_V_IDENT, f);
}

/* A call, a sentence, a format, a name of an algorithm? */
static void set_syntax(struct aisp_slice v, unsigned in, const struct counts *k, struct generic_features *f)
{
	char a = v.p[0], z = v.p[v.n - 1];
	set_if((z == ')' && aisp_slice_chr(v, '(') != SIZE_MAX) || aisp_slice_find(v, AISP_S("()")) != SIZE_MAX, GENERIC_V_CALL, f);
	set_if(one_of(a, "[{(<") || one_of(z, "]})>"), GENERIC_V_BRACKETS, f);
	set_if(k->space && (one_of(z, ".:?!,") || (a >= 'A' && a <= 'Z' && k->natural > 40)), GENERIC_V_SENTENCE, f);
	set_if(aisp_slice_chr(v, '%') != SIZE_MAX, GENERIC_V_PERCENT, f);
	set_if(aisp_slice_chr(v, '\\') != SIZE_MAX, GENERIC_V_ESCAPES, f);
	set_if(v.n > 12 && aisp_slice_starts(v, AISP_S("eyJ")), GENERIC_V_JWT, f);
	set_if(v.n < 24 && in & ALGORITHM, GENERIC_V_ALGORITHM, f);
}

static void set_look(struct aisp_slice v, unsigned in, const struct counts *k, struct generic_features *f)
{
	size_t alpha = k->lower + k->upper;
	int nat = k->natural;
	if (alpha >= 3)
		generic_set(f,
		        nat < -64 ? GENERIC_V_NATURAL_0 : nat < -16 ? GENERIC_V_NATURAL_1 : nat < 24 ? GENERIC_V_NATURAL_2 : nat < 64 ? GENERIC_V_NATURAL_3 :
		            GENERIC_V_NATURAL_4);
	set_if(k->letter_run >= 4 || (alpha >= 4 && k->vowels == 0), GENERIC_V_NO_VOWEL, f);
	generic_set(f,
	        k->entropy < 2 ? GENERIC_V_ENTROPY_0 : k->entropy < 2.8 ? GENERIC_V_ENTROPY_1 : k->entropy < 3.3 ? GENERIC_V_ENTROPY_2 :
	            k->entropy < 4 ? GENERIC_V_ENTROPY_3 : GENERIC_V_ENTROPY_4);
	set_if(k->sequence * 2 >= v.n || in & COUNTED, GENERIC_V_SEQUENCE, f);
	set_if(k->repeat * 2 >= v.n || k->distinct <= 2, GENERIC_V_REPEAT, f);
	set_if(v.n >= 8 && k->changes * 3 >= v.n, GENERIC_V_MIXED, f);
	set_if(k->digit_runs >= 3, GENERIC_V_DIGIT_RUNS, f);
	set_if(alpha >= 3 && k->digit && k->digit_runs == 1 && generic_is_digit(v.p[v.n - 1]) && k->digit < 6, GENERIC_V_TAIL_DIGITS, f);
}

static void set_words(struct aisp_slice v, unsigned in, const struct counts *k, struct generic_features *f)
{
	if (v.n > 64)
		return;
	set_if((in & SECRET) != 0, GENERIC_V_SECRET_WORD, f);
	set_if((in & TEST) != 0, GENERIC_V_TEST_WORD, f);
	set_if((in & PLACE) != 0, GENERIC_V_PLACE_WORD, f);
	set_if(k->natural > 16 && in & CODE, GENERIC_V_CODE_WORD, f);
	set_if((in & LEET) != 0, GENERIC_V_LEET, f);
	set_if(aisp_secrets__common_password(v), GENERIC_V_COMMON, f);
	set_if(aisp_secrets__placeholder(v), GENERIC_V_PLACEHOLDER, f);
}

void aisp_secrets__generic_value(struct aisp_slice v, unsigned in, struct generic_features *f)
{
	struct counts k = {0};
	if (v.n == 0)
		return;
	set_length(v.n, f);
	if (v.n > GENERIC_VALUE_MAX) {
		v.n = GENERIC_VALUE_MAX;
		in = words_of(v);
	}
	count(v, &k);
	set_alphabet(&k, v.n, f);
	set_signs(&k, f);
	set_place(v, &k, f);
	set_case(v, &k, f);
	set_syntax(v, in, &k, f);
	set_look(v, in, &k, f);
	set_words(v, in, &k, f);
}

static bool starts_any(struct aisp_slice v, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v.p[0] == list[i][0] && aisp_slice_starts(v, aisp_slice_z(list[i])))
			return true;
	return false;
}

/* What is known to be something else: stored hashes, public keys, armoured blocks (which the rules judge), colours. */
static bool is_other_kind(struct aisp_slice v)
{
	static const char *const begins[] = {"$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$argon2", "$pbkdf2", "$P$", "$apr1$",
	        "$scrypt$", "$shacrypt$",
	        "{CRYPT}", "{SSHA", "{SHA", "{bcrypt}", "{MD5}", "{noop}{", "{pbkdf2}", "pbkdf2_sha", "pbkdf2:", "scrypt:",
	        "SCRAM-SHA-256$", "ssh-rsa ",
	        "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "-----BEGIN", "MIGfMA0G", "MFwwDQYJ", "MIIBIjAN", "MIICIjAN",
	        "MFkwEwYH", "sha256-", "sha384-",
	        "sha512-", "sha1-", "data:", "urn:", "arn:", "vault:", "op://", "secretsmanager:", "ref+", "enc:", "ENC[", "file:", "env:", "!vault", "AAAAB3Nza",
	        "AAAAC3Nza", "arn%3A", "{cipher}", "{{", "__", "--"};
	if (starts_any(v, begins, sizeof(begins) / sizeof(*begins)))
		return true;
	if (v.p[0] != '#' || (v.n != 4 && v.n != 7 && v.n != 9))
		return false;
	for (size_t i = 1; i < v.n; i++)
		if (!generic_is_digit(v.p[i]) && !(generic_lower(v.p[i]) >= 'a' && generic_lower(v.p[i]) <= 'f'))
			return false;
	return true;
}

/* Not one literal but pieces that are put together: ' + name + '. */
static bool is_pieced(struct aisp_slice v, unsigned in)
{
	return (v.n > 1 && (v.p[0] == '+' || v.p[0] == '.') && v.p[1] == ' ') || in & JOINT ||
	       (v.n > 3 && v.p[0] == ' ' && (v.p[1] == '+' || v.p[1] == '.') && v.p[2] == ' ');
}

/* One character over and over, or xxxx somewhere. */
static bool is_run(struct aisp_slice v, unsigned in)
{
	size_t run = 1, longest = 1;
	for (size_t i = 1; i < v.n; i++) {
		run = v.p[i] == v.p[i - 1] ? run + 1 : 1;
		longest = run > longest ? run : longest;
	}
	return longest * 3 >= v.n * 2 || (longest >= 5 && longest * 3 >= v.n) || (v.n < 100 && in & CROSS);
}

static bool is_code_word(struct aisp_slice v)
{
	static const char *const none[] = {"null", "none", "true", "false", "nil", "undefined", "yes", "no", "string", "str",
	        "empty", "optional", "required", "n/a"};
	for (size_t i = 0; v.n < 10 && i < sizeof(none) / sizeof(*none); i++)
		if (aisp_secrets__is_word(v, none[i]))
			return true;
	return false;
}

/* ctrl+shift+k, Cmd-Alt-Up: keys to press. */
static bool is_chord(struct aisp_slice v)
{
	static const char *const held[] = {"ctrl", "control", "shift", "alt", "cmd", "command", "meta", "option", "super", "win", "mod", "hyper",
	        "altgr", "cmdorctrl", "commandorcontrol"};
	size_t parts = 0;
	if (v.n > 40)
		return false;
	for (;;) {
		size_t end = 0;
		while (end < v.n && v.p[end] != '+' && v.p[end] != '-')
			end++;
		if (end == v.n)
			return parts > 0 && v.n > 0 && v.n <= 12;
		bool known = false;
		for (size_t i = 0; i < sizeof(held) / sizeof(*held) && !known; i++)
			known = aisp_secrets__is_word(aisp_slice_to(v, end), held[i]);
		if (!known)
			return false;
		parts++;
		v = aisp_slice_from(v, end + 1);
	}
}

/* Exactly what a template says to be replaced. "changeit" is not among them: people leave it and it opens the key store. */
static bool is_to_replace(struct aisp_slice v)
{
	static const char *const all[] = {"changeme", "change_me", "change-me", "changethis", "change_this", "change-this", "replaceme", "replace_me",
	        "replace-me", "replacethis", "replace_this", "replace-this", "placeholder", "redacted", "tobereplaced", "to_be_replaced",
	        "to-be-replaced", "fillme", "fill_me", "fill-me", "fillmein", "fill_me_in"};
	for (size_t i = 0; v.n < 16 && i < sizeof(all) / sizeof(*all); i++)
		if (aisp_secrets__is_word(v, all[i]))
			return true;
	return false;
}

/* ${X}, {{ x }}, %s, <x>, $X; also patterns: [a-z]{8,}. */
static bool is_reference(struct aisp_slice v, unsigned in)
{
	char a = v.p[0], z = v.p[v.n - 1];
	if (in & MARK || (a == '<' && z == '>') || (a == '{' && z == '}') || (a == '[' && z == ']') || (a == '%' &&
	        (z == '%' || v.n < 4)))
		return true;
	return a == '$' && v.n > 1 && (generic_is_alpha(v.p[1]) || v.p[1] == '_') && aisp_slice_chr(aisp_slice_from(v, 1),
	        '$') == SIZE_MAX;
}

/* References and expressions where a literal would be, and what is known to be something else. */
bool aisp_secrets__generic_no_literal(struct aisp_slice v, const struct generic_candidate *c, unsigned *ret_words)
{
	if (v.n < 3 || is_code_word(v) || is_chord(v) || is_to_replace(v))
		return true;
	bool bare = c->quote == GENERIC_QUOTE_NONE && c->form < GENERIC_AS_URL;
	if (bare && (one_of(v.p[0], "$&*!|>{[(@\"'`<=;,#:") || (v.p[0] == '-' && v.n < 4)))
		return true;
	if (bare && (one_of(v.p[v.n - 1], "({[]") || aisp_slice_chr(v, '(') != SIZE_MAX))
		return true;
	*ret_words = words_of(v);
	return is_reference(v, *ret_words) || (c->quote == GENERIC_QUOTE_BACKTICK && v.p[0] == '$') || is_other_kind(v) || is_pieced(v, *ret_words) || is_run(v, *ret_words);
}
