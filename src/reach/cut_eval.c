/* Working the AND/OR graph out with control objects taken away: for all actors at once, and one derivation for one actor. */
#include "reach/cut_int.h"
#include <math.h>
#include <stdlib.h>

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for the smallest change");
}

/* ---- Worlds ---- */

int aisp_cut__world(const struct cut_graph *g, struct cut_world *w, struct aisp_err *err)
{
	*w = (struct cut_world){0};
	w->taken = aisp_mem_zalloc(g->controls.n + 1, 1);
	w->dead = aisp_mem_zalloc(g->labels.n + 1, 1);
	w->val = aisp_mem_zalloc(g->slots.n * g->words + 1, sizeof *w->val);
	w->waits = aisp_mem_zalloc(g->slots.n + 1, 1);
	return w->taken && w->dead && w->val && w->waits ? 0 : nomem(err);
}

void aisp_cut__world_done(struct cut_world *w)
{
	aisp_mem_free(w->taken);
	aisp_mem_free(w->dead);
	aisp_mem_free(w->val);
	aisp_mem_free(w->waits);
	aisp_vec_done(&w->queue);
}

static bool term_stands(const struct cut_graph *g, const uint8_t *taken, uint32_t term)
{
	const struct cut_range t = g->terms.v[term];
	for (uint32_t i = 0; i < t.n; i++)
		if (!taken[g->alternatives.v[t.at + i]])
			return true;
	return false;
}

void aisp_cut__fell(const struct cut_graph *g, struct cut_world *w)
{
	for (size_t l = 0; l < g->labels.n; l++) {
		const struct cut_range r = g->labels.v[l];
		w->dead[l] = 0;
		for (uint32_t i = 0; i < r.n && !w->dead[l]; i++)
			w->dead[l] = !term_stands(g, w->taken, g->label_terms.v[r.at + i]);
	}
}

static int wake(struct cut_world *w, uint32_t fact)
{
	if (w->waits[fact])
		return 0;
	w->waits[fact] = 1;
	return aisp_vec_push(&w->queue, fact);
}

static int pass(const struct cut_graph *g, struct cut_world *w, uint32_t fact, const struct cut_arc *arc)
{
	const uint64_t *a = w->val + (size_t)fact * g->words, *b = arc->with == AISP_CUT_NONE ? a : w->val + (size_t)arc->with * g->words;
	uint64_t *out = w->val + (size_t)arc->out * g->words, more = 0;
	for (uint32_t i = 0; i < g->words; i++)
		more |= a[i] & b[i] & ~out[i];
	if (!more || w->dead[arc->label])
		return 0;
	for (uint32_t i = 0; i < g->words; i++)
		out[i] |= a[i] & b[i];
	return wake(w, arc->out);
}

/* ---- Large ones ---- */

/* The steps that stand, as a graph to condense. A step with two premises is a gate in the lists of both. */
static int live_slots(const struct cut_graph *g, const struct cut_world *w, struct aisp_slots *ret)
{
	const uint32_t n = (uint32_t)g->slots.n, n_arcs = g->from_at[n];
	AISP_VEC(struct aisp_gate) gates = {0};
	uint32_t at = 0;
	*ret = (struct aisp_slots){.n = n};
	ret->at = aisp_mem_alloc(((size_t)n + 1) * sizeof *ret->at);
	ret->to = aisp_mem_alloc(((size_t)n_arcs + 1) * sizeof *ret->to);
	if (!ret->at || !ret->to)
		return AISP_E_NOMEM;
	for (uint32_t f = 0; f < n; f++) {
		ret->at[f] = at;
		for (uint32_t i = g->from_at[f]; i < g->from_at[f + 1]; i++) {
			const struct cut_arc *a = &g->arcs[i];
			if (w->dead[a->label])
				continue;
			ret->to[at++] = a->with == AISP_CUT_NONE ? a->out : (uint32_t)gates.n | AISP_ENTRY_GATE;
			if (a->with != AISP_CUT_NONE && aisp_vec_push(&gates, ((struct aisp_gate){f, a->with, a->out})) < 0) {
				aisp_vec_done(&gates);
				return AISP_E_NOMEM;
			}
		}
	}
	ret->at[n] = at;
	ret->n_gates = (uint32_t)gates.n;
	ret->gates = gates.v ? gates.v : aisp_mem_alloc(sizeof *ret->gates);
	return ret->gates ? 0 : AISP_E_NOMEM;
}

/* The words from `first` on, at most AISP_REACH_BATCH actors. */
static int sweep_words(const struct cut_graph *g, struct cut_world *w, const struct aisp_flow *flow, const uint32_t *comp_of, uint32_t first, struct aisp_err *err)
{
	const uint32_t left = g->words - first, here = left < AISP_REACH_BATCH / 64 ? left : AISP_REACH_BATCH / 64;
	struct aisp_sweep sweep;
	const int r = aisp_sweep__init(&sweep, flow, (size_t)here * 64, AISP_WHICH_POSSIBLE, err);
	if (r < 0)
		return r;
	for (size_t i = g->steps.n; i-- > 0 && g->steps.v[i].a == AISP_CUT_NONE;) {
		const struct cut_step *s = &g->steps.v[i];
		if (!w->dead[s->label] && s->actor / 64 >= first && s->actor / 64 < first + here)
			aisp_sweep__seed(&sweep, comp_of[s->out], s->actor - (size_t)first * 64, true);
	}
	aisp_sweep__run(&sweep);
	for (size_t f = 0; f < g->slots.n; f++)
		memcpy(w->val + f * g->words + first, sweep.val + (size_t)comp_of[f] * sweep.width, here * sizeof *w->val);
	aisp_sweep__done(&sweep);
	return 0;
}

static int settle_large(const struct cut_graph *g, struct cut_world *w, struct aisp_err *err)
{
	struct aisp_slots slots;
	struct aisp_flow flow = {0};
	uint32_t *comp_of = NULL;
	int r = live_slots(g, w, &slots);
	r = r < 0 ? nomem(err) : aisp_flow__make(&slots, &flow, &comp_of, err);
	for (uint32_t first = 0; r == 0 && first < g->words; first += AISP_REACH_BATCH / 64)
		r = sweep_words(g, w, &flow, comp_of, first, err);
	aisp_slots__done(&slots);
	aisp_flow__done(&flow);
	aisp_mem_free(comp_of);
	return r;
}

int aisp_cut__settle(const struct cut_graph *g, struct cut_world *w, struct aisp_err *err)
{
	memset(w->val, 0, g->slots.n * g->words * sizeof *w->val);
	memset(w->waits, 0, g->slots.n);
	w->queue.n = 0;
	if (g->large && g->slots.n)
		return settle_large(g, w, err);
	/* Seeds stand last. */
	for (size_t i = g->steps.n; i-- > 0 && g->steps.v[i].a == AISP_CUT_NONE;) {
		const struct cut_step *s = &g->steps.v[i];
		if (w->dead[s->label])
			continue;
		w->val[(size_t)s->out * g->words + s->actor / 64] |= (uint64_t)1 << s->actor % 64;
		if (wake(w, s->out) < 0)
			return nomem(err);
	}
	/* A ring would do; the queue is compacted when its front half is used up. */
	for (size_t at = 0; at < w->queue.n; at++) {
		const uint32_t f = w->queue.v[at];
		w->waits[f] = 0;
		for (uint32_t i = g->from_at[f]; i < g->from_at[f + 1]; i++)
			if (pass(g, w, f, &g->arcs[i]) < 0)
				return nomem(err);
		if (at >= 1u << 20 && at * 2 > w->queue.n) {
			memmove(w->queue.v, w->queue.v + at + 1, (w->queue.n - at - 1) * sizeof *w->queue.v);
			w->queue.n -= at + 1;
			at = SIZE_MAX;
		}
	}
	return 0;
}

/* ---- One derivation ---- */

int aisp_cut__search(const struct cut_graph *g, struct cut_search *x, struct aisp_err *err)
{
	*x = (struct cut_search){0};
	x->cost = aisp_mem_zalloc(g->slots.n + 1, sizeof *x->cost);
	x->by = aisp_mem_zalloc(g->slots.n + 1, sizeof *x->by);
	x->state = aisp_mem_zalloc(g->slots.n + 1, 1);
	return x->cost && x->by && x->state ? 0 : nomem(err);
}

void aisp_cut__search_done(struct cut_search *x)
{
	aisp_mem_free(x->cost);
	aisp_mem_free(x->by);
	aisp_mem_free(x->state);
	aisp_vec_done(&x->touched);
	aisp_vec_done(&x->stack);
	aisp_vec_done(&x->terms);
	aisp_queue__done(&x->queue);
}

bool aisp_cut__takeable(const struct cut_graph *g, uint32_t term, double *ret_price)
{
	const struct cut_range t = g->terms.v[term];
	double price = 0;
	for (uint32_t i = 0; i < t.n; i++)
		price += g->prices.v[g->alternatives.v[t.at + i]];
	*ret_price = price;
	return isfinite(price);
}

enum { UNSEEN, OPEN, CLOSED };

static int offer(struct cut_search *x, uint32_t fact, uint32_t cost, uint32_t step)
{
	if (x->state[fact] == CLOSED || (x->state[fact] == OPEN && x->cost[fact] <= cost))
		return 0;
	if (x->state[fact] == UNSEEN && aisp_vec_push(&x->touched, fact) < 0)
		return AISP_E_NOMEM;
	x->state[fact] = OPEN;
	x->cost[fact] = cost;
	x->by[fact] = step;
	return aisp_queue__put(&x->queue, cost, fact);
}

/* What a step costs: those that nobody can take away are free, so that a derivation with few ways to break it is found. */
static uint32_t price_of(const struct cut_graph *g, const struct cut_step *s)
{
	return g->labels.v[s->label].n ? 1 : 0;
}

static int spread(const struct cut_graph *g, struct cut_search *x, const uint8_t *dead, uint32_t f)
{
	for (uint32_t i = g->from_at[f]; i < g->from_at[f + 1]; i++) {
		const uint32_t at = g->from[i];
		const struct cut_step *s = &g->steps.v[at];
		uint32_t cost = x->cost[f] + price_of(g, s);
		if (dead[s->label])
			continue;
		if (s->b != AISP_CUT_NONE) {
			const uint32_t other = s->a == f ? s->b : s->a;
			if (x->state[other] != CLOSED)
				continue;
			cost += x->cost[other];
		}
		if (offer(x, s->out, cost < AISP_COST_MAX ? cost : AISP_COST_MAX, at) < 0)
			return AISP_E_NOMEM;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* The terms of all steps of the derivation of `fact`. */
static int collect(const struct cut_graph *g, struct cut_search *x, uint32_t fact)
{
	double price;
	x->terms.n = 0;
	x->stack.n = 0;
	if (aisp_vec_push(&x->stack, fact) < 0)
		return AISP_E_NOMEM;
	while (x->stack.n) {
		const uint32_t f = x->stack.v[--x->stack.n];
		if (x->state[f] == UNSEEN)
			continue; /* gathered already */
		x->state[f] = UNSEEN;
		const struct cut_step *s = &g->steps.v[x->by[f]];
		const struct cut_range l = g->labels.v[s->label];
		for (uint32_t i = 0; i < l.n; i++)
			if (aisp_cut__takeable(g, g->label_terms.v[l.at + i], &price) && aisp_vec_push(&x->terms, g->label_terms.v[l.at + i]) < 0)
				return AISP_E_NOMEM;
		if ((s->a != AISP_CUT_NONE && aisp_vec_push(&x->stack, s->a) < 0) || (s->b != AISP_CUT_NONE && aisp_vec_push(&x->stack, s->b) < 0))
			return AISP_E_NOMEM;
	}
	if (x->terms.n)
		qsort(x->terms.v, x->terms.n, sizeof *x->terms.v, compare);
	size_t n = 0;
	for (size_t i = 0; i < x->terms.n; i++)
		if (i == 0 || x->terms.v[i] != x->terms.v[i - 1])
			x->terms.v[n++] = x->terms.v[i];
	x->terms.n = n;
	return 0;
}

int aisp_cut__derive(const struct cut_graph *g, struct cut_search *x, const uint8_t *dead, const struct cut_point *p, bool *ret_held, struct aisp_err *err)
{
	struct aisp_item item;
	int r = 0;
	for (size_t i = 0; i < x->touched.n; i++)
		x->state[x->touched.v[i]] = UNSEEN;
	x->touched.n = 0;
	x->terms.n = 0;
	aisp_queue__reset(&x->queue);
	*ret_held = false;
	if (p->fact == AISP_CUT_NONE)
		return 0;
	for (size_t i = g->steps.n; i-- > 0 && r == 0 && g->steps.v[i].a == AISP_CUT_NONE;) {
		const struct cut_step *s = &g->steps.v[i];
		if (s->actor == p->actor && !dead[s->label])
			r = offer(x, s->out, price_of(g, s), (uint32_t)i);
	}
	while (r == 0 && aisp_queue__take(&x->queue, &item, &r)) {
		if (x->state[item.slot] == CLOSED)
			continue;
		x->state[item.slot] = CLOSED;
		if (item.slot == p->fact) {
			*ret_held = true;
			break;
		}
		r = spread(g, x, dead, item.slot);
	}
	if (r == 0 && *ret_held)
		r = collect(g, x, p->fact);
	return r < 0 ? nomem(err) : 0;
}
