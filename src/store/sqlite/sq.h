/* Inside store/sqlite: the connection, and statements with our errors. */
#pragma once
#include "base/mem.h"
#include "store/store.h"
#include <sqlite3.h>

/* Formats: 1; 2 with the options of sources. One of before is brought up to date when it is opened for writing, and read as it is otherwise. */
enum { SQ_FORMAT = 2, SQ_APPLICATION = 0x61697370 /* "aisp" */, SQ_BUSY_MS = 2000 };

struct aisp_store {
	sqlite3 *db;
	char *path;
	unsigned flags;
	struct aisp_symtab *dict; /* texts by their numbers, as far as they were needed; NULL = not read yet */
};

/* Our error for a result code of SQLite; message "<what>: <path>: <SQLite's words>". */
int aisp_store__sq_fail(sqlite3 *db, int rc, struct aisp_err *err, const char *what);
int aisp_store__sq_nomem(struct aisp_err *err);
int aisp_store__sq_connect(const char *path, int open_flags, sqlite3 **ret_db, struct aisp_err *err);
int aisp_store__sq_exec(sqlite3 *db, const char *sql, struct aisp_err *err);
int aisp_store__sq_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_st, struct aisp_err *err);
/* 1 a row, 0 done, negative an error. */
int aisp_store__sq_step(sqlite3_stmt *st, struct aisp_err *err);
/* Runs a statement that gives no rows, and resets it. */
int aisp_store__sq_run(sqlite3_stmt *st, struct aisp_err *err);
/* First column of the first row; 0 if there is no row or it is NULL. */
int aisp_store__sq_number(sqlite3 *db, const char *sql, int64_t *ret_n, struct aisp_err *err);
/* Several questions about one moment: between begin and end nothing that others write is seen. aisp_store__sq_end gives r, or its own
 * failure if r is 0. */
int aisp_store__sq_begin(sqlite3 *db, struct aisp_err *err);
int aisp_store__sq_end(sqlite3 *db, int r, struct aisp_err *err);
void aisp_store__sq_finalize(sqlite3_stmt **st);
#define SQ_AUTO AISP_CLEANUP(aisp_store__sq_finalize)

/* Binding; text is borrowed until the statement is reset. Binding fails only for want of memory, which the next step says. */
void aisp_store__sq_bind_text(sqlite3_stmt *st, int i, struct aisp_slice s);
struct aisp_slice aisp_store__sq_text(sqlite3_stmt *st, int column); /* borrowed until the next step */
struct aisp_slice aisp_store__sq_text_dup(sqlite3_stmt *st, int column, struct aisp_arena *a, bool *bad);

/* Makes the tables of a new store (inside a transaction), or checks those of an old one; ret_format: 0 = an empty file. */
int aisp_store__sq_schema_make(sqlite3 *db, struct aisp_err *err);
int aisp_store__sq_schema_check(sqlite3 *db, const char *path, int64_t *ret_format, struct aisp_err *err);
/* The tables of an earlier format become those of this one (inside a transaction). */
int aisp_store__sq_schema_renew(sqlite3 *db, int64_t format, struct aisp_err *err);

/* Reads texts with numbers above those it has into t, so that a text's number is its symbol. */
int aisp_store__sq_dict_read(sqlite3 *db, struct aisp_symtab *t, struct aisp_err *err);

enum sq_outcome {
	SQ_OK = 1,
	SQ_FAILED = 2,
	SQ_KEPT = 3,    /* not collected in this run, but part of its snapshot */
	SQ_DROPPED = 4, /* no longer wanted */
};
/* The sources as of a run: how each fared last. */
struct sq_source {
	uint32_t id; /* in the store */
	int64_t position, collected_us, run; /* run: the last in which it was ok */
	bool stale, dropped, read; /* read: it was ok at least once, so it has facts */
	struct aisp_slice key, kind, target, options;
};
int aisp_store__sq_sources_at(sqlite3 *db, int64_t run, struct aisp_arena *a, struct sq_source **ret_sources, size_t *ret_n,
                  struct aisp_err *err);

/* Findings, inside the transaction of a save. */
struct sq_settled {
	const struct aisp_store_save *in;
	bool all;              /* every source whose facts stand is in the snapshot and did not fail */
	const uint8_t *outcome; /* id of a source → enum sq_outcome, 0 = not in this run */
	uint32_t n_sources;
};
int aisp_store__sq_findings_save(sqlite3 *db, int64_t run, const struct aisp_snapshot *s, const struct sq_settled *settled, struct aisp_err *err);
/* *run = the latest if it is 0; AISP_E_NOTFOUND when there is no such run. */
int aisp_store__sq_run_check(sqlite3 *db, int64_t *run, struct aisp_err *err);
