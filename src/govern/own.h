/* Whose an asset is, from ranked evidence: claims in the log > tags, labels and owner properties > CODEOWNERS > annotation of the manifest > who made it, by the audit log > who changed its file last >
 * namespace or account > repository. The best stands; the others are told.
 *
 * Entries of the log, kind "own": {"action":"claim|decline|escalate","subject":ID,"to":WHO,"reason":…}. A later claim of somebody else while the first stands is a dispute.
 */
#pragma once
#include "base/vec.h"
#include "govern/log.h"
#include "govern/usage.h"

enum aisp_own_rank { AISP_OWN_CLAIM = 1, AISP_OWN_TAG, AISP_OWN_CODEOWNERS, AISP_OWN_ANNOTATION, AISP_OWN_CREATOR, AISP_OWN_COMMITTER, AISP_OWN_NAMESPACE, AISP_OWN_REPOSITORY };
const char *aisp_own_rank_name(enum aisp_own_rank r);
struct aisp_own_evidence {
	enum aisp_own_rank rank;
	struct aisp_slice who, why; /* "@acme/support", ".github/CODEOWNERS: bot/ @acme/support" */
	unsigned level;             /* 0: said of it; 1, 2, …: of what it is in */
	bool declined;              /* who said that it is not theirs */
};
struct aisp_owning {
	AISP_VEC(struct aisp_own_evidence) v; /* best first; the first that is not declined owns it */
	const struct aisp_own_evidence *owner; /* NULL: nobody */
	bool disputed;
	struct aisp_slice escalated_to;        /* who is to decide; empty: nobody was asked */
};
struct aisp_owners;
/* log_path may be NULL, or name no file: nobody claimed anything. */
int aisp_owners_load(const char *log_path, const struct aisp_snapshot *s, struct aisp_owners **ret, struct aisp_err *err);
void aisp_owners_free(struct aisp_owners *o);
/* From now on who made an asset, as logs tell, is evidence too. The usage is borrowed. */
int aisp_owners_add_usage(struct aisp_owners *o, const struct aisp_usage *u, struct aisp_err *err);
/* Texts live until the next call with these owners. */
int aisp_owners_of(struct aisp_owners *o, aisp_node n, struct aisp_owning *ret, struct aisp_err *err);
void aisp_owning_done(struct aisp_owning *w);
struct aisp_own_coverage {
	uint32_t assets, owned, ai, ai_owned, disputed;
	uint32_t likely; /* not owned, but somebody made it or changed its file last */
};
/* Owned is what somebody said: a claim, tag, CODEOWNERS or annotation. Who made it or changed it last only makes likely; repository and namespace names say where it is, not who. */
int aisp_owners_coverage(struct aisp_owners *o, struct aisp_own_coverage *ret, struct aisp_err *err);
static inline bool aisp_own_counts(const struct aisp_owning *w)
{
	return w->owner && w->owner->rank <= AISP_OWN_ANNOTATION;
}
