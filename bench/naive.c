/* The simple evaluator and the graph without modes: see naive.h. */
#include "naive.h"
#include "base/mem.h"

struct work {
	const struct aisp_snapshot *s;
	bool certain;
	uint64_t *words;
	uint32_t *queue; /* a ring with room for every fact */
	uint8_t *waits;
	size_t head, n, room;
	uint8_t rows[AISP_EDGE_KIND_END][2][AISP_MODE_END][8]; /* flow rows + 1 by kind, direction and mode, 0 = no more */
};

static void index_rows(struct work *w)
{
	for (size_t i = 0; i < aisp_flow_row_count; i++) {
		uint8_t *list = w->rows[aisp_flow_rows[i].edge][aisp_flow_rows[i].back][aisp_flow_rows[i].have];
		while (*list)
			list++;
		*list = (uint8_t)(i + 1);
	}
}

static bool sure(const struct aisp_sedge *e)
{
	return e->condition == 0 && e->confidence > AISP_CONF_UNRESOLVED;
}

static void give(struct work *w, aisp_node n, unsigned m, uint64_t bits)
{
	uint32_t fact = n * AISP_MODE_END + m;
	if ((w->words[fact] | bits) == w->words[fact])
		return;
	w->words[fact] |= bits;
	if (w->waits[fact])
		return;
	w->waits[fact] = 1;
	w->queue[(w->head + w->n++) % w->room] = fact;
}

static void along(struct work *w, const struct aisp_sedge *e, bool back, unsigned mode, uint64_t bits)
{
	if (w->certain && !sure(e))
		return;
	for (const uint8_t *i = w->rows[e->kind][back][mode]; *i; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[*i - 1];
		bool runs = e->flags & AISP_EF_EXECUTES;
		if ((row->guard == AISP_GUARD_EDGE_EXECUTES && !runs) || (row->guard == AISP_GUARD_EDGE_INERT && runs))
			continue;
		give(w, back ? e->from : e->to, row->gain, bits);
	}
}

static bool guard(enum aisp_guard g, unsigned flags)
{
	return g == AISP_GUARD_NONE || (g == AISP_GUARD_NODE_GATED && flags & AISP_NF_GATED) || (g == AISP_GUARD_NODE_OPEN && !(flags & AISP_NF_GATED)) ||
	       (g == AISP_GUARD_NODE_AUTH_NONE && flags & AISP_NF_AUTH_NONE) || (g == AISP_GUARD_NODE_AUTH_UNKNOWN && flags & AISP_NF_AUTH_UNKNOWN) ||
	       (g == AISP_GUARD_NODE_EXECUTES && flags & AISP_NF_EXECUTES);
}

static void inside(struct work *w, aisp_node n, unsigned mode)
{
	const struct aisp_snode *x = &w->s->nodes[n];
	const uint64_t *here = &w->words[(size_t)n * AISP_MODE_END];
	for (size_t i = 0; i < aisp_inside_row_count; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[i];
		if ((row->have != mode && row->with != (int)mode) || (row->kind != AISP_NODE_NONE && row->kind != x->kind) || !guard(row->guard, x->flags))
			continue;
		if (!w->certain || row->guard != AISP_GUARD_NODE_AUTH_UNKNOWN)
			give(w, n, row->gain, row->with < 0 ? here[row->have] : here[row->have] & here[row->with]);
	}
}

static void seeds(struct work *w, const struct aisp_actor *a, uint64_t bit)
{
	const struct aisp_snapshot *s = w->s;
	bool own = false;
	for (size_t i = 0; i < aisp_seed_row_count; i++)
		own = own || aisp_seed_rows[i].kind == s->nodes[a->node].kind;
	for (size_t i = 0; i < aisp_seed_row_count; i++) {
		const struct aisp_seed_row *row = &aisp_seed_rows[i];
		if (row->kind != (own ? s->nodes[a->node].kind : AISP_NODE_NONE))
			continue;
		if (row->edge == AISP_EDGE_NONE)
			give(w, a->node, row->mode, bit);
		const uint32_t *at = row->back ? s->in_at : s->out_at;
		for (uint32_t k = at[a->node]; row->edge != AISP_EDGE_NONE && k < at[a->node + 1]; k++) {
			const struct aisp_sedge *e = &s->edges[row->back ? s->in_edges[k] : k];
			if (e->kind == row->edge && (!w->certain || sure(e)))
				give(w, row->back ? e->from : e->to, row->mode, bit);
		}
	}
}

static void run(struct work *w)
{
	const struct aisp_snapshot *s = w->s;
	while (w->n) {
		uint32_t fact = w->queue[w->head];
		w->head = (w->head + 1) % w->room;
		w->n--;
		w->waits[fact] = 0;
		aisp_node n = fact / AISP_MODE_END;
		unsigned mode = fact % AISP_MODE_END;
		uint64_t bits = w->words[fact];
		inside(w, n, mode);
		for (aisp_edge e = s->out_at[n]; e < s->out_at[n + 1]; e++)
			along(w, &s->edges[e], false, mode, bits);
		for (uint32_t k = s->in_at[n]; k < s->in_at[n + 1]; k++)
			along(w, &s->edges[s->in_edges[k]], true, mode, bits);
	}
}

int naive_modes(const struct aisp_snapshot *s, const struct aisp_actor *actors, size_t n, bool certain, uint64_t *words)
{
	struct work w = {.s = s, .certain = certain, .words = words, .room = ((size_t)s->n_nodes + 1) * AISP_MODE_END};
	w.queue = aisp_mem_alloc(w.room * sizeof *w.queue);
	w.waits = aisp_mem_zalloc(w.room, 1);
	index_rows(&w);
	if (w.queue && w.waits) {
		for (size_t i = 0; i < n; i++)
			seeds(&w, &actors[i], (uint64_t)1 << i);
		run(&w);
	}
	bool ok = w.queue && w.waits;
	aisp_mem_free(w.queue);
	aisp_mem_free(w.waits);
	return ok ? AISP_OK : AISP_E_NOMEM;
}

/* Without modes --------------------------------------------------------------------------------------------------- */

/* Bit 0: something flows along edges of this kind; bit 1: against them. */
static unsigned flows(unsigned kind)
{
	unsigned dirs = 0;
	for (size_t i = 0; i < aisp_flow_row_count; i++)
		if (aisp_flow_rows[i].edge == kind)
			dirs |= aisp_flow_rows[i].back ? 2 : 1;
	return dirs;
}

int plain_make(const struct aisp_snapshot *s, struct plain *ret)
{
	struct plain p = {.n = s->n_nodes};
	unsigned dirs[AISP_EDGE_KIND_END];
	for (unsigned k = 0; k < AISP_EDGE_KIND_END; k++)
		dirs[k] = flows(k);
	p.at = aisp_mem_zalloc((size_t)p.n + 3, sizeof *p.at);
	p.to = aisp_mem_alloc(((size_t)s->n_edges + 1) * 2 * sizeof *p.to);
	if (!p.at || !p.to) {
		plain_done(&p);
		return AISP_E_NOMEM;
	}
	for (aisp_edge e = 1; e <= s->n_edges; e++) {
		p.at[s->edges[e].from + 2] += dirs[s->edges[e].kind] & 1;
		p.at[s->edges[e].to + 2] += dirs[s->edges[e].kind] >> 1;
	}
	for (uint32_t n = 0; n <= p.n; n++)
		p.at[n + 2] += p.at[n + 1];
	for (aisp_edge e = 1; e <= s->n_edges; e++) {
		if (dirs[s->edges[e].kind] & 1)
			p.to[p.at[s->edges[e].from + 1]++] = s->edges[e].to;
		if (dirs[s->edges[e].kind] & 2)
			p.to[p.at[s->edges[e].to + 1]++] = s->edges[e].from;
	}
	*ret = p;
	return AISP_OK;
}

void plain_done(struct plain *p)
{
	aisp_mem_free(p->at);
	aisp_mem_free(p->to);
}

int plain_reach(const struct plain *p, const struct aisp_actor *actors, size_t n, uint64_t *words)
{
	uint32_t *queue = aisp_mem_alloc(((size_t)p->n + 1) * sizeof *queue);
	uint8_t *waits = aisp_mem_zalloc((size_t)p->n + 1, 1);
	size_t head = 0, left = 0, room = (size_t)p->n + 1;
	for (size_t i = 0; queue && waits && i < n; i++) {
		words[actors[i].node] |= (uint64_t)1 << i;
		if (!waits[actors[i].node])
			queue[left++] = actors[i].node;
		waits[actors[i].node] = 1;
	}
	while (left) {
		uint32_t x = queue[head];
		head = head + 1 == room ? 0 : head + 1;
		left--;
		waits[x] = 0;
		for (uint32_t k = p->at[x]; k < p->at[x + 1]; k++) {
			uint32_t to = p->to[k];
			if ((words[to] | words[x]) == words[to])
				continue;
			words[to] |= words[x];
			if (!waits[to]) {
				size_t end = head + left++;
				queue[end >= room ? end - room : end] = to;
			}
			waits[to] = 1;
		}
	}
	bool ok = queue && waits;
	aisp_mem_free(queue);
	aisp_mem_free(waits);
	return ok ? AISP_OK : AISP_E_NOMEM;
}
