/* Roles and bindings as facts: puts the objects of the files to access/kubernetes/rbac.h and writes its decisions.
 *
 *   subject ─BOUND_TO▶ rbac_role (as written); subject ─CAN_READ▶ secret; subject ─CAN_ASSUME▶ workload, identity
 *   control = the binding; evidence = the binding and the rule of the role.
 */
#include "access/kubernetes/rbac.h"
#include "collect/files/kube_int.h"

/* The roles that every cluster has and that people bind; only the rules that the engine decides about.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
#define TEXTS(name, ...) static const struct aisp_slice name[] = {__VA_ARGS__}
#define T(z) {z, sizeof(z) - 1}
#define LIST(a) {a, sizeof(a) / sizeof *(a)}
TEXTS(all, T("*"));
TEXTS(core, T(""));
TEXTS(apps, T("apps"));
TEXTS(batch, T("batch"));
TEXTS(reading, T("get"), T("list"), T("watch"));
TEXTS(creating, T("create"));
TEXTS(impersonating, T("impersonate"));
TEXTS(secrets, T("secrets"));
TEXTS(pods, T("pods"), T("pods/attach"), T("pods/exec"), T("replicationcontrollers"), T("serviceaccounts/token"));
TEXTS(makers, T("deployments"), T("daemonsets"), T("statefulsets"), T("replicasets"));
TEXTS(jobs, T("jobs"), T("cronjobs"));
TEXTS(accounts, T("serviceaccounts"));
static const struct aisp_rbac_rule admin_rules[] = {
	{LIST(all), LIST(all), LIST(all), {NULL, 0}},
};
static const struct aisp_rbac_rule edit_rules[] = {
	{LIST(reading), LIST(core), LIST(secrets), {NULL, 0}},  {LIST(creating), LIST(core), LIST(pods), {NULL, 0}},
	{LIST(creating), LIST(apps), LIST(makers), {NULL, 0}},  {LIST(creating), LIST(batch), LIST(jobs), {NULL, 0}},
	{LIST(impersonating), LIST(core), LIST(accounts), {NULL, 0}},
};
static const struct aisp_rbac_role built_in[] = {
	{.name = T("cluster-admin"), .rules = admin_rules, .n_rules = 1},
	{.name = T("admin"), .rules = edit_rules, .n_rules = 5},
	{.name = T("edit"), .rules = edit_rules, .n_rules = 5},
	{.name = T("view")},
};
enum { N_BUILT_IN = sizeof built_in / sizeof *built_in };

struct bridge {
	struct aisp_kube *k;
	AISP_VEC(struct aisp_rbac_role) roles;
	AISP_VEC(const struct kube_object *) role_objects; /* NULL: built in */
	AISP_VEC(struct aisp_rbac_binding) bindings;
	AISP_VEC(const struct kube_object *) binding_objects;
	AISP_VEC(struct aisp_rbac_object) objects;
	AISP_VEC(aisp_node) object_nodes;
};

static struct aisp_slices texts(struct aisp_kube *k, const struct aisp_doc *list)
{
	size_t n = list && list->type == AISP_DOC_ARR ? list->n : 0;
	struct aisp_slice *v = aisp_kube__alloc(k, n, sizeof *v);

	for (size_t i = 0; v && i < n; i++)
		v[i] = aisp_doc_str(&list->items[i]);
	return (struct aisp_slices){v, v ? n : 0};
}

static aisp_node role_node(struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at)
{
	bool cluster = ns.n == 0;
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_RBAC_ROLE,
	                             aisp_kube__id(k, cluster ? AISP_S("-") : ns, cluster ? "clusterrole" : "role", name), at);

	aisp_emit_str(k->e, n, "name", name);
	return n;
}

static void read_role(struct bridge *b, const struct kube_object *o)
{
	struct aisp_kube *k = b->k;
	const struct aisp_doc *rules = aisp_doc_get(o->d, "rules");
	const struct aisp_doc *selectors = aisp_doc_path(o->d, "aggregationRule.clusterRoleSelectors");
	struct aisp_rbac_role role = {.ns = aisp_slice_eqz(o->ns, "-") ? AISP_S("") : o->ns, .name = o->name};
	size_t n = rules && rules->type == AISP_DOC_ARR ? rules->n : 0;
	struct aisp_rbac_rule *v = aisp_kube__alloc(k, n, sizeof *v);
	struct aisp_selector *sel = aisp_kube__alloc(k, aisp_doc_count(selectors), sizeof *sel);
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");

	role.labels = aisp_kube__labels(k, aisp_doc_path(o->d, "metadata.labels"));
	for (size_t i = 0; v && i < n; i++)
		v[i] = (struct aisp_rbac_rule){
			.verbs = texts(k, aisp_doc_get(&rules->items[i], "verbs")),
			.groups = texts(k, aisp_doc_get(&rules->items[i], "apiGroups")),
			.resources = texts(k, aisp_doc_get(&rules->items[i], "resources")),
			.names = texts(k, aisp_doc_get(&rules->items[i], "resourceNames")),
		};
	for (uint32_t i = 0; sel && i < aisp_doc_count(selectors); i++)
		sel[i] = aisp_kube__selector(k, aisp_doc_at(selectors, i));
	role.rules = v;
	role.n_rules = v ? n : 0;
	role.aggregates = sel;
	role.n_aggregates = sel ? aisp_doc_count(selectors) : 0;
	role_node(k, role.ns, role.name, &at);
	if (KUBE_PUSH(k, &b->roles, role))
		KUBE_PUSH(k, &b->role_objects, o);
}

static enum aisp_rbac_subject_kind subject_kind(struct aisp_slice kind)
{
	if (aisp_slice_eqz(kind, "Group"))
		return AISP_RBAC_GROUP;
	return aisp_slice_eqz(kind, "ServiceAccount") ? AISP_RBAC_SERVICE_ACCOUNT : AISP_RBAC_USER;
}

static void read_binding(struct bridge *b, const struct kube_object *o)
{
	struct aisp_kube *k = b->k;
	const struct aisp_doc *subjects = aisp_doc_get(o->d, "subjects");
	size_t n = subjects && subjects->type == AISP_DOC_ARR ? subjects->n : 0;
	struct aisp_rbac_subject *v = aisp_kube__alloc(k, n, sizeof *v);
	struct aisp_rbac_binding x = {.ns = aisp_slice_eqz(o->ns, "-") ? AISP_S("") : o->ns, .name = o->name};
	static const char prefix[] = "system:serviceaccount:";

	x.to_cluster_role = aisp_slice_eqz(aisp_doc_str(aisp_doc_path(o->d, "roleRef.kind")), "ClusterRole");
	x.role = aisp_doc_str(aisp_doc_path(o->d, "roleRef.name"));
	for (size_t i = 0; v && i < n; i++) {
		const struct aisp_doc *d = &subjects->items[i];
		v[i] = (struct aisp_rbac_subject){.kind = subject_kind(aisp_doc_getstr(d, "kind")), .name = aisp_doc_getstr(d, "name")};
		if (v[i].kind == AISP_RBAC_SERVICE_ACCOUNT)
			v[i].ns = aisp_doc_getstr(d, "namespace").n ? aisp_doc_getstr(d, "namespace") : x.ns;
		if (v[i].kind == AISP_RBAC_USER && aisp_slice_starts(v[i].name, aisp_slice_z(prefix))) {
			struct aisp_slice rest = aisp_slice_from(v[i].name, sizeof prefix - 1);
			size_t colon = aisp_slice_chr(rest, ':');
			if (colon != SIZE_MAX)
				v[i] = (struct aisp_rbac_subject){AISP_RBAC_SERVICE_ACCOUNT, aisp_slice_to(rest, colon), aisp_slice_from(rest, colon + 1)};
		}
	}
	x.subjects = v;
	x.n_subjects = v ? n : 0;
	if (KUBE_PUSH(k, &b->bindings, x))
		KUBE_PUSH(k, &b->binding_objects, o);
}

static void add_built_in(struct bridge *b)
{
	for (size_t i = 0; i < N_BUILT_IN; i++) {
		bool written = false;
		for (size_t r = 0; r < b->roles.n; r++)
			written |= b->roles.v[r].ns.n == 0 && aisp_slice_eq(b->roles.v[r].name, built_in[i].name);
		if (!written && KUBE_PUSH(b->k, &b->roles, built_in[i]))
			KUBE_PUSH(b->k, &b->role_objects, NULL);
	}
}

static aisp_node principal(struct aisp_kube *k, bool group, struct aisp_slice name, const struct aisp_place *at)
{
	aisp_node n = aisp_emit_node(k->e, group ? AISP_NODE_GROUP : AISP_NODE_USER,
	                             aisp_kube__id(k, AISP_S("-"), group ? "group" : "user", name), at);

	aisp_emit_str(k->e, n, "name", name);
	return n;
}

static aisp_node subject_node(struct aisp_kube *k, const struct aisp_rbac_subject *s, const struct aisp_place *at)
{
	if (s->name.n == 0)
		return 0;
	if (s->kind == AISP_RBAC_SERVICE_ACCOUNT)
		return s->ns.n ? aisp_kube__service_account(k, s->ns, s->name, at) : 0;
	return principal(k, s->kind == AISP_RBAC_GROUP, s->name, at);
}

static void push_object(struct bridge *b, struct aisp_rbac_object o, aisp_node n)
{
	if (KUBE_PUSH(b->k, &b->objects, o))
		KUBE_PUSH(b->k, &b->object_nodes, n);
}

/* The pods that are sure to have these names: a Pod's own, a StatefulSet's ordinals. */
static struct aisp_slices pod_names(struct aisp_kube *k, const struct kube_object *o)
{
	int64_t n = aisp_slice_eqz(o->kind, "statefulset") ? aisp_doc_int(aisp_doc_path(o->d, "spec.replicas"), 1) : 0;

	if (aisp_slice_eqz(o->kind, "pod"))
		return (struct aisp_slices){&o->name, 1};
	if (n <= 0 || n > 1000)
		return (struct aisp_slices){0};
	struct aisp_slice *v = aisp_kube__alloc(k, (size_t)n, sizeof *v);
	for (int64_t i = 0; v && i < n; i++)
		v[i] = aisp_emit_fmt(k->e, "%.*s-%lld", AISP_FMT(o->name), (long long)i);
	return (struct aisp_slices){v, v ? (size_t)n : 0};
}

/* "k8s://CLUSTER/NS/KIND/NAME" → the parts. */
static bool split_id(const struct aisp_kube *k, struct aisp_slice id, struct aisp_slice *ns, struct aisp_slice *kind,
                     struct aisp_slice *name)
{
	struct aisp_slice rest = aisp_slice_from(id, 6 + k->e->cluster.n);

	if (!aisp_slice_starts(id, AISP_S("k8s://")) || rest.n == 0 || rest.p[0] != '/')
		return false;
	rest = aisp_slice_from(rest, 1);
	if (!aisp_slice_split(&rest, '/', ns) || !rest.p || !aisp_slice_split(&rest, '/', kind) || !rest.p)
		return false;
	*name = rest;
	return true;
}

/* Every secret, workload, service account, user and group of this cluster that the graph knows by now. */
static void read_objects(struct bridge *b)
{
	struct aisp_kube *k = b->k;
	uint32_t count = k->e->bad ? 0 : aisp_graph_node_count(k->e->g);

	for (size_t i = 0; i < k->workloads.n; i++) {
		const struct kube_object *o = k->workloads.v[i].o;
		push_object(b, (struct aisp_rbac_object){AISP_RBAC_OBJ_WORKLOAD, o->ns, o->name, pod_names(k, o)}, o->node);
	}
	for (uint32_t n = 1; n <= count; n++) {
		struct aisp_node_view v = aisp_graph_node_at(k->e->g, n);
		static const struct {
			enum aisp_node_kind node;
			enum aisp_rbac_object_kind object;
		} kinds[] = {{AISP_NODE_SECRET, AISP_RBAC_OBJ_SECRET}, {AISP_NODE_SERVICE_ACCOUNT, AISP_RBAC_OBJ_SERVICE_ACCOUNT},
		             {AISP_NODE_USER, AISP_RBAC_OBJ_USER},     {AISP_NODE_GROUP, AISP_RBAC_OBJ_GROUP}};
		struct aisp_slice ns, kind, name;
		if (!v.alive || !split_id(k, v.id, &ns, &kind, &name))
			continue;
		ns = aisp_slice_eqz(ns, "-") ? AISP_S("") : aisp_emit_dup(k->e, ns);
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			if (v.kind == kinds[i].node)
				push_object(b, (struct aisp_rbac_object){kinds[i].object, ns, aisp_emit_dup(k->e, name), {0}}, n);
	}
}

static int found(void *ctx, const struct aisp_rbac_grant *g)
{
	struct bridge *b = ctx;
	struct aisp_kube *k = b->k;
	const struct kube_object *o = b->binding_objects.v[g->binding], *role = b->role_objects.v[g->role];
	const struct aisp_rbac_binding *binding = &b->bindings.v[g->binding];
	struct aisp_place at = aisp_kube__place(k, o, aisp_doc_at(aisp_doc_get(o->d, "subjects"), (uint32_t)g->subject), "");
	struct aisp_edge_in in = {.control = o->id, .condition = aisp_slice_z(g->condition)};
	enum aisp_edge_kind kind = g->effect == AISP_RBAC_READS || g->effect == AISP_RBAC_MOUNTS ? AISP_EDGE_CAN_READ : AISP_EDGE_CAN_ASSUME;
	struct aisp_err err = {0};

	at.pointer = aisp_emit_fmt(k->e, "%.*s/subjects/%zu", AISP_FMT(o->pointer), g->subject);
	at.note = aisp_slice_z(aisp_rbac_effect_text(g->effect));
	aisp_node from = subject_node(k, &binding->subjects[g->subject], &at), to = b->object_nodes.v[g->object];
	if (from == to)
		return 0;
	aisp_edge e = aisp_emit_edge_in(k->e, from, kind, to, &in, &at);
	if (e && role) {
		struct aisp_place rule = aisp_kube__place(k, role, aisp_doc_at(aisp_doc_get(role->d, "rules"), (uint32_t)g->rule), "");
		struct aisp_evidence_in ev = {.source = k->e->source, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED,
		                              .locator = rule.path, .line = rule.line, .note = at.note};
		ev.pointer = aisp_emit_fmt(k->e, "%.*s/rules/%zu", AISP_FMT(role->pointer), g->rule);
		aisp_emit_fail(k->e, aisp_graph_edge_evidence(k->e->g, e, &ev, &err), &err);
	}
	return k->e->bad;
}

/* As written: who is bound to what; a gap where the role is not among the files. */
static void add_bindings(struct bridge *b)
{
	struct aisp_kube *k = b->k;

	for (size_t i = 0; i < b->bindings.n && !k->e->bad; i++) {
		const struct aisp_rbac_binding *x = &b->bindings.v[i];
		const struct kube_object *o = b->binding_objects.v[i];
		struct aisp_place at = aisp_kube__place(k, o, NULL, "");
		struct aisp_slice ns = x->to_cluster_role ? AISP_S("") : x->ns;
		struct aisp_edge_in in = {.control = o->id};
		bool known = false;
		for (size_t r = 0; r < b->roles.n; r++)
			known |= aisp_slice_eq(b->roles.v[r].name, x->role) && aisp_slice_eq(b->roles.v[r].ns, ns);
		if (x->role.n == 0 || !known) {
			aisp_emit_gap(k->e, o->id, AISP_E_NOTFOUND,
			              aisp_emit_fmt(k->e, "binds role %.*s, which is not among the files: what it grants is not known", AISP_FMT(x->role)));
			if (x->role.n == 0)
				continue;
		}
		aisp_node role = role_node(k, ns, x->role, &at);
		for (size_t s = 0; s < x->n_subjects; s++) {
			struct aisp_place sat = aisp_kube__place(k, o, aisp_doc_at(aisp_doc_get(o->d, "subjects"), (uint32_t)s), "/subjects");
			aisp_emit_edge_in(k->e, subject_node(k, &x->subjects[s], &sat), AISP_EDGE_BOUND_TO, role, &in, &sat);
		}
	}
}

/* Service accounts are in three groups by nature; said only for groups that something is bound to.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects */
static void add_memberships(struct bridge *b)
{
	struct aisp_kube *k = b->k;
	struct aisp_place at = {.note = AISP_S("every service account is in this group"), .confidence = AISP_CONF_INFERRED};

	for (size_t i = 0; i < b->objects.n && !k->e->bad; i++) {
		const struct aisp_rbac_object *o = &b->objects.v[i];
		if (o->kind != AISP_RBAC_OBJ_SERVICE_ACCOUNT)
			continue;
		const struct aisp_slice names[] = {AISP_S("system:serviceaccounts"), AISP_S("system:authenticated"),
		                                   aisp_emit_fmt(k->e, "system:serviceaccounts:%.*s", AISP_FMT(o->ns))};
		for (size_t n = 0; n < 3; n++) {
			aisp_node group = k->e->bad ? 0 : aisp_graph_find(k->e->g, aisp_kube__id(k, AISP_S("-"), "group", names[n]));
			at.path = b->binding_objects.n ? b->binding_objects.v[0]->path : AISP_S("");
			aisp_emit_edge(k->e, b->object_nodes.v[i], AISP_EDGE_MEMBER_OF, group, &at);
		}
	}
}

void aisp_kube__add_rbac(struct aisp_kube *k)
{
	struct bridge b = {.k = k};
	struct aisp_err err = {0};

	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "role") || aisp_slice_eqz(o->kind, "clusterrole"))
			read_role(&b, o);
		else if (aisp_slice_eqz(o->kind, "rolebinding") || aisp_slice_eqz(o->kind, "clusterrolebinding"))
			read_binding(&b, o);
	}
	add_built_in(&b);
	add_bindings(&b);
	read_objects(&b);
	struct aisp_rbac_policy p = {.roles = b.roles.v, .n_roles = b.roles.n, .bindings = b.bindings.v, .n_bindings = b.bindings.n,
	                             .objects = b.objects.v, .n_objects = b.objects.n};
	if (!k->e->bad)
		aisp_emit_fail(k->e, aisp_rbac_decide(&p, found, &b, &err), &err);
	add_memberships(&b);
	aisp_vec_done(&b.roles);
	aisp_vec_done(&b.role_objects);
	aisp_vec_done(&b.bindings);
	aisp_vec_done(&b.binding_objects);
	aisp_vec_done(&b.objects);
	aisp_vec_done(&b.object_nodes);
}
