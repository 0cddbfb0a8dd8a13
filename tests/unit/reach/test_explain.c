/* Explanations: every hop rests on earlier ones and on a row of the table; the first one weighs the least possible; on
 * tiny graphs every minimal set of edges is among them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "toy.h"
#include <stdlib.h>

enum { GRAPHS = 3000, MAX_NODES = 10, MAX_EDGES = 40, TINY_EDGES = 9 };

struct ask {
	const struct toy *t;
	const struct aisp_overlay *o;
	struct aisp_actor actor;
	aisp_node target;
	enum aisp_mode mode;
};

/* The edge of a hop, from the snapshot or the overlay. */
static struct toy_edge edge_of(const struct ask *q, aisp_edge e)
{
	if (!(e & AISP_HOP_ADDED)) {
		assert_in_range(e, 1, q->t->n_edges);
		for (size_t i = 0; q->o && i < q->o->n_removed; i++)
			assert_int_not_equal(q->o->removed[i], e);
		return q->t->edges[e];
	}
	const struct aisp_overlay_edge *a = &q->o->added[e & ~AISP_HOP_ADDED];
	return (struct toy_edge){a->from, a->to, a->kind, a->flags, a->conditional, false};
}

static bool uncertain(const struct toy_edge *e)
{
	return e->conditional || e->unresolved;
}

static void check_seed(const struct ask *q, const struct aisp_hop *h)
{
	assert_int_equal(h->prev, -1);
	assert_int_equal(h->have, h->gain);
	if (h->row == UINT16_MAX) {
		bool found = false;
		for (size_t i = 0; i < q->actor.n_extra; i++)
			found = found || (q->actor.extra[i].node == h->to && q->actor.extra[i].mode == h->gain);
		assert_true(found && h->edge == 0 && !h->conditional);
		return;
	}
	const struct aisp_seed_row *row = &aisp_seed_rows[h->row];
	assert_false(q->actor.only_extra);
	assert_int_equal(h->from, q->actor.node);
	assert_int_equal(row->mode, h->gain);
	assert_true(row->kind == AISP_NODE_NONE || row->kind == q->t->kinds[q->actor.node]);
	if (row->edge == AISP_EDGE_NONE) {
		assert_true(h->edge == 0 && h->to == h->from && !h->conditional);
		return;
	}
	struct toy_edge e = edge_of(q, h->edge);
	assert_int_equal(e.kind, row->edge);
	assert_int_equal(row->back ? e.to : e.from, q->actor.node);
	assert_int_equal(row->back ? e.from : e.to, h->to);
	assert_int_equal(h->conditional, uncertain(&e));
}

/* The hop at `index` gave (n, m). */
static void check_premise(const struct aisp_path *p, size_t i, int32_t index, aisp_node n, enum aisp_mode m)
{
	assert_in_range(index, 0, i - 1);
	assert_int_equal(p->hops[index].to, n);
	assert_int_equal(p->hops[index].gain, m);
}

static void check_edge(const struct ask *q, const struct aisp_path *p, size_t i)
{
	const struct aisp_hop *h = &p->hops[i];
	const struct aisp_flow_row *row = &aisp_flow_rows[h->row];
	struct toy_edge e = edge_of(q, h->edge);
	assert_int_equal(e.kind, row->edge);
	assert_true(slow_guard(row->guard, e.flags, 0));
	assert_int_equal(h->from, row->back ? e.to : e.from);
	assert_int_equal(h->to, row->back ? e.from : e.to);
	assert_int_equal(h->have, row->have);
	assert_int_equal(h->gain, row->gain);
	assert_int_equal(h->conditional, uncertain(&e));
	assert_int_equal(h->side, -1);
	check_premise(p, i, h->prev, h->from, h->have);
}

static void check_inside(const struct ask *q, const struct aisp_path *p, size_t i)
{
	const struct aisp_hop *h = &p->hops[i];
	const struct aisp_inside_row *row = &aisp_inside_rows[h->row];
	assert_true(h->edge == 0 && h->from == h->to);
	assert_true(row->kind == AISP_NODE_NONE || row->kind == q->t->kinds[h->to]);
	assert_true(slow_guard(row->guard, 0, q->t->flags[h->to]));
	assert_int_equal(h->have, row->have);
	assert_int_equal(h->gain, row->gain);
	assert_int_equal(h->conditional, row->guard == AISP_GUARD_NODE_AUTH_UNKNOWN);
	check_premise(p, i, h->prev, h->from, h->have);
	if (row->with >= 0)
		check_premise(p, i, h->side, h->from, (enum aisp_mode)row->with);
	else
		assert_int_equal(h->side, -1);
}

static void check_sums(const struct ask *q, const struct aisp_path *p)
{
	uint32_t *weight = calloc(p->n, sizeof *weight), cost = 0;
	enum aisp_confidence lowest = AISP_CONF_OBSERVED;
	bool certain = true;
	for (size_t i = 0; i < p->n; i++) {
		const struct aisp_hop *h = &p->hops[i];
		weight[i] = (h->what == 1) + (h->prev >= 0 ? weight[h->prev] : 0) + (h->side >= 0 ? weight[h->side] : 0);
		cost += h->what == 1;
		certain = certain && !h->conditional;
		if (h->edge && !(h->edge & AISP_HOP_ADDED) && q->t->s.edges[h->edge].confidence < lowest)
			lowest = q->t->s.edges[h->edge].confidence;
		for (size_t k = 0; k < i; k++)
			assert_false(p->hops[k].to == h->to && p->hops[k].gain == h->gain);
	}
	assert_int_equal(p->weight, weight[p->n - 1]);
	assert_int_equal(p->cost, cost);
	assert_int_equal(p->certain, certain);
	assert_int_equal(p->confidence, lowest);
	free(weight);
}

/* Every hop but the last is needed by a later one; branches are marked as such and stand before their use. */
static void check_shape(const struct aisp_path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		bool used = i + 1 == p->n;
		for (size_t k = i + 1; k < p->n; k++)
			used = used || p->hops[k].prev == (int32_t)i || p->hops[k].side == (int32_t)i;
		assert_true(used);
		if (p->hops[i].side >= 0 && p->hops[p->hops[i].side].branch)
			assert_int_not_equal(p->hops[p->hops[i].side].branch, p->hops[i].branch);
	}
	assert_int_equal(p->hops[p->n - 1].branch, 0);
}

static void check_path(const struct ask *q, const struct aisp_path *p)
{
	assert_int_not_equal(p->n, 0);
	for (size_t i = 0; i < p->n; i++) {
		assert_in_range(p->hops[i].what, 0, 2);
		if (p->hops[i].what == 0)
			check_seed(q, &p->hops[i]);
		else if (p->hops[i].what == 1)
			check_edge(q, p, i);
		else
			check_inside(q, p, i);
	}
	assert_int_equal(p->hops[p->n - 1].to, q->target);
	assert_int_equal(p->hops[p->n - 1].gain, q->mode);
	check_sums(q, p);
	check_shape(p);
}

/* Bits of the edges of a path on a tiny graph. */
static uint64_t edge_set(const struct aisp_path *p)
{
	uint64_t set = 0;
	for (size_t i = 0; i < p->n; i++)
		if (p->hops[i].edge)
			set |= 1ULL << p->hops[i].edge;
	return set;
}

/* All paths valid, ordered, different; the first of each certainty is a lightest one. */
static void check_paths(const struct ask *q, const struct toy *effective, const struct aisp_paths *ps, size_t k)
{
	uint32_t *w = calloc((effective->n_nodes + 1) * AISP_MODE_END, sizeof *w);
	size_t at = q->target * AISP_MODE_END + q->mode;
	slow_weights(effective, &q->actor, true, w);
	uint32_t certain = w[at];
	slow_weights(effective, &q->actor, false, w);
	uint32_t possible = w[at];
	free(w);
	assert_true(ps->n <= k);
	assert_int_equal(ps->n > 0, possible != UINT32_MAX);
	if (ps->n) {
		assert_int_equal(ps->paths[0].certain, certain != UINT32_MAX);
		assert_int_equal(ps->paths[0].weight, ps->paths[0].certain ? certain : possible);
	}
	for (size_t i = 0; i < ps->n; i++) {
		check_path(q, &ps->paths[i]);
		if (i && ps->paths[i - 1].certain == ps->paths[i].certain)
			assert_true(ps->paths[i - 1].weight <= ps->paths[i].weight);
		if (i)
			assert_true(ps->paths[i - 1].certain >= ps->paths[i].certain);
	}
}

static void ask_random(const struct toy *t, const struct toy *effective, const struct aisp_reach *r, const struct aisp_overlay *o,
                       uint64_t *random)
{
	struct aisp_seed extra = {1 + toy_below(random, t->n_nodes), (enum aisp_mode)toy_below(random, AISP_MODE_END)};
	struct ask q = {t, o, {.node = 1 + toy_below(random, t->n_nodes)}, 1 + toy_below(random, t->n_nodes),
	                (enum aisp_mode)toy_below(random, AISP_MODE_END)};
	size_t k = 1 + toy_below(random, 4);
	if (toy_below(random, 4) == 0) {
		q.actor.extra = &extra;
		q.actor.n_extra = 1;
		q.actor.only_extra = toy_below(random, 2);
	}
	struct aisp_paths ps = {0};
	assert_int_equal(aisp_reach_explain(r, &q.actor, q.target, q.mode, k, &ps, NULL), 0);
	check_paths(&q, effective, &ps, k);
	for (size_t i = 0; i < ps.n; i++)
		for (size_t j = 0; j < i && !o; j++)
			assert_true((edge_set(&ps.paths[j]) & ~edge_set(&ps.paths[i])) != 0 || edge_set(&ps.paths[j]) == 0);
	aisp_paths_done(&ps);
}

static void test_random(void **state)
{
	(void)state;
	uint64_t random = 11;
	for (unsigned g = 0; g < GRAPHS; g++) {
		struct toy t, after;
		struct aisp_reach *r = NULL;
		toy_fill(&t, &random, 1 + toy_below(&random, MAX_NODES), 1 + toy_below(&random, MAX_EDGES));
		aisp_edge gone[2] = {1 + toy_below(&random, t.n_edges), 1 + toy_below(&random, t.n_edges)};
		struct aisp_overlay_edge more[2];
		for (unsigned i = 0; i < 2; i++)
			more[i] = (struct aisp_overlay_edge){1 + toy_below(&random, t.n_nodes), 1 + toy_below(&random, t.n_nodes),
				aisp_flow_rows[toy_below(&random, (uint32_t)aisp_flow_row_count)].edge, 0, toy_below(&random, 3) == 0};
		struct aisp_overlay o = {gone, 2, more, 2};
		toy_apply(&after, &t, &o);
		bool change = g % 3 == 0;
		assert_int_equal(aisp_reach_new(&t.s, change ? &o : NULL, &r, NULL), 0);
		for (unsigned i = 0; i < 30; i++)
			ask_random(&t, change ? &after : &t, r, change ? &o : NULL, &random);
		aisp_reach_free(r);
		toy_done(&t);
		toy_done(&after);
	}
}

static bool holds_with(const struct ask *q, uint64_t set, bool certain)
{
	uint16_t modes[MAX_NODES + 1];
	slow_forward(q->t, &q->actor, certain, &set, modes);
	return modes[q->target] >> q->mode & 1;
}

/* Every minimal set of edges by which it holds is the set of one explanation. */
static void check_complete(const struct ask *q, const struct aisp_paths *ps)
{
	for (uint64_t set = 0; set < 1ULL << q->t->n_edges; set++) {
		uint64_t edges = set << 1;
		bool minimal = holds_with(q, edges, false);
		for (unsigned e = 1; minimal && e <= q->t->n_edges; e++)
			minimal = !(edges >> e & 1) || !holds_with(q, edges & ~(1ULL << e), false);
		if (!minimal)
			continue;
		bool found = false;
		for (size_t i = 0; i < ps->n; i++)
			found = found || (edge_set(&ps->paths[i]) == edges && ps->paths[i].certain == holds_with(q, edges, true));
		assert_true(found);
	}
}

static void test_complete(void **state)
{
	(void)state;
	uint64_t random = 12;
	for (unsigned g = 0, asked = 0; asked < 400; g++) {
		struct toy t;
		struct aisp_reach *r = NULL;
		toy_fill(&t, &random, 2 + toy_below(&random, 4), TINY_EDGES);
		assert_int_equal(aisp_reach_new(&t.s, NULL, &r, NULL), 0);
		struct ask q = {&t, NULL, {.node = 1 + toy_below(&random, t.n_nodes)}, 1 + toy_below(&random, t.n_nodes),
		                (enum aisp_mode)toy_below(&random, AISP_MODE_END)};
		struct aisp_paths ps = {0};
		assert_int_equal(aisp_reach_explain(r, &q.actor, q.target, q.mode, 500, &ps, NULL), 0);
		if (ps.n && ps.paths[0].cost) {
			check_complete(&q, &ps);
			asked++;
		}
		aisp_paths_done(&ps);
		aisp_reach_free(r);
		toy_done(&t);
	}
}

/* A long chain and nested gates: nothing recurses, and an early stop still gives the least. */
static void test_long(void **state)
{
	(void)state;
	enum { LONG = 40000 };
	struct toy t;
	struct aisp_reach *r = NULL;
	struct aisp_paths ps = {0};
	toy_init(&t, LONG, LONG);
	for (unsigned i = 0; i < LONG; i++)
		toy_node(&t, AISP_NODE_GROUP, 0);
	for (aisp_node n = 1; n < LONG; n++)
		toy_edge(&t, n, AISP_EDGE_MEMBER_OF, n + 1);
	toy_finish(&t);
	assert_int_equal(aisp_reach_new(&t.s, NULL, &r, NULL), 0);
	assert_int_equal(aisp_reach_explain(r, &(struct aisp_actor){.node = 1}, LONG, AISP_MODE_ACT, 1, &ps, NULL), 0);
	assert_int_equal(ps.n, 1);
	assert_int_equal(ps.paths[0].cost, LONG - 1);
	assert_int_equal(ps.paths[0].n, LONG);
	aisp_paths_done(&ps);
	aisp_reach_free(r);
	toy_done(&t);
}

/* The chatbot of story 1: may_read over the role, net over the place in the network, both from the service account. */
static void test_side_branch(void **state)
{
	(void)state;
	struct toy t;
	struct aisp_reach *r = NULL;
	struct aisp_paths ps = {0};
	toy_init(&t, 4, 4);
	aisp_node role = toy_node(&t, AISP_NODE_DB_ROLE, 0), table = toy_node(&t, AISP_NODE_TABLE, AISP_NF_GATED);
	aisp_node workload = toy_node(&t, AISP_NODE_WORKLOAD, 0), network = toy_node(&t, AISP_NODE_NETWORK, 0);
	toy_edge(&t, workload, AISP_EDGE_RUNS_AS, role);
	toy_edge(&t, workload, AISP_EDGE_ATTACHED_TO, network);
	toy_edge(&t, role, AISP_EDGE_CAN_READ, table);
	toy_edge(&t, network, AISP_EDGE_EXPOSES, table);
	toy_finish(&t);
	assert_int_equal(aisp_reach_new(&t.s, NULL, &r, NULL), 0);
	assert_int_equal(aisp_reach_explain(r, &(struct aisp_actor){.node = workload}, table, AISP_MODE_READ, 3, &ps, NULL), 0);
	assert_int_equal(ps.n, 1);
	const struct aisp_path *p = &ps.paths[0];
	static const struct {
		uint8_t what, branch;
		int32_t prev, side;
	} want[] = {{0, 0, -1, -1}, {1, 0, 0, -1}, {1, 0, 1, -1}, {1, 1, 0, -1}, {1, 1, 3, -1}, {2, 0, 2, 4}};
	assert_int_equal(p->n, 6);
	for (size_t i = 0; i < p->n; i++) {
		assert_int_equal(p->hops[i].what, want[i].what);
		assert_int_equal(p->hops[i].branch, want[i].branch);
		assert_int_equal(p->hops[i].prev, want[i].prev);
		assert_int_equal(p->hops[i].side, want[i].side);
	}
	assert_true(p->certain && p->cost == 4 && p->weight == 4);
	aisp_paths_done(&ps);
	aisp_reach_free(r);
	toy_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random), cmocka_unit_test(test_complete), cmocka_unit_test(test_long), cmocka_unit_test(test_side_branch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
