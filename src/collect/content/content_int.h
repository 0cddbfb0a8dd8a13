/* Inside content/: one run over one file. */
#pragma once
#include "base/vec.h"
#include "collect/content/content.h"

struct aisp_content_worker {
	struct aisp_secrets_scratch *secrets;
	struct aisp_buf window, plain; /* wiped after use */
};
struct aisp_content__run {
	const struct aisp_content *c;
	struct aisp_content_worker *w;
	struct aisp_arena *a;
	struct aisp_slice path;
	struct aisp_slice inner;    /* prefix of places inside */
	uint32_t line_base;         /* lines before the text at hand */
	uint32_t line_fixed;        /* all hits are on this line (a JSON string looked at decoded); 0 = no */
	size_t new_from;            /* hits before this offset were reported with the window before */
	unsigned depth;
	uint64_t bytes_left;        /* of what is unpacked */
	AISP_VEC(struct aisp_content_secret) secrets;
	AISP_VEC(struct aisp_content_column) columns;
	AISP_VEC(struct aisp_content_personal) personal;
	AISP_VEC(struct aisp_content_instruction) instructions;
	AISP_VEC(struct aisp_slice) partial;
	struct aisp_content_report report;
	struct aisp_err *err;
};

/* Each gives 0 or AISP_E_NOMEM. */
int aisp_content__partial(struct aisp_content__run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All text detectors on run->text. `whole`: the text is the whole file (instructions and personal data want that). */
int aisp_content__text(struct aisp_content__run *run, struct aisp_slice text, unsigned what);
/* Strings of a JSON text that are written with escapes, decoded (notebook cells, JSON lines). */
int aisp_content__json_strings(struct aisp_content__run *run, struct aisp_slice text);
/* Columns and sampled values of a table. */
int aisp_content__table(struct aisp_content__run *run, const struct aisp_input *in, enum aisp_tabular_form form);
bool aisp_content__ends(struct aisp_slice path, const char *const *endings, size_t n);
