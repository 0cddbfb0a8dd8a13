/* Inputs: the three forms give the same bytes and refuse the same reads; a file that shrinks; a read that fails. */
#include "base/input.h"
#include "base/mem.h"
#include "base_test.h"
#include <unistd.h>

enum { N = 1000 };

static void check_reads(const struct aisp_input *in, const char *want, size_t n)
{
	struct aisp_err err = {0};
	char got[N + 8];
	size_t m;

	assert_int_equal(in->size, n);
	for (size_t at = 0; at <= n + 2; at += 37)
		for (size_t k = 0; k <= 100; k += 33) {
			int r = aisp_input_read(in, at, got, k, &err);
			assert_int_equal(r, at <= n && k <= n - at ? 0 : AISP_E_PARSE);
			if (r == 0)
				assert_memory_equal(got, want + at, k);
			assert_int_equal(aisp_input_read_some(in, at, got, k, &m, &err), 0);
			assert_int_equal(m, at >= n ? 0 : n - at < k ? n - at : k);
			if (m)
				assert_memory_equal(got, want + at, m);
		}
	assert_int_equal(aisp_input_read(in, UINT64_MAX, got, 2, &err), AISP_E_PARSE);
	assert_int_equal(aisp_input_read(in, 1, got, SIZE_MAX, &err), AISP_E_PARSE);
	assert_int_equal(aisp_input_read_some(in, UINT64_MAX, got, 2, &m, &err), 0);
	assert_int_equal(m, 0);
}

static void test_forms(void **state)
{
	char text[N], path[] = "/tmp/aisp-input-XXXXXX", byte;
	int fd = mkstemp(path);
	uint64_t counted = 0;
	struct aisp_err err = {0};

	(void)state;
	for (size_t i = 0; i < N; i++)
		text[i] = (char)(i * 7);
	assert_true(fd >= 0 && write(fd, text, N) == N);
	unlink(path);
	struct aisp_input mem = aisp_input_mem(aisp_slice_of(text, N)), file = aisp_input_fd(fd, 0, N);
	check_reads(&mem, text, N);
	check_reads(&file, text, N);
	const struct aisp_input *forms[] = {&mem, &file};
	for (size_t f = 0; f < 2; f++) {
		struct aisp_input part = aisp_input_part(forms[f], 100, 500), inner = aisp_input_part(&part, 450, 500), none = aisp_input_part(&part, 9999, 1);
		check_reads(&part, text + 100, 500);
		check_reads(&inner, text + 550, 50);
		assert_int_equal(none.size, 0);
		assert_int_equal(aisp_input_read(&none, 0, &byte, 1, &err), AISP_E_PARSE);
		assert_int_equal(aisp_input_read(&none, 0, &byte, 0, &err), 0);
	}
	file.bytes_read = &counted;
	assert_int_equal(aisp_input_read(&file, 5, &byte, 1, &err), 0);
	assert_int_equal(counted, 1);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(aisp_input_read(&file, 5, text, 100, &err), AISP_E_IO);
	assert_has(err.msg, "became shorter");
	aisp_fault_set(1, false);
	assert_int_equal(aisp_input_read(&file, 0, text, 1, &err), AISP_E_IO);
	aisp_fault_set(0, false);
	close(fd);
	assert_int_equal(aisp_input_read(&file, 0, text, 1, &err), AISP_E_IO);
}

static void test_append(void **state)
{
	struct aisp_input in = aisp_input_mem(AISP_S("abcdefgh")), empty = aisp_input_mem((struct aisp_slice){0});
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_err err = {0};

	(void)state;
	aisp_buf_init(&b, 6);
	assert_int_equal(aisp_input_append(&in, 2, 4, &b, &err), 0);
	assert_text(aisp_buf_slice(&b), "cdef");
	assert_int_equal(aisp_input_append(&in, 6, 3, &b, &err), AISP_E_PARSE);
	assert_int_equal(aisp_input_append(&in, 0, 3, &b, &err), AISP_E_LIMIT);
	aisp_buf_clear(&b);
	assert_int_equal(aisp_input_append(&empty, 0, 0, &b, &err), 0);
	assert_int_equal(b.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_append)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
