/* What commands about decisions share: who decides, where the log is, what is judged now with what was decided. */
#pragma once
#include "cli/session.h"
#include "govern/decide.h"
#include "govern/policy.h"

/* Who decides: --by, $AISP_USER, the e-mail address or name that git knows, the system's name. Borrowed from a buffer of the process. */
const char *aisp_who(const struct aisp_options *o);
/* Appends "<store>.log". */
int aisp_log_path(const char *store_path, struct aisp_buf *out, struct aisp_err *err);
/* Opens the log of the store that the options name. AISP_E_NOTFOUND when it is to be read and there is none. */
int aisp_govlog_for(const struct aisp_options *o, bool write, struct aisp_govlog **ret, struct aisp_err *err);

/* Fills the state of all findings, from the log of the store and from the file of accepted findings (--ignore-file, the configuration's, ./aisp-ignore.yaml), and takes out
 * what is accepted or rejected unless `all`. Says on stderr how many, and which entries no longer hold. store may be NULL. */
int aisp_decided_for(const struct aisp_options *o, const char *ignore_file, const char *store_path, struct aisp_store *store, const struct aisp_snapshot *s,
                     struct aisp_findings *f, bool all, struct aisp_err *err);

/* aisp_policies_judge with the owners' claims of the store's log. */
int aisp_policies_for(const struct aisp_policies *p, const char *store_path, const struct aisp_snapshot *s, const struct aisp_reach *reach, struct aisp_findings *f, struct aisp_err *err);

/* The stored snapshot, judged by the rules and the policies of aisp.yaml, with states. */
struct aisp_judged {
	struct aisp_session s;
	struct aisp_rules *rules;
	struct aisp_findings findings;
	struct aisp_policies *policies; /* the findings point into it */
};
int aisp_judged_open(struct aisp_options *o, struct aisp_judged *ret, struct aisp_err *err);
void aisp_judged_done(struct aisp_judged *j);
