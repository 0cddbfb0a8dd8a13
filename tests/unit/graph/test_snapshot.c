/* Freezing and finishing: order, determinism, flags, references; and the difference of two snapshots. */
#include "base/mem.h"
#include "graph_test.h"

/* A small deterministic generator of numbers. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

/* Facts that overlap in all ways there are: the same node, edge, property and evidence from several sources, aliases that
 * merge, chains of aliases, conditional edges, gaps. Fact i is the same whatever the order. */
enum { N_FACTS = 240 };

static void add_fact(struct aisp_graph *g, const uint16_t *sources, int i)
{
	uint16_t source = sources[i % 3];
	char a[32], b[32], v[32];
	struct aisp_err err;

	snprintf(a, sizeof a, "node/%d", i % 23);
	snprintf(b, sizeof b, "node/%d", (i * 7) % 23);
	snprintf(v, sizeof v, "v%d", (i % 23) * 3 + i % 3);
	aisp_node x = a_node(g, source, AISP_NODE_TABLE, a), y = a_node(g, source, AISP_NODE_TABLE, b);

	switch (i % 6) {
	case 0:
		snprintf(v, sizeof v, "name/%d", i % 96 == 18 ? 18 : i);
		an_alias(g, source, x, i % 30 == 0 ? "node/4" : v);
		break;
	case 1:
		assert_int_equal(aisp_graph_add_item(g, x, source, "list", aisp_slice_z(v), &err), 0);
		break;
	case 2:
		an_edge(g, source, x, i % 4 ? AISP_EDGE_CAN_READ : AISP_EDGE_OWNS, y, v, i % 5 ? "" : "maybe");
		break;
	case 3:
		assert_int_equal(aisp_graph_add_gap(g, source, aisp_slice_z(a), AISP_E_ACCESS, aisp_slice_z(b), &err), 0);
		break;
	default:
		an_edge(g, source, x, AISP_EDGE_CAN_READ, y, "", "");
	}
}

static struct aisp_snapshot *shuffled(uint32_t seed)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t sources[3] = {a_source(g, "one"), a_source(g, "two"), a_source(g, "three")};
	int order[N_FACTS];

	for (int i = 0; i < N_FACTS; i++)
		order[i] = i;
	for (uint32_t i = N_FACTS - 1; seed && i > 0; i--) {
		uint32_t k = next_random(&seed) % (i + 1);
		int x = order[i];

		order[i] = order[k];
		order[k] = x;
	}
	for (int i = 0; i < N_FACTS; i++)
		add_fact(g, sources, order[i]);
	return frozen(g);
}

static void assert_same_bytes(const struct aisp_snapshot *a, const struct aisp_snapshot *b)
{
	assert_int_equal(a->n_nodes, b->n_nodes);
	assert_int_equal(a->n_edges, b->n_edges);
	assert_int_equal(a->n_evidence, b->n_evidence);
	assert_int_equal(a->n_props, b->n_props);
	assert_int_equal(a->n_aliases, b->n_aliases);
	assert_int_equal(a->n_gaps, b->n_gaps);
	assert_memory_equal(a->nodes + 1, b->nodes + 1, a->n_nodes * sizeof *a->nodes);
	assert_memory_equal(a->edges + 1, b->edges + 1, a->n_edges * sizeof *a->edges);
	assert_memory_equal(a->evidence, b->evidence, a->n_evidence * sizeof *a->evidence);
	assert_memory_equal(a->props, b->props, a->n_props * sizeof *a->props);
	assert_memory_equal(a->aliases, b->aliases, a->n_aliases * sizeof *a->aliases);
	assert_memory_equal(a->in_edges, b->in_edges, a->n_edges * sizeof *a->in_edges);
	assert_int_equal(aisp_symtab_count(a->syms), aisp_symtab_count(b->syms));
	for (aisp_sym y = 1; y <= aisp_symtab_count(a->syms); y++)
		assert_string_equal(aisp_symtab_z(a->syms, y), aisp_symtab_z(b->syms, y));
}

static void test_any_order_same_bytes(void **state)
{
	struct aisp_snapshot *first = shuffled(0);
	char *text = dumped(first);

	(void)state;
	assert_invariants(first);
	assert_true(first->n_nodes > 10 && first->n_edges > 20 && first->n_aliases > 5 && first->n_gaps > 5);
	for (uint32_t seed = 1; seed <= 60; seed++) {
		struct aisp_snapshot *s = shuffled(seed);
		char *other = dumped(s);

		assert_string_equal(text, other);
		assert_same_bytes(first, s);
		free(other);
		aisp_snapshot_free(s);
	}
	free(text);
	aisp_snapshot_free(first);
}

/* A loader's arrays in any order, with doubles, against the same put in by hand into the builder. */
static void test_finish_unordered(void **state)
{
	struct aisp_snapshot *want = shuffled(0), *s = aisp_mem_zalloc(1, sizeof *s);
	uint32_t n = want->n_nodes, m = want->n_edges, seed = 5;
	uint32_t *at = aisp_mem_zalloc(n + 1, sizeof *at);
	struct aisp_err err;

	(void)state;
	s->syms = aisp_symtab_new();
	for (aisp_sym y = 1; y <= aisp_symtab_count(want->syms); y++) {
		aisp_sym same;

		assert_int_equal(aisp_symtab_add(s->syms, aisp_symtab_get(want->syms, y), &same, &err), 0);
	}
	s->nodes = aisp_mem_zalloc(2 * n + 1, sizeof *s->nodes);
	s->edges = aisp_mem_zalloc(2 * m + 1, sizeof *s->edges);
	s->n_nodes = 2 * n;
	s->n_edges = 2 * m;
	for (uint32_t i = 1; i <= n; i++)
		at[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t k = 1 + next_random(&seed) % i, x = at[i];

		at[i] = at[k];
		at[k] = x;
	}
	for (uint32_t i = 1; i <= n; i++) {
		s->nodes[at[i]] = s->nodes[at[i] + n] = want->nodes[i];
		s->nodes[at[i]].name = s->nodes[at[i]].flags = 0;
	}
	for (uint32_t i = 1; i <= m; i++) {
		uint32_t k = (i * 7919U) % m + 1 <= m && m % 7919U ? (uint32_t)(((uint64_t)i * 7919U) % m) + 1 : i;

		s->edges[k] = s->edges[m + k] = want->edges[i];
		s->edges[k].from = at[want->edges[i].from];
		s->edges[k].to = at[want->edges[i].to] + n;
		s->edges[m + k].from = at[want->edges[i].from] + n;
		s->edges[m + k].to = at[want->edges[i].to];
	}
	s->evidence = aisp_mem_zalloc(want->n_evidence + 1, sizeof *s->evidence);
	memcpy(s->evidence, want->evidence, want->n_evidence * sizeof *s->evidence);
	s->n_evidence = want->n_evidence;
	s->props = aisp_mem_zalloc(want->n_props + 1, sizeof *s->props);
	memcpy(s->props, want->props, want->n_props * sizeof *s->props);
	s->n_props = want->n_props;
	s->sources = aisp_mem_zalloc(want->n_sources + 1, sizeof *s->sources);
	memcpy(s->sources, want->sources, (want->n_sources + 1) * sizeof *s->sources);
	s->n_sources = want->n_sources;
	assert_int_equal(aisp_snapshot_finish(s, &err), 0);
	assert_invariants(s);
	want->n_aliases = want->n_gaps = 0;
	char *a = dumped(want), *b = dumped(s);

	assert_string_equal(a, b);
	free(a);
	free(b);
	aisp_mem_free(at);
	aisp_snapshot_free(s);
	aisp_snapshot_free(want);
}

static void test_finish_refuses(void **state)
{
	struct aisp_err err;

	(void)state;
	for (int fault = 0; fault < 5; fault++) {
		struct aisp_snapshot *s = shuffled(0);

		aisp_mem_free(s->out_at);
		aisp_mem_free(s->in_at);
		aisp_mem_free(s->in_edges);
		s->out_at = s->in_at = s->in_edges = NULL;
		if (fault == 0)
			s->edges[2].to = s->n_nodes + 1;
		else if (fault == 1)
			s->nodes[1].ev_at = s->n_evidence;
		else if (fault == 2)
			s->nodes[1].kind = AISP_NODE_KIND_END;
		else if (fault == 3)
			s->evidence[0].source = 4;
		else
			s->edges[1].control = aisp_symtab_count(s->syms) + 1;
		assert_int_equal(aisp_snapshot_finish(s, &err), AISP_E_INTERNAL);
		aisp_snapshot_free(s);
	}
}

static void test_flags(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a"), b = a_source(g, "b");
	aisp_node open = a_node(g, a, AISP_NODE_ENDPOINT, "http://h/open"), shut = a_node(g, a, AISP_NODE_ENDPOINT, "http://h/shut/");
	aisp_node quiet = a_node(g, a, AISP_NODE_ENDPOINT, "quiet"), table = a_node(g, b, AISP_NODE_TABLE, "t");
	aisp_node bucket = a_node(g, b, AISP_NODE_BUCKET, "b"), agent = a_node(g, b, AISP_NODE_AGENT, "g");
	struct aisp_err err;

	(void)state;
	aisp_graph_set_str(g, open, a, "auth", AISP_S("none"), &err);
	aisp_graph_set_str(g, shut, a, "auth", AISP_S("required"), &err);
	aisp_graph_set_bool(g, table, a, "gated", false, &err);
	aisp_graph_set_bool(g, bucket, a, "gated", true, &err);
	aisp_graph_set_bool(g, agent, a, "executes_code", true, &err);
	aisp_graph_set_str(g, agent, b, "auth", AISP_S("unknown"), &err);
	aisp_graph_set_str(g, table, b, "sensitivity", AISP_S("restricted"), &err);
	aisp_graph_set_str(g, table, b, "name", AISP_S("customers"), &err);
	assert_int_equal(aisp_graph_source_state(g, b, true, 42, &err), 0);
	assert_int_equal(aisp_graph_source_state(g, 3, true, 42, &err), AISP_E_INTERNAL);
	struct aisp_evidence_in ev = ev_at(a, "also", 1);

	assert_int_equal(aisp_graph_node_evidence(g, bucket, &ev, &err), 0);
	struct aisp_snapshot *s = frozen(g);
	const struct aisp_snode *n;

	n = &s->nodes[aisp_snapshot_find(s, AISP_S("http://h/open"))];
	assert_int_equal(n->flags, AISP_NF_AUTH_NONE);
	assert_string_equal(aisp_snapshot_z(s, n->name), "open");
	n = &s->nodes[aisp_snapshot_find(s, AISP_S("http://h/shut/"))];
	assert_int_equal(n->flags, 0);
	assert_string_equal(aisp_snapshot_z(s, n->name), "shut");
	assert_int_equal(s->nodes[aisp_snapshot_find(s, AISP_S("quiet"))].flags, AISP_NF_AUTH_UNKNOWN);
	n = &s->nodes[aisp_snapshot_find(s, AISP_S("t"))];
	assert_int_equal(n->flags, AISP_NF_STALE);
	assert_int_equal(n->sensitivity, AISP_SENS_RESTRICTED);
	assert_string_equal(aisp_snapshot_z(s, n->name), "customers");
	assert_int_equal(s->nodes[aisp_snapshot_find(s, AISP_S("b"))].flags, AISP_NF_GATED);
	n = &s->nodes[aisp_snapshot_find(s, AISP_S("g"))];
	assert_int_equal(n->flags, AISP_NF_EXECUTES | AISP_NF_AUTH_UNKNOWN | AISP_NF_STALE);
	assert_int_equal(s->sources[b].collected_us, 42);
	assert_int_equal(s->sources[a].collected_us, s->taken_us);
	(void)quiet;
	aisp_snapshot_free(s);
}

static void test_ref(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	struct aisp_snapshot *s;
	struct aisp_err err;
	aisp_node n = 0;
	char id[64];

	(void)state;
	an_alias(g, a, a_node(g, a, AISP_NODE_TABLE, "postgres://db:5432/support/public/customers"), "the-customers");
	a_node(g, a, AISP_NODE_USER, "user/customers");
	a_node(g, a, AISP_NODE_AGENT, "repo#Support-Bot");
	for (int i = 0; i < 14; i++) {
		snprintf(id, sizeof id, "many/thing%02d", i);
		a_node(g, a, AISP_NODE_TOOL, id);
	}
	s = frozen(g);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("the-customers"), &n, &err), 0);
	assert_int_equal(s->nodes[n].kind, AISP_NODE_TABLE);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("user/customers"), &n, &err), 0);
	assert_int_equal(s->nodes[n].kind, AISP_NODE_USER);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("support-BOT"), &n, &err), 0);
	assert_int_equal(s->nodes[n].kind, AISP_NODE_AGENT);
	n = 7;
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("customers"), &n, &err), AISP_E_AMBIGUOUS);
	assert_int_equal(n, 7);
	assert_non_null(strstr(err.msg, "table postgres://db:5432/support/public/customers"));
	assert_non_null(strstr(err.msg, "user user/customers"));
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("table:customers"), &n, &err), 0);
	assert_int_equal(s->nodes[n].kind, AISP_NODE_TABLE);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("user:user/customers"), &n, &err), 0);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("tool:customers"), &n, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("thing"), &n, &err), AISP_E_AMBIGUOUS);
	assert_non_null(strstr(err.msg, "thing09 and 4 more"));
	assert_null(strstr(err.msg, "thing10"));
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("thing03"), &n, &err), 0);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("custmers"), &n, &err), AISP_E_NOTFOUND);
	assert_non_null(strstr(err.msg, "user/customers"));
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("qqqqqqqq"), &n, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S(""), &n, &err), AISP_E_USAGE);
	aisp_snapshot_free(s);
}

static struct aisp_snapshot *version(int v)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_err err;
	uint16_t first = v == 2 ? a_source(g, "z") : 0, a = a_source(g, "a");
	aisp_node x = a_node(g, a, AISP_NODE_AGENT, "x"), y = a_node(g, a, AISP_NODE_TOOL, "y");
	aisp_node t = a_node(g, a, v == 1 ? AISP_NODE_TABLE : AISP_NODE_BUCKET, "t");

	aisp_graph_set_str(g, x, a, "same", AISP_S("s"), &err);
	aisp_graph_set_int(g, y, a, "n", v, &err);
	an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "c", "");
	an_edge(g, a, y, AISP_EDGE_READS, t, "", "");
	if (v == 1) {
		a_node(g, a, AISP_NODE_USER, "old");
		an_edge(g, a, x, AISP_EDGE_READS, t, "was", "");
	} else {
		aisp_node w = a_node(g, first, AISP_NODE_USER, "new");

		an_alias(g, a, w, "old");
		an_edge(g, a, x, AISP_EDGE_READS, t, "is", "");
		an_edge(g, a, w, AISP_EDGE_OWNS, t, "", "");
	}
	return frozen(g);
}

static void test_diff(void **state)
{
	struct aisp_snapshot *a = version(1), *b = version(2);
	struct aisp_diff d;
	struct aisp_err err;

	(void)state;
	assert_int_equal(aisp_diff_make(a, b, &d, &err), 0);
	assert_int_equal(d.n_nodes_added, 1);
	assert_string_equal(id_of(b, d.nodes_added[0]).p, "new");
	assert_int_equal(d.n_nodes_removed, 1);
	assert_string_equal(id_of(a, d.nodes_removed[0]).p, "old");
	assert_int_equal(d.n_nodes_changed, 2);
	assert_string_equal(id_of(b, d.nodes_changed[0]).p, "y");
	assert_string_equal(id_of(b, d.nodes_changed[1]).p, "t");
	assert_int_equal(d.n_edges_added, 2);
	assert_int_equal(d.n_edges_removed, 1);
	assert_string_equal(aisp_snapshot_z(a, a->edges[d.edges_removed[0]].control), "was");
	aisp_diff_done(&d);
	assert_int_equal(aisp_diff_make(b, b, &d, &err), 0);
	assert_int_equal(d.n_nodes_added + d.n_nodes_removed + d.n_nodes_changed + d.n_edges_added + d.n_edges_removed, 0);
	aisp_diff_done(&d);
	aisp_snapshot_free(a);
	aisp_snapshot_free(b);
}

/* More rows than a node or edge can have: the rest is left out, and for a node a gap says so. */
static void test_too_many_rows(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	aisp_node x = a_node(g, a, AISP_NODE_AGENT, "x"), y = a_node(g, a, AISP_NODE_TOOL, "y");
	aisp_edge e = an_edge(g, a, x, AISP_EDGE_HAS_TOOL, y, "", "");
	struct aisp_err err;
	char key[16];

	(void)state;
	for (uint32_t i = 1; i <= 66000; i++) {
		struct aisp_evidence_in ev = ev_at(a, "log", i);

		assert_int_equal(aisp_graph_node_evidence(g, x, &ev, &err), 0);
		if (i <= 300)
			assert_int_equal(aisp_graph_edge_evidence(g, e, &ev, &err), 0);
	}
	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof key, "k%d", i);
		assert_int_equal(aisp_graph_edge_set_int(g, e, a, key, i, &err), 0);
	}
	struct aisp_snapshot *s = frozen(g);

	assert_invariants(s);
	assert_int_equal(s->nodes[aisp_snapshot_find(s, AISP_S("x"))].ev_n, 65535);
	assert_int_equal(s->n_gaps, 1);
	assert_int_equal(s->gaps[0].why, -AISP_E_LIMIT);
	assert_string_equal(aisp_snapshot_z(s, s->gaps[0].what), "x");
	assert_int_equal(s->edges[1].ev_n, 255);
	assert_int_equal(s->edges[1].prop_n, 7);
	aisp_snapshot_free(s);
}

/* Ids that share long prefixes, end inside a compared word, hold zero bytes, and come in the worst orders. */
static void test_order_of_ids(void **state)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t a = a_source(g, "a");
	uint32_t seed = 3;
	char id[64];

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		size_t n = (size_t)snprintf(id, sizeof id, "k8s://a-rather-long-cluster-name/%u", next_random(&seed) % 100000);
		struct aisp_evidence_in ev = ev_at(a, "x", 1);
		struct aisp_err err;
		aisp_node node;

		n -= next_random(&seed) % 4;
		if (i % 7 == 0)
			id[n - 1] = '\0';
		if (i % 11 == 0)
			n = 1 + i % 9;
		assert_int_equal(aisp_graph_add_node(g, AISP_NODE_TABLE, aisp_slice_of(id, n), &ev, &node, &err), 0);
	}
	struct aisp_snapshot *s = frozen(g);

	assert_true(s->n_nodes > 1000);
	assert_invariants(s);
	aisp_snapshot_free(s);
}

static void test_empty(void **state)
{
	struct aisp_snapshot *s = frozen(aisp_graph_new());
	struct aisp_err err;
	aisp_node n;

	(void)state;
	assert_int_equal(s->n_nodes + s->n_edges, 0);
	assert_int_equal(s->out_at[1], 1);
	assert_int_equal(aisp_snapshot_find(s, AISP_S("x")), 0);
	assert_int_equal(aisp_snapshot_ref(s, AISP_S("x"), &n, &err), AISP_E_NOTFOUND);
	aisp_snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order_same_bytes),
		cmocka_unit_test(test_finish_unordered),
		cmocka_unit_test(test_finish_refuses),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_ref),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_order_of_ids),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
