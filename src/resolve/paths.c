/* Files that code names by a path: the model file or dataset that lies there. Code runs in some folder between the repository's
 * top and its own; the innermost one under which such a file lies is taken. And what a file's bytes say of it counts for those who
 * load it: a format that runs code makes the loading an execution.
 */
#include "resolve/resolve_int.h"

struct use {
	aisp_edge edge;
	aisp_node file;
};

/* "scheme://REPO/PATH": where PATH begins; 0 when it is no such id. */
static size_t path_at(struct aisp_slice id)
{
	size_t scheme = aisp_slice_find(id, AISP_S("://"));
	size_t slash = scheme == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(id, scheme + 3), '/');

	return slash == SIZE_MAX ? 0 : scheme + 3 + slash + 1;
}

/* The node of the same scheme that lies beside or above the code at `code`. */
static aisp_node beside(struct aisp_resolve *r, struct aisp_slice id, size_t at, struct aisp_slice code)
{
	for (struct aisp_slice dir = aisp_slice_dirname(code);; dir = aisp_slice_dirname(dir)) {
		struct aisp_slice full = aisp_resolve__fmt(r, "%.*s%.*s%s%.*s", AISP_FMT(aisp_slice_to(id, at)), AISP_FMT(dir), dir.n ? "/" : "",
		                                           AISP_FMT(aisp_slice_from(id, at)));
		aisp_node n = full.n ? aisp_graph_find(r->g, full) : 0;
		if (n || dir.n == 0)
			return n;
	}
}

static bool was_seen(const struct aisp_resolve *r, aisp_node n)
{
	return aisp_graph_prop(r->g, n, "format").n || aisp_graph_prop(r->g, n, "sampling").n || aisp_graph_prop(r->g, n, "sensitivity").n;
}

/* Leads one use of the path to the file that is meant there. */
static void lead(struct aisp_resolve *r, aisp_edge e, aisp_node file)
{
	struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
	struct aisp_edge_in in = {.control = aisp_resolve__fmt(r, "%.*s", AISP_FMT(v.control)),
	                          .condition = aisp_resolve__fmt(r, "%.*s", AISP_FMT(v.condition))};
	struct aisp_evidence_in ev;

	if (r->bad || !aisp_graph_edge_first_evidence(r->g, e, &ev))
		return;
	aisp_resolve__fail(r, aisp_graph_add_edge(r->g, v.from, v.kind, file, &in, &ev, NULL, r->err));
	aisp_graph_drop_edge(r->g, e);
}

static void find_file(struct aisp_resolve *r, aisp_node n)
{
	struct aisp_slice id = aisp_resolve__fmt(r, "%.*s", AISP_FMT(aisp_graph_node_at(r->g, n).id));
	size_t at = path_at(id);
	AISP_VEC(struct use) uses = {0};
	bool one = true;
	struct aisp_evidence_in ev;

	if (r->bad || at == 0 || was_seen(r, n))
		return;
	for (aisp_edge e = aisp_graph_next_in(r->g, n, 0); e && !r->bad; e = aisp_graph_next_in(r->g, n, e)) {
		aisp_node file = aisp_graph_edge_first_evidence(r->g, e, &ev) && ev.form == AISP_EV_FILE ? beside(r, id, at, ev.locator) : 0;
		if (!file || aisp_graph_node_now(r->g, file) == aisp_graph_node_now(r->g, n) || !was_seen(r, file))
			continue;
		if (aisp_vec_push(&uses, (struct use){e, file}) < 0)
			aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while looking for the files that code names"));
		else
			one = one && uses.v[0].file == file;
	}
	/* All mean the same file: they are one thing. Else each is led to its own. */
	if (uses.n && one && !r->bad)
		aisp_resolve__fail(r, aisp_graph_add_alias(r->g, uses.v[0].file, id, r->source, r->err));
	for (size_t i = 0; i < uses.n && !one; i++)
		lead(r, uses.v[i].edge, uses.v[i].file);
	aisp_vec_done(&uses);
}

static void mark_loading(struct aisp_resolve *r, aisp_node n)
{
	if (!aisp_slice_eqz(aisp_graph_prop(r->g, n, "loading"), "runs_code"))
		return;
	for (aisp_edge e = aisp_resolve__in(r, n, AISP_EDGE_LOADS, 0); e && !r->bad; e = aisp_resolve__in(r, n, AISP_EDGE_LOADS, e)) {
		struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
		struct aisp_edge_in in = {.control = aisp_resolve__fmt(r, "%.*s", AISP_FMT(v.control)),
		                          .condition = aisp_resolve__fmt(r, "%.*s", AISP_FMT(v.condition)), .flags = AISP_EF_EXECUTES};
		struct aisp_evidence_in ev = {.source = r->source, .form = AISP_EV_RULE, .confidence = AISP_CONF_OBSERVED,
		                              .locator = AISP_S("join:file-format"), .note = AISP_S("the bytes of the file are of a format that runs code on loading")};
		aisp_resolve__fail(r, aisp_graph_add_edge(r->g, v.from, AISP_EDGE_LOADS, v.to, &in, &ev, NULL, r->err));
	}
}

void aisp_resolve__paths(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_MODEL_FILE, find_file);
	aisp_resolve__each(r, AISP_NODE_DATASET, find_file);
	aisp_resolve__each(r, AISP_NODE_MODEL_FILE, mark_loading);
}
