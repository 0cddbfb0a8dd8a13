/* Does a plan hold on collected facts? Each goal and keep asked of the fixpoint; and where a closed path came back, what is new on it.
 *
 * A goal is proved closed only when it does not hold on the facts, and would not hold either if all that vanished from them unseen were put back: what a source told before the change and no
 * longer tells counts as gone only if that source was read whole since. A goal of which an end is in no facts any more is proved closed only if that end hung on what the plan took away and all
 * who told of it were read whole. Everything else is unknown, which is no proof.
 */
#pragma once
#include "base/arena.h"
#include "base/doc.h"
#include "reach/reach.h"

struct aisp_proved {
	bool is_goal;          /* must not hold; else a keep, which must */
	bool wanted;           /* the plan promises it (a goal that could be closed, a keep that was kept) */
	bool holds, certain;   /* what the fixpoint says */
	bool known;            /* both ends are in the snapshot */
	bool ok;               /* as promised, and proved */
	bool unknown;          /* a goal that can be proved neither closed nor open: `why` */
	struct aisp_slice start, target, mode, finding; /* of the plan */
	struct aisp_slice why; /* names the node or edge and the source; in the arena */
	aisp_node from, to;
};
struct aisp_proof {
	struct aisp_proved *v;
	size_t n, bad, unknown; /* bad: what is not as promised; unknown: neither ok nor bad */
};
struct aisp_proof_in {
	const struct aisp_snapshot *s;      /* the facts to be judged */
	const struct aisp_reach *r;         /* of them */
	const struct aisp_doc *plan;        /* goals, keeps, certainty, and steps[].control or controls: a plan file, or the data of an apply entry */
	const struct aisp_snapshot *before; /* the facts before the change; NULL: a goal whose ends are there is only asked of s, another is unknown */
	const struct aisp_slice *fresh;     /* keys of the sources that were read since then */
	size_t n_fresh;
};
/* In the arena. */
int aisp_proof_make(const struct aisp_proof_in *in, struct aisp_arena *a, struct aisp_proof *ret, struct aisp_err *err);

/* Edges of the path by which an open goal holds that an older snapshot does not have in this form (ends, kind, control, condition). In the arena. */
int aisp_proof_changes(const struct aisp_snapshot *s, const struct aisp_reach *r, const struct aisp_proved *p, const struct aisp_snapshot *old, struct aisp_arena *a, aisp_edge **ret, size_t *ret_n,
		       struct aisp_err *err);
/* Does the snapshot have an edge like this one of another? */
bool aisp_proof_has_edge(const struct aisp_snapshot *in, const struct aisp_snapshot *s, aisp_edge e);
