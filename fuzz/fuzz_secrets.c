/* The scan for secrets, with the built-in rules and one user's rule. */
#include "base/mem.h"
#include "fuzz.h"
#include "scan/secrets/secrets.h"
#include <string.h>

static struct aisp_secrets *s;
static struct aisp_secrets_scratch *x;

struct told {
	const char *text;
	size_t n, last;
	uint32_t line;
	bool wide;
};

static int told(void *ctx, const struct aisp_secret_hit *h)
{
	struct told *t = ctx;

	FUZZ_CHECK(h->rule && h->issuer && h->description && h->severity && h->kind && h->certainty);
	FUZZ_CHECK(h->line && h->column && h->end_line >= h->line && h->end_column);
	FUZZ_CHECK(h->at >= t->last && h->line >= t->line && h->n_facts <= AISP_SECRET_FACTS_MAX);
	FUZZ_CHECK(h->match_at <= h->at && h->match_at + h->match_n >= h->at + h->n);
	if (!t->wide) {
		FUZZ_CHECK(h->at <= t->n && h->n <= t->n - h->at);
		FUZZ_CHECK(h->n == 0 || memcmp(h->value.p, t->text + h->at, h->n) == 0);
	}
	for (uint32_t i = 0; i < h->n_facts; i++)
		FUZZ_CHECK(h->facts[i].key && h->facts[i].value.n);
	t->last = h->at + h->n;
	t->line = h->line;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"a.py", ".env", "k8s.yaml", "README.md", "x.json", "", "a.tf", "history.sql"};
	struct told t = {.text = (const char *)data, .n = size, .wide = size >= 4 && data[0] >= 0xfe && data[1] >= 0xfe};

	if (!s) {
		struct aisp_slice user = AISP_S("[[rules]]\nid = 'u'\nregex = '''u[0-9]+=(\\w{4,})'''\n");
		struct aisp_secrets_config c = {.rule_files = &user, .n_rule_files = 1};

		FUZZ_CHECK(aisp_secrets_new(&c, &s, NULL) == 0 && aisp_secrets_scratch_new(s, &x, NULL) == 0);
	}
	int r = aisp_secrets_scan(s, x, aisp_slice_z(paths[size % 8]), aisp_slice_of(t.text, size), told, &t, NULL);

	FUZZ_CHECK(r == 0 || r == AISP_E_LIMIT);
	return 0;
}
