/* Torture of base/: parsers, buffers, arenas, tables, files, secrets, JSON writing. What simdjson, libyaml and toml++
 * allocate themselves is not reached from here.
 */
#include "torture.h"

#include "base/arena.h"
#include "base/doc.h"
#include "base/fs.h"
#include "base/jw.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/sym.h"
#include "base/vec.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/aisp-torture-XXXXXX";
static char path[sizeof folder + 32];
static const struct aisp_doc untouched;

static int no_arena(struct aisp_arena *a)
{
	return a ? AISP_OK : AISP_E_NOMEM;
}

struct parse_case {
	int (*parse)(struct aisp_arena *, struct aisp_slice, const struct aisp_doc_limits *, const struct aisp_doc **,
	             struct aisp_err *);
	const char *text;
};

static int parse_one(void *ctx)
{
	const struct parse_case *c = ctx;
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	const struct aisp_doc *d = &untouched;
	struct aisp_err err = {0};

	if (!a)
		return no_arena(a);
	int r = c->parse(a, aisp_slice_z(c->text), NULL, &d, &err);

	TORTURE_CHECK(r == 0 ? d != &untouched : d == &untouched && err.code == r && err.msg[0]);
	TORTURE_CHECK(r == 0 || r == AISP_E_NOMEM);
	return r;
}

static int parse_yaml(void *ctx)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_docs docs = {&untouched, 77};
	struct aisp_err err = {0};

	if (!a)
		return no_arena(a);
	int r = aisp_yaml_parse(a, aisp_slice_z(ctx), NULL, &docs, &err);

	TORTURE_CHECK(r == 0 ? docs.n != 77 : docs.docs == &untouched && docs.n == 77 && err.code == r && err.msg[0]);
	TORTURE_CHECK(r == 0 || r == AISP_E_NOMEM);
	return r;
}

static int build_text(void *ctx)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err = {0};

	(void)ctx;
	aisp_buf_init(&b, 0);
	for (int i = 0; i < 100; i++) {
		aisp_buf_putz(&b, "some text");
		aisp_buf_printf(&b, "%0300d", i);
		aisp_buf_put_printable(&b, AISP_S("\033\xff"));
		aisp_buf_fill(&b, ' ', 7);
	}
	return aisp_buf_check(&b, &err);
}

static int write_json(void *ctx)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_jw w;

	(void)ctx;
	aisp_buf_init(&b, 0);
	aisp_jw_init(&w, &b, true);
	aisp_jw_arr(&w);
	for (int i = 0; i < 50; i++) {
		aisp_jw_obj(&w);
		aisp_jw_kstr(&w, "k", AISP_S("a\n\xff"));
		aisp_jw_kint(&w, "i", i);
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	return aisp_buf_check(&b, NULL);
}

static int fill_arena(void *ctx)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	int r = no_arena(a);

	(void)ctx;
	for (int i = 0; r == 0 && i < 2000; i++) {
		struct aisp_slice s = aisp_arena_printf(a, "text %d", i);

		if (!s.p || !aisp_arena_dup(a, s).p || !aisp_arena_zalloc(a, 3, 50))
			r = AISP_E_NOMEM;
		TORTURE_CHECK(!aisp_arena_full(a));
		if (i == 1000)
			aisp_arena_reset(a);
	}
	return r;
}

static int fill_symbols(void *ctx)
{
	AISP_CLEANUP(aisp_symtab_freep) struct aisp_symtab *t = aisp_symtab_new();
	struct aisp_err err = {0};
	char name[20];
	int r = t ? AISP_OK : AISP_E_NOMEM;

	(void)ctx;
	for (uint32_t i = 0; r == 0 && i < 1000; i++) {
		aisp_sym sym = 123456;
		struct aisp_slice s = aisp_slice_of(name, (size_t)snprintf(name, sizeof name, "name %u", i));

		r = aisp_symtab_add(t, s, &sym, &err);
		TORTURE_CHECK(sym == (r == 0 ? i + 1 : 123456));
		/* A failed add changes nothing. */
		TORTURE_CHECK(aisp_symtab_count(t) == i + (r == 0));
		TORTURE_CHECK(aisp_symtab_find(t, s) == (r == 0 ? i + 1 : 0));
		TORTURE_CHECK(i == 0 || aisp_symtab_find(t, AISP_S("name 0")) == 1);
	}
	return r;
}

static int fill_map(void *ctx)
{
	struct aisp_map m = {0};
	struct aisp_err err = {0};
	int r = AISP_OK;

	(void)ctx;
	for (uint32_t i = 1; r == 0 && i < 1000; i++) {
		r = aisp_map_put(&m, (struct aisp_key){i, i}, i, &err);
		TORTURE_CHECK(aisp_map_get(&m, (struct aisp_key){i, i}) == (r == 0 ? i : 0));
		TORTURE_CHECK(i == 1 || aisp_map_get(&m, (struct aisp_key){1, 1}) == 1);
	}
	aisp_map_done(&m);
	return r;
}

static int fill_vector(void *ctx)
{
	AISP_VEC(uint32_t) v = {0};
	int r = AISP_OK;

	(void)ctx;
	for (uint32_t i = 0; r == 0 && i < 1000; i++) {
		r = aisp_vec_push(&v, i);
		TORTURE_CHECK(v.n == i + (r == 0));
		TORTURE_CHECK(i == 0 || v.v[i - 1] == i - 1);
	}
	aisp_vec_done(&v);
	return r;
}

static int files(void *ctx)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err = {0};
	char deep[sizeof path + 10];

	(void)ctx;
	aisp_buf_init(&b, 0);
	snprintf(path, sizeof path, "%s/a", folder);
	snprintf(deep, sizeof deep, "%s/a/b/f", folder);
	rmdir(path);
	int r = aisp_fs_mkdirs(path, &err);

	if (r == 0) {
		snprintf(path, sizeof path, "%s/a/b", folder);
		r = aisp_fs_mkdirs(path, &err);
	}
	if (r == 0)
		r = aisp_fs_write(deep, AISP_S("text"), 0600, &err);
	if (r == 0) {
		r = aisp_fs_read(AT_FDCWD, deep, true, 100, &b, &err);
		TORTURE_CHECK(b.n == (r == 0 ? 4 : 0) && b.bad == AISP_OK);
	}
	if (r == 0)
		r = aisp_fs_put(STDERR_FILENO, AISP_S(""), &err);
	TORTURE_CHECK(r == 0 || r == AISP_E_NOMEM || r == AISP_E_IO);
	TORTURE_CHECK(r == 0 || err.msg[0]);
	unlink(deep);
	rmdir(path);
	snprintf(path, sizeof path, "%s/a", folder);
	TORTURE_CHECK(rmdir(path) == 0 || access(path, F_OK) != 0); /* no temporary file is left */
	return r;
}

static int secrets(void *ctx)
{
	struct aisp_fpkey key, before;
	struct aisp_secret s = {0};
	struct aisp_err err = {0};
	struct stat st;

	(void)ctx;
	memset(&key, 7, sizeof key);
	before = key;
	snprintf(path, sizeof path, "%s/key", folder);
	int r = aisp_fpkey_load(path, &key, &err);

	TORTURE_CHECK((memcmp(&key, &before, sizeof key) == 0) == (r < 0));
	/* The key is there whole or not at all. */
	TORTURE_CHECK(stat(path, &st) < 0 || st.st_size == sizeof key);
	if (r == 0)
		r = aisp_secret_init(&s, AISP_S("hunter2"), &err);
	TORTURE_CHECK((r == 0) == (s.p != NULL));
	aisp_secret_done(&s);
	unlink(path);
	return r;
}

int main(void)
{
	struct parse_case json = {aisp_json_parse, "{\"a\":[1,2,{\"b\":\"\\n\"}],\"c\":\"text\",\"d\":[[],{}]}"};
	struct parse_case jsonc = {aisp_jsonc_parse, "{\"a\":[1,/*x*/2,],\"c\":1e30,}"};
	struct parse_case toml = {aisp_toml_parse, "a = 1\n[b.c]\nd = [1, {x = 'y'}]\n[[e]]\nf = 2001-01-01\n"};
	char yaml[] = "a: &x {k: v, l: [1, 2]}\nb:\n  <<: *x\n  m: !t 3\nc: [*x, \"q\"]\n---\n- &y 1\n- {*y : z}\n";
	char yaml_json[] = "{\"a\": [1, 2]}";

	if (!mkdtemp(folder))
		return 1;
	torture("json", parse_one, &json);
	torture("jsonc", parse_one, &jsonc);
	torture("toml", parse_one, &toml);
	torture("yaml", parse_yaml, yaml);
	torture("yaml that is json", parse_yaml, yaml_json);
	torture("buf", build_text, NULL);
	torture("jw", write_json, NULL);
	torture("arena", fill_arena, NULL);
	torture("sym", fill_symbols, NULL);
	torture("map", fill_map, NULL);
	torture("vec", fill_vector, NULL);
	torture("fs", files, NULL);
	torture("secret", secrets, NULL);
	rmdir(folder);
	return torture_result();
}
