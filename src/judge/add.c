/* Findings from elsewhere than a rule's SQL, and what all findings have in common: fingerprint and order. */
#include "base/hash.h"
#include "base/mem.h"
#include "base/task.h"
#include "judge/judge_int.h"
#include <stdlib.h>

/* Of what stays the same while the thing is there: rule and canonical ids. The target counts only where it tells findings
 * apart; the start always does: the same weakness open to somebody else is another finding. */
int aisp_finding_fingerprint(struct aisp_slice rule, const struct aisp_slice ids[3], struct aisp_buf *scratch, char ret[33], struct aisp_err *err)
{
	aisp_buf_clear(scratch);
	aisp_buf_putz(scratch, "aisp-finding-1");
	aisp_buf_putc(scratch, 0);
	aisp_buf_put(scratch, rule);
	for (size_t i = 0; i < 3; i++) {
		aisp_buf_putc(scratch, 0);
		aisp_buf_put(scratch, ids[i]);
	}
	int r = aisp_buf_check(scratch, err);
	if (r < 0)
		return r;
	struct aisp_digest d = aisp_digest_of(scratch->p, scratch->n);
	aisp_digest_hex(&d, ret);
	return 0;
}

int aisp_finding__cmp(const void *a, const void *b)
{
	const struct aisp_finding *x = a, *y = b;
	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	int c = aisp_slice_cmp(x->rule->id, y->rule->id);
	return c ? c : strcmp(x->fingerprint, y->fingerprint);
}

struct work {
	const struct aisp_found *v;
	const struct aisp_reach *reach;
	struct aisp_paths *paths;
	struct aisp_err *errs;
};

static int explain(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	struct work *w = ctx;
	const struct aisp_actor actor = {.node = w->v[i].start};
	return aisp_reach_explain(w->reach, &actor, w->v[i].target, w->v[i].mode, 1, &w->paths[i], &w->errs[i]);
}

static int fill(struct aisp_arena *a, const struct aisp_snapshot *s, const struct aisp_found *in, const struct aisp_paths *paths, struct aisp_buf *scratch,
                struct aisp_finding *f)
{
	const aisp_node nodes[] = {in->subject, in->start, in->target};
	struct aisp_slice ids[3] = {{0}};
	for (size_t i = 0; i < 3; i++)
		if (nodes[i])
			ids[i] = aisp_snapshot_text(s, s->nodes[nodes[i]].id);
	*f = (struct aisp_finding){.rule = in->rule, .severity = in->rule->severity, .subject = in->subject, .start = in->start, .target = in->target,
		.counts_target = true, .message = aisp_arena_dup(a, in->message), .certain = in->certain, .confidence = s->nodes[in->subject].confidence};
	if (paths->n) {
		f->path = paths->paths[0];
		f->path.hops = aisp_arena_alloc(a, (f->path.n + 1) * sizeof *f->path.hops);
		if (f->path.hops && f->path.n)
			memcpy(f->path.hops, paths->paths[0].hops, f->path.n * sizeof *f->path.hops);
		f->certain = f->certain && f->path.certain;
		f->confidence = f->path.confidence ? f->path.confidence : f->confidence;
	}
	if (!f->message.p || (paths->n && !f->path.hops))
		return AISP_E_NOMEM;
	const int r = aisp_finding_fingerprint(in->rule->id, ids, scratch, f->fingerprint, NULL);
	return r < 0 ? r : aisp_priority__set(s, a, f);
}

int aisp_findings_add(struct aisp_findings *f, const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_found *v, size_t n, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf scratch = {0};
	if (n == 0)
		return 0;
	aisp_buf_init(&scratch, 1 << 20);
	AISP_AUTOFREE struct aisp_paths *paths = aisp_mem_zalloc(n, sizeof *paths);
	AISP_AUTOFREE struct aisp_err *errs = aisp_mem_zalloc(n, sizeof *errs);
	struct aisp_finding *all = aisp_arena_zalloc(f->arena, f->n + n, sizeof *all);
	int r = paths && errs && all ? 0 : AISP_E_NOMEM;
	struct work w = {v, reach, paths, errs};
	if (r == 0) {
		if (f->n)
			memcpy(all, f->v, f->n * sizeof *all);
		r = aisp_task_each(n, explain, &w, NULL);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = fill(f->arena, s, &v[i], &paths[i], &scratch, &all[f->n + i]);
	for (size_t i = 0; paths && i < n; i++)
		aisp_paths_done(&paths[i]);
	if (r < 0)
		return aisp_fail(err, (enum aisp_code)r, "%s", r == AISP_E_NOMEM ? "out of memory while judging" : "a path of a policy could not be explained");
	f->v = all;
	f->n += n;
	qsort(f->v, f->n, sizeof *f->v, aisp_finding__cmp);
	return 0;
}

void aisp_findings_keep(struct aisp_findings *f, bool (*keep)(void *ctx, const struct aisp_finding *f), void *ctx)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (keep(ctx, &f->v[i]))
			f->v[n++] = f->v[i];
	f->n = n;
}
