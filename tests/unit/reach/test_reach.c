/* The engine against the slow evaluator on thousands of random graphs: forward, reverse, pairs, what-if, explanations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "toy.h"
#include <stdio.h>
#include <stdlib.h>

enum { GRAPHS = 4000, MAX_NODES = 12, MAX_EDGES = 48 };

struct actors {
	struct aisp_actor a[AISP_REACH_BATCH];
	struct aisp_seed extra[AISP_REACH_BATCH][2];
	size_t n;
};

/* Every node as actor, then random ones with explicit seeds. */
static void make_actors(struct actors *x, const struct toy *t, uint64_t *state, size_t n)
{
	x->n = n;
	for (size_t i = 0; i < n; i++) {
		x->a[i] = (struct aisp_actor){.node = i < t->n_nodes ? (aisp_node)i + 1 : toy_below(state, t->n_nodes + 1)};
		if (i < t->n_nodes || (x->a[i].node && toy_below(state, 2)))
			continue;
		for (unsigned k = 0; k < 2; k++)
			x->extra[i][k] = (struct aisp_seed){1 + toy_below(state, t->n_nodes), (enum aisp_mode)toy_below(state, AISP_MODE_END)};
		x->a[i].extra = x->extra[i];
		x->a[i].n_extra = 1 + toy_below(state, 2);
		x->a[i].only_extra = toy_below(state, 2);
	}
}

static struct aisp_reach *reach_of(const struct toy *t, const struct aisp_overlay *o)
{
	struct aisp_reach *r = NULL;
	struct aisp_err err = {0};
	assert_int_equal(aisp_reach_new(&t->s, o, &r, &err), 0);
	return r;
}

struct each_ctx {
	uint16_t *modes;
	aisp_node last;
};

static int compare_each(void *ctx, aisp_node n, unsigned modes)
{
	struct each_ctx *x = ctx;
	assert_true(n > x->last);
	assert_int_equal(modes, x->modes[n]);
	x->modes[n] = 0;
	x->last = n;
	return 0;
}

static void compare(const struct toy *t, const struct aisp_reach_answer *a, size_t i, const uint16_t *want)
{
	uint64_t words[AISP_REACH_BATCH / 64];
	uint16_t left[MAX_NODES + 1];
	for (aisp_node n = 1; n <= t->n_nodes; n++) {
		assert_int_equal(aisp_reach_modes(a, i, n), want[n]);
		for (unsigned m = 0; m < AISP_MODE_END; m++) {
			assert_int_equal(aisp_reach_holds(a, i, n, (enum aisp_mode)m), want[n] >> m & 1);
			aisp_reach_row(a, n, (enum aisp_mode)m, words);
			assert_int_equal(words[i / 64] >> (i % 64) & 1, want[n] >> m & 1);
		}
	}
	memcpy(left, want, (t->n_nodes + 1) * sizeof *left);
	struct each_ctx x = {left, 0};
	assert_int_equal(aisp_reach_each(a, i, compare_each, &x), 0);
	for (aisp_node n = 1; n <= t->n_nodes; n++)
		assert_int_equal(left[n], 0);
}

/* Engine r against the slow evaluator on t, both certainties, one by one and together. */
static void check_forward(const struct toy *t, const struct aisp_reach *r, const struct actors *x)
{
	struct aisp_reach_answer *one[2], *both[2];
	uint16_t want[MAX_NODES + 1];
	assert_int_equal(aisp_reach_forward(r, x->a, x->n, AISP_POSSIBLE, &one[0], NULL), 0);
	assert_int_equal(aisp_reach_forward(r, x->a, x->n, AISP_CERTAIN, &one[1], NULL), 0);
	assert_int_equal(aisp_reach_forward_both(r, x->a, x->n, &both[0], &both[1], NULL), 0);
	for (size_t i = 0; i < x->n; i++)
		for (unsigned certain = 0; certain < 2; certain++) {
			slow_forward(t, &x->a[i], certain, NULL, want);
			compare(t, one[certain], i, want);
			compare(t, both[certain], i, want);
		}
	for (unsigned c = 0; c < 2; c++) {
		aisp_reach_answer_free(one[c]);
		aisp_reach_answer_free(both[1 - c]);
	}
}

static void test_forward(void **state)
{
	(void)state;
	uint64_t random = 1;
	static struct actors x;
	for (unsigned g = 0; g < GRAPHS; g++) {
		struct toy t;
		toy_fill(&t, &random, 1 + toy_below(&random, MAX_NODES), toy_below(&random, MAX_EDGES));
		struct aisp_reach *r = reach_of(&t, NULL);
		make_actors(&x, &t, &random, g % 100 ? t.n_nodes + 2 : 65 + toy_below(&random, 448));
		check_forward(&t, r, &x);
		aisp_reach_free(r);
		toy_done(&t);
	}
}

static bool has(const struct aisp_reached_by *b, aisp_node n, bool *ret_certain)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->actors[i] == n) {
			*ret_certain = b->certain[i];
			return true;
		}
	return false;
}

static bool odd_nodes(void *ctx, const struct aisp_snapshot *s, aisp_node n)
{
	(void)s;
	return n % 2 == *(unsigned *)ctx;
}

static void check_reverse(const struct toy *t, const struct aisp_reach *r, uint16_t want[2][MAX_NODES + 1][MAX_NODES + 1], unsigned odd)
{
	for (aisp_node target = 1; target <= t->n_nodes; target++)
		for (unsigned m = 0; m < AISP_MODE_END; m++) {
			struct aisp_reached_by b = {0};
			aisp_actor_filter *filter = odd < 2 ? odd_nodes : NULL;
			assert_int_equal(aisp_reach_reverse(r, target, (enum aisp_mode)m, filter, &odd, &b, NULL), 0);
			for (aisp_node n = 1; n <= t->n_nodes; n++) {
				bool certain = false, found = has(&b, n, &certain);
				bool asked = odd == 2 || n % 2 == odd;
				assert_int_equal(found, asked && want[0][n][target] >> m & 1);
				assert_int_equal(certain, asked && want[1][n][target] >> m & 1);
			}
			for (size_t i = 1; i < b.n; i++)
				assert_true(b.actors[i - 1] < b.actors[i]);
			aisp_reached_by_done(&b);
		}
}

static void test_reverse(void **state)
{
	(void)state;
	uint64_t random = 2;
	static uint16_t want[2][MAX_NODES + 1][MAX_NODES + 1];
	for (unsigned g = 0; g < GRAPHS; g++) {
		struct toy t;
		toy_fill(&t, &random, 1 + toy_below(&random, MAX_NODES), toy_below(&random, MAX_EDGES));
		struct aisp_reach *r = reach_of(&t, NULL);
		for (aisp_node n = 1; n <= t.n_nodes; n++)
			for (unsigned c = 0; c < 2; c++)
				slow_forward(&t, &(struct aisp_actor){.node = n}, c, NULL, want[c][n]);
		check_reverse(&t, r, want, g % 3);
		aisp_reach_free(r);
		toy_done(&t);
	}
}

struct pairs_ctx {
	uint8_t seen[AISP_REACH_BATCH * 2][MAX_NODES + 1]; /* 1 possible, 2 certain too */
	size_t calls, stop_at;
};

static int note_pair(void *ctx, size_t actor, size_t target, bool certain)
{
	struct pairs_ctx *x = ctx;
	assert_int_equal(x->seen[actor][target], 0);
	x->seen[actor][target] = certain ? 2 : 1;
	return ++x->calls == x->stop_at ? 77 : 0;
}

static void check_pairs(const struct toy *t, const struct aisp_reach *r, const struct actors *x, enum aisp_mode m)
{
	static struct pairs_ctx got;
	uint16_t want[2][MAX_NODES + 1];
	aisp_node targets[MAX_NODES];
	size_t total = 0;
	memset(&got, 0, sizeof got);
	for (aisp_node n = 1; n <= t->n_nodes; n++)
		targets[n - 1] = n;
	assert_int_equal(aisp_reach_pairs(r, x->a, x->n, targets, t->n_nodes, m, note_pair, &got, NULL), 0);
	for (size_t i = 0; i < x->n; i++) {
		slow_forward(t, &x->a[i], false, NULL, want[0]);
		slow_forward(t, &x->a[i], true, NULL, want[1]);
		for (aisp_node n = 1; n <= t->n_nodes; n++) {
			unsigned expect = (want[0][n] >> m & 1) + (want[1][n] >> m & 1);
			assert_int_equal(got.seen[i][n - 1], expect);
			total += expect != 0;
		}
	}
	if (!total)
		return;
	memset(&got, 0, sizeof got);
	got.stop_at = total;
	assert_int_equal(aisp_reach_pairs(r, x->a, x->n, targets, t->n_nodes, m, note_pair, &got, NULL), 77);
}

static void test_pairs(void **state)
{
	(void)state;
	uint64_t random = 3;
	static struct actors x;
	for (unsigned g = 0; g < GRAPHS; g++) {
		struct toy t;
		toy_fill(&t, &random, 1 + toy_below(&random, MAX_NODES), toy_below(&random, MAX_EDGES));
		struct aisp_reach *r = reach_of(&t, NULL);
		make_actors(&x, &t, &random, g % 100 ? t.n_nodes + 2 : 200 + toy_below(&random, 300));
		check_pairs(&t, r, &x, (enum aisp_mode)(g % AISP_MODE_END));
		aisp_reach_free(r);
		toy_done(&t);
	}
}

struct change {
	aisp_edge removed[8];
	struct aisp_overlay_edge added[8];
	struct aisp_overlay o;
};

static void make_change(struct change *c, const struct toy *t, uint64_t *random)
{
	c->o = (struct aisp_overlay){.removed = c->removed, .added = c->added};
	if (t->n_edges)
		c->o.n_removed = toy_below(random, 8);
	for (size_t i = 0; i < c->o.n_removed; i++)
		c->removed[i] = 1 + toy_below(random, t->n_edges);
	c->o.n_added = toy_below(random, 6);
	for (size_t i = 0; i < c->o.n_added; i++)
		c->added[i] = (struct aisp_overlay_edge){1 + toy_below(random, t->n_nodes), 1 + toy_below(random, t->n_nodes),
			aisp_flow_rows[toy_below(random, (uint32_t)aisp_flow_row_count)].edge, toy_below(random, 2), toy_below(random, 4) == 0};
}

static void test_what_if(void **state)
{
	(void)state;
	uint64_t random = 4;
	static struct actors x;
	static uint16_t want[2][MAX_NODES + 1][MAX_NODES + 1];
	for (unsigned g = 0; g < GRAPHS; g++) {
		struct toy t, after;
		struct change c;
		toy_fill(&t, &random, 1 + toy_below(&random, MAX_NODES), toy_below(&random, MAX_EDGES));
		make_change(&c, &t, &random);
		toy_apply(&after, &t, &c.o);
		struct aisp_reach *r = reach_of(&t, &c.o);
		make_actors(&x, &t, &random, t.n_nodes + 2);
		check_forward(&after, r, &x);
		for (aisp_node n = 1; n <= t.n_nodes; n++)
			for (unsigned k = 0; k < 2; k++)
				slow_forward(&after, &(struct aisp_actor){.node = n}, k, NULL, want[k][n]);
		if (g % 4 == 0)
			check_reverse(&after, r, want, 2);
		aisp_reach_free(r);
		toy_done(&t);
		toy_done(&after);
	}
}

/* Big enough for the parts that run at once and for loops of many components. */
static void test_big(void **state)
{
	(void)state;
	enum { NODES = 15000, EDGES = 45000, ACTORS = 6 };
	uint64_t random = 5;
	struct toy t;
	struct aisp_actor a[ACTORS];
	struct aisp_reach_answer *got[2];
	static uint16_t want[NODES + 1];
	toy_fill(&t, &random, NODES, EDGES);
	struct aisp_reach *r = reach_of(&t, NULL);
	for (size_t i = 0; i < ACTORS; i++)
		a[i] = (struct aisp_actor){.node = 1 + toy_below(&random, NODES)};
	assert_int_equal(aisp_reach_forward_both(r, a, ACTORS, &got[0], &got[1], NULL), 0);
	for (size_t i = 0; i < ACTORS; i++)
		for (unsigned c = 0; c < 2; c++) {
			slow_forward(&t, &a[i], c, NULL, want);
			for (aisp_node n = 1; n <= NODES; n++)
				assert_int_equal(aisp_reach_modes(got[c], i, n), want[n]);
		}
	aisp_reach_answer_free(got[0]);
	aisp_reach_answer_free(got[1]);
	aisp_reach_free(r);
	toy_done(&t);
}

static void test_refused(void **state)
{
	(void)state;
	uint64_t random = 6;
	struct toy t;
	struct aisp_err err;
	struct aisp_reach_answer *a = (void *)1;
	struct aisp_reached_by b = {.n = 9};
	struct aisp_paths p = {.n = 9};
	struct aisp_seed bad = {99, AISP_MODE_ACT};
	toy_fill(&t, &random, 4, 8);
	struct aisp_reach *r = reach_of(&t, NULL);
	assert_int_equal(aisp_reach_forward(r, NULL, 0, AISP_CERTAIN, &a, &err), AISP_E_USAGE);
	assert_int_equal(aisp_reach_forward(r, &(struct aisp_actor){.node = 5}, 1, AISP_CERTAIN, &a, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_reach_forward(r, &(struct aisp_actor){.extra = &bad, .n_extra = 1}, 1, AISP_CERTAIN, &a, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_reach_reverse(r, 0, AISP_MODE_ACT, NULL, NULL, &b, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_reach_explain(r, &(struct aisp_actor){.node = 1}, 77, AISP_MODE_ACT, 1, &p, &err), AISP_E_NOTFOUND);
	assert_ptr_equal(a, (void *)1);
	assert_int_equal(b.n + p.n, 18);
	struct aisp_reach *none = NULL;
	aisp_edge gone = 9;
	assert_int_equal(aisp_reach_new(&t.s, &(struct aisp_overlay){.removed = &gone, .n_removed = 1}, &none, &err), AISP_E_NOTFOUND);
	assert_null(none);
	aisp_reach_free(r);
	toy_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward), cmocka_unit_test(test_reverse), cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_what_if), cmocka_unit_test(test_big),     cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
