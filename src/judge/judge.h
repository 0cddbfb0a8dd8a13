/* Rules and findings. A rule is a YAML file in rules/findings/: a question as SQL over the virtual tables of sql.h, with
 * what it means, how to fix it and the controls it maps to. A finding is one row of its answer with a stable
 * fingerprint (rule and canonical ids, never lines or numbers that move).
 */
#pragma once
#include "reach/reach.h"

enum aisp_severity { AISP_SEV_INFO = 1, AISP_SEV_LOW, AISP_SEV_MEDIUM, AISP_SEV_HIGH, AISP_SEV_CRITICAL };
const char *aisp_severity_name(enum aisp_severity s);
enum aisp_severity aisp_severity_find(struct aisp_slice name); /* 0 if unknown */

/* A control of a framework: rows of rules/frameworks/. */
struct aisp_control {
	struct aisp_slice framework, id, title; /* "owasp-nhi-2025", "NHI2:2025", "Secret Leakage" */
};
struct aisp_rule {
	struct aisp_slice id, title, description, remediation, sql, file;
	enum aisp_severity severity;
	const struct aisp_control *const *controls;
	size_t n_controls;
	struct aisp_slice path_mode; /* when rows name start and target: the mode that the path explains; empty = no path */
};
/* One term of the priority: "severity high" 30, "reaches restricted data" 20, … priority = their sum. */
struct aisp_term {
	struct aisp_slice what;
	int points;
};
struct aisp_finding {
	char fingerprint[33];
	const struct aisp_rule *rule;
	enum aisp_severity severity;
	struct aisp_slice message;          /* one sentence naming what and where */
	aisp_node subject;                  /* the asset or identity it is about */
	aisp_node start, target;            /* of the path; 0 = none */
	struct aisp_path path;              /* n = 0 when the finding has none */
	bool certain;
	enum aisp_confidence confidence;
	int priority;
	const struct aisp_term *terms;
	size_t n_terms;
};
/* All findings of one snapshot, sorted by priority (highest first), then rule and fingerprint. Owns its memory. */
struct aisp_findings {
	struct aisp_arena *arena;
	struct aisp_finding *v;
	size_t n;
};
void aisp_findings_done(struct aisp_findings *f);

struct aisp_rules; /* a loaded rule set with its frameworks */
/* Loads the built-in rules and, when dir is not NULL, the user's (a rule with the same id replaces the built-in). A broken
 * rule is AISP_E_USAGE naming file, line and what is wrong. */
int aisp_rules_load(const char *dir, struct aisp_rules **ret, struct aisp_err *err);
void aisp_rules_free(struct aisp_rules *r);
void aisp_rules_freep(struct aisp_rules **r);
size_t aisp_rules_count(const struct aisp_rules *r);
const struct aisp_rule *aisp_rules_at(const struct aisp_rules *r, size_t i); /* sorted by id */
/* Runs the positive and negative samples beside each rule; calls report(ctx, rule, sample, ok, detail) for each. */
int aisp_rules_test(const struct aisp_rules *r, int (*report)(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail), void *ctx, struct aisp_err *err);

/* Runs all rules over a snapshot. `reach` must be made from the same snapshot. */
int aisp_judge(const struct aisp_rules *rules, const struct aisp_snapshot *s, const struct aisp_reach *reach,
               struct aisp_findings *ret, struct aisp_err *err);

/* SQL for people: runs one read-only statement over the same virtual tables. row() is called with the column names first
 * (is_header), then once a row; cells are NULL-able text. Anything but a read is AISP_E_USAGE. time limit in ms, 0 = none. */
int aisp_sql_query(const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_slice sql, unsigned timeout_ms,
                   int (*row)(void *ctx, bool is_header, int n, const char *const *cells), void *ctx, struct aisp_err *err);
