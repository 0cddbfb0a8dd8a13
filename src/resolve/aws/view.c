/* A builder and a snapshot, read alike. */
#include "resolve/aws/world_int.h"

uint32_t aisp_aws__nodes(const struct aisp_aws_view *v)
{
	return v->g ? aisp_graph_node_count(v->g) : v->s->n_nodes;
}

bool aisp_aws__node(const struct aisp_aws_view *v, aisp_node n, enum aisp_node_kind *ret_kind, struct aisp_slice *ret_id)
{
	if (v->g) {
		const struct aisp_node_view view = aisp_graph_node_at(v->g, n);
		*ret_kind = view.kind;
		*ret_id = view.id;
		return view.alive;
	}
	*ret_kind = (enum aisp_node_kind)v->s->nodes[n].kind;
	*ret_id = aisp_snapshot_text(v->s, v->s->nodes[n].id);
	return true;
}

struct aisp_slice aisp_aws__prop(const struct aisp_aws_view *v, aisp_node n, const char *key)
{
	if (v->g)
		return aisp_graph_prop(v->g, n, key);
	const struct aisp_prop *p = aisp_snapshot_prop(v->s, n, key);
	if (p && p->type == AISP_PROP_BOOL)
		return p->b ? AISP_S("true") : AISP_S("false");
	return p && p->type == AISP_PROP_STR ? aisp_snapshot_text(v->s, p->s) : (struct aisp_slice){0};
}

struct aisp_slice aisp_aws__list(const struct aisp_aws_view *v, aisp_node n, const char *key, struct aisp_arena *a)
{
	if (v->g)
		return aisp_graph_list(v->g, n, key, a);
	const struct aisp_prop *p = aisp_snapshot_prop(v->s, n, key);
	return p && p->type == AISP_PROP_LIST ? aisp_snapshot_text(v->s, p->s) : (struct aisp_slice){0};
}

aisp_node aisp_aws__out(const struct aisp_aws_view *v, aisp_node n, enum aisp_edge_kind kind, uint32_t *at)
{
	if (v->g) {
		for (*at = aisp_graph_next_out(v->g, n, *at); *at; *at = aisp_graph_next_out(v->g, n, *at)) {
			const struct aisp_edge_view e = aisp_graph_edge_at(v->g, *at);
			if (e.kind == kind)
				return e.to;
		}
		return 0;
	}
	for (*at = *at ? *at + 1 : v->s->out_at[n]; *at < v->s->out_at[n + 1]; ++*at)
		if (v->s->edges[*at].kind == kind)
			return v->s->edges[*at].to;
	return 0;
}

aisp_node aisp_aws__into(const struct aisp_aws_view *v, aisp_node n, enum aisp_edge_kind kind, uint32_t *at)
{
	if (v->g) {
		for (*at = aisp_graph_next_in(v->g, n, *at); *at; *at = aisp_graph_next_in(v->g, n, *at)) {
			const struct aisp_edge_view e = aisp_graph_edge_at(v->g, *at);
			if (e.kind == kind)
				return e.from;
		}
		return 0;
	}
	/* at is one more than the position, so that 0 can mean the begin */
	for (*at = *at ? *at + 1 : v->s->in_at[n] + 1; *at - 1 < v->s->in_at[n + 1]; ++*at)
		if (v->s->edges[v->s->in_edges[*at - 1]].kind == kind)
			return v->s->edges[v->s->in_edges[*at - 1]].from;
	return 0;
}

bool aisp_aws__has_line(struct aisp_slice lines, struct aisp_slice line)
{
	struct aisp_slice one;
	while (aisp_slice_split(&lines, '\n', &one))
		if (aisp_slice_eq(one, line))
			return true;
	return false;
}

bool aisp_aws__tag(struct aisp_slice lines, struct aisp_slice key, struct aisp_slice *ret)
{
	struct aisp_slice one;
	while (aisp_slice_split(&lines, '\n', &one)) {
		const size_t eq = aisp_slice_chr(one, '=');
		/* Tag keys of IAM and most services are compared without case in condition keys. */
		if (eq != SIZE_MAX && aisp_slice_eqi(aisp_slice_to(one, eq), key)) {
			*ret = aisp_slice_from(one, eq + 1);
			return true;
		}
	}
	return false;
}
