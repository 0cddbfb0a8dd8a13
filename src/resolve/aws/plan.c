/* The plan: things of one type in one account, sorted, each with a number for all that a decision can depend on beside its ARN. */
#include "base/hash.h"
#include "resolve/aws/grants_int.h"
#include <stdlib.h>

struct planning {
	struct aisp_aws_plan *p;
	const struct aisp_aws_inside *in;
	AISP_VEC(struct aisp_aws_target) all;
	AISP_VEC(struct aisp_slice) types; /* of each target; beside it */
	int bad;
	struct aisp_err *err;
};
struct sorting {
	struct aisp_aws_target t;
	struct aisp_slice type;
};

static void nomem(struct planning *x)
{
	if (x->bad == 0)
		x->bad = aisp_fail(x->err, AISP_E_NOMEM, "out of memory while deciding access in AWS; scan fewer accounts at a time");
}

static int cmp_i(struct aisp_slice a, struct aisp_slice b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		const int x = a.p[i] | 32, y = b.p[i] | 32;
		if (x != y)
			return x - y;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static int by_place(const void *a, const void *b)
{
	const struct sorting *x = a, *y = b;
	int c = (x->t.account > y->t.account) - (x->t.account < y->t.account);
	if (c == 0)
		c = cmp_i(x->type, y->type);
	if (c == 0)
		c = aisp_slice_cmp(x->t.arn, y->t.arn);
	return c ? c : (x->t.node > y->t.node) - (x->t.node < y->t.node);
}

/* ---- Attributes ---- */

/* The words of a policy with its own ARN taken out, if it uses that only as the begin of resources; else a number of its own. */
static uint64_t policy_number(const struct aisp_aws_text *t, struct aisp_slice arn, uint32_t doc)
{
	uint64_t h = aisp_hash_mix(0x77);
	size_t uses = 0, found = 0, at = 0;
	if (!t->policy)
		return aisp_hash_mix(doc + 0x1000000000ULL);
	for (uint32_t i = 0; i < t->n_st; i++)
		for (uint32_t k = 0; k < t->st[i].resources.n; k++) {
			const struct aisp_slice r = t->st[i].resources.v[k];
			if (aisp_slice_starts(r, arn))
				uses++;
			else if (!aisp_slice_eqz(r, "*"))
				return aisp_hash_mix(doc + 0x1000000000ULL);
		}
	for (;;) {
		const struct aisp_slice rest = aisp_slice_from(t->text, at);
		const size_t next = aisp_slice_find(rest, arn);
		const struct aisp_slice piece = next == SIZE_MAX ? rest : aisp_slice_to(rest, next);
		h = aisp_hash_mix(h ^ aisp_hash64(piece.p, piece.n, 9));
		if (next == SIZE_MAX)
			break;
		found++;
		at += next + arn.n;
	}
	return found == uses ? h : aisp_hash_mix(doc + 0x1000000000ULL);
}

static void attribute_tags(struct planning *x, struct aisp_slice tags, struct aisp_aws_target *t)
{
	for (uint32_t i = 0; i < x->in->resource_tags.n; i++) {
		const struct aisp_slice key = x->in->resource_tags.v[i];
		struct aisp_slice v = {0};
		const bool has = aisp_aws__tag(tags, aisp_slice_from(key, aisp_slice_chr(key, '/') + 1), &v);
		t->fine = aisp_hash_mix(t->fine ^ (has ? aisp_hash64(v.p, v.n, 3) : 17U));
	}
}

static bool rcp_specific(struct planning *x, uint32_t account)
{
	const struct aisp_aws_levels *l = &x->in->orgs[account].rcp;
	for (uint32_t i = 0; i < l->n; i++)
		for (uint32_t k = 0; k < l->docs[i].n; k++) {
			const uint32_t t = x->in->text_of[l->docs[i].v[k]];
			if (t != AISP_AWS_NONE && (x->in->texts[t].by_principal || x->in->texts[t].by_principal_tags))
				return true;
		}
	return false;
}

static bool looks_at_one(const struct aisp_aws_text *text)
{
	return text->by_principal || text->by_principal_tags || text->arns.n || !text->policy;
}

/* The key that a thing is encrypted with may name somebody or be granted to somebody, and the limits of the key's account may. */
static bool key_specific(struct planning *x, const struct aisp_aws_resource *r)
{
	const struct aisp_aws_resource *key = r->kms_key == AISP_AWS_NONE ? NULL : &x->p->w->resources[r->kms_key];
	const uint32_t number = !key || key->policy == AISP_AWS_NONE ? AISP_AWS_NONE : x->in->text_of[key->policy];
	if (key && aisp_map_get(&x->in->key_grants, (struct aisp_key){0, key->node}))
		return true;
	return (number != AISP_AWS_NONE && looks_at_one(&x->in->texts[number])) || (key && key->account != r->account && rcp_specific(x, key->account));
}

static void attribute(struct planning *x, struct aisp_aws_target *t)
{
	const struct aisp_aws_world *w = x->p->w;
	const struct aisp_aws_resource *r = t->resource == AISP_AWS_NONE ? NULL : &w->resources[t->resource];
	const uint32_t number = t->doc == AISP_AWS_NONE ? AISP_AWS_NONE : x->in->text_of[t->doc];
	const struct aisp_aws_text *text = number == AISP_AWS_NONE ? NULL : &x->in->texts[number];
	const unsigned unread = r ? r->unread : w->principals[t->role].unread;
	uint64_t h = aisp_hash_mix(unread * 4U + (r && r->aws_key ? 2U : 0U) + (r && r->s3_block_public) + 11U);
	if (text) {
		h = aisp_hash_mix(h ^ policy_number(text, t->arn, t->doc));
		t->specific = looks_at_one(text);
		t->any = text->anyone;
	} else if (t->doc != AISP_AWS_NONE)
		t->any = true;
	if (unread & AISP_IAM_UNREAD_RESOURCE || (r && t->doc == AISP_AWS_NONE && aisp_slice_starts(r->type, AISP_S("kms:"))))
		t->any = true;
	if (t->doc != AISP_AWS_NONE)
		h = aisp_hash_mix(h + 0x99);
	if (r) {
		h = aisp_hash_mix(h ^ aisp_hash64(r->region.p, r->region.n, 1));
		h = aisp_hash_mix(h ^ aisp_hash64(r->kms_arn.p, r->kms_arn.n, 2));
		h = aisp_hash_mix(h ^ aisp_hash64(r->url_auth.p, r->url_auth.n, 4));
		t->specific |= key_specific(x, r);
	}
	t->attr = t->fine = aisp_hash_mix(h ^ t->specific ^ (t->any ? 6U : 0));
	attribute_tags(x, r ? r->tags : w->principals[t->role].tags, t);
	/* What its own policy asks of tags counts always. */
	if (text && text->by_resource_tags)
		t->attr = t->fine;
}

/* ---- Domains ---- */

static const struct aisp_aws_effect *const *rows_of(struct planning *x, struct aisp_slice type, uint32_t *ret_n)
{
	const struct aisp_aws_effect **v = aisp_arena_alloc(x->p->a, aisp_aws_effect_count * sizeof *v);
	uint32_t n = 0;
	for (size_t i = 0; v && i < aisp_aws_effect_count; i++)
		if (aisp_slice_eqi(aisp_slice_z(aisp_aws_effects[i].type), type))
			v[n++] = &aisp_aws_effects[i];
	if (!v)
		nomem(x);
	*ret_n = n;
	return v;
}

/* Requests that are not about the member's ARN or what begins with it. */
static void prefixes(struct planning *x, struct aisp_aws_domain *d)
{
	const struct aisp_slice **all = aisp_arena_zalloc(x->p->a, d->n_rows, sizeof *all);
	if (!all) {
		nomem(x);
		return;
	}
	for (uint32_t k = 0; k < d->n_rows; k++) {
		const char *f = d->rows[k]->form;
		if (!f || (strncmp(f, "%A", 2) == 0 && !strchr(f + 2, '%')))
			continue;
		struct aisp_slice *v = aisp_arena_alloc(x->p->a, d->n * sizeof *v);
		for (uint32_t i = 0; v && i < d->n; i++) {
			bool part;
			const struct aisp_slice region = d->t[i].resource == AISP_AWS_NONE ? (struct aisp_slice){0} : x->p->w->resources[d->t[i].resource].region;
			v[i] = aisp_aws__form(d->rows[k], d->t[i].arn, x->p->w->accounts[d->account].id, region, x->p->a, &part);
			if (!v[i].p)
				nomem(x);
		}
		if (!v)
			nomem(x);
		all[k] = v;
	}
	d->prefix = all;
}

static void runs(struct aisp_aws_domain *d)
{
	for (uint32_t i = d->n; i-- > 0;) {
		struct aisp_aws_target *t = &d->t[i];
		const bool last = i + 1 == d->n;
		t->run = !last && t[1].attr == t->attr ? t[1].run : i + 1;
		t->fine_run = !last && t[1].fine == t->fine && t[1].attr == t->attr ? t[1].fine_run : i + 1;
	}
}

static void name_account(struct planning *x, struct aisp_slice id, uint32_t own, struct aisp_aws_place at)
{
	const uint32_t a = aisp_aws__account(x->p->w, id);
	if (a == AISP_AWS_NONE || a == own)
		return;
	const size_t n = x->p->named[a].n;
	if (n && x->p->named[a].v[n - 1].domain == at.domain && x->p->named[a].v[n - 1].member == at.member)
		return;
	if (aisp_vec_push(&x->p->named[a], at) < 0)
		nomem(x);
}

static void name_accounts(struct planning *x, const struct aisp_aws_text *text, uint32_t own, struct aisp_aws_place at)
{
	for (uint32_t k = 0; k < text->accounts.n; k++)
		name_account(x, text->accounts.v[k], own, at);
	for (uint32_t k = 0; k < text->arns.n; k++) {
		struct aisp_arn arn;
		if (aisp_arn_split(text->arns.v[k], &arn))
			name_account(x, arn.account, own, at);
	}
}

static uint64_t rows_let(const struct aisp_aws_domain *d, const struct aisp_aws_text *text)
{
	uint64_t bits = 0;
	for (uint32_t r = 0; r < d->n_rows && r < 64; r++)
		for (uint32_t i = 0; i < text->n_st; i++)
			if (text->st[i].allow && aisp_aws__names_action(&text->st[i], aisp_slice_z(d->rows[r]->actions[0])))
				bits |= 1ULL << r;
	return bits;
}

/* Whom do the policies let in from elsewhere? */
static void doors(struct planning *x, struct aisp_aws_domain *d, uint32_t number)
{
	uint32_t *policied = aisp_arena_alloc(x->p->a, (d->n + 1) * sizeof *policied);
	if (!policied) {
		nomem(x);
		return;
	}
	for (uint32_t i = 0; i < d->n && !x->bad; i++) {
		struct aisp_aws_target *t = &d->t[i];
		const struct aisp_aws_place at = {number, i};
		const uint32_t tn = t->doc == AISP_AWS_NONE ? AISP_AWS_NONE : x->in->text_of[t->doc];
		const struct aisp_aws_text *text = tn == AISP_AWS_NONE ? NULL : &x->in->texts[tn];
		const unsigned unread = t->resource == AISP_AWS_NONE ? x->p->w->principals[t->role].unread : x->p->w->resources[t->resource].unread;
		t->lets = text && text->policy && !(unread & AISP_IAM_UNREAD_RESOURCE) ? rows_let(d, text) : UINT64_MAX;
		if (t->any && aisp_vec_push(&x->p->any, at) < 0)
			nomem(x);
		if (t->any || (text && (text->arns.n || text->accounts.n)))
			policied[d->n_policied++] = i;
		if (text && !t->any)
			name_accounts(x, text, d->account, at);
	}
	d->policied = policied;
}

static int by_member(const void *a, const void *b)
{
	const struct aisp_aws_place *x = a, *y = b;
	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static void cut(struct planning *x, struct sorting *s, size_t n)
{
	struct aisp_aws_target *t = aisp_arena_alloc(x->p->a, (n + 1) * sizeof *t);
	for (size_t i = 0; t && i < n; i++)
		t[i] = s[i].t;
	if (!t)
		nomem(x);
	for (size_t i = 0, end; i < n && !x->bad; i = end) {
		struct aisp_aws_domain d = {.type = s[i].type, .account = t[i].account, .t = &t[i]};
		for (end = i; end < n && t[end].account == d.account && aisp_slice_eqi(s[end].type, d.type); end++)
			;
		d.n = (uint32_t)(end - i);
		d.rows = rows_of(x, d.type, &d.n_rows);
		d.all_specific = rcp_specific(x, d.account);
		if (x->bad)
			return;
		prefixes(x, &d);
		runs(&d);
		doors(x, &d, (uint32_t)x->p->domains.n);
		if (x->p->count[d.account]++ == 0)
			x->p->first[d.account] = (uint32_t)x->p->domains.n;
		if (aisp_vec_push(&x->p->domains, d) < 0)
			nomem(x);
	}
}

static bool has_rows(struct aisp_slice type)
{
	for (size_t i = 0; i < aisp_aws_effect_count; i++)
		if (aisp_slice_eqi(aisp_slice_z(aisp_aws_effects[i].type), type))
			return true;
	return false;
}

static void gather(struct planning *x, struct sorting *s, size_t *n)
{
	const struct aisp_aws_world *w = x->p->w;
	for (uint32_t i = 0; i < w->n_resources; i++) {
		const struct aisp_aws_resource *r = &w->resources[i];
		if (!has_rows(r->type))
			continue;
		const struct aisp_slice arn = aisp_slice_ends(r->arn, AISP_S(":*")) ? aisp_slice_to(r->arn, r->arn.n - 2) : r->arn;
		s[(*n)++] = (struct sorting){{.arn = arn, .node = r->node, .resource = i, .role = AISP_AWS_NONE, .account = r->account, .doc = r->policy}, r->type};
	}
	for (uint32_t i = 0; i < x->in->n_sorted; i++) {
		const struct aisp_aws_principal *p = &w->principals[i];
		if (p->kind == AISP_IAM_ROLE && (p->trust != AISP_AWS_NONE || p->unread & AISP_IAM_UNREAD_RESOURCE))
			s[(*n)++] = (struct sorting){{.arn = p->arn, .node = p->node, .resource = AISP_AWS_NONE, .role = i, .account = p->account, .doc = p->trust}, AISP_S("iam:role")};
	}
}

int aisp_aws__plan_make(const struct aisp_aws_world *w, struct aisp_aws_plan *ret, struct aisp_err *err)
{
	struct planning x = {.p = ret, .in = aisp_aws__in(w), .err = err};
	size_t n = 0;
	*ret = (struct aisp_aws_plan){.w = w, .a = aisp_arena_new(0)};
	struct sorting *s = aisp_mem_alloc(((size_t)w->n_resources + w->n_principals + 1) * sizeof *s);
	if (ret->a) {
		ret->first = aisp_arena_zalloc(ret->a, (size_t)w->n_accounts + 1, sizeof *ret->first);
		ret->count = aisp_arena_zalloc(ret->a, (size_t)w->n_accounts + 1, sizeof *ret->count);
		ret->named = aisp_arena_zalloc(ret->a, (size_t)w->n_accounts + 1, sizeof *ret->named);
	}
	if (!s || !ret->first || !ret->count || !ret->named)
		nomem(&x);
	else {
		gather(&x, s, &n);
		if (n)
			qsort(s, n, sizeof *s, by_place);
		for (size_t i = 0; i < n; i++)
			attribute(&x, &s[i].t);
		cut(&x, s, n);
		if (ret->any.n)
			qsort(ret->any.v, ret->any.n, sizeof *ret->any.v, by_member);
		for (uint32_t i = 0; i < w->n_accounts; i++)
			if (ret->named[i].n)
				qsort(ret->named[i].v, ret->named[i].n, sizeof *ret->named[i].v, by_member);
	}
	aisp_mem_free(s);
	if (x.bad)
		aisp_aws__plan_done(ret);
	return x.bad;
}

void aisp_aws__plan_done(struct aisp_aws_plan *p)
{
	for (uint32_t i = 0; p->named && i < p->w->n_accounts; i++)
		aisp_vec_done(&p->named[i]);
	aisp_vec_done(&p->domains);
	aisp_vec_done(&p->any);
	aisp_arena_free(p->a);
	*p = (struct aisp_aws_plan){0};
}

bool aisp_aws__mentions(const struct aisp_aws_world *w, const struct aisp_aws_target *t, const struct aisp_aws_principal *p)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w);
	if (t->any || t->doc == AISP_AWS_NONE)
		return t->any;
	const struct aisp_aws_text *text = &in->texts[in->text_of[t->doc]];
	const struct aisp_slice account = w->accounts[p->account].id;
	for (uint32_t i = 0; i < text->arns.n; i++)
		if (aisp_slice_eq(text->arns.v[i], p->arn) || (p->unique_id.n && aisp_slice_eq(text->arns.v[i], p->unique_id)))
			return true;
	for (uint32_t i = 0; i < text->accounts.n; i++)
		if (aisp_slice_eq(text->accounts.v[i], account))
			return true;
	return false;
}
