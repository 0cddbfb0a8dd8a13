/* What logs said, for commands that use it beside their own work: the usage with the thresholds of --rules and aisp.yaml, and its term in the priority of findings. */
#pragma once
#include "cli/cli.h"
#include "govern/usage.h"

/* As aisp_usage_make_with, at the moment now, with the rules folder and the thresholds (`usage: {days: …}`) of the options and of the configuration (--config, else ./aisp.yaml if it is there). */
int aisp_usage_for(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_uses *uses, struct aisp_usage **ret, struct aisp_err *err);
/* The same with aisp_usage_make_since. */
int aisp_usage_for_since(const struct aisp_options *o, const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t since_us, struct aisp_usage **ret, struct aisp_err *err);
/* Adds "seen in use" to the findings whose path was used in the last 90 days, when logs were ingested beside this store. Logs' sums that cannot be read are said on stderr and weigh nothing: they
 * are no reason to withhold findings. */
int aisp_findings_seen(const struct aisp_options *o, const char *store_path, const struct aisp_snapshot *s, struct aisp_findings *f, struct aisp_err *err);
