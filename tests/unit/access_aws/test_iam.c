/* The AWS engine: documents refused and accepted, patterns, the index against the obvious way, memory that fails, the catalogue, and the
 * conformance cases of tests/oracle/aws/cases (each from a page of AWS' documentation). */
#include "access/aws/catalogue.h"
#include "case.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"
#include "base/mem.h"
#include <cmocka.h>

static int parse(struct aisp_arena *a, const char *json, enum aisp_iam_use use, const struct aisp_iam_policy **p)
{
	return aisp_iam_policy_parse(a, aisp_slice_z(json), use, p, NULL);
}

static void test_documents(void **state)
{
	static const struct {
		const char *json;
		enum aisp_iam_use use;
		bool ok;
	} rows[] = {
		{"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}", AISP_IAM_IDENTITY, true},
		{"%7B%22Statement%22%3A%5B%5D%7D", AISP_IAM_IDENTITY, true},
		{"{\"Statement\":{\"Effect\":\"allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"GetObject\",\"Resource\":\"*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s*:Get\",\"Resource\":\"*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[],\"Resource\":\"*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"${aws_s3_bucket.b.arn}/*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"NotAction\":\"s3:*\",\"Resource\":\"*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":\"*\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"StringIs\":{\"a:b\":\"c\"}}}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Effect\":\"Deny\"}}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Extra\":1}}", AISP_IAM_IDENTITY, false},
		{"{\"Version\":\"2020-01-01\",\"Statement\":[]}", AISP_IAM_IDENTITY, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}", AISP_IAM_RESOURCE, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"ecr:*\",\"Principal\":{\"AWS\":[\"111111111111\"]}}}", AISP_IAM_RESOURCE, true},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:role/*\"}}}", AISP_IAM_RESOURCE, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":{\"AWS\":\"bob\"}}}", AISP_IAM_RESOURCE, false},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"}}}", AISP_IAM_TRUST, true},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\",\"Principal\":\"*\"}}", AISP_IAM_TRUST, false},
		{"[]", AISP_IAM_IDENTITY, false}, {"{}", AISP_IAM_IDENTITY, false}, {"", AISP_IAM_IDENTITY, false}, {"{\"Statement\":", AISP_IAM_IDENTITY, false},
	};
	struct aisp_arena *a = aisp_arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct aisp_iam_policy *p = NULL;
		int r = parse(a, rows[i].json, rows[i].use, &p);
		if (rows[i].ok != (r == 0))
			fail_msg("document %zu: %s", i, rows[i].json);
		assert_true(rows[i].ok ? p != NULL : p == NULL && r == AISP_E_PARSE);
	}
	aisp_arena_free(a);
}

static void test_limits(void **state)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_arena *a = aisp_arena_new(0);
	const struct aisp_iam_policy *p = NULL;

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, "{\"Statement\":[");
	for (unsigned i = 0; i < 5000; i++)
		aisp_buf_printf(&b, "%s{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}", i ? "," : "");
	aisp_buf_putz(&b, "]}");
	assert_int_equal(aisp_iam_policy_parse(a, aisp_buf_slice(&b), AISP_IAM_IDENTITY, &p, NULL), AISP_E_LIMIT);
	assert_null(p);
	aisp_arena_free(a);
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fold, want;
	} rows[] = {
		{"*", "", false, true}, {"", "", false, true}, {"", "a", false, false}, {"a*c", "abbc", false, true}, {"a?c", "abc", false, true}, {"a?c", "ac", false, false},
		{"*a*b*", "xxaxxbxx", false, true}, {"s3:Get*", "S3:GETOBJECT", true, true}, {"s3:Get*", "S3:GETOBJECT", false, false}, {"a?b", "aéb", false, true},
		{"arn:*:x", "arn:aws:s3:::x", false, true}, {"a**b", "ab", false, true}, {"*ab", "aab", false, true}, {"?", "", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (aisp_iam_match(aisp_slice_z(rows[i].pattern), aisp_slice_z(rows[i].text), rows[i].fold) != rows[i].want)
			fail_msg("%s against %s", rows[i].pattern, rows[i].text);
	struct aisp_arn arn;
	assert_true(aisp_arn_split(AISP_S("arn:aws:lambda:r:1:function:f"), &arn));
	assert_true(aisp_slice_eqz(arn.resource, "function:f") && aisp_slice_eqz(arn.account, "1"));
	assert_false(aisp_arn_split(AISP_S("arn:aws:s3::"), &arn));
	assert_false(aisp_arn_split(AISP_S("urn:aws:s3:::x"), &arn));
}

/* What a policy of many statements decides is what its statements decide one by one. */
static void test_index(void **state)
{
	static const char *const actions[] = {"s3:GetObject", "s3:Get*", "S3:getobject", "s3:*", "*", "*:*", "sqs:*", "s3:*Object", "s3:GetObjec?", "ec2:RunInstances", "s3:?etObject"};
	static const char *const asked[] = {"s3:GetObject", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances", "iam:CreateUser", "S3:GETOBJECT"};
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	unsigned seed = 1, allowed = 0;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		AISP_AUTOBUF struct aisp_buf all;
		const struct aisp_iam_policy *p = NULL, *single[40] = {NULL};
		unsigned n = 4 + round % 36;
		aisp_buf_init(&all, 0);
		aisp_buf_putz(&all, "{\"Version\":\"2012-10-17\",\"Statement\":[");
		for (unsigned i = 0; i < n; i++) {
			AISP_AUTOBUF struct aisp_buf one;
			aisp_buf_init(&one, 0);
			seed = seed * 1664525 + 1013904223;
			aisp_buf_printf(&one, "{\"Effect\":\"%s\",\"%s\":[\"%s\",\"sns:Publish\"],\"Resource\":\"arn:aws:s3:::b%u/*\"}", seed >> 28 ? "Allow" : "Deny",
			                (seed >> 20) % 16 ? "Action" : "NotAction", actions[(seed >> 12) % 11], (seed >> 8) % 3);
			aisp_buf_printf(&all, "%s%s", i ? "," : "", one.p);
			AISP_AUTOBUF struct aisp_buf doc;
			aisp_buf_init(&doc, 0);
			aisp_buf_printf(&doc, "{\"Version\":\"2012-10-17\",\"Statement\":%s}", one.p);
			assert_int_equal(aisp_iam_policy_parse(a, aisp_buf_slice(&doc), AISP_IAM_IDENTITY, &single[i], NULL), 0);
		}
		aisp_buf_putz(&all, "]}");
		assert_int_equal(aisp_iam_policy_parse(a, aisp_buf_slice(&all), AISP_IAM_IDENTITY, &p, NULL), 0);
		for (unsigned k = 0; k < 6; k++) {
			struct aisp_iam_named whole = {AISP_S("all"), p}, parts[40];
			struct aisp_iam_bearing b = {.identity = {&whole, 1}}, c = {.identity = {parts, n}};
			struct aisp_iam_request q = {.principal = {.kind = AISP_IAM_USER, .arn = AISP_S("arn:aws:iam::1:user/u"), .account = AISP_S("1")}, .action = aisp_slice_z(asked[k]), .resource = AISP_S("arn:aws:s3:::b1/x")};
			struct aisp_iam_decision x, y;
			uint32_t steps;
			for (unsigned i = 0; i < n; i++)
				parts[i] = (struct aisp_iam_named){AISP_S("part"), single[i]};
			assert_int_equal(aisp_iam_decide(&q, &b, s, false, &x, NULL), 0);
			steps = x.n_steps;
			assert_int_equal(aisp_iam_decide(&q, &c, s, false, &y, NULL), 0);
			assert_int_equal(x.verdict, y.verdict);
			assert_int_equal(x.explicit_deny, y.explicit_deny);
			assert_int_equal(steps, y.n_steps);
			allowed += x.verdict == AISP_IAM_ALLOWED;
		}
	}
	assert_true(allowed > 100 && allowed < 1700);
	aisp_iam_scratch_free(s);
	aisp_arena_free(a);
}

static const char open_policy[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"One\",\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::${aws:username}/*\",\"arn:aws:s3:::b/*\"],"
	"\"Condition\":{\"StringEquals\":{\"aws:x\":[\"a\",\"b\"]},\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"},\"ForAllValues:StringNotLike\":{\"aws:TagKeys\":\"t*\"}}},"
	"{\"Effect\":\"Deny\",\"NotAction\":\"s3:PutObject\",\"NotResource\":\"arn:aws:s3:::c/*\",\"Condition\":{\"StringNotEqualsIfExists\":{\"aws:x\":\"a\"},\"NumericLessThan\":{\"aws:n\":\"5\"}}}]}";

static void test_pieces(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	const struct aisp_iam_policy *p = NULL;
	const struct aisp_iam_pattern *v = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(parse(a, open_policy, AISP_IAM_IDENTITY, &p), 0);
	assert_int_equal(aisp_iam_statements(p), 2);
	assert_true(aisp_slice_eqz(aisp_iam_statement_sid(p, 0), "One") && aisp_iam_statement_sid(p, 1).n == 0);
	assert_true(aisp_slice_eqz(aisp_iam_statement_pointer(p, 1), "/Statement/1"));
	assert_true(aisp_iam_statement_allows(p, 0) && !aisp_iam_statement_allows(p, 1));
	assert_int_equal(aisp_iam_patterns(p, AISP_S("s3:GetObject"), a, &v, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_true(aisp_slice_eqz(v[0].text, "arn:aws:s3:::${aws:username}/*") && v[2].negated && !v[2].allow);
	assert_int_equal(aisp_iam_patterns(p, AISP_S("s3:PutObject"), a, &v, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_true(aisp_iam_statement_lists(p, 1).not_action && aisp_iam_statement_lists(p, 1).not_resource && aisp_iam_statement_lists(p, 1).conditional);
	aisp_arena_free(a);
}

/* Every allocation fails once: an error each time, no leak, nothing decided. */
static void test_memory(void **state)
{
	const struct aisp_iam_request q = {.principal = {.kind = AISP_IAM_ROLE, .arn = AISP_S("arn:aws:iam::1:role/r"), .account = AISP_S("1"), .user_id = AISP_S("AROAAAAAAAAAAAAAAAAA")},
	                                   .action = AISP_S("s3:GetObject"), .resource = AISP_S("arn:aws:s3:::b/x"), .context = {.otherwise = AISP_IAM_UNKNOWN}};
	size_t live = aisp_mem_live();
	uint64_t n = 1;
	int r = -1;

	(void)state;
	for (; r < 0 && n < 2000; n++) {
		struct aisp_iam_decision d = {.verdict = AISP_IAM_ALLOWED};
		struct aisp_arena *a = NULL;
		struct aisp_iam_scratch *s = NULL;
		const struct aisp_iam_policy *p = NULL;
		aisp_fault_set(n, false);
		a = aisp_arena_new(0);
		s = aisp_iam_scratch_new();
		r = !a || !s ? AISP_E_NOMEM : parse(a, open_policy, AISP_IAM_IDENTITY, &p);
		if (r == 0) {
			struct aisp_iam_named named[2] = {{AISP_S("p"), p}, {AISP_S("unread"), NULL}};
			struct aisp_iam_bearing b = {.identity = {named, 2}};
			r = aisp_iam_decide(&q, &b, s, false, &d, NULL);
		}
		aisp_fault_set(0, false);
		assert_true(r == 0 || r == AISP_E_NOMEM);
		assert_int_equal(d.verdict, r == 0 ? AISP_IAM_CONDITIONAL : AISP_IAM_ALLOWED);
		aisp_iam_scratch_free(s);
		aisp_arena_free(a);
		assert_int_equal(aisp_mem_live(), live);
	}
	assert_int_equal(r, 0);
	assert_true(n > 5);
}

static void count_action(void *ctx, const struct aisp_aws_action *action)
{
	assert_non_null(action->name);
	++*(unsigned *)ctx;
}

static void test_catalogue(void **state)
{
	const struct aisp_aws_action *get = aisp_aws_action_find(AISP_S("S3:getobject"));
	unsigned n = 0;

	(void)state;
	assert_true(aisp_aws_action_count() > 20000);
	assert_non_null(get);
	assert_string_equal(get->name, "GetObject");
	assert_int_equal(get->level, AISP_AWS_READ);
	bool object = false;
	for (unsigned i = 0; i < get->n_types; i++)
		object |= strcmp(aisp_aws_type_at(get->types[i])->name, "object") == 0;
	assert_true(object);
	assert_null(aisp_aws_action_find(AISP_S("s3:GetObjec")));
	assert_null(aisp_aws_action_find(AISP_S("s3:GetObjectt")));
	assert_null(aisp_aws_action_find(AISP_S("nothing")));
	assert_int_equal(aisp_aws_action_find(AISP_S("iam:AttachRolePolicy"))->level, AISP_AWS_PERMISSIONS);
	aisp_aws_action_each(AISP_S("s3:GetObject*"), count_action, &n);
	assert_true(n > 5 && n < 40);
	n = 0;
	aisp_aws_action_each(AISP_S("*"), count_action, &n);
	assert_int_equal(n, aisp_aws_action_count());
	assert_true(aisp_aws_service_has_rcp(AISP_S("s3")) && aisp_aws_service_has_rcp(AISP_S("sts")) && !aisp_aws_service_has_rcp(AISP_S("ec2")));
	/* Every action is found by its own name: the table is in order. */
	static const char *const some[] = {"bedrock:InvokeModel", "sagemaker:InvokeEndpoint", "ec2:RunInstances", "xray:PutTraceSegments", "a4b:ApproveSkill"};
	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		if (!aisp_aws_action_find(aisp_slice_z(some[i])))
			fail_msg("%s is not found", some[i]);
}

static bool as_expected(const struct aisp_doc *want, const struct aisp_iam_decision *d)
{
	struct aisp_slice by = aisp_doc_getstr(want, "by");
	const struct aisp_doc *explicit_deny = aisp_doc_get(want, "explicit"), *open = aisp_doc_get(want, "open");

	return aisp_slice_eqz(aisp_doc_getstr(want, "verdict"), aws_case_verdict(d->verdict)) && (by.n == 0 || aisp_slice_eqz(by, aisp_iam_layer_name(d->by))) &&
	       (!explicit_deny || aisp_doc_bool(explicit_deny, false) == d->explicit_deny) && (!open || aisp_slice_eq(aisp_doc_str(open), d->open));
}

static unsigned run_file(const char *path)
{
	AISP_AUTOBUF struct aisp_buf text;
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	const struct aisp_doc *list = NULL;
	unsigned n;
	FILE *f = fopen(path, "r");
	int c;

	assert_non_null(f);
	aisp_buf_init(&text, 0);
	while ((c = fgetc(f)) != EOF)
		aisp_buf_putc(&text, (char)c);
	fclose(f);
	assert_int_equal(aisp_json_parse(a, aisp_buf_slice(&text), NULL, &list, NULL), 0);
	n = aisp_doc_count(list);
	for (unsigned i = 0; i < n; i++) {
		const struct aisp_doc *one = aisp_doc_at(list, i);
		struct aisp_iam_decision d, quick;
		struct aws_case k;
		struct aisp_err err = {0};
		if (aws_case_read(a, one, &k, &err) < 0 || aisp_iam_decide(&k.request, &k.bearing, s, true, &quick, &err) < 0 || aisp_iam_decide(&k.request, &k.bearing, s, false, &d, &err) < 0)
			fail_msg("%s: %.*s: %s", path, AISP_FMT(aisp_doc_getstr(one, "name")), err.msg);
		if (!as_expected(aisp_doc_get(one, "expect"), &d))
			fail_msg("%s: %.*s: %s by %s, open: %.*s", path, AISP_FMT(aisp_doc_getstr(one, "name")), aws_case_verdict(d.verdict), aisp_iam_layer_name(d.by), AISP_FMT(d.open));
		assert_true(quick.verdict == d.verdict && quick.by == d.by && quick.explicit_deny == d.explicit_deny && quick.n_steps == 0);
	}
	aisp_iam_scratch_free(s);
	aisp_arena_free(a);
	return n;
}

static void test_conformance(void **state)
{
	DIR *dir = opendir(CASES_DIR);
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		char path[4096];
		if (!strstr(e->d_name, ".json"))
			continue;
		snprintf(path, sizeof path, "%s/%s", CASES_DIR, e->d_name);
		n += run_file(path);
	}
	closedir(dir);
	assert_true(n >= 245);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents), cmocka_unit_test(test_limits), cmocka_unit_test(test_match), cmocka_unit_test(test_index), cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_memory), cmocka_unit_test(test_catalogue), cmocka_unit_test(test_conformance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
