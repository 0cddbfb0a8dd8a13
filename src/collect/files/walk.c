/* Walking: see walk.h. Depth first with a list of open ignore files; entries of a folder are sorted before they are
 * entered, and the whole list once more at the end (folder order is not path order: "a.b" < "a/c" < "ab").
 */
#include "collect/files/walk.h"
#include "base/fs.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_IGNORE_FILE = 1 << 20, MAX_UP = 32, MAX_INDEX = 256 << 20, MAX_ENTRIES = 1000000 };

struct state {
	struct aisp_walk *w;
	const struct aisp_walk_options *o;
	struct aisp_slice prefix; /* of the root inside its repository: "" or "sub/folder/" */
	AISP_VEC(struct aisp_ignore) ignores; /* the outermost first; a user's exclusions last of all */
	struct aisp_ignore exclude;
	uint32_t max_depth;
	size_t max_files;
	bool full;
	struct aisp_err *err;
};

/* Folders that package managers fill. */
static bool is_package_folder(struct aisp_slice name)
{
	static const char *const names[] = {"node_modules", "bower_components", ".venv",        "__pycache__",  ".tox",
	                                    ".nox",         ".mypy_cache",      ".pytest_cache", ".ruff_cache", "site-packages",
	                                    ".terraform",   ".yarn",            ".pnpm-store",   ".gradle",     ".eggs"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(name, names[i]))
			return true;
	return false;
}

static int add_gap(struct state *s, struct aisp_slice path, enum aisp_code why, const char *detail)
{
	struct aisp_walk_gap g = {.path = aisp_arena_dup(s->w->a, path.n ? path : AISP_S(".")), .why = why,
	                          .detail = aisp_arena_dup(s->w->a, aisp_slice_z(detail))};

	if (!g.path.p || !g.detail.p || aisp_vec_push(&s->w->gaps, g) < 0)
		return aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking");
	return 0;
}

static int push_ignore(struct state *s, struct aisp_slice base, int fd, const char *name, struct aisp_slice where)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_ignore ig;
	struct aisp_err err = {0};

	aisp_buf_init(&text, 0);
	int r = aisp_fs_read(fd, name, true, MAX_IGNORE_FILE, &text, &err);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == AISP_E_NOMEM)
		return aisp_fail(s->err, AISP_E_NOMEM, "%s", err.msg);
	if (r < 0)
		return add_gap(s, where, (enum aisp_code)r, err.msg);
	r = aisp_ignore_parse(s->w->a, base, aisp_buf_slice(&text), &ig, s->err);
	if (r < 0)
		return r;
	if (aisp_vec_push(&s->ignores, ig) < 0)
		return aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking");
	return 0;
}

/* The last list that decides wins; a user's exclusions before all. */
static bool ignored(const struct state *s, struct aisp_slice full, bool is_dir)
{
	enum aisp_ignore_verdict v = aisp_ignore_match(&s->exclude, aisp_slice_from(full, s->prefix.n), is_dir);

	for (size_t i = s->o->everything ? 0 : s->ignores.n; v == AISP_IGNORE_UNDECIDED && i-- > 0;)
		v = aisp_ignore_match(&s->ignores.v[i], full, is_dir);
	return v == AISP_IGNORE_YES;
}

static int by_slice(const void *a, const void *b)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)a, *(const struct aisp_slice *)b);
}

static int by_path(const void *a, const void *b)
{
	return aisp_slice_cmp(((const struct aisp_walk_file *)a)->path, ((const struct aisp_walk_file *)b)->path);
}

/* The names in a folder, sorted; fd is taken over. */
static int list(struct state *s, int fd, struct aisp_slice dir, struct aisp_slice **ret_names, size_t *ret_n)
{
	AISP_VEC(struct aisp_slice) names = {0};
	struct dirent *d;
	int r = 0;
	DIR *stream = aisp_fault_hit() ? (errno = EIO, NULL) : fdopendir(fd);

	if (!stream) {
		r = add_gap(s, dir, aisp_code_from_errno(errno), strerror(errno));
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, d = readdir(stream)) != NULL) {
		struct aisp_slice name = aisp_slice_z(d->d_name);
		if (aisp_slice_eqz(name, ".") || aisp_slice_eqz(name, ".."))
			continue;
		if (names.n >= MAX_ENTRIES) {
			r = add_gap(s, dir, AISP_E_LIMIT, "more entries than are read from one folder");
			break;
		}
		name = aisp_arena_dup(s->w->a, name);
		if (!name.p || aisp_vec_push(&names, name) < 0)
			r = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking");
	}
	if (r == 0 && errno)
		r = add_gap(s, dir, aisp_code_from_errno(errno), strerror(errno));
	closedir(stream);
	if (r < 0) {
		aisp_vec_done(&names);
		return r;
	}
	if (names.n)
		qsort(names.v, names.n, sizeof *names.v, by_slice);
	*ret_names = names.v;
	*ret_n = names.n;
	return 0;
}

static int add_file(struct state *s, struct aisp_slice path, const struct stat *st)
{
	struct aisp_walk_file f = {.path = path, .size = (uint64_t)st->st_size};

	if (s->w->files.n >= s->max_files) {
		if (s->full)
			return 0;
		s->full = true;
		return add_gap(s, AISP_S(""), AISP_E_LIMIT,
		               "more files than one scan reads; scan parts of the folder as targets of their own");
	}
	if (aisp_vec_push(&s->w->files, f) < 0)
		return aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking");
	return 0;
}

static int walk_dir(struct state *s, int fd, struct aisp_slice dir, uint32_t depth);

static int enter_dir(struct state *s, int parent, struct aisp_slice name, struct aisp_slice path, uint32_t depth)
{
	if (!s->o->everything && is_package_folder(name)) {
		s->w->packages++;
		return 0;
	}
	if (depth >= s->max_depth)
		return add_gap(s, path, AISP_E_LIMIT, "folders nested deeper than are walked");
	int fd = aisp_fault_hit() ? (errno = EIO, -1) : openat(parent, name.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return add_gap(s, path, aisp_code_from_errno(errno), strerror(errno));
	return walk_dir(s, fd, path, depth + 1);
}

static int visit(struct state *s, int fd, struct aisp_slice dir, struct aisp_slice name, uint32_t depth)
{
	struct stat st;
	struct aisp_slice full, path;

	if (aisp_slice_eqz(name, ".git"))
		return 0;
	full = aisp_arena_printf(s->w->a, "%.*s%.*s%s%.*s", AISP_FMT(s->prefix), AISP_FMT(dir), dir.n ? "/" : "", AISP_FMT(name));
	if (!full.p)
		return aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking");
	path = aisp_slice_from(full, s->prefix.n);
	if (aisp_fault_hit() || fstatat(fd, name.p, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return add_gap(s, path, AISP_E_IO, "cannot tell what it is");
	if (S_ISLNK(st.st_mode)) {
		s->w->links++;
	} else if (S_ISDIR(st.st_mode)) {
		if (!ignored(s, full, true))
			return enter_dir(s, fd, name, path, depth);
		s->w->ignored++;
	} else if (!S_ISREG(st.st_mode)) {
		s->w->special++;
	} else if (ignored(s, full, false)) {
		s->w->ignored++;
	} else {
		return add_file(s, path, &st);
	}
	return 0;
}

/* Takes fd over. */
static int walk_dir(struct state *s, int fd, struct aisp_slice dir, uint32_t depth)
{
	AISP_AUTOFREE struct aisp_slice *names = NULL;
	size_t n = 0, open = s->ignores.n;
	struct aisp_slice base = aisp_arena_printf(s->w->a, "%.*s%.*s%s", AISP_FMT(s->prefix), AISP_FMT(dir), dir.n ? "/" : "");
	int dup_fd = dup(fd), r;

	if (dup_fd < 0 || !base.p) {
		r = !base.p ? aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking")
		            : add_gap(s, dir, AISP_E_IO, "too many open files");
		close(fd);
		if (dup_fd >= 0)
			close(dup_fd);
		return r;
	}
	r = push_ignore(s, base, fd, ".gitignore", dir);
	if (r == 0)
		r = list(s, dup_fd, dir, &names, &n);
	else
		close(dup_fd);
	for (size_t i = 0; r == 0 && i < n && !s->full; i++)
		r = visit(s, fd, dir, names[i], depth);
	s->ignores.n = open;
	close(fd);
	return r;
}

/* How many folders above the root its repository begins: "../" as often in `up`. No repository: 0 and "". */
static int look_above(int root_fd, char *up)
{
	struct stat st, top;
	size_t levels = 0;

	while (fstatat(root_fd, up[0] ? up : ".", &st, 0) == 0 && levels < MAX_UP) {
		char git[3 * MAX_UP + 8];
		size_t n = strlen(up);
		memcpy(git, up, n);
		memcpy(git + n, ".git", 5);
		if (fstatat(root_fd, git, &top, AT_SYMLINK_NOFOLLOW) == 0)
			return (int)levels;
		memcpy(up + n, "../", 4);
		struct stat above;
		if (fstatat(root_fd, up, &above, 0) < 0 || (above.st_ino == st.st_ino && above.st_dev == st.st_dev))
			break;
		levels++;
	}
	up[0] = '\0';
	return 0;
}

/* The name of the folder `child` inside the folder `parent_path`, found by its inode. */
static bool name_in_parent(int root_fd, const char *parent_path, const struct stat *child, char *ret, size_t cap)
{
	int fd = openat(root_fd, parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool found = false;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (e = readdir(d)) != NULL) {
		struct stat st;
		size_t n = strlen(e->d_name);
		found = n < cap && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		        fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == child->st_ino &&
		        st.st_dev == child->st_dev;
		if (found)
			memcpy(ret, e->d_name, n + 1);
	}
	closedir(d);
	return found;
}

/* The folder `levels` above the root; negative when it cannot be opened. */
static int open_above(int root_fd, int levels)
{
	char up[3 * MAX_UP + 8] = "./";

	for (int i = 0; i < levels && i < MAX_UP; i++)
		memcpy(up + 3 * i, "../", 4);
	return openat(root_fd, up, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int push_ignore_above(struct state *s, int root_fd, int levels, const char *name)
{
	int fd = open_above(root_fd, levels);

	if (fd < 0)
		return add_gap(s, aisp_slice_z(name), aisp_code_from_errno(errno), "a folder above cannot be opened; its ignore file is not applied");
	int r = push_ignore(s, s->prefix, fd, name, aisp_slice_z(name));
	close(fd);
	return r;
}

/* Reads the ignore files above the root, the topmost first, and finds the root's path inside its repository. */
static int open_repository(struct state *s, int root_fd)
{
	char up[3 * MAX_UP + 8] = "", name[256];
	int levels = look_above(root_fd, up), r = push_ignore_above(s, root_fd, levels, ".git/info/exclude");

	for (int i = levels; r == 0 && i > 0; i--) {
		struct stat child;
		up[3 * i] = '\0';
		r = push_ignore_above(s, root_fd, i, ".gitignore");
		int below = open_above(root_fd, i - 1);
		bool found = r == 0 && below >= 0 && fstat(below, &child) == 0 && name_in_parent(root_fd, up, &child, name, sizeof name);
		if (below >= 0)
			close(below);
		if (r == 0 && !found)
			return add_gap(s, AISP_S(""), AISP_E_IO, "cannot tell the folder's name inside its repository; ignore files above it are not applied");
		if (r == 0)
			s->prefix = aisp_arena_printf(s->w->a, "%.*s%s/", AISP_FMT(s->prefix), name);
		if (!s->prefix.p)
			return aisp_fail(s->err, AISP_E_NOMEM, "out of memory while walking");
	}
	return r;
}

/* Is it a regular file whose folders are real folders? */
static bool plain_file(int root_fd, struct aisp_slice path, struct stat *st)
{
	int fd = dup(root_fd);
	struct aisp_slice rest = path, part;
	char name[256];
	bool ok = false;

	while (fd >= 0 && rest.p && aisp_slice_split(&rest, '/', &part)) {
		if (part.n == 0 || part.n >= sizeof name || aisp_slice_eqz(part, "..") || aisp_slice_eqz(part, ".git") ||
		    is_package_folder(part))
			break;
		memcpy(name, part.p, part.n);
		name[part.n] = '\0';
		if (!rest.p) {
			ok = fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode);
			break;
		}
		int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Tracked files that an ignore file covers are in the repository all the same. `sorted` is what the walk found. */
static int add_tracked(struct state *s, int root_fd, size_t sorted)
{
	AISP_AUTOBUF struct aisp_buf bytes = {0};
	struct aisp_paths tracked = {0};
	struct aisp_err err = {0};
	char up[3 * MAX_UP + 8] = "";

	aisp_buf_init(&bytes, 0);
	int top = open_above(root_fd, look_above(root_fd, up));
	if (top < 0)
		return 0;
	int r = aisp_fs_read(top, ".git/index", true, MAX_INDEX, &bytes, &err);
	close(top);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r == 0)
		r = aisp_gitindex_parse(s->w->a, aisp_buf_slice(&bytes), &tracked, &err);
	if (r == AISP_E_NOMEM)
		return aisp_fail(s->err, AISP_E_NOMEM, "%s", err.msg);
	if (r < 0)
		return add_gap(s, AISP_S(".git/index"), (enum aisp_code)r, err.msg);
	r = 0;
	for (size_t i = 0; r == 0 && i < tracked.n; i++) {
		struct stat st;
		struct aisp_walk_file key;
		if (!aisp_slice_starts(tracked.v[i], s->prefix))
			continue;
		key.path = aisp_slice_from(tracked.v[i], s->prefix.n);
		if (sorted && bsearch(&key, s->w->files.v, sorted, sizeof key, by_path))
			continue;
		if (aisp_ignore_match(&s->exclude, key.path, false) == AISP_IGNORE_YES || !plain_file(root_fd, key.path, &st))
			continue;
		r = add_file(s, key.path, &st);
	}
	return r;
}

static int run(struct state *s, int root_fd)
{
	AISP_AUTOBUF struct aisp_buf lines = {0};
	int fd, r;

	aisp_buf_init(&lines, 0);
	for (size_t i = 0; i < s->o->n_exclude; i++) {
		aisp_buf_put(&lines, s->o->exclude[i]);
		aisp_buf_putc(&lines, '\n');
	}
	r = aisp_buf_check(&lines, s->err);
	if (r == 0)
		r = aisp_ignore_parse(s->w->a, AISP_S(""), aisp_buf_slice(&lines), &s->exclude, s->err);
	if (r == 0)
		r = open_repository(s, root_fd);
	if (r < 0)
		return r;
	fd = dup(root_fd);
	if (fd < 0)
		return aisp_fail(s->err, AISP_E_IO, "cannot open the folder again: %s", strerror(errno));
	lseek(fd, 0, SEEK_SET);
	r = walk_dir(s, fd, AISP_S(""), 0);
	if (r == 0 && s->w->files.n)
		qsort(s->w->files.v, s->w->files.n, sizeof *s->w->files.v, by_path);
	if (r == 0)
		r = add_tracked(s, root_fd, s->w->files.n);
	if (r == 0 && s->w->files.n)
		qsort(s->w->files.v, s->w->files.n, sizeof *s->w->files.v, by_path);
	return r;
}

int aisp_walk_run(struct aisp_walk *w, struct aisp_arena *a, int root_fd, const struct aisp_walk_options *o,
                  struct aisp_err *err)
{
	struct aisp_err local;
	struct state s = {.w = w, .o = o, .max_depth = o->max_depth ? o->max_depth : 64,
	                  .max_files = o->max_files ? o->max_files : 1000000, .err = err ? err : &local};

	*w = (struct aisp_walk){.a = a};
	s.prefix = AISP_S("");
	int r = run(&s, root_fd);
	aisp_vec_done(&s.ignores);
	if (r < 0)
		aisp_walk_done(w);
	return r;
}

void aisp_walk_done(struct aisp_walk *w)
{
	aisp_vec_done(&w->files);
	aisp_vec_done(&w->gaps);
}
