/* The literal behind an operator: quoted (in all the ways of it), inside a constructor (Some("x"), []byte("x")), or bare where
 * the format has bare values. */
#include "scan/secrets/generic_int.h"

static char char_at(const struct aisp_secrets__generic_ctx *g, size_t i)
{
	return i < g->text.n ? g->text.p[i] : '\n';
}
static bool starts(const struct aisp_secrets__generic_ctx *g, size_t p, const char *z)
{
	return p < g->text.n && g->text.p[p] == z[0] && aisp_slice_starts(aisp_slice_from(g->text, p), aisp_slice_z(z));
}

static bool set_value(const struct aisp_secrets__generic_ctx *g, size_t b, size_t e, size_t after, struct generic_candidate *c)
{
	if (e <= b || e - b > GENERIC_VALUE_MAX * 4)
		return false;
	c->value = aisp_slice_of(g->text.p + b, e - b);
	c->value_at = b;
	c->match_end = after;
	size_t q = after;
	while (q < after + 4 && generic_is_blank(char_at(g, q)))
		q++;
	char ch = char_at(g, q);
	if (c->quote != GENERIC_QUOTE_NONE && (ch == '+' || (ch == '.' && (q > after || generic_is_alpha(char_at(g, q + 1)) ||
	        char_at(g, q + 1) == '$')) ||
	                                      (ch == '%' && (char_at(g, q + 1) == ' ' || char_at(g, q + 1) == '(')) ||
	        ch == '[' || ch == '?'))
		c->concatenated = true;
	return true;
}

/* Up to the closing quote on the same line. */
static bool quoted(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	char q = g->text.p[p];
	size_t n = char_at(g, p + 1) == q && char_at(g, p + 2) == q ? 3 : 1, b = p + n;
	size_t end = b + GENERIC_WINDOW < g->text.n ? b + GENERIC_WINDOW : g->text.n;
	c->quote = q == '"' ? GENERIC_QUOTE_DOUBLE : q == '\'' ? GENERIC_QUOTE_SINGLE : GENERIC_QUOTE_BACKTICK;
	if (q == '`' && (g->hints & 0xff) == GENERIC_FILE_SHELL)
		return false; /* a command */
	if (n == 1 && char_at(g, b) == q)
		return false; /* empty */
	for (size_t i = b; i < end; i++) {
		char ch = g->text.p[i];
		if (ch == q)
			return set_value(g, b, i, i + n, c);
		if (ch == '\n')
			return false;
		if (ch == '\\' && i + 1 < end && g->text.p[i + 1] != '\n')
			i++;
	}
	if (end == g->text.n)
		return false;
	c->truncated = true;
	return set_value(g, b, end, end, c);
}

/* Up to the closing mark of n characters: \" &quot; */
static bool escaped(const struct aisp_secrets__generic_ctx *g, size_t p, const char *mark, struct generic_candidate *c)
{
	struct aisp_slice m = aisp_slice_z(mark), rest = aisp_slice_to(aisp_slice_from(g->text, p + m.n), GENERIC_WINDOW);
	c->quote = GENERIC_QUOTE_ESCAPED;
	size_t e = aisp_slice_find(rest, m), nl = aisp_slice_chr(rest, '\n');
	if (e == SIZE_MAX || nl < e)
		return false;
	return set_value(g, p + m.n, p + m.n + e, p + m.n + e + m.n, c);
}

static bool any_quoted(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	char ch = char_at(g, p);
	if (ch == '"' || ch == '\'' || ch == '`')
		return quoted(g, p, c);
	if (ch == '\\' && char_at(g, p + 1) == '"')
		return escaped(g, p, "\\\"", c);
	if (ch == '\\' && char_at(g, p + 1) == '\'')
		return escaped(g, p, "\\'", c);
	if (ch == '\\' && starts(g, p, "\\\\\\\""))
		return escaped(g, p, "\\\\\\\"", c);
	if (ch == '&' && starts(g, p, "&quot;"))
		return escaped(g, p, "&quot;", c);
	if (ch == '&' && starts(g, p, "&#34;"))
		return escaped(g, p, "&#34;", c);
	if (ch == '&' && starts(g, p, "&#39;"))
		return escaped(g, p, "&#39;", c);
	return false;
}

/* Functions that give back what they are given. */
static bool transparent(struct aisp_slice name)
{
	static const char *const known[] = {"string", "some", "byte", "bytes", "str", "decode", "unhexlify", "fromhex",
	        "b64decode", "secretstr",
	        "tobytes", "toarray", "getbytes", "base64", "from", "just", "ptr", "of", "new", "text", "tostring", "must",
	        "stringptr", "decodestring",
	        "char", "s", "b", "u", "stringvalue", "secret", "password", "strdup", "sha256", "md5", "hash", "encode", "hex",
	        "value", "buffer", "array", "object",
	        "decodebase64", "tochararray", "constant", "literal", "quote", "credential", "token", "t", "x"};
	size_t dot = aisp_slice_rchr(name, '.');
	if (dot != SIZE_MAX)
		name = aisp_slice_from(name, dot + 1);
	while (name.n && !generic_is_name(name.p[0]))
		name = aisp_slice_from(name, 1);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (aisp_slice_eqi(name, aisp_slice_z(known[i])))
			return true;
	return name.n == 0;
}

/* name("x"), new Name("x"), []byte("x"), new[] { "x" }, ["x" */
static bool wrapped(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	size_t b = p;
	if (starts(g, p, "new "))
		b = p += 4;
	while (p - b < 48 && (generic_is_name(char_at(g, p)) || one_of(char_at(g, p), ".:[]<>&*")))
		p++;
	size_t e = p;
	while (p - e < 4 && generic_is_blank(char_at(g, p)))
		p++;
	char open = char_at(g, p);
	if (open == '(' || open == '{') {
		p++;
		while (generic_is_blank(char_at(g, p)) && p < e + 8)
			p++;
	} else if (!(e > b && g->text.p[e - 1] == '[')) {
		return false;
	}
	if (one_of(char_at(g, p), "bBurf@L") && one_of(char_at(g, p + 1), "\"'"))
		p++;
	if (!any_quoted(g, p, c))
		return false;
	c->wrapped = true;
	c->wrapped_odd = !transparent(aisp_slice_of(g->text.p + b, e - b));
	return true;
}

/* A type between : and =, as in TypeScript, Kotlin, Python, Rust. */
static bool typed(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	size_t e = p;
	while (e - p < 40 && (generic_is_name(char_at(g, e)) || one_of(char_at(g, e), ".<>?|[]& '")))
		e++;
	if (e == p || char_at(g, e) != '=' || one_of(char_at(g, e + 1), "=>"))
		return false;
	e++;
	while (e - p < 60 && generic_is_blank(char_at(g, e)))
		e++;
	c->typed = true;
	c->form = GENERIC_AS_ASSIGN;
	if (one_of(char_at(g, e), "bBurf@L") && one_of(char_at(g, e + 1), "\"'"))
		e++;
	return any_quoted(g, e, c) || wrapped(g, e, c);
}

/* The rest of a line of a configuration file, without a comment and white space; inside { } up to , or }. */
static size_t line_value_end(const struct aisp_secrets__generic_ctx *g, size_t p, const struct generic_candidate *c)
{
	size_t end = c->line_end > p && c->line_end - p < GENERIC_VALUE_MAX ? c->line_end : p + GENERIC_VALUE_MAX;
	if (end > g->text.n)
		end = g->text.n;
	size_t e = p;
	bool flow = c->name_at > c->line_at && memchr(g->text.p + c->line_at, '{', c->name_at - c->line_at) != NULL;
	for (; e < end && g->text.p[e] != '\n' && g->text.p[e] != '\r'; e++) {
		char ch = g->text.p[e];
		if (e > p && generic_is_blank(g->text.p[e - 1]) && (ch == '#' || (ch == '/' && char_at(g, e + 1) == '/')))
			break;
		if (flow && (ch == ',' || ch == '}'))
			break;
		if (ch == ';' && e + 1 == end)
			break;
	}
	while (e > p && generic_is_blank(g->text.p[e - 1]))
		e--;
	return e;
}

/* May a value stand without quotes here? */
static bool bare_allowed(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c)
{
	switch (c->form) {
	case GENERIC_AS_CALL:
	case GENERIC_AS_COMMA:
	case GENERIC_AS_COMPARE:
		return false;
	case GENERIC_AS_ELEMENT:
		return true;
	default:
		break;
	}
	aisp_secrets__generic_line(g, c);
	bool inside = c->in_string || c->in_comment;
	if (c->name_quoted && !c->in_string && c->form != GENERIC_AS_ATTRIBUTE && (g->hints & 0xff) != GENERIC_FILE_YAML)
		return false;
	return inside || c->name_quoted || c->form == GENERIC_AS_FLAG || (g->hints & GENERIC_HINT_BARE);
}

static size_t token_end(const struct aisp_secrets__generic_ctx *g, size_t p, const struct generic_candidate *c)
{
	size_t e = p, end = p + GENERIC_VALUE_MAX < g->text.n ? p + GENERIC_VALUE_MAX : g->text.n;
	while (e < end && (unsigned char)g->text.p[e] > ' ' && !one_of(g->text.p[e], "\"'`<>;&|,)\\"))
		e++;
	while (e > p && one_of(g->text.p[e - 1], c->form == GENERIC_AS_IS ? ".:}]" : "}]"))
		e--;
	return e;
}

static bool bare(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	unsigned file = g->hints & 0xff;
	if (!bare_allowed(g, c))
		return false;
	c->quote = GENERIC_QUOTE_NONE;
	size_t e = p;
	if (c->form == GENERIC_AS_ELEMENT) {
		while (e < g->text.n && e - p < GENERIC_VALUE_MAX && !one_of(g->text.p[e], "<\n\r") && g->text.p[e])
			e++;
		return char_at(g, e) == '<' && set_value(g, p, e, e, c);
	}
	bool whole = !c->in_string && !c->in_comment && !c->name_quoted && c->form != GENERIC_AS_FLAG && c->form != GENERIC_AS_SPACE;
	e = whole && (file == GENERIC_FILE_CONFIG || file == GENERIC_FILE_YAML) ? line_value_end(g, p, c) : token_end(g, p, c);
	return set_value(g, p, e, e, c);
}

bool aisp_secrets__generic_literal(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	if (p >= g->text.n)
		return false;
	size_t q = p;
	while (q - p < 2 && one_of(char_at(g, q), "bBurRfFL@N*"))
		q++;
	if (q > p && one_of(char_at(g, q), "\"'") && any_quoted(g, q, c))
		return true;
	if (any_quoted(g, p, c))
		return true;
	if (one_of(char_at(g, p), "\"'`\r\n"))
		return false;
	if (c->form != GENERIC_AS_ELEMENT && wrapped(g, p, c))
		return true;
	if (c->form == GENERIC_AS_COLON && !(g->hints & GENERIC_HINT_BARE) && typed(g, p, c))
		return true;
	return bare(g, p, c);
}
