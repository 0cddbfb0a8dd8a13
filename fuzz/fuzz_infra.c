/* Infrastructure: the first byte says how the rest is read (HCL, JSON, YAML); two files of one module refer to each other. */
#include "collect/files/infra.h"
#include "fuzz_files.h"

static void add_all(struct fuzz_world *w, struct aisp_infra *x, uint8_t form, struct aisp_slice path, struct aisp_slice text)
{
	const struct aisp_doc *d = NULL;
	struct aisp_docs docs = {0};

	if (form % 3 == 0 && aisp_hcl_parse(w->a, text, &fuzz_limits, &d, NULL) == 0)
		aisp_infra_add(x, path, d);
	if (form % 3 == 1 && aisp_json_parse(w->a, text, &fuzz_limits, &d, NULL) == 0)
		aisp_infra_add(x, path, d);
	if (form % 3 == 2)
		aisp_yaml_parse(w->a, text, &fuzz_limits, &docs, NULL);
	for (size_t i = 0; i < docs.n && i < 50; i++)
		aisp_infra_add(x, path, &docs.docs[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_world w;

	if (size < 2 || size > 65536)
		return 0;
	struct aisp_slice text = {(const char *)data + 1, size - 1};
	size_t cut = aisp_slice_find(text, AISP_S("\n---8<---\n"));
	fuzz_begin(&w);
	struct aisp_infra *x = aisp_infra_new(&w.e);
	FUZZ_CHECK(x);
	add_all(&w, x, data[0], AISP_S("dir/a.tf"), aisp_slice_to(text, cut == SIZE_MAX ? text.n : cut));
	if (cut != SIZE_MAX)
		add_all(&w, x, data[0], AISP_S("dir/b.tf"), aisp_slice_from(text, cut + 10));
	aisp_infra_finish(x);
	aisp_infra_free(x);
	fuzz_end(&w, false);
	return 0;
}
