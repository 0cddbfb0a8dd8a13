/* Packs read by us against git: every object of real packs, in both ways; and packs that no git would make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "collect/git/pack.h"
#include "pack_maker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS = 4096 };
static char dir[] = "/tmp/aisp-pack-XXXXXX";
static struct aisp_err err;
static struct maker maker;

static void run(const char *script)
{
	char command[4096];

	snprintf(command, sizeof command,
	         "export GIT_CONFIG_NOSYSTEM=1 HOME=%s GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org; cd %s && {\n%s\n} >/dev/null 2>&1",
	         dir, dir, script);
	if (system(command) != 0)
		fail_msg("%s", script);
}

/* What git says is in a repository. */
struct known {
	struct {
		unsigned char id[20];
		unsigned type;
		char *text;
		size_t n;
		unsigned got;
	} v[OBJECTS];
	size_t n;
};

static void read_known(const char *repo, struct known *k)
{
	static const char *const types[] = {"", "commit", "tree", "blob", "tag"};
	char command[256], hex[41], type[16];

	memset(k, 0, sizeof *k);
	snprintf(command, sizeof command, "git -C %s/%s cat-file --batch-all-objects --batch", dir, repo);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	while (fscanf(p, "%40s %15s %zu", hex, type, &k->v[k->n].n) == 3) {
		assert_int_equal(fgetc(p), '\n');
		for (int i = 0; i < 20; i++)
			k->v[k->n].id[i] = (unsigned char)strtoul((char[]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
		for (unsigned t = 1; t < 5; t++)
			if (strcmp(types[t], type) == 0)
				k->v[k->n].type = t;
		k->v[k->n].text = malloc(k->v[k->n].n + 1);
		assert_int_equal(fread(k->v[k->n].text, 1, k->v[k->n].n, p), k->v[k->n].n);
		assert_int_equal(fgetc(p), '\n');
		assert_true(++k->n < OBJECTS);
	}
	assert_int_equal(pclose(p), 0);
}

static void free_known(struct known *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->v[i].text);
	free(k);
}

static struct aisp_packs *open_packs(const char *repo)
{
	char path[256];
	struct aisp_packs *packs = NULL;

	snprintf(path, sizeof path, "%s/%s/.git/objects", dir, repo);
	assert_int_equal(aisp_packs_open(path, &packs, &err), 0);
	return packs;
}

static int compare(void *ctx, uint32_t item, unsigned worker, struct aisp_slice text)
{
	struct known *k = ctx;

	(void)worker;
	k->v[item].got++;
	return k->v[item].n == text.n && memcmp(k->v[item].text, text.p, text.n) == 0 ? 0 : AISP_E_PARSE;
}

static bool always(void *ctx)
{
	(void)ctx;
	return true;
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

/* Every third too, so that bases stand in between that nobody wants. Returns how many were done. */
static size_t check_forest(struct aisp_packs *packs, struct known *k, size_t step, uint64_t max_size)
{
	struct aisp_pack_want *want = calloc(k->n, sizeof *want);
	uint8_t *done = calloc(k->n, 1);
	struct aisp_forest_options o = {.max_size = max_size, .max_held = 64 << 20, .f = compare, .go_on = always, .ctx = k, .done = done};
	size_t n = 0, count = 0;

	for (size_t i = 0; i < k->n; i += step) {
		want[n].item = (uint32_t)i;
		assert_true(aisp_packs_find(packs, k->v[i].id, &want[n++].at));
	}
	for (size_t i = 0; i < k->n; i++)
		k->v[i].got = 0;
	assert_int_equal(aisp_forest_each(packs, want, n, &o, &err), 0);
	for (size_t i = 0; i < k->n; i++) {
		assert_int_equal(k->v[i].got, done[i]);
		assert_true(!done[i] || (i % step == 0 && k->v[i].n <= max_size));
		count += done[i];
	}
	memset(done, 0, k->n);
	o.go_on = never;
	assert_int_equal(aisp_forest_each(packs, want, n, &o, &err), 0);
	for (size_t i = 0; i < k->n; i++)
		assert_int_equal(done[i], 0);
	free(want);
	free(done);
	return count;
}

static void check_objects(struct aisp_packs *packs, struct known *k, size_t keep)
{
	struct aisp_objects *o = aisp_objects_new(packs, keep, 64 << 20);
	const struct aisp_object *got, *first = NULL;
	unsigned char none[20] = {1, 2, 3};

	aisp_objects_read_ahead(o, keep % 7 ? AISP_PACK_TREE : AISP_PACK_BLOB);
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < k->n; i++) {
			assert_int_equal(aisp_objects_get(o, k->v[i].id, &got), 0);
			assert_int_equal(got->type, k->v[i].type);
			assert_int_equal(got->text.n, k->v[i].n);
			assert_memory_equal(got->text.p, k->v[i].text, got->text.n);
			if (!first)
				first = got; /* held all the while */
			else
				aisp_objects_put(o, got);
		}
	assert_memory_equal(first->text.p, k->v[0].text, first->text.n);
	assert_int_equal(aisp_objects_get(o, none, &got), AISP_E_NOTFOUND);
	aisp_objects_free(o);
}

static void make_repo(void)
{
	run("git init -qb main r && cd r && mkdir d && for i in $(seq 60); do seq $((i*3)) $((i*5+700)) >a; seq $((i%7)) 400 | sed s/9/$i/ >d/b; echo $i >>c; "
	    "[ $i = 30 ] && { head -c 300000 /dev/zero | tr '\\0' x >big; : >empty; }; git add -A; git commit -qm $i; done; git tag -am t t");
}

static void check_all(bool whole)
{
	struct known *k = malloc(sizeof *k);
	struct aisp_packs *packs = open_packs("r");

	read_known("r", k);
	assert_in_range(k->n, 300, OBJECTS);
	check_objects(packs, k, 0);
	check_objects(packs, k, 20000);
	check_objects(packs, k, 64 << 20);
	assert_int_equal(check_forest(packs, k, 1, 1 << 20), k->n);
	assert_int_equal(check_forest(packs, k, 3, 1 << 20), (k->n + 2) / 3);
	size_t small = 0, some = check_forest(packs, k, 1, 3000);
	for (size_t i = 0; i < k->n; i++)
		small += k->v[i].n <= 3000;
	if (whole)
		assert_int_equal(some, small);
	else
		assert_in_range(some, 1, small);
	aisp_packs_free(packs);
	free_known(k);
}

static void test_real(void **state)
{
	(void)state;
	make_repo();
	run("cd r && git repack -qadf --window=50 --depth=50");
	check_all(false);
	run("cd r && git -c repack.useDeltaBaseOffset=false repack -qadf --window=20 --depth=5000");
	check_all(false);
	run("cd r && git -c pack.window=0 repack -qadf --window=0");
	check_all(true);
	/* several packs, some objects in two of them, an index over all */
	run("cd r && git rev-list --objects HEAD~30 | git pack-objects -q .git/objects/pack/pack && git multi-pack-index write");
	check_all(false);
	/* an index whose offsets are all long */
	run("cd r && git repack -qadf && rm -f .git/objects/pack/multi-pack-index && cd .git/objects/pack && chmod u+w * && git index-pack --index-version=2,0x40 *.pack");
	check_all(false);
	/* version 1 is not for us, nor an index beside another pack */
	run("cd r/.git/objects/pack && git index-pack --index-version=1 *.pack");
	struct aisp_packs *packs = open_packs("r");
	struct aisp_pack_at at;
	for (unsigned byte = 0; byte < 256; byte++)
		assert_false(aisp_packs_find(packs, (unsigned char[20]){(unsigned char)byte}, &at));
	aisp_packs_free(packs);
}

static struct aisp_packs *made(void)
{
	struct aisp_packs *packs = NULL;

	maker_end(&maker);
	assert_int_equal(aisp_packs_new(&packs, &err), 0);
	assert_int_equal(aisp_packs_add(packs, aisp_slice_of((char *)maker.index, maker.index_n), aisp_slice_of((char *)maker.pack, maker.n), &err), 0);
	return packs;
}

static bool add(uint8_t id, unsigned type, uint64_t base, uint8_t base_id, const char *data, size_t n)
{
	uint8_t ids[2][MAKER_ID] = {{id}, {base_id}};

	return maker_add(&maker, ids[0], type, n, base, ids[1], (const uint8_t *)data, n);
}

static int collect(void *ctx, uint32_t item, unsigned worker, struct aisp_slice text)
{
	(void)worker;
	snprintf((char *)ctx + item * 32, 32, "%.*s", AISP_FMT(text));
	return item == 9 ? AISP_E_CONFLICT : 0;
}

/* Texts of ids 1 … 8 in both ways; "-" for those that are not had. */
static void check_made(const char *want)
{
	struct aisp_packs *packs = made();
	struct aisp_objects *objects = aisp_objects_new(packs, 1 << 20, 1000);
	struct aisp_pack_want w[8] = {0};
	char texts[8][32] = {""}, one[300] = "", other[300] = "";
	uint8_t done[8] = {0};
	struct aisp_forest_options o = {.max_size = 1000, .max_held = 1 << 20, .f = collect, .go_on = always, .ctx = texts, .done = done};
	size_t n = 0;

	for (uint8_t id = 1; id <= 8; id++) {
		const struct aisp_object *got;
		int r = aisp_objects_get(objects, (unsigned char[20]){id}, &got);
		assert_true(r == 0 || r == AISP_E_NOTFOUND);
		snprintf(one + strlen(one), sizeof one - strlen(one), "%.*s ", r == 0 ? (int)got->text.n : 1, r == 0 ? got->text.p : "-");
		if (r == 0)
			aisp_objects_put(objects, got);
		w[n].item = id - 1U;
		n += aisp_packs_find(packs, (unsigned char[20]){id}, &w[n].at);
	}
	assert_int_equal(aisp_forest_each(packs, w, n, &o, &err), 0);
	for (size_t i = 0; i < 8; i++)
		snprintf(other + strlen(other), sizeof other - strlen(other), "%s ", done[i] ? texts[i] : "-");
	assert_string_equal(one, want);
	assert_string_equal(other, want);
	aisp_objects_free(objects);
	aisp_packs_free(packs);
}

#define DATA(text) (text), sizeof(text) - 1

static void test_made(void **state)
{
	(void)state;
	/* a base named by its id before and behind; copying, inserting; a base's wrong size, a copy behind its end, an empty operation */
	maker_begin(&maker);
	assert_true(add(3, 7, 0, 1, DATA("\5\4\x90\2\2xy"))); /* its base lies behind it */
	assert_true(add(1, 3, 0, 0, DATA("hello")));
	assert_true(add(2, 7, 0, 3, DATA("\4\3\x91\1\3")));
	assert_true(add(4, 7, 0, 1, DATA("\6\2\x90\2")));
	assert_true(add(5, 7, 0, 1, DATA("\5\2\x91\4\2")));
	assert_true(add(6, 7, 0, 1, DATA("\5\1\0")));
	assert_true(add(7, 7, 0, 1, DATA("\5\3\x90\2")));
	assert_true(add(8, 7, 0, 9, DATA("\5\2\x90\2")));
	check_made("hello exy hexy - - - - - ");
	/* rings of bases, and what hangs on them; a base that lies inside of another; one that is cut off */
	maker_begin(&maker);
	assert_true(add(1, 7, 0, 2, DATA("\1\1\x90\1")));
	assert_true(add(2, 7, 0, 1, DATA("\1\1\x90\1")));
	assert_true(add(3, 7, 0, 2, DATA("\1\1\x90\1")));
	assert_true(add(4, 7, 0, 4, DATA("\1\1\x90\1")));
	assert_true(add(5, 6, 3, 0, DATA("\1\1\x90\1")));
	assert_true(add(6, 6, 5000, 0, DATA("\1\1\x90\1")));
	assert_true(add(7, 3, 0, 0, DATA("whole")));
	assert_true(maker_add(&maker, (uint8_t[20]){8}, 3, 500, 0, NULL, (const uint8_t *)"short", 5));
	check_made("- - - - - - whole - ");
	/* sizes that nothing can have, types that are none; over the limit of 1,000, and small again on top of that */
	static char large[1001];
	memset(large, 'l', sizeof large);
	maker_begin(&maker);
	assert_true(maker_add(&maker, (uint8_t[20]){1}, 3, (uint64_t)1 << 59, 0, NULL, (const uint8_t *)"x", 1));
	assert_true(add(2, 0, 0, 0, DATA("zero")));
	assert_true(add(3, 5, 0, 0, DATA("five")));
	assert_true(add(4, 3, 0, 0, large, sizeof large));
	assert_true(add(5, 7, 0, 4, DATA("\351\7\1\x90\1")));
	assert_true(add(6, 7, 0, 7, DATA("\1\350\7\x90\1")));
	assert_true(add(7, 3, 0, 0, DATA("7")));
	assert_true(add(8, 3, 0, 0, "", 0));
	check_made("- - - - - - 7  ");
}

/* Whatever f says ends all. */
static void test_stop(void **state)
{
	char texts[10][32];
	uint8_t done[10] = {0};
	struct aisp_forest_options o = {.max_size = 1000, .max_held = 1 << 20, .f = collect, .go_on = always, .ctx = texts, .done = done};
	struct aisp_pack_want w[10] = {0};

	(void)state;
	maker_begin(&maker);
	for (uint8_t id = 1; id <= 10; id++)
		assert_true(add(id, 3, 0, 0, DATA("text")));
	struct aisp_packs *packs = made();
	for (uint8_t id = 1; id <= 10; id++) {
		w[id - 1].item = id - 1U;
		assert_true(aisp_packs_find(packs, (unsigned char[20]){id}, &w[id - 1].at));
	}
	assert_int_equal(aisp_forest_each(packs, w, 10, &o, &err), AISP_E_CONFLICT);
	aisp_packs_free(packs);
}

static void test_index(void **state)
{
	struct aisp_packs *packs = NULL;
	struct aisp_slice pack;

	(void)state;
	maker_begin(&maker);
	assert_true(add(1, 3, 0, 0, DATA("hello")));
	maker_end(&maker);
	pack = aisp_slice_of((char *)maker.pack, maker.n);
	assert_int_equal(aisp_packs_new(&packs, &err), 0);
	for (size_t n = 0; n < maker.index_n; n++)
		assert_int_equal(aisp_packs_add(packs, aisp_slice_of((char *)maker.index, n), pack, &err), AISP_E_PARSE);
	for (size_t n = 0; n < 32; n++)
		assert_int_equal(aisp_packs_add(packs, aisp_slice_of((char *)maker.index, maker.index_n), aisp_slice_of((char *)maker.pack, n), &err), AISP_E_PARSE);
	maker.index[8 + 100 * 4 + 3] = 7; /* counts go down */
	assert_int_equal(aisp_packs_add(packs, aisp_slice_of((char *)maker.index, maker.index_n), pack, &err), AISP_E_PARSE);
	maker.index[8 + 100 * 4 + 3] = 1;
	memset(maker.index + 8 + 1024 + 24, 0xff, 4); /* a long offset without a table */
	assert_int_equal(aisp_packs_add(packs, aisp_slice_of((char *)maker.index, maker.index_n), pack, &err), 0);
	struct aisp_pack_at at;
	assert_false(aisp_packs_find(packs, (unsigned char[20]){1}, &at));
	aisp_packs_free(packs);
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
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_real), cmocka_unit_test(test_made), cmocka_unit_test(test_stop), cmocka_unit_test(test_index)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
