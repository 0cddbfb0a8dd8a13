/* The shortest explanations. The first is the cheapest derivation; the others come from banning edges: an explanation
 * that is not one already found lacks, for each found one, at least one of its edges. So the ban sets that are kept are
 * the hitting sets of what was found; the cheapest solution under any of them is the next one. A set is solved only when
 * its lower bound, the weight of the path that it comes from, is the least of all; and edges without which nothing holds are not
 * banned at all.
 *
 * Before further ones are searched, one whole search forward and one backward give for every fact what it still has to
 * pay at least; with that, searching again under bans visits little more than the new path (derive.c).
 *
 * All searches stay inside what the flow graph says is of use: held by the actor, and in the target's cone.
 */
#include "reach/explain_int.h"
#include <stdlib.h>

enum { ATTEMPTS_MAX = 4096, VISITS_MIN = 1000000 };

struct candidate {
	bool solved;           /* else only the bans are set, and the weight is a lower bound: that of the path they come from */
	struct aisp_path path; /* the cheapest under the bans */
	aisp_edge *edges;      /* of the path, sorted, each once */
	size_t n_edges;
	aisp_edge *bans; /* sorted */
	size_t n_bans;
};
struct explain {
	const struct aisp_reach *r;
	const struct aisp_actor *actor;
	uint32_t target;
	struct aisp_ways ways;
	struct aisp_derive whole; /* without bans */
	struct aisp_derive again; /* with outside costs and bans */
	uint32_t *outside;
	struct aisp_sweep held; /* what the actor holds */
	uint64_t *useful;
	AISP_VEC(struct candidate) waiting;
	AISP_VEC(struct candidate) found; /* new ones, in the order of finding */
	AISP_VEC(struct aisp_path) out;
	aisp_edge needed[64]; /* edges that every derivation of this round needs: banning them is no use */
	size_t n_needed;
	unsigned attempts;
};

static void candidate_done(struct candidate *c)
{
	aisp_mem_free(c->path.hops);
	aisp_mem_free(c->edges);
	aisp_mem_free(c->bans);
}

static int by_number(const void *a, const void *b)
{
	aisp_edge x = *(const aisp_edge *)a, y = *(const aisp_edge *)b;
	return x < y ? -1 : x > y;
}

static int collect_edges(struct candidate *c)
{
	c->edges = aisp_mem_alloc((c->path.n + 1) * sizeof *c->edges);
	if (!c->edges)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < c->path.n; i++)
		if (c->path.hops[i].edge)
			c->edges[c->n_edges++] = c->path.hops[i].edge;
	qsort(c->edges, c->n_edges, sizeof *c->edges, by_number);
	size_t n = 0;
	for (size_t i = 0; i < c->n_edges; i++)
		if (n == 0 || c->edges[n - 1] != c->edges[i])
			c->edges[n++] = c->edges[i];
	c->n_edges = n;
	return AISP_OK;
}

/* Is every edge of a (sorted) in b? */
static bool subset(const aisp_edge *a, size_t na, const aisp_edge *b, size_t nb)
{
	size_t i = 0;
	for (size_t k = 0; i < na && k < nb; k++)
		if (a[i] == b[k])
			i++;
	return i == na;
}

/* Shorter first, then those that are solved, then the lower edge numbers. */
static bool better(const struct candidate *a, const struct candidate *b)
{
	if (a->path.weight != b->path.weight)
		return a->path.weight < b->path.weight;
	if (a->solved != b->solved)
		return a->solved;
	size_t n = a->n_edges < b->n_edges ? a->n_edges : b->n_edges;
	for (size_t i = 0; i < n; i++)
		if (a->edges[i] != b->edges[i])
			return a->edges[i] < b->edges[i];
	return a->n_edges < b->n_edges;
}

/* Puts a candidate among those waiting, with the derivation that a search found for it. Takes it, also on failure. */
static int wait_solved(struct explain *x, struct aisp_derive *d, struct candidate *c)
{
	c->solved = true;
	int rc = aisp_derive__path(d, x->target, &c->path);
	if (rc == 0)
		rc = collect_edges(c);
	if (rc == 0)
		rc = aisp_vec_push(&x->waiting, *c);
	if (rc < 0)
		candidate_done(c);
	return rc;
}

/* Solves a candidate: puts it back, or drops it when nothing is left under its bans. Takes it. */
static int solve(struct explain *x, struct candidate *c)
{
	x->attempts++;
	x->again.banned = c->bans;
	x->again.n_banned = c->n_bans;
	int rc = aisp_derive__run(&x->again, x->target);
	if (rc == 0 && x->again.facts[x->target].state == 2)
		return wait_solved(x, &x->again, c);
	candidate_done(c);
	return rc;
}

/* One more ban than `from` has, to be solved when its turn comes, unless what is waiting covers that already. */
static int branch(struct explain *x, const struct candidate *from, aisp_edge ban)
{
	size_t n = from->n_bans + 1, at = 0;
	AISP_AUTOFREE aisp_edge *bans = aisp_mem_alloc(n * sizeof *bans);
	if (!bans)
		return AISP_E_NOMEM;
	while (at < from->n_bans && from->bans[at] < ban)
		at++;
	if (at)
		memcpy(bans, from->bans, at * sizeof *bans);
	bans[at] = ban;
	if (at < from->n_bans)
		memcpy(bans + at + 1, from->bans + at, (from->n_bans - at) * sizeof *bans);
	for (size_t i = 0; i < x->waiting.n; i++)
		if (subset(x->waiting.v[i].bans, x->waiting.v[i].n_bans, bans, n))
			return AISP_OK;
	struct candidate c = {.path = {.weight = from->path.weight}, .bans = bans, .n_bans = n};
	int rc = aisp_vec_push(&x->waiting, c);
	if (rc == 0)
		bans = NULL;
	return rc;
}

/* The best of those waiting, taken out. */
static struct candidate take_best(struct explain *x)
{
	size_t best = 0;
	for (size_t i = 1; i < x->waiting.n; i++)
		if (better(&x->waiting.v[i], &x->waiting.v[best]))
			best = i;
	struct candidate c = x->waiting.v[best];
	x->waiting.v[best] = x->waiting.v[--x->waiting.n];
	return c;
}

/* New means: no found one's edges are all in it. */
static bool is_new(const struct explain *x, const struct candidate *c)
{
	for (size_t i = 0; i < x->found.n; i++)
		if (subset(x->found.v[i].edges, x->found.v[i].n_edges, c->edges, c->n_edges))
			return false;
	return true;
}

/* Hands the path out; not in the possible round when it is certain: then the certain round gave up before it. */
static int hand_out(struct explain *x, struct candidate *c)
{
	if (!x->whole.certain && c->path.certain)
		return AISP_OK;
	if (aisp_vec_push(&x->out, c->path) < 0)
		return AISP_E_NOMEM;
	c->path.hops = NULL;
	return AISP_OK;
}

static bool is_needed(const struct explain *x, aisp_edge e)
{
	for (size_t i = 0; i < x->n_needed; i++)
		if (x->needed[i] == e)
			return true;
	return false;
}

/* The turn of a solved candidate: hands it out if it is new, and branches. Takes it. */
static int turn(struct explain *x, struct candidate *c, size_t k)
{
	bool fresh = is_new(x, c);
	int rc = fresh ? hand_out(x, c) : AISP_OK;
	for (size_t i = 0; rc == 0 && x->out.n < k && i < c->n_edges; i++)
		if (!is_needed(x, c->edges[i]))
			rc = branch(x, c, c->edges[i]);
	if (rc == 0 && fresh && aisp_vec_push(&x->found, *c) == 0)
		return AISP_OK;
	candidate_done(c);
	return fresh && rc == 0 ? AISP_E_NOMEM : rc;
}

static int next_ones(struct explain *x, size_t k)
{
	int rc = AISP_OK;
	while (rc == 0 && x->waiting.n && x->out.n < k) {
		struct candidate c = take_best(x);
		if (c.solved)
			rc = turn(x, &c, k);
		else if (x->attempts < ATTEMPTS_MAX && x->again.budget)
			rc = solve(x, &c);
		else
			candidate_done(&c);
	}
	return rc;
}

/* Ends a round. What was found stays known, so that the possible round does not hand it out again. */
static void forget_waiting(struct explain *x)
{
	for (size_t i = 0; i < x->waiting.n; i++)
		candidate_done(&x->waiting.v[i]);
	x->waiting.n = 0;
	x->attempts = 0;
	x->n_needed = 0;
}

/* What searching for further ones needs: the whole search is complete, every fact's outside cost is known. */
static int prepare_again(struct explain *x, struct aisp_err *err)
{
	if (!x->again.facts) {
		int rc = aisp_derive__init(&x->again, err);
		x->outside = aisp_mem_alloc(((size_t)x->r->n_slots + 1) * sizeof *x->outside);
		x->again.outside = x->outside;
		if (rc < 0 || !x->outside)
			return AISP_E_NOMEM;
	}
	x->again.budget = VISITS_MIN + 2 * (uint64_t)x->whole.touched.n;
	return aisp_derive__outside(&x->whole, x->target, x->outside);
}

/* Which edges of the first path are in all paths? */
static int find_needed(struct explain *x)
{
	const struct candidate *first = &x->waiting.v[0];
	uint64_t needed = 0;
	int rc = aisp_derive__needed(&x->whole, x->target, x->outside, first->edges, first->n_edges, &needed);
	for (; rc == 0 && needed; needed &= needed - 1)
		x->needed[x->n_needed++] = first->edges[__builtin_ctzll(needed)];
	return rc;
}

/* Finds explanations of one certainty until there are k of both. One alone, with none before, needs no search after it. */
static int one_round(struct explain *x, bool certain, size_t k, struct aisp_err *err)
{
	bool alone = k == 1;
	x->whole.certain = x->again.certain = certain;
	int rc = aisp_derive__run(&x->whole, alone ? x->target : UINT32_MAX);
	if (rc < 0 || x->whole.facts[x->target].state != 2)
		return rc;
	if (!alone)
		rc = prepare_again(x, err);
	if (rc == 0)
		rc = wait_solved(x, &x->whole, &(struct candidate){0});
	if (rc == 0 && !alone)
		rc = find_needed(x);
	if (rc == 0)
		rc = next_ones(x, k);
	forget_waiting(x);
	return rc;
}

/* The target's mode is not laid out: only a seed can give it. */
struct plain {
	struct explain *x;
	aisp_node target;
	enum aisp_mode mode;
	bool certain;
	size_t k;
};

static int plain_seed(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	struct plain *p = ctx;
	struct explain *x = p->x;
	if (n != p->target || m != p->mode || sure != p->certain || x->out.n >= p->k)
		return 0;
	for (size_t i = 0; i < x->out.n; i++)
		if (!x->out.v[i].hops[0].edge || x->out.v[i].hops[0].edge == e)
			return 0;
	struct aisp_hop *h = aisp_mem_alloc(sizeof *h);
	if (!h)
		return AISP_E_NOMEM;
	*h = (struct aisp_hop){.edge = e, .from = row == UINT16_MAX ? n : x->actor->node, .to = n, .have = m, .gain = m,
	                       .row = row, .prev = -1, .side = -1, .conditional = !sure};
	struct aisp_path path = {.hops = h, .n = 1, .certain = sure, .confidence = AISP_CONF_OBSERVED};
	if (e && !(e & AISP_HOP_ADDED))
		path.confidence = x->r->s->edges[e].confidence;
	if (aisp_vec_push(&x->out, path) == 0)
		return AISP_OK;
	aisp_mem_free(h);
	return AISP_E_NOMEM;
}

static int hold_seed(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	(void)row, (void)e;
	struct explain *x = ctx;
	uint32_t slot;
	if (aisp_slot(x->r, n, m, &slot))
		aisp_sweep__seed(&x->held, x->r->comp_of[slot], 0, sure);
	return 0;
}

/* The flow graph leaves out gates that give what one of their inputs gives anyway; a short derivation may use them. */
static void spread_all_gates(const struct aisp_flow *f, uint8_t *cone)
{
	bool changed = true;
	while (changed) {
		changed = false;
		aisp_cone__spread(f, cone);
		for (uint32_t i = 0; i < f->n_gates; i++) {
			const struct aisp_gate *g = &f->gates[i];
			if (!cone[g->out] || (cone[g->a] && cone[g->b]))
				continue;
			cone[g->a] = cone[g->b] = AISP_CONE_ANY;
			changed = true;
		}
	}
}

/* Sweeps the actor forward and the target's cone backward. */
static int find_useful(struct explain *x, struct aisp_err *err)
{
	const struct aisp_flow *f = &x->r->flow;
	AISP_AUTOFREE uint8_t *cone = aisp_mem_zalloc((size_t)f->n + 1, 1);
	int rc = cone ? aisp_sweep__init(&x->held, f, 1, AISP_WHICH_BOTH, err) : AISP_E_NOMEM;
	if (rc < 0)
		return rc;
	(void)aisp_seed__each(x->r, x->actor, hold_seed, x);
	aisp_sweep__run(&x->held);
	cone[x->r->comp_of[x->target]] = AISP_CONE_ANY;
	spread_all_gates(f, cone);
	x->useful = aisp_mem_zalloc((size_t)x->r->n_slots / 64 + 1, sizeof *x->useful);
	if (!x->useful)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < x->r->n_slots; i++) {
		uint32_t c = x->r->comp_of[i];
		if (cone[c] && x->held.val[(size_t)c * 2])
			aisp_bit_set(x->useful, i);
	}
	return AISP_OK;
}

static int both_rounds(struct explain *x, aisp_node target, enum aisp_mode m, size_t k, struct aisp_err *err)
{
	int rc = AISP_OK;
	if (!aisp_slot(x->r, target, m, &x->target)) {
		for (int certain = 1; rc == 0 && certain >= 0; certain--) {
			struct plain p = {x, target, m, certain, k};
			rc = aisp_seed__each(x->r, x->actor, plain_seed, &p);
		}
		return rc;
	}
	rc = find_useful(x, err);
	if (rc < 0)
		return rc;
	const uint64_t *holds = &x->held.val[(size_t)x->r->comp_of[x->target] * 2]; /* possible, certain */
	aisp_ways__init(&x->ways, x->r);
	x->whole = (struct aisp_derive){.r = x->r, .ways = &x->ways, .actor = x->actor, .useful = x->useful, .budget = UINT64_MAX};
	x->again = x->whole;
	if (holds[0])
		rc = aisp_derive__init(&x->whole, err);
	if (rc == 0 && holds[1])
		rc = one_round(x, true, k, err);
	if (rc == 0 && holds[0] && x->out.n < k)
		rc = one_round(x, false, k, err);
	return rc;
}

static void explain_done(struct explain *x)
{
	forget_waiting(x);
	for (size_t i = 0; i < x->found.n; i++)
		candidate_done(&x->found.v[i]);
	aisp_vec_done(&x->waiting);
	aisp_vec_done(&x->found);
	struct aisp_paths left = {x->out.v, x->out.n};
	aisp_paths_done(&left);
	aisp_derive__done(&x->whole);
	aisp_derive__done(&x->again);
	aisp_mem_free(x->outside);
	aisp_mem_free(x->useful);
	aisp_sweep__done(&x->held);
}

int aisp_reach_explain(const struct aisp_reach *r, const struct aisp_actor *actor, aisp_node target, enum aisp_mode m,
                       size_t k, struct aisp_paths *ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *own = NULL;
	AISP_CLEANUP(explain_done) struct explain x = {.actor = actor};
	if (target == 0 || target > r->s->n_nodes || (unsigned)m >= AISP_MODE_END)
		return aisp_fail(err, AISP_E_NOTFOUND, "target: there is no node %u or mode %d", target, (int)m);
	int rc = aisp_actor__check(r, actor, err);
	if (rc == 0)
		rc = aisp_reach__widen(r, actor, 1, &own, err);
	x.r = own ? own : r;
	if (rc == 0 && k)
		rc = both_rounds(&x, target, m, k, err);
	if (rc == AISP_E_NOMEM)
		aisp_fail(err, rc, "out of memory while explaining a path");
	if (rc < 0)
		return rc;
	*ret = (struct aisp_paths){x.out.v, x.out.n};
	x.out.v = NULL;
	x.out.n = 0;
	return AISP_OK;
}

void aisp_paths_done(struct aisp_paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		aisp_mem_free(p->paths[i].hops);
	aisp_mem_free(p->paths);
	memset(p, 0, sizeof *p);
}
