/* Random small worlds: what the arrows say must be what asking for every principal, thing and effect one by one says. */
#include "made.h"
#include "resolve/aws/grants_int.h"

enum { ACCOUNTS = 2, ROLES = 7, USERS = 3, BUCKETS = 30, QUEUES = 8, SECRETS = 6, MANAGED = 6 };

static uint32_t seed;

static unsigned rnd(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static const char *pick(const char *const *v, unsigned n)
{
	return v[rnd(n)];
}
#define PICK(v) pick(v, sizeof(v) / sizeof *(v))

static const char *const actions[] = {"s3:GetObject", "s3:*", "*", "sqs:*", "secretsmanager:GetSecretValue", "kms:Decrypt", "sts:AssumeRole", "s3:Get*", "s3:PutObject", "kms:*", "sqs:SendMessage"};
static const char *const resources[] = {"*", "*", "arn:aws:s3:::*", "arn:aws:s3:::team-a-*", "arn:aws:s3:::team-a-1/*", "arn:aws:s3:::team-b-*/pub/*", "arn:aws:s3:::*/sec/*", "arn:aws:s3:::team-*-1/*",
	"arn:aws:s3:::*.csv", "arn:aws:s3:::team-a-2/pub/${aws:username}/*", "arn:aws:s3:::team-${aws:PrincipalTag/team}-*", "arn:aws:sqs:*:*:q-1*", "arn:aws:sqs:eu-west-1:111111111111:q-2",
	"arn:aws:secretsmanager:*:111111111111:secret:app-*", "arn:aws:iam::*:role/r-?", "arn:aws:iam::222222222222:role/*", "arn:aws:kms:*:*:key/*", "arn:aws:kms:eu-west-1:111111111111:key/k-0",
	"arn:aws:s3:::team-?-1?/*", "arn:aws:s3:::team-a-3/pub/a",
	/* Wildcards in an ARN's first five segments: some end at a colon, some do not; and case counts from the region on only. */
	"arn:a*s:s?:::team-a-*", "arn:aws:*3:::team-?-1*", "arn:aws:sq*:*:q-1*", "arn:aws:s*s:*", "arn:aws:sqs:eu-*:111111111111:q-*", "arn:aws:*:*:*:*1:q-?", "arn:aws:sqs:*1:1*1:q-*", "arn:aws:s3*", "arn:a*s:sqs:?u-west-1:*:q-*",
	"ARN:AWS:S3:::team-b-*", "arn:*-3/pub/*", "arn:aws:s?s:eu-west-1*q-2?", "arn:aws:s3:?:*:team-a-1/*"};
static const char *const conditions[] = {"", "", "", "", "", ",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/team\":\"${aws:PrincipalTag/team}\"}}",
	",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/env\":\"prod\"}}", ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}",
	",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}", ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-abc\"}}",
	",\"Condition\":{\"StringLike\":{\"aws:UserAgent\":\"tool*\"}}", ",\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":\"eu-west-1\"}}", ",\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:role/r-1\"}}"};
static const char *const principals[] = {"\"*\"", "{\"AWS\":\"111111111111\"}", "{\"AWS\":\"arn:aws:iam::222222222222:root\"}", "{\"AWS\":\"arn:aws:iam::111111111111:role/r-0\"}",
	"{\"AWS\":[\"arn:aws:iam::222222222222:role/r-5\",\"arn:aws:iam::111111111111:user/u-0\"]}", "{\"Service\":\"lambda.amazonaws.com\"}", "{\"AWS\":\"arn:aws:iam::333333333333:root\"}"};
static const char *const numbers[ACCOUNTS] = {"111111111111", "222222222222"};

static void identity_statements(char *to, size_t cap, bool scp)
{
	const unsigned n = 1 + rnd(3);
	size_t at = 0;
	to[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		const bool deny = rnd(4) == 0, not_resource = rnd(10) == 0;
		at += (size_t)snprintf(to + at, cap - at, "%s{\"Effect\":\"%s\",\"Action\":\"%s\",\"%s\":[\"%s\",\"%s\"]%s}", i ? "," : "", deny ? "Deny" : "Allow", PICK(actions),
			not_resource ? "NotResource" : "Resource", PICK(resources), PICK(resources), PICK(conditions));
	}
	if (scp)
		snprintf(to + at, cap - at, ",{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}");
}

static void resource_statement(char *to, size_t cap, const char *arn, bool trust)
{
	const bool deny = rnd(5) == 0;
	static const char *const parts[] = {"/*", "/pub/*", "/sec/*"};
	char resource[300] = "";
	const char *condition = PICK(conditions);
	/* A queue's, key's or trust policy has no tags of others to ask for, but may. */
	if (!trust && strncmp(arn, "arn:aws:s3", 10) == 0)
		snprintf(resource, sizeof resource, ",\"Resource\":[\"%s%s\",\"%s\"]", arn, PICK(parts), arn);
	else if (!trust)
		snprintf(resource, sizeof resource, ",\"Resource\":\"%s\"", rnd(2) ? "*" : arn);
	const char *action = trust ? "sts:AssumeRole" : strncmp(arn, "arn:aws:s3", 10) == 0 ? "s3:*" : strncmp(arn, "arn:aws:sqs", 11) == 0 ? "sqs:*" : strncmp(arn, "arn:aws:kms", 11) == 0 ? "kms:*" : "secretsmanager:*";
	snprintf(to, cap, "{\"Effect\":\"%s\",\"Principal\":%s,\"Action\":\"%s\"%s%s}", deny ? "Deny" : "Allow", PICK(principals), action, resource, condition);
}

static void govern(struct made *m, aisp_node n, const char *arn, bool trust)
{
	char id[400], st[2000];
	snprintf(id, sizeof id, "%s#%s", arn, trust ? "trust" : "policy");
	resource_statement(st, sizeof st, arn, trust);
	if (rnd(2)) {
		size_t at = strlen(st);
		st[at++] = ',';
		resource_statement(st + at, sizeof st - at, arn, trust);
	}
	made_edge(m, n, AISP_EDGE_GOVERNED_BY, made_policy(m, id, trust ? "trust" : "resource", st));
}

static void tags(struct made *m, aisp_node n)
{
	if (rnd(2))
		made_item(m, n, "tags", rnd(2) ? "team=a" : "team=b");
	if (rnd(3) == 0)
		made_item(m, n, "tags", rnd(2) ? "env=prod" : "env=dev");
}

static void fill(struct made *m)
{
	static const char *const regions[] = {"eu-west-1", "us-east-1"};
	char id[300], st[4000];
	aisp_node managed[MANAGED], keys[2], accounts[ACCOUNTS];
	const aisp_node root = made_node(m, AISP_NODE_ACCOUNT, "arn:aws:organizations::999999999999:root/o-abc/r-1");
	made_str(m, root, "organization_id", "o-abc");
	for (int i = 0; i < ACCOUNTS; i++) {
		snprintf(id, sizeof id, "arn:aws:iam::%s:root", numbers[i]);
		accounts[i] = made_node(m, AISP_NODE_ACCOUNT, id);
		made_str(m, accounts[i], "account_id", numbers[i]);
		made_edge(m, root, AISP_EDGE_CONTAINS, accounts[i]);
	}
	if (rnd(2)) {
		identity_statements(st, sizeof st, true);
		made_edge(m, rnd(2) ? root : accounts[0], AISP_EDGE_LIMITED_BY, made_policy(m, "arn:aws:organizations::999999999999:policy/o-abc/p-1", "scp", st));
	}
	if (rnd(3) == 0)
		made_edge(m, root, AISP_EDGE_LIMITED_BY, made_policy(m, "arn:aws:organizations::999999999999:policy/o-abc/p-2", "rcp",
			"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":[\"s3:*\",\"sqs:*\"],\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{\"aws:PrincipalOrgID\":\"o-abc\"}}}"));
	for (int i = 0; i < MANAGED; i++) {
		snprintf(id, sizeof id, "arn:aws:iam::111111111111:policy/p-%d", i);
		identity_statements(st, sizeof st, false);
		managed[i] = made_policy(m, id, "managed", st);
	}
	for (int i = 0; i < ROLES + USERS; i++) {
		const char *account = numbers[i < 2 * ROLES / 3 || i >= ROLES ? 0 : 1];
		snprintf(id, sizeof id, "arn:aws:iam::%s:%s-%d", account, i < ROLES ? "role/r" : "user/u", i < ROLES ? i : i - ROLES);
		const aisp_node n = made_node(m, i < ROLES ? AISP_NODE_ROLE : AISP_NODE_USER, id);
		tags(m, n);
		made_edge(m, n, AISP_EDGE_GRANTED, managed[rnd(MANAGED)]);
		if (rnd(2))
			made_edge(m, n, AISP_EDGE_GRANTED, managed[rnd(MANAGED)]);
		if (rnd(4) == 0)
			made_edge(m, n, AISP_EDGE_LIMITED_BY, managed[rnd(MANAGED)]);
		if (rnd(12) == 0)
			made_item(m, n, "unread", "identity");
		if (i < ROLES)
			govern(m, n, id, true);
	}
	for (int i = 0; i < 2; i++) {
		snprintf(id, sizeof id, "arn:aws:kms:eu-west-1:%s:key/k-%d", numbers[i], i);
		keys[i] = made_resource(m, AISP_NODE_ENCRYPTION_KEY, id, "kms:key", numbers[i], "eu-west-1");
		if (rnd(5))
			govern(m, keys[i], id, false);
	}
	const unsigned all_buckets = 4 + rnd(BUCKETS);
	for (unsigned i = 0; i < all_buckets; i++) {
		snprintf(id, sizeof id, "arn:aws:s3:::team-%c-%u", i % 3 == 0 ? 'b' : 'a', i);
		const aisp_node n = made_resource(m, AISP_NODE_BUCKET, id, "s3:bucket", numbers[i % 7 == 0], PICK(regions));
		tags(m, n);
		if (rnd(3) == 0)
			govern(m, n, id, false);
		if (rnd(5) == 0) {
			snprintf(id, sizeof id, "arn:aws:kms:eu-west-1:%s:key/k-%d", numbers[0], 0);
			made_str(m, n, "kms_key", id);
		}
		if (rnd(15) == 0)
			made_item(m, n, "unread", "resource");
		if (rnd(12) == 0)
			made_item(m, n, "s3_block_public", "RestrictPublicBuckets");
	}
	for (int i = 0; i < QUEUES; i++) {
		snprintf(id, sizeof id, "arn:aws:sqs:%s:%s:q-%d", regions[i % 2], numbers[i % 3 == 0], i * 7);
		const aisp_node n = made_resource(m, AISP_NODE_QUEUE, id, "sqs:queue", numbers[i % 3 == 0], NULL);
		tags(m, n);
		if (rnd(2))
			govern(m, n, id, false);
	}
	for (int i = 0; i < SECRETS; i++) {
		snprintf(id, sizeof id, "arn:aws:secretsmanager:%s:%s:secret:%s-%d", PICK(regions), numbers[0], i % 2 ? "app" : "ops", i);
		const aisp_node n = made_resource(m, AISP_NODE_SECRET, id, "secretsmanager:secret", numbers[0], NULL);
		tags(m, n);
	}
	made_node(m, AISP_NODE_GROUP, "aws:anonymous");
	made_node(m, AISP_NODE_GROUP, "aws:anyone");
}

/* ---- One by one ---- */

/* Keys that tell all patterns above apart, also where a wildcard runs over a slash: begins × middles × names. */
static const char *const begins[] = {"", "pub/", "sec/", "pub/u-0/", "/", "x/pub/", "x/sec/", "pub/u-1/", "pub/u-2/"};
static const char *const middles[] = {"", "x-1/", "-1/", "x-1/pub/", "x-1/sec/", "/", "x-1/pub/sec/"};
static const char *const names[] = {"a", "a.csv", "1:q-1"};
enum { MIDDLES = 7, NAMES = 3, OBJECTS = 9 * MIDDLES * NAMES };

static enum aisp_iam_verdict asked(const struct aisp_aws_world *w, uint32_t p, const char *action, struct aisp_slice arn, const struct aisp_iam_key *extra, struct aisp_iam_scratch *s)
{
	const struct aisp_aws_question q = {.principal = p, .action = aisp_slice_z(action), .resource_arn = arn, .extra = extra, .n_extra = extra != NULL, .quick = true};
	struct aisp_iam_decision d;
	struct aisp_err err;
	if (aisp_aws_ask(w, &q, s, &d, &err) < 0)
		fail_msg("%s", err.msg);
	return d.verdict;
}

static enum aisp_iam_verdict one(const struct aisp_aws_world *w, uint32_t p, struct aisp_slice arn, const struct aisp_aws_resource *r, const struct aisp_aws_effect *e, struct aisp_iam_scratch *s)
{
	enum aisp_iam_verdict v = AISP_IAM_DENIED;
	char name[400];
	if (!e->form)
		v = asked(w, p, e->actions[0], arn, NULL, s);
	else
		for (size_t i = 0; i < OBJECTS && v < AISP_IAM_ALLOWED; i++) {
			snprintf(name, sizeof name, "%.*s/%s%s%s", AISP_FMT(arn), begins[i / (NAMES * MIDDLES)], middles[i / NAMES % MIDDLES], names[i % NAMES]);
			const enum aisp_iam_verdict mine = asked(w, p, e->actions[0], aisp_slice_z(name), NULL, s);
			v = mine > v ? mine : v;
		}
	if (v > AISP_IAM_DENIED && e->kms && r && r->kms_arn.n) {
		snprintf(name, sizeof name, "%s.%.*s.amazonaws.com", e->via, AISP_FMT(r->region));
		const struct aisp_slice value = aisp_slice_z(name);
		const struct aisp_iam_key via = {.name = AISP_S("kms:ViaService"), .known = AISP_IAM_KNOWN, .values = &value, .n = 1};
		const enum aisp_iam_verdict k = asked(w, p, e->kms, r->kms_arn, &via, s);
		v = k < v ? k : v;
	}
	return v;
}

static enum aisp_iam_verdict brute(const struct aisp_aws_world *w, uint32_t p, struct aisp_slice arn, const struct aisp_aws_resource *r, const char *type, enum aisp_edge_kind edge, struct aisp_iam_scratch *s)
{
	enum aisp_iam_verdict v = AISP_IAM_DENIED;
	for (size_t i = 0; i < aisp_aws_effect_count; i++)
		if (aisp_aws_effects[i].edge == edge && aisp_slice_eqi(aisp_slice_z(aisp_aws_effects[i].type), aisp_slice_z(type))) {
			const enum aisp_iam_verdict mine = one(w, p, arn, r, &aisp_aws_effects[i], s);
			v = mine > v ? mine : v;
		}
	return v;
}

/* ---- What the arrows say ---- */

static void spread(const struct aisp_graph *g, aisp_node n, enum aisp_iam_verdict v, uint8_t *at)
{
	if (at[n] < (uint8_t)v)
		at[n] = (uint8_t)v;
	for (aisp_edge e = aisp_graph_next_out(g, n, 0); e; e = aisp_graph_next_out(g, n, e))
		if (aisp_graph_edge_at(g, e).kind == AISP_EDGE_INCLUDES)
			spread(g, aisp_graph_edge_at(g, e).to, v, at);
}

static void drawn(const struct aisp_graph *g, aisp_node from, enum aisp_edge_kind kind, uint8_t *at)
{
	memset(at, 0, aisp_graph_node_count(g) + 1);
	for (aisp_edge e = aisp_graph_next_out(g, from, 0); e; e = aisp_graph_next_out(g, from, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(g, e);
		if (v.kind == kind)
			spread(g, v.to, v.condition.n ? AISP_IAM_CONDITIONAL : AISP_IAM_ALLOWED, at);
	}
}

static struct {
	size_t worlds, decisions, allowed, conditional, sets;
} total;

static void compare(const struct aisp_graph *g, const struct aisp_aws_world *w, uint32_t p, uint32_t world)
{
	static const enum aisp_edge_kind kinds[] = {AISP_EDGE_CAN_READ, AISP_EDGE_CAN_WRITE, AISP_EDGE_CAN_CALL, AISP_EDGE_CAN_ASSUME};
	struct aisp_iam_scratch *s = aisp_iam_scratch_new();
	uint8_t *at = calloc(aisp_graph_node_count(g) + 1, 1);
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		drawn(g, w->principals[p].node, kinds[k], at);
		for (uint32_t i = 0; i < w->n_resources + w->n_principals; i++) {
			const struct aisp_aws_resource *r = i < w->n_resources ? &w->resources[i] : NULL;
			const struct aisp_aws_principal *role = r ? NULL : &w->principals[i - w->n_resources];
			char type[64];
			if (role && (role->kind != AISP_IAM_ROLE || role->trust == AISP_AWS_NONE || role == &w->principals[p] || role->form_of != AISP_AWS_NONE))
				continue;
			if (role && w->principals[p].form_of == i - w->n_resources)
				continue;
			const struct aisp_slice named = r ? r->type : AISP_S("iam:role");
			snprintf(type, sizeof type, "%.*s", AISP_FMT(named));
			const enum aisp_iam_verdict want = brute(w, p, r ? r->arn : role->arn, r, type, kinds[k], s);
			const enum aisp_iam_verdict have = (enum aisp_iam_verdict)at[r ? r->node : role->node];
			total.decisions++;
			total.allowed += want == AISP_IAM_ALLOWED;
			total.conditional += want == AISP_IAM_CONDITIONAL;
			if (want != have && getenv("WORLD")) {
				for (aisp_edge e = aisp_graph_next_out(g, w->principals[p].node, 0); e; e = aisp_graph_next_out(g, w->principals[p].node, e)) {
					const struct aisp_edge_view v = aisp_graph_edge_at(g, e);
					if (v.kind == kinds[k] && v.to == (r ? r->node : role->node))
						print_message("  %.*s if %.*s scope %.*s\n", AISP_FMT(v.control), AISP_FMT(v.condition), AISP_FMT(aisp_graph_edge_prop(g, e, "scope")));
				}
				for (uint32_t d = 0; d < w->n_docs; d++)
					print_message("%.*s %.*s\n", AISP_FMT(w->docs[d].id), AISP_FMT(aisp_graph_prop(g, w->docs[d].node, "document")));
			}
			if (want != have)
				fail_msg("world %u: %.*s %s %.*s: arrows say %d, asking says %d", world, AISP_FMT(w->principals[p].arn), aisp_edge_kinds[kinds[k]].name,
					AISP_FMT(r ? r->arn : role->arn), have, want);
		}
	}
	free(at);
	aisp_iam_scratch_free(s);
}

/* What some of them would be with any policy of their own wish (escalate.h). */
static void add_forms(struct made *m, struct aisp_aws_world *w)
{
	const uint32_t n = w->n_principals;
	for (uint32_t i = 0; i < n; i++) {
		char id[300];
		uint32_t form;
		if ((w->principals[i].kind != AISP_IAM_ROLE && w->principals[i].kind != AISP_IAM_USER) || i % 3 == 2)
			continue;
		snprintf(id, sizeof id, "%.*s#any-policy", AISP_FMT(w->principals[i].arn));
		made_ok(m, aisp_aws_world_add_form(w, i, made_node(m, AISP_NODE_ROLE, id), true, (struct aisp_aws_refs){0}, &form, &m->err));
	}
}

static void one_world(uint32_t number)
{
	struct made m = {0};
	struct aisp_aws_world *w = NULL;
	seed = number * 7919U + 17U;
	made_new(&m);
	fill(&m);
	made_ok(&m, aisp_aws_world_make(m.g, NULL, &w, &m.err));
	if (number % 4 == 3)
		add_forms(&m, w);
	struct aisp_resolve r = {.g = m.g, .a = aisp_arena_new(0), .source = m.source, .err = &m.err};
	aisp_resolve__aws_grants(&r, w, number % 2 ? 64 : 2);
	made_ok(&m, r.bad);
	for (uint32_t p = 0; p < w->n_principals; p++)
		if (!(w->principals[p].kind == AISP_IAM_ROOT))
			compare(m.g, w, p, number);
	for (aisp_node n = 1; n <= aisp_graph_node_count(m.g); n++)
		total.sets += aisp_graph_node_at(m.g, n).kind == AISP_NODE_RESOURCE_SET;
	total.worlds++;
	aisp_arena_free(r.a);
	aisp_aws_world_free(w);
	aisp_graph_free(m.g);
}

static void arrows_are_what_asking_says(void **state)
{
	const char *from = getenv("WORLD"), *count = getenv("WORLDS");
	const uint32_t first = from ? (uint32_t)strtoul(from, NULL, 10) : 0, n = from ? 1 : count ? (uint32_t)strtoul(count, NULL, 10) : 120;
	(void)state;
	for (uint32_t i = 0; i < n; i++)
		one_world(first + i);
	print_message("%zu worlds, %zu decisions, %zu allowed, %zu conditional, %zu sets\n", total.worlds, total.decisions, total.allowed, total.conditional, total.sets);
	if (!from) {
		/* A test in which everything is denied would prove nothing. */
		assert_true(total.allowed > total.decisions / 50);
		assert_true(total.conditional > total.decisions / 50);
		assert_true(total.sets > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(arrows_are_what_asking_says)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
