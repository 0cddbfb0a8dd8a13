/* NetworkPolicy: who may connect to whom, exactly as networking.k8s.io/v1 says.
 * Rules: https://kubernetes.io/docs/concepts/services-networking/network-policies/ . A pod is isolated in a direction once
 * any policy of that type selects it; then only what some rule of these policies allows passes; both sides must allow.
 *
 * Not decided: ipBlock against pods (their addresses are not known from manifests), AdminNetworkPolicy, what a network
 * plugin does beyond the standard. Pods on the host's network are taken as never isolated. Pure.
 */
#pragma once
#include "access/kubernetes/selector.h"

struct aisp_net_port {
	struct aisp_slice protocol; /* "TCP" when empty */
	struct aisp_slice name;     /* a named port; then number is 0 */
	uint32_t number, end;       /* 0: every port; end 0: only number */
};
struct aisp_net_peer {
	bool has_ns, has_pod, is_ip;
	struct aisp_selector ns, pod; /* both: AND; ns alone: all pods of these namespaces; pod alone: in the policy's namespace */
	struct aisp_slice cidr;
};
struct aisp_net_rule {
	const struct aisp_net_peer *peers; /* none: everybody */
	size_t n_peers;
	const struct aisp_net_port *ports; /* none: every port */
	size_t n_ports;
};
struct aisp_net_policy {
	struct aisp_slice ns, name;
	struct aisp_selector pods;
	bool ingress, egress; /* policyTypes */
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
	bool host_network;
};
enum aisp_net_direction { AISP_NET_IN, AISP_NET_OUT };

/* Does the policy select the pod and speak about this direction? */
bool aisp_net_applies(const struct aisp_net_policy *p, const struct aisp_net_pod *pod, enum aisp_net_direction d);
bool aisp_net_isolated(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *pod,
                       enum aisp_net_direction d);
/* Does one of the rule's peers stand for this pod? `policy_ns`: namespace of the policy. */
bool aisp_net_rule_admits(const struct aisp_net_rule *r, struct aisp_slice policy_ns, const struct aisp_net_pod *pod);
/* Does the rule let through to this port? `pod` (the destination) tells the numbers of named ports. */
bool aisp_net_rule_port(const struct aisp_net_rule *r, const struct aisp_net_pod *pod, const struct aisp_net_target *port);
/* The whole question: may `from` open a connection to `port` of `to`? */
bool aisp_net_allows(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *from,
                     const struct aisp_net_pod *to, const struct aisp_net_target *port);
