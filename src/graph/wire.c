/* See wire.h. */
#include "graph/wire.h"
#include "base/arena.h"
#include "graph/graph_int.h"

static const char magic[12] = "AISPFACT\1\0\0\0";

static void put(struct aisp_buf *b, uint32_t v)
{
	aisp_buf_put(b, aisp_slice_of((const char *)&v, sizeof v));
}

static void put_evidence(const struct aisp_graph *g, uint32_t at, struct aisp_buf *b)
{
	uint32_t n = 0;

	for (uint32_t i = at; i; i = g->evidence.v[i].next)
		n++;
	put(b, n);
	for (; at; at = g->evidence.v[at].next) {
		const struct aisp_evidence *e = &g->evidence.v[at].e;
		put(b, e->locator);
		put(b, e->pointer);
		put(b, e->note);
		put(b, e->line);
		put(b, (uint32_t)e->form << 8 | e->confidence);
	}
}

static void put_props(const struct aisp_graph *g, uint32_t at, struct aisp_buf *b)
{
	uint32_t n = 0;

	for (uint32_t i = at; i; i = g->props.v[i].next)
		n++;
	put(b, n);
	for (; at; at = g->props.v[at].next) {
		const struct g_prop *p = &g->props.v[at];
		uint64_t bits = p->type == AISP_PROP_BOOL ? p->b : (uint64_t)p->i;
		if (p->type == AISP_PROP_REAL)
			memcpy(&bits, &p->r, sizeof bits);
		put(b, p->key);
		put(b, p->type);
		put(b, p->text);
		put(b, (uint32_t)bits);
		put(b, (uint32_t)(bits >> 32));
	}
}

static void put_nodes(const struct aisp_graph *g, uint32_t *number, struct aisp_buf *b)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < g->nodes.n; i++)
		if (!g->nodes.v[i].into)
			number[i] = ++n;
	put(b, n);
	for (uint32_t i = 1; i < g->nodes.n; i++) {
		const struct g_node *node = &g->nodes.v[i];
		if (node->into)
			continue;
		put(b, node->kind);
		put(b, node->id);
		put_evidence(g, node->ev.first, b);
		put_props(g, node->props.first, b);
	}
	put(b, (uint32_t)g->aliases.n);
	for (size_t i = 0; i < g->aliases.n; i++) {
		put(b, g->aliases.v[i].alias);
		put(b, number[aisp_graph_node_now(g, g->aliases.v[i].node)]);
	}
}

static void put_edges(const struct aisp_graph *g, const uint32_t *number, struct aisp_buf *b)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < g->edges.n; i++)
		n += g->edges.v[i].alive;
	put(b, n);
	for (uint32_t i = 1; i < g->edges.n; i++) {
		const struct g_edge *e = &g->edges.v[i];
		if (!e->alive)
			continue;
		put(b, number[aisp_graph_node_now(g, e->from)]);
		put(b, number[aisp_graph_node_now(g, e->to)]);
		put(b, (uint32_t)e->kind << 8 | e->flags);
		put(b, e->control);
		put(b, e->condition);
		put_evidence(g, e->ev.first, b);
		put_props(g, e->props.first, b);
	}
	put(b, (uint32_t)g->gaps.n);
	for (size_t i = 0; i < g->gaps.n; i++) {
		put(b, g->gaps.v[i].why);
		put(b, g->gaps.v[i].what);
		put(b, g->gaps.v[i].detail);
	}
}

int aisp_graph_wire_write(const struct aisp_graph *g, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOFREE uint32_t *number = aisp_mem_zalloc(g->nodes.n, sizeof *number);
	uint32_t n = aisp_symtab_count(g->syms);

	if (!number)
		return aisp_graph__nomem(err);
	aisp_buf_put(out, aisp_slice_of(magic, sizeof magic));
	int64_t collected_us = g->sources.n > 1 ? g->sources.v[1].collected_us : 0;
	put(out, (uint32_t)collected_us);
	put(out, (uint32_t)((uint64_t)collected_us >> 32));
	put(out, n);
	for (aisp_sym s = 1; s <= n; s++) {
		struct aisp_slice text = aisp_symtab_get(g->syms, s);
		put(out, (uint32_t)text.n);
		aisp_buf_put(out, text);
		aisp_buf_putc(out, '\0');
	}
	put_nodes(g, number, out);
	put_edges(g, number, out);
	return aisp_buf_check(out, err);
}

/* Reading. */

struct in {
	struct aisp_graph *g;
	uint16_t source;
	const char *p, *end;
	struct aisp_slice *texts; /* [0] is empty */
	uint32_t n_texts;
	aisp_node *nodes;
	uint32_t n_nodes;
	bool bad;
	struct aisp_err *err;
};

static int broken(struct in *in)
{
	return aisp_fail(in->err, AISP_E_PARSE, "what the worker said is not whole or not well-formed");
}

static uint32_t get(struct in *in)
{
	uint32_t v = 0;

	if ((size_t)(in->end - in->p) < sizeof v) {
		in->bad = true;
		in->p = in->end;
		return 0;
	}
	memcpy(&v, in->p, sizeof v);
	in->p += sizeof v;
	return v;
}

/* A count of items that take at least `least` bytes each. */
static uint32_t get_count(struct in *in, size_t least)
{
	uint32_t n = get(in);

	if (n > (size_t)(in->end - in->p) / least) {
		in->bad = true;
		return 0;
	}
	return n;
}

static struct aisp_slice get_text(struct in *in)
{
	uint32_t i = get(in);

	if (i > in->n_texts) {
		in->bad = true;
		i = 0;
	}
	return in->texts[i];
}

static aisp_node get_node(struct in *in)
{
	uint32_t i = get(in);

	if (i == 0 || i > in->n_nodes) {
		in->bad = true;
		return 0;
	}
	return in->nodes[i];
}

static int read_texts(struct in *in, struct aisp_arena *a)
{
	uint32_t n = get_count(in, 5);

	in->texts = aisp_arena_zalloc(a, (size_t)n + 1, sizeof *in->texts);
	if (!in->texts)
		return aisp_graph__nomem(in->err);
	in->texts[0] = AISP_S("");
	for (uint32_t i = 1; i <= n && !in->bad; i++) {
		uint32_t len = get(in);
		if (in->bad || (size_t)(in->end - in->p) <= len || in->p[len] != '\0')
			return broken(in);
		in->texts[i] = aisp_slice_of(in->p, len);
		in->p += (size_t)len + 1;
	}
	in->n_texts = n;
	return in->bad ? broken(in) : 0;
}

static void get_evidence(struct in *in, struct aisp_evidence_in *ev)
{
	/* one statement each: an initialiser's parts may be evaluated in any order */
	*ev = (struct aisp_evidence_in){.source = in->source};
	ev->locator = get_text(in);
	ev->pointer = get_text(in);
	ev->note = get_text(in);
	ev->line = get(in);
	uint32_t kinds = get(in);
	ev->form = (enum aisp_evidence_form)(kinds >> 8);
	ev->confidence = (enum aisp_confidence)(kinds & 255);
	if (kinds >> 8 < AISP_EV_FILE || kinds >> 8 > AISP_EV_RULE || (kinds & 255) < AISP_CONF_UNRESOLVED || (kinds & 255) > AISP_CONF_OBSERVED)
		in->bad = true;
}

struct prop {
	struct aisp_slice key, text;
	uint32_t type;
	uint64_t bits;
};

static void get_prop(struct in *in, struct prop *p)
{
	*p = (struct prop){.key = get_text(in)};
	p->type = get(in);
	p->text = get_text(in);
	uint32_t low = get(in);
	p->bits = (uint64_t)get(in) << 32 | low;
	if (p->key.n == 0 || strlen(p->key.p) != p->key.n)
		in->bad = true;
}

static int set_node_prop(struct in *in, aisp_node n, const struct prop *p)
{
	double real;

	switch (p->type) {
	case AISP_PROP_STR:
		return aisp_graph_set_str(in->g, n, in->source, p->key.p, p->text, in->err);
	case AISP_PROP_BOOL:
		return aisp_graph_set_bool(in->g, n, in->source, p->key.p, p->bits != 0, in->err);
	case AISP_PROP_INT:
		return aisp_graph_set_int(in->g, n, in->source, p->key.p, (int64_t)p->bits, in->err);
	case AISP_PROP_REAL:
		memcpy(&real, &p->bits, sizeof real);
		return aisp_graph_set_real(in->g, n, in->source, p->key.p, real, in->err);
	case AISP_PROP_LIST:
		return aisp_graph_add_item(in->g, n, in->source, p->key.p, p->text, in->err);
	default:
		return broken(in);
	}
}

static int read_node(struct in *in, aisp_node *ret)
{
	enum aisp_node_kind kind = (enum aisp_node_kind)get(in);
	struct aisp_slice id = get_text(in);
	struct aisp_evidence_in ev;
	uint32_t n = get_count(in, 20);
	int r = 0;

	if (in->bad || n == 0 || id.n == 0 || (unsigned)kind == AISP_NODE_NONE || (unsigned)kind >= AISP_NODE_KIND_END)
		return broken(in);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		get_evidence(in, &ev);
		if (in->bad)
			return broken(in);
		r = i == 0 ? aisp_graph_add_node(in->g, kind, id, &ev, ret, in->err) : aisp_graph_node_evidence(in->g, *ret, &ev, in->err);
	}
	n = get_count(in, 20);
	for (uint32_t i = 0; r == 0 && !in->bad && i < n; i++) {
		struct prop p;
		get_prop(in, &p);
		r = in->bad ? broken(in) : set_node_prop(in, *ret, &p);
	}
	return r == 0 && in->bad ? broken(in) : r;
}

static int read_edge_props(struct in *in, aisp_edge e)
{
	uint32_t n = get_count(in, 20);
	int r = 0;

	for (uint32_t i = 0; r == 0 && !in->bad && i < n; i++) {
		struct prop p;
		get_prop(in, &p);
		if (in->bad)
			return broken(in);
		r = p.type == AISP_PROP_INT ? aisp_graph_edge_set_int(in->g, e, in->source, p.key.p, (int64_t)p.bits, in->err)
		                            : aisp_graph_edge_set_str(in->g, e, in->source, p.key.p, p.text, in->err);
	}
	return r == 0 && in->bad ? broken(in) : r;
}

static int read_edge(struct in *in)
{
	aisp_node from = get_node(in), to = get_node(in);
	uint32_t kind = get(in);
	struct aisp_slice control = get_text(in), condition = get_text(in);
	struct aisp_edge_in more = {.control = control, .condition = condition, .flags = kind & 255};
	struct aisp_evidence_in ev;
	uint32_t n = get_count(in, 20);
	aisp_edge e = 0;
	int r = 0;

	kind >>= 8;
	if (in->bad || n == 0 || kind == AISP_EDGE_NONE || kind >= AISP_EDGE_KIND_END)
		return broken(in);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		get_evidence(in, &ev);
		if (in->bad)
			return broken(in);
		r = i == 0 ? aisp_graph_add_edge(in->g, from, (enum aisp_edge_kind)kind, to, &more, &ev, &e, in->err)
		           : aisp_graph_edge_evidence(in->g, e, &ev, in->err);
	}
	return r < 0 ? r : read_edge_props(in, e);
}

static int read_names(struct in *in)
{
	uint32_t n = get_count(in, 8);
	int r = 0;

	for (uint32_t i = 0; r == 0 && !in->bad && i < n; i++) {
		struct aisp_slice alias = get_text(in);
		aisp_node node = get_node(in);
		if (in->bad || alias.n == 0)
			return broken(in);
		r = aisp_graph_add_alias(in->g, node, alias, in->source, in->err);
	}
	return r == 0 && in->bad ? broken(in) : r;
}

static int read_gaps(struct in *in)
{
	uint32_t n = get_count(in, 12);
	int r = 0;

	for (uint32_t i = 0; r == 0 && !in->bad && i < n; i++) {
		uint32_t why = get(in);
		struct aisp_slice what = get_text(in), detail = get_text(in);
		if (in->bad || why > (uint32_t)-AISP_E_INTERNAL)
			return broken(in);
		r = aisp_graph_add_gap(in->g, in->source, what, (enum aisp_code)-(int)why, detail, in->err);
	}
	return r == 0 && in->bad ? broken(in) : r;
}

static int read_all(struct in *in, struct aisp_arena *a)
{
	uint64_t low = get(in), collected_us = (uint64_t)get(in) << 32 | low;
	int r = read_texts(in, a);

	if (r == 0 && collected_us)
		r = aisp_graph_source_state(in->g, in->source, false, (int64_t)collected_us, in->err);
	if (r < 0)
		return r;
	uint32_t n = get_count(in, 16);
	in->nodes = aisp_arena_zalloc(a, (size_t)n + 1, sizeof *in->nodes);
	if (!in->nodes)
		return aisp_graph__nomem(in->err);
	for (uint32_t i = 1; r == 0 && i <= n; i++)
		r = read_node(in, &in->nodes[i]);
	in->n_nodes = n;
	if (r == 0)
		r = read_names(in);
	n = r == 0 ? get_count(in, 28) : 0;
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = read_edge(in);
	if (r == 0)
		r = read_gaps(in);
	return r == 0 && (in->bad || in->p != in->end) ? broken(in) : r;
}

int aisp_graph_wire_read(struct aisp_graph *g, uint16_t source, struct aisp_slice bytes, struct aisp_err *err)
{
	struct in in = {.g = g, .source = source, .p = bytes.p, .end = bytes.p + bytes.n, .err = err};

	if (bytes.n < sizeof magic || memcmp(bytes.p, magic, sizeof magic) != 0)
		return broken(&in);
	struct aisp_arena *a = aisp_arena_new(0);
	if (!a)
		return aisp_graph__nomem(err);
	in.p += sizeof magic;
	int r = read_all(&in, a);
	aisp_arena_free(a);
	return r;
}
