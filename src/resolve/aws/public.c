/* Roles that take a token which everybody can have: of a provider where an account is to be had for nothing and whose subject begins with that account's name.
 * aws:anonymous ─CAN_ASSUME▶ role, as the trust (and RCPs) decide about a token of somebody that no policy means.
 *
 *   GitHub      repo:OWNER/NAME:…                https://docs.github.com/en/actions/concepts/security/openid-connect
 *   GitLab      project_path:GROUP/PROJECT:…     https://docs.gitlab.com/ci/secrets/id_token_authentication/
 *   Terraform   organization:NAME:project:…      https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
 *   Cognito     guests of an identity pool       https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
 *
 * A pattern for the subject lets a stranger in when a wildcard stands in the owner's name: "repo:acme*" is also repo:acme-else/x.
 */
#include "resolve/aws/federation.h"
#include "resolve/aws/world_int.h"

enum { TRIES_MAX = 64 };
#define COGNITO "cognito-identity.amazonaws.com"

static const struct provider {
	const char *issuer, *begin; /* of the subject */
	char end;                   /* of the owner's name in it */
	const char *stranger;       /* a subject that anybody can have */
	const char *what;
} providers[] = {
	{"token.actions.githubusercontent.com", "repo:", '/', "repo:aisp-somebody/aisp-something:ref:refs/heads/main", "any workflow on GitHub"},
	{"gitlab.com", "project_path:", '/', "project_path:aisp-somebody/aisp-something:ref_type:branch:ref:main", "any pipeline on gitlab.com"},
	{"app.terraform.io", "organization:", ':', "organization:aisp-somebody:project:aisp:workspace:aisp:run_phase:apply", "any run on HCP Terraform"},
};

struct asking {
	struct aisp_resolve *r;
	const struct aisp_aws_world *w;
	struct aisp_iam_scratch *s;
	uint32_t role;
	struct aisp_slice text, provider, issuer; /* the trust; what Principal names; what keys begin with */
	enum aisp_iam_verdict best;
	struct aisp_slice open, control, sub;
	uint32_t tries;
};

static struct aisp_iam_key key_of(struct asking *a, const char *name, const struct aisp_slice *value)
{
	return (struct aisp_iam_key){.name = aisp_resolve__fmt(a->r, "%.*s:%s", AISP_FMT(a->issuer), name), .known = AISP_IAM_KNOWN, .values = value, .n = 1};
}

/* A claim that nobody sets as he likes is asked for: the token is not a stranger's. */
static bool asks_more(const struct asking *a, struct aisp_slice open)
{
	return aisp_slice_find(open, a->issuer) != SIZE_MAX;
}

static void take(struct asking *a, struct aisp_slice sub, struct aisp_slice aud, const struct aisp_iam_key *more)
{
	const struct aisp_aws_principal *p = &a->w->principals[a->role];
	const struct aisp_aws_account *mine = &a->w->accounts[p->account];
	const struct aisp_iam_named trust = {a->w->docs[p->trust].id, a->w->docs[p->trust].policy};
	struct aisp_iam_key keys[4] = {key_of(a, "sub", &sub), key_of(a, "aud", &aud),
		{.name = AISP_S("aws:FederatedProvider"), .known = AISP_IAM_KNOWN, .values = &a->provider, .n = 1}};
	struct aisp_iam_decision d = {0};
	if (more)
		keys[3] = *more;
	const struct aisp_iam_request q = {
		.principal = {.kind = AISP_IAM_FEDERATED, .name = a->provider, .account = mine->id}, .action = AISP_S("sts:AssumeRoleWithWebIdentity"),
		.resource = p->arn, .resource_account = mine->id, .context = {keys, more ? 4 : 3, AISP_IAM_UNKNOWN},
	};
	const struct aisp_iam_bearing b = {.resource = &trust, .rcp = mine->rcp, .n_rcp = mine->n_rcp,
		.unread = (p->unread & AISP_IAM_UNREAD_RESOURCE) | (mine->management ? 0 : mine->unread & AISP_IAM_UNREAD_RCP)};
	if (a->r->bad || a->tries++ >= TRIES_MAX)
		return;
	aisp_resolve__fail(a->r, aisp_iam_decide(&q, &b, a->s, false, &d, a->r->err));
	if (a->r->bad || d.verdict <= a->best || (d.verdict == AISP_IAM_CONDITIONAL && asks_more(a, d.open)))
		return;
	a->best = d.verdict;
	a->sub = sub;
	a->open = d.verdict == AISP_IAM_CONDITIONAL ? aisp_resolve__fmt(a->r, "%.*s", (int)(d.open.n < 3000 ? d.open.n : 3000), d.open.p) : (struct aisp_slice){0};
	for (uint32_t i = 0; i < d.n_steps; i++)
		if (!d.steps[i].deny && d.steps[i].layer == AISP_IAM_L_RESOURCE)
			a->control = aisp_aws__in(a->w)->control[p->trust][d.steps[i].statement];
}

/* A pattern's wildcards filled, the first with `first`: a subject that fits it, if it is one of this provider's. */
static struct aisp_slice filled(struct asking *a, const struct provider *p, struct aisp_slice pattern, const char *first)
{
	struct aisp_slice out = {"", 0};
	bool had = false;
	for (size_t i = 0; i < pattern.n && out.p; i++)
		if (pattern.p[i] == '*') {
			out = aisp_resolve__fmt(a->r, "%.*s%s", AISP_FMT(out), had ? "x" : first);
			had = true;
		} else
			out = aisp_resolve__fmt(a->r, "%.*s%c", AISP_FMT(out), pattern.p[i] == '?' ? 'x' : pattern.p[i]);
	if (!aisp_slice_starts(out, aisp_slice_z(p->begin)))
		return (struct aisp_slice){0};
	const struct aisp_slice owner = aisp_slice_from(out, strlen(p->begin));
	const size_t end = aisp_slice_chr(owner, p->end), colon = aisp_slice_chr(owner, ':');
	return end == SIZE_MAX || end == 0 || colon == SIZE_MAX || colon < end ? (struct aisp_slice){0} : out;
}

/* Is a wildcard in the name of the owner? */
static bool owner_is_open(const struct provider *p, struct aisp_slice pattern)
{
	if (!aisp_slice_starts(pattern, aisp_slice_z(p->begin)))
		return false;
	const struct aisp_slice owner = aisp_slice_from(pattern, strlen(p->begin));
	const struct aisp_slice name = aisp_slice_to(owner, aisp_slice_chr(owner, p->end));
	return aisp_slice_chr(name, '*') != SIZE_MAX || aisp_slice_chr(name, '?') != SIZE_MAX;
}

/* The value behind "ISSUER:aud" in the trust: whoever asks for a token says for whom. */
static struct aisp_slice audience(const struct asking *a)
{
	const struct aisp_slice name = aisp_resolve__fmt(a->r, "%.*s:aud\"", AISP_FMT(a->issuer));
	const size_t at = aisp_slice_find(a->text, name);
	struct aisp_slice rest = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(a->text, at + name.n);
	const size_t open = aisp_slice_chr(rest, '"');
	rest = open == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(rest, open + 1);
	rest = aisp_slice_to(rest, aisp_slice_chr(rest, '"'));
	return rest.n && aisp_slice_chr(rest, '*') == SIZE_MAX ? rest : AISP_S("sts.amazonaws.com");
}

static void strangers_tokens(struct asking *a, const struct provider *p)
{
	static const char *const names[] = {"x", "x/x", "x/x:x", "x:x"};
	const struct aisp_slice aud = audience(a), quoted = aisp_resolve__fmt(a->r, "\"%s", p->begin);
	take(a, aisp_slice_z(p->stranger), aud, NULL);
	for (struct aisp_slice rest = a->text; a->best < AISP_IAM_ALLOWED && a->tries < TRIES_MAX && !a->r->bad;) {
		const size_t at = aisp_slice_find(rest, quoted);
		if (at == SIZE_MAX)
			return;
		rest = aisp_slice_from(rest, at + 1);
		const struct aisp_slice pattern = aisp_slice_to(rest, aisp_slice_chr(rest, '"'));
		for (size_t i = 0; pattern.n < 512 && owner_is_open(p, pattern) && i < sizeof names / sizeof *names; i++) {
			const struct aisp_slice sub = filled(a, p, pattern, names[i]);
			if (sub.n)
				take(a, sub, aud, NULL);
		}
	}
}

static void draw(struct asking *a, const char *what)
{
	const struct aisp_because why = {.join = "aws-everybody", .confidence = AISP_CONF_OBSERVED, .note = AISP_S("an account is to be had for nothing")};
	const struct aisp_aws_principal *p = &a->w->principals[a->role];
	const struct aisp_edge_in in = {.control = a->control, .condition = a->open};
	struct aisp_evidence_in ev = {0};
	if (a->r->bad || a->best == AISP_IAM_DENIED)
		return;
	const aisp_node internet = aisp_resolve__node(a->r, AISP_NODE_INTERNET, AISP_S("internet"), &why), all = aisp_resolve__node(a->r, AISP_NODE_GROUP, AISP_S("aws:anonymous"), &why);
	aisp_resolve__set(a->r, all, "name", AISP_S("everybody, without credentials"));
	aisp_resolve__edge(a->r, internet, AISP_EDGE_MEMBER_OF, all, &why);
	if (a->r->bad)
		return;
	if (!aisp_graph_node_first_evidence(a->r->g, a->w->docs[p->trust].node, &ev))
		ev = (struct aisp_evidence_in){.form = AISP_EV_RULE, .confidence = AISP_CONF_INFERRED, .locator = AISP_S("aws-trust")};
	ev.source = a->r->source;
	ev.note = aisp_resolve__fmt(a->r, "the role's trust takes the tokens of %s", what);
	aisp_resolve__fail(a->r, aisp_graph_add_edge(a->r->g, all, AISP_EDGE_CAN_ASSUME, p->node, &in, &ev, NULL, a->r->err));
}

static void guests(struct asking *a)
{
	const struct aisp_slice unauthenticated = AISP_S("unauthenticated");
	a->provider = a->issuer = AISP_S(COGNITO);
	const struct aisp_iam_key amr = {.name = AISP_S(COGNITO ":amr"), .known = AISP_IAM_KNOWN, .values = &unauthenticated, .n = 1, .multivalued = true};
	const struct aisp_slice pool = audience(a);
	take(a, AISP_S("us-east-1:00000000-0000-0000-0000-000000000000"), pool, &amr);
	if (a->best > AISP_IAM_DENIED && aisp_slice_find(a->text, pool) != SIZE_MAX)
		a->open = aisp_resolve__fmt(a->r, "the identity pool %.*s has guests%s%.*s", AISP_FMT(pool), a->open.n ? " and " : "", AISP_FMT(a->open));
	draw(a, "guests of an identity pool");
}

void aisp_aws__take_strangers(struct aisp_resolve *r, const struct aisp_aws_world *w, struct aisp_iam_scratch *s)
{
	const struct aisp_aws_inside *in = aisp_aws__in(w);
	for (uint32_t i = 0; i < w->n_principals && !r->bad; i++) {
		const struct aisp_aws_principal *p = &w->principals[i];
		if (p->kind != AISP_IAM_ROLE || p->trust == AISP_AWS_NONE || !w->docs[p->trust].policy || in->text_of[p->trust] == AISP_AWS_NONE)
			continue;
		const struct aisp_slice text = in->texts[in->text_of[p->trust]].text;
		const struct asking first = {.r = r, .w = w, .s = s, .role = i, .text = text};
		for (size_t k = 0; k < sizeof providers / sizeof *providers; k++) {
			struct asking a = first;
			if (aisp_slice_find(text, aisp_slice_z(providers[k].issuer)) == SIZE_MAX)
				continue;
			a.issuer = aisp_slice_z(providers[k].issuer);
			a.provider = aisp_resolve__fmt(r, "arn:aws:iam::%.*s:oidc-provider/%.*s", AISP_FMT(w->accounts[p->account].id), AISP_FMT(a.issuer));
			strangers_tokens(&a, &providers[k]);
			draw(&a, providers[k].what);
		}
		struct asking guest = first;
		if (aisp_slice_find(text, AISP_S(COGNITO)) != SIZE_MAX)
			guests(&guest);
	}
}
