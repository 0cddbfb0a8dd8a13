/* A match of a rule becomes a hit, or is turned down: group, entropy, example values, allowlists, the rule's check, inline permission. */
#include "scan/secrets/engine_int.h"
#include "scan/secrets/values_int.h"
#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* gitleaks counts characters, but divides by bytes. */
static double entropy_utf8(struct aisp_slice s)
{
	uint32_t cps[4096];
	size_t n = 0, at = 0;
	double h = 0, bytes = (double)s.n;

	while (at < s.n && n < 4096) {
		size_t k = aisp_slice_utf8(aisp_slice_from(s, at), &cps[n]);

		if (!k)
			cps[n] = 0xfffd;
		at += k ? k : 1;
		n++;
	}
	qsort(cps, n, sizeof *cps, by_value);
	for (size_t i = 0, run = 1; i < n; i += run) {
		for (run = 1; i + run < n && cps[i + run] == cps[i]; run++)
			;
		h -= (double)run / bytes * log2((double)run / bytes);
	}
	return h;
}

double aisp_secrets__entropy(struct aisp_slice s)
{
	uint32_t counts[256] = {0};
	double h = 0;

	for (size_t i = 0; i < s.n; i++)
		counts[(unsigned char)s.p[i]]++;
	for (size_t c = 128; c < 256; c++)
		if (counts[c])
			return entropy_utf8(s);
	for (size_t c = 0; c < 128; c++)
		if (counts[c])
			h -= (double)counts[c] / (double)s.n * log2((double)counts[c] / (double)s.n);
	return h;
}

/* Of a private key without the white space between its lines: indentation says nothing. */
static double entropy_of(const struct aisp_secrets__rule *r, struct aisp_slice s)
{
	char solid[4096];
	size_t n = 0;

	if (!r->own || r->kind != AISP_SECRET_PRIVATE_KEY)
		return aisp_secrets__entropy(s);
	for (size_t i = 0; i < s.n && n < sizeof solid; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
			solid[n++] = s.p[i];
	return n ? aisp_secrets__entropy(aisp_slice_of(solid, n)) : 0;
}

struct aisp_slice aisp_secrets__lines(struct aisp_slice text, size_t from, size_t to)
{
	size_t begin = from, end = to;

	while (begin > 0 && from - begin < 4096 && text.p[begin - 1] != '\n')
		begin--;
	while (end < text.n && end - to < 4096 && text.p[end] != '\n')
		end++;
	return aisp_slice_of(text.p + begin, end - begin);
}

static struct aisp_secrets__span secret_of(const struct aisp_secrets__rule *r, const struct aisp_secrets__span *groups)
{
	if (r->secret_group)
		return groups[r->secret_group].to >= groups[r->secret_group].from ? groups[r->secret_group]
		                                                                  : (struct aisp_secrets__span){groups[0].from, groups[0].from};
	for (uint32_t g = 1; g <= r->regex.re.groups && g < AISP_SECRETS__GROUPS; g++) {
		bool fact = false;

		for (uint32_t f = 0; f < r->n_facts; f++)
			fact |= r->facts[f].group == g;
		if (!fact && groups[g].to > groups[g].from)
			return groups[g];
	}
	return groups[0];
}

/* Of a check that does not hold: is the value worth nothing then, or only less sure? A checksum can be wrong where a secret was masked
 * by other characters of its kind, so that people can still see that one stood there. */
static bool drops(enum aisp_secrets__check c)
{
	switch (c) {
	case AISP_SECRETS__CHECK_GITHUB:
	case AISP_SECRETS__CHECK_NPM:
	case AISP_SECRETS__CHECK_GRAFANA:
	case AISP_SECRETS__CHECK_GITLAB:
	case AISP_SECRETS__CHECK_PYPI:
	case AISP_SECRETS__CHECK_AZURE:
	case AISP_SECRETS__CHECK_AWS_BEDROCK:
	case AISP_SECRETS__CHECK_JWT:
	case AISP_SECRETS__CHECK_DISCORD:
		return false;
	default:
		return true;
	}
}

/* Of the connection strings that our rules find, context decides: postgres:postgres@localhost opens nothing that matters. */
static bool in_context(struct aisp_secrets_scratch *x, const struct aisp_secrets__rule *r, struct aisp_slice match, struct aisp_secrets__hit *hit)
{
	size_t at = aisp_slice_find(match, AISP_S("://"));
	bool weak;

	if (r->check != AISP_SECRETS__CHECK_CONNECTION || !r->own || x->s->no_generic || at == SIZE_MAX)
		return true;
	int sure = aisp_secrets__generic_url(&x->generic, (size_t)(match.p - x->text.p) + at, &weak);

	if (sure == AISP_SECRET_POSSIBLE)
		hit->h.certainty = AISP_SECRET_POSSIBLE;
	if (sure == AISP_SECRET_POSSIBLE && weak)
		hit->h.severity = "low";
	return sure != 0;
}

static bool check(struct aisp_secrets_scratch *x, const struct aisp_secrets__rule *r, struct aisp_slice secret, struct aisp_slice match,
                  struct aisp_secrets__hit *hit)
{
	struct aisp_secrets__checked c = {.arena = x->arena, .text = x->text, .match = match, .hit = &hit->h};

	switch (aisp_secrets__check(r->check, secret, &c)) {
	case AISP_SECRETS__PROVEN:
		hit->h.certainty = AISP_SECRET_SURE;
		return true;
	case AISP_SECRETS__UNKNOWN:
		return in_context(x, r, match, hit);
	case AISP_SECRETS__WRONG:
		break;
	}
	hit->unproven = true;
	hit->h.certainty = AISP_SECRET_POSSIBLE;
	return !drops(r->check);
}

int aisp_secrets__confirm(struct aisp_secrets_scratch *x, uint32_t rule, size_t base, const struct aisp_secrets__span *groups,
                          struct aisp_secrets__hit *ret)
{
	const struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__span span = secret_of(r, groups);
	struct aisp_slice secret = aisp_slice_of(x->text.p + base + span.from, span.to - span.from);
	struct aisp_slice match = aisp_slice_of(x->text.p + base + groups[0].from, groups[0].to - groups[0].from);
	struct aisp_secrets__judged j = {secret, match, {0}, x->path, x->commit};
	double entropy = entropy_of(r, secret);

	if ((r->entropy > 0 && entropy <= r->entropy) || (r->own && (secret.n == 0 || aisp_secrets__example(secret))))
		return 0;
	j.line = aisp_secrets__lines(x->text, (size_t)(match.p - x->text.p), (size_t)(match.p - x->text.p) + match.n);
	if (aisp_secrets__allowed(x->m, &x->s->allows, &j) || aisp_secrets__allowed(x->m, &r->allows, &j))
		return 0;
	*ret = (struct aisp_secrets__hit){.rule = rule, .generic = r->generic,
	                                  .h = {.rule = r->id, .description = r->description, .issuer = r->issuer, .severity = r->severity,
	                                        .kind = r->kind, .certainty = r->certainty, .at = base + span.from, .n = secret.n,
	                                        .match_at = base + groups[0].from, .match_n = match.n, .entropy = entropy}};
	for (uint32_t f = 0; f < r->n_facts; f++) {
		struct aisp_secrets__span g = groups[r->facts[f].group];

		if (g.to > g.from)
			aisp_secrets__fact(&ret->h, r->facts[f].key, aisp_slice_of(x->text.p + base + g.from, g.to - g.from));
	}
	return !r->check || check(x, r, secret, match, ret) ? 1 : 0;
}
