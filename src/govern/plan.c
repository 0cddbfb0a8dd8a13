/* The plan: goals and uses into the cut, the cut's control objects into steps, and what else goes with them. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collect/content/content.h"
#include "govern/plan_int.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_OTHERS = 10000 };

struct making {
	const struct aisp_plan_in *in;
	const struct aisp_snapshot *s;
	struct aisp_plan *p;
	struct aisp_reach *before, *after;
	struct aisp_isolation isolation;
	struct aisp_content_eye *eye;
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

/* The mode that this use needed, if it holds now and is neither to be closed (that is not kept) nor kept already. `at`: its identity's place in the answer. */
static bool is_new_keep(const struct making *m, const struct aisp_reach_answer *a, size_t at, const struct aisp_tied_use *u, enum aisp_mode *ret)
{
	const struct aisp_plan *p = m->p;
	const enum aisp_mode *modes = modes_of(u->use.action);
	size_t i = 0;
	while (i < 3 && !aisp_reach_holds(a, at, u->asset, modes[i]))
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

static int keep_use(struct making *m, const struct aisp_reach_answer *a, size_t at, const struct aisp_tied_use *u, size_t *cap)
{
	struct aisp_plan *p = m->p;
	char iso[AISP_ISO_LEN + 1];
	enum aisp_mode mode = AISP_MODE_READ;
	if (!is_new_keep(m, a, at, u, &mode))
		return 0;
	int r = grow_keeps(p, cap, m->err);
	if (r < 0)
		return r;
	aisp_clock_iso(u->use.last_us, iso);
	p->keeps[p->n_keeps] = (struct aisp_plan_keep){
		.keep = {{{.node = u->identity}, u->asset, mode}, price_of_use(u->use.done)},
		.why = aisp_arena_printf(p->arena, "used %lld time%s, last %s", (long long)u->use.done, u->use.done == 1 ? "" : "s", iso),
	};
	return p->keeps[p->n_keeps++].why.p ? 0 : nomem(m->err);
}

static bool counts(const struct aisp_tied_use *u)
{
	return u->identity && u->asset && u->use.done > 0;
}

/* The uses from *at on, as far as their identities fit into one question. */
static int keep_batch(struct making *m, size_t *at, size_t *cap)
{
	AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *a = NULL;
	struct aisp_actor actors[AISP_REACH_BATCH] = {0};
	struct aisp_map place = {0}; /* identity → its place + 1 */
	size_t n = 0, end = *at;
	int r = 0;
	for (; r == 0 && end < aisp_usage_count(m->in->usage); end++) {
		const struct aisp_tied_use *u = aisp_usage_at(m->in->usage, end);
		const struct aisp_key key = {u->identity, 0};
		if (!counts(u) || aisp_map_get(&place, key))
			continue;
		if (n == AISP_REACH_BATCH)
			break;
		actors[n++].node = u->identity;
		r = aisp_map_put(&place, key, (uint32_t)n, m->err);
	}
	if (r == 0 && n)
		r = aisp_reach_forward(m->before, actors, n, AISP_POSSIBLE, &a, m->err);
	for (size_t i = *at; r == 0 && i < end; i++) {
		const struct aisp_tied_use *u = aisp_usage_at(m->in->usage, i);
		if (counts(u))
			r = keep_use(m, a, aisp_map_get(&place, (struct aisp_key){u->identity, 0}) - 1u, u, cap);
	}
	aisp_map_done(&place);
	*at = end;
	return r;
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
	for (size_t at = 0; r == 0 && m->in->usage && at < aisp_usage_count(m->in->usage);)
		r = keep_batch(m, &at, &cap);
	return r;
}

/* Which uses still work, and so what is lost, in the graph as it will be. A network policy keeps out few of those who reach a service today, where the cut takes it from all. */
static int count_lost(struct making *m, struct aisp_cut *c, double lost_already, bool anew)
{
	struct aisp_plan *p = m->p;
	int r = aisp_isolate__make(m->s, p->arena, c->controls, c->n_controls, p->goals, p->n_goals, &m->isolation, m->err);
	const struct aisp_overlay o = {.removed = m->isolation.removed, .n_removed = m->isolation.n_removed, .added = m->isolation.added, .n_added = m->isolation.n_added};
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *after = NULL;
	if (r == 0 && (m->isolation.n_added || anew))
		r = aisp_reach_new(m->s, &o, &after, m->err);
	if (r < 0 || !after)
		return r;
	size_t *lost = aisp_arena_alloc(p->arena, (p->n_keeps + 1) * sizeof *lost);
	if (!lost)
		return nomem(m->err);
	c->cost -= lost_already;
	c->lost = lost;
	c->n_lost = 0;
	for (size_t i = 0; r == 0 && i < p->n_keeps; i++) {
		const struct aisp_cut_keep *k = &p->keeps[i].keep;
		AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *a = NULL;
		r = aisp_reach_forward(after, &k->use.actor, 1, AISP_POSSIBLE, &a, m->err);
		if (r == 0 && !aisp_reach_holds(a, 0, k->use.target, k->use.mode)) {
			c->lost[c->n_lost++] = i;
			c->cost += k->price;
		}
	}
	c->proved = c->closed && c->cost <= c->bound + 1e-9;
	return r;
}

/* Uses that do not rest on what no network policy speaks of: only these bind the second try. */
static int firm_keeps(struct making *m, struct aisp_cut_keep *keep, size_t *ret_n, bool *ret_any)
{
	struct aisp_plan *p = m->p;
	struct aisp_slice *all;
	AISP_AUTOFREE aisp_edge *edges = NULL;
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *closed = NULL;
	size_t n, n_edges = 0;
	int r = aisp_isolate__all(m->s, p->arena, &all, &n, m->err);
	*ret_n = 0;
	*ret_any = n > 0;
	if (r == 0 && n)
		r = aisp_cut_edges(m->s, all, n, &edges, &n_edges, m->err);
	if (r < 0 || !n)
		return r;
	const struct aisp_overlay gone = {.removed = edges, .n_removed = n_edges};
	r = aisp_reach_new(m->s, &gone, &closed, m->err);
	for (size_t i = 0; r == 0 && i < p->n_keeps; i++) {
		AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *a = NULL;
		const struct aisp_cut_goal *u = &p->keeps[i].keep.use;
		r = aisp_reach_forward(closed, &u->actor, 1, AISP_POSSIBLE, &a, m->err);
		if (r == 0 && aisp_reach_holds(a, 0, u->target, u->mode))
			keep[(*ret_n)++] = p->keeps[i].keep;
	}
	return r;
}

static double price_of_lost(const struct aisp_cut *c, const struct aisp_cut_keep *keeps)
{
	double sum = 0;
	for (size_t i = 0; i < c->n_lost; i++)
		sum += keeps[c->lost[i]].price;
	return sum;
}

/* Once more without the uses that a network policy lets go on. It is taken where that is cheaper; its bound holds for both, for it was asked for less. */
static int try_isolation(struct making *m, const struct aisp_cut_in *asked)
{
	struct aisp_plan *p = m->p;
	struct aisp_cut_in in = *asked;
	struct aisp_cut second = {0};
	struct aisp_cut_keep *keep = aisp_arena_alloc(p->arena, (p->n_keeps + 1) * sizeof *keep);
	bool any = false;
	int r = keep ? firm_keeps(m, keep, &in.n_keep, &any) : nomem(m->err);
	if (r < 0)
		return r;
	in.keep = keep;
	if (any && in.n_keep < p->n_keeps) {
		r = aisp_cut_find(m->s, &in, &second, m->err);
		if (r == 0)
			r = count_lost(m, &second, price_of_lost(&second, keep), true);
		const bool better = r == 0 && second.closed && isfinite(second.cost) && (!p->cut.closed || second.cost < p->cut.cost);
		p->cut.bound = r == 0 && second.bound < p->cut.bound ? second.bound : p->cut.bound;
		p->cut.proved = p->cut.proved && p->cut.cost <= p->cut.bound + 1e-9;
		aisp_cut_done(better ? &p->cut : &second);
		if (better)
			p->cut = second;
		if (better || r < 0)
			return r;
	}
	return count_lost(m, &p->cut, price_of_lost(&p->cut, asked->keep), false);
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
	int r = aisp_cut_find(m->s, &in, &p->cut, m->err);
	return r == 0 ? try_isolation(m, &in) : r;
}

/* ---- Steps ---- */

/* One of the alternatives in a control's text, not the beginning of a longer one. */
static bool is_part(struct aisp_slice text, struct aisp_slice control)
{
	for (size_t at; (at = aisp_slice_find(text, control)) != SIZE_MAX; text = aisp_slice_from(text, at + control.n))
		if (at + control.n == text.n || text.p[at + control.n] == ' ' || text.p[at + control.n] == ')')
			return true;
	return false;
}

static bool has_part(const struct making *m, aisp_edge e, const struct aisp_slice *controls, size_t n)
{
	const struct aisp_slice text = m->s->edges[e].control ? aisp_snapshot_text(m->s, m->s->edges[e].control) : AISP_S("");
	for (size_t i = 0; i < n && text.n; i++)
		if (is_part(text, controls[i]))
			return true;
	return false;
}

/* Those that go with the control objects; if none goes by these alone, those that name them. */
static int edges_of(struct making *m, const struct aisp_slice *controls, size_t n_controls, struct aisp_step *st)
{
	AISP_AUTOFREE aisp_edge *edges = NULL;
	size_t n = 0;
	int r = aisp_cut_edges(m->s, controls, n_controls, &edges, &n, m->err);
	if (r < 0)
		return r;
	const bool alone = n > 0;
	for (aisp_edge e = 1; !alone && e <= m->s->n_edges; e++)
		n += has_part(m, e, controls, n_controls);
	st->edges = aisp_arena_alloc(m->p->arena, (n + 1) * sizeof *st->edges);
	if (!st->edges)
		return nomem(m->err);
	if (alone)
		memcpy(st->edges, edges, n * sizeof *edges);
	st->n_edges = alone ? n : 0;
	for (aisp_edge e = 1; !alone && e <= m->s->n_edges; e++)
		if (has_part(m, e, controls, n_controls))
			st->edges[st->n_edges++] = e;
	return 0;
}

/* As if this control object were the step's only one. */
static int define_part(struct making *m, struct aisp_maker *k, struct aisp_slice control, const struct aisp_slice *edges_with, struct aisp_step *part)
{
	struct aisp_step *st = k->step;
	*part = (struct aisp_step){.control = control, .kind = st->kind, .system = st->system, .automatic = st->automatic};
	int r = edges_of(m, edges_with, 1, part);
	k->step = part;
	if (r == 0)
		r = aisp_step__define(k);
	k->step = st;
	return r == 0 && part->note.n ? aisp_step__note(k, "%.*s", AISP_FMT(part->note)) : r;
}

/* Where it is written, and the patch: for each control object of the step by itself, then as one. */
static int define_step(struct making *m, struct aisp_maker *k)
{
	struct aisp_step *st = k->step, part;
	const size_t parts = k->written.n ? 1 : k->n_controls;
	struct aisp_slice *diffs = aisp_arena_alloc(k->a, (parts + 1) * sizeof *diffs);
	AISP_AUTOBUF struct aisp_buf patch = {0};
	size_t n = 0;
	int r = diffs ? 0 : nomem(m->err);
	if (r == 0 && k->n_controls == 1 && !k->written.n) {
		r = aisp_step__define(k);
		if (aisp_isolate__fits(st->control)) /* its patch is a new file */
			st->definition = (struct aisp_slice){0};
		return r;
	}
	for (size_t i = 0; r == 0 && i < parts; i++) {
		r = define_part(m, k, k->written.n ? k->written : k->controls[i], &k->controls[i], &part);
		if (i == 0) {
			st->definition = part.definition;
			st->definition_line = part.definition_line;
		}
		if (part.patch.n)
			diffs[n++] = part.patch;
	}
	if (r < 0 || n < parts)
		return r;
	st->patch = diffs[0];
	if (n == 1)
		return 0;
	aisp_buf_init(&patch, 1u << 21);
	r = aisp_unified_merge(diffs, n, &patch);
	st->patch = r == 0 && patch.n ? aisp_arena_dup(k->a, aisp_buf_slice(&patch)) : (struct aisp_slice){0};
	return r < 0 || (patch.n && !st->patch.p) ? nomem(m->err) : 0;
}

static int fill_step(struct making *m, struct aisp_step *st, const struct aisp_slice *controls, size_t n)
{
	struct aisp_maker k = {.s = m->s, .a = m->p->arena, .step = st, .controls = controls, .n_controls = n, .isolation = &m->isolation, .eye = &m->eye, .err = m->err};
	const struct aisp_form *f = aisp_control__form(controls[0]);
	int r = 0;
	aisp_buf_init(&k.text, 1u << 24);
	st->kind = aisp_slice_z(f ? f->form.kind : aisp_control_unknown.kind);
	st->system = f ? f->form.system : AISP_STEP_MANUAL;
	for (size_t i = 0; i < n; i++)
		st->price += price_of((void *)(uintptr_t)m->in, m->s, controls[i]);
	st->automatic = true;
	if (f) {
		r = f->fill(&k);
	} else {
		r = aisp_step__what(&k, "%.*s", AISP_FMT(st->control));
		if (r == 0)
			r = aisp_step__manual(&k, aisp_step__fmt(&k, "Take %.*s away; aisp does not know how", AISP_FMT(st->control)));
	}
	if (r == 0)
		r = define_step(m, &k);
	aisp_buf_done(&k.text);
	return r;
}

/* "GRANT SELECT (email) ON …": after those of whole tables, whose REVOKE takes the columns' too and gives them again. */
static bool is_of_columns(struct aisp_slice control)
{
	const size_t bracket = aisp_slice_find(control, AISP_S(" (")), on = aisp_slice_find(control, AISP_S(" ON "));
	return aisp_slice_starts(control, AISP_S("GRANT ")) && bracket < on;
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
	if (x->system == y->system && x->system == AISP_STEP_POSTGRES && is_of_columns(x->control) != is_of_columns(y->control))
		return is_of_columns(x->control) ? 1 : -1;
	return x->system != y->system ? (int)x->system - (int)y->system : aisp_slice_cmp(x->control, y->control);
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

/* In the order of their numbers, where they end in one. */
static int by_item(const void *a, const void *b)
{
	const struct aisp_slice *x = a, *y = b;
	struct aisp_slice in_x, in_y;
	uint64_t at_x, at_y;
	if (aisp_step__item(*x, &in_x, &at_x) && aisp_step__item(*y, &in_y, &at_y) && aisp_slice_eq(in_x, in_y))
		return at_x < at_y ? -1 : at_x > at_y;
	return aisp_slice_cmp(*x, *y);
}

/* Brings to the front those that one step takes away with the first; how many they are. */
static size_t gather(struct aisp_slice *v, size_t n)
{
	const struct aisp_form *f = aisp_control__form(v[0]);
	const struct aisp_slice whole = f && f->whole ? f->whole(v[0]) : (struct aisp_slice){0};
	size_t found = 1;
	for (size_t i = 1; i < n && whole.n; i++) {
		const struct aisp_slice x = v[i];
		if (aisp_control__form(x) != f || !aisp_slice_eq(f->whole(x), whole))
			continue;
		memmove(&v[found + 1], &v[found], (i - found) * sizeof *v);
		v[found++] = x;
	}
	qsort(v, found, sizeof *v, by_item);
	return found;
}

static struct aisp_slice joined(struct aisp_arena *a, const struct aisp_slice *v, size_t n)
{
	struct aisp_slice text = v[0];
	for (size_t i = 1; i < n && text.p; i++)
		text = aisp_arena_printf(a, "%.*s and %.*s", AISP_FMT(text), AISP_FMT(v[i]));
	return text;
}

static int make_steps(struct making *m)
{
	struct aisp_plan *p = m->p;
	int r = 0;
	p->steps = aisp_arena_zalloc(p->arena, p->cut.n_controls + 1, sizeof *p->steps);
	if (!p->steps)
		return nomem(m->err);
	struct aisp_slice *left = aisp_arena_alloc(p->arena, (p->cut.n_controls + 1) * sizeof *left);
	if (!left)
		return nomem(m->err);
	if (p->cut.n_controls)
		memcpy(left, p->cut.controls, p->cut.n_controls * sizeof *left);
	for (size_t n_left = p->cut.n_controls, n; r == 0 && n_left; left += n, n_left -= n) {
		struct aisp_step *st = &p->steps[p->n_steps++];
		n = gather(left, n_left);
		st->control = joined(p->arena, left, n);
		r = st->control.p ? edges_of(m, left, n, st) : nomem(m->err);
		if (r == 0)
			r = fill_step(m, st, left, n);
		if (r == 0)
			count_shared(p, m->s, st);
	}
	if (p->n_steps)
		qsort(p->steps, p->n_steps, sizeof *p->steps, by_system);
	struct aisp_maker k = {.s = m->s, .a = p->arena, .eye = &m->eye, .err = m->err};
	return r == 0 ? aisp_step__files(&k, p->steps, p->n_steps) : r;
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
	struct pairs x = {.m = m};
	m->p->others = aisp_arena_alloc(m->p->arena, MOST_OTHERS * sizeof *m->p->others);
	int r = m->p->others ? 0 : nomem(m->err);
	const struct aisp_isolation *i = &m->isolation;
	const struct aisp_overlay o = {.removed = i->removed, .n_removed = i->n_removed, .added = i->added, .n_added = i->n_added};
	if (r == 0)
		r = aisp_reach_new(m->s, &o, &m->after, m->err);
	if (r == 0)
		r = collect_sides(&x);
	for (size_t u = 0; r == 0 && x.actors.n && x.targets.n && u < sizeof usual / sizeof *usual; u++) {
		x.mode = usual[u];
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
	aisp_content_eye_free(m.eye);
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
