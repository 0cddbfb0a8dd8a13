/* Every row of the semantics table has its own smallest test, made from the table: the fewest nodes and edges; it holds
 * with them and not without; with the guard off, no explanation uses the row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "toy.h"
#include <stdlib.h>

/* The rows of these tables, by number, are what a path's hops name. */
enum { SEED, EDGE, INSIDE };

/* A kind about which the table says nothing of its own. */
static const enum aisp_node_kind PLAIN = AISP_NODE_NAMESPACE;

struct question {
	struct toy t;
	struct aisp_actor actor;
	struct aisp_seed seeds[2];
	aisp_node target;
	enum aisp_mode gain;
	unsigned what, row;
};

/* Bit 0: held possibly; bit 1: certainly; bit 2: some explanation of it uses the row. */
static unsigned ask(struct question *q)
{
	struct aisp_reach *r = NULL;
	struct aisp_reach_answer *possible = NULL, *certain = NULL;
	struct aisp_paths ps = {0};
	unsigned got = 0;
	toy_finish(&q->t);
	assert_int_equal(aisp_reach_new(&q->t.s, NULL, &r, NULL), 0);
	assert_int_equal(aisp_reach_forward_both(r, &q->actor, 1, &possible, &certain, NULL), 0);
	assert_int_equal(aisp_reach_explain(r, &q->actor, q->target, q->gain, 50, &ps, NULL), 0);
	got |= aisp_reach_holds(possible, 0, q->target, q->gain) ? 1 : 0;
	got |= aisp_reach_holds(certain, 0, q->target, q->gain) ? 2 : 0;
	for (size_t i = 0; i < ps.n; i++)
		for (size_t h = 0; h < ps.paths[i].n; h++)
			if (ps.paths[i].hops[h].what == q->what && ps.paths[i].hops[h].row == q->row)
				got |= 4;
	aisp_paths_done(&ps);
	aisp_reach_answer_free(possible);
	aisp_reach_answer_free(certain);
	aisp_reach_free(r);
	return got;
}

static void start(struct question *q, unsigned what, size_t row, enum aisp_mode gain)
{
	*q = (struct question){.what = what, .row = (unsigned)row, .gain = gain};
	q->actor = (struct aisp_actor){.extra = q->seeds, .n_extra = 1, .only_extra = true};
	toy_init(&q->t, 4, 4);
}

/* Two nodes and one edge. */
static void flow_question(struct question *q, size_t i)
{
	const struct aisp_flow_row *row = &aisp_flow_rows[i];
	start(q, EDGE, i, row->gain);
	toy_node(&q->t, PLAIN, 0);
	toy_node(&q->t, PLAIN, 0);
	toy_edge(&q->t, row->back ? 2 : 1, row->edge, row->back ? 1 : 2);
	q->t.edges[1].flags = row->guard == AISP_GUARD_EDGE_EXECUTES ? AISP_EF_EXECUTES : 0;
	q->seeds[0] = (struct aisp_seed){1, row->have};
	q->target = 2;
}

static void test_flow_rows(void **state)
{
	(void)state;
	struct question q;
	for (size_t i = 0; i < aisp_flow_row_count; i++) {
		flow_question(&q, i);
		assert_int_equal(ask(&q), 1 | 2 | 4);
		q.t.edges[1].conditional = true;
		assert_int_equal(ask(&q), 1 | 4);
		q.t.edges[1].conditional = false;
		q.t.edges[1].unresolved = true;
		assert_int_equal(ask(&q), 1 | 4);
		q.t.edges[1].unresolved = false;
		if (aisp_flow_rows[i].guard != AISP_GUARD_NONE) {
			q.t.edges[1].flags ^= AISP_EF_EXECUTES;
			assert_false(ask(&q) & 4);
			q.t.edges[1].flags ^= AISP_EF_EXECUTES;
		}
		q.t.n_edges = 0;
		assert_int_equal(ask(&q), 0);
		toy_done(&q.t);
	}
}

static unsigned flag_for(enum aisp_guard g)
{
	switch (g) {
	case AISP_GUARD_NODE_GATED:
		return AISP_NF_GATED;
	case AISP_GUARD_NODE_AUTH_NONE:
		return AISP_NF_AUTH_NONE;
	case AISP_GUARD_NODE_AUTH_UNKNOWN:
		return AISP_NF_AUTH_UNKNOWN;
	case AISP_GUARD_NODE_EXECUTES:
		return AISP_NF_EXECUTES;
	default:
		return 0;
	}
}

static void inside_question(struct question *q, size_t i, enum aisp_node_kind kind, unsigned flags)
{
	const struct aisp_inside_row *row = &aisp_inside_rows[i];
	start(q, INSIDE, i, row->gain);
	toy_node(&q->t, kind, flags);
	q->seeds[0] = (struct aisp_seed){1, row->have};
	q->seeds[1] = (struct aisp_seed){1, row->with < 0 ? row->have : (enum aisp_mode)row->with};
	q->actor.n_extra = row->with < 0 ? 1 : 2;
	q->target = 1;
}

static void test_inside_rows(void **state)
{
	(void)state;
	struct question q;
	for (size_t i = 0; i < aisp_inside_row_count; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[i];
		enum aisp_node_kind kind = row->kind == AISP_NODE_NONE ? PLAIN : row->kind;
		unsigned flags = flag_for(row->guard);
		bool unsure = row->guard == AISP_GUARD_NODE_AUTH_UNKNOWN;
		inside_question(&q, i, kind, flags);
		assert_int_equal(ask(&q), unsure ? 1 | 4 : 1 | 2 | 4);
		for (unsigned lone = 0; row->with >= 0 && lone < 2; lone++) { /* one premise alone is not enough */
			q.actor.n_extra = 1;
			q.seeds[0].mode = lone ? (enum aisp_mode)row->with : row->have;
			assert_int_equal(ask(&q), 0);
		}
		toy_done(&q.t);
		if (row->guard != AISP_GUARD_NONE) {
			inside_question(&q, i, kind, row->guard == AISP_GUARD_NODE_OPEN ? AISP_NF_GATED : 0);
			assert_false(ask(&q) & 4);
			toy_done(&q.t);
		}
		if (row->kind != AISP_NODE_NONE) {
			inside_question(&q, i, PLAIN, flags);
			assert_int_equal(ask(&q), 0);
			toy_done(&q.t);
		}
	}
}

/* The actor of the row's kind, a node at the other end, and somebody who can become the actor. */
static void test_seed_rows(void **state)
{
	(void)state;
	struct question q;
	for (size_t i = 0; i < aisp_seed_row_count; i++) {
		const struct aisp_seed_row *row = &aisp_seed_rows[i];
		start(&q, SEED, i, row->mode);
		aisp_node actor = toy_node(&q.t, row->kind == AISP_NODE_NONE ? (enum aisp_node_kind)AISP_NODE_MODEL : row->kind, 0);
		aisp_node other = toy_node(&q.t, AISP_NODE_TENANT, 0);
		q.actor = (struct aisp_actor){.node = actor};
		q.target = row->edge == AISP_EDGE_NONE ? actor : other;
		if (row->edge != AISP_EDGE_NONE) {
			assert_int_equal(ask(&q), 0);
			toy_edge(&q.t, row->back ? other : actor, row->edge, row->back ? actor : other);
			q.t.edges[1].conditional = true;
			assert_int_equal(ask(&q), 1 | 4);
			q.t.edges[1].conditional = false;
		}
		assert_int_equal(ask(&q), 1 | 2 | 4);
		q.actor.only_extra = true;
		q.actor.n_extra = 0;
		assert_int_equal(ask(&q), 0);
		toy_done(&q.t);
	}
}

/* What a seed row gives at the other end of an edge does not travel: who becomes the role is not connected by that. */
static void test_seeds_stay(void **state)
{
	(void)state;
	struct question q;
	start(&q, SEED, 0, AISP_MODE_NET);
	aisp_node user = toy_node(&q.t, AISP_NODE_USER, 0), role = toy_node(&q.t, AISP_NODE_DB_ROLE, 0);
	aisp_node database = toy_node(&q.t, AISP_NODE_DATABASE, AISP_NF_GATED);
	toy_edge(&q.t, user, AISP_EDGE_CAN_ASSUME, role);
	toy_edge(&q.t, role, AISP_EDGE_CAN_CALL, database);
	q.target = database;
	q.actor = (struct aisp_actor){.node = role};
	assert_int_equal(ask(&q) & 3, 3);
	q.actor.node = user;
	assert_int_equal(ask(&q), 0);
	q.gain = AISP_MODE_MAY_CALL;
	assert_int_equal(ask(&q) & 3, 3);
	toy_done(&q.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow_rows), cmocka_unit_test(test_inside_rows), cmocka_unit_test(test_seed_rows), cmocka_unit_test(test_seeds_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
