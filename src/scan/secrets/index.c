/* From rules to what the one pass looks for: literals with their owners, and for each of our rules the window to look into. */
#include "scan/secrets/rules_int.h"
#include "base/vec.h"
#include <stdlib.h>

enum { MAX_SPAN = 4096, KEY_SPAN = 20 << 10, KEYED_BACK = 512, KEYED_SPAN = 1024 };

struct want {
	struct aisp_secrets__lit lit;
	struct aisp_secrets__owner owner;
};
struct wants {
	struct want *v;
	size_t n, cap;
};

static int want(struct wants *w, struct aisp_secrets__lit lit, enum aisp_secrets__owner_kind kind, uint32_t n, struct aisp_err *err)
{
	if (aisp_vec__grow((void **)&w->v, w->n, &w->cap, 1, sizeof *w->v) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for the rules of secrets");
	w->v[w->n++] = (struct want){lit, {kind, n & 0x3fffffff}};
	return 0;
}

/* A keyword or anchor: letters stand for both cases. Beyond the length of a literal only its begin is looked for; the rest is
 * compared by whoever is told. */
static struct aisp_secrets__lit word(struct aisp_slice s)
{
	struct aisp_secrets__lit l = {.n = (uint8_t)(s.n < AISP_SECRETS__LIT_MAX ? s.n : AISP_SECRETS__LIT_MAX)};

	for (unsigned i = 0; i < l.n; i++) {
		bool letter = s.p[i] >= 'a' && s.p[i] <= 'z';

		l.s[i] = s.p[i];
		l.fold |= (uint32_t)letter << i;
	}
	return l;
}

/* Does each literal of the expression hold a keyword, so that the keyword says nothing more? */
static bool implied(const struct aisp_secrets__rule *r)
{
	for (uint32_t i = 0; i < r->regex.re.lits.n; i++) {
		const struct aisp_secrets__lit *l = &r->regex.re.lits.v[i];
		bool found = false;

		for (uint32_t k = 0; k < r->n_keywords && !found; k++)
			found = aisp_slice_findi(aisp_slice_of(l->s, l->n), r->keywords[k]) != SIZE_MAX;
		if (!found)
			return false;
	}
	return true;
}

static bool uniform(const struct aisp_secrets__rule *r)
{
	for (uint32_t i = 0; i < r->regex.re.lits.n; i++) {
		const struct aisp_secrets__lit *l = &r->regex.re.lits.v[i];

		if (l->n < 8 || memcmp(l->s, l->s + 1, l->n - 1u) != 0)
			return false;
	}
	return true;
}

static double keywords_rate(const struct aisp_secrets__rule *r)
{
	double rate = 0;

	for (uint32_t k = 0; k < r->n_keywords; k++) {
		struct aisp_secrets__lit l = word(r->keywords[k]);

		rate += l.n < 3 ? 1 : aisp_secrets__lit_rate(&l);
	}
	return r->n_keywords ? rate : 2;
}

static int own(struct wants *w, struct aisp_secrets__rule *r, uint32_t number, struct aisp_err *err)
{
	const struct aisp_secrets__regex *re = &r->regex.re;
	uint32_t limit = r->kind == AISP_SECRET_PRIVATE_KEY ? KEY_SPAN : MAX_SPAN, longest = r->span ? r->span : limit;

	if (!re->pattern.n)
		return 0; /* only a path */
	if (re->max < longest)
		longest = re->max;
	r->keyed = !re->lits.n || (re->lits.rate > 1e-4 && keywords_rate(r) < re->lits.rate / 8);
	if (r->keyed) {
		if (keywords_rate(r) >= 1)
			return aisp_fail(err, AISP_E_USAGE, "rule %s has neither a text of three characters in its regex nor keywords of three", r->id);
		r->back = KEYED_BACK;
		r->span = KEYED_BACK + KEYED_SPAN;
		int e = 0;

		for (uint32_t k = 0; e == 0 && k < r->n_keywords; k++)
			e = want(w, word(r->keywords[k]), AISP_SECRETS__OWNER_RULE, number, err);
		return e;
	}
	if (re->lits.pre_max > AISP_SECRETS__BACK_MAX)
		return aisp_fail(err, AISP_E_USAGE, "rule %s: the text by which it is found (%.*s) can stand more than %d bytes behind the begin of a "
		                 "match: bound what is before it", r->id, re->lits.v[0].n, re->lits.v[0].s, AISP_SECRETS__BACK_MAX);
	r->back = re->lits.pre_max;
	r->fixed = re->lits.pre_min == re->lits.pre_max;
	r->regex.anchored = r->fixed;
	r->regex.limited = !r->fixed;
	r->span = longest + (r->fixed ? 0 : r->back);
	r->uniform = uniform(r);
	r->needs_keyword = r->n_keywords && !implied(r);
	int e = 0;

	for (uint32_t i = 0; e == 0 && i < re->lits.n; i++)
		e = want(w, re->lits.v[i], AISP_SECRETS__OWNER_RULE, number, err);
	return e;
}

static int users(struct aisp_secrets *s, struct wants *w, struct aisp_secrets__rule *r, uint32_t number, struct aisp_err *err)
{
	int e = 0;

	s->users[s->n_users++] = number;
	for (uint32_t k = 0; k < r->n_keywords; k++)
		if (r->keywords[k].n < 3)
			r->n_keywords = 0; /* too short to be looked for in the pass: the expression is tried on all */
	s->always |= !r->n_keywords;
	for (uint32_t k = 0; e == 0 && k < r->n_keywords; k++)
		e = want(w, word(r->keywords[k]), AISP_SECRETS__OWNER_KEYWORD, number, err);
	return e;
}

static int by_lit(const void *a, const void *b)
{
	const struct want *x = a, *y = b;
	int r = memcmp(x->lit.s, y->lit.s, sizeof x->lit.s);

	if (r || x->lit.n != y->lit.n)
		return r ? r : x->lit.n < y->lit.n ? -1 : 1;
	if (x->lit.fold != y->lit.fold)
		return x->lit.fold < y->lit.fold ? -1 : 1;
	if (x->owner.kind != y->owner.kind)
		return x->owner.kind < y->owner.kind ? -1 : 1;
	return x->owner.n < y->owner.n ? -1 : x->owner.n > y->owner.n;
}

/* Equal literals become one with several owners. */
static int merge(struct aisp_secrets *s, struct wants *w, struct aisp_err *err)
{
	s->lits = aisp_arena_zalloc(s->arena, w->n + 1, sizeof *s->lits);
	s->owner_at = aisp_arena_zalloc(s->arena, w->n + 2, sizeof *s->owner_at);
	s->owners = aisp_arena_zalloc(s->arena, w->n + 1, sizeof *s->owners);
	if (!s->lits || !s->owner_at || !s->owners)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for the rules of secrets");
	if (w->n)
		qsort(w->v, w->n, sizeof *w->v, by_lit);
	uint32_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct aisp_secrets__lit *last = n ? &s->lits[n - 1] : NULL, *l = &w->v[i].lit;

		if (!last || last->n != l->n || last->fold != l->fold || memcmp(last->s, l->s, l->n) != 0) {
			s->owner_at[n] = (uint32_t)i;
			s->lits[n++] = *l;
		}
		s->owners[i] = w->v[i].owner;
	}
	s->owner_at[n] = (uint32_t)w->n;
	s->n_lits = n;
	return aisp_secrets__finder_new(s->arena, s->lits, n, &s->finder, err);
}

int aisp_secrets__index(struct aisp_secrets *s, struct aisp_err *err)
{
	struct wants w = {0};
	int r = 0;

	s->users = aisp_arena_zalloc(s->arena, s->n + 1, sizeof *s->users);
	if (!s->users)
		return aisp_fail(err, AISP_E_NOMEM, "no memory for the rules of secrets");
	for (uint32_t i = 0; r == 0 && i < s->n; i++)
		r = s->rules[i].own ? own(&w, &s->rules[i], i, err) : users(s, &w, &s->rules[i], i, err);
	for (uint32_t i = 0; r == 0 && !s->no_generic && aisp_secrets__anchors[i].text; i++)
		r = want(&w, word(aisp_slice_z(aisp_secrets__anchors[i].text)), AISP_SECRETS__OWNER_GENERIC, i, err);
	if (r == 0)
		r = merge(s, &w, err);
	aisp_mem_free(w.v);
	return r;
}
