/* The PostgreSQL access engine: decides exactly as the server would, from the catalogues alone.
 *
 * Pure; the model is borrowed and must stay unchanged. A role number 0 stands for PUBLIC: what every role has.
 * Sources: src/backend/utils/adt/acl.c, catalog/aclchk.c, utils/misc/rls.c, rewrite/rowsecurity.c (15 to 18) and the
 * manual's chapters "Privileges", "Row Security Policies", "Predefined Roles", CREATE VIEW. tests/oracle/postgres
 * compares every answer with real servers.
 *
 * Three notions, kept apart:
 *   privilege   as has_table_privilege() answers: the object's own ACL only
 *   effective   what a session of the role can do in this database: schema USAGE too, and for a view the rights under
 * it can_connect whether such a session can begin: LOGIN, CONNECT, pg_hba.conf
 */
#pragma once
#include "access/postgres/model.h"

struct aisp_pg_engine;

int aisp_pg_engine_new(const struct aisp_pg_model *m, struct aisp_pg_engine **ret_engine, struct aisp_err *err);
void aisp_pg_engine_free(struct aisp_pg_engine *e);
void aisp_pg_engine_freep(struct aisp_pg_engine **e);
const struct aisp_pg_model *aisp_pg_engine_model(const struct aisp_pg_engine *e);

/* pg_has_role(role, of, 'USAGE' | 'MEMBER' | 'SET'), in a session of database `db` (0 = none). */
bool aisp_pg_has_privs(const struct aisp_pg_engine *e, uint32_t role, uint32_t of, uint32_t db);
bool aisp_pg_is_member(const struct aisp_pg_engine *e, uint32_t role, uint32_t of, uint32_t db);
bool aisp_pg_can_set(const struct aisp_pg_engine *e, uint32_t role, uint32_t of, uint32_t db);

/* Privilege bits, with grant options in the upper half, as aclmask() gives them for the object's ACL. */
unsigned aisp_pg_acl_mask(const struct aisp_pg_engine *e, uint32_t role, enum aisp_pg_class class, uint32_t owner,
			  uint32_t acl, uint32_t db);
unsigned aisp_pg_database_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t database);
unsigned aisp_pg_schema_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t schema);
unsigned aisp_pg_table_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t table);
/* What the column's own ACL adds; has_column_privilege() is this or the table's. */
unsigned aisp_pg_column_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t column);
/* has_any_column_privilege(). */
unsigned aisp_pg_any_column_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t table);
unsigned aisp_pg_function_mask(const struct aisp_pg_engine *e, uint32_t role, uint32_t function);
/* May a session name objects of this schema? */
bool aisp_pg_uses_schema(const struct aisp_pg_engine *e, uint32_t role, uint32_t schema);

/* Row security. */
enum aisp_pg_rows {
	AISP_PG_ROWS_NONE,     /* no policy lets any row through */
	AISP_PG_ROWS_FILTERED, /* those for which the predicate holds */
	AISP_PG_ROWS_ALL,
};
/* Is row security in force for this role? (check_enable_rls) */
bool aisp_pg_rls_applies(const struct aisp_pg_engine *e, uint32_t role, uint32_t table);
/* Which rows a command may see (SELECT, UPDATE, DELETE) or add (INSERT); appends the SQL predicate when filtered.
 * cmd is r, w, d or a as in pg_policy. */
enum aisp_pg_rows aisp_pg_rows(const struct aisp_pg_engine *e, uint32_t role, uint32_t table, char cmd,
			       struct aisp_buf *predicate);

/* Do the relations under a view let a session of this role read through it? True for what is no view. */
bool aisp_pg_view_ok(const struct aisp_pg_engine *e, uint32_t role, uint32_t view);
/* May the one whose rights a dependency of a view is checked with read those columns? */
bool aisp_pg_dep_ok(const struct aisp_pg_engine *e, uint32_t as, const struct aisp_pg_dep *dep);

/* Can it begin a session in this database? *ret_auth (may be NULL) gets the methods of pg_hba.conf that may apply,
 * joined by ", "; nothing when the file is not known. */
bool aisp_pg_can_connect(const struct aisp_pg_engine *e, uint32_t role, uint32_t database, struct aisp_buf *ret_auth);
/* hba.c: the part of pg_hba.conf; true when some line may let it in. */
bool aisp_pg_hba_admits(const struct aisp_pg_engine *e, uint32_t role, uint32_t database, struct aisp_buf *ret_auth);

/* "Can become": SET ROLE, or a right that leads there in one step. */
enum aisp_pg_assume_why {
	AISP_PG_ASSUME_SET,        /* SET ROLE over this membership */
	AISP_PG_ASSUME_ADMIN,      /* ADMIN OPTION: may grant itself the membership */
	AISP_PG_ASSUME_CREATEROLE, /* up to 15: CREATEROLE may grant any membership in a role that is no superuser */
};
struct aisp_pg_assume {
	uint32_t from, to, via; /* via: the role that holds the ADMIN OPTION, when it is not `from` */
	enum aisp_pg_assume_why why;
	uint32_t membership; /* number of the written one; UINT32_MAX for CREATEROLE */
};
/* All such steps, in order of (from, to). The array is the engine's. */
const struct aisp_pg_assume *aisp_pg_assumes(const struct aisp_pg_engine *e, size_t *ret_n);

/* Rights without becoming: who inherits from a role (INHERIT) but cannot SET it. For such a role its rights are stated
 * for the set of those that have them, its group: the role itself, and whoever inherits from it. */
bool aisp_pg_has_group(const struct aisp_pg_engine *e, uint32_t role);
/* Does this membership put the member (or, with of_group, everybody in the member's group) into the group of the role?
 */
bool aisp_pg_joins_group(const struct aisp_pg_engine *e, uint32_t membership, bool of_group);

/* One statement about who may do what, made for the graph: complete together with the steps above, and not more. */
enum aisp_pg_basis {
	AISP_PG_BASIS_GRANT,      /* a written ACL item */
	AISP_PG_BASIS_OWNER,      /* the owner */
	AISP_PG_BASIS_DEFAULT,    /* PUBLIC, by the built-in default */
	AISP_PG_BASIS_PREDEFINED, /* pg_read_all_data, pg_write_all_data */
};
struct aisp_pg_right {
	uint32_t role;           /* who; 0 = every role */
	uint32_t origin;         /* whom the grant names: `role` itself, one it inherits from, or 0 = PUBLIC */
	uint32_t object, column; /* table or function number; column 0 = the whole */
	unsigned privs;
	bool shared; /* holds for the role's whole group, where it has one */
	enum aisp_pg_basis basis;
	enum aisp_pg_rows rows;
	struct aisp_slice predicate; /* when filtered; valid during the call */
};
/* Calls f for every right on the tables, views and columns outside the server's own schemas: once for reading and once
 * for changing (every kind of change in `privs`). A right that follows from one of a role that can be SET, or in
 * whose group the role is, is not repeated, nor is one that every role has; superusers are left out. Order: table,
 * column, role, origin.
 *
 * Cost: tables of equal schema, owner, ACL and no row security or column grants are decided once. */
int aisp_pg_each_right(const struct aisp_pg_engine *e,
		       int (*f)(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err), void *ctx,
		       struct aisp_err *err);
/* The same for EXECUTE on one function. */
int aisp_pg_each_caller(const struct aisp_pg_engine *e, uint32_t function,
			int (*f)(void *ctx, const struct aisp_pg_right *r, struct aisp_err *err), void *ctx,
			struct aisp_err *err);

/* Appends s.f(integer), as SQL names a function. */
void aisp_pg_put_function(const struct aisp_pg_model *m, uint32_t function, struct aisp_buf *out);
/* Appends the statement that one would revoke to take the right away: GRANT SELECT ON TABLE s.t TO app. */
void aisp_pg_put_grant(const struct aisp_pg_model *m, enum aisp_pg_class class, uint32_t object, uint32_t column,
		       unsigned privs, uint32_t grantee, struct aisp_buf *out);

/* Why, or why not: the decision as statements, one a line, appended to `out`; the last line is the verdict. `class` is
 * DATABASE, SCHEMA, TABLE (or SEQUENCE) or FUNCTION, `object` its number, `column` a column's number or 0, `priv` one
 * privilege bit. Follows the order in which a session meets the checks: LOGIN, CONNECT, USAGE, ACL, row security. */
int aisp_pg_explain(const struct aisp_pg_engine *e, uint32_t role, enum aisp_pg_class class, uint32_t object,
		    uint32_t column, unsigned priv, struct aisp_buf *out, bool *ret_yes, struct aisp_err *err);
/* One clause on a right of aisp_pg_each_right, for the note of an edge's evidence. */
void aisp_pg_put_right(const struct aisp_pg_engine *e, const struct aisp_pg_right *right, struct aisp_buf *out);
