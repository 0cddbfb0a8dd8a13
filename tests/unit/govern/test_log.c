/* The log of decisions: what was written is there after every kind of end, and no change of it goes unseen. */
#include "base/buf.h"
#include "base/fs.h"
#include "govern/log.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96], key[112], other[96];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/aisp-govlog-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/log", folder);
	snprintf(key, sizeof key, "%s/log.key", folder);
	snprintf(other, sizeof other, "%s/changed", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char command[96]; /* a kill may leave a file that was being written */
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static struct aisp_govlog *opened(bool write)
{
	struct aisp_govlog *l = NULL;
	struct aisp_err err = {0};
	if (aisp_govlog_open(path, write, &l, &err) < 0)
		fail_msg("%s", err.msg);
	return l;
}

static void add(struct aisp_govlog *l, unsigned i)
{
	char data[64];
	uint64_t n;
	const int len = snprintf(data, sizeof data, "{\"finding\":\"f%u\",\"why\":\"tested \\u00e9\"}", i);
	assert_int_equal(aisp_govlog_add(l, AISP_S("ada <a@example.com>"), AISP_S("decide"), aisp_slice_of(data, (size_t)len), &n, NULL), 0);
}

static void write_some(unsigned n)
{
	struct aisp_govlog *l = opened(true);
	for (unsigned i = 0; i < n; i++)
		add(l, i);
	aisp_govlog_close(l);
}

static struct aisp_govlog_report checked(const char *file)
{
	struct aisp_govlog_report r;
	struct aisp_err err = {0};
	if (aisp_govlog_verify(file, NULL, &r, &err) < 0)
		fail_msg("%s", err.msg);
	return r;
}

static int count_decisions(void *ctx, const struct aisp_govlog_entry *e)
{
	unsigned *n = ctx;
	char expected[32];
	if (!aisp_slice_eqz(e->kind, "decide"))
		return 0;
	snprintf(expected, sizeof expected, "f%u", *n);
	assert_true(aisp_slice_eqz(aisp_doc_getstr(e->data, "finding"), expected));
	assert_true(e->at_us > 0);
	(*n)++;
	return 0;
}

static void test_entries_come_back_in_order(void **state)
{
	(void)state;
	unsigned n = 0;
	write_some(300);
	write_some(0); /* opened again: nothing is added */
	struct aisp_govlog *l = opened(false);
	assert_int_equal(aisp_govlog_each(l, count_decisions, &n, NULL), 0);
	aisp_govlog_close(l);
	assert_int_equal(n, 300);
	const struct aisp_govlog_report r = checked(path);
	assert_int_equal(r.wrong, 0);
	assert_int_equal(r.checkpoints, 2); /* after 256, and at the end */
	assert_int_equal(r.last_signed, r.entries);
	assert_int_equal(r.entries, 300 + 1 + 2);
}

static void test_one_writer_at_a_time(void **state)
{
	(void)state;
	struct aisp_govlog *l = opened(true), *second = NULL;
	assert_int_equal(aisp_govlog_open(path, true, &second, NULL), AISP_E_CONFLICT);
	aisp_govlog_close(l);
}

static void test_every_changed_bit_is_found(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf text = {0};
	write_some(12);
	assert_int_equal(aisp_fs_read(AT_FDCWD, path, true, 1 << 20, &text, NULL), 0);
	for (size_t bit = 0; bit < text.n * 8; bit++) {
		text.p[bit / 8] = (char)(text.p[bit / 8] ^ 1 << bit % 8);
		FILE *f = fopen(other, "w");
		assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
		fclose(f);
		text.p[bit / 8] = (char)(text.p[bit / 8] ^ 1 << bit % 8);
		if (!checked(other).wrong)
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
	}
}

/* Changed bits anywhere in a long log. */
static void test_a_bit_among_hundreds_of_entries(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_govlog *l = opened(true);
	uint64_t seed = 7;
	for (unsigned i = 0; i < 600; i++)
		add(l, i);
	aisp_govlog_close(l);
	assert_int_equal(aisp_fs_read(AT_FDCWD, path, true, 1 << 28, &text, NULL), 0);
	const int fd = open(path, O_RDWR);
	for (int i = 0; i < 100; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		const size_t bit = (size_t)(seed >> 16) % (text.n * 8);
		char c = (char)(text.p[bit / 8] ^ 1 << bit % 8);
		assert_int_equal(pwrite(fd, &c, 1, (off_t)(bit / 8)), 1);
		const struct aisp_govlog_report r = checked(path);
		assert_true(r.wrong > 0);
		assert_int_equal(pwrite(fd, text.p + bit / 8, 1, (off_t)(bit / 8)), 1);
	}
	close(fd);
	assert_int_equal(checked(path).wrong, 0);
}

/* Lines taken out, swapped, or said twice. */
static void test_removal_and_reordering_are_found(void **state)
{
	(void)state;
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_slice lines[16], rest, line;
	size_t n = 0;
	write_some(6);
	assert_int_equal(aisp_fs_read(AT_FDCWD, path, true, 1 << 20, &text, NULL), 0);
	for (rest = aisp_buf_slice(&text); aisp_slice_split(&rest, '\n', &line) && line.n && n < 16;)
		lines[n++] = line;
	assert_int_equal(n, 8);
	for (size_t i = 0; i + 1 < n; i++)
		for (int what = 0; what < 3; what++) { /* gone, swapped with the next, doubled */
			FILE *f = fopen(other, "w");
			for (size_t k = 0; k < n; k++) {
				const size_t at = what == 1 && k == i ? i + 1 : what == 1 && k == i + 1 ? i : k;
				for (int twice = 0; twice < (what == 2 && k == i ? 2 : what == 0 && k == i ? 0 : 1); twice++)
					fprintf(f, "%.*s\n", AISP_FMT(lines[at]));
			}
			fclose(f);
			assert_int_equal(checked(other).wrong, i + 1 + (what == 2));
		}
}

static void test_a_torn_line_is_cut_and_told(void **state)
{
	(void)state;
	write_some(3);
	FILE *f = fopen(path, "a");
	fputs("{\"n\":6,\"at\":", f);
	fclose(f);
	assert_int_equal(checked(path).wrong, 6);
	write_some(1);
	const struct aisp_govlog_report r = checked(path);
	assert_int_equal(r.wrong, 0);
	assert_int_equal(r.entries, 1 + 3 + 1 + 1 + 1 + 1); /* begin, 3, checkpoint, torn, 1, checkpoint */
}

static void test_a_changed_log_takes_no_more_entries(void **state)
{
	(void)state;
	struct aisp_govlog *l = NULL;
	write_some(3);
	const int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "X", 1, 200), 1);
	close(fd);
	assert_int_equal(aisp_govlog_open(path, true, &l, NULL), AISP_E_CONFLICT);
}

static void test_another_key_is_refused(void **state)
{
	(void)state;
	struct aisp_govlog *l = NULL;
	struct aisp_govlog_report r;
	unsigned char not_it[32] = {1};
	write_some(3);
	assert_int_equal(aisp_govlog_verify(path, not_it, &r, NULL), 0);
	assert_int_equal(r.wrong, 1);
	unlink(key);
	assert_true(aisp_govlog_open(path, true, &l, NULL) < 0);
}

/* What was acknowledged (a byte through the pipe after each entry) is there after a kill. */
static void test_kills_lose_nothing_acknowledged(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		int ends[2];
		char bytes[4096];
		assert_int_equal(pipe(ends), 0);
		const pid_t child = fork();
		if (child == 0) {
			struct aisp_govlog *l = NULL;
			if (aisp_govlog_open(path, true, &l, NULL) < 0)
				_exit(1);
			for (;;)
				if (aisp_govlog_add(l, AISP_S("x"), AISP_S("kill"), AISP_S("{}"), NULL, NULL) < 0 || write(ends[1], "x", 1) != 1)
					_exit(1);
		}
		close(ends[1]);
		uint64_t before = round ? checked(path).entries : 0, acknowledged = 0;
		usleep((useconds_t)(2000 + 1500 * round));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;)
			acknowledged += (uint64_t)n;
		close(ends[0]);
		write_some(0); /* cuts a torn line */
		const struct aisp_govlog_report r = checked(path);
		assert_int_equal(r.wrong, 0);
		assert_true(r.entries >= before || round == 0);
		assert_true(r.entries >= acknowledged);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_entries_come_back_in_order), T(test_one_writer_at_a_time), T(test_every_changed_bit_is_found), T(test_a_bit_among_hundreds_of_entries),
		T(test_removal_and_reordering_are_found), T(test_a_torn_line_is_cut_and_told), T(test_a_changed_log_takes_no_more_entries), T(test_another_key_is_refused),
		T(test_kills_lose_nothing_acknowledged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
