/* Personal data: the first line names a column, each further line is a value; the whole is a text too. */
#include "base/arena.h"
#include "fuzz.h"
#include "scan/personal/personal.h"
#include <string.h>

struct seen {
	size_t end, n;
	uint32_t line;
};

static int on_hit(void *ctx, const struct aisp_personal_hit *hit)
{
	struct seen *s = ctx;

	FUZZ_CHECK(hit->cls > AISP_PERSONAL_NONE && hit->cls < AISP_PERSONAL_END);
	FUZZ_CHECK(hit->certainty >= AISP_PERSONAL_POSSIBLE && hit->certainty <= AISP_PERSONAL_SURE);
	FUZZ_CHECK(hit->detector && hit->reason && hit->n > 0 && hit->at + hit->n <= s->n);
	FUZZ_CHECK(hit->at >= s->end && hit->line >= s->line);
	s->end = hit->at + hit->n;
	s->line = hit->line;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size), rest = text, name = {NULL, 0}, value;
	struct seen seen = {0, size, 1};
	struct aisp_slice values[64];
	struct aisp_personal_verdict v[8];
	size_t n = 0;

	FUZZ_CHECK(aisp_personal_text(text, on_hit, &seen, NULL) == 0);
	aisp_slice_split(&rest, '\n', &name);
	while (n < 64 && aisp_slice_split(&rest, '\n', &value))
		values[n++] = value;
	struct aisp_personal_column col = {AISP_S("users"), name, AISP_S(""), values, n};
	size_t found = aisp_personal_column(&col, v, 8);
	FUZZ_CHECK(found <= 8);
	for (size_t i = 0; i < found; i++)
		FUZZ_CHECK(v[i].certainty && v[i].detector && memchr(v[i].reason, 0, sizeof v[i].reason) && v[i].matched <= v[i].looked_at);
	return 0;
}
