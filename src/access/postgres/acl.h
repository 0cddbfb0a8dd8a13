/* PostgreSQL access control lists: privilege bits, built-in defaults, aclitem text.
 *
 * Source of the rules: src/backend/utils/adt/acl.c (aclparse, acldefault) and "5.7 Privileges" of the manual.
 */
#pragma once
#include "base/buf.h"

/* Columns: symbol, letter in an aclitem, SQL keyword. In the server's bit order. */
#define AISP_PG_PRIVILEGES(X)                                                                                          \
	X(INSERT, 'a', "INSERT")                                                                                       \
	X(SELECT, 'r', "SELECT")                                                                                       \
	X(UPDATE, 'w', "UPDATE")                                                                                       \
	X(DELETE, 'd', "DELETE")                                                                                       \
	X(TRUNCATE, 'D', "TRUNCATE")                                                                                   \
	X(REFERENCES, 'x', "REFERENCES")                                                                               \
	X(TRIGGER, 't', "TRIGGER")                                                                                     \
	X(EXECUTE, 'X', "EXECUTE")                                                                                     \
	X(USAGE, 'U', "USAGE")                                                                                         \
	X(CREATE, 'C', "CREATE")                                                                                       \
	X(TEMPORARY, 'T', "TEMPORARY")                                                                                 \
	X(CONNECT, 'c', "CONNECT")                                                                                     \
	X(SET, 's', "SET")                                                                                             \
	X(ALTER_SYSTEM, 'A', "ALTER SYSTEM")                                                                           \
	X(MAINTAIN, 'm', "MAINTAIN")

enum {
#define X(sym, letter, word) AISP_PG__##sym##_BIT,
	AISP_PG_PRIVILEGES(X)
#undef X
		AISP_PG_PRIV_COUNT
};
enum {
#define X(sym, letter, word) AISP_PG_##sym = 1 << AISP_PG__##sym##_BIT,
	AISP_PG_PRIVILEGES(X)
#undef X
		AISP_PG_GOPT_SHIFT = 16, /* the grant option of a privilege is its bit shifted by this */
	AISP_PG_PRIV_MASK = 0x7fff,
	AISP_PG_WRITES = AISP_PG_INSERT | AISP_PG_UPDATE | AISP_PG_DELETE | AISP_PG_TRUNCATE,
};

/* Kinds of objects that carry an ACL. Columns: symbol, keyword in GRANT, all privileges, privileges PUBLIC has by
 * default. */
#define AISP_PG_CLASSES(X)                                                                                             \
	X(DATABASE, "DATABASE", AISP_PG_CREATE | AISP_PG_TEMPORARY | AISP_PG_CONNECT,                                  \
	  AISP_PG_TEMPORARY | AISP_PG_CONNECT)                                                                         \
	X(SCHEMA, "SCHEMA", AISP_PG_USAGE | AISP_PG_CREATE, 0)                                                         \
	X(TABLE, "TABLE", AISP_PG_SELECT | AISP_PG_WRITES | AISP_PG_REFERENCES | AISP_PG_TRIGGER | AISP_PG_MAINTAIN,   \
	  0)                                                                                                           \
	X(SEQUENCE, "SEQUENCE", AISP_PG_USAGE | AISP_PG_SELECT | AISP_PG_UPDATE, 0)                                    \
	X(COLUMN, "TABLE", 0, 0)                                                                                       \
	X(FUNCTION, "FUNCTION", AISP_PG_EXECUTE, AISP_PG_EXECUTE)                                                      \
	X(LANGUAGE, "LANGUAGE", AISP_PG_USAGE, AISP_PG_USAGE)                                                          \
	X(TYPE, "TYPE", AISP_PG_USAGE, AISP_PG_USAGE)                                                                  \
	X(FDW, "FOREIGN DATA WRAPPER", AISP_PG_USAGE, 0)                                                               \
	X(SERVER, "FOREIGN SERVER", AISP_PG_USAGE, 0)                                                                  \
	X(TABLESPACE, "TABLESPACE", AISP_PG_CREATE, 0)                                                                 \
	X(PARAMETER, "PARAMETER", AISP_PG_SET | AISP_PG_ALTER_SYSTEM, 0)

enum aisp_pg_class {
#define X(sym, ...) AISP_PG_CLASS_##sym,
	AISP_PG_CLASSES(X)
#undef X
		AISP_PG_CLASS_END
};
struct aisp_pg_class_row {
	const char *keyword;
	unsigned all, to_public;
};
extern const struct aisp_pg_class_row aisp_pg_classes[AISP_PG_CLASS_END];
struct aisp_pg_priv_row {
	char letter;
	const char *word;
};
extern const struct aisp_pg_priv_row aisp_pg_privs[AISP_PG_PRIV_COUNT];

/* The bit of a keyword ("SELECT", any case), 0 if unknown. */
unsigned aisp_pg_priv_find(struct aisp_slice word);
/* Appends "SELECT, UPDATE" for the set bits; `columns` (may be empty) stands behind each in brackets. */
void aisp_pg_put_privs(unsigned privs, struct aisp_slice columns, const char *separator, struct aisp_buf *out);
/* Appends an identifier, in double quotes where SQL needs them. */
void aisp_pg_put_ident(struct aisp_slice name, struct aisp_buf *out);

/* One written item. Names are unescaped into `scratch` and valid until its next change. An empty grantee is PUBLIC. */
struct aisp_pg_aclitem_text {
	struct aisp_slice grantee, grantor;
	unsigned privs; /* with grant options in the upper half */
};
/* Reads an aclitem[] as the server prints it, "{app=r/owner,=X/owner}", calling f for each item. AISP_E_PARSE. */
int aisp_pg_acl_read(struct aisp_slice text, struct aisp_buf *scratch,
		     int (*f)(void *ctx, const struct aisp_pg_aclitem_text *item, struct aisp_err *err), void *ctx,
		     struct aisp_err *err);
/* Takes the next element out of a PostgreSQL array text whose outer braces are removed; false at the end. Appends the
 * unescaped element to `out` (cleared first); *ret_null is set for an unquoted NULL. A broken text sets *ret_bad. */
bool aisp_pg_array_next(struct aisp_slice *rest, struct aisp_buf *out, bool *ret_null, bool *ret_bad);
