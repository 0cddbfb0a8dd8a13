/* Building the AND/OR graph: backwards from the goals and uses, over what their actors hold. */
#include "base/hash.h"
#include "reach/cut_int.h"
#include <stdlib.h>

#define NO_SLOT UINT32_MAX

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for the smallest change");
}

/* ---- Controls ---- */

/* "A#/x and (B#/y or C#/z)": every part is an id with a pointer. Any other text, such as a GRANT, is one control object. */
static bool is_reference(struct aisp_slice s)
{
	const size_t hash = aisp_slice_chr(s, '#');
	return hash != SIZE_MAX && hash > 0 && aisp_slice_chr(s, ' ') == SIZE_MAX && aisp_slice_chr(s, '(') == SIZE_MAX;
}

static bool cut_at(struct aisp_slice *rest, const char *joint, struct aisp_slice *ret)
{
	if (!rest->p)
		return false;
	const size_t at = aisp_slice_find(*rest, aisp_slice_z(joint));
	*ret = at == SIZE_MAX ? *rest : aisp_slice_to(*rest, at);
	*rest = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(*rest, at + strlen(joint));
	return true;
}

static bool is_compound(struct aisp_slice control)
{
	struct aisp_slice rest = control, term, one;
	if (aisp_slice_find(control, AISP_S(" and ")) == SIZE_MAX && aisp_slice_find(control, AISP_S(" or ")) == SIZE_MAX)
		return false;
	while (cut_at(&rest, " and ", &term)) {
		if (aisp_slice_starts(term, AISP_S("(")) && aisp_slice_ends(term, AISP_S(")")))
			term = aisp_slice_of(term.p + 1, term.n - 2);
		while (cut_at(&term, " or ", &one))
			if (!is_reference(one))
				return false;
	}
	return true;
}

int aisp_cut__parse(struct aisp_slice control, int (*f)(void *ctx, uint32_t term, struct aisp_slice alternative), void *ctx)
{
	struct aisp_slice rest = control, term, one;
	uint32_t n = 0;
	int r = 0;
	if (control.n == 0)
		return 0;
	if (!is_compound(control))
		return f(ctx, 0, control);
	for (; r == 0 && cut_at(&rest, " and ", &term); n++) {
		if (aisp_slice_starts(term, AISP_S("(")) && aisp_slice_ends(term, AISP_S(")")))
			term = aisp_slice_of(term.p + 1, term.n - 2);
		while (r == 0 && cut_at(&term, " or ", &one))
			r = f(ctx, n, one);
	}
	return r;
}

struct labelling {
	struct cut_graph *g;
	const struct aisp_cut_in *in;
	struct aisp_slice text;
	aisp_sym sym;   /* of the text */
	uint32_t term;
	struct aisp_err *err;
};

static int new_control(struct labelling *l, struct aisp_slice text)
{
	const double price = l->in->price ? l->in->price(l->in->ctx, l->g->s, text) : 1;
	return aisp_vec_push(&l->g->controls, text) < 0 || aisp_vec_push(&l->g->prices, price < 0 ? 0 : price) < 0 ? nomem(l->err) : 0;
}

/* The number of a control. A text that is one control is a symbol already; parts of a text often are. */
static int control_for(struct labelling *l, struct aisp_slice text, uint32_t *ret)
{
	struct cut_graph *g = l->g;
	const aisp_sym sym = text.n == l->text.n ? l->sym : aisp_symtab_find(g->s->syms, text);
	struct aisp_key key = {0};
	int r = 0;
	if (!sym) {
		const struct aisp_digest d = aisp_digest_of(text.p, text.n);
		memcpy(&key, d.b, sizeof key);
	}
	uint32_t c = sym ? g->control_of[sym] : aisp_map_get(&g->other_control_of, key);
	if (!c) {
		r = new_control(l, text);
		c = (uint32_t)g->controls.n;
		if (r == 0 && sym)
			g->control_of[sym] = c;
		else if (r == 0)
			r = aisp_map_put(&g->other_control_of, key, c, l->err);
	}
	*ret = c - 1;
	return r;
}

static int add_alternative(void *ctx, uint32_t term, struct aisp_slice text)
{
	struct labelling *l = ctx;
	struct cut_graph *g = l->g;
	uint32_t c;
	const int r = control_for(l, text, &c);
	if (r < 0)
		return r;
	if (term != l->term || g->terms.n == 0) {
		if (aisp_vec_push(&g->label_terms, (uint32_t)g->terms.n) < 0 || aisp_vec_push(&g->terms, (struct cut_range){(uint32_t)g->alternatives.n, 0}) < 0)
			return nomem(l->err);
		l->term = term;
		g->labels.v[g->labels.n - 1].n++;
	}
	g->terms.v[g->terms.n - 1].n++;
	return aisp_vec_push(&g->alternatives, c) < 0 ? nomem(l->err) : 0;
}

static int label_for(struct cut_graph *g, const struct aisp_cut_in *in, aisp_edge e, uint32_t *ret, struct aisp_err *err)
{
	const aisp_sym control = e ? g->s->edges[e].control : 0;
	*ret = 0;
	if (!control)
		return 0;
	if (g->label_of[control]) {
		*ret = g->label_of[control];
		return 0;
	}
	struct labelling l = {g, in, aisp_snapshot_text(g->s, control), control, UINT32_MAX, err};
	if (aisp_vec_push(&g->labels, (struct cut_range){(uint32_t)g->label_terms.n, 0}) < 0)
		return nomem(err);
	*ret = (uint32_t)g->labels.n - 1;
	g->label_of[control] = *ret;
	return aisp_cut__parse(l.text, add_alternative, &l);
}

/* ---- Facts and steps ---- */

struct stray {
	aisp_node n;
	enum aisp_mode m;
	uint32_t actor, fact;
};
struct building {
	struct cut_graph *g;
	const struct aisp_cut_in *in;
	struct aisp_reach_answer **answers; /* by batch of actors */
	size_t n_answers;
	uint64_t *row;
	const struct aisp_ways *ways;
	uint32_t fact;  /* at hand */
	uint32_t actor; /* whose seeds are at hand */
	AISP_VEC(struct stray) strays;
	struct aisp_err *err;
};

static bool somebody_holds(const struct building *b, aisp_node n, enum aisp_mode m)
{
	for (size_t i = 0; i < b->n_answers; i++) {
		const size_t left = b->g->actors.n - i * AISP_REACH_BATCH, here = left < AISP_REACH_BATCH ? left : AISP_REACH_BATCH;
		aisp_reach_row(b->answers[i], n, m, b->row);
		for (size_t w = 0; w < (here + 63) / 64; w++)
			if (b->row[w])
				return true;
	}
	return false;
}

/* The fact's number, made when it is new; NONE: nobody holds it, or it cannot occur. */
static int fact_for(struct building *b, aisp_node n, enum aisp_mode m, uint32_t *ret)
{
	struct cut_graph *g = b->g;
	uint32_t slot;
	*ret = AISP_CUT_NONE;
	if (!aisp_slot(g->r, n, m, &slot))
		return 0;
	if (g->fact_of[slot]) {
		*ret = g->fact_of[slot] - 1;
		return 0;
	}
	if (!somebody_holds(b, n, m))
		return 0;
	*ret = (uint32_t)g->slots.n;
	g->fact_of[slot] = *ret + 1;
	return aisp_vec_push(&g->slots, slot) < 0 ? nomem(b->err) : 0;
}

static int add_step(struct building *b, uint32_t a, uint32_t second, aisp_edge e)
{
	struct cut_step s = {.out = b->fact, .a = a, .b = second};
	if (b->g->steps.n >= (1u << 30))
		return aisp_fail(b->err, AISP_E_LIMIT, "more than 2^30 steps lead to what is to be closed; ask for fewer targets at once");
	const int r = label_for(b->g, b->in, e, &s.label, b->err);
	if (r < 0)
		return r;
	b->g->gated |= second != AISP_CUT_NONE;
	return aisp_vec_push(&b->g->steps, s) < 0 ? nomem(b->err) : 0;
}

static int steps_along(struct building *b, aisp_node n, enum aisp_mode gain, bool back)
{
	const struct aisp_reach *r = b->g->r;
	struct aisp_link l;
	int rc = 0;
	for (struct aisp_links c = aisp_links__of(r, n, !back); rc == 0 && aisp_links__next(&c, &l);) {
		const unsigned key = l.kind * 2u + back;
		if (b->g->certain && !l.sure)
			continue;
		for (unsigned i = r->rules.flow_at[key]; rc == 0 && i < r->rules.flow_at[key + 1]; i++) {
			const struct aisp_flow_row *row = &aisp_flow_rows[r->rules.flow[i]];
			uint32_t a;
			if (row->gain != gain || !aisp_guard__edge(row->guard, l.executes))
				continue;
			rc = fact_for(b, back ? l.to : l.from, row->have, &a);
			if (rc == 0 && a != AISP_CUT_NONE)
				rc = add_step(b, a, AISP_CUT_NONE, l.e);
		}
	}
	return rc;
}

static int steps_inside(struct building *b, aisp_node n, enum aisp_mode gain)
{
	const struct aisp_reach *r = b->g->r;
	const unsigned kind = r->kind_of[n];
	int rc = 0;
	for (unsigned i = r->rules.inside_at[kind]; rc == 0 && i < r->rules.inside_at[kind + 1]; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[r->rules.inside[i]];
		uint32_t a, second = AISP_CUT_NONE;
		if (row->gain != gain || !aisp_guard__node(row->guard, r->s->nodes[n].flags) || (b->g->certain && !aisp_guard__sure(row->guard)))
			continue;
		const bool two = row->with >= 0 && row->with != (int)row->have;
		rc = fact_for(b, n, row->have, &a);
		if (rc == 0 && two)
			rc = fact_for(b, n, (enum aisp_mode)row->with, &second);
		if (rc == 0 && a != AISP_CUT_NONE && (!two || second != AISP_CUT_NONE))
			rc = add_step(b, a, second, 0);
	}
	return rc;
}

static int seed_step(struct building *b, uint32_t fact, aisp_edge e)
{
	struct cut_step s = {.out = fact, .a = AISP_CUT_NONE, .b = AISP_CUT_NONE, .actor = b->actor};
	const int r = label_for(b->g, b->in, e, &s.label, b->err);
	if (r < 0)
		return r;
	return aisp_vec_push(&b->g->steps, s) < 0 ? nomem(b->err) : 0;
}

static int add_seed(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	struct building *b = ctx;
	uint32_t slot;
	int r = 0;
	(void)row;
	if (b->g->certain && !sure)
		return 0;
	if (aisp_slot(b->g->r, n, m, &slot))
		return b->g->fact_of[slot] ? seed_step(b, b->g->fact_of[slot] - 1, e) : 0;
	for (size_t i = 0; r == 0 && i < b->strays.n; i++)
		if (b->strays.v[i].n == n && b->strays.v[i].m == m && b->strays.v[i].actor == b->actor)
			r = seed_step(b, b->strays.v[i].fact, e);
	return r;
}

/* ---- Actors and points ---- */

static bool same_actor(const struct aisp_actor *a, const struct aisp_actor *b)
{
	return a->node == b->node && a->extra == b->extra && a->n_extra == b->n_extra && a->only_extra == b->only_extra;
}

static int actor_for(struct cut_graph *g, const struct aisp_actor *a, uint32_t *ret, struct aisp_err *err)
{
	for (size_t i = g->actors.n; i-- > 0;)
		if (same_actor(&g->actors.v[i], a)) {
			*ret = (uint32_t)i;
			return 0;
		}
	*ret = (uint32_t)g->actors.n;
	return aisp_vec_push(&g->actors, *a) < 0 ? nomem(err) : 0;
}

/* What has no consequences is not laid out, and can only be a seed: a fact of its own, given by the actor's seeds. */
static int add_point(struct building *b, const struct aisp_cut_goal *goal, bool keep)
{
	struct cut_graph *g = b->g;
	struct cut_point p = {.fact = AISP_CUT_NONE};
	uint32_t slot;
	int r = actor_for(g, &goal->actor, &p.actor, b->err);
	if (r == 0 && aisp_slot(g->r, goal->target, goal->mode, &slot)) {
		r = fact_for(b, goal->target, goal->mode, &p.fact);
	} else if (r == 0) {
		p.fact = (uint32_t)g->slots.n;
		if (aisp_vec_push(&g->slots, NO_SLOT) < 0 || aisp_vec_push(&b->strays, (struct stray){goal->target, goal->mode, p.actor, p.fact}) < 0)
			return nomem(b->err);
	}
	if (r < 0)
		return r;
	return (keep ? aisp_vec_push(&g->keeps, p) : aisp_vec_push(&g->goals, p)) < 0 ? nomem(b->err) : 0;
}

static void put_from(struct cut_graph *g, uint32_t premise, uint32_t with, uint32_t step)
{
	const uint32_t at = --g->from_at[premise + 1];
	g->from[at] = step;
	g->arcs[at] = (struct cut_arc){g->steps.v[step].out, with, g->steps.v[step].label};
}

static int index_steps(struct cut_graph *g, struct aisp_err *err)
{
	const size_t nf = g->slots.n;
	g->into_at = aisp_mem_zalloc(nf + 2, sizeof *g->into_at);
	g->from_at = aisp_mem_zalloc(nf + 2, sizeof *g->from_at);
	if (!g->into_at || !g->from_at)
		return nomem(err);
	for (size_t i = 0; i < g->steps.n; i++) {
		const struct cut_step *s = &g->steps.v[i];
		g->into_at[s->out + 1]++;
		if (s->a != AISP_CUT_NONE)
			g->from_at[s->a + 1]++;
		if (s->b != AISP_CUT_NONE)
			g->from_at[s->b + 1]++;
	}
	for (size_t f = 0; f < nf; f++) {
		g->into_at[f + 1] += g->into_at[f];
		g->from_at[f + 1] += g->from_at[f];
	}
	const uint32_t n_into = g->into_at[nf], n_from = g->from_at[nf];
	g->into = aisp_mem_alloc(((size_t)n_into + 1) * sizeof *g->into);
	g->from = aisp_mem_alloc(((size_t)n_from + 1) * sizeof *g->from);
	g->arcs = aisp_mem_alloc(((size_t)n_from + 1) * sizeof *g->arcs);
	if (!g->into || !g->from || !g->arcs)
		return nomem(err);
	/* Filled from behind, so that each range's end becomes its beginning: entry f + 1 is then where f begins. */
	for (size_t i = g->steps.n; i-- > 0;) {
		const struct cut_step *s = &g->steps.v[i];
		g->into[--g->into_at[s->out + 1]] = (uint32_t)i;
		if (s->a != AISP_CUT_NONE)
			put_from(g, s->a, s->b, (uint32_t)i);
		if (s->b != AISP_CUT_NONE)
			put_from(g, s->b, s->a, (uint32_t)i);
	}
	memmove(g->into_at, g->into_at + 1, nf * sizeof *g->into_at);
	memmove(g->from_at, g->from_at + 1, nf * sizeof *g->from_at);
	g->into_at[nf] = n_into;
	g->from_at[nf] = n_from;
	return 0;
}

static int expand_all(struct building *b)
{
	struct cut_graph *g = b->g;
	int r = 0;
	for (uint32_t f = 0; r == 0 && f < g->slots.n; f++) {
		const uint32_t slot = g->slots.v[f];
		if (slot == NO_SLOT)
			continue;
		const aisp_node n = aisp_slot__node(g->r, slot);
		const unsigned k = g->r->kind_of[n];
		const struct aisp_layout *l = &g->r->layout;
		const enum aisp_mode m = (enum aisp_mode)b->ways->mode_at[k][slot - l->base[k] - (n - l->first[k]) * l->width[k]];
		b->fact = f;
		r = steps_along(b, n, m, false);
		if (r == 0)
			r = steps_along(b, n, m, true);
		if (r == 0)
			r = steps_inside(b, n, m);
	}
	for (uint32_t a = 0; r == 0 && a < g->actors.n; a++) {
		b->actor = a;
		r = aisp_seed__each(g->r, &g->actors.v[a], add_seed, b);
	}
	return r;
}

/* All actors of goals and uses, and what each of them reaches. */
static int ask_actors(struct building *b, const struct aisp_cut_in *in)
{
	struct cut_graph *g = b->g;
	uint32_t ignored;
	int r = 0;
	for (size_t i = 0; r == 0 && i < in->n_close; i++)
		r = actor_for(g, &in->close[i].actor, &ignored, b->err);
	for (size_t i = 0; r == 0 && i < in->n_keep; i++)
		r = actor_for(g, &in->keep[i].use.actor, &ignored, b->err);
	if (r < 0 || g->actors.n == 0)
		return r;
	g->words = (uint32_t)((g->actors.n + 63) / 64);
	b->answers = aisp_mem_zalloc((g->actors.n + AISP_REACH_BATCH - 1) / AISP_REACH_BATCH, sizeof(struct aisp_reach_answer *));
	if (!b->answers)
		return nomem(b->err);
	for (size_t at = 0; r == 0 && at < g->actors.n; at += AISP_REACH_BATCH) {
		const size_t n = g->actors.n - at < AISP_REACH_BATCH ? g->actors.n - at : AISP_REACH_BATCH;
		r = aisp_reach_forward(g->r, g->actors.v + at, n, g->certain ? AISP_CERTAIN : AISP_POSSIBLE, &b->answers[b->n_answers], b->err);
		b->n_answers += r == 0;
	}
	return r;
}

static int build(struct building *b, const struct aisp_cut_in *in)
{
	struct cut_graph *g = b->g;
	int r = ask_actors(b, in);
	if (r < 0 || g->actors.n == 0)
		return r;
	b->row = aisp_mem_zalloc(AISP_REACH_BATCH / 64, sizeof *b->row);
	g->fact_of = aisp_mem_zalloc((size_t)g->r->n_slots + 1, sizeof *g->fact_of);
	g->label_of = aisp_mem_zalloc((size_t)aisp_symtab_count(g->s->syms) + 1, sizeof *g->label_of);
	g->control_of = aisp_mem_zalloc((size_t)aisp_symtab_count(g->s->syms) + 1, sizeof *g->control_of);
	if (!b->row || !g->fact_of || !g->label_of || !g->control_of || aisp_vec_push(&g->labels, (struct cut_range){0, 0}) < 0)
		return nomem(b->err);
	for (size_t i = 0; r == 0 && i < in->n_close; i++)
		r = add_point(b, &in->close[i], false);
	for (size_t i = 0; r == 0 && i < in->n_keep; i++)
		r = add_point(b, &in->keep[i].use, true);
	if (r == 0)
		r = expand_all(b);
	return r < 0 ? r : index_steps(g, b->err);
}

int aisp_cut__graph(const struct aisp_reach *r, const struct aisp_cut_in *in, struct cut_graph *ret, struct aisp_err *err)
{
	struct aisp_ways ways;
	struct building b = {.g = ret, .in = in, .ways = &ways, .err = err};
	*ret = (struct cut_graph){.s = r->s, .r = r, .certain = in->certainty == AISP_CERTAIN};
	aisp_ways__init(&ways, r);
	const int rc = build(&b, in);
	for (size_t i = 0; i < b.n_answers; i++)
		aisp_reach_answer_free(b.answers[i]);
	aisp_mem_free(b.answers);
	aisp_mem_free(b.row);
	aisp_vec_done(&b.strays);
	return rc;
}

void aisp_cut__graph_done(struct cut_graph *g)
{
	aisp_vec_done(&g->controls);
	aisp_vec_done(&g->prices);
	aisp_vec_done(&g->alternatives);
	aisp_vec_done(&g->terms);
	aisp_vec_done(&g->label_terms);
	aisp_vec_done(&g->labels);
	aisp_mem_free(g->label_of);
	aisp_mem_free(g->control_of);
	aisp_map_done(&g->other_control_of);
	aisp_mem_free(g->fact_of);
	aisp_vec_done(&g->slots);
	aisp_vec_done(&g->steps);
	aisp_mem_free(g->into_at);
	aisp_mem_free(g->into);
	aisp_mem_free(g->from_at);
	aisp_mem_free(g->from);
	aisp_mem_free(g->arcs);
	aisp_vec_done(&g->actors);
	aisp_vec_done(&g->goals);
	aisp_vec_done(&g->keeps);
	*g = (struct cut_graph){0};
}
