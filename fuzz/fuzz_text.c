/* Text for terminals and JSON: whatever goes in, what comes out is UTF-8 without hidden characters, and JSON reads it back. */
#include "base/clock.h"
#include "fuzz_doc.h"

static void check_clean(struct aisp_slice s)
{
	uint32_t cp;

	for (size_t n; s.n > 0; s = aisp_slice_from(s, n)) {
		n = aisp_slice_utf8(s, &cp);
		FUZZ_CHECK(n > 0 && !aisp_cp_is_hidden(cp));
	}
}

static void check_clock(struct aisp_slice text)
{
	char z[64], iso[AISP_ISO_LEN + 1];
	int64_t us, again;

	if (text.n >= sizeof z)
		return;
	if (text.n)
		memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (aisp_clock_parse(z, &us) == 0) {
		aisp_clock_iso(us, iso);
		FUZZ_CHECK(aisp_clock_parse(iso, &again) == 0 && again == us);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);
	struct aisp_buf shown, json;
	struct aisp_arena *a = aisp_arena_new(0);
	const struct aisp_doc *d;
	struct aisp_jw w;

	aisp_buf_init(&shown, 0);
	aisp_buf_init(&json, 0);
	aisp_buf_put_printable(&shown, text);
	check_clean(aisp_buf_slice(&shown));
	aisp_jw_init(&w, &json, false);
	aisp_jw_str(&w, text);
	FUZZ_CHECK(json.bad == AISP_OK);
	check_clean(aisp_buf_slice(&json));
	FUZZ_CHECK(aisp_json_parse(a, aisp_buf_slice(&json), NULL, &d, NULL) == 0);
	FUZZ_CHECK(!aisp_slice_is_utf8(text) || aisp_slice_eq(aisp_doc_str(d), text));
	check_clock(text);
	aisp_buf_done(&shown);
	aisp_buf_done(&json);
	aisp_arena_free(a);
	return 0;
}
