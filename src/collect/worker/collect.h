/* Running a collector: in a worker process when its target is at rest (files, captures), else in this one (a live server
 * needs the network, and its answers come through its client library). */
#pragma once
#include "collect/collect.h"

/* As collector->scan; facts come into c->graph either way. unconfined: --no-sandbox. */
int aisp_collect_run(const struct aisp_collector *collector, const struct aisp_collect *c, const struct aisp_target *t,
                     bool unconfined, struct aisp_err *err);
