/* The connection: SQLite shut in (authorizer, limits, clock, memory), functions over nodes, one statement at a time. */
#include "judge/sql.h"
#include "base/clock.h"
#include "base/mem.h"
#include "judge/judge.h"
#include "judge/table_int.h"
#include <strings.h>

enum {
	MAX_SQL_BYTES = 1 << 20,
	MAX_VALUE_BYTES = 16 << 20,
	MAX_COLUMNS = 256,
	STEPS_BETWEEN_CHECKS = 2000,
};
static const int64_t max_memory = (int64_t)256 << 20; /* of SQLite, beyond what it had when the connection was opened */

/* ---- Safety ---- */

static bool is_our_table(const char *name)
{
	for (size_t i = 0; aisp_tables[i]; i++)
		if (strcasecmp(aisp_tables[i]->name, name) == 0)
			return true;
	return false;
}

/* Functions with effects, with access to the machine, or with another answer at every call. */
static bool is_refused_function(const char *name)
{
	static const char *const refused[] = {"load_extension", "fts3_tokenizer", "random", "randomblob", "readfile",
	                                      "writefile", "edit", "sqlite_log", "zeroblob", "changes", "total_changes",
	                                      "last_insert_rowid"};
	for (size_t i = 0; i < AISP_COUNT(refused); i++)
		if (strcasecmp(refused[i], name) == 0)
			return true;
	return false;
}

/* Everything that is not named here is refused: https://sqlite.org/c3ref/c_alter_table.html lists the actions. Columns
 * of subqueries and common table expressions are not asked about. What SQLite does to take note of a virtual table's
 * columns looks like a change of its schema table. */
static int authorize(void *ctx, int action, const char *a, const char *b, const char *database, const char *trigger)
{
	const struct aisp_sql *q = ctx;
	(void)database, (void)trigger;
	if (q->declaring)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		/* No column: rows are only counted. So a common table expression is announced; a virtual table that is not ours
		 * fails when it declares itself. */
		return a && b && (b[0] == 0 || is_our_table(a)) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_FUNCTION:
		return b && !is_refused_function(b) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

/* Ends a statement that ran out of time or memory. */
static int on_progress(void *ctx)
{
	struct aisp_sql *q = ctx;
	if (q->deadline_ns && aisp_clock_mono_ns() >= q->deadline_ns)
		q->stopped = AISP_E_TIMEOUT;
	else if (sqlite3_memory_used() - q->memory_base > max_memory)
		q->stopped = AISP_E_LIMIT;
	return q->stopped != AISP_OK;
}

int aisp_sql__check_time(struct aisp_sql *q)
{
	if (q->deadline_ns && aisp_clock_mono_ns() >= q->deadline_ns)
		return aisp_fail(&q->pending, AISP_E_TIMEOUT, "the query took longer than its limit; ask for less or raise the limit");
	return 0;
}

static void set_limits(sqlite3 *db)
{
	static const struct {
		int what, most;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES},    {SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES},
		{SQLITE_LIMIT_COLUMN, MAX_COLUMNS},        {SQLITE_LIMIT_EXPR_DEPTH, 200},
		{SQLITE_LIMIT_COMPOUND_SELECT, 64},        {SQLITE_LIMIT_VDBE_OP, 250000},
		{SQLITE_LIMIT_FUNCTION_ARG, 64},           {SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},  {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 0},           {SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	for (size_t i = 0; i < AISP_COUNT(limits); i++)
		sqlite3_limit(db, limits[i].what, limits[i].most);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* "text" in double quotes is a column or an error, never a string: typing mistakes are found */
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
}

/* ---- Functions over nodes ---- */

int aisp_value__node(struct aisp_sql *q, sqlite3_value *v, aisp_node *ret, struct aisp_err *err)
{
	aisp_node n = 0;
	if (!q->s)
		return aisp_fail(err, AISP_E_INTERNAL, "no snapshot to read from");
	switch (sqlite3_value_type(v)) {
	case SQLITE_NULL:
		break;
	case SQLITE_INTEGER: {
		sqlite3_int64 i = sqlite3_value_int64(v);
		n = i >= 1 && i <= q->s->n_nodes ? (aisp_node)i : 0;
		break;
	}
	default: {
		struct aisp_slice text = aisp_value__slice(v);
		if (!text.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while running a query");
		n = aisp_snapshot_find(q->s, text);
		if (n)
			break;
		int r = aisp_snapshot_ref(q->s, text, &n, err);
		if (r < 0)
			return r;
	}
	}
	*ret = n;
	return 0;
}

static bool function_node(sqlite3_context *ctx, sqlite3_value *v, aisp_node *ret)
{
	struct aisp_sql *q = sqlite3_user_data(ctx);
	if (aisp_value__node(q, v, ret, &q->pending) < 0) {
		sqlite3_result_error(ctx, q->pending.msg, -1);
		return false;
	}
	return *ret != 0;
}

/* An argument as text; NULL when it is NULL, or when memory is gone, which ends the statement. */
static const char *function_text(sqlite3_context *ctx, sqlite3_value *v)
{
	const char *z = (const char *)sqlite3_value_text(v);
	if (!z && sqlite3_value_type(v) != SQLITE_NULL)
		sqlite3_result_error_nomem(ctx);
	return z;
}

static void fn_ref(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	aisp_node n = 0;
	if (function_node(ctx, argv[0], &n))
		sqlite3_result_int64(ctx, n);
}

static void fn_id(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	struct aisp_sql *q = sqlite3_user_data(ctx);
	aisp_node n = 0;
	if (function_node(ctx, argv[0], &n))
		aisp_result__node(ctx, q->s, n);
}

static void fn_prop_value(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	struct aisp_sql *q = sqlite3_user_data(ctx);
	aisp_node n = 0;
	const char *key = function_text(ctx, argv[1]);
	if (!key || !function_node(ctx, argv[0], &n))
		return;
	const struct aisp_prop *p = aisp_snapshot_prop(q->s, n, key);
	if (!p)
		return;
	if (p->type == AISP_PROP_BOOL)
		sqlite3_result_int(ctx, p->b);
	else if (p->type == AISP_PROP_INT)
		sqlite3_result_int64(ctx, p->i);
	else if (p->type == AISP_PROP_REAL)
		sqlite3_result_double(ctx, p->r);
	else
		aisp_result__z(ctx, aisp_snapshot_z(q->s, p->s));
}

static void fn_has_item(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	struct aisp_sql *q = sqlite3_user_data(ctx);
	aisp_node n = 0;
	const char *key = function_text(ctx, argv[1]);
	if (!key || !function_text(ctx, argv[2]) || !function_node(ctx, argv[0], &n))
		return;
	struct aisp_slice want = aisp_value__slice(argv[2]), items = aisp_snapshot_prop_str(q->s, n, key), item;
	bool has = false;
	while (!has && aisp_slice_split(&items, '\n', &item))
		has = aisp_slice_eq(item, want);
	sqlite3_result_int(ctx, has);
}

int aisp_function__register(struct aisp_sql *q, struct aisp_err *err)
{
	static const struct {
		const char *name;
		int args;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {
		{"ref", 1, fn_ref},
		{"id", 1, fn_id},
		{"prop_value", 2, fn_prop_value},
		{"has_item", 3, fn_has_item},
	};
	for (size_t i = 0; i < AISP_COUNT(functions); i++) {
		int rc = sqlite3_create_function_v2(q->db, functions[i].name, functions[i].args,
		                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC, q, functions[i].call, NULL, NULL,
		                                    NULL);
		if (rc != SQLITE_OK)
			return aisp_fail(err, rc == SQLITE_NOMEM ? AISP_E_NOMEM : AISP_E_INTERNAL, "function %s: %s",
			                 functions[i].name, sqlite3_errmsg(q->db));
	}
	return 0;
}

/* ---- Connection ---- */

int aisp_sql_open(const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_sql **ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_sql_closep) struct aisp_sql *q = aisp_mem_zalloc(1, sizeof *q);
	if (!q)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for an SQL connection");
	q->s = s;
	q->reach = reach;
	q->memory_base = sqlite3_memory_used();
	int rc = sqlite3_open_v2(":memory:", &q->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return aisp_fail(err, rc == SQLITE_NOMEM ? AISP_E_NOMEM : AISP_E_INTERNAL, "SQLite does not open: %s",
		                 sqlite3_errstr(rc));
	sqlite3_extended_result_codes(q->db, 1);
	/* What a sort or a subquery keeps stays in memory, where the limit is; it never goes to files. */
	rc = sqlite3_exec(q->db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return aisp_fail(err, (rc & 0xff) == SQLITE_NOMEM ? AISP_E_NOMEM : AISP_E_INTERNAL, "SQLite: %s",
		                 sqlite3_errmsg(q->db));
	set_limits(q->db);
	int r = aisp_table__register(q, err);
	if (r == 0)
		r = aisp_function__register(q, err);
	if (r < 0)
		return r;
	sqlite3_set_authorizer(q->db, authorize, q);
	sqlite3_progress_handler(q->db, STEPS_BETWEEN_CHECKS, on_progress, q);
	*ret = AISP_TAKE(q);
	return 0;
}

void aisp_sql_close(struct aisp_sql *q)
{
	if (!q)
		return;
	sqlite3_close_v2(q->db);
	aisp_reach_cache__done(q);
	aisp_mem_free(q->kind_edges);
	aisp_mem_free(q);
}

void aisp_sql_closep(struct aisp_sql **q)
{
	aisp_sql_close(*q);
	*q = NULL;
}

void aisp_sql_time_limit(struct aisp_sql *q, unsigned timeout_ms)
{
	q->deadline_ns = timeout_ms ? aisp_clock_mono_ns() + (uint64_t)timeout_ms * 1000000 : 0;
}

/* Turns SQLite's answer into one of our codes. */
static int fail_sql(struct aisp_sql *q, int rc, struct aisp_err *err)
{
	if (q->pending.code != AISP_OK)
		return aisp_fail(err, q->pending.code, "%s", q->pending.msg);
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while running a query");
	case SQLITE_AUTH:
		return aisp_fail(err, AISP_E_USAGE, "only SELECT over the tables of aisp is allowed (%s); "
		                 "SELECT DISTINCT \"table\" FROM help lists them", sqlite3_errmsg(q->db));
	case SQLITE_TOOBIG:
		return aisp_fail(err, AISP_E_LIMIT, "a text in the query or its answer is too long (at most %d bytes)", MAX_VALUE_BYTES);
	case SQLITE_INTERRUPT:
		if (q->stopped == AISP_E_LIMIT)
			return aisp_fail(err, AISP_E_LIMIT, "the query needs more than %d MiB of memory; ask for less",
			                 (int)(max_memory >> 20));
		return aisp_fail(err, AISP_E_TIMEOUT, "the query took longer than its limit; ask for less or raise the limit");
	default:
		break;
	}
	int at = sqlite3_error_offset(q->db);
	if (at >= 0)
		return aisp_fail(err, AISP_E_USAGE, "SQL: %s (at byte %d)", sqlite3_errmsg(q->db), at);
	return aisp_fail(err, AISP_E_USAGE, "SQL: %s", sqlite3_errmsg(q->db));
}

/* Nothing but white space, comments and semicolons? A statement in there would compile to something. */
static int check_tail(struct aisp_sql *q, const char *tail, const char *end, struct aisp_err *err)
{
	while (tail < end) {
		sqlite3_stmt *more = NULL;
		const char *next = tail;
		int rc = sqlite3_prepare_v2(q->db, tail, (int)(end - tail), &more, &next);
		sqlite3_finalize(more);
		if ((rc & 0xff) == SQLITE_NOMEM)
			return fail_sql(q, rc, err);
		if (more || rc != SQLITE_OK)
			return aisp_fail(err, AISP_E_USAGE, "SQL: one statement at a time, please");
		if (next <= tail)
			break;
		tail = next;
	}
	return 0;
}

static void begin(struct aisp_sql *q)
{
	q->pending.code = AISP_OK;
	q->pending.msg[0] = 0;
	q->stopped = AISP_OK;
}

int aisp_sql_prepare(struct aisp_sql *q, struct aisp_slice sql, sqlite3_stmt **ret, struct aisp_err *err)
{
	if (sql.n > MAX_SQL_BYTES)
		return aisp_fail(err, AISP_E_LIMIT, "the query is longer than %d bytes", MAX_SQL_BYTES);
	if (!sql.p || memchr(sql.p, 0, sql.n))
		return aisp_fail(err, AISP_E_USAGE, sql.p ? "SQL: there is a NUL byte in the query" : "SQL: the query is empty");
	begin(q);
	sqlite3_stmt *stmt = NULL;
	const char *tail = NULL;
	int rc = sqlite3_prepare_v2(q->db, sql.p, (int)sql.n, &stmt, &tail);
	if (rc != SQLITE_OK)
		return fail_sql(q, rc, err);
	if (!stmt)
		return aisp_fail(err, AISP_E_USAGE, "SQL: the query is empty");
	int r = check_tail(q, tail, sql.p + sql.n, err);
	if (r == 0 && (!sqlite3_stmt_readonly(stmt) || sqlite3_column_count(stmt) == 0))
		r = aisp_fail(err, AISP_E_USAGE, "SQL: only reading is allowed");
	if (r < 0) {
		sqlite3_finalize(stmt);
		return r;
	}
	*ret = stmt;
	return 0;
}

int aisp_sql_step(struct aisp_sql *q, sqlite3_stmt *stmt, struct aisp_err *err)
{
	begin(q);
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return fail_sql(q, rc, err);
}

static int give_rows(struct aisp_sql *q, sqlite3_stmt *stmt, int (*row)(void *, bool, int, const char *const *), void *ctx,
                     struct aisp_err *err)
{
	const char *cells[MAX_COLUMNS];
	int n = sqlite3_column_count(stmt);
	for (int i = 0; i < n && i < MAX_COLUMNS; i++)
		if (!(cells[i] = sqlite3_column_name(stmt, i)))
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while running a query");
	int r = row(ctx, true, n, cells);
	while (r == 0 && (r = aisp_sql_step(q, stmt, err)) == 1) {
		for (int i = 0; i < n; i++) {
			cells[i] = (const char *)sqlite3_column_text(stmt, i);
			if (!cells[i] && sqlite3_column_type(stmt, i) != SQLITE_NULL)
				return aisp_fail(err, AISP_E_NOMEM, "out of memory while running a query");
		}
		r = row(ctx, false, n, cells);
	}
	return r;
}

int aisp_sql_query(const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_slice sql, unsigned timeout_ms,
                   int (*row)(void *ctx, bool is_header, int n, const char *const *cells), void *ctx, struct aisp_err *err)
{
	return aisp_sql_query_observed(s, reach, NULL, sql, timeout_ms, row, ctx, err);
}

int aisp_sql_query_observed(const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_observations *observed, struct aisp_slice sql,
                            unsigned timeout_ms, int (*row)(void *ctx, bool is_header, int n, const char *const *cells), void *ctx, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_sql_closep) struct aisp_sql *q = NULL;
	sqlite3_stmt *stmt = NULL;
	int r = aisp_sql_open(s, reach, &q, err);
	if (r < 0)
		return r;
	q->observed = observed;
	aisp_sql_time_limit(q, timeout_ms);
	r = aisp_sql_prepare(q, sql, &stmt, err);
	if (r == 0)
		r = give_rows(q, stmt, row, ctx, err);
	sqlite3_finalize(stmt);
	return r;
}
