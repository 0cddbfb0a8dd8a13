/* Inside the Arrow reader: flatbuffers, and the schema that its decoding needs. */
#pragma once
#include "scan/tabular/tabular_int.h"

/* A flatbuffer: all positions are checked; what is not there reads as 0. */
struct aisp_flat {
	const uint8_t *p;
	size_t n;
};
struct aisp_flat_vec {
	size_t at; /* of the first element */
	uint32_t n;
};
size_t aisp_flat_root(const struct aisp_flat *f);
/* Place of a field's value in the table at `table`, 0 when it is not there. */
size_t aisp_flat_field(const struct aisp_flat *f, size_t table, unsigned id);
int64_t aisp_flat_int(const struct aisp_flat *f, size_t table, unsigned id, unsigned size, int64_t otherwise);
size_t aisp_flat_table(const struct aisp_flat *f, size_t table, unsigned id);
struct aisp_slice aisp_flat_string(const struct aisp_flat *f, size_t table, unsigned id);
struct aisp_flat_vec aisp_flat_vector(const struct aisp_flat *f, size_t table, unsigned id, unsigned size);
/* The table that element i of a vector of tables points to. */
size_t aisp_flat_element(const struct aisp_flat *f, struct aisp_flat_vec v, uint32_t i);

enum aisp_arrow_type { AISP_AR_NONE, AISP_AR_NULL, AISP_AR_INT, AISP_AR_FLOAT, AISP_AR_BINARY, AISP_AR_UTF8, AISP_AR_BOOL, AISP_AR_DECIMAL, AISP_AR_DATE,
		       AISP_AR_TIME, AISP_AR_TIMESTAMP, AISP_AR_INTERVAL, AISP_AR_LIST, AISP_AR_STRUCT, AISP_AR_UNION, AISP_AR_FIXED_BINARY, AISP_AR_FIXED_LIST,
		       AISP_AR_MAP, AISP_AR_DURATION, AISP_AR_LARGE_BINARY, AISP_AR_LARGE_UTF8, AISP_AR_LARGE_LIST, AISP_AR_RUN_END, AISP_AR_BINARY_VIEW,
		       AISP_AR_UTF8_VIEW, AISP_AR_LIST_VIEW, AISP_AR_LARGE_LIST_VIEW };
struct aisp_arrow_kind {
	uint8_t type;
	bool is_signed;
	int32_t bits, unit, scale, width; /* width: of fixed binaries and lists */
};
struct aisp_arrow_field {
	struct aisp_slice name;
	struct aisp_arrow_kind kind, index; /* index: of dictionary-encoded fields */
	bool dictionary, dense;             /* dense: a union's */
	int64_t dictionary_id;
	struct aisp_arrow_field *children;
	uint32_t n_children;
	struct aisp_tabular__column *column; /* of leaves */
};
struct aisp_arrow_schema {
	struct aisp_arrow_field *fields;
	uint32_t n;
};
/* The schema of the table at `at`; makes the columns. */
int aisp_arrow__schema(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, const struct aisp_flat *f, size_t at, struct aisp_arrow_schema *ret);

struct aisp_arrow_dictionary {
	int64_t id;
	struct aisp_slice *values; /* as text; p NULL = null */
	size_t n;
};
/* One message's place in the file. */
struct aisp_arrow_block {
	uint64_t meta, body; /* places of the flatbuffer and the body */
	uint32_t meta_n;
	uint64_t body_n;
};
/* Decodes up to `want` rows of a record batch into the columns; or, of a dictionary batch, all values (bounded). */
int aisp_arrow__batch(struct aisp_tabular__tab *t, const struct aisp_arrow_schema *schema, const struct aisp_flat *f, size_t record, const struct aisp_arrow_block *b,
                      const struct aisp_arrow_dictionary *dictionaries, size_t n_dictionaries, uint64_t want);
int aisp_arrow__dictionary(struct aisp_tabular__tab *t, const struct aisp_arrow_field *field, const struct aisp_flat *f, size_t record, const struct aisp_arrow_block *b,
                           struct aisp_arrow_dictionary *d);
