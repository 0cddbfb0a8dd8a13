/* Users' rules and fingerprints: what loads can be used. */
#include "fuzz.h"
#include "scan/secrets/ignore.h"
#include "scan/secrets/secrets.h"

static int told(void *ctx, const struct aisp_secret_hit *h)
{
	size_t *n = ctx;

	FUZZ_CHECK(h->rule && h->at + h->n <= *n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size);
	struct aisp_secrets_config c = {.rule_files = &text, .n_rule_files = 1, .no_builtin = true, .all_hits = size % 2};
	struct aisp_arena *a = aisp_arena_new((size_t)16 << 20);
	struct aisp_secrets *s = NULL;
	struct aisp_secrets_scratch *x = NULL;
	struct aisp_secrets_ignore *ig = NULL;
	struct aisp_err err = {0};
	size_t n = size < 4096 ? size : 4096, skipped;
	int r;

	if (aisp_secrets_ignore_new(a, text, &ig, &skipped, &err) == 0)
		(void)aisp_secrets_ignore_find(ig, (struct aisp_slice){0}, AISP_S("a"), AISP_S("b"), 1);
	r = aisp_secrets_new(&c, &s, &err);
	FUZZ_CHECK(r == 0 || r == AISP_E_USAGE || r == AISP_E_LIMIT);
	if (r == 0) {
		FUZZ_CHECK(aisp_secrets_scratch_new(s, &x, NULL) == 0);
		r = aisp_secrets_scan(s, x, AISP_S("dir/a.yaml"), aisp_slice_to(text, n), told, &n, NULL);
		FUZZ_CHECK(r == 0 || r == AISP_E_LIMIT);
	}
	aisp_secrets_scratch_free(x);
	aisp_secrets_free(s);
	aisp_arena_free(a);
	return 0;
}
