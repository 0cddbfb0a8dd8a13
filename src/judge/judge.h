/* Rules and findings. A rule is a YAML file in rules/findings/: a question as SQL over the virtual tables of sql.h, with
 * what it means, how to fix it and the controls it maps to. A finding is one row of its answer with a stable
 * fingerprint (rule and canonical ids, never lines or numbers that move).
 */
#pragma once
#include "base/buf.h"
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
/* What was decided about a finding (govern/decide.h), or by a file of accepted ones (suppress.h). */
struct aisp_finding_state {
	const char *name;               /* open, triaged, planned, accepted, false_positive, resolved, reopened */
	struct aisp_slice reason, by, until, why; /* of the decision; why: why it is open again */
	struct aisp_slice where;        /* "entry 17", "aisp-ignore.yaml:12"; empty: nobody decided */
	bool hidden;                    /* left out of lists and of --fail-on */
};
struct aisp_finding {
	char fingerprint[33];
	bool counts_target;                 /* the target is part of the fingerprint */
	const struct aisp_finding_state *state; /* NULL: not asked for; it is open */
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
/* The fingerprint of such a finding about things of these ids: subject, start, target; empty where it has none. scratch is cleared. */
int aisp_finding_fingerprint(struct aisp_slice rule, const struct aisp_slice ids[3], struct aisp_buf *scratch, char ret[33], struct aisp_err *err);
/* Findings that come from elsewhere than a rule's SQL (policies): explained, weighed, fingerprinted and put among the others in order. The rules must live as long as
 * the findings; messages are copied. */
struct aisp_found {
	const struct aisp_rule *rule;
	aisp_node subject, start, target;
	enum aisp_mode mode; /* what start holds on target */
	bool certain;
	struct aisp_slice message;
};
int aisp_findings_add(struct aisp_findings *f, const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_found *v, size_t n, struct aisp_err *err);
/* Takes out the findings of which keep says no, in place. */
void aisp_findings_keep(struct aisp_findings *f, bool (*keep)(void *ctx, const struct aisp_finding *f), void *ctx);

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
