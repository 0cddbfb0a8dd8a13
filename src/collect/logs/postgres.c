/* What an entry of PostgreSQL's log says of use: connections, statements (log_statement, log_min_duration_statement), pgaudit's lines, refusals.
 * https://www.postgresql.org/docs/current/runtime-config-logging.html, https://github.com/pgaudit/pgaudit (README: format of entries)
 *
 * log_statement logs a statement before it runs. Such an event is held until the session's next entry tells whether it failed; pgaudit's line of the same statement takes its place.
 * Invariant: of a statement only verbs and names of tables leave this file. */
#include "base/hash.h"
#include "collect/logs/postgres_int.h"

enum { HELD_STATEMENT = 1, HELD_ERROR };
struct pg {
	struct aisp_log_parser *p;
	const struct aisp_pg_entry *e;
	struct aisp_log_held *held;
	uint64_t key;             /* of the session; 0: not known, nothing can be held */
	struct aisp_use_event ev; /* filled but for action, asset and outcome */
	uint32_t n;               /* events of this entry so far: part of the id */
	aisp_use_sink *sink;
	void *ctx;
	struct aisp_err *err;
};

static bool after(struct aisp_slice *s, const char *prefix)
{
	struct aisp_slice z = aisp_slice_z(prefix);

	if (!aisp_slice_starts(*s, z))
		return false;
	*s = aisp_slice_from(*s, z.n);
	return true;
}
static int give(struct pg *g, uint32_t hold)
{
	struct aisp_use_event ev = g->ev;

	if (ev.id.n && g->n)
		ev.id = aisp_arena_printf(g->p->record, "%.*s/%u", AISP_FMT(ev.id), g->n);
	g->n++;
	if (hold && g->key)
		return aisp_log__held_put(g->p, g->held, g->key, hold, &ev, g->sink, g->ctx, g->err);
	return aisp_log__emit(g->p, &ev, g->sink, g->ctx, g->err);
}
static struct aisp_slice in_database(struct pg *g, struct aisp_slice name)
{
	return name.n ? aisp_arena_printf(g->p->record, "%.*s/%.*s", AISP_FMT(g->e->database), AISP_FMT(name)) : g->e->database;
}
/* Each verb and table of a statement as an event; how many, or an error. */
static int statement(struct pg *g, struct aisp_slice sql, enum aisp_use_outcome outcome, uint32_t hold)
{
	struct aisp_log_sql q[AISP_LOG_SQL_MAX];
	size_t n = aisp_log__sql(g->p->record, sql, q);

	for (size_t i = 0; i < n; i++) {
		int r;

		g->ev.action = q[i].verb;
		g->ev.asset = in_database(g, q[i].table);
		g->ev.outcome = outcome;
		r = give(g, hold);
		if (r < 0)
			return r;
	}
	return (int)n;
}
/* Value of key=VALUE up to the next " key=" or the end: of "connection authorized: user=… database=… application_name=… SSL enabled (…)". */
static struct aisp_slice value(struct aisp_slice m, const char *key, const char *next)
{
	size_t at = aisp_slice_find(m, aisp_slice_z(key)), end;

	if (at == SIZE_MAX)
		return aisp_slice_of("", 0);
	m = aisp_slice_from(m, at + strlen(key));
	end = aisp_slice_find(m, aisp_slice_z(next));
	return aisp_slice_trim(aisp_slice_to(m, end == SIZE_MAX ? m.n : end));
}
static int connection(struct pg *g, struct aisp_slice m, const char *action)
{
	struct aisp_slice user = value(m, "user=", " "), db = value(m, "database=", " "), app = value(m, "application_name=", " SSL enabled");
	struct aisp_arena *a = g->p->record;

	if (user.n)
		g->ev.identity = aisp_arena_printf(a, "%.*s@%.*s", AISP_FMT(user), AISP_FMT(db.n ? db : g->e->database));
	if (app.n && !g->ev.via.n)
		g->ev.via = aisp_slice_to(app, aisp_slice_chr(app, ' '));
	g->ev.action = aisp_slice_z(action);
	g->ev.asset = db.n ? db : g->e->database;
	g->ev.outcome = AISP_USE_DONE;
	return give(g, 0);
}
/* "SESSION,1,1,READ,SELECT,TABLE,public.t,"select …",<not logged>": class and statement ids, command, object. A session's and an object's line of the same thing carry the same id. */
static int audit(struct pg *g, struct aisp_slice m)
{
	struct aisp_slice f[10], command, object;
	struct aisp_arena *a = g->p->record;
	size_t n = aisp_log__csv(a, m, f, 10);

	if (n < 8 || (!aisp_slice_eqz(f[0], "SESSION") && !aisp_slice_eqz(f[0], "OBJECT")))
		return aisp_fail(g->err, AISP_E_PARSE, "an AUDIT line of pgaudit with %zu fields, 8 or more are expected", n);
	command = f[4];
	object = f[6];
	g->ev.outcome = AISP_USE_DONE;
	if (g->e->session_is_unique)
		g->ev.id = aisp_arena_printf(a, "%.*s.a%.*s.%.*s.%.*s.%.*s", AISP_FMT(g->e->session), AISP_FMT(f[1]), AISP_FMT(f[2]), AISP_FMT(command), AISP_FMT(object));
	if (!object.n && (aisp_slice_eqz(f[3], "READ") || aisp_slice_eqz(f[3], "WRITE") || aisp_slice_eqz(f[3], "DDL"))) {
		int r = statement(g, f[7], AISP_USE_DONE, 0);

		if (r != 0)
			return r;
	}
	if (aisp_slice_eqz(f[3], "MISC"))
		return 0; /* SET, FETCH, DISCARD …: nothing of use */
	g->ev.action = command;
	g->ev.asset = in_database(g, object);
	return give(g, 0);
}
/* Name that a refusal speaks of: permission denied for table X. */
static struct aisp_slice refused(struct aisp_slice m, bool *ret_database)
{
	static const char *const kinds[] = {"permission denied for table ", "permission denied for relation ", "permission denied for view ", "permission denied for materialized view ",
	                                    "permission denied for sequence ", "permission denied for schema ", "permission denied for function ", "permission denied for foreign table ",
	                                    "must be owner of table ", "must be owner of relation "};

	*ret_database = after(&m, "permission denied for database ");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (after(&m, kinds[i]))
			return m;
	return aisp_slice_of("", 0);
}
static bool is_login(const struct aisp_pg_entry *e)
{
	return aisp_slice_starts(e->state, AISP_S("28")) || aisp_slice_find(e->message, AISP_S("authentication failed for user")) != SIZE_MAX ||
	       aisp_slice_starts(e->message, AISP_S("no pg_hba.conf entry")) || aisp_slice_starts(e->message, AISP_S("pg_hba.conf rejects")) ||
	       aisp_slice_find(e->message, AISP_S("is not permitted to log in")) != SIZE_MAX;
}
/* A login that failed may not have user and database in the prefix: the message names them in quotes. */
static int login_refused(struct pg *g, enum aisp_use_outcome outcome)
{
	struct aisp_slice m = g->e->message, user = value(m, "user \"", "\""), db = value(m, "database \"", "\"");

	user = user.n ? user : value(m, "role \"", "\"");
	if (!g->ev.identity.n && user.n)
		g->ev.identity = aisp_arena_printf(g->p->record, "%.*s@%.*s", AISP_FMT(user), AISP_FMT(db));
	g->ev.action = AISP_S("CONNECT");
	g->ev.asset = g->e->database.n ? g->e->database : db;
	g->ev.outcome = outcome;
	return give(g, 0);
}
/* Is what the session has held the statement sql? Then its events get the outcome; if not, they went well. Returns 1 when it was, else 0. */
static int held_was(struct pg *g, struct aisp_slice sql, enum aisp_use_outcome outcome)
{
	struct aisp_log_sql q[AISP_LOG_SQL_MAX];
	size_t n = sql.n ? aisp_log__sql(g->p->record, sql, q) : 0;
	struct aisp_log_held_slot *s;
	uint32_t at = 0;
	bool same = false;

	while (g->key && (s = aisp_log__held_find(g->held, g->key, &at)))
		for (size_t i = 0; i < n && s->kind == HELD_STATEMENT; i++)
			same = same || (aisp_slice_eq(s->e.action, q[i].verb) && aisp_slice_eq(s->e.asset, in_database(g, q[i].table)));
	at = 0;
	while (g->key && (s = aisp_log__held_find(g->held, g->key, &at))) {
		int r = 0;

		if (s->kind == HELD_STATEMENT && same)
			s->e.outcome = outcome;
		if (s->kind == HELD_STATEMENT)
			r = aisp_log__held_drop(g->p, g->held, s, true, g->sink, g->ctx, g->err);
		if (r < 0)
			return r;
	}
	return same;
}
/* An error, with its statement at hand (csvlog, jsonlog). */
static int error_of(struct pg *g, struct aisp_slice sql, enum aisp_use_outcome outcome)
{
	int r = held_was(g, sql, outcome);

	if (r != 0)
		return r;
	r = statement(g, sql, outcome, 0);
	return r;
}
static int error(struct pg *g)
{
	const struct aisp_pg_entry *e = g->e;
	bool database, denied = aisp_slice_eqz(e->state, "42501") || (!e->state.n && (aisp_slice_starts(e->message, AISP_S("permission denied")) || aisp_slice_starts(e->message, AISP_S("must be owner of"))));
	struct aisp_slice name = refused(e->message, &database);
	enum aisp_use_outcome outcome = denied ? AISP_USE_DENIED : AISP_USE_FAILED;
	int r = 0;

	if (database || is_login(e) || aisp_slice_eqz(e->state, "3D000"))
		return login_refused(g, aisp_slice_eqz(e->state, "3D000") ? AISP_USE_FAILED : AISP_USE_DENIED);
	if (e->statement.n)
		r = error_of(g, e->statement, outcome);
	if (r != 0 || (!denied && (e->statement.n || !g->key)))
		return r;
	g->ev.action = AISP_S("ACCESS");
	g->ev.asset = in_database(g, name);
	g->ev.outcome = outcome;
	return give(g, e->statement.n ? 0 : HELD_ERROR); /* without the statement (stderr) it may be the next entry */
}
/* STATEMENT: in the stderr log, behind its error. */
static int statement_of_error(struct pg *g)
{
	struct aisp_log_held_slot *s;
	enum aisp_use_outcome outcome;
	uint32_t at = 0;
	int r;

	while (g->key && (s = aisp_log__held_find(g->held, g->key, &at))) {
		if (s->kind != HELD_ERROR)
			continue;
		outcome = s->e.outcome;
		r = error_of(g, g->e->message, outcome);
		return r < 0 ? r : aisp_log__held_drop(g->p, g->held, s, r == 0 && outcome == AISP_USE_DENIED, g->sink, g->ctx, g->err);
	}
	return 0;
}
/* The session goes on: what it held is decided. An error whose statement did not follow was that of the statement held. */
static int settle(struct pg *g, bool emit)
{
	struct aisp_log_held_slot *s, *error = NULL;
	uint32_t at = 0, statements = 0;
	int r = 0;

	while (g->key && (s = aisp_log__held_find(g->held, g->key, &at))) {
		error = s->kind == HELD_ERROR ? s : error;
		statements += s->kind == HELD_STATEMENT;
	}
	at = 0;
	while (r >= 0 && g->key && (s = aisp_log__held_find(g->held, g->key, &at))) {
		if (s->kind == HELD_STATEMENT && error)
			s->e.outcome = error->e.outcome;
		r = aisp_log__held_drop(g->p, g->held, s, s->kind == HELD_STATEMENT ? emit || error : !statements && s->e.outcome == AISP_USE_DENIED, g->sink, g->ctx, g->err);
	}
	return r;
}
/* The statement of "statement: …", "execute NAME: …", "duration: 1.2 ms  statement: …"; false when the message holds none to count (parse, bind, fetch). */
static bool sql_of(struct aisp_slice m, struct aisp_slice *ret_sql, bool *ret_ran)
{
	size_t at;

	*ret_ran = false;
	if (after(&m, "duration: ")) {
		at = aisp_slice_find(m, AISP_S(" ms  "));
		if (at == SIZE_MAX)
			return false;
		m = aisp_slice_from(m, at + 5);
		*ret_ran = true;
	}
	if (after(&m, "statement: ")) {
		*ret_sql = m;
		return true;
	}
	if (!after(&m, "execute ") || aisp_slice_starts(m, AISP_S("fetch from ")))
		return false;
	at = aisp_slice_find(m, AISP_S(": "));
	if (at == SIZE_MAX)
		return false;
	*ret_sql = aisp_slice_from(m, at + 2);
	return true;
}
static int log_entry(struct pg *g)
{
	struct aisp_slice m = g->e->message, sql;
	bool ran, is_audit = after(&m, "AUDIT: ");
	int r = settle(g, !is_audit);

	if (r < 0)
		return r;
	if (is_audit)
		return audit(g, m);
	if (after(&m, "connection authorized: "))
		return connection(g, m, "CONNECT");
	if (after(&m, "replication connection authorized: "))
		return connection(g, m, "REPLICATION");
	if (!sql_of(m, &sql, &ran))
		return 0;
	r = statement(g, sql, AISP_USE_DONE, ran ? 0 : HELD_STATEMENT);
	return r < 0 ? r : 0;
}
bool aisp_log__pg_severity(struct aisp_slice s)
{
	static const char *const words[] = {"LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_eqz(s, words[i]))
			return true;
	return false;
}
int aisp_log__pg_entry(struct aisp_log_parser *p, const struct aisp_pg_entry *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct pg g = {.p = p, .e = e, .sink = sink, .ctx = ctx, .err = err};
	int r;

	if (!p->state) {
		struct aisp_log_held *h = aisp_arena_zalloc(p->stream, 1, sizeof *h);

		if (!h)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for the state of a PostgreSQL log");
		r = aisp_log__held_init(h, p->stream, err);
		if (r < 0)
			return r;
		p->state = h;
	}
	g.held = p->state;
	g.key = e->session.n ? aisp_hash64(e->session.p, e->session.n, 7) : 0;
	g.ev = (struct aisp_use_event){.at_us = e->at_us, .via = e->app, .origin = p->name, .from = e->from};
	if (e->user.n && !aisp_slice_eqz(e->user, "[unknown]"))
		g.ev.identity = aisp_arena_printf(p->record, "%.*s@%.*s", AISP_FMT(e->user), AISP_FMT(e->database));
	if (e->session_is_unique && e->session.n && e->line.n)
		g.ev.id = aisp_arena_printf(p->record, "%.*s.%.*s", AISP_FMT(e->session), AISP_FMT(e->line));
	if (aisp_slice_eqz(e->severity, "STATEMENT"))
		r = statement_of_error(&g);
	else if (aisp_slice_eqz(e->severity, "ERROR") || aisp_slice_eqz(e->severity, "FATAL") || aisp_slice_eqz(e->severity, "PANIC"))
		r = error(&g);
	else if (aisp_slice_eqz(e->severity, "LOG") || aisp_slice_starts(e->message, AISP_S("AUDIT: ")))
		r = log_entry(&g);
	else
		r = 0;
	return r < 0 ? r : 0;
}
int aisp_log__pg_flush(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_log_held *h = p->state;

	for (uint32_t i = 0; h && i < AISP_LOG_HELD_SLOTS; i++)
		if (h->key[i] && h->slots[i].kind == HELD_ERROR && h->slots[i].e.outcome == AISP_USE_FAILED)
			h->key[i] = 0; /* an error alone says nothing of use */
	return h ? aisp_log__held_all(p, h, sink, ctx, err) : 0;
}
