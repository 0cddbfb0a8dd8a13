/* Freezing: the builder's lists become the snapshot's arrays, each owner's evidence and properties sorted and without
 * doubles; aisp_snapshot_finish puts nodes and edges in order. The same facts give the same bytes: at the end rows and
 * symbols are laid out anew in the order of nodes and edges.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "graph/graph_int.h"
#include <stdlib.h>

struct freezer {
	struct aisp_graph *g;
	struct aisp_snapshot *s;
	aisp_node *number; /* builder's node → snapshot's node */
	AISP_VEC(struct aisp_evidence) evidence;
	AISP_VEC(struct aisp_prop) props;
	AISP_VEC(struct g_prop) scratch; /* of one owner */
	struct aisp_buf text;
};

/* Appends the list's evidence, sorted, at most max rows. */
static int take_evidence(struct freezer *f, struct g_list list, uint32_t max, uint32_t *ret_at, uint32_t *ret_n, bool *over)
{
	size_t at = f->evidence.n;

	for (uint32_t i = list.first; i; i = f->g->evidence.v[i].next)
		if (aisp_vec_push(&f->evidence, f->g->evidence.v[i].e) < 0)
			return AISP_E_NOMEM;
	uint32_t n = aisp_evidence__sort(f->g->syms, f->evidence.v + at, (uint32_t)(f->evidence.n - at));

	if (n > max) {
		n = max;
		*over = true;
	}
	f->evidence.n = at + n;
	*ret_at = (uint32_t)at;
	*ret_n = n;
	return 0;
}

/* By source, key, and for items of a list by text; `next` holds the place in the list. */
static int scratch_cmp(const void *pa, const void *pb, void *ctx)
{
	const struct g_prop *a = pa, *b = pb;
	const struct aisp_symtab *t = ctx;
	int c;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->key != b->key && (c = aisp_slice_cmp(aisp_symtab_get(t, a->key), aisp_symtab_get(t, b->key))) != 0)
		return c;
	if (a->type == AISP_PROP_LIST && b->type == AISP_PROP_LIST && a->text != b->text)
		return aisp_slice_cmp(aisp_symtab_get(t, a->text), aisp_symtab_get(t, b->text));
	return a->next < b->next ? -1 : 1;
}

/* One property out of scratch[i … end-1], which have the same source and key. What was set first decides whether it is a
 * list (merged nodes may disagree). */
static int one_prop(struct freezer *f, size_t i, size_t end, struct aisp_err *err)
{
	const struct g_prop *first = &f->scratch.v[i];
	struct aisp_prop prop;

	for (size_t k = i; k < end; k++)
		if (f->scratch.v[k].next < first->next)
			first = &f->scratch.v[k];
	memset(&prop, 0, sizeof prop);
	prop.key = first->key;
	prop.type = first->type;
	prop.source = first->source;
	if (first->type == AISP_PROP_BOOL)
		prop.b = first->b;
	else if (first->type == AISP_PROP_INT)
		prop.i = first->i;
	else if (first->type == AISP_PROP_REAL)
		prop.r = first->r;
	else
		prop.s = first->text;
	if (first->type == AISP_PROP_LIST) {
		aisp_sym last = 0;

		aisp_buf_clear(&f->text);
		for (; i < end; i++) {
			const struct g_prop *item = &f->scratch.v[i];

			if (item->type != AISP_PROP_LIST || item->text == last)
				continue;
			if (last)
				aisp_buf_putc(&f->text, '\n');
			aisp_buf_put(&f->text, aisp_symtab_get(f->g->syms, item->text));
			last = item->text;
		}
		int r = aisp_buf_check(&f->text, err);

		if (r < 0 || (r = aisp_symtab_add(f->g->syms, aisp_buf_slice(&f->text), &prop.s, err)) < 0)
			return r;
	}
	return aisp_vec_push(&f->props, prop) < 0 ? aisp_graph__nomem(err) : 0;
}

static int take_props(struct freezer *f, struct g_list list, uint32_t max, uint32_t *ret_at, uint32_t *ret_n, bool *over,
                      struct aisp_err *err)
{
	uint32_t place = 0, n = 0;

	*ret_at = (uint32_t)f->props.n;
	*ret_n = 0;
	f->scratch.n = 0;
	for (uint32_t i = list.first; i; i = f->g->props.v[i].next) {
		if (aisp_vec_push(&f->scratch, f->g->props.v[i]) < 0)
			return aisp_graph__nomem(err);
		f->scratch.v[f->scratch.n - 1].next = place++;
	}
	if (f->scratch.n > 1)
		qsort_r(f->scratch.v, f->scratch.n, sizeof *f->scratch.v, scratch_cmp, f->g->syms);
	for (size_t i = 0, end; i < f->scratch.n; i = end) {
		for (end = i + 1; end < f->scratch.n && f->scratch.v[end].source == f->scratch.v[i].source &&
		                  f->scratch.v[end].key == f->scratch.v[i].key;)
			end++;
		if (n == max) {
			*over = true;
			break;
		}
		int r = one_prop(f, i, end, err);

		if (r < 0)
			return r;
		n++;
	}
	*ret_n = n;
	return 0;
}

static int take_node(struct freezer *f, const struct g_node *n, struct aisp_snode *ret_node, struct aisp_err *err)
{
	struct aisp_snode node = {.id = n->id, .kind = n->kind};
	uint32_t n_ev, n_props;
	bool over = false;
	int r;

	if (take_evidence(f, n->ev, AISP_NODE_ROWS_MAX, &node.ev_at, &n_ev, &over) < 0)
		return aisp_graph__nomem(err);
	if ((r = take_props(f, n->props, AISP_NODE_ROWS_MAX, &node.prop_at, &n_props, &over, err)) < 0)
		return r;
	node.ev_n = (uint16_t)n_ev;
	node.prop_n = (uint16_t)n_props;
	*ret_node = node;
	if (!over)
		return 0;
	return aisp_graph_add_gap(f->g, f->evidence.v[node.ev_at].source, aisp_symtab_get(f->g->syms, n->id), AISP_E_LIMIT,
	                          AISP_S("more than 65535 rows of evidence or properties on one node; the rest is left out"), err);
}

static int take_nodes(struct freezer *f, struct aisp_err *err)
{
	struct aisp_graph *g = f->g;

	f->number = aisp_mem_zalloc(g->nodes.n, sizeof *f->number);
	f->s->nodes = aisp_mem_zalloc(g->nodes.n, sizeof *f->s->nodes);
	if (!f->number || !f->s->nodes)
		return aisp_graph__nomem(err);
	for (size_t n = 1; n < g->nodes.n; n++) {
		if (g->nodes.v[n].into)
			continue;
		int r = take_node(f, &g->nodes.v[n], &f->s->nodes[f->s->n_nodes + 1], err);

		if (r < 0)
			return r;
		f->number[n] = ++f->s->n_nodes;
	}
	for (size_t n = 1; n < g->nodes.n; n++)
		if (g->nodes.v[n].into)
			f->number[n] = f->number[aisp_graph_node_now(g, (aisp_node)n)];
	return 0;
}

static int take_edges(struct freezer *f, struct aisp_err *err)
{
	struct aisp_graph *g = f->g;

	f->s->edges = aisp_mem_zalloc(g->edges.n, sizeof *f->s->edges);
	if (!f->s->edges)
		return aisp_graph__nomem(err);
	for (size_t e = 1; e < g->edges.n; e++) {
		const struct g_edge *x = &g->edges.v[e];
		struct aisp_sedge edge = {.from = f->number[x->from], .to = f->number[x->to], .control = x->control,
		                          .condition = x->condition, .kind = x->kind, .flags = x->flags};
		uint32_t n_ev, n_props, prop_at;
		bool over = false; /* an edge's surplus is left out as snapshot.h says */
		int r;

		if (!x->alive)
			continue;
		if (take_evidence(f, x->ev, AISP_EDGE_EV_MAX, &edge.ev_at, &n_ev, &over) < 0)
			return aisp_graph__nomem(err);
		if ((r = take_props(f, x->props, AISP_EDGE_PROPS_MAX, &prop_at, &n_props, &over, err)) < 0)
			return r;
		edge.ev_n = (uint8_t)n_ev;
		edge.prop_at = prop_at & 0x1fffffff;
		edge.prop_n = n_props & 7;
		f->s->edges[++f->s->n_edges] = edge;
	}
	return 0;
}

/* Every name of a node but the id that stands becomes an alias row, one for each source that said so. An id that lost in
 * a merge and was not said by any source belongs to the first source that named anything of that node. */
static int take_aliases(struct freezer *f, struct aisp_err *err)
{
	struct aisp_graph *g = f->g;
	AISP_AUTOFREE uint16_t *first = aisp_mem_zalloc(f->s->n_nodes + 1, sizeof *first);
	AISP_AUTOFREE bool *said = aisp_mem_zalloc((size_t)aisp_symtab_count(g->syms) + 1, sizeof *said);

	f->s->aliases = aisp_mem_zalloc(g->aliases.n + 1, sizeof *f->s->aliases);
	if (!first || !said || !f->s->aliases)
		return aisp_graph__nomem(err);
	for (size_t i = 0; i < g->aliases.n; i++) {
		const struct g_alias *a = &g->aliases.v[i];
		aisp_node n = f->number[a->node];

		if (a->source == 0)
			continue;
		said[a->alias] = true;
		if (first[n] == 0 || a->source < first[n])
			first[n] = a->source;
	}
	for (size_t i = 0; i < g->aliases.n; i++) {
		const struct g_alias *a = &g->aliases.v[i];
		aisp_node n = f->number[a->node];

		if (a->source == 0 && said[a->alias])
			continue;
		f->s->aliases[f->s->n_aliases++] = (struct aisp_alias_row){a->alias, n, a->source ? a->source : first[n]};
	}
	return 0;
}

static int take_rest(struct freezer *f, struct aisp_err *err)
{
	struct aisp_graph *g = f->g;
	struct aisp_snapshot *s = f->s;
	int r = take_aliases(f, err);

	if (r < 0)
		return r;
	s->taken_us = aisp_clock_now_us();
	for (size_t i = 1; i < g->sources.n; i++)
		if (g->sources.v[i].collected_us == 0)
			g->sources.v[i].collected_us = s->taken_us;
	s->n_sources = (uint32_t)(g->sources.n - 1);
	s->sources = AISP_TAKE(g->sources.v);
	s->n_gaps = (uint32_t)g->gaps.n;
	s->gaps = AISP_TAKE(g->gaps.v);
	s->n_evidence = (uint32_t)f->evidence.n;
	s->evidence = AISP_TAKE(f->evidence.v);
	s->n_props = (uint32_t)f->props.n;
	s->props = AISP_TAKE(f->props.v);
	s->syms = AISP_TAKE(g->syms);
	return 0;
}

static int freeze(struct freezer *f, struct aisp_err *err)
{
	int r;

	aisp_buf_init(&f->text, 0);
	f->s = aisp_mem_zalloc(1, sizeof *f->s);
	if (!f->s)
		return aisp_graph__nomem(err);
	if ((r = take_nodes(f, err)) < 0 || (r = take_edges(f, err)) < 0 || (r = take_rest(f, err)) < 0)
		return r;
	/* From here on the builder is not needed; its memory makes room for sorting. */
	aisp_graph_freep(&f->g);
	if ((r = aisp_snapshot_finish(f->s, err)) < 0 || (r = aisp_snapshot__pack(f->s, err)) < 0)
		return r;
	return aisp_snapshot__renumber(f->s, err);
}

int aisp_graph_freeze(struct aisp_graph *g, struct aisp_snapshot **ret_snapshot, struct aisp_err *err)
{
	struct freezer f = {.g = g};
	int r = freeze(&f, err);

	aisp_graph_free(f.g);
	aisp_mem_free(f.number);
	aisp_vec_done(&f.evidence);
	aisp_vec_done(&f.props);
	aisp_vec_done(&f.scratch);
	aisp_buf_done(&f.text);
	if (r < 0) {
		aisp_snapshot_free(f.s);
		return r;
	}
	*ret_snapshot = f.s;
	return 0;
}
