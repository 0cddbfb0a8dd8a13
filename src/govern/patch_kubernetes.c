/* Kubernetes: bindings, network policy rules, and other parts of objects, changed by JSON patch. What is there is read right before and saved; a `test` in the patch makes the API server refuse when it
 * is not that any more, and the undo puts back exactly what was saved. Sources: RFC 6902, Kubernetes API reference.
 */
#include "govern/plan_int.h"

struct object {
	struct aisp_slice cluster, ns, kind, name, pointer; /* ns "-": none; pointer: behind '#' */
};
/* k8s://CLUSTER/NS/KIND/NAME[#POINTER] */
static bool read_object(struct aisp_slice c, struct object *o)
{
	if (!aisp_slice_starts(c, AISP_S("k8s://")))
		return false;
	struct aisp_slice rest = aisp_slice_from(c, 6);
	const size_t hash = aisp_slice_chr(rest, '#');
	*o = (struct object){0};
	if (hash != SIZE_MAX) {
		o->pointer = aisp_slice_from(rest, hash + 1);
		rest = aisp_slice_to(rest, hash);
	}
	if (!aisp_slice_split(&rest, '/', &o->cluster) || !aisp_slice_split(&rest, '/', &o->ns) || !aisp_slice_split(&rest, '/', &o->kind) || !rest.n)
		return false;
	o->name = rest;
	return true;
}

static const struct {
	const char *kind, *path, *noun;
} kinds[] = {
	{"rolebinding", "/apis/rbac.authorization.k8s.io/v1", "rolebindings"},
	{"clusterrolebinding", "/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"},
	{"networkpolicy", "/apis/networking.k8s.io/v1", "networkpolicies"},
	{"ingress", "/apis/networking.k8s.io/v1", "ingresses"},
	{"service", "/api/v1", "services"},
	{"pod", "/api/v1", "pods"},
	{"deployment", "/apis/apps/v1", "deployments"},
	{"statefulset", "/apis/apps/v1", "statefulsets"},
	{"daemonset", "/apis/apps/v1", "daemonsets"},
	{"job", "/apis/batch/v1", "jobs"},
	{"cronjob", "/apis/batch/v1", "cronjobs"},
};
static struct aisp_slice path_of(struct aisp_maker *m, const struct object *o)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (aisp_slice_eqz(o->kind, kinds[i].kind))
			return aisp_slice_eqz(o->ns, "-") ? aisp_step__fmt(m, "%s/%s/%.*s", kinds[i].path, kinds[i].noun, AISP_FMT(o->name))
							   : aisp_step__fmt(m, "%s/namespaces/%.*s/%s/%.*s", kinds[i].path, AISP_FMT(o->ns), kinds[i].noun, AISP_FMT(o->name));
	return (struct aisp_slice){0};
}

static bool is_kind(struct aisp_slice c, const char *kind)
{
	struct object o;
	return read_object(c, &o) && aisp_slice_eqz(o.kind, kind);
}
static bool is_subject(struct aisp_slice c)
{
	struct object o;
	return read_object(c, &o) && aisp_slice_starts(o.pointer, AISP_S("/subjects/")) && aisp_slice_ends(o.kind, AISP_S("rolebinding"));
}
static bool is_binding(struct aisp_slice c)
{
	return !is_subject(c) && (is_kind(c, "rolebinding") || is_kind(c, "clusterrolebinding"));
}
static bool is_network(struct aisp_slice c)
{
	struct object o;
	return read_object(c, &o) && aisp_slice_eqz(o.kind, "networkpolicy") && (aisp_slice_starts(o.pointer, AISP_S("/spec/ingress/")) || aisp_slice_starts(o.pointer, AISP_S("/spec/egress/")));
}
static bool is_ingress(struct aisp_slice c)
{
	struct object o;
	return read_object(c, &o) && aisp_slice_eqz(o.kind, "ingress") && aisp_slice_find(o.pointer, AISP_S("/paths/")) != SIZE_MAX;
}
static bool is_account(struct aisp_slice c)
{
	struct object o;
	return read_object(c, &o) && aisp_slice_ends(o.pointer, AISP_S("/serviceAccountName"));
}
static bool is_other(struct aisp_slice c)
{
	struct object o;
	return read_object(c, &o);
}
static bool is_authorizer(struct aisp_slice c)
{
	return aisp_slice_starts(c, AISP_S("authorizer:"));
}

static struct aisp_slice scope(struct aisp_maker *m, const struct object *o)
{
	return aisp_slice_eqz(o->ns, "-") ? AISP_S("") : aisp_step__fmt(m, " -n %.*s", AISP_FMT(o->ns));
}

static struct aisp_slice arguments(struct aisp_maker *m, const struct object *o, struct aisp_slice path, const char *method, const char *body)
{
	if (!body)
		return aisp_step__fmt(m, "{\"cluster\":\"%.*s\",\"method\":\"%s\",\"path\":\"%.*s\"}", AISP_FMT(o->cluster), method, AISP_FMT(path));
	return aisp_step__fmt(m, "{\"cluster\":\"%.*s\",\"method\":\"%s\",\"path\":\"%.*s\",\"content_type\":\"application/json-patch+json\",\"body\":%s}", AISP_FMT(o->cluster), method,
			      AISP_FMT(path), body);
}

/* The part of an object at a pointer is taken out, and put back as it was. */
static int take_out(struct aisp_maker *m, const struct object *o, struct aisp_slice pointer, bool in_list)
{
	const struct aisp_slice path = path_of(m, o), ns = scope(m, o);
	if (!path.p)
		return aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out of %.*s %.*s", AISP_FMT(pointer), AISP_FMT(o->kind), AISP_FMT(o->name)));
	const struct aisp_slice take = aisp_step__fmt(m, "[{\"op\":\"test\",\"path\":\"%.*s\",\"value\":{\"$saved\":\"part\"}},{\"op\":\"remove\",\"path\":\"%.*s\"}]", AISP_FMT(pointer), AISP_FMT(pointer));
	const struct aisp_slice give = aisp_step__fmt(m, "[{\"op\":\"add\",\"path\":\"%.*s\",\"value\":{\"$saved\":\"part\"}}]", AISP_FMT(pointer));
	if (!take.p || !give.p)
		return aisp_step__nomem(m);
	int r = aisp_step__add(m, AISP_DOES, AISP_STEP_KUBERNETES, arguments(m, o, path, "PATCH", take.p),
			       aisp_step__fmt(m, "kubectl patch %.*s %.*s%.*s --type=json -p '[{\"op\":\"remove\",\"path\":\"%.*s\"}]'", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns), AISP_FMT(pointer)));
	if (r == 0)
		r = aisp_step__add(m, AISP_UNDOES, AISP_STEP_KUBERNETES, arguments(m, o, path, "PATCH", give.p),
				   aisp_step__fmt(m, "kubectl patch %.*s %.*s%.*s --type=json -p '[{\"op\":\"add\",\"path\":\"%.*s\",\"value\":(as it was)}]'", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns), AISP_FMT(pointer)));
	/* out of a list, the next item takes its place: the list must lack what was saved */
	const size_t cut = aisp_slice_rchr(pointer, '/');
	const struct aisp_slice list = in_list ? aisp_slice_to(pointer, cut) : pointer;
	const struct aisp_slice before = aisp_step__fmt(m, "{\"at\":\"%.*s\",\"present\":true}", AISP_FMT(pointer));
	const struct aisp_slice after = in_list ? aisp_step__fmt(m, "{\"at\":\"%.*s\",\"lacks\":{\"$saved\":\"part\"}}", AISP_FMT(list)) : aisp_step__fmt(m, "{\"at\":\"%.*s\",\"absent\":true}", AISP_FMT(list));
	return r == 0 ? aisp_step__check(m, AISP_STEP_KUBERNETES, arguments(m, o, path, "GET", NULL),
					 aisp_step__fmt(m, "kubectl get %.*s %.*s%.*s -o json", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns)), before, after,
					 aisp_step__fmt(m, "{\"part\":\"%.*s\"}", AISP_FMT(pointer)))
		      : r;
}

/* Who is bound, for the sentence: names of the subjects. */
static int fill_binding(struct aisp_maker *m)
{
	struct object o;
	AISP_AUTOBUF struct aisp_buf who = {0};
	aisp_buf_init(&who, 4096);
	read_object(m->step->control, &o);
	struct aisp_slice role = {0};
	size_t subjects = 0;
	for (size_t i = 0; i < m->step->n_edges; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->step->edges[i]];
		if (e->kind != AISP_EDGE_BOUND_TO)
			continue;
		role = aisp_slice_basename(aisp_snapshot_text(m->s, m->s->nodes[e->to].id));
		if (subjects++ < 3)
			aisp_buf_printf(&who, "%s%.*s", subjects > 1 ? ", " : "", AISP_FMT(aisp_slice_basename(aisp_snapshot_text(m->s, m->s->nodes[e->from].id))));
	}
	if (subjects > 3)
		aisp_buf_printf(&who, " and %zu more", subjects - 3);
	const bool wide = aisp_slice_eqz(o.ns, "-");
	int r = subjects ? aisp_step__what(m, "%s %.*s%s%.*s: role %.*s for %.*s", wide ? "cluster role binding" : "role binding", AISP_FMT(o.name), wide ? "" : " in ",
					   AISP_FMT(wide ? AISP_S("") : o.ns), AISP_FMT(role), AISP_FMT(aisp_buf_slice(&who)))
			 : aisp_step__what(m, "%s %.*s", wide ? "cluster role binding" : "role binding", AISP_FMT(o.name));
	if (r == 0 && subjects > 1)
		r = aisp_step__note(m, "all %zu subjects of the binding lose it", subjects);
	if (r == 0 && aisp_slice_starts(o.name, AISP_S("system:")))
		r = aisp_step__note(m, "a binding of the cluster itself: the API server may put it back when it starts");
	return r == 0 ? take_out(m, &o, AISP_S("/subjects"), false) : r;
}

/* The BOUND_TO edge of the step; 0. */
static aisp_edge bound(const struct aisp_maker *m)
{
	for (size_t i = 0; i < m->step->n_edges; i++)
		if (m->s->edges[m->step->edges[i]].kind == AISP_EDGE_BOUND_TO)
			return m->step->edges[i];
	return 0;
}

/* Subjects of the binding that are known, and of these how many the plan takes out before this one. */
static void count_subjects(const struct aisp_maker *m, aisp_node role, size_t *ret_known, size_t *ret_before)
{
	struct aisp_slice list, in;
	uint64_t at, other;
	*ret_known = *ret_before = 0;
	if (!aisp_step__item(m->step->control, &list, &at))
		return;
	for (uint32_t i = m->s->in_at[role]; i < m->s->in_at[role + 1]; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->s->in_edges[i]];
		struct aisp_slice rest = e->kind == AISP_EDGE_BOUND_TO ? aisp_snapshot_text(m->s, e->control) : AISP_S("");
		for (size_t found; (found = aisp_slice_find(rest, list)) != SIZE_MAX; rest = aisp_slice_from(rest, found + list.n)) /* "… or …": named twice */
			*ret_known += found + list.n < rest.n && rest.p[found + list.n] == '/';
	}
	for (size_t i = 0; i < m->n_together; i++)
		*ret_before += aisp_step__item(m->together[i], &in, &other) && aisp_slice_eq(in, list) && other > at;
}

/* One subject, told by its content: where the list is in another order by now, the API server refuses. */
static int take_subject(struct aisp_maker *m, const struct object *o, struct aisp_slice subject, bool last)
{
	const struct aisp_slice path = path_of(m, o), ns = scope(m, o), p = o->pointer;
	const struct aisp_slice take = aisp_step__fmt(m, "[{\"op\":\"test\",\"path\":\"%.*s\",\"value\":%.*s},{\"op\":\"remove\",\"path\":\"%.*s\"}]", AISP_FMT(p), AISP_FMT(subject), AISP_FMT(p));
	/* an empty list is left out by the API server: nothing to add to */
	const struct aisp_slice give = last ? aisp_step__fmt(m, "[{\"op\":\"add\",\"path\":\"/subjects\",\"value\":[%.*s]}]", AISP_FMT(subject))
					    : aisp_step__fmt(m, "[{\"op\":\"add\",\"path\":\"%.*s\",\"value\":%.*s}]", AISP_FMT(p), AISP_FMT(subject));
	if (!path.p || !take.p || !give.p)
		return aisp_step__nomem(m);
	int r = aisp_step__add(m, AISP_DOES, AISP_STEP_KUBERNETES, arguments(m, o, path, "PATCH", take.p),
			       aisp_step__fmt(m, "kubectl patch %.*s %.*s%.*s --type=json -p '%.*s'", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns), AISP_FMT(take)));
	if (r == 0)
		r = aisp_step__add(m, AISP_UNDOES, AISP_STEP_KUBERNETES, arguments(m, o, path, "PATCH", give.p),
				   aisp_step__fmt(m, "kubectl patch %.*s %.*s%.*s --type=json -p '%.*s'", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns), AISP_FMT(give)));
	const struct aisp_slice before = aisp_step__fmt(m, "{\"at\":\"/subjects\",\"has\":%.*s}", AISP_FMT(subject));
	const struct aisp_slice after = last ? AISP_S("{\"at\":\"/subjects\",\"absent\":true}") : aisp_step__fmt(m, "{\"at\":\"/subjects\",\"lacks\":%.*s}", AISP_FMT(subject));
	return r == 0 ? aisp_step__check(m, AISP_STEP_KUBERNETES, arguments(m, o, path, "GET", NULL),
					 aisp_step__fmt(m, "kubectl get %.*s %.*s%.*s -o json", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns)), before, after, (struct aisp_slice){0})
		      : r;
}

/* As the API server gives it. */
static struct aisp_slice subject_json(struct aisp_maker *m, struct aisp_slice node)
{
	struct object who;
	if (!read_object(node, &who))
		return (struct aisp_slice){0};
	const struct aisp_slice name = aisp_step__json_str(m, who.name), ns = aisp_step__json_str(m, who.ns);
	if (aisp_slice_eqz(who.kind, "serviceaccount"))
		return aisp_step__fmt(m, "{\"kind\":\"ServiceAccount\",\"name\":%.*s,\"namespace\":%.*s}", AISP_FMT(name), AISP_FMT(ns));
	return aisp_step__fmt(m, "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"%s\",\"name\":%.*s}", aisp_slice_eqz(who.kind, "group") ? "Group" : "User", AISP_FMT(name));
}

static int fill_subject(struct aisp_maker *m)
{
	struct object o;
	const aisp_edge e = bound(m);
	read_object(m->step->control, &o);
	const bool wide = aisp_slice_eqz(o.ns, "-");
	if (!e) {
		int r = aisp_step__what(m, "%.*s of role binding %.*s", AISP_FMT(o.pointer), AISP_FMT(o.name));
		return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out of %.*s %.*s", AISP_FMT(o.pointer), AISP_FMT(o.kind), AISP_FMT(o.name))) : r;
	}
	const struct aisp_slice who = aisp_snapshot_text(m->s, m->s->nodes[m->s->edges[e].from].id), role = aisp_snapshot_text(m->s, m->s->nodes[m->s->edges[e].to].id);
	const struct aisp_slice subject = subject_json(m, who);
	struct object s = {0};
	size_t known, before;
	count_subjects(m, m->s->edges[e].to, &known, &before);
	read_object(who, &s);
	int r = aisp_step__what(m, "%.*s %.*s out of %s %.*s%s%.*s: role %.*s", AISP_FMT(s.kind), AISP_FMT(s.name), wide ? "cluster role binding" : "role binding", AISP_FMT(o.name), wide ? "" : " in ",
				AISP_FMT(wide ? AISP_S("") : o.ns), AISP_FMT(aisp_slice_basename(role)));
	if (r == 0 && known > before + 1)
		r = aisp_step__note(m, "%zu other subject%s of the binding keep%s it", known - before - 1, known - before == 2 ? "" : "s", known - before == 2 ? "s" : "");
	if (r == 0 && aisp_slice_starts(o.name, AISP_S("system:")))
		r = aisp_step__note(m, "a binding of the cluster itself: the API server may put it back when it starts");
	if (r == 0 && !subject.p)
		return aisp_step__nomem(m);
	return r == 0 ? take_subject(m, &o, subject, known <= before + 1) : r;
}

static int fill_network(struct aisp_maker *m)
{
	struct object o;
	read_object(m->step->control, &o);
	int r = aisp_step__what(m, "rule %.*s of network policy %.*s in %.*s", AISP_FMT(aisp_slice_from(o.pointer, 6)), AISP_FMT(o.name), AISP_FMT(o.ns));
	return r == 0 ? take_out(m, &o, o.pointer, true) : r;
}

static int fill_ingress(struct aisp_maker *m)
{
	struct object o;
	read_object(m->step->control, &o);
	int r = aisp_step__what(m, "path %.*s of ingress %.*s in %.*s", AISP_FMT(o.pointer), AISP_FMT(o.name), AISP_FMT(o.ns));
	if (r == 0)
		r = aisp_step__note(m, "nobody reaches the service from outside any more; a rule must keep one path, else remove the whole rule");
	return r == 0 ? take_out(m, &o, o.pointer, true) : r;
}

static int manual_part(struct aisp_maker *m, const char *why)
{
	struct object o;
	read_object(m->step->control, &o);
	int r = o.pointer.n ? aisp_step__what(m, "%.*s of %.*s %.*s in %.*s", AISP_FMT(o.pointer), AISP_FMT(o.kind), AISP_FMT(o.name), AISP_FMT(o.ns))
			    : aisp_step__what(m, "%.*s %.*s in %.*s", AISP_FMT(o.kind), AISP_FMT(o.name), AISP_FMT(o.ns));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "%s (%.*s)", why, AISP_FMT(m->step->control))) : r;
}

static int fill_account(struct aisp_maker *m)
{
	return manual_part(m, "Give the workload a service account of its own without these rights; its pods are made anew");
}
static int fill_other(struct aisp_maker *m)
{
	return manual_part(m, "Change this part of the object; what it should be instead only its owner can say");
}
static int fill_authorizer(struct aisp_maker *m)
{
	int r = aisp_step__what(m, "what the API server's %.*s gives to nodes", AISP_FMT(m->step->control));
	return r == 0 ? aisp_step__manual(m, AISP_S("A node may do this by being a node; keep what should not be read off it (taints, node pools of their own)")) : r;
}

const struct aisp_form aisp_forms__kubernetes[] = {
	{{"kubernetes.binding", AISP_STEP_KUBERNETES, 2, "k8s://acme/prod/rolebinding/readers"}, is_binding, fill_binding},
	{{"kubernetes.subject", AISP_STEP_KUBERNETES, 2, "k8s://acme/prod/rolebinding/readers#/subjects/1"}, is_subject, fill_subject},
	{{"kubernetes.network-rule", AISP_STEP_KUBERNETES, 5, "k8s://acme/prod/networkpolicy/db#/spec/ingress/0"}, is_network, fill_network},
	{{"kubernetes.ingress-path", AISP_STEP_KUBERNETES, 8, "k8s://acme/prod/ingress/bot#/spec/rules/0/http/paths/0"}, is_ingress, fill_ingress},
	{{"kubernetes.service-account", AISP_STEP_MANUAL, 4, "k8s://acme/prod/deployment/bot#/spec/template/spec/serviceAccountName"}, is_account, fill_account},
	{{"kubernetes.authorizer", AISP_STEP_MANUAL, 50, "authorizer:Node"}, is_authorizer, fill_authorizer},
	{{"kubernetes.part", AISP_STEP_MANUAL, 6, "k8s://acme/prod/service/db#/spec/selector"}, is_other, fill_other},
	{{NULL, 0, 0, NULL}, NULL, NULL},
};
