/* The builder: names and merging, edges, properties, reading while building. */
#include "graph_test.h"

static void test_kinds(void **state)
{
	(void)state;
	for (unsigned k = 1; k < AISP_NODE_KIND_END; k++)
		assert_int_equal(aisp_node_kind_find(aisp_slice_z(aisp_node_kinds[k].name)), k);
	for (unsigned k = 1; k < AISP_EDGE_KIND_END; k++)
		assert_int_equal(aisp_edge_kind_find(aisp_slice_z(aisp_edge_kinds[k].name)), k);
	assert_int_equal(aisp_node_kind_find(AISP_S("modelx")), 0);
	assert_int_equal(aisp_node_kind_find(AISP_S("")), 0);
	assert_int_equal(aisp_edge_kind_find(AISP_S("can_read")), 0);
	for (unsigned c = 1; c <= AISP_CONF_OBSERVED; c++)
		assert_int_equal(aisp_confidence_find(aisp_slice_z(aisp_confidence_name((enum aisp_confidence)c))), c);
	assert_int_equal(aisp_confidence_find(AISP_S("")), 0);
	assert_string_equal(aisp_confidence_name(AISP_CONF_DECLARED), "declared");
	assert_int_equal(aisp_sensitivity_find(AISP_S("restricted")), AISP_SENS_RESTRICTED);
	assert_int_equal(aisp_sensitivity_find(AISP_S("secret")), AISP_SENS_UNKNOWN);
	assert_string_equal(aisp_sensitivity_name(AISP_SENS_PUBLIC), "public");
}

static void test_same_node_twice(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a"), b = a_source(g, "b");

	(void)state;
	assert_int_equal(a_source(g, "a"), a);
	aisp_node n = a_node(g, a, AISP_NODE_TABLE, "t");

	assert_int_equal(a_node(g, b, AISP_NODE_BUCKET, "t"), n);
	assert_int_equal(aisp_graph_find(g, AISP_S("t")), n);
	assert_int_equal(aisp_graph_find(g, AISP_S("none")), 0);
	assert_int_equal(aisp_graph_node_at(g, n).kind, AISP_NODE_TABLE);
	assert_int_equal(aisp_graph_node_count(g), 1);
	struct aisp_snapshot *s = frozen(g);

	assert_int_equal(s->nodes[1].ev_n, 2);
	aisp_snapshot_free(s);
}

static void test_refused(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	struct aisp_evidence_in ev = ev_at(a, "x", 1), unknown = ev_at(9, "x", 1), formless = ev_at(a, "x", 1);
	aisp_node n = 77;
	struct aisp_err err;

	(void)state;
	formless.form = 0;
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_TABLE, AISP_S(""), &ev, &n, &err), AISP_E_INTERNAL);
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_NONE, AISP_S("t"), &ev, &n, &err), AISP_E_INTERNAL);
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_TABLE, AISP_S("t"), &unknown, &n, &err), AISP_E_INTERNAL);
	assert_int_equal(aisp_graph_add_node(g, AISP_NODE_TABLE, AISP_S("t"), &formless, &n, &err), AISP_E_INTERNAL);
	assert_int_equal(n, 77);
	assert_int_equal(aisp_graph_node_count(g), 0);
	assert_int_equal(aisp_graph_add_edge(g, 1, AISP_EDGE_OWNS, 2, NULL, &ev, NULL, &err), AISP_E_INTERNAL);
	assert_int_equal(aisp_graph_set_bool(g, 1, a, "k", true, &err), AISP_E_INTERNAL);
	n = a_node(g, a, AISP_NODE_TABLE, "t");
	assert_int_equal(aisp_graph_add_alias(g, n, AISP_S(""), a, &err), AISP_E_INTERNAL);
	assert_int_equal(aisp_graph_add_item(g, n, a, "l", AISP_S("a\nb"), &err), AISP_E_INTERNAL);
	assert_int_equal(aisp_graph_set_str(g, n, 0, "k", AISP_S("v"), &err), AISP_E_INTERNAL);
	aisp_graph_free(g);
}

/* Three nodes turn out to be one: edges, evidence and properties all end at the smallest (kind, id). */
static void test_merge(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_err err;
	uint16_t a = a_source(g, "a"), b = a_source(g, "b");
	aisp_node z = a_node(g, a, AISP_NODE_SERVICE, "z"), y = a_node(g, b, AISP_NODE_SERVICE, "y");
	aisp_node w = a_node(g, b, AISP_NODE_ENDPOINT, "zz"), t = a_node(g, a, AISP_NODE_TABLE, "t");
	aisp_edge e1 = an_edge(g, a, z, AISP_EDGE_CONNECTS_TO, t, "c", "");
	aisp_edge e2 = an_edge(g, b, y, AISP_EDGE_CONNECTS_TO, t, "c", "");
	aisp_edge e3 = an_edge(g, b, t, AISP_EDGE_SERVES, w, "", "");

	(void)state;
	assert_int_equal(aisp_graph_set_str(g, z, a, "name", AISP_S("zed"), &err), 0);
	assert_int_equal(aisp_graph_add_item(g, z, a, "tags", AISP_S("q"), &err), 0);
	assert_int_equal(aisp_graph_add_item(g, y, a, "tags", AISP_S("p"), &err), 0);
	an_alias(g, a, z, "y");
	assert_int_equal(aisp_graph_node_now(g, z), y);
	assert_false(aisp_graph_node_at(g, z).alive);
	assert_int_equal(aisp_graph_find(g, AISP_S("z")), y);
	an_alias(g, b, y, "zz");
	assert_int_equal(aisp_graph_node_now(g, z), w);
	assert_int_equal(aisp_graph_find(g, AISP_S("y")), w);
	assert_int_equal(aisp_graph_edge_at(g, e1).from, w);
	/* adjacency goes on working, through any old number */
	assert_int_equal(aisp_graph_next_out(g, z, 0), aisp_graph_next_out(g, w, 0));
	aisp_edge first = aisp_graph_next_out(g, w, 0), second = aisp_graph_next_out(g, w, first);

	assert_true((first == e1 && second == e2) || (first == e2 && second == e1));
	assert_int_equal(aisp_graph_next_out(g, w, second), 0);
	assert_int_equal(aisp_graph_next_in(g, y, 0), e3);
	assert_string_equal(aisp_graph_prop(g, w, "name").p, "zed");
	/* the same edge said of the merged node is no new one */
	assert_true(an_edge(g, a, w, AISP_EDGE_CONNECTS_TO, t, "c", "") <= e2);
	assert_int_equal(aisp_graph_edge_count(g), 3);
	struct aisp_snapshot *s = frozen(g);

	assert_invariants(s);
	assert_int_equal(s->n_nodes, 2);
	assert_int_equal(s->n_edges, 2);
	aisp_node n = aisp_snapshot_find(s, AISP_S("z"));

	assert_string_equal(id_of(s, n).p, "zz");
	assert_int_equal(s->nodes[n].kind, AISP_NODE_ENDPOINT);
	assert_string_equal(aisp_snapshot_prop_str(s, n, "tags").p, "p\nq");
	assert_int_equal(s->nodes[n].ev_n, 3);
	assert_int_equal(s->n_aliases, 2);
	const struct aisp_sedge *e = &s->edges[s->out_at[n]];

	assert_int_equal(e->kind, AISP_EDGE_CONNECTS_TO);
	assert_int_equal(e->ev_n, 2);
	aisp_snapshot_free(s);
}

static void test_edges(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	aisp_node x = a_node(g, a, AISP_NODE_AGENT, "x"), y = a_node(g, a, AISP_NODE_TOOL, "y");
	aisp_edge plain = an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "", "");
	struct aisp_evidence_in ev = ev_at(a, "log", 3), back;
	struct aisp_err err;

	(void)state;
	assert_int_equal(an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "", ""), plain);
	assert_int_not_equal(an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "c", ""), plain);
	aisp_edge cond = an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "c", "only on Mondays");

	assert_int_equal(an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "c", "only on Mondays"), cond);
	assert_int_equal(aisp_graph_edge_count(g), 3);
	assert_int_equal(aisp_graph_edge_at(g, plain).confidence, AISP_CONF_DECLARED);
	ev.confidence = AISP_CONF_OBSERVED;
	assert_int_equal(aisp_graph_edge_evidence(g, plain, &ev, &err), 0);
	assert_int_equal(aisp_graph_edge_at(g, plain).confidence, AISP_CONF_OBSERVED);
	assert_true(aisp_graph_edge_first_evidence(g, plain, &back));
	assert_string_equal(back.locator.p, "edges.txt");
	assert_int_equal(aisp_graph_edge_set_str(g, plain, a, "op", AISP_S("call"), &err), 0);
	assert_int_equal(aisp_graph_edge_set_int(g, plain, a, "n", -5, &err), 0);
	aisp_graph_drop_edge(g, cond);
	assert_false(aisp_graph_edge_at(g, cond).alive);
	assert_int_equal(aisp_graph_edge_evidence(g, cond, &ev, &err), AISP_E_INTERNAL);
	assert_int_not_equal(aisp_graph_next_out(g, x, 0), cond);
	assert_int_not_equal(an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "c", "only on Mondays"), cond);
	struct aisp_snapshot *s = frozen(g);

	assert_invariants(s);
	assert_int_equal(s->n_edges, 3);
	assert_int_equal(s->edges[1].ev_n, 2);
	assert_int_equal(s->edges[1].prop_n, 2);
	assert_int_equal(s->props[s->edges[1].prop_at].i, -5);
	aisp_snapshot_free(s);
}

/* Dropping one of two edges that a merge made equal drops both. */
static void test_drop_after_merge(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	aisp_node x = a_node(g, a, AISP_NODE_AGENT, "x"), y = a_node(g, a, AISP_NODE_AGENT, "y"), t = a_node(g, a, AISP_NODE_TOOL, "t");
	aisp_edge one = an_edge(g, a, x, AISP_EDGE_HAS_TOOL, t, "", ""), two = an_edge(g, a, y, AISP_EDGE_HAS_TOOL, t, "", "");

	(void)state;
	an_alias(g, a, x, "y");
	aisp_graph_drop_edge(g, two);
	assert_false(aisp_graph_edge_at(g, one).alive);
	struct aisp_snapshot *s = frozen(g);

	assert_int_equal(s->n_edges, 0);
	aisp_snapshot_free(s);
}

static void test_props(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a"), b = a_source(g, "b");
	aisp_node n = a_node(g, a, AISP_NODE_TABLE, "t");
	struct aisp_err err;

	(void)state;
	assert_int_equal(aisp_graph_prop(g, n, "auth").n, 0);
	assert_int_equal(aisp_graph_set_str(g, n, b, "auth", AISP_S("none"), &err), 0);
	assert_string_equal(aisp_graph_prop(g, n, "auth").p, "none");
	assert_int_equal(aisp_graph_set_str(g, n, a, "auth", AISP_S("x"), &err), 0);
	assert_int_equal(aisp_graph_set_str(g, n, a, "auth", AISP_S("required"), &err), 0);
	assert_string_equal(aisp_graph_prop(g, n, "auth").p, "required");
	assert_int_equal(aisp_graph_set_int(g, n, a, "rows", -12, &err), 0);
	assert_string_equal(aisp_graph_prop(g, n, "rows").p, "-12");
	assert_int_equal(aisp_graph_set_bool(g, n, a, "gated", false, &err), 0);
	assert_string_equal(aisp_graph_prop(g, n, "gated").p, "false");
	assert_int_equal(aisp_graph_set_real(g, n, a, "share", 0.5, &err), 0);
	for (const char *item = "cab"; *item; item++)
		for (int twice = 0; twice < 2; twice++)
			assert_int_equal(aisp_graph_add_item(g, n, a, "list", aisp_slice_of(item, 1), &err), 0);
	/* a list that becomes a string is one, and the other way round */
	assert_int_equal(aisp_graph_add_item(g, n, a, "was", AISP_S("1"), &err), 0);
	assert_int_equal(aisp_graph_add_item(g, n, a, "was", AISP_S("2"), &err), 0);
	assert_int_equal(aisp_graph_set_str(g, n, a, "was", AISP_S("s"), &err), 0);
	assert_int_equal(aisp_graph_set_str(g, n, a, "is", AISP_S("s"), &err), 0);
	assert_int_equal(aisp_graph_add_item(g, n, a, "is", AISP_S("2"), &err), 0);
	assert_int_equal(aisp_graph_add_item(g, n, a, "is", AISP_S("1"), &err), 0);
	struct aisp_snapshot *s = frozen(g);

	assert_string_equal(aisp_snapshot_prop_str(s, 1, "auth").p, "required");
	assert_int_equal(aisp_snapshot_prop(s, 1, "rows")->i, -12);
	assert_true(aisp_snapshot_prop(s, 1, "share")->r > 0.49 && aisp_snapshot_prop(s, 1, "share")->r < 0.51);
	assert_string_equal(aisp_snapshot_prop_str(s, 1, "list").p, "a\nb\nc");
	assert_int_equal(aisp_snapshot_prop(s, 1, "list")->type, AISP_PROP_LIST);
	assert_string_equal(aisp_snapshot_prop_str(s, 1, "was").p, "s");
	assert_string_equal(aisp_snapshot_prop_str(s, 1, "is").p, "1\n2");
	assert_int_equal(s->nodes[1].prop_n, 8);
	assert_null(aisp_snapshot_prop(s, 1, "none"));
	assert_null(aisp_snapshot_prop(s, 2, "auth"));
	aisp_snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_same_node_twice),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_drop_after_merge),
		cmocka_unit_test(test_props),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
