/* A synthetic organisation for measuring: business units with their people, service accounts, roles, workloads, agents,
 * tools, data and credentials, joined by the whole vocabulary of edges; 10 edges a node; groups and roles in cycles.
 * The same numbers always give the same snapshot.
 */
#pragma once
#include "graph/snapshot.h"

struct org {
	struct aisp_snapshot *s;
	aisp_node *exposed;   /* workloads behind internet-facing endpoints: 1% of all nodes */
	aisp_node *sensitive; /* data marked restricted: 5% of all nodes */
	uint32_t n_exposed, n_sensitive;
};
int org_make(uint32_t n_nodes, uint64_t seed, struct org *ret_org, struct aisp_err *err);
void org_done(struct org *o);

uint64_t org_random(uint64_t *state); /* splitmix64 */
