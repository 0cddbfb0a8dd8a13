/* NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy as written, into the structures that
 * access/kubernetes/network.h decides on.
 */
#include "collect/files/kube_int.h"

static size_t list_n(const struct aisp_doc *d)
{
	return d && d->type == AISP_DOC_ARR ? d->n : 0;
}

static uint32_t port_number(const struct aisp_doc *d)
{
	int64_t n = aisp_doc_int(d, 0);

	return n > 0 && n < 65536 ? (uint32_t)n : 0;
}

/* Ranges of addresses; what is none is left out, which for an exception is the careful side. */
static const struct aisp_net_cidr *read_blocks(struct aisp_kube *k, const struct aisp_doc *list, size_t *ret_n)
{
	size_t n = 0;
	struct aisp_net_cidr *v = list_n(list) ? aisp_kube__alloc(k, list_n(list), sizeof *v) : NULL;

	for (size_t i = 0; v && i < list_n(list); i++)
		n += aisp_net_cidr_parse(aisp_doc_str(&list->items[i]), &v[n]);
	*ret_n = n;
	return v;
}

/* NetworkPolicy. */

static void read_port(const struct aisp_doc *d, struct aisp_net_port *out)
{
	const struct aisp_doc *port = aisp_doc_get(d, "port");

	*out = (struct aisp_net_port){.protocol = aisp_doc_getstr(d, "protocol"), .name = aisp_doc_str(port)};
	out->number = port_number(port);
	out->end = port_number(aisp_doc_get(d, "endPort"));
	out->never = port && port->type == AISP_DOC_INT && !out->number;
}

static void read_peer(struct aisp_kube *k, const struct aisp_doc *d, struct aisp_net_peer *out)
{
	const struct aisp_doc *ns = aisp_doc_get(d, "namespaceSelector"), *pod = aisp_doc_get(d, "podSelector");
	const struct aisp_doc *ip = aisp_doc_get(d, "ipBlock");
	struct aisp_net_cidr *block = ip ? aisp_kube__alloc(k, 1, sizeof *block) : NULL;

	*out = (struct aisp_net_peer){.has_ns = ns != NULL, .has_pod = pod != NULL, .is_ip = ip != NULL};
	out->ns = aisp_kube__selector(k, ns);
	out->pod = aisp_kube__selector(k, pod);
	out->cidr = aisp_doc_getstr(ip, "cidr");
	if (block && aisp_net_cidr_parse(out->cidr, block)) {
		out->blocks = block;
		out->n_blocks = 1;
	}
	out->except = read_blocks(k, aisp_doc_get(ip, "except"), &out->n_except);
}

static struct aisp_net_rule *read_rules(struct aisp_kube *k, const struct aisp_doc *list, const char *peers_key, size_t *ret_n)
{
	size_t n = list_n(list);
	struct aisp_net_rule *rules = aisp_kube__alloc(k, n, sizeof *rules);

	for (size_t i = 0; rules && i < n; i++) {
		const struct aisp_doc *peers = aisp_doc_get(&list->items[i], peers_key), *ports = aisp_doc_get(&list->items[i], "ports");
		size_t n_peers = list_n(peers), n_ports = list_n(ports);
		struct aisp_net_peer *pe = aisp_kube__alloc(k, n_peers, sizeof *pe);
		struct aisp_net_port *po = aisp_kube__alloc(k, n_ports, sizeof *po);
		for (size_t x = 0; pe && x < n_peers; x++)
			read_peer(k, &peers->items[x], &pe[x]);
		for (size_t x = 0; po && x < n_ports; x++)
			read_port(&ports->items[x], &po[x]);
		rules[i] = (struct aisp_net_rule){.peers = pe, .n_peers = pe ? n_peers : 0, .ports = po, .n_ports = po ? n_ports : 0};
	}
	*ret_n = rules ? n : 0;
	return rules;
}

void aisp_kube__parse_policy(struct aisp_kube *k, const struct kube_object *o)
{
	const struct aisp_doc *spec = aisp_doc_get(o->d, "spec"), *types = aisp_doc_get(spec, "policyTypes");
	struct aisp_net_policy p = {.ns = o->ns, .name = o->name};

	p.pods = aisp_kube__selector(k, aisp_doc_get(spec, "podSelector"));
	p.ingress = aisp_doc_count(types) == 0; /* default: Ingress, and Egress if there are egress rules */
	p.egress = aisp_doc_count(types) == 0 && aisp_doc_get(spec, "egress") != NULL;
	for (uint32_t i = 0; i < aisp_doc_count(types); i++) {
		p.ingress |= aisp_slice_eqz(aisp_doc_str(aisp_doc_at(types, i)), "Ingress");
		p.egress |= aisp_slice_eqz(aisp_doc_str(aisp_doc_at(types, i)), "Egress");
	}
	p.in = read_rules(k, aisp_doc_get(spec, "ingress"), "from", &p.n_in);
	p.out = read_rules(k, aisp_doc_get(spec, "egress"), "to", &p.n_out);
	if (KUBE_PUSH(k, &k->policies, p))
		KUBE_PUSH(k, &k->policy_objects, o);
}

/* Administrators' policies. https://network-policy-api.sigs.k8s.io/reference/spec/ */

/* {namespaces: selector} or {pods: {namespaceSelector, podSelector}}: both also subjects. */
static bool read_pods(struct aisp_kube *k, const struct aisp_doc *d, struct aisp_net_peer *out)
{
	const struct aisp_doc *ns = aisp_doc_get(d, "namespaces"), *pods = aisp_doc_get(d, "pods");

	if (!ns && !pods)
		return false;
	out->has_ns = true;
	out->ns = aisp_kube__selector(k, pods ? aisp_doc_get(pods, "namespaceSelector") : ns);
	if (pods) {
		out->has_pod = true;
		out->pod = aisp_kube__selector(k, aisp_doc_get(pods, "podSelector"));
	}
	return true;
}

static void read_admin_peer(struct aisp_kube *k, const struct aisp_doc *d, struct aisp_net_peer *out)
{
	const struct aisp_doc *networks = aisp_doc_get(d, "networks");

	*out = (struct aisp_net_peer){0};
	if (read_pods(k, d, out))
		return;
	if (networks) {
		out->is_ip = true;
		out->cidr = aisp_doc_str(aisp_doc_at(networks, 0));
		out->blocks = read_blocks(k, networks, &out->n_blocks);
	} else if (aisp_doc_get(d, "nodes")) {
		out->is_node = true;
	} else {
		out->is_unknown = true;
	}
}

/* One of portNumber, portRange, namedPort (ANP), or of tcp, udp, sctp, destinationNamedPort (ClusterNetworkPolicy). */
static void read_admin_port(const struct aisp_doc *d, struct aisp_net_port *out)
{
	static const struct {
		const char *key;
		struct aisp_slice protocol;
	} protocols[] = {{"tcp", {"TCP", 3}}, {"udp", {"UDP", 3}}, {"sctp", {"SCTP", 4}}};
	const struct aisp_doc *one = aisp_doc_get(d, "portNumber"), *range = aisp_doc_get(d, "portRange");
	struct aisp_slice name = aisp_doc_getstr(d, "namedPort");

	*out = (struct aisp_net_port){.protocol = aisp_doc_getstr(one ? one : range, "protocol")};
	if (name.n == 0)
		name = aisp_doc_getstr(d, "destinationNamedPort");
	if (name.n) {
		out->name = name;
		out->protocol = AISP_S("*");
		return;
	}
	if (one || range) {
		out->number = port_number(one ? aisp_doc_get(one, "port") : aisp_doc_get(range, "start"));
		out->end = range ? port_number(aisp_doc_get(range, "end")) : 0;
		out->never = out->number == 0;
		return;
	}
	out->never = true;
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
		const struct aisp_doc *p = aisp_doc_get(d, protocols[i].key), *port = aisp_doc_get(p, "destinationPort");
		if (!p)
			continue;
		out->protocol = protocols[i].protocol;
		range = aisp_doc_get(port, "range");
		out->number = port_number(range ? aisp_doc_get(range, "start") : aisp_doc_get(port, "number"));
		out->end = range ? port_number(aisp_doc_get(range, "end")) : 0;
		out->never = port && out->number == 0; /* a protocol without a port: every port of it */
	}
}

static enum aisp_net_action action_of(struct aisp_slice s, bool *ret_known)
{
	*ret_known = true;
	if (aisp_slice_eqz(s, "Allow") || aisp_slice_eqz(s, "Accept"))
		return AISP_NET_ALLOW;
	if (aisp_slice_eqz(s, "Deny"))
		return AISP_NET_DENY;
	*ret_known = aisp_slice_eqz(s, "Pass");
	return AISP_NET_PASS;
}

static const struct aisp_net_rule *read_admin_rules(struct aisp_kube *k, const struct kube_object *o, const struct aisp_doc *list,
                                                    const char *peers_key, size_t *ret_n)
{
	size_t n = list_n(list);
	struct aisp_net_rule *rules = aisp_kube__alloc(k, n, sizeof *rules);

	for (size_t i = 0; rules && i < n; i++) {
		const struct aisp_doc *d = &list->items[i], *peers = aisp_doc_get(d, peers_key), *ports = aisp_doc_get(d, "ports");
		if (!ports)
			ports = aisp_doc_get(d, "protocols");
		struct aisp_net_peer *pe = aisp_kube__alloc(k, list_n(peers), sizeof *pe);
		struct aisp_net_port *po = aisp_kube__alloc(k, list_n(ports), sizeof *po);
		bool known;
		for (size_t x = 0; pe && x < list_n(peers); x++)
			read_admin_peer(k, &peers->items[x], &pe[x]);
		for (size_t x = 0; po && x < list_n(ports); x++)
			read_admin_port(&ports->items[x], &po[x]);
		rules[i] = (struct aisp_net_rule){.peers = pe, .n_peers = pe ? list_n(peers) : 0, .ports = po, .n_ports = po ? list_n(ports) : 0};
		rules[i].action = action_of(aisp_doc_getstr(d, "action"), &known);
		if (!known) {
			rules[i].n_peers = 0; /* matches nothing */
			aisp_emit_gap(k->e, o->id, AISP_E_PARSE, AISP_S("a rule's action is not one that is known: who may connect may differ"));
		}
	}
	*ret_n = rules ? n : 0;
	return rules;
}

void aisp_kube__parse_admin(struct aisp_kube *k, const struct kube_object *o)
{
	const struct aisp_doc *spec = aisp_doc_get(o->d, "spec");
	const bool baseline = aisp_slice_eqz(o->kind, "baselineadminnetworkpolicy") || aisp_slice_eqz(aisp_doc_getstr(spec, "tier"), "Baseline");
	struct aisp_net_admin a = {.name = o->name, .tier = baseline ? AISP_NET_BASELINE : AISP_NET_ADMIN,
	                           .priority = aisp_doc_int(aisp_doc_get(spec, "priority"), 0)};

	if (!read_pods(k, aisp_doc_get(spec, "subject"), &a.subject)) {
		aisp_emit_gap(k->e, o->id, AISP_E_PARSE, AISP_S("has no subject that is known: who may connect may differ"));
		return;
	}
	a.in = read_admin_rules(k, o, aisp_doc_get(spec, "ingress"), "from", &a.n_in);
	a.out = read_admin_rules(k, o, aisp_doc_get(spec, "egress"), "to", &a.n_out);
	if (KUBE_PUSH(k, &k->admins, a))
		KUBE_PUSH(k, &k->admin_objects, o);
}
