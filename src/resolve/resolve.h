/* Joins across planes: what one source says and another completes. Runs on the builder after all sources are in it and
 * before freezing; only adds (and drops what an access engine refuted), each edge with evidence of the facts that it was
 * concluded from. Its facts belong to a source of their own, made anew in every scan.
 *
 * Not for: deciding permissions (src/access) or reaching (src/reach).
 */
#pragma once
#include "graph/graph.h"

#define AISP_RESOLVE_SOURCE "aisp:resolve"

int aisp_resolve(struct aisp_graph *g, struct aisp_err *err);
