/* Granted beside used: uses (store/uses.h) tied to nodes and edges of a snapshot.
 *
 * An identity is tied as far as the evidence goes: an assumed role's session to the role, and where session name, address and time say so to the workload; a service account's name, with the cluster, to
 * its node; a database role to the role on the server that the log is of; a span's agent by name. What cannot be tied keeps its text and one of the reasons below. A use
 * that could be tied to several nodes is tied to none (reason ambiguous).
 */
#pragma once
#include "judge/observe.h"
#include "reach/reach.h"
#include "store/uses.h"

enum aisp_untied {
	AISP_TIED = 0,
	AISP_UNTIED_NO_NAME,     /* the log does not say who, or to what */
	AISP_UNTIED_UNKNOWN,     /* no such thing in the inventory */
	AISP_UNTIED_AMBIGUOUS,   /* several fit */
	AISP_UNTIED_FOREIGN,     /* of an account, cluster or server that was not scanned */
	AISP_UNTIED_SERVICE,     /* the cloud's own service */
};
const char *aisp_untied_text(enum aisp_untied u);

struct aisp_tied_use {
	struct aisp_use use;             /* in the usage's arena */
	aisp_node identity, workload, asset; /* 0: not tied; workload: who was behind the session, where known */
	aisp_node credential;                /* with which it was done, where the log says and the inventory has it */
	enum aisp_untied identity_why, asset_why;
	int64_t done, denied;                /* in the window, by whole days; without one: as in `use` */
	bool more;                           /* there may be more of them in the window: some have no day */
};
enum aisp_used { AISP_NO_TELEMETRY = 0, AISP_NOT_USED, AISP_USED };
struct aisp_edge_use {
	enum aisp_used answer;
	int64_t count, denied; /* since the moment of aisp_usage_make_since; without one, all that was counted */
	int64_t count_all, first_us, last_us; /* of all time */
	bool at_least;         /* count and denied are too low, perhaps: some of what was counted has no day (store/uses.h) */
	int64_t window_us, window_to_us; /* how long was watched, until when; 0 with NO_TELEMETRY */
	const struct aisp_use_from *from;
	size_t n_from;
	const char *why;                 /* of NO_TELEMETRY: "no log of this kind was ingested", "logs cover 3 of 90 days", … */
};
struct aisp_usage;
/* uses NULL: nothing was ingested; all answers are NO_TELEMETRY. now_us: the moment that windows are measured to. */
int aisp_usage_make(const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t now_us, struct aisp_usage **ret, struct aisp_err *err);
void aisp_usage_free(struct aisp_usage *u);
void aisp_usage_freep(struct aisp_usage **u);
size_t aisp_usage_count(const struct aisp_usage *u);
const struct aisp_tied_use *aisp_usage_at(const struct aisp_usage *u, size_t i);
/* Was what this edge gives used? Edges that give access: CAN_…, HAS_TOOL, CALLS, READS, WRITES, AUTHENTICATES (credential), CONNECTS_TO, RETRIEVES_FROM, CAN_ASSUME. Uses count for every edge that could
 * have allowed them (two grants of the same: both are used; said in the result of the plan). */
struct aisp_edge_use aisp_usage_of_edge(const struct aisp_usage *u, aisp_edge e);
/* The same for a node as a whole: identity (as who), credential, tool, asset (as what). */
struct aisp_edge_use aisp_usage_of_node(const struct aisp_usage *u, aisp_node n);
/* As aisp_usage_make, with DIR/usage.yaml for the built-in rules/usage.yaml when it is there (rules_dir may be NULL). */
int aisp_usage_make_with(const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t now_us, const char *rules_dir, struct aisp_usage **ret, struct aisp_err *err);
/* The same, and only what lies at or after the beginning of since_us's UTC day counts as used (0: the thresholds of the rules): answers and counts are then of that window, by whole days. */
int aisp_usage_make_since(const struct aisp_snapshot *s, struct aisp_uses *uses, int64_t now_us, int64_t since_us, const char *rules_dir, struct aisp_usage **ret, struct aisp_err *err);
int64_t aisp_usage_since(const struct aisp_usage *u); /* that day's beginning; 0: none */
/* A threshold of one's own, over those of the rules. of: a kind of node (of the thing), before a kind of edge or identity, credential, asset, before a system (aws, kubernetes, postgres), before "all"; given
 * twice: the last. AISP_E_USAGE: no such word, or not 1 to 3650 days. */
int aisp_usage_set_days(struct aisp_usage *u, struct aisp_slice of, int64_t days, struct aisp_err *err);
bool aisp_usage_is_days_word(struct aisp_slice of);
/* Is it a right that somebody was given, as `aisp usage` lists it? Those of what only stands in for others are not. */
bool aisp_usage_is_grant(const struct aisp_usage *u, aisp_edge e);
/* How long must be watched before this edge is called not used, and who asks for it; 0 and "": no row says. */
int64_t aisp_usage_threshold(const struct aisp_usage *u, aisp_edge e, struct aisp_slice *ret_why);
struct aisp_attribution {
	int64_t events, identity_tied, asset_tied, both_tied;
	int64_t identity_why[6], asset_why[6]; /* events by enum aisp_untied */
};
struct aisp_attribution aisp_usage_attribution(const struct aisp_usage *u);
/* The uses as rows of table `observation` (aisp_sql_query_observed) and for aisp_findings_observe; they live as long as the usage. */
int aisp_usage_observations(struct aisp_usage *u, struct aisp_observations *ret, struct aisp_err *err);
