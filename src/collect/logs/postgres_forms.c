/* The three forms of PostgreSQL's log: csvlog, jsonlog, and the stderr log with its log_line_prefix. */
#include "collect/logs/postgres_int.h"

/* --- csvlog: 23 columns (12), 24 (13), 26 (14 and later), no header --- */

enum { TIME, USER, DB, PID, FROM, SESSION, LINE, TAG, SESSION_START, VXID, XID, SEVERITY, STATE, MESSAGE, DETAIL, HINT, INTERNAL, INTERNAL_POS, CONTEXT, QUERY, QUERY_POS, LOCATION, APP,
       COLUMNS_MIN, COLUMNS_MAX = 32 };

size_t aisp_log__csv(struct aisp_arena *a, struct aisp_slice text, struct aisp_slice *ret, size_t max)
{
	size_t n = 0, i = 0;

	while (n < max) {
		size_t from = i;

		if (i < text.n && text.p[i] == '"') {
			char *to = aisp_arena_alloc(a, text.n - i + 1);
			size_t o = 0;

			if (!to)
				return n;
			for (i++; i < text.n; i++) {
				if (text.p[i] == '"') {
					if (i + 1 >= text.n || text.p[i + 1] != '"')
						break;
					i++;
				}
				to[o++] = text.p[i];
			}
			ret[n++] = aisp_slice_of(to, o);
			while (i < text.n && text.p[i] != ',')
				i++;
		} else {
			while (i < text.n && text.p[i] != ',')
				i++;
			ret[n++] = aisp_slice_of(text.p + from, i - from);
		}
		if (i >= text.n)
			break;
		i++;
	}
	return n;
}
/* A line's end, and lines that only part entries. */
static struct aisp_slice chomp(struct aisp_slice s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}
static bool is_csv(size_t n, const struct aisp_slice *f)
{
	return n >= COLUMNS_MIN && aisp_slice_chr(f[SESSION], '.') != SIZE_MAX && aisp_log__pg_severity(f[SEVERITY]) && aisp_log__when(f[TIME], NULL) && f[STATE].n == 5;
}
int aisp_log__pgcsv_recognise(struct aisp_slice head)
{
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	struct aisp_slice f[COLUMNS_MAX];
	int score = a && is_csv(aisp_log__csv(a, aisp_slice_to(head, 16384), f, COLUMNS_MAX), f) ? 95 : 0;

	aisp_arena_free(a);
	return score;
}
int aisp_log__pgcsv_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_slice f[COLUMNS_MAX];
	size_t n = aisp_log__csv(p->record, chomp(text), f, COLUMNS_MAX);
	struct aisp_pg_entry e = {.session_is_unique = true};

	(void)doc;
	if (!is_csv(n, f))
		return aisp_fail(err, AISP_E_PARSE, "no entry of PostgreSQL's csvlog: %zu columns", n);
	e.at_us = aisp_log__when(f[TIME], NULL);
	e.user = f[USER];
	e.database = f[DB];
	e.from = aisp_log__address(f[FROM]);
	e.session = f[SESSION];
	e.line = f[LINE];
	e.severity = f[SEVERITY];
	e.state = f[STATE];
	e.message = f[MESSAGE];
	e.statement = f[QUERY];
	e.app = f[APP];
	return aisp_log__pg_entry(p, &e, sink, ctx, err);
}

/* --- jsonlog (15 and later) --- */

static int json_test(const struct aisp_doc *d)
{
	return aisp_log__has(d, "error_severity") && aisp_log__has(d, "timestamp") && aisp_log__has(d, "session_id") && aisp_log__has(d, "line_num") ? 95 : 0;
}
int aisp_log__pgjson_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, json_test);
}
int aisp_log__pgjson_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *d, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_pg_entry e = {.session_is_unique = true};

	(void)text;
	if (!d || !json_test(d))
		return aisp_fail(err, AISP_E_PARSE, "no entry of PostgreSQL's jsonlog: error_severity, timestamp, session_id or line_num is missing");
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "timestamp"));
	e.user = aisp_doc_getstr(d, "user");
	e.database = aisp_doc_getstr(d, "dbname");
	e.from = aisp_doc_getstr(d, "remote_host");
	e.session = aisp_doc_getstr(d, "session_id");
	e.line = aisp_log__text(p->record, aisp_doc_get(d, "line_num"));
	e.severity = aisp_doc_getstr(d, "error_severity");
	e.state = aisp_doc_getstr(d, "state_code");
	e.message = aisp_doc_getstr(d, "message");
	e.statement = aisp_doc_getstr(d, "statement");
	e.app = aisp_doc_getstr(d, "application_name");
	return aisp_log__pg_entry(p, &e, sink, ctx, err);
}

/* --- stderr: PREFIX SEVERITY:  message; the prefix is learnt from each line --- */

static const char *const marks[] = {"LOG:  ", "ERROR:  ", "FATAL:  ", "PANIC:  ", "STATEMENT:  ", "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "QUERY:  ", "LOCATION:  ", "WARNING:  ", "NOTICE:  ",
                                    "INFO:  ", "DEBUG:  ", "DEBUG1:  ", "DEBUG2:  ", "DEBUG3:  ", "DEBUG4:  ", "DEBUG5:  "};

/* The first mark of the line: the prefix ends there. */
static bool split(struct aisp_slice line, struct aisp_slice *ret_prefix, struct aisp_slice *ret_severity, struct aisp_slice *ret_message)
{
	for (size_t i = 0; i + 3 < line.n && i < 1024 && line.p[i] != '\n'; i++) {
		if (line.p[i] != ':' || line.p[i + 1] != ' ' || line.p[i + 2] != ' ')
			continue;
		for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
			size_t n = strlen(marks[k]) - 3;

			if (i < n || memcmp(line.p + i - n, marks[k], n) != 0 || (i > n && ((line.p[i - n - 1] | 32) >= 'a' && (line.p[i - n - 1] | 32) <= 'z')))
				continue;
			*ret_prefix = aisp_slice_to(line, i - n);
			*ret_severity = aisp_slice_of(line.p + i - n, n);
			*ret_message = aisp_slice_from(line, i + 3);
			return true;
		}
	}
	return false;
}
static bool all_of(struct aisp_slice s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(set, s.p[i]) || !s.p[i])
			return false;
	return s.n > 0;
}
/* "12345", "12345-7" (process and line), "65a1b2c3.1f90" (session). */
static void number(struct aisp_slice t, struct aisp_pg_entry *e)
{
	size_t dot = aisp_slice_chr(t, '.'), dash = aisp_slice_chr(t, '-');

	if (dot != SIZE_MAX && dot >= 6 && dot <= 16 && t.n - dot <= 10 && all_of(t, "0123456789abcdef.")) {
		e->session = t;
		e->session_is_unique = true;
	} else if (dash != SIZE_MAX && dash && all_of(t, "0123456789-")) {
		e->session = e->session.n ? e->session : aisp_slice_to(t, dash);
		e->line = aisp_slice_from(t, dash + 1);
	} else if (all_of(t, "0123456789") && t.n <= 10) {
		if (!e->session.n)
			e->session = t;
		else if (!e->line.n)
			e->line = t;
	}
}
static struct aisp_slice known(struct aisp_slice s)
{
	return aisp_slice_eqz(s, "[unknown]") ? aisp_slice_of("", 0) : s;
}
/* "user=alice", "db=shop": true when it was one of these. */
static bool named(struct aisp_slice t, struct aisp_pg_entry *e)
{
	size_t eq = aisp_slice_chr(t, '=');
	struct aisp_slice key = aisp_slice_to(t, eq), v = known(aisp_slice_from(t, eq + 1));

	if (eq == SIZE_MAX)
		return false;
	if (aisp_slice_eqz(key, "user") || aisp_slice_eqz(key, "usr") || aisp_slice_eqz(key, "u"))
		e->user = v;
	else if (aisp_slice_eqz(key, "db") || aisp_slice_eqz(key, "database") || aisp_slice_eqz(key, "d"))
		e->database = v;
	else if (aisp_slice_eqz(key, "app") || aisp_slice_eqz(key, "application") || aisp_slice_eqz(key, "application_name"))
		e->app = v;
	else if (aisp_slice_eqz(key, "client") || aisp_slice_eqz(key, "host") || aisp_slice_eqz(key, "remote") || aisp_slice_eqz(key, "h") || aisp_slice_eqz(key, "r"))
		e->from = aisp_slice_to(v, aisp_slice_chr(v, '('));
	else if (aisp_slice_eqz(key, "pid") || aisp_slice_eqz(key, "session") || aisp_slice_eqz(key, "line"))
		number(v, e);
	return true;
}
/* The next part of a prefix: a [bracketed] one whole, else up to a blank, comma, colon, bar. Addresses with colons in them end at their port's parenthesis. */
static bool part(struct aisp_slice *rest, struct aisp_slice *ret)
{
	size_t i = 0, n = 0;

	while (i < rest->n && strchr(" ,:|;<>\t", rest->p[i]) && rest->p[i])
		i++;
	if (i >= rest->n)
		return false;
	if (rest->p[i] == '[' && !aisp_slice_starts(aisp_slice_from(*rest, i), AISP_S("[unknown]")) && !aisp_slice_starts(aisp_slice_from(*rest, i), AISP_S("[local]"))) {
		size_t close = aisp_slice_chr(aisp_slice_from(*rest, i), ']');

		if (close != SIZE_MAX) {
			*ret = aisp_slice_of(rest->p + i + 1, close - 1);
			*rest = aisp_slice_from(*rest, i + close + 1);
			return true;
		}
	}
	while (i + n < rest->n && (!strchr(" ,|;<>\t", rest->p[i + n]) || !rest->p[i + n])) {
		size_t paren = aisp_slice_chr(aisp_slice_from(*rest, i), '(');
		size_t blank = aisp_slice_chr(aisp_slice_from(*rest, i), ' ');

		if (rest->p[i + n] == ':' && !(paren != SIZE_MAX && paren > n && (blank == SIZE_MAX || blank > paren) && all_of(aisp_slice_to(aisp_slice_from(*rest, i), paren), "0123456789abcdef:.")))
			break;
		n++;
	}
	*ret = aisp_slice_of(rest->p + i, n);
	*rest = aisp_slice_from(*rest, i + n);
	return true;
}
/* A part that is no key=value: user@database[/application], address(port), [local], or a number. */
static void unnamed(struct aisp_slice t, struct aisp_pg_entry *e)
{
	size_t at = aisp_slice_chr(t, '@'), paren = aisp_slice_chr(t, '(');

	if (at != SIZE_MAX && !e->user.n) {
		e->user = known(aisp_slice_to(t, at));
		t = aisp_slice_from(t, at + 1);
		at = aisp_slice_chr(t, '/'); /* "%u@%d/%a" */
		e->database = known(aisp_slice_to(t, at));
		e->app = at == SIZE_MAX ? e->app : known(aisp_slice_from(t, at + 1));
	} else if (paren != SIZE_MAX && paren && t.p[t.n - 1] == ')') {
		e->from = aisp_slice_to(t, paren); /* %r */
	} else if (aisp_slice_eqz(t, "[local]")) {
		e->from = t;
	} else {
		number(t, e);
	}
}
static void prefix(struct aisp_slice s, struct aisp_pg_entry *e)
{
	struct aisp_slice t;
	size_t used = 0;

	while (s.n && (s.p[0] == '[' || s.p[0] == '<' || s.p[0] == ' '))
		s = aisp_slice_from(s, 1);
	e->at_us = aisp_log__when(s, &used);
	if (!used && s.n > 14 && all_of(aisp_slice_to(s, 10), "0123456789") && s.p[10] == '.') {
		const struct aisp_doc d = {.type = AISP_DOC_STR, .s = aisp_slice_to(s, 14)};

		e->at_us = aisp_log__doc_time(&d); /* %n */
		used = 14;
	}
	s = aisp_slice_from(s, used);
	if (s.n && s.p[0] == '-') /* "%t-%c-": as a managed service has it */
		s = aisp_slice_from(s, 1);
	for (int i = 0; i < 16 && part(&s, &t); i++) {
		if (t.n && t.p[t.n - 1] == '-')
			t.n--;
		if (!named(t, e))
			unnamed(t, e);
	}
}
int aisp_log__pgtext_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_pg_entry e = {0};
	struct aisp_slice before;

	(void)doc;
	text = chomp(text);
	if (!text.n)
		return 0;
	if (!split(text, &before, &e.severity, &e.message))
		return aisp_fail(err, AISP_E_PARSE, "no severity (LOG:, ERROR:, …) behind the prefix of a line of PostgreSQL's log");
	prefix(before, &e);
	return aisp_log__pg_entry(p, &e, sink, ctx, err);
}
/* A line of the stderr log: begins with a time (or %n) and has a severity with its two blanks. */
static bool is_text(struct aisp_slice line)
{
	struct aisp_pg_entry e = {0};
	struct aisp_slice before;

	if (!split(line, &before, &e.severity, &e.message))
		return false;
	prefix(before, &e);
	return e.at_us != 0 || e.session.n != 0;
}
int aisp_log__pgtext_recognise(struct aisp_slice head)
{
	struct aisp_slice rest = head, line;
	int seen = 0, good = 0;

	while (seen < 8 && aisp_slice_split(&rest, '\n', &line)) {
		if (!line.n || line.p[0] == '\t' || (seen && !rest.p))
			continue;
		seen++;
		good += is_text(line);
	}
	return good && good == seen ? 80 : 0;
}
