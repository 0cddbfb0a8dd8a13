/* Collecting again: what apply and verify do after a change, and at each look. */
#pragma once
#include "cli/cli.h"
#include "collect/collect.h"

/* The collector that knows the target; NULL: none. */
const struct aisp_collector *aisp_scan_collector(struct aisp_slice target);
/* What stands for a target that holds a password where it is shown or stored. */
#define AISP_TARGET_HIDDEN "(connection string)"
struct aisp_again {
	struct aisp_target target;
	bool known;                            /* the members below are what was used before; else what a scan uses now */
	const struct aisp_slice *secret_rules; /* paths, each with a zero byte behind it */
	size_t n_secret_rules;
	int64_t timeout_s;
};
/* `aisp scan` of these targets into the store, without a report; all other sources keep their facts. Everything is stored, but a source that fails makes this fail with its reason. */
int aisp_scan_again(const struct aisp_options *o, const struct aisp_again *v, size_t n, int64_t *ret_run, struct aisp_err *err);
/* The facts as they would be if these targets stood for the stored sources of the same names; nothing is stored. A source that fails makes this fail. */
int aisp_scan_proposed(const struct aisp_options *o, const struct aisp_target *targets, size_t n, struct aisp_snapshot **ret, struct aisp_err *err);

struct aisp_place {
	struct aisp_slice system, name; /* "postgres", "127.0.0.1:5432" */
};
/* The stored sources that tell of these places, each with the name and options that it was collected with before; reached as ./aisp.yaml says it, else by a --with that leads there, else as the
 * store knows it. AISP_E_CONFLICT: it would become another source. */
int aisp_rescan(const struct aisp_options *o, const struct aisp_place *places, size_t n, int64_t *ret_run, struct aisp_err *err);
