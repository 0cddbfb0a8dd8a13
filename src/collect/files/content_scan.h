/* The content detectors over all files of a walk, in parallel, and over the repository's history; then into the graph. */
#pragma once
#include "collect/files/emit.h"
#include "collect/files/walk.h"

struct aisp_content_stage;
/* Reads and looks at every file (c->content must not be NULL). The folder's descriptor stays the caller's. */
int aisp_content_stage_run(const struct aisp_collect *c, const struct aisp_target *target, int root, const struct aisp_walk *walk, uint64_t deadline_ns,
                           struct aisp_content_stage **ret, struct aisp_err *err);
/* Adds what was found, in order of paths, and with target->history what `top` (a folder with .git) has in its past. Call it after
 * the parsers' facts. */
int aisp_content_stage_add(struct aisp_content_stage *s, struct aisp_emit *e, const char *top, struct aisp_err *err);
void aisp_content_stage_free(struct aisp_content_stage *s);
