/* aisp.yaml: what to scan and how. Unknown keys are errors, so that a typing mistake is not a silent hole in the scan. */
#pragma once
#include "base/vec.h"
#include "collect/collect.h"

struct aisp_config_days {
	struct aisp_slice of; /* govern/usage.h: aisp_usage_set_days */
	int64_t days;
};
struct aisp_config {
	struct aisp_arena *arena;
	AISP_VEC(struct aisp_target) targets;
	const char *store, *fail_on, *rules, *ignore_file; /* NULL = not said */
	struct aisp_slice *secret_rules; /* paths */
	size_t n_secret_rules;
	AISP_VEC(struct aisp_config_days) usage_days; /* usage: {days: {…}} */
	int64_t approvals;           /* approvals: {plans: N}: how many a plan needs before it is carried out */
	bool approvals_by_others;    /* {other_than_author: yes}: that of the plan's author does not count */
};
/* Reads the file; paths in it are relative to its folder. AISP_E_USAGE with file, line and what is expected. */
int aisp_config_load(const char *path, struct aisp_config *ret, struct aisp_err *err);
void aisp_config_done(struct aisp_config *c);
