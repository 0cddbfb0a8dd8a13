/* A capture as one text: capture.json, then for each answer a line "@name" and its NDJSON. For tests and the fuzz
 * target. */
#pragma once
#include "collect/postgres/postgres_int.h"

static inline int pgtext_answer(struct aisp_pgc_capture *cap, struct aisp_slice name, struct aisp_slice body,
				struct aisp_err *err)
{
	if (name.p == NULL)
		return aisp_pgc_header_parse(cap, body, err);
	for (int q = 0; q < AISP_PGC_Q_END; q++)
		if (aisp_slice_eqz(name, aisp_pgc_queries[q].name))
			return aisp_pgc_answer_parse(cap, (enum aisp_pgc_query)q, body, err);
	return aisp_fail(err, AISP_E_PARSE, "an answer to no question");
}

static inline int pgtext_load(struct aisp_pgc_capture *cap, struct aisp_slice text, struct aisp_err *err)
{
	struct aisp_slice name = {0};
	int r = AISP_OK;
	while (r == AISP_OK && text.n) {
		size_t at = aisp_slice_find(text, AISP_S("\n@"));
		struct aisp_slice body = aisp_slice_to(text, at == SIZE_MAX ? at : at + 1);
		r = pgtext_answer(cap, name, body, err);
		if (at == SIZE_MAX)
			break;
		text = aisp_slice_from(text, at + 2);
		size_t end = aisp_slice_chr(text, '\n');
		name = aisp_slice_to(text, end);
		if (!name.p || end == SIZE_MAX)
			break;
		text = aisp_slice_from(text, end + 1);
	}
	return r;
}
