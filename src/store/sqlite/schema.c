/* The tables (see facts.h for those of facts), and telling our files from others'. The views are for people: the tables
 * with their texts. */
#include "store/sqlite/sq.h"

static const char schema[] =
	"CREATE TABLE text(id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
	"CREATE TABLE source(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, target TEXT NOT NULL,"
	" options TEXT NOT NULL DEFAULT '');"
	"CREATE TABLE run(id INTEGER PRIMARY KEY, started_us INTEGER NOT NULL, finished_us INTEGER NOT NULL, title TEXT NOT NULL,"
	" added INTEGER NOT NULL, removed INTEGER NOT NULL, sources_ok INTEGER NOT NULL, sources_failed INTEGER NOT NULL,"
	" n_nodes INTEGER NOT NULL, n_edges INTEGER NOT NULL, n_gaps INTEGER NOT NULL, n_findings INTEGER NOT NULL);"
	"CREATE TABLE run_source(run INTEGER NOT NULL, position INTEGER NOT NULL, source INTEGER NOT NULL,"
	" outcome INTEGER NOT NULL, collected_us INTEGER NOT NULL, PRIMARY KEY(run, position)) WITHOUT ROWID;"
#define NODE "source INTEGER, node INTEGER, meta INTEGER, locator INTEGER, line INTEGER, pointer INTEGER, note INTEGER, extra BLOB"
#define EDGE                                                                                                           \
	"source INTEGER, src INTEGER, dst INTEGER, meta INTEGER, control INTEGER, cond INTEGER, locator INTEGER,"      \
	" line INTEGER, pointer INTEGER, note INTEGER, extra BLOB"
#define ALIAS "source INTEGER, alias INTEGER, node INTEGER"
#define GAP "source INTEGER, what INTEGER, detail INTEGER, meta INTEGER"
#define FACT_TABLE(name, columns)                                                                                      \
	"CREATE TABLE " name "_fact(id INTEGER PRIMARY KEY, " columns ", from_run INTEGER NOT NULL);"                  \
	"CREATE TABLE " name "_past(id INTEGER PRIMARY KEY, " columns ", from_run INTEGER NOT NULL, to_run INTEGER NOT NULL);"
	FACT_TABLE("node", NODE) FACT_TABLE("edge", EDGE) FACT_TABLE("alias", ALIAS) FACT_TABLE("gap", GAP)
	"CREATE TABLE finding(id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, rule TEXT NOT NULL,"
	" severity TEXT NOT NULL, title TEXT NOT NULL, subject TEXT NOT NULL, sources TEXT NOT NULL, content TEXT NOT NULL,"
	" status INTEGER NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER, changed_run INTEGER NOT NULL);"
	"CREATE TABLE finding_life(id INTEGER PRIMARY KEY, finding INTEGER NOT NULL, run INTEGER NOT NULL, event INTEGER NOT NULL);"
	"CREATE INDEX finding_life_of ON finding_life(finding);"
	"CREATE VIEW node_now AS SELECT s.key AS source, i.text AS id, f.meta & 255 AS kind, f.meta >> 24 AS confidence,"
	" l.text AS locator, f.line, p.text AS pointer, n.text AS note, f.from_run FROM node_fact f JOIN source s ON s.id = f.source"
	" JOIN text i ON i.id = f.node LEFT JOIN text l ON l.id = f.locator LEFT JOIN text p ON p.id = f.pointer"
	" LEFT JOIN text n ON n.id = f.note;"
	"CREATE VIEW edge_now AS SELECT s.key AS source, a.text AS src, f.meta & 255 AS kind, b.text AS dst, c.text AS control,"
	" d.text AS cond, f.meta >> 24 AS confidence, l.text AS locator, f.line, p.text AS pointer, n.text AS note, f.from_run"
	" FROM edge_fact f JOIN source s ON s.id = f.source JOIN text a ON a.id = f.src JOIN text b ON b.id = f.dst"
	" LEFT JOIN text c ON c.id = f.control LEFT JOIN text d ON d.id = f.cond LEFT JOIN text l ON l.id = f.locator"
	" LEFT JOIN text p ON p.id = f.pointer LEFT JOIN text n ON n.id = f.note;";

int aisp_store__sq_schema_make(sqlite3 *db, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};

	aisp_buf_printf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;", SQ_APPLICATION, SQ_FORMAT);
	aisp_buf_putz(&sql, schema);
	int r = aisp_buf_check(&sql, err);

	return r < 0 ? r : aisp_store__sq_exec(db, sql.p, err);
}

int aisp_store__sq_schema_check(sqlite3 *db, const char *path, int64_t *ret_format, struct aisp_err *err)
{
	int64_t application, format, tables;
	int r;

	if ((r = aisp_store__sq_number(db, "PRAGMA application_id", &application, err)) < 0 ||
	    (r = aisp_store__sq_number(db, "PRAGMA user_version", &format, err)) < 0 ||
	    (r = aisp_store__sq_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err)) < 0)
		return r == AISP_E_PARSE ? aisp_fail(err, AISP_E_USAGE, "%s is not a store of aisp; give another path with --store", path) : r;
	*ret_format = 0;
	if (tables == 0 && application == 0)
		return 0;
	if (application != SQ_APPLICATION)
		return aisp_fail(err, AISP_E_USAGE, "%s is a database of another program; give another path with --store", path);
	if (format > SQ_FORMAT)
		return aisp_fail(err, AISP_E_USAGE,
		                 "%s was written by a newer aisp (store format %lld, this program knows up to %d); use the newer program",
		                 path, (long long)format, SQ_FORMAT);
	if (format < 1)
		return aisp_fail(err, AISP_E_USAGE, "%s has the unknown store format %lld", path, (long long)format);
	*ret_format = format;
	return 0;
}

int aisp_store__sq_schema_renew(sqlite3 *db, int64_t format, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};

	if (format < 2)
		aisp_buf_putz(&sql, "ALTER TABLE source ADD COLUMN options TEXT NOT NULL DEFAULT '';");
	aisp_buf_printf(&sql, "PRAGMA user_version = %d;", SQ_FORMAT);
	int r = aisp_buf_check(&sql, err);

	return r < 0 ? r : aisp_store__sq_exec(db, sql.p, err);
}
