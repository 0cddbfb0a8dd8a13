/* Reports made by hand for the tests of src/show: a support bot with its database (about 70 things, 12 findings), an
 * empty one, one whose every text is hostile, and a large one. They need neither collectors nor reach nor rules: hops
 * name rows of the semantics table, which must exist.
 */
#pragma once
#include "show/show.h"

enum sample_kind { SAMPLE_BOT, SAMPLE_EMPTY, SAMPLE_HOSTILE, SAMPLE_BIG };
struct sample {
	struct aisp_snapshot *snapshot;
	struct aisp_findings findings;
	struct aisp_report report;
	struct aisp_arena *arena;
};
/* Ends the program when the sample itself is wrong; 0 or AISP_E_NOMEM. */
int sample_make(enum sample_kind kind, struct sample *ret_sample);
void sample_done(struct sample *s);
/* The part of the snapshot that a view lists goes into report.nodes. */
void sample_list(struct sample *s, enum aisp_view view);
