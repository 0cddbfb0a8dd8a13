/* Torture of the graph builder, freezing, references and differences. */
#include "graph/synthetic.h"
#include "torture.h"


static int add_facts(struct aisp_graph *g, struct aisp_err *err)
{
	struct aisp_evidence_in ev = {.form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("f.py"), .line = 3};
	struct aisp_edge_in edge = {.control = AISP_S("f.py#/a"), .condition = AISP_S("sometimes")};
	aisp_node a, b, c;
	aisp_edge e;
	int r;

	if ((r = aisp_graph_source(g, AISP_S("files:x"), AISP_S("files"), AISP_S("x"), &ev.source, err)) < 0 ||
	    (r = aisp_graph_add_node(g, AISP_NODE_AGENT, AISP_S("repo/agent"), &ev, &a, err)) < 0 ||
	    (r = aisp_graph_add_node(g, AISP_NODE_TABLE, AISP_S("db/table"), &ev, &b, err)) < 0 ||
	    (r = aisp_graph_add_node(g, AISP_NODE_TABLE, AISP_S("table"), &ev, &c, err)) < 0 ||
	    (r = aisp_graph_add_edge(g, a, AISP_EDGE_READS, c, &edge, &ev, &e, err)) < 0 ||
	    (r = aisp_graph_add_edge(g, a, AISP_EDGE_READS, b, &edge, &ev, &e, err)) < 0 ||
	    (r = aisp_graph_edge_set_str(g, e, ev.source, "op", AISP_S("select"), err)) < 0 ||
	    (r = aisp_graph_set_bool(g, a, ev.source, "gated", true, err)) < 0 ||
	    (r = aisp_graph_add_item(g, a, ev.source, "tags", AISP_S("one"), err)) < 0 ||
	    (r = aisp_graph_add_item(g, a, ev.source, "tags", AISP_S("two"), err)) < 0 ||
	    (r = aisp_graph_add_alias(g, b, AISP_S("table"), ev.source, err)) < 0 ||
	    (r = aisp_graph_add_alias(g, b, AISP_S("other name"), ev.source, err)) < 0)
		return r;
	return aisp_graph_add_gap(g, ev.source, AISP_S("big"), AISP_E_LIMIT, AISP_S("too big"), err);
}

/* Building from nothing; a builder that failed can still be read and freed. */
static int build(void *ctx)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_err err = {0};

	(void)ctx;
	if (!g)
		return AISP_E_NOMEM;
	int r = add_facts(g, &err);

	TORTURE_CHECK(r == 0 || err.msg[0]);
	for (uint32_t e = 1; e <= aisp_graph_edge_count(g); e++)
		TORTURE_CHECK(aisp_graph_edge_at(g, e).from != 0);
	aisp_graph_free(g);
	return r;
}

static int freeze(void *ctx)
{
	struct aisp_snapshot *s = NULL;
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_err err;
	int r = g ? add_facts(g, &err) : AISP_E_NOMEM;

	(void)ctx;
	if (r < 0) {
		aisp_graph_free(g);
		return r;
	}
	r = aisp_graph_freeze(g, &s, &err);
	TORTURE_CHECK(r < 0 ? s == NULL : s->n_nodes == 2 && s->n_edges == 1 && s->n_aliases == 2);
	aisp_snapshot_free(s);
	return r;
}

static int synthetic(void *ctx)
{
	const struct aisp_synthetic spec = {.n_nodes = 50, .n_edges = 400, .seed = 3};
	struct aisp_snapshot *s = NULL;
	int r = aisp_synthetic_make(&spec, &s, NULL);

	(void)ctx;
	TORTURE_CHECK(r < 0 ? s == NULL : s->n_nodes == 50);
	aisp_snapshot_free(s);
	return r;
}

static int diff(void *ctx)
{
	struct aisp_snapshot *const *v = ctx;
	struct aisp_diff d = {.n_nodes_added = 7};
	int r = aisp_diff_make(v[0], v[1], &d, NULL);

	TORTURE_CHECK(r == 0 || d.n_nodes_added == 7);
	if (r == 0)
		aisp_diff_done(&d);
	return r;
}

/* Candidates in a message need memory; without it the code stays, and the message is shorter. */
static int ref(void *ctx)
{
	struct aisp_snapshot *const *v = ctx;
	aisp_node n = 77;
	struct aisp_err err;

	TORTURE_CHECK(aisp_snapshot_ref(v[0], AISP_S("cluster"), &n, &err) == AISP_E_AMBIGUOUS);
	TORTURE_CHECK(aisp_snapshot_ref(v[0], AISP_S("zzzzzzz"), &n, &err) == AISP_E_NOTFOUND);
	TORTURE_CHECK(n == 77);
	return 0;
}

int main(void)
{
	const struct aisp_synthetic a = {.n_nodes = 20, .n_edges = 60, .seed = 1}, b = {.n_nodes = 22, .n_edges = 60, .seed = 2};
	struct aisp_snapshot *v[2] = {NULL, NULL};

	TORTURE_CHECK(aisp_synthetic_make(&a, &v[0], NULL) == 0 && aisp_synthetic_make(&b, &v[1], NULL) == 0);
	torture("graph build", build, NULL);
	torture("graph freeze", freeze, NULL);
	torture("synthetic, finish", synthetic, NULL);
	torture("diff", diff, v);
	torture_may_succeed("ref", ref, v);
	aisp_snapshot_free(v[0]);
	aisp_snapshot_free(v[1]);
	return torture_result();
}
