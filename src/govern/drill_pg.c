/* Kind: a login role of a PostgreSQL server, of a day at most, member of nothing or of the role that the user names. Its password reaches the server as a SCRAM verifier
 * only. Containment as its own documentation has it: NOLOGIN first (no new session), then the sessions that are open (they go on otherwise), then what it was given. */
#include "govern/drill_int.h"
#include <sodium.h>
#include <string.h>

enum { PASSWORD = 32, TABLES_MAX = 300 };

static int sql(struct aisp_drill *d, const char *before, const char *after, bool read, const struct aisp_doc **ret, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf text = {0};
	const struct aisp_doc *rows = NULL;

	aisp_buf_init(&text, 1 << 16);
	aisp_buf_putz(&text, before);
	aisp_drill__ident(&text, aisp_drill__get(d, "role"));
	aisp_buf_putz(&text, after);
	int r = aisp_buf_check(&text, err);
	if (r == 0)
		r = aisp_act_sql(d->act, aisp_drill__get(d, "server"), aisp_drill__get(d, "database"), aisp_buf_slice(&text), read, d->mem, &rows, err);
	if (r == 0 && ret)
		*ret = rows;
	return r;
}

static int prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	const char *target = aisp_drill__target(d, "postgres");
	struct aisp_slice server, database, role = aisp_arena_printf(d->mem, "aisp_drill_%s", d->id);

	if (!target)
		return aisp_fail(err, AISP_E_USAGE, "a postgres-role needs the server to make it on: --with postgres://ADMIN@HOST:PORT/DATABASE");
	int r = aisp_drill__pg_server(d->mem, aisp_slice_z(target), &server, &database, err);
	if (r == 0)
		r = aisp_drill__fact(d, "server", server, err);
	if (r == 0)
		r = aisp_drill__fact(d, "database", database, err);
	if (r == 0)
		r = aisp_drill__fact(d, "role", role, err);
	if (r == 0)
		r = aisp_drill__fact(d, "credential", role, err);
	if (r == 0 && detail.n)
		r = aisp_drill__fact(d, "member_of", detail, err);
	return r;
}

static int fill(struct aisp_drill *d, struct aisp_slice password, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf url = {0};
	struct aisp_slice plain = aisp_arena_printf(d->mem, "postgresql://%.*s/%.*s", AISP_FMT(aisp_drill__get(d, "server")), AISP_FMT(aisp_drill__get(d, "database")));

	aisp_buf_init(&url, 4096);
	int r = aisp_drill__pg_login(plain, aisp_drill__get(d, "role"), password, &url, err);
	return r == 0 ? aisp_drill__pair(d, "DATABASE_URL", aisp_buf_slice(&url), password, err) : r;
}

static int make(struct aisp_drill *d, struct aisp_slice password, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf verifier = {0}, after = {0};
	unsigned char salt[16];
	const struct aisp_doc *rows = NULL;
	const struct aisp_slice member = aisp_drill__get(d, "member_of");

	randombytes_buf(salt, sizeof salt);
	aisp_buf_init(&verifier, 4096);
	aisp_buf_init(&after, 8192);
	int r = aisp_drill__scram(password, salt, &verifier, err);
	if (r == 0)
		r = aisp_act_sql(d->act, aisp_drill__get(d, "server"), aisp_drill__get(d, "database"),
				 AISP_S("SELECT (pg_catalog.now() + interval '1 day')::text AS until"), true, d->mem, &rows, err);
	if (r < 0)
		return r;
	aisp_buf_putz(&after, " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 4 PASSWORD ");
	aisp_drill__literal(&after, aisp_buf_slice(&verifier));
	aisp_buf_putz(&after, " VALID UNTIL ");
	aisp_drill__literal(&after, aisp_doc_getstr(aisp_doc_at(rows, 0), "until"));
	if (member.n) {
		aisp_buf_putz(&after, " IN ROLE ");
		aisp_drill__ident(&after, member);
	}
	r = aisp_buf_check(&after, err);
	if (r == 0)
		r = sql(d, "CREATE ROLE ", after.p, false, NULL, err);
	aisp_buf_clear(&verifier);
	aisp_buf_printf(&verifier, " IS 'aisp drill %s'", d->id);
	return r == 0 ? sql(d, "COMMENT ON ROLE ", verifier.p, false, NULL, err) : r;
}

static int create(struct aisp_drill *d, struct aisp_err *err)
{
	char password[PASSWORD + 1];

	int r = aisp_drill__random(PASSWORD, password);
	if (r == 0)
		r = make(d, aisp_slice_z(password), err);
	if (r == 0)
		r = fill(d, aisp_slice_z(password), err);
	sodium_memzero(password, sizeof password);
	return r;
}

/* A connection as the role; its queries only read. */
static int log_in(struct aisp_drill *d, struct aisp_act **ret, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf url = {0};

	aisp_buf_init(&url, 8192);
	int r = aisp_drill__pg_login(aisp_slice_z(aisp_drill__target(d, "postgres")), aisp_drill__get(d, "role"), aisp_slice_of(d->pairs[0].bare.p, d->pairs[0].bare.n), &url, err);
	return r == 0 ? aisp_act_new(&(const char *){url.p}, 1, true, ret, err) : r;
}

static int ask(struct aisp_drill *d, struct aisp_act *a, struct aisp_slice text, struct aisp_err *err)
{
	const struct aisp_doc *rows = NULL;
	return aisp_act_sql(a, aisp_drill__get(d, "server"), aisp_drill__get(d, "database"), text, true, d->mem, &rows, err);
}

static enum aisp_drill_answer verdict(int r, const struct aisp_err *e, struct aisp_buf *why)
{
	if (r == 0)
		return AISP_DRILL_WORKS;
	aisp_buf_putz(why, e->msg);
	/* refused by the server, or the session was ended; not: no server there */
	return r == AISP_E_ACCESS || strstr(e->msg, "not permitted to log in") || strstr(e->msg, "password authentication failed") || strstr(e->msg, "does not exist") ||
			       strstr(e->msg, "57P01") || strstr(e->msg, "terminat") || strstr(e->msg, "closed") ? AISP_DRILL_REFUSED : AISP_DRILL_UNKNOWN;
}

/* Way 0: a new session; way 1: one that was opened before. */
static enum aisp_drill_answer try(struct aisp_drill *d, unsigned way, struct aisp_buf *why)
{
	struct aisp_act *a AISP_CLEANUP(aisp_act_freep) = NULL;
	struct aisp_err e = {0};
	int r = 0;

	if (way == 1) {
		if (!d->open)
			r = log_in(d, (struct aisp_act **)&d->open, &e);
		return verdict(r == 0 ? ask(d, d->open, AISP_S("SELECT current_user::text AS who"), &e) : r, &e, why);
	}
	r = log_in(d, &a, &e);
	return verdict(r == 0 ? ask(d, a, AISP_S("SELECT current_user::text AS who"), &e) : r, &e, why);
}

/* Every table of the database is tried: no more is read of it than that it can be. */
static int reach_try(struct aisp_drill *d, struct aisp_err *err)
{
	static const struct aisp_slice list = {
		"SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS full, n.nspname || '/' || c.relname AS path FROM pg_catalog.pg_class c "
		"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
		"ORDER BY 1 LIMIT 301", sizeof("SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS full, n.nspname || '/' || c.relname AS path FROM pg_catalog.pg_class c "
		"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
		"ORDER BY 1 LIMIT 301") - 1};
	const struct aisp_doc *rows = NULL;
	const struct aisp_slice server = aisp_drill__get(d, "server"), database = aisp_drill__get(d, "database");
	struct aisp_act *a AISP_CLEANUP(aisp_act_freep) = NULL;

	int r = aisp_act_sql(d->act, server, database, list, true, d->mem, &rows, err);
	if (r == 0)
		r = log_in(d, &a, err);
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(rows) && i < TABLES_MAX; i++) {
		const struct aisp_doc *row = aisp_doc_at(rows, i);
		struct aisp_err e = {0};
		struct aisp_slice id = aisp_arena_printf(d->mem, "postgres://%.*s/%.*s/%.*s", AISP_FMT(server), AISP_FMT(database), AISP_FMT(aisp_doc_getstr(row, "path")));
		struct aisp_slice text = aisp_arena_printf(d->mem, "SELECT FROM %.*s LIMIT 0", AISP_FMT(aisp_doc_getstr(row, "full")));
		const bool works = ask(d, a, text, &e) == 0;
		size_t at = 0;
		while (at < d->reached.n && !aisp_slice_eq(d->reached.v[at].what, id))
			at++;
		if (at == d->reached.n && !works)
			continue;
		if (at == d->reached.n && aisp_vec_push(&d->reached, (struct aisp_drill_reached){.what = id}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
		d->reached.v[at].tried = true;
		d->reached.v[at].answered = works;
	}
	return r;
}

/* ---- Containment ---- */

static int no_login(struct aisp_drill *d, struct aisp_err *err)
{
	return sql(d, "ALTER ROLE ", " NOLOGIN", false, NULL, err);
}

static int terminate(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	const struct aisp_doc *rows = NULL;

	aisp_buf_init(&text, 4096);
	aisp_buf_putz(&text, "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid))::text AS n FROM pg_catalog.pg_stat_activity WHERE usename = ");
	aisp_drill__literal(&text, aisp_drill__get(d, "role"));
	return aisp_act_sql(d->act, aisp_drill__get(d, "server"), aisp_drill__get(d, "database"), aisp_buf_slice(&text), false, d->mem, &rows, err);
}

static int revoke(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	const struct aisp_slice member = aisp_drill__get(d, "member_of");

	if (!member.n)
		return 0;
	aisp_buf_init(&text, 4096);
	aisp_buf_putz(&text, "REVOKE ");
	aisp_drill__ident(&text, member);
	aisp_buf_putz(&text, " FROM ");
	return sql(d, text.p, "", false, NULL, err);
}

static int reassign(struct aisp_drill *d, struct aisp_err *err)
{
	return sql(d, "REASSIGN OWNED BY ", " TO CURRENT_USER", false, NULL, err);
}

static int drop_owned(struct aisp_drill *d, struct aisp_err *err)
{
	return sql(d, "DROP OWNED BY ", "", false, NULL, err);
}

static int clean(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	const struct aisp_doc *rows = NULL;

	if (!aisp_drill__get(d, "role").n)
		return 0;
	aisp_buf_init(&text, 4096);
	aisp_buf_putz(&text, "SELECT rolname::text AS role FROM pg_catalog.pg_roles WHERE rolname = ");
	aisp_drill__literal(&text, aisp_drill__get(d, "role"));
	/* As a change: it waits for a statement of a drill that was killed and that the server still works on. */
	int r = aisp_act_sql(d->act, aisp_drill__get(d, "server"), aisp_drill__get(d, "database"), aisp_buf_slice(&text), false, d->mem, &rows, err);
	if (r < 0 || aisp_doc_count(rows) == 0)
		return r;
	r = no_login(d, err);
	if (r == 0)
		r = terminate(d, err);
	if (r == 0)
		r = drop_owned(d, err);
	return r == 0 ? sql(d, "DROP ROLE IF EXISTS ", "", false, NULL, err) : r;
}

static void end(struct aisp_drill *d)
{
	aisp_act_free(d->open);
	d->open = NULL;
}

static const struct aisp_drill_contain steps[] = {
	{"ALTER ROLE … NOLOGIN: no new session", no_login},
	{"pg_terminate_backend: the sessions that are open end", terminate},
	{"REVOKE its membership", revoke},
	{"REASSIGN OWNED: what it made stays, in other hands", reassign},
	{"DROP OWNED: every privilege that it was given in this database", drop_owned},
	{NULL, NULL},
};
const struct aisp_drill_kind aisp_drill__postgres = {
	.name = "postgres-role", .what = "a login role of PostgreSQL, of a day, member of nothing (postgres-role:MEMBER_OF: of that role)",
	.made = "PostgreSQL role %s: LOGIN, random password, VALID UNTIL one day from now, with a comment", .reach = "tables that it can read: as the graph says, and each one tried",
	.target = "postgres", .prepare = prepare, .create = create, .ways = {"new session", "session opened before"}, .try = try, .reach_try = reach_try, .contain = steps, .clean = clean, .end = end,
};
