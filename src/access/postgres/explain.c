/* Explanations: the same decisions as engine.c and rows.c, told as statements with the control object of each. */
#include "access/postgres/engine_int.h"

struct story {
	const struct aisp_pg_engine *e;
	uint32_t role;
	struct aisp_buf *out;
	uint32_t *came; /* by role: 1 + number of the membership over which the search came to it */
	AISP_VEC(uint32_t) queue;
};

static void put_role(struct story *s, uint32_t role)
{
	if (role == AISP_PG_PUBLIC)
		aisp_buf_putz(s->out, "PUBLIC");
	else
		aisp_pg_put_ident(aisp_pg_role_name(s->e->m, role), s->out);
}

/* Breadth first over memberships that hand rights on, once for the story. */
static int search(struct story *s, struct aisp_err *err)
{
	const struct aisp_pg_model *m = s->e->m;
	s->came = aisp_mem_zalloc(s->e->n_roles + 1, sizeof *s->came);
	if (!s->came || aisp_vec_push(&s->queue, s->role) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the explanation");
	for (size_t next = 0; next < s->queue.n; next++) {
		for (size_t i = 0; i < m->memberships.n; i++) {
			const struct aisp_pg_membership *mb = &m->memberships.v[i];
			if (mb->member != s->queue.v[next] || !mb->inherit || s->came[mb->role] || mb->role == s->role)
				continue;
			s->came[mb->role] = (uint32_t)i + 1;
			if (aisp_vec_push(&s->queue, mb->role) < 0)
				return aisp_fail(err, AISP_E_NOMEM, "out of memory for the explanation");
		}
	}
	return AISP_OK;
}

/* " to readers, whose rights app has through GRANT staff TO app, GRANT readers TO staff" */
static void put_grantee(struct story *s, uint32_t grantee)
{
	const struct aisp_pg_model *m = s->e->m;
	aisp_buf_putz(s->out, " to ");
	put_role(s, grantee);
	if (grantee == s->role || grantee == AISP_PG_PUBLIC || grantee > s->e->n_roles)
		return;
	if (!s->came[grantee]) {
		aisp_buf_putz(s->out, grantee == s->e->dbowner ? ", whom the owner of the database is" : "");
		return;
	}
	aisp_buf_putz(s->out, ", whose rights it has through ");
	uint32_t chain[64], n = 0;
	for (uint32_t at = grantee; at != s->role && s->came[at] && n < 64;
	     at = m->memberships.v[s->came[at] - 1].member)
		chain[n++] = s->came[at] - 1;
	while (n-- > 0) {
		const struct aisp_pg_membership *mb = &m->memberships.v[chain[n]];
		aisp_buf_putz(s->out, "GRANT ");
		put_role(s, mb->role);
		aisp_buf_putz(s->out, " TO ");
		put_role(s, mb->member);
		aisp_buf_putz(s->out, n ? ", " : "");
	}
}

/* Tells every item of the list that gives the privilege; true if there is one. */
static bool tell_acl(struct story *s, enum aisp_pg_class class, uint32_t owner, uint32_t acl, unsigned priv,
		     uint32_t db, const char *what)
{
	struct aisp_pg_aclitem defaults[2];
	struct aisp_pg_acl items = aisp_pg__items(s->e, class, owner, acl, defaults);
	bool any = false;
	for (uint32_t i = 0; i < items.n; i++) {
		const struct aisp_pg_aclitem *it = &items.items[i];
		if (!(it->privs & priv) || (it->grantee && !aisp_pg_has_privs(s->e, s->role, it->grantee, db)))
			continue;
		aisp_buf_printf(s->out, "yes: %s: ", what);
		aisp_pg_put_privs(priv, (struct aisp_slice){0}, ", ", s->out);
		aisp_buf_putz(s->out, acl           ? " is granted"
				      : it->grantee ? " belongs by default"
						    : " is by default open");
		put_grantee(s, it->grantee);
		aisp_buf_putc(s->out, '\n');
		any = true;
	}
	return any;
}

static void tell_no(struct story *s, const char *what, unsigned priv, const char *why)
{
	aisp_buf_printf(s->out, "no: %s: ", what);
	aisp_pg_put_privs(priv, (struct aisp_slice){0}, ", ", s->out);
	aisp_buf_printf(s->out, " %s\n", why);
}

static bool tell_predefined(struct story *s, uint32_t role, unsigned gives, unsigned priv, const char *what)
{
	if (!(gives & priv) || !aisp_pg_has_privs(s->e, s->role, role, s->e->m->current_db))
		return false;
	aisp_buf_printf(s->out, "yes: %s: everywhere given", what);
	put_grantee(s, role);
	aisp_buf_putc(s->out, '\n');
	return true;
}

static bool tell_session(struct story *s, uint32_t database)
{
	const struct aisp_pg_role *role = &s->e->m->roles.v[s->role];
	const struct aisp_pg_database *d = &s->e->m->databases.v[database];
	if (s->role == AISP_PG_PUBLIC || database == 0)
		return true;
	if (!role->login) {
		aisp_buf_putz(
			s->out,
			"note: session: the role has no LOGIN; what follows is for those that become it by SET ROLE\n");
		return true;
	}
	if (role->super) {
		aisp_buf_putz(s->out, "yes: session: a superuser passes every check but pg_hba.conf\n");
	} else if (!tell_acl(s, AISP_PG_CLASS_DATABASE, d->owner, d->acl, AISP_PG_CONNECT, database, "database")) {
		tell_no(s, "database", AISP_PG_CONNECT,
			"is granted neither to it, nor to a role it inherits from, nor to PUBLIC");
		return false;
	}
	AISP_AUTOBUF struct aisp_buf auth = {0};
	aisp_buf_init(&auth, 4096);
	if (!s->e->m->hba_known)
		return true;
	bool ok = aisp_pg_hba_admits(s->e, s->role, database, &auth);
	aisp_buf_printf(s->out,
			ok ? "yes: pg_hba.conf: let in by %.*s\n"
			   : "no: pg_hba.conf: every line that fits rejects it%.*s\n",
			AISP_FMT(aisp_buf_slice(&auth)));
	return ok;
}

static bool tell_schema(struct story *s, uint32_t schema, unsigned priv)
{
	const struct aisp_pg_schema *sc = &s->e->m->schemas.v[schema];
	bool yes = tell_acl(s, AISP_PG_CLASS_SCHEMA, sc->owner, sc->acl, priv, s->e->m->current_db, "schema");
	yes = tell_predefined(s, s->e->read_all, AISP_PG_USAGE, priv, "schema") || yes;
	yes = tell_predefined(s, s->e->write_all, AISP_PG_USAGE, priv, "schema") || yes;
	if (!yes)
		tell_no(s, "schema", priv, "is granted neither to it, nor to a role it inherits from, nor to PUBLIC");
	return yes;
}

static bool tell_rows(struct story *s, uint32_t table, unsigned priv)
{
	const struct aisp_pg_table *t = &s->e->m->tables.v[table];
	char cmd = priv == AISP_PG_SELECT   ? 'r'
		   : priv == AISP_PG_INSERT ? 'a'
		   : priv == AISP_PG_UPDATE ? 'w'
		   : priv == AISP_PG_DELETE ? 'd'
					    : 0;
	if (!t->rls || !cmd)
		return true;
	if (!aisp_pg_rls_applies(s->e, s->role, table)) {
		const struct aisp_pg_role *role = &s->e->m->roles.v[s->role];
		aisp_buf_printf(s->out, "yes: row security: does not hold for %s\n",
				role->super       ? "a superuser"
				: role->bypassrls ? "a role with BYPASSRLS"
						  : "the table's owner");
		return true;
	}
	AISP_AUTOBUF struct aisp_buf predicate = {0};
	aisp_buf_init(&predicate, 1u << 20);
	enum aisp_pg_rows rows = aisp_pg_rows(s->e, s->role, table, cmd, &predicate);
	if (rows == AISP_PG_ROWS_NONE)
		aisp_buf_putz(s->out, "no: row security: no policy lets a row through\n");
	else if (rows == AISP_PG_ROWS_ALL)
		aisp_buf_putz(s->out, "yes: row security: the policies let every row through\n");
	else
		aisp_buf_printf(s->out, "yes: row security: only rows where %.*s\n",
				AISP_FMT(aisp_buf_slice(&predicate)));
	return rows != AISP_PG_ROWS_NONE;
}

static bool tell_view(struct story *s, uint32_t table)
{
	const struct aisp_pg_table *t = &s->e->m->tables.v[table];
	if (t->kind != 'v')
		return true;
	for (uint32_t i = 0; i < t->dep_n; i++) {
		const struct aisp_pg_dep *dep = &s->e->m->deps.v[t->dep_at + i];
		uint32_t as = t->invoker ? s->role : t->owner;
		aisp_buf_printf(s->out, "%s: view: reads ", aisp_pg_dep_ok(s->e, as, dep) ? "yes" : "no");
		aisp_pg_put_table(s->e->m, dep->table, s->out);
		aisp_buf_putz(s->out, t->invoker ? " with the rights of who asks, " : " with the rights of its owner ");
		put_role(s, as);
		aisp_buf_putc(s->out, '\n');
	}
	return aisp_pg_view_ok(s->e, s->role, table);
}

static bool tell_table(struct story *s, uint32_t table, uint32_t column, unsigned priv)
{
	const struct aisp_pg_model *m = s->e->m;
	const struct aisp_pg_table *t = &m->tables.v[table];
	if (!tell_schema(s, t->schema, AISP_PG_USAGE))
		return false;
	bool yes = tell_acl(s, aisp_pg_table_class(t), t->owner, t->acl, priv, m->current_db, "table");
	yes = tell_predefined(s, s->e->read_all, AISP_PG_SELECT, priv, "table") || yes;
	yes = tell_predefined(s, s->e->write_all, AISP_PG_INSERT | AISP_PG_UPDATE | AISP_PG_DELETE, priv, "table") ||
	      yes;
	if (column && m->columns.v[column].acl)
		yes = tell_acl(s, AISP_PG_CLASS_COLUMN, t->owner, m->columns.v[column].acl, priv, m->current_db,
			       "column") ||
		      yes;
	if (!yes) {
		tell_no(s, column ? "table and column" : "table", priv,
			"is granted neither to it, nor to a role it inherits from, nor to PUBLIC");
		return false;
	}
	return tell_view(s, table) && tell_rows(s, table, priv);
}

static bool tell(struct story *s, enum aisp_pg_class class, uint32_t object, uint32_t column, unsigned priv)
{
	const struct aisp_pg_model *m = s->e->m;
	if (class == AISP_PG_CLASS_DATABASE) {
		const struct aisp_pg_database *d = &m->databases.v[object];
		if (priv == AISP_PG_CONNECT || aisp_pg__super(s->e, s->role))
			return tell_session(s, object);
		return tell_acl(s, class, d->owner, d->acl, priv, object, "database");
	}
	if (!tell_session(s, m->current_db))
		return false;
	if (aisp_pg__super(s->e, s->role))
		return true;
	if (class == AISP_PG_CLASS_SCHEMA)
		return tell_schema(s, object, priv);
	if (class != AISP_PG_CLASS_FUNCTION)
		return tell_table(s, object, column, priv);
	const struct aisp_pg_function *f = &m->functions.v[object];
	if (!tell_schema(s, f->schema, AISP_PG_USAGE))
		return false;
	bool yes = tell_acl(s, class, f->owner, f->acl, priv, m->current_db, "function");
	if (!yes)
		tell_no(s, "function", priv, "is granted neither to it, nor to a role it inherits from, nor to PUBLIC");
	if (yes && f->security_definer) {
		aisp_buf_putz(s->out, "note: function: SECURITY DEFINER, it runs with the rights of ");
		put_role(s, f->owner);
		aisp_buf_putc(s->out, '\n');
	}
	return yes;
}

int aisp_pg_explain(const struct aisp_pg_engine *e, uint32_t role, enum aisp_pg_class class, uint32_t object,
		    uint32_t column, unsigned priv, struct aisp_buf *out, bool *ret_yes, struct aisp_err *err)
{
	if (role > e->n_roles)
		return aisp_fail(err, AISP_E_NOTFOUND, "there is no such role");
	struct story s = {.e = e, .role = role, .out = out};
	int r = search(&s, err);
	if (r == AISP_OK) {
		bool yes = tell(&s, class, object, column, priv);
		aisp_buf_putz(out, yes ? "so: yes" : "so: no");
		r = aisp_buf_check(out, err);
		if (r == AISP_OK)
			*ret_yes = yes;
	}
	aisp_mem_free(s.came);
	aisp_vec_done(&s.queue);
	return r;
}

void aisp_pg_put_right(const struct aisp_pg_engine *e, const struct aisp_pg_right *right, struct aisp_buf *out)
{
	const struct aisp_pg_model *m = e->m;
	struct story s = {.e = e, .role = right->role, .out = out};
	aisp_pg_put_privs(right->privs, (struct aisp_slice){0}, ", ", out);
	static const char *const basis[] = {
		[AISP_PG_BASIS_GRANT] = " granted to ",
		[AISP_PG_BASIS_OWNER] = " belongs to the owner ",
		[AISP_PG_BASIS_DEFAULT] = " by default of ",
		[AISP_PG_BASIS_PREDEFINED] = " everywhere of ",
	};
	aisp_buf_putz(out, basis[right->basis]);
	put_role(&s, right->origin);
	if (right->origin == e->dbowner && right->role != right->origin)
		aisp_buf_putz(out, ", the owner of the database");
	else if (right->origin != right->role && right->origin != AISP_PG_PUBLIC)
		aisp_buf_putz(out, ", whose rights it inherits");
	if (right->privs & (AISP_PG_UPDATE | AISP_PG_DELETE) &&
	    !(aisp_pg_any_column_mask(e, right->role, right->object) & AISP_PG_SELECT))
		aisp_buf_putz(out, "; without SELECT it cannot choose rows, only change all at once");
	if (right->rows == AISP_PG_ROWS_FILTERED)
		aisp_buf_putz(out, "; held to row security");
	else if (!right->column && right->object < m->tables.n && m->tables.v[right->object].rls)
		aisp_buf_putz(out, "; row security does not narrow it");
}
