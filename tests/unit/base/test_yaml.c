/* YAML: what it means, where it stands, and that hostile text is stopped. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/doc.h"
#include "base/jw.h"
#include "base/mem.h"
#include "base_test.h"
#include <math.h>
#include <unistd.h>

static struct aisp_arena *arena;
static struct aisp_buf json;
static struct aisp_err err;
static const struct aisp_doc untouched[1];

static int parse(struct aisp_slice text, const struct aisp_doc_limits *limits, struct aisp_docs *ret)
{
	/* An exact copy on the heap, so that AddressSanitizer sees a read behind the end. */
	char *copy = malloc(text.n ? text.n : 1);

	memcpy(copy, text.p, text.n);
	*ret = (struct aisp_docs){untouched, 77};
	err = (struct aisp_err){0};
	int r = aisp_yaml_parse(arena, aisp_slice_of(copy, text.n), limits, ret, &err);

	free(copy);
	assert_int_equal(err.code, r);
	if (r < 0)
		assert_true(ret->docs == untouched && ret->n == 77);
	return r;
}

/* All documents as JSON, joined by " | ", or "E_…: message". */
static const char *shown(const char *text)
{
	struct aisp_docs docs;
	struct aisp_jw w;
	int r = parse(aisp_slice_z(text), NULL, &docs);

	aisp_buf_clear(&json);
	aisp_buf_putz(&json, "");
	if (r < 0)
		aisp_buf_printf(&json, "E_%s: %s", aisp_code_name((enum aisp_code)r), err.msg);
	for (size_t i = 0; r == 0 && i < docs.n; i++) {
		aisp_buf_putz(&json, i ? " | " : "");
		aisp_jw_init(&w, &json, false);
		aisp_jw_doc(&w, &docs.docs[i]);
	}
	assert_int_equal(aisp_buf_check(&json, NULL), AISP_OK);
	return json.p;
}

static const struct aisp_doc *first(const char *text)
{
	struct aisp_docs docs;

	if (parse(aisp_slice_z(text), NULL, &docs) < 0)
		fail_msg("%s", err.msg);
	assert_true(docs.n > 0);
	return &docs.docs[0];
}

static void test_scalars(void **state)
{
	(void)state;
	assert_string_equal(shown("- null\n- Null\n- NULL\n- ~\n-\n- nULL"), "[null,null,null,null,null,\"nULL\"]");
	assert_string_equal(shown("- true\n- True\n- TRUE\n- false\n- False\n- FALSE\n- tRUE"),
	                    "[true,true,true,false,false,false,\"tRUE\"]");
	assert_string_equal(shown("[yes, no, on, off, Yes, y, n, NO]"),
	                    "[\"yes\",\"no\",\"on\",\"off\",\"Yes\",\"y\",\"n\",\"NO\"]");
	assert_string_equal(shown("[0, -1, +7, 0644, 0x1F, 0xff, 0o17, 9223372036854775807]"),
	                    "[0,-1,7,644,31,255,15,9223372036854775807]");
	assert_string_equal(shown("[9223372036854775808, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000]"),
	                    "[9.223372036854776e+18,9223372036854775807,9.223372036854776e+18]");
	assert_string_equal(shown("[1.5, .5, 5., -1e3, 1E-2, +.5e+1, 12e03]"), "[1.5,0.5,5.0,-1000.0,0.01,5.0,12000.0]");
	assert_string_equal(shown("[0x, 0o8, 0xg, 1e, ., .e1, +, -x, 1_000, 1:30, 0b1, -0x1, 1.2.3, 2001-01-01]"),
	                    "[\"0x\",\"0o8\",\"0xg\",\"1e\",\".\",\".e1\",\"+\",\"-x\",\"1_000\",\"1:30\",\"0b1\",\"-0x1\","
	                    "\"1.2.3\",\"2001-01-01\"]");
	assert_string_equal(shown("['1', \"true\", '~', \"\", 'it''s', \"\\x41\\u20ac\\n\"]"),
	                    "[\"1\",\"true\",\"~\",\"\",\"it's\",\"A\xe2\x82\xac\\n\"]");
	const struct aisp_doc *d = first("- .inf\n- -.INF\n- .NaN\n- 9223372036854775808\n- 0xFFFFFFFFFFFFFFFF\n- .inF");

	assert_true(isinf(d->items[0].r) && d->items[0].r > 0);
	assert_true(isinf(d->items[1].r) && d->items[1].r < 0);
	assert_true(isnan(d->items[2].r));
	assert_int_equal(d->items[3].type, AISP_DOC_REAL);
	assert_true(d->items[3].r > 9.2e18 && d->items[4].r > 1.8e19);
	assert_int_equal(d->items[5].type, AISP_DOC_STR);
}

static void test_blocks(void **state)
{
	(void)state;
	assert_string_equal(shown("a: |\n  x\n   y\n\n  z\n\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\n"),
	                    "{\"a\":\"x\\n y\\n\\nz\\n\",\"b\":\"x y\\nz\",\"c\":\"x\\n\\n\"}");
	assert_string_equal(shown("a: plain\n  goes on\nb: 'x\n  y'\n"), "{\"a\":\"plain goes on\",\"b\":\"x y\"}");
	assert_string_equal(shown("- a: 1\n  b:\n  - x\n  - y\n-\n  - z\n"), "[{\"a\":1,\"b\":[\"x\",\"y\"]},[\"z\"]]");
	assert_string_equal(shown("{a: [1, {b: c}], d, \"e\":f}"), "{\"a\":[1,{\"b\":\"c\"}],\"d\":null,\"e\":\"f\"}");
	assert_string_equal(shown("a: b # c\n# d\n"), "{\"a\":\"b\"}");
	assert_string_equal(shown("a: http://x/y#z"), "{\"a\":\"http://x/y#z\"}");
	assert_string_equal(shown("\xef\xbb\xbf" "a: 1\r\nb: 2\r\n"), "{\"a\":1,\"b\":2}");
	assert_string_equal(shown("? a\n: b\n? c\n"), "{\"a\":\"b\",\"c\":null}");
	assert_string_equal(shown("1: a\ntrue: b\nnull: c\n? \n: d\n"), "{\"1\":\"a\",\"true\":\"b\",\"null\":\"c\",\"\":\"d\"}");
	assert_string_equal(shown("a: 1\na: 2\n"), "{\"a\":1,\"a\":2}");
	assert_int_equal(aisp_doc_int(aisp_doc_get(first("a: 1\na: 2\n"), "a"), 0), 2);
}

static void test_tags(void **state)
{
	(void)state;
	assert_string_equal(shown("[!!str 12, ! 12, !!int \"12\", !!float '1', !!bool \"true\", !!null '', !!str ]"),
	                    "[\"12\",\"12\",12,1,true,null,\"\"]");
	assert_string_equal(shown("a: !Ref foo\nb: !GetAtt [x, y]\nc: !Sub {k: 1}\nd: !vault |\n  abc\ne: !<tag:x,1:y> 5\n"),
	                    "{\"a\":\"foo\",\"b\":[\"x\",\"y\"],\"c\":{\"k\":1},\"d\":\"abc\\n\",\"e\":5}");
	assert_string_equal(shown("!!map {a: !!seq [1]}"), "{\"a\":[1]}");
	assert_string_equal(shown("%TAG !e! tag:e,2000:\n--- \n!e!x 5"), "5");
	assert_string_equal(shown("a: !!binary aGk="), "{\"a\":\"aGk=\"}");
}

static void test_streams(void **state)
{
	(void)state;
	assert_string_equal(shown(""), "");
	assert_string_equal(shown("# nothing\n\n"), "");
	assert_string_equal(shown("a: 1\n---\n- b\n---\n--- c\n...\n"), "{\"a\":1} | [\"b\"] | null | \"c\"");
	assert_string_equal(shown("%YAML 1.2\n---\na\n...\n%YAML 1.1\n---\nyes\n"), "\"a\" | \"yes\"");
	assert_string_equal(shown("{\"a\": 1}\n---\n{\"b\": 2}\n"), "{\"a\":1} | {\"b\":2}"); /* begins like JSON */
	assert_string_equal(shown("{\"a\": 1, b: [x]}"), "{\"a\":1,\"b\":[\"x\"]}");
	assert_string_equal(shown("{\"a\": 1, \"b\": [2.0]}"), "{\"a\":1,\"b\":[2.0]}");
	/* An anchor holds for its own document. */
	assert_has(shown("a: &x 1\n---\nb: *x\n"), "E_parse: line 3: not YAML: an alias without its anchor");
	/* A later document that is broken breaks the stream. */
	assert_has(shown("a: 1\n---\nb: [1\n---\nc: 1\n"), "E_parse: line ");
	assert_has(shown("a: 1\n---\nb: {{ .Values.x }}\n"), "E_parse: line 3:"); /* Helm */
}

static void test_anchors(void **state)
{
	(void)state;
	assert_string_equal(shown("a: &x [1, {b: 2}]\nc: *x\nd: [*x, *x]"),
	                    "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}],\"d\":[[1,{\"b\":2}],[1,{\"b\":2}]]}");
	assert_string_equal(shown("- &a 1\n- *a\n- &a 2\n- *a\n"), "[1,1,2,2]"); /* the last one set counts */
	assert_string_equal(shown("- &a 12\n- {*a : x}\n- &b k\n- *b : y\n"), "[12,{\"12\":\"x\"},\"k\",{\"k\":\"y\"}]");
	assert_string_equal(shown("&k a: 1\nb: *k\n"), "{\"a\":1,\"b\":\"a\"}");
	assert_string_equal(shown("a: &e\nb: *e\n"), "{\"a\":null,\"b\":null}");
	assert_has(shown("a: &x [*x]"), "E_parse: line 1: not YAML: an alias inside of what it stands for");
	assert_has(shown("a: &x {b: *x}"), "alias inside");
	assert_has(shown("a:\n  b: *none\n"), "line 2: not YAML: an alias without its anchor");
	assert_has(shown("- &a [1]\n- {*a : x}"), "line 2: not YAML: a list or map as a key");
	assert_has(shown("? [a]\n: b"), "E_parse: line 1: not YAML: a list or map as a key");
	assert_has(shown("{{a: b}: c}"), "a list or map as a key");
}

static void test_merge(void **state)
{
	(void)state;
	assert_string_equal(shown("b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n  z: 4\n"),
	                    "{\"b\":{\"x\":1,\"y\":2},\"c\":{\"y\":3,\"z\":4,\"x\":1}}");
	assert_string_equal(shown("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b]\n"),
	                    "[{\"x\":1},{\"x\":2,\"y\":2},{\"x\":1,\"y\":2}]"); /* the earlier map wins */
	assert_string_equal(shown("- <<: {x: 1}\n  <<: {x: 2, y: 3}\n"), "[{\"x\":1,\"y\":3}]");
	assert_string_equal(shown("- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b, z: 3}\n"),
	                    "[{\"x\":1},{\"y\":2,\"x\":1},{\"z\":3,\"y\":2,\"x\":1}]");
	assert_string_equal(shown("- &a {x: 1, x: 2}\n- {<<: *a}"), "[{\"x\":1,\"x\":2},{\"x\":1,\"x\":2}]");
	assert_string_equal(shown("{\"<<\": 1, a: {'<<': {b: 1}}}"), "{\"<<\":1,\"a\":{\"<<\":{\"b\":1}}}");
	assert_string_equal(shown("a: {<<: 1, b: 2}"), "{\"a\":{\"<<\":1,\"b\":2}}"); /* nothing to merge: kept */
	assert_string_equal(shown("a: {<<: {}, b: 2}"), "{\"a\":{\"b\":2}}");
	assert_string_equal(shown("a: {<<: {b: {<<: {c: 1}}}}"), "{\"a\":{\"b\":{\"c\":1}}}");
	assert_string_equal(shown("- <<\n- << : 1"), "[\"<<\",{\"<<\":1}]");
	/* Where a merged member stands is where it was written. */
	const struct aisp_doc *d = first("b: &b\n  x: 1\nc:\n  <<: *b\n");

	assert_int_equal(aisp_doc_line(aisp_doc_path(d, "c.x")), 2);
}

static void test_lines(void **state)
{
	(void)state;
	const struct aisp_doc *d = first("# c\na:\n  - x\n  - b: |\n      text\n      text\n    c:\n      d: e\nf: [1,\n  2]\ng: &y\n"
	                                 "  h: 1\ni: *y\n");

	assert_int_equal(d->line, 2);
	assert_int_equal(d->members[0].line, 2);
	assert_int_equal(aisp_doc_line(aisp_doc_get(d, "a")), 3);
	assert_int_equal(aisp_doc_line(aisp_doc_at(aisp_doc_get(d, "a"), 0)), 3);
	assert_int_equal(aisp_doc_line(aisp_doc_at(aisp_doc_get(d, "a"), 1)), 4);
	assert_int_equal(aisp_doc_at(aisp_doc_get(d, "a"), 1)->members[1].line, 7);
	assert_int_equal(aisp_doc_line(aisp_doc_path(aisp_doc_at(aisp_doc_get(d, "a"), 1), "c.d")), 8);
	assert_int_equal(aisp_doc_line(aisp_doc_at(aisp_doc_get(d, "f"), 1)), 10);
	assert_int_equal(aisp_doc_line(aisp_doc_path(d, "g.h")), 12);
	assert_int_equal(aisp_doc_line(aisp_doc_get(d, "i")), 13);
	assert_int_equal(aisp_doc_line(aisp_doc_path(d, "i.h")), 12); /* what the alias stands for */
	assert_int_equal(first("\n? 0")->members[0].value.line, 2); /* no line 3 */
	assert_int_equal(first("a:")->members[0].value.line, 1);
	struct aisp_docs docs;

	assert_int_equal(parse(AISP_S("a\n---\n\nb: 1\n"), NULL, &docs), AISP_OK);
	assert_int_equal(docs.docs[1].line, 4);
}

static void test_broken(void **state)
{
	(void)state;
	static const struct {
		const char *text, *where;
	} bad[] = {
		{"a: [1, 2", "E_parse: line "},     {"a: b: c", "E_parse: line 1"},    {"a:\n\t- b", "E_parse: line 2"},
		{"a: 'x", "E_parse: line "},        {"a: \"\\q\"", "E_parse: line 1"}, {"- a\nb: c", "E_parse: line 2"},
		{"a: 1\n b: 2", "E_parse: line "}, {"a: ]", "E_parse: line 1"},       {"a: @x", "E_parse: line 1"},
		{"a: 1\nb\n", "E_parse: line "},    {"%YAML 9.9\n---\na", "E_parse: line 1"}, {"!x!y z", "E_parse: line 1"},
		{"a: \xff", "E_parse: line 1: not UTF-8"}, {"a: 1\nb: \xc3", "E_parse: line 2: not UTF-8"},
		{"[a, b}", "E_parse: line 1"},      {"{a: b", "E_parse: line "},
	};
	struct aisp_docs docs;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_has(shown(bad[i].text), bad[i].where);
	assert_int_equal(parse(AISP_S("a: 1\nb: \0"), NULL, &docs), AISP_E_PARSE);
	assert_has(err.msg, "line 2: not YAML: control characters");
}

/* What is wrong is said in the error, not on stderr. */
static void test_quiet(void **state)
{
	(void)state;
	int fd[2], saved = dup(STDERR_FILENO);
	char text[100];

	assert_int_equal(pipe(fd), 0);
	dup2(fd[1], STDERR_FILENO);
	shown("a: [1, 2");
	shown("%YAML 9.9\n---\na");
	shown("%YAML x\n---\na");
	shown("a: \"\\q\"");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd[1]);
	assert_int_equal(read(fd[0], text, sizeof text), 0);
	close(fd[0]);
}

static char *repeated(const char *begin, const char *repeat, size_t n, const char *end)
{
	size_t lb = strlen(begin), lr = strlen(repeat), le = strlen(end);
	char *p = malloc(lb + n * lr + le + 1);

	memcpy(p, begin, lb);
	for (size_t i = 0; i < n; i++)
		memcpy(p + lb + i * lr, repeat, lr);
	memcpy(p + lb + n * lr, end, le + 1);
	return p;
}

static void test_depth(void **state)
{
	(void)state;
	struct aisp_docs docs;
	static const uint32_t depths[] = {1, 5, 128, 1024};

	for (size_t i = 0; i < 4; i++) {
		struct aisp_doc_limits limits = {.max_depth = depths[i]};
		char *block = repeated("", "- ", depths[i], "x"), *more = repeated("", "- ", depths[i] + 1, "x");

		assert_int_equal(parse(aisp_slice_z(block), &limits, &docs), AISP_OK);
		assert_int_equal(parse(aisp_slice_z(more), &limits, &docs), AISP_E_LIMIT);
		assert_has(err.msg, "nested deeper");
		free(block);
		free(more);
	}
	char *deep = repeated("x: ", "[", 10000, "");

	assert_int_equal(parse(aisp_slice_z(deep), NULL, &docs), AISP_E_LIMIT);
	free(deep);
	/* An alias counts as deep as what it stands for. */
	assert_int_equal(parse(AISP_S("- &a [[1]]\n- [*a]\n"), &(struct aisp_doc_limits){.max_depth = 4}, &docs), AISP_OK);
	assert_int_equal(parse(AISP_S("- &a [[1]]\n- [*a]\n"), &(struct aisp_doc_limits){.max_depth = 3}, &docs),
	                 AISP_E_LIMIT);
	assert_int_equal(parse(AISP_S("- &a [[1]]\n- *a\n"), &(struct aisp_doc_limits){.max_depth = 3}, &docs), AISP_OK);
}

static void test_values(void **state)
{
	(void)state;
	struct aisp_docs docs;

	assert_int_equal(parse(AISP_S("- 1\n- 2\n"), &(struct aisp_doc_limits){.max_values = 3}, &docs), AISP_OK);
	assert_int_equal(parse(AISP_S("- 1\n- 2\n"), &(struct aisp_doc_limits){.max_values = 2}, &docs), AISP_E_LIMIT);
	/* 1 + 3 + 3: the alias counts for all of its values. */
	assert_int_equal(parse(AISP_S("- &a [1, 2]\n- *a\n"), &(struct aisp_doc_limits){.max_values = 7}, &docs), AISP_OK);
	assert_int_equal(parse(AISP_S("- &a [1, 2]\n- *a\n"), &(struct aisp_doc_limits){.max_values = 6}, &docs),
	                 AISP_E_LIMIT);
	/* Over all documents together. */
	assert_int_equal(parse(AISP_S("--- 1\n--- 2\n--- 3\n"), &(struct aisp_doc_limits){.max_values = 2}, &docs),
	                 AISP_E_LIMIT);
	assert_int_equal(parse(AISP_S("a: 1"), &(struct aisp_doc_limits){.max_bytes = 3}, &docs), AISP_E_LIMIT);
	struct aisp_arena *small = aisp_arena_new(4096);
	char *many = repeated("", "- a\n", 1000, "");

	assert_int_equal(aisp_yaml_parse(small, aisp_slice_z(many), NULL, &docs, &err), AISP_E_LIMIT);
	free(many);
	aisp_arena_free(small);
}

/* "Billion laughs": a few lines that stand for 10^n values. */
static void test_bombs(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_docs docs;

	for (int kind = 0; kind < 3; kind++) {
		aisp_buf_init(&b, 0);
		aisp_buf_putz(&b, kind == 2 ? "a0: &a0 {k0: v}\n" : "a0: &a0 [lol]\n");
		for (int i = 1; i < 100; i++) {
			aisp_buf_printf(&b, "a%d: &a%d ", i, i);
			aisp_buf_putz(&b, kind == 2 ? "{" : "[");
			for (int k = 0; k < 9; k++)
				if (kind == 0)
					aisp_buf_printf(&b, "*a%d,", i - 1);
				else if (kind == 1)
					aisp_buf_printf(&b, "[*a%d],", i - 1);
				else
					aisp_buf_printf(&b, "<<: *a%d, k%d: *a%d,", i - 1, k, i - 1);
			aisp_buf_putz(&b, kind == 2 ? "}\n" : "]\n");
		}
		size_t used = aisp_arena_used(arena);

		assert_int_equal(parse(aisp_buf_slice(&b), NULL, &docs), AISP_E_LIMIT);
		assert_has(err.msg, "more than the limit of 4000000 values");
		assert_true(aisp_arena_used(arena) - used < 4 << 20); /* and costs nothing */
		aisp_buf_done(&b);
	}
	/* Many small merges of one large map. */
	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, "a: &a {");
	for (int i = 0; i < 1000; i++)
		aisp_buf_printf(&b, "k%d: v,", i);
	aisp_buf_putz(&b, "}\nb:\n");
	for (int i = 0; i < 100000; i++)
		aisp_buf_putz(&b, "- <<: *a\n");
	assert_int_equal(parse(aisp_buf_slice(&b), NULL, &docs), AISP_E_LIMIT);
	aisp_arena_reset(arena);
}

static void test_many_anchors(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_docs docs;

	aisp_buf_init(&b, 0);
	for (int i = 0; i < 50000; i++)
		aisp_buf_printf(&b, "- &a%d %d\n- *a%d\n", i, i, i / 2);
	assert_int_equal(parse(aisp_buf_slice(&b), NULL, &docs), AISP_OK);
	assert_int_equal(docs.docs[0].n, 100000);
	assert_int_equal(aisp_doc_int(aisp_doc_at(&docs.docs[0], 99999), -1), 24999);
	aisp_arena_reset(arena);
}

/* What must take time in proportion to its size, whatever it is, and no stack. */
static void test_hostile(void **state)
{
	(void)state;
	static const struct {
		const char *begin, *repeat, *end;
	} texts[] = {
		{"", "a", ""},          {"", "a ", ""},          {"\"", "a ", "\""},     {"'", "''", "'"},
		{"\"", "\\x41", "\""},  {"\"", "a\n ", "\""},    {"a: b", "\n  c", ""},  {"", "[", ""},
		{"x: ", "[", ""},       {"", "{", ""},           {"", "{a: ", ""},       {"", "[\n", ""},
		{"x: [[", "a,", "b]]"}, {"", "- ", ""},          {"", "? ", ""},         {"", "[]\n", ""},
		{"", "\"a\"\n", ""},    {"", "*a\n", ""},        {"", "!a\n", ""},       {"", "&a\n", ""},
		{"#", "x", ""},         {"", "# x\n", ""},       {"", "\n", ""},         {"", " ", ""},
		{"", "\t", ""},         {"a:", "   \n", " b"},   {"a: |\n", "  x\n", ""}, {"a: >\n", "  x\n", ""},
		{"a: |\n  ", "x", ""},  {"a: |\n  x\n", "\n", ""}, {"a: |-\n", "  x\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", ""},
		{"!", "a", " x"},       {"!<", "a", "> x"},      {"&", "a", " x"},       {"*", "a", ""},
		{"[!", "a", " x]"},     {"%", "a", "\n"},        {"%YAML 1.", "1", "\n---\na"}, {"", "---\n", ""},
		{"", "%TAG !a! tag:x:\n", ""}, {"", "%TAG ! tag:x,1:\n--- a\n...\n", ""}, {"\"", "a\n ", "\": x"},
		{"[a", " a", ": b]"},   {"", "a:", ""},          {"", "a: b\r", ""},     {"[\n", "a\n,\n", "]"},
		{"[", "\"a\":b,", "]"}, {"", "\xc3\xa9", ""},    {"x: [", ": ", "]"},    {"x: [", "\"a\" ", ""},
		{"x: [", "\"a\"\n ", ""}, {"", "a: |2\n", ""},   {"a: |", "9", "\n b"},  {"", "- - a\n", ""},
		{"a: ", "&a ", "b"},    {"a: ", "!a ", "b"},     {"", "\xe2\x80\xa8", ""}, {"a: 1", "1", ""},
		{"a: 0x", "f", ""},     {"a: 1.", "1", "e5"},
	};
	enum { SIZE = 1 << 20 };

	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
		char *text = repeated(texts[t].begin, texts[t].repeat, SIZE / strlen(texts[t].repeat), texts[t].end);
		struct aisp_docs docs;
		uint64_t start = aisp_clock_mono_ns();
		int r = parse(aisp_slice_z(text), NULL, &docs);

		if (r != 0 && r != AISP_E_PARSE && r != AISP_E_LIMIT)
			fail_msg("%s%s… is %s", texts[t].begin, texts[t].repeat, err.msg);
		if (aisp_clock_mono_ns() - start > 60000000000U) /* linear takes a second; quadratic would take hours */
			fail_msg("%s%s… takes too long", texts[t].begin, texts[t].repeat);
		aisp_arena_reset(arena);
		free(text);
	}
}

static void test_long_line(void **state)
{
	(void)state;
	struct aisp_docs docs;
	char *text = repeated("a: \"", "0123456789", 5000000, "\"\nb: 1\n");

	assert_int_equal(parse(aisp_slice_z(text), NULL, &docs), AISP_OK);
	assert_int_equal(aisp_doc_getstr(&docs.docs[0], "a").n, 50000000);
	assert_int_equal(aisp_doc_line(aisp_doc_get(&docs.docs[0], "b")), 2);
	free(text);
}

/* An empty file is a slice without an address. */
static void test_nothing(void **state)
{
	(void)state;
	struct aisp_docs docs = {untouched, 77};

	assert_int_equal(aisp_yaml_parse(arena, (struct aisp_slice){0}, NULL, &docs, &err), AISP_OK);
	assert_int_equal(docs.n, 0);
}

static int setup(void **state)
{
	(void)state;
	arena = aisp_arena_new(0);
	aisp_buf_init(&json, 0);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	aisp_arena_free(arena);
	aisp_buf_done(&json);
	return aisp_mem_live() == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars), cmocka_unit_test(test_blocks),       cmocka_unit_test(test_tags),
		cmocka_unit_test(test_streams), cmocka_unit_test(test_anchors),      cmocka_unit_test(test_merge),
		cmocka_unit_test(test_lines),   cmocka_unit_test(test_broken),       cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_depth),   cmocka_unit_test(test_values),       cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_many_anchors), cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
