/* The graph of calls; private to this folder. */
#pragma once
#include "scan/source/eval.h"

struct graph {
	uint32_t *start, *seen; /* start[id] … start[id + 1] in P->edges; seen = stamp of the last closure */
	uint32_t *back_start;   /* callers of a scope: back_start[id] … in back */
	struct sscope **back;
	bool *rejects, *sounds; /* code that starts in this scope turns callers away; calls what sounds like it */
	unsigned char *routers; /* by hit: what stands before the routes of a router, once known: 1 | required 2 | unknown 4 */
	struct sscope **queue;  /* the closure at hand */
	size_t n;
	uint32_t stamp;
};
void aisp_source__edge(struct program *P, struct sscope *from, struct sscope *to, uint32_t hit);
/* Leaves in g->queue the scopes that code starting in `from` may run. */
void aisp_source__closure(struct program *P, struct graph *g, struct sscope *from);
enum aisp_source_auth aisp_source__route_auth(struct program *P, struct graph *g, uint32_t route);
/* What is said about who may call a route, in the languages lowered by tables: it asks who calls; it is open to all by its own word. */
struct aisp_source_says {
	bool required, open;
};
struct aisp_source_says aisp_source__shape_auth(const struct program *P, const struct phit *route);
/* Does a name sound like authentication? */
bool aisp_source__auth_name(struct aisp_slice name);
