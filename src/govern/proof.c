/* The proof of a plan on a snapshot. */
#include "govern/proof.h"
#include "base/mem.h"

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while proving the plan");
}

static void take(const struct aisp_snapshot *s, const struct aisp_doc *d, bool goal, struct aisp_proved *p)
{
	*p = (struct aisp_proved){.is_goal = goal, .start = aisp_doc_getstr(d, goal ? "start" : "identity"), .target = aisp_doc_getstr(d, "target"), .mode = aisp_doc_getstr(d, "mode"),
				  .finding = aisp_doc_getstr(d, "finding"), .wanted = aisp_doc_bool(aisp_doc_get(d, goal ? "closed" : "kept"), true)};
	p->from = aisp_snapshot_find(s, p->start);
	p->to = aisp_snapshot_find(s, p->target);
	p->known = p->from && p->to;
}

static int ask(const struct aisp_reach *r, struct aisp_proved **items, size_t n, struct aisp_err *err)
{
	struct aisp_actor actors[AISP_REACH_BATCH] = {0};
	struct aisp_reach_answer *possible AISP_CLEANUP(aisp_reach_answer_freep) = NULL, *certain AISP_CLEANUP(aisp_reach_answer_freep) = NULL;

	for (size_t i = 0; i < n; i++)
		actors[i].node = items[i]->from;
	int bad = n ? aisp_reach_forward_both(r, actors, n, &possible, &certain, err) : 0;
	for (size_t i = 0; bad == 0 && i < n; i++) {
		const int mode = aisp_mode_find(items[i]->mode);
		if (mode < 0)
			return aisp_fail(err, AISP_E_USAGE, "the plan names the mode '%.*s', which is none", AISP_FMT(items[i]->mode));
		items[i]->holds = aisp_reach_holds(possible, i, items[i]->to, (enum aisp_mode)mode);
		items[i]->certain = aisp_reach_holds(certain, i, items[i]->to, (enum aisp_mode)mode);
	}
	return bad;
}

int aisp_proof_make(const struct aisp_snapshot *s, const struct aisp_reach *r, const struct aisp_doc *plan, struct aisp_arena *a, struct aisp_proof *ret, struct aisp_err *err)
{
	const struct aisp_doc *goals = aisp_doc_get(plan, "goals"), *keeps = aisp_doc_get(plan, "keeps");
	const bool certain = !aisp_slice_eqz(aisp_doc_getstr(plan, "certainty"), "possible");
	const size_t n = (size_t)aisp_doc_count(goals) + aisp_doc_count(keeps);
	struct aisp_proved *v = aisp_arena_zalloc(a, n + 1, sizeof *v), *batch[AISP_REACH_BATCH];
	struct aisp_proof p = {v, n, 0};
	size_t waiting = 0;
	int bad = v ? 0 : no_memory(err);

	for (size_t i = 0; bad == 0 && i < n; i++) {
		const bool goal = i < aisp_doc_count(goals);
		take(s, goal ? &goals->items[i] : &keeps->items[i - aisp_doc_count(goals)], goal, &v[i]);
		if (v[i].known)
			batch[waiting++] = &v[i];
		if (waiting == AISP_REACH_BATCH || i + 1 == n) {
			bad = ask(r, batch, waiting, err);
			waiting = 0;
		}
	}
	for (size_t i = 0; bad == 0 && i < n; i++) {
		const bool open = certain ? v[i].certain : v[i].holds;
		v[i].ok = !v[i].wanted || (v[i].is_goal ? !open : v[i].holds);
		p.bad += !v[i].ok;
	}
	if (bad == 0)
		*ret = p;
	return bad;
}

static bool same_text(const struct aisp_snapshot *x, aisp_sym a, const struct aisp_snapshot *y, aisp_sym b)
{
	return aisp_slice_eq(aisp_snapshot_text(x, a), aisp_snapshot_text(y, b));
}

bool aisp_proof_has_edge(const struct aisp_snapshot *in, const struct aisp_snapshot *s, aisp_edge e)
{
	const struct aisp_sedge *edge = &s->edges[e];
	const aisp_node from = aisp_snapshot_find(in, aisp_snapshot_text(s, s->nodes[edge->from].id)), to = aisp_snapshot_find(in, aisp_snapshot_text(s, s->nodes[edge->to].id));

	for (aisp_edge k = from && to ? in->out_at[from] : 0; k && k < in->out_at[from + 1]; k++) {
		const struct aisp_sedge *other = &in->edges[k];
		if (other->to == to && other->kind == edge->kind && same_text(in, other->control, s, edge->control) && same_text(in, other->condition, s, edge->condition))
			return true;
	}
	return false;
}

int aisp_proof_changes(const struct aisp_snapshot *s, const struct aisp_reach *r, const struct aisp_proved *p, const struct aisp_snapshot *old, struct aisp_arena *a, aisp_edge **ret, size_t *ret_n,
		       struct aisp_err *err)
{
	const struct aisp_actor actor = {.node = p->from};
	struct aisp_paths paths = {0};
	size_t n = 0;
	int bad = aisp_reach_explain(r, &actor, p->to, (enum aisp_mode)aisp_mode_find(p->mode), 1, &paths, err);

	if (bad < 0)
		return bad;
	const struct aisp_path *path = paths.n ? &paths.paths[0] : NULL;
	aisp_edge *list = aisp_arena_zalloc(a, (path ? path->n : 0) + 1, sizeof *list);
	for (size_t i = 0; list && path && i < path->n; i++) {
		const aisp_edge e = path->hops[i].edge;
		if (e && e <= s->n_edges && (!old || !aisp_proof_has_edge(old, s, e)))
			list[n++] = e;
	}
	aisp_paths_done(&paths);
	if (!list)
		return no_memory(err);
	*ret = list;
	*ret_n = n;
	return 0;
}
