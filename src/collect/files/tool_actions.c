/* See tool_actions.h. */
#include "collect/files/tool_actions.h"
#include "base/vec.h"
#include "scan/tools/tools.h"

enum { CALLS_MAX = 64, PARAMS_MAX = 32, TOOLS_MAX = 512 };

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

/* The items of a list property: they were written one a line. */
static size_t items(struct aisp_emit *e, aisp_node n, const char *key, struct aisp_slice *to, size_t cap)
{
	struct aisp_slice rest = aisp_emit_dup(e, aisp_graph_list(e->g, n, key, e->a)), item;
	size_t count = 0;

	while (rest.n && rest.p && count < cap && aisp_slice_split(&rest, '\n', &item))
		if (item.n)
			to[count++] = item;
	return count;
}

struct orders {
	struct aisp_emit *e;
	aisp_node node;
	int worst;
};

static int rank(const char *severity)
{
	static const char *const order[] = {"low", "medium", "high", "critical"};

	for (int i = 0; i < 4; i++)
		if (strcmp(severity, order[i]) == 0)
			return i;
	return 0;
}

static int on_order(void *ctx, const struct aisp_instruction_hit *hit)
{
	struct orders *o = ctx;

	if (rank(hit->severity) < 1)
		return 0;
	aisp_emit_item(o->e, o->node, "instruction_issues", aisp_emit_fmt(o->e, "%s: %s: %.*s", hit->rule, hit->reason, AISP_FMT(hit->excerpt)));
	if (rank(hit->severity) > o->worst) {
		o->worst = rank(hit->severity);
		aisp_emit_strz(o->e, o->node, "instruction_severity", hit->severity);
		aisp_emit_strz(o->e, o->node, "instruction_rule", hit->rule);
		aisp_emit_strz(o->e, o->node, "instruction_reason", hit->reason);
	}
	return 0;
}

void aisp_tool_orders(struct aisp_emit *e, aisp_node n, enum aisp_text_role role, struct aisp_slice text)
{
	struct orders o = {e, n, 0};
	struct aisp_err err = {0};
	int r = text.n ? aisp_instructions_scan(role, AISP_S(""), text, on_order, &o, &err) : 0;

	if (r == AISP_E_NOMEM)
		aisp_emit_fail(e, r, &err);
}

static void look_at(struct aisp_emit *e, aisp_node n, const struct aisp_node_view *view)
{
	struct tool t = {.e = e, .node = n};
	struct aisp_slice command = aisp_emit_dup(e, aisp_graph_prop(e->g, n, "command"));
	struct aisp_tool_in in = {.name = aisp_emit_dup(e, aisp_graph_prop(e->g, n, "name")),
	                          .description = aisp_emit_dup(e, aisp_graph_prop(e->g, n, "description"))};
	struct aisp_slice words[PARAMS_MAX];
	struct aisp_tool_param params[PARAMS_MAX];
	struct aisp_tool_verdict v = {0};
	struct aisp_err err = {0};

	t.n = items(e, n, "calls", t.calls, CALLS_MAX / 2);
	in.n_params = items(e, n, "params", words, PARAMS_MAX);
	for (size_t i = 0; i < in.n_params; i++) {
		size_t colon = aisp_slice_chr(words[i], ':');
		params[i] = (struct aisp_tool_param){.name = aisp_slice_trim(aisp_slice_to(words[i], colon == SIZE_MAX ? words[i].n : colon)),
		                                     .type = colon == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_trim(aisp_slice_from(words[i], colon + 1))};
	}
	in.params = params;
	aisp_tool_orders(e, n, AISP_TEXT_TOOL, in.description);
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

/* Tools that one agent is given together: does one take another's name, or speak of the others? */
static void look_for_shadows(struct aisp_emit *e, aisp_node agent)
{
	struct aisp_shadow_tool *tools = aisp_arena_zalloc(e->a, TOOLS_MAX, sizeof *tools);
	const struct aisp_shadow_hit *hits = NULL;
	struct aisp_evidence_in ev;
	struct aisp_err err = {0};
	size_t n = 0, n_hits = 0;

	for (aisp_edge ed = aisp_graph_next_out(e->g, agent, 0); tools && ed && n < TOOLS_MAX; ed = aisp_graph_next_out(e->g, agent, ed)) {
		struct aisp_edge_view v = aisp_graph_edge_at(e->g, ed);
		if (v.kind != AISP_EDGE_HAS_TOOL || aisp_graph_node_at(e->g, v.to).kind != AISP_NODE_TOOL)
			continue;
		tools[n] = (struct aisp_shadow_tool){.name = aisp_emit_dup(e, aisp_graph_prop(e->g, v.to, "name")),
		                                     .description = aisp_emit_dup(e, aisp_graph_prop(e->g, v.to, "description"))};
		if (aisp_graph_node_first_evidence(e->g, v.to, &ev))
			tools[n].server = aisp_emit_dup(e, ev.locator);
		n++;
	}
	if (n < 2)
		return;
	int r = aisp_instructions_shadow(tools, n, e->a, &hits, &n_hits, &err);
	if (r == AISP_E_NOMEM)
		aisp_emit_fail(e, r, &err);
	for (size_t i = 0; r == 0 && i < n_hits; i++)
		if (rank(hits[i].severity) >= 1)
			aisp_emit_item(e, agent, "shadowing", aisp_emit_fmt(e, "%.*s (%.*s): %s", AISP_FMT(tools[hits[i].tool].name), AISP_FMT(tools[hits[i].tool].server), hits[i].reason));
}

void aisp_tool_actions_add(struct aisp_emit *e)
{
	uint32_t n = aisp_graph_node_count(e->g);

	for (uint32_t i = 1; i <= n && !e->bad; i++) {
		struct aisp_node_view v = aisp_graph_node_at(e->g, i);
		if (v.alive && (v.kind == AISP_NODE_TOOL || v.kind == AISP_NODE_MCP_SERVER))
			look_at(e, i, &v);
		else if (v.alive && v.kind == AISP_NODE_AGENT)
			look_for_shadows(e, i);
	}
}
