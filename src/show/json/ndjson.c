/* NDJSON: one object a line, the first a header; for large graphs and for pipes. docs/schema/ndjson.json. */
#include "show/formats.h"
#include "show/json/parts.h"

static struct aisp_jw *begin(struct aisp_jw *w, struct aisp_buf *out)
{
	aisp_jw_init(w, out, false);
	return w;
}

static void put_nodes(struct aisp_buf *out, const struct aisp_report *r, const struct aisp_show_aliases *a, bool all)
{
	struct aisp_jw w;
	size_t count = all ? r->snapshot->n_nodes : r->n_nodes;

	for (size_t i = 0; i < count; i++) {
		aisp_node n = all ? (aisp_node)i + 1 : r->nodes[i];

		if (n == 0 || n > r->snapshot->n_nodes)
			continue;
		aisp_json__node(begin(&w, out), r, a, n, "node");
		aisp_buf_putc(out, '\n');
	}
}

static void put_edges(struct aisp_buf *out, const struct aisp_report *r)
{
	struct aisp_jw w;

	for (uint32_t e = 1; e <= r->snapshot->n_edges; e++) {
		aisp_json__edge(begin(&w, out), r, e, "edge");
		aisp_buf_putc(out, '\n');
	}
}

static void put_rest(struct aisp_buf *out, const struct aisp_report *r, const struct aisp_json_view *has)
{
	struct aisp_jw w;

	for (size_t i = 0; has->access && i < r->n_access; i++) {
		aisp_json__access(begin(&w, out), r, &r->access[i], "access");
		aisp_buf_putc(out, '\n');
	}
	for (size_t i = 0; has->findings && r->findings && i < r->findings->n; i++) {
		aisp_json__finding(begin(&w, out), r, &r->findings->v[i], "finding");
		aisp_buf_putc(out, '\n');
	}
	for (uint32_t i = 0; has->gaps && i < r->snapshot->n_gaps; i++) {
		aisp_json__gap(begin(&w, out), r, &r->snapshot->gaps[i], "gap");
		aisp_buf_putc(out, '\n');
	}
}

static int write(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_show__aliases_done) struct aisp_show_aliases a = {0};
	struct aisp_json_view has = aisp_json__view(view);
	struct aisp_jw w;
	int e = aisp_show__aliases(r->snapshot, &a, err);

	if (e < 0)
		return e;
	aisp_jw_obj(begin(&w, out));
	aisp_jw_kz(&w, "type", "header");
	aisp_json__head(&w, r, view);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	for (size_t i = 0; i < r->n_sources; i++) {
		aisp_json__source(begin(&w, out), &r->sources[i], "source");
		aisp_buf_putc(out, '\n');
	}
	if (has.nodes || has.all_nodes)
		put_nodes(out, r, &a, has.all_nodes);
	if (has.edges)
		put_edges(out, r);
	put_rest(out, r, &has);
	return aisp_buf_check(out, err);
}

const struct aisp_format aisp_format_ndjson = {
	.name = "ndjson",
	.suffix = "ndjson",
	.description = "one JSON object a line, the first a header",
	.views = AISP_VIEW_BIT(SCAN) | AISP_VIEW_BIT(ASSETS) | AISP_VIEW_BIT(IDENTITIES) | AISP_VIEW_BIT(FINDINGS) |
		 AISP_VIEW_BIT(GAPS) | AISP_VIEW_BIT(ACCESS) | AISP_VIEW_BIT(PATH) | AISP_VIEW_BIT(GRAPH),
	.write = write,
};
