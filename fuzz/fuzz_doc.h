/* What the targets of the document parsers check of a tree. */
#pragma once
#include "base/buf.h"
#include "base/doc.h"
#include "base/jw.h"
#include "fuzz.h"
#include <string.h>

/* Small, so that caps are met by small inputs. */
static const struct aisp_doc_limits fuzz_limits = {.max_depth = 40, .max_values = 20000};

/* Values, each counted as often as it can be reached; checks what doc.h promises of every one. */
static inline uint32_t fuzz_walk(const struct aisp_doc *d, uint32_t depth, uint32_t last_line)
{
	uint32_t n = 1;

	FUZZ_CHECK(depth <= fuzz_limits.max_depth);
	FUZZ_CHECK(d->line >= 1 && d->line <= last_line);
	if (d->type == AISP_DOC_STR)
		FUZZ_CHECK(d->s.p && d->s.p[d->s.n] == '\0' && aisp_slice_is_utf8(d->s));
	for (uint32_t i = 0; d->type == AISP_DOC_ARR && i < d->n; i++)
		n += fuzz_walk(&d->items[i], depth + 1, last_line);
	for (uint32_t i = 0; d->type == AISP_DOC_OBJ && i < d->n; i++) {
		FUZZ_CHECK(d->members[i].key.p && d->members[i].key.p[d->members[i].key.n] == '\0');
		FUZZ_CHECK(d->members[i].line >= 1 && d->members[i].line <= last_line);
		FUZZ_CHECK(aisp_doc_gets(d, d->members[i].key) != NULL);
		n += fuzz_walk(&d->members[i].value, depth + 1, last_line);
	}
	return n;
}

static inline uint32_t fuzz_lines(struct aisp_slice text)
{
	uint32_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n' || text.p[i] == '\r';
	return n;
}

/* Writing d as JSON and reading that again gives the same JSON. */
static inline void fuzz_round_trip(struct aisp_arena *a, const struct aisp_doc *d)
{
	struct aisp_buf first, second;
	struct aisp_jw w;
	struct aisp_err err = {0};
	const struct aisp_doc *again;

	aisp_buf_init(&first, 0);
	aisp_buf_init(&second, 0);
	aisp_jw_init(&w, &first, false);
	aisp_jw_doc(&w, d);
	FUZZ_CHECK(aisp_buf_check(&first, &err) == 0);
	FUZZ_CHECK(aisp_json_parse(a, aisp_buf_slice(&first), NULL, &again, &err) == 0);
	aisp_jw_init(&w, &second, false);
	aisp_jw_doc(&w, again);
	FUZZ_CHECK(aisp_slice_eq(aisp_buf_slice(&first), aisp_buf_slice(&second)));
	aisp_buf_done(&first);
	aisp_buf_done(&second);
}

/* A parser gives 0, AISP_E_PARSE or AISP_E_LIMIT, with a message that names a line or a limit. */
static inline void fuzz_check_code(int r, const struct aisp_err *err)
{
	FUZZ_CHECK(r == 0 || r == AISP_E_PARSE || r == AISP_E_LIMIT);
	FUZZ_CHECK(r == 0 || (err->code == r && (strstr(err->msg, "line ") || strstr(err->msg, "limit"))));
}
