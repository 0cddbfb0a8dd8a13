/* Following values: names, attributes, calls, imports. Bounded: depth, steps for each module, size of unions. A name that
 * means different things in different branches is a union, and for text that is "unresolved", never a guess.
 */
#include "scan/source/eval.h"
#include "base/buf.h"
#include "base/hash.h"

enum { UNION_MAX = 12, SITES_MAX = 16, TEXT_MAX = 65536, LIST_MAX = 512, NEAR_TOP = 16 };

static const struct sval nothing = {.kind = SV_UNKNOWN, .s = {"not known", 9}};
static const struct sval null_value = {.kind = SV_NULL};

const struct sval *aisp_source__sv_new(struct program *P, struct sval v)
{
	struct sval *p = aisp_arena_alloc(P->a, sizeof *p);

	if (!p) {
		P->bad = aisp_arena_full(P->a) ? AISP_E_LIMIT : AISP_E_NOMEM;
		return &nothing;
	}
	*p = v;
	return p;
}

const struct sval *aisp_source__sv_unknown(struct program *P, const char *reason)
{
	return aisp_source__sv_new(P, (struct sval){.kind = SV_UNKNOWN, .s = aisp_slice_z(reason)});
}

const struct sval *aisp_source__sv_obj(struct program *P, uint32_t node, uint32_t hit)
{
	return aisp_source__sv_new(P, (struct sval){.kind = SV_OBJ, .node = node, .hit = hit});
}

static const struct sval *sv_scope(struct program *P, enum sval_kind kind, struct sscope *s)
{
	return aisp_source__sv_new(P, (struct sval){.kind = kind, .scope = s});
}

static const struct sval *sv_items(struct program *P, enum sval_kind kind, const struct sval **items, size_t n)
{
	const struct sval **copy = n ? aisp_arena_alloc(P->a, n * sizeof *copy) : NULL;

	if (n && !copy) {
		P->bad = AISP_E_NOMEM;
		return &nothing;
	}
	if (n)
		memcpy(copy, items, n * sizeof *copy);
	return aisp_source__sv_new(P, (struct sval){.kind = kind, .n = (uint32_t)n, .items = copy});
}

bool aisp_source__sv_equal(const struct sval *a, const struct sval *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SV_NULL:
		return true;
	case SV_STR:
	case SV_LIB:
	case SV_OTHER:
		return aisp_slice_eq(a->s, b->s);
	case SV_ENV:
		return aisp_slice_eq(a->s, b->s) && (a->inner == b->inner || (a->inner && b->inner && aisp_source__sv_equal(a->inner, b->inner)));
	case SV_OBJ:
		return a->node == b->node && a->hit == b->hit;
	case SV_FUNC:
	case SV_CLASS:
	case SV_INST:
		return a->scope == b->scope && a->made == b->made;
	case SV_MODULE:
		return a->module == b->module;
	default:
		return false;
	}
}

/* One of several: flattened, without doubles; None beside something is dropped. */
const struct sval *aisp_source__sv_union(struct program *P, const struct sval **items, size_t n)
{
	const struct sval *flat[UNION_MAX];
	size_t m = 0;
	bool null = false, more = false;

	for (size_t i = 0; i < n; i++) {
		size_t k = items[i]->kind == SV_UNION ? items[i]->n : 1;

		for (size_t j = 0; j < k; j++) {
			const struct sval *v = items[i]->kind == SV_UNION ? items[i]->items[j] : items[i];
			size_t e = 0;

			null |= v->kind == SV_NULL;
			while (e < m && !aisp_source__sv_equal(flat[e], v))
				e++;
			if (v->kind == SV_NULL || e < m)
				continue;
			more |= m == UNION_MAX && aisp_source__sv_hit(v);
			if (m < UNION_MAX)
				flat[m++] = v;
		}
	}
	P->partial |= more;
	if (m == 0)
		return null ? &null_value : &nothing;
	return m == 1 ? flat[0] : sv_items(P, SV_UNION, flat, m);
}

uint32_t aisp_source__sv_hit(const struct sval *v)
{
	switch (v->kind) {
	case SV_OBJ:
		return v->hit;
	case SV_FUNC:
	case SV_CLASS:
	case SV_INST:
		return v->scope->hit;
	default:
		return 0;
	}
}

const struct sval *aisp_source__sv_member(const struct sval *d, struct aisp_slice key)
{
	if (d->kind != SV_DICT)
		return NULL;
	for (uint32_t i = d->n; i-- > 0;)
		if (aisp_slice_eq(d->members[i].key, key))
			return d->members[i].value;
	return NULL;
}

/* Names */

static uint32_t first_bind(const struct sscope *s, struct aisp_slice name)
{
	uint32_t lo = 0, hi = s->n_binds;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (aisp_slice_cmp(s->sorted[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct sbind *const *aisp_source__binds_named(const struct sscope *s, struct aisp_slice name, uint32_t *ret_n)
{
	uint32_t first = s->n_binds && s->sorted ? first_bind(s, name) : 0, n = 0;

	while (s->sorted && first + n < s->n_binds && aisp_slice_eq(s->sorted[first + n]->name, name))
		n++;
	*ret_n = n;
	return n ? s->sorted + first : NULL;
}

static bool is_around(const struct aisp_source_module *m, uint32_t outer, uint32_t inner)
{
	for (unsigned i = 0; i < 512; i++) {
		if (outer == inner)
			return true;
		if (inner == 0 || inner >= m->n_blocks || m->blocks[inner] == inner)
			return false;
		inner = m->blocks[inner];
	}
	return false;
}

static const struct sval *of_type(struct program *P, struct sx *annot);

/* Annotated[X, Depends(f)], Optional[X] */
static const struct sval *of_generic(struct program *P, struct sx *annot)
{
	const struct sval *t, *d;
	const struct row *r;

	if (annot->in && aisp_source__is_shaped(annot->in->mod->lang)) { /* Arc<Client>, Task<Client> */
		d = of_type(P, annot->a);
		for (uint32_t i = 0; !d && i < annot->n && i < 4; i++)
			d = of_type(P, annot->kids[i]);
		return d;
	}
	t = aisp_source__eval(P, annot->a);
	r = t->kind == SV_OBJ ? aisp_source__row(t->node) : NULL;

	if (!r || r->does != DOES_TYPE)
		return NULL;
	for (uint32_t i = 1; i < annot->n; i++) {
		d = aisp_source__eval(P, annot->kids[i]);
		if (d->kind != SV_UNKNOWN && d->kind != SV_OTHER && d->kind != SV_STR && d->kind != SV_NULL)
			return d;
	}
	return of_type(P, annot->kids[0]);
}

/* The value that an annotation promises: an instance of a class that we know; NULL if it promises nothing useful. */
static const struct sval *of_type(struct program *P, struct sx *annot)
{
	const struct sval *t;
	const struct row *r;

	if (!annot || P->depth > EVAL_DEPTH)
		return NULL;
	if (annot->kind == SX_INDEX)
		return annot->a && annot->n ? of_generic(P, annot) : NULL;
	if (annot->kind == SX_PIPE) {
		t = of_type(P, annot->kids[0]);
		return t ? t : of_type(P, annot->kids[1]);
	}
	if (annot->kind != SX_NAME && annot->kind != SX_ATTR)
		return NULL;
	t = aisp_source__eval(P, annot);
	if (t->kind == SV_CLASS)
		return sv_scope(P, SV_INST, t->scope);
	r = t->kind == SV_OBJ ? aisp_source__row(t->node) : NULL;
	if (!r || !r->gives || r->gives[strlen(r->gives) - 1] == ':')
		return NULL;
	return aisp_source__sv_obj(P, aisp_source__type_node(r->gives), 0);
}

/* Adds what was appended to a list, dict or text. */
const struct sval *aisp_source__sv_added(struct program *P, const struct sval *base, const struct sval *more)
{
	const struct sval *items[LIST_MAX];
	size_t n = 0;

	if (base->kind == SV_DICT && more->kind == SV_DICT) {
		struct sv_member *ms = aisp_arena_alloc(P->a, (base->n + more->n + 1) * sizeof *ms);

		if (!ms)
			return base;
		if (base->n)
			memcpy(ms, base->members, base->n * sizeof *ms);
		if (more->n)
			memcpy(ms + base->n, more->members, more->n * sizeof *ms);
		return aisp_source__sv_new(P, (struct sval){.kind = SV_DICT, .n = base->n + more->n, .members = ms});
	}
	if (base->kind == SV_STR || base->kind == SV_TEXT) {
		struct aisp_slice s = base->n || base->s.n > TEXT_MAX
		                              ? base->s
		                              : aisp_arena_printf(P->a, "%.*s\001", AISP_FMT(base->s));

		return aisp_source__sv_new(P, (struct sval){.kind = SV_TEXT, .s = s.p ? s : base->s});
	}
	if (base->kind != SV_LIST)
		return base;
	for (uint32_t i = 0; i < base->n && n < LIST_MAX; i++)
		items[n++] = base->items[i];
	if (more->kind == SV_LIST)
		for (uint32_t i = 0; i < more->n && n < LIST_MAX; i++)
			items[n++] = more->items[i];
	else if (n < LIST_MAX)
		items[n++] = more;
	P->partial |= n == LIST_MAX;
	return sv_items(P, SV_LIST, items, n);
}

static const struct sval *bind_value(struct program *P, const struct sbind *b)
{
	const struct sval *v = b->value ? aisp_source__eval(P, b->value) : &nothing, *t;

	if (v->kind != SV_UNKNOWN && v->kind != SV_NULL)
		return v;
	t = of_type(P, b->annot);
	return t ? t : v;
}

/* What a name bound in s means at `use` (NULL: from elsewhere). */
static bool before(const struct sbind *b, const struct sx *use)
{
	return !use || b->pos <= use->pos;
}

/* The last bind of [first, end) that surely happened before the use; `first` when none did. */
static uint32_t last_dominating(const struct sscope *s, uint32_t first, uint32_t end, const struct sx *use)
{
	uint32_t from = first;

	for (uint32_t i = first; use && i < end; i++) {
		const struct sbind *b = s->sorted[i];

		if (!b->adds && b->value && before(b, use) && is_around(s->mod, b->block, use->block))
			from = i;
	}
	return from;
}

/* What was appended to the list, dict or text since. */
static const struct sval *with_additions(struct program *P, const struct sscope *s, uint32_t first, uint32_t end,
                                         const struct sx *use, const struct sval *v)
{
	for (uint32_t i = first; i < end; i++) {
		const struct sbind *b = s->sorted[i];

		if (b->adds && b->value && !b->value->busy && (before(b, use) || b->block != use->block))
			v = aisp_source__sv_added(P, v, aisp_source__eval(P, b->value));
	}
	return v;
}

static const struct sval *merged(struct program *P, const struct sscope *s, uint32_t first, const struct sx *use)
{
	const struct sval *vals[UNION_MAX];
	uint32_t end = first, from;
	size_t n = 0;

	while (end < s->n_binds && aisp_slice_eq(s->sorted[end]->name, s->sorted[first]->name))
		end++;
	from = last_dominating(s, first, end, use);
	for (uint32_t i = from; i < end && n < UNION_MAX; i++) {
		const struct sbind *b = s->sorted[i];
		bool later = i > from && !before(b, use) && b->block == use->block && before(s->sorted[from], use);

		if (b->adds || later || (b->value && b->value->busy && end - first > 1)) /* x = f(x): the earlier x */
			continue;
		vals[n++] = bind_value(P, b);
	}
	return with_additions(P, s, first, end, use, aisp_source__sv_union(P, vals, n));
}

/* The value that calls in the program give to a parameter; NULL when none is found. */
/* The argument of this call that a parameter gets; NULL when it is left out. */
static struct sx *argument_for(const struct sx *call, struct aisp_slice name, uint32_t at, uint32_t self)
{
	uint32_t pos = 0;

	for (uint32_t k = 0; k < call->n; k++) {
		const struct sx_arg *a = &call->args[k];

		if (a->name.n ? aisp_slice_eq(a->name, name) : !a->spread && pos++ + self == at)
			return a->value;
	}
	return NULL;
}

size_t aisp_source__first_site(const struct program *P, uint64_t name)
{
	size_t lo = 0, hi = P->n_sites_sorted;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (P->sites.v[mid].name < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool calls(struct program *P, const struct sx *call, const struct sscope *f, bool init)
{
	const struct sval *callee;

	if (call->busy || !call->a || call->a->busy)
		return false;
	callee = aisp_source__eval(P, call->a);
	return init ? callee->kind == SV_CLASS && callee->scope == f->parent : callee->kind == SV_FUNC && callee->scope == f;
}

/* A text or thing that some callers hand over, when there are more callers than are followed. */
static const struct sval *or_more(struct program *P, const struct sval *v)
{
	const struct sval *two[2] = {v, aisp_source__sv_unknown(P, "called from more places than are followed")};

	return v->kind == SV_STR || v->kind == SV_ENV || v->kind == SV_OBJ ? aisp_source__sv_union(P, two, 2) : v;
}

/* The value that calls in the program give to a parameter; NULL when none is found. */
static const struct sval *from_callers(struct program *P, struct sscope *f, uint32_t at, bool *ret_omitted)
{
	bool method = f->parent && f->parent->kind == SSCOPE_CLASS;
	bool init = method && (aisp_slice_eqz(f->name, "__init__") || aisp_slice_eqz(f->name, "constructor"));
	bool self = method && !f->is_static && aisp_source__is_python(f->mod->lang);
	struct aisp_slice called = init ? f->parent->name : f->name;
	uint64_t h = aisp_hash64(called.p, called.n, 7);
	size_t lo = called.n ? aisp_source__first_site(P, h) : P->n_sites_sorted, n = 0;
	const struct sval *vals[UNION_MAX];

	for (size_t i = lo; i < P->n_sites_sorted && P->sites.v[i].name == h && i < lo + SITES_MAX && n < UNION_MAX; i++) {
		struct sx *c = P->sites.v[i].call, *given;

		if (!calls(P, c, f, init))
			continue;
		given = argument_for(c, f->params[at].name, at, self ? 1 : 0);
		*ret_omitted |= !given;
		if (given && !given->busy)
			vals[n++] = aisp_source__eval(P, given);
	}
	if (n && lo + SITES_MAX < P->n_sites_sorted && P->sites.v[lo + SITES_MAX].name == h)
		return or_more(P, aisp_source__sv_union(P, vals, n));
	return n ? aisp_source__sv_union(P, vals, n) : NULL;
}

static const struct sval *param_value(struct program *P, struct sscope *f, uint32_t at)
{
	const struct sparam *p = &f->params[at];
	const struct sval *typed, *d = p->dflt ? aisp_source__eval(P, p->dflt) : NULL, *callers, *two[2];
	bool omitted = false;

	if (p->rest)
		return aisp_source__sv_unknown(P, "passed on with * or **");
	if (d && d->kind == SV_OBJ) /* Depends(f) gives what f gives */
		return d;
	if (f->hit && P->hits.v[f->hit - 1]->h.kind == AISP_SOURCE_TOOL)
		return aisp_source__sv_unknown(P, "an argument that the model chooses");
	P->depth++;
	callers = P->depth < EVAL_DEPTH / 2 ? from_callers(P, f, at, &omitted) : NULL;
	P->depth--;
	if (callers && d && omitted) {
		two[0] = d;
		two[1] = callers;
		callers = aisp_source__sv_union(P, two, 2);
	}
	if (callers && callers->kind != SV_UNKNOWN)
		return callers;
	typed = of_type(P, p->annot);
	if (typed)
		return typed;
	if (d && !callers)
		return d;
	return aisp_source__sv_unknown(P, "a parameter whose value is chosen by the caller");
}

const struct sval *aisp_source__name_in(struct program *P, struct sscope *s, struct aisp_slice name, const struct sx *use)
{
	uint32_t i = first_bind(s, name);

	if (i < s->n_binds && aisp_slice_eq(s->sorted[i]->name, name))
		return merged(P, s, i, use);
	for (uint32_t k = 0; k < s->n_params; k++)
		if (aisp_slice_eq(s->params[k].name, name))
			return param_value(P, s, k);
	return NULL;
}

static bool is_self(const struct sscope *s, struct aisp_slice name)
{
	return s->kind == SSCOPE_FUNC && s->parent && s->parent->kind == SSCOPE_CLASS && s->n_params > 0 && !s->is_static &&
	       aisp_source__is_python(s->mod->lang) && aisp_slice_eq(s->params[0].name, name);
}

/* A name that a star import may bring; NULL if none does. */
static const struct sval *starred(struct program *P, struct aisp_source_module *m, struct aisp_slice name)
{
	for (const struct sstar *s = m->stars; s; s = s->next) {
		struct aisp_source_module *t = aisp_source__find_module(P, m, s->module);
		bool inside = false;
		const struct sval *v = t && t != m ? aisp_source__exported(P, t, name) : NULL;
		uint32_t node;

		if (v)
			return v;
		node = t ? 0 : aisp_source__module_node(m->lang, s->module, &inside);
		node = node ? aisp_source__child(node, name) : 0;
		if (aisp_source__row(node))
			return aisp_source__sv_obj(P, node, 0);
	}
	return NULL;
}

static const struct sval *this_object(struct program *P, struct sscope *s)
{
	for (; s; s = s->parent)
		if (s->kind == SSCOPE_CLASS)
			return sv_scope(P, SV_INST, s);
	return &nothing;
}

/* What a name means in one of the scopes around it; NULL if nothing. */
static const struct sval *seen_in(struct program *P, struct sscope *s, struct sx *x)
{
	if (is_self(s, x->s))
		return sv_scope(P, SV_INST, s->parent);
	if (s->kind == SSCOPE_CLASS && s->is_open)
		return aisp_source__shape_member(P, s, x->s);
	if (s->kind != SSCOPE_CLASS || s == x->in)
		return aisp_source__name_in(P, s, x->s, s == x->in ? x : NULL);
	return NULL;
}

static const struct sval *eval_name(struct program *P, struct sx *x)
{
	struct aisp_source_module *m = x->in ? x->in->mod : NULL;
	const struct sval *v = NULL;
	uint32_t node;

	if (!m)
		return &nothing;
	if (!aisp_source__is_python(m->lang) && aisp_slice_eqz(x->s, "this"))
		return this_object(P, x->in);
	for (struct sscope *s = x->in; s && !v; s = s->parent)
		v = seen_in(P, s, x);
	if (v && v->kind == SV_FUNC && m->lang == AISP_SOURCE_RUBY && !x->hole)
		return aisp_source__sv_result(P, v->scope); /* a method's name calls it */
	if (!v && aisp_source__is_shaped(m->lang))
		return aisp_source__shape_global(P, x);
	if (!v)
		v = starred(P, m, x->s);
	if (v)
		return v;
	node = aisp_source__global_node(m->lang, x->s);
	return node ? aisp_source__sv_obj(P, node, 0) : aisp_source__sv_unknown(P, "a name that is not defined here");
}

/* Attributes */

struct aisp_slice aisp_settings__variable(struct program *P, struct sscope *c, struct aisp_slice name)
{
	struct aisp_slice prefix = aisp_slice_z(""), up;
	uint32_t i = first_bind(c, AISP_S("model_config"));
	struct sx *x = i < c->n_binds && aisp_slice_eqz(c->sorted[i]->name, "model_config") ? c->sorted[i]->value : NULL;

	for (uint32_t k = 0; x && (x->kind == SX_CALL || x->kind == SX_DICT) && k < x->n; k++)
		if (aisp_slice_eqz(x->args[k].name, "env_prefix") && x->args[k].value->kind == SX_STR)
			prefix = x->args[k].value->s;
	up = aisp_arena_printf(P->a, "%.*s%.*s", AISP_FMT(prefix), AISP_FMT(name));
	for (size_t k = 0; up.p && k < up.n; k++)
		if (up.p[k] >= 'a' && up.p[k] <= 'z')
			((char *)(uintptr_t)up.p)[k] = (char)(up.p[k] - 32);
	return up;
}

static const struct sval *settings_field(struct program *P, struct sscope *c, struct aisp_slice name)
{
	struct aisp_slice up = aisp_settings__variable(P, c, name);
	uint32_t i = first_bind(c, name);
	const struct sval *d = NULL;

	if (i >= c->n_binds || !aisp_slice_eq(c->sorted[i]->name, name) || !up.p ||
	    (c->sorted[i]->value && c->sorted[i]->value->kind == SX_FUNC))
		return NULL;
	if (c->sorted[i]->value) {
		d = aisp_source__eval(P, c->sorted[i]->value);
		if (d->kind != SV_STR)
			d = NULL;
	}
	return aisp_source__sv_new(P, (struct sval){.kind = SV_ENV, .s = up, .inner = d});
}

/* CrewAI: self.agents are what the methods marked @agent give (docs.crewai.com, "Using the @CrewBase decorator"). */
static const struct sval *crew_agents(struct program *P, struct sscope *c)
{
	const struct sval *items[LIST_MAX];
	size_t n = 0;

	for (struct sscope *m = c->kids; m; m = m->next) {
		for (const struct sroot *d = m->decorators; d && n < LIST_MAX; d = d->next) {
			const struct sval *v = aisp_source__eval(P, d->x);
			const struct row *row = v->kind == SV_OBJ ? aisp_source__row(v->node) : NULL;

			if (row && row->does == DOES_MEMBER)
				items[n++] = aisp_source__sv_result(P, m);
		}
	}
	return n ? sv_items(P, SV_LIST, items, n) : NULL;
}

const struct sval *aisp_source__class_attr(struct program *P, struct sscope *c, struct aisp_slice name, unsigned depth)
{
	const struct sval *v = NULL;

	if (depth > 8 || !spend(P))
		return NULL;
	for (uint32_t i = 0; i < c->n_bases && !v; i++) {
		const struct sval *b = aisp_source__eval(P, c->bases[i].value);
		const struct row *r = b->kind == SV_OBJ ? aisp_source__row(b->node) : NULL;

		if (r && r->does == DOES_SETTINGS)
			v = settings_field(P, c, name);
	}
	if (!v)
		v = aisp_source__name_in(P, c, name, NULL);
	if (!v && aisp_slice_eqz(name, "agents"))
		v = crew_agents(P, c);
	for (uint32_t i = 0; i < c->n_bases && !v; i++) {
		const struct sval *b = aisp_source__eval(P, c->bases[i].value);

		if (b->kind == SV_CLASS && b->scope != c)
			v = aisp_source__class_attr(P, b->scope, name, depth + 1);
	}
	return v;
}

static const struct sval *each_of(struct program *P, const struct sval *u, struct aisp_slice name, struct sx *at, bool call)
{
	const struct sval *vals[UNION_MAX];
	size_t n = 0;

	for (uint32_t i = 0; i < u->n && n < UNION_MAX; i++)
		vals[n++] = call ? aisp_source__sv_call(P, u->items[i], at) : aisp_source__sv_attr(P, u->items[i], name, at);
	return aisp_source__sv_union(P, vals, n);
}

static const struct sval *member_of(struct program *P, const struct sval *v, struct aisp_slice name)
{
	const struct sval *r;
	uint32_t node;

	for (uint32_t i = 0; v->made && i < v->made->n; i++)
		if (aisp_slice_eq(v->made->args[i].name, name))
			return aisp_source__eval(P, v->made->args[i].value);
	r = aisp_source__is_shaped(v->scope->mod->lang) ? aisp_source__shape_member(P, v->scope, name)
	                                                : aisp_source__class_attr(P, v->scope, name, 0);
	if (!r && v->scope->hit && P->hits.v[v->scope->hit - 1]->row) {
		const struct row *hr = P->hits.v[v->scope->hit - 1]->row;

		node = aisp_source__child(aisp_source__type_node(hr->gives), name);
		if (node)
			return aisp_source__sv_obj(P, node, v->scope->hit);
	}
	return r ? r : aisp_source__sv_unknown(P, "an attribute that is set elsewhere");
}

const struct sval *aisp_source__sv_attr(struct program *P, const struct sval *v, struct aisp_slice name, struct sx *at)
{
	const struct sval *r = NULL;
	const struct row *row;
	uint32_t node;

	switch (v->kind) {
	case SV_OBJ:
		node = aisp_source__child(v->node, name);
		row = aisp_source__row(node);
		if (row && (row->flags & ROW_BARE) && at)
			return aisp_source__row_apply(P, row, node, v->hit, at);
		if (!node && aisp_source__row(v->node) && aisp_source__row(v->node)->does == DOES_AUTH)
			return v; /* const { auth } = NextAuth(…) */
		return node ? aisp_source__sv_obj(P, node, v->hit) : aisp_source__sv_unknown(P, "a part of a library's answer");
	case SV_MODULE:
		return aisp_source__module_attr(P, v->module, name);
	case SV_CLASS:
	case SV_INST:
		return member_of(P, v, name);
	case SV_DICT:
		if (v->b) /* a builder goes on */
			return v;
		r = aisp_source__sv_member(v, name);
		return r ? r : aisp_source__sv_unknown(P, "not a member that is written here");
	case SV_LIB: {
		struct aisp_slice s = v->s.n > 300 ? v->s : aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(v->s), AISP_FMT(name));

		return aisp_source__sv_new(P, (struct sval){.kind = SV_LIB, .s = s.p ? s : v->s});
	}
	case SV_UNION:
		return each_of(P, v, name, at, false);
	case SV_FUNC: /* Ruby: a method without arguments */
		return v->scope->mod->lang == AISP_SOURCE_RUBY && at ? aisp_source__sv_attr(P, aisp_source__sv_result(P, v->scope), name, NULL)
		                                                     : aisp_source__sv_unknown(P, "computed at run time");
	case SV_UNKNOWN:
		return v;
	default:
		return aisp_source__sv_unknown(P, "computed at run time");
	}
}

/* Calls */

const struct sval *aisp_source__sv_result(struct program *P, struct sscope *f)
{
	const struct sval *vals[UNION_MAX];
	uint32_t cuts;
	size_t n = 0;

	if (f->result)
		return f->result;
	if (f->busy || P->depth > EVAL_DEPTH)
		return aisp_source__sv_unknown(P, "defined by itself");
	cuts = P->cuts;
	f->busy = 1;
	for (const struct sroot *r = f->returns; r && n < UNION_MAX; r = r->next)
		vals[n++] = aisp_source__eval(P, r->x);
	f->busy = 0;
	vals[0] = n ? aisp_source__sv_union(P, vals, n) : &null_value;
	if (cuts == P->cuts || P->depth < NEAR_TOP)
		f->result = vals[0];
	return vals[0];
}

const struct sval *aisp_source__sv_call(struct program *P, const struct sval *f, struct sx *x)
{
	const struct row *row;
	uint32_t node;

	switch (f->kind) {
	case SV_FUNC:
		if (f->scope->hit && P->hits.v[f->scope->hit - 1]->h.kind == AISP_SOURCE_TOOL && f->scope->is_lambda)
			return &nothing;
		return aisp_source__sv_result(P, f->scope);
	case SV_CLASS:
		aisp_source__scope_marks(P, f->scope);
		return sv_scope(P, SV_INST, f->scope);
	case SV_OBJ:
		node = f->node;
		row = aisp_source__row(node);
		if (!row || (row->flags & ROW_BARE)) {
			node = aisp_source__child(f->node, AISP_S("()"));
			row = aisp_source__row(node);
			if (!row) { /* const OpenAI = require("openai"): the module is its default export */
				node = aisp_source__child(f->node, AISP_S("default"));
				row = aisp_source__row(node);
			}
		}
		return row ? aisp_source__row_apply(P, row, node, f->hit, x) : aisp_source__sv_unknown(P, "the answer of a library's function");
	case SV_INST: {
		const struct sval *c = aisp_source__class_attr(P, f->scope, AISP_S("__call__"), 0);

		return c && c->kind == SV_FUNC ? aisp_source__sv_result(P, c->scope) : &nothing;
	}
	case SV_LIB:
		return aisp_source__sv_unknown(P, "the answer of a library's function");
	case SV_UNION:
		return each_of(P, f, aisp_slice_z(""), x, true);
	case SV_DICT:
		return f->b ? f : &nothing;
	case SV_UNKNOWN:
		return f;
	default:
		return &nothing;
	}
}

/* A library's object that no row knows is what was written into it. */
static const struct sval *shape_call(struct program *P, struct sx *x)
{
	const struct sval *f = aisp_source__eval(P, x->a), *v = aisp_source__sv_call(P, f, x);

	if (f->kind == SV_CLASS && x->literal)
		return aisp_source__sv_new(P, (struct sval){.kind = SV_INST, .scope = f->scope, .made = x});

	if (v->kind != SV_UNKNOWN || (f->kind != SV_OBJ && f->kind != SV_LIB && !(f->kind == SV_UNKNOWN && x->literal)) ||
	    (f->kind == SV_OBJ && f->hit))
		return v;
	f = x->literal || x->outer || x->is_new ? aisp_source__built(P, x) : NULL;
	return f ? f : v;
}

static const struct sval *eval_call(struct program *P, struct sx *x)
{
	const struct sval *v;

	if (!x->a)
		return &nothing;
	if (x->a->kind == SX_ATTR && x->a->a) {
		v = aisp_source__sv_text_method(P, x);
		if (v)
			return v;
		/* super().method() */
		if (x->a->a->kind == SX_CALL && x->a->a->a && x->a->a->a->kind == SX_NAME &&
		    aisp_slice_eqz(x->a->a->a->s, "super"))
			return &nothing;
	}
	if (x->in && aisp_source__is_shaped(x->in->mod->lang))
		return shape_call(P, x);
	return aisp_source__sv_call(P, aisp_source__eval(P, x->a), x);
}

static const struct sval *eval_index(struct program *P, struct sx *x)
{
	const struct sval *v = x->a ? aisp_source__eval(P, x->a) : &nothing, *k;
	uint32_t node;

	if (!x->n)
		return v;
	if (v->kind == SV_OBJ) {
		node = aisp_source__child(v->node, AISP_S("[]"));
		if (aisp_source__row(node))
			return aisp_source__row_apply(P, aisp_source__row(node), node, v->hit, x);
		return aisp_source__sv_unknown(P, "a part of a library's answer");
	}
	if (v->kind != SV_LIST && v->kind != SV_DICT && v->kind != SV_UNION)
		return v->kind == SV_UNKNOWN ? v : &nothing;
	k = aisp_source__eval(P, x->kids[0]);
	if (v->kind == SV_LIST && k->kind == SV_OTHER && v->n) {
		uint64_t i;

		if (aisp_slice_u64(k->s, &i) && i < v->n)
			return v->items[i];
		return aisp_source__sv_union(P, (const struct sval **)(uintptr_t)v->items, v->n);
	}
	if (v->kind == SV_DICT && k->kind == SV_STR)
		return aisp_source__sv_attr(P, v, k->s, x);
	if (v->kind == SV_DICT) { /* tools[name]: any of them */
		const struct sval *vals[UNION_MAX];
		size_t n = 0;

		for (uint32_t i = 0; i < v->n && n < UNION_MAX; i++)
			vals[n++] = v->members[i].value;
		return aisp_source__sv_union(P, vals, n);
	}
	return &nothing;
}

static const struct sval *element(struct program *P, const struct sval *v)
{
	const struct sval *vals[UNION_MAX];
	size_t n = 0;

	if (v->kind == SV_LIST)
		return aisp_source__sv_union(P, (const struct sval **)(uintptr_t)v->items, v->n);
	if (v->kind == SV_OBJ) /* for row in cursor.execute(…) */
		return v;
	if (v->kind != SV_DICT)
		return aisp_source__sv_unknown(P, "one of several");
	for (uint32_t i = 0; i < v->n && n < UNION_MAX; i++)
		vals[n++] = v->members[i].value;
	return aisp_source__sv_union(P, vals, n);
}

static const struct sval *eval_list(struct program *P, struct sx *x)
{
	const struct sval *items[LIST_MAX];
	size_t n = 0;

	for (uint32_t i = 0; i < x->n && n < LIST_MAX; i++) {
		struct sx *k = x->kids[i];
		const struct sval *v = aisp_source__eval(P, k->kind == SX_SPREAD && k->a ? k->a : k);

		if (k->kind == SX_SPREAD && v->kind == SV_LIST) {
			for (uint32_t j = 0; j < v->n && n < LIST_MAX; j++)
				items[n++] = v->items[j];
		} else {
			items[n++] = v;
		}
	}
	P->partial |= n == LIST_MAX && x->n > LIST_MAX;
	return sv_items(P, SV_LIST, items, n);
}

static const struct sval *eval_dict(struct program *P, struct sx *x)
{
	AISP_VEC(struct sv_member) ms = {0};
	struct sv_member *copy = NULL;

	for (uint32_t i = 0; i < x->n && i < 4096; i++) {
		const struct sval *v = aisp_source__eval(P, x->args[i].value);

		if (x->args[i].spread && v->kind == SV_DICT) {
			for (uint32_t j = 0; j < v->n && ms.n < 4096; j++)
				P->bad |= aisp_vec_push(&ms, v->members[j]);
		} else {
			P->bad |= aisp_vec_push(&ms, (struct sv_member){x->args[i].name, v});
		}
	}
	if (ms.n)
		copy = aisp_arena_alloc(P->a, ms.n * sizeof *copy);
	if (ms.n && copy)
		memcpy(copy, ms.v, ms.n * sizeof *copy);
	else if (ms.n)
		P->bad = AISP_E_NOMEM;
	x->memo = aisp_source__sv_new(P, (struct sval){.kind = SV_DICT, .n = copy ? (uint32_t)ms.n : 0, .members = copy});
	aisp_vec_done(&ms);
	return x->memo;
}

static const struct sval *eval_or(struct program *P, struct sx *x)
{
	const struct sval *l = aisp_source__eval(P, x->kids[0]), *r, *two[2];

	if (l->kind == SV_STR && l->s.n)
		return l;
	r = aisp_source__eval(P, x->kids[1]);
	if (l->kind == SV_NULL || (l->kind == SV_STR && !l->s.n))
		return r;
	if (l->kind == SV_ENV && !l->inner && (r->kind == SV_STR || r->kind == SV_ENV))
		return aisp_source__sv_new(P, (struct sval){.kind = SV_ENV, .s = l->s, .inner = r});
	two[0] = l;
	two[1] = r;
	return aisp_source__sv_union(P, two, 2);
}

static const struct sval *eval_part(struct program *P, struct sx *x)
{
	const struct sval *v = x->a ? aisp_source__eval(P, x->a) : &nothing;

	if (v->kind == SV_LIST && x->n < v->n)
		return v->items[x->n];
	return aisp_source__sv_unknown(P, "a part of an answer");
}

static const struct sval *eval_in(struct program *P, struct sx *x)
{
	switch ((enum sx_kind)x->kind) {
	case SX_STR:
		return aisp_source__sv_new(P, (struct sval){.kind = SV_STR, .s = x->s});
	case SX_NUM:
		return aisp_source__sv_new(P, (struct sval){.kind = SV_OTHER, .s = x->s});
	case SX_BOOL:
		return aisp_source__sv_new(P, (struct sval){.kind = SV_OTHER, .b = x->n == 1});
	case SX_NULL:
		return &null_value;
	case SX_NAME:
		return eval_name(P, x);
	case SX_ATTR:
		return x->a ? aisp_source__sv_attr(P, aisp_source__eval(P, x->a), x->s, x) : &nothing;
	case SX_CALL:
		return eval_call(P, x);
	case SX_INDEX:
		return eval_index(P, x);
	case SX_LIST:
		return eval_list(P, x);
	case SX_DICT:
		return eval_dict(P, x);
	case SX_CONCAT:
		return aisp_source__sv_concat(P, x);
	case SX_OR:
		return eval_or(P, x);
	case SX_COND: {
		const struct sval *two[2] = {aisp_source__eval(P, x->kids[0]), aisp_source__eval(P, x->kids[1])};

		return aisp_source__sv_union(P, two, 2);
	}
	case SX_PIPE: {
		const struct sval *two[2] = {aisp_source__eval(P, x->kids[0]), x->n > 1 ? aisp_source__eval(P, x->kids[1]) : &nothing};

		return aisp_source__pipe_apply(P, x, two, 2);
	}
	case SX_FUNC:
		aisp_source__scope_marks(P, x->scope);
		return sv_scope(P, SV_FUNC, x->scope);
	case SX_CLASS:
		aisp_source__scope_marks(P, x->scope);
		return sv_scope(P, SV_CLASS, x->scope);
	case SX_COMP: {
		const struct sval *v = x->n ? aisp_source__eval(P, x->kids[0]) : &nothing;

		return v->kind == SV_UNION ? sv_items(P, SV_LIST, (const struct sval **)(uintptr_t)v->items, v->n)
		                           : sv_items(P, SV_LIST, &v, 1);
	}
	case SX_ITER:
		return x->a ? element(P, aisp_source__eval(P, x->a)) : &nothing;
	case SX_PART:
		return eval_part(P, x);
	case SX_SPREAD:
		return x->a ? aisp_source__eval(P, x->a) : &nothing;
	case SX_IMPORT:
		return x->in ? aisp_source__sv_import(P, x->in->mod, x->s, *x->symbol) : &nothing;
	case SX_UNKNOWN:
		break;
	}
	return aisp_source__sv_unknown(P, "computed at run time");
}

const struct sval *aisp_source__eval(struct program *P, struct sx *x)
{
	const struct sval *v;
	uint32_t cuts;

	if (!x)
		return &nothing;
	if (x->memo)
		return x->memo;
	if (x->busy)
		return aisp_source__sv_unknown(P, "defined by itself");
	if (P->depth > EVAL_DEPTH || P->fuel == 0) {
		P->partial |= P->fuel == 0;
		P->cuts++;
		return aisp_source__sv_unknown(P, "too deep to follow");
	}
	P->fuel--;
	P->depth++;
	cuts = P->cuts;
	x->busy = 1;
	v = eval_in(P, x);
	x->busy = 0;
	P->depth--;
	/* What was broken off is tried again from nearer, unless it was near already. */
	if (!x->memo && (cuts == P->cuts || P->depth < NEAR_TOP))
		x->memo = v;
	return x->memo ? x->memo : v;
}
