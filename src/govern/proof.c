/* The proof of a plan on a snapshot. */
#include "govern/proof_int.h"
#include "base/mem.h"
#include "reach/cut.h"

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while proving the plan");
}

static bool same_text(const struct aisp_snapshot *x, aisp_sym a, const struct aisp_snapshot *y, aisp_sym b)
{
	return aisp_slice_eq(aisp_snapshot_text(x, a), aisp_snapshot_text(y, b));
}

/* The edge like e of s (ends, kind, control, condition); 0: none. Those of a node lie in the order of kind and end. */
static aisp_edge find_edge(const struct aisp_snapshot *in, const struct aisp_snapshot *s, aisp_edge e)
{
	const struct aisp_sedge *edge = &s->edges[e];
	const aisp_node from = aisp_snapshot_find(in, aisp_snapshot_text(s, s->nodes[edge->from].id)), to = aisp_snapshot_find(in, aisp_snapshot_text(s, s->nodes[edge->to].id));
	aisp_edge low = from && to ? in->out_at[from] : 0, high = low ? in->out_at[from + 1] : 0;
	const aisp_edge end = high;

	while (low < high) {
		const aisp_edge mid = low + (high - low) / 2;
		const struct aisp_sedge *x = &in->edges[mid];
		if (x->kind < edge->kind || (x->kind == edge->kind && x->to < to))
			low = mid + 1;
		else
			high = mid;
	}
	for (; low && low < end && in->edges[low].kind == edge->kind && in->edges[low].to == to; low++)
		if (same_text(in, in->edges[low].control, s, edge->control) && same_text(in, in->edges[low].condition, s, edge->condition))
			return low;
	return 0;
}

bool aisp_proof_has_edge(const struct aisp_snapshot *in, const struct aisp_snapshot *s, aisp_edge e)
{
	return find_edge(in, s, e) != 0;
}

static void take(const struct aisp_snapshot *s, const struct aisp_doc *d, bool goal, struct aisp_proved *p)
{
	*p = (struct aisp_proved){.is_goal = goal, .start = aisp_doc_getstr(d, goal ? "start" : "identity"), .target = aisp_doc_getstr(d, "target"), .mode = aisp_doc_getstr(d, "mode"),
				  .finding = aisp_doc_getstr(d, "finding"), .wanted = aisp_doc_bool(aisp_doc_get(d, goal ? "closed" : "kept"), true)};
	p->from = aisp_snapshot_find(s, p->start);
	p->to = aisp_snapshot_find(s, p->target);
	p->known = p->from && p->to;
}

/* ---- The fixpoint ---- */

struct asking {
	const struct aisp_snapshot *s;
	const struct aisp_reach *r;
	struct aisp_proved *items[AISP_REACH_BATCH];
	size_t n;
};

/* Answers go to holds and certain; those of a united snapshot only mark what is not proved by it. */
static int answer(struct asking *q, bool united, bool by_certain, struct aisp_err *err)
{
	struct aisp_actor actors[AISP_REACH_BATCH] = {0};
	struct aisp_reach_answer *possible AISP_CLEANUP(aisp_reach_answer_freep) = NULL, *certain AISP_CLEANUP(aisp_reach_answer_freep) = NULL;

	for (size_t i = 0; i < q->n; i++)
		actors[i].node = aisp_snapshot_find(q->s, q->items[i]->start);
	int bad = q->n ? aisp_reach_forward_both(q->r, actors, q->n, &possible, &certain, err) : 0;
	for (size_t i = 0; bad == 0 && i < q->n; i++) {
		struct aisp_proved *v = q->items[i];
		const int mode = aisp_mode_find(v->mode);
		const aisp_node to = aisp_snapshot_find(q->s, v->target);
		if (mode < 0)
			return aisp_fail(err, AISP_E_USAGE, "the plan names the mode '%.*s', which is none", AISP_FMT(v->mode));
		const bool may = aisp_reach_holds(possible, i, to, (enum aisp_mode)mode), does = aisp_reach_holds(certain, i, to, (enum aisp_mode)mode);
		if (united) {
			v->unknown = by_certain ? does : may;
			continue;
		}
		v->holds = may;
		v->certain = does;
	}
	q->n = 0;
	return bad;
}

static int add_item(struct asking *q, struct aisp_proved *v, bool united, bool by_certain, struct aisp_err *err)
{
	q->items[q->n++] = v;
	return q->n == AISP_REACH_BATCH ? answer(q, united, by_certain, err) : 0;
}

/* ---- What is not proved by its absence ---- */

struct proving {
	const struct aisp_proof_in *in;
	struct aisp_arena *a;
	struct aisp_doubts doubts;
	struct aisp_slice *controls; /* that the plan takes away */
	size_t n_controls;
	aisp_edge *cut;              /* of before: their edges, ascending */
	size_t n_cut;
	bool *inferred;              /* by item: an end of it was only inferred, and is not now */
	bool any_inferred;
	struct aisp_err *err;
};

static struct aisp_slice source_text(const struct aisp_snapshot *s, uint16_t source)
{
	return aisp_snapshot_text(s, s->sources[source].key);
}

/* A step on a policy document or a list of a Kubernetes object names all that it takes out: "A and B". Others' texts (SQL, files) may hold the word. */
static bool next_control(struct aisp_slice *rest, struct aisp_slice *ret)
{
	const bool several = aisp_slice_starts(*rest, AISP_S("arn:")) || aisp_slice_starts(*rest, AISP_S("k8s://"));
	const size_t at = several ? aisp_slice_find(*rest, AISP_S(" and ")) : SIZE_MAX;

	if (!rest->n)
		return false;
	*ret = aisp_slice_to(*rest, at);
	*rest = at == SIZE_MAX ? AISP_S("") : aisp_slice_from(*rest, at + 5);
	return true;
}

static int read_controls(struct proving *p)
{
	const struct aisp_doc *steps = aisp_doc_get(p->in->plan, "steps"), *list = aisp_doc_get(p->in->plan, "controls");
	const uint32_t n = steps ? aisp_doc_count(steps) : aisp_doc_count(list);
	size_t room = 1;

	for (int fill = 0; fill < 2; fill++) {
		if (fill && !(p->controls = aisp_arena_zalloc(p->a, room, sizeof *p->controls)))
			return no_memory(p->err);
		for (uint32_t i = 0; i < n; i++) {
			struct aisp_slice rest = steps ? aisp_doc_getstr(&steps->items[i], "control") : aisp_doc_str(&list->items[i]), one;
			for (; next_control(&rest, &one); room += !fill)
				if (fill)
					p->controls[p->n_controls++] = one;
		}
	}
	return p->n_controls ? aisp_cut_edges(p->in->before, p->controls, p->n_controls, &p->cut, &p->n_cut, p->err) : 0;
}

static bool is_cut(const struct proving *p, aisp_edge e)
{
	size_t from = 0, to = p->n_cut;
	while (from < to) {
		const size_t mid = (from + to) / 2;
		if (p->cut[mid] < e)
			from = mid + 1;
		else
			to = mid;
	}
	return from < p->n_cut && p->cut[from] == e;
}

/* "FILE#POINTER", "FILE:LINE" or "FILE", or what lies in it. */
static bool lies_in(const struct aisp_snapshot *s, const struct aisp_evidence *ev, struct aisp_slice control)
{
	const struct aisp_slice locator = aisp_snapshot_text(s, ev->locator), pointer = aisp_snapshot_text(s, ev->pointer);
	uint64_t line;

	if (!locator.n || !aisp_slice_starts(control, locator))
		return false;
	const struct aisp_slice rest = aisp_slice_from(control, locator.n);
	if (rest.n == 0)
		return true;
	if (rest.p[0] == ':')
		return aisp_slice_u64(aisp_slice_from(rest, 1), &line) && line == ev->line;
	const struct aisp_slice in = aisp_slice_from(rest, 1);
	return rest.p[0] == '#' && in.n && aisp_slice_starts(pointer, in) && (pointer.n == in.n || pointer.p[in.n] == '/');
}

static bool is_told_in_controls(const struct proving *p, const struct aisp_snode *n)
{
	const struct aisp_snapshot *s = p->in->before;

	for (uint32_t i = 0; i < n->ev_n; i++) {
		bool in = false;
		for (size_t k = 0; k < p->n_controls && !in; k++)
			in = lies_in(s, &s->evidence[n->ev_at + i], p->controls[k]);
		if (!in)
			return false;
	}
	return n->ev_n > 0;
}

/* All that a start could do, or all ways to a target, went with the plan. Gives a source that was not read whole though it told of one. */
static bool hung_on_controls(const struct proving *p, aisp_node n, bool start, uint16_t *ret_doubt)
{
	const struct aisp_snapshot *s = p->in->before;
	const uint32_t from = start ? s->out_at[n] : s->in_at[n], to = start ? s->out_at[n + 1] : s->in_at[n + 1];

	for (uint32_t i = from; i < to; i++) {
		const aisp_edge e = start ? i : s->in_edges[i];
		if (!is_cut(p, e))
			return false;
		if (!*ret_doubt)
			*ret_doubt = aisp_proof__edge_doubt(&p->doubts, e);
	}
	return to > from;
}

/* Only resolvers told of it: a role that stands in a connection string. Without the string nothing tells of it, though it is there as before. */
static bool is_inferred(const struct aisp_snapshot *s, const struct aisp_snode *n)
{
	for (uint32_t i = 0; i < n->ev_n; i++)
		if (!aisp_slice_starts(source_text(s, s->evidence[n->ev_at + i].source), AISP_S("aisp:")))
			return false;
	return n->ev_n > 0;
}

static int say_gone(struct proving *p, struct aisp_proved *v, struct aisp_slice id, aisp_node n)
{
	const struct aisp_snapshot *before = p->in->before;
	const struct aisp_slice told = before->nodes[n].ev_n ? source_text(before, before->evidence[before->nodes[n].ev_at].source) : AISP_S("");

	v->unknown = true;
	v->why = aisp_arena_printf(p->a, "%.*s is not in the facts any more, and nothing in the plan takes it away: the source %.*s told of it before, and does not now", AISP_FMT(id),
				   AISP_FMT(told));
	return v->why.p ? 0 : no_memory(p->err);
}

/* An end that is in no facts any more. */
static int judge_missing(struct proving *p, size_t item, struct aisp_proved *v, struct aisp_slice id, bool start)
{
	const struct aisp_snapshot *before = p->in->before;
	const aisp_node n = before ? aisp_snapshot_find(before, id) : 0;
	uint16_t doubt = n ? aisp_proof__node_doubt(&p->doubts, n) : 0;

	if (n && !doubt && (is_told_in_controls(p, &before->nodes[n]) || hung_on_controls(p, n, start, &doubt)) && !doubt)
		return 0;
	if (n && !doubt && is_inferred(before, &before->nodes[n])) {
		p->any_inferred = p->inferred[item] = true;
		return 0;
	}
	if (n && !doubt)
		return say_gone(p, v, id, n);
	v->unknown = true;
	v->why = n ? aisp_arena_printf(p->a, "%.*s is not in the facts any more, but the source %.*s, which told of it, %.*s", AISP_FMT(id), AISP_FMT(source_text(before, doubt)),
				       AISP_FMT(p->doubts.of[doubt].why))
		   : aisp_arena_printf(p->a, "%.*s is in no facts, neither now nor before the change", AISP_FMT(id));
	return v->why.p ? 0 : no_memory(p->err);
}

/* The edge that would open it again, and who does not tell of it any more. */
static int explain_doubt(struct proving *p, const struct aisp_snapshot *u, const struct aisp_reach *r, struct aisp_proved *v)
{
	const struct aisp_actor actor = {.node = aisp_snapshot_find(u, v->start)};
	const struct aisp_snapshot *before = p->in->before;
	struct aisp_paths paths = {0};
	int bad = aisp_reach_explain(r, &actor, aisp_snapshot_find(u, v->target), (enum aisp_mode)aisp_mode_find(v->mode), 1, &paths, p->err);

	v->why = AISP_S("a source that told of a part of its path was not read whole");
	for (size_t i = 0; bad == 0 && paths.n && i < paths.paths[0].n; i++) {
		const aisp_edge e = paths.paths[0].hops[i].edge;
		const aisp_edge old = e && e <= u->n_edges && !find_edge(p->in->s, u, e) ? find_edge(before, u, e) : 0;
		const uint16_t doubt = old ? aisp_proof__edge_doubt(&p->doubts, old) : 0;
		if (!doubt)
			continue;
		const struct aisp_doubt *of = &p->doubts.of[doubt];
		v->why = aisp_arena_printf(p->a, "%.*s %s %.*s is not told any more, which proves nothing: the source %.*s %.*s", AISP_FMT(aisp_snapshot_text(u, u->nodes[u->edges[e].from].id)),
					   aisp_edge_kinds[u->edges[e].kind].name, AISP_FMT(aisp_snapshot_text(u, u->nodes[u->edges[e].to].id)), AISP_FMT(source_text(before, doubt)),
					   AISP_FMT(of->why.n ? of->why : AISP_S("was not collected again, and an end of it is gone")));
		break;
	}
	aisp_paths_done(&paths);
	return bad < 0 ? bad : v->why.p ? 0 : no_memory(p->err);
}

static bool is_open(const struct aisp_proved *v, bool by_certain)
{
	return by_certain ? v->certain : v->holds;
}

/* Closed on the facts as they are: also with what vanished from them unseen? */
static int judge_united(struct proving *p, struct aisp_proved *v, size_t n, bool by_certain)
{
	struct aisp_snapshot *u AISP_CLEANUP(aisp_snapshot_freep) = NULL;
	struct aisp_reach *r AISP_CLEANUP(aisp_reach_freep) = NULL;
	struct asking *q = aisp_arena_zalloc(p->a, 1, sizeof *q);
	int bad = q ? aisp_proof__united(&p->doubts, &u, p->err) : no_memory(p->err);

	if (bad < 0 || !u)
		return bad;
	bad = aisp_reach_new(u, NULL, &r, p->err);
	*q = (struct asking){.s = u, .r = r};
	for (size_t i = 0; bad == 0 && i < n; i++)
		if (v[i].is_goal && v[i].wanted && v[i].known && !is_open(&v[i], by_certain))
			bad = add_item(q, &v[i], true, by_certain, p->err);
	if (bad == 0)
		bad = answer(q, true, by_certain, p->err);
	for (size_t i = 0; bad == 0 && i < n; i++)
		if (v[i].unknown && v[i].known)
			bad = explain_doubt(p, u, r, &v[i]);
	return bad;
}

/* Edges of before that hung on a node that is gone, but those that the plan took. NULL: out of memory. */
static const bool *hung_on_gone(const struct proving *p)
{
	const struct aisp_snapshot *before = p->in->before, *s = p->in->s;
	bool *gone = aisp_arena_zalloc(p->a, before->n_nodes + 1u, sizeof *gone), *back = aisp_arena_zalloc(p->a, before->n_edges + 1u, sizeof *back);

	for (aisp_node n = 1; gone && back && n <= before->n_nodes; n++)
		gone[n] = !aisp_snapshot_find(s, aisp_snapshot_text(before, before->nodes[n].id));
	for (aisp_edge e = 1; gone && back && e <= before->n_edges; e++)
		back[e] = (gone[before->edges[e].from] || gone[before->edges[e].to]) && !is_cut(p, e);
	return gone ? back : NULL;
}

/* Ends that were inferred, as if they were still known: with all that hung on what is gone, but what the plan took. */
static int judge_inferred(struct proving *p, struct aisp_proved *v, size_t n, bool by_certain)
{
	struct aisp_snapshot *u AISP_CLEANUP(aisp_snapshot_freep) = NULL;
	struct aisp_reach *r AISP_CLEANUP(aisp_reach_freep) = NULL;
	struct asking *q = aisp_arena_zalloc(p->a, 1, sizeof *q);
	int bad = q && (p->doubts.put_back = hung_on_gone(p)) ? 0 : no_memory(p->err);

	if (bad == 0)
		bad = aisp_proof__united(&p->doubts, &u, p->err);
	p->doubts.put_back = NULL;
	if (bad < 0 || !u) /* nothing hung on them but what the plan took */
		return bad;
	bad = aisp_reach_new(u, NULL, &r, p->err);
	*q = (struct asking){.s = u, .r = r};
	for (size_t i = 0; bad == 0 && i < n; i++)
		if (p->inferred[i] && !v[i].unknown)
			bad = add_item(q, &v[i], true, by_certain, p->err);
	if (bad == 0)
		bad = answer(q, true, by_certain, p->err);
	for (size_t i = 0; bad == 0 && i < n; i++)
		if (p->inferred[i] && v[i].unknown && !v[i].why.n) {
			const struct aisp_slice id = v[i].to ? v[i].start : v[i].target;
			bad = say_gone(p, &v[i], id, aisp_snapshot_find(p->in->before, id));
		}
	return bad;
}

/* ---- The whole ---- */

static int judge(struct proving *p, struct aisp_proved *v, size_t n, bool by_certain)
{
	int bad = p->in->before ? aisp_proof__doubts(p->in, p->a, &p->doubts, p->err) : 0;

	if (bad == 0 && p->in->before)
		bad = read_controls(p);
	p->inferred = aisp_arena_zalloc(p->a, n + 1, sizeof *p->inferred);
	if (bad == 0 && !p->inferred)
		bad = no_memory(p->err);
	for (size_t i = 0; bad == 0 && i < n; i++) {
		if (!v[i].is_goal || !v[i].wanted || v[i].known)
			continue;
		if (!v[i].from)
			bad = judge_missing(p, i, &v[i], v[i].start, true);
		if (bad == 0 && !v[i].to && !v[i].unknown)
			bad = judge_missing(p, i, &v[i], v[i].target, false);
	}
	if (bad == 0 && p->in->before)
		bad = judge_united(p, v, n, by_certain);
	return bad == 0 && p->any_inferred ? judge_inferred(p, v, n, by_certain) : bad;
}

int aisp_proof_make(const struct aisp_proof_in *in, struct aisp_arena *a, struct aisp_proof *ret, struct aisp_err *err)
{
	const struct aisp_doc *goals = aisp_doc_get(in->plan, "goals"), *keeps = aisp_doc_get(in->plan, "keeps");
	const bool by_certain = !aisp_slice_eqz(aisp_doc_getstr(in->plan, "certainty"), "possible");
	const size_t n_goals = aisp_doc_count(goals), n = n_goals + aisp_doc_count(keeps);
	struct aisp_proved *v = aisp_arena_zalloc(a, n + 1, sizeof *v);
	struct asking *q = aisp_arena_zalloc(a, 1, sizeof *q);
	struct proving all = {.in = in, .a = a, .err = err};
	struct aisp_proof p = {.v = v, .n = n};
	int bad = v && q ? 0 : no_memory(err);

	if (bad == 0)
		*q = (struct asking){.s = in->s, .r = in->r};
	for (size_t i = 0; bad == 0 && i < n; i++) {
		take(in->s, i < n_goals ? &goals->items[i] : &keeps->items[i - n_goals], i < n_goals, &v[i]);
		if (v[i].known)
			bad = add_item(q, &v[i], false, by_certain, err);
	}
	if (bad == 0)
		bad = answer(q, false, by_certain, err);
	if (bad == 0)
		bad = judge(&all, v, n, by_certain);
	aisp_mem_free(all.cut);
	for (size_t i = 0; bad == 0 && i < n; i++) {
		v[i].ok = !v[i].unknown && (!v[i].wanted || (v[i].is_goal ? !is_open(&v[i], by_certain) : v[i].holds));
		p.unknown += v[i].unknown;
		p.bad += !v[i].ok && !v[i].unknown;
	}
	if (bad == 0)
		*ret = p;
	return bad;
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
