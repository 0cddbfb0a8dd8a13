/* From standing to just-in-time: what to do about each right that stands on an AI path, with the reason, the risk, and what is needed to do it (artefacts).
 *
 * A grant is what one identity has by one control object: one or several edges. Recommendations rest on usage.h alone; nothing is changed here.
 */
#pragma once
#include "govern/usage.h"

enum aisp_jit_advice {
	AISP_JIT_KEEP = 1, /* in use throughout, or nobody looked */
	AISP_JIT_REDUCE,   /* only part of it is used */
	AISP_JIT_JUST_IN_TIME, /* seldom used, and too strong or too personal to stand */
	AISP_JIT_REMOVE,   /* not used while somebody watched */
};
const char *aisp_jit_advice_name(enum aisp_jit_advice a); /* "keep", "reduce", "just-in-time", "remove" */
struct aisp_jit_grant {
	aisp_node identity;
	struct aisp_slice control;   /* empty: none is known; then one grant an edge */
	const aisp_edge *edges;
	size_t n_edges;
	size_t used, not_used, no_telemetry; /* edges by answer */
	int64_t count, first_us, last_us;
	enum aisp_jit_advice advice;
	struct aisp_slice reason, risk;
	struct aisp_slice folder;    /* name below DIR */
	struct aisp_slice files;     /* names of artefacts, one a line; filled by aisp_jit_write */
};
struct aisp_jit {
	struct aisp_arena *arena;
	struct aisp_jit_grant *v;    /* by identity, then control */
	size_t n;
};
/* Marks the edges that are grants of a path which starts or ends at an AI asset: on[1 … n_edges], given zeroed. */
int aisp_jit_paths(const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_usage *u, bool *on, struct aisp_err *err);
int aisp_jit_make(const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_usage *u, struct aisp_jit *ret, struct aisp_err *err);
void aisp_jit_done(struct aisp_jit *j);
/* Writes DIR/FOLDER/README.md and artefacts for every grant that is not to be kept, and DIR/README.md. The folder must not exist or be empty (AISP_E_USAGE). No file holds a secret. */
int aisp_jit_write(struct aisp_jit *j, const struct aisp_snapshot *s, const struct aisp_usage *u, const char *dir, struct aisp_err *err);
