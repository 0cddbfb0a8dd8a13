/* Tying uses to nodes by every form of name, and the three answers; through the real store of uses. */
#include "../judge/judge_test.h"
#include "base/fs.h"
#include "govern/jit.h"
#include "govern/usage.h"
#include <unistd.h>

#define DAY INT64_C(86400000000)
static const int64_t now = INT64_C(20000) * DAY + DAY / 2;
static char folder[] = "/tmp/aisp-usage-XXXXXX", store[64];
static struct world w;
static struct aisp_uses *uses;
static struct aisp_usage *usage;

/* "source|sees|origin", "identity|via|credential|action|asset|from", days ago from … to */
static void log_uses(const char *source, const char *sees, const char *origin, const char *what, int from_day, int to_day)
{
	struct aisp_slice f[6], rest = aisp_slice_z(what);
	struct aisp_uses_stream stream = {.source = aisp_slice_z(source), .origin = aisp_slice_z(origin), .sees = aisp_slice_z(sees)};
	struct aisp_err err = {AISP_OK, ""};
	for (size_t i = 0; i < 6; i++)
		if (!aisp_slice_split(&rest, '|', &f[i]))
			f[i] = AISP_S("");
	for (int d = from_day; d >= to_day; d--) {
		char id[32];
		static int serial;
		snprintf(id, sizeof id, "event-%d", serial++);
		const struct aisp_use_event e = {.at_us = now - d * DAY, .outcome = AISP_USE_DONE, .identity = f[0], .via = f[1], .credential = f[2], .action = f[3], .asset = f[4], .from = f[5],
		                                 .origin = aisp_slice_z(origin), .id = aisp_slice_z(id)};
		if (aisp_uses_add(uses, &stream, &e, &err) < 0)
			fail_msg("%s", err.msg);
	}
	if (aisp_uses_commit(uses, &stream, 1, &err) < 0)
		fail_msg("%s", err.msg);
}

static aisp_edge grant(aisp_node from, const char *kind, aisp_node to, const char *control)
{
	struct aisp_evidence_in ev = some_evidence(&w);
	struct aisp_edge_in in = {.control = aisp_slice_z(control)};
	aisp_edge e = 0;
	assert_int_equal(aisp_graph_add_edge(w.graph, from, aisp_edge_kind_find(aisp_slice_z(kind)), to, &in, &ev, &e, NULL), 0);
	return e;
}

static void begin(void)
{
	struct aisp_err err = {AISP_OK, ""};
	memcpy(folder, "/tmp/aisp-usage-XXXXXX", sizeof folder);
	assert_non_null(mkdtemp(folder));
	snprintf(store, sizeof store, "%s/a.db", folder);
	if (aisp_uses_open(store, true, &uses, &err) < 0)
		fail_msg("%s", err.msg);
	world_begin(&w);
}

static void finish_world(void)
{
	struct aisp_err err = {AISP_OK, ""};
	world_freeze(&w);
	if (aisp_usage_make(w.s, uses, now, &usage, &err) < 0)
		fail_msg("%s", err.msg);
}

static void end(void)
{
	char command[128];
	aisp_usage_freep(&usage);
	aisp_uses_closep(&uses);
	world_end(&w);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

static aisp_node node(const char *id)
{
	const aisp_node n = aisp_snapshot_find(w.s, aisp_slice_z(id));
	if (!n)
		fail_msg("no node %s", id);
	return n;
}

static const struct aisp_tied_use *tied(const char *identity, const char *asset)
{
	const struct aisp_tied_use *found = NULL;
	for (size_t i = 0; i < aisp_usage_count(usage); i++) {
		const struct aisp_tied_use *t = aisp_usage_at(usage, i);
		if (aisp_slice_eqz(t->use.identity, identity) && aisp_slice_eqz(t->use.asset, asset))
			found = t;
	}
	if (!found)
		fail_msg("no use of %s by %s", asset, identity);
	return found;
}

static void expect(const char *identity, const char *asset, const char *who, const char *what, const char *workload, enum aisp_untied who_why, enum aisp_untied what_why)
{
	const struct aisp_tied_use *t = tied(identity, asset);
	const struct {
		aisp_node is;
		const char *wanted;
	} all[] = {{t->identity, who}, {t->asset, what}, {t->workload, workload}};
	for (size_t i = 0; i < 3; i++)
		if (!aisp_slice_eqz(all[i].is ? aisp_snapshot_text(w.s, w.s->nodes[all[i].is].id) : AISP_S(""), all[i].wanted ? all[i].wanted : ""))
			fail_msg("%s on %s: %zu: wanted %s", identity, asset, i, all[i].wanted ? all[i].wanted : "nothing");
	assert_int_equal(t->identity_why, who_why);
	assert_int_equal(t->asset_why, what_why);
}

#define A "arn:aws:iam::111122223333:"
#define S "arn:aws:sts::111122223333:assumed-role/"

static void a_cloud(void)
{
	const aisp_node role = add(&w, "role", A "role/service/bot"), pod_role = add(&w, "role", A "role/pods"), f = add(&w, "workload", "arn:aws:lambda:eu-central-1:111122223333:function:chat");
	set(&w, role, "account", "111122223333");
	const aisp_node sa = add(&w, "service_account", "k8s://prod/ml/serviceaccount/trainer"), job = add(&w, "workload", "k8s://prod/ml/deployment/train"), other = add(&w, "workload", "k8s://prod/ml/deployment/eval");
	add(&w, "cluster", "k8s://prod");
	add(&w, "namespace", "k8s://prod/ml");
	join(&w, f, "RUNS_AS", role);
	join(&w, sa, "CAN_ASSUME", pod_role);
	join(&w, job, "RUNS_AS", sa);
	join(&w, other, "RUNS_AS", sa);
	const aisp_node user = add(&w, "user", A "user/ann"), key = add(&w, "credential", "credential://aws/AKIAANN");
	join(&w, key, "AUTHENTICATES", user);
	add(&w, "bucket", "arn:aws:s3:::docs");
	add(&w, "table", "arn:aws:dynamodb:eu-central-1:111122223333:table/orders");
	add(&w, "secret", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pay-AbCdEf");
	add(&w, "model", "model://bedrock/anthropic.claude");
	add(&w, "secret", "k8s://prod/ml/secret/db");
}

static void names_of_a_cloud(void **state)
{
	(void)state;
	begin();
	a_cloud();
	const char *const ct = "cloudtrail", *const aws = "aws-management aws-data", *const at = "111122223333/eu-central-1";
	log_uses(ct, aws, at, S "bot/chat|chat||s3:GetObject|arn:aws:s3:::docs/a/b|10.0.0.1", 1, 1);
	log_uses(ct, aws, at, S "pods/eks-prod-ml-trainer-123e4567-e89b|||s3:PutObject|arn:aws:s3:::docs|", 1, 1);
	log_uses(ct, aws, at, S "pods/eks-prod-train-6f7c9d-x2x4z-123e4567|||dynamodb:Query|arn:aws:dynamodb:eu-central-1:111122223333:table/orders/index/by-day|", 1, 1);
	log_uses(ct, aws, at, A "user/ann||AKIAANN|secretsmanager:GetSecretValue|arn:aws:secretsmanager:eu-central-1:111122223333:secret:pay|", 1, 1);
	log_uses(ct, aws, at, "||AKIAANN|bedrock:InvokeModel|arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude|", 1, 1);
	log_uses(ct, aws, at, "service:lambda.amazonaws.com|||sts:AssumeRole|arn:aws:iam::111122223333:role/service/bot|", 1, 1);
	log_uses(ct, aws, at, "arn:aws:sts::999999999999:assumed-role/x/y|||s3:GetObject|arn:aws:s3:::elsewhere|", 1, 1);
	log_uses(ct, aws, at, S "ghost/y|||sqs:SendMessage|arn:aws:sqs:eu-central-1:999999999999:q|", 1, 1);
	log_uses("kubernetes-audit", "kubernetes", "", "system:serviceaccount:ml:trainer|train-6f7c9d-x2x4z||get secrets|ml/secrets/db|", 1, 1);
	log_uses("kubernetes-audit", "kubernetes", "", "system:serviceaccount:ml:trainer|||create pods/exec|ml/pods/eval-6f7c9d-abcde|", 1, 1);
	log_uses("kubernetes-audit", "kubernetes", "elsewhere", "system:serviceaccount:ml:trainer|||get secrets|ml/secrets/other|", 1, 1);
	log_uses("kubernetes-audit", "kubernetes", "", "system:kube-scheduler|||list pods|ml/pods|", 1, 1);
	finish_world();
	expect(S "bot/chat", "arn:aws:s3:::docs/a/b", A "role/service/bot", "arn:aws:s3:::docs", "arn:aws:lambda:eu-central-1:111122223333:function:chat", AISP_TIED, AISP_TIED);
	/* Two workloads run as the account: only the account is known. */
	expect(S "pods/eks-prod-ml-trainer-123e4567-e89b", "arn:aws:s3:::docs", A "role/pods", "arn:aws:s3:::docs", "k8s://prod/ml/serviceaccount/trainer", AISP_TIED, AISP_TIED);
	expect(S "pods/eks-prod-train-6f7c9d-x2x4z-123e4567", "arn:aws:dynamodb:eu-central-1:111122223333:table/orders/index/by-day", A "role/pods",
	       "arn:aws:dynamodb:eu-central-1:111122223333:table/orders", "k8s://prod/ml/deployment/train", AISP_TIED, AISP_TIED);
	expect(A "user/ann", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pay", A "user/ann", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pay-AbCdEf", NULL, AISP_TIED, AISP_TIED);
	expect("", "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude", A "user/ann", "model://bedrock/anthropic.claude", NULL, AISP_TIED, AISP_TIED);
	expect("service:lambda.amazonaws.com", "arn:aws:iam::111122223333:role/service/bot", NULL, A "role/service/bot", NULL, AISP_UNTIED_SERVICE, AISP_TIED);
	expect("arn:aws:sts::999999999999:assumed-role/x/y", "arn:aws:s3:::elsewhere", NULL, NULL, NULL, AISP_UNTIED_FOREIGN, AISP_UNTIED_UNKNOWN);
	expect(S "ghost/y", "arn:aws:sqs:eu-central-1:999999999999:q", NULL, NULL, NULL, AISP_UNTIED_UNKNOWN, AISP_UNTIED_FOREIGN);
	expect("system:serviceaccount:ml:trainer", "ml/secrets/db", "k8s://prod/ml/serviceaccount/trainer", "k8s://prod/ml/secret/db", "k8s://prod/ml/deployment/train", AISP_TIED, AISP_TIED);
	expect("system:serviceaccount:ml:trainer", "ml/pods/eval-6f7c9d-abcde", "k8s://prod/ml/serviceaccount/trainer", "k8s://prod/ml/deployment/eval", NULL, AISP_TIED, AISP_TIED);
	expect("system:serviceaccount:ml:trainer", "ml/secrets/other", NULL, NULL, NULL, AISP_UNTIED_FOREIGN, AISP_UNTIED_FOREIGN);
	expect("system:kube-scheduler", "ml/pods", NULL, "k8s://prod/ml", NULL, AISP_UNTIED_SERVICE, AISP_TIED);
	const struct aisp_attribution a = aisp_usage_attribution(usage);
	assert_int_equal(a.events, 12);
	assert_int_equal(a.identity_tied, 7);
	assert_int_equal(a.asset_tied, 9);
	assert_int_equal(a.both_tied, 7);
	assert_int_equal(a.identity_why[AISP_UNTIED_SERVICE], 2);
	end();
}

static void names_of_databases_and_agents(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 2; i++) {
		char id[96];
		static const char *const parts[][2] = {{"db_server", ""}, {"database", "/shop"}, {"schema", "/shop/crm"}, {"table", "/shop/crm/customers"}, {"db_role", "#role/web"}};
		for (size_t k = 0; k < 5; k++) {
			snprintf(id, sizeof id, "postgres://db%d:5432%s", i, parts[k][1]);
			add(&w, parts[k][0], id);
		}
	}
	add(&w, "db_role", "postgres://db1:5432#role/bot");
	add(&w, "table", "postgres://db1:5432/shop/public/orders");
	const aisp_node agent = add(&w, "agent", "agent://repo/a.py#support"), tool = add(&w, "tool", "tool://repo/a.py#refund"), twin = add(&w, "tool", "tool://other/b.py#refund"), other = add(&w, "agent", "agent://other/b.py#sales");
	join(&w, agent, "HAS_TOOL", tool);
	join(&w, other, "HAS_TOOL", twin);
	add(&w, "model", "model://openai/gpt-4o");
	add(&w, "endpoint", "https://api.example.com/v1");
	const char *const pg = "postgresql-csv";
	log_uses(pg, "postgres", "db0:5432", "web@shop|||SELECT|shop/crm.customers|", 1, 1);
	log_uses("postgresql-json", "postgres", "", "web@shop|||SELECT|shop/customers|", 1, 1);
	log_uses("postgresql-json", "postgres", "", "bot@shop|||INSERT|shop/orders|", 1, 1);
	log_uses(pg, "postgres", "db9:5432", "web@shop|||DELETE|shop/crm.gone|", 1, 1);
	log_uses("otel", "genai", "svc", "support|||execute_tool refund|refund|", 1, 1);
	log_uses("otel", "genai", "svc", "nobody|||execute_tool refund|refund|", 1, 1);
	log_uses("otel", "genai", "svc", "support|||chat|openai/gpt-4o|", 1, 1);
	log_uses("http-access", "http", "", "ann|||GET|api.example.com/v1/users|", 1, 1);
	finish_world();
	expect("web@shop", "shop/crm.customers", "postgres://db0:5432#role/web", "postgres://db0:5432/shop/crm/customers", NULL, AISP_TIED, AISP_TIED);
	expect("web@shop", "shop/crm.gone", NULL, NULL, NULL, AISP_UNTIED_FOREIGN, AISP_UNTIED_FOREIGN);
	expect("web@shop", "shop/customers", NULL, NULL, NULL, AISP_UNTIED_AMBIGUOUS, AISP_UNTIED_AMBIGUOUS);
	expect("bot@shop", "shop/orders", "postgres://db1:5432#role/bot", "postgres://db1:5432/shop/public/orders", NULL, AISP_TIED, AISP_TIED);
	expect("support", "refund", "agent://repo/a.py#support", "tool://repo/a.py#refund", NULL, AISP_TIED, AISP_TIED);
	expect("nobody", "refund", NULL, NULL, NULL, AISP_UNTIED_UNKNOWN, AISP_UNTIED_AMBIGUOUS);
	expect("support", "openai/gpt-4o", "agent://repo/a.py#support", "model://openai/gpt-4o", NULL, AISP_TIED, AISP_TIED);
	expect("ann", "api.example.com/v1/users", NULL, "https://api.example.com/v1", NULL, AISP_UNTIED_UNKNOWN, AISP_TIED);
	end();
}

static struct aisp_edge_use of(const char *from, const char *kind, const char *to)
{
	for (aisp_edge e = 1; e <= w.s->n_edges; e++)
		if (w.s->edges[e].from == node(from) && w.s->edges[e].to == node(to) && w.s->edges[e].kind == aisp_edge_kind_find(aisp_slice_z(kind)))
			return aisp_usage_of_edge(usage, e);
	fail_msg("no edge %s %s %s", from, kind, to);
	return (struct aisp_edge_use){0};
}

#define P "postgres://db:5432"
/* web is a member of readers, who may read customers and orders; writes are logged for customers only. */
static void a_right_through_a_group_counts_where_it_is_granted(void **state)
{
	(void)state;
	begin();
	add(&w, "db_server", P);
	const aisp_node db = add(&w, "database", P "/shop"), schema = add(&w, "schema", P "/shop/crm"), customers = add(&w, "table", P "/shop/crm/customers"), orders = add(&w, "table", P "/shop/crm/orders");
	const aisp_node web = add(&w, "db_role", P "#role/web"), readers = add(&w, "db_role", P "#role/readers"), idle = add(&w, "db_role", P "#role/idle"), key = add(&w, "credential", "credential://fp1:aa");
	join(&w, db, "HAS_DATA", schema);
	join(&w, schema, "HAS_DATA", customers);
	join(&w, schema, "HAS_DATA", orders);
	join(&w, key, "AUTHENTICATES", web);
	grant(web, "CAN_ASSUME", readers, "GRANT readers TO web");
	grant(idle, "CAN_ASSUME", readers, "GRANT readers TO idle");
	grant(readers, "CAN_READ", customers, "GRANT SELECT ON TABLE crm.customers TO readers");
	grant(readers, "CAN_READ", orders, "GRANT SELECT ON TABLE crm.orders TO readers");
	grant(web, "CAN_WRITE", customers, "GRANT INSERT ON TABLE crm.customers TO web");
	grant(web, "CAN_CALL", db, "GRANT CONNECT ON DATABASE shop TO web");
	grant(idle, "CAN_CALL", db, "GRANT CONNECT ON DATABASE shop TO idle");
	log_uses("postgresql-csv", "postgres", "db:5432", "web@shop|||SELECT|shop/crm.customers|10.0.0.7", 100, 0);
	log_uses("postgresql-csv", "postgres", "db:5432", "owner@shop|||INSERT|shop/crm.customers|", 3, 3);
	finish_world();
	const struct aisp_edge_use read = of(P "#role/readers", "CAN_READ", P "/shop/crm/customers");
	assert_int_equal(read.answer, AISP_USED);
	assert_int_equal(read.count, 101);
	assert_int_equal(read.first_us, now - 100 * DAY);
	assert_int_equal(read.last_us, now);
	assert_int_equal(read.n_from, 1);
	assert_true(aisp_slice_eqz(read.from[0].address, "10.0.0.7"));
	assert_int_equal(of(P "#role/web", "CAN_ASSUME", P "#role/readers").answer, AISP_USED);
	assert_int_equal(of(P "#role/idle", "CAN_ASSUME", P "#role/readers").answer, AISP_NOT_USED);
	assert_int_equal(of(P "#role/idle", "CAN_CALL", P "/shop").answer, AISP_NOT_USED);
	assert_int_equal(of(P "#role/web", "CAN_CALL", P "/shop").answer, AISP_USED);
	assert_int_equal(of("credential://fp1:aa", "AUTHENTICATES", P "#role/web").answer, AISP_USED);
	/* An INSERT by somebody shows that they are logged, and web made none. */
	assert_int_equal(of(P "#role/web", "CAN_WRITE", P "/shop/crm/customers").answer, AISP_NOT_USED);
	/* Nothing on orders was ever seen. */
	const struct aisp_edge_use none = of(P "#role/readers", "CAN_READ", P "/shop/crm/orders");
	assert_int_equal(none.answer, AISP_NO_TELEMETRY);
	assert_string_equal(none.why, "no reading of it by anybody was seen: it may not be logged");
	/* A window counts by whole days: the day on which it begins, and all after it. */
	aisp_usage_freep(&usage);
	assert_int_equal(aisp_usage_make_since(w.s, uses, now, now - 30 * DAY, NULL, &usage, NULL), 0);
	assert_int_equal(aisp_usage_since(usage), (now - 30 * DAY) / DAY * DAY);
	const struct aisp_edge_use month = of(P "#role/readers", "CAN_READ", P "/shop/crm/customers");
	assert_int_equal(month.answer, AISP_USED);
	assert_int_equal(month.count, 31);
	assert_int_equal(month.count_all, 101);
	assert_false(month.at_least);
	assert_int_equal(month.first_us, now - 100 * DAY);
	aisp_usage_freep(&usage);
	assert_int_equal(aisp_usage_make_since(w.s, uses, now, now + DAY, NULL, &usage, NULL), 0);
	assert_int_equal(of(P "#role/readers", "CAN_READ", P "/shop/crm/customers").count, 0);
	assert_int_not_equal(of(P "#role/readers", "CAN_READ", P "/shop/crm/customers").answer, AISP_USED);
	end();
}

/* The reason is what somebody can act on: scan that account or server, or nothing to be done. */
static void reasons_are_the_right_ones(void **state)
{
	(void)state;
	begin();
	a_cloud();
	const char *const ct = "cloudtrail", *const aws = "aws-management aws-data", *const ours = "111122223333/eu-central-1", *const theirs = "999999999999/eu-central-1";
	log_uses(ct, aws, ours, S "ghost/a|||s3:GetObject|arn:aws:s3:::gone/x|", 1, 1);
	log_uses(ct, aws, theirs, "AIDATHEIRS|||s3:GetObject|arn:aws:s3:::theirs/x|", 1, 1);
	log_uses(ct, aws, ours, "AIDAGONE|||s3:ListAllMyBuckets||", 1, 1);
	log_uses(ct, aws, ours, "anonymous|||s3:GetObject|arn:aws:s3:::docs/x|", 1, 1);
	log_uses("kubernetes-audit", "kubernetes", "", "system:anonymous|||get secrets|ml/secrets/db|", 1, 1);
	log_uses("postgresql-csv", "postgres", "", "web@shop|||SELECT|shop/crm.customers|", 1, 1);
	finish_world();
	expect(S "ghost/a", "arn:aws:s3:::gone/x", NULL, NULL, NULL, AISP_UNTIED_UNKNOWN, AISP_UNTIED_UNKNOWN);
	expect("AIDATHEIRS", "arn:aws:s3:::theirs/x", NULL, NULL, NULL, AISP_UNTIED_FOREIGN, AISP_UNTIED_FOREIGN);
	expect("AIDAGONE", "", NULL, NULL, NULL, AISP_UNTIED_UNKNOWN, AISP_UNTIED_NO_NAME);
	expect("anonymous", "arn:aws:s3:::docs/x", NULL, "arn:aws:s3:::docs", NULL, AISP_UNTIED_NO_NAME, AISP_TIED);
	expect("system:anonymous", "ml/secrets/db", NULL, "k8s://prod/ml/secret/db", NULL, AISP_UNTIED_NO_NAME, AISP_TIED);
	expect("web@shop", "shop/crm.customers", NULL, NULL, NULL, AISP_UNTIED_FOREIGN, AISP_UNTIED_FOREIGN);
	end();
}

static void nothing_ingested_is_no_telemetry(void **state)
{
	struct aisp_err err = {AISP_OK, ""};
	(void)state;
	begin();
	a_cloud();
	world_freeze(&w);
	assert_int_equal(aisp_usage_make(w.s, NULL, now, &usage, &err), 0);
	assert_int_equal(aisp_usage_count(usage), 0);
	for (aisp_edge e = 1; e <= w.s->n_edges; e++)
		assert_int_equal(aisp_usage_of_edge(usage, e).answer, AISP_NO_TELEMETRY);
	for (aisp_node n = 1; n <= w.s->n_nodes; n++)
		assert_int_equal(aisp_usage_of_node(usage, n).answer, AISP_NO_TELEMETRY);
	end();
}

static char *slurp(const struct aisp_jit *j, size_t i, const char *name)
{
	static struct aisp_buf text;
	char path[512];
	snprintf(path, sizeof path, "%s/out/%.*s/%s", folder, AISP_FMT(j->v[i].folder), name);
	aisp_buf_done(&text);
	aisp_buf_init(&text, 1 << 20);
	if (aisp_fs_read(-100, path, false, 1 << 20, &text, NULL) < 0)
		fail_msg("no %s", path);
	return text.p;
}

/* Clouds that have no collector yet: what is not known is a named placeholder, and the README says so. */
static void artefacts_never_invent(void **state)
{
	struct aisp_err err = {AISP_OK, ""};
	struct aisp_jit j = {0};
	char out[96];
	(void)state;
	begin();
	const aisp_node admin = add(&w, "user", "entra:user/ann"), model = add(&w, "inference_endpoint", "/subscriptions/s1/openai"), pat = add(&w, "user", "gcp:user/pat"), vertex = add(&w, "inference_endpoint", "gcp:endpoint/e1");
	set(&w, admin, "object_id", "0f0f0f0f-0000-4000-8000-000000000001");
	grant(admin, "CAN_WRITE", model, "azure:assignment/1");
	grant(pat, "CAN_WRITE", vertex, "gcp:binding/1");
	for (int i = 0; i < 2; i++) /* used once by each: by people, and it changes things */
		log_uses("otel", "genai", "svc", i ? "pat|||UPDATE|gcp:endpoint/e1|" : "ann|||UPDATE|/subscriptions/s1/openai|", 2, 2);
	finish_world();
	assert_int_equal(aisp_jit_make(w.s, w.reach, usage, &j, &err), 0);
	assert_int_equal(j.n, 2);
	snprintf(out, sizeof out, "%s/out", folder);
	if (aisp_jit_write(&j, w.s, usage, out, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < 2; i++) {
		const bool azure = strstr(aisp_snapshot_z(w.s, w.s->nodes[j.v[i].identity].id), "entra") != NULL;
		assert_int_equal(j.v[i].advice, AISP_JIT_JUST_IN_TIME);
		const char *text = slurp(&j, i, azure ? "entra-pim-eligibility.json" : "gcp-entitlement.yaml");
		assert_non_null(strstr(text, azure ? "\"adminAssign\"" : "maxRequestDuration: 3600s"));
		assert_non_null(strstr(text, azure ? "0f0f0f0f-0000-4000-8000-000000000001" : "<PRINCIPAL>"));
		const char *readme = slurp(&j, i, "README.md");
		assert_non_null(strstr(readme, azure ? "<ROLE-DEFINITION-ID>" : "<APPROVER>"));
		assert_null(azure ? strstr(readme, "<PRINCIPAL-OBJECT-ID>") : NULL);
	}
	slurp(&j, 0, "README.md");
	aisp_jit_done(&j);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_a_cloud),
		cmocka_unit_test(names_of_databases_and_agents),
		cmocka_unit_test(a_right_through_a_group_counts_where_it_is_granted),
		cmocka_unit_test(reasons_are_the_right_ones),
		cmocka_unit_test(nothing_ingested_is_no_telemetry),
		cmocka_unit_test(artefacts_never_invent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
