/* TOML 1.0 (https://toml.io/en/v1.0.0).
 *
 * A table can be continued anywhere in the text, so the text is read into nodes first, and the finished tree is made of these:
 *
 *   nodes   1 root ─first─▶ 2 "a" ─next─▶ 5 "b"          keys     (parent, symbol of the key) ─▶ node
 *                            └first▶ 3 ─next▶ 4
 *
 * Dates and times become text as RFC 3339 writes them. An integer that int64 does not hold becomes a real, where TOML demands
 * an error: what Python's tomllib reads must not hide from us.
 * Why not a library: toml++ 3.3 has undefined behaviour on texts as short as "[&", no limits for dotted keys, and forgets the
 * order of keys; what it takes to guard it is half a parser.
 * Invariants: recursion (values within values) is bounded by max_depth; every key costs constant time on average.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/doc_int.h"
#include "base/map.h"
#include "base/sym.h"
#include <math.h>

enum kind {
	VALUE,
	TABLE,  /* by a header or dotted keys: can be continued */
	TABLES, /* array of tables */
	ARRAY,
	INLINE,
};
/* The section (header or inline table, from 1) whose dotted keys define a table; these two are no sections. */
static const uint32_t undefined = 0, by_header = UINT32_MAX;

struct node {
	struct aisp_doc value; /* of a VALUE; else only its line */
	enum kind kind;
	aisp_sym key;
	uint32_t key_line;
	uint32_t first, last, next; /* children, siblings: numbers of nodes, 0 = none */
	uint32_t defined_in;
};
struct part { /* of a dotted key */
	aisp_sym key;
	uint32_t line;
};
struct toml {
	struct aisp_docb b;
	struct aisp_slice in;
	size_t at;
	uint32_t line;
	uint32_t section, sections; /* the one at hand; how many there were */
	uint32_t depth;             /* of values within values */
	AISP_VEC(struct node) nodes; /* node i is at i - 1 */
	AISP_VEC(struct part) path;
	struct aisp_symtab *names;
	struct aisp_map keys;
	struct aisp_buf text; /* scratch: the string or number at hand */
};

static int broken(struct toml *t, const char *what)
{
	return aisp_fail(t->b.err, AISP_E_PARSE, "line %u: not TOML: %s", t->line, what);
}

static struct node *node(struct toml *t, uint32_t id)
{
	return &t->nodes.v[id - 1];
}

/* ---- characters ---- */

/* The character k places on; NUL behind the end (and for a NUL, which stands nowhere in TOML). */
static char peek(const struct toml *t, size_t k)
{
	return t->in.n - t->at > k ? t->in.p[t->at + k] : '\0';
}

static bool at_end(const struct toml *t)
{
	return t->at == t->in.n;
}

static bool starts(const struct toml *t, const char *z)
{
	return aisp_slice_starts(aisp_slice_from(t->in, t->at), aisp_slice_z(z));
}

static bool take(struct toml *t, char c)
{
	if (at_end(t) || peek(t, 0) != c)
		return false;
	t->at++;
	return true;
}

static bool take_newline(struct toml *t)
{
	size_t n = starts(t, "\r\n") ? 2 : starts(t, "\n") ? 1 : 0;

	t->at += n;
	t->line += n > 0;
	return n > 0;
}

static void skip_blanks(struct toml *t)
{
	while (peek(t, 0) == ' ' || peek(t, 0) == '\t')
		t->at++;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static int skip_comment(struct toml *t)
{
	if (peek(t, 0) != '#')
		return AISP_OK;
	while (!at_end(t) && !is_control(peek(t, 0)))
		t->at++;
	if (!at_end(t) && !starts(t, "\n") && !starts(t, "\r\n"))
		return broken(t, "a control character in a comment");
	return AISP_OK;
}

/* What may stand behind a header or value. */
static int end_of_line(struct toml *t)
{
	skip_blanks(t);
	int r = skip_comment(t);

	if (r == 0 && !at_end(t) && !take_newline(t))
		return broken(t, "something follows on the line that does not belong there");
	return r;
}

/* Blanks, line ends and comments, as between the values of an array. */
static int skip_space(struct toml *t)
{
	int r;

	do {
		skip_blanks(t);
		r = skip_comment(t);
	} while (r == 0 && take_newline(t));
	return r;
}

/* ---- strings ---- */

static void put_utf8(struct aisp_buf *b, uint32_t cp)
{
	char p[4];
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		p[i] = (char)(0x80 | (cp & 0x3f));
	p[0] = (char)(n == 1 ? cp : (0xf00U >> n & 0xff) | cp);
	aisp_buf_put(b, aisp_slice_of(p, n));
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \uXXXX or \UXXXXXXXX, standing at the first digit. */
static int read_code_point(struct toml *t, size_t digits)
{
	uint32_t cp = 0;

	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(peek(t, 0));

		if (digit < 0)
			return broken(t, "an escape with too few hexadecimal digits");
		cp = cp << 4 | (uint32_t)digit;
		t->at++;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return broken(t, "an escape of what is no character");
	put_utf8(&t->text, cp);
	return AISP_OK;
}

/* In a multi-line string a backslash at the end of a line takes all blanks and line ends behind it away. */
static bool skip_continuation(struct toml *t)
{
	size_t at = t->at;

	skip_blanks(t);
	if (!take_newline(t)) {
		t->at = at;
		return false;
	}
	do
		skip_blanks(t);
	while (take_newline(t));
	return true;
}

static int read_escape(struct toml *t, bool lines)
{
	static const char escapes[] = "b\bt\tn\nf\fr\r\"\"\\\\";

	t->at++;
	if (lines && skip_continuation(t))
		return AISP_OK;
	char c = peek(t, 0);

	t->at += !at_end(t);
	for (size_t i = 0; escapes[i]; i += 2)
		if (c == escapes[i]) {
			aisp_buf_putc(&t->text, escapes[i + 1]);
			return AISP_OK;
		}
	if (c == 'u' || c == 'U')
		return read_code_point(t, c == 'u' ? 4 : 8);
	return broken(t, "an escape in a string that does not exist");
}

/* The run of characters that mean themselves. */
static void read_run(struct toml *t, char quote)
{
	size_t from = t->at;

	while (!at_end(t) && peek(t, 0) != quote && !is_control(peek(t, 0)) && (peek(t, 0) != '\\' || quote == '\''))
		t->at++;
	aisp_buf_put(&t->text, aisp_slice_of(t->in.p + from, t->at - from));
}

/* The closing quotes of a multi-line string; up to two more before them are text. */
static bool take_closing(struct toml *t, char quote)
{
	size_t n = 0;

	while (n < 5 && peek(t, n) == quote)
		n++;
	aisp_buf_fill(&t->text, quote, n < 3 ? n : n - 3);
	t->at += n;
	return n >= 3;
}

/* Any of the four kinds of string, into t->text. */
static int read_string(struct toml *t, bool key)
{
	char quote = peek(t, 0);
	bool lines = peek(t, 1) == quote && peek(t, 2) == quote;
	int r = AISP_OK;

	aisp_buf_clear(&t->text);
	if (lines && key)
		return broken(t, "a string of several lines as a key");
	t->at += lines ? 3 : 1;
	if (lines)
		take_newline(t);
	while (r == 0) {
		read_run(t, quote);
		if (peek(t, 0) == quote && !at_end(t)) {
			if (!lines)
				t->at++;
			if (!lines || take_closing(t, quote))
				break;
		} else if (peek(t, 0) == '\\') {
			r = read_escape(t, lines);
		} else if (lines && take_newline(t)) {
			aisp_buf_putc(&t->text, '\n');
		} else {
			r = broken(t, at_end(t) ? "a string is not closed" : "a line end or control character in a string");
		}
	}
	return r == 0 && t->text.bad ? aisp_docb_nomem(&t->b) : r;
}

/* ---- numbers, dates, times ---- */

/* The token without its underscores, which must stand between digits, in t->text. */
static bool strip_underscores(struct toml *t, struct aisp_slice s)
{
	bool hex = s.n > 1 && s.p[0] == '0' && s.p[1] == 'x';

	aisp_buf_clear(&t->text);
	aisp_buf_putz(&t->text, "");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '_') {
			aisp_buf_putc(&t->text, s.p[i]);
			continue;
		}
		int limit = hex ? 16 : 10, before = i ? hex_digit(s.p[i - 1]) : -1;
		int after = i + 1 < s.n ? hex_digit(s.p[i + 1]) : -1;

		if (before < 0 || before >= limit || after < 0 || after >= limit || (hex && i < 3))
			return false;
	}
	return true;
}

/* 0x…, 0o…, 0b…; what int64 does not hold becomes a real. */
static bool based_integer(struct aisp_slice s, struct aisp_doc *d)
{
	int base = s.n < 3 || s.p[0] != '0' ? 0 : s.p[1] == 'x' ? 16 : s.p[1] == 'o' ? 8 : s.p[1] == 'b' ? 2 : 0;
	int64_t n = 0;
	double r = 0;
	bool big = false;

	for (size_t i = 2; base && i < s.n; i++) {
		int digit = hex_digit(s.p[i]);

		if (digit < 0 || digit >= base)
			return false;
		big |= __builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n);
		r = r * base + digit;
	}
	d->type = big ? AISP_DOC_REAL : AISP_DOC_INT;
	if (big)
		d->r = r;
	else
		d->i = n;
	return base > 0;
}

static size_t skip_digits(struct aisp_slice s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i;
}

/* [+-]? (0 | [1-9] digits) ( . digits )? ( [eE] [+-]? digits )? */
static bool is_number(struct aisp_slice s)
{
	size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'), from = i;

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
		i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
		from = i;
		i = skip_digits(s, i);
		if (i == from)
			return false;
	}
	return i == s.n;
}

/* inf and nan, with or without a sign. */
static bool special_real(struct aisp_slice s, double *ret_r)
{
	bool minus = s.n > 0 && s.p[0] == '-';

	if (s.n > 0 && (minus || s.p[0] == '+'))
		s = aisp_slice_from(s, 1);
	if (!aisp_slice_eqz(s, "inf") && !aisp_slice_eqz(s, "nan"))
		return false;
	*ret_r = s.p[0] == 'n' ? (double)NAN : minus ? -HUGE_VAL : HUGE_VAL;
	return true;
}

/* Two digits at s[at], up to `most`. */
static bool two(struct aisp_slice s, size_t at, int most)
{
	return at + 2 <= s.n && skip_digits(aisp_slice_to(s, at + 2), at) == at + 2 &&
	       (s.p[at] - '0') * 10 + (s.p[at + 1] - '0') <= most;
}

/* Lengths of a date, a time and an offset at the start of s; 0 when there is none. RFC 3339, with seconds up to 60. */
static size_t date_length(struct aisp_slice s)
{
	char z[11] = "";
	int64_t us;

	if (s.n < 10)
		return 0;
	memcpy(z, s.p, 10);
	return strlen(z) == 10 && aisp_clock_parse(z, &us) == 0 ? 10 : 0;
}

static size_t time_length(struct aisp_slice s)
{
	if (!two(s, 0, 23) || !two(s, 3, 59) || !two(s, 6, 60) || s.p[2] != ':' || s.p[5] != ':')
		return 0;
	if (s.n == 8 || s.p[8] != '.')
		return 8;
	size_t end = skip_digits(s, 9);

	return end > 9 ? end : 0;
}

static size_t offset_length(struct aisp_slice s)
{
	if (s.n > 0 && (s.p[0] == 'Z' || s.p[0] == 'z'))
		return 1;
	return s.n >= 6 && (s.p[0] == '+' || s.p[0] == '-') && two(s, 1, 23) && s.p[3] == ':' && two(s, 4, 59) ? 6 : 0;
}

/* A date, a time, or both with or without an offset; with T and Z in upper case in t->text. */
static bool read_moment(struct toml *t, struct aisp_slice s)
{
	size_t n = date_length(s), clock;

	if (n == 10 && s.n > 10 && strchr("Tt ", s.p[10])) {
		clock = time_length(aisp_slice_from(s, 11));
		n = clock ? 11 + clock : 0;
		n += n ? offset_length(aisp_slice_from(s, n)) : 0;
	} else if (n == 0) {
		n = time_length(s);
	}
	if (n == 0 || n != s.n)
		return false;
	aisp_buf_clear(&t->text);
	for (size_t i = 0; i < n; i++)
		aisp_buf_putc(&t->text, s.p[i] == 't' || s.p[i] == ' ' ? 'T' : s.p[i] == 'z' ? 'Z' : s.p[i]);
	return true;
}

/* What is neither string nor bracket. A date may be followed by a blank and a time. */
static struct aisp_slice read_token(struct toml *t)
{
	size_t from = t->at;
	bool date = false;

	do {
		t->at += date;
		while (!at_end(t) && peek(t, 0) && !strchr(" \t\r\n#,]}[{=\"'", peek(t, 0)))
			t->at++;
		date = !date && date_length(aisp_slice_of(t->in.p + from, t->at - from)) && t->at - from == 10;
	} while (date && peek(t, 0) == ' ' && peek(t, 1) >= '0' && peek(t, 1) <= '9');
	return aisp_slice_of(t->in.p + from, t->at - from);
}

static int read_plain(struct toml *t, struct aisp_doc *d)
{
	struct aisp_slice s = read_token(t);

	d->type = AISP_DOC_BOOL;
	d->b = aisp_slice_eqz(s, "true");
	if (d->b || aisp_slice_eqz(s, "false"))
		return AISP_OK;
	d->type = AISP_DOC_REAL;
	if (special_real(s, &d->r))
		return AISP_OK;
	d->type = AISP_DOC_STR;
	if (read_moment(t, s)) {
		d->s = aisp_buf_slice(&t->text);
		return t->text.bad ? aisp_docb_nomem(&t->b) : AISP_OK;
	}
	if (!strip_underscores(t, s))
		return broken(t, "neither a string nor a number, date, time, true or false");
	if (t->text.bad)
		return aisp_docb_nomem(&t->b);
	s = aisp_buf_slice(&t->text);
	if (based_integer(s, d))
		return AISP_OK;
	if (!is_number(s))
		return broken(t, "neither a string nor a number, date, time, true or false");
	*d = aisp_doc__number(s, d->line);
	return AISP_OK;
}

/* ---- nodes ---- */

/* A new last child of `parent` (0 for the root); 0 on failure. */
static uint32_t add_node(struct toml *t, uint32_t parent, enum kind kind, struct part part, int *ret_r)
{
	struct node fresh = {
		.kind = kind, .key = part.key, .key_line = part.line, .value = {.line = part.line}, .defined_in = undefined};
	uint32_t id = (uint32_t)t->nodes.n + 1;

	if (t->nodes.n >= t->b.max_values) {
		*ret_r = aisp_fail(t->b.err, AISP_E_LIMIT, "line %u: more than the limit of %u values", t->line,
		                   t->b.max_values);
		return 0;
	}
	if (aisp_vec_push(&t->nodes, fresh) < 0) {
		*ret_r = aisp_docb_nomem(&t->b);
		return 0;
	}
	if (parent) {
		struct node *p = node(t, parent);

		if (p->last)
			node(t, p->last)->next = id;
		else
			p->first = id;
		p->last = id;
	}
	return id;
}

static struct aisp_key key_of(uint32_t parent, aisp_sym key)
{
	return (struct aisp_key){parent, key};
}

static uint32_t add_member(struct toml *t, uint32_t parent, enum kind kind, struct part part, int *ret_r)
{
	uint32_t id = add_node(t, parent, kind, part, ret_r);
	int r = id ? aisp_map_put(&t->keys, key_of(parent, part.key), id, t->b.err) : 0;

	if (r < 0)
		*ret_r = r;
	return r < 0 ? 0 : id;
}

/* ---- keys ---- */

static bool bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int read_part(struct toml *t)
{
	struct part part = {.line = t->line};
	size_t from = t->at;
	struct aisp_slice text;
	int r = AISP_OK;

	if (peek(t, 0) == '"' || peek(t, 0) == '\'') {
		r = read_string(t, true);
		text = aisp_buf_slice(&t->text);
	} else {
		while (bare(peek(t, 0)))
			t->at++;
		text = aisp_slice_of(t->in.p + from, t->at - from);
		if (text.n == 0)
			return broken(t, "a key is missing");
	}
	if (r == 0)
		r = aisp_symtab_add(t->names, text, &part.key, t->b.err);
	if (r == 0 && aisp_vec_push(&t->path, part) < 0)
		r = aisp_docb_nomem(&t->b);
	return r;
}

/* A dotted key, into t->path; at least one part. */
static int read_path(struct toml *t)
{
	int r;

	t->path.n = 0;
	do {
		skip_blanks(t);
		r = read_part(t);
		skip_blanks(t);
		if (r == 0 && t->path.n > t->b.max_depth)
			r = aisp_fail(t->b.err, AISP_E_LIMIT, "line %u: nested deeper than the limit of %u levels", t->line,
			              t->b.max_depth);
	} while (r == 0 && take(t, '.'));
	return r;
}

/* The table that the parts of a header before its last lead to; in an array of tables that is its latest. */
static uint32_t header_parent(struct toml *t, int *ret_r)
{
	uint32_t at = 1;

	for (size_t i = 0; at && i + 1 < t->path.n; i++) {
		uint32_t next = aisp_map_get(&t->keys, key_of(at, t->path.v[i].key));

		if (!next)
			next = add_member(t, at, TABLE, t->path.v[i], ret_r);
		if (next && node(t, next)->kind == TABLES)
			next = node(t, next)->last;
		if (next && node(t, next)->kind != TABLE) {
			*ret_r = broken(t, "a header continues what is no table");
			return 0;
		}
		at = next;
	}
	return at;
}

/* The same for dotted keys. These may only continue a table that they began themselves or that only is implied. */
static uint32_t dotted_parent(struct toml *t, uint32_t table, int *ret_r)
{
	uint32_t at = table;

	for (size_t i = 0; at && i + 1 < t->path.n; i++) {
		uint32_t next = aisp_map_get(&t->keys, key_of(at, t->path.v[i].key));

		if (!next)
			next = add_member(t, at, TABLE, t->path.v[i], ret_r);
		if (next) {
			struct node *n = node(t, next);

			if (n->kind != TABLE || (n->defined_in != undefined && n->defined_in != t->section)) {
				*ret_r = broken(t, "a dotted key continues what is defined elsewhere or is no table");
				return 0;
			}
			n->defined_in = t->section;
		}
		at = next;
	}
	return at;
}

/* ---- values ---- */

static int read_value(struct toml *t, uint32_t id);

static int read_array(struct toml *t, uint32_t id)
{
	int r;

	t->at++;
	node(t, id)->kind = ARRAY;
	for (;;) {
		r = skip_space(t);
		if (r < 0 || take(t, ']'))
			return r;
		uint32_t item = add_node(t, id, VALUE, (struct part){.line = t->line}, &r);

		if (item)
			r = read_value(t, item);
		if (r == 0)
			r = skip_space(t);
		if (r < 0 || take(t, ']'))
			return r;
		if (!take(t, ','))
			return broken(t, "a comma or a closing bracket is missing in an array");
	}
}

static int read_member(struct toml *t, uint32_t table)
{
	int r = read_path(t);

	if (r < 0)
		return r;
	if (!take(t, '='))
		return broken(t, "an equals sign is missing behind a key");
	struct part last = t->path.v[t->path.n - 1];
	uint32_t parent = dotted_parent(t, table, &r);

	if (!parent)
		return r;
	if (aisp_map_get(&t->keys, key_of(parent, last.key)))
		return broken(t, "a key is defined twice");
	uint32_t id = add_member(t, parent, VALUE, last, &r);

	skip_blanks(t);
	return id ? read_value(t, id) : r;
}

static int read_inline(struct toml *t, uint32_t id)
{
	uint32_t outer = t->section;
	int r = AISP_OK;

	t->at++;
	node(t, id)->kind = INLINE;
	t->section = ++t->sections;
	skip_blanks(t);
	if (!take(t, '}')) {
		do {
			r = read_member(t, id);
			skip_blanks(t);
		} while (r == 0 && take(t, ','));
		if (r == 0 && !take(t, '}'))
			r = broken(t, "a comma or a closing brace is missing in an inline table");
	}
	t->section = outer;
	return r;
}

static int read_scalar(struct toml *t, uint32_t id)
{
	struct aisp_doc d = {.type = AISP_DOC_STR, .line = t->line};
	bool quoted = peek(t, 0) == '"' || peek(t, 0) == '\'';
	int r = quoted ? read_string(t, false) : read_plain(t, &d);

	if (r < 0)
		return r;
	if (d.type == AISP_DOC_STR) {
		d.s = aisp_arena_dup(t->b.arena, aisp_buf_slice(&t->text));
		if (!d.s.p)
			return aisp_docb_nomem(&t->b);
	}
	node(t, id)->value = d;
	return AISP_OK;
}

static int read_value(struct toml *t, uint32_t id)
{
	char c = peek(t, 0);
	int r;

	node(t, id)->value.line = t->line;
	if (c != '[' && c != '{')
		return read_scalar(t, id);
	if (t->depth >= t->b.max_depth)
		return aisp_fail(t->b.err, AISP_E_LIMIT, "line %u: nested deeper than the limit of %u levels", t->line,
		                 t->b.max_depth);
	t->depth++;
	r = c == '[' ? read_array(t, id) : read_inline(t, id);
	t->depth--;
	return r;
}

/* ---- the text ---- */

/* [a.b]: defines a table that is at most implied so far. */
static int define_table(struct toml *t, uint32_t parent, struct part last, uint32_t *ret_table)
{
	uint32_t id = aisp_map_get(&t->keys, key_of(parent, last.key));
	int r = AISP_OK;

	if (id && (node(t, id)->kind != TABLE || node(t, id)->defined_in != undefined))
		return broken(t, "a table is defined twice");
	if (!id)
		id = add_member(t, parent, TABLE, last, &r);
	if (!id)
		return r;
	node(t, id)->defined_in = by_header;
	*ret_table = id;
	return AISP_OK;
}

/* [[a.b]]: one more table of an array of tables. */
static int append_table(struct toml *t, uint32_t parent, struct part last, uint32_t *ret_table)
{
	uint32_t id = aisp_map_get(&t->keys, key_of(parent, last.key));
	int r = AISP_OK;

	if (id && node(t, id)->kind != TABLES)
		return broken(t, "a header appends to what is no array of tables");
	if (!id)
		id = add_member(t, parent, TABLES, last, &r);
	uint32_t item = id ? add_node(t, id, TABLE, last, &r) : 0;

	if (!item)
		return r;
	node(t, item)->defined_in = by_header;
	*ret_table = item;
	return AISP_OK;
}

static int read_header(struct toml *t, uint32_t *ret_table)
{
	bool append = starts(t, "[[");

	t->at += append ? 2 : 1;
	int r = read_path(t);

	if (r == 0 && !starts(t, append ? "]]" : "]"))
		r = broken(t, "a header is not closed");
	if (r < 0)
		return r;
	t->at += append ? 2 : 1;
	t->section = ++t->sections;
	uint32_t parent = header_parent(t, &r);

	if (!parent)
		return r;
	struct part last = t->path.v[t->path.n - 1];

	return append ? append_table(t, parent, last, ret_table) : define_table(t, parent, last, ret_table);
}

static int read_text(struct toml *t)
{
	int r = AISP_OK;
	uint32_t table = add_node(t, 0, TABLE, (struct part){.line = 1}, &r);

	while (r == 0) {
		r = skip_space(t);
		if (r < 0 || at_end(t))
			break;
		r = peek(t, 0) == '[' ? read_header(t, &table) : read_member(t, table);
		if (r == 0)
			r = end_of_line(t);
	}
	return r;
}

/* Nodes to tree; recursion ends where the builder finds the tree too deep. */
static int emit(struct toml *t, uint32_t id)
{
	struct node n = *node(t, id);
	bool object = n.kind == TABLE || n.kind == INLINE;
	int r = AISP_OK;

	if (n.kind == VALUE)
		return aisp_docb_graft(&t->b, &n.value, (struct aisp_doc_extent){1, 1}, n.value.line);
	r = aisp_docb_open(&t->b, object, n.value.line);
	for (uint32_t child = n.first; r == 0 && child; child = node(t, child)->next) {
		const struct node *c = node(t, child);

		if (object)
			r = aisp_docb_key(&t->b, aisp_symtab_get(t->names, c->key), c->key_line);
		if (r == 0)
			r = emit(t, child);
	}
	return r == 0 ? aisp_docb_close(&t->b, NULL, NULL) : r;
}

static int parse(struct toml *t, struct aisp_slice text, const struct aisp_doc **ret_doc)
{
	struct aisp_doc *root = aisp_arena_alloc(t->b.arena, sizeof *root);

	t->in = aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")) ? aisp_slice_from(text, 3) : text;
	t->names = aisp_symtab_new();
	if (!root || !t->names)
		return aisp_docb_nomem(&t->b);
	int r = aisp_doc__check_utf8(t->in, t->b.err);

	if (r == 0)
		r = read_text(t);
	if (r == 0)
		r = emit(t, 1);
	if (r < 0)
		return r;
	*root = aisp_docb_root(&t->b);
	*ret_doc = root;
	return AISP_OK;
}

int aisp_toml_parse(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc_limits *limits,
                    const struct aisp_doc **ret_doc, struct aisp_err *err)
{
	struct toml t = {.line = 1, .section = 1, .sections = 1};
	int r = aisp_docb_init(&t.b, a, text, limits, err);

	aisp_buf_init(&t.text, text.n + 16);
	if (r == 0)
		r = parse(&t, text, ret_doc);
	aisp_docb_done(&t.b);
	aisp_symtab_free(t.names);
	aisp_map_done(&t.keys);
	aisp_vec_done(&t.nodes);
	aisp_vec_done(&t.path);
	aisp_buf_done(&t.text);
	return r;
}
