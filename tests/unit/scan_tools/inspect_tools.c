/* Reads JSON lines {"name", "description", "server", "params": [{"name", "type"}], "calls": []} from standard input and writes
 * {"actions": [], "reasons": [{"action", "row", "because", "seen"}]} for each: what tests/accuracy/tools/evaluate.py runs.
 */
#include "base/doc.h"
#include "base/jw.h"
#include "base/mem.h"
#include "scan/tools/tools.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX = 256 };

static void answer(const struct aisp_tool_verdict *v)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_jw w;

	aisp_buf_init(&b, 0);
	aisp_jw_init(&w, &b, false);
	aisp_jw_obj(&w);
	aisp_jw_key(&w, "actions");
	aisp_jw_arr(&w);
	for (unsigned bit = 0; bit < AISP_TOOL_BIT_END; bit++)
		if (v->actions >> bit & 1)
			aisp_jw_z(&w, aisp_tool_action_name(bit));
	aisp_jw_end(&w);
	aisp_jw_key(&w, "reasons");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < v->n_reasons; i++) {
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "action", aisp_tool_action_name((unsigned)v->reasons[i].action));
		aisp_jw_kz(&w, "row", v->reasons[i].row);
		aisp_jw_kstr(&w, "because", v->reasons[i].because);
		aisp_jw_kbool(&w, "seen", v->reasons[i].seen);
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	puts(b.p ? b.p : "");
}

static int one(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_err *err)
{
	struct aisp_tool_param params[MAX];
	struct aisp_slice calls[MAX];
	struct aisp_tool_in in = {.name = aisp_doc_getstr(d, "name"), .description = aisp_doc_getstr(d, "description"),
		.server = aisp_doc_getstr(d, "server"), .params = params, .calls = calls};
	const struct aisp_doc *p = aisp_doc_get(d, "params"), *k = aisp_doc_get(d, "calls");
	struct aisp_tool_verdict v;

	for (uint32_t i = 0; i < aisp_doc_count(p) && i < MAX; i++)
		params[in.n_params++] = (struct aisp_tool_param){.name = aisp_doc_getstr(aisp_doc_at(p, i), "name"),
			.type = aisp_doc_getstr(aisp_doc_at(p, i), "type")};
	for (uint32_t i = 0; i < aisp_doc_count(k) && i < MAX; i++)
		calls[in.n_calls++] = aisp_doc_str(aisp_doc_at(k, i));
	int r = aisp_tool_classify(&in, a, &v, err);

	if (r == 0)
		answer(&v);
	return r;
}

int main(void)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_err err = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = a ? 0 : -1;

	while (r == 0 && (n = getline(&line, &cap, stdin)) > 0) {
		const struct aisp_doc *d;

		aisp_arena_reset(a);
		r = aisp_json_parse(a, aisp_slice_of(line, (size_t)n), NULL, &d, &err);
		if (r == 0)
			r = one(a, d, &err);
	}
	if (r < 0)
		fprintf(stderr, "%s\n", err.msg);
	free(line);
	aisp_arena_free(a);
	return r < 0;
}
