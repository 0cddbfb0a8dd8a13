/* Tables in files: CSV/TSV, JSON, JSON lines, Parquet, Arrow (IPC file and stream, Feather), SQLite. Pure over an input;
 * the schema and a stated sample of the rows, never all of a big file.
 */
#pragma once
#include "base/arena.h"
#include "base/input.h"

enum aisp_tabular_form {
	AISP_TABULAR_NONE,
	AISP_TABULAR_CSV,
	AISP_TABULAR_JSON,
	AISP_TABULAR_JSONL,
	AISP_TABULAR_PARQUET,
	AISP_TABULAR_ARROW,
	AISP_TABULAR_SQLITE,
};
const char *aisp_tabular_form_name(enum aisp_tabular_form f);

struct aisp_tabular_column {
	struct aisp_slice name;   /* nested ones with dots: "messages.content" */
	struct aisp_slice type;   /* the format's word */
	const struct aisp_slice *values; /* sampled, as text; p NULL = null; long ones cut to max_value bytes */
	size_t n_values;
};
struct aisp_tabular_table {
	struct aisp_slice name;   /* SQLite: the table; else "" */
	const struct aisp_tabular_column *columns;
	size_t n_columns;
	uint64_t rows;            /* in the file, if rows_known */
	uint64_t rows_read;
	bool rows_known;
};
struct aisp_tabular {
	enum aisp_tabular_form form;
	const struct aisp_tabular_table *tables;
	size_t n_tables;
	uint64_t bytes_read;
	struct aisp_slice sampling; /* "rows 1 to 1,000 of 5,200,000 and 3 row groups" */
	struct aisp_slice partial;  /* n = 0, or why something could not be read (encrypted column, unknown codec …) */
	const struct aisp_slice *metadata; /* key, value, key, value …: Parquet/Arrow metadata, bounded */
	size_t n_metadata;
};
struct aisp_tabular_limits {
	uint32_t max_rows;   /* a table; 0 = 1,000, taken from begin, middle and end where the format allows */
	uint32_t max_value;  /* bytes; 0 = 4,096 */
	uint32_t max_columns; /* 0 = 2,000 */
	uint64_t max_bytes;  /* read at all; 0 = 64 MiB */
};
/* By content, the path's extension only to tell CSV from prose. NONE: no table. */
enum aisp_tabular_form aisp_tabular_detect(const struct aisp_input *in, struct aisp_slice path);
/* All text lives in the arena (the caller wipes it). AISP_E_PARSE, AISP_E_LIMIT, AISP_E_IO, AISP_E_NOMEM. */
int aisp_tabular_read(const struct aisp_input *in, enum aisp_tabular_form form, const struct aisp_tabular_limits *limits,
                      struct aisp_arena *a, const struct aisp_tabular **ret, struct aisp_err *err);
