/* See worker.h. */
#include "collect/worker/worker.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collect/worker/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 64, ITEM_MAX = 4096, SKIPS_MAX = 256, TICK_MS = 100, OUT_FD = 3, BLAMELESS_MAX = 2 };

struct slot {
	_Atomic uint64_t begun_ns; /* 0: at nothing */
	uint32_t n;
	char item[ITEM_MAX];
};
struct skip {
	enum aisp_code why;
	const char *detail;
	uint32_t n;
	char item[ITEM_MAX];
};
/* Shared with the child; the parent alone writes skips, before the fork. */
struct aisp_watch {
	struct slot slots[THREADS];
	_Atomic int crashed; /* slot + 1 of the thread that crashed */
	uint32_t n_skips, blameless;
	struct skip skips[SKIPS_MAX];
};

/* The sanitizer's threads have such stacks of their own, and end badly with others. */
#if defined(__SANITIZE_ADDRESS__)
enum { CRASH_STACK = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { CRASH_STACK = 0 };
#else
enum { CRASH_STACK = 1 };
#endif
#else
enum { CRASH_STACK = 1 };
#endif

static struct aisp_watch *crash_watch; /* of this process, for the signal handler */
static _Thread_local int my_slot = -1;
static _Thread_local bool has_stack;
static _Thread_local char crash_stack[16384];

static void on_crash(int signal)
{
	if (crash_watch && my_slot >= 0)
		atomic_store(&crash_watch->crashed, my_slot + 1);
	_exit(128 + signal);
}

void aisp_watch_begin(struct aisp_watch *w, unsigned worker, struct aisp_slice item)
{
	if (!w || worker >= THREADS)
		return;
	struct slot *s = &w->slots[worker];
	if (!has_stack && CRASH_STACK) { /* a stack that overflowed cannot run the handler */
		const stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack};
		sigaltstack(&stack, NULL);
		has_stack = true;
	}
	my_slot = (int)worker;
	s->n = (uint32_t)(item.n < ITEM_MAX ? item.n : ITEM_MAX);
	memcpy(s->item, item.p, s->n);
	atomic_store(&s->begun_ns, aisp_clock_mono_ns());
}

void aisp_watch_end(struct aisp_watch *w, unsigned worker)
{
	if (!w || worker >= THREADS)
		return;
	atomic_store(&w->slots[worker].begun_ns, 0);
	my_slot = -1;
}

bool aisp_watch_skip(const struct aisp_watch *w, struct aisp_slice item, enum aisp_code *ret_why, const char **ret_detail)
{
	for (uint32_t i = 0; w && i < w->n_skips; i++) {
		const struct skip *s = &w->skips[i];
		if (!aisp_slice_eq(aisp_slice_of(s->item, s->n), aisp_slice_to(item, ITEM_MAX)))
			continue;
		*ret_why = s->why;
		*ret_detail = s->detail;
		return true;
	}
	return false;
}

/* The child. */

struct reply { /* before the bytes */
	int32_t code;
	uint32_t message_n;
	uint64_t n;
};

static bool put_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t done = write(fd, at, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

static void catch_crashes(struct aisp_watch *watch)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGSYS};
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};

	crash_watch = watch;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

/* Nothing of the parent's open files stays but stderr and the pipe; no core dump may hold what was read; when memory runs
 * out this process goes first. */
static void leave_parent(int pipe_fd)
{
	const struct rlimit none = {0, 0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (oom >= 0)
		(void)!write(oom, "1000", 4);
	setrlimit(RLIMIT_CORE, &none);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (pipe_fd != OUT_FD)
		dup2(pipe_fd, OUT_FD);
	close_range(OUT_FD + 1, ~0U, 0);
}

static _Noreturn void child(const struct aisp_worker *w, struct aisp_watch *watch, int pipe_fd, bool careful)
{
	struct aisp_err err = {0};
	AISP_AUTOBUF struct aisp_buf out = {0};

	if (careful) /* one thread: the next death names one item */
		setenv("AISP_JOBS", "1", 1);
	leave_parent(pipe_fd);
	catch_crashes(watch);
	aisp_buf_init(&out, (size_t)4 << 30);
	int r = w->unconfined ? 0 : aisp_sandbox_enter(w->readable, w->n_readable, OUT_FD, &err);
	if (r == 0)
		r = w->run(w->ctx, watch, &out, &err);
	const struct reply reply = {r, r < 0 ? (uint32_t)strnlen(err.msg, sizeof err.msg) : 0, r < 0 ? 0 : out.n};
	bool ok = put_all(OUT_FD, &reply, sizeof reply) && put_all(OUT_FD, err.msg, reply.message_n) && put_all(OUT_FD, out.p, (size_t)reply.n);
	_exit(ok ? 0 : 1);
}

/* The parent. */

static int start(const struct aisp_worker *w, struct aisp_watch *watch, bool careful, pid_t *ret_pid, int *ret_fd, struct aisp_err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return aisp_fail(err, AISP_E_IO, "could not make a pipe for a worker: %s", strerror(errno));
	(void)fcntl(fds[1], F_SETPIPE_SZ, 1 << 20); /* fewer turns for long answers; where it may not be so large it stays as it is */
	pid_t pid = fork();
	if (pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return aisp_fail(err, AISP_E_IO, "could not start a worker process: %s", strerror(errno));
	}
	if (pid == 0)
		child(w, watch, fds[1], careful);
	close(fds[1]);
	*ret_pid = pid;
	*ret_fd = fds[0];
	return 0;
}

static bool too_long(const struct aisp_watch *watch, uint64_t limit_ns, int *ret_slot)
{
	uint64_t now = aisp_clock_mono_ns();

	for (int i = 0; i < THREADS; i++) {
		uint64_t begun = atomic_load(&watch->slots[i].begun_ns);
		if (begun && now > begun && now - begun > limit_ns) {
			*ret_slot = i;
			return true;
		}
	}
	return false;
}

/* Reads until the child closes its end; kills one that hangs. ret_hung: the slot that hung, or -1. */
static int listen_to(pid_t pid, int fd, const struct aisp_watch *watch, uint64_t limit_ns, struct aisp_buf *in, int *ret_hung)
{
	*ret_hung = -1;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = poll(&p, 1, TICK_MS);
		if (ready < 0 && errno != EINTR)
			return AISP_E_IO;
		if (ready <= 0) {
			if (*ret_hung < 0 && too_long(watch, limit_ns, ret_hung))
				kill(pid, SIGKILL);
			continue;
		}
		char *to = aisp_buf_room(in, 1 << 16);
		if (!to) {
			kill(pid, SIGKILL);
			return in->bad;
		}
		ssize_t got = read(fd, to, 1 << 16);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? AISP_E_IO : 0;
		in->n += (size_t)got;
	}
}

static bool add_skip(struct aisp_watch *watch, int slot, enum aisp_code why, const char *detail)
{
	struct skip *s = &watch->skips[watch->n_skips];

	if (slot < 0 || slot >= THREADS || watch->n_skips == SKIPS_MAX || watch->slots[slot].n > ITEM_MAX || watch->slots[slot].n == 0)
		return false;
	s->why = why;
	s->detail = detail;
	s->n = watch->slots[slot].n;
	memcpy(s->item, watch->slots[slot].item, s->n);
	watch->n_skips++;
	return true;
}

/* Finds the item that a dead child was at. False when it cannot be told. ret_careful: several were under way. */
static bool blame(struct aisp_watch *watch, int status, int hung, bool *ret_careful)
{
	int busy = -1, n = 0, crashed = atomic_load(&watch->crashed);

	if (hung >= 0)
		return add_skip(watch, hung, AISP_E_TIMEOUT, "reading it took too long and was stopped");
	if (crashed > 0)
		return add_skip(watch, crashed - 1, AISP_E_LIMIT, "the process that read it crashed on it");
	for (int i = 0; i < THREADS; i++)
		if (atomic_load(&watch->slots[i].begun_ns)) {
			busy = i;
			n++;
		}
	if (n > 1 && !*ret_careful) {
		*ret_careful = true;
		return true;
	}
	/* Between items, by no fault of any: it may be tried again. */
	if (n == 0 && WIFSIGNALED(status) && watch->blameless < BLAMELESS_MAX) {
		watch->blameless++;
		return true;
	}
	return n == 1 && add_skip(watch, busy, AISP_E_LIMIT,
	                          WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "the process that read it was killed (out of memory?)"
	                                                                             : "the process that read it died on it");
}

static void forget(struct aisp_watch *watch)
{
	atomic_store(&watch->crashed, 0);
	for (int i = 0; i < THREADS; i++)
		atomic_store(&watch->slots[i].begun_ns, 0);
}

/* The whole of a child's answer. False when it is not whole: the child died. */
static bool answer(const struct aisp_buf *in, struct aisp_buf *out, int *ret_code, struct aisp_err *err)
{
	struct reply reply;

	if (in->n < sizeof reply)
		return false;
	memcpy(&reply, in->p, sizeof reply);
	if (reply.message_n >= AISP_ERR_MSG_MAX || reply.code > 0 || reply.code < AISP_E_INTERNAL || reply.n > in->n ||
	    in->n - sizeof reply != reply.message_n + reply.n)
		return false;
	*ret_code = reply.code;
	if (reply.code < 0)
		aisp_fail(err, (enum aisp_code)reply.code, "%.*s", (int)reply.message_n, in->p + sizeof reply);
	else
		aisp_buf_put(out, aisp_slice_of(in->p + sizeof reply + reply.message_n, (size_t)reply.n));
	return true;
}

static int run_once(const struct aisp_worker *w, struct aisp_watch *watch, bool *careful, struct aisp_buf *out, bool *ret_done, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf in = {0};
	int fd = -1, hung, status = 0, code = 0;
	pid_t pid = -1;

	aisp_buf_init(&in, (size_t)4 << 30);
	forget(watch);
	int r = start(w, watch, *careful, &pid, &fd, err);
	if (r < 0)
		return r;
	r = listen_to(pid, fd, watch, (uint64_t)(w->item_timeout_s ? w->item_timeout_s : 120) * 1000000000u, &in, &hung);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return aisp_fail(err, (enum aisp_code)r, "could not hear what a worker process says");
	*ret_done = hung < 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && answer(&in, out, &code, err);
	if (*ret_done)
		return code;
	if (!blame(watch, status, hung, careful))
		return aisp_fail(err, AISP_E_LIMIT, "the worker process died (status %d) and it cannot be told on which item", status);
	return 0;
}

int aisp_worker_run(const struct aisp_worker *w, struct aisp_buf *out, struct aisp_err *err)
{
	unsigned left = w->restarts ? w->restarts : 64;
	bool done = false, careful = false;
	struct aisp_watch *watch = aisp_fault_hit() ? MAP_FAILED
	                                            : mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (watch == MAP_FAILED)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a worker");
	while (r == 0 && !done) {
		if (left-- == 0)
			r = aisp_fail(err, AISP_E_LIMIT, "worker processes died on too many items; the last one: %.*s",
			              watch->n_skips ? (int)watch->skips[watch->n_skips - 1].n : 0,
			              watch->n_skips ? watch->skips[watch->n_skips - 1].item : "");
		else
			r = run_once(w, watch, &careful, out, &done, err);
	}
	munmap(watch, sizeof *watch);
	return r < 0 ? r : aisp_buf_check(out, err);
}
