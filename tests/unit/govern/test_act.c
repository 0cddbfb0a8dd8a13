/* What can be told without a live system: how AWS operations are written, when conditions hold, what a plan file must be. */
#include "base/mem.h"
#include "govern/act_int.h"
#include "govern/change_int.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct aisp_doc *json(struct aisp_arena *a, const char *text)
{
	const struct aisp_doc *d = NULL;
	assert_int_equal(aisp_json_parse(a, aisp_slice_z(text), NULL, &d, NULL), 0);
	return d;
}

static void is(struct aisp_slice got, const char *want)
{
	if (!aisp_slice_eqz(got, want))
		fail_msg("got %.*s\nwant %s", AISP_FMT(got), want);
}

static void encode(struct aisp_arena *a, const char *op, const char *params, struct aisp_act__request *q)
{
	const struct aisp_act__op *row = aisp_act__op_find(aisp_slice_z(op));
	assert_non_null(row);
	assert_int_equal(aisp_act__encode(a, row, json(a, params), q, NULL), 0);
}

static void test_encode(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_act__request q;
	struct aisp_err err;
	(void)state;
	encode(a, "iam:PutRolePolicy", "{\"RoleName\":\"r\",\"PolicyName\":\"p q\",\"PolicyDocument\":\"{\\\"a\\\":1}\"}", &q);
	is(q.body, "Action=PutRolePolicy&Version=2010-05-08&RoleName=r&PolicyName=p%20q&PolicyDocument=%7B%22a%22%3A1%7D");
	assert_string_equal(q.method, "POST");
	encode(a, "iam:CreatePolicyVersion", "{\"PolicyArn\":\"x\",\"SetAsDefault\":true,\"Tags\":[{\"Key\":\"k\"}]}", &q);
	is(q.body, "Action=CreatePolicyVersion&Version=2010-05-08&PolicyArn=x&SetAsDefault=true&Tags.member.1.Key=k");
	encode(a, "ec2:RevokeSecurityGroupIngress", "{\"GroupId\":\"sg-1\",\"IpPermissions\":[{\"FromPort\":22,\"UserIdGroupPairs\":[{\"GroupId\":\"sg-2\"}],\"IpRanges\":[{\"CidrIp\":\"0.0.0.0/0\"}]}]}", &q);
	is(q.body, "Action=RevokeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.FromPort=22&IpPermissions.1.Groups.1.GroupId=sg-2&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0");
	encode(a, "s3:PutBucketPolicy", "{\"Bucket\":\"b/c\",\"Policy\":\"{}\"}", &q);
	is(q.path, "/b%2Fc");
	is(q.query, "policy");
	is(q.body, "{}");
	is(q.checksum, "x-amz-checksum-sha256:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
	assert_string_equal(q.method, "PUT");
	encode(a, "s3:PutPublicAccessBlock", "{\"Bucket\":\"b\",\"PublicAccessBlockConfiguration\":{\"BlockPublicAcls\":true}}", &q);
	is(q.body, "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>");
	encode(a, "lambda:RemovePermission", "{\"FunctionName\":\"f\",\"StatementId\":\"s\",\"Qualifier\":\"1\"}", &q);
	is(q.path, "/2015-03-31/functions/f/policy/s");
	is(q.query, "Qualifier=1");
	assert_string_equal(q.method, "DELETE");
	encode(a, "kms:PutKeyPolicy", "{\"KeyId\":\"k\",\"Policy\":\"p\"}", &q);
	is(q.target, "x-amz-target:TrentService.PutKeyPolicy");
	is(q.body, "{\"KeyId\":\"k\",\"Policy\":\"p\"}");
	assert_int_equal(aisp_act__encode(a, aisp_act__op_find(AISP_S("s3:GetBucketPolicy")), json(a, "{}"), &q, &err), AISP_E_USAGE);
	assert_null(aisp_act__op_find(AISP_S("iam:DeleteAccount")));
	aisp_arena_free(a);
}

static void test_conditions(void **state)
{
	static const struct {
		const char *condition, *answer;
		bool holds;
	} cases[] = {
		{"{\"equals\":[{\"n\":\"1\"}]}", "[{\"n\":\"1\"}]", true},
		{"{\"equals\":[{\"n\":\"1\"}]}", "[{\"n\":\"2\"}]", false},
		{"{\"equals\":[{\"n\":\"1\"}]}", "[{\"n\":\"1\"},{\"n\":\"1\"}]", false},
		{"{\"at\":\"/a\",\"equals\":{\"x\":1,\"y\":[2]}}", "{\"a\":\"{\\\"y\\\":[2],\\\"x\\\":1}\"}", true}, /* a text that holds JSON */
		{"{\"at\":\"/a\",\"equals\":{\"x\":1}}", "{\"a\":{\"x\":1,\"y\":2}}", false},
		{"{\"at\":\"/a/0/b~1c\",\"equals\":\"v\"}", "{\"a\":[{\"b/c\":\"v\"}]}", true},
		{"{\"at\":\"/s\",\"has\":{\"k\":1}}", "{\"s\":[{\"k\":0},{\"k\":1}]}", true},
		{"{\"at\":\"/s\",\"lacks\":{\"k\":1}}", "{\"s\":[{\"k\":0},{\"k\":1}]}", false},
		{"{\"at\":\"/s\",\"lacks\":{\"k\":1}}", "{}", true},
		{"{\"at\":\"/s\",\"absent\":true}", "{\"s\":null}", true},
		{"{\"at\":\"/s\",\"absent\":true}", "{\"s\":0}", false},
		{"{\"at\":\"/s\",\"present\":true}", "{\"s\":0}", true},
		{"{\"at\":\"s\",\"present\":true}", "{\"s\":0}", false},
		{"{}", "{}", false},
	};
	struct aisp_arena *a = aisp_arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct aisp_answer answer = {.doc = json(a, cases[i].answer)};
		if (aisp_change__holds(json(a, cases[i].condition), &answer, a) != cases[i].holds)
			fail_msg("case %zu: %s of %s", i, cases[i].condition, cases[i].answer);
	}
	const struct aisp_answer gone = {.absent = true};
	assert_true(aisp_change__holds(json(a, "{\"absent\":true}"), &gone, a));
	assert_false(aisp_change__holds(json(a, "{\"equals\":1}"), &gone, a));
	aisp_arena_free(a);
}

static void test_fill(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_saved saved = {0};
	const struct aisp_doc *d = NULL;
	bool missing = false;
	(void)state;
	assert_int_equal(aisp_change__save(a, json(a, "{\"old\":\"/p\",\"none\":\"/q\"}"), json(a, "{\"p\":\"{\\\"a\\\":  1}\"}"), &saved, NULL), 0);
	assert_int_equal(saved.n, 1);
	assert_int_equal(aisp_change__fill(a, json(a, "{\"x\":[{\"$saved\":\"old\"}],\"y\":1}"), &saved, &d, &missing, NULL), 0);
	assert_false(missing);
	is(aisp_doc_str(aisp_doc_at(aisp_doc_get(d, "x"), 0)), "{\"a\":  1}"); /* byte for byte */
	assert_int_equal(aisp_change__fill(a, json(a, "{\"x\":{\"$saved\":\"none\"}}"), &saved, &d, &missing, NULL), 0);
	assert_true(missing);
	aisp_arena_free(a);
}

static void test_dry(void **state)
{
	const char *with[] = {"postgres://a@127.0.0.1:1/x", "/tmp"};
	struct aisp_act *act = NULL;
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_err err;
	(void)state;
	assert_int_equal(aisp_act_new(with, 2, true, &act, NULL), 0);
	assert_int_equal(aisp_act_sql(act, AISP_S("127.0.0.1:1"), AISP_S("x"), AISP_S("SELECT 1"), false, a, NULL, &err), AISP_E_ACCESS);
	assert_int_equal(aisp_act_sql(act, AISP_S("other:1"), AISP_S("x"), AISP_S("SELECT 1"), true, a, NULL, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_act_aws(act, AISP_S("1"), AISP_S(""), AISP_S("iam:DeleteUser"), NULL, a, NULL, &err), AISP_E_ACCESS);
	assert_int_equal(aisp_act_kube(act, AISP_S("c"), "DELETE", AISP_S("/api/v1/x"), NULL, AISP_S(""), a, NULL, NULL, &err), AISP_E_ACCESS);
	assert_int_equal(aisp_act_kube(act, AISP_S("c"), "GET", AISP_S("/api/v1/../x"), NULL, AISP_S(""), a, NULL, NULL, &err), AISP_E_USAGE);
	assert_int_equal(aisp_act_file(act, AISP_S("/tmp/aisp-no-such"), AISP_S(""), AISP_S("x"), &err), AISP_E_ACCESS);
	assert_int_equal(aisp_act_file(act, AISP_S("/etc/aisp-no-such"), AISP_S(""), AISP_S("x"), &err), AISP_E_NOTFOUND);
	aisp_act_free(act);
	aisp_arena_free(a);
}

static void test_planfile(void **state)
{
	static const char *const wrong[] = {"", "[]", "{\"schema\":\"aisp/plan/1\"}"};
	struct aisp_planfile p;
	struct aisp_err err;
	char *text = NULL;
	size_t n = 0;
	(void)state;
	FILE *f = fopen(AISP_PLAN_EXAMPLE, "rb");
	assert_non_null(f);
	n = (size_t)getdelim(&text, &(size_t){0}, EOF, f);
	fclose(f);
	const size_t live = aisp_mem_live();
	assert_int_equal(aisp_planfile_read(aisp_slice_of(text, n), &p, &err), 0);
	is(p.id, "2f1d07c3a9b845e6");
	aisp_planfile_done(&p);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(aisp_planfile_read(aisp_slice_z(wrong[i]), &p, &err), AISP_E_USAGE);
	for (uint64_t k = 1; k < 40; k++) { /* memory that fails */
		aisp_fault_set(k, false);
		const int r = aisp_planfile_read(aisp_slice_of(text, n), &p, &err);
		aisp_fault_set(0, false);
		if (r == 0)
			aisp_planfile_done(&p);
		else
			assert_int_equal(r, AISP_E_NOMEM);
	}
	assert_int_equal(aisp_mem_live(), live);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_encode), cmocka_unit_test(test_conditions), cmocka_unit_test(test_fill), cmocka_unit_test(test_dry), cmocka_unit_test(test_planfile)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
