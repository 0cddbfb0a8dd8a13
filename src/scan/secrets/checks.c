/* The table of checks: what a format proves of itself, without asking its issuer. */
#include "scan/secrets/check_int.h"

static const struct aisp_secrets__check_row rows[] = {
	[AISP_SECRETS__CHECK_NONE] = {"", NULL, NULL},
#define X(sym, name) [AISP_SECRETS__CHECK_##sym] = {name, aisp_secrets__check_##sym, aisp_secrets__sample_##sym},
	AISP_SECRETS_CHECKS(X)
#undef X
};

enum aisp_secrets__check aisp_secrets__check_find(struct aisp_slice name)
{
	for (unsigned c = 1; c < AISP_SECRETS__CHECK_END; c++)
		if (aisp_slice_eqz(name, rows[c].name))
			return (enum aisp_secrets__check)c;
	return AISP_SECRETS__CHECK_NONE;
}

bool aisp_secrets__is_check(struct aisp_slice name)
{
	return aisp_secrets__check_find(name) != AISP_SECRETS__CHECK_NONE;
}

enum aisp_secrets__verdict aisp_secrets__check(enum aisp_secrets__check c, struct aisp_slice secret, struct aisp_secrets__checked *x)
{
	return c > AISP_SECRETS__CHECK_NONE && c < AISP_SECRETS__CHECK_END ? rows[c].check(secret, x) : AISP_SECRETS__UNKNOWN;
}

int aisp_secrets__check_sample(enum aisp_secrets__check c, struct aisp_slice before, uint64_t *seed, struct aisp_buf *out)
{
	if (c > AISP_SECRETS__CHECK_NONE && c < AISP_SECRETS__CHECK_END)
		rows[c].sample(before, seed, out);
	return aisp_buf_check(out, NULL);
}

void aisp_secrets__fact(struct aisp_secret_hit *h, const char *key, struct aisp_slice value)
{
	if (value.n == 0 || value.n > 512 || h->n_facts == AISP_SECRET_FACTS_MAX)
		return;
	for (uint32_t i = 0; i < h->n_facts; i++)
		if (strcmp(h->facts[i].key, key) == 0)
			return;
	h->facts[h->n_facts++] = (struct aisp_secret_fact){key, value};
}
