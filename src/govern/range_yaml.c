/* Where the value at a pointer stands in a YAML text: libyaml's events know the place of each value; what goes with it (a comma, its lines) is found in the text. */
#include "base/mem.h"
#include "base/vec.h"
#include "govern/range.h"
#include <yaml.h>

enum { MOST_TOKENS = 64 };

struct level {
	bool map, flow, on, want_key, match;
	unsigned depth;     /* tokens of the pointer that lead here */
	uint64_t index;     /* of the next item */
	size_t key, before; /* where the key begins; where the last value ended */
};
struct walk {
	yaml_parser_t parser;
	struct aisp_slice text, tokens[MOST_TOKENS];
	unsigned n_tokens;
	AISP_VEC(struct level) levels;
	bool bad, found;
	size_t inside;               /* open containers of the value that goes; 0: not in it */
	AISP_VEC(struct aisp_slice) anchors;
	bool flow, item;
	struct aisp_range value;     /* with its key */
	size_t before;               /* SIZE_MAX: it is the first */
	size_t chars, bytes;         /* of the text, counted together: libyaml counts characters */
};

static bool token_is(struct aisp_slice token, struct aisp_slice key)
{
	size_t k = 0;
	for (size_t i = 0; i < token.n; i++, k++) {
		char c = token.p[i];
		if (c == '~' && i + 1 < token.n && (token.p[i + 1] == '0' || token.p[i + 1] == '1'))
			c = token.p[++i] == '0' ? '~' : '/';
		if (k >= key.n || key.p[k] != c)
			return false;
	}
	return k == key.n;
}

/* The byte of a character; marks come in order but for a few steps back. */
static size_t byte_of(struct walk *w, size_t mark)
{
	const struct aisp_slice s = w->text;
	while (w->chars < mark && w->bytes < s.n) {
		w->bytes++;
		while (w->bytes < s.n && ((unsigned char)s.p[w->bytes] & 0xc0) == 0x80)
			w->bytes++;
		w->chars++;
	}
	while (w->chars > mark && w->bytes > 0) {
		w->bytes--;
		while (w->bytes > 0 && ((unsigned char)s.p[w->bytes] & 0xc0) == 0x80)
			w->bytes--;
		w->chars--;
	}
	return w->bytes;
}

static struct aisp_slice anchor_of(const yaml_event_t *e)
{
	const yaml_char_t *a = e->type == YAML_SCALAR_EVENT ? e->data.scalar.anchor : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor
			     : e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.anchor : e->type == YAML_ALIAS_EVENT ? e->data.alias.anchor : NULL;
	return a ? aisp_slice_z((const char *)a) : (struct aisp_slice){0};
}

/* A name that is given inside must not be used outside. */
static void look_at_anchor(struct walk *w, const yaml_event_t *e, bool within)
{
	const struct aisp_slice a = anchor_of(e);
	if (!a.n)
		return;
	if (e->type == YAML_ALIAS_EVENT) {
		for (size_t i = 0; i < w->anchors.n && !within; i++)
			w->bad |= aisp_slice_eq(w->anchors.v[i], a);
	} else if (within) {
		char *copy = aisp_mem_zalloc(a.n + 1, 1);
		if (copy)
			memcpy(copy, a.p, a.n);
		if (!copy || aisp_vec_push(&w->anchors, aisp_slice_of(copy, a.n)) < 0) {
			aisp_mem_free(copy);
			w->bad = true;
		}
	}
}

static void take(struct walk *w, const struct level *in, size_t from)
{
	w->bad |= w->found;
	w->found = true;
	w->flow = in->flow;
	w->item = !in->map;
	w->value = (struct aisp_range){in->map ? in->key : from, 0};
	w->before = in->before;
}

static void key(struct walk *w, struct level *in, const yaml_event_t *e, size_t from)
{
	const bool scalar = e->type == YAML_SCALAR_EVENT;
	const struct aisp_slice name = scalar ? aisp_slice_of((const char *)e->data.scalar.value, e->data.scalar.length) : (struct aisp_slice){0};
	in->key = from;
	in->match = in->on && scalar && in->depth < w->n_tokens && token_is(w->tokens[in->depth], name);
	in->want_key = false;
	w->bad |= e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT;
	look_at_anchor(w, e, w->inside > 0 || (in->match && in->depth + 1 == w->n_tokens));
}

static void open_container(struct walk *w, const yaml_event_t *e, const struct level *in, bool on, bool it)
{
	const bool map = e->type == YAML_MAPPING_START_EVENT;
	const bool flow = map ? e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE : e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	const struct level next = {.map = map, .flow = flow, .on = on && !it, .want_key = true, .depth = in ? in->depth + on : 0, .before = SIZE_MAX};
	if (w->levels.n >= 1024 || aisp_vec_push(&w->levels, next) < 0)
		w->bad = true;
	if (it || w->inside)
		w->inside++;
}

/* Does the pointer lead through this value of a container? */
static bool leads(const struct walk *w, const struct level *in)
{
	uint64_t wanted;
	if (in->map)
		return in->match;
	return in->on && in->depth < w->n_tokens && aisp_slice_u64(w->tokens[in->depth], &wanted) && wanted == in->index;
}

/* A key; or a value: whether it is on the way, and whether it is what goes. */
static void node(struct walk *w, const yaml_event_t *e)
{
	struct level *in = w->levels.n ? &w->levels.v[w->levels.n - 1] : NULL;
	const size_t from = byte_of(w, e->start_mark.index), end = byte_of(w, e->end_mark.index);
	bool on = !in, it = false;
	if (in && in->map && in->want_key) {
		key(w, in, e, from);
		return;
	}
	if (in) {
		on = leads(w, in);
		in->index++;
		in->want_key = true;
		it = on && in->depth + 1 == w->n_tokens;
		w->bad |= on && e->type == YAML_ALIAS_EVENT && !it;
		if (it)
			take(w, in, from);
	}
	look_at_anchor(w, e, w->inside > 0 || it);
	if (e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT) {
		open_container(w, e, in, on, it);
		return;
	}
	if (it)
		w->value.end = end;
	if (in)
		in->before = end;
}

static void close_container(struct walk *w, const yaml_event_t *e)
{
	const size_t end = byte_of(w, e->end_mark.index);
	if (w->levels.n == 0) {
		w->bad = true;
		return;
	}
	w->levels.n--;
	if (w->levels.n)
		w->levels.v[w->levels.n - 1].before = end;
	if (w->inside && --w->inside == 0)
		w->value.end = end;
}

/* All events; the document that begins in this one of the stream. */
static void walk(struct walk *w, size_t document)
{
	size_t at = 0;
	for (bool more = true; more && !w->bad;) {
		yaml_event_t e;
		if (!yaml_parser_parse(&w->parser, &e)) {
			w->bad = true;
			return;
		}
		more = e.type != YAML_STREAM_END_EVENT;
		if (e.type == YAML_DOCUMENT_END_EVENT) {
			at++;
			w->levels.n = 0;
		} else if (at == document && (e.type == YAML_SEQUENCE_END_EVENT || e.type == YAML_MAPPING_END_EVENT)) {
			close_container(w, &e);
		} else if (at == document && (anchor_of(&e).n || e.type == YAML_SCALAR_EVENT || e.type == YAML_SEQUENCE_START_EVENT || e.type == YAML_MAPPING_START_EVENT)) {
			node(w, &e);
		}
		yaml_event_delete(&e);
	}
}

/* ---- What goes with it ---- */

static size_t line_begin(struct aisp_slice s, size_t at)
{
	while (at > 0 && s.p[at - 1] != '\n')
		at--;
	return at;
}

static bool all_blank(struct aisp_slice s, size_t from, size_t end, bool lines)
{
	for (; from < end; from++)
		if (s.p[from] != ' ' && s.p[from] != '\t' && !(lines && (s.p[from] == '\n' || s.p[from] == '\r')))
			return false;
	return true;
}

/* The comma behind, over blanks and comments; SIZE_MAX: a bracket comes first. */
static size_t comma_behind(struct aisp_slice s, size_t at)
{
	while (at < s.n && s.p[at] != ',') {
		if (s.p[at] == '#')
			while (at < s.n && s.p[at] != '\n')
				at++;
		else if (!memchr(" \t\r\n", s.p[at], 4))
			return SIZE_MAX;
		else
			at++;
	}
	return at < s.n ? at : SIZE_MAX;
}

/* Behind the line, if only blanks or a comment follow. SIZE_MAX: something does. */
static size_t rest_of_line(struct aisp_slice s, size_t at)
{
	size_t i = at;
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r'))
		i++;
	if (i < s.n && s.p[i] != '\n' && (s.p[i] != '#' || i == at))
		return SIZE_MAX;
	while (i < s.n && s.p[i] != '\n')
		i++;
	return i < s.n ? i + 1 : i;
}

static struct aisp_range cut_flow(const struct walk *w)
{
	const struct aisp_slice s = w->text;
	const struct aisp_range v = w->value;
	const size_t comma = comma_behind(s, v.end), behind = comma == SIZE_MAX ? v.end : comma + 1, rest = rest_of_line(s, behind), line = line_begin(s, v.from);
	if (all_blank(s, line, v.from, false) && rest != SIZE_MAX && (comma != SIZE_MAX || w->before == SIZE_MAX))
		return (struct aisp_range){line, rest};
	if (comma != SIZE_MAX) {
		size_t end = behind;
		while (end < s.n && (s.p[end] == ' ' || s.p[end] == '\t'))
			end++;
		return (struct aisp_range){v.from, end < s.n && s.p[end] == '\n' ? behind : end};
	}
	const size_t last = w->before == SIZE_MAX ? SIZE_MAX : comma_behind(s, w->before);
	if (last == SIZE_MAX || last > v.from)
		return v;
	if (all_blank(s, last + 1, v.from, true))
		return (struct aisp_range){last, v.end};
	return v; /* a comma at the end is allowed */
}

/* Only blanks or a comment from here to the line's end? */
static bool nothing_more(struct aisp_slice s, size_t at)
{
	return at >= s.n || s.p[at] == '\n' || rest_of_line(s, at) != SIZE_MAX;
}

/* The line of an item's dash: the value's own, or one above it with only comments between. SIZE_MAX: other things stand there. */
static size_t dash_line(struct aisp_slice s, size_t value)
{
	size_t line = line_begin(s, value), i = line;
	while (i < value && s.p[i] == ' ')
		i++;
	if (i < value)
		return s.p[i] == '-' && all_blank(s, i + 1, value, false) ? line : SIZE_MAX;
	while (line > 0) {
		line = line_begin(s, line - 1);
		for (i = line; i < s.n && s.p[i] == ' ';)
			i++;
		if (s.p[i] == '-')
			return nothing_more(s, i + 1) ? line : SIZE_MAX;
		if (s.p[i] != '#' && !nothing_more(s, i))
			return SIZE_MAX;
	}
	return SIZE_MAX;
}

static bool cut_block(const struct walk *w, struct aisp_range *ret)
{
	const struct aisp_slice s = w->text;
	const size_t line = w->item ? dash_line(s, w->value.from) : line_begin(s, w->value.from);
	uint32_t number = 1;
	if (line == SIZE_MAX || (!w->item && !all_blank(s, line, w->value.from, false)))
		return false;
	for (size_t k = 0; k < line; k++)
		number += s.p[k] == '\n';
	return aisp_range_yaml(s, number, w->item, ret);
}

bool aisp_range_yaml_at(struct aisp_slice text, size_t document, struct aisp_slice pointer, struct aisp_range *ret)
{
	struct walk w = {.text = text};
	struct aisp_slice rest = aisp_slice_from(pointer, 1), token;
	if (!text.n || pointer.n < 2 || pointer.p[0] != '/' || !yaml_parser_initialize(&w.parser))
		return false;
	while (w.n_tokens < MOST_TOKENS && aisp_slice_split(&rest, '/', &token))
		w.tokens[w.n_tokens++] = token;
	w.bad = rest.p != NULL;
	w.bytes = aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")) ? 3 : 0;
	yaml_parser_set_input_string(&w.parser, (const unsigned char *)text.p, text.n);
	yaml_parser_set_encoding(&w.parser, YAML_UTF8_ENCODING);
	walk(&w, document);
	bool ok = !w.bad && w.found && w.value.from < w.value.end && w.value.end <= text.n;
	if (ok && w.flow)
		*ret = cut_flow(&w);
	else if (ok)
		ok = cut_block(&w, ret);
	for (size_t i = 0; i < w.anchors.n; i++)
		aisp_mem_free((char *)(uintptr_t)w.anchors.v[i].p);
	aisp_vec_done(&w.anchors);
	aisp_vec_done(&w.levels);
	yaml_parser_delete(&w.parser);
	return ok;
}
