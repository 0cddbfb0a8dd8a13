/* An AWS organisation of 10,000 roles and 100,000 resources: from the graph as collectors leave it to all arrows.
 * 100 accounts in 8 organisational units, SCPs (regions, deletions) and an RCP; per-team prefixes, tags and boundaries, shared managed
 * policies, bucket and key policies, trust of services, accounts and pipelines, some administrators.
 *
 *   aws_org [roles [resources [accounts]]]     prints JSON: seconds of each phase, arrows, memory
 */
#include "base/buf.h"
#include "base/clock.h"
#include "graph/graph.h"
#include "resolve/aws/escalate.h"
#include "resolve/aws/federation.h"
#include "resolve/aws/grants_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct org {
	struct aisp_graph *g;
	uint16_t source;
	unsigned roles, resources, accounts;
	aisp_node *account, *keys;
	aisp_node managed[12];
	uint32_t seed;
	struct aisp_err err;
};

static void check(struct org *o, int r)
{
	if (r < 0) {
		fprintf(stderr, "aws_org: %s\n", o->err.msg);
		exit(1);
	}
}

static unsigned rnd(struct org *o, unsigned n)
{
	o->seed = o->seed * 1664525U + 1013904223U;
	return (o->seed >> 8) % n;
}

static struct aisp_evidence_in at(const struct org *o)
{
	return (struct aisp_evidence_in){.source = o->source, .form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("aws://org")};
}

static aisp_node node(struct org *o, enum aisp_node_kind kind, const char *id)
{
	const struct aisp_evidence_in ev = at(o);
	aisp_node n = 0;
	check(o, aisp_graph_add_node(o->g, kind, aisp_slice_z(id), &ev, &n, &o->err));
	return n;
}

static void edge(struct org *o, aisp_node a, enum aisp_edge_kind kind, aisp_node b)
{
	const struct aisp_evidence_in ev = at(o);
	check(o, aisp_graph_add_edge(o->g, a, kind, b, NULL, &ev, NULL, &o->err));
}

static void str(struct org *o, aisp_node n, const char *key, const char *v)
{
	check(o, aisp_graph_set_str(o->g, n, o->source, key, aisp_slice_z(v), &o->err));
}

static void tag(struct org *o, aisp_node n, const char *v)
{
	check(o, aisp_graph_add_item(o->g, n, o->source, "tags", aisp_slice_z(v), &o->err));
}

static aisp_node policy(struct org *o, const char *id, const char *type, const char *statements)
{
	char doc[4096];
	const aisp_node n = node(o, AISP_NODE_POLICY, id);
	snprintf(doc, sizeof doc, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", statements);
	str(o, n, "document", doc);
	str(o, n, "policy_type", type);
	return n;
}

static void number(char to[16], unsigned account)
{
	snprintf(to, 16, "1%011u", account % 1000000U);
}

#define ALLOW(a, r) "{\"Effect\":\"Allow\",\"Action\":" a ",\"Resource\":" r "}"

static void organisation(struct org *o)
{
	char id[256], num[16];
	aisp_node units[8];
	const aisp_node root = node(o, AISP_NODE_ACCOUNT, "arn:aws:organizations::100000000000:root/o-bench/r-1");
	str(o, root, "organization_id", "o-bench");
	const aisp_node full = policy(o, "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", "scp", ALLOW("\"*\"", "\"*\""));
	const aisp_node regions = policy(o, "arn:aws:organizations::100000000000:policy/o-bench/service_control_policy/p-regions", "scp",
		"{\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"organizations:*\",\"sts:*\",\"route53:*\",\"cloudfront:*\",\"support:*\",\"s3:ListAllMyBuckets\"],\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":[\"eu-west-1\",\"us-east-1\"]}}}");
	const aisp_node keep = policy(o, "arn:aws:organizations::100000000000:policy/o-bench/service_control_policy/p-keep", "scp",
		"{\"Effect\":\"Deny\",\"Action\":[\"s3:DeleteBucket*\",\"kms:ScheduleKeyDeletion\",\"cloudtrail:*\"],\"Resource\":\"*\",\"Condition\":{\"ArnNotLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:role/org-admin\"}}},"
		"{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::*-audit/*\"}");
	edge(o, root, AISP_EDGE_LIMITED_BY, full);
	edge(o, root, AISP_EDGE_LIMITED_BY, regions);
	edge(o, root, AISP_EDGE_LIMITED_BY, policy(o, "arn:aws:organizations::100000000000:policy/o-bench/resource_control_policy/p-perimeter", "rcp",
		"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":[\"s3:*\",\"sqs:*\",\"kms:*\",\"secretsmanager:*\"],\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{\"aws:PrincipalOrgID\":\"o-bench\"},\"BoolIfExists\":{\"aws:PrincipalIsAWSService\":\"false\"}}}"));
	for (unsigned i = 0; i < 8; i++) {
		snprintf(id, sizeof id, "arn:aws:organizations::100000000000:ou/o-bench/ou-%u", i);
		units[i] = node(o, AISP_NODE_ACCOUNT, id);
		edge(o, root, AISP_EDGE_CONTAINS, units[i]);
		edge(o, units[i], AISP_EDGE_LIMITED_BY, full);
		if (i % 2)
			edge(o, units[i], AISP_EDGE_LIMITED_BY, keep);
	}
	for (unsigned i = 0; i < o->accounts; i++) {
		number(num, i);
		snprintf(id, sizeof id, "arn:aws:iam::%s:root", num);
		o->account[i] = node(o, AISP_NODE_ACCOUNT, id);
		str(o, o->account[i], "account_id", num);
		edge(o, units[i % 8], AISP_EDGE_CONTAINS, o->account[i]);
		edge(o, o->account[i], AISP_EDGE_LIMITED_BY, full);
	}
}

static void managed(struct org *o)
{
	static const char *const statements[12] = {
		ALLOW("\"*\"", "\"*\""),
		ALLOW("[\"s3:Get*\",\"s3:List*\",\"dynamodb:Get*\",\"dynamodb:Query\",\"dynamodb:Scan\",\"sqs:Get*\",\"logs:Get*\",\"logs:FilterLogEvents\",\"lambda:List*\",\"kms:Describe*\",\"ssm:Describe*\"]", "\"*\""),
		ALLOW("\"s3:*\"", "\"*\""), ALLOW("[\"sqs:*\",\"sns:*\"]", "\"*\""), ALLOW("[\"bedrock:InvokeModel*\",\"bedrock:Retrieve\",\"bedrock:InvokeAgent\"]", "\"*\""),
		ALLOW("\"sagemaker:*\"", "\"*\""),
		"{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:*\",\"secretsmanager:GetSecretValue\",\"s3:*\",\"sqs:*\"],\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/team\":\"${aws:PrincipalTag/team}\"}}}",
		ALLOW("[\"logs:CreateLogGroup\",\"logs:CreateLogStream\",\"logs:PutLogEvents\"]", "\"*\""),
		ALLOW("\"kms:Decrypt\"", "\"arn:aws:kms:*:*:key/*\""),
		"{\"Effect\":\"Allow\",\"NotAction\":[\"iam:*\",\"organizations:*\"],\"Resource\":\"*\"}",
		"{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":[\"iam:*\",\"kms:PutKeyPolicy\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"secretsmanager:*\",\"Resource\":\"arn:aws:secretsmanager:*:*:secret:shared/*\"}",
		ALLOW("[\"s3:GetObject\",\"s3:PutObject\"]", "[\"arn:aws:s3:::shared-*\",\"arn:aws:s3:::*-exchange/*\"]"),
	};
	char id[128];
	for (unsigned i = 0; i < 12; i++) {
		snprintf(id, sizeof id, "arn:aws:iam::aws:policy/bench-%u", i);
		o->managed[i] = policy(o, id, "managed", statements[i]);
	}
}

static void one_role(struct org *o, unsigned i)
{
	char id[256], sub[300], num[16], other[16], st[2048];
	const unsigned a = i % o->accounts, team = i / o->accounts % 20, kind = rnd(o, 100);
	number(num, a);
	number(other, rnd(o, o->accounts));
	snprintf(id, sizeof id, "arn:aws:iam::%s:role/team-%u-app-%u", num, team, i);
	const aisp_node n = node(o, AISP_NODE_ROLE, id);
	snprintf(sub, sizeof sub, "team=t%u", team);
	tag(o, n, sub);
	if (kind < 60) {
		snprintf(sub, sizeof sub, "%s#inline/app", id);
		snprintf(st, sizeof st,
			"{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::a%u-team-%u-%u*/*\"},"
			"{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"arn:aws:secretsmanager:*:%s:secret:team-%u/*\"},"
			"{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\",\"dynamodb:Query\",\"dynamodb:PutItem\"],\"Resource\":\"arn:aws:dynamodb:eu-west-1:%s:table/team-%u-*\"},"
			"{\"Effect\":\"Allow\",\"Action\":[\"sqs:SendMessage\",\"sqs:ReceiveMessage\"],\"Resource\":\"arn:aws:sqs:*:%s:team-%u-q-%u\"},"
			"{\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"},"
			"{\"Effect\":\"Allow\",\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:*:%s:function:team-%u-*\"}",
			a, team, rnd(o, 10), num, team, num, team, num, team, rnd(o, 100), num, team);
		edge(o, n, AISP_EDGE_GRANTED, policy(o, sub, "inline", st));
		edge(o, n, AISP_EDGE_GRANTED, o->managed[7]);
	} else if (kind < 75)
		edge(o, n, AISP_EDGE_GRANTED, o->managed[1 + rnd(o, 5)]);
	else if (kind < 90)
		edge(o, n, AISP_EDGE_GRANTED, o->managed[6]);
	else if (kind < 97)
		edge(o, n, AISP_EDGE_GRANTED, o->managed[8 + rnd(o, 4)]);
	else
		edge(o, n, AISP_EDGE_GRANTED, o->managed[0]);
	if (kind % 3 == 0)
		edge(o, n, AISP_EDGE_LIMITED_BY, o->managed[9 + rnd(o, 2)]);
	static const char *const services[] = {"lambda", "ec2", "ecs-tasks", "sagemaker", "bedrock"};
	if (kind % 4)
		snprintf(st, sizeof st, "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"%s.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}", services[kind % 5]);
	else if (kind % 8)
		snprintf(st, sizeof st, "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::%s:root\"},\"Action\":\"sts:AssumeRole\"}", kind % 16 ? num : other);
	else
		snprintf(st, sizeof st, "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::%s:role/team-0-app-0\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"x\"}}}", other);
	snprintf(sub, sizeof sub, "%s#trust", id);
	edge(o, n, AISP_EDGE_GOVERNED_BY, policy(o, sub, "trust", st));
	edge(o, o->account[a], AISP_EDGE_CONTAINS, n);
}

static void govern(struct org *o, aisp_node n, const char *id, const char *st)
{
	char name[320];
	snprintf(name, sizeof name, "%s#policy", id);
	edge(o, n, AISP_EDGE_GOVERNED_BY, policy(o, name, "resource", st));
}

static void bucket_policy(struct org *o, aisp_node n, const char *id, const char *num)
{
	char st[2048];
	const unsigned kind = rnd(o, 10);
	int used = snprintf(st, sizeof st, "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":[\"%s\",\"%s/*\"],\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}", id, id);
	if (kind == 0)
		snprintf(st + used, sizeof st - (size_t)used, ",{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"%s/*\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-bench\"}}}", id);
	else if (kind == 1)
		snprintf(st + used, sizeof st - (size_t)used, ",{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::%s:role/team-0-app-0\"},\"Action\":\"s3:GetObject\",\"Resource\":\"%s/pub/*\"}", num, id);
	govern(o, n, id, st);
}

/* %R region, %N account number, %A account, %T team, %I number */
static void spell(char *to, size_t cap, const char *form, const char *region, const char *num, const unsigned v[3])
{
	size_t n = 0;
	for (; *form && n + 32 < cap; form++)
		if (*form != '%')
			to[n++] = *form;
		else if (*++form == 'R' || *form == 'N')
			n += (size_t)snprintf(to + n, cap - n, "%s", *form == 'R' ? region : num);
		else
			n += (size_t)snprintf(to + n, cap - n, "%u", v[*form == 'A' ? 0 : *form == 'T' ? 1 : 2]);
	to[n] = '\0';
}

static void one_resource(struct org *o, unsigned i)
{
	static const struct {
		const char *type, *form;
		enum aisp_node_kind kind;
		unsigned upto; /* of 100 */
	} types[] = {
		{"s3:bucket", "arn:aws:s3:::a%A-team-%T-%I", AISP_NODE_BUCKET, 30},
		{"secretsmanager:secret", "arn:aws:secretsmanager:%R:%N:secret:team-%T/s-%I", AISP_NODE_SECRET, 45},
		{"ssm:parameter", "arn:aws:ssm:%R:%N:parameter/team-%T/p-%I", AISP_NODE_CLOUD_RESOURCE, 58},
		{"sqs:queue", "arn:aws:sqs:%R:%N:team-%T-q-%I", AISP_NODE_QUEUE, 68},
		{"dynamodb:table", "arn:aws:dynamodb:%R:%N:table/team-%T-%I", AISP_NODE_TABLE, 78},
		{"lambda:function", "arn:aws:lambda:%R:%N:function:team-%T-%I", AISP_NODE_CLOUD_RESOURCE, 86},
		{"logs:log-group", "arn:aws:logs:%R:%N:log-group:/team-%T/%I", AISP_NODE_CLOUD_RESOURCE, 92},
		{"ecr:repository", "arn:aws:ecr:%R:%N:repository/team-%T/%I", AISP_NODE_CLOUD_RESOURCE, 95},
		{"sagemaker:endpoint", "arn:aws:sagemaker:%R:%N:endpoint/team-%T-%I", AISP_NODE_INFERENCE_ENDPOINT, 97},
		{"bedrock:agent", "arn:aws:bedrock:%R:%N:agent/T%TX%I", AISP_NODE_AGENT, 98},
		{"bedrock:knowledge-base", "arn:aws:bedrock:%R:%N:knowledge-base/T%TX%I", AISP_NODE_VECTOR_STORE, 99},
		{"kms:key", "arn:aws:kms:%R:%N:key/team-%T-%I", AISP_NODE_ENCRYPTION_KEY, 100},
	};
	char id[256], num[16], text[512];
	const unsigned a = i % o->accounts, team = rnd(o, 20), what = i / o->accounts % 100;
	const char *region = rnd(o, 4) ? "eu-west-1" : "us-east-1";
	size_t k = 0;
	while (what >= types[k].upto)
		k++;
	number(num, a);
	spell(id, sizeof id, types[k].form, region, num, (const unsigned[]){a, team, i});
	const aisp_node n = node(o, types[k].kind, id);
	str(o, n, "aws_type", types[k].type);
	str(o, n, "account", num);
	str(o, n, "region", region);
	snprintf(text, sizeof text, "team=t%u", team);
	tag(o, n, text);
	edge(o, o->account[a], AISP_EDGE_CONTAINS, n);
	if (k == 0 && rnd(o, 3) == 0)
		bucket_policy(o, n, id, num);
	if (types[k].kind == AISP_NODE_ENCRYPTION_KEY) {
		snprintf(text, sizeof text, "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::%s:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}", num);
		govern(o, n, id, text);
		o->keys[a] = n;
	} else if ((k == 0 || k == 1) && o->keys[a] && rnd(o, 4) == 0) {
		const struct aisp_slice key = aisp_graph_node_at(o->g, o->keys[a]).id;
		check(o, aisp_graph_set_str(o->g, n, o->source, "kms_key", key, &o->err));
	}
}

static double now(void)
{
	return (double)aisp_clock_mono_ns() / 1e9;
}

int main(int argc, char **argv)
{
	struct org o = {.seed = 1};
	struct aisp_aws_world *w = NULL;
	struct rusage use;
	o.roles = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
	o.resources = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100000;
	o.accounts = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 100;
	o.g = aisp_graph_new();
	o.account = aisp_mem_zalloc(o.accounts, sizeof *o.account);
	o.keys = aisp_mem_zalloc(o.accounts, sizeof *o.keys);
	check(&o, aisp_graph_source(o.g, AISP_S("aws:bench"), AISP_S("aws"), AISP_S("bench"), &o.source, &o.err));
	organisation(&o);
	managed(&o);
	for (unsigned i = 0; i < o.roles; i++)
		one_role(&o, i);
	for (unsigned i = 0; i < o.resources; i++)
		one_resource(&o, i);
	struct aisp_resolve r = {.g = o.g, .a = aisp_arena_new(0), .source = o.source, .err = &o.err};
	const uint32_t edges = aisp_graph_edge_count(o.g), nodes = aisp_graph_node_count(o.g);
	const double t0 = now();
	check(&o, aisp_aws_world_make(o.g, NULL, &w, &o.err));
	const double t1 = now();
	aisp_aws_escalate_forms(&r, w);
	check(&o, r.bad);
	const double t2 = now();
	aisp_resolve__aws_grants(&r, w, 0);
	check(&o, r.bad);
	const double t3 = now();
	const uint32_t granted = aisp_graph_edge_count(o.g);
	aisp_aws_escalate(&r, w);
	check(&o, r.bad);
	const double t4 = now();
	getrusage(RUSAGE_SELF, &use);
	printf("{\"roles\": %u, \"resources\": %u, \"accounts\": %u, \"world_s\": %.3f, \"forms_s\": %.3f, \"grants_s\": %.3f, \"escalate_s\": %.3f, \"s\": %.3f, \"arrows\": %u, \"ways\": %u, \"sets\": %u, \"rss_bytes\": %ld, \"cpu_s\": %.3f}\n",
		o.roles, o.resources, o.accounts, t1 - t0, t2 - t1, t3 - t2, t4 - t3, t4 - t0, aisp_graph_edge_count(o.g) - edges, aisp_graph_edge_count(o.g) - granted, aisp_graph_node_count(o.g) - nodes, use.ru_maxrss * 1024L,
		(double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6);
	aisp_arena_free(r.a);
	aisp_aws_world_free(w);
	aisp_graph_free(o.g);
	aisp_mem_free(o.account);
	aisp_mem_free(o.keys);
	return 0;
}
