/* A cluster's RBAC policy, put together again from a snapshot: so that a decision can be explained later, without the files or
 * the cluster. Roles come from the property `document` of rbac_role nodes, bindings from BOUND_TO edges (control = the binding).
 */
#pragma once
#include "access/kubernetes/rbac.h"
#include "graph/snapshot.h"

struct aisp_kube_policy {
	struct aisp_slice cluster;    /* NAME of k8s://NAME */
	struct aisp_rbac_policy written;
	struct aisp_rbac *rbac;
	size_t unknown; /* roles that are bound and whose rules are not known */
};
/* The cluster that an id belongs to ("k8s://NAME/…"); empty when it is none of the snapshot's. */
struct aisp_slice aisp_kube_cluster_of(const struct aisp_snapshot *s, struct aisp_slice id);
/* Everything lives in the arena but `rbac`, which aisp_kube_policy_done frees. AISP_E_NOMEM. */
int aisp_kube_policy_load(const struct aisp_snapshot *s, struct aisp_slice cluster, struct aisp_arena *a, struct aisp_kube_policy *ret,
                          struct aisp_err *err);
void aisp_kube_policy_done(struct aisp_kube_policy *p);

/* Is this decision one of Kubernetes' (both ends in one cluster)? */
bool aisp_kube_explains(const struct aisp_snapshot *s, aisp_node identity, aisp_node resource);
/* Appends why `identity` may, or may not, do `action` to `resource`: "get", "create exec" or "create/exec" (verb and
 * subresource), "create pods" for what is made in a namespace. AISP_E_USAGE with what would be an action, AISP_E_NOMEM. */
int aisp_kube_explain(const struct aisp_snapshot *s, aisp_node identity, aisp_node resource, struct aisp_slice action, struct aisp_buf *out,
                      struct aisp_err *err);
