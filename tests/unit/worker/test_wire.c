/* Facts as bytes and back: the same snapshot; broken bytes are refused, never believed half. */
#include "graph/wire.h"
#include "graph/snapshot.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static uint16_t source_of(struct aisp_graph *g)
{
	uint16_t s;
	struct aisp_err err;

	assert_int_equal(aisp_graph_source(g, AISP_S("files:x"), AISP_S("files"), AISP_S("x"), &s, &err), 0);
	return s;
}

static void fill(struct aisp_graph *g)
{
	uint16_t s = source_of(g);
	struct aisp_evidence_in ev = {.source = s, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("a/b.py"), .line = 3,
	                              .pointer = AISP_S("f"), .note = AISP_S("said so")};
	struct aisp_edge_in in = {.control = AISP_S("a/b.py#f"), .condition = AISP_S("if x"), .flags = AISP_EF_EXECUTES};
	aisp_node a, b, c;
	aisp_edge e;
	struct aisp_err err;

	assert_int_equal(aisp_graph_source_state(g, s, false, 1234567890123456, &err), 0);
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_AGENT, AISP_S("agent://x"), &ev, &a, &err), 0);
	ev.line = 9;
	assert_int_equal(aisp_graph_node_evidence(g, a, &ev, &err), 0);
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_MODEL, AISP_S("model://y"), &ev, &b, &err), 0);
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_MODEL, AISP_S("model://z"), &ev, &c, &err), 0);
	assert_int_equal(aisp_graph_add_alias(g, b, AISP_S("model://z"), s, &err), 0); /* merges */
	assert_int_equal(aisp_graph_add_edge(g, a, AISP_EDGE_LOADS, c, &in, &ev, &e, &err), 0);
	assert_int_equal(aisp_graph_edge_set_str(g, e, s, "inherit", AISP_S("true"), &err), 0);
	assert_int_equal(aisp_graph_edge_set_int(g, e, s, "n", -5, &err), 0);
	assert_int_equal(aisp_graph_set_str(g, a, s, "name", AISP_S("bot \xc3\xa4"), &err), 0);
	assert_int_equal(aisp_graph_set_bool(g, a, s, "executes_code", true, &err), 0);
	assert_int_equal(aisp_graph_set_int(g, a, s, "rows_estimated", -7000000000, &err), 0);
	assert_int_equal(aisp_graph_set_real(g, a, s, "share", 0.25, &err), 0);
	assert_int_equal(aisp_graph_add_item(g, a, s, "data_classes", AISP_S("email"), &err), 0);
	assert_int_equal(aisp_graph_add_item(g, a, s, "data_classes", AISP_S("phone"), &err), 0);
	assert_int_equal(aisp_graph_add_gap(g, s, AISP_S("c.yaml"), AISP_E_PARSE, AISP_S("bad"), &err), 0);
}

static void test_round_trip(void **state)
{
	struct aisp_graph *a = aisp_graph_new(), *b = aisp_graph_new();
	struct aisp_snapshot *sa, *sb;
	struct aisp_diff diff;
	struct aisp_buf bytes;
	struct aisp_err err;

	(void)state;
	fill(a);
	aisp_buf_init(&bytes, 0);
	assert_int_equal(aisp_graph_wire_write(a, &bytes, &err), 0);
	assert_int_equal(aisp_graph_wire_read(b, source_of(b), aisp_buf_slice(&bytes), &err), 0);
	assert_int_equal(aisp_graph_freeze(a, &sa, &err), 0);
	assert_int_equal(aisp_graph_freeze(b, &sb, &err), 0);
	assert_int_equal(sa->n_nodes, sb->n_nodes);
	assert_int_equal(sa->n_edges, sb->n_edges);
	assert_int_equal(sa->n_gaps, sb->n_gaps);
	assert_int_equal(sa->n_props, sb->n_props);
	assert_int_equal(sa->n_evidence, sb->n_evidence);
	assert_int_equal(sb->sources[1].collected_us, 1234567890123456);
	assert_int_equal(sb->edges[1].flags, AISP_EF_EXECUTES);
	assert_int_equal(aisp_snapshot_find(sb, AISP_S("model://z")), aisp_snapshot_find(sb, AISP_S("model://y")));
	assert_int_equal(aisp_diff_make(sa, sb, &diff, &err), 0);
	assert_int_equal(diff.n_nodes_added + diff.n_nodes_removed + diff.n_nodes_changed + diff.n_edges_added + diff.n_edges_removed, 0);
	aisp_diff_done(&diff);
	aisp_snapshot_free(sa);
	aisp_snapshot_free(sb);
	aisp_buf_done(&bytes);
}

/* Every cut and many changed bytes: an error or facts, never a crash. */
static void test_broken(void **state)
{
	struct aisp_graph *a = aisp_graph_new();
	struct aisp_buf bytes;
	struct aisp_err err;
	unsigned refused = 0;

	(void)state;
	fill(a);
	aisp_buf_init(&bytes, 0);
	assert_int_equal(aisp_graph_wire_write(a, &bytes, &err), 0);
	aisp_graph_free(a);
	for (size_t n = 0; n < bytes.n; n++) {
		struct aisp_graph *b = aisp_graph_new();
		assert_int_equal(aisp_graph_wire_read(b, source_of(b), aisp_slice_of(bytes.p, n), &err), AISP_E_PARSE);
		aisp_graph_free(b);
	}
	srand(7);
	for (int i = 0; i < 20000; i++) {
		struct aisp_graph *b = aisp_graph_new();
		size_t at = (size_t)rand() % bytes.n;
		char was = bytes.p[at];
		bytes.p[at] = (char)(rand() % 3 ? was ^ (1 << rand() % 8) : rand());
		int r = aisp_graph_wire_read(b, source_of(b), aisp_buf_slice(&bytes), &err);
		refused += r < 0;
		bytes.p[at] = was;
		aisp_graph_free(b);
	}
	assert_true(refused > 2000);
	aisp_buf_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_broken)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
