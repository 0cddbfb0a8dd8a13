/* Joins through trust (see federation.h): the role's own policy decides, with the claims that the token would carry.
 *
 *   Kubernetes   iss = the cluster's issuer, sub = system:serviceaccount:NAMESPACE:NAME, aud = sts.amazonaws.com
 *                https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
 *   GitHub       sub = repo:OWNER/NAME:environment:E, …:ref:refs/heads/B, …:pull_request
 *                https://docs.github.com/en/actions/concepts/security/openid-connect
 *   Pod Identity the service pods.eks.amazonaws.com takes the role for the account it is associated with
 */
#include "resolve/aws/federation.h"
#include "resolve/aws/grants_int.h"
#include "resolve/aws/world_int.h"
#include <stdio.h>

enum { TEXT_MAX = 1024, TRIES_MAX = 64 };
#define GITHUB "token.actions.githubusercontent.com"

struct fed {
	struct aisp_resolve *r;
	const struct aisp_aws_world *w;
	struct aisp_iam_scratch *s;
	AISP_VEC(uint32_t) roles; /* whose trust takes tokens of some issuer */
};

static struct aisp_slice trust_text(const struct fed *f, uint32_t role)
{
	const struct aisp_aws_inside *in = aisp_aws__in(f->w);
	const uint32_t doc = f->w->principals[role].trust;
	return doc == AISP_AWS_NONE || in->text_of[doc] == AISP_AWS_NONE ? (struct aisp_slice){0} : in->texts[in->text_of[doc]].text;
}

/* ---- Asking a trust ---- */

struct token {
	struct aisp_slice issuer; /* host and path, without https:// */
	struct aisp_slice sub;    /* empty: not known */
};

static enum aisp_iam_verdict take(struct fed *f, uint32_t role, const struct token *t, struct aisp_slice *ret_open, struct aisp_slice *ret_control)
{
	const struct aisp_aws_principal *p = &f->w->principals[role];
	const struct aisp_slice account = f->w->accounts[p->account].id, aud = AISP_S("sts.amazonaws.com");
	const struct aisp_iam_named trust = {f->w->docs[p->trust].id, f->w->docs[p->trust].policy};
	char provider[TEXT_MAX], sub[TEXT_MAX], audience[TEXT_MAX];
	snprintf(provider, sizeof provider, "arn:aws:iam::%.*s:oidc-provider/%.*s", AISP_FMT(account), AISP_FMT(t->issuer));
	snprintf(sub, sizeof sub, "%.*s:sub", AISP_FMT(t->issuer));
	snprintf(audience, sizeof audience, "%.*s:aud", AISP_FMT(t->issuer));
	const struct aisp_iam_key keys[] = {
		{.name = aisp_slice_z(sub), .known = t->sub.n ? AISP_IAM_KNOWN : AISP_IAM_UNKNOWN, .values = &t->sub, .n = t->sub.n != 0},
		{.name = aisp_slice_z(audience), .known = AISP_IAM_KNOWN, .values = &aud, .n = 1},
		{.name = AISP_S("aws:FederatedProvider"), .known = AISP_IAM_KNOWN, .values = &(struct aisp_slice){provider, strlen(provider)}, .n = 1},
	};
	const struct aisp_iam_request q = {
		.principal = {.kind = AISP_IAM_FEDERATED, .name = aisp_slice_z(provider), .account = account},
		.action = AISP_S("sts:AssumeRoleWithWebIdentity"), .resource = p->arn, .resource_account = account, .context = {keys, 3, AISP_IAM_UNKNOWN},
	};
	const struct aisp_aws_account *mine = &f->w->accounts[p->account];
	const struct aisp_iam_bearing b = {.resource = &trust, .rcp = mine->rcp, .n_rcp = mine->n_rcp,
		.unread = (p->unread & AISP_IAM_UNREAD_RESOURCE) | (mine->management ? 0 : mine->unread & AISP_IAM_UNREAD_RCP)};
	struct aisp_iam_decision d = {0};
	if (f->r->bad)
		return AISP_IAM_DENIED;
	aisp_resolve__fail(f->r, aisp_iam_decide(&q, &b, f->s, false, &d, f->r->err));
	if (f->r->bad || d.verdict == AISP_IAM_DENIED)
		return AISP_IAM_DENIED;
	*ret_open = aisp_resolve__fmt(f->r, "%.*s", (int)(d.open.n < 3000 ? d.open.n : 3000), d.open.p ? d.open.p : "");
	for (uint32_t i = 0; i < d.n_steps; i++)
		if (!d.steps[i].deny && d.steps[i].layer == AISP_IAM_L_RESOURCE)
			*ret_control = aisp_aws__in(f->w)->control[p->trust][d.steps[i].statement];
	return d.verdict;
}

static void join(struct fed *f, aisp_node from, uint32_t role, const char *how, struct aisp_slice condition, struct aisp_slice control)
{
	const struct aisp_aws_principal *p = &f->w->principals[role];
	const struct aisp_edge_in in = {.control = control, .condition = condition};
	struct aisp_evidence_in ev = {0};
	if (f->r->bad)
		return;
	if (!aisp_graph_node_first_evidence(f->r->g, f->w->docs[p->trust].node, &ev))
		ev = (struct aisp_evidence_in){.form = AISP_EV_RULE, .confidence = AISP_CONF_INFERRED, .locator = AISP_S("aws-trust")};
	ev.source = f->r->source;
	ev.note = aisp_slice_z(how);
	aisp_resolve__fail(f->r, aisp_graph_add_edge(f->r->g, from, AISP_EDGE_CAN_ASSUME, p->node, &in, &ev, NULL, f->r->err));
}

static void refute(struct fed *f, aisp_node n, struct aisp_slice role)
{
	if (!f->r->bad)
		aisp_resolve__fail(f->r, aisp_graph_add_item(f->r->g, n, f->r->source, "refuted", aisp_resolve__fmt(f->r, "%.*s: its trust policy does not take this token", AISP_FMT(role)), f->r->err));
}

/* A role whose trust takes no tokens at all. */
static bool takes_none(const struct fed *f, uint32_t role)
{
	return role != AISP_AWS_NONE && f->w->principals[role].trust != AISP_AWS_NONE && f->w->docs[f->w->principals[role].trust].policy &&
	       aisp_slice_find(trust_text(f, role), AISP_S("oidc-provider/")) == SIZE_MAX;
}

/* ---- Kubernetes ---- */

/* "k8s://CLUSTER/NAMESPACE/serviceaccount/NAME" */
static bool parts_of(struct aisp_slice id, struct aisp_slice *cluster, struct aisp_slice *ns, struct aisp_slice *name)
{
	struct aisp_slice rest = aisp_slice_from(id, 6), kind;
	return aisp_slice_starts(id, AISP_S("k8s://")) && aisp_slice_split(&rest, '/', cluster) && aisp_slice_split(&rest, '/', ns) && aisp_slice_split(&rest, '/', &kind) &&
	       aisp_slice_split(&rest, '/', name) && aisp_slice_eqz(kind, "serviceaccount");
}

static struct aisp_slice issuer_of(const struct fed *f, struct aisp_slice cluster)
{
	for (uint32_t i = 0; i < f->w->n_resources; i++) {
		const struct aisp_aws_resource *c = &f->w->resources[i];
		if (!aisp_slice_eqz(c->type, "eks:cluster") || !aisp_slice_eq(aisp_slice_basename(c->arn), cluster))
			continue;
		const struct aisp_slice url = aisp_graph_prop(f->r->g, c->node, "oidc_issuer");
		return aisp_slice_starts(url, AISP_S("https://")) ? aisp_slice_from(url, 8) : url;
	}
	return (struct aisp_slice){0};
}

/* The issuer that a trust policy speaks of: behind "oidc-provider/". */
static struct aisp_slice issuer_in(struct aisp_slice text)
{
	const size_t at = aisp_slice_find(text, AISP_S("oidc-provider/"));
	const struct aisp_slice rest = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(text, at + 14);
	return aisp_slice_to(rest, aisp_slice_chr(rest, '"'));
}

static bool is_asked_for(const struct fed *f, aisp_node n, uint32_t role)
{
	return aisp_slice_eq(aisp_graph_prop(f->r->g, n, "cloud_role"), f->w->principals[role].arn);
}

static void service_account(struct fed *f, aisp_node n, struct aisp_slice id)
{
	struct aisp_slice cluster, ns, name;
	if (!parts_of(id, &cluster, &ns, &name))
		return;
	const struct aisp_slice own = issuer_of(f, cluster);
	const struct aisp_slice wish = aisp_graph_prop(f->r->g, n, "cloud_role");
	if (wish.n && takes_none(f, aisp_aws_principal_find(f->w, wish)))
		refute(f, n, wish);
	struct token t = {.sub = aisp_resolve__fmt(f->r, "system:serviceaccount:%.*s:%.*s", AISP_FMT(ns), AISP_FMT(name))};
	for (size_t i = 0; i < f->roles.n && !f->r->bad; i++) {
		const uint32_t role = f->roles.v[i];
		const bool asked = is_asked_for(f, n, role);
		struct aisp_slice open = {0}, control = {0};
		t.issuer = own.n ? own : issuer_in(trust_text(f, role));
		/* Of a cluster whose issuer is not known only what its accounts are annotated with is looked at. */
		if (t.issuer.n == 0 || (own.n == 0 && !asked) || aisp_slice_find(trust_text(f, role), t.issuer) == SIZE_MAX) {
			if (asked && own.n)
				refute(f, n, f->w->principals[role].arn);
			continue;
		}
		const enum aisp_iam_verdict v = take(f, role, &t, &open, &control);
		if (v == AISP_IAM_DENIED) {
			if (asked)
				refute(f, n, f->w->principals[role].arn);
			continue;
		}
		if (own.n == 0)
			open = aisp_resolve__fmt(f->r, "the cluster's tokens are issued by %.*s%s%.*s", AISP_FMT(t.issuer), open.n ? " and " : "", AISP_FMT(open));
		join(f, n, role, "the role's trust takes the tokens of this service account", open, control);
	}
}

/* What an association says holds when the trust lets the service take the role. */
static void pod_identity(struct fed *f, aisp_node n)
{
	for (aisp_edge e = aisp_resolve__out(f->r, n, AISP_EDGE_CAN_ASSUME, 0); e && !f->r->bad; e = aisp_resolve__out(f->r, n, AISP_EDGE_CAN_ASSUME, e)) {
		const struct aisp_node_view to = aisp_graph_node_at(f->r->g, aisp_resolve__to(f->r, e));
		const uint32_t role = to.kind == AISP_NODE_ROLE ? aisp_aws_principal_find(f->w, to.id) : AISP_AWS_NONE;
		struct aisp_evidence_in ev;
		if (role == AISP_AWS_NONE || f->w->principals[role].trust == AISP_AWS_NONE || !aisp_graph_edge_first_evidence(f->r->g, e, &ev) || ev.source == f->r->source)
			continue;
		const struct aisp_aws_principal *p = &f->w->principals[role];
		const struct aisp_slice account = f->w->accounts[p->account].id;
		const struct aisp_iam_key keys[] = {{.name = AISP_S("aws:SourceAccount"), .known = AISP_IAM_KNOWN, .values = &account, .n = 1}};
		const struct aisp_iam_named trust = {f->w->docs[p->trust].id, f->w->docs[p->trust].policy};
		const struct aisp_iam_request q = {.principal = {.kind = AISP_IAM_SERVICE, .name = AISP_S("pods.eks.amazonaws.com"), .account = account},
			.action = AISP_S("sts:AssumeRole"), .resource = p->arn, .resource_account = account, .context = {keys, 1, AISP_IAM_UNKNOWN}};
		const struct aisp_iam_bearing b = {.resource = &trust};
		struct aisp_iam_decision d = {0};
		aisp_resolve__fail(f->r, aisp_iam_decide(&q, &b, f->s, true, &d, f->r->err));
		if (!f->r->bad && d.verdict == AISP_IAM_DENIED) {
			refute(f, n, p->arn);
			aisp_graph_drop_edge(f->r->g, e);
		}
	}
}

/* ---- Pipelines ---- */

struct subjects {
	struct fed *f;
	uint32_t role;
	struct aisp_slice prefix;
	enum aisp_iam_verdict best;
	struct aisp_slice control, which;
	uint32_t tries;
};

static enum aisp_iam_verdict try_subject(struct subjects *s, struct aisp_slice sub)
{
	const struct token t = {AISP_S(GITHUB), sub};
	struct aisp_slice open, control = {0};
	const enum aisp_iam_verdict v = s->tries++ < TRIES_MAX ? take(s->f, s->role, &t, &open, &control) : AISP_IAM_DENIED;
	if (v > s->best) {
		s->best = v;
		s->control = control;
		s->which = sub;
	}
	return v;
}

/* One that a pattern of the trust would take. */
static void on_rest(void *ctx, struct aisp_slice rest)
{
	struct subjects *s = ctx;
	const struct aisp_slice sub = aisp_resolve__fmt(s->f->r, "%.*s%.*s", AISP_FMT(s->prefix), AISP_FMT(rest));
	char *p = (char *)(uintptr_t)sub.p;
	for (size_t i = 0; i < sub.n; i++)
		if (p[i] == '*' || p[i] == '?')
			p[i] = 'x';
	if (sub.n > s->prefix.n)
		try_subject(s, sub);
}

static enum aisp_iam_verdict github(struct fed *f, aisp_node job, struct aisp_slice repo, uint32_t role, struct aisp_slice *ret_open, struct aisp_slice *ret_control)
{
	const struct aisp_slice environment = aisp_graph_prop(f->r->g, job, "environment"), text = trust_text(f, role);
	struct subjects s = {.f = f, .role = role, .prefix = aisp_resolve__fmt(f->r, "repo:%.*s:", AISP_FMT(repo))};
	const struct token any = {.issuer = AISP_S(GITHUB)};
	const enum aisp_iam_verdict v = take(f, role, &any, ret_open, ret_control);
	if (v != AISP_IAM_CONDITIONAL || repo.n == 0)
		return v;
	if (environment.n) {
		const struct token t = {AISP_S(GITHUB), aisp_resolve__fmt(f->r, "%.*senvironment:%.*s", AISP_FMT(s.prefix), AISP_FMT(environment))};
		*ret_open = (struct aisp_slice){0};
		return take(f, role, &t, ret_open, ret_control);
	}
	/* Whoever may push a branch has such a token: any branch is enough for certain. */
	if (try_subject(&s, aisp_resolve__fmt(f->r, "%.*sref:refs/heads/aisp-some-branch", AISP_FMT(s.prefix))) == AISP_IAM_ALLOWED) {
		*ret_open = (struct aisp_slice){0};
		*ret_control = s.control;
		return AISP_IAM_ALLOWED;
	}
	try_subject(&s, aisp_resolve__fmt(f->r, "%.*spull_request", AISP_FMT(s.prefix)));
	for (struct aisp_slice rest = text;;) {
		const size_t at = aisp_slice_find(rest, AISP_S("\"repo:"));
		if (at == SIZE_MAX)
			break;
		rest = aisp_slice_from(rest, at + 1);
		aisp_aws__rests(aisp_slice_to(rest, aisp_slice_chr(rest, '"')), s.prefix, on_rest, &s);
	}
	*ret_control = s.control;
	if (s.best > AISP_IAM_DENIED)
		*ret_open = aisp_resolve__fmt(f->r, "the job runs as %.*s", AISP_FMT(s.which));
	return s.best > AISP_IAM_DENIED ? AISP_IAM_CONDITIONAL : AISP_IAM_DENIED;
}

/* "ci://REPO/.github/workflows/x.yml#job" and the repository's remote URL → OWNER/NAME; empty where the owner is not known. */
static struct aisp_slice repo_of(const struct fed *f, struct aisp_slice id)
{
	const size_t at = aisp_slice_find(id, AISP_S("/.github/"));
	if (at == SIZE_MAX)
		return (struct aisp_slice){0};
	const struct aisp_slice repo = aisp_slice_of(id.p + 5, at - 5);
	const aisp_node n = aisp_graph_find(f->r->g, aisp_resolve__fmt(f->r, "repo://%.*s", AISP_FMT(repo)));
	struct aisp_slice url = n ? aisp_graph_prop(f->r->g, n, "remote") : (struct aisp_slice){0};
	const size_t host = aisp_slice_find(url, AISP_S("github.com"));
	if (host == SIZE_MAX)
		return (struct aisp_slice){0};
	url = aisp_slice_from(url, host + 11); /* behind the slash or colon */
	if (aisp_slice_ends(url, AISP_S("/")))
		url = aisp_slice_to(url, url.n - 1);
	if (aisp_slice_ends(url, AISP_S(".git")))
		url = aisp_slice_to(url, url.n - 4);
	return aisp_slice_chr(url, '/') == SIZE_MAX ? (struct aisp_slice){0} : url;
}

static void pipeline_job(struct fed *f, aisp_node n, struct aisp_slice id)
{
	const struct aisp_slice repo = repo_of(f, id);
	const bool tokens = aisp_slice_eqz(aisp_graph_prop(f->r->g, n, "oidc"), "true");
	if (aisp_slice_find(id, AISP_S("/.github/")) == SIZE_MAX)
		return;
	for (aisp_edge e = aisp_resolve__out(f->r, n, AISP_EDGE_RUNS_AS, 0); e && !f->r->bad; e = aisp_resolve__out(f->r, n, AISP_EDGE_RUNS_AS, e)) {
		const struct aisp_slice arn = aisp_graph_node_at(f->r->g, aisp_resolve__to(f->r, e)).id;
		if (takes_none(f, aisp_aws_principal_find(f->w, arn))) {
			refute(f, n, arn);
			aisp_graph_drop_edge(f->r->g, e);
		}
	}
	for (size_t i = 0; i < f->roles.n && !f->r->bad; i++) {
		const uint32_t role = f->roles.v[i];
		const struct aisp_aws_principal *p = &f->w->principals[role];
		struct aisp_slice open = {0}, control = {0};
		aisp_edge written = 0;
		for (aisp_edge e = aisp_resolve__out(f->r, n, AISP_EDGE_RUNS_AS, 0); e; e = aisp_resolve__out(f->r, n, AISP_EDGE_RUNS_AS, e))
			if (aisp_resolve__to(f->r, e) == p->node)
				written = e;
		if (!written && (!tokens || repo.n == 0))
			continue;
		const enum aisp_iam_verdict v = aisp_slice_find(trust_text(f, role), AISP_S(GITHUB)) == SIZE_MAX ? AISP_IAM_DENIED : github(f, n, repo, role, &open, &control);
		if (f->r->bad)
			return;
		if (v > AISP_IAM_DENIED)
			join(f, n, role, "the role's trust takes the tokens of this job", v == AISP_IAM_CONDITIONAL ? open : (struct aisp_slice){0}, control);
		else if (written)
			refute(f, n, p->arn);
		/* What is written is a wish; the trust has decided. */
		if (written && v != AISP_IAM_ALLOWED)
			aisp_graph_drop_edge(f->r->g, written);
	}
}

void aisp_aws_federate(struct aisp_resolve *r, const struct aisp_aws_world *w)
{
	struct fed f = {.r = r, .w = w};
	const uint32_t end = aisp_graph_node_count(r->g);
	for (uint32_t i = 0; i < w->n_principals; i++) {
		const struct aisp_aws_principal *p = &w->principals[i];
		if (p->kind == AISP_IAM_ROLE && p->trust != AISP_AWS_NONE && w->docs[p->trust].policy &&
		    aisp_slice_find(trust_text(&f, i), AISP_S("oidc-provider/")) != SIZE_MAX && aisp_vec_push(&f.roles, i) < 0)
			aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining through trust"));
	}
	f.s = aisp_iam_scratch_new();
	if (!f.s)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining through trust"));
	for (aisp_node n = 1; n <= end && !r->bad; n++) {
		const struct aisp_node_view v = aisp_graph_node_at(r->g, n);
		if (!v.alive)
			continue;
		if (v.kind == AISP_NODE_SERVICE_ACCOUNT) {
			pod_identity(&f, n);
			service_account(&f, n, v.id);
		} else if (v.kind == AISP_NODE_WORKLOAD && aisp_slice_starts(v.id, AISP_S("ci://")))
			pipeline_job(&f, n, v.id);
	}
	if (!r->bad)
		aisp_aws__take_strangers(r, w, f.s);
	aisp_iam_scratch_free(f.s);
	aisp_vec_done(&f.roles);
}
