/* Reading one file: limits, notebooks, the skim that decides whether parsing is worth it, and the parse. */
#include "base/buf.h"
#include "base/doc.h"
#include "scan/source/lower_shape.h"
#include "scan/source/rows.h"
#include <pthread.h>
#include <string.h>

enum { LANGS = 10, SYMBOLS_MAX = 1024, FIELDS_MAX = 128 };
static struct language {
	const TSLanguage *(*make)(void);
	const char *const *kinds, *const *fields;
	void (*lower)(struct lower *, TSNode);
	const struct shape_lang *shape; /* instead of kinds and fields */
	uint16_t kind_of[SYMBOLS_MAX], field_of[FIELDS_MAX];
} languages[LANGS] = {
	{tree_sitter_python, aisp_source__python_kinds, aisp_source__python_fields, aisp_source__lower_python, NULL, {0}, {0}},
	{tree_sitter_javascript, aisp_source__javascript_kinds, aisp_source__javascript_fields, aisp_source__lower_javascript, NULL, {0}, {0}},
	{tree_sitter_typescript, aisp_source__javascript_kinds, aisp_source__javascript_fields, aisp_source__lower_javascript, NULL, {0}, {0}},
	{tree_sitter_tsx, aisp_source__javascript_kinds, aisp_source__javascript_fields, aisp_source__lower_javascript, NULL, {0}, {0}},
	{tree_sitter_go, NULL, NULL, aisp_source__lower_shape, &aisp_source__go, {0}, {0}},
	{tree_sitter_java, NULL, NULL, aisp_source__lower_shape, &aisp_source__java, {0}, {0}},
	{tree_sitter_c_sharp, NULL, NULL, aisp_source__lower_shape, &aisp_source__csharp, {0}, {0}},
	{tree_sitter_rust, NULL, NULL, aisp_source__lower_shape, &aisp_source__rust, {0}, {0}},
	{tree_sitter_ruby, NULL, NULL, aisp_source__lower_shape, &aisp_source__ruby, {0}, {0}},
	{tree_sitter_php, NULL, NULL, aisp_source__lower_shape, &aisp_source__php, {0}, {0}},
};
static pthread_once_t languages_once = PTHREAD_ONCE_INIT;

static uint16_t index_of(const char *const *names, const char *name)
{
	for (uint16_t i = 1; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return 0;
}

static uint16_t shape_of(const struct shape *s, const char *node)
{
	while (s->node && strcmp(s->node, node) != 0)
		s++;
	return s->form;
}

static uint16_t shape_field_of(const char *name)
{
	const struct shape_field_name *f = aisp_source__shape_fields;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f->field;
}

static void languages_init(void)
{
	for (int l = 0; l < LANGS; l++) {
		struct language *g = &languages[l];
		const TSLanguage *ts = g->make();
		uint32_t n = ts_language_symbol_count(ts), f = ts_language_field_count(ts);

		for (uint32_t i = 0; i < n && i < SYMBOLS_MAX; i++)
			if (ts_language_symbol_type(ts, (TSSymbol)i) == TSSymbolTypeRegular)
				g->kind_of[i] = g->shape ? shape_of(g->shape->shapes, ts_language_symbol_name(ts, (TSSymbol)i))
				                         : index_of(g->kinds, ts_language_symbol_name(ts, (TSSymbol)i));
		for (uint32_t i = 1; i <= f && i < FIELDS_MAX; i++)
			g->field_of[i] = g->shape ? shape_field_of(ts_language_field_name_for_id(ts, (TSFieldId)i))
			                          : index_of(g->fields, ts_language_field_name_for_id(ts, (TSFieldId)i));
	}
}

enum aisp_source_lang aisp_source_lang_of(struct aisp_slice path)
{
	static const struct {
		const char *ext;
		enum aisp_source_lang lang;
	} exts[] = {
		{".py", AISP_SOURCE_PYTHON},      {".ipynb", AISP_SOURCE_NOTEBOOK}, {".js", AISP_SOURCE_JAVASCRIPT},
		{".mjs", AISP_SOURCE_JAVASCRIPT}, {".cjs", AISP_SOURCE_JAVASCRIPT}, {".jsx", AISP_SOURCE_JAVASCRIPT},
		{".ts", AISP_SOURCE_TYPESCRIPT},  {".mts", AISP_SOURCE_TYPESCRIPT}, {".cts", AISP_SOURCE_TYPESCRIPT},
		{".tsx", AISP_SOURCE_TSX},        {".go", AISP_SOURCE_GO},          {".java", AISP_SOURCE_JAVA},
		{".cs", AISP_SOURCE_CSHARP},      {".rs", AISP_SOURCE_RUST},        {".rb", AISP_SOURCE_RUBY},
		{".rake", AISP_SOURCE_RUBY},      {".php", AISP_SOURCE_PHP},
	};

	struct aisp_slice base = aisp_slice_basename(path);

	if (aisp_slice_starts(base, AISP_S("application")) &&
	    (aisp_slice_ends(base, AISP_S(".yml")) || aisp_slice_ends(base, AISP_S(".yaml")) || aisp_slice_ends(base, AISP_S(".properties"))))
		return AISP_SOURCE_SPRING;
	if (aisp_slice_ends(path, AISP_S(".d.ts")) || aisp_slice_ends(path, AISP_S(".min.js")))
		return AISP_SOURCE_NONE;
	for (size_t i = 0; i < sizeof exts / sizeof *exts; i++)
		if (aisp_slice_ends(path, aisp_slice_z(exts[i].ext)))
			return exts[i].lang;
	return AISP_SOURCE_NONE;
}

static int nomem(const struct aisp_arena *a, struct aisp_err *err)
{
	return aisp_arena_full(a) ? aisp_fail(err, AISP_E_LIMIT, "the code needs more memory than its cap")
	                          : aisp_fail(err, AISP_E_NOMEM, "out of memory");
}

/* The code cells of a notebook, one after the other, with the line of each in the notebook's text. Lines that are no
 * Python (%magic, !shell) are blanked. */
struct cells {
	struct aisp_buf text;
	AISP_VEC(uint32_t) lines;
	struct aisp_source_module *m;
	struct aisp_arena *a; /* for settings */
	bool bad;
};

/* %env NAME=value, %env NAME value: a setting of the notebook. */
static void env_magic(struct cells *c, struct aisp_slice t)
{
	size_t at = 0;
	struct aisp_slice rest = aisp_slice_trim(aisp_slice_from(t, 4));
	struct ssetting *s;

	while (at < rest.n && rest.p[at] != '=' && rest.p[at] != ' ')
		at++;
	if (at == 0 || at + 1 >= rest.n)
		return;
	s = aisp_arena_zalloc(c->a, 1, sizeof *s);
	if (!s) {
		c->bad = true;
		return;
	}
	s->name = aisp_arena_dup(c->a, aisp_slice_to(rest, at));
	s->value = aisp_arena_dup(c->a, aisp_slice_trim(aisp_slice_from(rest, at + 1)));
	c->bad |= !s->name.p || !s->value.p;
	s->next = c->m->settings;
	c->m->settings = s;
}

static void cell_line(struct cells *c, struct aisp_slice s, uint32_t line)
{
	struct aisp_slice t = aisp_slice_trim(s);

	if (aisp_slice_starts(t, AISP_S("%env ")))
		env_magic(c, t);
	if (t.n && (t.p[0] == '%' || t.p[0] == '!'))
		s = aisp_slice_z("");
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	aisp_buf_put(&c->text, s);
	aisp_buf_putc(&c->text, '\n');
	c->bad |= aisp_vec_push(&c->lines, line) < 0;
}

static void cell(struct cells *c, const struct aisp_doc *src)
{
	struct aisp_slice rest = aisp_doc_str(src), part;

	for (uint32_t i = 0; i < aisp_doc_count(src) && src->type == AISP_DOC_ARR; i++) {
		const struct aisp_doc *l = aisp_doc_at(src, i);
		struct aisp_slice item = aisp_doc_str(l);

		while (aisp_slice_split(&item, '\n', &part))
			if (part.n || item.p || aisp_doc_str(l).n <= 1)
				cell_line(c, part, aisp_doc_line(l));
	}
	while (rest.n && aisp_slice_split(&rest, '\n', &part))
		cell_line(c, part, aisp_doc_line(src));
}

/* The kernel's language; a notebook that names none is Python's. */
static bool is_python_kernel(const struct aisp_doc *d)
{
	const struct aisp_doc *meta = aisp_doc_get(d, "metadata");
	struct aisp_slice lang = meta ? aisp_doc_getstr(aisp_doc_get(meta, "kernelspec"), "language") : aisp_slice_z("");

	if (!lang.n && meta)
		lang = aisp_doc_getstr(aisp_doc_get(meta, "language_info"), "name");
	return !lang.n || aisp_slice_findi(lang, AISP_S("python")) != SIZE_MAX;
}

static int notebook(struct aisp_slice text, const struct aisp_source_limits *lim, struct cells *c, struct aisp_arena *a,
                    struct aisp_err *err)
{
	struct aisp_doc_limits dl = {.max_bytes = lim->max_bytes};
	const struct aisp_doc *d;
	const struct aisp_doc *cells;
	int r = aisp_json_parse(a, text, &dl, &d, err);

	if (r < 0)
		return aisp_wrap(err, r, "while reading the notebook");
	cells = aisp_doc_get(d, "cells");
	if (!cells || cells->type != AISP_DOC_ARR)
		return aisp_fail(err, AISP_E_PARSE, "the notebook has no list \"cells\"");
	for (uint32_t i = 0; i < cells->n && is_python_kernel(d); i++)
		if (aisp_slice_eqz(aisp_doc_getstr(aisp_doc_at(cells, i), "cell_type"), "code"))
			cell(c, aisp_doc_get(aisp_doc_at(cells, i), "source"));
	if (c->bad)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	return aisp_buf_check(&c->text, err);
}

static const struct language *language_for(enum aisp_source_lang lang)
{
	pthread_once(&languages_once, languages_init);
	return &languages[lang <= AISP_SOURCE_NOTEBOOK || lang > AISP_SOURCE_PHP ? 0 : (int)lang - (int)AISP_SOURCE_JAVASCRIPT + 1];
}

static void parser_freep(TSParser **p)
{
	if (*p)
		ts_parser_delete(*p);
}

static void tree_freep(TSTree **t)
{
	if (*t)
		ts_tree_delete(*t);
}

static int parse(struct aisp_source_module *m, struct aisp_slice text, const uint32_t *line_map, uint32_t n_lines,
                 struct aisp_arena *a, struct aisp_err *err)
{
	const struct language *g = language_for(m->lang);
	AISP_CLEANUP(parser_freep) TSParser *p = ts_parser_new();
	AISP_CLEANUP(tree_freep) TSTree *tree = NULL;
	struct lower L = {.m = m,
	                  .a = a,
	                  .text = text,
	                  .kind_of = g->kind_of,
	                  .field_of = g->field_of,
	                  .n_symbols = SYMBOLS_MAX,
	                  .n_fields = FIELDS_MAX - 1,
	                  .line_map = line_map,
	                  .n_lines = n_lines,
	                  .max_depth = m->limits.max_depth,
	                  .shape = g->shape};

	if (!p || !ts_parser_set_language(p, g->make()))
		return aisp_fail(err, AISP_E_INTERNAL, "the grammar does not fit the tree-sitter library");
	ts_parser_set_timeout_micros(p, m->limits.timeout_us);
	tree = ts_parser_parse_string(p, NULL, text.p ? text.p : "", (uint32_t)text.n);
	if (!tree)
		return aisp_fail(err, AISP_E_TIMEOUT, "parsing took longer than %llu ms",
		                 (unsigned long long)(m->limits.timeout_us / 1000));
	m->mentions = NULL;
	m->mentions_tail = &m->mentions;
	m->stars = NULL;
	L.cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
	m->top = aisp_source__scope_push(&L, SSCOPE_MODULE, aisp_slice_z(""), ts_tree_root_node(tree));
	if (m->top)
		g->lower(&L, ts_tree_root_node(tree));
	ts_tree_cursor_delete(&L.cursor);
	aisp_vec_done(&L.pool);
	if (L.bad < 0) {
		m->top = NULL;
		return nomem(a, err);
	}
	m->parsed = true;
	return 0;
}

static int settings(struct aisp_source_module *m, struct aisp_arena *a, struct aisp_err *err)
{
	struct lower L = {.m = m, .a = a, .text = m->text};
	int r;

	m->top = aisp_source__scope_push(&L, SSCOPE_MODULE, aisp_slice_z(""), (TSNode){.id = NULL});
	r = m->top ? aisp_source__lower_settings(&L, err) : 0;
	if (r < 0 || L.bad < 0)
		m->top = NULL;
	if (r < 0)
		return r;
	if (L.bad < 0)
		return nomem(a, err);
	m->parsed = true;
	return 0;
}

int aisp_source__parse(struct aisp_source_module *m, struct aisp_arena *a, struct aisp_err *err)
{
	struct aisp_slice text = m->text;

	if (m->lang == AISP_SOURCE_SPRING)
		return settings(m, a, err);
	return parse(m, text, NULL, 0, a, err);
}

/* The longest line is over the limit? */
static bool is_minified(struct aisp_slice text, size_t max_line)
{
	struct aisp_slice rest = text;

	while (rest.n > max_line) {
		const char *nl = memchr(rest.p, '\n', max_line + 1);

		if (!nl)
			return true;
		nl = memrchr(rest.p, '\n', max_line + 1);
		rest = aisp_slice_from(rest, (size_t)(nl - rest.p) + 1);
	}
	return false;
}

static struct aisp_source_limits with_defaults(const struct aisp_source_limits *l)
{
	struct aisp_source_limits d = {4 << 20, 20000, 200, 5000000};

	if (l) {
		d.max_bytes = l->max_bytes ? l->max_bytes : d.max_bytes;
		d.max_line = l->max_line ? l->max_line : d.max_line;
		d.max_depth = l->max_depth ? l->max_depth : d.max_depth;
		d.timeout_us = l->timeout_us ? l->timeout_us : d.timeout_us;
	}
	if (d.max_depth > 400)
		d.max_depth = 400;
	if (d.max_bytes > UINT32_MAX / 2)
		d.max_bytes = UINT32_MAX / 2;
	return d;
}

static void cells_done(struct cells *c)
{
	aisp_buf_done(&c->text);
	aisp_vec_done(&c->lines);
}

static int read_notebook(struct aisp_source_module *m, struct aisp_slice text, struct aisp_arena *a, struct aisp_err *err)
{
	AISP_CLEANUP(cells_done) struct cells c = {.m = m, .a = a};
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *tmp = aisp_arena_new(16 * m->limits.max_bytes);
	struct aisp_slice code;
	bool wanted = false;
	int r;

	if (!tmp)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	aisp_buf_init(&c.text, m->limits.max_bytes);
	r = notebook(text, &m->limits, &c, tmp, err);
	if (r < 0)
		return r;
	code = aisp_arena_dup(a, aisp_buf_slice(&c.text));
	if (!code.p)
		return nomem(a, err);
	m->text = code;
	m->too_late = true; /* its line numbers are known only now */
	r = aisp_source__skim(m, code, a, &wanted, err);
	if (r < 0 || !wanted)
		return r;
	return parse(m, code, c.lines.v, (uint32_t)c.lines.n, a, err);
}

int aisp_source_read(struct aisp_slice path, enum aisp_source_lang lang, struct aisp_slice text,
                     const struct aisp_source_limits *limits, struct aisp_arena *a,
                     struct aisp_source_module **ret_module, struct aisp_err *err)
{
	struct aisp_source_module *m = aisp_arena_zalloc(a, 1, sizeof *m);
	bool wanted = false;
	int r;

	if (!m)
		return nomem(a, err);
	m->limits = with_defaults(limits);
	m->lang = lang;
	m->mentions_tail = &m->mentions;
	m->path = aisp_arena_dup(a, path);
	if (!m->path.p)
		return nomem(a, err);
	if (text.n > m->limits.max_bytes)
		return aisp_fail(err, AISP_E_LIMIT, "%zu bytes are more than the %zu that source code may have", text.n,
		                 m->limits.max_bytes);
	if (lang == AISP_SOURCE_NOTEBOOK) {
		r = read_notebook(m, text, a, err);
	} else {
		if (is_minified(text, m->limits.max_line))
			return aisp_fail(err, AISP_E_LIMIT, "a line is longer than %zu bytes: generated or minified code",
			                 m->limits.max_line);
		m->text = aisp_arena_dup(a, text);
		if (!m->text.p)
			return nomem(a, err);
		if (lang == AISP_SOURCE_SPRING)
			wanted = aisp_slice_find(text, AISP_S("ai")) != SIZE_MAX || aisp_slice_find(text, AISP_S("datasource")) != SIZE_MAX;
		r = lang == AISP_SOURCE_SPRING ? 0 : aisp_source__skim(m, m->text, a, &wanted, err);
		if (r == 0 && wanted)
			r = aisp_source__parse(m, a, err);
	}
	if (r < 0)
		return r;
	*ret_module = m;
	return 0;
}

const char *aisp_source_partial(const struct aisp_source_module *m)
{
	return m->partial;
}

struct aisp_slice aisp_source_path(const struct aisp_source_module *m)
{
	return m->path;
}

bool aisp_source_parsed(const struct aisp_source_module *m)
{
	return m->parsed;
}

void aisp_source_wipe(struct aisp_source_module *m)
{
	if (m->text.n)
		explicit_bzero((char *)(uintptr_t)m->text.p, m->text.n);
	m->text.n = 0;
	m->parsed = false;
}
