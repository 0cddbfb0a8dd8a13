/* Small snapshots by hand, random ones, and the slow evaluator: see toy.h. */
#include "toy.h"
#include <stdlib.h>

void toy_init(struct toy *t, uint32_t max_nodes, uint32_t max_edges)
{
	memset(t, 0, sizeof *t);
	t->kinds = calloc(max_nodes + 1, 1);
	t->flags = calloc(max_nodes + 1, 1);
	t->edges = calloc(max_edges + 1, sizeof *t->edges);
}

static void drop_snapshot(struct toy *t)
{
	free(t->s.nodes);
	free(t->s.edges);
	free(t->s.out_at);
	free(t->s.in_at);
	free(t->s.in_edges);
	memset(&t->s, 0, sizeof t->s);
}

void toy_done(struct toy *t)
{
	drop_snapshot(t);
	free(t->kinds);
	free(t->flags);
	free(t->edges);
}

aisp_node toy_node(struct toy *t, enum aisp_node_kind kind, unsigned flags)
{
	t->kinds[++t->n_nodes] = (uint8_t)kind;
	t->flags[t->n_nodes] = (uint8_t)flags;
	return t->n_nodes;
}

void toy_edge(struct toy *t, aisp_node from, enum aisp_edge_kind kind, aisp_node to)
{
	t->edges[++t->n_edges] = (struct toy_edge){.from = from, .to = to, .kind = kind};
}

static int by_from(const void *a, const void *b)
{
	const struct toy_edge *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static void index_edges(struct aisp_snapshot *s)
{
	for (aisp_edge e = 1; e <= s->n_edges; e++) {
		s->out_at[s->edges[e].from + 1]++;
		s->in_at[s->edges[e].to + 1]++;
	}
	s->out_at[0] = s->out_at[1] = 1;
	for (aisp_node n = 1; n <= s->n_nodes; n++) {
		s->out_at[n + 1] += s->out_at[n];
		s->in_at[n + 1] += s->in_at[n];
	}
	uint32_t *at = calloc(s->n_nodes + 2, sizeof *at);
	for (aisp_edge e = 1; e <= s->n_edges; e++) {
		aisp_node to = s->edges[e].to;
		s->in_edges[s->in_at[to] + at[to]++] = e;
	}
	free(at);
}

void toy_finish(struct toy *t)
{
	struct aisp_snapshot *s = &t->s;
	drop_snapshot(t);
	qsort(t->edges + 1, t->n_edges, sizeof *t->edges, by_from);
	s->n_nodes = t->n_nodes;
	s->n_edges = t->n_edges;
	s->nodes = calloc(s->n_nodes + 1, sizeof *s->nodes);
	s->edges = calloc(s->n_edges + 1, sizeof *s->edges);
	s->out_at = calloc(s->n_nodes + 2, sizeof *s->out_at);
	s->in_at = calloc(s->n_nodes + 2, sizeof *s->in_at);
	s->in_edges = calloc(s->n_edges + 1, sizeof *s->in_edges);
	for (unsigned k = 0, n = 1; k <= AISP_NODE_KIND_END; k++) {
		while (n <= t->n_nodes && t->kinds[n] < k)
			n++;
		s->kind_at[k] = n;
	}
	for (aisp_node n = 1; n <= t->n_nodes; n++)
		s->nodes[n] = (struct aisp_snode){.kind = t->kinds[n], .flags = t->flags[n]};
	for (aisp_edge e = 1; e <= t->n_edges; e++) {
		const struct toy_edge *x = &t->edges[e];
		s->edges[e] = (struct aisp_sedge){.from = x->from, .to = x->to, .kind = (uint8_t)x->kind, .flags = (uint8_t)x->flags,
			.condition = x->conditional ? 1 : 0, .confidence = x->unresolved ? AISP_CONF_UNRESOLVED : AISP_CONF_DECLARED};
	}
	index_edges(s);
}

uint64_t toy_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint32_t toy_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((toy_random(state) >> 32) * n >> 32);
}

static int by_kind(const void *a, const void *b)
{
	return *(const uint8_t *)a - *(const uint8_t *)b;
}

void toy_fill(struct toy *t, uint64_t *state, uint32_t n_nodes, uint32_t n_edges)
{
	static const uint8_t often[] = {AISP_NODE_AGENT, AISP_NODE_TOOL, AISP_NODE_MCP_SERVER, AISP_NODE_SERVICE_ACCOUNT, AISP_NODE_DB_ROLE,
		AISP_NODE_TABLE, AISP_NODE_ENDPOINT, AISP_NODE_SERVICE, AISP_NODE_WORKLOAD, AISP_NODE_CREDENTIAL, AISP_NODE_CONTENT};
	toy_init(t, n_nodes, n_edges);
	t->n_nodes = n_nodes;
	for (aisp_node n = 1; n <= n_nodes; n++) {
		t->kinds[n] = toy_below(state, 4) ? often[toy_below(state, sizeof often)] : (uint8_t)(1 + toy_below(state, AISP_NODE_KIND_END - 1));
		t->flags[n] = (uint8_t)(toy_random(state) & toy_random(state) & 15);
		t->flags[n] |= toy_below(state, 2) ? AISP_NF_GATED : 0;
	}
	qsort(t->kinds + 1, n_nodes, 1, by_kind);
	for (uint32_t i = 0; i < n_edges; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[toy_below(state, (uint32_t)aisp_flow_row_count)];
		toy_edge(t, 1 + toy_below(state, n_nodes), row->edge, 1 + toy_below(state, n_nodes));
		struct toy_edge *e = &t->edges[t->n_edges];
		e->flags = toy_below(state, 2) ? AISP_EF_EXECUTES : 0;
		e->conditional = toy_below(state, 6) == 0;
		e->unresolved = toy_below(state, 10) == 0;
	}
	toy_finish(t);
}

void toy_apply(struct toy *to, const struct toy *from, const struct aisp_overlay *o)
{
	toy_init(to, from->n_nodes, from->n_edges + (uint32_t)o->n_added);
	to->n_nodes = from->n_nodes;
	memcpy(to->kinds, from->kinds, from->n_nodes + 1);
	memcpy(to->flags, from->flags, from->n_nodes + 1);
	for (aisp_edge e = 1; e <= from->n_edges; e++) {
		bool removed = false;
		for (size_t i = 0; i < o->n_removed; i++)
			removed = removed || o->removed[i] == e;
		if (!removed)
			to->edges[++to->n_edges] = from->edges[e];
	}
	for (size_t i = 0; i < o->n_added; i++) {
		const struct aisp_overlay_edge *a = &o->added[i];
		to->edges[++to->n_edges] = (struct toy_edge){a->from, a->to, a->kind, a->flags, a->conditional, false};
	}
	toy_finish(to);
}

/* The slow evaluator ---------------------------------------------------------------------------------------------- */

bool slow_guard(enum aisp_guard g, unsigned edge_flags, unsigned node_flags)
{
	return g == AISP_GUARD_NONE || (g == AISP_GUARD_EDGE_EXECUTES && (edge_flags & AISP_EF_EXECUTES)) ||
	       (g == AISP_GUARD_EDGE_INERT && !(edge_flags & AISP_EF_EXECUTES)) ||
	       (g == AISP_GUARD_NODE_GATED && (node_flags & AISP_NF_GATED)) ||
	       (g == AISP_GUARD_NODE_OPEN && !(node_flags & AISP_NF_GATED)) ||
	       (g == AISP_GUARD_NODE_AUTH_NONE && (node_flags & AISP_NF_AUTH_NONE)) ||
	       (g == AISP_GUARD_NODE_AUTH_UNKNOWN && (node_flags & AISP_NF_AUTH_UNKNOWN)) ||
	       (g == AISP_GUARD_NODE_EXECUTES && (node_flags & AISP_NF_EXECUTES));
}

static bool counts(const struct toy *t, aisp_edge e, bool certain, const uint64_t *only)
{
	if (only && !(only[e >> 6] >> (e & 63) & 1))
		return false;
	return !certain || (!t->edges[e].conditional && !t->edges[e].unresolved);
}

static void slow_seeds(const struct toy *t, const struct aisp_actor *a, bool certain, const uint64_t *only, uint16_t *modes)
{
	bool own_row = false;
	for (size_t i = 0; i < a->n_extra; i++)
		modes[a->extra[i].node] |= (uint16_t)(1u << a->extra[i].mode);
	if (!a->node || a->only_extra)
		return;
	for (size_t i = 0; i < aisp_seed_row_count; i++)
		own_row = own_row || aisp_seed_rows[i].kind == t->kinds[a->node];
	for (size_t i = 0; i < aisp_seed_row_count; i++) {
		const struct aisp_seed_row *row = &aisp_seed_rows[i];
		if (row->kind != (own_row ? t->kinds[a->node] : AISP_NODE_NONE))
			continue;
		if (row->edge == AISP_EDGE_NONE)
			modes[a->node] |= (uint16_t)(1u << row->mode);
		for (aisp_edge e = 1; row->edge != AISP_EDGE_NONE && e <= t->n_edges; e++) {
			const struct toy_edge *x = &t->edges[e];
			if (x->kind == row->edge && (row->back ? x->to : x->from) == a->node && counts(t, e, certain, only))
				modes[row->back ? x->from : x->to] |= (uint16_t)(1u << row->mode);
		}
	}
}

static bool gain(uint16_t *modes, aisp_node n, enum aisp_mode m)
{
	if (modes[n] >> m & 1)
		return false;
	modes[n] |= (uint16_t)(1u << m);
	return true;
}

static bool slow_round(const struct toy *t, bool certain, const uint64_t *only, uint16_t *modes)
{
	bool changed = false;
	for (aisp_edge e = 1; e <= t->n_edges; e++)
		for (size_t i = 0; i < aisp_flow_row_count; i++) {
			const struct aisp_flow_row *row = &aisp_flow_rows[i];
			const struct toy_edge *x = &t->edges[e];
			aisp_node src = row->back ? x->to : x->from, dst = row->back ? x->from : x->to;
			if (row->edge == x->kind && slow_guard(row->guard, x->flags, 0) && counts(t, e, certain, only) && modes[src] >> row->have & 1)
				changed |= gain(modes, dst, row->gain);
		}
	for (aisp_node n = 1; n <= t->n_nodes; n++)
		for (size_t i = 0; i < aisp_inside_row_count; i++) {
			const struct aisp_inside_row *row = &aisp_inside_rows[i];
			if ((row->kind != AISP_NODE_NONE && row->kind != t->kinds[n]) || !slow_guard(row->guard, 0, t->flags[n]))
				continue;
			if (certain && row->guard == AISP_GUARD_NODE_AUTH_UNKNOWN)
				continue;
			if (modes[n] >> row->have & 1 && (row->with < 0 || modes[n] >> row->with & 1))
				changed |= gain(modes, n, row->gain);
		}
	return changed;
}

void slow_forward(const struct toy *t, const struct aisp_actor *a, bool certain, const uint64_t *only, uint16_t *modes)
{
	memset(modes, 0, (t->n_nodes + 1) * sizeof *modes);
	slow_seeds(t, a, certain, only, modes);
	while (slow_round(t, certain, only, modes))
		;
}

static bool lower(uint32_t *w, uint64_t to)
{
	if (to >= *w)
		return false;
	*w = (uint32_t)to;
	return true;
}

static bool weight_round(const struct toy *t, bool certain, uint32_t *w)
{
	bool changed = false;
	for (aisp_edge e = 1; e <= t->n_edges; e++)
		for (size_t i = 0; i < aisp_flow_row_count; i++) {
			const struct aisp_flow_row *row = &aisp_flow_rows[i];
			const struct toy_edge *x = &t->edges[e];
			uint32_t have = w[(row->back ? x->to : x->from) * AISP_MODE_END + row->have];
			if (row->edge == x->kind && slow_guard(row->guard, x->flags, 0) && counts(t, e, certain, NULL) && have != UINT32_MAX)
				changed |= lower(&w[(row->back ? x->from : x->to) * AISP_MODE_END + row->gain], (uint64_t)have + 1);
		}
	for (aisp_node n = 1; n <= t->n_nodes; n++)
		for (size_t i = 0; i < aisp_inside_row_count; i++) {
			const struct aisp_inside_row *row = &aisp_inside_rows[i];
			if ((row->kind != AISP_NODE_NONE && row->kind != t->kinds[n]) || !slow_guard(row->guard, 0, t->flags[n]) ||
			    (certain && row->guard == AISP_GUARD_NODE_AUTH_UNKNOWN))
				continue;
			uint32_t have = w[n * AISP_MODE_END + row->have], with = row->with < 0 ? 0 : w[n * AISP_MODE_END + (unsigned)row->with];
			if (have != UINT32_MAX && with != UINT32_MAX)
				changed |= lower(&w[n * AISP_MODE_END + row->gain], (uint64_t)have + with);
		}
	return changed;
}

void slow_weights(const struct toy *t, const struct aisp_actor *a, bool certain, uint32_t *weights)
{
	uint16_t *seeds = calloc(t->n_nodes + 1, sizeof *seeds);
	slow_seeds(t, a, certain, NULL, seeds);
	for (aisp_node n = 0; n <= t->n_nodes; n++)
		for (unsigned m = 0; m < AISP_MODE_END; m++)
			weights[n * AISP_MODE_END + m] = seeds[n] >> m & 1 ? 0 : UINT32_MAX;
	while (weight_round(t, certain, weights))
		;
	free(seeds);
}
