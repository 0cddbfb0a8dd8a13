/* What the golden files cannot show: which operation a document is of, failures as `unread`, order, and memory that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/mem.h"
#include "collect/aws/aws_int.h"
#include "collect/aws/parse.h"
#include "collect/aws/saved.h"
#include "graph/snapshot.h"

struct world {
	struct aisp_fpkey key;
	struct aisp_collect c;
	struct aisp_arena *a;
	struct aisp_aws_facts *f;
};

static int begin(struct world *w, bool live)
{
	struct aisp_err err = {0};

	*w = (struct world){.key = {{3}}};
	w->c.graph = aisp_graph_new();
	w->c.fpkey = &w->key;
	w->a = aisp_arena_new(0);
	if (!w->c.graph || !w->a || aisp_graph_source(w->c.graph, AISP_S("aws:test"), AISP_S("aws"), AISP_S("test"), &w->c.source, &err) < 0)
		return AISP_E_NOMEM;
	return aisp_aws_facts_new(&w->c, live, &w->f, &err);
}

static void end(struct world *w)
{
	aisp_aws_facts_free(w->f);
	aisp_graph_free(w->c.graph);
	aisp_arena_free(w->a);
}

static const struct aisp_doc *doc(struct world *w, const char *json)
{
	const struct aisp_doc *d = NULL;

	return aisp_json_parse(w->a, aisp_slice_z(json), NULL, &d, NULL) == 0 ? d : NULL;
}

static void answer(struct world *w, const char *service, const char *operation, const char *about, const char *json)
{
	struct aisp_aws_answer a = {.service = aisp_slice_z(service), .operation = aisp_slice_z(operation), .account = AISP_S("111122223333"), .region = AISP_S("eu-west-1"),
	                            .about = aisp_slice_z(about), .doc = doc(w, json)};

	aisp_aws_facts_add(w->f, &a);
}

static void test_recognise(void **state)
{
	static const struct {
		const char *json, *service, *operation;
	} cases[] = {
		{"{\"Roles\":[{\"RoleName\":\"x\"}]}", "iam", "list-roles"},
		{"{\"Functions\":[{\"FunctionArn\":\"x\"}]}", "lambda", "list-functions"},
		{"{\"UserDetailList\":[],\"GroupDetailList\":[]}", "iam", "get-account-authorization-details"},
		{"{\"Policies\":[{\"Id\":\"p-1\",\"AwsManaged\":true}]}", "organizations", "list-policies"},
		{"{\"Policies\":[{\"DefaultVersionId\":\"v1\"}]}", "iam", "list-policies"},
		{"{\"Users\":[{\"IdentityStoreId\":\"d-1\"}]}", "identitystore", "list-users"},
		{"{\"cluster\":{\"resourcesVpcConfig\":{}}}", "eks", "describe-cluster"},
		{"{\"Reservations\":[]}", "ec2", "describe-instances"},
		{"{\"Policy\":\"{}\"}", NULL, NULL},
		{"{\"items\":[1,2]}", NULL, NULL},
		{"{\"name\":\"x\",\"version\":\"1\"}", NULL, NULL},
		{"[1]", NULL, NULL},
	};
	struct world w;
	struct aisp_slice s, o;

	(void)state;
	assert_int_equal(begin(&w, false), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool is = aisp_aws_recognise(doc(&w, cases[i].json), &s, &o);
		if (is != (cases[i].service != NULL) || (is && (!aisp_slice_eqz(s, cases[i].service) || !aisp_slice_eqz(o, cases[i].operation))))
			fail_msg("%s: %.*s %.*s", cases[i].json, AISP_FMT(is ? s : AISP_S("none")), AISP_FMT(is ? o : AISP_S("")));
	}
	end(&w);
}

/* Every operation that is asked can be parsed, and every parsed one that needs a parameter names it as it is asked. */
static void test_every_operation(void **state)
{
	unsigned missing = 0;

	(void)state;
	for (size_t i = 0; i < aisp_aws_op_count; i++)
		if (!aisp_aws__has_shape(aisp_slice_z(aisp_aws_ops[i].service), aisp_slice_z(aisp_aws_ops[i].operation))) {
			print_error("no parser for %s %s\n", aisp_aws_ops[i].service, aisp_aws_ops[i].operation);
			missing++;
		}
	assert_int_equal(missing, 0);
}

static bool item(struct world *w, const char *id, const char *key, const char *value)
{
	aisp_node n = aisp_graph_find(w->c.graph, aisp_slice_z(id));
	struct aisp_slice list = n ? aisp_graph_list(w->c.graph, n, key, w->a) : (struct aisp_slice){0}, one;

	while (list.p && aisp_slice_split(&list, '\n', &one))
		if (aisp_slice_eqz(one, value))
			return true;
	return false;
}

#define ROLE "arn:aws:iam::111122223333:role/"
static void test_unread(void **state)
{
	struct world w;
	struct aisp_err err = {0};
	struct aisp_aws_answer failed = {.service = AISP_S("iam"), .operation = AISP_S("list-role-policies"), .account = AISP_S("111122223333"), .region = AISP_S("us-east-1"),
	                                 .about = AISP_S("{\"RoleName\":\"b\"}")};

	(void)state;
	assert_int_equal(begin(&w, true), 0);
	answer(&w, "iam", "list-roles", "", "{\"Roles\":[{\"RoleName\":\"a\",\"Arn\":\"" ROLE "a\",\"AssumeRolePolicyDocument\":{\"Statement\":[]}},"
	                                    "{\"RoleName\":\"b\",\"Arn\":\"" ROLE "b\",\"AssumeRolePolicyDocument\":{\"Statement\":[]}}]}");
	answer(&w, "iam", "list-attached-role-policies", "{\"RoleName\":\"a\"}", "{\"AttachedPolicies\":[]}");
	answer(&w, "iam", "list-role-policies", "{\"RoleName\":\"a\"}", "{\"PolicyNames\":[]}");
	answer(&w, "iam", "list-attached-role-policies", "{\"RoleName\":\"b\"}", "{\"AttachedPolicies\":[]}");
	aisp_aws_facts_failed(w.f, &failed, AISP_S("AccessDenied"), AISP_E_ACCESS);
	failed = (struct aisp_aws_answer){.service = AISP_S("s3api"), .operation = AISP_S("get-bucket-policy"), .account = AISP_S("111122223333"), .about = AISP_S("{\"Bucket\":\"docs\"}")};
	aisp_aws_facts_failed(w.f, &failed, AISP_S("AccessDenied"), AISP_E_ACCESS);
	answer(&w, "made-up", "list-things", "", "{\"Things\":[]}");
	assert_int_equal(aisp_aws_facts_finish(w.f, &err), 0);
	assert_false(item(&w, ROLE "a", "unread", "identity"));
	assert_true(item(&w, ROLE "b", "unread", "identity"));
	assert_false(item(&w, ROLE "b", "unread", "trust"));
	assert_true(item(&w, "arn:aws:s3:::docs", "unread", "resource"));
	end(&w);
}

/* A policy that an answer tells in three ways is one document. */
static void test_documents(void **state)
{
	struct world w;
	struct aisp_err err = {0};
	static const char *const forms[] = {"{\"Policy\":\"{ \\\"Statement\\\" : [] }\"}", "{\"Policy\":{\"Statement\":[]}}", "{\"Policy\":\"%7B%22Statement%22%3A%5B%5D%7D\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		assert_int_equal(begin(&w, true), 0);
		answer(&w, "s3api", "get-bucket-policy", "{\"Bucket\":\"docs\"}", forms[i]);
		assert_int_equal(aisp_aws_facts_finish(w.f, &err), 0);
		aisp_node n = aisp_graph_find(w.c.graph, AISP_S("arn:aws:s3:::docs#policy"));
		assert_true(n != 0);
		assert_true(aisp_slice_eqz(aisp_graph_prop(w.c.graph, n, "document"), "{\"Statement\":[]}"));
		end(&w);
	}
}

/* The order in which answers come does not matter. */
static void test_order(void **state)
{
	static const char *const parts[][4] = {
		{"iam", "list-roles", "", "{\"Roles\":[{\"RoleName\":\"r\",\"Path\":\"/p/\",\"Arn\":\"" ROLE "p/r\",\"AssumeRolePolicyDocument\":{\"Statement\":[]}}]}"},
		{"iam", "get-role-policy", "{\"RoleName\":\"r\",\"PolicyName\":\"x\"}", "{\"RoleName\":\"r\",\"PolicyName\":\"x\",\"PolicyDocument\":{\"Statement\":[]}}"},
		{"lambda", "list-functions", "", "{\"Functions\":[{\"FunctionName\":\"f\",\"FunctionArn\":\"arn:aws:lambda:eu-west-1:111122223333:function:f\",\"Role\":\"" ROLE "p/r\"}]}"},
	};
	struct world w;
	struct aisp_err err = {0};

	(void)state;
	for (unsigned turn = 0; turn < 3; turn++) {
		assert_int_equal(begin(&w, true), 0);
		for (unsigned i = 0; i < 3; i++) {
			const char *const *p = parts[(i + turn) % 3];
			answer(&w, p[0], p[1], p[2], p[3]);
		}
		assert_int_equal(aisp_aws_facts_finish(w.f, &err), 0);
		assert_true(aisp_graph_find(w.c.graph, AISP_S(ROLE "p/r#inline/x")) != 0); /* by its name alone, though it has a path */
		assert_true(aisp_graph_find(w.c.graph, AISP_S(ROLE "r")) == 0);
		end(&w);
	}
}

static int story(bool *ret_full)
{
	struct world w;
	struct aisp_err err = {0};
	int r = begin(&w, false);

	if (r == 0) {
		answer(&w, "iam", "list-roles", "", "{\"Roles\":[{\"RoleName\":\"r\",\"Arn\":\"" ROLE "r\",\"AssumeRolePolicyDocument\":\"%7B%22Statement%22%3A%5B%5D%7D\"}]}");
		answer(&w, "lambda", "list-functions", "", "{\"Functions\":[{\"FunctionName\":\"f\",\"Role\":\"" ROLE "r\",\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"aX9kQ2m3\",\"A\":\"B1234567\"}}}]}");
		answer(&w, "s3api", "get-bucket-policy", "{\"Bucket\":\"docs\"}", "{\"Policy\":\"{}\"}");
		r = aisp_aws_facts_finish(w.f, &err);
		*ret_full = r == 0 && aisp_graph_find(w.c.graph, AISP_S("arn:aws:s3:::docs#policy")) != 0;
	}
	end(&w);
	return r;
}

/* Every allocation fails once: out of memory is said, nothing leaks, and without a failure all is there. */
static void test_memory(void **state)
{
	size_t live = aisp_mem_live();
	bool full = false;

	(void)state;
	assert_int_equal(story(&full), 0);
	assert_true(full);
	for (uint64_t n = 1; n < 2000; n++) {
		aisp_fault_set(n, false);
		int r = story(&full);
		bool hit = aisp_fault_count() >= n;
		aisp_fault_set(0, false);
		assert_int_equal(aisp_mem_live(), live);
		assert_true(r == 0 || r == AISP_E_NOMEM);
		if (!hit)
			return;
	}
	fail_msg("more than 2,000 allocations");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recognise), cmocka_unit_test(test_every_operation), cmocka_unit_test(test_unread), cmocka_unit_test(test_documents),
		cmocka_unit_test(test_order),     cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
