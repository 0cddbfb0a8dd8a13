/* Findings that a team has looked at and accepts, in a file that is reviewed like code (aisp-ignore.yaml):
 *
 *   ignore:
 *     - rule: AISP-CRED-005          # glob on the rule's id
 *       path: "tests/fixtures/a.env" # glob on the places that the finding rests on
 *       subject: "generic-password"  # glob on the id or name of what it is about
 *       reason: made-up passwords of the test data      # needed
 *       until: 2027-06-30            # after this day the findings are back
 *       by: eva@example.com
 *       count: 12                    # at most so many findings: a new one of the same kind is not hidden (baselines)
 *
 * An entry needs a reason and at least one of rule, path, subject; all that it names must fit.
 */
#pragma once
#include "base/buf.h"
#include "judge/judge.h"

struct aisp_suppressions;
/* AISP_E_USAGE with file and line for what is wrong. `file` is only for messages. */
int aisp_suppressions_parse(struct aisp_slice text, const char *file, struct aisp_suppressions **ret, struct aisp_err *err);
void aisp_suppressions_free(struct aisp_suppressions *s);

struct aisp_suppressed {
	size_t hidden;        /* findings that were taken out */
	size_t expired, unused; /* entries whose day has passed; that fitted nothing */
	struct aisp_slice first_expired, first_unused; /* "aisp-ignore.yaml:12 (reason)" */
};
/* Takes accepted findings out, in place; the others keep their order. `now_us`: wall time. */
void aisp_suppressions_apply(struct aisp_suppressions *s, const struct aisp_snapshot *snap, int64_t now_us,
                             struct aisp_findings *f, struct aisp_suppressed *ret);
/* The same, but nothing is taken out: what is accepted gets its state (judge.h). AISP_E_NOMEM. */
int aisp_suppressions_mark(struct aisp_suppressions *s, const struct aisp_snapshot *snap, int64_t now_us, struct aisp_findings *f,
                           struct aisp_suppressed *ret, struct aisp_err *err);
/* The findings as such a file: a baseline, to be reviewed and committed. */
int aisp_suppressions_write(const struct aisp_snapshot *snap, const struct aisp_findings *f, int64_t now_us, struct aisp_buf *out,
                            struct aisp_err *err);
