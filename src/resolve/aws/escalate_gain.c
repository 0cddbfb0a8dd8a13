/* Is a way worth an arrow: does the service really get the role, and has the role a right that the actor has not? */
#include "access/aws/catalogue.h"
#include "resolve/aws/escalate_int.h"
#include <stdio.h>

void aisp_esc__given(struct esc_answer *a, struct aisp_slice condition)
{
	if (condition.n == 0 || (a->open.n && aisp_slice_find(aisp_buf_slice(&a->open), condition) != SIZE_MAX))
		return;
	if (a->open.n)
		aisp_buf_putz(&a->open, " and ");
	aisp_buf_put(&a->open, condition);
}

static void nomem(struct esc *x)
{
	aisp_resolve__fail(x->r, aisp_fail(x->r->err, AISP_E_NOMEM, "out of memory while looking for ways to escalate"));
}

bool aisp_esc__trusts(struct esc *x, uint32_t role, const char *service, struct esc_answer *a)
{
	const struct aisp_aws_principal *t = &x->w->principals[role];
	const struct aisp_key key = {role, (uint64_t)(uintptr_t)service};
	const uint32_t known = aisp_map_get(&x->trusts, key);
	if (known) {
		if (known > 3)
			aisp_esc__given(a, x->trust_open.v[known - 4]);
		return known != 1;
	}
	uint32_t value = 1;
	if (t->trust != AISP_AWS_NONE) {
		const struct aisp_slice account = x->w->accounts[t->account].id;
		const struct aisp_iam_key own = {.name = AISP_S("aws:SourceAccount"), .known = AISP_IAM_KNOWN, .values = &account, .n = 1};
		const struct aisp_iam_named trust = {x->w->docs[t->trust].id, x->w->docs[t->trust].policy};
		const struct aisp_iam_request q = {
			.principal = {.kind = AISP_IAM_SERVICE, .name = aisp_slice_z(service), .account = account},
			.action = AISP_S("sts:AssumeRole"), .resource = t->arn, .resource_account = account,
			.context = {&own, 1, AISP_IAM_UNKNOWN},
		};
		const struct aisp_iam_bearing b = {.resource = &trust};
		struct aisp_iam_decision d;
		const int r = aisp_iam_decide(&q, &b, x->scratch, false, &d, x->r->err);
		aisp_resolve__fail(x->r, r);
		if (r < 0)
			return false;
		value = d.verdict == AISP_IAM_ALLOWED ? 3 : 1;
		if (d.verdict == AISP_IAM_CONDITIONAL) {
			const struct aisp_slice open = aisp_resolve__fmt(x->r, "the trust of the role holds for it: %.*s", AISP_FMT(d.open));
			if (aisp_vec_push(&x->trust_open, open) < 0)
				nomem(x);
			value = 3 + (uint32_t)x->trust_open.n;
			aisp_esc__given(a, open);
		}
	} else if (t->unread) {
		if (aisp_vec_push(&x->trust_open, AISP_S("the role's trust, which could not be read, names the service")) < 0)
			nomem(x);
		value = 3 + (uint32_t)x->trust_open.n;
		aisp_esc__given(a, x->trust_open.v[value - 4]);
	}
	aisp_resolve__fail(x->r, aisp_map_put(&x->trusts, key, value, x->r->err));
	return value != 1;
}

/* ---- Gain ---- */

struct gain {
	struct esc *x;
	uint32_t actor, target;
	struct aisp_slice resource; /* the witness that is asked about */
	bool found;
};

static enum aisp_iam_verdict verdict(struct gain *g, uint32_t who, struct aisp_slice action)
{
	struct aisp_iam_decision d = {0};
	const struct aisp_aws_question q = {.principal = who, .action = action, .resource_arn = g->resource, .quick = true};
	const int r = aisp_aws_ask(g->x->w, &q, g->x->scratch, &d, g->x->r->err);
	aisp_resolve__fail(g->x->r, r);
	return r < 0 ? AISP_IAM_DENIED : d.verdict;
}

static void on_action(void *ctx, const struct aisp_aws_action *a)
{
	struct gain *g = ctx;
	char name[160];
	if (g->found || g->x->r->bad)
		return;
	const int n = snprintf(name, sizeof name, "%s:%s", a->service, a->name);
	if (n < 0 || (size_t)n >= sizeof name)
		return;
	const struct aisp_slice action = aisp_slice_of(name, (size_t)n);
	const enum aisp_iam_verdict theirs = verdict(g, g->target, action);
	g->found = theirs != AISP_IAM_DENIED && verdict(g, g->actor, action) < theirs;
}

/* Literal ARNs ask as they are; wildcards are left to the engine, which takes a witness that no narrower pattern names. */
static void over_patterns(struct gain *g, const struct aisp_aws_doc *d)
{
	const struct aisp_slice every = AISP_S("*");
	for (uint32_t i = 0; i < aisp_iam_statements(d->policy) && !g->found && !g->x->r->bad; i++) {
		struct aisp_iam_lists l = aisp_iam_statement_lists(d->policy, i);
		if (!aisp_iam_statement_allows(d->policy, i))
			continue;
		/* The engine takes care of what is excepted. */
		if (l.not_action || l.n_actions == 0)
			l.actions = &every, l.n_actions = 1;
		if (l.not_resource || l.n_resources == 0)
			l.resources = &every, l.n_resources = 1;
		for (size_t k = 0; k < l.n_resources && !g->found; k++) {
			g->resource = l.resources[k];
			for (size_t j = 0; j < l.n_actions && !g->found; j++)
				aisp_aws_action_each(l.actions[j], on_action, g);
		}
	}
}

static bool lists_everything(const struct aisp_slice *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eqz(v[i], "*"))
			return true;
	return false;
}

/* Allow * on * without a condition, and nothing of its own that takes away: then nobody in the account has more. */
static bool has_all(struct esc *x, const struct aisp_aws_principal *p)
{
	bool all = p->any_policy;
	if (p->boundary.n || p->unread)
		return false;
	for (uint32_t i = 0; i < p->identity.n; i++) {
		const struct aisp_aws_doc *d = &x->w->docs[p->identity.v[i]];
		for (uint32_t k = 0; d->policy && k < aisp_iam_statements(d->policy); k++) {
			const struct aisp_iam_lists l = aisp_iam_statement_lists(d->policy, k);
			if (!aisp_iam_statement_allows(d->policy, k))
				return false;
			if (!l.conditional && !l.not_action && !l.not_resource && lists_everything(l.actions, l.n_actions) && lists_everything(l.resources, l.n_resources))
				all = true;
		}
	}
	return all;
}

/* A resource, or another system, may name the target itself: an arrow out of it that the actor has not. */
static bool has_own_arrow(struct esc *x, aisp_node actor, aisp_node target)
{
	for (aisp_edge e = aisp_graph_next_out(x->r->g, target, 0); e; e = aisp_graph_next_out(x->r->g, target, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(x->r->g, e);
		if ((v.kind == AISP_EDGE_CAN_READ || v.kind == AISP_EDGE_CAN_WRITE || v.kind == AISP_EDGE_CAN_CALL || v.kind == AISP_EDGE_CAN_ASSUME) && v.to != actor &&
		    !aisp_resolve__joined(x->r, actor, v.kind, v.to))
			return true;
	}
	return false;
}

bool aisp_esc__gains(struct esc *x, uint32_t actor, uint32_t target)
{
	const struct aisp_aws_principal *p = &x->w->principals[actor], *t = &x->w->principals[target];
	const struct aisp_key key = {p->class_of, t->class_of};
	const uint32_t known = aisp_map_get(&x->gains, key);
	/* 1 no, but the target may be named itself; 2 yes; 3 no: nobody in the account has more */
	if (known == 3)
		return false;
	if (known)
		return known == 2 || has_own_arrow(x, p->node, t->node);
	struct gain g = {.x = x, .actor = actor, .target = target, .found = t->unread != 0};
	const bool all = p->account == t->account && has_all(x, p);
	for (uint32_t i = 0; !all && i < t->identity.n && !g.found && !x->r->bad; i++) {
		const struct aisp_aws_doc *d = &x->w->docs[t->identity.v[i]];
		if (d->policy)
			over_patterns(&g, d);
		else
			g.found = true; /* cannot be told: not dropped */
	}
	aisp_resolve__fail(x->r, aisp_map_put(&x->gains, key, all ? 3 : g.found ? 2 : 1, x->r->err));
	return !all && (g.found || has_own_arrow(x, p->node, t->node));
}
