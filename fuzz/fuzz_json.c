/* JSON, and JSON with comments. */
#include "fuzz_doc.h"

typedef int parse_fn(struct aisp_arena *, struct aisp_slice, const struct aisp_doc_limits *, const struct aisp_doc **,
                     struct aisp_err *);

static int run(parse_fn *parse, struct aisp_slice text)
{
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	struct aisp_err err = {0};
	const struct aisp_doc *d = NULL;
	int r = parse(a, text, &fuzz_limits, &d, &err);

	fuzz_check_code(r, &err);
	FUZZ_CHECK((r == 0) == (d != NULL));
	if (d) {
		FUZZ_CHECK(fuzz_walk(d, 0, fuzz_lines(text)) <= fuzz_limits.max_values);
		fuzz_round_trip(a, d);
	}
	aisp_arena_free(a);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);

	/* What is JSON is JSON with comments. */
	if (run(aisp_json_parse, text) == 0)
		FUZZ_CHECK(run(aisp_jsonc_parse, text) == 0);
	else
		run(aisp_jsonc_parse, text);
	return 0;
}
