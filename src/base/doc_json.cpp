/* JSON, and JSON with comments: simdjson finds the structure and unescapes strings, this file walks it into our tree.
 *
 * Not for: more than 4 GiB at once (simdjson's limit). simdjson's On-Demand front end is used because it tells where in the
 * text each value stands. Positions only grow during the walk, so counting lines is linear in all. Scalars other than strings are
 * checked here, from their text; that is how integers of any size are kept.
 * Invariants: no C++ exception leaves this file; recursion is bounded by AISP_DOC_DEPTH_MAX.
 */
#define SIMDJSON_DEVELOPMENT_CHECKS 0
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <simdjson.h>

extern "C" {
#include "base/doc_int.h"
}

namespace ondemand = simdjson::ondemand;

namespace
{

struct walk {
	aisp_docb *b;
	aisp_slice text; /* padded */
	size_t counted;  /* up to here newlines are counted */
	uint32_t line;
	ondemand::document *doc;
};

uint32_t line_at(walk &w, size_t at)
{
	while (w.counted < at) {
		size_t nl = aisp_slice_chr(aisp_slice_of(w.text.p + w.counted, at - w.counted), '\n');

		if (nl == SIZE_MAX) {
			w.counted = at;
			break;
		}
		w.counted += nl + 1;
		w.line++;
	}
	return w.line;
}

uint32_t line_of(walk &w, const char *p)
{
	return line_at(w, static_cast<size_t>(p - w.text.p));
}

/* simdjson does not say where its first stage (UTF-8, closed strings) failed: look for it, slowly. */
size_t blame(aisp_slice text)
{
	bool in_string = false, escaped = false;
	size_t opened = text.n;

	for (size_t i = 0; i < text.n;) {
		uint32_t cp = 0;
		size_t n = aisp_slice_utf8(aisp_slice_from(text, i), &cp);

		if (n == 0 || (in_string && cp < 0x20))
			return i;
		if (cp == '"' && !escaped) {
			in_string = !in_string;
			opened = i;
		}
		escaped = in_string && cp == '\\' && !escaped;
		i += n;
	}
	return in_string ? opened : text.n;
}

/* Where the walk stands; the end when it ran out of text. */
size_t current(walk &w)
{
	const char *at = nullptr;

	if (!w.doc)
		return blame(w.text);
	if (w.doc->current_location().get(at))
		return w.text.n;
	return static_cast<size_t>(at - w.text.p);
}

int failed(walk &w, simdjson::error_code e, const char *where)
{
	switch (e) {
	case simdjson::MEMALLOC:
		return aisp_docb_nomem(w.b);
	case simdjson::CAPACITY:
		return aisp_fail(w.b->err, AISP_E_LIMIT, "JSON of %zu bytes is more than can be read at once", w.text.n);
	case simdjson::EMPTY:
		return aisp_fail(w.b->err, AISP_E_PARSE, "line 1: not JSON: there is no value");
	default:
		break;
	}
	size_t at = where ? static_cast<size_t>(where - w.text.p) : current(w);

	return aisp_fail(w.b->err, AISP_E_PARSE, "line %u: not JSON: %s", line_at(w, at < w.text.n ? at : w.text.n),
	                 simdjson::error_message(e));
}

bool digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t skip_digits(aisp_slice s, size_t i)
{
	while (i < s.n && digit(s.p[i]))
		i++;
	return i;
}

/* RFC 8259, section 6. */
bool is_number(aisp_slice s)
{
	size_t i = s.n > 0 && s.p[0] == '-', from = i;

	i = skip_digits(s, i);
	if (i == from || (s.p[from] == '0' && i > from + 1))
		return false;
	if (i < s.n && s.p[i] == '.') {
		from = ++i;
		i = skip_digits(s, i);
		if (i == from)
			return false;
	}
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		from = i;
		i = skip_digits(s, i);
		if (i == from)
			return false;
	}
	return i == s.n;
}

aisp_slice trim_end(std::string_view token)
{
	size_t n = token.size();

	while (n > 0 && strchr(" \t\r\n", token[n - 1]) && token[n - 1])
		n--;
	return aisp_slice_of(token.data(), n);
}

/* null, true, false or a number. */
int put_plain(walk &w, std::string_view token, uint32_t line)
{
	aisp_slice s = trim_end(token);
	aisp_doc d = {};

	d.line = line;
	if (aisp_slice_eqz(s, "true") || aisp_slice_eqz(s, "false")) {
		d.type = AISP_DOC_BOOL;
		d.b = s.n == 4;
	} else if (is_number(s)) {
		d = aisp_doc__number(s, line);
	} else if (!aisp_slice_eqz(s, "null")) {
		return failed(w, simdjson::TAPE_ERROR, token.data());
	}
	return aisp_docb_put(w.b, &d);
}

/* A string without escapes is copied straight from the text; simdjson has checked that it is closed. */
template <typename V> int put_string(walk &w, V &v, std::string_view token, uint32_t line)
{
	aisp_slice s = trim_end(token);
	aisp_doc d = {};

	d.type = AISP_DOC_STR;
	d.line = line;
	if (s.n >= 2 && s.p[s.n - 1] == '"' && aisp_slice_chr(s, '\\') == SIZE_MAX) {
		d.s = aisp_slice_of(s.p + 1, s.n - 2);
		return aisp_docb_put(w.b, &d);
	}
	std::string_view text;
	auto e = v.get_string().get(text);

	if (e)
		return failed(w, e, token.data());
	d.s = aisp_slice_of(text.data(), text.size());
	return aisp_docb_put(w.b, &d);
}

template <typename V> int put_value(walk &w, V &v);

template <typename V> int put_array(walk &w, V &v, const char *where)
{
	ondemand::array items;
	auto e = v.get_array().get(items);

	if (e)
		return failed(w, e, where);
	for (auto item : items) {
		ondemand::value one;

		e = item.get(one);
		if (e)
			return failed(w, e, nullptr);
		int r = put_value(w, one);

		if (r < 0)
			return r;
	}
	return aisp_docb_close(w.b, nullptr, nullptr);
}

template <typename V> int put_object(walk &w, V &v, const char *where)
{
	ondemand::object members;
	auto e = v.get_object().get(members);

	if (e)
		return failed(w, e, where);
	for (auto member : members) {
		std::string_view key;
		ondemand::field field;

		e = std::move(member).get(field);
		if (e)
			return failed(w, e, nullptr);
		const char *at = field.key().raw();

		e = field.unescaped_key().get(key);
		if (e)
			return failed(w, e, at);
		int r = aisp_docb_key(w.b, aisp_slice_of(key.data(), key.size()), line_of(w, at));

		if (r == 0)
			r = put_value(w, field.value());
		if (r < 0)
			return r;
	}
	return aisp_docb_close(w.b, nullptr, nullptr);
}

template <typename V> int put_value(walk &w, V &v)
{
	std::string_view token;
	auto e = simdjson::simdjson_result<std::string_view>(v.raw_json_token()).get(token);

	if (e)
		return failed(w, e, nullptr);
	uint32_t line = line_of(w, token.data());

	if (token.empty())
		return failed(w, simdjson::TAPE_ERROR, token.data());
	if (token[0] == '"')
		return put_string(w, v, token, line);
	if (token[0] != '[' && token[0] != '{')
		return put_plain(w, token, line);
	int r = aisp_docb_open(w.b, token[0] == '{', line);

	if (r < 0)
		return r;
	return token[0] == '[' ? put_array(w, v, token.data()) : put_object(w, v, token.data());
}

/* `text` is a copy with SIMDJSON_PADDING bytes behind it. */
int parse_padded(aisp_docb *b, aisp_slice text, aisp_doc *ret_root)
{
	ondemand::parser parser(UINT32_MAX);
	ondemand::document doc;
	walk w = {b, text, 0, 1, nullptr};
	auto e = parser.allocate(text.n, AISP_DOC_DEPTH_MAX + 8);

	if (!e)
		e = parser.iterate(text.p, text.n, text.n + simdjson::SIMDJSON_PADDING).get(doc);
	if (e)
		return failed(w, e, nullptr);
	w.doc = &doc;
	std::string_view token;

	e = doc.raw_json_token().get(token);
	if (e)
		return failed(w, e, nullptr);
	bool scalar = token.empty() || (token[0] != '[' && token[0] != '{');
	int r = put_value(w, doc);

	if (r < 0)
		return r;
	const char *after = token.data() + token.size();

	if (scalar ? after != text.p + text.n : doc.current_location().get(after) == simdjson::SUCCESS)
		return failed(w, simdjson::TRAILING_CONTENT, after);
	*ret_root = aisp_docb_root(b);
	return AISP_OK;
}

bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Overwrites p[from…to) with spaces, but for line ends. */
void wipe(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (p[i] != '\n' && p[i] != '\r')
			p[i] = ' ';
}

/* The end of the comment that begins at `at`, or 0 when it has none. */
size_t comment_end(aisp_slice text, size_t at)
{
	aisp_slice rest = aisp_slice_from(text, at + 2);

	if (text.p[at + 1] == '/') {
		size_t nl = aisp_slice_chr(rest, '\n');

		return nl == SIZE_MAX ? text.n : at + 2 + nl;
	}
	size_t end = aisp_slice_find(rest, aisp_slice_z("*/"));

	return end == SIZE_MAX ? 0 : at + 4 + end;
}

size_t string_end(aisp_slice text, size_t at)
{
	for (at++; at < text.n && text.p[at] != '"'; at++)
		at += text.p[at] == '\\';
	return at + 1 < text.n ? at + 1 : text.n;
}

/* Turns JSON with comments into JSON of the same length and lines. A trailing comma must follow a value. */
int strip_comments(aisp_docb *b, char *p, size_t n)
{
	aisp_slice text = aisp_slice_of(p, n);
	size_t comma = SIZE_MAX; /* of a comma that nothing but blanks has followed */
	char last = '\0';        /* the last character that was no blank */

	for (size_t i = 0; i < n;) {
		char c = p[i];

		if (c == '/' && i + 1 < n && (p[i + 1] == '/' || p[i + 1] == '*')) {
			size_t end = comment_end(text, i);

			if (!end)
				return aisp_fail(b->err, AISP_E_PARSE, "line %u: not JSON: a comment is not closed",
				                 aisp_doc__line_at(text, i));
			wipe(p, i, end);
			i = end;
			continue;
		}
		if (c == '"') {
			i = string_end(text, i);
		} else {
			if ((c == ']' || c == '}') && comma != SIZE_MAX)
				p[comma] = ' ';
			i++;
		}
		if (blank(c))
			continue;
		comma = c == ',' && last && !strchr(",:[{", last) ? i - 1 : SIZE_MAX;
		last = c;
	}
	return AISP_OK;
}

int parse(aisp_arena *a, aisp_slice text, const aisp_doc_limits *limits, bool comments, const aisp_doc **ret_doc,
          aisp_err *err)
{
	aisp_docb b;
	aisp_doc root;
	int r = aisp_docb_init(&b, a, text, limits, err);

	if (r < 0)
		return r;
	if (aisp_slice_starts(text, aisp_slice_z("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	char *copy = static_cast<char *>(aisp_mem_alloc(text.n + simdjson::SIMDJSON_PADDING));
	aisp_doc *made = static_cast<aisp_doc *>(aisp_arena_alloc(a, sizeof *made));

	if (copy && made) {
		if (text.n)
			memcpy(copy, text.p, text.n);
		memset(copy + text.n, 0, simdjson::SIMDJSON_PADDING);
		r = comments ? strip_comments(&b, copy, text.n) : 0;
		if (r == 0)
			r = parse_padded(&b, aisp_slice_of(copy, text.n), &root);
	} else {
		r = aisp_docb_nomem(&b);
	}
	if (r == 0) {
		*made = root;
		*ret_doc = made;
	}
	aisp_mem_free(copy);
	aisp_docb_done(&b);
	return r;
}

int parse_caught(aisp_arena *a, aisp_slice text, const aisp_doc_limits *limits, bool comments, const aisp_doc **ret_doc,
                 aisp_err *err)
{
	try {
		return parse(a, text, limits, comments, ret_doc, err);
	} catch (...) {
		return aisp_fail(err, AISP_E_NOMEM, "out of memory in the JSON parser");
	}
}

}

extern "C" int aisp_json_parse(aisp_arena *a, aisp_slice text, const aisp_doc_limits *limits, const aisp_doc **ret_doc,
                               aisp_err *err)
{
	return parse_caught(a, text, limits, false, ret_doc, err);
}

extern "C" int aisp_jsonc_parse(aisp_arena *a, aisp_slice text, const aisp_doc_limits *limits, const aisp_doc **ret_doc,
                                aisp_err *err)
{
	return parse_caught(a, text, limits, true, ret_doc, err);
}
