/* Administrators' network policies and addresses, beside the random tables of tests/oracle/kubernetes/netpol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "access/kubernetes/network.h"

static bool has(const char *cidr, const char *addr)
{
	struct aisp_net_cidr c;
	struct aisp_net_addr a;

	assert_true(aisp_net_cidr_parse(aisp_slice_z(cidr), &c));
	assert_true(aisp_net_addr_parse(aisp_slice_z(addr), &a));
	return aisp_net_cidr_has(&c, &a);
}

static void addresses(void **state)
{
	struct aisp_net_cidr c;

	(void)state;
	assert_true(has("10.0.0.0/8", "10.255.1.2"));
	assert_false(has("10.0.0.0/8", "11.0.0.0"));
	assert_true(has("0.0.0.0/0", "1.2.3.4"));
	assert_false(has("0.0.0.0/0", "fd00::1")); /* IPv4's everything is not IPv6's */
	assert_true(has("10.1.2.3", "10.1.2.3"));
	assert_true(has("10.1.2.255/25", "10.1.2.129")); /* host bits are cut */
	assert_false(has("10.1.2.255/25", "10.1.2.127"));
	assert_true(has("fd00::/9", "fd7f::1"));
	assert_false(has("fd00::/9", "fd80::1"));
	assert_false(aisp_net_cidr_parse(AISP_S("10.0.0.0/33"), &c));
	assert_false(aisp_net_cidr_parse(AISP_S("10.0.0/8"), &c));
	assert_false(aisp_net_cidr_parse(AISP_S(""), &c));
	assert_false(aisp_net_cidr_parse(AISP_S("10.0.0.0/"), &c));
}

static struct aisp_net_pod pod(const char *ns)
{
	return (struct aisp_net_pod){.ns = aisp_slice_z(ns)};
}

static const struct aisp_net_target web = {.number = 80};

/* One administrator's rule of each action against everybody, in front of a NetworkPolicy that isolates. */
static enum aisp_net_answer answer(enum aisp_net_action action, enum aisp_net_tier tier, bool isolating, bool sure)
{
	const struct aisp_net_pod from = pod("a"), to = pod("b");
	const struct aisp_net_peer everybody = sure ? (struct aisp_net_peer){.has_ns = true} : (struct aisp_net_peer){.is_ip = true};
	const struct aisp_net_rule rule = {.peers = &everybody, .n_peers = 1, .action = action};
	const struct aisp_net_admin admin = {.tier = tier, .subject = {.has_ns = true}, .in = &rule, .n_in = 1};
	const struct aisp_net_policy policy = {.ns = AISP_S("b"), .ingress = true};
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	struct aisp_net_world *w = aisp_net_world_new(a, &policy, isolating, &admin, 1, &aisp_net_careful);

	assert_non_null(w);
	enum aisp_net_answer r = aisp_net_decide(w, &from, &to, &web);
	aisp_arena_free(a);
	return r;
}

static void tiers(void **state)
{
	(void)state;
	assert_int_equal(answer(AISP_NET_ALLOW, AISP_NET_ADMIN, true, true), AISP_NET_YES);
	assert_int_equal(answer(AISP_NET_DENY, AISP_NET_ADMIN, false, true), AISP_NET_NO);
	assert_int_equal(answer(AISP_NET_PASS, AISP_NET_ADMIN, true, true), AISP_NET_NO);
	assert_int_equal(answer(AISP_NET_PASS, AISP_NET_ADMIN, false, true), AISP_NET_YES);
	assert_int_equal(answer(AISP_NET_DENY, AISP_NET_BASELINE, false, true), AISP_NET_NO);
	assert_int_equal(answer(AISP_NET_ALLOW, AISP_NET_BASELINE, true, true), AISP_NET_NO); /* a NetworkPolicy goes before */
	/* an address that is not known: perhaps */
	assert_int_equal(answer(AISP_NET_ALLOW, AISP_NET_ADMIN, true, false), AISP_NET_IF);
	assert_int_equal(answer(AISP_NET_ALLOW, AISP_NET_ADMIN, false, false), AISP_NET_YES);
	assert_int_equal(answer(AISP_NET_DENY, AISP_NET_ADMIN, false, false), AISP_NET_IF);
	assert_int_equal(answer(AISP_NET_DENY, AISP_NET_ADMIN, true, false), AISP_NET_NO);
}

static void metadata_address(void **state)
{
	struct aisp_net_cidr all, except;
	const struct aisp_net_target http = {.number = 80};
	struct aisp_net_pod from = pod("a");

	(void)state;
	assert_true(aisp_net_cidr_parse(AISP_S("0.0.0.0/0"), &all));
	assert_true(aisp_net_cidr_parse(AISP_S("169.254.169.254/32"), &except));
	struct aisp_net_peer peer = {.is_ip = true, .blocks = &all, .n_blocks = 1, .except = &except, .n_except = 1};
	const struct aisp_net_rule rule = {.peers = &peer, .n_peers = 1};
	const struct aisp_net_policy policy = {.ns = AISP_S("a"), .egress = true, .out = &rule, .n_out = 1};
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	struct aisp_net_world *w = aisp_net_world_new(a, &policy, 1, NULL, 0, &aisp_net_careful);
	assert_non_null(w);
	assert_int_equal(aisp_net_reaches_address(w, &from, AISP_S("169.254.169.254"), &http), AISP_NET_NO);
	assert_int_equal(aisp_net_reaches_address(w, &from, AISP_S("8.8.8.8"), &http), AISP_NET_YES);
	from.host_network = true; /* no policy selects it */
	assert_int_equal(aisp_net_reaches_address(w, &from, AISP_S("169.254.169.254"), &http), AISP_NET_YES);
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(tiers), cmocka_unit_test(metadata_address)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
