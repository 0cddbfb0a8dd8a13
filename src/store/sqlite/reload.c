/* Putting the standing facts of one source back into a graph builder. */
#include "store/sqlite/facts.h"

struct putter {
	struct aisp_store *st;
	struct aisp_graph *g;
	uint32_t id;     /* of the source in the store */
	uint16_t source; /* in the builder */
	struct aisp_buf z; /* a property's key, with its NUL */
	struct aisp_err *err;
};

static struct aisp_slice text(const struct putter *p, uint32_t number)
{
	return aisp_symtab_get(p->st->dict, number);
}

static struct aisp_evidence_in evidence_in(const struct putter *p, const struct aisp_evidence *ev)
{
	return (struct aisp_evidence_in){.source = p->source, .form = (enum aisp_evidence_form)ev->form,
	                                 .confidence = (enum aisp_confidence)ev->confidence, .locator = text(p, ev->locator),
	                                 .line = ev->line, .pointer = text(p, ev->pointer), .note = text(p, ev->note)};
}

static int put_list(struct putter *p, aisp_node n, const char *key, struct aisp_slice items)
{
	struct aisp_slice item;
	int r = 0;

	while (r == 0 && aisp_slice_split(&items, '\n', &item))
		r = aisp_graph_add_item(p->g, n, p->source, key, item, p->err);
	return r;
}

static const char *key_of(struct putter *p, const struct aisp_prop *prop)
{
	aisp_buf_clear(&p->z);
	aisp_buf_put(&p->z, text(p, prop->key));
	return p->z.p ? p->z.p : "";
}

static int put_node_prop(struct putter *p, aisp_node n, const struct aisp_prop *prop)
{
	const char *key = key_of(p, prop);
	int r = aisp_buf_check(&p->z, p->err);

	if (r < 0)
		return r;
	switch (prop->type) {
	case AISP_PROP_STR:
		return aisp_graph_set_str(p->g, n, p->source, key, text(p, prop->s), p->err);
	case AISP_PROP_BOOL:
		return aisp_graph_set_bool(p->g, n, p->source, key, prop->b, p->err);
	case AISP_PROP_INT:
		return aisp_graph_set_int(p->g, n, p->source, key, prop->i, p->err);
	case AISP_PROP_REAL:
		return aisp_graph_set_real(p->g, n, p->source, key, prop->r, p->err);
	default:
		return put_list(p, n, key, text(p, prop->s));
	}
}

static int broken(const struct putter *p)
{
	return aisp_store__sq_fail(p->st->db, SQLITE_CORRUPT, p->err, "");
}

static int put_node(struct putter *p, const struct fact *f)
{
	struct aisp_slice id = text(p, f->a);
	aisp_node n = aisp_graph_find(p->g, id);
	struct aisp_evidence ev;
	struct aisp_prop prop;
	struct fact_extra x;
	int r = 0;

	if (aisp_store__fact_first_evidence(f, &ev)) {
		struct aisp_evidence_in in = evidence_in(p, &ev);

		r = aisp_graph_add_node(p->g, (enum aisp_node_kind)(f->meta & 255), id, &in, &n, p->err);
	}
	/* Properties alone do not make a node. */
	if (r < 0 || n == 0)
		return r;
	aisp_store__fact_extra_begin(&x, f);
	while (r == 0 && aisp_store__fact_extra_evidence(&x, &ev)) {
		struct aisp_evidence_in in = evidence_in(p, &ev);

		r = aisp_graph_node_evidence(p->g, n, &in, p->err);
	}
	while (r == 0 && aisp_store__fact_extra_prop(&x, &prop))
		r = put_node_prop(p, n, &prop);
	return x.bad ? broken(p) : r;
}

static int put_edge_prop(struct putter *p, aisp_edge e, const struct aisp_prop *prop)
{
	const char *key = key_of(p, prop);
	int r = aisp_buf_check(&p->z, p->err);

	if (r < 0)
		return r;
	if (prop->type == AISP_PROP_INT)
		return aisp_graph_edge_set_int(p->g, e, p->source, key, prop->i, p->err);
	return aisp_graph_edge_set_str(p->g, e, p->source, key, text(p, prop->s), p->err);
}

static int put_edge(struct putter *p, const struct fact *f)
{
	const struct aisp_edge_in edge = {.control = text(p, f->control), .condition = text(p, f->condition), .flags = f->meta >> 8 & 255};
	aisp_node from = aisp_graph_find(p->g, text(p, f->a)), to = aisp_graph_find(p->g, text(p, f->b));
	struct aisp_evidence ev;
	struct aisp_prop prop;
	struct fact_extra x;
	aisp_edge e = 0;

	if (from == 0 || to == 0 || !aisp_store__fact_first_evidence(f, &ev))
		return 0;
	struct aisp_evidence_in in = evidence_in(p, &ev);
	int r = aisp_graph_add_edge(p->g, from, (enum aisp_edge_kind)(f->meta & 255), to, &edge, &in, &e, p->err);

	aisp_store__fact_extra_begin(&x, f);
	while (r == 0 && aisp_store__fact_extra_evidence(&x, &ev)) {
		in = evidence_in(p, &ev);
		r = aisp_graph_edge_evidence(p->g, e, &in, p->err);
	}
	while (r == 0 && aisp_store__fact_extra_prop(&x, &prop))
		r = put_edge_prop(p, e, &prop);
	return x.bad ? broken(p) : r;
}

static int put_alias(struct putter *p, const struct fact *f)
{
	aisp_node n = aisp_graph_find(p->g, text(p, f->b));

	return n ? aisp_graph_add_alias(p->g, n, text(p, f->a), p->source, p->err) : 0;
}

static int put_gap(struct putter *p, const struct fact *f)
{
	if (f->meta & GAP_OF_FAILURE)
		return 0;
	return aisp_graph_add_gap(p->g, p->source, text(p, f->a), (enum aisp_code)-(int)(f->meta & 255), text(p, f->b), p->err);
}

static int put_table(struct putter *p, enum fact_table_id table)
{
	static int (*const put[FACT_TABLES])(struct putter *, const struct fact *) = {put_node, put_edge, put_alias, put_gap};
	SQ_AUTO sqlite3_stmt *q = NULL;
	struct fact f = {0};
	int64_t id;
	int r = aisp_store__fact_select(p->st->db, table, false, "WHERE source = ? ORDER BY id", &q, p->err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(q, 1, p->id);
	while ((r = aisp_store__sq_step(q, p->err)) > 0) {
		aisp_store__fact_read(q, &aisp_store__fact_tables[table], &f, &id);
		if ((r = put[table](p, &f)) < 0)
			return r == AISP_E_INTERNAL ? broken(p) : r;
	}
	return r;
}

static int put_source(struct putter *p, struct aisp_slice key, struct aisp_arena *a)
{
	/* Aliases go in before edges, so that their ends are found by the names they had. */
	static const enum fact_table_id order[FACT_TABLES] = {FACT_NODE, FACT_ALIAS, FACT_EDGE, FACT_GAP};
	const struct sq_source *source = NULL;
	struct sq_source *sources;
	uint32_t before = aisp_graph_source_count(p->g);
	size_t n;
	int r = aisp_store__sq_sources_at(p->st->db, INT64_MAX, a, &sources, &n, p->err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eq(sources[i].key, key) && sources[i].read)
			source = &sources[i];
	if (!source)
		return aisp_fail(p->err, AISP_E_NOTFOUND, "the store has no facts of %.*s", AISP_FMT(key));
	p->id = source->id;
	if ((r = aisp_graph_source(p->g, key, source->kind, source->target, &p->source, p->err)) < 0 ||
	    (r = aisp_graph_source_state(p->g, p->source, source->stale || p->source <= before, source->collected_us, p->err)) < 0 ||
	    (r = aisp_store__sq_dict_read(p->st->db, p->st->dict, p->err)) < 0)
		return r;
	for (unsigned i = 0; i < FACT_TABLES; i++)
		if ((r = put_table(p, order[i])) < 0)
			return r;
	return 0;
}

int aisp_store_load_source(struct aisp_store *st, struct aisp_slice key, struct aisp_graph *g, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	struct putter p = {.st = st, .g = g, .err = err};

	if (!st->dict)
		st->dict = aisp_symtab_new();
	if (!a || !st->dict)
		return aisp_store__sq_nomem(err);
	int r = aisp_store__sq_begin(st->db, err);

	if (r == 0)
		r = aisp_store__sq_end(st->db, put_source(&p, key, a), err);
	aisp_buf_done(&p.z);
	return r;
}
