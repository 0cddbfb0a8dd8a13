/* The detection by context: which places it reports, what it says of them, and that it stays within its text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "scan/secrets/generic_int.h"

struct found {
	size_t n;
	char value[256], rule[64], user[64], host[64];
	enum aisp_secret_certainty certainty;
	const char *severity;
	struct aisp_slice text;
};

static void copy(char *to, size_t cap, struct aisp_slice s)
{
	snprintf(to, cap, "%.*s", AISP_FMT(s));
}

static int collect(void *ctx, const struct aisp_secret_hit *h)
{
	struct found *f = ctx;
	assert_true(h->at + h->n <= f->text.n);
	assert_true(h->match_at <= h->at && h->match_at + h->match_n >= h->at + h->n && h->match_at + h->match_n <= f->text.n);
	f->n++;
	copy(f->value, sizeof f->value, aisp_slice_of(f->text.p + h->at, h->n));
	copy(f->rule, sizeof f->rule, aisp_slice_z(h->rule));
	f->certainty = h->certainty;
	f->severity = h->severity;
	for (uint32_t i = 0; i < h->n_facts; i++) {
		if (!strcmp(h->facts[i].key, "user"))
			copy(f->user, sizeof f->user, h->facts[i].value);
		if (!strcmp(h->facts[i].key, "host"))
			copy(f->host, sizeof f->host, h->facts[i].value);
	}
	return 0;
}

/* All anchors of the text in order of their place, as the engine gives them. */
static struct found scan(const char *path, struct aisp_slice text)
{
	struct found f = {.text = text};
	struct aisp_secrets__generic_ctx g = {.path = aisp_slice_z(path), .text = text};
	aisp_secrets__generic_begin(&g);
	for (size_t i = 0; i < text.n; i++)
		for (const struct aisp_secrets__anchor *a = aisp_secrets__anchors; a->text; a++) {
			size_t n = strlen(a->text);
			if (n <= text.n - i && aisp_slice_eqi(aisp_slice_of(text.p + i, n), aisp_slice_of(a->text, n)))
				assert_int_equal(aisp_secrets__generic(&g, a->tag, i, collect, &f), 0);
		}
	return f;
}

#define PW "Xk7" "qLm2" "vRt9" /* in pieces: no credential-like text in the repository */

static void finds(const char *path, const char *line, const char *value, const char *rule)
{
	struct found f = scan(path, aisp_slice_z(line));
	if (f.n == 0 || strcmp(f.value, value) != 0 || strcmp(f.rule, rule) != 0)
		fail_msg("%s: %s: %zu hits, value «%s», rule %s", path, line, f.n, f.value, f.rule);
}

static void finds_none(const char *path, const char *line)
{
	struct found f = scan(path, aisp_slice_z(line));
	if (f.n != 0)
		fail_msg("%s: %s: «%s» by %s", path, line, f.value, f.rule);
}

static void assignments(void **state)
{
	(void)state;
	finds("a.py", "DB_PASSWORD = \"" PW "\"\n", PW, "generic-password");
	finds("a.js", "  clientSecret: '" PW PW "',\n", PW PW, "generic-secret");
	finds("a.go", "\tapiKey := \"" PW PW "\"\n", PW PW, "generic-api-key");
	finds("a.rb", "  :password => '" PW "',\n", PW, "generic-password");
	finds("a.scala", "val dbPassword = Some(\"" PW "\")\n", PW, "generic-password");
	finds("a.ts", "const token: string = '" PW PW "';\n", PW PW, "generic-token");
	finds("a.java", "props.put(\"password\", \"" PW "\");\n", PW, "generic-password");
	finds("a.yml", "db:\n  password: " PW "  # main\n", PW, "generic-password");
	finds("a.properties", "spring.datasource.password=" PW "\n", PW, "generic-password");
	finds("a.json", "{\"access_token\": \"" PW PW "\"}", PW PW, "generic-token");
	finds("a.json", "\"raw\": \"{\\\"password\\\": \\\"" PW "\\\"}\"", PW, "generic-password");
	finds("a.xml", "<password>" PW "</password>", PW, "generic-password");
	finds("k.yaml", "- name: ADMIN_PASSWORD\n  value: " PW "\n", PW, "generic-password");
	finds("a.cs", "\"Server=sql;User Id=app;Password=" PW ";\"", PW, "generic-password");
}

static void other_places(void **state)
{
	(void)state;
	finds("a.sh", "curl -H \"Authorization: Bearer " PW PW PW "\" https://x.io\n", PW PW PW, "bearer-token");
	finds("a.sh", "mysqldump -u backup -p" PW " shop\n", PW, "command-line-password");
	finds("a.sh", "sshpass -p '" PW "' ssh ops@10.0.0.1\n", PW, "command-line-password");
	finds("a.sh", "run --password " PW " --fast\n", PW, "command-line-password");
	finds("a.sql", "CREATE USER app IDENTIFIED BY '" PW "';\n", PW, "sql-password");
	finds("a.http", "Authorization: Basic YWxpY2U6aHVudGVyMmdvZXM=\n", "YWxpY2U6aHVudGVyMmdvZXM=", "basic-auth");
	struct found f = scan("a.env", AISP_S("DB=postgres://app:" PW "@db.acme.io:5432/shop\n"));
	assert_int_equal(f.n, 1);
	assert_string_equal(f.rule, "url-credentials");
	assert_string_equal(f.value, PW);
	assert_string_equal(f.user, "app");
	assert_string_equal(f.host, "db.acme.io");
	f = scan("a.sh", AISP_S("curl -u deploy:" PW " https://x.io\n"));
	assert_string_equal(f.value, PW);
	assert_string_equal(f.user, "deploy");
}

static void near_misses(void **state)
{
	(void)state;
	static const char *const lines[][2] = {
		{"a.py", "password = getpass.getpass(\"Password: \")\n"}, {"a.py", "password = os.environ[\"DB_PASSWORD\"]\n"},
		{"a.py", "def login(user, password):\n"}, {"a.js", "const { password, token } = req.body;\n"}, {"a.js", "if (token === null) {}\n"},
		{"a.js", "errors.password = 'Password is required';\n"}, {"a.ts", "password: string;\n"}, {"a.java", "user.setPassword(encoder.encode(password));\n"},
		{"a.yml", "password: ${DB_PASSWORD}\n"}, {"a.yml", "password: \"{{ vault_password }}\"\n"}, {"a.env", "API_KEY=<your api key>\n"},
		{"a.json", "{\"token_type\": \"bearer\", \"token_url\": \"https://acme.io/token\"}"}, {"a.py", "key = \"user:%s\" % uid\n"},
		{"a.js", "if (event.key === 'Enter') submit();\n"}, {"a.md", "Bearer authentication is described in RFC 6750.\n"},
		{"a.sh", "docker run -p 8080:80 -u 1000:1000 nginx\n"}, {"a.sh", "mysql -u root -p shop\n"}, {"a.md", "postgres://user:password@host/db\n"},
		{"a.go", "url := fmt.Sprintf(\"postgres://%s:%s@%s\", u, p, h)\n"}, {"a.md", "https://acme.io/a:b\n"}, {"a.sql", "password varchar(255) NOT NULL\n"},
		{"locales/en.json", "\"login.password\": \"Password\"\n"}, {"a.py", "password = \"\"\n"}, {"a.py", "secret = 'xxxxxxxxxxxxxxxx'\n"},
		{"a.rb", "password: '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'\n"}, {"a.h", "Authorization: Basic realm=\"x\"\n"},
		{"a.php", "'public_key' => 'BX3VYzI0uj3oVjbF90FSDgD0lnB4h4R9xnEblHdcz1',\n"}, {"tokenizer.json", "\"pad_token\": \"[PAD]\",\n"},
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		finds_none(lines[i][0], lines[i][1]);
}

static void says_how_sure(void **state)
{
	(void)state;
	struct found f = scan("deploy/docker-compose.yml", AISP_S("      POSTGRES_PASSWORD: " PW PW "\n"));
	assert_int_equal(f.certainty, AISP_SECRET_LIKELY);
	assert_string_equal(f.severity, "high");
	f = scan("deploy/docker-compose.yml", AISP_S("      POSTGRES_PASSWORD: postgres\n"));
	assert_int_equal(f.n, 1); /* used by everybody, but used here */
	assert_int_equal(f.certainty, AISP_SECRET_POSSIBLE);
	assert_string_equal(f.severity, "low");
	finds_none("src/test_db.py", "    password = \"password\"\n");
}

/* Every prefix and suffix of hostile text: nothing is read outside (under the sanitizers), nothing is reported outside. */
static void stays_inside(void **state)
{
	(void)state;
	static const char text[] = "password=\\\"a\\ token: 'x key=\"\"\" secret=>`$ x://u:p@ basic QTpi bearer aaaaaaaaa identified by ' -u a:b "
	                           "mysql -p sshpass -p <password>x</ name: \"pass\n value: \n auth: token chpasswd echo a:b|chpasswd &quot;pwd&quot;:&quot;z";
	char copy_of[sizeof text];
	for (size_t i = 0; i + 1 < sizeof text; i++)
		for (size_t n = 1; i + n < sizeof text; n += 1 + n / 8) {
			memcpy(copy_of, text + i, n);
			scan(i % 2 ? "a.yml" : "a.c", aisp_slice_of(copy_of, n));
		}
}

static void long_values(void **state)
{
	(void)state;
	static char big[40000];
	memset(big, 'a', sizeof big);
	memcpy(big, "password = \"", 12);
	assert_int_equal(scan("a.py", aisp_slice_of(big, sizeof big)).n, 0);
	memset(big, '=', sizeof big);
	memcpy(big + 20000, "token", 5);
	scan("a.py", aisp_slice_of(big, sizeof big));
	memset(big, 'p', sizeof big);
	for (size_t i = 0; i + 5 < sizeof big; i += 5)
		memcpy(big + i, "token", 5);
	assert_int_equal(scan("a.py", aisp_slice_of(big, sizeof big)).n, 0);
}

static void words_are_sorted(void **state)
{
	(void)state;
	static const char *const names[] = {"password", "secret", "token", "apikey", "xsrf", "access", "url", "nonce"};
	static const enum generic_feature wanted[] = {GENERIC_N_PASSWORD, GENERIC_N_SECRET, GENERIC_N_TOKEN, GENERIC_N_APIKEY, GENERIC_N_CSRF,
	        GENERIC_N_ACCESS, GENERIC_N_URL, GENERIC_N_NONCE};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct generic_features f = {0};
		aisp_secrets__generic_name(aisp_slice_z(names[i]), &f);
		assert_true(generic_has(&f, wanted[i]));
	}
	struct generic_features f = {0};
	aisp_secrets__generic_name(AISP_S("myAPIKeyName"), &f);
	assert_true(generic_has(&f, GENERIC_N_APIKEY) && generic_has(&f, GENERIC_N_NAME) && !generic_has(&f, GENERIC_N_LAST_STRONG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assignments),   cmocka_unit_test(other_places), cmocka_unit_test(near_misses),      cmocka_unit_test(says_how_sure),
		cmocka_unit_test(stays_inside), cmocka_unit_test(long_values),  cmocka_unit_test(words_are_sorted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
