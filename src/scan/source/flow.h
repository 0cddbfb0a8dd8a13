/* The graph of calls; private to this folder. */
#pragma once
#include "scan/source/eval.h"

struct graph {
	uint32_t *start, *seen; /* start[id] … start[id + 1] in P->edges; seen = stamp of the last closure */
	struct sscope **queue;  /* the closure at hand */
	size_t n;
	uint32_t stamp;
};
void edge(struct program *P, struct sscope *from, struct sscope *to, uint32_t hit);
/* Leaves in g->queue the scopes that code starting in `from` may run. */
void closure(struct program *P, struct graph *g, struct sscope *from);
enum aisp_source_auth route_auth(struct program *P, struct graph *g, uint32_t route);
/* Does a name sound like authentication? */
bool auth_name(struct aisp_slice name);
