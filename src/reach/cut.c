/* The smallest change: implicit hitting set over the AND/OR graph, bounds by flow where that is large, and the proof on the snapshot itself. */
#include "base/clock.h"
#include "reach/cut_int.h"
#include <math.h>
#include <stdlib.h>

enum { LARGE = 300000, MANY_PATHS = 24, FEW_PATHS = 2 };
/* Steps times goals from which on bounds come first. */
static const double much = 3e7;

struct finding_cut {
	struct cut_graph g;
	struct cut_world w, t; /* the present choice; trials */
	struct cut_search x;
	struct cut_master m;
	uint8_t *used;         /* by label: not to be used by the next derivation */
	uint8_t *shut;         /* by goal: nothing can close it */
	uint8_t *best;         /* by control: the cheapest closing choice so far */
	double best_cost, bound;
	bool has_best;
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

/* ---- Clauses ---- */

/* No label that shares a control with these terms is used again: the next derivation has nothing in common with this one. */
static void set_aside(struct finding_cut *c, const uint32_t *terms, size_t n)
{
	struct cut_world *t = &c->t;
	for (size_t i = 0; i < n; i++) {
		const struct cut_range r = c->g.terms.v[terms[i]];
		for (uint32_t k = 0; k < r.n; k++)
			t->taken[c->g.alternatives.v[r.at + k]] = 1;
	}
	for (size_t l = 0; l < c->g.labels.n; l++) {
		const struct cut_range r = c->g.labels.v[l];
		for (uint32_t i = 0; i < r.n && !c->used[l]; i++) {
			const struct cut_range term = c->g.terms.v[c->g.label_terms.v[r.at + i]];
			for (uint32_t k = 0; k < term.n; k++)
				c->used[l] |= t->taken[c->g.alternatives.v[term.at + k]];
		}
	}
}

static int add_clause(struct finding_cut *c, const uint32_t *terms, size_t n)
{
	const struct cut_range r = {(uint32_t)c->m.items.n, (uint32_t)n};
	for (size_t i = 0; i < n; i++)
		if (aisp_vec_push(&c->m.items, terms[i]) < 0)
			return nomem(c->err);
	c->paths++;
	return aisp_vec_push(&c->m.clauses, r) < 0 ? nomem(c->err) : 0;
}

/* Derivations of one goal that still holds, with nothing in common. */
static int clauses_for(struct finding_cut *c, size_t goal, int most, uint64_t until_ms)
{
	bool held = true;
	int r = 0;
	memcpy(c->used, c->w.dead, c->g.labels.n);
	memset(c->t.taken, 0, c->g.controls.n);
	for (int i = 0; r == 0 && i < most && (i == 0 || ms_left(c) > until_ms); i++) {
		r = aisp_cut__derive(&c->g, &c->x, c->used, &c->g.goals.v[goal], &held, c->err);
		if (r < 0 || !held)
			break;
		r = add_clause(c, c->x.terms.v, c->x.terms.n);
		set_aside(c, c->x.terms.v, c->x.terms.n);
	}
	return r;
}

/* Clauses for goals that hold in w. *ret_any: there was one. */
static int open_goals(struct finding_cut *c, bool *ret_any)
{
	const int most = is_large(c) ? FEW_PATHS : MANY_PATHS;
	const uint64_t until_ms = ms_left(c) / 2; /* the other half is for choosing among them */
	int r = 0;
	*ret_any = false;
	for (size_t i = 0; r == 0 && i < c->g.goals.n; i++) {
		if (c->shut[i] || !aisp_cut__holds(&c->g, &c->w, &c->g.goals.v[i]))
			continue;
		if (*ret_any && ms_left(c) <= until_ms)
			break;
		r = clauses_for(c, i, most, until_ms);
		*ret_any = true;
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

/* ---- Any closing choice ---- */

/* Takes the cheapest term of a derivation until all is closed, then gives back what was not needed. From the choice in w. */
static int close_greedily(struct finding_cut *c)
{
	int r = 0;
	for (;;) {
		bool held, any = false;
		r = work_out(c, &c->w);
		for (size_t i = 0; r == 0 && i < c->g.goals.n && !any; i++) {
			if (c->shut[i] || !aisp_cut__holds(&c->g, &c->w, &c->g.goals.v[i]))
				continue;
			r = aisp_cut__derive(&c->g, &c->x, c->w.dead, &c->g.goals.v[i], &held, c->err);
			double least = INFINITY, price;
			uint32_t term = 0;
			for (size_t k = 0; r == 0 && k < c->x.terms.n; k++)
				if (aisp_cut__takeable(&c->g, c->x.terms.v[k], &price) && price < least) {
					least = price;
					term = c->x.terms.v[k];
				}
			for (uint32_t k = 0; r == 0 && k < c->g.terms.v[term].n; k++)
				c->w.taken[c->g.alternatives.v[c->g.terms.v[term].at + k]] = 1;
			any = true;
		}
		if (r < 0 || !any)
			break;
	}
	if (r == 0)
		note_best(c, &c->w);
	return r;
}

static int give_back(struct finding_cut *c)
{
	int r = 0;
	memcpy(c->w.taken, c->best, c->g.controls.n);
	for (size_t i = 0; r == 0 && i < c->g.controls.n && ms_left(c) > 0; i++) {
		if (!c->w.taken[i] || c->g.prices.v[i] <= 0)
			continue;
		c->w.taken[i] = 0;
		r = work_out(c, &c->w);
		if (r == 0 && !all_closed(c, &c->w))
			c->w.taken[i] = 1;
		else if (r == 0)
			note_best(c, &c->w);
	}
	return r;
}

/* ---- The rounds ---- */

static int rounds(struct finding_cut *c, bool *ret_proved)
{
	int r = 0;
	*ret_proved = false;
	while (r == 0) {
		bool open, lost;
		r = work_out(c, &c->w);
		if (r == 0)
			note_best(c, &c->w);
		if (r == 0)
			r = open_goals(c, &open);
		if (r == 0)
			r = lost_uses(c, &lost);
		if (r < 0)
			return r;
		if (!open && !lost) {
			*ret_proved = c->rounds == 0 || c->m.optimal;
			return 0;
		}
		const uint64_t left = ms_left(c);
		if (left == 0)
			return 0;
		r = aisp_cut__solve(&c->g, &c->m, c->in, &c->w, left, c->err);
		c->rounds++;
		if (r == 0 && c->m.bound > c->bound)
			c->bound = c->m.bound;
		if (r == 0 && !c->m.feasible)
			return 0; /* a use that must not be lost stands against it, or time ran out */
	}
	return r;
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

static int search(struct finding_cut *c, bool *ret_proved)
{
	bool flowed = false;
	double bound = 0;
	int r = find_shut(c);
	const bool large = c->in->flow_from ? c->g.steps.n > c->in->flow_from : is_large(c);
	if (r == 0 && large && c->g.keeps.n == 0) {
		r = aisp_cut__flow(&c->g, &c->w, &bound, &flowed, c->err);
		if (r == 0 && flowed) {
			c->bound = bound;
			r = work_out(c, &c->w);
			note_best(c, &c->w);
			*ret_proved = c->has_best && c->best_cost <= bound + 1e-6;
			if (r < 0 || *ret_proved)
				return r;
			memset(c->w.taken, 0, c->g.controls.n);
		}
	}
	if (r == 0)
		r = rounds(c, ret_proved);
	if (r == 0 && !*ret_proved && !c->has_best)
		r = close_greedily(c);
	if (r == 0 && !*ret_proved && c->has_best)
		r = give_back(c);
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
	struct finding_cut c = {.in = in, .err = err, .deadline = aisp_clock_mono_ns() + (uint64_t)(in->max_ms ? in->max_ms : 10000) * 1000000};
	struct aisp_cut out = {0};
	bool proved = false;
	int r = aisp_reach_new(s, NULL, &reach, err);
	if (r == 0)
		r = aisp_cut__graph(reach, in, &c.g, err);
	if (r == 0)
		r = aisp_cut__world(&c.g, &c.w, err);
	if (r == 0)
		r = aisp_cut__world(&c.g, &c.t, err);
	if (r == 0)
		r = aisp_cut__search(&c.g, &c.x, err);
	c.used = aisp_mem_zalloc(c.g.labels.n + 1, 1);
	c.shut = aisp_mem_zalloc(c.g.goals.n + 1, 1);
	c.best = aisp_mem_zalloc(c.g.controls.n + 1, 1);
	c.m.paid = aisp_mem_zalloc(in->n_keep + 1, 1);
	if (r == 0 && (!c.used || !c.shut || !c.best || !c.m.paid))
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
	aisp_mem_free(c.used);
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
