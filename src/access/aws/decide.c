/* One request decided: every layer gives an expression for its Allow and its Deny, and AWS' rules join them.
 *
 *   allowed = no Deny anywhere and every RCP, SCP and endpoint level allows, and
 *     same account:  resource policy names the user or session itself
 *                    or it names everybody, within the session policy
 *                    or it names the role, within boundary and session policy
 *                    or identity policy (and, for keys and trust, a resource policy that names the account), within both
 *     other account: a resource policy that names the principal or its account, and identity policy, within both
 *
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html and
 * reference_policies_evaluation-logic-cross-account.html
 */
#include "access/aws/catalogue.h"
#include "access/aws/iam_int.h"
#include "base/hash.h"

struct sides { /* of a layer */
	aisp_iam__x allow, deny;
};
struct resource_side {
	struct aisp_iam__ways by;
	aisp_iam__x deny;
};
struct all {
	struct sides identity, boundary, session, endpoint, scp, rcp;
	struct resource_side resource;
	aisp_iam__x deny, granted, total;
	bool needs_resource; /* a key or a role: without its own policy's consent nothing goes */
	bool s3_block;
};
struct place {
	enum aisp_iam_layer layer;
	uint8_t level;
	uint32_t policy;
};

const char *aisp_iam_layer_name(enum aisp_iam_layer l)
{
	static const char *const names[] = {"identity policy", "resource policy", "permissions boundary", "session policy", "service control policy",
	                                    "resource control policy", "endpoint policy", "S3 Block Public Access", "AWS itself"};

	return (size_t)l < sizeof names / sizeof *names ? names[l] : "";
}

struct aisp_iam_scratch *aisp_iam_scratch_new(void)
{
	struct aisp_iam_scratch *s = aisp_mem_zalloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->arena = aisp_arena_new((size_t)256 << 20);
	aisp_buf_init(&s->text, 1 << 20);
	if (!s->arena) {
		aisp_mem_free(s);
		return NULL;
	}
	return s;
}

void aisp_iam_scratch_free(struct aisp_iam_scratch *s)
{
	if (!s)
		return;
	aisp_arena_free(s->arena);
	aisp_vec_done(&s->atoms);
	aisp_vec_done(&s->nodes);
	aisp_vec_done(&s->steps);
	aisp_buf_done(&s->text);
	aisp_mem_free(s);
}

/* ---- Statements ---- */

static aisp_iam__x fits(const struct aisp_iam__run *r, const struct aisp_iam__pat *p)
{
	struct aisp_iam__atom a = {.kind = AISP_IAM__A_TEXT};
	struct aisp_slice form = {0};

	if (p->kind != AISP_IAM__PAT_VAR)
		return aisp_iam__pat_match(p, r->q->resource);
	switch (aisp_iam__expand(r, p, &form)) {
	case AISP_IAM__NO_VALUE: return AISP_IAM__FALSE;
	case AISP_IAM__EXPANDED: return aisp_iam__glob(form, r->q->resource);
	case AISP_IAM__OPEN: break;
	}
	if (!aisp_iam__pat_begins(p, r->q->resource))
		return AISP_IAM__FALSE;
	a.yes = aisp_arena_printf(r->s->arena, "%.*s fits %.*s", AISP_FMT(p->text), AISP_FMT(r->q->resource));
	a.no = aisp_arena_printf(r->s->arena, "%.*s does not fit %.*s", AISP_FMT(p->text), AISP_FMT(r->q->resource));
	if (!a.yes.p || !a.no.p) {
		r->s->failed = true;
		return AISP_IAM__FALSE;
	}
	return aisp_iam__atom_add(r->s, &a);
}

static aisp_iam__x resources(const struct aisp_iam__run *r, const struct aisp_iam__stmt *st)
{
	aisp_iam__x x = AISP_IAM__FALSE;

	if (!st->has_resource)
		return AISP_IAM__TRUE;
	for (uint32_t i = 0; i < st->n_resources && x != AISP_IAM__TRUE; i++)
		x = aisp_iam__or(r->s, x, fits(r, &st->resources[i]));
	return st->not_resource ? aisp_iam__not(r->s, x) : x;
}

static void note(const struct aisp_iam__run *r, const struct place *at, uint32_t statement, bool deny, aisp_iam__x x)
{
	struct aisp_iam_step step = {.layer = at->layer, .level = at->level, .deny = deny, .policy = at->policy, .statement = statement};

	if (r->quick || x == AISP_IAM__FALSE)
		return;
	step.open = aisp_iam__text(r->s, x);
	if (aisp_vec_push(&r->s->steps, step) < 0)
		r->s->failed = true;
}

/* A policy that is there but could not be read. */
static aisp_iam__x unread(const struct aisp_iam__run *r, const char *what, struct aisp_slice name, bool deny)
{
	struct aisp_iam__atom a = {.kind = AISP_IAM__A_TEXT};

	a.yes = aisp_arena_printf(r->s->arena, "%s%s%.*s (not read) %s it", what, name.n ? " " : "", AISP_FMT(name), deny ? "denies" : "allows");
	a.no = aisp_arena_printf(r->s->arena, "%s%s%.*s (not read) does not %s it", what, name.n ? " " : "", AISP_FMT(name), deny ? "deny" : "allow");
	if (!a.yes.p || !a.no.p) {
		r->s->failed = true;
		return AISP_IAM__FALSE;
	}
	return aisp_iam__atom_add(r->s, &a);
}

static void policy(const struct aisp_iam__run *r, const struct aisp_iam_named *named, const struct place *at, struct sides *ret)
{
	const struct aisp_iam_policy *p = named->policy;
	struct aisp_iam_scratch *s = r->s;

	if (!p) {
		ret->allow = aisp_iam__or(s, ret->allow, unread(r, aisp_iam_layer_name(at->layer), named->name, false));
		ret->deny = aisp_iam__or(s, ret->deny, unread(r, aisp_iam_layer_name(at->layer), named->name, true));
		return;
	}
	aisp_iam__candidates(p, r);
	for (uint32_t w = 0; w * 64 < p->n; w++)
		for (uint64_t bits = s->hits[w]; bits; bits &= bits - 1) {
			uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
			const struct aisp_iam__stmt *st = &p->stmts[i];
			aisp_iam__x x = resources(r, st);
			if (x != AISP_IAM__FALSE && st->has_principal) {
				struct aisp_iam__ways ways = aisp_iam__principals(r, st);
				x = aisp_iam__and(s, x, aisp_iam__any_way(s, &ways));
			}
			if (x == AISP_IAM__FALSE)
				continue;
			x = aisp_iam__and(s, x, aisp_iam__conditions(r, st));
			note(r, at, i, !st->allow, x);
			*(st->allow ? &ret->allow : &ret->deny) = aisp_iam__or(s, st->allow ? ret->allow : ret->deny, x);
			if (r->quick && st->allow == false && x == AISP_IAM__TRUE)
				return;
		}
}

static struct sides layer(const struct aisp_iam__run *r, const struct aisp_iam_set *set, enum aisp_iam_layer l, uint8_t level)
{
	struct sides ret = {AISP_IAM__FALSE, AISP_IAM__FALSE};

	for (size_t i = 0; i < set->n; i++) {
		struct place at = {l, level, (uint32_t)i};
		policy(r, &set->v[i], &at, &ret);
	}
	return ret;
}

static struct sides optional(const struct aisp_iam__run *r, const struct aisp_iam_set *set, enum aisp_iam_layer l)
{
	return set ? layer(r, set, l, 0) : (struct sides){AISP_IAM__TRUE, AISP_IAM__FALSE};
}

static struct sides levels(const struct aisp_iam__run *r, const struct aisp_iam_level *v, size_t n, enum aisp_iam_layer l)
{
	struct sides ret = {AISP_IAM__TRUE, AISP_IAM__FALSE};

	for (size_t i = 0; i < n; i++) {
		struct sides one = layer(r, &v[i].policies, l, (uint8_t)(i < 255 ? i : 255));
		/* RCPFullAWSAccess is attached everywhere and cannot be detached. */
		if (l != AISP_IAM_L_RCP)
			ret.allow = aisp_iam__and(r->s, ret.allow, one.allow);
		ret.deny = aisp_iam__or(r->s, ret.deny, one.deny);
	}
	return ret;
}

/* An Allow keeps apart in which way it names the requester. */
static void resource_policy(const struct aisp_iam__run *r, const struct aisp_iam_named *named, struct resource_side *ret)
{
	const struct aisp_iam_policy *p = named->policy;
	struct aisp_iam_scratch *s = r->s;
	const struct place at = {AISP_IAM_L_RESOURCE, 0, 0};

	if (!p) {
		ret->by.direct = aisp_iam__or(s, ret->by.direct, unread(r, aisp_iam_layer_name(at.layer), named->name, false));
		ret->deny = aisp_iam__or(s, ret->deny, unread(r, aisp_iam_layer_name(at.layer), named->name, true));
		return;
	}
	aisp_iam__candidates(p, r);
	for (uint32_t w = 0; w * 64 < p->n; w++)
		for (uint64_t bits = s->hits[w]; bits; bits &= bits - 1) {
			uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
			const struct aisp_iam__stmt *st = &p->stmts[i];
			aisp_iam__x x = resources(r, st), any;
			struct aisp_iam__ways ways;
			if (x == AISP_IAM__FALSE)
				continue;
			ways = aisp_iam__principals(r, st);
			any = aisp_iam__any_way(s, &ways);
			if (any == AISP_IAM__FALSE)
				continue;
			x = aisp_iam__and(s, x, aisp_iam__conditions(r, st));
			note(r, &at, i, !st->allow, aisp_iam__and(s, x, any));
			if (!st->allow) {
				ret->deny = aisp_iam__or(s, ret->deny, aisp_iam__and(s, x, any));
				continue;
			}
			ret->by.direct = aisp_iam__or(s, ret->by.direct, aisp_iam__and(s, x, ways.direct));
			ret->by.anyone = aisp_iam__or(s, ret->by.anyone, aisp_iam__and(s, x, ways.anyone));
			ret->by.role = aisp_iam__or(s, ret->by.role, aisp_iam__and(s, x, ways.role));
			ret->by.account = aisp_iam__or(s, ret->by.account, aisp_iam__and(s, x, ways.account));
		}
}

/* ---- What AWS does without a document ---- */

static bool action_is(const struct aisp_iam__run *r, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqz(r->action, names[i]))
			return true;
	return false;
}

static bool holds_account(enum aisp_iam_principal_kind k)
{
	return k == AISP_IAM_ROOT || k == AISP_IAM_USER || k == AISP_IAM_ROLE || k == AISP_IAM_SESSION || k == AISP_IAM_FEDERATED_USER;
}

/* 1 allowed, 0 denied, -1 nothing said. */
static int builtin(const struct aisp_iam__run *r)
{
	/* The first five may still be done to a service-linked role. */
	static const char *const fixed[] = {
		"iam:tagrole", "iam:untagrole", "iam:updaterole", "iam:updateroledescription", "iam:deleterole", "iam:attachrolepolicy",
		"iam:deleterolepermissionsboundary", "iam:deleterolepolicy", "iam:detachrolepolicy", "iam:passrole", "iam:putrolepermissionsboundary",
		"iam:putrolepolicy", "iam:updateassumerolepolicy",
	};
	const size_t n = sizeof fixed / sizeof *fixed;
	struct aisp_arn arn;

	/* "No permissions are required": STS API reference, GetCallerIdentity. */
	if (aisp_slice_eqz(r->action, "sts:getcalleridentity") && (holds_account(r->q->principal.kind) || r->q->principal.kind == AISP_IAM_ANY_AWS))
		return 1;
	/* STS API reference, AssumeRole: not with a root user's credentials. */
	if (aisp_slice_eqz(r->action, "sts:assumerole") && r->q->principal.kind == AISP_IAM_ROOT)
		return 0;
	/* Only the service that they are linked to, or Identity Center, changes these. */
	if (aisp_slice_eqz(r->service, "iam") && aisp_arn_split(r->q->resource, &arn)) {
		bool service = r->q->principal.kind == AISP_IAM_SERVICE;
		if (!service && aisp_slice_starts(arn.resource, AISP_S("role/aws-service-role/")) && action_is(r, fixed + 5, n - 5))
			return 0;
		if (!(service && aisp_slice_eqz(r->q->principal.name, "sso.amazonaws.com")) && aisp_slice_starts(arn.resource, AISP_S("role/aws-reserved/")) && action_is(r, fixed, n))
			return 0;
	}
	return -1;
}

/* The account's root user can always repair a bucket's policy. */
static bool root_repairs(const struct aisp_iam__run *r)
{
	static const char *const names[] = {"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"};

	return r->q->principal.kind == AISP_IAM_ROOT && r->same_account && action_is(r, names, 3);
}

static bool needs_resource(const struct aisp_iam__run *r)
{
	static const char *const trust[] = {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity",
	                                    "sts:setcontext"};
	struct aisp_arn arn;

	if (r->b->resource && r->b->resource->policy && r->b->resource->policy->use == AISP_IAM_TRUST)
		return true;
	if (!aisp_arn_split(r->q->resource, &arn))
		return false;
	if (aisp_slice_eqz(r->service, "kms"))
		return aisp_slice_starts(arn.resource, AISP_S("key/")) || aisp_slice_starts(arn.resource, AISP_S("alias/"));
	return aisp_slice_starts(arn.resource, AISP_S("role/")) && action_is(r, trust, sizeof trust / sizeof *trust);
}

/* ---- Layers joined ---- */

static struct sides resource_controls(const struct aisp_iam__run *r)
{
	struct sides ret = {AISP_IAM__TRUE, AISP_IAM__FALSE};

	if (!aisp_aws_service_has_rcp(r->service))
		return ret;
	ret = levels(r, r->b->rcp, r->b->n_rcp, AISP_IAM_L_RCP);
	if (r->b->unread & AISP_IAM_UNREAD_RCP)
		ret.deny = aisp_iam__or(r->s, ret.deny, unread(r, "a resource control policy", (struct aisp_slice){0}, true));
	return ret;
}

/* What could not be read at all may allow and may deny. */
static void look_unread(const struct aisp_iam__run *r, struct all *a)
{
	const struct aisp_slice none = {0};
	struct aisp_iam_scratch *s = r->s;
	unsigned what = r->b->unread;
	bool own = holds_account(r->q->principal.kind), bound = own && !r->q->principal.service_linked;

	if (own && r->q->principal.kind != AISP_IAM_ROOT && what & AISP_IAM_UNREAD_IDENTITY) {
		a->identity.allow = aisp_iam__or(s, a->identity.allow, unread(r, "an identity policy", none, false));
		a->identity.deny = aisp_iam__or(s, a->identity.deny, unread(r, "an identity policy", none, true));
	}
	if (own && what & AISP_IAM_UNREAD_BOUNDARY) {
		a->boundary.allow = aisp_iam__and(s, a->boundary.allow, unread(r, "the permissions boundary", none, false));
		a->boundary.deny = aisp_iam__or(s, a->boundary.deny, unread(r, "the permissions boundary", none, true));
	}
	if (bound && what & AISP_IAM_UNREAD_SCP) {
		a->scp.allow = aisp_iam__and(s, a->scp.allow, unread(r, "every service control policy level", none, false));
		a->scp.deny = aisp_iam__or(s, a->scp.deny, unread(r, "a service control policy", none, true));
	}
	if (what & AISP_IAM_UNREAD_RESOURCE) {
		a->resource.by.direct = aisp_iam__or(s, a->resource.by.direct, unread(r, "the resource's policy", none, false));
		a->resource.deny = aisp_iam__or(s, a->resource.deny, unread(r, "the resource's policy", none, true));
	}
}

static void look(const struct aisp_iam__run *r, struct all *a)
{
	const struct aisp_iam_bearing *b = r->b;
	const struct aisp_iam_principal *p = &r->q->principal;
	bool own = holds_account(p->kind);

	*a = (struct all){.needs_resource = needs_resource(r)};
	a->identity = a->rcp = a->scp = (struct sides){AISP_IAM__TRUE, AISP_IAM__FALSE};
	if (own && p->kind != AISP_IAM_ROOT)
		a->identity = layer(r, &b->identity, AISP_IAM_L_IDENTITY, 0);
	a->boundary = optional(r, own ? b->boundary : NULL, AISP_IAM_L_BOUNDARY);
	a->session = optional(r, own ? b->session : NULL, AISP_IAM_L_SESSION);
	/* Without a session policy a GetFederationToken session has nothing of its user's. */
	if (p->kind == AISP_IAM_FEDERATED_USER && !b->session)
		a->session.allow = AISP_IAM__FALSE;
	a->endpoint = optional(r, b->endpoint, AISP_IAM_L_ENDPOINT);
	if (own && !p->service_linked)
		a->scp = levels(r, b->scp, b->n_scp, AISP_IAM_L_SCP);
	if (!p->service_linked && (b->n_rcp || b->unread & AISP_IAM_UNREAD_RCP))
		a->rcp = resource_controls(r);
	if (b->resource)
		resource_policy(r, b->resource, &a->resource);
	if (root_repairs(r))
		a->resource.deny = AISP_IAM__FALSE;
	if (b->unread)
		look_unread(r, a);
}

static aisp_iam__x identity_path(const struct aisp_iam__run *r, const struct all *a)
{
	struct aisp_iam_scratch *s = r->s;
	aisp_iam__x x = aisp_iam__and(s, a->identity.allow, aisp_iam__and(s, a->boundary.allow, a->session.allow));

	return a->needs_resource ? aisp_iam__and(s, x, aisp_iam__any_way(s, &a->resource.by)) : x;
}

static aisp_iam__x resource_path(const struct aisp_iam__run *r, const struct all *a)
{
	struct aisp_iam_scratch *s = r->s;

	const struct aisp_iam__ways *w = &a->resource.by;
	aisp_iam__x x = aisp_iam__or(s, w->anyone, aisp_iam__and(s, w->role, a->boundary.allow));

	return aisp_iam__or(s, w->direct, aisp_iam__and(s, x, a->session.allow));
}

static void join(const struct aisp_iam__run *r, struct all *a)
{
	struct aisp_iam_scratch *s = r->s;
	const struct resource_side *res = &a->resource;
	enum aisp_iam_principal_kind k = r->q->principal.kind;
	aisp_iam__x granted, named = aisp_iam__any_way(s, &res->by);

	a->deny = aisp_iam__or(s, a->identity.deny, aisp_iam__or(s, a->boundary.deny, a->session.deny));
	a->deny = aisp_iam__or(s, a->deny, aisp_iam__or(s, a->endpoint.deny, aisp_iam__or(s, a->scp.deny, a->rcp.deny)));
	a->deny = aisp_iam__or(s, a->deny, res->deny);
	if (!holds_account(k))
		granted = named;
	else if (r->same_account)
		granted = aisp_iam__or(s, resource_path(r, a), identity_path(r, a));
	else
		granted = aisp_iam__and(s, named, aisp_iam__and(s, a->identity.allow, aisp_iam__and(s, a->boundary.allow, a->session.allow)));
	a->s3_block = r->b->s3_block_public_policy && aisp_slice_eqz(r->service, "s3") && r->b->resource && r->b->resource->policy &&
	              r->b->resource->policy->open_to_all && k != AISP_IAM_SERVICE && !(holds_account(k) && r->same_account);
	granted = aisp_iam__and(s, granted, aisp_iam__and(s, a->scp.allow, a->endpoint.allow));
	a->s3_block = a->s3_block && granted != AISP_IAM__FALSE;
	if (a->s3_block)
		granted = AISP_IAM__FALSE;
	a->granted = granted;
	a->total = aisp_iam__and(s, aisp_iam__not(s, a->deny), granted);
}

/* The first layer that refuses; in the order in which AWS asks. */
static enum aisp_iam_layer refuser(const struct aisp_iam__run *r, const struct all *a, bool explicit_deny)
{
	const struct {
		enum aisp_iam_layer layer;
		aisp_iam__x deny, allow;
	} order[] = {
		{AISP_IAM_L_RCP, a->rcp.deny, AISP_IAM__TRUE}, {AISP_IAM_L_SCP, a->scp.deny, a->scp.allow},
		{AISP_IAM_L_S3_BLOCK, AISP_IAM__FALSE, !a->s3_block},
		{AISP_IAM_L_RESOURCE, a->resource.deny,
		 r->same_account && !a->needs_resource && holds_account(r->q->principal.kind) ?
			 AISP_IAM__TRUE : aisp_iam__any_way(r->s, &a->resource.by)},
		{AISP_IAM_L_IDENTITY, a->identity.deny, a->identity.allow}, {AISP_IAM_L_BOUNDARY, a->boundary.deny, a->boundary.allow},
		{AISP_IAM_L_SESSION, a->session.deny, a->session.allow}, {AISP_IAM_L_ENDPOINT, a->endpoint.deny, a->endpoint.allow},
	};
	size_t n = sizeof order / sizeof *order;

	for (size_t i = 0; i < n; i++)
		if (explicit_deny ? aisp_iam__solve(r->s, order[i].deny) == 1 : aisp_iam__solve(r->s, order[i].allow) == 0)
			return order[i].layer;
	if (explicit_deny && a->s3_block)
		return AISP_IAM_L_S3_BLOCK;
	for (size_t i = 0; i < n; i++)
		if (explicit_deny ? order[i].deny != AISP_IAM__FALSE : order[i].allow != AISP_IAM__TRUE || order[i].deny != AISP_IAM__FALSE)
			return order[i].layer;
	return AISP_IAM_L_IDENTITY;
}

static enum aisp_iam_layer granter(const struct aisp_iam__run *r, const struct all *a)
{
	if (!holds_account(r->q->principal.kind) || !r->same_account)
		return AISP_IAM_L_RESOURCE;
	if (r->q->principal.kind == AISP_IAM_ROOT)
		return a->needs_resource ? AISP_IAM_L_RESOURCE : AISP_IAM_L_BUILTIN;
	unsigned by_identity = aisp_iam__solve(r->s, identity_path(r, a)), by_resource = aisp_iam__solve(r->s, resource_path(r, a));
	return by_identity == 1 || (by_identity && by_resource != 1) ? AISP_IAM_L_IDENTITY : AISP_IAM_L_RESOURCE;
}

static int prepare(struct aisp_iam__run *r, struct aisp_err *err)
{
	const struct aisp_iam_request *q = r->q;
	struct aisp_iam_scratch *s = r->s;
	size_t colon;

	aisp_arena_reset(s->arena);
	s->atoms.n = s->nodes.n = s->steps.n = 0;
	s->failed = false;
	if (q->resource.n > 65536)
		return aisp_fail(err, AISP_E_LIMIT, "the resource's name has %zu characters", q->resource.n);
	if (q->action.n >= sizeof s->action)
		return aisp_fail(err, AISP_E_LIMIT, "the action's name has %zu characters", q->action.n);
	for (size_t i = 0; i < q->action.n; i++)
		s->action[i] = (char)(q->action.p[i] >= 'A' && q->action.p[i] <= 'Z' ? q->action.p[i] + 32 : q->action.p[i]);
	r->action = aisp_slice_of(s->action, q->action.n);
	colon = aisp_slice_chr(r->action, ':');
	if (colon == SIZE_MAX)
		return aisp_fail(err, AISP_E_PARSE, "\"%.*s\" is no action: it should read service:Name", AISP_FMT(q->action));
	r->service = aisp_slice_to(r->action, colon);
	r->action_hash = aisp_hash64(r->action.p, r->action.n, 0);
	r->service_hash = aisp_hash64(r->action.p, colon + 1, 0);
	r->account = q->resource_account.n ? q->resource_account : q->principal.account;
	r->same_account = r->account.n && aisp_slice_eq(r->account, q->principal.account);
	return 0;
}

int aisp_iam_decide(const struct aisp_iam_request *q, const struct aisp_iam_bearing *b, struct aisp_iam_scratch *s, bool quick,
                    struct aisp_iam_decision *ret, struct aisp_err *err)
{
	struct aisp_iam__run r = {.q = q, .b = b, .s = s, .quick = quick};
	struct aisp_iam_decision d = {.verdict = AISP_IAM_DENIED};
	struct all a;
	int said = prepare(&r, err);

	if (said < 0)
		return said;
	look(&r, &a);
	join(&r, &a);
	said = builtin(&r);
	if (said >= 0) {
		d.verdict = said ? AISP_IAM_ALLOWED : AISP_IAM_DENIED;
		d.by = AISP_IAM_L_BUILTIN;
	} else {
		unsigned solved = aisp_iam__solve(s, a.total);
		/* Too much for one table may still be clear from one side. */
		if (solved == 2 && (aisp_iam__solve(s, a.deny) == 1 || aisp_iam__solve(s, a.granted) == 0))
			solved = 0;
		d.verdict = solved == 1 ? AISP_IAM_ALLOWED : solved == 0 ? AISP_IAM_DENIED : AISP_IAM_CONDITIONAL;
		d.explicit_deny = solved == 0 && (a.s3_block || aisp_iam__solve(s, a.deny) == 1);
		d.by = solved ? granter(&r, &a) : refuser(&r, &a, d.explicit_deny);
		if (!quick && solved == 2)
			d.open = aisp_iam__text(s, a.total);
	}
	if (s->failed)
		return aisp_arena_full(s->arena) ? aisp_fail(err, AISP_E_LIMIT, "too many open conditions") : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	if (!quick) {
		d.steps = s->steps.v;
		d.n_steps = (uint32_t)s->steps.n;
	}
	*ret = d;
	return 0;
}
