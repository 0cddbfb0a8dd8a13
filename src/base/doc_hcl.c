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
#include <stdlib.h>

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
	if (c < 0x80) {
		aisp_buf_putc(b, (char)c);
	} else if (c < 0x800) {
		aisp_buf_putc(b, (char)(0xc0 | c >> 6));
		aisp_buf_putc(b, (char)(0x80 | (c & 63)));
	} else {
		aisp_buf_putc(b, (char)(0xe0 | (c >> 12 & 15)));
		aisp_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (c & 63)));
	}
}

static void escape(struct hcl *h)
{
	static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
	const char *known = peek(h, 1) ? strchr(from, peek(h, 1)) : NULL;

	if (known) {
		aisp_buf_putc(&h->text, to[known - from]);
		skip(h, 2);
	} else if (peek(h, 1) == 'u' && h->in.n - h->at >= 6) {
		char digits[5] = {h->in.p[h->at + 2], h->in.p[h->at + 3], h->in.p[h->at + 4], h->in.p[h->at + 5], 0};
		unsigned long c = strtoul(digits, NULL, 16);
		put_code_point(&h->text, c >= 0xd800 && c < 0xe000 ? 0xfffd : (uint32_t)c & 0xffff);
		skip(h, 6);
	} else {
		aisp_buf_putc(&h->text, peek(h, 0));
		skip(h, 1);
	}
}

/* An interpolation "${…}" inside a string, as it stands, quotes within and all. */
static void interpolation(struct hcl *h)
{
	int open = 0;
	bool quoted = false;

	for (; !at_end(h); skip(h, 1)) {
		char c = peek(h, 0);
		aisp_buf_putc(&h->text, c);
		if (c == '"' && h->in.p[h->at - 1] != '\\')
			quoted = !quoted;
		open += !quoted && c == '{';
		open -= !quoted && c == '}';
		if (open == 0 && c == '}' && !quoted) {
			skip(h, 1);
			return;
		}
	}
}

/* A quoted template into text; the opening quote is at hand. */
static int quoted(struct hcl *h)
{
	aisp_buf_clear(&h->text);
	skip(h, 1);
	while (!at_end(h) && peek(h, 0) != '"') {
		if (peek(h, 0) == '\n')
			return broken(h, "a string without its end");
		if (peek(h, 0) == '\\')
			escape(h);
		else if ((peek(h, 0) == '$' || peek(h, 0) == '%') && peek(h, 1) == '{' && (h->at == 0 || h->in.p[h->at - 1] != peek(h, 0)))
			interpolation(h);
		else {
			aisp_buf_putc(&h->text, peek(h, 0));
			skip(h, 1);
		}
	}
	if (at_end(h))
		return broken(h, "a string without its end");
	skip(h, 1);
	return aisp_buf_check(&h->text, h->b.err);
}

static int put_text(struct hcl *h, uint32_t line)
{
	struct aisp_doc d = {.type = AISP_DOC_STR, .line = line, .s = aisp_buf_slice(&h->text)};

	return aisp_docb_put(&h->b, &d);
}

/* <<MARK or <<-MARK: lines until the mark stands alone. */
static int heredoc(struct hcl *h)
{
	uint32_t line = h->line;

	skip(h, peek(h, 2) == '-' ? 3 : 2);
	struct aisp_slice mark = word(h);
	struct aisp_slice rest = aisp_slice_from(h->in, h->at), text;
	size_t nl = aisp_slice_chr(rest, '\n');
	if (mark.n == 0 || nl == SIZE_MAX)
		return broken(h, "a heredoc without its mark");
	skip(h, nl + 1);
	aisp_buf_clear(&h->text);
	while (!at_end(h)) {
		rest = aisp_slice_from(h->in, h->at);
		nl = aisp_slice_chr(rest, '\n');
		text = aisp_slice_to(rest, nl == SIZE_MAX ? rest.n : nl);
		if (aisp_slice_eq(aisp_slice_trim(text), mark)) {
			skip(h, text.n);
			return aisp_buf_check(&h->text, h->b.err) < 0 ? h->text.bad : put_text(h, line);
		}
		aisp_buf_put(&h->text, text);
		aisp_buf_putc(&h->text, '\n');
		skip(h, text.n + (nl != SIZE_MAX));
	}
	return broken(h, "a heredoc without its end");
}

static int expression(struct hcl *h);
static int body(struct hcl *h, bool top);

static int deeper(struct hcl *h)
{
	return ++h->depth > h->b.max_depth ? aisp_fail(h->b.err, AISP_E_LIMIT, "line %u: nested deeper than %u", h->line, h->b.max_depth) : 0;
}

/* Where the expression at hand ends: at a line end, comma or closing bracket that is not inside brackets or strings. */
static size_t raw_end(const struct hcl *h)
{
	size_t i = h->at, open = 0;

	for (; i < h->in.n; i++) {
		char c = h->in.p[i];
		if (c == '"') {
			for (i++; i < h->in.n && h->in.p[i] != '"' && h->in.p[i] != '\n'; i++)
				i += h->in.p[i] == '\\';
			continue;
		}
		if (open == 0 && (c == '\n' || c == ',' || c == ')' || c == ']' || c == '}' || c == '#'))
			break;
		open += c == '(' || c == '[' || c == '{';
		open -= open && (c == ')' || c == ']' || c == '}');
	}
	return i;
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
	size_t at = h->at;

	h->at = from;
	size_t end = raw_end(h);
	if (end < at)
		end = at;
	struct aisp_slice text = aisp_slice_trim(aisp_slice_of(h->in.p + from, end - from));
	h->at = at;
	h->line = line;
	for (size_t i = from; i < end; i++)
		h->line += h->in.p[i] == '\n';
	h->at = end;
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
	size_t i = h->at + 1;

	while (i < h->in.n && (h->in.p[i] == ' ' || h->in.p[i] == '\t' || h->in.p[i] == '\n' || h->in.p[i] == '\r'))
		i++;
	struct aisp_slice rest = aisp_slice_from(h->in, i);
	return aisp_slice_starts(rest, AISP_S("for ")) || aisp_slice_starts(rest, AISP_S("for\t"));
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

static int object_key(struct hcl *h)
{
	uint32_t line = h->line;

	if (peek(h, 0) == '"') {
		int r = quoted(h);
		return r < 0 ? r : aisp_docb_key(&h->b, aisp_buf_slice(&h->text), line);
	}
	if (peek(h, 0) == '(') {
		size_t from = h->at, end = aisp_slice_chr(aisp_slice_from(h->in, h->at), ')');
		if (end == SIZE_MAX)
			return broken(h, "a key without its end");
		skip(h, end + 1);
		return aisp_docb_key(&h->b, aisp_slice_of(h->in.p + from, end + 1), line);
	}
	size_t from = h->at;
	while (!at_end(h) && (is_word(peek(h, 0)) || peek(h, 0) == '.'))
		h->at++;
	if (h->at == from)
		return broken(h, "a key is missing");
	return aisp_docb_key(&h->b, aisp_slice_of(h->in.p + from, h->at - from), line);
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
		return broken(h, "a call without its end");
	skip(h, 1);
	return r;
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

/* A number or a word that is a whole value; false when it is the begin of something else (h is not moved then). */
static bool scalar(struct hcl *h, struct aisp_doc *ret)
{
	size_t from = h->at;
	uint32_t line = h->line;
	char number[64];

	if (peek(h, 0) == '-')
		h->at++;
	while (!at_end(h) && (is_word(peek(h, 0)) || (peek(h, 0) == '.' && peek(h, 1) >= '0' && peek(h, 1) <= '9')))
		h->at++;
	struct aisp_slice w = aisp_slice_of(h->in.p + from, h->at - from);
	bool digits = w.n > 0 && w.n < sizeof number && (w.p[0] == '-' ? w.n > 1 : true) && strspn(w.p + (w.p[0] == '-'), "0123456789.eE") >= w.n - (w.p[0] == '-') &&
	              w.p[w.p[0] == '-'] >= '0' && w.p[w.p[0] == '-'] <= '9';
	bool known = digits || literal_word(w, ret);
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
	if (c == '<' && peek(h, 1) == '<' && (is_word(peek(h, 2)) || peek(h, 2) == '-'))
		return heredoc(h);
	if (c == '[' && !is_for(h))
		return list(h);
	if (c == '{' && !is_for(h))
		return object(h);
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
		struct aisp_slice name = word(h);
		if (name.n == 0)
			return broken(h, "a name is missing");
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
