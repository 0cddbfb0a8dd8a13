/* JSON, and JSON with comments. simdjson's first stage checks UTF-8 and strings and finds where every token begins; this
 * file walks the tokens and builds the tree.
 *
 * Not for: more than 4 GiB at once (simdjson's limit). simdjson's own second stages are not used: its DOM does not tell where a
 * value stands and refuses large integers, and On-Demand, which skips what was not asked for, accepts text that is not JSON.
 * Positions only grow during the walk, so counting lines is linear in all.
 * Invariants: no C++ exception leaves this file; nothing recurses.
 */
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <simdjson.h>

extern "C" {
#include "base/buf.h"
#include "base/doc_int.h"
}

namespace
{

using stage1 = std::unique_ptr<simdjson::internal::dom_parser_implementation>;

/* What may come next. */
enum class state { value, value_or_end, key, key_or_end, colon, comma_or_end, done };

struct walk {
	aisp_docb *b;
	aisp_slice text;
	const uint32_t *token; /* where each begins; behind the last stands the length of the text */
	uint32_t n;
	size_t counted; /* up to here newlines are counted */
	uint32_t line;
	aisp_buf *unescaped; /* scratch */
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

int broken(walk &w, size_t at, const char *what)
{
	return aisp_fail(w.b->err, AISP_E_PARSE, "line %u: not JSON: %s", line_at(w, at), what);
}

/* The first stage does not say where it failed: look for it, slowly. */
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

int stage1_failed(walk &w, simdjson::error_code e)
{
	switch (e) {
	case simdjson::MEMALLOC:
		return aisp_docb_nomem(w.b);
	case simdjson::CAPACITY:
		return aisp_fail(w.b->err, AISP_E_LIMIT, "JSON of %zu bytes is more than can be read at once", w.text.n);
	case simdjson::EMPTY:
		return broken(w, 0, "there is no value");
	case simdjson::UTF8_ERROR:
		return broken(w, blame(w.text), "not UTF-8");
	case simdjson::UNCLOSED_STRING:
		return broken(w, blame(w.text), "a string is not closed");
	case simdjson::UNESCAPED_CHARS:
		return broken(w, blame(w.text), "a control character in a string");
	default:
		return broken(w, blame(w.text), simdjson::error_message(e));
	}
}

/* ---- scalars ---- */

size_t skip_digits(aisp_slice s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
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

/* null, true, false or a number. */
int put_plain(walk &w, size_t at, aisp_slice s)
{
	aisp_doc d = {};

	d.line = line_at(w, at);
	if (aisp_slice_eqz(s, "true") || aisp_slice_eqz(s, "false")) {
		d.type = AISP_DOC_BOOL;
		d.b = s.n == 4;
	} else if (is_number(s)) {
		d = aisp_doc__number(s, d.line);
	} else if (!aisp_slice_eqz(s, "null")) {
		return broken(w, at, "neither a value nor what must come between values");
	}
	return aisp_docb_put(w.b, &d);
}

bool hex4(aisp_slice s, size_t i, uint32_t *ret)
{
	uint32_t n = 0;

	for (size_t end = i + 4; i < end; i++) {
		char c = i < s.n ? s.p[i] : 'x';
		int digit = c >= '0' && c <= '9'   ? c - '0'
		            : c >= 'a' && c <= 'f' ? c - 'a' + 10
		            : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                   : -1;
		if (digit < 0)
			return false;
		n = n << 4 | static_cast<uint32_t>(digit);
	}
	*ret = n;
	return true;
}

/* The escape whose backslash is at s[i]: its code point, and its length, 0 when it is none. Half a surrogate pair is none. */
size_t read_escape(aisp_slice s, size_t i, uint32_t *ret_cp)
{
	static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	char c = i + 1 < s.n ? s.p[i + 1] : '\0';
	uint32_t hi = 0, lo = 0;

	for (size_t e = 0; escapes[e]; e += 2)
		if (c == escapes[e]) {
			*ret_cp = static_cast<unsigned char>(escapes[e + 1]);
			return 2;
		}
	if (c != 'u' || !hex4(s, i + 2, &hi) || (hi >= 0xdc00 && hi < 0xe000))
		return 0;
	*ret_cp = hi;
	if (hi < 0xd800 || hi >= 0xe000)
		return 6;
	if (i + 7 >= s.n || s.p[i + 6] != '\\' || s.p[i + 7] != 'u' || !hex4(s, i + 8, &lo) || lo < 0xdc00 || lo >= 0xe000)
		return 0;
	*ret_cp = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	return 12;
}

void put_utf8(aisp_buf *b, uint32_t cp)
{
	char p[4];
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		p[i] = static_cast<char>(0x80 | (cp & 0x3f));
	p[0] = static_cast<char>(n == 1 ? cp : (0xf00U >> n & 0xff) | cp);
	aisp_buf_put(b, aisp_slice_of(p, n));
}

/* The text of a string token, without its quotes; into the scratch buffer when it has escapes. */
int string_text(walk &w, size_t at, aisp_slice token, aisp_slice *ret_text)
{
	if (token.n < 2 || token.p[token.n - 1] != '"')
		return broken(w, at, "a string is not closed");
	aisp_slice s = aisp_slice_of(token.p + 1, token.n - 2);
	size_t slash = aisp_slice_chr(s, '\\');

	*ret_text = s;
	if (slash == SIZE_MAX)
		return AISP_OK;
	aisp_buf_clear(w.unescaped);
	while (slash != SIZE_MAX) {
		uint32_t cp = 0;
		size_t n = read_escape(s, slash, &cp);

		if (n == 0)
			return broken(w, at, "an escape in a string that does not exist");
		aisp_buf_put(w.unescaped, aisp_slice_to(s, slash));
		put_utf8(w.unescaped, cp);
		s = aisp_slice_from(s, slash + n);
		slash = aisp_slice_chr(s, '\\');
	}
	aisp_buf_put(w.unescaped, s);
	*ret_text = aisp_buf_slice(w.unescaped);
	return w.unescaped->bad ? aisp_docb_nomem(w.b) : AISP_OK;
}

/* ---- tokens ---- */

bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Token i with the blanks behind it cut off. */
aisp_slice token_text(const walk &w, uint32_t i)
{
	size_t from = w.token[i], to = i + 1 < w.n ? w.token[i + 1] : w.text.n;

	while (to > from && blank(w.text.p[to - 1]))
		to--;
	return aisp_slice_of(w.text.p + from, to - from);
}

state after_value(const walk &w)
{
	return w.b->open.n ? state::comma_or_end : state::done;
}

bool in_object(const walk &w)
{
	return w.b->open.n && w.b->open.v[w.b->open.n - 1].obj;
}

int on_value(walk &w, uint32_t i, state *next)
{
	size_t at = w.token[i];
	char c = w.text.p[at];
	aisp_doc d = {};

	if (c == '{' || c == '[') {
		*next = c == '{' ? state::key_or_end : state::value_or_end;
		return aisp_docb_open(w.b, c == '{', line_at(w, at));
	}
	*next = after_value(w);
	if (c != '"')
		return put_plain(w, at, token_text(w, i));
	int r = string_text(w, at, token_text(w, i), &d.s);

	d.type = AISP_DOC_STR;
	d.line = line_at(w, at);
	return r < 0 ? r : aisp_docb_put(w.b, &d);
}

int on_key(walk &w, uint32_t i, state *next)
{
	size_t at = w.token[i];
	aisp_slice text = {};

	if (w.text.p[at] != '"')
		return broken(w, at, "a key must be a string in double quotes");
	int r = string_text(w, at, token_text(w, i), &text);

	*next = state::colon;
	return r < 0 ? r : aisp_docb_key(w.b, text, line_at(w, at));
}

int on_end(walk &w, uint32_t i, state *next)
{
	if ((w.text.p[w.token[i]] == '}') != in_object(w))
		return broken(w, w.token[i], "a bracket of the other kind is open");
	int r = aisp_docb_close(w.b, nullptr, nullptr);

	*next = after_value(w);
	return r;
}

int on_token(walk &w, uint32_t i, state *now)
{
	size_t at = w.token[i];
	char c = w.text.p[at];
	bool end = c == ']' || c == '}';

	switch (*now) {
	case state::value_or_end:
		return end ? on_end(w, i, now) : on_value(w, i, now);
	case state::value:
		return on_value(w, i, now);
	case state::key_or_end:
		return end ? on_end(w, i, now) : on_key(w, i, now);
	case state::key:
		return on_key(w, i, now);
	case state::colon:
		*now = state::value;
		return c == ':' ? AISP_OK : broken(w, at, "a colon is missing behind a key");
	case state::comma_or_end:
		if (end)
			return on_end(w, i, now);
		*now = in_object(w) ? state::key : state::value;
		return c == ',' ? AISP_OK : broken(w, at, "a comma or a closing bracket is missing");
	case state::done:
		break;
	}
	return broken(w, at, "something follows the value");
}

/* `text` has SIMDJSON_PADDING bytes behind it. */
int parse_padded(aisp_docb *b, aisp_slice text, aisp_buf *scratch, aisp_doc *ret_root)
{
	stage1 first;
	walk w = {b, text, nullptr, 0, 0, 1, scratch};
	state now = state::value;
	int r = AISP_OK;
	auto e = text.n > UINT32_MAX - simdjson::SIMDJSON_PADDING ? simdjson::CAPACITY : simdjson::SUCCESS;

	/* The depth is that of the second stage, which is not used. */
	if (!e)
		e = simdjson::get_active_implementation()->create_dom_parser_implementation(text.n, 1, first);
	if (!e)
		e = first->stage1(reinterpret_cast<const uint8_t *>(text.p), text.n, simdjson::stage1_mode::regular);
	if (e)
		return stage1_failed(w, e);
	w.token = first->structural_indexes.get();
	w.n = first->n_structural_indexes;
	for (uint32_t i = 0; r == 0 && i < w.n; i++)
		r = on_token(w, i, &now);
	if (r < 0)
		return r;
	if (now != state::done)
		return broken(w, w.token[w.n - 1], "the text ends before the value does");
	*ret_root = aisp_docb_root(b);
	return AISP_OK;
}

/* ---- comments ---- */

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
	aisp_buf scratch;
	int r = aisp_docb_init(&b, a, text, limits, err);

	if (r < 0)
		return r;
	aisp_buf_init(&scratch, text.n + 1);
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
			r = parse_padded(&b, aisp_slice_of(copy, text.n), &scratch, &root);
	} else {
		r = aisp_docb_nomem(&b);
	}
	if (r == 0) {
		*made = root;
		*ret_doc = made;
	}
	aisp_buf_done(&scratch);
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
