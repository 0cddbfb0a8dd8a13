/* Prints what scan/source finds, one JSON object a line: for looking at, and for tests/accuracy/source/evaluate.py.
 *
 *   inspect_source [--facts] FOLDER…     each folder is one program; --facts: its whole answer as one document
 */
#include "base/fs.h"
#include "base/jw.h"
#include "base/task.h"
#include "base/vec.h"
#include "scan/source/source.h"
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

static const char *const value_kinds[] = {"absent", "literal", "env", "unresolved"};

static void put_hit(const char *project, const struct aisp_source_hit *h, struct aisp_slice path)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;

	aisp_buf_init(&out, 0);
	aisp_jw_init(&w, &out, false);
	aisp_jw_obj(&w);
	aisp_jw_kstr(&w, "project", aisp_slice_z(project));
	aisp_jw_kstr(&w, "path", path);
	aisp_jw_kint(&w, "line", (int64_t)h->line);
	aisp_jw_kstr(&w, "kind", aisp_slice_z(aisp_source_kind_name(h->kind)));
	aisp_jw_kstr(&w, "what", aisp_slice_z(h->what));
	aisp_jw_kstr(&w, "symbol", h->symbol);
	aisp_jw_kstr(&w, "name", h->name);
	aisp_jw_kstr(&w, "value_is", aisp_slice_z(value_kinds[h->value.kind]));
	aisp_jw_kstr(&w, "value", h->value.kind == AISP_SOURCE_UNRESOLVED ? h->value.reason : h->value.text);
	aisp_jw_kstr(&w, "env", h->value.env);
	aisp_jw_kint(&w, "flags", (int64_t)h->flags);
	aisp_jw_end(&w);
	aisp_buf_putc(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
}

static int program(const char *folder, bool facts)
{
	struct aisp_arena *a = aisp_arena_new(0), *workers[64];
	unsigned n_workers = aisp_task_workers();
	AISP_VEC(struct aisp_source_module *) mods = {0};
	struct aisp_source_facts f;
	struct aisp_err err = {0};
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw w;
	int r;

	paths.n = 0;
	if (nftw(folder, visit, 16, FTW_PHYS) != 0)
		return 4;
	if (paths.n)
		qsort(paths.v, paths.n, sizeof *paths.v, by_path);
	for (size_t i = 0; i < paths.n; i++) {
		AISP_AUTOBUF struct aisp_buf text = {0};
		struct aisp_slice rel = aisp_slice_z(paths.v[i] + strlen(folder) + 1);
		struct aisp_source_module *m;
		FILE *in = fopen(paths.v[i], "r");
		char chunk[8192];
		size_t n;

		aisp_buf_init(&text, 0);
		while (in && (n = fread(chunk, 1, sizeof chunk, in)) > 0)
			aisp_buf_put(&text, aisp_slice_of(chunk, n));
		if (in)
			fclose(in);
		r = aisp_source_read(rel, aisp_source_lang_of(rel), aisp_buf_slice(&text), NULL, a, &m, &err);
		if (r < 0)
			fprintf(stderr, "%s: %s\n", paths.v[i], err.msg);
		else if (aisp_vec_push(&mods, m) < 0)
			return 4;
	}
	for (unsigned i = 0; i < n_workers; i++)
		workers[i] = aisp_arena_new(0);
	r = aisp_source_link_on(mods.v, mods.n, a, workers, n_workers, &f, &err);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", folder, err.msg);
		return 4;
	}
	for (size_t i = 0; i < f.n_hits && !facts; i++)
		put_hit(folder, &f.hits[i], aisp_source_path(mods.v[f.hits[i].module]));
	if (facts) {
		aisp_buf_init(&out, 0);
		aisp_jw_init(&w, &out, true);
		aisp_source_write(&f, mods.v, mods.n, &w);
		fwrite(out.p, 1, out.n, stdout);
		putchar('\n');
	}
	for (size_t i = 0; i < paths.n; i++)
		free(paths.v[i]);
	aisp_vec_done(&mods);
	for (unsigned i = 0; i < n_workers; i++)
		aisp_arena_free(workers[i]);
	aisp_arena_free(a);
	return 0;
}

int main(int argc, char **argv)
{
	bool facts = argc > 1 && strcmp(argv[1], "--facts") == 0;
	int r = 0;

	for (int i = facts ? 2 : 1; i < argc && r == 0; i++) {
		size_t n = strlen(argv[i]);

		while (n > 1 && argv[i][n - 1] == '/')
			argv[i][--n] = '\0';
		r = program(argv[i], facts);
	}
	aisp_vec_done(&paths);
	return r;
}
