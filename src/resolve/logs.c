/* Tables that keep prompts and answers: known by their names, said as inferred. A prompt log is an asset of its own, kept
 * in the table; the agents whose workload writes there log to it.
 */
#include "resolve/resolve_int.h"

static bool is_log_name(struct aisp_slice name)
{
	static const char *const whats[] = {"prompt", "chat", "conversation", "llm", "completion", "agent", "langchain_chat"};
	static const char *const ends[] = {"_log", "_logs", "_history", "_histories", "_messages", "_transcripts"};
	for (size_t i = 0; i < sizeof whats / sizeof *whats; i++) {
		if (!aisp_slice_starts(name, aisp_slice_z(whats[i])))
			continue;
		for (size_t j = 0; j < sizeof ends / sizeof *ends; j++)
			if (aisp_slice_ends(name, aisp_slice_z(ends[j])) && name.n <= 40)
				return true;
	}
	return false;
}

static void table_log(struct aisp_resolve *r, aisp_node t)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, t).id;
	struct aisp_slice name = aisp_slice_basename(id);
	const size_t dot = aisp_slice_rchr(name, '.');
	if (dot != SIZE_MAX)
		name = aisp_slice_from(name, dot + 1);
	if (!is_log_name(name))
		return;
	const struct aisp_because why = {"join:table-to-log", AISP_CONF_INFERRED,
		aisp_resolve__fmt(r, "a table called %.*s keeps prompts and answers", AISP_FMT(name)), {0}, t, NULL};
	const aisp_node log = aisp_resolve__node(r, AISP_NODE_PROMPT_LOG, aisp_resolve__fmt(r, "promptlog:%.*s", AISP_FMT(id)), &why);
	aisp_resolve__set(r, log, "name", name);
	if (!r->bad)
		aisp_resolve__fail(r, aisp_graph_set_bool(r->g, log, r->source, "gated", true, r->err));
	aisp_resolve__edge(r, log, AISP_EDGE_STORED_IN, t, &why);
	for (aisp_edge w = aisp_resolve__in(r, t, AISP_EDGE_WRITES, 0); w && !r->bad; w = aisp_resolve__in(r, t, AISP_EDGE_WRITES, w)) {
		const aisp_node writer = aisp_resolve__from(r, w);
		if (aisp_graph_node_at(r->g, writer).kind == AISP_NODE_AGENT)
			aisp_resolve__edge(r, writer, AISP_EDGE_LOGS_TO, log, &(struct aisp_because){why.join, why.confidence, why.note, {w, 0}, 0, NULL});
		if (aisp_graph_node_at(r->g, writer).kind != AISP_NODE_WORKLOAD)
			continue;
		for (aisp_edge s = aisp_resolve__out(r, writer, AISP_EDGE_SERVES, 0); s; s = aisp_resolve__out(r, writer, AISP_EDGE_SERVES, s))
			if (aisp_graph_node_at(r->g, aisp_resolve__to(r, s)).kind == AISP_NODE_AGENT)
				aisp_resolve__edge(r, aisp_resolve__to(r, s), AISP_EDGE_LOGS_TO, log, &(struct aisp_because){why.join, why.confidence, why.note, {w, s}, 0, NULL});
	}
}

void aisp_resolve__logs(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_TABLE, table_log);
}
