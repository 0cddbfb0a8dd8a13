/* Pipelines: any YAML as a workflow and as a GitLab file; a literal secret never comes out in clear. */
#include "collect/files/ci.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {".github/workflows/a.yml", ".gitlab-ci.yml"};
	struct aisp_slice text = {(const char *)data, size};

	if (size > 65536)
		return 0;
	for (size_t p = 0; p < 2; p++) {
		struct aisp_docs docs = {0};
		struct fuzz_world w;

		fuzz_begin(&w);
		FUZZ_CHECK(aisp_ci_takes(aisp_slice_z(paths[p])));
		aisp_yaml_parse(w.a, text, &fuzz_limits, &docs, NULL);
		for (size_t i = 0; i < docs.n && i < 50; i++)
			aisp_ci_add(&w.e, aisp_slice_z(paths[p]), &docs.docs[i]);
		fuzz_end(&w, false);
	}
	return 0;
}
