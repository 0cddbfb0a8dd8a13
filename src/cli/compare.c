/* Comparing two states of access. Each state's pairs become rows with canonical ids; sorted, the two lists are merged. */
#include "cli/compare.h"
#include <stdlib.h>

struct side {
	const struct aisp_snapshot *s;
	AISP_VEC(struct aisp_actor) actors;
	AISP_VEC(aisp_node) targets;
	AISP_VEC(struct aisp_change) pairs;
	enum aisp_mode mode;
};

static bool is_sensitive(const struct aisp_snode *n)
{
	return n->sensitivity >= AISP_SENS_CONFIDENTIAL;
}

static bool is_data(const struct aisp_snode *n)
{
	return n->kind == AISP_NODE_TABLE || (aisp_node_kinds[n->kind].flags & AISP_NK_AI && n->kind != AISP_NODE_AGENT);
}

static int fill(struct side *side, struct aisp_err *err)
{
	const struct aisp_snapshot *s = side->s;
	bool any = false;
	int r = 0;
	for (aisp_node n = 1; n <= s->n_nodes; n++)
		any |= is_sensitive(&s->nodes[n]);
	for (aisp_node n = 1; n <= s->n_nodes && r == 0; n++) {
		const struct aisp_snode *node = &s->nodes[n];
		if (aisp_snode_flags(node) & (AISP_NK_IDENTITY | AISP_NK_NHI | AISP_NK_START) || node->kind == AISP_NODE_CREDENTIAL)
			r = aisp_vec_push(&side->actors, (struct aisp_actor){.node = n});
		if (r == 0 && (any ? is_sensitive(node) : is_data(node)))
			r = aisp_vec_push(&side->targets, n);
	}
	return r < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while comparing access") : 0;
}

static int take_pair(void *ctx, size_t actor, size_t target, bool certain)
{
	struct side *side = ctx;
	const struct aisp_snapshot *s = side->s;
	const struct aisp_change c = {aisp_snapshot_text(s, s->nodes[side->actors.v[actor].node].id),
				      aisp_snapshot_text(s, s->nodes[side->targets.v[target]].id), side->mode, certain, false};
	if (side->actors.v[actor].node == side->targets.v[target])
		return 0;
	return aisp_vec_push(&side->pairs, c);
}

static int by_ids(const void *a, const void *b)
{
	const struct aisp_change *x = a, *y = b;
	const int c = aisp_slice_cmp(x->actor, y->actor);
	return c ? c : aisp_slice_cmp(x->target, y->target);
}

static int by_direction(const void *a, const void *b)
{
	const struct aisp_change *x = a, *y = b;
	return x->gained != y->gained ? (int)x->gained - (int)y->gained : by_ids(a, b);
}

static int ask(struct side *side, const struct aisp_reach *reach, struct aisp_err *err)
{
	int r = fill(side, err);
	if (r == 0)
		r = aisp_reach_pairs(reach, side->actors.v, side->actors.n, side->targets.v, side->targets.n, side->mode, take_pair, side, err);
	if (r == 0 && side->pairs.n)
		qsort(side->pairs.v, side->pairs.n, sizeof *side->pairs.v, by_ids);
	return r;
}

static int push_change(struct aisp_changes *c, struct aisp_change change, bool gained, struct aisp_err *err)
{
	change.gained = gained;
	return aisp_vec_push(&c->list, change) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while comparing access") : 0;
}

/* A pair that stays but turns from possible to certain, or back, is lost in one form and gained in the other. */
static int merge(const struct side *a, const struct side *b, struct aisp_changes *ret, struct aisp_err *err)
{
	size_t i = 0, j = 0;
	int r = 0;
	while (r == 0 && (i < a->pairs.n || j < b->pairs.n)) {
		const int c = i == a->pairs.n ? 1 : j == b->pairs.n ? -1 : by_ids(&a->pairs.v[i], &b->pairs.v[j]);
		const bool same = c == 0 && a->pairs.v[i].certain == b->pairs.v[j].certain;
		if (c <= 0 && !same)
			r = push_change(ret, a->pairs.v[i], false, err);
		if (r == 0 && c >= 0 && !same)
			r = push_change(ret, b->pairs.v[j], true, err);
		i += c <= 0;
		j += c >= 0;
	}
	return r;
}

static void side_done(struct side *s)
{
	aisp_vec_done(&s->actors);
	aisp_vec_done(&s->targets);
	aisp_vec_done(&s->pairs);
}

int aisp_compare(const struct aisp_snapshot *a, const struct aisp_reach *ra, const struct aisp_snapshot *b, const struct aisp_reach *rb,
                 enum aisp_mode mode, struct aisp_changes *ret, struct aisp_err *err)
{
	struct side x = {.s = a, .mode = mode}, y = {.s = b, .mode = mode};
	int r = ask(&x, ra, err);
	if (r == 0)
		r = ask(&y, rb, err);
	if (r == 0)
		r = merge(&x, &y, ret, err);
	if (r == 0 && ret->list.n)
		qsort(ret->list.v, ret->list.n, sizeof *ret->list.v, by_direction);
	side_done(&x);
	side_done(&y);
	return r;
}

void aisp_changes_done(struct aisp_changes *c)
{
	aisp_vec_done(&c->list);
}

void aisp_changes_put(const struct aisp_changes *c, size_t limit, struct aisp_buf *out)
{
	const size_t n = limit && limit < c->list.n ? limit : c->list.n;
	size_t gained = 0;
	for (size_t i = 0; i < c->list.n; i++)
		gained += c->list.v[i].gained;
	aisp_buf_printf(out, "Access to sensitive assets: %zu lost, %zu gained\n", c->list.n - gained, gained);
	for (size_t i = 0; i < n; i++) {
		const struct aisp_change *x = &c->list.v[i];
		aisp_buf_printf(out, "  %s %-9s %s ", x->gained ? "+" : "-", aisp_mode_name(x->mode), x->certain ? "certain " : "possible");
		aisp_buf_put_printable(out, x->actor);
		aisp_buf_putz(out, "  →  ");
		aisp_buf_put_printable(out, x->target);
		aisp_buf_putc(out, '\n');
	}
	if (n < c->list.n)
		aisp_buf_printf(out, "  … and %zu more (--limit)\n", c->list.n - n);
}

void aisp_changes_json(const struct aisp_changes *c, struct aisp_jw *w)
{
	aisp_jw_arr(w);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct aisp_change *x = &c->list.v[i];
		aisp_jw_obj(w);
		aisp_jw_kz(w, "change", x->gained ? "gained" : "lost");
		aisp_jw_kstr(w, "identity", x->actor);
		aisp_jw_kstr(w, "target", x->target);
		aisp_jw_kz(w, "mode", aisp_mode_name(x->mode));
		aisp_jw_kz(w, "certainty", x->certain ? "certain" : "possible");
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}
