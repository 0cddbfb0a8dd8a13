/* What follows from the grants: who can become whom, read, change, call, connect. Decided by access/postgres.
 *
 * One edge is one way: its control object is the statement to revoke, and where two grants give the same, there are two
 * edges. Rights of a role that another one can SET are not repeated for that other one: they are reached over
 * CAN_ASSUME (see rights.c); what every role has hangs on the group PUBLIC, and what is inherited without SET on the
 * group of the role.
 */
#include "collect/postgres/postgres_int.h"

static void put_role(struct aisp_pgc_emit *x, uint32_t role, struct aisp_buf *out)
{
	if (role == AISP_PG_PUBLIC)
		aisp_buf_putz(out, "PUBLIC");
	else
		aisp_pg_put_ident(aisp_pg_role_name(x->m, role), out);
}

/* Is the membership written more than once, by different grantors (16 and later)? They are in order of role, member. */
static bool written_twice(const struct aisp_pg_model *m, uint32_t i)
{
	const struct aisp_pg_membership *a = &m->memberships.v[i];
	const struct aisp_pg_membership *before = i ? a - 1 : NULL, *after = i + 1 < m->memberships.n ? a + 1 : NULL;
	return (before && before->role == a->role && before->member == a->member) ||
	       (after && after->role == a->role && after->member == a->member);
}

static void put_assume(struct aisp_pgc_emit *x, const struct aisp_pg_assume *a)
{
	aisp_buf_clear(&x->text);
	aisp_buf_clear(&x->note);
	if (a->why == AISP_PG_ASSUME_CREATEROLE) {
		aisp_buf_putz(&x->text, "ALTER ROLE ");
		put_role(x, a->from, &x->text);
		aisp_buf_putz(&x->text, " CREATEROLE");
		aisp_buf_putz(&x->note, "CREATEROLE may grant itself any role that is no superuser (up to version 15)");
		return;
	}
	const struct aisp_pg_membership *mb = &x->m->memberships.v[a->membership];
	aisp_buf_putz(&x->text, "GRANT ");
	put_role(x, mb->role, &x->text);
	aisp_buf_putz(&x->text, " TO ");
	put_role(x, mb->member, &x->text);
	if (a->why == AISP_PG_ASSUME_ADMIN)
		aisp_buf_putz(&x->text, " WITH ADMIN OPTION");
	if (written_twice(x->m, a->membership)) {
		aisp_buf_putz(&x->text, " GRANTED BY ");
		put_role(x, mb->grantor, &x->text);
	}
	if (a->why == AISP_PG_ASSUME_SET) {
		aisp_buf_putz(&x->note,
			      mb->inherit ? "member, has its rights at once" : "member, has its rights after SET ROLE");
	} else {
		aisp_buf_putz(&x->note, "the ADMIN OPTION");
		if (a->via != a->from) {
			aisp_buf_putz(&x->note, " of ");
			put_role(x, a->via, &x->note);
		}
		aisp_buf_putz(&x->note, " allows to grant itself the membership");
	}
}

static int assumes(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	static const char *const how[] = {[AISP_PG_ASSUME_SET] = "set_role",
					  [AISP_PG_ASSUME_ADMIN] = "admin_option",
					  [AISP_PG_ASSUME_CREATEROLE] = "createrole"};
	size_t n;
	const struct aisp_pg_assume *all = aisp_pg_assumes(x->e, &n);
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < n; i++) {
		aisp_edge edge = 0;
		put_assume(x, &all[i]);
		struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text)};
		struct aisp_evidence_in ev =
			aisp_pgc_evidence(x, all[i].why == AISP_PG_ASSUME_CREATEROLE ? "pg_roles" : "pg_auth_members",
					  all[i].why == AISP_PG_ASSUME_CREATEROLE ? "rolcreaterole" : "roleid",
					  aisp_buf_slice(&x->note), AISP_CONF_OBSERVED);
		r = aisp_pgc_edge(x, x->roles[all[i].from], AISP_EDGE_CAN_ASSUME, x->roles[all[i].to], &in, &ev, &edge,
				  err);
		if (r == AISP_OK && edge)
			r = aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, "how",
						    aisp_slice_z(how[all[i].why]), err);
		if (r == AISP_OK && edge && all[i].why == AISP_PG_ASSUME_SET)
			r = aisp_graph_edge_set_str(
				x->c->graph, edge, x->c->source, "inherit",
				x->m->memberships.v[all[i].membership].inherit ? AISP_S("true") : AISP_S("false"), err);
	}
	return r;
}

static int connect_edge(struct aisp_pgc_emit *x, uint32_t role, uint32_t database, uint32_t grantee, bool by_grant,
			struct aisp_slice auth, struct aisp_err *err)
{
	const struct aisp_pg_database *d = &x->m->databases.v[database];
	aisp_edge edge = 0;
	aisp_buf_clear(&x->text);
	aisp_buf_clear(&x->note);
	if (!by_grant) {
		aisp_buf_putz(&x->text, "ALTER ROLE ");
		put_role(x, role, &x->text);
		aisp_buf_putz(&x->text, " SUPERUSER");
		aisp_buf_putz(&x->note, "a superuser may connect everywhere");
	} else {
		aisp_pg_put_grant(x->m, AISP_PG_CLASS_DATABASE, database, 0, AISP_PG_CONNECT, grantee, &x->text);
		aisp_buf_printf(&x->note, "LOGIN, and CONNECT %s ", d->acl ? "is granted to" : "is by default of");
		put_role(x, grantee, &x->note);
	}
	struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text)};
	struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, "pg_database", "datacl", aisp_buf_slice(&x->note), AISP_CONF_OBSERVED);
	int r = aisp_pgc_edge(x, x->roles[role], AISP_EDGE_CAN_CALL, x->databases[database], &in, &ev, &edge, err);
	return r == AISP_OK && edge && auth.n
		       ? aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, "auth", auth, err)
		       : r;
}

/* One edge for each grantee that gives CONNECT; the defaults of a database without a list are PUBLIC's and the owner's.
 */
static int connect_ways(struct aisp_pgc_emit *x, uint32_t role, uint32_t database, struct aisp_slice auth,
			struct aisp_err *err)
{
	const struct aisp_pg_database *d = &x->m->databases.v[database];
	const struct aisp_pg_acl *list = &x->m->acls.v[d->acl];
	if (x->m->roles.v[role].super)
		return connect_edge(x, role, database, role, false, auth, err);
	if (d->acl == 0)
		return connect_edge(x, role, database, AISP_PG_PUBLIC, true, auth, err);
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < list->n; i++) {
		uint32_t grantee = list->items[i].grantee;
		if (!(list->items[i].privs & AISP_PG_CONNECT) ||
		    (grantee && !aisp_pg_has_privs(x->e, role, grantee, database)))
			continue;
		r = connect_edge(x, role, database, grantee, true, auth, err);
	}
	return r;
}

static int connects(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf auth = {0};
	aisp_buf_init(&auth, 1u << 16);
	int r = AISP_OK;
	for (uint32_t role = 1; role < x->m->roles.n; role++)
		for (uint32_t d = 1; r == AISP_OK && d < x->m->databases.n; d++) {
			aisp_buf_clear(&auth);
			bool yes = x->databases[d] && aisp_pg_can_connect(x->e, role, d, &auth);
			r = aisp_buf_check(&auth, err);
			if (r == AISP_OK && yes)
				r = connect_ways(x, role, d, aisp_buf_slice(&auth), err);
		}
	return r;
}

/* A power that comes with an attribute or a predefined role; `before` and `behind` the role's name make the control
 * object, NULL where there is none to take away. */
struct power {
	const char *before, *behind, *condition, *note, *catalogue, *field;
};

static int power_edge(struct aisp_pgc_emit *x, uint32_t role, enum aisp_edge_kind kind, aisp_node to,
		      const struct power *p, struct aisp_err *err)
{
	aisp_buf_clear(&x->text);
	if (p->before) {
		aisp_buf_putz(&x->text, p->before);
		put_role(x, role, &x->text);
		aisp_buf_putz(&x->text, p->behind);
	}
	struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text), .condition = aisp_slice_z(p->condition)};
	struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, p->catalogue, p->field, aisp_slice_z(p->note), AISP_CONF_OBSERVED);
	return aisp_pgc_edge(x, x->roles[role], kind, to, &in, &ev, NULL, err);
}

static int superusers(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	static const struct power p = {
		"ALTER ROLE ",
		" SUPERUSER",
		"",
		"a superuser passes every check, runs programs as the server and reads and writes its files",
		"pg_roles",
		"rolsuper"};
	int r = AISP_OK;
	for (uint32_t role = 1; r == AISP_OK && role < x->m->roles.n; role++) {
		if (!x->m->roles.v[role].super)
			continue;
		r = power_edge(x, role, AISP_EDGE_CAN_ASSUME, x->server, &p, err);
		for (uint32_t d = 1; r == AISP_OK && d < x->m->databases.n; d++) {
			r = power_edge(x, role, AISP_EDGE_CAN_READ, x->databases[d], &p, err);
			if (r == AISP_OK)
				r = power_edge(x, role, AISP_EDGE_CAN_WRITE, x->databases[d], &p, err);
		}
	}
	return r;
}

static int power_of(struct aisp_pgc_emit *x, uint32_t role, enum aisp_edge_kind kind, const struct power *p,
		    struct aisp_err *err)
{
	int r = AISP_OK;
	if (kind == AISP_EDGE_CAN_ASSUME)
		return power_edge(x, role, kind, x->server, p, err);
	for (uint32_t d = 1; r == AISP_OK && d < x->m->databases.n; d++)
		r = power_edge(x, role, kind, x->databases[d], p, err);
	return r;
}

/* The server's own programs and files: the predefined role itself, and those that have its rights without being able to
 * become it. */
static int server_power(struct aisp_pgc_emit *x, uint32_t oid, enum aisp_edge_kind kind, const char *condition,
			const char *note, struct aisp_err *err)
{
	uint32_t power = aisp_pg_role_by_oid(x->m, oid);
	AISP_AUTOBUF struct aisp_buf before = {0};
	aisp_buf_init(&before, 4096);
	if (power == AISP_PG_NOBODY)
		return AISP_OK;
	aisp_buf_putz(&before, "GRANT ");
	put_role(x, power, &before);
	aisp_buf_putz(&before, " TO ");
	int r = aisp_buf_check(&before, err);
	for (uint32_t role = 1; r == AISP_OK && role < x->m->roles.n; role++) {
		struct power p = {role == power ? NULL : before.p, "", condition, note, "pg_auth_members", "roleid"};
		bool has = !x->m->roles.v[role].super && aisp_pg_has_privs(x->e, role, power, 0);
		if (has && (role == power || !aisp_pg_can_set(x->e, role, power, 0)))
			r = power_of(x, role, kind, &p, err);
	}
	return r;
}

static int server_powers(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = server_power(x, AISP_PG_EXECUTE_OID, AISP_EDGE_CAN_ASSUME, "",
			     "runs programs as the server (COPY … PROGRAM)", err);
	if (r == AISP_OK)
		r = server_power(x, AISP_PG_WRITE_FILES_OID, AISP_EDGE_CAN_ASSUME,
				 "by overwriting files that the server trusts",
				 "writes any file that the server may (COPY … TO)", err);
	if (r == AISP_OK)
		r = server_power(x, AISP_PG_READ_FILES_OID, AISP_EDGE_CAN_READ, "by reading the server's data files",
				 "reads any file that the server may (COPY … FROM)", err);
	return r;
}

/* Sessions as this role are impossible: it, or who becomes it, has LOGIN, but none of them may connect to this
 * database. What it is granted inside is then of no use to anybody. Roles that nobody logs in as stay: they are for
 * granting. */
struct doors {
	uint8_t *login, *open; /* by role: some session-holder of that kind can become it */
};

static int spread(struct aisp_pgc_emit *x, uint8_t *mark, struct aisp_err *err)
{
	size_t n;
	const struct aisp_pg_assume *all = aisp_pg_assumes(x->e, &n);
	AISP_VEC(uint32_t) todo = {0};
	int r = AISP_OK;
	uint32_t *at AISP_AUTOFREE = aisp_mem_zalloc(x->m->roles.n + 1, sizeof *at);
	if (!at)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for roles");
	for (size_t i = n; i-- > 0;)
		at[all[i].from] = (uint32_t)i + 1; /* the first of each: they are in order */
	for (uint32_t role = 1; r == AISP_OK && role < x->m->roles.n; role++)
		if (mark[role] && aisp_vec_push(&todo, role) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for roles");
	while (r == AISP_OK && todo.n > 0) {
		uint32_t from = todo.v[--todo.n];
		for (size_t i = at[from] ? at[from] - 1 : n; r == AISP_OK && i < n && all[i].from == from; i++) {
			if (mark[all[i].to])
				continue;
			mark[all[i].to] = 1;
			if (aisp_vec_push(&todo, all[i].to) < 0)
				r = aisp_fail(err, AISP_E_NOMEM, "out of memory for roles");
		}
	}
	aisp_vec_done(&todo);
	return r;
}

static int doors_make(struct aisp_pgc_emit *x, struct doors *d, struct aisp_err *err)
{
	d->login = aisp_mem_zalloc(x->m->roles.n, 1);
	d->open = aisp_mem_zalloc(x->m->roles.n, 1);
	if (!d->login || !d->open)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for roles");
	for (uint32_t role = 1; role < x->m->roles.n; role++) {
		if (x->m->roles.v[role].super)
			continue;
		d->login[role] = x->m->roles.v[role].login;
		d->open[role] = aisp_pg_can_connect(x->e, role, x->m->current_db, NULL);
	}
	int r = spread(x, d->login, err);
	return r == AISP_OK ? spread(x, d->open, err) : r;
}

struct rights {
	struct aisp_pgc_emit *x;
	struct doors doors;
};

static void put_right_control(struct aisp_pgc_emit *x, const struct aisp_pg_right *right, enum aisp_pg_class class)
{
	aisp_buf_clear(&x->text);
	if (right->basis == AISP_PG_BASIS_OWNER) {
		aisp_buf_printf(&x->text, "ALTER %s ", class == AISP_PG_CLASS_FUNCTION ? "FUNCTION" : "TABLE");
		if (class == AISP_PG_CLASS_FUNCTION)
			aisp_pg_put_function(x->m, right->object, &x->text);
		else
			aisp_pg_put_table(x->m, right->object, &x->text);
		aisp_buf_putz(&x->text, " OWNER TO ");
		put_role(x, right->origin, &x->text);
	} else if (right->basis == AISP_PG_BASIS_PREDEFINED) {
		aisp_buf_putz(&x->text, "GRANT ");
		put_role(x, right->origin, &x->text);
		aisp_buf_putz(&x->text, " TO ");
		put_role(x, right->role, &x->text);
	} else {
		aisp_pg_put_grant(x->m, class, right->object, right->column, right->privs, right->origin, &x->text);
	}
}

static int right_edge(struct aisp_pgc_emit *x, const struct aisp_pg_right *right, enum aisp_pg_class class,
		      enum aisp_edge_kind kind, aisp_node to, struct aisp_err *err)
{
	aisp_edge edge = 0;
	AISP_AUTOBUF struct aisp_buf condition = {0};
	aisp_buf_init(&condition, 1u << 20);
	put_right_control(x, right, class);
	aisp_buf_clear(&x->note);
	if (class == AISP_PG_CLASS_TABLE)
		aisp_pg_put_right(x->e, right, &x->note);
	else
		aisp_buf_putz(&x->note, "may execute it");
	if (right->rows == AISP_PG_ROWS_FILTERED)
		aisp_buf_printf(&condition, "rows where %.*s", AISP_FMT(right->predicate));
	/* a predefined role itself cannot be taken its rights */
	bool fixed = right->basis == AISP_PG_BASIS_PREDEFINED && right->role == right->origin;
	struct aisp_edge_in in = {.control = fixed ? (struct aisp_slice){0} : aisp_buf_slice(&x->text),
				  .condition = aisp_buf_slice(&condition)};
	const char *catalogue = class == AISP_PG_CLASS_FUNCTION ? "pg_proc"
				: right->column                 ? "pg_attribute"
								: "pg_class";
	const char *field = class == AISP_PG_CLASS_FUNCTION ? "proacl" : right->column ? "attacl" : "relacl";
	struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, catalogue, field, aisp_buf_slice(&x->note), AISP_CONF_OBSERVED);
	int r = aisp_buf_check(&condition, err);
	bool group = right->shared && aisp_pg_has_group(x->e, right->role);
	if (r == AISP_OK)
		r = aisp_pgc_edge(x, group ? x->groups[right->role] : aisp_pgc_role_node(x, right->role), kind, to, &in,
				  &ev, &edge, err);
	if (r < 0 || !edge)
		return r;
	aisp_buf_clear(&x->note);
	aisp_pg_put_privs(right->privs & AISP_PG_PRIV_MASK, (struct aisp_slice){0}, ",", &x->note);
	r = aisp_pgc_text_ok(x, err);
	if (r < 0)
		return r;
	return aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, "privileges", aisp_buf_slice(&x->note), err);
}

static bool shut(const struct rights *rs, uint32_t role)
{
	return role && rs->doors.login[role] && !rs->doors.open[role];
}

static int one_right(void *ctx, const struct aisp_pg_right *right, struct aisp_err *err)
{
	struct rights *rs = ctx;
	struct aisp_pgc_emit *x = rs->x;
	if (shut(rs, right->role))
		return AISP_OK;
	return right_edge(x, right, AISP_PG_CLASS_TABLE,
			  right->privs & AISP_PG_SELECT ? AISP_EDGE_CAN_READ : AISP_EDGE_CAN_WRITE,
			  right->column ? x->columns[right->column] : x->tables[right->object], err);
}

static int one_caller(void *ctx, const struct aisp_pg_right *right, struct aisp_err *err)
{
	struct rights *rs = ctx;
	if (shut(rs, right->role))
		return AISP_OK;
	return right_edge(rs->x, right, AISP_PG_CLASS_FUNCTION, AISP_EDGE_CAN_CALL, rs->x->functions[right->object],
			  err);
}

/* A function with SECURITY DEFINER: who may call it, and whose rights it works with. */
static int definers(struct rights *rs, struct aisp_err *err)
{
	struct aisp_pgc_emit *x = rs->x;
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->functions.n; i++) {
		const struct aisp_pg_function *f = &x->m->functions.v[i];
		if (!f->security_definer || !x->functions[i])
			continue;
		struct aisp_edge_in in = {.condition = AISP_S("as far as the function's body lets")};
		struct aisp_evidence_in ev = aisp_pgc_evidence(
			x, "pg_proc", "prosecdef", AISP_S("SECURITY DEFINER: works with its owner's rights"),
			AISP_CONF_OBSERVED);
		r = f->owner ? aisp_pgc_edge(x, x->functions[i], AISP_EDGE_RUNS_AS, aisp_pgc_role_node(x, f->owner),
					     &in, &ev, NULL, err)
			     : AISP_OK;
		if (r == AISP_OK)
			r = aisp_pg_each_caller(x->e, i, one_caller, rs, err);
	}
	return r;
}

static void put_view_condition(struct aisp_pgc_emit *x, const struct aisp_pg_dep *dep, bool stored)
{
	const struct aisp_pg_table *t = &x->m->tables.v[dep->table];
	bool first = true;
	aisp_buf_clear(&x->text);
	aisp_buf_putz(&x->text,
		      stored ? "only what the view held when it was last refreshed" : "only what the view shows");
	for (uint32_t i = 0, k = 0; i < t->col_n && k < dep->n_columns; i++) {
		const struct aisp_pg_column *c = &x->m->columns.v[t->col_at + i];
		if (c->num != dep->columns[k])
			continue;
		k++;
		aisp_buf_putz(&x->text, first ? " (from " : ", ");
		aisp_buf_put(&x->text, c->name);
		first = false;
	}
	if (!first)
		aisp_buf_putc(&x->text, ')');
}

/* Reading a view reads what is under it with the rights of the view's owner. A view with security_invoker gives nothing
 * that the reader has not anyway. */
static int view_edge(struct aisp_pgc_emit *x, const struct aisp_pg_dep *dep, struct aisp_err *err)
{
	const struct aisp_pg_table *v = &x->m->tables.v[dep->view];
	bool stored = v->kind == 'm';
	if (!x->tables[dep->view] || !x->tables[dep->table] || v->invoker)
		return AISP_OK;
	put_view_condition(x, dep, stored);
	if (!stored) {
		AISP_AUTOBUF struct aisp_buf predicate = {0};
		aisp_buf_init(&predicate, 1u << 20);
		enum aisp_pg_rows rows = aisp_pg_rows(x->e, v->owner, dep->table, 'r', &predicate);
		int checked = aisp_buf_check(&predicate, err);
		if (checked < 0)
			return checked;
		if (rows == AISP_PG_ROWS_NONE || !aisp_pg_dep_ok(x->e, v->owner, dep))
			return AISP_OK;
		if (rows == AISP_PG_ROWS_FILTERED)
			aisp_buf_printf(&x->text, ", of rows where %.*s", AISP_FMT(aisp_buf_slice(&predicate)));
	}
	aisp_buf_clear(&x->note);
	aisp_buf_putz(&x->note,
		      stored ? "through the materialised view" : "through the view, with the rights of its owner ");
	if (!stored)
		put_role(x, v->owner, &x->note);
	struct aisp_edge_in in = {.condition = aisp_buf_slice(&x->text)};
	struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, "pg_rewrite", "ev_action", aisp_buf_slice(&x->note), AISP_CONF_INFERRED);
	return aisp_pgc_edge(x, x->tables[dep->view], AISP_EDGE_HAS_DATA, x->tables[dep->table], &in, &ev, NULL, err);
}

static int views(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < x->m->deps.n; i++)
		r = view_edge(x, &x->m->deps.v[i], err);
	return r;
}

int aisp_pgc_emit_access(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	struct rights rs = {.x = x};
	int r = assumes(x, err);
	if (r == AISP_OK)
		r = connects(x, err);
	if (r == AISP_OK)
		r = superusers(x, err);
	if (r == AISP_OK)
		r = server_powers(x, err);
	if (r == AISP_OK)
		r = doors_make(x, &rs.doors, err);
	if (r == AISP_OK)
		r = aisp_pg_each_right(x->e, one_right, &rs, err);
	if (r == AISP_OK)
		r = definers(&rs, err);
	if (r == AISP_OK)
		r = views(x, err);
	aisp_mem_free(rs.doors.login);
	aisp_mem_free(rs.doors.open);
	return r;
}
