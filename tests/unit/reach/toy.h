/* Small snapshots filled by hand, and the slow, obvious evaluator that the engine is compared with: straight from the
 * rows of the semantics table, over all edges again and again until nothing changes, one actor at a time.
 */
#pragma once
#include "reach/reach.h"

struct toy_edge {
	aisp_node from, to;
	enum aisp_edge_kind kind;
	unsigned flags;
	bool conditional, unresolved;
};
struct toy {
	uint8_t *kinds, *flags; /* 1 … n_nodes; kinds ascending */
	struct toy_edge *edges; /* 1 … n_edges; sorted by toy_finish */
	uint32_t n_nodes, n_edges;
	struct aisp_snapshot s; /* made by toy_finish */
};
void toy_init(struct toy *t, uint32_t max_nodes, uint32_t max_edges);
void toy_done(struct toy *t);
aisp_node toy_node(struct toy *t, enum aisp_node_kind kind, unsigned flags); /* kinds in ascending order */
void toy_edge(struct toy *t, aisp_node from, enum aisp_edge_kind kind, aisp_node to);
void toy_finish(struct toy *t);

/* A random graph over kinds and edges of the table. */
uint64_t toy_random(uint64_t *state);
uint32_t toy_below(uint64_t *state, uint32_t n);
void toy_fill(struct toy *t, uint64_t *state, uint32_t n_nodes, uint32_t n_edges);
/* What is left and added by an overlay, as a snapshot of its own. */
void toy_apply(struct toy *to, const struct toy *from, const struct aisp_overlay *o);

/* modes[n] has bit m set when the actor holds m on n; `only` limits the edges (bit i = edge i) when not NULL. */
void slow_forward(const struct toy *t, const struct aisp_actor *a, bool certain, const uint64_t *only, uint16_t *modes);
/* Least weight of each fact, UINT32_MAX where it does not hold: weights[n * AISP_MODE_END + m]. */
void slow_weights(const struct toy *t, const struct aisp_actor *a, bool certain, uint32_t *weights);
/* Does the guard let it pass? */
bool slow_guard(enum aisp_guard g, unsigned edge_flags, unsigned node_flags);
