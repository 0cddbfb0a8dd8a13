/* From answers to the access model: pure. An answer may come from a lying server or an edited capture, so every number
 * and reference is checked; what cannot be is AISP_E_PARSE with the answer's name and row.
 */
#include "collect/postgres/postgres_int.h"

struct reader {
	const struct aisp_pgc_capture *cap;
	struct aisp_pg_model *m;
	const struct aisp_pgc_rowset *rs;
	enum aisp_pgc_query q;
	uint32_t row;
	uint32_t next; /* column: cells are taken in the order of the query's columns */
	int r;         /* the first failure */
	struct aisp_err *err;
};

static void bad(struct reader *rd, enum aisp_code code, const char *what)
{
	if (rd->r == AISP_OK)
		rd->r = aisp_fail(rd->err, code, "the answer to \"%s\", row %u: %s", aisp_pgc_queries[rd->q].name,
				  rd->row + 1, what);
}

static struct aisp_slice take(struct reader *rd)
{
	return aisp_pgc_cell(rd->rs, rd->row, rd->next++);
}

/* Text that outlives the capture; NULL stays NULL. */
static struct aisp_slice take_text(struct reader *rd)
{
	struct aisp_slice s = take(rd);
	if (!s.p)
		return s;
	struct aisp_slice copy = aisp_arena_dup(rd->m->arena, s);
	if (!copy.p)
		bad(rd, AISP_E_LIMIT, "no memory left for its text");
	return copy;
}

static struct aisp_slice take_name(struct reader *rd)
{
	struct aisp_slice s = take_text(rd);
	if (s.n == 0)
		bad(rd, AISP_E_PARSE, "a name is missing");
	return s;
}

static bool take_bool(struct reader *rd)
{
	struct aisp_slice s = take(rd);
	if (s.p && !aisp_slice_eqz(s, "t") && !aisp_slice_eqz(s, "f") && !aisp_slice_eqz(s, "true") &&
	    !aisp_slice_eqz(s, "false"))
		bad(rd, AISP_E_PARSE, "a truth value is neither t nor f");
	return s.n && s.p[0] == 't';
}

static uint32_t take_oid(struct reader *rd)
{
	uint64_t n = 0;
	if (!aisp_slice_u64(take(rd), &n) || n > UINT32_MAX) {
		bad(rd, AISP_E_PARSE, "an object number is none");
		return 0;
	}
	return (uint32_t)n;
}

static int64_t take_int(struct reader *rd, int64_t otherwise)
{
	struct aisp_slice s = take(rd);
	int64_t n = otherwise;
	if (s.p && !aisp_slice_i64(s, &n))
		bad(rd, AISP_E_PARSE, "a number is none");
	return n;
}

static char take_char(struct reader *rd)
{
	struct aisp_slice s = take(rd);
	return s.n ? s.p[0] : '\0';
}

static uint32_t take_role(struct reader *rd)
{
	return aisp_pg_role_by_oid(rd->m, take_oid(rd));
}

static uint32_t take_acl(struct reader *rd)
{
	struct aisp_slice s = take(rd);
	uint32_t acl = 0;
	if (rd->r == AISP_OK) {
		rd->r = aisp_pg_add_acl(rd->m, s, &acl, rd->err);
		if (rd->r < 0)
			aisp_wrap(rd->err, rd->r, "in the answer to \"%s\", row %u", aisp_pgc_queries[rd->q].name,
				  rd->row + 1);
	}
	return acl;
}

static void bind(struct reader *rd, enum aisp_pg_class class, uint32_t oid, size_t number)
{
	if (rd->r == AISP_OK && aisp_pg_by_oid(rd->m, class, oid))
		bad(rd, AISP_E_PARSE, "an object number is there twice");
	if (rd->r == AISP_OK)
		rd->r = aisp_pg_bind(rd->m, class, oid, (uint32_t)number, rd->err);
}

#define PUSH(rd, array, ...)                                                                                           \
	do {                                                                                                           \
		if ((rd)->r == AISP_OK && aisp_vec_push(&(rd)->m->array, __VA_ARGS__) < 0)                             \
			bad((rd), AISP_E_NOMEM, "out of memory");                                                      \
	} while (0)

static void one_database(struct reader *rd)
{
	struct aisp_pg_database d = {0};
	d.oid = take_oid(rd);
	d.name = take_name(rd);
	d.owner = take_role(rd);
	d.is_template = take_bool(rd);
	d.allows_connections = take_bool(rd);
	d.acl = take_acl(rd);
	PUSH(rd, databases, d);
	bind(rd, AISP_PG_CLASS_DATABASE, d.oid, rd->m->databases.n - 1);
	if (aisp_slice_eq(d.name, rd->cap->database))
		rd->m->current_db = (uint32_t)(rd->m->databases.n - 1);
}

static void one_role(struct reader *rd)
{
	struct aisp_pg_role role = {0};
	role.oid = take_oid(rd);
	role.name = take_name(rd);
	role.super = take_bool(rd);
	role.inherit = take_bool(rd);
	role.createrole = take_bool(rd);
	role.createdb = take_bool(rd);
	role.login = take_bool(rd);
	role.replication = take_bool(rd);
	role.bypassrls = take_bool(rd);
	role.connections = take_int(rd, -1);
	role.valid_until = take_text(rd);
	if (rd->r == AISP_OK)
		rd->r = aisp_pg_add_role(rd->m, &role, rd->err);
}

static void one_member(struct reader *rd)
{
	struct aisp_pg_membership mb = {0};
	mb.role = take_role(rd);
	mb.member = take_role(rd);
	mb.grantor = take_role(rd);
	mb.admin = take_bool(rd);
	mb.inherit = take_bool(rd);
	mb.set = take_bool(rd);
	if (rd->r == AISP_OK &&
	    (mb.role == 0 || mb.role == AISP_PG_NOBODY || mb.member == 0 || mb.member == AISP_PG_NOBODY))
		return; /* a role that went away while we read */
	PUSH(rd, memberships, mb);
}

static void one_schema(struct reader *rd)
{
	struct aisp_pg_schema s = {0};
	s.oid = take_oid(rd);
	s.name = take_name(rd);
	s.owner = take_role(rd);
	s.acl = take_acl(rd);
	s.system = take_bool(rd);
	PUSH(rd, schemas, s);
	bind(rd, AISP_PG_CLASS_SCHEMA, s.oid, rd->m->schemas.n - 1);
}

static uint32_t take_schema(struct reader *rd)
{
	return aisp_pg_by_oid(rd->m, AISP_PG_CLASS_SCHEMA, take_oid(rd));
}

static void one_table(struct reader *rd)
{
	struct aisp_pg_table t = {0};
	t.oid = take_oid(rd);
	t.name = take_name(rd);
	t.schema = take_schema(rd);
	t.owner = take_role(rd);
	t.kind = take_char(rd);
	t.acl = take_acl(rd);
	t.rls = take_bool(rd);
	t.force_rls = take_bool(rd);
	t.rows = take_int(rd, -1);
	t.invoker = take_bool(rd);
	t.updatable = t.kind == 'v' ? 0 : AISP_PG_INSERT | AISP_PG_UPDATE | AISP_PG_DELETE;
	if (!t.kind || !memchr("rpvmfS", t.kind, 6))
		bad(rd, AISP_E_PARSE, "a relation of an unknown kind");
	if (t.schema == 0)
		return; /* of a schema that is not looked at */
	PUSH(rd, tables, t);
	bind(rd, AISP_PG_CLASS_TABLE, t.oid, rd->m->tables.n - 1);
}

static uint32_t take_table(struct reader *rd)
{
	return aisp_pg_by_oid(rd->m, AISP_PG_CLASS_TABLE, take_oid(rd));
}

static void one_column(struct reader *rd)
{
	struct aisp_pg_column c = {0};
	c.table = take_table(rd);
	int64_t num = take_int(rd, 0);
	c.name = take_name(rd);
	c.type_oid = take_oid(rd);
	c.type = take_text(rd);
	c.acl = take_acl(rd);
	int64_t dimension = take_int(rd, 0);
	if (num < 1 || num > INT16_MAX)
		bad(rd, AISP_E_PARSE, "a column's number is out of range");
	c.num = (int32_t)num;
	c.dimension = dimension > 0 && dimension < INT32_MAX ? (int32_t)dimension : 0;
	if (c.table == 0)
		return;
	PUSH(rd, columns, c);
}

static void one_function(struct reader *rd)
{
	struct aisp_pg_function f = {0};
	f.oid = take_oid(rd);
	f.name = take_name(rd);
	f.schema = take_schema(rd);
	f.owner = take_role(rd);
	f.security_definer = take_bool(rd);
	f.kind = take_char(rd);
	f.acl = take_acl(rd);
	f.arguments = take_text(rd);
	f.language = take_text(rd);
	f.from_extension = take_bool(rd);
	if (f.schema == 0)
		return;
	PUSH(rd, functions, f);
	bind(rd, AISP_PG_CLASS_FUNCTION, f.oid, rd->m->functions.n - 1);
}

/* "{0,16385}" */
static const uint32_t *take_roles(struct reader *rd, uint32_t *ret_n)
{
	struct aisp_slice s = take(rd), part;
	uint32_t n = 0;
	uint32_t *roles = aisp_arena_zalloc(rd->m->arena, s.n / 2 + 2, sizeof *roles);
	if (!roles) {
		bad(rd, AISP_E_LIMIT, "no memory left for its roles");
		return NULL;
	}
	if (s.n < 2 || s.p[0] != '{' || s.p[s.n - 1] != '}') {
		bad(rd, AISP_E_PARSE, "a list of roles is none");
		return NULL;
	}
	s = aisp_slice_of(s.p + 1, s.n - 2);
	while (s.n && aisp_slice_split(&s, ',', &part)) {
		uint64_t oid;
		if (!aisp_slice_u64(part, &oid) || oid > UINT32_MAX) {
			bad(rd, AISP_E_PARSE, "a list of roles is none");
			return NULL;
		}
		roles[n++] = aisp_pg_role_by_oid(rd->m, (uint32_t)oid);
	}
	*ret_n = n;
	return roles;
}

static void one_policy(struct reader *rd)
{
	struct aisp_pg_policy p = {0};
	p.table = take_table(rd);
	p.name = take_name(rd);
	p.cmd = take_char(rd);
	p.permissive = take_bool(rd);
	p.roles = take_roles(rd, &p.n_roles);
	p.using_expr = take_text(rd);
	p.check_expr = take_text(rd);
	if (!p.cmd || !memchr("rawd*", p.cmd, 5))
		bad(rd, AISP_E_PARSE, "a policy for an unknown command");
	if (p.table == 0)
		return;
	PUSH(rd, policies, p);
}

/* "1,3,2" in any order, or NULL */
static int32_t *take_numbers(struct reader *rd, uint32_t *ret_n)
{
	struct aisp_slice s = take(rd), part;
	uint32_t n = 0;
	int32_t *numbers = aisp_arena_zalloc(rd->m->arena, s.n / 2 + 2, sizeof *numbers);
	if (!numbers) {
		bad(rd, AISP_E_LIMIT, "no memory left for its columns");
		return NULL;
	}
	while (s.n && aisp_slice_split(&s, ',', &part)) {
		int64_t num;
		if (!aisp_slice_i64(part, &num) || num < INT16_MIN || num > INT16_MAX) {
			bad(rd, AISP_E_PARSE, "a list of columns is none");
			return NULL;
		}
		if (num < 0)
			continue; /* ctid and the like belong to every row */
		uint32_t at = n++;
		for (; at > 0 && numbers[at - 1] > num; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = (int32_t)num;
	}
	*ret_n = n;
	return numbers;
}

static void one_view_read(struct reader *rd)
{
	struct aisp_pg_dep d = {0};
	d.view = take_table(rd);
	d.table = take_table(rd);
	d.columns = take_numbers(rd, &d.n_columns);
	if (d.view == 0 || d.table == 0 || d.view == d.table)
		return;
	PUSH(rd, deps, d);
}

static void one_view_call(struct reader *rd)
{
	struct aisp_pg_fdep d = {0};
	d.view = take_table(rd);
	d.function = aisp_pg_by_oid(rd->m, AISP_PG_CLASS_FUNCTION, take_oid(rd));
	if (d.view == 0 || d.function == 0)
		return;
	PUSH(rd, fdeps, d);
}

static void one_password(struct reader *rd)
{
	uint32_t role = take_role(rd);
	struct aisp_slice kind = take_text(rd);
	if (role > 0 && role < rd->m->roles.n)
		rd->m->roles.v[role].password_kind = kind;
}

/* pg_relation_is_updatable: 1 << CMD_UPDATE (2), CMD_INSERT (3), CMD_DELETE (4) */
static void one_updatable(struct reader *rd)
{
	uint32_t table = take_table(rd);
	int64_t events = take_int(rd, 0);
	if (table)
		rd->m->tables.v[table].updatable =
			(uint8_t)((events & 4 ? AISP_PG_UPDATE : 0) | (events & 8 ? AISP_PG_INSERT : 0) |
				  (events & 16 ? AISP_PG_DELETE : 0));
}

static void one_statistic(struct reader *rd)
{
	uint32_t table = take_table(rd);
	int64_t rows = take_int(rd, 0);
	if (table && rows > rd->m->tables.v[table].rows)
		rd->m->tables.v[table].rows = rows;
}

static void one_default(struct reader *rd)
{
	struct aisp_pg_default d = {0};
	d.role = take_role(rd);
	d.schema = take_schema(rd);
	d.kind = take_char(rd);
	d.acl = take_acl(rd);
	PUSH(rd, defaults, d);
}

static void one_other(struct reader *rd)
{
	struct aisp_slice class = take(rd);
	struct aisp_pg_other o = {.class = AISP_PG_CLASS_END};
	o.name = take_name(rd);
	o.schema = take_schema(rd);
	o.owner = take_role(rd);
	o.acl = take_acl(rd);
	for (int c = 0; c < AISP_PG_CLASS_END; c++)
		if (c != AISP_PG_CLASS_COLUMN && aisp_slice_eqz(class, aisp_pg_classes[c].keyword))
			o.class = (enum aisp_pg_class)c;
	if (o.class == AISP_PG_CLASS_END)
		bad(rd, AISP_E_PARSE, "an object of an unknown class");
	PUSH(rd, others, o);
}

static const struct aisp_slice *take_array(struct reader *rd, uint32_t *ret_n)
{
	const struct aisp_slice *items = NULL;
	struct aisp_slice text = take(rd);
	if (rd->r == AISP_OK && text.p)
		rd->r = aisp_pg_split_array(rd->m->arena, text, &items, ret_n, rd->err);
	return items;
}

static void one_hba(struct reader *rd)
{
	struct aisp_pg_hba h = {0};
	h.line = take_oid(rd);
	h.type = take_text(rd);
	h.databases = take_array(rd, &h.n_databases);
	h.users = take_array(rd, &h.n_users);
	h.address = take_text(rd);
	h.netmask = take_text(rd);
	h.method = take_text(rd);
	PUSH(rd, hba, h);
}

static int each_row(const struct aisp_pgc_capture *cap, struct aisp_pg_model *m, enum aisp_pgc_query q,
		    void (*one)(struct reader *), struct aisp_err *err)
{
	struct reader rd = {.cap = cap, .m = m, .rs = &cap->rows[q], .q = q, .err = err};
	if (!rd.rs->present && aisp_pgc_queries[q].must)
		return aisp_fail(err, AISP_E_PARSE, "the answer to \"%s\" is missing", aisp_pgc_queries[q].name);
	for (; rd.r == AISP_OK && rd.row < rd.rs->n_rows; rd.row++) {
		rd.next = 0;
		one(&rd);
	}
	return rd.r;
}

int aisp_pgc_model(const struct aisp_pgc_capture *cap, struct aisp_pg_model *m, struct aisp_err *err)
{
	/* roles first: everything else names them */
	static const struct {
		enum aisp_pgc_query q;
		void (*one)(struct reader *);
	} steps[] = {
		{AISP_PGC_Q_roles, one_role},           {AISP_PGC_Q_databases, one_database},
		{AISP_PGC_Q_members, one_member},       {AISP_PGC_Q_schemas, one_schema},
		{AISP_PGC_Q_tables, one_table},         {AISP_PGC_Q_columns, one_column},
		{AISP_PGC_Q_functions, one_function},   {AISP_PGC_Q_policies, one_policy},
		{AISP_PGC_Q_view_reads, one_view_read}, {AISP_PGC_Q_view_calls, one_view_call},
		{AISP_PGC_Q_passwords, one_password},   {AISP_PGC_Q_updatable, one_updatable},
		{AISP_PGC_Q_statistics, one_statistic}, {AISP_PGC_Q_defaults, one_default},
		{AISP_PGC_Q_others, one_other},         {AISP_PGC_Q_hba, one_hba},
	};
	int r = aisp_pg_model_init(m, cap->version_num, err);
	for (size_t i = 0; r == AISP_OK && i < sizeof steps / sizeof *steps; i++)
		r = each_row(cap, m, steps[i].q, steps[i].one, err);
	if (r == AISP_OK && m->current_db == 0)
		r = aisp_fail(err, AISP_E_PARSE, "the list of databases does not hold the one that was scanned");
	m->hba_known = cap->rows[AISP_PGC_Q_hba].present;
	if (r == AISP_OK)
		aisp_pg_model_finish(m);
	else
		aisp_pg_model_done(m);
	return r;
}
