/* Inside the reader of tables: the builder that all forms fill, sampling, and bounded reading.
 *
 *   tab ── tables ── columns ── values (slices in the caller's arena)
 *    └ scratch: an arena of this call, for pages, dictionaries, parsed lines
 */
#pragma once
#include "base/buf.h"
#include "scan/tabular/tabular.h"

struct aisp_tabular__column {
	struct aisp_slice name, type;
	struct aisp_slice *values;
	size_t n, cap;
};
struct aisp_tabular__table {
	struct aisp_slice name;
	struct aisp_tabular__column **columns;
	size_t n, cap;
	struct aisp_tabular__slot *index; /* column by hash of its name; power of two */
	size_t index_cap;
	uint64_t rows, rows_read;
	bool rows_known;
};
struct aisp_tabular__tab {
	struct aisp_input in;  /* counts into bytes_read */
	uint64_t bytes_read;
	struct aisp_tabular_limits limits; /* without zeros */
	struct aisp_arena *a, *scratch;
	size_t text_left;      /* bytes of values that may still be kept */
	struct aisp_tabular__table **tables;
	size_t n_tables, cap_tables;
	struct aisp_slice *metadata;
	size_t n_metadata;
	struct aisp_slice sampling, partial;
	bool kept_all;         /* false once a value was not kept */
	struct aisp_err *err;
};

/* A new table; NULL when out of memory or over the cap (told in err). */
struct aisp_tabular__table *aisp_tabular__table(struct aisp_tabular__tab *t, struct aisp_slice name);
/* The column of that name, made when it is new; NULL when there are too many (partial says so) or out of memory
 * (*ret_nomem). */
struct aisp_tabular__column *aisp_tabular__column(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_slice name,
                                                  struct aisp_slice type, bool *ret_nomem);
/* Always a new one, also when the name occurs twice. */
struct aisp_tabular__column *aisp_tabular__column_new(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_slice name,
                                                      struct aisp_slice type, bool *ret_nomem);
/* Keeps a value (cut to max_value bytes at a character; p NULL = null). Over the limits it is dropped. */
int aisp_tabular__put(struct aisp_tabular__tab *t, struct aisp_tabular__column *c, struct aisp_slice value);
int aisp_tabular__metadata(struct aisp_tabular__tab *t, struct aisp_slice key, struct aisp_slice value);
/* The first reason stays. */
void aisp_tabular__partial(struct aisp_tabular__tab *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void aisp_tabular__sampling(struct aisp_tabular__tab *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* n bytes at `at` in the scratch arena, within the limit of bytes; NULL with the error in *ret_r. */
const uint8_t *aisp_tabular__load(struct aisp_tabular__tab *t, uint64_t at, uint64_t n, int *ret_r);
int aisp_tabular__nomem(struct aisp_tabular__tab *t);

/* Which of n things (row groups, batches) are looked at: the first, the middle, the last; how many. */
unsigned aisp_tabular__pick(uint64_t n, uint64_t ret[3]);
/* Of n rows in order, is row i in the sample of max (thirds from begin, middle, end)? */
bool aisp_tabular__in_sample(uint64_t i, uint64_t n, uint64_t max);
/* "5,200,000" into buf. */
const char *aisp_tabular__grouped(uint64_t n, char buf[32]);

/* Values as text, into buf; the slice points there. */
struct aisp_slice aisp_tabular__int(int64_t v, char buf[64]);
struct aisp_slice aisp_tabular__uint(uint64_t v, char buf[64]);
struct aisp_slice aisp_tabular__real(double v, char buf[64]);
struct aisp_slice aisp_tabular__decimal(int64_t v, int scale, char buf[64]);
struct aisp_slice aisp_tabular__date(int64_t days, char buf[64]);
/* Since 1970, `per_second` units a second. */
struct aisp_slice aisp_tabular__time(int64_t v, int64_t per_second, char buf[64]);
/* Text as it is; other bytes as hexadecimal digits (up to 24 of them). */
struct aisp_slice aisp_tabular__bytes(struct aisp_slice raw, char buf[64]);

/* Packed bytes. Exactly (or, with at_least, the first) n bytes out of src into dst; false on anything else. */
enum aisp_tabular__codec { AISP_TABULAR__RAW, AISP_TABULAR__SNAPPY, AISP_TABULAR__GZIP, AISP_TABULAR__BROTLI, AISP_TABULAR__LZ4_HADOOP, AISP_TABULAR__ZSTD, AISP_TABULAR__LZ4_BLOCK, AISP_TABULAR__LZ4_FRAME };
bool aisp_tabular__unpack(enum aisp_tabular__codec codec, struct aisp_slice src, uint8_t *dst, size_t n, bool at_least);

static inline uint16_t aisp_tabular__le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t aisp_tabular__le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t aisp_tabular__le64(const uint8_t *p)
{
	return aisp_tabular__le32(p) | (uint64_t)aisp_tabular__le32(p + 4) << 32;
}

/* One form each. */
int aisp_tabular__csv(struct aisp_tabular__tab *t);
int aisp_tabular__json(struct aisp_tabular__tab *t);
int aisp_tabular__jsonl(struct aisp_tabular__tab *t);
int aisp_tabular__parquet(struct aisp_tabular__tab *t);
int aisp_tabular__arrow(struct aisp_tabular__tab *t);
int aisp_tabular__sqlite(struct aisp_tabular__tab *t);

/* Does this begin of a text look like a table with a delimiter? *strict: not by name. */
bool aisp_tabular__csv_like(struct aisp_slice head, bool strict);
