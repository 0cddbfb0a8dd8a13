/* YAML: libfyaml's events, made into our tree.
 *
 * Only its event parser is used, never its documents: the tree, aliases, merge keys and all caps are ours. An alias shares
 * the finished subtree and counts as much as what it stands for, so "billion laughs" is stopped by max_values and costs no
 * memory; an alias inside its own anchor is refused.
 * Not for: keys that are lists or maps (AISP_E_PARSE), YAML in UTF-16.
 *
 * libfyaml 0.7 is not made for hostile input: it puts as much on the stack as a directive is long or a block scalar ends with
 * blank lines, needs quadratic time for the length of a tag and for blank lines in a row, goes through a list of all %TAG
 * lines at every tag, and keeps a whole line of flow style in memory until it knows that it is no key. guard() refuses such
 * texts before libfyaml sees them. A text that begins like JSON is tried as JSON first, which has none of these limits.
 */
#include "base/doc_int.h"
#include "base/sym.h"
#include <libfyaml.h>
#include <math.h>

enum {
	WORD_MAX = 1024,
	DIRECTIVES_MAX = 100,
	BLANK_LINES_MAX = 10000,
	BLANK_COST_MAX = 1000000000, /* about half a second */
	ON_LINE_MAX = 250000,   /* about 100 MB */
	FLOW_OPEN_MAX = 100000,
	FLOW_MAX = 2000000, /* about 700 MB */
	TEXT_MAX = 1 << 30,
};

struct anchor {
	struct aisp_doc value;
	struct aisp_doc_extent extent; /* values = 0 while it is not finished */
	struct aisp_slice text;        /* of a scalar, when it is used as a key */
};
struct level {
	aisp_sym anchor;
	bool obj, want_key;
};
struct yaml {
	struct aisp_docb b;
	struct fy_diag *diag;
	struct fy_parser *parser;
	AISP_VEC(struct level) levels;
	AISP_VEC(size_t) merges; /* positions in b.pending of the values of merge keys */
	AISP_VEC(struct anchor) anchors; /* by symbol - 1 */
	AISP_VEC(struct aisp_doc) docs;
	struct aisp_symtab *names; /* of anchors; made at the first */
	uint32_t line;
	char note[200]; /* what libfyaml said first */
};

static int broken(struct yaml *y, uint32_t line, const char *what)
{
	return aisp_fail(y->b.err, AISP_E_PARSE, "line %u: not YAML: %s", line, what);
}

/* ---- scalars: the core schema of YAML 1.2, section 10.3 ---- */

static bool one_of(struct aisp_slice s, const char *const *words)
{
	for (; *words; words++)
		if (aisp_slice_eqz(s, *words))
			return true;
	return false;
}

static size_t skip_digits(struct aisp_slice s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i;
}

/* [-+]? ( . digits | digits ( . digits? )? ) ( [eE] [-+]? digits )? ; integers are among them. */
static bool is_number(struct aisp_slice s)
{
	size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'), from = i, digits;

	i = skip_digits(s, i);
	digits = i - from;
	if (i < s.n && s.p[i] == '.') {
		from = ++i;
		i = skip_digits(s, i);
		digits += i - from;
	}
	if (digits == 0)
		return false;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
		from = i;
		i = skip_digits(s, i);
		if (i == from)
			return false;
	}
	return i == s.n;
}

/* 0x… and 0o…; what int64 does not hold becomes a real. */
static bool based_number(struct aisp_slice s, struct aisp_doc *d)
{
	uint64_t n = 0;
	double r = 0;
	bool big = false;

	if (s.n < 3 || s.p[0] != '0' || (s.p[1] != 'x' && s.p[1] != 'o'))
		return false;
	unsigned base = s.p[1] == 'x' ? 16 : 8;

	for (size_t i = 2; i < s.n; i++) {
		char c = s.p[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
		                 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
		                 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
		                                        : 99;
		if (digit >= base)
			return false;
		big |= n > ((uint64_t)INT64_MAX - digit) / base;
		n = n * base + digit;
		r = r * base + digit;
	}
	if (big)
		d->r = r;
	else
		d->i = (int64_t)n;
	d->type = big ? AISP_DOC_REAL : AISP_DOC_INT;
	return true;
}

static struct aisp_doc resolve(struct aisp_slice s, uint32_t line)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL};
	static const char *const falses[] = {"false", "False", "FALSE", NULL};
	static const char *const infs[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
	static const char *const minus_infs[] = {"-.inf", "-.Inf", "-.INF", NULL};
	static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
	struct aisp_doc d = {.line = line};

	if (one_of(s, nulls))
		return d;
	if (is_number(s))
		return aisp_doc__number(s, line);
	if (based_number(s, &d))
		return d;
	if (one_of(s, trues) || one_of(s, falses)) {
		d.type = AISP_DOC_BOOL;
		d.b = one_of(s, trues);
	} else if (one_of(s, infs) || one_of(s, minus_infs)) {
		d.type = AISP_DOC_REAL;
		d.r = one_of(s, infs) ? HUGE_VAL : -HUGE_VAL;
	} else if (one_of(s, nans)) {
		d.type = AISP_DOC_REAL;
		d.r = (double)NAN;
	} else {
		d.type = AISP_DOC_STR;
		d.s = s;
	}
	return d;
}

static struct aisp_slice token_text(struct fy_token *token)
{
	size_t n = 0;
	const char *p = token ? fy_token_get_text(token, &n) : NULL;

	return p ? aisp_slice_of(p, n) : AISP_S("");
}

/* Quoted text is text, unless it is tagged as something else of the core schema; "!" and "!!str" make text of all. */
static struct aisp_doc scalar(struct yaml *y, struct fy_event *ev, struct aisp_slice text)
{
	static const char *const resolved[] = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
	                                       "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", NULL};
	static const char *const texts[] = {"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary", NULL};
	struct aisp_slice tag = token_text(ev->scalar.tag);
	bool plain = fy_token_scalar_style(ev->scalar.value) == FYSS_PLAIN;

	if ((plain || one_of(tag, resolved)) && !one_of(tag, texts))
		return resolve(text, y->line);
	return (struct aisp_doc){.type = AISP_DOC_STR, .line = y->line, .s = text};
}

/* ---- anchors ---- */

static int new_anchor(struct yaml *y, struct fy_token *token, aisp_sym *ret_sym)
{
	aisp_sym sym;

	*ret_sym = 0;
	if (!token)
		return AISP_OK;
	if (!y->names)
		y->names = aisp_symtab_new();
	if (!y->names)
		return aisp_docb_nomem(&y->b);
	int r = aisp_symtab_add(y->names, token_text(token), &sym, y->b.err);

	if (r < 0)
		return r;
	if (sym > y->anchors.n && aisp_vec_push(&y->anchors, (struct anchor){0}) < 0)
		return aisp_docb_nomem(&y->b);
	if (sym)
		y->anchors.v[sym - 1] = (struct anchor){0};
	*ret_sym = sym;
	return AISP_OK;
}

static void set_anchor(struct yaml *y, aisp_sym sym, const struct aisp_doc *value, struct aisp_doc_extent extent,
                       struct aisp_slice text)
{
	if (sym)
		y->anchors.v[sym - 1] = (struct anchor){*value, extent, text};
}

/* ---- merge keys: https://yaml.org/type/merge.html ---- */

/* Adds the members of map whose keys are not among `seen`, then their keys to it. */
static int merge_map(struct yaml *y, struct aisp_symtab *seen, const struct aisp_doc *map)
{
	aisp_sym sym;

	for (uint32_t i = 0; i < map->n; i++)
		if (!aisp_symtab_find(seen, map->members[i].key) && aisp_vec_push(&y->b.pending, map->members[i]) < 0)
			return aisp_docb_nomem(&y->b);
	for (uint32_t i = 0; i < map->n; i++) {
		int r = aisp_symtab_add(seen, map->members[i].key, &sym, y->b.err);

		if (r < 0)
			return r;
	}
	return AISP_OK;
}

static bool mergeable(const struct aisp_doc *d)
{
	bool all = d->type == AISP_DOC_ARR;

	for (uint32_t i = 0; all && i < d->n; i++)
		all = d->items[i].type == AISP_DOC_OBJ;
	return all || d->type == AISP_DOC_OBJ;
}

static int merge_value(struct yaml *y, struct aisp_symtab *seen, struct aisp_doc from)
{
	int r = AISP_OK;

	if (from.type == AISP_DOC_OBJ)
		return merge_map(y, seen, &from);
	for (uint32_t i = 0; r == 0 && i < from.n; i++)
		r = merge_map(y, seen, &from.items[i]);
	return r;
}

/* Replaces the merge keys of the innermost map by what they bring; explicit keys win, then earlier maps. What merges[from…)
 * names but holds no map stays an ordinary member. */
static int merge(struct yaml *y, size_t from)
{
	size_t first = y->b.open.v[y->b.open.n - 1].first, end = y->b.pending.n, at = from, to = first;
	AISP_CLEANUP(aisp_symtab_freep) struct aisp_symtab *seen = aisp_symtab_new();
	aisp_sym sym;
	int r = AISP_OK;

	if (!seen)
		return aisp_docb_nomem(&y->b);
	for (size_t i = from; i < y->merges.n; i++)
		if (mergeable(&y->b.pending.v[y->merges.v[i]].value))
			y->merges.v[at++] = y->merges.v[i];
	y->merges.n = at;
	for (size_t i = first; r == 0 && i < end; i++) {
		r = aisp_symtab_add(seen, y->b.pending.v[i].key, &sym, y->b.err);
	}
	for (size_t i = from; r == 0 && i < y->merges.n; i++)
		r = merge_value(y, seen, y->b.pending.v[y->merges.v[i]].value);
	if (r < 0)
		return r;
	at = from;
	for (size_t i = first; i < y->b.pending.n; i++) {
		if (at < y->merges.n && y->merges.v[at] == i)
			at++;
		else
			y->b.pending.v[to++] = y->b.pending.v[i];
	}
	y->b.pending.n = to;
	return AISP_OK;
}

/* ---- events ---- */

static struct level *top(struct yaml *y)
{
	return y->levels.n ? &y->levels.v[y->levels.n - 1] : NULL;
}

static bool at_key(struct yaml *y)
{
	return y->levels.n && top(y)->want_key;
}

static void value_done(struct yaml *y)
{
	if (y->levels.n)
		top(y)->want_key = top(y)->obj;
}

static int on_key(struct yaml *y, struct aisp_slice text, bool merges)
{
	int r = aisp_docb_key(&y->b, text, y->line);

	if (r < 0)
		return r;
	top(y)->want_key = false;
	if (merges && aisp_vec_push(&y->merges, y->b.pending.n - 1) < 0)
		return aisp_docb_nomem(&y->b);
	return AISP_OK;
}

static int on_scalar(struct yaml *y, struct fy_event *ev)
{
	struct aisp_slice text = token_text(ev->scalar.value);
	struct aisp_doc value = scalar(y, ev, text);
	bool key = at_key(y), plain = fy_token_scalar_style(ev->scalar.value) == FYSS_PLAIN;
	aisp_sym sym;
	int r = new_anchor(y, ev->scalar.anchor, &sym);

	if (r == 0)
		r = key ? on_key(y, text, plain && !ev->scalar.tag && aisp_slice_eqz(text, "<<"))
		        : aisp_docb_put(&y->b, &value);
	if (r < 0)
		return r;
	if (sym) {
		struct aisp_slice copy = aisp_arena_dup(y->b.arena, text);

		if (!copy.p)
			return aisp_docb_nomem(&y->b);
		if (value.type == AISP_DOC_STR)
			value.s = copy;
		set_anchor(y, sym, &value, (struct aisp_doc_extent){1, 1}, copy);
	}
	if (!key)
		value_done(y);
	return AISP_OK;
}

static int on_alias(struct yaml *y, struct fy_event *ev)
{
	aisp_sym sym = y->names ? aisp_symtab_find(y->names, token_text(ev->alias.anchor)) : 0;

	if (!sym || y->anchors.v[sym - 1].extent.values == 0)
		return broken(y, y->line, sym ? "an alias inside of what it stands for" : "an alias without its anchor");
	struct anchor a = y->anchors.v[sym - 1];

	if (at_key(y)) {
		if (!a.text.p)
			return broken(y, y->line, "a list or map as a key is not supported");
		return on_key(y, a.text, false);
	}
	int r = aisp_docb_graft(&y->b, &a.value, a.extent, y->line);

	if (r == 0)
		value_done(y);
	return r;
}

static int on_open(struct yaml *y, bool obj, struct fy_token *anchor)
{
	aisp_sym sym;

	if (at_key(y))
		return broken(y, y->line, "a list or map as a key is not supported");
	int r = new_anchor(y, anchor, &sym);

	if (r == 0)
		r = aisp_docb_open(&y->b, obj, y->line);
	if (r < 0)
		return r;
	if (aisp_vec_push(&y->levels, (struct level){sym, obj, obj}) < 0)
		return aisp_docb_nomem(&y->b);
	return AISP_OK;
}

static int on_close(struct yaml *y)
{
	struct level level = *top(y);
	struct aisp_doc value;
	struct aisp_doc_extent extent;
	size_t from = y->merges.n, first = y->b.open.v[y->b.open.n - 1].first;
	int r = AISP_OK;

	while (from > 0 && y->merges.v[from - 1] >= first)
		from--;
	if (from < y->merges.n)
		r = merge(y, from);
	y->merges.n = from;
	if (r == 0)
		r = aisp_docb_close(&y->b, &value, &extent);
	if (r < 0)
		return r;
	y->levels.n--;
	set_anchor(y, level.anchor, &value, extent, (struct aisp_slice){0});
	value_done(y);
	return AISP_OK;
}

static int on_document_end(struct yaml *y)
{
	struct aisp_doc root;

	if (y->b.pending.n == 0)
		return AISP_OK;
	root = aisp_docb_root(&y->b);
	return aisp_vec_push(&y->docs, root) < 0 ? aisp_docb_nomem(&y->b) : AISP_OK;
}

static int on_event(struct yaml *y, struct fy_event *ev)
{
	const struct fy_mark *mark = fy_event_start_mark(ev);

	if (mark && mark->line >= 0)
		y->line = (uint32_t)mark->line + 1;
	switch (ev->type) {
	case FYET_DOCUMENT_START: /* anchors hold for one document */
		aisp_symtab_freep(&y->names);
		y->anchors.n = 0;
		return AISP_OK;
	case FYET_DOCUMENT_END:
		return on_document_end(y);
	case FYET_SCALAR:
		return on_scalar(y, ev);
	case FYET_ALIAS:
		return on_alias(y, ev);
	case FYET_SEQUENCE_START:
		return on_open(y, false, ev->sequence_start.anchor);
	case FYET_MAPPING_START:
		return on_open(y, true, ev->mapping_start.anchor);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		return on_close(y);
	default:
		return AISP_OK;
	}
}

/* ---- the parser ---- */

struct guard {
	struct yaml *y;
	struct aisp_slice text;
	size_t tag;         /* position + 1 of the tag, anchor, alias or directive that is being read */
	size_t directives;
	size_t blank_lines; /* up to here, in a row */
	size_t blank_cost;  /* the squares of all such rows */
	size_t open;        /* flow brackets opened and not closed */
	size_t on_line;     /* indicators on this line */
	size_t flow;        /* brackets and commas */
	bool empty;         /* only blanks on this line so far */
};

static int refuse(const struct guard *g, size_t at, const char *what)
{
	return aisp_fail(g->y->b.err, AISP_E_LIMIT, "line %u: %s", aisp_doc__line_at(g->text, at), what);
}

static int guard_line_end(struct guard *g, size_t at)
{
	g->blank_lines = g->empty ? g->blank_lines + 1 : 0;
	g->blank_cost += 2 * g->blank_lines;
	g->empty = true;
	g->tag = 0;
	g->on_line = 0;
	if (g->blank_lines > BLANK_LINES_MAX || g->blank_cost > BLANK_COST_MAX)
		return refuse(g, at, "more blank lines in a row than can be read in time");
	return AISP_OK;
}

static int guard_tag(struct guard *g, size_t at)
{
	char c = g->text.p[at], before = at ? g->text.p[at - 1] : '\n';

	if (!strchr(" \t\r\n[{,:?-", before) || g->tag)
		return AISP_OK;
	g->tag = at + 1;
	if (c == '%' && (before == '\n' || before == '\r') && ++g->directives > DIRECTIVES_MAX)
		return refuse(g, at, "more directives than can be read in time");
	return AISP_OK;
}

static int guard_indicator(struct guard *g, size_t at)
{
	char c = g->text.p[at];

	if (c == '[' || c == '{')
		g->open++;
	else if ((c == ']' || c == '}') && g->open > 0)
		g->open--;
	g->flow += strchr("[]{},", c) != NULL;
	if (++g->on_line > ON_LINE_MAX || g->open > FLOW_OPEN_MAX || g->flow > FLOW_MAX)
		return refuse(g, at, "more brackets, commas or quotes in a row than can be read in time");
	return strchr("!&*%", c) ? guard_tag(g, at) : AISP_OK;
}

static int guard_char(struct guard *g, size_t at)
{
	char c = g->text.p[at];

	if (c == '\n' || c == '\r')
		return guard_line_end(g, at);
	if (c == ' ' || c == '\t') {
		g->tag = 0;
		return AISP_OK;
	}
	g->empty = false;
	if (g->tag && at - g->tag > WORD_MAX)
		return refuse(g, at, "a tag, anchor, alias or directive of more than 1,024 bytes");
	if (c == '\0')
		return broken(g->y, aisp_doc__line_at(g->text, at), "a NUL byte");
	return strchr("!&*%[]{},\"':?", c) ? guard_indicator(g, at) : AISP_OK;
}

/* Refuses what makes libfyaml crash or crawl: see the head of this file. Text inside of quotes is held to the same. */
static int guard(struct yaml *y, struct aisp_slice text)
{
	struct guard g = {.y = y, .text = text, .empty = true};
	int r = AISP_OK;

	if (text.n > TEXT_MAX)
		return aisp_fail(y->b.err, AISP_E_LIMIT, "YAML of %zu bytes is more than can be read at once", text.n);
	for (size_t i = 0; r == 0 && i < text.n; i++)
		r = guard_char(&g, i);
	return r;
}

static void on_note(struct fy_diag *diag, void *user, const char *p, size_t n)
{
	struct yaml *y = user;

	(void)diag;
	if (y->note[0] || n == 0)
		return;
	if (n >= sizeof y->note)
		n = sizeof y->note - 1;
	memcpy(y->note, p, n);
	y->note[n] = '\0';
	y->note[strcspn(y->note, "\n")] = '\0';
}

/* What libfyaml found wrong: the errors it collected, else what it wrote. */
static int parser_error(struct yaml *y)
{
	void *iter = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(y->diag, &iter);

	if (e && e->msg)
		return broken(y, e->line > 0 ? (uint32_t)e->line : y->line, e->msg);
	return broken(y, y->line, y->note[0] ? y->note : "its form is broken");
}

static int start(struct yaml *y, struct aisp_slice text)
{
	const struct fy_diag_cfg diag_cfg = {
		.output_fn = on_note,
		.user = y,
		.level = FYET_ERROR,
		.module_mask = ~0U,
	};
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2};

	y->diag = fy_diag_create(&diag_cfg);
	if (!y->diag)
		return aisp_docb_nomem(&y->b);
	fy_diag_set_collect_errors(y->diag, true);
	cfg.diag = y->diag;
	y->parser = fy_parser_create(&cfg);
	if (!y->parser || fy_parser_set_string(y->parser, text.p, text.n) != 0)
		return aisp_docb_nomem(&y->b);
	return AISP_OK;
}

/* JSON is YAML, and read faster. AISP_E_PARSE when it is none. */
static int run_json(struct yaml *y, struct aisp_slice text)
{
	const struct aisp_doc_limits limits = {y->b.max_bytes, y->b.max_depth, y->b.max_values};
	struct aisp_slice begin = aisp_slice_trim(aisp_slice_to(text, WORD_MAX));
	const struct aisp_doc *doc;

	if (begin.n == 0 || (begin.p[0] != '{' && begin.p[0] != '['))
		return AISP_E_PARSE;
	int r = aisp_json_parse(y->b.arena, text, &limits, &doc, y->b.err);

	if (r == 0 && aisp_vec_push(&y->docs, *doc) < 0)
		return aisp_docb_nomem(&y->b);
	return r;
}

static int run(struct yaml *y, struct aisp_slice text)
{
	struct fy_event *ev;
	int r = run_json(y, text);

	if (r != AISP_E_PARSE)
		return r;
	r = aisp_doc__check_utf8(text, y->b.err);
	if (r == 0)
		r = guard(y, text);
	if (r < 0 || text.n == 0)
		return r;
	r = start(y, text);
	while (r == 0 && (ev = fy_parser_parse(y->parser)) != NULL) {
		r = on_event(y, ev);
		fy_parser_event_free(y->parser, ev);
	}
	if (r == 0 && fy_parser_get_stream_error(y->parser))
		r = parser_error(y);
	return r;
}

static int give(struct yaml *y, struct aisp_docs *ret_docs)
{
	struct aisp_doc *docs = NULL;

	if (y->docs.n > 0) {
		docs = aisp_arena_alloc(y->b.arena, y->docs.n * sizeof *docs);
		if (!docs)
			return aisp_docb_nomem(&y->b);
		memcpy(docs, y->docs.v, y->docs.n * sizeof *docs);
	}
	*ret_docs = (struct aisp_docs){docs, y->docs.n};
	return AISP_OK;
}

int aisp_yaml_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                    struct aisp_docs *ret_docs, struct aisp_err *err)
{
	struct yaml y = {.line = 1};
	int r = aisp_docb_init(&y.b, a, text, limits, err);

	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	if (r == 0)
		r = run(&y, text);
	if (r == 0)
		r = give(&y, ret_docs);
	fy_parser_destroy(y.parser);
	fy_diag_destroy(y.diag);
	aisp_docb_done(&y.b);
	aisp_symtab_free(y.names);
	aisp_vec_done(&y.levels);
	aisp_vec_done(&y.merges);
	aisp_vec_done(&y.anchors);
	aisp_vec_done(&y.docs);
	return r;
}
