/* Who may connect to whom in a cluster: NetworkPolicy and the policies of its administrators, exactly as the standards say.
 *
 *   administrators' rules, by priority (AdminNetworkPolicy, ClusterNetworkPolicy of tier Admin): Allow and Deny end it, Pass goes on
 *   ─▶ NetworkPolicy: a pod is isolated in a direction once any policy of that type selects it; then only what some rule allows passes
 *   ─▶ baseline rules (BaselineAdminNetworkPolicy, ClusterNetworkPolicy of tier Baseline) ─▶ let through
 * Both sides must allow: egress of the source and ingress of the destination.
 *
 * Rules: https://kubernetes.io/docs/concepts/services-networking/network-policies/ and
 * https://network-policy-api.sigs.k8s.io/api-overview/ . What the standards leave to the network plugin (address ranges against
 * pods, pods on their node's network) and what is not known (an address, a domain name) makes an answer `AISP_NET_IF`, never
 * yes and never no. Replies and a pod's traffic to itself are not asked about. Pure.
 */
#pragma once
#include "access/kubernetes/selector.h"
#include "base/arena.h"

struct aisp_net_addr {
	unsigned char b[16]; /* IPv4 as ::ffff:a.b.c.d */
};
struct aisp_net_cidr {
	struct aisp_net_addr a;
	unsigned bits; /* of 128 */
};
/* "10.0.0.0/8", "fd00::/8", "10.1.2.3" (a single address); host bits are cut off. False when it is none. */
bool aisp_net_cidr_parse(struct aisp_slice text, struct aisp_net_cidr *ret);
bool aisp_net_addr_parse(struct aisp_slice text, struct aisp_net_addr *ret);
bool aisp_net_cidr_has(const struct aisp_net_cidr *c, const struct aisp_net_addr *a);

struct aisp_net_port {
	struct aisp_slice protocol; /* "TCP" when empty; "*": any (an administrator's rule on a named port) */
	struct aisp_slice name;     /* a named port; then number is 0 */
	uint32_t number, end;       /* 0: every port; end 0: only number */
	bool never;                 /* of a form that is not known: matches nothing, or perhaps (AISP_NET_IF) */
};
struct aisp_net_peer {
	bool has_ns, has_pod, is_ip;
	bool is_node;     /* nodes by label (administrators' egress): the addresses of nodes */
	bool is_unknown;  /* domain names, or a form that came later */
	struct aisp_selector ns, pod; /* both: AND; ns alone: all pods of these namespaces; pod alone: in the policy's namespace */
	struct aisp_slice cidr;       /* the first, as written */
	const struct aisp_net_cidr *blocks, *except;
	size_t n_blocks, n_except;
};
enum aisp_net_action { AISP_NET_ALLOW, AISP_NET_DENY, AISP_NET_PASS };
struct aisp_net_rule {
	const struct aisp_net_peer *peers; /* none: everybody */
	size_t n_peers;
	const struct aisp_net_port *ports; /* none: every port */
	size_t n_ports;
	enum aisp_net_action action; /* NetworkPolicy: always ALLOW */
};
struct aisp_net_policy {
	struct aisp_slice ns, name;
	struct aisp_selector pods;
	bool ingress, egress; /* policyTypes */
	const struct aisp_net_rule *in, *out;
	size_t n_in, n_out;
};
enum aisp_net_tier { AISP_NET_ADMIN, AISP_NET_BASELINE };
struct aisp_net_admin { /* an administrator's policy, for the whole cluster */
	struct aisp_slice name;
	enum aisp_net_tier tier;
	int64_t priority; /* smaller first */
	struct aisp_net_peer subject;
	const struct aisp_net_rule *in, *out;
	size_t n_in, n_out;
};
/* A container's port, or a service's target. */
struct aisp_net_target {
	struct aisp_slice protocol, name;
	uint32_t number;
};
struct aisp_net_pod {
	struct aisp_slice ns;
	struct aisp_labels labels, ns_labels;
	const struct aisp_net_target *ports;
	size_t n_ports;
	const struct aisp_net_addr *addrs; /* none: not known */
	size_t n_addrs;
	uint32_t space; /* 1 + the place of its namespace among a world's (aisp_net_place); 0: looked up each time */
	bool host_network;
	bool outside; /* no pod: an address outside the cluster (or a node's), with addrs */
};
enum aisp_net_direction { AISP_NET_IN, AISP_NET_OUT };
enum aisp_net_answer { AISP_NET_NO, AISP_NET_IF, AISP_NET_YES };

/* Does the policy select the pod and speak about this direction? */
bool aisp_net_applies(const struct aisp_net_policy *p, const struct aisp_net_pod *pod, enum aisp_net_direction d);
bool aisp_net_isolated(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *pod,
                       enum aisp_net_direction d);
/* Does one of the rule's peers surely stand for this pod by its labels? `policy_ns`: namespace of the policy. */
bool aisp_net_rule_admits(const struct aisp_net_rule *r, struct aisp_slice policy_ns, const struct aisp_net_pod *pod);
/* Does the rule let through to this port? `pod` (the destination) tells the numbers of named ports. */
bool aisp_net_rule_port(const struct aisp_net_rule *r, const struct aisp_net_pod *pod, const struct aisp_net_target *port);
/* The whole question by NetworkPolicies alone and labels alone: may `from` open a connection to `port` of `to`? */
bool aisp_net_allows(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *from,
                     const struct aisp_net_pod *to, const struct aisp_net_target *port);
bool aisp_net_selects(const struct aisp_net_admin *a, const struct aisp_net_pod *pod);

/* Everything that decides, indexed by namespace. */
struct aisp_net_world;
struct aisp_net_options {
	enum aisp_net_answer pods_in_blocks;  /* what an address range that has a pod's address means for it: the plugin decides (IF) */
	enum aisp_net_answer unknown_address; /* … when the pod's address is not known */
	enum aisp_net_answer host_pods;       /* whether pods on their node's network are matched by labels */
};
extern const struct aisp_net_options aisp_net_careful; /* all IF */
/* Borrows policies and admins, which must stay; NULL when the arena has no room. */
struct aisp_net_world *aisp_net_world_new(struct aisp_arena *a, const struct aisp_net_policy *policies, size_t n_policies,
                                          const struct aisp_net_admin *admins, size_t n_admins, const struct aisp_net_options *options);
/* Looks the pod's namespace up once, for those that are asked about often. The pod is then for this world only. */
void aisp_net_place(const struct aisp_net_world *w, struct aisp_net_pod *pod);
/* What decided one side: a policy's rule, or that none speaks about it. */
struct aisp_net_why {
	enum { AISP_NET_BY_NOTHING, AISP_NET_BY_POLICY, AISP_NET_BY_ISOLATION, AISP_NET_BY_ADMIN } by;
	size_t policy, rule; /* index into policies (rule unset for isolation: no rule allows it) or admins */
};
/* One side: what the policies that select the source (OUT) or the destination (IN) say. ret_why may be NULL. */
enum aisp_net_answer aisp_net_side(const struct aisp_net_world *w, enum aisp_net_direction d, const struct aisp_net_pod *from,
                                   const struct aisp_net_pod *to, const struct aisp_net_target *port, struct aisp_net_why *ret_why);
/* Both sides. */
enum aisp_net_answer aisp_net_decide(const struct aisp_net_world *w, const struct aisp_net_pod *from, const struct aisp_net_pod *to,
                                     const struct aisp_net_target *port);
/* May the pod open a connection to this address outside the cluster's pods (a node's metadata service, the internet)? */
enum aisp_net_answer aisp_net_reaches_address(const struct aisp_net_world *w, const struct aisp_net_pod *from, struct aisp_slice address,
                                              const struct aisp_net_target *port);
/* Indices of the policies of a namespace, in order. */
const uint32_t *aisp_net_policies_of(const struct aisp_net_world *w, struct aisp_slice ns, size_t *ret_n);
