/* Programs of several files in Go, Java, C#, Rust, Ruby and PHP (tests/golden/source/programs): what is found, that look-alikes
 * (n-…) hold nothing of AI, and that the answer is the same on any number of cores. AISP_GOLDEN=update writes what is found now.
 */
#include "source.h"

#include "base/fs.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGRAMS GOLDEN_DIR "/programs"

static AISP_VEC(char *) paths;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char *copy;

	(void)st;
	(void)ftw;
	if (type != FTW_F || aisp_source_lang_of(aisp_slice_z(path)) == AISP_SOURCE_NONE)
		return 0;
	copy = strdup(path);
	return !copy || aisp_vec_push(&paths, copy) < 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_folder(struct unit *u, const char *folder)
{
	struct aisp_err err = {0};

	paths.n = 0;
	assert_int_equal(nftw(folder, visit, 16, FTW_PHYS), 0);
	assert_true(paths.n > 0);
	qsort(paths.v, paths.n, sizeof *paths.v, by_path);
	for (size_t i = 0; i < paths.n; i++) {
		AISP_AUTOBUF struct aisp_buf text = {0};

		aisp_buf_init(&text, 0);
		if (aisp_fs_read(AT_FDCWD, paths.v[i], false, 1 << 20, &text, &err) < 0)
			fail_msg("%s", err.msg);
		unit_file(u, paths.v[i] + strlen(folder) + 1, aisp_buf_slice(&text));
		free(paths.v[i]);
	}
	aisp_vec_done(&paths);
}

static void render(const char *folder, unsigned n_workers, struct aisp_buf *out, bool *ret_ai)
{
	struct aisp_arena *workers[64];
	struct aisp_err err = {0};
	struct unit u = {0};
	struct aisp_jw w;

	read_folder(&u, folder);
	for (unsigned i = 0; i < n_workers; i++)
		workers[i] = aisp_arena_new(0);
	if (aisp_source_link_on(u.mods.v, u.mods.n, u.a, workers, n_workers, &u.f, &err) < 0)
		fail_msg("%s: %s", folder, err.msg);
	aisp_jw_init(&w, out, true);
	aisp_source_write(&u.f, u.mods.v, u.mods.n, &w);
	aisp_buf_putc(out, '\n');
	*ret_ai = false;
	for (size_t i = 0; i < u.f.n_hits; i++)
		*ret_ai |= u.f.hits[i].kind <= AISP_SOURCE_STORE || u.f.hits[i].kind == AISP_SOURCE_MCP_SERVER;
	unit_done(&u);
	for (unsigned i = 0; i < n_workers; i++)
		aisp_arena_free(workers[i]);
}

static void check(const char *name)
{
	AISP_AUTOBUF struct aisp_buf got = {0}, again = {0}, want = {0};
	const char *flag = getenv("AISP_GOLDEN");
	char folder[512], expected[520];
	struct aisp_err err = {0};
	bool ai;

	aisp_buf_init(&got, 0);
	aisp_buf_init(&again, 0);
	aisp_buf_init(&want, 0);
	snprintf(folder, sizeof folder, "%s/%s", PROGRAMS, name);
	snprintf(expected, sizeof expected, "%s.json", folder);
	setenv("AISP_JOBS", "1", 1);
	render(folder, 0, &got, &ai);
	setenv("AISP_JOBS", "3", 1);
	render(folder, 3, &again, &ai);
	unsetenv("AISP_JOBS");
	if (!aisp_slice_eq(aisp_buf_slice(&got), aisp_buf_slice(&again)))
		fail_msg("%s: not the same on three cores", name);
	if (ai == (strncmp(name, "n-", 2) == 0))
		fail_msg("%s: %s: %.*s", name, ai ? "holds no AI, and yet some was found" : "nothing was found", AISP_FMT(aisp_buf_slice(&got)));
	if (flag && strcmp(flag, "update") == 0) {
		assert_int_equal(aisp_fs_write(expected, aisp_buf_slice(&got), 0644, &err), 0);
		return;
	}
	if (aisp_fs_read(AT_FDCWD, expected, false, 16 << 20, &want, &err) < 0)
		fail_msg("%s (AISP_GOLDEN=update makes it)", err.msg);
	if (!aisp_slice_eq(aisp_buf_slice(&got), aisp_buf_slice(&want)))
		fail_msg("%s differs (AISP_GOLDEN=update accepts it): %.*s", expected, AISP_FMT(aisp_buf_slice(&got)));
}

static void test_programs(void **state)
{
	struct dirent **list;
	int n = scandir(PROGRAMS, &list, NULL, alphasort), seen = 0;

	(void)state;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' && !strstr(list[i]->d_name, ".json")) {
			check(list[i]->d_name);
			seen++;
		}
		free(list[i]);
	}
	free(list);
	assert_true(seen >= 40);
}

static const struct aisp_source_hit *only_model(struct unit *u, const char *path, const char *text)
{
	const struct aisp_source_hit *h;

	unit_file(u, path, aisp_slice_z(text));
	unit_link(u);
	h = unit_hit(u, AISP_SOURCE_MODEL, 0);
	assert_non_null(h);
	assert_null(unit_hit(u, AISP_SOURCE_MODEL, 1));
	return h;
}

/* A value is followed, or it is said why not: never a guess. */
static void test_unresolved(void **state)
{
	static const struct {
		const char *path, *text, *reason;
	} rows[] = {
		{"a.go", "package a\nimport openai \"github.com/sashabaranov/go-openai\"\nfunc F(c *openai.Client, m string) {\n"
		         "c.CreateChatCompletion(nil, openai.ChatCompletionRequest{Model: m})\n}\n", "caller"},
		{"A.java", "import com.openai.client.OpenAIClient;\nclass A { void f(OpenAIClient c, P p) { c.chat().completions().create(p); } }\n", "library's default"},
		{"a.rb", "OpenAI::Client.new.chat(parameters: { model: pick(1) })\n", "not defined here"},
		{"a.php", "<?php\n$c = OpenAI::client('k');\n$c->chat()->create(['model' => $argv[1]]);\n", "not defined here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct unit u = {0};
		const struct aisp_source_hit *h = only_model(&u, rows[i].path, rows[i].text);

		assert_int_equal(h->value.kind, AISP_SOURCE_UNRESOLVED);
		if (aisp_slice_find(h->value.reason, aisp_slice_z(rows[i].reason)) == SIZE_MAX)
			fail_msg("%s: %.*s", rows[i].path, AISP_FMT(h->value.reason));
		unit_done(&u);
	}
}

/* %env sets a variable; other magics, outputs and other kernels are no code. */
static void test_notebook(void **state)
{
	static const char set[] = "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"!pip install openai\\n\",\"%env M=gpt-4o\\n\",\"import os\\n\","
	                          "\"from openai import OpenAI\\n\",\"OpenAI().responses.create(model=os.environ['M'], input='x')\"]}],\"metadata\":{}}";
	static const char other[] = "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"from openai import OpenAI\\n\",\"OpenAI().responses.create(model='x')\"]}],"
	                            "\"metadata\":{\"language_info\":{\"name\":\"julia\"}}}";
	struct unit u = {0}, v = {0};
	const struct aisp_source_hit *h;

	(void)state;
	h = only_model(&u, "a.ipynb", set);
	assert_int_equal(h->value.kind, AISP_SOURCE_LITERAL);
	assert_true(aisp_slice_eqz(h->value.text, "gpt-4o"));
	unit_done(&u);
	unit_file(&v, "b.ipynb", aisp_slice_z(other));
	unit_link(&v);
	assert_int_equal(v.f.n_hits, 0);
	unit_done(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_unresolved),
		cmocka_unit_test(test_notebook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
