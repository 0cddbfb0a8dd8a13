/* From edges and rows to the slot graph: for every slot (a mode of a node) the slots that it gives. One pass over the
 * nodes, in parts that run at once; each part writes its own list, then they are put behind one another.
 *
 * Not for: condensing (condense.c). Removed edges of an overlay are left out here and added ones put in.
 */
#include "base/task.h"
#include "reach/reach_int.h"

enum { PARTS = 64 }; /* of a big graph; a small one is one part */
struct part {
	AISP_VEC(uint32_t) to;
	AISP_VEC(struct aisp_gate) gates;
	AISP_VEC(struct entry) tmp;
	size_t to_at;
	uint32_t gates_at;
};
struct entry {
	uint32_t to;
	uint8_t off; /* of the giving slot, in its node */
};
struct job {
	const struct aisp_reach *r;
	struct aisp_slots *out;
	struct part *parts;
	unsigned n_parts;
	bool back_into[AISP_NK]; /* something flows backwards along edges that enter this kind */
};

bool aisp_links__next_added(struct aisp_links *c, struct aisp_link *l)
{
	while (c->added < c->r->n_added) {
		const struct aisp_overlay_edge *a = &c->r->added[c->added++];
		if ((c->in ? a->to : a->from) == c->n) {
			*l = aisp_reach__link(c->r, (uint32_t)(c->added - 1) | AISP_HOP_ADDED);
			return true;
		}
	}
	return false;
}

struct aisp_link aisp_reach__link(const struct aisp_reach *r, aisp_edge e)
{
	if (e & AISP_HOP_ADDED) {
		const struct aisp_overlay_edge *a = &r->added[e & ~AISP_HOP_ADDED];
		return (struct aisp_link){e, a->from, a->to, (uint8_t)a->kind, (a->flags & AISP_EF_EXECUTES) != 0, !a->conditional};
	}
	const struct aisp_sedge *x = &r->s->edges[e];
	return (struct aisp_link){e, x->from, x->to, x->kind, (x->flags & AISP_EF_EXECUTES) != 0,
	                          x->condition == 0 && x->confidence > AISP_CONF_UNRESOLVED};
}

static int push(struct part *p, unsigned off, uint32_t to, bool sure)
{
	struct entry x = {to | (sure ? 0 : AISP_ENTRY_POSSIBLE), (uint8_t)off};
	return aisp_vec_push(&p->tmp, x);
}

/* What flows from this node along one edge; `back` when the node is the edge's `to` end. */
static int expand_link(const struct aisp_reach *r, struct part *p, const struct aisp_link *l, bool back)
{
	const struct aisp_rules *rules = &r->rules;
	aisp_node here = back ? l->to : l->from, there = back ? l->from : l->to;
	const uint8_t *off = r->layout.off[r->kind_of[here]];
	unsigned key = l->kind * 2u + back;
	for (unsigned i = rules->flow_at[key]; i < rules->flow_at[key + 1]; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[rules->flow[i]];
		uint32_t to;
		if (off[row->have] == AISP_NOT_LAID || !aisp_guard__edge(row->guard, l->executes) || !aisp_slot(r, there, row->gain, &to))
			continue;
		if (push(p, off[row->have], to, l->sure) < 0)
			return AISP_E_NOMEM;
	}
	return AISP_OK;
}

static int expand_gate(struct part *p, const uint8_t *off, const struct aisp_inside_row *row, uint32_t base)
{
	bool sure = aisp_guard__sure(row->guard);
	struct aisp_gate g = {base + off[row->have], base + off[row->with], base + off[row->gain]};
	uint32_t number = (uint32_t)p->gates.n | AISP_ENTRY_GATE;
	if (aisp_vec_push(&p->gates, g) < 0 || push(p, off[row->have], number, sure) < 0)
		return AISP_E_NOMEM;
	return push(p, off[row->with], number, sure);
}

static int expand_inside(const struct aisp_reach *r, struct part *p, aisp_node n, uint32_t base)
{
	unsigned kind = r->kind_of[n], flags = r->s->nodes[n].flags;
	const uint8_t *off = r->layout.off[kind];
	for (unsigned i = r->rules.inside_at[kind]; i < r->rules.inside_at[kind + 1]; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[r->rules.inside[i]];
		if (off[row->have] == AISP_NOT_LAID || off[row->gain] == AISP_NOT_LAID || !aisp_guard__node(row->guard, flags))
			continue;
		int rc;
		if (row->with < 0 || row->with == (int)row->have)
			rc = push(p, off[row->have], base + off[row->gain], aisp_guard__sure(row->guard));
		else if (off[row->with] == AISP_NOT_LAID)
			continue;
		else
			rc = expand_gate(p, off, row, base);
		if (rc < 0)
			return rc;
	}
	return AISP_OK;
}

/* Orders the node's entries by giving slot and counts them. */
static int place(struct part *p, struct aisp_slots *out, uint32_t base, unsigned width)
{
	size_t count[AISP_MK + 1] = {0};
	for (size_t i = 0; i < p->tmp.n; i++)
		count[p->tmp.v[i].off + 1]++;
	for (unsigned o = 0; o < width; o++) {
		out->at[base + o + 1] = (uint32_t)count[o + 1];
		count[o + 1] += count[o];
	}
	if (aisp_vec_reserve(&p->to, p->tmp.n) < 0)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < p->tmp.n; i++)
		p->to.v[p->to.n + count[p->tmp.v[i].off]++] = p->tmp.v[i].to;
	p->to.n += p->tmp.n;
	p->tmp.n = 0;
	return AISP_OK;
}

static int expand_node(const struct job *j, struct part *p, aisp_node n)
{
	const struct aisp_reach *r = j->r;
	unsigned kind = r->kind_of[n], width = r->layout.width[kind];
	uint32_t base = r->layout.base[kind] + (n - r->layout.first[kind]) * width;
	struct aisp_link l;
	if (!width)
		return AISP_OK;
	int rc = expand_inside(r, p, n, base);
	for (struct aisp_links c = aisp_links__of(r, n, false); rc == 0 && aisp_links__next(&c, &l);)
		rc = expand_link(r, p, &l, false);
	if (j->back_into[kind])
		for (struct aisp_links c = aisp_links__of(r, n, true); rc == 0 && aisp_links__next(&c, &l);)
			rc = expand_link(r, p, &l, true);
	return rc < 0 ? rc : place(p, j->out, base, width);
}

/* The first node of a part, so that parts have about equal numbers of nodes and edges together. */
static aisp_node part_begin(const struct aisp_snapshot *s, size_t i, unsigned n_parts)
{
	uint64_t want = ((uint64_t)s->n_nodes + s->n_edges) * i / n_parts;
	aisp_node lo = 1, hi = s->n_nodes + 1;
	while (lo < hi) {
		aisp_node mid = lo + (hi - lo) / 2;
		if ((uint64_t)(mid - 1) + (s->out_at[mid] - s->out_at[1]) < want)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int expand_part(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	const struct job *j = ctx;
	const struct aisp_snapshot *s = j->r->s;
	aisp_node end = i + 1 == j->n_parts ? s->n_nodes + 1 : part_begin(s, i + 1, j->n_parts);
	int rc = AISP_OK;
	for (aisp_node n = part_begin(s, i, j->n_parts); rc == 0 && n < end; n++)
		rc = expand_node(j, &j->parts[i], n);
	aisp_vec_done(&j->parts[i].tmp);
	return rc;
}

/* Puts one part's lists where they belong. */
static int join_part(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	const struct job *j = ctx;
	struct part *p = &j->parts[i];
	uint32_t *to = j->out->to + p->to_at;
	for (size_t k = 0; k < p->to.n; k++)
		to[k] = p->to.v[k] + (p->to.v[k] & AISP_ENTRY_GATE ? p->gates_at : 0);
	if (p->gates.n)
		memcpy(j->out->gates + p->gates_at, p->gates.v, p->gates.n * sizeof *p->gates.v);
	aisp_vec_done(&p->to);
	aisp_vec_done(&p->gates);
	return AISP_OK;
}

static int join(struct job *j, struct aisp_err *err)
{
	struct aisp_slots *out = j->out;
	size_t n = 0, gates = 0;
	for (unsigned i = 0; i < j->n_parts; i++) {
		j->parts[i].to_at = n;
		j->parts[i].gates_at = (uint32_t)gates;
		n += j->parts[i].to.n;
		gates += j->parts[i].gates.n;
	}
	if (n > UINT32_MAX || gates > AISP_ENTRY_INDEX)
		return aisp_fail(err, AISP_E_LIMIT, "graph too large: over 2^32 steps between modes; split it by source");
	for (uint32_t i = 0; i < out->n; i++)
		out->at[i + 1] += out->at[i];
	out->n_gates = (uint32_t)gates;
	out->to = aisp_mem_alloc((n + 1) * sizeof *out->to);
	out->gates = aisp_mem_alloc((gates + 1) * sizeof *out->gates);
	if (!out->to || !out->gates)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for %zu steps between modes", n);
	return aisp_reach__tasks(j->n_parts, join_part, j, err);
}

static void parts_free(struct part **parts)
{
	for (unsigned i = 0; *parts && i < PARTS; i++) {
		aisp_vec_done(&(*parts)[i].to);
		aisp_vec_done(&(*parts)[i].gates);
		aisp_vec_done(&(*parts)[i].tmp);
	}
	aisp_mem_free(*parts);
}

/* Kinds into which some edge leads along which something flows backwards from there. */
static void find_back(struct job *j)
{
	const struct aisp_reach *r = j->r;
	for (size_t i = 0; i < aisp_flow_row_count; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[i];
		for (unsigned from = 0; row->back && from < AISP_NK; from++)
			for (unsigned to = 0; to < AISP_NK; to++)
				if (r->schema.to[from][row->edge] >> to & 1 && r->layout.off[to][row->have] != AISP_NOT_LAID)
					j->back_into[to] = true;
	}
}

int aisp_slots__make(const struct aisp_reach *r, struct aisp_slots *ret, struct aisp_err *err)
{
	struct aisp_slots out = {.n = r->n_slots};
	AISP_CLEANUP(parts_free) struct part *parts = aisp_mem_zalloc(PARTS, sizeof *parts);
	out.at = aisp_mem_zalloc((size_t)r->n_slots + 1, sizeof *out.at);
	if (!parts || !out.at) {
		aisp_slots__done(&out);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for %u slots", r->n_slots);
	}
	struct job j = {.r = r, .out = &out, .parts = parts, .n_parts = r->s->n_edges > AISP_SMALL_EDGES ? PARTS : 1};
	find_back(&j);
	int rc = aisp_reach__tasks(j.n_parts, expand_part, &j, err);
	if (rc == AISP_E_NOMEM)
		aisp_fail(err, rc, "out of memory while reading what flows along the edges");
	if (rc == 0)
		rc = join(&j, err);
	if (rc < 0) {
		aisp_slots__done(&out);
		return rc;
	}
	*ret = out;
	return AISP_OK;
}

void aisp_slots__done(struct aisp_slots *s)
{
	aisp_mem_free(s->at);
	aisp_mem_free(s->to);
	aisp_mem_free(s->gates);
	memset(s, 0, sizeof *s);
}
