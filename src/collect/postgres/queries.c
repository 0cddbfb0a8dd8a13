/* What is asked. Everything is a SELECT from the catalogues that any role may read unless its page in docs/ says
 * otherwise; names are qualified because search_path is empty. Answers are ordered, so that captures compare.
 *
 * Option values of foreign servers and user mappings may be passwords: only their names are fetched.
 */
#include "collect/postgres/postgres_int.h"

#define SYSTEM_SCHEMA "(n.nspname LIKE 'pg\\_%' OR n.nspname = 'information_schema')"
#define NOT_TEMPORARY "n.nspname !~ '^pg_(toast|temp_|toast_temp_)'"

static const char q_server[] =
	"SELECT current_setting('server_version_num') AS version_num, current_setting('server_version') AS version,"
	" pg_is_in_recovery() AS in_recovery, current_database() AS database, current_setting('ssl') AS ssl,"
	" current_setting('password_encryption') AS password_encryption";
static const char q_databases[] = "SELECT oid, datname AS name, datdba AS owner, datistemplate AS is_template, "
				  "datallowconn AS allows, datacl AS acl"
				  " FROM pg_database ORDER BY datname";
static const char q_roles[] =
	"SELECT oid, rolname AS name, rolsuper AS super, rolinherit AS inherit, rolcreaterole AS createrole,"
	" rolcreatedb AS createdb, rolcanlogin AS login, rolreplication AS replication, rolbypassrls AS bypassrls,"
	" rolconnlimit AS connections, CASE WHEN rolvaliduntil < 'infinity' THEN"
	" to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') END AS valid_until"
	" FROM pg_roles ORDER BY rolname";
static const char q_members[] =
	"SELECT m.roleid AS role, m.member, m.grantor, m.admin_option AS admin, r.rolinherit AS inherit, true AS set"
	" FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member ORDER BY 1, 2, 3";
static const char q_members_16[] =
	"SELECT roleid AS role, member, grantor, admin_option AS admin, inherit_option AS inherit, set_option AS set"
	" FROM pg_auth_members ORDER BY 1, 2, 3";
static const char q_schemas[] =
	"SELECT n.oid, n.nspname AS name, n.nspowner AS owner, n.nspacl AS acl, " SYSTEM_SCHEMA " AS system"
	" FROM pg_namespace n WHERE " NOT_TEMPORARY " ORDER BY n.nspname";
static const char q_tables[] =
	"SELECT c.oid, c.relname AS name, c.relnamespace AS schema, c.relowner AS owner, c.relkind AS kind, c.relacl "
	"AS acl,"
	" c.relrowsecurity AS rls, c.relforcerowsecurity AS force, c.reltuples::bigint AS tuples,"
	" (SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = "
	"'security_invoker')"
	" AS invoker FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND " NOT_TEMPORARY " ORDER BY n.nspname, c.relname";
static const char q_columns[] =
	"SELECT a.attrelid AS table, a.attnum AS num, a.attname AS name, a.atttypid AS type_oid,"
	" format_type(a.atttypid, a.atttypmod) AS type, a.attacl AS acl,"
	" CASE WHEN t.typname IN ('vector', 'halfvec', 'sparsevec') THEN a.atttypmod END AS dimension"
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_type t ON t.oid = a.atttypid WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', "
	"'p', 'v', 'm', 'f')"
	" AND NOT " SYSTEM_SCHEMA " ORDER BY n.nspname, c.relname, a.attnum";
static const char q_functions[] =
	"SELECT p.oid, p.proname AS name, p.pronamespace AS schema, p.proowner AS owner, p.prosecdef AS definer, "
	"p.prokind AS kind,"
	" p.proacl AS acl, pg_get_function_identity_arguments(p.oid) AS arguments, l.lanname AS language,"
	" EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = "
	"'e') AS extension"
	" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang"
	" WHERE " NOT_TEMPORARY " AND NOT " SYSTEM_SCHEMA " ORDER BY n.nspname, p.proname, arguments";
static const char q_policies[] = "SELECT polrelid AS table, polname AS name, polcmd AS cmd, polpermissive AS "
				 "permissive, polroles::text AS roles,"
				 " pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS "
				 "check FROM pg_policy ORDER BY polrelid, polname";
static const char q_inherits[] = "SELECT inhparent AS parent, inhrelid AS child FROM pg_inherits ORDER BY 1, 2";
#define VIEW_DEPENDS                                                                                                   \
	" FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace"       \
	" JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid"                                  \
	" WHERE c.relkind IN ('v', 'm') AND r.ev_type = '1' AND NOT " SYSTEM_SCHEMA
static const char q_view_reads[] =
	"SELECT r.ev_class AS view, d.refobjid AS table,"
	" string_agg(DISTINCT nullif(d.refobjsubid, 0)::text, ',') AS columns" VIEW_DEPENDS
	" AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class GROUP BY 1, 2 ORDER BY 1, 2";
static const char q_view_calls[] = "SELECT DISTINCT r.ev_class AS view, d.refobjid AS function" VIEW_DEPENDS
				   " AND d.refclassid = 'pg_proc'::regclass ORDER BY 1, 2";
static const char q_system[] = "SELECT system_identifier FROM pg_control_system()";
static const char q_passwords[] =
	"SELECT oid, CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN "
	"'scram-sha-256'"
	" WHEN rolpassword LIKE 'md5%' THEN 'md5' ELSE 'other' END AS kind FROM pg_authid ORDER BY rolname";
static const char q_updatable[] = "SELECT c.oid, pg_relation_is_updatable(c.oid, true) AS events FROM pg_class c JOIN "
				  "pg_namespace n ON n.oid = c.relnamespace"
				  " WHERE c.relkind = 'v' AND NOT " SYSTEM_SCHEMA " ORDER BY 1";
static const char q_statistics[] = "SELECT relid AS oid, n_live_tup AS rows FROM pg_stat_user_tables ORDER BY 1";
static const char q_defaults[] = "SELECT defaclrole AS role, defaclnamespace AS schema, defaclobjtype AS kind, "
				 "defaclacl AS acl FROM pg_default_acl ORDER BY oid";
static const char q_others[] =
	"SELECT 'LANGUAGE' AS class, lanname AS name, 0 AS schema, lanowner AS owner, lanacl AS acl FROM pg_language "
	"WHERE lanacl IS NOT NULL"
	" UNION ALL SELECT 'TYPE', typname, typnamespace, typowner, typacl FROM pg_type WHERE typacl IS NOT NULL"
	" UNION ALL SELECT 'FOREIGN DATA WRAPPER', fdwname, 0, fdwowner, fdwacl FROM pg_foreign_data_wrapper WHERE "
	"fdwacl IS NOT NULL"
	" UNION ALL SELECT 'FOREIGN SERVER', srvname, 0, srvowner, srvacl FROM pg_foreign_server WHERE srvacl IS NOT "
	"NULL"
	" UNION ALL SELECT 'TABLESPACE', spcname, 0, spcowner, spcacl FROM pg_tablespace WHERE spcacl IS NOT NULL"
	" UNION ALL SELECT 'PARAMETER', parname, 0, 10, paracl FROM pg_parameter_acl WHERE paracl IS NOT NULL ORDER BY "
	"1, 2, 3";
static const char q_extensions[] = "SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1";
static const char q_foreign_servers[] = "SELECT s.srvname AS name, w.fdwname AS wrapper, s.srvowner AS owner, (SELECT "
					"string_agg(o.option_name, ',' ORDER BY o.option_name)"
					" FROM pg_options_to_table(s.srvoptions) o) AS options FROM pg_foreign_server "
					"s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw"
					" ORDER BY 1";
static const char q_user_mappings[] =
	"SELECT m.srvname AS server, m.umuser AS role, (SELECT string_agg(o.option_name, ',' ORDER BY o.option_name)"
	" FROM pg_options_to_table(m.umoptions) o) AS options FROM pg_user_mappings m ORDER BY 1, 2";
static const char q_hba[] = "SELECT line_number AS line, type, database::text AS databases, user_name::text AS users, "
			    "address, netmask, auth_method AS method"
			    " FROM pg_hba_file_rules WHERE error IS NULL ORDER BY line_number";
static const char q_hba_16[] = "SELECT line_number AS line, type, database::text AS databases, user_name::text AS "
			       "users, address, netmask, auth_method AS method"
			       " FROM pg_hba_file_rules WHERE error IS NULL ORDER BY rule_number";

const struct aisp_pgc_query_row aisp_pgc_queries[AISP_PGC_Q_END] = {
	[AISP_PGC_Q_server] = {"server", true, "version and settings of the server", q_server, NULL,
			       "version_num version in_recovery database ssl password_encryption"},
	[AISP_PGC_Q_databases] = {"databases", true, "databases", q_databases, NULL,
				  "oid name owner is_template allows acl"},
	[AISP_PGC_Q_roles] =
		{"roles", true, "roles", q_roles, NULL,
		 "oid name super inherit createrole createdb login replication bypassrls connections valid_until"},
	[AISP_PGC_Q_members] = {"members", true, "role memberships", q_members, q_members_16,
				"role member grantor admin inherit set"},
	[AISP_PGC_Q_schemas] = {"schemas", true, "schemas", q_schemas, NULL, "oid name owner acl system"},
	[AISP_PGC_Q_tables] = {"tables", true, "tables and views", q_tables, NULL,
			       "oid name schema owner kind acl rls force tuples invoker"},
	[AISP_PGC_Q_columns] = {"columns", true, "columns", q_columns, NULL,
				"table num name type_oid type acl dimension"},
	[AISP_PGC_Q_functions] = {"functions", true, "functions", q_functions, NULL,
				  "oid name schema owner definer kind acl arguments language extension"},
	[AISP_PGC_Q_policies] = {"policies", true, "row security policies", q_policies, NULL,
				 "table name cmd permissive roles using check"},
	[AISP_PGC_Q_inherits] = {"inherits", true, "partitions and child tables", q_inherits, NULL, "parent child"},
	[AISP_PGC_Q_view_reads] = {"view_reads", true, "what views read", q_view_reads, NULL, "view table columns"},
	[AISP_PGC_Q_view_calls] = {"view_calls", true, "which functions views call", q_view_calls, NULL,
				   "view function"},
	[AISP_PGC_Q_system] = {"system", false, "system identifier", q_system, NULL, "system_identifier"},
	[AISP_PGC_Q_passwords] = {"passwords", false, "kinds of stored passwords (pg_authid)", q_passwords, NULL,
				  "oid kind"},
	[AISP_PGC_Q_updatable] = {"updatable", false, "which views can be written through", q_updatable, NULL,
				  "oid events"},
	[AISP_PGC_Q_statistics] = {"statistics", false, "estimated rows (pg_stat_all_tables)", q_statistics, NULL,
				   "oid rows"},
	[AISP_PGC_Q_defaults] = {"defaults", false, "default privileges", q_defaults, NULL, "role schema kind acl"},
	[AISP_PGC_Q_others] = {"others", false, "grants on types, languages, servers, tablespaces and parameters",
			       q_others, NULL, "class name schema owner acl"},
	[AISP_PGC_Q_extensions] = {"extensions", false, "extensions", q_extensions, NULL, "name version"},
	[AISP_PGC_Q_foreign_servers] = {"foreign_servers", false, "foreign servers", q_foreign_servers, NULL,
					"name wrapper owner options"},
	[AISP_PGC_Q_user_mappings] = {"user_mappings", false, "user mappings of foreign servers", q_user_mappings, NULL,
				      "server role options"},
	[AISP_PGC_Q_hba] = {"hba", false, "pg_hba.conf (pg_hba_file_rules)", q_hba, q_hba_16,
			    "line type databases users address netmask method"},
	/* of captures made before "personal" was: counts by class */
	[AISP_PGC_Q_sample] = {"sample", false, "sampled values", NULL, NULL, "table num rows values class hits"},
	[AISP_PGC_Q_personal] = {"personal", false, "sampled values", NULL, NULL,
				 "table num class detector certainty by_name by_values looked_at matched reason"},
	[AISP_PGC_Q_secrets] = {"secrets", false, "secrets in sampled values", NULL, NULL,
				"table num rule issuer kind certainty severity fingerprint value_fp preview"},
};
