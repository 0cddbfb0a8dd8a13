/* Bounds by maximum flow (Dinic), for large parts of a graph in which every derivation is a chain.
 *
 * Every step is an arc. With capacity = the price of its cheapest term, a minimum cut names controls that close everything: an upper bound. With each control's price shared
 * out evenly among the arcs that it carries, no cut is dearer than the controls that make it: the flow is a lower bound. Where no control carries two arcs both are the same.
 *
 * Where a step has two premises, its first one alone counts here: more is reached so, and what cuts that cuts the rest. The same where not every actor is to be kept from
 * every target. Then only the upper bound is one.
 */
#include "reach/cut_int.h"
#include <math.h>
#include <stdlib.h>

static const double scale = 1 << 20;

struct net {
	const struct cut_graph *g;
	uint8_t *starts;    /* by actor: of a goal */
	uint8_t *ends;      /* by fact: of a goal */
	int64_t *cap, *flow; /* by step */
	uint32_t *level, *at_in, *at_out;
	AISP_VEC(uint32_t) queue;
	uint32_t *path;     /* steps from the source on; the top bit: against the arrow */
	size_t n_path;
};
#define AGAINST 0x80000000u

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while bounding the smallest change");
}

/* Is every actor of a goal to be kept from every target? */
static int is_product(const struct cut_graph *g, uint8_t *starts, uint8_t *ends, bool *ret, struct aisp_err *err)
{
	struct aisp_map pairs = {0};
	size_t n_starts = 0, n_ends = 0;
	bool outside = false;
	int r = 0;
	for (size_t i = 0; r == 0 && i < g->goals.n; i++) {
		const struct cut_point *p = &g->goals.v[i];
		if (p->fact == AISP_CUT_NONE) {
			outside = true;
			continue;
		}
		n_starts += !starts[p->actor];
		n_ends += !ends[p->fact];
		starts[p->actor] = ends[p->fact] = 1;
		r = aisp_map_put(&pairs, (struct aisp_key){p->actor, p->fact}, 1, err);
	}
	*ret = !outside && n_starts * n_ends == pairs.n;
	aisp_map_done(&pairs);
	return r;
}

static double cheapest(const struct cut_graph *g, uint32_t label, const uint32_t *carries, uint32_t *ret_term)
{
	const struct cut_range l = g->labels.v[label];
	double best = INFINITY;
	for (uint32_t i = 0; i < l.n; i++) {
		const uint32_t term = g->label_terms.v[l.at + i];
		const struct cut_range t = g->terms.v[term];
		double price = 0;
		for (uint32_t k = 0; k < t.n; k++) {
			const uint32_t c = g->alternatives.v[t.at + k];
			price += g->prices.v[c] / (carries ? carries[c] : 1);
		}
		if (price < best) {
			best = price;
			if (ret_term)
				*ret_term = term;
		}
	}
	return best;
}

/* Residual capacity along the step (or against it). */
static inline int64_t left(const struct net *n, uint32_t step)
{
	return step & AGAINST ? n->flow[step & ~AGAINST] : n->cap[step] - n->flow[step];
}

/* Levels from the ends backwards. Source and sink are not facts: seeds begin, facts of goals end. */
static int levels(struct net *n, bool *ret_reached)
{
	const struct cut_graph *g = n->g;
	memset(n->level, 0xff, g->slots.n * sizeof *n->level);
	n->queue.n = 0;
	*ret_reached = false;
	for (uint32_t f = 0; f < g->slots.n; f++)
		if (n->ends[f]) {
			n->level[f] = 0;
			if (aisp_vec_push(&n->queue, f) < 0)
				return AISP_E_NOMEM;
		}
	for (size_t q = 0; q < n->queue.n; q++) {
		const uint32_t f = n->queue.v[q];
		for (uint32_t i = g->into_at[f]; i < g->into_at[f + 1]; i++) {
			const uint32_t s = g->into[i];
			const struct cut_step *st = &g->steps.v[s];
			if (left(n, s) <= 0)
				continue;
			if (st->a == AISP_CUT_NONE) {
				*ret_reached |= n->starts[st->actor];
			} else if (n->level[st->a] == UINT32_MAX) {
				n->level[st->a] = n->level[f] + 1;
				if (aisp_vec_push(&n->queue, st->a) < 0)
					return AISP_E_NOMEM;
			}
		}
		for (uint32_t i = g->from_at[f]; i < g->from_at[f + 1]; i++) {
			const uint32_t s = g->from[i], out = g->steps.v[s].out;
			if (g->steps.v[s].a == f && n->flow[s] > 0 && n->level[out] == UINT32_MAX) {
				n->level[out] = n->level[f] + 1;
				if (aisp_vec_push(&n->queue, out) < 0)
					return AISP_E_NOMEM;
			}
		}
	}
	return 0;
}

/* The next residual arc down a level out of f; AISP_CUT_NONE when there is none. */
static uint32_t next_arc(struct net *n, uint32_t f, uint32_t *ret_to)
{
	const struct cut_graph *g = n->g;
	for (; n->at_out[f] < g->from_at[f + 1]; n->at_out[f]++) {
		const uint32_t s = g->from[n->at_out[f]];
		*ret_to = g->steps.v[s].out;
		if (g->steps.v[s].a == f && left(n, s) > 0 && n->level[*ret_to] != UINT32_MAX && n->level[*ret_to] + 1 == n->level[f])
			return s;
	}
	for (; n->at_in[f] < g->into_at[f + 1]; n->at_in[f]++) {
		const uint32_t s = g->into[n->at_in[f]];
		*ret_to = g->steps.v[s].a;
		if (*ret_to != AISP_CUT_NONE && n->flow[s] > 0 && n->level[*ret_to] != UINT32_MAX && n->level[*ret_to] + 1 == n->level[f])
			return s | AGAINST;
	}
	return AISP_CUT_NONE;
}

static void advance(struct net *n, uint32_t f)
{
	if (n->at_out[f] < n->g->from_at[f + 1])
		n->at_out[f]++;
	else
		n->at_in[f]++;
}

/* Pushes along the path; gives what went through. */
static int64_t push(struct net *n)
{
	int64_t least = INT64_MAX;
	for (size_t i = 0; i < n->n_path; i++)
		if (left(n, n->path[i]) < least)
			least = left(n, n->path[i]);
	for (size_t i = 0; i < n->n_path; i++)
		n->flow[n->path[i] & ~AGAINST] += n->path[i] & AGAINST ? -least : least;
	return least;
}

/* A blocking flow from one seed. */
static int64_t block(struct net *n, uint32_t seed)
{
	const struct cut_graph *g = n->g;
	const uint32_t first = g->steps.v[seed].out;
	int64_t total = 0;
	uint32_t f = first, to = 0;
	if (!n->starts[g->steps.v[seed].actor] || n->level[first] == UINT32_MAX)
		return 0;
	n->path[0] = seed;
	n->n_path = 1;
	while (left(n, seed) > 0) {
		if (n->ends[f]) {
			total += push(n);
			f = first;
			n->n_path = 1;
			continue;
		}
		const uint32_t s = next_arc(n, f, &to);
		if (s != AISP_CUT_NONE) {
			n->path[n->n_path++] = s;
			f = to;
			continue;
		}
		if (n->n_path == 1)
			break;
		/* A dead end: back, past the arc that led here. */
		const uint32_t last = n->path[--n->n_path];
		f = last & AGAINST ? g->steps.v[last & ~AGAINST].out : g->steps.v[last].a;
		advance(n, f);
	}
	return total;
}

static int max_flow(struct net *n, int64_t *ret)
{
	const struct cut_graph *g = n->g;
	bool reached;
	int r;
	*ret = 0;
	memset(n->flow, 0, g->steps.n * sizeof *n->flow);
	while ((r = levels(n, &reached)) == 0 && reached) {
		int64_t more = 0;
		memcpy(n->at_in, g->into_at, g->slots.n * sizeof *n->at_in);
		memcpy(n->at_out, g->from_at, g->slots.n * sizeof *n->at_out);
		for (size_t i = g->steps.n; i-- > 0 && g->steps.v[i].a == AISP_CUT_NONE;)
			more += block(n, (uint32_t)i);
		if (more == 0)
			break;
		*ret += more;
	}
	return r;
}

/* After the last levels: what has none lies on the side of the starts. The arcs across are cut by their cheapest terms. */
static void take_cut(struct net *n, struct cut_world *w)
{
	const struct cut_graph *g = n->g;
	memset(w->taken, 0, g->controls.n);
	for (size_t i = 0; i < g->steps.n; i++) {
		const struct cut_step *s = &g->steps.v[i];
		const bool near = s->a == AISP_CUT_NONE ? n->starts[s->actor] : n->level[s->a] == UINT32_MAX;
		uint32_t term = 0;
		if (!near || n->level[s->out] == UINT32_MAX || !isfinite(cheapest(g, s->label, NULL, &term)))
			continue;
		const struct cut_range t = g->terms.v[term];
		for (uint32_t k = 0; k < t.n; k++)
			w->taken[g->alternatives.v[t.at + k]] = 1;
	}
}

static void capacities(struct net *n, const uint32_t *carries, int64_t endless)
{
	const struct cut_graph *g = n->g;
	for (size_t i = 0; i < g->steps.n; i++) {
		const double price = cheapest(g, g->steps.v[i].label, carries, NULL);
		n->cap[i] = isfinite(price) ? (int64_t)floor(price * scale) : endless;
	}
}

/* How many steps each control carries; *ret_shared: one carries several. */
static uint32_t *count_carried(const struct cut_graph *g, bool *ret_shared)
{
	uint32_t *carries = aisp_mem_zalloc(g->controls.n + 1, sizeof *carries);
	*ret_shared = false;
	for (size_t i = 0; carries && i < g->steps.n; i++) {
		const struct cut_range l = g->labels.v[g->steps.v[i].label];
		for (uint32_t k = 0; k < l.n; k++) {
			const struct cut_range t = g->terms.v[g->label_terms.v[l.at + k]];
			for (uint32_t j = 0; j < t.n; j++)
				*ret_shared |= ++carries[g->alternatives.v[t.at + j]] > 1;
		}
	}
	return carries;
}

static void net_done(struct net *n)
{
	aisp_mem_free(n->starts);
	aisp_mem_free(n->ends);
	aisp_mem_free(n->cap);
	aisp_mem_free(n->flow);
	aisp_mem_free(n->level);
	aisp_mem_free(n->at_in);
	aisp_mem_free(n->at_out);
	aisp_mem_free(n->path);
	aisp_vec_done(&n->queue);
}

static int bounds(struct net *n, struct cut_world *w, double *ret_bound, bool *ret_done)
{
	const struct cut_graph *g = n->g;
	double all = 1;
	bool shared;
	int64_t value;
	AISP_AUTOFREE uint32_t *carries = count_carried(g, &shared);
	if (!carries)
		return AISP_E_NOMEM;
	for (size_t c = 0; c < g->controls.n; c++)
		all += isfinite(g->prices.v[c]) ? g->prices.v[c] : 0;
	if (all * scale > 4e18 || g->steps.n >= AGAINST)
		return 0;
	const int64_t endless = (int64_t)(all * scale) + 1;
	capacities(n, NULL, endless);
	int r = max_flow(n, &value);
	if (r < 0 || value >= endless)
		return r; /* something cannot be closed: left to the other search */
	take_cut(n, w);
	*ret_bound = (double)value / scale;
	*ret_done = true;
	if (!shared)
		return 0;
	capacities(n, carries, endless);
	r = max_flow(n, &value);
	*ret_bound = (double)value / scale;
	return r;
}

int aisp_cut__flow(const struct cut_graph *g, struct cut_world *w, double *ret_bound, bool *ret_done, struct aisp_err *err)
{
	struct net n = {.g = g};
	int r = AISP_E_NOMEM;
	*ret_done = false;
	*ret_bound = 0;
	n.starts = aisp_mem_zalloc(g->actors.n + 1, 1);
	n.ends = aisp_mem_zalloc(g->slots.n + 1, 1);
	n.cap = aisp_mem_alloc((g->steps.n + 1) * sizeof *n.cap);
	n.flow = aisp_mem_alloc((g->steps.n + 1) * sizeof *n.flow);
	n.level = aisp_mem_alloc((g->slots.n + 1) * sizeof *n.level);
	n.at_in = aisp_mem_alloc((g->slots.n + 1) * sizeof *n.at_in);
	n.at_out = aisp_mem_alloc((g->slots.n + 1) * sizeof *n.at_out);
	n.path = aisp_mem_alloc((g->slots.n + 2) * sizeof *n.path);
	bool product = false;
	if (n.starts && n.ends && n.cap && n.flow && n.level && n.at_in && n.at_out && n.path)
		r = is_product(g, n.starts, n.ends, &product, err);
	if (r == 0)
		r = bounds(&n, w, ret_bound, ret_done);
	if (g->gated || !product) /* more than the goals was cut, or one premise of two: what is taken closes all, but says nothing about what is least */
		*ret_bound = 0;
	net_done(&n);
	return r < 0 ? nomem(err) : 0;
}
