/* The virtual tables and the walls around them: what each table answers, that look-ups and scans agree, that nothing but
 * reading is possible, and that no query runs for ever or eats the machine.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "judge/sql.h"
#include "judge_test.h"
#include <fcntl.h>
#include <unistd.h>

static struct world chatbot;

static int set_up(void **state)
{
	(void)state;
	world_chatbot(&chatbot);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_end(&chatbot);
	return 0;
}

/* Rows as text: cells with |, rows with a line break. */
static int put_row(void *ctx, bool is_header, int n, const char *const *cells)
{
	struct aisp_buf *b = ctx;

	for (int i = 0; !is_header && i < n; i++)
		aisp_buf_printf(b, "%s%s", i ? "|" : "", cells[i] ? cells[i] : "NULL");
	if (!is_header)
		aisp_buf_putc(b, '\n');
	return 0;
}

static void check(const char *sql, const char *want)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err = {AISP_OK, ""};

	aisp_buf_init(&b, 0);
	int r = aisp_sql_query(chatbot.s, chatbot.reach, aisp_slice_z(sql), 20000, put_row, &b, &err);
	if (r != 0)
		fail_msg("%s: %d %s", sql, r, err.msg);
	if (strcmp(b.n ? b.p : "", want) != 0)
		fail_msg("%s\ngives\n%swants\n%s", sql, b.n ? b.p : "", want);
}

/* The query is refused with this code and a message that says this. */
static void refused(const char *sql, int code, const char *says)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err = {AISP_OK, ""};

	aisp_buf_init(&b, 0);
	int r = aisp_sql_query(chatbot.s, chatbot.reach, aisp_slice_z(sql), 20000, put_row, &b, &err);
	if (r != code || err.code != (enum aisp_code)code || !strstr(err.msg, says))
		fail_msg("%s: %d \"%s\" instead of %d \"%s\"; rows: %s", sql, r, err.msg, code, says, b.n ? b.p : "");
}

#define TABLE_ID "postgres://db:5432/support/public/support_chunks"

static void tables_of_the_graph_answer(void **state)
{
	(void)state;
	check("SELECT id, kind, \"group\", sensitivity, sensitive, is_asset, is_ai, gated, data_classes FROM node WHERE kind = 'table'",
	      TABLE_ID "|table|data|restricted|1|1|0|1|email\nphone\n");
	check("SELECT auth, is_nhi, environment, owner, stale FROM node WHERE kind = 'workload'", "none|1|production|NULL|0\n");
	check("SELECT n.kind FROM node n WHERE n.ref = ref('support_chunks')", "table\n");
	check("SELECT count(*) FROM node WHERE id = 'sql://support-bot/support_chunks'", "0\n"); /* an alias is no id */
	check("SELECT alias, node FROM alias WHERE alias = 'sql://support-bot/support_chunks'", "sql://support-bot/support_chunks|" TABLE_ID "\n");
	check("SELECT id('sql://support-bot/support_chunks')", TABLE_ID "\n");
	check("SELECT key, type, value FROM prop WHERE node = '" TABLE_ID "' AND key = 'rows_estimated'", "rows_estimated|int|42\n");
	check("SELECT typeof(value), value FROM prop WHERE key = 'login'", "integer|1\n");
	check("SELECT prop_value(ref, 'rows_estimated') + 1, prop_value(ref, 'nope') FROM node WHERE kind = 'table'", "43|NULL\n");
	check("SELECT value FROM item WHERE key = 'data_classes' ORDER BY value", "email\nphone\n");
	check("SELECT has_item(ref, 'data_classes', 'phone'), has_item(ref, 'data_classes', 'pho') FROM node WHERE kind = 'table'", "1|0\n");
	check("SELECT \"from\", \"to\", control FROM edge WHERE kind = 'RETRIEVES_FROM'",
	      "agent://support-bot/app.py#agent|collection://support-bot/app.py#store|app.py#main\n");
	check("SELECT condition, confidence FROM edge WHERE \"from\" = 'tenant://dev'", "only on Sundays|declared\n");
	check("SELECT principal, action, resource FROM \"grant\"", "postgres://db:5432#role/bot|SELECT|" TABLE_ID "\n");
	check("SELECT p.key, p.value FROM edge e JOIN edge_prop p ON p.edge = e.ref WHERE e.kind = 'GRANTED'", "action|SELECT\n");
	check("SELECT owner_kind, source, form, locator, line, pointer, note, confidence FROM evidence WHERE owner = 'internet'",
	      "node|files:test|file|app.py|7|main|seen|declared\n");
	check("SELECT count(*) FROM evidence v JOIN edge e ON v.owner_kind = 'edge' AND v.owner_ref = e.ref", "11\n");
	check("SELECT key, kind, stale FROM source", "files:test|files|0\n");
	check("SELECT source, why, what, detail FROM gap", "files:test|access|secrets|403\n");
	check("SELECT count(*) FROM mode", "12\n");
	check("SELECT name, count FROM kind WHERE count > 0 AND \"group\" = 'ai'", "agent|1\ncollection|1\n");
	check("SELECT count FROM kind WHERE name = 'EXPOSES'", "2\n");
	check("SELECT count(*) FROM observation", "0\n");
	check("SELECT description FROM help WHERE \"table\" = 'edge' AND \"column\" = 'ref'", "number of the edge in this snapshot\n");
}

static void tables_of_access_answer(void **state)
{
	(void)state;
	check("SELECT node, certain FROM reach('internet', 'read_via') ORDER BY node",
	      "collection://support-bot/app.py#store|1\n" TABLE_ID "|1\n");
	check("SELECT mode FROM reach('internet') WHERE kind = 'agent' ORDER BY mode", "call\nnet\nsteer\n");
	check("SELECT certain FROM reach('tenant://dev', 'steer') WHERE kind = 'agent'", "0\n");
	check("SELECT r.certain FROM node t, reach('internet', 'read_via') r WHERE r.node_ref = t.ref AND t.kind = 'table'", "1\n");
	check("SELECT node FROM reach((SELECT ref FROM node WHERE kind = 'agent'), 'read_via', 'steer') WHERE kind = 'table'", TABLE_ID "\n");
	check("SELECT count(*) FROM reach((SELECT ref FROM node WHERE kind = 'agent'), 'may_read', 'steer')", "0\n");
	check("SELECT count(*) FROM reach(NULL)", "0\n");
	check("SELECT node, certain FROM reached_by('support_chunks', 'read_via') ORDER BY node",
	      "internet|1\ntenant://dev|0\n");
	check("SELECT DISTINCT mode FROM reached_by('" TABLE_ID "') ORDER BY mode", "may_read\nread\nread_via\n");
	check("SELECT node FROM reached_by('" TABLE_ID "', 'read') ORDER BY node",
	      "agent://support-bot/app.py#agent\nk8s://c/prod/deployment/support-bot\n");
	check("SELECT hop, edge, mode FROM path('internet', 'support_chunks', 'read_via') WHERE edge IS NOT NULL AND nr = 1 AND edge <> 'STORED_IN'",
	      "2|EXPOSES|net\n4|ROUTES_TO|net\n6|SERVES|call\n8|RETRIEVES_FROM|read_via\n");
	check("SELECT evidence, certain, control FROM path('internet', 'support_chunks', 'read_via') WHERE edge = 'EXPOSES'",
	      "app.py:7 main|1|app.py#main\n");
	check("SELECT count(*) FROM path('internet', 'support_chunks', 'write')", "0\n");
	check("SELECT start, certain FROM exposure WHERE asset_kind = 'agent' AND mode = 'steer' ORDER BY start",
	      "internet|1\ntenant://dev|0\n");
	check("SELECT count(*) FROM exposure WHERE start = 'internet' AND asset = 'internet'", "0\n");
}

/* An OR becomes several look-ups whose rows are told apart by their numbers: none may be lost, none given twice. */
static void rows_of_an_or_are_complete(void **state)
{
	(void)state;
	check("SELECT mode FROM exposure WHERE start = 'internet' AND asset_kind = 'agent' AND (mode = 'net' OR mode = 'call') ORDER BY mode",
	      "call\nnet\n");
	check("SELECT mode FROM exposure WHERE (start = 'internet' AND asset_kind = 'agent') AND (mode = 'net' OR mode IN ('call', 'net')) ORDER BY mode",
	      "call\nnet\n");
	check("SELECT count(*) FROM reach WHERE (source = 'internet' OR source = 'tenant://dev') AND wanted = 'steer' AND kind = 'agent'", "2\n");
	check("SELECT count(*) FROM node WHERE kind = 'agent' OR kind = 'table' OR id = '" TABLE_ID "'", "2\n");
	check("SELECT count(*) FROM edge WHERE kind = 'EXPOSES' OR \"from\" = 'internet'", "2\n");
	check("SELECT count(*) FROM evidence WHERE owner = 'internet' OR (owner_kind = 'edge' AND owner_ref = 1)", "2\n");
	check("SELECT count(*) FROM prop WHERE key = 'auth' OR node = '" TABLE_ID "'", "5\n");
}

/* The same rows by every way in: each look-up against a scan that the unary + forces. */
static void lookups_agree_with_scans(void **state)
{
	static const char *const pairs[][2] = {
		{"edge", "from_ref"}, {"edge", "to_ref"}, {"edge", "kind"}, {"edge", "\"from\""}, {"edge", "\"to\""}, {"edge", "ref"},
		{"node", "kind"}, {"node", "id"}, {"node", "ref"}, {"prop", "node_ref"}, {"prop", "key"}, {"prop", "node"},
		{"item", "key"}, {"item", "node"}, {"\"grant\"", "principal"}, {"\"grant\"", "resource_ref"}, {"alias", "alias"},
		{"exposure", "asset"}, {"exposure", "asset_ref"}, {"exposure", "start"}, {"exposure", "start_ref"}, {"exposure", "mode"},
		{"exposure", "asset_kind"}, {"edge_prop", "edge"}, {"evidence", "owner"},
	};
	char sql[512];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *t = pairs[i][0], *c = pairs[i][1];
		snprintf(sql, sizeof sql, "SELECT (SELECT count(*) FROM (SELECT DISTINCT %s AS v FROM %s WHERE %s IS NOT NULL) d CROSS JOIN %s x ON x.%s = d.v)"
		         " = (SELECT count(%s) FROM %s), (SELECT count(%s) > 0 FROM %s)", c, t, c, t, c, c, t, c, t);
		check(sql, "1|1\n");
	}
}

static void comparisons_that_are_no_lookup_stay_exact(void **state)
{
	(void)state;
	check("SELECT count(*) FROM node WHERE kind = 'AGENT'", "0\n");
	check("SELECT count(*) FROM node WHERE kind = 'AGENT' COLLATE NOCASE", "1\n");
	check("SELECT count(*) FROM node WHERE id = 'INTERNET' COLLATE NOCASE", "1\n");
	check("SELECT count(*) FROM node WHERE ref = '1'", "1\n");
	check("SELECT count(*) FROM node WHERE ref = 1.0", "1\n");
	check("SELECT count(*) FROM node WHERE ref = 1.5", "0\n");
	check("SELECT count(*) FROM node WHERE ref IN (0, -1, 4294967297, 9e99, NULL)", "0\n");
	check("SELECT count(*) FROM edge WHERE ref IN (0, -1, 4294967297, 1.5)", "0\n");
	check("SELECT count(*) FROM edge e WHERE e.kind = 'NOTHING'", "0\n");
	check("SELECT count(*) FROM exposure WHERE mode = 'nothing'", "0\n");
	check("SELECT count(*) FROM evidence WHERE owner_kind = 'planet' AND owner_ref = 1", "0\n");
}

static void only_reading_is_possible(void **state)
{
	static const char *const writes[] = {
		"DELETE FROM node", "INSERT INTO node(id) VALUES ('x')", "UPDATE edge SET kind = 'X'", "DROP TABLE node",
		"CREATE TABLE x(a)", "CREATE TEMP TABLE x(a)", "CREATE VIEW v AS SELECT 1", "CREATE TRIGGER t AFTER INSERT ON node BEGIN SELECT 1; END",
		"CREATE VIRTUAL TABLE x USING fts5(a)", "CREATE VIRTUAL TABLE x USING node", "CREATE INDEX i ON node(id)", "ATTACH '/tmp/aisp-x.db' AS x",
		"DETACH main", "PRAGMA writable_schema = 1", "PRAGMA temp_store_directory = '/'", "PRAGMA database_list", "VACUUM", "VACUUM INTO '/tmp/aisp-x.db'",
		"REINDEX", "ANALYZE", "BEGIN", "COMMIT", "SAVEPOINT a", "SELECT load_extension('/tmp/x.so')", "SELECT * FROM sqlite_master",
		"SELECT * FROM sqlite_temp_schema", "SELECT * FROM pragma_database_list", "SELECT * FROM dbstat", "SELECT * FROM sqlite_stmt",
		"SELECT fts3_tokenizer('x')", "SELECT random()", "SELECT randomblob(9)", "ALTER TABLE node RENAME TO x", "EXPLAIN DELETE FROM node",
		"WITH x AS (SELECT 1) DELETE FROM node",
	};

	(void)state;
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
		refused(writes[i], AISP_E_USAGE, "");
	refused("DELETE FROM node", AISP_E_USAGE, "");
	refused("ATTACH '/tmp/aisp-x.db' AS x", AISP_E_USAGE, "only SELECT");
	refused("SELECT 1; SELECT 2", AISP_E_USAGE, "one statement");
	refused("SELECT 1; DELETE FROM node", AISP_E_USAGE, "one statement");
	refused("", AISP_E_USAGE, "empty");
	refused(" -- nothing", AISP_E_USAGE, "empty");
	check("SELECT 1; -- that is all\n /* really */ ;", "1\n");
	assert_int_equal(aisp_sql_query(chatbot.s, chatbot.reach, AISP_S("SELECT 1\0DELETE"), 0, put_row, NULL, NULL), AISP_E_USAGE);
	assert_int_equal(access("/tmp/aisp-x.db", F_OK), -1);
}

static void wrong_questions_say_what_is_wrong(void **state)
{
	(void)state;
	refused("SELECT nope FROM node", AISP_E_USAGE, "no such column: nope (at byte 7)");
	refused("SELECT \"text\" FROM node", AISP_E_USAGE, "no such column: text");
	refused("SELECT * FROM reach", AISP_E_USAGE, "reach('internet'");
	refused("SELECT * FROM reach('internet', 'smell')", AISP_E_USAGE, "'smell' is no mode");
	refused("SELECT * FROM reach('no such thing at all')", AISP_E_NOTFOUND, "no such thing at all");
	refused("SELECT ref('upport')", AISP_E_AMBIGUOUS, "upport");
	refused("SELECT * FROM path('internet', 'support_chunks', 'read', 1000)", AISP_E_USAGE, "1 to 100");
	struct aisp_err err = {AISP_OK, ""};
	assert_int_equal(aisp_sql_query(chatbot.s, NULL, AISP_S("SELECT * FROM exposure"), 0, put_row, NULL, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "access paths"));
}

static void bombs_are_stopped(void **state)
{
	static const char *const endless[] = {
		"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
		"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c ORDER BY -x",
		"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT group_concat(x) FROM c",
		"SELECT count(*) FROM edge a, edge b, edge c, edge d, edge e, edge f, edge g, edge h, edge i, edge j",
	};
	(void)state;
	for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
		AISP_AUTOBUF struct aisp_buf b;
		struct aisp_err err = {AISP_OK, ""};
		uint64_t begin = aisp_clock_mono_ns();
		aisp_buf_init(&b, 0);
		int r = aisp_sql_query(chatbot.s, chatbot.reach, aisp_slice_z(endless[i]), 200, put_row, &b, &err);
		assert_true(r == AISP_E_TIMEOUT || r == AISP_E_LIMIT);
		assert_true(aisp_clock_mono_ns() - begin < 20000000000ULL);
	}
	refused("SELECT length(hex(group_concat(id, printf('%*c', 4000000, 'x')))) FROM edge e, node n", AISP_E_LIMIT, "too long");
}

static void memory_is_limited(void **state)
{
	(void)state;
	refused("WITH RECURSIVE c(x, y) AS (SELECT 1, printf('%*c', 1000000, 'x') UNION SELECT x + 1, y || x FROM c) SELECT count(*) FROM c",
	        AISP_E_LIMIT, "memory");
}

static int stop_at_third(void *ctx, bool is_header, int n, const char *const *cells)
{
	int *rows = ctx;

	(void)n, (void)cells;
	*rows += !is_header;
	return *rows == 3 ? 77 : 0;
}

static void a_reader_may_stop(void **state)
{
	int rows = 0;

	(void)state;
	assert_int_equal(aisp_sql_query(chatbot.s, chatbot.reach, AISP_S("SELECT * FROM node"), 0, stop_at_third, &rows, NULL), 77);
	assert_int_equal(rows, 3);
}

/* Every example of the reference runs, and the page on disk is the one that the tables give. */
static void the_reference_is_true(void **state)
{
	static const char begin[] = "<!-- made from the tables of src/judge; AISP_GOLDEN=1 writes it anew -->\n";
	AISP_AUTOBUF struct aisp_buf made, page;

	(void)state;
	aisp_buf_init(&made, 0);
	aisp_buf_init(&page, 0);
	aisp_sql_reference(&made);
	assert_int_equal(aisp_buf_check(&made, NULL), 0);
	const char *path = AISP_SOURCE_ROOT "/docs/reference-tables.md";
	assert_int_equal(aisp_fs_read(AT_FDCWD, path, false, 1 << 20, &page, NULL), 0);
	size_t at = aisp_slice_find(aisp_buf_slice(&page), aisp_slice_z(begin));
	assert_true(at != SIZE_MAX);
	struct aisp_slice head = aisp_slice_to(aisp_buf_slice(&page), at + sizeof begin - 1);
	struct aisp_slice body = aisp_slice_from(aisp_buf_slice(&page), at + sizeof begin - 1);
	if (getenv("AISP_GOLDEN")) {
		AISP_AUTOBUF struct aisp_buf whole;
		aisp_buf_init(&whole, 0);
		aisp_buf_put(&whole, head);
		aisp_buf_put(&whole, aisp_buf_slice(&made));
		assert_int_equal(aisp_fs_write(path, aisp_buf_slice(&whole), 0644, NULL), 0);
		return;
	}
	assert_true(aisp_slice_eq(body, aisp_buf_slice(&made)));
	for (struct aisp_slice rest = body; aisp_slice_find(rest, AISP_S("```sql\n")) != SIZE_MAX;) {
		AISP_AUTOBUF struct aisp_buf rows;
		struct aisp_err err = {AISP_OK, ""};
		aisp_buf_init(&rows, 0);
		rest = aisp_slice_from(rest, aisp_slice_find(rest, AISP_S("```sql\n")) + 7);
		struct aisp_slice sql = aisp_slice_to(rest, aisp_slice_find(rest, AISP_S("```")));
		int r = aisp_sql_query(chatbot.s, chatbot.reach, sql, 0, put_row, &rows, &err);
		if (r != 0 && r != AISP_E_NOTFOUND && r != AISP_E_AMBIGUOUS)
			fail_msg("%.*s: %s", AISP_FMT(sql), err.msg);
		rest = aisp_slice_from(rest, sql.n + 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_the_graph_answer),
		cmocka_unit_test(tables_of_access_answer),
		cmocka_unit_test(rows_of_an_or_are_complete),
		cmocka_unit_test(lookups_agree_with_scans),
		cmocka_unit_test(comparisons_that_are_no_lookup_stay_exact),
		cmocka_unit_test(only_reading_is_possible),
		cmocka_unit_test(wrong_questions_say_what_is_wrong),
		cmocka_unit_test(bombs_are_stopped),
		cmocka_unit_test(memory_is_limited),
		cmocka_unit_test(a_reader_may_stop),
		cmocka_unit_test(the_reference_is_true),
	};
	return cmocka_run_group_tests_name("judge/sql", tests, set_up, tear_down);
}
