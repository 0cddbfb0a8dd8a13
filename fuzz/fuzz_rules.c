/* Rule files and SQL. Text that begins like a rule ("id:") is loaded, checked and its samples are run; everything else is one
 * query over a small graph. Both come from users: the worst they can do is a message.
 */
#include "fuzz.h"
#include "judge/judge_int.h"
#include <string.h>

static struct aisp_snapshot *snapshot;
static struct aisp_reach *reach;

static void make_world(void)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("app.py"), .line = 3};
	static const struct {
		enum aisp_node_kind kind;
		const char *id;
	} nodes[] = {{AISP_NODE_INTERNET, "internet"}, {AISP_NODE_WORKLOAD, "app"}, {AISP_NODE_AGENT, "bot"}, {AISP_NODE_TABLE, "t"}, {AISP_NODE_CREDENTIAL, "c"}};
	static const struct {
		int from, to;
		enum aisp_edge_kind kind;
	} edges[] = {{0, 1, AISP_EDGE_EXPOSES}, {1, 2, AISP_EDGE_SERVES}, {2, 3, AISP_EDGE_READS}, {1, 4, AISP_EDGE_HOLDS}, {2, 3, AISP_EDGE_GRANTED}};
	aisp_node n[5];
	FUZZ_CHECK(aisp_graph_source(g, AISP_S("s"), AISP_S("files"), AISP_S("s"), &ev.source, NULL) == 0);
	for (int i = 0; i < 5; i++)
		FUZZ_CHECK(aisp_graph_add_node(g, nodes[i].kind, aisp_slice_z(nodes[i].id), &ev, &n[i], NULL) == 0);
	aisp_graph_set_str(g, n[1], ev.source, "auth", AISP_S("none"), NULL);
	aisp_graph_set_str(g, n[3], ev.source, "sensitivity", AISP_S("restricted"), NULL);
	aisp_graph_add_item(g, n[3], ev.source, "data_classes", AISP_S("email"), NULL);
	aisp_graph_add_alias(g, n[3], AISP_S("t2"), ev.source, NULL);
	for (int i = 0; i < 5; i++) {
		aisp_edge e = 0;
		FUZZ_CHECK(aisp_graph_add_edge(g, n[edges[i].from], edges[i].kind, n[edges[i].to], NULL, &ev, &e, NULL) == 0);
	}
	FUZZ_CHECK(aisp_graph_freeze(g, &snapshot, NULL) == 0 && aisp_reach_new(snapshot, NULL, &reach, NULL) == 0);
}

static int take(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail)
{
	(void)rule, (void)sample;
	FUZZ_CHECK(detail && (ok || *detail));
	++*(unsigned *)ctx;
	return 0;
}

static void try_rule(struct aisp_slice text)
{
	struct aisp_err err = {AISP_OK, ""};
	AISP_CLEANUP(aisp_rules_freep) struct aisp_rules *r = aisp_mem_zalloc(1, sizeof *r);
	FUZZ_CHECK(r && (r->arena = aisp_arena_new((size_t)64 << 20)));
	FUZZ_CHECK(aisp_framework__add(r, AISP_S("f.yaml"), AISP_S("{id: f, title: F, controls: {c: C}}"), &err) == 0);
	int e = aisp_rule__add(r, AISP_S("fuzz.yaml"), text, &err);
	FUZZ_CHECK(e == 0 || ((e == AISP_E_USAGE || e == AISP_E_NOMEM) && err.code == (enum aisp_code)e && err.msg[0]));
	if (e == 0)
		e = aisp_rules__check(r, &err);
	unsigned samples = 0;
	if (e == 0) {
		FUZZ_CHECK(aisp_rules_test(r, take, &samples, &err) == 0);
		FUZZ_CHECK(samples >= 2);
	}
}

static int count_row(void *ctx, bool is_header, int n, const char *const *cells)
{
	size_t *seen = ctx;
	FUZZ_CHECK(n > 0);
	for (int i = 0; i < n; i++)
		*seen += cells[i] ? strlen(cells[i]) + 1 : 1;
	return !is_header && *seen > 1000000 ? 99 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);
	if (!snapshot)
		make_world();
	if (aisp_slice_starts(text, AISP_S("id:"))) {
		/* A query without end would hold the samples up: the limit of time is the caller's there. */
		if (aisp_slice_findi(text, AISP_S("recursive")) == SIZE_MAX)
			try_rule(text);
		return 0;
	}
	struct aisp_err err = {AISP_OK, ""};
	size_t seen = 0;
	int e = aisp_sql_query(snapshot, reach, text, 100, count_row, &seen, &err);
	FUZZ_CHECK(e == 0 || e == 99 || (e < 0 && err.code == (enum aisp_code)e && err.msg[0]));
	FUZZ_CHECK(e != AISP_E_INTERNAL && e != AISP_E_NOMEM);
	return 0;
}
