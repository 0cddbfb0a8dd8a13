/* Comparing two states of access: who can do what with sensitive assets before and after. Used by what-if (an overlay on
 * one snapshot) and diff (two moments).
 */
#pragma once
#include "cli/session.h"

/* One access that only one of the two states has. Ids, for the snapshots differ. */
struct aisp_change {
	struct aisp_slice actor, target; /* canonical ids, borrowed from the snapshots */
	enum aisp_mode mode;
	bool certain, gained;
};
struct aisp_changes {
	AISP_VEC(struct aisp_change) list;
};
/* All (who, sensitive asset) pairs of one mode that differ. Sensitive: confidential or restricted; where nothing is
 * marked, every AI asset and table. Sorted: lost before gained, then by actor and target. */
int aisp_compare(const struct aisp_snapshot *a, const struct aisp_reach *ra, const struct aisp_snapshot *b, const struct aisp_reach *rb,
                 enum aisp_mode mode, struct aisp_changes *ret, struct aisp_err *err);
void aisp_changes_done(struct aisp_changes *c);
/* Text and JSON forms. */
void aisp_changes_put(const struct aisp_changes *c, size_t limit, struct aisp_buf *out);
void aisp_changes_json(const struct aisp_changes *c, struct aisp_jw *w);

/* what-if --policies DIR…: exit code. */
int aisp_whatif_proposed(struct aisp_options *o, struct aisp_err *err);
