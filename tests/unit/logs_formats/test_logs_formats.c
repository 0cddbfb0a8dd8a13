/* The further log formats, through the real reader: each sample in tests/golden/logs (NAME.log, named as its row) gives NAME.expected, is recognised as itself and as nothing else, and lets no
 * literal, prompt, query or token out (each sample holds the word SEKRIT where such things stand). SQL's tables; times; cut protobuf; memory that fails. AISP_GOLDEN=update writes what is found now. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "collect/logs/formats_int.h"
#include "collect/logs/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { OTHERS = 2 }; /* rows of others at the beginning: cloudtrail, vpc-flow */
struct seen {
	struct aisp_buf out;
	int events, gaps;
};

static const char *outcome(enum aisp_use_outcome o)
{
	return o == AISP_USE_DONE ? "done" : o == AISP_USE_DENIED ? "denied" : "failed";
}
static int on_start(void *ctx, const struct aisp_log_read *at, int64_t size, int64_t *ret_offset, uint64_t *ret_chain, bool *ret_done, struct aisp_err *err)
{
	(void)ctx, (void)at, (void)size, (void)err;
	*ret_offset = 0;
	*ret_chain = 0;
	*ret_done = false;
	return 0;
}
static int on_event(void *ctx, const struct aisp_log_read *at, const struct aisp_use_event *e, struct aisp_err *err)
{
	struct seen *s = ctx;
	char iso[AISP_ISO_LEN + 1] = "-";

	(void)at;
	if (e->at_us)
		aisp_clock_iso(e->at_us, iso);
	aisp_buf_printf(&s->out, "%s.%06d %-6s who=%.*s via=%.*s cred=%.*s | %.*s | %.*s | origin=%.*s from=%.*s id=%.*s\n", iso, (int)(e->at_us % 1000000), outcome(e->outcome), AISP_FMT(e->identity),
	                AISP_FMT(e->via), AISP_FMT(e->credential), AISP_FMT(e->action), AISP_FMT(e->asset), AISP_FMT(e->origin), AISP_FMT(e->from), AISP_FMT(aisp_slice_is_utf8(e->id) && aisp_slice_chr(e->id, '.') != 16 ? e->id : AISP_S("(place)")));
	s->events++;
	return aisp_buf_check(&s->out, err);
}
static int on_mark(void *ctx, const struct aisp_log_read *at, struct aisp_err *err)
{
	(void)ctx, (void)at, (void)err;
	return 0;
}
static void on_gap(void *ctx, const struct aisp_log_read *at, int64_t offset, const char *why)
{
	struct seen *s = ctx;

	(void)at;
	aisp_buf_printf(&s->out, "gap at %lld: %s\n", (long long)offset, why);
	s->gaps++;
}
static int read_log(const char *path, struct seen *s, struct aisp_err *err)
{
	const struct aisp_log_to to = {s, on_start, on_event, NULL, on_mark, on_gap};
	struct aisp_log_stream *stream = NULL;
	bool ok = false;
	int r = aisp_log_open(path, NULL, AISP_S("origin-1"), &to, &stream, err);

	if (r < 0)
		return r;
	r = aisp_log_read(stream, true, &ok, err);
	aisp_log_close(stream);
	return r;
}
static struct aisp_slice slurp(const char *path)
{
	static char text[1 << 17];
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;

	if (f)
		fclose(f);
	return aisp_slice_of(text, n);
}
static void test_golden(void **state)
{
	const char *flag = getenv("AISP_GOLDEN");

	(void)state;
	for (const struct aisp_log_format *f = aisp_log_formats + OTHERS; f->name; f++) {
		char path[512];
		struct aisp_err err = {0};
		struct seen s = {0};
		struct aisp_slice got, want;

		snprintf(path, sizeof path, "%s/%s.log", GOLDEN_DIR, f->name);
		assert_true(slurp(path).n > 0);
		aisp_buf_init(&s.out, 1 << 20);
		if (read_log(path, &s, &err) < 0)
			fail_msg("%s: %s", path, err.msg);
		got = aisp_buf_slice(&s.out);
		if (aisp_slice_find(got, AISP_S("SEKRIT")) != SIZE_MAX)
			fail_msg("%s lets a secret out: %.*s", path, AISP_FMT(got));
		assert_true(s.events > 1);
		snprintf(path, sizeof path, "%s/%s.expected", GOLDEN_DIR, f->name);
		if (flag && strcmp(flag, "update") == 0) {
			FILE *to = fopen(path, "wb");

			assert_non_null(to);
			fwrite(got.p, 1, got.n, to);
			fclose(to);
		}
		want = slurp(path);
		if (!aisp_slice_eq(got, want))
			fail_msg("%s differs (AISP_GOLDEN=update accepts it):\n%.*s", path, AISP_FMT(got));
		aisp_buf_done(&s.out);
	}
}
/* Each sample by each row: only its own is sure, also when the head is cut anywhere behind the first record. */
static void test_recognised_as_itself(void **state)
{
	(void)state;
	for (const struct aisp_log_format *f = aisp_log_formats + OTHERS; f->name; f++) {
		char path[512];
		struct aisp_slice head;

		snprintf(path, sizeof path, "%s/%s.log", GOLDEN_DIR, f->name);
		head = slurp(path);
		for (const struct aisp_log_format *g = aisp_log_formats; g->name; g++) {
			int score = g->recognise(head);

			if ((g == f) != (score >= 50))
				fail_msg("%s.log: row %s says %d", f->name, g->name, score);
		}
		for (size_t n = 0; n < head.n; n += 1 + n / 7)
			for (const struct aisp_log_format *g = aisp_log_formats; g->name; g++)
				if (g != f && g->recognise(aisp_slice_to(head, n)) >= 50)
					fail_msg("%s.log cut to %zu: row %s takes it", f->name, n, g->name);
	}
}
static void test_not_recognised(void **state)
{
	static const char *const texts[] = {"", "\n\n", "hello world\n", "{}", "[]", "[[[[", "{\"kind\":\"Event\",\"apiVersion\":\"v1\"}\n", "{\"status\":200,\"path\":\"/x\",\"method\":\"GET\"}\n", "a,b,c\n1,2,3\n",
	                                    "2026-11-01T12:00:00Z INFO started\n", "127.0.0.1 localhost\n", "{\"timestamp\":\"2026-11-01T12:00:00Z\",\"message\":\"x\",\"level\":\"info\"}\n",
	                                    "{\"id\":\"1\",\"type\":\"TOOL\"}", "Nov  1 12:00:00 host sshd[1]: LOG: x\n", "\n\x02\x0a\x00", "{\"request\":\"GET / HTTP/1.1\",\"status\":200}\n"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (const struct aisp_log_format *g = aisp_log_formats + OTHERS; g->name; g++)
			if (g->recognise(aisp_slice_z(texts[i])) >= 50)
				fail_msg("row %s takes %s", g->name, texts[i]);
}
static void test_sql(void **state)
{
	static const struct {
		const char *sql, *expected;
	} cases[] = {
		{"select a, 'x from secret' from public.t1 t, \"Weird\".\"T2\" as w left join S.t3 on t.a = w.b where exists (select 1 from t4)",
	         "SELECT:public.t1 SELECT:Weird.T2 SELECT:s.t3 SELECT:t4 "},
		{"INSERT INTO a.b (c,d) SELECT x from y", "INSERT:a.b SELECT:y "},
		{"with q as (select * from base), r(n) as (delete from old returning *) select * from q join r using (id) join real on true", "SELECT:base DELETE:old SELECT:real "},
		{"update only t set a = 1 from u where u.id = t.id", "UPDATE:t SELECT:u "},
		{"select extract(year from ts), substring(x from 2), trim(both from z) from ev", "SELECT:ev "},
		{"select 1 is distinct from x from tt", "SELECT:tt "},
		{"explain (analyze, buffers) select * from t", "SELECT:t "},
		{"explain analyze delete from t", "DELETE:t "},
		{"copy (select * from t) to stdout", "SELECT:t "},
		{"copy t (a,b) from stdin", "COPY:t "},
		{"truncate table a, b.c cascade", "TRUNCATE:a TRUNCATE:b.c "},
		{"create table if not exists foo.bar (id int)", "CREATE:foo.bar "},
		{"create table x as select * from y", "CREATE:x SELECT:y "},
		{"grant select on table foo.bar to bob", "GRANT:foo.bar "},
		{"select * from t for update of t", "SELECT:t "},
		{"insert into t values (1) on conflict do update set a = excluded.b", "INSERT:t "},
		{"do $$ begin delete from secret; end $$", "DO: "},
		{"select E'it\\'s from q' from w", "SELECT:w "},
		{"select 1 /* from a /* from b */ from c */ -- from d\n from e", "SELECT:e "},
		{"create role bob password 'hunter2'", "CREATE: "},
		{"select 'unterminated from t", "SELECT: "},
		{"begin", ""},
		{"((((((((((((((((((((", ""},
	};
	struct aisp_log_sql q[AISP_LOG_SQL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_arena *a = aisp_arena_new(1 << 20);
		size_t n = aisp_log__sql(a, aisp_slice_z(cases[i].sql), q), o = 0;
		char got[1024] = "";

		for (size_t k = 0; k < n; k++)
			o += (size_t)snprintf(got + o, sizeof got - o, "%.*s:%.*s ", AISP_FMT(q[k].verb), AISP_FMT(q[k].table));
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("%s gives %s, not %s", cases[i].sql, got, cases[i].expected);
		aisp_arena_free(a);
	}
}
static void test_times(void **state)
{
	const int64_t noon = 1793534400000000; /* 2026-11-01T12:00:00Z */

	(void)state;
	assert_int_equal(aisp_log__when(AISP_S("2026-11-01T12:00:00Z"), NULL), noon);
	assert_int_equal(aisp_log__when(AISP_S("2026-11-01 13:00:00.25 CET"), NULL), noon + 250000);
	assert_int_equal(aisp_log__when(AISP_S("2026-11-01T17:30:00.1234567+05:30"), NULL), noon + 123456);
	assert_int_equal(aisp_log__when(AISP_S("2026-11-01 07:00:00-05"), NULL), noon);
	assert_int_equal(aisp_log__when(AISP_S("2026-11-01 07:00:00 XYZT"), NULL), 0); /* no guess */
	assert_int_equal(aisp_log__when(AISP_S("2026-13-01 07:00:00"), NULL), 0);
	assert_int_equal(aisp_log__clf_time(AISP_S("01/Nov/2026:07:00:00 -0500")), noon);
	assert_int_equal(aisp_log__clf_time(AISP_S("01/Foo/2026:07:00:00 -0500")), 0);
}
/* A path's segments that name one thing, or may be a secret, are not kept. */
static void test_path(void **state)
{
	static const char *const cases[][2] = {{"/a/b/c?d", "/a/b"}, {"/", "/"}, {"/v1/models", "/v1/models"}, {"/users/12345/x", "/users/*"}, {"/bot123456:AAF-x/sendMessage", "/*/sendMessage"},
	                                       {"//a///b", "/a/b"}, {"/reset/9f8e7d6c5b4a39281706f5e4d3c2b1a0", "/reset/*"}, {"/v1/chat;jsessionid=1", "/v1/chat"},
	                                       {"/o/550e8400-e29b-41d4-a716-446655440000", "/o/*"}, {"*", ""}};
	struct aisp_arena *a = aisp_arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_slice got = aisp_log__path(a, aisp_slice_z(cases[i][0]));

		if (!aisp_slice_eqz(got, cases[i][1]))
			fail_msg("%s gives %.*s", cases[i][0], AISP_FMT(got));
	}
	aisp_arena_free(a);
}
/* What a hostile name becomes: no controls, no hidden characters, cut. */
static int take(void *ctx, const struct aisp_use_event *e, struct aisp_err *err)
{
	(void)err;
	*(struct aisp_use_event *)ctx = *e;
	return 0;
}
static void test_fields_are_clean(void **state)
{
	struct aisp_log_parser p = {.record = aisp_arena_new(1 << 20)};
	struct aisp_use_event e = {.identity = AISP_S("a\x1b[31m\n\xff\xe2\x80\xae""b")}, got = {0};
	static char big[5000];

	(void)state;
	memset(big, 'x', sizeof big);
	e.asset = aisp_slice_of(big, sizeof big);
	assert_int_equal(aisp_log__emit(&p, &e, take, &got, NULL), 0);
	assert_true(aisp_slice_eqz(got.identity, "a?[31m????b") || aisp_slice_eqz(got.identity, "a?[31m???b"));
	assert_int_equal(got.asset.n, AISP_LOG_FIELD_MAX);
	aisp_arena_free(p.record);
}
/* Each allocation fails once: an error or an answer, never a crash; and nothing leaks. */
static void test_memory_fails(void **state)
{
	(void)state;
	for (const struct aisp_log_format *f = aisp_log_formats + OTHERS; f->name; f++) {
		char path[512];

		snprintf(path, sizeof path, "%s/%s.log", GOLDEN_DIR, f->name);
		for (uint64_t n = 1; n < 60; n++) {
			size_t live = aisp_mem_live();
			struct aisp_err err = {0};
			struct seen s = {0};

			aisp_buf_init(&s.out, 1 << 20);
			aisp_fault_set(n, false);
			read_log(path, &s, &err);
			aisp_fault_set(0, false);
			aisp_buf_done(&s.out);
			assert_int_equal(aisp_mem_live(), live);
		}
	}
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_recognised_as_itself),
		cmocka_unit_test(test_not_recognised),
		cmocka_unit_test(test_sql),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_fields_are_clean),
		cmocka_unit_test(test_memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
