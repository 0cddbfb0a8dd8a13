/* Sampled values: what look.c says of them, that no value gets into the capture, and what the graph makes of the verdicts, of
 * those of older captures and of names alone.
 */
#include "base/fs.h"
#include "graph/snapshot.h"
#include "pgtext.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TABLE "16768" /* public.t of the fixture; 16774 is the view v */
#define IN_T "postgres://127.0.0.1:5432/small/public/t"
#define FP "fp1:0123456789abcdef0123456789abcdef"

struct world {
	struct aisp_pgc_capture cap;
	struct aisp_pgc_cells *cells;
	struct aisp_snapshot *graph;
};

/* The small capture with other columns: "name type, …" of the table, and nothing looked at yet. */
static void begin(struct world *w, const char *columns)
{
	AISP_AUTOBUF struct aisp_buf text;
	struct aisp_err err = {0};
	struct aisp_slice rest = aisp_slice_z(columns), one, name;
	aisp_buf_init(&text, 0);
	memset(w, 0, sizeof *w);
	assert_int_equal(aisp_pgc_capture_init(&w->cap, NULL), 0);
	assert_int_equal(aisp_fs_read(AT_FDCWD, AISP_SOURCE_ROOT "/fuzz/corpus/pgcapture/small16.txt", false, 1 << 24, &text, NULL), 0);
	assert_int_equal(pgtext_load(&w->cap, aisp_buf_slice(&text), &err), 0);
	struct aisp_pgc_rowset *rs = &w->cap.rows[AISP_PGC_Q_columns];
	aisp_vec_done(&w->cap.rows[AISP_PGC_Q_sample].cells);
	w->cap.rows[AISP_PGC_Q_sample] = (struct aisp_pgc_rowset){0};
	aisp_vec_done(&rs->cells);
	assert_int_equal(aisp_pgc_rowset_begin(w->cap.arena, aisp_pgc_queries[AISP_PGC_Q_columns].columns, rs, NULL), 0);
	w->cells = calloc(1, sizeof *w->cells);
	w->cells->oid = AISP_S(TABLE);
	w->cells->table = AISP_S("t");
	w->cells->cell_max = 512;
	for (uint32_t i = 0; aisp_slice_split(&rest, ',', &one); i++) {
		one = aisp_slice_trim(one);
		assert_true(aisp_slice_split(&one, ' ', &name));
		struct aisp_slice num = aisp_arena_printf(w->cap.arena, "%u", i + 1);
		const struct aisp_slice row[] = {AISP_S(TABLE), num, name, AISP_S("25"), one, {0}, {0}};
		struct aisp_slice texts[7];
		for (int j = 0; j < 7; j++)
			texts[j] = row[j].p ? row[j] : AISP_S(""); /* NULLs below */
		assert_int_equal(aisp_pgc_rowset_push(w->cap.arena, texts, 7, rs, NULL), 0);
		rs->cells.v[rs->cells.n - 1] = rs->cells.v[rs->cells.n - 2] = (struct aisp_slice){0};
		w->cells->num[i] = num;
		w->cells->name[i] = name;
		w->cells->type[i] = one;
		w->cells->n_columns = i + 1;
	}
}

static void put_value(struct world *w, uint32_t column, uint32_t row, const char *value)
{
	struct aisp_slice s = aisp_slice_z(value);
	w->cells->v[column * AISP_PGC_SAMPLE_ROWS + row] = value ? aisp_arena_dup(w->cap.arena, s) : s;
	if (w->cells->n_rows <= row)
		w->cells->n_rows = row + 1;
}

static void look(struct world *w, const struct aisp_content *content)
{
	struct aisp_pgc_look l;
	struct aisp_err err = {0};
	assert_int_equal(aisp_pgc_look_init(&l, content, &w->cap, &err), 0);
	assert_int_equal(aisp_pgc_look_table(&l, w->cells, &err), 0);
	assert_int_equal(l.cut_short, 0);
	aisp_pgc_look_done(&l);
}

static int answer(struct world *w, enum aisp_pgc_query q, const char *rows, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text;
	struct aisp_slice rest = aisp_slice_z(aisp_pgc_queries[q].columns), name;
	aisp_buf_init(&text, 0);
	for (bool first = true; aisp_slice_split(&rest, ' ', &name); first = false)
		aisp_buf_printf(&text, "%s\"%.*s\"", first ? "[" : ",", AISP_FMT(name));
	aisp_buf_printf(&text, "]\n%s", rows);
	return aisp_pgc_answer_parse(&w->cap, q, aisp_buf_slice(&text), err);
}

static int emit(struct world *w, struct aisp_err *err)
{
	struct aisp_collect c = {.graph = aisp_graph_new()};
	assert_int_equal(aisp_graph_source(c.graph, AISP_S("k"), AISP_S("postgres"), AISP_S("t"), &c.source, NULL), 0);
	int r = aisp_pgc_emit(&c, &w->cap, err);
	if (r == 0)
		assert_int_equal(aisp_graph_freeze(c.graph, &w->graph, NULL), 0);
	else
		aisp_graph_free(c.graph);
	return r;
}

static void end(struct world *w)
{
	aisp_snapshot_free(w->graph);
	free(w->cells);
	aisp_pgc_capture_done(&w->cap);
}

static aisp_node node(const struct world *w, const char *column)
{
	char id[300];
	snprintf(id, sizeof id, "%s%s%s", IN_T, *column ? "/" : "", column);
	aisp_node n = aisp_snapshot_find(w->graph, aisp_slice_z(id));
	assert_true(n);
	return n;
}

static void is(struct world *w, const char *column, const char *classes, const char *sensitivity)
{
	char got[2][200];
	static const char *const keys[] = {"data_classes", "sensitivity"};
	for (int i = 0; i < 2; i++)
		snprintf(got[i], sizeof got[i], "%.*s", AISP_FMT(aisp_snapshot_prop_str(w->graph, node(w, column), keys[i])));
	assert_string_equal(got[0], classes);
	assert_string_equal(got[1], sensitivity);
}

/* How many rows of the table were looked at; -1: not said. */
static int64_t sampled_rows(const struct world *w)
{
	const struct aisp_prop *p = aisp_snapshot_prop(w->graph, node(w, ""), "sampled_rows");
	return p ? p->i : -1;
}

/* Is the text anywhere in what was answered? */
static bool in_capture(const struct world *w, const char *text)
{
	for (int q = 0; q < AISP_PGC_Q_END; q++)
		for (size_t i = 0; i < w->cap.rows[q].cells.n; i++)
			if (aisp_slice_find(w->cap.rows[q].cells.v[i], aisp_slice_z(text)) != SIZE_MAX)
				return true;
	return false;
}

static void values_decide(void **state)
{
	(void)state;
	static const char *const ibans[] = {"DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606", "NL91ABNA0417164300"};
	struct world w;
	char number[32];
	begin(&w, "id integer, ref text, email text, h text, story text, body text, city text, empty_phone text");
	for (uint32_t i = 0; i < 40; i++) {
		snprintf(number, sizeof number, "%u", 1000 + i * 7);
		put_value(&w, 0, i, number);
		put_value(&w, 1, i, ibans[i % 4]);
		put_value(&w, 2, i, number);
		put_value(&w, 3, i, "$2b$12$abcdefghijklmnopqrstuv");
		put_value(&w, 4, i, "The printer on the second floor does not print since the update this morning, please help");
		put_value(&w, 5, i, "ok");
		put_value(&w, 6, i, "Springfield");
		put_value(&w, 7, i, NULL);
	}
	look(&w, NULL);
	assert_false(w.cap.rows[AISP_PGC_Q_secrets].present);
	for (size_t i = 0; i < 4; i++)
		assert_false(in_capture(&w, ibans[i]));
	assert_false(in_capture(&w, "printer"));
	assert_int_equal(emit(&w, NULL), 0);
	is(&w, "id", "", "");
	is(&w, "ref", "bank_account", "restricted");
	is(&w, "email", "", ""); /* the values speak against its name */
	is(&w, "h", "credential", "restricted");
	is(&w, "story", "free_text", "internal");
	is(&w, "body", "free_text", "internal"); /* by its name */
	is(&w, "empty_phone", "phone", "confidential"); /* nothing but NULL: the name alone */
	is(&w, "city", "address", "confidential"); /* a weak name beside a phone number */
	is(&w, "", "address\nbank_account\ncredential\nfree_text\nphone", "restricted");
	assert_int_equal(sampled_rows(&w), 40);
	end(&w);
}

static void weak_names_need_company(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "city text, balance numeric, token text");
	for (uint32_t i = 0; i < 20; i++) {
		put_value(&w, 0, i, "Springfield");
		put_value(&w, 1, i, "12.50");
		put_value(&w, 2, i, "Tx81kdlw92");
	}
	look(&w, NULL);
	assert_int_equal(emit(&w, NULL), 0);
	is(&w, "city", "", "");
	is(&w, "balance", "", "");
	is(&w, "", "", "");
	end(&w);
}

static void names_alone(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "email character varying(80), email_verified boolean, email_sent_at timestamp with time zone, filename text, "
		  "birth_date date, ip inet, password_hash text, token_count integer, urban text, salary numeric(10,2), body text, "
		  "embedding public.vector(3)");
	assert_int_equal(emit(&w, NULL), 0);
	is(&w, "email", "email", "confidential");
	is(&w, "birth_date", "birth_date", "confidential");
	is(&w, "ip", "ip_address", "confidential");
	is(&w, "password_hash", "credential", "restricted");
	is(&w, "salary", "financial", "confidential");
	is(&w, "body", "free_text", "internal");
	static const char *const nothing[] = {"email_verified", "email_sent_at", "filename", "token_count", "urban", "embedding"};
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
		is(&w, nothing[i], "", "");
	assert_int_equal(sampled_rows(&w), -1);
	end(&w);
}

/* Captures of before: counts by class; the names count beside them. */
static void older_captures(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "a text, b text, c text, d text, email text");
	assert_int_equal(answer(&w, AISP_PGC_Q_sample,
				"[\"" TABLE "\",\"0\",\"50\",\"0\",\"\",\"0\"]\n[\"" TABLE "\",\"1\",\"50\",\"50\",\"income\",\"50\"]\n"
				"[\"" TABLE "\",\"2\",\"50\",\"50\",\"email\",\"2\"]\n[\"" TABLE "\",\"3\",\"50\",\"50\",\"bank_account\",\"10\"]\n"
				"[\"" TABLE "\",\"4\",\"50\",\"50\",\"no_such_class\",\"50\"]\n[\"999\",\"4\",\"50\",\"50\",\"email\",\"50\"]\n", NULL), 0);
	assert_int_equal(emit(&w, NULL), 0);
	is(&w, "a", "financial", "confidential");
	is(&w, "b", "", ""); /* 2 of 50 are too few */
	is(&w, "c", "bank_account", "restricted");
	is(&w, "d", "", "");
	is(&w, "email", "email", "confidential");
	assert_int_equal(sampled_rows(&w), 50);
	end(&w);
}

static const struct aisp_sedge *held(const struct world *w, aisp_node from, aisp_node to)
{
	for (uint32_t i = w->graph->out_at[from]; i < w->graph->out_at[from + 1]; i++)
		if (w->graph->edges[i].to == to && w->graph->edges[i].kind == AISP_EDGE_HOLDS)
			return &w->graph->edges[i];
	return NULL;
}

static void secrets_of_a_table(void **state)
{
	(void)state;
	struct aisp_secrets *rules = NULL;
	const struct aisp_fpkey key = {{7}};
	AISP_AUTOBUF struct aisp_buf token;
	char fp[AISP_FINGERPRINT_LEN + 1], id[80];
	struct world w;
	aisp_buf_init(&token, 0);
	assert_int_equal(aisp_secrets_new(&(struct aisp_secrets_config){0}, &rules, NULL), 0);
	assert_int_equal(aisp_secrets_expand(AISP_S("AKIA<<check>>"), AISP_S("aws-key-id"), 5, &token, NULL), 0);
	const struct aisp_content content = {.secrets = rules, .fpkey = &key, .what = AISP_CONTENT_SECRETS};
	begin(&w, "name text, value text, other text");
	for (uint32_t i = 0; i < 6; i++) {
		put_value(&w, 0, i, i == 2 ? "aws_access_key_id" : "colour");
		put_value(&w, 1, i, i == 2 || i == 4 ? token.p : "blue and green");
		put_value(&w, 2, i, NULL);
	}
	look(&w, &content);
	assert_int_equal(w.cap.rows[AISP_PGC_Q_secrets].n_rows, 1); /* twice there, once said */
	assert_false(in_capture(&w, token.p));
	assert_int_equal(emit(&w, NULL), 0);
	aisp_fingerprint(&key, aisp_buf_slice(&token), fp);
	snprintf(id, sizeof id, "credential://%s", fp);
	const aisp_node cred = aisp_snapshot_find(w.graph, aisp_slice_z(id));
	assert_true(cred);
	assert_true(aisp_slice_eqz(aisp_snapshot_prop_str(w.graph, cred, "fingerprint"), fp));
	assert_true(aisp_slice_eqz(aisp_snapshot_prop_str(w.graph, cred, "credential_kind"), "aws_api_key"));
	const struct aisp_sedge *e = held(&w, node(&w, "value"), cred);
	assert_non_null(e);
	assert_string_equal(aisp_snapshot_z(w.graph, e->control), "public.t.value");
	assert_null(held(&w, node(&w, "other"), cred));
	is(&w, "value", "credential", "restricted");
	is(&w, "other", "", "");
	end(&w);
	aisp_secrets_free(rules);
}

/* A value of which only the begin was read has no fingerprint. */
static void cut_values(void **state)
{
	(void)state;
	struct aisp_secrets *rules = NULL;
	const struct aisp_fpkey key = {{7}};
	AISP_AUTOBUF struct aisp_buf token;
	struct world w;
	aisp_buf_init(&token, 0);
	assert_int_equal(aisp_secrets_new(&(struct aisp_secrets_config){0}, &rules, NULL), 0);
	const struct aisp_content content = {.secrets = rules, .fpkey = &key, .what = AISP_CONTENT_SECRETS};
	assert_int_equal(aisp_secrets_expand(AISP_S("AKIA<<check>>"), AISP_S("aws-key-id"), 5, &token, NULL), 0);
	begin(&w, "value text");
	put_value(&w, 0, 0, token.p);
	w.cells->cell_max = token.n;
	look(&w, &content);
	assert_int_equal(w.cap.rows[AISP_PGC_Q_secrets].n_rows, 0);
	end(&w);
	aisp_secrets_free(rules);
}

static void wrong_rows(void **state)
{
	(void)state;
	static const struct {
		enum aisp_pgc_query q;
		const char *row;
	} bad[] = {
		{AISP_PGC_Q_sample, "[\"x\",\"1\",\"1\",\"1\",\"email\",\"1\"]\n"},
		{AISP_PGC_Q_personal, "[\"" TABLE "\",\"1\",\"email\",\"email\",\"sure\",\"t\",\"t\",\"1\",\"2\",\"more than all\"]\n"},
		{AISP_PGC_Q_personal, "[\"" TABLE "\",\"1\",\"email\",\"email\",\"sure\",\"t\",\"t\",null,\"0\",\"\"]\n"},
		{AISP_PGC_Q_personal, "[\"" TABLE "\",\"-1\",\"email\",\"email\",\"sure\",\"t\",\"t\",\"1\",\"1\",\"\"]\n"},
		{AISP_PGC_Q_secrets, "[\"" TABLE "\",\"1\",\"r\",\"i\",\"api_key\",\"sure\",\"high\",\"fp1:0\",\"" FP "\",\"…\"]\n"},
		{AISP_PGC_Q_secrets, "[\"" TABLE "\",\"1\",\"r\",\"i\",\"no_kind\",\"sure\",\"high\",\"" FP "\",\"" FP "\",\"…\"]\n"},
		{AISP_PGC_Q_secrets, "[\"" TABLE "\",\"1\",\"r\",\"i\",\"api_key\",\"sure\",\"high\",\"" FP "\",\"" FP "\","
				     "\"a preview that is longer than previews are\"]\n"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct world w;
		struct aisp_err err = {0};
		begin(&w, "a text");
		assert_int_equal(answer(&w, bad[i].q, bad[i].row, NULL), 0);
		assert_int_equal(emit(&w, &err), AISP_E_PARSE);
		assert_non_null(strstr(err.msg, aisp_pgc_queries[bad[i].q].name));
		end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_decide), cmocka_unit_test(weak_names_need_company),
		cmocka_unit_test(names_alone),   cmocka_unit_test(older_captures),
		cmocka_unit_test(secrets_of_a_table), cmocka_unit_test(cut_values),
		cmocka_unit_test(wrong_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
