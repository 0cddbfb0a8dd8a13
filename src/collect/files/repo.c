/* The target as a repository: see repo.h. */
#include "collect/files/repo.h"
#include "base/fs.h"
#include "collect/files/variable.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct aisp_slice aisp_repo_origin(struct aisp_slice config)
{
	struct aisp_slice rest = config, line, none = {0};
	bool inside = false;

	while (rest.p && aisp_slice_split(&rest, '\n', &line)) {
		line = aisp_slice_trim(line);
		if (line.n > 0 && line.p[0] == '[') {
			inside = aisp_slice_starts(line, AISP_S("[remote \"origin\"]"));
			continue;
		}
		size_t eq = aisp_slice_chr(line, '=');
		if (inside && eq != SIZE_MAX && aisp_slice_eqi(aisp_slice_trim(aisp_slice_to(line, eq)), AISP_S("url")))
			return aisp_slice_trim(aisp_slice_from(line, eq + 1));
	}
	return none;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("._-+", c, 4) != NULL ||
	       (unsigned char)c >= 0x80;
}

struct aisp_slice aisp_repo_name_of(struct aisp_slice url)
{
	struct aisp_slice u = aisp_slice_trim(url);

	while (u.n > 0 && u.p[u.n - 1] == '/')
		u.n--;
	if (aisp_slice_ends(u, AISP_S(".git")))
		u.n -= 4;
	for (size_t i = u.n; i-- > 0;)
		if (u.p[i] == '/' || u.p[i] == ':' || u.p[i] == '\\')
			return aisp_slice_from(u, i + 1);
	return u;
}

/* A name fit for an id: other characters become '-'. */
static struct aisp_slice clean(struct aisp_arena *a, struct aisp_slice name)
{
	char *p = aisp_arena_alloc(a, name.n + 1);
	struct aisp_slice none = {0};

	if (!p)
		return none;
	for (size_t i = 0; i < name.n; i++)
		p[i] = is_name_char(name.p[i]) ? name.p[i] : '-';
	p[name.n] = '\0';
	return aisp_slice_of(p, name.n);
}

/* Without what may be a password: https://user:x@host/a → https://host/a; git@host:a stays. */
static struct aisp_slice show_remote(struct aisp_arena *a, struct aisp_slice url)
{
	char shown[1024];
	struct aisp_slice none = {0};

	if (url.n == 0)
		return none;
	if (aisp_slice_find(url, AISP_S("://")) != SIZE_MAX)
		return aisp_url_show(url, shown, sizeof shown) ? aisp_arena_dup(a, aisp_slice_z(shown)) : none;
	size_t at = aisp_slice_chr(url, '@'), colon = aisp_slice_chr(url, ':');
	if (at != SIZE_MAX && colon != SIZE_MAX && at < colon)
		return aisp_arena_dup(a, aisp_slice_from(url, at + 1));
	return none;
}

/* The folder's own name, with "." and "a/.." resolved. */
static struct aisp_slice folder_name(struct aisp_arena *a, int fd)
{
	char link[64], path[4096];
	struct aisp_slice none = {0};

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path);
	if (n <= 0)
		return none;
	struct aisp_slice name = aisp_slice_basename(aisp_slice_of(path, (size_t)n));
	return clean(a, name.n ? name : AISP_S("root"));
}

static int find_name(const struct aisp_target *t, struct aisp_arena *a, int fd, struct aisp_repo *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf config = {0};
	struct aisp_err ignored = {0};
	struct aisp_slice name = t->name;

	aisp_buf_init(&config, 0);
	int r = aisp_fs_read(fd, ".git/config", true, 1 << 20, &config, &ignored);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	struct aisp_slice url = r == 0 ? aisp_repo_origin(aisp_buf_slice(&config)) : (struct aisp_slice){0};
	ret->remote = show_remote(a, url);
	if (name.n == 0)
		name = aisp_repo_name_of(url);
	ret->name = name.n ? clean(a, name) : folder_name(a, fd);
	if (config.p)
		explicit_bzero(config.p, config.n); /* a remote may carry a token */
	if (ret->name.n == 0)
		return aisp_fail(err, AISP_E_NOMEM, "cannot tell a name for the target; give one with name:");
	return 0;
}

int aisp_repo_open(const struct aisp_target *t, struct aisp_arena *a, struct aisp_repo *ret, int *ret_fd, struct aisp_err *err)
{
	struct aisp_slice path = aisp_arena_dup(a, t->text.n ? t->text : AISP_S("."));
	struct stat st;
	struct aisp_repo repo = {0};

	if (!path.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (aisp_fault_hit() || stat(path.p, &st) < 0) {
		enum aisp_code code = aisp_code_from_errno(errno);
		return aisp_fail(err, code == AISP_E_NOMEM ? AISP_E_IO : code, "cannot open %s: %s", path.p, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return aisp_fail(err, AISP_E_USAGE, "%s is neither a folder nor a file", path.p);
	if (S_ISREG(st.st_mode)) {
		repo.only = aisp_slice_basename(path);
		size_t slash = aisp_slice_rchr(path, '/');
		path = slash == SIZE_MAX ? AISP_S(".") : aisp_arena_dup(a, aisp_slice_to(path, slash ? slash : 1));
		if (!path.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	int fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot open %s: %s", path.p, strerror(errno));
	int r = find_name(t, a, fd, &repo, err);
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret = repo;
	*ret_fd = fd;
	return 0;
}

int aisp_repo_single(int fd, struct aisp_slice name, struct aisp_arena *a, struct aisp_walk *ret, struct aisp_err *err)
{
	struct aisp_walk w = {.a = a};
	struct aisp_walk_file f = {.path = aisp_arena_dup(a, name)};
	struct stat st;

	if (!f.path.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (fstatat(fd, f.path.p, &st, 0) < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot open %s: %s", f.path.p, strerror(errno));
	f.size = (uint64_t)st.st_size;
	if (aisp_vec_push(&w.files, f) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	*ret = w;
	return 0;
}
