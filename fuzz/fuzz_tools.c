/* Classifying tools: name, description, server, parameters and calls are the lines of the input. */
#include "fuzz.h"

#include "scan/tools/tools.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size), line;
	struct aisp_tool_param params[64];
	struct aisp_slice calls[128];
	struct aisp_tool_in in = {.params = params, .calls = calls, .read_only_hint = size % 2};
	struct aisp_arena *a = aisp_arena_new((size_t)16 << 20);
	struct aisp_tool_verdict v = {0};
	unsigned seen = 0;

	aisp_slice_split(&text, '\n', &in.name);
	aisp_slice_split(&text, '\n', &in.server);
	aisp_slice_split(&text, '\n', &in.description);
	while (aisp_slice_split(&text, '\n', &line)) {
		if (line.n && line.p[0] == '=' && in.n_calls < 128)
			calls[in.n_calls++] = aisp_slice_from(line, 1);
		else if (in.n_params < 64)
			params[in.n_params++] = (struct aisp_tool_param){.name = line};
	}
	FUZZ_CHECK(aisp_tool_classify(&in, a, &v, NULL) == 0);
	for (size_t i = 0; i < v.n_reasons; i++) {
		FUZZ_CHECK(v.reasons[i].action < AISP_TOOL_BIT_END && v.reasons[i].row[0] && v.reasons[i].because.n);
		FUZZ_CHECK(i == 0 || v.reasons[i].action >= v.reasons[i - 1].action);
		FUZZ_CHECK(!v.reasons[i].seen || in.n_calls);
		seen |= 1u << v.reasons[i].action;
	}
	FUZZ_CHECK(seen == v.actions && v.actions >> AISP_TOOL_BIT_END == 0);
	aisp_arena_free(a);
	return 0;
}
