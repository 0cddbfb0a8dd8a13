/* NetworkPolicy on cases worked out by hand. (RBAC: tests/unit/access_kubernetes.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "access/kubernetes/network.h"

#define S(z) {z, sizeof(z) - 1}

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
		cmocka_unit_test(test_isolation), cmocka_unit_test(test_peers),
		cmocka_unit_test(test_ports), cmocka_unit_test(test_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
