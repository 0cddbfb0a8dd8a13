/* Shared by the fuzz targets of model files: scans one and checks what the header promises of a report. */
#pragma once
#include "fuzz.h"
#include "scan/modelfile/modelfile.h"

static inline void fuzz_scan_model(const uint8_t *data, size_t size, const char *path)
{
	struct aisp_arena *a = aisp_arena_new((size_t)256 << 20);
	struct aisp_input in = aisp_input_mem(aisp_slice_of((const char *)data, size));
	struct aisp_model_limits limits = {.max_bytes = 16 << 20, .max_depth = 4, .max_issues = 20, .timeout_ms = 10000};
	const struct aisp_model_report *rep = NULL;
	struct aisp_err err = {0};
	int r = a ? aisp_model_scan(&in, aisp_slice_z(path), &limits, a, &rep, &err) : 0;

	FUZZ_CHECK(r == 0 || r == AISP_E_NOMEM || r == AISP_E_IO);
	for (size_t i = 0; rep && i < rep->n_issues; i++) {
		const struct aisp_model_issue *is = &rep->issues[i];
		FUZZ_CHECK(is->rule && is->rule[0] && is->what.n <= 200 && aisp_slice_is_utf8(is->what) && aisp_slice_is_utf8(is->where));
		FUZZ_CHECK(is->why.n > 0);
		FUZZ_CHECK(i == 0 || rep->issues[i - 1].severity >= is->severity);
	}
	FUZZ_CHECK(!rep || rep->n_issues <= limits.max_issues);
	FUZZ_CHECK(!rep || (rep->state == AISP_MODEL_PARTIAL) == (rep->partial.n > 0));
	for (size_t i = 0; rep && i < rep->n_facts; i++)
		FUZZ_CHECK(rep->facts[i].key[0] && rep->facts[i].value.n <= 500 && aisp_slice_is_utf8(rep->facts[i].value));
	aisp_arena_free(a);
}
