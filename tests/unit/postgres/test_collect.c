/* The collector without a server: targets, answers, captures. What values say: test_look.c. */
#include "base/fs.h"
#include "pgtext.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *value_of(const struct aisp_pgc_target *t, const char *keyword)
{
	for (unsigned i = 0; t->keywords[i]; i++)
		if (strcmp(t->keywords[i], keyword) == 0)
			return t->values[i];
	return NULL;
}

static void key_is(const char *text, const char *key)
{
	struct aisp_target t = {.text = aisp_slice_z(text)};
	AISP_AUTOBUF struct aisp_buf out;
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_collector_postgres.source_key(&t, &out, NULL), 0);
	assert_string_equal(out.p, key);
}

static void targets(void **state)
{
	(void)state;
	struct aisp_pgc_target t;
	const char *text = "postgresql://app:s3cr%23t@DB.Example:6432/support?aisp_sample=0&sslmode=require";
	assert_int_equal(aisp_pgc_target_parse(aisp_slice_z(text), &t, NULL), 0);
	assert_false(t.sample);
	assert_string_equal(value_of(&t, "password"), "s3cr#t");
	assert_string_equal(value_of(&t, "sslmode"), "require");
	assert_string_equal(value_of(&t, "application_name"), "aisp");
	assert_null(value_of(&t, "aisp_sample"));
	aisp_pgc_target_done(&t);
	key_is(text, "postgres://db.example:6432/support");
	key_is("postgres:host=h port=1 dbname=d password=x aisp_sample=0", "postgres://h:1/d");
	key_is("postgres://u@[::1]:5433/d", "postgres://[::1]:5433/d");
	key_is("postgres:host=/run/postgresql user=u", "postgres://localhost:5432/u");
	key_is("postgres:service=prod dbname=d", "postgres://service-prod:5432/d");
	assert_int_equal(aisp_collector_postgres.recognise(AISP_S("postgres://h/d")), 100);
	assert_int_equal(aisp_collector_postgres.recognise(AISP_S("mysql://h/d")), 0);
	assert_int_equal(aisp_collector_postgres.recognise(AISP_S("/nonexistent")), 0);
}

static void no_password_in_errors(void **state)
{
	(void)state;
	static const char *const broken[] = {"postgresql://app:s3cr%zzt@host/db", "postgres:password=s3cr",
					     "postgresql://app:s3cr@h:port:x/y?zz", "postgres:host=h password='s3cr"};
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct aisp_err err = {0};
		struct aisp_pgc_target t;
		int r = aisp_pgc_target_parse(aisp_slice_z(broken[i]), &t, &err);
		assert_null(strstr(err.msg, "s3cr"));
		if (r == 0)
			aisp_pgc_target_done(&t);
	}
}

static void names_of_prose(void **state)
{
	(void)state;
	static const struct {
		const char *name, *type;
		bool yes;
	} cases[] = {{"body", "text", true},           {"Message", "character varying(80)", true},
		     {"last_comment", "public.citext", true}, {"content", "integer", false},
		     {"somebody", "text", false},      {"content_type_id", "bigint", false},
		     {"", "text", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(aisp_pgc_names_free_text(aisp_slice_z(cases[i].name), aisp_slice_z(cases[i].type)), cases[i].yes);
}

static int load_fixture(struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text;
	aisp_buf_init(&text, 0);
	assert_int_equal(aisp_pgc_capture_init(cap, err), 0);
	int r = aisp_fs_read(AT_FDCWD, AISP_SOURCE_ROOT "/fuzz/corpus/pgcapture/shop16.txt", false, 1 << 24, &text,
			     err);
	return r < 0 ? r : pgtext_load(cap, aisp_buf_slice(&text), err);
}

static aisp_node find(struct aisp_graph *g, const char *id)
{
	return aisp_graph_find(g, aisp_slice_z(id));
}

static aisp_edge edge_between(struct aisp_graph *g, const char *from, enum aisp_edge_kind kind, const char *to)
{
	aisp_node n = find(g, from), m = find(g, to);
	for (aisp_edge e = aisp_graph_next_out(g, n, 0); e && n && m; e = aisp_graph_next_out(g, n, e)) {
		struct aisp_edge_view v = aisp_graph_edge_at(g, e);
		if (v.kind == kind && v.to == m)
			return e;
	}
	return 0;
}

static bool says(struct aisp_slice s, const char *z)
{
	return aisp_slice_eqz(s, z);
}

#define PG "postgres://127.0.0.1:5432"
#define SHOP PG "/shop/public"

static void graph_of_a_capture(void **state)
{
	(void)state;
	struct aisp_pgc_capture cap;
	struct aisp_err err = {0};
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_collect c = {.graph = g};
	assert_int_equal(aisp_graph_source(g, AISP_S("k"), AISP_S("postgres"), AISP_S("t"), &c.source, NULL), 0);
	int r = load_fixture(&cap, &err);
	assert_string_equal(err.msg, "");
	assert_int_equal(r, 0);
	assert_int_equal(aisp_pgc_emit(&c, &cap, &err), 0);
	aisp_edge e = edge_between(g, PG "#role/app", AISP_EDGE_CAN_READ, SHOP "/tickets");
	assert_true(e);
	assert_true(says(aisp_graph_edge_at(g, e).condition, "rows where (agent = CURRENT_USER)"));
	assert_true(says(aisp_graph_edge_at(g, e).control, "GRANT SELECT ON TABLE public.tickets TO app"));
	assert_true(edge_between(g, PG "#role/app", AISP_EDGE_CAN_ASSUME, PG "#role/readers"));
	assert_false(edge_between(g, PG "#role/app", AISP_EDGE_CAN_READ, SHOP "/customers")); /* over readers */
	assert_true(edge_between(g, PG "#role/readers", AISP_EDGE_CAN_READ, SHOP "/customers"));
	assert_true(edge_between(g, PG "#role/bob", AISP_EDGE_CAN_READ, SHOP "/customers/id"));
	assert_false(edge_between(g, PG "#role/bob", AISP_EDGE_CAN_READ, SHOP "/customers"));
	assert_true(edge_between(g, PG "#role/public", AISP_EDGE_CAN_READ, SHOP "/cv"));
	assert_true(edge_between(g, PG "#role/app", AISP_EDGE_CAN_CALL, PG "/shop"));
	assert_false(edge_between(g, PG "#role/readers", AISP_EDGE_CAN_CALL, PG "/shop")); /* no LOGIN */
	assert_true(edge_between(g, PG "#role/postgres", AISP_EDGE_CAN_ASSUME, PG));
	e = edge_between(g, SHOP "/cv", AISP_EDGE_HAS_DATA, SHOP "/customers");
	assert_true(says(aisp_graph_edge_at(g, e).condition, "only what the view shows (from id, email)"));
	assert_true(edge_between(g, SHOP "/logs", AISP_EDGE_HAS_DATA, SHOP "/logs1"));
	assert_true(says(aisp_graph_prop(g, find(g, SHOP "/customers"), "sensitivity"), "restricted"));
	assert_true(says(aisp_graph_prop(g, find(g, SHOP "/e"), "vector_dimension"), "3"));
	assert_true(says(aisp_graph_prop(g, find(g, PG "#role/rep"), "inherit"), "false"));
	e = edge_between(g, SHOP "/f(a integer, b text)", AISP_EDGE_RUNS_AS, PG "#role/owner1");
	assert_true(says(aisp_graph_edge_at(g, e).condition, "as far as the function's body lets"));
	assert_int_equal(find(g, PG "/shop/pg_catalog/pg_class"), 0);
	aisp_graph_free(g);
	aisp_pgc_capture_done(&cap);
}

static void capture_folder(void **state)
{
	(void)state;
	struct aisp_pgc_capture cap, again;
	char dir[] = "/tmp/aisp-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	assert_int_equal(load_fixture(&cap, NULL), 0);
	assert_int_equal(aisp_pgc_add_gap(&cap, AISP_S("what"), AISP_E_ACCESS, AISP_S("a \"detail\"\n"), NULL), 0);
	assert_int_equal(aisp_pgc_capture_write(&cap, dir, NULL), 0);
	assert_true(aisp_pgc_is_capture(dir));
	assert_int_equal(aisp_pgc_capture_init(&again, NULL), 0);
	assert_int_equal(aisp_pgc_capture_read(&again, dir, NULL), 0);
	assert_int_equal(again.gaps.n, cap.gaps.n);
	assert_int_equal(again.gaps.v[again.gaps.n - 1].why, AISP_E_ACCESS);
	for (int q = 0; q < AISP_PGC_Q_END; q++) {
		AISP_AUTOBUF struct aisp_buf a, b;
		aisp_buf_init(&a, 0);
		aisp_buf_init(&b, 0);
		assert_int_equal(cap.rows[q].present, again.rows[q].present);
		assert_int_equal(aisp_pgc_rowset_write(&cap.rows[q], &a, NULL), 0);
		assert_int_equal(aisp_pgc_rowset_write(&again.rows[q], &b, NULL), 0);
		assert_true(aisp_slice_eq(aisp_buf_slice(&a), aisp_buf_slice(&b)));
	}
	key_is(dir, "postgres://127.0.0.1:5432/shop");
	char command[64];
	snprintf(command, sizeof command, "%s/roles.ndjson", dir);
	assert_int_equal(remove(command), 0);
	struct aisp_pgc_capture lacking;
	assert_int_equal(aisp_pgc_capture_init(&lacking, NULL), 0);
	assert_int_equal(aisp_pgc_capture_read(&lacking, dir, NULL),
			 AISP_E_NOTFOUND); /* without roles every answer would be wrong */
	aisp_pgc_capture_done(&lacking);
	aisp_pgc_capture_done(&again);
	aisp_pgc_capture_done(&cap);
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void bad_answers(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "{}",
					  "[1]\n",
					  "[\"oid\"]\n",
					  "[\"oid\",\"kind\"]\n[\"1\"]\n",
					  "[\"oid\",\"kind\"]\n[1,null]\n",
					  "[\"oid\",\"kind\",\"x\"]\n",
					  "[\"oid\",\"kind\"]\n[\"1\",\"2\"",
					  "[\"oid\",\"kind\"]\nnull\n"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct aisp_pgc_capture cap;
		assert_int_equal(aisp_pgc_capture_init(&cap, NULL), 0);
		assert_int_equal(aisp_pgc_answer_parse(&cap, AISP_PGC_Q_passwords, aisp_slice_z(bad[i]), NULL),
				 AISP_E_PARSE);
		aisp_pgc_capture_done(&cap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(no_password_in_errors),
		cmocka_unit_test(names_of_prose),
		cmocka_unit_test(graph_of_a_capture),
		cmocka_unit_test(capture_folder),
		cmocka_unit_test(bad_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
