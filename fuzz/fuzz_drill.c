/* Where a drill puts its text: whatever the file holds, taking the text out again gives the bytes of before; a place inside what is JSON stays JSON. */
#include "fuzz_doc.h"
#include "govern/drill_int.h"

static bool parses(struct aisp_slice text)
{
	struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
	const struct aisp_doc *d = NULL;
	const int r = aisp_jsonc_parse(a, text, &fuzz_limits, &d, NULL);

	aisp_arena_free(a);
	return r == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const places[] = {"notebook", "mcp", "prompt-log"};
	const struct aisp_slice text = aisp_slice_of((const char *)data, size);
	struct aisp_drill_pair p = {.name = "KEY"};

	FUZZ_CHECK(aisp_secret_init(&p.value, AISP_S("value-0123456789"), NULL) == 0);
	for (size_t i = 0; i < 3; i++) {
		struct aisp_drill_insert in = {0};
		struct aisp_buf after = {0}, rest = {0};
		if (aisp_drill__insert(places[i], AISP_S("aisp-drill-0123456789"), &p, 1, text, false, "2026-11-23T00:00:00Z", &in, NULL) == 0) {
			FUZZ_CHECK(in.at <= size);
			aisp_buf_init(&after, 0);
			aisp_buf_init(&rest, 0);
			aisp_buf_put(&after, aisp_slice_to(text, in.at));
			aisp_buf_put(&after, aisp_buf_slice(&in.bytes));
			aisp_buf_put(&after, aisp_slice_from(text, in.at));
			FUZZ_CHECK(aisp_drill__without(aisp_buf_slice(&after), aisp_buf_slice(&in.bytes), &rest) && aisp_slice_eq(aisp_buf_slice(&rest), text));
			FUZZ_CHECK(i == 2 || !parses(text) || parses(aisp_buf_slice(&after)));
		}
		aisp_buf_done(&after);
		aisp_buf_done(&rest);
		aisp_buf_done(&in.bytes);
	}
	aisp_secret_done(&p.value);
	return 0;
}
