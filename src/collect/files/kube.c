/* Kubernetes objects from files: see kube.h. Taking documents in, identities, namespaces, service accounts, stores. */
#include "collect/files/kube_int.h"
#include <stdlib.h>

enum { MAX_OBJECTS = 500000, MAX_LIST_DEPTH = 4 };

struct aisp_kube *aisp_kube_new(struct aisp_emit *e)
{
	struct aisp_kube *k = aisp_mem_zalloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->e = e;
	k->ids = aisp_symtab_new();
	k->ns_ids = aisp_symtab_new();
	if (!k->ids || !k->ns_ids) {
		aisp_kube_free(k);
		return NULL;
	}
	return k;
}

void aisp_kube_free(struct aisp_kube *k)
{
	if (!k)
		return;
	aisp_vec_done(&k->objects);
	aisp_vec_done(&k->folders);
	aisp_vec_done(&k->namespaces);
	aisp_vec_done(&k->workloads);
	aisp_vec_done(&k->services);
	aisp_vec_done(&k->policies);
	aisp_vec_done(&k->policy_objects);
	aisp_vec_done(&k->admins);
	aisp_vec_done(&k->admin_objects);
	aisp_vec_done(&k->by_id);
	aisp_texts_done(&k->texts);
	aisp_symtab_free(k->ids);
	aisp_symtab_free(k->ns_ids);
	aisp_mem_free(k);
}

void *aisp_kube__alloc(struct aisp_kube *k, size_t count, size_t size)
{
	void *p = k->e->bad ? NULL : aisp_arena_zalloc(k->e->a, count ? count : 1, size);

	if (!p)
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
	return p;
}

bool aisp_kube_is(const struct aisp_doc *doc)
{
	return aisp_doc_getstr(doc, "apiVersion").n > 0 && aisp_doc_getstr(doc, "kind").n > 0;
}

/* Kinds that are read, and the groups that have them; another group's kind of the same name is another thing. */
static bool is_other_groups(struct aisp_slice kind, struct aisp_slice group)
{
	static const struct {
		const char *kind, *groups[3];
	} rows[] = {
		{"service", {"", NULL, NULL}}, {"pod", {"", NULL, NULL}}, {"secret", {"", NULL, NULL}}, {"configmap", {"", NULL, NULL}},
		{"namespace", {"", NULL, NULL}}, {"node", {"", NULL, NULL}}, {"serviceaccount", {"", NULL, NULL}},
		{"replicationcontroller", {"", NULL, NULL}}, {"deployment", {"apps", "extensions", NULL}},
		{"replicaset", {"apps", "extensions", NULL}}, {"daemonset", {"apps", "extensions", NULL}}, {"statefulset", {"apps", NULL, NULL}},
		{"job", {"batch", NULL, NULL}}, {"cronjob", {"batch", NULL, NULL}}, {"ingress", {"networking.k8s.io", "extensions", NULL}},
		{"networkpolicy", {"networking.k8s.io", "extensions", NULL}}, {"role", {"rbac.authorization.k8s.io", NULL, NULL}},
		{"rolebinding", {"rbac.authorization.k8s.io", NULL, NULL}}, {"clusterrole", {"rbac.authorization.k8s.io", NULL, NULL}},
		{"clusterrolebinding", {"rbac.authorization.k8s.io", NULL, NULL}}, {"gateway", {"gateway.networking.k8s.io", NULL, NULL}},
		{"adminnetworkpolicy", {"policy.networking.k8s.io", NULL, NULL}},
		{"baselineadminnetworkpolicy", {"policy.networking.k8s.io", NULL, NULL}},
		{"clusternetworkpolicy", {"policy.networking.k8s.io", NULL, NULL}}, {"notebook", {"kubeflow.org", NULL, NULL}},
		{"workflow", {"argoproj.io", NULL, NULL}}, {"externalsecret", {"external-secrets.io", "kubernetes-client.io", NULL}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!aisp_slice_eqz(kind, rows[i].kind))
			continue;
		for (size_t g = 0; g < 3 && rows[i].groups[g]; g++)
			if (aisp_slice_eqz(group, rows[i].groups[g]))
				return false;
		return true;
	}
	return false;
}

static struct aisp_slice group_of(const struct aisp_doc *doc)
{
	struct aisp_slice v = aisp_doc_getstr(doc, "apiVersion");
	size_t slash = aisp_slice_chr(v, '/');

	return slash == SIZE_MAX ? AISP_S("") : aisp_slice_to(v, slash);
}

static void add_object(struct aisp_kube *k, struct aisp_slice path, const struct aisp_doc *doc, struct aisp_slice pointer)
{
	struct aisp_slice kind = aisp_doc_getstr(doc, "kind");
	struct kube_object o = {.path = path, .pointer = pointer, .d = doc, .group = group_of(doc)};

	o.name = aisp_doc_str(aisp_doc_path(doc, "metadata.name"));
	if (o.name.n == 0)
		o.name = aisp_doc_str(aisp_doc_path(doc, "metadata.generateName"));
	if (o.name.n == 0 || o.name.n > 300 || kind.n > 100) {
		aisp_emit_gap(k->e, path, AISP_E_PARSE,
		              aisp_emit_fmt(k->e, "an object of kind %.*s has no usable name (line %u)", AISP_FMT(kind), aisp_doc_line(doc)));
		return;
	}
	char *lower = aisp_kube__alloc(k, kind.n + 1, 1);
	for (size_t i = 0; lower && i < kind.n; i++)
		lower[i] = (char)(kind.p[i] >= 'A' && kind.p[i] <= 'Z' ? kind.p[i] + 32 : kind.p[i]);
	o.kind = aisp_slice_of(lower, lower ? kind.n : 0);
	if (is_other_groups(o.kind, o.group))
		o.kind = aisp_emit_fmt(k->e, "%.*s.%.*s", AISP_FMT(o.kind), AISP_FMT(o.group));
	KUBE_PUSH(k, &k->objects, o);
}

static void add_one(struct aisp_kube *k, struct aisp_slice path, const struct aisp_doc *doc, struct aisp_slice pointer,
                    unsigned depth)
{
	struct aisp_slice kind = aisp_doc_getstr(doc, "kind");
	const struct aisp_doc *items = aisp_doc_get(doc, "items");

	if (!aisp_kube_is(doc) || k->e->bad)
		return;
	if (items && items->type == AISP_DOC_ARR && aisp_slice_ends(kind, AISP_S("List"))) {
		for (uint32_t i = 0; i < items->n; i++) {
			if (depth >= MAX_LIST_DEPTH)
				break;
			add_one(k, path, &items->items[i], aisp_emit_fmt(k->e, "%.*s/items/%u", AISP_FMT(pointer), i), depth + 1);
		}
		return;
	}
	if (aisp_slice_eqz(kind, "Kustomization")) {
		struct kube_folder f = {.dir = aisp_slice_dirname(path), .ns = aisp_doc_getstr(doc, "namespace")};
		if (f.ns.n)
			KUBE_PUSH(k, &k->folders, f);
		return;
	}
	if (k->objects.n < MAX_OBJECTS) {
		add_object(k, path, doc, pointer);
	} else if (!k->full) {
		k->full = true;
		aisp_emit_gap(k->e, path, AISP_E_LIMIT, AISP_S("more Kubernetes objects than one scan reads"));
	}
}

void aisp_kube_add(struct aisp_kube *k, struct aisp_slice path, const struct aisp_doc *doc)
{
	add_one(k, path, doc, AISP_S(""), 0);
}

struct aisp_place aisp_kube__place(struct aisp_kube *k, const struct kube_object *o, const struct aisp_doc *at, const char *pointer)
{
	return (struct aisp_place){
		.path = o->path,
		.line = at ? aisp_doc_line(at) : aisp_doc_line(o->d),
		.pointer = pointer && pointer[0] ? aisp_emit_fmt(k->e, "%.*s%s", AISP_FMT(o->pointer), pointer) : o->pointer,
	};
}

struct aisp_slice aisp_kube__id(struct aisp_kube *k, struct aisp_slice ns, const char *kind, struct aisp_slice name)
{
	return aisp_emit_fmt(k->e, "k8s://%.*s/%.*s/%s/%.*s", AISP_FMT(k->e->cluster), AISP_FMT(ns), kind, AISP_FMT(name));
}

const struct kube_object *aisp_kube__find(const struct aisp_kube *k, struct aisp_slice id)
{
	aisp_sym s = aisp_symtab_find(k->ids, id);

	return s && s <= k->by_id.n && k->by_id.v[s - 1] ? &k->objects.v[k->by_id.v[s - 1] - 1] : NULL;
}

const struct aisp_doc *aisp_kube__annotation(const struct kube_object *o, const char *name)
{
	return aisp_doc_get(aisp_doc_path(o->d, "metadata.annotations"), name);
}

/* Labels and selectors. */

static struct aisp_slice text_value(struct aisp_kube *k, const struct aisp_doc *d)
{
	if (d && d->type == AISP_DOC_BOOL)
		return aisp_slice_z(d->b ? "true" : "false");
	if (d && d->type == AISP_DOC_INT)
		return aisp_emit_fmt(k->e, "%lld", (long long)d->i);
	struct aisp_slice s = aisp_doc_str(d);
	return s.p ? s : AISP_S("");
}

struct aisp_labels aisp_kube__labels(struct aisp_kube *k, const struct aisp_doc *map)
{
	struct aisp_labels l = {0};
	uint32_t n = map && map->type == AISP_DOC_OBJ ? map->n : 0;
	struct aisp_label *v = n ? aisp_kube__alloc(k, n, sizeof *v) : NULL;

	for (uint32_t i = 0; v && i < n; i++)
		v[i] = (struct aisp_label){map->members[i].key, text_value(k, &map->members[i].value)};
	l.v = v;
	l.n = v ? n : 0;
	return l;
}

static struct aisp_requirement equals(struct aisp_kube *k, const struct aisp_member *m)
{
	struct aisp_slice *value = aisp_kube__alloc(k, 1, sizeof *value);

	if (value)
		*value = text_value(k, &m->value);
	return (struct aisp_requirement){.key = m->key, .op = AISP_SEL_IN, .values = value, .n = value != NULL};
}

static struct aisp_requirement expression(struct aisp_kube *k, const struct aisp_doc *d)
{
	static const struct {
		const char *name;
		enum aisp_selector_op op;
	} ops[] = {{"In", AISP_SEL_IN}, {"NotIn", AISP_SEL_NOT_IN}, {"Exists", AISP_SEL_EXISTS}, {"DoesNotExist", AISP_SEL_NOT_EXISTS}};
	const struct aisp_doc *values = aisp_doc_get(d, "values");
	uint32_t n = aisp_doc_count(values);
	struct aisp_slice *v = aisp_kube__alloc(k, n, sizeof *v);
	struct aisp_requirement r = {.key = aisp_doc_getstr(d, "key"), .op = AISP_SEL_INVALID, .values = v, .n = v ? n : 0};

	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(d, "operator"), ops[i].name))
			r.op = ops[i].op;
	for (uint32_t i = 0; v && i < n; i++)
		v[i] = text_value(k, aisp_doc_at(values, i));
	return r;
}

struct aisp_selector aisp_kube__selector(struct aisp_kube *k, const struct aisp_doc *d)
{
	const struct aisp_doc *labels = aisp_doc_get(d, "matchLabels"), *exprs = aisp_doc_get(d, "matchExpressions");
	size_t n = 0, n_labels = labels && labels->type == AISP_DOC_OBJ ? labels->n : 0;
	size_t n_exprs = exprs && exprs->type == AISP_DOC_ARR ? exprs->n : 0;
	struct aisp_requirement *v = aisp_kube__alloc(k, n_labels + n_exprs, sizeof *v);

	for (size_t i = 0; v && i < n_labels; i++)
		v[n++] = equals(k, &labels->members[i]);
	for (size_t i = 0; v && i < n_exprs; i++)
		v[n++] = expression(k, &exprs->items[i]);
	return (struct aisp_selector){.v = v, .n = n};
}

struct aisp_selector aisp_kube__selector_of_map(struct aisp_kube *k, const struct aisp_doc *map)
{
	size_t n = map && map->type == AISP_DOC_OBJ ? map->n : 0;
	struct aisp_requirement *v = aisp_kube__alloc(k, n, sizeof *v);

	for (size_t i = 0; v && i < n; i++)
		v[i] = equals(k, &map->members[i]);
	return (struct aisp_selector){.v = v, .n = v ? n : 0};
}

/* Namespaces, with the networks that go with them. */

static void add_tenants(struct aisp_kube *k, struct aisp_kube__namespace *ns, const struct aisp_place *at)
{
	static const char *const keys[] = {"tenant", "environment", "env", "app.kubernetes.io/environment", "stage"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct aisp_slice v = aisp_labels_get(&ns->labels, aisp_slice_z(keys[i]));
		if (v.n == 0 || v.n > 200)
			continue;
		aisp_emit_str(k->e, ns->node, i == 0 ? "tenant" : "environment", v);
		if (ns->tenant) /* who calls its namespace a tenant means that, not the environment */
			continue;
		ns->tenant = aisp_emit_node(k->e, AISP_NODE_TENANT, aisp_emit_fmt(k->e, "tenant://%.*s", AISP_FMT(v)), at);
		aisp_emit_str(k->e, ns->tenant, "name", v);
		aisp_emit_edge(k->e, ns->tenant, AISP_EDGE_ATTACHED_TO, ns->network, at);
	}
}

static void name_label(struct aisp_kube *k, struct aisp_kube__namespace *ns)
{
	struct aisp_label *v = aisp_kube__alloc(k, ns->labels.n + 1, sizeof *v);

	if (!v)
		return;
	if (ns->labels.n)
		memcpy(v, ns->labels.v, ns->labels.n * sizeof *v);
	v[ns->labels.n] = (struct aisp_label){AISP_S("kubernetes.io/metadata.name"), ns->name};
	ns->labels = (struct aisp_labels){v, ns->labels.n + 1};
}

struct aisp_kube__namespace *aisp_kube__namespace(struct aisp_kube *k, struct aisp_slice name, const struct aisp_place *at)
{
	aisp_sym sym = aisp_symtab_find(k->ns_ids, name);
	struct aisp_err err = {0};

	if (sym && sym <= k->namespaces.n)
		return &k->namespaces.v[sym - 1];
	if (name.n == 0 || k->e->bad)
		return NULL;
	struct aisp_kube__namespace ns = {.name = name};
	ns.o = aisp_kube__find(k, aisp_kube__id(k, AISP_S("-"), "namespace", name));
	struct aisp_place own = ns.o ? aisp_kube__place(k, ns.o, NULL, "") : *at;
	ns.labels = aisp_kube__labels(k, ns.o ? aisp_doc_path(ns.o->d, "metadata.labels") : NULL);
	name_label(k, &ns);
	ns.node = aisp_emit_node(k->e, AISP_NODE_NAMESPACE,
	                         aisp_emit_fmt(k->e, "k8s://%.*s/%.*s", AISP_FMT(k->e->cluster), AISP_FMT(name)), &own);
	aisp_emit_str(k->e, ns.node, "name", name);
	aisp_emit_edge(k->e, k->cluster, AISP_EDGE_CONTAINS, ns.node, &own);
	ns.network = aisp_emit_node(k->e, AISP_NODE_NETWORK,
	                            aisp_emit_fmt(k->e, "network://k8s/%.*s/%.*s", AISP_FMT(k->e->cluster), AISP_FMT(name)), &own);
	aisp_emit_str(k->e, ns.network, "name", aisp_emit_fmt(k->e, "namespace %.*s", AISP_FMT(name)));
	aisp_emit_edge(k->e, ns.network, AISP_EDGE_ATTACHED_TO, k->cluster_network, &own);
	add_tenants(k, &ns, &own);
	aisp_emit_fail(k->e, aisp_symtab_add(k->ns_ids, name, &sym, &err), &err);
	if (k->e->bad || !KUBE_PUSH(k, &k->namespaces, ns))
		return NULL;
	return &k->namespaces.v[k->namespaces.n - 1];
}

aisp_node aisp_kube__service_account(struct aisp_kube *k, struct aisp_slice ns, struct aisp_slice name, const struct aisp_place *at)
{
	struct aisp_slice id = aisp_kube__id(k, ns, "serviceaccount", name);
	aisp_node n = k->e->bad ? 0 : aisp_graph_find(k->e->g, id);

	if (n)
		return n;
	struct aisp_kube__namespace *space = aisp_kube__namespace(k, ns, at);
	n = aisp_emit_node(k->e, AISP_NODE_SERVICE_ACCOUNT, id, at);
	aisp_emit_str(k->e, n, "name", name);
	aisp_emit_edge(k->e, space ? space->node : 0, AISP_EDGE_CONTAINS, n, at);
	return n;
}

const struct kube_object *aisp_kube__controller(struct aisp_kube *k, const struct kube_object *o)
{
	const struct aisp_doc *owners = aisp_doc_path(o->d, "metadata.ownerReferences");

	for (uint32_t i = 0; owners && owners->type == AISP_DOC_ARR && i < owners->n; i++) {
		const struct aisp_doc *owner = &owners->items[i];
		if (!aisp_doc_bool(aisp_doc_get(owner, "controller"), false))
			continue;
		struct aisp_slice kind = aisp_doc_getstr(owner, "kind"), name = aisp_doc_getstr(owner, "name"), group = group_of(owner);
		char lower[128];
		if (kind.n >= sizeof lower)
			continue;
		for (size_t n = 0; n < kind.n; n++)
			lower[n] = (char)(kind.p[n] >= 'A' && kind.p[n] <= 'Z' ? kind.p[n] + 32 : kind.p[n]);
		lower[kind.n] = '\0';
		struct aisp_slice word = aisp_slice_of(lower, kind.n);
		if (is_other_groups(word, group))
			word = aisp_emit_fmt(k->e, "%s.%.*s", lower, AISP_FMT(group));
		const struct kube_object *up = word.p ? aisp_kube__find(k, aisp_kube__id(k, o->ns, word.p, name)) : NULL;
		if (up && up != o)
			return up;
	}
	return NULL;
}

/* Which objects have no namespace. */
static bool is_cluster_wide(struct aisp_slice kind)
{
	static const char *const kinds[] = {"namespace", "node", "clusterrole", "clusterrolebinding", "persistentvolume",
	                                    "storageclass", "ingressclass", "customresourcedefinition", "priorityclass",
	                                    "validatingwebhookconfiguration", "mutatingwebhookconfiguration",
	                                    "clustersecretstore", "clusterissuer", "gatewayclass", "adminnetworkpolicy",
	                                    "baselineadminnetworkpolicy", "clusternetworkpolicy", "validatingadmissionpolicy",
	                                    "validatingadmissionpolicybinding", "mutatingadmissionpolicy", "mutatingadmissionpolicybinding",
	                                    "clusterservingruntime", "clusterstoragecontainer", "clusterworkflowtemplate",
	                                    "clustertrainingruntime", "apiservice", "certificatesigningrequest", "runtimeclass"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (aisp_slice_eqz(kind, kinds[i]))
			return true;
	return false;
}

/* Manifests without a namespace go where kubectl would put them: the folder's kustomization says, else "default". */
static void identify(struct aisp_kube *k)
{
	struct aisp_err err = {0};

	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		struct kube_object *o = &k->objects.v[i];
		aisp_sym sym = 0;
		o->ns = aisp_doc_str(aisp_doc_path(o->d, "metadata.namespace"));
		for (size_t f = 0; f < k->folders.n; f++)
			if (aisp_slice_eq(k->folders.v[f].dir, aisp_slice_dirname(o->path)))
				o->ns = k->folders.v[f].ns;
		if (is_cluster_wide(o->kind))
			o->ns = AISP_S("-");
		else if (o->ns.n == 0)
			o->ns = AISP_S("default");
		o->id = aisp_emit_fmt(k->e, "k8s://%.*s/%.*s/%.*s/%.*s", AISP_FMT(k->e->cluster), AISP_FMT(o->ns), AISP_FMT(o->kind),
		                      AISP_FMT(o->name));
		aisp_emit_fail(k->e, aisp_symtab_add(k->ids, o->id, &sym, &err), &err);
		while (!k->e->bad && k->by_id.n < sym)
			KUBE_PUSH(k, &k->by_id, 0);
		if (!k->e->bad && sym && k->by_id.v[sym - 1] == 0)
			k->by_id.v[sym - 1] = (uint32_t)i + 1;
		if (k->e->form == AISP_EV_API) { /* the object itself is where it stands */
			o->path = o->id;
			o->pointer = AISP_S("");
		}
	}
}

/* Kinds that change who reaches what and are not read: said, so that "no path" is not taken for an answer. */
static void tell_unread(struct aisp_kube *k)
{
	static const struct {
		const char *kind, *what;
	} unread[] = {
		{"ingressroute", "exposure through Traefik's IngressRoute is not known"},
		{"virtualservice", "exposure through Istio is not known"},
		{"route", "exposure through OpenShift's Route is not known"},
		{"ciliumnetworkpolicy", "who may connect may differ: Cilium's policies are not read"},
		{"ciliumclusterwidenetworkpolicy", "who may connect may differ: Cilium's policies are not read"},
		{"authorizationpolicy", "who may connect may differ: Istio's policies are not read"},
	};

	for (size_t i = 0; i < k->objects.n; i++)
		for (size_t u = 0; u < sizeof unread / sizeof *unread; u++)
			if (aisp_slice_eqz(k->objects.v[i].kind, unread[u].kind))
				aisp_emit_gap(k->e, k->objects.v[i].id, AISP_E_PARSE, aisp_slice_z(unread[u].what));
}

static void add_plain_objects(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n; i++) {
		struct kube_object *o = &k->objects.v[i];
		struct aisp_place at = aisp_kube__place(k, o, NULL, "");
		if (aisp_slice_eqz(o->kind, "namespace")) {
			const struct aisp_kube__namespace *ns = aisp_kube__namespace(k, o->name, &at);
			o->node = ns ? ns->node : 0;
		}
		if (!aisp_slice_eqz(o->kind, "serviceaccount"))
			continue;
		o->node = aisp_kube__service_account(k, o->ns, o->name, &at);
		aisp_emit_edge(k->e, aisp_emit_file(k->e, o->path), AISP_EDGE_DEFINES, o->node, &at);
		if (!aisp_doc_bool(aisp_doc_get(o->d, "automountServiceAccountToken"), true))
			aisp_emit_bool(k->e, o->node, "automount_token", false);
	}
}

/* Who is said to own an object. Only these names: other annotations may hold anything. */
static void add_owners(struct aisp_kube *k)
{
	static const char *const names[] = {"backstage.io/owner", "owner", "team", "owned-by"}, *const lists[] = {"metadata.annotations", "metadata.labels"},
				 *const props[] = {"owner_annotations", "owner_labels"};
	for (size_t i = 0; i < k->objects.n; i++)
		for (size_t l = 0; k->objects.v[i].node && l < 2; l++) {
			const struct aisp_doc *list = aisp_doc_path(k->objects.v[i].d, lists[l]);
			for (size_t n = 0; list && n < sizeof names / sizeof *names; n++) {
				const struct aisp_slice who = aisp_slice_trim(aisp_doc_getstr(list, names[n]));
				/* Helm marks what it stores of a release with owner=helm. */
				if (who.n && who.n <= 200 && !aisp_slice_eqz(who, "helm"))
					aisp_emit_item(k->e, k->objects.v[i].node, props[l], aisp_emit_fmt(k->e, "%s=%.*s", names[n], AISP_FMT(who)));
			}
		}
}

void aisp_kube_finish(struct aisp_kube *k)
{
	struct aisp_emit *e = k->e;

	if (e->bad || k->objects.n == 0)
		return;
	struct aisp_place at = {.path = k->objects.v[0].path, .line = aisp_doc_line(k->objects.v[0].d)};
	identify(k);
	k->cluster = aisp_emit_node(e, AISP_NODE_CLUSTER, aisp_emit_fmt(e, "k8s://%.*s", AISP_FMT(e->cluster)), &at);
	aisp_emit_str(e, k->cluster, "name", e->cluster);
	k->cluster_network = aisp_emit_node(e, AISP_NODE_NETWORK, aisp_emit_fmt(e, "network://k8s/%.*s", AISP_FMT(e->cluster)), &at);
	aisp_emit_str(e, k->cluster_network, "name", aisp_emit_fmt(e, "cluster %.*s", AISP_FMT(e->cluster)));
	add_plain_objects(k);
	aisp_kube__add_nodes(k);
	aisp_kube__add_stores(k);
	aisp_kube__add_workloads(k);
	aisp_kube__read_policies(k);
	aisp_kube__add_services(k);
	aisp_kube__add_policies(k);
	aisp_kube__add_ingresses(k);
	aisp_kube__add_gateways(k);
	aisp_kube__add_admission(k);
	aisp_kube__add_rbac(k);
	add_owners(k);
	tell_unread(k);
}
