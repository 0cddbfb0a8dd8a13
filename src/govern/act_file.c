/* A part of a local file: cut out, put back. What is cut out may be a secret, so it goes nowhere but into one file (mode 0600, in a folder of mode 0700) that is overwritten and removed when
 * it was put back.
 *
 *   cut:    read (expect?) ─▶ keep, synced ─▶ write beside, synced ─▶ rename        insert: read (expect?) ─▶ kept bytes fit (becomes?) ─▶ write beside ─▶ rename        forget: overwrite, remove
 *
 * Killed anywhere, the same call again goes on: what was kept before the cut is written anew while the file is still whole; names of temporary files are fixed, so that none stays.
 */
#include "base/fs.h"
#include "govern/act_int.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void wipe_donep(struct aisp_buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->n);
	aisp_buf_done(b);
}
#define AUTOWIPE __attribute__((cleanup(wipe_donep)))

static bool is_digest(struct aisp_slice s)
{
	bool hex = s.n == 64;

	for (size_t i = 0; hex && i < s.n; i++)
		hex = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
	return hex;
}

/* PLAN-STEP-DIGEST: nothing that could lead out of the folder. */
static int kept_name(const struct aisp_act_cut *c, struct aisp_slice whole, char ret[80], struct aisp_err *err)
{
	bool plain = c->name.n > 0 && c->name.n <= 40 && is_digest(whole);

	for (size_t i = 0; plain && i < c->name.n; i++)
		plain = (c->name.p[i] >= '0' && c->name.p[i] <= '9') || (c->name.p[i] >= 'a' && c->name.p[i] <= 'z') || c->name.p[i] == '-';
	if (!plain)
		return aisp_fail(err, AISP_E_USAGE, "a file operation of the plan lacks its digests, or the plan its id");
	snprintf(ret, 80, "%.*s-%.16s", AISP_FMT(c->name), whole.p);
	return 0;
}

int aisp_act_keep_in(struct aisp_act *a, struct aisp_slice folder, struct aisp_err *err)
{
	a->keep = aisp_arena_dup(a->arena, folder);
	return a->keep.p ? 0 : aisp_act__no_memory(err);
}

static int sync_folder_of(const char *path)
{
	char dir[PATH_MAX];
	const struct aisp_slice d = aisp_slice_dirname(aisp_slice_z(path));

	snprintf(dir, sizeof dir, "%.*s", AISP_FMT(d.n ? d : path[0] == '/' ? AISP_S("/") : AISP_S(".")));
	int fd AISP_CLEANUP(closep) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fsync(fd) : -1;
}

/* The keeping folder: ours, and nobody else's to read. make: it is made when it is not there. */
static int open_keep(const struct aisp_act *a, bool make, int *ret_fd, struct aisp_err *err)
{
	struct stat st;

	if (!a->keep.n)
		return aisp_fail(err, AISP_E_INTERNAL, "there is no place to keep what is cut out of a file");
	if (make && mkdir(a->keep.p, 0700) == 0 && sync_folder_of(a->keep.p) < 0)
		return aisp_fail(err, AISP_E_IO, "cannot sync the folder of %s: %s", a->keep.p, strerror(errno));
	int fd AISP_CLEANUP(closep) = open(a->keep.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot open the folder %s, in which is kept what was cut out of files: %s", a->keep.p, strerror(errno));
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || ((st.st_mode & 077) && fchmod(fd, 0700) < 0))
		return aisp_fail(err, AISP_E_ACCESS, "the folder %s is not this user's alone; what is cut out of files is kept there", a->keep.p);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int put_synced(int dir, const char *name, int flags, struct aisp_slice bytes, struct aisp_err *err)
{
	int fd AISP_CLEANUP(closep) = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

	if (fd < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot make the file %s: %s", name, strerror(errno));
	int r = fchmod(fd, 0600) < 0 ? aisp_fail(err, AISP_E_IO, "cannot close the file %s to others: %s", name, strerror(errno)) : aisp_fs_put(fd, bytes, err);
	if (r == 0 && fsync(fd) < 0)
		r = aisp_fail(err, AISP_E_IO, "cannot sync the file %s: %s", name, strerror(errno));
	return r;
}

static int keep_bytes(const struct aisp_act *a, const char *name, struct aisp_slice bytes, struct aisp_err *err)
{
	int dir AISP_CLEANUP(closep) = -1;
	int r = open_keep(a, true, &dir, err);

	if (r == 0 && faccessat(dir, ".gitignore", F_OK, 0) < 0) /* neither committed nor collected */
		r = put_synced(dir, ".gitignore", O_TRUNC, AISP_S("*\n"), err);
	if (r == 0)
		r = put_synced(dir, name, O_TRUNC, bytes, err);
	if (r == 0 && fsync(dir) < 0)
		r = aisp_fail(err, AISP_E_IO, "cannot sync the folder: %s", strerror(errno));
	return r < 0 ? aisp_wrap(err, r, "while keeping what is cut out in %s", a->keep.p) : 0;
}

/* Nothing but the list that hides the folder: it goes, too. */
static void remove_if_empty(const struct aisp_act *a, int dir)
{
	const int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	size_t others = 0;

	if (!d) {
		if (again >= 0)
			close(again);
		return;
	}
	for (const struct dirent *e; (e = readdir(d));)
		others += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, ".gitignore") != 0;
	closedir(d);
	if (others == 0) {
		(void)unlinkat(dir, ".gitignore", 0);
		(void)rmdir(a->keep.p);
	}
}

/* Overwritten and removed; not there is well, too. */
static int wipe_kept(const struct aisp_act *a, const char *name, struct aisp_err *err)
{
	static const char zeros[4096];
	struct aisp_err why = {0};
	struct stat st;
	int dir AISP_CLEANUP(closep) = -1;
	int r = open_keep(a, false, &dir, &why);

	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r < 0)
		return aisp_fail(err, (enum aisp_code)r, "%s", why.msg);
	int fd AISP_CLEANUP(closep) = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot overwrite %s/%s: %s", a->keep.p, name, strerror(errno));
	if (fd >= 0) {
		if (fstat(fd, &st) < 0)
			return aisp_fail(err, AISP_E_IO, "cannot look at %s/%s: %s", a->keep.p, name, strerror(errno));
		for (off_t left = st.st_size; r == 0 && left > 0; left -= (off_t)sizeof zeros)
			r = aisp_fs_put(fd, aisp_slice_of(zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros), err);
		if (r == 0 && (fsync(fd) < 0 || unlinkat(dir, name, 0) < 0 || fsync(dir) < 0))
			r = aisp_fail(err, AISP_E_IO, "cannot overwrite and remove %s/%s: %s", a->keep.p, name, strerror(errno));
	}
	if (r == 0)
		remove_if_empty(a, dir);
	return r;
}

/* ---- The file itself ---- */

struct target {
	char path[PATH_MAX], temp[120], kept[80];
	struct stat st;
	char digest[65];
};

static int look_at(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_slice whole, struct target *t, struct aisp_buf *text, struct aisp_err *err)
{
	int r = kept_name(c, whole, t->kept, err);

	if (r == 0)
		r = aisp_act__real_path(a, c->path, t->path, err);
	if (r == 0)
		r = aisp_act__is_dry(a, "changing a file", err);
	if (r < 0)
		return r;
	snprintf(t->temp, sizeof t->temp, ".aisp-%s.tmp", t->kept);
	if (stat(t->path, &t->st) < 0)
		return aisp_fail(err, aisp_code_from_errno(errno), "cannot look at %s: %s", t->path, strerror(errno));
	aisp_buf_init(text, AISP_ACT_FILE_MAX);
	r = aisp_fs_read(AT_FDCWD, t->path, true, AISP_ACT_FILE_MAX, text, err);
	if (r == 0)
		aisp_act__digest(aisp_buf_slice(text), t->digest);
	return r;
}

static int open_dir_of(const struct target *t, struct aisp_err *err)
{
	char text[PATH_MAX];
	const struct aisp_slice d = aisp_slice_dirname(aisp_slice_z(t->path));

	snprintf(text, sizeof text, "%.*s", AISP_FMT(d.n ? d : AISP_S("/")));
	const int fd = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : aisp_fail(err, aisp_code_from_errno(errno), "cannot open the folder %s: %s", text, strerror(errno));
}

/* The whole new content beside it, then renamed: mode and (where that may be done) owner as they were. */
static int replace(const struct target *t, struct aisp_slice bytes, struct aisp_err *err)
{
	int dir AISP_CLEANUP(closep) = open_dir_of(t, err);

	if (dir < 0)
		return dir;
	(void)unlinkat(dir, t->temp, 0); /* of one that was killed */
	int r = put_synced(dir, t->temp, O_EXCL, bytes, err);
	const bool same = t->st.st_uid == geteuid() && t->st.st_gid == getegid();
	if (r == 0 && !same && fchownat(dir, t->temp, t->st.st_uid, t->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EPERM && errno != EINVAL)
		r = aisp_fail(err, AISP_E_IO, "cannot give the new content of %s its owner: %s", t->path, strerror(errno));
	if (r == 0 && (fchmodat(dir, t->temp, t->st.st_mode & 07777, 0) < 0 || renameat(dir, t->temp, dir, aisp_slice_basename(aisp_slice_z(t->path)).p) < 0 || fsync(dir) < 0))
		r = aisp_fail(err, AISP_E_IO, "cannot put the new content in the place of %s: %s", t->path, strerror(errno));
	if (r < 0)
		(void)unlinkat(dir, t->temp, 0);
	return r;
}

static int not_as_planned(const struct target *t, struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_CONFLICT, "%s is not as it was when this was planned: look at it and plan again", t->path);
}

int aisp_act_file_cut(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_err *err)
{
	AUTOWIPE struct aisp_buf text = {0}, after = {0};
	struct target t;
	char now[65];
	int r = look_at(a, c, c->expect, &t, &text, err);

	if (r < 0 || aisp_slice_eqz(c->becomes, t.digest))
		return r;
	const struct aisp_slice s = aisp_buf_slice(&text);
	if (!aisp_slice_eqz(c->expect, t.digest))
		return not_as_planned(&t, err);
	if (c->from >= c->end || c->end > s.n)
		return aisp_fail(err, AISP_E_USAGE, "bytes %zu to %zu are not in %s, which has %zu", c->from, c->end, t.path, s.n);
	aisp_buf_init(&after, AISP_ACT_FILE_MAX);
	(void)aisp_buf_room(&after, s.n);
	aisp_buf_put(&after, aisp_slice_to(s, c->from));
	aisp_buf_put(&after, aisp_slice_from(s, c->end));
	if (after.bad)
		return aisp_act__no_memory(err);
	aisp_act__digest(aisp_buf_slice(&after), now);
	if (!aisp_slice_eqz(c->becomes, now))
		return aisp_fail(err, AISP_E_USAGE, "without bytes %zu to %zu %s would not be what the plan says: the plan was changed or is of another file", c->from, c->end, t.path);
	r = keep_bytes(a, t.kept, aisp_slice_of(s.p + c->from, c->end - c->from), err);
	return r == 0 ? replace(&t, aisp_buf_slice(&after), err) : r;
}

static int read_kept(const struct aisp_act *a, const char *name, struct aisp_buf *out, struct aisp_err *err)
{
	int dir AISP_CLEANUP(closep) = -1;
	int r = open_keep(a, false, &dir, err);

	aisp_buf_init(out, AISP_ACT_FILE_MAX);
	return r == 0 ? aisp_fs_read(dir, name, true, AISP_ACT_FILE_MAX, out, err) : r;
}

int aisp_act_file_insert(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_err *err)
{
	AUTOWIPE struct aisp_buf text = {0}, kept = {0}, after = {0};
	struct aisp_err why = {0};
	struct target t;
	char now[65];
	int r = look_at(a, c, c->becomes, &t, &text, err);

	if (r < 0 || aisp_slice_eqz(c->becomes, t.digest))
		return r;
	const struct aisp_slice s = aisp_buf_slice(&text);
	if (!aisp_slice_eqz(c->expect, t.digest))
		return aisp_fail(err, AISP_E_CONFLICT, "%s was changed since, so what was cut out of it (kept in %s/%s) is not put back at byte %zu: do it by hand, so that the file is as before the plan, then undo again",
				 t.path, a->keep.p ? a->keep.p : "", t.kept, c->from);
	r = read_kept(a, t.kept, &kept, &why);
	if (r < 0)
		return aisp_fail(err, r == AISP_E_NOMEM ? AISP_E_NOMEM : AISP_E_CONFLICT, "what was cut out of %s cannot be read (%s): put the file back as it was before the plan, from a copy of yours, then undo again",
				 t.path, why.msg);
	aisp_buf_init(&after, AISP_ACT_FILE_MAX);
	(void)aisp_buf_room(&after, s.n + kept.n);
	aisp_buf_put(&after, aisp_slice_to(s, c->from));
	aisp_buf_put(&after, aisp_buf_slice(&kept));
	aisp_buf_put(&after, aisp_slice_from(s, c->from < s.n ? c->from : s.n));
	if (after.bad)
		return aisp_act__no_memory(err);
	aisp_act__digest(aisp_buf_slice(&after), now);
	if (!aisp_slice_eqz(c->becomes, now))
		return aisp_fail(err, AISP_E_CONFLICT, "what is kept in %s/%s is not what was cut out of %s: put the file back as it was before the plan, then undo again", a->keep.p, t.kept, t.path);
	return replace(&t, aisp_buf_slice(&after), err);
}

int aisp_act_file_forget(struct aisp_act *a, const struct aisp_act_cut *c, struct aisp_err *err)
{
	struct target t;
	int r = kept_name(c, c->becomes, t.kept, err);

	if (r == 0)
		r = aisp_act__is_dry(a, "removing what was kept", err);
	if (r == 0)
		r = aisp_act__real_path(a, c->path, t.path, err);
	if (r < 0)
		return r;
	snprintf(t.temp, sizeof t.temp, ".aisp-%s.tmp", t.kept);
	int dir AISP_CLEANUP(closep) = open_dir_of(&t, err);
	if (dir < 0)
		return dir;
	if (unlinkat(dir, t.temp, 0) < 0 && errno != ENOENT)
		return aisp_fail(err, AISP_E_IO, "cannot remove %s beside %s: %s", t.temp, t.path, strerror(errno));
	return wipe_kept(a, t.kept, err);
}
