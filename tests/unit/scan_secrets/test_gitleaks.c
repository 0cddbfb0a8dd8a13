/* Users' files load with gitleaks' meaning. */
#include "base/fs.h"
#include "secrets_test.h"
#include <fcntl.h>

static struct aisp_secrets *s;
static struct aisp_buf toml;

static size_t count(const char *path, const char *text, const char *rule)
{
	const struct scanned *all = scan_text(s, path, aisp_slice_z(text));
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += strcmp(all->v[i].rule, rule) == 0;
	return n;
}

static void meaning(void **state)
{
	static const struct {
		const char *rule, *path, *text;
		size_t n;
	} cases[] = {
		{"acme-key", "a.txt", "ACME_KEY = 'a1b2c3d4e5f6g7h8i9j0'", 1},
		{"acme-key", "a.txt", "acme key = 'a1b2c3d4e5f6g7h8i9j0'", 0},
		{"acme-key", "a.txt", "acme_key = 'aaaaaaaaaaaaaaaaaaaa'", 0}, /* entropy */
		{"acme-key", "a.txt", "acme_key = '0000c3d4e5f6g7h8i9j0'", 0}, /* regex of the secret */
		{"acme-key", "a.txt", "acme_key = 'a1b2testonlyg7h8i9j0'", 0}, /* stop word */
		{"acme-key", "fixtures/a.txt", "acme_key = 'fix2c3d4e5f6g7h8i9j0'", 0},
		{"acme-key", "fixtures/a.txt", "acme_key = 'a1b2c3d4e5f6g7h8i9j0'", 1},
		{"acme-key", "a.txt", "acme_key = 'fix2c3d4e5f6g7h8i9j0'", 1},
		{"acme-key", "vendor/a.txt", "acme_key = 'a1b2c3d4e5f6g7h8i9j0'", 0},
		{"acme-key", "a.txt", "acme_key = 'a1b2c3d4e5f6g7h8i9j0' # gitleaks:allow", 0},
		{"acme-line", "a.txt", "line-12345678-abcd", 1},
		{"acme-line", "a.txt", "line-12345678-abcd # harmless", 0},
		{"acme-no-keyword", "a.txt", "x zq123456 y zq654321", 2},
		{"acme-no-keyword", "a.txt", "zq999999", 0}, /* allowlist with a target */
		{"acme-path", "x/secret.acme", "anything", 1},
		{"acme-path", "x/secret.acme2", "anything", 0},
		{"acme-both", "x.both", "both-1234", 1},
		{"acme-both", "x.txt", "both-1234", 0},
		{"acme-part", "a.txt", "part-1234", 0}, /* only together */
		{"acme-whole", "a.txt", "whole-1234\n\npart-1234", 1},
		{"acme-whole", "a.txt", "whole-1234\n\n\npart-1234", 0},
		{"acme-whole", "a.txt", "whole-1234", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = count(cases[i].path, cases[i].text, cases[i].rule);

		if (n != cases[i].n)
			fail_msg("%s in %s: %s: %zu", cases[i].rule, cases[i].path, cases[i].text, n);
	}
	assert_string_equal(scan_text(s, "a.txt", AISP_S("line-12345678-abcd"))->v[0].value, "abcd");
	/* A rule that was switched off, one that was not. */
	assert_null(seen_rule(scan_template(s, "a", "gho_<<alnum:30>><<check>>", "github-crc32"), "github-oauth-token"));
	assert_non_null(seen_rule(scan_template(s, "a", "ghp_<<alnum:30>><<check>>", "github-crc32"), "github-pat"));
}

/* A keyword in one fragment of 100,000 bytes does not help another. */
static void fragments(void **state)
{
	struct aisp_buf b;

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, "part-1234\nwhole-1234\n\n");
	while (b.n < 250000)
		aisp_buf_putz(&b, "nothing\n\n");
	aisp_buf_putz(&b, "whole-4321\n");
	assert_int_equal(scan_text(s, "a", aisp_buf_slice(&b))->n, 1);
	aisp_buf_putz(&b, "part-1234\n");
	assert_int_equal(scan_text(s, "a", aisp_buf_slice(&b))->n, 2);
	aisp_buf_done(&b);
}

static void wrong(void **state)
{
	static const struct {
		const char *toml, *says;
	} cases[] = {
		{"[[rules]]\nid = 'a'\n", "neither regex nor path"},
		{"[[rules]]\nregex = 'abc'\n", "without id"},
		{"[[rules]]\nid = 'a'\nregex = '(abc'\n", "group without )"},
		{"[[rules]]\nid = 'a'\nregex = '(abc)'\nsecretGroup = 2\n", "secretGroup"},
		{"[[rules]]\nid = 'a'\nregex = 'abc'\n[[rules.allowlists]]\ndescription = 'x'\n", "needs commits"},
		{"[[rules]]\nid = 'a'\nregex = 'abc'\n[[rules.allowlists]]\ncondition = 'XOR'\nstopwords = ['a']\n", "condition"},
		{"[[rules]]\nid = 'a'\nregex = 'abc'\n[[rules.allowlists]]\nregexTarget = 'x'\nstopwords = ['a']\n", "regexTarget"},
		{"[[rules]]\nid = 'a'\nregex = 'abc'\n[rules.allowlist]\nstopwords = ['a']\n[[rules.allowlists]]\nstopwords = ['a']\n", "together"},
		{"[[rules]]\nid = 'a'\nregex = 'abc'\n[[rules.required]]\nid = 'b'\n", "does not exist"},
		{"[[allowlists]]\ntargetRules = ['b']\nstopwords = ['a']\n", "does not exist"},
		{"[extend]\nuseDefault = true\npath = 'x'\n", "together"},
		{"[[rules]\n", "users' rules"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aisp_slice text = aisp_slice_z(cases[i].toml);
		struct aisp_secrets_config c = {.rule_files = &text, .n_rule_files = 1, .no_builtin = true};
		struct aisp_secrets *t = NULL;
		struct aisp_err err = {0};

		assert_int_equal(aisp_secrets_new(&c, &t, &err), AISP_E_USAGE);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s\nsays: %s", cases[i].toml, err.msg);
	}
}

/* A later text changes what it names, and keeps the rest; without [extend] it replaces. */
static void later(void **state)
{
	struct aisp_slice texts[] = {AISP_S("[[rules]]\nid = 'a'\nregex = '''k-([0-9]+)'''\nkeywords = ['k-']\nentropy = 3.5\n"),
	                             AISP_S("[extend]\npath = 'base.toml'\n[[rules]]\nid = 'a'\nentropy = 1.0\n")};
	struct aisp_secrets_config c = {.rule_files = texts, .n_rule_files = 2, .no_builtin = true};
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_secrets *t = NULL;

	(void)state;
	assert_true(aisp_slice_eqz(aisp_secrets_extend_path(a, texts[1]), "base.toml"));
	assert_int_equal(aisp_secrets_extend_path(a, texts[0]).n, 0);
	assert_int_equal(aisp_secrets_new(&c, &t, NULL), 0);
	assert_int_equal(aisp_secrets_count(t), 1);
	assert_int_equal(scan_text(t, "", AISP_S("k-1234"))->n, 1);
	aisp_secrets_free(t);
	aisp_arena_free(a);
}

/* Allowlists of commits: by the commit that the scan is told, and asked for later. */
static void commits(void **state)
{
	static const char rules[] = "[[rules]]\nid = \"r\"\nregex = \"r-[0-9]{6}\"\nkeywords = [\"r-1\"]\n"
	                            "[[rules.allowlists]]\ncommits = [\"ABCDEF0123456789abcdef0123456789abcdef01\"]\n"
	                            "[[rules.allowlists]]\ncondition = \"AND\"\ncommits = [\"00000000000000000000000000000000000000aa\"]\n"
	                            "paths = [\"^old/\"]\n";
	static const char first[] = "abcdef0123456789abcdef0123456789abcdef01", second[] = "00000000000000000000000000000000000000aa";
	const struct {
		const char *commit, *path;
		size_t n;
	} cases[] = {{"", "old/a", 1}, {first, "a", 0}, {second, "a", 1}, {second, "old/a", 0}, {"abcdef", "a", 1}, {"", "a", 1}};
	struct aisp_secrets *r = rules_of(rules, false);
	struct aisp_secrets_scratch *x = NULL;
	static struct scanned all;

	(void)state;
	assert_int_equal(aisp_secrets_scratch_new(r, &x, NULL), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		all.n = 0;
		aisp_secrets_scratch_commit(x, aisp_slice_z(cases[i].commit));
		assert_int_equal(aisp_secrets_scan(r, x, aisp_slice_z(cases[i].path), AISP_S("r-123456"), seen_add, &all, NULL), 0);
		assert_int_equal(all.n, cases[i].n);
	}
	assert_true(aisp_secrets_commit_allowed(r, "r", aisp_slice_z(first)));
	assert_false(aisp_secrets_commit_allowed(r, "other", aisp_slice_z(first)));
	assert_false(aisp_secrets_commit_allowed(r, "r", aisp_slice_z(second))); /* asks for a path too */
	assert_false(aisp_secrets_commit_allowed(r, "r", AISP_S("")));
	aisp_secrets_scratch_free(x);
	aisp_secrets_free(r);
}

static int begin(void **state)
{
	(void)state;
	aisp_buf_init(&toml, 1 << 20);
	if (aisp_fs_read(AT_FDCWD, DATA_DIR "/users.toml", false, 1 << 20, &toml, NULL) < 0)
		return -1;
	aisp_buf_putc(&toml, '\0');
	s = rules_of(toml.p, true);
	return 0;
}

static int end(void **state)
{
	(void)state;
	aisp_secrets_free(s);
	aisp_buf_done(&toml);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(meaning), cmocka_unit_test(commits), cmocka_unit_test(fragments), cmocka_unit_test(wrong), cmocka_unit_test(later)};

	return cmocka_run_group_tests_name("secrets/gitleaks", tests, begin, end);
}
