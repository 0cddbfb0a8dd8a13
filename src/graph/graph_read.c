/* The graph builder: properties, gaps, and reading while building (see graph.h; layout in graph_int.h). */
#include "base/arena.h"
#include "base/buf.h"
#include "graph/graph_int.h"
#include <inttypes.h>
#include <stdio.h>

static void append_prop(struct aisp_graph *g, struct g_list *list, const struct g_prop *prop)
{
	uint32_t at = (uint32_t)g->props.n++;

	g->props.v[at] = *prop;
	g->props.v[at].next = 0;
	if (list->last)
		g->props.v[list->last].next = at;
	else
		list->first = at;
	list->last = at;
}

/* Sets prop in the list: over an earlier one of the same source and key, or for a LIST beside its other items. */
static int put_prop(struct aisp_graph *g, struct g_list *list, const struct g_prop *prop, struct aisp_err *err)
{
	for (uint32_t at = list->first; at; at = g->props.v[at].next) {
		struct g_prop *p = &g->props.v[at];

		if (p->key != prop->key || p->source != prop->source)
			continue;
		if (prop->type == AISP_PROP_LIST && p->type == AISP_PROP_LIST) {
			if (p->text == prop->text)
				return 0;
			continue;
		}
		uint32_t next = p->next;

		*p = *prop;
		p->next = next;
		/* What else stands under this key (items of what is no longer a list) would come back at freezing. */
		for (at = next; at; at = g->props.v[at].next) {
			p = &g->props.v[at];
			if (p->key == prop->key && p->source == prop->source) {
				next = p->next;
				*p = *prop;
				p->next = next;
			}
		}
		return 0;
	}
	if (aisp_vec_reserve(&g->props, 1) < 0)
		return aisp_graph__nomem(err);
	append_prop(g, list, prop);
	return 0;
}

/* Interns key and text, then sets. */
static int set_prop(struct aisp_graph *g, struct g_list *list, const char *key, struct aisp_slice text, struct g_prop *prop,
                    struct aisp_err *err)
{
	int r = aisp_graph__check_source(g, prop->source, err);

	if (r < 0 || (r = aisp_symtab_add(g->syms, aisp_slice_z(key), &prop->key, err)) < 0 ||
	    (r = aisp_symtab_add(g->syms, text, &prop->text, err)) < 0)
		return r;
	if (prop->key == 0)
		return aisp_fail(err, AISP_E_INTERNAL, "a property needs a key");
	return put_prop(g, list, prop, err);
}

static int set_node(struct aisp_graph *g, aisp_node n, const char *key, struct aisp_slice text, struct g_prop prop,
                    struct aisp_err *err)
{
	int r = aisp_graph__check_node(g, n, err);

	return r < 0 ? r : set_prop(g, &g->nodes.v[aisp_graph_node_now(g, n)].props, key, text, &prop, err);
}

int aisp_graph_set_str(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, struct aisp_slice v, struct aisp_err *err)
{
	return set_node(g, n, key, v, (struct g_prop){.source = source, .type = AISP_PROP_STR}, err);
}

int aisp_graph_set_bool(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, bool v, struct aisp_err *err)
{
	return set_node(g, n, key, v ? AISP_S("true") : AISP_S("false"),
	                (struct g_prop){.source = source, .type = AISP_PROP_BOOL, .b = v}, err);
}

static struct aisp_slice decimal(int64_t v, char buf[24])
{
	return aisp_slice_of(buf, (size_t)snprintf(buf, 24, "%" PRId64, v));
}

int aisp_graph_set_int(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, int64_t v, struct aisp_err *err)
{
	char buf[24];

	return set_node(g, n, key, decimal(v, buf), (struct g_prop){.source = source, .type = AISP_PROP_INT, .i = v}, err);
}

int aisp_graph_set_real(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, double v, struct aisp_err *err)
{
	return set_node(g, n, key, AISP_S(""), (struct g_prop){.source = source, .type = AISP_PROP_REAL, .r = v}, err);
}

int aisp_graph_add_item(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, struct aisp_slice v, struct aisp_err *err)
{
	if (aisp_slice_chr(v, '\n') != SIZE_MAX)
		return aisp_fail(err, AISP_E_INTERNAL, "an item of list \"%s\" has a line break, which separates items", key);
	if (v.n == 0)
		return 0;
	return set_node(g, n, key, v, (struct g_prop){.source = source, .type = AISP_PROP_LIST}, err);
}

int aisp_graph_edge_set_str(struct aisp_graph *g, aisp_edge e, uint16_t source, const char *key, struct aisp_slice v, struct aisp_err *err)
{
	struct g_prop prop = {.source = source, .type = AISP_PROP_STR};
	int r = aisp_graph__check_edge(g, e, err);

	return r < 0 ? r : set_prop(g, &g->edges.v[e].props, key, v, &prop, err);
}

int aisp_graph_edge_set_int(struct aisp_graph *g, aisp_edge e, uint16_t source, const char *key, int64_t v, struct aisp_err *err)
{
	struct g_prop prop = {.source = source, .type = AISP_PROP_INT, .i = v};
	char buf[24];
	int r = aisp_graph__check_edge(g, e, err);

	return r < 0 ? r : set_prop(g, &g->edges.v[e].props, key, decimal(v, buf), &prop, err);
}

int aisp_graph_add_gap(struct aisp_graph *g, uint16_t source, struct aisp_slice what, enum aisp_code why,
                       struct aisp_slice detail, struct aisp_err *err)
{
	struct aisp_gap_row gap = {.source = source, .why = (uint8_t)-why};
	int r = aisp_graph__check_source(g, source, err);

	if (r < 0 || (r = aisp_symtab_add(g->syms, what, &gap.what, err)) < 0 ||
	    (r = aisp_symtab_add(g->syms, detail, &gap.detail, err)) < 0)
		return r;
	return aisp_vec_push(&g->gaps, gap) < 0 ? aisp_graph__nomem(err) : 0;
}

uint32_t aisp_graph_node_count(const struct aisp_graph *g)
{
	return (uint32_t)(g->nodes.n - 1);
}

uint32_t aisp_graph_edge_count(const struct aisp_graph *g)
{
	return (uint32_t)(g->edges.n - 1);
}

struct aisp_node_view aisp_graph_node_at(const struct aisp_graph *g, aisp_node n)
{
	struct aisp_node_view view = {0};

	if (n == 0 || n >= g->nodes.n)
		return view;
	const struct g_node *node = &g->nodes.v[n];

	view.alive = node->into == 0;
	view.kind = (enum aisp_node_kind)node->kind;
	view.id = aisp_symtab_get(g->syms, node->id);
	return view;
}

struct aisp_edge_view aisp_graph_edge_at(const struct aisp_graph *g, aisp_edge e)
{
	struct aisp_edge_view view = {0};

	if (e == 0 || e >= g->edges.n)
		return view;
	const struct g_edge *edge = &g->edges.v[e];

	view.alive = edge->alive;
	view.from = aisp_graph_node_now(g, edge->from);
	view.to = aisp_graph_node_now(g, edge->to);
	view.kind = (enum aisp_edge_kind)edge->kind;
	view.control = aisp_symtab_get(g->syms, edge->control);
	view.condition = aisp_symtab_get(g->syms, edge->condition);
	view.confidence = (enum aisp_confidence)edge->confidence;
	return view;
}

/* The value of the first source that has the key; a list has none. */
static struct aisp_slice first_value(const struct aisp_graph *g, uint32_t at, const char *key)
{
	aisp_sym sym = aisp_symtab_find(g->syms, aisp_slice_z(key));
	const struct g_prop *best = NULL;

	for (; sym && at; at = g->props.v[at].next) {
		const struct g_prop *p = &g->props.v[at];

		if (p->key == sym && (!best || p->source < best->source))
			best = p;
	}
	if (!best || best->type == AISP_PROP_LIST)
		return (struct aisp_slice){0};
	return aisp_symtab_get(g->syms, best->text);
}

struct aisp_slice aisp_graph_prop(const struct aisp_graph *g, aisp_node n, const char *key)
{
	n = aisp_graph_node_now(g, n);
	return n ? first_value(g, g->nodes.v[n].props.first, key) : (struct aisp_slice){0};
}

struct aisp_slice aisp_graph_list(const struct aisp_graph *g, aisp_node n, const char *key, struct aisp_arena *a)
{
	aisp_sym sym = aisp_symtab_find(g->syms, aisp_slice_z(key));
	AISP_AUTOBUF struct aisp_buf text = {0};
	uint16_t source = 0;

	aisp_buf_init(&text, 16 << 20);
	n = aisp_graph_node_now(g, n);
	for (uint32_t at = n && sym ? g->nodes.v[n].props.first : 0; at; at = g->props.v[at].next) {
		const struct g_prop *p = &g->props.v[at];

		if (p->key != sym || p->type != AISP_PROP_LIST || (source && p->source != source))
			continue;
		source = p->source;
		if (text.n)
			aisp_buf_putc(&text, '\n');
		aisp_buf_put(&text, aisp_symtab_get(g->syms, p->text));
	}
	return text.n ? aisp_arena_dup(a, aisp_buf_slice(&text)) : (struct aisp_slice){0};
}

struct aisp_slice aisp_graph_edge_prop(const struct aisp_graph *g, aisp_edge e, const char *key)
{
	return first_value(g, g->edges.v[e].props.first, key);
}

aisp_edge aisp_graph_next_out(const struct aisp_graph *g, aisp_node n, aisp_edge after)
{
	aisp_edge e;

	if (after)
		e = after < g->edges.n ? g->edges.v[after].next_out : 0;
	else
		e = g->nodes.v[aisp_graph_node_now(g, n)].out.first;
	while (e && !g->edges.v[e].alive)
		e = g->edges.v[e].next_out;
	return e;
}

aisp_edge aisp_graph_next_in(const struct aisp_graph *g, aisp_node n, aisp_edge after)
{
	aisp_edge e;

	if (after)
		e = after < g->edges.n ? g->edges.v[after].next_in : 0;
	else
		e = g->nodes.v[aisp_graph_node_now(g, n)].in.first;
	while (e && !g->edges.v[e].alive)
		e = g->edges.v[e].next_in;
	return e;
}

static bool first_evidence(const struct aisp_graph *g, uint32_t at, struct aisp_evidence_in *ret_ev)
{
	if (!at)
		return false;
	const struct aisp_evidence *ev = &g->evidence.v[at].e;

	*ret_ev = (struct aisp_evidence_in){
		.source = ev->source,
		.form = (enum aisp_evidence_form)ev->form,
		.confidence = (enum aisp_confidence)ev->confidence,
		.locator = aisp_symtab_get(g->syms, ev->locator),
		.line = ev->line,
		.pointer = aisp_symtab_get(g->syms, ev->pointer),
		.note = aisp_symtab_get(g->syms, ev->note),
	};
	return true;
}

bool aisp_graph_edge_first_evidence(const struct aisp_graph *g, aisp_edge e, struct aisp_evidence_in *ret_ev)
{
	return e < g->edges.n && first_evidence(g, g->edges.v[e].ev.first, ret_ev);
}

bool aisp_graph_node_first_evidence(const struct aisp_graph *g, aisp_node n, struct aisp_evidence_in *ret_ev)
{
	n = aisp_graph_node_now(g, n);
	return first_evidence(g, g->nodes.v[n].ev.first, ret_ev);
}
