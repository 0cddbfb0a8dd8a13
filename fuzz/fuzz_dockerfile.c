/* Dockerfiles. */
#include "collect/files/dockerfile.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char fixed[] = "FROM a\nENV DB_PASSWORD=" FUZZ_CANARY "\nCMD [\"x\", \"--token\", \"" FUZZ_CANARY "\"]\n";
	struct aisp_slice text = {(const char *)data, size};
	struct aisp_buf all;
	struct fuzz_world w;

	if (size > 65536 || aisp_slice_find(text, AISP_S(FUZZ_CANARY)) != SIZE_MAX)
		return 0;
	aisp_buf_init(&all, 0);
	aisp_buf_putz(&all, fixed);
	aisp_buf_put(&all, text);
	fuzz_begin(&w);
	aisp_dockerfile_add(&w.e, AISP_S("dir/Dockerfile"), aisp_buf_slice(&all));
	fuzz_end(&w, true);
	aisp_buf_done(&all);
	return 0;
}
