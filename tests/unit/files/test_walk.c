/* The walk: against `git ls-files -co --exclude-standard` on generated trees with nasty patterns, and what git does not
 * tell: links, pipes, package folders, limits. Needs git; without it the comparison is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "collect/files/walk.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[256];
static uint64_t seed;

static unsigned roll(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static void put(const char *path, const char *text)
{
	char full[1024], dir[1024];

	snprintf(full, sizeof full, "%s/%s", root, path);
	for (char *p = full + 1; *p; p++) {
		if (*p != '/')
			continue;
		memcpy(dir, full, (size_t)(p - full));
		dir[p - full] = '\0';
		mkdir(dir, 0755);
	}
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return; /* a folder of this name is there */
	assert_int_equal(aisp_fs_put(fd, aisp_slice_z(text), NULL), 0);
	close(fd);
}

static void run(const char *command)
{
	char line[2048];

	snprintf(line, sizeof line, "cd '%s' && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null %s", root, command);
	if (system(line) != 0)
		fail_msg("fails: %s", line);
}

static void fresh(void)
{
	snprintf(root, sizeof root, "/tmp/aisp-walk-XXXXXX");
	assert_non_null(mkdtemp(root));
}

static void done(void)
{
	char line[300];

	snprintf(line, sizeof line, "rm -rf '%s'", root);
	assert_int_equal(system(line), 0);
}

/* The walk's paths, one a line. */
static void walk_text(const char *below, const struct aisp_walk_options *o, struct aisp_buf *out, struct aisp_walk *keep)
{
	char path[512];
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_walk w;
	struct aisp_err err = {0};

	snprintf(path, sizeof path, "%s/%s", root, below);
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	if (aisp_walk_run(&w, a, fd, o, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < w.files.n; i++) {
		assert_true(i == 0 || aisp_slice_cmp(w.files.v[i - 1].path, w.files.v[i].path) < 0);
		aisp_buf_put(out, w.files.v[i].path);
		aisp_buf_putc(out, '\n');
	}
	for (size_t i = 0; i < w.gaps.n; i++)
		aisp_buf_printf(out, "gap %.*s %s\n", AISP_FMT(w.gaps.v[i].path), aisp_code_name(w.gaps.v[i].why));
	if (keep) {
		keep->links = w.links;
		keep->special = w.special;
		keep->packages = w.packages;
		keep->ignored = w.ignored;
	}
	aisp_walk_done(&w);
	close(fd);
	aisp_arena_free(a);
}

static void compare(const char *below)
{
	AISP_AUTOBUF struct aisp_buf ours = {0}, gits = {0};
	char line[2048];
	struct aisp_walk_options o = {0};

	aisp_buf_init(&ours, 0);
	aisp_buf_init(&gits, 0);
	walk_text(below, &o, &ours, NULL);
	snprintf(line, sizeof line,
	         "cd '%s/%s' && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git ls-files -z -co --exclude-standard . | LC_ALL=C sort -zu | tr '\\0' '\\n'",
	         root, below);
	FILE *p = popen(line, "r");
	int c;
	assert_non_null(p);
	while ((c = fgetc(p)) != EOF)
		aisp_buf_putc(&gits, (char)c);
	pclose(p);
	if (!aisp_slice_eq(aisp_buf_slice(&ours), aisp_buf_slice(&gits))) {
		char a[300], b[300];
		snprintf(a, sizeof a, "%s.ours", root);
		snprintf(b, sizeof b, "%s.git", root);
		aisp_fs_write(a, aisp_buf_slice(&ours), 0644, NULL);
		aisp_fs_write(b, aisp_buf_slice(&gits), 0644, NULL);
		fail_msg("differs: %s %s (tree: %s)", a, b, root);
	}
}

static bool have_git(void)
{
	return system("git --version >/dev/null 2>&1") == 0;
}

static const char *const names[] = {"a", "b", "foo", "bar", "foo.txt", "x.log", "build", "doc", "a b", "[x]", "#hash", "!bang",
                                    "tail ", "back\\slash", "deep", "foo.", ".hidden", "\xc3\xa9", "a*", "x1", "x-y", "A"};
static const char *const pieces[] = {"*", "**", "?", "foo", "bar", "[a-f]", "[!a]", "[^x]*", "*.txt", "*.log", "a", "build", "doc",
                                     "[[:digit:]]", "x[0-9]", "\\*", "\\[x\\]", "f*o", "***", "*a*", "[]x]", "[x-]", "[a", "\\#hash",
                                     "deep", "foo**", "**bar", "[[:alpha:]]*", "[\\]x]", "a\\ b", "x?y", "[a-", "[[:nope:]]", "[!]a-]", "\\"};

static void random_path(char *out, size_t cap)
{
	size_t n = 0;
	unsigned depth = 1 + roll(4);

	out[0] = '\0';
	for (unsigned i = 0; i < depth; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", i ? "/" : "", names[roll(sizeof names / sizeof *names)]);
}

static void random_pattern(struct aisp_buf *b)
{
	unsigned parts = 1 + roll(3);

	if (roll(5) == 0)
		aisp_buf_putc(b, '!');
	if (roll(5) == 0)
		aisp_buf_putc(b, '/');
	for (unsigned i = 0; i < parts; i++) {
		if (i)
			aisp_buf_putc(b, '/');
		aisp_buf_putz(b, pieces[roll(sizeof pieces / sizeof *pieces)]);
		if (roll(4) == 0)
			aisp_buf_putz(b, names[roll(sizeof names / sizeof *names)]);
	}
	if (roll(4) == 0)
		aisp_buf_putc(b, '/');
	if (roll(6) == 0)
		aisp_buf_putz(b, roll(2) ? "  " : "\\ ");
	if (roll(8) == 0)
		aisp_buf_putc(b, '\r');
	aisp_buf_putc(b, '\n');
}

static void random_ignore(const char *path)
{
	struct aisp_buf b;

	aisp_buf_init(&b, 0);
	if (roll(6) == 0)
		aisp_buf_putz(&b, "\xef\xbb\xbf");
	for (unsigned i = 1 + roll(5); i > 0; i--)
		random_pattern(&b);
	aisp_buf_putz(&b, "# comment\n\n");
	put(path, b.p);
	aisp_buf_done(&b);
}

static void test_against_git(void **state)
{
	unsigned rounds = getenv("AISP_WALK_ROUNDS") ? (unsigned)strtoul(getenv("AISP_WALK_ROUNDS"), NULL, 10) : 20;

	(void)state;
	if (!have_git())
		skip();
	for (unsigned round = 0; round < rounds; round++) {
		char path[512], ignore[600];
		seed = 7777 + round;
		fresh();
		run("git init -q . && git config core.excludesFile /dev/null");
		for (unsigned i = 0; i < 60; i++) {
			random_path(path, sizeof path);
			put(path, "x");
		}
		for (unsigned i = 0; i < 4; i++) {
			random_path(path, sizeof path);
			char *slash = strrchr(path, '/');
			if (slash)
				*slash = '\0';
			else
				path[0] = '\0';
			snprintf(ignore, sizeof ignore, "%s%s.gitignore", path, path[0] ? "/" : "");
			random_ignore(ignore);
		}
		if (roll(2))
			random_ignore(".git/info/exclude");
		if (roll(2)) { /* tracked files stay, even when they are ignored; index versions differ */
			run("git -c core.safecrlf=false add -f -A . >/dev/null 2>&1");
			run(roll(2) ? "git update-index --index-version 4" : "git update-index --index-version 2");
			random_ignore(".gitignore");
		}
		compare(".");
		put("sub/one/foo.txt", "x");
		put("sub/foo", "x");
		char ask[400]; /* an ignored folder that is asked for by name is read: git would list nothing */
		snprintf(ask, sizeof ask, "cd '%s' && git check-ignore -q sub", root);
		if (system(ask) != 0)
			compare("sub");
		done();
	}
}

static void test_not_a_repository(void **state)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_walk_options o = {0};

	(void)state;
	fresh();
	put(".gitignore", "*.log\n/dist/\n");
	put("a.log", "");
	put("dist/x", "");
	put("src/dist/y", "");
	put("src/.gitignore", "!*.log\n");
	put("src/b.log", "");
	aisp_buf_init(&out, 0);
	walk_text(".", &o, &out, NULL);
	assert_string_equal(out.p, ".gitignore\nsrc/.gitignore\nsrc/b.log\nsrc/dist/y\n");
	done();
}

static void test_odd_entries(void **state)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	const struct aisp_slice exclude[] = {AISP_S("secret*"), AISP_S("/docs/")};
	struct aisp_walk_options o = {.exclude = exclude, .n_exclude = 2, .max_depth = 3};
	struct aisp_walk counts;

	(void)state;
	fresh();
	put("a", "");
	put("b\033[31m\n", "");
	put("node_modules/x/y.js", "");
	put("sub/.venv/z.py", "");
	put("secrets.txt", "");
	put("docs/d", "");
	put("1/2/3/4/deep", "");
	run("ln -s / outside; ln -s a inside; ln -s . loop; ln -s ../.. sub/up; mkfifo pipe");
	aisp_buf_init(&out, 0);
	walk_text(".", &o, &out, &counts);
	assert_string_equal(out.p, "a\nb\033[31m\n\ngap 1/2/3/4 limit\n");
	assert_int_equal(counts.links, 4);
	assert_int_equal(counts.special, 1);
	assert_int_equal(counts.packages, 2);
	assert_int_equal(counts.ignored, 2);
	aisp_buf_clear(&out);
	walk_text(".", &(struct aisp_walk_options){.max_files = 2}, &out, NULL);
	assert_string_equal(out.p, "1/2/3/4/deep\na\ngap . limit\n");
	done();
}

/* A pattern of which a backtracking matcher would need ages. */
static void test_no_explosion(void **state)
{
	char text[3001], pattern[1201];

	(void)state;
	memset(text, 'a', 3000);
	for (size_t i = 0; i < 1200; i += 2)
		memcpy(pattern + i, "a*", 2);
	pattern[1199] = 'b';
	assert_false(aisp_ignore_wild(aisp_slice_of(pattern, 1200), aisp_slice_of(text, 3000)));
}

static void test_broken_index(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_paths p = {0};
	char huge[100] = "DIRC\0\0\0\2\xff\xff\xff\xff";

	(void)state;
	assert_int_equal(aisp_gitindex_parse(a, AISP_S("DIRX"), &p, NULL), AISP_E_PARSE);
	assert_int_equal(aisp_gitindex_parse(a, aisp_slice_of(huge, sizeof huge), &p, NULL), AISP_E_PARSE);
	memcpy(huge + 8, "\0\0\0\1", 4);
	assert_int_equal(aisp_gitindex_parse(a, aisp_slice_of(huge, sizeof huge), &p, NULL), AISP_E_PARSE);
	assert_null(p.v);
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_git), cmocka_unit_test(test_not_a_repository), cmocka_unit_test(test_odd_entries),
		cmocka_unit_test(test_no_explosion), cmocka_unit_test(test_broken_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
