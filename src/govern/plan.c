/* The plan: goals and uses into the cut, the cut's control objects into steps, and what else goes with them. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "govern/plan_int.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_OTHERS = 10000 };

struct making {
	const struct aisp_plan_in *in;
	const struct aisp_snapshot *s;
	struct aisp_plan *p;
	struct aisp_reach *before, *after;
	struct aisp_err *err;
};

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while making a plan");
}

/* ---- Prices ---- */

static double price_of(void *ctx, const struct aisp_snapshot *s, struct aisp_slice control)
{
	const struct aisp_plan_in *in = ctx;
	(void)s;
	for (size_t i = 0; i < in->n_prices; i++)
		if (aisp_slice_eq(in->prices[i].control, control))
			return in->prices[i].price;
	for (size_t i = 0; i < in->n_prices; i++)
		if (aisp_slice_findi(control, in->prices[i].control) != SIZE_MAX)
			return in->prices[i].price;
	return aisp_control_form(control)->price;
}

/* ---- Goals and uses ---- */

static int copy_goals(struct making *m)
{
	struct aisp_plan *p = m->p;
	p->goals = aisp_arena_alloc(p->arena, (m->in->n_goals + 1) * sizeof *p->goals);
	if (!p->goals)
		return nomem(m->err);
	for (size_t i = 0; i < m->in->n_goals; i++) {
		struct aisp_plan_goal g = m->in->goals[i];
		bool twice = false;
		for (size_t k = 0; k < p->n_goals && !twice; k++)
			twice = p->goals[k].goal.actor.node == g.goal.actor.node && p->goals[k].goal.target == g.goal.target && p->goals[k].goal.mode == g.goal.mode;
		if (twice)
			continue;
		g.finding = aisp_arena_dup(p->arena, g.finding);
		g.rule = aisp_arena_dup(p->arena, g.rule);
		p->goals[p->n_goals++] = g;
	}
	return 0;
}

/* Modes that a use may have needed, by what the log says was done. */
static const enum aisp_mode reading[] = {AISP_MODE_READ, AISP_MODE_READ_VIA, AISP_MODE_CALL}, writing[] = {AISP_MODE_WRITE, AISP_MODE_WRITE_VIA, AISP_MODE_CALL},
			    calling[] = {AISP_MODE_CALL, AISP_MODE_READ, AISP_MODE_WRITE};

static const enum aisp_mode *modes_of(struct aisp_slice action)
{
	static const char *const writes[] = {"put", "write", "delete", "insert", "update", "create", "truncate", "post", "patch"}, *const calls[] = {"invoke", "call", "execute", "converse", "chat"};
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
		if (aisp_slice_findi(action, aisp_slice_z(writes[i])) != SIZE_MAX)
			return writing;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (aisp_slice_findi(action, aisp_slice_z(calls[i])) != SIZE_MAX)
			return calling;
	return reading;
}

/* More uses, dearer: 5 for one, 5 more for each power of ten. */
static double price_of_use(int64_t count)
{
	return 5 + 5 * floor(log10(count < 1 ? 1.0 : (double)count));
}

static bool same_use(const struct aisp_cut_goal *g, const struct aisp_tied_use *u, enum aisp_mode mode)
{
	return g->actor.node == u->identity && g->target == u->asset && g->mode == mode;
}

/* The mode that this use needed, if it holds now and is neither to be closed (that is not kept) nor kept already. */
static bool is_new_keep(const struct making *m, const struct aisp_reach_answer *a, const struct aisp_tied_use *u, enum aisp_mode *ret)
{
	const struct aisp_plan *p = m->p;
	const enum aisp_mode *modes = modes_of(u->use.action);
	size_t i = 0;
	while (i < 3 && !aisp_reach_holds(a, 0, u->asset, modes[i]))
		i++;
	if (i == 3)
		return false;
	*ret = modes[i];
	for (i = 0; i < p->n_goals; i++)
		if (same_use(&p->goals[i].goal, u, *ret))
			return false;
	for (i = 0; i < p->n_keeps; i++)
		if (same_use(&p->keeps[i].keep.use, u, *ret))
			return false;
	return true;
}

static int grow_keeps(struct aisp_plan *p, size_t *cap, struct aisp_err *err)
{
	if (p->n_keeps < *cap)
		return 0;
	struct aisp_plan_keep *more = aisp_arena_alloc(p->arena, (*cap * 2 + 16) * sizeof *more);
	if (!more)
		return nomem(err);
	if (p->n_keeps)
		memcpy(more, p->keeps, p->n_keeps * sizeof *more);
	p->keeps = more;
	*cap = *cap * 2 + 16;
	return 0;
}

static int keep_use(struct making *m, const struct aisp_tied_use *u, size_t *cap)
{
	struct aisp_plan *p = m->p;
	AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *a = NULL;
	const struct aisp_actor actor = {.node = u->identity};
	char iso[AISP_ISO_LEN + 1];
	enum aisp_mode mode = AISP_MODE_READ;
	int r = aisp_reach_forward(m->before, &actor, 1, AISP_POSSIBLE, &a, m->err);
	if (r < 0 || !is_new_keep(m, a, u, &mode))
		return r;
	r = grow_keeps(p, cap, m->err);
	if (r < 0)
		return r;
	aisp_clock_iso(u->use.last_us, iso);
	p->keeps[p->n_keeps] = (struct aisp_plan_keep){
		.keep = {{actor, u->asset, mode}, price_of_use(u->use.done)},
		.why = aisp_arena_printf(p->arena, "used %lld time%s, last %s", (long long)u->use.done, u->use.done == 1 ? "" : "s", iso),
	};
	return p->keeps[p->n_keeps++].why.p ? 0 : nomem(m->err);
}

static int copy_keeps(struct making *m)
{
	struct aisp_plan *p = m->p;
	size_t cap = m->in->n_keeps + 16;
	int r = 0;
	p->keeps = aisp_arena_alloc(p->arena, cap * sizeof *p->keeps);
	if (!p->keeps)
		return nomem(m->err);
	for (size_t i = 0; i < m->in->n_keeps; i++) {
		p->keeps[p->n_keeps] = m->in->keeps[i];
		p->keeps[p->n_keeps++].why = aisp_arena_dup(p->arena, m->in->keeps[i].why);
	}
	for (size_t i = 0; r == 0 && m->in->usage && i < aisp_usage_count(m->in->usage); i++) {
		const struct aisp_tied_use *u = aisp_usage_at(m->in->usage, i);
		if (u->identity && u->asset && u->use.done > 0)
			r = keep_use(m, u, &cap);
	}
	return r;
}

static int find_cut(struct making *m)
{
	struct aisp_plan *p = m->p;
	struct aisp_cut_goal *close = aisp_arena_alloc(p->arena, (p->n_goals + 1) * sizeof *close);
	struct aisp_cut_keep *keep = aisp_arena_alloc(p->arena, (p->n_keeps + 1) * sizeof *keep);
	if (!close || !keep)
		return nomem(m->err);
	for (size_t i = 0; i < p->n_goals; i++)
		close[i] = p->goals[i].goal;
	for (size_t i = 0; i < p->n_keeps; i++)
		keep[i] = p->keeps[i].keep;
	struct aisp_plan_in prices = *m->in;
	const struct aisp_cut_in in = {.close = close, .n_close = p->n_goals, .certainty = m->in->certainty, .keep = keep, .n_keep = p->n_keeps, .price = price_of, .ctx = &prices, .max_ms = m->in->max_ms};
	return aisp_cut_find(m->s, &in, &p->cut, m->err);
}

/* ---- Steps ---- */

static int fill_step(struct making *m, struct aisp_step *st)
{
	struct aisp_maker k = {.s = m->s, .a = m->p->arena, .step = st, .together = m->p->cut.controls, .n_together = m->p->cut.n_controls, .err = m->err};
	const struct aisp_form *f = aisp_control__form(st->control);
	int r = 0;
	aisp_buf_init(&k.text, 1u << 24);
	st->kind = aisp_slice_z(f ? f->form.kind : aisp_control_unknown.kind);
	st->system = f ? f->form.system : AISP_STEP_MANUAL;
	st->price = price_of((void *)(uintptr_t)m->in, m->s, st->control);
	st->automatic = true;
	if (f) {
		r = f->fill(&k);
	} else {
		r = aisp_step__what(&k, "%.*s", AISP_FMT(st->control));
		if (r == 0)
			r = aisp_step__manual(&k, aisp_step__fmt(&k, "Take %.*s away; aisp does not know how", AISP_FMT(st->control)));
	}
	if (r == 0)
		r = aisp_step__define(&k);
	aisp_buf_done(&k.text);
	return r;
}

/* What aisp can do first, in the order of systems; then what a person must. Of one list the last item first: those before it keep their place. */
static int by_system(const void *a, const void *b)
{
	const struct aisp_step *x = a, *y = b;
	if (x->automatic != y->automatic)
		return x->automatic ? -1 : 1;
	struct aisp_slice in_x, in_y;
	uint64_t at_x, at_y;
	if (x->system == y->system && aisp_step__item(x->control, &in_x, &at_x) && aisp_step__item(y->control, &in_y, &at_y) && aisp_slice_eq(in_x, in_y))
		return at_x < at_y ? 1 : at_x > at_y ? -1 : 0;
	return x->system != y->system ? (int)x->system - (int)y->system : aisp_slice_cmp(x->control, y->control);
}

/* One of the alternatives in a control's text, not the beginning of a longer one. */
static bool is_part(struct aisp_slice text, struct aisp_slice control)
{
	for (size_t at; (at = aisp_slice_find(text, control)) != SIZE_MAX; text = aisp_slice_from(text, at + control.n))
		if (at + control.n == text.n || text.p[at + control.n] == ' ' || text.p[at + control.n] == ')')
			return true;
	return false;
}

static int edges_of(struct making *m, struct aisp_step *st)
{
	AISP_AUTOFREE aisp_edge *edges = NULL;
	size_t n = 0;
	int r = aisp_cut_edges(m->s, &st->control, 1, &edges, &n, m->err);
	if (r == 0 && n == 0) { /* it only counts together with others */
		for (aisp_edge e = 1; e <= m->s->n_edges; e++)
			n += m->s->edges[e].control && is_part(aisp_snapshot_text(m->s, m->s->edges[e].control), st->control);
		st->edges = aisp_arena_alloc(m->p->arena, (n + 1) * sizeof *st->edges);
		for (aisp_edge e = 1; st->edges && e <= m->s->n_edges; e++)
			if (m->s->edges[e].control && is_part(aisp_snapshot_text(m->s, m->s->edges[e].control), st->control))
				st->edges[st->n_edges++] = e;
		return st->edges ? 0 : nomem(m->err);
	}
	st->edges = aisp_arena_alloc(m->p->arena, (n + 1) * sizeof *st->edges);
	if (r == 0 && !st->edges)
		r = nomem(m->err);
	if (r == 0 && n)
		memcpy(st->edges, edges, n * sizeof *edges);
	st->n_edges = n;
	return r;
}

static bool is_lost(const struct aisp_plan *p, size_t keep)
{
	for (size_t i = 0; i < p->cut.n_lost; i++)
		if (p->cut.lost[i] == keep)
			return true;
	return false;
}

static void count_shared(struct aisp_plan *p, const struct aisp_snapshot *s, struct aisp_step *st)
{
	for (size_t k = 0; k < p->n_keeps; k++) {
		const struct aisp_cut_goal *u = &p->keeps[k].keep.use;
		bool here = false;
		for (size_t i = 0; i < st->n_edges && !here && !is_lost(p, k); i++)
			here = s->edges[st->edges[i]].from == u->actor.node && s->edges[st->edges[i]].to == u->target;
		st->shared_uses += here;
	}
}

static int make_steps(struct making *m)
{
	struct aisp_plan *p = m->p;
	int r = 0;
	p->steps = aisp_arena_zalloc(p->arena, p->cut.n_controls + 1, sizeof *p->steps);
	if (!p->steps)
		return nomem(m->err);
	for (size_t i = 0; r == 0 && i < p->cut.n_controls; i++) {
		struct aisp_step *st = &p->steps[p->n_steps++];
		st->control = p->cut.controls[i];
		r = edges_of(m, st);
		if (r == 0)
			r = fill_step(m, st);
		if (r == 0)
			count_shared(p, m->s, st);
	}
	if (p->n_steps)
		qsort(p->steps, p->n_steps, sizeof *p->steps, by_system);
	return r;
}

/* ---- What goes too ---- */

struct pairs {
	struct making *m;
	AISP_VEC(struct aisp_actor) actors;
	AISP_VEC(aisp_node) targets;
	struct aisp_map after;      /* (actor, target) → 1 possible, 2 certain */
	enum aisp_mode mode;
};

static bool is_goal(const struct aisp_plan *p, aisp_node actor, aisp_node target, enum aisp_mode mode)
{
	for (size_t i = 0; i < p->n_goals; i++)
		if (p->goals[i].goal.actor.node == actor && p->goals[i].goal.target == target && p->goals[i].goal.mode == mode)
			return true;
	return false;
}

static int seen_after(void *ctx, size_t actor, size_t target, bool certain)
{
	struct pairs *x = ctx;
	return aisp_map_put(&x->after, (struct aisp_key){(uint32_t)actor + 1, (uint32_t)target + 1}, certain ? 2 : 1, x->m->err);
}

static int seen_before(void *ctx, size_t actor, size_t target, bool certain)
{
	struct pairs *x = ctx;
	struct aisp_plan *p = x->m->p;
	const aisp_node a = x->actors.v[actor].node, t = x->targets.v[target];
	const uint32_t left = aisp_map_get(&x->after, (struct aisp_key){(uint32_t)actor + 1, (uint32_t)target + 1});
	if (a == t || left >= (certain ? 2u : 1u) || is_goal(p, a, t, x->mode) || p->n_others == MOST_OTHERS)
		return 0;
	p->others[p->n_others++] = (struct aisp_plan_access){a, t, x->mode, certain};
	return 0;
}

static int collect_sides(struct pairs *x)
{
	const struct aisp_snapshot *s = x->m->s;
	int r = 0;
	for (aisp_node n = 1; r == 0 && n <= s->n_nodes; n++) {
		const struct aisp_snode *node = &s->nodes[n];
		if (aisp_snode_flags(node) & (AISP_NK_IDENTITY | AISP_NK_NHI | AISP_NK_START) || node->kind == AISP_NODE_CREDENTIAL)
			r = aisp_vec_push(&x->actors, (struct aisp_actor){.node = n});
		bool asked = node->sensitivity >= AISP_SENS_CONFIDENTIAL;
		for (size_t i = 0; i < x->m->p->n_goals && !asked; i++)
			asked = x->m->p->goals[i].goal.target == n; /* who else has what is closed */
		if (r == 0 && asked)
			r = aisp_vec_push(&x->targets, n);
	}
	return r < 0 ? nomem(x->m->err) : 0;
}

static int others(struct making *m)
{
	static const enum aisp_mode usual[] = {AISP_MODE_READ, AISP_MODE_READ_VIA, AISP_MODE_WRITE, AISP_MODE_WRITE_VIA};
	AISP_AUTOFREE aisp_edge *edges = NULL;
	struct pairs x = {.m = m};
	size_t n = 0;
	m->p->others = aisp_arena_alloc(m->p->arena, MOST_OTHERS * sizeof *m->p->others);
	int r = m->p->others ? aisp_cut_edges(m->s, m->p->cut.controls, m->p->cut.n_controls, &edges, &n, m->err) : nomem(m->err);
	const struct aisp_overlay o = {.removed = edges, .n_removed = n};
	if (r == 0)
		r = aisp_reach_new(m->s, &o, &m->after, m->err);
	if (r == 0)
		r = collect_sides(&x);
	for (size_t i = 0; r == 0 && x.actors.n && x.targets.n && i < sizeof usual / sizeof *usual; i++) {
		x.mode = usual[i];
		aisp_map_done(&x.after);
		x.after = (struct aisp_map){0};
		r = aisp_reach_pairs(m->after, x.actors.v, x.actors.n, x.targets.v, x.targets.n, x.mode, seen_after, &x, m->err);
		if (r == 0)
			r = aisp_reach_pairs(m->before, x.actors.v, x.actors.n, x.targets.v, x.targets.n, x.mode, seen_before, &x, m->err);
	}
	aisp_map_done(&x.after);
	aisp_vec_done(&x.actors);
	aisp_vec_done(&x.targets);
	return r;
}

/* ---- The whole ---- */

static struct aisp_slice id_of(const struct aisp_snapshot *s, aisp_node n)
{
	return aisp_snapshot_text(s, s->nodes[n].id);
}

static int digest_facts(struct making *m)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_plan *p = m->p;
	aisp_buf_init(&b, 1u << 28);
	for (size_t i = 0; i < p->n_goals; i++)
		aisp_buf_printf(&b, "goal %.*s %.*s %s\n", AISP_FMT(id_of(m->s, p->goals[i].goal.actor.node)), AISP_FMT(id_of(m->s, p->goals[i].goal.target)), aisp_mode_name(p->goals[i].goal.mode));
	for (size_t i = 0; i < p->n_steps; i++)
		for (size_t k = 0; k < p->steps[i].n_edges; k++) {
			const struct aisp_sedge *e = &m->s->edges[p->steps[i].edges[k]];
			aisp_buf_printf(&b, "edge %.*s %s %.*s %.*s\n", AISP_FMT(id_of(m->s, e->from)), aisp_edge_kinds[e->kind].name, AISP_FMT(id_of(m->s, e->to)),
					AISP_FMT(aisp_snapshot_text(m->s, e->control)));
		}
	const struct aisp_digest d = aisp_digest_of(b.p, b.n);
	aisp_digest_hex(&d, p->facts);
	return aisp_buf_check(&b, m->err);
}

static int name_it(struct making *m)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	char hex[33];
	aisp_buf_init(&b, 1u << 28);
	int r = aisp_plan_json(m->p, &b, m->err);
	const struct aisp_digest d = aisp_digest_of(b.p, b.n);
	aisp_digest_hex(&d, hex);
	memcpy(m->p->id, hex, 16);
	return r;
}

int aisp_plan_make(const struct aisp_plan_in *in, struct aisp_plan *ret, struct aisp_err *err)
{
	struct aisp_plan p = {.arena = aisp_arena_new(0), .snapshot = in->snapshot, .certainty = in->certainty, .run = in->run, .now_us = in->now_us};
	struct making m = {.in = in, .s = in->snapshot, .p = &p, .err = err};
	int r = p.arena ? 0 : nomem(err);
	if (r == 0 && in->n_goals == 0)
		r = aisp_fail(err, AISP_E_USAGE, "a plan needs something to close: findings with a path, or --from and --to");
	if (r == 0)
		r = aisp_reach_new(in->snapshot, NULL, &m.before, err);
	if (r == 0)
		r = copy_goals(&m);
	if (r == 0)
		r = copy_keeps(&m);
	if (r == 0)
		r = find_cut(&m);
	if (r == 0)
		r = make_steps(&m);
	if (r == 0)
		r = others(&m);
	p.until_resolved = r == 0 ? aisp_arena_alloc(p.arena, (in->n_until_resolved + 1) * sizeof *p.until_resolved) : NULL;
	if (r == 0 && !p.until_resolved)
		r = nomem(err);
	for (size_t i = 0; r == 0 && i < in->n_until_resolved; i++)
		p.until_resolved[p.n_until_resolved++] = aisp_arena_dup(p.arena, in->until_resolved[i]);
	if (r == 0)
		r = digest_facts(&m);
	if (r == 0)
		r = name_it(&m);
	aisp_reach_free(m.before);
	aisp_reach_free(m.after);
	if (r < 0)
		aisp_plan_done(&p);
	else
		*ret = p;
	return r;
}

void aisp_plan_done(struct aisp_plan *p)
{
	aisp_cut_done(&p->cut);
	aisp_arena_free(p->arena);
	*p = (struct aisp_plan){0};
}
