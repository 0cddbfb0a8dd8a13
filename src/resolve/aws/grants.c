/* All grants of a world: classes of principals decided on all cores, then drawn in order. */
#include "base/buf.h"
#include "base/task.h"
#include "resolve/aws/grants_int.h"
#include <stdlib.h>

enum { DIRECT_MAX = 64, DIRECT_FEW = 12, ARROWS_MANY = 1000000 };

struct job { /* a class, or one of its principals where that matters */
	uint32_t principal;
	enum aisp_aws_pass pass;
	struct aisp_aws_outs outs;
};
struct grants {
	const struct aisp_aws_world *w;
	struct aisp_aws_plan plan;
	AISP_VEC(struct job) jobs;
	uint32_t *shared; /* principal → job of its class + 1 */
	uint32_t *own;    /* principal → job of its own + 1 */
	struct aisp_aws_worker **workers;
	unsigned n_workers;
	uint32_t direct; /* 0: as many as is good */
};

static int run(void *ctx, size_t i, unsigned worker)
{
	struct grants *g = ctx;
	struct job *j = &g->jobs.v[i];
	return aisp_aws__decide_all(g->workers[worker], j->principal, j->pass, &j->outs, NULL);
}

static bool is_asked(const struct aisp_aws_world *w, const struct aisp_aws_principal *p)
{
	/* An account's own root may do all in it; that needs no arrows. A stranger's root is the stranger. */
	return p->node && !(p->kind == AISP_IAM_ROOT && w->accounts[p->account].known) && !p->service_linked;
}

static int plan_jobs(struct grants *g)
{
	const uint32_t n = g->w->n_principals;
	uint32_t *count = aisp_mem_zalloc((size_t)n * 2 + 1, sizeof *count), *job_of = aisp_mem_zalloc((size_t)n * 2 + 1, sizeof *job_of);
	int r = count && job_of ? 0 : AISP_E_NOMEM;
	for (uint32_t i = 0; i < n && r == 0; i++)
		if (is_asked(g->w, &g->w->principals[i]))
			count[g->w->principals[i].class_of]++;
	for (uint32_t i = 0; i < n && r == 0; i++) {
		const struct aisp_aws_principal *p = &g->w->principals[i];
		if (!is_asked(g->w, p))
			continue;
		if (!job_of[p->class_of]) {
			if (aisp_vec_push(&g->jobs, (struct job){.principal = i, .pass = count[p->class_of] > 1 ? AISP_AWS__SHARED : AISP_AWS__BOTH}) < 0)
				r = AISP_E_NOMEM;
			job_of[p->class_of] = (uint32_t)g->jobs.n;
		}
		g->shared[i] = job_of[p->class_of];
		if (count[p->class_of] > 1) {
			if (aisp_vec_push(&g->jobs, (struct job){.principal = i, .pass = AISP_AWS__SPECIFIC}) < 0)
				r = AISP_E_NOMEM;
			g->own[i] = (uint32_t)g->jobs.n;
		}
	}
	aisp_mem_free(count);
	aisp_mem_free(job_of);
	return r;
}

/* How many arrows there would be if up to 64 things got one each: in a large organisation only few do. */
static uint32_t direct_max(const struct grants *g)
{
	uint64_t arrows = 0;
	for (uint32_t i = 0; i < g->w->n_principals; i++)
		for (int k = 0; k < 2; k++) {
			const uint32_t j = k ? g->own[i] : g->shared[i];
			for (size_t o = 0; j && o < g->jobs.v[j - 1].outs.out.n; o++) {
				const struct aisp_aws_outs *outs = &g->jobs.v[j - 1].outs;
				uint64_t members = 0;
				for (uint32_t s = outs->out.v[o].first; s; s = outs->segs.v[s - 1].next)
					members += outs->segs.v[s - 1].hi - outs->segs.v[s - 1].lo;
				arrows += members <= DIRECT_MAX ? members : 1;
			}
		}
	return arrows > ARROWS_MANY ? DIRECT_FEW : DIRECT_MAX;
}

static void draw(struct aisp_resolve *r, struct grants *g)
{
	struct aisp_aws_emit *e = aisp_aws__emit_new(r, &g->plan, g->direct ? g->direct : direct_max(g));
	if (!e)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while drawing access in AWS"));
	for (uint32_t i = 0; i < g->w->n_principals && !r->bad; i++)
		if (g->shared[i])
			aisp_aws__emit(e, i, &g->jobs.v[g->shared[i] - 1].outs, g->own[i] ? &g->jobs.v[g->own[i] - 1].outs : NULL);
	aisp_aws__emit_free(e);
}

static void work(struct aisp_resolve *r, struct grants *g)
{
	g->n_workers = aisp_task_workers();
	g->workers = aisp_mem_zalloc(g->n_workers, sizeof *g->workers);
	for (unsigned i = 0; g->workers && i < g->n_workers && !r->bad; i++)
		if (!(g->workers[i] = aisp_aws__worker_new(&g->plan)))
			aisp_resolve__fail(r, AISP_E_NOMEM);
	if (!g->workers || r->bad)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while deciding access in AWS"));
	if (!r->bad) {
		const int bad = aisp_task_each(g->jobs.n, run, g, r->err);
		if (bad < 0)
			aisp_resolve__fail(r, aisp_fail(r->err, (enum aisp_code)bad, "deciding access in AWS failed (%s); scan fewer accounts at a time", aisp_code_name((enum aisp_code)bad)));
	}
	if (!r->bad)
		draw(r, g);
	for (unsigned i = 0; g->workers && i < g->n_workers; i++)
		aisp_aws__worker_free(g->workers[i]);
	aisp_mem_free(g->workers);
}

void aisp_resolve__aws_grants(struct aisp_resolve *r, const struct aisp_aws_world *w, uint32_t direct)
{
	struct grants g = {.w = w, .direct = direct};
	if (r->bad)
		return;
	aisp_resolve__fail(r, aisp_aws__plan_make(w, &g.plan, r->err));
	g.shared = aisp_mem_zalloc((size_t)w->n_principals + 1, sizeof *g.shared);
	g.own = aisp_mem_zalloc((size_t)w->n_principals + 1, sizeof *g.own);
	if (!g.shared || !g.own || (!r->bad && plan_jobs(&g) < 0))
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while deciding access in AWS"));
	if (!r->bad)
		work(r, &g);
	for (size_t i = 0; i < g.jobs.n; i++)
		aisp_aws__outs_done(&g.jobs.v[i].outs);
	aisp_vec_done(&g.jobs);
	aisp_mem_free(g.shared);
	aisp_mem_free(g.own);
	aisp_aws__plan_done(&g.plan);
}
