/* Services and ingresses: who opens a connection to what, and where it is led. */
#include "collect/files/kube_int.h"

/* The ports of a workload that a service leads to. */
static size_t target_ports(struct aisp_kube *k, const struct kube_object *o, const struct kube_workload *w,
                           const struct aisp_net_target **ret)
{
	const struct aisp_doc *ports = aisp_doc_path(o->d, "spec.ports");
	size_t n = ports && ports->type == AISP_DOC_ARR ? ports->n : 0;
	struct aisp_net_target *v = aisp_kube__alloc(k, n, sizeof *v);

	for (size_t i = 0; v && i < n; i++) {
		const struct aisp_doc *p = &ports->items[i], *target = aisp_doc_get(p, "targetPort");
		int64_t number = aisp_doc_int(target, target ? 0 : aisp_doc_int(aisp_doc_get(p, "port"), 0));
		v[i].protocol = aisp_doc_getstr(p, "protocol");
		v[i].name = aisp_doc_str(target);
		for (size_t c = 0; v[i].name.n && c < w->pod.n_ports; c++)
			if (aisp_slice_eq(w->pod.ports[c].name, v[i].name))
				number = w->pod.ports[c].number;
		v[i].number = number > 0 && number < 65536 ? (uint32_t)number : 0;
	}
	*ret = v;
	return v ? n : 0;
}

/* The workloads behind a service; none without a selector. */
static void find_targets(struct aisp_kube *k, const struct aisp_kube__namespace *ns, struct kube_service *s)
{
	const struct aisp_doc *map = aisp_doc_path(s->o->d, "spec.selector");
	struct aisp_selector selector = aisp_kube__selector_of_map(k, map);
	size_t n = 0, at = 0;

	for (int pass = 0; pass < 2 && selector.n; pass++) { /* counts, then fills */
		struct kube_target *v = pass && n ? aisp_kube__alloc(k, n, sizeof *v) : NULL;
		for (size_t i = 0; i < ns->n_workloads; i++) {
			const uint32_t index = k->by_ns.workloads[ns->workloads + i];
			const struct kube_workload *w = &k->workloads.v[index];
			if (!aisp_selector_matches(&selector, &w->pod.labels))
				continue;
			n += !pass;
			if (v) {
				v[at].workload = index;
				v[at].n_ports = target_ports(k, s->o, w, &v[at].ports);
				at++;
			}
		}
		s->targets = v;
		s->n_targets = at;
	}
}

/* Annotations that keep a load balancer inside, by cloud; value NULL = any but "false". */
static bool is_internal(const struct kube_object *o)
{
	static const struct {
		const char *key, *value;
	} marks[] = {
		{"service.beta.kubernetes.io/aws-load-balancer-internal", NULL},
		{"service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"},
		{"service.beta.kubernetes.io/azure-load-balancer-internal", NULL},
		{"networking.gke.io/load-balancer-type", "Internal"},
		{"cloud.google.com/load-balancer-type", "Internal"},
		{"service.beta.kubernetes.io/oci-load-balancer-internal", NULL},
		{"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"},
		{"alb.ingress.kubernetes.io/scheme", "internal"},
		{"kubernetes.io/ingress.class", "gce-internal"},
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		const struct aisp_doc *d = aisp_kube__annotation(o, marks[i].key);
		if (!d)
			continue;
		if (marks[i].value ? aisp_slice_eqi(aisp_doc_str(d), aisp_slice_z(marks[i].value))
		                   : !aisp_slice_eqz(aisp_doc_str(d), "false") && aisp_doc_bool(d, true))
			return true;
	}
	return false;
}

static bool word_in(struct aisp_slice s, const char *word)
{
	return aisp_slice_findi(s, aisp_slice_z(word)) != SIZE_MAX;
}

static struct aisp_slice ingress_class(const struct kube_object *o)
{
	struct aisp_slice c = aisp_doc_str(aisp_doc_path(o->d, "spec.ingressClassName"));

	return c.n ? c : aisp_doc_str(aisp_kube__annotation(o, "kubernetes.io/ingress.class"));
}

aisp_node aisp_kube__internet(struct aisp_kube *k, const struct aisp_place *at)
{
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_INTERNET, AISP_S("internet"), at);

	aisp_emit_strz(k->e, n, "name", "internet");
	return n;
}

aisp_node aisp_kube__unknown_network(struct aisp_kube *k, const struct aisp_place *at)
{
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_NETWORK, AISP_S("network://unknown"), at);

	aisp_emit_strz(k->e, n, "name", "unknown");
	return n;
}

static bool is_everywhere(struct aisp_slice cidr)
{
	return aisp_slice_eqz(cidr, "0.0.0.0/0") || aisp_slice_eqz(cidr, "::/0");
}

/* Only these addresses may open it: a rule between the unknown networks they belong to and the target. */
static void expose_to_ranges(struct aisp_kube *k, const struct kube_object *o, aisp_node target, struct aisp_slice ranges,
                             char sep, const struct aisp_edge_in *in, const struct aisp_place *at)
{
	struct aisp_slice rest = ranges, part;
	aisp_node rule = aisp_emit_node(k->e, AISP_NODE_NETWORK_RULE, aisp_emit_fmt(k->e, "%.*s#source-ranges", AISP_FMT(o->id)), at);
	struct aisp_edge_in conditional = *in;

	conditional.condition = AISP_S("only from the address ranges of the rule");
	aisp_emit_strz(k->e, rule, "name", "allowed source addresses");
	while (rest.p && aisp_slice_split(&rest, sep, &part)) {
		part = aisp_slice_trim(part);
		aisp_emit_item(k->e, rule, "ranges", part);
		if (is_everywhere(part))
			aisp_emit_edge_in(k->e, aisp_kube__internet(k, at), AISP_EDGE_ATTACHED_TO, rule, in, at);
	}
	aisp_emit_edge_in(k->e, aisp_kube__unknown_network(k, at), AISP_EDGE_ATTACHED_TO, rule, &conditional, at);
	aisp_emit_edge_in(k->e, rule, AISP_EDGE_ALLOWS, target, in, at);
}

/* Services. */

static struct aisp_slice join_items(struct aisp_kube *k, const struct aisp_doc *list)
{
	struct aisp_slice out = AISP_S("");

	for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++)
		out = aisp_emit_fmt(k->e, "%.*s%s%.*s", AISP_FMT(out), i ? "," : "", AISP_FMT(aisp_doc_str(&list->items[i])));
	return out;
}

/* A condition when every pod behind it is isolated and no rule lets addresses outside the cluster in. */
struct aisp_slice aisp_kube__outside_condition(struct aisp_kube *k, const struct kube_service *s)
{
	bool any = false, open = false;

	for (size_t i = 0; i < s->n_targets; i++) {
		const struct kube_workload *w = &k->workloads.v[s->targets[i].workload];
		any = true;
		open |= !w->in_isolated || aisp_kube__lets_outside_in(k, w);
	}
	return any && !open ? AISP_S("only if the network plugin lets traffic from outside the pods past the NetworkPolicy")
	                    : AISP_S("");
}

static void expose_service(struct aisp_kube *k, const struct kube_service *s)
{
	const struct kube_object *o = s->o;
	struct aisp_slice type = aisp_doc_str(aisp_doc_path(o->d, "spec.type"));
	const struct aisp_doc *ranges = aisp_doc_path(o->d, "spec.loadBalancerSourceRanges");
	struct aisp_place at = aisp_kube__place(k, o, aisp_doc_path(o->d, "spec.type"), "/spec/type");
	struct aisp_edge_in in = {.control = aisp_emit_fmt(k->e, "%.*s#/spec/type", AISP_FMT(o->id)),
	                          .condition = aisp_kube__outside_condition(k, s)};

	if (aisp_slice_eqz(type, "NodePort")) {
		if (in.condition.n == 0)
			in.condition = AISP_S("only if the internet reaches the addresses of the cluster's nodes");
		aisp_emit_edge_in(k->e, aisp_kube__internet(k, &at), AISP_EDGE_EXPOSES, o->node, &in, &at);
	} else if (aisp_slice_eqz(type, "LoadBalancer") && is_internal(o)) {
		if (in.condition.n == 0)
			in.condition = AISP_S("an internal load balancer: who reaches its network is not known");
		aisp_emit_edge_in(k->e, aisp_kube__unknown_network(k, &at), AISP_EDGE_EXPOSES, o->node, &in, &at);
	} else if (aisp_slice_eqz(type, "LoadBalancer") && aisp_doc_count(ranges)) {
		struct aisp_place ranges_at = aisp_kube__place(k, o, ranges, "/spec/loadBalancerSourceRanges");
		in.control = aisp_emit_fmt(k->e, "%.*s#/spec/loadBalancerSourceRanges", AISP_FMT(o->id));
		expose_to_ranges(k, o, o->node, join_items(k, ranges), ',', &in, &ranges_at);
	} else if (aisp_slice_eqz(type, "LoadBalancer")) {
		aisp_emit_edge_in(k->e, aisp_kube__internet(k, &at), AISP_EDGE_EXPOSES, o->node, &in, &at);
	}
}

const struct kube_service *aisp_kube__service(const struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name)
{
	const aisp_sym sym = aisp_symtab_find(k->ns_ids, ns);

	if (!sym || sym > k->namespaces.n || !k->by_ns.services)
		return NULL;
	for (size_t i = 0; i < k->namespaces.v[sym - 1].n_services; i++) {
		const struct kube_service *s = &k->services.v[k->by_ns.services[k->namespaces.v[sym - 1].services + i]];
		if (aisp_slice_eq(s->o->name, name))
			return s;
	}
	return NULL;
}

static void add_service(struct aisp_kube *k, struct kube_object *o)
{
	struct aisp_emit *e = k->e;
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	const struct aisp_doc *selector = aisp_doc_path(o->d, "spec.selector"), *ports = aisp_doc_path(o->d, "spec.ports");
	struct kube_service s = {.o = o};
	bool open = false, isolated = false;

	struct aisp_kube__namespace *ns = aisp_kube__namespace(k, o->ns, &at);
	if (ns)
		find_targets(k, ns, &s);
	o->node = aisp_emit_node(e, AISP_NODE_SERVICE, o->id, &at);
	aisp_emit_edge(e, ns ? ns->node : 0, AISP_EDGE_CONTAINS, o->node, &at);
	aisp_emit_edge(e, aisp_emit_file(e, o->path), AISP_EDGE_DEFINES, o->node, &at);
	aisp_emit_str(e, o->node, "name", o->name);
	aisp_emit_str(e, o->node, "namespace", o->ns);
	aisp_emit_str(e, o->node, "service_type", aisp_doc_str(aisp_doc_path(o->d, "spec.type")));
	aisp_emit_str(e, o->node, "external_name", aisp_doc_str(aisp_doc_path(o->d, "spec.externalName")));
	for (uint32_t i = 0; ports && ports->type == AISP_DOC_ARR && i < ports->n; i++)
		aisp_emit_item(e, o->node, "ports",
		               aisp_emit_fmt(e, "%lld", (long long)aisp_doc_int(aisp_doc_get(&ports->items[i], "port"), 0)));
	const struct aisp_labels chosen = aisp_kube__labels(k, selector);
	for (size_t i = 0; i < chosen.n; i++)
		aisp_emit_item(e, o->node, "selector", aisp_emit_fmt(e, "%.*s=%.*s", AISP_FMT(chosen.v[i].key), AISP_FMT(chosen.v[i].value)));
	for (size_t i = 0; i < s.n_targets; i++) {
		const struct kube_workload *w = &k->workloads.v[s.targets[i].workload];
		open |= !w->in_isolated && !w->admin_in;
		isolated |= w->in_isolated || w->admin_in;
		s.governed |= w->admin_in;
	}
	for (size_t i = 0; i < s.n_targets; i++) {
		const struct kube_workload *w = &k->workloads.v[s.targets[i].workload];
		struct aisp_edge_in in = {.control = aisp_emit_fmt(e, "%.*s#/spec/selector", AISP_FMT(o->id))};
		struct aisp_place sel = aisp_kube__place(k, o, selector, "/spec/selector");
		if (open && isolated && (w->in_isolated || w->admin_in)) /* the service is open for another workload's sake */
			in.condition = AISP_S("only from where a NetworkPolicy lets in: this workload is isolated, others of the service are not");
		aisp_emit_edge_in(e, o->node, AISP_EDGE_ROUTES_TO, w->o->node, &in, &sel);
	}
	if (open) {
		struct aisp_place inside = at;
		inside.note = AISP_S("no NetworkPolicy isolates its pods for incoming connections");
		/* nothing is written that could be taken away: what would close it is a policy that isolates the pods */
		aisp_emit_edge_in(e, k->cluster_network, AISP_EDGE_EXPOSES, o->node, &(struct aisp_edge_in){.control = aisp_emit_fmt(e, "%.*s#default-allow", AISP_FMT(o->id))}, &inside);
	}
	expose_service(k, &s);
	KUBE_PUSH(k, &k->services, s);
}

void aisp_kube__add_services(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++)
		if (aisp_slice_eqz(k->objects.v[i].kind, "service"))
			add_service(k, &k->objects.v[i]);
}

/* Ingresses. */

/* Annotations by which an ingress controller asks who calls. `contains` NULL: present and not "false"/"none"/"off". */
static const struct {
	const char *key, *contains, *auth;
} auth_marks[] = {
	{"nginx.ingress.kubernetes.io/auth-url", NULL, "required"},
	{"nginx.ingress.kubernetes.io/auth-type", NULL, "required"},
	{"nginx.ingress.kubernetes.io/auth-secret", NULL, "required"},
	{"nginx.ingress.kubernetes.io/auth-tls-secret", NULL, "required"},
	{"nginx.ingress.kubernetes.io/configuration-snippet", "auth_request", "required"},
	{"nginx.ingress.kubernetes.io/configuration-snippet", "auth_basic", "required"},
	{"nginx.ingress.kubernetes.io/server-snippet", "auth_request", "required"},
	{"nginx.org/basic-auth-secret", NULL, "required"},
	{"nginx.org/jwt-key", NULL, "required"},
	{"nginx.org/policies", NULL, "unknown"},
	{"traefik.ingress.kubernetes.io/router.middlewares", "auth", "required"},
	{"traefik.ingress.kubernetes.io/router.middlewares", "oidc", "required"},
	{"traefik.ingress.kubernetes.io/router.middlewares", NULL, "unknown"},
	{"ingress.kubernetes.io/auth-type", NULL, "required"},
	{"ingress.kubernetes.io/auth-url", NULL, "required"},
	{"alb.ingress.kubernetes.io/auth-type", NULL, "required"},
	{"haproxy.org/auth-type", NULL, "required"},
	{"haproxy-ingress.github.io/auth-url", NULL, "required"},
	{"haproxy-ingress.github.io/auth-secret", NULL, "required"},
	{"haproxy-ingress.github.io/oauth", NULL, "required"},
	{"konghq.com/plugins", "auth", "required"},
	{"konghq.com/plugins", "jwt", "required"},
	{"konghq.com/plugins", "oidc", "required"},
	{"konghq.com/plugins", NULL, "unknown"},
	{"networking.gke.io/v1beta1.FrontendConfig", NULL, "unknown"},
	{"beta.cloud.google.com/backend-config", NULL, "unknown"},
	{"cloud.google.com/backend-config", NULL, "unknown"},
};

static const char *auth_of(const struct kube_object *o, const char **ret_key)
{
	for (size_t i = 0; i < sizeof auth_marks / sizeof *auth_marks; i++) {
		const struct aisp_doc *d = aisp_kube__annotation(o, auth_marks[i].key);
		struct aisp_slice v = aisp_doc_str(d);
		if (!d || aisp_slice_eqz(v, "none") || aisp_slice_eqz(v, "off") || aisp_slice_eqz(v, "false"))
			continue;
		if (!auth_marks[i].contains || word_in(v, auth_marks[i].contains)) {
			*ret_key = auth_marks[i].key;
			return auth_marks[i].auth;
		}
	}
	*ret_key = NULL;
	return "none";
}

struct ingress {
	struct aisp_kube *k;
	const struct kube_object *o;
	const char *auth, *auth_key;
	struct aisp_slice ranges;
	bool internal, maybe_internal;
};

/* "/api(/|$)(.*)" and the like are kept as written. */
static aisp_node endpoint(struct ingress *in, struct aisp_slice host, struct aisp_slice path, const struct aisp_place *at)
{
	struct aisp_emit *e = in->k->e;
	struct aisp_slice id = in->o->id;
	struct aisp_edge_in ex = {.control = aisp_emit_fmt(e, "%.*s#%.*s", AISP_FMT(in->o->id), AISP_FMT(at->pointer))};

	if (host.n)
		id = aisp_emit_fmt(e, "https://%.*s%s%.*s", AISP_FMT(host), path.n && path.p[0] == '/' ? "" : "/", AISP_FMT(path));
	aisp_node n = aisp_emit_node(e, AISP_NODE_ENDPOINT, id, at);
	aisp_emit_str(e, n, "name", host.n ? aisp_emit_fmt(e, "%.*s%.*s", AISP_FMT(host), AISP_FMT(path)) : in->o->name);
	aisp_emit_strz(e, n, "auth", in->auth);
	aisp_emit_strz(e, n, "auth_annotation", in->auth_key);
	aisp_emit_str(e, n, "ingress", in->o->id);
	aisp_emit_str(e, n, "ingress_class", ingress_class(in->o));
	aisp_emit_bool(e, n, "tls", aisp_doc_count(aisp_doc_path(in->o->d, "spec.tls")) > 0);
	aisp_emit_edge(e, aisp_emit_file(e, in->o->path), AISP_EDGE_DEFINES, n, at);
	if (in->internal || in->maybe_internal) {
		ex.condition = in->internal ? AISP_S("an internal ingress: who reaches its network is not known")
		                            : AISP_S("the ingress class is named as an internal one: who reaches its network is not known");
		aisp_emit_edge_in(e, aisp_kube__unknown_network(in->k, at), AISP_EDGE_EXPOSES, n, &ex, at);
	} else if (in->ranges.n) {
		expose_to_ranges(in->k, in->o, n, in->ranges, ',', &ex, at);
	} else {
		aisp_emit_edge_in(e, aisp_kube__internet(in->k, at), AISP_EDGE_EXPOSES, n, &ex, at);
	}
	return n;
}

static void route(struct ingress *in, aisp_node from, const struct aisp_doc *backend, const struct aisp_place *at)
{
	struct aisp_kube *k = in->k;
	struct aisp_slice name = aisp_doc_str(aisp_doc_path(backend, "service.name"));
	struct aisp_edge_in e_in = {.control = aisp_emit_fmt(k->e, "%.*s#%.*s", AISP_FMT(in->o->id), AISP_FMT(at->pointer))};

	if (name.n == 0)
		name = aisp_doc_getstr(backend, "serviceName"); /* extensions/v1beta1 */
	if (name.n == 0)
		return;
	struct aisp_slice id = aisp_kube__id(k, in->o->ns, "service", name);
	aisp_node service = aisp_emit_node(k->e, AISP_NODE_SERVICE, id, at);
	aisp_emit_str(k->e, service, "name", name);
	const struct kube_service *s = aisp_kube__service(k, in->o->ns, name);
	if (s)
		e_in.condition = aisp_kube__outside_condition(k, s);
	if (e_in.condition.n)
		e_in.condition = AISP_S("only if a NetworkPolicy lets the ingress controller's pods in");
	aisp_emit_edge_in(k->e, from, AISP_EDGE_ROUTES_TO, service, &e_in, at);
}

static void add_rule(struct ingress *in, const struct aisp_doc *rule, uint32_t i)
{
	struct aisp_kube *k = in->k;
	const struct aisp_doc *paths = aisp_doc_path(rule, "http.paths");

	for (uint32_t p = 0; paths && paths->type == AISP_DOC_ARR && p < paths->n; p++) {
		const struct aisp_doc *d = &paths->items[p];
		struct aisp_place at = {.path = in->o->path, .line = aisp_doc_line(d)};
		at.pointer = aisp_emit_fmt(k->e, "%.*s/spec/rules/%u/http/paths/%u", AISP_FMT(in->o->pointer), i, p);
		aisp_node n = endpoint(in, aisp_doc_getstr(rule, "host"), aisp_doc_getstr(d, "path"), &at);
		route(in, n, aisp_doc_get(d, "backend"), &at);
	}
}

static void add_ingress(struct aisp_kube *k, const struct kube_object *o)
{
	static const char *const range_keys[] = {"nginx.ingress.kubernetes.io/whitelist-source-range",
	                                         "nginx.ingress.kubernetes.io/allowlist-source-range",
	                                         "alb.ingress.kubernetes.io/inbound-cidrs",
	                                         "haproxy.org/allow-list",
	                                         "haproxy-ingress.github.io/allowlist-source-range"};
	struct ingress in = {.k = k, .o = o, .internal = is_internal(o)};
	struct aisp_slice class = ingress_class(o);
	const struct aisp_doc *rules = aisp_doc_path(o->d, "spec.rules"), *fallback = aisp_doc_path(o->d, "spec.defaultBackend");

	in.auth = auth_of(o, &in.auth_key);
	in.maybe_internal = word_in(class, "internal") || word_in(class, "private") || word_in(class, "intranet") ||
	                    (word_in(class, "alb") && !aisp_kube__annotation(o, "alb.ingress.kubernetes.io/scheme"));
	for (size_t i = 0; i < sizeof range_keys / sizeof *range_keys; i++)
		if (aisp_doc_str(aisp_kube__annotation(o, range_keys[i])).n)
			in.ranges = aisp_doc_str(aisp_kube__annotation(o, range_keys[i]));
	if (!fallback)
		fallback = aisp_doc_path(o->d, "spec.backend");
	if (fallback) {
		struct aisp_place at = aisp_kube__place(k, o, fallback, "/spec/defaultBackend");
		route(&in, endpoint(&in, AISP_S(""), AISP_S(""), &at), fallback, &at);
	}
	for (uint32_t i = 0; rules && rules->type == AISP_DOC_ARR && i < rules->n; i++)
		add_rule(&in, &rules->items[i], i);
}

void aisp_kube__add_ingresses(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++)
		if (aisp_slice_eqz(k->objects.v[i].kind, "ingress"))
			add_ingress(k, &k->objects.v[i]);
}
