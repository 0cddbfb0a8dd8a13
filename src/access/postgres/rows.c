/* Row security and views: which rows, and whose rights decide. See engine.h. */
#include "access/postgres/engine_int.h"

bool aisp_pg_rls_applies(const struct aisp_pg_engine *e, uint32_t role, uint32_t table)
{
	const struct aisp_pg_table *t = &e->m->tables.v[table];
	if (!t->rls || aisp_pg__super(e, role) || (role && role <= e->n_roles && e->m->roles.v[role].bypassrls))
		return false;
	return t->force_rls || !aisp_pg_has_privs(e, role, t->owner, e->m->current_db);
}

static bool policy_is_for(const struct aisp_pg_engine *e, const struct aisp_pg_policy *p, uint32_t role, char cmd)
{
	if (p->cmd != '*' && p->cmd != cmd)
		return false;
	for (uint32_t i = 0; i < p->n_roles; i++)
		if (p->roles[i] == AISP_PG_PUBLIC || aisp_pg_has_privs(e, role, p->roles[i], e->m->current_db))
			return true;
	return false;
}

/* INSERT is held to WITH CHECK, or USING where that is not given; the others to USING. */
static struct aisp_slice policy_expr(const struct aisp_pg_policy *p, char cmd)
{
	return cmd == 'a' && p->check_expr.p ? p->check_expr : p->using_expr;
}

struct side {       /* the permissive or the restrictive policies together */
	uint32_t n; /* predicates that are neither constant */
	bool saw_true, saw_false, any;
};

static struct side look(const struct aisp_pg_engine *e, uint32_t role, const struct aisp_pg_table *t, char cmd,
			bool permissive)
{
	struct side s = {0};
	for (uint32_t i = 0; i < t->pol_n; i++) {
		const struct aisp_pg_policy *p = &e->m->policies.v[t->pol_at + i];
		struct aisp_slice x = policy_expr(p, cmd);
		if (p->permissive != permissive || !x.p || !policy_is_for(e, p, role, cmd))
			continue;
		s.any = true;
		if (aisp_slice_eqz(x, "true"))
			s.saw_true = true;
		else if (aisp_slice_eqz(x, "false"))
			s.saw_false = true;
		else
			s.n++;
	}
	return s;
}

static void put_side(const struct aisp_pg_engine *e, uint32_t role, const struct aisp_pg_table *t, char cmd,
		     bool permissive, bool bracket, struct aisp_buf *out)
{
	bool first = true;
	for (uint32_t i = 0; i < t->pol_n; i++) {
		const struct aisp_pg_policy *p = &e->m->policies.v[t->pol_at + i];
		struct aisp_slice x = policy_expr(p, cmd);
		if (p->permissive != permissive || !x.p || !policy_is_for(e, p, role, cmd) ||
		    aisp_slice_eqz(x, "true") || aisp_slice_eqz(x, "false"))
			continue;
		if (!first)
			aisp_buf_putz(out, permissive ? " OR " : " AND ");
		first = false;
		aisp_buf_printf(out, bracket ? "(%.*s)" : "%.*s", AISP_FMT(x));
	}
}

enum aisp_pg_rows aisp_pg_rows(const struct aisp_pg_engine *e, uint32_t role, uint32_t table, char cmd,
			       struct aisp_buf *predicate)
{
	const struct aisp_pg_table *t = &e->m->tables.v[table];
	if (!aisp_pg_rls_applies(e, role, table))
		return AISP_PG_ROWS_ALL;
	struct side may = look(e, role, t, cmd, true), must = look(e, role, t, cmd, false);
	if (!may.any || must.saw_false || (!may.saw_true && may.n == 0))
		return AISP_PG_ROWS_NONE;
	bool all_of_may = may.saw_true;
	if (all_of_may && must.n == 0)
		return AISP_PG_ROWS_ALL;
	if (!predicate)
		return AISP_PG_ROWS_FILTERED;
	bool both = !all_of_may && must.n > 0;
	if (!all_of_may) {
		if (both && may.n > 1)
			aisp_buf_putc(predicate, '(');
		put_side(e, role, t, cmd, true, both || may.n > 1, predicate);
		if (both && may.n > 1)
			aisp_buf_putc(predicate, ')');
	}
	if (both)
		aisp_buf_putz(predicate, " AND ");
	if (must.n)
		put_side(e, role, t, cmd, false, both || must.n > 1, predicate);
	return AISP_PG_ROWS_FILTERED;
}

bool aisp_pg_dep_ok(const struct aisp_pg_engine *e, uint32_t as, const struct aisp_pg_dep *dep)
{
	const struct aisp_pg_table *t = &e->m->tables.v[dep->table];
	if (aisp_pg_table_mask(e, as, dep->table) & AISP_PG_SELECT)
		return true;
	if (dep->n_columns == 0)
		return aisp_pg_any_column_mask(e, as, dep->table) & AISP_PG_SELECT;
	uint32_t found = 0;
	for (uint32_t i = 0, k = 0; i < t->col_n && k < dep->n_columns; i++) {
		if (e->m->columns.v[t->col_at + i].num != dep->columns[k])
			continue;
		if (!(aisp_pg_column_mask(e, as, t->col_at + i) & AISP_PG_SELECT))
			return false;
		found++;
		k++;
	}
	return found == dep->n_columns;
}

enum { MAX_VIEW_NEEDS = 4 * 1024 * 1024, MAX_VIEW_DEPTH = 200 };

static int view_flatten(struct aisp_pg_engine *e, uint32_t view, unsigned depth, struct aisp_err *err);

static int push_need(struct aisp_pg_engine *e, struct aisp_pg_view *v, const struct aisp_pg_dep *dep,
		     struct aisp_err *err)
{
	for (uint32_t i = 0; i < v->need_n; i++)
		if (e->needs.v[v->need_at + i] == dep)
			return AISP_OK;
	if (e->needs.n >= MAX_VIEW_NEEDS)
		return aisp_fail(err, AISP_E_LIMIT, "the views of the database depend on too many relations");
	if (aisp_vec_push(&e->needs, dep) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for views");
	v->need_n++;
	return AISP_OK;
}

static int push_call(struct aisp_pg_engine *e, struct aisp_pg_view *v, uint32_t function, struct aisp_err *err)
{
	for (uint32_t i = 0; i < v->call_n; i++)
		if (e->calls.v[v->call_at + i] == function)
			return AISP_OK;
	if (e->calls.n >= MAX_VIEW_NEEDS)
		return aisp_fail(err, AISP_E_LIMIT, "the views of the database call too many functions");
	if (aisp_vec_push(&e->calls, function) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for views");
	v->call_n++;
	return AISP_OK;
}

/* Takes over what a view under this one asks of the session: it is the same session. */
static int inherit_needs(struct aisp_pg_engine *e, uint32_t view, uint32_t under, struct aisp_err *err)
{
	struct aisp_pg_view *v = &e->views[view];
	const struct aisp_pg_view *u = &e->views[under];
	int r = AISP_OK;
	v->owner_ok = v->owner_ok && u->owner_ok;
	for (uint32_t i = 0; r == AISP_OK && i < u->need_n; i++)
		r = push_need(e, v, e->needs.v[u->need_at + i], err);
	for (uint32_t i = 0; r == AISP_OK && i < u->call_n; i++)
		r = push_call(e, v, e->calls.v[u->call_at + i], err);
	return r;
}

static int flatten_under(struct aisp_pg_engine *e, const struct aisp_pg_table *t, unsigned depth, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < t->dep_n; i++) {
		uint32_t under = e->m->deps.v[t->dep_at + i].table;
		if (e->m->tables.v[under].kind == 'v' && e->views[under].state == 0)
			r = view_flatten(e, under, depth + 1, err);
	}
	return r;
}

/* Works out a view once: what its owner must be allowed to (decided here), what the session must be. A view that ends
 * up reading itself cannot be made in SQL; in a hostile capture it reads nothing. */
static int view_flatten(struct aisp_pg_engine *e, uint32_t view, unsigned depth, struct aisp_err *err)
{
	const struct aisp_pg_table *t = &e->m->tables.v[view];
	struct aisp_pg_view *v = &e->views[view];
	if (depth > MAX_VIEW_DEPTH)
		return aisp_fail(err, AISP_E_LIMIT, "views stand on views more than %d deep", MAX_VIEW_DEPTH);
	v->state = 1;
	int r = flatten_under(e, t, depth, err);
	v->owner_ok = true;
	v->need_at = (uint32_t)e->needs.n;
	v->call_at = (uint32_t)e->calls.n;
	for (uint32_t i = 0; r == AISP_OK && i < t->dep_n; i++) {
		const struct aisp_pg_dep *dep = &e->m->deps.v[t->dep_at + i];
		if (t->invoker)
			r = push_need(e, v, dep, err);
		else
			v->owner_ok = v->owner_ok && aisp_pg_dep_ok(e, t->owner, dep);
		if (r == AISP_OK && e->m->tables.v[dep->table].kind == 'v' && e->views[dep->table].state == 2)
			r = inherit_needs(e, view, dep->table, err);
	}
	for (uint32_t i = 0; r == AISP_OK && i < t->fdep_n; i++)
		r = push_call(e, v, e->m->fdeps.v[t->fdep_at + i].function, err);
	v->state = 2;
	return r;
}

int aisp_pg__views_prepare(struct aisp_pg_engine *e, struct aisp_err *err)
{
	e->views = aisp_mem_zalloc(e->m->tables.n, sizeof *e->views);
	if (!e->views)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for views");
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < e->m->tables.n; i++)
		if (e->m->tables.v[i].kind == 'v' && e->views[i].state == 0)
			r = view_flatten(e, i, 0, err);
	return r;
}

bool aisp_pg_view_ok(const struct aisp_pg_engine *e, uint32_t role, uint32_t view)
{
	const struct aisp_pg_view *v = &e->views[view];
	if (e->m->tables.v[view].kind != 'v')
		return true;
	bool ok = v->owner_ok;
	for (uint32_t i = 0; ok && i < v->need_n; i++)
		ok = aisp_pg_dep_ok(e, role, e->needs.v[v->need_at + i]);
	for (uint32_t i = 0; ok && i < v->call_n; i++)
		ok = aisp_pg_function_mask(e, role, e->calls.v[v->call_at + i]) & AISP_PG_EXECUTE;
	return ok;
}
