/* NetworkPolicy: see network.h. */
#include "access/kubernetes/network.h"

bool aisp_net_applies(const struct aisp_net_policy *p, const struct aisp_net_pod *pod, enum aisp_net_direction d)
{
	return (d == AISP_NET_IN ? p->ingress : p->egress) && !pod->host_network && aisp_slice_eq(p->ns, pod->ns) &&
	       aisp_selector_matches(&p->pods, &pod->labels);
}

bool aisp_net_isolated(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *pod,
                       enum aisp_net_direction d)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_net_applies(&policies[i], pod, d))
			return true;
	return false;
}

static bool peer_is(const struct aisp_net_peer *p, struct aisp_slice policy_ns, const struct aisp_net_pod *pod)
{
	if (p->is_ip || (!p->has_ns && !p->has_pod))
		return false;
	if (p->has_ns ? !aisp_selector_matches(&p->ns, &pod->ns_labels) : !aisp_slice_eq(policy_ns, pod->ns))
		return false;
	return !p->has_pod || aisp_selector_matches(&p->pod, &pod->labels);
}

bool aisp_net_rule_admits(const struct aisp_net_rule *r, struct aisp_slice policy_ns, const struct aisp_net_pod *pod)
{
	for (size_t i = 0; i < r->n_peers; i++)
		if (peer_is(&r->peers[i], policy_ns, pod))
			return true;
	return r->n_peers == 0;
}

static struct aisp_slice protocol_of(struct aisp_slice p)
{
	return p.n ? p : AISP_S("TCP");
}

bool aisp_net_rule_port(const struct aisp_net_rule *r, const struct aisp_net_pod *pod, const struct aisp_net_target *port)
{
	for (size_t i = 0; i < r->n_ports; i++) {
		const struct aisp_net_port *p = &r->ports[i];
		if (!aisp_slice_eq(protocol_of(p->protocol), protocol_of(port->protocol)))
			continue;
		if (p->name.n) { /* the number that a container of the destination gives the name */
			for (size_t k = 0; k < pod->n_ports; k++)
				if (aisp_slice_eq(pod->ports[k].name, p->name) && pod->ports[k].number == port->number &&
				    aisp_slice_eq(protocol_of(pod->ports[k].protocol), protocol_of(port->protocol)))
					return true;
			continue;
		}
		uint32_t end = p->end > p->number ? p->end : p->number;
		if (p->number == 0 || (port->number >= p->number && port->number <= end))
			return true;
	}
	return r->n_ports == 0;
}

static bool side_allows(const struct aisp_net_policy *policies, size_t n, enum aisp_net_direction d,
                        const struct aisp_net_pod *from, const struct aisp_net_pod *to, const struct aisp_net_target *port)
{
	const struct aisp_net_pod *self = d == AISP_NET_IN ? to : from, *other = d == AISP_NET_IN ? from : to;
	bool isolated = false;

	for (size_t i = 0; i < n; i++) {
		const struct aisp_net_policy *p = &policies[i];
		if (!aisp_net_applies(p, self, d))
			continue;
		isolated = true;
		const struct aisp_net_rule *rules = d == AISP_NET_IN ? p->in : p->out;
		for (size_t k = 0; k < (d == AISP_NET_IN ? p->n_in : p->n_out); k++)
			if (aisp_net_rule_admits(&rules[k], p->ns, other) && aisp_net_rule_port(&rules[k], to, port))
				return true;
	}
	return !isolated;
}

bool aisp_net_allows(const struct aisp_net_policy *policies, size_t n, const struct aisp_net_pod *from,
                     const struct aisp_net_pod *to, const struct aisp_net_target *port)
{
	return side_allows(policies, n, AISP_NET_OUT, from, to, port) && side_allows(policies, n, AISP_NET_IN, from, to, port);
}
