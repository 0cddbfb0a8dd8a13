/* A history as libgit2 lists it against git itself: random repositories with merges, renames, links, submodules and odd tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "collect/git/history.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char dir[] = "/tmp/aisp-git-XXXXXX";
static struct aisp_err err;

/* Runs a script in the folder of a repository; its output, to be freed. */
static char *sh(const char *repo, const char *script)
{
	char command[8192], *out = calloc(1, 1 << 20);
	size_t n = 0, got;

	snprintf(command, sizeof command,
	         "export GIT_CONFIG_NOSYSTEM=1 HOME=%s GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org; "
	         "mkdir -p %s/%s && cd %s/%s && {\n%s\n} 2>&1", dir, dir, repo, dir, repo, script);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	while ((got = fread(out + n, 1, (1 << 20) - 1 - n, p)) > 0)
		n += got;
	if (pclose(p) != 0)
		fail_msg("%s: %s", script, out);
	return out;
}

static void run(const char *repo, const char *script)
{
	free(sh(repo, script));
}

struct seen {
	char (*ids)[41];
	atomic_size_t n;
};

static int keep(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob)
{
	struct seen *s = ctx;

	(void)i, (void)worker;
	memcpy(s->ids[atomic_fetch_add(&s->n, 1)], blob->id, 41);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The ids of all blobs, sorted, a line each: to be freed. */
static char *listed(const char *repo, const struct aisp_history_options *o, struct aisp_history **ret)
{
	char path[256];
	struct seen s = {0};

	snprintf(path, sizeof path, "%s/%s", dir, repo);
	assert_true(aisp_history_is(path));
	if (aisp_history_open(path, o, ret, &err) < 0)
		fail_msg("%s: %s", repo, err.msg);
	s.ids = calloc(aisp_history_size(*ret) + 1, 41);
	assert_int_equal(aisp_history_each(*ret, keep, &s, &err), 0);
	qsort(s.ids, s.n, 41, by_text);
	char *out = calloc(s.n + 1, 42);
	for (size_t i = 0; i < s.n; i++) {
		strcat(out + i * 41, s.ids[i]);
		strcat(out + i * 41, "\n");
	}
	free(s.ids);
	return out;
}

static void check_list(const char *repo)
{
	struct aisp_history *h = NULL;
	struct aisp_history_counts n;
	const struct aisp_history_options o = {0};
	char *want = sh(repo, "git rev-list --objects --all HEAD --no-object-names 2>/dev/null | sort -u | git cat-file --batch-check='%(objecttype) %(objectname)' | sed -n 's/^blob //p'");
	char *got = listed(repo, &o, &h);

	if (strcmp(want, got) != 0)
		fail_msg("%s:\ngit\n%s\nhere\n%s", repo, want, got);
	aisp_history_count(h, &n);
	assert_int_equal(n.missing, 0);
	aisp_history_free(h);
	free(want);
	free(got);
}

#define COMMIT "t=$((t+1000)); export GIT_AUTHOR_DATE=\"$t +0000\" GIT_COMMITTER_DATE=\"$t +0000\"; git add -A; git commit -qm x --allow-empty; "

/* The script makes a repository from a seed, by a small generator of numbers. */
static void make_random(const char *name, unsigned seed)
{
	char script[4096];

	snprintf(script, sizeof script,
	         "git init -qb main . && r=%u && t=1600000000 && rnd() { r=$(( (r*1103515245+12345) %% 2147483648 )); x=$(( r/65536 %% $1 )); } && "
	         "for i in $(seq 25); do rnd 7; case $x in "
	         "0) rnd 3; git checkout -q -B b$x;; 1) mkdir -p d/e; echo $i >d/e/f$i;; 2) ls f* >/dev/null 2>&1 && git mv $(ls f*|head -1) g$i;; "
	         "3) ln -sf target$i l;; 4) git merge -q -X ours b1 -m m >/dev/null 2>&1 || git merge --abort >/dev/null 2>&1;; "
	         "5) rnd 4; echo same$x >same$i; echo $i>f$x;; *) rm -f d/e/f1; echo $i$i >>f;; esac; " COMMIT "done; "
	         "git tag -a -m x annotated; git tag blob $(echo tagged-$r | git hash-object -w --stdin); git tag tree HEAD^{tree}; "
	         "git tag -a -m y ontag annotated; git tag -am z onblob blob; "
	         "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git commit -qm sub; "
	         "[ $((r%%2)) = 0 ] || git repack -qad; [ $((r%%3)) = 0 ] && git pack-refs --all; echo late >late; " COMMIT "git checkout -q --detach; echo d >detached; " COMMIT,
	         seed);
	run(name, script);
}

static void test_random(void **state)
{
	char name[16];

	(void)state;
	for (unsigned seed = 1; seed <= 12; seed++) {
		snprintf(name, sizeof name, "r%u", seed);
		make_random(name, seed);
		check_list(name);
	}
}

/* First commit and how many hold it, by asking git for each commit. */
static void test_trace(void **state)
{
	struct aisp_history *h = NULL;
	const struct aisp_history_options o = {0};
	uint32_t all[512];
	struct aisp_history_trace got[512];

	(void)state;
	make_random("t", 77);
	free(listed("t", &o, &h));
	size_t n = aisp_history_size(h);
	assert_in_range(n, 5, 512);
	for (uint32_t i = 0; i < n; i++)
		all[i] = i;
	assert_int_equal(aisp_history_trace(h, all, n, got, &err), 0);
	char *want = sh("t", "for c in $(git rev-list --all HEAD); do git ls-tree -r $c | awk '$2==\"blob\"{print $3}' | sort -u; done | sort | uniq -c | awk '{print $1}' | sort -n | tr '\\n' ' '");
	unsigned counts[512] = {0};
	char mine[4096] = "", one[16];
	for (size_t i = 0; i < n; i++)
		counts[got[i].commits < 512 ? got[i].commits : 511]++;
	for (unsigned k = 1; k < 512; k++)
		for (unsigned j = 0; j < counts[k]; j++) {
			snprintf(one, sizeof one, "%u ", k);
			strcat(mine, one);
		}
	assert_string_equal(mine, want);
	for (size_t i = 0; i < n; i++)
		if (got[i].commits)
			assert_true(got[i].first <= got[i].last);
	free(want);
	aisp_history_free(h);
}

static void test_odd(void **state)
{
	struct aisp_history *h = NULL;
	struct aisp_history_counts n;
	struct aisp_history_options o = {0};
	char path[256];

	(void)state;
	run("empty", "git init -q .");
	check_list("empty");
	make_random("src", 5);
	run("bare", "git clone -q --bare ../src .");
	check_list("bare");
	run("alt", "git clone -q --shared ../src . && t=1700000000; echo alt >alt; " COMMIT);
	check_list("alt");
	/* a shallow clone: what is there is listed, and it is said */
	run("shallow", "git clone -q --depth 2 file://$PWD/../src .");
	char *want = sh("shallow", "git rev-list --objects --all --no-object-names | sort -u | git cat-file --batch-check='%(objecttype) %(objectname)' | sed -n 's/^blob //p'");
	char *got = listed("shallow", &o, &h);
	assert_string_equal(want, got);
	aisp_history_count(h, &n);
	assert_true(n.shallow);
	aisp_history_free(h);
	free(want);
	free(got);
	/* a broken reference hides no other; a lost blob is counted */
	run("lost", "git init -qb main . && t=1600000000; echo a >a; echo b >b; " COMMIT "rm -f .git/objects/$(git rev-parse HEAD:a | sed 's#^..#&/#'); "
	            "mkdir -p .git/refs/heads/aa; echo 1111111111111111111111111111111111111111 >.git/refs/heads/aa/broken");
	got = listed("lost", &o, &h);
	aisp_history_count(h, &n);
	assert_int_equal(strlen(got), 41);
	assert_int_equal(n.missing, 2);
	aisp_history_free(h);
	free(got);
	/* an object that no reference leads to, by choice */
	run("src", "echo unreachable | git hash-object -w --stdin >/dev/null");
	o.unreachable = true;
	want = sh("src", "git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' | sed -n 's/^blob //p'");
	got = listed("src", &o, &h);
	assert_string_equal(want, got);
	aisp_history_free(h);
	free(want);
	free(got);
	run("sha256", "git init -q --object-format=sha256 . && t=1600000000; echo a >a; " COMMIT);
	snprintf(path, sizeof path, "%s/sha256", dir);
	assert_true(aisp_history_open(path, &o, &h, &err) < 0);
	assert_non_null(strstr(err.msg, "open the git repository"));
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_trace), cmocka_unit_test(test_odd)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
