/* See packages.h. */
#include "collect/files/packages.h"
#include "collect/files/mcp.h"

struct packages {
	struct aisp_emit *e;
	struct aisp_slice path;
	const char *ecosystem;
	bool locked; /* versions are those that are installed */
};

static const struct {
	const char *name; /* of the file; a leading * : its ending */
	enum aisp_package_form form;
	enum aisp_doc_form doc;
} files[] = {
	{"pyproject.toml", AISP_PACKAGES_PYPROJECT, AISP_FORM_TOML},
	{"poetry.lock", AISP_PACKAGES_TOML_LOCK, AISP_FORM_TOML},
	{"uv.lock", AISP_PACKAGES_TOML_LOCK, AISP_FORM_TOML},
	{"pdm.lock", AISP_PACKAGES_TOML_LOCK, AISP_FORM_TOML},
	{"Cargo.lock", AISP_PACKAGES_TOML_LOCK, AISP_FORM_TOML},
	{"pylock.toml", AISP_PACKAGES_TOML_LOCK, AISP_FORM_TOML},
	{"*.versions.toml", AISP_PACKAGES_CATALOG, AISP_FORM_TOML},
	{"Pipfile", AISP_PACKAGES_PIPFILE, AISP_FORM_TOML},
	{"Pipfile.lock", AISP_PACKAGES_PIPFILE_LOCK, AISP_FORM_JSON},
	{"environment.yml", AISP_PACKAGES_CONDA, AISP_FORM_YAML},
	{"environment.yaml", AISP_PACKAGES_CONDA, AISP_FORM_YAML},
	{"package.json", AISP_PACKAGES_NPM, AISP_FORM_JSON},
	{"package-lock.json", AISP_PACKAGES_NPM_LOCK, AISP_FORM_JSON},
	{"npm-shrinkwrap.json", AISP_PACKAGES_NPM_LOCK, AISP_FORM_JSON},
	{"yarn.lock", AISP_PACKAGES_YARN_LOCK, AISP_FORM_NONE},
	{"pnpm-lock.yaml", AISP_PACKAGES_PNPM_LOCK, AISP_FORM_YAML},
	{"go.mod", AISP_PACKAGES_GO_MOD, AISP_FORM_NONE},
	{"Cargo.toml", AISP_PACKAGES_CARGO, AISP_FORM_TOML},
	{"pom.xml", AISP_PACKAGES_POM, AISP_FORM_NONE},
	{"build.gradle", AISP_PACKAGES_GRADLE, AISP_FORM_NONE},
	{"build.gradle.kts", AISP_PACKAGES_GRADLE, AISP_FORM_NONE},
	{"*.csproj", AISP_PACKAGES_CSPROJ, AISP_FORM_NONE},
	{"*.fsproj", AISP_PACKAGES_CSPROJ, AISP_FORM_NONE},
	{"Directory.Packages.props", AISP_PACKAGES_CSPROJ, AISP_FORM_NONE},
	{"packages.lock.json", AISP_PACKAGES_NUGET_LOCK, AISP_FORM_JSON},
	{"Gemfile", AISP_PACKAGES_GEMFILE, AISP_FORM_NONE},
	{"*.gemspec", AISP_PACKAGES_GEMFILE, AISP_FORM_NONE},
	{"Gemfile.lock", AISP_PACKAGES_GEMFILE_LOCK, AISP_FORM_NONE},
	{"composer.json", AISP_PACKAGES_COMPOSER, AISP_FORM_JSON},
	{"composer.lock", AISP_PACKAGES_COMPOSER_LOCK, AISP_FORM_JSON},
};

enum aisp_package_form aisp_packages_form(struct aisp_slice path)
{
	struct aisp_slice base = aisp_slice_basename(path);

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i].name[0] == '*' ? aisp_slice_ends(base, aisp_slice_z(files[i].name + 1)) : aisp_slice_eqz(base, files[i].name))
			return files[i].form;
	if (aisp_slice_ends(base, AISP_S(".txt")) &&
	    (aisp_slice_find(base, AISP_S("requirements")) != SIZE_MAX || aisp_slice_starts(base, AISP_S("constraints")) ||
	     aisp_slice_eqz(aisp_slice_basename(aisp_slice_dirname(path)), "requirements")))
		return AISP_PACKAGES_REQUIREMENTS;
	return AISP_PACKAGES_NONE;
}

unsigned aisp_packages_doc_form(enum aisp_package_form form)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i].form == form)
			return files[i].doc;
	return AISP_FORM_NONE;
}

/* Names in lower case; on PyPI - for _ and . */
static struct aisp_slice normal(const struct packages *p, struct aisp_slice name, char *to, size_t cap)
{
	bool pypi = strcmp(p->ecosystem, "pypi") == 0;

	if (name.n >= cap)
		return (struct aisp_slice){0};
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		to[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : pypi && (c == '_' || c == '.') ? '-' : c;
	}
	return aisp_slice_of(to, name.n);
}

static const struct aisp_package_row *row_of(const char *ecosystem, struct aisp_slice name)
{
	for (size_t i = 0; i < aisp_package_row_count; i++) {
		const struct aisp_package_row *r = &aisp_package_rows[i];
		struct aisp_slice want = aisp_slice_z(r->name);
		if (strcmp(r->ecosystem, ecosystem) != 0)
			continue;
		if (want.p[want.n - 1] == '*' ? aisp_slice_starts(name, aisp_slice_to(want, want.n - 1)) : aisp_slice_eq(name, want))
			return r;
	}
	return NULL;
}

/* One package: name as written, version or range (may be empty), line. */
static void add(const struct packages *p, struct aisp_slice written, struct aisp_slice version, uint32_t line)
{
	char buf[256];
	struct aisp_slice name = normal(p, aisp_slice_trim(written), buf, sizeof buf);
	const struct aisp_package_row *row = name.n ? row_of(p->ecosystem, name) : NULL;
	struct aisp_place at = {.path = p->path, .line = line};

	if (!row)
		return;
	version = aisp_slice_to(aisp_slice_trim(version), 100);
	if (p->locked && aisp_slice_starts(version, AISP_S("==")))
		version = aisp_slice_from(version, 2);
	if (aisp_slice_find(version, AISP_S("://")) != SIZE_MAX) /* an address may hold a password */
		version = AISP_S("from a URL");
	at.pointer = aisp_emit_dup(p->e, name);
	at.note = version.n ? aisp_emit_fmt(p->e, "%s %.*s", p->locked ? "locked at" : "wanted:", AISP_FMT(version)) : (struct aisp_slice){0};
	aisp_node n = aisp_emit_node(p->e, AISP_NODE_LIBRARY, aisp_emit_fmt(p->e, "pkg:%s/%.*s", p->ecosystem, AISP_FMT(name)), &at);
	aisp_emit_str(p->e, n, "name", at.pointer);
	aisp_emit_strz(p->e, n, "ecosystem", p->ecosystem);
	aisp_emit_strz(p->e, n, "role", row->role);
	aisp_edge ed = aisp_emit_edge(p->e, aisp_emit_component_of(p->e, p->path)->node, AISP_EDGE_DEPENDS_ON, n, &at);
	aisp_emit_edge_str(p->e, ed, p->locked ? "version" : "wanted", version);
	if (p->locked && version.n)
		aisp_emit_item(p->e, n, "versions", version);
}

/* "name[extra] >=1.0; marker # remark" */
static void add_requirement(const struct packages *p, struct aisp_slice line, uint32_t number)
{
	size_t n = 0;

	line = aisp_slice_trim(line);
	if (!line.n || line.p[0] == '#' || line.p[0] == '-')
		return;
	while (n < line.n && !memchr(" [<>=!~;@#\t(", line.p[n], 12))
		n++;
	struct aisp_slice name = aisp_slice_to(line, n), rest = aisp_slice_trim(aisp_slice_from(line, n));
	size_t close = aisp_slice_chr(rest, ']'), options = aisp_slice_find(rest, AISP_S(" --"));
	rest = aisp_slice_to(rest, options == SIZE_MAX ? rest.n : options);
	if (rest.n && rest.p[0] == '[' && close != SIZE_MAX)
		rest = aisp_slice_from(rest, close + 1);
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == ';' || rest.p[i] == '#' || rest.p[i] == '\\')
			rest = aisp_slice_to(rest, i);
	add(p, name, rest, number);
}

static void each_line(struct packages *p, struct aisp_slice text, void (*f)(const struct packages *p, struct aisp_slice line, uint32_t number))
{
	struct aisp_slice line;

	for (uint32_t n = 1; text.p && aisp_slice_split(&text, '\n', &line); n++)
		if (line.n < 4096)
			f(p, line, n);
}

static void add_requirements_list(const struct packages *p, const struct aisp_doc *list)
{
	for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++)
		add_requirement(p, aisp_doc_str(&list->items[i]), aisp_doc_line(&list->items[i]));
}

/* "@scope/name@1.2.3(peer@4)", also with a slash before it; older: "/@scope/name/1.2.3_peer@4". */
static void add_at(const struct packages *p, struct aisp_slice key, uint32_t line)
{
	if (aisp_slice_starts(key, AISP_S("/")))
		key = aisp_slice_from(key, 1);
	size_t at = aisp_slice_starts(key, AISP_S("@")) ? aisp_slice_chr(key, '/') : 0;
	for (at += at != SIZE_MAX && at; at < key.n && key.p[at] != '@' && key.p[at] != '/';)
		at++;
	if (at >= key.n)
		return;
	struct aisp_slice version = aisp_slice_from(key, at + 1);
	for (size_t i = 0; i < version.n; i++)
		if (version.p[i] == '(' || (version.p[i] == '_' && key.p[at] == '/'))
			version = aisp_slice_to(version, i);
	add(p, aisp_slice_to(key, at), version, line);
}

/* { name: "range" } or { name: { version: "range" } } */
static void add_map(const struct packages *p, const struct aisp_doc *map)
{
	for (uint32_t i = 0; map && map->type == AISP_DOC_OBJ && i < map->n; i++) {
		const struct aisp_doc *v = &map->members[i].value;
		struct aisp_slice name = map->members[i].key, real = aisp_doc_getstr(v, "package"), text = aisp_doc_str(v);
		if (aisp_slice_starts(text, AISP_S("npm:"))) /* another name for it */
			add_at(p, aisp_slice_from(text, 4), map->members[i].line);
		else
			add(p, real.n ? real : name, v->type == AISP_DOC_OBJ ? aisp_doc_getstr(v, "version") : text, map->members[i].line);
	}
}

static void add_pyproject(const struct packages *p, const struct aisp_doc *d)
{
	const struct aisp_doc *groups[] = {aisp_doc_path(d, "project.optional-dependencies"), aisp_doc_get(d, "dependency-groups")};
	const struct aisp_doc *poetry = aisp_doc_path(d, "tool.poetry.group");

	add_requirements_list(p, aisp_doc_path(d, "project.dependencies"));
	for (size_t g = 0; g < 2; g++)
		for (uint32_t i = 0; groups[g] && groups[g]->type == AISP_DOC_OBJ && i < groups[g]->n; i++)
			add_requirements_list(p, &groups[g]->members[i].value);
	groups[0] = aisp_doc_path(d, "tool.pdm.dev-dependencies");
	for (uint32_t i = 0; groups[0] && groups[0]->type == AISP_DOC_OBJ && i < groups[0]->n; i++)
		add_requirements_list(p, &groups[0]->members[i].value);
	add_requirements_list(p, aisp_doc_path(d, "tool.uv.dev-dependencies"));
	add_map(p, aisp_doc_path(d, "tool.poetry.dependencies"));
	add_map(p, aisp_doc_path(d, "tool.poetry.dev-dependencies"));
	for (uint32_t i = 0; poetry && poetry->type == AISP_DOC_OBJ && i < poetry->n; i++)
		add_map(p, aisp_doc_get(&poetry->members[i].value, "dependencies"));
}

/* [[package]] name, version; Composer's and others' lists of objects. */
static void add_objects(const struct packages *p, const struct aisp_doc *list)
{
	for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++)
		add(p, aisp_doc_getstr(&list->items[i], "name"), aisp_doc_getstr(&list->items[i], "version"), aisp_doc_line(&list->items[i]));
}

static void add_conda(struct packages *p, const struct aisp_doc *d)
{
	const struct aisp_doc *list = aisp_doc_get(d, "dependencies");

	for (uint32_t i = 0; list && list->type == AISP_DOC_ARR && i < list->n; i++) {
		struct aisp_slice text = aisp_doc_str(&list->items[i]);
		size_t channel = aisp_slice_find(text, AISP_S("::"));
		add_requirement(p, channel == SIZE_MAX ? text : aisp_slice_from(text, channel + 2), aisp_doc_line(&list->items[i]));
		add_requirements_list(p, aisp_doc_get(&list->items[i], "pip"));
	}
}

static void add_npm_lock(const struct packages *p, const struct aisp_doc *d)
{
	const struct aisp_doc *packages = aisp_doc_get(d, "packages");

	if (!packages)
		add_map(p, aisp_doc_get(d, "dependencies"));
	for (uint32_t i = 0; packages && packages->type == AISP_DOC_OBJ && i < packages->n; i++) {
		struct aisp_slice key = packages->members[i].key;
		size_t at;
		while ((at = aisp_slice_find(key, AISP_S("node_modules/"))) != SIZE_MAX)
			key = aisp_slice_from(key, at + 13);
		struct aisp_slice real = aisp_doc_getstr(&packages->members[i].value, "name");
		if (packages->members[i].key.n != key.n)
			add(p, real.n ? real : key, aisp_doc_getstr(&packages->members[i].value, "version"), packages->members[i].line);
	}
}

static void add_pnpm_lock(const struct packages *p, const struct aisp_doc *d)
{
	const struct aisp_doc *packages = aisp_doc_get(d, "packages");

	for (uint32_t i = 0; packages && packages->type == AISP_DOC_OBJ && i < packages->n; i++)
		add_at(p, packages->members[i].key, packages->members[i].line);
}

static struct aisp_slice unquoted(struct aisp_slice s)
{
	s = aisp_slice_trim(s);
	if (s.n && (s.p[0] == '"' || s.p[0] == '\''))
		s = aisp_slice_from(s, 1);
	if (s.n && (s.p[s.n - 1] == '"' || s.p[s.n - 1] == '\''))
		s = aisp_slice_to(s, s.n - 1);
	return s;
}

/* Entries "name@range, name@range:" followed by '  version "1.2.3"'. */
static void add_yarn_lock(const struct packages *p, struct aisp_slice text)
{
	struct aisp_slice line, name = {0};

	for (uint32_t n = 1; text.p && aisp_slice_split(&text, '\n', &line); n++) {
		if (line.n && line.p[0] != ' ' && line.p[0] != '#' && aisp_slice_ends(aisp_slice_trim(line), AISP_S(":"))) {
			size_t comma = aisp_slice_chr(line, ',');
			name = unquoted(aisp_slice_to(line, comma == SIZE_MAX ? aisp_slice_trim(line).n - 1 : comma));
			size_t at = name.n > 1 ? aisp_slice_chr(aisp_slice_from(name, 1), '@') : SIZE_MAX;
			name = at == SIZE_MAX ? name : aisp_slice_to(name, at + 1);
		} else if (name.n && aisp_slice_starts(aisp_slice_trim(line), AISP_S("version"))) {
			struct aisp_slice version = aisp_slice_from(aisp_slice_trim(line), 7);
			if (aisp_slice_starts(version, AISP_S(":")))
				version = aisp_slice_from(version, 1);
			add(p, name, unquoted(version), n);
			name.n = 0;
		}
	}
}

static void add_go_line(const struct packages *p, struct aisp_slice line, uint32_t number)
{
	struct aisp_slice part;

	line = aisp_slice_trim(line);
	if (aisp_slice_starts(line, AISP_S("require ")))
		line = aisp_slice_trim(aisp_slice_from(line, 8));
	if (aisp_slice_split(&line, ' ', &part) && aisp_slice_chr(part, '/') != SIZE_MAX && line.p && line.n && line.p[0] == 'v') {
		struct aisp_slice version;
		aisp_slice_split(&line, ' ', &version);
		add(p, part, version, number);
	}
}

static void add_cargo(const struct packages *p, const struct aisp_doc *d)
{
	static const char *const tables[] = {"dependencies", "dev-dependencies", "build-dependencies", "workspace.dependencies"};

	const struct aisp_doc *targets = aisp_doc_get(d, "target");

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		add_map(p, aisp_doc_path(d, tables[i]));
		for (uint32_t k = 0; targets && targets->type == AISP_DOC_OBJ && k < targets->n; k++)
			add_map(p, aisp_doc_get(&targets->members[k].value, tables[i]));
	}
}

/* Gradle's catalog: alias = "group:name:version" or { module = "group:name" | group, name, version | version.ref }. */
static void add_catalog(const struct packages *p, const struct aisp_doc *d)
{
	const struct aisp_doc *libraries = aisp_doc_get(d, "libraries"), *versions = aisp_doc_get(d, "versions");

	for (uint32_t i = 0; libraries && libraries->type == AISP_DOC_OBJ && i < libraries->n; i++) {
		const struct aisp_doc *v = &libraries->members[i].value, *ref = aisp_doc_path(v, "version.ref");
		struct aisp_slice whole = aisp_doc_str(v), module = aisp_doc_getstr(v, "module"), version = aisp_doc_getstr(v, "version");
		if (whole.n) {
			size_t colon = aisp_slice_rchr(whole, ':');
			module = aisp_slice_to(whole, colon == SIZE_MAX ? 0 : colon);
			version = aisp_slice_from(whole, colon == SIZE_MAX ? whole.n : colon + 1);
		} else if (!module.n) {
			module = aisp_emit_fmt(p->e, "%.*s:%.*s", AISP_FMT(aisp_doc_getstr(v, "group")), AISP_FMT(aisp_doc_getstr(v, "name")));
		}
		add(p, module, ref ? aisp_doc_str(aisp_doc_gets(versions, aisp_doc_str(ref))) : version, libraries->members[i].line);
	}
}

/* The text between <tag> and </tag> in s. */
static struct aisp_slice element(struct aisp_slice s, const char *open, const char *close)
{
	size_t at = aisp_slice_find(s, aisp_slice_z(open)), end;

	if (at == SIZE_MAX)
		return (struct aisp_slice){0};
	s = aisp_slice_from(s, at + strlen(open));
	end = aisp_slice_find(s, aisp_slice_z(close));
	return end == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_trim(aisp_slice_to(s, end));
}

static uint32_t lines_in(struct aisp_slice s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static void add_pom(const struct packages *p, struct aisp_slice text)
{
	struct aisp_slice rest = text;
	uint32_t line = 1;
	size_t at, end;

	while ((at = aisp_slice_find(rest, AISP_S("<dependency>"))) != SIZE_MAX) {
		line += lines_in(aisp_slice_to(rest, at));
		rest = aisp_slice_from(rest, at);
		end = aisp_slice_find(rest, AISP_S("</dependency>"));
		if (end == SIZE_MAX)
			return;
		struct aisp_slice d = aisp_slice_to(rest, end);
		struct aisp_slice group = element(d, "<groupId>", "</groupId>"), artifact = element(d, "<artifactId>", "</artifactId>");
		if (group.n && artifact.n)
			add(p, aisp_emit_fmt(p->e, "%.*s:%.*s", AISP_FMT(group), AISP_FMT(artifact)), element(d, "<version>", "</version>"), line);
		line += lines_in(d);
		rest = aisp_slice_from(rest, end);
	}
}

/* implementation("group:artifact:version") */
static void add_gradle_line(const struct packages *p, struct aisp_slice line, uint32_t number)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != '"' && line.p[i] != '\'')
			continue;
		struct aisp_slice rest = aisp_slice_from(line, i + 1), group, artifact, version = {0};
		size_t end = aisp_slice_chr(rest, line.p[i]);
		if (end == SIZE_MAX)
			return;
		rest = aisp_slice_to(rest, end);
		i += end + 1;
		if (aisp_slice_split(&rest, ':', &group) && rest.p && aisp_slice_split(&rest, ':', &artifact)) {
			if (rest.p)
				version = rest;
			add(p, aisp_emit_fmt(p->e, "%.*s:%.*s", AISP_FMT(group), AISP_FMT(artifact)), version, number);
		}
	}
}

static struct aisp_slice attribute(struct aisp_slice s, const char *name)
{
	size_t at = aisp_slice_find(s, aisp_slice_z(name));

	if (at == SIZE_MAX)
		return (struct aisp_slice){0};
	s = aisp_slice_from(s, at + strlen(name));
	size_t end = aisp_slice_chr(s, '"');
	return end == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_to(s, end);
}

static void add_csproj_line(const struct packages *p, struct aisp_slice line, uint32_t number)
{
	if (aisp_slice_find(line, AISP_S("<PackageReference")) != SIZE_MAX || aisp_slice_find(line, AISP_S("<PackageVersion")) != SIZE_MAX)
		add(p, attribute(line, "Include=\""), attribute(line, "Version=\""), number);
}

static void add_nuget_lock(const struct packages *p, const struct aisp_doc *d)
{
	const struct aisp_doc *frameworks = aisp_doc_get(d, "dependencies");

	for (uint32_t i = 0; frameworks && frameworks->type == AISP_DOC_OBJ && i < frameworks->n; i++) {
		const struct aisp_doc *map = &frameworks->members[i].value;
		for (uint32_t k = 0; map->type == AISP_DOC_OBJ && k < map->n; k++)
			add(p, map->members[k].key, aisp_doc_getstr(&map->members[k].value, "resolved"), map->members[k].line);
	}
}

/* gem "name", "~> 1.0" */
static void add_gem_line(const struct packages *p, struct aisp_slice line, uint32_t number)
{
	size_t at = aisp_slice_find(line, AISP_S("gem "));

	line = aisp_slice_trim(line);
	if (!aisp_slice_starts(line, AISP_S("gem ")) && !aisp_slice_starts(line, AISP_S("gem(")) && !(at != SIZE_MAX && aisp_slice_find(line, AISP_S("add_")) != SIZE_MAX) &&
	    aisp_slice_find(line, AISP_S("_dependency ")) == SIZE_MAX)
		return;
	size_t quote = 0;
	while (quote < line.n && line.p[quote] != '"' && line.p[quote] != '\'')
		quote++;
	struct aisp_slice rest = aisp_slice_from(line, quote + 1), name, version;
	if (quote >= line.n || !aisp_slice_split(&rest, line.p[quote], &name) || !rest.p)
		return;
	aisp_slice_split(&rest, '#', &version);
	version = aisp_slice_trim(version);
	if (aisp_slice_starts(version, AISP_S(",")))
		version = aisp_slice_trim(aisp_slice_from(version, 1));
	bool is_text = version.n && (version.p[0] == '"' || version.p[0] == '\'');
	size_t end = is_text ? aisp_slice_chr(aisp_slice_from(version, 1), version.p[0]) : SIZE_MAX;
	add(p, name, end == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_of(version.p + 1, end), number);
}

/* "    name (1.2.3)" */
static void add_gem_lock_line(const struct packages *p, struct aisp_slice line, uint32_t number)
{
	if (!aisp_slice_starts(line, AISP_S("    ")) || aisp_slice_starts(line, AISP_S("      ")))
		return;
	struct aisp_slice rest = aisp_slice_trim(line), name;
	if (aisp_slice_split(&rest, ' ', &name) && rest.p && rest.n > 2 && rest.p[0] == '(')
		add(p, name, aisp_slice_of(rest.p + 1, rest.n - 2), number);
}

static void add_npm(const struct packages *p, const struct aisp_doc *d)
{
	static const char *const maps[] = {"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"};

	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		add_map(p, aisp_doc_get(d, maps[i]));
}

static const char *ecosystem_of(enum aisp_package_form form, struct aisp_slice path)
{
	switch (form) {
	case AISP_PACKAGES_NPM:
	case AISP_PACKAGES_NPM_LOCK:
	case AISP_PACKAGES_YARN_LOCK:
	case AISP_PACKAGES_PNPM_LOCK:
		return "npm";
	case AISP_PACKAGES_GO_MOD:
		return "golang";
	case AISP_PACKAGES_CARGO:
		return "cargo";
	case AISP_PACKAGES_POM:
	case AISP_PACKAGES_GRADLE:
	case AISP_PACKAGES_CATALOG:
		return "maven";
	case AISP_PACKAGES_CSPROJ:
	case AISP_PACKAGES_NUGET_LOCK:
		return "nuget";
	case AISP_PACKAGES_GEMFILE:
	case AISP_PACKAGES_GEMFILE_LOCK:
		return "gem";
	case AISP_PACKAGES_COMPOSER:
	case AISP_PACKAGES_COMPOSER_LOCK:
		return "composer";
	default:
		return aisp_slice_ends(path, AISP_S("Cargo.lock")) ? "cargo" : "pypi";
	}
}

static void add_text(struct packages *p, enum aisp_package_form form, struct aisp_slice text)
{
	if (aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")))
		text = aisp_slice_from(text, 3);
	switch (form) {
	case AISP_PACKAGES_REQUIREMENTS:
		each_line(p, text, add_requirement);
		break;
	case AISP_PACKAGES_YARN_LOCK:
		p->locked = true;
		add_yarn_lock(p, text);
		break;
	case AISP_PACKAGES_GO_MOD:
		p->locked = true;
		each_line(p, text, add_go_line);
		break;
	case AISP_PACKAGES_POM:
		add_pom(p, text);
		break;
	case AISP_PACKAGES_GRADLE:
		each_line(p, text, add_gradle_line);
		break;
	case AISP_PACKAGES_CSPROJ:
		each_line(p, text, add_csproj_line);
		break;
	case AISP_PACKAGES_GEMFILE:
		each_line(p, text, add_gem_line);
		break;
	default:
		p->locked = true;
		each_line(p, text, add_gem_lock_line);
	}
}

static void add_document(struct packages *p, enum aisp_package_form form, const struct aisp_doc *d)
{
	switch (form) {
	case AISP_PACKAGES_PYPROJECT:
		add_pyproject(p, d);
		break;
	case AISP_PACKAGES_PIPFILE:
		add_map(p, aisp_doc_get(d, "packages"));
		add_map(p, aisp_doc_get(d, "dev-packages"));
		break;
	case AISP_PACKAGES_CONDA:
		add_conda(p, d);
		break;
	case AISP_PACKAGES_NPM:
		add_npm(p, d);
		break;
	case AISP_PACKAGES_CARGO:
		add_cargo(p, d);
		break;
	case AISP_PACKAGES_CATALOG:
		add_catalog(p, d);
		break;
	case AISP_PACKAGES_COMPOSER:
		add_map(p, aisp_doc_get(d, "require"));
		add_map(p, aisp_doc_get(d, "require-dev"));
		break;
	default:
		break;
	}
}

static void add_lock(struct packages *p, enum aisp_package_form form, const struct aisp_doc *d)
{
	p->locked = true;
	switch (form) {
	case AISP_PACKAGES_TOML_LOCK:
		add_objects(p, aisp_doc_get(d, "package"));
		add_objects(p, aisp_doc_get(d, "packages"));
		break;
	case AISP_PACKAGES_PIPFILE_LOCK:
		add_map(p, aisp_doc_get(d, "default"));
		add_map(p, aisp_doc_get(d, "develop"));
		break;
	case AISP_PACKAGES_NPM_LOCK:
		add_npm_lock(p, d);
		break;
	case AISP_PACKAGES_PNPM_LOCK:
		add_pnpm_lock(p, d);
		break;
	case AISP_PACKAGES_NUGET_LOCK:
		add_nuget_lock(p, d);
		break;
	default:
		add_objects(p, aisp_doc_get(d, "packages"));
		add_objects(p, aisp_doc_get(d, "packages-dev"));
	}
}

void aisp_packages_add(struct aisp_emit *e, struct aisp_slice path, enum aisp_package_form form, const struct aisp_doc *doc, struct aisp_slice text)
{
	struct packages p = {.e = e, .path = path, .ecosystem = ecosystem_of(form, path)};
	bool lock = form == AISP_PACKAGES_TOML_LOCK || form == AISP_PACKAGES_PIPFILE_LOCK || form == AISP_PACKAGES_NPM_LOCK ||
	            form == AISP_PACKAGES_PNPM_LOCK || form == AISP_PACKAGES_NUGET_LOCK || form == AISP_PACKAGES_COMPOSER_LOCK;

	if (!doc)
		add_text(&p, form, text);
	else if (lock)
		add_lock(&p, form, doc);
	else
		add_document(&p, form, doc);
}
