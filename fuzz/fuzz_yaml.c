/* YAML. */
#include "fuzz_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	struct aisp_err err = {0};
	struct aisp_docs docs = {NULL, 77};
	uint32_t lines = fuzz_lines(text), values = 0;
	int r = aisp_yaml_parse(a, text, &fuzz_limits, &docs, &err);

	fuzz_check_code(r, &err);
	FUZZ_CHECK(r == 0 ? docs.n == 0 || docs.docs : docs.n == 77);
	/* A line can also end with U+0085, U+2028 or U+2029. */
	for (size_t i = 0; i + 1 < size; i++)
		lines += (data[i] == 0xc2 && data[i + 1] == 0x85) || (data[i] == 0xe2 && data[i + 1] == 0x80);
	for (size_t i = 0; r == 0 && i < docs.n; i++) {
		values += fuzz_walk(&docs.docs[i], 0, lines);
		fuzz_round_trip(a, &docs.docs[i]);
	}
	FUZZ_CHECK(values <= fuzz_limits.max_values);
	aisp_arena_free(a);
	return 0;
}
