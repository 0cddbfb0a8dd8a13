/* The smallest change that closes given paths: a cheapest set of control objects without which no actor holds the mode on the target any more, and every use
 * that is to be kept still works (or its loss is listed with its price). Solved in control objects, not edges: one object can carry many edges, and an
 * edge may need several ("A and (B or C)" in its control).
 *
 * Label cut is NP-hard; implicit hitting set with integer programming solves what occurs in practice. The answer says whether it is proved to be the cheapest, or gives
 * the bound. Exact with respect to the fixpoint of reach.h, certain and possible as asked.
 */
#pragma once
#include "reach/reach.h"

struct aisp_cut_goal {
	struct aisp_actor actor;
	aisp_node target;
	enum aisp_mode mode;
};
struct aisp_cut_keep {
	struct aisp_cut_goal use;
	double price; /* of losing it; INFINITY: must not be lost */
};
struct aisp_cut_in {
	const struct aisp_cut_goal *close;
	size_t n_close;
	enum aisp_certainty certainty; /* close what is certain only, or also what is possible */
	const struct aisp_cut_keep *keep;
	size_t n_keep;
	/* Price of taking a control object away; INFINITY: not to be touched; NULL: 1 each. Text as in the edges' control. */
	double (*price)(void *ctx, const struct aisp_snapshot *s, struct aisp_slice control);
	void *ctx;
	unsigned max_ms; /* 0: 10,000 */
	size_t flow_from; /* from how many steps on the graph is condensed before it is worked out, and bounded by flow where that says more; 0: by steps and goals */
};
struct aisp_cut {
	struct aisp_slice *controls; /* sorted; in the snapshot's texts or the cut's own memory */
	size_t n_controls;
	double cost;         /* of controls and lost uses */
	double bound;        /* nothing cheaper than this exists */
	bool proved;         /* cost == bound */
	bool closed;         /* false: cannot be closed: some path has no control object, or only untouchable ones (open_*) */
	size_t *open;        /* indices of goals that cannot be closed */
	size_t n_open;
	size_t *lost;        /* indices of keeps that are lost by it */
	size_t n_lost;
	uint32_t rounds, paths; /* of the hitting set */
	struct aisp_arena *arena;
};
int aisp_cut_find(const struct aisp_snapshot *s, const struct aisp_cut_in *in, struct aisp_cut *ret, struct aisp_err *err);
void aisp_cut_done(struct aisp_cut *c);
/* The edges that go when these control objects go: for an overlay. Ascending; the caller frees with aisp_mem_free. */
int aisp_cut_edges(const struct aisp_snapshot *s, const struct aisp_slice *controls, size_t n, aisp_edge **ret, size_t *ret_n, struct aisp_err *err);
