/* Resolving AWS facts, case by case: who is everybody, strangers, what a caller may choose, keys, joins through trust. */
#include "made.h"
#include "base/mem.h"
#include "resolve/aws/world.h"
#include "resolve/resolve.h"

#define ME "111111111111"
#define ROLE(n) "arn:aws:iam::" ME ":role/" n
#define ALLOW(a, r, more) "{\"Effect\":\"Allow\",\"Action\":\"" a "\",\"Resource\":\"" r "\"" more "}"

static void account(struct made *m)
{
	made_str(m, made_node(m, AISP_NODE_ACCOUNT, "arn:aws:iam::" ME ":root"), "account_id", ME);
}

static aisp_node bucket(struct made *m, const char *name, const char *statements)
{
	char arn[128], id[160];
	snprintf(arn, sizeof arn, "arn:aws:s3:::%s", name);
	snprintf(id, sizeof id, "%s#policy", arn);
	const aisp_node n = made_resource(m, AISP_NODE_BUCKET, arn, "s3:bucket", ME, "eu-west-1");
	if (statements)
		made_edge(m, n, AISP_EDGE_GOVERNED_BY, made_policy(m, id, "resource", statements));
	return n;
}

static aisp_node role(struct made *m, const char *arn, const char *statements, const char *trust)
{
	char id[200];
	const aisp_node n = made_node(m, AISP_NODE_ROLE, arn);
	snprintf(id, sizeof id, "%s#inline/p", arn);
	if (statements)
		made_edge(m, n, AISP_EDGE_GRANTED, made_policy(m, id, "inline", statements));
	snprintf(id, sizeof id, "%s#trust", arn);
	if (trust)
		made_edge(m, n, AISP_EDGE_GOVERNED_BY, made_policy(m, id, "trust", trust));
	return n;
}

/* The edge of this kind between two ids; 0: none. */
static aisp_edge between(const struct made *m, const char *from, enum aisp_edge_kind kind, const char *to)
{
	const aisp_node a = aisp_graph_find(m->g, aisp_slice_z(from)), b = aisp_graph_find(m->g, aisp_slice_z(to));
	for (aisp_edge e = a ? aisp_graph_next_out(m->g, a, 0) : 0; e; e = aisp_graph_next_out(m->g, a, e))
		if (aisp_graph_edge_at(m->g, e).kind == kind && aisp_graph_edge_at(m->g, e).to == b)
			return e;
	return 0;
}

static void resolve(struct made *m)
{
	made_ok(m, aisp_resolve(m->g, &m->err));
}

static bool conditional(const struct made *m, aisp_edge e)
{
	return aisp_graph_edge_at(m->g, e).condition.n != 0;
}

static void everybody(void **state)
{
	struct made m = {0};
	(void)state;
	made_new(&m);
	account(&m);
	bucket(&m, "open", "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::open/*\"}");
	bucket(&m, "ours", "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::ours/*\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-ours\"}}}");
	bucket(&m, "tls", "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::tls/*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}");
	const aisp_node shut = bucket(&m, "shut", "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::shut/*\"}");
	made_item(&m, shut, "s3_block_public", "RestrictPublicBuckets");
	resolve(&m);
	const aisp_edge open = between(&m, "aws:anonymous", AISP_EDGE_CAN_READ, "arn:aws:s3:::open");
	assert_true(open && !conditional(&m, open));
	assert_true(between(&m, "aws:anyone", AISP_EDGE_CAN_READ, "arn:aws:s3:::open"));
	assert_true(between(&m, "internet", AISP_EDGE_MEMBER_OF, "aws:anonymous"));
	static const char *const not_open[] = {"arn:aws:s3:::ours", "arn:aws:s3:::tls", "arn:aws:s3:::shut"};
	for (size_t i = 0; i < 3; i++) {
		assert_false(between(&m, "aws:anonymous", AISP_EDGE_CAN_READ, not_open[i]));
		assert_false(between(&m, "aws:anyone", AISP_EDGE_CAN_READ, not_open[i]));
	}
	struct aisp_evidence_in ev;
	assert_true(aisp_graph_edge_first_evidence(m.g, open, &ev));
	assert_true(aisp_slice_eqz(ev.pointer, "/PolicyDocument/Statement/0"));
	aisp_graph_free(m.g);
}

static void a_stranger_is_possible_only(void **state)
{
	struct made m = {0};
	(void)state;
	made_new(&m);
	account(&m);
	bucket(&m, "shared", "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::999999999999:role/x\",\"888888888888\"]},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::shared/*\"}");
	resolve(&m);
	const aisp_edge one = between(&m, "arn:aws:iam::999999999999:role/x", AISP_EDGE_CAN_READ, "arn:aws:s3:::shared");
	assert_true(one && conditional(&m, one)); /* what its own policies say is not known */
	const aisp_edge all = between(&m, "arn:aws:iam::888888888888:root", AISP_EDGE_CAN_READ, "arn:aws:s3:::shared");
	assert_true(all && !conditional(&m, all));
	assert_false(between(&m, "aws:anyone", AISP_EDGE_CAN_READ, "arn:aws:s3:::shared"));
	aisp_graph_free(m.g);
}

static void what_a_caller_chooses_is_no_protection(void **state)
{
	struct made m = {0};
	(void)state;
	made_new(&m);
	account(&m);
	bucket(&m, "b", NULL);
	role(&m, ROLE("agent"), ALLOW("s3:GetObject", "arn:aws:s3:::b/*", ",\"Condition\":{\"StringLike\":{\"aws:UserAgent\":\"tool-*\"},\"Bool\":{\"aws:SecureTransport\":\"true\"}}"), NULL);
	role(&m, ROLE("address"), ALLOW("s3:GetObject", "arn:aws:s3:::b/*", ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}"), NULL);
	role(&m, ROLE("plain"), ALLOW("s3:GetObject", "arn:aws:s3:::b/*", ",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}"), NULL);
	resolve(&m);
	const aisp_edge agent = between(&m, ROLE("agent"), AISP_EDGE_CAN_READ, "arn:aws:s3:::b"), address = between(&m, ROLE("address"), AISP_EDGE_CAN_READ, "arn:aws:s3:::b");
	assert_true(agent && !conditional(&m, agent));
	assert_true(address && conditional(&m, address));
	aisp_graph_free(m.g);
}

static void a_key_is_needed_too(void **state)
{
	struct made m = {0};
	const char *const key = "arn:aws:kms:eu-west-1:" ME ":key/k";
	(void)state;
	made_new(&m);
	account(&m);
	made_str(&m, bucket(&m, "b", NULL), "kms_key", key);
	const aisp_node k = made_resource(&m, AISP_NODE_ENCRYPTION_KEY, key, "kms:key", ME, "eu-west-1");
	made_edge(&m, k, AISP_EDGE_GOVERNED_BY, made_policy(&m, "arn:aws:kms:eu-west-1:" ME ":key/k#policy", "resource",
		"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" ME "\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}"));
	role(&m, ROLE("both"), ALLOW("s3:GetObject", "*", "") "," ALLOW("kms:Decrypt", "*", ",\"Condition\":{\"StringEquals\":{\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"}}"), NULL);
	role(&m, ROLE("one"), ALLOW("s3:GetObject", "*", ""), NULL);
	resolve(&m);
	assert_true(between(&m, ROLE("both"), AISP_EDGE_CAN_READ, "arn:aws:s3:::b"));
	assert_false(between(&m, ROLE("one"), AISP_EDGE_CAN_READ, "arn:aws:s3:::b"));
	aisp_graph_free(m.g);
}

static void a_part_has_a_scope_and_a_deny_hides_only_its_part(void **state)
{
	struct made m = {0};
	(void)state;
	made_new(&m);
	account(&m);
	bucket(&m, "b", NULL);
	role(&m, ROLE("part"), ALLOW("s3:GetObject", "arn:aws:s3:::b/a/*", "") ",{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/a/x/*\"}", NULL);
	role(&m, ROLE("none"), ALLOW("s3:GetObject", "arn:aws:s3:::b/a/*", "") ",{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/a*\"}", NULL);
	resolve(&m);
	const aisp_edge e = between(&m, ROLE("part"), AISP_EDGE_CAN_READ, "arn:aws:s3:::b");
	assert_true(e && aisp_slice_eqz(aisp_graph_edge_prop(m.g, e, "scope"), "a/*"));
	assert_false(between(&m, ROLE("none"), AISP_EDGE_CAN_READ, "arn:aws:s3:::b"));
	aisp_graph_free(m.g);
}

#define ISSUER "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
#define TRUST(sub) "{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::" ME ":oidc-provider/" ISSUER "\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\"," \
	"\"Condition\":{\"StringLike\":{\"" ISSUER ":sub\":\"" sub "\",\"" ISSUER ":aud\":\"sts.amazonaws.com\"}}}"

static void the_trust_decides_not_the_annotation(void **state)
{
	struct made m = {0};
	(void)state;
	made_new(&m);
	account(&m);
	made_str(&m, made_resource(&m, AISP_NODE_CLUSTER, "arn:aws:eks:eu-west-1:" ME ":cluster/prod", "eks:cluster", ME, NULL), "oidc_issuer", "https://" ISSUER);
	role(&m, ROLE("taken"), NULL, TRUST("system:serviceaccount:app:*"));
	role(&m, ROLE("refused"), NULL, TRUST("system:serviceaccount:other:bot"));
	role(&m, ROLE("ec2"), NULL, "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}");
	static const char *const names[] = {"taken", "refused", "ec2", "wishless"};
	for (size_t i = 0; i < 4; i++) {
		char id[100], arn[100];
		snprintf(id, sizeof id, "k8s://prod/app/serviceaccount/%s", names[i]);
		snprintf(arn, sizeof arn, "%s%s", ROLE(""), names[i]);
		const aisp_node n = made_node(&m, AISP_NODE_SERVICE_ACCOUNT, id);
		if (i < 3)
			made_str(&m, n, "cloud_role", arn);
	}
	resolve(&m);
	assert_true(between(&m, "k8s://prod/app/serviceaccount/taken", AISP_EDGE_CAN_ASSUME, ROLE("taken")));
	/* Whoever is in the namespace may ask for such a token, annotated or not. */
	assert_true(between(&m, "k8s://prod/app/serviceaccount/wishless", AISP_EDGE_CAN_ASSUME, ROLE("taken")));
	for (size_t i = 1; i < 3; i++) {
		char id[100], arn[100];
		struct aisp_arena *a = aisp_arena_new(0);
		snprintf(id, sizeof id, "k8s://prod/app/serviceaccount/%s", names[i]);
		snprintf(arn, sizeof arn, "%s%s", ROLE(""), names[i]);
		assert_false(between(&m, id, AISP_EDGE_CAN_ASSUME, arn));
		assert_true(aisp_slice_starts(aisp_graph_list(m.g, aisp_graph_find(m.g, aisp_slice_z(id)), "refuted", a), aisp_slice_z(arn)));
		aisp_arena_free(a);
	}
	aisp_graph_free(m.g);
}

static void nothing_of_aws_makes_nothing(void **state)
{
	struct made m = {0};
	struct aisp_aws_world *w = NULL;
	(void)state;
	made_new(&m);
	made_node(&m, AISP_NODE_USER, "k8s://c/-/user/ann");
	made_ok(&m, aisp_aws_world_make(m.g, NULL, &w, &m.err));
	assert_int_equal(w->n_principals + w->n_resources + w->n_docs, 0);
	aisp_aws_world_free(w);
	aisp_graph_free(m.g);
}

/* Every allocation fails once: no crash, no leak, an error that says so. */
static void memory_may_run_out(void **state)
{
	(void)state;
	for (uint64_t nth = 1; nth < 100000; nth += 1 + nth / 12) {
		struct made m = {0};
		made_new(&m);
		account(&m);
		bucket(&m, "open", "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::open/*\"}");
		role(&m, ROLE("taken"), ALLOW("s3:*", "arn:aws:s3:::open/a/*", ",\"Condition\":{\"StringLike\":{\"aws:UserAgent\":\"t*\"}}"), TRUST("system:serviceaccount:app:*"));
		made_str(&m, made_node(&m, AISP_NODE_SERVICE_ACCOUNT, "k8s://prod/app/serviceaccount/taken"), "cloud_role", ROLE("taken"));
		aisp_fault_set(nth, true);
		const int r = aisp_resolve(m.g, &m.err);
		const bool hit = aisp_fault_count() >= nth;
		aisp_fault_set(0, false);
		aisp_graph_free(m.g);
		if (!hit) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, AISP_E_NOMEM);
	}
	assert_int_equal(aisp_mem_live(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody), cmocka_unit_test(a_stranger_is_possible_only), cmocka_unit_test(what_a_caller_chooses_is_no_protection),
		cmocka_unit_test(a_key_is_needed_too), cmocka_unit_test(a_part_has_a_scope_and_a_deny_hides_only_its_part), cmocka_unit_test(the_trust_decides_not_the_annotation),
		cmocka_unit_test(nothing_of_aws_makes_nothing), cmocka_unit_test(memory_may_run_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
