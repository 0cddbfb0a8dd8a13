/* Policy as code: what must never be, said in aisp.yaml and decided by reach (docs/policies.md).
 *
 *   policies:
 *     - id: no-public-payments        # the findings are AISP-POLICY/no-public-payments
 *       title: No public agent reaches a payment tool
 *       severity: critical            # default high
 *       deny:
 *         from: {kind: agent, public: true}
 *         to: {kind: tool, action: payment}
 *         mode: [call, steer]         # default read
 *       except:
 *         - {from: {name: checkout-bot}, reason: pays after a person has agreed, until: 2027-03-01}
 *
 * A pair is denied when its start fits `from`, its target fits `to`, the start holds one of the modes on the target, and no exception fits. Complete: every pair is looked at.
 */
#pragma once
#include "judge/judge.h"

struct aisp_policies;
/* The policies of a configuration; path NULL: ./aisp.yaml, if it is there. AISP_E_USAGE with file and line. ret_found (may be NULL): the file was there. */
int aisp_policies_load(const char *path, bool *ret_found, struct aisp_policies **ret, struct aisp_err *err);
/* The same from a text; `file` is for messages. */
int aisp_policies_parse(struct aisp_slice text, const char *file, struct aisp_policies **ret, struct aisp_err *err);
void aisp_policies_free(struct aisp_policies *p);
size_t aisp_policies_count(const struct aisp_policies *p); /* p may be NULL */
/* Adds what breaks them to the findings, one for each start and target. The findings point into the policies. log_path: where owners' claims are (own.h); may be NULL. */
int aisp_policies_judge(const struct aisp_policies *p, const char *log_path, const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_findings *f, struct aisp_err *err);
/* Is the finding one of a policy? */
bool aisp_policies_is(const struct aisp_finding *f);
