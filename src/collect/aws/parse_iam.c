/* IAM: users, groups, roles, their policies and credentials. See facts_int.h for the spellings that one function serves. */
#include "collect/aws/facts_int.h"

/* The principal that an item names by its role, user or group. */
static aisp_node principal_of(struct aisp_awsf__item *it, struct aisp_slice *ret_arn)
{
	static const struct {
		const char *names, *type;
	} forms[] = {{"RoleName|Role", "iam:role"}, {"UserName|User", "iam:user"}, {"GroupName|Group", "iam:group"}};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct aisp_slice s = aisp_awsf__str_or_about(it, forms[i].names);
		if (!s.n)
			continue;
		*ret_arn = aisp_awsf__arn_of(it, forms[i].type, s);
		return aisp_awsf__named(it, *ret_arn);
	}
	return 0;
}

static void members_of(struct aisp_awsf__item *it, const char *member, const char *type, void (*f)(struct aisp_awsf__item *it, aisp_node n, struct aisp_slice arn))
{
	AISP_AWS__EACH(it, member, in) {
		struct aisp_slice name = aisp_doc_str(in.d).n ? aisp_doc_str(in.d) : aisp_awsf__str(in.d, "Arn|UserName|RoleName|GroupName");
		struct aisp_slice arn = name.n ? aisp_awsf__arn_of(&in, type, name) : name;
		f(it, aisp_awsf__named(&in, arn), arn);
	}
}

/* ---- What a principal has ---- */

static void inline_list(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "UserPolicyList|RolePolicyList|GroupPolicyList|Policies|InlinePolicy", in)
		aisp_awsf__inline(&in, it->node, it->arn, aisp_awsf__str(in.d, "PolicyName|Name"), aisp_awsf__get(in.d, "PolicyDocument|Policy"));
}

static void attached_list(struct aisp_awsf__item *it)
{
	AISP_AWS__EACH(it, "AttachedManagedPolicies|AttachedPolicies|ManagedPolicyArns", in)
		aisp_awsf__attach(&in, it->node, it->arn, in.d->type == AISP_DOC_STR ? in.d->s : aisp_awsf__str(in.d, "PolicyArn"), aisp_awsf__str(in.d, "PolicyName"));
}

static void boundary(struct aisp_awsf__item *it)
{
	const struct aisp_doc *b = aisp_awsf__get(it->d, "PermissionsBoundary");
	struct aisp_slice arn = b && b->type == AISP_DOC_STR ? b->s : aisp_awsf__str(b, "PermissionsBoundaryArn");

	if (aisp_slice_starts(arn, AISP_S("arn:")))
		aisp_awsf__edge(it, it->node, AISP_EDGE_LIMITED_BY, aisp_awsf__policy(it, arn, "managed", aisp_slice_basename(arn), NULL), "PermissionsBoundary");
}

static void principal(struct aisp_awsf__item *it, const char *id_member, unsigned bits)
{
	struct aisp_emit *e = &it->f->e;
	struct aisp_slice id = aisp_awsf__str(it->d, id_member), resource;

	inline_list(it);
	attached_list(it);
	boundary(it);
	/* TF's unique_id; its `id` is the name */
	if (id.n > 15 && id.n < 130 && id.p[0] == 'A') {
		aisp_emit_alias(e, it->node, id);
		aisp_emit_str(e, it->node, "unique_id", id);
	}
	aisp_emit_str(e, it->node, "path", aisp_awsf__str(it->d, "Path"));
	if (aisp_awsf__arn_part(it->arn, 5, &resource) && aisp_slice_find(aisp_slice_from(resource, aisp_slice_chr(resource, '/') + 1), AISP_S("/")) != SIZE_MAX)
		aisp_awsf__name_put(it, it->t->type, it->name, it->arn);
	if (aisp_awsf__get(it->d, "UserPolicyList|RolePolicyList|GroupPolicyList"))
		bits |= AISP_AWS__INLINE;
	if (aisp_awsf__get(it->d, "AttachedManagedPolicies"))
		bits |= AISP_AWS__ATTACHED;
	if (aisp_awsf__get(it->d, "GroupList"))
		bits |= AISP_AWS__GROUPS;
	/* complete in itself; lists that would be empty are left out */
	if (it->shape && strcmp(it->shape->operation, "get-account-authorization-details") == 0)
		bits |= AISP_AWS__INLINE | AISP_AWS__ATTACHED | AISP_AWS__GROUPS;
	if (it->declared)
		bits |= AISP_AWS__DECLARED;
	aisp_awsf__knows(it->f, it->node, AISP_AWS__SEEN | bits);
}

static void member_of(struct aisp_awsf__item *it, aisp_node group, struct aisp_slice arn)
{
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&it->f->e, "%.*s#group/%.*s", AISP_FMT(it->arn), AISP_FMT(arn))};

	aisp_emit_edge_in(&it->f->e, it->node, AISP_EDGE_MEMBER_OF, group, &in, &it->at);
}

void aisp_awsf__user(struct aisp_awsf__item *it)
{
	principal(it, "UserId|UniqueId", 0);
	members_of(it, "GroupList|Groups", "iam:group", member_of);
	if (aisp_awsf__get(it->d, "PasswordLastUsed"))
		aisp_emit_bool(&it->f->e, it->node, "console", true);
	if (aisp_awsf__get(it->d, "LoginProfile"))
		aisp_emit_bool(&it->f->e, it->node, "console", true);
}

void aisp_awsf__group(struct aisp_awsf__item *it)
{
	principal(it, "GroupId|UniqueId", 0);
}

void aisp_awsf__role(struct aisp_awsf__item *it)
{
	struct aisp_emit *e = &it->f->e;
	const struct aisp_doc *trust = aisp_awsf__get(it->d, "AssumeRolePolicyDocument|AssumeRolePolicy");

	principal(it, "RoleId|UniqueId", trust ? AISP_AWS__TRUST : 0);
	if (aisp_slice_find(it->arn, AISP_S(":role/aws-service-role/")) != SIZE_MAX)
		aisp_emit_bool(e, it->node, "service_linked", true);
	if (aisp_doc_int(aisp_awsf__get(it->d, "MaxSessionDuration"), 0))
		aisp_emit_int(e, it->node, "max_session_s", aisp_doc_int(aisp_awsf__get(it->d, "MaxSessionDuration"), 0));
	aisp_emit_str(e, it->node, "last_used", aisp_awsf__str(it->d, "RoleLastUsed.LastUsedDate"));
	if (trust) {
		struct aisp_awsf__item in = aisp_awsf__inner(it, trust, "AssumeRolePolicyDocument", UINT32_MAX);
		aisp_node p = aisp_awsf__policy(&in, aisp_emit_fmt(e, "%.*s#trust", AISP_FMT(it->arn)), "trust", aisp_emit_fmt(e, "trust of %.*s", AISP_FMT(it->name)), trust);
		aisp_awsf__edge(it, it->node, AISP_EDGE_GOVERNED_BY, p, "");
	}
	AISP_AWS__EACH(it, "InstanceProfileList", in) {
		aisp_node profile = aisp_awsf__named(&in, aisp_awsf__str(in.d, "Arn"));
		aisp_awsf__edge(&in, profile, AISP_EDGE_RUNS_AS, it->node, "");
	}
}

/* ---- Policies ---- */

static void attach_here(struct aisp_awsf__item *it, aisp_node n, struct aisp_slice arn)
{
	aisp_awsf__attach(it, n, arn, it->arn, it->name);
}

void aisp_awsf__managed_policy(struct aisp_awsf__item *it)
{
	const struct aisp_doc *document = aisp_awsf__get(it->d, "PolicyDocument|Policy");

	aisp_awsf__name_put(it, "iam:policy", it->name, it->arn);
	aisp_emit_strz(&it->f->e, it->node, "policy_type", "managed");
	aisp_emit_str(&it->f->e, it->node, "version", aisp_awsf__str(it->d, "DefaultVersionId"));
	if (document)
		aisp_awsf__policy(it, it->arn, "managed", it->name, document);
	AISP_AWS__EACH(it, "PolicyVersionList", in)
		if (aisp_doc_bool(aisp_awsf__get(in.d, "IsDefaultVersion"), false))
			aisp_awsf__policy(&in, it->arn, "managed", it->name, aisp_awsf__get(in.d, "Document"));
	members_of(it, "Roles", "iam:role", attach_here);
	members_of(it, "Users", "iam:user", attach_here);
	members_of(it, "Groups", "iam:group", attach_here);
}

void aisp_awsf__policy_version(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = aisp_awsf__str(it->about, "PolicyArn");
	const struct aisp_doc *is_default = aisp_awsf__get(it->d, "IsDefaultVersion");

	if (is_default && !aisp_doc_bool(is_default, true))
		return;
	if (!aisp_slice_starts(arn, AISP_S("arn:")) && arn.n)
		arn = aisp_awsf__arn_of(it, "iam:policy", arn);
	if (!arn.n) {
		aisp_emit_gap(&it->f->e, it->at.path, AISP_E_PARSE, AISP_S("whose version this is does not stand in it: name the file iam-get-policy-version.NAME.json"));
		return;
	}
	aisp_node n = aisp_awsf__policy(it, arn, "managed", aisp_slice_basename(arn), aisp_awsf__get(it->d, "Document"));
	aisp_emit_str(&it->f->e, n, "version", aisp_awsf__str(it->d, "VersionId"));
}

static void inline_here(struct aisp_awsf__item *it, aisp_node n, struct aisp_slice arn)
{
	aisp_awsf__inline(it, n, arn, aisp_awsf__str_or_about(it, "PolicyName|Name"), aisp_awsf__get(it->d, "PolicyDocument|Policy"));
}

void aisp_awsf__inline_policy(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = {0};
	aisp_node n = principal_of(it, &arn);

	if (n)
		inline_here(it, n, arn);
	members_of(it, "Roles", "iam:role", inline_here);
	members_of(it, "Users", "iam:user", inline_here);
	members_of(it, "Groups", "iam:group", inline_here);
}

/* list-…-policies, list-attached-…-policies (about a principal) and Terraform's attachments. */
void aisp_awsf__attached(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = it->arn;
	aisp_node n = it->node;

	if (!n)
		n = principal_of(it, &arn);
	if (!n)
		return;
	if (aisp_awsf__get(it->d, "AttachedPolicies") && it->node)
		aisp_awsf__knows(it->f, n, AISP_AWS__ATTACHED);
	if (aisp_awsf__get(it->d, "PolicyNames")) {
		aisp_awsf__knows(it->f, n, AISP_AWS__INLINE);
		AISP_AWS__EACH(it, "PolicyNames", in)
			aisp_awsf__inline(&in, n, arn, aisp_doc_str(in.d), NULL);
	}
	if (!it->node)
		aisp_awsf__attach(it, n, arn, aisp_awsf__str(it->d, "PolicyArn"), (struct aisp_slice){0});
}

void aisp_awsf__policy_attachment(struct aisp_awsf__item *it)
{
	it->arn = aisp_awsf__str(it->d, "PolicyArn");
	it->name = aisp_slice_basename(it->arn);
	members_of(it, "Roles", "iam:role", attach_here);
	members_of(it, "Users", "iam:user", attach_here);
	members_of(it, "Groups", "iam:group", attach_here);
}

/* ---- Groups ---- */

void aisp_awsf__user_groups(struct aisp_awsf__item *it)
{
	if (aisp_awsf__get(it->d, "Groups"))
		aisp_awsf__knows(it->f, it->node, AISP_AWS__GROUPS);
	AISP_AWS__EACH(it, "Groups", in) {
		aisp_awsf__add_as(&in, "iam:group");
		member_of(it, in.node, in.arn);
	}
}

static void join_group(struct aisp_awsf__item *it, aisp_node user, struct aisp_slice arn)
{
	struct aisp_edge_in in = {.control = aisp_emit_fmt(&it->f->e, "%.*s#group/%.*s", AISP_FMT(arn), AISP_FMT(it->arn))};

	aisp_emit_edge_in(&it->f->e, user, AISP_EDGE_MEMBER_OF, it->node, &in, &it->at);
}

void aisp_awsf__membership(struct aisp_awsf__item *it)
{
	const struct aisp_doc *group = aisp_awsf__get(it->d, "Group");
	struct aisp_slice name = aisp_awsf__str(group, "Arn");

	name = name.n ? name : aisp_doc_str(group).n ? aisp_doc_str(group) : aisp_awsf__str_or_about(it, "GroupName");
	it->arn = name.n ? aisp_awsf__arn_of(it, "iam:group", name) : name;
	it->node = aisp_awsf__named(it, it->arn);
	members_of(it, "Users", "iam:user", join_group);
}

void aisp_awsf__users_groups(struct aisp_awsf__item *it)
{
	it->arn = aisp_awsf__arn_of(it, "iam:user", aisp_awsf__str(it->d, "User"));
	it->node = aisp_awsf__named(it, it->arn);
	members_of(it, "Groups", "iam:group", member_of);
}

/* ---- Credentials ---- */

static aisp_node credential(struct aisp_awsf__item *it, struct aisp_slice id, const char *kind)
{
	struct aisp_emit *e = &it->f->e;
	char fp[AISP_FINGERPRINT_LEN + 1];

	if (!id.n || id.n > 128)
		return 0;
	aisp_node n = aisp_awsf__node(it, AISP_NODE_CREDENTIAL, aisp_emit_fmt(e, "credential://aws/%.*s", AISP_FMT(id)));
	aisp_emit_str(e, n, "name", id);
	aisp_emit_strz(e, n, "credential_kind", kind);
	if (e->fpkey) { /* the same key found in a file */
		aisp_fingerprint(e->fpkey, id, fp);
		aisp_emit_alias(e, n, aisp_emit_fmt(e, "credential://%s", fp));
	}
	return n;
}

void aisp_awsf__access_key(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = {0}, id = aisp_awsf__str(it->d, "AccessKeyId|Id");
	aisp_node n = credential(it, id, "aws_access_key"), user = principal_of(it, &arn);

	aisp_emit_str(&it->f->e, n, "status", aisp_awsf__str(it->d, "Status"));
	aisp_emit_str(&it->f->e, n, "created", aisp_awsf__str(it->d, "CreateDate"));
	if (!aisp_awsf__is(it->d, "Status", "Inactive"))
		aisp_awsf__edge(it, n, AISP_EDGE_AUTHENTICATES, user, "");
}

void aisp_awsf__access_key_used(struct aisp_awsf__item *it)
{
	aisp_node n = credential(it, aisp_awsf__str(it->about, "AccessKeyId"), "aws_access_key");

	aisp_emit_str(&it->f->e, n, "last_used", aisp_awsf__str(it->d, "AccessKeyLastUsed.LastUsedDate"));
	aisp_emit_str(&it->f->e, n, "last_used_service", aisp_awsf__str(it->d, "AccessKeyLastUsed.ServiceName"));
}

void aisp_awsf__service_credential(struct aisp_awsf__item *it)
{
	struct aisp_slice arn = {0}, service = aisp_awsf__str(it->d, "ServiceName");
	bool bedrock = aisp_slice_starts(service, AISP_S("bedrock"));
	aisp_node n = credential(it, aisp_awsf__str(it->d, "ServiceSpecificCredentialId"), bedrock ? "bedrock_api_key" : "aws_service_credential"), user = principal_of(it, &arn);

	aisp_emit_str(&it->f->e, n, "service", service);
	aisp_emit_str(&it->f->e, n, "status", aisp_awsf__str(it->d, "Status"));
	aisp_emit_str(&it->f->e, n, "expires", aisp_awsf__str(it->d, "ExpirationDate"));
	if (!aisp_awsf__is(it->d, "Status", "Inactive"))
		aisp_awsf__edge(it, n, AISP_EDGE_AUTHENTICATES, user, "");
}

void aisp_awsf__login_profile(struct aisp_awsf__item *it)
{
	aisp_emit_bool(&it->f->e, it->node, "console", true);
}

void aisp_awsf__mfa_device(struct aisp_awsf__item *it)
{
	aisp_emit_bool(&it->f->e, it->node, "mfa", true);
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html: comma-separated, no quotes, a head line. */
static void report_line(struct aisp_awsf__item *it, struct aisp_slice head, struct aisp_slice line)
{
	struct aisp_slice key, value, arn = {0}, rest = line;
	aisp_node n = 0;
	bool root = aisp_slice_starts(line, AISP_S("<root_account>"));

	for (struct aisp_slice h = head; h.p && rest.p && aisp_slice_split(&h, ',', &key) && aisp_slice_split(&rest, ',', &value);) {
		bool yes = aisp_slice_eqz(value, "true");
		if (aisp_slice_eqz(key, "arn")) {
			arn = value;
			n = root ? aisp_awsf__account(it, aisp_awsf__arn_account(arn)) : aisp_awsf__named(it, arn);
		}
		if (!n || !(yes || aisp_slice_eqz(value, "false")))
			continue;
		if (aisp_slice_eqz(key, "mfa_active"))
			aisp_emit_bool(&it->f->e, n, root ? "root_mfa" : "mfa", yes);
		else if (aisp_slice_eqz(key, "password_enabled"))
			aisp_emit_bool(&it->f->e, n, "console", yes);
		else if (root && yes && aisp_slice_starts(key, AISP_S("access_key_")) && aisp_slice_ends(key, AISP_S("_active")))
			aisp_emit_bool(&it->f->e, n, "root_access_key", true);
	}
}

void aisp_awsf__credential_report(struct aisp_awsf__item *it)
{
	struct aisp_slice content = aisp_awsf__str(it->d, "Content"), text, head, line;

	text = aisp_slice_starts(content, AISP_S("user,arn,")) ? content : aisp_awsf__unbase64(it->f, content);
	if (!text.n || !aisp_slice_is_utf8(text)) {
		aisp_emit_gap(&it->f->e, it->at.path, AISP_E_PARSE, AISP_S("the credential report is not base64 of a table"));
		return;
	}
	aisp_slice_split(&text, '\n', &head);
	head = aisp_slice_trim(head);
	for (unsigned left = 100000; left && text.p && aisp_slice_split(&text, '\n', &line); left--)
		report_line(it, head, aisp_slice_trim(line));
}

/* ---- Others ---- */

void aisp_awsf__instance_profile(struct aisp_awsf__item *it)
{
	struct aisp_slice role = aisp_awsf__str(it->d, "Role");

	if (role.n) /* Terraform: its name */
		aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_AS, aisp_awsf__named_as(it, "iam:role", role), "Roles");
	AISP_AWS__EACH(it, "Roles", in) {
		struct aisp_slice arn = in.d->type == AISP_DOC_STR ? in.d->s : aisp_awsf__str(in.d, "Arn");
		aisp_awsf__edge(it, it->node, AISP_EDGE_RUNS_AS, aisp_awsf__named_as(&in, "iam:role", arn), "Roles");
	}
}

void aisp_awsf__identity_provider(struct aisp_awsf__item *it)
{
	struct aisp_slice url = aisp_awsf__str(it->d, "Url"), resource;

	if (!url.n && strcmp(it->t->type, "iam:oidc-provider") == 0 && aisp_awsf__arn_part(it->arn, 5, &resource))
		url = aisp_slice_from(resource, 14); /* "oidc-provider/" */
	aisp_emit_str(&it->f->e, it->node, "url", url);
	AISP_AWS__EACH(it, "ClientIDList", in)
		aisp_emit_item(&it->f->e, it->node, "client_ids", aisp_doc_str(in.d));
	aisp_emit_str(&it->f->e, it->node, "protocol", strcmp(it->t->type, "iam:oidc-provider") == 0 ? AISP_S("oidc") : AISP_S("saml"));
}

void aisp_awsf__caller(struct aisp_awsf__item *it)
{
	aisp_node n = aisp_awsf__account(it, aisp_awsf__str(it->d, "Account"));

	aisp_emit_str(&it->f->e, n, "seen_as", aisp_awsf__str(it->d, "Arn"));
}
