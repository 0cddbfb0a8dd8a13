/* Grants, memberships and owners as they are written. Nothing flows along these edges; what follows from them is in
 * emit_access.c. An owner's own item in a list is not repeated: that is what owning means.
 *
 * Objects that have no node of their own (sequences, types, languages, servers, tablespaces, parameters, defaults) are
 * told at the schema, database or server that they belong to.
 */
#include "collect/postgres/postgres_int.h"

static void put_options(struct aisp_pgc_emit *x, unsigned privs)
{
	unsigned options = privs >> AISP_PG_GOPT_SHIFT & privs & AISP_PG_PRIV_MASK;
	if (options && options == (privs & AISP_PG_PRIV_MASK)) {
		aisp_buf_putz(&x->text, " WITH GRANT OPTION");
	}
}

static int granted(struct aisp_pgc_emit *x, const struct aisp_pg_aclitem *it, aisp_node to, const char *catalogue,
		   const char *field, const char *object_kind, struct aisp_err *err)
{
	aisp_edge edge = 0;
	aisp_buf_clear(&x->note);
	aisp_buf_putz(&x->note, "granted by ");
	aisp_buf_put(&x->note, aisp_pg_role_name(x->m, it->grantor));
	put_options(x, it->privs);
	struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text)};
	struct aisp_evidence_in ev =
		aisp_pgc_evidence(x, catalogue, field, aisp_buf_slice(&x->note), AISP_CONF_OBSERVED);
	int r = aisp_pgc_text_ok(x, err);
	if (r == AISP_OK)
		r = aisp_pgc_edge(x, aisp_pgc_role_node(x, it->grantee), AISP_EDGE_GRANTED, to, &in, &ev, &edge, err);
	if (r < 0 || !edge)
		return r;
	aisp_buf_clear(&x->note);
	aisp_pg_put_privs(it->privs & AISP_PG_PRIV_MASK, (struct aisp_slice){0}, ",", &x->note);
	r = aisp_pgc_text_ok(x, err);
	if (r == AISP_OK)
		r = aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, "privileges", aisp_buf_slice(&x->note),
					    err);
	if (r == AISP_OK && it->privs >> AISP_PG_GOPT_SHIFT) {
		aisp_buf_clear(&x->note);
		aisp_pg_put_privs(it->privs >> AISP_PG_GOPT_SHIFT, (struct aisp_slice){0}, ",", &x->note);
		r = aisp_pgc_text_ok(x, err);
		if (r == AISP_OK)
			r = aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, "grantable",
						    aisp_buf_slice(&x->note), err);
	}
	if (r == AISP_OK && object_kind)
		r = aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, "object_kind", aisp_slice_z(object_kind),
					    err);
	return r;
}

static int items_of(struct aisp_pgc_emit *x, enum aisp_pg_class class, uint32_t object, uint32_t column, uint32_t owner,
		    uint32_t acl, aisp_node to, const char *catalogue, const char *field, struct aisp_err *err)
{
	const struct aisp_pg_acl *list = &x->m->acls.v[acl];
	int r = AISP_OK;
	for (uint32_t i = 0; r == AISP_OK && to && i < list->n; i++) {
		if (list->items[i].grantee == owner)
			continue;
		aisp_buf_clear(&x->text);
		aisp_pg_put_grant(x->m, class, object, column, list->items[i].privs, list->items[i].grantee, &x->text);
		r = granted(x, &list->items[i], to, catalogue, field,
			    class == AISP_PG_CLASS_SEQUENCE ? "sequence" : NULL, err);
	}
	return r;
}

static int owns(struct aisp_pgc_emit *x, uint32_t owner, aisp_node what, const char *catalogue, const char *field,
		struct aisp_err *err)
{
	struct aisp_evidence_in ev = aisp_pgc_evidence(x, catalogue, field, (struct aisp_slice){0}, AISP_CONF_OBSERVED);
	return owner ? aisp_pgc_edge(x, aisp_pgc_role_node(x, owner), AISP_EDGE_OWNS, what, NULL, &ev, NULL, err)
		     : AISP_OK;
}

static int databases_and_schemas(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->databases.n; i++) {
		const struct aisp_pg_database *d = &x->m->databases.v[i];
		r = owns(x, d->owner, x->databases[i], "pg_database", "datdba", err);
		if (r == AISP_OK)
			r = items_of(x, AISP_PG_CLASS_DATABASE, i, 0, d->owner, d->acl, x->databases[i], "pg_database",
				     "datacl", err);
	}
	for (uint32_t i = 1; r == AISP_OK && i < x->m->schemas.n; i++) {
		const struct aisp_pg_schema *s = &x->m->schemas.v[i];
		r = owns(x, s->owner, x->schemas[i], "pg_namespace", "nspowner", err);
		if (r == AISP_OK)
			r = items_of(x, AISP_PG_CLASS_SCHEMA, i, 0, s->owner, s->acl, x->schemas[i], "pg_namespace",
				     "nspacl", err);
	}
	return r;
}

static int tables_and_columns(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->tables.n; i++) {
		const struct aisp_pg_table *t = &x->m->tables.v[i];
		aisp_node at = t->kind == 'S' ? x->schemas[t->schema] : x->tables[i];
		r = owns(x, t->owner, x->tables[i], "pg_class", "relowner", err);
		if (r == AISP_OK)
			r = items_of(x, aisp_pg_table_class(t), i, 0, t->owner, t->acl, at, "pg_class", "relacl", err);
		for (uint32_t c = t->col_at; r == AISP_OK && c < t->col_at + t->col_n; c++)
			r = items_of(x, AISP_PG_CLASS_COLUMN, i, c, t->owner, x->m->columns.v[c].acl, x->columns[c],
				     "pg_attribute", "attacl", err);
	}
	return r;
}

static int functions(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (uint32_t i = 1; r == AISP_OK && i < x->m->functions.n; i++) {
		const struct aisp_pg_function *f = &x->m->functions.v[i];
		r = owns(x, f->owner, x->functions[i], "pg_proc", "proowner", err);
		if (r == AISP_OK)
			r = items_of(x, AISP_PG_CLASS_FUNCTION, i, 0, f->owner, f->acl, x->functions[i], "pg_proc",
				     "proacl", err);
	}
	return r;
}

/* GRANT USAGE ON TYPE s.mood TO app */
static int others(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (size_t k = 0; r == AISP_OK && k < x->m->others.n; k++) {
		const struct aisp_pg_other *o = &x->m->others.v[k];
		const struct aisp_pg_acl *list = &x->m->acls.v[o->acl];
		bool cluster = o->class == AISP_PG_CLASS_TABLESPACE || o->class == AISP_PG_CLASS_PARAMETER;
		aisp_node at = cluster ? x->server : o->schema ? x->schemas[o->schema] : x->databases[x->m->current_db];
		for (uint32_t i = 0; r == AISP_OK && i < list->n; i++) {
			if (list->items[i].grantee == o->owner)
				continue;
			aisp_buf_clear(&x->text);
			aisp_buf_putz(&x->text, "GRANT ");
			aisp_pg_put_privs(list->items[i].privs & AISP_PG_PRIV_MASK, (struct aisp_slice){0}, ", ",
					  &x->text);
			aisp_buf_printf(&x->text, " ON %s ", aisp_pg_classes[o->class].keyword);
			if (o->schema) {
				aisp_pg_put_ident(x->m->schemas.v[o->schema].name, &x->text);
				aisp_buf_putc(&x->text, '.');
			}
			aisp_pg_put_ident(o->name, &x->text);
			aisp_buf_putz(&x->text, " TO ");
			if (list->items[i].grantee)
				aisp_pg_put_ident(aisp_pg_role_name(x->m, list->items[i].grantee), &x->text);
			else
				aisp_buf_putz(&x->text, "PUBLIC");
			r = granted(x, &list->items[i], at, "pg_class", "acl", aisp_pg_classes[o->class].keyword, err);
		}
	}
	return r;
}

static const char *default_word(char kind)
{
	switch (kind) {
	case 'S':
		return "SEQUENCES";
	case 'f':
		return "FUNCTIONS";
	case 'T':
		return "TYPES";
	case 'n':
		return "SCHEMAS";
	case 'L':
		return "LARGE OBJECTS";
	default:
		return "TABLES";
	}
}

static int defaults(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (size_t k = 0; r == AISP_OK && k < x->m->defaults.n; k++) {
		const struct aisp_pg_default *d = &x->m->defaults.v[k];
		const struct aisp_pg_acl *list = &x->m->acls.v[d->acl];
		aisp_node at = d->schema ? x->schemas[d->schema] : x->databases[x->m->current_db];
		for (uint32_t i = 0; r == AISP_OK && i < list->n; i++) {
			if (list->items[i].grantee == d->role)
				continue;
			aisp_buf_clear(&x->text);
			aisp_buf_putz(&x->text, "ALTER DEFAULT PRIVILEGES FOR ROLE ");
			aisp_pg_put_ident(aisp_pg_role_name(x->m, d->role), &x->text);
			if (d->schema) {
				aisp_buf_putz(&x->text, " IN SCHEMA ");
				aisp_pg_put_ident(x->m->schemas.v[d->schema].name, &x->text);
			}
			aisp_buf_putz(&x->text, " GRANT ");
			aisp_pg_put_privs(list->items[i].privs & AISP_PG_PRIV_MASK, (struct aisp_slice){0}, ", ",
					  &x->text);
			aisp_buf_printf(&x->text, " ON %s TO ", default_word(d->kind));
			if (list->items[i].grantee)
				aisp_pg_put_ident(aisp_pg_role_name(x->m, list->items[i].grantee), &x->text);
			else
				aisp_buf_putz(&x->text, "PUBLIC");
			r = granted(x, &list->items[i], at, "pg_default_acl", "defaclacl", "default privileges", err);
		}
	}
	return r;
}

static int memberships(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < x->m->memberships.n; i++) {
		const struct aisp_pg_membership *mb = &x->m->memberships.v[i];
		const struct {
			const char *key;
			bool value;
		} flags[] = {{"admin", mb->admin}, {"inherit", mb->inherit}, {"set", mb->set}};
		aisp_edge edge = 0;
		aisp_buf_clear(&x->text);
		aisp_buf_putz(&x->text, "GRANT ");
		aisp_pg_put_ident(aisp_pg_role_name(x->m, mb->role), &x->text);
		aisp_buf_putz(&x->text, " TO ");
		aisp_pg_put_ident(aisp_pg_role_name(x->m, mb->member), &x->text);
		aisp_buf_clear(&x->note);
		aisp_buf_putz(&x->note, "granted by ");
		aisp_buf_put(&x->note, aisp_pg_role_name(x->m, mb->grantor));
		struct aisp_edge_in in = {.control = aisp_buf_slice(&x->text)};
		struct aisp_evidence_in ev =
			aisp_pgc_evidence(x, "pg_auth_members", "roleid", aisp_buf_slice(&x->note), AISP_CONF_OBSERVED);
		r = aisp_pgc_edge(x, x->roles[mb->member], AISP_EDGE_GRANTED, x->roles[mb->role], &in, &ev, &edge, err);
		for (size_t k = 0; r == AISP_OK && edge && k < sizeof flags / sizeof *flags; k++)
			r = aisp_graph_edge_set_str(x->c->graph, edge, x->c->source, flags[k].key,
						    flags[k].value ? AISP_S("true") : AISP_S("false"), err);
	}
	return r;
}

int aisp_pgc_emit_written(struct aisp_pgc_emit *x, struct aisp_err *err)
{
	int (*const steps[])(struct aisp_pgc_emit *, struct aisp_err *) = {
		memberships, databases_and_schemas, tables_and_columns, functions, others, defaults};
	int r = AISP_OK;
	for (size_t i = 0; r == AISP_OK && i < sizeof steps / sizeof *steps; i++)
		r = steps[i](x, err);
	return r;
}
