/* What the targets of tables share: read, then check every promise about the result. */
#pragma once
#include "base/mem.h"
#include "fuzz.h"
#include "scan/tabular/tabular.h"

static inline void fuzz_table(const uint8_t *data, size_t size, enum aisp_tabular_form form)
{
	static const struct aisp_tabular_limits limits = {.max_rows = 64, .max_value = 256, .max_columns = 200, .max_bytes = 1 << 20};
	struct aisp_input in = aisp_input_mem(aisp_slice_of((const char *)data, size));
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	const struct aisp_tabular *t = NULL;
	struct aisp_err err = {0};
	size_t live = aisp_mem_live();

	(void)aisp_tabular_detect(&in, AISP_S("x.csv"));
	int r = aisp_tabular_read(&in, form, &limits, a, &t, &err);
	FUZZ_CHECK((r == 0) == (t != NULL));
	FUZZ_CHECK(r == 0 || r == AISP_E_PARSE || r == AISP_E_LIMIT);
	FUZZ_CHECK(r == 0 || err.msg[0]);
	for (size_t i = 0; t && i < t->n_tables; i++) {
		FUZZ_CHECK(t->tables[i].n_columns <= limits.max_columns);
		for (size_t k = 0; k < t->tables[i].n_columns; k++) {
			const struct aisp_tabular_column *c = &t->tables[i].columns[k];
			FUZZ_CHECK(c->n_values <= (size_t)4 * limits.max_rows);
			for (size_t v = 0; v < c->n_values; v++)
				FUZZ_CHECK(c->values[v].n <= limits.max_value);
		}
	}
	(void)live;
	aisp_arena_free(a);
}
