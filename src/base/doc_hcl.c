/* HCL as Terraform and its kin write it (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md), read into the tree that
 * the same configuration in Terraform's JSON syntax would give:
 *
 *   resource "aws_x" "y" { a = 1 }   →  resource: { aws_x: { y: { a: 1 } } }     blocks of one type are members of one name
 *   b = var.c                        →  b: "${var.c}"                            what is not literal stays text
 *   p = jsonencode({ s = [] })       →  p: { s: [] }
 *
 * Nothing is evaluated. Invariant: recursion (bodies, lists, objects) is bounded by max_depth.
 */
#include "base/buf.h"
#include "base/doc_int.h"

enum { TEMPLATES_MAX = 32 }; /* strings inside interpolations inside strings … */

struct hcl {
	struct aisp_docb b;
	struct aisp_slice in;
	size_t at;
	uint32_t line, depth;
	struct aisp_buf text; /* scratch */
};

static int broken(struct hcl *h, const char *what)
{
	return aisp_fail(h->b.err, AISP_E_PARSE, "line %u: not HCL: %s", h->line, what);
}

static char peek(const struct hcl *h, size_t k)
{
	return h->in.n - h->at > k ? h->in.p[h->at + k] : '\0';
}

static bool at_end(const struct hcl *h)
{
	return h->at >= h->in.n;
}

static void skip(struct hcl *h, size_t n)
{
	for (; n > 0 && !at_end(h); n--, h->at++)
		h->line += h->in.p[h->at] == '\n';
}

/* A comment at this place: its length, without the line end; 0 when none. */
static size_t comment(const struct hcl *h)
{
	struct aisp_slice rest = aisp_slice_from(h->in, h->at);
	size_t end;

	if (peek(h, 0) == '#' || (peek(h, 0) == '/' && peek(h, 1) == '/')) {
		end = aisp_slice_chr(rest, '\n');
		return end == SIZE_MAX ? rest.n : end;
	}
	if (peek(h, 0) == '/' && peek(h, 1) == '*') {
		end = aisp_slice_find(rest, AISP_S("*/"));
		return end == SIZE_MAX ? rest.n : end + 2;
	}
	return 0;
}

static void blank(struct hcl *h, bool lines)
{
	for (;;) {
		char c = peek(h, 0);
		size_t n = comment(h);
		if (n)
			skip(h, n);
		else if (!at_end(h) && (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')))
			skip(h, 1);
		else
			return;
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

static struct aisp_slice word(struct hcl *h)
{
	size_t from = h->at;

	while (!at_end(h) && is_word(peek(h, 0)))
		h->at++;
	return aisp_slice_of(h->in.p + from, h->at - from);
}

static void put_code_point(struct aisp_buf *b, uint32_t c)
{
	if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		c = 0xfffd;
	if (c < 0x80) {
		aisp_buf_putc(b, (char)c);
	} else if (c < 0x800) {
		aisp_buf_putc(b, (char)(0xc0 | c >> 6));
		aisp_buf_putc(b, (char)(0x80 | (c & 63)));
	} else {
		if (c < 0x10000) {
			aisp_buf_putc(b, (char)(0xe0 | c >> 12));
		} else {
			aisp_buf_putc(b, (char)(0xf0 | c >> 18));
			aisp_buf_putc(b, (char)(0x80 | (c >> 12 & 63)));
		}
		aisp_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (c & 63)));
	}
}

/* n hexadecimal digits from the place k bytes ahead. */
static bool hex(const struct hcl *h, size_t k, size_t n, uint32_t *ret)
{
	uint32_t v = 0;

	for (size_t i = k; i < k + n; i++) {
		char c = peek(h, i);
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
		               : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10 : 16;
		if (digit == 16)
			return false;
		v = v << 4 | digit;
	}
	*ret = v;
	return true;
}

static void escape(struct hcl *h)
{
	static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
	const char *known = peek(h, 1) ? strchr(from, peek(h, 1)) : NULL;
	size_t digits = peek(h, 1) == 'u' ? 4 : peek(h, 1) == 'U' ? 8 : 0;
	uint32_t c;

	if (known) {
		aisp_buf_putc(&h->text, to[known - from]);
		skip(h, 2);
	} else if (digits && hex(h, 2, digits, &c)) {
		put_code_point(&h->text, c);
		skip(h, 2 + digits);
	} else {
		aisp_buf_putc(&h->text, peek(h, 0));
		skip(h, 1);
	}
}

/* "${" or "%{" at i that is not escaped by its double. */
static bool is_interpolation(struct aisp_slice in, size_t i)
{
	return i + 1 < in.n && (in.p[i] == '$' || in.p[i] == '%') && in.p[i + 1] == '{';
}

static bool is_escaped_interpolation(struct aisp_slice in, size_t i)
{
	return i + 1 < in.n && in.p[i] == in.p[i + 1] && is_interpolation(in, i + 1);
}

/* Where the string that begins at `at` ends (behind its quote), with the interpolations in it and the strings in those.
 * SIZE_MAX: nowhere. */
static size_t string_end(struct aisp_slice in, size_t at)
{
	uint32_t open[TEMPLATES_MAX] = {0}; /* braces of the interpolation in each of the strings around; 0: in the text */
	size_t depth = 0;

	for (size_t i = at + 1; i < in.n; i++) {
		char c = in.p[i];
		if (open[depth]) {
			open[depth] += c == '{';
			open[depth] -= c == '}';
			if (c == '"' && ++depth == TEMPLATES_MAX)
				return SIZE_MAX;
			if (c == '"')
				open[depth] = 0;
		} else if (c == '"' && depth-- == 0) {
			return i + 1;
		} else if (c == '\n') {
			return SIZE_MAX;
		} else if (c == '\\') {
			i++;
		} else if (is_escaped_interpolation(in, i)) {
			i += 2;
		} else if (is_interpolation(in, i)) {
			open[depth] = 1;
			i++;
		}
	}
	return SIZE_MAX;
}

/* Where the interpolation at `at` ends, in a string that ends at `end`. */
static size_t interpolation_end(struct aisp_slice in, size_t at, size_t end)
{
	uint32_t open = 0;

	for (size_t i = at + 1; i < end; i++) {
		size_t inner = in.p[i] == '"' ? string_end(in, i) : i + 1;
		if (inner == SIZE_MAX)
			break;
		open += in.p[i] == '{';
		open -= in.p[i] == '}';
		if (open == 0)
			return i + 1;
		i = inner - 1;
	}
	return end;
}

/* A quoted template into text; the opening quote is at hand. Interpolations stay as they are written. */
static int quoted(struct hcl *h)
{
	size_t end = string_end(h->in, h->at);

	aisp_buf_clear(&h->text);
	if (end == SIZE_MAX)
		return broken(h, "a string without its end");
	skip(h, 1);
	while (h->at < end - 1) {
		if (peek(h, 0) == '\\') {
			escape(h);
			continue;
		}
		size_t n = is_escaped_interpolation(h->in, h->at) ? 3 : is_interpolation(h->in, h->at) ? interpolation_end(h->in, h->at, end - 1) - h->at : 1;
		aisp_buf_put(&h->text, aisp_slice_of(h->in.p + h->at, n));
		skip(h, n);
	}
	skip(h, 1);
	return aisp_buf_check(&h->text, h->b.err);
}

static int put_text(struct hcl *h, uint32_t line)
{
	struct aisp_doc d = {.type = AISP_DOC_STR, .line = line, .s = aisp_buf_slice(&h->text)};

	return aisp_docb_put(&h->b, &d);
}

static bool is_heredoc(struct aisp_slice in, size_t at)
{
	return at + 2 < in.n && in.p[at] == '<' && in.p[at + 1] == '<' && (is_word(in.p[at + 2]));
}

/* <<MARK or <<-MARK: lines until the mark stands alone. Gives its end (before the line end) and the lines. SIZE_MAX: none. */
static size_t heredoc_end(struct aisp_slice in, size_t at, struct aisp_slice *ret_lines)
{
	size_t from = at + 2 + (in.p[at + 2] == '-'), n = from;

	while (n < in.n && is_word(in.p[n]))
		n++;
	struct aisp_slice mark = aisp_slice_of(in.p + from, n - from);
	size_t nl = aisp_slice_chr(aisp_slice_from(in, n), '\n');
	if (mark.n == 0 || nl == SIZE_MAX)
		return SIZE_MAX;
	size_t first = n + nl + 1;
	for (size_t line = first; line < in.n;) {
		struct aisp_slice rest = aisp_slice_from(in, line);
		nl = aisp_slice_chr(rest, '\n');
		struct aisp_slice text = aisp_slice_to(rest, nl == SIZE_MAX ? rest.n : nl);
		if (aisp_slice_eq(aisp_slice_trim(text), mark)) {
			*ret_lines = aisp_slice_of(in.p + first, line - first);
			return line + text.n;
		}
		line += text.n + 1;
	}
	return SIZE_MAX;
}

static size_t indent_of(struct aisp_slice line)
{
	size_t n = 0;

	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n;
}

static int heredoc(struct hcl *h)
{
	struct aisp_slice lines = {0}, line, rest;
	size_t end = heredoc_end(h->in, h->at, &lines), indent = SIZE_MAX;
	uint32_t number = h->line;

	if (end == SIZE_MAX)
		return broken(h, "a heredoc without its end");
	/* <<- takes away what all lines are indented by */
	for (rest = lines; peek(h, 2) == '-' && rest.n && aisp_slice_split(&rest, '\n', &line);)
		if (aisp_slice_trim(line).n && indent_of(line) < indent)
			indent = indent_of(line);
	aisp_buf_clear(&h->text);
	for (rest = lines; rest.n && aisp_slice_split(&rest, '\n', &line);) {
		size_t own = indent == SIZE_MAX ? 0 : indent_of(line);
		aisp_buf_put(&h->text, aisp_slice_from(line, own < indent ? own : indent));
		aisp_buf_putc(&h->text, '\n');
	}
	skip(h, end - h->at);
	int r = aisp_buf_check(&h->text, h->b.err);
	return r < 0 ? r : put_text(h, number);
}

static int expression(struct hcl *h);
static int body(struct hcl *h, bool top);

static int deeper(struct hcl *h)
{
	return ++h->depth > h->b.max_depth ? aisp_fail(h->b.err, AISP_E_LIMIT, "line %u: nested deeper than %u", h->line, h->b.max_depth) : 0;
}

size_t aisp_hcl_piece(struct aisp_slice in, size_t i)
{
	struct aisp_slice rest = aisp_slice_from(in, i), lines;
	size_t n;

	if (in.p[i] == '"')
		return string_end(in, i);
	if (is_heredoc(in, i))
		return heredoc_end(in, i, &lines);
	if (aisp_slice_starts(rest, AISP_S("/*"))) {
		n = aisp_slice_find(rest, AISP_S("*/"));
		return n == SIZE_MAX ? in.n : i + n + 2;
	}
	if (in.p[i] == '#' || aisp_slice_starts(rest, AISP_S("//"))) {
		n = aisp_slice_chr(rest, '\n');
		return n == SIZE_MAX ? in.n : i + n;
	}
	return i + 1;
}

/* "=" or ":" that ends the key of an object. */
static bool ends_key(struct aisp_slice in, size_t i)
{
	if (in.p[i] == ':')
		return true;
	return in.p[i] == '=' && !(i + 1 < in.n && in.p[i + 1] == '=') && !(i > 0 && memchr("=!<>", in.p[i - 1], 4));
}

/* Where the expression at hand ends: at a line end, comment, comma or closing bracket that is not inside brackets or strings; a
 * key also where its value begins. SIZE_MAX: a string, heredoc or bracket in it has no end. */
static size_t raw_end(const struct hcl *h, size_t from, bool key)
{
	struct aisp_slice in = h->in;
	size_t open = 0;

	for (size_t i = from, end; i < in.n; i = end) {
		char c = in.p[i];
		end = aisp_hcl_piece(in, i);
		if (end == SIZE_MAX)
			return SIZE_MAX;
		if (open == 0 && (c == '\n' || c == ',' || c == ')' || c == ']' || c == '}' || c == '#' || (c == '/' && end > i + 1) || (key && ends_key(in, i))))
			return i;
		open += c == '(' || c == '[' || c == '{';
		open -= open && (c == ')' || c == ']' || c == '}');
	}
	return open ? SIZE_MAX : in.n;
}

/* Does something follow on this line that makes a literal part of a larger expression? */
static bool goes_on(struct hcl *h)
{
	blank(h, false);
	char c = peek(h, 0);
	return !at_end(h) && c != '\n' && c != ',' && c != ']' && c != '}' && c != ')' && c != ':' && !(c == '=' && peek(h, 1) != '=');
}

static int put_raw(struct hcl *h, size_t from, uint32_t line)
{
	size_t end = raw_end(h, from, false);

	h->at = from;
	h->line = line;
	if (end == SIZE_MAX)
		return broken(h, "a string, heredoc or bracket without its end");
	struct aisp_slice text = aisp_slice_trim(aisp_slice_of(h->in.p + from, end - from));
	skip(h, end - from);
	if (text.n == 0)
		return broken(h, "a value is missing");
	aisp_buf_clear(&h->text);
	aisp_buf_putz(&h->text, "${");
	aisp_buf_put(&h->text, text);
	aisp_buf_putc(&h->text, '}');
	int r = aisp_buf_check(&h->text, h->b.err);
	return r < 0 ? r : put_text(h, line);
}

static bool is_for(const struct hcl *h)
{
	struct hcl ahead = *h;

	skip(&ahead, 1);
	blank(&ahead, true);
	if (!aisp_slice_eqz(word(&ahead), "for"))
		return false;
	blank(&ahead, true);
	return peek(&ahead, 0) != '=' && peek(&ahead, 0) != ':';
}

/* The list or object that was just put is the begin of a larger expression: its text takes its place. */
static int put_instead(struct hcl *h, size_t from, uint32_t line)
{
	if (!h->b.open.v[h->b.open.n - 1].obj)
		h->b.pending.n--;
	return put_raw(h, from, line);
}

static int list(struct hcl *h)
{
	int r = deeper(h);

	if (r == 0)
		r = aisp_docb_open(&h->b, false, h->line);
	skip(h, 1);
	for (blank(h, true); r == 0 && peek(h, 0) != ']'; blank(h, true)) {
		if (at_end(h))
			return broken(h, "a list without its end");
		r = expression(h);
		blank(h, true);
		if (r == 0 && peek(h, 0) == ',')
			skip(h, 1);
		else if (r == 0 && peek(h, 0) != ']')
			return broken(h, "a list item that does not end");
	}
	if (r < 0)
		return r;
	skip(h, 1);
	h->depth--;
	return aisp_docb_close(&h->b, NULL, NULL);
}

/* A word or string is taken for itself; any other expression as it is written. */
static int object_key(struct hcl *h)
{
	uint32_t line = h->line;
	size_t from = h->at;
	struct aisp_slice key;
	int r = 0;

	if (peek(h, 0) == '"') {
		r = quoted(h);
		key = aisp_buf_slice(&h->text);
	} else {
		key = word(h);
	}
	if (r < 0)
		return r;
	size_t behind = h->at;
	blank(h, false);
	if (behind == from || at_end(h) || !ends_key(h->in, h->at)) {
		size_t end = raw_end(h, from, true);
		if (end == SIZE_MAX || end == from)
			return broken(h, "a key is missing");
		h->at = from;
		h->line = line;
		skip(h, end - from);
		key = aisp_slice_trim(aisp_slice_of(h->in.p + from, end - from));
	}
	return aisp_docb_key(&h->b, key, line);
}

static int object(struct hcl *h)
{
	int r = deeper(h);

	if (r == 0)
		r = aisp_docb_open(&h->b, true, h->line);
	skip(h, 1);
	for (blank(h, true); r == 0 && peek(h, 0) != '}'; blank(h, true)) {
		if (at_end(h))
			return broken(h, "an object without its end");
		r = object_key(h);
		blank(h, false);
		if (r == 0 && peek(h, 0) != '=' && peek(h, 0) != ':')
			return broken(h, "a key without a value");
		skip(h, 1);
		blank(h, true);
		if (r == 0)
			r = expression(h);
		blank(h, true);
		if (r == 0 && peek(h, 0) == ',')
			skip(h, 1);
	}
	if (r < 0)
		return r;
	skip(h, 1);
	h->depth--;
	return aisp_docb_close(&h->b, NULL, NULL);
}

/* jsonencode(x) and yamlencode(x) are x. */
static int encoded(struct hcl *h, size_t name_n, bool *ret_is)
{
	size_t from = h->at;
	uint32_t line = h->line;

	skip(h, name_n);
	blank(h, true);
	*ret_is = peek(h, 0) == '{' || peek(h, 0) == '[';
	if (!*ret_is || is_for(h)) {
		*ret_is = false;
		h->at = from;
		h->line = line;
		return 0;
	}
	int r = peek(h, 0) == '{' ? object(h) : list(h);
	blank(h, true);
	if (r == 0 && peek(h, 0) != ')')
		return put_instead(h, from, line);
	skip(h, 1);
	return r == 0 && goes_on(h) ? put_instead(h, from, line) : r;
}

static bool literal_word(struct aisp_slice w, struct aisp_doc *ret)
{
	if (aisp_slice_eqz(w, "true") || aisp_slice_eqz(w, "false"))
		*ret = (struct aisp_doc){.type = AISP_DOC_BOOL, .b = w.n == 4};
	else if (aisp_slice_eqz(w, "null"))
		*ret = (struct aisp_doc){.type = AISP_DOC_NULL};
	else
		return false;
	return true;
}

/* -? digits [. digits] [e [-] digits] */
static bool is_number(struct aisp_slice w)
{
	size_t i = w.n && w.p[0] == '-', runs = 0;

	for (;;) {
		size_t from = i;
		while (i < w.n && w.p[i] >= '0' && w.p[i] <= '9')
			i++;
		if (i == from)
			return false;
		if (i == w.n)
			return true;
		if (w.p[i] == '.' && runs == 0) {
			runs = 1;
			i++;
		} else if ((w.p[i] == 'e' || w.p[i] == 'E') && runs < 2) {
			runs = 2;
			i++;
			i += i < w.n && w.p[i] == '-';
		} else {
			return false;
		}
	}
}

/* A number or a word that is a whole value; false when it is the begin of something else (h is not moved then). */
static bool scalar(struct hcl *h, struct aisp_doc *ret)
{
	size_t from = h->at;
	uint32_t line = h->line;
	char number[64];

	while (!at_end(h) && (is_word(peek(h, 0)) || (peek(h, 0) == '.' && peek(h, 1) >= '0' && peek(h, 1) <= '9')))
		h->at++;
	struct aisp_slice w = aisp_slice_of(h->in.p + from, h->at - from);
	bool digits = w.n < sizeof number && is_number(w), known = digits || literal_word(w, ret);
	if (known && !goes_on(h)) {
		if (digits) {
			memcpy(number, w.p, w.n);
			number[w.n] = '\0';
			*ret = aisp_doc__number(aisp_slice_of(number, w.n), line);
		}
		ret->line = line;
		return true;
	}
	h->at = from;
	h->line = line;
	return false;
}

static int expression(struct hcl *h)
{
	size_t from = h->at;
	uint32_t line = h->line;
	char c = peek(h, 0);
	struct aisp_slice rest = aisp_slice_from(h->in, h->at);
	struct aisp_doc d;
	bool is;
	int r;

	if (c == '"') {
		r = quoted(h);
		if (r == 0 && !goes_on(h))
			return put_text(h, line);
		return r < 0 ? r : put_raw(h, from, line);
	}
	if (is_heredoc(h->in, h->at))
		return heredoc(h);
	if ((c == '[' || c == '{') && !is_for(h)) {
		r = c == '[' ? list(h) : object(h);
		return r == 0 && goes_on(h) ? put_instead(h, from, line) : r;
	}
	for (size_t i = 0; i < 2; i++) {
		static const struct aisp_slice names[] = {{"jsonencode(", 11}, {"yamlencode(", 11}};
		if (!aisp_slice_starts(rest, names[i]))
			continue;
		r = encoded(h, names[i].n, &is);
		if (r < 0 || is)
			return r;
	}
	if (scalar(h, &d))
		return aisp_docb_put(&h->b, &d);
	return put_raw(h, from, line);
}

/* type "label" … { … } with the type read: each label is an object around the body. */
static int block(struct hcl *h, uint32_t labels_max)
{
	uint32_t opened = 1;
	int r = deeper(h);

	if (r == 0)
		r = aisp_docb_open(&h->b, true, h->line);
	for (blank(h, false); r == 0 && peek(h, 0) != '{'; blank(h, false)) {
		uint32_t line = h->line;
		if (opened > labels_max)
			return broken(h, "a block with too many labels");
		if (peek(h, 0) == '"') {
			r = quoted(h);
		} else {
			aisp_buf_clear(&h->text);
			aisp_buf_put(&h->text, word(h));
			r = h->text.n == 0 ? broken(h, "neither a value nor a block") : aisp_buf_check(&h->text, h->b.err);
		}
		if (r == 0)
			r = aisp_docb_key(&h->b, aisp_buf_slice(&h->text), line);
		if (r == 0)
			r = aisp_docb_open(&h->b, true, line);
		opened++;
	}
	if (r < 0)
		return r;
	skip(h, 1);
	r = body(h, false);
	for (; r == 0 && opened > 0; opened--)
		r = aisp_docb_close(&h->b, NULL, NULL);
	h->depth--;
	return r;
}

static int body(struct hcl *h, bool top)
{
	int r = 0;

	for (blank(h, true); r == 0; blank(h, true)) {
		if (at_end(h))
			return top ? 0 : broken(h, "a block without its end");
		if (peek(h, 0) == '}' && !top) {
			skip(h, 1);
			return 0;
		}
		uint32_t line = h->line;
		struct aisp_slice name;
		if (peek(h, 0) == '"') { /* as older versions allow */
			r = quoted(h);
			name = aisp_buf_slice(&h->text);
		} else {
			name = word(h);
		}
		if (r == 0 && name.n == 0)
			return broken(h, "a name is missing");
		if (r == 0)
			r = aisp_docb_key(&h->b, name, line);
		blank(h, false);
		if (r == 0 && peek(h, 0) == '=' && peek(h, 1) != '=') {
			skip(h, 1);
			blank(h, true);
			r = expression(h);
		} else if (r == 0) {
			r = block(h, 8);
		}
	}
	return r;
}

int aisp_hcl_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                   const struct aisp_doc **ret_doc, struct aisp_err *err)
{
	struct hcl h = {.in = text, .line = 1};
	int r = aisp_docb_init(&h.b, a, text, limits, err);

	if (r < 0)
		return r;
	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		h.at = 3;
	aisp_buf_init(&h.text, text.n + 16);
	r = aisp_doc__check_utf8(text, err);
	if (r == 0)
		r = aisp_docb_open(&h.b, true, 1);
	if (r == 0)
		r = body(&h, true);
	if (r == 0)
		r = aisp_docb_close(&h.b, NULL, NULL);
	if (r == 0) {
		struct aisp_doc *root = aisp_arena_zalloc(a, 1, sizeof *root);
		if (root) {
			*root = aisp_docb_root(&h.b);
			*ret_doc = root;
		} else {
			r = aisp_docb_nomem(&h.b);
		}
	}
	if (h.text.p)
		explicit_bzero(h.text.p, h.text.n);
	aisp_buf_done(&h.text);
	aisp_docb_done(&h.b);
	return r;
}
