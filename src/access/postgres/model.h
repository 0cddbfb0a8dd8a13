/* What PostgreSQL's catalogues say about who owns and was granted what: the input of the engine (engine.h).
 *
 * One model is one cluster as seen from one of its databases. Arrays run from 1; number 0 is none, and as a role it is
 * PUBLIC. All text lies in the model's arena. Fill it with the add functions, then call aisp_pg_model_finish once.
 *
 *   databases   schemas ◀─ tables ◀─ columns        memberships: member ─▶ role
 *                             ▲ ▲──── policies       acls[0] = NULL, the built-in default
 *                             └────── deps (view ─▶ what its query reads)
 */
#pragma once
#include "access/postgres/acl.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/sym.h"
#include "base/vec.h"

enum {
	AISP_PG_PUBLIC = 0,
	AISP_PG_NOBODY = 0x7fffffff, /* a role that is named but does not exist */
	AISP_PG_DBOWNER_OID = 6171,  /* pg_database_owner, and so on: pg_authid.dat */
	AISP_PG_READ_ALL_OID = 6181,
	AISP_PG_WRITE_ALL_OID = 6182,
	AISP_PG_READ_FILES_OID = 4569,
	AISP_PG_WRITE_FILES_OID = 4570,
	AISP_PG_EXECUTE_OID = 4571,
	AISP_PG_MAINTAIN_OID = 6337,
	AISP_PG_FIRST_USER_OID = 16384,
};

struct aisp_pg_aclitem {
	uint32_t grantee, grantor; /* role numbers; grantee 0 = PUBLIC */
	unsigned privs;            /* grant options in the upper half */
};
struct aisp_pg_acl {
	struct aisp_pg_aclitem *items;
	uint32_t n;
};
struct aisp_pg_role {
	uint32_t oid;
	struct aisp_slice name;
	bool super, inherit, createrole, createdb, login, replication, bypassrls;
	struct aisp_slice valid_until;   /* empty = for ever */
	struct aisp_slice password_kind; /* "scram-sha-256", "md5", "none", "other"; empty = could not be read */
	int64_t connections;             /* -1 = no limit */
};
struct aisp_pg_membership {
	uint32_t role, member, grantor;
	bool admin, inherit, set;
};
struct aisp_pg_database {
	uint32_t oid, owner, acl;
	struct aisp_slice name;
	bool is_template, allows_connections;
};
struct aisp_pg_schema {
	uint32_t oid, owner, acl;
	struct aisp_slice name;
	bool system; /* the server's own: never an asset */
};
struct aisp_pg_table {
	uint32_t oid, schema, owner, acl;
	struct aisp_slice name;
	char kind; /* r table, p partitioned, v view, m materialised view, f foreign table, S sequence */
	bool rls, force_rls, invoker /* view with security_invoker */;
	uint8_t updatable; /* view: what can be done through it, AISP_PG_INSERT | … */
	int64_t rows;      /* estimate, -1 = unknown */
	uint32_t col_at, col_n, pol_at, pol_n, dep_at, dep_n, fdep_at, fdep_n;
};
struct aisp_pg_column {
	uint32_t table, acl;
	int32_t num;
	struct aisp_slice name, type;
	uint32_t type_oid;
	int32_t dimension; /* of a vector, 0 = none */
};
struct aisp_pg_policy {
	uint32_t table;
	struct aisp_slice name, using_expr, check_expr; /* p == NULL: not given */
	bool permissive;
	char cmd;              /* r a w d *, as in pg_policy */
	const uint32_t *roles; /* 0 = PUBLIC */
	uint32_t n_roles;
};
struct aisp_pg_dep { /* a view's query reads columns of a relation */
	uint32_t view, table;
	int32_t *columns; /* ascending; none = some column, whichever */
	uint32_t n_columns;
};
struct aisp_pg_fdep { /* a view's query calls a function */
	uint32_t view, function;
};
struct aisp_pg_function {
	uint32_t oid, schema, owner, acl;
	struct aisp_slice name, arguments, language;
	bool security_definer, from_extension;
	char kind; /* f function, p procedure, a aggregate, w window */
};
struct aisp_pg_other { /* everything else that carries an ACL */
	enum aisp_pg_class class;
	struct aisp_slice name;
	uint32_t schema, owner, acl; /* schema 0: not in one */
	struct aisp_slice note;
};
struct aisp_pg_default { /* ALTER DEFAULT PRIVILEGES */
	uint32_t role, schema, acl;
	char kind; /* r S f T n L */
};
struct aisp_pg_hba { /* a line of pg_hba.conf */
	uint32_t line, n_databases, n_users;
	const struct aisp_slice *databases, *users;
	struct aisp_slice type, address, netmask, method;
};

struct aisp_pg_model {
	struct aisp_arena *arena;
	int version_num; /* 150020 */
	uint32_t current_db;
	bool hba_known;
	AISP_VEC(struct aisp_pg_acl) acls;
	AISP_VEC(struct aisp_pg_role) roles;
	AISP_VEC(struct aisp_pg_membership) memberships;
	AISP_VEC(struct aisp_pg_database) databases;
	AISP_VEC(struct aisp_pg_schema) schemas;
	AISP_VEC(struct aisp_pg_table) tables;
	AISP_VEC(struct aisp_pg_column) columns;
	AISP_VEC(struct aisp_pg_policy) policies;
	AISP_VEC(struct aisp_pg_dep) deps;
	AISP_VEC(struct aisp_pg_fdep) fdeps;
	AISP_VEC(struct aisp_pg_function) functions;
	AISP_VEC(struct aisp_pg_other) others;
	AISP_VEC(struct aisp_pg_default) defaults;
	AISP_VEC(struct aisp_pg_hba) hba;
	struct aisp_map by_oid;         /* (class, oid) → number */
	struct aisp_symtab *acl_texts;  /* text → acl number */
	struct aisp_symtab *role_names; /* name → role number, as symbols are dense too */
};

int aisp_pg_model_init(struct aisp_pg_model *m, int version_num, struct aisp_err *err);
void aisp_pg_model_done(struct aisp_pg_model *m);
/* Adds a role; all roles come before anything that names one. A second role of the same name is AISP_E_PARSE. */
int aisp_pg_add_role(struct aisp_pg_model *m, const struct aisp_pg_role *role, struct aisp_err *err);
/* The number of an ACL's text (equal texts are one); the empty slice with p == NULL is 0, the default. */
int aisp_pg_add_acl(struct aisp_pg_model *m, struct aisp_slice text, uint32_t *ret_acl, struct aisp_err *err);
/* Takes a text[] as the server prints it, "{all,+staff}", apart, into the arena. */
int aisp_pg_split_array(struct aisp_arena *arena, struct aisp_slice text, const struct aisp_slice **ret_items,
			uint32_t *ret_n, struct aisp_err *err);
/* Remembers that `number` has this oid in its array. */
int aisp_pg_bind(struct aisp_pg_model *m, enum aisp_pg_class class, uint32_t oid, uint32_t number,
		 struct aisp_err *err);
uint32_t aisp_pg_by_oid(const struct aisp_pg_model *m, enum aisp_pg_class class, uint32_t oid); /* 0 = unknown */
uint32_t aisp_pg_role_by_oid(const struct aisp_pg_model *m, uint32_t oid); /* 0 → PUBLIC, unknown → NOBODY */
uint32_t aisp_pg_role_by_name(const struct aisp_pg_model *m, struct aisp_slice name); /* unknown → NOBODY */
/* The name of a role; "PUBLIC", "?" */
struct aisp_slice aisp_pg_role_name(const struct aisp_pg_model *m, uint32_t role);
/* Sorts what belongs to tables and finds its ranges; at most once. */
void aisp_pg_model_finish(struct aisp_pg_model *m);
/* GRANT's class of a relation: SEQUENCE or TABLE. */
static inline enum aisp_pg_class aisp_pg_table_class(const struct aisp_pg_table *t)
{
	return t->kind == 'S' ? AISP_PG_CLASS_SEQUENCE : AISP_PG_CLASS_TABLE;
}
/* Appends schema.name, quoted as SQL needs. */
void aisp_pg_put_table(const struct aisp_pg_model *m, uint32_t table, struct aisp_buf *out);
