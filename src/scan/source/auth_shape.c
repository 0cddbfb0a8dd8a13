/* Whether a route asks who calls, by the ways of Go, Java, C#, Rust and PHP: annotations on the handler and its class, what is
 * chained to the route or its group, middleware with authentication in its name, a filter chain for the whole service.
 * What is not recognised stays unknown: these languages have more ways than are known here.
 */
#include "base/hash.h"
#include "scan/source/flow.h"

enum { SITES = 256, CHAIN = 32, GROUPS = 8 };

static bool is_any(struct aisp_slice s, const char *const *list)
{
	for (; *list; list++)
		if (aisp_slice_eqi(s, aisp_slice_z(*list)))
			return true;
	return false;
}

static struct aisp_slice name_of(const struct sx *x)
{
	for (unsigned i = 0; x && i < 16; i++) {
		if (x->kind == SX_NAME || x->kind == SX_ATTR)
			return x->s;
		x = x->a;
	}
	return aisp_slice_z("");
}

/* "AuthRequired", "auth:sanctum", "JwtMiddleware": it turns callers away, by its name. */
static bool is_guard(struct aisp_slice s)
{
	static const char *const words[] = {"auth", "jwt", "bearer", "loginrequired", "login_required", "requirelogin", "apikey", "api_key", "signedin", "permission", "rbac", "keycloak", "claims", NULL};
	bool found = false;

	if (aisp_slice_findi(s, AISP_S("optional")) != SIZE_MAX ||
	    (aisp_slice_findi(s, AISP_S("author")) != SIZE_MAX && aisp_slice_findi(s, AISP_S("authori")) == SIZE_MAX))
		return false;
	for (int i = 0; words[i]; i++)
		found |= aisp_slice_findi(s, aisp_slice_z(words[i])) != SIZE_MAX;
	return found;
}

/* A guard by its name, handed over: auth, AuthRequired(), from_fn(auth), "auth:sanctum", ['auth']. */
static bool hands_guard(const struct sx *x, unsigned depth)
{
	if (!x || depth > 4)
		return false;
	if (x->kind == SX_STR)
		return x->s.n < 100 && is_guard(x->s);
	if (is_guard(name_of(x)))
		return true;
	for (uint32_t i = 0; (x->kind == SX_CALL || x->kind == SX_DICT) && i < x->n; i++)
		if (hands_guard(x->args[i].value, depth + 1))
			return true;
	for (uint32_t i = 0; x->kind == SX_LIST && i < x->n; i++)
		if (hands_guard(x->kids[i], depth + 1))
			return true;
	return false;
}

static bool any_guard(const struct sx *call, uint32_t from, uint32_t end)
{
	for (uint32_t i = from; call->kind == SX_CALL && i < call->n && i < end; i++)
		if (hands_guard(call->args[i].value, 0))
			return true;
	return false;
}

/* The handler itself is wrapped: requireAuth(ask), logged(requireAuth(ask)). */
static bool wrapped(const struct sx *x, unsigned depth)
{
	if (x->kind != SX_CALL || depth > 4)
		return false;
	if (x->a && is_guard(name_of(x->a)))
		return true;
	for (uint32_t i = 0; i < x->n; i++)
		if (wrapped(x->args[i].value, depth + 1))
			return true;
	return false;
}

/* One word of the chain: RequireAuthorization(), middleware('auth'), layer(from_fn(auth)); open: AllowAnonymous(). */
static void link_says(const struct sx *call, struct aisp_source_says *c)
{
	static const char *const guards[] = {"RequireAuthorization", "RequireAuth", NULL};
	static const char *const takes[] = {"middleware", "layer", "route_layer", "wrap", "Use", "With", "guard", NULL};
	struct aisp_slice name = call->a ? call->a->s : aisp_slice_z("");

	c->required |= is_any(name, guards) || (is_any(name, takes) && any_guard(call, 0, UINT32_MAX));
	c->open |= aisp_slice_eqi(name, AISP_S("AllowAnonymous"));
}

/* The calls after and before one in its chain. */
static void chain_says(const struct sx *call, struct aisp_source_says *c)
{
	unsigned n = 0;

	for (const struct sx *o = call->outer; o && n < CHAIN; o = o->outer, n++)
		link_says(o, c);
	for (const struct sx *x = call->a; x && n < CHAIN * 2; x = x->a, n++)
		if (x->kind == SX_CALL)
			link_says(x, c);
}

/* @PreAuthorize, [Authorize], #[IsGranted]; open: [AllowAnonymous], @PermitAll. */
static void marks_say(const struct sscope *s, struct aisp_source_says *c)
{
	static const char *const guards[] = {"PreAuthorize", "PostAuthorize", "Secured", "RolesAllowed", "Authenticated", "Authorize", "AuthorizeAttribute",
	                                     "IsGranted", "Security", "RequiresAuthentication", "RequiresPermissions", "RequiresRoles", "RequiredScope",
	                                     "SaCheckLogin", "SaCheckPermission", NULL};
	static const char *const opens[] = {"AllowAnonymous", "AllowAnonymousAttribute", "PermitAll", NULL};

	for (const struct sroot *d = s ? s->decorators : NULL; d; d = d->next) {
		struct aisp_slice name = name_of(d->x);
		bool all = false;

		for (uint32_t i = 0; d->x->kind == SX_CALL && i < d->x->n; i++)
			all |= d->x->args[i].value->kind == SX_STR && aisp_slice_findi(d->x->args[i].value->s, AISP_S("permitAll")) != SIZE_MAX;
		c->open |= is_any(name, opens) || (all && is_any(name, guards));
		c->required |= !all && is_any(name, guards);
	}
}

/* Spring: http.authorizeHttpRequests(a -> a.requestMatchers("/open").permitAll().anyRequest().authenticated()) */

static struct aisp_slice service_of(struct aisp_slice path)
{
	size_t at = aisp_slice_find(path, AISP_S("src/"));

	return aisp_slice_to(path, at == SIZE_MAX ? 0 : at);
}

static bool covers(struct aisp_slice pattern, struct aisp_slice path)
{
	size_t star = aisp_slice_chr(pattern, '*');

	if (star == SIZE_MAX)
		return aisp_slice_eq(pattern, path);
	pattern = aisp_slice_to(pattern, star);
	if (pattern.n && pattern.p[pattern.n - 1] == '/')
		pattern = aisp_slice_to(pattern, pattern.n - 1);
	return aisp_slice_starts(path, pattern);
}

static bool matches(const struct sx *matcher, struct aisp_slice path)
{
	struct aisp_slice name = name_of(matcher);

	if (aisp_slice_eqz(name, "anyRequest"))
		return true;
	if (!aisp_slice_eqz(name, "requestMatchers") && !aisp_slice_eqz(name, "antMatchers") && !aisp_slice_eqz(name, "mvcMatchers") &&
	    !aisp_slice_eqz(name, "pathMatchers"))
		return false;
	for (uint32_t i = 0; i < matcher->n; i++)
		if (matcher->args[i].value->kind == SX_STR && covers(matcher->args[i].value->s, path))
			return true;
	return false;
}

/* Is there a rule of a filter chain, "authenticated" or "permitAll", for this route? */
static bool filter_chain(const struct program *P, const struct phit *r, const char *rule, bool any)
{
	uint64_t h = aisp_hash64(rule, strlen(rule), 7);
	size_t lo = aisp_source__first_site(P, h);
	struct aisp_slice here = service_of(P->mods[r->h.module]->path);

	for (size_t i = lo; i < P->n_sites_sorted && i < lo + SITES && P->sites.v[i].name == h; i++) {
		const struct sx *call = P->sites.v[i].call, *m = call->a && call->a->kind == SX_ATTR ? call->a->a : NULL;

		if (!m || m->kind != SX_CALL || aisp_slice_eqz(name_of(m), "anyRequest") != any || !aisp_slice_eq(service_of(call->in->mod->path), here))
			continue;
		if (matches(m, r->h.value.text))
			return true;
	}
	return false;
}

static void spring_says(const struct program *P, const struct phit *r, struct aisp_source_says *c)
{
	static const char *const rules[] = {"authenticated", "hasRole", "hasAuthority", "hasAnyRole", "hasAnyAuthority", "fullyAuthenticated"};

	for (int any = 0; any < 2 && !c->required && !c->open; any++) {
		for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
			c->required |= filter_chain(P, r, rules[i], any);
		c->open |= !c->required && filter_chain(P, r, "permitAll", any);
	}
}

/* Groups: api := r.Group("/api", Auth()); api.Use(Auth()); the call that takes the function around the route */

static const struct sx *bound_to(const struct sscope *s, struct aisp_slice name, const struct sx *use)
{
	const struct sx *last = NULL;

	for (const struct sbind *b = s->binds; b; b = b->next)
		if (aisp_slice_eq(b->name, name) && b->value && (s != use->in || b->pos <= use->pos))
			last = b->value;
	return last;
}

/* Use(Auth()) on the router of this name in this scope. */
static bool uses_guard(const struct program *P, const struct sscope *s, struct aisp_slice router, const struct sx *route)
{
	for (uint32_t i = 0; i < P->hits.n; i++) {
		const struct phit *h = P->hits.v[i];
		const struct sx *x = h->call;

		if (!h->row || h->row->does != DOES_MIDDLEWARE || !x || x->kind != SX_CALL || !x->a || x->a->kind != SX_ATTR || !x->a->a || x->in != s)
			continue;
		if (aisp_slice_eq(name_of(x->a->a), router) && (s != route->in || x->pos < route->pos) && any_guard(x, 0, UINT32_MAX))
			return true;
	}
	return false;
}

/* The router's variable, what it was made from, and so on up; also in the functions around. */
static void groups_say(const struct program *P, const struct sx *route, struct aisp_source_says *c)
{
	struct aisp_slice router = route->a && route->a->kind == SX_ATTR ? name_of(route->a->a) : aisp_slice_z("");

	for (unsigned n = 0; router.n && n < GROUPS && !c->required; n++) {
		const struct sx *made = NULL;
		struct aisp_slice from;

		for (const struct sscope *s = route->in; s && !c->required; s = s->parent) {
			c->required |= uses_guard(P, s, router, route);
			made = made ? made : bound_to(s, router, route);
		}
		if (!made || made->kind != SX_CALL || !made->a || made->a->kind != SX_ATTR)
			return;
		chain_says(made, c);
		link_says(made, c);
		c->required |= any_guard(made, 1, UINT32_MAX);
		from = name_of(made->a->a);
		if (aisp_slice_eq(from, router))
			return;
		router = from;
	}
}

/* Route::middleware('auth')->group(function () { … }), r.Group("/x", func(r chi.Router) { … }) */
static void takers_say(const struct program *P, const struct sscope *f, struct aisp_source_says *c)
{
	static const char *const names[] = {"group", "Group", "Route", NULL};

	for (int k = 0; names[k] && f && f->is_lambda; k++) {
		uint64_t h = aisp_hash64(names[k], strlen(names[k]), 7);
		size_t lo = aisp_source__first_site(P, h);

		for (size_t i = lo; i < P->n_sites_sorted && i < lo + SITES && P->sites.v[i].name == h; i++) {
			const struct sx *call = P->sites.v[i].call;

			for (uint32_t a = 0; call->in->mod == f->mod && a < call->n; a++) {
				if (call->args[a].value->kind != SX_FUNC || call->args[a].value->scope != f)
					continue;
				chain_says(call, c);
				c->required |= any_guard(call, 0, a);
			}
		}
	}
}

/* axum, actix: an extractor among the handler's parameters turns callers away. */
static void extractors_say(const struct sscope *f, struct aisp_source_says *c)
{
	for (uint32_t i = 0; f && f->mod->lang == AISP_SOURCE_RUST && i < f->n_params; i++)
		c->required |= f->params[i].annot && is_guard(name_of(f->params[i].annot));
}

/* app.MapControllers().RequireAuthorization() */
static bool controllers_guarded(const struct program *P)
{
	uint64_t h = aisp_hash64("RequireAuthorization", 20, 7);
	size_t lo = aisp_source__first_site(P, h);

	for (size_t i = lo; i < P->n_sites_sorted && i < lo + SITES && P->sites.v[i].name == h; i++) {
		const struct sx *call = P->sites.v[i].call;

		if (call->a && call->a->kind == SX_ATTR && aisp_slice_eqz(name_of(call->a->a), "MapControllers"))
			return true;
	}
	return false;
}

/* The method's own word comes before its class's. */
static void handler_marks(const struct sscope *f, struct aisp_source_says *c)
{
	marks_say(f, c);
	if (!c->required && !c->open && f && f->parent && f->parent->kind == SSCOPE_CLASS)
		marks_say(f->parent, c);
}

struct aisp_source_says aisp_source__shape_auth(const struct program *P, const struct phit *r)
{
	struct aisp_source_says c = {0};
	const struct sscope *f = r->func;
	bool called = r->call && r->call->kind == SX_CALL && r->call->a && r->call->a->kind == SX_ATTR;

	handler_marks(f, &c);
	if (c.open)
		return c;
	extractors_say(f, &c);
	if (called && r->call->n > 1) {
		chain_says(r->call, &c);
		if (c.open)
			return c;
		c.required |= any_guard(r->call, 1, r->call->n - 1);
		c.required |= wrapped(r->call->args[r->call->n - 1].value, 0);
		groups_say(P, r->call, &c);
	}
	if (r->call)
		for (const struct sscope *s = r->call->in; s && !c.required; s = s->parent)
			takers_say(P, s, &c);
	if (!c.required && P->mods[r->h.module]->lang == AISP_SOURCE_JAVA)
		spring_says(P, r, &c);
	if (!called && P->mods[r->h.module]->lang == AISP_SOURCE_CSHARP)
		c.required |= controllers_guarded(P);
	return c;
}
