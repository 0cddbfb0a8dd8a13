/* A graph as canonical text, for golden files: nodes with properties and evidence, edges below the node they leave, gaps.
 * The same facts give the same text.
 */
#pragma once
#include "base/arena.h"
#include "collect/collect.h"
#include "graph/snapshot.h"

extern const struct aisp_collector aisp_collector_files;

static inline void dump_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n, const char *indent, struct aisp_buf *out)
{
	for (uint32_t i = at; i < at + n; i++) {
		const struct aisp_evidence *e = &s->evidence[i];
		aisp_buf_printf(out, "%s@ %s:%u", indent, aisp_snapshot_z(s, e->locator), e->line);
		if (e->pointer)
			aisp_buf_printf(out, "#%s", aisp_snapshot_z(s, e->pointer));
		if (e->confidence != AISP_CONF_DECLARED)
			aisp_buf_printf(out, " [%s]", aisp_confidence_name(e->confidence));
		if (e->note)
			aisp_buf_printf(out, " (%s)", aisp_snapshot_z(s, e->note));
		aisp_buf_putc(out, '\n');
	}
}

static inline void dump_prop(const struct aisp_snapshot *s, const struct aisp_prop *p, struct aisp_buf *out)
{
	aisp_buf_printf(out, "    .%s = ", aisp_snapshot_z(s, p->key));
	if (p->type == AISP_PROP_BOOL) {
		aisp_buf_putz(out, p->b ? "true" : "false");
	} else if (p->type == AISP_PROP_INT) {
		aisp_buf_printf(out, "%lld", (long long)p->i);
	} else {
		struct aisp_slice text = aisp_snapshot_text(s, p->s);
		for (size_t i = 0; i < text.n; i++)
			aisp_buf_putc(out, text.p[i] == '\n' ? '|' : text.p[i]);
	}
	aisp_buf_putc(out, '\n');
}

static inline void dump_snapshot(const struct aisp_snapshot *s, struct aisp_buf *out)
{
	for (uint32_t n = 1; n <= s->n_nodes; n++) {
		const struct aisp_snode *x = &s->nodes[n];
		aisp_buf_printf(out, "%s %s\n", aisp_node_kinds[x->kind].name, aisp_snapshot_z(s, x->id));
		for (uint32_t i = x->prop_at; i < x->prop_at + x->prop_n; i++)
			dump_prop(s, &s->props[i], out);
		dump_evidence(s, x->ev_at, x->ev_n, "    ", out);
		for (uint32_t e = s->out_at[n]; e < s->out_at[n + 1]; e++) {
			const struct aisp_sedge *d = &s->edges[e];
			aisp_buf_printf(out, "    -%s-> %s", aisp_edge_kinds[d->kind].name, aisp_snapshot_z(s, s->nodes[d->to].id));
			if (d->control)
				aisp_buf_printf(out, " {%s}", aisp_snapshot_z(s, d->control));
			if (d->condition)
				aisp_buf_printf(out, " IF %s", aisp_snapshot_z(s, d->condition));
			aisp_buf_putc(out, '\n');
			for (uint32_t i = d->prop_at; i < d->prop_at + d->prop_n; i++)
				dump_prop(s, &s->props[i], out);
			dump_evidence(s, d->ev_at, d->ev_n, "        ", out);
		}
	}
	for (uint32_t i = 0; i < s->n_aliases; i++)
		aisp_buf_printf(out, "alias %s = %s\n", aisp_snapshot_z(s, s->aliases[i].alias),
		                aisp_snapshot_z(s, s->nodes[s->aliases[i].node].id));
	for (uint32_t i = 0; i < s->n_gaps; i++)
		aisp_buf_printf(out, "gap %s: %s: %s\n", aisp_snapshot_z(s, s->gaps[i].what), aisp_code_name((enum aisp_code)(-s->gaps[i].why)),
		                aisp_snapshot_z(s, s->gaps[i].detail));
}

/* Scans a folder with a fixed key; the snapshot is the caller's. */
static inline int scan_folder(const char *path, const char *name, struct aisp_snapshot **ret, struct aisp_err *err)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_fpkey key = {{7}};
	struct aisp_target t = {.text = aisp_slice_z(path), .name = aisp_slice_z(name)};
	struct aisp_collect c = {.graph = g, .fpkey = &key};
	int r;

	if (!g)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	r = aisp_graph_source(g, AISP_S("files:test"), AISP_S("files"), AISP_S("test"), &c.source, err);
	if (r == 0)
		r = aisp_collector_files.scan(&c, &t, err);
	if (r < 0) {
		aisp_graph_free(g);
		return r;
	}
	return aisp_graph_freeze(g, ret, err);
}

static inline int dump_folder(const char *path, const char *name, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_snapshot *s = NULL;
	int r = scan_folder(path, name, &s, err);

	if (r < 0)
		return r;
	dump_snapshot(s, out);
	aisp_snapshot_free(s);
	return aisp_buf_check(out, err);
}
