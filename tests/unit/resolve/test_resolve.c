/* The joins: what must be tied, and what must not. Each case builds a few facts by hand, as collectors write them. */
#include "base/mem.h"
#include "graph/snapshot.h"
#include "resolve/resolve.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct aisp_graph *g;
static uint16_t source;

static int setup(void **state)
{
	(void)state;
	g = aisp_graph_new();
	return g ? aisp_graph_source(g, AISP_S("test"), AISP_S("test"), AISP_S("test"), &source, NULL) : -1;
}

static int teardown(void **state)
{
	(void)state;
	aisp_graph_free(g);
	return 0;
}

static const struct aisp_evidence_in *ev(void)
{
	static struct aisp_evidence_in e;
	e = (struct aisp_evidence_in){.source = source, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("f"), .line = 1};
	return &e;
}

static aisp_node node(enum aisp_node_kind kind, const char *id)
{
	aisp_node n;
	assert_int_equal(aisp_graph_add_node(g, kind, aisp_slice_z(id), ev(), &n, NULL), 0);
	return n;
}

static aisp_edge edge_if(aisp_node from, enum aisp_edge_kind kind, aisp_node to, const char *condition)
{
	const struct aisp_edge_in in = {.condition = aisp_slice_z(condition)};
	aisp_edge e;
	assert_int_equal(aisp_graph_add_edge(g, from, kind, to, &in, ev(), &e, NULL), 0);
	return e;
}

static aisp_edge edge(aisp_node from, enum aisp_edge_kind kind, aisp_node to)
{
	return edge_if(from, kind, to, NULL);
}

static void set(aisp_node n, const char *key, const char *value)
{
	assert_int_equal(aisp_graph_set_str(g, n, source, key, aisp_slice_z(value), NULL), 0);
}

static void resolve(void)
{
	struct aisp_err err = {0};
	const int r = aisp_resolve(g, &err);
	if (r < 0)
		fail_msg("%s", err.msg);
}

/* The edge of this kind between two ids, 0 if none. */
static aisp_edge joined(const char *from, enum aisp_edge_kind kind, const char *to)
{
	const aisp_node a = aisp_graph_find(g, aisp_slice_z(from)), b = aisp_graph_find(g, aisp_slice_z(to));
	for (aisp_edge e = a ? aisp_graph_next_out(g, a, 0) : 0; e; e = aisp_graph_next_out(g, a, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(g, e);
		if (v.alive && v.kind == kind && v.to == b)
			return e;
	}
	return 0;
}

static void facts(aisp_node n, const char *host, const char *port, const char *name, const char *user)
{
	set(n, "db_scheme", "postgres");
	set(n, "db_host", host);
	set(n, "db_port", port);
	set(n, "db_name", name);
	set(n, "db_user", user);
}

/* A scanned server with a database, two login roles and a table that only the first may read. */
static void make_server(const char *address)
{
	char id[256];
	const aisp_node server = node(AISP_NODE_DB_SERVER, address);
	snprintf(id, sizeof id, "%s/app", address);
	const aisp_node db = node(AISP_NODE_DATABASE, id);
	snprintf(id, sizeof id, "%s/app/public", address);
	const aisp_node schema = node(AISP_NODE_SCHEMA, id);
	snprintf(id, sizeof id, "%s/app/public/orders", address);
	const aisp_node table = node(AISP_NODE_TABLE, id);
	snprintf(id, sizeof id, "%s#role/bot", address);
	const aisp_node bot = node(AISP_NODE_DB_ROLE, id);
	snprintf(id, sizeof id, "%s#role/other", address);
	const aisp_node other = node(AISP_NODE_DB_ROLE, id);
	edge(server, AISP_EDGE_HAS_DATA, db);
	edge(db, AISP_EDGE_HAS_DATA, schema);
	edge(schema, AISP_EDGE_HAS_DATA, table);
	edge(bot, AISP_EDGE_CAN_READ, table);
	set(bot, "name", "bot");
	set(other, "name", "other");
	assert_int_equal(aisp_graph_set_bool(g, bot, source, "login", true, NULL), 0);
	assert_int_equal(aisp_graph_set_bool(g, other, source, "login", true, NULL), 0);
}

/* repo r, component r/bot with app.py (agent, imports tools.py) and job.py (another agent), image, workload. */
static void make_code(const char *image, const char *command)
{
	const aisp_node component = node(AISP_NODE_COMPONENT, "component://r/bot");
	const aisp_node app = node(AISP_NODE_FILE, "repo://r/bot/app.py"), tools = node(AISP_NODE_FILE, "repo://r/bot/tools.py"),
			job = node(AISP_NODE_FILE, "repo://r/bot/job.py");
	set(component, "dockerfile", "bot/Dockerfile");
	edge(component, AISP_EDGE_CONTAINS, app);
	edge(component, AISP_EDGE_CONTAINS, tools);
	edge(component, AISP_EDGE_CONTAINS, job);
	edge(app, AISP_EDGE_IMPORTS, tools);
	edge(app, AISP_EDGE_DEFINES, node(AISP_NODE_AGENT, "agent://r/bot/app.py#agent"));
	edge(job, AISP_EDGE_DEFINES, node(AISP_NODE_AGENT, "agent://r/bot/job.py#agent"));
	const aisp_node tool = node(AISP_NODE_TOOL, "tool://r/bot/tools.py#look");
	edge(tools, AISP_EDGE_DEFINES, tool);
	edge(tool, AISP_EDGE_READS, node(AISP_NODE_TABLE, "sql://r/bot/orders"));
	const aisp_node workload = node(AISP_NODE_WORKLOAD, "k8s://c/ns/deployment/bot");
	edge(workload, AISP_EDGE_RUNS_IMAGE, node(AISP_NODE_IMAGE, image));
	set(workload, "command", command);
}

static void set_login(const char *host, const char *user)
{
	const aisp_node workload = aisp_graph_find(g, AISP_S("k8s://c/ns/deployment/bot"));
	const aisp_node v = node(AISP_NODE_VARIABLE, "k8s://c/ns/deployment/bot#env/DATABASE_URL");
	set(v, "name", "DATABASE_URL");
	facts(v, host, "5432", "app", user);
	edge(workload, AISP_EDGE_SETS, v);
	edge(v, AISP_EDGE_HOLDS, node(AISP_NODE_CREDENTIAL, "credential://s/k"));
}

static void test_command_decides_which_agent_is_served(void **state)
{
	(void)state;
	make_code("image://registry.example/bot:1", "uvicorn app:api --port 80");
	resolve();
	assert_true(joined("image://registry.example/bot:1", AISP_EDGE_BUILT_FROM, "component://r/bot"));
	assert_true(joined("k8s://c/ns/deployment/bot", AISP_EDGE_SERVES, "agent://r/bot/app.py#agent"));
	assert_false(joined("k8s://c/ns/deployment/bot", AISP_EDGE_SERVES, "agent://r/bot/job.py#agent"));
}

static void test_without_a_command_all_of_the_component_counts(void **state)
{
	(void)state;
	make_code("image://registry.example/bot@sha256:00", "");
	resolve();
	assert_true(joined("k8s://c/ns/deployment/bot", AISP_EDGE_SERVES, "agent://r/bot/app.py#agent"));
	assert_true(joined("k8s://c/ns/deployment/bot", AISP_EDGE_SERVES, "agent://r/bot/job.py#agent"));
}

static void test_public_images_are_not_ours(void **state)
{
	(void)state;
	make_code("image://docker.io/library/bot:1", "");
	resolve();
	assert_false(joined("image://docker.io/library/bot:1", AISP_EDGE_BUILT_FROM, "component://r/bot"));
}

static void test_two_folders_of_the_name_are_no_answer(void **state)
{
	(void)state;
	make_code("image://registry.example/bot:1", "");
	set(node(AISP_NODE_COMPONENT, "component://r/old/bot"), "dockerfile", "x");
	resolve();
	assert_false(joined("image://registry.example/bot:1", AISP_EDGE_BUILT_FROM, "component://r/bot"));
}

static void test_connection_meets_the_scanned_server(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	assert_int_equal(aisp_graph_add_alias(g, aisp_graph_find(g, AISP_S("postgres://10.0.0.5:5432")),
					      AISP_S("postgres://db.ns.svc.cluster.local:5432"), source, NULL), 0);
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("db", "bot"); /* a short name: completed with the namespace of its holder */
	resolve();
	const aisp_edge e = joined("credential://s/k", AISP_EDGE_AUTHENTICATES, "postgres://10.0.0.5:5432#role/bot");
	assert_true(e);
	assert_int_equal(aisp_graph_edge_at(g, e).confidence, AISP_CONF_DECLARED);
	assert_true(joined("k8s://c/ns/deployment/bot", AISP_EDGE_CONNECTS_TO, "postgres://10.0.0.5:5432/app"));
	/* the table that the code names is the real one, and stays readable */
	assert_int_equal(aisp_graph_find(g, AISP_S("sql://r/bot/orders")), aisp_graph_find(g, AISP_S("postgres://10.0.0.5:5432/app/public/orders")));
	assert_true(joined("tool://r/bot/tools.py#look", AISP_EDGE_READS, "postgres://10.0.0.5:5432/app/public/orders"));
}

static void test_short_name_of_another_namespace_does_not_fit(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	assert_int_equal(aisp_graph_add_alias(g, aisp_graph_find(g, AISP_S("postgres://10.0.0.5:5432")),
					      AISP_S("postgres://db.elsewhere.svc.cluster.local:5432"), source, NULL), 0);
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("db", "nobody");
	resolve();
	assert_false(joined("credential://s/k", AISP_EDGE_AUTHENTICATES, "postgres://10.0.0.5:5432#role/nobody"));
}

static void test_only_server_with_database_and_role_is_inferred(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("db.internal.example", "bot");
	resolve();
	const aisp_edge e = joined("credential://s/k", AISP_EDGE_AUTHENTICATES, "postgres://10.0.0.5:5432#role/bot");
	assert_true(e);
	assert_int_equal(aisp_graph_edge_at(g, e).confidence, AISP_CONF_INFERRED);
}

static void test_two_candidates_are_no_answer(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	make_server("postgres://10.0.0.6:5432");
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("db.internal.example", "bot");
	resolve();
	assert_false(joined("credential://s/k", AISP_EDGE_AUTHENTICATES, "postgres://10.0.0.5:5432#role/bot"));
	assert_false(joined("credential://s/k", AISP_EDGE_AUTHENTICATES, "postgres://10.0.0.6:5432#role/bot"));
	/* it is written down as named, and the table stays the code's own */
	assert_true(joined("credential://s/k", AISP_EDGE_AUTHENTICATES, "postgres://db.internal.example:5432#role/bot"));
	assert_true(aisp_graph_node_at(g, aisp_graph_find(g, AISP_S("sql://r/bot/orders"))).id.p[0] == 's');
}

static void test_what_the_database_refutes_is_dropped(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("10.0.0.5", "other");
	resolve();
	assert_false(joined("tool://r/bot/tools.py#look", AISP_EDGE_READS, "postgres://10.0.0.5:5432/app/public/orders"));
	struct aisp_snapshot *snapshot = NULL;
	assert_int_equal(aisp_graph_freeze(AISP_TAKE(g), &snapshot, NULL), 0);
	const aisp_node tool = aisp_snapshot_find(snapshot, AISP_S("tool://r/bot/tools.py#look"));
	assert_true(aisp_slice_find(aisp_snapshot_prop_str(snapshot, tool, "refuted"), AISP_S("READS postgres://10.0.0.5:5432/app/public/orders")) == 0);
	aisp_snapshot_free(snapshot);
}

static void test_row_security_makes_a_use_conditional(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	edge_if(aisp_graph_find(g, AISP_S("postgres://10.0.0.5:5432#role/other")), AISP_EDGE_CAN_READ,
		aisp_graph_find(g, AISP_S("postgres://10.0.0.5:5432/app/public/orders")), "rows where mine");
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("10.0.0.5", "other");
	resolve();
	const aisp_edge e = joined("tool://r/bot/tools.py#look", AISP_EDGE_READS, "postgres://10.0.0.5:5432/app/public/orders");
	assert_true(e);
	assert_true(aisp_slice_eqz(aisp_graph_edge_at(g, e).condition, "rows where mine"));
}

static void test_password_of_a_sibling_variable(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	const aisp_node workload = aisp_graph_find(g, AISP_S("k8s://c/ns/deployment/bot"));
	const aisp_node url = node(AISP_NODE_VARIABLE, "k8s://c/ns/deployment/bot#env/DATABASE_URL");
	const aisp_node password = node(AISP_NODE_VARIABLE, "k8s://c/ns/deployment/bot#env/DB_PASSWORD");
	const aisp_node secret = node(AISP_NODE_SECRET, "k8s://c/ns/secret/db"), credential = node(AISP_NODE_CREDENTIAL, "credential://k8s://c/ns/secret/db/password");
	edge(workload, AISP_EDGE_SETS, url);
	edge(workload, AISP_EDGE_SETS, password);
	edge(password, AISP_EDGE_TAKES_FROM, secret);
	edge(secret, AISP_EDGE_HOLDS, credential);
	edge(password, AISP_EDGE_HOLDS, credential);
	facts(url, "10.0.0.5", "5432", "app", "bot");
	set(url, "password_from", "DB_PASSWORD");
	resolve();
	assert_true(joined("credential://k8s://c/ns/secret/db/password", AISP_EDGE_AUTHENTICATES, "postgres://10.0.0.5:5432#role/bot"));
}

static void test_service_leads_to_the_server(void **state)
{
	(void)state;
	make_server("postgres://10.0.0.5:5432");
	assert_int_equal(aisp_graph_add_alias(g, aisp_graph_find(g, AISP_S("postgres://10.0.0.5:5432")),
					      AISP_S("postgres://db.ns.svc.cluster.local:5432"), source, NULL), 0);
	edge(node(AISP_NODE_SERVICE, "k8s://c/ns/service/db"), AISP_EDGE_ROUTES_TO, node(AISP_NODE_WORKLOAD, "k8s://c/ns/statefulset/db"));
	make_code("image://registry.example/bot:1", "uvicorn app:api");
	set_login("db", "bot");
	resolve();
	assert_true(joined("k8s://c/ns/statefulset/db", AISP_EDGE_SERVES, "postgres://10.0.0.5:5432"));
	/* then the cluster's rules say who may connect, not the configuration */
	assert_false(joined("k8s://c/ns/deployment/bot", AISP_EDGE_CONNECTS_TO, "postgres://10.0.0.5:5432/app"));
}

/* A role that code declares, in the account that stands for what is not known. */
static aisp_node aws_role(const char *account, const char *name)
{
	char id[96];
	snprintf(id, sizeof id, "arn:aws:iam::%s:role/%s", account, name);
	const aisp_node n = node(AISP_NODE_ROLE, id);
	set(n, "aws_type", "iam:role");
	set(n, "name", name);
	set(n, "account", account);
	return n;
}

static void test_what_code_declares_is_the_live_thing(void **state)
{
	(void)state;
	const aisp_node stand_in = node(AISP_NODE_ACCOUNT, "arn:aws:iam::000012345678:root"), file = node(AISP_NODE_FILE, "repo://r/main.tf");
	set(stand_in, "account_id", "000012345678");
	assert_int_equal(aisp_graph_set_bool(g, stand_in, source, "placeholder", true, NULL), 0);
	const aisp_node declared = aws_role("000012345678", "bot"), twice = aws_role("000012345678", "both");
	edge(file, AISP_EDGE_DEFINES, declared);
	edge(file, AISP_EDGE_DEFINES, twice);
	aws_role("111122223333", "bot");
	aws_role("111122223333", "both");
	aws_role("444455556666", "both");
	resolve();
	assert_true(joined("repo://r/main.tf", AISP_EDGE_DEFINES, "arn:aws:iam::111122223333:role/bot"));
	assert_true(aisp_slice_eqz(aisp_graph_prop(g, declared, "live"), "arn:aws:iam::111122223333:role/bot"));
	assert_int_equal(aisp_graph_prop(g, twice, "live").n, 0); /* two fit: none is said */
	assert_false(joined("repo://r/main.tf", AISP_EDGE_DEFINES, "arn:aws:iam::111122223333:role/both"));
}

/* Code in bot/src names "models/m.pkl"; it lies in bot/models. */
static aisp_edge load(const char *file, const char *what)
{
	const struct aisp_evidence_in at = {.source = source, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = aisp_slice_z(file), .line = 3};
	const struct aisp_edge_in in = {0};
	aisp_edge e;
	assert_int_equal(aisp_graph_add_edge(g, node(AISP_NODE_FILE, file), AISP_EDGE_LOADS, node(AISP_NODE_MODEL_FILE, what), &in, &at, &e, NULL), 0);
	return e;
}

static void test_a_path_in_code_is_the_file_that_lies_there(void **state)
{
	(void)state;
	const aisp_node file = node(AISP_NODE_MODEL_FILE, "modelfile://r/bot/models/m.pkl");
	set(file, "format", "pickle");
	set(file, "loading", "runs_code");
	load("bot/src/app.py", "modelfile://r/models/m.pkl");
	resolve();
	assert_int_equal(aisp_graph_find(g, AISP_S("modelfile://r/models/m.pkl")), file);
	assert_true(joined("bot/src/app.py", AISP_EDGE_LOADS, "modelfile://r/bot/models/m.pkl"));
}

static void test_each_part_of_a_repository_means_its_own_file(void **state)
{
	(void)state;
	set(node(AISP_NODE_MODEL_FILE, "modelfile://r/a/m.pkl"), "format", "pickle");
	set(node(AISP_NODE_MODEL_FILE, "modelfile://r/b/m.pkl"), "format", "safetensors");
	load("a/x.py", "modelfile://r/m.pkl");
	load("b/y.py", "modelfile://r/m.pkl");
	resolve();
	assert_true(joined("a/x.py", AISP_EDGE_LOADS, "modelfile://r/a/m.pkl"));
	assert_true(joined("b/y.py", AISP_EDGE_LOADS, "modelfile://r/b/m.pkl"));
	assert_false(joined("a/x.py", AISP_EDGE_LOADS, "modelfile://r/b/m.pkl"));
	assert_false(joined("a/x.py", AISP_EDGE_LOADS, "modelfile://r/m.pkl"));
}

static void test_what_nobody_saw_is_no_file(void **state)
{
	(void)state;
	node(AISP_NODE_MODEL_FILE, "modelfile://r/a/m.pkl");
	load("a/x.py", "modelfile://r/m.pkl");
	resolve();
	assert_true(joined("a/x.py", AISP_EDGE_LOADS, "modelfile://r/m.pkl"));
}

static void test_urls_and_images_lead_to_where_they_lie(void **state)
{
	(void)state;
	static const char bucket[] = "arn:aws:s3:::train", repository[] = "arn:aws:ecr:eu-west-1:111122223333:repository/team/bot";
	static const char image[] = "image://111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/bot:1.2@sha256:00";
	static const char elsewhere[] = "image://111122223333.dkr.ecr.us-east-1.amazonaws.com/team/bot:1.2";
	node(AISP_NODE_BUCKET, bucket);
	node(AISP_NODE_CLOUD_RESOURCE, repository);
	node(AISP_NODE_DATASET, "s3://train/2026/x.parquet");
	node(AISP_NODE_DATASET, "s3://training/x");
	node(AISP_NODE_IMAGE, image);
	node(AISP_NODE_IMAGE, elsewhere);
	resolve();
	assert_true(joined("s3://train/2026/x.parquet", AISP_EDGE_STORED_IN, bucket));
	assert_true(joined(image, AISP_EDGE_STORED_IN, repository));
	assert_false(joined("s3://training/x", AISP_EDGE_STORED_IN, bucket));
	assert_false(joined(elsewhere, AISP_EDGE_STORED_IN, repository));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_command_decides_which_agent_is_served), T(test_without_a_command_all_of_the_component_counts), T(test_public_images_are_not_ours),
		T(test_two_folders_of_the_name_are_no_answer), T(test_connection_meets_the_scanned_server), T(test_short_name_of_another_namespace_does_not_fit),
		T(test_only_server_with_database_and_role_is_inferred), T(test_two_candidates_are_no_answer), T(test_what_the_database_refutes_is_dropped),
		T(test_row_security_makes_a_use_conditional), T(test_password_of_a_sibling_variable), T(test_service_leads_to_the_server),
		T(test_urls_and_images_lead_to_where_they_lie), T(test_a_path_in_code_is_the_file_that_lies_there),
		T(test_each_part_of_a_repository_means_its_own_file), T(test_what_nobody_saw_is_no_file),
		T(test_what_code_declares_is_the_live_thing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
