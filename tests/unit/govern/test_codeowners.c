/* CODEOWNERS by the examples of GitHub's page, and every single bit of a log. */
#include "base/fs.h"
#include "govern/codeowners.h"
#include "govern/log.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void patterns(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *path;
		bool fits;
	} rows[] = {
		{"*", "a", true}, {"*", "a/b/c.txt", true}, {"*.js", "a/b.js", true}, {"*.js", "a/b.jsx", false}, {"*.js", "b.js/x", true},
		{"/build/logs/", "build/logs/x/y", true}, {"/build/logs/", "a/build/logs/x", false}, {"/build/logs/", "build/logs", false},
		{"docs/*", "docs/getting-started.md", true}, {"docs/*", "docs/build-app/troubleshooting.md", false}, {"docs/*", "a/docs/x", false},
		{"apps/", "apps/x", true}, {"apps/", "a/apps/b/x", true}, {"apps/", "myapps/x", false}, {"/docs/", "docs/a/b", true}, {"/docs/", "x/docs/a", false},
		{"/scripts/", "scripts/a", true}, {"**/logs", "build/logs", true}, {"**/logs", "deeply/nested/logs/x", true}, {"**/logs", "logs", true},
		{"/apps/github", "apps/github", true}, {"/apps/github", "apps/github/x", true}, {"/apps/github", "apps/github2", false},
		{"/a/**/b", "a/b", true}, {"/a/**/b", "a/x/y/b/c", true}, {"/a/**/b", "x/a/b", false}, {"/a/**", "a/x", true}, {"b?r", "x/bar", true},
		{"Docs/", "docs/x", false}, {"!a", "a", false}, {"[ab]", "a", false}, {"\\#a", "#a", false}, {"/", "a", false}, {"", "a", false}, {"a", "", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (aisp_codeowners_fits(aisp_slice_z(rows[i].pattern), aisp_slice_z(rows[i].path)) != rows[i].fits)
			fail_msg("%s on %s should be %d", rows[i].pattern, rows[i].path, rows[i].fits);
}

static void last_rule_wins(void **state)
{
	(void)state;
	const struct aisp_slice text = AISP_S("* @all\n# no rule\n*.py @py eva@example.com  # comment\n/apps/ @apps\n/apps/free\n");
	struct aisp_slice rule;
	assert_true(aisp_slice_eqz(aisp_codeowners_of(text, AISP_S("x.txt"), &rule), "@all"));
	assert_true(aisp_slice_eqz(aisp_codeowners_of(text, AISP_S("a/x.py"), &rule), "@py eva@example.com"));
	assert_true(aisp_slice_eqz(rule, "*.py @py eva@example.com"));
	assert_true(aisp_slice_eqz(aisp_codeowners_of(text, AISP_S("apps/x.py"), &rule), "@apps"));
	assert_int_equal(aisp_codeowners_of(text, AISP_S("apps/free/x.py"), &rule).n, 0);
	assert_int_equal(rule.n, 0);
}

/* Every bit of every byte of a small log: verify says so, and reading it fails. */
static void every_bit(void **state)
{
	(void)state;
	char dir[] = "/tmp/aisp-log-XXXXXX", path[64];
	struct aisp_govlog *l = NULL;
	struct aisp_govlog_report rep;
	AISP_AUTOBUF struct aisp_buf good = {0};
	size_t missed = 0;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/log", dir);
	assert_int_equal(aisp_govlog_open(path, true, &l, NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(aisp_govlog_add(l, AISP_S("ada"), AISP_S("decide"), AISP_S("{\"action\":\"triage\"}"), NULL, NULL), 0);
	aisp_govlog_close(l);
	aisp_buf_init(&good, 1 << 20);
	assert_int_equal(aisp_fs_read(AT_FDCWD, path, true, 1 << 20, &good, NULL), 0);
	assert_int_equal(aisp_govlog_verify(path, NULL, &rep, NULL), 0);
	assert_int_equal(rep.wrong, 0);
	const int fd = open(path, O_WRONLY);
	for (size_t i = 0; i < good.n; i++)
		for (int b = 0; b < 8; b++) {
			const char bad = (char)(good.p[i] ^ (1 << b));
			assert_int_equal(pwrite(fd, &bad, 1, (off_t)i), 1);
			assert_int_equal(aisp_govlog_verify(path, NULL, &rep, NULL), 0);
			missed += rep.wrong == 0;
			assert_int_equal(pwrite(fd, good.p + i, 1, (off_t)i), 1);
		}
	close(fd);
	unlink(path);
	assert_int_equal(missed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(patterns), cmocka_unit_test(last_rule_wins), cmocka_unit_test(every_bit)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
