/* Kubernetes' permission systems: RBAC against a slow second version that asks each request by itself, as the API server's
 * authorizer does, on random policies; NetworkPolicy on cases worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "access/kubernetes/network.h"
#include "access/kubernetes/rbac.h"
#include <stdio.h>
#include <stdlib.h>

#define S(z) {z, sizeof(z) - 1}
#define N(a) (sizeof(a) / sizeof *(a))

/* ---- The slow version ---- */

struct request {
	const char *verb, *group, *resource; /* resource with "/sub" */
	struct aisp_slice ns, name;
};

static bool member(const struct aisp_slices *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (aisp_slice_eqz(list->v[i], text))
			return true;
	return false;
}

static bool allows(const struct aisp_rbac_rule *r, const struct request *q)
{
	const char *slash = strchr(q->resource, '/');
	char star_sub[64] = "*/never";
	bool named = r->names.n == 0;

	if (slash)
		snprintf(star_sub, sizeof star_sub, "*%s", slash);
	for (size_t i = 0; i < r->names.n; i++)
		named |= aisp_slice_eq(r->names.v[i], q->name);
	return (member(&r->verbs, "*") || member(&r->verbs, q->verb)) && (member(&r->groups, "*") || member(&r->groups, q->group)) &&
	       (member(&r->resources, "*") || member(&r->resources, q->resource) || (slash && member(&r->resources, star_sub))) && named;
}

/* Roles whose rules a ClusterRole has by aggregation, by growing a set until nothing is added. */
static void aggregated(const struct aisp_rbac_policy *p, size_t role, bool *in)
{
	bool grown = true;

	in[role] = true;
	while (grown) {
		grown = false;
		for (size_t r = 0; r < p->n_roles; r++)
			for (size_t s = 0; in[r] && p->roles[r].ns.n == 0 && s < p->roles[r].n_aggregates; s++)
				for (size_t o = 0; o < p->n_roles; o++)
					if (!in[o] && p->roles[o].ns.n == 0 && aisp_selector_matches(&p->roles[r].aggregates[s], &p->roles[o].labels))
						in[o] = grown = true;
	}
}

static bool binding_allows(const struct aisp_rbac_policy *p, const struct aisp_rbac_binding *b, const struct request *q)
{
	if (b->ns.n && !aisp_slice_eq(b->ns, q->ns))
		return false;
	for (size_t r = 0; r < p->n_roles; r++) {
		bool in[32] = {false};
		if (!aisp_slice_eq(p->roles[r].name, b->role))
			continue;
		if (b->to_cluster_role ? p->roles[r].ns.n != 0 : b->ns.n == 0 || !aisp_slice_eq(p->roles[r].ns, b->ns))
			continue;
		aggregated(p, r, in);
		for (size_t o = 0; o < p->n_roles; o++)
			for (size_t i = 0; in[o] && i < p->roles[o].n_rules; i++)
				if (allows(&p->roles[o].rules[i], q))
					return true;
		return false;
	}
	return false;
}

static bool asks(const struct aisp_rbac_policy *p, size_t b, const char *verb, const char *group, const char *resource,
                 struct aisp_slice ns, struct aisp_slice name)
{
	struct request q = {verb, group, resource, ns, name};

	return binding_allows(p, &p->bindings[b], &q);
}

/* 0 no, 1 with a condition, 2 yes. */
static int slow(const struct aisp_rbac_policy *p, size_t b, enum aisp_rbac_effect e, const struct aisp_rbac_object *o)
{
	static const char *const makers[][2] = {{"", "pods"}, {"", "replicationcontrollers"}, {"apps", "deployments"},
	                                        {"apps", "daemonsets"}, {"apps", "statefulsets"}, {"apps", "replicasets"},
	                                        {"batch", "jobs"}, {"batch", "cronjobs"}};
	struct aisp_slice any = AISP_S("a-name-that-no-rule-has"), none = AISP_S("");
	int best = 0;

	switch (e) {
	case AISP_RBAC_READS:
		return o->kind == AISP_RBAC_OBJ_SECRET && (asks(p, b, "get", "", "secrets", o->ns, o->name) ||
		       asks(p, b, "list", "", "secrets", o->ns, o->name) || asks(p, b, "watch", "", "secrets", o->ns, o->name)) ? 2 : 0;
	case AISP_RBAC_MINTS_TOKEN:
		return o->kind == AISP_RBAC_OBJ_SERVICE_ACCOUNT && asks(p, b, "create", "", "serviceaccounts/token", o->ns, o->name) ? 2 : 0;
	case AISP_RBAC_IMPERSONATES:
		if (o->kind == AISP_RBAC_OBJ_SERVICE_ACCOUNT)
			return asks(p, b, "impersonate", "", "serviceaccounts", o->ns, o->name) ? 2 : 0;
		if (o->kind == AISP_RBAC_OBJ_USER)
			return asks(p, b, "impersonate", "", "users", none, o->name) ? 2 : 0;
		return o->kind == AISP_RBAC_OBJ_GROUP && asks(p, b, "impersonate", "", "groups", none, o->name) ? 1 : 0;
	case AISP_RBAC_RUNS_AS:
	case AISP_RBAC_MOUNTS:
		if (o->kind != (e == AISP_RBAC_RUNS_AS ? AISP_RBAC_OBJ_SERVICE_ACCOUNT : AISP_RBAC_OBJ_SECRET))
			return 0;
		for (size_t i = 0; i < N(makers); i++)
			if (asks(p, b, "create", makers[i][0], makers[i][1], o->ns, none))
				best = 2;
		return best;
	case AISP_RBAC_EXECS:
		if (o->kind != AISP_RBAC_OBJ_WORKLOAD)
			return 0;
		for (size_t i = 0; i <= o->pods.n; i++) {
			struct aisp_slice pod = i < o->pods.n ? o->pods.v[i] : any;
			if (asks(p, b, "create", "", "pods/exec", o->ns, pod) || asks(p, b, "create", "", "pods/attach", o->ns, pod))
				best = 2;
			else if (best == 0 && asks(p, b, "get", "", "pods/exec", o->ns, pod))
				best = 1;
		}
		return best;
	default:
		return 0;
	}
}

/* ---- Random policies ---- */

static uint64_t seed;

static unsigned roll(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const struct aisp_slice verbs[] = {S("get"), S("list"), S("watch"), S("create"), S("impersonate"), S("*"), S("delete"), S("update")};
static const struct aisp_slice groups[] = {S(""), S("apps"), S("batch"), S("*")};
static const struct aisp_slice resources[] = {S("secrets"), S("pods"), S("pods/exec"), S("pods/attach"), S("*"), S("*/exec"), S("*/token"),
                                              S("serviceaccounts"), S("serviceaccounts/token"), S("deployments"), S("jobs"), S("users"),
                                              S("groups"), S("pods/*"), S("*/*"), S("secrets/status"), S("cronjobs")};
static const struct aisp_slice object_names[] = {S("a"), S("b"), S("db-0"), S("db-1"), S("*")};
static const struct aisp_slice namespaces[] = {S("n1"), S("n2")};
static const struct aisp_label label_rows[] = {{S("agg"), S("x")}, {S("agg"), S("y")}};
static const struct aisp_requirement requirements[] = {
	{.key = S("agg"), .op = AISP_SEL_IN, .values = &label_rows[0].value, .n = 1},
	{.key = S("agg"), .op = AISP_SEL_IN, .values = &label_rows[1].value, .n = 1},
};
static const struct aisp_selector selectors[] = {{&requirements[0], 1}, {&requirements[1], 1}};

enum { ROLES = 6, RULES = 3, BINDINGS = 5, OBJECTS = 14, PICKS = 3 };

struct world {
	struct aisp_slice picks[ROLES][RULES][4][PICKS];
	struct aisp_rbac_rule rules[ROLES][RULES];
	struct aisp_rbac_role roles[ROLES];
	struct aisp_rbac_binding bindings[BINDINGS];
	struct aisp_rbac_object objects[OBJECTS];
	struct aisp_rbac_policy p;
};

static struct aisp_slices pick(struct aisp_slice *out, const struct aisp_slice *from, size_t n, bool may_be_none)
{
	size_t k = may_be_none && roll(3) ? 0 : 1 + roll(PICKS);

	for (size_t i = 0; i < k; i++)
		out[i] = from[roll((unsigned)n)];
	return (struct aisp_slices){out, k};
}

static void make_world(struct world *w)
{
	static const struct aisp_slice role_names[] = {S("r0"), S("r1"), S("r2")};
	static const struct aisp_slice pods[] = {S("db-0"), S("db-1")};
	static const struct aisp_rbac_subject who = {AISP_RBAC_USER, S(""), S("u")};

	for (size_t r = 0; r < ROLES; r++) {
		for (size_t i = 0; i < RULES; i++) {
			w->rules[r][i].verbs = pick(w->picks[r][i][0], verbs, N(verbs), false);
			w->rules[r][i].groups = pick(w->picks[r][i][1], groups, N(groups), false);
			w->rules[r][i].resources = pick(w->picks[r][i][2], resources, N(resources), false);
			w->rules[r][i].names = pick(w->picks[r][i][3], object_names, N(object_names), true);
		}
		w->roles[r] = (struct aisp_rbac_role){.name = role_names[roll(3)], .rules = w->rules[r], .n_rules = roll(RULES + 1)};
		if (roll(2))
			w->roles[r].ns = namespaces[roll(2)];
		if (roll(2))
			w->roles[r].labels = (struct aisp_labels){&label_rows[roll(2)], 1};
		if (roll(3) == 0) {
			w->roles[r].aggregates = &selectors[roll(2)];
			w->roles[r].n_aggregates = 1;
		}
	}
	for (size_t b = 0; b < BINDINGS; b++) {
		w->bindings[b] = (struct aisp_rbac_binding){.name = S("b"), .to_cluster_role = roll(2), .role = role_names[roll(3)],
		                                            .subjects = &who, .n_subjects = 1};
		if (roll(3))
			w->bindings[b].ns = namespaces[roll(2)];
	}
	for (size_t o = 0; o < OBJECTS; o++) {
		w->objects[o] = (struct aisp_rbac_object){.kind = (enum aisp_rbac_object_kind)roll(AISP_RBAC_OBJ_END), .name = object_names[roll(2)]};
		if (w->objects[o].kind < AISP_RBAC_OBJ_USER)
			w->objects[o].ns = namespaces[roll(2)];
		if (w->objects[o].kind == AISP_RBAC_OBJ_WORKLOAD && roll(2))
			w->objects[o].pods = (struct aisp_slices){pods, 2};
	}
	w->p = (struct aisp_rbac_policy){w->roles, ROLES, w->bindings, BINDINGS, w->objects, OBJECTS};
}

struct answers {
	int got[BINDINGS][AISP_RBAC_EFFECT_END][OBJECTS];
	bool twice;
};

static int note(void *ctx, const struct aisp_rbac_grant *g)
{
	struct answers *a = ctx;
	int *at = &a->got[g->binding][g->effect][g->object];

	a->twice |= *at != 0;
	*at = g->condition ? 1 : 2;
	return 0;
}

static void test_random(void **state)
{
	static struct world w;
	static struct answers a;
	unsigned rounds = getenv("AISP_RBAC_ROUNDS") ? (unsigned)strtoul(getenv("AISP_RBAC_ROUNDS"), NULL, 10) : 5000;
	unsigned long yes = 0;

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		seed = round;
		memset(&w, 0, sizeof w);
		memset(&a, 0, sizeof a);
		make_world(&w);
		assert_int_equal(aisp_rbac_decide(&w.p, note, &a, NULL), 0);
		assert_false(a.twice);
		for (size_t b = 0; b < BINDINGS; b++)
			for (int e = 0; e < AISP_RBAC_EFFECT_END; e++)
				for (size_t o = 0; o < OBJECTS; o++) {
					int want = slow(&w.p, b, (enum aisp_rbac_effect)e, &w.objects[o]);
					yes += want > 0;
					if (want != a.got[b][e][o])
						fail_msg("round %u binding %zu effect %d object %zu: %d, not %d", round, b, e, o, a.got[b][e][o], want);
				}
	}
	assert_true(yes > rounds);
}

/* ---- NetworkPolicy by hand ---- */

static const struct aisp_label app_db[] = {{S("app"), S("db")}}, app_api[] = {{S("app"), S("api")}}, ns_a[] = {{S("team"), S("a")}},
                               ns_b[] = {{S("team"), S("b")}};
static const struct aisp_slice v_db[] = {S("db")}, v_api[] = {S("api")}, v_a[] = {S("a")};
static const struct aisp_requirement is_db = {.key = S("app"), .op = AISP_SEL_IN, .values = v_db, .n = 1};
static const struct aisp_requirement is_api = {.key = S("app"), .op = AISP_SEL_IN, .values = v_api, .n = 1};
static const struct aisp_requirement in_a = {.key = S("team"), .op = AISP_SEL_IN, .values = v_a, .n = 1};
static const struct aisp_requirement not_a = {.key = S("team"), .op = AISP_SEL_NOT_IN, .values = v_a, .n = 1};
static const struct aisp_net_target pg_ports[] = {{.name = S("pg"), .number = 5432}};
static const struct aisp_net_pod db = {.ns = S("a"), .labels = {app_db, 1}, .ns_labels = {ns_a, 1}, .ports = pg_ports, .n_ports = 1};
static const struct aisp_net_pod api = {.ns = S("a"), .labels = {app_api, 1}, .ns_labels = {ns_a, 1}};
static const struct aisp_net_pod api_b = {.ns = S("b"), .labels = {app_api, 1}, .ns_labels = {ns_b, 1}};
static const struct aisp_net_pod other_b = {.ns = S("b"), .ns_labels = {ns_b, 1}};
static const struct aisp_net_target p5432 = {.number = 5432}, p80 = {.number = 80}, udp5432 = {.protocol = S("UDP"), .number = 5432};

static bool ok(const struct aisp_net_policy *p, size_t n, const struct aisp_net_pod *from, const struct aisp_net_pod *to,
               const struct aisp_net_target *port)
{
	return aisp_net_allows(p, n, from, to, port);
}

static void test_isolation(void **state)
{
	struct aisp_net_policy p = {.ns = S("a"), .pods = {&is_db, 1}, .ingress = true};

	(void)state;
	assert_true(ok(NULL, 0, &other_b, &db, &p5432));
	assert_false(ok(&p, 1, &api, &db, &p5432)); /* isolated, no rule: nothing */
	assert_true(ok(&p, 1, &db, &api, &p80));    /* the other direction and other pods stay open */
	p.pods = (struct aisp_selector){NULL, 0};   /* selects all of the namespace, not of others */
	assert_false(ok(&p, 1, &db, &api, &p80));
	assert_true(ok(&p, 1, &db, &other_b, &p80));
	struct aisp_net_rule everybody = {0};
	p.in = &everybody;
	p.n_in = 1;
	assert_true(ok(&p, 1, &other_b, &db, &p5432));
	struct aisp_net_pod host = db;
	host.host_network = true;
	p.n_in = 0;
	assert_true(ok(&p, 1, &other_b, &host, &p5432));
}

static void test_peers(void **state)
{
	struct aisp_net_peer peers[2] = {{.has_pod = true, .pod = {&is_api, 1}}};
	struct aisp_net_rule rule = {.peers = peers, .n_peers = 1};
	struct aisp_net_policy p = {.ns = S("a"), .pods = {&is_db, 1}, .ingress = true, .in = &rule, .n_in = 1};

	(void)state;
	/* pods alone: only the policy's namespace */
	assert_true(ok(&p, 1, &api, &db, &p5432));
	assert_false(ok(&p, 1, &api_b, &db, &p5432));
	/* both in one element: AND */
	peers[0].has_ns = true;
	peers[0].ns = (struct aisp_selector){&not_a, 1};
	assert_true(ok(&p, 1, &api_b, &db, &p5432));
	assert_false(ok(&p, 1, &other_b, &db, &p5432));
	assert_false(ok(&p, 1, &api, &db, &p5432));
	/* two elements: OR */
	peers[0] = (struct aisp_net_peer){.has_ns = true, .ns = {&in_a, 1}};
	peers[1] = (struct aisp_net_peer){.has_pod = true, .pod = {&is_api, 1}};
	rule.n_peers = 2;
	assert_true(ok(&p, 1, &api, &db, &p5432));
	assert_false(ok(&p, 1, &api_b, &db, &p5432));
	/* empty selector of namespaces: all */
	peers[0].ns.n = 0;
	assert_true(ok(&p, 1, &other_b, &db, &p5432));
	/* an address range stands for no pod */
	peers[0] = (struct aisp_net_peer){.is_ip = true, .cidr = S("0.0.0.0/0")};
	rule.n_peers = 1;
	assert_false(ok(&p, 1, &api, &db, &p5432));
}

static void test_ports(void **state)
{
	struct aisp_net_port port = {.number = 5432};
	struct aisp_net_rule rule = {.ports = &port, .n_ports = 1};
	struct aisp_net_policy p = {.ns = S("a"), .pods = {&is_db, 1}, .ingress = true, .in = &rule, .n_in = 1};

	(void)state;
	assert_true(ok(&p, 1, &api, &db, &p5432));
	assert_false(ok(&p, 1, &api, &db, &p80));
	assert_false(ok(&p, 1, &api, &db, &udp5432));
	port = (struct aisp_net_port){.name = S("pg")};
	assert_true(ok(&p, 1, &api, &db, &p5432));
	assert_false(ok(&p, 1, &api, &db, &p80));
	port = (struct aisp_net_port){.number = 5000, .end = 6000};
	assert_true(ok(&p, 1, &api, &db, &p5432));
	assert_false(ok(&p, 1, &api, &db, &p80));
	port = (struct aisp_net_port){.protocol = S("UDP")};
	assert_true(ok(&p, 1, &api, &db, &udp5432));
	assert_false(ok(&p, 1, &api, &db, &p5432));
}

static void test_both_sides(void **state)
{
	struct aisp_net_peer to_db = {.has_pod = true, .pod = {&is_db, 1}};
	struct aisp_net_rule out_rule = {.peers = &to_db, .n_peers = 1}, in_rule = {0};
	struct aisp_net_policy p[2] = {
		{.ns = S("a"), .pods = {&is_api, 1}, .egress = true, .out = &out_rule, .n_out = 1},
		{.ns = S("a"), .pods = {&is_db, 1}, .ingress = true, .in = &in_rule, .n_in = 1},
	};

	(void)state;
	assert_true(ok(p, 2, &api, &db, &p5432));
	assert_false(ok(p, 2, &api, &other_b, &p80)); /* not among its destinations */
	p[1].n_in = 0;
	assert_false(ok(p, 2, &api, &db, &p5432));    /* the destination refuses */
	assert_true(ok(p, 1, &api, &db, &p5432));
	p[1] = p[0];                                  /* policies add up */
	p[1].n_out = 0;
	assert_true(ok(p, 2, &api, &db, &p5432));
	p[0].egress = false;
	assert_false(ok(p, 2, &api, &db, &p5432));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random), cmocka_unit_test(test_isolation), cmocka_unit_test(test_peers),
		cmocka_unit_test(test_ports), cmocka_unit_test(test_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
