/* Plan files: what is taken is of the form that apply relies on. */
#include "fuzz_doc.h"
#include "govern/change_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_planfile p;
	struct aisp_err err = {0};
	int r = aisp_planfile_read(aisp_slice_of((const char *)data, size), &p, &err);

	if (r < 0) {
		FUZZ_CHECK((r == AISP_E_USAGE || r == AISP_E_LIMIT) && err.code == r && err.msg[0]);
		return 0;
	}
	const struct aisp_doc *steps = aisp_doc_get(p.doc, "steps");
	struct aisp_saved saved = {0};
	for (uint32_t i = 0; i < aisp_doc_count(steps); i++) {
		const struct aisp_doc *checks = aisp_doc_get(&steps->items[i], "checks"), *filled = NULL;
		for (uint32_t k = 0; k < aisp_doc_count(checks); k++) {
			const struct aisp_answer answer = {.doc = p.doc};
			(void)aisp_change__holds(aisp_doc_get(&checks->items[k], "before"), &answer, p.arena);
			(void)aisp_change__save(p.arena, aisp_doc_get(&checks->items[k], "save"), p.doc, &saved, NULL);
			FUZZ_CHECK(saved.n <= 64);
		}
		r = aisp_change__fill(p.arena, aisp_doc_get(&steps->items[i], "undoes"), &saved, &filled, NULL, &err);
		FUZZ_CHECK((r == 0) == (filled != NULL));
	}
	aisp_planfile_done(&p);
	return 0;
}
