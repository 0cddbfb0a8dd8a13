/* Giving back what a closing choice does not need. One control after the other: the labels that stand again without it give what they give, until a goal is reached (then all
 * of it is undone) or nothing new comes (then it stays so). What comes is little where not much is opened, so hundreds of controls cost about as much as settling once.
 */
#include "base/clock.h"
#include "reach/cut_int.h"
#include <stdlib.h>

struct pair {
	uint32_t control, label; /* or label, step */
};
struct priced {
	double price;
	uint32_t control;
};
struct sparing {
	const struct cut_graph *g;
	struct cut_world *w;
	uint64_t *goals;  /* by fact and word: actors that must not get there */
	AISP_VEC(struct pair) needs;  /* taken control, dead label; by control */
	AISP_VEC(struct pair) steps;  /* dead label, step; by label */
	AISP_VEC(struct priced) order;
	AISP_VEC(uint32_t) undo;      /* facts … */
	AISP_VEC(uint64_t) undo_bits; /* … and what they had */
	AISP_VEC(uint32_t) revived;
};

static int by_first(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (x->control != y->control)
		return x->control < y->control ? -1 : 1;
	return x->label < y->label ? -1 : x->label > y->label;
}

static int dearest_first(const void *a, const void *b)
{
	const struct priced *x = a, *y = b;
	if (x->price < y->price || x->price > y->price)
		return x->price > y->price ? -1 : 1;
	return x->control < y->control ? -1 : x->control > y->control;
}

static const struct pair *first_of(const struct pair *v, size_t n, uint32_t key)
{
	size_t low = 0;
	while (n) {
		const size_t half = n / 2;
		if (v[low + half].control < key) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return v + low;
}

static int list_label(struct sparing *x, uint32_t label)
{
	const struct cut_graph *g = x->g;
	const struct cut_range l = g->labels.v[label];
	for (uint32_t i = 0; i < l.n; i++) {
		const struct cut_range t = g->terms.v[g->label_terms.v[l.at + i]];
		for (uint32_t k = 0; k < t.n; k++)
			if (x->w->taken[g->alternatives.v[t.at + k]] && aisp_vec_push(&x->needs, ((struct pair){g->alternatives.v[t.at + k], label})) < 0)
				return AISP_E_NOMEM;
	}
	return 0;
}

static int list_all(struct sparing *x, const uint8_t *shut)
{
	const struct cut_graph *g = x->g;
	int r = 0;
	x->goals = aisp_mem_zalloc(g->slots.n * g->words + 1, sizeof *x->goals);
	if (!x->goals)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < g->goals.n; i++) {
		const struct cut_point *p = &g->goals.v[i];
		if (!shut[i] && p->fact != AISP_CUT_NONE)
			x->goals[(size_t)p->fact * g->words + p->actor / 64] |= (uint64_t)1 << p->actor % 64;
	}
	for (uint32_t l = 0; r == 0 && l < g->labels.n; l++)
		if (x->w->dead[l])
			r = list_label(x, l);
	for (uint32_t i = 0; r == 0 && i < g->steps.n; i++)
		if (x->w->dead[g->steps.v[i].label])
			r = aisp_vec_push(&x->steps, ((struct pair){g->steps.v[i].label, i}));
	for (uint32_t c = 0; r == 0 && c < g->controls.n; c++)
		if (x->w->taken[c])
			r = aisp_vec_push(&x->order, ((struct priced){g->prices.v[c], c}));
	if (r == 0 && x->needs.n)
		qsort(x->needs.v, x->needs.n, sizeof *x->needs.v, by_first);
	if (r == 0 && x->steps.n)
		qsort(x->steps.v, x->steps.n, sizeof *x->steps.v, by_first);
	if (r == 0 && x->order.n)
		qsort(x->order.v, x->order.n, sizeof *x->order.v, dearest_first);
	return r;
}

/* More for a fact; notes what it had. *ret_hit: a goal is reached. */
static int gain(struct sparing *x, uint32_t fact, const uint64_t *a, const uint64_t *b, bool *ret_hit)
{
	const uint32_t words = x->g->words;
	uint64_t *out = x->w->val + (size_t)fact * words, more = 0;
	for (uint32_t i = 0; i < words; i++)
		more |= a[i] & b[i] & ~out[i];
	if (!more)
		return 0;
	if (aisp_vec_push(&x->undo, fact) < 0)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < words; i++) {
		if (aisp_vec_push(&x->undo_bits, out[i]) < 0) {
			x->undo.n--;
			return AISP_E_NOMEM;
		}
		out[i] |= a[i] & b[i];
		*ret_hit |= (out[i] & x->goals[(size_t)fact * words + i]) != 0;
	}
	if (x->w->waits[fact])
		return 0;
	x->w->waits[fact] = 1;
	return aisp_vec_push(&x->w->queue, fact);
}

static int seed(struct sparing *x, const struct cut_step *s, bool *ret_hit)
{
	const size_t at = (size_t)s->out * x->g->words + s->actor / 64;
	const uint64_t bit = (uint64_t)1 << s->actor % 64;
	if (x->w->val[at] & bit)
		return 0;
	AISP_AUTOFREE uint64_t *bits = aisp_mem_zalloc(x->g->words, sizeof *bits);
	if (!bits)
		return AISP_E_NOMEM;
	bits[s->actor / 64] = bit;
	return gain(x, s->out, bits, bits, ret_hit);
}

static int step(struct sparing *x, uint32_t a, uint32_t b, uint32_t out, bool *ret_hit)
{
	const uint32_t words = x->g->words;
	const uint64_t *v = x->w->val + (size_t)a * words;
	return gain(x, out, v, b == AISP_CUT_NONE ? v : x->w->val + (size_t)b * words, ret_hit);
}

static int spread(struct sparing *x, bool *ret_hit)
{
	const struct cut_graph *g = x->g;
	int r = 0;
	for (size_t at = 0; r == 0 && !*ret_hit && at < x->w->queue.n; at++) {
		const uint32_t f = x->w->queue.v[at];
		x->w->waits[f] = 0;
		for (uint32_t i = g->from_at[f]; r == 0 && !*ret_hit && i < g->from_at[f + 1]; i++)
			if (!x->w->dead[g->arcs[i].label])
				r = step(x, f, g->arcs[i].with, g->arcs[i].out, ret_hit);
	}
	for (size_t i = 0; i < x->w->queue.n; i++)
		x->w->waits[x->w->queue.v[i]] = 0;
	return r;
}

static bool label_stands(const struct sparing *x, uint32_t label)
{
	const struct cut_graph *g = x->g;
	const struct cut_range l = g->labels.v[label];
	for (uint32_t i = 0; i < l.n; i++) {
		const struct cut_range t = g->terms.v[g->label_terms.v[l.at + i]];
		bool stands = false;
		for (uint32_t k = 0; k < t.n && !stands; k++)
			stands = !x->w->taken[g->alternatives.v[t.at + k]];
		if (!stands)
			return false;
	}
	return true;
}

static int revive(struct sparing *x, uint32_t label, bool *ret_hit)
{
	int r = 0;
	x->w->dead[label] = 0;
	if (aisp_vec_push(&x->revived, label) < 0)
		return AISP_E_NOMEM;
	for (const struct pair *p = first_of(x->steps.v, x->steps.n, label); r == 0 && p < x->steps.v + x->steps.n && p->control == label; p++) {
		const struct cut_step *s = &x->g->steps.v[p->label];
		r = s->a == AISP_CUT_NONE ? seed(x, s, ret_hit) : step(x, s->a, s->b, s->out, ret_hit);
	}
	return r;
}

static void undo(struct sparing *x)
{
	const uint32_t words = x->g->words;
	for (size_t i = x->undo.n; i-- > 0;)
		memcpy(x->w->val + (size_t)x->undo.v[i] * words, x->undo_bits.v + i * words, words * sizeof(uint64_t));
	for (size_t i = 0; i < x->revived.n; i++)
		x->w->dead[x->revived.v[i]] = 1;
}

static int try_without(struct sparing *x, uint32_t control)
{
	bool hit = false;
	int r = 0;
	x->undo.n = x->undo_bits.n = x->revived.n = x->w->queue.n = 0;
	x->w->taken[control] = 0;
	for (const struct pair *p = first_of(x->needs.v, x->needs.n, control); r == 0 && p < x->needs.v + x->needs.n && p->control == control; p++)
		if (x->w->dead[p->label] && label_stands(x, p->label))
			r = revive(x, p->label, &hit);
	if (r == 0)
		r = spread(x, &hit);
	if (hit) {
		undo(x);
		x->w->taken[control] = 1;
	}
	return r;
}

int aisp_cut__spare(const struct cut_graph *g, const uint8_t *shut, uint64_t deadline, struct cut_world *w, struct aisp_err *err)
{
	struct sparing x = {.g = g, .w = w};
	int r = list_all(&x, shut);
	for (size_t i = 0; r == 0 && i < x.order.n && aisp_clock_mono_ns() < deadline; i++)
		r = try_without(&x, x.order.v[i].control);
	aisp_mem_free(x.goals);
	aisp_vec_done(&x.needs);
	aisp_vec_done(&x.steps);
	aisp_vec_done(&x.order);
	aisp_vec_done(&x.undo);
	aisp_vec_done(&x.undo_bits);
	aisp_vec_done(&x.revived);
	return r < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for the smallest change") : 0;
}
