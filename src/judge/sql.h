/* A connection to the snapshot: SQLite in memory, with the graph behind read-only virtual tables (table.h). Nothing is
 * copied into SQLite; a connection costs little and may be made per question.
 *
 * Not for: writing, storing, or reading any file. An authorizer refuses everything but SELECT over the tables of
 * this program and json_each; limits on length, depth, memory and time hold for every statement.
 * One thread at a time. The snapshot and the reach object are borrowed and must outlive the connection.
 */
#pragma once
#include "reach/reach.h"
#include <sqlite3.h>

struct aisp_sql;

/* New connection. With s == NULL statements can be compiled, not run: how rules are checked on loading. reach may be
 * NULL, then reach, reached_by, path and exposure answer with AISP_E_USAGE. AISP_E_NOMEM, AISP_E_INTERNAL. */
int aisp_sql_open(const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_sql **ret, struct aisp_err *err);
void aisp_sql_close(struct aisp_sql *q);
void aisp_sql_closep(struct aisp_sql **q);

/* From now on every statement of this connection together may take this long; 0 = no limit. */
void aisp_sql_time_limit(struct aisp_sql *q, unsigned timeout_ms);
/* One statement that only reads. AISP_E_USAGE with SQLite's message and the place, otherwise. Finalise with
 * sqlite3_finalize. */
int aisp_sql_prepare(struct aisp_sql *q, struct aisp_slice sql, sqlite3_stmt **ret, struct aisp_err *err);
/* 1 = a row, 0 = done, else an error: AISP_E_TIMEOUT, AISP_E_LIMIT (memory, length of a value), AISP_E_USAGE, or
 * what a table said (AISP_E_NOTFOUND and AISP_E_AMBIGUOUS for a REF). */
int aisp_sql_step(struct aisp_sql *q, sqlite3_stmt *stmt, struct aisp_err *err);

/* The reference of all tables as Markdown (docs/reference-tables.md), from the rows of table.h. */
struct aisp_buf;
void aisp_sql_reference(struct aisp_buf *out);
