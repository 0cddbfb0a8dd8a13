/* Models whose name an environment variable decides: what the workloads that run the code set it to, else the default that
 * the code itself gives. One answer makes it that model; several make it each of them.
 */
#include "resolve/resolve_int.h"

struct named {
	struct aisp_slice env;
	struct aisp_slice first; /* the first value seen */
	aisp_edge sets;
	bool several;
};

static void take_value(struct aisp_resolve *r, aisp_node workload, void *ctx)
{
	struct named *m = ctx;
	for (aisp_edge e = aisp_resolve__out(r, workload, AISP_EDGE_SETS, 0); e; e = aisp_resolve__out(r, workload, AISP_EDGE_SETS, e)) {
		const aisp_node v = aisp_resolve__to(r, e);
		const struct aisp_slice value = aisp_graph_prop(r->g, v, "value");
		if (value.n == 0 || !aisp_slice_eq(aisp_graph_prop(r->g, v, "name"), m->env))
			continue;
		m->several |= m->first.n && !aisp_slice_eq(m->first, value);
		m->first = aisp_resolve__fmt(r, "%.*s", AISP_FMT(value));
		m->sets = e;
	}
}

static void name_model(struct aisp_resolve *r, aisp_node model)
{
	struct named m = {.env = aisp_graph_prop(r->g, model, "env")};
	struct aisp_evidence_in ev;
	if (m.env.n == 0)
		return;
	m.env = aisp_resolve__fmt(r, "%.*s", AISP_FMT(m.env));
	for (aisp_edge e = aisp_resolve__in(r, model, AISP_EDGE_CALLS, 0); e && !r->bad; e = aisp_resolve__in(r, model, AISP_EDGE_CALLS, e)) {
		const aisp_node caller = aisp_resolve__from(r, e);
		if (aisp_graph_node_at(r->g, caller).kind != AISP_NODE_WORKLOAD)
			aisp_resolve__runners(r, caller, take_value, &m);
	}
	const struct aisp_slice otherwise = aisp_graph_prop(r->g, model, "default");
	if (!m.first.n && otherwise.n)
		m.first = aisp_resolve__fmt(r, "%.*s", AISP_FMT(otherwise));
	if (!m.first.n || m.several || r->bad)
		return;
	const struct aisp_slice provider = aisp_graph_prop(r->g, model, "provider");
	const struct aisp_slice alias = aisp_resolve__fmt(r, "%.*s", AISP_FMT(aisp_graph_node_at(r->g, model).id));
	const aisp_node real = aisp_resolve__node(r, AISP_NODE_MODEL, aisp_resolve__fmt(r, "model://%.*s/%.*s", AISP_FMT(provider), AISP_FMT(m.first)),
		&(struct aisp_because){"join:variable-to-model", AISP_CONF_INFERRED,
			m.sets ? aisp_resolve__fmt(r, "%.*s is set to this where the code runs", AISP_FMT(m.env))
			       : aisp_resolve__fmt(r, "the code's own default for %.*s", AISP_FMT(m.env)), {m.sets, 0}, 0, NULL});
	/* The name that the code's source gave stands first; it is made right there. */
	if (!r->bad && aisp_graph_node_first_evidence(r->g, model, &ev))
		aisp_resolve__fail(r, aisp_graph_set_str(r->g, model, ev.source, "name", m.first, r->err));
	if (!r->bad && real)
		aisp_resolve__fail(r, aisp_graph_add_alias(r->g, real, alias, r->source, r->err));
}

void aisp_resolve__models(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_MODEL, name_model);
}
