/* Targets of act, and files. The live systems: act_sql.c, act_aws.c, act_kube.c. */
#include "base/fs.h"
#include "govern/act_int.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TARGETS_MAX = 64 };

int aisp_act__no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while working on a live system");
}

int aisp_act__is_dry(const struct aisp_act *a, const char *what, struct aisp_err *err)
{
	return a->dry ? aisp_fail(err, AISP_E_ACCESS, "%s would change something, and this is a dry run", what) : 0;
}

int aisp_act__no_target(const struct aisp_act *a, const char *what, struct aisp_slice name, const char *form, struct aisp_err *err)
{
	(void)a;
	return aisp_fail(err, AISP_E_NOTFOUND, "no --with leads to the %s %.*s: add --with '%s' (or --with '%.*s=%s', where it is known by another name)", what,
			 AISP_FMT(aisp_slice_to(name, 200)), form, AISP_FMT(aisp_slice_to(name, 200)), form);
}

int aisp_act__json(struct aisp_arena *mem, struct aisp_slice text, const struct aisp_doc **ret, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = AISP_ACT_ANSWER_MAX, .max_values = 1 << 20};
	return aisp_json_parse(mem, text, &limits, ret, err);
}

/* ---- Targets ---- */

static enum aisp_act__kind kind_of(struct aisp_slice s)
{
	if (aisp_slice_starts(s, AISP_S("postgres:")) || aisp_slice_starts(s, AISP_S("postgresql:")))
		return AISP_ACT_POSTGRES;
	return aisp_slice_starts(s, AISP_S("aws:")) ? AISP_ACT_AWS : aisp_slice_starts(s, AISP_S("kube:")) ? AISP_ACT_KUBERNETES : AISP_ACT_FOLDER;
}

static int add_folder(struct aisp_act *a, const char *text, struct aisp_act__target *t, struct aisp_err *err)
{
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(text, real) || stat(real, &st) < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "--with %s: neither a folder nor postgres://…, aws:… or kube:…: %s", text, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return aisp_fail(err, AISP_E_USAGE, "--with %s: not a folder; name the folder in which files may be changed", text);
	t->text = aisp_arena_dup(a->arena, aisp_slice_z(real));
	return t->text.p ? 0 : aisp_act__no_memory(err);
}

static int add_target(struct aisp_act *a, const char *text, struct aisp_err *err)
{
	struct aisp_slice s = aisp_slice_z(text);
	struct aisp_act__target t = {.kind = kind_of(s)};
	const size_t eq = aisp_slice_chr(s, '=');
	int r = 0;

	if (t.kind == AISP_ACT_FOLDER && eq != SIZE_MAX && kind_of(aisp_slice_from(s, eq + 1)) != AISP_ACT_FOLDER) {
		t.alias = aisp_arena_dup(a->arena, aisp_slice_to(s, eq));
		s = aisp_slice_from(s, eq + 1);
		t.kind = kind_of(s);
		r = t.alias.p ? 0 : aisp_act__no_memory(err);
	}
	if (r == 0 && t.kind == AISP_ACT_FOLDER)
		r = add_folder(a, text, &t, err);
	else if (r == 0 && !(t.text = aisp_arena_dup(a->arena, s)).p)
		r = aisp_act__no_memory(err);
	if (r == 0 && a->targets.n >= TARGETS_MAX)
		r = aisp_fail(err, AISP_E_LIMIT, "more than %d targets (--with)", TARGETS_MAX);
	if (r == 0 && aisp_vec_push(&a->targets, t) < 0)
		r = aisp_act__no_memory(err);
	return r;
}

int aisp_act_new(const char *const *targets, size_t n, bool dry, struct aisp_act **ret, struct aisp_err *err)
{
	struct aisp_act *a AISP_CLEANUP(aisp_act_freep) = aisp_mem_zalloc(1, sizeof *a);

	if (!a || !(a->arena = aisp_arena_new(1 << 20)))
		return aisp_act__no_memory(err);
	a->dry = dry;
	for (size_t i = 0; i < n; i++) {
		int r = add_target(a, targets[i], err);
		if (r < 0)
			return r;
	}
	*ret = AISP_TAKE(a);
	return 0;
}

void aisp_act_free(struct aisp_act *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->targets.n; i++) {
		struct aisp_act__target *t = &a->targets.v[i];
		if (t->state && t->kind == AISP_ACT_POSTGRES)
			aisp_act__sql_close(t);
		else if (t->state && t->kind == AISP_ACT_AWS)
			aisp_act__aws_close(t);
		else if (t->state)
			aisp_act__kube_close(t);
		if (t->text.n)
			explicit_bzero((char *)(uintptr_t)t->text.p, t->text.n);
	}
	aisp_vec_done(&a->targets);
	aisp_arena_free(a->arena);
	aisp_mem_free(a);
}

void aisp_act_freep(struct aisp_act **a)
{
	aisp_act_free(*a);
	*a = NULL;
}

/* ---- Files ---- */

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool is_allowed(const struct aisp_act *a, struct aisp_slice real)
{
	for (size_t i = 0; i < a->targets.n; i++) {
		const struct aisp_slice root = a->targets.v[i].text;
		if (a->targets.v[i].kind == AISP_ACT_FOLDER && aisp_slice_starts(real, root) && real.n > root.n && (real.p[root.n] == '/' || root.n == 1))
			return true;
	}
	return false;
}

/* The file's real name: its folder with links followed, which must lie under a target's; a file that is itself a link stands for where it leads. */
int aisp_act__real_path(const struct aisp_act *a, struct aisp_slice path, char *ret, struct aisp_err *err)
{
	char text[PATH_MAX], dir[PATH_MAX];
	struct aisp_slice base = aisp_slice_basename(path);
	const int n = snprintf(text, sizeof text, "%.*s", AISP_FMT(path));
	struct stat st;

	if (n <= 0 || n >= PATH_MAX || memchr(path.p, '\0', path.n) || base.n == 0 || aisp_slice_eqz(base, "..") || aisp_slice_eqz(base, "."))
		return aisp_fail(err, AISP_E_USAGE, "'%.*s' is no path of a file", AISP_FMT(aisp_slice_to(path, 200)));
	if (lstat(text, &st) == 0 && S_ISLNK(st.st_mode)) {
		if (!realpath(text, ret))
			return aisp_fail(err, aisp_code_from_errno(errno), "%s: cannot follow the link: %s", text, strerror(errno));
	} else {
		struct aisp_slice d = aisp_slice_dirname(path);
		snprintf(text, sizeof text, "%.*s", AISP_FMT(d.n ? d : path.p[0] == '/' ? AISP_S("/") : AISP_S(".")));
		if (!realpath(text, dir))
			return aisp_fail(err, aisp_code_from_errno(errno), "the folder %s: %s", text, strerror(errno));
		if (snprintf(ret, PATH_MAX, "%s/%.*s", strcmp(dir, "/") == 0 ? "" : dir, AISP_FMT(base)) >= PATH_MAX)
			return aisp_fail(err, AISP_E_LIMIT, "the path of %.*s is too long", AISP_FMT(aisp_slice_to(path, 200)));
	}
	if (is_allowed(a, aisp_slice_z(ret)))
		return 0;
	return aisp_act__no_target(a, "file", aisp_slice_z(ret), "DIR", err);
}

void aisp_act__digest(struct aisp_slice bytes, char ret_hex[65])
{
	unsigned char h[32];

	crypto_generichash(h, sizeof h, (const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n, NULL, 0);
	sodium_bin2hex(ret_hex, 65, h, sizeof h);
}

/* The digest of a file as it stands; "" when it is not there. */
static int digest_of(const char *path, char ret_hex[65], struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};

	aisp_buf_init(&b, AISP_ACT_FILE_MAX);
	int r = aisp_fs_read(AT_FDCWD, path, true, AISP_ACT_FILE_MAX, &b, err);
	if (r == 0)
		aisp_act__digest(aisp_buf_slice(&b), ret_hex);
	if (b.p)
		explicit_bzero(b.p, b.n); /* it may be a .env file */
	return r;
}

int aisp_act_file_digest(struct aisp_act *a, struct aisp_slice path, char ret_hex[65], struct aisp_err *err)
{
	char real[PATH_MAX];
	int r = aisp_act__real_path(a, path, real, err);

	return r == 0 ? digest_of(real, ret_hex, err) : r;
}

static int remove_file(const char *path, struct aisp_err *err)
{
	char dir[PATH_MAX];

	if (unlink(path) < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot remove %s: %s", path, strerror(errno));
	snprintf(dir, sizeof dir, "%.*s", AISP_FMT(aisp_slice_dirname(aisp_slice_z(path))));
	int fd AISP_CLEANUP(closep) = open(dir[0] ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? 0 : aisp_fail(err, AISP_E_IO, "%s is removed, but its folder cannot be synced: %s", path, strerror(errno));
}

int aisp_act_file(struct aisp_act *a, struct aisp_slice path, struct aisp_slice expect, struct aisp_slice bytes, struct aisp_err *err)
{
	char real[PATH_MAX], now[65] = "";
	struct stat st = {.st_mode = 0644};
	struct aisp_err why = {0};
	int r = aisp_act__real_path(a, path, real, err);

	if (r == 0)
		r = aisp_act__is_dry(a, "writing a file", err);
	if (r < 0)
		return r;
	r = digest_of(real, now, &why);
	if (r == AISP_E_NOTFOUND)
		now[0] = '\0';
	else if (r < 0)
		return aisp_fail(err, (enum aisp_code)r, "%s", why.msg);
	if (!aisp_slice_eqz(expect, now))
		return aisp_fail(err, AISP_E_CONFLICT, "%s is not as it was when this was planned%s: look at it and plan again", real,
				 !now[0] ? " (it is gone)" : expect.n ? "" : " (it was not to exist)");
	if (!bytes.p)
		return now[0] ? remove_file(real, err) : 0;
	if (now[0] && stat(real, &st) < 0)
		return aisp_fail(err, AISP_E_IO, "cannot look at %s: %s", real, strerror(errno));
	return aisp_fs_write(real, bytes, st.st_mode & 07777, err);
}
