/* Kubernetes RBAC: is a request allowed, by which binding, role and rule; exactly as the API server's authorizer decides
 * (k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/validation): ClusterRoleBindings first, then the
 * RoleBindings of the request's namespace; nothing denies. The group system:masters is let through before RBAC is asked.
 * A role with an aggregation rule has the rules of all ClusterRoles that its selectors match, as the controller writes them.
 *
 * Not for: what a right is worth (effects.h), other authorizers (Node, Webhook, ABAC). Pure; compared with the authorizer
 * itself by tests/oracle/kubernetes/rbac.
 */
#pragma once
#include "access/kubernetes/selector.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/err.h"

struct aisp_slices {
	const struct aisp_slice *v;
	size_t n;
};
struct aisp_rbac_rule {
	struct aisp_slices verbs, groups, resources, names, urls;
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
enum aisp_rbac_subject_kind { AISP_RBAC_USER, AISP_RBAC_GROUP, AISP_RBAC_SERVICE_ACCOUNT, AISP_RBAC_NOBODY /* no such kind */ };
struct aisp_rbac_subject {
	enum aisp_rbac_subject_kind kind;
	struct aisp_slice ns; /* service accounts; empty: the binding's */
	struct aisp_slice name;
};
struct aisp_rbac_binding {
	struct aisp_slice ns; /* empty: ClusterRoleBinding */
	struct aisp_slice name;
	bool to_cluster_role;
	struct aisp_slice role; /* empty: none that there could be */
	const struct aisp_rbac_subject *subjects;
	size_t n_subjects;
};
struct aisp_rbac_policy {
	const struct aisp_rbac_role *roles;
	size_t n_roles;
	const struct aisp_rbac_binding *bindings;
	size_t n_bindings;
};

/* Reading objects (rbac.authorization.k8s.io/v1) from documents; texts are borrowed from them, lists live in the arena.
 * AISP_E_NOMEM, or AISP_E_PARSE when the document is no such object. */
int aisp_rbac_read_role(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_rbac_role *ret, struct aisp_err *err);
int aisp_rbac_read_binding(struct aisp_arena *a, const struct aisp_doc *d, struct aisp_rbac_binding *ret, struct aisp_err *err);

/* One of the rules that a role has: its own, or by aggregation those of others. */
struct aisp_rbac_at {
	uint32_t role, rule;
};
/* A subject of a binding. */
struct aisp_rbac_bound {
	uint32_t binding, subject;
};
struct aisp_rbac;

/* Indexes a policy, which is borrowed until free. Of two roles with one name the first counts. AISP_E_NOMEM, AISP_E_LIMIT. */
int aisp_rbac_compile(const struct aisp_rbac_policy *p, struct aisp_rbac **ret, struct aisp_err *err);
void aisp_rbac_free(struct aisp_rbac *r);
void aisp_rbac_freep(struct aisp_rbac **r);
const struct aisp_rbac_policy *aisp_rbac_policy(const struct aisp_rbac *r);
/* The role that a binding refers to; SIZE_MAX when it is not in the policy. */
size_t aisp_rbac_role_of(const struct aisp_rbac *r, size_t binding);
/* The role of this name; SIZE_MAX when there is none. An empty namespace: a ClusterRole. */
size_t aisp_rbac_find_role(const struct aisp_rbac *r, struct aisp_slice ns, struct aisp_slice name);
/* All rules of a role, aggregated. */
size_t aisp_rbac_rules(const struct aisp_rbac *r, size_t role, const struct aisp_rbac_at **ret);
/* The bindings of a user's name (system:serviceaccount:NS:NAME for a service account) or of a group, ClusterRoleBindings first. */
size_t aisp_rbac_bindings_of(const struct aisp_rbac *r, bool group, struct aisp_slice name, const struct aisp_rbac_bound **ret);

/* The names that bindings have as subjects: 1 … count. */
uint32_t aisp_rbac_subject_count(const struct aisp_rbac *r, bool group);
struct aisp_slice aisp_rbac_subject_at(const struct aisp_rbac *r, bool group, uint32_t i);

struct aisp_rbac_request {
	struct aisp_slice user;
	struct aisp_slices groups; /* all of them: nothing is added */
	struct aisp_slice verb;
	bool is_url;               /* then only url counts, else the others */
	struct aisp_slice url;
	struct aisp_slice group, resource, sub, name, ns; /* sub, name and ns may be empty */
};
struct aisp_rbac_answer {
	bool allowed, before_rbac; /* before_rbac: by the group system:masters; the rest is not set */
	size_t binding, subject;   /* the first that allows, as the API server names it */
	size_t role;               /* which the binding refers to */
	struct aisp_rbac_at at;    /* where the rule stands */
};
/* True when allowed. Allocates nothing. */
bool aisp_rbac_authorize(const struct aisp_rbac *r, const struct aisp_rbac_request *q, struct aisp_rbac_answer *ret);
bool aisp_rbac_rule_allows(const struct aisp_rbac_rule *rule, const struct aisp_rbac_request *q);
/* The groups of a service account, user or anonymous caller that are its by nature; at most 3 into ret, texts in the arena
 * (p NULL when out of memory). */
size_t aisp_rbac_own_groups(struct aisp_arena *a, struct aisp_slice user, struct aisp_slice ret[3]);

/* Why. For a yes the chain binding → role → rule; for a no each binding that the caller has, with its nearest rule and
 * what of the request that rule lacks; in both cases the order is that of authorize. */
enum aisp_rbac_lack {
	AISP_RBAC_LACKS_NOTHING,
	AISP_RBAC_LACKS_ROLE, /* the binding's role is not there */
	AISP_RBAC_LACKS_RULE, /* the role has no rule at all */
	AISP_RBAC_LACKS_VERB,
	AISP_RBAC_LACKS_GROUP,
	AISP_RBAC_LACKS_RESOURCE,
	AISP_RBAC_LACKS_NAME,
	AISP_RBAC_LACKS_URL,
	AISP_RBAC_LACKS_NAMESPACE, /* a RoleBinding of another namespace whose rules would allow it */
};
struct aisp_rbac_reason {
	enum aisp_rbac_lack lack;
	size_t binding, subject, role; /* role SIZE_MAX: not there */
	struct aisp_rbac_at at;        /* the nearest rule, when lack is beyond LACKS_RULE or nothing is lacking */
};
/* Calls `tell` for each; a negative return stops and is given back. Nothing is told for system:masters and for a caller
 * without any binding. */
int aisp_rbac_explain(const struct aisp_rbac *r, const struct aisp_rbac_request *q,
                      int (*tell)(void *ctx, const struct aisp_rbac_reason *reason), void *ctx);
/* The same as lines of plain text. */
int aisp_rbac_explain_text(const struct aisp_rbac *r, const struct aisp_rbac_request *q, struct aisp_buf *out);
