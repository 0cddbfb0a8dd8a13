/* Between the search for derivations (derive.c) and the choice of explanations (explain.c). */
#pragma once
#include "reach/reach_int.h"

enum { AISP_COST_MAX = 0x3fffffff }; /* costs are capped here, so that sums stay in 32 bits */

/* How a slot's mode is held, as far as a search knows. */
struct aisp_fact {
	uint32_t cost;
	aisp_edge edge;
	uint32_t hop; /* while a path is written: index of the hop that gives it, + 1 */
	uint16_t row;
	uint8_t what;  /* as in struct aisp_hop */
	uint8_t state; /* 0 unknown, 1 open, 2 closed: the cost is the least */
};
/* A queue for keys that never fall below the last one taken: bucket i has keys that differ from it first in bit i-1. */
struct aisp_item {
	uint32_t key, slot;
};
struct aisp_queue {
	AISP_VEC(struct aisp_item) bucket[33];
	uint32_t last;
	size_t n;
};
int aisp_queue__put(struct aisp_queue *q, uint32_t key, uint32_t slot);
bool aisp_queue__take(struct aisp_queue *q, struct aisp_item *ret, int *ret_rc);
void aisp_queue__reset(struct aisp_queue *q);
void aisp_queue__done(struct aisp_queue *q);

/* What can flow at all from a mode of a node kind, so that edges need not be looked at in vain. */
struct aisp_ways {
	bool out[AISP_NK][AISP_MK], in[AISP_NK][AISP_MK]; /* along leaving, entering edges */
	uint8_t mode_at[AISP_NK][AISP_MK];                /* the mode at a place of the layout */
};
void aisp_ways__init(struct aisp_ways *w, const struct aisp_reach *r);

struct aisp_derive {
	const struct aisp_reach *r;
	const struct aisp_ways *ways;
	const struct aisp_actor *actor;
	bool certain;
	const uint64_t *useful;  /* bit a slot: the actor holds it, and it can lead to the target */
	const uint32_t *outside; /* by slot: what is still to be paid at least, UINT32_MAX = useless; NULL = not known */
	const aisp_edge *banned;
	size_t n_banned;
	uint64_t budget;         /* facts that may be visited; counted down by each run */
	struct aisp_fact *facts; /* by slot */
	struct aisp_trial *trial; /* set while aisp_derive__needed works */
	AISP_VEC(uint32_t) touched;
	struct aisp_queue queue;
};
int aisp_derive__init(struct aisp_derive *d, struct aisp_err *err);
void aisp_derive__done(struct aisp_derive *d);
/* Finds the cheapest derivation of every slot, or, unless target is UINT32_MAX, of those cheaper than the target.
 * Starts anew each time; ends early when the budget is used up. AISP_E_NOMEM. */
int aisp_derive__run(struct aisp_derive *d, uint32_t target);
/* After a whole run: at least what is to be paid behind each slot until the target is held. */
int aisp_derive__outside(const struct aisp_derive *d, uint32_t target, uint32_t *outside);
/* After a whole run and with outside costs: which of these edges (sorted, at most 64 are looked at) every derivation of
 * the target needs; bit i of ret_needed for edges[i]. AISP_E_NOMEM. */
int aisp_derive__needed(struct aisp_derive *d, uint32_t target, const uint32_t *outside, const aisp_edge *edges, size_t n,
                        uint64_t *ret_needed);
/* Writes the derivation of the target down. AISP_E_NOMEM. */
int aisp_derive__path(struct aisp_derive *d, uint32_t target, struct aisp_path *ret);
