/* Manifests and lock files: the first line is the file's name, the rest its text. */
#include "collect/files/mcp.h"
#include "collect/files/packages.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = {(const char *)data, size}, name;
	const struct aisp_doc *d = NULL;
	struct aisp_docs docs = {0};
	struct fuzz_world w;

	if (size > 65536 || !aisp_slice_split(&text, '\n', &name) || !text.p || !aisp_slice_is_utf8(name) || memchr(name.p, 0, name.n))
		return 0;
	enum aisp_package_form form = aisp_packages_form(name);
	if (form == AISP_PACKAGES_NONE)
		return 0;
	fuzz_begin(&w);
	switch (aisp_packages_doc_form(form)) {
	case AISP_FORM_TOML:
		aisp_toml_parse(w.a, text, &fuzz_limits, &d, NULL);
		break;
	case AISP_FORM_JSON:
		aisp_json_parse(w.a, text, &fuzz_limits, &d, NULL);
		break;
	case AISP_FORM_YAML:
		if (aisp_yaml_parse(w.a, text, &fuzz_limits, &docs, NULL) == 0 && docs.n)
			d = &docs.docs[0];
		break;
	default:
		aisp_packages_add(&w.e, name, form, NULL, text);
		break;
	}
	if (d)
		aisp_packages_add(&w.e, name, form, d, text);
	fuzz_end(&w, false);
	return 0;
}
