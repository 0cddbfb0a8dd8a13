/* The detection by context on any text: every anchor is judged where it stands; a hit lies within the text, its value within its
 * match, and what it borrows within the text too. The first byte chooses the kind of file. */
#include "fuzz.h"
#include "scan/secrets/generic_int.h"

static int check(void *ctx, const struct aisp_secret_hit *h)
{
	const struct aisp_slice *text = ctx;
	FUZZ_CHECK(h->n > 0 && h->at <= text->n && h->n <= text->n - h->at);
	FUZZ_CHECK(h->match_at <= h->at && h->match_n <= text->n - h->match_at && h->match_at + h->match_n >= h->at + h->n);
	FUZZ_CHECK(h->n_facts <= AISP_SECRET_FACTS_MAX && h->rule && h->severity && h->description);
	for (uint32_t i = 0; i < h->n_facts; i++)
		FUZZ_CHECK(h->facts[i].value.p >= text->p && h->facts[i].value.p + h->facts[i].value.n <= text->p + text->n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"a.py", "a.yml", "a.json", "a.md", "a.sh", "a.xml", "a.properties", "deploy/.env", "a.sql", "t/a", "locales/a.po", "a.go"};
	if (size == 0 || size > 1 << 16)
		return 0;
	struct aisp_slice text = aisp_slice_of((const char *)data + 1, size - 1);
	struct aisp_secrets__generic_ctx g = {.path = aisp_slice_z(paths[data[0] % (sizeof(paths) / sizeof(*paths))]), .text = text};
	aisp_secrets__generic_begin(&g);
	for (size_t i = 0; i < text.n; i++)
		for (const struct aisp_secrets__anchor *a = aisp_secrets__anchors; a->text; a++) {
			size_t n = strlen(a->text);
			if (n <= text.n - i && generic_lower(text.p[i]) == a->text[0] && aisp_slice_eqi(aisp_slice_of(text.p + i, n), aisp_slice_of(a->text, n)))
				FUZZ_CHECK(aisp_secrets__generic(&g, a->tag, i, check, &text) == 0);
		}
	return 0;
}
