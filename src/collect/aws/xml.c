/* XML answers of AWS into the shape of the command line's JSON.
 *
 *   text ─▶ tree of elements (arena) ─▶ values, by the operation's shape (xml_shapes.c), or by looks where there is none:
 *           an element with children is an object, one whose children are all <member> or <item> a list, names that repeat a list, else text
 *
 * The reader knows elements, attributes, text, CDATA, comments, processing instructions and the five entities with character references. A DOCTYPE is refused:
 * no AWS answer has one. Bounded in size (the input's), depth and number of elements; linear in time.
 */
#include "collect/aws/live_int.h"
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 64, ELEMENTS_MAX = 4000000, NAME_MAX_BYTES = 256 };

struct element {
	struct aisp_slice name, text; /* text: of an element without children */
	struct element *child, *last, *next;
	uint32_t n, line;
};
struct reader {
	struct aisp_arena *a;
	const char *at, *end;
	uint32_t line, elements;
	struct element *open[DEPTH_MAX];
	unsigned depth;
	struct aisp_err *err;
};

static int broken(struct reader *r, const char *what)
{
	return aisp_fail(r->err, AISP_E_PARSE, "line %u: %s", r->line, what);
}

static int no_memory(const struct aisp_arena *a, struct aisp_err *err)
{
	return aisp_fail(err, aisp_arena_full(a) ? AISP_E_LIMIT : AISP_E_NOMEM, "out of memory for an XML answer");
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_to(struct reader *r, const char *p)
{
	for (; r->at < p; r->at++)
		r->line += *r->at == '\n';
}

static void skip_space(struct reader *r)
{
	const char *p = r->at;

	while (p < r->end && is_space(*p))
		p++;
	skip_to(r, p);
}

static struct aisp_slice take_name(struct reader *r)
{
	const char *p = r->at;

	while (p < r->end && is_name(*p))
		p++;
	struct aisp_slice s = aisp_slice_of(r->at, (size_t)(p - r->at));
	r->at = p;
	return s;
}

/* Jumps behind the mark; false when it is not there. */
static bool skip_behind(struct reader *r, const char *mark)
{
	size_t at = aisp_slice_find(aisp_slice_of(r->at, (size_t)(r->end - r->at)), aisp_slice_z(mark));

	if (at == SIZE_MAX)
		return false;
	skip_to(r, r->at + at + strlen(mark));
	return true;
}

static size_t put_utf8(char *to, uint32_t cp)
{
	if (cp < 0x80)
		return to[0] = (char)cp, 1;
	if (cp < 0x800)
		return to[0] = (char)(0xc0 | cp >> 6), to[1] = (char)(0x80 | (cp & 63)), 2;
	if (cp < 0x10000)
		return to[0] = (char)(0xe0 | cp >> 12), to[1] = (char)(0x80 | (cp >> 6 & 63)), to[2] = (char)(0x80 | (cp & 63)), 3;
	return to[0] = (char)(0xf0 | cp >> 18), to[1] = (char)(0x80 | (cp >> 12 & 63)), to[2] = (char)(0x80 | (cp >> 6 & 63)), to[3] = (char)(0x80 | (cp & 63)), 4;
}

static int digit(char c, bool hex)
{
	return c >= '0' && c <= '9' ? c - '0' : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "&#65;", "&#x41;" */
static size_t read_number(struct aisp_slice s, uint32_t *ret_cp)
{
	const bool hex = s.n > 2 && s.p[2] == 'x';
	const size_t first = hex ? 3 : 2;
	uint32_t cp = 0;
	size_t i = first;

	if (!aisp_slice_starts(s, AISP_S("&#")))
		return 0;
	for (; i < s.n && i < first + 7 && digit(s.p[i], hex) >= 0; i++)
		cp = cp * (hex ? 16 : 10) + (uint32_t)digit(s.p[i], hex);
	if (i == first || i >= s.n || s.p[i] != ';' || cp == 0 || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return 0;
	*ret_cp = cp;
	return i + 1;
}

/* "&lt;", "&#x41;" at the begin of s: its length, 0 when it is none; at most 4 bytes to `to`, never more than the reference itself has. */
static size_t read_reference(struct aisp_slice s, char *to, size_t *ret_n)
{
	static const struct {
		const char *name;
		char c;
	} five[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
	uint32_t cp;

	for (size_t i = 0; i < 5; i++)
		if (aisp_slice_starts(s, aisp_slice_z(five[i].name))) {
			*to = five[i].c;
			*ret_n = 1;
			return strlen(five[i].name);
		}
	size_t used = read_number(s, &cp);
	if (used)
		*ret_n = put_utf8(to, cp);
	return used;
}

/* Text with references resolved, in the arena; what is no reference is refused. */
static int decode(struct reader *r, struct aisp_slice s, struct aisp_slice *ret)
{
	if (aisp_slice_chr(s, '&') == SIZE_MAX) {
		*ret = aisp_arena_dup(r->a, s);
		return ret->p ? 0 : no_memory(r->a, r->err);
	}
	char *p = aisp_arena_alloc(r->a, s.n + 1);
	size_t n = 0;
	if (!p)
		return no_memory(r->a, r->err);
	for (size_t i = 0; i < s.n;) {
		size_t put = 1, used = 1;
		if (s.p[i] == '&')
			used = read_reference(aisp_slice_from(s, i), p + n, &put);
		else
			p[n] = s.p[i];
		if (used == 0)
			return broken(r, "an entity that is none of the five");
		i += used;
		n += put;
	}
	p[n] = '\0';
	*ret = aisp_slice_of(p, n);
	return 0;
}

static int add_child(struct reader *r, struct aisp_slice name, struct element **ret)
{
	struct element *e = r->elements < ELEMENTS_MAX ? aisp_arena_zalloc(r->a, 1, sizeof *e) : NULL, *up = r->depth ? r->open[r->depth - 1] : NULL;

	if (r->elements >= ELEMENTS_MAX)
		return aisp_fail(r->err, AISP_E_LIMIT, "more than %d XML elements", ELEMENTS_MAX);
	if (!e || !(e->name = aisp_arena_dup(r->a, name)).p)
		return no_memory(r->a, r->err);
	r->elements++;
	e->line = r->line;
	if (up) {
		*(up->last ? &up->last->next : &up->child) = e;
		up->last = e;
		up->n++;
	}
	*ret = e;
	return 0;
}

static int read_attributes(struct reader *r, bool *ret_closed)
{
	for (;;) {
		skip_space(r);
		if (r->at >= r->end)
			return broken(r, "the text ends within a tag");
		if (*r->at == '>' || (*r->at == '/' && r->at + 1 < r->end && r->at[1] == '>')) {
			*ret_closed = *r->at == '/';
			r->at += *ret_closed ? 2 : 1;
			return 0;
		}
		struct aisp_slice name = take_name(r);
		skip_space(r);
		if (name.n == 0 || name.n > NAME_MAX_BYTES || r->at >= r->end || *r->at != '=')
			return broken(r, "not an attribute");
		r->at++;
		skip_space(r);
		if (r->at >= r->end || (*r->at != '"' && *r->at != '\''))
			return broken(r, "an attribute without quotes");
		const char quote = *r->at++;
		const char *end = memchr(r->at, quote, (size_t)(r->end - r->at));
		if (!end)
			return broken(r, "an attribute that does not end");
		if (!aisp_slice_starts(name, AISP_S("xmlns"))) {
			struct element *e;
			int bad = add_child(r, name, &e);
			if (bad == 0)
				bad = decode(r, aisp_slice_of(r->at, (size_t)(end - r->at)), &e->text);
			if (bad < 0)
				return bad;
		}
		skip_to(r, end + 1);
	}
}

static int read_open_tag(struct reader *r, struct element **root)
{
	struct element *e;
	bool closed = false;
	struct aisp_slice name = take_name(r);

	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return broken(r, "not a tag");
	if (r->depth == DEPTH_MAX)
		return aisp_fail(r->err, AISP_E_LIMIT, "line %u: deeper than %d XML elements", r->line, DEPTH_MAX);
	if (r->depth == 0 && *root)
		return broken(r, "a second root element");
	int bad = add_child(r, name, &e);
	if (bad < 0)
		return bad;
	if (r->depth == 0)
		*root = e;
	r->open[r->depth++] = e;
	bad = read_attributes(r, &closed);
	if (closed)
		r->depth--;
	return bad;
}

static int read_close_tag(struct reader *r)
{
	struct aisp_slice name = take_name(r);

	skip_space(r);
	if (r->depth == 0 || !aisp_slice_eq(name, r->open[r->depth - 1]->name) || r->at >= r->end || *r->at != '>')
		return broken(r, "an end tag that fits nothing");
	r->at++;
	r->depth--;
	return 0;
}

/* Text between tags: kept where it is all that the element has. Pieces (around CDATA or a comment) are joined. */
static int put_text(struct reader *r, struct aisp_slice raw, bool coded)
{
	struct aisp_slice s = raw;
	struct element *e = r->depth ? r->open[r->depth - 1] : NULL;

	if (!e)
		return aisp_slice_trim(raw).n ? broken(r, "text outside of the root element") : 0;
	int bad = coded ? decode(r, raw, &s) : 0;
	if (bad < 0)
		return bad;
	struct aisp_slice joined = e->text.n ? aisp_arena_printf(r->a, "%.*s%.*s", AISP_FMT(e->text), AISP_FMT(s)) : coded ? s : aisp_arena_dup(r->a, s);
	if (e->text.n && (e->text.n > 1000000 || s.n > 1000000))
		return aisp_fail(r->err, AISP_E_LIMIT, "line %u: a text in pieces that is longer than 1 MB", r->line);
	e->text = joined;
	return joined.p ? 0 : no_memory(r->a, r->err);
}

static int read_mark(struct reader *r, struct element **root)
{
	struct aisp_slice rest = aisp_slice_of(r->at, (size_t)(r->end - r->at));

	if (aisp_slice_starts(rest, AISP_S("<?")))
		return skip_behind(r, "?>") ? 0 : broken(r, "a processing instruction that does not end");
	if (aisp_slice_starts(rest, AISP_S("<!--")))
		return skip_behind(r, "-->") ? 0 : broken(r, "a comment that does not end");
	if (aisp_slice_starts(rest, AISP_S("<![CDATA["))) {
		size_t end = aisp_slice_find(rest, AISP_S("]]>"));
		if (end == SIZE_MAX)
			return broken(r, "CDATA that does not end");
		int bad = put_text(r, aisp_slice_to(aisp_slice_from(rest, 9), end < 9 ? 0 : end - 9), false);
		skip_to(r, r->at + end + 3);
		return bad;
	}
	if (aisp_slice_starts(rest, AISP_S("<!")))
		return broken(r, "a document type, which is not read");
	r->at++;
	if (r->at < r->end && *r->at == '/') {
		r->at++;
		return read_close_tag(r);
	}
	return read_open_tag(r, root);
}

static int read_tree(struct aisp_arena *a, struct aisp_slice xml, struct element **ret, struct aisp_err *err)
{
	struct reader r = {.a = a, .at = xml.p, .end = xml.p + xml.n, .line = 1, .err = err};
	struct element *root = NULL;
	int bad = 0;

	if (!aisp_slice_is_utf8(xml) || memchr(xml.p ? xml.p : "", '\0', xml.n))
		return aisp_fail(err, AISP_E_PARSE, "the XML is not UTF-8");
	if (aisp_slice_starts(xml, AISP_S("\xef\xbb\xbf")))
		r.at += 3;
	while (bad == 0 && r.at < r.end) {
		const char *mark = memchr(r.at, '<', (size_t)(r.end - r.at)), *stop = mark ? mark : r.end;
		if (stop > r.at) {
			bad = put_text(&r, aisp_slice_of(r.at, (size_t)(stop - r.at)), true);
			skip_to(&r, stop);
		} else {
			bad = read_mark(&r, &root);
		}
	}
	if (bad == 0 && (!root || r.depth))
		bad = broken(&r, root ? "the text ends within an element" : "no element");
	if (bad == 0)
		*ret = root;
	return bad;
}

/* ---- Tree to values ---- */

struct shaper {
	struct aisp_arena *a;
	struct aisp_err *err;
	unsigned depth;
};
static int to_value(struct shaper *s, const struct element *e, const char *type, struct aisp_doc *ret);

static struct aisp_doc text_value(const struct element *e, char type)
{
	struct aisp_doc d = {.type = AISP_DOC_STR, .line = e->line, .s = e->text.p ? e->text : AISP_S("")};
	struct aisp_slice t = aisp_slice_trim(e->text);
	char z[64], *end;

	if (type == 'b' && (aisp_slice_eqz(t, "true") || aisp_slice_eqz(t, "false"))) {
		d.type = AISP_DOC_BOOL;
		d.b = aisp_slice_eqz(t, "true");
	} else if (type == 'i') {
		int64_t i;
		if (aisp_slice_i64(t, &i)) {
			d.type = AISP_DOC_INT;
			d.i = i;
		}
	} else if (type == 'd' && t.n > 0 && t.n < sizeof z) {
		memcpy(z, t.p, t.n);
		z[t.n] = '\0';
		double r = strtod(z, &end);
		if (*end == '\0') {
			d.type = AISP_DOC_REAL;
			d.r = r;
		}
	}
	return d;
}

/* The member "wire=Name:TYPE" of a structure's line. */
static bool find_member(const char *line, struct aisp_slice wire, struct aisp_slice *ret_name, const char **ret_type)
{
	struct aisp_slice rest = aisp_slice_z(line);
	char key[NAME_MAX_BYTES + 3];

	if (wire.n == 0 || wire.n > NAME_MAX_BYTES)
		return false;
	key[0] = ' ';
	memcpy(key + 1, wire.p, wire.n);
	key[wire.n + 1] = '=';
	size_t at = aisp_slice_find(rest, aisp_slice_of(key, wire.n + 2));
	if (at == SIZE_MAX)
		return false;
	rest = aisp_slice_from(rest, at + wire.n + 2);
	size_t colon = aisp_slice_chr(rest, ':');
	if (colon == SIZE_MAX)
		return false;
	*ret_name = aisp_slice_to(rest, colon);
	*ret_type = rest.p + colon + 1;
	return true;
}

/* n neighbours, from `first` on. */
static int to_list(struct shaper *s, const struct element *first, uint32_t n, uint32_t line, const char *item_type, struct aisp_doc *ret)
{
	struct aisp_doc *items = aisp_arena_zalloc(s->a, (size_t)n + 1, sizeof *items);
	int r = items ? 0 : no_memory(s->a, s->err);

	for (uint32_t i = 0; r == 0 && i < n; i++, first = first->next)
		r = to_value(s, first, item_type, &items[i]);
	if (r == 0)
		*ret = (struct aisp_doc){.type = AISP_DOC_ARR, .line = line, .n = n, .items = items};
	return r;
}

static const char *shape_of(const char *type)
{
	long n = type && *type >= '0' && *type <= '9' ? strtol(type, NULL, 10) : -1;

	return n >= 0 && (size_t)n < aisp_aws_shape_count ? aisp_aws_shapes[n] : NULL;
}

/* A structure, or (line NULL) what looks like one. Neighbours of one name are a list where the shape says so, or where there is none. */
static int to_object(struct shaper *s, const struct element *e, const char *line, struct aisp_doc *ret)
{
	struct aisp_member *members = aisp_arena_zalloc(s->a, (size_t)e->n + 1, sizeof *members);
	uint32_t n = 0, run = 0;
	int r = members ? 0 : no_memory(s->a, s->err);

	for (const struct element *c = e->child, *behind; r == 0 && c; c = behind) {
		struct aisp_slice name = c->name;
		const char *type = NULL;
		for (run = 0, behind = c; behind && aisp_slice_eq(behind->name, c->name); behind = behind->next)
			run++;
		if (line && !find_member(line, c->name, &name, &type))
			continue; /* newer than our shapes */
		const char *shape = shape_of(type);
		struct aisp_member *m = &members[n++];
		*m = (struct aisp_member){.key = aisp_arena_dup(s->a, name), .line = c->line};
		if (!m->key.p)
			r = no_memory(s->a, s->err);
		else if (shape && aisp_slice_starts(aisp_slice_z(shape), AISP_S("[:")))
			r = to_list(s, c, run, c->line, shape + 2, &m->value);
		else if (!type && run > 1)
			r = to_list(s, c, run, c->line, NULL, &m->value);
		else
			r = to_value(s, c, type, &m->value);
	}
	if (r == 0)
		*ret = (struct aisp_doc){.type = AISP_DOC_OBJ, .line = e->line, .n = n, .members = members};
	return r;
}

static int to_map(struct shaper *s, const struct element *e, const char *line, struct aisp_doc *ret)
{
	struct aisp_member *members = aisp_arena_zalloc(s->a, e->n + 1, sizeof *members);
	struct aisp_slice rest = aisp_slice_z(line + (line[1] == '!' ? 2 : 1)), key;
	uint32_t n = 0;
	int r = members ? 0 : no_memory(s->a, s->err);

	aisp_slice_split(&rest, ' ', &key);
	size_t colon = aisp_slice_chr(rest, ':');
	struct aisp_slice value = aisp_slice_to(rest, colon);
	const char *type = colon == SIZE_MAX ? "s" : rest.p + colon + 1;
	for (const struct element *c = e->child; r == 0 && c; c = c->next) {
		const struct element *k = NULL, *v = NULL;
		for (const struct element *p = c->child; p; p = p->next) {
			k = aisp_slice_eq(p->name, key) ? p : k;
			v = aisp_slice_eq(p->name, value) ? p : v;
		}
		if (!k || !v)
			continue;
		members[n] = (struct aisp_member){.key = k->text.p ? k->text : AISP_S(""), .line = c->line};
		r = to_value(s, v, type, &members[n++].value);
	}
	if (r == 0)
		*ret = (struct aisp_doc){.type = AISP_DOC_OBJ, .line = e->line, .n = n, .members = members};
	return r;
}

static int by_looks(struct shaper *s, const struct element *e, struct aisp_doc *ret)
{
	bool list = e->child != NULL;

	for (const struct element *c = e->child; c; c = c->next)
		list = list && (aisp_slice_eqz(c->name, "member") || aisp_slice_eqz(c->name, "item"));
	if (list)
		return to_list(s, e->child, e->n, e->line, NULL, ret);
	if (e->child)
		return to_object(s, e, NULL, ret);
	*ret = text_value(e, 's');
	return 0;
}

static int to_value(struct shaper *s, const struct element *e, const char *type, struct aisp_doc *ret)
{
	const char *line = shape_of(type);
	int r;

	if (s->depth >= DEPTH_MAX)
		return aisp_fail(s->err, AISP_E_LIMIT, "line %u: deeper than %d XML elements", e->line, DEPTH_MAX);
	s->depth++;
	if (!type) {
		r = by_looks(s, e, ret);
	} else if (!line) {
		*ret = text_value(e, *type);
		r = 0;
	} else if (*line == '{') {
		r = to_object(s, e, line, ret);
	} else if (*line == '<') {
		r = to_map(s, e, line, ret);
	} else {
		const char *colon = strchr(line, ':');
		r = to_list(s, e->child, e->n, e->line, colon ? colon + 1 : "s", ret);
	}
	s->depth--;
	return r;
}

/* ---- Answers ---- */

static const struct aisp_aws_shape_root *find_root(struct aisp_slice service, struct aisp_slice operation)
{
	for (size_t i = 0; i < aisp_aws_shape_root_count; i++)
		if (aisp_slice_eqz(service, aisp_aws_shape_roots[i].service) && aisp_slice_eqz(operation, aisp_aws_shape_roots[i].operation))
			return &aisp_aws_shape_roots[i];
	return NULL;
}

/* <ErrorResponse><Error><Code>, <Response><Errors><Error>, <Error><Code>: the element that has the code. */
static const struct element *find_error(const struct element *root)
{
	const struct element *e = root;

	for (unsigned i = 0; i < 3 && e; i++) {
		if (aisp_slice_eqz(e->name, "Error"))
			return e;
		const struct element *next = NULL;
		for (const struct element *c = e->child; c && !next; c = c->next)
			next = aisp_slice_eqz(c->name, "Error") || aisp_slice_eqz(c->name, "Errors") ? c : NULL;
		e = next;
	}
	return e && aisp_slice_eqz(e->name, "Error") ? e : NULL;
}

static const struct element *find_result(const struct element *root)
{
	if (aisp_slice_ends(root->name, AISP_S("Response")))
		for (const struct element *c = root->child; c; c = c->next)
			if (aisp_slice_ends(c->name, AISP_S("Result")))
				return c;
	return root;
}

int aisp_aws__xml_answer(struct aisp_arena *a, struct aisp_slice service, struct aisp_slice operation, struct aisp_slice xml, struct aisp_doc **ret, struct aisp_err *err)
{
	const struct aisp_aws_shape_root *shape = find_root(service, operation);
	struct shaper s = {.a = a, .err = err};
	struct element *root = NULL, wrapper = {0};
	int r = read_tree(a, xml, &root, err);

	if (r < 0)
		return r;
	struct aisp_doc *d = aisp_arena_zalloc(a, 1, sizeof *d);
	if (!d)
		return no_memory(a, err);
	const struct element *error = find_error(root), *from = find_result(root);
	struct aisp_slice name;
	const char *type, *line = shape && !error ? aisp_aws_shapes[shape->shape] : NULL;
	if (error || (line && find_member(line, root->name, &name, &type))) { /* the root is itself the member */
		wrapper = (struct element){.line = root->line, .n = 1};
		struct element *only = aisp_arena_zalloc(a, 1, sizeof *only);
		if (!only)
			return no_memory(a, err);
		*only = error ? *error : *root;
		only->next = NULL;
		wrapper.child = only;
		from = &wrapper;
	}
	r = to_object(&s, from, line, d);
	if (r == 0)
		*ret = d;
	return r;
}

int aisp_aws_xml_parse(struct aisp_arena *a, struct aisp_slice xml, struct aisp_doc **ret, struct aisp_err *err)
{
	return aisp_aws__xml_answer(a, (struct aisp_slice){0}, (struct aisp_slice){0}, xml, ret, err);
}

/* ---- JSON with other names ---- */

static int rename_value(struct shaper *s, const struct aisp_doc *d, const char *type, struct aisp_doc *ret)
{
	const char *line = shape_of(type), *colon = line ? strchr(line, ':') : NULL;
	int r = 0;

	*ret = *d;
	if (!line || s->depth >= DEPTH_MAX || *line == '<')
		return 0;
	s->depth++;
	if (*line == '[' && d->type == AISP_DOC_ARR) {
		struct aisp_doc *items = aisp_arena_zalloc(s->a, d->n + 1, sizeof *items);
		r = items ? 0 : no_memory(s->a, s->err);
		for (uint32_t i = 0; r == 0 && i < d->n; i++)
			r = rename_value(s, &d->items[i], colon ? colon + 1 : "s", &items[i]);
		ret->items = items;
	} else if (*line == '{' && d->type == AISP_DOC_OBJ) {
		struct aisp_member *members = aisp_arena_zalloc(s->a, d->n + 1, sizeof *members);
		r = members ? 0 : no_memory(s->a, s->err);
		for (uint32_t i = 0; r == 0 && i < d->n; i++) {
			struct aisp_slice name;
			const char *inner;
			members[i] = d->members[i];
			if (!find_member(line, d->members[i].key, &name, &inner))
				continue;
			members[i].key = aisp_arena_dup(s->a, name);
			r = members[i].key.p ? rename_value(s, &d->members[i].value, inner, &members[i].value) : no_memory(s->a, s->err);
		}
		ret->members = members;
	}
	s->depth--;
	return r;
}

int aisp_aws__json_answer(struct aisp_arena *a, struct aisp_slice service, struct aisp_slice operation, const struct aisp_doc *json, const struct aisp_doc **ret, struct aisp_err *err)
{
	const struct aisp_aws_shape_root *shape = find_root(service, operation);
	struct shaper s = {.a = a, .err = err};
	char type[16];

	if (!shape) {
		*ret = json;
		return 0;
	}
	struct aisp_doc *d = aisp_arena_zalloc(a, 1, sizeof *d);
	if (!d)
		return no_memory(a, err);
	snprintf(type, sizeof type, "%d", shape->shape);
	int r = rename_value(&s, json, type, d);
	if (r == 0)
		*ret = d;
	return r;
}
