/* Roles and bindings as facts, and what they are worth.
 *
 *   subject ─BOUND_TO▶ rbac_role (as written; property `document`: its rules, from which a decision can be explained later)
 *   subject ─CAN_READ, CAN_WRITE▶ secret, …; ─CAN_ASSUME▶ workload, identity, machine; ─ALLOWS▶ workload, service
 *   control = the binding, of several subjects the one ("…/rolebinding/NAME#/subjects/1"); evidence = the binding's subject, the rule of the role, and a second binding where two rights are needed
 */
#include "base/jw.h"
#include "base/mem.h"
#include "collect/files/kube_rights.h"
#include <stdlib.h>

enum { MAX_DOCUMENT = 256 << 10 };
#define MAX_STEPS 300000000u /* of deciding; a cluster of 30,000 pods takes some millions */

/* The roles that every cluster has and that people bind; of the reading ones what is decided about.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
#define TEXTS(name, ...) static const struct aisp_slice name[] = {__VA_ARGS__}
#define T(z) {z, sizeof(z) - 1}
#define LIST(a) {a, sizeof(a) / sizeof *(a)}
TEXTS(all, T("*"));
TEXTS(core, T(""));
TEXTS(apps, T("apps"));
TEXTS(batch, T("batch"));
TEXTS(networking, T("networking.k8s.io"));
TEXTS(rbac, T("rbac.authorization.k8s.io"));
TEXTS(authorization, T("authorization.k8s.io"));
TEXTS(reading, T("get"), T("list"), T("watch"));
TEXTS(changing, T("create"), T("delete"), T("deletecollection"), T("patch"), T("update"));
TEXTS(whole, T("create"), T("delete"), T("deletecollection"), T("get"), T("list"), T("patch"), T("update"), T("watch"));
TEXTS(creating, T("create"));
TEXTS(impersonating, T("impersonate"));
TEXTS(seen, T("configmaps"), T("endpoints"), T("persistentvolumeclaims"), T("pods"), T("replicationcontrollers"), T("serviceaccounts"),
      T("services"), T("pods/log"), T("pods/status"), T("namespaces"));
TEXTS(seen_apps, T("daemonsets"), T("deployments"), T("replicasets"), T("statefulsets"));
TEXTS(jobs, T("cronjobs"), T("jobs"));
TEXTS(seen_more, T("pods/attach"), T("pods/exec"), T("pods/portforward"), T("pods/proxy"), T("secrets"), T("services/proxy"));
TEXTS(pods, T("pods"), T("pods/attach"), T("pods/exec"), T("pods/portforward"), T("pods/proxy"));
TEXTS(things, T("configmaps"), T("events"), T("persistentvolumeclaims"), T("replicationcontrollers"), T("replicationcontrollers/scale"),
      T("secrets"), T("serviceaccounts"), T("services"), T("services/proxy"));
TEXTS(makers, T("daemonsets"), T("deployments"), T("deployments/rollback"), T("deployments/scale"), T("replicasets"),
      T("replicasets/scale"), T("statefulsets"), T("statefulsets/scale"));
TEXTS(routes, T("ingresses"), T("networkpolicies"));
TEXTS(tokens, T("serviceaccounts/token"));
TEXTS(account, T("serviceaccounts"));
TEXTS(roles_and_bindings, T("roles"), T("rolebindings"));
TEXTS(reviews, T("localsubjectaccessreviews"));
static const struct aisp_rbac_rule everything[] = {{LIST(all), LIST(all), LIST(all), {NULL, 0}, {NULL, 0}}, {LIST(all), {NULL, 0}, {NULL, 0}, {NULL, 0}, LIST(all)}};
#define RULE(verbs, groups, resources) {LIST(verbs), LIST(groups), LIST(resources), {NULL, 0}, {NULL, 0}}
#define VIEW RULE(reading, core, seen), RULE(reading, apps, seen_apps), RULE(reading, batch, jobs)
#define EDIT                                                                                                           \
	RULE(reading, core, seen_more), RULE(impersonating, core, account), RULE(changing, core, pods), RULE(changing, core, things), \
		RULE(creating, core, tokens), RULE(changing, apps, makers), RULE(changing, batch, jobs), RULE(changing, networking, routes)
static const struct aisp_rbac_rule view_rules[] = {VIEW};
static const struct aisp_rbac_rule edit_rules[] = {EDIT, VIEW};
static const struct aisp_rbac_rule admin_rules[] = {EDIT, VIEW, RULE(creating, authorization, reviews), RULE(whole, rbac, roles_and_bindings)};
static const struct aisp_rbac_role built_in[] = {
	{.name = T("cluster-admin"), .rules = everything, .n_rules = 2},
	{.name = T("admin"), .rules = admin_rules, .n_rules = sizeof admin_rules / sizeof *admin_rules},
	{.name = T("edit"), .rules = edit_rules, .n_rules = sizeof edit_rules / sizeof *edit_rules},
	{.name = T("view"), .rules = view_rules, .n_rules = sizeof view_rules / sizeof *view_rules},
};
enum { N_BUILT_IN = sizeof built_in / sizeof *built_in };

static aisp_node role_node(struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at)
{
	bool cluster = ns.n == 0;
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_RBAC_ROLE,
	                             aisp_kube__id(k, cluster ? AISP_S("-") : ns, cluster ? "clusterrole" : "role", name), at);

	aisp_emit_str(k->e, n, "name", name);
	return n;
}

/* The role's document, as the API server has it. */

static void put_list(struct aisp_jw *w, const char *key, const struct aisp_slices *list)
{
	if (list->n == 0)
		return;
	aisp_jw_key(w, key);
	aisp_jw_arr(w);
	for (size_t i = 0; i < list->n; i++)
		aisp_jw_str(w, list->v[i]);
	aisp_jw_end(w);
}

static void put_rules(struct aisp_jw *w, const struct aisp_rbac_role *role)
{
	aisp_jw_key(w, "rules");
	aisp_jw_arr(w);
	for (size_t i = 0; i < role->n_rules; i++) {
		aisp_jw_obj(w);
		put_list(w, "verbs", &role->rules[i].verbs);
		put_list(w, "apiGroups", &role->rules[i].groups);
		put_list(w, "resources", &role->rules[i].resources);
		put_list(w, "resourceNames", &role->rules[i].names);
		put_list(w, "nonResourceURLs", &role->rules[i].urls);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void put_selectors(struct aisp_jw *w, const struct aisp_rbac_role *role)
{
	static const char *const ops[] = {[AISP_SEL_IN] = "In", [AISP_SEL_NOT_IN] = "NotIn", [AISP_SEL_EXISTS] = "Exists",
	                                  [AISP_SEL_NOT_EXISTS] = "DoesNotExist", [AISP_SEL_INVALID] = "?"};

	aisp_jw_key(w, "aggregationRule");
	aisp_jw_obj(w);
	aisp_jw_key(w, "clusterRoleSelectors");
	aisp_jw_arr(w);
	for (size_t s = 0; s < role->n_aggregates; s++) {
		aisp_jw_obj(w);
		aisp_jw_key(w, "matchExpressions");
		aisp_jw_arr(w);
		for (size_t i = 0; i < role->aggregates[s].n; i++) {
			const struct aisp_requirement *r = &role->aggregates[s].v[i];
			aisp_jw_obj(w);
			aisp_jw_key(w, "key");
			aisp_jw_str(w, r->key);
			aisp_jw_key(w, "operator");
			aisp_jw_str(w, aisp_slice_z(ops[r->op]));
			put_list(w, "values", &(struct aisp_slices){r->values, r->n});
			aisp_jw_end(w);
		}
		aisp_jw_end(w);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void put_metadata(struct aisp_jw *w, const struct aisp_rbac_role *role)
{
	aisp_jw_key(w, "metadata");
	aisp_jw_obj(w);
	aisp_jw_key(w, "name");
	aisp_jw_str(w, role->name);
	if (role->ns.n) {
		aisp_jw_key(w, "namespace");
		aisp_jw_str(w, role->ns);
	}
	if (role->n_aggregates && role->n_rules) { /* of a running cluster: the rules count */
		aisp_jw_key(w, "uid");
		aisp_jw_str(w, AISP_S("-"));
	}
	if (role->labels.n) {
		aisp_jw_key(w, "labels");
		aisp_jw_obj(w);
		for (size_t i = 0; i < role->labels.n; i++) {
			aisp_jw_keys(w, role->labels.v[i].key);
			aisp_jw_str(w, role->labels.v[i].value);
		}
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void add_document(struct aisp_kube *k, aisp_node n, const struct aisp_rbac_role *role)
{
	AISP_AUTOBUF struct aisp_buf out;
	struct aisp_jw w;

	aisp_buf_init(&out, MAX_DOCUMENT);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_key(&w, "kind");
	aisp_jw_str(&w, role->ns.n ? AISP_S("Role") : AISP_S("ClusterRole"));
	put_metadata(&w, role);
	put_rules(&w, role);
	if (role->n_aggregates)
		put_selectors(&w, role);
	aisp_jw_end(&w);
	if (out.bad == AISP_E_NOMEM)
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
	if (out.bad)
		aisp_emit_gap(k->e, role->name, AISP_E_LIMIT, AISP_S("the role's rules are too long to be kept for explanations"));
	else
		aisp_emit_str(k->e, n, "document", aisp_buf_slice(&out));
}

/* A kind that is none for the API server ("clusterRole"): a gap. */
static void unreadable(struct aisp_kube *k, const struct kube_object *o, int code, const struct aisp_err *err)
{
	if (code == AISP_E_PARSE)
		aisp_emit_gap(k->e, o->id, AISP_E_PARSE, aisp_emit_fmt(k->e, "%s", err->msg));
	else
		aisp_emit_fail(k->e, code, err);
}

static void read_role(struct aisp_kube__rights *b, const struct kube_object *o)
{
	struct aisp_kube *k = b->k;
	struct aisp_rbac_role role;
	struct aisp_err err = {0};
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	int code = aisp_rbac_read_role(k->e->a, o->d, &role, &err);

	if (code < 0) {
		unreadable(k, o, code, &err);
		return;
	}
	role.name = o->name;
	if (role.ns.n) /* as the collector decided: the folder may say it */
		role.ns = o->ns;
	aisp_node n = role_node(k, role.ns, role.name, &at);
	add_document(k, n, &role);
	aisp_emit_edge(k->e, aisp_emit_file(k->e, o->path), AISP_EDGE_DEFINES, n, &at);
	if (KUBE_PUSH(k, &b->roles, role))
		KUBE_PUSH(k, &b->role_objects, o);
}

static void read_binding(struct aisp_kube__rights *b, const struct kube_object *o)
{
	struct aisp_kube *k = b->k;
	struct aisp_rbac_binding x;
	struct aisp_err err = {0};
	int code = aisp_rbac_read_binding(k->e->a, o->d, &x, &err);

	if (code < 0) {
		unreadable(k, o, code, &err);
		return;
	}
	x.name = o->name;
	if (x.ns.n)
		x.ns = o->ns;
	if (KUBE_PUSH(k, &b->bindings, x))
		KUBE_PUSH(k, &b->binding_objects, o);
}

static void add_built_in(struct aisp_kube__rights *b)
{
	for (size_t i = 0; i < N_BUILT_IN; i++) {
		bool written = false;
		for (size_t r = 0; r < b->roles.n; r++)
			written |= b->roles.v[r].ns.n == 0 && aisp_slice_eq(b->roles.v[r].name, built_in[i].name);
		if (!written && KUBE_PUSH(b->k, &b->roles, built_in[i]))
			KUBE_PUSH(b->k, &b->role_objects, NULL);
	}
}

/* Subjects. */

static aisp_node principal(struct aisp_kube *k, bool group, struct aisp_slice name, const struct aisp_place *at)
{
	static const char prefix[] = "system:serviceaccount:";
	struct aisp_slice rest = aisp_slice_from(name, sizeof prefix - 1);
	size_t colon = !group && aisp_slice_starts(name, aisp_slice_z(prefix)) ? aisp_slice_chr(rest, ':') : SIZE_MAX;

	if (name.n == 0)
		return 0;
	if (colon != SIZE_MAX && colon > 0 && colon + 1 < rest.n)
		return aisp_kube__service_account(k, aisp_slice_to(rest, colon), aisp_slice_from(rest, colon + 1), at);
	struct aisp_slice id = aisp_kube__id(k, AISP_S("-"), group ? "group" : "user", name);
	aisp_node n = k->e->bad ? 0 : aisp_graph_find(k->e->g, id);
	if (n)
		return n;
	n = aisp_emit_node(k->e, group ? AISP_NODE_GROUP : AISP_NODE_USER, id, at);
	aisp_emit_str(k->e, n, "name", name);
	return n;
}

static aisp_node subject_node(struct aisp_kube *k, const struct aisp_rbac_binding *b, const struct aisp_rbac_subject *s,
                              const struct aisp_place *at)
{
	struct aisp_slice ns = s->ns.n ? s->ns : b->ns;

	if (s->name.n == 0 || s->kind == AISP_RBAC_NOBODY)
		return 0;
	if (s->kind == AISP_RBAC_SERVICE_ACCOUNT)
		return ns.n ? aisp_kube__service_account(k, ns, s->name, at) : 0;
	return principal(k, s->kind == AISP_RBAC_GROUP, s->name, at);
}

/* Control objects: what takes the binding from one subject. A binding of one is taken as a whole; of several "BINDING#/subjects/2",
 * and "… or …" where the same identity is named more than once, also as a user by a service account's name. */
struct named {
	bool group, account;
	struct aisp_slice ns, name;
	size_t at;
};

static struct named named_of(const struct aisp_rbac_binding *x, size_t at)
{
	static const char prefix[] = "system:serviceaccount:";
	const struct aisp_rbac_subject *s = &x->subjects[at];
	struct named n = {.group = s->kind == AISP_RBAC_GROUP, .account = s->kind == AISP_RBAC_SERVICE_ACCOUNT, .name = s->name, .at = at};

	if (n.account) {
		n.ns = s->ns.n ? s->ns : x->ns;
	} else if (!n.group && aisp_slice_starts(s->name, aisp_slice_z(prefix))) {
		struct aisp_slice rest = aisp_slice_from(s->name, sizeof prefix - 1);
		n.account = aisp_slice_split(&rest, ':', &n.ns);
		n.name = n.account ? rest : s->name;
	}
	return n;
}

static int by_identity(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = (x->group - y->group) * 2 + (x->account - y->account);

	c = c ? c : aisp_slice_cmp(x->name, y->name);
	return c ? c : aisp_slice_cmp(x->ns, y->ns);
}

static struct aisp_slice joined(struct aisp_kube *k, struct aisp_slice id, const struct named *v, size_t n)
{
	struct aisp_slice text = {0};

	if (n > 16)
		return id; /* nobody writes that */
	for (size_t i = 0; i < n; i++)
		text = aisp_emit_fmt(k->e, "%.*s%s%.*s#/subjects/%zu", AISP_FMT(text), i ? " or " : "", AISP_FMT(id), v[i].at);
	return text;
}

static int name_subjects(struct aisp_kube *k, struct aisp_slice id, const struct aisp_rbac_binding *x, struct aisp_slice *controls)
{
	AISP_AUTOFREE struct named *v = x->n_subjects > 1 ? aisp_mem_zalloc(x->n_subjects, sizeof *v) : NULL;

	if (!v) {
		for (size_t i = 0; i < x->n_subjects; i++)
			controls[i] = id;
		return x->n_subjects > 1 ? AISP_E_NOMEM : 0;
	}
	for (size_t i = 0; i < x->n_subjects; i++)
		v[i] = named_of(x, i);
	qsort(v, x->n_subjects, sizeof *v, by_identity);
	for (size_t i = 0, n; i < x->n_subjects; i += n) {
		for (n = 1; i + n < x->n_subjects && by_identity(&v[i], &v[i + n]) == 0; n++)
			;
		const struct aisp_slice control = joined(k, id, &v[i], n);
		for (size_t s = i; s < i + n; s++)
			controls[v[s].at] = control;
	}
	return 0;
}

static void name_controls(struct aisp_kube__rights *b)
{
	struct aisp_kube *k = b->k;

	for (size_t i = 0; i < b->bindings.n && !k->e->bad; i++) {
		const struct aisp_rbac_binding *x = &b->bindings.v[i];
		struct aisp_slice *controls = aisp_kube__alloc(k, x->n_subjects + 1, sizeof *controls);
		if (!controls)
			break;
		if (name_subjects(k, b->binding_objects.v[i]->id, x, controls) < 0)
			aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
		else
			KUBE_PUSH(k, &b->subject_controls, controls);
	}
}

/* As written: who is bound to what; a gap where the role is not among the files. */
static void add_bindings(struct aisp_kube__rights *b)
{
	struct aisp_kube *k = b->k;

	for (size_t i = 0; i < b->bindings.n && !k->e->bad; i++) {
		const struct aisp_rbac_binding *x = &b->bindings.v[i];
		const struct kube_object *o = b->binding_objects.v[i];
		struct aisp_place at = aisp_kube__place(k, o, NULL, "");
		size_t known = aisp_rbac_role_of(b->rbac, i);
		if (known == SIZE_MAX) {
			aisp_emit_gap(k->e, o->id, AISP_E_NOTFOUND,
			              aisp_emit_fmt(k->e, "binds role %.*s, which is not among the files: what it grants is not known", AISP_FMT(x->role)));
			if (x->role.n == 0)
				continue;
		}
		aisp_node role = role_node(k, x->to_cluster_role ? AISP_S("") : x->ns, x->role, &at);
		if (known != SIZE_MAX && !b->role_objects.v[known])
			add_document(k, role, &b->roles.v[known]);
		for (size_t s = 0; s < x->n_subjects; s++) {
			struct aisp_place sat = aisp_kube__place(k, o, aisp_doc_at(aisp_doc_get(o->d, "subjects"), (uint32_t)s), "/subjects");
			struct aisp_edge_in in = {.control = b->subject_controls.v[i][s]};
			sat.pointer = aisp_emit_fmt(k->e, "%.*s/%zu", AISP_FMT(sat.pointer), s);
			if (x->subjects[s].kind == AISP_RBAC_USER && named_of(x, s).account) /* as a user, by its name */
				sat.note = aisp_emit_fmt(k->e, "written as user %.*s", AISP_FMT(x->subjects[s].name));
			aisp_emit_edge_in(k->e, subject_node(k, x, &x->subjects[s], &sat), AISP_EDGE_BOUND_TO, role, &in, &sat);
		}
	}
}

/* Groups by nature; said only for groups that something is bound to.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects */
static void join(struct aisp_kube__rights *b, const struct aisp_kube__object *o, struct aisp_slice name, const char *why)
{
	struct aisp_kube *k = b->k;
	struct aisp_place at = {.path = b->anywhere.path, .note = aisp_slice_z(why), .confidence = AISP_CONF_INFERRED};
	aisp_node group = k->e->bad ? 0 : aisp_graph_find(k->e->g, aisp_kube__id(k, AISP_S("-"), "group", name));

	aisp_emit_edge(k->e, o->node, AISP_EDGE_MEMBER_OF, group, &at);
}

static void add_memberships(struct aisp_kube__rights *b)
{
	const struct aisp_kube__objects *accounts = &b->objects[AISP_RBAC_ACCOUNT], *users = &b->objects[AISP_RBAC_USERS];
	static const char account_why[] = "every service account is in this group", user_why[] = "every user that is known is in this group";

	for (size_t i = 0; i < accounts->v.n && !b->k->e->bad; i++) {
		const struct aisp_kube__object *o = &accounts->v.v[i];
		join(b, o, AISP_S("system:serviceaccounts"), account_why);
		join(b, o, AISP_S("system:authenticated"), account_why);
		join(b, o, aisp_emit_fmt(b->k->e, "system:serviceaccounts:%.*s", AISP_FMT(o->ns)), "every service account of the namespace is in this group");
	}
	for (size_t i = 0; i < users->v.n && !b->k->e->bad; i++) {
		const struct aisp_kube__object *o = &users->v.v[i];
		bool nobody = aisp_slice_eqz(o->name, "system:anonymous");
		join(b, o, nobody ? AISP_S("system:unauthenticated") : AISP_S("system:authenticated"), user_why);
		if (aisp_slice_starts(o->name, AISP_S("system:node:")))
			join(b, o, AISP_S("system:nodes"), "every kubelet is in this group");
	}
}

/* Deciding. */

static bool installed(void *ctx, const char *group)
{
	struct aisp_kube *k = ctx;

	for (size_t i = 0; i < k->objects.n; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->group, group))
			return true;
		if (aisp_slice_eqz(o->kind, "customresourcedefinition") && aisp_slice_eqz(aisp_doc_str(aisp_doc_path(o->d, "spec.group")), group))
			return true;
	}
	return false;
}

static bool is_about_pods(const struct aisp_doc *rules)
{
	for (uint32_t i = 0; i < aisp_doc_count(rules) && i < 256; i++) {
		const struct aisp_doc *what = aisp_doc_get(aisp_doc_at(rules, i), "resources");
		for (uint32_t r = 0; r < aisp_doc_count(what) && r < 256; r++) {
			struct aisp_slice s = aisp_doc_str(aisp_doc_at(what, r));
			if (aisp_slice_eqz(s, "pods") || aisp_slice_starts(s, AISP_S("*")))
				return true;
		}
	}
	return false;
}

/* Does an admission policy look at pods that are created? Webhooks and policies that validate, Kyverno, Gatekeeper. */
static bool guards_pods(const struct kube_object *o)
{
	const struct aisp_doc *hooks = aisp_doc_get(o->d, "webhooks");

	if (aisp_slice_eqz(o->kind, "validatingadmissionpolicy"))
		return is_about_pods(aisp_doc_path(o->d, "spec.matchConstraints.resourceRules"));
	if (aisp_slice_starts(o->group, AISP_S("kyverno.io")) || aisp_slice_eqz(o->group, "constraints.gatekeeper.sh"))
		return true;
	if (!aisp_slice_eqz(o->kind, "validatingwebhookconfiguration"))
		return false;
	for (uint32_t i = 0; i < aisp_doc_count(hooks) && i < 256; i++)
		if (is_about_pods(aisp_doc_get(aisp_doc_at(hooks, i), "rules")))
			return true;
	return false;
}

static bool is_live(const struct kube_object *o)
{
	return o && aisp_doc_str(aisp_doc_path(o->d, "metadata.uid")).n > 0;
}

/* Bindings of a running cluster whose roles could not be listed: what they grant is not known, so it may be anything. (A role
 * that is missing among others grants nothing; in manifests it is a gap.) */
static void draw_unread(struct aisp_kube__rights *b)
{
	bool read[2] = {false, false}; /* roles, cluster roles */

	for (size_t i = 0; i < b->roles.n; i++)
		read[b->roles.v[i].ns.n == 0] |= is_live(b->role_objects.v[i]);
	for (size_t i = 0; i < b->bindings.n && !b->k->e->bad; i++) {
		const struct aisp_rbac_binding *x = &b->bindings.v[i];
		struct aisp_rbac_power p = {.effect = AISP_RBAC_UNREAD, .gain = AISP_RBAC_GAIN_ACT, .ns = x->ns, .binding = (uint32_t)i,
		                            .at = {AISP_RBAC_NO_BINDING, 0}, .second = AISP_RBAC_NO_BINDING, .held = AISP_RBAC_NO_BINDING};
		if (read[x->to_cluster_role] || !is_live(b->binding_objects.v[i]) || aisp_rbac_role_of(b->rbac, i) != SIZE_MAX || x->role.n == 0)
			continue;
		p.condition = "only as far as the role grants it, which could not be read";
		p.target = x->ns.n ? AISP_RBAC_HOLDER : AISP_RBAC_MASTERS;
		p.held_in = x->ns.n ? AISP_RBAC_ONE_NS : AISP_RBAC_CLUSTER;
		for (p.subject = 0; p.subject < x->n_subjects; p.subject++) {
			b->from = subject_node(b->k, x, &x->subjects[p.subject], &b->anywhere);
			if (b->from)
				aisp_kube__draw(b, &p);
		}
	}
}

static void decide(struct aisp_kube__rights *b)
{
	struct aisp_kube *k = b->k;
	struct aisp_err err = {0};
	int code = 0;

	for (int group = 0; group < 2; group++) {
		uint32_t n = aisp_rbac_subject_count(b->rbac, group);
		for (uint32_t i = 1; i <= n && code >= 0 && !k->e->bad; i++) {
			struct aisp_slice name = aisp_rbac_subject_at(b->rbac, group, i);
			b->from = principal(k, group, name, &b->anywhere);
			if (b->from)
				code = aisp_rbac_powers(b->rbac, group, name, &b->world, aisp_kube__draw, b, &err);
		}
	}
	if (!k->e->bad && aisp_graph_find(k->e->g, aisp_kube__id(k, AISP_S("-"), "group", AISP_S("system:masters"))))
		aisp_kube__add_masters(b);
	draw_unread(b);
	if (code >= 0)
		aisp_kube__draw_holders(b);
	if (b->world.budget == 0 || code == AISP_E_LIMIT)
		aisp_emit_gap(k->e, aisp_emit_fmt(k->e, "k8s://%.*s", AISP_FMT(k->e->cluster)), AISP_E_LIMIT,
		              AISP_S("more roles and bindings than are decided: arrows are missing"));
	else if (code < 0 && !k->e->bad)
		aisp_emit_fail(k->e, code, &err);
}

/* Custom resources that make pods are few; asking once each keeps deciding fast. */
static bool installed_once(void *ctx, const char *group)
{
	struct aisp_kube__rights *b = ctx;

	for (size_t i = 0; i < b->asked.n; i++)
		if (strcmp(b->asked.v[i].group, group) == 0)
			return b->asked.v[i].yes;
	bool yes = installed(b->k, group);
	KUBE_PUSH(b->k, &b->asked, (struct aisp_kube__asked){group, yes});
	return yes;
}

static void read_all(struct aisp_kube__rights *b)
{
	struct aisp_kube *k = b->k;

	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "role") || aisp_slice_eqz(o->kind, "clusterrole"))
			read_role(b, o);
		else if (aisp_slice_eqz(o->kind, "rolebinding") || aisp_slice_eqz(o->kind, "clusterrolebinding"))
			read_binding(b, o);
		else
			b->guarded |= guards_pods(o);
	}
	add_built_in(b);
	b->policy = (struct aisp_rbac_policy){b->roles.v, b->roles.n, b->bindings.v, b->bindings.n};
}

void aisp_kube__add_rbac(struct aisp_kube *k)
{
	struct aisp_kube__rights b = {.k = k, .world = {.installed = installed_once, .a = k->e->a, .budget = MAX_STEPS}};
	struct aisp_err err = {0};

	b.world.ctx = &b;
	if (k->e->bad || k->objects.n == 0)
		return;
	read_all(&b);
	if (b.binding_objects.n)
		b.anywhere = aisp_kube__place(k, b.binding_objects.v[0], NULL, "");
	else
		b.anywhere = aisp_kube__place(k, &k->objects.v[0], NULL, "");
	int code = k->e->bad ? 0 : aisp_rbac_compile(&b.policy, &b.rbac, &err);
	if (code == AISP_E_LIMIT)
		aisp_emit_gap(k->e, b.anywhere.path, AISP_E_LIMIT, aisp_emit_fmt(k->e, "%s", err.msg));
	else if (code < 0)
		aisp_emit_fail(k->e, code, &err);
	if (b.rbac) {
		name_controls(&b);
		add_bindings(&b);
		aisp_kube__add_node_users(k);
		aisp_kube__read_objects(&b);
		aisp_kube__draw_hosts(&b);
		decide(&b);
		add_memberships(&b);
		aisp_kube__draw_some_node(&b);
	}
	aisp_kube__done_objects(&b);
	aisp_rbac_free(b.rbac);
	aisp_vec_done(&b.asked);
	aisp_vec_done(&b.roles);
	aisp_vec_done(&b.role_objects);
	aisp_vec_done(&b.bindings);
	aisp_vec_done(&b.binding_objects);
	aisp_vec_done(&b.subject_controls);
}
