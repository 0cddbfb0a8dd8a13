/* See model.h. */
#include "access/postgres/model.h"
#include <stdlib.h>

enum { ARENA_MAX = 1 << 30 };

int aisp_pg_model_init(struct aisp_pg_model *m, int version_num, struct aisp_err *err)
{
	*m = (struct aisp_pg_model){.version_num = version_num};
	m->arena = aisp_arena_new(ARENA_MAX);
	m->acl_texts = aisp_symtab_new();
	m->role_names = aisp_symtab_new();
	bool ok = m->arena && m->acl_texts && m->role_names;
	/* number 0 of every array is "none" */
	ok = ok && aisp_vec_push(&m->acls, (struct aisp_pg_acl){0}) == AISP_OK;
	ok = ok && aisp_vec_push(&m->roles, (struct aisp_pg_role){.name = AISP_S("PUBLIC")}) == AISP_OK;
	ok = ok && aisp_vec_push(&m->databases, (struct aisp_pg_database){0}) == AISP_OK;
	ok = ok && aisp_vec_push(&m->schemas, (struct aisp_pg_schema){0}) == AISP_OK;
	ok = ok && aisp_vec_push(&m->tables, (struct aisp_pg_table){0}) == AISP_OK;
	ok = ok && aisp_vec_push(&m->columns, (struct aisp_pg_column){0}) == AISP_OK;
	ok = ok && aisp_vec_push(&m->functions, (struct aisp_pg_function){0}) == AISP_OK;
	if (ok)
		return AISP_OK;
	aisp_pg_model_done(m);
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for the PostgreSQL model");
}

void aisp_pg_model_done(struct aisp_pg_model *m)
{
	aisp_vec_done(&m->acls);
	aisp_vec_done(&m->roles);
	aisp_vec_done(&m->memberships);
	aisp_vec_done(&m->databases);
	aisp_vec_done(&m->schemas);
	aisp_vec_done(&m->tables);
	aisp_vec_done(&m->columns);
	aisp_vec_done(&m->policies);
	aisp_vec_done(&m->deps);
	aisp_vec_done(&m->fdeps);
	aisp_vec_done(&m->functions);
	aisp_vec_done(&m->others);
	aisp_vec_done(&m->defaults);
	aisp_vec_done(&m->hba);
	aisp_map_done(&m->by_oid);
	aisp_symtab_freep(&m->acl_texts);
	aisp_symtab_freep(&m->role_names);
	aisp_arena_freep(&m->arena);
}

static struct aisp_key oid_key(unsigned space, uint32_t oid)
{
	return (struct aisp_key){space, oid};
}
enum { ROLE_SPACE = AISP_PG_CLASS_END };

int aisp_pg_bind(struct aisp_pg_model *m, enum aisp_pg_class class, uint32_t oid, uint32_t number, struct aisp_err *err)
{
	return aisp_map_put(&m->by_oid, oid_key(class, oid), number, err);
}

uint32_t aisp_pg_by_oid(const struct aisp_pg_model *m, enum aisp_pg_class class, uint32_t oid)
{
	return aisp_map_get(&m->by_oid, oid_key(class, oid));
}

int aisp_pg_add_role(struct aisp_pg_model *m, const struct aisp_pg_role *role, struct aisp_err *err)
{
	aisp_sym sym = 0;
	if (role->name.n == 0 || aisp_symtab_find(m->role_names, role->name))
		return aisp_fail(err, AISP_E_PARSE, "the role list names a role twice or without a name");
	int r = aisp_symtab_add(m->role_names, role->name, &sym, err);
	if (r < 0)
		return r;
	if (aisp_vec_push(&m->roles, *role) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for roles");
	return aisp_map_put(&m->by_oid, oid_key(ROLE_SPACE, role->oid), (uint32_t)(m->roles.n - 1), err);
}

uint32_t aisp_pg_role_by_oid(const struct aisp_pg_model *m, uint32_t oid)
{
	uint32_t role = oid ? aisp_map_get(&m->by_oid, oid_key(ROLE_SPACE, oid)) : AISP_PG_PUBLIC;
	return oid && !role ? AISP_PG_NOBODY : role;
}

uint32_t aisp_pg_role_by_name(const struct aisp_pg_model *m, struct aisp_slice name)
{
	aisp_sym sym = aisp_symtab_find(m->role_names, name);
	return sym && sym < m->roles.n ? sym : AISP_PG_NOBODY;
}

struct aisp_slice aisp_pg_role_name(const struct aisp_pg_model *m, uint32_t role)
{
	return role < m->roles.n ? m->roles.v[role].name : AISP_S("?");
}

struct acl_fill {
	struct aisp_pg_model *m;
	AISP_VEC(struct aisp_pg_aclitem) items;
};

static int acl_item(void *ctx, const struct aisp_pg_aclitem_text *t, struct aisp_err *err)
{
	struct acl_fill *fill = ctx;
	struct aisp_pg_aclitem item = {
		.grantee = t->grantee.n ? aisp_pg_role_by_name(fill->m, t->grantee) : AISP_PG_PUBLIC,
		.grantor = aisp_pg_role_by_name(fill->m, t->grantor),
		.privs = t->privs,
	};
	if (aisp_vec_push(&fill->items, item) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for access control lists");
	return AISP_OK;
}

static int acl_keep(struct aisp_pg_model *m, const struct acl_fill *fill, struct aisp_err *err)
{
	struct aisp_pg_acl acl = {.n = (uint32_t)fill->items.n};
	acl.items = aisp_arena_zalloc(m->arena, fill->items.n + 1, sizeof *acl.items);
	if (!acl.items)
		return aisp_fail(err, aisp_arena_full(m->arena) ? AISP_E_LIMIT : AISP_E_NOMEM,
				 "access control lists take too much memory");
	if (acl.n)
		memcpy(acl.items, fill->items.v, acl.n * sizeof *acl.items);
	if (aisp_vec_push(&m->acls, acl) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for access control lists");
	return AISP_OK;
}

int aisp_pg_add_acl(struct aisp_pg_model *m, struct aisp_slice text, uint32_t *ret_acl, struct aisp_err *err)
{
	if (!text.p) {
		*ret_acl = 0;
		return AISP_OK;
	}
	aisp_sym sym = aisp_symtab_find(m->acl_texts, text);
	if (sym && sym < m->acls.n) {
		*ret_acl = sym;
		return AISP_OK;
	}
	struct acl_fill fill = {.m = m};
	struct aisp_buf scratch;
	aisp_buf_init(&scratch, 1u << 16);
	int r = aisp_pg_acl_read(text, &scratch, acl_item, &fill, err);
	if (r == AISP_OK)
		r = acl_keep(m, &fill, err);
	if (r == AISP_OK)
		r = aisp_symtab_add(m->acl_texts, text, &sym, err);
	aisp_vec_done(&fill.items);
	aisp_buf_done(&scratch);
	if (r < 0)
		return r;
	*ret_acl = sym;
	return AISP_OK;
}

int aisp_pg_split_array(struct aisp_arena *arena, struct aisp_slice text, const struct aisp_slice **ret_items,
			uint32_t *ret_n, struct aisp_err *err)
{
	bool is_null = false, bad = text.n < 2 || text.p[0] != '{' || text.p[text.n - 1] != '}';
	struct aisp_slice rest = bad ? text : aisp_slice_of(text.p + 1, text.n - 2);
	AISP_AUTOBUF struct aisp_buf item;
	aisp_buf_init(&item, 1u << 16);
	uint32_t n = 0;
	struct aisp_slice *items = bad ? NULL : aisp_arena_zalloc(arena, text.n / 2 + 2, sizeof *items);
	if (!bad && !items)
		return aisp_fail(err, AISP_E_LIMIT, "no memory left for a list");
	while (!bad && aisp_pg_array_next(&rest, &item, &is_null, &bad)) {
		int r = aisp_buf_check(&item, err);
		items[n] = r < 0 ? (struct aisp_slice){0} : aisp_arena_dup(arena, aisp_buf_slice(&item));
		if (!items[n].p)
			return r < 0 ? r : aisp_fail(err, AISP_E_LIMIT, "no memory left for a list");
		n++;
	}
	if (bad)
		return aisp_fail(err, AISP_E_PARSE, "a list is not of the form {…}");
	*ret_items = items;
	*ret_n = n;
	return AISP_OK;
}

#define CMP(a, b) (((a) > (b)) - ((a) < (b)))

static int by_table_num(const void *x, const void *y)
{
	const struct aisp_pg_column *a = x, *b = y;
	return a->table != b->table ? CMP(a->table, b->table) : CMP(a->num, b->num);
}

static int by_table_name(const void *x, const void *y)
{
	const struct aisp_pg_policy *a = x, *b = y;
	return a->table != b->table ? CMP(a->table, b->table) : aisp_slice_cmp(a->name, b->name);
}

static int by_view_table(const void *x, const void *y)
{
	const struct aisp_pg_dep *a = x, *b = y;
	return a->view != b->view ? CMP(a->view, b->view) : CMP(a->table, b->table);
}

static int by_view_function(const void *x, const void *y)
{
	const struct aisp_pg_fdep *a = x, *b = y;
	return a->view != b->view ? CMP(a->view, b->view) : CMP(a->function, b->function);
}

static void sort(void *v, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	if (n > 1)
		qsort(v, n, size, cmp);
}

/* Items of one owner stand together: remembers where they begin and how many there are. */
#define RANGES(array, first, key, at, count)                                                                           \
	for (size_t i = (first); i < (array).n; i++) {                                                                 \
		struct aisp_pg_table *t = &m->tables.v[(array).v[i].key];                                              \
		if (t->count++ == 0)                                                                                   \
			t->at = (uint32_t)i;                                                                           \
	}

void aisp_pg_model_finish(struct aisp_pg_model *m)
{
	sort(m->columns.v + 1, m->columns.n - 1, sizeof *m->columns.v, by_table_num);
	sort(m->policies.v, m->policies.n, sizeof *m->policies.v, by_table_name);
	sort(m->deps.v, m->deps.n, sizeof *m->deps.v, by_view_table);
	sort(m->fdeps.v, m->fdeps.n, sizeof *m->fdeps.v, by_view_function);
	RANGES(m->columns, 1, table, col_at, col_n)
	RANGES(m->policies, 0, table, pol_at, pol_n)
	RANGES(m->deps, 0, view, dep_at, dep_n)
	RANGES(m->fdeps, 0, view, fdep_at, fdep_n)
}

void aisp_pg_put_table(const struct aisp_pg_model *m, uint32_t table, struct aisp_buf *out)
{
	const struct aisp_pg_table *t = &m->tables.v[table];
	aisp_pg_put_ident(m->schemas.v[t->schema].name, out);
	aisp_buf_putc(out, '.');
	aisp_pg_put_ident(t->name, out);
}
