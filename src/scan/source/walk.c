/* Walking all expressions of a scope: every call is looked at once, and what the scope uses is noted. */
#include "scan/source/flow.h"

static void use(struct program *P, struct sscope *s, const struct sval *v, unsigned depth)
{
	switch (v->kind) {
	case SV_FUNC:
		aisp_source__edge(P, s, v->scope, 0);
		if (v->scope->hit)
			aisp_source__edge(P, s, NULL, v->scope->hit);
		break;
	case SV_OBJ:
		if (v->hit)
			aisp_source__edge(P, s, NULL, v->hit);
		break;
	case SV_INST:
		if (v->scope->hit)
			aisp_source__edge(P, s, NULL, v->scope->hit);
		break;
	case SV_CLASS:
		for (struct sscope *m = v->scope->kids; m; m = m->next)
			if (aisp_slice_eqz(m->name, "__init__") || aisp_slice_eqz(m->name, "constructor"))
				aisp_source__edge(P, s, m, 0);
		break;
	case SV_UNION:
		for (uint32_t i = 0; i < v->n && depth < 3; i++)
			use(P, s, v->items[i], depth + 1);
		break;
	default:
		break;
	}
}

static const struct row rejects = {.does = DOES_AUTH};
static const struct row sounds = {.does = DOES_DEPENDS};
static const struct row bare_sql = {.does = DOES_SQL, .roles = "sql=query,statement,sql,text,#0 entity=#0"};

static bool says_401(struct program *P, const struct sx *x)
{
	const struct sval *v;

	if (x->kind != SX_NUM)
		return false;
	v = aisp_source__eval(P, (struct sx *)(uintptr_t)x);
	return aisp_slice_eqz(v->s, "401") || aisp_slice_eqz(v->s, "403");
}

/* http.StatusUnauthorized, HttpStatus.FORBIDDEN, StatusCode::UNAUTHORIZED */
static bool names_401(const struct sx *x)
{
	static const char *const names[] = {"StatusUnauthorized", "StatusForbidden", "UNAUTHORIZED", "FORBIDDEN", "Unauthorized", "Forbidden",
	                                    "Status401Unauthorized", "Status403Forbidden", "ErrUnauthorized", "ErrForbidden", "SC_UNAUTHORIZED",
	                                    "SC_FORBIDDEN", "HTTP_UNAUTHORIZED", "HTTP_FORBIDDEN", NULL};

	if (x->kind != SX_ATTR)
		return false;
	for (int i = 0; names[i]; i++)
		if (aisp_slice_eqz(x->s, names[i]))
			return true;
	return false;
}

/* abort(401), Response(status=403), res.status(401), NextResponse.json(…, {status: 401}) */
static bool rejects_caller(struct program *P, const struct sx *call)
{
	bool shaped = call->in && aisp_source__is_shaped(call->in->mod->lang);

	for (uint32_t i = 0; i < call->n; i++) {
		const struct sx_arg *a = &call->args[i];

		if (shaped && names_401(a->value))
			return true;
		if (says_401(P, a->value) && (!a->name.n || aisp_slice_starts(a->name, AISP_S("status")) ||
		                              aisp_slice_eqz(a->name, "code")))
			return true;
		for (uint32_t k = 0; a->value->kind == SX_DICT && k < a->value->n; k++)
			if (aisp_slice_starts(a->value->args[k].name, AISP_S("status")) && says_401(P, a->value->args[k].value))
				return true;
	}
	return false;
}

/* Does a call's text say that the caller may not? */
static bool says_forbidden(const struct sx *call)
{
	for (uint32_t i = 0; i < call->n; i++) {
		const struct sx *v = call->args[i].value;

		if (v->kind == SX_STR && v->s.n < 200 &&
		    (aisp_slice_findi(v->s, AISP_S("unauthori")) != SIZE_MAX || aisp_slice_findi(v->s, AISP_S("forbidden")) != SIZE_MAX ||
		     aisp_slice_findi(v->s, AISP_S("not authenticated")) != SIZE_MAX))
			return true;
	}
	return false;
}

static void mark(struct program *P, const struct row *row, struct sx *x, struct sscope *s)
{
	uint32_t h = aisp_source__hit_new(P, AISP_SOURCE_KIND_NONE, row, x, s, aisp_slice_z(""), x->line);

	if (h)
		P->hits.v[h - 1]->finished = true;
}

/* SQL that is executed through something whose type is not seen: the statement speaks for itself. */
static void unseen_sql(struct program *P, struct sx *x, struct sscope *s)
{
	static const char *const names[] = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one",
	                                    "fetchall", "fetchone", "query", "exec", "raw", "unsafe", "execute_query", "run", NULL};
	struct aisp_source_sql q;
	const struct sval *v;
	uint32_t h;
	int i = 0;

	if (!x->n || x->a->kind != SX_ATTR)
		return;
	while (names[i] && !aisp_slice_eqz(x->a->s, names[i]))
		i++;
	if (!names[i])
		return;
	v = aisp_source__eval(P, x->args[0].value);
	if ((v->kind != SV_STR && v->kind != SV_TEXT) || v->s.n < 12 || aisp_source_sql(v->s, P->a, &q, NULL) < 0 || !q.is_sql ||
	    q.n_reads + q.n_writes == 0)
		return;
	h = aisp_source__hit_new(P, AISP_SOURCE_SQL, &bare_sql, x, s, x->a->s, x->line);
	if (h)
		P->hits.v[h - 1]->h.flags |= AISP_SOURCE_F_INFERRED;
}

static void look_at_call(struct program *P, struct sx *x, struct sscope *s)
{
	const struct sval *f = x->a ? aisp_source__eval(P, x->a) : NULL;

	if (!f)
		return;
	use(P, s, aisp_source__eval(P, x), 0);
	use(P, s, f, 0);
	if (rejects_caller(P, x))
		mark(P, &rejects, x, s);
	if (f->kind != SV_OBJ) {
		struct aisp_slice name = x->a->kind == SX_NAME || x->a->kind == SX_ATTR ? x->a->s : aisp_slice_z("");

		if (aisp_source__auth_name(name) || says_forbidden(x))
			mark(P, &sounds, x, s);
	}
	if (f->kind == SV_LIB || f->kind == SV_UNKNOWN)
		unseen_sql(P, x, s);
}

static void walk(struct program *P, struct sx *x, struct sscope *s, bool top, unsigned depth)
{
	if (!x || depth > 900 || P->bad)
		return;
	switch ((enum sx_kind)x->kind) {
	case SX_NAME:
	case SX_IMPORT:
		use(P, s, aisp_source__eval(P, x), 0);
		return;
	case SX_ATTR:
		walk(P, x->a, s, false, depth + 1);
		use(P, s, aisp_source__eval(P, x), 0);
		return;
	case SX_INDEX:
		walk(P, x->a, s, false, depth + 1);
		use(P, s, aisp_source__eval(P, x), 0);
		break;
	case SX_CALL:
		walk(P, x->a, s, false, depth + 1);
		for (uint32_t i = 0; i < x->n; i++)
			walk(P, x->args[i].value, s, false, depth + 1);
		look_at_call(P, x, s);
		return;
	case SX_DICT:
		for (uint32_t i = 0; i < x->n; i++)
			walk(P, x->args[i].value, s, false, depth + 1);
		return;
	case SX_FUNC:
	case SX_CLASS:
		(void)aisp_source__eval(P, x);
		if (!top && x->kind == SX_FUNC)
			aisp_source__edge(P, s, x->scope, 0);
		return;
	case SX_PIPE:
		use(P, s, aisp_source__eval(P, x), 0);
		break;
	case SX_ITER:
	case SX_PART:
	case SX_SPREAD:
		walk(P, x->a, s, false, depth + 1);
		return;
	case SX_UNKNOWN:
	case SX_LIST:
	case SX_CONCAT:
	case SX_OR:
	case SX_COND:
	case SX_COMP:
		break;
	case SX_STR:
	case SX_NUM:
	case SX_BOOL:
	case SX_NULL:
		return;
	}
	for (uint32_t i = 0; i < x->n && (x->kind == SX_LIST || x->kind == SX_COMP || x->kind == SX_UNKNOWN ||
	                                  x->kind == SX_CONCAT || x->kind == SX_OR || x->kind == SX_COND ||
	                                  x->kind == SX_PIPE || x->kind == SX_INDEX);
	     i++)
		walk(P, x->kids[i], s, false, depth + 1);
}

void aisp_source__walk_scope(struct program *P, struct sscope *s)
{
	for (const struct sroot *r = s->roots; r && !P->bad; r = r->next)
		walk(P, r->x, s, true, 0);
	for (const struct sroot *r = s->returns; r && !P->bad; r = r->next) {
		const struct sx *x = r->x;

		walk(P, r->x, s, false, 0);
		for (uint32_t i = 0; x->kind == SX_LIST && i < x->n; i++) /* return jsonify(…), 401 */
			if (says_401(P, x->kids[i]))
				mark(P, &rejects, r->x, s);
	}
	if (s->self_expr)
		(void)aisp_source__eval(P, s->self_expr);
}
