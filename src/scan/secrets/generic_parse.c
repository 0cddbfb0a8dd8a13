/* From an anchor to candidates: which name stands there, how it is given a value, and what the value is. Knows the ways in
 * which programming languages, configuration formats, command lines, URLs, headers and SQL write that down; does not parse
 * any of them: all is read off a few characters around the anchor. */
#include "scan/secrets/generic_int.h"

static char char_at(const struct aisp_secrets__generic_ctx *g, size_t i)
{
	return i < g->text.n ? g->text.p[i] : '\n';
}

static size_t skip_blank(const struct aisp_secrets__generic_ctx *g, size_t p, size_t max)
{
	size_t end = p + max;
	while (p < end && generic_is_blank(char_at(g, p)))
		p++;
	return p;
}

/* The line around p, cut to the window. */
static void find_line(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	size_t lo = p > GENERIC_WINDOW / 2 ? p - GENERIC_WINDOW / 2 : 0;
	size_t hi = g->text.n - p > GENERIC_WINDOW / 2 ? p + GENERIC_WINDOW / 2 : g->text.n;
	const char *b = p > lo ? memrchr(g->text.p + lo, '\n', p - lo) : NULL;
	const char *e = memchr(g->text.p + p, '\n', hi - p);
	c->line_at = b ? (size_t)(b - g->text.p) + 1 : lo;
	c->line_end = e ? (size_t)(e - g->text.p) : hi;
}

static bool starts(const struct aisp_secrets__generic_ctx *g, size_t p, const char *z)
{
	return p < g->text.n && g->text.p[p] == z[0] && aisp_slice_starts(aisp_slice_from(g->text, p), aisp_slice_z(z));
}

static bool comment_begins(const struct aisp_secrets__generic_ctx *g, size_t p)
{
	static const char *const marks[] = {"//", "/*", "#", "* ", "*\t", "--", "<!", "% "};
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (char_at(g, p) == marks[i][0] && starts(g, p, marks[i]))
			return true;
	return false;
}

/* An apostrophe, not a quote: don't. */
static bool apostrophe(const struct aisp_secrets__generic_ctx *g, size_t p)
{
	return g->text.p[p] == '\'' && p > 0 && generic_is_alpha(g->text.p[p - 1]) && generic_is_alpha(char_at(g, p + 1));
}

/* Is the text at p inside a string or a comment that the line began? */
static void find_nesting(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	char open = 0;
	size_t i = c->line_at;
	while (i < p && generic_is_blank(g->text.p[i]))
		i++;
	c->in_comment = comment_begins(g, i);
	for (; i < p; i++) {
		char ch = g->text.p[i];
		if (generic_is_name(ch) || ch == ' ')
			continue;
		if (ch == '\\')
			i++;
		else if (open)
			open = ch == open ? 0 : open;
		else if (one_of(ch, "\"`'") && !apostrophe(g, i))
			open = ch;
		else if (one_of(ch, "#/") && i > c->line_at && generic_is_blank(g->text.p[i - 1]) && (ch == '#' || starts(g, i, "//")))
			c->in_comment = true;
	}
	c->in_string = open != 0;
}

/* The name around at: letters, digits, _ - and dots before it; none when it is longer than names are. */
static bool find_name(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	bool dots = (g->hints & GENERIC_HINT_BARE) != 0;
	size_t b = at, e = at;
	while (b > 0 && at - b <= GENERIC_NAME_MAX && (generic_is_name(g->text.p[b - 1]) || g->text.p[b - 1] == '-' ||
	        g->text.p[b - 1] == '.'))
		b--;
	for (; e - at <= GENERIC_NAME_MAX; e++) {
		char ch = char_at(g, e);
		if (generic_is_name(ch))
			continue;
		if ((ch == '-' || (dots && ch == '.')) && generic_is_name(char_at(g, e + 1)))
			continue;
		break;
	}
	if (at - b > GENERIC_NAME_MAX || e - at > GENERIC_NAME_MAX)
		return false;
	while (b < e && (g->text.p[b] == '.' || g->text.p[b] == '-'))
		b++;
	c->name = aisp_slice_of(g->text.p + b, e - b);
	c->name_at = b;
	return b < e;
}

/* What may close a name before its operator: quotes (also escaped), brackets, a question mark. */
static size_t skip_closers(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	for (int i = 0; i < 3; i++) {
		char ch = char_at(g, p);
		if (ch == '"' || ch == '\'' || ch == '`') {
			c->name_quoted = true;
			p++;
		} else if (ch == '\\' && (char_at(g, p + 1) == '"' || char_at(g, p + 1) == '\'')) {
			c->name_quoted = true;
			p += 2;
		} else if (ch == '&' && aisp_slice_starts(aisp_slice_from(g->text, p), AISP_S("&quot;"))) {
			c->name_quoted = true;
			p += 6;
		} else if (ch == '&' && (aisp_slice_starts(aisp_slice_from(g->text, p), AISP_S("&#34;")) ||
		                         aisp_slice_starts(aisp_slice_from(g->text, p), AISP_S("&#39;")))) {
			c->name_quoted = true;
			p += 5;
		} else if ((ch == ']' || ch == '}' || ch == '?' || ch == '*') && char_at(g, p + 1) != '=') {
			p++;
		} else if (ch == ']') {
			p++;
		} else {
			break;
		}
	}
	return p;
}

static const struct {
	const char *text;
	enum generic_form form;
	bool none;
} operators[] = {
	{"===", GENERIC_AS_COMPARE, false}, {"!==", GENERIC_AS_COMPARE, false}, {"==", GENERIC_AS_COMPARE, false}, {"!=",
	        GENERIC_AS_COMPARE, false},
	{"=>", GENERIC_AS_ARROW, false}, {"->", GENERIC_AS_ARROW, false}, {"=~", GENERIC_AS_ASSIGN, true}, {"=3D",
	        GENERIC_AS_ASSIGN, false},
	{"||=", GENERIC_AS_ASSIGN, false}, {":=", GENERIC_AS_ASSIGN, false}, {"?=", GENERIC_AS_ASSIGN, false}, {"+=",
	        GENERIC_AS_ASSIGN, false},
	{".=", GENERIC_AS_ASSIGN, false}, {"<-", GENERIC_AS_ASSIGN, false}, {"=", GENERIC_AS_ASSIGN, false}, {"::",
	        GENERIC_AS_COLON, true},
	{":", GENERIC_AS_COLON, false}, {"(", GENERIC_AS_CALL, false}, {",", GENERIC_AS_COMMA, false}, {">", GENERIC_AS_ELEMENT, false},
};

/* The operator at p; its length, 0 when there is none. */
static size_t operator_at(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		if (char_at(g, p) != operators[i].text[0] || !starts(g, p, operators[i].text))
			continue;
		c->form = operators[i].form;
		if (operators[i].none || (c->form == GENERIC_AS_COMMA && !c->name_quoted))
			return 0;
		return strlen(operators[i].text);
	}
	return 0;
}

static size_t word_at(const struct aisp_secrets__generic_ctx *g, size_t p, const char *word)
{
	if (generic_lower(char_at(g, p)) != word[0])
		return 0;
	struct aisp_slice w = aisp_slice_z(word), s = aisp_slice_to(aisp_slice_from(g->text, p), w.n);
	return aisp_slice_eqi(s, w) ? p + w.n : 0;
}

/* "value" behind a name that is itself a value: name: X_PASSWORD, value: … in YAML, JSON and XML. */
static bool pair_value(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	size_t q = p, end = p + 120;
	while (q < end && (one_of(char_at(g, q), " \t\r\n,\"'") || (char_at(g, q) == '\\' && one_of(char_at(g, q + 1), "\"nr"))))
		q += char_at(g, q) == '\\' ? 2 : 1;
	if (q > g->text.n || q == p)
		return false;
	size_t v = word_at(g, q, "value");
	if (!v)
		return false;
	v = skip_blank(g, skip_closers(g, v, c), 16);
	if (!one_of(char_at(g, v), ":="))
		return false;
	c->form = GENERIC_AS_ATTRIBUTE;
	c->name_quoted = true;
	return aisp_secrets__generic_literal(g, skip_blank(g, v + 1, 16), c);
}

/* password is x, password to x */
static size_t verb_at(const struct aisp_secrets__generic_ctx *g, size_t q)
{
	static const char *const verbs[] = {"is ", "to ", "was ", "is: "};
	for (size_t i = sizeof(verbs) / sizeof(*verbs); i-- > 0;) {
		size_t p = word_at(g, q, verbs[i]);
		if (p)
			return p;
	}
	return 0;
}

/* password string = "x": where the value begins, 0 if not so. */
static size_t typed_value(const struct aisp_secrets__generic_ctx *g, size_t q)
{
	size_t t = q;
	while (t - q < 24 && (generic_is_name(char_at(g, t)) || one_of(char_at(g, t), "*.[]")))
		t++;
	size_t eq = skip_blank(g, t, 16);
	if (t == q || char_at(g, eq) != '=' || one_of(char_at(g, eq + 1), "=>") || (g->hints & GENERIC_HINT_BARE))
		return 0;
	return skip_blank(g, eq + 1, 32);
}

static bool begins_line(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c)
{
	aisp_secrets__generic_line(g, c);
	return skip_blank(g, c->line_at, 64) == c->name_at;
}

/* No operator: --password x, password "x", password is x, password string = "x", requirepass x. */
static bool spaced(const struct aisp_secrets__generic_ctx *g, size_t p, size_t q, struct generic_candidate *c)
{
	char before = c->name_at ? g->text.p[c->name_at - 1] : '\n', ch = char_at(g, q);
	if (p == q || c->name_quoted)
		return pair_value(g, p, c);
	size_t v = q;
	if (before == '-' && ch != '-' && ch > ' ') {
		c->form = GENERIC_AS_FLAG;
	} else if (one_of(ch, "\"'`")) {
		c->form = GENERIC_AS_SPACE;
	} else if ((v = verb_at(g, q))) {
		c->form = GENERIC_AS_IS;
	} else if ((v = typed_value(g, q))) {
		c->form = GENERIC_AS_ASSIGN;
		c->typed = true;
	} else if (c->name.n > 7 && (g->hints & 0xff) == GENERIC_FILE_CONFIG && begins_line(g, c)) {
		c->form = GENERIC_AS_SPACE;
		v = q;
	} else {
		return false;
	}
	return aisp_secrets__generic_literal(g, v, c);
}

void aisp_secrets__generic_line(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c)
{
	if (c->lined)
		return;
	c->lined = true;
	find_line(g, c->name_at, c);
	find_nesting(g, c->name_at, c);
}

bool aisp_secrets__generic_assignment(const struct aisp_secrets__generic_ctx *g, size_t p, struct generic_candidate *c)
{
	size_t closed = skip_closers(g, p, c), q = skip_blank(g, closed, 64);
	if (char_at(g, q) == '\r' || char_at(g, q) == '\n')
		return pair_value(g, closed, c);
	size_t n = operator_at(g, q, c);
	if (n == 0)
		return spaced(g, closed, q, c);
	if (c->form == GENERIC_AS_COMMA && pair_value(g, q, c))
		return true;
	if (c->form == GENERIC_AS_CALL && q != closed)
		return false;
	if (c->form == GENERIC_AS_ELEMENT && !c->name_quoted && !(c->name_at && one_of(g->text.p[c->name_at - 1], "<:")))
		return false;
	size_t v = skip_blank(g, q + n, 64);
	if (c->form == GENERIC_AS_ASSIGN && char_at(g, v) == '>')
		return false;
	if (v < g->text.n && one_of(char_at(g, v), "\r\n") && c->form != GENERIC_AS_COLON) {
		size_t nl = v; /* the value on the next line, quoted */
		while (nl < v + 80 && one_of(char_at(g, nl), " \t\r\n"))
			nl++;
		if (!one_of(char_at(g, nl), "\"'"))
			return false;
		v = nl;
	}
	return aisp_secrets__generic_literal(g, v, c);
}

/* Authorization: token x. Basic and Bearer have anchors of their own. False when nothing is left to judge. */
static bool strip_scheme(const struct aisp_secrets__generic_ctx *g, struct generic_candidate *c)
{
	static const char *const other[] = {"token", "apikey", "api-key", "oauth", "key", "jwt", "pat"};
	size_t sp = aisp_slice_chr(c->value, ' ');
	struct aisp_slice word = aisp_slice_to(c->value, sp == SIZE_MAX ? c->value.n : sp);
	if (aisp_slice_eqi(word, AISP_S("basic")) || aisp_slice_eqi(word, AISP_S("bearer")) || aisp_slice_eqi(word, AISP_S("digest")) ||
	    aisp_slice_eqi(word, AISP_S("negotiate")))
		return false;
	if (word.n == 0 || aisp_slice_findi(c->name, AISP_S("auth")) == SIZE_MAX)
		return true;
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
		if (!aisp_slice_eqi(word, aisp_slice_z(other[i])))
			continue;
		size_t b = skip_blank(g, c->value_at + word.n, 4), e = c->value_at + c->value.n;
		for (; e <= b || (e - b < 256 && sp == SIZE_MAX && e < g->text.n && (generic_is_name(char_at(g, e)) ||
		        one_of(char_at(g, e), "-./+=")));)
			e++;
		if (b > c->value_at + word.n && e > b && e <= g->text.n) {
			c->value = aisp_slice_of(g->text.p + b, e - b);
			c->value_at = b;
			c->match_end = e > c->match_end ? e : c->match_end;
		}
		return true;
	}
	return true;
}

/* "key" and "pass" only count at the end of a name. */
static size_t parse_name(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at, struct generic_candidate *c)
{
	if (at < g->done)
		return 0;
	if (tag == GENERIC_TAG_KEY) {
		size_t e = at;
		while (generic_is_alpha(char_at(g, e)))
			e++;
		if (e - at > 5)
			return 0;
	}
	if (!find_name(g, at, c))
		return 0;
	size_t e = c->name_at + c->name.n;
	g->done = e;
	char next = char_at(g, e);
	if (!one_of(next, "\"'`\\]}?:=!(>& \t\r\n,|+<-*"))
		return 0;
	if (c->name.n == 3 && (g->hints & 0xff) == GENERIC_FILE_MARKUP && c->name_at && g->text.p[c->name_at - 1] == ':')
		return 0; /* x:Key of XAML */
	if (!aisp_secrets__generic_assignment(g, e, c))
		return 0;
	aisp_secrets__generic_line(g, c);
	return strip_scheme(g, c) ? 1 : 0;
}

static size_t scheme_begin(const struct aisp_secrets__generic_ctx *g, size_t at)
{
	size_t s = at;
	while (s > 0 && at - s < 32 && (generic_is_name(g->text.p[s - 1]) || one_of(g->text.p[s - 1], "+.-")))
		s--;
	return s;
}

static size_t parse_url(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	size_t b = at + 3, end = b + 320 < g->text.n ? b + 320 : g->text.n, e = b, where = 0, colon = 0;
	for (; e < end; e++) {
		char ch = g->text.p[e];
		if ((unsigned char)ch <= ' ' || one_of(ch, where ? "\"'`<>/\\?#" : "\"'`<>/\\"))
			break;
		where = ch == '@' ? e : where;
		colon = ch == ':' && !colon && !where ? e : colon;
	}
	size_t s = scheme_begin(g, at);
	if (!where || !colon || colon > where || where - colon < 2 || s == at)
		return 0;
	size_t h = where + 1;
	while (h < e && !one_of(g->text.p[h], ":/?#,"))
		h++;
	c->name = aisp_slice_of(g->text.p + s, at - s);
	c->name_at = s;
	c->user = aisp_slice_of(g->text.p + b, colon - b);
	c->host = aisp_slice_of(g->text.p + where + 1, h - where - 1);
	c->value = aisp_slice_of(g->text.p + colon + 1, where - colon - 1);
	c->value_at = colon + 1;
	c->match_end = e;
	c->form = GENERIC_AS_URL;
	find_line(g, at, c);
	find_nesting(g, s, c);
	return 1;
}

/* Basic and Bearer: a run of token characters behind the word. */
static size_t parse_scheme(const struct aisp_secrets__generic_ctx *g, size_t at, size_t word, bool basic, struct generic_candidate *c)
{
	if (at && generic_is_name(g->text.p[at - 1]))
		return 0;
	size_t b = skip_blank(g, at + word, 8), e = b;
	while (e < g->text.n && e - b < GENERIC_VALUE_MAX && (generic_is_name(g->text.p[e]) || one_of(g->text.p[e],
	        basic ? "+/=-" : "+/=-.~|")))
		e++;
	while (e > b && g->text.p[e - 1] == '.')
		e--;
	if (e - b < 8 || (b > at + word && basic))
		return 0;
	c->name = aisp_slice_of(g->text.p + at, word - 1);
	c->name_at = at;
	c->value = aisp_slice_of(g->text.p + b, e - b);
	c->value_at = b;
	c->match_end = e;
	c->form = basic ? GENERIC_AS_BASIC : GENERIC_AS_BEARER;
	find_line(g, at, c);
	find_nesting(g, at, c);
	return 1;
}

static size_t parse_sql(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	size_t p = skip_blank(g, at + sizeof("identified") - 1, 8), with = word_at(g, p, "with ");
	if (with) {
		p = skip_blank(g, with, 8);
		while (one_of(char_at(g, p), "'\"") || generic_is_name(char_at(g, p)))
			p++;
		p = skip_blank(g, p, 8);
	}
	p = word_at(g, p, "by ");
	if (!p)
		return 0;
	size_t pw = word_at(g, p, "password ");
	p = skip_blank(g, pw ? pw : p, 8);
	if (!one_of(char_at(g, p), "'\"\\") && !(g->hints & GENERIC_HINT_BARE))
		return 0;
	c->name = aisp_slice_of(g->text.p + at, 10);
	c->name_at = at;
	c->form = GENERIC_AS_SQL;
	find_line(g, at, c);
	find_nesting(g, at, c);
	return aisp_secrets__generic_literal(g, p, c) ? 1 : 0;
}

/* The argument at p: quoted or up to the next blank. */
static struct aisp_slice argument(const struct aisp_secrets__generic_ctx *g, size_t p, size_t end)
{
	char q = char_at(g, p);
	if (q == '"' || q == '\'') {
		const char *z = p + 1 < end ? memchr(g->text.p + p + 1, q, end - p - 1) : NULL;
		return z ? aisp_slice_of(g->text.p + p + 1, (size_t)(z - g->text.p) - p - 1) : aisp_slice_of("", 0);
	}
	size_t e = p;
	while (e < end && (unsigned char)g->text.p[e] > ' ' && !one_of(g->text.p[e], "\"'`;|&)<>"))
		e++;
	return aisp_slice_of(p < end ? g->text.p + p : "", e - p);
}

static size_t set_argument(const struct aisp_secrets__generic_ctx *g, struct aisp_slice v, struct generic_candidate *c)
{
	if (v.n < 2 || v.n > 128)
		return 0;
	c->value = v;
	c->value_at = (size_t)(v.p - g->text.p);
	c->match_end = c->value_at + v.n;
	c->form = GENERIC_AS_COMMAND;
	return 1;
}

/* -p or -P in the rest of a command line, joined to its value or not. */
static size_t find_p(const struct aisp_secrets__generic_ctx *g, size_t p, bool joined, struct generic_candidate *c)
{
	size_t end = c->line_end < p + 400 ? c->line_end : p + 400;
	for (; p + 3 < end; p++) {
		if (g->text.p[p] == ';' || g->text.p[p] == '|')
			return 0;
		if (!generic_is_blank(g->text.p[p]) || g->text.p[p + 1] != '-' || (g->text.p[p + 2] != 'p' && (joined ||
		        g->text.p[p + 2] != 'P')))
			continue;
		bool apart = generic_is_blank(g->text.p[p + 3]);
		if (apart && joined)
			continue;
		return set_argument(g, argument(g, p + (apart ? 4 : 3), end), c);
	}
	return 0;
}

static size_t parse_user(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	char before = at ? g->text.p[at - 1] : '\n';
	bool ext = before == '-'; /* --user */
	if (!ext && !one_of(before, " \t\n\"'\\["))
		return 0;
	find_line(g, at, c);
	size_t p = at + 2;
	while (generic_is_alpha(char_at(g, p)))
		p++;
	p = skip_blank(g, p, 4);
	p += char_at(g, p) == '=' ? 1u : 0u;
	struct aisp_slice a = argument(g, p, c->line_end);
	size_t colon = aisp_slice_chr(a, ':');
	if (colon == SIZE_MAX)
		colon = aisp_slice_chr(a, '%');
	c->name = aisp_slice_of(g->text.p + at, 2);
	c->name_at = at;
	find_nesting(g, at, c);
	if (a.n == 0)
		return 0;
	if (colon != SIZE_MAX) {
		c->user = aisp_slice_to(a, colon);
		struct aisp_slice v = aisp_slice_from(a, colon + 1);
		if (c->user.n < 2 || c->user.n > 64 || (v.n && v.p[0] == '/') || generic_is_digit(c->user.p[0]))
			return 0;
		return set_argument(g, v, c);
	}
	c->user = a;
	return find_p(g, (size_t)(a.p - g->text.p) + a.n, false, c);
}

static size_t parse_mysql(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	size_t p = at + 5;
	while (generic_is_alpha(char_at(g, p)) && p < at + 12)
		p++;
	if (!generic_is_blank(char_at(g, p)))
		return 0;
	c->name = aisp_slice_of(g->text.p + at, p - at);
	c->name_at = at;
	find_line(g, at, c);
	find_nesting(g, at, c);
	return find_p(g, p, true, c);
}

static size_t parse_sshpass(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	c->name = aisp_slice_of(g->text.p + at, 7);
	c->name_at = at;
	find_line(g, at, c);
	find_nesting(g, at, c);
	return find_p(g, at + 7, false, c);
}

/* echo "user:password" | chpasswd */
static size_t parse_chpasswd(const struct aisp_secrets__generic_ctx *g, size_t at, struct generic_candidate *c)
{
	find_line(g, at, c);
	struct aisp_slice line = aisp_slice_of(g->text.p + c->line_at, at - c->line_at);
	size_t echo = aisp_slice_find(line, AISP_S("echo "));
	if (echo == SIZE_MAX)
		return 0;
	size_t p = skip_blank(g, c->line_at + echo + 5, 8);
	p += char_at(g, p) == '-' ? 3u : 0u;
	struct aisp_slice a = argument(g, p, at);
	size_t colon = aisp_slice_chr(a, ':');
	c->name = aisp_slice_of(g->text.p + at, 8);
	c->name_at = at;
	if (colon == SIZE_MAX || colon == 0)
		return 0;
	c->user = aisp_slice_to(a, colon);
	return set_argument(g, aisp_slice_from(a, colon + 1), c);
}

size_t aisp_secrets__generic_parse(struct aisp_secrets__generic_ctx *g, unsigned tag, size_t at,
                                   struct generic_candidate ret[static GENERIC_MULTI])
{
	ret[0] = (struct generic_candidate){0};
	switch ((enum generic_tag)tag) {
	case GENERIC_TAG_NAME:
	case GENERIC_TAG_KEY:
		return parse_name(g, tag, at, ret);
	case GENERIC_TAG_URL:
		return parse_url(g, at, ret);
	case GENERIC_TAG_BASIC:
		return parse_scheme(g, at, 6, true, ret);
	case GENERIC_TAG_BEARER:
		return parse_scheme(g, at, 7, false, ret);
	case GENERIC_TAG_SQL:
		return parse_sql(g, at, ret);
	case GENERIC_TAG_USER:
		return parse_user(g, at, ret);
	case GENERIC_TAG_MYSQL:
		return parse_mysql(g, at, ret);
	case GENERIC_TAG_CHPASSWD:
		return parse_chpasswd(g, at, ret);
	case GENERIC_TAG_SSHPASS:
		return parse_sshpass(g, at, ret);
	}
	return 0;
}
