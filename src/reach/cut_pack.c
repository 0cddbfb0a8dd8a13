/* Derivations packed side by side: each uses up the prices of the controls that it rests on, none more than there is. What all of them use up together is a lower bound of the
 * smallest change (weak duality: x = a closing choice, y = the uses; every clause has a term of x, and no control is used above its price). What has been used up wholly
 * closes all: an upper bound. The derivations are clauses for the master problem.
 *
 * Who still gets where is settled for all actors at once; then, actor after actor, facts are reached layer by layer until all that is asked has been. A derivation is walked
 * backwards, always to lower layers, past what has been used up since; where there is no such way the fact is stuck until the next layers.
 */
#include "base/clock.h"
#include "reach/cut_int.h"
#include <math.h>

enum { RESTARTS_MAX = 2000, VAIN_MAX = 6 };

struct packing {
	const struct cut_graph *g;
	double *rest;   /* by control: what is left of the price */
	uint8_t *dead;  /* by label: a term of it is used up */
	uint32_t *labels_at, *labels; /* by control: the labels with it */
	uint32_t *layer; /* by fact: in which the actor got it; 0: not yet; NONE: stuck */
	uint8_t *want;   /* by fact: the actor is to be kept from it */
	uint32_t *seen; /* by fact: the walk that has been here */
	uint32_t *uses; /* by control: terms of the clause at hand */
	uint32_t *seen_term, *seen_control; /* the walk whose clause has it */
	uint32_t walk;
	AISP_VEC(uint32_t) now, next, stack, terms;
};

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while bounding the smallest change");
}

static double left_of(const struct packing *p, uint32_t term)
{
	const struct cut_range t = p->g->terms.v[term];
	double sum = 0;
	for (uint32_t i = 0; i < t.n; i++)
		sum += p->rest[p->g->alternatives.v[t.at + i]];
	return sum;
}

/* The least that is left of a label's terms: 0 = it falls, infinite = nobody can take it. */
static double least_left(const struct packing *p, uint32_t label)
{
	const struct cut_range l = p->g->labels.v[label];
	double least = INFINITY;
	for (uint32_t i = 0; i < l.n; i++) {
		const double left = left_of(p, p->g->label_terms.v[l.at + i]);
		least = left < least ? left : least;
	}
	return least;
}

static void each_alternative(const struct cut_graph *g, void (*f)(struct packing *p, uint32_t label, uint32_t control), struct packing *p)
{
	for (uint32_t l = 0; l < g->labels.n; l++)
		for (uint32_t i = 0; i < g->labels.v[l].n; i++) {
			const struct cut_range t = g->terms.v[g->label_terms.v[g->labels.v[l].at + i]];
			for (uint32_t k = 0; k < t.n; k++)
				f(p, l, g->alternatives.v[t.at + k]);
		}
}

static void count_label(struct packing *p, uint32_t label, uint32_t control)
{
	(void)label;
	p->labels_at[control]++;
}

static void put_label(struct packing *p, uint32_t label, uint32_t control)
{
	p->labels[--p->labels_at[control]] = label;
}

static int index_labels(struct packing *p)
{
	const struct cut_graph *g = p->g;
	each_alternative(g, count_label, p);
	for (size_t c = 0; c < g->controls.n; c++)
		p->labels_at[c + 1] += p->labels_at[c];
	p->labels = aisp_mem_alloc(((size_t)p->labels_at[g->controls.n] + 1) * sizeof *p->labels);
	if (!p->labels)
		return AISP_E_NOMEM;
	each_alternative(g, put_label, p);
	for (uint32_t l = 0; l < g->labels.n; l++)
		p->dead[l] = least_left(p, l) <= 0;
	return 0;
}

static void set_rest(struct packing *p, uint32_t control, double rest)
{
	p->rest[control] = rest > 1e-9 ? rest : 0;
	for (uint32_t i = p->labels_at[control]; rest <= 1e-9 && i < p->labels_at[control + 1]; i++)
		p->dead[p->labels[i]] |= least_left(p, p->labels[i]) <= 0;
}

/* ---- Layers ---- */

static int give(struct packing *p, uint32_t fact, uint32_t layer)
{
	p->layer[fact] = layer;
	return aisp_vec_push(&p->next, fact);
}

static int leave(struct packing *p, uint32_t fact, uint32_t layer)
{
	const struct cut_graph *g = p->g;
	int r = 0;
	for (uint32_t i = g->from_at[fact]; r == 0 && i < g->from_at[fact + 1]; i++) {
		const struct cut_arc *a = &g->arcs[i];
		if (p->layer[a->out] || p->dead[a->label])
			continue;
		if (a->with == AISP_CUT_NONE || (p->layer[a->with] && p->layer[a->with] <= layer))
			r = give(p, a->out, layer + 1);
	}
	return r;
}

/* Until nothing new comes, or all that is wanted has. */
static int layers(struct packing *p, uint32_t actor, size_t wanted)
{
	const struct cut_graph *g = p->g;
	int r = 0;
	memset(p->layer, 0, g->slots.n * sizeof *p->layer);
	p->next.n = 0;
	for (size_t i = g->steps.n; r == 0 && i-- > 0 && g->steps.v[i].a == AISP_CUT_NONE;) {
		const struct cut_step *s = &g->steps.v[i];
		if (s->actor == actor && !p->layer[s->out] && !p->dead[s->label])
			r = give(p, s->out, 1);
	}
	for (uint32_t layer = 1; r == 0 && p->next.n && wanted; layer++) {
		p->now.n = 0;
		for (size_t i = 0; r == 0 && i < p->next.n; i++) {
			wanted -= p->want[p->next.v[i]];
			r = aisp_vec_push(&p->now, p->next.v[i]);
		}
		p->next.n = 0;
		for (size_t i = 0; r == 0 && wanted && i < p->now.n; i++)
			r = leave(p, p->now.v[i], layer);
	}
	return r < 0 ? AISP_E_NOMEM : 0;
}

/* ---- Walks ---- */

static bool below(const struct packing *p, uint32_t fact, uint32_t layer)
{
	return p->layer[fact] && p->layer[fact] < layer; /* NONE is above all */
}

static uint32_t mixed(uint32_t x)
{
	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;
	return x ^ x >> 16;
}

/* The step to a fact from lower layers of whose label the most is left. */
static uint32_t choose(const struct packing *p, uint32_t fact, uint32_t actor)
{
	const struct cut_graph *g = p->g;
	const uint32_t layer = p->layer[fact];
	uint32_t best = AISP_CUT_NONE, best_mix = 0;
	double most = 0;
	for (uint32_t i = g->into_at[fact]; layer != AISP_CUT_NONE && i < g->into_at[fact + 1]; i++) {
		const struct cut_step *s = &g->steps.v[g->into[i]];
		if (p->dead[s->label])
			continue;
		const bool given = s->a == AISP_CUT_NONE ? s->actor == actor
		                                         : below(p, s->a, layer) && (s->b == AISP_CUT_NONE || below(p, s->b, layer));
		if (!given)
			continue;
		const double left = least_left(p, s->label);
		const uint32_t mix = mixed(g->into[i] ^ p->walk);
		if (left > most || (left > 0 && left >= most && mix > best_mix)) {
			best = g->into[i];
			best_mix = mix;
			most = left;
		}
	}
	return best;
}

/* The takeable terms of a label, those that stand for the same once. */
static int gather(struct packing *p, uint32_t label)
{
	const struct cut_graph *g = p->g;
	const struct cut_range l = g->labels.v[label];
	double price;
	for (uint32_t i = 0; i < l.n; i++) {
		const uint32_t term = g->label_terms.v[l.at + i];
		const struct cut_range t = g->terms.v[term];
		uint32_t *seen = t.n == 1 ? &p->seen_control[g->alternatives.v[t.at]] : &p->seen_term[term];
		if (*seen == p->walk || !aisp_cut__takeable(g, term, &price))
			continue;
		*seen = p->walk;
		if (aisp_vec_push(&p->terms, term) < 0)
			return AISP_E_NOMEM;
	}
	return 0;
}

/* One derivation past what is used up: its takeable terms. False: none is left. */
static int walk(struct packing *p, const struct cut_point *goal, bool *ret_found)
{
	const struct cut_graph *g = p->g;
	*ret_found = false;
	for (int tries = 0; tries < RESTARTS_MAX && !*ret_found; tries++) {
		uint32_t stuck = AISP_CUT_NONE;
		p->walk++;
		p->terms.n = p->stack.n = 0;
		if (aisp_vec_push(&p->stack, goal->fact) < 0)
			return AISP_E_NOMEM;
		while (p->stack.n && stuck == AISP_CUT_NONE) {
			const uint32_t f = p->stack.v[--p->stack.n];
			if (p->seen[f] == p->walk)
				continue;
			p->seen[f] = p->walk;
			const uint32_t by = choose(p, f, goal->actor);
			if (by == AISP_CUT_NONE) {
				stuck = f;
				break;
			}
			const struct cut_step *s = &g->steps.v[by];
			if (gather(p, s->label) < 0 || (s->a != AISP_CUT_NONE && aisp_vec_push(&p->stack, s->a) < 0) || (s->b != AISP_CUT_NONE && aisp_vec_push(&p->stack, s->b) < 0))
				return AISP_E_NOMEM;
		}
		*ret_found = stuck == AISP_CUT_NONE;
		if (stuck != AISP_CUT_NONE)
			p->layer[stuck] = AISP_CUT_NONE;
		if (stuck == goal->fact)
			return 0;
	}
	return 0;
}

/* ---- Using up ---- */

/* What the derivation can use: of each term its alternatives' rests, one that stands in several terms divided among them. The tightest term is used up wholly. */
static double use_up(struct packing *p)
{
	const struct cut_graph *g = p->g;
	double y = INFINITY;
	uint32_t tightest = 0;
	for (size_t i = 0; i < p->terms.n; i++)
		for (uint32_t k = 0; k < g->terms.v[p->terms.v[i]].n; k++)
			p->uses[g->alternatives.v[g->terms.v[p->terms.v[i]].at + k]]++;
	for (size_t i = 0; i < p->terms.n; i++) {
		const struct cut_range t = g->terms.v[p->terms.v[i]];
		double share = 0;
		for (uint32_t k = 0; k < t.n; k++)
			share += p->rest[g->alternatives.v[t.at + k]] / p->uses[g->alternatives.v[t.at + k]];
		if (share < y) {
			y = share;
			tightest = p->terms.v[i];
		}
	}
	for (size_t i = 0; i < p->terms.n; i++) {
		const struct cut_range t = g->terms.v[p->terms.v[i]];
		double owed = y;
		for (uint32_t k = 0; k < t.n; k++) {
			const uint32_t c = g->alternatives.v[t.at + k];
			const double here = fmin(owed, p->rest[c] / p->uses[c]);
			owed -= here;
			set_rest(p, c, p->rest[c] - here);
			p->uses[c]--; /* what is left is for the others */
		}
	}
	for (uint32_t k = 0; k < g->terms.v[tightest].n; k++)
		set_rest(p, g->alternatives.v[g->terms.v[tightest].at + k], 0);
	return y;
}

static int pack_one(struct packing *p, const struct cut_point *goal, struct cut_master *m, double *bound, bool *ret_found)
{
	int r = walk(p, goal, ret_found);
	if (r < 0 || !*ret_found)
		return r;
	if (p->terms.n == 0) { /* nobody can break it: should be shut */
		*ret_found = false;
		return 0;
	}
	const struct cut_range c = {(uint32_t)m->items.n, (uint32_t)p->terms.n};
	*bound += use_up(p);
	for (size_t i = 0; r == 0 && i < p->terms.n; i++)
		r = aisp_vec_push(&m->items, p->terms.v[i]);
	return r < 0 ? r : aisp_vec_push(&m->clauses, c);
}

/* All goals of one actor that are still open, in turns, until there is no way left in these layers. */
static int pack_actor(struct packing *p, uint32_t actor, const uint8_t *open, struct cut_master *m, double *bound, bool *ret_any)
{
	const struct cut_graph *g = p->g;
	size_t wanted = 0;
	*ret_any = false;
	for (size_t i = 0; i < g->goals.n; i++)
		if (open[i] && g->goals.v[i].actor == actor && !p->want[g->goals.v[i].fact]) {
			p->want[g->goals.v[i].fact] = 1;
			wanted++;
		}
	int r = wanted ? layers(p, actor, wanted) : 0;
	for (bool more = wanted > 0; r == 0 && more;) {
		more = false;
		for (size_t i = 0; r == 0 && i < g->goals.n; i++) {
			const struct cut_point *q = &g->goals.v[i];
			bool found = false;
			if (open[i] && q->actor == actor && below(p, q->fact, AISP_CUT_NONE))
				r = pack_one(p, q, m, bound, &found);
			more |= found;
		}
		*ret_any |= more;
	}
	for (size_t i = 0; i < g->goals.n; i++)
		if (open[i])
			p->want[g->goals.v[i].fact] = 0;
	return r;
}

/* What of the goals holds still; *ret_any: something does. */
static int find_open(struct packing *p, const uint8_t *shut, struct cut_world *w, uint8_t *open, bool *ret_any, struct aisp_err *err)
{
	const struct cut_graph *g = p->g;
	for (size_t c = 0; c < g->controls.n; c++)
		w->taken[c] = p->rest[c] <= 0;
	aisp_cut__fell(g, w);
	const int r = aisp_cut__settle(g, w, err);
	*ret_any = false;
	for (size_t i = 0; r == 0 && i < g->goals.n; i++) {
		open[i] = !shut[i] && aisp_cut__holds(g, w, &g->goals.v[i]);
		*ret_any |= open[i];
	}
	return r;
}

static bool packing_init(struct packing *p, const struct cut_graph *g)
{
	const size_t n = g->slots.n + 1;
	p->rest = aisp_mem_alloc((g->controls.n + 1) * sizeof *p->rest);
	p->uses = aisp_mem_zalloc(g->controls.n + 1, sizeof *p->uses);
	p->dead = aisp_mem_zalloc(g->labels.n + 1, 1);
	p->labels_at = aisp_mem_zalloc(g->controls.n + 2, sizeof *p->labels_at);
	p->layer = aisp_mem_alloc(n * sizeof *p->layer);
	p->want = aisp_mem_zalloc(n, 1);
	p->seen = aisp_mem_zalloc(n, sizeof *p->seen);
	p->seen_term = aisp_mem_zalloc(g->terms.n + 1, sizeof *p->seen_term);
	p->seen_control = aisp_mem_zalloc(g->controls.n + 1, sizeof *p->seen_control);
	return p->seen_term && p->seen_control && p->dead && p->labels_at && p->rest && p->uses && p->layer && p->want && p->seen;
}

static void packing_done(struct packing *p)
{
	aisp_mem_free(p->rest);
	aisp_mem_free(p->uses);
	aisp_mem_free(p->dead);
	aisp_mem_free(p->labels_at);
	aisp_mem_free(p->labels);
	aisp_mem_free(p->layer);
	aisp_mem_free(p->want);
	aisp_mem_free(p->seen);
	aisp_mem_free(p->seen_term);
	aisp_mem_free(p->seen_control);
	aisp_vec_done(&p->now);
	aisp_vec_done(&p->next);
	aisp_vec_done(&p->stack);
	aisp_vec_done(&p->terms);
}

/* Every actor of an open goal once. Several for whom all is closed by now say that it is time to look at all of them. */
static int pack_open(struct packing *p, const uint8_t *open, uint64_t deadline, struct cut_master *m, double *bound, bool *ret_any)
{
	const struct cut_graph *g = p->g;
	unsigned vain = 0;
	int r = 0;
	*ret_any = false;
	for (size_t i = 0; r == 0 && vain < VAIN_MAX && i < g->goals.n && aisp_clock_mono_ns() < deadline; i++) {
		bool found;
		if (!open[i] || (i > 0 && open[i - 1] && g->goals.v[i].actor == g->goals.v[i - 1].actor))
			continue;
		r = pack_actor(p, g->goals.v[i].actor, open, m, bound, &found);
		vain = found ? 0 : vain + 1;
		*ret_any |= found;
	}
	return r;
}

int aisp_cut__pack(const struct cut_graph *g, const uint8_t *shut, uint64_t deadline, struct cut_world *w, struct cut_master *m, double *ret_bound, struct aisp_err *err)
{
	struct packing p = {.g = g};
	AISP_AUTOFREE uint8_t *open = aisp_mem_zalloc(g->goals.n + 1, 1);
	double bound = 0;
	bool any = false;
	int r = open && packing_init(&p, g) ? 0 : AISP_E_NOMEM;
	for (size_t c = 0; r == 0 && c < g->controls.n; c++)
		p.rest[c] = w->taken[c] ? 0 : g->prices.v[c];
	if (r == 0)
		r = index_labels(&p);
	do {
		if (r == 0)
			r = find_open(&p, shut, w, open, &any, err);
		if (r == 0 && any)
			r = pack_open(&p, open, deadline, m, &bound, &any);
	} while (r == 0 && any);
	packing_done(&p);
	*ret_bound = bound;
	return r == AISP_E_NOMEM ? nomem(err) : r;
}
