/* Roles, their closures, and the masks of every kind of object. See engine.h for the sources of the rules. */
#include "access/postgres/engine_int.h"
#include <stdlib.h>

enum { MAX_CLOSURE = 64 * 1024 * 1024 }; /* numbers in all lists of one kind: 256 MiB */
enum walk { WALK_PRIVS, WALK_MEMBER, WALK_SET };

bool aisp_pg__list_has(const struct aisp_pg_lists *l, uint32_t role, uint32_t other)
{
	const uint32_t *v = l->v + l->at[role];
	size_t lo = 0, hi = aisp_pg__list_n(l, role);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (v[mid] < other)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < aisp_pg__list_n(l, role) && v[lo] == other;
}

static void lists_done(struct aisp_pg_lists *l)
{
	aisp_mem_free(l->at);
	aisp_mem_free(l->v);
	*l = (struct aisp_pg_lists){0};
}

/* Does this walk follow this membership? Up to 15 INHERIT is the member's own attribute and SET always holds
 * (roles_is_member_of); the collector fills the flags so. */
static bool follows(enum walk walk, const struct aisp_pg_membership *mb)
{
	return walk == WALK_MEMBER || (walk == WALK_PRIVS ? mb->inherit : mb->set);
}

/* Direct memberships by member: order[at[r]] … are numbers in m->memberships. */
struct direct {
	uint32_t *at, *order;
};

static int direct_make(const struct aisp_pg_engine *e, struct direct *d, struct aisp_err *err)
{
	const struct aisp_pg_model *m = e->m;
	d->at = aisp_mem_zalloc(e->n_roles + 3, sizeof *d->at);
	d->order = aisp_mem_zalloc(m->memberships.n + 1, sizeof *d->order);
	if (!d->at || !d->order)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships");
	for (size_t i = 0; i < m->memberships.n; i++)
		d->at[m->memberships.v[i].member + 2]++;
	for (uint32_t r = 2; r <= e->n_roles + 2; r++)
		d->at[r] += d->at[r - 1];
	for (size_t i = 0; i < m->memberships.n; i++)
		d->order[d->at[m->memberships.v[i].member + 1]++] = (uint32_t)i;
	return AISP_OK;
}

static int by_number(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;
	return (*a > *b) - (*a < *b);
}

struct closure {
	const struct aisp_pg_engine *e;
	struct direct *direct;
	uint32_t *stamp; /* by role: the role whose walk saw it last */
	AISP_VEC(uint32_t) v;
};

/* Appends what `role` reaches, sorted, without itself. */
static int walk_one(struct closure *c, enum walk walk, uint32_t role, struct aisp_err *err)
{
	size_t begin = c->v.n;
	c->stamp[role] = role;
	uint32_t from = role;
	for (size_t next = begin;; from = c->v.v[next++]) {
		for (uint32_t i = c->direct->at[from]; i < c->direct->at[from + 1]; i++) {
			const struct aisp_pg_membership *mb = &c->e->m->memberships.v[c->direct->order[i]];
			if (!follows(walk, mb) || c->stamp[mb->role] == role)
				continue;
			c->stamp[mb->role] = role;
			if (c->v.n >= MAX_CLOSURE)
				return aisp_fail(err, AISP_E_LIMIT,
						 "the memberships of the server's roles are too many to follow");
			if (aisp_vec_push(&c->v, mb->role) < 0)
				return aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships");
		}
		if (next >= c->v.n)
			break;
	}
	if (c->v.n - begin > 1)
		qsort(c->v.v + begin, c->v.n - begin, sizeof *c->v.v, by_number);
	return AISP_OK;
}

static int closure_make(struct aisp_pg_engine *e, struct direct *d, enum walk walk, struct aisp_pg_lists *out,
			struct aisp_err *err)
{
	struct closure c = {.e = e, .direct = d};
	c.stamp = aisp_mem_zalloc(e->n_roles + 1, sizeof *c.stamp);
	out->at = aisp_mem_zalloc(e->n_roles + 2, sizeof *out->at);
	int r = c.stamp && out->at ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships");
	if (r == AISP_OK && aisp_vec_reserve(&c.v, 1) < 0)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships");
	for (uint32_t role = 1; r == AISP_OK && role <= e->n_roles; role++) {
		out->at[role] = (uint32_t)c.v.n;
		r = walk_one(&c, walk, role, err);
	}
	if (r == AISP_OK)
		out->at[e->n_roles + 1] = (uint32_t)c.v.n;
	aisp_mem_free(c.stamp);
	out->v = c.v.v; /* freed with the lists, also after a failure */
	return r;
}

static int reverse_make(struct aisp_pg_engine *e, const struct aisp_pg_lists *l, struct aisp_pg_lists *out,
			struct aisp_err *err)
{
	size_t total = l->at[e->n_roles + 1];
	out->at = aisp_mem_zalloc(e->n_roles + 3, sizeof *out->at);
	out->v = aisp_mem_zalloc(total + 1, sizeof *out->v);
	if (!out->at || !out->v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for memberships");
	for (size_t i = 0; i < total; i++)
		out->at[l->v[i] + 2]++;
	for (uint32_t r = 2; r <= e->n_roles + 2; r++)
		out->at[r] += out->at[r - 1];
	for (uint32_t role = 1; role <= e->n_roles; role++)
		for (uint32_t i = l->at[role]; i < l->at[role + 1]; i++)
			out->v[out->at[l->v[i] + 1]++] = role;
	return AISP_OK;
}

static int engine_make(struct aisp_pg_engine *e, struct aisp_err *err)
{
	struct direct d = {0};
	int r = direct_make(e, &d, err);
	if (r == AISP_OK)
		r = closure_make(e, &d, WALK_PRIVS, &e->privs, err);
	if (r == AISP_OK)
		r = closure_make(e, &d, WALK_MEMBER, &e->members, err);
	if (r == AISP_OK)
		r = closure_make(e, &d, WALK_SET, &e->sets, err);
	if (r == AISP_OK)
		r = reverse_make(e, &e->privs, &e->havers, err);
	aisp_mem_free(d.at);
	aisp_mem_free(d.order);
	if (r == AISP_OK)
		r = aisp_pg__views_prepare(e, err);
	if (r == AISP_OK)
		r = aisp_pg__assumes_prepare(e, err);
	return r;
}

int aisp_pg_engine_new(const struct aisp_pg_model *m, struct aisp_pg_engine **ret_engine, struct aisp_err *err)
{
	struct aisp_pg_engine *e = aisp_mem_zalloc(1, sizeof *e);
	if (!e)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the PostgreSQL access engine");
	e->m = m;
	e->n_roles = (uint32_t)(m->roles.n - 1);
	e->read_all = aisp_pg_role_by_oid(m, AISP_PG_READ_ALL_OID);
	e->write_all = aisp_pg_role_by_oid(m, AISP_PG_WRITE_ALL_OID);
	e->maintain = aisp_pg_role_by_oid(m, AISP_PG_MAINTAIN_OID);
	e->dbowner = aisp_pg_role_by_oid(m, AISP_PG_DBOWNER_OID);
	int r = engine_make(e, err);
	if (r < 0) {
		aisp_pg_engine_free(e);
		return r;
	}
	*ret_engine = e;
	return AISP_OK;
}

void aisp_pg_engine_free(struct aisp_pg_engine *e)
{
	if (!e)
		return;
	lists_done(&e->privs);
	lists_done(&e->members);
	lists_done(&e->sets);
	lists_done(&e->havers);
	aisp_mem_free(e->views);
	aisp_vec_done(&e->needs);
	aisp_vec_done(&e->calls);
	aisp_vec_done(&e->assumes);
	aisp_mem_free(e->groups);
	aisp_mem_free(e);
}

void aisp_pg_engine_freep(struct aisp_pg_engine **e)
{
	aisp_pg_engine_free(*e);
	*e = NULL;
}

const struct aisp_pg_model *aisp_pg_engine_model(const struct aisp_pg_engine *e)
{
	return e->m;
}

/* pg_database_owner has one implicit member in each database, its owner; up to 15 that one must have INHERIT for the
 * rights to apply at once, as for every membership. */
static bool in_list(const struct aisp_pg_engine *e, const struct aisp_pg_lists *l, enum walk walk, uint32_t role,
		    uint32_t of, uint32_t db)
{
	if (role == 0 || role > e->n_roles || of == 0 || of > e->n_roles)
		return false;
	if (role == of || e->m->roles.v[role].super)
		return true;
	if (of == e->dbowner && db > 0 && db < e->m->databases.n) {
		uint32_t owner = e->m->databases.v[db].owner;
		if (owner == 0 || owner > e->n_roles)
			return false;
		if (walk == WALK_PRIVS && e->m->version_num < 160000 && !e->m->roles.v[owner].inherit)
			return false;
		return role == owner || aisp_pg__list_has(l, role, owner);
	}
	return aisp_pg__list_has(l, role, of);
}

bool aisp_pg_has_privs(const struct aisp_pg_engine *e, uint32_t role, uint32_t of, uint32_t db)
{
	return in_list(e, &e->privs, WALK_PRIVS, role, of, db);
}

bool aisp_pg_is_member(const struct aisp_pg_engine *e, uint32_t role, uint32_t of, uint32_t db)
{
	return in_list(e, &e->members, WALK_MEMBER, role, of, db);
}

bool aisp_pg_can_set(const struct aisp_pg_engine *e, uint32_t role, uint32_t of, uint32_t db)
{
	return in_list(e, &e->sets, WALK_SET, role, of, db);
}

struct aisp_pg_acl aisp_pg__items(const struct aisp_pg_engine *e, enum aisp_pg_class class, uint32_t owner,
				  uint32_t acl, struct aisp_pg_aclitem defaults[2])
{
	if (acl > 0 && acl < e->m->acls.n)
		return e->m->acls.v[acl];
	struct aisp_pg_acl ret = {.items = defaults};
	const struct aisp_pg_class_row *row = &aisp_pg_classes[class];
	if (row->to_public)
		defaults[ret.n++] = (struct aisp_pg_aclitem){AISP_PG_PUBLIC, owner, row->to_public};
	if (row->all)
		defaults[ret.n++] = (struct aisp_pg_aclitem){owner ? owner : AISP_PG_NOBODY, owner, row->all};
	return ret;
}

unsigned aisp_pg_acl_mask(const struct aisp_pg_engine *e, uint32_t role, enum aisp_pg_class class, uint32_t owner,
			  uint32_t acl, uint32_t db)
{
	struct aisp_pg_aclitem defaults[2];
	struct aisp_pg_acl items = aisp_pg__items(e, class, owner, acl, defaults);
	unsigned mask = 0;
	/* the owner always has all grant options, even of what it revoked from itself; but a column without a list of
	 * its own is never looked at */
	if ((class != AISP_PG_CLASS_COLUMN || acl) && aisp_pg_has_privs(e, role, owner, db))
		mask |= (unsigned)AISP_PG_PRIV_MASK << AISP_PG_GOPT_SHIFT;
	for (uint32_t i = 0; i < items.n; i++)
		if (items.items[i].grantee == AISP_PG_PUBLIC || aisp_pg_has_privs(e, role, items.items[i].grantee, db))
			mask |= items.items[i].privs;
	return mask;
}

enum { EVERYTHING = AISP_PG_PRIV_MASK | AISP_PG_PRIV_MASK << AISP_PG_GOPT_SHIFT };

unsigned aisp_pg_database_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t database)
{
	const struct aisp_pg_database *d = &e->m->databases.v[database];
	return aisp_pg__super(e, role) ? EVERYTHING
				       : aisp_pg_acl_mask(e, role, AISP_PG_CLASS_DATABASE, d->owner, d->acl, database);
}

unsigned aisp_pg_schema_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t schema)
{
	const struct aisp_pg_schema *s = &e->m->schemas.v[schema];
	uint32_t db = e->m->current_db;
	if (aisp_pg__super(e, role))
		return EVERYTHING;
	unsigned mask = aisp_pg_acl_mask(e, role, AISP_PG_CLASS_SCHEMA, s->owner, s->acl, db);
	if (aisp_pg_has_privs(e, role, e->read_all, db) || aisp_pg_has_privs(e, role, e->write_all, db))
		mask |= AISP_PG_USAGE;
	return mask;
}

bool aisp_pg_uses_schema(const struct aisp_pg_engine *e, uint32_t role, uint32_t schema)
{
	return aisp_pg_schema_mask(e, role, schema) & AISP_PG_USAGE;
}

unsigned aisp_pg_table_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t table)
{
	const struct aisp_pg_table *t = &e->m->tables.v[table];
	uint32_t db = e->m->current_db;
	if (aisp_pg__super(e, role))
		return EVERYTHING;
	unsigned mask = aisp_pg_acl_mask(e, role, aisp_pg_table_class(t), t->owner, t->acl, db);
	if (aisp_pg_has_privs(e, role, e->read_all, db))
		mask |= AISP_PG_SELECT;
	if (aisp_pg_has_privs(e, role, e->write_all, db))
		mask |= AISP_PG_INSERT | AISP_PG_UPDATE | AISP_PG_DELETE;
	if (aisp_pg_has_privs(e, role, e->maintain, db))
		mask |= AISP_PG_MAINTAIN;
	return mask;
}

unsigned aisp_pg_column_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t column)
{
	const struct aisp_pg_column *c = &e->m->columns.v[column];
	if (c->acl == 0)
		return 0;
	return aisp_pg_acl_mask(e, role, AISP_PG_CLASS_COLUMN, e->m->tables.v[c->table].owner, c->acl,
				e->m->current_db);
}

unsigned aisp_pg_any_column_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t table)
{
	const struct aisp_pg_table *t = &e->m->tables.v[table];
	unsigned mask = aisp_pg_table_mask(e, role, table);
	for (uint32_t i = 0; i < t->col_n; i++)
		mask |= aisp_pg_column_mask(e, role, t->col_at + i);
	return mask;
}

unsigned aisp_pg_function_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t function)
{
	const struct aisp_pg_function *f = &e->m->functions.v[function];
	return aisp_pg__super(e, role)
		       ? EVERYTHING
		       : aisp_pg_acl_mask(e, role, AISP_PG_CLASS_FUNCTION, f->owner, f->acl, e->m->current_db);
}

bool aisp_pg_can_connect(const struct aisp_pg_engine *e, uint32_t role, uint32_t database, struct aisp_buf *ret_auth)
{
	const struct aisp_pg_database *d = &e->m->databases.v[database];
	if (role == 0 || role > e->n_roles || !e->m->roles.v[role].login || !d->allows_connections)
		return false;
	if (!(aisp_pg_database_mask(e, role, database) & AISP_PG_CONNECT))
		return false;
	return !e->m->hba_known || aisp_pg_hba_admits(e, role, database, ret_auth);
}

void aisp_pg_put_function(const struct aisp_pg_model *m, uint32_t function, struct aisp_buf *out)
{
	const struct aisp_pg_function *f = &m->functions.v[function];
	aisp_pg_put_ident(m->schemas.v[f->schema].name, out);
	aisp_buf_putc(out, '.');
	aisp_pg_put_ident(f->name, out);
	aisp_buf_printf(out, "(%.*s)", AISP_FMT(f->arguments));
}

void aisp_pg_put_grant(const struct aisp_pg_model *m, enum aisp_pg_class class, uint32_t object, uint32_t column,
		       unsigned privs, uint32_t grantee, struct aisp_buf *out)
{
	AISP_AUTOBUF struct aisp_buf col = {0};
	aisp_buf_init(&col, 4096);
	if (column)
		aisp_pg_put_ident(m->columns.v[column].name, &col);
	aisp_buf_putz(out, "GRANT ");
	aisp_pg_put_privs(privs & AISP_PG_PRIV_MASK, aisp_buf_slice(&col), ", ", out);
	aisp_buf_printf(out, " ON %s ", aisp_pg_classes[class].keyword);
	if (class == AISP_PG_CLASS_DATABASE) {
		aisp_pg_put_ident(m->databases.v[object].name, out);
	} else if (class == AISP_PG_CLASS_SCHEMA) {
		aisp_pg_put_ident(m->schemas.v[object].name, out);
	} else if (class == AISP_PG_CLASS_FUNCTION) {
		aisp_pg_put_function(m, object, out);
	} else {
		aisp_pg_put_table(m, object, out);
	}
	aisp_buf_putz(out, " TO ");
	if (grantee == AISP_PG_PUBLIC)
		aisp_buf_putz(out, "PUBLIC");
	else
		aisp_pg_put_ident(aisp_pg_role_name(m, grantee), out);
}
