/* A log of 100,000 entries, as aisp writes them: no single changed bit goes unseen. Whole checks of changed files for some hundred bits; for many more the check of the one line that the bit is in,
 * which is all that the whole check does with it (govern/log_int.h). AISP_AUDIT_EXHAUSTIVE=1 tries every bit of the whole log.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "govern/log_int.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENTRIES = 100000, WHOLE_CHECKS = 300, RANDOM_BITS = 2000000, EVERY = 97 };
static char folder[64], path[96];
static struct aisp_buf text;

struct line {
	size_t at, n; /* without its end */
	struct aisp_govlog__state before;
	bool checkpoint;
};
static struct line *lines;
static size_t n_lines;

static int setup(void **state)
{
	(void)state;
	struct stat st;
	char data[160];
	struct aisp_govlog *l = NULL;
	/* Each entry waits for the disk: in memory that takes no time. */
	snprintf(folder, sizeof folder, "%s/aisp-audit-XXXXXX", stat("/dev/shm", &st) == 0 && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/log", folder);
	if (aisp_govlog_open(path, true, &l, NULL) < 0)
		return -1;
	for (unsigned i = 0; i < ENTRIES; i++) {
		const int n = snprintf(data, sizeof data, "{\"action\":\"accept\",\"fingerprint\":\"%08x%08x\",\"reason\":\"gr\xc3\xbc\xc3\x9f \\u00e9 %u\",\"until\":\"2027-01-31\"}", i * 2654435761u, i, i);
		if (aisp_govlog_add(l, AISP_S("ada@example.com"), AISP_S("decide"), aisp_slice_of(data, (size_t)n), NULL, NULL) < 0)
			return -1;
	}
	aisp_govlog_close(l);
	aisp_buf_init(&text, (size_t)1 << 30);
	return aisp_fs_read(AT_FDCWD, path, true, (size_t)1 << 30, &text, NULL);
}

static int teardown(void **state)
{
	(void)state;
	char key[112];
	snprintf(key, sizeof key, "%s.key", path);
	aisp_buf_done(&text);
	aisp_mem_free(lines);
	unlink(path);
	unlink(key);
	return rmdir(folder);
}

static struct aisp_govlog_report checked(void)
{
	struct aisp_govlog_report r;
	struct aisp_err err = {0};
	if (aisp_govlog_verify(path, NULL, &r, &err) < 0)
		fail_msg("%s", err.msg);
	return r;
}

/* The state before each line; the same fold as the whole check, which must agree. */
static void test_the_whole_check_is_the_check_of_its_lines(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_govlog__state st;
	struct aisp_slice rest = aisp_buf_slice(&text), line;
	uint64_t checkpoints = 0;
	lines = aisp_mem_zalloc(ENTRIES + 1000, sizeof *lines);
	assert_non_null(lines);
	aisp_govlog__begin(&st);
	while (aisp_slice_split(&rest, '\n', &line) && line.n) {
		struct aisp_govlog__entry e = {0};
		assert_true(n_lines < ENTRIES + 1000);
		struct line *l = &lines[n_lines++];
		l->at = (size_t)(line.p - text.p);
		l->n = line.n;
		l->before = st;
		aisp_arena_reset(a);
		assert_null(aisp_govlog__line(a, line, false, NULL, &st, &e));
		l->checkpoint = aisp_slice_eqz(e.kind, "checkpoint");
		checkpoints += l->checkpoint;
	}
	aisp_arena_free(a);
	const uint64_t from = aisp_clock_mono_ns();
	const struct aisp_govlog_report r = checked();
	print_message("%llu entries, %zu bytes, checked whole in %.3f s\n", (unsigned long long)r.entries, text.n, (double)(aisp_clock_mono_ns() - from) / 1e9);
	assert_int_equal(r.wrong, 0);
	assert_int_equal(r.entries, n_lines);
	assert_int_equal(r.checkpoints, checkpoints);
	assert_true(checkpoints >= ENTRIES / 256);
	assert_true(lines[n_lines - 1].checkpoint);
	assert_int_equal(lines[n_lines - 1].at + lines[n_lines - 1].n + 1, text.n);
}

/* Is this bit, changed, seen by the check of the line it is in? The bit may end the line earlier, or take its end away. */
static bool seen(struct aisp_arena *a, const struct line *l, size_t at, unsigned bit)
{
	const size_t last = l->at + l->n; /* its '\n' */
	struct aisp_govlog__state st = l->before;
	struct aisp_govlog__entry e = {0};
	size_t n = l->n;
	bool torn = false;
	const char good = text.p[at];
	text.p[at] = (char)(good ^ 1 << bit);
	if (at == last) {
		const size_t rest = text.n - last - 1;
		const char *end = rest ? memchr(text.p + last + 1, '\n', rest) : NULL;
		n = end ? (size_t)(end - text.p) - l->at : text.n - l->at;
		torn = !end;
	} else if (text.p[at] == '\n') {
		n = at - l->at;
	}
	aisp_arena_reset(a);
	const bool wrong = aisp_govlog__line(a, aisp_slice_of(text.p + l->at, n), torn, NULL, &st, &e) != NULL;
	text.p[at] = good;
	return wrong;
}

static void every_bit_of(struct aisp_arena *a, const struct line *l)
{
	for (size_t at = l->at; at <= l->at + l->n; at++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (!seen(a, l, at, bit))
				fail_msg("bit %u of byte %zu", bit, at);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 20;
}

static const struct line *line_of(size_t at)
{
	size_t lo = 0, hi = n_lines;
	while (hi - lo > 1) {
		const size_t mid = lo + (hi - lo) / 2;
		if (lines[mid].at <= at)
			lo = mid;
		else
			hi = mid;
	}
	return &lines[lo];
}

/* All bits of the first, the last, all checkpoints with their neighbours, and every 97th entry; and two million anywhere. */
static void test_single_bits_by_line(void **state)
{
	(void)state;
	struct aisp_arena *a = aisp_arena_new(0);
	const bool all = getenv("AISP_AUDIT_EXHAUSTIVE") != NULL;
	uint64_t seed = 11, tried = 0;
	for (size_t i = 0; i < n_lines; i++) {
		const bool near = lines[i].checkpoint || (i && lines[i - 1].checkpoint) || (i + 1 < n_lines && lines[i + 1].checkpoint);
		if (!all && !near && i > 2 && i + 3 < n_lines && i % EVERY)
			continue;
		every_bit_of(a, &lines[i]);
		tried += (lines[i].n + 1) * 8;
	}
	for (unsigned i = 0; !all && i < RANDOM_BITS; i++, tried++) {
		const size_t bit = (size_t)(next(&seed) % (text.n * 8));
		if (!seen(a, line_of(bit / 8), bit / 8, bit % 8))
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
	}
	print_message("%llu of %zu bits tried by line\n", (unsigned long long)tried, text.n * 8);
	aisp_arena_free(a);
}

/* The same answer from the file itself, and the line that is named is the one. */
static void test_single_bits_by_the_whole_file(void **state)
{
	(void)state;
	uint64_t seed = 23;
	const int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < WHOLE_CHECKS; i++) {
		/* Most in the first tenth, which the check comes to soon; the rest anywhere. */
		const size_t part = i % 6 ? text.n / 10 : text.n, bit = (size_t)(next(&seed) % (part * 8));
		const char c = (char)(text.p[bit / 8] ^ 1 << bit % 8);
		assert_int_equal(pwrite(fd, &c, 1, (off_t)(bit / 8)), 1);
		const struct aisp_govlog_report r = checked();
		assert_int_equal(r.wrong, (size_t)(line_of(bit / 8) - lines) + 1);
		assert_int_equal(pwrite(fd, text.p + bit / 8, 1, (off_t)(bit / 8)), 1);
	}
	close(fd);
	assert_int_equal(checked().wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_check_is_the_check_of_its_lines),
		cmocka_unit_test(test_single_bits_by_line),
		cmocka_unit_test(test_single_bits_by_the_whole_file),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
