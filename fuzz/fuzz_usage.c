/* Texts of logs against the names of a small inventory: whatever a log says, it ties to a node of the inventory or says why not. "version" begins rules of use instead.
 * A use is a line of words between '|': source, identity, via, credential, action, asset, origin, address.
 */
#include "fuzz.h"
#include "govern/usage_int.h"

static struct aisp_snapshot *snapshot;

static void make_world(void)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("a"), .line = 3};
	static const struct {
		enum aisp_node_kind kind;
		const char *id;
	} nodes[] = {{AISP_NODE_ROLE, "arn:aws:iam::111122223333:role/p/bot"}, {AISP_NODE_WORKLOAD, "arn:aws:lambda:eu-central-1:111122223333:function:chat"}, {AISP_NODE_BUCKET, "arn:aws:s3:::docs"},
	             {AISP_NODE_CLUSTER, "k8s://c"}, {AISP_NODE_NAMESPACE, "k8s://c/ml"}, {AISP_NODE_SERVICE_ACCOUNT, "k8s://c/ml/serviceaccount/t"}, {AISP_NODE_SECRET, "k8s://c/ml/secret/db"},
	             {AISP_NODE_WORKLOAD, "k8s://c/ml/deployment/web"}, {AISP_NODE_DB_SERVER, "postgres://h:5432"}, {AISP_NODE_DATABASE, "postgres://h:5432/shop"}, {AISP_NODE_SCHEMA, "postgres://h:5432/shop/crm"},
	             {AISP_NODE_TABLE, "postgres://h:5432/shop/crm/t"}, {AISP_NODE_DB_ROLE, "postgres://h:5432#role/web"}, {AISP_NODE_AGENT, "agent://r/a.py#bot"}, {AISP_NODE_TOOL, "tool://r/a.py#pay"},
	             {AISP_NODE_MODEL, "model://openai/gpt-4o"}, {AISP_NODE_ENDPOINT, "https://api.example.com/v1"}};
	static const struct {
		int from, to;
		enum aisp_edge_kind kind;
	} edges[] = {{1, 0, AISP_EDGE_RUNS_AS}, {7, 5, AISP_EDGE_RUNS_AS}, {5, 0, AISP_EDGE_CAN_ASSUME}, {4, 6, AISP_EDGE_CONTAINS}, {10, 11, AISP_EDGE_HAS_DATA}, {12, 11, AISP_EDGE_CAN_READ}, {13, 14, AISP_EDGE_HAS_TOOL}};
	aisp_node n[sizeof nodes / sizeof *nodes];
	FUZZ_CHECK(aisp_graph_source(g, AISP_S("s"), AISP_S("files"), AISP_S("s"), &ev.source, NULL) == 0);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		FUZZ_CHECK(aisp_graph_add_node(g, nodes[i].kind, aisp_slice_z(nodes[i].id), &ev, &n[i], NULL) == 0);
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		aisp_edge e = 0;
		FUZZ_CHECK(aisp_graph_add_edge(g, n[edges[i].from], edges[i].kind, n[edges[i].to], NULL, &ev, &e, NULL) == 0);
	}
	FUZZ_CHECK(aisp_graph_freeze(g, &snapshot, NULL) == 0);
}

static void try_rules(struct aisp_slice text)
{
	struct aisp_usage_rules r = {0};
	struct aisp_err err = {AISP_OK, ""};
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	const int e = aisp_usage__rules_parse(&r, a, text, "usage.yaml", &err);
	FUZZ_CHECK(e == 0 || (e < 0 && err.code == (enum aisp_code)e && err.msg[0]));
	aisp_usage__class(&r, AISP_S("s3:GetObject"));
	aisp_usage__rules_done(&r);
	aisp_arena_free(a);
}

static void try_use(struct aisp_usage *u, struct aisp_slice line)
{
	static const char *const sources[] = {"aws", "kubernetes", "postgres", "genai", "http"};
	struct aisp_slice f[8] = {{0}};
	struct aisp_tied_use t = {0};
	for (size_t i = 0; i < 8 && line.n && aisp_slice_split(&line, '|', &f[i]); i++)
		;
	const struct aisp_use_from from = {f[7], 1};
	t.use = (struct aisp_use){.source = aisp_slice_z(sources[f[0].n ? (unsigned char)f[0].p[0] % 5 : 0]), .identity = f[1], .via = f[2], .credential = f[3], .action = f[4], .asset = f[5], .origin = f[6],
	                          .from = &from, .n_from = f[7].n ? 1 : 0, .done = 1, .first_us = 1, .last_us = 1};
	aisp_usage__who(u, &t);
	aisp_usage__what(u, &t);
	FUZZ_CHECK(t.identity <= snapshot->n_nodes && t.asset <= snapshot->n_nodes && t.workload <= snapshot->n_nodes && t.credential <= snapshot->n_nodes);
	FUZZ_CHECK((t.identity == 0) == (t.identity_why != AISP_TIED) && (t.asset == 0) == (t.asset_why != AISP_TIED));
	FUZZ_CHECK(aisp_vec_push(&u->uses, t) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const sources[] = {"aws", "kubernetes", "postgres", "genai", "http"};
	struct aisp_slice text = aisp_slice_of((const char *)data, size), line;
	struct aisp_usage *u = NULL;
	if (!snapshot)
		make_world();
	if (aisp_slice_starts(text, AISP_S("version"))) {
		try_rules(text);
		return 0;
	}
	FUZZ_CHECK(aisp_usage_make(snapshot, NULL, 1000, &u, NULL) == 0);
	u->sums.n = 0;
	for (uint32_t i = 0; i < 5; i++) {
		const struct aisp_usage_window w = {.w = {.source = aisp_slice_z(sources[i]), .sees = aisp_slice_z(sources[i]), .days = 100, .last_us = 1000}};
		FUZZ_CHECK(aisp_vec_push(&u->windows, w) == 0 && aisp_usage__name_put(u, AISP_NS_SOURCE, 0, w.w.source, i + 1, NULL) == 0);
	}
	for (int i = 0; i < 64 && text.n && aisp_slice_split(&text, '\n', &line); i++)
		try_use(u, line);
	FUZZ_CHECK(aisp_usage__sum_all(u, NULL) == 0);
	for (aisp_edge e = 1; e <= snapshot->n_edges; e++)
		FUZZ_CHECK(aisp_usage_of_edge(u, e).count >= 0);
	aisp_usage_free(u);
	return 0;
}
