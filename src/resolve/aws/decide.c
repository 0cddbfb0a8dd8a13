/* All that one principal may do: for each domain that concerns it and each row of effects, groups of members on which the decision is
 * the same, and one decision a group.
 */
#include "base/hash.h"
#include "resolve/aws/settle.h"
#include <stdlib.h>

struct pattern {
	struct aisp_slice text;
	uint32_t span, n_spans; /* in spans */
	uint32_t at;            /* while sweeping */
	bool lets;              /* of an Allow of the principal's own policies */
};
struct group {
	uint32_t member, first; /* segs of the group, index + 1 */
};
struct piece {
	uint32_t lo, hi, next;
};
/* What a principal's own policies and limits say on a row: the same in every account. */
struct base {
	uint64_t generation;
	size_t at;
	uint32_t n;
	bool has, all_alive, fine;
};
struct seen {
	size_t at;
	uint32_t n;
};
enum { SEEN_MAX = 4000000 };
struct aisp_aws_worker {
	const struct aisp_aws_plan *plan;
	struct aisp_aws_settle settle;
	struct aisp_arena *a, *tmp; /* tmp: of one principal */
	AISP_VEC(struct pattern) patterns;
	struct aisp_aws_spans spans;
	AISP_VEC(uint32_t) bounds;
	AISP_VEC(struct group) groups;
	AISP_VEC(struct piece) pieces;
	AISP_VEC(struct aisp_slice) texts;
	struct aisp_map by;
	struct aisp_map seen;  /* (domain, row, pattern) → seen_at + 1 */
	AISP_VEC(struct seen) seen_at;
	struct aisp_aws_spans seen_spans;
	struct base *bases;    /* of each row of effects */
	AISP_VEC(struct pattern) base_patterns;
	uint64_t generation;
	struct aisp_map words; /* hash of a text that stays → kept + 1 */
	AISP_VEC(struct aisp_slice) kept;
	/* The question at hand */
	uint32_t principal;
	const struct aisp_aws_domain *d;
	uint32_t domain, row;
	bool all_alive, fine;
	enum aisp_aws_pass pass;
	const struct aisp_aws_place *only; /* members of a foreign domain; NULL: all */
	uint32_t n_only;
	struct aisp_aws_outs *to;
	int bad;
	struct aisp_err *err;
};

struct aisp_aws_worker *aisp_aws__worker_new(const struct aisp_aws_plan *p)
{
	struct aisp_aws_worker *w = aisp_mem_zalloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->plan = p;
	w->a = aisp_arena_new(0);
	w->tmp = aisp_arena_new(0);
	w->settle = (struct aisp_aws_settle){.w = p->w, .scratch = aisp_iam_scratch_new(), .a = w->tmp};
	w->bases = aisp_mem_zalloc(aisp_aws_effect_count, sizeof *w->bases);
	if (!w->a || !w->tmp || !w->settle.scratch || !w->bases) {
		aisp_aws__worker_free(w);
		return NULL;
	}
	return w;
}

void aisp_aws__worker_free(struct aisp_aws_worker *w)
{
	if (!w)
		return;
	aisp_arena_free(w->a);
	aisp_arena_free(w->tmp);
	aisp_iam_scratch_free(w->settle.scratch);
	aisp_vec_done(&w->patterns);
	aisp_mem_free(w->spans.v);
	aisp_vec_done(&w->bounds);
	aisp_vec_done(&w->groups);
	aisp_vec_done(&w->pieces);
	aisp_vec_done(&w->texts);
	aisp_map_done(&w->by);
	aisp_map_done(&w->seen);
	aisp_vec_done(&w->seen_at);
	aisp_mem_free(w->seen_spans.v);
	aisp_mem_free(w->bases);
	aisp_vec_done(&w->base_patterns);
	aisp_map_done(&w->words);
	aisp_vec_done(&w->kept);
	aisp_mem_free(w);
}

void aisp_aws__outs_done(struct aisp_aws_outs *o)
{
	aisp_vec_done(&o->out);
	aisp_vec_done(&o->segs);
	aisp_map_done(&o->by);
}

static void nomem(struct aisp_aws_worker *w)
{
	if (w->bad == 0)
		w->bad = aisp_fail(w->err, AISP_E_NOMEM, "out of memory while deciding access in AWS; scan fewer accounts at a time");
}

/* ---- Patterns ---- */

static void add_pattern(struct aisp_aws_worker *w, struct aisp_slice text, bool lets)
{
	const struct aisp_slice p = aisp_aws__expand(w->plan->w, w->principal, text, w->tmp);
	if (!p.p) {
		nomem(w);
		return;
	}
	for (size_t i = 0; i < w->patterns.n; i++)
		if (aisp_slice_eq(w->patterns.v[i].text, p)) {
			w->patterns.v[i].lets |= lets;
			return;
		}
	if (aisp_vec_push(&w->patterns, (struct pattern){.text = p, .lets = lets}) < 0)
		nomem(w);
}

static bool names(const struct aisp_aws_statement *st, const struct aisp_aws_effect *row)
{
	for (uint32_t i = 0; i < AISP_AWS_EFFECT_ACTIONS && row->actions[i]; i++)
		if (aisp_aws__names_action(st, aisp_slice_z(row->actions[i])))
			return true;
	return false;
}

static void add_docs(struct aisp_aws_worker *w, struct aisp_aws_refs refs, const struct aisp_aws_effect *row, bool identity)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w->plan->w);
	for (uint32_t i = 0; i < refs.n && !w->bad; i++) {
		const uint32_t number = in->text_of[refs.v[i]];
		const struct aisp_aws_text *t = number == AISP_AWS_NONE ? NULL : &in->texts[number];
		if (!t || !t->policy) {
			w->all_alive |= identity;
			continue;
		}
		for (uint32_t k = 0; k < t->n_st; k++) {
			const struct aisp_aws_statement *st = &t->st[k];
			if (!names(st, row))
				continue;
			w->fine |= t->by_resource_tags;
			w->all_alive |= identity && st->allow && st->not_resource;
			for (uint32_t r = 0; r < st->resources.n; r++)
				if (st->resources.v[r].n == 1 && st->resources.v[r].p[0] == '*')
					w->all_alive |= identity && st->allow;
				else
					add_pattern(w, st->resources.v[r], identity && st->allow);
		}
	}
}

/* Does any policy of its own allow each of the row's actions on anything? */
static bool may_have(const struct aisp_aws_worker *w, const struct aisp_aws_effect *row)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w->plan->w);
	const struct aisp_aws_principal *p = &w->plan->w->principals[w->principal];
	if ((p->kind != AISP_IAM_USER && p->kind != AISP_IAM_ROLE) || p->any_policy || p->unread & AISP_IAM_UNREAD_IDENTITY)
		return true;
	for (uint32_t a = 0; a < AISP_AWS_EFFECT_ACTIONS && row->actions[a]; a++) {
		bool found = false;
		for (uint32_t i = 0; i < p->identity.n && !found; i++) {
			const uint32_t number = in->text_of[p->identity.v[i]];
			const struct aisp_aws_text *t = number == AISP_AWS_NONE ? NULL : &in->texts[number];
			found = !t || !t->policy;
			for (uint32_t k = 0; t && k < t->n_st && !found; k++)
				found = t->st[k].allow && aisp_aws__names_action(&t->st[k], aisp_slice_z(row->actions[a]));
		}
		if (!found)
			return false;
	}
	return true;
}

/* ---- Cutting ---- */

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void bound(struct aisp_aws_worker *w, uint32_t at)
{
	if (aisp_vec_push(&w->bounds, at) < 0)
		nomem(w);
}

/* Patterns of shared policies come again with every principal, and those with a wildcard early are dear. */
static void find_spans(struct aisp_aws_worker *w, struct pattern *p)
{
	const struct aisp_key key = {(uint64_t)w->domain << 16 | w->row, aisp_hash64(p->text.p, p->text.n, 4)};
	const size_t star = aisp_slice_chr(p->text, '*');
	const bool dear = star != SIZE_MAX && star + 1 < p->text.n && w->d->n > 16;
	const uint32_t had = dear ? aisp_map_get(&w->seen, key) : 0;
	if (had) {
		const struct seen *s = &w->seen_at.v[had - 1];
		if (aisp_vec__grow((void **)&w->spans.v, w->spans.n, &w->spans.cap, s->n + 1, sizeof *w->spans.v) < 0) {
			nomem(w);
			return;
		}
		if (s->n)
			memcpy(w->spans.v + w->spans.n, w->seen_spans.v + s->at, s->n * sizeof *w->spans.v);
		w->spans.n += s->n;
		p->n_spans = s->n;
		return;
	}
	struct aisp_aws_spans mine = {0};
	if (aisp_aws__spans(w->d, w->row, p->text, &mine) < 0)
		nomem(w);
	p->n_spans = (uint32_t)mine.n;
	const bool keep = dear && w->seen_spans.n + mine.n < SEEN_MAX;
	const struct seen place = {w->seen_spans.n, (uint32_t)mine.n};
	for (size_t k = 0; k < mine.n && !w->bad; k++)
		if (aisp_vec_push(&w->spans, mine.v[k]) < 0 || (keep && aisp_vec_push(&w->seen_spans, mine.v[k]) < 0))
			nomem(w);
	aisp_mem_free(mine.v);
	if (!keep || w->bad)
		return;
	if (aisp_vec_push(&w->seen_at, place) < 0 || aisp_map_put(&w->seen, key, (uint32_t)w->seen_at.n, w->err) < 0)
		nomem(w);
}

static void cut(struct aisp_aws_worker *w)
{
	size_t n = 0;
	w->spans.n = 0;
	w->bounds.n = 0;
	bound(w, 0);
	bound(w, w->d->n);
	for (size_t i = 0; i < w->patterns.n && !w->bad; i++) {
		struct pattern *p = &w->patterns.v[i];
		p->at = p->span = (uint32_t)w->spans.n;
		find_spans(w, p);
		for (size_t k = p->span; k < w->spans.n && !w->bad; k++) {
			bound(w, w->spans.v[k].lo);
			bound(w, w->spans.v[k].hi);
		}
	}
	if (w->bad)
		return;
	qsort(w->bounds.v, w->bounds.n, sizeof *w->bounds.v, by_number);
	for (size_t i = 0; i < w->bounds.n; i++)
		if (i == 0 || w->bounds.v[i] != w->bounds.v[i - 1])
			w->bounds.v[n++] = w->bounds.v[i];
	w->bounds.n = n;
}

/* ---- Grouping ---- */

static void to_group(struct aisp_aws_worker *w, uint64_t sig, uint32_t lo, uint32_t hi)
{
	const struct aisp_aws_target *t = &w->d->t[lo];
	const struct aisp_key key = {sig, w->fine ? t->fine : t->attr};
	uint32_t at = aisp_map_get(&w->by, key);
	const bool specific = t->specific || w->d->all_specific;
	if (!(w->pass & (specific ? AISP_AWS__SPECIFIC : AISP_AWS__SHARED)) || w->bad)
		return;
	if (!at) {
		if (aisp_vec_push(&w->groups, (struct group){lo, 0}) < 0) {
			nomem(w);
			return;
		}
		at = (uint32_t)w->groups.n;
		const int r = aisp_map_put(&w->by, key, at, w->err);
		if (r < 0)
			w->bad = r;
	}
	struct group *g = &w->groups.v[at - 1];
	if (g->first && w->pieces.v[g->first - 1].hi == lo) {
		w->pieces.v[g->first - 1].hi = hi;
		return;
	}
	if (aisp_vec_push(&w->pieces, (struct piece){lo, hi, g->first}) < 0)
		nomem(w);
	else
		g->first = (uint32_t)w->pieces.n;
}

static bool enough_alone(const struct aisp_aws_worker *w, const struct aisp_aws_target *t)
{
	if (w->row < 64 && !(t->lets >> w->row & 1))
		return false;
	const struct aisp_aws_principal *p = &w->plan->w->principals[w->principal];
	return aisp_aws__mentions(w->plan->w, t, p);
}

static uint32_t first_not_before(const uint32_t *v, uint32_t n, uint32_t x)
{
	uint32_t lo = 0, hi = n;
	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;
		if (v[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* One stretch of members that all patterns treat alike. */
static void stretch(struct aisp_aws_worker *w, uint32_t lo, uint32_t hi, uint64_t sig, bool alive)
{
	const struct aisp_aws_domain *d = w->d;
	if (!alive) {
		for (uint32_t i = first_not_before(d->policied, d->n_policied, lo); i < d->n_policied && d->policied[i] < hi; i++)
			if (enough_alone(w, &d->t[d->policied[i]]))
				to_group(w, sig, d->policied[i], d->policied[i] + 1);
		return;
	}
	for (uint32_t at = lo; at < hi && !w->bad;) {
		uint32_t end = w->fine ? d->t[at].fine_run : d->t[at].run;
		end = end < hi ? end : hi;
		to_group(w, sig, at, end);
		at = end;
	}
}

static void no_groups(struct aisp_aws_worker *w)
{
	w->groups.n = w->pieces.n = 0;
	if (w->by.n) {
		aisp_map_done(&w->by);
		w->by = (struct aisp_map){0};
	}
}

/* The begin of the request about a member without an allocation, where it fits. */
static struct aisp_slice in_place(struct aisp_aws_worker *w, uint32_t member, char *text, size_t cap)
{
	const struct aisp_aws_effect *e = w->d->rows[w->row];
	const struct aisp_slice arn = w->d->t[member].arn;
	const size_t tail = e->form && !w->d->prefix[w->row] ? strlen(e->form) - 3 : 0;
	bool part;
	if (tail == 0 || arn.n + tail > cap) {
		const struct aisp_slice s = aisp_aws__request(w->d, w->row, member, w->tmp, &part);
		if (!s.p)
			nomem(w);
		return s;
	}
	memcpy(text, arn.p, arn.n);
	memcpy(text + arn.n, e->form + 2, tail);
	return aisp_slice_of(text, arn.n + tail);
}

/* Few members of a foreign domain: each on its own. */
static void each_only(struct aisp_aws_worker *w)
{
	char text[2048];
	no_groups(w);
	for (uint32_t k = 0; k < w->n_only && !w->bad; k++) {
		const uint32_t m = w->only[k].member;
		uint64_t sig = 1;
		bool alive = w->all_alive;
		if (!enough_alone(w, &w->d->t[m]))
			continue;
		const struct aisp_slice request = in_place(w, m, text, sizeof text);
		for (size_t i = 0; i < w->patterns.n && !alive && !w->bad; i++)
			alive = w->patterns.v[i].lets && aisp_aws__relation(w->d, w->row, m, w->patterns.v[i].text, request);
		for (size_t i = 0; i < w->patterns.n && alive && !w->bad; i++)
			sig = aisp_hash_mix(sig ^ aisp_aws__relation(w->d, w->row, m, w->patterns.v[i].text, request)) + i;
		if (alive && !w->bad)
			to_group(w, sig, m, m + 1);
	}
}

static void sweep(struct aisp_aws_worker *w)
{
	no_groups(w);
	for (size_t b = 0; b + 1 < w->bounds.n && !w->bad; b++) {
		const uint32_t lo = w->bounds.v[b], hi = w->bounds.v[b + 1];
		uint64_t sig = 1;
		bool alive = w->all_alive;
		for (size_t i = 0; i < w->patterns.n; i++) {
			struct pattern *p = &w->patterns.v[i];
			while (p->at < p->span + p->n_spans && w->spans.v[p->at].hi <= lo)
				p->at++;
			const bool here = p->at < p->span + p->n_spans && w->spans.v[p->at].lo <= lo;
			sig = aisp_hash_mix(sig ^ (here ? w->spans.v[p->at].rel : 0)) + i;
			alive |= here && p->lets;
		}
		stretch(w, lo, hi, sig, alive);
	}
}

/* ---- Writing down ---- */

/* Conditions come again and again; one copy of each stays. */
static struct aisp_slice keep(struct aisp_aws_worker *w, struct aisp_slice s)
{
	const struct aisp_key key = {aisp_hash64(s.p, s.n, 1), aisp_hash64(s.p, s.n, 2)};
	uint32_t at = s.n ? aisp_map_get(&w->words, key) : 0;
	if (s.n == 0 || at)
		return at ? w->kept.v[at - 1] : (struct aisp_slice){0};
	const struct aisp_slice copy = aisp_arena_dup(w->a, s);
	if (!copy.p || aisp_vec_push(&w->kept, copy) < 0 || aisp_map_put(&w->words, key, (uint32_t)w->kept.n, w->err) < 0)
		nomem(w);
	return copy;
}

static void write_out(struct aisp_aws_worker *w, const struct aisp_aws_effect *row, const struct aisp_aws_gives *g, const struct group *group)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w->plan->w);
	const uint64_t h = aisp_hash_mix(g->doc * 4096ULL + g->statement * 8ULL + (g->own ? 4U : 0)) ^ aisp_hash_mix((uint64_t)row->edge << 40);
	const struct aisp_key key = {aisp_hash_mix(h ^ aisp_hash64(g->condition.p, g->condition.n, 1)), h ^ aisp_hash64(g->scope.p, g->scope.n, 2)};
	uint32_t at = aisp_map_get(&w->to->by, key);
	if (!at) {
		struct aisp_aws_out o = {.edge = row->edge, .condition = keep(w, g->condition), .scope = keep(w, g->scope), .doc = g->doc, .statement = g->statement, .own = g->own};
		const uint32_t text = g->doc == AISP_AWS_NONE ? AISP_AWS_NONE : in->text_of[g->doc];
		if (text != AISP_AWS_NONE && g->statement < in->texts[text].n_st)
			o.control = in->control[g->doc][g->statement];
		else if (g->doc != AISP_AWS_NONE)
			o.control = w->plan->w->docs[g->doc].id;
		else if (w->plan->w->principals[w->principal].any_policy)
			o.control = AISP_S("aws:any-policy");
		if (aisp_vec_push(&w->to->out, o) < 0) {
			nomem(w);
			return;
		}
		at = (uint32_t)w->to->out.n;
		const int r = aisp_map_put(&w->to->by, key, at, w->err);
		if (r < 0)
			w->bad = r;
	}
	struct aisp_aws_out *o = &w->to->out.v[at - 1];
	for (uint32_t p = group->first; p && !w->bad; p = w->pieces.v[p - 1].next) {
		if (aisp_vec_push(&w->to->segs, (struct aisp_aws_seg){w->domain, w->pieces.v[p - 1].lo, w->pieces.v[p - 1].hi, o->first}) < 0)
			nomem(w);
		else
			o->first = (uint32_t)w->to->segs.n;
	}
}

/* One decision a group. */
static void decide_groups(struct aisp_aws_worker *w, const struct aisp_aws_effect *row)
{
	w->texts.n = 0;
	for (size_t i = 0; i < w->patterns.n && !w->bad; i++)
		if (aisp_vec_push(&w->texts, w->patterns.v[i].text) < 0)
			nomem(w);
	for (size_t g = 0; g < w->groups.n && !w->bad; g++) {
		struct aisp_aws_settle *s = &w->settle;
		bool part;
		s->err = w->err;
		s->principal = w->principal;
		s->row = row;
		s->t = &w->d->t[w->groups.v[g].member];
		s->patterns = w->texts.v;
		s->n_patterns = (uint32_t)w->texts.n;
		const struct aisp_slice prefix = aisp_aws__request(w->d, w->row, w->groups.v[g].member, w->tmp, &part);
		if (!prefix.p)
			nomem(w);
		else
			aisp_aws__settle(s, prefix, part);
		if (s->bad)
			w->bad = s->bad;
		for (uint32_t i = 0; i < s->n && !w->bad; i++)
			write_out(w, row, &s->v[i], &w->groups.v[g]);
	}
}

static const struct base *base_of(struct aisp_aws_worker *w, const struct aisp_aws_effect *row)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w->plan->w);
	const struct aisp_aws_principal *p = &w->plan->w->principals[w->principal];
	struct base *b = &w->bases[row - aisp_aws_effects];
	if (b->generation == w->generation)
		return b;
	w->patterns.n = 0;
	w->fine = false;
	w->all_alive = (p->kind != AISP_IAM_USER && p->kind != AISP_IAM_ROLE) || p->any_policy || p->unread & AISP_IAM_UNREAD_IDENTITY;
	add_docs(w, p->identity, row, true);
	add_docs(w, p->boundary, row, false);
	for (uint32_t i = 0; i < in->orgs[p->account].scp.n; i++)
		add_docs(w, in->orgs[p->account].scp.docs[i], row, false);
	*b = (struct base){w->generation, w->base_patterns.n, (uint32_t)w->patterns.n, may_have(w, row), w->all_alive, w->fine};
	for (size_t i = 0; i < w->patterns.n && !w->bad; i++)
		if (aisp_vec_push(&w->base_patterns, w->patterns.v[i]) < 0)
			nomem(w);
	return b;
}

static void decide_row(struct aisp_aws_worker *w)
{
	const struct aisp_aws_effect *row = w->d->rows[w->row];
	const struct aisp_aws_inside *in = aisp_aws__in(w->plan->w);
	const struct base *b = base_of(w, row);
	if (w->bad || (!b->has && (w->only || w->d->n_policied == 0)))
		return;
	if (aisp_vec__grow((void **)&w->patterns.v, 0, &w->patterns.cap, b->n + 1U, sizeof *w->patterns.v) < 0) {
		nomem(w);
		return;
	}
	if (b->n)
		memcpy(w->patterns.v, w->base_patterns.v + b->at, b->n * sizeof *w->patterns.v);
	w->patterns.n = b->n;
	w->all_alive = b->all_alive;
	w->fine = b->fine;
	for (uint32_t i = 0; i < in->orgs[w->d->account].rcp.n; i++)
		add_docs(w, in->orgs[w->d->account].rcp.docs[i], row, false);
	if (w->only && !w->bad)
		each_only(w);
	else if (!w->bad) {
		cut(w);
		if (!w->bad)
			sweep(w);
	}
	if (!w->bad)
		decide_groups(w, row);
}

static void decide_domain(struct aisp_aws_worker *w, uint32_t domain, const struct aisp_aws_place *only, uint32_t n_only)
{
	w->domain = domain;
	w->d = &w->plan->domains.v[domain];
	w->only = only;
	w->n_only = n_only;
	for (w->row = 0; w->row < w->d->n_rows && !w->bad; w->row++)
		decide_row(w);
}

/* Things of other accounts, domain by domain. */
static void decide_foreign(struct aisp_aws_worker *w, const struct aisp_aws_place *v, size_t n)
{
	const struct aisp_aws_principal *p = &w->plan->w->principals[w->principal];
	for (size_t i = 0, end; i < n && !w->bad; i = end) {
		for (end = i; end < n && v[end].domain == v[i].domain; end++)
			;
		if (w->plan->domains.v[v[i].domain].account != p->account)
			decide_domain(w, v[i].domain, &v[i], (uint32_t)(end - i));
	}
}

int aisp_aws__decide_all(struct aisp_aws_worker *w, uint32_t principal, enum aisp_aws_pass pass, struct aisp_aws_outs *to, struct aisp_err *err)
{
	const struct aisp_aws_plan *plan = w->plan;
	const struct aisp_aws_principal *p = &plan->w->principals[principal];
	const uint32_t nobodys = aisp_aws__account(plan->w, AISP_S(""));
	w->principal = principal;
	w->pass = pass;
	w->to = to;
	w->err = err;
	w->bad = w->settle.bad = 0;
	w->generation++;
	w->base_patterns.n = 0;
	aisp_arena_reset(w->tmp);
	for (uint32_t i = 0; i < plan->count[p->account] && !w->bad; i++)
		decide_domain(w, plan->first[p->account] + i, NULL, 0);
	/* AWS' own things: base models. */
	for (uint32_t i = 0; nobodys != AISP_AWS_NONE && nobodys != p->account && i < plan->count[nobodys] && !w->bad && p->kind != AISP_IAM_ROOT; i++)
		decide_domain(w, plan->first[nobodys] + i, NULL, 0);
	decide_foreign(w, plan->any.v, plan->any.n);
	decide_foreign(w, plan->named[p->account].v, plan->named[p->account].n);
	return w->bad;
}
