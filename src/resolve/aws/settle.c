/* One group decided: which statements give the right, under which conditions, on which part. */
#include "resolve/aws/settle.h"
#include <stdio.h>

/* Joins of how many patterns are looked for: a part that all of identity, boundary, SCP, RCP and the thing's own policy name apart. */
enum { WITNESSES = 64, MORE_WITNESSES = 192, ROUNDS = 4, SIDES = 48 };

struct side { /* Allow statements of one layer, copied out of the scratch */
	uint32_t doc, statement;
	struct aisp_slice open;
	bool own;
};
struct answer {
	enum aisp_iam_verdict verdict;
	struct aisp_slice open;
	struct side identity[SIDES], resource[SIDES];
	uint32_t n_identity, n_resource;
	bool resource_denies, explicit_deny;
	struct aisp_slice unless; /* of a denial that no policy states: what must not hold, for another to allow it */
};

static struct aisp_slice keep(struct aisp_aws_settle *s, struct aisp_slice text)
{
	if (text.n == 0)
		return (struct aisp_slice){0};
	const struct aisp_slice t = aisp_arena_dup(s->a, text);
	if (!t.p)
		s->bad = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
	return t;
}

static struct aisp_slice both(struct aisp_aws_settle *s, struct aisp_slice a, struct aisp_slice b)
{
	if (a.n == 0 || b.n == 0 || aisp_slice_eq(a, b))
		return a.n ? a : b;
	const struct aisp_slice t = aisp_arena_printf(s->a, "%.*s and %.*s", AISP_FMT(a), AISP_FMT(b));
	if (!t.p)
		s->bad = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
	return t;
}

static bool has_grants(const struct aisp_aws_settle *s, uint32_t key)
{
	return key != AISP_AWS_NONE && aisp_map_get(&aisp_aws__in(s->w)->key_grants, (struct aisp_key){0, s->w->resources[key].node});
}

/* What of a denial counts where a grant on the key may allow it all the same. */
static void refused(struct aisp_aws_settle *s, const struct aisp_iam_decision *d, uint32_t resource, struct answer *a)
{
	a->explicit_deny = d->explicit_deny;
	for (uint32_t i = 0; has_grants(s, resource) && i < d->n_steps; i++)
		if (d->steps[i].deny && d->steps[i].open.n)
			a->unless = both(s, a->unless, aisp_arena_printf(s->a, "not (%.*s)", AISP_FMT(d->steps[i].open)));
}

static void ask(struct aisp_aws_settle *s, const struct aisp_aws_question *q, uint32_t resource, unsigned without, struct answer *a)
{
	struct aisp_iam_decision d = {0};
	*a = (struct answer){.verdict = AISP_IAM_DENIED};
	if (s->bad)
		return;
	s->asked++;
	const int r = aisp_aws__ask(s->w, q, resource, without, s->scratch, &d, s->err);
	if (r < 0) {
		s->bad = r;
		return;
	}
	a->verdict = d.verdict;
	if (d.verdict == AISP_IAM_DENIED) {
		refused(s, &d, resource, a);
		return;
	}
	a->open = d.verdict == AISP_IAM_CONDITIONAL ? keep(s, d.open.n ? d.open : AISP_S("a policy that could not be read lets it")) : (struct aisp_slice){0};
	for (uint32_t i = 0; i < d.n_steps; i++) {
		const struct aisp_iam_step *st = &d.steps[i];
		const bool own = st->layer == AISP_IAM_L_RESOURCE;
		if (own && st->deny)
			a->resource_denies = true;
		if (st->deny || (!own && st->layer != AISP_IAM_L_IDENTITY))
			continue;
		struct side *to = own ? a->resource : a->identity;
		uint32_t *n = own ? &a->n_resource : &a->n_identity;
		if (*n == SIDES)
			continue;
		const struct aisp_aws_refs *refs = &s->w->principals[q->principal].identity;
		const uint32_t doc = own ? s->t->doc : st->policy < refs->n ? refs->v[st->policy] : AISP_AWS_NONE;
		to[(*n)++] = (struct side){doc, st->statement, keep(s, st->open), own};
	}
}

/* ---- Collecting what gives the right ---- */

/* The list of parts with one more: what is in a wider one is left out. */
static struct aisp_slice widened(struct aisp_aws_settle *s, struct aisp_slice list, struct aisp_slice part)
{
	struct aisp_slice out = {"", 0};
	for (size_t at = 0; at < list.n && out.p;) {
		const struct aisp_slice rest = aisp_slice_from(list, at);
		const struct aisp_slice one = aisp_slice_to(rest, aisp_slice_find(rest, AISP_S(", ")));
		if (aisp_iam_match(one, part, false))
			return list;
		if (!aisp_iam_match(part, one, false))
			out = aisp_arena_printf(s->a, "%.*s%s%.*s", AISP_FMT(out), out.n ? ", " : "", AISP_FMT(one));
		at += one.n + 2;
	}
	out = out.n ? aisp_arena_printf(s->a, "%.*s, %.*s", AISP_FMT(out), AISP_FMT(part)) : part;
	if (!out.p)
		s->bad = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
	return out;
}

static void add(struct aisp_aws_settle *s, const struct side *by, struct aisp_slice condition, struct aisp_slice scope)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct aisp_aws_gives *g = &s->v[i];
		if (g->doc != by->doc || g->statement != by->statement || g->own != by->own || !aisp_slice_eq(g->condition, condition))
			continue;
		if (g->scope.n && scope.n == 0)
			g->scope = scope;
		else if (g->scope.n)
			g->scope = widened(s, g->scope, scope);
		return;
	}
	if (s->n < AISP_AWS__GIVES)
		s->v[s->n++] = (struct aisp_aws_gives){by->doc, by->statement, by->own, condition, scope};
}

/* The statements of one layer, with what each leaves open. Gives the best of them. */
static enum aisp_iam_verdict add_side(struct aisp_aws_settle *s, const struct side *v, uint32_t n, enum aisp_iam_verdict verdict, struct aisp_slice open,
                                      struct aisp_slice more, struct aisp_slice scope)
{
	enum aisp_iam_verdict best = AISP_IAM_DENIED;
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_slice c = verdict == AISP_IAM_ALLOWED ? v[i].open : open;
		const enum aisp_iam_verdict mine = c.n ? AISP_IAM_CONDITIONAL : AISP_IAM_ALLOWED;
		best = mine > best ? mine : best;
		add(s, &v[i], both(s, c, more), scope);
	}
	return best;
}

/* Without one side, decided on its own, but never better than with all that bears on it. */
static void alone(struct aisp_aws_settle *s, const struct aisp_aws_question *q, uint32_t resource, unsigned without, const struct answer *whole, struct answer *a)
{
	ask(s, q, resource, without, a);
	if (a->verdict > whole->verdict || (a->verdict == AISP_IAM_CONDITIONAL && a->verdict == whole->verdict && whole->resource_denies)) {
		a->verdict = whole->verdict;
		a->open = whole->open;
	}
}

static enum aisp_iam_verdict settle_one(struct aisp_aws_settle *s, const struct aisp_aws_question *q, struct aisp_slice more, struct aisp_slice scope)
{
	struct answer whole;
	enum aisp_iam_verdict best = AISP_IAM_DENIED;
	ask(s, q, s->t->resource, 0, &whole);
	if (s->bad || whole.verdict == AISP_IAM_DENIED)
		return AISP_IAM_DENIED;
	if (whole.n_identity && whole.n_resource) {
		struct answer i, r;
		alone(s, q, s->t->resource, AISP_AWS__NO_RESOURCE, &whole, &i);
		alone(s, q, s->t->resource, AISP_AWS__NO_IDENTITY, &whole, &r);
		if (i.verdict > AISP_IAM_DENIED)
			best = add_side(s, i.identity, i.n_identity, i.verdict, i.open, more, scope);
		if (r.verdict > AISP_IAM_DENIED) {
			const enum aisp_iam_verdict b = add_side(s, r.resource, r.n_resource, r.verdict, r.open, more, scope);
			best = b > best ? b : best;
		}
	} else {
		best = add_side(s, whole.identity, whole.n_identity, whole.verdict, whole.open, more, scope);
		const enum aisp_iam_verdict b = add_side(s, whole.resource, whole.n_resource, whole.verdict, whole.open, more, scope);
		best = b > best ? b : best;
	}
	/* Both sides are needed (other account, keys), or what statements leave open cancels out: the principal's side, or whatever there is. */
	if (best < whole.verdict && !s->bad) {
		const struct side *v = whole.n_identity ? whole.identity : whole.resource;
		const uint32_t n = whole.n_identity ? whole.n_identity : whole.n_resource;
		const struct side nobody = {AISP_AWS_NONE, 0, {0}, false};
		for (uint32_t k = 0; k < (n ? n : 1); k++) {
			const struct side *by = n ? &v[k] : &nobody;
			/* A statement that is open itself gives less than the whole, unless none is closed. */
			bool closed = false;
			for (uint32_t j = 0; j < n; j++)
				closed |= v[j].open.n == 0;
			const struct aisp_slice c = whole.verdict == AISP_IAM_ALLOWED && closed ? by->open : whole.open;
			add(s, by, both(s, c, more), scope);
		}
	}
	return whole.verdict;
}

/* ---- Witnesses: some part, and each part that a pattern speaks of ---- */

struct witnesses {
	struct aisp_aws_settle *s;
	struct aisp_slice rest[MORE_WITNESSES];
	uint32_t n, cap;
	uint32_t singles; /* the first ones: the whole, and what single patterns leave open */
	uint32_t rounds, round_from; /* joins so far; where the last ones begin */
};

static void add_rest(void *ctx, struct aisp_slice rest)
{
	struct witnesses *w = ctx;
	if (rest.n == 0 || w->n == w->cap)
		return;
	for (uint32_t i = 0; i < w->n; i++)
		if (aisp_slice_eq(w->rest[i], rest))
			return;
	w->rest[w->n++] = rest;
}

/* A pattern with a star as begin, middle and end: "a*b*c" is a, "*b*", c. False: it has none. */
static bool parts(struct aisp_slice p, struct aisp_slice *begin, struct aisp_slice *middle, struct aisp_slice *end)
{
	const size_t first = aisp_slice_chr(p, '*'), last = aisp_slice_rchr(p, '*');
	if (first == SIZE_MAX)
		return false;
	*begin = aisp_slice_to(p, first);
	*middle = aisp_slice_of(p.p + first, last + 1 - first);
	*end = aisp_slice_from(p, last + 1);
	return true;
}

/* What both can begin (or, backwards, end) with: the longer of the two; false: they exclude each other. */
static bool longer(struct aisp_slice a, struct aisp_slice b, bool backwards, struct aisp_slice *ret)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	for (size_t i = 0; i < n; i++) {
		const char x = backwards ? a.p[a.n - 1 - i] : a.p[i], y = backwards ? b.p[b.n - 1 - i] : b.p[i];
		if (x != y && x != '?' && y != '?')
			return false;
	}
	*ret = a.n > b.n || (a.n == b.n && aisp_slice_chr(a, '?') == SIZE_MAX) ? a : b;
	return true;
}

/* Something that two patterns both name: begin and end of both, the middle of one behind that of the other. */
static void join(struct witnesses *w, struct aisp_slice a, struct aisp_slice b)
{
	struct aisp_slice a_begin, a_middle, a_end, b_begin, b_middle, b_end, begin, end;
	if (!parts(a, &a_begin, &a_middle, &a_end) || !parts(b, &b_begin, &b_middle, &b_end))
		return;
	if (!longer(a_begin, b_begin, false, &begin) || !longer(a_end, b_end, true, &end))
		return;
	/* A star alone says nothing more. */
	b_middle = aisp_slice_from(b_middle, 1);
	const struct aisp_slice t = aisp_arena_printf(w->s->a, "%.*s%.*s%.*s%.*s", AISP_FMT(begin), AISP_FMT(a_middle), AISP_FMT(b_middle), AISP_FMT(end));
	if (!t.p)
		w->s->bad = aisp_fail(w->s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
	else
		add_rest(w, t);
}

/* What several patterns of several layers name together: each of [from, to) with each single one. */
static void find_joins(struct witnesses *w, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && !w->s->bad; i++)
		for (uint32_t k = 1; k < w->singles && w->n < w->cap && !w->s->bad; k++)
			if (i != k)
				join(w, w->rest[i], w->rest[k]);
}

/* More patterns at once, where fewer were not enough. */
static bool another_round(struct witnesses *w, enum aisp_iam_verdict best)
{
	const uint32_t from = w->round_from, to = w->n;
	if (best == AISP_IAM_ALLOWED || w->rounds == ROUNDS || from == to || w->s->bad)
		return false;
	w->rounds++;
	w->cap = MORE_WITNESSES;
	find_joins(w, from, to);
	w->round_from = to;
	return w->n > to;
}

static void find_witnesses(struct aisp_aws_settle *s, struct aisp_slice prefix, struct witnesses *w)
{
	const struct aisp_aws_inside *in = aisp_aws__in(s->w);
	add_rest(w, AISP_S("*"));
	for (uint32_t i = 0; i < s->n_patterns; i++)
		aisp_aws__rests(s->patterns[i], prefix, add_rest, w);
	const uint32_t number = s->t->doc == AISP_AWS_NONE ? AISP_AWS_NONE : in->text_of[s->t->doc];
	const struct aisp_aws_text *text = number == AISP_AWS_NONE ? NULL : &in->texts[number];
	for (uint32_t i = 0; text && i < text->n_st; i++)
		for (uint32_t k = 0; k < text->st[i].resources.n; k++) {
			const struct aisp_slice p = aisp_aws__expand(s->w, s->principal, text->st[i].resources.v[k], s->a);
			if (p.p)
				aisp_aws__rests(p, prefix, add_rest, w);
		}
	w->singles = w->n;
	w->round_from = w->n;
	find_joins(w, 1, w->n);
}

/* ---- All actions of a row ---- */

/* Where no policy allows the key's use, a grant on the key may. */
static bool granted(struct aisp_aws_settle *s, const struct aisp_aws_question *q, uint32_t key, const struct answer *a, struct aisp_slice *more)
{
	const struct aisp_aws_inside *in = aisp_aws__in(s->w);
	const struct aisp_aws_principal *p = &s->w->principals[q->principal];
	const aisp_node who = p->form_of == AISP_AWS_NONE ? p->node : s->w->principals[p->form_of].node;
	const struct aisp_slice operation = aisp_slice_from(q->action, sizeof "kms:" - 1);
	bool constrained = false, found = false;
	if (a->explicit_deny || !has_grants(s, key))
		return false;
	for (uint32_t g = aisp_map_get(&in->key_grants, (struct aisp_key){who, s->w->resources[key].node}); g; g = in->grants[g - 1].next) {
		struct aisp_slice rest = in->grants[g - 1].operations, one;
		while (aisp_slice_split(&rest, ',', &one))
			if (aisp_slice_eq(one, operation)) {
				constrained = in->grants[g - 1].constrained && (!found || constrained);
				found = true;
			}
	}
	if (found)
		*more = both(s, both(s, *more, a->unless), constrained ? AISP_S("the constraint of the grant on its key holds: encryption context") : (struct aisp_slice){0});
	return found;
}

/* A right that is needed besides. False: not had. */
static bool also(struct aisp_aws_settle *s, struct aisp_aws_question *q, uint32_t resource, struct aisp_slice *more)
{
	struct answer a;
	ask(s, q, resource, 0, &a);
	if (a.verdict == AISP_IAM_DENIED && aisp_slice_starts(q->action, AISP_S("kms:")))
		return granted(s, q, resource, &a, more);
	*more = both(s, *more, a.open);
	return a.verdict > AISP_IAM_DENIED;
}

static bool key_too(struct aisp_aws_settle *s, struct aisp_slice *more)
{
	const struct aisp_aws_resource *r = s->t->resource == AISP_AWS_NONE ? NULL : &s->w->resources[s->t->resource];
	char via[128];
	/* The policy of such a key lets its own account in, through the service, and nobody else:
	 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html */
	if (s->row->kms && r && r->aws_key)
		return s->w->principals[s->principal].account == r->account;
	if (!s->row->kms || !r || r->kms_arn.n == 0)
		return true;
	const int n = snprintf(via, sizeof via, "%s.%.*s.amazonaws.com", s->row->via, (int)(r->region.n < 64 ? r->region.n : 64), r->region.p ? r->region.p : "");
	const struct aisp_slice value = aisp_slice_of(via, (size_t)n);
	const struct aisp_iam_key key = {.name = AISP_S("kms:ViaService"), .known = r->region.n ? AISP_IAM_KNOWN : AISP_IAM_UNKNOWN, .values = &value, .n = r->region.n != 0};
	struct aisp_aws_question q = {.principal = s->principal, .action = aisp_slice_z(s->row->kms), .extra = &key, .n_extra = 1};
	q.resource_arn = r->kms_key == AISP_AWS_NONE ? r->kms_arn : s->w->resources[r->kms_key].arn;
	return also(s, &q, r->kms_key, more);
}

/* Without credentials a function is called at its URL, if that asks for none, and its policy must let everybody do both:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
static bool url_too(struct aisp_aws_settle *s, const struct aisp_aws_question *q, struct aisp_slice *more)
{
	const struct aisp_aws_resource *r = s->t->resource == AISP_AWS_NONE ? NULL : &s->w->resources[s->t->resource];
	struct aisp_aws_question url = *q;
	if (!r || s->w->principals[q->principal].kind != AISP_IAM_ANONYMOUS || !aisp_slice_starts(q->action, AISP_S("lambda:")))
		return true;
	url.action = AISP_S("lambda:InvokeFunctionUrl");
	return aisp_slice_eqz(r->url_auth, "NONE") && also(s, &url, s->t->resource, more);
}

void aisp_aws__settle(struct aisp_aws_settle *s, struct aisp_slice prefix, bool part)
{
	const struct aisp_aws_effect *row = s->row;
	struct aisp_slice more = row->given ? aisp_slice_z(row->given) : (struct aisp_slice){0};
	struct witnesses w = {.s = s, .cap = WITNESSES};
	enum aisp_iam_verdict best = AISP_IAM_DENIED;
	s->n = 0;
	if (!part)
		add_rest(&w, AISP_S("*"));
	else
		find_witnesses(s, prefix, &w);
	bool asked_more = false;
	for (uint32_t i = 0; i < w.n || another_round(&w, best); i++) {
		struct aisp_aws_question q = {.principal = s->principal, .action = aisp_slice_z(row->actions[0]), .resource_arn = prefix};
		if (s->bad)
			return;
		const bool whole = w.rest[i].n == 1 && w.rest[i].p[0] == '*';
		if (part) {
			q.resource_arn = aisp_arena_printf(s->a, "%.*s%.*s", AISP_FMT(prefix), AISP_FMT(w.rest[i]));
			if (!q.resource_arn.p) {
				s->bad = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
				return;
			}
		}
		/* The first action is asked quickly; the others and the key only when it is had. */
		if (!asked_more) {
			struct aisp_iam_decision d;
			q.quick = true;
			s->asked++;
			const int r = aisp_aws__ask(s->w, &q, s->t->resource, 0, s->scratch, &d, s->err);
			q.quick = false;
			if (r < 0) {
				s->bad = r;
				return;
			}
			if (d.verdict == AISP_IAM_DENIED)
				continue;
			asked_more = true;
			for (uint32_t k = 1; k < AISP_AWS_EFFECT_ACTIONS && row->actions[k]; k++) {
				struct aisp_aws_question other = q;
				other.action = aisp_slice_z(row->actions[k]);
				if (!also(s, &other, s->t->resource, &more))
					return;
			}
			if (!key_too(s, &more) || !url_too(s, &q, &more))
				return;
		}
		const enum aisp_iam_verdict v = settle_one(s, &q, more, whole ? (struct aisp_slice){0} : w.rest[i]);
		best = v > best ? v : best;
	}
}
