/* slice, glob, err, buf, jw. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/jw.h"
#include "base/mem.h"
#include "base_test.h"
#include <errno.h>
#include <math.h>

static void test_compare(void **state)
{
	(void)state;
	assert_true(aisp_slice_eqi(AISP_S("AbC-1"), AISP_S("aBc-1")));
	assert_false(aisp_slice_eqi(AISP_S("[a"), AISP_S("{a"))); /* differ in bit 5 but are no letters */
	assert_false(aisp_slice_eqi(AISP_S("ab"), AISP_S("abc")));
	assert_true(aisp_slice_cmp(AISP_S("a"), AISP_S("ab")) < 0);
	assert_true(aisp_slice_cmp(AISP_S("\xff"), AISP_S("a")) > 0); /* bytes are unsigned */
	assert_int_equal(aisp_slice_cmp((struct aisp_slice){0}, AISP_S("")), 0);
	assert_true(aisp_slice_starts(AISP_S("abc"), AISP_S("")));
	assert_false(aisp_slice_starts(AISP_S("abc"), AISP_S("abcd")));
	assert_true(aisp_slice_ends(AISP_S("abc"), AISP_S("bc")));
	assert_false(aisp_slice_ends(AISP_S("c"), AISP_S("bc")));
}

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(aisp_slice_find(AISP_S("hello"), AISP_S("l")), 2);
	assert_int_equal(aisp_slice_find(AISP_S("hello"), AISP_S("")), 0);
	assert_true(aisp_slice_find((struct aisp_slice){0}, AISP_S("x")) == SIZE_MAX);
	assert_int_equal(aisp_slice_findi(AISP_S("xxAPI_Key"), AISP_S("api_KEY")), 2);
	assert_true(aisp_slice_findi(AISP_S("ap"), AISP_S("api")) == SIZE_MAX);
	assert_int_equal(aisp_slice_chr(AISP_S("a.b.c"), '.'), 1);
	assert_int_equal(aisp_slice_rchr(AISP_S("a.b.c"), '.'), 3);
	assert_true(aisp_slice_rchr(AISP_S("abc"), '.') == SIZE_MAX);
	assert_text(aisp_slice_trim(AISP_S(" \t\r\na b\v\f ")), "a b");
	assert_text(aisp_slice_trim(AISP_S("  \n ")), "");
	assert_text(aisp_slice_from(AISP_S("abc"), 9), "");
	assert_text(aisp_slice_to(AISP_S("abc"), 9), "abc");
}

static void test_split(void **state)
{
	(void)state;
	struct aisp_slice s = AISP_S("a,,b,"), part;

	assert_true(aisp_slice_split(&s, ',', &part));
	assert_text(part, "a");
	assert_true(aisp_slice_split(&s, ',', &part));
	assert_text(part, "");
	assert_true(aisp_slice_split(&s, ',', &part));
	assert_text(part, "b");
	assert_true(aisp_slice_split(&s, ',', &part));
	assert_text(part, "");
	assert_false(aisp_slice_split(&s, ',', &part));
	s = AISP_S("");
	assert_true(aisp_slice_split(&s, ',', &part));
	assert_false(aisp_slice_split(&s, ',', &part));
}

static void test_numbers(void **state)
{
	(void)state;
	uint64_t u = 7;
	int64_t i = 7;

	assert_true(aisp_slice_u64(AISP_S("18446744073709551615"), &u));
	assert_true(u == UINT64_MAX);
	u = 7;
	assert_false(aisp_slice_u64(AISP_S("18446744073709551616"), &u));
	assert_false(aisp_slice_u64(AISP_S(""), &u));
	assert_false(aisp_slice_u64(AISP_S("12 "), &u));
	assert_false(aisp_slice_u64(AISP_S("+1"), &u));
	assert_int_equal(u, 7); /* untouched on failure */
	assert_true(aisp_slice_i64(AISP_S("-9223372036854775808"), &i));
	assert_true(i == INT64_MIN);
	assert_true(aisp_slice_i64(AISP_S("+9223372036854775807"), &i));
	assert_true(i == INT64_MAX);
	i = 7;
	assert_false(aisp_slice_i64(AISP_S("9223372036854775808"), &i));
	assert_false(aisp_slice_i64(AISP_S("-9223372036854775809"), &i));
	assert_false(aisp_slice_i64(AISP_S("-"), &i));
	assert_false(aisp_slice_i64(AISP_S("--1"), &i));
	assert_int_equal(i, 7);
}

static void test_paths(void **state)
{
	(void)state;
	assert_text(aisp_slice_basename(AISP_S("a/b.c")), "b.c");
	assert_text(aisp_slice_basename(AISP_S("b.c")), "b.c");
	assert_text(aisp_slice_basename(AISP_S("a/")), "");
	assert_text(aisp_slice_dirname(AISP_S("a/b/c")), "a/b");
	assert_text(aisp_slice_dirname(AISP_S("b.c")), "");
}

static void test_utf8(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n;
		uint32_t cp;
	} good[] = {{"a", 1, 'a'},           {"\xc2\x80", 2, 0x80},      {"\xe0\xa0\x80", 3, 0x800},
	            {"\xed\x9f\xbf", 3, 0xd7ff}, {"\xee\x80\x80", 3, 0xe000}, {"\xf0\x90\x80\x80", 4, 0x10000},
	            {"\xf4\x8f\xbf\xbf", 4, 0x10ffff}};
	/* Overlong forms, surrogates, beyond the last, cut off, lone continuation. */
	static const char *const bad[] = {"\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
	                                  "\xed\xa0\x80",     "\xed\xbf\xbf",     "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
	                                  "\x80",             "\xe2\x82",         "\xc3",         "\xff"};
	uint32_t cp;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(aisp_slice_utf8(aisp_slice_z(good[i].text), &cp), good[i].n);
		assert_int_equal(cp, good[i].cp);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char padded[40];

		assert_int_equal(aisp_slice_utf8(aisp_slice_z(bad[i]), &cp), 0);
		for (size_t at = 0; at < 16; at++) { /* at every place of the 8-byte fast path */
			memset(padded, 'x', sizeof padded);
			memcpy(padded + at, bad[i], strlen(bad[i]));
			assert_false(aisp_slice_is_utf8(aisp_slice_of(padded, sizeof padded)));
		}
	}
	assert_true(aisp_slice_is_utf8(AISP_S("0123456\xe2\x82\xac 89 \xf0\x9f\x98\x80")));
	assert_true(aisp_slice_is_utf8((struct aisp_slice){0}));
}

struct glob_case {
	const char *pattern, *text;
	bool match;
};

static void test_glob(void **state)
{
	(void)state;
	static const struct glob_case cases[] = {
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"*", "", true},
		{"*", "abc", true},
		{"*", "a/c", false},
		{"**", "a/b/c", true},
		{"*.py", "x.py", true},
		{"*.py", "a/x.py", false},
		{"**/*.py", "x.py", true},
		{"**/*.py", "a/b/x.py", true},
		{"**/x", "abx", false},
		{"**/x", "a/bx", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "ab", false},
		{"a/**/b", "a/xb", false},
		{"a**b", "a/x/b", true},
		{"**/**/x", "x", true},
		{"a/**", "a/", true},
		{"a/**", "a", false},
		{"?", "/", false},
		{"?", "a", true},
		{"?", "\xc3\xa9", true}, /* one character, two bytes */
		{"?", "\xff", true},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[!a-c]x", "dx", true},
		{"[^a-c]x", "ax", false},
		{"[!a]", "/", false},
		{"[]a]", "]", true},
		{"[]a]", "a", true},
		{"[a-]", "-", true},
		{"[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true},
		{"[abc", "[abc", true}, /* not closed: stands for itself */
		{"[abc", "a", false},
		{"[\\]]", "]", true},
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"a\\", "a\\", true},
		{"*a*b*c", "xxaxxbxxc", true},
		{"*a*b*c", "xxaxxbxx", false},
		{"*.tar.*", "a.tar.gz", true},
		{"***", "a/b", true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (aisp_slice_glob(aisp_slice_z(cases[i].pattern), aisp_slice_z(cases[i].text)) != cases[i].match)
			fail_msg("glob \"%s\" of \"%s\" is not %d", cases[i].pattern, cases[i].text, cases[i].match);
}

/* The slow, obvious matcher for patterns of literals, ?, * and ** without the rule for components. */
static bool slow_glob(const char *p, const char *s)
{
	if (!*p)
		return !*s;
	if (*p == '*') {
		bool deep = p[1] == '*';

		for (const char *rest = s;; rest++) {
			if (slow_glob(p + 1 + deep, rest))
				return true;
			if (!*rest || (*rest == '/' && !deep))
				return false;
		}
	}
	return *s && (*p == *s || (*p == '?' && *s != '/')) && slow_glob(p + 1, s + 1);
}

static void test_glob_differential(void **state)
{
	(void)state;
	static const char alphabet[] = "ab/*?";
	char pattern[8] = "", text[8] = "";

	/* All patterns of up to 4 and texts of up to 4 characters. "**" followed by a slash has a rule of its own. */
	for (unsigned p = 0; p < 5 * 5 * 5 * 5; p++) {
		for (unsigned i = 0, x = p; i < 4; i++, x /= 5)
			pattern[i] = alphabet[x % 5];
		if (strstr(pattern, "**/") || strstr(pattern, "***"))
			continue;
		for (unsigned s = 0; s < 3 * 3 * 3 * 3; s++) {
			for (unsigned i = 0, x = s; i < 4; i++, x /= 3)
				text[i] = alphabet[x % 3];
			for (unsigned n = 0; n <= 4; n++) {
				char cut[8];

				memcpy(cut, text, sizeof cut);
				cut[n] = '\0';
				if (aisp_slice_glob(aisp_slice_z(pattern), aisp_slice_z(cut)) != slow_glob(pattern, cut))
					fail_msg("glob \"%s\" of \"%s\"", pattern, cut);
			}
		}
	}
}

/* Patterns that take a backtracking matcher longer than the age of the universe. */
static void test_glob_hostile(void **state)
{
	(void)state;
	static char pattern[4000], text[20000];
	static const char *const parts[] = {"*a", "**/", "[a", "*?", "**a/", "[!b]*"};

	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
		size_t n = strlen(parts[p]);
		uint64_t start = aisp_clock_mono_ns();

		for (size_t i = 0; i + n < 1000; i += n)
			memcpy(pattern + i, parts[p], n);
		memset(text, 'a', sizeof text);
		aisp_slice_glob(aisp_slice_of(pattern, 1000), aisp_slice_of(text, 2000));
		for (size_t i = 0; i < 2000; i += 2)
			text[i] = '/';
		aisp_slice_glob(aisp_slice_of(pattern, 1000), aisp_slice_of(text, 2000));
		assert_true(aisp_clock_mono_ns() - start < 60000000000U);
	}
	memset(pattern, 'a', sizeof pattern);
	memset(text, 'a', sizeof text);
	assert_true(aisp_slice_glob(aisp_slice_of(pattern, 4000), aisp_slice_of(text, 4000)));
	assert_false(aisp_slice_glob(aisp_slice_of(text, 4096), aisp_slice_of(text, 4096)));
}

static void test_hidden(void **state)
{
	(void)state;
	static const uint32_t hidden[] = {0, '\n', 0x1b, 0x7f, 0x9b, 0xad, 0x200b, 0x200e, 0x200f, 0x202a,
	                                  0x202e, 0x2066, 0x2069, 0xfeff, 0xe0001, 0xe0041, 0xe0100};
	static const uint32_t shown[] = {' ', '~', 0xa0, 0xe9, 0x2010, 0x2027, 0x202f, 0x20ac, 0x1f600, 0xfffd};

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert_true(aisp_cp_is_hidden(hidden[i]));
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		assert_false(aisp_cp_is_hidden(shown[i]));
}

static void test_err(void **state)
{
	(void)state;
	struct aisp_err err;
	char long_text[2000];

	assert_int_equal(aisp_fail(&err, AISP_E_PARSE, "line %d", 3), AISP_E_PARSE);
	assert_string_equal(err.msg, "line 3");
	assert_int_equal(aisp_wrap(&err, AISP_E_PARSE, "while reading %s", "x"), AISP_E_PARSE);
	assert_string_equal(err.msg, "line 3: while reading x");
	assert_int_equal(aisp_fail(NULL, AISP_E_IO, "x"), AISP_E_IO);
	assert_int_equal(aisp_wrap(NULL, AISP_E_IO, "x"), AISP_E_IO);
	assert_int_equal(aisp_code_from_errno(EACCES), AISP_E_ACCESS);
	assert_int_equal(aisp_code_from_errno(EPERM), AISP_E_ACCESS);
	assert_int_equal(aisp_code_from_errno(ENOENT), AISP_E_NOTFOUND);
	assert_int_equal(aisp_code_from_errno(ENOMEM), AISP_E_NOMEM);
	assert_int_equal(aisp_code_from_errno(ENOSPC), AISP_E_IO);
	assert_string_equal(aisp_code_name(AISP_E_LIMIT), "limit");
	assert_string_equal(aisp_code_name(AISP_E_INTERNAL), "internal");
	assert_string_equal(aisp_code_name((enum aisp_code)-99), "unknown");

	/* Cut at every place of a four-byte character. */
	for (size_t lead = 0; lead < 4; lead++) {
		memset(long_text, 'x', sizeof long_text);
		for (size_t i = 1000 + lead; i + 4 < 1100; i += 4)
			memcpy(long_text + i, "\xf0\x9f\x98\x80", 4);
		long_text[1100] = '\0';
		aisp_fail(&err, AISP_E_PARSE, "%s", long_text);
		assert_true(strlen(err.msg) >= AISP_ERR_MSG_MAX - 4);
		assert_true(aisp_slice_is_utf8(aisp_slice_z(err.msg)));
		aisp_wrap(&err, AISP_E_PARSE, "more %s", long_text);
		assert_true(aisp_slice_is_utf8(aisp_slice_z(err.msg)));
		assert_true(strlen(err.msg) < AISP_ERR_MSG_MAX);
	}
}

static void test_buf(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;

	aisp_buf_init(&b, 0);
	aisp_buf_put(&b, (struct aisp_slice){0});
	assert_int_equal(b.n, 0);
	aisp_buf_putz(&b, "ab");
	aisp_buf_putc(&b, '-');
	aisp_buf_printf(&b, "%d %s", 42, "x");
	aisp_buf_fill(&b, '.', 3);
	assert_text(aisp_buf_slice(&b), "ab-42 x...");
	assert_string_equal(b.p, "ab-42 x...");
	aisp_buf_clear(&b);
	aisp_buf_printf(&b, "%0500d", 7); /* longer than the fast path */
	assert_int_equal(b.n, 500);
	assert_int_equal(b.p[499], '7');
	assert_int_equal(aisp_buf_check(&b, &err), AISP_OK);
}

static void test_buf_limit(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;

	aisp_buf_init(&b, 4);
	aisp_buf_putz(&b, "abcd");
	assert_int_equal(aisp_buf_check(&b, &err), AISP_OK);
	aisp_buf_putz(&b, "e");
	aisp_buf_putz(&b, "");
	assert_int_equal(aisp_buf_check(&b, &err), AISP_E_LIMIT); /* sticks */
	assert_has(err.msg, "4 bytes");
	assert_text(aisp_buf_slice(&b), "abcd");
	aisp_buf_clear(&b);
	aisp_buf_fill(&b, 'x', SIZE_MAX);
	assert_int_equal(b.bad, AISP_E_LIMIT);
	aisp_buf_clear(&b);
	aisp_buf_printf(&b, "%s", "12345");
	assert_int_equal(b.bad, AISP_E_LIMIT);
	assert_int_equal(b.n, 0);
	aisp_buf_clear(&b);
	aisp_buf_putz(&b, "ok");
	assert_int_equal(aisp_buf_check(&b, NULL), AISP_OK);
}

static void test_printable(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 0);
	aisp_buf_put_printable(&b, AISP_S("a\033[2J\n\x7f" "b\0c"));
	assert_text(aisp_buf_slice(&b), "a\\x1B[2J\\x0A\\x7Fb\\x00c");
	aisp_buf_clear(&b);
	aisp_buf_put_printable(&b, AISP_S("\xc2\x9b" "31m \xe2\x80\xae" "x \xe2\x80\x8b \xf3\xa0\x81\x81"));
	assert_text(aisp_buf_slice(&b), "\\u{009B}31m \\u{202E}x \\u{200B} \\u{E0041}");
	aisp_buf_clear(&b);
	aisp_buf_put_printable(&b, AISP_S("\xff\xe2\x82 \xe2\x82\xac \xed\xa0\x80"));
	assert_text(aisp_buf_slice(&b), "\\xFF\\xE2\\x82 \xe2\x82\xac \\xED\\xA0\\x80");
}

static void write_sample(struct aisp_jw *w)
{
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "s", AISP_S("a\"\\\n\t\x01/"));
	aisp_jw_kz(w, "z", NULL);
	aisp_jw_kint(w, "i", INT64_MIN);
	aisp_jw_kbool(w, "b", true);
	aisp_jw_key(w, "a");
	aisp_jw_arr(w);
	aisp_jw_real(w, 0.1);
	aisp_jw_real(w, 1);
	aisp_jw_real(w, 1e300);
	aisp_jw_real(w, (double)NAN);
	aisp_jw_real(w, HUGE_VAL);
	aisp_jw_end(w);
	aisp_jw_key(w, "e");
	aisp_jw_obj(w);
	aisp_jw_end(w);
	aisp_jw_end(w);
}

static void test_jw(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_jw w;

	aisp_buf_init(&b, 0);
	aisp_jw_init(&w, &b, false);
	write_sample(&w);
	assert_text(aisp_buf_slice(&b), "{\"s\":\"a\\\"\\\\\\n\\t\\u0001/\",\"z\":null,\"i\":-9223372036854775808,\"b\":true,"
	                                "\"a\":[0.1,1.0,1e+300,null,null],\"e\":{}}");
	aisp_buf_clear(&b);
	aisp_jw_init(&w, &b, true);
	write_sample(&w);
	assert_has(b.p, "{\n  \"s\": \"a");
	assert_has(b.p, "\n  \"a\": [\n    0.1,\n    1.0,");
	assert_has(b.p, "\n  ],\n  \"e\": {}\n}");
}

static void test_jw_escape(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;

	aisp_buf_init(&b, 0);
	aisp_json_escape(&b, AISP_S("\xff \xe2\x82\xac \xe2\x80\xae \xf3\xa0\x81\x81 \x7f"));
	assert_text(aisp_buf_slice(&b), "\xef\xbf\xbd \xe2\x82\xac \\u202e \\udb40\\udc41 \\u007f");
}

static void test_jw_misuse(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_jw w;

	aisp_buf_init(&b, 0);
	aisp_jw_init(&w, &b, false);
	aisp_jw_obj(&w);
	aisp_jw_int(&w, 1); /* no key */
	assert_int_equal(aisp_buf_check(&b, NULL), AISP_E_INTERNAL);
	aisp_buf_clear(&b);
	aisp_jw_init(&w, &b, false);
	aisp_jw_end(&w);
	assert_int_equal(aisp_buf_check(&b, NULL), AISP_E_INTERNAL);
	aisp_buf_clear(&b);
	aisp_jw_init(&w, &b, false);
	aisp_jw_arr(&w);
	aisp_jw_key(&w, "x");
	assert_int_equal(aisp_buf_check(&b, NULL), AISP_E_INTERNAL);
	aisp_buf_clear(&b);
	aisp_jw_init(&w, &b, false);
	for (int i = 0; i < AISP_JW_DEPTH; i++)
		aisp_jw_arr(&w);
	assert_int_equal(aisp_buf_check(&b, NULL), AISP_OK);
	aisp_jw_arr(&w);
	assert_int_equal(aisp_buf_check(&b, NULL), AISP_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),      cmocka_unit_test(test_find),
		cmocka_unit_test(test_split),        cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_paths),        cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_glob),         cmocka_unit_test(test_glob_differential),
		cmocka_unit_test(test_glob_hostile), cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_err),          cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_limit),    cmocka_unit_test(test_printable),
		cmocka_unit_test(test_jw),           cmocka_unit_test(test_jw_escape),
		cmocka_unit_test(test_jw_misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
