/* The smallest change: implicit hitting set over the AND/OR graph, bounds by flow where that is large, and the proof on the snapshot itself. */
#include "base/clock.h"
#include "reach/cut_int.h"
#include <math.h>
#include <stdlib.h>

enum { LARGE = 300000 };
/* Steps times goals from which on a graph counts as large. */
static const double much = 3e7;

struct finding_cut {
	struct cut_graph g;
	struct cut_world w, t; /* the present choice; trials */
	struct cut_search x;
	struct cut_master m;
	uint8_t *shut;         /* by goal: nothing can close it */
	uint8_t *best;         /* by control: the cheapest closing choice so far */
	double best_cost, bound;
	bool has_best, whole; /* whole: all prices are whole numbers, and so is every cost */
	uint64_t deadline;
	uint32_t rounds, paths;
	const struct aisp_cut_in *in;
	struct aisp_err *err;
};

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for the smallest change");
}

static uint64_t ms_left(const struct finding_cut *c)
{
	const uint64_t now = aisp_clock_mono_ns();
	return now >= c->deadline ? 0 : (c->deadline - now) / 1000000;
}

static bool is_large(const struct finding_cut *c)
{
	return c->g.steps.n > LARGE || (double)c->g.steps.n * (double)c->g.goals.n > much;
}

/* ---- What a choice costs ---- */

static bool is_lost(const struct finding_cut *c, const struct cut_world *w, size_t k)
{
	const struct cut_point *p = &c->g.keeps.v[k];
	return p->fact != AISP_CUT_NONE && !aisp_cut__holds(&c->g, w, p);
}

/* w must be settled. */
static double cost_of(const struct finding_cut *c, const struct cut_world *w)
{
	double cost = 0;
	for (size_t i = 0; i < c->g.controls.n; i++)
		if (w->taken[i])
			cost += c->g.prices.v[i];
	for (size_t k = 0; k < c->g.keeps.n; k++)
		if (is_lost(c, w, k))
			cost += c->in->keep[k].price;
	return cost;
}

static bool all_closed(const struct finding_cut *c, const struct cut_world *w)
{
	for (size_t i = 0; i < c->g.goals.n; i++)
		if (!c->shut[i] && aisp_cut__holds(&c->g, w, &c->g.goals.v[i]))
			return false;
	return true;
}

static int work_out(struct finding_cut *c, struct cut_world *w)
{
	aisp_cut__fell(&c->g, w);
	return aisp_cut__settle(&c->g, w, c->err);
}

/* Keeps the choice in w (settled) if it closes all and is the cheapest. */
static void note_best(struct finding_cut *c, const struct cut_world *w)
{
	if (!all_closed(c, w))
		return;
	const double cost = cost_of(c, w);
	if (c->has_best && cost >= c->best_cost)
		return;
	memcpy(c->best, w->taken, c->g.controls.n);
	c->best_cost = cost;
	c->has_best = true;
}

static void raise_bound(struct finding_cut *c, double bound)
{
	if (c->whole)
		bound = ceil(bound - 1e-6);
	if (bound > c->bound)
		c->bound = bound;
}

/* ---- Closing what is open ---- */

/* Adds clauses for what is still open with the choice in w, and looks what closes all beside it. *ret_least: what is needed beyond the choice. */
static int close_all(struct finding_cut *c, uint64_t deadline, double *ret_least)
{
	const size_t before = c->m.clauses.n;
	memcpy(c->t.taken, c->w.taken, c->g.controls.n);
	int r = aisp_cut__pack(&c->g, c->shut, deadline, &c->t, &c->m, ret_least, c->err);
	c->paths += (uint32_t)(c->m.clauses.n - before);
	if (r == 0 && all_closed(c, &c->t)) {
		r = aisp_cut__spare(&c->g, c->shut, deadline, &c->t, c->err);
		note_best(c, &c->t);
	}
	return r;
}

/* ---- Uses that are lost ---- */

/* A least part of the present choice that already costs use k. */
static int loss_of(struct finding_cut *c, size_t k)
{
	const struct cut_point *p = &c->g.keeps.v[k];
	bool held;
	int r = 0;
	memcpy(c->t.taken, c->w.taken, c->g.controls.n);
	for (size_t i = 0; r == 0 && i < c->g.controls.n; i++) {
		if (!c->t.taken[i])
			continue;
		c->t.taken[i] = 0;
		aisp_cut__fell(&c->g, &c->t);
		r = aisp_cut__derive(&c->g, &c->x, c->t.dead, p, &held, c->err);
		c->t.taken[i] = held;
	}
	const uint32_t at = (uint32_t)c->m.loss_items.n;
	for (uint32_t i = 0; r == 0 && i < c->g.controls.n; i++)
		if (c->t.taken[i] && aisp_vec_push(&c->m.loss_items, i) < 0)
			r = nomem(c->err);
	if (r == 0 && (aisp_vec_push(&c->m.losses, (struct cut_range){at, (uint32_t)c->m.loss_items.n - at}) < 0 || aisp_vec_push(&c->m.loss_use, (uint32_t)k) < 0))
		r = nomem(c->err);
	return r;
}

static int lost_uses(struct finding_cut *c, bool *ret_any)
{
	int r = 0;
	*ret_any = false;
	for (size_t k = 0; r == 0 && k < c->g.keeps.n; k++)
		if (is_lost(c, &c->w, k) && !c->m.paid[k]) {
			r = loss_of(c, k);
			*ret_any = true;
		}
	return r;
}

/* ---- The rounds ---- */

/* The cheapest choice for the clauses so far. A part of the time first: more clauses say more than a long search among few. */
static int choose(struct finding_cut *c, bool all_time)
{
	const uint64_t left = ms_left(c), part = all_time ? left : left / 4;
	int r = aisp_cut__solve(&c->g, &c->m, c->in, &c->w, part, c->err);
	c->rounds++;
	if (r == 0 && !c->m.feasible && !all_time && ms_left(c) > 0)
		r = aisp_cut__solve(&c->g, &c->m, c->in, &c->w, ms_left(c), c->err);
	if (r == 0)
		raise_bound(c, c->m.bound);
	return r;
}

/* Looks at the choice in w: what is open gets clauses, what is lost its price. *ret_new: there was such. */
static int look_at(struct finding_cut *c, bool *ret_new)
{
	bool open, lost = false;
	double least;
	int r = work_out(c, &c->w);
	if (r < 0)
		return r;
	open = !all_closed(c, &c->w);
	note_best(c, &c->w);
	if (open)
		r = close_all(c, c->deadline - ms_left(c) * 200000, &least); /* a fifth is for choosing among the clauses */
	if (r == 0)
		r = lost_uses(c, &lost);
	*ret_new = open || lost;
	return r;
}

static int rounds(struct finding_cut *c, bool *ret_proved)
{
	bool all_time = false, fresh = c->m.clauses.n > 0;
	int r = 0;
	*ret_proved = false;
	for (;;) {
		if (!fresh)
			r = look_at(c, &fresh);
		if (r < 0 || (c->has_best && c->best_cost <= c->bound + 1e-6))
			return r;
		*ret_proved = !fresh && (c->rounds == 0 || c->m.optimal);
		if (*ret_proved || (!fresh && all_time) || ms_left(c) == 0)
			return 0;
		all_time = !fresh;
		r = choose(c, all_time);
		if (r < 0 || !c->m.feasible)
			return r; /* a use that must not be lost stands against it, or time ran out */
		fresh = false;
	}
}

/* The uses that do not hold even now cannot be lost; the goals that hold even when all is taken that may be cannot be closed. */
static int find_shut(struct finding_cut *c)
{
	int r = work_out(c, &c->w);
	for (size_t k = 0; r == 0 && k < c->g.keeps.n; k++)
		if (!aisp_cut__holds(&c->g, &c->w, &c->g.keeps.v[k]))
			c->g.keeps.v[k].fact = AISP_CUT_NONE;
	for (size_t i = 0; i < c->g.controls.n; i++)
		c->w.taken[i] = isfinite(c->g.prices.v[i]) ? 1 : 0;
	if (r == 0)
		r = work_out(c, &c->w);
	for (size_t i = 0; r == 0 && i < c->g.goals.n; i++)
		c->shut[i] = aisp_cut__holds(&c->g, &c->w, &c->g.goals.v[i]);
	memset(c->w.taken, 0, c->g.controls.n);
	return r;
}

static bool all_whole(const struct finding_cut *c)
{
	bool whole = true;
	for (size_t i = 0; i < c->g.controls.n; i++)
		whole &= !isfinite(c->g.prices.v[i]) || (c->g.prices.v[i] < 1e9 && c->g.prices.v[i] >= floor(c->g.prices.v[i]) && c->g.prices.v[i] <= floor(c->g.prices.v[i]));
	for (size_t k = 0; k < c->in->n_keep; k++)
		whole &= !isfinite(c->in->keep[k].price) || (c->in->keep[k].price < 1e9 && c->in->keep[k].price <= floor(c->in->keep[k].price));
	return whole;
}

/* Where every derivation is a chain a maximum flow says more than derivations side by side. */
static int by_flow(struct finding_cut *c)
{
	bool done = false;
	double bound = 0;
	int r = aisp_cut__flow(&c->g, &c->t, &bound, &done, c->err);
	if (r < 0 || !done)
		return r;
	raise_bound(c, bound);
	r = work_out(c, &c->t);
	if (r == 0 && all_closed(c, &c->t))
		r = aisp_cut__spare(&c->g, c->shut, c->deadline, &c->t, c->err);
	if (r == 0)
		note_best(c, &c->t);
	return r;
}

static int search(struct finding_cut *c, bool *ret_proved)
{
	double bound = 0;
	c->g.large = c->in->flow_from ? c->g.steps.n > c->in->flow_from : is_large(c);
	int r = find_shut(c);
	c->whole = all_whole(c);
	if (r == 0)
		r = close_all(c, UINT64_MAX, &bound);
	if (r == 0)
		raise_bound(c, bound);
	if (r == 0 && c->g.large && !c->g.gated && c->g.keeps.n == 0)
		r = by_flow(c);
	if (r == 0)
		r = rounds(c, ret_proved);
	if (r == 0 && c->has_best && c->best_cost <= c->bound + 1e-6)
		*ret_proved = true;
	return r;
}

/* ---- The answer ---- */

static int by_text(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

static int fill(struct finding_cut *c, bool proved, struct aisp_cut *ret)
{
	struct aisp_cut out = {.rounds = c->rounds, .paths = c->paths, .closed = true, .arena = aisp_arena_new(0)};
	if (!out.arena)
		return nomem(c->err);
	out.controls = aisp_arena_alloc(out.arena, (c->g.controls.n + 1) * sizeof *out.controls);
	out.open = aisp_arena_alloc(out.arena, (c->g.goals.n + 1) * sizeof *out.open);
	out.lost = aisp_arena_alloc(out.arena, (c->g.keeps.n + 1) * sizeof *out.lost);
	if (!out.controls || !out.open || !out.lost) {
		aisp_arena_free(out.arena);
		return nomem(c->err);
	}
	memcpy(c->w.taken, c->best, c->g.controls.n);
	int r = work_out(c, &c->w);
	for (size_t i = 0; i < c->g.controls.n; i++)
		if (c->best[i])
			out.controls[out.n_controls++] = c->g.controls.v[i];
	if (out.n_controls)
		qsort(out.controls, out.n_controls, sizeof *out.controls, by_text);
	for (size_t i = 0; i < c->g.goals.n; i++)
		if (aisp_cut__holds(&c->g, &c->w, &c->g.goals.v[i]))
			out.open[out.n_open++] = i;
	for (size_t k = 0; k < c->g.keeps.n; k++)
		if (is_lost(c, &c->w, k)) {
			out.lost[out.n_lost++] = k;
			out.closed &= isfinite(c->in->keep[k].price);
		}
	out.closed &= out.n_open == 0;
	out.cost = c->has_best ? cost_of(c, &c->w) : 0;
	out.proved = proved;
	out.bound = proved ? out.cost : c->bound;
	if (r < 0)
		aisp_arena_free(out.arena);
	else
		*ret = out;
	return r;
}

/* One point in the answers with and without the controls. */
static int agrees(const struct aisp_cut_in *in, const struct aisp_cut *cut, size_t i, bool before, bool after, size_t *open, size_t *lost, struct aisp_err *err)
{
	if (i < in->n_close) {
		const bool listed = *open < cut->n_open && cut->open[*open] == i;
		*open += listed;
		if (after != listed)
			return aisp_fail(err, AISP_E_INTERNAL, "the smallest change does not do what was worked out for goal %zu; please report this", i);
		return 0;
	}
	const bool listed = *lost < cut->n_lost && cut->lost[*lost] == i - in->n_close;
	*lost += listed;
	if ((before && !after) != listed)
		return aisp_fail(err, AISP_E_INTERNAL, "the smallest change %s use %zu, against what was worked out; please report this", after ? "keeps" : "loses", i - in->n_close);
	return 0;
}

/* Every actor once, and which one a goal or use is of: many goals share theirs. */
struct askers {
	AISP_VEC(struct aisp_actor) actors;
	uint32_t *of; /* by goal, then use */
	uint8_t *held; /* the same: bit 0 before, bit 1 after */
};

static const struct aisp_cut_goal *point_at(const struct aisp_cut_in *in, size_t i)
{
	return i < in->n_close ? &in->close[i] : &in->keep[i - in->n_close].use;
}

static int find_askers(const struct aisp_cut_in *in, struct askers *a, struct aisp_err *err)
{
	const size_t all = in->n_close + in->n_keep;
	struct aisp_map seen = {0};
	int r = 0;
	a->of = aisp_mem_zalloc(all + 1, sizeof *a->of);
	a->held = aisp_mem_zalloc(all + 1, 1);
	if (!a->of || !a->held)
		return nomem(err);
	for (size_t i = 0; r == 0 && i < all; i++) {
		const struct aisp_actor *actor = &point_at(in, i)->actor;
		const struct aisp_key key = {actor->node, 0};
		const bool plain = actor->n_extra == 0 && !actor->only_extra && actor->node;
		const uint32_t known = plain ? aisp_map_get(&seen, key) : 0;
		if (!known && aisp_vec_push(&a->actors, *actor) < 0)
			r = nomem(err);
		a->of[i] = known ? known - 1 : (uint32_t)a->actors.n - 1;
		if (r == 0 && plain && !known)
			r = aisp_map_put(&seen, key, (uint32_t)a->actors.n, err);
	}
	aisp_map_done(&seen);
	return r;
}

static int ask(const struct aisp_reach *reach, const struct aisp_cut_in *in, struct askers *a, unsigned bit, struct aisp_err *err)
{
	int r = 0;
	for (size_t at = 0; r == 0 && at < a->actors.n; at += AISP_REACH_BATCH) {
		AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *is = NULL;
		const size_t here = a->actors.n - at < AISP_REACH_BATCH ? a->actors.n - at : AISP_REACH_BATCH;
		r = aisp_reach_forward(reach, a->actors.v + at, here, in->certainty, &is, err);
		for (size_t i = 0; r == 0 && i < in->n_close + in->n_keep; i++)
			if (a->of[i] >= at && a->of[i] < at + here && aisp_reach_holds(is, a->of[i] - at, point_at(in, i)->target, point_at(in, i)->mode))
				a->held[i] |= (uint8_t)bit;
	}
	return r;
}

/* The fixpoint on the snapshot without these edges: the one thing that everything above must agree with. */
static int prove(const struct aisp_reach *before, const struct aisp_cut_in *in, const struct aisp_cut *cut, struct aisp_err *err)
{
	AISP_AUTOFREE aisp_edge *edges = NULL;
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *after = NULL;
	struct askers a = {0};
	size_t n = 0, open = 0, lost = 0;
	int r = aisp_cut_edges(before->s, cut->controls, cut->n_controls, &edges, &n, err);
	const struct aisp_overlay o = {.removed = edges, .n_removed = n};
	if (r == 0)
		r = find_askers(in, &a, err);
	if (r == 0)
		r = aisp_reach_new(before->s, &o, &after, err);
	if (r == 0)
		r = ask(before, in, &a, 1, err);
	if (r == 0)
		r = ask(after, in, &a, 2, err);
	for (size_t i = 0; r == 0 && i < in->n_close + in->n_keep; i++)
		r = agrees(in, cut, i, a.held[i] & 1, a.held[i] & 2, &open, &lost, err);
	aisp_vec_done(&a.actors);
	aisp_mem_free(a.of);
	aisp_mem_free(a.held);
	return r;
}

int aisp_cut_find(const struct aisp_snapshot *s, const struct aisp_cut_in *in, struct aisp_cut *ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *reach = NULL;
	const uint64_t start = aisp_clock_mono_ns(), most = (uint64_t)(in->max_ms ? in->max_ms : 10000) * 1000000;
	struct finding_cut c = {.in = in, .err = err};
	struct aisp_cut out = {0};
	bool proved = false;
	int r = aisp_reach_new(s, NULL, &reach, err);
	/* The proof compiles once more: its time is kept back. */
	const uint64_t compiling = aisp_clock_mono_ns() - start, proof = compiling + compiling / 2;
	c.deadline = start + most - (proof < most / 2 ? proof : most / 2);
	if (r == 0)
		r = aisp_cut__graph(reach, in, &c.g, err);
	if (r == 0)
		r = aisp_cut__world(&c.g, &c.w, err);
	if (r == 0)
		r = aisp_cut__world(&c.g, &c.t, err);
	if (r == 0)
		r = aisp_cut__search(&c.g, &c.x, err);
	c.shut = aisp_mem_zalloc(c.g.goals.n + 1, 1);
	c.best = aisp_mem_zalloc(c.g.controls.n + 1, 1);
	c.m.paid = aisp_mem_zalloc(in->n_keep + 1, 1);
	if (r == 0 && (!c.shut || !c.best || !c.m.paid))
		r = nomem(err);
	if (r == 0 && c.g.actors.n)
		r = search(&c, &proved);
	if (r == 0)
		r = fill(&c, proved, &out);
	aisp_cut__search_done(&c.x);
	aisp_cut__world_done(&c.w);
	aisp_cut__world_done(&c.t);
	aisp_cut__master_done(&c.m);
	aisp_cut__graph_done(&c.g);
	aisp_mem_free(c.shut);
	aisp_mem_free(c.best);
	if (r == 0)
		r = prove(reach, in, &out, err);
	if (r < 0)
		aisp_cut_done(&out);
	else
		*ret = out;
	return r;
}

void aisp_cut_done(struct aisp_cut *c)
{
	aisp_arena_free(c->arena);
	*c = (struct aisp_cut){0};
}

/* ---- Edges of controls ---- */

struct falling {
	const struct aisp_slice *controls;
	size_t n;
	uint32_t term;
	bool stands, any_fell; /* the present term has an alternative left; an earlier one has not */
};

static int look(void *ctx, uint32_t term, struct aisp_slice alternative)
{
	struct falling *f = ctx;
	if (term != f->term) {
		f->any_fell |= !f->stands;
		f->stands = false;
		f->term = term;
	}
	f->stands |= !bsearch(&alternative, f->controls, f->n, sizeof *f->controls, by_text);
	return 0;
}

int aisp_cut_edges(const struct aisp_snapshot *s, const struct aisp_slice *controls, size_t n, aisp_edge **ret, size_t *ret_n, struct aisp_err *err)
{
	AISP_VEC(aisp_edge) edges = {0};
	AISP_AUTOFREE uint8_t *seen = n ? aisp_mem_zalloc((size_t)aisp_symtab_count(s->syms) + 1, 1) : NULL; /* by control symbol: 1 stands, 2 falls */
	int r = n && !seen ? nomem(err) : 0;
	for (aisp_edge e = 1; r == 0 && n && e <= s->n_edges; e++) {
		uint8_t known = s->edges[e].control ? seen[s->edges[e].control] : 1;
		if (!known) {
			struct falling f = {controls, n, 0, false, false};
			aisp_cut__parse(aisp_snapshot_text(s, s->edges[e].control), look, &f);
			known = f.any_fell || !f.stands ? 2 : 1;
			seen[s->edges[e].control] = known;
		}
		if (r == 0 && known == 2 && aisp_vec_push(&edges, e) < 0)
			r = nomem(err);
	}
	if (r < 0) {
		aisp_vec_done(&edges);
		return r;
	}
	*ret = edges.v;
	*ret_n = edges.n;
	return 0;
}
