/* Policies of an aisp.yaml: refused with file and line, or decided on a small world; each pair is told once, its start and target are what the policy asks for. */
#include "base/clock.h"
#include "fuzz.h"
#include "govern/policy_int.h"

static struct aisp_snapshot *snapshot;
static struct aisp_reach *reach;

static void make_world(void)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("a.py"), .line = 3};
	static const struct {
		enum aisp_node_kind kind;
		const char *id;
	} nodes[] = {{AISP_NODE_INTERNET, "internet"}, {AISP_NODE_AGENT, "agent://r/a.py#bot"}, {AISP_NODE_TOOL, "tool://r/a.py#pay"}, {AISP_NODE_DB_ROLE, "postgres://h:5432#role/web"},
	             {AISP_NODE_TABLE, "postgres://h:5432/shop/crm/t"}, {AISP_NODE_REPOSITORY, "repo://r"}};
	static const struct {
		int from, to;
		enum aisp_edge_kind kind;
	} edges[] = {{1, 2, AISP_EDGE_HAS_TOOL}, {3, 4, AISP_EDGE_CAN_READ}, {3, 4, AISP_EDGE_CAN_WRITE}, {5, 1, AISP_EDGE_CONTAINS}, {0, 1, AISP_EDGE_CALLS}};
	aisp_node n[sizeof nodes / sizeof *nodes];
	FUZZ_CHECK(aisp_graph_source(g, AISP_S("s"), AISP_S("files"), AISP_S("s"), &ev.source, NULL) == 0);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		FUZZ_CHECK(aisp_graph_add_node(g, nodes[i].kind, aisp_slice_z(nodes[i].id), &ev, &n[i], NULL) == 0);
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		aisp_edge e = 0;
		FUZZ_CHECK(aisp_graph_add_edge(g, n[edges[i].from], edges[i].kind, n[edges[i].to], &(struct aisp_edge_in){0}, &ev, &e, NULL) == 0);
	}
	FUZZ_CHECK(aisp_graph_set_str(g, n[5], ev.source, "codeowners", AISP_S("*.py @team-a"), NULL) == 0 && aisp_graph_set_str(g, n[4], ev.source, "owner", AISP_S("team-b"), NULL) == 0);
	FUZZ_CHECK(aisp_graph_add_item(g, n[2], ev.source, "actions", AISP_S("payment"), NULL) == 0 && aisp_graph_add_item(g, n[4], ev.source, "labels", AISP_S("pii=yes"), NULL) == 0);
	FUZZ_CHECK(aisp_graph_freeze(g, &snapshot, NULL) == 0 && aisp_reach_new(snapshot, NULL, &reach, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_policies *p = NULL;
	struct aisp_findings f = {0};
	struct aisp_err err = {0};
	if (!snapshot)
		make_world();
	if (size > 1 << 16)
		return 0;
	if (aisp_policies_parse(aisp_slice_of((const char *)data, size), "aisp.yaml", &p, &err) < 0) {
		FUZZ_CHECK(err.code == AISP_E_NOMEM || strncmp(err.msg, "aisp.yaml", 9) == 0);
		return 0;
	}
	if (aisp_policies_count(p) <= 50) {
		FUZZ_CHECK((f.arena = aisp_arena_new(0)) != NULL);
		FUZZ_CHECK(aisp_policies_judge(p, NULL, snapshot, reach, &f, &err) == 0);
		for (size_t i = 0; i < f.n; i++)
			FUZZ_CHECK(aisp_policies_is(&f.v[i]) && f.v[i].start && f.v[i].target && f.v[i].start != f.v[i].target);
		aisp_findings_done(&f);
	}
	aisp_policies_free(p);
	return 0;
}
