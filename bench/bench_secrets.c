/* Secrets over files in memory: gigabytes a second of one core, with all rules, beside a plain pass over the same bytes. No hit is printed
 * unless -v is given, and never its value.
 *
 * usage: bench_secrets [-v] [-r N] DIR|FILE… */
#include "base/clock.h"
#include "base/fs.h"
#include "base/vec.h"
#include "scan/secrets/secrets.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

struct file {
	char *path;
	size_t at, n;
};
struct set {
	AISP_VEC(struct file) files;
	struct aisp_buf bytes;
	bool print;
	size_t hits, sure;
	struct aisp_slice path;
};

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct set *s, const char *path, int depth)
{
	struct stat st;

	if (lstat(path, &st) < 0 || depth > 64)
		return;
	if (S_ISDIR(st.st_mode)) {
		DIR *d = opendir(path);

		for (struct dirent *e; d && (e = readdir(d));) {
			char below[4096];

			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			snprintf(below, sizeof below, "%s/%s", path, e->d_name);
			add(s, below, depth + 1);
		}
		if (d)
			closedir(d);
	} else if (S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size < 64 << 20 && s->bytes.n < (size_t)1500 << 20) {
		struct file f = {NULL, s->bytes.n, 0};

		if (aisp_fs_read(AT_FDCWD, path, true, (size_t)64 << 20, &s->bytes, NULL) < 0)
			return;
		f.n = s->bytes.n - f.at;
		/* Source trees, not object files: a NUL among the first bytes. */
		if (memchr(s->bytes.p + f.at, 0, f.n < 8192 ? f.n : 8192)) {
			s->bytes.n = f.at;
			return;
		}
		f.path = aisp_mem_alloc(strlen(path) + 1);
		if (f.path)
			memcpy(f.path, path, strlen(path) + 1);
		if (!f.path || aisp_vec_push(&s->files, f) < 0)
			exit(2);
	}
}

static int count(void *ctx, const struct aisp_secret_hit *h)
{
	struct set *s = ctx;

	s->hits++;
	s->sure += h->certainty == AISP_SECRET_SURE;
	if (s->print)
		printf("%.*s:%u:%u %s %s\n", AISP_FMT(s->path), h->line, h->column, h->rule, h->severity);
	return 0;
}

static uint64_t plain(struct aisp_slice t)
{
	uint64_t sum = 0, w;

	for (size_t i = 0; i + 8 <= t.n; i += 8) {
		memcpy(&w, t.p + i, 8);
		sum += w;
	}
	return sum;
}

static size_t rss(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (size_t)u.ru_maxrss << 10;
}

static void run(struct set *set, const struct aisp_secrets *s, struct aisp_secrets_scratch *x, int rounds)
{
	struct aisp_slice all = aisp_buf_slice(&set->bytes);
	double best = 1e9, read = 1e9;
	uint64_t sum = 0;
	bool print = set->print;

	for (int i = 0; i < rounds; i++) {
		double from = cpu();

		sum += plain(all);
		read = cpu() - from < read ? cpu() - from : read;
		set->hits = set->sure = 0;
		set->print = print && i == 0;
		from = cpu();
		for (size_t k = 0; k < set->files.n; k++) {
			const struct file *f = &set->files.v[k];

			set->path = aisp_slice_z(f->path);
			(void)aisp_secrets_scan(s, x, set->path, aisp_slice_of(all.p + f->at, f->n), count, set, NULL);
		}
		best = cpu() - from < best ? cpu() - from : best;
	}
	fprintf(stderr, "%zu files, %.1f MB, %zu rules, %zu hits (%zu sure), checksum %llx\n", set->files.n, (double)all.n / 1e6,
	        aisp_secrets_count(s), set->hits, set->sure, (unsigned long long)sum);
	fprintf(stderr, "{\"secrets.plain.gb_per_s_core\":%.3f,\"plain_read.gb_per_s\":%.2f,\"secrets.rss.bytes\":%zu,\"text.bytes\":%zu}\n",
	        (double)all.n / best / 1e9, (double)all.n / read / 1e9, rss(), all.n);
}

int main(int argc, char **argv)
{
	struct set set = {0};
	struct aisp_secrets *s;
	struct aisp_secrets_scratch *x;
	struct aisp_err err = {0};
	int rounds = 3, r;
	double from = cpu();

	r = aisp_secrets_new(NULL, &s, &err);
	if (r == 0)
		r = aisp_secrets_scratch_new(s, &x, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	fprintf(stderr, "rules ready in %.1f ms\n", (cpu() - from) * 1e3);
	aisp_buf_init(&set.bytes, (size_t)2 << 30);
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-v") == 0)
			set.print = true;
		else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc)
			rounds = (int)strtol(argv[++i], NULL, 10);
		else
			add(&set, argv[i], 0);
	run(&set, s, x, rounds);
	for (size_t k = 0; k < set.files.n; k++)
		aisp_mem_free(set.files.v[k].path);
	aisp_vec_done(&set.files);
	aisp_buf_done(&set.bytes);
	aisp_secrets_scratch_free(x);
	aisp_secrets_free(s);
	return 0;
}
