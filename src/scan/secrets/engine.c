/* The scan: one pass for the anchors of all rules, and for each anchor the rule that owns it.
 *
 *   finder ─▶ places, put in order ─┬ our rule ───▶ window, PCRE2 ─▶ confirm.c ─┐
 *                                   ├ generic ────▶ generic.c ────────────────┼▶ hits ─▶ reduce.c ─▶ sink
 *                                   └ users' keyword ─▶ fragment.c (gitleaks' way) ┘
 *
 * Bounded: the bytes that expressions look at are counted; beyond WORK_FACTOR times the text the scan stops with AISP_E_LIMIT.
 */
#include "scan/secrets/engine_int.h"
#include "base/vec.h"
#include "scan/secrets/values_int.h"

enum { MARGIN = 64, AFTER_MAX = 16, WORK_FACTOR = 128, WORK_BASE = 64 << 20, SLOW_MAX = 4, KEY_REACH = 512 << 10, KEY_STEP = 256 << 10 };
static const size_t arena_max = (size_t)32 << 20;

int aisp_secrets_new(const struct aisp_secrets_config *config, struct aisp_secrets **ret, struct aisp_err *err)
{
	struct aisp_arena *a = aisp_arena_new((size_t)256 << 20);
	struct aisp_secrets *s = a ? aisp_arena_zalloc(a, 1, sizeof *s) : NULL;
	struct aisp_secrets__loader l = {.a = a};
	int r = 0;

	if (!s) {
		aisp_arena_free(a);
		return aisp_fail(err, AISP_E_NOMEM, "no memory for the rules of secrets");
	}
	s->arena = a;
	s->all_hits = config && config->all_hits;
	s->no_generic = config && config->no_builtin;
	for (const struct aisp_secrets__builtin *b = aisp_secrets__builtins; r == 0 && !s->no_generic && b->name; b++)
		r = aisp_secrets__load(&l, b->name, aisp_slice_of((const char *)b->data, b->n), true, err);
	for (size_t i = 0; r == 0 && config && i < config->n_rule_files; i++)
		r = aisp_secrets__load(&l, "the users' rules", config->rule_files[i], false, err);
	r = r < 0 ? r : aisp_secrets__loaded(&l, s, err);
	r = r < 0 ? r : aisp_secrets__index(s, err);
	aisp_mem_free(l.rules);
	aisp_mem_free(l.allows);
	if (r < 0) {
		aisp_secrets_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static void allows_done(struct aisp_secrets__allows *a)
{
	for (uint32_t i = 0; i < a->n; i++) {
		for (uint32_t k = 0; k < a->v[i].n_paths; k++)
			aisp_secrets__pattern_done(&a->v[i].paths[k]);
		for (uint32_t k = 0; k < a->v[i].n_regexes; k++)
			aisp_secrets__pattern_done(&a->v[i].regexes[k]);
	}
}

void aisp_secrets_free(struct aisp_secrets *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; s->rules && i < s->n; i++) {
		aisp_secrets__pattern_done(&s->rules[i].regex);
		aisp_secrets__pattern_done(&s->rules[i].path);
		allows_done(&s->rules[i].allows);
	}
	allows_done(&s->allows);
	aisp_arena_free(s->arena);
}

size_t aisp_secrets_count(const struct aisp_secrets *s)
{
	return s->n;
}

int aisp_secrets_scratch_new(const struct aisp_secrets *s, struct aisp_secrets_scratch **ret, struct aisp_err *err)
{
	struct aisp_secrets_scratch *x = aisp_mem_zalloc(1, sizeof *x);
	int r = x ? aisp_secrets__matcher_new(&x->m, err) : AISP_E_NOMEM;

	if (r == 0) {
		x->s = s;
		x->arena = aisp_arena_new(arena_max);
		x->rules = aisp_mem_zalloc(s->n + 1, sizeof *x->rules);
		x->found = aisp_mem_zalloc(2 * AISP_SECRETS__BATCH, sizeof *x->found);
		aisp_buf_init(&x->utf8, 0);
	}
	if (r < 0 || !x->arena || !x->rules || !x->found) {
		aisp_secrets_scratch_free(x);
		return aisp_fail(err, AISP_E_NOMEM, "no memory to look for secrets");
	}
	*ret = x;
	return 0;
}

static void wipe(void *p, size_t n)
{
	if (p && n)
		explicit_bzero(p, n);
}

void aisp_secrets_scratch_free(struct aisp_secrets_scratch *x)
{
	if (!x)
		return;
	aisp_secrets__matcher_free(x->m);
	aisp_arena_free(x->arena);
	aisp_mem_free(x->rules);
	aisp_mem_free(x->found);
	wipe(x->hits, x->cap_hits * sizeof *x->hits);
	aisp_mem_free(x->hits);
	wipe(x->utf8.p, x->utf8.cap);
	wipe(x->decoded, x->decoded ? AISP_SECRETS__DECODED_MAX : 0);
	aisp_mem_free(x->decoded);
	aisp_buf_done(&x->utf8);
	aisp_mem_free(x);
}

void aisp_secrets_scratch_commit(struct aisp_secrets_scratch *x, struct aisp_slice commit)
{
	size_t n = commit.n < sizeof x->commit ? commit.n : 0;

	if (n)
		memcpy(x->commit, commit.p, n);
	x->commit[n] = 0;
}

int aisp_secrets__keep(struct aisp_secrets_scratch *x, const struct aisp_secrets__hit *h)
{
	if (x->n_hits >= AISP_SECRETS__HITS_MAX) {
		x->cut = true;
		return 0;
	}
	if (aisp_vec__grow((void **)&x->hits, x->n_hits, &x->cap_hits, 1, sizeof *x->hits) < 0)
		return AISP_E_NOMEM;
	x->hits[x->n_hits++] = *h;
	return 0;
}

bool aisp_secrets__path_fits(struct aisp_secrets_scratch *x, uint32_t rule)
{
	struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__rule_state *st = &x->rules[rule];
	struct aisp_secrets__span groups[AISP_SECRETS__GROUPS];

	if (!st->path) {
		bool fits = !r->path.re.pattern.n || aisp_secrets__match(x->m, &r->path, x->path, 0, SIZE_MAX, AISP_SECRETS__UTF, groups) > 0;

		st->path = fits && !aisp_secrets__path_allowed(x->m, &r->allows, x->path) ? 1 : 2;
	}
	return st->path == 1;
}

/* A keyword that the expression does not hold by itself must stand somewhere around. */
static bool has_keyword(struct aisp_secrets_scratch *x, uint32_t rule, size_t at)
{
	const struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__rule_state *st = &x->rules[rule];

	if (st->key && (x->text.n <= KEY_REACH || at < st->key_at + KEY_STEP))
		return st->key == 1;
	size_t from = at > KEY_REACH ? at - KEY_REACH : 0, to = x->text.n - at > KEY_REACH ? at + KEY_REACH : x->text.n;

	st->key = 2;
	st->key_at = at;
	for (uint32_t k = 0; k < r->n_keywords && st->key == 2; k++)
		if (aisp_slice_findi(aisp_slice_of(x->text.p + from, to - from), r->keywords[k]) != SIZE_MAX)
			st->key = 1;
	return st->key == 1;
}

struct window {
	size_t from, to; /* a match begins and, but for what cuts it, ends here */
	size_t at;       /* of the literal or keyword */
	size_t base;     /* where the subject begins in the text: some bytes before, for \b and the like */
	struct aisp_slice subject;
	unsigned flags;
};

/* 1: the next match, from w->from on. */
static int next_match(struct aisp_secrets_scratch *x, uint32_t rule, const struct window *w, struct aisp_secrets__span *groups)
{
	struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__rule_state *st = &x->rules[rule];
	uint32_t pre_min = r->regex.re.lits.pre_min;
	/* Not beyond where a match that holds this literal can begin. */
	size_t last = r->keyed || w->at < pre_min + w->base ? SIZE_MAX : w->at - pre_min - w->base;
	int got = last < w->from - w->base ? 0 : aisp_secrets__match(x->m, &r->regex, w->subject, w->from - w->base, last, w->flags, groups);

	x->work += w->to - w->from;
	if (got == AISP_E_LIMIT) {
		x->work += WORK_BASE / 8;
		st->slow++;
		x->cut = true;
	}
	/* What begins before has been tried, but for what would have ended behind the window. */
	if (got == 0 && r->keyed && w->to - w->from > r->regex.re.max && w->to - r->regex.re.max > st->last_end)
		st->last_end = w->to - r->regex.re.max;
	return got > 0 && w->base + groups[0].from >= w->to ? 0 : got;
}

/* All matches of one of our rules in the window; each is judged. */
static int window(struct aisp_secrets_scratch *x, uint32_t rule, size_t from, size_t to, size_t at)
{
	const struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__rule_state *st = &x->rules[rule];
	size_t base = from > MARGIN ? from - MARGIN : 0, end = x->text.n - to > MARGIN ? to + MARGIN : x->text.n;
	struct window w = {from, to, at, base, aisp_slice_of(x->text.p + base, end - base),
	                   (base ? AISP_SECRETS__NOT_BEGIN : 0) | (end < x->text.n ? AISP_SECRETS__NOT_END : 0)};
	struct aisp_secrets__span groups[AISP_SECRETS__GROUPS];
	struct aisp_secrets__hit h;

	while (w.from < to) {
		int got = next_match(x, rule, &w, groups);

		if (got <= 0)
			return got == AISP_E_NOMEM ? got : 0;
		size_t stop = base + groups[0].to;

		st->last_end = stop > st->last_end ? stop : st->last_end;
		if (!r->needs_keyword || has_keyword(x, rule, at)) {
			got = aisp_secrets__confirm(x, rule, base, groups, &h);
			got = got > 0 ? aisp_secrets__keep(x, &h) : got;
			if (got < 0)
				return got;
		}
		if (r->fixed || (!r->keyed && stop > at))
			return 0;
		w.from = stop > w.from ? stop : w.from + 1;
	}
	return 0;
}

/* Do the bytes that must follow a literal? */
static inline bool followed(struct aisp_slice text, size_t at, const struct aisp_secrets__after *after)
{
	uint32_t n = after->n < AFTER_MAX ? after->n : AFTER_MAX;

	if (!after->class)
		return true;
	if (at > text.n || text.n - at < n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!aisp_secrets__class_has(after->class, (unsigned char)text.p[at + i]))
			return false;
	return true;
}

int aisp_secrets__try(struct aisp_secrets_scratch *x, uint32_t rule, size_t at, size_t n)
{
	const struct aisp_secrets__rule *r = &x->s->rules[rule];
	struct aisp_secrets__rule_state *st = &x->rules[rule];

	if (st->scan != x->scan)
		*st = (struct aisp_secrets__rule_state){.scan = x->scan};
	if (r->uniform) {
		bool again = st->tried == at && at;

		st->tried = at + 1;
		if (again)
			return 0;
	}
	if (!r->keyed && !followed(x->text, at + n, &r->regex.re.lits.after))
		return 0;
	if ((!r->keyed && at < st->last_end) || st->slow > SLOW_MAX || (r->fixed && at < r->back))
		return 0;
	size_t from = at > r->back ? at - r->back : 0;

	if (from < st->last_end)
		from = st->last_end;
	if (x->text.n - from < r->regex.re.min)
		return 0;
	if ((r->path.re.pattern.n || r->allows.n) && !aisp_secrets__path_fits(x, rule))
		return 0;
	if (x->work > x->work_max) {
		x->cut = true;
		return 0;
	}
	return window(x, rule, from, x->text.n - from > r->span ? from + r->span : x->text.n, at);
}

/* What generic found. */
static int from_generic(void *ctx, const struct aisp_secret_hit *hit)
{
	struct aisp_secrets_scratch *x = ctx;
	struct aisp_secrets__hit h = {.h = *hit, .rule = UINT32_MAX, .generic = true};

	if (hit->n == 0 || hit->at > x->text.n || hit->n > x->text.n - hit->at)
		return 0;
	struct aisp_slice secret = aisp_slice_of(x->text.p + hit->at, hit->n);
	size_t match_at = hit->match_n && hit->match_at <= hit->at ? hit->match_at : hit->at;
	size_t match_end = hit->match_n ? hit->match_at + hit->match_n : 0;

	h.h.match_at = match_at;
	h.h.match_n = (match_end >= hit->at + hit->n && match_end <= x->text.n ? match_end : hit->at + hit->n) - match_at;
	h.h.entropy = aisp_secrets__entropy(secret);
	if (x->s->allows.n) {
		struct aisp_secrets__judged j = {secret, aisp_slice_of(x->text.p + h.h.match_at, h.h.match_n), {0}, x->path, x->commit};

		j.line = aisp_secrets__lines(x->text, h.h.match_at, h.h.match_at + h.h.match_n);
		if (aisp_secrets__allowed(x->m, &x->s->allows, &j))
			return 0;
	}
	return aisp_secrets__keep(x, &h);
}

static int place(struct aisp_secrets_scratch *x, const struct aisp_secrets__found *f)
{
	const struct aisp_secrets *s = x->s;
	int r = 0;

	for (uint32_t i = s->owner_at[f->lit]; r == 0 && i < s->owner_at[f->lit + 1]; i++) {
		struct aisp_secrets__owner o = s->owners[i];

		if (o.kind == AISP_SECRETS__OWNER_RULE)
			r = aisp_secrets__try(x, o.n, f->at, s->lits[f->lit].n);
		else if (o.kind == AISP_SECRETS__OWNER_KEYWORD)
			x->rules[o.n].marked = 1;
		else
			r = aisp_secrets__generic(&x->generic, aisp_secrets__anchors[o.n].tag, f->at, from_generic, x);
	}
	return r;
}

/* Nearly sorted already. */
void aisp_secrets__sort(struct aisp_secrets__found *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct aisp_secrets__found f = v[i];
		size_t k = i;

		for (; k && v[k - 1].at > f.at; k--)
			v[k] = v[k - 1];
		v[k] = f;
	}
}

static int pass(struct aisp_secrets_scratch *x)
{
	size_t at = 0, kept = 0, fragment = 0, fragment_end = x->s->n_users ? aisp_secrets__fragment_end(x->text, 0) : SIZE_MAX;
	int r = 0;

	while (r == 0) {
		size_t n = kept + aisp_secrets__find(x->s->finder, x->text, &at, x->found + kept, AISP_SECRETS__BATCH);
		bool last = at >= x->text.n;
		size_t sure = last ? SIZE_MAX : at > AISP_SECRETS__LIT_MAX ? at - AISP_SECRETS__LIT_MAX : 0, i = 0;

		aisp_secrets__sort(x->found, n);
		for (; r == 0 && i < n && x->found[i].at < sure; i++) {
			while (r == 0 && x->found[i].at >= fragment_end) {
				r = aisp_secrets__fragment(x, fragment, fragment_end);
				fragment = fragment_end;
				fragment_end = aisp_secrets__fragment_end(x->text, fragment);
			}
			r = r < 0 ? r : place(x, &x->found[i]);
		}
		kept = n - i;
		memmove(x->found, x->found + i, kept * sizeof *x->found);
		if (last)
			break;
	}
	while (r == 0 && x->s->n_users && fragment < x->text.n) {
		r = aisp_secrets__fragment(x, fragment, fragment_end);
		fragment = fragment_end;
		fragment_end = aisp_secrets__fragment_end(x->text, fragment);
	}
	return r;
}

/* Rules, generic, what is encoded: hits. */
static int look(struct aisp_secrets_scratch *x)
{
	const struct aisp_secrets *s = x->s;

	x->generic = (struct aisp_secrets__generic_ctx){.path = x->path, .text = x->text, .arena = x->arena};
	if (!s->no_generic)
		aisp_secrets__generic_begin(&x->generic);
	for (size_t i = 0; s->n_users && i < x->text.n && !x->utf; i++)
		x->utf = (unsigned char)x->text.p[i] > 127;
	int r = pass(x);

	if (r == 0 && !s->no_generic && aisp_secrets__generic_decodes(&x->generic))
		r = aisp_secrets__decode(x);
	return r;
}

int aisp_secrets_scan(const struct aisp_secrets *s, struct aisp_secrets_scratch *x, struct aisp_slice path,
                      struct aisp_slice text, aisp_secret_sink *sink, void *ctx, struct aisp_err *err)
{
	if (x->s != s)
		return aisp_fail(err, AISP_E_INTERNAL, "the working memory belongs to other rules");
	int r = aisp_secrets__utf16(text, &x->utf8, err);

	if (r < 0)
		return r;
	x->text = r > 0 ? aisp_buf_slice(&x->utf8) : text;
	x->path = path;
	x->n_hits = 0;
	x->work = 0;
	x->work_max = (uint64_t)x->text.n * WORK_FACTOR + WORK_BASE;
	x->cut = false;
	x->utf = false;
	if (++x->scan == 0 || s->n_users) {
		memset(x->rules, 0, s->n * sizeof *x->rules);
		x->scan += !x->scan;
		for (uint32_t i = 0; i < s->n; i++)
			x->rules[i].scan = x->scan;
	}
	if (s->allows.n && aisp_secrets__path_allowed(x->m, &s->allows, path))
		return 0;
	r = look(x);
	if (r == 0 && x->n_hits)
		r = aisp_secrets__deliver(x, sink, ctx);
	if (aisp_arena_used(x->arena))
		aisp_arena_reset(x->arena);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "no memory to look for secrets");
	if (r == 0 && x->cut)
		return aisp_fail(err, AISP_E_LIMIT, "too many or too costly places that look like secrets: not all were judged");
	return r;
}
