/* Running a collector: in a worker process when its target is at rest (files, captures), else in this one (a live server
 * needs the network, and its answers come through its client library). */
#pragma once
#include "base/arena.h"
#include "collect/collect.h"

enum { AISP_READABLE_MAX = 4 };
struct aisp_readable {
	struct aisp_slice v[AISP_READABLE_MAX];
	size_t n;
};
/* What a worker may read: the target (for a single file the folder around it), and when it lies inside a git checkout, the
 * whole of that: its ignore files and its objects. Texts live in the arena. */
void aisp_collect_readable(const struct aisp_target *t, struct aisp_arena *a, struct aisp_readable *ret);

/* As collector->scan; facts come into c->graph either way. unconfined: --no-sandbox. */
int aisp_collect_run(const struct aisp_collector *collector, const struct aisp_collect *c, const struct aisp_target *t,
                     bool unconfined, struct aisp_err *err);
