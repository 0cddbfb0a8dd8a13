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
static int take_out(struct aisp_maker *m, const struct object *o, struct aisp_slice pointer)
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
	const struct aisp_slice before = aisp_step__fmt(m, "{\"at\":\"%.*s\",\"present\":true}", AISP_FMT(pointer));
	const struct aisp_slice after = aisp_step__fmt(m, "{\"at\":\"%.*s\",\"absent\":true}", AISP_FMT(pointer));
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
	return r == 0 ? take_out(m, &o, AISP_S("/subjects")) : r;
}

static int manual_part(struct aisp_maker *m, const char *why)
{
	struct object o;
	read_object(m->step->control, &o);
	int r = o.pointer.n ? aisp_step__what(m, "%.*s of %.*s %.*s in %.*s", AISP_FMT(o.pointer), AISP_FMT(o.kind), AISP_FMT(o.name), AISP_FMT(o.ns))
			    : aisp_step__what(m, "%.*s %.*s in %.*s", AISP_FMT(o.kind), AISP_FMT(o.name), AISP_FMT(o.ns));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "%s (%.*s)", why, AISP_FMT(m->step->control))) : r;
}

/* ---- Items of a list ---- */

struct item {
	uint64_t at;
	struct aisp_slice value; /* JSON: its content, or {"$saved": …} */
};
struct list {
	struct object o;
	struct aisp_slice pointer; /* of the list */
	struct item *v;            /* ascending */
	size_t n, known;           /* how many go; how many the list has, as far as it was read */
};

/* The step's items. What they are is read right before, unless the caller knows. */
static bool read_list(struct aisp_maker *m, struct list *l)
{
	struct aisp_slice text;
	*l = (struct list){.v = aisp_arena_alloc(m->a, (m->n_controls + 1) * sizeof *l->v)};
	for (; l->v && l->n < m->n_controls; l->n++) {
		struct item *x = &l->v[l->n];
		if (!aisp_step__item(m->controls[l->n], &text, &x->at))
			return false;
		x->value = aisp_step__fmt(m, "{\"$saved\":\"part%zu\"}", l->n);
	}
	if (!l->v || !read_object(text, &l->o))
		return false;
	l->pointer = l->o.pointer;
	return true;
}

/* The items of this list that edges name: the highest and those below it. */
static size_t count_items(const struct aisp_maker *m, struct aisp_slice control)
{
	struct aisp_slice list, in;
	uint64_t at;
	size_t known = 0;
	if (!aisp_step__item(control, &list, &at))
		return 0;
	for (aisp_edge e = 1; e <= m->s->n_edges; e++) {
		struct aisp_slice rest = m->s->edges[e].control ? aisp_snapshot_text(m->s, m->s->edges[e].control) : AISP_S("");
		for (size_t found; (found = aisp_slice_find(rest, list)) != SIZE_MAX; rest = aisp_slice_from(rest, found + list.n)) { /* "… or …": named twice */
			size_t end = found + list.n + 1;
			while (end < rest.n && rest.p[end] >= '0' && rest.p[end] <= '9')
				end++;
			if (aisp_step__item(aisp_slice_to(aisp_slice_from(rest, found), end - found), &in, &at) && aisp_slice_eq(in, list) && at < 100000 && at + 1 > known)
				known = (size_t)at + 1;
		}
	}
	return known;
}

static int put_patches(struct aisp_maker *m, const struct list *l, struct aisp_slice *ret_take, struct aisp_slice *ret_give)
{
	AISP_AUTOBUF struct aisp_buf take = {0}, give = {0};
	aisp_buf_init(&take, 1u << 22);
	aisp_buf_init(&give, 1u << 22);
	for (size_t i = l->n; i > 0; i--) /* from the end: those before keep their place */
		aisp_buf_printf(&take, "%s{\"op\":\"test\",\"path\":\"%.*s/%llu\",\"value\":%.*s},{\"op\":\"remove\",\"path\":\"%.*s/%llu\"}", i == l->n ? "[" : ",", AISP_FMT(l->pointer),
				(unsigned long long)l->v[i - 1].at, AISP_FMT(l->v[i - 1].value), AISP_FMT(l->pointer), (unsigned long long)l->v[i - 1].at);
	for (size_t i = 0; i < l->n && l->n < l->known; i++)
		aisp_buf_printf(&give, "%s{\"op\":\"add\",\"path\":\"%.*s/%llu\",\"value\":%.*s}", i ? "," : "[", AISP_FMT(l->pointer), (unsigned long long)l->v[i].at, AISP_FMT(l->v[i].value));
	if (l->n >= l->known) /* an empty list is left out by the API server: nothing to add to */
		aisp_buf_printf(&give, "[{\"op\":\"add\",\"path\":\"%.*s\",\"value\":{\"$saved\":\"list\"}}", AISP_FMT(l->pointer));
	aisp_buf_putc(&take, ']');
	aisp_buf_putc(&give, ']');
	*ret_take = take.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&take));
	*ret_give = give.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&give));
	return ret_take->p && ret_give->p ? 0 : aisp_step__nomem(m);
}

/* For people: values that are only read later are not shown. */
static struct aisp_slice patch_command(struct aisp_maker *m, const struct object *o, struct aisp_slice patch)
{
	const struct aisp_slice ns = scope(m, o), saved = AISP_S("{\"$saved\":");
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1u << 22);
	aisp_buf_printf(&b, "kubectl patch %.*s %.*s%.*s --type=json -p '", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(ns));
	for (size_t at; (at = aisp_slice_find(patch, saved)) != SIZE_MAX; patch = aisp_slice_from(patch, at + aisp_slice_chr(aisp_slice_from(patch, at), '}') + 1)) {
		aisp_buf_put(&b, aisp_slice_to(patch, at));
		aisp_buf_putz(&b, "(as it was)");
	}
	aisp_buf_put(&b, patch);
	aisp_buf_putc(&b, '\'');
	return b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
}

/* Several items of one list in one request: the API server does all of it or nothing, and refuses when one is not what it was. `saved`: the values are what the check reads. */
static int take_items(struct aisp_maker *m, const struct list *l, bool saved)
{
	const struct object *o = &l->o;
	const struct aisp_slice path = path_of(m, o), get = aisp_step__fmt(m, "kubectl get %.*s %.*s%.*s -o json", AISP_FMT(o->kind), AISP_FMT(o->name), AISP_FMT(scope(m, o)));
	struct aisp_slice take, give, save = AISP_S("");
	int r = put_patches(m, l, &take, &give);
	if (r < 0 || !path.p)
		return r < 0 ? r : aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s away", AISP_FMT(m->step->control)));
	r = aisp_step__add(m, AISP_DOES, AISP_STEP_KUBERNETES, arguments(m, o, path, "PATCH", take.p), patch_command(m, o, take));
	if (r == 0)
		r = aisp_step__add(m, AISP_UNDOES, AISP_STEP_KUBERNETES, arguments(m, o, path, "PATCH", give.p), patch_command(m, o, give));
	for (size_t i = 0; r == 0 && i < l->n; i++) {
		const struct item *x = &l->v[i];
		const struct aisp_slice after = aisp_step__fmt(m, "{\"at\":\"%.*s\",\"lacks\":%.*s}", AISP_FMT(l->pointer), AISP_FMT(x->value));
		const struct aisp_slice before = saved ? aisp_step__fmt(m, "{\"at\":\"%.*s/%llu\",\"present\":true}", AISP_FMT(l->pointer), (unsigned long long)x->at)
						       : aisp_step__fmt(m, "{\"at\":\"%.*s\",\"has\":%.*s}", AISP_FMT(l->pointer), AISP_FMT(x->value));
		r = aisp_step__check(m, AISP_STEP_KUBERNETES, arguments(m, o, path, "GET", NULL), get, before, after, (struct aisp_slice){0});
		if (saved)
			save = aisp_step__fmt(m, "%.*s,\"part%zu\":\"%.*s/%llu\"", AISP_FMT(save), i, AISP_FMT(l->pointer), (unsigned long long)x->at);
	}
	if (r < 0 || (!saved && l->n < l->known))
		return r;
	/* the last check saves, so that those before it ask for what was saved when the step began */
	const struct aisp_slice before = aisp_step__fmt(m, "{\"at\":\"%.*s\",\"present\":true}", AISP_FMT(l->pointer));
	return aisp_step__check(m, AISP_STEP_KUBERNETES, arguments(m, o, path, "GET", NULL), get, before,
				l->n < l->known ? before : aisp_step__fmt(m, "{\"at\":\"%.*s\",\"absent\":true}", AISP_FMT(l->pointer)),
				aisp_step__fmt(m, "{\"list\":\"%.*s\"%.*s}", AISP_FMT(l->pointer), AISP_FMT(save)));
}

/* ---- Subjects ---- */

/* A service account may be written as a user by its name: the evidence of the binding says how. */
static bool is_written_as_user(const struct aisp_maker *m, const struct aisp_sedge *e, uint64_t at)
{
	const struct aisp_slice tail = aisp_step__fmt((struct aisp_maker *)(uintptr_t)m, "/subjects/%llu", (unsigned long long)at);
	for (uint32_t i = 0; i < e->ev_n; i++) {
		const struct aisp_evidence *ev = &m->s->evidence[e->ev_at + i];
		if (aisp_slice_ends(aisp_snapshot_text(m->s, ev->pointer), tail) && aisp_slice_starts(aisp_snapshot_text(m->s, ev->note), AISP_S("written as user ")))
			return true;
	}
	return false;
}

/* As the API server gives it. */
static struct aisp_slice subject_json(struct aisp_maker *m, const struct object *who, bool as_user)
{
	const struct aisp_slice name = aisp_step__json_str(m, who->name), ns = aisp_step__json_str(m, who->ns);
	if (!aisp_slice_eqz(who->kind, "serviceaccount"))
		return aisp_step__fmt(m, "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"%s\",\"name\":%.*s}", aisp_slice_eqz(who->kind, "group") ? "Group" : "User", AISP_FMT(name));
	if (as_user)
		return aisp_step__fmt(m, "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":\"system:serviceaccount:%.*s:%.*s\"}", AISP_FMT(who->ns), AISP_FMT(who->name));
	return aisp_step__fmt(m, "{\"kind\":\"ServiceAccount\",\"name\":%.*s,\"namespace\":%.*s}", AISP_FMT(name), AISP_FMT(ns));
}

/* The BOUND_TO edge that a subject of the list stands for; 0. */
static aisp_edge bound(const struct aisp_maker *m, struct aisp_slice control)
{
	for (size_t i = 0; i < m->step->n_edges; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->step->edges[i]];
		struct aisp_slice rest = aisp_snapshot_text(m->s, e->control);
		for (size_t at; e->kind == AISP_EDGE_BOUND_TO && (at = aisp_slice_find(rest, control)) != SIZE_MAX; rest = aisp_slice_from(rest, at + control.n))
			if (at + control.n == rest.n || rest.p[at + control.n] == ' ')
				return m->step->edges[i];
	}
	return 0;
}

/* Who they are, for the sentence and as JSON. False: one is not known. */
static bool name_subjects(struct aisp_maker *m, struct list *l, struct aisp_buf *who, struct aisp_slice *ret_role)
{
	enum { NAMED = 3 };
	for (size_t i = 0; i < l->n; i++) {
		const aisp_edge e = bound(m, m->controls[i]);
		struct object s;
		if (!e || !read_object(aisp_snapshot_text(m->s, m->s->nodes[m->s->edges[e].from].id), &s))
			return false;
		*ret_role = aisp_slice_basename(aisp_snapshot_text(m->s, m->s->nodes[m->s->edges[e].to].id));
		l->v[i].value = subject_json(m, &s, is_written_as_user(m, &m->s->edges[e], l->v[i].at));
		if (i < NAMED)
			aisp_buf_printf(who, "%s%.*s %.*s", i ? ", " : "", AISP_FMT(s.kind), AISP_FMT(s.name));
	}
	if (l->n > NAMED)
		aisp_buf_printf(who, " and %zu more", l->n - NAMED);
	return true;
}

/* One or more of a binding's subjects, told by their content: where the list is in another order by now, the API server refuses. */
static int fill_subject(struct aisp_maker *m)
{
	AISP_AUTOBUF struct aisp_buf who = {0};
	struct list l;
	struct aisp_slice role = {0};
	aisp_buf_init(&who, 1u << 16);
	if (!read_list(m, &l))
		return aisp_step__nomem(m);
	if (!name_subjects(m, &l, &who, &role)) {
		int r = aisp_step__what(m, "%.*s", AISP_FMT(m->step->control));
		return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out of %.*s %.*s", AISP_FMT(m->step->control), AISP_FMT(l.o.kind), AISP_FMT(l.o.name))) : r;
	}
	for (size_t i = 0; i < l.n; i++)
		if (!l.v[i].value.p)
			return aisp_step__nomem(m);
	l.known = count_items(m, m->controls[0]);
	const size_t left = l.known > l.n ? l.known - l.n : 0;
	const struct aisp_slice in = aisp_slice_eqz(l.o.ns, "-") ? AISP_S("") : aisp_step__fmt(m, " in %.*s", AISP_FMT(l.o.ns));
	int r = aisp_step__what(m, "%.*s out of %s %.*s%.*s: role %.*s", AISP_FMT(aisp_buf_slice(&who)), in.n ? "role binding" : "cluster role binding", AISP_FMT(l.o.name), AISP_FMT(in),
				AISP_FMT(role));
	if (r == 0 && left)
		r = aisp_step__note(m, "%zu other subject%s of the binding keep%s it", left, left == 1 ? "" : "s", left == 1 ? "s" : "");
	else if (r == 0)
		r = aisp_step__note(m, "nobody is left in the binding");
	if (r == 0 && aisp_slice_starts(l.o.name, AISP_S("system:")))
		r = aisp_step__note(m, "a binding of the cluster itself: the API server may put it back when it starts");
	if (!left)
		m->written = aisp_slice_to(m->controls[0], aisp_slice_rchr(m->controls[0], '/'));
	return r == 0 ? take_items(m, &l, false) : r;
}

/* ---- Rules and paths ---- */

/* "1", "1 and 3", "1, 2 and 4" */
static struct aisp_slice numbers(struct aisp_maker *m, const struct list *l)
{
	struct aisp_slice text = AISP_S("");
	for (size_t i = 0; i < l->n; i++)
		text = aisp_step__fmt(m, "%.*s%s%llu", AISP_FMT(text), i == 0 ? "" : i + 1 == l->n ? " and " : ", ", (unsigned long long)l->v[i].at + 1);
	return text;
}

static int fill_network(struct aisp_maker *m)
{
	struct list l;
	if (!read_list(m, &l))
		return aisp_step__nomem(m);
	l.known = count_items(m, m->controls[0]);
	const size_t known = l.known > l.n ? l.known : l.n;
	int r = aisp_step__what(m, "%.*s rule%s %.*s of %zu of network policy %.*s in %.*s", AISP_FMT(aisp_slice_basename(l.pointer)), l.n > 1 ? "s" : "", AISP_FMT(numbers(m, &l)), known,
				AISP_FMT(l.o.name), AISP_FMT(l.o.ns));
	if (r == 0 && l.n >= l.known)
		r = aisp_step__note(m, "no %.*s rule is left in the policy: what it selects stays isolated", AISP_FMT(aisp_slice_basename(l.pointer)));
	return r == 0 ? take_items(m, &l, true) : r;
}

static int fill_ingress(struct aisp_maker *m)
{
	struct list l;
	if (!read_list(m, &l))
		return aisp_step__nomem(m);
	l.known = count_items(m, m->controls[0]);
	const bool all = l.n >= l.known;
	const struct aisp_slice rule = aisp_slice_to(l.pointer, aisp_slice_find(l.pointer, AISP_S("/http")));
	uint64_t n = 0;
	if (!aisp_slice_u64(aisp_slice_basename(rule), &n))
		return manual_part(m, "Take this path out");
	int r = all ? aisp_step__what(m, "all paths of rule %llu of ingress %.*s in %.*s", (unsigned long long)n + 1, AISP_FMT(l.o.name), AISP_FMT(l.o.ns))
		    : aisp_step__what(m, "path%s %.*s of %zu in rule %llu of ingress %.*s in %.*s", l.n > 1 ? "s" : "", AISP_FMT(numbers(m, &l)), l.known, (unsigned long long)n + 1, AISP_FMT(l.o.name),
				      AISP_FMT(l.o.ns));
	if (r == 0)
		r = aisp_step__note(m, all ? "nobody reaches what is behind them from outside any more; the host stays, and what is asked of it goes to the default backend if there is one"
					   : "nobody reaches what is behind it from outside by this way any more");
	if (r < 0 || !all)
		return r < 0 ? r : take_items(m, &l, true);
	/* a rule must have one path, or none at all */
	const struct aisp_slice http = aisp_step__fmt(m, "%.*s/http", AISP_FMT(rule));
	m->written = aisp_slice_to(m->controls[0], aisp_slice_rchr(m->controls[0], '/'));
	m->written = aisp_slice_to(m->written, aisp_slice_rchr(m->written, '/'));
	return http.p ? take_out(m, &l.o, http) : aisp_step__nomem(m);
}

/* Items of one list go in one request. */
static struct aisp_slice list_of(struct aisp_slice control)
{
	struct aisp_slice list;
	uint64_t at;
	return aisp_step__item(control, &list, &at) ? list : (struct aisp_slice){0};
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
	{{"kubernetes.binding", AISP_STEP_KUBERNETES, 2, "k8s://acme/prod/rolebinding/readers"}, is_binding, fill_binding, NULL},
	{{"kubernetes.subject", AISP_STEP_KUBERNETES, 2, "k8s://acme/prod/rolebinding/readers#/subjects/1"}, is_subject, fill_subject, list_of},
	{{"kubernetes.network-rule", AISP_STEP_KUBERNETES, 5, "k8s://acme/prod/networkpolicy/db#/spec/ingress/0"}, is_network, fill_network, list_of},
	{{"kubernetes.ingress-path", AISP_STEP_KUBERNETES, 8, "k8s://acme/prod/ingress/bot#/spec/rules/0/http/paths/0"}, is_ingress, fill_ingress, list_of},
	{{"kubernetes.isolation", AISP_STEP_KUBERNETES, 5.5, "k8s://acme/prod/service/db#default-allow"}, aisp_isolate__fits, aisp_isolate__fill, NULL},
	{{"kubernetes.service-account", AISP_STEP_MANUAL, 4, "k8s://acme/prod/deployment/bot#/spec/template/spec/serviceAccountName"}, is_account, fill_account, NULL},
	{{"kubernetes.authorizer", AISP_STEP_MANUAL, 50, "authorizer:Node"}, is_authorizer, fill_authorizer, NULL},
	{{"kubernetes.part", AISP_STEP_MANUAL, 6, "k8s://acme/prod/service/db#/spec/selector"}, is_other, fill_other, NULL},
	{{NULL, 0, 0, NULL}, NULL, NULL, NULL},
};
