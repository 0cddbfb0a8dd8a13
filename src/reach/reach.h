/* Who reaches what. The least fixpoint of the semantics table over a snapshot, for many actors at once, one bit an actor.
 * Complete at any size: no depth cap, no sampling.
 *
 * Every question is answered twice: `certain` uses only unconditional edges of confidence above unresolved and known
 * guards; `possible` uses all. certain ⊆ possible.
 */
#pragma once
#include "reach/semantics.h"

/* An overlay for what-if: edges taken away and edges added; both may be empty. Borrowed during the call. */
struct aisp_overlay_edge {
	aisp_node from, to;
	enum aisp_edge_kind kind;
	unsigned flags;
	bool conditional;
};
struct aisp_overlay {
	const aisp_edge *removed;
	size_t n_removed;
	const struct aisp_overlay_edge *added;
	size_t n_added;
};

/* A snapshot made ready for asking: condensed, laid out by node kind. Immutable; may be shared by threads. The snapshot
 * is borrowed and must live longer; the overlay is copied. */
struct aisp_reach;
int aisp_reach_new(const struct aisp_snapshot *s, const struct aisp_overlay *overlay, struct aisp_reach **ret, struct aisp_err *err);
void aisp_reach_free(struct aisp_reach *r);
void aisp_reach_freep(struct aisp_reach **r);

/* An actor: a node, seeded as the table says; or with explicit seeds. */
struct aisp_seed {
	aisp_node node;
	enum aisp_mode mode;
};
struct aisp_actor {
	aisp_node node;                /* for display and default seeds; may be 0 with explicit seeds */
	const struct aisp_seed *extra; /* further seeds ("…, and already inside this network") */
	size_t n_extra;
	bool only_extra;               /* do not use the table's seeds */
};

enum aisp_certainty { AISP_POSSIBLE = 0, AISP_CERTAIN = 1 };

/* Answers for a batch of 1 to AISP_REACH_BATCH actors (AISP_E_USAGE otherwise; AISP_E_NOTFOUND for a node that does not
 * exist). An answer must not outlive its reach. */
enum { AISP_REACH_BATCH = 512 };
struct aisp_reach_answer;
int aisp_reach_forward(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n, enum aisp_certainty c,
                       struct aisp_reach_answer **ret, struct aisp_err *err);
/* Both answers from one pass, in about the time of one. They share memory; free both, in any order. */
int aisp_reach_forward_both(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n,
                            struct aisp_reach_answer **ret_possible, struct aisp_reach_answer **ret_certain,
                            struct aisp_err *err);
void aisp_reach_answer_free(struct aisp_reach_answer *a);
void aisp_reach_answer_freep(struct aisp_reach_answer **a);
/* Does the actor with this index hold the mode on the node? */
bool aisp_reach_holds(const struct aisp_reach_answer *a, size_t actor, aisp_node n, enum aisp_mode m);
/* Bit m set for each mode the actor holds on the node. */
unsigned aisp_reach_modes(const struct aisp_reach_answer *a, size_t actor, aisp_node n);
/* Actor bits of one mode of one node: words of 64; *ret_words = (n actors + 63) / 64. Zeros when the mode cannot occur. */
void aisp_reach_row(const struct aisp_reach_answer *a, aisp_node n, enum aisp_mode m, uint64_t *ret_words);
/* Calls f for every node on which the actor holds any mode, in node order, until f returns non-zero (given back). */
int aisp_reach_each(const struct aisp_reach_answer *a, size_t actor, int (*f)(void *ctx, aisp_node n, unsigned modes), void *ctx);

/* Who holds the mode on the target: every node that is `may_be_actor` for the filter. Exact also where two facts are
 * needed by the same actor: candidates come from the backward cone, then each is decided forward inside it. */
struct aisp_reached_by {
	aisp_node *actors; /* ascending */
	uint8_t *certain;  /* 1 = certain, 0 = possible only */
	size_t n;
};
typedef bool aisp_actor_filter(void *ctx, const struct aisp_snapshot *s, aisp_node n);
bool aisp_filter_identities(void *ctx, const struct aisp_snapshot *s, aisp_node n); /* identities, agents, workloads, starts, credentials */
int aisp_reach_reverse(const struct aisp_reach *r, aisp_node target, enum aisp_mode m, aisp_actor_filter *filter, void *ctx,
                       struct aisp_reached_by *ret, struct aisp_err *err);
void aisp_reached_by_done(struct aisp_reached_by *b);

/* All pairs actor × target for one mode, streamed: f(ctx, actor index, target index, certain). Complete. */
int aisp_reach_pairs(const struct aisp_reach *r, const struct aisp_actor *actors, size_t n_actors, const aisp_node *targets,
                     size_t n_targets, enum aisp_mode m, int (*f)(void *ctx, size_t actor, size_t target, bool certain),
                     void *ctx, struct aisp_err *err);

/* A path explained: the facts (node, mode) of one derivation, each once, each hop giving one: a seed, an edge followed
 * or an inside rule. What a hop needs is always given by an earlier hop: `prev` for its first premise (from, have) and,
 * where an inside rule needs two, `side` for the second one. A side branch stands before the hop that needs it.
 *
 *   0 seed ─ 1 RUNS_AS ─ 2 CAN_READ table: may_read ──────────────┐ prev
 *            └ 3 ATTACHED_TO ─ 4 EXPOSES table: net (branch 1) ────┴ 5 inside: may_read + net ⇒ read   (side = 4) */
struct aisp_hop {
	aisp_edge edge;      /* 0 = inside rule, or a seed at the actor itself or an explicit one; a seed that stands on an edge has it.
	                        The top bit (AISP_HOP_ADDED) marks the index of an added edge of the overlay */
	aisp_node from, to;  /* equal for inside rules; a seed's `from` is the actor, or the seeded node when explicit */
	enum aisp_mode have, gain; /* equal for seeds */
	uint16_t row;        /* index into aisp_flow_rows, aisp_inside_rows or aisp_seed_rows; UINT16_MAX = explicit seed */
	uint8_t what;        /* 0 seed, 1 edge, 2 inside */
	uint8_t branch;      /* 0 = main line, 1 … = side branches, in the order in which they are needed (255 = 255th or later) */
	int32_t prev;        /* index of the hop that gave (from, have); -1 for seeds */
	int32_t side;        /* for inside rules with two premises: index of the hop that gave the second one, else -1 */
	bool conditional;    /* this step counts only for `possible` */
};
#define AISP_HOP_ADDED 0x80000000u
struct aisp_path {
	struct aisp_hop *hops;
	size_t n;
	uint32_t cost;   /* steps along edges, each once: what to print as the length */
	uint32_t weight; /* what is minimised: the same, a step that both premises of a rule rest on counted for each */
	bool certain;
	enum aisp_confidence confidence; /* the lowest of its edges (added ones left out); observed when there is none */
};
struct aisp_paths {
	struct aisp_path *paths;
	size_t n;
};
/* The k shortest explanations (by weight) of why `actor` holds mode m on target. Different ones: none has all the edges
 * of an earlier one.
 * Certain ones first, shortest first; then, when there are fewer than k, those that hold only possibly, shortest first.
 * n = 0 when it does not hold. The same question always gets the same answer. The search for further ones
 * has a limit of work (some million facts); the first one of each certainty is always a shortest. */
int aisp_reach_explain(const struct aisp_reach *r, const struct aisp_actor *actor, aisp_node target, enum aisp_mode m,
                       size_t k, struct aisp_paths *ret, struct aisp_err *err);
void aisp_paths_done(struct aisp_paths *p);
