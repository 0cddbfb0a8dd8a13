/* The graph builder: nodes, names, merging, edges and evidence (see graph.h; layout in graph_int.h).
 *
 * Not here: properties, gaps and reading (graph_read.c), freezing (freeze.c).
 */
#include "graph/graph_int.h"

int aisp_graph__nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for the graph; scan fewer sources at a time or on a larger machine");
}

struct aisp_graph *aisp_graph_new(void)
{
	struct aisp_graph *g = aisp_mem_zalloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->syms = aisp_symtab_new();
	if (!g->syms || aisp_vec_push(&g->nodes, (struct g_node){0}) < 0 ||
	    aisp_vec_push(&g->edges, (struct g_edge){0}) < 0 || aisp_vec_push(&g->evidence, (struct g_evidence){0}) < 0 ||
	    aisp_vec_push(&g->props, (struct g_prop){0}) < 0 ||
	    aisp_vec_push(&g->sources, (struct aisp_source_row){0}) < 0 || aisp_vec_push(&g->by_sym, 0) < 0) {
		aisp_graph_free(g);
		return NULL;
	}
	return g;
}

void aisp_graph_free(struct aisp_graph *g)
{
	if (!g)
		return;
	aisp_symtab_free(g->syms);
	aisp_vec_done(&g->nodes);
	aisp_vec_done(&g->edges);
	aisp_vec_done(&g->evidence);
	aisp_vec_done(&g->props);
	aisp_vec_done(&g->aliases);
	aisp_vec_done(&g->gaps);
	aisp_vec_done(&g->sources);
	aisp_vec_done(&g->by_sym);
	aisp_map_done(&g->by_edge);
	aisp_map_done(&g->pairs);
	aisp_mem_free(g);
}

void aisp_graph_freep(struct aisp_graph **g)
{
	aisp_graph_free(*g);
	*g = NULL;
}

struct aisp_symtab *aisp_graph_syms(struct aisp_graph *g)
{
	return g->syms;
}

int aisp_graph_source(struct aisp_graph *g, struct aisp_slice key, struct aisp_slice kind, struct aisp_slice target,
                      uint16_t *ret_source, struct aisp_err *err)
{
	struct aisp_source_row row = {0};

	if (key.n == 0)
		return aisp_fail(err, AISP_E_INTERNAL, "a source needs a key");
	int r = aisp_symtab_add(g->syms, key, &row.key, err);

	if (r < 0)
		return r;
	for (size_t i = 1; i < g->sources.n; i++)
		if (g->sources.v[i].key == row.key) {
			*ret_source = (uint16_t)i;
			return 0;
		}
	if (g->sources.n > UINT16_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "more than %d sources; split the scan", UINT16_MAX);
	if ((r = aisp_symtab_add(g->syms, kind, &row.kind, err)) < 0 ||
	    (r = aisp_symtab_add(g->syms, target, &row.target, err)) < 0)
		return r;
	if (aisp_vec_push(&g->sources, row) < 0)
		return aisp_graph__nomem(err);
	*ret_source = (uint16_t)(g->sources.n - 1);
	return 0;
}

uint32_t aisp_graph_source_count(const struct aisp_graph *g)
{
	return (uint32_t)(g->sources.n - 1);
}

int aisp_graph_source_state(struct aisp_graph *g, uint16_t source, bool stale, int64_t collected_us, struct aisp_err *err)
{
	int r = aisp_graph__check_source(g, source, err);

	if (r < 0)
		return r;
	g->sources.v[source].stale = stale;
	g->sources.v[source].collected_us = collected_us;
	return 0;
}

int aisp_graph__check_source(const struct aisp_graph *g, uint16_t source, struct aisp_err *err)
{
	if (source == 0 || source >= g->sources.n)
		return aisp_fail(err, AISP_E_INTERNAL, "source %u was not registered", source);
	return 0;
}

int aisp_graph__check_node(const struct aisp_graph *g, aisp_node n, struct aisp_err *err)
{
	if (n == 0 || n >= g->nodes.n)
		return aisp_fail(err, AISP_E_INTERNAL, "there is no node %u", n);
	return 0;
}

int aisp_graph__check_edge(const struct aisp_graph *g, aisp_edge e, struct aisp_err *err)
{
	if (e == 0 || e >= g->edges.n || !g->edges.v[e].alive)
		return aisp_fail(err, AISP_E_INTERNAL, "there is no edge %u", e);
	return 0;
}

/* Evidence: interned first, so that nothing is added without it. */

static int intern_evidence(struct aisp_graph *g, const struct aisp_evidence_in *in, struct aisp_evidence *ret_ev,
                           struct aisp_err *err)
{
	struct aisp_evidence ev = {.line = in->line, .source = in->source, .form = (uint8_t)in->form,
	                           .confidence = (uint8_t)in->confidence};
	int r = aisp_graph__check_source(g, in->source, err);

	if (r < 0)
		return r;
	if ((unsigned)in->form < AISP_EV_FILE || (unsigned)in->form > AISP_EV_RULE ||
	    (unsigned)in->confidence < AISP_CONF_UNRESOLVED || (unsigned)in->confidence > AISP_CONF_OBSERVED)
		return aisp_fail(err, AISP_E_INTERNAL, "evidence at \"%.*s\" lacks its form or confidence", AISP_FMT(in->locator));
	if ((r = aisp_symtab_add(g->syms, in->locator, &ev.locator, err)) < 0 ||
	    (r = aisp_symtab_add(g->syms, in->pointer, &ev.pointer, err)) < 0 ||
	    (r = aisp_symtab_add(g->syms, in->note, &ev.note, err)) < 0)
		return r;
	if (aisp_vec_reserve(&g->evidence, 1) < 0)
		return aisp_graph__nomem(err);
	*ret_ev = ev;
	return 0;
}

/* Room was reserved by intern_evidence. Freezing removes all doubles; the commonest, the same once more, ends here. */
static void append_evidence(struct aisp_graph *g, struct g_list *list, const struct aisp_evidence *ev)
{
	if (list->last && memcmp(&g->evidence.v[list->last].e, ev, sizeof *ev) == 0)
		return;
	uint32_t at = (uint32_t)g->evidence.n++;

	g->evidence.v[at] = (struct g_evidence){*ev, 0};
	if (list->last)
		g->evidence.v[list->last].next = at;
	else
		list->first = at;
	list->last = at;
}

int aisp_graph_node_evidence(struct aisp_graph *g, aisp_node n, const struct aisp_evidence_in *in, struct aisp_err *err)
{
	struct aisp_evidence ev;
	int r = aisp_graph__check_node(g, n, err);

	if (r < 0 || (r = intern_evidence(g, in, &ev, err)) < 0)
		return r;
	append_evidence(g, &g->nodes.v[aisp_graph_node_now(g, n)].ev, &ev);
	return 0;
}

static void edge_gains(struct aisp_graph *g, aisp_edge e, const struct aisp_evidence *ev)
{
	struct g_edge *edge = &g->edges.v[e];

	append_evidence(g, &edge->ev, ev);
	if (ev->confidence > edge->confidence)
		edge->confidence = ev->confidence;
}

int aisp_graph_edge_evidence(struct aisp_graph *g, aisp_edge e, const struct aisp_evidence_in *in, struct aisp_err *err)
{
	struct aisp_evidence ev;
	int r = aisp_graph__check_edge(g, e, err);

	if (r < 0 || (r = intern_evidence(g, in, &ev, err)) < 0)
		return r;
	edge_gains(g, e, &ev);
	return 0;
}

/* Names and nodes. */

aisp_node aisp_graph_node_now(const struct aisp_graph *g, aisp_node n)
{
	if (n >= g->nodes.n)
		return 0;
	while (g->nodes.v[n].into)
		n = g->nodes.v[n].into;
	return n;
}

static aisp_node named(const struct aisp_graph *g, aisp_sym sym)
{
	return sym < g->by_sym.n ? aisp_graph_node_now(g, g->by_sym.v[sym]) : 0;
}

aisp_node aisp_graph_find(const struct aisp_graph *g, struct aisp_slice id)
{
	return named(g, aisp_symtab_find(g->syms, id));
}

/* Makes room so that the next set_name cannot fail. */
static int reserve_name(struct aisp_graph *g, aisp_sym sym)
{
	if (sym < g->by_sym.n)
		return 0;
	size_t more = (size_t)sym + 1 - g->by_sym.n;

	if (aisp_vec_reserve(&g->by_sym, more) < 0)
		return AISP_E_NOMEM;
	memset(g->by_sym.v + g->by_sym.n, 0, more * sizeof *g->by_sym.v);
	g->by_sym.n += more;
	return 0;
}

/* Order that decides which name of a merged node stands: (kind, id). */
static int name_cmp(const struct aisp_graph *g, unsigned kind_a, aisp_sym a, unsigned kind_b, aisp_sym b)
{
	if (kind_a != kind_b)
		return kind_a < kind_b ? -1 : 1;
	return a == b ? 0 : aisp_slice_cmp(aisp_symtab_get(g->syms, a), aisp_symtab_get(g->syms, b));
}

/* A node is spoken of by an alias of it that would have won a merge: the alias becomes its id, so that the result does
 * not depend on which came first. */
static int promote_alias(struct aisp_graph *g, aisp_node n, enum aisp_node_kind kind, aisp_sym sym)
{
	struct g_node *node = &g->nodes.v[n];
	struct g_alias lost = {node->id, n, 0};

	if (node->id == sym || name_cmp(g, kind, sym, node->kind, node->id) >= 0)
		return 0;
	if (aisp_vec_push(&g->aliases, lost) < 0)
		return AISP_E_NOMEM;
	node->id = sym;
	node->kind = (uint8_t)kind;
	return 0;
}

int aisp_graph_add_node(struct aisp_graph *g, enum aisp_node_kind kind, struct aisp_slice id,
                        const struct aisp_evidence_in *in, aisp_node *ret_node, struct aisp_err *err)
{
	struct aisp_evidence ev;
	aisp_sym sym;

	if ((unsigned)kind == AISP_NODE_NONE || (unsigned)kind >= AISP_NODE_KIND_END || id.n == 0)
		return aisp_fail(err, AISP_E_INTERNAL, "node \"%.*s\" lacks its kind or id", AISP_FMT(id));
	int r = intern_evidence(g, in, &ev, err);

	if (r < 0 || (r = aisp_symtab_add(g->syms, id, &sym, err)) < 0)
		return r;
	aisp_node n = named(g, sym);

	if (n) {
		if (promote_alias(g, n, kind, sym) < 0)
			return aisp_graph__nomem(err);
	} else {
		if (g->nodes.n > INT32_MAX)
			return aisp_fail(err, AISP_E_LIMIT, "more than 2^31 nodes");
		if (reserve_name(g, sym) < 0 || aisp_vec_push(&g->nodes, (struct g_node){.id = sym, .kind = (uint8_t)kind}) < 0)
			return aisp_graph__nomem(err);
		n = (aisp_node)(g->nodes.n - 1);
		g->by_sym.v[sym] = n;
	}
	append_evidence(g, &g->nodes.v[n].ev, &ev);
	*ret_node = n;
	return 0;
}

/* Edges: the same (from, kind, to, control, condition) is one. */

/* control and condition as one number below 2^32: the control's symbol, or for the rarer conditional ones a numbered pair. */
static int pair_number(struct aisp_graph *g, aisp_sym control, aisp_sym condition, uint32_t *ret_pair, struct aisp_err *err)
{
	if (condition == 0) {
		*ret_pair = control;
		return 0;
	}
	struct aisp_key key = {(uint64_t)control << 32 | condition, 0};
	uint32_t have = aisp_map_get(&g->pairs, key);

	if (!have) {
		have = ++g->n_pairs;
		int r = aisp_map_put(&g->pairs, key, have, err);

		if (r < 0)
			return r;
	}
	*ret_pair = have | 1U << 31;
	return 0;
}

/* Key of the edge between what its ends are now. */
static int edge_key(struct aisp_graph *g, const struct g_edge *e, struct aisp_key *ret_key, struct aisp_err *err)
{
	uint32_t pair;
	int r = pair_number(g, e->control, e->condition, &pair, err);

	if (r < 0)
		return r;
	ret_key->a = (uint64_t)aisp_graph_node_now(g, e->from) << 32 | aisp_graph_node_now(g, e->to);
	ret_key->b = (uint64_t)pair << 8 | e->kind;
	return 0;
}

static void append_edge(struct aisp_graph *g, aisp_edge e)
{
	struct g_edge *edge = &g->edges.v[e];
	struct g_list *out = &g->nodes.v[edge->from].out, *in = &g->nodes.v[edge->to].in;

	if (out->last)
		g->edges.v[out->last].next_out = e;
	else
		out->first = e;
	out->last = e;
	if (in->last)
		g->edges.v[in->last].next_in = e;
	else
		in->first = e;
	in->last = e;
}

static int new_edge(struct aisp_graph *g, const struct g_edge *edge, struct aisp_key key, aisp_edge *ret_edge, struct aisp_err *err)
{
	if (g->edges.n > INT32_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "more than 2^31 edges");
	if (aisp_vec_reserve(&g->edges, 1) < 0)
		return aisp_graph__nomem(err);
	aisp_edge e = (aisp_edge)g->edges.n;
	int r = aisp_map_put(&g->by_edge, key, e, err);

	if (r < 0)
		return r;
	g->edges.v[g->edges.n++] = *edge;
	append_edge(g, e);
	*ret_edge = e;
	return 0;
}

int aisp_graph_add_edge(struct aisp_graph *g, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                        const struct aisp_edge_in *in, const struct aisp_evidence_in *evidence, aisp_edge *ret_edge,
                        struct aisp_err *err)
{
	struct g_edge edge = {.from = aisp_graph_node_now(g, from), .to = aisp_graph_node_now(g, to), .kind = (uint8_t)kind,
	                      .flags = in ? (uint8_t)in->flags : 0, .alive = true};
	struct aisp_evidence ev;
	struct aisp_key key;
	int r;

	if ((unsigned)kind == AISP_EDGE_NONE || (unsigned)kind >= AISP_EDGE_KIND_END)
		return aisp_fail(err, AISP_E_INTERNAL, "there is no edge kind %u", (unsigned)kind);
	if ((r = aisp_graph__check_node(g, from, err)) < 0 || (r = aisp_graph__check_node(g, to, err)) < 0 ||
	    (r = intern_evidence(g, evidence, &ev, err)) < 0)
		return r;
	if (in && ((r = aisp_symtab_add(g->syms, in->control, &edge.control, err)) < 0 ||
	           (r = aisp_symtab_add(g->syms, in->condition, &edge.condition, err)) < 0))
		return r;
	if ((r = edge_key(g, &edge, &key, err)) < 0)
		return r;
	aisp_edge e = aisp_map_get(&g->by_edge, key);

	if (e && g->edges.v[e].alive)
		g->edges.v[e].flags |= edge.flags;
	else if ((r = new_edge(g, &edge, key, &e, err)) < 0)
		return r;
	edge_gains(g, e, &ev);
	if (ret_edge)
		*ret_edge = e;
	return 0;
}

void aisp_graph_drop_edge(struct aisp_graph *g, aisp_edge e)
{
	if (e == 0 || e >= g->edges.n || !g->edges.v[e].alive)
		return;
	struct g_edge *d = &g->edges.v[e];

	d->alive = false;
	if (g->n_merged == 0)
		return;
	/* A merge may have made others equal to it; they are the same edge. */
	aisp_node from = aisp_graph_node_now(g, d->from), to = aisp_graph_node_now(g, d->to);

	for (aisp_edge o = g->nodes.v[from].out.first; o; o = g->edges.v[o].next_out) {
		struct g_edge *x = &g->edges.v[o];

		if (x->kind == d->kind && x->control == d->control && x->condition == d->condition &&
		    aisp_graph_node_now(g, x->to) == to)
			x->alive = false;
	}
}

/* Merging. */

static void join_edges(struct aisp_graph *g, struct g_list *into, const struct g_list *list, bool out)
{
	if (!list->first)
		return;
	if (!into->first) {
		*into = *list;
		return;
	}
	struct g_edge *last = &g->edges.v[into->last];

	*(out ? &last->next_out : &last->next_in) = list->first;
	into->last = list->last;
}

/* Lets later additions find the edges of a merged node under its new name. Where two became equal either will do:
 * freezing unites them. */
static int rekey(struct aisp_graph *g, const struct g_list *list, bool out, struct aisp_err *err)
{
	for (aisp_edge e = list->first; e; e = out ? g->edges.v[e].next_out : g->edges.v[e].next_in) {
		struct aisp_key key;
		int r;

		if (!g->edges.v[e].alive)
			continue;
		if ((r = edge_key(g, &g->edges.v[e], &key, err)) < 0 || (r = aisp_map_put(&g->by_edge, key, e, err)) < 0)
			return r;
	}
	return 0;
}

static int merge(struct aisp_graph *g, aisp_node a, aisp_node b, struct aisp_err *err)
{
	struct g_node *keep = &g->nodes.v[a], *lose = &g->nodes.v[b];

	if (name_cmp(g, keep->kind, keep->id, lose->kind, lose->id) > 0) {
		aisp_node swap = a;

		a = b;
		b = swap;
		keep = &g->nodes.v[a];
		lose = &g->nodes.v[b];
	}
	if (aisp_vec_push(&g->aliases, (struct g_alias){lose->id, a, 0}) < 0)
		return aisp_graph__nomem(err);
	struct g_node old = *lose;

	*lose = (struct g_node){.id = old.id, .kind = old.kind, .into = a};
	if (old.ev.first) {
		g->evidence.v[keep->ev.last].next = old.ev.first;
		keep->ev.last = old.ev.last;
	}
	if (old.props.first) {
		if (keep->props.last)
			g->props.v[keep->props.last].next = old.props.first;
		else
			keep->props.first = old.props.first;
		keep->props.last = old.props.last;
	}
	/* The joined lists are walked from the loser's first edge, so before another list is hung behind them. */
	struct g_list out = old.out, in = old.in;

	g->n_merged++;
	int r = rekey(g, &out, true, err), q = rekey(g, &in, false, err);

	join_edges(g, &keep->out, &out, true);
	join_edges(g, &keep->in, &in, false);
	return r < 0 ? r : q;
}

int aisp_graph_add_alias(struct aisp_graph *g, aisp_node n, struct aisp_slice alias, uint16_t source, struct aisp_err *err)
{
	aisp_sym sym;
	int r = aisp_graph__check_node(g, n, err);

	if (r < 0 || (r = aisp_graph__check_source(g, source, err)) < 0)
		return r;
	if (alias.n == 0)
		return aisp_fail(err, AISP_E_INTERNAL, "an alias must not be empty");
	if ((r = aisp_symtab_add(g->syms, alias, &sym, err)) < 0)
		return r;
	n = aisp_graph_node_now(g, n);
	if (reserve_name(g, sym) < 0 || aisp_vec_push(&g->aliases, (struct g_alias){sym, n, source}) < 0)
		return aisp_graph__nomem(err);
	aisp_node other = named(g, sym);

	if (!other)
		g->by_sym.v[sym] = n;
	return other && other != n ? merge(g, n, other, err) : 0;
}
