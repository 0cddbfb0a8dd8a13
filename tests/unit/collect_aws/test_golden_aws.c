/* Golden files of AWS documents that lie in a folder: tests/golden/aws/CASE/in is scanned, and the graph compared with CASE/expected.txt.
 * AISP_GOLDEN=update writes what is found now. Secrets are written as "s3cr3t…" and must not be in the dump.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dump.h"

#include "base/fs.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef GOLDEN_DIR
#define GOLDEN_DIR "tests/golden"
#endif

static void check_case(const char *group, const char *name)
{
	char in[512], expected[512];
	AISP_AUTOBUF struct aisp_buf got, want;
	struct aisp_err err = {0};
	const char *flag = getenv("AISP_GOLDEN");

	aisp_buf_init(&got, 0);
	aisp_buf_init(&want, 0);
	snprintf(in, sizeof in, GOLDEN_DIR "/%s/%s/in", group, name);
	snprintf(expected, sizeof expected, GOLDEN_DIR "/%s/%s/expected.txt", group, name);
	if (dump_folder(in, name, &got, &err) < 0)
		fail_msg("%s: %s", in, err.msg);
	if (aisp_slice_find(aisp_buf_slice(&got), AISP_S("s3cr3t")) != SIZE_MAX)
		fail_msg("%s: a secret stands in clear in the graph", in);
	if (flag && strcmp(flag, "update") == 0) {
		if (aisp_fs_write(expected, aisp_buf_slice(&got), 0644, &err) < 0)
			fail_msg("%s", err.msg);
		return;
	}
	if (aisp_fs_read(AT_FDCWD, expected, false, 16 << 20, &want, &err) < 0)
		fail_msg("%s (AISP_GOLDEN=update makes it)", err.msg);
	if (!aisp_slice_eq(aisp_buf_slice(&got), aisp_buf_slice(&want))) {
		char other[] = "/tmp/aisp-golden-XXXXXX";
		int fd = mkstemp(other);
		aisp_fs_put(fd, aisp_buf_slice(&got), NULL);
		close(fd);
		fail_msg("diff %s %s (AISP_GOLDEN=update accepts it)", expected, other);
	}
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void test_group(void **state)
{
	const char *group = *state;
	char path[512];
	struct dirent **names;

	snprintf(path, sizeof path, GOLDEN_DIR "/%s", group);
	int n = scandir(path, &names, visible, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		check_case(group, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

int main(void)
{
	static char aws[] = "aws";
	const struct CMUnitTest tests[] = {
		{"aws", test_group, NULL, NULL, aws},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
