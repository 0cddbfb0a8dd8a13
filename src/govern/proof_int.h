/* Inside the proof: which sources' silence proves nothing, and the facts with what they told before put back. */
#pragma once
#include "govern/proof.h"

/* One source of the snapshot before. */
struct aisp_doubt {
	struct aisp_slice why;  /* "has a new gap: …"; empty: it was read whole, or what it told stands */
	bool fresh;             /* read since; else what it told stands as long as its ends are known */
	bool only_credentials;  /* the gap can hide credentials only */
};
struct aisp_doubts {
	const struct aisp_snapshot *s, *before;
	struct aisp_doubt *of;  /* by number of the source in before */
	bool any;               /* of them has a why, or is not fresh */
	const bool *put_back;   /* by edge of before: put it back whoever told it; NULL: none */
};
/* In the arena. */
int aisp_proof__doubts(const struct aisp_proof_in *in, struct aisp_arena *a, struct aisp_doubts *ret, struct aisp_err *err);
/* The reason why an absence of this edge or node of `before` proves nothing: a source's number; 0: none. */
uint16_t aisp_proof__edge_doubt(const struct aisp_doubts *d, aisp_edge e);
uint16_t aisp_proof__node_doubt(const struct aisp_doubts *d, aisp_node n);
/* s with all edges of `before` put back whose absence proves nothing, and the nodes that they need; no evidence and no properties. NULL: it would be the same as s. */
int aisp_proof__united(const struct aisp_doubts *d, struct aisp_snapshot **ret, struct aisp_err *err);
