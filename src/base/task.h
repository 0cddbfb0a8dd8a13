/* Task pool: run f(ctx, i) for i in [0, n) on all cores, each index once; results go to index-addressed slots, so the
 * outcome does not depend on the order. */
#pragma once
#include "base/err.h"
#include <stddef.h>

/* Number of workers: AISP_JOBS, else online cores, at least 1, at most 64. */
unsigned aisp_task_workers(void);
/* f gets the worker's number too (0 … workers-1), for per-worker scratch. A negative return stops the rest and is given
 * back (the lowest index's); f fills its own error places. Blocks until all are done. */
int aisp_task_each(size_t n, int (*f)(void *ctx, size_t i, unsigned worker), void *ctx, struct aisp_err *err);
