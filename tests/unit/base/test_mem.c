/* mem, arena, vec, sym, map, hash, secret. */
#include "base/arena.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/sym.h"
#include "base/vec.h"
#include "base_test.h"
#include <sys/stat.h>
#include <unistd.h>

static void test_mem(void **state)
{
	(void)state;
	size_t live = aisp_mem_live();
	char *p = aisp_mem_alloc(10);
	int *z = aisp_mem_zalloc(100, sizeof *z);

	assert_int_equal(aisp_mem_live(), live + 2);
	for (int i = 0; i < 100; i++)
		assert_int_equal(z[i], 0);
	memcpy(p, "123456789", 10);
	char *more = aisp_mem_resize(p, 1000, 1000);

	assert_string_equal(more, "123456789");
	assert_null(aisp_mem_zalloc(SIZE_MAX / 2, 3));
	assert_null(aisp_mem_resize(more, SIZE_MAX / 2, 3));
	assert_string_equal(more, "123456789");
	char *fresh = aisp_mem_resize(NULL, 0, 8);

	assert_non_null(fresh);
	assert_int_equal(aisp_mem_live(), live + 3);
	aisp_mem_free(more);
	aisp_mem_free(fresh);
	aisp_mem_freep(&z);
	assert_null(z);
	aisp_mem_free(NULL);
	assert_int_equal(aisp_mem_live(), live);
}

static void test_fault(void **state)
{
	(void)state;
	aisp_fault_set(2, false);
	assert_false(aisp_fault_hit());
	assert_true(aisp_fault_hit());
	assert_false(aisp_fault_hit());
	assert_int_equal(aisp_fault_count(), 3);
	aisp_fault_set(2, true);
	assert_false(aisp_fault_hit());
	assert_null(aisp_mem_alloc(1));
	assert_null(aisp_mem_zalloc(1, 1));
	assert_null(aisp_mem_resize(NULL, 1, 1));
	assert_null(aisp_mem_secret_alloc(1));
	assert_true(aisp_fault_hit());
	aisp_fault_set(0, false);
	assert_false(aisp_fault_hit());
}

static void test_arena(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_slice s = aisp_arena_dup(a, AISP_S("odd"));
	char *p = aisp_arena_alloc(a, 1), *big = aisp_arena_alloc(a, 3 << 20);
	int *z = aisp_arena_zalloc(a, 50, sizeof *z);

	assert_string_equal(s.p, "odd");
	assert_true((uintptr_t)p % 16 == 0 && (uintptr_t)big % 16 == 0 && (uintptr_t)z % 16 == 0);
	memset(big, 1, 3 << 20);
	for (int i = 0; i < 50; i++)
		assert_int_equal(z[i], 0);
	assert_non_null(aisp_arena_alloc(a, 0));
	assert_null(aisp_arena_zalloc(a, SIZE_MAX, 2));
	assert_text(aisp_arena_printf(a, "%0300d|%s", 7, "x"), aisp_arena_printf(a, "%0300d|x", 7).p);
	s = aisp_arena_dup(a, (struct aisp_slice){0});
	assert_non_null(s.p);
	assert_int_equal(s.n, 0);
	assert_false(aisp_arena_full(a));
	assert_true(aisp_arena_used(a) > 3 << 20);
	aisp_arena_reset(a);
	assert_int_equal(aisp_arena_used(a), 0);
	assert_non_null(aisp_arena_alloc(a, 100));
	aisp_arena_freep(&a);
	assert_null(a);
	aisp_arena_free(NULL);
}

static void test_arena_cap(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(10000);
	size_t got = 0;

	assert_null(aisp_arena_alloc(a, 10001));
	assert_true(aisp_arena_full(a));
	aisp_arena_reset(a);
	assert_false(aisp_arena_full(a));
	while (aisp_arena_alloc(a, 100))
		got += 100;
	assert_true(got > 8000 && got <= 10000); /* the cap is used, and kept */
	assert_true(aisp_arena_full(a));
	assert_null(aisp_arena_alloc(a, SIZE_MAX - 8));
	aisp_arena_free(a);
	/* Small blocks only, many of them: what was written stays. */
	a = aisp_arena_new(0);
	struct aisp_slice all[2000];

	for (size_t i = 0; i < 2000; i++)
		all[i] = aisp_arena_printf(a, "%zu", i * 7919);
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(strtoull(all[i].p, NULL, 10), i * 7919);
	aisp_arena_free(a);
}

static void test_vec(void **state)
{
	(void)state;
	AISP_VEC(uint64_t) v = {0};

	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(aisp_vec_push(&v, i * i), AISP_OK);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(v.v[i], i * i);
	assert_int_equal(aisp_vec_reserve(&v, SIZE_MAX), AISP_E_NOMEM);
	assert_int_equal(aisp_vec_reserve(&v, SIZE_MAX / 8), AISP_E_NOMEM);
	assert_int_equal(v.n, 1000);
	assert_int_equal(v.v[999], 999 * 999);
	aisp_vec_done(&v);
	assert_null(v.v);
}

static void test_sym(void **state)
{
	(void)state;
	struct aisp_symtab *t = aisp_symtab_new();
	char name[32];
	aisp_sym sym = 99;

	assert_int_equal(aisp_symtab_add(t, AISP_S(""), &sym, NULL), AISP_OK);
	assert_int_equal(sym, 0);
	assert_int_equal(aisp_symtab_find(t, AISP_S("x")), 0);
	for (uint32_t round = 0; round < 2; round++) /* dense, in order of first use, stable */
		for (uint32_t i = 0; i < 5000; i++) {
			int n = snprintf(name, sizeof name, "name-%u", i);

			assert_int_equal(aisp_symtab_add(t, aisp_slice_of(name, (size_t)n), &sym, NULL), AISP_OK);
			assert_int_equal(sym, i + 1);
		}
	assert_int_equal(aisp_symtab_count(t), 5000);
	assert_string_equal(aisp_symtab_z(t, 1), "name-0");
	assert_text(aisp_symtab_get(t, 5000), "name-4999");
	assert_int_equal(aisp_symtab_find(t, AISP_S("name-17")), 18);
	assert_int_equal(aisp_symtab_find(t, AISP_S("name-")), 0);
	assert_string_equal(aisp_symtab_z(t, 0), "");
	assert_string_equal(aisp_symtab_z(t, 5001), "");
	aisp_symtab_add(t, aisp_slice_of("a\0b", 3), &sym, NULL); /* bytes, not C strings */
	assert_int_equal(sym, 5001);
	assert_int_equal(aisp_symtab_find(t, AISP_S("a")), 0);
	aisp_symtab_freep(&t);
	assert_null(t);
}

static void test_map(void **state)
{
	(void)state;
	struct aisp_map m = {0};
	struct aisp_err err;

	assert_int_equal(aisp_map_get(&m, (struct aisp_key){1, 2}), 0);
	for (uint32_t i = 1; i <= 3000; i++)
		assert_int_equal(aisp_map_put(&m, (struct aisp_key){i, i << 20}, i, &err), AISP_OK);
	for (uint32_t i = 1; i <= 3000; i++) {
		assert_int_equal(aisp_map_get(&m, (struct aisp_key){i, i << 20}), i);
		assert_int_equal(aisp_map_get(&m, (struct aisp_key){i << 20, i}), 0); /* halves are not alike */
	}
	assert_int_equal(aisp_map_put(&m, (struct aisp_key){5, 5 << 20}, 77, &err), AISP_OK);
	assert_int_equal(aisp_map_get(&m, (struct aisp_key){5, 5 << 20}), 77);
	assert_int_equal(m.n, 3000);
	assert_int_equal(aisp_map_put(&m, (struct aisp_key){0, 0}, 9, &err), AISP_OK); /* the zero key is a key */
	assert_int_equal(aisp_map_get(&m, (struct aisp_key){0, 0}), 9);
	assert_int_equal(aisp_map_put(&m, (struct aisp_key){9, 9}, 0, &err), AISP_E_INTERNAL);
	aisp_map_done(&m);
	assert_int_equal(aisp_map_get(&m, (struct aisp_key){5, 5 << 20}), 0);
}

static void test_hash(void **state)
{
	(void)state;
	char hex[65], text[64] = {0};
	unsigned same = 0;
	struct aisp_digest d = aisp_digest_of("abc", 3);

	aisp_digest_hex(&d, hex); /* b2sum -l 128 */
	assert_string_equal(hex, "cf4ab791c62b8d2b2109c90275287816");
	aisp_sha256_hex("abc", 3, hex); /* FIPS 180-2, appendix B.1 */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	aisp_sha256_hex(NULL, 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

	assert_true(aisp_hash64("a", 1, 1) != aisp_hash64("a", 1, 2));
	assert_true(aisp_hash64("a", 1, 1) == aisp_hash64("a", 1, 1));
	assert_true(aisp_hash64(NULL, 0, 1) != aisp_hash64("\0", 1, 1));
	/* Every bit of every length counts, and changes about half of the result. */
	for (size_t n = 1; n <= sizeof text; n++) {
		uint64_t h = aisp_hash64(text, n, 5);

		assert_true(h != aisp_hash64(text, n - 1, 5));
		for (size_t bit = 0; bit < 8 * n; bit++) {
			text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
			int flips = __builtin_popcountll(h ^ aisp_hash64(text, n, 5));

			same += flips < 10 || flips > 54;
			text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
		}
	}
	assert_int_equal(same, 0);
}

static void test_secret(void **state)
{
	(void)state;
	size_t live = aisp_mem_live();
	struct aisp_secret s, empty;

	assert_int_equal(aisp_secret_init(&s, AISP_S("hunter2"), NULL), AISP_OK);
	assert_int_equal(aisp_secret_init(&empty, (struct aisp_slice){0}, NULL), AISP_OK);
	assert_int_equal(s.n, 7);
	assert_memory_equal(s.p, "hunter2", 7);
	aisp_secret_done(&s);
	aisp_secret_done(&empty);
	assert_null(s.p);
	assert_int_equal(aisp_mem_live(), live);
}

static void test_fpkey(void **state)
{
	char path[300], link[300];
	struct aisp_fpkey a, b, c;
	struct aisp_err err;
	struct stat st;
	char fa[AISP_FINGERPRINT_LEN + 1], fb[AISP_FINGERPRINT_LEN + 1];

	snprintf(path, sizeof path, "%s/key", (const char *)*state);
	assert_int_equal(aisp_fpkey_load(path, &a, &err), AISP_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 32);
	assert_int_equal(aisp_fpkey_load(path, &b, &err), AISP_OK);
	assert_memory_equal(&a, &b, sizeof a);
	aisp_fingerprint(&a, AISP_S("hunter2"), fa);
	aisp_fingerprint(&b, AISP_S("hunter2"), fb);
	assert_string_equal(fa, fb);
	assert_int_equal(strlen(fa), AISP_FINGERPRINT_LEN);
	assert_int_equal(strncmp(fa, "fp1:", 4), 0);
	aisp_fingerprint(&a, AISP_S("hunter3"), fb);
	assert_string_not_equal(fa, fb);

	unlink(path);
	assert_int_equal(aisp_fpkey_load(path, &b, &err), AISP_OK);
	aisp_fingerprint(&b, AISP_S("hunter2"), fb); /* another key tells nothing */
	assert_string_not_equal(fa, fb);

	c = b;
	snprintf(link, sizeof link, "%s/short", (const char *)*state);
	assert_int_equal(aisp_fs_write(link, AISP_S("too short"), 0600, &err), AISP_OK);
	assert_int_equal(aisp_fpkey_load(link, &c, &err), AISP_E_PARSE);
	assert_int_equal(aisp_fs_write(link, AISP_S("123456789012345678901234567890123"), 0600, &err), AISP_OK);
	assert_int_equal(aisp_fpkey_load(link, &c, &err), AISP_E_PARSE);
	assert_memory_equal(&b, &c, sizeof b);
	snprintf(link, sizeof link, "%s/no/such", (const char *)*state);
	assert_int_equal(aisp_fpkey_load(link, &c, &err), AISP_E_NOTFOUND);
}

static void test_preview(void **state)
{
	(void)state;
	char p[AISP_PREVIEW_MAX], all[] = "sk-proj-0123456789abcdef0123456789abcdef";

	aisp_preview(AISP_S("1234567890123456789"), p);
	assert_string_equal(p, "…");
	aisp_preview(aisp_slice_z(all), p);
	assert_string_equal(p, "sk-p…[40-79]");
	aisp_preview(aisp_slice_of(all, 20), p);
	assert_string_equal(p, "sk-p…[20-39]");
	aisp_preview(AISP_S("a\033[2Jbcdefghijklmnopqrstuvwxyz"), p);
	assert_string_equal(p, "a…[20-39]");
	aisp_preview(AISP_S("\xe2\x82\xac" "bcdefghijklmnopqrstuvwxyz"), p);
	assert_string_equal(p, "…[20-39]");
	aisp_preview((struct aisp_slice){0}, p);
	assert_string_equal(p, "…");
}

static char folder[] = "/tmp/aisp-test-XXXXXX";

static int make_folder(void **state)
{
	*state = mkdtemp(folder);
	return *state ? 0 : -1;
}

static int drop_folder(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mem),       cmocka_unit_test(test_fault),  cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_cap), cmocka_unit_test(test_vec),    cmocka_unit_test(test_sym),
		cmocka_unit_test(test_map),       cmocka_unit_test(test_hash),   cmocka_unit_test(test_secret),
		cmocka_unit_test(test_fpkey),     cmocka_unit_test(test_preview),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
