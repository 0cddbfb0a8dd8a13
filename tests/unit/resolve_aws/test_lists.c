/* Rights and joins that no policy document of IAM tells: S3 ACLs, KMS grants, base models, metadata credentials, roles that one source merely names. */
#include "made.h"
#include "resolve/resolve.h"

#define ONE "111111111111"

static bool has(const struct made *m, const char *from, enum aisp_edge_kind kind, const char *to, const char *condition)
{
	const aisp_node a = aisp_graph_find(m->g, aisp_slice_z(from)), b = aisp_graph_find(m->g, aisp_slice_z(to));
	for (aisp_edge e = a && b ? aisp_graph_next_out(m->g, a, 0) : 0; e; e = aisp_graph_next_out(m->g, a, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(m->g, e);
		if (v.kind == kind && v.to == b && (condition ? v.condition.n && aisp_slice_find(v.condition, aisp_slice_z(condition)) != SIZE_MAX : v.condition.n == 0))
			return true;
	}
	return false;
}

static bool any(const struct made *m, const char *from, enum aisp_edge_kind kind, const char *to)
{
	return has(m, from, kind, to, NULL) || has(m, from, kind, to, "");
}

static void begin(struct made *m)
{
	made_new(m);
	made_str(m, made_node(m, AISP_NODE_ACCOUNT, "arn:aws:iam::" ONE ":root"), "account_id", ONE);
}

static void resolve(struct made *m)
{
	made_ok(m, aisp_resolve(m->g, &m->err));
}

static void granted(struct made *m, aisp_node who, aisp_node on, const char *control, const char *key, const char *value)
{
	const struct aisp_evidence_in ev = made_at(m);
	const struct aisp_edge_in in = {.control = aisp_slice_z(control)};
	aisp_edge e = 0;
	made_ok(m, aisp_graph_add_edge(m->g, who, AISP_EDGE_GRANTED, on, &in, &ev, &e, &m->err));
	made_ok(m, aisp_graph_edge_set_str(m->g, e, m->source, key, aisp_slice_z(value), &m->err));
}

static void acls_give_what_they_say(void **state)
{
	struct made m = {0};
	(void)state;
	begin(&m);
	const aisp_node all = made_node(&m, AISP_NODE_GROUP, "aws:anonymous"), anyone = made_node(&m, AISP_NODE_GROUP, "aws:anyone");
	static const char *const names[] = {"open", "write", "full", "owner", "ignore", "deny", "acp"};
	static const char *const rights[] = {"READ", "WRITE", "FULL_CONTROL", "FULL_CONTROL", "FULL_CONTROL", "FULL_CONTROL", "READ_ACP"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char arn[64], control[128];
		snprintf(arn, sizeof arn, "arn:aws:s3:::%s", names[i]);
		snprintf(control, sizeof control, "%s#acl/AllUsers/%s", arn, rights[i]);
		const aisp_node b = made_resource(&m, AISP_NODE_BUCKET, arn, "s3:bucket", ONE, "eu-west-1");
		granted(&m, i == 1 ? anyone : all, b, control, "permission", rights[i]);
		if (i == 3)
			made_str(&m, b, "object_ownership", "BucketOwnerEnforced");
		if (i == 4)
			made_item(&m, b, "s3_block_public", "IgnorePublicAcls");
		if (i == 5)
			made_edge(&m, b, AISP_EDGE_GOVERNED_BY, made_policy(&m, "arn:aws:s3:::deny#policy", "resource",
				"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::deny/*\"}"));
	}
	resolve(&m);
	assert_true(has(&m, "aws:anonymous", AISP_EDGE_CAN_READ, "arn:aws:s3:::open", "objects' own ACLs"));
	assert_false(any(&m, "aws:anonymous", AISP_EDGE_CAN_WRITE, "arn:aws:s3:::open"));
	assert_true(has(&m, "aws:anyone", AISP_EDGE_CAN_WRITE, "arn:aws:s3:::write", NULL));
	assert_false(any(&m, "aws:anyone", AISP_EDGE_CAN_READ, "arn:aws:s3:::write"));
	assert_true(has(&m, "aws:anonymous", AISP_EDGE_CAN_WRITE, "arn:aws:s3:::full", NULL));
	assert_true(any(&m, "aws:anonymous", AISP_EDGE_CAN_READ, "arn:aws:s3:::full"));
	assert_false(any(&m, "aws:anonymous", AISP_EDGE_CAN_WRITE, "arn:aws:s3:::owner"));
	assert_false(any(&m, "aws:anonymous", AISP_EDGE_CAN_READ, "arn:aws:s3:::ignore"));
	assert_false(any(&m, "aws:anonymous", AISP_EDGE_CAN_WRITE, "arn:aws:s3:::deny"));
	assert_true(any(&m, "aws:anonymous", AISP_EDGE_CAN_READ, "arn:aws:s3:::deny"));
	assert_false(any(&m, "aws:anonymous", AISP_EDGE_CAN_READ, "arn:aws:s3:::acp"));
	assert_true(has(&m, "internet", AISP_EDGE_MEMBER_OF, "aws:anonymous", NULL));
	aisp_graph_free(m.g);
}

static void the_accounts_block_counts(void **state)
{
	struct made m = {0};
	(void)state;
	begin(&m);
	made_item(&m, aisp_graph_find(m.g, AISP_S("arn:aws:iam::" ONE ":root")), "s3_block_public", "IgnorePublicAcls");
	const aisp_node all = made_node(&m, AISP_NODE_GROUP, "aws:anonymous");
	granted(&m, all, made_resource(&m, AISP_NODE_BUCKET, "arn:aws:s3:::b", "s3:bucket", ONE, "eu-west-1"), "x", "permission", "FULL_CONTROL");
	resolve(&m);
	assert_false(any(&m, "aws:anonymous", AISP_EDGE_CAN_WRITE, "arn:aws:s3:::b"));
	aisp_graph_free(m.g);
}

static void grants_of_keys(void **state)
{
	static const char key[] = "arn:aws:kms:eu-west-1:" ONE ":key/k";
	struct made m = {0};
	(void)state;
	begin(&m);
	const aisp_node k = made_resource(&m, AISP_NODE_ENCRYPTION_KEY, key, "kms:key", ONE, "eu-west-1");
	made_edge(&m, k, AISP_EDGE_GOVERNED_BY, made_policy(&m, "arn:aws:kms:eu-west-1:" ONE ":key/k#policy", "resource",
		"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" ONE ":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}"));
	granted(&m, made_node(&m, AISP_NODE_ROLE, "arn:aws:iam::" ONE ":role/reads"), k, "k#grant/1", "operations", "Encrypt,Decrypt");
	granted(&m, made_node(&m, AISP_NODE_ROLE, "arn:aws:iam::" ONE ":role/writes"), k, "k#grant/2", "operations", "Encrypt,GenerateDataKey");
	resolve(&m);
	assert_true(has(&m, "arn:aws:iam::" ONE ":role/reads", AISP_EDGE_CAN_CALL, key, NULL));
	assert_false(any(&m, "arn:aws:iam::" ONE ":role/writes", AISP_EDGE_CAN_CALL, key));
	aisp_graph_free(m.g);
}

static aisp_node role_with(struct made *m, const char *name, const char *statement)
{
	char arn[200], id[300];
	snprintf(arn, sizeof arn, "arn:aws:iam::" ONE ":role/%s", name);
	snprintf(id, sizeof id, "%s#inline/p", arn);
	const aisp_node n = made_node(m, AISP_NODE_ROLE, arn);
	made_edge(m, n, AISP_EDGE_GRANTED, made_policy(m, id, "inline", statement));
	return n;
}

/* Three roles of one class but for a grant, and one that is denied: who reads what the key encrypts? */
static void a_grant_on_its_key_opens_a_bucket(void **state)
{
	static const char key[] = "arn:aws:kms:eu-west-1:" ONE ":key/k", bucket[] = "arn:aws:s3:::sealed";
	static const char reads[] = "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::sealed/*\"}";
	struct made m = {0};
	(void)state;
	begin(&m);
	const aisp_node k = made_resource(&m, AISP_NODE_ENCRYPTION_KEY, key, "kms:key", ONE, "eu-west-1"), b = made_resource(&m, AISP_NODE_BUCKET, bucket, "s3:bucket", ONE, "eu-west-1");
	made_str(&m, b, "kms_key", key);
	made_edge(&m, k, AISP_EDGE_GOVERNED_BY, made_policy(&m, "arn:aws:kms:eu-west-1:" ONE ":key/k#policy", "resource",
		"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" ONE ":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}"));
	const aisp_node shared = made_policy(&m, "arn:aws:iam::" ONE ":policy/reads", "managed", reads);
	static const char *const names[] = {"none", "grant", "seals", "context"};
	static const char *const operations[] = {"", "Decrypt,DescribeKey", "GenerateDataKey", "Decrypt"};
	for (unsigned i = 0; i < 4; i++) {
		char arn[200];
		snprintf(arn, sizeof arn, "arn:aws:iam::" ONE ":role/%s", names[i]);
		const aisp_node n = made_node(&m, AISP_NODE_ROLE, arn);
		made_edge(&m, n, AISP_EDGE_GRANTED, shared);
		if (i)
			granted(&m, n, k, names[i], "operations", operations[i]);
	}
	aisp_edge e = aisp_graph_next_in(m.g, k, 0);
	for (; e && !aisp_slice_eqz(aisp_graph_edge_at(m.g, e).control, "context"); e = aisp_graph_next_in(m.g, k, e))
		;
	made_ok(&m, aisp_graph_edge_set_str(m.g, e, m.source, "constraints", AISP_S("encryption context"), &m.err));
	granted(&m, role_with(&m, "denied", "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}"), k, "d", "operations", "Decrypt");
	resolve(&m);
	assert_true(has(&m, "arn:aws:iam::" ONE ":role/grant", AISP_EDGE_CAN_READ, bucket, NULL));
	assert_true(has(&m, "arn:aws:iam::" ONE ":role/context", AISP_EDGE_CAN_READ, bucket, "the constraint of the grant on its key holds: encryption context"));
	assert_false(any(&m, "arn:aws:iam::" ONE ":role/none", AISP_EDGE_CAN_READ, bucket));
	assert_false(any(&m, "arn:aws:iam::" ONE ":role/seals", AISP_EDGE_CAN_READ, bucket));
	assert_false(any(&m, "arn:aws:iam::" ONE ":role/denied", AISP_EDGE_CAN_READ, bucket));
	aisp_graph_free(m.g);
}

static void base_models_are_called_through_their_alias(void **state)
{
	struct made m = {0};
	(void)state;
	begin(&m);
	const aisp_node model = made_node(&m, AISP_NODE_MODEL, "model://bedrock/acme.large-v1:0");
	made_str(&m, model, "aws_type", "bedrock:foundation-model");
	made_ok(&m, aisp_graph_add_alias(m.g, model, AISP_S("arn:aws:bedrock:eu-west-1::foundation-model/acme.large-v1:0"), m.source, &m.err));
	role_with(&m, "here", "{\"Effect\":\"Allow\",\"Action\":\"bedrock:InvokeModel\",\"Resource\":\"arn:aws:bedrock:eu-west-1::foundation-model/acme.*\"}");
	role_with(&m, "there", "{\"Effect\":\"Allow\",\"Action\":\"bedrock:InvokeModel\",\"Resource\":\"arn:aws:bedrock:us-east-1::foundation-model/*\"}");
	resolve(&m);
	assert_true(has(&m, "arn:aws:iam::" ONE ":role/here", AISP_EDGE_CAN_CALL, "model://bedrock/acme.large-v1:0", NULL));
	assert_false(any(&m, "arn:aws:iam::" ONE ":role/there", AISP_EDGE_CAN_CALL, "model://bedrock/acme.large-v1:0"));
	aisp_graph_free(m.g);
}

static void metadata_is_the_instances_role(void **state)
{
	struct made m = {0};
	(void)state;
	begin(&m);
	const aisp_node node = made_node(&m, AISP_NODE_MACHINE, "k8s://c/-/node/n1"), instance = made_node(&m, AISP_NODE_MACHINE, "arn:aws:ec2:eu-west-1:" ONE ":instance/i-0abc");
	const aisp_node user = made_node(&m, AISP_NODE_USER, "k8s://c/-/user/system:node:n1"), secret = made_node(&m, AISP_NODE_CREDENTIAL, "credential://k8s://c/-/node/n1/metadata");
	made_ok(&m, aisp_graph_add_alias(m.g, node, AISP_S("aws:i-0abc"), m.source, &m.err));
	made_str(&m, secret, "metadata_of", "k8s://c/-/node/n1");
	made_edge(&m, instance, AISP_EDGE_RUNS_AS, made_node(&m, AISP_NODE_ROLE, "arn:aws:iam::" ONE ":role/node"));
	made_edge(&m, node, AISP_EDGE_RUNS_AS, user);
	resolve(&m);
	assert_int_equal(aisp_graph_find(m.g, AISP_S("k8s://c/-/node/n1")), aisp_graph_find(m.g, AISP_S("arn:aws:ec2:eu-west-1:" ONE ":instance/i-0abc")));
	assert_true(has(&m, "credential://k8s://c/-/node/n1/metadata", AISP_EDGE_AUTHENTICATES, "arn:aws:iam::" ONE ":role/node", NULL));
	assert_false(any(&m, "credential://k8s://c/-/node/n1/metadata", AISP_EDGE_AUTHENTICATES, "k8s://c/-/user/system:node:n1"));
	aisp_graph_free(m.g);
}

static void a_role_that_another_source_tells_is_read(void **state)
{
	struct made m = {0};
	(void)state;
	begin(&m);
	made_resource(&m, AISP_NODE_BUCKET, "arn:aws:s3:::b", "s3:bucket", ONE, "eu-west-1");
	for (int told = 0; told < 2; told++) {
		const aisp_node n = role_with(&m, told ? "told" : "named", "{\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}");
		made_item(&m, n, "unread", "identity");
		made_item(&m, n, "unread", "trust");
		if (told)
			made_edge(&m, n, AISP_EDGE_GOVERNED_BY, made_policy(&m, "arn:aws:iam::" ONE ":role/told#trust", "trust",
				"{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}"));
	}
	resolve(&m);
	assert_true(has(&m, "arn:aws:iam::" ONE ":role/named", AISP_EDGE_CAN_READ, "arn:aws:s3:::b", "not read"));
	assert_false(any(&m, "arn:aws:iam::" ONE ":role/told", AISP_EDGE_CAN_READ, "arn:aws:s3:::b"));
	aisp_graph_free(m.g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acls_give_what_they_say), cmocka_unit_test(the_accounts_block_counts), cmocka_unit_test(grants_of_keys), cmocka_unit_test(a_grant_on_its_key_opens_a_bucket),
		cmocka_unit_test(base_models_are_called_through_their_alias), cmocka_unit_test(metadata_is_the_instances_role), cmocka_unit_test(a_role_that_another_source_tells_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
