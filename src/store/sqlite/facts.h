/* Inside store/sqlite: facts as rows of numbers. Every text is its number in the dictionary (table text, append-only), so
 * equal texts are equal numbers and a fact's content can be compared without reading a text.
 *
 *   node_fact   source  a = id                meta = kind         | form << 16 | confidence << 24
 *   edge_fact   source  a = from id, b = to id  meta = kind | flags << 8 | form << 16 | confidence << 24   control  condition
 *               both: locator line pointer note = the first evidence (form 0: none)
 *                     extra = NULL, or further evidence and properties (see aisp_store__fact_extra_put)
 *   alias_fact  source  a = alias, b = id
 *   gap_fact    source  a = what, b = detail  meta = why | GAP_OF_FAILURE
 *
 * X_fact holds what stands now, from run from_run on; X_past what ended: it stood from from_run up to, not including, to_run.
 */
#pragma once
#include "store/sqlite/sq.h"

struct fact {
	uint32_t source, a, b, meta, control, condition, locator, line, pointer, note;
	uint32_t extra_n;
	const void *extra; /* borrowed */
};
enum { GAP_OF_FAILURE = 256 };

enum fact_table_id { FACT_NODE, FACT_EDGE, FACT_ALIAS, FACT_GAP, FACT_TABLES };
struct fact_table {
	const char *name; /* "node": tables node_fact and node_past */
	unsigned n_columns;
	struct {
		const char *name;
		size_t at; /* offsetof(struct fact, …), a uint32_t */
	} columns[10];
	bool has_extra;
};
extern const struct fact_table aisp_store__fact_tables[FACT_TABLES];

/* SELECT id, columns…[, extra] FROM X_fact or X_past, with `where` behind it. */
int aisp_store__fact_select(sqlite3 *db, enum fact_table_id id, bool past, const char *where, sqlite3_stmt **ret_st, struct aisp_err *err);
/* Reads the row a statement of aisp_store__fact_select stands on. */
void aisp_store__fact_read(sqlite3_stmt *st, const struct fact_table *t, struct fact *ret_fact, int64_t *ret_id);
int aisp_store__fact_insert(sqlite3 *db, enum fact_table_id id, sqlite3_stmt **ret_st, struct aisp_err *err);
int aisp_store__fact_write(sqlite3_stmt *st, enum fact_table_id id, int64_t row, const struct fact *f, int64_t run, struct aisp_err *err);

/* Of the whole content, and of what identifies it among the facts of its source. */
struct aisp_key aisp_store__fact_digest(const struct fact *f);
struct aisp_key aisp_store__fact_identity(const struct fact *f);

/* Further evidence and properties as bytes: count, rows, count, rows; all numbers as LEB128.
 *   evidence: form | confidence << 4, locator, line, pointer, note        property: key, type, value
 *   value: STR, LIST text; BOOL 0 or 1; INT zigzag; REAL 8 bytes, little-endian */
void aisp_store__fact_extra_put(struct aisp_buf *b, const struct aisp_evidence *ev, uint32_t n_ev, const struct aisp_prop *props, uint32_t n_props);
/* Reads them one by one: evidence until false, then properties until false. `bad` is set by broken bytes. */
struct fact_extra {
	const unsigned char *p, *end;
	uint64_t left; /* rows of the present part */
	bool bad;
};
void aisp_store__fact_extra_begin(struct fact_extra *x, const struct fact *f);
bool aisp_store__fact_extra_evidence(struct fact_extra *x, struct aisp_evidence *ret_ev);
bool aisp_store__fact_extra_prop(struct fact_extra *x, struct aisp_prop *ret_prop);
/* The first evidence, false if the fact has none. */
bool aisp_store__fact_first_evidence(const struct fact *f, struct aisp_evidence *ret_ev);
