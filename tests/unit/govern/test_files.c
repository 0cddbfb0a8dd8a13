/* Files that plans change: which bytes an assignment of a .env file has, and which lines may be shown. */
#include "base/mem.h"
#include "collect/content/content.h"
#include "govern/range.h"
#include "govern/shown.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* What is cut, or "-" for nothing sure. */
static void env(const char *text, const char *key, uint32_t line, const char *want)
{
	struct aisp_range r;
	struct aisp_slice k;
	const bool ok = aisp_range_env(aisp_slice_z(text), aisp_slice_z(key), line, &r, &k);
	const struct aisp_slice got = ok ? aisp_slice_of(text + r.from, r.end - r.from) : AISP_S("-");
	if (!aisp_slice_eqz(got, want))
		fail_msg("%s %s %u: got '%.*s', want '%s'", text, key, line, AISP_FMT(got), want);
	if (ok && *key && !aisp_slice_eqz(k, key))
		fail_msg("%s: the key is %.*s", key, AISP_FMT(k));
}

static void test_env(void **state)
{
	(void)state;
	env("A=1\nB=2\nC=3\n", "B", 0, "B=2\n");
	env("A=1\nB=2\nC=3\n", "", 2, "B=2\n");
	env("A=1\nB=2", "", 2, "B=2");
	env("A=1\r\n export  B = x y # c\r\nC=3\r\n", "B", 0, " export  B = x y # c\r\n");
	env("A=1\nB: yaml like\nC=3\n", "B", 0, "B: yaml like\n");
	env("# B=old\nB=new\n", "", 1, "# B=old\n");
	env("# B=old\nB=new\n", "B", 0, "B=new\n");
	env("K=\"-----BEGIN\nabc\n-----END\" # key\nB=2\n", "K", 0, "K=\"-----BEGIN\nabc\n-----END\" # key\n");
	env("K=\"-----BEGIN\nabc\n-----END\"\nB=2\n", "", 2, "K=\"-----BEGIN\nabc\n-----END\"\n");
	env("K='a\nB=2\nc'\nB=3\n", "B", 0, "B=3\n");
	env("K=\"a\\\"\nB=1\"\nB=3\n", "B", 0, "B=3\n");
	env("A=it is\nB=x=y=z\n", "B", 0, "B=x=y=z\n");
	env("B=1\nA=0\nB=2\n", "B", 3, "B=2\n"); /* of several the one in that line */
	env("B=1\nA=0\nB=2\n", "B", 0, "-");
	env("A='open\nB=2\n", "B", 0, "-"); /* where does A end? */
	env("A='open\nB=2\n", "A", 0, "-");
	env("B=2\nA='open\n", "B", 0, "B=2\n");
	env("A='it\\'s'\nB=2\n", "B", 0, "-");
	env("A=x\\\nB=2\n", "B", 0, "-");
	env("A=$(cat <<X\nB=2\nX\n)\n", "B", 0, "-");
	env("A='x'y\nB=2\n", "B", 0, "-");
	env("A=don't\nB=2\n", "B", 0, "-");
	env("just words\nB=2\n", "", 1, "-");
	env("just words\n\nB=2\n", "B", 0, "B=2\n");
	env("", "B", 0, "-");
	env("B=", "B", 0, "B=");
	env("=x\n1B=2\n", "B", 0, "-");
	assert_true(aisp_range_is_env(AISP_S("a/.env")) && aisp_range_is_env(AISP_S(".env.local")) && aisp_range_is_env(AISP_S("prod.env")) && aisp_range_is_env(AISP_S(".envrc")));
	assert_false(aisp_range_is_env(AISP_S("env.py")) || aisp_range_is_env(AISP_S(".environment")) || aisp_range_is_env(AISP_S(".env/x")));
}

struct shown {
	const char *name, *text;
	bool hides;
};

static void test_shown(void **state)
{
	static const struct shown cases[] = {
		{"mcp.json", "{\"mcpServers\":{\"a\":{\"url\":\"https://a.example/mcp\"}}}", false},
		{"mcp.json", "{\"a\":{\"command\":\"npx\",\"args\":[\"-y\",\"pg-mcp\",\"--port\",\"8080\"]}}", false},
		{"mcp.json", "{\"a\":{\"env\":{\"X\":\"${env:X}\",\"Y\":\"$Y\",\"Z\":\"${Z}\",\"E\":\"\"}}}", false},
		{"mcp.json", "{\"a\":{\"env\":{\"X\":\"${X:-fallback}\"}}}", true},
		{"mcp.json", "{\"a\":{\"env\":{\"X\":\"v\"}}}", true},
		{"mcp.json", "{\"a\":{\"env\":{\"X\":17}}}", true},
		{"mcp.json", "{\"a\":{\"env\":[\"X=v\"]}}", true},
		{"mcp.json", "{\"a\":{\"headers\":{\"X\":\"v\"}}}", true},
		{"mcp.json", "{\"a\":{\"requestInit\":{\"headers\":{\"X\":\"v\"}}}}", true},
		{"mcp.json", "{\"a\":{\"args\":[\"X=v\"]}}", true},
		{"mcp.json", "{\"a\":{\"args\":[\"--api-key\",\"v\"]}}", true},
		{"mcp.json", "{\"a\":{\"args\":[\"-p\",\"v\"]}}", true},
		{"mcp.json", "{\"a\":{\"command\":\"server --token v\"}}", true},
		{"mcp.json", "{\"a\":{\"url\":\"https://u:p@h/mcp\"}}", true},
		{"mcp.json", "{\"a\":{\"url\":\"https://h/mcp?key\"}}", true},
		{"mcp.json", "{\"a\":{\"password\":\"v\"}}", true},
		{"mcp.json", "{\"a\":1 // token v\n}", true},
		{"mcp.json", "{\"a\":1, /* password is v */\n\"b\":2}", true},
		{"mcp.json", "{broken", true},
		{"mcp.bin", "plain", true},
		{".env", "A=1\n", true},
		{"np.yaml", "spec:\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {environment: dev}}\n", false},
		{"rb.yaml", "subjects:\n- kind: ServiceAccount\n  name: bot\n", false},
		{"d.yaml", "env:\n- name: X\n  value: v\n", true},
		{"d.yaml", "env:\n- name: X\n  valueFrom: {secretKeyRef: {name: db, key: url}}\n", false},
		{"d.yaml", "tls:\n- secretName: db\n", false},
		{"s.yaml", "kind: Secret\ndata:\n  x: dg==\n", true},
		{"s.yaml", "stringData:\n  x: |\n    one\n    two\n    three\n", true},
		{"p.tf", "data \"aws_iam_policy_document\" \"x\" {\n  statement {\n    actions = [\"s3:GetObject\"]\n    resources = [\"*\"]\n  }\n}\n", false},
		{"f.tf", "resource \"aws_lambda_function\" \"x\" {\n  environment {\n    variables = { PW = \"v\" }\n  }\n}\n", true},
		{"c.toml", "[mcp_servers.a.env]\nX = \"v\"\n", true},
		{"c.toml", "[mcp_servers.a]\nurl = \"https://a.example\"\n", false},
		{"x.json", "{\"k\":\"AKIAQYLPMN5HHHFPZAM2\"}", true},
	};
	struct aisp_snapshot s = {0};
	struct aisp_content_eye *eye = NULL;
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_step st = {0};
	struct aisp_err err = {0};
	struct aisp_maker m = {.s = &s, .a = a, .step = &st, .eye = &eye, .err = &err};
	const char *why;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(aisp_shown__hides(&m, aisp_slice_z(cases[i].name), aisp_slice_z(cases[i].text), 1, 100, &why), 0);
		if ((why != NULL) != cases[i].hides)
			fail_msg("%s: %s: %s", cases[i].name, cases[i].text, why ? why : "is shown");
	}
	/* a long value above reaches into the lines, one below does not */
	const struct aisp_slice block = AISP_S("stringData:\n  x: |\n    one\n    two\n    three\nother: 1\nmore: 2\n");
	assert_int_equal(aisp_shown__hides(&m, AISP_S("s.yaml"), block, 4, 4, &why), 0);
	assert_non_null(why);
	assert_int_equal(aisp_shown__hides(&m, AISP_S("s.yaml"), block, 6, 7, &why), 0);
	assert_null(why);
	aisp_content_eye_free(eye);
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_env), cmocka_unit_test(test_shown)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
