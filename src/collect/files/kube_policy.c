/* NetworkPolicies as facts. The question itself is decided in access/kubernetes/network.h; here it is put for every
 * workload and service, and written so that the graph's answer is the same:
 *
 *   a workload is ATTACHED_TO its namespace's network unless a policy isolates it for outgoing connections;
 *   ingress rule N of policy P:  sources ─ATTACHED_TO▶ P#ingress/N ─ALLOWS▶ services whose pods P selects (and the port)
 *   outgoing-isolated workload W: W ─ATTACHED_TO▶ P#egress/N/KIND/W ─ALLOWS▶ services that both sides let it reach
 * The egress node is W's own, so that what one workload may reach is not given to another.
 */
#include "collect/files/kube_int.h"

static void read_port(struct aisp_kube *k, const struct aisp_doc *d, struct aisp_net_port *out)
{
	const struct aisp_doc *port = aisp_doc_get(d, "port");
	int64_t number = aisp_doc_int(port, 0), end = aisp_doc_int(aisp_doc_get(d, "endPort"), 0);

	(void)k;
	*out = (struct aisp_net_port){.protocol = aisp_doc_getstr(d, "protocol"), .name = aisp_doc_str(port)};
	out->number = number > 0 && number < 65536 ? (uint32_t)number : 0;
	out->end = end > 0 && end < 65536 ? (uint32_t)end : 0;
}

static void read_peer(struct aisp_kube *k, const struct aisp_doc *d, struct aisp_net_peer *out)
{
	const struct aisp_doc *ns = aisp_doc_get(d, "namespaceSelector"), *pod = aisp_doc_get(d, "podSelector");
	const struct aisp_doc *ip = aisp_doc_get(d, "ipBlock");

	*out = (struct aisp_net_peer){.has_ns = ns != NULL, .has_pod = pod != NULL, .is_ip = ip != NULL};
	out->ns = aisp_kube__selector(k, ns);
	out->pod = aisp_kube__selector(k, pod);
	out->cidr = aisp_doc_getstr(ip, "cidr");
}

static struct aisp_net_rule *read_rules(struct aisp_kube *k, const struct aisp_doc *list, const char *peers_key, size_t *ret_n)
{
	size_t n = list && list->type == AISP_DOC_ARR ? list->n : 0;
	struct aisp_net_rule *rules = aisp_kube__alloc(k, n, sizeof *rules);

	for (size_t i = 0; rules && i < n; i++) {
		const struct aisp_doc *peers = aisp_doc_get(&list->items[i], peers_key), *ports = aisp_doc_get(&list->items[i], "ports");
		size_t n_peers = peers && peers->type == AISP_DOC_ARR ? peers->n : 0;
		size_t n_ports = ports && ports->type == AISP_DOC_ARR ? ports->n : 0;
		struct aisp_net_peer *pe = aisp_kube__alloc(k, n_peers, sizeof *pe);
		struct aisp_net_port *po = aisp_kube__alloc(k, n_ports, sizeof *po);
		for (size_t x = 0; pe && x < n_peers; x++)
			read_peer(k, &peers->items[x], &pe[x]);
		for (size_t x = 0; po && x < n_ports; x++)
			read_port(k, &ports->items[x], &po[x]);
		rules[i] = (struct aisp_net_rule){.peers = pe, .n_peers = pe ? n_peers : 0, .ports = po, .n_ports = po ? n_ports : 0};
	}
	*ret_n = rules ? n : 0;
	return rules;
}

static void read_policy(struct aisp_kube *k, const struct kube_object *o)
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

void aisp_kube__read_policies(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n; i++)
		if (aisp_slice_eqz(k->objects.v[i].kind, "networkpolicy"))
			read_policy(k, &k->objects.v[i]);
	for (size_t i = 0; i < k->workloads.n && !k->e->bad; i++) {
		struct kube_workload *w = &k->workloads.v[i];
		struct aisp_place at = aisp_kube__place(k, w->o, NULL, "");
		struct aisp_kube__namespace *ns = aisp_kube__namespace(k, w->o->ns, &at);
		w->in_isolated = aisp_net_isolated(k->policies.v, k->policies.n, &w->pod, AISP_NET_IN);
		w->out_isolated = aisp_net_isolated(k->policies.v, k->policies.n, &w->pod, AISP_NET_OUT);
		if (w->in_isolated)
			aisp_emit_bool(k->e, w->o->node, "ingress_isolated", true);
		if (w->out_isolated)
			aisp_emit_bool(k->e, w->o->node, "egress_isolated", true);
		else if (ns)
			aisp_emit_edge(k->e, w->o->node, AISP_EDGE_ATTACHED_TO, ns->network, &at);
	}
}

static bool is_everywhere(struct aisp_slice cidr)
{
	return aisp_slice_eqz(cidr, "0.0.0.0/0") || aisp_slice_eqz(cidr, "::/0");
}

/* A selector of namespaces that names one which is not among the files: likely the ingress controller's. */
static bool names_unknown_namespace(const struct aisp_kube *k, const struct aisp_selector *s)
{
	for (size_t i = 0; i < k->namespaces.n; i++)
		if (aisp_selector_matches(s, &k->namespaces.v[i].labels))
			return false;
	return true;
}

bool aisp_kube__lets_outside_in(const struct aisp_kube *k, const struct kube_workload *w)
{
	for (size_t i = 0; i < k->policies.n; i++) {
		const struct aisp_net_policy *p = &k->policies.v[i];
		if (!aisp_net_applies(p, &w->pod, AISP_NET_IN))
			continue;
		for (size_t r = 0; r < p->n_in; r++) {
			if (p->in[r].n_peers == 0)
				return true;
			for (size_t x = 0; x < p->in[r].n_peers; x++) {
				const struct aisp_net_peer *peer = &p->in[r].peers[x];
				if (peer->is_ip || (peer->has_ns && (peer->ns.n == 0 || names_unknown_namespace(k, &peer->ns))))
					return true;
			}
		}
	}
	return false;
}

/* One rule of a policy, being written. */
struct rule_at {
	struct aisp_kube *k;
	const struct kube_object *o;
	const struct aisp_net_policy *policy;
	const struct aisp_net_rule *rule;
	struct aisp_place at;
	struct aisp_edge_in in;
	aisp_node node;
};

static struct rule_at rule_at(struct aisp_kube *k, size_t policy, const char *direction, size_t n)
{
	struct rule_at r = {.k = k, .o = k->policy_objects.v[policy], .policy = &k->policies.v[policy]};
	const struct aisp_doc *spec = aisp_doc_get(r.o->d, "spec"), *list = aisp_doc_get(spec, direction);

	r.at = aisp_kube__place(k, r.o, aisp_doc_at(list, (uint32_t)n), "");
	r.at.pointer = aisp_emit_fmt(k->e, "%.*s/spec/%s/%zu", AISP_FMT(r.o->pointer), direction, n);
	r.in.control = aisp_emit_fmt(k->e, "%.*s#/spec/%s/%zu", AISP_FMT(r.o->id), direction, n);
	return r;
}

static void make_node(struct rule_at *r, struct aisp_slice id)
{
	r->node = aisp_emit_node(r->k->e, AISP_NODE_NETWORK_RULE, id, &r->at);
	aisp_emit_str(r->k->e, r->node, "name", aisp_slice_from(id, aisp_slice_rchr(aisp_slice_to(id, aisp_slice_chr(id, '#')), '/') + 1));
	aisp_emit_edge(r->k->e, aisp_emit_file(r->k->e, r->o->path), AISP_EDGE_DEFINES, r->node, &r->at);
}

/* A workload that is not isolated for outgoing connections is attached to its own rule; others are dealt with apart. */
static void attach_workloads(struct rule_at *r, const struct aisp_net_peer *peer)
{
	struct aisp_net_rule only = {.peers = peer, .n_peers = 1};

	for (size_t i = 0; i < r->k->workloads.n; i++) {
		const struct kube_workload *w = &r->k->workloads.v[i];
		if (!w->out_isolated && aisp_net_rule_admits(&only, r->policy->ns, &w->pod))
			aisp_emit_edge_in(r->k->e, w->o->node, AISP_EDGE_ATTACHED_TO, r->node, &r->in, &r->at);
	}
}

static void attach_namespaces(struct rule_at *r, const struct aisp_net_peer *peer)
{
	for (size_t i = 0; i < r->k->namespaces.n; i++) {
		const struct aisp_kube__namespace *ns = &r->k->namespaces.v[i];
		if (peer->has_ns ? aisp_selector_matches(&peer->ns, &ns->labels) : aisp_slice_eq(ns->name, r->policy->ns))
			aisp_emit_edge_in(r->k->e, ns->network, AISP_EDGE_ATTACHED_TO, r->node, &r->in, &r->at);
	}
}

static void attach_addresses(struct rule_at *r, const struct aisp_net_peer *peer)
{
	struct aisp_edge_in in = r->in;

	aisp_emit_item(r->k->e, r->node, "ranges", peer->cidr);
	in.condition = is_everywhere(peer->cidr) ? AISP_S("only if the network plugin holds ipBlock against pods' addresses")
	                                         : AISP_S("only from the address range of the rule");
	aisp_emit_edge_in(r->k->e, r->k->cluster_network, AISP_EDGE_ATTACHED_TO, r->node, &in, &r->at);
}

static void attach_sources(struct rule_at *r)
{
	if (r->rule->n_peers == 0)
		aisp_emit_edge_in(r->k->e, r->k->cluster_network, AISP_EDGE_ATTACHED_TO, r->node, &r->in, &r->at);
	for (size_t i = 0; i < r->rule->n_peers; i++) {
		const struct aisp_net_peer *p = &r->rule->peers[i];
		if (p->is_ip)
			attach_addresses(r, p);
		else if (p->has_ns && p->ns.n == 0 && p->pod.n == 0)
			aisp_emit_edge_in(r->k->e, r->k->cluster_network, AISP_EDGE_ATTACHED_TO, r->node, &r->in, &r->at);
		else if (p->pod.n == 0 && (p->has_ns || p->has_pod))
			attach_namespaces(r, p);
		else
			attach_workloads(r, p);
	}
}

/* Does the rule let through to a port that the service leads to on this workload? */
static bool lets_through(const struct aisp_kube *k, const struct aisp_net_rule *rule, const struct kube_target *t)
{
	for (size_t i = 0; i < t->n_ports; i++)
		if (aisp_net_rule_port(rule, &k->workloads.v[t->workload].pod, &t->ports[i]))
			return true;
	return t->n_ports == 0 && rule->n_ports == 0;
}

static void add_ingress_rule(struct aisp_kube *k, size_t policy, size_t n)
{
	struct rule_at r = rule_at(k, policy, "ingress", n);

	r.rule = &r.policy->in[n];
	make_node(&r, aisp_emit_fmt(k->e, "%.*s#ingress/%zu", AISP_FMT(r.o->id), n));
	attach_sources(&r);
	for (size_t s = 0; s < k->services.n; s++)
		for (size_t t = 0; t < k->services.v[s].n_targets; t++) {
			const struct kube_target *x = &k->services.v[s].targets[t];
			if (aisp_net_applies(r.policy, &k->workloads.v[x->workload].pod, AISP_NET_IN) && lets_through(k, r.rule, x))
				aisp_emit_edge_in(k->e, r.node, AISP_EDGE_ALLOWS, k->services.v[s].o->node, &r.in, &r.at);
		}
}

/* May W reach a port of the service on this workload, both sides asked, by this egress rule? */
static bool reaches_by(const struct aisp_kube *k, const struct kube_workload *from, const struct rule_at *r,
                       const struct kube_target *t)
{
	const struct aisp_net_pod *to = &k->workloads.v[t->workload].pod;

	if (!aisp_net_rule_admits(r->rule, r->policy->ns, to))
		return false;
	for (size_t i = 0; i < t->n_ports; i++)
		if (aisp_net_rule_port(r->rule, to, &t->ports[i]) &&
		    aisp_net_allows(k->policies.v, k->policies.n, &from->pod, to, &t->ports[i]))
			return true;
	return false;
}

static void add_egress_rule(struct aisp_kube *k, const struct kube_workload *w, size_t policy, size_t n)
{
	struct rule_at r = rule_at(k, policy, "egress", n);

	r.rule = &r.policy->out[n];
	make_node(&r, aisp_emit_fmt(k->e, "%.*s#egress/%zu/%.*s/%.*s", AISP_FMT(r.o->id), n, AISP_FMT(w->o->kind), AISP_FMT(w->o->name)));
	aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_ATTACHED_TO, r.node, &r.in, &r.at);
	for (size_t i = 0; i < r.rule->n_peers; i++)
		if (r.rule->peers[i].is_ip)
			aisp_emit_item(k->e, r.node, "ranges", r.rule->peers[i].cidr);
	for (size_t s = 0; s < k->services.n; s++)
		for (size_t t = 0; t < k->services.v[s].n_targets; t++)
			if (reaches_by(k, w, &r, &k->services.v[s].targets[t]))
				aisp_emit_edge_in(k->e, r.node, AISP_EDGE_ALLOWS, k->services.v[s].o->node, &r.in, &r.at);
}

/* Namespaces that rules select by name and that nothing else mentions. */
static void name_namespaces(struct aisp_kube *k, size_t policy)
{
	const struct aisp_net_policy *p = &k->policies.v[policy];
	struct aisp_place at = aisp_kube__place(k, k->policy_objects.v[policy], NULL, "");

	for (size_t r = 0; r < p->n_in; r++)
		for (size_t i = 0; i < p->in[r].n_peers; i++) {
			const struct aisp_selector *s = &p->in[r].peers[i].ns;
			for (size_t q = 0; q < s->n; q++)
				if (s->v[q].op == AISP_SEL_IN && aisp_slice_eqz(s->v[q].key, "kubernetes.io/metadata.name"))
					for (size_t v = 0; v < s->v[q].n; v++)
						aisp_kube__namespace(k, s->v[q].values[v], &at);
		}
}

void aisp_kube__add_policies(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->policies.n && !k->e->bad; i++)
		name_namespaces(k, i);
	for (size_t i = 0; i < k->policies.n && !k->e->bad; i++)
		for (size_t r = 0; k->policies.v[i].ingress && r < k->policies.v[i].n_in; r++)
			add_ingress_rule(k, i, r);
	for (size_t w = 0; w < k->workloads.n && !k->e->bad; w++)
		for (size_t i = 0; k->workloads.v[w].out_isolated && i < k->policies.n; i++)
			for (size_t r = 0; r < k->policies.v[i].n_out; r++)
				if (aisp_net_applies(&k->policies.v[i], &k->workloads.v[w].pod, AISP_NET_OUT))
					add_egress_rule(k, &k->workloads.v[w], i, r);
}
