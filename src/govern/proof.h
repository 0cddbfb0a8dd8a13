/* Does a plan hold on collected facts? Each goal and keep asked of the fixpoint; and where a closed path came back, what is new on it. */
#pragma once
#include "base/arena.h"
#include "base/doc.h"
#include "reach/reach.h"

struct aisp_proved {
	bool is_goal;          /* must not hold; else a keep, which must */
	bool wanted;           /* the plan promises it (a goal that could be closed, a keep that was kept) */
	bool holds, certain;   /* what the fixpoint says */
	bool known;            /* both ends are in the snapshot */
	bool ok;               /* as promised */
	struct aisp_slice start, target, mode, finding; /* of the plan */
	aisp_node from, to;
};
struct aisp_proof {
	struct aisp_proved *v;
	size_t n, bad;
};
/* plan: object with goals, keeps and certainty (a plan file or the data of an apply entry). In the arena. */
int aisp_proof_make(const struct aisp_snapshot *s, const struct aisp_reach *r, const struct aisp_doc *plan, struct aisp_arena *a, struct aisp_proof *ret, struct aisp_err *err);

/* Edges of the path by which an open goal holds that an older snapshot does not have in this form (ends, kind, control, condition). In the arena. */
int aisp_proof_changes(const struct aisp_snapshot *s, const struct aisp_reach *r, const struct aisp_proved *p, const struct aisp_snapshot *old, struct aisp_arena *a, aisp_edge **ret, size_t *ret_n,
		       struct aisp_err *err);
/* Does the snapshot have an edge like this one of another? */
bool aisp_proof_has_edge(const struct aisp_snapshot *in, const struct aisp_snapshot *s, aisp_edge e);
