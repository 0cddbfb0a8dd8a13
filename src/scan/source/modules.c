/* Which file an import means, and what a file gives to others. Python: relative to the file, then every folder above it,
 * then src/. JavaScript: relative, and the aliases "@/" and "~/" as they are commonly set in tsconfig.json.
 */
#include "base/sym.h"
#include "scan/source/eval.h"

enum { LIBRARY_NAMES = 4, LIBRARY_PART = 4 }; /* so many names, and at least every fourth */

static struct aisp_source_module *at_path(struct program *P, const char *path, size_t n)
{
	aisp_sym s = aisp_symtab_find(P->paths, aisp_slice_of(path, n));

	return s && s <= P->n_mods ? P->mods[s - 1] : NULL;
}

static struct aisp_source_module *with_endings(struct program *P, bool python, char *path, size_t n, size_t cap)
{
	static const char *const py[] = {".py", "/__init__.py", NULL};
	static const char *const js[] = {"",        ".ts",       ".tsx",       ".js",       ".jsx", ".mjs",
	                                 ".cjs",    ".mts",      "/index.ts",  "/index.js", "/index.tsx",
	                                 "/index.jsx", "/index.mjs", NULL};
	const char *const *ends = python ? py : js;

	for (; *ends; ends++) {
		size_t e = strlen(*ends);
		struct aisp_source_module *m;

		if (n + e >= cap)
			continue;
		memcpy(path + n, *ends, e);
		m = at_path(P, path, n + e);
		if (m)
			return m;
	}
	/* TypeScript imports "./x.js" and means x.ts */
	if (!python && n > 3 && memcmp(path + n - 3, ".js", 3) == 0) {
		memcpy(path + n - 3, ".ts", 3);
		return at_path(P, path, n);
	}
	return NULL;
}

/* dir + "/" + rel, without "." and ".."; 0 when it leaves the repository or is too long. */
static size_t join(struct aisp_slice dir, struct aisp_slice rel, char *out, size_t cap)
{
	size_t n = 0;
	struct aisp_slice part;

	if (dir.n + rel.n + 32 > cap)
		return 0;
	if (dir.n)
		memcpy(out, dir.p, n = dir.n);
	while (rel.n && aisp_slice_split(&rel, '/', &part)) {
		if (part.n == 0 || aisp_slice_eqz(part, "."))
			continue;
		if (aisp_slice_eqz(part, "..")) {
			if (n == 0)
				return 0;
			while (n > 0 && out[n - 1] != '/')
				n--;
			n -= n > 0;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return n;
}

static struct aisp_source_module *find_javascript(struct program *P, const struct aisp_source_module *from,
                                                  struct aisp_slice module)
{
	char path[4096];
	struct aisp_slice dir = aisp_slice_dirname(from->path);
	size_t n;

	if (module.n && module.p[0] == '.') {
		n = join(dir, module, path, sizeof path);
		return n ? with_endings(P, false, path, n, sizeof path) : NULL;
	}
	if (!aisp_slice_starts(module, AISP_S("@/")) && !aisp_slice_starts(module, AISP_S("~/")) &&
	    !aisp_slice_starts(module, AISP_S("src/")))
		return NULL;
	if (module.p[0] != 's')
		module = aisp_slice_from(module, 2);
	for (;; dir = aisp_slice_dirname(dir)) { /* aliases of tsconfig.json, as they are commonly set */
		static const char *const roots[] = {"", "src/", "app/"};

		for (int i = 0; i < 3; i++) {
			char rel[2048];
			size_t r = strlen(roots[i]);
			struct aisp_source_module *m;

			if (r + module.n >= sizeof rel)
				return NULL;
			memcpy(rel, roots[i], r);
			memcpy(rel + r, module.p, module.n);
			n = join(dir, aisp_slice_of(rel, r + module.n), path, sizeof path);
			m = n ? with_endings(P, false, path, n, sizeof path) : NULL;
			if (m)
				return m;
		}
		if (dir.n == 0)
			return NULL;
	}
}

static struct aisp_source_module *find_python(struct program *P, const struct aisp_source_module *from,
                                              struct aisp_slice module)
{
	char rel[1024], path[4096];
	struct aisp_slice dir = aisp_slice_dirname(from->path);
	size_t dots = 0, n;
	struct aisp_source_module *m;

	while (dots < module.n && module.p[dots] == '.')
		dots++;
	module = aisp_slice_from(module, dots);
	if (module.n >= sizeof rel)
		return NULL;
	for (size_t i = 0; i < module.n; i++)
		rel[i] = module.p[i] == '.' ? '/' : module.p[i];
	for (size_t i = 1; i < dots; i++) {
		if (dir.n == 0)
			return NULL;
		dir = aisp_slice_dirname(dir);
	}
	if (!dots && !module.n)
		return NULL;
	for (;; dir = aisp_slice_dirname(dir)) {
		n = join(dir, aisp_slice_of(rel, module.n), path, sizeof path);
		m = n ? with_endings(P, true, path, n, sizeof path) : NULL;
		if (m && m != from)
			return m;
		if (dots || dir.n == 0)
			break;
	}
	if (dots)
		return NULL;
	memcpy(path, "src/", 4);
	memcpy(path + 4, rel, module.n);
	return with_endings(P, true, path, 4 + module.n, sizeof path);
}

struct aisp_source_module *aisp_source__find_module(struct program *P, const struct aisp_source_module *from, struct aisp_slice module)
{
	if (aisp_source__is_shaped(from->lang))
		return aisp_source__shape_find(P, from, module, aisp_slice_z(""));
	return aisp_source__is_python(from->lang) ? find_python(P, from, module) : find_javascript(P, from, module);
}

static const struct sval *exported_by(struct program *P, struct aisp_source_module *m, struct aisp_slice name, uint32_t stamp)
{
	const struct sval *v;

	if (m->seen == stamp || !spend(P))
		return NULL;
	m->seen = stamp;
	aisp_source__need(P, m);
	if (!m->top || P->depth > EVAL_DEPTH)
		return NULL;
	P->depth++;
	v = aisp_source__name_in(P, m->top, name, NULL);
	if (!v && !aisp_source__is_python(m->lang)) {
		const struct sval *e = aisp_source__name_in(P, m->top, AISP_S("\001exports"), NULL);

		if (e)
			v = aisp_slice_eqz(name, "default") ? e : aisp_source__sv_member(e, name);
	}
	for (const struct sstar *s = m->stars; !v && s; s = s->next) {
		struct aisp_source_module *t = aisp_source__find_module(P, m, s->module);

		if (t && t != m)
			v = exported_by(P, t, name, stamp);
	}
	P->depth--;
	return v;
}

/* A name that a module gives to others. Each module is asked once, however the star imports go round. */
const struct sval *aisp_source__exported(struct program *P, struct aisp_source_module *m, struct aisp_slice name)
{
	return exported_by(P, m, name, ++P->stamp);
}

const struct sval *aisp_source__module_attr(struct program *P, struct aisp_source_module *m, struct aisp_slice name)
{
	const struct sval *v;

	if (aisp_source__is_shaped(m->lang))
		return aisp_source__shape_module_attr(P, m, name);
	v = aisp_source__exported(P, m, name);
	if (!v && aisp_slice_ends(m->path, AISP_S("/__init__.py"))) { /* a submodule */
		struct aisp_slice rel = aisp_arena_printf(P->a, ".%.*s", AISP_FMT(name));
		struct aisp_source_module *sub = rel.p ? aisp_source__find_module(P, m, rel) : NULL;

		if (sub)
			return aisp_source__sv_new(P, (struct sval){.kind = SV_MODULE, .module = sub});
	}
	if (!v && aisp_slice_eqz(name, "default")) /* import x from a module of names */
		return aisp_source__sv_new(P, (struct sval){.kind = SV_MODULE, .module = m});
	return v ? v : aisp_source__sv_unknown(P, "the imported file does not define it plainly");
}

/* Does a package give a name to others: as a name of its __init__.py or as a file or folder in it? */
static bool gives_name(struct program *P, const struct aisp_source_module *m, struct aisp_slice name)
{
	char path[4096];
	size_t n = join(aisp_slice_dirname(m->path), name, path, sizeof path);

	for (const struct sbind *b = m->top ? m->top->binds : NULL; b; b = b->next)
		if (aisp_slice_eq(b->name, name))
			return true;
	return n && with_endings(P, true, path, n, sizeof path);
}

/* The source of a library lies in the repository: the package that an import from outside of it leads to has the library's
 * name and gives much of what the rows name of it. A package of one's own that is only called alike gives hardly any. */
static bool is_library(struct program *P, const struct aisp_source_module *from, struct aisp_slice module)
{
	struct aisp_slice front = aisp_slice_to(module, aisp_slice_chr(module, '.') == SIZE_MAX ? module.n : aisp_slice_chr(module, '.'));
	bool inside = false;
	uint32_t node = front.n ? aisp_source__module_node(from->lang, front, &inside) : 0, i = 0;
	struct aisp_source_module *m = node ? find_python(P, from, front) : NULL;
	struct aisp_slice dir, name;
	size_t all = 0, given = 0;

	if (!m || !aisp_slice_ends(m->path, AISP_S("/__init__.py")))
		return false;
	dir = aisp_slice_dirname(m->path);
	if (aisp_slice_starts(from->path, dir) && from->path.n > dir.n && from->path.p[dir.n] == '/')
		return false;
	if (!m->library) {
		aisp_source__need(P, m);
		for (; aisp_source__next_name(node, &i, &name); all++)
			given += gives_name(P, m, name);
		m->library = given >= LIBRARY_NAMES && given * LIBRARY_PART >= all ? 2 : 1;
	}
	return m->library == 2;
}

const struct sval *aisp_source__sv_import(struct program *P, struct aisp_source_module *from, struct aisp_slice module,
                             struct aisp_slice symbol)
{
	struct aisp_source_module *m;
	const struct sval *v;
	bool inside = false;
	uint32_t node;

	if (aisp_source__is_shaped(from->lang))
		return aisp_source__shape_import(P, from, module, symbol);
	m = aisp_source__find_module(P, from, module);
	if (m && (!aisp_source__is_python(from->lang) || !is_library(P, from, module))) {
		v = aisp_source__sv_new(P, (struct sval){.kind = SV_MODULE, .module = m});
		return symbol.n ? aisp_source__module_attr(P, m, symbol) : v;
	}
	if (!m && symbol.n && aisp_source__is_python(from->lang)) { /* from . import tools */
		bool dot = module.n && module.p[module.n - 1] == '.';
		struct aisp_slice joined =
			aisp_arena_printf(P->a, "%.*s%s%.*s", AISP_FMT(module), dot ? "" : ".", AISP_FMT(symbol));

		m = joined.p ? aisp_source__find_module(P, from, joined) : NULL;
		if (m)
			return aisp_source__sv_new(P, (struct sval){.kind = SV_MODULE, .module = m});
	}
	node = module.n && module.p[0] != '.' ? aisp_source__module_node(from->lang, module, &inside) : 0;
	if (node && symbol.n)
		node = aisp_source__child(node, symbol);
	if (node)
		return aisp_source__sv_obj(P, node, 0);
	if (symbol.n) {
		struct aisp_slice s = aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(module), AISP_FMT(symbol));

		return aisp_source__sv_new(P, (struct sval){.kind = SV_LIB, .s = s.p ? s : module});
	}
	return aisp_source__sv_new(P, (struct sval){.kind = SV_LIB, .s = module});
}
