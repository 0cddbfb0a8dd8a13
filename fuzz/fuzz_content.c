/* All detectors on one file of arbitrary bytes; the first line is its path. The report keeps its order and can be written. */
#include "base/jw.h"
#include "collect/content/content.h"
#include "fuzz.h"

static struct aisp_secrets *rules;
static struct aisp_content_worker *worker;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aisp_fpkey key = {{7}};
	static struct aisp_content c = {.fpkey = &key, .what = AISP_CONTENT_ALL};
	struct aisp_slice text = {(const char *)data, size}, path;
	const struct aisp_content_report *report = NULL;
	struct aisp_err err = {0};
	struct aisp_buf out;
	struct aisp_jw w;

	if (!rules) {
		struct aisp_secrets_config config = {0};
		FUZZ_CHECK(aisp_secrets_new(&config, &rules, NULL) == 0);
		c.secrets = rules;
		FUZZ_CHECK(aisp_content_worker_new(&c, &worker, NULL) == 0);
	}
	if (!aisp_slice_split(&text, '\n', &path) || !text.p || !aisp_slice_is_utf8(path))
		return 0;
	struct aisp_arena *a = aisp_arena_new(0);
	FUZZ_CHECK(a);
	struct aisp_input in = aisp_input_mem(text);
	int r = aisp_content_scan(&c, worker, path, &in, a, &report, &err);
	FUZZ_CHECK(r == 0 || r == AISP_E_PARSE || r == AISP_E_LIMIT);
	if (r == 0) {
		for (size_t i = 0; i < report->n_secrets; i++)
			FUZZ_CHECK(report->secrets[i].rule && report->secrets[i].fingerprint[0] && report->secrets[i].end_line >= report->secrets[i].line);
		for (size_t i = 0; i < report->n_instructions; i++)
			FUZZ_CHECK(report->instructions[i].line && report->instructions[i].end_line >= report->instructions[i].line);
		aisp_buf_init(&out, 0);
		aisp_jw_init(&w, &out, false);
		aisp_content_write(report, path, &w);
		FUZZ_CHECK(aisp_buf_check(&out, NULL) == 0);
		aisp_buf_done(&out);
	}
	aisp_arena_free(a);
	return 0;
}
