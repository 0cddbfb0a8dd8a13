/* Verbs and tables of a statement, as far as a reader of logs needs them: no grammar, one pass over tokens, bounded. Literals, comments and dollar quotes are stepped over, never kept.
 *
 * A name counts as a table where a statement can name one: behind FROM, JOIN, INTO, UPDATE, TABLE, … and at the comma of such a list. Names of WITH queries, functions in FROM and
 * the FROM of extract(), substring(), trim(), overlay() and IS DISTINCT FROM are none. */
#include "collect/logs/formats_int.h"

enum {
	TEXT_MAX = 64 << 10,
	DEPTH_MAX = 64,
	CTE_MAX = 16,
	NAME_MAX_BYTES = 128,
};
enum kind { END, WORD, QUOTED, PUNCT, LITERAL };
struct token {
	enum kind kind;
	struct aisp_slice s; /* words and quoted names without quotes; one character for PUNCT */
};
struct sql {
	struct aisp_arena *a;
	struct aisp_slice in;
	size_t at;
	struct token t, last;   /* this token and the one before */
	bool special[DEPTH_MAX];
	size_t depth;
	const char *verb;       /* of the statement read now */
	struct aisp_slice cte[CTE_MAX];
	size_t n_cte;
	bool with;
	struct aisp_log_sql *ret;
	size_t n;
};

static bool name_start(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}
static bool name_part(char c)
{
	return name_start(c) || (c >= '0' && c <= '9') || c == '$';
}
/* Behind a quoted run that began at s->at; a doubled quote stays inside; with `backslash` also an escaped one. */
static void skip_quoted(struct sql *s, char q, bool backslash)
{
	for (s->at++; s->at < s->in.n; s->at++) {
		if (backslash && s->in.p[s->at] == '\\') {
			s->at++;
			continue;
		}
		if (s->in.p[s->at] != q)
			continue;
		if (s->at + 1 >= s->in.n || s->in.p[s->at + 1] != q)
			break;
		s->at++;
	}
	s->at = s->at < s->in.n ? s->at + 1 : s->in.n;
}
/* $tag$ … $tag$; false: it is no dollar quote. */
static bool skip_dollar(struct sql *s)
{
	size_t n = 1, end;
	struct aisp_slice tag, rest;

	while (s->at + n < s->in.n && name_part(s->in.p[s->at + n]) && s->in.p[s->at + n] != '$')
		n++;
	if (s->at + n >= s->in.n || s->in.p[s->at + n] != '$' || (n > 1 && s->in.p[s->at + 1] >= '0' && s->in.p[s->at + 1] <= '9'))
		return false;
	tag = aisp_slice_of(s->in.p + s->at, n + 1);
	rest = aisp_slice_from(s->in, s->at + n + 1);
	end = aisp_slice_find(rest, tag);
	s->at = end == SIZE_MAX ? s->in.n : s->at + n + 1 + end + tag.n;
	return true;
}
/* Behind a block comment, which may hold others. */
static void skip_comment(struct sql *s)
{
	size_t deep = 1;

	for (s->at += 2; s->at < s->in.n && deep; s->at++) {
		char e = s->in.p[s->at], f = s->at + 1 < s->in.n ? s->in.p[s->at + 1] : 0;

		if (e == '*' && f == '/')
			deep--;
		else if (e == '/' && f == '*')
			deep++;
		else
			continue;
		s->at++;
	}
	s->at = s->at < s->in.n ? s->at : s->in.n;
}
static void skip_blank(struct sql *s)
{
	while (s->at < s->in.n) {
		char c = s->in.p[s->at], d = s->at + 1 < s->in.n ? s->in.p[s->at + 1] : 0;

		if (c && strchr(" \t\n\r\f\v", c)) {
			s->at++;
		} else if (c == '-' && d == '-') {
			while (s->at < s->in.n && s->in.p[s->at] != '\n')
				s->at++;
		} else if (c == '/' && d == '*') {
			skip_comment(s);
		} else {
			return;
		}
	}
}
static void next(struct sql *s)
{
	size_t from;
	char c;

	s->last = s->t;
	skip_blank(s);
	s->t = (struct token){END, {NULL, 0}};
	if (s->at >= s->in.n)
		return;
	from = s->at;
	c = s->in.p[from];
	if (c == '"' || c == '`') {
		skip_quoted(s, c, false);
		s->t = (struct token){QUOTED, aisp_slice_of(s->in.p + from + 1, s->at - from >= 2 ? s->at - from - 2 : 0)};
	} else if (c == '\'') {
		bool escapes = s->last.kind == WORD && aisp_slice_eqi(s->last.s, AISP_S("e")) && s->last.s.p + s->last.s.n == s->in.p + from;

		skip_quoted(s, c, escapes);
		s->t.kind = LITERAL;
	} else if (c == '$' && skip_dollar(s)) {
		s->t.kind = LITERAL;
	} else if (name_start(c)) {
		while (s->at < s->in.n && name_part(s->in.p[s->at]))
			s->at++;
		s->t = (struct token){WORD, aisp_slice_of(s->in.p + from, s->at - from)};
	} else if ((c >= '0' && c <= '9') || c == '$' || c == ':') {
		for (s->at++; s->at < s->in.n && (name_part(s->in.p[s->at]) || s->in.p[s->at] == '.');)
			s->at++;
		s->t.kind = LITERAL;
	} else {
		s->at++;
		s->t = (struct token){PUNCT, aisp_slice_of(s->in.p + from, 1)};
	}
}
static bool is(const struct sql *s, const char *word)
{
	return s->t.kind == WORD && aisp_slice_eqi(s->t.s, aisp_slice_z(word));
}
static bool punct(const struct sql *s, char c)
{
	return s->t.kind == PUNCT && s->t.s.p[0] == c;
}
static bool any(const struct sql *s, const char *const *words)
{
	for (; *words; words++)
		if (is(s, *words))
			return true;
	return false;
}
/* A name as the server folds it: bare ones to lower case. */
static struct aisp_slice folded(struct sql *s, const struct token *t)
{
	struct aisp_slice d;

	if (t->kind == QUOTED || !t->s.n)
		return aisp_slice_to(t->s, NAME_MAX_BYTES);
	d = aisp_arena_dup(s->a, aisp_slice_to(t->s, NAME_MAX_BYTES));
	for (size_t i = 0; d.p && i < d.n; i++)
		if (d.p[i] >= 'A' && d.p[i] <= 'Z')
			((char *)(uintptr_t)d.p)[i] = (char)(d.p[i] | 32);
	return d.p ? d : t->s;
}
static void add(struct sql *s, const char *verb, struct aisp_slice table)
{
	for (size_t i = 0; i < s->n_cte; i++)
		if (table.n && aisp_slice_eq(s->cte[i], table))
			return;
	for (size_t i = 0; i < s->n; i++)
		if (aisp_slice_eqz(s->ret[i].verb, verb) && aisp_slice_eq(s->ret[i].table, table))
			return;
	if (s->n < AISP_LOG_SQL_MAX)
		s->ret[s->n++] = (struct aisp_log_sql){aisp_slice_z(verb), table};
}
/* The token is a name's begin: reads schema.table (the last two parts of more), and adds it unless a parenthesis follows and `function` says that then it is a call. */
static void table(struct sql *s, const char *verb, bool function)
{
	struct aisp_slice schema = {NULL, 0}, name = {NULL, 0};

	while (is(s, "only") || is(s, "lateral") || is(s, "if") || is(s, "exists") || is(s, "not") || is(s, "concurrently"))
		next(s);
	if (s->t.kind != WORD && s->t.kind != QUOTED)
		return;
	name = folded(s, &s->t);
	next(s);
	for (int parts = 0; punct(s, '.') && parts < 4; parts++) {
		next(s);
		if (s->t.kind != WORD && s->t.kind != QUOTED)
			return;
		schema = name;
		name = folded(s, &s->t);
		next(s);
	}
	if (function && punct(s, '('))
		return;
	if (schema.n)
		name = aisp_arena_printf(s->a, "%.*s.%.*s", AISP_FMT(schema), AISP_FMT(name));
	if (name.n)
		add(s, verb, name);
}
static const char *const after_list[] = {"where", "group", "order", "limit", "having", "union", "except", "intersect", "on", "using", "set", "returning", "window", "for", "fetch", "offset",
                                         "join", "inner", "left", "right", "full", "cross", "natural", "values", "select", "when", "from", "with", "to", "stdin", "stdout", "default", NULL};
/* FROM a [AS] x, b y, …: ends before a word that cannot be an alias, or at a parenthesis. */
static void list(struct sql *s, const char *verb, bool function)
{
	for (int i = 0; i < 32; i++) {
		if (punct(s, '('))
			return;
		table(s, verb, function);
		if (punct(s, '('))
			return; /* a function; what follows its arguments is read as the statement goes on */
		if (is(s, "as"))
			next(s);
		if ((s->t.kind == WORD && !any(s, after_list)) || s->t.kind == QUOTED)
			next(s);
		if (!punct(s, ','))
			return;
		next(s);
	}
}
/* WITH [RECURSIVE] x [(…)] AS [NOT MATERIALIZED] ( … ), y AS …: the names are kept when their AS comes. */
static void with_name(struct sql *s)
{
	if (is(s, "recursive"))
		next(s);
	if ((s->t.kind == WORD || s->t.kind == QUOTED) && s->n_cte < CTE_MAX)
		s->cte[s->n_cte++] = folded(s, &s->t);
	next(s);
}
static const char *object_verb_here(const struct sql *s)
{
	static const char *const verbs[] = {"CREATE", "ALTER", "DROP", "TRUNCATE", "LOCK", "ANALYZE", "VACUUM", "COMMENT", "GRANT", "REVOKE", "REFRESH", "CLUSTER", "REINDEX", NULL};

	for (size_t i = 0; verbs[i]; i++)
		if (is(s, verbs[i]))
			return verbs[i];
	return NULL;
}
/* Behind TABLE, VIEW, ON, …: the names of what the statement changes. */
static void object_names(struct sql *s, const char *verb)
{
	static const char *const not_tables[] = {"schema", "database", "function", "all", "role", NULL};

	next(s);
	if (is(s, "table") || is(s, "column"))
		next(s);
	if (!any(s, not_tables))
		list(s, verb, false);
}
static bool object_verb(struct sql *s)
{
	static const char *const at_once[] = {"TRUNCATE", "LOCK", "ANALYZE", "VACUUM", NULL};
	static const char *const options[] = {"table", "verbose", "full", "analyze", "freeze", NULL};
	static const char *const kinds[] = {"table", "view", "on", "sequence", NULL};
	static const char *const ends[] = {"as", "using", "add", "set", "owner", "rename", "cascade", "to", "from", NULL};
	const char *verb = object_verb_here(s);
	bool names = verb && any(s, at_once);

	if (!verb)
		return false;
	s->verb = verb;
	next(s);
	while (names && any(s, options))
		next(s);
	if (names && s->t.kind != END && !punct(s, '(')) {
		list(s, verb, false);
		return true;
	}
	for (int i = 0; i < 24 && s->t.kind != END && !punct(s, ';') && !any(s, ends); i++) {
		if (any(s, kinds)) {
			object_names(s, verb);
			break;
		}
		next(s);
	}
	if (!s->n)
		add(s, verb, aisp_slice_of("", 0));
	return true;
}
/* COPY t [(…)] FROM|TO …, COPY (query) TO … */
static void copy(struct sql *s)
{
	next(s);
	s->verb = "COPY";
	if (punct(s, '('))
		return;
	table(s, "COPY", false);
	while (s->t.kind != END && !punct(s, ';'))
		next(s);
}
/* EXPLAIN [( options )] [ANALYZE] [VERBOSE]: stands before the statement that it explains. */
static void explain(struct sql *s)
{
	next(s);
	if (punct(s, '('))
		while (s->t.kind != END && !punct(s, ')'))
			next(s);
	while (punct(s, ')') || is(s, "analyze") || is(s, "verbose"))
		next(s);
}
/* A word where a statement may begin. False: it begins none. */
static bool begins(struct sql *s)
{
	if (is(s, "select") || is(s, "values")) {
		s->verb = "SELECT";
		next(s);
	} else if (is(s, "table")) {
		s->verb = "SELECT";
		next(s);
		table(s, s->verb, false);
	} else if (is(s, "insert") || is(s, "merge") || is(s, "replace")) {
		s->verb = is(s, "merge") ? "MERGE" : "INSERT";
		next(s);
		if (is(s, "into"))
			next(s);
		table(s, s->verb, false);
		s->verb = "SELECT";
	} else if (is(s, "update")) {
		next(s);
		table(s, "UPDATE", false);
		s->verb = "SELECT";
	} else if (is(s, "delete")) {
		next(s);
		if (is(s, "from"))
			next(s);
		table(s, "DELETE", false);
		s->verb = "SELECT";
	} else if (is(s, "copy")) {
		copy(s);
	} else if (is(s, "with")) {
		s->with = true;
		next(s);
		with_name(s);
	} else if (is(s, "explain")) {
		explain(s);
	} else if (is(s, "call") || is(s, "do")) {
		add(s, is(s, "do") ? "DO" : "CALL", aisp_slice_of("", 0));
		next(s);
	} else {
		return object_verb(s);
	}
	return true;
}
static bool takes_from(struct aisp_slice word)
{
	return aisp_slice_eqi(word, AISP_S("extract")) || aisp_slice_eqi(word, AISP_S("substring")) || aisp_slice_eqi(word, AISP_S("trim")) || aisp_slice_eqi(word, AISP_S("overlay")) ||
	       aisp_slice_eqi(word, AISP_S("position"));
}
/* FROM names tables that are read in a query; in GRANT … FROM or COPY … FROM it does not. */
static bool reads(const struct sql *s)
{
	return s->verb && (memcmp(s->verb, "SE", 2) == 0 || memcmp(s->verb, "COP", 3) == 0);
}
static const char *const queries[] = {"select", "values", "with", "insert", "update", "delete", "merge", NULL};
static bool closed(struct sql *s)
{
	s->depth -= s->depth > 0;
	next(s);
	if (s->with && s->depth == 0 && punct(s, ',')) {
		next(s);
		with_name(s);
		return false;
	}
	return s->with && s->depth == 0;
}
/* A word that begins no statement. */
static bool inner_word(struct sql *s)
{
	static const char *const from[] = {"from", "join", "using", NULL}, *const before[] = {"union", "except", "intersect", "as", "all", NULL}, *const locks[] = {"update", "share", NULL};
	bool special = s->special[s->depth], distinct = s->last.kind == WORD && aisp_slice_eqi(s->last.s, AISP_S("distinct"));

	if (reads(s) && any(s, from) && !special && !distinct) {
		next(s);
		list(s, "SELECT", true);
		return false;
	}
	if (!special && any(s, before)) {
		next(s);
		return any(s, queries) || is(s, "all");
	}
	if (!special && is(s, "for")) {
		next(s);
		if (any(s, locks))
			next(s); /* FOR UPDATE OF … */
		return any(s, queries);
	}
	next(s);
	return false;
}
/* One step: what the token means where it stands. `start`: a statement may begin here. Returns the new `start`. */
static bool step(struct sql *s, bool start)
{
	if (punct(s, '(')) {
		if (s->depth + 1 < DEPTH_MAX)
			s->special[++s->depth] = s->last.kind == WORD && takes_from(s->last.s);
		next(s);
		return true;
	}
	if (punct(s, ')'))
		return closed(s);
	if (punct(s, ';')) {
		next(s);
		s->with = false;
		s->depth = s->n_cte = 0;
		return true;
	}
	if (s->t.kind != WORD) {
		next(s);
		return false;
	}
	return start && begins(s) ? any(s, queries) : inner_word(s);
}
size_t aisp_log__sql(struct aisp_arena *a, struct aisp_slice text, struct aisp_log_sql ret[AISP_LOG_SQL_MAX])
{
	struct sql s = {.a = a, .in = aisp_slice_to(text, TEXT_MAX), .ret = ret};
	bool start = true;

	next(&s);
	while (s.t.kind != END)
		start = step(&s, start);
	if (!s.n && s.verb)
		add(&s, s.verb, aisp_slice_of("", 0));
	return s.n;
}
