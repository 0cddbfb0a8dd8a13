/* Laying a finished snapshot out anew: rows in order of their owners, symbols in order of use. */
#include "graph/graph_int.h"

struct rows {
	struct aisp_evidence *evidence;
	struct aisp_prop *props;
	uint32_t n_evidence, n_props;
};

static uint32_t move_evidence(const struct aisp_snapshot *s, struct rows *to, uint32_t at, uint32_t n)
{
	uint32_t now = to->n_evidence;

	if (n == 0)
		return 0;
	memcpy(to->evidence + now, s->evidence + at, n * sizeof *s->evidence);
	to->n_evidence += n;
	return now;
}

static uint32_t move_props(const struct aisp_snapshot *s, struct rows *to, uint32_t at, uint32_t n)
{
	uint32_t now = to->n_props;

	if (n == 0)
		return 0;
	memcpy(to->props + now, s->props + at, n * sizeof *s->props);
	to->n_props += n;
	return now;
}

int aisp_snapshot__pack(struct aisp_snapshot *s, struct aisp_err *err)
{
	size_t n_evidence = 0, n_props = 0;

	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		n_evidence += s->nodes[i].ev_n;
		n_props += s->nodes[i].prop_n;
	}
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		n_evidence += s->edges[i].ev_n;
		n_props += s->edges[i].prop_n;
	}
	if (n_evidence > UINT32_MAX || n_props > UINT32_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "more than 2^32 rows of evidence or properties");
	AISP_AUTOFREE struct aisp_evidence *evidence = aisp_mem_alloc((n_evidence + 1) * sizeof *evidence);
	AISP_AUTOFREE struct aisp_prop *props = aisp_mem_zalloc(n_props + 1, sizeof *props);

	if (!evidence || !props)
		return aisp_graph__nomem(err);
	struct rows to = {evidence, props, 0, 0};

	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		struct aisp_snode *n = &s->nodes[i];

		n->ev_at = move_evidence(s, &to, n->ev_at, n->ev_n);
		n->prop_at = move_props(s, &to, n->prop_at, n->prop_n);
	}
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		struct aisp_sedge *e = &s->edges[i];

		e->ev_at = move_evidence(s, &to, e->ev_at, e->ev_n);
		e->prop_at = move_props(s, &to, e->prop_at, e->prop_n) & 0x1fffffff;
	}
	aisp_mem_free(s->evidence);
	aisp_mem_free(s->props);
	s->evidence = AISP_TAKE(evidence);
	s->props = AISP_TAKE(props);
	s->n_evidence = to.n_evidence;
	s->n_props = to.n_props;
	return 0;
}

/* Symbols. */

struct renumber {
	const struct aisp_symtab *from;
	struct aisp_symtab *to;
	aisp_sym *now; /* old symbol → new one, 0 = not used yet */
	struct aisp_err *err;
	int r;
};

static void renumber(struct renumber *c, aisp_sym *sym)
{
	if (*sym == 0 || c->r < 0)
		return;
	if (c->now[*sym] == 0)
		c->r = aisp_symtab_add(c->to, aisp_symtab_get(c->from, *sym), &c->now[*sym], c->err);
	*sym = c->now[*sym];
}

static void renumber_rows(struct renumber *c, struct aisp_snapshot *s)
{
	for (uint32_t i = 0; i < s->n_evidence; i++) {
		renumber(c, &s->evidence[i].locator);
		renumber(c, &s->evidence[i].pointer);
		renumber(c, &s->evidence[i].note);
	}
	for (uint32_t i = 0; i < s->n_props; i++) {
		renumber(c, &s->props[i].key);
		if (s->props[i].type == AISP_PROP_STR || s->props[i].type == AISP_PROP_LIST)
			renumber(c, &s->props[i].s);
	}
	for (uint32_t i = 0; i < s->n_aliases; i++)
		renumber(c, &s->aliases[i].alias);
	for (uint32_t i = 0; i < s->n_gaps; i++) {
		renumber(c, &s->gaps[i].what);
		renumber(c, &s->gaps[i].detail);
	}
}

static int renumber_all(struct renumber *c, struct aisp_snapshot *s)
{
	for (uint32_t i = 1; i <= s->n_sources; i++) {
		renumber(c, &s->sources[i].key);
		renumber(c, &s->sources[i].kind);
		renumber(c, &s->sources[i].target);
	}
	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		renumber(c, &s->nodes[i].id);
		renumber(c, &s->nodes[i].name);
	}
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		renumber(c, &s->edges[i].control);
		renumber(c, &s->edges[i].condition);
	}
	renumber_rows(c, s);
	return c->r;
}

static int reindex(struct aisp_snapshot *s, const aisp_sym *now, const struct aisp_map *old, uint32_t n_old, struct aisp_err *err)
{
	for (uint32_t sym = 1; sym <= n_old; sym++) {
		uint32_t n = now[sym] ? aisp_map_get(old, (struct aisp_key){sym, 0}) : 0;
		int r = n ? aisp_map_put(&s->by_id, (struct aisp_key){now[sym], 0}, n, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int aisp_snapshot__renumber(struct aisp_snapshot *s, struct aisp_err *err)
{
	uint32_t n_old = aisp_symtab_count(s->syms);
	AISP_AUTOFREE aisp_sym *now = aisp_mem_zalloc((size_t)n_old + 1, sizeof *now);
	struct renumber c = {.from = s->syms, .to = aisp_symtab_new(), .now = now, .err = err};

	if (!now || !c.to) {
		aisp_symtab_free(c.to);
		return aisp_graph__nomem(err);
	}
	int r = renumber_all(&c, s);
	struct aisp_map old = s->by_id;

	s->by_id = (struct aisp_map){0};
	aisp_symtab_free(s->syms);
	s->syms = c.to;
	if (r == 0)
		r = reindex(s, now, &old, n_old, err);
	aisp_map_done(&old);
	return r;
}
