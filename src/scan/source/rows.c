/* The rows as a tree of paths, built once, in static memory.
 *
 *   root ─▶ module segments ─▶ name segments        nodes[i] = { parent, text, row, is_module }
 *   index: hash of (parent, text) → node            below a module an unknown segment is taken for a submodule and stays
 */
#include "scan/source/rows.h"
#include "base/hash.h"
#include "scan/source/source_int.h"
#include <pthread.h>

enum { NODES_MAX = 32768, INDEX_SIZE = 131072 };
enum { ROOT_MODULE = 1, ROOT_GLOBAL = ROOT_MODULE + SFAMILY_END, ROOT_TYPE = ROOT_GLOBAL + SFAMILY_END, ROOT_END };
static struct node {
	struct aisp_slice text;
	const struct row *row;
	uint32_t parent, extends;
	bool is_module;
} nodes[NODES_MAX];
static uint32_t node_index[INDEX_SIZE];
static uint32_t n_nodes;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static size_t slot_of(uint32_t parent, struct aisp_slice text)
{
	return aisp_hash64(text.p, text.n, parent) & (INDEX_SIZE - 1);
}

static uint32_t find(uint32_t parent, struct aisp_slice text)
{
	for (size_t i = slot_of(parent, text); node_index[i]; i = (i + 1) & (INDEX_SIZE - 1)) {
		const struct node *n = &nodes[node_index[i]];

		if (n->parent == parent && aisp_slice_eq(n->text, text))
			return node_index[i];
	}
	return 0;
}

static uint32_t add(uint32_t parent, struct aisp_slice text)
{
	uint32_t at = find(parent, text);
	size_t i;

	if (at || n_nodes >= NODES_MAX)
		return at;
	at = n_nodes++;
	nodes[at].parent = parent;
	nodes[at].text = text;
	for (i = slot_of(parent, text); node_index[i]; i = (i + 1) & (INDEX_SIZE - 1))
		;
	node_index[i] = at;
	return at;
}

/* The next segment of a module's name: a.b, Go a/b, JavaScript @scope/name/sub. */
static bool segment(enum sfamily f, struct aisp_slice *rest, struct aisp_slice *ret)
{
	size_t at;

	if (!rest->n)
		return false;
	at = aisp_slice_chr(*rest, f == SFAMILY_JAVASCRIPT || f == SFAMILY_GO ? '/' : '.');
	if (f == SFAMILY_JAVASCRIPT && rest->p[0] == '@' && at != SIZE_MAX) {
		size_t more = aisp_slice_chr(aisp_slice_from(*rest, at + 1), '/');

		at = more == SIZE_MAX ? SIZE_MAX : at + 1 + more;
	}
	if (at == SIZE_MAX)
		at = rest->n;
	*ret = aisp_slice_to(*rest, at);
	*rest = aisp_slice_from(*rest, at + 1);
	return true;
}

static void add_names(uint32_t base, const struct row *r)
{
	struct aisp_slice names = aisp_slice_z(r->names), name, seg;

	while (base && aisp_slice_split(&names, ' ', &name)) {
		uint32_t at = base;

		if (!name.n)
			continue;
		while (at && aisp_slice_split(&name, '.', &seg))
			at = add(at, seg);
		if (at && !nodes[at].row)
			nodes[at].row = r;
	}
}

static void add_modules(const struct row *r, const char *modules, enum sfamily f)
{
	struct aisp_slice rest = aisp_slice_z(modules), module, seg;

	while (rest.n && aisp_slice_split(&rest, ' ', &module)) {
		bool global = aisp_slice_eqz(module, "<global>");
		uint32_t at = (global ? ROOT_GLOBAL : ROOT_MODULE) + (uint32_t)f;

		while (!global && segment(f, &module, &seg))
			at = add(at, seg);
		if (!global)
			nodes[at].is_module = true;
		add_names(at, r);
	}
}

static void build(void)
{
	n_nodes = ROOT_END;
	for (const struct row_table *const *tp = aisp_source__tables; *tp; tp++) {
		const struct row_table *t = *tp;

		for (size_t i = 0; i < t->n; i++) {
			const struct row *r = &t->rows[i];
			struct aisp_slice types = aisp_slice_z(r->on), type;

			const char *const by_family[SFAMILY_END] = {r->py, r->js, r->go, r->java, r->cs, r->rs, r->rb, r->php};

			for (int f = 0; f < SFAMILY_END; f++)
				if (by_family[f])
					add_modules(r, by_family[f], (enum sfamily)f);
			while (types.n && aisp_slice_split(&types, ' ', &type))
				add_names(add(ROOT_TYPE, type), r);
		}
	}
	for (const struct row_type *t = aisp_source__types; t->type; t++)
		nodes[add(ROOT_TYPE, aisp_slice_z(t->type))].extends = add(ROOT_TYPE, aisp_slice_z(t->extends));
}

/* The module around a node that is only a part of a path, or the module itself; 0 when it is neither. */
static uint32_t module_around(uint32_t n)
{
	while (n >= ROOT_END && !nodes[n].is_module && !nodes[n].row)
		n = nodes[n].parent;
	return n >= ROOT_END && nodes[n].is_module ? n : 0;
}

/* Below a module, what no row names is taken for a submodule: the search goes on in the module itself. */
static uint32_t child_in_modules(uint32_t node, struct aisp_slice name)
{
	for (uint32_t m = module_around(node); m; m = module_around(nodes[m].parent)) {
		uint32_t at = find(m, name);

		if (at)
			return at;
	}
	return 0;
}

uint32_t aisp_source__child(uint32_t node, struct aisp_slice name)
{
	uint32_t at = 0;

	pthread_once(&once, build);
	for (uint32_t n = node, hops = 0; n && hops < 8; n = nodes[n].extends, hops++) {
		at = find(n, name);
		if (!at && n >= ROOT_END)
			at = find(n, AISP_S("*"));
		if (at)
			return at;
	}
	at = node ? child_in_modules(node, name) : 0;
	return at ? at : node ? module_around(node) : 0;
}

uint32_t aisp_source__named_child(uint32_t node, struct aisp_slice name)
{
	uint32_t at = aisp_source__child(node, name);

	return at && aisp_slice_eq(nodes[at].text, name) ? at : 0;
}

uint32_t aisp_source__module_node(enum aisp_source_lang lang, struct aisp_slice module, bool *ret_is_module)
{
	enum sfamily f = aisp_source__family(lang);
	bool inside = false, js = f == SFAMILY_JAVASCRIPT;
	uint32_t at = ROOT_MODULE + (uint32_t)f;
	struct aisp_slice seg;

	pthread_once(&once, build);
	if (js && aisp_slice_starts(module, AISP_S("node:")))
		module = aisp_slice_from(module, 5);
	if (js && aisp_slice_starts(module, AISP_S("npm:")))
		module = aisp_slice_from(module, 4);
	while (at && segment(f, &module, &seg)) {
		size_t version = js ? aisp_slice_rchr(seg, '@') : SIZE_MAX; /* openai@4 */
		uint32_t to;

		if (version != SIZE_MAX && version > 0)
			seg = aisp_slice_to(seg, version);
		to = find(at, seg);
		at = to ? to : at >= ROOT_END ? module_around(at) : 0;
		inside |= at && module_around(at);
	}
	*ret_is_module = inside;
	return at;
}

uint32_t aisp_source__global_node(enum aisp_source_lang lang, struct aisp_slice name)
{
	pthread_once(&once, build);
	return find(ROOT_GLOBAL + (uint32_t)aisp_source__family(lang), name);
}

uint32_t aisp_source__type_node(const char *type)
{
	pthread_once(&once, build);
	return type ? find(ROOT_TYPE, aisp_slice_z(type)) : 0;
}

const struct row *aisp_source__row(uint32_t node)
{
	return node ? nodes[node].row : NULL;
}

size_t aisp_source__node_count(void)
{
	pthread_once(&once, build);
	return n_nodes;
}

bool aisp_source__next_name(uint32_t node, uint32_t *at, struct aisp_slice *ret)
{
	pthread_once(&once, build);
	for (uint32_t i = *at < ROOT_END ? ROOT_END : *at; node && i < n_nodes; i++) {
		if (nodes[i].parent != node)
			continue;
		*ret = nodes[i].text;
		*at = i + 1;
		return true;
	}
	return false;
}

static bool is_or_below(struct aisp_slice module, struct aisp_slice of)
{
	return aisp_slice_starts(module, of) && (module.n == of.n || module.p[of.n] == '.' || module.p[of.n] == '/');
}

static bool wants_shaped(enum sfamily f, struct aisp_slice module, const char **ret_tokens)
{
	const char *tokens = NULL;
	size_t longest = 0;

	for (const struct row_weak_shaped *w = aisp_source__weak_shaped; w->module; w++) {
		struct aisp_slice weak = aisp_slice_z(w->module);

		if (w->family != f || weak.n <= longest || !is_or_below(module, weak))
			continue;
		tokens = w->tokens;
		longest = weak.n;
	}
	*ret_tokens = tokens;
	return !tokens || tokens[0] != '\0';
}

bool aisp_source__wants_module(enum aisp_source_lang lang, struct aisp_slice module, const char **ret_tokens)
{
	bool is_module = false;

	if (!module.n || module.p[0] == '.' || !aisp_source__module_node(lang, module, &is_module) || !is_module)
		return false;
	if (aisp_source__is_shaped(lang))
		return wants_shaped(aisp_source__family(lang), module, ret_tokens);
	if (!aisp_source__is_python(lang) && aisp_slice_starts(module, AISP_S("node:")))
		module = aisp_slice_from(module, 5);
	for (const struct row_weak *w = aisp_source__weak; w->module; w++) {
		if (!is_or_below(module, aisp_slice_z(w->module)))
			continue;
		*ret_tokens = w->tokens;
		return w->tokens[0] != '\0';
	}
	*ret_tokens = NULL;
	return true;
}

const char *aisp_source_kind_name(enum aisp_source_kind k)
{
	static const char *const names[] = {"",
#define X(sym, name) name,
	                                    AISP_SOURCE_KINDS(X)
#undef X
	};
	return (unsigned)k < AISP_SOURCE_KIND_END ? names[k] : "";
}

const char *aisp_source_role_name(enum aisp_source_role r)
{
	static const char *const names[] = {
#define X(sym, name) name,
		AISP_SOURCE_ROLES(X)
#undef X
	};
	return (unsigned)r < AISP_SOURCE_ROLE_END ? names[r] : "";
}
