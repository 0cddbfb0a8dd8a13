/* Instructions: every role over the same text; and the same text as names and descriptions of tools that are given together. */
#include "fuzz.h"

#include "scan/instructions/instructions.h"
#include <string.h>

struct seen {
	size_t text_n, last_at, hits;
	uint32_t lines;
};

static int check(void *ctx, const struct aisp_instruction_hit *hit)
{
	struct seen *s = ctx;

	FUZZ_CHECK(hit->at <= s->text_n && hit->n <= s->text_n - hit->at);
	FUZZ_CHECK(hit->at >= s->last_at);
	FUZZ_CHECK(hit->line >= 1 && hit->line <= s->lines && hit->end_line >= hit->line && hit->end_line <= s->lines && hit->column >= 1);
	FUZZ_CHECK(hit->excerpt.n <= 160 && aisp_slice_is_utf8(hit->excerpt));
	FUZZ_CHECK(strcmp(hit->severity, "low") == 0 || strcmp(hit->severity, "medium") == 0 || strcmp(hit->severity, "high") == 0 ||
	           strcmp(hit->severity, "critical") == 0);
	FUZZ_CHECK(hit->rule[0] && hit->reason[0]);
	for (size_t i = 0; i < hit->excerpt.n; i++)
		FUZZ_CHECK((unsigned char)hit->excerpt.p[i] >= ' ');
	s->last_at = hit->at;
	s->hits++;
	return 0;
}

static void shadow(struct aisp_slice text)
{
	struct aisp_arena *a = aisp_arena_new((size_t)16 << 20);
	struct aisp_shadow_tool tools[64];
	const struct aisp_shadow_hit *hits = NULL;
	size_t n = 0, n_hits = 0;
	struct aisp_slice line;

	while (n < 64 && aisp_slice_split(&text, '\n', &line)) {
		struct aisp_slice server = {NULL, 0}, name = {NULL, 0};

		aisp_slice_split(&line, '|', &server);
		aisp_slice_split(&line, '|', &name);
		tools[n++] = (struct aisp_shadow_tool){server, name, line};
	}
	if (aisp_instructions_shadow(tools, n, a, &hits, &n_hits, NULL) == 0)
		for (size_t i = 0; i < n_hits; i++) {
			FUZZ_CHECK(hits[i].tool < n && (hits[i].other == UINT32_MAX || hits[i].other < n) && hits[i].other != hits[i].tool);
			FUZZ_CHECK(i == 0 || hits[i].tool >= hits[i - 1].tool);
		}
	aisp_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);

	for (enum aisp_text_role role = AISP_TEXT_DATA; role <= AISP_TEXT_CODE; role++) {
		struct seen s = {.text_n = size, .lines = 1};

		for (size_t i = 0; i < size; i++)
			s.lines += data[i] == '\n';
		FUZZ_CHECK(aisp_instructions_scan(role, size % 2 ? AISP_S("README.md") : AISP_S("tests/a.py"), text, check, &s, NULL) == 0);
	}
	shadow(text);
	return 0;
}
