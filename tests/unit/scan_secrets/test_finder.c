/* The finder says what a search byte by byte says, with and without vectors; expressions are known for what they are. */
#include "scan/secrets/check_int.h"
#include "scan/secrets/finder_int.h"
#include "secrets_test.h"
#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
	const struct aisp_secrets__found *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->lit < y->lit ? -1 : x->lit > y->lit;
}

static bool stands(const struct aisp_secrets__lit *l, const char *p)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->fold >> i & 1 ? (p[i] | 0x20) != l->s[i] : p[i] != l->s[i])
			return false;
	return true;
}

static size_t slowly(const struct aisp_secrets__lit *lits, size_t n, struct aisp_slice text, struct aisp_secrets__found *out)
{
	size_t found = 0;

	for (size_t at = 0; at < text.n; at++)
		for (uint32_t i = 0; i < n; i++)
			if (text.n - at >= lits[i].n && stands(&lits[i], text.p + at))
				out[found++] = (struct aisp_secrets__found){at, i};
	return found;
}

static size_t fast(const struct aisp_secrets__finder *f, struct aisp_slice text, struct aisp_secrets__found *out)
{
	size_t found = 0, at = 0;

	while (at < text.n) {
		struct aisp_secrets__found some[1024];
		size_t n = aisp_secrets__find(f, text, &at, some, 1024);

		memcpy(out + found, some, n * sizeof *some);
		found += n;
	}
	qsort(out, found, sizeof *out, by_place);
	return found;
}

enum { LITS = 300, TEXT = 20000, ROUNDS = 60, FOUND = 200000 };

static void like_naive(void **state)
{
	static struct aisp_secrets__found expected[FOUND], got[FOUND];
	static char text[TEXT];
	uint64_t seed = 7;
	bool vectors = false;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct aisp_arena *a = aisp_arena_new(0);
		struct aisp_secrets__lit lits[LITS] = {0};
		struct aisp_secrets__finder *f = NULL;
		size_t n = 1 + aisp_secrets__random(&seed) % LITS;
		const char *alphabet = round % 2 ? "abAB_1" : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:/\n=.";
		struct aisp_slice t = {text, aisp_secrets__random(&seed) % (round % 3 ? TEXT : 100)};

		for (size_t i = 0; i < n; i++) {
			lits[i].n = (uint8_t)(3 + aisp_secrets__random(&seed) % (round % 2 ? 8 : 20));
			for (unsigned k = 0; k < lits[i].n; k++) {
				char c = alphabet[aisp_secrets__random(&seed) % strlen(alphabet)];
				bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z', both = letter && aisp_secrets__random(&seed) % 2;

				lits[i].s[k] = both ? (char)(c | 0x20) : c;
				lits[i].fold |= (uint32_t)both << k;
			}
		}
		for (size_t i = 0; i < t.n; i++)
			text[i] = alphabet[aisp_secrets__random(&seed) % strlen(alphabet)];
		for (size_t i = 0; i + 24 < t.n; i += 1 + aisp_secrets__random(&seed) % 200) {
			const struct aisp_secrets__lit *l = &lits[aisp_secrets__random(&seed) % n];

			memcpy(text + i, l->s, l->n);
		}
		assert_int_equal(aisp_secrets__finder_new(a, lits, n, &f, NULL), 0);
		size_t e = slowly(lits, n, t, expected);

		for (int mode = 6; mode >= 0; mode--) {
			if (!aisp_secrets__finder_use(f, mode))
				continue;
			vectors |= mode > 0;
			size_t g = fast(f, t, got);

			assert_int_equal(g, e);
			for (size_t i = 0; i < e; i++) { /* the bytes between the members are nobody's */
				assert_int_equal(got[i].at, expected[i].at);
				assert_int_equal(got[i].lit, expected[i].lit);
			}
		}
		aisp_arena_free(a);
	}
#ifdef __x86_64__
	assert_true(vectors || !__builtin_cpu_supports("avx2"));
#endif
}

static struct aisp_secrets__regex read_regex(struct aisp_arena *a, const char *go, unsigned flags)
{
	struct aisp_secrets__regex re = {0};
	struct aisp_err err = {0};

	if (aisp_secrets__regex(a, aisp_slice_z(go), flags, &re, &err) < 0)
		fail_msg("%s: %s", go, err.msg);
	return re;
}

static void literals(void **state)
{
	static const struct {
		const char *go, *lit;
		uint32_t n, pre_min, pre_max, min, max;
	} cases[] = {
		{"\\b(ghp_[A-Za-z0-9]{36})\\b", "ghp_", 1, 0, 0, 40, 40},
		{"xox[bp]-[0-9]{10}", "xoxb-", 2, 0, 0, 15, 15},
		{"(?i)abc[0-9]{2}Zyx", "zyx", 1, 5, 5, 8, 8},
		{"[a-z]{2,5}qq-zz", "qq-zz", 1, 2, 5, 7, 10},
		{"(?:foo_|bar_)x+", "foo_x", 2, 0, 0, 5, UINT32_MAX},
		{"SK[0-9a-f]{32}", "SK0", 16, 0, 0, 34, 34},
		{"[a-f0-9]{32}", NULL, 0, 0, 0, 32, 32},
		{"(?:token)?=x", NULL, 0, 0, 0, 2, 7},
	};
	struct aisp_arena *a = aisp_arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_secrets__regex re = read_regex(a, cases[i].go, 0);

		assert_int_equal(re.min, cases[i].min);
		assert_int_equal(re.max, cases[i].max);
		assert_int_equal(re.lits.n, cases[i].n);
		if (!cases[i].n)
			continue;
		assert_int_equal(re.lits.v[0].n, strlen(cases[i].lit));
		assert_memory_equal(re.lits.v[0].s, cases[i].lit, re.lits.v[0].n);
		assert_int_equal(re.lits.pre_min, cases[i].pre_min);
		assert_int_equal(re.lits.pre_max, cases[i].pre_max);
	}
	aisp_arena_free(a);
}

/* Go's syntax and meaning, by PCRE2. */
static void meaning(void **state)
{
	static const struct {
		const char *go, *text;
		int from, to; /* -1: no match */
	} cases[] = {
		{"a\\sb", "a\vb", -1, 0}, {"a\\s+b", "a \n\tb", 0, 5}, {"[\\s]x", "\vx", -1, 0}, {"a\\vb", "a\vb", 0, 3},
		{"(?P<name>x+)y", "xxy", 0, 3}, {"a$", "a\n", -1, 0}, {"(?m)a$", "a\nb", 0, 1}, {"(?m)^b", "a\nb", 2, 3},
		{"\\Aa\\z", "a", 0, 1}, {"a\\z", "a\n", -1, 0}, {"x{,3}", "x{,3}", 0, 5}, {"[[:alpha:]]+", "12ab", 2, 4},
		{"(?i:AB)c", "abc", 0, 3}, {"(?i:AB)c", "abC", -1, 0}, {"(?i)a(?-i)B", "AB", 0, 2}, {"(?s).", "\n", 0, 1}, {".", "\n", -1, 0},
		{"\\Qa.b\\E+", "a.bb", 0, 4}, {"\\x{41}\\x42\\103", "ABC", 0, 3}, {"[^\\n]+", "ab\n", 0, 2}, {"\\pL+", "1\xc3\xa9", 1, 3},
		{"a|b|", "c", 0, 0}, {"(?U)a+", "aaa", 0, 1}, {"[]a]+", "]a", 0, 2}, {"[\\w-]+", "a-b", 0, 3},
	};
	static const char *const wrong[] = {"(", "a)", "[a", "a**", "*a", "(?=a)", "\\1", "a{1001}", "\\8", "(?<!x)y", "\\", "[z-a]", "(?z)a", "a{2}{3}+?*"};
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_secrets__matcher *m = NULL;

	(void)state;
	assert_int_equal(aisp_secrets__matcher_new(&m, NULL), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_secrets__pattern p = {.re = read_regex(a, cases[i].go, 0)};
		struct aisp_secrets__span g[AISP_SECRETS__GROUPS];
		int r = aisp_secrets__match(m, &p, aisp_slice_z(cases[i].text), 0, SIZE_MAX, 0, g);

		if (r != (cases[i].from >= 0))
			fail_msg("%s on %s: %d", cases[i].go, cases[i].text, r);
		if (r == 1 && (g[0].from != (size_t)cases[i].from || g[0].to != (size_t)cases[i].to))
			fail_msg("%s: %zu-%zu", cases[i].go, g[0].from, g[0].to);
		aisp_secrets__pattern_done(&p);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct aisp_secrets__regex re;

		if (aisp_secrets__regex(a, aisp_slice_z(wrong[i]), 0, &re, NULL) >= 0)
			fail_msg("%s is taken", wrong[i]);
	}
	aisp_secrets__matcher_free(m);
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(like_naive), cmocka_unit_test(literals), cmocka_unit_test(meaning)};

	return cmocka_run_group_tests_name("secrets/finder", tests, NULL, NULL);
}
