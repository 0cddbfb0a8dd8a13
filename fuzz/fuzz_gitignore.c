/* Ignore files and the git index. Input: patterns, a NUL, a path; or an index. */
#include "collect/files/walk.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_arena *a = aisp_arena_new(64 << 20);
	struct aisp_paths paths = {0};
	struct aisp_ignore ig;
	size_t nul = aisp_slice_chr(text, '\0');

	FUZZ_CHECK(a);
	if (size > 65536) {
		aisp_arena_free(a);
		return 0;
	}
	if (aisp_gitindex_parse(a, text, &paths, NULL) == 0)
		for (size_t i = 0; i < paths.n; i++)
			FUZZ_CHECK(paths.v[i].n <= 65536 && paths.v[i].p[paths.v[i].n] == '\0');
	struct aisp_slice path = aisp_slice_from(text, nul == SIZE_MAX ? size : nul + 1);
	FUZZ_CHECK(aisp_ignore_parse(a, AISP_S(""), aisp_slice_to(text, nul == SIZE_MAX ? size : nul), &ig, NULL) == 0);
	if (path.n < 512 && ig.n < 64) {
		enum aisp_ignore_verdict file = aisp_ignore_match(&ig, path, false), dir = aisp_ignore_match(&ig, path, true);
		bool dir_rule = false;
		for (size_t i = 0; i < ig.n; i++)
			dir_rule |= ig.rules[i].dir_only;
		FUZZ_CHECK(file == dir || dir_rule);
	}
	aisp_arena_free(a);
	return 0;
}
