/* See sandbox.h. Landlock: https://docs.kernel.org/userspace-api/landlock.html (numbers of later versions of its interface are
 * written here, so that an old header does not hide what a new kernel offers). */
#include "collect/worker/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FS_READ = 1 << 2 | 1 << 3 }; /* READ_FILE, READ_DIR */
static const uint64_t fs_known[] = {[1] = (1 << 13) - 1, [2] = (1 << 14) - 1, [3] = (1 << 15) - 1, [4] = (1 << 15) - 1, [5] = (1 << 16) - 1};
struct ruleset {
	uint64_t fs, net, scoped;
};

static int landlock_version(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return v < 0 ? 0 : (int)v;
}

static void allow(int ruleset, const char *path, uint64_t fs)
{
	struct stat st;
	struct landlock_path_beneath_attr rule = {.allowed_access = fs, .parent_fd = open(path, O_PATH | O_CLOEXEC)};

	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= 1 << 2;
	/* A rule that is refused leaves the path unreadable: the file becomes a gap, which says so. */
	(void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

static int limit_files(const struct aisp_slice *readable, size_t n)
{
	static const char *const needed[] = {"/sys/devices/system/cpu", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/etc/localtime",
	                                     "/usr/share/zoneinfo", "/dev/null", "/dev/urandom"};
	int version = landlock_version();

	if (version < 1)
		return 0;
	/* Networks from version 4 on, other processes' sockets and signals from 6 on. */
	struct ruleset rules = {.fs = fs_known[version > 5 ? 5 : version], .net = version >= 4 ? 3 : 0, .scoped = version >= 6 ? 3 : 0};
	size_t size = version >= 6 ? sizeof rules : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		allow(fd, needed[i], FS_READ);
	for (size_t i = 0; i < n; i++) {
		char path[4096];
		if (readable[i].n == 0 || readable[i].n >= sizeof path)
			continue;
		memcpy(path, readable[i].p, readable[i].n);
		path[readable[i].n] = '\0';
		allow(fd, path, FS_READ);
	}
	int r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return r;
}

static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(preadv), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(lseek), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(futex),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getdents64),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getcwd),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_getres), SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(uname), SCMP_SYS(dup), SCMP_SYS(fadvise64), SCMP_SYS(membarrier),
	SCMP_SYS(restart_syscall), SCMP_SYS(getrusage), SCMP_SYS(get_mempolicy), SCMP_SYS(fstatfs), SCMP_SYS(statfs), SCMP_SYS(poll),
};
/* Nothing that parses asks for these. */
static const int trapped[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(ptrace), SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat2), SCMP_SYS(io_uring_setup), SCMP_SYS(bpf), SCMP_SYS(kill),
};

/* Allowed with certain arguments only. */
static const struct {
	int call;
	unsigned arg;
	enum scmp_compare op;
	scmp_datum_t a, b;
} narrowed[] = {
	{SCMP_SYS(open), 1, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
	{SCMP_SYS(openat), 2, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
	{SCMP_SYS(write), 0, SCMP_CMP_EQ, STDERR_FILENO, 0},
	{SCMP_SYS(writev), 0, SCMP_CMP_EQ, STDERR_FILENO, 0},
	{SCMP_SYS(clone), 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD},
	{SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_GETFD, 0},
	{SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_SETFD, 0},
	{SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_GETFL, 0},
	{SCMP_SYS(fcntl), 1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0},
	{SCMP_SYS(prlimit64), 2, SCMP_CMP_EQ, 0, 0},
	{SCMP_SYS(ioctl), 1, SCMP_CMP_EQ, TIOCGWINSZ, 0},
	{SCMP_SYS(ioctl), 1, SCMP_CMP_EQ, TCGETS, 0},
};

static int add_rules(scmp_filter_ctx f, int write_fd)
{
	int bad = 0;

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		bad |= seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < sizeof trapped / sizeof *trapped; i++)
		bad |= seccomp_rule_add(f, SCMP_ACT_TRAP, trapped[i], 0);
	for (size_t i = 0; i < sizeof narrowed / sizeof *narrowed; i++) {
		const struct scmp_arg_cmp when = {narrowed[i].arg, narrowed[i].op, narrowed[i].a, narrowed[i].b};
		bad |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW, narrowed[i].call, 1, &when);
	}
	/* Its own pipe, and only threads and signals of its own. */
	const struct scmp_arg_cmp to_pipe = {0, SCMP_CMP_EQ, (scmp_datum_t)write_fd, 0}, to_self = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
	bad |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, &to_pipe);
	bad |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &to_self);
	/* clone3's arguments cannot be looked at; the C library goes back to clone. */
	bad |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return bad;
}

static int limit_calls(int write_fd)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!f)
		return -1;
	r = add_rules(f, write_fd);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

int aisp_sandbox_enter(const struct aisp_slice *readable, size_t n, int write_fd, struct aisp_err *err)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	/* The sanitizers' own reports need more than the filter allows. */
	(void)readable, (void)n, (void)write_fd, (void)err, (void)limit_files, (void)limit_calls;
	return 0;
#else
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || limit_files(readable, n) != 0 || limit_calls(write_fd) != 0)
		return aisp_fail(err, AISP_E_ACCESS, "this system does not let a process confine itself (%s), so untrusted files are not "
		                 "parsed; with --no-sandbox they are parsed without confinement", strerror(errno));
	return 0;
#endif
}

const char *aisp_sandbox_kinds(void)
{
	return landlock_version() >= 1 ? "seccomp, landlock" : "seccomp";
}
