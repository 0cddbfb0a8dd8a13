/* Which tables a SQL text names: a tokenizer and a reader of clauses, not a grammar. Sources of the rules: PostgreSQL's
 * SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, WITH and TRUNCATE pages; pgvector's operators.
 */
#include "scan/source/source.h"
#include "base/vec.h"

enum { NAMES_MAX = 64 };
struct tok {
	struct aisp_slice s;
	char kind; /* w word, q quoted word, s string, n number, p punctuation, h hole, 0 end */
};
struct sql {
	struct aisp_slice rest;
	struct aisp_arena *a;
	struct tok t; /* the current one */
	struct aisp_slice reads[NAMES_MAX], writes[NAMES_MAX], ctes[NAMES_MAX];
	uint32_t n_reads, n_writes, n_ctes;
	bool vector, dynamic, nomem;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static void skip_space(struct sql *q)
{
	for (;;) {
		struct aisp_slice *r = &q->rest;
		size_t end;

		while (r->n && (r->p[0] == ' ' || r->p[0] == '\n' || r->p[0] == '\t' || r->p[0] == '\r'))
			*r = aisp_slice_from(*r, 1);
		if (r->n >= 2 && r->p[0] == '-' && r->p[1] == '-')
			end = aisp_slice_chr(*r, '\n');
		else if (r->n >= 2 && r->p[0] == '/' && r->p[1] == '*')
			end = aisp_slice_find(*r, AISP_S("*/"));
		else
			return;
		*r = end == SIZE_MAX ? aisp_slice_from(*r, r->n) : aisp_slice_from(*r, end + 1);
		if (r->n && r->p[0] == '/')
			*r = aisp_slice_from(*r, 1);
	}
}

static size_t quoted_end(struct aisp_slice r, char quote)
{
	for (size_t i = 1; i < r.n; i++) {
		if (r.p[i] != quote)
			continue;
		if (i + 1 < r.n && r.p[i + 1] == quote)
			i++;
		else
			return i;
	}
	return r.n;
}

static void next(struct sql *q)
{
	struct aisp_slice *r = &q->rest;
	size_t n = 1;
	char c;

	skip_space(q);
	q->t = (struct tok){*r, 0};
	if (!r->n)
		return;
	c = r->p[0];
	if (c == '"' || c == '`' || c == '\'') {
		size_t end = quoted_end(*r, c);

		q->t.kind = c == '\'' ? 's' : 'q';
		q->t.s = aisp_slice_of(r->p + 1, end > 0 ? end - 1 : 0);
		*r = aisp_slice_from(*r, end + 1);
		return;
	}
	if (c == '\001') {
		q->t.kind = 'h';
	} else if (is_word(c)) {
		while (n < r->n && is_word(r->p[n]))
			n++;
		q->t.kind = c >= '0' && c <= '9' ? 'n' : 'w';
		if (n < r->n && r->p[n] == '\001')
			q->t.kind = 'h'; /* prefix_{x} */
	} else {
		q->t.kind = 'p';
		if (r->n >= 3 && c == '<' && r->p[2] == '>' && strchr("-=#+~%", r->p[1])) {
			n = 3;
			q->vector |= r->p[1] != '%';
		}
	}
	q->t.s = aisp_slice_to(*r, n);
	*r = aisp_slice_from(*r, n);
}

static bool is(const struct sql *q, const char *word)
{
	return q->t.kind == 'w' && aisp_slice_eqi(q->t.s, aisp_slice_z(word));
}

static bool is_any(const struct sql *q, const char *words)
{
	struct aisp_slice rest = aisp_slice_z(words), w;

	while (q->t.kind == 'w' && aisp_slice_split(&rest, ' ', &w))
		if (aisp_slice_eqi(q->t.s, w))
			return true;
	return false;
}

static bool punct(const struct sql *q, char c)
{
	return q->t.kind == 'p' && q->t.s.p[0] == c && q->t.s.n == 1;
}

static bool known(const struct aisp_slice *names, uint32_t n, struct aisp_slice name)
{
	for (uint32_t i = 0; i < n; i++)
		if (aisp_slice_eqi(names[i], name))
			return true;
	return false;
}

/* [schema.]table at the current token, lower case unless quoted; empty when there is none. */
static struct aisp_slice table_name(struct sql *q)
{
	char buf[256];
	size_t n = 0;

	for (;;) {
		if (q->t.kind == 'h') {
			q->dynamic = true;
			next(q);
			return aisp_slice_of(NULL, 0);
		}
		if (q->t.kind != 'w' && q->t.kind != 'q')
			return aisp_slice_of(NULL, 0);
		for (size_t i = 0; i < q->t.s.n && n < sizeof buf; i++) {
			char c = q->t.s.p[i];

			if (c == '\001') {
				q->dynamic = true;
				next(q);
				return aisp_slice_of(NULL, 0);
			}
			buf[n++] = q->t.kind == 'w' && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		}
		next(q);
		if (!punct(q, '.') || n + 1 >= sizeof buf)
			break;
		buf[n++] = '.';
		next(q);
	}
	if (n >= sizeof buf)
		return aisp_slice_of(NULL, 0);
	return aisp_arena_dup(q->a, aisp_slice_of(buf, n));
}

static void note(struct sql *q, struct aisp_slice name, bool write)
{
	struct aisp_slice *list = write ? q->writes : q->reads;
	uint32_t *n = write ? &q->n_writes : &q->n_reads;

	if (!name.n || known(q->ctes, q->n_ctes, name) || known(list, *n, name))
		return;
	if (*n == NAMES_MAX)
		q->dynamic = true;
	else
		list[(*n)++] = name;
}

/* table [AS alias] (, table …): after FROM, JOIN, USING. A parenthesis or a function is walked by the caller. */
static void table_list(struct sql *q, bool write)
{
	for (;;) {
		struct aisp_slice name;

		while (is_any(q, "ONLY LATERAL"))
			next(q);
		if (punct(q, '(') || is_any(q, "SELECT VALUES UNNEST generate_series"))
			return;
		name = table_name(q);
		if (punct(q, '(')) /* a function's rows */
			return;
		note(q, name, write);
		if (is(q, "AS"))
			next(q);
		if ((q->t.kind == 'w' || q->t.kind == 'q') &&
		    !is_any(q, "WHERE JOIN INNER LEFT RIGHT FULL CROSS NATURAL ON USING GROUP ORDER LIMIT HAVING UNION SET RETURNING VALUES OFFSET FOR WINDOW EXCEPT INTERSECT TABLESAMPLE SELECT FROM DEFAULT"))
			next(q); /* alias */
		if (!punct(q, ','))
			return;
		next(q);
	}
}

static void with_names(struct sql *q)
{
	struct aisp_slice rest = q->rest;
	struct tok t = q->t;
	int depth = 0;
	bool want = true;

	/* A first pass over "WITH [RECURSIVE] a [(…)] AS (…), b AS (…) SELECT" takes the names. */
	for (next(q); q->t.kind; next(q)) {
		if (punct(q, '('))
			depth++;
		else if (punct(q, ')'))
			depth--;
		else if (depth == 0 && punct(q, ','))
			want = true;
		else if (depth == 0 && is_any(q, "SELECT INSERT UPDATE DELETE MERGE"))
			break;
		else if (depth == 0 && want && !is(q, "RECURSIVE") && (q->t.kind == 'w' || q->t.kind == 'q')) {
			if (q->n_ctes < NAMES_MAX)
				q->ctes[q->n_ctes++] = q->t.s;
			want = false;
		}
	}
	q->rest = rest;
	q->t = t;
}

static void copy(struct sql *q)
{
	struct aisp_slice name;

	next(q);
	if (punct(q, '('))
		return; /* COPY (SELECT …) TO: the walk goes on inside */
	name = table_name(q);
	while (q->t.kind && !is_any(q, "FROM TO"))
		next(q);
	note(q, name, is(q, "FROM"));
	while (q->t.kind && !punct(q, ';'))
		next(q);
}

static void write_to(struct sql *q, const char *skip)
{
	next(q);
	while (is_any(q, skip))
		next(q);
	note(q, table_name(q), true);
}

/* FROM in extract(… FROM …), substring(… FROM …), trim(… FROM …), IS DISTINCT FROM names no table. */
static void walk(struct sql *q)
{
	AISP_VEC(char) stack = {0}; /* one for each open parenthesis: 'f' in a function that has its own FROM */
	bool special = false, distinct = false;

	while (q->t.kind && !q->nomem) {
		bool in_special = stack.n && stack.v[stack.n - 1] == 'f';

		if (punct(q, '(')) {
			q->nomem |= aisp_vec_push(&stack, special ? 'f' : '(') < 0;
			next(q);
		} else if (punct(q, ')')) {
			stack.n -= stack.n > 0;
			next(q);
		} else if (is(q, "FROM") && !in_special && !distinct) {
			next(q);
			table_list(q, false);
			continue;
		} else if (is(q, "JOIN")) {
			next(q);
			table_list(q, false);
			continue;
		} else if (is(q, "INTO") ) {
			write_to(q, "TABLE ONLY");
			continue;
		} else if (is(q, "UPDATE")) {
			next(q);
			if (!is_any(q, "SET OF SKIP NOWAIT")) /* ON CONFLICT DO UPDATE SET; FOR UPDATE */
				table_list(q, true);
			continue;
		} else if (is(q, "DELETE")) {
			next(q);
			if (is(q, "FROM")) {
				next(q);
				table_list(q, true);
				if (is(q, "USING")) {
					next(q);
					table_list(q, false);
				}
			}
			continue;
		} else if (is(q, "MERGE")) {
			next(q);
			continue;
		} else if (is(q, "TRUNCATE")) {
			write_to(q, "TABLE ONLY");
			continue;
		} else {
			special = is_any(q, "EXTRACT SUBSTRING TRIM OVERLAY POSITION");
			distinct = is(q, "DISTINCT");
			next(q);
			continue;
		}
		special = distinct = false;
	}
	aisp_vec_done(&stack);
}

static struct aisp_slice *keep(struct sql *q, const struct aisp_slice *list, uint32_t n)
{
	struct aisp_slice *p = n ? aisp_arena_alloc(q->a, n * sizeof *p) : NULL;

	q->nomem |= n && !p;
	if (p)
		memcpy(p, list, n * sizeof *p);
	return p;
}

int aisp_source_sql(struct aisp_slice text, struct aisp_arena *a, struct aisp_source_sql *ret_sql, struct aisp_err *err)
{
	struct sql q = {.rest = text, .a = a};
	struct aisp_source_sql out = {0};

	next(&q);
	while (punct(&q, '('))
		next(&q);
	out.is_sql = is_any(&q, "SELECT INSERT UPDATE DELETE WITH COPY MERGE TRUNCATE EXPLAIN REPLACE");
	if (out.is_sql) {
		if (is(&q, "WITH"))
			with_names(&q);
		if (is(&q, "COPY"))
			copy(&q);
		walk(&q);
	}
	out.reads = keep(&q, q.reads, q.n_reads);
	out.writes = keep(&q, q.writes, q.n_writes);
	if (q.nomem)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	out.n_reads = q.n_reads;
	out.n_writes = q.n_writes;
	out.vector = q.vector;
	out.dynamic = q.dynamic;
	*ret_sql = out;
	return 0;
}
