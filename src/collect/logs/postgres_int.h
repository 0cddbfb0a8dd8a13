/* Inside the PostgreSQL formats: an entry, whichever form it came in, and what it says. */
#pragma once
#include "collect/logs/formats_int.h"

struct aisp_pg_entry {
	int64_t at_us;
	struct aisp_slice user, database, from, app;
	struct aisp_slice session;  /* "%c", or the process id where the prefix has only that; may be empty */
	struct aisp_slice line;     /* number within the session; with session_is_unique it makes the id */
	bool session_is_unique;
	struct aisp_slice severity, state, message, statement;
};
int aisp_log__pg_entry(struct aisp_log_parser *p, const struct aisp_pg_entry *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
/* Fields of one line of CSV, quotes taken away; how many, at most max. */
size_t aisp_log__csv(struct aisp_arena *a, struct aisp_slice text, struct aisp_slice *ret, size_t max);
bool aisp_log__pg_severity(struct aisp_slice s);
