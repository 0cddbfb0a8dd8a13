/* The pure parts of a drill: insertions that leave the rest as it stands, statements, the SCRAM verifier, the forms of a report. */
#include "base/mem.h"
#include "govern/drill_int.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct aisp_drill_pair pair(void)
{
	struct aisp_drill_pair p = {.name = "API_KEY"};
	assert_int_equal(aisp_secret_init(&p.value, AISP_S("v\"1\\x"), NULL), 0);
	return p;
}

/* Inserted: it is JSON, has one more item, and without it the bytes are those of before. */
static void inserts(const char *place, const char *key, const char *before, uint32_t items)
{
	struct aisp_drill_pair p = pair();
	struct aisp_drill_insert in = {0};
	AISP_AUTOBUF struct aisp_buf after = {0}, rest = {0};
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	const struct aisp_slice text = aisp_slice_z(before);
	const struct aisp_doc *d = NULL;
	struct aisp_err err = {0};

	assert_int_equal(aisp_drill__insert(place, AISP_S("aisp-drill-0123456789"), &p, 1, text, !*before, "2026-11-23T00:00:00Z", &in, &err), 0);
	aisp_buf_init(&after, 0);
	aisp_buf_init(&rest, 0);
	aisp_buf_put(&after, aisp_slice_to(text, in.at));
	aisp_buf_put(&after, aisp_buf_slice(&in.bytes));
	aisp_buf_put(&after, aisp_slice_from(text, in.at));
	assert_int_equal(aisp_jsonc_parse(a, aisp_buf_slice(&after), NULL, &d, &err), 0);
	assert_int_equal(aisp_doc_count(aisp_doc_get(d, key)), items);
	assert_true(aisp_slice_find(aisp_buf_slice(&after), AISP_S("v\\\"1\\\\x")) != SIZE_MAX);
	assert_true(aisp_drill__without(aisp_buf_slice(&after), aisp_buf_slice(&in.bytes), &rest));
	assert_true(aisp_slice_eq(aisp_buf_slice(&rest), text));
	aisp_buf_clear(&rest);
	assert_false(aisp_drill__without(text, aisp_buf_slice(&in.bytes), &rest));
	aisp_buf_done(&in.bytes);
	aisp_secret_done(&p.value);
	aisp_arena_free(a);
}

static void test_insertions(void **state)
{
	(void)state;
	inserts("notebook", "cells", "", 1);
	inserts("notebook", "cells", "{\"metadata\": {\"cells\": [1]}, \"cells\": [], \"nbformat\": 4}", 1);
	inserts("notebook", "cells", "{\"a\": \"}]\\\"\", \"b\": [[{}], 2], \"cells\": [{\"x\": 1}, {\"x\": 2}]}", 3);
	inserts("mcp", "mcpServers", "", 1);
	inserts("mcp", "mcpServers", "{ // \"mcpServers\": {\n /* { */ \"mcpServers\" : { /* none */ } }", 1);
	inserts("mcp", "servers", "{\"inputs\": [], \"servers\": {\"a\": {}}}", 2);
}

static void test_no_place(void **state)
{
	static const char *const texts[] = {"[]", "{}", "{\"cells\": 1}", "{\"cells\"", "{\"cells\": [", "{\"cells", "", "{\"x\": {\"cells\": []}}", "{\"x\": /*", "{\"a\\", "{\"cells\": {}}"};
	size_t at = 7;
	bool empty;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(aisp_drill__json_at(aisp_slice_z(texts[i]), "cells", '[', &at, &empty, NULL), AISP_E_PARSE);
	assert_int_equal(at, 7);
}

/* The example of RFC 7677, section 3: salt W22ZaJ0SNY7soEsUEjb6gQ==, password pencil, 4096 rounds; keys as PostgreSQL 16 makes them. */
static void test_scram(void **state)
{
	static const unsigned char salt[16] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};
	AISP_AUTOBUF struct aisp_buf out = {0};

	(void)state;
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_drill__scram(AISP_S("pencil"), salt, &out, NULL), 0);
	assert_string_equal(out.p, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

static void test_targets(void **state)
{
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_slice server, database;

	(void)state;
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_drill__pg_server(a, AISP_S("postgres://u:p@ss@h:5433/d?sslmode=require"), &server, &database, NULL), 0);
	assert_true(aisp_slice_eqz(server, "h:5433") && aisp_slice_eqz(database, "d"));
	assert_int_equal(aisp_drill__pg_server(a, AISP_S("postgresql://[::1]"), &server, &database, NULL), 0);
	assert_true(aisp_slice_eqz(server, "[::1]:5432") && aisp_slice_eqz(database, "postgres"));
	assert_int_equal(aisp_drill__pg_server(a, AISP_S("postgres://a,b/d"), &server, &database, NULL), AISP_E_USAGE);
	assert_int_equal(aisp_drill__pg_login(AISP_S("postgres://u:p@h:1/d?x=y"), AISP_S("r"), AISP_S("s"), &out, NULL), 0);
	assert_string_equal(out.p, "postgresql://r:s@h:1/d?x=y");
	aisp_buf_clear(&out);
	aisp_drill__ident(&out, AISP_S("a\"b"));
	aisp_drill__literal(&out, AISP_S("'\\"));
	assert_string_equal(out.p, "\"a\"\"b\"E'''\\\\'");
	aisp_arena_free(a);
}

static void row(const char *columns, const char *expected)
{
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	AISP_AUTOBUF struct aisp_buf out = {0};
	const struct aisp_doc *d = NULL;
	struct aisp_slice column = {0};

	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_json_parse(a, aisp_slice_z(columns), NULL, &d, NULL), 0);
	const int r = aisp_drill__row(AISP_S("t"), d, AISP_S("it's"), &out, &column, NULL);
	if (expected)
		assert_string_equal(out.p, expected);
	else
		assert_int_equal(r, AISP_E_USAGE);
	aisp_arena_free(a);
}

static void test_rows(void **state)
{
	(void)state;
	row("[{\"name\": \"id\", \"type\": \"text\", \"key\": \"t\", \"required\": \"t\"}, {\"name\": \"document\", \"type\": \"text\"}, {\"name\": \"note\", \"type\": \"text\"}]",
	    "INSERT INTO t (\"id\", \"document\") VALUES ('aisp-drill', E'it''s')");
	row("[{\"name\": \"e\", \"type\": \"public.vector(3)\"}, {\"name\": \"content\", \"type\": \"jsonb\", \"required\": \"t\"}]",
	    "INSERT INTO t (\"e\", \"content\") VALUES (array_fill(0.001::real, ARRAY[3])::public.vector(3), E'\"it''s\"')");
	row("[{\"name\": \"n\", \"type\": \"integer\"}]", NULL);
	row("[{\"name\": \"n\", \"type\": \"text\"}, {\"name\": \"p\", \"type\": \"point\", \"required\": \"t\"}]", NULL);
}

static void test_hostile_report(void **state)
{
	static const char text[] = "{\"schema\": \"aisp/drill/1\", \"id\": \"<i>\", \"state\": \"done\", \"kind\": \"k\\u001b[2J\", \"place\": \"mcp:<script>alert(1)</script>\", "
				   "\"measures\": {\"detected_by_scanners_s\": 0.5, \"rule\": \"<b>\", \"contained_s\": null}, \"steps\": [{\"phase\": \"try\", \"what\": \"\\\"'&\", \"result\": \"works\"}], "
				   "\"reach\": {\"items\": [{\"what\": \"x\", \"predicted\": true, \"answered\": false}]}}";
	struct aisp_arena *a = aisp_arena_new(1 << 20);
	AISP_AUTOBUF struct aisp_buf out = {0};
	const struct aisp_doc *d = NULL;

	(void)state;
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_json_parse(a, aisp_slice_z(text), NULL, &d, NULL), 0);
	aisp_drill_html(d, &out);
	assert_null(strstr(out.p, "<script"));
	assert_null(strstr(out.p, "<b>"));
	assert_null(strchr(out.p, '\x1b'));
	assert_non_null(strstr(out.p, "&quot;&#39;&amp;"));
	aisp_buf_clear(&out);
	aisp_drill_table(d, &out);
	assert_null(strchr(out.p, '\x1b'));
	assert_non_null(strstr(out.p, "PREDICTED, REFUSED"));
	assert_non_null(strstr(out.p, "contained          NO"));
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_insertions), cmocka_unit_test(test_no_place), cmocka_unit_test(test_scram), cmocka_unit_test(test_targets),
					   cmocka_unit_test(test_rows), cmocka_unit_test(test_hostile_report)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
