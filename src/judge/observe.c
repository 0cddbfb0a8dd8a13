/* The priority's term for what is really used: a right that is exercised is a path that exists in practice. */
#include "judge/observe.h"
#include "base/map.h"
#include "judge/judge_int.h"
#include <stdlib.h>
#include <string.h>

enum { USE_POINTS = 5 };

static struct aisp_key pair(aisp_node a, aisp_node b)
{
	return (struct aisp_key){a, b};
}

static bool is_used(const struct aisp_map *used, const struct aisp_snapshot *s, const struct aisp_finding *f)
{
	if (f->start && f->target && aisp_map_get(used, pair(f->start, f->target)))
		return true;
	for (size_t i = 0; i < f->path.n; i++) {
		const struct aisp_hop *h = &f->path.hops[i];
		if (!h->edge || h->edge & AISP_HOP_ADDED)
			continue;
		if (aisp_map_get(used, pair(s->edges[h->edge].from, s->edges[h->edge].to)))
			return true;
	}
	return false;
}

static int add_term(struct aisp_findings *f, struct aisp_finding *x)
{
	struct aisp_term *t = aisp_arena_zalloc(f->arena, x->n_terms + 1, sizeof *t);
	if (!t)
		return AISP_E_NOMEM;
	if (x->n_terms)
		memcpy(t, x->terms, x->n_terms * sizeof *t);
	t[x->n_terms++] = (struct aisp_term){AISP_S("seen in use"), USE_POINTS};
	x->terms = t;
	x->priority += USE_POINTS;
	return 0;
}

int aisp_findings_observe(struct aisp_findings *f, const struct aisp_snapshot *s, const struct aisp_observations *observed, int64_t since_us, struct aisp_err *err)
{
	struct aisp_map used = {0};
	int r = 0;
	for (size_t i = 0; r == 0 && i < observed->n; i++) {
		const struct aisp_observation *o = &observed->v[i];
		if (!o->count || o->last_us < since_us || !o->asset)
			continue;
		if (o->identity)
			r = aisp_map_put(&used, pair(o->identity, o->asset), 1, err);
		if (r == 0 && o->workload)
			r = aisp_map_put(&used, pair(o->workload, o->asset), 1, err);
	}
	for (size_t i = 0; r == 0 && i < f->n; i++)
		if (is_used(&used, s, &f->v[i]) && add_term(f, &f->v[i]) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while weighing findings");
	aisp_map_done(&used);
	if (r == 0 && f->n)
		qsort(f->v, f->n, sizeof *f->v, aisp_finding__cmp);
	return r;
}
