/* HCL: any text gives a tree that keeps the promises of doc.h and can be written as JSON, or an error with a line. */
#include "base/arena.h"
#include "fuzz_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_arena *a = aisp_arena_new(0);
	const struct aisp_doc *d = NULL;
	struct aisp_err err = {0};

	FUZZ_CHECK(a);
	int r = aisp_hcl_parse(a, text, &fuzz_limits, &d, &err);
	fuzz_check_code(r, &err);
	if (r == 0) {
		fuzz_walk(d, 1, fuzz_lines(text));
		fuzz_round_trip(a, d);
	}
	aisp_arena_free(a);
	return 0;
}
