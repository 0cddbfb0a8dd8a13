/* Inside the Parquet reader: what the footer says, and decoding of pages.
 *
 *   file:  PAR1 | row group 0: column chunk 0 [dictionary page, data pages …], column chunk 1 … | row group 1 … | footer | length | PAR1
 */
#pragma once
#include "scan/tabular/tabular_int.h"

enum aisp_parquet_type { AISP_PQ_BOOL, AISP_PQ_INT32, AISP_PQ_INT64, AISP_PQ_INT96, AISP_PQ_FLOAT, AISP_PQ_DOUBLE, AISP_PQ_BYTES, AISP_PQ_FIXED };
enum aisp_parquet_encoding { AISP_PQ_PLAIN = 0, AISP_PQ_PLAIN_DICTIONARY = 2, AISP_PQ_RLE = 3, AISP_PQ_BIT_PACKED = 4, AISP_PQ_DELTA = 5,
			     AISP_PQ_DELTA_LENGTH = 6, AISP_PQ_DELTA_BYTES = 7, AISP_PQ_RLE_DICTIONARY = 8, AISP_PQ_SPLIT = 9 };
enum aisp_parquet_logical { AISP_PQ_L_NONE, AISP_PQ_L_STRING, AISP_PQ_L_DATE, AISP_PQ_L_TIMESTAMP_MS, AISP_PQ_L_TIMESTAMP_US, AISP_PQ_L_TIMESTAMP_NS,
			    AISP_PQ_L_DECIMAL, AISP_PQ_L_UINT, AISP_PQ_L_UUID };

struct aisp_parquet_leaf {
	struct aisp_slice path; /* dotted */
	int32_t type, length, scale;
	enum aisp_parquet_logical logical;
	uint8_t max_def, max_rep;
	struct aisp_tabular__column *column;
};
struct aisp_parquet_chunk {
	bool there, encrypted, elsewhere; /* elsewhere: in another file */
	int32_t codec;
	int64_t n_values, data_at, dictionary_at, packed;
};
struct aisp_parquet_group {
	uint64_t index;
	int64_t rows;
	struct aisp_parquet_chunk *chunks; /* one a leaf */
};
struct aisp_parquet_meta {
	int64_t rows;
	uint64_t n_groups;
	struct aisp_parquet_leaf *leaves;
	size_t n_leaves;
	struct aisp_parquet_group picked[3];
	unsigned n_picked;
	bool encrypted;
};
/* Reads the footer; makes the columns. */
int aisp_parquet__meta(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_slice footer, struct aisp_parquet_meta *ret);

/* Values of a page as their bytes: m of them from `data`, in the scratch arena. NULL when the page is broken or the
 * encoding unknown. */
struct aisp_slice *aisp_parquet__decode(struct aisp_arena *scratch, const struct aisp_parquet_leaf *leaf, int encoding, struct aisp_slice data, size_t m,
                                        const struct aisp_slice *dictionary, size_t n_dictionary);
/* Runs of repeated or bit-packed numbers of `width` bits: n of them into out; the bytes used, SIZE_MAX when broken. */
size_t aisp_parquet__hybrid(struct aisp_slice data, unsigned width, uint32_t *out, size_t n);
struct aisp_slice aisp_parquet__text(const struct aisp_parquet_leaf *leaf, struct aisp_slice raw, char buf[64]);
