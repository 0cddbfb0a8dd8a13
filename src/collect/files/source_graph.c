/* The way through: parse, add, link, emit. What becomes of each hit is in source_nodes.c, of each relation in
 * source_edges.c.
 */
#include "base/task.h"
#include "collect/files/source_int.h"
#include <ctype.h>

bool aisp_source_takes(struct aisp_slice path)
{
	return aisp_source_lang_of(path) != AISP_SOURCE_NONE;
}

static int gap(struct aisp_source_parsed *p, struct aisp_arena *a, int code, const char *why)
{
	p->gap = (enum aisp_code)code;
	p->detail = aisp_arena_dup(a, aisp_slice_z(why));
	return p->detail.p ? 0 : AISP_E_NOMEM;
}

int aisp_source_parse(struct aisp_slice path, struct aisp_slice text, struct aisp_arena *a,
                      struct aisp_source_parsed *ret_parsed, struct aisp_err *err)
{
	struct aisp_source_parsed p = {0};
	struct aisp_err e = {0};
	int r;

	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	if (text.n && memchr(text.p, 0, text.n < 8192 ? text.n : 8192))
		r = gap(&p, a, AISP_E_PARSE, "not text: it has zero bytes");
	else
		r = aisp_source_read(path, aisp_source_lang_of(path), text, NULL, a, &p.module, &e);
	if (r < 0 && r != AISP_E_NOMEM)
		r = gap(&p, a, r, e.msg);
	else if (r == 0 && p.module && aisp_source_partial(p.module))
		r = gap(&p, a, AISP_E_LIMIT, aisp_source_partial(p.module));
	if (r < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for source code");
	*ret_parsed = p;
	return 0;
}

struct aisp_source_graph *aisp_source_graph_new(struct aisp_emit *e)
{
	struct aisp_source_graph *g = aisp_mem_zalloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->e = e;
	g->a = aisp_arena_new((size_t)4 << 30);
	if (!g->a) {
		aisp_mem_free(g);
		return NULL;
	}
	return g;
}

void aisp_source_add(struct aisp_source_graph *g, struct aisp_slice path, const struct aisp_source_parsed *parsed)
{
	if (parsed->gap)
		aisp_emit_gap(g->e, path, parsed->gap, parsed->detail);
	if (parsed->module && aisp_vec_push(&g->modules, parsed->module) < 0)
		aisp_emit_fail(g->e, AISP_E_NOMEM, NULL);
}

/* Files that hold something, and the imports that lead to them. */
static void imports(struct aisp_source_graph *g)
{
	bool *has = aisp_arena_zalloc(g->a, g->modules.n + 1, 1);

	if (!has) {
		aisp_emit_fail(g->e, AISP_E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < g->f.n_hits; i++)
		has[g->f.hits[i].module] = true;
	/* whatever reaches a file with something, directly or over others, matters for what a command runs */
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < g->f.n_imports; i++) {
			const struct aisp_source_import *m = &g->f.imports[i];

			if (has[m->to] && !has[m->from])
				more = has[m->from] = true;
		}
	}
	for (size_t i = 0; i < g->f.n_imports; i++) {
		const struct aisp_source_import *m = &g->f.imports[i];
		struct aisp_slice from = aisp_source_path(g->modules.v[m->from]), to = aisp_source_path(g->modules.v[m->to]);
		struct aisp_place at = {.path = from, .line = m->line, .note = AISP_S("import")};

		if (has[m->to])
			aisp_emit_edge(g->e, aisp_emit_file(g->e, from), AISP_EDGE_IMPORTS, aisp_emit_file(g->e, to), &at);
	}
}

/* Long, of one word, with letters and digits, as a machine makes them. */
static bool looks_issued(struct aisp_slice text)
{
	enum { SHORTEST = 16 };
	bool letters = false, digits = false;

	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];
		letters |= isalpha(c) != 0;
		digits |= isdigit(c) != 0;
		if (!isalnum(c) && !strchr("_-./+=", c))
			return false;
	}
	return text.n >= SHORTEST && letters && digits;
}

/* Credentials that stand in the code as texts. */
static void texts(struct aisp_source_graph *g)
{
	for (size_t i = 0; i < g->f.n_texts; i++) {
		const struct aisp_source_text *t = &g->f.texts[i];
		struct aisp_place at = {.path = aisp_source_path(g->modules.v[t->module]), .line = t->line, .pointer = t->scope};
		struct aisp_value v;
		aisp_node file;

		aisp_value_classify(t->name, t->text, &v);
		if (v.kind != AISP_VALUE_SECRET &&
		    !(v.kind == AISP_VALUE_CONNECTION && v.connection.password.n && !v.connection.placeholder))
			continue;
		if (v.kind == AISP_VALUE_SECRET && !aisp_token_kind(t->text) && !looks_issued(t->text))
			continue; /* code calls many things "key" and "token" that are none */
		file = aisp_emit_file(g->e, at.path);
		at.note = aisp_emit_fmt(g->e, "a text called %.*s in the code", AISP_FMT(t->name));
		aisp_credential_add(g->e, t->name, t->text, &file, 1, &at);
	}
}

void aisp_source_finish(struct aisp_source_graph *g)
{
	struct aisp_err err = {0};
	unsigned cores = aisp_task_workers();
	int r;

	while (cores > 1 && g->n_workers < cores && (g->workers[g->n_workers] = aisp_arena_new((size_t)2 << 30)))
		g->n_workers++;
	r = aisp_source_link_on(g->modules.v, g->modules.n, g->a, g->workers, g->n_workers, &g->f, &err);

	if (r == AISP_E_LIMIT) {
		aisp_emit_gap(g->e, AISP_S("source code"), AISP_E_LIMIT, aisp_slice_z(err.msg));
		return;
	}
	if (r == 0 && !(g->nodes = aisp_arena_zalloc(g->a, g->f.n_hits + 1, sizeof *g->nodes)))
		r = aisp_fail(&err, AISP_E_NOMEM, "out of memory for source code");
	if (r < 0) {
		aisp_emit_fail(g->e, r, &err);
		return;
	}
	if (g->f.partial)
		aisp_emit_gap(g->e, AISP_S("source code"), AISP_E_LIMIT, AISP_S("some values were not followed to their end: the code is too entangled"));
	aisp_source__nodes(g);
	aisp_source__edges(g);
	imports(g);
	texts(g);
}

void aisp_source_graph_free(struct aisp_source_graph *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->modules.n; i++)
		aisp_source_wipe(g->modules.v[i]);
	aisp_vec_done(&g->modules);
	for (unsigned i = 0; i < g->n_workers; i++)
		aisp_arena_free(g->workers[i]);
	aisp_arena_free(g->a);
	aisp_mem_free(g);
}
