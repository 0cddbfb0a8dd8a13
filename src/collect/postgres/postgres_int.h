/* The parts of the PostgreSQL collector.
 *
 *   target.c ─▶ pq.c ─▶ fetch.c (queries.c, sample.c, look.c) ─▶ capture ─▶ parse.c ─▶ model ─▶ emit*.c ─▶ graph
 *                                                                   ▲ │
 *                                                     a folder ──▶ capture.c
 *
 * Invariant: the graph is made from a capture only, so a scan of a saved capture gives the same graph as the live scan.
 */
#pragma once
#include "access/postgres/engine.h"
#include "base/arena.h"
#include "base/vec.h"
#include "collect/collect.h"
#include "collect/content/content.h"

/* ---- Rows as text: what a query answered ---- */

struct aisp_pgc_rowset {
	bool present;
	uint32_t n_columns, n_rows;
	const struct aisp_slice *columns;  /* names */
	AISP_VEC(struct aisp_slice) cells; /* n_rows × n_columns; p == NULL is SQL's NULL */
};
/* Number of a column, UINT32_MAX if there is none. */
uint32_t aisp_pgc_column(const struct aisp_pgc_rowset *r, const char *name);
/* One cell; NULL's slice when the column or row is not there. */
struct aisp_slice aisp_pgc_cell(const struct aisp_pgc_rowset *r, uint32_t row, uint32_t column);
/* NDJSON: a line with the names, then a line with an array of texts or nulls for each row. */
int aisp_pgc_rowset_write(const struct aisp_pgc_rowset *r, struct aisp_buf *out, struct aisp_err *err);
int aisp_pgc_rowset_read(struct aisp_arena *arena, struct aisp_slice text, struct aisp_pgc_rowset *r,
			 struct aisp_err *err);
/* An empty answer with the columns named in `names` (spaces between), and a further row of copied texts. */
int aisp_pgc_rowset_begin(struct aisp_arena *arena, const char *names, struct aisp_pgc_rowset *r, struct aisp_err *err);
int aisp_pgc_rowset_push(struct aisp_arena *arena, const struct aisp_slice *cells, uint32_t n, struct aisp_pgc_rowset *r,
			 struct aisp_err *err);
/* A copy in the arena in which broken UTF-8 is replaced by U+FFFD; p == NULL on failure. */
struct aisp_slice aisp_pgc_text(struct aisp_arena *arena, struct aisp_slice s);

/* ---- Queries: one row each ---- */

#define AISP_PGC_QUERIES(X)                                                                                            \
	X(server)                                                                                                      \
	X(databases)                                                                                                   \
	X(roles) X(members) X(schemas) X(tables) X(columns) X(functions) X(policies) X(inherits) X(view_reads)         \
		X(view_calls) X(system) X(passwords) X(updatable) X(statistics) X(defaults) X(others) X(extensions)    \
			X(foreign_servers) X(user_mappings) X(hba) X(sample) X(personal) X(secrets)

enum aisp_pgc_query {
#define X(sym) AISP_PGC_Q_##sym,
	AISP_PGC_QUERIES(X)
#undef X
		AISP_PGC_Q_END
};
struct aisp_pgc_query_row {
	const char *name;
	bool must;                /* a scan without it would be wrong, so it fails; else there is a gap */
	const char *what;         /* is missing without it */
	const char *sql, *sql_16; /* sql_16: from version 16 on; NULL = the same. Both NULL: not a query of its own */
	const char *columns;      /* names, with spaces between: what an answer must look like */
};
extern const struct aisp_pgc_query_row aisp_pgc_queries[AISP_PGC_Q_END];

/* ---- A capture: everything that was answered ---- */

struct aisp_pgc_gap {
	struct aisp_slice what, detail;
	enum aisp_code why;
};
struct aisp_pgc_capture {
	struct aisp_arena *arena;
	struct aisp_slice host, port, database, target; /* as in ids; target is the source key */
	AISP_VEC(struct aisp_slice) also_known_as;      /* host:port */
	AISP_VEC(struct aisp_pgc_gap) gaps;
	int version_num;
	bool sampled; /* values were looked at */
	struct aisp_pgc_rowset rows[AISP_PGC_Q_END];
};
int aisp_pgc_capture_init(struct aisp_pgc_capture *cap, struct aisp_err *err);
void aisp_pgc_capture_done(struct aisp_pgc_capture *cap);
int aisp_pgc_add_gap(struct aisp_pgc_capture *cap, struct aisp_slice what, enum aisp_code why, struct aisp_slice detail,
		     struct aisp_err *err);
int aisp_pgc_capture_write(const struct aisp_pgc_capture *cap, const char *dir, struct aisp_err *err);
int aisp_pgc_capture_read(struct aisp_pgc_capture *cap, const char *dir, struct aisp_err *err);
int aisp_pgc_capture_read_header(struct aisp_pgc_capture *cap, const char *dir, struct aisp_err *err);
/* capture.json alone, and one answer; pure. */
int aisp_pgc_header_parse(struct aisp_pgc_capture *cap, struct aisp_slice json, struct aisp_err *err);
int aisp_pgc_answer_parse(struct aisp_pgc_capture *cap, enum aisp_pgc_query q, struct aisp_slice ndjson,
			  struct aisp_err *err);
/* Is `dir` such a folder? */
bool aisp_pgc_is_capture(const char *dir);

/* ---- Target ---- */

struct aisp_pgc_target {
	struct aisp_arena *arena;
	const char *keywords[64],
		*values[64]; /* for PQconnectStartParams; NULL-terminated; values may hold the password */
	struct aisp_slice host, port, database; /* as in ids; empty port or database: known only once connected */
	struct aisp_slice user, service;
	bool sample;
	unsigned connect_timeout_s;
};
/* Reads postgres://…, postgresql://… or postgres:KEY=VALUE …; takes the aisp_… options out. Error texts never show the
 * target, which may hold a password. */
int aisp_pgc_target_parse(struct aisp_slice text, struct aisp_pgc_target *ret, struct aisp_err *err);
void aisp_pgc_target_done(struct aisp_pgc_target *t); /* wipes */
/* Host as it stands in ids: lower case, an IPv6 address in brackets, a socket's folder as "localhost". */
struct aisp_slice aisp_pgc_host(struct aisp_arena *arena, struct aisp_slice host);

/* ---- Connection ---- */

struct aisp_pgc_conn;
/* deadline_ns: aisp_clock_mono_ns() after which everything gives up. */
int aisp_pgc_connect(const struct aisp_pgc_target *t, uint64_t deadline_ns, struct aisp_pgc_conn **ret,
		     struct aisp_err *err);
void aisp_pgc_close(struct aisp_pgc_conn *c);
void aisp_pgc_closep(struct aisp_pgc_conn **c);
struct aisp_slice aisp_pgc_conn_host(const struct aisp_pgc_conn *c);
struct aisp_slice aisp_pgc_conn_port(const struct aisp_pgc_conn *c);
struct aisp_slice aisp_pgc_conn_database(const struct aisp_pgc_conn *c);
bool aisp_pgc_alive(const struct aisp_pgc_conn *c);
/* Runs one statement; calls row for each row of the answer (columns and cells as text, NULL pointers for NULL), where
 * row may be NULL. columns is called once before the first row. All are borrowed during the call. */
struct aisp_pgc_sink {
	int (*columns)(void *ctx, const struct aisp_slice *names, uint32_t n, struct aisp_err *err);
	int (*row)(void *ctx, const struct aisp_slice *cells, uint32_t n, struct aisp_err *err);
	void *ctx;
};
int aisp_pgc_exec(struct aisp_pgc_conn *c, const char *sql, unsigned timeout_ms, const struct aisp_pgc_sink *sink,
		  struct aisp_err *err);

/* As exec, but one statement by the extended protocol, which takes no second one behind a semicolon; a refusal names the SQLSTATE. */
int aisp_pgc_exec_one(struct aisp_pgc_conn *c, const char *sql, unsigned timeout_ms, const struct aisp_pgc_sink *sink, struct aisp_err *err);

/* Fetches everything. */
int aisp_pgc_fetch(const struct aisp_collect *c, const struct aisp_target *target, struct aisp_pgc_capture *cap,
		   struct aisp_err *err);
/* sample.c: looks at some values of every table; fills rows[AISP_PGC_Q_personal] and, where the content has rules for
 * secrets, rows[AISP_PGC_Q_secrets]. content may be NULL. */
int aisp_pgc_sample(struct aisp_pgc_conn *conn, const struct aisp_content *content, uint64_t deadline_ns,
		    struct aisp_progress *progress, struct aisp_pgc_capture *cap, struct aisp_err *err);

/* ---- look.c: what sampled values say. Pure; no value is kept ---- */

enum { AISP_PGC_SAMPLE_ROWS = 200, AISP_PGC_SAMPLE_COLUMNS = 100 };

/* The sampled cells of one table; they lie column by column: cell (row, column) is v[column * AISP_PGC_SAMPLE_ROWS + row].
 * All texts are borrowed; p == NULL is SQL's NULL. A cell of cell_max bytes or more was cut. */
struct aisp_pgc_cells {
	struct aisp_slice oid, table;
	uint32_t n_columns, n_rows;
	size_t cell_max;
	struct aisp_slice num[AISP_PGC_SAMPLE_COLUMNS], name[AISP_PGC_SAMPLE_COLUMNS], type[AISP_PGC_SAMPLE_COLUMNS];
	struct aisp_slice v[AISP_PGC_SAMPLE_COLUMNS * AISP_PGC_SAMPLE_ROWS];
};
struct aisp_pgc_look {
	struct aisp_pgc_capture *cap;
	const struct aisp_content *content; /* NULL: no secrets are looked for */
	struct aisp_secrets_scratch *scratch;
	struct aisp_buf text; /* lines "column: value" of one column */
	uint32_t cut_short;   /* tables in which the look for secrets hit a limit */
};
/* Makes the answers "personal" and, with rules at hand, "secrets" in the capture. */
int aisp_pgc_look_init(struct aisp_pgc_look *look, const struct aisp_content *content, struct aisp_pgc_capture *cap,
		       struct aisp_err *err);
void aisp_pgc_look_done(struct aisp_pgc_look *look); /* wipes */
int aisp_pgc_look_table(struct aisp_pgc_look *look, const struct aisp_pgc_cells *cells, struct aisp_err *err);
/* The class of prose has no detector of its own: a column so called, of a type that can hold it. */
bool aisp_pgc_names_free_text(struct aisp_slice column, struct aisp_slice type);

/* ---- Catalogue to model, model to graph ---- */

int aisp_pgc_model(const struct aisp_pgc_capture *cap, struct aisp_pg_model *m, struct aisp_err *err);

/* What emit.c and emit_access.c share: nodes by number. */
struct aisp_pgc_emit {
	const struct aisp_collect *c;
	const struct aisp_pgc_capture *cap;
	const struct aisp_pg_model *m;
	const struct aisp_pg_engine *e;
	aisp_node server, everybody; /* everybody: the group PUBLIC */
	aisp_node *groups; /* of roles: those that have their rights without becoming them; see aisp_pg_has_group */
	aisp_node *roles, *databases, *schemas, *tables, *columns, *functions; /* by number; 0 = not emitted */
	struct aisp_buf id, text, note, locator;
};
int aisp_pgc_emit(const struct aisp_collect *c, const struct aisp_pgc_capture *cap, struct aisp_err *err);
int aisp_pgc_emit_access(struct aisp_pgc_emit *x, struct aisp_err *err);
int aisp_pgc_emit_personal(struct aisp_pgc_emit *x, struct aisp_err *err);
/* One row of "secrets": the credential and who holds it. ret_column: the column's number; 0 when the row is of nothing known. */
int aisp_pgc_emit_secret(struct aisp_pgc_emit *x, uint32_t row, uint32_t *ret_column, struct aisp_err *err);
/* The column that the cells 0 and 1 ("table", "num") of a row name; ret_table 0: not a table of the graph; ret_column 0: no such
 * column. */
int aisp_pgc_sampled_column(const struct aisp_pgc_emit *x, enum aisp_pgc_query q, uint32_t row, uint32_t *ret_table,
			    uint32_t *ret_column, struct aisp_err *err);
int aisp_pgc_emit_written(struct aisp_pgc_emit *x, struct aisp_err *err);
/* Evidence: a catalogue ("pg_class") and a field of it, with a note (may be empty); valid until the next call. */
struct aisp_evidence_in aisp_pgc_evidence(struct aisp_pgc_emit *x, const char *catalogue, const char *field,
					  struct aisp_slice note, enum aisp_confidence confidence);
/* Adds an edge between two nodes; nothing happens when one of them is 0. ret_edge may be NULL. */
int aisp_pgc_edge(struct aisp_pgc_emit *x, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
		  const struct aisp_edge_in *in, const struct aisp_evidence_in *ev, aisp_edge *ret_edge,
		  struct aisp_err *err);
/* Did all text built so far come out whole? To be asked before a text is used and its buffer cleared. */
int aisp_pgc_text_ok(const struct aisp_pgc_emit *x, struct aisp_err *err);
/* The node of a role: PUBLIC's group, a role's, 0 for nobody. */
aisp_node aisp_pgc_role_node(const struct aisp_pgc_emit *x, uint32_t role);

extern const struct aisp_collector aisp_collector_postgres;
