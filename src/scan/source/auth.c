/* Whether a route asks who calls. `none` only when nothing that we see on its way could: dependencies, decorators,
 * middleware of its application and routers, its own code. `required` when something does. Else `unknown`.
 */
#include "scan/source/flow.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

bool aisp_source__auth_name(struct aisp_slice name)
{
	static const char *const words[] = {"auth", "login", "jwt", "token", "verify", "current_user", "currentuser", "session",
	                                    "api_key", "apikey", "permission", "protect", "guard", "require_", "signed", "clerk",
	                                    "role", "secur", "identity", NULL};

	if (aisp_slice_findi(name, AISP_S("author")) != SIZE_MAX && aisp_slice_findi(name, AISP_S("authori")) == SIZE_MAX)
		return false;
	for (int i = 0; words[i]; i++)
		if (aisp_slice_findi(name, aisp_slice_z(words[i])) != SIZE_MAX)
			return true;
	return false;
}

struct check {
	bool required, unknown;
};

/* What the code that starts in f does about it. */
static void check_code(const struct graph *g, const struct sscope *f, struct check *c)
{
	c->required |= g->rejects[f->id];
	c->unknown |= g->sounds[f->id];
}

static struct aisp_slice text_of(const struct sx *x)
{
	for (unsigned i = 0; x && i < 16; i++) {
		if (x->kind == SX_NAME || x->kind == SX_ATTR)
			return x->s;
		x = x->a;
	}
	return aisp_slice_z("");
}

static void check_value(struct program *P, struct graph *g, const struct sval *v, struct sx *x, struct check *c, unsigned depth);

static void check_function(const struct graph *g, const struct sscope *f, struct check *c)
{
	struct check in = {0};

	check_code(g, f, &in);
	for (const struct sscope *k = f->kids; k; k = k->next) /* a decorator's or factory's inner function */
		check_code(g, k, &in);
	c->required |= in.required;
	c->unknown |= in.unknown || (!in.required && aisp_source__auth_name(f->name));
}

static void check_class(const struct graph *g, const struct sscope *cls, struct check *c)
{
	struct check in = {0};

	for (const struct sscope *m = cls->kids; m; m = m->next)
		check_code(g, m, &in);
	c->required |= in.required;
	c->unknown |= !in.required;
}

/* Something that stands before the handler: a dependency, decorator or middleware. */
static void check_value(struct program *P, struct graph *g, const struct sval *v, struct sx *x, struct check *c, unsigned depth)
{
	const struct row *row = v->kind == SV_OBJ ? aisp_source__row(v->node) : NULL;

	if (depth > 5 || !spend(P))
		return;
	switch (v->kind) {
	case SV_NULL:
	case SV_STR:
	case SV_OTHER:
	case SV_ENV:
		break;
	case SV_OBJ: /* known: it authenticates, or does something else */
		c->required |= row && row->does == DOES_AUTH;
		break;
	case SV_FUNC:
		check_function(g, v->scope, c);
		break;
	case SV_CLASS:
	case SV_INST:
		check_class(g, v->scope, c);
		break;
	case SV_LIST:
	case SV_UNION:
		for (uint32_t i = 0; i < v->n; i++)
			check_value(P, g, v->items[i], x && x->kind == SX_LIST && i < x->n ? x->kids[i] : NULL, c, depth + 1);
		break;
	case SV_LIB:
		if (aisp_source__auth_name(v->s) || aisp_source__auth_name(text_of(x)))
			c->required = true;
		else
			c->unknown = true;
		break;
	default:
		c->unknown = true;
	}
}

/* Depends(f) as written, wherever it stands: the dependency itself, not what it gives. */
static void check_dependency(struct program *P, struct graph *g, struct sx *x, struct check *c, unsigned depth);

static void check_depends(struct program *P, struct graph *g, struct sx *call, struct check *c, unsigned depth)
{
	const struct sval *f = call->a ? aisp_source__eval(P, call->a) : NULL;
	const struct row *row = f && f->kind == SV_OBJ ? aisp_source__row(f->node) : NULL;
	struct sx *arg = call->n ? call->args[0].value : NULL;

	if (!row)
		return;
	c->required |= row->does == DOES_AUTH;
	if (row->does != DOES_DEPENDS)
		return;
	c->unknown |= !arg;
	if (!arg)
		return;
	f = aisp_source__eval(P, arg);
	check_value(P, g, f, arg, c, 0);
	for (uint32_t i = 0; f->kind == SV_FUNC && i < f->scope->n_params; i++) { /* what the dependency depends on */
		check_dependency(P, g, f->scope->params[i].dflt, c, depth + 1);
		check_dependency(P, g, f->scope->params[i].annot, c, depth + 1);
	}
}

/* An alias of an Annotated type. */
static void check_alias(struct program *P, struct graph *g, const struct sx *name, struct check *c, unsigned depth)
{
	for (const struct sscope *s = name->in; s; s = s->parent)
		for (const struct sbind *b = s->binds; b; b = b->next)
			if (aisp_slice_eq(b->name, name->s) && b->value &&
			    (b->value->kind == SX_INDEX || b->value->kind == SX_CALL || b->value->kind == SX_LIST))
				check_dependency(P, g, b->value, c, depth + 1);
}

static void check_dependency(struct program *P, struct graph *g, struct sx *x, struct check *c, unsigned depth)
{
	if (!x || depth > 6 || !spend(P))
		return;
	if (x->kind == SX_CALL)
		check_depends(P, g, x, c, depth);
	else if (x->kind == SX_NAME)
		check_alias(P, g, x, c, depth);
	else if (x->kind == SX_INDEX || x->kind == SX_LIST) /* Annotated[X, Depends(f)], [Depends(f)] */
		for (uint32_t i = 0; i < x->n; i++)
			check_dependency(P, g, x->kids[i], c, depth + 1);
}

static void check_args(struct program *P, struct graph *g, const struct sx *call, const char *keyword, struct check *c)
{
	for (uint32_t i = 0; call && call->kind == SX_CALL && i < call->n; i++)
		if (aisp_slice_eqz(call->args[i].name, keyword))
			check_dependency(P, g, call->args[i].value, c, 0);
}

static bool mentions_router(struct program *P, const struct sx *call, uint32_t router)
{
	for (uint32_t i = 0; call && call->kind == SX_CALL && i < call->n; i++)
		if (aisp_source__hit_now(P, aisp_source__sv_hit(aisp_source__eval(P, call->args[i].value))) == router)
			return true;
	return false;
}

static void check_router(struct program *P, struct graph *g, uint32_t router, struct check *c, unsigned depth);

/* The router's own dependencies and middleware, and those of what it is mounted in. */
/* What a middleware call hands over, but for routers. */
static void check_middleware(struct program *P, struct graph *g, const struct phit *h, struct check *c)
{
	if (h->func) {
		check_function(g, h->func, c);
		return;
	}
	for (uint32_t k = 0; h->call && h->call->kind == SX_CALL && k < h->call->n; k++) {
		const struct sx_arg *a = &h->call->args[k];
		const struct sval *v = aisp_source__eval(P, a->value);
		uint32_t other = aisp_source__hit_now(P, aisp_source__sv_hit(v));

		if (a->name.n && !aisp_slice_eqz(a->name, "middleware_class"))
			continue;
		if (!other || !P->hits.v[other - 1]->row || P->hits.v[other - 1]->row->does != DOES_ROUTER)
			check_value(P, g, v, a->value, c, 0);
	}
}

static void check_own_middleware(struct program *P, struct graph *g, const struct sx *call, struct check *c)
{
	for (uint32_t i = 0; call && call->kind == SX_CALL && i < call->n; i++)
		if (aisp_slice_eqz(call->args[i].name, "middleware") || aisp_slice_eqz(call->args[i].name, "middlewares"))
			check_value(P, g, aisp_source__eval(P, call->args[i].value), call->args[i].value, c, 0);
}

static void look_at_router(struct program *P, struct graph *g, uint32_t router, struct check *c, unsigned depth)
{
	if (depth > 6)
		return;
	check_args(P, g, at(P, router)->call, "dependencies", c);
	check_own_middleware(P, g, at(P, router)->call, c);
	for (uint32_t i = 1; i <= P->hits.n; i++) {
		const struct phit *h = at(P, i);
		bool mounts;

		if (!h->row || !h->hidden || (h->row->does != DOES_MIDDLEWARE && h->row->does != DOES_SAME))
			continue;
		mounts = i != router && h->origin && h->origin != router && mentions_router(P, h->call, router);
		if (mounts) {
			check_args(P, g, h->call, "dependencies", c);
			check_router(P, g, h->origin, c, depth + 1);
		}
		if (h->row->does == DOES_MIDDLEWARE && (mounts || h->origin == router))
			check_middleware(P, g, h, c);
	}
}

static void check_router(struct program *P, struct graph *g, uint32_t router, struct check *c, unsigned depth)
{
	struct check own = {0};

	if (!g->routers[router]) {
		g->routers[router] = 1; /* a ring of mounts ends here */
		look_at_router(P, g, router, &own, depth);
		g->routers[router] = (unsigned char)(1 | (own.required ? 2 : 0) | (own.unknown ? 4 : 0));
	}
	c->required |= g->routers[router] & 2;
	c->unknown |= g->routers[router] & 4;
}

/* Go, Java, C#, Rust, PHP: `none` only by the route's own word. */
static enum aisp_source_auth shape_route_auth(struct program *P, const struct graph *g, const struct phit *r)
{
	struct aisp_source_says said = aisp_source__shape_auth(P, r);

	if (said.open)
		return AISP_SOURCE_AUTH_NONE;
	return said.required || (r->func && g->rejects[r->func->id]) ? AISP_SOURCE_AUTH_REQUIRED : AISP_SOURCE_AUTH_UNKNOWN;
}

/* A file-based route of Next.js: middleware.ts stands before all. */
static bool has_next_middleware(const struct program *P)
{
	for (size_t i = 0; i < P->n_mods; i++) {
		struct aisp_slice base = aisp_slice_basename(P->mods[i]->path);

		if (aisp_slice_eqz(base, "middleware.ts") || aisp_slice_eqz(base, "middleware.js"))
			return true;
	}
	return false;
}

enum aisp_source_auth aisp_source__route_auth(struct program *P, struct graph *g, uint32_t route)
{
	const struct phit *r = at(P, route);
	struct check c = {0};
	bool python = aisp_source__is_python(P->mods[r->h.module]->lang);

	if (aisp_source__is_shaped(P->mods[r->h.module]->lang))
		return shape_route_auth(P, g, r);
	if (!r->func)
		return AISP_SOURCE_AUTH_UNKNOWN;
	check_code(g, r->func, &c);
	check_args(P, g, r->call, "dependencies", &c);
	for (uint32_t i = 0; i < r->func->n_params && python; i++) {
		check_dependency(P, g, r->func->params[i].dflt, &c, 0);
		check_dependency(P, g, r->func->params[i].annot, &c, 0);
	}
	for (const struct sroot *d = r->func->decorators; d; d = d->next) {
		struct sx *x = d->x;
		const struct sval *v = aisp_source__eval(P, x->kind == SX_CALL ? x->a : x);
		const struct row *row = v->kind == SV_OBJ ? aisp_source__row(v->node) : NULL;

		if (!row || row->does == DOES_AUTH)
			check_value(P, g, v, x, &c, 0);
	}
	for (uint32_t i = 1; !python && r->call && r->call->kind == SX_CALL && i + 1 < r->call->n; i++)
		check_value(P, g, aisp_source__eval(P, r->call->args[i].value), r->call->args[i].value, &c, 0);
	if (r->origin)
		check_router(P, g, aisp_source__hit_now(P, r->origin), &c, 0);
	c.unknown |= !r->row && has_next_middleware(P);
	return c.required ? AISP_SOURCE_AUTH_REQUIRED : c.unknown ? AISP_SOURCE_AUTH_UNKNOWN : AISP_SOURCE_AUTH_NONE;
}
