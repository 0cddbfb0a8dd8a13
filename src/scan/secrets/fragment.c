/* Users' rules, as gitleaks runs them: on fragments of 100,000 bytes, prolonged to the next empty line; a rule whose keyword stands in a
 * fragment is matched against all of it; the secret is what the expression captures in its own match. */
#include "scan/secrets/engine_int.h"

enum { FRAGMENT = 100000, PEEK = 25000, FOUND_MAX = 10000 };

static bool white(char c)
{
	return c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Do two line feeds, with only white space between, end at `at`? */
static bool boundary(struct aisp_slice text, size_t from, size_t at)
{
	int feeds = 0;

	for (size_t i = at; i > from && white(text.p[i - 1]); i--)
		if (text.p[i - 1] == '\n' && ++feeds == 2)
			return true;
	return false;
}

size_t aisp_secrets__fragment_end(struct aisp_slice text, size_t from)
{
	size_t end, feeds = 0;

	if (text.n - from <= FRAGMENT)
		return text.n;
	end = from + FRAGMENT;
	if (boundary(text, from, end))
		return end;
	for (;; end++) {
		char c = text.p[end - 1];

		feeds = c == '\n' ? feeds + 1 : white(c) ? feeds : 0;
		if (feeds == 2 || end - from - FRAGMENT >= PEEK || end == text.n)
			return end;
	}
}

/* One match, [from, to) in the text without line feeds at its ends. */
static int judge(struct aisp_secrets_scratch *x, uint32_t rule, size_t from, size_t to, struct aisp_secrets__hit *ret)
{
	struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__span groups[AISP_SECRETS__GROUPS] = {{0, to - from}};

	for (int i = 1; i < AISP_SECRETS__GROUPS; i++)
		groups[i] = (struct aisp_secrets__span){1, 0};
	if (r->regex.re.groups) {
		struct aisp_secrets__span again[AISP_SECRETS__GROUPS];

		/* Matched against the match alone, as gitleaks does: what stands around may matter. */
		int got = aisp_secrets__match(x->m, &r->regex, aisp_slice_of(x->text.p + from, to - from), 0, SIZE_MAX, x->utf ? AISP_SECRETS__UTF : 0, again);

		if (got < 0)
			return got == AISP_E_NOMEM ? got : 0;
		if (got > 0)
			memcpy(groups + 1, again + 1, sizeof again - sizeof *again);
	}
	return aisp_secrets__confirm(x, rule, from, groups, ret);
}

typedef int found_fn(struct aisp_secrets_scratch *x, void *ctx, const struct aisp_secrets__hit *hit);

static int detect(struct aisp_secrets_scratch *x, uint32_t rule, size_t from, size_t to, found_fn *found, void *ctx)
{
	struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_slice subject = aisp_slice_of(x->text.p + from, to - from);
	struct aisp_secrets__span groups[AISP_SECRETS__GROUPS];
	size_t at = 0;

	for (int n = 0; at <= subject.n; n++) {
		int got = aisp_secrets__match(x->m, &r->regex, subject, at, SIZE_MAX, x->utf ? AISP_SECRETS__UTF : 0, groups);
		struct aisp_secrets__hit h;

		x->work += subject.n - at;
		x->cut |= got == AISP_E_LIMIT || n == FOUND_MAX;
		if (got <= 0 || n == FOUND_MAX)
			return got == AISP_E_NOMEM ? got : 0;
		x->work -= subject.n - groups[0].to; /* the rest is looked at next */
		size_t a = from + groups[0].from, b = from + groups[0].to;

		at = groups[0].to > groups[0].from ? groups[0].to : groups[0].to + 1;
		while (b > a && x->text.p[b - 1] == '\n')
			b--;
		while (a < b && x->text.p[a] == '\n')
			a++;
		got = judge(x, rule, a, b, &h);
		got = got > 0 ? found(x, ctx, &h) : got;
		if (got < 0)
			return got;
	}
	return 0;
}

static int keep(struct aisp_secrets_scratch *x, void *ctx, const struct aisp_secrets__hit *hit)
{
	(void)ctx;
	return aisp_secrets__keep(x, hit);
}

struct near {
	size_t from; /* of the fragment */
	const struct aisp_secrets__required *need;
	size_t line, column;
	bool found;
};

/* In the fragment. */
static void position(struct aisp_slice all, size_t from, size_t in_text, size_t *line, size_t *column)
{
	struct aisp_slice text = aisp_slice_from(all, from);
	size_t begin = 0, at = in_text > from ? in_text - from : 0;

	*line = 1;
	for (const char *p = text.p, *q; (q = memchr(p, '\n', at - (size_t)(p - text.p))); p = q + 1) {
		begin = (size_t)(q + 1 - text.p);
		++*line;
	}
	*column = at - begin + 1;
}

static int64_t apart(size_t a, size_t b)
{
	return (int64_t)(a > b ? a - b : b - a);
}

static int compare(struct aisp_secrets_scratch *x, void *ctx, const struct aisp_secrets__hit *hit)
{
	struct near *k = ctx;
	size_t line, column;

	position(x->text, k->from, hit->h.match_at, &line, &column);
	k->found |= (k->need->lines < 0 || apart(line, k->line) <= k->need->lines) &&
	            (k->need->columns < 0 || apart(column, k->column) <= k->need->columns);
	return 0;
}

struct primary {
	size_t from, to;
	int budget; /* each primary match looks over the fragment again */
};

/* A match of a rule that requires others near it. */
static int with_others(struct aisp_secrets_scratch *x, void *ctx, const struct aisp_secrets__hit *hit)
{
	struct primary *p = ctx;
	const struct aisp_secrets__rule *r = &x->s->rules[hit->rule];

	if (p->budget-- <= 0) {
		x->cut = true;
		return 0;
	}
	for (uint32_t i = 0; i < r->n_required; i++) {
		struct near k = {.from = p->from, .need = &r->required[i]};

		position(x->text, p->from, hit->h.match_at, &k.line, &k.column);
		if (!aisp_secrets__path_fits(x, k.need->rule))
			return 0;
		int got = detect(x, k.need->rule, p->from, p->to, compare, &k);

		if (got < 0 || !k.found)
			return got;
	}
	return aisp_secrets__keep(x, hit);
}

static int path_only(struct aisp_secrets_scratch *x, uint32_t rule)
{
	const struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__hit h = {.rule = rule, .generic = r->generic,
	                              .h = {.rule = r->id, .description = r->description, .issuer = r->issuer, .severity = r->severity,
	                                    .kind = r->kind, .certainty = r->certainty}};

	return aisp_secrets__path_fits(x, rule) ? aisp_secrets__keep(x, &h) : 0;
}

int aisp_secrets__fragment(struct aisp_secrets_scratch *x, size_t from, size_t to)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < x->s->n_users; i++) {
		uint32_t n = x->s->users[i];
		const struct aisp_secrets__rule *rule = &x->s->rules[n];
		bool marked = x->rules[n].marked || !rule->n_keywords;
		struct primary p = {from, to, 64};

		x->rules[n].marked = 0;
		if (!marked || rule->skip_report || x->rules[n].slow > 4)
			continue;
		if (x->work > x->work_max) {
			x->cut = true;
			return 0;
		}
		if (!rule->regex.re.pattern.n)
			r = from == 0 ? path_only(x, n) : 0;
		else if (aisp_secrets__path_fits(x, n))
			r = detect(x, n, from, to, rule->n_required ? with_others : keep, &p);
	}
	return r;
}
