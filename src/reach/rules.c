/* Finding rows of the semantics table by kind, deciding their guards, and laying the modes out by node kind.
 *
 * Invariant: a mode that is not laid out on a kind is never gained there, and if an actor holds it as a seed of the
 * table, no rule takes it as a premise.
 */
#include "base/task.h"
#include "reach/reach_int.h"

bool aisp_guard__edge(enum aisp_guard g, bool executes)
{
	switch (g) {
	case AISP_GUARD_NONE:
		return true;
	case AISP_GUARD_EDGE_EXECUTES:
		return executes;
	case AISP_GUARD_EDGE_INERT:
		return !executes;
	default:
		return false;
	}
}

bool aisp_guard__node(enum aisp_guard g, unsigned flags)
{
	switch (g) {
	case AISP_GUARD_NONE:
		return true;
	case AISP_GUARD_NODE_GATED:
		return flags & AISP_NF_GATED;
	case AISP_GUARD_NODE_OPEN:
		return !(flags & AISP_NF_GATED);
	case AISP_GUARD_NODE_AUTH_NONE:
		return flags & AISP_NF_AUTH_NONE;
	case AISP_GUARD_NODE_AUTH_UNKNOWN:
		return flags & AISP_NF_AUTH_UNKNOWN;
	case AISP_GUARD_NODE_EXECUTES:
		return flags & AISP_NF_EXECUTES;
	default:
		return false;
	}
}

/* Could some node of the kind pass? */
static bool guard_kind(const struct aisp_schema *schema, unsigned kind, enum aisp_guard g)
{
	if (g == AISP_GUARD_NODE_OPEN)
		return !(schema->all[kind] & AISP_NF_GATED);
	return aisp_guard__node(g, schema->some[kind]);
}

static bool kind_has_seed_row(unsigned kind)
{
	for (size_t i = 0; i < aisp_seed_row_count; i++)
		if (aisp_seed_rows[i].kind == kind)
			return true;
	return false;
}

static void index_flow(struct aisp_rules *rules)
{
	uint16_t n = 0;
	for (unsigned key = 0; key < AISP_EK * 2; key++) {
		rules->flow_at[key] = n;
		for (uint16_t i = 0; i < aisp_flow_row_count; i++)
			if ((unsigned)aisp_flow_rows[i].edge * 2 + aisp_flow_rows[i].back == key)
				rules->flow[n++] = i;
	}
	rules->flow_at[AISP_EK * 2] = n;
}

static int index_nodes(struct aisp_rules *rules, struct aisp_err *err)
{
	uint16_t n = 0, ns = 0;
	for (unsigned k = 0; k < AISP_NK; k++) {
		rules->inside_at[k] = n;
		rules->seed_at[k] = ns;
		if (n + aisp_inside_row_count > AISP_ROWS_MAX || ns + aisp_seed_row_count > AISP_ROWS_MAX)
			return aisp_fail(err, AISP_E_INTERNAL, "semantics table: more than %d rows by node kind", AISP_ROWS_MAX);
		for (uint16_t i = 0; i < aisp_inside_row_count; i++)
			if (aisp_inside_rows[i].kind == AISP_NODE_NONE || aisp_inside_rows[i].kind == k)
				rules->inside[n++] = i;
		unsigned want = kind_has_seed_row(k) ? k : AISP_NODE_NONE;
		for (uint16_t i = 0; i < aisp_seed_row_count; i++)
			if (aisp_seed_rows[i].kind == want)
				rules->seed[ns++] = i;
	}
	rules->inside_at[AISP_NK] = n;
	rules->seed_at[AISP_NK] = ns;
	return AISP_OK;
}

int aisp_rules__init(struct aisp_rules *rules, struct aisp_err *err)
{
	if (aisp_flow_row_count > AISP_ROWS_MAX)
		return aisp_fail(err, AISP_E_INTERNAL, "semantics table: more than %d flow rows", AISP_ROWS_MAX);
	index_flow(rules);
	return index_nodes(rules, err);
}

int aisp_reach__tasks(unsigned n, int (*f)(void *ctx, size_t i, unsigned worker), void *ctx, struct aisp_err *err)
{
	if (n > 1)
		return aisp_task_each(n, f, ctx, err);
	return n ? f(ctx, 0, 0) : AISP_OK;
}

/* The schema ---------------------------------------------------------------------------------------------------- */

enum { SCAN_PARTS = 16 }; /* of a big graph */
struct scan {
	const struct aisp_reach *r;
	struct aisp_schema *parts; /* n_parts */
	unsigned n_parts;
};

static int scan_part(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	const struct scan *x = ctx;
	const struct aisp_snapshot *s = x->r->s;
	const uint8_t *kind_of = x->r->kind_of;
	struct aisp_schema *schema = &x->parts[i];
	size_t begin = (size_t)s->n_edges * i / x->n_parts + 1, end = (size_t)s->n_edges * (i + 1) / x->n_parts + 1;
	for (size_t e = begin; e < end; e++) {
		const struct aisp_sedge *edge = &s->edges[e];
		schema->to[kind_of[edge->from]][edge->kind] |= (uint64_t)1 << kind_of[edge->to];
	}
	begin = (size_t)s->n_nodes * i / x->n_parts + 1, end = (size_t)s->n_nodes * (i + 1) / x->n_parts + 1;
	memset(schema->all, 0xff, sizeof schema->all);
	for (size_t n = begin; n < end; n++) {
		schema->some[s->nodes[n].kind] |= s->nodes[n].flags;
		schema->all[s->nodes[n].kind] &= s->nodes[n].flags;
	}
	return AISP_OK;
}

static void scan_merge(struct aisp_schema *into, const struct aisp_schema *part)
{
	for (unsigned k = 0; k < AISP_NK; k++) {
		for (unsigned e = 0; e < AISP_EK; e++)
			into->to[k][e] |= part->to[k][e];
		into->some[k] |= part->some[k];
		into->all[k] &= part->all[k];
	}
}

int aisp_schema__scan(struct aisp_reach *r, struct aisp_err *err)
{
	unsigned n_parts = r->s->n_edges > AISP_SMALL_EDGES ? SCAN_PARTS : 1;
	AISP_AUTOFREE struct aisp_schema *parts = aisp_mem_zalloc(n_parts, sizeof *parts);
	if (!parts)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the graph's kinds");
	struct scan x = {r, parts, n_parts};
	int rc = aisp_reach__tasks(n_parts, scan_part, &x, err);
	if (rc < 0)
		return rc;
	memset(&r->schema, 0, sizeof r->schema);
	memset(r->schema.all, 0xff, sizeof r->schema.all);
	for (unsigned i = 0; i < n_parts; i++)
		scan_merge(&r->schema, &parts[i]);
	for (size_t i = 0; i < r->n_added; i++) {
		const struct aisp_overlay_edge *a = &r->added[i];
		r->schema.to[r->s->nodes[a->from].kind][a->kind] |= (uint64_t)1 << r->s->nodes[a->to].kind;
	}
	return AISP_OK;
}

/* The layout ---------------------------------------------------------------------------------------------------- */

struct modes {
	uint16_t seeded[AISP_NK], gained[AISP_NK], taken[AISP_NK]; /* bit a mode */
	bool changed;
};

static void add(struct modes *x, uint16_t *set, unsigned modes)
{
	if ((*set | modes) != *set)
		x->changed = true;
	*set = (uint16_t)(*set | modes);
}

static bool can_hold(const struct modes *x, unsigned kind, unsigned mode)
{
	return (x->seeded[kind] | x->gained[kind]) >> mode & 1;
}

/* One flow row on all kinds of ends that it joins. */
static void flow_row(struct modes *x, const struct aisp_schema *schema, const struct aisp_flow_row *row)
{
	for (unsigned from = 0; from < AISP_NK; from++) {
		for (uint64_t bits = schema->to[from][row->edge]; bits; bits &= bits - 1) {
			unsigned to = (unsigned)__builtin_ctzll(bits);
			unsigned src = row->back ? to : from, dst = row->back ? from : to;
			if (!can_hold(x, src, row->have))
				continue;
			add(x, &x->taken[src], 1u << row->have);
			add(x, &x->gained[dst], 1u << row->gain);
		}
	}
}

static void inside_row(struct modes *x, const struct aisp_schema *schema, unsigned kind, const struct aisp_inside_row *row)
{
	if (!guard_kind(schema, kind, row->guard) || !can_hold(x, kind, row->have))
		return;
	if (row->with >= 0 && !can_hold(x, kind, (unsigned)row->with))
		return;
	add(x, &x->taken[kind], 1u << row->have | (row->with >= 0 ? 1u << row->with : 0));
	add(x, &x->gained[kind], 1u << row->gain);
}

static void seed_modes(struct modes *x, const struct aisp_reach *r, unsigned kind)
{
	for (unsigned i = r->rules.seed_at[kind]; i < r->rules.seed_at[kind + 1]; i++) {
		const struct aisp_seed_row *row = &aisp_seed_rows[r->rules.seed[i]];
		if (row->edge == AISP_EDGE_NONE)
			x->seeded[kind] |= (uint16_t)(1u << row->mode);
		for (unsigned k = 0; row->edge != AISP_EDGE_NONE && k < AISP_NK; k++)
			if (r->schema.to[row->back ? k : kind][row->edge] >> (row->back ? kind : k) & 1)
				x->seeded[k] |= (uint16_t)(1u << row->mode);
	}
}

static void find_modes(struct modes *x, const struct aisp_reach *r, const uint16_t *extra)
{
	for (unsigned k = 0; k < AISP_NK; k++) {
		x->seeded[k] |= extra[k];
		if (r->s->kind_at[k] < r->s->kind_at[k + 1])
			seed_modes(x, r, k);
	}
	do {
		x->changed = false;
		for (size_t i = 0; i < aisp_flow_row_count; i++)
			flow_row(x, &r->schema, &aisp_flow_rows[i]);
		for (unsigned k = 0; k < AISP_NK; k++)
			for (unsigned i = r->rules.inside_at[k]; i < r->rules.inside_at[k + 1]; i++)
				inside_row(x, &r->schema, k, &aisp_inside_rows[r->rules.inside[i]]);
	} while (x->changed);
}

int aisp_layout__make(const struct aisp_reach *r, struct aisp_layout *layout, uint32_t *ret_slots, struct aisp_err *err)
{
	struct modes x = {.changed = false};
	find_modes(&x, r, layout->extra);
	uint64_t slots = 0;
	for (unsigned k = 0; k < AISP_NK; k++) {
		uint32_t nodes = r->s->kind_at[k + 1] - r->s->kind_at[k];
		unsigned laid = nodes ? x.gained[k] | (x.seeded[k] & x.taken[k]) : 0;
		layout->base[k] = (uint32_t)slots;
		layout->first[k] = r->s->kind_at[k];
		layout->width[k] = 0;
		for (unsigned m = 0; m < AISP_MK; m++)
			layout->off[k][m] = laid >> m & 1 ? layout->width[k]++ : AISP_NOT_LAID;
		slots += (uint64_t)nodes * layout->width[k];
		if (slots >= AISP_ENTRY_INDEX)
			return aisp_fail(err, AISP_E_LIMIT, "graph too large: over 2^30 pairs of node and mode; split it by source");
	}
	layout->base[AISP_NK] = (uint32_t)slots;
	*ret_slots = (uint32_t)slots;
	return AISP_OK;
}

aisp_node aisp_slot__node(const struct aisp_reach *r, uint32_t slot)
{
	const struct aisp_layout *l = &r->layout;
	unsigned lo = 0, hi = AISP_NK; /* the last kind whose base is at or before the slot */
	while (hi - lo > 1) {
		unsigned mid = (lo + hi) / 2;
		if (l->base[mid] <= slot)
			lo = mid;
		else
			hi = mid;
	}
	return l->first[lo] + (slot - l->base[lo]) / l->width[lo];
}
