/* NetworkPolicies as facts. The question itself is decided in access/kubernetes/network.h; here it is put for every
 * workload and service, and written so that the graph's answer is the same:
 *
 *   a workload is ATTACHED_TO its namespace's network unless a policy isolates it for outgoing connections;
 *   ingress rule N of policy P:  sources ─ATTACHED_TO▶ P#ingress/N ─ALLOWS▶ services whose pods P selects (and the port)
 *   outgoing-isolated workload W: W ─ATTACHED_TO▶ P#egress/N/KIND/W ─ALLOWS▶ services that both sides let it reach
 * The egress node is W's own, so that what one workload may reach is not given to another.
 */
#include "collect/files/kube_int.h"

/* Groups workloads or services by namespace: out[first .. first + n) of each. */
static void index_workloads(struct aisp_kube *k)
{
	size_t at = 0;
	uint32_t *out = aisp_kube__alloc(k, k->workloads.n, sizeof *out);

	for (size_t i = 0; out && i < k->workloads.n; i++) {
		struct aisp_place place = aisp_kube__place(k, k->workloads.v[i].o, NULL, "");
		struct aisp_kube__namespace *ns = aisp_kube__namespace(k, k->workloads.v[i].o->ns, &place);
		k->workloads.v[i].ns = ns ? (size_t)(ns - k->namespaces.v) : 0;
		if (ns)
			ns->n_workloads++;
	}
	for (size_t n = 0; n < k->namespaces.n; n++) {
		k->namespaces.v[n].workloads = at;
		at += k->namespaces.v[n].n_workloads;
		k->namespaces.v[n].n_workloads = 0;
	}
	k->by_ns.workloads = out;
	for (size_t i = 0; out && !k->e->bad && i < k->workloads.n; i++) {
		struct aisp_kube__namespace *ns = &k->namespaces.v[k->workloads.v[i].ns];
		out[ns->workloads + ns->n_workloads++] = (uint32_t)i;
	}
}

static void index_services(struct aisp_kube *k)
{
	size_t at = 0;
	uint32_t *out = aisp_kube__alloc(k, k->services.n, sizeof *out);

	for (size_t i = 0; out && i < k->services.n; i++) {
		struct aisp_place place = aisp_kube__place(k, k->services.v[i].o, NULL, "");
		struct aisp_kube__namespace *ns = aisp_kube__namespace(k, k->services.v[i].o->ns, &place);
		k->services.v[i].ns = ns ? (size_t)(ns - k->namespaces.v) : 0;
		if (ns)
			ns->n_services++;
	}
	for (size_t n = 0; n < k->namespaces.n; n++) {
		k->namespaces.v[n].services = at;
		at += k->namespaces.v[n].n_services;
		k->namespaces.v[n].n_services = 0;
	}
	k->by_ns.services = out;
	for (size_t i = 0; out && !k->e->bad && i < k->services.n; i++) {
		struct aisp_kube__namespace *ns = &k->namespaces.v[k->services.v[i].ns];
		out[ns->services + ns->n_services++] = (uint32_t)i;
	}
}

/* Addresses of pods, where they are known, on the workload that made them. */
static void add_addresses(struct aisp_kube *k)
{
	struct aisp_symtab *seen = aisp_symtab_new();
	AISP_VEC(uint32_t) of = {0};

	for (size_t i = 0; seen && i < k->workloads.n; i++) {
		aisp_sym sym = 0;
		aisp_emit_fail(k->e, aisp_symtab_add(seen, k->workloads.v[i].o->id, &sym, NULL), NULL);
		while (sym && of.n < sym && KUBE_PUSH(k, &of, (uint32_t)i))
			;
	}
	for (size_t i = 0; seen && !k->e->bad && i < k->objects.n; i++) {
		const struct kube_object *o = &k->objects.v[i];
		const struct aisp_doc *ips = aisp_doc_path(o->d, "status.podIPs");
		if (!aisp_slice_eqz(o->kind, "pod") || aisp_doc_count(ips) == 0)
			continue;
		aisp_sym sym = aisp_symtab_find(seen, aisp_kube__maker(k, o)->id);
		if (!sym || sym > of.n)
			continue;
		struct aisp_net_pod *pod = &k->workloads.v[of.v[sym - 1]].pod;
		size_t room = pod->n_addrs + aisp_doc_count(ips);
		if (room > 64)
			continue; /* more tell nothing new */
		struct aisp_net_addr *v = aisp_kube__alloc(k, room, sizeof *v);
		if (v && pod->n_addrs)
			memcpy(v, pod->addrs, pod->n_addrs * sizeof *v);
		for (uint32_t n = 0; v && n < aisp_doc_count(ips); n++)
			pod->n_addrs += aisp_net_addr_parse(aisp_doc_getstr(aisp_doc_at(ips, n), "ip"), &v[pod->n_addrs]);
		pod->addrs = v;
	}
	if (!seen)
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
	aisp_symtab_free(seen);
	aisp_vec_done(&of);
}

static bool isolated(const struct aisp_kube *k, const struct aisp_net_pod *pod, enum aisp_net_direction d)
{
	size_t n;
	const uint32_t *list = aisp_net_policies_of(k->net, pod->ns, &n);

	for (size_t i = 0; i < n; i++)
		if (aisp_net_applies(&k->policies.v[list[i]], pod, d))
			return true;
	return false;
}

static void isolate(struct aisp_kube *k, struct kube_workload *w)
{
	struct aisp_place at = aisp_kube__place(k, w->o, NULL, "");

	aisp_net_place(k->net, &w->pod);
	w->in_isolated = isolated(k, &w->pod, AISP_NET_IN);
	w->out_isolated = isolated(k, &w->pod, AISP_NET_OUT);
	for (size_t i = 0; i < k->admins.n; i++) {
		const bool selects = aisp_net_selects(&k->admins.v[i], &w->pod);
		w->admin_in |= selects && k->admins.v[i].n_in;
		w->admin_out |= selects && k->admins.v[i].n_out;
	}
	if (w->in_isolated)
		aisp_emit_bool(k->e, w->o->node, "ingress_isolated", true);
	if (w->out_isolated)
		aisp_emit_bool(k->e, w->o->node, "egress_isolated", true);
	if (w->admin_in || w->admin_out)
		aisp_emit_bool(k->e, w->o->node, "admin_network_policy", true);
	if (!w->out_isolated && !w->admin_out)
		aisp_emit_edge(k->e, w->o->node, AISP_EDGE_ATTACHED_TO, k->namespaces.v[w->ns].network, &at);
}

void aisp_kube__read_policies(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "networkpolicy"))
			aisp_kube__parse_policy(k, o);
		else if (aisp_slice_eqz(o->kind, "adminnetworkpolicy") || aisp_slice_eqz(o->kind, "baselineadminnetworkpolicy") ||
		         aisp_slice_eqz(o->kind, "clusternetworkpolicy"))
			aisp_kube__parse_admin(k, o);
	}
	index_workloads(k);
	add_addresses(k);
	if (k->e->bad)
		return;
	k->net = aisp_net_world_new(k->e->a, k->policies.v, k->policies.n, k->admins.v, k->admins.n, &aisp_net_careful);
	if (!k->net) {
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < k->workloads.n && !k->e->bad; i++)
		isolate(k, &k->workloads.v[i]);
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
	size_t n;
	const uint32_t *list = aisp_net_policies_of(k->net, w->pod.ns, &n);

	for (size_t i = 0; i < n; i++) {
		const struct aisp_net_policy *p = &k->policies.v[list[i]];
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

static bool in_namespace(const struct rule_at *r, const struct aisp_net_peer *peer, const struct aisp_kube__namespace *ns)
{
	return peer->has_ns ? aisp_selector_matches(&peer->ns, &ns->labels) : aisp_slice_eq(ns->name, r->policy->ns);
}

/* A workload that is not isolated for outgoing connections is attached to its own rule; others are dealt with apart. */
static void attach_workloads(struct rule_at *r, const struct aisp_net_peer *peer)
{
	struct aisp_kube *k = r->k;

	for (size_t n = 0; n < k->namespaces.n; n++) {
		const struct aisp_kube__namespace *ns = &k->namespaces.v[n];
		if (ns->n_workloads == 0 || !in_namespace(r, peer, ns))
			continue;
		for (size_t i = 0; i < ns->n_workloads; i++) {
			const struct kube_workload *w = &k->workloads.v[k->by_ns.workloads[ns->workloads + i]];
			struct aisp_edge_in in = r->in;
			if (w->out_isolated || w->admin_out || !aisp_selector_matches(&peer->pod, &w->pod.labels))
				continue;
			if (w->pod.host_network)
				in.condition = AISP_S("only if the network plugin tells pods on their node's network by their labels");
			aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_ATTACHED_TO, r->node, &in, &r->at);
		}
	}
}

static void attach_namespaces(struct rule_at *r, const struct aisp_net_peer *peer)
{
	for (size_t i = 0; i < r->k->namespaces.n; i++) {
		const struct aisp_kube__namespace *ns = &r->k->namespaces.v[i];
		if (in_namespace(r, peer, ns))
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
	const aisp_sym sym = aisp_symtab_find(k->ns_ids, r.policy->ns);

	r.rule = &r.policy->in[n];
	make_node(&r, aisp_emit_fmt(k->e, "%.*s#ingress/%zu", AISP_FMT(r.o->id), n));
	attach_sources(&r);
	if (!sym || sym > k->namespaces.n)
		return;
	const struct aisp_kube__namespace *ns = &k->namespaces.v[sym - 1];
	for (size_t i = 0; i < ns->n_services; i++) {
		const struct kube_service *s = &k->services.v[k->by_ns.services[ns->services + i]];
		for (size_t t = 0; t < s->n_targets; t++) {
			const struct kube_workload *w = &k->workloads.v[s->targets[t].workload];
			if (!w->admin_in && aisp_net_applies(r.policy, &w->pod, AISP_NET_IN) && lets_through(k, r.rule, &s->targets[t]))
				aisp_emit_edge_in(k->e, r.node, AISP_EDGE_ALLOWS, s->o->node, &r.in, &r.at);
		}
	}
}

/* May W reach a port of the service on this workload, both sides asked, by this egress rule? `admitted`: does one of its peers
 * surely stand for the destination; else an address range perhaps does. */
static enum aisp_net_answer reaches_by(const struct aisp_kube *k, const struct kube_workload *from, const struct rule_at *r,
                                       const struct kube_target *t)
{
	const struct aisp_net_pod *to = &k->workloads.v[t->workload].pod;
	enum aisp_net_answer best = AISP_NET_NO;

	if (!aisp_net_rule_admits(r->rule, r->policy->ns, to))
		return AISP_NET_NO;
	for (size_t i = 0; i < t->n_ports; i++) {
		if (!aisp_net_rule_port(r->rule, to, &t->ports[i]))
			continue;
		enum aisp_net_answer a = aisp_net_side(k->net, AISP_NET_IN, &from->pod, to, &t->ports[i], NULL);
		best = a > best ? a : best;
	}
	return best;
}

static bool rule_speaks_of(const struct rule_at *r, const struct aisp_kube__namespace *ns)
{
	for (size_t i = 0; i < r->rule->n_peers; i++) {
		const struct aisp_net_peer *p = &r->rule->peers[i];
		if (!p->is_ip && (p->has_ns || p->has_pod) && in_namespace(r, p, ns))
			return true;
	}
	return r->rule->n_peers == 0;
}

static void allow_services(struct aisp_kube *k, const struct kube_workload *w, struct rule_at *r, const struct aisp_kube__namespace *ns)
{
	for (size_t i = 0; i < ns->n_services; i++) {
		const struct kube_service *s = &k->services.v[k->by_ns.services[ns->services + i]];
		for (size_t t = 0; t < s->n_targets; t++) {
			struct aisp_edge_in in = r->in;
			enum aisp_net_answer a = reaches_by(k, w, r, &s->targets[t]);
			if (a == AISP_NET_IF)
				in.condition = AISP_S("only if a policy at the other side, which an address or the network plugin decides, lets it in");
			if (a != AISP_NET_NO)
				aisp_emit_edge_in(k->e, r->node, AISP_EDGE_ALLOWS, s->o->node, &in, &r->at);
		}
	}
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
	for (size_t i = 0; i < k->namespaces.n; i++)
		if (k->namespaces.v[i].n_services && rule_speaks_of(&r, &k->namespaces.v[i]))
			allow_services(k, w, &r, &k->namespaces.v[i]);
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

static void add_egress(struct aisp_kube *k, const struct kube_workload *w)
{
	size_t n;
	const uint32_t *list = aisp_net_policies_of(k->net, w->pod.ns, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < k->policies.v[list[i]].n_out; r++)
			if (aisp_net_applies(&k->policies.v[list[i]], &w->pod, AISP_NET_OUT))
				add_egress_rule(k, w, list[i], r);
}

void aisp_kube__add_policies(struct aisp_kube *k)
{
	if (k->e->bad)
		return;
	for (size_t i = 0; i < k->policies.n && !k->e->bad; i++)
		name_namespaces(k, i);
	index_services(k);
	for (size_t i = 0; i < k->policies.n && !k->e->bad; i++)
		for (size_t r = 0; k->policies.v[i].ingress && r < k->policies.v[i].n_in; r++)
			add_ingress_rule(k, i, r);
	for (size_t w = 0; w < k->workloads.n && !k->e->bad; w++)
		if (k->workloads.v[w].out_isolated && !k->workloads.v[w].admin_out)
			add_egress(k, &k->workloads.v[w]);
	if (k->admins.n && !k->e->bad)
		aisp_kube__add_admitted(k);
}
