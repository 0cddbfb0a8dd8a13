/* From what was found to what is told: in order, one hit for one secret, with lines and columns, without what a comment permits. */
#include "scan/secrets/engine_int.h"
#include "scan/secrets/values_int.h"
#include <stdlib.h>

enum { CLUSTER_MAX = 256 };

static int by_place(const void *a, const void *b)
{
	const struct aisp_secrets__hit *x = a, *y = b;

	if (x->h.at != y->h.at)
		return x->h.at < y->h.at ? -1 : 1;
	if (x->h.n != y->h.n)
		return x->h.n > y->h.n ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return x->decoded.p < y->decoded.p ? -1 : x->decoded.p > y->decoded.p;
}

/* A private key with another kind of hit within. */
static bool encloses(const struct aisp_secrets__hit *a, const struct aisp_secrets__hit *b)
{
	return a->h.kind == AISP_SECRET_PRIVATE_KEY && b->h.kind != AISP_SECRET_PRIVATE_KEY && a->h.at <= b->h.at && a->h.n > b->h.n &&
	       a->h.at + a->h.n >= b->h.at + b->h.n;
}

/* > 0: a is the better account of the same bytes. */
static int better(const struct aisp_secrets__hit *a, const struct aisp_secrets__hit *b)
{
	bool ca = a->h.kind == AISP_SECRET_CONNECTION_STRING, cb = b->h.kind == AISP_SECRET_CONNECTION_STRING;

	if (encloses(a, b) || encloses(b, a)) /* what looks like something else in the lines of a key */
		return encloses(a, b) ? 1 : -1;
	if (a->generic != b->generic)
		return a->generic ? -1 : 1;
	if (a->h.certainty != b->h.certainty)
		return a->h.certainty > b->h.certainty ? 1 : -1;
	if (ca != cb)
		return ca ? 1 : -1;
	if (a->h.n_facts != b->h.n_facts)
		return a->h.n_facts > b->h.n_facts ? 1 : -1;
	if (a->h.n != b->h.n)
		return a->h.n > b->h.n ? 1 : -1;
	return a->rule != b->rule ? (a->rule < b->rule ? 1 : -1) : 0;
}

static bool overlap(const struct aisp_secrets__hit *a, const struct aisp_secrets__hit *b)
{
	if (a->decoded.n && b->decoded.n)
		return a->decoded.p < b->decoded.p + b->decoded.n && b->decoded.p < a->decoded.p + a->decoded.n;
	return a->h.at < b->h.at + b->h.n && b->h.at < a->h.at + a->h.n;
}

/* Of hits that touch one another, the best first, then what it leaves free. Returns how many stay, at the front. */
static size_t cluster(struct aisp_secrets__hit *v, size_t n)
{
	bool stays[CLUSTER_MAX] = {false};
	size_t kept = 0;

	if (n == 1)
		return 1;
	for (size_t round = 0; round < n; round++) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < n; i++) {
			bool free = !stays[i];

			for (size_t k = 0; k < n && free; k++)
				free = !stays[k] || !overlap(&v[i], &v[k]);
			if (free && (best == SIZE_MAX || better(&v[i], &v[best]) > 0))
				best = i;
		}
		if (best == SIZE_MAX)
			break;
		stays[best] = true;
	}
	for (size_t i = 0; i < n; i++)
		if (stays[i])
			v[kept++] = v[i];
	return kept;
}

static size_t reduce(struct aisp_secrets__hit *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0, m; i < n; i += m) {
		size_t end = v[i].h.at + v[i].h.n;

		for (m = 1; i + m < n && m < CLUSTER_MAX && v[i + m].h.at < end; m++)
			end = v[i + m].h.at + v[i + m].h.n > end ? v[i + m].h.at + v[i + m].h.n : end;
		size_t stay = m > 24 ? 0 : cluster(&v[i], m);

		/* A heap of hits on the same bytes is cut down pairwise. */
		for (size_t k = 0; m > 24 && k < m; k++)
			if (stay && overlap(&v[i + stay - 1], &v[i + k]))
				v[i + stay - 1] = better(&v[i + k], &v[i + stay - 1]) > 0 ? v[i + k] : v[i + stay - 1];
			else
				v[i + stay++] = v[i + k];
		memmove(&v[kept], &v[i], stay * sizeof *v);
		kept += stay;
	}
	return kept;
}

/* Without overlaps reduced, the same rule at the same place is still one hit. */
static size_t unique(struct aisp_secrets__hit *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || v[kept - 1].rule != v[i].rule || v[kept - 1].h.at != v[i].h.at || v[kept - 1].h.n != v[i].h.n || v[kept - 1].decoded.p != v[i].decoded.p)
			v[kept++] = v[i];
	return kept;
}

static bool permitted(struct aisp_slice line)
{
	size_t at = 0;

	while ((at = aisp_slice_find(aisp_slice_from(line, at), AISP_S(":allow"))) != SIZE_MAX) {
		struct aisp_slice before = aisp_slice_to(line, at);

		return aisp_slice_ends(before, AISP_S("gitleaks")) || aisp_slice_ends(before, AISP_S("aisp")) ||
		       aisp_slice_find(line, AISP_S("gitleaks:allow")) != SIZE_MAX || aisp_slice_find(line, AISP_S("aisp:allow")) != SIZE_MAX;
	}
	return false;
}

struct lines {
	struct aisp_slice text;
	size_t at, begin; /* of the line that `at` stands in */
	uint32_t line;
};

/* Line feeds, eight bytes a step. */
static size_t feeds(const char *p, size_t n)
{
	const uint64_t ones = 0x0101010101010101ull, low = 0x7f * ones;
	size_t sum = 0, i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t x;

		memcpy(&x, p + i, 8);
		x ^= '\n' * ones;
		sum += (~(((x & low) + low) | x | low) >> 7) * ones >> 56;
	}
	for (; i < n; i++)
		sum += p[i] == '\n';
	return sum;
}

/* Moves to `at`, which never goes back but for a few bytes of the same hit. */
static void move(struct lines *l, size_t at)
{
	size_t n = at > l->at ? feeds(l->text.p + l->at, at - l->at) : 0;

	if (n) {
		const char *last = memrchr(l->text.p + l->at, '\n', at - l->at);

		l->begin = (size_t)(last - l->text.p) + 1;
		l->line = UINT32_MAX - l->line > n ? l->line + (uint32_t)n : UINT32_MAX;
	}
	l->at = at;
}

static uint32_t column(const struct lines *l)
{
	size_t n = l->at - l->begin + 1;

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

int aisp_secrets__deliver(struct aisp_secrets_scratch *x, aisp_secret_sink *sink, void *ctx)
{
	struct lines l = {.text = x->text, .line = 1};

	qsort(x->hits, x->n_hits, sizeof *x->hits, by_place);
	x->n_hits = x->s->all_hits ? unique(x->hits, x->n_hits) : reduce(x->hits, x->n_hits);
	for (size_t i = 0; i < x->n_hits; i++) {
		struct aisp_secret_hit *h = &x->hits[i].h;

		if (permitted(aisp_secrets__lines(x->text, h->match_at, h->match_at + h->match_n)))
			continue;
		move(&l, h->at);
		h->line = l.line;
		h->column = column(&l);
		struct lines end = l;

		move(&end, h->n ? h->at + h->n - 1 : h->at);
		h->end_line = end.line;
		h->end_column = column(&end);
		h->value = x->hits[i].decoded.n ? x->hits[i].decoded : aisp_slice_of(x->text.p ? x->text.p + h->at : "", h->n);
		if (h->kind == AISP_SECRET_PRIVATE_KEY && x->hits[i].rule != UINT32_MAX && x->s->rules[x->hits[i].rule].own)
			h->value = aisp_secrets__key_body(x->arena, h->value);
		int r = sink(ctx, h);

		if (r < 0)
			return r;
	}
	return 0;
}
