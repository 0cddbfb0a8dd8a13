/* See ci.h. */
#include "collect/files/ci.h"
#include "collect/files/settings.h"

enum { SETTINGS_MAX = 256, STEPS_MAX = 500, JOBS_MAX = 500 };

/* Actions that run an AI agent on the repository. */
static const struct {
	const char *action, *provider, *name, *model_input;
} agent_actions[] = {
	{"anthropics/claude-code-action", "anthropic", "Claude Code", "model"},
	{"anthropics/claude-code-base-action", "anthropic", "Claude Code", "model"},
	{"anthropics/claude-code-security-review", "anthropic", "Claude Code", "claude-model"},
	{"google-github-actions/run-gemini-cli", "google", "Gemini CLI", "gemini_model"},
	{"google-gemini/gemini-cli-action", "google", "Gemini CLI", "model"},
	{"openai/codex-action", "openai", "Codex", "model"},
	{"actions/ai-inference", "github-models", "GitHub Models", "model"},
	{"coderabbitai/ai-pr-reviewer", "openai", "CodeRabbit", "openai_heavy_model"},
	{"qodo-ai/pr-agent", "", "PR-Agent", ""},
	{"Codium-ai/pr-agent", "", "PR-Agent", ""},
	{"sourcegraph/amp", "", "Amp", ""},
	{"block/goose", "", "goose", ""},
};
/* Agents started from a shell step. */
static const struct {
	const char *word, *provider, *name;
} agent_commands[] = {
	{"claude -p", "anthropic", "Claude Code"}, {"claude --print", "anthropic", "Claude Code"}, {"codex exec", "openai", "Codex"},
	{"gemini -p", "google", "Gemini CLI"},     {"gemini --prompt", "google", "Gemini CLI"},    {"aider --", "", "Aider"},
	{"goose run", "", "goose"},                {"opencode run", "", "opencode"},               {"cursor-agent -p", "", "Cursor Agent"},
};
/* Events in which somebody without write access can have text of their own read, and which run with the repository's secrets. */
static const char *const outsider_events[] = {"issues", "issue_comment", "pull_request_target", "discussion", "discussion_comment",
                                              "pull_request_review", "pull_request_review_comment", "workflow_run"};

struct job {
	struct aisp_emit *e;
	struct aisp_slice path, name, id;
	struct aisp_slice pointer; /* /jobs/NAME */
	aisp_node node, file, store;
	struct aisp_slice store_id;
	struct aisp_slice event; /* an outsiders' event that starts it, or n = 0 */
	struct aisp_setting settings[SETTINGS_MAX];
	size_t n;
};

bool aisp_ci_takes(struct aisp_slice path)
{
	bool yaml = aisp_slice_ends(path, AISP_S(".yml")) || aisp_slice_ends(path, AISP_S(".yaml"));

	return yaml && (aisp_slice_find(path, AISP_S(".github/workflows/")) != SIZE_MAX || aisp_slice_eqz(aisp_slice_basename(path), ".gitlab-ci.yml"));
}

static struct aisp_place place(const struct job *j, const struct aisp_doc *d)
{
	return (struct aisp_place){.path = j->path, .line = aisp_doc_line(d), .pointer = j->pointer};
}

/* "${{ secrets.NAME }}" → NAME; empty when the value is anything else. */
static struct aisp_slice secret_name(struct aisp_slice v)
{
	size_t at = aisp_slice_find(v, AISP_S("secrets.")), n = 0;

	if (at == SIZE_MAX || aisp_slice_find(v, AISP_S("${{")) == SIZE_MAX)
		return (struct aisp_slice){0};
	v = aisp_slice_from(v, at + 8);
	while (n < v.n && ((v.p[n] >= 'A' && v.p[n] <= 'Z') || (v.p[n] >= 'a' && v.p[n] <= 'z') || (v.p[n] >= '0' && v.p[n] <= '9') || v.p[n] == '_'))
		n++;
	return aisp_slice_to(v, n);
}

static void need_store(struct job *j, const struct aisp_doc *d, bool gitlab)
{
	struct aisp_place at = place(j, d);

	if (j->store)
		return;
	j->store_id = aisp_emit_fmt(j->e, "secret://%s/%.*s", gitlab ? "gitlab" : "github", AISP_FMT(j->e->repo));
	j->store = aisp_emit_node(j->e, AISP_NODE_SECRET, j->store_id, &at);
	aisp_emit_str(j->e, j->store, "name", aisp_emit_fmt(j->e, "%s secrets of %.*s", gitlab ? "GitLab CI" : "GitHub Actions", AISP_FMT(j->e->repo)));
}

static void add_setting(struct job *j, struct aisp_slice name, const struct aisp_doc *value)
{
	struct aisp_slice v = aisp_doc_str(value), secret = secret_name(v);
	struct aisp_setting s = {.name = name, .value = v, .line = aisp_doc_line(value), .pointer = j->pointer};

	if (j->n == SETTINGS_MAX || value->type != AISP_DOC_STR)
		return;
	if (secret.n) {
		need_store(j, value, false);
		s.value = (struct aisp_slice){0};
		s.store = j->store;
		s.store_id = j->store_id;
		s.store_key = secret;
		s.store_is_secret = true;
		aisp_emit_item(j->e, j->store, "keys", secret);
	} else if (aisp_slice_find(v, AISP_S("${{")) != SIZE_MAX) {
		return;
	}
	j->settings[j->n++] = s;
}

static void add_map(struct job *j, const struct aisp_doc *map, bool only_secrets)
{
	for (uint32_t i = 0; map && map->type == AISP_DOC_OBJ && i < map->n; i++)
		if (!only_secrets || secret_name(aisp_doc_str(&map->members[i].value)).n)
			add_setting(j, map->members[i].key, &map->members[i].value);
}

/* Cloud identities that a step becomes. */
static void add_identity(struct job *j, const struct aisp_doc *step, struct aisp_slice uses)
{
	static const struct {
		const char *action, *input, *cloud;
	} rows[] = {
		{"aws-actions/configure-aws-credentials", "role-to-assume", "aws"},
		{"google-github-actions/auth", "service_account", "gcp"},
		{"azure/login", "client-id", "azure"},
		{"Azure/login", "client-id", "azure"},
	};
	struct aisp_place at = place(j, step);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct aisp_doc *with = aisp_doc_get(step, "with");
		struct aisp_slice who = aisp_doc_getstr(with, rows[i].input);
		if (!aisp_slice_starts(uses, aisp_slice_z(rows[i].action)) || who.n == 0)
			continue;
		bool known = aisp_slice_find(who, AISP_S("${{")) == SIZE_MAX;
		struct aisp_slice id = !known ? aisp_emit_fmt(j->e, "identity://%s/unresolved/%.*s", rows[i].cloud, AISP_FMT(j->id))
		                       : strcmp(rows[i].cloud, "aws") == 0 ? who : aisp_emit_fmt(j->e, "identity://%s/%.*s", rows[i].cloud, AISP_FMT(who));
		if (!known)
			at.confidence = AISP_CONF_UNRESOLVED;
		aisp_node n = aisp_emit_node(j->e, strcmp(rows[i].cloud, "aws") == 0 ? AISP_NODE_ROLE : AISP_NODE_SERVICE_ACCOUNT, id, &at);
		aisp_emit_str(j->e, n, "name", known ? who : AISP_S("a role that the pipeline's settings name"));
		aisp_emit_strz(j->e, n, "cloud", rows[i].cloud);
		aisp_emit_edge_in(j->e, j->node, AISP_EDGE_RUNS_AS, n, &(struct aisp_edge_in){.control = aisp_emit_fmt(j->e, "%.*s#%.*s", AISP_FMT(j->path), AISP_FMT(j->pointer))}, &at);
	}
}

static void add_agent(struct job *j, const struct aisp_doc *step, const char *name, const char *provider, struct aisp_slice model)
{
	struct aisp_place at = place(j, step);
	char slug[32];
	size_t slug_n = 0;
	for (; name[slug_n] && slug_n + 1 < sizeof slug; slug_n++)
		slug[slug_n] = name[slug_n] == ' ' ? '-' : name[slug_n] >= 'A' && name[slug_n] <= 'Z' ? (char)(name[slug_n] + 32) : name[slug_n];
	struct aisp_slice id = aisp_emit_fmt(j->e, "agent://%.*s/%.*s#%.*s/%.*s", AISP_FMT(j->e->repo), AISP_FMT(j->path), AISP_FMT(j->name), (int)slug_n, slug);
	aisp_node n = aisp_emit_node(j->e, AISP_NODE_AGENT, id, &at);

	aisp_emit_str(j->e, n, "name", aisp_emit_fmt(j->e, "%s in %.*s", name, AISP_FMT(j->name)));
	aisp_emit_strz(j->e, n, "framework", name);
	aisp_emit_bool(j->e, n, "executes_code", true);
	aisp_emit_edge(j->e, j->node, AISP_EDGE_SERVES, n, &at);
	aisp_emit_edge(j->e, j->file, AISP_EDGE_CONFIGURES, n, &at);
	if (provider[0] && model.n && aisp_slice_find(model, AISP_S("${{")) == SIZE_MAX) {
		aisp_node m = aisp_emit_node(j->e, AISP_NODE_MODEL, aisp_emit_fmt(j->e, "model://%s/%.*s", provider, AISP_FMT(model)), &at);
		aisp_emit_strz(j->e, m, "provider", provider);
		aisp_emit_edge(j->e, n, AISP_EDGE_CALLS, m, &at);
	}
	if (j->event.n) {
		at.note = aisp_emit_fmt(j->e, "started by %.*s, which outsiders can write", AISP_FMT(j->event));
		aisp_node c = aisp_emit_node(j->e, AISP_NODE_CONTENT, aisp_emit_fmt(j->e, "content://%.*s/%.*s", AISP_FMT(j->e->repo), AISP_FMT(j->event)), &at);
		aisp_emit_str(j->e, c, "name", aisp_emit_fmt(j->e, "%.*s of %.*s", AISP_FMT(j->event), AISP_FMT(j->e->repo)));
		aisp_emit_edge_in(j->e, n, AISP_EDGE_CONSUMES, c, &(struct aisp_edge_in){.control = aisp_emit_fmt(j->e, "%.*s#/on", AISP_FMT(j->path))}, &at);
	}
}

static void add_step(struct job *j, const struct aisp_doc *step)
{
	struct aisp_slice uses = aisp_doc_getstr(step, "uses"), run = aisp_doc_getstr(step, "run");
	const struct aisp_doc *with = aisp_doc_get(step, "with");

	add_map(j, aisp_doc_get(step, "env"), false);
	add_map(j, with, true);
	add_identity(j, step, uses);
	for (size_t i = 0; uses.n && i < sizeof agent_actions / sizeof *agent_actions; i++)
		if (aisp_slice_starts(uses, aisp_slice_z(agent_actions[i].action)))
			add_agent(j, step, agent_actions[i].name, agent_actions[i].provider, aisp_doc_getstr(with, agent_actions[i].model_input));
	for (size_t i = 0; run.n && i < sizeof agent_commands / sizeof *agent_commands; i++)
		if (aisp_slice_find(run, aisp_slice_z(agent_commands[i].word)) != SIZE_MAX) {
			add_agent(j, step, agent_commands[i].name, agent_commands[i].provider, (struct aisp_slice){0});
			break;
		}
}

static void begin_job(struct job *j, struct aisp_slice name, const struct aisp_doc *d)
{
	struct aisp_place at;

	j->name = name;
	j->n = 0;
	j->id = aisp_emit_fmt(j->e, "ci://%.*s/%.*s#%.*s", AISP_FMT(j->e->repo), AISP_FMT(j->path), AISP_FMT(name));
	at = place(j, d);
	j->node = aisp_emit_node(j->e, AISP_NODE_WORKLOAD, j->id, &at);
	aisp_emit_str(j->e, j->node, "name", name);
	aisp_emit_strz(j->e, j->node, "workload_kind", "pipeline job");
	aisp_emit_edge(j->e, j->file, AISP_EDGE_CONFIGURES, j->node, &at);
}

static void end_job(struct job *j)
{
	const struct aisp_holder h = {.node = j->node, .id = j->id, .path = j->path, .file = j->file, .acts = true};

	aisp_holder_add(j->e, &h, j->settings, j->n);
}

/* on: push | [push, issues] | {issues: …} */
static bool has_event(const struct aisp_doc *on, const char *event)
{
	for (uint32_t i = 0; on && i < aisp_doc_count(on); i++) {
		struct aisp_slice name = on->type == AISP_DOC_OBJ ? on->members[i].key : aisp_doc_str(&on->items[i]);
		if (aisp_slice_eqz(name, event))
			return true;
	}
	return aisp_slice_eqz(aisp_doc_str(on), event);
}

static bool may_write_tokens(const struct aisp_doc *d)
{
	const struct aisp_doc *p = aisp_doc_get(d, "permissions");

	return aisp_slice_eqz(aisp_doc_getstr(p, "id-token"), "write") || aisp_slice_eqz(aisp_doc_str(p), "write-all");
}

static void add_github_job(struct job *j, const struct aisp_doc *workflow, struct aisp_slice name, const struct aisp_doc *d)
{
	const struct aisp_doc *steps = aisp_doc_get(d, "steps"), *permissions = aisp_doc_get(d, "permissions");
	struct aisp_slice environment = aisp_doc_getstr(d, "environment");

	j->pointer = aisp_emit_fmt(j->e, "/jobs/%.*s", AISP_FMT(name));
	begin_job(j, name, d);
	if (environment.n == 0)
		environment = aisp_doc_str(aisp_doc_path(d, "environment.name"));
	if (environment.n && aisp_slice_find(environment, AISP_S("${{")) == SIZE_MAX)
		aisp_emit_str(j->e, j->node, "environment", environment);
	if (may_write_tokens(d) || (!permissions && may_write_tokens(workflow)))
		aisp_emit_bool(j->e, j->node, "oidc", true);
	if (j->event.n)
		aisp_emit_str(j->e, j->node, "started_by_outsiders", j->event);
	add_map(j, aisp_doc_get(workflow, "env"), false);
	add_map(j, aisp_doc_get(d, "env"), false);
	add_map(j, aisp_doc_get(d, "secrets"), true);
	for (uint32_t i = 0; steps && steps->type == AISP_DOC_ARR && i < steps->n && i < STEPS_MAX; i++)
		add_step(j, &steps->items[i]);
	end_job(j);
}

static void add_github(struct job *j, const struct aisp_doc *doc)
{
	const struct aisp_doc *jobs = aisp_doc_get(doc, "jobs"), *on = aisp_doc_get(doc, "on");

	for (size_t i = 0; i < sizeof outsider_events / sizeof *outsider_events && !j->event.n; i++)
		if (has_event(on, outsider_events[i]))
			j->event = aisp_slice_z(outsider_events[i]);
	for (uint32_t i = 0; jobs && jobs->type == AISP_DOC_OBJ && i < jobs->n && i < JOBS_MAX; i++)
		if (jobs->members[i].value.type == AISP_DOC_OBJ)
			add_github_job(j, doc, jobs->members[i].key, &jobs->members[i].value);
}

static void add_gitlab(struct job *j, const struct aisp_doc *doc)
{
	static const char *const reserved[] = {"default", "include", "stages", "variables", "workflow", "image", "services", "cache", "before_script",
	                                       "after_script", "pages", "spec"};

	for (uint32_t i = 0; doc->type == AISP_DOC_OBJ && i < doc->n && i < JOBS_MAX; i++) {
		const struct aisp_doc *d = &doc->members[i].value;
		struct aisp_slice name = doc->members[i].key;
		bool skip = name.n == 0 || name.p[0] == '.' || d->type != AISP_DOC_OBJ || !aisp_doc_get(d, "script");
		for (size_t k = 0; k < sizeof reserved / sizeof *reserved; k++)
			skip = skip || aisp_slice_eqz(name, reserved[k]);
		if (skip)
			continue;
		j->pointer = aisp_emit_fmt(j->e, "/%.*s", AISP_FMT(name));
		begin_job(j, name, d);
		if (aisp_doc_get(d, "id_tokens"))
			aisp_emit_bool(j->e, j->node, "oidc", true);
		add_map(j, aisp_doc_get(doc, "variables"), false);
		add_map(j, aisp_doc_get(d, "variables"), false);
		end_job(j);
	}
}

void aisp_ci_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_doc *doc)
{
	struct job *j = aisp_mem_zalloc(1, sizeof *j);

	if (!j) {
		aisp_emit_fail(e, AISP_E_NOMEM, NULL);
		return;
	}
	*j = (struct job){.e = e, .path = path, .file = aisp_emit_file(e, path)};
	if (aisp_slice_eqz(aisp_slice_basename(path), ".gitlab-ci.yml"))
		add_gitlab(j, doc);
	else
		add_github(j, doc);
	aisp_mem_free(j);
}
