/* Values, connection strings, families, interpolation, command lines, package names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dump.h"

#include "collect/files/mcp.h"
#include "collect/files/repo.h"
#include <stdio.h>

static void test_connections(void **state)
{
	static const struct {
		const char *text, *scheme, *host, *name, *user, *password;
		unsigned port;
	} cases[] = {
		{"postgresql+psycopg://app:p%40ss@db.example.com:6432/shop?sslmode=require", "postgres", "db.example.com", "shop", "app", "p%40ss", 6432},
		{"postgres://app@DB/shop", "postgres", "db", "shop", "app", "", 5432},
		{"postgres:///shop?host=/var/run&user=u", "postgres", "", "shop", "u", "", 5432},
		{"postgresql://h1:1,h2:2/x", "postgres", "h1", "x", "", "", 1},
		{"postgres://u:p@[::1]:5433/x", "postgres", "::1", "x", "u", "p", 5433},
		{"postgres://u:p@w@h/x", "postgres", "h", "x", "u", "p@w", 5432},
		{"mysql+pymysql://r:x@m/d", "mysql", "m", "d", "r", "x", 3306},
		{"redis://:pw@cache:6380/2", "redis", "cache", "2", "", "pw", 6380},
		{"rediss://cache", "redis", "cache", "", "", "", 6379},
		{"mongodb+srv://u:p@c.mongodb.net/app?retryWrites=true", "mongodb", "c.mongodb.net", "app", "u", "p", 27017},
		{"amqp://u:p@mq//vh", "amqp", "mq", "/vh", "u", "p", 5672},
		{"jdbc:postgresql://h:1/d?user=u&password=p", "postgres", "h", "d", "u", "p", 1},
		{"jdbc:sqlserver://h:1433;databaseName=d;user=u;password=p", "mssql", "h", "d", "u", "p", 1433},
		{"host=h port=5433 dbname=d user=u password='p w'", "postgres", "h", "d", "u", "p w", 5433},
		{"Server=h;Port=5432;Database=d;User Id=u;Password=p", "postgres", "h", "d", "u", "p", 5432},
		{"Server=tcp:h,1434;Database=d;User Id=u;Password=p", "mssql", "h", "d", "u", "p", 1434},
		{"u:p@tcp(h:3307)/d?parseTime=true", "mysql", "h", "d", "u", "p", 3307},
		{"https://u:p@h.example.com/x", "http", "h.example.com", "", "u", "p", 443},
		{"postgres://${U}:${P}@${H}:${PORT}/${D}", "postgres", "", "", "", "", 5432},
		{"postgres://u:changeme@h/d", "postgres", "h", "d", "u", "", 5432},
	};
	static const char *const none[] = {"", "hello", "not a url", "a=b", "key=value other=thing", "foo://bar/baz", "://x", "http//x"};
	struct aisp_connection c;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		print_message("%s\n", cases[i].text);
		assert_true(aisp_connection_parse(aisp_slice_z(cases[i].text), &c));
		assert_string_equal(c.scheme, cases[i].scheme);
		assert_string_equal(c.host, cases[i].host);
		assert_string_equal(c.name, cases[i].name);
		assert_string_equal(c.user, cases[i].user);
		assert_int_equal(c.port, cases[i].port);
		assert_true(aisp_slice_eqz(c.password, cases[i].password));
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(aisp_connection_parse(aisp_slice_z(none[i]), &c));
}

/* The same login written differently is one credential; another password, user or host is another. */
static void test_fingerprint(void **state)
{
	struct aisp_fpkey key = {{1}};
	char a[AISP_FINGERPRINT_LEN + 1], b[AISP_FINGERPRINT_LEN + 1];
	struct aisp_connection c, d;

	(void)state;
	assert_true(aisp_connection_parse(AISP_S("postgresql+asyncpg://u:p%40@H:5432/d?x=y"), &c));
	assert_true(aisp_connection_parse(AISP_S("host=h dbname=d user=u password=p@"), &d));
	aisp_connection_fingerprint(&key, &c, a);
	aisp_connection_fingerprint(&key, &d, b);
	assert_string_equal(a, b);
	assert_true(aisp_connection_parse(AISP_S("host=h dbname=d user=v password=p@"), &d));
	aisp_connection_fingerprint(&key, &d, b);
	assert_string_not_equal(a, b);
}

static void test_classes(void **state)
{
	static const struct {
		const char *key, *value;
		enum aisp_value_class kind;
		const char *credential;
	} cases[] = {
		{"OPENAI_API_KEY", "sk-proj-abcdefghijklmnopqrstuvwx", AISP_VALUE_SECRET, "openai_api_key"},
		{"X", "sk-ant" "-abcdefghijklmnopqrstuvwx", AISP_VALUE_SECRET, "anthropic_api_key"},
		{"X", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", AISP_VALUE_SECRET, "github_token"},
		{"APP_OPENAI_API_KEY", "whatever-1234567", AISP_VALUE_SECRET, "openai_api_key"},
		{"OPENAI_API_KEY", "changeme", AISP_VALUE_PLACEHOLDER, NULL},
		{"OPENAI_API_KEY", "<key>", AISP_VALUE_PLACEHOLDER, NULL},
		{"OPENAI_API_KEY", "xxxxxxxx", AISP_VALUE_PLACEHOLDER, NULL},
		{"OPENAI_API_KEY", "${OTHER}", AISP_VALUE_REFERENCE, NULL},
		{"OPENAI_API_KEY", "{{ vault }}", AISP_VALUE_REFERENCE, NULL},
		{"POSTGRES_PASSWORD", "postgres", AISP_VALUE_SECRET, "password"},
		{"PASSWORD", "12345", AISP_VALUE_SECRET, "password"},
		{"MAX_TOKENS", "4096", AISP_VALUE_PLAIN, NULL},
		{"TOKENIZERS_PARALLELISM", "false", AISP_VALUE_PLAIN, NULL},
		{"SECRET_NAME", "thing-one", AISP_VALUE_OPAQUE, NULL},
		{"MODEL", "openai/gpt-4o-mini", AISP_VALUE_PLAIN, NULL},
		{"MODEL", "sk-proj-abcdefghijklmnopqrstuvwx", AISP_VALUE_SECRET, "openai_api_key"},
		{"API_BASE", "https://api.example.com/v1", AISP_VALUE_PLAIN, NULL},
		{"API_BASE", "https://api.example.com/v1?key=1", AISP_VALUE_OPAQUE, NULL},
		{"API_BASE", "https://u:p4ss@api.example.com/", AISP_VALUE_CONNECTION, "password"},
		{"HOOK", "https://hooks.slack.com/services/T/B/x", AISP_VALUE_SECRET, "webhook_url"},
		{"CALLBACK", "https://x.example.com/0123456789abcdef0123456789abcdef", AISP_VALUE_OPAQUE, NULL},
		{"DATABASE_URL", "postgres://u:hunter2@h/d", AISP_VALUE_CONNECTION, "connection_string"},
		{"DATABASE_URL", "postgres://u@h/d", AISP_VALUE_CONNECTION, NULL},
		{"DB_HOST", "db.prod.svc", AISP_VALUE_PLAIN, NULL},
		{"ANYTHING", "0123456789abcdef0123", AISP_VALUE_OPAQUE, NULL},
		{"NUMBER", "123456789012", AISP_VALUE_OPAQUE, NULL},
		{"EMPTY", "  ", AISP_VALUE_EMPTY, NULL},
		{"apiKey", "q8w7e6r5t4z3u2", AISP_VALUE_SECRET, "api_key"},
		{"apiKey", "q8w7e6r5", AISP_VALUE_PLACEHOLDER, NULL},
		{"OPENAI_API_KEY", "Your openai key goes in", AISP_VALUE_PLACEHOLDER, NULL},
		{"GUEST_SIGNING_KEY", "guest_signing_key", AISP_VALUE_PLACEHOLDER, NULL},
		{"POSTGRES_PASSWORD", "password", AISP_VALUE_SECRET, "password"},
		{"spring.datasource.password", "q", AISP_VALUE_SECRET, "password"},
		{"SSH_PUBLIC_KEY", "ssh-ed25519 AAAA", AISP_VALUE_OPAQUE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_value v;
		aisp_value_classify(aisp_slice_z(cases[i].key), aisp_slice_z(cases[i].value), &v);
		if (v.kind != cases[i].kind)
			fail_msg("%s=%s: class %d, not %d", cases[i].key, cases[i].value, v.kind, cases[i].kind);
		if (!cases[i].credential != !v.credential_kind ||
		    (v.credential_kind && strcmp(cases[i].credential, v.credential_kind) != 0))
			fail_msg("%s: credential %s, not %s", cases[i].key, v.credential_kind, cases[i].credential);
	}
}

static void test_interpolation(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "plain"},           {"$A", "1"},         {"${A}", "1"},         {"x${A}y$B.z", "x1y.z"},
		{"${B:-d}", "d"},             {"${B-d}", ""},      {"${C:-d}", "d"},      {"${C-d}", "d"},
		{"${A:+yes}", "yes"},         {"${C:+yes}", ""},   {"$$A", "$A"},         {"${C}", "${C}"},
		{"a$C", "a$C"},               {"${A:?err}", "1"},  {"${C:?err}", "${C:?err}"}, {"${A", "${A"},
		{"${C:-${A}}", "${C:-${A}}"}, {"$", "$"},          {"a$-b", "a$-b"},
	};
	const struct aisp_setting vars[] = {{.name = AISP_S("A"), .value = AISP_S("1")}, {.name = AISP_S("B"), .value = AISP_S("")}};
	const struct aisp_env_file env = {.v = vars, .n = 2};
	struct aisp_texts t = {0};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_slice out;
		assert_int_equal(aisp_texts_interpolate(&t, aisp_slice_z(cases[i].in), &env, &out, NULL), 0);
		if (!aisp_slice_eqz(out, cases[i].out))
			fail_msg("%s gives %.*s, not %s", cases[i].in, AISP_FMT(out), cases[i].out);
	}
	aisp_texts_done(&t);
}

static void test_packages(void **state)
{
	static const struct {
		const char *words[6], *ecosystem, *name, *version;
		bool pinned;
	} cases[] = {
		{{"npx", "-y", "@a/b@1.2.3", "x"}, "npm", "@a/b", "1.2.3", true},
		{{"npx", "-y", "@a/b", "x@y"}, "npm", "@a/b", "", false},
		{{"npx", "b@latest"}, "npm", "b", "latest", false},
		{{"npx", "-p", "pkg@2.0.0", "bin"}, "npm", "pkg", "2.0.0", true},
		{{"/usr/bin/npx", "--package=pkg", "bin"}, "npm", "pkg", "", false},
		{{"cmd", "/c", "npx", "-y", "c@^1.0.0"}, "npm", "c", "^1.0.0", false},
		{{"uvx", "mcp-server-git==1.0.0"}, "pypi", "mcp-server-git", "1.0.0", true},
		{{"uvx", "--from", "git+https://github.com/a/b@main", "b"}, "git", "git+https://github.com/a/b", "main", false},
		{{"uvx", "x[extra]@latest"}, "pypi", "x", "latest", false},
		{{"uv", "tool", "run", "x==2.1"}, "pypi", "x", "2.1", true},
		{{"pipx", "run", "x"}, "pypi", "x", "", false},
		{{"docker", "run", "-e", "K", "mcp/postgres:1", "arg"}, "oci", "mcp/postgres", "1", false},
		{{"docker", "run", "--rm", "-i", "reg:5000/x@sha256:ab"}, "oci", "reg:5000/x", "", true},
		{{"pnpm", "dlx", "z@1.0.0"}, "npm", "z", "1.0.0", true},
	};
	struct aisp_mcp_package p;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_slice words[6];
		size_t n = 0;
		for (; n < 6 && cases[i].words[n]; n++)
			words[n] = aisp_slice_z(cases[i].words[n]);
		assert_true(aisp_mcp_package_of(words[0], words + 1, n - 1, &p));
		if (!aisp_slice_eqz(p.name, cases[i].name) || !aisp_slice_eqz(p.version, cases[i].version) ||
		    !aisp_slice_eqz(p.ecosystem, cases[i].ecosystem) || p.pinned != cases[i].pinned)
			fail_msg("case %zu: %.*s %.*s %.*s %d", i, AISP_FMT(p.ecosystem), AISP_FMT(p.name), AISP_FMT(p.version), p.pinned);
	}
	const struct aisp_slice node[] = {AISP_S("server.js")};
	assert_false(aisp_mcp_package_of(AISP_S("node"), node, 1, &p));
	assert_false(aisp_mcp_package_of(AISP_S("npx"), node, 0, &p));
	assert_true(aisp_mcp_known_find(AISP_S("mcp-shell-server"))->executes_code);
	assert_non_null(aisp_mcp_known_find(AISP_S("awslabs.core-mcp-server")));
	assert_null(aisp_mcp_known_find(AISP_S("awslabs")));
}

static void test_mcp_paths(void **state)
{
	(void)state;
	assert_string_equal(aisp_mcp_client_of(AISP_S("a/b/.cursor/mcp.json"))->client, "cursor");
	assert_string_equal(aisp_mcp_client_of(AISP_S(".mcp.json"))->client, "claude-code");
	assert_string_equal(aisp_mcp_client_of(AISP_S("x/mcp.json"))->client, "mcp");
	assert_string_equal(aisp_mcp_client_of(AISP_S("x.code-workspace"))->client, "vscode");
	assert_null(aisp_mcp_client_of(AISP_S("xmcp.json")));
	assert_null(aisp_mcp_client_of(AISP_S("settings.json")));
	assert_null(aisp_mcp_client_of(AISP_S("x.cursor/mcp.jsonx")));
	const char *seen[128];
	size_t n = 0;
	for (size_t i = 0; i < aisp_mcp_client_count; i++) {
		bool known = false;
		for (size_t k = 0; k < n; k++)
			known |= strcmp(seen[k], aisp_mcp_clients[i].client) == 0;
		if (!known)
			seen[n++] = aisp_mcp_clients[i].client;
	}
	assert_true(n >= 20);
}

static void test_remote(void **state)
{
	(void)state;
	assert_true(aisp_slice_eqz(aisp_repo_name_of(AISP_S("git@github.com:acme/support-bot.git")), "support-bot"));
	assert_true(aisp_slice_eqz(aisp_repo_name_of(AISP_S("https://u:p@h/acme/x.git/")), "x"));
	assert_true(aisp_slice_eqz(aisp_repo_origin(AISP_S("[core]\n\turl = no\n[remote \"up\"]\n\turl = no\n[remote \"origin\"]\r\n\tURL = yes\r\n")), "yes"));
	assert_int_equal(aisp_repo_origin(AISP_S("[remote \"x\"]\nurl=1")).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connections), cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_classes),
		cmocka_unit_test(test_interpolation), cmocka_unit_test(test_packages), cmocka_unit_test(test_mcp_paths),
		cmocka_unit_test(test_remote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
