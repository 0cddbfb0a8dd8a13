/* What the files source_*.c share. */
#pragma once
#include "collect/files/holder.h"
#include "collect/files/source_graph.h"

struct aisp_source_graph {
	struct aisp_emit *e;
	AISP_VEC(struct aisp_source_module *) modules;
	struct aisp_source_facts f;
	aisp_node *nodes; /* of each hit; 0 = it has none of its own */
	struct aisp_arena *a; /* the facts' */
	struct aisp_arena *workers[64]; /* for parsing on several cores */
	unsigned n_workers;
};

/* Evidence for a hit. */
struct aisp_place aisp_source__at(const struct aisp_source_graph *g, const struct aisp_source_hit *h);
struct aisp_slice aisp_source__path(const struct aisp_source_graph *g, const struct aisp_source_hit *h);
/* KIND://NAME/PATH#SYMBOL */
struct aisp_slice aisp_source__id(struct aisp_source_graph *g, const char *scheme, const struct aisp_source_hit *h);
aisp_node aisp_source__file(struct aisp_source_graph *g, const struct aisp_source_hit *h);
/* The node of a table that a statement names. */
aisp_node aisp_source__table(struct aisp_source_graph *g, const struct aisp_source_hit *sql, struct aisp_slice table);
/* Where a hit connects: name of the variable, or db_* properties and a credential for a literal. */
void aisp_source__connection(struct aisp_source_graph *g, aisp_node n, const struct aisp_source_hit *h,
                             const struct aisp_source_value *v);
/* The node of each hit. */
void aisp_source__nodes(struct aisp_source_graph *g);
/* The edges of each hit and relation. */
void aisp_source__edges(struct aisp_source_graph *g);
