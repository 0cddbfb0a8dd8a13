/* The AWS part of resolving: the world, strangers that policies name, everybody, ways to escalate, grants, joins through trust. */
#include "base/hash.h"
#include "resolve/aws/acl.h"
#include "resolve/aws/escalate.h"
#include "resolve/aws/federation.h"
#include "resolve/aws/grants_int.h"
#include "resolve/aws/rds.h"

enum { STRANGERS_MAX = 100000 };

struct strangers {
	struct aisp_resolve *r;
	struct aisp_aws_world *w;
	AISP_VEC(struct aisp_aws_principal) v;
	struct aisp_map seen;
	bool *ours; /* accounts of which we know more than the name */
	uint32_t n_ours;
	bool everybody;
};

static aisp_node stranger_node(struct strangers *x, enum aisp_node_kind kind, struct aisp_slice id, aisp_node policy)
{
	const struct aisp_because why = {.join = "aws-named-in-policy", .confidence = AISP_CONF_INFERRED, .node = policy, .note = AISP_S("a policy names it; nothing else is known of it")};
	const bool known = aisp_graph_find(x->r->g, id) != 0;
	const aisp_node n = aisp_resolve__node(x->r, kind, id, &why);
	if (n && !known)
		aisp_resolve__fail(x->r, aisp_graph_set_bool(x->r->g, n, x->r->source, "foreign", true, x->r->err));
	if (n && !known && kind != AISP_NODE_ACCOUNT && !x->r->bad)
		aisp_resolve__fail(x->r, aisp_graph_add_item(x->r->g, n, x->r->source, "unread", AISP_S("identity"), x->r->err));
	if (n && !known)
		aisp_resolve__set(x->r, n, "account", aisp_slice_of(id.p + aisp_slice_find(id, AISP_S("iam::")) + 5, 12));
	return n;
}

static uint32_t account_of(struct strangers *x, struct aisp_slice id)
{
	uint32_t at = aisp_aws__account(x->w, id);
	const struct aisp_aws_account a = {.id = id};
	if (at == AISP_AWS_NONE && !x->r->bad)
		aisp_resolve__fail(x->r, aisp_aws__add_account(x->w, &a, &at, x->r->err));
	return at;
}

static void add(struct strangers *x, enum aisp_iam_principal_kind kind, struct aisp_slice arn, struct aisp_slice account, aisp_node policy)
{
	static const enum aisp_node_kind kinds[] = {[AISP_IAM_ROOT] = AISP_NODE_ACCOUNT, [AISP_IAM_USER] = AISP_NODE_USER, [AISP_IAM_ROLE] = AISP_NODE_ROLE};
	const struct aisp_key key = {aisp_hash64(arn.p, arn.n, 1), aisp_hash64(arn.p, arn.n, 2)};
	if (x->r->bad || x->v.n >= STRANGERS_MAX || aisp_aws_principal_find(x->w, arn) != AISP_AWS_NONE || aisp_map_get(&x->seen, key))
		return;
	aisp_resolve__fail(x->r, aisp_map_put(&x->seen, key, 1, x->r->err));
	struct aisp_arn parts = {0};
	aisp_arn_split(arn, &parts);
	const struct aisp_aws_principal p = {.node = stranger_node(x, kinds[kind], arn, policy), .kind = kind, .arn = arn, .name = aisp_slice_basename(parts.resource),
		.path = AISP_S("/"), .account = account_of(x, account), .trust = AISP_AWS_NONE, .form_of = AISP_AWS_NONE, .unread = kind == AISP_IAM_ROOT ? 0 : AISP_IAM_UNREAD_IDENTITY};
	if (!x->r->bad && aisp_vec_push(&x->v, p) < 0)
		aisp_resolve__fail(x->r, aisp_fail(x->r->err, AISP_E_NOMEM, "out of memory while reading who policies name"));
}

static void named_in(struct strangers *x, uint32_t doc)
{
	const struct aisp_aws_inside *in = aisp_aws__in(x->w);
	const struct aisp_aws_doc *d = &x->w->docs[doc];
	const struct aisp_aws_text *t = in->text_of[doc] == AISP_AWS_NONE ? NULL : &in->texts[in->text_of[doc]];
	if (!t || !t->policy || !(aisp_slice_eqz(d->type, "resource") || aisp_slice_eqz(d->type, "trust")))
		return;
	x->everybody |= t->anyone;
	for (uint32_t i = 0; i < t->accounts.n; i++) {
		/* An account of ours has its node and principals; one that is only named acts through its root's name. */
		const uint32_t a = aisp_aws__account(x->w, t->accounts.v[i]);
		if (a >= x->n_ours || !x->ours[a])
			add(x, AISP_IAM_ROOT, aisp_resolve__fmt(x->r, "arn:aws:iam::%.*s:root", AISP_FMT(t->accounts.v[i])), t->accounts.v[i], d->node);
	}
	for (uint32_t i = 0; i < t->arns.n; i++) {
		struct aisp_arn arn;
		if (!aisp_arn_split(t->arns.v[i], &arn) || !aisp_slice_eqz(arn.service, "iam") || aisp_slice_chr(t->arns.v[i], '*') != SIZE_MAX)
			continue;
		const uint32_t a = aisp_aws__account(x->w, arn.account);
		/* In an account that we read, a name that is not there is nobody. */
		if (a < x->n_ours && x->ours[a])
			continue;
		if (aisp_slice_starts(arn.resource, AISP_S("role/")))
			add(x, AISP_IAM_ROLE, t->arns.v[i], arn.account, d->node);
		else if (aisp_slice_starts(arn.resource, AISP_S("user/")))
			add(x, AISP_IAM_USER, t->arns.v[i], arn.account, d->node);
	}
}

static void add_everybody(struct strangers *x)
{
	static const struct {
		const char *id, *name;
		enum aisp_iam_principal_kind kind;
	} groups[] = {{"aws:anonymous", "everybody, without credentials", AISP_IAM_ANONYMOUS}, {"aws:anyone", "everybody with an AWS account", AISP_IAM_ANY_AWS}};
	const struct aisp_because why = {.join = "aws-everybody", .confidence = AISP_CONF_OBSERVED, .note = AISP_S("an account is to be had for nothing")};
	struct aisp_resolve *r = x->r;
	const aisp_node internet = aisp_resolve__node(r, AISP_NODE_INTERNET, AISP_S("internet"), &why);
	for (size_t i = 0; i < 2 && !r->bad; i++) {
		const struct aisp_slice id = aisp_slice_z(groups[i].id);
		const uint32_t had = aisp_aws_principal_find(x->w, id);
		if (had == AISP_AWS_NONE && !x->everybody)
			continue;
		if (had != AISP_AWS_NONE) { /* an ACL names it */
			aisp_resolve__edge(r, internet, AISP_EDGE_MEMBER_OF, x->w->principals[had].node, &why);
			continue;
		}
		const aisp_node n = aisp_resolve__node(r, AISP_NODE_GROUP, id, &why);
		aisp_resolve__set(r, n, "name", aisp_slice_z(groups[i].name));
		aisp_resolve__edge(r, internet, AISP_EDGE_MEMBER_OF, n, &why);
		const struct aisp_aws_principal p = {.node = n, .kind = groups[i].kind, .arn = id, .name = id, .account = account_of(x, AISP_S("")), .trust = AISP_AWS_NONE, .form_of = AISP_AWS_NONE};
		if (!r->bad && aisp_vec_push(&x->v, p) < 0)
			aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while reading who policies name"));
	}
}

static void strangers(struct aisp_resolve *r, struct aisp_aws_world *w)
{
	struct strangers x = {.r = r, .w = w};
	x.n_ours = w->n_accounts;
	x.ours = aisp_arena_zalloc(r->a, (size_t)w->n_accounts + 1, sizeof *x.ours);
	if (!x.ours) {
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while reading who policies name"));
		return;
	}
	for (uint32_t i = 0; i < w->n_accounts; i++)
		x.ours[i] = w->accounts[i].known;
	for (uint32_t i = 0; i < w->n_principals; i++)
		x.ours[w->principals[i].account] |= w->principals[i].identity.n || w->principals[i].trust != AISP_AWS_NONE;
	for (uint32_t i = 0; i < w->n_docs && !r->bad; i++)
		named_in(&x, i);
	if (x.everybody || aisp_aws_principal_find(w, AISP_S("aws:anonymous")) != AISP_AWS_NONE || aisp_aws_principal_find(w, AISP_S("aws:anyone")) != AISP_AWS_NONE)
		add_everybody(&x);
	if (!r->bad && x.v.n)
		aisp_resolve__fail(r, aisp_aws__add_strangers(w, x.v.v, (uint32_t)x.v.n, r->err));
	aisp_vec_done(&x.v);
	aisp_map_done(&x.seen);
}

/* Documents that AWS would refuse, or that we could not read: said once each. */
static void gaps(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	for (uint32_t i = 0; i < w->n_docs && !r->bad; i++)
		if (!w->docs[i].policy && w->docs[i].bad.n)
			aisp_resolve__fail(r, aisp_graph_add_gap(r->g, r->source, w->docs[i].id, AISP_E_PARSE, w->docs[i].bad, r->err));
}

/* Does an endpoint's policy take anything away? The first one, which AWS writes, lets all through. */
static bool narrows(const struct aisp_aws_world *w, uint32_t doc)
{
	const struct aisp_iam_policy *p = w->docs[doc].policy;
	bool all = false;
	for (uint32_t i = 0; i < aisp_iam_statements(p); i++) {
		const struct aisp_iam_lists l = aisp_iam_statement_lists(p, i);
		if (!aisp_iam_statement_allows(p, i))
			return true;
		all |= !l.conditional && !l.not_action && !l.not_resource && l.n_actions == 1 && aisp_slice_eqz(l.actions[0], "*") && l.n_resources == 1 && aisp_slice_eqz(l.resources[0], "*");
	}
	return !all;
}

/* Which way a request takes is not known: what an endpoint's policy takes from the workloads behind it is not taken from their roles, which may be used elsewhere. */
static void endpoints(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	for (uint32_t i = 0; i < w->n_docs && !r->bad; i++)
		if (aisp_slice_eqz(w->docs[i].type, "endpoint") && w->docs[i].policy && narrows(w, i))
			aisp_resolve__fail(r, aisp_graph_add_gap(r->g, r->source, w->docs[i].id, AISP_E_LIMIT,
				AISP_S("workloads behind this VPC endpoint may do less than their roles: its policy holds for requests through it, which are not told apart"), r->err));
}

/* AWS' interfaces answer from everywhere: who is authorised needs no way in, whatever the kind of node says. */
static void open_to_all(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	for (uint32_t i = 0; i < w->n_resources && !r->bad; i++) {
		const struct aisp_aws_resource *x = &w->resources[i];
		if (aisp_node_kinds[x->kind].flags & AISP_NK_GATED && aisp_aws__is_open(x->type) && aisp_graph_prop(r->g, x->node, "gated").n == 0)
			aisp_resolve__fail(r, aisp_graph_set_bool(r->g, x->node, r->source, "gated", false, r->err));
	}
}

void aisp_resolve__aws(struct aisp_resolve *r)
{
	struct aisp_aws_world *w = NULL;
	if (r->bad)
		return;
	aisp_resolve__fail(r, aisp_aws_world_make(r->g, NULL, &w, r->err));
	if (!r->bad && (w->n_principals || w->n_resources)) {
		strangers(r, w);
		gaps(r, w);
		endpoints(r, w);
		open_to_all(r, w);
		if (!r->bad)
			aisp_aws_federate(r, w);
		if (!r->bad)
			aisp_aws_escalate_forms(r, w);
		if (!r->bad)
			aisp_resolve__aws_grants(r, w, 0);
		if (!r->bad)
			aisp_aws_lists(r, w);
		if (!r->bad)
			aisp_aws_database_logins(r, w);
		if (!r->bad)
			aisp_aws_escalate(r, w);
	}
	aisp_aws_world_free(w);
}
