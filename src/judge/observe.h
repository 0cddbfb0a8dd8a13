/* What was seen to happen, handed in from outside (govern/usage.h ties log lines to nodes): the rows of table `observation`, and a term of the priority. */
#pragma once
#include "judge/judge.h"

struct aisp_observation {
	aisp_node identity, workload, asset; /* 0: not tied */
	struct aisp_slice action, source, reason; /* reason: why identity or asset is not tied; empty: both are */
	int64_t count, refused, first_us, last_us;
};
struct aisp_observations {
	const struct aisp_observation *v; /* texts and rows borrowed while they are asked */
	size_t n;
};
/* As aisp_sql_query, with rows in table `observation`. */
int aisp_sql_query_observed(const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_observations *observed, struct aisp_slice sql, unsigned timeout_ms,
                            int (*row)(void *ctx, bool is_header, int n, const char *const *cells), void *ctx, struct aisp_err *err);
/* Adds the term "seen in use" to findings of which a step was seen in the logs after `since_us`, and sorts them anew. */
int aisp_findings_observe(struct aisp_findings *f, const struct aisp_snapshot *s, const struct aisp_observations *observed, int64_t since_us, struct aisp_err *err);
