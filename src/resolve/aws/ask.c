/* Questions to a world: the request's context as far as it follows from principal and resource, and all that bears on it.
 *
 * Three sorts of condition keys: what follows (organisation, tags, region: known), what the caller chooses (docs.c has the table:
 * tried, for an actor sets them as it likes), and the rest (address, time, second factor: left open).
 */
#include "resolve/aws/world_int.h"
#include <stdio.h>

enum { KEYS_MAX = 224, TRIES_MAX = 64, TRY_KEYS = 4, TRY_VALUES = 6, TRY_TEXT = 4096 };

struct asking {
	const struct aisp_aws_inside *in;
	const struct aisp_aws_principal *p;
	const struct aisp_aws_resource *res; /* NULL: none known */
	const struct aisp_aws_principal *role; /* that is asked to be assumed; NULL: none, or not known */
	uint32_t its;                        /* account of either; NONE */
	struct aisp_iam_key keys[KEYS_MAX];
	struct aisp_slice values[KEYS_MAX]; /* one for each key that has one */
	uint32_t n;
	const struct aisp_iam_key *first_tried;
};

static void put(struct asking *k, struct aisp_slice name, enum aisp_iam_known known, struct aisp_slice value)
{
	if (k->n == KEYS_MAX)
		return;
	k->values[k->n] = value;
	k->keys[k->n] = (struct aisp_iam_key){.name = name, .known = known, .values = &k->values[k->n], .n = known == AISP_IAM_KNOWN};
	k->n++;
}

/* ---- What follows from the principal ---- */

static enum aisp_iam_known principal_tag(const struct aisp_aws_inside *in, const struct aisp_aws_principal *p, struct aisp_slice key, struct aisp_slice *ret)
{
	const struct aisp_slice name = aisp_slice_from(key, aisp_slice_chr(key, '/') + 1);
	if (p->kind != AISP_IAM_USER && p->kind != AISP_IAM_ROLE)
		return p->kind == AISP_IAM_ROOT && !in->w.accounts[p->account].known ? AISP_IAM_UNKNOWN : AISP_IAM_ABSENT;
	if (aisp_aws__tag(p->tags, name, ret))
		return AISP_IAM_KNOWN;
	if (p->unread & AISP_IAM_UNREAD_IDENTITY)
		return AISP_IAM_UNKNOWN;
	if (p->kind == AISP_IAM_USER || p->trust == AISP_AWS_NONE || in->text_of[p->trust] == AISP_AWS_NONE)
		return AISP_IAM_ABSENT;
	return in->texts[in->text_of[p->trust]].tag_session ? AISP_IAM_UNKNOWN : AISP_IAM_ABSENT;
}

static enum aisp_iam_known organisation(const struct aisp_aws_inside *in, const struct aisp_aws_principal *p, bool path, struct aisp_slice *ret)
{
	const struct aisp_aws_account *a = &in->w.accounts[p->account];
	const struct aisp_aws_org *o = &in->orgs[p->account];
	if (p->kind == AISP_IAM_ANONYMOUS)
		return AISP_IAM_ABSENT;
	if (p->kind == AISP_IAM_ANY_AWS) {
		/* Somebody's own organisation, which is none that a policy names. */
		*ret = path ? AISP_S("o-aispsomebody/r-some/") : AISP_S("o-aispsomebody");
		return AISP_IAM_KNOWN;
	}
	*ret = path ? o->path : o->id;
	return a->known && ret->n ? AISP_IAM_KNOWN : AISP_IAM_UNKNOWN;
}

static enum aisp_iam_known principal_key(const struct aisp_aws_inside *in, const struct aisp_aws_principal *p, struct aisp_slice key, struct aisp_slice *ret)
{
	if (aisp_slice_eqi(key, AISP_S("aws:PrincipalOrgID")))
		return organisation(in, p, false, ret);
	if (aisp_slice_eqi(key, AISP_S("aws:PrincipalOrgPaths")))
		return organisation(in, p, true, ret);
	if (key.n > 17 && aisp_slice_eqi(aisp_slice_to(key, 17), AISP_S("aws:PrincipalTag/")))
		return principal_tag(in, p, key, ret);
	if (aisp_slice_eqi(key, AISP_S("aws:PrincipalAccount")) && p->kind != AISP_IAM_ANONYMOUS && p->kind != AISP_IAM_ANY_AWS) {
		*ret = in->w.accounts[p->account].id;
		return AISP_IAM_KNOWN;
	}
	if (aisp_slice_eqi(key, AISP_S("aws:username"))) {
		*ret = p->name;
		return p->kind == AISP_IAM_USER ? AISP_IAM_KNOWN : AISP_IAM_ABSENT;
	}
	if (aisp_slice_eqi(key, AISP_S("aws:userid")) && p->kind == AISP_IAM_USER && p->unique_id.n) {
		*ret = p->unique_id;
		return AISP_IAM_KNOWN;
	}
	return AISP_IAM_UNKNOWN;
}

static void put_principal(struct asking *k)
{
	struct aisp_slice v = {0};
	enum aisp_iam_known known = organisation(k->in, k->p, false, &v);
	put(k, AISP_S("aws:PrincipalOrgID"), known, v);
	known = organisation(k->in, k->p, true, &v);
	put(k, AISP_S("aws:PrincipalOrgPaths"), known, v);
	k->keys[k->n - 1].multivalued = true;
	if (k->p->kind != AISP_IAM_ANONYMOUS && k->p->kind != AISP_IAM_ANY_AWS)
		put(k, AISP_S("kms:CallerAccount"), AISP_IAM_KNOWN, k->in->w.accounts[k->p->account].id);
	for (uint32_t i = 0; i < k->in->principal_tags.n; i++) {
		known = principal_tag(k->in, k->p, k->in->principal_tags.v[i], &v);
		put(k, k->in->principal_tags.v[i], known, v);
	}
	if (k->p->kind == AISP_IAM_ANY_AWS) {
		put(k, AISP_S("aws:PrincipalAccount"), AISP_IAM_KNOWN, AISP_S("999999999999999")); /* no number that a policy names: theirs has 12 digits */
		put(k, AISP_S("aws:PrincipalArn"), AISP_IAM_KNOWN, AISP_S("arn:aws:iam::999999999999999:role/somebody"));
	}
	if (k->p->kind == AISP_IAM_ANONYMOUS) {
		put(k, AISP_S("aws:PrincipalAccount"), AISP_IAM_ABSENT, v);
		put(k, AISP_S("aws:PrincipalArn"), AISP_IAM_ABSENT, v);
	}
}

/* ---- What follows from the resource ---- */

static void put_resource(struct asking *k)
{
	struct aisp_slice v = {0};
	if (k->its == AISP_AWS_NONE)
		return;
	const struct aisp_aws_org *o = &k->in->orgs[k->its];
	const struct aisp_slice owner = k->in->w.accounts[k->its].id, tags = k->role ? k->role->tags : k->res->tags;
	const bool unread = k->role ? k->role->unread != 0 : (k->res->unread & AISP_IAM_UNREAD_RESOURCE) != 0;
	if (owner.n)
		put(k, AISP_S("s3:ResourceAccount"), AISP_IAM_KNOWN, owner);
	if (o->id.n)
		put(k, AISP_S("aws:ResourceOrgID"), AISP_IAM_KNOWN, o->id);
	if (o->path.n)
		put(k, AISP_S("aws:ResourceOrgPaths"), AISP_IAM_KNOWN, o->path);
	if (k->res && k->res->url_auth.n)
		put(k, AISP_S("lambda:FunctionUrlAuthType"), AISP_IAM_KNOWN, k->res->url_auth);
	if (k->res && k->res->region.n)
		put(k, AISP_S("aws:RequestedRegion"), AISP_IAM_KNOWN, k->res->region);
	for (uint32_t i = 0; i < k->in->resource_tags.n; i++) {
		const struct aisp_slice key = k->in->resource_tags.v[i], name = aisp_slice_from(key, aisp_slice_chr(key, '/') + 1);
		const bool has = aisp_aws__tag(tags, name, &v);
		put(k, key, has ? AISP_IAM_KNOWN : unread ? AISP_IAM_UNKNOWN : AISP_IAM_ABSENT, v);
	}
}

static void put_rest(struct asking *k)
{
	put(k, AISP_S("aws:SecureTransport"), AISP_IAM_KNOWN, AISP_S("true"));
	/* Set only when a service calls for somebody else. */
	put(k, AISP_S("aws:SourceArn"), AISP_IAM_ABSENT, (struct aisp_slice){0});
	put(k, AISP_S("aws:SourceAccount"), AISP_IAM_ABSENT, (struct aisp_slice){0});
	put(k, AISP_S("aws:SourceOrgID"), AISP_IAM_ABSENT, (struct aisp_slice){0});
	put(k, AISP_S("aws:SourceOrgPaths"), AISP_IAM_ABSENT, (struct aisp_slice){0});
	/* The account for which it is asked: "AWS:SourceOwner is this account" in a topic's own first policy lets no other in. For the account itself left open.
	 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html */
	if (!k->res || !aisp_slice_starts(k->res->type, AISP_S("sns:")))
		return;
	const struct aisp_slice mine = k->p->kind == AISP_IAM_ANY_AWS ? AISP_S("999999999999999") : k->in->w.accounts[k->p->account].id;
	if (k->p->kind == AISP_IAM_ANONYMOUS)
		put(k, AISP_S("aws:SourceOwner"), AISP_IAM_ABSENT, (struct aisp_slice){0});
	else if (k->its != k->p->account && mine.n)
		put(k, AISP_S("aws:SourceOwner"), AISP_IAM_KNOWN, mine);
}

/* ---- The resource ---- */

uint32_t aisp_aws__holder(const struct aisp_aws_world *w, struct aisp_slice arn)
{
	size_t floor = 0;
	for (int colons = 0; colons < 5 && floor < arn.n; floor++)
		colons += arn.p[floor] == ':';
	for (size_t end = arn.n; end > floor; end--)
		if (end == arn.n || arn.p[end] == '/' || arn.p[end] == ':') {
			const uint32_t at = aisp_aws_resource_find(w, aisp_slice_to(arn, end));
			if (at != AISP_AWS_NONE)
				return at;
		}
	return AISP_AWS_NONE;
}

static bool is_assuming(struct aisp_slice action)
{
	return action.n > 4 && aisp_slice_eqi(aisp_slice_to(action, 4), AISP_S("sts:"));
}

/* ---- Choices ---- */

struct tries {
	struct aisp_slice key[TRY_KEYS], value[TRY_KEYS][TRY_VALUES];
	uint32_t n_values[TRY_KEYS], n;
	char text[TRY_TEXT];
	size_t at;
};

static void add_value(struct tries *t, uint32_t k, struct aisp_slice v)
{
	if (t->n_values[k] == TRY_VALUES || t->at + v.n > sizeof t->text)
		return;
	char *to = t->text + t->at;
	for (size_t i = 0; i < v.n; i++)
		to[i] = v.p[i] == '*' || v.p[i] == '?' ? 'x' : v.p[i];
	t->at += v.n;
	t->value[k][t->n_values[k]++] = aisp_slice_of(to, v.n);
}

static void add_choices(const struct asking *k, const struct aisp_aws_question *q, struct aisp_aws_refs refs, struct tries *t)
{
	for (uint32_t d = 0; d < refs.n; d++) {
		const uint32_t number = k->in->text_of[refs.v[d]];
		const struct aisp_aws_text *text = number == AISP_AWS_NONE ? NULL : &k->in->texts[number];
		for (uint32_t c = 0; text && c < text->n_choices; c++) {
			const struct aisp_slice key = text->choices[c].key;
			uint32_t at = 0;
			bool given = false;
			for (size_t i = 0; i < q->n_extra; i++)
				given |= aisp_slice_eqi(q->extra[i].name, key);
			while (at < t->n && !aisp_slice_eqi(t->key[at], key))
				at++;
			if (given || at == TRY_KEYS)
				continue;
			if (at == t->n) {
				t->key[t->n++] = key;
				if (aisp_slice_eqi(key, AISP_S("aws:ViaAWSService")))
					add_value(t, at, AISP_S("false"));
				else
					t->value[at][t->n_values[at]++] = (struct aisp_slice){0}; /* left away */
			}
			for (uint32_t v = 0; v < text->choices[c].values.n && !aisp_slice_eqi(key, AISP_S("aws:ViaAWSService")); v++)
				add_value(t, at, text->choices[c].values.v[v]);
		}
	}
}

static int try_choices(struct asking *k, const struct aisp_aws_question *q, struct aisp_iam_request *rq, const struct aisp_iam_bearing *b, uint32_t resource_doc,
                       struct aisp_iam_scratch *s, struct aisp_iam_decision *ret, struct aisp_err *err)
{
	struct tries t;
	uint32_t combos = 1;
	const struct aisp_aws_org *mine = &k->in->orgs[k->p->account], *its = k->its != AISP_AWS_NONE ? &k->in->orgs[k->its] : NULL;
	t.n = 0;
	t.at = 0;
	memset(t.n_values, 0, sizeof t.n_values);
	add_choices(k, q, k->p->identity, &t);
	add_choices(k, q, k->p->boundary, &t);
	for (uint32_t l = 0; l < mine->scp.n; l++)
		add_choices(k, q, mine->scp.docs[l], &t);
	for (uint32_t l = 0; its && l < its->rcp.n; l++)
		add_choices(k, q, its->rcp.docs[l], &t);
	if (resource_doc != AISP_AWS_NONE)
		add_choices(k, q, (struct aisp_aws_refs){&resource_doc, 1}, &t);
	if (t.n == 0 || k->n + t.n > KEYS_MAX)
		return 0;
	for (uint32_t i = 0; i < t.n; i++) {
		if (!aisp_slice_eqi(t.key[i], AISP_S("aws:ViaAWSService")))
			add_value(&t, i, AISP_S("aisp-other"));
		combos *= t.n_values[i];
	}
	const uint32_t base = k->n;
	for (uint32_t c = 0; c < combos && c < TRIES_MAX; c++) {
		uint32_t rest = c;
		k->n = base;
		for (uint32_t i = 0; i < t.n; i++) {
			const struct aisp_slice v = t.value[i][rest % t.n_values[i]];
			rest /= t.n_values[i];
			put(k, t.key[i], v.n ? AISP_IAM_KNOWN : AISP_IAM_ABSENT, v);
			k->keys[k->n - 1].multivalued = aisp_slice_eqi(t.key[i], AISP_S("aws:TagKeys"));
		}
		rq->context.n = k->n;
		struct aisp_iam_decision d;
		const int r = aisp_iam_decide(rq, b, s, q->quick, &d, err);
		if (r < 0)
			return r;
		if (d.verdict == AISP_IAM_ALLOWED) {
			*ret = d;
			return 1;
		}
	}
	/* Nothing that was tried is enough: as before, left open. */
	k->n = base;
	rq->context.n = base;
	const int r = aisp_iam_decide(rq, b, s, q->quick, ret, err);
	return r < 0 ? r : 0;
}

/* ---- Asking ---- */

static void bear(const struct asking *k, const struct aisp_aws_question *q, unsigned without, uint32_t resource_doc, struct aisp_iam_bearing *b)
{
	const struct aisp_aws_inside *in = k->in;
	const struct aisp_aws_account *mine = &in->w.accounts[k->p->account], *its = k->its != AISP_AWS_NONE ? &in->w.accounts[k->its] : NULL;
	if (!(without & AISP_AWS__NO_IDENTITY)) {
		b->identity = in->identity[q->principal];
		if (q->any_identity_policy && !k->p->any_policy)
			b->identity.n++; /* the room behind the end holds Allow * on * */
		b->unread |= k->p->unread & AISP_IAM_UNREAD_IDENTITY;
	}
	if (k->p->boundary.n)
		b->boundary = &in->boundary[q->principal];
	b->unread |= k->p->unread & AISP_IAM_UNREAD_BOUNDARY;
	b->scp = mine->scp;
	b->n_scp = mine->n_scp;
	b->unread |= mine->management ? 0 : mine->unread & AISP_IAM_UNREAD_SCP;
	if (its) {
		b->rcp = its->rcp;
		b->n_rcp = its->n_rcp;
		b->unread |= its->management ? 0 : its->unread & AISP_IAM_UNREAD_RCP;
	}
	if (without & AISP_AWS__NO_RESOURCE)
		return;
	if (resource_doc != AISP_AWS_NONE)
		b->resource = &in->trust[resource_doc];
	b->s3_block_public_policy = k->res && (k->res->s3_block_public || its->s3_block_public);
}

/* Keys have a policy always, so one that is not known was not read. */
static bool needs_policy(struct aisp_slice action)
{
	return action.n > 4 && aisp_slice_eqi(aisp_slice_to(action, 4), AISP_S("kms:"));
}

/* Only a few services take requests without credentials. These sign every one of theirs, but for the exchange of a foreign token (public.c), so that who is
 * let in as one of everybody needs an account, which is another principal (aws:anyone). */
static bool must_sign(struct aisp_slice action)
{
	static const char *const services[] = {"kms:", "secretsmanager:", "sts:AssumeRole"};
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (action.n >= strlen(services[i]) && aisp_slice_eqi(aisp_slice_to(action, strlen(services[i])), aisp_slice_z(services[i])))
			return true;
	return false;
}

/* The policy of what is asked for, if it was not read. */
static unsigned unread_of(const struct asking *k, const struct aisp_aws_question *q, uint32_t resource_doc)
{
	if (k->role)
		return k->role->unread & AISP_IAM_UNREAD_RESOURCE;
	return (k->res ? k->res->unread & AISP_IAM_UNREAD_RESOURCE : 0) | (resource_doc == AISP_AWS_NONE && needs_policy(q->action) ? AISP_IAM_UNREAD_RESOURCE : 0);
}

int aisp_aws__ask(const struct aisp_aws_world *w, const struct aisp_aws_question *q, uint32_t resource, unsigned without, struct aisp_iam_scratch *s,
                  struct aisp_iam_decision *ret, struct aisp_err *err)
{
	struct asking k;
	struct aisp_iam_bearing b = {0};
	struct aisp_arn arn = {0};
	const struct aisp_aws_principal *role = NULL;
	uint32_t resource_doc = AISP_AWS_NONE;
	k.in = aisp_aws__in(w);
	k.p = &k.in->principals[q->principal];
	k.n = 0;
	k.res = resource == AISP_AWS_NONE ? NULL : &w->resources[resource];
	aisp_arn_split(q->resource_arn, &arn);
	if (is_assuming(q->action)) {
		const uint32_t at = aisp_aws_principal_find(w, q->resource_arn);
		if (at != AISP_AWS_NONE) {
			role = &w->principals[at];
			resource_doc = role->trust;
		}
	} else if (k.res)
		resource_doc = k.res->policy;
	k.role = role;
	k.its = role ? role->account : k.res ? k.res->account : AISP_AWS_NONE;
	for (size_t i = 0; i < q->n_extra && k.n < KEYS_MAX / 2; i++)
		k.keys[k.n++] = q->extra[i];
	put_principal(&k);
	put_resource(&k);
	put_rest(&k);
	bear(&k, q, without, resource_doc, &b);
	if (!(without & AISP_AWS__NO_RESOURCE))
		b.unread |= unread_of(&k, q, resource_doc);
	struct aisp_iam_request rq = {
		.principal = {.kind = k.p->kind, .arn = k.p->arn, .name = k.p->name, .account = w->accounts[k.p->account].id, .user_id = k.p->unique_id,
			.service_linked = k.p->service_linked},
		.action = q->action, .resource = q->resource_arn,
		.resource_account = k.res ? w->accounts[k.res->account].id : arn.account,
		.context = {k.keys, k.n, AISP_IAM_UNKNOWN},
	};
	if (k.p->kind == AISP_IAM_ANY_AWS || k.p->kind == AISP_IAM_ANONYMOUS)
		rq.principal.arn = (struct aisp_slice){0};
	if (k.p->kind == AISP_IAM_ANONYMOUS && must_sign(q->action)) {
		*ret = (struct aisp_iam_decision){.verdict = AISP_IAM_DENIED, .by = AISP_IAM_L_BUILTIN};
		return 0;
	}
	int r = aisp_iam_decide(&rq, &b, s, q->quick, ret, err);
	if (r < 0 || ret->verdict != AISP_IAM_CONDITIONAL)
		return r;
	r = try_choices(&k, q, &rq, &b, resource_doc, s, ret, err);
	return r < 0 ? r : 0;
}

int aisp_aws_ask(const struct aisp_aws_world *w, const struct aisp_aws_question *q, struct aisp_iam_scratch *s, struct aisp_iam_decision *ret, struct aisp_err *err)
{
	if (q->principal >= w->n_principals)
		return aisp_fail(err, AISP_E_INTERNAL, "there is no principal %u in the AWS world", q->principal);
	return aisp_aws__ask(w, q, aisp_aws__holder(w, q->resource_arn), 0, s, ret, err);
}

uint32_t aisp_aws__step_doc(const struct aisp_aws_world *w, const struct aisp_aws_question *q, const struct aisp_iam_step *step)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w);
	const struct aisp_aws_principal *p = &w->principals[q->principal];
	const uint32_t at = aisp_aws__holder(w, q->resource_arn);
	const struct aisp_aws_resource *res = at == AISP_AWS_NONE ? NULL : &w->resources[at];
	const uint32_t role = is_assuming(q->action) ? aisp_aws_principal_find(w, q->resource_arn) : AISP_AWS_NONE;
	const uint32_t its = role != AISP_AWS_NONE ? w->principals[role].account : res ? res->account : AISP_AWS_NONE;
	struct aisp_aws_refs refs = {0};
	switch (step->layer) {
	case AISP_IAM_L_IDENTITY: refs = p->identity; break;
	case AISP_IAM_L_BOUNDARY: refs = p->boundary; break;
	case AISP_IAM_L_SCP:
		if (step->level < in->orgs[p->account].scp.n)
			refs = in->orgs[p->account].scp.docs[step->level];
		break;
	case AISP_IAM_L_RCP:
		if (its != AISP_AWS_NONE && step->level < in->orgs[its].rcp.n)
			refs = in->orgs[its].rcp.docs[step->level];
		break;
	case AISP_IAM_L_RESOURCE: return role != AISP_AWS_NONE ? w->principals[role].trust : res ? res->policy : AISP_AWS_NONE;
	default: break;
	}
	return step->policy < refs.n ? refs.v[step->policy] : AISP_AWS_NONE;
}

struct aisp_slice aisp_aws_step_control(const struct aisp_aws_world *w, const struct aisp_aws_question *q, const struct aisp_iam_step *step, struct aisp_iam_scratch *s)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w);
	const uint32_t d = aisp_aws__step_doc(w, q, step);
	(void)s;
	if (d == AISP_AWS_NONE)
		return step->layer == AISP_IAM_L_IDENTITY ? AISP_S("aws:any-policy") : AISP_S("aws:builtin");
	const uint32_t t = in->text_of[d];
	return t == AISP_AWS_NONE || step->statement >= in->texts[t].n_st ? w->docs[d].id : in->control[d][step->statement];
}

/* "arn", partition and service know no case. */
static struct aisp_slice small_head(struct aisp_slice p, struct aisp_arena *a)
{
	size_t colons = 0, upper = 0, i;
	if (!aisp_slice_eqi(aisp_slice_to(p, 4), AISP_S("arn:")))
		return p;
	for (i = 0; i < p.n && colons < 3; i++) {
		colons += p.p[i] == ':';
		upper += p.p[i] >= 'A' && p.p[i] <= 'Z';
	}
	if (!upper)
		return p;
	const struct aisp_slice copy = aisp_arena_dup(a, p);
	char *to = (char *)(uintptr_t)copy.p;
	for (size_t k = 0; to && k < i; k++)
		if (to[k] >= 'A' && to[k] <= 'Z')
			to[k] = (char)(to[k] + 32);
	return copy;
}

/* A variable whose value is not known leaves open all that begins like the pattern: so the engine takes it. */
static struct aisp_slice plain_begin(struct aisp_slice p)
{
	size_t i = 0;
	while (i < p.n && p.p[i] != '*' && p.p[i] != '?' && !(p.p[i] == '$' && i + 1 < p.n && p.p[i + 1] == '{'))
		i++;
	return aisp_slice_to(p, i);
}

struct aisp_slice aisp_aws__expand(const struct aisp_aws_world *w, uint32_t principal, struct aisp_slice pattern, struct aisp_arena *a)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w);
	const struct aisp_slice whole = pattern;
	struct aisp_slice out = {"", 0};
	if (aisp_slice_find(pattern, AISP_S("${")) == SIZE_MAX)
		return small_head(whole, a);
	for (;;) {
		const size_t at = aisp_slice_find(pattern, AISP_S("${"));
		const size_t end = at == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(pattern, at), '}');
		if (end == SIZE_MAX)
			return small_head(aisp_arena_printf(a, "%.*s%.*s", AISP_FMT(out), AISP_FMT(pattern)), a);
		const struct aisp_slice body = aisp_slice_of(pattern.p + at + 2, end - 2);
		const size_t comma = aisp_slice_chr(body, ',');
		const struct aisp_slice key = aisp_slice_trim(aisp_slice_to(body, comma));
		struct aisp_slice v = {0}, otherwise = comma == SIZE_MAX ? v : aisp_slice_trim(aisp_slice_from(body, comma + 1));
		enum aisp_iam_known known = AISP_IAM_KNOWN;
		if (otherwise.n >= 2 && otherwise.p[0] == '\'')
			otherwise = aisp_slice_of(otherwise.p + 1, otherwise.n - 2);
		if (key.n == 1 && (key.p[0] == '*' || key.p[0] == '?' || key.p[0] == '$'))
			v = key.p[0] == '$' ? key : AISP_S("?");
		else
			known = principal_key(in, &in->principals[principal], key, &v);
		if (known == AISP_IAM_ABSENT && comma == SIZE_MAX)
			return AISP_S("");
		if (known == AISP_IAM_ABSENT)
			v = otherwise;
		else if (known == AISP_IAM_UNKNOWN)
			return small_head(aisp_arena_printf(a, "%.*s*", AISP_FMT(plain_begin(whole))), a);
		out = aisp_arena_printf(a, "%.*s%.*s%.*s", AISP_FMT(out), AISP_FMT(aisp_slice_to(pattern, at)), AISP_FMT(v));
		pattern = aisp_slice_from(pattern, at + end + 1);
	}
}
