/* The Gateway API: routes lead what a gateway's listeners accept to services, across namespaces only where a ReferenceGrant of
 * the target's namespace says so. https://gateway-api.sigs.k8s.io/reference/spec/
 *
 *   internet ─EXPOSES▶ endpoint https://HOST/PATH ─ROUTES_TO▶ service
 * Who must prove who they are is said by policies of the gateway's maker, attached to route or gateway (table below).
 */
#include "collect/files/kube_int.h"

static const char gateway_group[] = "gateway.networking.k8s.io";

/* Policies by which a gateway asks who calls; `keys`: one of them must be set. */
static const struct {
	const char *kind, *group, *keys[6];
} auth_policies[] = {
	{"securitypolicy", "gateway.envoyproxy.io", {"jwt", "oidc", "basicAuth", "apiKeyAuth", "extAuth", NULL}},
	{"authpolicy", "kuadrant.io", {"rules", "defaults", "overrides", "routeRules", NULL, NULL}},
	{"gcpbackendpolicy", "networking.gke.io", {"default", NULL, NULL, NULL, NULL, NULL}},
	{"trafficpolicy", "gateway.kgateway.dev", {"extAuth", "apiKeyAuthentication", "basicAuth", "jwt", NULL, NULL}},
	{"authorizationpolicy", "security.istio.io", {"rules", NULL, NULL, NULL, NULL, NULL}},
};

/* The few objects that every route asks about, found once. */
struct asked {
	AISP_VEC(const struct kube_object *) guards, grants;
};
struct route {
	struct aisp_kube *k;
	const struct asked *all;
	const struct kube_object *o;
	const char *auth;
	struct aisp_slice auth_by;
};

static bool names(const struct aisp_doc *ref, const struct kube_object *o)
{
	struct aisp_slice kind = aisp_doc_getstr(ref, "kind");

	return aisp_slice_eqi(kind, o->kind) && aisp_slice_eq(aisp_doc_getstr(ref, "name"), o->name);
}

/* Does a policy of the table speak about this object? */
static bool is_guarded(const struct asked *all, const struct kube_object *o, struct aisp_slice *ret_by)
{
	for (size_t i = 0; i < all->guards.n; i++) {
		const struct kube_object *p = all->guards.v[i];
		const struct aisp_doc *spec = aisp_doc_get(p->d, "spec"), *refs = aisp_doc_get(spec, "targetRefs");
		for (size_t r = 0; r < sizeof auth_policies / sizeof *auth_policies; r++) {
			bool set = false, meant = names(aisp_doc_get(spec, "targetRef"), o);
			if (!aisp_slice_eqz(p->kind, auth_policies[r].kind) || !aisp_slice_eqz(p->group, auth_policies[r].group) || !aisp_slice_eq(p->ns, o->ns))
				continue;
			for (size_t n = 0; n < 6 && auth_policies[r].keys[n]; n++)
				set |= aisp_doc_get(spec, auth_policies[r].keys[n]) != NULL;
			for (uint32_t n = 0; refs && refs->type == AISP_DOC_ARR && n < refs->n; n++)
				meant |= names(&refs->items[n], o);
			if (set && meant) {
				*ret_by = p->id;
				return true;
			}
		}
	}
	return false;
}

/* May routes of this namespace attach to the listener? */
static bool takes_namespace(struct aisp_kube *k, const struct kube_object *gateway, const struct aisp_doc *listener, struct aisp_slice ns)
{
	const struct aisp_doc *namespaces = aisp_doc_path(listener, "allowedRoutes.namespaces");
	struct aisp_slice from = aisp_doc_getstr(namespaces, "from");
	const aisp_sym sym = aisp_symtab_find(k->ns_ids, ns);

	if (aisp_slice_eqz(from, "All"))
		return true;
	if (!aisp_slice_eqz(from, "Selector"))
		return !aisp_slice_eqz(from, "None") && aisp_slice_eq(gateway->ns, ns);
	struct aisp_selector s = aisp_kube__selector(k, aisp_doc_get(namespaces, "selector"));
	return sym && sym <= k->namespaces.n && aisp_selector_matches(&s, &k->namespaces.v[sym - 1].labels);
}

/* A ReferenceGrant in the target's namespace. */
static bool is_granted(const struct asked *all, const struct kube_object *from, struct aisp_slice ns, struct aisp_slice kind, struct aisp_slice name)
{
	if (aisp_slice_eq(from->ns, ns))
		return true;
	for (size_t i = 0; i < all->grants.n; i++) {
		const struct kube_object *g = all->grants.v[i];
		const struct aisp_doc *fs = aisp_doc_path(g->d, "spec.from"), *ts = aisp_doc_path(g->d, "spec.to");
		bool f = false, t = false;
		if (!aisp_slice_eq(g->ns, ns))
			continue;
		for (uint32_t n = 0; n < aisp_doc_count(fs); n++)
			f |= aisp_slice_eqi(aisp_doc_getstr(aisp_doc_at(fs, n), "kind"), from->kind) &&
			     aisp_slice_eq(aisp_doc_getstr(aisp_doc_at(fs, n), "namespace"), from->ns);
		for (uint32_t n = 0; n < aisp_doc_count(ts); n++) {
			struct aisp_slice only = aisp_doc_getstr(aisp_doc_at(ts, n), "name");
			t |= aisp_slice_eq(aisp_doc_getstr(aisp_doc_at(ts, n), "kind"), kind) && (only.n == 0 || aisp_slice_eq(only, name));
		}
		if (f && t)
			return true;
	}
	return false;
}

static bool is_inside(const struct kube_object *gateway)
{
	static const char *const words[] = {"internal", "private", "rilb", "mesh", "waypoint"};
	static const char *const notes[][2] = {{"service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"},
	                                       {"service.beta.kubernetes.io/azure-load-balancer-internal", "true"},
	                                       {"networking.gke.io/load-balancer-type", "Internal"}};
	struct aisp_slice class = aisp_doc_str(aisp_doc_path(gateway->d, "spec.gatewayClassName"));
	const struct aisp_doc *own = aisp_doc_path(gateway->d, "spec.infrastructure.annotations");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_findi(class, aisp_slice_z(words[i])) != SIZE_MAX)
			return true;
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(own, notes[i][0]), notes[i][1]) || aisp_slice_eqz(aisp_doc_str(aisp_kube__annotation(gateway, notes[i][0])), notes[i][1]))
			return true;
	return false;
}

/* To a service, or to the pods that an InferencePool selects. */
static void lead(struct route *r, aisp_node from, const struct aisp_doc *backend, const struct aisp_place *at)
{
	struct aisp_kube *k = r->k;
	struct aisp_slice kind = aisp_doc_getstr(backend, "kind"), name = aisp_doc_getstr(backend, "name"), ns = aisp_doc_getstr(backend, "namespace");
	struct aisp_edge_in in = {.control = aisp_emit_fmt(k->e, "%.*s#%.*s", AISP_FMT(r->o->id), AISP_FMT(at->pointer))};

	if (ns.n == 0)
		ns = r->o->ns;
	if (kind.n == 0)
		kind = AISP_S("Service");
	if (name.n == 0 || !is_granted(r->all, r->o, ns, kind, name))
		return;
	if (aisp_slice_eqz(kind, "Service")) {
		const struct kube_service *s = aisp_kube__service(k, ns, name);
		aisp_node service = aisp_emit_node(k->e, AISP_NODE_SERVICE, aisp_kube__id(k, ns, "service", name), at);
		aisp_emit_str(k->e, service, "name", name);
		if (s && aisp_kube__outside_condition(k, s).n)
			in.condition = AISP_S("only if a NetworkPolicy lets the gateway's pods in");
		aisp_emit_edge_in(k->e, from, AISP_EDGE_ROUTES_TO, service, &in, at);
		return;
	}
	const struct kube_object *pool = aisp_slice_eqz(kind, "InferencePool") ? aisp_kube__find(k, aisp_kube__id(k, ns, "inferencepool", name)) : NULL;
	if (!pool)
		return;
	const struct aisp_doc *map = aisp_doc_path(pool->d, "spec.selector.matchLabels");
	struct aisp_selector sel = aisp_kube__selector_of_map(k, map ? map : aisp_doc_path(pool->d, "spec.selector"));
	for (size_t i = 0; i < k->workloads.n && sel.n; i++)
		if (aisp_slice_eq(k->workloads.v[i].o->ns, ns) && aisp_selector_matches(&sel, &k->workloads.v[i].pod.labels))
			aisp_emit_edge_in(k->e, from, AISP_EDGE_ROUTES_TO, k->workloads.v[i].o->node, &in, at);
}

static void expose(struct route *r, const struct kube_object *gateway, struct aisp_slice name, aisp_node endpoint, const struct aisp_place *at)
{
	struct aisp_kube *k = r->k;
	struct aisp_edge_in in = {.control = aisp_emit_fmt(k->e, "%.*s#/spec/parentRefs", AISP_FMT(r->o->id))};

	if (gateway && is_inside(gateway)) {
		in.condition = AISP_S("an internal gateway: who reaches its network is not known");
		aisp_emit_edge_in(k->e, aisp_kube__unknown_network(k, at), AISP_EDGE_EXPOSES, endpoint, &in, at);
		return;
	}
	if (!gateway)
		in.condition = aisp_emit_fmt(k->e, "only if the gateway %.*s, which is not among what was read, faces the internet and takes the route", AISP_FMT(name));
	aisp_emit_edge_in(k->e, aisp_kube__internet(k, at), AISP_EDGE_EXPOSES, endpoint, &in, at);
}

static aisp_node endpoint_of(struct route *r, struct aisp_slice host, struct aisp_slice path, uint32_t rule, const struct aisp_place *at)
{
	struct aisp_emit *e = r->k->e;
	struct aisp_slice id = aisp_emit_fmt(e, "%.*s#%u", AISP_FMT(r->o->id), rule);

	if (host.n)
		id = aisp_emit_fmt(e, "https://%.*s%s%.*s", AISP_FMT(host), path.n && path.p[0] == '/' ? "" : "/", AISP_FMT(path));
	aisp_node n = aisp_emit_node(e, AISP_NODE_ENDPOINT, id, at);
	aisp_emit_str(e, n, "name", host.n ? aisp_emit_fmt(e, "%.*s%.*s", AISP_FMT(host), AISP_FMT(path)) : r->o->name);
	aisp_emit_strz(e, n, "auth", r->auth);
	aisp_emit_str(e, n, "auth_by", r->auth_by);
	aisp_emit_str(e, n, "route", r->o->id);
	aisp_emit_edge(e, aisp_emit_file(e, r->o->path), AISP_EDGE_DEFINES, n, at);
	return n;
}

static bool is_extended(const struct aisp_doc *rule)
{
	const struct aisp_doc *filters = aisp_doc_get(rule, "filters");

	for (uint32_t i = 0; i < aisp_doc_count(filters); i++)
		if (aisp_slice_eqz(aisp_doc_getstr(aisp_doc_at(filters, i), "type"), "ExtensionRef"))
			return true;
	return false;
}

/* All of the route's rules, for one host of one gateway (NULL: not known). */
static void add_host(struct route *r, const struct kube_object *gateway, struct aisp_slice gateway_name, struct aisp_slice host)
{
	const struct aisp_doc *rules = aisp_doc_path(r->o->d, "spec.rules");

	for (uint32_t i = 0; rules && rules->type == AISP_DOC_ARR && i < rules->n; i++) {
		const struct aisp_doc *d = &rules->items[i], *matches = aisp_doc_get(d, "matches"), *backends = aisp_doc_get(d, "backendRefs");
		struct aisp_place at = aisp_kube__place(r->k, r->o, d, "");
		struct route one = *r;
		at.pointer = aisp_emit_fmt(r->k->e, "%.*s/spec/rules/%u", AISP_FMT(r->o->pointer), i);
		if (aisp_doc_count(backends) == 0)
			continue;
		if (strcmp(one.auth, "none") == 0 && is_extended(d))
			one.auth = "unknown";
		for (uint32_t m = 0; m < aisp_doc_count(matches) || m == 0; m++) {
			struct aisp_slice path = aisp_doc_str(aisp_doc_path(aisp_doc_at(matches, m), "path.value"));
			aisp_node n = endpoint_of(&one, host, path, i, &at);
			expose(&one, gateway, gateway_name, n, &at);
			for (uint32_t b = 0; b < aisp_doc_count(backends); b++)
				lead(&one, n, aisp_doc_at(backends, b), &at);
		}
	}
}

static bool host_fits(struct aisp_slice listener, struct aisp_slice host)
{
	if (listener.n == 0 || aisp_slice_eqi(listener, host))
		return true;
	if (aisp_slice_starts(listener, AISP_S("*.")))
		return aisp_slice_ends(host, aisp_slice_from(listener, 1));
	return aisp_slice_starts(host, AISP_S("*.")) && aisp_slice_ends(listener, aisp_slice_from(host, 1));
}

static void add_listener(struct route *r, const struct kube_object *g, const struct aisp_doc *listener, struct aisp_slice section)
{
	const struct aisp_doc *hosts = aisp_doc_path(r->o->d, "spec.hostnames");
	struct aisp_slice host = aisp_doc_getstr(listener, "hostname");

	if ((section.n && !aisp_slice_eq(section, aisp_doc_getstr(listener, "name"))) || !takes_namespace(r->k, g, listener, r->o->ns))
		return;
	if (aisp_doc_count(hosts) == 0)
		add_host(r, g, g->name, host);
	for (uint32_t h = 0; h < aisp_doc_count(hosts); h++) {
		struct aisp_slice of_route = aisp_doc_str(aisp_doc_at(hosts, h));
		const bool narrower = aisp_slice_starts(of_route, AISP_S("*.")) && host.n && !aisp_slice_starts(host, AISP_S("*."));
		if (host_fits(host, of_route))
			add_host(r, g, g->name, narrower ? host : of_route);
	}
}

static void add_parent(struct route *r, const struct aisp_doc *ref)
{
	struct aisp_kube *k = r->k;
	struct aisp_slice name = aisp_doc_getstr(ref, "name"), ns = aisp_doc_getstr(ref, "namespace"), kind = aisp_doc_getstr(ref, "kind");
	const struct aisp_doc *hosts = aisp_doc_path(r->o->d, "spec.hostnames");
	struct route own = *r;

	if (name.n == 0 || (kind.n && !aisp_slice_eqz(kind, "Gateway"))) /* a Service as parent: the mesh, inside the cluster */
		return;
	const struct kube_object *g = aisp_kube__find(k, aisp_kube__id(k, ns.n ? ns : r->o->ns, "gateway", name));
	if (!g) {
		for (uint32_t h = 0; h < aisp_doc_count(hosts) || h == 0; h++)
			add_host(&own, NULL, name, aisp_doc_str(aisp_doc_at(hosts, h)));
		return;
	}
	if (strcmp(own.auth, "none") == 0 && is_guarded(r->all, g, &own.auth_by))
		own.auth = "required";
	const struct aisp_doc *listeners = aisp_doc_path(g->d, "spec.listeners");
	for (uint32_t l = 0; l < aisp_doc_count(listeners); l++)
		add_listener(&own, g, aisp_doc_at(listeners, l), aisp_doc_getstr(ref, "sectionName"));
}

static void add_route(struct aisp_kube *k, const struct asked *all, const struct kube_object *o)
{
	struct route r = {.k = k, .all = all, .o = o, .auth = "none"};
	const struct aisp_doc *parents = aisp_doc_path(o->d, "spec.parentRefs");

	if (is_guarded(all, o, &r.auth_by))
		r.auth = "required";
	for (uint32_t i = 0; i < aisp_doc_count(parents); i++)
		add_parent(&r, aisp_doc_at(parents, i));
}

static void find_asked(struct aisp_kube *k, struct asked *all)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "referencegrant"))
			KUBE_PUSH(k, &all->grants, o);
		for (size_t p = 0; p < sizeof auth_policies / sizeof *auth_policies; p++)
			if (aisp_slice_eqz(o->kind, auth_policies[p].kind) && aisp_slice_eqz(o->group, auth_policies[p].group))
				KUBE_PUSH(k, &all->guards, o);
	}
}

void aisp_kube__add_gateways(struct aisp_kube *k)
{
	static const char *const kinds[] = {"httproute", "grpcroute", "tlsroute", "tcproute", "udproute"};
	struct asked all = {0};

	find_asked(k, &all);
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++)
		for (size_t r = 0; r < sizeof kinds / sizeof *kinds; r++)
			if (aisp_slice_eqz(k->objects.v[i].kind, kinds[r]) && aisp_slice_eqz(k->objects.v[i].group, gateway_group))
				add_route(k, &all, &k->objects.v[i]);
	aisp_vec_done(&all.guards);
	aisp_vec_done(&all.grants);
}
