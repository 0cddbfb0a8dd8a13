/* Agent definition and instruction files: see agentfile.h. */
#include "collect/files/agentfile.h"

#define INSTRUCTIONS AISP_AGENT_FILE_INSTRUCTIONS
const struct aisp_agent_file aisp_agent_files[] = {
	{"CLAUDE.md", INSTRUCTIONS, "Claude Code", NULL},
	{"CLAUDE.local.md", INSTRUCTIONS, "Claude Code", NULL},
	{".claude/agents/**", AISP_AGENT_FILE_AGENT, "Claude Code", "anthropic"},
	{".claude/commands/**", AISP_AGENT_FILE_COMMAND, "Claude Code", "anthropic"},
	{"SKILL.md", AISP_AGENT_FILE_SKILL, "Agent Skills", NULL},
	{"AGENTS.md", INSTRUCTIONS, "AGENTS.md", NULL},
	{"AGENT.md", INSTRUCTIONS, "AGENTS.md", NULL},
	{".cursorrules", INSTRUCTIONS, "Cursor", NULL},
	{".cursor/rules/**", INSTRUCTIONS, "Cursor", NULL},
	{".cursor/agents/**", AISP_AGENT_FILE_AGENT, "Cursor", NULL},
	{".cursor/commands/**", AISP_AGENT_FILE_COMMAND, "Cursor", NULL},
	{".github/copilot-instructions.md", INSTRUCTIONS, "GitHub Copilot", NULL},
	{".github/instructions/**", INSTRUCTIONS, "GitHub Copilot", NULL},
	{".github/prompts/**", AISP_AGENT_FILE_COMMAND, "GitHub Copilot", NULL},
	{".github/agents/**", AISP_AGENT_FILE_AGENT, "GitHub Copilot", NULL},
	{".github/chatmodes/**", AISP_AGENT_FILE_AGENT, "GitHub Copilot", NULL},
	{"GEMINI.md", INSTRUCTIONS, "Gemini CLI", NULL},
	{"QWEN.md", INSTRUCTIONS, "Qwen Code", NULL},
	{"WARP.md", INSTRUCTIONS, "Warp", NULL},
	{".windsurfrules", INSTRUCTIONS, "Windsurf", NULL},
	{".windsurf/rules/**", INSTRUCTIONS, "Windsurf", NULL},
	{".windsurf/workflows/**", AISP_AGENT_FILE_COMMAND, "Windsurf", NULL},
	{".clinerules", INSTRUCTIONS, "Cline", NULL},
	{".clinerules/**", INSTRUCTIONS, "Cline", NULL},
	{".roorules", INSTRUCTIONS, "Roo Code", NULL},
	{".roo/rules/**", INSTRUCTIONS, "Roo Code", NULL},
	{".kilocode/rules/**", INSTRUCTIONS, "Kilo Code", NULL},
	{".kiro/steering/**", INSTRUCTIONS, "Kiro", NULL},
	{".junie/guidelines.md", INSTRUCTIONS, "JetBrains Junie", NULL},
	{".aiassistant/rules/**", INSTRUCTIONS, "JetBrains AI Assistant", NULL},
	{".amazonq/rules/**", INSTRUCTIONS, "Amazon Q Developer", NULL},
	{".trae/rules/**", INSTRUCTIONS, "Trae", NULL},
	{".continue/rules/**", INSTRUCTIONS, "Continue", NULL},
	{".goosehints", INSTRUCTIONS, "Goose", NULL},
	{".augment-guidelines", INSTRUCTIONS, "Augment", NULL},
	{".augment/rules/**", INSTRUCTIONS, "Augment", NULL},
	{".opencode/agent/**", AISP_AGENT_FILE_AGENT, "opencode", NULL},
	{".opencode/command/**", AISP_AGENT_FILE_COMMAND, "opencode", NULL},
	{".gemini/agents/**", AISP_AGENT_FILE_AGENT, "Gemini CLI", "google"},
	{".factory/droids/**", AISP_AGENT_FILE_AGENT, "Factory", NULL},
	{".rules", INSTRUCTIONS, "Zed", NULL},
};
const size_t aisp_agent_file_count = sizeof aisp_agent_files / sizeof *aisp_agent_files;

static bool is_text_name(struct aisp_slice path)
{
	return aisp_slice_ends(path, AISP_S(".md")) || aisp_slice_ends(path, AISP_S(".mdc")) || aisp_slice_ends(path, AISP_S(".txt"));
}

const struct aisp_agent_file *aisp_agent_file_of(struct aisp_slice path)
{
	for (size_t i = 0; i < aisp_agent_file_count; i++) {
		const struct aisp_agent_file *row = &aisp_agent_files[i];
		struct aisp_slice p = aisp_slice_z(row->pattern);
		bool tree = aisp_slice_ends(p, AISP_S("/**"));
		if (!tree && (aisp_slice_eq(path, p) ||
		              (aisp_slice_ends(path, p) && path.n > p.n && path.p[path.n - p.n - 1] == '/')))
			return row;
		if (!tree || !is_text_name(path))
			continue;
		struct aisp_slice folder = aisp_slice_to(p, p.n - 2);
		for (size_t at = 0; at + folder.n < path.n; at++)
			if ((at == 0 || path.p[at - 1] == '/') && aisp_slice_starts(aisp_slice_from(path, at), folder))
				return row;
	}
	return NULL;
}

/* The YAML between two lines of "---" at the top; NULL when there is none. ret_body: what follows. */
static const struct aisp_doc *front_matter(struct aisp_emit *e, struct aisp_slice path, struct aisp_slice text,
                                           struct aisp_slice *ret_body)
{
	struct aisp_docs docs = {0};
	struct aisp_err err = {0};
	size_t from, end;

	*ret_body = text;
	if (!aisp_slice_starts(text, AISP_S("---\n")) && !aisp_slice_starts(text, AISP_S("---\r\n")))
		return NULL;
	from = aisp_slice_chr(text, '\n') + 1;
	end = aisp_slice_find(aisp_slice_from(text, from - 1), AISP_S("\n---"));
	if (end == SIZE_MAX)
		return NULL;
	end += from - 1;
	*ret_body = aisp_slice_from(text, end + 4);
	int r = aisp_yaml_parse(e->a, aisp_slice_of(text.p + from, end > from ? end - from : 0), NULL, &docs, &err);
	if (r == AISP_E_NOMEM)
		aisp_emit_fail(e, r, &err);
	else if (r < 0)
		aisp_emit_gap(e, path, (enum aisp_code)r, aisp_emit_fmt(e, "front matter: %s", err.msg));
	return r == 0 && docs.n ? &docs.docs[0] : NULL;
}

/* Characters that a reader does not see but a model reads: bidi controls, tags, zero-width ones (but joiners in emoji). */
static int64_t count_hidden(struct aisp_slice text)
{
	int64_t n = 0;
	uint32_t cp;
	bool after_wide = false;

	while (text.n > 0) {
		size_t len = aisp_slice_utf8(text, &cp);
		if (len == 0) {
			len = 1;
			cp = 'x';
		}
		if (cp >= 0x80 && aisp_cp_is_hidden(cp) && cp != 0xfeff && !(cp == 0x200d && after_wide))
			n++;
		after_wide = cp >= 0x2000;
		text = aisp_slice_from(text, len);
	}
	return n;
}

static bool runs_code(struct aisp_slice tool)
{
	static const char *const names[] = {"bash", "shell", "execute", "runcommands", "run_terminal", "terminal", "runinterminal",
	                                    "run_shell_command", "powershell", "runtasks", "repl", "notebook"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_findi(tool, aisp_slice_z(names[i])) != SIZE_MAX)
			return true;
	return false;
}

struct definition {
	struct aisp_emit *e;
	struct aisp_slice path;
	struct aisp_place at;
	aisp_node owner; /* the agent, or the prompt for a skill or command */
	bool is_agent;
};

static void add_tool(struct definition *d, struct aisp_slice name, uint32_t line)
{
	struct aisp_place at = d->at;

	name = aisp_slice_trim(name);
	if (name.n == 0 || name.n > 200)
		return;
	at.line = line ? line : at.line;
	if (!d->is_agent) {
		aisp_emit_item(d->e, d->owner, "allowed_tools", name);
		return;
	}
	struct aisp_edge_in in = {.control = aisp_emit_fmt(d->e, "%.*s#tools/%.*s", AISP_FMT(d->path), AISP_FMT(name))};
	aisp_node t = aisp_emit_node(d->e, AISP_NODE_TOOL,
	                             aisp_emit_fmt(d->e, "tool://%.*s/%.*s#%.*s", AISP_FMT(d->e->repo), AISP_FMT(d->path), AISP_FMT(name)), &at);
	aisp_emit_str(d->e, t, "name", name);
	if (runs_code(name))
		aisp_emit_bool(d->e, t, "executes_code", true);
	aisp_emit_edge_in(d->e, d->owner, AISP_EDGE_HAS_TOOL, t, &in, &at);
}

/* "Read, Bash(git:*)" or a list, or a map of name: bool (opencode). */
static void add_tools(struct definition *d, const struct aisp_doc *tools)
{
	if (!tools)
		return;
	if (tools->type == AISP_DOC_STR) {
		struct aisp_slice rest = tools->s, name;
		while (rest.p && aisp_slice_split(&rest, ',', &name))
			add_tool(d, name, tools->line);
	}
	for (uint32_t i = 0; i < aisp_doc_count(tools); i++) {
		if (tools->type == AISP_DOC_ARR)
			add_tool(d, aisp_doc_str(&tools->items[i]), tools->items[i].line);
		else if (aisp_doc_bool(&tools->members[i].value, true))
			add_tool(d, tools->members[i].key, tools->members[i].line);
	}
}

static void add_model(struct definition *d, const struct aisp_agent_file *row, const struct aisp_doc *front)
{
	struct aisp_slice model = aisp_doc_getstr(front, "model");
	struct aisp_place at = d->at;

	if (model.n == 0 || model.n > 200 || aisp_slice_eqz(model, "inherit"))
		return;
	at.line = aisp_doc_line(aisp_doc_get(front, "model"));
	aisp_node m = aisp_emit_node(d->e, AISP_NODE_MODEL,
	                             aisp_emit_fmt(d->e, "model://%s/%.*s", row->provider ? row->provider : "unknown", AISP_FMT(model)), &at);
	aisp_emit_str(d->e, m, "name", model);
	aisp_emit_strz(d->e, m, "provider", row->provider);
	aisp_emit_edge(d->e, d->owner, AISP_EDGE_CALLS, m, &at);
}

void aisp_agent_file_add(struct aisp_emit *e, struct aisp_slice path, struct aisp_slice text)
{
	static const char *const kinds[] = {"instructions", "agent", "skill", "command"};
	const struct aisp_agent_file *row = aisp_agent_file_of(path);
	struct definition d = {.e = e, .path = path, .at = {.path = path, .line = 1}};
	struct aisp_slice body;

	if (!row || e->bad)
		return;
	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	const struct aisp_doc *front = front_matter(e, path, text, &body);
	aisp_node file = aisp_emit_file(e, path);
	aisp_node prompt = aisp_emit_node(e, AISP_NODE_PROMPT,
	                                  aisp_emit_fmt(e, "prompt://%.*s/%.*s", AISP_FMT(e->repo), AISP_FMT(path)), &d.at);
	struct aisp_slice name = aisp_doc_getstr(front, "name");
	if (name.n == 0 || name.n > 200)
		name = row->kind == INSTRUCTIONS ? aisp_slice_basename(path) : aisp_slice_basename(aisp_slice_to(path, aisp_slice_rchr(path, '.')));
	aisp_emit_str(e, prompt, "name", name);
	aisp_emit_strz(e, prompt, "product", row->product);
	aisp_emit_strz(e, prompt, "prompt_kind", kinds[row->kind]);
	aisp_emit_int(e, prompt, "bytes", (int64_t)body.n);
	int64_t hidden = count_hidden(text);
	if (hidden)
		aisp_emit_int(e, prompt, "hidden_characters", hidden);
	aisp_emit_edge(e, file, AISP_EDGE_DEFINES, prompt, &d.at);
	d.owner = prompt;
	if (row->kind == AISP_AGENT_FILE_AGENT) {
		d.is_agent = true;
		d.owner = aisp_emit_node(e, AISP_NODE_AGENT,
		                         aisp_emit_fmt(e, "agent://%.*s/%.*s#%.*s", AISP_FMT(e->repo), AISP_FMT(path), AISP_FMT(name)), &d.at);
		aisp_emit_str(e, d.owner, "name", name);
		aisp_emit_strz(e, d.owner, "framework", row->product);
		aisp_emit_edge(e, file, AISP_EDGE_DEFINES, d.owner, &d.at);
		aisp_emit_edge(e, d.owner, AISP_EDGE_INSTRUCTED_BY, prompt, &d.at);
		if (!aisp_doc_get(front, "tools"))
			aisp_emit_strz(e, d.owner, "tools", "all of the product");
		add_model(&d, row, front);
	}
	add_tools(&d, aisp_doc_get(front, "tools"));
	add_tools(&d, aisp_doc_get(front, "allowed-tools"));
}
