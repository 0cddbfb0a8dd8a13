/* Which files are read: a folder's, sorted, so that two runs read in the same order. */
#include "collect/logs/logs_int.h"
#include "collect/logs/reader_int.h"
#include "base/vec.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64, PATH_BYTES = 1 << 16 };
typedef AISP_VEC(char *) names_vec;

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(const char *path, names_vec *names, struct aisp_err *err)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	int r = 0;

	if (!d)
		return aisp_fail(err, aisp_code_from_errno(errno), "%s cannot be read: %s", path, strerror(errno));
	while (r == 0 && (e = readdir(d))) {
		const size_t n = strlen(e->d_name) + 1;
		char *copy;

		if (e->d_name[0] == '.')
			continue;
		copy = aisp_mem_alloc(n);
		if (copy)
			memcpy(copy, e->d_name, n);
		if (!copy || aisp_vec_push(names, copy) < 0) {
			aisp_mem_free(copy);
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while listing %s", path);
		}
	}
	closedir(d);
	if (names->n)
		qsort(names->v, names->n, sizeof *names->v, by_name);
	return r;
}

static int walk(struct aisp_buf *path, unsigned depth, int (*f)(void *ctx, const char *path, struct aisp_err *err), void *ctx, struct aisp_err *err)
{
	names_vec names = {0};
	const size_t n = path->n;
	int r = depth > DEPTH_MAX ? aisp_fail(err, AISP_E_LIMIT, "%s lies more than %d folders deep", path->p, DEPTH_MAX) : list(path->p, &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct stat sb;

		path->n = n;
		if (path->p[n - 1] != '/')
			aisp_buf_putc(path, '/');
		aisp_buf_putz(path, names.v[i]);
		if ((r = aisp_buf_check(path, err)) < 0 || lstat(path->p, &sb) < 0)
			continue;
		if (S_ISLNK(sb.st_mode) && (stat(path->p, &sb) < 0 || !S_ISREG(sb.st_mode)))
			continue;
		if (S_ISDIR(sb.st_mode))
			r = walk(path, depth + 1, f, ctx, err);
		else if (S_ISREG(sb.st_mode))
			r = f(ctx, path->p, err);
	}
	for (size_t i = 0; i < names.n; i++)
		aisp_mem_free(names.v[i]);
	aisp_vec_done(&names);
	return r;
}

int aisp_log_walk(const char *path, int (*f)(void *ctx, const char *path, struct aisp_err *err), void *ctx, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf at = {0};
	struct stat sb;

	if (strcmp(path, "-") == 0 || stat(path, &sb) < 0 || !S_ISDIR(sb.st_mode))
		return f(ctx, path, err);
	aisp_buf_init(&at, PATH_BYTES);
	aisp_buf_putz(&at, path);
	const int r = aisp_buf_check(&at, err);
	return r < 0 ? r : walk(&at, 0, f, ctx, err);
}

void aisp_log_kinds(struct aisp_buf *out)
{
	for (const struct aisp_log_format *f = aisp_log_formats; f->name; f++) {
		aisp_buf_putz(out, f == aisp_log_formats ? "" : ", ");
		aisp_buf_putz(out, f->name);
	}
}
