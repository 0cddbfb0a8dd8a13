/* Tables in files: the same 40 rows in every form, written by other programs (make_data.py), must come out the same; cut and
 * broken files end in an error or a told gap; memory may fail anywhere.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "scan/tabular/tabular.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

enum { ROWS = 40 };

static struct aisp_buf load(const char *name)
{
	struct aisp_buf b;
	struct aisp_err err;
	char path[600];

	aisp_buf_init(&b, 0);
	(void)snprintf(path, sizeof path, "%s/%s", DATA_DIR, name);
	assert_int_equal(aisp_fs_read(AT_FDCWD, path, false, (size_t)1 << 20, &b, &err), 0);
	return b;
}

static const struct aisp_tabular *read_name(const char *name, const struct aisp_tabular_limits *limits, struct aisp_buf *b, struct aisp_arena *a)
{
	const struct aisp_tabular *t = NULL;
	struct aisp_err err = {0};

	*b = load(name);
	struct aisp_input in = aisp_input_mem(aisp_buf_slice(b));
	enum aisp_tabular_form form = aisp_tabular_detect(&in, aisp_slice_z(name));
	assert_int_not_equal(form, AISP_TABULAR_NONE);
	if (aisp_tabular_read(&in, form, limits, a, &t, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	return t;
}

static const struct aisp_tabular_column *column(const struct aisp_tabular *t, const char *name)
{
	for (size_t i = 0; i < t->tables[0].n_columns; i++)
		if (aisp_slice_eqz(t->tables[0].columns[i].name, name))
			return &t->tables[0].columns[i];
	return NULL;
}

static void expect(const struct aisp_tabular_column *c, size_t i, const char *want)
{
	assert_non_null(c);
	assert_true(i < c->n_values);
	if (!want) {
		assert_null(c->values[i].p);
		return;
	}
	if (!c->values[i].p || !aisp_slice_eqz(c->values[i], want))
		fail_msg("%.*s[%zu] is \"%.*s\", not \"%s\"", AISP_FMT(c->name), i, AISP_FMT(c->values[i]), want);
}

static void check_emails(const struct aisp_tabular *t)
{
	char want[64];
	const struct aisp_tabular_column *c = column(t, "email");

	assert_non_null(c);
	assert_int_equal(c->n_values, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		(void)snprintf(want, sizeof want, "user%zu@mailbox.org", i);
		expect(c, i, i % 7 == 3 ? NULL : want);
	}
	assert_true(t->tables[0].rows_known);
	assert_int_equal(t->tables[0].rows, ROWS);
	assert_int_equal(t->partial.n, 0);
}

static void check_typed(const struct aisp_tabular *t)
{
	check_emails(t);
	expect(column(t, "n"), 0, NULL);
	expect(column(t, "n"), 39, "38997");
	expect(column(t, "who.age"), 5, NULL);
	expect(column(t, "who.age"), 17, "17");
	expect(column(t, "who.ok"), 2, "true");
	expect(column(t, "kind"), 4, "green");
	expect(column(t, "day"), 1, "1971-02-05");
	expect(column(t, "price"), 3, "3.75");
	assert_true(aisp_slice_eqz(column(t, "day")->type, "date"));
	assert_true(aisp_slice_eqz(column(t, "email")->type, "string"));
}

static void each(const char *const *names, size_t n, void (*check)(const struct aisp_tabular *))
{
	for (size_t i = 0; i < n; i++) {
		struct aisp_arena *a = aisp_arena_new(0);
		struct aisp_buf b;
		check(read_name(names[i], NULL, &b, a));
		aisp_arena_free(a);
		aisp_buf_done(&b);
	}
}

static void test_parquet(void **state)
{
	static const char *const names[] = {"v1_none.parquet", "v1_snappy.parquet", "v1_gzip.parquet", "v1_brotli.parquet", "v1_zstd.parquet", "v1_lz4.parquet", "v2_pages.parquet", "encodings.parquet"};

	(void)state;
	each(names, sizeof names / sizeof *names, check_typed);
}

static void test_arrow(void **state)
{
	static const char *const names[] = {"plain.arrow", "zstd.arrow", "lz4.arrow", "stream.arrows"}, *const views[] = {"views.arrows"};

	(void)state;
	each(names, sizeof names / sizeof *names, check_typed);
	each(views, 1, check_emails);
}

static void test_metadata(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_buf b;
	const struct aisp_tabular *t = read_name("plain.arrow", NULL, &b, a);

	(void)state;
	assert_int_equal(t->n_metadata, 2);
	assert_true(aisp_slice_eqz(t->metadata[0], "made_by") && aisp_slice_eqz(t->metadata[1], "make_data.py"));
	aisp_arena_free(a);
	aisp_buf_done(&b);
}

static void check_json(const struct aisp_tabular *t)
{
	const struct aisp_tabular_column *c = column(t, "email");

	expect(c, 0, "user0@mailbox.org");
	expect(c, 3, NULL);
	assert_int_equal(c->n_values, ROWS);
	expect(column(t, "who.age"), 0, "0");
	expect(column(t, "tags"), 0, "t0");
	expect(column(t, "n"), 1, "997");
}

static void test_json(void **state)
{
	static const char *const names[] = {"rows.json", "columns.json", "rows.jsonl"};

	(void)state;
	each(names, 3, check_json);
}

static void check_csv(const struct aisp_tabular *t)
{
	check_emails(t);
	if (column(t, "note"))
		expect(column(t, "note"), 7, "a \"quoted\"; b\nc");
	else
		expect(column(t, "name"), 7, "J\xc3\xbcrgen");
}

static void test_csv(void **state)
{
	static const char *const names[] = {"rows.csv", "latin1.csv"};

	(void)state;
	each(names, 2, check_csv);
}

/* Views never run; tables without a rowid are read too. */
static void test_sqlite(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_buf b;
	const struct aisp_tabular *t = read_name("store.sqlite", NULL, &b, a);

	(void)state;
	check_emails(t);
	assert_int_equal(t->n_tables, 2);
	assert_true(aisp_slice_eqz(t->tables[0].name, "people") && aisp_slice_eqz(t->tables[1].name, "sums"));
	expect(column(t, "data"), 0, "8001");
	expect(&t->tables[1].columns[1], 0, "2.5");
	aisp_arena_free(a);
	aisp_buf_done(&b);
}

static void test_sampling(void **state)
{
	static const char *const names[] = {"v1_none.parquet", "plain.arrow", "rows.jsonl", "rows.csv", "rows.json", "store.sqlite"};
	static const struct aisp_tabular_limits few = {.max_rows = 9, .max_value = 6};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct aisp_arena *a = aisp_arena_new(0);
		struct aisp_buf b;
		const struct aisp_tabular *t = read_name(names[i], &few, &b, a);
		const struct aisp_tabular_column *c = column(t, "email");
		if (t->tables[0].rows_read != 9)
			fail_msg("%s: %d rows", names[i], (int)t->tables[0].rows_read);
		assert_int_equal(c->n_values, 9);
		assert_string_equal(c->values[0].p, "user0@");
		/* The sample is stated, and reaches the last third. */
		assert_int_not_equal(aisp_slice_find(t->sampling, AISP_S("9")), SIZE_MAX);
		bool late = false;
		for (size_t k = 0; k < 9; k++)
			late |= c->values[k].p && c->values[k].p[4] == '3' && c->values[k].n == 6 && c->values[k].p[5] != '@';
		assert_true(late);
		aisp_arena_free(a);
		aisp_buf_done(&b);
	}
}

/* Cut anywhere, and with any byte turned: an answer or an error, never more. */
static void test_broken(void **state)
{
	static const struct {
		const char *name;
		enum aisp_tabular_form form;
	} files[] = {{"v1_snappy.parquet", AISP_TABULAR_PARQUET}, {"encodings.parquet", AISP_TABULAR_PARQUET}, {"zstd.arrow", AISP_TABULAR_ARROW}, {"stream.arrows", AISP_TABULAR_ARROW}, {"store.sqlite", AISP_TABULAR_SQLITE}};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct aisp_buf b = load(files[i].name);
		for (size_t k = 0; k < b.n; k += 13) {
			struct aisp_arena *a = aisp_arena_new((size_t)32 << 20);
			const struct aisp_tabular *t = NULL;
			struct aisp_err err = {0};
			struct aisp_input cut = aisp_input_mem(aisp_slice_of(b.p, k)), in = aisp_input_mem(aisp_buf_slice(&b));
			int r = aisp_tabular_read(&cut, files[i].form, NULL, a, &t, &err);
			assert_true(r == 0 || r == AISP_E_PARSE || r == AISP_E_LIMIT);
			b.p[k] = (char)(b.p[k] ^ 0x41);
			t = NULL;
			r = aisp_tabular_read(&in, files[i].form, NULL, a, &t, &err);
			assert_true((r == 0 && t) || r == AISP_E_PARSE || r == AISP_E_LIMIT);
			b.p[k] = (char)(b.p[k] ^ 0x41);
			aisp_arena_free(a);
		}
		aisp_buf_done(&b);
	}
}

static void test_torture(void **state)
{
	static const struct {
		const char *name;
		enum aisp_tabular_form form;
	} files[] = {{"v1_zstd.parquet", AISP_TABULAR_PARQUET}, {"lz4.arrow", AISP_TABULAR_ARROW}, {"rows.jsonl", AISP_TABULAR_JSONL}, {"rows.json", AISP_TABULAR_JSON}, {"rows.csv", AISP_TABULAR_CSV}, {"store.sqlite", AISP_TABULAR_SQLITE}};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct aisp_buf b = load(files[i].name);
		struct aisp_input in = aisp_input_mem(aisp_buf_slice(&b));
		size_t live = aisp_mem_live();
		for (uint64_t nth = 1, done = 0; !done && nth < 3000; nth++) {
			for (unsigned persistent = 0; persistent < 2; persistent++) {
				const struct aisp_tabular *t = NULL;
				struct aisp_err err = {0};
				aisp_fault_set(nth, persistent);
				struct aisp_arena *a = aisp_arena_new(0);
				int r = a ? aisp_tabular_read(&in, files[i].form, NULL, a, &t, &err) : AISP_E_NOMEM;
				done |= aisp_fault_count() < nth;
				aisp_fault_set(0, false);
				assert_true(r == 0 ? t != NULL : t == NULL);
				aisp_arena_free(a);
				assert_int_equal(aisp_mem_live(), live);
			}
		}
		aisp_buf_done(&b);
	}
}

static enum aisp_tabular_form detect(const char *text, const char *path)
{
	struct aisp_input in = aisp_input_mem(aisp_slice_z(text));

	return aisp_tabular_detect(&in, aisp_slice_z(path));
}

static void test_detect(void **state)
{
	(void)state;
	assert_int_equal(detect("a,b\n1,2\n", "x.csv"), AISP_TABULAR_CSV);
	assert_int_equal(detect("a,b\n1,2\n", "x.py"), AISP_TABULAR_NONE);
	assert_int_equal(detect("Dear all,\nthis is prose, as it goes.\nBye\n", "x.txt"), AISP_TABULAR_NONE);
	assert_int_equal(detect("a\tb\tc\n1\t2\t3\n4\t5\t6\n7\t8\t9\n1\t1\t1\n2\t2\t2\n", "x.txt"), AISP_TABULAR_CSV);
	assert_int_equal(detect("{\"a\": 1}\n{\"a\": 2}\n", "log"), AISP_TABULAR_JSONL);
	assert_int_equal(detect("{\"a\": 1}\n", "x.json"), AISP_TABULAR_JSON);
	assert_int_equal(detect("[{\"a\": 1}]", "x.json"), AISP_TABULAR_JSON);
	assert_int_equal(detect("[section]\na = 1\n", "x.ini"), AISP_TABULAR_NONE);
	assert_int_equal(detect("", "x.csv"), AISP_TABULAR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parquet), cmocka_unit_test(test_arrow),   cmocka_unit_test(test_metadata), cmocka_unit_test(test_json),
					   cmocka_unit_test(test_csv),     cmocka_unit_test(test_sqlite),  cmocka_unit_test(test_sampling), cmocka_unit_test(test_broken),
					   cmocka_unit_test(test_torture), cmocka_unit_test(test_detect)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
