/* See tool_actions.h. */
#include "collect/files/tool_actions.h"
#include "base/vec.h"
#include "scan/tools/tools.h"

enum { CALLS_MAX = 64 };

struct tool {
	struct aisp_emit *e;
	aisp_node node;
	struct aisp_slice calls[CALLS_MAX];
	size_t n;
};

static void call(struct tool *t, struct aisp_slice text)
{
	if (t->n < CALLS_MAX && text.n)
		t->calls[t->n++] = text;
}

/* What an edge of a tool says its code does, in the words of the rows: "SQL SELECT orders", "HTTP POST https://api.stripe.com". */
static void add_edge(struct tool *t, const struct aisp_edge_view *v)
{
	struct aisp_node_view to = aisp_graph_node_at(t->e->g, v->to);
	struct aisp_slice name = aisp_graph_prop(t->e->g, v->to, "name");
	bool table = to.kind == AISP_NODE_TABLE || to.kind == AISP_NODE_DATABASE || to.kind == AISP_NODE_COLLECTION;

	if (!name.n)
		name = to.id;
	if (v->kind == AISP_EDGE_READS && table)
		call(t, aisp_emit_fmt(t->e, "SQL SELECT %.*s", AISP_FMT(name)));
	else if (v->kind == AISP_EDGE_WRITES && table)
		call(t, aisp_emit_fmt(t->e, "SQL UPDATE %.*s", AISP_FMT(name)));
	else if (to.kind == AISP_NODE_EXTERNAL_SERVICE && v->kind == AISP_EDGE_WRITES)
		call(t, aisp_emit_fmt(t->e, "HTTP POST %.*s", AISP_FMT(to.id)));
	else if (to.kind == AISP_NODE_EXTERNAL_SERVICE && (v->kind == AISP_EDGE_CALLS || v->kind == AISP_EDGE_READS))
		call(t, aisp_emit_fmt(t->e, "HTTP GET %.*s", AISP_FMT(to.id)));
}

static void say(struct tool *t, const struct aisp_tool_verdict *v)
{
	for (unsigned bit = 0; bit < AISP_TOOL_BIT_END; bit++)
		if (v->actions & 1u << bit)
			aisp_emit_item(t->e, t->node, "actions", aisp_slice_z(aisp_tool_action_name(bit)));
	for (size_t i = 0; i < v->n_reasons; i++)
		aisp_emit_item(t->e, t->node, "action_reasons",
		               aisp_emit_fmt(t->e, "%s: %.*s%s", aisp_tool_action_name(v->reasons[i].action), AISP_FMT(v->reasons[i].because),
		                             v->reasons[i].seen ? "" : " (by its words)"));
}

static void look_at(struct aisp_emit *e, aisp_node n, const struct aisp_node_view *view)
{
	struct tool t = {.e = e, .node = n};
	struct aisp_slice command = aisp_emit_dup(e, aisp_graph_prop(e->g, n, "command"));
	struct aisp_tool_in in = {.name = aisp_emit_dup(e, aisp_graph_prop(e->g, n, "name")),
	                          .description = aisp_emit_dup(e, aisp_graph_prop(e->g, n, "description"))};
	struct aisp_tool_verdict v = {0};
	struct aisp_err err = {0};

	for (aisp_edge ed = aisp_graph_next_out(e->g, n, 0); ed; ed = aisp_graph_next_out(e->g, n, ed)) {
		struct aisp_edge_view ev = aisp_graph_edge_at(e->g, ed);
		add_edge(&t, &ev);
	}
	if (aisp_slice_eqz(aisp_graph_prop(e->g, n, "executes_code"), "true"))
		call(&t, AISP_S("exec"));
	if (view->kind == AISP_NODE_MCP_SERVER) {
		in.server = command.n ? command : aisp_emit_dup(e, aisp_graph_prop(e->g, n, "url"));
		in.name = (struct aisp_slice){0};
	}
	in.calls = t.calls;
	in.n_calls = t.n;
	int r = aisp_tool_classify(&in, e->a, &v, &err);
	if (r < 0)
		aisp_emit_fail(e, r, &err);
	else
		say(&t, &v);
}

void aisp_tool_actions_add(struct aisp_emit *e)
{
	uint32_t n = aisp_graph_node_count(e->g);

	for (uint32_t i = 1; i <= n && !e->bad; i++) {
		struct aisp_node_view v = aisp_graph_node_at(e->g, i);
		if (v.alive && (v.kind == AISP_NODE_TOOL || v.kind == AISP_NODE_MCP_SERVER))
			look_at(e, i, &v);
	}
}
