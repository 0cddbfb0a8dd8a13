/* The graph builder: collectors and engines write nodes, edges and gaps here, each with evidence; the same thing seen
 * twice becomes one node. Frozen into a snapshot (snapshot.h), on which all questions are asked.
 *
 * Invariants:
 *  - every node and edge has at least one evidence; its confidence is the best of its evidences';
 *  - a canonical id or alias names exactly one node; adding an alias that names another node merges the two
 *    (the node with the smaller (kind, id) in byte order keeps its id, the other id becomes an alias; edges,
 *    properties and evidence move);
 *  - an edge is (from, kind, to, control, condition); the same one added again only gains evidence and properties;
 *  - every evidence and property belongs to one source, so that a source's facts can be replaced as a whole;
 *  - node ids given out stay valid after a merge (aisp_graph_node_now maps them).
 * Not thread-safe; parallel collectors parse in parallel and add in order.
 */
#pragma once
#include "base/doc.h"
#include "base/sym.h"
#include "graph/kinds.h"

typedef uint32_t aisp_node; /* 0 = none */
typedef uint32_t aisp_edge; /* 0 = none */
struct aisp_graph;

enum aisp_evidence_form {
	AISP_EV_FILE = 1, /* locator = path relative to the target, line, pointer = JSON pointer or symbol */
	AISP_EV_API = 2,  /* locator = object (k8s://…, postgres://… catalogue), pointer = field */
	AISP_EV_LOG = 3,
	AISP_EV_PROBE = 4,
	AISP_EV_RULE = 5, /* concluded: locator = the rule or join ("join:env-to-role"), note says from what */
};
struct aisp_evidence_in {
	uint16_t source; /* from aisp_graph_source */
	enum aisp_evidence_form form;
	enum aisp_confidence confidence;
	struct aisp_slice locator;
	uint32_t line; /* 1-based, 0 = none */
	struct aisp_slice pointer;
	struct aisp_slice note; /* one clause in plain words; never a secret */
};

enum aisp_prop_type {
	AISP_PROP_STR = 1,
	AISP_PROP_BOOL = 2,
	AISP_PROP_INT = 3,
	AISP_PROP_REAL = 4,
	AISP_PROP_LIST = 5, /* strings; text is the items joined with '\n' */
};

struct aisp_graph *aisp_graph_new(void); /* NULL when out of memory */
void aisp_graph_free(struct aisp_graph *g);
void aisp_graph_freep(struct aisp_graph **g);
struct aisp_symtab *aisp_graph_syms(struct aisp_graph *g); /* borrowed */

/* Registers a source by its stable key ("files:support-bot", "postgres://db:5432/support"), kind ("files") and display
 * target; the same key again gives the same number. At most 65,535. */
int aisp_graph_source(struct aisp_graph *g, struct aisp_slice key, struct aisp_slice kind, struct aisp_slice target,
                      uint16_t *ret_source, struct aisp_err *err);
uint32_t aisp_graph_source_count(const struct aisp_graph *g); /* they are numbered 1 … count */
/* Says of when a source's facts are, and that they are only its earlier ones because its last scan failed. Without this a
 * source is fresh and collected when the graph is frozen. */
int aisp_graph_source_state(struct aisp_graph *g, uint16_t source, bool stale, int64_t collected_us, struct aisp_err *err);

/* The node of this kind and canonical id (or alias), made if new, with this evidence added. A node that exists with
 * another kind keeps the earlier kind (a gap-free rule: first wins, order of sources is deterministic). */
int aisp_graph_add_node(struct aisp_graph *g, enum aisp_node_kind kind, struct aisp_slice id,
                        const struct aisp_evidence_in *ev, aisp_node *ret_node, struct aisp_err *err);
/* The node that this id or alias names, 0 if none. */
aisp_node aisp_graph_find(const struct aisp_graph *g, struct aisp_slice id);
/* Says that `alias` names this node too; may merge (see above). */
int aisp_graph_add_alias(struct aisp_graph *g, aisp_node n, struct aisp_slice alias, uint16_t source, struct aisp_err *err);
/* Where an id given out earlier is now, after merges. */
aisp_node aisp_graph_node_now(const struct aisp_graph *g, aisp_node n);

/* What stands in an edge beside its ends and kind; all optional. */
struct aisp_edge_in {
	struct aisp_slice control;   /* the control object one would change: "path#pointer" or "GRANT … ON … TO …" */
	struct aisp_slice condition; /* holds only if …; empty = unconditional. Conditional edges count only for `possible` */
	unsigned flags;              /* AISP_EF_… */
};
enum {
	AISP_EF_EXECUTES = 1, /* LOADS: the format runs code on loading */
};
int aisp_graph_add_edge(struct aisp_graph *g, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
                        const struct aisp_edge_in *in, const struct aisp_evidence_in *ev, aisp_edge *ret_edge,
                        struct aisp_err *err);
/* Takes away what a resolver refuted. The edge's number stays unused. */
void aisp_graph_drop_edge(struct aisp_graph *g, aisp_edge e);
/* More evidence for something that exists. */
int aisp_graph_node_evidence(struct aisp_graph *g, aisp_node n, const struct aisp_evidence_in *ev, struct aisp_err *err);
int aisp_graph_edge_evidence(struct aisp_graph *g, aisp_edge e, const struct aisp_evidence_in *ev, struct aisp_err *err);

/* Properties. Keys with a meaning for everybody are in the table in ARCHITECTURE.md ("name", "auth", "sensitivity", …).
 * The same key from the same source: last wins. From several sources: the one of the first source stands, others are
 * kept (aisp_snapshot_prop gives the first). */
int aisp_graph_set_str(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, struct aisp_slice v, struct aisp_err *err);
int aisp_graph_set_bool(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, bool v, struct aisp_err *err);
int aisp_graph_set_int(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, int64_t v, struct aisp_err *err);
int aisp_graph_set_real(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, double v, struct aisp_err *err);
/* Adds one item to a list property (kept sorted, no duplicates). */
int aisp_graph_add_item(struct aisp_graph *g, aisp_node n, uint16_t source, const char *key, struct aisp_slice v, struct aisp_err *err);
int aisp_graph_edge_set_str(struct aisp_graph *g, aisp_edge e, uint16_t source, const char *key, struct aisp_slice v, struct aisp_err *err);
int aisp_graph_edge_set_int(struct aisp_graph *g, aisp_edge e, uint16_t source, const char *key, int64_t v, struct aisp_err *err);

/* A coverage gap: what could not be read, and why. */
int aisp_graph_add_gap(struct aisp_graph *g, uint16_t source, struct aisp_slice what, enum aisp_code why,
                       struct aisp_slice detail, struct aisp_err *err);

/* Reading while building (resolvers). Numbers run 1 … count; dropped or merged ones are `!alive`. */
struct aisp_node_view {
	bool alive;
	enum aisp_node_kind kind;
	struct aisp_slice id;
};
struct aisp_edge_view {
	bool alive;
	aisp_node from, to; /* mapped through merges */
	enum aisp_edge_kind kind;
	struct aisp_slice control, condition;
	enum aisp_confidence confidence;
};
uint32_t aisp_graph_node_count(const struct aisp_graph *g);
uint32_t aisp_graph_edge_count(const struct aisp_graph *g);
struct aisp_node_view aisp_graph_node_at(const struct aisp_graph *g, aisp_node n);
struct aisp_edge_view aisp_graph_edge_at(const struct aisp_graph *g, aisp_edge e);
/* Value of a string, int or bool property as text ("true"); empty if none. Borrowed until the next change. */
struct aisp_slice aisp_graph_prop(const struct aisp_graph *g, aisp_node n, const char *key);
/* The items of a list property of the first source that has it, one a line, in order of adding; in the arena. */
struct aisp_arena;
struct aisp_slice aisp_graph_list(const struct aisp_graph *g, aisp_node n, const char *key, struct aisp_arena *a);
struct aisp_slice aisp_graph_edge_prop(const struct aisp_graph *g, aisp_edge e, const char *key);
/* Edges of a node in order of adding; call until it gives 0: e = next(g, n, e) starting with 0. Dropped ones skipped. */
aisp_edge aisp_graph_next_out(const struct aisp_graph *g, aisp_node n, aisp_edge after);
aisp_edge aisp_graph_next_in(const struct aisp_graph *g, aisp_node n, aisp_edge after);
/* First evidence of a node or edge (for building derived evidence). False if none. */
bool aisp_graph_edge_first_evidence(const struct aisp_graph *g, aisp_edge e, struct aisp_evidence_in *ret_ev);
bool aisp_graph_node_first_evidence(const struct aisp_graph *g, aisp_node n, struct aisp_evidence_in *ret_ev);

/* Freezes: consumes g (freed also on failure). Nodes are renumbered in order of (kind, id), edges of (from, kind, to,
 * control, condition): the same facts give the same snapshot, whatever order they came in. */
struct aisp_snapshot;
int aisp_graph_freeze(struct aisp_graph *g, struct aisp_snapshot **ret_snapshot, struct aisp_err *err);
