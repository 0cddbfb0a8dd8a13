/* Symbols of the languages lowered by tables: which file declares a name, what an import brings, what builders and objects
 * written down hold. A name means, in this order: a local, a member, a declaration of its package, what an import brings,
 * what a star import brings, a library's global, the front of a library's path.
 */
#include "base/hash.h"
#include "scan/source/eval.h"
#include <stdlib.h>

static uint64_t key_of(enum sfamily f, struct aisp_slice name)
{
	return aisp_hash64(name.p, name.n, 100 + (uint64_t)f);
}

static int decl_cmp(const void *a, const void *b)
{
	const struct pdecl *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->module < y->module ? -1 : x->module > y->module;
}

static void index_one(struct program *P, enum sfamily f, struct aisp_slice name, uint64_t salt, size_t module)
{
	if (aisp_vec_push(&P->decls, ((struct pdecl){key_of(f, name) + salt, (uint32_t)module})) < 0)
		P->bad = AISP_E_NOMEM;
}

static bool is_test(const struct aisp_source_module *m)
{
	return aisp_slice_ends(m->path, AISP_S("_test.go")) || aisp_slice_ends(m->path, AISP_S("Test.java")) ||
	       aisp_slice_ends(m->path, AISP_S("Tests.cs")) || aisp_slice_ends(m->path, AISP_S("_spec.rb"));
}

/* Where a module stands, as imports name it: Rust's file without its ending, else the folder. */
static struct aisp_slice place_of(const struct aisp_source_module *m)
{
	struct aisp_slice at = m->path;

	if (aisp_source__family(m->lang) != SFAMILY_RUST)
		return aisp_slice_dirname(at);
	at = aisp_slice_to(at, at.n > 3 ? at.n - 3 : 0);
	if (aisp_slice_ends(at, AISP_S("/mod")) || aisp_slice_ends(at, AISP_S("/lib")) || aisp_slice_ends(at, AISP_S("/main")))
		at = aisp_slice_dirname(at);
	return at;
}

enum { PLACE_SALT = 1 }; /* added to the key of a folder's name */

void aisp_source__index_decls(struct program *P)
{
	struct aisp_slice dir = {NULL, 0};

	for (size_t i = 0; i < P->n_mods; i++) {
		const struct aisp_source_module *m = P->mods[i];
		enum sfamily f = aisp_source__family(m->lang);

		for (const struct sdecl *d = m->decls; d; d = d->next)
			index_one(P, f, d->name, 0, i);
		if ((f != SFAMILY_GO && f != SFAMILY_RUST) || is_test(m) || (f == SFAMILY_GO && dir.p && aisp_slice_eq(dir, aisp_slice_dirname(m->path))))
			continue;
		dir = f == SFAMILY_GO ? aisp_slice_dirname(m->path) : dir; /* one file stands for its package */
		index_one(P, f, aisp_slice_basename(place_of(m)), PLACE_SALT, i);
	}
	if (P->decls.n)
		qsort(P->decls.v, P->decls.n, sizeof *P->decls.v, decl_cmp);
}

static size_t first_decl(const struct program *P, uint64_t key)
{
	size_t lo = 0, hi = P->decls.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (P->decls.v[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The last part of a path; *path keeps what is before. */
static struct aisp_slice last_part(struct aisp_slice *path, bool dotted)
{
	size_t n = path->n, at;
	struct aisp_slice part;

	while (n && (path->p[n - 1] == '/' || (dotted && path->p[n - 1] == '.')))
		n--;
	at = n;
	while (at && path->p[at - 1] != '/' && !(dotted && path->p[at - 1] == '.'))
		at--;
	part = aisp_slice_of(path->p + at, n - at);
	path->n = at;
	return part;
}

/* How many parts at the end of an import's path are the folders (Rust: and the file) of a module. */
static unsigned parts_alike(const struct aisp_source_module *m, struct aisp_slice path)
{
	enum sfamily f = aisp_source__family(m->lang);
	struct aisp_slice at = place_of(m);
	bool dotted = f != SFAMILY_GO;
	unsigned n = 0;

	while (path.n && at.n && n < 16) {
		struct aisp_slice a = last_part(&path, dotted), b = last_part(&at, false);

		if (!a.n || !(f == SFAMILY_PHP ? aisp_slice_eqi(a, b) : aisp_slice_eq(a, b)))
			break;
		n++;
	}
	return n;
}

static unsigned parts_of(struct aisp_slice path)
{
	unsigned n = 0;

	while (path.n && n < 16) {
		struct aisp_slice a = last_part(&path, true);

		n += a.n && !aisp_slice_eqz(a, "crate") && !aisp_slice_eqz(a, "self") && !aisp_slice_eqz(a, "super");
	}
	return n;
}

/* The module that declares the name: by the import's path, or for no path in the same folder, or (`anywhere`) in any. */
static struct aisp_source_module *declarer(struct program *P, const struct aisp_source_module *from, struct aisp_slice path,
                                           struct aisp_slice name, bool anywhere)
{
	uint64_t key = key_of(aisp_source__family(from->lang), name);
	struct aisp_slice dir = aisp_slice_dirname(from->path);
	struct aisp_source_module *best = NULL;
	unsigned best_score = 0, need = path.n ? parts_of(path) : 0;

	if (need > 2)
		need = 2;
	for (size_t i = first_decl(P, key), n = 0; i < P->decls.n && P->decls.v[i].key == key && n < 64 && spend(P); i++, n++) {
		struct aisp_source_module *m = P->mods[P->decls.v[i].module];
		bool here = aisp_slice_eq(aisp_slice_dirname(m->path), dir);
		unsigned alike = path.n ? parts_alike(m, path) : 0, score = 1 + alike * 8 + (here ? 4 : 0) + (is_test(m) ? 0 : 2);

		if (m == from || alike < need || (!path.n && !here && !anywhere) || (is_test(m) && !is_test(from)))
			continue;
		if (score > best_score) {
			best = m;
			best_score = score;
		}
	}
	return best;
}

static const struct sval *declared(struct program *P, const struct aisp_source_module *from, struct aisp_slice path,
                                   struct aisp_slice name, bool anywhere)
{
	struct aisp_source_module *m = declarer(P, from, path, name, anywhere);

	return m ? aisp_source__exported(P, m, name) : NULL;
}

/* Go: a package of the repository, given by its first file. Rust: the file of a module. */
static struct aisp_source_module *package(struct program *P, const struct aisp_source_module *from, struct aisp_slice path)
{
	struct aisp_source_module *best = NULL;
	struct aisp_slice front = path, last = last_part(&front, from->lang == AISP_SOURCE_RUST);
	uint64_t key = key_of(aisp_source__family(from->lang), last) + PLACE_SALT;
	unsigned best_alike = 0;

	for (size_t i = first_decl(P, key), n = 0; i < P->decls.n && P->decls.v[i].key == key && n < 256 && spend(P); i++, n++) {
		struct aisp_source_module *m = P->mods[P->decls.v[i].module];
		unsigned alike = parts_alike(m, path);

		if (alike > best_alike) {
			best = m;
			best_alike = alike;
		}
	}
	return best;
}

const struct sval *aisp_source__shape_module_attr(struct program *P, struct aisp_source_module *m, struct aisp_slice name)
{
	const struct sval *v = aisp_source__exported(P, m, name);

	if (!v && m->lang == AISP_SOURCE_GO)
		v = declared(P, m, aisp_slice_z(""), name, false);
	return v ? v : aisp_source__sv_unknown(P, "the imported file does not define it plainly");
}

struct aisp_source_module *aisp_source__shape_find(struct program *P, const struct aisp_source_module *from, struct aisp_slice module,
                                                   struct aisp_slice symbol)
{
	bool inside = false;

	if (!module.n || (aisp_source__module_node(from->lang, module, &inside) && inside))
		return NULL;
	if (symbol.n && !aisp_slice_eqz(symbol, "*"))
		return declarer(P, from, module, symbol, false);
	return from->lang == AISP_SOURCE_GO || from->lang == AISP_SOURCE_RUST ? package(P, from, module) : NULL;
}

const struct sval *aisp_source__shape_import(struct program *P, struct aisp_source_module *from, struct aisp_slice module,
                                             struct aisp_slice symbol)
{
	bool inside = false;
	uint32_t node = aisp_source__module_node(from->lang, module, &inside);
	struct aisp_source_module *m;
	struct aisp_slice s;

	if (node && inside) {
		node = symbol.n ? aisp_source__child(node, symbol) : node;
		return aisp_source__sv_obj(P, node, 0);
	}
	m = aisp_source__shape_find(P, from, module, symbol);
	if (m)
		return symbol.n ? aisp_source__shape_module_attr(P, m, symbol)
		                : aisp_source__sv_new(P, (struct sval){.kind = SV_MODULE, .module = m});
	if (symbol.n && from->lang == AISP_SOURCE_RUST) { /* use crate::tools, a module */
		s = aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(module), AISP_FMT(symbol));
		m = s.p ? package(P, from, s) : NULL;
		if (m && m != from)
			return aisp_source__sv_new(P, (struct sval){.kind = SV_MODULE, .module = m});
	}
	if (node) {
		node = symbol.n ? aisp_source__named_child(node, symbol) : node;
		if (node)
			return aisp_source__sv_obj(P, node, 0);
	}
	s = symbol.n ? aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(module), AISP_FMT(symbol)) : module;
	return aisp_source__sv_new(P, (struct sval){.kind = SV_LIB, .s = s.p ? s : module});
}

/* What star imports bring: using A.B; import a.b.*; use a::*; */
static const struct sval *from_stars(struct program *P, struct aisp_source_module *m, struct aisp_slice name)
{
	const struct sval *v;

	for (const struct sstar *s = m->stars; s; s = s->next) {
		bool inside = false;
		uint32_t node = aisp_source__module_node(m->lang, s->module, &inside);

		if (node)
			node = aisp_source__named_child(node, name);
		if (node)
			return aisp_source__sv_obj(P, node, 0);
		v = inside ? NULL : declared(P, m, s->module, name, false);
		if (v)
			return v;
	}
	return NULL;
}

static struct sscope *class_around(struct sscope *s)
{
	while (s && s->kind != SSCOPE_CLASS)
		s = s->parent;
	return s;
}

const struct sval *aisp_source__shape_global(struct program *P, struct sx *x)
{
	struct aisp_source_module *m = x->in->mod;
	enum sfamily f = aisp_source__family(m->lang);
	bool anywhere = f == SFAMILY_CSHARP || f == SFAMILY_RUBY || f == SFAMILY_PHP, inside = false;
	struct sscope *cls;
	const struct sval *v;
	uint32_t node;

	if (f == SFAMILY_RUST && aisp_slice_eqz(x->s, "Self") && (cls = class_around(x->in)))
		return aisp_source__sv_new(P, (struct sval){.kind = SV_CLASS, .scope = cls});
	v = f == SFAMILY_RUST ? NULL : declared(P, m, aisp_slice_z(""), x->s, false);
	if (!v)
		v = from_stars(P, m, x->s);
	if (!v && anywhere)
		v = declared(P, m, aisp_slice_z(""), x->s, true);
	if (v)
		return v;
	node = aisp_source__global_node(m->lang, x->s);
	if (!node && f != SFAMILY_GO && f != SFAMILY_JAVA)
		node = aisp_source__module_node(m->lang, x->s, &inside);
	return node ? aisp_source__sv_obj(P, node, 0) : aisp_source__sv_unknown(P, "a name that is not defined here");
}

/* Builders and objects written down */

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool fold_eq(struct aisp_slice a, struct aisp_slice b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && a.p[i] == '_')
			i++;
		while (j < b.n && b.p[j] == '_')
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (fold(a.p[i++]) != fold(b.p[j++]))
			return false;
	}
}

bool aisp_source__same_key(struct aisp_slice said, struct aisp_slice key)
{
	static const char *const fronts[] = {"set", "with", "add", "use", NULL};

	if (fold_eq(said, key))
		return true;
	for (int i = 0; fronts[i]; i++) {
		size_t n = strlen(fronts[i]);

		if (said.n > n && aisp_slice_eqi(aisp_slice_to(said, n), aisp_slice_z(fronts[i])) && fold_eq(aisp_slice_from(said, n), key))
			return true;
	}
	return false;
}

static struct aisp_slice callee_name(const struct sx *call)
{
	return call->a && (call->a->kind == SX_NAME || call->a->kind == SX_ATTR) ? call->a->s : aisp_slice_z("");
}

/* The one argument of a setter, or the list of them. */
static const struct sval *setter_value(struct program *P, const struct sx *call)
{
	const struct sval *items[16];
	const struct sval **copy;
	size_t n = 0;

	if (call->n == 1)
		return aisp_source__eval(P, call->args[0].value);
	for (uint32_t i = 0; i < call->n && n < 16; i++)
		items[n++] = aisp_source__eval(P, call->args[i].value);
	copy = n ? aisp_arena_alloc(P->a, n * sizeof *copy) : NULL;
	if (!copy)
		return NULL;
	memcpy(copy, items, n * sizeof *copy);
	return aisp_source__sv_new(P, (struct sval){.kind = SV_LIST, .n = (uint32_t)n, .items = copy});
}

const struct sval *aisp_source__chained(struct program *P, const struct sx *call, struct aisp_slice key)
{
	const struct sval *v = NULL, *more;
	unsigned n = 0;

	for (const struct sx *o = call->outer; o && n < 64; o = o->outer, n++) {
		if (!o->n || o->busy || !aisp_source__same_key(callee_name(o), key))
			continue;
		more = setter_value(P, o);
		if (!more)
			continue;
		if (!v) {
			v = more;
		} else { /* .tool(a).tool(b) */
			const struct sval **one = aisp_arena_alloc(P->a, sizeof *one);

			if (!one)
				return v;
			*one = v;
			if (v->kind != SV_LIST)
				v = aisp_source__sv_new(P, (struct sval){.kind = SV_LIST, .n = 1, .items = one});
			v = aisp_source__sv_added(P, v, more);
		}
	}
	return v;
}

/* WithModel("x") among the arguments. */
const struct sval *aisp_source__option(struct program *P, const struct sx *arg, struct aisp_slice key)
{
	struct aisp_slice name = arg->kind == SX_CALL ? callee_name(arg) : aisp_slice_z("");

	if (name.n <= 4 || !aisp_slice_eqi(aisp_slice_to(name, 4), AISP_S("with")) || !arg->n || !fold_eq(aisp_slice_from(name, 4), key))
		return NULL;
	return setter_value(P, arg);
}

const struct sval *aisp_source__member_like(const struct sval *d, struct aisp_slice key)
{
	if (d->kind != SV_DICT)
		return NULL;
	for (uint32_t i = d->n; i-- > 0;)
		if (aisp_source__same_key(d->members[i].key, key))
			return d->members[i].value;
	return NULL;
}

/* What a library's object that no row knows holds, by the members written and the setters called: a dict. */
const struct sval *aisp_source__built(struct program *P, struct sx *x)
{
	struct sv_member *ms;
	uint32_t cap = 0, n = 0;
	unsigned chain = 0;

	for (const struct sx *o = x->outer; o && chain < 64; o = o->outer)
		chain++;
	cap = x->n + chain;
	if (cap == 0 || cap > 4096)
		return NULL;
	ms = aisp_arena_alloc(P->a, cap * sizeof *ms);
	if (!ms) {
		P->bad = AISP_E_NOMEM;
		return NULL;
	}
	for (uint32_t i = 0; i < x->n; i++)
		if (x->args[i].name.n)
			ms[n++] = (struct sv_member){x->args[i].name, aisp_source__eval(P, x->args[i].value)};
	for (const struct sx *o = x->outer; o && n < cap; o = o->outer) {
		const struct sval *v = o->n && callee_name(o).n ? setter_value(P, o) : NULL;

		if (v)
			ms[n++] = (struct sv_member){callee_name(o), v};
	}
	if (n == 0)
		return NULL;
	return aisp_source__sv_new(P, (struct sval){.kind = SV_DICT, .b = x->outer != NULL, .n = n, .members = ms});
}

/* The same class; Go opens it once in each file of its package. */
static bool is_class(const struct sscope *a, const struct sscope *b)
{
	return a == b || (b->mod->lang == AISP_SOURCE_GO && aisp_slice_eq(a->name, b->name) &&
	                  aisp_slice_eq(aisp_slice_dirname(a->mod->path), aisp_slice_dirname(b->mod->path)));
}

/* A field as the places that write the object down give it: Agent{model: "x"}. */
const struct sval *aisp_source__literal_field(struct program *P, struct sscope *c, struct aisp_slice field)
{
	struct aisp_slice names[2] = {c->name, AISP_S("Self")};
	const struct sval *vals[8];
	size_t n = 0;

	for (int k = 0; k < (c->mod->lang == AISP_SOURCE_RUST ? 2 : 1); k++) {
		uint64_t h = aisp_hash64(names[k].p, names[k].n, 7);
		size_t lo = aisp_source__first_site(P, h);

		for (size_t i = lo; i < P->n_sites_sorted && P->sites.v[i].name == h && i < lo + 24 && n < 8 && spend(P); i++) {
			struct sx *call = P->sites.v[i].call;

			if (!call->literal || call->busy || !call->a || (k == 1 && class_around(call->in) != c))
				continue;
			for (uint32_t a = 0; a < call->n && n < 8; a++) {
				const struct sval *callee;

				if (!aisp_slice_eq(call->args[a].name, field) || call->args[a].value->busy)
					continue;
				callee = aisp_source__eval(P, call->a);
				if (callee->kind == SV_CLASS && is_class(callee->scope, c))
					vals[n++] = aisp_source__eval(P, call->args[a].value);
			}
		}
	}
	return n ? aisp_source__sv_union(P, vals, n) : NULL;
}

/* Go: what another file of the package says of the type. */
static const struct sval *in_package(struct program *P, struct sscope *c, struct aisp_slice name)
{
	uint64_t key = key_of(SFAMILY_GO, c->name);
	const struct sval *v = NULL;

	for (size_t i = first_decl(P, key), k = 0; !v && i < P->decls.n && P->decls.v[i].key == key && k < 32 && spend(P); i++, k++) {
		struct aisp_source_module *o = P->mods[P->decls.v[i].module];

		if (o == c->mod || !aisp_slice_eq(aisp_slice_dirname(o->path), aisp_slice_dirname(c->mod->path)) || is_test(o))
			continue;
		aisp_source__need(P, o);
		for (struct sscope *s = o->top ? o->top->kids : NULL; s && !v; s = s->next)
			if (s->kind == SSCOPE_CLASS && s != c && aisp_slice_eq(s->name, c->name))
				v = aisp_source__class_attr(P, s, name, 0);
	}
	return v;
}

/* An attribute of an object of a class of the repository. */
const struct sval *aisp_source__shape_member(struct program *P, struct sscope *c, struct aisp_slice name)
{
	const struct sval *v = aisp_source__class_attr(P, c, name, 0), *l;
	struct aisp_slice at;

	if (!v && c->mod->lang == AISP_SOURCE_RUBY && name.n && name.p[0] != '@') { /* attr_reader */
		at = aisp_arena_printf(P->a, "@%.*s", AISP_FMT(name));
		v = at.p ? aisp_source__class_attr(P, c, at, 0) : NULL;
	}
	if (!v && c->mod->lang == AISP_SOURCE_GO)
		v = in_package(P, c, name);
	if (v && v->kind != SV_UNKNOWN && v->kind != SV_NULL && !(v->kind == SV_OBJ && !v->hit))
		return v;
	l = aisp_source__literal_field(P, c, name);
	return l && l->kind != SV_UNKNOWN && l->kind != SV_NULL ? l : v;
}
