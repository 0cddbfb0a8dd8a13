/* What rights are worth: for each effect a policy that has it and a harmless twin, one change away, that has not.
 * A case gives the rules of a role "r" (bound to user "u" in the cluster, or in namespace n1), and what is looked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "policy.h"
#include <stdio.h>

struct look {
	enum aisp_rbac_effect effect;
	enum aisp_rbac_target target;
	const char *ns; /* NULL: any */
	unsigned sure, possible, named;
	const struct aisp_rbac_policy *p;
};

static int note(void *ctx, const struct aisp_rbac_power *p)
{
	struct look *l = ctx;

	if (p->effect != l->effect || p->target != l->target || (l->ns && !aisp_slice_eqz(p->ns, l->ns)))
		return 0;
	l->named += p->names.n > 0;
	if (p->condition)
		l->possible++;
	else
		l->sure++;
	if (p->binding != AISP_RBAC_NO_BINDING) {
		assert_true(p->binding < l->p->n_bindings);
		assert_true(p->at.role < l->p->n_roles && p->at.rule < l->p->roles[p->at.role].n_rules);
	}
	return 0;
}

static bool has_ray(void *ctx, const char *group)
{
	(void)ctx;
	return strcmp(group, "ray.io") == 0;
}

static struct look look(const char *yaml, enum aisp_rbac_effect effect, enum aisp_rbac_target target, const char *ns)
{
	struct world w;
	struct look l = {.effect = effect, .target = target, .ns = ns};

	world_open(&w, yaml);
	l.p = &w.p;
	struct aisp_rbac_world x = {.installed = has_ray, .a = w.a, .budget = 1000000};
	assert_int_equal(aisp_rbac_powers(w.r, false, AISP_S("u"), &x, note, &l, NULL), 0);
	assert_int_equal(aisp_rbac_powers(w.r, false, AISP_S("system:serviceaccount:n1:s"), &x, note, &l, NULL), 0);
	world_close(&w);
	return l;
}

#define SUBJECTS "subjects: [{kind: User, name: u}]\n"
#define CLUSTER "---\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: r}\n" SUBJECTS
#define SPACED "---\nkind: RoleBinding\nmetadata: {name: b, namespace: n1}\nroleRef: {kind: ClusterRole, name: r}\n" SUBJECTS
#define ROLE(rules) "kind: ClusterRole\nmetadata: {name: r}\nrules:\n" rules
#define RULE(group, resources, verbs) "- {apiGroups: ['" group "'], resources: [" resources "], verbs: [" verbs "]}\n"
#define NAMED(group, resources, verbs, names) "- {apiGroups: ['" group "'], resources: [" resources "], verbs: [" verbs "], resourceNames: [" names "]}\n"
#define R "rbac.authorization.k8s.io"
#define C "certificates.k8s.io"
#define A "admissionregistration.k8s.io"

enum answer { NO, IF, YES };
static const struct {
	const char *what, *yaml;
	enum aisp_rbac_effect effect;
	enum aisp_rbac_target target;
	enum answer want;
} cases[] = {
#define X(what, yaml, effect, target, want) {what, yaml, AISP_RBAC_##effect, AISP_RBAC_##target, want}
	X("get secrets", ROLE(RULE("", "secrets", "get")) SPACED, READS, SECRET, YES),
	X("watch secrets", ROLE(RULE("", "secrets", "watch")) SPACED, READS, SECRET, YES),
	X("patch secrets answers with them", ROLE(RULE("", "secrets", "patch")) SPACED, READS, SECRET, YES),
	X("create secrets", ROLE(RULE("", "secrets", "create, delete, update")) SPACED, READS, SECRET, NO),
	X("secrets of another group", ROLE(RULE("apps", "secrets", "get")) SPACED, READS, SECRET, NO),
	X("secrets' status", ROLE(RULE("", "secrets/status", "get")) SPACED, READS, SECRET, NO),
	X("get config maps", ROLE(RULE("", "configmaps", "list")) SPACED, READS, CONFIG_MAP, YES),
	X("exec", ROLE(RULE("", "pods/exec", "create")) SPACED, EXECS, WORKLOAD, YES),
	X("exec by a star", ROLE(RULE("", "'*/exec'", "create")) SPACED, EXECS, WORKLOAD, YES),
	X("exec by get", ROLE(RULE("", "pods/exec", "get")) SPACED, EXECS, WORKLOAD, IF),
	X("pods are not pods/exec", ROLE(RULE("", "pods", "create, get")) SPACED, EXECS, WORKLOAD, NO),
	X("attach", ROLE(RULE("", "pods/attach", "create")) SPACED, ATTACHES, WORKLOAD, YES),
	X("logs", ROLE(RULE("", "pods/log", "'*'")) SPACED, ATTACHES, WORKLOAD, NO),
	X("forward", ROLE(RULE("", "pods/portforward", "create")) SPACED, CONNECTS, WORKLOAD, YES),
	X("see services", ROLE(RULE("", "services", "get, list")) SPACED, CONNECTS, SERVICE, NO),
	X("proxy", ROLE(RULE("", "services/proxy", "get")) SPACED, CONNECTS, SERVICE, YES),
	X("ephemeral containers", ROLE(RULE("", "pods/ephemeralcontainers", "patch")) SPACED, ADDS_CONTAINER, WORKLOAD, YES),
	X("see ephemeral containers", ROLE(RULE("", "pods/ephemeralcontainers", "get")) SPACED, ADDS_CONTAINER, WORKLOAD, NO),
	X("patch pods", ROLE(RULE("", "pods", "patch")) SPACED, CHANGES_POD, WORKLOAD, YES),
	X("delete pods", ROLE(RULE("", "pods", "delete, deletecollection")) SPACED, CHANGES_POD, WORKLOAD, NO),
	X("create pods", ROLE(RULE("", "pods", "create")) SPACED, RUNS_AS, ACCOUNT, YES),
	X("create pods mounts", ROLE(RULE("", "pods", "create")) SPACED, MOUNTS, SECRET, YES),
	X("create pods by name", ROLE(NAMED("", "pods", "create", "p")) SPACED, RUNS_AS, ACCOUNT, NO),
	X("apply pods by name", ROLE(NAMED("", "pods", "create, patch", "p")) SPACED, RUNS_AS, ACCOUNT, YES),
	X("apply needs the same name", ROLE(NAMED("", "pods", "create", "p") NAMED("", "pods", "patch", "q")) SPACED, RUNS_AS, ACCOUNT, NO),
	X("create jobs", ROLE(RULE("batch", "jobs", "create")) SPACED, RUNS_AS, ACCOUNT, YES),
	X("create evictions", ROLE(RULE("", "pods/eviction", "create")) SPACED, RUNS_AS, ACCOUNT, NO),
	X("patch jobs", ROLE(RULE("batch", "jobs", "patch")) SPACED, CHANGES_WORKLOAD, WORKLOAD, NO),
	X("patch deployments", ROLE(RULE("apps", "deployments", "patch")) SPACED, CHANGES_WORKLOAD, WORKLOAD, YES),
	X("scale deployments", ROLE(RULE("apps", "deployments/scale", "patch, update")) SPACED, CHANGES_WORKLOAD, WORKLOAD, NO),
	X("patch deployments runs as", ROLE(RULE("apps", "deployments", "patch")) SPACED, CHANGES_TO_RUN_AS, ACCOUNT, YES),
	X("RayCluster, installed", ROLE(RULE("ray.io", "rayclusters", "create")) SPACED, RUNS_AS, ACCOUNT, YES),
	X("Argo workflow, not known to be installed", ROLE(RULE("argoproj.io", "workflows", "create")) SPACED, RUNS_AS, ACCOUNT, IF),
	X("see Argo workflows", ROLE(RULE("argoproj.io", "workflows", "get, list")) SPACED, RUNS_AS, ACCOUNT, NO),
	X("node proxy", ROLE(RULE("", "nodes/proxy", "get")) CLUSTER, PROXIES_NODE, WORKLOAD, YES),
	X("node proxy in a namespace", ROLE(RULE("", "nodes/proxy", "get")) SPACED, PROXIES_NODE, WORKLOAD, NO),
	X("node statistics", ROLE(RULE("", "nodes/stats, nodes/metrics, nodes", "get")) CLUSTER, PROXIES_NODE, WORKLOAD, NO),
	X("tokens", ROLE(RULE("", "serviceaccounts/token", "create")) SPACED, MINTS_TOKEN, ACCOUNT, YES),
	X("create service accounts", ROLE(RULE("", "serviceaccounts", "create")) SPACED, MINTS_TOKEN, ACCOUNT, NO),
	X("token secrets", ROLE(RULE("", "secrets", "create, get")) SPACED, TOKEN_SECRET, ACCOUNT, YES),
	X("token secrets need reading", ROLE(RULE("", "secrets", "create")) SPACED, TOKEN_SECRET, ACCOUNT, NO),
	X("impersonate users", ROLE(RULE("", "users", "impersonate")) CLUSTER, IMPERSONATES, USERS, YES),
	X("impersonate users in a namespace", ROLE(RULE("", "users", "impersonate")) SPACED, IMPERSONATES, USERS, NO),
	X("impersonate service accounts", ROLE(RULE("", "serviceaccounts", "impersonate")) SPACED, IMPERSONATES, ACCOUNT, YES),
	X("impersonate groups alone", ROLE(RULE("", "groups", "impersonate")) CLUSTER, IMPERSONATES, MASTERS, IF),
	X("impersonate groups and users", ROLE(RULE("", "groups, users", "impersonate")) CLUSTER, IMPERSONATES, MASTERS, YES),
	X("impersonate groups and a service account", ROLE(RULE("", "groups, serviceaccounts", "impersonate")) CLUSTER, IMPERSONATES, MASTERS, YES),
	X("impersonate one group", ROLE(NAMED("", "groups", "impersonate", "dev") RULE("", "users", "impersonate")) CLUSTER, IMPERSONATES, MASTERS, NO),
	X("impersonate extras", ROLE(RULE("authentication.k8s.io", "userextras/scopes, uids", "impersonate")) CLUSTER, IMPERSONATES, USERS, NO),
	X("bind", ROLE(RULE(R, "clusterroles", "bind") RULE(R, "clusterrolebindings", "create")) CLUSTER, BINDS, MASTERS, YES),
	X("bind cluster-admin", ROLE(NAMED(R, "clusterroles", "bind", "full") RULE(R, "clusterrolebindings", "create")) CLUSTER
	  "---\nkind: ClusterRole\nmetadata: {name: full}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n", BINDS, MASTERS, YES),
	X("bind another", ROLE(NAMED(R, "clusterroles", "bind", "small") RULE(R, "clusterrolebindings", "create")) CLUSTER
	  "---\nkind: ClusterRole\nmetadata: {name: small}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n", BINDS, MASTERS, NO),
	X("bind another: its holder", ROLE(NAMED(R, "clusterroles", "bind", "small") RULE(R, "clusterrolebindings", "create")) CLUSTER
	  "---\nkind: ClusterRole\nmetadata: {name: small}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n", BINDS, HOLDER, YES),
	X("create bindings alone", ROLE(RULE(R, "clusterrolebindings, rolebindings", "create, update")) CLUSTER, BINDS, MASTERS, NO),
	X("bind alone", ROLE(RULE(R, "clusterroles, roles", "bind")) CLUSTER, BINDS, MASTERS, NO),
	X("bind in a namespace", ROLE(RULE(R, "clusterroles", "bind") RULE(R, "rolebindings", "create")) SPACED, BINDS, HOLDER, YES),
	X("bind in a namespace is not the cluster", ROLE(RULE(R, "clusterroles", "bind") RULE(R, "rolebindings", "create")) SPACED, BINDS, MASTERS, NO),
	X("escalate", ROLE(RULE(R, "clusterroles", "escalate, update")) CLUSTER, ESCALATES, MASTERS, YES),
	X("escalate one's own by name", ROLE(NAMED(R, "clusterroles", "escalate, patch", "r")) CLUSTER, ESCALATES, MASTERS, YES),
	X("escalate another", ROLE(NAMED(R, "clusterroles", "escalate, patch", "other")) CLUSTER
	  "---\nkind: ClusterRole\nmetadata: {name: other}\n", ESCALATES, MASTERS, NO),
	X("escalate without a change", ROLE(RULE(R, "clusterroles", "escalate, get")) CLUSTER, ESCALATES, MASTERS, NO),
	X("change roles without escalate", ROLE(RULE(R, "clusterroles", "update, create, patch")) CLUSTER, ESCALATES, MASTERS, NO),
	X("certificates", ROLE(RULE(C, "certificatesigningrequests", "create") RULE(C, "certificatesigningrequests/approval", "update")
	  NAMED(C, "signers", "approve", "kubernetes.io/kube-apiserver-client")) CLUSTER, SIGNS, USERS, YES),
	X("certificates of the domain", ROLE(RULE(C, "certificatesigningrequests", "create") RULE(C, "certificatesigningrequests/approval", "update")
	  NAMED(C, "signers", "approve", "'kubernetes.io/*'")) CLUSTER, SIGNS, USERS, YES),
	X("never system:masters", ROLE(RULE(C, "certificatesigningrequests", "create") RULE(C, "certificatesigningrequests/approval", "update")
	  RULE(C, "signers", "approve")) CLUSTER, SIGNS, MASTERS, NO),
	X("serving certificates", ROLE(RULE(C, "certificatesigningrequests", "create") RULE(C, "certificatesigningrequests/approval", "update")
	  NAMED(C, "signers", "approve", "kubernetes.io/kubelet-serving")) CLUSTER, SIGNS, USERS, NO),
	X("certificates without approval", ROLE(RULE(C, "certificatesigningrequests", "create") RULE(C, "signers", "approve")) CLUSTER, SIGNS, USERS, NO),
	X("sign without the authority's key", ROLE(RULE(C, "certificatesigningrequests", "create") RULE(C, "certificatesigningrequests/status", "update")
	  RULE(C, "signers", "sign")) CLUSTER, SIGNS, USERS, NO),
	X("mutating webhooks", ROLE(RULE(A, "mutatingwebhookconfigurations", "patch")) CLUSTER, MUTATES, WORKLOAD, IF),
	X("see webhooks", ROLE(RULE(A, "mutatingwebhookconfigurations", "get, delete")) CLUSTER, MUTATES, WORKLOAD, NO),
	X("validating webhooks see secrets", ROLE(RULE(A, "validatingwebhookconfigurations", "create")) CLUSTER, SEES_WRITES, SECRET, IF),
	X("validating webhooks change nothing", ROLE(RULE(A, "validatingwebhookconfigurations", "create")) CLUSTER, MUTATES, WORKLOAD, NO),
	X("volumes", ROLE(RULE("", "persistentvolumes, persistentvolumeclaims, pods", "create")) CLUSTER, VOLUME_OF_NODE, NODE, YES),
	X("claims alone", ROLE(RULE("", "persistentvolumeclaims, pods", "create")) CLUSTER, VOLUME_OF_NODE, NODE, NO),
	X("volumes without pods", ROLE(RULE("", "persistentvolumes, persistentvolumeclaims", "create")) CLUSTER, VOLUME_OF_NODE, NODE, NO),
	X("aws-auth", ROLE(NAMED("", "configmaps", "patch", "aws-auth")) CLUSTER, MAPS_AWS, MASTERS, IF),
	X("aws-auth elsewhere", ROLE(NAMED("", "configmaps", "patch", "aws-auth")) SPACED, MAPS_AWS, MASTERS, NO),
	X("patch service accounts", ROLE(RULE("", "serviceaccounts", "patch")) SPACED, WRITES, ACCOUNT, YES),
	X("endpoint slices", ROLE(RULE("discovery.k8s.io", "endpointslices", "create")) SPACED, REDIRECTS, SERVICE, YES),
	X("see endpoint slices", ROLE(RULE("discovery.k8s.io", "endpointslices", "get")) SPACED, REDIRECTS, SERVICE, NO),
	X("everything", ROLE(RULE("*", "'*'", "'*'")) CLUSTER, ALL, MASTERS, YES),
	X("everything in a namespace", ROLE(RULE("*", "'*'", "'*'")) SPACED, ALL, MASTERS, NO),
	X("see everything", ROLE(RULE("*", "'*'", "get, list, watch")) CLUSTER, ALL, MASTERS, NO),
#undef X
};

static void test_twins(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct look l = look(cases[i].yaml, cases[i].effect, cases[i].target, NULL);
		enum answer got = l.sure ? YES : l.possible ? IF : NO;
		if (got != cases[i].want)
			fail_msg("%s: %d, not %d (%s)", cases[i].what, (int)got, (int)cases[i].want, aisp_rbac_effect_name(cases[i].effect));
	}
}

/* A right for the whole cluster and a second one in some namespaces: the power is in these. */
static void test_places(void **state)
{
	static const char yaml[] = ROLE(RULE("", "secrets", "create")) CLUSTER
		"---\nkind: Role\nmetadata: {name: read, namespace: n2}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n"
		"---\nkind: RoleBinding\nmetadata: {name: c, namespace: n2}\nroleRef: {kind: Role, name: read}\n" SUBJECTS;

	(void)state;
	assert_int_equal(look(yaml, AISP_RBAC_TOKEN_SECRET, AISP_RBAC_ACCOUNT, "n2").sure, 1);
	assert_int_equal(look(yaml, AISP_RBAC_TOKEN_SECRET, AISP_RBAC_ACCOUNT, "n1").sure, 0);
	assert_int_equal(look(yaml, AISP_RBAC_TOKEN_SECRET, AISP_RBAC_ACCOUNT, "").sure, 0);
}

/* A group that the subject has by nature gives the second right. */
static void test_group(void **state)
{
	static const char yaml[] =
		"kind: ClusterRole\nmetadata: {name: r}\nrules: [{apiGroups: [" R "], resources: [clusterroles], verbs: [bind]}]\n"
		"---\nkind: ClusterRole\nmetadata: {name: g}\nrules: [{apiGroups: [" R "], resources: [clusterrolebindings], verbs: [create]}]\n"
		"---\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: r}\n"
		"subjects: [{kind: ServiceAccount, name: s, namespace: n1}]\n"
		"---\nkind: ClusterRoleBinding\nmetadata: {name: c}\nroleRef: {kind: ClusterRole, name: g}\nsubjects: [{kind: Group, name: 'system:serviceaccounts:%s'}]\n";
	char text[sizeof yaml + 8];

	(void)state;
	snprintf(text, sizeof text, yaml, "n1");
	assert_int_equal(look(text, AISP_RBAC_BINDS, AISP_RBAC_MASTERS, NULL).sure, 1);
	snprintf(text, sizeof text, yaml, "n2");
	assert_int_equal(look(text, AISP_RBAC_BINDS, AISP_RBAC_MASTERS, NULL).sure, 0);
}

/* Joining a binding that is there: only its role. */
static void test_join(void **state)
{
	static const char yaml[] = ROLE(RULE(R, "clusterroles", "bind") NAMED(R, "clusterrolebindings", "patch", "%s")) CLUSTER
		"---\nkind: ClusterRole\nmetadata: {name: full}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n"
		"---\nkind: ClusterRoleBinding\nmetadata: {name: roots}\nroleRef: {kind: ClusterRole, name: full}\nsubjects: [{kind: Group, name: g}]\n";
	char text[sizeof yaml + 8];

	(void)state;
	snprintf(text, sizeof text, yaml, "roots");
	assert_int_equal(look(text, AISP_RBAC_BINDS, AISP_RBAC_MASTERS, NULL).sure, 1);
	snprintf(text, sizeof text, yaml, "other");
	assert_int_equal(look(text, AISP_RBAC_BINDS, AISP_RBAC_MASTERS, NULL).sure, 0);
}

static void test_budget(void **state)
{
	struct world w;
	struct look l = {.effect = AISP_RBAC_READS};

	(void)state;
	world_open(&w, ROLE(RULE("", "pods", "get")) CLUSTER);
	l.p = &w.p;
	struct aisp_rbac_world x = {.a = w.a, .budget = 3};
	assert_int_equal(aisp_rbac_powers(w.r, false, AISP_S("u"), &x, note, &l, NULL), AISP_E_LIMIT);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twins), cmocka_unit_test(test_places), cmocka_unit_test(test_group),
		cmocka_unit_test(test_join), cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
