/* From the access model to nodes, properties and structure. Grants as written are in emit_written.c, what follows from
 * them in emit_access.c. Ids are those of ARCHITECTURE.md; "/", "#" and "%" inside a name are percent-encoded.
 */
#include "collect/postgres/postgres_int.h"

static void put_part(struct aisp_slice name, struct aisp_buf *out)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c == '/' || c == '#' || c == '%' || c < 0x20)
			aisp_buf_printf(out, "%%%02X", c);
		else
			aisp_buf_putc(out, (char)c);
	}
}

static void begin_id(struct aisp_pgc_emit *x)
{
	aisp_buf_clear(&x->id);
	aisp_buf_printf(&x->id, "postgres://%.*s:%.*s", AISP_FMT(x->cap->host), AISP_FMT(x->cap->port));
}

static void add_part(struct aisp_pgc_emit *x, struct aisp_slice name)
{
	aisp_buf_putc(&x->id, '/');
	put_part(name, &x->id);
}

struct aisp_evidence_in aisp_pgc_evidence(struct aisp_pgc_emit *x, const char *catalogue, const char *field,
					  struct aisp_slice note, enum aisp_confidence confidence)
{
	aisp_buf_clear(&x->locator);
	aisp_buf_printf(&x->locator, "postgres://%.*s:%.*s/", AISP_FMT(x->cap->host), AISP_FMT(x->cap->port));
	put_part(x->cap->database, &x->locator);
	aisp_buf_printf(&x->locator, "/pg_catalog/%s", catalogue);
	return (struct aisp_evidence_in){.source = x->c->source,
					 .form = AISP_EV_API,
					 .confidence = confidence,
					 .locator = aisp_buf_slice(&x->locator),
					 .pointer = aisp_slice_z(field),
					 .note = note};
}

int aisp_pgc_text_ok(const struct aisp_pgc_emit *x, struct aisp_err *err)
{
	const struct aisp_buf *all[] = {&x->id, &x->text, &x->note, &x->locator};
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < sizeof all / sizeof *all; i++)
		r = aisp_buf_check(all[i], err);
	return r;
}

aisp_node aisp_pgc_role_node(const struct aisp_pgc_emit *x, uint32_t role)
{
	return role == AISP_PG_PUBLIC ? x->everybody : role < x->m->roles.n ? x->roles[role] : 0;
}

int aisp_pgc_edge(struct aisp_pgc_emit *x, aisp_node from, enum aisp_edge_kind kind, aisp_node to,
		  const struct aisp_edge_in *in, const struct aisp_evidence_in *ev, aisp_edge *ret_edge,
		  struct aisp_err *err)
{
	static const struct aisp_edge_in nothing;
	aisp_edge edge = 0;
	if (!from || !to || from == to)
		return AISP_OK;
	int r = aisp_pgc_text_ok(x, err);
	if (r == AISP_OK)
		r = aisp_graph_add_edge(x->c->graph, from, kind, to, in ? in : &nothing, ev, &edge, err);
	if (r == AISP_OK && ret_edge)
		*ret_edge = edge;
	return r;
}

/* The node whose id stands in x->id, with its name where the id does not end in it as it is. */
static int node(struct aisp_pgc_emit *x, enum aisp_node_kind kind, struct aisp_slice name, const char *catalogue,
		const char *field, aisp_node *ret, struct aisp_err *err)
{
	struct aisp_evidence_in ev = aisp_pgc_evidence(x, catalogue, field, (struct aisp_slice){0}, AISP_CONF_OBSERVED);
	int r = aisp_pgc_text_ok(x, err);
	if (r == AISP_OK)
		r = aisp_graph_add_node(x->c->graph, kind, aisp_buf_slice(&x->id), &ev, ret, err);
	if (r == AISP_OK && name.n && !aisp_slice_ends(aisp_buf_slice(&x->id), name))
		r = aisp_graph_set_str(x->c->graph, *ret, x->c->source, "name", name, err);
	return r;
}

static int child(struct aisp_pgc_emit *x, aisp_node parent, aisp_node part, const char *catalogue, const char *field,
		 struct aisp_err *err)
{
	struct aisp_evidence_in ev = aisp_pgc_evidence(x, catalogue, field, (struct aisp_slice){0}, AISP_CONF_OBSERVED);
	return aisp_pgc_edge(x, parent, AISP_EDGE_HAS_DATA, part, NULL, &ev, NULL, err);
}

static int set_str(struct aisp_pgc_emit *x, aisp_node n, const char *key, struct aisp_slice v, struct aisp_err *err)
{
	return v.n ? aisp_graph_set_str(x->c->graph, n, x->c->source, key, v, err) : AISP_OK;
}
static int set_true(struct aisp_pgc_emit *x, aisp_node n, const char *key, bool v, struct aisp_err *err)
{
	return v ? aisp_graph_set_bool(x->c->graph, n, x->c->source, key, true, err) : AISP_OK;
}
static int set_bool(struct aisp_pgc_emit *x, aisp_node n, const char *key, bool v, struct aisp_err *err)
{
	return aisp_graph_set_bool(x->c->graph, n, x->c->source, key, v, err);
}
static int set_int(struct aisp_pgc_emit *x, aisp_node n, const char *key, int64_t v, struct aisp_err *err)
{
	return aisp_graph_set_int(x->c->graph, n, x->c->source, key, v, err);
}

/* Further names: "db.internal" or "db.internal:5432", each also with the database behind it. */
static int emit_alias(struct aisp_pgc_emit *x, aisp_node n, struct aisp_slice host_port, struct aisp_slice database,
		      struct aisp_err *err)
{
	size_t colon = aisp_slice_rchr(host_port, ':');
	bool has_port =
		colon != SIZE_MAX && host_port.n && host_port.p[host_port.n - 1] != ']' && colon + 1 < host_port.n;
	struct aisp_slice host = has_port ? aisp_slice_to(host_port, colon) : host_port;
	struct aisp_slice port = has_port ? aisp_slice_from(host_port, colon + 1) : AISP_S("5432");
	host = aisp_pgc_host(x->m->arena, host);
	if (!host.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for an alias");
	aisp_buf_clear(&x->text);
	aisp_buf_printf(&x->text, "postgres://%.*s:%.*s", AISP_FMT(host), AISP_FMT(port));
	if (database.n) {
		aisp_buf_putc(&x->text, '/');
		put_part(database, &x->text);
	}
	int r = aisp_pgc_text_ok(x, err);
	return r == AISP_OK ? aisp_graph_add_alias(x->c->graph, n, aisp_buf_slice(&x->text), x->c->source, err) : r;
}

/* A replica has its primary's identifier; it is not the same server. */
static struct aisp_slice system_id(const struct aisp_pgc_emit *x)
{
	bool replica = aisp_slice_eqz(aisp_pgc_cell(&x->cap->rows[AISP_PGC_Q_server], 0, 2), "t");
	return replica ? (struct aisp_slice){0} : aisp_pgc_cell(&x->cap->rows[AISP_PGC_Q_system], 0, 0);
}

static int emit_aliases(struct aisp_pgc_emit *x, aisp_node n, struct aisp_slice database, struct aisp_err *err)
{
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < x->cap->also_known_as.n; i++)
		if (x->cap->also_known_as.v[i].n)
			r = emit_alias(x, n, x->cap->also_known_as.v[i], database, err);
	struct aisp_slice id = system_id(x);
	if (r < 0 || !id.n)
		return r;
	aisp_buf_clear(&x->text);
	aisp_buf_printf(&x->text, "pgsystem:%.*s", AISP_FMT(id));
	if (database.n) {
		aisp_buf_putc(&x->text, '/');
		put_part(database, &x->text);
	}
	r = aisp_pgc_text_ok(x, err);
	return r == AISP_OK ? aisp_graph_add_alias(x->c->graph, n, aisp_buf_slice(&x->text), x->c->source, err) : r;
}

static int emit_server(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[AISP_PGC_Q_server];
	begin_id(x);
	int r = node(x, AISP_NODE_DB_SERVER, (struct aisp_slice){0}, "pg_settings", "", &x->server, err);
	if (r == AISP_OK)
		r = emit_aliases(x, x->server, (struct aisp_slice){0}, err);
	if (r == AISP_OK)
		r = set_str(x, x->server, "provider", AISP_S("postgresql"), err);
	if (r == AISP_OK)
		r = set_str(x, x->server, "version", aisp_pgc_cell(rs, 0, aisp_pgc_column(rs, "version")), err);
	if (r == AISP_OK)
		r = set_str(x, x->server, "system_identifier", aisp_pgc_cell(&x->cap->rows[AISP_PGC_Q_system], 0, 0),
			    err);
	if (r == AISP_OK)
		r = set_str(x, x->server, "ssl", aisp_pgc_cell(rs, 0, aisp_pgc_column(rs, "ssl")), err);
	if (r == AISP_OK)
		r = set_str(x, x->server, "password_encryption",
			    aisp_pgc_cell(rs, 0, aisp_pgc_column(rs, "password_encryption")), err);
	return r == AISP_OK ? set_true(x, x->server, "replica", aisp_slice_eqz(aisp_pgc_cell(rs, 0, 2), "t"), err) : r;
}

static int role_props(struct aisp_pgc_emit *x, aisp_node n, const struct aisp_pg_role *role, struct aisp_err *err)
{
	const struct {
		const char *key;
		bool value;
	} flags[] = {{"login", role->login},           {"superuser", role->super},   {"inherit", role->inherit},
		     {"createrole", role->createrole}, {"createdb", role->createdb}, {"replication", role->replication},
		     {"bypassrls", role->bypassrls}};
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < sizeof flags / sizeof *flags; i++)
		r = set_bool(x, n, flags[i].key, flags[i].value, err);
	if (r == AISP_OK)
		r = set_true(x, n, "predefined",
			     role->oid < AISP_PG_FIRST_USER_OID && aisp_slice_starts(role->name, AISP_S("pg_")), err);
	if (r == AISP_OK)
		r = set_str(x, n, "valid_until", role->valid_until, err);
	if (r == AISP_OK)
		r = set_str(x, n, "password_kind", role->password_kind, err);
	return r == AISP_OK && role->connections >= 0 ? set_int(x, n, "connection_limit", role->connections, err) : r;
}

static int emit_roles(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < x->m->roles.n; i++) {
		const struct aisp_pg_role *role = &x->m->roles.v[i];
		begin_id(x);
		aisp_buf_putz(&x->id, "#role/");
		/* no role can be called "public" in SQL, so the group of all may */
		put_part(i ? role->name : AISP_S("public"), &x->id);
		if (i == 0) {
			r = node(x, AISP_NODE_GROUP, AISP_S("PUBLIC"), "pg_roles", "", &x->everybody, err);
			continue;
		}
		r = node(x, AISP_NODE_DB_ROLE, role->name, "pg_roles", "rolname", &x->roles[i], err);
		if (r == AISP_OK)
			r = role_props(x, x->roles[i], role, err);
		struct aisp_evidence_in ev = aisp_pgc_evidence(
			x, "pg_roles", "rolname", AISP_S("every role is a member of PUBLIC"), AISP_CONF_OBSERVED);
		if (r == AISP_OK && !role->super)
			r = aisp_pgc_edge(x, x->roles[i], AISP_EDGE_MEMBER_OF, x->everybody, NULL, &ev, NULL, err);
	}
	return r;
}

static int emit_group(struct aisp_pgc_emit *x, uint32_t role, struct aisp_err *err)
{
	begin_id(x);
	aisp_buf_putz(&x->id, "#role/");
	put_part(x->m->roles.v[role].name, &x->id);
	aisp_buf_putz(&x->id, "#inherited"); /* "#" in a name is encoded, so no role has this id */
	aisp_buf_clear(&x->text);
	aisp_buf_printf(&x->text, "rights of %.*s", AISP_FMT(x->m->roles.v[role].name));
	int r = node(x, AISP_NODE_GROUP, aisp_buf_slice(&x->text), "pg_auth_members", "inherit_option",
		     &x->groups[role], err);
	struct aisp_evidence_in ev = aisp_pgc_evidence(x, "pg_auth_members", "inherit_option",
						       AISP_S("a role has its own rights"), AISP_CONF_OBSERVED);
	if (r < 0 || x->m->roles.v[role].super)
		return r;
	return aisp_pgc_edge(x, x->roles[role], AISP_EDGE_MEMBER_OF, x->groups[role], NULL, &ev, NULL, err);
}

static int join_group(struct aisp_pgc_emit *x, uint32_t membership, bool of_group, struct aisp_err *err)
{
	const struct aisp_pg_membership *mb = &x->m->memberships.v[membership];
	if (!aisp_pg_joins_group(x->e, membership, of_group))
		return AISP_OK;
	aisp_buf_clear(&x->text);
	aisp_buf_putz(&x->text, "GRANT ");
	aisp_pg_put_ident(x->m->roles.v[mb->role].name, &x->text);
	aisp_buf_putz(&x->text, " TO ");
	aisp_pg_put_ident(x->m->roles.v[mb->member].name, &x->text);
	struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text)};
	struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, "pg_auth_members", "inherit_option",
				  AISP_S("has the rights by INHERIT, cannot SET ROLE"), AISP_CONF_OBSERVED);
	return aisp_pgc_edge(x, of_group ? x->groups[mb->member] : x->roles[mb->member], AISP_EDGE_MEMBER_OF,
			     x->groups[mb->role], &in, &ev, NULL, err);
}

static int emit_groups(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t role = 1; r == AISP_OK && role < x->m->roles.n; role++)
		if (aisp_pg_has_group(x->e, role))
			r = emit_group(x, role, err);
	for (uint32_t i = 0; r == AISP_OK && i < x->m->memberships.n; i++) {
		r = join_group(x, i, false, err);
		if (r == AISP_OK)
			r = join_group(x, i, true, err);
	}
	return r;
}

static int list_prop(struct aisp_pgc_emit *x, aisp_node n, const char *key, enum aisp_pgc_query q,
		     const char *const words[3], struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[q];
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < rs->n_rows; i++) {
		aisp_buf_clear(&x->text);
		for (uint32_t w = 0; w < 3 && words[w]; w++) {
			struct aisp_slice s = aisp_pgc_cell(rs, i, aisp_pgc_column(rs, words[w]));
			if (w)
				aisp_buf_printf(&x->text, w == 1 ? " %.*s" : " (options %.*s)",
						AISP_FMT(s.n ? s : AISP_S("none")));
			else
				aisp_buf_put(&x->text, s);
		}
		r = aisp_pgc_text_ok(x, err);
		if (r == AISP_OK)
			r = aisp_graph_add_item(x->c->graph, n, x->c->source, key, aisp_buf_slice(&x->text), err);
	}
	return r;
}

/* User mappings hold credentials of the other server: who has one, and which options it has, never their values. */
static int mapping_props(struct aisp_pgc_emit *x, aisp_node n, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[AISP_PGC_Q_user_mappings];
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < rs->n_rows; i++) {
		uint64_t oid = 0;
		(void)aisp_slice_u64(aisp_pgc_cell(rs, i, 1), &oid);
		struct aisp_slice options = aisp_pgc_cell(rs, i, 2);
		aisp_buf_clear(&x->text);
		aisp_buf_printf(&x->text, "%.*s for %.*s (options %.*s)", AISP_FMT(aisp_pgc_cell(rs, i, 0)),
				AISP_FMT(aisp_pg_role_name(x->m, aisp_pg_role_by_oid(x->m, (uint32_t)oid))),
				AISP_FMT(options.n ? options : AISP_S("not shown")));
		r = aisp_pgc_text_ok(x, err);
		if (r == AISP_OK)
			r = aisp_graph_add_item(x->c->graph, n, x->c->source, "user_mappings", aisp_buf_slice(&x->text),
						err);
	}
	return r;
}

static int current_props(struct aisp_pgc_emit *x, aisp_node n, struct aisp_err *err)
{
	static const char *const extension[3] = {"name", "version"}, *const foreign[3] = {"name", "wrapper", "options"};
	int r = set_bool(x, n, "values_sampled", x->cap->sampled, err);
	if (r == AISP_OK)
		r = list_prop(x, n, "extensions", AISP_PGC_Q_extensions, extension, err);
	if (r == AISP_OK)
		r = list_prop(x, n, "foreign_servers", AISP_PGC_Q_foreign_servers, foreign, err);
	return r == AISP_OK ? mapping_props(x, n, err) : r;
}

static int emit_databases(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->databases.n; i++) {
		const struct aisp_pg_database *d = &x->m->databases.v[i];
		if (d->is_template && i != x->m->current_db)
			continue;
		begin_id(x);
		add_part(x, d->name);
		r = node(x, AISP_NODE_DATABASE, d->name, "pg_database", "datname", &x->databases[i], err);
		if (r == AISP_OK)
			r = emit_aliases(x, x->databases[i], d->name, err);
		if (r == AISP_OK)
			r = child(x, x->server, x->databases[i], "pg_database", "datname", err);
		if (r == AISP_OK)
			r = set_bool(x, x->databases[i], "scanned", i == x->m->current_db, err);
		if (r == AISP_OK)
			r = set_bool(x, x->databases[i], "allows_connections", d->allows_connections, err);
		if (r == AISP_OK && i == x->m->current_db)
			r = current_props(x, x->databases[i], err);
	}
	return r;
}

static void schema_id(struct aisp_pgc_emit *x, uint32_t schema)
{
	begin_id(x);
	add_part(x, x->m->databases.v[x->m->current_db].name);
	add_part(x, x->m->schemas.v[schema].name);
}

static int emit_schemas(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->schemas.n; i++) {
		const struct aisp_pg_schema *s = &x->m->schemas.v[i];
		if (s->system)
			continue;
		schema_id(x, i);
		r = node(x, AISP_NODE_SCHEMA, s->name, "pg_namespace", "nspname", &x->schemas[i], err);
		if (r == AISP_OK)
			r = child(x, x->databases[x->m->current_db], x->schemas[i], "pg_namespace", "nspname", err);
	}
	return r;
}

static const char *kind_word(char kind)
{
	switch (kind) {
	case 'p':
		return "partitioned table";
	case 'v':
		return "view";
	case 'm':
		return "materialised view";
	case 'f':
		return "foreign table";
	default:
		return "table";
	}
}

static int table_props(struct aisp_pgc_emit *x, aisp_node n, const struct aisp_pg_table *t, struct aisp_err *err)
{
	int r = set_str(x, n, "table_kind", aisp_slice_z(kind_word(t->kind)), err);
	if (r == AISP_OK && t->rows >= 0 && t->kind != 'v')
		r = set_int(x, n, "rows_estimated", t->rows, err);
	if (r == AISP_OK)
		r = set_true(x, n, "row_security", t->rls, err);
	if (r == AISP_OK)
		r = set_true(x, n, "row_security_forced", t->rls && t->force_rls, err);
	if (r == AISP_OK && t->kind == 'v')
		r = set_bool(x, n, "security_invoker", t->invoker, err);
	for (uint32_t i = 0; r == AISP_OK && i < t->pol_n; i++)
		r = aisp_graph_add_item(x->c->graph, n, x->c->source, "policies", x->m->policies.v[t->pol_at + i].name,
					err);
	return r;
}

static int emit_column(struct aisp_pgc_emit *x, uint32_t table, uint32_t column, size_t table_id_n,
		       struct aisp_err *err)
{
	const struct aisp_pg_column *c = &x->m->columns.v[column];
	x->id.n = table_id_n;
	add_part(x, c->name);
	int r = node(x, AISP_NODE_COLUMN, c->name, "pg_attribute", "attname", &x->columns[column], err);
	if (r == AISP_OK)
		r = child(x, x->tables[table], x->columns[column], "pg_attribute", "attname", err);
	if (r == AISP_OK)
		r = set_str(x, x->columns[column], "type", c->type, err);
	if (r == AISP_OK && c->dimension) {
		r = set_int(x, x->columns[column], "vector_dimension", c->dimension, err);
		if (r == AISP_OK)
			r = set_int(x, x->tables[table], "vector_dimension", c->dimension, err);
	}
	bool vector = aisp_slice_ends(aisp_slice_to(c->type, aisp_slice_chr(c->type, '(')), AISP_S("vector"));
	if (r == AISP_OK && (c->dimension || (vector && c->type_oid >= AISP_PG_FIRST_USER_OID))) {
		r = set_str(x, x->columns[column], "store", AISP_S("pgvector"), err);
		if (r == AISP_OK)
			r = set_str(x, x->tables[table], "store", AISP_S("pgvector"), err);
	}
	return r;
}

static int emit_tables(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->tables.n; i++) {
		const struct aisp_pg_table *t = &x->m->tables.v[i];
		if (!x->schemas[t->schema] || t->kind == 'S')
			continue;
		schema_id(x, t->schema);
		add_part(x, t->name);
		size_t n = x->id.n;
		r = node(x, AISP_NODE_TABLE, t->name, "pg_class", "relname", &x->tables[i], err);
		if (r == AISP_OK)
			r = child(x, x->schemas[t->schema], x->tables[i], "pg_class", "relnamespace", err);
		if (r == AISP_OK)
			r = table_props(x, x->tables[i], t, err);
		for (uint32_t c = 0; r == AISP_OK && c < t->col_n; c++)
			r = emit_column(x, i, t->col_at + c, n, err);
	}
	return r;
}

/* Reading a parent reads its partitions and children, whatever their own grants say. */
static int emit_inherits(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	const struct aisp_pgc_rowset *rs = &x->cap->rows[AISP_PGC_Q_inherits];
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && i < rs->n_rows; i++) {
		uint64_t parent = 0, part = 0;
		if (!aisp_slice_u64(aisp_pgc_cell(rs, i, 0), &parent) ||
		    !aisp_slice_u64(aisp_pgc_cell(rs, i, 1), &part) || parent > UINT32_MAX || part > UINT32_MAX)
			return aisp_fail(err, AISP_E_PARSE,
					 "the answer to \"inherits\", row %u: an object number is none", i + 1);
		uint32_t from = aisp_pg_by_oid(x->m, AISP_PG_CLASS_TABLE, (uint32_t)parent),
			 to = aisp_pg_by_oid(x->m, AISP_PG_CLASS_TABLE, (uint32_t)part);
		if (from && to)
			r = child(x, x->tables[from], x->tables[to], "pg_inherits", "inhparent", err);
	}
	return r;
}

/* Functions somebody wrote here; those of extensions only where they work with their owner's rights. */
static int emit_functions(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->functions.n; i++) {
		const struct aisp_pg_function *f = &x->m->functions.v[i];
		if (!x->schemas[f->schema] || (f->from_extension && !f->security_definer))
			continue;
		schema_id(x, f->schema);
		add_part(x, f->name);
		aisp_buf_putc(&x->id, '(');
		put_part(f->arguments, &x->id);
		aisp_buf_putc(&x->id, ')');
		r = node(x, AISP_NODE_FUNCTION, f->name, "pg_proc", "proname", &x->functions[i], err);
		if (r == AISP_OK)
			r = child(x, x->schemas[f->schema], x->functions[i], "pg_proc", "pronamespace", err);
		if (r == AISP_OK)
			r = set_bool(x, x->functions[i], "security_definer", f->security_definer, err);
		if (r == AISP_OK)
			r = set_str(x, x->functions[i], "language", f->language, err);
	}
	return r;
}

static int emit_gaps(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < x->cap->gaps.n; i++) {
		const struct aisp_pgc_gap *g = &x->cap->gaps.v[i];
		aisp_buf_clear(&x->text);
		aisp_buf_printf(&x->text, "postgres://%.*s:%.*s/%.*s: %.*s", AISP_FMT(x->cap->host),
				AISP_FMT(x->cap->port), AISP_FMT(x->cap->database), AISP_FMT(g->what));
		r = aisp_pgc_text_ok(x, err);
		if (r == AISP_OK)
			r = aisp_graph_add_gap(x->c->graph, x->c->source, aisp_buf_slice(&x->text), g->why, g->detail,
					       err);
	}
	return r;
}

static int emit_all(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int (*const steps[])(struct aisp_pgc_emit *, struct aisp_err *) = {
		emit_server,          emit_roles,    emit_groups,    emit_databases,         emit_schemas,
		emit_tables,          emit_inherits, emit_functions, aisp_pgc_emit_personal, aisp_pgc_emit_written,
		aisp_pgc_emit_access, emit_gaps,
	};
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < sizeof steps / sizeof *steps; i++)
		r = steps[i](x, err);
	return r;
}

static int alloc_nodes(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	struct {
		aisp_node **nodes;
		size_t n;
	} all[] = {{&x->roles, x->m->roles.n},        {&x->groups, x->m->roles.n},  {&x->databases, x->m->databases.n},
		   {&x->schemas, x->m->schemas.n},    {&x->tables, x->m->tables.n}, {&x->columns, x->m->columns.n},
		   {&x->functions, x->m->functions.n}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		*all[i].nodes = aisp_mem_zalloc(all[i].n, sizeof(aisp_node));
		if (!*all[i].nodes)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for the graph of a PostgreSQL server");
	}
	return AISP_OK;
}

static int emit_model(const struct aisp_collect *c, const struct aisp_pgc_capture *cap, const struct aisp_pg_model *m,
		      struct aisp_err *err)
{
	struct aisp_pg_engine *e AISP_CLEANUP(aisp_pg_engine_freep) = NULL;
	int r = aisp_pg_engine_new(m, &e, err);
	if (r < 0)
		return r;
	struct aisp_pgc_emit x = {.c = c, .cap = cap, .m = m, .e = e};
	aisp_buf_init(&x.id, 1u << 20);
	aisp_buf_init(&x.text, 1u << 20);
	aisp_buf_init(&x.note, 1u << 20);
	aisp_buf_init(&x.locator, 1u << 16);
	r = alloc_nodes(&x, err);
	if (r == AISP_OK)
		r = emit_all(&x, err);
	aisp_node *all[] = {x.roles, x.groups, x.databases, x.schemas, x.tables, x.columns, x.functions};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		aisp_mem_free(all[i]);
	aisp_buf_done(&x.id);
	aisp_buf_done(&x.text);
	aisp_buf_done(&x.note);
	aisp_buf_done(&x.locator);
	return r;
}

int aisp_pgc_emit(const struct aisp_collect *c, const struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	struct aisp_pg_model m;
	int r = aisp_pgc_model(cap, &m, err);
	if (r < 0)
		return r;
	r = emit_model(c, cap, &m, err);
	aisp_pg_model_done(&m);
	return r;
}
