/* Finishing a snapshot: arrays in any order become the invariants of snapshot.h. What is already in order (a store keeps
 * it) is only checked, in one pass; else nodes are sorted by text once, and edges by counting on `from` and small
 * sorts of each node's own.
 *
 *   nodes: order (kind, id) ─▶ equal ones united ─▶ number[old] = new ─▶ edges' ends and aliases renumbered
 *   edges: scatter by from ─▶ order (kind, to, control, condition) of each ─▶ equal ones united ─▶ out_at, in_at, in_edges
 *
 * Uniting appends the rows of both behind the evidence and property arrays; packing (pack.c) takes the holes out.
 */
#include "graph/graph_int.h"
#include <stdlib.h>

static int broken(struct aisp_err *err, const char *what, uint32_t i)
{
	return aisp_fail(err, AISP_E_INTERNAL, "snapshot: %s %u is broken", what, i);
}

/* Checks, so that no loader can make us read outside the arrays. */

static bool range_ok(uint32_t at, uint32_t n, uint32_t total)
{
	return n == 0 || (at < total && n <= total - at);
}

static int check_nodes(const struct aisp_snapshot *s, struct aisp_err *err)
{
	uint32_t n_syms = aisp_symtab_count(s->syms);

	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		const struct aisp_snode *n = &s->nodes[i];

		if (n->kind == 0 || n->kind >= AISP_NODE_KIND_END || n->id == 0 || n->id > n_syms ||
		    !range_ok(n->ev_at, n->ev_n, s->n_evidence) || !range_ok(n->prop_at, n->prop_n, s->n_props))
			return broken(err, "node", i);
	}
	return 0;
}

static int check_edges(const struct aisp_snapshot *s, struct aisp_err *err)
{
	uint32_t n_syms = aisp_symtab_count(s->syms);

	for (uint32_t i = 1; i <= s->n_edges; i++) {
		const struct aisp_sedge *e = &s->edges[i];

		if (e->from == 0 || e->from > s->n_nodes || e->to == 0 || e->to > s->n_nodes || e->kind == 0 ||
		    e->kind >= AISP_EDGE_KIND_END || e->control > n_syms || e->condition > n_syms ||
		    !range_ok(e->ev_at, e->ev_n, s->n_evidence) || !range_ok(e->prop_at, e->prop_n, s->n_props))
			return broken(err, "edge", i);
	}
	return 0;
}

static int check_rows(const struct aisp_snapshot *s, struct aisp_err *err)
{
	uint32_t n_syms = aisp_symtab_count(s->syms);

	for (uint32_t i = 0; i < s->n_evidence; i++) {
		const struct aisp_evidence *e = &s->evidence[i];

		if (e->locator > n_syms || e->pointer > n_syms || e->note > n_syms || e->source > s->n_sources)
			return broken(err, "evidence", i);
	}
	for (uint32_t i = 0; i < s->n_props; i++) {
		const struct aisp_prop *p = &s->props[i];
		bool text = p->type == AISP_PROP_STR || p->type == AISP_PROP_LIST;

		if (p->type == 0 || p->type > AISP_PROP_LIST || p->key > n_syms || p->source > s->n_sources ||
		    (text && p->s > n_syms))
			return broken(err, "property", i);
	}
	return 0;
}

static int check_lists(const struct aisp_snapshot *s, struct aisp_err *err)
{
	uint32_t n_syms = aisp_symtab_count(s->syms);

	for (uint32_t i = 0; i < s->n_aliases; i++)
		if (s->aliases[i].alias == 0 || s->aliases[i].alias > n_syms || s->aliases[i].node == 0 ||
		    s->aliases[i].node > s->n_nodes || s->aliases[i].source > s->n_sources)
			return broken(err, "alias", i);
	for (uint32_t i = 0; i < s->n_gaps; i++)
		if (s->gaps[i].what > n_syms || s->gaps[i].detail > n_syms || s->gaps[i].source > s->n_sources)
			return broken(err, "gap", i);
	for (uint32_t i = 1; i <= s->n_sources; i++)
		if (s->sources[i].key > n_syms || s->sources[i].kind > n_syms || s->sources[i].target > n_syms)
			return broken(err, "source", i);
	return 0;
}

/* Rows of united owners: a growing tail of evidence and properties. */
struct tail {
	struct aisp_snapshot *s;
	size_t ev_cap, prop_cap;
};

static int add_evidence(struct tail *t, uint32_t at, uint32_t n)
{
	struct aisp_snapshot *s = t->s;

	if (n == 0)
		return 0;
	if (aisp_vec__grow((void **)&s->evidence, s->n_evidence, &t->ev_cap, n, sizeof *s->evidence) < 0)
		return AISP_E_NOMEM;
	memcpy(s->evidence + s->n_evidence, s->evidence + at, n * sizeof *s->evidence);
	s->n_evidence += n;
	return 0;
}

static int add_props(struct tail *t, uint32_t at, uint32_t n)
{
	struct aisp_snapshot *s = t->s;

	if (n == 0)
		return 0;
	if (aisp_vec__grow((void **)&s->props, s->n_props, &t->prop_cap, n, sizeof *s->props) < 0)
		return AISP_E_NOMEM;
	memcpy(s->props + s->n_props, s->props + at, n * sizeof *s->props);
	s->n_props += n;
	return 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Sorts what stands from `at` on and drops doubles and surplus; gives the count. */
static uint32_t settle_evidence(struct aisp_snapshot *s, uint32_t at, uint32_t max)
{
	uint32_t n = least(aisp_evidence__sort(s->syms, s->evidence + at, s->n_evidence - at), max);

	s->n_evidence = at + n;
	return n;
}

static uint32_t settle_props(struct aisp_snapshot *s, uint32_t at, uint32_t max)
{
	uint32_t n = least(aisp_prop__sort(s->syms, s->props + at, s->n_props - at), max);

	s->n_props = at + n;
	return n;
}

/* Nodes. */

static int node_cmp(const struct aisp_snapshot *s, const struct aisp_snode *a, const struct aisp_snode *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->id == b->id ? 0 : aisp_slice_cmp(aisp_symtab_get(s->syms, a->id), aisp_symtab_get(s->syms, b->id));
}

static bool nodes_in_order(const struct aisp_snapshot *s)
{
	for (uint32_t i = 2; i <= s->n_nodes; i++)
		if (node_cmp(s, &s->nodes[i - 1], &s->nodes[i]) >= 0)
			return false;
	return true;
}

/* order[1 … n_nodes] = old numbers by (kind, id, old number). */
static int order_nodes(const struct aisp_snapshot *s, uint32_t *order)
{
	AISP_AUTOFREE struct aisp_text *texts = aisp_mem_alloc(((size_t)s->n_nodes + 1) * sizeof *texts);
	uint32_t at[AISP_NODE_KIND_END + 1] = {0};

	if (!texts)
		return AISP_E_NOMEM;
	for (uint32_t i = 1; i <= s->n_nodes; i++)
		at[s->nodes[i].kind + 1]++;
	for (unsigned k = 1; k <= AISP_NODE_KIND_END; k++)
		at[k] += at[k - 1];
	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		struct aisp_slice id = aisp_symtab_get(s->syms, s->nodes[i].id);

		texts[at[s->nodes[i].kind]++] = (struct aisp_text){id.p, (uint32_t)id.n, i};
	}
	for (unsigned k = 1; k < AISP_NODE_KIND_END; k++)
		aisp_text_sort(texts + at[k - 1], at[k] - at[k - 1]);
	for (uint32_t i = 0; i < s->n_nodes; i++)
		order[i + 1] = texts[i].i;
	return 0;
}

/* One node out of order[i … end-1], which have the same kind and id. */
static int unite_nodes(struct tail *t, const uint32_t *order, uint32_t i, uint32_t end, struct aisp_snode *ret_node)
{
	struct aisp_snapshot *s = t->s;
	struct aisp_snode node = s->nodes[order[i]];

	if (end - i > 1) {
		node.ev_at = s->n_evidence;
		node.prop_at = s->n_props;
		for (; i < end; i++) {
			const struct aisp_snode *n = &s->nodes[order[i]];

			if (add_evidence(t, n->ev_at, n->ev_n) < 0 || add_props(t, n->prop_at, n->prop_n) < 0)
				return AISP_E_NOMEM;
		}
		node.ev_n = (uint16_t)settle_evidence(s, node.ev_at, AISP_NODE_ROWS_MAX);
		node.prop_n = (uint16_t)settle_props(s, node.prop_at, AISP_NODE_ROWS_MAX);
	}
	*ret_node = node;
	return 0;
}

static int sort_nodes(struct tail *t, struct aisp_err *err)
{
	struct aisp_snapshot *s = t->s;

	if (nodes_in_order(s))
		return 0;
	size_t n = (size_t)s->n_nodes + 1;
	AISP_AUTOFREE uint32_t *order = aisp_mem_alloc(n * sizeof *order);
	AISP_AUTOFREE uint32_t *number = aisp_mem_zalloc(n, sizeof *number);
	AISP_AUTOFREE struct aisp_snode *nodes = aisp_mem_zalloc(n, sizeof *nodes);
	uint32_t kept = 0;

	if (!order || !number || !nodes || order_nodes(s, order) < 0)
		return aisp_graph__nomem(err);
	for (uint32_t i = 1, end; i <= s->n_nodes; i = end) {
		kept++;
		for (end = i; end <= s->n_nodes && (end == i || node_cmp(s, &s->nodes[order[i]], &s->nodes[order[end]]) == 0);)
			number[order[end++]] = kept;
		if (unite_nodes(t, order, i, end, &nodes[kept]) < 0)
			return aisp_graph__nomem(err);
	}
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		s->edges[i].from = number[s->edges[i].from];
		s->edges[i].to = number[s->edges[i].to];
	}
	for (uint32_t i = 0; i < s->n_aliases; i++)
		s->aliases[i].node = number[s->aliases[i].node];
	aisp_mem_free(s->nodes);
	s->nodes = AISP_TAKE(nodes);
	s->n_nodes = kept;
	return 0;
}

/* Edges. */

static int edge_cmp(const struct aisp_symtab *t, const struct aisp_sedge *a, const struct aisp_sedge *b)
{
	uint64_t x = (uint64_t)a->kind << 32 | a->to, y = (uint64_t)b->kind << 32 | b->to;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	if (a->control != b->control)
		return aisp_slice_cmp(aisp_symtab_get(t, a->control), aisp_symtab_get(t, b->control));
	if (a->condition != b->condition)
		return aisp_slice_cmp(aisp_symtab_get(t, a->condition), aisp_symtab_get(t, b->condition));
	return 0;
}

/* Ties in order of place, so that what is united does not depend on the sort. */
static int edge_order(const void *pa, const void *pb, void *ctx)
{
	const struct aisp_sedge *a = pa, *b = pb;
	int c = edge_cmp(ctx, a, b);

	return c ? c : (a->ev_at > b->ev_at) - (a->ev_at < b->ev_at);
}

/* Strictly: equal edges are not in order, they must be united. */
static bool edges_in_order(const struct aisp_snapshot *s)
{
	for (uint32_t i = 2; i <= s->n_edges; i++)
		if (edge_cmp(s->syms, &s->edges[i - 1], &s->edges[i]) >= 0)
			return false;
	return true;
}

static void sort_few(const struct aisp_symtab *t, struct aisp_sedge *v, size_t n)
{
	if (n > 16) {
		qsort_r(v, n, sizeof *v, edge_order, (void *)(uintptr_t)t);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct aisp_sedge x = v[i];
		size_t k = i;

		for (; k > 0 && edge_order(&v[k - 1], &x, (void *)(uintptr_t)t) > 0; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* Makes out_at from the edges, which need only be grouped by `from` afterwards. */
static void count_out(struct aisp_snapshot *s)
{
	memset(s->out_at, 0, ((size_t)s->n_nodes + 2) * sizeof *s->out_at);
	for (uint32_t i = 1; i <= s->n_edges; i++)
		s->out_at[s->edges[i].from + 1]++;
	s->out_at[0] = 1;
	for (uint32_t n = 1; n <= s->n_nodes + 1; n++)
		s->out_at[n] += s->out_at[n - 1];
}

static int scatter(struct aisp_snapshot *s, struct aisp_err *err)
{
	struct aisp_sedge *edges = aisp_mem_alloc(((size_t)s->n_edges + 1) * sizeof *edges);

	if (!edges)
		return aisp_graph__nomem(err);
	memset(edges, 0, sizeof *edges);
	/* out_at[n] runs to where n+1 begins, which is then moved back by one node. */
	for (uint32_t i = 1; i <= s->n_edges; i++)
		edges[s->out_at[s->edges[i].from]++] = s->edges[i];
	memmove(s->out_at + 1, s->out_at, ((size_t)s->n_nodes + 1) * sizeof *s->out_at);
	s->out_at[0] = s->out_at[1] = 1;
	aisp_mem_free(s->edges);
	s->edges = edges;
	return 0;
}

/* Adds edge b, equal to a, to a. */
static int unite_edges(struct tail *t, struct aisp_sedge *a, const struct aisp_sedge *b)
{
	struct aisp_snapshot *s = t->s;
	uint32_t ev_at = s->n_evidence, prop_at = s->n_props;

	if (add_evidence(t, a->ev_at, a->ev_n) < 0 || add_evidence(t, b->ev_at, b->ev_n) < 0 ||
	    add_props(t, a->prop_at, a->prop_n) < 0 || add_props(t, b->prop_at, b->prop_n) < 0)
		return AISP_E_NOMEM;
	a->ev_at = ev_at;
	a->ev_n = (uint8_t)settle_evidence(s, ev_at, AISP_EDGE_EV_MAX);
	a->prop_at = prop_at & 0x1fffffff;
	a->prop_n = settle_props(s, prop_at, AISP_EDGE_PROPS_MAX) & 7;
	a->flags |= b->flags;
	if (b->confidence > a->confidence)
		a->confidence = b->confidence;
	return 0;
}

static int unite_equal_edges(struct tail *t)
{
	struct aisp_snapshot *s = t->s;
	uint32_t kept = s->n_edges ? 1 : 0;

	for (uint32_t i = 2; i <= s->n_edges; i++) {
		if (edge_cmp(s->syms, &s->edges[kept], &s->edges[i]) != 0)
			s->edges[++kept] = s->edges[i];
		else if (unite_edges(t, &s->edges[kept], &s->edges[i]) < 0)
			return AISP_E_NOMEM;
	}
	s->n_edges = kept;
	return 0;
}

static int sort_edges(struct tail *t, struct aisp_err *err)
{
	struct aisp_snapshot *s = t->s;

	s->out_at = aisp_mem_alloc(((size_t)s->n_nodes + 2) * sizeof *s->out_at);
	if (!s->out_at)
		return aisp_graph__nomem(err);
	count_out(s);
	if (edges_in_order(s))
		return 0;
	int r = scatter(s, err);

	if (r < 0)
		return r;
	for (uint32_t n = 1; n <= s->n_nodes; n++)
		sort_few(s->syms, s->edges + s->out_at[n], s->out_at[n + 1] - s->out_at[n]);
	uint32_t before = s->n_edges;

	if (unite_equal_edges(t) < 0)
		return aisp_graph__nomem(err);
	if (before != s->n_edges)
		count_out(s);
	return 0;
}

static int index_in(struct aisp_snapshot *s, struct aisp_err *err)
{
	s->in_at = aisp_mem_zalloc((size_t)s->n_nodes + 2, sizeof *s->in_at);
	s->in_edges = aisp_mem_alloc(((size_t)s->n_edges + 1) * sizeof *s->in_edges);
	if (!s->in_at || !s->in_edges)
		return aisp_graph__nomem(err);
	for (uint32_t i = 1; i <= s->n_edges; i++)
		s->in_at[s->edges[i].to + 1]++;
	for (uint32_t n = 1; n <= s->n_nodes + 1; n++)
		s->in_at[n] += s->in_at[n - 1];
	for (uint32_t i = 1; i <= s->n_edges; i++)
		s->in_edges[s->in_at[s->edges[i].to]++] = i;
	memmove(s->in_at + 1, s->in_at, ((size_t)s->n_nodes + 1) * sizeof *s->in_at);
	s->in_at[0] = 0;
	return 0;
}

/* What is worked out from properties and evidence. */

struct keys { /* symbols of the properties that mean something here; 0 when no node has them */
	aisp_sym name, auth, gated, executes, form_of, synthetic, sensitivity;
};

/* The node's property of the first source, NULL if none. */
static const struct aisp_prop *prop_of(const struct aisp_snapshot *s, const struct aisp_snode *n, aisp_sym key)
{
	const struct aisp_prop *best = NULL;

	for (uint32_t i = 0; key && i < n->prop_n; i++) {
		const struct aisp_prop *p = &s->props[n->prop_at + i];

		if (p->key == key && (!best || p->source < best->source))
			best = p;
	}
	return best;
}

static struct aisp_slice str_of(const struct aisp_snapshot *s, const struct aisp_prop *p)
{
	return p && p->type == AISP_PROP_STR ? aisp_symtab_get(s->syms, p->s) : (struct aisp_slice){0};
}

/* 1 yes, 0 no, -1 not said. */
static int truth_of(const struct aisp_snapshot *s, const struct aisp_prop *p)
{
	if (!p)
		return -1;
	if (p->type == AISP_PROP_BOOL)
		return p->b;
	if (aisp_slice_eqz(str_of(s, p), "true"))
		return 1;
	return aisp_slice_eqz(str_of(s, p), "false") ? 0 : -1;
}

static unsigned auth_flag(const struct aisp_snapshot *s, const struct aisp_snode *n, const struct keys *keys)
{
	const struct aisp_prop *p = prop_of(s, n, keys->auth);

	if (p) {
		if (aisp_slice_eqz(str_of(s, p), "none"))
			return AISP_NF_AUTH_NONE;
		return aisp_slice_eqz(str_of(s, p), "required") ? 0 : AISP_NF_AUTH_UNKNOWN;
	}
	switch (n->kind) {
	case AISP_NODE_ENDPOINT:
	case AISP_NODE_WORKLOAD:
	case AISP_NODE_AGENT:
	case AISP_NODE_MCP_SERVER:
	case AISP_NODE_INFERENCE_ENDPOINT:
		return AISP_NF_AUTH_UNKNOWN;
	default:
		return 0;
	}
}

static unsigned flags_of(const struct aisp_snapshot *s, const struct aisp_snode *n, const struct keys *keys)
{
	unsigned flags = auth_flag(s, n, keys);
	int gated = truth_of(s, prop_of(s, n, keys->gated));
	bool stale = n->ev_n > 0;

	if (gated < 0)
		gated = (aisp_node_kinds[n->kind].flags & AISP_NK_GATED) != 0;
	if (gated)
		flags |= AISP_NF_GATED;
	if (truth_of(s, prop_of(s, n, keys->executes)) == 1)
		flags |= AISP_NF_EXECUTES;
	if (prop_of(s, n, keys->form_of) || truth_of(s, prop_of(s, n, keys->synthetic)) == 1)
		flags |= AISP_NF_STAND_IN;
	for (uint32_t i = 0; i < n->ev_n && stale; i++)
		stale = s->sources[s->evidence[n->ev_at + i].source].stale;
	return flags | (stale ? AISP_NF_STALE : 0);
}

static uint8_t best_confidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n, uint8_t best)
{
	for (uint32_t i = 0; i < n; i++)
		if (s->evidence[at + i].confidence > best)
			best = s->evidence[at + i].confidence;
	return best;
}

/* The last part of an id: "a/b/c" → "c", "a/b/" → "b". */
static struct aisp_slice last_part(struct aisp_slice id)
{
	while (id.n > 1 && id.p[id.n - 1] == '/')
		id.n--;
	size_t at = aisp_slice_rchr(id, '/');

	return at == SIZE_MAX || at + 1 == id.n ? id : aisp_slice_from(id, at + 1);
}

static int name_node(struct aisp_snapshot *s, struct aisp_snode *n, const struct keys *keys, struct aisp_err *err)
{
	const struct aisp_prop *p = prop_of(s, n, keys->name);
	struct aisp_slice id = aisp_symtab_get(s->syms, n->id), part;

	if (p && p->type == AISP_PROP_STR && p->s) {
		n->name = p->s;
		return 0;
	}
	part = last_part(id);
	if (part.n == id.n) {
		n->name = n->id;
		return 0;
	}
	return aisp_symtab_add(s->syms, part, &n->name, err);
}

/* Sorts an owner's rows where they stand, if a loader left them out of order. Owners may share a range whole. */
static uint32_t order_rows(struct aisp_snapshot *s, uint32_t ev_at, uint32_t ev_n, uint32_t prop_at, uint32_t *prop_n)
{
	if (*prop_n > 1)
		*prop_n = aisp_prop__sort(s->syms, s->props + prop_at, *prop_n);
	return ev_n > 1 ? aisp_evidence__sort(s->syms, s->evidence + ev_at, ev_n) : ev_n;
}

static int describe_nodes(struct aisp_snapshot *s, struct aisp_err *err)
{
	const struct keys keys = {
		.name = aisp_symtab_find(s->syms, AISP_S("name")),
		.auth = aisp_symtab_find(s->syms, AISP_S("auth")),
		.gated = aisp_symtab_find(s->syms, AISP_S("gated")),
		.executes = aisp_symtab_find(s->syms, AISP_S("executes_code")),
		.form_of = aisp_symtab_find(s->syms, AISP_S("form_of")),
		.synthetic = aisp_symtab_find(s->syms, AISP_S("synthetic")),
		.sensitivity = aisp_symtab_find(s->syms, AISP_S("sensitivity")),
	};

	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		struct aisp_snode *n = &s->nodes[i];
		uint32_t prop_n = n->prop_n;

		n->ev_n = (uint16_t)order_rows(s, n->ev_at, n->ev_n, n->prop_at, &prop_n);
		n->prop_n = (uint16_t)prop_n;
		n->confidence = best_confidence(s, n->ev_at, n->ev_n, n->ev_n ? 0 : n->confidence);
		n->flags = (uint8_t)flags_of(s, n, &keys);
		n->sensitivity = (uint8_t)aisp_sensitivity_find(str_of(s, prop_of(s, n, keys.sensitivity)));
		int r = name_node(s, n, &keys, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static void describe_edges(struct aisp_snapshot *s)
{
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		struct aisp_sedge *e = &s->edges[i];

		if (e->ev_n > 1 || e->prop_n > 1) {
			uint32_t prop_n = e->prop_n;

			e->ev_n = (uint8_t)order_rows(s, e->ev_at, e->ev_n, e->prop_at, &prop_n);
			e->prop_n = prop_n & 7;
		}
		if (e->ev_n)
			e->confidence = best_confidence(s, e->ev_at, e->ev_n, 0);
	}
}

/* Aliases, gaps, names. */

static int alias_order(const void *pa, const void *pb, void *ctx)
{
	const struct aisp_alias_row *a = pa, *b = pb;
	int c = a->alias == b->alias ? 0 : aisp_slice_cmp(aisp_symtab_get(ctx, a->alias), aisp_symtab_get(ctx, b->alias));

	if (c == 0)
		c = a->node != b->node ? (a->node < b->node ? -1 : 1) : (a->source > b->source) - (a->source < b->source);
	return c;
}

static int gap_order(const void *pa, const void *pb, void *ctx)
{
	const struct aisp_gap_row *a = pa, *b = pb;
	int c;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->what != b->what && (c = aisp_slice_cmp(aisp_symtab_get(ctx, a->what), aisp_symtab_get(ctx, b->what))) != 0)
		return c;
	if (a->why != b->why)
		return a->why < b->why ? -1 : 1;
	return a->detail == b->detail ? 0 : aisp_slice_cmp(aisp_symtab_get(ctx, a->detail), aisp_symtab_get(ctx, b->detail));
}

static void sort_aliases(struct aisp_snapshot *s)
{
	uint32_t kept = 0;

	if (s->n_aliases > 1)
		qsort_r(s->aliases, s->n_aliases, sizeof *s->aliases, alias_order, s->syms);
	for (uint32_t i = 0; i < s->n_aliases; i++)
		if (s->aliases[i].alias != s->nodes[s->aliases[i].node].id &&
		    (kept == 0 || alias_order(&s->aliases[kept - 1], &s->aliases[i], s->syms) != 0))
			s->aliases[kept++] = s->aliases[i];
	s->n_aliases = kept;
}

static void sort_gaps(struct aisp_snapshot *s)
{
	uint32_t kept = 0;

	if (s->n_gaps > 1)
		qsort_r(s->gaps, s->n_gaps, sizeof *s->gaps, gap_order, s->syms);
	for (uint32_t i = 0; i < s->n_gaps; i++)
		if (kept == 0 || gap_order(&s->gaps[kept - 1], &s->gaps[i], s->syms) != 0)
			s->gaps[kept++] = s->gaps[i];
	s->n_gaps = kept;
}

static int index_names(struct aisp_snapshot *s, struct aisp_err *err)
{
	int r;

	/* Ids go last: where an alias is also another node's id, the id stands. */
	for (uint32_t i = s->n_aliases; i > 0; i--)
		if ((r = aisp_map_put(&s->by_id, (struct aisp_key){s->aliases[i - 1].alias, 0}, s->aliases[i - 1].node, err)) < 0)
			return r;
	for (uint32_t i = 1; i <= s->n_nodes; i++)
		if ((r = aisp_map_put(&s->by_id, (struct aisp_key){s->nodes[i].id, 0}, i, err)) < 0)
			return r;
	return 0;
}

static void index_kinds(struct aisp_snapshot *s)
{
	uint32_t n = 1;

	for (unsigned k = 0; k <= AISP_NODE_KIND_END; k++) {
		while (n <= s->n_nodes && s->nodes[n].kind < k)
			n++;
		s->kind_at[k] = n;
	}
}

int aisp_snapshot_finish(struct aisp_snapshot *s, struct aisp_err *err)
{
	struct tail t = {.s = s, .ev_cap = s->n_evidence, .prop_cap = s->n_props};
	uint32_t n_evidence = s->n_evidence, n_props = s->n_props;
	int r;

	if ((r = check_nodes(s, err)) < 0 || (r = check_edges(s, err)) < 0 || (r = check_rows(s, err)) < 0 ||
	    (r = check_lists(s, err)) < 0)
		return r;
	if ((r = sort_nodes(&t, err)) < 0 || (r = sort_edges(&t, err)) < 0)
		return r;
	index_kinds(s);
	if ((r = describe_nodes(s, err)) < 0)
		return r;
	describe_edges(s);
	sort_aliases(s);
	sort_gaps(s);
	if ((r = index_in(s, err)) < 0 || (r = index_names(s, err)) < 0)
		return r;
	/* Much was united: what its rows were copied from is worth giving back. */
	if (s->n_evidence - n_evidence > n_evidence / 8 || s->n_props - n_props > n_props / 8)
		return aisp_snapshot__pack(s, err);
	return 0;
}
