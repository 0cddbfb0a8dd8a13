/* Which code runs where: image → component by name, workload → agents by what its command reaches through imports.
 *
 * Only an image of a private registry, or one without any registry, is taken for the component of the same name; a
 * public image that happens to be called like a folder is not.
 */
#include "resolve/resolve_int.h"

struct aisp_slice aisp_resolve__image_name(struct aisp_slice id)
{
	struct aisp_slice s = id;
	if (aisp_slice_starts(s, AISP_S("image://")))
		s = aisp_slice_from(s, sizeof "image://" - 1);
	size_t at = aisp_slice_chr(s, '@');
	s = aisp_slice_to(s, at);
	s = aisp_slice_basename(s);
	return aisp_slice_to(s, aisp_slice_chr(s, ':'));
}

static bool is_public_registry(struct aisp_slice id)
{
	static const char *const hosts[] = {"docker.io/", "quay.io/", "gcr.io/", "ghcr.io/", "registry.k8s.io/", "mcr.microsoft.com/",
					    "public.ecr.aws/", "nvcr.io/", "k8s.gcr.io/"};
	struct aisp_slice s = aisp_slice_from(id, sizeof "image://" - 1);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (aisp_slice_starts(s, aisp_slice_z(hosts[i])))
			return true;
	return false;
}

/* "component://NAME/DIR" → "DIR", or NAME for the root component. */
static struct aisp_slice component_name(struct aisp_slice id)
{
	struct aisp_slice rest = aisp_slice_from(id, sizeof "component://" - 1);
	const size_t slash = aisp_slice_chr(rest, '/');
	struct aisp_slice dir = aisp_slice_from(rest, slash == SIZE_MAX ? rest.n : slash + 1);
	return dir.n ? aisp_slice_basename(dir) : aisp_slice_to(rest, slash);
}

static void image_to_code(struct aisp_resolve *r, aisp_node image)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, image).id, name = aisp_resolve__image_name(id);
	aisp_node found = 0;
	size_t hits = 0;
	if (aisp_resolve__out(r, image, AISP_EDGE_BUILT_FROM, 0) || is_public_registry(id) || name.n == 0)
		return;
	for (size_t i = 0; i < r->buildable.n; i++)
		if (aisp_slice_eq(component_name(aisp_graph_node_at(r->g, r->buildable.v[i]).id), name)) {
			found = r->buildable.v[i];
			hits++;
		}
	if (hits != 1)
		return;
	aisp_resolve__edge(r, image, AISP_EDGE_BUILT_FROM, found, &(struct aisp_because){"join:image-to-code", AISP_CONF_INFERRED,
		aisp_resolve__fmt(r, "the only folder with a Dockerfile that is called '%.*s' like the image", AISP_FMT(name)), {0}, found, NULL});
}

static void note_buildable(struct aisp_resolve *r, aisp_node component)
{
	if (aisp_graph_prop(r->g, component, "dockerfile").n && aisp_vec_push(&r->buildable, component) < 0)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining"));
}

void aisp_resolve__images(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_COMPONENT, note_buildable);
	aisp_resolve__each(r, AISP_NODE_IMAGE, image_to_code);
}

/* Files that a start of a program names. "python embed_job.py" and "uvicorn app:api" name embed_job.py and app.py; a
 * module path "pkg.main" names pkg/main.py and pkg/main/__init__.py and __main__.py. */
struct closure {
	AISP_VEC(aisp_node) files;
};

static bool has_file(const struct closure *c, aisp_node n)
{
	for (size_t i = 0; i < c->files.n; i++)
		if (c->files.v[i] == n)
			return true;
	return false;
}

static void add_file(struct aisp_resolve *r, struct closure *c, aisp_node n)
{
	if (n && !has_file(c, n) && aisp_vec_push(&c->files, n) < 0)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while following imports"));
}

static aisp_node find_file(struct aisp_resolve *r, struct aisp_slice component, struct aisp_slice path, const char *suffix)
{
	struct aisp_slice rest = aisp_slice_from(component, sizeof "component://" - 1);
	const bool root = rest.n && rest.p[rest.n - 1] == '/';
	if (aisp_slice_starts(path, AISP_S("./")))
		path = aisp_slice_from(path, 2);
	if (path.n && path.p[0] == '/') /* an absolute path of the image: only its last part can be known */
		path = aisp_slice_basename(path);
	return aisp_graph_find(r->g, aisp_resolve__fmt(r, "repo://%.*s%s%.*s%s", AISP_FMT(rest), root ? "" : "/", AISP_FMT(path), suffix));
}

static void add_module(struct aisp_resolve *r, struct closure *c, struct aisp_slice component, struct aisp_slice module)
{
	static const char *const suffixes[] = {".py", "/__main__.py", "/__init__.py"};
	char path[512];
	if (module.n == 0 || module.n >= sizeof path)
		return;
	for (size_t i = 0; i < module.n; i++)
		path[i] = module.p[i] == '.' ? '/' : module.p[i];
	for (size_t i = 0; i < 3; i++)
		add_file(r, c, find_file(r, component, aisp_slice_of(path, module.n), suffixes[i]));
}

static bool is_script(struct aisp_slice word)
{
	static const char *const suffixes[] = {".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"};
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (aisp_slice_ends(word, aisp_slice_z(suffixes[i])))
			return true;
	return false;
}

/* Words of a command: split at blanks, quotes, brackets and commas, so that exec form and shell form read alike. */
static bool next_word(struct aisp_slice *rest, struct aisp_slice *ret)
{
	size_t i = 0, at;
	while (i < rest->n && strchr(" \t\n\"'[],", rest->p[i]))
		i++;
	at = i;
	while (i < rest->n && !strchr(" \t\n\"'[],", rest->p[i]))
		i++;
	*ret = aisp_slice_of(rest->p + at, i - at);
	*rest = aisp_slice_from(*rest, i);
	return ret->n > 0;
}

static void add_entries(struct aisp_resolve *r, struct closure *c, struct aisp_slice component, struct aisp_slice command)
{
	struct aisp_slice word, before = {0};
	while (next_word(&command, &word)) {
		const size_t colon = aisp_slice_chr(word, ':');
		if (is_script(word))
			add_file(r, c, find_file(r, component, word, ""));
		else if (aisp_slice_eqz(before, "-m") || (colon != SIZE_MAX && colon > 0 && aisp_slice_chr(word, '/') == SIZE_MAX))
			add_module(r, c, component, aisp_slice_to(word, colon));
		before = word;
	}
}

/* All files of a component, when no command says where it begins. */
static void add_all(struct aisp_resolve *r, struct closure *c, aisp_node component)
{
	for (aisp_edge e = aisp_resolve__out(r, component, AISP_EDGE_CONTAINS, 0); e; e = aisp_resolve__out(r, component, AISP_EDGE_CONTAINS, e))
		add_file(r, c, aisp_resolve__to(r, e));
}

static void follow_imports(struct aisp_resolve *r, struct closure *c)
{
	for (size_t i = 0; i < c->files.n && !r->bad; i++)
		for (aisp_edge e = aisp_resolve__out(r, c->files.v[i], AISP_EDGE_IMPORTS, 0); e; e = aisp_resolve__out(r, c->files.v[i], AISP_EDGE_IMPORTS, e))
			add_file(r, c, aisp_resolve__to(r, e));
}

static bool is_served(enum aisp_node_kind kind)
{
	return kind == AISP_NODE_AGENT || kind == AISP_NODE_MCP_SERVER || kind == AISP_NODE_INFERENCE_ENDPOINT;
}

struct serving {
	aisp_node workload, component;
	aisp_edge runs, built;
};

/* What code does outside any agent (a job's own reads and writes) is done by the workload. */
static bool is_use(enum aisp_edge_kind kind)
{
	return kind == AISP_EDGE_READS || kind == AISP_EDGE_WRITES || kind == AISP_EDGE_CALLS || kind == AISP_EDGE_LOADS;
}

static void serve_file(struct aisp_resolve *r, const struct serving *s, aisp_node file)
{
	const struct aisp_slice path = aisp_graph_node_at(r->g, file).id;
	const struct aisp_because why = {"join:workload-to-code", AISP_CONF_INFERRED,
		aisp_resolve__fmt(r, "its image is built from this code and its command reaches %.*s", AISP_FMT(path)), {s->runs, s->built}, 0, NULL};
	for (aisp_edge e = aisp_graph_next_out(r->g, file, 0); e && !r->bad; e = aisp_graph_next_out(r->g, file, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
		if (v.kind == AISP_EDGE_DEFINES && is_served(aisp_graph_node_at(r->g, v.to).kind))
			aisp_resolve__edge(r, s->workload, AISP_EDGE_SERVES, v.to, &why);
		else if (is_use(v.kind))
			aisp_resolve__edge(r, s->workload, v.kind, v.to, &(struct aisp_because){why.join, why.confidence, why.note, {e, s->runs}, 0, NULL});
	}
}

/* The files that a workload runs: what its own command, else the image's, reaches by imports; else the whole component. */
static void files_of(struct aisp_resolve *r, aisp_node workload, aisp_node component, struct closure *c)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, component).id;
	add_entries(r, c, id, aisp_graph_prop(r->g, workload, "command"));
	if (c->files.n == 0)
		add_entries(r, c, id, aisp_graph_prop(r->g, component, "entrypoint"));
	if (c->files.n == 0)
		add_all(r, c, component);
	else
		follow_imports(r, c);
}

/* Whether callers are asked who they are: only when every route seen in the code says the same. */
static void take_auth(struct aisp_resolve *r, aisp_node workload, const struct closure *c)
{
	struct aisp_slice auth = {0};
	for (size_t i = 0; i < c->files.n; i++) {
		const struct aisp_slice of = aisp_graph_prop(r->g, c->files.v[i], "routes_auth");
		if (of.n && auth.n && !aisp_slice_eq(of, auth))
			return;
		if (of.n)
			auth = of;
	}
	if (auth.n && aisp_graph_prop(r->g, workload, "auth").n == 0)
		aisp_resolve__set(r, workload, "auth", auth);
}

static void workload_code(struct aisp_resolve *r, aisp_node workload)
{
	for (aisp_edge runs = aisp_resolve__out(r, workload, AISP_EDGE_RUNS_IMAGE, 0); runs && !r->bad; runs = aisp_resolve__out(r, workload, AISP_EDGE_RUNS_IMAGE, runs)) {
		const aisp_node image = aisp_resolve__to(r, runs);
		for (aisp_edge built = aisp_resolve__out(r, image, AISP_EDGE_BUILT_FROM, 0); built && !r->bad; built = aisp_resolve__out(r, image, AISP_EDGE_BUILT_FROM, built)) {
			const struct serving s = {workload, aisp_resolve__to(r, built), runs, built};
			struct closure c = {0};
			files_of(r, workload, s.component, &c);
			for (size_t i = 0; i < c.files.n && !r->bad; i++)
				serve_file(r, &s, c.files.v[i]);
			take_auth(r, workload, &c);
			aisp_vec_done(&c.files);
		}
	}
}

void aisp_resolve__code(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_WORKLOAD, workload_code);
}

/* The file that defines a thing of the code; the thing itself when it is a file. */
static aisp_node file_of(const struct aisp_resolve *r, aisp_node code)
{
	if (aisp_graph_node_at(r->g, code).kind == AISP_NODE_FILE)
		return code;
	const aisp_edge e = aisp_resolve__in(r, code, AISP_EDGE_DEFINES, 0);
	return e ? aisp_resolve__from(r, e) : 0;
}

void aisp_resolve__runners(struct aisp_resolve *r, aisp_node code, void (*f)(struct aisp_resolve *r, aisp_node workload, void *ctx), void *ctx)
{
	const aisp_node file = file_of(r, code);
	for (aisp_edge in = file ? aisp_resolve__in(r, file, AISP_EDGE_CONTAINS, 0) : 0; in && !r->bad; in = aisp_resolve__in(r, file, AISP_EDGE_CONTAINS, in)) {
		const aisp_node component = aisp_resolve__from(r, in);
		for (aisp_edge built = aisp_resolve__in(r, component, AISP_EDGE_BUILT_FROM, 0); built; built = aisp_resolve__in(r, component, AISP_EDGE_BUILT_FROM, built)) {
			const aisp_node image = aisp_resolve__from(r, built);
			for (aisp_edge runs = aisp_resolve__in(r, image, AISP_EDGE_RUNS_IMAGE, 0); runs; runs = aisp_resolve__in(r, image, AISP_EDGE_RUNS_IMAGE, runs)) {
				const aisp_node workload = aisp_resolve__from(r, runs);
				struct closure c = {0};
				files_of(r, workload, component, &c);
				if (has_file(&c, file))
					f(r, workload, ctx);
				aisp_vec_done(&c.files);
			}
		}
	}
}
