/* Unit tests of src/show/: text by columns, evidence, drawings of paths, escaping, and every format of the sample
 * against its golden file (tests/golden/show/; `make golden` writes them).
 */
#include "base/fs.h"
#include "sample.h"
#include "show/chain.h"
#include "show/evidence.h"
#include "show/show_int.h"
#include "show/text.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#ifndef GOLDEN_DIR
#define GOLDEN_DIR "tests/golden/show"
#endif

static void assert_text(const struct aisp_buf *b, const char *want)
{
	assert_string_equal(b->p ? b->p : "", want);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(aisp_show__width(AISP_S("abc")), 3);
	assert_int_equal(aisp_show__width(AISP_S("é")), 1);
	assert_int_equal(aisp_show__width(AISP_S("e\xcc\x81")), 1); /* combining */
	assert_int_equal(aisp_show__width(AISP_S("顧客")), 4);
	assert_int_equal(aisp_show__width(AISP_S("🧨")), 2);
	assert_int_equal(aisp_show__width(AISP_S("\xff")), 1);
}

static void test_fit(void **state)
{
	struct aisp_buf b;

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_show__fit(&b, AISP_S("short"), 5);
	assert_text(&b, "short");
	aisp_buf_clear(&b);
	aisp_show__fit(&b, AISP_S("abcdefghijklmnop"), 6);
	assert_text(&b, "ab…nop");
	aisp_buf_clear(&b);
	aisp_show__fit(&b, AISP_S("顧客顧客顧客"), 6); /* never half a wide character */
	assert_true(aisp_show__width(aisp_buf_slice(&b)) <= 6);
	assert_true(aisp_slice_is_utf8(aisp_buf_slice(&b)));
	aisp_buf_clear(&b);
	aisp_show__fit_start(&b, AISP_S("abcdefghij"), 4);
	assert_text(&b, "abc…");
	aisp_buf_clear(&b);
	aisp_show__fit_end(&b, AISP_S("abcdefghij"), 4);
	assert_text(&b, "…hij");
	aisp_buf_clear(&b);
	aisp_show__fit(&b, AISP_S("abcdefghij"), 0);
	assert_text(&b, "abcdefghij");
	aisp_buf_done(&b);
}

static void test_take_line(void **state)
{
	struct aisp_slice s = AISP_S("one two three-and-a-long-word"), line;

	(void)state;
	line = aisp_show__take_line(&s, 8);
	assert_true(aisp_slice_eqz(line, "one two"));
	line = aisp_show__take_line(&s, 8);
	assert_true(aisp_slice_eqz(line, "three-an"));
	while (s.n > 0) /* ends, whatever the width */
		line = aisp_show__take_line(&s, 1);
	assert_true(aisp_slice_eqz(line, "d"));
}

static void test_numbers(void **state)
{
	struct aisp_buf b;

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_show__number(&b, 1234567);
	aisp_buf_putc(&b, ' ');
	aisp_show__plural(&b, 1, "gap", "gaps");
	aisp_buf_putc(&b, ' ');
	aisp_show__plural(&b, 1000, "gap", "gaps");
	assert_text(&b, "1,234,567 1 gap 1,000 gaps");
	aisp_buf_done(&b);
}

/* Every kind, edge and mode has words of its own: a new one must not be shown as nothing. */
static void test_words(void **state)
{
	const char *after;

	(void)state;
	for (int k = 1; k < AISP_NODE_KIND_END; k++) {
		bool grouped = false;

		assert_true(strlen(aisp_show__kind_title((enum aisp_node_kind)k, true)) > 0);
		for (size_t g = 0; g < aisp_show_group_count; g++)
			grouped |= strcmp(aisp_show_groups[g].name, aisp_node_kinds[k].group) == 0;
		assert_true(grouped);
	}
	for (int m = 0; m < AISP_MODE_END; m++)
		assert_string_not_equal(aisp_show__verb((enum aisp_mode)m, &after), "");
}

static void test_evidence(void **state)
{
	struct sample s;
	struct aisp_buf b;

	(void)state;
	assert_int_equal(sample_make(SAMPLE_BOT, &s), 0);
	aisp_buf_init(&b, 0);
	aisp_show__evidence_text(
		s.snapshot,
		aisp_show__node_evidence(s.snapshot, aisp_snapshot_find(s.snapshot, AISP_S("model://openai/gpt-4o"))),
		&b);
	assert_text(&b, "bot/app.py:31 ChatOpenAI(…)");
	aisp_buf_clear(&b);
	for (aisp_edge e = 1; e <= s.snapshot->n_edges; e++)
		if (s.snapshot->edges[e].kind == AISP_EDGE_CAN_WRITE)
			aisp_show__edge_place(s.snapshot, e, &b);
	assert_text(&b, "GRANT UPDATE ON public.invoices TO bot_rw");
	assert_null(aisp_show__edge_evidence(s.snapshot, 0));
	assert_null(aisp_show__node_evidence(s.snapshot, s.snapshot->n_nodes + 1));
	aisp_buf_done(&b);
	sample_done(&s);
}

/* ---- drawings ---- */

static void test_chain_join(void **state)
{
	struct sample s;
	struct aisp_chain c = {0};
	size_t alive = 0, joins = 0;

	(void)state;
	assert_int_equal(sample_make(SAMPLE_BOT, &s), 0);
	assert_int_equal(aisp_chain__make(&s.report.access[0].path, &c, NULL), 0);
	for (size_t i = 0; i < c.n_stations; i++) {
		alive += c.stations[i].alive;
		joins += c.stations[i].alive && c.stations[i].n_in == 2;
	}
	assert_int_equal(c.n_arrows, s.report.access[0].path.cost);
	assert_int_equal(alive, 11); /* nine on the main line, database and schema below */
	assert_int_equal(joins, 1);
	assert_int_equal(c.n_columns, 9);
	assert_int_equal(c.n_rows, 2);
	for (size_t a = 0; a < c.n_arrows; a++) { /* always to the right */
		assert_true(c.stations[c.arrows[a].from].alive && c.stations[c.arrows[a].to].alive);
		assert_true(c.stations[c.arrows[a].from].column < c.stations[c.arrows[a].to].column);
	}
	aisp_chain__done(&c);
	sample_done(&s);
}

static void test_chain_odd(void **state)
{
	struct aisp_path none = {0};
	struct aisp_chain c = {0};
	/* no seed, a hop whose premise is nowhere, a row out of range, a side that is itself */
	struct aisp_hop hops[] = {
		{.edge = 9999,
		 .from = 1,
		 .to = 2,
		 .have = AISP_MODE_ACT,
		 .gain = AISP_MODE_NET,
		 .row = 60000,
		 .what = 1,
		 .side = -1},
		{.from = 2, .to = 2, .have = AISP_MODE_NET, .gain = AISP_MODE_CALL, .row = 60000, .what = 2, .side = 1},
		{.from = 3, .to = 4, .gain = AISP_MODE_NET, .row = 60000, .side = -1, .branch = 2},
		{.edge = AISP_HOP_ADDED | 1U,
		 .from = 4,
		 .to = 4,
		 .have = AISP_MODE_NET,
		 .gain = AISP_MODE_NET,
		 .what = 1,
		 .side = -1,
		 .branch = 2},
	};
	struct aisp_path odd = {.hops = hops, .n = 4};
	struct sample s;

	(void)state;
	assert_int_equal(aisp_chain__make(&none, &c, NULL), 0);
	assert_int_equal(c.n_stations, 0);
	aisp_chain__done(&c);
	assert_int_equal(aisp_chain__make(&odd, &c, NULL), 0);
	assert_int_equal(c.n_arrows, 3);
	aisp_chain__done(&c);
	assert_int_equal(sample_make(SAMPLE_EMPTY, &s), 0); /* and no format trips over it */
	struct aisp_access_row row = {.actor = 7, .target = 8, .path = odd};

	s.report.access = &row;
	s.report.n_access = 1;
	for (size_t f = 0; aisp_formats[f]; f++) {
		struct aisp_buf out;

		aisp_buf_init(&out, 0);
		assert_int_equal(aisp_formats[f]->write(&s.report, AISP_VIEW_SCAN, &out, NULL), 0);
		aisp_buf_done(&out);
	}
	sample_done(&s);
}

/* ---- formats ---- */

static void write_out(const struct aisp_format *f, const struct sample *s, enum aisp_view view, struct aisp_buf *out)
{
	struct aisp_err err = {0};

	if (f->write(&s->report, view, out, &err) != 0)
		fail_msg("%s: %s", f->name, err.msg);
}

/* What changes with the looks alone is left out of the golden files. */
static void drop_style(struct aisp_buf *b)
{
	static const char *const parts[][2] = {
		{"<meta http-equiv", "\n"}, {"<style>", "</style>"}, {"<script>", "</script>"}};

	for (size_t i = 0; i < 3; i++) {
		size_t at = aisp_slice_find(aisp_buf_slice(b), aisp_slice_z(parts[i][0]));

		if (at == SIZE_MAX)
			continue;
		size_t n = aisp_slice_find(aisp_slice_from(aisp_buf_slice(b), at), aisp_slice_z(parts[i][1])) +
			   strlen(parts[i][1]);

		memmove(b->p + at, b->p + at + n, b->n - at - n + 1);
		b->n -= n;
	}
}

static void check_golden(const char *name, struct aisp_buf *got)
{
	const char *flag = getenv("AISP_GOLDEN");
	char path[512];
	struct aisp_buf want;
	struct aisp_err err = {0};

	snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
	if (flag && strcmp(flag, "update") == 0) {
		if (aisp_fs_write(path, aisp_buf_slice(got), 0644, &err) != 0)
			fail_msg("%s", err.msg);
		return;
	}
	aisp_buf_init(&want, 0);
	if (aisp_fs_read(AT_FDCWD, path, false, 64 << 20, &want, &err) != 0)
		fail_msg("%s (AISP_GOLDEN=update makes it)", err.msg);
	if (!aisp_slice_eq(aisp_buf_slice(got), aisp_buf_slice(&want)))
		fail_msg("%s differs from what is written now (AISP_GOLDEN=update accepts it)", path);
	aisp_buf_done(&want);
}

static void golden(const char *format, enum aisp_view view, enum sample_kind kind, unsigned width, bool color,
		   const char *name)
{
	struct sample s;
	struct aisp_buf a, b;
	const struct aisp_format *f = aisp_format_find(aisp_slice_z(format));

	assert_non_null(f);
	assert_true(f->views & (1U << view));
	assert_int_equal(sample_make(kind, &s), 0);
	sample_list(&s, view);
	s.report.width = width;
	s.report.color = color;
	s.report.scan_seconds = strcmp(format, "table") == 0 ? 0.42 : 99; /* stable formats must not show it */
	aisp_buf_init(&a, 0);
	aisp_buf_init(&b, 0);
	write_out(f, &s, view, &a);
	write_out(f, &s, view, &b);
	assert_true(aisp_slice_eq(aisp_buf_slice(&a), aisp_buf_slice(&b))); /* the same input, the same bytes */
	assert_true(aisp_slice_is_utf8(aisp_buf_slice(&a)));
	drop_style(&a);
	check_golden(name, &a);
	aisp_buf_done(&a);
	aisp_buf_done(&b);
	sample_done(&s);
}

static void test_golden(void **state)
{
	(void)state;
	golden("table", AISP_VIEW_SCAN, SAMPLE_BOT, 100, false, "scan-100.txt");
	golden("table", AISP_VIEW_SCAN, SAMPLE_BOT, 60, false, "scan-60.txt");
	golden("table", AISP_VIEW_SCAN, SAMPLE_BOT, 0, false, "scan-whole.txt");
	golden("table", AISP_VIEW_SCAN, SAMPLE_BOT, 120, true, "scan-color.txt");
	golden("table", AISP_VIEW_SCAN, SAMPLE_HOSTILE, 80, true, "scan-hostile.txt");
	golden("table", AISP_VIEW_SCAN, SAMPLE_EMPTY, 80, false, "scan-empty.txt");
	golden("table", AISP_VIEW_ASSETS, SAMPLE_BOT, 120, false, "assets.txt");
	golden("table", AISP_VIEW_IDENTITIES, SAMPLE_BOT, 0, false, "identities.txt");
	golden("table", AISP_VIEW_FINDINGS, SAMPLE_BOT, 90, false, "findings.txt");
	golden("table", AISP_VIEW_GAPS, SAMPLE_BOT, 90, false, "gaps.txt");
	golden("table", AISP_VIEW_ACCESS, SAMPLE_BOT, 100, false, "access.txt");
	golden("json", AISP_VIEW_SCAN, SAMPLE_BOT, 0, false, "scan.json");
	golden("json", AISP_VIEW_SCAN, SAMPLE_HOSTILE, 0, false, "scan-hostile.json");
	golden("ndjson", AISP_VIEW_GRAPH, SAMPLE_BOT, 0, false, "graph.ndjson");
	golden("sarif", AISP_VIEW_SCAN, SAMPLE_BOT, 0, false, "scan.sarif");
	golden("opengraph", AISP_VIEW_GRAPH, SAMPLE_HOSTILE, 0, false, "hostile.opengraph.json");
	golden("opengraph-schema", AISP_VIEW_GRAPH, SAMPLE_EMPTY, 0, false, "opengraph-schema.json");
	golden("html", AISP_VIEW_SCAN, SAMPLE_HOSTILE, 0, false, "hostile.html");
}

/* No control, bidi control or escape sequence of a name reaches any output; table colours are our own. */
static void test_hostile(void **state)
{
	struct sample s;
	static const char *const forbidden[] = {
		"\033", "\r", "\xe2\x80\xae", "\xe2\x80\x8b", "<script>document", "<img", "<svg onload"};

	(void)state;
	assert_int_equal(sample_make(SAMPLE_HOSTILE, &s), 0);
	for (size_t f = 0; aisp_formats[f]; f++) {
		struct aisp_buf out;
		bool html = strcmp(aisp_formats[f]->name, "html") == 0,
		     table = strcmp(aisp_formats[f]->name, "table") == 0;

		aisp_buf_init(&out, 0);
		write_out(aisp_formats[f], &s, AISP_VIEW_SCAN, &out);
		for (size_t i = 0; i < (html ? 7U : table ? 4U : 2U); i++)
			if (aisp_slice_find(aisp_buf_slice(&out), aisp_slice_z(forbidden[i])) != SIZE_MAX)
				fail_msg("%s lets %zu through", aisp_formats[f]->name, i);
		aisp_buf_done(&out);
	}
	sample_done(&s);
}

/* A terminal's lines are never longer than it is wide. */
static void test_lines_fit(void **state)
{
	static const unsigned widths[] = {64, 80, 84, 100, 160};
	static const enum aisp_view views[] = {AISP_VIEW_SCAN, AISP_VIEW_FINDINGS, AISP_VIEW_ACCESS, AISP_VIEW_GAPS};
	struct sample s;

	(void)state;
	assert_int_equal(sample_make(SAMPLE_BOT, &s), 0);
	for (size_t v = 0; v < 4; v++)
		for (size_t w = 0; w < 5; w++) {
			struct aisp_buf out;
			struct aisp_slice rest, line;

			s.report.width = widths[w];
			aisp_buf_init(&out, 0);
			write_out(aisp_format_find(AISP_S("table")), &s, views[v], &out);
			rest = aisp_buf_slice(&out);
			while (aisp_slice_split(&rest, '\n', &line))
				if (aisp_show__width(line) > widths[w])
					fail_msg("view %u, width %u: %.*s", views[v], widths[w], AISP_FMT(line));
			aisp_buf_done(&out);
		}
	sample_done(&s);
}

static void test_limits(void **state)
{
	struct sample s;
	struct aisp_buf out;
	struct aisp_err err = {0};

	(void)state;
	assert_int_equal(sample_make(SAMPLE_BIG, &s), 0);
	aisp_buf_init(&out, 0);
	write_out(aisp_format_find(AISP_S("html")), &s, AISP_VIEW_SCAN, &out);
	assert_true(aisp_slice_find(aisp_buf_slice(&out), AISP_S("600 more are left out of this page")) != SIZE_MAX);
	aisp_buf_done(&out);
	for (size_t f = 0; aisp_formats[f]; f++) { /* a buffer that is too small is said, not cut in silence */
		aisp_buf_init(&out, 200);
		assert_int_equal(aisp_formats[f]->write(&s.report, AISP_VIEW_SCAN, &out, &err), AISP_E_LIMIT);
		aisp_buf_done(&out);
	}
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_format_find(AISP_S("table"))->write(&s.report, AISP_VIEW_GRAPH, &out, &err),
			 AISP_E_USAGE);
	assert_null(aisp_format_find(AISP_S("tables")));
	aisp_buf_done(&out);
	sample_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),      cmocka_unit_test(test_fit),       cmocka_unit_test(test_take_line),
		cmocka_unit_test(test_numbers),    cmocka_unit_test(test_words),     cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_chain_join), cmocka_unit_test(test_chain_odd), cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile),    cmocka_unit_test(test_lines_fit), cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
