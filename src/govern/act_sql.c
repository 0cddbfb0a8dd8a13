/* PostgreSQL: one statement at a time, each in a transaction of its own.
 *
 * A change runs as BEGIN ─▶ advisory lock ─▶ statement ─▶ COMMIT. The lock belongs to the transaction: when we are killed, the server goes on with the statement that it
 * has, and who comes after us (undo) waits at the lock until that is over, so that what it then reads stays true. Reads of a session that may change something wait there too.
 */
#include "base/clock.h"
#include "base/jw.h"
#include "collect/postgres/postgres_int.h"
#include "govern/act_int.h"
#include <stdio.h>

#define LOCK_KEY "7018969016107461"
static const char begin_change[] = "BEGIN; SET LOCAL statement_timeout = '55s'; SET LOCAL lock_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '60s'; "
				   "SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_KEY ")";
static const char begin_read[] = "BEGIN READ ONLY; SET LOCAL statement_timeout = '55s'; SET LOCAL lock_timeout = '30s'; SET LOCAL search_path = ''; SET LOCAL DateStyle = 'ISO'";
static const char wait_read[] = "SELECT pg_catalog.pg_advisory_xact_lock_shared(" LOCK_KEY ")";

struct session {
	struct session *next;
	char *database;
	struct aisp_pgc_conn *conn;
};
struct server {
	struct aisp_pgc_target target;
	struct session *sessions;
};

static void session_free(struct session *s)
{
	aisp_pgc_close(s->conn);
	aisp_mem_free(s->database);
	aisp_mem_free(s);
}

void aisp_act__sql_close(struct aisp_act__target *t)
{
	struct server *s = t->state;

	for (struct session *next; s->sessions; s->sessions = next) {
		next = s->sessions->next;
		session_free(s->sessions);
	}
	aisp_pgc_target_done(&s->target);
	aisp_mem_free(s);
	t->state = NULL;
}

static int server_of(struct aisp_act__target *t, struct server **ret, struct aisp_err *err)
{
	if (!t->state) {
		struct server *s = aisp_mem_zalloc(1, sizeof *s);
		if (!s)
			return aisp_act__no_memory(err);
		int r = aisp_pgc_target_parse(t->text, &s->target, err);
		if (r < 0) {
			aisp_mem_free(s);
			return r;
		}
		t->state = s;
	}
	*ret = t->state;
	return 0;
}

static bool is_server(const struct server *s, const struct aisp_act__target *t, struct aisp_slice name)
{
	char full[300];

	if (t->alias.n && aisp_slice_eq(t->alias, name))
		return true;
	snprintf(full, sizeof full, "%.*s:%.*s", AISP_FMT(s->target.host), AISP_FMT(s->target.port.n ? s->target.port : AISP_S("5432")));
	return aisp_slice_eqz(name, full) || (aisp_slice_chr(name, ':') == SIZE_MAX && aisp_slice_eq(name, s->target.host));
}

static int connect_to(struct server *s, struct aisp_slice database, struct session **ret, struct aisp_err *err)
{
	struct aisp_pgc_target t = s->target; /* its texts are the server's */
	struct session *new = aisp_mem_zalloc(1, sizeof *new);
	size_t n = 0, at = SIZE_MAX;

	if (!new || !(new->database = aisp_mem_alloc(database.n + 1))) {
		aisp_mem_free(new);
		return aisp_act__no_memory(err);
	}
	memcpy(new->database, database.p ? database.p : "", database.n);
	new->database[database.n] = '\0';
	for (; t.keywords[n]; n++)
		if (strcmp(t.keywords[n], "dbname") == 0)
			at = n;
	if (database.n && n < 62) {
		t.keywords[at == SIZE_MAX ? n : at] = "dbname";
		t.values[at == SIZE_MAX ? n : at] = new->database;
		t.database = database;
	}
	int r = aisp_pgc_connect(&t, UINT64_MAX, &new->conn, err);
	if (r < 0) {
		session_free(new);
		return r;
	}
	new->next = s->sessions;
	*ret = s->sessions = new;
	return 0;
}

/* The session, opened or again opened when it was lost. */
static int session_of(struct server *s, struct aisp_slice database, struct session **ret, struct aisp_err *err)
{
	if (!database.n)
		database = s->target.database;
	for (struct session **at = &s->sessions; *at; at = &(*at)->next) {
		struct session *old = *at;
		if (!aisp_slice_eqz(database, old->database))
			continue;
		if (aisp_pgc_alive(old->conn)) {
			*ret = old;
			return 0;
		}
		*at = old->next;
		session_free(old);
		break;
	}
	return connect_to(s, database, ret, err);
}

/* ---- Rows ---- */

struct rows {
	struct aisp_buf names, out; /* names: JSON array of the columns */
	struct aisp_jw w;
	struct aisp_slice *columns;
	struct aisp_arena *mem;
	uint32_t n;
};

static int take_columns(void *ctx, const struct aisp_slice *names, uint32_t n, struct aisp_err *err)
{
	struct rows *r = ctx;

	r->columns = aisp_arena_zalloc(r->mem, n + 1u, sizeof *r->columns);
	if (!r->columns)
		return aisp_act__no_memory(err);
	for (uint32_t i = 0; i < n; i++)
		if (!(r->columns[i] = aisp_arena_dup(r->mem, names[i])).p)
			return aisp_act__no_memory(err);
	r->n = n;
	return 0;
}

static int take_row(void *ctx, const struct aisp_slice *cells, uint32_t n, struct aisp_err *err)
{
	struct rows *r = ctx;

	aisp_jw_obj(&r->w);
	for (uint32_t i = 0; i < n && i < r->n; i++) {
		aisp_jw_keys(&r->w, r->columns[i]);
		if (cells[i].p)
			aisp_jw_str(&r->w, cells[i]);
		else
			aisp_jw_null(&r->w);
	}
	aisp_jw_end(&r->w);
	return aisp_buf_check(&r->out, err);
}

/* The statement between begin and end; the transaction is always ended. */
static int run(struct aisp_act *a, struct session *s, const char *sql, bool read, const struct aisp_pgc_sink *sink, struct aisp_err *err)
{
	int r = aisp_pgc_exec(s->conn, read ? begin_read : begin_change, AISP_ACT_TIMEOUT_MS, NULL, err);

	if (r == 0 && read && !a->dry)
		r = aisp_pgc_exec(s->conn, wait_read, AISP_ACT_TIMEOUT_MS, NULL, err);
	if (r == 0)
		r = aisp_pgc_exec_one(s->conn, sql, AISP_ACT_TIMEOUT_MS, sink, err);
	if (r == 0 && !read)
		return aisp_pgc_exec(s->conn, "COMMIT", AISP_ACT_TIMEOUT_MS, NULL, err);
	if (aisp_pgc_alive(s->conn)) {
		int end = aisp_pgc_exec(s->conn, "ROLLBACK", AISP_ACT_TIMEOUT_MS, NULL, r == 0 ? err : NULL);
		r = r == 0 ? end : r;
	}
	return r;
}

static int find_server(struct aisp_act *a, struct aisp_slice name, struct server **ret, struct aisp_err *err)
{
	for (size_t i = 0; i < a->targets.n; i++) {
		struct server *s = NULL;
		if (a->targets.v[i].kind != AISP_ACT_POSTGRES)
			continue;
		int r = server_of(&a->targets.v[i], &s, err);
		if (r < 0)
			return r;
		if (is_server(s, &a->targets.v[i], name)) {
			*ret = s;
			return 0;
		}
	}
	char form[300];
	snprintf(form, sizeof form, "postgres://ADMIN@%.*s/DATABASE", AISP_FMT(aisp_slice_to(name, 200)));
	return aisp_act__no_target(a, "PostgreSQL server", name, form, err);
}

int aisp_act_sql(struct aisp_act *a, struct aisp_slice server, struct aisp_slice database, struct aisp_slice sql, bool read, struct aisp_arena *mem, const struct aisp_doc **ret_rows,
		 struct aisp_err *err)
{
	struct server *s = NULL;
	struct session *session = NULL;
	struct aisp_slice text = aisp_arena_dup(mem, sql);

	if (!text.p)
		return aisp_act__no_memory(err);
	if (sql.n == 0 || memchr(sql.p, '\0', sql.n))
		return aisp_fail(err, AISP_E_USAGE, "the SQL statement is empty or has a NUL in it");
	int r = read ? 0 : aisp_act__is_dry(a, "an SQL statement", err);
	if (r == 0)
		r = find_server(a, server, &s, err);
	if (r == 0)
		r = session_of(s, database, &session, err);
	if (r < 0)
		return r;
	struct rows rows = {.mem = mem};
	aisp_buf_init(&rows.out, AISP_ACT_ANSWER_MAX);
	aisp_jw_init(&rows.w, &rows.out, false);
	aisp_jw_arr(&rows.w);
	const struct aisp_pgc_sink sink = {take_columns, take_row, &rows};
	r = run(a, session, text.p, read, &sink, err);
	aisp_jw_end(&rows.w);
	if (r == 0)
		r = aisp_buf_check(&rows.out, err);
	if (r == 0 && ret_rows)
		r = aisp_act__json(mem, aisp_buf_slice(&rows.out), ret_rows, err);
	if (rows.out.p)
		explicit_bzero(rows.out.p, rows.out.n);
	aisp_buf_done(&rows.out);
	explicit_bzero((char *)(uintptr_t)text.p, text.n);
	return r;
}
