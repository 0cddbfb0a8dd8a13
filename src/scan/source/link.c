/* The program of one repository: modules are prepared, walked and finished; then hits and relations are given out in an
 * order that depends on the text alone.
 */
#include "scan/source/eval.h"
#include "base/hash.h"
#include "base/jw.h"
#include "base/sym.h"
#include <stdlib.h>

/* Names for calls: model = ChatOpenAI(…) is "model". */
static void hint(struct sx *x, struct aisp_slice name, unsigned depth)
{
	if (!x || depth > 8 || !name.n || (unsigned char)name.p[0] < 3)
		return;
	switch (x->kind) {
	case SX_CALL:
		if (!x->s.n)
			x->s = name;
		if (x->a && x->a->kind == SX_ATTR && x->a->a)
			hint(x->a->a, name, depth + 1);
		break;
	case SX_PIPE:
		if (!x->s.n)
			x->s = name;
		for (uint32_t i = 0; i < x->n; i++)
			if (x->kids[i]->kind == SX_PIPE)
				hint(x->kids[i], name, depth + 1);
		break;
	case SX_OR:
	case SX_COND:
		for (uint32_t i = 0; i < x->n; i++)
			hint(x->kids[i], name, depth + 1);
		break;
	case SX_DICT:
		for (uint32_t i = 0; i < x->n; i++)
			hint(x->args[i].value, x->args[i].name, depth + 1);
		break;
	default:
		break;
	}
}

static void note_text(struct program *P, const struct sscope *s, struct aisp_slice name, const struct sx *v)
{
	struct aisp_source_text t = {s->mod->index, v ? v->line : 0, name, {NULL, 0}, s->qual};

	if (!v || v->kind != SX_STR || !name.n || v->s.n < 8 || v->s.n > 1024)
		return;
	t.text = v->s;
	if (aisp_vec_push(&P->texts, t) < 0)
		P->bad = AISP_E_NOMEM;
}

/* Notes calls by the last name of their callee, and dict keys as names of what stands there. */
static void index_calls(struct program *P, struct sx *x, unsigned depth)
{
	if (!x || depth > 900)
		return;
	switch (x->kind) {
	case SX_CALL:
		if (x->a && (x->a->kind == SX_NAME || x->a->kind == SX_ATTR)) {
			struct psite s = {aisp_hash64(x->a->s.p, x->a->s.n, 7), x};

			if (aisp_vec_push(&P->sites, s) < 0)
				P->bad = AISP_E_NOMEM;
		}
		index_calls(P, x->a, depth + 1);
		for (uint32_t i = 0; i < x->n; i++) {
			index_calls(P, x->args[i].value, depth + 1);
			note_text(P, x->in, x->args[i].name, x->args[i].value);
		}
		break;
	case SX_DICT:
		hint(x, AISP_S("x"), 0);
		for (uint32_t i = 0; i < x->n; i++) {
			index_calls(P, x->args[i].value, depth + 1);
			note_text(P, x->in, x->args[i].name, x->args[i].value);
		}
		break;
	case SX_ATTR:
	case SX_ITER:
	case SX_PART:
	case SX_SPREAD:
		index_calls(P, x->a, depth + 1);
		break;
	case SX_INDEX:
		index_calls(P, x->a, depth + 1);
		for (uint32_t i = 0; i < x->n; i++)
			index_calls(P, x->kids[i], depth + 1);
		break;
	case SX_UNKNOWN:
	case SX_LIST:
	case SX_CONCAT:
	case SX_OR:
	case SX_COND:
	case SX_PIPE:
	case SX_COMP:
		for (uint32_t i = 0; i < x->n; i++)
			index_calls(P, x->kids[i], depth + 1);
		break;
	default:
		break;
	}
}

static int bind_cmp(const void *a, const void *b)
{
	const struct sbind *x = *(struct sbind *const *)a, *y = *(struct sbind *const *)b;
	int c = aisp_slice_cmp(x->name, y->name);

	if (c)
		return c;
	return x->pos < y->pos ? -1 : x->pos > y->pos;
}

static void prepare_scope(struct program *P, struct sscope *s)
{
	uint32_t n = 0;

	s->id = (uint32_t)P->scopes.n;
	if (aisp_vec_push(&P->scopes, s) < 0)
		P->bad = AISP_E_NOMEM;
	s->sorted = s->n_binds ? aisp_arena_alloc(P->a, s->n_binds * sizeof *s->sorted) : NULL;
	if (s->n_binds && !s->sorted) {
		P->bad = AISP_E_NOMEM;
		s->n_binds = 0;
		return;
	}
	for (struct sbind *b = s->binds; b; b = b->next) {
		s->sorted[n++] = b;
		note_text(P, s, b->name, b->value);
		hint(b->value, b->name, 0);
	}
	if (n)
		qsort(s->sorted, n, sizeof *s->sorted, bind_cmp);
	for (const struct sroot *r = s->roots; r; r = r->next)
		index_calls(P, r->x, 0);
	for (const struct sroot *r = s->returns; r; r = r->next) {
		index_calls(P, r->x, 0);
		if (s->returns == r && !r->next && r->x->kind == SX_CALL && !r->x->s.n && s->name.n)
			r->x->s = AISP_S("\002"); /* what a function gives has the function's name */
	}
}

void aisp_source__prepare(struct program *P, struct aisp_source_module *m)
{
	struct sscope *s = m->top;

	while (s) { /* all scopes, parents first, without recursion */
		prepare_scope(P, s);
		if (s->kids) {
			s = s->kids;
			continue;
		}
		while (s && s != m->top && !s->next)
			s = s->parent;
		s = s && s != m->top ? s->next : NULL;
	}
}

void aisp_source__need(struct program *P, struct aisp_source_module *m)
{
	int r;

	if (m->parsed || m->too_late || !m->text.n)
		return;
	m->too_late = true; /* once */
	r = m->ahead ? aisp_source__take_ahead(m) : aisp_source__parse(m, P->a, NULL);
	if (r == AISP_E_NOMEM)
		P->bad = r;
	if (r < 0) {
		m->partial = "this file could not be parsed";
		return;
	}
	aisp_source__prepare(P, m);
}

static int site_cmp(const void *a, const void *b)
{
	const struct psite *x = a, *y = b;

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->call->in->mod->index != y->call->in->mod->index)
		return x->call->in->mod->index < y->call->in->mod->index ? -1 : 1;
	return x->call->pos < y->call->pos ? -1 : x->call->pos > y->call->pos;
}

/* app/…/route.ts and pages/api/… of Next.js: exported handlers are routes. */
static void file_routes(struct program *P, struct aisp_source_module *m)
{
	static const char *const verbs[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "default", NULL};
	struct aisp_slice base = aisp_slice_basename(m->path), dir = aisp_slice_dirname(m->path), path;
	bool app = aisp_slice_starts(base, AISP_S("route.")) && aisp_slice_find(m->path, AISP_S("app/")) != SIZE_MAX;
	bool pages = aisp_slice_find(m->path, AISP_S("pages/api/")) != SIZE_MAX;

	if ((!app && !pages) || !m->top || aisp_source__family(m->lang) != SFAMILY_JAVASCRIPT)
		return;
	path = app ? dir : m->path;
	path = aisp_slice_from(path, aisp_slice_find(path, app ? AISP_S("app/") : AISP_S("pages/")) + (app ? 3 : 5));
	for (int i = 0; verbs[i]; i++) {
		bool dflt = aisp_slice_eqz(aisp_slice_z(verbs[i]), "default");

		if (dflt != pages)
			continue;
		for (const struct sbind *b = m->top->binds; b; b = b->next) {
			uint32_t h;

			if (!aisp_slice_eqz(b->name, verbs[i]) || !b->value || b->value->kind != SX_FUNC)
				continue;
			h = aisp_source__hit_new(P, AISP_SOURCE_ROUTE, NULL, NULL, m->top, aisp_slice_z(verbs[i]), b->value->line);
			if (!h)
				continue;
			P->hits.v[h - 1]->func = b->value->scope;
			P->hits.v[h - 1]->h.what = "next";
			P->hits.v[h - 1]->h.name = dflt ? AISP_S("any") : aisp_slice_z(verbs[i]);
			P->hits.v[h - 1]->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = path};
		}
	}
}

/* Output */

static int rel_cmp(const void *a, const void *b)
{
	const struct aisp_source_relation *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static int hit_cmp(const void *a, const void *b)
{
	const struct phit *x = *(struct phit *const *)a, *y = *(struct phit *const *)b;

	if (x->h.module != y->h.module)
		return x->h.module < y->h.module ? -1 : 1;
	if (x->h.line != y->h.line)
		return x->h.line < y->h.line ? -1 : 1;
	if (x->h.kind != y->h.kind)
		return x->h.kind < y->h.kind ? -1 : 1;
	if (x->call && y->call && x->call->pos != y->call->pos)
		return x->call->pos < y->call->pos ? -1 : 1;
	return x->into < y->into ? -1 : x->into > y->into; /* here: order of making */
}

static void put_callee(struct aisp_buf *b, const struct sx *x, unsigned depth)
{
	if (!x || depth > 8)
		return;
	if (x->kind == SX_NAME) {
		aisp_buf_put(b, x->s);
	} else if (x->kind == SX_ATTR) {
		put_callee(b, x->a, depth + 1);
		if (b->n)
			aisp_buf_putc(b, '.');
		aisp_buf_put(b, x->s);
	} else if (x->kind == SX_CALL) {
		put_callee(b, x->a, depth + 1);
		aisp_buf_putz(b, "()");
	}
}

/* The call as a short clause. Of its values only those are shown that cannot be secret: a model's or a collection's name. */
static struct aisp_slice note_of(struct program *P, const struct phit *h)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_slice out = aisp_slice_z("");
	bool shown = h->h.kind == AISP_SOURCE_MODEL || h->h.kind == AISP_SOURCE_STORE || h->h.kind == AISP_SOURCE_ROUTE;

	aisp_buf_init(&b, 400);
	if (h->call && h->call->kind == SX_CALL)
		put_callee(&b, h->call->a, 0);
	else if (h->call)
		put_callee(&b, h->call, 0);
	if (h->call && h->call->kind == SX_CALL) {
		aisp_buf_putc(&b, '(');
		if (shown && h->h.value.kind == AISP_SOURCE_LITERAL && h->h.value.text.n < 80) {
			if (h->h.kind == AISP_SOURCE_MODEL)
				aisp_buf_putz(&b, "model=");
			if (h->h.kind == AISP_SOURCE_STORE)
				aisp_buf_putz(&b, "collection=");
			aisp_buf_putc(&b, '"');
			aisp_buf_put_printable(&b, h->h.value.text);
			aisp_buf_putc(&b, '"');
		} else if (h->call->n) {
			aisp_buf_putz(&b, "…");
		}
		aisp_buf_putc(&b, ')');
	} else if (h->func) {
		aisp_buf_putz(&b, h->func->kind == SSCOPE_CLASS ? "class " : "function ");
		aisp_buf_put(&b, h->func->name);
	}
	if (b.n)
		out = aisp_arena_dup(P->a, aisp_buf_slice(&b));
	return out;
}

/* Two things of one kind under one symbol in a file: the second is "symbol~2". */
static void number_symbols(struct program *P, struct phit **list, size_t n)
{
	struct aisp_symtab *seen = aisp_symtab_new();
	AISP_VEC(uint32_t) counts = {0};

	if (!seen)
		P->bad = AISP_E_NOMEM;
	for (size_t i = 0; seen && i < n; i++) {
		struct aisp_source_hit *h = &list[i]->h;
		struct aisp_slice key = aisp_arena_printf(P->a, "%u/%u/%.*s", h->module, (unsigned)h->kind, AISP_FMT(h->symbol)), s;
		aisp_sym sym;

		if (!key.p || aisp_symtab_add(seen, key, &sym, NULL) < 0) {
			P->bad = AISP_E_NOMEM;
			break;
		}
		while (counts.n <= sym)
			if (aisp_vec_push(&counts, 0) < 0) {
				P->bad = AISP_E_NOMEM;
				break;
			}
		if (P->bad)
			break;
		if (++counts.v[sym] < 2)
			continue;
		s = aisp_arena_printf(P->a, "%.*s~%u", AISP_FMT(h->symbol), counts.v[sym]);
		if (s.p)
			h->symbol = s;
	}
	aisp_vec_done(&counts);
	aisp_symtab_free(seen);
}

/* A chain that nobody names, and models that only stand for a part of one thing, are kept; helpers are not. */
static bool given_out(const struct phit *h)
{
	return !h->hidden && !h->merged && h->h.kind != AISP_SOURCE_KIND_NONE;
}

static int give_relations(struct program *P, const uint32_t *place, struct aisp_source_facts *out)
{
	struct aisp_source_relation *rels = aisp_arena_alloc(P->a, (P->rels.n + 1) * sizeof *rels);
	size_t n = 0, m = 0;

	if (!rels)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < P->rels.n; i++) {
		uint32_t from = aisp_source__hit_now(P, P->rels.v[i].from), to = aisp_source__hit_now(P, P->rels.v[i].to);

		if (!place[from] || !place[to] || from == to)
			continue;
		rels[n++] = (struct aisp_source_relation){place[from] - 1, place[to] - 1, P->rels.v[i].role};
	}
	if (n)
		qsort(rels, n, sizeof *rels, rel_cmp);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || rel_cmp(&rels[i - 1], &rels[i]) != 0)
			rels[m++] = rels[i];
	out->relations = rels;
	out->n_relations = m;
	return 0;
}

static int give(struct program *P, struct aisp_source_facts *out)
{
	size_t n = 0;
	struct phit **list = aisp_arena_alloc(P->a, (P->hits.n + 1) * sizeof *list);
	uint32_t *place = aisp_arena_zalloc(P->a, P->hits.n + 1, sizeof *place);
	struct aisp_source_hit *hits = aisp_arena_alloc(P->a, (P->hits.n + 1) * sizeof *hits);

	if (!list || !place || !hits)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < P->hits.n; i++) {
		if (!given_out(P->hits.v[i]))
			continue;
		P->hits.v[i]->into = i;
		list[n++] = P->hits.v[i];
	}
	if (n)
		qsort(list, n, sizeof *list, hit_cmp);
	number_symbols(P, list, n);
	for (size_t i = 0; i < n; i++) {
		place[list[i]->into + 1] = (uint32_t)i + 1;
		list[i]->h.note = note_of(P, list[i]);
		hits[i] = list[i]->h;
	}
	out->hits = hits;
	out->n_hits = n;
	if (P->texts.n) {
		struct aisp_source_text *t = aisp_arena_alloc(P->a, P->texts.n * sizeof *t);

		if (!t)
			return AISP_E_NOMEM;
		memcpy(t, P->texts.v, P->texts.n * sizeof *t);
		out->texts = t;
		out->n_texts = P->texts.n;
	}
	return P->bad ? P->bad : give_relations(P, place, out);
}

static int import_cmp(const void *a, const void *b)
{
	const struct aisp_source_import *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void import_one(struct program *P, struct aisp_source_module *m, const struct smention *i)
{
	struct aisp_source_module *t = NULL;

	if (aisp_source__is_python(m->lang) && i->name.n && !aisp_slice_eqz(i->name, "*")) {
		bool dot = i->module.n && i->module.p[i->module.n - 1] == '.';
		struct aisp_slice joined =
			aisp_arena_printf(P->a, "%.*s%s%.*s", AISP_FMT(i->module), dot ? "" : ".", AISP_FMT(i->name));

		t = joined.p ? aisp_source__find_module(P, m, joined) : NULL;
	}
	if (!t && aisp_source__is_shaped(m->lang))
		t = aisp_source__shape_find(P, m, i->module, i->name);
	else if (!t)
		t = aisp_source__find_module(P, m, i->module);
	if (t && t != m && aisp_vec_push(&P->imports, (struct aisp_source_import){m->index, t->index, i->line}) < 0)
		P->bad = AISP_E_NOMEM;
}

static int give_imports(struct program *P, struct aisp_source_facts *out)
{
	struct aisp_source_import *copy;
	size_t m = 0;

	for (size_t i = 0; i < P->n_mods; i++)
		for (const struct smention *s = P->mods[i]->mentions; s; s = s->next)
			import_one(P, P->mods[i], s);
	copy = aisp_arena_alloc(P->a, (P->imports.n + 1) * sizeof *copy);
	if (!copy)
		return AISP_E_NOMEM;
	if (P->imports.n)
		qsort(P->imports.v, P->imports.n, sizeof *P->imports.v, import_cmp);
	for (size_t i = 0; i < P->imports.n; i++)
		if (m == 0 || copy[m - 1].from != P->imports.v[i].from || copy[m - 1].to != P->imports.v[i].to)
			copy[m++] = P->imports.v[i];
	out->imports = copy;
	out->n_imports = m;
	return 0;
}

static int link_all(struct program *P)
{
	for (size_t i = 0; i < P->n_mods; i++) {
		aisp_sym sym;

		P->mods[i]->index = (uint32_t)i;
		if (aisp_symtab_add(P->paths, P->mods[i]->path, &sym, NULL) < 0)
			return AISP_E_NOMEM;
		if (sym != i + 1)
			return AISP_E_USAGE;
		if (P->mods[i]->parsed)
			aisp_source__prepare(P, P->mods[i]);
	}
	aisp_source__index_decls(P);
	if (P->n_workers)
		aisp_source__parse_ahead(P);
	P->n_sites_sorted = P->sites.n;
	if (P->sites.n)
		qsort(P->sites.v, P->sites.n, sizeof *P->sites.v, site_cmp);
	for (size_t i = 0; i < P->scopes.n && !P->bad; i++) { /* grows when a skimmed file turns out to be needed */
		P->fuel = FUEL;
		aisp_source__walk_scope(P, P->scopes.v[i]);
	}
	for (size_t i = 0; i < P->n_mods && !P->bad; i++)
		file_routes(P, P->mods[i]);
	for (uint32_t i = 1; i <= P->hits.n && !P->bad; i++) {
		P->fuel = FUEL;
		aisp_source__hit_finish(P, i);
	}
	for (size_t i = 0; i < P->scopes.n && !P->bad; i++)
		if (P->scopes.v[i]->state == 0)
			aisp_source__scope_marks(P, P->scopes.v[i]);
	if (!P->bad)
		aisp_source__flow(P);
	return P->bad;
}

static void program_done(struct program *P)
{
	aisp_vec_done(&P->hits);
	aisp_vec_done(&P->rels);
	aisp_vec_done(&P->imports);
	aisp_vec_done(&P->edges);
	aisp_vec_done(&P->sites);
	aisp_vec_done(&P->decls);
	aisp_vec_done(&P->wave);
	aisp_vec_done(&P->texts);
	aisp_vec_done(&P->scopes);
	aisp_symtab_free(P->paths);
}

int aisp_source_link(struct aisp_source_module *const *modules, size_t n, struct aisp_arena *a,
                     struct aisp_source_facts *ret_facts, struct aisp_err *err)
{
	return aisp_source_link_on(modules, n, a, NULL, 0, ret_facts, err);
}

int aisp_source_link_on(struct aisp_source_module *const *modules, size_t n, struct aisp_arena *a, struct aisp_arena *const *workers,
                        unsigned n_workers, struct aisp_source_facts *ret_facts, struct aisp_err *err)
{
	AISP_CLEANUP(program_done)
	struct program P = {.mods = modules, .n_mods = n, .a = a, .paths = aisp_symtab_new(), .workers = workers, .n_workers = n_workers};
	struct aisp_source_facts out = {0};
	int r = P.paths ? link_all(&P) : AISP_E_NOMEM;

	if (r == 0)
		r = give(&P, &out);
	if (r == 0)
		r = give_imports(&P, &out);
	if (r == AISP_E_USAGE)
		return aisp_fail(err, r, "two modules have the same path");
	if (r < 0)
		return aisp_arena_full(a) ? aisp_fail(err, AISP_E_LIMIT, "linking the code needs more memory than its cap")
		                          : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	out.partial = P.partial;
	*ret_facts = out;
	return 0;
}
