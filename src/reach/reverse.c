/* Who holds a mode on a target? Backwards through the flow graph as far as that decides it, forwards for the rest.
 *
 *   CERTAIN, POSSIBLE       a way without gates leads from the component to the target: holding it suffices
 *   …_A, …_B                such a way leads to the one, the other input of the target's own gate: both suffice
 *   ANY, ANY_2              some way, gates taken as if one input were enough, leads to the one, the other input of a
 *                           gate from which a way without gates leads to the target: short of both nothing helps
 *
 * A candidate that these bits leave open is decided by a sweep forward inside the cone. Components with a single certain
 * entry there give the same answer as where it leads, so most candidates share one of few representatives.
 */
#include "reach/reach_int.h"
#include <stdlib.h>

struct candidate {
	aisp_node node;
	uint8_t bits;     /* AISP_CONE_… of its seeds */
	bool certain;     /* some seed in the cone counts for certain */
	uint32_t actor;   /* among those swept forward; UINT32_MAX = not needed */
};
struct reverse {
	const struct aisp_reach *r;
	aisp_node target;
	enum aisp_mode mode;
	uint32_t comp; /* of the target; UINT32_MAX = the mode is not laid out there */
	uint8_t *cone;
	uint64_t *keep;
	uint32_t *rank;
	struct aisp_flow part;
	uint32_t *same_as;  /* by component of the part: its representative */
	uint32_t *actor_of; /* by component of the part: the actor that starts there, + 1 */
	struct aisp_crowd crowd;
	AISP_VEC(struct candidate) candidates;
	AISP_VEC(uint32_t) seeds; /* of the candidate at hand: comp << 1 | sure */
	uint64_t *yes;            /* by actor: possible, then certain */
};

bool aisp_filter_identities(void *ctx, const struct aisp_snapshot *s, aisp_node n)
{
	(void)ctx;
	return s->nodes[n].kind == AISP_NODE_CREDENTIAL || aisp_snode_flags(&s->nodes[n]) & (AISP_NK_IDENTITY | AISP_NK_NHI | AISP_NK_START);
}

static int look(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	(void)row, (void)e;
	struct reverse *v = ctx;
	struct candidate *c = &v->candidates.v[v->candidates.n - 1];
	uint32_t slot;
	uint8_t bits = 0;
	if (aisp_slot(v->r, n, m, &slot))
		bits = v->cone[v->r->comp_of[slot]];
	else if (n == v->target && m == v->mode)
		bits = AISP_CONE_POSSIBLE | AISP_CONE_CERTAIN;
	c->bits |= sure ? bits : bits & (uint8_t)~AISP_CONE_ONLY_CERTAIN;
	c->certain = c->certain || (bits && sure);
	return 0;
}

/* Keeps every node of the filter that has a seed in the cone. */
static int find_candidates(struct reverse *v, aisp_actor_filter *filter, void *ctx)
{
	for (aisp_node n = 1; n <= v->r->s->n_nodes; n++) {
		if (filter && !filter(ctx, v->r->s, n))
			continue;
		struct aisp_actor a = {.node = n};
		if (aisp_vec_push(&v->candidates, (struct candidate){.node = n, .actor = UINT32_MAX}) < 0)
			return AISP_E_NOMEM;
		(void)aisp_seed__each(v->r, &a, look, v);
		if (!v->candidates.v[v->candidates.n - 1].bits)
			v->candidates.n--;
	}
	return AISP_OK;
}

static bool all(uint8_t bits, uint8_t of)
{
	return (bits & of) == of;
}

static bool surely_possible(const struct candidate *c)
{
	return c->bits & AISP_CONE_POSSIBLE || all(c->bits, AISP_CONE_POSSIBLE_A | AISP_CONE_POSSIBLE_B);
}

static bool surely_certain(const struct candidate *c)
{
	return c->bits & AISP_CONE_CERTAIN || all(c->bits, AISP_CONE_CERTAIN_A | AISP_CONE_CERTAIN_B);
}

static bool undecided(const struct candidate *c)
{
	if (!all(c->bits, AISP_CONE_ANY | AISP_CONE_ANY_2))
		return false;
	return !surely_possible(c) || (c->certain && !surely_certain(c));
}

/* The gate whose inputs the bits …_A and …_B are about: one that gives the target itself, if there is one. */
static const struct aisp_gate *own_gate(const struct reverse *v, bool *ret_sure)
{
	const struct aisp_flow *f = &v->r->flow;
	uint32_t best = UINT32_MAX;
	for (uint32_t i = 0; i < f->n_gates; i++)
		if (f->gates[i].out == v->comp || (best == UINT32_MAX && v->cone[f->gates[i].out] & AISP_CONE_CERTAIN))
			best = i;
	if (best == UINT32_MAX)
		return NULL;
	const struct aisp_gate *g = &f->gates[best];
	for (uint32_t i = f->at[g->a]; i < f->at[g->a + 1]; i++)
		if ((f->to[i] & ~AISP_ENTRY_POSSIBLE) == (best | AISP_ENTRY_GATE))
			*ret_sure = !(f->to[i] & AISP_ENTRY_POSSIBLE);
	return g;
}

/* Spreads from the target; then from the inputs of the gates that lead to it. */
static void make_cone(struct reverse *v)
{
	const struct aisp_flow *f = &v->r->flow;
	bool sure = false;
	v->cone[v->comp] = AISP_CONE_POSSIBLE | AISP_CONE_CERTAIN;
	aisp_cone__spread(f, v->cone);
	const struct aisp_gate *own = own_gate(v, &sure);
	for (uint32_t i = 0; i < f->n_gates; i++)
		if (v->cone[f->gates[i].out] & AISP_CONE_POSSIBLE) {
			v->cone[f->gates[i].a] |= AISP_CONE_ANY;
			v->cone[f->gates[i].b] |= AISP_CONE_ANY_2;
		}
	if (own) {
		v->cone[own->a] |= (uint8_t)(AISP_CONE_POSSIBLE_A | (sure ? AISP_CONE_CERTAIN_A : 0));
		v->cone[own->b] |= (uint8_t)(AISP_CONE_POSSIBLE_B | (sure ? AISP_CONE_CERTAIN_B : 0));
	}
	aisp_cone__spread(f, v->cone);
}

static int restrict_to_cone(struct reverse *v, struct aisp_err *err)
{
	const struct aisp_flow *f = &v->r->flow;
	v->keep = aisp_cone__keep(f, v->cone);
	if (!v->keep)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the cone of the target");
	int rc = aisp_flow__restrict(f, v->keep, &v->part, &v->rank, err);
	if (rc < 0)
		return rc;
	v->same_as = aisp_mem_alloc(((size_t)v->part.n + 1) * sizeof *v->same_as);
	v->actor_of = aisp_mem_zalloc((size_t)v->part.n + 1, sizeof *v->actor_of);
	if (!v->same_as || !v->actor_of)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the cone of the target");
	for (uint32_t c = v->part.n; c-- > 0;) {
		uint32_t at = v->part.at[c], entry = v->part.to[v->part.at[c + 1] == at ? 0 : at];
		bool single = v->part.at[c + 1] == at + 1 && entry <= AISP_ENTRY_INDEX && entry > c;
		v->same_as[c] = single ? v->same_as[entry] : c;
	}
	return AISP_OK;
}

static int gather(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	(void)row, (void)e;
	struct reverse *v = ctx;
	uint32_t slot;
	if (!aisp_slot(v->r, n, m, &slot) || !aisp_bit(v->keep, v->r->comp_of[slot]))
		return 0;
	uint32_t comp = v->same_as[aisp_rank(v->keep, v->rank, v->r->comp_of[slot])];
	return aisp_vec_push(&v->seeds, comp << 1 | sure);
}

/* Gives the candidate an actor of the crowd; one that begins at a single component shares it. */
static int enlist(struct reverse *v, struct candidate *c)
{
	struct aisp_actor a = {.node = c->node};
	v->seeds.n = 0;
	if (aisp_seed__each(v->r, &a, gather, v) < 0)
		return AISP_E_NOMEM;
	bool single = v->seeds.n == 1 && v->seeds.v[0] & 1;
	uint32_t comp = v->seeds.v[0] >> 1;
	if (single && v->actor_of[comp]) {
		c->actor = v->actor_of[comp] - 1;
		return AISP_OK;
	}
	c->actor = (uint32_t)v->crowd.seeds_at.n;
	if (single)
		v->actor_of[comp] = c->actor + 1;
	if (aisp_crowd__begin(&v->crowd) < 0)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < v->seeds.n; i++)
		if (aisp_crowd__seed(&v->crowd, v->seeds.v[i] >> 1, v->seeds.v[i] & 1) < 0)
			return AISP_E_NOMEM;
	return AISP_OK;
}

static int note(void *ctx, size_t first, const struct aisp_sweep *w)
{
	struct reverse *v = ctx;
	const uint64_t *words = w->val + (size_t)aisp_rank(v->keep, v->rank, v->comp) * w->width;
	for (size_t i = 0; i < (size_t)w->words * 64 && first + i < v->crowd.seeds_at.n; i++) {
		if (aisp_bit(words, i))
			aisp_bit_set(v->yes, (first + i) * 2);
		if (aisp_bit(words + w->words, i))
			aisp_bit_set(v->yes, (first + i) * 2 + 1);
	}
	return 0;
}

static int sweep_forward(struct reverse *v, struct aisp_err *err)
{
	int rc = restrict_to_cone(v, err);
	for (size_t i = 0; rc == 0 && i < v->candidates.n; i++)
		if (undecided(&v->candidates.v[i]) && enlist(v, &v->candidates.v[i]) < 0)
			rc = aisp_fail(err, AISP_E_NOMEM, "out of memory for the candidates");
	if (rc < 0)
		return rc;
	v->yes = aisp_mem_zalloc(v->crowd.seeds_at.n / 32 + 1, sizeof *v->yes);
	if (!v->yes)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the candidates");
	return aisp_crowd__run(&v->crowd, &v->part, note, v, err);
}

static int answer(const struct reverse *v, struct aisp_reached_by *ret, struct aisp_err *err)
{
	struct aisp_reached_by out = {0};
	out.actors = aisp_mem_alloc((v->candidates.n + 1) * sizeof *out.actors);
	out.certain = aisp_mem_alloc(v->candidates.n + 1);
	if (!out.actors || !out.certain) {
		aisp_reached_by_done(&out);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for %zu actors", v->candidates.n);
	}
	for (size_t i = 0; i < v->candidates.n; i++) {
		const struct candidate *c = &v->candidates.v[i];
		bool swept = v->yes && c->actor != UINT32_MAX;
		bool possible = surely_possible(c) || (swept && aisp_bit(v->yes, (size_t)c->actor * 2));
		bool certain = surely_certain(c) || (swept && aisp_bit(v->yes, (size_t)c->actor * 2 + 1));
		if (!possible)
			continue;
		out.actors[out.n] = c->node;
		out.certain[out.n++] = certain;
	}
	*ret = out;
	return AISP_OK;
}

static void reverse_done(struct reverse *v)
{
	aisp_mem_free(v->cone);
	aisp_mem_free(v->keep);
	aisp_mem_free(v->rank);
	aisp_mem_free(v->same_as);
	aisp_mem_free(v->actor_of);
	aisp_mem_free(v->yes);
	aisp_flow__done(&v->part);
	aisp_crowd__done(&v->crowd);
	aisp_vec_done(&v->candidates);
	aisp_vec_done(&v->seeds);
}

int aisp_reach_reverse(const struct aisp_reach *r, aisp_node target, enum aisp_mode m, aisp_actor_filter *filter, void *ctx,
                       struct aisp_reached_by *ret, struct aisp_err *err)
{
	AISP_CLEANUP(reverse_done) struct reverse v = {.r = r, .target = target, .mode = m, .comp = UINT32_MAX};
	uint32_t slot;
	if (target == 0 || target > r->s->n_nodes || (unsigned)m >= AISP_MODE_END)
		return aisp_fail(err, AISP_E_NOTFOUND, "target: there is no node %u or mode %d", target, (int)m);
	v.cone = aisp_mem_zalloc((size_t)r->flow.n + 1, 1);
	if (!v.cone)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the cone of the target");
	if (aisp_slot(r, target, m, &slot)) {
		v.comp = r->comp_of[slot];
		make_cone(&v);
	}
	if (find_candidates(&v, filter, ctx) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the candidates");
	bool open = false;
	for (size_t i = 0; !open && i < v.candidates.n; i++)
		open = undecided(&v.candidates.v[i]);
	int rc = open ? sweep_forward(&v, err) : AISP_OK;
	return rc < 0 ? rc : answer(&v, ret, err);
}

void aisp_reached_by_done(struct aisp_reached_by *b)
{
	aisp_mem_free(b->actors);
	aisp_mem_free(b->certain);
	memset(b, 0, sizeof *b);
}
