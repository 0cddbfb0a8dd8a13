/* The authorizer: given cases from the documentation, a slow second version on random policies, explanations, and what it does
 * when memory fails. (Against Kubernetes' own authorizer: tools/check-oracles-k8s.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "policy.h"
#include <stdio.h>
#include <stdlib.h>

static const char cases[] =
	"kind: ClusterRole\nmetadata: {name: reader}\nrules:\n"
	"- {apiGroups: [''], resources: [pods, 'pods/log', '*/scale'], verbs: [get, list]}\n"
	"- {apiGroups: [''], resources: [configmaps], resourceNames: [one], verbs: ['*']}\n"
	"- {nonResourceURLs: [/metrics, '/logs/*'], verbs: [get]}\n"
	"---\nkind: Role\nmetadata: {name: exec, namespace: n1}\nrules:\n- {apiGroups: [''], resources: ['pods/exec'], verbs: [create]}\n"
	"---\nkind: ClusterRole\nmetadata: {name: sum}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {to: sum}}]}\n"
	"rules: [{apiGroups: [x], resources: [overwritten], verbs: [get]}]\n"
	"---\nkind: ClusterRole\nmetadata: {name: part, labels: {to: sum}}\nrules: [{apiGroups: [apps], resources: ['*'], verbs: ['*']}]\n"
	"---\nkind: ClusterRoleBinding\nmetadata: {name: b1}\nroleRef: {kind: ClusterRole, name: reader}\nsubjects: [{kind: User, name: ana}]\n"
	"---\nkind: RoleBinding\nmetadata: {name: b2, namespace: n1}\nroleRef: {kind: Role, name: exec}\n"
	"subjects: [{kind: ServiceAccount, name: ci}, {kind: Group, name: dev}]\n"
	"---\nkind: RoleBinding\nmetadata: {name: b3, namespace: n2}\nroleRef: {kind: ClusterRole, name: sum}\nsubjects: [{kind: Group, name: dev}]\n"
	"---\nkind: ClusterRoleBinding\nmetadata: {name: b4}\nroleRef: {kind: Role, name: exec}\nsubjects: [{kind: User, name: bob}]\n"
	"---\nkind: RoleBinding\nmetadata: {name: b5, namespace: n1}\nroleRef: {kind: ClusterRole, name: lost}\nsubjects: [{kind: User, name: bob}]\n";

#define Z(z) ((struct aisp_slice){z, sizeof(z) - 1})
#define Q(user_, group_, verb_, api, res, sub_, name_, ns_)                                                            \
	((struct aisp_rbac_request){.user = Z(user_), .groups = {&Z(group_), sizeof(group_) > 1}, .verb = Z(verb_), .group = Z(api),  \
	                            .resource = Z(res), .sub = Z(sub_), .name = Z(name_), .ns = Z(ns_)})

static bool yes(const struct world *w, struct aisp_rbac_request q)
{
	struct aisp_rbac_answer a;

	return aisp_rbac_authorize(w->r, &q, &a);
}

static void test_cases(void **state)
{
	struct world w;
	struct aisp_rbac_answer a;

	(void)state;
	world_open(&w, cases);
	assert_true(yes(&w, Q("ana", "", "get", "", "pods", "", "x", "anywhere")));
	assert_true(yes(&w, Q("ana", "", "get", "", "pods", "log", "x", "")));
	assert_false(yes(&w, Q("ana", "", "get", "", "pods", "exec", "x", "n1")));
	assert_true(yes(&w, Q("ana", "", "get", "", "deployments", "scale", "x", "n1")));
	assert_false(yes(&w, Q("ana", "", "get", "apps", "deployments", "scale", "x", "n1")));
	assert_false(yes(&w, Q("ana", "", "get", "", "deployments", "", "x", "n1")));
	assert_true(yes(&w, Q("ana", "", "delete", "", "configmaps", "", "one", "n1")));
	assert_false(yes(&w, Q("ana", "", "delete", "", "configmaps", "", "two", "n1")));
	assert_false(yes(&w, Q("ana", "", "create", "", "configmaps", "", "", "n1")));
	assert_false(yes(&w, Q("bob", "", "get", "", "pods", "", "x", "n1")));
	/* service accounts and groups, in their namespace only */
	assert_true(yes(&w, Q("system:serviceaccount:n1:ci", "", "create", "", "pods", "exec", "p", "n1")));
	assert_false(yes(&w, Q("system:serviceaccount:n1:ci", "", "create", "", "pods", "exec", "p", "n2")));
	assert_false(yes(&w, Q("system:serviceaccount:n2:ci", "", "create", "", "pods", "exec", "p", "n1")));
	assert_true(yes(&w, Q("x", "dev", "create", "", "pods", "exec", "p", "n1")));
	assert_false(yes(&w, Q("dev", "", "create", "", "pods", "exec", "p", "n1")));
	/* aggregated; what stood in the role itself is overwritten */
	assert_true(yes(&w, Q("x", "dev", "patch", "apps", "deployments", "", "p", "n2")));
	assert_false(yes(&w, Q("x", "dev", "get", "x", "overwritten", "", "", "n2")));
	/* a ClusterRoleBinding to a Role, and a role that is not there, give nothing */
	assert_false(yes(&w, Q("bob", "", "create", "", "pods", "exec", "p", "n1")));
	/* before RBAC */
	struct aisp_rbac_request q = Q("bob", "system:masters", "drop", "x", "y", "z", "", "");
	assert_true(aisp_rbac_authorize(w.r, &q, &a) && a.before_rbac);
	/* URLs */
	q = (struct aisp_rbac_request){.user = Z("ana"), .verb = Z("get"), .is_url = true, .url = Z("/logs/kubelet")};
	assert_true(yes(&w, q));
	q.url = Z("/logs");
	assert_false(yes(&w, q));
	q.url = Z("/metrics");
	assert_true(aisp_rbac_authorize(w.r, &q, &a));
	assert_int_equal(a.binding, 0);
	assert_int_equal(a.at.rule, 2);
	world_close(&w);
}

static void test_explain(void **state)
{
	const struct {
		struct aisp_rbac_request q;
		const char *has;
	} rows[] = {
		{Q("ana", "", "get", "", "pods", "", "x", "n1"), ": allowed\n  ClusterRoleBinding b1 (subject 0, user ana) allows it\n    ClusterRole reader rules[0]"},
		{Q("ana", "", "delete", "", "configmaps", "", "two", "n1"), "b1 (subject 0, user ana) is limited to other names\n    ClusterRole reader rules[1]"},
		{Q("ana", "", "delete", "", "pods", "", "two", "n1"), "has the resource, not the verb"},
		{Q("ana", "", "delete", "batch", "jobs", "", "two", "n1"), "has no rule for the API group"},
		{Q("x", "dev", "create", "", "pods", "exec", "p", "n2"), "RoleBinding n1/b2 (subject 1, group dev) would allow it, but only in its own namespace"},
		{Q("bob", "", "create", "", "pods", "exec", "p", "n1"), "RoleBinding n1/b5 (subject 0, user bob) refers to a role that is not there"},
		{Q("eve", "", "create", "", "pods", "exec", "p", "n1"), "no binding names the caller"},
		{Q("eve", "system:masters", "create", "", "pods", "exec", "p", "n1"), "before RBAC is asked"},
	};
	struct world w;

	(void)state;
	world_open(&w, cases);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		AISP_AUTOBUF struct aisp_buf out;
		aisp_buf_init(&out, 0);
		assert_int_equal(aisp_rbac_explain_text(w.r, &rows[i].q, &out), 0);
		if (aisp_slice_find(aisp_buf_slice(&out), aisp_slice_z(rows[i].has)) == SIZE_MAX)
			fail_msg("%zu: \"%s\" is not in\n%s", i, rows[i].has, out.p);
	}
	world_close(&w);
}

/* Every allocation fails once: no crash, no leak, NOMEM. */
static void test_memory(void **state)
{
	struct world w;
	struct aisp_rbac *r = NULL;
	int code = -1;

	(void)state;
	world_open(&w, cases);
	for (uint64_t n = 1; code < 0 && n < 1000; n++) {
		aisp_fault_set(n, false);
		code = aisp_rbac_compile(&w.p, &r, NULL);
		aisp_fault_set(0, false);
		assert_true(code == 0 || code == AISP_E_NOMEM);
	}
	assert_int_equal(code, 0);
	aisp_rbac_free(r);
	world_close(&w);
}

/* ---- A slow second version on random policies ---- */

static uint64_t seed;

static unsigned roll(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static bool member(const struct aisp_slices *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (aisp_slice_eqz(list->v[i], text))
			return true;
	return false;
}

static bool slow_rule(const struct aisp_rbac_rule *r, const char *verb, const char *group, const char *resource, const char *name)
{
	const char *slash = strchr(resource, '/');
	char star[64] = "*/never";

	if (slash)
		snprintf(star, sizeof star, "*%s", slash);
	return (member(&r->verbs, "*") || member(&r->verbs, verb)) && (member(&r->groups, "*") || member(&r->groups, group)) &&
	       (member(&r->resources, "*") || member(&r->resources, resource) || (slash && member(&r->resources, star))) &&
	       (r->names.n == 0 || member(&r->names, name));
}

static const char *const verbs[] = {"get", "create", "*", "bind"}, *const groups[] = {"", "apps", "*"},
                  *const resources[] = {"pods", "pods/exec", "*", "*/exec", "secrets"}, *const names[] = {"a", "b"},
                  *const spaces[] = {"n1", "n2"}, *const users[] = {"u1", "u2"};
static struct aisp_slice texts[4096];
static size_t n_texts;

static struct aisp_slices some(const char *const *from, unsigned n, unsigned least)
{
	struct aisp_slices out = {texts + n_texts, least + roll(3)};

	for (size_t i = 0; i < out.n; i++)
		texts[n_texts++] = aisp_slice_z(from[roll(n)]);
	return out;
}

static void random_world(struct aisp_rbac_role *roles, struct aisp_rbac_rule (*rules)[3], struct aisp_rbac_binding *b, struct aisp_rbac_subject *s)
{
	static const char *const role_names[] = {"r0", "r1", "r2", "r3"};

	n_texts = 0;
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 3; j++)
			rules[i][j] = (struct aisp_rbac_rule){some(verbs, 4, 0), some(groups, 3, 1), some(resources, 5, 1),
			                                      roll(2) ? some(names, 2, 1) : (struct aisp_slices){0}, {0}};
		roles[i] = (struct aisp_rbac_role){.name = aisp_slice_z(role_names[i]), .rules = rules[i], .n_rules = roll(4)};
		roles[i].ns = roll(2) ? aisp_slice_z(spaces[roll(2)]) : AISP_S("");
	}
	for (unsigned i = 0; i < 5; i++) {
		s[i] = (struct aisp_rbac_subject){.kind = roll(2) ? AISP_RBAC_USER : AISP_RBAC_GROUP, .name = aisp_slice_z(users[roll(2)])};
		b[i] = (struct aisp_rbac_binding){.ns = roll(2) ? aisp_slice_z(spaces[roll(2)]) : AISP_S(""), .name = AISP_S("b"), .to_cluster_role = roll(2),
		                                  .role = aisp_slice_z(role_names[roll(4)]), .subjects = &s[i], .n_subjects = 1};
	}
}

static bool slow(const struct aisp_rbac_policy *p, bool group, const char *who, const char *verb, const char *api, const char *resource,
                 const char *name, const char *ns)
{
	for (size_t b = 0; b < p->n_bindings; b++) {
		const struct aisp_rbac_binding *x = &p->bindings[b];
		if (x->subjects[0].kind != (group ? AISP_RBAC_GROUP : AISP_RBAC_USER) || !aisp_slice_eqz(x->subjects[0].name, who))
			continue;
		if (x->ns.n && !aisp_slice_eqz(x->ns, ns))
			continue;
		for (size_t r = 0; r < p->n_roles; r++) {
			const struct aisp_rbac_role *role = &p->roles[r];
			if (!aisp_slice_eq(role->name, x->role) || (x->to_cluster_role ? role->ns.n != 0 : x->ns.n == 0 || !aisp_slice_eq(role->ns, x->ns)))
				continue;
			for (size_t i = 0; i < role->n_rules; i++)
				if (slow_rule(&role->rules[i], verb, api, resource, name))
					return true;
		}
	}
	return false;
}

static void test_random(void **state)
{
	unsigned rounds = getenv("AISP_RBAC_ROUNDS") ? (unsigned)strtoul(getenv("AISP_RBAC_ROUNDS"), NULL, 10) : 3000;
	unsigned long allowed = 0;

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		struct aisp_rbac_role roles[4];
		struct aisp_rbac_rule rules[4][3];
		struct aisp_rbac_binding bindings[5];
		struct aisp_rbac_subject subjects[5];
		struct aisp_rbac_policy p = {roles, 4, bindings, 5};
		struct aisp_rbac *r = NULL;
		seed = round;
		random_world(roles, rules, bindings, subjects);
		assert_int_equal(aisp_rbac_compile(&p, &r, NULL), 0);
		for (unsigned q = 0; q < 100; q++) {
			bool group = roll(2);
			const char *who = users[roll(2)], *verb = verbs[roll(4)], *api = groups[roll(3)], *name = names[roll(2)], *ns = roll(3) ? spaces[roll(2)] : "";
			struct aisp_slice g = aisp_slice_z(who);
			static const char *const asked[] = {"pods", "pods/exec", "secrets", "secrets/exec"};
			const char *resource = asked[roll(4)], *slash = strchr(resource, '/');
			struct aisp_rbac_request req = {.verb = aisp_slice_z(verb), .group = aisp_slice_z(api), .name = aisp_slice_z(name), .ns = aisp_slice_z(ns)};
			req.resource = slash ? aisp_slice_of(resource, (size_t)(slash - resource)) : aisp_slice_z(resource);
			req.sub = slash ? aisp_slice_z(slash + 1) : AISP_S("");
			req.user = group ? AISP_S("nobody") : g;
			req.groups = (struct aisp_slices){&g, group};
			struct aisp_rbac_answer a;
			bool want = slow(&p, group, who, verb, api, resource, name, ns), got = aisp_rbac_authorize(r, &req, &a);
			allowed += want;
			if (want != got)
				fail_msg("round %u: %s %s %s.%s %s in %s: %d, not %d", round, who, verb, resource, api, name, ns, got, want);
			if (got)
				assert_true(aisp_rbac_rule_allows(&roles[a.at.role].rules[a.at.rule], &req));
		}
		aisp_rbac_free(r);
	}
	assert_true(allowed > rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_explain), cmocka_unit_test(test_memory), cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
