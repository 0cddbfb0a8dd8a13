/* fs, clock, task, log. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/task.h"
#include "base_test.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/aisp-test-XXXXXX";
static int dir;

static int read_here(const char *name, size_t max, struct aisp_buf *b, struct aisp_err *err)
{
	return aisp_fs_read(dir, name, true, max, b, err);
}

static const char *in_folder(const char *name)
{
	static char path[4][300];
	static unsigned at;
	char *p = path[at++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static unsigned entries(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void test_read(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;

	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_fs_write(in_folder("f"), AISP_S("hello"), 0640, &err), AISP_OK);
	aisp_buf_putz(&b, "> ");
	assert_int_equal(read_here("f", 5, &b, &err), AISP_OK);
	assert_string_equal(b.p, "> hello");
	assert_int_equal(read_here("f", 4, &b, &err), AISP_E_LIMIT);
	assert_has(err.msg, "limit of 4");
	assert_string_equal(b.p, "> hello"); /* untouched */
	assert_int_equal(read_here("none", 5, &b, &err), AISP_E_NOTFOUND);
	assert_int_equal(read_here("f/x", 5, &b, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_fs_write(in_folder("empty"), AISP_S(""), 0600, &err), AISP_OK);
	assert_int_equal(read_here("empty", 0, &b, &err), AISP_OK);
	assert_string_equal(b.p, "> hello");
	/* The buffer's own maximum holds too, and does not stick. */
	struct aisp_buf small;

	aisp_buf_init(&small, 3);
	assert_int_equal(read_here("f", 100, &small, &err), AISP_E_LIMIT);
	assert_int_equal(small.bad, AISP_OK);
	assert_int_equal(small.n, 0);
	aisp_buf_done(&small);
	aisp_buf_init(&small, 5);
	assert_int_equal(read_here("f", 5, &small, &err), AISP_OK); /* exactly full */
	aisp_buf_done(&small);
}

static void test_read_proc(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;

	aisp_buf_init(&b, 0);
	/* fstat says it has no bytes. */
	assert_int_equal(aisp_fs_read(AT_FDCWD, "/proc/self/status", false, 1 << 20, &b, &err), AISP_OK);
	assert_has(b.p, "VmRSS");
	aisp_buf_clear(&b);
	assert_int_equal(aisp_fs_read(AT_FDCWD, "/proc/self/status", false, 20, &b, &err), AISP_E_LIMIT);
	assert_int_equal(b.n, 0);
}

static void test_read_not_files(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	aisp_buf_init(&b, 0);
	snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", folder);
	assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
	assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
	assert_int_equal(mkdir(in_folder("sub"), 0700), 0);
	assert_int_equal(read_here("fifo", 10, &b, &err), AISP_E_ACCESS); /* and does not wait for a writer */
	assert_int_equal(read_here("sub", 10, &b, &err), AISP_E_ACCESS);
	assert_int_equal(read_here("socket", 10, &b, &err), AISP_E_ACCESS);
	assert_has(err.msg, "not a regular file");
	assert_int_equal(aisp_fs_read(AT_FDCWD, "/dev/zero", false, 10, &b, &err), AISP_E_ACCESS);
	assert_int_equal(b.n, 0);
	close(s);
}

static void test_read_links(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;

	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_fs_mkdirs(in_folder("real/deep"), &err), AISP_OK);
	assert_int_equal(aisp_fs_write(in_folder("real/f"), AISP_S("x"), 0600, &err), AISP_OK);
	assert_int_equal(symlink("real", in_folder("dirlink")), 0);
	assert_int_equal(symlink("real/f", in_folder("link")), 0);
	assert_int_equal(symlink("/etc/passwd", in_folder("out")), 0);
	assert_int_equal(read_here("real/f", 10, &b, &err), AISP_OK);
	assert_int_equal(read_here("real/deep/../f", 10, &b, &err), AISP_OK);
	assert_int_equal(read_here("link", 10, &b, &err), AISP_E_ACCESS);
	assert_has(err.msg, "symbolic link");
	assert_int_equal(read_here("dirlink/f", 10, &b, &err), AISP_E_ACCESS); /* not only the last component */
	assert_int_equal(read_here("out", 1 << 20, &b, &err), AISP_E_ACCESS);
	assert_int_equal(read_here("../etc/passwd", 1 << 20, &b, &err), AISP_E_ACCESS);
	assert_int_equal(aisp_fs_read(AT_FDCWD, in_folder("link"), true, 10, &b, &err), AISP_E_ACCESS);
	assert_int_equal(aisp_fs_read(AT_FDCWD, in_folder("link"), false, 10, &b, &err), AISP_OK);
	assert_text(aisp_buf_slice(&b), "xxx");
}

static void test_write(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;
	struct stat st;

	aisp_buf_init(&b, 0);
	umask(077);
	assert_int_equal(aisp_fs_write(in_folder("w"), AISP_S("one"), 0644, &err), AISP_OK);
	stat(in_folder("w"), &st);
	assert_int_equal(st.st_mode & 0777, 0644);
	unsigned before = entries();

	assert_int_equal(aisp_fs_write(in_folder("w"), AISP_S("two!"), 0600, &err), AISP_OK);
	assert_int_equal(read_here("w", 10, &b, &err), AISP_OK);
	assert_text(aisp_buf_slice(&b), "two!");
	stat(in_folder("w"), &st);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(aisp_fs_write(in_folder("none/w"), AISP_S("x"), 0600, &err), AISP_E_NOTFOUND);
	assert_true(aisp_fs_write(in_folder("real"), AISP_S("x"), 0600, &err) < 0); /* a folder has the name */
	assert_int_equal(entries(), before); /* no temporary file stays */
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(aisp_fs_write("w", AISP_S("three"), 0600, &err), AISP_OK);
	aisp_buf_clear(&b);
	assert_int_equal(aisp_fs_read(AT_FDCWD, "w", true, 10, &b, &err), AISP_OK);
	assert_text(aisp_buf_slice(&b), "three");
}

static void test_write_fails(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;
	unsigned n, before;

	aisp_buf_init(&b, 0);
	assert_int_equal(aisp_fs_write(in_folder("keep"), AISP_S("old"), 0600, &err), AISP_OK);
	before = entries();
	for (n = 1;; n++) {
		aisp_fault_set(n, false);
		int r = aisp_fs_write(in_folder("keep"), AISP_S("new"), 0600, &err);
		bool hit = aisp_fault_count() >= n;

		aisp_fault_set(0, false);
		aisp_buf_clear(&b);
		assert_int_equal(read_here("keep", 10, &b, &err), AISP_OK);
		assert_true(aisp_slice_eqz(aisp_buf_slice(&b), "old") || aisp_slice_eqz(aisp_buf_slice(&b), "new"));
		assert_int_equal(entries(), before);
		if (!hit) {
			assert_int_equal(r, AISP_OK);
			break;
		}
		assert_true(r < 0);
	}
	assert_true(n > 6); /* folder, file, write, mode, sync, rename, sync */
}

static void test_mkdirs(void **state)
{
	(void)state;
	struct aisp_err err;
	struct stat st;

	assert_int_equal(aisp_fs_mkdirs(in_folder("m/a//b/c/"), &err), AISP_OK);
	assert_int_equal(aisp_fs_mkdirs(in_folder("m/a/b/c"), &err), AISP_OK); /* again */
	stat(in_folder("m/a/b"), &st);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0700);
	aisp_fs_write(in_folder("m/file"), AISP_S("x"), 0600, &err);
	assert_int_equal(aisp_fs_mkdirs(in_folder("m/file"), &err), AISP_E_CONFLICT);
	assert_true(aisp_fs_mkdirs(in_folder("m/file/x"), &err) < 0);
	assert_int_equal(aisp_fs_mkdirs("/", &err), AISP_OK);
	assert_int_equal(aisp_fs_mkdirs("/tmp", &err), AISP_OK);
}

static void *drain(void *arg)
{
	static char bytes[1 << 16];
	int fd = *(int *)arg;
	size_t *total = calloc(1, sizeof *total);

	for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
		*total += (size_t)n;
	return total;
}

static void test_put(void **state)
{
	(void)state;
	int fd[2];
	void *total;
	pthread_t reader;
	struct aisp_err err;
	char *big = calloc(1, 3000000);

	/* A pipe that is full most of the time, and does not block. */
	assert_int_equal(pipe2(fd, 0), 0);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	pthread_create(&reader, NULL, drain, &fd[0]);
	assert_int_equal(aisp_fs_put(fd[1], aisp_slice_of(big, 3000000), &err), AISP_OK);
	close(fd[1]);
	pthread_join(reader, &total);
	assert_int_equal(*(size_t *)total, 3000000);
	close(fd[0]);
	assert_int_equal(aisp_fs_put(-1, AISP_S("x"), &err), AISP_E_IO);
	free(total);
	free(big);
}

static void test_clock(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t s;
		const char *iso;
	} good[] = {
		{"1970-01-01", 0, "1970-01-01T00:00:00Z"},
		{"2026-11-23T00:33:12Z", 1795393992, "2026-11-23T00:33:12Z"},
		{"2000-02-29T23:59Z", 951868740, "2000-02-29T23:59:00Z"},
		{"1969-12-31T23:59:59Z", -1, "1969-12-31T23:59:59Z"},
		{"0000-01-01", -62167219200, "0000-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59Z", 253402300799, "9999-12-31T23:59:59Z"},
	};
	static const char *const bad[] = {
		"",           "2026",       "2026-13-01",       "2026-00-01",          "2026-02-29",
		"1900-02-29", "2026-1-1",   "2026-01-01T",      "2026-01-01T10:00",    "2026-01-01T24:00Z",
		"2026-01-01x", "2026-01-32", "2026-01-01T10:60Z", "2026-01-01T10:00:60Z", "2026-01-01T10:00:00Zx",
		"+026-01-01", "2026-01-01T10:00:00+01:00",
	};
	char iso[AISP_ISO_LEN + 1];
	int64_t us = 5;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(aisp_clock_parse(good[i].text, &us), 0);
		assert_true(us == good[i].s * 1000000);
		aisp_clock_iso(us, iso);
		assert_string_equal(iso, good[i].iso);
	}
	us = 5;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (aisp_clock_parse(bad[i], &us) >= 0)
			fail_msg("\"%s\" is no time", bad[i]);
	assert_int_equal(us, 5);
	aisp_clock_iso(-1, iso); /* rounds down, not to zero */
	assert_string_equal(iso, "1969-12-31T23:59:59Z");
	aisp_clock_iso(INT64_MAX, iso);
	assert_string_equal(iso, "9999-12-31T23:59:59Z");
	aisp_clock_iso(INT64_MIN, iso);
	assert_string_equal(iso, "0000-01-01T00:00:00Z");
}

static void test_clock_fixed(void **state)
{
	(void)state;
	int64_t real = aisp_clock_now_us();
	uint64_t mono = aisp_clock_mono_ns();

	setenv("AISP_NOW", "1234567", 1);
	assert_int_equal(aisp_clock_now_us(), 1234567);
	setenv("AISP_NOW", "soon", 1);
	assert_true(aisp_clock_now_us() >= real);
	unsetenv("AISP_NOW");
	assert_true(aisp_clock_now_us() > 1700000000000000);
	assert_true(aisp_clock_mono_ns() >= mono);
}

struct job {
	unsigned char seen[1000];
	size_t fail_at, fail_too;
	bool wrong_worker;
};

static int one(void *ctx, size_t i, unsigned worker)
{
	struct job *job = ctx;

	__atomic_add_fetch(&job->seen[i], 1, __ATOMIC_RELAXED);
	if (worker >= aisp_task_workers())
		__atomic_store_n(&job->wrong_worker, true, __ATOMIC_RELAXED);
	if (i == job->fail_at) {
		usleep(2000); /* later than the other */
		return AISP_E_PARSE;
	}
	return i == job->fail_too ? AISP_E_IO : 0;
}

static void test_task(void **state)
{
	(void)state;
	static const char *const jobs[] = {"1", "2", "7", "1000", "0", "x"};
	struct aisp_err err;

	for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++) {
		struct job job = {.fail_at = SIZE_MAX, .fail_too = SIZE_MAX};

		setenv("AISP_JOBS", jobs[j], 1);
		assert_true(aisp_task_workers() >= 1 && aisp_task_workers() <= 64);
		assert_int_equal(aisp_task_each(1000, one, &job, &err), AISP_OK);
		for (size_t i = 0; i < 1000; i++)
			assert_int_equal(job.seen[i], 1);
		assert_false(job.wrong_worker);
		assert_int_equal(aisp_task_each(0, one, &job, &err), AISP_OK);

		for (int round = 0; round < 20; round++) { /* the lowest failure, whoever is first */
			job = (struct job){.fail_at = 100, .fail_too = 101};
			assert_int_equal(aisp_task_each(1000, one, &job, &err), AISP_E_PARSE);
			assert_has(err.msg, "task 100 of 1000");
		}
		assert_int_equal(job.seen[100], 1);
		assert_int_equal(job.seen[999], 0); /* the rest was stopped */
	}
	unsetenv("AISP_JOBS");
}

/* What f writes to stderr. */
static void with_stderr(void (*f)(void), char *ret_text, size_t room)
{
	int fd[2], saved = dup(STDERR_FILENO);

	assert_int_equal(pipe(fd), 0);
	dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
	f();
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = read(fd[0], ret_text, room - 1);

	ret_text[n > 0 ? n : 0] = '\0';
	close(fd[0]);
}

static void log_things(void)
{
	aisp_log_setup(AISP_LOG_WARN, false);
	aisp_log(AISP_LOG_INFO, "not shown");
	aisp_log(AISP_LOG_WARN, "name %s", "a\033[2Jb\nc");
	aisp_log_setup(AISP_LOG_INFO, true);
	aisp_log(AISP_LOG_ERROR, "red");
}

static void progress_things(void)
{
	struct aisp_progress p;

	aisp_progress_step(NULL, 1, 2);
	aisp_progress_start(&p, false, "x");
	aisp_progress_step(&p, 1, 2);
	aisp_progress_end(&p);
	aisp_progress_start(&p, true, "reading");
	aisp_progress_step(&p, 1, 20);
	aisp_progress_step(&p, 2, 20); /* too soon */
	aisp_progress_end(&p);
}

static void test_log(void **state)
{
	(void)state;
	char text[500];

	with_stderr(log_things, text, sizeof text);
	assert_string_equal(text, "aisp: warning: name a\\x1B[2Jb\\x0Ac\naisp: \033[1;31merror: \033[0mred\n");
	with_stderr(progress_things, text, sizeof text);
	assert_string_equal(text, "\r\033[Kreading 1 of 20\r\033[K");
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	return dir < 0 ? -1 : 0;
}

static int drop_folder(void **state)
{
	char command[100];

	(void)state;
	close(dir);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),       cmocka_unit_test(test_read_proc),
		cmocka_unit_test(test_read_not_files), cmocka_unit_test(test_read_links),
		cmocka_unit_test(test_write),      cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_mkdirs),     cmocka_unit_test(test_put),
		cmocka_unit_test(test_clock),      cmocka_unit_test(test_clock_fixed),
		cmocka_unit_test(test_task),       cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
