/* Replays a corpus without libFuzzer: runs the target over every file of the given folders, and over the given files. */
#include "base/buf.h"
#include "base/fs.h"
#include "fuzz.h"
#include <dirent.h>
#include <fcntl.h>

static int run_file(int dirfd, const char *name)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_err err;

	aisp_buf_init(&b, 0);
	if (aisp_fs_read(dirfd, name, false, (size_t)64 << 20, &b, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	/* An exact copy, so that a sanitizer sees a read behind the end. */
	uint8_t *copy = malloc(b.n ? b.n : 1);

	if (!copy)
		return 1;
	if (b.n)
		memcpy(copy, b.p, b.n);
	LLVMFuzzerTestOneInput(copy, b.n);
	free(copy);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned files = 0;
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		if (!d) {
			bad |= run_file(AT_FDCWD, argv[i]);
			files++;
			continue;
		}
		for (struct dirent *e; (e = readdir(d));) {
			if (e->d_name[0] == '.')
				continue;
			bad |= run_file(dirfd(d), e->d_name);
			files++;
		}
		closedir(d);
	}
	printf("%u inputs\n", files);
	return bad || files == 0;
}
