/* What administrators' policies leave of the network, as edges. Their Deny takes away what a NetworkPolicy gives and their Allow
 * gives what it takes, so rule by rule is no answer; here the whole question is asked for each pair and written once for all
 * that have the same answer:
 *
 *   a service some of whose workloads an ingress rule selects:  networks and workloads ─ATTACHED_TO▶ SERVICE#admitted ─ALLOWS▶ SERVICE
 *   a workload that an egress rule selects:                     W ─ATTACHED_TO▶ FIRST-SUCH-W#admitted-egress ─ALLOWS▶ services
 *
 * Workloads of the same namespace and labels are asked about once.
 */
#include "collect/files/kube_int.h"

static const char *const unsure = "only if the network plugin, an address or a domain name decides so: the policies leave it open";

/* One answer, with what decided it. */
struct verdict {
	enum aisp_net_answer answer;
	enum aisp_net_direction side;
	struct aisp_net_why why;
};

static struct verdict ask(const struct aisp_kube *k, const struct aisp_net_pod *from, const struct kube_service *s, bool governed_only)
{
	struct verdict best = {.answer = AISP_NET_NO};

	for (size_t t = 0; t < s->n_targets; t++) {
		const struct kube_workload *w = &k->workloads.v[s->targets[t].workload];
		for (size_t p = 0; p < s->targets[t].n_ports && (w->admin_in || !governed_only); p++) {
			struct aisp_net_why out, in;
			enum aisp_net_answer a = aisp_net_side(k->net, AISP_NET_OUT, from, &w->pod, &s->targets[t].ports[p], &out);
			enum aisp_net_answer b = a == AISP_NET_NO ? a : aisp_net_side(k->net, AISP_NET_IN, from, &w->pod, &s->targets[t].ports[p], &in);
			enum aisp_net_answer both = a < b ? a : b;
			if (both <= best.answer)
				continue;
			best.answer = both;
			best.side = in.by != AISP_NET_BY_NOTHING ? AISP_NET_IN : AISP_NET_OUT;
			best.why = best.side == AISP_NET_IN ? in : out;
		}
	}
	return best;
}

/* The written rule that decided, as control object and place; the fallback where none speaks. */
static struct aisp_slice control_of(struct aisp_kube *k, const struct verdict *v, const struct kube_object *fallback, struct aisp_place *at)
{
	const struct kube_object *o = fallback;
	const char *list = v->side == AISP_NET_IN ? "ingress" : "egress";

	if (v->why.by == AISP_NET_BY_ADMIN)
		o = k->admin_objects.v[v->why.policy];
	else if (v->why.by == AISP_NET_BY_POLICY)
		o = k->policy_objects.v[v->why.policy];
	else
		list = NULL;
	*at = aisp_kube__place(k, o, NULL, "");
	if (!list) {
		at->note = AISP_S("no network policy speaks about it");
		return (struct aisp_slice){0};
	}
	const struct aisp_doc *rule = aisp_doc_at(aisp_doc_get(aisp_doc_get(o->d, "spec"), list), (uint32_t)v->why.rule);
	*at = aisp_kube__place(k, o, rule, "");
	at->pointer = aisp_emit_fmt(k->e, "%.*s/spec/%s/%zu", AISP_FMT(o->pointer), list, v->why.rule);
	return aisp_emit_fmt(k->e, "%.*s#/spec/%s/%zu", AISP_FMT(o->id), list, v->why.rule);
}

static void edge(struct aisp_kube *k, aisp_node from, enum aisp_edge_kind kind, aisp_node to, const struct verdict *v,
                 const struct kube_object *fallback)
{
	struct aisp_place at;
	struct aisp_edge_in in = {.control = control_of(k, v, fallback, &at)};

	if (v->answer == AISP_NET_IF)
		in.condition = aisp_slice_z(unsure);
	aisp_emit_edge_in(k->e, from, kind, to, &in, &at);
}

/* Workloads that are alike to every policy share an answer: the first of them stands for all. */
struct alike {
	struct aisp_symtab *keys;
	AISP_VEC(uint32_t) first; /* [symbol - 1] = index of a workload */
	uint32_t *of;             /* [workload] = symbol */
};

static void find_alike(struct aisp_kube *k, struct alike *a)
{
	AISP_AUTOBUF struct aisp_buf key;

	aisp_buf_init(&key, 1u << 20);
	a->keys = aisp_symtab_new();
	a->of = aisp_kube__alloc(k, k->workloads.n, sizeof *a->of);
	if (!a->keys)
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
	for (size_t i = 0; i < k->workloads.n && a->of && !k->e->bad; i++) {
		const struct kube_workload *w = &k->workloads.v[i];
		aisp_buf_clear(&key);
		aisp_buf_printf(&key, "%zu %d %zu", w->ns, w->pod.host_network, w->pod.n_addrs ? i + 1 : 0);
		for (size_t l = 0; l < w->pod.labels.n; l++)
			aisp_buf_printf(&key, "\n%.*s=%.*s", AISP_FMT(w->pod.labels.v[l].key), AISP_FMT(w->pod.labels.v[l].value));
		aisp_emit_fail(k->e, aisp_symtab_add(a->keys, aisp_buf_slice(&key), &a->of[i], NULL), NULL);
		if (!k->e->bad && a->of[i] > a->first.n)
			KUBE_PUSH(k, &a->first, (uint32_t)i);
	}
}

static aisp_node rule_node(struct aisp_kube *k, const struct kube_object *o, const char *suffix, const char *name)
{
	struct aisp_place at = aisp_kube__place(k, o, NULL, "");
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_NETWORK_RULE, aisp_emit_fmt(k->e, "%.*s#%s", AISP_FMT(o->id), suffix), &at);

	aisp_emit_strz(k->e, n, "name", name);
	return n;
}

/* Is it attached to its namespace's network, so that only the other side is asked? Workloads that are alike have the same answer. */
static bool is_free(const struct kube_workload *w)
{
	return !w->out_isolated && !w->admin_out;
}

/* Who may open this service: whole namespaces where all of one may, else workloads. */
static void admit_to(struct aisp_kube *k, const struct alike *a, const struct kube_service *s, struct verdict *answers)
{
	aisp_node node = rule_node(k, s->o, "admitted", "let in by administrators' policies");

	for (size_t i = 0; i < a->first.n; i++)
		if (is_free(&k->workloads.v[a->first.v[i]]))
			answers[i] = ask(k, &k->workloads.v[a->first.v[i]].pod, s, true);
	for (size_t n = 0; n < k->namespaces.n && !k->e->bad; n++) {
		const struct aisp_kube__namespace *ns = &k->namespaces.v[n];
		const uint32_t *list = k->by_ns.workloads + ns->workloads;
		size_t free_ones = 0, yes = 0, one = 0; /* one: a workload whose answer is yes */
		for (size_t i = 0; i < ns->n_workloads; i++) {
			const struct kube_workload *w = &k->workloads.v[list[i]];
			free_ones += is_free(w);
			if (is_free(w) && answers[a->of[list[i]] - 1].answer == AISP_NET_YES) {
				yes++;
				one = list[i];
			}
		}
		if (yes && yes == free_ones)
			edge(k, ns->network, AISP_EDGE_ATTACHED_TO, node, &answers[a->of[one] - 1], s->o);
		for (size_t i = 0; i < ns->n_workloads && !(yes && yes == free_ones); i++) {
			const struct kube_workload *w = &k->workloads.v[list[i]];
			if (is_free(w) && answers[a->of[list[i]] - 1].answer != AISP_NET_NO)
				edge(k, w->o->node, AISP_EDGE_ATTACHED_TO, node, &answers[a->of[list[i]] - 1], s->o);
		}
	}
	struct aisp_place at = aisp_kube__place(k, s->o, NULL, "");
	aisp_emit_edge(k->e, node, AISP_EDGE_ALLOWS, s->o->node, &at);
}

/* One node for all workloads with the same answers: the bytes of all answers are the key. */
struct outgoing {
	struct aisp_symtab *keys;
	AISP_VEC(aisp_node) nodes; /* [symbol - 1] */
	struct aisp_buf key;
	struct verdict *answers;   /* one a service */
};

static aisp_node node_for(struct aisp_kube *k, struct outgoing *out, const struct kube_workload *w)
{
	aisp_sym sym = 0;

	aisp_buf_clear(&out->key);
	aisp_buf_putc(&out->key, '>'); /* without services it would be empty, which is no symbol */
	for (size_t s = 0; s < k->services.n; s++) {
		const struct verdict *v = &out->answers[s];
		out->answers[s] = ask(k, &w->pod, &k->services.v[s], false);
		const uint32_t words[] = {(uint32_t)v->answer | (uint32_t)v->side << 4 | (uint32_t)v->why.by << 8, (uint32_t)v->why.policy, (uint32_t)v->why.rule};
		aisp_buf_put(&out->key, aisp_slice_of((const char *)words, sizeof words));
	}
	int r = aisp_buf_check(&out->key, NULL);
	aisp_emit_fail(k->e, r < 0 ? r : aisp_symtab_add(out->keys, aisp_buf_slice(&out->key), &sym, NULL), NULL);
	if (k->e->bad)
		return 0;
	if (sym > out->nodes.n) {
		aisp_node n = rule_node(k, w->o, "admitted-egress", "let out by administrators' policies");
		if (!KUBE_PUSH(k, &out->nodes, n))
			return 0;
		for (size_t s = 0; s < k->services.n; s++)
			if (out->answers[s].answer != AISP_NET_NO)
				edge(k, n, AISP_EDGE_ALLOWS, k->services.v[s].o->node, &out->answers[s], w->o);
	}
	return out->nodes.v[sym - 1];
}

static void admit_from(struct aisp_kube *k, const struct alike *a)
{
	struct outgoing out = {.keys = aisp_symtab_new()};
	aisp_node *of = aisp_kube__alloc(k, a->first.n, sizeof *of);

	out.answers = aisp_kube__alloc(k, k->services.n, sizeof *out.answers);
	aisp_buf_init(&out.key, 1u << 28);
	if (!out.keys)
		aisp_emit_fail(k->e, AISP_E_NOMEM, NULL);
	for (size_t i = 0; i < a->first.n && !k->e->bad; i++)
		if (k->workloads.v[a->first.v[i]].admin_out)
			of[i] = node_for(k, &out, &k->workloads.v[a->first.v[i]]);
	for (size_t i = 0; i < k->workloads.n && !k->e->bad; i++) {
		const struct kube_workload *w = &k->workloads.v[i];
		struct aisp_place at = aisp_kube__place(k, w->o, NULL, "");
		if (w->admin_out)
			aisp_emit_edge(k->e, w->o->node, AISP_EDGE_ATTACHED_TO, of[a->of[i] - 1], &at);
	}
	aisp_symtab_free(out.keys);
	aisp_vec_done(&out.nodes);
	aisp_buf_done(&out.key);
}

void aisp_kube__add_admitted(struct aisp_kube *k)
{
	struct alike a = {0};

	find_alike(k, &a);
	struct verdict *answers = aisp_kube__alloc(k, a.first.n, sizeof *answers);
	for (size_t s = 0; s < k->services.n && answers && !k->e->bad; s++)
		if (k->services.v[s].governed)
			admit_to(k, &a, &k->services.v[s], answers);
	if (!k->e->bad)
		admit_from(k, &a);
	aisp_symtab_free(a.keys);
	aisp_vec_done(&a.first);
}
