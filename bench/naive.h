/* What the engine is measured against, in the same process, on the same snapshot, 64 actors at a time. */
#pragma once
#include "reach/reach.h"

/* The same question the simple way: a worklist of (node, mode), rows looked up edge by edge. words[n * AISP_MODE_END + m]. */
int naive_modes(const struct aisp_snapshot *s, const struct aisp_actor *actors, size_t n, bool certain, uint64_t *words);

/* A limit: edges without modes. Whoever has a node has where its edges lead, if anything flows along them at all. */
struct plain {
	uint32_t n, *at, *to; /* from node i: to[at[i]] … to[at[i + 1] - 1] */
};
int plain_make(const struct aisp_snapshot *s, struct plain *ret);
void plain_done(struct plain *p);
/* words[n], a bit an actor. */
int plain_reach(const struct plain *p, const struct aisp_actor *actors, size_t n, uint64_t *words);
