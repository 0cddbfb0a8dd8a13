/* Making a snapshot ready for asking, and questions forward: what do these actors reach?
 *
 * Invariant: a seed whose slot is not laid out has no consequences (rules.c); such seeds are kept beside the words as
 * strays, so that the answer still says that the actor holds them.
 */
#include "reach/reach_int.h"
#include <stdatomic.h>
#include <stdlib.h>

/* Making -------------------------------------------------------------------------------------------------------- */

static int copy_overlay(struct aisp_reach *r, const struct aisp_overlay *o, struct aisp_err *err)
{
	const struct aisp_snapshot *s = r->s;
	if (o->n_removed && !(r->removed = aisp_mem_zalloc((size_t)s->n_edges / 64 + 1, sizeof *r->removed)))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the removed edges");
	for (size_t i = 0; i < o->n_removed; i++) {
		if (o->removed[i] == 0 || o->removed[i] > s->n_edges)
			return aisp_fail(err, AISP_E_NOTFOUND, "what-if: there is no edge %u to remove", o->removed[i]);
		aisp_bit_set(r->removed, o->removed[i]);
	}
	if (!o->n_added)
		return AISP_OK;
	r->added = aisp_mem_alloc(o->n_added * sizeof *r->added);
	r->touched = aisp_mem_zalloc((size_t)s->n_nodes / 64 + 1, sizeof *r->touched);
	if (!r->added || !r->touched)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the added edges");
	r->n_added = o->n_added;
	memcpy(r->added, o->added, o->n_added * sizeof *r->added);
	for (size_t i = 0; i < o->n_added; i++) {
		const struct aisp_overlay_edge *a = &o->added[i];
		if (!a->from || a->from > s->n_nodes || !a->to || a->to > s->n_nodes || !a->kind || a->kind >= AISP_EDGE_KIND_END)
			return aisp_fail(err, AISP_E_NOTFOUND, "what-if: added edge %zu has no such node or kind", i);
		aisp_bit_set(r->touched, a->from);
		aisp_bit_set(r->touched, a->to);
	}
	return AISP_OK;
}

static int compile(struct aisp_reach *r, struct aisp_err *err)
{
	struct aisp_slots slots = {0};
	int rc = aisp_rules__init(&r->rules, err);
	r->kind_of = aisp_mem_alloc((size_t)r->s->n_nodes + 1);
	if (rc == 0 && !r->kind_of)
		rc = aisp_fail(err, AISP_E_NOMEM, "out of memory for %u nodes", r->s->n_nodes);
	for (uint32_t n = 1; rc == 0 && n <= r->s->n_nodes; n++)
		r->kind_of[n] = r->s->nodes[n].kind;
	if (rc == 0)
		rc = aisp_schema__scan(r, err);
	if (rc == 0)
		rc = aisp_layout__make(r, &r->layout, &r->n_slots, err);
	if (rc == 0)
		rc = aisp_slots__make(r, &slots, err);
	if (rc == 0)
		rc = aisp_flow__make(&slots, &r->flow, &r->comp_of, err);
	aisp_slots__done(&slots);
	return rc;
}

static int reach_new(const struct aisp_snapshot *s, const struct aisp_overlay *o, const uint16_t *extra,
                     struct aisp_reach **ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *r = aisp_mem_zalloc(1, sizeof *r);
	if (!r)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	r->s = s;
	if (extra)
		memcpy(r->layout.extra, extra, sizeof r->layout.extra);
	int rc = o ? copy_overlay(r, o, err) : AISP_OK;
	if (rc == 0)
		rc = compile(r, err);
	if (rc == 0)
		*ret = AISP_TAKE(r);
	return rc;
}

int aisp_reach_new(const struct aisp_snapshot *s, const struct aisp_overlay *overlay, struct aisp_reach **ret, struct aisp_err *err)
{
	return reach_new(s, overlay, NULL, ret, err);
}

void aisp_reach_free(struct aisp_reach *r)
{
	if (!r)
		return;
	aisp_flow__done(&r->flow);
	aisp_mem_free(r->comp_of);
	aisp_mem_free(r->kind_of);
	aisp_mem_free(r->removed);
	aisp_mem_free(r->added);
	aisp_mem_free(r->touched);
	aisp_mem_free(r);
}

void aisp_reach_freep(struct aisp_reach **r)
{
	aisp_reach_free(*r);
}

/* Seeds --------------------------------------------------------------------------------------------------------- */

int aisp_actor__check(const struct aisp_reach *r, const struct aisp_actor *a, struct aisp_err *err)
{
	if (a->node > r->s->n_nodes || (a->node == 0 && !a->only_extra && a->n_extra == 0))
		return aisp_fail(err, AISP_E_NOTFOUND, "actor: there is no node %u", a->node);
	for (size_t i = 0; i < a->n_extra; i++)
		if (a->extra[i].node == 0 || a->extra[i].node > r->s->n_nodes || (unsigned)a->extra[i].mode >= AISP_MODE_END)
			return aisp_fail(err, AISP_E_NOTFOUND, "actor: seed %zu has no such node or mode", i);
	return AISP_OK;
}

static int seeds_of_row(const struct aisp_reach *r, aisp_node n, uint16_t number, aisp_seed_fn *f, void *ctx)
{
	const struct aisp_seed_row *row = &aisp_seed_rows[number];
	struct aisp_link l;
	int rc = 0;
	if (row->edge == AISP_EDGE_NONE)
		return f(ctx, n, row->mode, true, number, 0);
	for (struct aisp_links c = aisp_links__of(r, n, row->back); rc == 0 && aisp_links__next(&c, &l);)
		if (l.kind == row->edge)
			rc = f(ctx, row->back ? l.from : l.to, row->mode, l.sure, number, l.e);
	return rc;
}

int aisp_seed__each(const struct aisp_reach *r, const struct aisp_actor *a, aisp_seed_fn *f, void *ctx)
{
	int rc = 0;
	if (a->node && !a->only_extra) {
		unsigned k = r->kind_of[a->node];
		for (unsigned i = r->rules.seed_at[k]; rc == 0 && i < r->rules.seed_at[k + 1]; i++)
			rc = seeds_of_row(r, a->node, r->rules.seed[i], f, ctx);
	}
	for (size_t i = 0; rc == 0 && i < a->n_extra; i++)
		rc = f(ctx, a->extra[i].node, a->extra[i].mode, true, UINT16_MAX, 0);
	return rc;
}

int aisp_reach__widen(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n, struct aisp_reach **ret,
                      struct aisp_err *err)
{
	struct aisp_layout wide = r->layout;
	bool asks = false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < actors[i].n_extra; k++) {
			unsigned kind = r->kind_of[actors[i].extra[k].node], mode = actors[i].extra[k].mode;
			asks = asks || r->layout.off[kind][mode] == AISP_NOT_LAID;
			wide.extra[kind] |= (uint16_t)(1u << mode);
		}
	if (!asks)
		return AISP_OK;
	uint32_t slots;
	int rc = aisp_layout__make(r, &wide, &slots, err);
	if (rc < 0 || memcmp(wide.off, r->layout.off, sizeof wide.off) == 0)
		return rc;
	AISP_AUTOFREE aisp_edge *removed = aisp_mem_alloc(((size_t)r->s->n_edges + 1) * sizeof *removed);
	if (!removed)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the removed edges");
	struct aisp_overlay o = {.removed = removed, .added = r->added, .n_added = r->n_added};
	for (aisp_edge e = 1; r->removed && e <= r->s->n_edges; e++)
		if (aisp_bit(r->removed, e))
			removed[o.n_removed++] = e;
	return reach_new(r->s, &o, wide.extra, ret, err);
}

/* Answers ------------------------------------------------------------------------------------------------------- */

struct stray {
	aisp_node node;
	uint32_t actor;
	uint8_t mode;
	bool sure;
};
/* What a possible and a certain answer of the same actors share. */
struct shared {
	atomic_uint users;
	struct aisp_reach *own; /* a private engine, or NULL */
	struct aisp_sweep sweep;
	AISP_VEC(struct stray) strays; /* sorted by node */
};
struct aisp_reach_answer {
	const struct aisp_reach *r;
	struct shared *shared;
	unsigned first; /* word of the component's words at which this answer's begin */
	unsigned words; /* that the caller gets */
	size_t n;
	bool certain;
};

static void shared_drop(struct shared **p)
{
	struct shared *s = *p;
	if (!s || atomic_fetch_sub(&s->users, 1) != 1)
		return;
	aisp_sweep__done(&s->sweep);
	aisp_vec_done(&s->strays);
	aisp_reach_free(s->own);
	aisp_mem_free(s);
}

struct seeding {
	const struct aisp_reach *r;
	struct shared *shared;
	size_t actor;
};

static int seed(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	(void)row, (void)e;
	struct seeding *x = ctx;
	uint32_t slot;
	if (aisp_slot(x->r, n, m, &slot)) {
		aisp_sweep__seed(&x->shared->sweep, x->r->comp_of[slot], x->actor, sure);
		return 0;
	}
	return aisp_vec_push(&x->shared->strays, (struct stray){n, (uint32_t)x->actor, (uint8_t)m, sure});
}

static int by_node(const void *a, const void *b)
{
	const struct stray *x = a, *y = b;
	return x->node < y->node ? -1 : x->node > y->node;
}

static int solve(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n, enum aisp_which which,
                 struct shared **ret, struct aisp_err *err)
{
	AISP_CLEANUP(shared_drop) struct shared *s = aisp_mem_zalloc(1, sizeof *s);
	if (!s)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	atomic_init(&s->users, 1);
	int rc = aisp_reach__widen(r, actors, n, &s->own, err);
	if (rc == 0 && s->own)
		r = s->own;
	if (rc == 0)
		rc = aisp_sweep__init(&s->sweep, &r->flow, n, which, err);
	struct seeding x = {r, s, 0};
	for (; rc == 0 && x.actor < n; x.actor++)
		if (aisp_seed__each(r, &actors[x.actor], seed, &x) < 0)
			rc = aisp_fail(err, AISP_E_NOMEM, "out of memory for the actors' seeds");
	if (rc < 0)
		return rc;
	if (s->strays.n)
		qsort(s->strays.v, s->strays.n, sizeof *s->strays.v, by_node);
	aisp_sweep__run(&s->sweep);
	*ret = AISP_TAKE(s);
	return AISP_OK;
}

static int check(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n, struct aisp_err *err)
{
	if (n == 0 || n > AISP_REACH_BATCH)
		return aisp_fail(err, AISP_E_USAGE, "reach: %zu actors in one batch; 1 to %d are allowed", n, AISP_REACH_BATCH);
	for (size_t i = 0; i < n; i++) {
		int rc = aisp_actor__check(r, &actors[i], err);
		if (rc < 0)
			return rc;
	}
	return AISP_OK;
}

/* A view on the shared words; takes one use of them. */
static struct aisp_reach_answer *answer_new(const struct aisp_reach *r, struct shared *s, size_t n, bool certain)
{
	struct aisp_reach_answer *a = aisp_mem_zalloc(1, sizeof *a);
	if (!a)
		return NULL;
	bool second = certain && s->sweep.which == AISP_WHICH_BOTH;
	*a = (struct aisp_reach_answer){s->own ? s->own : r, s, second ? s->sweep.words : 0, (unsigned)((n + 63) / 64), n, certain};
	return a;
}

int aisp_reach_forward(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n, enum aisp_certainty c,
                       struct aisp_reach_answer **ret, struct aisp_err *err)
{
	AISP_CLEANUP(shared_drop) struct shared *s = NULL;
	int rc = check(r, actors, n, err);
	if (rc == 0)
		rc = solve(r, actors, n, c == AISP_CERTAIN ? AISP_WHICH_CERTAIN : AISP_WHICH_POSSIBLE, &s, err);
	if (rc < 0)
		return rc;
	struct aisp_reach_answer *a = answer_new(r, s, n, c == AISP_CERTAIN);
	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for an answer");
	s = NULL;
	*ret = a;
	return AISP_OK;
}

int aisp_reach_forward_both(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n,
                            struct aisp_reach_answer **ret_possible, struct aisp_reach_answer **ret_certain,
                            struct aisp_err *err)
{
	AISP_CLEANUP(shared_drop) struct shared *s = NULL;
	int rc = check(r, actors, n, err);
	if (rc == 0)
		rc = solve(r, actors, n, AISP_WHICH_BOTH, &s, err);
	if (rc < 0)
		return rc;
	struct aisp_reach_answer *possible = answer_new(r, s, n, false), *certain = answer_new(r, s, n, true);
	if (!possible || !certain) {
		aisp_mem_free(possible);
		aisp_mem_free(certain);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for an answer");
	}
	atomic_fetch_add(&s->users, 1);
	s = NULL;
	*ret_possible = possible;
	*ret_certain = certain;
	return AISP_OK;
}

void aisp_reach_answer_free(struct aisp_reach_answer *a)
{
	if (!a)
		return;
	shared_drop(&a->shared);
	aisp_mem_free(a);
}

void aisp_reach_answer_freep(struct aisp_reach_answer **a)
{
	aisp_reach_answer_free(*a);
}

static const uint64_t *words_of(const struct aisp_reach_answer *a, uint32_t slot)
{
	return a->shared->sweep.val + (size_t)a->r->comp_of[slot] * a->shared->sweep.width + a->first;
}

/* The first stray at the node or after it. */
static size_t stray_at(const struct aisp_reach_answer *a, aisp_node n)
{
	size_t lo = 0, hi = a->shared->strays.n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (a->shared->strays.v[mid].node < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static unsigned stray_modes(const struct aisp_reach_answer *a, size_t actor, aisp_node n)
{
	unsigned modes = 0;
	for (size_t i = stray_at(a, n); i < a->shared->strays.n && a->shared->strays.v[i].node == n; i++) {
		const struct stray *x = &a->shared->strays.v[i];
		if (x->actor == actor && (x->sure || !a->certain))
			modes |= 1u << x->mode;
	}
	return modes;
}

unsigned aisp_reach_modes(const struct aisp_reach_answer *a, size_t actor, aisp_node n)
{
	if (actor >= a->n || n == 0 || n > a->r->s->n_nodes)
		return 0;
	unsigned modes = a->shared->strays.n ? stray_modes(a, actor, n) : 0;
	const struct aisp_layout *l = &a->r->layout;
	unsigned kind = a->r->kind_of[n];
	uint32_t base = l->base[kind] + (n - l->first[kind]) * l->width[kind];
	for (unsigned m = 0; m < AISP_MK; m++)
		if (l->off[kind][m] != AISP_NOT_LAID && aisp_bit(words_of(a, base + l->off[kind][m]), actor))
			modes |= 1u << m;
	return modes;
}

bool aisp_reach_holds(const struct aisp_reach_answer *a, size_t actor, aisp_node n, enum aisp_mode m)
{
	uint32_t slot;
	if (actor >= a->n || n == 0 || n > a->r->s->n_nodes || (unsigned)m >= AISP_MODE_END)
		return false;
	if (aisp_slot(a->r, n, m, &slot))
		return aisp_bit(words_of(a, slot), actor);
	return a->shared->strays.n && stray_modes(a, actor, n) >> m & 1;
}

void aisp_reach_row(const struct aisp_reach_answer *a, aisp_node n, enum aisp_mode m, uint64_t *ret_words)
{
	uint32_t slot;
	memset(ret_words, 0, a->words * sizeof *ret_words);
	if (n == 0 || n > a->r->s->n_nodes || (unsigned)m >= AISP_MODE_END)
		return;
	if (aisp_slot(a->r, n, m, &slot)) {
		memcpy(ret_words, words_of(a, slot), a->words * sizeof *ret_words);
		return;
	}
	for (size_t i = stray_at(a, n); i < a->shared->strays.n && a->shared->strays.v[i].node == n; i++)
		if (a->shared->strays.v[i].mode == m && (a->shared->strays.v[i].sure || !a->certain))
			aisp_bit_set(ret_words, a->shared->strays.v[i].actor);
}

int aisp_reach_each(const struct aisp_reach_answer *a, size_t actor, int (*f)(void *ctx, aisp_node n, unsigned modes), void *ctx)
{
	for (aisp_node n = 1; n <= a->r->s->n_nodes; n++) {
		unsigned modes = aisp_reach_modes(a, actor, n);
		int rc = modes ? f(ctx, n, modes) : 0;
		if (rc)
			return rc;
	}
	return 0;
}
