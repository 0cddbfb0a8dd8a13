/* AWS: statements of inline, managed, trust and resource policies, attachments, group memberships, security group rules. The documents are nodes of the store; the whole old document
 * is what the undo puts back, from the answer of the check right before. Sources: IAM, S3, KMS, SQS, SNS, Secrets Manager and EC2 API references.
 */
#include "govern/plan_int.h"

/* ---- Reading the texts ---- */

struct statement {
	struct aisp_slice policy, pointer; /* node id of the policy; "/Statement/2" */
};
static bool read_statement(struct aisp_slice c, struct statement *st)
{
	const size_t at = aisp_slice_find(c, AISP_S("#/Statement"));
	if (at == SIZE_MAX || !aisp_slice_starts(c, AISP_S("arn:")))
		return false;
	*st = (struct statement){aisp_slice_to(c, at), aisp_slice_from(c, at + 1)};
	return true;
}

struct arn {
	struct aisp_slice service, region, account, resource;
};
static bool read_arn(struct aisp_slice s, struct arn *ret)
{
	struct aisp_slice parts[5], rest = s;
	for (size_t i = 0; i < 5; i++)
		if (!aisp_slice_split(&rest, ':', &parts[i]))
			return false;
	if (!rest.p)
		return false;
	const size_t hash = aisp_slice_chr(rest, '#');
	*ret = (struct arn){parts[2], parts[3], parts[4], hash == SIZE_MAX ? rest : aisp_slice_to(rest, hash)};
	return aisp_slice_eqz(parts[0], "arn");
}

static bool split_at(struct aisp_slice s, const char *mark, struct aisp_slice *a, struct aisp_slice *b)
{
	const size_t at = aisp_slice_find(s, aisp_slice_z(mark));
	if (at == SIZE_MAX)
		return false;
	*a = aisp_slice_to(s, at);
	*b = aisp_slice_from(s, at + strlen(mark));
	return true;
}

static bool is_inline(struct aisp_slice c)
{
	struct statement st;
	return read_statement(c, &st) && aisp_slice_find(st.policy, AISP_S("#inline/")) != SIZE_MAX;
}
static bool is_managed(struct aisp_slice c)
{
	struct statement st;
	struct arn a;
	return read_statement(c, &st) && read_arn(st.policy, &a) && aisp_slice_eqz(a.service, "iam") && aisp_slice_starts(a.resource, AISP_S("policy/")) &&
	       !aisp_slice_eqz(a.account, "aws");
}
static bool is_aws_managed(struct aisp_slice c)
{
	struct statement st;
	struct arn a;
	return read_statement(c, &st) && read_arn(st.policy, &a) && aisp_slice_eqz(a.service, "iam") && aisp_slice_starts(a.resource, AISP_S("policy/")) &&
	       aisp_slice_eqz(a.account, "aws");
}
static bool is_trust(struct aisp_slice c)
{
	struct statement st;
	return read_statement(c, &st) && aisp_slice_ends(st.policy, AISP_S("#trust"));
}
static bool is_resource(struct aisp_slice c)
{
	struct statement st;
	return read_statement(c, &st) && aisp_slice_ends(st.policy, AISP_S("#policy"));
}
static bool is_attached(struct aisp_slice c)
{
	struct aisp_slice a, b;
	return aisp_slice_starts(c, AISP_S("arn:")) && split_at(c, "#attached/", &a, &b);
}
static bool is_group(struct aisp_slice c)
{
	struct aisp_slice a, b;
	return aisp_slice_starts(c, AISP_S("arn:")) && split_at(c, "#group/arn:", &a, &b);
}
static bool is_ingress(struct aisp_slice c)
{
	struct aisp_slice a, b;
	return aisp_slice_starts(c, AISP_S("arn:")) && split_at(c, "#ingress/", &a, &b) && aisp_slice_find(a, AISP_S(":security-group/")) != SIZE_MAX;
}
static bool is_any_policy(struct aisp_slice c)
{
	return aisp_slice_eqz(c, "aws:any-policy");
}
static bool is_other(struct aisp_slice c)
{
	return aisp_slice_starts(c, AISP_S("arn:")) && aisp_slice_chr(c, '#') != SIZE_MAX;
}

/* ---- Writing ---- */

struct call {
	struct arn at;
	const char *get, *put, *del; /* operations; del NULL: cannot be without */
	struct aisp_slice names;     /* "\"RoleName\":\"x\",\"PolicyName\":\"y\"" */
	const char *member;          /* of the put: PolicyDocument */
	const char *pointer;         /* in the answer of the get */
};

static struct aisp_slice arguments(struct aisp_maker *m, const struct arn *a, const char *operation, struct aisp_slice params)
{
	return params.p ? aisp_step__fmt(m, "{\"account\":\"%.*s\",\"region\":\"%.*s\",\"operation\":\"%s\",\"params\":{%.*s}}", AISP_FMT(a->account), AISP_FMT(a->region), operation, AISP_FMT(params))
			: (struct aisp_slice){0};
}

/* "iam:PutRolePolicy" and params as the command line would have it: for people. */
static struct aisp_slice command(struct aisp_maker *m, const char *operation, struct aisp_slice params)
{
	struct aisp_buf *b = &m->text;
	const char *name = strchr(operation, ':');
	aisp_buf_clear(b);
	aisp_buf_printf(b, "aws %.*s ", (int)(name - operation), operation);
	for (const char *p = name + 1; *p; p++) {
		const bool up = *p >= 'A' && *p <= 'Z';
		if (up && p > name + 1)
			aisp_buf_putc(b, '-');
		aisp_buf_putc(b, (char)(up ? *p | 32 : *p));
	}
	const size_t saved = aisp_slice_find(params, AISP_S("{\"$saved\":"));
	if (saved != SIZE_MAX)
		aisp_buf_printf(b, " --cli-input-json '{%.*s(as it was)}'", AISP_FMT(aisp_slice_to(params, saved)));
	else
		aisp_buf_printf(b, " --cli-input-json '{%.*s}'", AISP_FMT(params));
	return aisp_arena_dup(m->a, aisp_buf_slice(b));
}

static int call(struct aisp_maker *m, enum aisp_step_list list, const struct arn *a, const char *operation, struct aisp_slice params)
{
	return aisp_step__add(m, list, AISP_STEP_AWS, arguments(m, a, operation, params), command(m, operation, params));
}

static const struct aisp_doc *document(struct aisp_maker *m, struct aisp_slice policy)
{
	const aisp_node n = aisp_snapshot_find(m->s, policy);
	const struct aisp_slice text = n ? aisp_snapshot_prop_str(m->s, n, "document") : (struct aisp_slice){0};
	const struct aisp_doc *d = NULL;
	return text.n && aisp_json_parse(m->a, text, NULL, &d, NULL) == 0 ? d : NULL;
}

/* The pointers of the step's control objects into the document. */
static struct aisp_slice *pointers(struct aisp_maker *m)
{
	struct aisp_slice *v = aisp_arena_alloc(m->a, (m->n_controls + 1) * sizeof *v);
	struct statement st;
	for (size_t i = 0; v && i < m->n_controls; i++)
		v[i] = read_statement(m->controls[i], &st) ? st.pointer : AISP_S("");
	return v;
}

static uint64_t number_of(struct aisp_slice pointer)
{
	const size_t cut = aisp_slice_rchr(pointer, '/');
	uint64_t n = 0;
	return cut != SIZE_MAX && aisp_slice_u64(aisp_slice_from(pointer, cut + 1), &n) ? n + 1 : 1;
}

/* "statement 2 of 3 ("Read")", "statements 1 and 3 of 4 ("Read", "Write")", "all 2 statements". */
static struct aisp_slice statements(struct aisp_maker *m, const struct aisp_doc *doc)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	const struct aisp_doc *all = aisp_doc_get(doc, "Statement");
	const struct aisp_slice *at = pointers(m);
	const uint32_t count = all && all->type == AISP_DOC_ARR ? all->n : 1;
	const size_t n = m->n_controls;
	size_t named = 0;
	aisp_buf_init(&b, 1u << 20);
	if (!at)
		return (struct aisp_slice){0};
	if (n > 1 && n == count)
		aisp_buf_printf(&b, "all %zu statements", n);
	for (size_t i = 0; i < n && !b.n; i++)
		for (size_t k = 0; k < n; k++)
			aisp_buf_printf(&b, "%s%llu", k == 0 ? (n > 1 ? "statements " : "statement ") : k + 1 == n ? " and " : ", ", (unsigned long long)number_of(at[k]));
	if (n == 1 || n != count)
		aisp_buf_printf(&b, " of %u", count);
	for (size_t i = 0; i < n; i++) {
		const struct aisp_slice sid = aisp_doc_getstr(aisp_step__at(doc, at[i]), "Sid");
		if (sid.n)
			aisp_buf_printf(&b, "%s\"%.*s\"", named++ ? ", " : " (", AISP_FMT(sid));
	}
	if (named)
		aisp_buf_putc(&b, ')');
	return b.bad ? (struct aisp_slice){0} : aisp_arena_dup(m->a, aisp_buf_slice(&b));
}

/* The document without the statements; empty text: none is left. AISP_E_NOTFOUND: one is not there. */
static int without(struct aisp_maker *m, const struct aisp_doc *doc, struct aisp_slice *ret)
{
	const struct aisp_doc *all = aisp_doc_get(doc, "Statement");
	const struct aisp_slice *at = pointers(m);
	*ret = AISP_S("");
	if (!at)
		return aisp_step__nomem(m);
	if (!all)
		return AISP_E_NOTFOUND;
	if (all->type == AISP_DOC_OBJ)
		return 0;
	int r = aisp_step__without(m, doc, at, m->n_controls, ret);
	if (r == 0 && all->n == m->n_controls)
		*ret = AISP_S("");
	if (r == 0 && ret->n == 0 && m->n_controls > 1)
		r = aisp_step__note(m, "nothing is left of the policy: take it out where it is defined, too");
	return r;
}

/* One document read, put or deleted as a whole. */
static int document_step(struct aisp_maker *m, const struct call *c, const struct aisp_doc *doc)
{
	struct aisp_slice rest, old = aisp_step__compact(m, doc);
	int r = without(m, doc, &rest);
	if (r == AISP_E_NOTFOUND || (r == 0 && rest.n == 0 && !c->del))
		return aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s away: %s", AISP_FMT(m->step->control),
							   r ? "it is not in the document that was read" : "nothing would be left of the document, and there must be one"));
	if (r < 0 || !old.p)
		return r < 0 ? r : aisp_step__nomem(m);
	const char *sep = c->names.n ? "," : "";
	if (rest.n) {
		const struct aisp_slice text = aisp_step__json_str(m, rest);
		r = call(m, AISP_DOES, &c->at, c->put, aisp_step__fmt(m, "%.*s%s\"%s\":%.*s", AISP_FMT(c->names), sep, c->member, AISP_FMT(text)));
	} else {
		r = call(m, AISP_DOES, &c->at, c->del, c->names);
	}
	if (r == 0)
		r = call(m, AISP_UNDOES, &c->at, c->put, aisp_step__fmt(m, "%.*s%s\"%s\":{\"$saved\":\"document\"}", AISP_FMT(c->names), sep, c->member));
	if (r < 0)
		return r;
	const struct aisp_slice after = rest.n ? aisp_step__fmt(m, "{\"at\":\"%s\",\"equals\":%.*s}", c->pointer, AISP_FMT(rest)) : aisp_step__fmt(m, "{\"at\":\"%s\",\"absent\":true}", c->pointer);
	return aisp_step__check(m, AISP_STEP_AWS, arguments(m, &c->at, c->get, c->names), command(m, c->get, c->names),
				aisp_step__fmt(m, "{\"at\":\"%s\",\"equals\":%.*s}", c->pointer, AISP_FMT(old)), after, aisp_step__fmt(m, "{\"document\":\"%s\"}", c->pointer));
}

static int unread(struct aisp_maker *m)
{
	return aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s away; its document is not in the store, so aisp cannot write what is left of it", AISP_FMT(m->step->control)));
}

/* "role", "user", "group" of a principal's ARN, and its name (behind the path). */
static const struct principal {
	const char *prefix, *noun, *parameter, *get, *put, *del, *attach, *detach, *list;
} principals[] = {
	{"role/", "role", "RoleName", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:ListAttachedRolePolicies"},
	{"user/", "user", "UserName", "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:ListAttachedUserPolicies"},
	{"group/", "group", "GroupName", "iam:GetGroupPolicy", "iam:PutGroupPolicy", "iam:DeleteGroupPolicy", "iam:AttachGroupPolicy", "iam:DetachGroupPolicy", "iam:ListAttachedGroupPolicies"},
};
static const struct principal *principal_of(const struct arn *a, struct aisp_slice *ret_name)
{
	for (size_t i = 0; i < sizeof principals / sizeof *principals; i++)
		if (aisp_slice_starts(a->resource, aisp_slice_z(principals[i].prefix))) {
			*ret_name = aisp_slice_basename(a->resource);
			return &principals[i];
		}
	return NULL;
}

static int fill_inline(struct aisp_maker *m)
{
	struct statement st;
	struct aisp_slice holder, policy, name;
	struct arn a;
	read_statement(m->controls[0], &st);
	const struct aisp_doc *doc = document(m, st.policy);
	const struct principal *p = split_at(st.policy, "#inline/", &holder, &policy) && read_arn(holder, &a) ? principal_of(&a, &name) : NULL;
	if (!p || !doc)
		return aisp_step__what(m, "%.*s", AISP_FMT(m->step->control)) < 0 ? AISP_E_NOMEM : unread(m);
	int r = aisp_step__what(m, "%.*s of inline policy %.*s of %s %.*s", AISP_FMT(statements(m, doc)), AISP_FMT(policy), p->noun, AISP_FMT(name));
	const struct aisp_slice names = aisp_step__fmt(m, "\"%s\":\"%.*s\",\"PolicyName\":\"%.*s\"", p->parameter, AISP_FMT(name), AISP_FMT(policy));
	const struct call c = {.at = a, .get = p->get, .put = p->put, .del = p->del, .names = names, .member = "PolicyDocument", .pointer = "/PolicyDocument"};
	return r == 0 ? document_step(m, &c, doc) : r;
}

/* A new version becomes the default; the undo makes the old one the default again and deletes the new one. */
static int fill_managed(struct aisp_maker *m)
{
	struct statement st;
	struct aisp_slice rest;
	struct arn a;
	read_statement(m->controls[0], &st);
	read_arn(st.policy, &a);
	const struct aisp_doc *doc = document(m, st.policy);
	int r = aisp_step__what(m, "%.*s of managed policy %.*s", AISP_FMT(statements(m, doc)), AISP_FMT(aisp_slice_basename(a.resource)));
	if (r < 0 || !doc)
		return r < 0 ? r : unread(m);
	r = without(m, doc, &rest);
	if (r == AISP_E_NOTFOUND)
		return unread(m);
	if (r == 0 && rest.n == 0) /* a version must have a statement: one that allows nothing */
		rest = AISP_S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"none:none\",\"Resource\":\"*\"}]}");
	const struct aisp_slice text = aisp_step__json_str(m, rest), arn = aisp_step__fmt(m, "\"PolicyArn\":\"%.*s\"", AISP_FMT(st.policy));
	if (r == 0)
		r = call(m, AISP_DOES, &a, "iam:CreatePolicyVersion", aisp_step__fmt(m, "%.*s,\"PolicyDocument\":%.*s,\"SetAsDefault\":true", AISP_FMT(arn), AISP_FMT(text)));
	if (r == 0) {
		m->step->does[m->step->n_does - 1].save = AISP_S("{\"made\":\"/PolicyVersion/VersionId\"}");
		r = call(m, AISP_UNDOES, &a, "iam:SetDefaultPolicyVersion", aisp_step__fmt(m, "%.*s,\"VersionId\":{\"$saved\":\"version\"}", AISP_FMT(arn)));
	}
	if (r == 0)
		r = call(m, AISP_UNDOES, &a, "iam:DeletePolicyVersion", aisp_step__fmt(m, "%.*s,\"VersionId\":{\"$saved\":\"made\"}", AISP_FMT(arn)));
	if (r == 0)
		r = aisp_step__check(m, AISP_STEP_AWS, arguments(m, &a, "iam:GetPolicy", arn), command(m, "iam:GetPolicy", arn), AISP_S("{\"at\":\"/Policy/DefaultVersionId\",\"present\":true}"),
				     AISP_S("{\"at\":\"/Policy/DefaultVersionId\",\"present\":true}"), AISP_S("{\"version\":\"/Policy/DefaultVersionId\",\"now\":\"/Policy/DefaultVersionId\"}"));
	const struct aisp_slice version = aisp_step__fmt(m, "%.*s,\"VersionId\":{\"$saved\":\"now\"}", AISP_FMT(arn)), old = aisp_step__compact(m, doc);
	if (r == 0) /* what GetPolicy just answered, before and after */
		r = aisp_step__check(m, AISP_STEP_AWS, arguments(m, &a, "iam:GetPolicyVersion", version), AISP_S("aws iam get-policy-version of the default version"),
				     aisp_step__fmt(m, "{\"at\":\"/PolicyVersion/Document\",\"equals\":%.*s}", AISP_FMT(old)),
				     aisp_step__fmt(m, "{\"at\":\"/PolicyVersion/Document\",\"equals\":%.*s}", AISP_FMT(rest)), (struct aisp_slice){0});
	return r == 0 ? aisp_step__note(m, "a policy has at most five versions: with five, delete one first") : r;
}

static int attachment(struct aisp_maker *m, struct aisp_slice holder, struct aisp_slice policy, struct aisp_slice *ret_noun)
{
	struct arn a;
	struct aisp_slice name;
	const struct principal *p = read_arn(holder, &a) ? principal_of(&a, &name) : NULL;
	if (!p || !aisp_control__form(aisp_step__fmt(m, "%.*s#x", AISP_FMT(holder)))) /* a name with quotes in it */
		return AISP_E_NOTFOUND;
	const struct aisp_slice who = aisp_step__fmt(m, "\"%s\":\"%.*s\"", p->parameter, AISP_FMT(name)), both = aisp_step__fmt(m, "%.*s,\"PolicyArn\":\"%.*s\"", AISP_FMT(who), AISP_FMT(policy));
	const struct aisp_slice item = aisp_step__fmt(m, "{\"PolicyName\":\"%.*s\",\"PolicyArn\":\"%.*s\"}", AISP_FMT(aisp_slice_basename(policy)), AISP_FMT(policy));
	*ret_noun = aisp_step__fmt(m, "%s %.*s", p->noun, AISP_FMT(name));
	int r = call(m, AISP_DOES, &a, p->detach, both);
	if (r == 0)
		r = call(m, AISP_UNDOES, &a, p->attach, both);
	return r == 0 ? aisp_step__check(m, AISP_STEP_AWS, arguments(m, &a, p->list, who), command(m, p->list, who), aisp_step__fmt(m, "{\"at\":\"/AttachedPolicies\",\"has\":%.*s}", AISP_FMT(item)),
					 aisp_step__fmt(m, "{\"at\":\"/AttachedPolicies\",\"lacks\":%.*s}", AISP_FMT(item)), (struct aisp_slice){0})
		      : r;
}

static int fill_attached(struct aisp_maker *m)
{
	struct aisp_slice holder, policy, noun = {0};
	split_at(m->step->control, "#attached/", &holder, &policy);
	int r = attachment(m, holder, policy, &noun);
	if (r == AISP_E_NOTFOUND)
		r = aisp_step__manual(m, aisp_step__fmt(m, "Detach %.*s from %.*s", AISP_FMT(policy), AISP_FMT(holder)));
	return r == 0 ? aisp_step__what(m, "policy %.*s attached to %.*s", AISP_FMT(aisp_slice_basename(policy)), AISP_FMT(noun.n ? noun : holder)) : r;
}

/* A policy that AWS keeps cannot be changed: it is detached from all who have it. */
static int fill_aws_managed(struct aisp_maker *m)
{
	struct statement st;
	struct aisp_slice noun = {0};
	int r = 0, found = 0;
	read_statement(m->controls[0], &st);
	const aisp_node policy = aisp_snapshot_find(m->s, st.policy);
	for (uint32_t i = policy ? m->s->in_at[policy] : 0; r == 0 && policy && i < m->s->in_at[policy + 1]; i++) {
		const struct aisp_sedge *e = &m->s->edges[m->s->in_edges[i]];
		if (e->kind != AISP_EDGE_GRANTED)
			continue;
		r = attachment(m, aisp_snapshot_text(m->s, m->s->nodes[e->from].id), st.policy, &noun);
		found += r == 0;
		r = r == AISP_E_NOTFOUND ? 0 : r;
	}
	if (r == 0 && !found)
		r = aisp_step__manual(m, aisp_step__fmt(m, "Detach %.*s; aisp has not seen from whom", AISP_FMT(st.policy)));
	if (r == 0)
		r = aisp_step__note(m, "AWS keeps this policy; it is detached, so all else that it gives goes too");
	return r == 0 ? found == 1 ? aisp_step__what(m, "AWS managed policy %.*s attached to %.*s", AISP_FMT(aisp_slice_basename(st.policy)), AISP_FMT(noun))
				   : aisp_step__what(m, "AWS managed policy %.*s attached to %d principals", AISP_FMT(aisp_slice_basename(st.policy)), found)
		      : r;
}

/* A statement goes as a whole. Says so where it names several principals. */
static int note_principals(struct aisp_maker *m, const struct aisp_doc *doc)
{
	const struct aisp_doc *all = aisp_doc_get(doc, "Statement");
	const struct aisp_slice *at = pointers(m);
	if (!at)
		return aisp_step__nomem(m);
	for (size_t k = 0; k < m->n_controls; k++) {
		const struct aisp_doc *principal = aisp_doc_get(all && all->type == AISP_DOC_OBJ ? all : aisp_step__at(doc, at[k]), "Principal");
		uint32_t n = 0;
		for (uint32_t i = 0; principal && principal->type == AISP_DOC_OBJ && i < principal->n; i++)
			n += principal->members[i].value.type == AISP_DOC_ARR ? principal->members[i].value.n : 1;
		if (n < 2)
			continue;
		const struct aisp_slice which = m->n_controls > 1 ? aisp_step__fmt(m, "statement %llu", (unsigned long long)number_of(at[k])) : AISP_S("the statement");
		int r = aisp_step__note(m, "%.*s names %u principals and goes as a whole: all of them lose it; to keep some, narrow its Principal instead", AISP_FMT(which), n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill_trust(struct aisp_maker *m)
{
	struct statement st;
	struct arn a;
	read_statement(m->controls[0], &st);
	const struct aisp_doc *doc = document(m, st.policy);
	if (!doc || !read_arn(st.policy, &a))
		return aisp_step__what(m, "%.*s", AISP_FMT(m->step->control)) < 0 ? AISP_E_NOMEM : unread(m);
	const struct aisp_slice name = aisp_slice_basename(a.resource), names = aisp_step__fmt(m, "\"RoleName\":\"%.*s\"", AISP_FMT(name));
	int r = aisp_step__what(m, "%.*s of who may assume role %.*s", AISP_FMT(statements(m, doc)), AISP_FMT(name));
	const struct call c = {.at = a, .get = "iam:GetRole", .put = "iam:UpdateAssumeRolePolicy", .names = names, .member = "PolicyDocument", .pointer = "/Role/AssumeRolePolicyDocument"};
	if (r == 0)
		r = note_principals(m, doc);
	return r == 0 ? document_step(m, &c, doc) : r;
}

static int fill_resource(struct aisp_maker *m)
{
	static const struct {
		const char *service, *parameter, *get, *put, *del, *member, *pointer, *extra;
		bool whole_arn;
	} rows[] = {
		{"s3", "Bucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "Policy", "/Policy", "", false},
		{"kms", "KeyId", "kms:GetKeyPolicy", "kms:PutKeyPolicy", NULL, "Policy", "/Policy", ",\"PolicyName\":\"default\"", true},
		{"secretsmanager", "SecretId", "secretsmanager:GetResourcePolicy", "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy", "ResourcePolicy", "/ResourcePolicy", "", true},
	};
	struct statement st;
	struct arn a;
	read_statement(m->controls[0], &st);
	const struct aisp_doc *doc = document(m, st.policy);
	const struct aisp_slice arn = aisp_slice_to(st.policy, aisp_slice_chr(st.policy, '#'));
	int r = aisp_step__what(m, "%.*s of the policy of %.*s", AISP_FMT(statements(m, doc)), AISP_FMT(arn));
	if (r < 0 || !doc || !read_arn(arn, &a))
		return r < 0 ? r : unread(m);
	if ((r = note_principals(m, doc)) < 0)
		return r;
	const aisp_node node = aisp_snapshot_find(m->s, arn);
	if (a.account.n == 0 && node)
		a.account = aisp_snapshot_prop_str(m->s, node, "account");
	if (a.region.n == 0 && node)
		a.region = aisp_snapshot_prop_str(m->s, node, "region");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!aisp_slice_eqz(a.service, rows[i].service))
			continue;
		const struct aisp_slice names = aisp_step__fmt(m, "\"%s\":\"%.*s\"%s", rows[i].parameter, AISP_FMT(rows[i].whole_arn ? arn : a.resource), rows[i].extra);
		const struct call c = {.at = a, .get = rows[i].get, .put = rows[i].put, .del = rows[i].del, .names = names, .member = rows[i].member, .pointer = rows[i].pointer};
		return document_step(m, &c, doc);
	}
	return aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out of the policy of %.*s", AISP_FMT(statements(m, doc)), AISP_FMT(arn)));
}

static int fill_group(struct aisp_maker *m)
{
	struct aisp_slice user, group;
	struct arn a, g;
	split_at(m->step->control, "#group/", &user, &group);
	if (!read_arn(user, &a) || !read_arn(group, &g))
		return unread(m);
	const struct aisp_slice u = aisp_slice_basename(a.resource), n = aisp_slice_basename(g.resource);
	const struct aisp_slice both = aisp_step__fmt(m, "\"GroupName\":\"%.*s\",\"UserName\":\"%.*s\"", AISP_FMT(n), AISP_FMT(u));
	int r = aisp_step__what(m, "membership of user %.*s in group %.*s", AISP_FMT(u), AISP_FMT(n));
	if (r == 0)
		r = call(m, AISP_DOES, &a, "iam:RemoveUserFromGroup", both);
	if (r == 0)
		r = call(m, AISP_UNDOES, &a, "iam:AddUserToGroup", both);
	const struct aisp_slice name = aisp_step__fmt(m, "\"UserName\":\"%.*s\"", AISP_FMT(u)), item = aisp_step__fmt(m, "{\"GroupName\":\"%.*s\"}", AISP_FMT(n));
	return r == 0 ? aisp_step__check(m, AISP_STEP_AWS, arguments(m, &a, "iam:ListGroupsForUser", name), command(m, "iam:ListGroupsForUser", name),
					 aisp_step__fmt(m, "{\"at\":\"/Groups\",\"has\":%.*s}", AISP_FMT(item)), aisp_step__fmt(m, "{\"at\":\"/Groups\",\"lacks\":%.*s}", AISP_FMT(item)),
					 (struct aisp_slice){0})
		      : r;
}

/* A document is read, checked and put as a whole; a policy of AWS is detached once. */
static struct aisp_slice document_of(struct aisp_slice control)
{
	struct statement st;
	return read_statement(control, &st) ? st.policy : (struct aisp_slice){0};
}

static int manual_command(struct aisp_maker *m, const char *what)
{
	const struct aisp_slice c = m->step->control;
	const size_t hash = aisp_slice_chr(c, '#');
	int r = aisp_step__what(m, "%.*s of %.*s", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "%s (%.*s)", what, AISP_FMT(c))) : r;
}

static int fill_ingress(struct aisp_maker *m)
{
	return manual_command(m, "Revoke this rule of the security group with aws ec2 revoke-security-group-ingress; other rules may name the same addresses, so look at it first");
}

static int fill_other(struct aisp_maker *m)
{
	if (aisp_slice_ends(m->step->control, AISP_S("#url/AuthType")))
		return manual_command(m, "Ask callers of the function's URL for AWS credentials: aws lambda update-function-url-config --auth-type AWS_IAM; who calls it without must be told");
	return manual_command(m, "Change this setting of the resource; what it should be instead only its owner can say");
}

static int fill_any_policy(struct aisp_maker *m)
{
	int r = aisp_step__what(m, "the right to give oneself any policy");
	return r == 0 ? aisp_step__manual(m, AISP_S("Take away the right to change one's own policies (iam:PutRolePolicy, iam:AttachRolePolicy, iam:CreatePolicyVersion)")) : r;
}

const struct aisp_form aisp_forms__aws[] = {
	{{"aws.inline", AISP_STEP_AWS, 1, "arn:aws:iam::1:role/bot#inline/data#/Statement/0"}, is_inline, fill_inline, document_of},
	{{"aws.managed", AISP_STEP_AWS, 2, "arn:aws:iam::1:policy/data#/Statement/0"}, is_managed, fill_managed, document_of},
	{{"aws.aws-managed", AISP_STEP_AWS, 4, "arn:aws:iam::aws:policy/AdministratorAccess#/Statement/0"}, is_aws_managed, fill_aws_managed, document_of},
	{{"aws.trust", AISP_STEP_AWS, 2, "arn:aws:iam::1:role/bot#trust#/Statement/0"}, is_trust, fill_trust, document_of},
	{{"aws.resource-policy", AISP_STEP_AWS, 1, "arn:aws:s3:::docs#policy#/Statement/0"}, is_resource, fill_resource, document_of},
	{{"aws.attachment", AISP_STEP_AWS, 2, "arn:aws:iam::1:role/bot#attached/arn:aws:iam::1:policy/data"}, is_attached, fill_attached, NULL},
	{{"aws.group", AISP_STEP_AWS, 2, "arn:aws:iam::1:user/dana#group/arn:aws:iam::1:group/developers"}, is_group, fill_group, NULL},
	{{"aws.security-group", AISP_STEP_MANUAL, 3, "arn:aws:ec2:eu-central-1:1:security-group/sg-1#ingress/0.0.0.0/0/5432-5432"}, is_ingress, fill_ingress, NULL},
	{{"aws.any-policy", AISP_STEP_MANUAL, 20, "aws:any-policy"}, is_any_policy, fill_any_policy, NULL},
	{{"aws.setting", AISP_STEP_MANUAL, 5, "arn:aws:lambda:…:function:chat#url/AuthType"}, is_other, fill_other, NULL},
	{{NULL, 0, 0, NULL}, NULL, NULL, NULL},
};
