/* Collecting again: what apply and verify do after a change, and at each look. */
#pragma once
#include "cli/cli.h"
#include "collect/collect.h"

/* The collector that knows the target; NULL: none. */
const struct aisp_collector *aisp_scan_collector(struct aisp_slice target);
/* `aisp scan` of these targets into the store, without a report; all other sources keep their facts. Everything is stored, but a source that fails makes this fail with its reason. */
int aisp_scan_again(const struct aisp_options *o, const struct aisp_target *targets, size_t n, int64_t *ret_run, struct aisp_err *err);
/* The facts as they would be if these targets stood for the stored sources of the same names; nothing is stored. A source that fails makes this fail. */
int aisp_scan_proposed(const struct aisp_options *o, const struct aisp_target *targets, size_t n, struct aisp_snapshot **ret, struct aisp_err *err);

struct aisp_place {
	struct aisp_slice system, name; /* "postgres", "127.0.0.1:5432" */
};
/* The stored sources that tell of these places, each as ./aisp.yaml says it, else as a --with that leads there, else as the store knows it. */
int aisp_rescan(const struct aisp_options *o, const struct aisp_place *places, size_t n, int64_t *ret_run, struct aisp_err *err);
