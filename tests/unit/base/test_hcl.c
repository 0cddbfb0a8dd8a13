/* HCL: each form that Terraform files use, as the JSON that it must give; what is refused, with its line. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/jw.h"
#include "base_test.h"

static struct aisp_arena *arena;
static struct aisp_buf json;
static struct aisp_err err;

static const char *shown_n(const char *text, size_t n, const struct aisp_doc_limits *limits)
{
	struct aisp_jw w;
	const struct aisp_doc *d = NULL;
	char *copy = malloc(n ? n : 1); /* exact, so that AddressSanitizer sees a read behind the end */

	memcpy(copy, text, n);
	aisp_buf_clear(&json);
	int r = aisp_hcl_parse(arena, aisp_slice_of(copy, n), limits, &d, &err);
	free(copy);
	if (r < 0) {
		assert_null(d);
		assert_int_equal(err.code, r);
		aisp_buf_printf(&json, "E_%s: %s", aisp_code_name((enum aisp_code)r), err.msg);
	} else {
		aisp_jw_init(&w, &json, false);
		aisp_jw_doc(&w, d);
	}
	assert_int_equal(aisp_buf_check(&json, NULL), AISP_OK);
	return json.p;
}

struct pair {
	const char *text, *want;
};

static void check(const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = shown_n(pairs[i].text, strlen(pairs[i].text), NULL);
		if (strcmp(got, pairs[i].want) != 0)
			fail_msg("%s\n gives %s\n want  %s", pairs[i].text, got, pairs[i].want);
	}
}
#define CHECK(pairs) check((pairs), sizeof(pairs) / sizeof *(pairs))

static void test_values(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{"", "{}"},
		{"a = 1\nb = -1.5e-3\nc = true\nd = null\n", "{\"a\":1,\"b\":-0.0015,\"c\":true,\"d\":null}"},
		{"a=1", "{\"a\":1}"},
		{"a = 12345678901234567890123", "{\"a\":1.2345678901234568e+22}"},
		{"a = 1.2.3", "{\"a\":\"${1.2.3}\"}"},
		{"a = 1e5", "{\"a\":100000.0}"},
		{"a = 5-3", "{\"a\":\"${5-3}\"}"},
		{"a = -var.x", "{\"a\":\"${-var.x}\"}"},
		{"a = truely", "{\"a\":\"${truely}\"}"},
		{"a = []\nb = {}\n", "{\"a\":[],\"b\":{}}"},
		{"a = [1, 2,\n 3, # c\n]", "{\"a\":[1,2,3]}"},
		{"a = { b = 1, \"c d\" : 2\n e = { f = [] } }", "{\"a\":{\"b\":1,\"c d\":2,\"e\":{\"f\":[]}}}"},
		{"a = { for = 1, (k) = 2, (f(\")\")) = 3, var.a[0].b = 4, format(\"%s\", x) : 5 }",
		 "{\"a\":{\"for\":1,\"(k)\":2,\"(f(\\\")\\\"))\":3,\"var.a[0].b\":4,\"format(\\\"%s\\\", x)\":5}}"},
		{"\xc3\xbc-1 = 1", "{\"\xc3\xbc-1\":1}"},
		{"\xef\xbb\xbf" "a = 1", "{\"a\":1}"},
		{"a = 1\r\nb {\r\n c = \"d\"\r\n}\r\n", "{\"a\":1,\"b\":{\"c\":\"d\"}}"},
	};
	CHECK(pairs);
}

static void test_strings(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{"a = \"b\\n\\t\\\"\\\\\\u00e9\\U0001F600\"", "{\"a\":\"b\\n\\t\\\"\\\\\xc3\xa9\xf0\x9f\x98\x80\"}"},
		{"a = \"\\ud800 \\uZZ \\U00110000\"", "{\"a\":\"\xef\xbf\xbd \\\\uZZ \xef\xbf\xbd\"}"},
		{"a = \"x${var.b}y\"", "{\"a\":\"x${var.b}y\"}"},
		{"a = \"${lookup(m, \"k\", \"d}\")}\"", "{\"a\":\"${lookup(m, \\\"k\\\", \\\"d}\\\")}\"}"},
		{"a = \"${replace(p, \"\\\\\", \"/\")}\"\nb = 1", "{\"a\":\"${replace(p, \\\"\\\\\\\\\\\", \\\"/\\\")}\",\"b\":1}"},
		{"a = \"${f(\"x${g(\"y\")}\")}z\"", "{\"a\":\"${f(\\\"x${g(\\\"y\\\")}\\\")}z\"}"},
		{"a = \"$${no} %%{no} $5 100%\"", "{\"a\":\"$${no} %%{no} $5 100%\"}"},
		{"a = \"%{ if x == \"}\" ~}b%{ endif }\"", "{\"a\":\"%{ if x == \\\"}\\\" ~}b%{ endif }\"}"},
		{"a = \"${f({\n b = 1\n})}\"", "{\"a\":\"${f({\\n b = 1\\n})}\"}"},
		{"a = <<E\nb ${c}\n  E2\nE\nd = 1", "{\"a\":\"b ${c}\\n  E2\\n\",\"d\":1}"},
		{"a = <<-E\n    b\n\n      c\n   E\n", "{\"a\":\"b\\n\\n  c\\n\"}"},
		{"a = <<E\nE\n", "{\"a\":\"\"}"},
		{"a = [<<E\nx\nE\n, 1]", "{\"a\":[\"x\\n\",1]}"},
	};
	CHECK(pairs);
}

static void test_expressions(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{"a = var.b ? \"c\" : \"d\" # e", "{\"a\":\"${var.b ? \\\"c\\\" : \\\"d\\\"}\"}"},
		{"a = \"b\" == var.c ? 1 : 2 // e", "{\"a\":\"${\\\"b\\\" == var.c ? 1 : 2}\"}"},
		{"a = merge(b, # don't (\n c)\nd = 1", "{\"a\":\"${merge(b, # don't (\\n c)}\",\"d\":1}"},
		{"a = merge(b, /* \" */ c)\nd = 1", "{\"a\":\"${merge(b, /* \\\" */ c)}\",\"d\":1}"},
		{"a = f(<<E\n\"(\nE\n)\nd = 1", "{\"a\":\"${f(<<E\\n\\\"(\\nE\\n)}\",\"d\":1}"},
		{"a = [for k, v in m : upper(v) if k != \"]\"]", "{\"a\":\"${[for k, v in m : upper(v) if k != \\\"]\\\"]}\"}"},
		{"a = {\n # c\n for k in m : k => 1 }", "{\"a\":\"${{\\n # c\\n for k in m : k => 1 }}\"}"},
		{"a = [\"b\", \"c\"][0]\nd = 1", "{\"a\":\"${[\\\"b\\\", \\\"c\\\"][0]}\",\"d\":1}"},
		{"a = [[1][0], {b = 2}.b]", "{\"a\":[\"${[1][0]}\",\"${{b = 2}.b}\"]}"},
		{"a = { b = 1 }.b", "{\"a\":\"${{ b = 1 }.b}\"}"},
		{"a = jsonencode({ b = [1, \"c\"] })", "{\"a\":{\"b\":[1,\"c\"]}}"},
		{"a = yamlencode([ { b = jsonencode({c = 1}) } ])", "{\"a\":[{\"b\":{\"c\":1}}]}"},
		{"a = jsonencode(var.b)", "{\"a\":\"${jsonencode(var.b)}\"}"},
		{"a = jsonencode([1][0])\nb = 1", "{\"a\":\"${jsonencode([1][0])}\",\"b\":1}"},
		{"a = jsonencode({ for k in m : k => 1 })", "{\"a\":\"${jsonencode({ for k in m : k => 1 })}\"}"},
		{"a = jsonencode({}) == b", "{\"a\":\"${jsonencode({}) == b}\"}"},
		{"a = x[*].y\nb = m[\"k\"].z", "{\"a\":\"${x[*].y}\",\"b\":\"${m[\\\"k\\\"].z}\"}"},
		{"a = (\n b ||\n c\n)\nd = !e", "{\"a\":\"${(\\n b ||\\n c\\n)}\",\"d\":\"${!e}\"}"},
		{"a { b = c }", "{\"a\":{\"b\":\"${c}\"}}"},
	};
	CHECK(pairs);
}

static void test_blocks(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{"# a\n// b\n/* c\n * d */ e {} /* f */", "{\"e\":{}}"},
		{"resource \"t\" \"n\" {\n count = 2\n dynamic \"i\" {\n  for_each = x\n  content { p = 1 }\n }\n}",
		 "{\"resource\":{\"t\":{\"n\":{\"count\":2,\"dynamic\":{\"i\":{\"for_each\":\"${x}\",\"content\":{\"p\":1}}}}}}}"},
		{"a x \"y\" {}\na x \"z\" {}", "{\"a\":{\"x\":{\"y\":{}}},\"a\":{\"x\":{\"z\":{}}}}"},
		{"tags { \"Name\" = \"x\" }", "{\"tags\":{\"Name\":\"x\"}}"},
	};
	CHECK(pairs);
}

static void test_errors(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{"a = \"b\n\"", "E_parse: line 1: not HCL: a string without its end"},
		{"\na = \"${b", "E_parse: line 2: not HCL: a string without its end"},
		{"a = <<E\nb\n", "E_parse: line 1: not HCL: a heredoc without its end"},
		{"a = <<E", "E_parse: line 1: not HCL: a heredoc without its end"},
		{"\n\na {", "E_parse: line 3: not HCL: a block without its end"},
		{"a = [1,\n2", "E_parse: line 2: not HCL: a list item that does not end"},
		{"a = f(1,\n", "E_parse: line 1: not HCL: a string, heredoc or bracket without its end"},
		{"a = { b }", "E_parse: line 1: not HCL: a key without a value"},
		{"a = { b = ", "E_parse: line 1: not HCL: a value is missing"},
		{"a = ", "E_parse: line 1: not HCL: a value is missing"},
		{"a =\n", "E_parse: line 2: not HCL: a value is missing"},
		{"= 1", "E_parse: line 1: not HCL: a name is missing"},
		{"}", "E_parse: line 1: not HCL: a name is missing"},
		{"a", "E_parse: line 1: not HCL: neither a value nor a block"},
		{"a b c d e f g h i j {}", "E_parse: line 1: not HCL: a block with too many labels"},
		{"a = \"\xff\"", "E_parse: line 1: not UTF-8 (byte 6)"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *got = shown_n(pairs[i].text, strlen(pairs[i].text), NULL);
		const char *want = strstr(pairs[i].text, "\xff") ? "E_parse: line 1" : pairs[i].want;
		if (strncasecmp(got, want, strlen(want)) != 0)
			fail_msg("%s\n gives %s\n want  %s", pairs[i].text, got, pairs[i].want);
	}
}

/* Every cut of a text with all forms is read or refused, never more than the bytes. */
static void test_cuts(void **state)
{
	(void)state;
	static const char text[] = "a \"b\" {\n c = \"x${f(\"y\", {z = 1})}\\u00e9\" # d\n e = <<-E\n   f\n  E\n g = [1.5, {h = jsonencode({i = [j]})}, (k)][0]\n"
				   " /* l */ m = { (n) = -2, o.p : \"$${q}\" }\n}\n";

	for (size_t n = 0; n < sizeof text; n++)
		shown_n(text, n, NULL);
	assert_has(shown_n(text, sizeof text - 1, NULL), "\"m\":{\"(n)\":-2,\"o.p\":\"$${q}\"}");
}

static void test_limits(void **state)
{
	(void)state;
	const struct aisp_doc_limits depth = {.max_depth = 5}, values = {.max_values = 5}, bytes = {.max_bytes = 5};
	static char deep[200001];

	assert_has(shown_n("a=[[[[[[]]]]]]", 14, &depth), "line 1: nested deeper than");
	assert_has(shown_n("a{b{c{d{e{f{}}}}}}", 18, &depth), "line 1: nested deeper than");
	assert_has(shown_n("a = [1,2,3,4,5,6]", 17, &values), "more than the limit of 5 values");
	assert_has(shown_n("a = 12", 6, &bytes), "more than the limit of 5");
	static const char *const parts[] = {"[", "{a=", "a{", "a=f(", "a=\"${\"", "a=jsonencode(["};
	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
		size_t n = strlen(parts[p]), all = 2;
		memcpy(deep, "a=", 2);
		for (; all + n < sizeof deep; all += n)
			memcpy(deep + all, parts[p], n);
		assert_true(shown_n(deep, all, NULL)[0] == 'E');
	}
}

static int set_up(void **state)
{
	(void)state;
	arena = aisp_arena_new(0);
	aisp_buf_init(&json, 0);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	aisp_arena_free(arena);
	aisp_buf_done(&json);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_strings), cmocka_unit_test(test_expressions), cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_cuts),    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
