/* Files. Every system call that reads or writes passes fault() first, so torture can make it fail with EIO.
 *
 * Invariants: a file is replaced whole or not at all; nothing that is opened for reading can block or be anything but a
 * regular file.
 */
#include "base/fs_int.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool fault(void)
{
	if (!aisp_fault_hit())
		return false;
	errno = EIO;
	return true;
}

static int sys_fail(struct aisp_err *err, const char *verb, const char *path)
{
	int e = errno;

	return aisp_fail(err, aisp_code_from_errno(e), "cannot %s %s: %s", verb, path, strerrordesc_np(e));
}

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTOCLOSE __attribute__((cleanup(closep)))

/* Below a folder that is held open, no component may be a link or lead out of it (openat2); otherwise only the last
 * component is looked at. Kernels and sandboxes without openat2 get the second way. */
static int open_for_reading(int dirfd, const char *path, bool nofollow)
{
	int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

	if (fault())
		return -1;
	if (nofollow && dirfd != AT_FDCWD) {
		struct open_how how = {
			.flags = (unsigned)flags,
			.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
		};
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);

		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return (int)fd;
	}
	return openat(dirfd, path, flags | (nofollow ? O_NOFOLLOW : 0));
}

static int open_fail(const char *path, struct aisp_err *err)
{
	switch (errno) {
	case ELOOP:
		return aisp_fail(err, AISP_E_ACCESS, "%s is a symbolic link, which is not followed", path);
	case EXDEV:
		return aisp_fail(err, AISP_E_ACCESS, "%s leads out of its folder", path);
	case ENXIO:
	case ENODEV:
		return aisp_fail(err, AISP_E_ACCESS, "%s is not a regular file", path);
	case ENOTDIR:
		return aisp_fail(err, AISP_E_NOTFOUND, "cannot open %s: a part of the path is not a folder", path);
	default:
		return sys_fail(err, "open", path);
	}
}

static ssize_t read_some(int fd, char *to, size_t n)
{
	ssize_t got;

	do
		got = fault() ? -1 : read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads to the end of fd, which fstat said has `size` bytes: these straight into the buffer, and what there is beyond
 * (files that grow, files of /proc, which say 0) by pieces. */
static int read_all(int fd, const char *path, size_t size, size_t max_bytes, struct aisp_buf *out, struct aisp_err *err)
{
	char more[4096];

	for (size_t got = 0;;) {
		size_t known = got < size ? size - got : 0;
		char *to = known ? aisp_buf_room(out, known) : more;
		ssize_t n = to ? read_some(fd, to, known ? known : sizeof more) : 0;

		if (n < 0)
			return sys_fail(err, "read", path);
		got += (size_t)n;
		if (got > max_bytes)
			return aisp_fail(err, AISP_E_LIMIT, "%s is larger than the limit of %zu bytes", path, max_bytes);
		if (known)
			out->n += (size_t)n;
		else
			aisp_buf_put(out, aisp_slice_of(more, (size_t)n));
		if (out->bad)
			return aisp_wrap(err, aisp_buf_check(out, err), "while reading %s", path);
		if (n == 0)
			break;
	}
	if (out->p)
		out->p[out->n] = '\0';
	return AISP_OK;
}

int aisp_fs_read(int dirfd, const char *path, bool nofollow, size_t max_bytes, struct aisp_buf *out, struct aisp_err *err)
{
	struct stat st;
	size_t before = out->n;
	AUTOCLOSE int fd = open_for_reading(dirfd, path, nofollow);

	if (fd < 0)
		return open_fail(path, err);
	if (fault() || fstat(fd, &st) < 0)
		return sys_fail(err, "look at", path);
	if (!S_ISREG(st.st_mode))
		return aisp_fail(err, AISP_E_ACCESS, "%s is not a regular file", path);
	if (st.st_size > 0 && (uint64_t)st.st_size > max_bytes)
		return aisp_fail(err, AISP_E_LIMIT, "%s has %lld bytes, more than the limit of %zu", path,
		                 (long long)st.st_size, max_bytes);
	enum aisp_code bad = out->bad;
	int r = read_all(fd, path, (size_t)st.st_size, max_bytes, out, err);

	if (r < 0) {
		out->n = before;
		out->bad = bad;
		if (out->p)
			out->p[before] = '\0';
	}
	return r;
}

static int put_all(int fd, struct aisp_slice data)
{
	while (data.n > 0) {
		ssize_t n = fault() ? -1 : write(fd, data.p, data.n);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};

			if (poll(&wait, 1, -1) < 0 && errno != EINTR)
				return -1;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data = aisp_slice_from(data, (size_t)n);
	}
	return 0;
}

int aisp_fs_put(int fd, struct aisp_slice data, struct aisp_err *err)
{
	if (put_all(fd, data) < 0)
		return aisp_fail(err, AISP_E_IO, "cannot write the output: %s", strerrordesc_np(errno));
	return AISP_OK;
}

static int open_parent(const char *path, struct aisp_err *err)
{
	struct aisp_slice dir = aisp_slice_dirname(aisp_slice_z(path));
	AISP_AUTOBUF struct aisp_buf z = {0};
	int fd;

	aisp_buf_init(&z, 0);
	if (path[0] == '/' && dir.n == 0)
		dir = AISP_S("/");
	aisp_buf_put(&z, dir.n ? dir : AISP_S("."));
	if (aisp_buf_check(&z, err) < 0)
		return z.bad;
	fd = fault() ? -1 : open(z.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? sys_fail(err, "open the folder", z.p) : fd;
}

/* Writes and syncs a new file `name` in dir. It stays behind on failure. */
static int write_temp(int dir, const char *name, struct aisp_slice data, unsigned mode, const char *path,
                      struct aisp_err *err)
{
	AUTOCLOSE int fd =
		fault() ? -1 : openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return sys_fail(err, "create a temporary file beside", path);
	if (put_all(fd, data) < 0 || fault() || fchmod(fd, mode) < 0 || fault() || fsync(fd) < 0)
		return sys_fail(err, "write", path);
	return AISP_OK;
}

/* Gives the finished temporary file its name; with `fresh` only if that is still free. */
static int publish(int dir, const char *temp, const char *path, bool fresh, struct aisp_err *err)
{
	unsigned flags = fresh ? RENAME_NOREPLACE : 0;
	struct aisp_slice base = aisp_slice_basename(aisp_slice_z(path));

	if (fault() || renameat2(dir, temp, dir, base.p, flags) < 0) {
		if (fresh && errno == EEXIST)
			return aisp_fail(err, AISP_E_CONFLICT, "%s exists already", path);
		return sys_fail(err, "write", path);
	}
	if (fault() || fsync(dir) < 0)
		return sys_fail(err, "sync the folder of", path);
	return AISP_OK;
}

/* A device or pipe (/dev/null, >(cat)) takes the bytes; a new file must never stand in its place. */
static int write_through(const char *path, struct aisp_slice data, struct aisp_err *err)
{
	AUTOCLOSE int fd = fault() ? -1 : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 || put_all(fd, data) < 0 ? sys_fail(err, "write", path) : AISP_OK;
}

static int write_file(const char *path, struct aisp_slice data, unsigned mode, bool fresh, struct aisp_err *err)
{
	char temp[40];
	struct stat st;

	if (!fresh && stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return write_through(path, data, err);
	AUTOCLOSE int dir = open_parent(path, err);

	if (dir < 0)
		return dir;
	snprintf(temp, sizeof temp, ".aisp-%08x%08x.tmp", randombytes_random(), randombytes_random());
	int r = write_temp(dir, temp, data, mode, path, err);

	if (r == 0)
		r = publish(dir, temp, path, fresh, err);
	if (r < 0)
		unlinkat(dir, temp, 0);
	return r;
}

int aisp_fs_write(const char *path, struct aisp_slice data, unsigned mode, struct aisp_err *err)
{
	return write_file(path, data, mode, false, err);
}

int aisp_fs__create(const char *path, struct aisp_slice data, unsigned mode, struct aisp_err *err)
{
	return write_file(path, data, mode, true, err);
}

static int make_dir(const char *path, struct aisp_err *err)
{
	struct stat st;

	if (!fault() && mkdir(path, 0700) == 0)
		return AISP_OK;
	if (errno != EEXIST && errno != EROFS && errno != EACCES && errno != EISDIR)
		return sys_fail(err, "make the folder", path);
	int made = errno;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return AISP_OK;
	if (made == EEXIST)
		return aisp_fail(err, AISP_E_CONFLICT, "cannot make the folder %s: something else has this name", path);
	errno = made;
	return sys_fail(err, "make the folder", path);
}

int aisp_fs_mkdirs(const char *path, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf z = {0};
	int r = AISP_OK;

	aisp_buf_init(&z, 0);
	aisp_buf_putz(&z, path);
	if (aisp_buf_check(&z, err) < 0)
		return z.bad;
	for (size_t i = 1; r == 0 && i < z.n; i++) {
		if (z.p[i] != '/')
			continue;
		z.p[i] = '\0';
		r = make_dir(z.p, err);
		z.p[i] = '/';
	}
	return r == 0 ? make_dir(path, err) : r;
}
