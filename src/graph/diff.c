/* The difference of two snapshots. Both are sorted by text, so nodes are paired through their ids, and an edge of one is
 * looked up among the sorted edges of its paired start in the other; symbols are compared through a table that maps
 * those of b to those of a.
 */
#include "graph/graph_int.h"

struct differ {
	const struct aisp_snapshot *a, *b;
	aisp_sym *sym;    /* symbol of b → the same text's of a; UNKNOWN = not looked up, ABSENT = a has no such text */
	aisp_node *node;  /* node of b → node of a with the same id, 0 = none */
	bool *node_kept;  /* nodes of a that have a partner */
	bool *edge_kept;  /* edges of a that have a partner */
	AISP_VEC(aisp_node) added, removed, changed;
	AISP_VEC(aisp_edge) edges_added, edges_removed;
};
#define UNKNOWN UINT32_MAX
#define ABSENT (UINT32_MAX - 1)

static aisp_sym sym_in_a(struct differ *f, aisp_sym sym)
{
	if (sym == 0)
		return 0;
	if (f->sym[sym] == UNKNOWN) {
		aisp_sym found = aisp_symtab_find(f->a->syms, aisp_symtab_get(f->b->syms, sym));

		f->sym[sym] = found ? found : ABSENT;
	}
	return f->sym[sym];
}

static bool same_value(struct differ *f, const struct aisp_prop *a, const struct aisp_prop *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case AISP_PROP_BOOL:
		return a->b == b->b;
	case AISP_PROP_INT:
		return a->i == b->i;
	case AISP_PROP_REAL:
		return memcmp(&a->r, &b->r, sizeof a->r) == 0;
	default:
		return sym_in_a(f, b->s) == a->s;
	}
}

/* Sources have other numbers in another snapshot: rows are paired by the source's key. */
static bool has_prop(struct differ *f, const struct aisp_snode *na, const struct aisp_prop *pb)
{
	aisp_sym key = sym_in_a(f, pb->key), source = sym_in_a(f, f->b->sources[pb->source].key);

	for (uint32_t i = 0; i < na->prop_n; i++) {
		const struct aisp_prop *pa = &f->a->props[na->prop_at + i];

		if (pa->key == key && f->a->sources[pa->source].key == source && same_value(f, pa, pb))
			return true;
	}
	return false;
}

static bool node_changed(struct differ *f, const struct aisp_snode *na, const struct aisp_snode *nb)
{
	if (na->kind != nb->kind || na->confidence != nb->confidence || na->prop_n != nb->prop_n)
		return true;
	for (uint32_t i = 0; i < nb->prop_n; i++)
		if (!has_prop(f, na, &f->b->props[nb->prop_at + i]))
			return true;
	return false;
}

static int diff_nodes(struct differ *f)
{
	int bad = 0;

	for (aisp_node n = 1; n <= f->b->n_nodes; n++) {
		aisp_sym id = sym_in_a(f, f->b->nodes[n].id);
		aisp_node other = id == ABSENT ? 0 : aisp_map_get(&f->a->by_id, (struct aisp_key){id, 0});

		/* Only an alias in a: there it is another node's name. */
		if (other && f->a->nodes[other].id != id)
			other = 0;
		f->node[n] = other;
		if (!other) {
			bad |= aisp_vec_push(&f->added, n);
			continue;
		}
		f->node_kept[other] = true;
		if (node_changed(f, &f->a->nodes[other], &f->b->nodes[n]))
			bad |= aisp_vec_push(&f->changed, n);
	}
	for (aisp_node n = 1; n <= f->a->n_nodes; n++)
		if (!f->node_kept[n])
			bad |= aisp_vec_push(&f->removed, n);
	return bad;
}

/* The edge of a with these ends (numbers of a), kind, control and condition; 0 if none. */
static aisp_edge find_edge(const struct differ *f, const struct aisp_sedge *want)
{
	uint32_t lo = f->a->out_at[want->from], hi = f->a->out_at[want->from + 1], end = hi;
	uint64_t key = (uint64_t)want->kind << 32 | want->to;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct aisp_sedge *e = &f->a->edges[mid];

		if (((uint64_t)e->kind << 32 | e->to) < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < end && f->a->edges[lo].kind == want->kind && f->a->edges[lo].to == want->to; lo++)
		if (f->a->edges[lo].control == want->control && f->a->edges[lo].condition == want->condition)
			return lo;
	return 0;
}

static int diff_edges(struct differ *f)
{
	int bad = 0;

	for (aisp_edge e = 1; e <= f->b->n_edges; e++) {
		struct aisp_sedge want = f->b->edges[e];
		aisp_edge other = 0;

		want.from = f->node[want.from];
		want.to = f->node[want.to];
		want.control = sym_in_a(f, want.control);
		want.condition = sym_in_a(f, want.condition);
		if (want.from && want.to && want.control != ABSENT && want.condition != ABSENT)
			other = find_edge(f, &want);
		if (other)
			f->edge_kept[other] = true;
		else
			bad |= aisp_vec_push(&f->edges_added, e);
	}
	for (aisp_edge e = 1; e <= f->a->n_edges; e++)
		if (!f->edge_kept[e])
			bad |= aisp_vec_push(&f->edges_removed, e);
	return bad;
}

static int diff_all(struct differ *f)
{
	uint32_t n_syms = aisp_symtab_count(f->b->syms);

	f->sym = aisp_mem_alloc(((size_t)n_syms + 1) * sizeof *f->sym);
	f->node = aisp_mem_zalloc((size_t)f->b->n_nodes + 1, sizeof *f->node);
	f->node_kept = aisp_mem_zalloc((size_t)f->a->n_nodes + 1, sizeof *f->node_kept);
	f->edge_kept = aisp_mem_zalloc((size_t)f->a->n_edges + 1, sizeof *f->edge_kept);
	if (!f->sym || !f->node || !f->node_kept || !f->edge_kept)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i <= n_syms; i++)
		f->sym[i] = UNKNOWN;
	return diff_nodes(f) | diff_edges(f) ? AISP_E_NOMEM : 0;
}

int aisp_diff_make(const struct aisp_snapshot *a, const struct aisp_snapshot *b, struct aisp_diff *ret_diff, struct aisp_err *err)
{
	struct differ f = {.a = a, .b = b};
	int r = diff_all(&f);

	aisp_mem_free(f.sym);
	aisp_mem_free(f.node);
	aisp_mem_free(f.node_kept);
	aisp_mem_free(f.edge_kept);
	struct aisp_diff d = {
		.nodes_added = f.added.v, .n_nodes_added = (uint32_t)f.added.n,
		.nodes_removed = f.removed.v, .n_nodes_removed = (uint32_t)f.removed.n,
		.nodes_changed = f.changed.v, .n_nodes_changed = (uint32_t)f.changed.n,
		.edges_added = f.edges_added.v, .n_edges_added = (uint32_t)f.edges_added.n,
		.edges_removed = f.edges_removed.v, .n_edges_removed = (uint32_t)f.edges_removed.n,
	};

	if (r < 0) {
		aisp_diff_done(&d);
		return aisp_graph__nomem(err);
	}
	*ret_diff = d;
	return 0;
}

void aisp_diff_done(struct aisp_diff *d)
{
	aisp_mem_free(d->nodes_added);
	aisp_mem_free(d->nodes_removed);
	aisp_mem_free(d->nodes_changed);
	aisp_mem_free(d->edges_added);
	aisp_mem_free(d->edges_removed);
	*d = (struct aisp_diff){0};
}
