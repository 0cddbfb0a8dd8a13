/* YAML: libyaml's events, made into our tree.
 *
 * Only its event parser is used: the tree, aliases, merge keys and all caps are ours. An alias shares the finished subtree
 * and counts as much as what it stands for, so "billion laughs" is stopped by max_values and costs no memory; an alias inside of
 * its own anchor is refused.
 * Not for: keys that are lists or maps (AISP_E_PARSE), YAML in UTF-16.
 *
 * Why libyaml: it looks ahead no further than a key may be long (1,024 characters), keeps nothing on the stack, and has been
 * fuzzed for years; and it is what kubectl, Helm, Ansible and PyYAML read with, so we see what they see. libfyaml 0.7 frees
 * memory twice on broken input, puts directives and blank lines on the stack, and keeps whole documents in memory at 100 times
 * their size. The one thing that is quadratic in libyaml, %TAG lines, is limited here.
 */
#include "base/doc_int.h"
#include "base/sym.h"
#include <math.h>
#include <stdio.h>
#include <yaml.h>

enum { DIRECTIVES_MAX = 100 };

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
	yaml_parser_t parser;
	bool started; /* parser is to be deleted */
	AISP_VEC(struct level) levels;
	AISP_VEC(size_t) merges; /* positions in b.pending of the values of merge keys */
	AISP_VEC(struct anchor) anchors; /* by symbol - 1 */
	AISP_VEC(struct aisp_doc) docs;
	struct aisp_symtab *names; /* of anchors; made at the first */
	struct aisp_slice input;
	uint32_t line;
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

/* The words that are no text; the longest has five letters. */
static bool resolve_word(struct aisp_slice s, struct aisp_doc *d)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL};
	static const char *const falses[] = {"false", "False", "FALSE", NULL};
	static const char *const infs[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
	static const char *const minus_infs[] = {"-.inf", "-.Inf", "-.INF", NULL};
	static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};

	if (s.n > 5)
		return false;
	if (one_of(s, nulls)) {
		d->type = AISP_DOC_NULL;
	} else if (one_of(s, trues) || one_of(s, falses)) {
		d->type = AISP_DOC_BOOL;
		d->b = one_of(s, trues);
	} else if (one_of(s, infs) || one_of(s, minus_infs)) {
		d->type = AISP_DOC_REAL;
		d->r = one_of(s, infs) ? HUGE_VAL : -HUGE_VAL;
	} else if (one_of(s, nans)) {
		d->type = AISP_DOC_REAL;
		d->r = (double)NAN;
	} else {
		return false;
	}
	return true;
}

static struct aisp_doc resolve(struct aisp_slice s, uint32_t line)
{
	struct aisp_doc d = {.line = line};

	if (is_number(s))
		return aisp_doc__number(s, line);
	if (!resolve_word(s, &d) && !based_number(s, &d)) {
		d.type = AISP_DOC_STR;
		d.s = s;
	}
	return d;
}

static struct aisp_slice text_of(const yaml_char_t *z)
{
	return aisp_slice_z((const char *)z);
}

/* Quoted text is text, unless it is tagged as something else of the core schema; "!" and "!!str" make text of all. */
static struct aisp_doc scalar(struct yaml *y, const yaml_event_t *ev, struct aisp_slice text)
{
	static const char *const resolved[] = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
	                                       "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", NULL};
	static const char *const texts[] = {"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary", NULL};
	struct aisp_slice tag = text_of(ev->data.scalar.tag);
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if ((plain || one_of(tag, resolved)) && !one_of(tag, texts))
		return resolve(text, y->line);
	return (struct aisp_doc){.type = AISP_DOC_STR, .line = y->line, .s = text};
}

/* ---- anchors ---- */

static int new_anchor(struct yaml *y, const yaml_char_t *name, aisp_sym *ret_sym)
{
	aisp_sym sym;

	*ret_sym = 0;
	if (!name)
		return AISP_OK;
	if (!y->names)
		y->names = aisp_symtab_new();
	if (!y->names)
		return aisp_docb_nomem(&y->b);
	int r = aisp_symtab_add(y->names, text_of(name), &sym, y->b.err);

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
	for (size_t i = first; r == 0 && i < end; i++)
		r = aisp_symtab_add(seen, y->b.pending.v[i].key, &sym, y->b.err);
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

static int on_scalar(struct yaml *y, const yaml_event_t *ev)
{
	struct aisp_slice text = aisp_slice_of((const char *)ev->data.scalar.value, ev->data.scalar.length);
	struct aisp_doc value = scalar(y, ev, text);
	bool key = at_key(y), plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	aisp_sym sym;
	int r = new_anchor(y, ev->data.scalar.anchor, &sym);

	if (r == 0)
		r = key ? on_key(y, text, plain && !ev->data.scalar.tag && aisp_slice_eqz(text, "<<"))
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

static int on_alias(struct yaml *y, const yaml_event_t *ev)
{
	aisp_sym sym = y->names ? aisp_symtab_find(y->names, text_of(ev->data.alias.anchor)) : 0;

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

static int on_open(struct yaml *y, bool obj, const yaml_char_t *anchor)
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

/* The line of an event. libyaml ends a last line that has no line end itself, so what it supplies there (the value that a key
 * at the very end lacks) seems to stand on a line that does not exist. */
static uint32_t line_of(const struct yaml *y, const yaml_event_t *ev)
{
	char last = y->input.n ? y->input.p[y->input.n - 1] : '\n';
	bool at_end = ev->start_mark.column == 0 && ev->start_mark.index == y->parser.mark.index && y->parser.eof;

	return (uint32_t)ev->start_mark.line + (at_end && last != '\n' && last != '\r' ? 0 : 1);
}

static int on_event(struct yaml *y, const yaml_event_t *ev)
{
	y->line = line_of(y, ev);
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT: /* anchors hold for one document */
		aisp_symtab_freep(&y->names);
		y->anchors.n = 0;
		return AISP_OK;
	case YAML_DOCUMENT_END_EVENT:
		return on_document_end(y);
	case YAML_SCALAR_EVENT:
		return on_scalar(y, ev);
	case YAML_ALIAS_EVENT:
		return on_alias(y, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(y, false, ev->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return on_open(y, true, ev->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(y);
	default:
		return AISP_OK;
	}
}

/* ---- the parser ---- */

/* libyaml compares every %TAG line with all before it, and every tag with all of them. */
static int count_directives(struct yaml *y, struct aisp_slice text)
{
	unsigned n = 0;

	for (size_t at = 0; (at = aisp_slice_chr(text, '%')) != SIZE_MAX; text = aisp_slice_from(text, at + 1))
		if ((at == 0 || text.p[at - 1] == '\n' || text.p[at - 1] == '\r') && ++n > DIRECTIVES_MAX)
			return aisp_fail(y->b.err, AISP_E_LIMIT, "more than the limit of %d YAML directives",
			                 DIRECTIVES_MAX);
	return AISP_OK;
}

static int parser_error(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	char what[200];

	if (p->error == YAML_MEMORY_ERROR)
		return aisp_docb_nomem(&y->b);
	snprintf(what, sizeof what, "%s%s%s", p->problem ? p->problem : "its form is broken", p->context ? " " : "",
	         p->context ? p->context : "");
	if (p->error == YAML_READER_ERROR)
		return broken(y, aisp_doc__line_at(y->input, p->problem_offset), what);
	return broken(y, (uint32_t)p->problem_mark.line + 1, what);
}

static int run_yaml(struct yaml *y)
{
	yaml_event_t ev;
	bool more = true;
	int r = aisp_doc__check_utf8(y->input, y->b.err);

	if (r == 0)
		r = count_directives(y, y->input);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&y->parser))
		return aisp_docb_nomem(&y->b);
	y->started = true;
	yaml_parser_set_input_string(&y->parser, (const unsigned char *)y->input.p, y->input.n);
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	while (r == 0 && more) {
		if (!yaml_parser_parse(&y->parser, &ev))
			return parser_error(y);
		more = ev.type != YAML_STREAM_END_EVENT;
		r = on_event(y, &ev);
		yaml_event_delete(&ev);
	}
	return r;
}

/* JSON is YAML, and read faster. AISP_E_PARSE when it is none. */
static int run_json(struct yaml *y)
{
	const struct aisp_doc_limits limits = {y->b.max_bytes, y->b.max_depth, y->b.max_values};
	struct aisp_slice begin = aisp_slice_trim(aisp_slice_to(y->input, 100));
	const struct aisp_doc *doc;
	struct aisp_err err;

	if (begin.n == 0 || (begin.p[0] != '{' && begin.p[0] != '['))
		return AISP_E_PARSE;
	int r = aisp_json_parse(y->b.arena, y->input, &limits, &doc, &err);

	if (r == 0)
		return aisp_vec_push(&y->docs, *doc) < 0 ? aisp_docb_nomem(&y->b) : AISP_OK;
	return r == AISP_E_PARSE ? r : aisp_fail(y->b.err, err.code, "%s", err.msg);
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
	if (!text.p)
		text = AISP_S(""); /* a file without a byte; libyaml ends the program at NULL */
	int r = aisp_docb_init(&y.b, a, text, limits, err);

	y.input = aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")) ? aisp_slice_from(text, 3) : text;
	if (r == 0)
		r = run_json(&y);
	if (r == AISP_E_PARSE)
		r = run_yaml(&y);
	if (r == 0)
		r = give(&y, ret_docs);
	if (y.started)
		yaml_parser_delete(&y.parser);
	aisp_docb_done(&y.b);
	aisp_symtab_free(y.names);
	aisp_vec_done(&y.levels);
	aisp_vec_done(&y.merges);
	aisp_vec_done(&y.anchors);
	aisp_vec_done(&y.docs);
	return r;
}
