/* JSON: one document for a view, as docs/schema/VIEW.json says. */
#include "show/formats.h"
#include "show/json/parts.h"

static void put_sources(struct aisp_jw *w, const struct aisp_report *r)
{
	aisp_jw_key(w, "sources");
	aisp_jw_arr(w);
	for (size_t i = 0; i < r->n_sources; i++)
		aisp_json__source(w, &r->sources[i], NULL);
	aisp_jw_end(w);
}

static void put_nodes(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_show_aliases *a,
		      enum aisp_view view, bool all)
{
	aisp_jw_key(w, all ? "nodes" : aisp_show__view_name(view));
	aisp_jw_arr(w);
	for (uint32_t n = 1; all && n <= r->snapshot->n_nodes; n++)
		aisp_json__node(w, r, a, n, NULL);
	for (size_t i = 0; !all && i < r->n_nodes; i++)
		if (r->nodes[i] && r->nodes[i] <= r->snapshot->n_nodes)
			aisp_json__node(w, r, a, r->nodes[i], NULL);
	aisp_jw_end(w);
}

static void put_edges(struct aisp_jw *w, const struct aisp_report *r)
{
	aisp_jw_key(w, "edges");
	aisp_jw_arr(w);
	for (uint32_t e = 1; e <= r->snapshot->n_edges; e++)
		aisp_json__edge(w, r, e, NULL);
	aisp_jw_end(w);
}

static void put_access(struct aisp_jw *w, const struct aisp_report *r)
{
	aisp_jw_key(w, "access");
	aisp_jw_arr(w);
	for (size_t i = 0; i < r->n_access; i++)
		aisp_json__access(w, r, &r->access[i], NULL);
	aisp_jw_end(w);
}

static void put_findings(struct aisp_jw *w, const struct aisp_report *r)
{
	aisp_jw_key(w, "findings");
	aisp_jw_arr(w);
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		aisp_json__finding(w, r, &r->findings->v[i], NULL);
	aisp_jw_end(w);
}

static void put_gaps(struct aisp_jw *w, const struct aisp_report *r)
{
	aisp_jw_key(w, "gaps");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < r->snapshot->n_gaps; i++)
		aisp_json__gap(w, r, &r->snapshot->gaps[i], NULL);
	aisp_jw_end(w);
}

static int write(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_show__aliases_done) struct aisp_show_aliases a = {0};
	struct aisp_json_view has = aisp_json__view(view);
	struct aisp_jw w;
	int e = aisp_show__aliases(r->snapshot, &a, err);

	if (e < 0)
		return e;
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_json__head(&w, r, view);
	put_sources(&w, r);
	if (has.nodes || has.all_nodes)
		put_nodes(&w, r, &a, view, has.all_nodes);
	if (has.edges)
		put_edges(&w, r);
	if (has.access)
		put_access(&w, r);
	if (has.findings)
		put_findings(&w, r);
	if (has.gaps)
		put_gaps(&w, r);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return aisp_buf_check(out, err);
}

const struct aisp_format aisp_format_json = {
	.name = "json",
	.suffix = "json",
	.description = "one JSON document; its schema is in docs/schema/",
	.views = AISP_VIEW_BIT(SCAN) | AISP_VIEW_BIT(ASSETS) | AISP_VIEW_BIT(IDENTITIES) | AISP_VIEW_BIT(FINDINGS) |
		 AISP_VIEW_BIT(GAPS) | AISP_VIEW_BIT(ACCESS) | AISP_VIEW_BIT(PATH) | AISP_VIEW_BIT(GRAPH),
	.write = write,
};
