/* Model readers over any bytes: a run as aisp_model_scan makes it, and what must hold of its issues. */
#pragma once
#include "base/clock.h"
#include "fuzz.h"
#include "scan/modelfile/fmt.h"

enum { FUZZ_ISSUES = 50 };

static inline void fuzz_check_run(const struct aisp_model_run *run)
{
	FUZZ_CHECK(run->n_issues <= FUZZ_ISSUES);
	for (size_t i = 0; i < run->n_issues; i++) {
		FUZZ_CHECK(run->issues[i].rule && *run->issues[i].rule);
		FUZZ_CHECK(run->issues[i].what.n <= 200 && run->issues[i].why.n > 0);
		FUZZ_CHECK(aisp_slice_is_utf8(run->issues[i].what) && aisp_slice_is_utf8(run->issues[i].where));
	}
	for (size_t i = 0; i < run->n_facts; i++)
		FUZZ_CHECK(run->facts[i].value.n && run->facts[i].value.n <= 500);
}

static inline void fuzz_reader(const struct aisp_model_reader *reader, const uint8_t *data, size_t size, struct aisp_slice path)
{
	struct aisp_model_run run = {.limits = {.max_bytes = 64 << 20, .max_depth = 4, .max_issues = FUZZ_ISSUES, .timeout_ms = 20000}};
	struct aisp_input in = aisp_input_mem(aisp_slice_of((const char *)data, size));
	char head[4096];
	size_t n = 0;

	run.a = aisp_arena_new((size_t)256 << 20);
	run.tmp = aisp_arena_new((size_t)256 << 20);
	run.issues = aisp_arena_zalloc(run.a, FUZZ_ISSUES, sizeof *run.issues);
	run.cap_issues = FUZZ_ISSUES;
	run.deadline_ns = aisp_clock_mono_ns() + 20000000000ull;
	in.bytes_read = &run.read;
	FUZZ_CHECK(aisp_input_read_some(&in, 0, head, sizeof head, &n, NULL) == 0);
	reader->detect(&in, aisp_slice_of(head, n), path);
	reader->scan(&run, &in, path);
	fuzz_check_run(&run);
	aisp_arena_free(run.tmp);
	aisp_arena_free(run.a);
}

/* The first byte chooses among readers. */
static inline void fuzz_choose(const struct aisp_model_reader *const *readers, size_t count, const uint8_t *data, size_t size, struct aisp_slice path)
{
	if (size)
		fuzz_reader(readers[data[0] % count], data + 1, size - 1, path);
}
