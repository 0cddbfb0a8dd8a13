/* What the formats of show/ share: counts that are made once so that they agree everywhere, what can be said about a
 * hop, and names of things.
 */
#pragma once
#include "base/mem.h"
#include "show/show.h"

/* Counts of a report, the same for every format. */
struct aisp_show_counts {
	uint32_t nodes, edges, sources, sources_not_ok;
	uint32_t assets, ai_assets, identities, nhis, credentials;
	uint32_t sensitive; /* assets that are confidential or restricted */
	uint32_t by_kind[AISP_NODE_KIND_END];
	uint32_t findings, by_severity[AISP_SEV_CRITICAL + 1];
	uint32_t access, access_certain; /* rows that are shown; those that hold for certain */
	uint32_t gaps;
};
void aisp_show__count(const struct aisp_report *r, struct aisp_show_counts *ret_counts);

/* Groups of node kinds in the order in which people want to see them. */
struct aisp_show_group {
	const char *name, *title;
};
extern const struct aisp_show_group aisp_show_groups[];
extern const size_t aisp_show_group_count;
/* Nodes of a group, from counts. */
uint32_t aisp_show__group_count(const struct aisp_show_counts *c, const char *group);
/* "vector_store" → "vector stores"; irregular plurals known. `one` gives the singular with spaces. Static text. */
const char *aisp_show__kind_title(enum aisp_node_kind kind, bool one);

/* What a format says about one hop. */
struct aisp_show_hop {
	const char *step;         /* "seed", "edge" or "inside" */
	enum aisp_edge_kind edge; /* NONE: nothing was followed */
	bool back;                /* followed against the edge's direction */
	aisp_edge number;         /* of the snapshot; 0 = none */
	bool added;               /* proposed by what-if: not in the snapshot */
	int have, with;           /* modes, or -1 */
	const char *why;          /* row of the semantics table; never NULL */
	struct aisp_slice control, condition;
	enum aisp_confidence confidence; /* 0 = none of its own */
};
struct aisp_show_hop aisp_show__hop(const struct aisp_snapshot *s, const struct aisp_hop *h);

/* Text of a node. A node that does not exist gives empty text. */
struct aisp_slice aisp_show__id(const struct aisp_snapshot *s, aisp_node n);
struct aisp_slice aisp_show__name(const struct aisp_snapshot *s, aisp_node n);
enum aisp_node_kind aisp_show__kind(const struct aisp_snapshot *s, aisp_node n);
/* Key or kind or target of a source; empty for an unknown number. */
struct aisp_slice aisp_show__source(const struct aisp_snapshot *s, uint16_t source);
/* read_via and write_via go through an agent or tool. */
bool aisp_show__is_via(enum aisp_mode m);
/* "can read" … " through an agent": what stands before and behind the target's name in a sentence. Static text. */
const char *aisp_show__verb(enum aisp_mode m, const char **ret_after);
/* "1 gap", "2 gaps", "1,234 gaps". */
void aisp_show__plural(struct aisp_buf *out, uint64_t n, const char *one, const char *many);
/* 1234567 → "1,234,567". */
void aisp_show__number(struct aisp_buf *out, uint64_t n);
/* The word of a view in schema names: "scan". */
const char *aisp_show__view_name(enum aisp_view view);

/* Aliases by node: rows[at[n] … at[n + 1] - 1] are indices into the snapshot's aliases, in order of their text. */
struct aisp_show_aliases {
	const struct aisp_snapshot *s; /* borrowed */
	uint32_t *at, *rows;
};
int aisp_show__aliases(const struct aisp_snapshot *s, struct aisp_show_aliases *ret_aliases, struct aisp_err *err);
void aisp_show__aliases_done(struct aisp_show_aliases *a);
