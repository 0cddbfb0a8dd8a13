/* The semantics table: for every edge kind and direction, which mode at one end gives which mode at the other, and what
 * follows inside one node. The heart of the product: complete, documented row by row, each row with a test.
 *
 * Not for: deciding whether an edge exists (collectors, access engines, resolvers) or walking (reach.h).
 * The answer is the least fixpoint of these rows; they are all monotone, so there is exactly one.
 */
#pragma once
#include "graph/snapshot.h"

/* Columns: symbol, name, description. Order matters: it is the order of output. */
#define AISP_MODES(X)                                                                                                  \
	X(NET, "net", "can open a connection to it")                                                                   \
	X(CALL, "call", "can make it do its normal work with input of the actor's own")                                \
	X(STEER, "steer", "can influence what it does through content that it consumes")                               \
	X(READ, "read", "can obtain its content")                                                                      \
	X(WRITE, "write", "can change its content")                                                                    \
	X(ACT, "act", "can act with its authority")                                                                    \
	X(READ_VIA, "read_via", "can obtain its content by getting an agent or tool to do it")                         \
	X(WRITE_VIA, "write_via", "can change its content by getting an agent or tool to do it")                       \
	X(MAY_CALL, "may_call", "is authorised to call it; a network connection is needed too")                        \
	X(MAY_READ, "may_read", "is authorised to read it; a network connection is needed too")                        \
	X(MAY_WRITE, "may_write", "is authorised to change it; a network connection is needed too")                    \
	X(MAY_ACT, "may_act", "is authorised to act as it; a network connection is needed too")

enum aisp_mode {
#define X(sym, ...) AISP_MODE_##sym,
	AISP_MODES(X)
#undef X
	AISP_MODE_END
};
const char *aisp_mode_name(enum aisp_mode m);
const char *aisp_mode_description(enum aisp_mode m);
int aisp_mode_find(struct aisp_slice name); /* -1 if unknown */

/* When a row applies. */
enum aisp_guard {
	AISP_GUARD_NONE,
	AISP_GUARD_EDGE_EXECUTES,     /* the edge has AISP_EF_EXECUTES */
	AISP_GUARD_EDGE_INERT,        /* it has not */
	AISP_GUARD_NODE_GATED,        /* inside rules: the node is network-gated */
	AISP_GUARD_NODE_OPEN,         /* inside rules: it is not */
	AISP_GUARD_NODE_AUTH_NONE,    /* inside rules: nobody asks who calls */
	AISP_GUARD_NODE_AUTH_UNKNOWN, /* inside rules: not known whether somebody asks: counts for `possible` only */
	AISP_GUARD_NODE_EXECUTES,     /* inside rules: runs code that its input decides */
};

/* Along an edge. `back` = from the edge's `to` end to its `from` end. */
struct aisp_flow_row {
	enum aisp_edge_kind edge;
	bool back;
	enum aisp_mode have, gain;
	enum aisp_guard guard;
	const char *why; /* one sentence with the reference where a vendor's page or a standard says so */
};
extern const struct aisp_flow_row aisp_flow_rows[];
extern const size_t aisp_flow_row_count;

/* Inside a node: have (and also, if >= 0, `with`, by the same actor) gives gain. kind NONE = every kind. */
struct aisp_inside_row {
	enum aisp_node_kind kind;
	enum aisp_mode have;
	int with; /* a second mode that is needed too, or -1 */
	enum aisp_mode gain;
	enum aisp_guard guard;
	const char *why;
};
extern const struct aisp_inside_row aisp_inside_rows[];
extern const size_t aisp_inside_row_count;

/* What an actor holds to begin with, beside the mode at itself. For a node chosen as actor: `mode` at itself (edge NONE),
 * or at the other end of its edges of this kind. These hold only for the actor itself and are not passed on to who
 * becomes it: a workload's place in the network does not travel with its token. */
struct aisp_seed_row {
	enum aisp_node_kind kind; /* of the actor; NONE = every kind that has no row of its own */
	enum aisp_edge_kind edge; /* NONE = the actor itself */
	bool back;
	enum aisp_mode mode;
	const char *why;
};
extern const struct aisp_seed_row aisp_seed_rows[];
extern const size_t aisp_seed_row_count;
