/* Kubernetes RBAC: from roles and bindings to what each subject can do to the objects that are known, exactly as the API
 * server's authorizer decides (k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/validation).
 *
 * Decided are the effects below. Not decided: everything else RBAC grants (escalate, bind, patching workloads, nodes/proxy,
 * approving certificates, webhooks, …) and other authorizers (Node, Webhook, ABAC). Pure; keeps nothing.
 */
#pragma once
#include "access/kubernetes/selector.h"
#include "base/err.h"

struct aisp_slices {
	const struct aisp_slice *v;
	size_t n;
};
struct aisp_rbac_rule {
	struct aisp_slices verbs, groups, resources, names;
};
struct aisp_rbac_role {
	struct aisp_slice ns;   /* empty: ClusterRole */
	struct aisp_slice name;
	struct aisp_labels labels;
	const struct aisp_rbac_rule *rules;
	size_t n_rules;
	const struct aisp_selector *aggregates; /* aggregationRule.clusterRoleSelectors */
	size_t n_aggregates;
};
enum aisp_rbac_subject_kind { AISP_RBAC_USER, AISP_RBAC_GROUP, AISP_RBAC_SERVICE_ACCOUNT };
struct aisp_rbac_subject {
	enum aisp_rbac_subject_kind kind;
	struct aisp_slice ns; /* service accounts; empty: the binding's */
	struct aisp_slice name;
};
struct aisp_rbac_binding {
	struct aisp_slice ns; /* empty: ClusterRoleBinding */
	struct aisp_slice name;
	bool to_cluster_role;
	struct aisp_slice role;
	const struct aisp_rbac_subject *subjects;
	size_t n_subjects;
};

enum aisp_rbac_object_kind {
	AISP_RBAC_OBJ_SECRET,
	AISP_RBAC_OBJ_WORKLOAD,
	AISP_RBAC_OBJ_SERVICE_ACCOUNT,
	AISP_RBAC_OBJ_USER,  /* ns empty */
	AISP_RBAC_OBJ_GROUP, /* ns empty */
	AISP_RBAC_OBJ_END
};
struct aisp_rbac_object {
	enum aisp_rbac_object_kind kind;
	struct aisp_slice ns, name;
	/* Of a workload: the names its pods certainly have ("db-0"); a rule limited by resourceNames reaches only these. */
	struct aisp_slices pods;
};
struct aisp_rbac_policy {
	const struct aisp_rbac_role *roles;
	size_t n_roles;
	const struct aisp_rbac_binding *bindings;
	size_t n_bindings;
	const struct aisp_rbac_object *objects;
	size_t n_objects;
};

enum aisp_rbac_effect {
	AISP_RBAC_READS,       /* secret: get, list or watch */
	AISP_RBAC_EXECS,       /* workload: create pods/exec or pods/attach */
	AISP_RBAC_MINTS_TOKEN, /* service account: create serviceaccounts/token */
	AISP_RBAC_RUNS_AS,     /* service account of a namespace where it creates pods, or what makes pods */
	AISP_RBAC_MOUNTS,      /* secret of such a namespace */
	AISP_RBAC_IMPERSONATES, /* service account, user, group */
	AISP_RBAC_EFFECT_END
};
/* One decision. Indices into the policy; rule is inside roles[role] (for an aggregated role, the one it comes from). */
struct aisp_rbac_grant {
	enum aisp_rbac_effect effect;
	size_t binding, subject, role, rule, object;
	const char *condition; /* static; NULL: holds without one */
};
/* Calls `found` once for each (binding, subject, effect, object, condition), with the first rule that gives it, in order
 * of bindings, subjects, rules, objects. A negative return of `found` stops and is given back. AISP_E_NOMEM. */
int aisp_rbac_decide(const struct aisp_rbac_policy *p, int (*found)(void *ctx, const struct aisp_rbac_grant *g), void *ctx,
                     struct aisp_err *err);
const char *aisp_rbac_effect_text(enum aisp_rbac_effect e); /* "can read it", … */
