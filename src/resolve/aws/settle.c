/* One group decided: which statements give the right, under which conditions, on which part. */
#include "resolve/aws/settle.h"
#include <stdio.h>

enum { WITNESSES = 64, SIDES = 48 };

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
	bool resource_denies;
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
	if (d.verdict == AISP_IAM_DENIED)
		return;
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

static struct aisp_slice both(struct aisp_aws_settle *s, struct aisp_slice a, struct aisp_slice b)
{
	if (a.n == 0 || b.n == 0 || aisp_slice_eq(a, b))
		return a.n ? a : b;
	const struct aisp_slice t = aisp_arena_printf(s->a, "%.*s and %.*s", AISP_FMT(a), AISP_FMT(b));
	if (!t.p)
		s->bad = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
	return t;
}

static void add(struct aisp_aws_settle *s, const struct side *by, struct aisp_slice condition, struct aisp_slice scope)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct aisp_aws_gives *g = &s->v[i];
		if (g->doc != by->doc || g->statement != by->statement || g->own != by->own || !aisp_slice_eq(g->condition, condition))
			continue;
		if (g->scope.n && scope.n == 0)
			g->scope = scope;
		else if (g->scope.n && aisp_slice_find(g->scope, scope) == SIZE_MAX) {
			g->scope = aisp_arena_printf(s->a, "%.*s, %.*s", AISP_FMT(g->scope), AISP_FMT(scope));
			if (!g->scope.p)
				s->bad = aisp_fail(s->err, AISP_E_NOMEM, "out of memory while deciding access in AWS");
		}
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

static void settle_one(struct aisp_aws_settle *s, const struct aisp_aws_question *q, struct aisp_slice more, struct aisp_slice scope)
{
	struct answer whole;
	enum aisp_iam_verdict best = AISP_IAM_DENIED;
	ask(s, q, s->t->resource, 0, &whole);
	if (s->bad || whole.verdict == AISP_IAM_DENIED)
		return;
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
}

/* ---- Witnesses: some part, and each part that a pattern speaks of ---- */

struct witnesses {
	struct aisp_aws_settle *s;
	struct aisp_slice rest[WITNESSES];
	uint32_t n;
};

static void add_rest(void *ctx, struct aisp_slice rest)
{
	struct witnesses *w = ctx;
	if (rest.n == 0 || w->n == WITNESSES)
		return;
	for (uint32_t i = 0; i < w->n; i++)
		if (aisp_slice_eq(w->rest[i], rest))
			return;
	w->rest[w->n++] = rest;
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
	/* One pattern names the begin, another the end: what both name. */
	const uint32_t n = w->n;
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t k = 1; k < n; k++)
			if (i != k && w->rest[i].p[w->rest[i].n - 1] == '*' && w->rest[k].p[0] == '*') {
				const struct aisp_slice t = aisp_arena_printf(s->a, "%.*s%.*s", AISP_FMT(w->rest[i]), AISP_FMT(aisp_slice_from(w->rest[k], 1)));
				if (t.p)
					add_rest(w, t);
			}
}

/* ---- All actions of a row ---- */

/* A right that is needed besides. False: not had. */
static bool also(struct aisp_aws_settle *s, struct aisp_aws_question *q, uint32_t resource, struct aisp_slice *more)
{
	struct answer a;
	ask(s, q, resource, 0, &a);
	*more = both(s, *more, a.open);
	return a.verdict > AISP_IAM_DENIED;
}

static bool key_too(struct aisp_aws_settle *s, struct aisp_slice *more)
{
	const struct aisp_aws_resource *r = s->t->resource == AISP_AWS_NONE ? NULL : &s->w->resources[s->t->resource];
	char via[128];
	if (!s->row->kms || !r || r->kms_arn.n == 0)
		return true;
	const int n = snprintf(via, sizeof via, "%s.%.*s.amazonaws.com", s->row->via, (int)(r->region.n < 64 ? r->region.n : 64), r->region.p ? r->region.p : "");
	const struct aisp_slice value = aisp_slice_of(via, (size_t)n);
	const struct aisp_iam_key key = {.name = AISP_S("kms:ViaService"), .known = r->region.n ? AISP_IAM_KNOWN : AISP_IAM_UNKNOWN, .values = &value, .n = r->region.n != 0};
	struct aisp_aws_question q = {.principal = s->principal, .action = aisp_slice_z(s->row->kms), .extra = &key, .n_extra = 1};
	q.resource_arn = r->kms_key == AISP_AWS_NONE ? r->kms_arn : s->w->resources[r->kms_key].arn;
	return also(s, &q, r->kms_key, more);
}

void aisp_aws__settle(struct aisp_aws_settle *s, struct aisp_slice prefix, bool part)
{
	const struct aisp_aws_effect *row = s->row;
	struct aisp_slice more = row->given ? aisp_slice_z(row->given) : (struct aisp_slice){0};
	struct witnesses w = {.s = s};
	s->n = 0;
	if (!part)
		add_rest(&w, AISP_S("*"));
	else
		find_witnesses(s, prefix, &w);
	bool asked_more = false;
	for (uint32_t i = 0; i < w.n && !s->bad; i++) {
		struct aisp_aws_question q = {.principal = s->principal, .action = aisp_slice_z(row->actions[0]), .resource_arn = prefix};
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
			if (!key_too(s, &more))
				return;
		}
		settle_one(s, &q, more, whole ? (struct aisp_slice){0} : w.rest[i]);
	}
}
