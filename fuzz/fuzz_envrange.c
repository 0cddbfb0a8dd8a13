/* Assignments of .env files: what is told to be cut are whole lines, and without them the key is not there any more. */
#include "fuzz_doc.h"
#include "govern/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct aisp_slice all = aisp_slice_of((const char *)data, size);
	const size_t nl = aisp_slice_chr(all, '\n');
	const struct aisp_slice key = nl == SIZE_MAX ? AISP_S("A") : aisp_slice_to(all, nl), text = aisp_slice_from(all, nl == SIZE_MAX ? 0 : nl + 1);
	struct aisp_range r;
	struct aisp_slice found;

	for (uint32_t line = 0; line < 4; line++) {
		if (!aisp_range_env(text, line % 2 ? (struct aisp_slice){0} : key, line, &r, &found))
			continue;
		FUZZ_CHECK(r.from < r.end && r.end <= text.n);
		FUZZ_CHECK(r.from == 0 || text.p[r.from - 1] == '\n');
		FUZZ_CHECK(r.end == text.n || text.p[r.end - 1] == '\n');
		FUZZ_CHECK(found.n == 0 || (found.p >= text.p + r.from && found.p + found.n < text.p + r.end));
	}
	return 0;
}
