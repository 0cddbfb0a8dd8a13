/* Virtual tables as rows: name, columns with their meaning, the equalities it can look up instead of scanning, and four
 * functions over a cursor. table.c makes SQLite modules of them; docs/reference-tables.md comes from the same rows.
 *
 * Every thing that is a node stands twice in a table: by its canonical id (text, for people) and by its number in
 * this snapshot (column …_ref, for joins). Equalities on either are looked up.
 */
#pragma once
#include "base/buf.h"
#include "base/hash.h"
#include "judge/observe.h"
#include "judge/sql.h"

enum aisp_col_type {
	AISP_COL_TEXT,
	AISP_COL_INT,
	AISP_COL_ANY,
	AISP_COL_ID,  /* canonical id of a node */
	AISP_COL_REF, /* number of a node in this snapshot */
	/* Arguments of a table-valued function: hidden columns */
	AISP_COL_ARG_NODE, /* number, id, alias or unique part of a name */
	AISP_COL_ARG_TEXT,
	AISP_COL_ARG_INT,
};
struct aisp_col {
	const char *name;
	enum aisp_col_type type;
	const char *description;
};
/* How many rows a look-up is expected to give: for the planner only. */
enum aisp_rows {
	AISP_ROWS_ONE,
	AISP_ROWS_DEGREE,    /* edges or properties of one node */
	AISP_ROWS_NODE_KIND, /* nodes of the kind that is asked for */
	AISP_ROWS_EDGE_KIND, /* edges of the kind that is asked for */
	AISP_ROWS_FEW,       /* some dozens */
	AISP_ROWS_SOME,      /* a tenth of the nodes */
	AISP_ROWS_NODES,
	AISP_ROWS_EDGES,
	AISP_ROWS_CLOSURE,   /* a run of the fixpoint */
};
enum { AISP_INDEX_COLS = 4 };
/* Equalities on these columns together are looked up. */
struct aisp_index {
	uint8_t plan; /* what filter is told */
	uint8_t n;
	uint8_t col[AISP_INDEX_COLS];
	uint8_t rows; /* enum aisp_rows */
};
/* A decoded value of an equality. */
struct aisp_arg {
	sqlite3_value *v;
	aisp_node node; /* of ID, REF and ARG_NODE columns; 0 = no such node */
};
struct aisp_cursor {
	sqlite3_vtab_cursor base;
	struct aisp_sql *q;
	const struct aisp_table *table;
	int64_t rowid; /* the same for the same row in every scan: SQLite tells rows of an OR apart by it */
	bool eof;
	sqlite3_value *args[AISP_INDEX_COLS + 1]; /* copies of hidden arguments, by hidden column's order */
};
struct aisp_table {
	const char *name, *description, *example;
	const struct aisp_col *cols;
	const struct aisp_index *indexes; /* best first among equals; the last with n = 0 is the scan, if there is one */
	uint8_t n_cols, n_indexes;
	size_t cursor_size; /* of the table's own struct, which begins with struct aisp_cursor */
	/* Goes to the first row for the plan (args in the order of the index' columns); sets eof when there is none. Errors go
	 * to &c->q->pending. */
	int (*filter)(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args);
	int (*next)(struct aisp_cursor *c);
	int (*column)(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col);
	void (*close)(struct aisp_cursor *c); /* may be NULL */
};
extern const struct aisp_table *const aisp_tables[]; /* NULL-terminated */
extern const struct aisp_table aisp_table_node, aisp_table_prop, aisp_table_item, aisp_table_edge, aisp_table_edge_prop,
        aisp_table_grant, aisp_table_evidence, aisp_table_alias, aisp_table_source, aisp_table_gap, aisp_table_mode,
        aisp_table_kind, aisp_table_help, aisp_table_observation, aisp_table_exposure, aisp_table_reach,
        aisp_table_reached_by, aisp_table_path;

#define AISP_COUNT(a) (sizeof(a) / sizeof *(a))
enum { AISP_TABLES_MAX = 24, AISP_REACH_CACHE = 12, AISP_REACH_CACHE_ACTORS = 1536, AISP_REVERSE_CACHE = 64 };

/* What a module is told when it is connected. */
struct aisp_bound_table {
	struct aisp_sql *q;
	const struct aisp_table *table;
};
struct aisp_reach_cached; /* table_reach.c */
struct aisp_reverse_cached;
struct aisp_exposure_cached;

struct aisp_sql {
	sqlite3 *db;
	const struct aisp_snapshot *s; /* NULL: compiling only */
	const struct aisp_reach *reach;
	const struct aisp_observations *observed; /* NULL: none */
	struct aisp_bound_table bound[AISP_TABLES_MAX];
	struct aisp_err pending;   /* what a table or function said about the running statement */
	bool declaring;            /* inside sqlite3_declare_vtab */
	enum aisp_code stopped;    /* why the progress handler ended the statement */
	uint64_t deadline_ns;      /* 0 = none */
	int64_t memory_base;       /* SQLite's memory when the connection was opened */
	uint32_t *kind_edges;      /* edge numbers by kind, made when first asked for */
	uint32_t kind_edge_at[AISP_EDGE_KIND_END + 1];
	struct aisp_reach_cached *reach_cache[AISP_REACH_CACHE];
	struct aisp_reverse_cached *reverse_cache[AISP_REVERSE_CACHE];
	struct aisp_exposure_cached *exposure;
	uint64_t tick;             /* for least-recently-used */
	aisp_node last_source;     /* of reach(): a run of ascending sources is answered in growing batches */
	unsigned batch;
};

/* Makes the modules of all tables and the functions on the connection. */
int aisp_table__register(struct aisp_sql *q, struct aisp_err *err);
int aisp_function__register(struct aisp_sql *q, struct aisp_err *err);
/* Frees what reach, reached_by and exposure keep. */
void aisp_reach_cache__done(struct aisp_sql *q);
/* The edges of each kind: kind_edges[kind_edge_at[k] … kind_edge_at[k+1]-1]. */
int aisp_edge_index__make(struct aisp_sql *q);
/* AISP_E_TIMEOUT (in pending) once the time is over. */
int aisp_sql__check_time(struct aisp_sql *q);
/* The property of the node, or of what contains it (CONTAINS, HAS_DATA), nearest first; empty if none. */
struct aisp_slice aisp_prop__inherited(const struct aisp_snapshot *s, aisp_node n, const char *key);
/* The node a value names: a number, or text as an id, alias or unique part. 0 for NULL or a number out of range. */
int aisp_value__node(struct aisp_sql *q, sqlite3_value *v, aisp_node *ret, struct aisp_err *err);

/* A row number out of what identifies the row, where the parts do not fit into 64 bits. */
static inline int64_t aisp_rowid(uint64_t a, uint64_t b, uint64_t c)
{
	return (int64_t)(aisp_hash_mix(aisp_hash_mix(aisp_hash_mix(a + 1) + b) + c) >> 1);
}
/* Results without copying: the snapshot outlives every statement. */
static inline void aisp_result__slice(sqlite3_context *ctx, struct aisp_slice s)
{
	if (s.p)
		sqlite3_result_text(ctx, s.p, (int)s.n, SQLITE_STATIC);
}
static inline void aisp_result__sym(sqlite3_context *ctx, const struct aisp_snapshot *s, aisp_sym sym)
{
	if (sym)
		aisp_result__slice(ctx, aisp_snapshot_text(s, sym));
}
static inline void aisp_result__z(sqlite3_context *ctx, const char *z)
{
	sqlite3_result_text(ctx, z, -1, SQLITE_STATIC);
}
static inline struct aisp_slice aisp_value__slice(sqlite3_value *v)
{
	const char *p = (const char *)sqlite3_value_text(v);
	return aisp_slice_of(p, p ? (size_t)sqlite3_value_bytes(v) : 0);
}
static inline void aisp_result__node(sqlite3_context *ctx, const struct aisp_snapshot *s, aisp_node n)
{
	if (n)
		aisp_result__sym(ctx, s, s->nodes[n].id);
}
