/* Configurations of MCP clients: see mcp.h. */
#include "collect/files/mcp.h"

enum { MAX_WORDS = 256, MAX_SERVERS = 10000 };

/* "a/b" fits at the end of a path, at a folder's border. '*' as in a glob. */
static bool path_fits(struct aisp_slice path, struct aisp_slice pattern)
{
	unsigned levels = 0, have = 0;

	for (size_t i = 0; i < pattern.n; i++)
		levels += pattern.p[i] == '/';
	for (size_t i = path.n; i-- > 0;)
		if (path.p[i] == '/' && have++ == levels)
			return aisp_slice_glob(pattern, aisp_slice_from(path, i + 1));
	return have == levels && aisp_slice_glob(pattern, path);
}

static bool row_fits(const struct aisp_mcp_client *row, struct aisp_slice path)
{
	struct aisp_slice rest = aisp_slice_z(row->paths), pattern;

	while (rest.p && aisp_slice_split(&rest, '|', &pattern))
		if (path_fits(path, pattern))
			return true;
	return false;
}

const struct aisp_mcp_client *aisp_mcp_client_of(struct aisp_slice path)
{
	for (size_t i = 0; i < aisp_mcp_client_count; i++)
		if (row_fits(&aisp_mcp_clients[i], path))
			return &aisp_mcp_clients[i];
	return NULL;
}

/* The first alternative ("a|b/c") that is there. */
static const struct aisp_doc *field(const struct aisp_doc *d, const char *names)
{
	struct aisp_slice rest = aisp_slice_z(names), alternative, level;

	while (rest.p && aisp_slice_split(&rest, '|', &alternative)) {
		const struct aisp_doc *at = d;
		while (at && alternative.p && aisp_slice_split(&alternative, '/', &level))
			at = aisp_doc_gets(at, level);
		if (at && at->type != AISP_DOC_NULL)
			return at;
	}
	return NULL;
}

/* Packages. */

static bool is_exact_version(struct aisp_slice v)
{
	if (v.n > 0 && v.p[0] == 'v')
		v = aisp_slice_from(v, 1);
	if (v.n == 0 || v.p[0] < '0' || v.p[0] > '9')
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (memchr("*^~<>| xX", v.p[i], 9))
			return false;
	return aisp_slice_chr(v, '.') != SIZE_MAX;
}

static void set_npm(struct aisp_slice spec, struct aisp_mcp_package *p)
{
	size_t at = aisp_slice_rchr(spec, '@');

	p->ecosystem = AISP_S("npm");
	if (at == SIZE_MAX || at == 0) {
		p->name = spec;
		return;
	}
	p->name = aisp_slice_to(spec, at);
	p->version = aisp_slice_from(spec, at + 1);
	p->pinned = is_exact_version(p->version);
}

static void set_pypi(struct aisp_slice spec, struct aisp_mcp_package *p)
{
	size_t eq = aisp_slice_find(spec, AISP_S("==")), at = aisp_slice_rchr(spec, '@');

	p->ecosystem = AISP_S("pypi");
	p->name = spec;
	if (aisp_slice_starts(spec, AISP_S("git+"))) {
		p->ecosystem = AISP_S("git");
		if (at != SIZE_MAX && at > 8) {
			p->name = aisp_slice_to(spec, at);
			p->version = aisp_slice_from(spec, at + 1);
			p->pinned = p->version.n == 40;
		}
	} else if (eq != SIZE_MAX) {
		p->name = aisp_slice_to(spec, eq);
		p->version = aisp_slice_from(spec, eq + 2);
		p->pinned = is_exact_version(p->version);
	} else if (at != SIZE_MAX) {
		p->name = aisp_slice_to(spec, at);
		p->version = aisp_slice_from(spec, at + 1);
		p->pinned = is_exact_version(p->version);
	}
	size_t extra = aisp_slice_chr(p->name, '[');
	if (extra != SIZE_MAX && extra > 0)
		p->name = aisp_slice_to(p->name, extra);
}

/* A tag can be moved; only a digest pins. */
static void set_image(struct aisp_slice ref, struct aisp_mcp_package *p)
{
	size_t digest = aisp_slice_find(ref, AISP_S("@sha256:")), slash = aisp_slice_rchr(ref, '/');
	size_t colon = aisp_slice_rchr(aisp_slice_to(ref, digest == SIZE_MAX ? ref.n : digest), ':');

	p->ecosystem = AISP_S("oci");
	p->name = aisp_slice_to(ref, digest == SIZE_MAX ? ref.n : digest);
	if (colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash)) {
		p->name = aisp_slice_to(ref, colon);
		p->version = aisp_slice_of(ref.p + colon + 1, (digest == SIZE_MAX ? ref.n : digest) - colon - 1);
	}
	p->pinned = digest != SIZE_MAX;
	if (aisp_slice_starts(p->name, AISP_S("docker.io/")))
		p->name = aisp_slice_from(p->name, 10);
}

/* Flags of docker run that take a value in the next word. */
static bool takes_value(struct aisp_slice flag)
{
	static const char *const flags[] = {"-e", "--env", "-v", "--volume", "--mount", "-p", "--publish", "--name", "--network", "-w",
	                                    "--workdir", "-u", "--user", "--entrypoint", "--env-file", "-l", "--label", "--platform",
	                                    "--add-host", "-m", "--memory", "--cpus", "--net", "--pull", "--with", "--python",
	                                    "--index-url", "--extra-index-url", "--directory", "--project", "--index"};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (aisp_slice_eqz(flag, flags[i]))
			return true;
	return false;
}

/* The first word that is no flag (nor a flag's value), from i on; the value of `package_flags` wins. */
static struct aisp_slice first_word(const struct aisp_slice *args, size_t n, size_t i, const char *const package_flags[3])
{
	struct aisp_slice none = {0};

	for (; i < n; i++) {
		struct aisp_slice a = args[i];
		if (a.n == 0 || a.p[0] != '-')
			return a;
		for (size_t f = 0; f < 3 && package_flags[f]; f++) {
			struct aisp_slice flag = aisp_slice_z(package_flags[f]);
			if (aisp_slice_eq(a, flag) && i + 1 < n)
				return args[i + 1];
			if (aisp_slice_starts(a, flag) && a.n > flag.n + 1 && a.p[flag.n] == '=')
				return aisp_slice_from(a, flag.n + 1);
		}
		if (takes_value(a))
			i++;
	}
	return none;
}

static size_t skip_words(const struct aisp_slice *args, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && args[i].n > 0 && args[i].p[0] == '-')
		i++;
	return i < n && aisp_slice_eqz(args[i], word) ? i + 1 : SIZE_MAX;
}

bool aisp_mcp_package_of(struct aisp_slice command, const struct aisp_slice *args, size_t n, struct aisp_mcp_package *ret)
{
	static const struct {
		const char *command, *word; /* word: a subcommand that must come first */
		void (*set)(struct aisp_slice, struct aisp_mcp_package *);
		const char *package_flags[3];
	} runners[] = {
		{"npx", NULL, set_npm, {"-p", "--package", NULL}},      {"bunx", NULL, set_npm, {NULL}},
		{"pnpx", NULL, set_npm, {NULL}},                        {"pnpm", "dlx", set_npm, {"--package", NULL}},
		{"yarn", "dlx", set_npm, {"-p", "--package", NULL}},    {"npm", "exec", set_npm, {"--package", NULL}},
		{"bun", "x", set_npm, {NULL}},                          {"uvx", NULL, set_pypi, {"--from", NULL}},
		{"pipx", "run", set_pypi, {"--spec", NULL}},            {"docker", "run", set_image, {NULL}},
		{"podman", "run", set_image, {NULL}},                   {"nerdctl", "run", set_image, {NULL}},
	};
	struct aisp_slice name = aisp_slice_basename(command), word;

	*ret = (struct aisp_mcp_package){0};
	if ((aisp_slice_eqi(name, AISP_S("cmd")) || aisp_slice_eqi(name, AISP_S("cmd.exe"))) && n >= 2 && aisp_slice_eqi(args[0], AISP_S("/c")))
		return aisp_mcp_package_of(args[1], args + 2, n - 2, ret);
	if (aisp_slice_eqz(name, "uv") && n >= 3 && aisp_slice_eqz(args[0], "tool") && aisp_slice_eqz(args[1], "run"))
		return aisp_mcp_package_of(AISP_S("uvx"), args + 2, n - 2, ret);
	if (aisp_slice_ends(name, AISP_S(".cmd")) || aisp_slice_ends(name, AISP_S(".exe")))
		name.n -= 4;
	for (size_t i = 0; i < sizeof runners / sizeof *runners; i++) {
		if (!aisp_slice_eqz(name, runners[i].command))
			continue;
		size_t from = runners[i].word ? skip_words(args, n, runners[i].word) : 0;
		if (from == SIZE_MAX)
			continue;
		word = first_word(args, n, from, runners[i].package_flags);
		if (word.n == 0 || aisp_value_is_reference(word))
			return false;
		runners[i].set(word, ret);
		return ret->name.n > 0;
	}
	return false;
}

/* One server. */

struct server {
	struct aisp_emit *e;
	const struct aisp_mcp_client *row;
	struct aisp_slice path, name, pointer;
	const struct aisp_doc *d;
	aisp_node file, client, node;
	struct aisp_slice id;
	struct aisp_place at;
};

static size_t command_words(const struct server *s, struct aisp_slice *words)
{
	const struct aisp_doc *command = field(s->d, s->row->fields->command), *args = field(s->d, s->row->fields->args);
	size_t n = 0;

	if (command && command->type == AISP_DOC_STR)
		words[n++] = command->s;
	for (uint32_t i = 0; command && command->type == AISP_DOC_ARR && i < command->n && n < MAX_WORDS; i++)
		words[n++] = aisp_doc_str(&command->items[i]);
	for (uint32_t i = 0; args && args->type == AISP_DOC_ARR && i < args->n && n < MAX_WORDS; i++)
		words[n++] = aisp_doc_str(&args->items[i]);
	return n;
}

/* mcp-remote and the like: a local command that only passes on to a URL. */
static struct aisp_slice url_in(const struct aisp_slice *words, size_t n)
{
	struct aisp_slice none = {0};

	for (size_t i = 0; i < n; i++)
		if (aisp_slice_starts(words[i], AISP_S("https://")) || aisp_slice_starts(words[i], AISP_S("http://")))
			return words[i];
	return none;
}

static void add_package(struct server *s, const struct aisp_slice *words, size_t n)
{
	struct aisp_mcp_package p;
	const struct aisp_mcp_known *known;

	if (n == 0)
		return;
	if (!aisp_mcp_package_of(words[0], words + 1, n - 1, &p)) {
		known = aisp_mcp_known_find(aisp_slice_basename(words[0]));
	} else {
		aisp_emit_str(s->e, s->node, "package", p.name);
		aisp_emit_str(s->e, s->node, "package_ecosystem", p.ecosystem);
		aisp_emit_str(s->e, s->node, "package_version", p.version);
		aisp_emit_bool(s->e, s->node, "pinned", p.pinned);
		known = aisp_mcp_known_find(p.name);
		if (aisp_slice_eqz(p.name, "mcp-remote") && url_in(words, n).n) {
			char shown[1024];
			if (aisp_url_show(url_in(words, n), shown, sizeof shown))
				aisp_emit_strz(s->e, s->node, "url", shown);
		}
	}
	if (known) {
		if (known->executes_code)
			aisp_emit_bool(s->e, s->node, "executes_code", true);
		aisp_emit_strz(s->e, s->node, "data", known->data);
	}
}

static void add_command(struct server *s)
{
	struct aisp_slice words[MAX_WORDS];
	size_t n = command_words(s, words);
	const aisp_node holders[] = {s->node, s->file};
	struct aisp_value v;

	if (n == 0)
		return;
	add_package(s, words, n);
	aisp_emit_str(s->e, s->node, "command", aisp_args_show(s->e, words, n, holders, 2, &s->at));
	for (size_t i = 1; i < n; i++) {
		aisp_value_classify(AISP_S(""), words[i], &v);
		if (v.kind == AISP_VALUE_CONNECTION && aisp_connection_is_store(&v.connection)) {
			aisp_connection_props(s->e, s->node, &v.connection);
			break;
		}
	}
}

static void add_env(struct server *s)
{
	const struct aisp_doc *env = field(s->d, s->row->fields->env);
	struct aisp_holder h = {.node = s->node, .id = s->id, .path = s->path, .file = s->file, .acts = true};
	struct aisp_settings all = {0};

	for (uint32_t i = 0; env && env->type == AISP_DOC_OBJ && i < env->n; i++) {
		const struct aisp_doc *v = &env->members[i].value;
		struct aisp_setting x = {.name = env->members[i].key, .value = aisp_doc_str(v), .line = env->members[i].line};
		x.pointer = aisp_emit_fmt(s->e, "%.*s/env/%.*s", AISP_FMT(s->pointer), AISP_FMT(x.name));
		if (v->type == AISP_DOC_OBJ) /* goose: { value: … } */
			x.value = aisp_doc_getstr(v, "value");
		if (aisp_vec_push(&all.v, x) < 0)
			aisp_emit_fail(s->e, AISP_E_NOMEM, NULL);
		struct aisp_value c;
		aisp_value_classify(x.name, x.value, &c);
		if (c.kind == AISP_VALUE_CONNECTION && aisp_connection_is_store(&c.connection))
			aisp_connection_props(s->e, s->node, &c.connection);
	}
	aisp_holder_add(s->e, &h, all.v.v, all.v.n);
	aisp_settings_done(&all);
}

/* Asked for by whom? A header with a credential says so; else it is not known (OAuth is negotiated when connecting). */
static void add_remote(struct server *s, struct aisp_slice url)
{
	const struct aisp_doc *headers = field(s->d, s->row->fields->headers);
	bool required = aisp_doc_getstr(s->d, "bearer_token_env_var").n > 0 || aisp_doc_get(s->d, "oauth") != NULL;
	const aisp_node holders[] = {s->node, s->file};
	char shown[1024];

	if (aisp_url_show(url, shown, sizeof shown))
		aisp_emit_strz(s->e, s->node, "url", shown);
	for (uint32_t i = 0; headers && headers->type == AISP_DOC_OBJ && i < headers->n; i++) {
		const struct aisp_member *m = &headers->members[i];
		struct aisp_place at = {.path = s->path, .line = m->line};
		at.pointer = aisp_emit_fmt(s->e, "%.*s/headers/%.*s", AISP_FMT(s->pointer), AISP_FMT(m->key));
		required |= aisp_key_credential_kind(m->key) != NULL || aisp_token_kind(aisp_doc_str(&m->value)) != NULL;
		aisp_credential_add(s->e, m->key, aisp_doc_str(&m->value), holders, 2, &at);
	}
	aisp_credential_add(s->e, AISP_S(""), url, holders, 2, &s->at); /* user:password@ in the address */
	size_t q = aisp_slice_chr(url, '?');
	struct aisp_slice query = aisp_slice_from(url, q == SIZE_MAX ? url.n : q + 1), pair;
	while (query.n && aisp_slice_split(&query, '&', &pair)) {
		size_t eq = aisp_slice_chr(pair, '=');
		if (eq == SIZE_MAX || !aisp_key_credential_kind(aisp_slice_to(pair, eq)))
			continue;
		required = true;
		aisp_credential_add(s->e, aisp_slice_to(pair, eq), aisp_slice_from(pair, eq + 1), holders, 2, &s->at);
	}
	aisp_emit_strz(s->e, s->node, "auth", required ? "required" : "unknown");
}

static void add_server(struct server *s)
{
	struct aisp_emit *e = s->e;
	struct aisp_slice url = aisp_doc_str(field(s->d, s->row->fields->url)), type = aisp_doc_str(field(s->d, s->row->fields->type));
	const struct aisp_doc *disabled = field(s->d, s->row->fields->disabled), *enabled = field(s->d, s->row->fields->enabled);
	struct aisp_edge_in in = {0};
	char shown[1024];

	s->at = (struct aisp_place){.path = s->path, .line = aisp_doc_line(s->d), .pointer = s->pointer};
	s->id = aisp_emit_fmt(e, "mcp://%.*s/%.*s#%.*s", AISP_FMT(e->repo), AISP_FMT(s->path), AISP_FMT(s->name));
	if (aisp_url_show(url, shown, sizeof shown))
		s->id = aisp_emit_fmt(e, "%s", shown);
	s->node = aisp_emit_node(e, AISP_NODE_MCP_SERVER, s->id, &s->at);
	aisp_emit_str(e, s->node, "name", s->name);
	aisp_emit_str(e, s->node, "transport", type.n ? type : url.n ? AISP_S("http") : AISP_S("stdio"));
	if (aisp_doc_bool(disabled, false) || !aisp_doc_bool(enabled, true))
		aisp_emit_bool(e, s->node, "disabled", true);
	in.control = aisp_emit_fmt(e, "%.*s#%.*s", AISP_FMT(s->path), AISP_FMT(s->pointer));
	aisp_emit_edge_in(e, s->client, AISP_EDGE_HAS_TOOL, s->node, &in, &s->at);
	aisp_emit_edge_in(e, s->file, AISP_EDGE_CONFIGURES, s->node, &in, &s->at);
	add_command(s);
	add_env(s);
	if (url.n)
		add_remote(s, url);
}

/* The servers under one place. */
static void add_servers(struct server s, const struct aisp_doc *map, struct aisp_slice pointer)
{
	struct aisp_emit *e = s.e;

	if (aisp_doc_count(map) == 0)
		return;
	struct aisp_place at = {.path = s.path, .line = map->line, .pointer = pointer};
	s.file = aisp_emit_file(e, s.path);
	s.client = aisp_emit_node(e, AISP_NODE_MCP_CLIENT,
	                          aisp_emit_fmt(e, "mcpclient://%.*s/%.*s#%s", AISP_FMT(e->repo), AISP_FMT(s.path), s.row->client), &at);
	aisp_emit_strz(e, s.client, "name", s.row->name);
	aisp_emit_edge(e, s.file, AISP_EDGE_CONFIGURES, s.client, &at);
	if (map->n > MAX_SERVERS)
		aisp_emit_gap(e, s.path, AISP_E_LIMIT, AISP_S("more MCP servers than are read from one file"));
	for (uint32_t i = 0; i < map->n && i < MAX_SERVERS && !e->bad; i++) {
		s.d = map->type == AISP_DOC_OBJ ? &map->members[i].value : &map->items[i];
		s.name = map->type == AISP_DOC_OBJ ? map->members[i].key : aisp_doc_getstr(s.d, "name");
		if (s.d->type != AISP_DOC_OBJ)
			continue;
		if (s.name.n == 0)
			s.name = aisp_emit_fmt(e, "%u", i);
		s.pointer = map->type == AISP_DOC_OBJ ? aisp_emit_fmt(e, "%.*s/%.*s", AISP_FMT(pointer), AISP_FMT(s.name))
		                                      : aisp_emit_fmt(e, "%.*s/%u", AISP_FMT(pointer), i);
		add_server(&s);
	}
}

static void follow(struct server s, const struct aisp_doc *d, struct aisp_slice rest, struct aisp_slice pointer)
{
	struct aisp_slice level;

	if (!d)
		return;
	if (!rest.p || !aisp_slice_split(&rest, '/', &level)) {
		add_servers(s, d, pointer);
		return;
	}
	for (uint32_t i = 0; aisp_slice_eqz(level, "*") && d->type == AISP_DOC_OBJ && i < d->n; i++)
		follow(s, &d->members[i].value, rest, aisp_emit_fmt(s.e, "%.*s/%.*s", AISP_FMT(pointer), AISP_FMT(d->members[i].key)));
	follow(s, aisp_doc_gets(d, level), rest, aisp_emit_fmt(s.e, "%.*s/%.*s", AISP_FMT(pointer), AISP_FMT(level)));
}

void aisp_mcp_add(struct aisp_emit *e, struct aisp_slice path, const struct aisp_doc *doc)
{
	const struct aisp_mcp_client *first = aisp_mcp_client_of(path);

	for (const struct aisp_mcp_client *row = first; row && row < aisp_mcp_clients + aisp_mcp_client_count; row++) {
		struct server s = {.e = e, .row = row, .path = path};
		struct aisp_slice rest = aisp_slice_z(row->servers), alternative;
		if (!row_fits(row, path) || (row != first && strcmp(row->client, "mcp") == 0))
			continue;
		while (rest.p && aisp_slice_split(&rest, '|', &alternative))
			follow(s, doc, alternative, AISP_S(""));
	}
}
