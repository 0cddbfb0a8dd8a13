/* The frozen graph: what all questions are asked on. Immutable, shared freely between threads.
 *
 *   nodes[1 … n_nodes]   sorted by (kind, id)          kind_at[k] … kind_at[k+1]-1 are the nodes of kind k
 *   edges[1 … n_edges]   sorted by (from, kind, to, control, condition)
 *   out_at[n] … out_at[n+1]-1     edge numbers leaving node n (edges are the out-CSR themselves)
 *   in_edges[in_at[n] … in_at[n+1]-1]   edge numbers entering node n
 *   evidence[node.ev_at … +ev_n-1], props[node.prop_at … +prop_n-1], sorted by (source, …)
 * 28 bytes an edge, 4 for the incoming index, 24 an evidence: 10 million edges with one evidence each are 0.56 GiB.
 */
#pragma once
#include "base/map.h"
#include "graph/graph.h"

struct aisp_evidence {
	aisp_sym locator, pointer, note;
	uint32_t line;
	uint16_t source;
	uint8_t form, confidence;
};
struct aisp_prop {
	aisp_sym key;
	uint8_t type; /* enum aisp_prop_type */
	uint16_t source;
	union {
		aisp_sym s; /* STR, LIST */
		bool b;
		int64_t i;
		double r;
	};
};
/* Flags of a node, worked out from its kind and properties at freezing, read by reach. */
enum {
	AISP_NF_GATED = 1,        /* kind is gated, unless property gated = false; or property gated = true */
	AISP_NF_AUTH_NONE = 2,    /* property auth = "none": who can connect can call */
	AISP_NF_AUTH_UNKNOWN = 4, /* property auth = "unknown", or absent on endpoint, workload, agent, mcp_server, inference_endpoint */
	AISP_NF_EXECUTES = 8,     /* property executes_code = true: who steers it runs code as it */
	AISP_NF_STALE = 16,       /* all evidence comes from stale sources */
	AISP_NF_STAND_IN = 32,    /* property form_of, or synthetic = true: what another would be, or whoever holds a role; never an answer to "who" */
};
struct aisp_snode {
	aisp_sym id, name; /* name = property "name", else the last part of the id */
	uint32_t ev_at, prop_at;
	uint16_t ev_n, prop_n; /* more than 65,535: the rest is left out and a gap says so */
	uint8_t kind, confidence, flags, sensitivity; /* enum aisp_sensitivity from property "sensitivity" */
};
/* The flags of the kind; what only stands in for others is no identity. */
static inline unsigned aisp_snode_flags(const struct aisp_snode *n)
{
	const unsigned flags = aisp_node_kinds[n->kind].flags;
	return n->flags & AISP_NF_STAND_IN ? flags & ~(unsigned)(AISP_NK_IDENTITY | AISP_NK_NHI) : flags;
}
struct aisp_sedge {
	aisp_node from, to;
	aisp_sym control, condition;
	uint32_t ev_at;
	uint32_t prop_at : 29, prop_n : 3; /* prop_n 7 = 7 or more: the rest is left out */
	uint8_t kind, confidence, flags; /* AISP_EF_…; */
	uint8_t ev_n;                    /* at most 255 */
};
struct aisp_source_row {
	aisp_sym key, kind, target;
	bool stale;            /* the last scan of it failed: these are its earlier facts */
	int64_t collected_us;  /* when these facts were collected */
};
struct aisp_gap_row {
	uint16_t source;
	uint8_t why; /* -code */
	aisp_sym what, detail;
};
struct aisp_alias_row {
	aisp_sym alias;
	aisp_node node;
	uint16_t source;
};
struct aisp_snapshot {
	struct aisp_symtab *syms;
	struct aisp_snode *nodes;
	struct aisp_sedge *edges;
	uint32_t n_nodes, n_edges;
	uint32_t *out_at; /* n_nodes + 2 */
	uint32_t *in_at;  /* n_nodes + 2 */
	aisp_edge *in_edges;
	uint32_t kind_at[AISP_NODE_KIND_END + 1];
	struct aisp_evidence *evidence;
	struct aisp_prop *props;
	uint32_t n_evidence, n_props;
	struct aisp_source_row *sources; /* index = source number; 0 unused */
	uint32_t n_sources;              /* numbers 1 … n_sources */
	struct aisp_gap_row *gaps;
	uint32_t n_gaps;
	struct aisp_alias_row *aliases; /* sorted by alias text */
	uint32_t n_aliases;
	int64_t taken_us;
	struct aisp_map by_id; /* id or alias symbol → node */
};
void aisp_snapshot_free(struct aisp_snapshot *s);
void aisp_snapshot_freep(struct aisp_snapshot **s);

/* For loaders (store, generators): arrays filled in any order, then finished into the invariants above. The symbol table
 * and arrays are taken over, also on failure. Nodes and edges are numbered from 1 (index 0 unused). `kind`, `id`,
 * properties and evidence ranges of nodes and edges must be set; flags, name, order and indices are made here. */
int aisp_snapshot_finish(struct aisp_snapshot *s, struct aisp_err *err);

aisp_node aisp_snapshot_find(const struct aisp_snapshot *s, struct aisp_slice id_or_alias); /* 0 if none */
/* REF of the command line: an id, an alias, a name, the last word of a name or id ("customers" of "…/crm/customers"), or any part of one (optionally "kind:part");
 * the first of these that fits anything must fit one thing only. AISP_E_NOTFOUND
 * (the message proposes near ones), AISP_E_AMBIGUOUS (the message lists up to ten candidates and says how many more). */
int aisp_snapshot_ref(const struct aisp_snapshot *s, struct aisp_slice ref, aisp_node *ret_node, struct aisp_err *err);
const struct aisp_prop *aisp_snapshot_prop(const struct aisp_snapshot *s, aisp_node n, const char *key); /* NULL if none */
struct aisp_slice aisp_snapshot_prop_str(const struct aisp_snapshot *s, aisp_node n, const char *key);   /* STR/LIST, else empty */
struct aisp_slice aisp_snapshot_text(const struct aisp_snapshot *s, aisp_sym sym);
const char *aisp_snapshot_z(const struct aisp_snapshot *s, aisp_sym sym);

/* Difference of two snapshots by canonical ids and contents. Indices into the old or the new one; ids sorted. */
struct aisp_diff {
	aisp_node *nodes_added; uint32_t n_nodes_added;       /* of b */
	aisp_node *nodes_removed; uint32_t n_nodes_removed;   /* of a */
	aisp_node *nodes_changed; uint32_t n_nodes_changed;   /* of b: properties, confidence or kind differ */
	aisp_edge *edges_added; uint32_t n_edges_added;       /* of b */
	aisp_edge *edges_removed; uint32_t n_edges_removed;   /* of a */
};
int aisp_diff_make(const struct aisp_snapshot *a, const struct aisp_snapshot *b, struct aisp_diff *ret_diff, struct aisp_err *err);
void aisp_diff_done(struct aisp_diff *d);
