/* A worker's child that dies, hangs, or tries what it must not: it costs its one item, and nothing leaves the sandbox. */
#include "base/task.h"
#include "collect/worker/sandbox.h"
#include "collect/worker/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
enum { CONFINED = 0 };
#else
enum { CONFINED = 1 };
#endif

enum { ITEMS = 40 };
struct job {
	int bad; /* index of the item that is bad */
	void (*harm)(void);
	struct aisp_watch *watch;
	char marks[ITEMS + 1];
};

static int one(void *ctx, size_t i, unsigned worker)
{
	struct job *job = ctx;
	char name[16];
	enum aisp_code why;
	const char *detail;
	struct aisp_slice item = aisp_slice_of(name, (size_t)snprintf(name, sizeof name, "item-%zu", i));

	if (aisp_watch_skip(job->watch, item, &why, &detail)) {
		job->marks[i] = why == AISP_E_TIMEOUT ? 'T' : 'x';
		return 0;
	}
	aisp_watch_begin(job->watch, worker, item);
	usleep(1000);
	if ((int)i == job->bad)
		job->harm();
	job->marks[i] = '.';
	aisp_watch_end(job->watch, worker);
	return 0;
}

static int run(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	struct job *job = ctx;

	job->watch = watch;
	int r = aisp_task_each(ITEMS, one, job, err);
	aisp_buf_put(out, aisp_slice_of(job->marks, ITEMS));
	return r;
}

static void segfault(void)
{
	volatile int *p = NULL;
	raise(SIGSEGV);
	*p = 1;
}

static void killed(void)
{
	/* The filter lets nobody send signals: here the parent's side of the story is played by a limit. */
	_exit(9);
}

static void hang(void)
{
	for (;;)
		pause();
}

static void overflow_at(volatile char *above)
{
	volatile char here[4096];
	here[0] = above ? above[0] : 1;
	if (here[0])
		overflow_at(here);
	here[1] = here[0];
}

static void overflow(void)
{
	overflow_at(NULL);
}

static void program(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void network(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void costs_one_item(void (*harm)(void), char mark)
{
	struct job job = {.bad = 17, .harm = harm};
	struct aisp_slice readable = AISP_S("/tmp");
	struct aisp_worker w = {.run = run, .ctx = &job, .readable = &readable, .n_readable = 1, .item_timeout_s = 1};
	struct aisp_buf out;
	struct aisp_err err = {0};

	aisp_buf_init(&out, 0);
	int r = aisp_worker_run(&w, &out, &err);
	if (r < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(r, 0);
	assert_int_equal(out.n, ITEMS);
	for (size_t i = 0; i < ITEMS; i++)
		assert_int_equal(out.p[i], i == 17 ? mark : '.');
	aisp_buf_done(&out);
}

static void test_crash(void **state)
{
	(void)state;
	costs_one_item(segfault, 'x');
	costs_one_item(abort, 'x');
	costs_one_item(overflow, 'x');
}

static void test_killed(void **state)
{
	(void)state;
	costs_one_item(killed, 'x');
}

static void test_hang(void **state)
{
	(void)state;
	costs_one_item(hang, 'T');
}

static void test_intruder(void **state)
{
	(void)state;
	if (!CONFINED)
		skip();
	costs_one_item(program, 'x');
	costs_one_item(network, 'x');
}

/* What is refused without ending the process. */
static int try_things(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	const char *dir = ctx;
	char path[256];

	(void)watch, (void)err;
	snprintf(path, sizeof path, "%s/readable", dir);
	aisp_buf_putc(out, open(path, O_RDONLY) >= 0 ? 'r' : '-');
	aisp_buf_putc(out, open(path, O_WRONLY) >= 0 ? 'w' : '-');
	snprintf(path, sizeof path, "%s/new", dir);
	aisp_buf_putc(out, open(path, O_WRONLY | O_CREAT, 0600) >= 0 ? 'c' : '-');
	aisp_buf_putc(out, mkdir(path, 0700) == 0 ? 'd' : '-');
	aisp_buf_putc(out, truncate(path, 0) == 0 ? 't' : '-');
	aisp_buf_putc(out, open("/etc/passwd", O_RDONLY) >= 0 ? 'p' : '-');
	aisp_buf_putc(out, chmod(dir, 0777) == 0 ? 'm' : '-');
	return 0;
}

static void test_sandbox(void **state)
{
	char dir[] = "/tmp/aisp-sandbox-XXXXXX", path[256];
	struct aisp_buf out;
	struct aisp_err err = {0};

	(void)state;
	if (!CONFINED)
		skip();
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/readable", dir);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	struct aisp_slice readable = aisp_slice_z(dir);
	struct aisp_worker w = {.run = try_things, .ctx = dir, .readable = &readable, .n_readable = 1};
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_worker_run(&w, &out, &err), 0);
	assert_int_equal(out.n, 7);
	/* Without Landlock other files stay readable; nothing can be written either way. */
	if (strstr(aisp_sandbox_kinds(), "landlock"))
		assert_memory_equal(out.p, "r------", 7);
	else
		assert_memory_equal(out.p, "r----p-", 7);
	aisp_buf_clear(&out);
	w.unconfined = true;
	assert_int_equal(aisp_worker_run(&w, &out, &err), 0);
	assert_memory_equal(out.p, "rwc-tpm", 7);
	aisp_buf_done(&out);
	snprintf(path, sizeof path, "%s/new", dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/readable", dir);
	unlink(path);
	rmdir(dir);
}

static int fails(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	(void)ctx, (void)watch, (void)out;
	return aisp_fail(err, AISP_E_NOTFOUND, "no such thing as %s", "this");
}

static int dies_outside(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err)
{
	(void)ctx, (void)watch, (void)out, (void)err;
	abort();
}

static void test_failures(void **state)
{
	struct aisp_worker w = {.run = fails};
	struct aisp_buf out;
	struct aisp_err err = {0};

	(void)state;
	aisp_buf_init(&out, 0);
	assert_int_equal(aisp_worker_run(&w, &out, &err), AISP_E_NOTFOUND);
	assert_string_equal(err.msg, "no such thing as this");
	w.run = dies_outside;
	assert_int_equal(aisp_worker_run(&w, &out, &err), AISP_E_LIMIT);
	struct job job = {.bad = 17, .harm = segfault};
	w = (struct aisp_worker){.run = run, .ctx = &job, .restarts = 1};
	assert_int_equal(aisp_worker_run(&w, &out, &err), AISP_E_LIMIT);
	assert_non_null(strstr(err.msg, "item-17"));
	assert_int_equal(out.n, 0);
	aisp_buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crash),    cmocka_unit_test(test_killed),  cmocka_unit_test(test_hang),
		cmocka_unit_test(test_intruder), cmocka_unit_test(test_sandbox), cmocka_unit_test(test_failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
