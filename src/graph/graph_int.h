/* Inside graph/: how the builder keeps its facts, and what freezing shares with loading.
 *
 *   node ─ ev_first ▶ evidence ▶ evidence     each list is linked by index, 0 ends it, the newest last
 *        ─ prop_first ▶ prop ▶ prop           (a LIST is one prop an item)
 *        ─ out_first ▶ edge ▶ edge            linked through edge.next_out
 *        ─ in_first ▶ edge ▶ edge             linked through edge.next_in
 *        ─ into: the node it was merged into, 0 = it is itself alive
 *
 * All arrays start at index 1. Edges keep the ends they were given; reading maps them through `into`.
 */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "graph/snapshot.h"

struct g_evidence {
	struct aisp_evidence e;
	uint32_t next;
};
struct g_prop {
	aisp_sym key;
	aisp_sym text; /* STR: the value; LIST: one item; BOOL, INT: as text */
	uint32_t next;
	uint16_t source;
	uint8_t type;
	union {
		bool b;
		int64_t i;
		double r;
	};
};
struct g_list {
	uint32_t first, last;
};
struct g_node {
	aisp_sym id;
	aisp_node into;
	struct g_list ev, props, out, in;
	uint8_t kind;
};
struct g_edge {
	aisp_node from, to;
	aisp_sym control, condition;
	aisp_edge next_out, next_in;
	struct g_list ev, props;
	uint8_t kind, flags, confidence;
	bool alive;
};
struct g_alias {
	aisp_sym alias;
	aisp_node node;
	uint16_t source; /* 0: an id that lost in a merge */
};
struct aisp_graph {
	struct aisp_symtab *syms;
	AISP_VEC(struct g_node) nodes;
	AISP_VEC(struct g_edge) edges;
	AISP_VEC(struct g_evidence) evidence;
	AISP_VEC(struct g_prop) props;
	AISP_VEC(struct g_alias) aliases;
	AISP_VEC(struct aisp_gap_row) gaps;
	AISP_VEC(struct aisp_source_row) sources;
	AISP_VEC(aisp_node) by_sym; /* symbol of an id or alias → node */
	struct aisp_map by_edge;    /* edge_key → edge */
	struct aisp_map pairs;      /* (control, condition) → number, for the key */
	uint32_t n_pairs, n_merged;
};

int aisp_graph__nomem(struct aisp_err *err);
/* AISP_E_INTERNAL unless the source is registered. */
int aisp_graph__check_source(const struct aisp_graph *g, uint16_t source, struct aisp_err *err);
/* AISP_E_INTERNAL for numbers that were never given out. */
int aisp_graph__check_node(const struct aisp_graph *g, aisp_node n, struct aisp_err *err);
int aisp_graph__check_edge(const struct aisp_graph *g, aisp_edge e, struct aisp_err *err);

/* Texts sorted bytewise. `i` is the caller's; equal texts come in order of `i`. */
struct aisp_text {
	const char *p;
	uint32_t n, i;
};
void aisp_text_sort(struct aisp_text *v, size_t n);

/* Total orders by text, the same on every machine. */
int aisp_evidence__cmp(const struct aisp_symtab *t, const struct aisp_evidence *a, const struct aisp_evidence *b);
int aisp_prop__cmp(const struct aisp_symtab *t, const struct aisp_prop *a, const struct aisp_prop *b);
/* Sorts n rows and removes equal ones; gives how many are left. Of several properties with one (source, key) the first
 * in order stays. */
uint32_t aisp_evidence__sort(const struct aisp_symtab *t, struct aisp_evidence *v, uint32_t n);
uint32_t aisp_prop__sort(const struct aisp_symtab *t, struct aisp_prop *v, uint32_t n);

/* Lays evidence and properties out in order of nodes, then edges, without holes. */
int aisp_snapshot__pack(struct aisp_snapshot *s, struct aisp_err *err);
/* Numbers the symbols in order of use by sources, nodes, edges, aliases and gaps, leaving out those that are not used. */
int aisp_snapshot__renumber(struct aisp_snapshot *s, struct aisp_err *err);

/* Limits of the packed rows. */
enum { AISP_NODE_ROWS_MAX = 65535, AISP_EDGE_EV_MAX = 255, AISP_EDGE_PROPS_MAX = 7 };
