/* Measures the code scanner: reading, parsing and linking a repository, beside a plain read of the same files.
 *
 *   bench_source FOLDER [--rows FILE]      every source file below FOLDER, read in one thread, linked on all cores (AISP_JOBS)
 *   bench_source --made N [--rows FILE]    N files made up: 9 of 10 know nothing of AI, the others are like the golden samples
 *
 * The peer is a loop that reads the same files and counts their lines.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/task.h"
#include "base/vec.h"
#include "scan/source/source.h"
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct file {
	char *path; /* below the folder */
	size_t skip;
	struct aisp_buf text;
};
static AISP_VEC(struct file) files;
static size_t root_len;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench_source: %s\n", what);
	exit(4);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct file f = {.skip = root_len};

	(void)st;
	(void)ftw;
	if (type != FTW_F || aisp_source_lang_of(aisp_slice_z(path)) == AISP_SOURCE_NONE)
		return 0;
	f.path = strdup(path);
	return !f.path || aisp_vec_push(&files, f) < 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

/* A repository in memory. */
static void make(size_t n)
{
	static const char *const ai = "import os\nfrom langchain_openai import ChatOpenAI\nfrom langchain_core.tools import tool\n"
	                              "from langgraph.prebuilt import create_react_agent\nimport psycopg\n\n\n@tool\ndef lookup_%zu(x: str):\n"
	                              "    with psycopg.connect(os.environ[\"DATABASE_URL\"]) as c:\n"
	                              "        return c.execute(\"SELECT * FROM t%zu WHERE id = %%s\", (x,)).fetchall()\n\n\n"
	                              "agent = create_react_agent(ChatOpenAI(model=\"gpt-4o\"), [lookup_%zu])\n";

	for (size_t i = 0; i < n; i++) {
		struct file f = {0};
		char name[64];

		snprintf(name, sizeof name, "pkg%04zu/m%06zu.py", i / 100, i);
		f.path = strdup(name);
		aisp_buf_init(&f.text, 0);
		if (i % 10 == 0)
			aisp_buf_printf(&f.text, ai, i, i, i);
		else
			aisp_buf_printf(&f.text, "import json\nfrom .m%06zu import helper_0\n\n", i ? i - 1 : i);
		for (int k = 0; k < 40; k++)
			aisp_buf_printf(&f.text, "def helper_%d(value, other=None):\n    \"\"\"Adds what is given.\"\"\"\n    result = {}\n"
			                         "    for item in value:\n        result[item] = json.dumps({\"a\": other, \"b\": [1, 2, 3]})\n"
			                         "    return result\n\n\n", k);
		if (!f.path || aisp_buf_check(&f.text, NULL) < 0 || aisp_vec_push(&files, f) < 0)
			die("out of memory");
	}
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(aisp_clock_mono_ns() - start_ns) / 1e9;
}

static void load(struct file *f, struct aisp_buf *own, struct aisp_slice *ret)
{
	if (f->text.n) {
		*ret = aisp_buf_slice(&f->text);
		return;
	}
	aisp_buf_clear(own);
	if (aisp_fs_read(AT_FDCWD, f->path, true, 64 << 20, own, NULL) < 0)
		die(f->path);
	*ret = aisp_buf_slice(own);
}

/* The peer: every byte looked at once. */
static double plain(size_t *ret_bytes)
{
	AISP_AUTOBUF struct aisp_buf b;
	uint64_t start = aisp_clock_mono_ns();
	size_t lines = 0, bytes = 0;

	aisp_buf_init(&b, 0);
	for (size_t i = 0; i < files.n; i++) {
		struct aisp_slice s, l;

		load(&files.v[i], &b, &s);
		bytes += s.n;
		while (s.n && aisp_slice_split(&s, '\n', &l))
			lines++;
	}
	*ret_bytes = bytes;
	return lines ? seconds_since(start) : 0;
}

static double scan(size_t *ret_parsed, size_t *ret_hits, double *ret_link_s)
{
	AISP_AUTOBUF struct aisp_buf b;
	AISP_VEC(struct aisp_source_module *) mods = {0};
	struct aisp_arena *a = aisp_arena_new(0), *workers[64];
	unsigned n_workers = aisp_task_workers();
	struct aisp_source_facts facts;
	uint64_t start = aisp_clock_mono_ns(), linked;
	double s;

	aisp_buf_init(&b, 0);
	*ret_parsed = 0;
	for (size_t i = 0; i < files.n; i++) {
		struct aisp_source_module *m;
		struct aisp_slice path = aisp_slice_z(files.v[i].path + files.v[i].skip), text;

		load(&files.v[i], &b, &text);
		if (aisp_source_read(path, aisp_source_lang_of(path), text, NULL, a, &m, NULL) < 0)
			continue;
		*ret_parsed += aisp_source_parsed(m);
		if (aisp_vec_push(&mods, m) < 0)
			die("out of memory");
	}
	linked = aisp_clock_mono_ns();
	for (unsigned i = 0; i < n_workers; i++)
		workers[i] = aisp_arena_new(0);
	if (aisp_source_link_on(mods.v, mods.n, a, workers, n_workers, &facts, NULL) < 0)
		die("linking failed");
	*ret_link_s = seconds_since(linked);
	s = seconds_since(start);
	*ret_hits = facts.n_hits;
	aisp_vec_done(&mods);
	for (unsigned i = 0; i < n_workers; i++)
		aisp_arena_free(workers[i]);
	aisp_arena_free(a);
	return s;
}

static void report(FILE *rows, const char *name, double value, const char *unit, const char *better, double peer, const char *command)
{
	printf("source.%-22s %12.1f %s", name, value, unit);
	if (peer > 0)
		printf("   (plain read: %.1f)", peer);
	printf("\n");
	if (!rows)
		return;
	fprintf(rows, "{\"name\":\"source.%s\",\"value\":%.6g,\"unit\":\"%s\",\"better\":\"%s\",\"peer\":", name, value, unit, better);
	if (peer > 0)
		fprintf(rows, "\"plain read\",\"peer_value\":%.6g", peer);
	else
		fprintf(rows, "null,\"peer_value\":null");
	fprintf(rows, ",\"limit_value\":null,\"command\":\"bench_source %s\"}\n", command);
}

int main(int argc, char **argv)
{
	FILE *rows = NULL;
	size_t bytes, parsed, hits;
	double read_s, scan_s, link_s;
	char command[64];

	if (argc < 2) {
		fprintf(stderr, "usage: bench_source FOLDER | --made N [--rows FILE]\n");
		return 2;
	}
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--rows") == 0 && !(rows = fopen(argv[i + 1], "a")))
			die(argv[i + 1]);
	if (strcmp(argv[1], "--made") == 0 && argc > 2) {
		make((size_t)strtoul(argv[2], NULL, 10));
		snprintf(command, sizeof command, "--made %s", argv[2]);
	} else {
		root_len = strlen(argv[1]) + 1;
		if (nftw(argv[1], visit, 64, FTW_PHYS) != 0)
			die(argv[1]);
		qsort(files.v, files.n, sizeof *files.v, by_path);
		snprintf(command, sizeof command, "FOLDER");
	}
	(void)plain(&bytes); /* warms the cache */
	read_s = plain(&bytes);
	scan_s = scan(&parsed, &hits, &link_s);
	printf("%zu files, %.1f MB, %zu parsed, %zu hits; linking %.3f s of %.3f s\n", files.n, (double)bytes / 1e6, parsed, hits, link_s,
	       scan_s);
	report(rows, "files_per_s", (double)files.n / scan_s, "files/s", "higher", read_s > 0 ? (double)files.n / read_s : 0, command);
	report(rows, "mb_per_s", (double)bytes / 1e6 / scan_s, "MB/s", "higher", read_s > 0 ? (double)bytes / 1e6 / read_s : 0,
	       command);
	report(rows, "ratio_to_read", read_s > 0 ? scan_s / read_s : 0, "x", "lower", 0, command);
	if (rows)
		fclose(rows);
	return 0;
}
