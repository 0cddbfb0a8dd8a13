/* Scanning a folder: list, read and parse in parallel, add in order of paths.
 *
 *   walk ─▶ items (files that some recogniser takes) ─▶ parse: bytes, document, module (parallel, an arena a worker)
 *        ─▶ components ─▶ add: facts of each file ─▶ Kubernetes and source code, which need all files together
 *
 * Texts that were read may hold secrets: they stay in memory until the end (a compose file looks values up in a .env) and
 * are then overwritten.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/task.h"
#include "collect/aws/aws_int.h"
#include "collect/aws/saved.h"
#include "collect/files/agentfile.h"
#include "collect/files/ci.h"
#include "collect/files/compose.h"
#include "collect/files/content_scan.h"
#include "collect/files/dockerfile.h"
#include "collect/files/infra.h"
#include "collect/files/kube.h"
#include "collect/files/mcp.h"
#include "collect/files/packages.h"
#include "collect/files/repo.h"
#include "collect/files/source_graph.h"
#include "collect/files/tool_actions.h"
#include "collect/files/walk.h"
#include "collect/files/owners.h"
#include "collect/worker/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

struct recogniser;
struct item {
	struct aisp_slice path;
	uint64_t size;
	const struct recogniser *row;
	struct aisp_buf text;
	struct aisp_docs docs;
	struct aisp_settings settings;
	struct aisp_source_parsed source;
	enum aisp_code gap; /* AISP_OK, or why it could not be read */
	struct aisp_slice detail;
};

struct scan {
	const struct aisp_collect *c;
	struct aisp_emit e;
	struct aisp_walk walk;
	struct aisp_arena *arenas[64]; /* one a worker */
	int root;
	AISP_VEC(struct item) items;
	AISP_VEC(struct aisp_env_file) envs;
	struct aisp_kube *kube;
	struct aisp_source_graph *source;
	struct aisp_content_stage *content;
	struct aisp_infra *infra;
	struct aisp_aws_facts *aws;
	uint64_t deadline_ns;
};

/* How a kind of file is known, read and turned into facts. `add` NULL: handled with all others at the end. */
struct recogniser {
	const char *name;
	bool (*takes)(struct aisp_slice path);
	enum aisp_doc_form form;
	uint64_t max_bytes;
	const char *needs[2][2]; /* pairs of texts; both of one pair must occur, or the file is none of ours (before it is parsed) */
	bool (*sniff)(struct aisp_slice path, struct aisp_slice text); /* or this says yes; may be NULL */
	int (*parse)(struct item *it, struct aisp_arena *a, struct aisp_err *err); /* beside `form`; may be NULL */
	void (*add)(struct scan *s, const struct item *it);
};

static bool ends(struct aisp_slice s, const char *z)
{
	return aisp_slice_ends(s, aisp_slice_z(z));
}

static bool base_is(struct aisp_slice path, const char *z)
{
	return aisp_slice_eqi(aisp_slice_basename(path), aisp_slice_z(z));
}

static bool base_starts(struct aisp_slice path, const char *z)
{
	struct aisp_slice b = aisp_slice_basename(path);

	return b.n >= strlen(z) && aisp_slice_eqi(aisp_slice_to(b, strlen(z)), aisp_slice_z(z));
}

/* Recognisers. */

static bool is_mcp(struct aisp_slice path)
{
	return aisp_mcp_client_of(path) != NULL;
}

static bool is_mcp_json(struct aisp_slice path)
{
	const struct aisp_mcp_client *row = aisp_mcp_client_of(path);

	return row && row->form == AISP_FORM_JSONC;
}

static bool is_mcp_toml(struct aisp_slice path)
{
	return is_mcp(path) && ends(path, ".toml");
}

static bool is_agent_file(struct aisp_slice path)
{
	return aisp_agent_file_of(path) != NULL;
}

static bool is_dockerfile(struct aisp_slice path)
{
	return base_is(path, "Dockerfile") || base_is(path, "Containerfile") || base_starts(path, "Dockerfile.") ||
	       ends(path, ".Dockerfile") || ends(path, ".dockerfile");
}

static bool is_env(struct aisp_slice path)
{
	return base_is(path, ".env") || base_starts(path, ".env.") || ends(path, ".env") || base_is(path, ".envrc") ||
	       base_is(path, "env.example");
}

static bool is_properties(struct aisp_slice path)
{
	return ends(path, ".properties") || base_is(path, "alembic.ini") || base_is(path, ".pgpass.conf") || base_is(path, ".npmrc") ||
	       base_is(path, ".pypirc") || base_is(path, "pip.conf");
}

static bool is_yaml(struct aisp_slice path)
{
	return ends(path, ".yaml") || ends(path, ".yml");
}

static bool is_compose(struct aisp_slice path)
{
	return is_yaml(path) && (base_starts(path, "docker-compose") || base_starts(path, "compose."));
}

static bool is_terraform(struct aisp_slice path)
{
	return ends(path, ".tf") || ends(path, ".tofu");
}

static bool is_tfstate(struct aisp_slice path)
{
	return ends(path, ".tfstate");
}

static bool is_terraform_json(struct aisp_slice path)
{
	return ends(path, ".tf.json");
}

static bool is_packages(struct aisp_slice path, enum aisp_doc_form form)
{
	enum aisp_package_form f = aisp_packages_form(path);

	return f != AISP_PACKAGES_NONE && aisp_packages_doc_form(f) == form;
}

static bool is_packages_text(struct aisp_slice path)
{
	return is_packages(path, AISP_FORM_NONE);
}

static bool is_packages_json(struct aisp_slice path)
{
	return is_packages(path, AISP_FORM_JSON);
}

static bool is_packages_toml(struct aisp_slice path)
{
	return is_packages(path, AISP_FORM_TOML);
}

static bool is_packages_yaml(struct aisp_slice path)
{
	return is_packages(path, AISP_FORM_YAML);
}

/* Settings that are both: a tree of values, and what makes a framework's models. */
static bool is_spring(struct aisp_slice path)
{
	return aisp_source_lang_of(path) == AISP_SOURCE_SPRING;
}

static bool is_source(struct aisp_slice path)
{
	return aisp_source_takes(path) && !is_spring(path);
}

/* Configuration trees. */
static bool is_config_name(struct aisp_slice path)
{
	static const char *const begins[] = {"application", "bootstrap.", "config.", "settings.", "secrets.", "values", "appsettings",
	                                     "credentials.", "local.settings."};

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (base_starts(path, begins[i]))
			return true;
	return false;
}

static bool is_config_json(struct aisp_slice path)
{
	return ends(path, ".json") && is_config_name(path);
}

static bool is_config_toml(struct aisp_slice path)
{
	return ends(path, ".toml") && is_config_name(path);
}

static bool is_json(struct aisp_slice path)
{
	return ends(path, ".json");
}

static int parse_env(struct item *it, struct aisp_arena *a, struct aisp_err *err)
{
	(void)a;
	return aisp_settings_parse_env(aisp_buf_slice(&it->text), &it->settings, err);
}

static int parse_properties(struct item *it, struct aisp_arena *a, struct aisp_err *err)
{
	(void)a;
	return aisp_settings_parse_properties(aisp_buf_slice(&it->text), &it->settings, err);
}

static int parse_tree(struct item *it, struct aisp_arena *a, struct aisp_err *err)
{
	int r = 0;

	if (!is_config_name(it->path))
		return 0;
	for (size_t i = 0; r == 0 && i < it->docs.n; i++)
		r = aisp_settings_parse_tree(a, &it->docs.docs[i], &it->settings, err);
	return r;
}

/* The module holds what it needs of the text. */
static int parse_source(struct item *it, struct aisp_arena *a, struct aisp_err *err)
{
	int r = aisp_source_parse(it->path, aisp_buf_slice(&it->text), a, &it->source, err);

	if (it->text.p)
		explicit_bzero(it->text.p, it->text.n);
	aisp_buf_done(&it->text);
	return r;
}

static void add_source(struct scan *s, const struct item *it)
{
	aisp_source_add(s->source, it->path, &it->source);
}

static void add_mcp(struct scan *s, const struct item *it)
{
	for (size_t i = 0; i < it->docs.n; i++)
		aisp_mcp_add(&s->e, it->path, &it->docs.docs[i]);
}

static void add_agent_file(struct scan *s, const struct item *it)
{
	aisp_agent_file_add(&s->e, it->path, aisp_buf_slice(&it->text));
}

static void add_dockerfile(struct scan *s, const struct item *it)
{
	aisp_dockerfile_add(&s->e, it->path, aisp_buf_slice(&it->text));
}

static void add_settings(struct scan *s, const struct item *it)
{
	aisp_settings_add(&s->e, it->path, &it->settings);
}

static void add_settings_tree(struct scan *s, const struct item *it)
{
	aisp_settings_add_tree(&s->e, it->path, &it->settings);
}

static void add_ci(struct scan *s, const struct item *it)
{
	for (size_t i = 0; i < it->docs.n; i++)
		aisp_ci_add(&s->e, it->path, &it->docs.docs[i]);
}

static void add_packages(struct scan *s, const struct item *it)
{
	enum aisp_package_form form = aisp_packages_form(it->path);

	if (it->row->form == AISP_FORM_NONE)
		aisp_packages_add(&s->e, it->path, form, NULL, aisp_buf_slice(&it->text));
	for (size_t i = 0; i < it->docs.n; i++)
		aisp_packages_add(&s->e, it->path, form, &it->docs.docs[i], (struct aisp_slice){0});
}

static void add_terraform(struct scan *s, const struct item *it)
{
	for (size_t i = 0; i < it->docs.n; i++) {
		aisp_infra_add(s->infra, it->path, &it->docs.docs[i]);
		aisp_aws_module_add(s->aws, s->e.repo, it->path, &it->docs.docs[i]);
	}
}

/* YAML and JSON are told by what they say. */
static void add_document(struct scan *s, const struct item *it)
{
	struct aisp_env_files envs = {s->envs.v, s->envs.n};
	bool known = false;

	for (size_t i = 0; i < it->docs.n; i++) {
		const struct aisp_doc *d = &it->docs.docs[i];
		if (aisp_kube_is(d)) {
			aisp_kube_add(s->kube, it->path, d);
			known = true;
		} else if (aisp_compose_is(d) && is_yaml(it->path)) {
			aisp_compose_add(&s->e, it->path, d, &envs);
			known = true;
		} else if (aisp_infra_is_template(d)) {
			aisp_infra_add(s->infra, it->path, d);
			aisp_aws_template_add(s->aws, s->e.repo, it->path, d);
			known = true;
		} else if (it->row->sniff && aisp_aws_saved_add(s->aws, it->path, d)) {
			known = true;
		} else if (is_mcp(it->path)) {
			aisp_mcp_add(&s->e, it->path, d);
			known = true;
		}
	}
	if (is_compose(it->path) && !known && it->docs.n)
		aisp_emit_gap(&s->e, it->path, AISP_E_PARSE, AISP_S("named as a compose file, but no services were found in it"));
	if (!known)
		aisp_settings_add_tree(&s->e, it->path, &it->settings);
}

static const struct recogniser recognisers[] = {
	{"Terraform state", is_tfstate, AISP_FORM_JSON, 64 * MIB, {{NULL}}, aisp_aws_saved_sniff, NULL, add_document},
	{"MCP configuration", is_mcp_json, AISP_FORM_JSONC, 8 * MIB, {{NULL}}, NULL, NULL, add_mcp},
	{"MCP configuration", is_mcp_toml, AISP_FORM_TOML, 8 * MIB, {{NULL}}, NULL, NULL, add_mcp},
	{"source code", is_source, AISP_FORM_NONE, 32 * MIB, {{NULL}}, NULL, parse_source, add_source},
	{"agent file", is_agent_file, AISP_FORM_NONE, 4 * MIB, {{NULL}}, NULL, NULL, add_agent_file},
	{"package list", is_packages_text, AISP_FORM_NONE, 32 * MIB, {{NULL}}, NULL, NULL, add_packages},
	{"package list", is_packages_json, AISP_FORM_JSON, 64 * MIB, {{NULL}}, NULL, NULL, add_packages},
	{"package list", is_packages_toml, AISP_FORM_TOML, 32 * MIB, {{NULL}}, NULL, NULL, add_packages},
	{"package list", is_packages_yaml, AISP_FORM_YAML, 64 * MIB, {{NULL}}, NULL, NULL, add_packages},
	{"pipeline", aisp_ci_takes, AISP_FORM_YAML, 4 * MIB, {{NULL}}, NULL, NULL, add_ci},
	{"Terraform", is_terraform, AISP_FORM_HCL, 8 * MIB, {{NULL}}, NULL, NULL, add_terraform},
	{"Terraform", is_terraform_json, AISP_FORM_JSON, 8 * MIB, {{NULL}}, NULL, NULL, add_terraform},
	{"Dockerfile", is_dockerfile, AISP_FORM_NONE, 1 * MIB, {{NULL}}, NULL, NULL, add_dockerfile},
	{"environment file", is_env, AISP_FORM_NONE, 1 * MIB, {{NULL}}, NULL, parse_env, add_settings},
	{"properties", is_properties, AISP_FORM_NONE, 1 * MIB, {{NULL}}, NULL, parse_properties, add_settings_tree},
	{"compose file", is_compose, AISP_FORM_YAML, 8 * MIB, {{NULL}}, NULL, NULL, add_document},
	{"configuration", is_config_json, AISP_FORM_JSONC, 8 * MIB, {{NULL}}, NULL, parse_tree, add_settings_tree},
	{"configuration", is_config_toml, AISP_FORM_TOML, 8 * MIB, {{NULL}}, NULL, parse_tree, add_settings_tree},
	{"configuration", is_config_name, AISP_FORM_YAML, 8 * MIB, {{NULL}}, NULL, parse_tree, add_document},
	{"MCP configuration", is_mcp, AISP_FORM_YAML, 8 * MIB, {{NULL}}, NULL, NULL, add_document},
	{"YAML", is_yaml, AISP_FORM_YAML, 64 * MIB, {{"apiVersion", "kind"}, {"Resources", "AWS::"}}, NULL, NULL, add_document},
	{"JSON", is_json, AISP_FORM_JSON, 64 * MIB, {{"\"apiVersion\"", "\"kind\""}, {"\"Resources\"", "AWS::"}}, aisp_aws_saved_sniff, NULL, add_document},
};

static const struct recogniser *recogniser_of(struct aisp_slice path)
{
	for (size_t i = 0; i < sizeof recognisers / sizeof *recognisers; i++) {
		const struct recogniser *r = &recognisers[i];
		if (r->takes(path) && (r->takes != is_config_name || is_yaml(path)))
			return r;
	}
	return NULL;
}

/* Parsing one file, in a worker. */

static int item_gap(struct item *it, struct aisp_arena *a, enum aisp_code why, const char *detail)
{
	it->gap = why;
	it->detail = aisp_arena_dup(a, aisp_slice_z(detail));
	return it->detail.p ? 0 : AISP_E_NOMEM;
}

static bool is_utf16(struct aisp_slice t)
{
	return aisp_slice_starts(t, AISP_S("\xff\xfe")) || aisp_slice_starts(t, AISP_S("\xfe\xff"));
}

/* A Helm chart's or another engine's template: not a document until it is rendered. */
static bool is_template(struct aisp_slice path, struct aisp_slice text)
{
	struct aisp_slice t = text;
	size_t at;

	while ((at = aisp_slice_find(t, AISP_S("{{"))) != SIZE_MAX) {
		struct aisp_slice before = aisp_slice_to(t, at), rest = aisp_slice_from(t, at + 2);
		size_t nl = aisp_slice_rchr(before, '\n');
		struct aisp_slice head = aisp_slice_trim(aisp_slice_from(before, nl == SIZE_MAX ? 0 : nl + 1));
		/* a control at the begin of a line, or Helm's own names: "{{ .Values.x }}", "{{- include" */
		if (head.n == 0 || aisp_slice_starts(aisp_slice_trim(rest), AISP_S(".Values")) ||
		    aisp_slice_find(path, AISP_S("templates/")) != SIZE_MAX || aisp_slice_starts(rest, AISP_S("-")))
			return true;
		t = rest;
	}
	return false;
}

static int parse_form(struct item *it, struct aisp_arena *a, struct aisp_slice text, struct aisp_err *err)
{
	struct aisp_doc_limits limits = {.max_bytes = it->row->max_bytes};
	const struct aisp_doc *doc = NULL;
	int r;

	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	switch (it->row->form) {
	case AISP_FORM_NONE:
		return 0;
	case AISP_FORM_YAML:
		return aisp_yaml_parse(a, text, &limits, &it->docs, err);
	case AISP_FORM_JSON:
		r = aisp_json_parse(a, text, &limits, &doc, err);
		break;
	case AISP_FORM_JSONC:
		r = aisp_jsonc_parse(a, text, &limits, &doc, err);
		break;
	case AISP_FORM_HCL:
		r = aisp_hcl_parse(a, text, &limits, &doc, err);
		break;
	default:
		r = aisp_toml_parse(a, text, &limits, &doc, err);
	}
	if (r == 0)
		it->docs = (struct aisp_docs){doc, 1};
	return r;
}

static bool has_needed(const struct recogniser *row, struct aisp_slice text)
{
	for (size_t i = 0; i < 2 && row->needs[i][0]; i++)
		if (aisp_slice_find(text, aisp_slice_z(row->needs[i][0])) != SIZE_MAX && aisp_slice_find(text, aisp_slice_z(row->needs[i][1])) != SIZE_MAX)
			return true;
	return row->needs[0][0] == NULL;
}

static bool may_be_ours(const struct item *it, struct aisp_slice text)
{
	return has_needed(it->row, text) || (it->row->sniff && it->row->sniff(it->path, text));
}

static int parse_text(struct item *it, struct aisp_arena *a)
{
	struct aisp_slice text = aisp_buf_slice(&it->text);
	struct aisp_err err = {0};

	if (is_utf16(text))
		return item_gap(it, a, AISP_E_PARSE, "UTF-16 text: save it as UTF-8");
	if (!may_be_ours(it, text))
		return 0;
	if (text.n && memchr(text.p, 0, text.n < 8192 ? text.n : 8192))
		return item_gap(it, a, AISP_E_PARSE, "not text: it has zero bytes");
	if (it->row->form == AISP_FORM_YAML && is_template(it->path, text))
		return item_gap(it, a, AISP_E_PARSE, "a template: render it (helm template, kustomize build) and scan the output");
	int r = parse_form(it, a, text, &err);
	if (r == 0 && it->row->parse)
		r = it->row->parse(it, a, &err);
	if (r == 0 && it->row->parse != parse_source && is_spring(it->path))
		r = aisp_source_parse(it->path, text, a, &it->source, &err);
	if (r == AISP_E_NOMEM && aisp_arena_full(a))
		return item_gap(it, a, AISP_E_LIMIT, "no room left for the documents of one scan; scan parts as targets of their own");
	if (r == AISP_E_NOMEM)
		return r;
	return r < 0 ? item_gap(it, a, (enum aisp_code)r, err.msg) : 0;
}

static int read_item(struct scan *s, struct item *it, struct aisp_arena *a)
{
	struct aisp_err err = {0};
	const char *why;
	enum aisp_code code;

	if (aisp_watch_skip(s->c->watch, it->path, &code, &why))
		return item_gap(it, a, code, why);
	if (aisp_clock_mono_ns() > s->deadline_ns)
		return item_gap(it, a, AISP_E_TIMEOUT, "the time for this source ran out");
	if (it->size > it->row->max_bytes) {
		struct aisp_slice d = aisp_arena_printf(a, "%llu bytes; a file of this kind (%s) is read up to %llu",
		                                        (unsigned long long)it->size, it->row->name,
		                                        (unsigned long long)it->row->max_bytes);
		return d.p ? item_gap(it, a, AISP_E_LIMIT, d.p) : AISP_E_NOMEM;
	}
	int r = aisp_fs_read(s->root, it->path.p, true, it->row->max_bytes, &it->text, &err);
	if (r == AISP_E_NOMEM)
		return r;
	if (r < 0)
		return item_gap(it, a, (enum aisp_code)r, err.msg);
	return parse_text(it, a);
}

static int parse_item(void *ctx, size_t i, unsigned worker)
{
	struct scan *s = ctx;

	aisp_watch_begin(s->c->watch, worker, s->items.v[i].path);
	int r = read_item(s, &s->items.v[i], s->arenas[worker]);
	aisp_watch_end(s->c->watch, worker);
	return r;
}

/* Adding. */

static bool is_component_marker(struct aisp_slice path)
{
	static const char *const names[] = {"Dockerfile",       "Containerfile", "pyproject.toml", "requirements.txt", "setup.py",
	                                    "setup.cfg",        "Pipfile",       "package.json",   "go.mod",           "Cargo.toml",
	                                    "pom.xml",          "build.gradle",  "build.gradle.kts", "Gemfile",        "composer.json",
	                                    "environment.yml",  "uv.lock",       "poetry.lock",    "mix.exs",          "deno.json"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(aisp_slice_basename(path), names[i]))
			return true;
	return is_dockerfile(path);
}

static void add_components(struct scan *s)
{
	for (size_t i = 0; i < s->walk.files.n; i++)
		if (is_component_marker(s->walk.files.v[i].path))
			aisp_emit_component(&s->e, aisp_slice_dirname(s->walk.files.v[i].path), s->walk.files.v[i].path);
}

static void add_walk(struct scan *s)
{
	struct aisp_emit *e = &s->e;

	for (size_t i = 0; i < s->walk.gaps.n; i++)
		aisp_emit_gap(e, s->walk.gaps.v[i].path, s->walk.gaps.v[i].why, s->walk.gaps.v[i].detail);
	aisp_emit_int(e, e->repo_node, "files", (int64_t)s->walk.files.n);
	aisp_emit_int(e, e->repo_node, "files_read", (int64_t)s->items.n);
	if (s->walk.ignored)
		aisp_emit_int(e, e->repo_node, "ignored", (int64_t)s->walk.ignored);
	if (s->walk.links)
		aisp_emit_int(e, e->repo_node, "links_passed_over", (int64_t)s->walk.links);
	if (s->walk.packages)
		aisp_emit_int(e, e->repo_node, "package_folders_passed_over", (int64_t)s->walk.packages);
}

static void keep_settings(struct scan *s)
{
	for (size_t i = 0; i < s->items.n; i++) {
		const struct item *it = &s->items.v[i];
		struct aisp_env_file f = {.path = it->path, .v = it->settings.v.v, .n = it->settings.v.n};
		if (it->row->parse == parse_env && aisp_vec_push(&s->envs, f) < 0)
			aisp_emit_fail(&s->e, AISP_E_NOMEM, NULL);
	}
}

static void add_items(struct scan *s)
{
	for (size_t i = 0; i < s->items.n && !s->e.bad; i++) {
		const struct item *it = &s->items.v[i];
		if (it->gap && it->row->sniff == aisp_aws_saved_sniff && aisp_aws_saved_failed(s->aws, it->path, aisp_buf_slice(&it->text), it->gap, it->detail))
			continue;
		if (it->gap)
			aisp_emit_gap(&s->e, it->path, it->gap, it->detail);
		else if (it->row->add) {
			aisp_watch_begin(s->c->watch, 0, it->path);
			it->row->add(s, it);
			if (it->row->add != add_source && it->source.module)
				add_source(s, it);
			aisp_watch_end(s->c->watch, 0);
		}
		aisp_progress_step(s->c->progress, i + 1, s->items.n);
	}
}

static int list_items(struct scan *s, struct aisp_err *err)
{
	for (size_t i = 0; i < s->walk.files.n; i++) {
		struct item it = {.path = s->walk.files.v[i].path, .size = s->walk.files.v[i].size};
		it.row = recogniser_of(it.path);
		aisp_buf_init(&it.text, 0);
		if (it.row && aisp_vec_push(&s->items, it) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for the list of files");
	}
	return 0;
}

static void done(struct scan *s)
{
	for (size_t i = 0; i < s->items.n; i++) {
		struct item *it = &s->items.v[i];
		for (size_t d = 0; d < it->docs.n; d++)
			aisp_doc_wipe(&it->docs.docs[d]);
		aisp_settings_done(&it->settings);
		if (it->text.p)
			explicit_bzero(it->text.p, it->text.n);
		aisp_buf_done(&it->text);
	}
	aisp_vec_done(&s->items);
	aisp_vec_done(&s->envs);
	aisp_kube_free(s->kube);
	aisp_infra_free(s->infra);
	aisp_aws_facts_free(s->aws);
	aisp_source_graph_free(s->source);
	aisp_content_stage_free(s->content);
	aisp_emit_done(&s->e);
	aisp_walk_done(&s->walk);
	for (size_t i = 0; i < sizeof s->arenas / sizeof *s->arenas; i++)
		aisp_arena_free(s->arenas[i]);
	if (s->root >= 0)
		close(s->root);
}

/* What needs all files together. */
static int new_parsers(struct scan *s, struct aisp_err *err)
{
	s->kube = aisp_kube_new(&s->e);
	s->infra = aisp_infra_new(&s->e);
	s->source = aisp_source_graph_new(&s->e);
	if (!s->kube || !s->infra || !s->source)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	return aisp_aws_facts_new(s->c, false, &s->aws, err);
}

static int run(struct scan *s, const struct aisp_target *t, struct aisp_arena *a, struct aisp_err *err)
{
	unsigned workers = aisp_task_workers();
	struct aisp_repo repo;
	int r = aisp_repo_open(t, a, &repo, &s->root, err);

	if (r < 0)
		return r;
	if (repo.only.n)
		r = aisp_repo_single(s->root, repo.only, a, &s->walk, err);
	else
		r = aisp_walk_run(&s->walk, a, s->root, &(struct aisp_walk_options){.exclude = t->exclude, .n_exclude = t->n_exclude}, err);
	if (r == 0)
		r = list_items(s, err);
	for (unsigned w = 0; r == 0 && w < workers && w < 64; w++)
		if (!(s->arenas[w] = aisp_arena_new((size_t)2048 * MIB)))
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for workers");
	if (r == 0)
		r = aisp_task_each(s->items.n, parse_item, s, err);
	if (r == 0 && s->c->content)
		r = aisp_content_stage_run(s->c, t, s->root, &s->walk, s->deadline_ns, &s->content, err);
	if (r < 0)
		return aisp_wrap(err, r, "while reading the files of %.*s", AISP_FMT(repo.name));
	aisp_emit_init(&s->e, s->c, a, repo.name, repo.remote.n ? AISP_S(".git/config") : AISP_S("."));
	if (t->cluster.n)
		s->e.cluster = t->cluster;
	aisp_emit_str(&s->e, s->e.repo_node, "remote", repo.remote);
	aisp_emit_owners(&s->e, s->root);
	add_walk(s);
	add_components(s);
	r = new_parsers(s, err);
	if (r < 0)
		return r;
	keep_settings(s);
	add_items(s);
	aisp_kube_finish(s->kube);
	aisp_infra_finish(s->infra);
	r = aisp_aws_facts_finish(s->aws, err);
	if (r < 0)
		return r;
	aisp_source_finish(s->source);
	aisp_tool_actions_add(&s->e);
	aisp_emit_last_changes(&s->e, repo.only.n ? NULL : t->text.p);
	r = s->content ? aisp_content_stage_add(s->content, &s->e, t->text.n ? t->text.p : ".", err) : 0;
	return r < 0 ? r : aisp_emit_check(&s->e, err);
}

static int scan_files(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new((size_t)4096 * MIB);
	struct scan *s = a ? aisp_mem_zalloc(1, sizeof *s) : NULL;
	int r;

	if (!s) {
		aisp_arena_free(a);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	s->c = c;
	s->root = -1;
	s->deadline_ns = aisp_clock_mono_ns() + (uint64_t)(c->timeout_s ? c->timeout_s : 600) * 1000000000u;
	r = run(s, t, a, err);
	done(s);
	aisp_mem_free(s);
	aisp_arena_free(a);
	return r;
}

static int recognise(struct aisp_slice target)
{
	char path[4096];
	struct stat st;

	if (target.n == 0 || target.n >= sizeof path || aisp_slice_find(target, AISP_S("://")) != SIZE_MAX)
		return 0;
	memcpy(path, target.p, target.n);
	path[target.n] = '\0';
	if (stat(path, &st) < 0)
		return 0;
	return S_ISDIR(st.st_mode) ? 50 : S_ISREG(st.st_mode) ? 20 : 0;
}

static bool at_rest(const struct aisp_target *t)
{
	(void)t;
	return true;
}

static int source_key(const struct aisp_target *t, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new(16 * MIB);
	struct aisp_repo repo;
	int root = -1, r;

	if (!a)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	r = aisp_repo_open(t, a, &repo, &root, err);
	if (r == 0) {
		aisp_buf_printf(out, "files:%.*s", AISP_FMT(repo.name));
		r = aisp_buf_check(out, err);
	}
	if (root >= 0)
		close(root);
	aisp_arena_free(a);
	return r;
}

extern const struct aisp_collector aisp_collector_files;
const struct aisp_collector aisp_collector_files = {
	.name = "files",
	.target_form = "DIR",
	.description = "a folder, git checkout or single file: code, manifests, compose files, MCP and agent configuration, .env",
	.recognise = recognise,
	.source_key = source_key,
	.at_rest = at_rest,
	.scan = scan_files,
};
