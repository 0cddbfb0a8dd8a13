/* Big graphs out of a seed, for benchmarks and for tests of size. The same numbers give the same graph everywhere. */
#pragma once
#include "graph/snapshot.h"

struct aisp_synthetic {
	uint32_t n_nodes, n_edges;
	uint32_t n_sources; /* 0 = 4 */
	uint32_t seed;
	int64_t taken_us;
};
/* A finished snapshot with one evidence on every node and edge, a string and a bool property on every fourth node, a control
 * object on every third edge and a condition on every fiftieth. Degrees are skewed: a few nodes have very many edges. Equal
 * edges that chance makes are united, so there may be a few less than asked. */
int aisp_synthetic_make(const struct aisp_synthetic *spec, struct aisp_snapshot **ret_snapshot, struct aisp_err *err);
