/* The value tree and the JSON and TOML parsers. YAML has a program of its own. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/doc.h"
#include "base/jw.h"
#include "base/mem.h"
#include "base_test.h"
#include <math.h>

typedef int parse_fn(struct aisp_arena *, struct aisp_slice, const struct aisp_doc_limits *, const struct aisp_doc **,
                     struct aisp_err *);

static struct aisp_arena *arena;
static struct aisp_buf json;
static struct aisp_err err;

/* The text parsed and written as JSON again, or "E_…: message". */
static const char *shown_n(parse_fn *parse, struct aisp_slice text)
{
	struct aisp_jw w;
	const struct aisp_doc *d = (const void *)&w; /* must not be touched on failure */
	/* An exact copy on the heap, so that AddressSanitizer sees a read behind the end. */
	char *copy = malloc(text.n ? text.n : 1);

	memcpy(copy, text.p, text.n);
	aisp_buf_clear(&json);
	err.msg[0] = '\0';
	int r = parse(arena, aisp_slice_of(copy, text.n), NULL, &d, &err);

	free(copy);
	if (r < 0) {
		assert_ptr_equal(d, &w);
		assert_int_equal(err.code, r);
		aisp_buf_printf(&json, "E_%s: %s", aisp_code_name((enum aisp_code)r), err.msg);
	} else {
		aisp_jw_init(&w, &json, false);
		aisp_jw_doc(&w, d);
	}
	assert_int_equal(aisp_buf_check(&json, NULL), AISP_OK);
	return json.p;
}

static const char *shown(parse_fn *parse, const char *text)
{
	return shown_n(parse, aisp_slice_z(text));
}

static const struct aisp_doc *parsed(parse_fn *parse, const char *text)
{
	const struct aisp_doc *d = NULL;

	if (parse(arena, aisp_slice_z(text), NULL, &d, &err) < 0)
		fail_msg("%s", err.msg);
	return d;
}

static void test_json_values(void **state)
{
	(void)state;
	static const char *const same[] = {
		"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "0.5", "\"\"", "\"a\"",
		"[]", "{}", "[1,[2,[3]],{}]", "{\"a\":{\"b\":[null]},\"a\":2}", "\"\xe2\x82\xac\"", "\"\\\\\\\"\\n\"", "1e+300",
	};

	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_string_equal(shown(aisp_json_parse, same[i]), same[i]);
	assert_string_equal(shown(aisp_json_parse, " [ 1 , 2 ]\n"), "[1,2]");
	assert_string_equal(shown(aisp_json_parse, "\xef\xbb\xbf{}"), "{}");
	assert_string_equal(shown(aisp_json_parse, "[9223372036854775808]"), "[9.223372036854776e+18]");
	assert_string_equal(shown(aisp_json_parse, "[-9223372036854775809]"), "[-9.223372036854776e+18]");
	assert_string_equal(shown(aisp_json_parse, "[99999999999999999999999999]"), "[1e+26]");
	assert_string_equal(shown(aisp_json_parse, "[-0.0,1E2,1e-2]"), "[-0.0,100.0,0.01]");
	assert_string_equal(shown(aisp_json_parse, "\"\\u00e9\\ud83d\\ude00\\/\""), "\"\xc3\xa9\xf0\x9f\x98\x80/\"");
	assert_string_equal(shown(aisp_json_parse, "{\"\\u0061\":\"\\u0000\"}"), "{\"a\":\"\\u0000\"}");
	const struct aisp_doc *d = parsed(aisp_json_parse, "[1e999,-1e999,1e-999]");

	assert_true(isinf(d->items[0].r) && d->items[1].r < 0 && d->items[2].r == 0.0);
}

static void test_json_broken(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", " ", "[", "]", "{", "[1", "[1}", "{\"a\":1]", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{,}", "{\"a\"}",
		"{\"a\" 1}", "{\"a\":}", "{1:2}", "{a:1}", "[1]]", "[1] 2", "1 2", "\"a\" 1", "\"a\"\"b\"", "tru", "truex", "nul",
		"nulll", "[True]", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "[Infinity]", "--1", "\"", "\"a", "'a'",
		"[\"a]", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\n\"", "\"\t\"", "\"\\\"", "[[1]", "{\"a\":{\"b\":1}", "// c\n1",
		"[1]//c", "\xef\xbb\xbf", "\"\xff\"", "\xff", "[\"\xed\xa0\x80\"]", "[1]\xc3", "{\"a\":1 \"b\":2}", "{\"a\"::1}",
		"[1,,2]", "[]{}", "{}[]", "[}", "{]", "\"a\":1", ",", ":", "1,2", "[1\f]", "[\v1]",
		"{\"a\":\"b\":1}", "{\"a\":\"b\":S!/x}", "[\"a\":1]", "[\"\\ud800\\u0041\"]", "[\"\\udc00\"]", "[\"\\u00g0\"]",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (strncmp(shown(aisp_json_parse, bad[i]), "E_parse: line 1: not JSON: ", 27) != 0)
			fail_msg("%s gives %s", bad[i], json.p);
	assert_has(shown_n(aisp_json_parse, AISP_S("[1]\0")), "E_parse");
	assert_has(shown_n(aisp_json_parse, AISP_S("[1\0]")), "E_parse");
	assert_has(shown_n(aisp_json_parse, AISP_S("1\0")), "E_parse");
	assert_has(shown_n(aisp_json_parse, AISP_S("\"a\0\"")), "E_parse");
}

static void test_json_error_lines(void **state)
{
	(void)state;
	assert_has(shown(aisp_json_parse, "[1,\n2,\n3 4]"), "line 3:");
	assert_has(shown(aisp_json_parse, "{\"a\":1,\n\"b\":tru\n}"), "line 2:");
	assert_has(shown(aisp_json_parse, "{\n\"a\":\"x\ny\"}"), "line 2:");       /* a control character */
	assert_has(shown(aisp_json_parse, "{\n\n\"a\":\"\xff\"}"), "line 3:");      /* not UTF-8 */
	assert_has(shown(aisp_json_parse, "{\"a\":\"\\\"\",\n\n\n\"b"), "line 4:"); /* not closed */
	assert_has(shown(aisp_json_parse, "[1]\n\n2"), "line 3:");
	assert_has(shown(aisp_json_parse, "[\n[1]\n"), "line 2:");
	assert_has(shown(aisp_json_parse, "{\"a\":\n\"\\q\"}"), "line 2:");
	assert_has(shown(aisp_json_parse, "{\n\"\\q\":1}"), "line 2:");
}

static void test_lines(void **state)
{
	(void)state;
	const struct aisp_doc *d = parsed(aisp_json_parse, "\n{\"a\": 1,\n \"b\"\n:\n [\n\"x\\n\",\n{}],\r\n\"c\":2}");

	assert_int_equal(d->line, 2);
	assert_int_equal(d->members[0].line, 2);
	assert_int_equal(d->members[1].line, 3);
	assert_int_equal(d->members[1].value.line, 5);
	assert_int_equal(aisp_doc_line(aisp_doc_at(aisp_doc_get(d, "b"), 0)), 6);
	assert_int_equal(aisp_doc_line(aisp_doc_at(aisp_doc_get(d, "b"), 1)), 7);
	assert_int_equal(aisp_doc_line(aisp_doc_get(d, "c")), 8);
	assert_int_equal(aisp_doc_line(NULL), 0);
}

static void test_accessors(void **state)
{
	(void)state;
	const struct aisp_doc *d =
		parsed(aisp_json_parse, "{\"s\":\"x\",\"t\":true,\"i\":-5,\"r\":1.5,\"a\":[1,2],\"o\":{\"p\":{\"q\":\"deep\"}},"
	                               "\"s\":\"last\",\"\":7}");

	assert_text(aisp_doc_getstr(d, "s"), "last"); /* the last wins, both are kept */
	assert_text(aisp_doc_str(&d->members[0].value), "x");
	assert_int_equal(aisp_doc_count(d), 8);
	assert_string_equal(aisp_doc_getstr(d, "s").p, "last"); /* NUL-terminated */
	assert_true(aisp_doc_bool(aisp_doc_get(d, "t"), false));
	assert_true(aisp_doc_bool(aisp_doc_get(d, "s"), true));
	assert_int_equal(aisp_doc_int(aisp_doc_get(d, "i"), 9), -5);
	assert_int_equal(aisp_doc_int(aisp_doc_get(d, "r"), 9), 9);
	assert_int_equal(aisp_doc_int(aisp_doc_get(d, ""), 9), 7);
	assert_text(aisp_doc_str(aisp_doc_path(d, "o.p.q")), "deep");
	assert_null(aisp_doc_path(d, "o.x.q"));
	assert_null(aisp_doc_path(d, "o..q"));
	assert_null(aisp_doc_path(NULL, "o"));
	assert_null(aisp_doc_get(aisp_doc_get(d, "a"), "0"));
	assert_null(aisp_doc_at(aisp_doc_get(d, "a"), 2));
	assert_null(aisp_doc_at(aisp_doc_get(d, "o"), 0));
	assert_null(aisp_doc_getstr(NULL, "a").p);
	assert_int_equal(aisp_doc_count(aisp_doc_get(d, "s")), 0);
	assert_int_equal(aisp_doc_count(NULL), 0);
	assert_null(aisp_doc_gets(d, AISP_S("s\0")));
}

static void test_jsonc(void **state)
{
	(void)state;
	assert_string_equal(shown(aisp_jsonc_parse, "// a\n{/*x*/\"a\"/**/:1,// b\n}// c"), "{\"a\":1}");
	assert_string_equal(shown(aisp_jsonc_parse, "[1,2 , /* , */ ]"), "[1,2]");
	assert_string_equal(shown(aisp_jsonc_parse, "{\"a\":[{},],}"), "{\"a\":[{}]}");
	assert_string_equal(shown(aisp_jsonc_parse, "[\"// no /* comment */ ,]\",\"\\\"//\"]"),
	                    "[\"// no /* comment */ ,]\",\"\\\"//\"]");
	assert_string_equal(shown(aisp_jsonc_parse, "{}"), "{}");
	assert_has(shown(aisp_jsonc_parse, "[,]"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "[1,,]"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "{\"a\":,}"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "{,}"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "1,"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "[1]/"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "// only"), "E_parse");
	assert_has(shown(aisp_jsonc_parse, "[1,\n/* not closed"), "line 2: not JSON: a comment is not closed");
	assert_has(shown(aisp_jsonc_parse, "[1]/*/"), "not closed");
	assert_has(shown(aisp_jsonc_parse, "/* a\n\n */ [1,\n x]"), "line 4:");
	assert_int_equal(parsed(aisp_jsonc_parse, "/* a\n\n */ [1,\n 2]")->items[1].line, 4);
	assert_has(shown(aisp_jsonc_parse, "\"a\\"), "E_parse");
}

static int parse_limited(parse_fn *parse, struct aisp_slice text, struct aisp_doc_limits limits)
{
	const struct aisp_doc *d = NULL, *before = d;
	int r = parse(arena, text, &limits, &d, &err);

	assert_true(r == 0 || d == before);
	return r;
}

static char *nested(const char *open, size_t n, const char *middle, const char *close)
{
	size_t lo = strlen(open), lc = strlen(close), lm = strlen(middle);
	char *p = malloc(n * (lo + lc) + lm + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(p + i * lo, open, lo);
	memcpy(p + n * lo, middle, lm);
	for (size_t i = 0; i < n; i++)
		memcpy(p + n * lo + lm + i * lc, close, lc);
	p[n * (lo + lc) + lm] = '\0';
	return p;
}

static void test_depth(void **state)
{
	(void)state;
	static const struct {
		parse_fn *parse;
		const char *open, *middle, *close;
	} kinds[] = {{aisp_json_parse, "[", "1", "]"},
	             {aisp_json_parse, "{\"a\":", "{}", "}"},
	             {aisp_jsonc_parse, "[/**/", "[]", ",]"}};
	static const uint32_t depths[] = {1, 5, 128, 1024};

	for (size_t k = 0; k < 3; k++) {
		uint32_t inner = kinds[k].middle[0] != '1';

		for (size_t i = 0; i < 4; i++) {
			char *fits = nested(kinds[k].open, depths[i] - inner, kinds[k].middle, kinds[k].close);
			char *deeper = nested(kinds[k].open, depths[i] + 1 - inner, kinds[k].middle, kinds[k].close);
			struct aisp_doc_limits limits = {.max_depth = depths[i]};

			assert_int_equal(parse_limited(kinds[k].parse, aisp_slice_z(fits), limits), AISP_OK);
			assert_int_equal(parse_limited(kinds[k].parse, aisp_slice_z(deeper), limits), AISP_E_LIMIT);
			assert_has(err.msg, "nested deeper");
			free(fits);
			free(deeper);
		}
		/* 10,000 deep, with a cap that allows it but for the hard one. */
		char *p = nested(kinds[k].open, 10000, kinds[k].middle, kinds[k].close);

		assert_int_equal(parse_limited(kinds[k].parse, aisp_slice_z(p), (struct aisp_doc_limits){.max_depth = 100000}),
		                 AISP_E_LIMIT);
		free(p);
	}
}

static void test_limits(void **state)
{
	(void)state;
	struct aisp_arena *small = aisp_arena_new(4096);
	const struct aisp_doc *d = NULL;

	assert_int_equal(parse_limited(aisp_json_parse, AISP_S("[1,2,3]"), (struct aisp_doc_limits){.max_values = 4}), 0);
	assert_int_equal(parse_limited(aisp_json_parse, AISP_S("[1,2,\n3]"), (struct aisp_doc_limits){.max_values = 3}),
	                 AISP_E_LIMIT);
	assert_has(err.msg, "line 2: more than the limit of 3 values");
	assert_int_equal(parse_limited(aisp_json_parse, AISP_S("[1]"), (struct aisp_doc_limits){.max_bytes = 3}), 0);
	assert_int_equal(parse_limited(aisp_json_parse, AISP_S("[1 ]"), (struct aisp_doc_limits){.max_bytes = 3}),
	                 AISP_E_LIMIT);
	/* Only the length is looked at: there are no such bytes. */
	assert_int_equal(parse_limited(aisp_json_parse, aisp_slice_of("[]", (size_t)9 << 30), (struct aisp_doc_limits){0}),
	                 AISP_E_LIMIT);
	assert_int_equal(parse_limited(aisp_toml_parse, aisp_slice_of("", (size_t)9 << 30), (struct aisp_doc_limits){0}),
	                 AISP_E_LIMIT);
	char *many = nested("1,", 1000, "", "");

	many[0] = '[';
	many[1] = ' ';
	many[1999] = ']';
	assert_int_equal(aisp_json_parse(small, aisp_slice_z(many), NULL, &d, &err), AISP_E_LIMIT);
	assert_has(err.msg, "more memory");
	assert_null(d);
	free(many);
	aisp_arena_free(small);
}

/* What must take time in proportion to its size, whatever it is. */
static void test_hostile(void **state)
{
	(void)state;
	static const struct {
		parse_fn *parse;
		const char *begin, *repeat, *end;
	} texts[] = {
		{aisp_json_parse, "", "[", ""},          {aisp_json_parse, "", "{\"a\":", ""},
		{aisp_json_parse, "\"", "a", "\""},      {aisp_json_parse, "\"", "\\", ""},
		{aisp_json_parse, "\"", "\\u0041", "\""}, {aisp_json_parse, "", "1", ""},
		{aisp_json_parse, "0.", "1", ""},        {aisp_json_parse, "1e", "9", ""},
		{aisp_json_parse, "[", " ", "1]"},       {aisp_json_parse, "[1", "\n", "]"},
		{aisp_json_parse, "[", "\"\",", "1]"},   {aisp_json_parse, "", "\"", ""},
		{aisp_json_parse, "{", "\"\":0,", "}"},  {aisp_jsonc_parse, "[", "/**/", "]"},
		{aisp_jsonc_parse, "[", "/*", "]"},      {aisp_jsonc_parse, "[", "//\n", "]"},
		{aisp_jsonc_parse, "[1", " ", ",]"},     {aisp_toml_parse, "", "a.", "b=1"},
		{aisp_toml_parse, "[", "a.", "b]"},      {aisp_toml_parse, "a=", "[", ""},
		{aisp_toml_parse, "a=", "{a=", ""},      {aisp_toml_parse, "a=\"", "a", "\""},
		{aisp_toml_parse, "a=\"\"\"", "\"\" ", "\"\"\""}, {aisp_toml_parse, "a=", "1", ""},
		{aisp_toml_parse, "a=[", "1,", "]"},     {aisp_toml_parse, "", "\n", ""},
		{aisp_toml_parse, "", "#", ""},          {aisp_toml_parse, "", "a", "=1"},
		{aisp_toml_parse, "", "[[a]]\n", ""},    {aisp_toml_parse, "", "[", ""},
		{aisp_toml_parse, "\"", "\\", ""},       {aisp_toml_parse, "a='''", "'", ""},
	};
	enum { SIZE = 4 << 20 };

	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
		size_t n = SIZE / strlen(texts[t].repeat);
		char *middle = nested(texts[t].repeat, n, "", ""), *all = malloc(SIZE + 100);
		int len = snprintf(all, SIZE + 100, "%s%s%s", texts[t].begin, middle, texts[t].end);
		const struct aisp_doc *d;
		uint64_t start = aisp_clock_mono_ns();

		texts[t].parse(arena, aisp_slice_of(all, (size_t)len), NULL, &d, &err);
		if (aisp_clock_mono_ns() - start > 60000000000U) /* linear takes a second; quadratic would take hours */
			fail_msg("%s%s… takes too long", texts[t].begin, texts[t].repeat);
		aisp_arena_reset(arena);
		free(middle);
		free(all);
	}
}

static void test_toml(void **state)
{
	(void)state;
	assert_string_equal(shown(aisp_toml_parse, ""), "{}");
	assert_string_equal(shown(aisp_toml_parse, "z = 1\na = 'x'\nm = [1, 2.5, [true], {k = \"v\"}]"),
	                    "{\"z\":1,\"a\":\"x\",\"m\":[1,2.5,[true],{\"k\":\"v\"}]}"); /* in order of the text */
	assert_string_equal(shown(aisp_toml_parse, "[t.u]\nx = 0xff\n[[l]]\ny = 1\n[[l]]\n[t]\nq = -1"),
	                    "{\"t\":{\"u\":{\"x\":255},\"q\":-1},\"l\":[{\"y\":1},{}]}");
	assert_string_equal(shown(aisp_toml_parse, "b.c = 1\nb.a = 2\n\"x.y\" = 3"), "{\"b\":{\"c\":1,\"a\":2},\"x.y\":3}");
	assert_string_equal(shown(aisp_toml_parse, "a = 1979-05-27T07:32:00Z\nb = 1979-05-27\nc = 07:32:00.5\n"
	                                          "d = 1979-05-27T00:32:00.999999-07:30\ne = 1979-05-27T07:32:00"),
	                    "{\"a\":\"1979-05-27T07:32:00Z\",\"b\":\"1979-05-27\",\"c\":\"07:32:00.5\","
	                    "\"d\":\"1979-05-27T00:32:00.999999-07:30\",\"e\":\"1979-05-27T07:32:00\"}");
	assert_string_equal(shown(aisp_toml_parse, "a = '''x\n]] # no\n'''\nb = \"\"\"[[[\"\"\"\n# [[[[\nc = 'a.b.c.d'"),
	                    "{\"a\":\"x\\n]] # no\\n\",\"b\":\"[[[\",\"c\":\"a.b.c.d\"}");
	assert_string_equal(shown(aisp_toml_parse, "\xef\xbb\xbf" "a = inf"), "{\"a\":null}");
	assert_true(parsed(aisp_toml_parse, "a = -inf")->members[0].value.r < 0);
	assert_string_equal(shown(aisp_toml_parse, "a = [0xDEAD_beef, 0o17, 0b101, +1_000, -0, 1e3, 6.6_6e-0_1, 99999999999999999999,"
	                                          " 0xffffffffffffffffff]"),
	                    "{\"a\":[3735928559,15,5,1000,0,1000.0,0.666,1e+20,4.722366482869645e+21]}");
	assert_string_equal(shown(aisp_toml_parse, "a = \"\"\"\n\"\"x\"\" \\  \n\n  y\"\"\"\"\"\nb = '''\r\nz\r\n'''\n"),
	                    "{\"a\":\"\\\"\\\"x\\\"\\\" y\\\"\\\"\",\"b\":\"z\\n\"}");
	assert_string_equal(shown(aisp_toml_parse, "a = 1979-05-27 07:32:00z # c\n[x] # c\n\"\" = [ # c\n 1, # d\n]\n"),
	                    "{\"a\":\"1979-05-27T07:32:00Z\",\"x\":{\"\":[1]}}");
	assert_string_equal(shown(aisp_toml_parse, "[a.b]\n[a]\nc = 1\n[a.d]\n[[e.f]]\n[e.f.g]\nh=1\n[[e.f]]\n"),
	                    "{\"a\":{\"b\":{},\"c\":1,\"d\":{}},\"e\":{\"f\":[{\"g\":{\"h\":1}},{}]}}");
	const struct aisp_doc *d = parsed(aisp_toml_parse, "\n[a]\nx = 1\ny = [\n 1,\n 2]\n");

	assert_int_equal(d->members[0].line, 2);
	assert_int_equal(aisp_doc_line(aisp_doc_path(d, "a.x")), 3);
	assert_int_equal(aisp_doc_line(aisp_doc_at(aisp_doc_path(d, "a.y"), 1)), 6);
}

static void test_toml_broken(void **state)
{
	(void)state;
	assert_has(shown(aisp_toml_parse, "a = 1\nb = \n"), "E_parse: line 2: not TOML: ");
	assert_has(shown(aisp_toml_parse, "a = 1\na = 2"), "line 2:");
	assert_has(shown(aisp_toml_parse, "a = 1\n[a]"), "line 2: not TOML: a table is defined twice");
	assert_has(shown(aisp_toml_parse, "a.b = 1\n[a]"), "line 2: not TOML: a table is defined twice");
	assert_has(shown(aisp_toml_parse, "[a.b]\n[a]\nb.c = 1"), "line 3: not TOML: a dotted key continues");
	assert_has(shown(aisp_toml_parse, "a = {b = 1}\na.c = 2"), "line 2: not TOML: a dotted key continues");
	assert_has(shown(aisp_toml_parse, "a = {b = 1}\n[a.c]"), "line 2: not TOML: a header continues what is no table");
	assert_has(shown(aisp_toml_parse, "a = [1]\n[[a]]"), "line 2: not TOML: a header appends");
	assert_has(shown(aisp_toml_parse, "a = {b = 1,}"), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = {\n}"), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = 1 b = 2"), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = 1 # x\x7f"), "E_parse");
	assert_has(shown(aisp_toml_parse, "[[a]"), "E_parse");
	assert_has(shown(aisp_toml_parse, "[a\n]"), "E_parse");
	assert_has(shown(aisp_toml_parse, "[&"), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = \"\\uD800\""), "E_parse");
	static const char *const values[] = {"01",   "1_",   "_1",  "1__0", "1.", ".5",   "1e",    "1._5", "0x",    "0X1",
	                                     "0xg",  "+0x1", "0b2", "True", "",   "inf_", "1e_5",  "0o8",  "1.5.1", "x",
	                                     "--1",  "1979-13-01", "1979-02-30", "24:00:00", "10:00", "10:60:00", "10:00:61",
	                                     "1979-01-01T10:00:00+24:00", "1979-01-01T", "10:00:00Z", "10:00:00."};
	char text[60];

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		snprintf(text, sizeof text, "\na = %s", values[i]);
		if (strncmp(shown(aisp_toml_parse, text), "E_parse: line 2: not TOML: ", 27) != 0)
			fail_msg("%s gives %s", text, json.p);
	}
	assert_has(shown(aisp_toml_parse, "a = \"\xff\""), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = \"x"), "E_parse");
	assert_has(shown(aisp_toml_parse, "[a"), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = [1, 2"), "E_parse");
	assert_has(shown_n(aisp_toml_parse, AISP_S("a = 1\n\0")), "E_parse");
	assert_has(shown(aisp_toml_parse, "\"a"), "E_parse");
	assert_has(shown(aisp_toml_parse, "a = \"\\"), "E_parse");
}

static void test_toml_depth(void **state)
{
	(void)state;
	/* Dotted keys, headers, arrays and inline tables all make levels: exactly 5 here. */
	static const char *const five[] = {"a.b.c.d.e=1", "[a.b.c.d]\ne=1", "a=[[[[1]]]]", "a={b={c={d={e=1}}}}",
	                                   "[a.b]\nc.d={e=1}", "[[a]]\nb.c.d=1", "[a]\nb=[{c=[1.5]}]"};

	for (size_t i = 0; i < sizeof five / sizeof *five; i++) {
		assert_int_equal(parse_limited(aisp_toml_parse, aisp_slice_z(five[i]), (struct aisp_doc_limits){.max_depth = 5}),
		                 AISP_OK);
		assert_int_equal(parse_limited(aisp_toml_parse, aisp_slice_z(five[i]), (struct aisp_doc_limits){.max_depth = 4}),
		                 AISP_E_LIMIT);
	}
	assert_int_equal(parse_limited(aisp_toml_parse, AISP_S("a=[1,2,3]"), (struct aisp_doc_limits){.max_values = 5}), 0);
	assert_int_equal(parse_limited(aisp_toml_parse, AISP_S("a=[1,2,3]"), (struct aisp_doc_limits){.max_values = 4}),
	                 AISP_E_LIMIT);
}

static void test_round_trip(void **state)
{
	(void)state;
	/* What we write we read back as the same. */
	const char *text = "{\"a\":[1,2.5,-0.0,1e+300,123456789.123,\"\\u202e\\udb40\\udc41\xe2\x82\xac\",null,true],\"\":{}}";
	char *first = strdup(shown(aisp_json_parse, text));

	assert_string_equal(first, text);
	assert_string_equal(shown(aisp_json_parse, first), first);
	free(first);
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
		cmocka_unit_test(test_json_values), cmocka_unit_test(test_json_broken),
		cmocka_unit_test(test_json_error_lines), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_accessors),   cmocka_unit_test(test_jsonc),
		cmocka_unit_test(test_depth),       cmocka_unit_test(test_limits),
		cmocka_unit_test(test_toml),        cmocka_unit_test(test_toml_broken),
		cmocka_unit_test(test_toml_depth),  cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
