/* RBAC from a snapshot, and explanations: see policy.h. */
#include "resolve/kubernetes/policy.h"
#include "base/mem.h"
#include "base/vec.h"

struct aisp_slice aisp_kube_cluster_of(const struct aisp_snapshot *s, struct aisp_slice id)
{
	struct aisp_slice best = {0};

	for (aisp_node n = s->kind_at[AISP_NODE_CLUSTER]; n < s->kind_at[AISP_NODE_CLUSTER + 1]; n++) {
		struct aisp_slice own = aisp_snapshot_text(s, s->nodes[n].id);
		if (aisp_slice_starts(own, AISP_S("k8s://")) && aisp_slice_starts(id, own) && own.n > best.n + 6 &&
		    (id.n == own.n || id.p[own.n] == '/'))
			best = aisp_slice_from(own, 6);
	}
	return best;
}

/* "k8s://CLUSTER/NS/KIND/NAME" of this cluster → the parts; NS "-" → empty. */
static bool split(struct aisp_slice id, struct aisp_slice cluster, struct aisp_slice *ns, struct aisp_slice *kind, struct aisp_slice *name)
{
	struct aisp_slice rest = aisp_slice_from(id, 6);

	if (!aisp_slice_starts(id, AISP_S("k8s://")) || !aisp_slice_starts(rest, cluster) || rest.n <= cluster.n || rest.p[cluster.n] != '/')
		return false;
	rest = aisp_slice_from(rest, cluster.n + 1);
	if (!aisp_slice_split(&rest, '/', ns))
		return false;
	if (aisp_slice_eqz(*ns, "-"))
		*ns = AISP_S("");
	*kind = *name = AISP_S("");
	if (!rest.p)
		return true; /* a namespace */
	if (!aisp_slice_split(&rest, '/', kind) || !rest.p)
		return false;
	*name = rest;
	return true;
}

struct loading {
	const struct aisp_snapshot *s;
	struct aisp_arena *a;
	struct aisp_slice cluster;
	AISP_VEC(struct aisp_rbac_role) roles;
	AISP_VEC(struct aisp_rbac_binding) bindings;
	size_t unknown;
	struct aisp_err *err;
};

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading roles");
}

static int load_roles(struct loading *l)
{
	const struct aisp_snapshot *s = l->s;

	for (aisp_node n = s->kind_at[AISP_NODE_RBAC_ROLE]; n < s->kind_at[AISP_NODE_RBAC_ROLE + 1]; n++) {
		struct aisp_slice ns, kind, name, text = aisp_snapshot_prop_str(s, n, "document");
		const struct aisp_doc *d;
		struct aisp_rbac_role role;
		if (!split(aisp_snapshot_text(s, s->nodes[n].id), l->cluster, &ns, &kind, &name))
			continue;
		int code = text.n ? aisp_json_parse(l->a, text, NULL, &d, NULL) : AISP_E_NOTFOUND;
		if (code == 0)
			code = aisp_rbac_read_role(l->a, d, &role, NULL);
		if (code == AISP_E_NOMEM)
			return no_memory(l->err);
		l->unknown += code < 0;
		if (code == 0 && aisp_vec_push(&l->roles, role) < 0)
			return no_memory(l->err);
	}
	return 0;
}

static bool subject_of(const struct loading *l, aisp_node n, struct aisp_rbac_subject *ret)
{
	struct aisp_slice ns, kind, name;

	if (!split(aisp_snapshot_text(l->s, l->s->nodes[n].id), l->cluster, &ns, &kind, &name))
		return false;
	*ret = (struct aisp_rbac_subject){.name = name};
	ret->kind = aisp_slice_eqz(kind, "user")  ? AISP_RBAC_USER
	          : aisp_slice_eqz(kind, "group") ? AISP_RBAC_GROUP
	          : aisp_slice_eqz(kind, "serviceaccount") ? AISP_RBAC_SERVICE_ACCOUNT : AISP_RBAC_NOBODY;
	if (ret->kind == AISP_RBAC_SERVICE_ACCOUNT)
		ret->ns = ns;
	return true;
}

/* One binding for each control object. */
static int load_bindings(struct loading *l)
{
	const struct aisp_snapshot *s = l->s;
	int code = 0;

	for (aisp_edge e = 1; e <= s->n_edges && code == 0; e++) {
		const struct aisp_sedge *x = &s->edges[e];
		struct aisp_slice ns, kind, name, role_ns, role_kind, role;
		struct aisp_rbac_subject *subject = NULL;
		if (x->kind != AISP_EDGE_BOUND_TO || !split(aisp_snapshot_text(s, x->control), l->cluster, &ns, &kind, &name) ||
		    !split(aisp_snapshot_text(s, s->nodes[x->to].id), l->cluster, &role_ns, &role_kind, &role))
			continue;
		subject = aisp_arena_zalloc(l->a, 1, sizeof *subject);
		if (!subject)
			code = no_memory(l->err);
		else if (subject_of(l, x->from, subject)) /* one a subject: the same as one with many */
			code = aisp_vec_push(&l->bindings, (struct aisp_rbac_binding){.ns = ns, .name = name, .role = role, .subjects = subject, .n_subjects = 1,
			                                     .to_cluster_role = aisp_slice_eqz(role_kind, "clusterrole")}) < 0 ? no_memory(l->err) : 0;
	}
	return code;
}

int aisp_kube_policy_load(const struct aisp_snapshot *s, struct aisp_slice cluster, struct aisp_arena *a, struct aisp_kube_policy *ret,
                          struct aisp_err *err)
{
	struct loading l = {.s = s, .a = a, .cluster = cluster, .err = err};
	int code = load_roles(&l);

	*ret = (struct aisp_kube_policy){.cluster = cluster};
	if (code == 0)
		code = load_bindings(&l);
	struct aisp_rbac_role *roles = code == 0 ? aisp_arena_zalloc(a, l.roles.n + 1, sizeof *roles) : NULL;
	struct aisp_rbac_binding *bindings = code == 0 ? aisp_arena_zalloc(a, l.bindings.n + 1, sizeof *bindings) : NULL;
	if (code == 0 && (!roles || !bindings))
		code = no_memory(err);
	if (code == 0) {
		if (l.roles.n)
			memcpy(roles, l.roles.v, l.roles.n * sizeof *roles);
		if (l.bindings.n)
			memcpy(bindings, l.bindings.v, l.bindings.n * sizeof *bindings);
		ret->written = (struct aisp_rbac_policy){roles, l.roles.n, bindings, l.bindings.n};
		ret->unknown = l.unknown;
		code = aisp_rbac_compile(&ret->written, &ret->rbac, err);
	}
	aisp_vec_done(&l.roles);
	aisp_vec_done(&l.bindings);
	return code;
}

void aisp_kube_policy_done(struct aisp_kube_policy *p)
{
	aisp_rbac_free(p->rbac);
	p->rbac = NULL;
}

/* Explaining. */

static const struct {
	const char *kind, *group, *resource;
	bool pods; /* exec and the like are about its pods */
} kinds[] = {
	{"secret", "", "secrets", false}, {"configmap", "", "configmaps", false}, {"service", "", "services", false},
	{"serviceaccount", "", "serviceaccounts", false}, {"pod", "", "pods", true}, {"node", "", "nodes", false}, {"namespace", "", "namespaces", false},
	{"deployment", "apps", "deployments", true}, {"statefulset", "apps", "statefulsets", true}, {"daemonset", "apps", "daemonsets", true},
	{"replicaset", "apps", "replicasets", true}, {"replicationcontroller", "", "replicationcontrollers", true}, {"job", "batch", "jobs", true},
	{"cronjob", "batch", "cronjobs", true}, {"user", "", "users", false}, {"group", "", "groups", false},
	{"role", "rbac.authorization.k8s.io", "roles", false}, {"clusterrole", "rbac.authorization.k8s.io", "clusterroles", false},
	{"ingress", "networking.k8s.io", "ingresses", false}, {"networkpolicy", "networking.k8s.io", "networkpolicies", false},
	{"inferenceservice", "serving.kserve.io", "inferenceservices", true}, {"notebook", "kubeflow.org", "notebooks", true},
	{"raycluster", "ray.io", "rayclusters", true}, {"workflow", "argoproj.io", "workflows", true},
};

static void in_namespace(struct aisp_slice what, struct aisp_rbac_request *q)
{
	size_t slash = aisp_slice_chr(what, '/');

	q->resource = what.n ? aisp_slice_to(what, slash) : AISP_S("namespaces");
	q->sub = slash == SIZE_MAX ? AISP_S("") : aisp_slice_from(what, slash + 1);
	q->name = what.n ? AISP_S("") : q->ns;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (aisp_slice_eqz(q->resource, kinds[i].resource))
			q->group = aisp_slice_z(kinds[i].group);
}

/* "create exec", "create/exec", "get": verb and subresource; in a namespace "create pods", "list secrets". */
static int request_of(const struct aisp_kube_policy *p, struct aisp_slice id, struct aisp_slice action, struct aisp_rbac_request *q, struct aisp_err *err)
{
	struct aisp_slice kind, rest = action;
	size_t sep = 0;

	while (sep < action.n && action.p[sep] != ' ' && action.p[sep] != '/')
		sep++;
	q->verb = aisp_slice_to(action, sep);
	rest = aisp_slice_trim(aisp_slice_from(action, sep < action.n ? sep + 1 : sep));
	if (q->verb.n == 0 || !split(id, p->cluster, &q->ns, &kind, &q->name))
		return aisp_fail(err, AISP_E_USAGE, "an action is a verb of Kubernetes, perhaps with a subresource: get, \"create exec\", impersonate");
	if (kind.n == 0) { /* a namespace, or what is in it */
		in_namespace(rest, q);
		return 0;
	}
	q->sub = rest;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!aisp_slice_eqz(kind, kinds[i].kind))
			continue;
		bool of_pods = kinds[i].pods && rest.n && !aisp_slice_eqz(rest, "scale") && !aisp_slice_eqz(rest, "status");
		q->group = aisp_slice_z(of_pods ? "" : kinds[i].group);
		q->resource = aisp_slice_z(of_pods ? "pods" : kinds[i].resource);
		if (of_pods && !aisp_slice_eqz(kind, "pod"))
			q->name = AISP_S("");
		return 0;
	}
	return aisp_fail(err, AISP_E_USAGE, "how Kubernetes names a %.*s in requests is not known here", AISP_FMT(kind));
}

/* All groups: by nature and by what is known. */
static int groups_of(const struct aisp_snapshot *s, const struct aisp_kube_policy *p, aisp_node n, struct aisp_arena *a, struct aisp_rbac_request *q)
{
	size_t max = s->out_at[n + 1] - s->out_at[n] + 4, count = 0;
	struct aisp_slice *v = aisp_arena_zalloc(a, max, sizeof *v), ns, kind, name;

	if (!v || !q->user.p)
		return AISP_E_NOMEM;
	if (q->user.n)
		count = aisp_rbac_own_groups(a, q->user, v);
	for (uint32_t e = s->out_at[n]; e < s->out_at[n + 1]; e++)
		if (s->edges[e].kind == AISP_EDGE_MEMBER_OF &&
		    split(aisp_snapshot_text(s, s->nodes[s->edges[e].to].id), p->cluster, &ns, &kind, &name) && aisp_slice_eqz(kind, "group"))
			v[count++] = name;
	q->groups = (struct aisp_slices){v, count};
	return 0;
}

bool aisp_kube_explains(const struct aisp_snapshot *s, aisp_node identity, aisp_node resource)
{
	struct aisp_slice a = aisp_kube_cluster_of(s, aisp_snapshot_text(s, s->nodes[identity].id));

	return a.n && aisp_slice_eq(a, aisp_kube_cluster_of(s, aisp_snapshot_text(s, s->nodes[resource].id)));
}

static int identify(const struct aisp_snapshot *s, const struct aisp_kube_policy *p, aisp_node n, struct aisp_arena *a, struct aisp_rbac_request *q,
                    struct aisp_slice *group, struct aisp_err *err)
{
	struct aisp_slice ns, kind, name;

	q->user = AISP_S("");
	if (!split(aisp_snapshot_text(s, s->nodes[n].id), p->cluster, &ns, &kind, &name) ||
	    (!aisp_slice_eqz(kind, "user") && !aisp_slice_eqz(kind, "group") && !aisp_slice_eqz(kind, "serviceaccount")))
		return aisp_fail(err, AISP_E_USAGE, "%s is no user, group or service account of the cluster", aisp_snapshot_z(s, s->nodes[n].id));
	if (aisp_slice_eqz(kind, "user"))
		q->user = name;
	else if (aisp_slice_eqz(kind, "serviceaccount"))
		q->user = aisp_arena_printf(a, "system:serviceaccount:%.*s:%.*s", AISP_FMT(ns), AISP_FMT(name));
	if (groups_of(s, p, n, a, q) < 0)
		return no_memory(err);
	if (aisp_slice_eqz(kind, "group")) {
		*group = name;
		q->groups = (struct aisp_slices){group, 1};
		q->user = AISP_S("any member");
	}
	return 0;
}

int aisp_kube_explain(const struct aisp_snapshot *s, aisp_node identity, aisp_node resource, struct aisp_slice action, struct aisp_buf *out,
                      struct aisp_err *err)
{
	struct aisp_slice cluster = aisp_kube_cluster_of(s, aisp_snapshot_text(s, s->nodes[identity].id)), group = {0};
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_kube_policy p = {0};
	struct aisp_rbac_request q = {0};

	if (!a)
		return no_memory(err);
	int code = aisp_kube_policy_load(s, cluster, a, &p, err);
	if (code == 0)
		code = identify(s, &p, identity, a, &q, &group, err);
	if (code == 0)
		code = request_of(&p, aisp_snapshot_text(s, s->nodes[resource].id), action, &q, err);
	if (code == 0)
		code = aisp_rbac_explain_text(p.rbac, &q, out);
	if (code == 0 && p.unknown)
		aisp_buf_printf(out, "  (of %zu roles that are bound the rules are not known)\n", p.unknown);
	aisp_kube_policy_done(&p);
	aisp_arena_free(a);
	return code;
}
