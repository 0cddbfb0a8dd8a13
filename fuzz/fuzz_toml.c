/* TOML. */
#include "fuzz_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	struct aisp_err err = {0};
	const struct aisp_doc *d = NULL;
	int r = aisp_toml_parse(a, text, &fuzz_limits, &d, &err);

	fuzz_check_code(r, &err);
	FUZZ_CHECK((r == 0) == (d != NULL));
	if (d) {
		FUZZ_CHECK(fuzz_walk(d, 0, fuzz_lines(text)) <= fuzz_limits.max_values);
		fuzz_round_trip(a, d);
	}
	aisp_arena_free(a);
	return 0;
}
