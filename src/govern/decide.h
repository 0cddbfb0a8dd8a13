/* What was decided about findings, worked out from the log (log.h) and what is found now. Nothing is stored here: the log is all there is.
 *
 * A finding is open, triaged, planned, accepted until a day, rejected as false positive, resolved, or reopened. A decision cites the evidence that it was made on: parts such as
 * "severity high", "certain", "edge CAN_READ role/app → table/customers (GRANT SELECT …)", and their digest; never line numbers. When the evidence of the finding is no longer
 * that, or the day has come, the finding is open again and says why.
 *
 * Entries of the log, kind "decide":
 *   {"action":"accept","fingerprint":"…","also":["…"],"rule":"AISP-PATH-001","subject":"…","reason":"…","until":"2027-01-31","evidence":{"digest":"…","parts":["…"]},"plan":"…"}
 * "also" are the fingerprints that the finding has under other names of the same things, so that the decision stays when an id changes with its alias.
 */
#pragma once
#include "base/vec.h"
#include "govern/log.h"
#include "judge/judge.h"
#include "store/store.h"

enum aisp_action { AISP_ACTION_TRIAGE = 1, AISP_ACTION_ACCEPT, AISP_ACTION_FALSE_POSITIVE, AISP_ACTION_PLAN, AISP_ACTION_REOPEN };
const char *aisp_action_name(enum aisp_action a); /* "triage", "accept", "false-positive", "plan", "reopen" */

/* Evidence of a finding as sorted parts and the BLAKE2b-128 of them. */
struct aisp_basis {
	char digest[33];
	struct aisp_slice *parts;
	size_t n;
};
/* In the arena. AISP_E_NOMEM. */
int aisp_basis_of(const struct aisp_snapshot *s, const struct aisp_finding *f, struct aisp_arena *a, struct aisp_basis *ret, struct aisp_err *err);

struct aisp_decision {
	uint64_t n;               /* number of the entry */
	int64_t at_us;
	enum aisp_action action;
	struct aisp_slice by, fingerprint, rule, subject, reason, plan;
	int64_t until_us;         /* the decision holds before this moment; 0 = no end */
	struct aisp_slice until;  /* as written */
	struct aisp_basis basis;  /* n = 0: the entry cites none (reopen) */
	struct aisp_slice *also;
	size_t n_also;
};
/* All decisions of a log. */
struct aisp_decisions;
/* A log that does not exist is an empty one. AISP_E_CONFLICT: the log was changed. */
int aisp_decisions_load(const char *log_path, struct aisp_decisions **ret, struct aisp_err *err);
void aisp_decisions_free(struct aisp_decisions *d);
void aisp_decisions_freep(struct aisp_decisions **d);
size_t aisp_decisions_count(const struct aisp_decisions *d);
const struct aisp_decision *aisp_decisions_at(const struct aisp_decisions *d, size_t i); /* in the log's order */
/* The last one about this fingerprint, also by another name; NULL if none. */
const struct aisp_decision *aisp_decisions_last(const struct aisp_decisions *d, struct aisp_slice fingerprint);

/* What stands for a finding that is found now: fills f->state (judge.h) for each, in the findings' arena. `store` may be NULL: then what was resolved and came back is not known. */
int aisp_decisions_state(const struct aisp_decisions *d, const struct aisp_snapshot *s, struct aisp_store *store, int64_t now_us, struct aisp_findings *f, struct aisp_err *err);

/* What to write about one finding. until: "YYYY-MM-DD" or empty (the whole of that day still counts). plan: a plan's id, for AISP_ACTION_PLAN. */
struct aisp_verdict {
	enum aisp_action action;
	struct aisp_slice reason, until, plan;
};
/* Is it whole: a reason where one is needed, a day that lies ahead? AISP_E_USAGE says what is missing. */
int aisp_verdict_check(const struct aisp_verdict *v, struct aisp_err *err);
/* Appends the decision with the finding's evidence. AISP_E_USAGE: a reason or day is missing or wrong. */
int aisp_decisions_add(struct aisp_govlog *log, const char *by, const struct aisp_verdict *v, const struct aisp_snapshot *s, const struct aisp_finding *f, uint64_t *ret_n,
                       struct aisp_err *err);
/* The same without the finding at hand: for plans and verify. mark_planned of a finding that is found now is better done by aisp_decisions_add, which cites the evidence. */
int aisp_decisions_mark_planned(struct aisp_govlog *log, const char *by, struct aisp_slice fingerprint, struct aisp_slice plan, uint64_t *ret_n, struct aisp_err *err);
int aisp_decisions_reopen(struct aisp_govlog *log, const char *by, struct aisp_slice fingerprint, struct aisp_slice reason, uint64_t *ret_n, struct aisp_err *err);
