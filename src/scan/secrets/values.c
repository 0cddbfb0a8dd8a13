/* Tables of what stands in for a secret, and of what everybody uses. Matched by content, not by place: see values_int.h.
 *
 * Keys that public documentation shows stand here by a hash (FNV-1a, 64 bits), so that they do not look like a leak themselves.
 */
#include "scan/secrets/values_int.h"
#include "scan/secrets/words_int.h"
#include <pthread.h>

enum { LOOK_MAX = 4096 };

/* Anywhere in the value, case ignored: nobody's random characters. */
static const char *const example_words[] = {
	"example", "placeholder", "redacted", "changeme", "change_me", "change-me", "your_", "your-", "yourkey", "yourtoken", "yoursecret",
	"_here", "-here", "dummy", "notreal", "not_real", "notasecret", "replace", "insert", "foobar", "lorem", "xxxxx", "todo_", "fixme",
	"fake_", "_fake", "fake-", "-fake", "fakekey", "faketoken",
	"......", "*****", "-----", "_____", "#####", "\xe2\x80\xa2\xe2\x80\xa2", "\xe2\x80\xa6",
};
/* Anywhere in a value of an issuer's format; people's passwords do hold them. */
static const char *const sequences[] = {"abcdefgh", "12345678", "01234567", "987654321", "deadbeef", "qwertyui", "asdfgh"};
/* The whole value, case ignored, that says "put yours here". */
static const char *const place_words[] = {
	"password", "passwd", "pass", "pwd", "secret", "token", "key", "apikey", "api_key", "api-key", "value", "string", "none", "null", "nil",
	"undefined", "true", "false", "empty", "unset", "default", "unknown", "n/a", "na", "tbd", "todo", "xxx", "xx", "x", "user", "username",
	"admin_password", "db_password", "mypassword", "my_password", "my-password", "yourpassword", "the_password", "secret_key",
	"secretkey", "mysecret", "my_secret", "my-secret", "my_token", "mytoken", "my-token", "access_token", "auth_token", "authtoken",
	"bearer", "basic", "sample", "test", "testing", "demo", "foo", "bar", "baz", "abc", "abcd", "credentials", "credential",
	"hidden", "masked", "removed", "encrypted", "required", "optional", "str", "int", "bool", "object", "text", "passphrase",
};
/* Anywhere in a value of context, case ignored. */
static const char *const place_parts[] = {
	"change_this", "changethis", "change-this", "replace_", "replace-", "replaceme", "enter_", "enter-", "put_your", "put-your", "_goes_",
	"my_api", "my-api", "myapi", "<your", "[your", "(your", "your ", "some_", "some-", "somepassword", "supersecret_", "to_be_", "process.env", "os.environ",
	"getenv", "env.", "env[", "secrets.", "vault:", "ssm:", "arn:aws:", "keyvault", "sops", "enc[", "ref+", "op://", "config.", "settings.",
	"options.", "params.", "request.", "this.", "self.", "var.", "local.", "data.", "module.",
};
static const char *const common_passwords[] = {
	"password", "password1", "password12", "password123", "password1234", "passw0rd", "p@ssw0rd", "p@ssword", "pass", "pass123", "pass1234",
	"passwd", "admin", "admin1", "admin12", "admin123", "admin1234", "administrator", "root", "root123", "toor", "test", "test1", "test12",
	"test123", "test1234", "testing", "testtest", "guest", "user", "user123", "demo", "default", "secret", "secret123", "postgres", "postgresql",
	"mysql", "mariadb", "mongo", "mongodb", "redis", "rabbitmq", "minio", "minioadmin", "minio123", "elastic", "neo4j", "oracle",
	"sa", "changeit", "letmein", "welcome", "welcome1", "qwerty", "qwerty123", "abc123", "abcd1234", "1234", "12345", "123456",
	"1234567", "12345678", "123456789", "1234567890", "111111", "000000", "iloveyou", "monkey", "dragon", "login", "master", "hello",
	"hunter2", "s3cr3t", "secure", "vagrant", "docker", "jenkins", "tomcat", "nagios", "zabbix", "grafana", "prom-operator", "airflow",
	"keycloak", "guacadmin", "raspberry", "ubuntu", "alpine", "cisco", "private", "public", "foo", "bar", "foobar", "baz",
};
/* Of the lower-cased value, behind its prefix: keys shown by Stripe, jwt.io (the signatures of its tokens), Google, the emulators of
 * Azure's storage and of Cosmos DB, a description of GitHub's checksum. */
static const uint64_t shown_in_docs[] = {
	0xa90a16fbe658cfc4ull, 0xc54eedc3b26bc797ull, 0x1d0522541dc49c9cull, 0xd1109a730d6b6541ull, 0xa590330af2de9760ull,
	0x2ebe56bb1a261f78ull, 0x104ffbbea59f5007ull, 0xb2581be984b23874ull, 0xb35132736ef1d90cull,
};

static uint64_t fnv(struct aisp_slice s)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 0x100000001b3ull;
	}
	return h;
}

static bool whole(struct aisp_slice s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_secrets__is_word(s, words[i]))
			return true;
	return false;
}
#define WHOLE(s, words) whole(s, words, sizeof words / sizeof *words)

/* What stands in a value: one search for all lists. */
enum { REFERENCE = 1, EXAMPLE = 2, SEQUENCE = 4, PLACE = 8 };
static struct aisp_secrets__words parts;

static void parts_fill(void)
{
	static const char *const inside[] = {"${", "{{", "}}", "<%", "%>", "$(", "#{", "%{", "@@"};

	aisp_secrets__words_add(&parts, inside, sizeof inside / sizeof *inside, REFERENCE);
	aisp_secrets__words_add(&parts, example_words, sizeof example_words / sizeof *example_words, EXAMPLE);
	aisp_secrets__words_add(&parts, sequences, sizeof sequences / sizeof *sequences, SEQUENCE);
	aisp_secrets__words_add(&parts, place_parts, sizeof place_parts / sizeof *place_parts, PLACE);
}

/* Which of them; REFERENCE also for a variable, a template, a command: what stands there is not the value. */
static unsigned parts_of(struct aisp_slice s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char a = s.p[0], z = s.p[s.n - 1];

	if ((a == '<' && z == '>') || (a == '[' && z == ']') || (a == '{' && z == '}') || (a == '%' && z == '%' && s.n > 1))
		return REFERENCE;
	pthread_once(&once, parts_fill);
	return (unsigned)aisp_secrets__words_find(&parts, s);
}

/* The longest run of one byte that is not white space, and of bytes that each follow the one before (abc, 321). */
static void runs(struct aisp_slice s, size_t *same, size_t *follow, char *ret_c)
{
	size_t run = 1, up = 1, down = 1;

	*same = *follow = 1;
	*ret_c = s.p[0];
	for (size_t i = 1; i < s.n; i++) {
		run = s.p[i] == s.p[i - 1] && s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n' ? run + 1 : 1;
		up = s.p[i] == s.p[i - 1] + 1 ? up + 1 : 1;
		down = s.p[i] == s.p[i - 1] - 1 ? down + 1 : 1;
		if (run > *same) {
			*same = run;
			*ret_c = s.p[i];
		}
		*follow = up > *follow ? up : *follow;
		*follow = down > *follow ? down : *follow;
	}
}

static bool periodic(struct aisp_slice s)
{
	for (size_t period = 1; period <= 10 && period * 3 <= s.n; period++)
		if (memcmp(s.p, s.p + period, s.n - period) == 0)
			return true;
	return s.n >= 16 && s.n % 2 == 0 && memcmp(s.p, s.p + s.n / 2, s.n / 2) == 0;
}

static unsigned distinct(struct aisp_slice s)
{
	bool seen[256] = {false};
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++) {
		n += !seen[(unsigned char)s.p[i]];
		seen[(unsigned char)s.p[i]] = true;
	}
	return n;
}

/* Behind the last _ - or :, where a prefix says whose it is. */
static struct aisp_slice tail(struct aisp_slice s)
{
	size_t at = s.n;

	while (at && s.p[at - 1] != '_' && s.p[at - 1] != '-' && s.p[at - 1] != ':' && s.p[at - 1] != '.')
		at--;
	return s.n - at >= 16 ? aisp_slice_from(s, at) : s;
}

bool aisp_secrets__example(struct aisp_slice s)
{
	size_t same, follow, dot;
	uint64_t h, signature, whole_value;
	char c;

	if (s.n == 0)
		return true;
	h = fnv(tail(s));
	dot = aisp_slice_rchr(s, '.');
	signature = dot == SIZE_MAX ? h : fnv(aisp_slice_from(s, dot + 1));
	whole_value = fnv(s);
	for (size_t i = 0; i < sizeof shown_in_docs / sizeof *shown_in_docs; i++)
		if (shown_in_docs[i] == h || shown_in_docs[i] == signature || shown_in_docs[i] == whole_value)
			return true;
	if (s.n > 300) /* a key of many lines: no words to be read in it */
		return s.n <= LOOK_MAX && distinct(s) < 12;
	if (parts_of(s) & (REFERENCE | EXAMPLE | SEQUENCE))
		return true;
	runs(s, &same, &follow, &c);
	if (follow >= 8 || (c == 'A' ? same >= 12 && same * 2 >= s.n : same >= (c == 'x' || c == 'X' || c == '0' ? 6u : 8u)))
		return true; /* A: zeros in base64, with which whole families of tokens begin */
	struct aisp_slice t = tail(s);

	return periodic(t) || (t.n >= 12 && distinct(t) <= 4);
}

bool aisp_secrets__placeholder(struct aisp_slice s)
{
	size_t same, follow;
	char c;

	s = aisp_slice_to(aisp_slice_trim(s), LOOK_MAX);
	if (s.n == 0 || s.p[0] == '$' || s.p[0] == '<' || parts_of(s) & (REFERENCE | EXAMPLE | PLACE) || WHOLE(s, place_words))
		return true;
	if (s.p[0] == '%' && s.n <= 3)
		return true;
	runs(s, &same, &follow, &c);
	return same == s.n || (same >= 5 && same * 2 >= s.n) || (s.n >= 8 && periodic(s) && distinct(s) <= 3);
}

bool aisp_secrets__common_password(struct aisp_slice s)
{
	return WHOLE(s, common_passwords);
}
