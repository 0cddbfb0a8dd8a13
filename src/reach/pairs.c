/* Many actors: batches of up to 512 over a part of the flow graph, some at once, handed on in order. On top of it all
 * pairs of actors and targets.
 */
#include "base/task.h"
#include "reach/reach_int.h"

enum { WORDS_BYTES_MAX = 256 << 20 }; /* of one batch */

void aisp_crowd__done(struct aisp_crowd *c)
{
	aisp_vec_done(&c->seeds);
	aisp_vec_done(&c->seeds_at);
}

int aisp_crowd__begin(struct aisp_crowd *c)
{
	return aisp_vec_push(&c->seeds_at, c->seeds.n);
}

int aisp_crowd__seed(struct aisp_crowd *c, uint32_t comp, bool sure)
{
	return aisp_vec_push(&c->seeds, (struct aisp_crowd_seed){comp, sure});
}

struct wave {
	const struct aisp_crowd *crowd;
	struct aisp_sweep *sweeps;
	size_t first, batch;
};

static int run_one(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	const struct wave *x = ctx;
	const struct aisp_crowd *c = x->crowd;
	size_t first = x->first + i * x->batch;
	struct aisp_sweep *w = &x->sweeps[i];
	if (x->first)
		aisp_sweep__clear(w);
	for (size_t a = first; a < first + x->batch && a < c->seeds_at.n; a++) {
		size_t end = a + 1 < c->seeds_at.n ? c->seeds_at.v[a + 1] : c->seeds.n;
		for (size_t k = c->seeds_at.v[a]; k < end; k++)
			aisp_sweep__seed(w, c->seeds.v[k].comp, a - first, c->seeds.v[k].sure);
	}
	aisp_sweep__run(w);
	return AISP_OK;
}

static int run_waves(struct wave *x, unsigned at_once, aisp_crowd_fn *f, void *ctx, struct aisp_err *err)
{
	size_t n = x->crowd->seeds_at.n;
	for (; x->first < n; x->first += at_once * x->batch) {
		size_t left = (n - x->first + x->batch - 1) / x->batch;
		unsigned now = left < at_once ? (unsigned)left : at_once;
		int rc = aisp_reach__tasks(now, run_one, x, err);
		for (unsigned i = 0; rc == 0 && i < now; i++)
			rc = f(ctx, x->first + i * x->batch, &x->sweeps[i]);
		if (rc)
			return rc;
	}
	return AISP_OK;
}

int aisp_crowd__run(const struct aisp_crowd *c, const struct aisp_flow *f, aisp_crowd_fn *emit, void *ctx, struct aisp_err *err)
{
	size_t batch = AISP_REACH_BATCH, n = c->seeds_at.n;
	while (batch > 64 && ((size_t)f->n * batch / 4 > WORDS_BYTES_MAX || batch / 2 >= n))
		batch /= 2;
	size_t batches = (n + batch - 1) / batch;
	unsigned at_once = aisp_task_workers() < batches ? aisp_task_workers() : (unsigned)batches;
	struct wave x = {.crowd = c, .batch = batch};
	if (n == 0)
		return AISP_OK;
	x.sweeps = aisp_mem_zalloc(at_once, sizeof *x.sweeps);
	int rc = x.sweeps ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for %u batches", at_once);
	for (unsigned i = 0; rc == 0 && i < at_once; i++)
		rc = aisp_sweep__init(&x.sweeps[i], f, batch, AISP_WHICH_BOTH, err);
	if (rc == 0)
		rc = run_waves(&x, at_once, emit, ctx, err);
	for (unsigned i = 0; x.sweeps && i < at_once; i++)
		aisp_sweep__done(&x.sweeps[i]);
	aisp_mem_free(x.sweeps);
	return rc;
}

/* All pairs ------------------------------------------------------------------------------------------------------- */

struct stray {
	size_t actor;
	aisp_node node;
	bool sure;
};
struct pairs {
	const struct aisp_reach *r;
	const aisp_node *targets;
	size_t n_targets, n_actors;
	enum aisp_mode mode;
	int (*f)(void *ctx, size_t actor, size_t target, bool certain);
	void *ctx;
	uint64_t *keep;
	uint32_t *rank;
	struct aisp_flow cone;
	struct aisp_crowd crowd;
	AISP_VEC(struct stray) strays; /* seeds that are the mode itself where it is not laid out */
};

/* Keeps a seed of the actor at hand that is what is asked for; the same one twice is one. */
static int stray(struct pairs *p, aisp_node n, bool sure)
{
	size_t actor = p->crowd.seeds_at.n - 1;
	for (size_t i = p->strays.n; i-- > 0 && p->strays.v[i].actor == actor;)
		if (p->strays.v[i].node == n) {
			p->strays.v[i].sure |= sure;
			return AISP_OK;
		}
	return aisp_vec_push(&p->strays, (struct stray){actor, n, sure});
}

static int seed(void *ctx, aisp_node n, enum aisp_mode m, bool sure, uint16_t row, aisp_edge e)
{
	(void)row, (void)e;
	struct pairs *p = ctx;
	uint32_t slot;
	if (!aisp_slot(p->r, n, m, &slot))
		return m == p->mode ? stray(p, n, sure) : AISP_OK;
	uint32_t comp = p->r->comp_of[slot];
	return aisp_bit(p->keep, comp) ? aisp_crowd__seed(&p->crowd, aisp_rank(p->keep, p->rank, comp), sure) : 0;
}

static int make_cone(struct pairs *p, struct aisp_err *err)
{
	const struct aisp_flow *f = &p->r->flow;
	AISP_AUTOFREE uint8_t *cone = aisp_mem_zalloc((size_t)f->n + 1, 1);
	for (size_t i = 0; cone && i < p->n_targets; i++) {
		uint32_t slot;
		if (p->targets[i] == 0 || p->targets[i] > p->r->s->n_nodes)
			return aisp_fail(err, AISP_E_NOTFOUND, "target: there is no node %u", p->targets[i]);
		if (aisp_slot(p->r, p->targets[i], p->mode, &slot))
			cone[p->r->comp_of[slot]] = AISP_CONE_ANY;
	}
	if (cone) {
		aisp_cone__spread(f, cone);
		p->keep = aisp_cone__keep(f, cone);
	}
	if (!p->keep)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the cone of %zu targets", p->n_targets);
	return aisp_flow__restrict(f, p->keep, &p->cone, &p->rank, err);
}

/* Hands on what one target's words say. */
static int emit_target(const struct pairs *p, size_t first, const struct aisp_sweep *w, size_t target)
{
	uint32_t slot;
	if (!aisp_slot(p->r, p->targets[target], p->mode, &slot))
		return 0;
	const uint64_t *v = w->val + (size_t)aisp_rank(p->keep, p->rank, p->r->comp_of[slot]) * w->width;
	for (unsigned i = 0; i < w->words; i++)
		for (uint64_t bits = v[i]; bits; bits &= bits - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(bits);
			int rc = p->f(p->ctx, first + i * 64 + bit, target, v[w->words + i] >> bit & 1);
			if (rc)
				return rc;
		}
	return 0;
}

static int emit(void *ctx, size_t first, const struct aisp_sweep *w)
{
	const struct pairs *p = ctx;
	int rc = 0;
	for (size_t t = 0; rc == 0 && t < p->n_targets; t++)
		rc = emit_target(p, first, w, t);
	return rc;
}

static int emit_strays(const struct pairs *p)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < p->strays.n; i++)
		for (size_t t = 0; rc == 0 && t < p->n_targets; t++)
			if (p->targets[t] == p->strays.v[i].node)
				rc = p->f(p->ctx, p->strays.v[i].actor, t, p->strays.v[i].sure);
	return rc;
}

static void pairs_done(struct pairs *p)
{
	aisp_mem_free(p->keep);
	aisp_mem_free(p->rank);
	aisp_flow__done(&p->cone);
	aisp_crowd__done(&p->crowd);
	aisp_vec_done(&p->strays);
}

int aisp_reach_pairs(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n_actors, const aisp_node *targets,
                     size_t n_targets, enum aisp_mode m, int (*f)(void *ctx, size_t actor, size_t target, bool certain),
                     void *ctx, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *own = NULL;
	if ((unsigned)m >= AISP_MODE_END)
		return aisp_fail(err, AISP_E_USAGE, "reach: there is no mode %d", (int)m);
	int rc = AISP_OK;
	for (size_t i = 0; rc == 0 && i < n_actors; i++)
		rc = aisp_actor__check(r, &actors[i], err);
	if (rc == 0)
		rc = aisp_reach__widen(r, actors, n_actors, &own, err);
	AISP_CLEANUP(pairs_done) struct pairs p = {.r = own ? own : r, .targets = targets, .n_targets = n_targets,
		.n_actors = n_actors, .mode = m, .f = f, .ctx = ctx};
	if (rc == 0)
		rc = make_cone(&p, err);
	for (size_t i = 0; rc == 0 && i < n_actors; i++)
		if (aisp_crowd__begin(&p.crowd) < 0 || aisp_seed__each(p.r, &actors[i], seed, &p) < 0)
			rc = aisp_fail(err, AISP_E_NOMEM, "out of memory for the seeds of %zu actors", n_actors);
	if (rc == 0)
		rc = aisp_crowd__run(&p.crowd, &p.cone, emit, &p, err);
	return rc ? rc : emit_strays(&p);
}
