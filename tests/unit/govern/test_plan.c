/* Forms of control objects, ranges in texts, and diffs. */
#include "base/buf.h"
#include "govern/plan_int.h"
#include "govern/range.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_forms(void **state)
{
	static const char *const cases[][2] = {
		{"GRANT SELECT ON TABLE public.t TO bot", "postgres.grant"},
		{"GRANT SELECT (\"a ON b\") ON TABLE x.t TO \"c TO d\"", "postgres.grant"},
		{"GRANT EXECUTE ON FUNCTION f(integer, text) TO PUBLIC", "postgres.public"},
		{"GRANT EXECUTE ON FUNCTION f(integer, text) TO bot", "postgres.grant"},
		{"GRANT SELECT (\"a, (b\"), UPDATE (\"a, (b\") ON TABLE t TO bot", "postgres.grant"},
		{"GRANT CONNECT ON DATABASE d TO PUBLIC", "postgres.entrance"},
		{"GRANT \"x ON y\" TO bot", "postgres.membership"},
		{"ALTER ROLE \"a b\" BYPASSRLS", "postgres.attribute"},
		{"ALTER TABLE t OWNER TO app", "postgres.owner"},
		{"GRANT SELECT ON TABLE \"$aisp$\" TO bot", "other"},
		{"arn:aws:iam::1:role/a#inline/b#/Statement/0", "aws.inline"},
		{"arn:aws:iam::aws:policy/AdministratorAccess#/Statement/0", "aws.aws-managed"},
		{"arn:aws:iam::1:policy/p#/Statement/0", "aws.managed"},
		{"arn:aws:iam::1:role/a#trust#/Statement/0", "aws.trust"},
		{"arn:aws:s3:::b#policy#/Statement", "aws.resource-policy"},
		{"arn:aws:iam::1:role/\"},{\"x#inline/b#/Statement/0", "other"},
		{"arn:aws:lambda:r:1:function:chat#url/AuthType", "aws.setting"},
		{"k8s://c/-/clusterrolebinding/system:x", "kubernetes.binding"},
		{"k8s://c/n/rolebinding/a#/subjects/12", "kubernetes.subject"},
		{"k8s://c/-/clusterrolebinding/system:x#/subjects/0", "kubernetes.subject"},
		{"k8s://c/n/service/a#/subjects/0", "kubernetes.part"},
		{"k8s://c/n/service/a#default-allow", "kubernetes.isolation"},
		{"k8s://c/n/pod/a#default-allow", "kubernetes.part"},
		{"k8s://c/n/networkpolicy/db#/spec/egress/1", "kubernetes.network-rule"},
		{"k8s://c/n/rolebinding/a'; rm", "other"},
		{".cursor/mcp.json#/mcpServers/db", "file.json"},
		{"k8s/bot.yaml#/spec/x", "file.part"},
		{".env:3", "file.env"},
		{"deploy/.env.prod#DATABASE_URL", "file.env"},
		{"notes.txt:3", "file.line"},
		{"env.py#refund", "file.code"},
		{"bot/tools.py#refund", "file.code"},
		{"", "other"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(aisp_control_form(aisp_slice_z(cases[i][0]))->kind, cases[i][1]);
	for (size_t i = 0; aisp_control_form_at(i); i++)
		assert_true(aisp_control_form_at(i)->price > 0 && aisp_control_form_at(i)->text);
}

static void cut_json(const char *text, const char *pointer, const char *want)
{
	struct aisp_range r;
	char got[512];
	const bool ok = aisp_range_json(aisp_slice_z(text), aisp_slice_z(pointer), &r);
	if (!want) {
		assert_false(ok);
		return;
	}
	assert_true(ok);
	snprintf(got, sizeof got, "%.*s%s", (int)r.from, text, text + r.end);
	assert_string_equal(got, want);
}

static void test_json_ranges(void **state)
{
	(void)state;
	cut_json("{\"a\": 1, \"b\": [2, 3]}", "/a", "{\"b\": [2, 3]}");
	cut_json("{\"a\": 1, \"b\": [2, 3]}", "/b", "{\"a\": 1}");
	cut_json("{\"a\": 1, \"b\": [2, 3]}", "/b/1", "{\"a\": 1, \"b\": [2]}");
	cut_json("{\"a\": 1, \"b\": [2, 3]}", "/b/2", NULL);
	cut_json("{// \"a\": 0\n\"a\": {\"}\": \"\\\"\"}, /* , */ \"x/y\": 1,}", "/a", "{// \"a\": 0\n\"x/y\": 1,}");
	cut_json("{\"x/y\": 1}", "/x~1y", "{}");
	cut_json("{\"a\"", "/a", NULL);
	cut_json("[", "/0", NULL);
	cut_json("{\"a\":", "/a/b", NULL);
	cut_json("", "/a", NULL);
}

static void test_yaml_ranges(void **state)
{
	static const char text[] = "a:\n  - x: 1\n    y: 2\n  # about z\n  - z\n\nb: 3\n";
	struct aisp_range r;
	(void)state;
	assert_true(aisp_range_yaml(aisp_slice_z(text), 1, false, &r));
	assert_int_equal(r.from, 0);
	assert_string_equal(text + r.end, "\nb: 3\n");
	assert_true(aisp_range_yaml(aisp_slice_z(text), 2, true, &r));
	assert_string_equal(text + r.end, "  # about z\n  - z\n\nb: 3\n");
	assert_false(aisp_range_yaml(aisp_slice_z(text), 2, false, &r));
	assert_false(aisp_range_yaml(aisp_slice_z(text), 99, true, &r));
	assert_true(aisp_range_yaml(aisp_slice_z("s:\n- a\n- b\nt: 1\n"), 1, false, &r));
	assert_int_equal(r.end, 11);
}

static void test_diffs(void **state)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	(void)state;
	aisp_buf_init(&b, 4096);
	assert_int_equal(aisp_unified_diff(AISP_S("f"), AISP_S("1\n2\n3\n4\n5\n6\n"), AISP_S("1\n2\n3\n4\n6\n"), &b), 0);
	aisp_buf_putc(&b, 0);
	assert_string_equal(b.p, "--- a/f\n+++ b/f\n@@ -2,5 +2,4 @@\n 2\n 3\n 4\n-5\n 6\n");
	aisp_buf_clear(&b);
	assert_int_equal(aisp_unified_diff(AISP_S("n"), (struct aisp_slice){0}, AISP_S("x\n"), &b), 0);
	aisp_buf_putc(&b, 0);
	assert_string_equal(b.p, "--- /dev/null\n+++ b/n\n@@ -0,0 +1,1 @@\n+x\n");
}

static void merged(const char *const *after, size_t n, const char *want)
{
	static const char before[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
	AISP_AUTOBUF struct aisp_buf all = {0};
	struct aisp_buf b[3] = {{0}};
	struct aisp_slice diffs[3];
	aisp_buf_init(&all, 4096);
	for (size_t i = 0; i < n; i++) {
		aisp_buf_init(&b[i], 4096);
		assert_int_equal(aisp_unified_diff(AISP_S("f"), AISP_S(before), aisp_slice_z(after[i]), &b[i]), 0);
		diffs[i] = aisp_buf_slice(&b[i]);
	}
	assert_int_equal(aisp_unified_merge(diffs, n, &all), 0);
	aisp_buf_putc(&all, 0);
	assert_string_equal(all.p, want);
	for (size_t i = 0; i < n; i++)
		aisp_buf_done(&b[i]);
}

/* What each diff takes out of the same text is taken out by one. */
static void test_merged_diffs(void **state)
{
	static const char *const near[] = {"1\n2\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "1\n2\n3\n4\n6\n7\n8\n9\n10\n11\n12\n"};
	static const char *const far[] = {"2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n"};
	static const char *const changed[] = {near[0], "1\n2\n3\nx\n5\n6\n7\n8\n9\n10\n11\n12\n"};
	(void)state;
	merged(near, 2, "--- a/f\n+++ b/f\n@@ -1,8 +1,6 @@\n 1\n 2\n-3\n 4\n-5\n 6\n 7\n 8\n");
	merged(far, 2, "--- a/f\n+++ b/f\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -9,4 +8,3 @@\n 9\n 10\n 11\n-12\n");
	merged(changed, 2, "");
	merged(near, 1, "--- a/f\n+++ b/f\n@@ -1,6 +1,5 @@\n 1\n 2\n-3\n 4\n 5\n 6\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_json_ranges), cmocka_unit_test(test_yaml_ranges), cmocka_unit_test(test_diffs), cmocka_unit_test(test_merged_diffs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
