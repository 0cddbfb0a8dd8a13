/* Organizations (accounts, units, SCPs, RCPs) and IAM Identity Center (who is assigned which permission set where). */
#include "collect/aws/facts_int.h"

/* arn:aws:organizations::MANAGEMENT:account/o-x/ID says management account and organisation. */
static void learn(struct aisp_awsf__item *it, struct aisp_slice arn)
{
	struct aisp_slice resource, kind, org;

	if (!aisp_awsf__arn_part(arn, 5, &resource) || !aisp_awsf__arn_account(arn).n)
		return;
	aisp_slice_split(&resource, '/', &kind);
	if (resource.p && aisp_slice_split(&resource, '/', &org) && aisp_slice_starts(org, AISP_S("o-")) && org.n < 40) {
		it->f->org_account = aisp_awsf__arn_account(arn);
		it->f->org_id = org;
	}
}

/* The node of an account, a unit ("ou-…") or a root ("r-…") by its id. */
static aisp_node unit(struct aisp_awsf__item *it, struct aisp_slice id)
{
	struct aisp_aws_facts *f = it->f;

	if (aisp_awsf__is_account(id))
		return aisp_awsf__account(it, id);
	if (!f->org_id.n || id.n > 80 || !(aisp_slice_starts(id, AISP_S("ou-")) || aisp_slice_starts(id, AISP_S("r-"))))
		return 0;
	return aisp_awsf__node(it, AISP_NODE_ACCOUNT, aisp_emit_fmt(&f->e, "arn:%.*s:organizations::%.*s:%s/%.*s/%.*s", AISP_FMT(it->partition), AISP_FMT(f->org_account),
	                                                          id.p[0] == 'r' ? "root" : "ou", AISP_FMT(f->org_id), AISP_FMT(id)));
}

static void member(struct aisp_awsf__item *it, aisp_node n)
{
	if (n && aisp_graph_node_at(it->f->e.g, aisp_graph_node_now(it->f->e.g, n)).kind == AISP_NODE_ACCOUNT && aisp_vec_push(&it->f->org_members, n) < 0)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
}

void aisp_awsf__organization(struct aisp_awsf__item *it)
{
	struct aisp_slice master = aisp_awsf__str(it->d, "MasterAccountId|ManagementAccountId");
	aisp_node n = aisp_awsf__account(it, master);

	learn(it, aisp_awsf__str(it->d, "MasterAccountArn|ManagementAccountArn"));
	it->f->org_seen = true;
	aisp_emit_bool(&it->f->e, n, "management", true);
	aisp_emit_str(&it->f->e, n, "organization_id", aisp_awsf__str(it->d, "Id"));
}

void aisp_awsf__org_account(struct aisp_awsf__item *it)
{
	struct aisp_slice id = aisp_awsf__str(it->d, "Id"), arn = aisp_awsf__str(it->d, "Arn");
	aisp_node n = aisp_awsf__account(it, id);

	learn(it, arn);
	member(it, n);
	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(&it->f->e, n, "organization_id", it->f->org_id);
	aisp_emit_str(&it->f->e, n, "status", aisp_awsf__str(it->d, "Status|State"));
	if (id.n && aisp_slice_eq(id, it->f->org_account))
		aisp_emit_bool(&it->f->e, n, "management", true);
}

void aisp_awsf__org_root(struct aisp_awsf__item *it)
{
	learn(it, aisp_awsf__str(it->d, "Arn"));
	aisp_node n = unit(it, aisp_awsf__str(it->d, "Id"));
	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(&it->f->e, n, "organization_id", it->f->org_id);
}

void aisp_awsf__org_unit(struct aisp_awsf__item *it)
{
	learn(it, aisp_awsf__str(it->d, "Arn"));
	aisp_node n = unit(it, aisp_awsf__str(it->d, "Id"));
	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "Name"));
	aisp_emit_str(&it->f->e, n, "organization_id", it->f->org_id);
	aisp_awsf__edge(it, unit(it, aisp_awsf__str(it->about, "ParentId")), AISP_EDGE_CONTAINS, n, "");
}

void aisp_awsf__org_children(struct aisp_awsf__item *it)
{
	aisp_awsf__edge(it, unit(it, aisp_awsf__str(it->about, "ParentId")), AISP_EDGE_CONTAINS, unit(it, aisp_awsf__str(it->d, "Id")), "");
}

/* list-policies: a summary; describe-policy: PolicySummary and Content. */
void aisp_awsf__org_policy(struct aisp_awsf__item *it)
{
	const struct aisp_doc *summary = aisp_awsf__get(it->d, "PolicySummary"), *s = summary ? summary : it->d;
	bool scp = aisp_awsf__is(s, "Type", "SERVICE_CONTROL_POLICY"), rcp = aisp_awsf__is(s, "Type", "RESOURCE_CONTROL_POLICY");
	struct aisp_slice arn = aisp_awsf__str(s, "Arn");

	if (scp || rcp)
		it->f->org_policies_seen = true;
	if ((!scp && !rcp) || !aisp_slice_starts(arn, AISP_S("arn:")))
		return;
	learn(it, aisp_awsf__str(s, "Arn"));
	aisp_node n = aisp_awsf__policy(it, arn, scp ? "scp" : "rcp", aisp_awsf__str(s, "Name"), aisp_awsf__get(it->d, "Content"));
	aisp_emit_alias(&it->f->e, n, aisp_awsf__str(s, "Id"));
	if (aisp_awsf__str(s, "Id").n && aisp_vec_push(&it->f->org_policies, aisp_awsf__str(s, "Id")) < 0)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
}

void aisp_awsf__org_targets(struct aisp_awsf__item *it)
{
	struct aisp_slice id = aisp_awsf__str(it->about, "PolicyId"), target = aisp_awsf__str(it->d, "TargetId");
	aisp_node policy = id.n ? aisp_graph_find(it->f->e.g, id) : 0;

	learn(it, aisp_awsf__str(it->d, "Arn"));
	if (!policy) {
		aisp_emit_gap(&it->f->e, it->at.path, AISP_E_NOTFOUND, aisp_emit_fmt(&it->f->e, "targets of the policy \"%.*s\", which is not among the answers", AISP_FMT(id)));
		return;
	}
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&it->f->e, "%.*s#target/%.*s", AISP_FMT(id), AISP_FMT(target))};
	aisp_emit_edge_in(&it->f->e, unit(it, target), AISP_EDGE_LIMITED_BY, policy, &in, &it->at);
}

/* ---- Identity Center ---- */

void aisp_awsf__sso_instance(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = aisp_awsf__str(it->d, "InstanceArn");
	aisp_node n = arn.n ? aisp_awsf__node(it, AISP_NODE_IDENTITY_PROVIDER, arn) : 0;

	aisp_emit_strz(&it->f->e, n, "name", "IAM Identity Center");
	aisp_emit_str(&it->f->e, n, "identity_store", aisp_awsf__str(it->d, "IdentityStoreId"));
}

static aisp_node set_node(struct aisp_awsf__item *it, struct aisp_slice arn)
{
	aisp_node n = aisp_slice_starts(arn, AISP_S("arn:")) ? aisp_awsf__node(it, AISP_NODE_CLOUD_RESOURCE, arn) : 0;

	aisp_emit_strz(&it->f->e, n, "aws_type", "sso:PermissionSet");
	return n;
}

void aisp_awsf__permission_set(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = aisp_doc_str(it->d).n ? aisp_doc_str(it->d) : aisp_awsf__str(it->d, "PermissionSetArn");
	aisp_node n = set_node(it, arn);

	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "Name"));
}

void aisp_awsf__permission_set_part(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = aisp_awsf__str(it->about, "PermissionSetArn");
	aisp_node n = set_node(it, arn);

	if (aisp_awsf__str(it->d, "InlinePolicy").n)
		aisp_awsf__inline(it, n, arn, AISP_S("inline"), aisp_awsf__get(it->d, "InlinePolicy"));
	AISP_AWS__EACH(it, "AttachedManagedPolicies", in)
		aisp_awsf__attach(&in, n, arn, aisp_awsf__str(in.d, "Arn"), aisp_awsf__str(in.d, "Name"));
}

static aisp_node store_node(struct aisp_awsf__item *it, bool group, struct aisp_slice id)
{
	if (!id.n || id.n > 100)
		return 0;
	return aisp_awsf__node(it, group ? AISP_NODE_GROUP : AISP_NODE_USER,
	                      aisp_emit_fmt(&it->f->e, "arn:%.*s:identitystore:::%s/%.*s", AISP_FMT(it->partition), group ? "group" : "user", AISP_FMT(id)));
}

void aisp_awsf__sso_user(struct aisp_awsf__item *it)
{
	aisp_node n = store_node(it, false, aisp_awsf__str(it->d, "UserId"));

	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "UserName"));
}

void aisp_awsf__sso_group(struct aisp_awsf__item *it)
{
	aisp_node n = store_node(it, true, aisp_awsf__str(it->d, "GroupId"));

	aisp_emit_str(&it->f->e, n, "name", aisp_awsf__str(it->d, "DisplayName"));
}

void aisp_awsf__sso_membership(struct aisp_awsf__item *it)
{
	aisp_awsf__edge(it, store_node(it, false, aisp_awsf__str(it->d, "MemberId.UserId")), AISP_EDGE_MEMBER_OF, store_node(it, true, aisp_awsf__str_or_about(it, "GroupId")), "");
}

void aisp_awsf__sso_assignment(struct aisp_awsf__item *it)
{
	struct aisp_awsf__assignment a = {.account = aisp_awsf__str_or_about(it, "AccountId"), .permission_set = aisp_awsf__str_or_about(it, "PermissionSetArn"), .at = it->at};

	a.principal = store_node(it, aisp_awsf__is(it->d, "PrincipalType", "GROUP"), aisp_awsf__str(it->d, "PrincipalId"));
	if (a.principal && aisp_vec_push(&it->f->assignments, a) < 0)
		aisp_emit_fail(&it->f->e, AISP_E_NOMEM, NULL);
}

/* A permission set is a role AWSReservedSSO_NAME_0123456789abcdef in each account that it is assigned in. */
static void assign(struct aisp_aws_facts *f, const struct aisp_awsf__assignment *a, aisp_node role)
{
	struct aisp_graph *g = f->e.g;
	struct aisp_slice id = aisp_graph_node_at(g, role).id, set = aisp_graph_prop(g, aisp_graph_find(g, a->permission_set), "name");
	struct aisp_slice prefix = aisp_emit_fmt(&f->e, "AWSReservedSSO_%.*s_", AISP_FMT(set)), name = aisp_slice_basename(id);

	if (!set.n || !aisp_slice_eq(aisp_awsf__arn_account(id), a->account) || !aisp_slice_starts(name, prefix) || name.n != prefix.n + 16)
		return;
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&f->e, "%.*s#assignment/%.*s", AISP_FMT(a->permission_set), AISP_FMT(a->account))};
	aisp_emit_edge_in(&f->e, a->principal, AISP_EDGE_CAN_ASSUME, role, &in, &a->at);
}

/* ---- What of the organisation is not known ---- */

static bool targets_told(const struct aisp_aws_facts *f, struct aisp_slice policy)
{
	const struct aisp_slice quoted = aisp_emit_fmt((struct aisp_emit *)(uintptr_t)&f->e, "\"%.*s\"", AISP_FMT(policy));

	for (size_t i = 0; i < f->answers.n; i++)
		if (aisp_slice_eqz(f->answers.v[i].a.operation, "list-targets-for-policy") && aisp_slice_find(f->answers.v[i].a.about, quoted) != SIZE_MAX)
			return true;
	return false;
}

static bool below_root(const struct aisp_graph *g, aisp_node n)
{
	for (unsigned depth = 0; n && depth < 12; depth++) {
		aisp_node up = 0;
		if (aisp_slice_find(aisp_graph_node_at(g, n).id, AISP_S(":root/o-")) != SIZE_MAX)
			return true;
		for (aisp_edge e = aisp_graph_next_in(g, n, 0); e && !up; e = aisp_graph_next_in(g, n, e)) {
			const struct aisp_edge_view v = aisp_graph_edge_at(g, e);
			if (v.kind == AISP_EDGE_CONTAINS && aisp_slice_find(aisp_graph_node_at(g, v.from).id, AISP_S(":organizations:")) != SIZE_MAX)
				up = v.from;
		}
		n = up;
	}
	return false;
}

/* Limits that nobody told of bind all the same: no account of the organisation is decided as if it had none. */
static void mark_members(struct aisp_aws_facts *f)
{
	const char *why = f->org_failed ? "a question about the organisation's policies was refused" : !f->org_policies_seen ? "the organisation's policies were not among the answers" : NULL;
	bool all = why != NULL, some = false;

	for (size_t i = 0; i < f->org_policies.n && !all; i++)
		if (!targets_told(f, f->org_policies.v[i])) {
			all = true;
			why = "what the organisation's policies are attached to was not among the answers";
		}
	for (size_t i = 0; i < f->org_members.n && !f->e.bad; i++) {
		const aisp_node n = aisp_graph_node_now(f->e.g, f->org_members.v[i]);
		if (aisp_slice_eqz(aisp_graph_prop(f->e.g, n, "management"), "true") || (!all && below_root(f->e.g, n)))
			continue;
		aisp_emit_item(&f->e, n, "unread", AISP_S("scp"));
		aisp_emit_item(&f->e, n, "unread", AISP_S("rcp"));
		some = true;
	}
	if (some && !f->org_failed)
		aisp_emit_gap(&f->e, AISP_S("aws organizations"), AISP_E_NOTFOUND, aisp_slice_z(why ? why : "under which unit some accounts are was not among the answers"));
}

void aisp_awsf__org_finish(struct aisp_aws_facts *f)
{
	struct aisp_graph *g = f->e.g;
	size_t left = 10000000; /* assignments × such roles */

	for (size_t p = 0; f->assignments.n && p < f->principals.n && !f->e.bad; p++) {
		aisp_node n = aisp_graph_node_now(g, f->principals.v[p]);
		if (aisp_graph_node_at(g, n).kind != AISP_NODE_ROLE || aisp_slice_find(aisp_graph_node_at(g, n).id, AISP_S("/AWSReservedSSO_")) == SIZE_MAX)
			continue;
		for (size_t i = 0; i < f->assignments.n && left && !f->e.bad; i++, left--)
			assign(f, &f->assignments.v[i], n);
	}
	mark_members(f);
	if (f->org_seen && !f->org_policies_seen && f->account.n && !aisp_slice_eq(f->account, f->org_account)) {
		struct aisp_place at = {.path = AISP_S("organizations"), .note = AISP_S("the account is in an organisation whose policies were not among the answers")};
		aisp_node n = aisp_emit_node(&f->e, AISP_NODE_ACCOUNT, aisp_emit_fmt(&f->e, "arn:aws:iam::%.*s:root", AISP_FMT(f->account)), &at);
		aisp_emit_item(&f->e, n, "unread", AISP_S("scp"));
		aisp_emit_item(&f->e, n, "unread", AISP_S("rcp"));
	}
}
