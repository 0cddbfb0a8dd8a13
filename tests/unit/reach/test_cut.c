/* The smallest change against brute force: all subsets of control objects, on thousands of small random graphs. */
#include "base/sym.h"
#include "reach/cut.h"
#include "toy.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CONTROLS = 7, TEXTS = 12, GOALS = 3, KEEPS = 3, EDGES = 40 };

struct term {
	uint8_t n, alternatives[2];
};
struct text { /* what stands in an edge's control */
	char text[128];
	uint8_t n;
	struct term terms[2];
};
struct setting {
	struct toy toy;
	struct text texts[TEXTS];
	uint8_t text_of[EDGES + 1]; /* by edge; TEXTS = none */
	double prices[CONTROLS];
	struct aisp_cut_goal goals[GOALS];
	struct aisp_cut_keep keeps[KEEPS];
	struct aisp_cut_in in;
};

static const char *name_of(unsigned c)
{
	static const char *const names[CONTROLS] = {"a#/0", "b#/1", "c#/2", "d#/3", "e#/4", "f#/5", "g#/6"};
	return names[c];
}

static double price(void *ctx, const struct aisp_snapshot *s, struct aisp_slice control)
{
	const struct setting *x = ctx;
	(void)s;
	for (unsigned c = 0; c < CONTROLS; c++)
		if (aisp_slice_eqz(control, name_of(c)))
			return x->prices[c];
	fail_msg("not a control: %.*s", AISP_FMT(control));
	return 0;
}

static void make_text(struct text *t, uint64_t *random)
{
	size_t at = 0;
	t->n = (uint8_t)(1 + (toy_below(random, 3) == 0));
	for (unsigned i = 0; i < t->n; i++) {
		t->terms[i].n = (uint8_t)(1 + (toy_below(random, 4) == 0));
		t->terms[i].alternatives[0] = (uint8_t)toy_below(random, CONTROLS);
		t->terms[i].alternatives[1] = (uint8_t)((t->terms[i].alternatives[0] + 1 + toy_below(random, CONTROLS - 1)) % CONTROLS);
		const char *first = name_of(t->terms[i].alternatives[0]), *second = name_of(t->terms[i].alternatives[1]);
		const bool two = t->terms[i].n == 2;
		at += (size_t)snprintf(t->text + at, sizeof t->text - at, two ? "%s(%s or %s)" : "%s%s", i ? " and " : "", first, second);
	}
}

static void make(struct setting *x, uint64_t *random)
{
	memset(x, 0, sizeof *x);
	toy_fill(&x->toy, random, 2 + toy_below(random, 9), 2 + toy_below(random, EDGES - 2));
	x->toy.s.syms = aisp_symtab_new();
	for (unsigned i = 0; i < TEXTS; i++)
		make_text(&x->texts[i], random);
	for (unsigned c = 0; c < CONTROLS; c++)
		x->prices[c] = toy_below(random, 6) == 0 ? (double)INFINITY : 1.0 + toy_below(random, 4);
	for (aisp_edge e = 1; e <= x->toy.n_edges; e++) {
		const uint32_t t = toy_below(random, TEXTS + 2);
		x->text_of[e] = (uint8_t)(t < TEXTS ? t : TEXTS);
		if (t < TEXTS)
			assert_int_equal(aisp_symtab_add(x->toy.s.syms, aisp_slice_z(x->texts[t].text), &x->toy.s.edges[e].control, NULL), 0);
	}
	x->in = (struct aisp_cut_in){.close = x->goals, .n_close = 1 + toy_below(random, GOALS), .keep = x->keeps, .n_keep = toy_below(random, KEEPS + 1),
	                             .certainty = toy_below(random, 2), .price = price, .ctx = x, .max_ms = 60000};
	/* Points that hold, as far as chance finds them. */
	for (size_t i = 0; i < x->in.n_close + x->in.n_keep; i++) {
		struct aisp_cut_goal g = {0};
		for (int tries = 0; tries < 40; tries++) {
			uint16_t modes[16] = {0};
			g = (struct aisp_cut_goal){{.node = 1 + toy_below(random, x->toy.n_nodes)}, 1 + toy_below(random, x->toy.n_nodes), toy_below(random, AISP_MODE_END)};
			slow_forward(&x->toy, &g.actor, x->in.certainty == AISP_CERTAIN, NULL, modes);
			if (modes[g.target] >> g.mode & 1 && g.actor.node != g.target)
				break;
		}
		if (i < x->in.n_close)
			x->goals[i] = g;
		else
			x->keeps[i - x->in.n_close] = (struct aisp_cut_keep){g, toy_below(random, 4) == 0 ? (double)INFINITY : 1.0 + toy_below(random, 5)};
	}
}

static void unmake(struct setting *x)
{
	aisp_symtab_free(x->toy.s.syms);
	x->toy.s.syms = NULL;
	toy_done(&x->toy);
}

static bool falls(const struct setting *x, unsigned text, unsigned taken)
{
	for (unsigned i = 0; i < x->texts[text].n; i++) {
		const struct term *t = &x->texts[text].terms[i];
		bool stands = false;
		for (unsigned k = 0; k < t->n; k++)
			stands |= !(taken >> t->alternatives[k] & 1);
		if (!stands)
			return true;
	}
	return false;
}

/* Bit i: point i (goals, then keeps) holds when these controls are taken. */
static unsigned points(const struct setting *x, unsigned taken)
{
	uint64_t only = 0;
	unsigned held = 0;
	for (aisp_edge e = 1; e <= x->toy.n_edges; e++)
		if (x->text_of[e] == TEXTS || !falls(x, x->text_of[e], taken))
			only |= (uint64_t)1 << e;
	for (size_t i = 0; i < x->in.n_close + x->in.n_keep; i++) {
		const struct aisp_cut_goal *g = i < x->in.n_close ? &x->goals[i] : &x->keeps[i - x->in.n_close].use;
		uint16_t modes[16] = {0};
		slow_forward(&x->toy, &g->actor, x->in.certainty == AISP_CERTAIN, &only, modes);
		held |= (unsigned)(modes[g->target] >> g->mode & 1) << i;
	}
	return held;
}

struct brute {
	double cost;
	unsigned open; /* goals that nothing closes */
};

static struct brute brute(const struct setting *x)
{
	unsigned finite = 0;
	for (unsigned c = 0; c < CONTROLS; c++)
		finite |= (unsigned)isfinite(x->prices[c]) << c;
	const unsigned goals = (1u << x->in.n_close) - 1, before = points(x, 0);
	struct brute b = {INFINITY, points(x, finite) & goals};
	for (unsigned taken = 0; taken < 1u << CONTROLS; taken++) {
		double cost = 0;
		if (taken & ~finite)
			continue;
		const unsigned held = points(x, taken);
		if (held & goals & ~b.open)
			continue;
		for (unsigned c = 0; c < CONTROLS; c++)
			cost += taken >> c & 1 ? x->prices[c] : 0;
		for (size_t k = 0; k < x->in.n_keep; k++)
			cost += (before & ~held) >> (x->in.n_close + k) & 1 ? x->keeps[k].price : 0;
		if (cost < b.cost)
			b.cost = cost;
	}
	return b;
}

static void check(const struct setting *x, unsigned round, unsigned *ret_cut)
{
	struct aisp_cut cut = {0};
	struct aisp_err err = {0};
	const struct brute b = brute(x);
	unsigned open = 0, taken = 0;
	if (aisp_cut_find(&x->toy.s, &x->in, &cut, &err) < 0)
		fail_msg("graph %u: %s", round, err.msg);
	for (size_t i = 0; i < cut.n_open; i++)
		open |= 1u << cut.open[i];
	for (size_t i = 0; i < cut.n_controls; i++)
		for (unsigned c = 0; c < CONTROLS; c++)
			taken |= (unsigned)aisp_slice_eqz(cut.controls[i], name_of(c)) << c;
	if (open != b.open)
		fail_msg("graph %u: open %x instead of %x", round, open, b.open);
	if (isfinite(b.cost)) {
		if (!cut.proved || fabs(cut.cost - b.cost) > 1e-9 || fabs(cut.bound - b.cost) > 1e-9)
			fail_msg("graph %u: cost %g, bound %g, %sproved, instead of %g", round, cut.cost, cut.bound, cut.proved ? "" : "not ", b.cost);
		assert_int_equal(cut.closed, b.open == 0);
	} else {
		/* A use that must not be lost is in the way. */
		assert_false(cut.closed);
		assert_true(cut.n_lost > 0);
	}
	*ret_cut += taken != 0;
	aisp_cut_done(&cut);
}

static void test_equal_to_brute_force(void **state)
{
	(void)state;
	uint64_t random = 11;
	unsigned cut = 0;
	for (unsigned round = 0; round < 3000; round++) {
		struct setting x;
		make(&x, &random);
		check(&x, round, &cut);
		x.in.flow_from = 1; /* the same by the way of large graphs, where it applies */
		if (x.in.n_keep == 0)
			check(&x, round, &cut);
		unmake(&x);
	}
	assert_true(cut > 500); /* most would say nothing otherwise */
}

static int gather(void *ctx, uint32_t term, struct aisp_slice alternative)
{
	char *out = ctx;
	sprintf(out + strlen(out), "%u:%.*s;", term, AISP_FMT(alternative));
	return 0;
}

/* What is one control object and what is several. */
int aisp_cut__parse(struct aisp_slice control, int (*f)(void *ctx, uint32_t term, struct aisp_slice alternative), void *ctx);
static void test_controls_are_taken_apart(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"GRANT SELECT, INSERT ON a and b TO c", "0:GRANT SELECT, INSERT ON a and b TO c;"},
		{"arn:aws:iam::1:policy/p#/Statement/0", "0:arn:aws:iam::1:policy/p#/Statement/0;"},
		{"p#/0 and (q#/1 or r#/2)", "0:p#/0;1:q#/1;1:r#/2;"},
		{"(q#/1 or r#/2) and p#/0", "0:q#/1;0:r#/2;1:p#/0;"},
		{"p#/0 and it is used", "0:p#/0 and it is used;"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[256] = "";
		aisp_cut__parse(aisp_slice_z(cases[i][0]), gather, out);
		assert_string_equal(out, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_controls_are_taken_apart), cmocka_unit_test(test_equal_to_brute_force)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
