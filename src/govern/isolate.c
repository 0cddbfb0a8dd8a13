/* What no network policy speaks of is open to the whole cluster; there is nothing to take away. What closes it is a NetworkPolicy more: it selects the service's pods and lets in everybody but the
 * workloads that those act as who are to be kept out. Sound, because the others' connections give nothing to who does not act as one of the others. Source: Kubernetes, Network Policies.
 */
#include "base/mem.h"
#include "govern/plan_int.h"

enum { MOST_KEPT_OUT = 200 }; /* of more, a person says who is let in */
static const char mark[] = "#default-allow";

struct parts {
	struct aisp_slice cluster, ns, kind, name;
};
static bool read_parts(struct aisp_slice id, struct parts *p)
{
	struct aisp_slice rest = aisp_slice_from(id, 6);
	if (!aisp_slice_starts(id, AISP_S("k8s://")) || !aisp_slice_split(&rest, '/', &p->cluster) || !aisp_slice_split(&rest, '/', &p->ns) || !aisp_slice_split(&rest, '/', &p->kind) || !rest.n)
		return false;
	p->name = aisp_slice_to(rest, aisp_slice_chr(rest, '#'));
	return true;
}

bool aisp_isolate__fits(struct aisp_slice control)
{
	struct parts p;
	return aisp_slice_ends(control, aisp_slice_z(mark)) && read_parts(control, &p) && aisp_slice_eqz(p.kind, "service");
}

static struct aisp_slice id_of(const struct aisp_snapshot *s, aisp_node n)
{
	return aisp_snapshot_text(s, s->nodes[n].id);
}

static aisp_node service_of(const struct aisp_snapshot *s, struct aisp_slice control)
{
	return aisp_snapshot_find(s, aisp_slice_to(control, control.n - (sizeof mark - 1)));
}

static int nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while planning a network policy");
}

int aisp_isolate__all(const struct aisp_snapshot *s, struct aisp_arena *a, struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	size_t n = 0;
	for (aisp_edge e = 1; e <= s->n_edges; e++)
		n += s->edges[e].kind == AISP_EDGE_EXPOSES && aisp_isolate__fits(aisp_snapshot_text(s, s->edges[e].control));
	*ret = aisp_arena_alloc(a, (n + 1) * sizeof **ret);
	*ret_n = 0;
	if (!*ret)
		return nomem(err);
	for (aisp_edge e = 1; e <= s->n_edges; e++)
		if (s->edges[e].kind == AISP_EDGE_EXPOSES && aisp_isolate__fits(aisp_snapshot_text(s, s->edges[e].control)))
			(*ret)[(*ret_n)++] = aisp_snapshot_text(s, s->edges[e].control);
	return 0;
}

/* ---- Labels: "key=value\n…" of workloads and selectors ---- */

static bool has_label(const struct aisp_snapshot *s, aisp_node n, struct aisp_slice label)
{
	struct aisp_slice rest = aisp_snapshot_prop_str(s, n, "labels"), one;
	while (rest.n && aisp_slice_split(&rest, '\n', &one))
		if (aisp_slice_eq(one, label))
			return true;
	return false;
}

static bool is_in(const struct aisp_snapshot *s, aisp_node n, struct aisp_slice cluster, struct aisp_slice ns)
{
	struct parts p;
	return read_parts(id_of(s, n), &p) && aisp_slice_eq(p.cluster, cluster) && aisp_slice_eq(p.ns, ns);
}

static bool is_denied(const struct aisp_isolation *x, aisp_node n)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->denied[i] == n)
			return true;
	return false;
}

/* The label by which a workload is told from the fewest others of its namespace; none: empty. */
static struct aisp_slice label_of(const struct aisp_snapshot *s, const struct aisp_isolation *x, aisp_node n)
{
	struct aisp_slice rest = aisp_snapshot_prop_str(s, n, "labels"), one, best = AISP_S("");
	struct parts p = {0};
	size_t least = SIZE_MAX;
	read_parts(id_of(s, n), &p);
	while (rest.n && aisp_slice_split(&rest, '\n', &one)) {
		size_t others = 0;
		if (aisp_slice_chr(one, '=') == SIZE_MAX)
			continue;
		for (aisp_node w = s->kind_at[AISP_NODE_WORKLOAD]; w < s->kind_at[AISP_NODE_WORKLOAD + 1]; w++)
			others += w != n && is_in(s, w, p.cluster, p.ns) && has_label(s, w, one) && !is_denied(x, w);
		if (others < least) {
			least = others;
			best = one;
		}
	}
	return best;
}

/* Does the policy that keeps out x->denied keep out this workload, too? In its namespace somebody is kept out who has no label, or one that it has too. */
static bool is_kept_out(const struct aisp_snapshot *s, const struct aisp_isolation *x, const struct aisp_slice *labels, aisp_node n)
{
	struct parts p;
	if (!read_parts(id_of(s, n), &p))
		return true;
	for (size_t i = 0; i < x->n; i++)
		if (is_in(s, x->denied[i], p.cluster, p.ns) && (x->denied[i] == n || !labels[i].n || has_label(s, n, labels[i])))
			return true;
	return false;
}

static struct aisp_slice *labels_of(const struct aisp_snapshot *s, struct aisp_arena *a, const struct aisp_isolation *x)
{
	struct aisp_slice *v = aisp_arena_alloc(a, (x->n + 1) * sizeof *v);
	for (size_t i = 0; v && i < x->n; i++)
		v[i] = label_of(s, x, x->denied[i]);
	return v;
}

/* ---- Who is kept out ---- */

static int find_denied(const struct aisp_snapshot *s, struct aisp_arena *a, const struct aisp_plan_goal *goals, size_t n_goals, struct aisp_isolation *x, struct aisp_err *err)
{
	const struct aisp_overlay gone = {.removed = x->removed, .n_removed = x->n_removed};
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *reach = NULL;
	const aisp_node first = s->kind_at[AISP_NODE_WORKLOAD], end = s->kind_at[AISP_NODE_WORKLOAD + 1];
	uint8_t *held = aisp_arena_zalloc(a, (size_t)(end - first) + 1, sizeof *held);
	x->denied = aisp_arena_alloc(a, ((size_t)(end - first) + 1) * sizeof *x->denied);
	int r = held && x->denied ? aisp_reach_new(s, &gone, &reach, err) : nomem(err);
	for (size_t i = 0, n; r == 0 && i < n_goals; i += n) {
		struct aisp_actor actors[AISP_REACH_BATCH];
		AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *answer = NULL;
		for (n = 0; n < AISP_REACH_BATCH && i + n < n_goals; n++)
			actors[n] = goals[i + n].goal.actor;
		r = aisp_reach_forward(reach, actors, n, AISP_POSSIBLE, &answer, err);
		for (aisp_node w = first; r == 0 && w < end; w++)
			for (size_t k = 0; k < n && !held[w - first]; k++)
				held[w - first] = aisp_reach_holds(answer, k, w, AISP_MODE_ACT);
	}
	for (aisp_node w = first; r == 0 && w < end; w++)
		if (held[w - first] && aisp_slice_starts(id_of(s, w), AISP_S("k8s://")))
			x->denied[x->n++] = w;
	return r;
}

/* Services whose pods the policies select, too: the same workload behind them. */
static size_t services_of(const struct aisp_snapshot *s, const struct aisp_isolation *x, uint8_t *is_one)
{
	size_t n = 0;
	for (size_t i = 0; i < x->n_controls; i++) {
		const aisp_node service = aisp_isolate__fits(x->controls[i]) ? service_of(s, x->controls[i]) : 0;
		for (uint32_t e = service ? s->out_at[service] : 0; service && e < s->out_at[service + 1]; e++) {
			const aisp_node w = s->edges[e].to;
			for (uint32_t k = s->in_at[w]; s->edges[e].kind == AISP_EDGE_ROUTES_TO && k < s->in_at[w + 1]; k++) {
				const struct aisp_sedge *back = &s->edges[s->in_edges[k]];
				if (back->kind == AISP_EDGE_ROUTES_TO && s->nodes[back->from].kind == AISP_NODE_SERVICE && !is_one[back->from])
					n += is_one[back->from] = 1;
			}
		}
	}
	return n;
}

/* The edges that go with the cut and, for the same pods, the other services'. Ascending. */
static int find_removed(const struct aisp_snapshot *s, struct aisp_arena *a, const uint8_t *is_one, size_t services, struct aisp_isolation *x, struct aisp_err *err)
{
	AISP_AUTOFREE aisp_edge *edges = NULL;
	size_t n = 0, at = 0;
	int r = aisp_cut_edges(s, x->controls, x->n_controls, &edges, &n, err);
	if (r < 0)
		return r;
	x->removed = aisp_arena_alloc(a, (n + services + 1) * sizeof *x->removed);
	if (!x->removed)
		return nomem(err);
	for (aisp_edge e = 1; e <= s->n_edges && (at < n || services); e++) {
		const bool there = at < n && edges[at] == e;
		const bool more = s->edges[e].kind == AISP_EDGE_EXPOSES && is_one[s->edges[e].to] && aisp_isolate__fits(aisp_snapshot_text(s, s->edges[e].control));
		at += there;
		if ((there || more) && x->n_removed < n + services)
			x->removed[x->n_removed++] = e;
	}
	return 0;
}

/* Is it attached to its namespace's network: not isolated for what goes out? */
static bool is_free(const struct aisp_snapshot *s, aisp_node w)
{
	for (uint32_t e = s->out_at[w]; e < s->out_at[w + 1]; e++)
		if (s->edges[e].kind == AISP_EDGE_ATTACHED_TO && s->nodes[s->edges[e].to].kind == AISP_NODE_NETWORK)
			return true;
	return false;
}

static int find_added(const struct aisp_snapshot *s, struct aisp_arena *a, const uint8_t *is_one, size_t services, struct aisp_isolation *x, struct aisp_err *err)
{
	const struct aisp_slice *labels = labels_of(s, a, x);
	const size_t all = s->kind_at[AISP_NODE_WORKLOAD + 1] - s->kind_at[AISP_NODE_WORKLOAD];
	x->added = aisp_arena_alloc(a, (all * services + 1) * sizeof *x->added);
	if (!labels || !x->added)
		return nomem(err);
	for (aisp_node w = s->kind_at[AISP_NODE_WORKLOAD]; w < s->kind_at[AISP_NODE_WORKLOAD + 1]; w++) {
		if (!is_free(s, w) || is_kept_out(s, x, labels, w))
			continue;
		for (aisp_node v = s->kind_at[AISP_NODE_SERVICE]; v < s->kind_at[AISP_NODE_SERVICE + 1]; v++)
			if (is_one[v])
				x->added[x->n_added++] = (struct aisp_overlay_edge){.from = w, .to = v, .kind = AISP_EDGE_ALLOWS};
	}
	return 0;
}

int aisp_isolate__make(const struct aisp_snapshot *s, struct aisp_arena *a, const struct aisp_slice *controls, size_t n, const struct aisp_plan_goal *goals, size_t n_goals, struct aisp_isolation *ret,
		       struct aisp_err *err)
{
	struct aisp_isolation x = {.controls = controls, .n_controls = n};
	uint8_t *is_one = aisp_arena_zalloc(a, s->n_nodes + 1, sizeof *is_one);
	if (!is_one)
		return nomem(err);
	const size_t services = services_of(s, &x, is_one);
	int r = find_removed(s, a, is_one, services, &x, err);
	if (r == 0 && services)
		r = find_denied(s, a, goals, n_goals, &x, err);
	if (r == 0 && services)
		r = find_added(s, a, is_one, services, &x, err);
	if (r == 0)
		*ret = x;
	return r;
}

/* ---- The policy ---- */

/* {"matchLabels":{…}} of "key=value" lines. */
static bool put_labels(struct aisp_buf *b, struct aisp_slice lines)
{
	struct aisp_slice one;
	size_t n = 0;
	aisp_buf_putz(b, "{\"matchLabels\":{");
	while (lines.n && aisp_slice_split(&lines, '\n', &one)) {
		const size_t eq = aisp_slice_chr(one, '=');
		if (eq == SIZE_MAX)
			continue;
		aisp_buf_putz(b, n++ ? ",\"" : "\"");
		aisp_json_escape(b, aisp_slice_to(one, eq));
		aisp_buf_putz(b, "\":\"");
		aisp_json_escape(b, aisp_slice_from(one, eq + 1));
		aisp_buf_putc(b, '"');
	}
	aisp_buf_putz(b, "}}");
	return n > 0;
}

struct policy {
	const struct aisp_maker *m;
	const struct aisp_isolation *x;
	struct parts at; /* the service */
	const struct aisp_slice *labels;
	struct aisp_buf *b;
};

static struct aisp_slice ns_of(const struct policy *p, size_t i)
{
	struct parts w = {0};
	read_parts(id_of(p->m->s, p->x->denied[i]), &w);
	return aisp_slice_eq(w.cluster, p->at.cluster) ? w.ns : AISP_S("");
}

/* The first who is kept out in this namespace? */
static bool is_first(const struct policy *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (aisp_slice_eq(ns_of(p, k), ns_of(p, i)))
			return false;
	return ns_of(p, i).n > 0;
}

/* The others of a namespace in which somebody is kept out. */
static void put_namespace(struct policy *p, struct aisp_slice ns)
{
	bool nameless = false;
	size_t keys = 0;
	for (size_t i = 0; i < p->x->n; i++)
		nameless = nameless || (aisp_slice_eq(ns_of(p, i), ns) && !p->labels[i].n);
	if (nameless)
		return;
	aisp_buf_printf(p->b, ",{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"%.*s\"}},\"podSelector\":{\"matchExpressions\":[", AISP_FMT(ns));
	for (size_t i = 0; i < p->x->n; i++) {
		const size_t eq = aisp_slice_chr(p->labels[i], '=');
		bool seen = !aisp_slice_eq(ns_of(p, i), ns);
		for (size_t k = 0; k < i && !seen; k++)
			seen = aisp_slice_eq(ns_of(p, k), ns) && aisp_slice_eq(p->labels[k], p->labels[i]);
		if (seen)
			continue;
		aisp_buf_putz(p->b, keys++ ? ",{\"key\":\"" : "{\"key\":\"");
		aisp_json_escape(p->b, aisp_slice_to(p->labels[i], eq));
		aisp_buf_putz(p->b, "\",\"operator\":\"NotIn\",\"values\":[\"");
		aisp_json_escape(p->b, aisp_slice_from(p->labels[i], eq + 1));
		aisp_buf_putz(p->b, "\"]}");
	}
	aisp_buf_putz(p->b, "]}}");
}

static bool put_spec(struct policy *p, struct aisp_slice selector)
{
	size_t n = 0;
	aisp_buf_putz(p->b, "{\"podSelector\":");
	if (!put_labels(p->b, selector))
		return false;
	aisp_buf_putz(p->b, ",\"policyTypes\":[\"Ingress\"],\"ingress\":[{\"from\":[{\"namespaceSelector\":{\"matchExpressions\":[{\"key\":\"kubernetes.io/metadata.name\",\"operator\":\"NotIn\",\"values\":[");
	for (size_t i = 0; i < p->x->n; i++)
		if (is_first(p, i))
			aisp_buf_printf(p->b, "%s\"%.*s\"", n++ ? "," : "", AISP_FMT(ns_of(p, i)));
	aisp_buf_putz(p->b, "]}]}}");
	for (size_t i = 0; i < p->x->n; i++)
		if (is_first(p, i))
			put_namespace(p, ns_of(p, i));
	aisp_buf_putz(p->b, "]}]}");
	return n > 0;
}

/* Who is kept out, and who with them. */
static int note_who(struct aisp_maker *m, const struct policy *p)
{
	enum { NAMED = 5 };
	AISP_AUTOBUF struct aisp_buf who = {0}, too = {0};
	size_t out = 0, more = 0;
	aisp_buf_init(&who, 1u << 16);
	aisp_buf_init(&too, 1u << 16);
	for (aisp_node w = m->s->kind_at[AISP_NODE_WORKLOAD]; w < m->s->kind_at[AISP_NODE_WORKLOAD + 1]; w++) {
		struct parts at;
		if (!read_parts(id_of(m->s, w), &at) || !aisp_slice_eq(at.cluster, p->at.cluster) || !is_kept_out(m->s, p->x, p->labels, w))
			continue;
		const bool meant = is_denied(p->x, w);
		size_t *n = meant ? &out : &more;
		if ((*n)++ < NAMED)
			aisp_buf_printf(meant ? &who : &too, "%s%.*s %.*s/%.*s", *n > 1 ? ", " : "", AISP_FMT(at.kind), AISP_FMT(at.ns), AISP_FMT(at.name));
	}
	if (out > NAMED)
		aisp_buf_printf(&who, " and %zu more", out - NAMED);
	if (more > NAMED)
		aisp_buf_printf(&too, " and %zu more", more - NAMED);
	int r = aisp_step__note(m, "nothing can be taken away, so a policy is added: it keeps out %.*s, on every port of the pods; all other pods of the cluster are let in as before", AISP_FMT(aisp_buf_slice(&who)));
	if (r == 0 && more)
		r = aisp_step__note(m, "kept out too, because no label tells them apart: %.*s", AISP_FMT(aisp_buf_slice(&too)));
	return r == 0 ? aisp_step__note(m, "what is no pod of the cluster (other machines, pods on their node's network) is not let in any more, unless the network plugin does so") : r;
}

static bool is_isolated(const struct aisp_snapshot *s, aisp_node n)
{
	const struct aisp_prop *p = aisp_snapshot_prop(s, n, "ingress_isolated");
	return p && p->b;
}

/* Why a person must look at it; NULL: nothing. */
static const char *doubt(const struct aisp_snapshot *s, aisp_node service)
{
	const struct aisp_slice type = aisp_snapshot_prop_str(s, service, "service_type");
	if (aisp_slice_eqz(type, "LoadBalancer") || aisp_slice_eqz(type, "NodePort"))
		return "the service is called from outside the cluster, which the policy would end: add an ipBlock for these addresses to its from list";
	for (uint32_t e = s->out_at[service]; e < s->out_at[service + 1]; e++)
		if (s->edges[e].kind == AISP_EDGE_ROUTES_TO && is_isolated(s, s->edges[e].to))
			return "another network policy speaks of some of these pods already, and one more would let in more: write both as one";
	return NULL;
}

static int put_steps(struct aisp_maker *m, const struct policy *p, struct aisp_slice spec, const char *why)
{
	const struct aisp_slice list = aisp_step__fmt(m, "/apis/networking.k8s.io/v1/namespaces/%.*s/networkpolicies", AISP_FMT(p->at.ns)), name = aisp_step__fmt(m, "aisp-keep-out-of-%.*s", AISP_FMT(p->at.name));
	const struct aisp_slice body = aisp_step__fmt(m, "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"%.*s\",\"namespace\":\"%.*s\"},\"spec\":%.*s}", AISP_FMT(name),
						      AISP_FMT(p->at.ns), AISP_FMT(spec));
	const struct aisp_slice where = aisp_step__fmt(m, "{\"cluster\":\"%.*s\",\"method\":", AISP_FMT(p->at.cluster));
	AISP_AUTOBUF struct aisp_buf diff = {0};
	aisp_buf_init(&diff, 1u << 20);
	if (!list.p || !name.p || !body.p || !where.p)
		return aisp_step__nomem(m);
	const struct aisp_slice file = aisp_step__fmt(m, "%.*s.json", AISP_FMT(name));
	const struct aisp_doc *whole = NULL;
	AISP_AUTOBUF struct aisp_buf pretty = {0};
	struct aisp_jw w;
	aisp_buf_init(&pretty, 1u << 20);
	aisp_jw_init(&w, &pretty, true);
	if (aisp_json_parse(m->a, body, NULL, &whole, m->err) < 0)
		return aisp_step__nomem(m);
	aisp_jw_doc(&w, whole);
	aisp_buf_putc(&pretty, '\n');
	if (!file.p || aisp_unified_diff(file, (struct aisp_slice){0}, aisp_buf_slice(&pretty), &diff) || diff.bad || pretty.bad)
		return aisp_step__nomem(m);
	m->step->patch = aisp_arena_dup(m->a, aisp_buf_slice(&diff));
	if (why)
		return aisp_step__manual(m, aisp_step__fmt(m, "Isolate the pods of service %.*s by a NetworkPolicy; %s: %.*s", AISP_FMT(p->at.name), why, AISP_FMT(body)));
	int r = aisp_step__add(m, AISP_DOES, AISP_STEP_KUBERNETES, aisp_step__fmt(m, "%.*s\"POST\",\"path\":\"%.*s\",\"content_type\":\"application/json\",\"body\":%.*s}", AISP_FMT(where), AISP_FMT(list), AISP_FMT(body)),
			       aisp_step__fmt(m, "kubectl create -f %.*s (the plan file has it, as a patch)", AISP_FMT(file)));
	if (r == 0)
		r = aisp_step__add(m, AISP_UNDOES, AISP_STEP_KUBERNETES, aisp_step__fmt(m, "%.*s\"DELETE\",\"path\":\"%.*s/%.*s\"}", AISP_FMT(where), AISP_FMT(list), AISP_FMT(name)),
				   aisp_step__fmt(m, "kubectl delete networkpolicy %.*s -n %.*s", AISP_FMT(name), AISP_FMT(p->at.ns)));
	return r == 0 ? aisp_step__check(m, AISP_STEP_KUBERNETES, aisp_step__fmt(m, "%.*s\"GET\",\"path\":\"%.*s/%.*s\"}", AISP_FMT(where), AISP_FMT(list), AISP_FMT(name)),
					 aisp_step__fmt(m, "kubectl get networkpolicy %.*s -n %.*s", AISP_FMT(name), AISP_FMT(p->at.ns)), AISP_S("{\"at\":\"/spec\",\"absent\":true}"),
					 aisp_step__fmt(m, "{\"at\":\"/spec\",\"has\":%.*s}", AISP_FMT(spec)), (struct aisp_slice){0})
		      : r;
}

int aisp_isolate__fill(struct aisp_maker *m)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct policy p = {.m = m, .x = m->isolation, .b = &b};
	const aisp_node service = service_of(m->s, m->controls[0]);
	aisp_buf_init(&b, 1u << 20);
	read_parts(m->controls[0], &p.at);
	int r = aisp_step__what(m, "a network policy for service %.*s in %.*s, which the whole cluster reaches", AISP_FMT(p.at.name), AISP_FMT(p.at.ns));
	p.labels = p.x && p.x->n <= MOST_KEPT_OUT ? labels_of(m->s, m->a, p.x) : NULL;
	if (r < 0 || !p.labels || !service || !put_spec(&p, aisp_snapshot_prop_str(m->s, service, "selector")))
		return r < 0 ? r : aisp_step__manual(m, aisp_step__fmt(m, "Isolate the pods of service %.*s by a NetworkPolicy that lets in only who needs it", AISP_FMT(p.at.name)));
	const struct aisp_slice spec = aisp_arena_dup(m->a, aisp_buf_slice(&b));
	if (b.bad || !spec.p)
		return aisp_step__nomem(m);
	const char *why = doubt(m->s, service);
	r = why ? 0 : note_who(m, &p);
	return r == 0 ? put_steps(m, &p, spec, why) : r;
}
