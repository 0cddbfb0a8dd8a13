/* From powers (access/kubernetes/effects.h) to arrows: which objects of the cluster a power is about, one arrow to each or, for
 * more than a few, one to a set that INCLUDES them. Sets are shared by all subjects: a large cluster stays small.
 */
#include "collect/files/kube_rights.h"
#include <stdlib.h>

enum { FEW = 64, VERY_FEW = 8, MANY_SUBJECTS = 2000, MAX_HOLDERS = 10000, ARROW_STEPS = 100 };

static int by_ns(const void *a, const void *b)
{
	const struct aisp_kube__object *x = a, *y = b;
	int c = aisp_slice_cmp(x->ns, y->ns);

	return c ? c : aisp_slice_cmp(x->name, y->name);
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct aisp_kube__object *v = ctx, *x = &v[*(const uint32_t *)a], *y = &v[*(const uint32_t *)b];
	int c = aisp_slice_cmp(x->name, y->name);

	return c ? c : aisp_slice_cmp(x->ns, y->ns);
}

static int by_pod(const void *a, const void *b)
{
	const struct aisp_kube__pod *x = a, *y = b;
	int c = aisp_slice_cmp(x->ns, y->ns);

	return c ? c : aisp_slice_cmp(x->name, y->name);
}

/* "k8s://CLUSTER/NS/KIND/NAME" → the parts. */
bool aisp_kube__split_id(const struct aisp_kube *k, struct aisp_slice id, struct aisp_slice *ns, struct aisp_slice *kind, struct aisp_slice *name)
{
	struct aisp_slice rest = aisp_slice_from(id, 6 + k->e->cluster.n);

	if (!aisp_slice_starts(id, AISP_S("k8s://")) || rest.n == 0 || rest.p[0] != '/' ||
	    !aisp_slice_starts(aisp_slice_from(id, 6), k->e->cluster))
		return false;
	rest = aisp_slice_from(rest, 1);
	if (!aisp_slice_split(&rest, '/', ns) || !rest.p || !aisp_slice_split(&rest, '/', kind) || !rest.p)
		return false;
	*name = rest;
	return true;
}

static const struct {
	enum aisp_node_kind node;
	const char *kind; /* in the id */
	enum aisp_rbac_target target;
	const char *set;
} object_kinds[] = {
	{AISP_NODE_SECRET, "secret", AISP_RBAC_SECRET, "secrets"},
	{AISP_NODE_CONFIG_MAP, "configmap", AISP_RBAC_CONFIG_MAP, "config maps"},
	{AISP_NODE_SERVICE_ACCOUNT, "serviceaccount", AISP_RBAC_ACCOUNT, "service accounts"},
	{AISP_NODE_USER, "user", AISP_RBAC_USERS, "users"},
	{AISP_NODE_GROUP, "group", AISP_RBAC_GROUPS, "groups"},
	{AISP_NODE_SERVICE, "service", AISP_RBAC_SERVICE, "services"},
	{AISP_NODE_MACHINE, "node", AISP_RBAC_NODE, "nodes"},
};

static void read_node(struct aisp_kube__rights *b, aisp_node n)
{
	struct aisp_kube *k = b->k;
	struct aisp_node_view v = aisp_graph_node_at(k->e->g, n);
	struct aisp_kube__object o = {.node = n};
	struct aisp_slice ns, kind, name;

	if (!v.alive || !aisp_kube__split_id(k, v.id, &ns, &kind, &name))
		return;
	for (size_t i = 0; i < sizeof object_kinds / sizeof *object_kinds; i++) {
		if (v.kind != object_kinds[i].node || !aisp_slice_eqz(kind, object_kinds[i].kind))
			continue;
		if (v.kind == AISP_NODE_GROUP && aisp_slice_eqz(name, "system:masters"))
			continue;
		o.ns = aisp_slice_eqz(ns, "-") ? AISP_S("") : aisp_emit_dup(k->e, ns);
		o.name = aisp_emit_dup(k->e, name);
		KUBE_PUSH(k, &b->objects[object_kinds[i].target].v, o);
		if (v.kind == AISP_NODE_USER && aisp_slice_starts(name, AISP_S("system:node:")))
			KUBE_PUSH(k, &b->objects[AISP_RBAC_NODE_USER].v, o);
	}
}

/* The pods that are here, and those that a StatefulSet is sure to have. */
static void read_pods(struct aisp_kube__rights *b, const uint32_t *workload_of)
{
	struct aisp_kube *k = b->k;

	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (!aisp_slice_eqz(o->kind, "pod"))
			continue;
		uint32_t w = workload_of[aisp_kube__maker(k, o) - k->objects.v];
		struct aisp_slice machine = aisp_doc_str(aisp_doc_path(o->d, "spec.nodeName"));
		if (w)
			KUBE_PUSH(k, &b->pods, (struct aisp_kube__pod){o->ns, o->name, machine, w - 1});
	}
	for (size_t i = 0; i < k->workloads.n && !k->e->bad; i++) {
		const struct kube_object *o = k->workloads.v[i].o;
		int64_t n = aisp_slice_eqz(o->kind, "statefulset") ? aisp_doc_int(aisp_doc_path(o->d, "spec.replicas"), 1) : 0;
		for (int64_t r = 0; r < n && r < 1000 && !k->e->bad; r++)
			KUBE_PUSH(k, &b->pods, (struct aisp_kube__pod){o->ns, aisp_emit_fmt(k->e, "%.*s-%lld", AISP_FMT(o->name), (long long)r),
			                                              {0}, (uint32_t)i});
	}
	if (b->pods.n)
		qsort(b->pods.v, b->pods.n, sizeof *b->pods.v, by_pod);
}

void aisp_kube__read_objects(struct aisp_kube__rights *b)
{
	struct aisp_kube *k = b->k;
	uint32_t count = k->e->bad ? 0 : aisp_graph_node_count(k->e->g);
	uint32_t *workload_of = aisp_kube__alloc(k, k->objects.n + 1, sizeof *workload_of);

	for (size_t i = 0; workload_of && i < k->workloads.n; i++) {
		const struct kube_object *o = k->workloads.v[i].o;
		const uintptr_t at = (uintptr_t)o - (uintptr_t)k->objects.v; /* further pods of one object are not in the vector */
		if (at < k->objects.n * sizeof *o)
			workload_of[at / sizeof *o] = (uint32_t)i + 1;
		KUBE_PUSH(k, &b->objects[AISP_RBAC_WORKLOAD].v, (struct aisp_kube__object){o->ns, o->name, o->node, (uint32_t)i});
	}
	for (uint32_t n = 1; n <= count && !k->e->bad; n++)
		read_node(b, n);
	if (workload_of)
		read_pods(b, workload_of);
	for (size_t t = 0; t < AISP_RBAC_TARGET_END; t++) {
		struct aisp_kube__objects *x = &b->objects[t];
		x->by_name = aisp_kube__alloc(k, x->v.n, sizeof *x->by_name);
		if (!x->by_name || x->v.n == 0)
			continue;
		qsort(x->v.v, x->v.n, sizeof *x->v.v, by_ns);
		for (size_t i = 0; i < x->v.n; i++)
			x->by_name[i] = (uint32_t)i;
		qsort_r(x->by_name, x->v.n, sizeof *x->by_name, by_name, x->v.v);
	}
	b->keys = aisp_symtab_new();
	b->holder_keys = aisp_symtab_new();
	if (!b->keys || !b->holder_keys)
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
}

void aisp_kube__done_objects(struct aisp_kube__rights *b)
{
	for (size_t t = 0; t < AISP_RBAC_TARGET_END; t++)
		aisp_vec_done(&b->objects[t].v);
	aisp_vec_done(&b->pods);
	aisp_vec_done(&b->targets);
	aisp_vec_done(&b->pool);
	aisp_vec_done(&b->hits);
	aisp_vec_done(&b->holders);
	aisp_symtab_free(b->keys);
	aisp_symtab_free(b->holder_keys);
}

/* Which objects. */

static bool takes_input(const struct kube_workload *w)
{
	const struct aisp_doc *list = aisp_doc_get(w->spec, "containers");

	for (uint32_t i = 0; i < aisp_doc_count(list); i++)
		if (aisp_doc_bool(aisp_doc_get(aisp_doc_at(list, i), "stdin"), false))
			return true;
	return false;
}

static bool fits(const struct aisp_kube__rights *b, const struct aisp_rbac_power *p, const struct aisp_kube__object *o)
{
	if (p->ns.n && o->ns.n && !aisp_slice_eq(p->ns, o->ns))
		return false;
	if (p->target != AISP_RBAC_WORKLOAD)
		return true;
	const struct kube_workload *w = &b->k->workloads.v[o->workload];
	if (p->kind && !aisp_slice_eqz(w->o->kind, p->kind))
		return false;
	return p->effect != AISP_RBAC_ATTACHES || takes_input(w);
}

/* Of the steps that deciding may take. */
static void spend(struct aisp_kube__rights *b, uint64_t steps)
{
	b->world.budget -= b->world.budget < steps ? b->world.budget : steps;
}

static void hit(struct aisp_kube__rights *b, aisp_node n)
{
	for (size_t i = 0; i < b->hits.n && i < 1000; i++)
		if (b->hits.v[i] == n)
			return;
	spend(b, b->hits.n < 1000 ? b->hits.n / 8 : 125);
	KUBE_PUSH(b->k, &b->hits, n);
}

static void hit_all(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	const struct aisp_kube__objects *x = &b->objects[p->target];
	size_t low = 0, high = x->v.n;

	if (p->ns.n && x->v.n && x->v.v[x->v.n - 1].ns.n) { /* the first of the namespace */
		while (low < high) {
			size_t mid = (low + high) / 2;
			if (aisp_slice_cmp(x->v.v[mid].ns, p->ns) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		high = x->v.n;
	}
	for (; low < high; low++) {
		if (p->ns.n && x->v.v[low].ns.n && !aisp_slice_eq(x->v.v[low].ns, p->ns))
			break;
		if (fits(b, p, &x->v.v[low]))
			KUBE_PUSH(b->k, &b->hits, x->v.v[low].node);
	}
}

/* Objects of this name, in the namespace or all. */
static void hit_name(struct aisp_kube__rights *b, const struct aisp_rbac_power *p, struct aisp_slice name)
{
	const struct aisp_kube__objects *x = &b->objects[p->target];
	size_t low = 0, high = x->v.n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (aisp_slice_cmp(x->v.v[x->by_name[mid]].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < x->v.n && b->world.budget && aisp_slice_eq(x->v.v[x->by_name[low]].name, name); low++, b->world.budget--)
		if (fits(b, p, &x->v.v[x->by_name[low]]))
			hit(b, x->v.v[x->by_name[low]].node);
}

static void hit_pod(struct aisp_kube__rights *b, const struct aisp_rbac_power *p, struct aisp_slice name)
{
	size_t low = 0, high = b->pods.n;

	while (p->ns.n && low < high) {
		size_t mid = (low + high) / 2;
		if (by_pod(&b->pods.v[mid], &(struct aisp_kube__pod){.ns = p->ns, .name = name}) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < b->pods.n && b->world.budget; low++, b->world.budget--) {
		const struct aisp_kube__pod *pod = &b->pods.v[low];
		const struct kube_object *o = b->k->workloads.v[pod->workload].o;
		if (p->ns.n && (!aisp_slice_eq(pod->ns, p->ns) || !aisp_slice_eq(pod->name, name)))
			break;
		if (aisp_slice_eq(pod->name, name) && fits(b, p, &(struct aisp_kube__object){o->ns, o->name, o->node, pod->workload}))
			hit(b, o->node);
	}
}

static void hit_machine(struct aisp_kube__rights *b, struct aisp_slice machine)
{
	for (size_t i = 0; i < b->pods.n && b->world.budget; i++, b->world.budget--)
		if (aisp_slice_eq(b->pods.v[i].machine, machine))
			hit(b, b->k->workloads.v[b->pods.v[i].workload].o->node);
}

static void hit_names(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	for (size_t i = 0; i < p->names.n && i < 10000 && !b->k->e->bad; i++) {
		if (p->effect == AISP_RBAC_PROXIES_NODE)
			hit_machine(b, p->names.v[i]);
		else if (p->names_pods)
			hit_pod(b, p, p->names.v[i]);
		else
			hit_name(b, p, p->names.v[i]);
	}
}

/* Sets. */

static const char *word_of(enum aisp_rbac_target target)
{
	for (size_t i = 0; i < sizeof object_kinds / sizeof *object_kinds; i++)
		if (object_kinds[i].target == target)
			return object_kinds[i].set;
	return target == AISP_RBAC_NODE_USER ? "kubelets" : "workloads";
}

static struct aisp_slice hyphens(struct aisp_kube *k, struct aisp_slice text)
{
	char *p = aisp_kube__alloc(k, text.n + 1, 1);

	for (size_t i = 0; p && i < text.n; i++)
		p[i] = (char)(text.p[i] == ' ' ? '-' : text.p[i]);
	return p ? aisp_slice_of(p, text.n) : AISP_S("");
}

static aisp_node make_set(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	struct aisp_emit *e = b->k->e;
	const char *word = word_of(p->target), *which = p->effect == AISP_RBAC_ATTACHES ? " that take input" : "";
	struct aisp_slice name = aisp_emit_fmt(e, "all %s%s%s%s", word, which, p->kind ? " of kind " : "", p->kind ? p->kind : "");
	struct aisp_slice id = hyphens(b->k, aisp_slice_from(name, 4));
	struct aisp_place at = b->anywhere;

	aisp_node set = aisp_emit_node(e, AISP_NODE_RESOURCE_SET,
	                               aisp_kube__id(b->k, p->ns.n ? p->ns : AISP_S("-"), "set", id), &at);
	if (p->ns.n)
		name = aisp_emit_fmt(e, "%.*s in namespace %.*s", AISP_FMT(name), AISP_FMT(p->ns));
	aisp_emit_str(e, set, "name", name);
	at.note = AISP_S("is one of them");
	for (size_t i = 0; i < b->hits.n && !e->bad; i++)
		aisp_emit_edge(e, set, AISP_EDGE_INCLUDES, b->hits.v[i], &at);
	aisp_emit_int(e, set, "members", (int64_t)b->hits.n);
	return set;
}

/* The targets of a power without names. */
static struct aisp_kube__targets all_targets(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	struct aisp_slice key = aisp_emit_fmt(b->k->e, "%d %d %s %.*s", (int)p->target, p->effect == AISP_RBAC_ATTACHES, p->kind ? p->kind : "",
	                                      AISP_FMT(p->ns));
	struct aisp_kube__targets t = {0};
	struct aisp_err err = {0};
	aisp_sym sym = 0;

	aisp_emit_fail(b->k->e, aisp_symtab_add(b->keys, key, &sym, &err), &err);
	if (b->k->e->bad)
		return t;
	if (sym <= b->targets.n)
		return b->targets.v[sym - 1];
	b->hits.n = 0;
	hit_all(b, p);
	if (b->hits.n > (aisp_rbac_subject_count(b->rbac, false) + aisp_rbac_subject_count(b->rbac, true) > MANY_SUBJECTS ? VERY_FEW : FEW)) {
		t.set = make_set(b, p);
	} else {
		t.at = b->pool.n;
		t.n = b->hits.n;
		for (size_t i = 0; i < b->hits.n; i++)
			KUBE_PUSH(b->k, &b->pool, b->hits.v[i]);
	}
	KUBE_PUSH(b->k, &b->targets, t);
	return b->k->e->bad ? (struct aisp_kube__targets){0} : t;
}

/* One arrow to each node of the cluster, or to all of them as a set, or to the one that is not known. */
void aisp_kube__to_nodes(struct aisp_kube__rights *b, aisp_node from, enum aisp_edge_kind kind, const struct aisp_edge_in *in,
                         const struct aisp_place *at)
{
	struct aisp_rbac_power p = {.effect = AISP_RBAC_ALL, .target = AISP_RBAC_NODE};
	struct aisp_kube__targets t = all_targets(b, &p);

	if (t.set)
		aisp_emit_edge_in(b->k->e, from, kind, t.set, in, at);
	for (size_t i = 0; i < t.n; i++)
		aisp_emit_edge_in(b->k->e, from, kind, b->pool.v[t.at + i], in, at);
	if (t.set || t.n)
		return;
	if (!b->some_node)
		b->some_node = aisp_kube__some_node(b->k, at);
	aisp_emit_edge_in(b->k->e, from, kind, b->some_node, in, at);
}

/* A node that is not known may run any of the workloads whose pods are not seen on one. */
void aisp_kube__draw_some_node(struct aisp_kube__rights *b)
{
	struct aisp_rbac_power p = {.effect = AISP_RBAC_ALL, .target = AISP_RBAC_WORKLOAD};
	const struct aisp_edge_in in = {.condition = AISP_S("only if its pods run on the same node")};
	struct aisp_place at = b->anywhere;

	if (!b->some_node)
		return;
	at.note = AISP_S("a node can act in the pods that it runs");
	struct aisp_kube__targets t = all_targets(b, &p);
	if (t.set)
		aisp_emit_edge_in(b->k->e, b->some_node, AISP_EDGE_CAN_ASSUME, t.set, &in, &at);
	for (size_t i = 0; i < t.n; i++)
		aisp_emit_edge_in(b->k->e, b->some_node, AISP_EDGE_CAN_ASSUME, b->pool.v[t.at + i], &in, &at);
}

/* Arrows. */

static struct aisp_place rule_place(struct aisp_kube__rights *b, struct aisp_rbac_at at)
{
	const struct kube_object *o = at.role < b->role_objects.n ? b->role_objects.v[at.role] : NULL;

	if (!o)
		return (struct aisp_place){0};
	struct aisp_place p = aisp_kube__place(b->k, o, aisp_doc_at(aisp_doc_get(o->d, "rules"), at.rule), "");
	p.pointer = aisp_emit_fmt(b->k->e, "%.*s/rules/%u", AISP_FMT(o->pointer), at.rule);
	return p;
}

static void more_evidence(struct aisp_kube__rights *b, aisp_edge edge, const struct aisp_place *at)
{
	struct aisp_emit *e = b->k->e;
	struct aisp_err err = {0};
	struct aisp_evidence_in ev = {.source = e->source, .form = e->form ? e->form : AISP_EV_FILE, .locator = at->path, .line = at->line,
	                              .confidence = e->confidence ? e->confidence : AISP_CONF_DECLARED, .pointer = at->pointer, .note = at->note};

	if (edge && at->path.n && !e->bad)
		aisp_emit_fail(e, aisp_graph_edge_evidence(e->g, edge, &ev, &err), &err);
}

struct arrow {
	struct aisp_place at, rule, second;
	struct aisp_edge_in in;
	enum aisp_edge_kind kind;
};

static struct arrow arrow_of(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	static const enum aisp_edge_kind kinds[] = {[AISP_RBAC_GAIN_READ] = AISP_EDGE_CAN_READ, [AISP_RBAC_GAIN_WRITE] = AISP_EDGE_CAN_WRITE,
	                                            [AISP_RBAC_GAIN_ACT] = AISP_EDGE_CAN_ASSUME, [AISP_RBAC_GAIN_CONNECT] = AISP_EDGE_ALLOWS};
	struct arrow a = {.kind = kinds[p->gain], .rule = rule_place(b, p->at), .in = {.control = b->from_control}};

	if (p->binding != AISP_RBAC_NO_BINDING) {
		const struct kube_object *o = b->binding_objects.v[p->binding];
		a.at = aisp_kube__place(b->k, o, aisp_doc_at(aisp_doc_get(o->d, "subjects"), p->subject), "");
		a.at.pointer = aisp_emit_fmt(b->k->e, "%.*s/subjects/%u", AISP_FMT(o->pointer), p->subject);
		a.in.control = p->binding < b->subject_controls.n ? b->subject_controls.v[p->binding][p->subject] : o->id;
	} else {
		a.at = a.rule.path.n ? a.rule : b->anywhere;
		a.rule.path.n = 0;
	}
	if (p->second != AISP_RBAC_NO_BINDING && p->second != p->binding) {
		a.second = aisp_kube__place(b->k, b->binding_objects.v[p->second], NULL, "");
		a.second.note = AISP_S("gives the other right that is needed");
	}
	a.at.note = a.rule.note = aisp_slice_z(aisp_rbac_effect_text(p->effect));
	a.in.condition = aisp_slice_z(p->condition);
	return a;
}

static void shoot(struct aisp_kube__rights *b, const struct arrow *a, aisp_node to)
{
	if (to == b->from || !to || b->world.budget == 0)
		return;
	spend(b, ARROW_STEPS);
	aisp_edge e = aisp_emit_edge_in(b->k->e, b->from, a->kind, to, &a->in, &a->at);
	more_evidence(b, e, &a->rule);
	more_evidence(b, e, &a->second);
}

static aisp_node holder_node(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	struct aisp_emit *e = b->k->e;
	const struct aisp_rbac_role *role = p->held == AISP_RBAC_NO_BINDING ? NULL : &b->roles.v[p->held];
	struct aisp_slice scope = p->held_in == AISP_RBAC_ONE_NS ? p->ns : p->held_in == AISP_RBAC_EVERY_NS ? AISP_S("*") : AISP_S("-"), id, name, where;
	struct aisp_err err = {0};
	aisp_sym sym = 0;

	where = p->held_in == AISP_RBAC_ONE_NS ? aisp_emit_fmt(e, "in namespace %.*s", AISP_FMT(p->ns))
	                                       : aisp_slice_z(p->held_in == AISP_RBAC_EVERY_NS ? "in every namespace" : "in the cluster");
	if (p->target == AISP_RBAC_MASTERS) {
		id = aisp_kube__id(b->k, AISP_S("-"), "group", AISP_S("system:masters"));
		name = AISP_S("system:masters");
	} else if (role) {
		id = aisp_kube__id(b->k, scope, role->ns.n ? "holder/role" : "holder/clusterrole", role->name);
		name = aisp_emit_fmt(e, "whoever holds role %.*s %.*s", AISP_FMT(role->name), AISP_FMT(where));
	} else {
		id = aisp_kube__id(b->k, scope, "holder", AISP_S("every-right"));
		name = aisp_emit_fmt(e, "whoever has every right %.*s", AISP_FMT(where));
	}
	aisp_emit_fail(e, aisp_symtab_add(b->holder_keys, id, &sym, &err), &err);
	if (e->bad)
		return 0;
	if (sym <= b->holders.n)
		return b->holders.v[sym - 1].node;
	struct aisp_kube__holder h = {.role = p->held, .in = p->held_in, .ns = p->held_in == AISP_RBAC_ONE_NS ? p->ns : AISP_S("")};
	if (p->target == AISP_RBAC_MASTERS) {
		h.role = AISP_RBAC_NO_BINDING;
		h.in = AISP_RBAC_CLUSTER;
		h.ns = AISP_S("");
	}
	if (b->holders.n < MAX_HOLDERS) {
		h.node = aisp_emit_node(e, AISP_NODE_GROUP, id, &b->anywhere);
		aisp_emit_str(e, h.node, "name", name);
		if (p->target != AISP_RBAC_MASTERS)
			aisp_emit_bool(e, h.node, "synthetic", true);
	} else if (b->holders.n == MAX_HOLDERS) {
		aisp_emit_gap(e, id, AISP_E_LIMIT, AISP_S("more roles that can be bound than are followed"));
	}
	KUBE_PUSH(b->k, &b->holders, h);
	return h.node;
}

/* Pods on a node: what the namespace's Pod Security level says. False: it cannot be.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
static bool admits(struct aisp_kube__rights *b, struct aisp_rbac_power *p)
{
	struct aisp_place at = b->anywhere;
	const struct aisp_kube__namespace *ns = p->ns.n ? aisp_kube__namespace(b->k, p->ns, &at) : NULL;
	struct aisp_slice level = {0};
	bool open = p->lifts;
	const char *why = NULL;

	if (ns)
		level = aisp_labels_get(&ns->labels, AISP_S("pod-security.kubernetes.io/enforce"));
	for (size_t i = 0; !ns && !open && i < b->k->namespaces.n; i++)
		open = aisp_slice_eqz(aisp_labels_get(&b->k->namespaces.v[i].labels, AISP_S("pod-security.kubernetes.io/enforce")), "privileged");
	if (aisp_slice_eqz(level, "baseline") || aisp_slice_eqz(level, "restricted")) {
		if (!p->lifts)
			return false;
	} else if (!open && !aisp_slice_eqz(level, "privileged")) {
		why = "only if neither the API server's Pod Security default nor an admission policy refuses privileged pods";
	}
	if (!why && b->guarded)
		why = "only if the cluster's admission policies let privileged pods through";
	if (why && p->condition)
		why = aisp_emit_fmt(b->k->e, "%s; and %s", p->condition, why).p;
	if (why)
		p->condition = why;
	return true;
}

static bool there_is(struct aisp_kube__rights *b, const struct aisp_rbac_power *p)
{
	struct aisp_rbac_power w = *p;

	w.target = AISP_RBAC_WORKLOAD;
	w.names = p->if_names;
	if (w.names.n == 0) {
		struct aisp_kube__targets t = all_targets(b, &w);
		return t.set || t.n;
	}
	b->hits.n = 0;
	hit_names(b, &w);
	return b->hits.n > 0;
}

/* Secrets that a rule names and that are not here may be there. */
static void draw_named_secrets(struct aisp_kube__rights *b, const struct aisp_rbac_power *p, struct arrow *a)
{
	a->in.condition = AISP_S("only if the secret is there: it is not among what was read");
	for (size_t i = 0; i < p->names.n && i < 1000 && !b->k->e->bad; i++) {
		if (p->names.v[i].n == 0 || p->names.v[i].n > 253)
			continue;
		b->hits.n = 0;
		hit_name(b, p, p->names.v[i]);
		if (b->hits.n == 0)
			shoot(b, a, aisp_kube__store(b->k, true, p->ns, p->names.v[i], &a->at, NULL));
	}
}

static void draw_targets(struct aisp_kube__rights *b, struct aisp_rbac_power *p)
{
	struct arrow a = arrow_of(b, p);

	if (p->names.n == 0) {
		p->kind = p->target == AISP_RBAC_WORKLOAD ? p->kind : NULL;
		struct aisp_kube__targets t = all_targets(b, p);
		shoot(b, &a, t.set);
		for (size_t i = 0; i < t.n; i++)
			shoot(b, &a, b->pool.v[t.at + i]);
		return;
	}
	b->hits.n = 0;
	hit_names(b, p);
	for (size_t i = 0; i < b->hits.n; i++)
		shoot(b, &a, b->hits.v[i]);
	if (p->effect == AISP_RBAC_READS && p->target == AISP_RBAC_SECRET && p->ns.n && !p->condition)
		draw_named_secrets(b, p, &a);
}

int aisp_kube__draw(void *ctx, const struct aisp_rbac_power *given)
{
	struct aisp_kube__rights *b = ctx;
	struct aisp_rbac_power p = *given;
	struct arrow a;

	if (p.if_any && !there_is(b, &p))
		return b->k->e->bad;
	if (p.effect == AISP_RBAC_POD_ON_NODE && !admits(b, &p))
		return b->k->e->bad;
	if (p.effect == AISP_RBAC_MAPS_AWS && p.names.n == 0 &&
	    !aisp_graph_find(b->k->e->g, aisp_kube__id(b->k, AISP_S("kube-system"), "configmap", AISP_S("aws-auth"))))
		return b->k->e->bad;
	if (p.target == AISP_RBAC_HOLDER || p.target == AISP_RBAC_MASTERS) {
		a = arrow_of(b, &p);
		shoot(b, &a, holder_node(b, &p));
	} else if (p.target == AISP_RBAC_NODE && b->objects[AISP_RBAC_NODE].v.n == 0) {
		a = arrow_of(b, &p);
		if (!b->some_node)
			b->some_node = aisp_kube__some_node(b->k, &b->anywhere);
		shoot(b, &a, b->some_node);
	} else {
		if (p.target == AISP_RBAC_NODE) /* a pod can ask for any node by name */
			p.ns = AISP_S("");
		draw_targets(b, &p);
	}
	return b->k->e->bad;
}

void aisp_kube__add_masters(struct aisp_kube__rights *b)
{
	const struct aisp_rbac_power p = {.target = AISP_RBAC_MASTERS, .held = AISP_RBAC_NO_BINDING, .held_in = AISP_RBAC_CLUSTER};

	holder_node(b, &p);
}

void aisp_kube__draw_holders(struct aisp_kube__rights *b)
{
	for (size_t i = 0; i < b->holders.n && !b->k->e->bad; i++) {
		struct aisp_kube__holder h = b->holders.v[i];
		struct aisp_err err = {0};
		if (!h.node)
			continue;
		b->from = h.node;
		b->from_control = aisp_emit_dup(b->k->e, aisp_graph_node_at(b->k->e->g, h.node).id);
		int code = aisp_rbac_powers_of_role(b->rbac, h.role, h.in, h.ns, &b->world, aisp_kube__draw, b, &err);
		if (code == AISP_E_LIMIT && !b->k->e->bad)
			break;
		if (code < 0 && !b->k->e->bad)
			aisp_emit_fail(b->k->e, code, &err);
	}
}
