/* AWS operations as requests: rows, and the five ways in which parameters are written. Facts of the vendor's published service models. */
#include "base/jw.h"
#include "collect/aws/live_int.h"
#include "govern/act_int.h"
#include <sodium.h>
#include <stdio.h>

enum { BODY_MAX = 1 << 20, DEPTH_MAX = 12 };

#define IAM(op, cmd, r) {.name = "iam:" op, .protocol = AISP_ACT_QUERY, .version = "2010-05-08", .command = cmd, .global = true, .reads = r}
#define QUERY(svc, op, ver, cmd, r) {.name = svc ":" op, .protocol = AISP_ACT_QUERY, .version = ver, .command = cmd, .reads = r}
#define EC2(op, cmd, r) {.name = "ec2:" op, .protocol = AISP_ACT_EC2, .version = "2016-11-15", .command = cmd, .reads = r}
#define JSON(svc, op, target, r) {.name = svc ":" op, .protocol = AISP_ACT_JSON, .version = target, .command = "", .reads = r}
#define REST(svc, op, req, q, r) {.name = svc ":" op, .protocol = AISP_ACT_REST_JSON, .request = req, .command = "", .query = q, .reads = r}
#define S3(op, req, b, cmd, r) {.name = "s3:" op, .protocol = AISP_ACT_REST_XML, .request = req, .body = b, .command = cmd, .reads = r}

const struct aisp_act__op aisp_act__ops[] = {
	IAM("GetRolePolicy", "get-role-policy", true), IAM("PutRolePolicy", "", false), IAM("DeleteRolePolicy", "", false), IAM("ListRolePolicies", "list-role-policies", true),
	IAM("GetUserPolicy", "get-user-policy", true), IAM("PutUserPolicy", "", false), IAM("DeleteUserPolicy", "", false), IAM("ListUserPolicies", "list-user-policies", true),
	IAM("GetGroupPolicy", "get-group-policy", true), IAM("PutGroupPolicy", "", false), IAM("DeleteGroupPolicy", "", false), IAM("ListGroupPolicies", "list-group-policies", true),
	IAM("AttachRolePolicy", "", false), IAM("DetachRolePolicy", "", false), IAM("ListAttachedRolePolicies", "list-attached-role-policies", true),
	IAM("AttachUserPolicy", "", false), IAM("DetachUserPolicy", "", false), IAM("ListAttachedUserPolicies", "list-attached-user-policies", true),
	IAM("AttachGroupPolicy", "", false), IAM("DetachGroupPolicy", "", false), IAM("ListAttachedGroupPolicies", "list-attached-group-policies", true),
	IAM("GetPolicy", "get-policy", true), IAM("GetPolicyVersion", "get-policy-version", true), IAM("ListPolicyVersions", "list-policy-versions", true),
	IAM("CreatePolicy", "create-policy", false), IAM("DeletePolicy", "", false), IAM("CreatePolicyVersion", "create-policy-version", false),
	IAM("DeletePolicyVersion", "", false), IAM("SetDefaultPolicyVersion", "", false),
	IAM("GetRole", "get-role", true), IAM("CreateRole", "create-role", false), IAM("DeleteRole", "", false), IAM("UpdateAssumeRolePolicy", "", false),
	IAM("PutRolePermissionsBoundary", "", false), IAM("DeleteRolePermissionsBoundary", "", false), IAM("PutUserPermissionsBoundary", "", false), IAM("DeleteUserPermissionsBoundary", "", false),
	IAM("GetGroup", "get-group", true), IAM("AddUserToGroup", "", false), IAM("RemoveUserFromGroup", "", false), IAM("ListGroupsForUser", "list-groups-for-user", true),
	IAM("GetUser", "get-user", true), IAM("CreateUser", "create-user", false), IAM("DeleteUser", "", false), IAM("ListUsers", "list-users", true), IAM("TagUser", "", false),
	IAM("CreateAccessKey", "create-access-key", false), IAM("UpdateAccessKey", "", false), IAM("DeleteAccessKey", "", false), IAM("ListAccessKeys", "list-access-keys", true),
	IAM("GetAccessKeyLastUsed", "get-access-key-last-used", true),
	QUERY("sts", "GetCallerIdentity", "2011-06-15", "get-caller-identity", true),
	QUERY("sns", "GetTopicAttributes", "2010-03-31", "get-topic-attributes", true), QUERY("sns", "SetTopicAttributes", "2010-03-31", "", false),
	EC2("DescribeSecurityGroups", "describe-security-groups", true), EC2("RevokeSecurityGroupIngress", "", false), EC2("AuthorizeSecurityGroupIngress", "", false),
	EC2("RevokeSecurityGroupEgress", "", false), EC2("AuthorizeSecurityGroupEgress", "", false),
	JSON("kms", "GetKeyPolicy", "TrentService|1.1", true), JSON("kms", "PutKeyPolicy", "TrentService|1.1", false),
	JSON("secretsmanager", "GetResourcePolicy", "secretsmanager|1.1", true), JSON("secretsmanager", "PutResourcePolicy", "secretsmanager|1.1", false),
	JSON("secretsmanager", "DeleteResourcePolicy", "secretsmanager|1.1", false),
	JSON("dynamodb", "GetResourcePolicy", "DynamoDB_20120810|1.0", true), JSON("dynamodb", "PutResourcePolicy", "DynamoDB_20120810|1.0", false),
	JSON("dynamodb", "DeleteResourcePolicy", "DynamoDB_20120810|1.0", false),
	JSON("sqs", "GetQueueUrl", "AmazonSQS|1.0", true), JSON("sqs", "GetQueueAttributes", "AmazonSQS|1.0", true), JSON("sqs", "SetQueueAttributes", "AmazonSQS|1.0", false),
	REST("lambda", "GetPolicy", "GET /2015-03-31/functions/{FunctionName}/policy", "Qualifier", true),
	REST("lambda", "AddPermission", "POST /2015-03-31/functions/{FunctionName}/policy", "Qualifier", false),
	REST("lambda", "RemovePermission", "DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId}", "Qualifier|RevisionId", false),
	REST("bedrock", "GetResourcePolicy", "GET /resource-policy/{resourceArn}", "", true), REST("bedrock", "PutResourcePolicy", "POST /resource-policy", "", false),
	REST("bedrock", "DeleteResourcePolicy", "DELETE /resource-policy/{resourceArn}", "", false),
	REST("bedrock-agentcore-control", "GetResourcePolicy", "GET /resourcepolicy/{resourceArn}", "", true),
	REST("bedrock-agentcore-control", "PutResourcePolicy", "PUT /resourcepolicy/{resourceArn}", "", false),
	REST("bedrock-agentcore-control", "DeleteResourcePolicy", "DELETE /resourcepolicy/{resourceArn}", "", false),
	S3("GetBucketPolicy", "GET /{Bucket}?policy", NULL, "get-bucket-policy", true), S3("PutBucketPolicy", "PUT /{Bucket}?policy", "Policy", "", false),
	S3("DeleteBucketPolicy", "DELETE /{Bucket}?policy", NULL, "", false), S3("GetPublicAccessBlock", "GET /{Bucket}?publicAccessBlock", NULL, "get-public-access-block", true),
	S3("PutPublicAccessBlock", "PUT /{Bucket}?publicAccessBlock", "PublicAccessBlockConfiguration", "", false),
	S3("DeletePublicAccessBlock", "DELETE /{Bucket}?publicAccessBlock", NULL, "", false),
};
const size_t aisp_act__op_count = sizeof aisp_act__ops / sizeof *aisp_act__ops;

const struct aisp_act__op *aisp_act__op_find(struct aisp_slice name)
{
	for (size_t i = 0; i < aisp_act__op_count; i++)
		if (aisp_slice_eqz(name, aisp_act__ops[i].name))
			return &aisp_act__ops[i];
	return NULL;
}

static const char *action_of(const struct aisp_act__op *op)
{
	return strchr(op->name, ':') + 1;
}

static bool is_scalar(const struct aisp_doc *d)
{
	return d && (d->type == AISP_DOC_STR || d->type == AISP_DOC_INT || d->type == AISP_DOC_BOOL);
}

static void put_scalar(struct aisp_buf *out, const struct aisp_doc *d, bool encode)
{
	char text[32];
	struct aisp_slice s = aisp_doc_str(d);

	if (d->type == AISP_DOC_INT) {
		snprintf(text, sizeof text, "%lld", (long long)d->i);
		s = aisp_slice_z(text);
	} else if (d->type == AISP_DOC_BOOL) {
		s = aisp_slice_z(d->b ? "true" : "false");
	}
	if (encode)
		aisp_aws__encode(out, s, false);
	else
		aisp_buf_put(out, s);
}

/* ---- Query: a.b.1.c=value ---- */

/* Names that EC2 writes otherwise than the command line. */
static const char *ec2_name(struct aisp_slice key)
{
	static const char *const names[][2] = {{"UserIdGroupPairs", "Groups"}, {"GroupIds", "GroupId"}, {"GroupNames", "GroupName"}, {"SecurityGroupRuleIds", "SecurityGroupRuleId"},
					       {"Filters", "Filter"}, {"Values", "Value"}, {"TagSpecifications", "TagSpecification"}, {"Tags", "Tag"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(key, names[i][0]))
			return names[i][1];
	return NULL;
}

static int put_query(struct aisp_buf *out, struct aisp_buf *name, const struct aisp_doc *d, bool ec2, unsigned depth, struct aisp_err *err)
{
	const size_t before = name->n;
	int r = 0;

	if (depth > DEPTH_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "parameters are nested too deep");
	if (is_scalar(d)) {
		aisp_buf_putc(out, '&');
		aisp_aws__encode(out, aisp_buf_slice(name), false);
		aisp_buf_putc(out, '=');
		put_scalar(out, d, true);
		return 0;
	}
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(d); i++) {
		const struct aisp_doc *v = d->type == AISP_DOC_OBJ ? &d->members[i].value : &d->items[i];
		if (d->type == AISP_DOC_ARR) {
			aisp_buf_printf(name, ec2 ? ".%u" : ".member.%u", i + 1);
		} else {
			const char *other = ec2 ? ec2_name(d->members[i].key) : NULL;
			aisp_buf_printf(name, "%s%.*s", before ? "." : "", AISP_FMT(other ? aisp_slice_z(other) : d->members[i].key));
		}
		r = put_query(out, name, v, ec2, depth + 1, err);
		name->n = before;
	}
	return r;
}

/* ---- REST ---- */

static bool in_path(const char *request, struct aisp_slice key)
{
	char label[128];

	snprintf(label, sizeof label, "{%.*s}", AISP_FMT(aisp_slice_to(key, 100)));
	return strstr(request, label) != NULL;
}

static int put_path(const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_slice form, struct aisp_buf *out, struct aisp_err *err)
{
	while (form.n) {
		size_t open = aisp_slice_chr(form, '{'), close = aisp_slice_chr(form, '}');
		aisp_buf_put(out, aisp_slice_to(form, open));
		if (open == SIZE_MAX || close == SIZE_MAX || close < open)
			break;
		const struct aisp_doc *d = aisp_doc_gets(params, aisp_slice_of(form.p + open + 1, close - open - 1));
		if (!d || d->type != AISP_DOC_STR || d->s.n == 0)
			return aisp_fail(err, AISP_E_USAGE, "%s needs the parameter %.*s", op->name, (int)(close - open - 1), form.p + open + 1);
		put_scalar(out, d, true);
		form = aisp_slice_from(form, close + 1);
	}
	return 0;
}

static void put_rest_query(const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_slice fixed, struct aisp_buf *out)
{
	aisp_buf_put(out, fixed);
	for (uint32_t i = 0; i < aisp_doc_count(params); i++) {
		const struct aisp_member *m = &params->members[i];
		if (!op->query || !aisp_aws__has_word(op->query, m->key) || !is_scalar(&m->value))
			continue;
		aisp_buf_printf(out, "%s%.*s=", out->n ? "&" : "", AISP_FMT(m->key));
		put_scalar(out, &m->value, true);
	}
}

static void put_json(const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_buf *out)
{
	struct aisp_jw w;

	aisp_jw_init(&w, out, false);
	aisp_jw_obj(&w);
	for (uint32_t i = 0; i < aisp_doc_count(params); i++) {
		const struct aisp_member *m = &params->members[i];
		if (op->request && (in_path(op->request, m->key) || (op->query && aisp_aws__has_word(op->query, m->key))))
			continue;
		aisp_jw_keys(&w, m->key);
		aisp_jw_doc(&w, &m->value);
	}
	aisp_jw_end(&w);
}

static void put_xml_text(struct aisp_buf *out, struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		if (c == '<' || c == '&' || c == '>')
			aisp_buf_putz(out, c == '<' ? "&lt;" : c == '&' ? "&amp;" : "&gt;");
		else
			aisp_buf_putc(out, c);
	}
}

/* A flat structure: all that S3's few bodies are. */
static int put_xml(const struct aisp_act__op *op, const struct aisp_doc *d, struct aisp_buf *out, struct aisp_err *err)
{
	aisp_buf_printf(out, "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", op->body);
	for (uint32_t i = 0; i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		AISP_AUTOBUF struct aisp_buf text = {0};
		if (!is_scalar(&m->value) || m->key.n == 0 || strspn(m->key.p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") < m->key.n)
			return aisp_fail(err, AISP_E_USAGE, "%s: a member of %s is not understood", op->name, op->body);
		aisp_buf_init(&text, BODY_MAX);
		put_scalar(&text, &m->value, false);
		aisp_buf_printf(out, "<%.*s>", AISP_FMT(m->key));
		put_xml_text(out, aisp_buf_slice(&text));
		aisp_buf_printf(out, "</%.*s>", AISP_FMT(m->key));
	}
	aisp_buf_printf(out, "</%s>", op->body);
	return 0;
}

static int put_rest_body(const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_buf *out, struct aisp_err *err)
{
	if (op->protocol == AISP_ACT_REST_JSON) {
		if (op->request[0] == 'P') /* POST, PUT */
			put_json(op, params, out);
		return 0;
	}
	if (!op->body)
		return 0;
	const struct aisp_doc *d = aisp_doc_get(params, op->body);
	if (d && d->type == AISP_DOC_STR && d->s.n) {
		aisp_buf_put(out, d->s);
		return 0;
	}
	if (!d || d->type != AISP_DOC_OBJ)
		return aisp_fail(err, AISP_E_USAGE, "%s needs the parameter %s", op->name, op->body);
	return put_xml(op, d, out, err);
}

/* ---- The whole ---- */

static int keep(struct aisp_arena *a, struct aisp_buf *b, struct aisp_slice *to, struct aisp_err *err)
{
	int r = aisp_buf_check(b, err);

	if (r == 0 && !(*to = aisp_arena_dup(a, aisp_buf_slice(b))).p)
		r = aisp_act__no_memory(err);
	return r;
}

/* S3 wants a checksum of these bodies beside the signature. */
static int make_checksum(struct aisp_arena *a, struct aisp_slice body, struct aisp_slice *ret, struct aisp_err *err)
{
	unsigned char h[crypto_hash_sha256_BYTES];
	char text[64];

	crypto_hash_sha256(h, (const unsigned char *)body.p, body.n);
	sodium_bin2base64(text, sizeof text, h, sizeof h, sodium_base64_VARIANT_ORIGINAL);
	*ret = aisp_arena_printf(a, "x-amz-checksum-sha256:%s", text);
	return ret->p ? 0 : aisp_act__no_memory(err);
}

static int encode_rest(struct aisp_arena *a, const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_act__request *q, struct aisp_buf *path, struct aisp_buf *query,
		       struct aisp_buf *body, struct aisp_err *err)
{
	static const char *const methods[] = {"GET", "PUT", "POST", "DELETE"};
	struct aisp_slice form = aisp_slice_z(op->request), method;

	aisp_slice_split(&form, ' ', &method);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (aisp_slice_eqz(method, methods[i]))
			q->method = methods[i];
	size_t mark = aisp_slice_chr(form, '?');
	int r = put_path(op, params, aisp_slice_to(form, mark), path, err);
	put_rest_query(op, params, mark == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(form, mark + 1), query);
	if (r == 0)
		r = put_rest_body(op, params, body, err);
	if (r == 0 && body->n && op->protocol == AISP_ACT_REST_JSON)
		q->type = AISP_S("content-type:application/json");
	if (r == 0 && body->n && op->protocol == AISP_ACT_REST_XML) {
		q->type = AISP_S("content-type:application/octet-stream");
		r = make_checksum(a, aisp_buf_slice(body), &q->checksum, err);
	}
	return r;
}

int aisp_act__encode(struct aisp_arena *a, const struct aisp_act__op *op, const struct aisp_doc *params, struct aisp_act__request *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0}, query = {0}, body = {0}, name = {0};
	struct aisp_act__request q = {.method = "POST"};
	int r = 0;

	aisp_buf_init(&path, 1 << 16);
	aisp_buf_init(&query, 1 << 16);
	aisp_buf_init(&body, BODY_MAX);
	aisp_buf_init(&name, 4096);
	if (params && params->type != AISP_DOC_OBJ && params->type != AISP_DOC_NULL)
		return aisp_fail(err, AISP_E_USAGE, "the parameters of %s are no object", op->name);
	if (op->protocol == AISP_ACT_QUERY || op->protocol == AISP_ACT_EC2) {
		aisp_buf_putc(&path, '/');
		aisp_buf_printf(&body, "Action=%s&Version=%s", action_of(op), op->version);
		r = put_query(&body, &name, params, op->protocol == AISP_ACT_EC2, 0, err);
		if (r == 0)
			r = aisp_buf_check(&name, err);
		q.type = AISP_S("content-type:application/x-www-form-urlencoded; charset=utf-8");
	} else if (op->protocol == AISP_ACT_JSON) {
		struct aisp_slice version = aisp_slice_z(op->version), prefix;
		aisp_slice_split(&version, '|', &prefix);
		aisp_buf_putc(&path, '/');
		put_json(op, params, &body);
		q.type = aisp_arena_printf(a, "content-type:application/x-amz-json-%.*s", AISP_FMT(version));
		q.target = aisp_arena_printf(a, "x-amz-target:%.*s.%s", AISP_FMT(prefix), action_of(op));
		r = q.type.p && q.target.p ? 0 : aisp_act__no_memory(err);
	} else {
		r = encode_rest(a, op, params, &q, &path, &query, &body, err);
	}
	if (r == 0)
		r = keep(a, &path, &q.path, err);
	if (r == 0)
		r = keep(a, &query, &q.query, err);
	if (r == 0)
		r = keep(a, &body, &q.body, err);
	if (r == 0)
		*ret = q;
	return r;
}

/* ---- Policy documents of IAM: percent-escaped text ---- */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct aisp_slice unescape(struct aisp_arena *a, struct aisp_slice s)
{
	char *p = aisp_arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < s.n; i++) {
		const bool coded = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
		p[n++] = coded ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i];
		i += coded ? 2 : 0;
	}
	if (p)
		p[n] = '\0';
	return aisp_slice_of(p, p ? n : 0);
}

static int plain(struct aisp_arena *a, struct aisp_doc *d, unsigned depth, struct aisp_err *err)
{
	int r = 0;

	if (depth > DEPTH_MAX)
		return 0;
	if (d->type == AISP_DOC_ARR && d->n) {
		struct aisp_doc *items = aisp_arena_zalloc(a, d->n, sizeof *items);
		if (!items)
			return aisp_act__no_memory(err);
		memcpy(items, d->items, d->n * sizeof *items);
		d->items = items;
		for (uint32_t i = 0; r == 0 && i < d->n; i++)
			r = plain(a, &items[i], depth + 1, err);
	} else if (d->type == AISP_DOC_OBJ && d->n) {
		struct aisp_member *m = aisp_arena_zalloc(a, d->n, sizeof *m);
		if (!m)
			return aisp_act__no_memory(err);
		memcpy(m, d->members, d->n * sizeof *m);
		d->members = m;
		for (uint32_t i = 0; r == 0 && i < d->n; i++) {
			const bool document = aisp_slice_eqz(m[i].key, "PolicyDocument") || aisp_slice_eqz(m[i].key, "AssumeRolePolicyDocument") || aisp_slice_eqz(m[i].key, "Document");
			if (document && m[i].value.type == AISP_DOC_STR && aisp_slice_starts(m[i].value.s, AISP_S("%"))) {
				m[i].value.s = unescape(a, m[i].value.s);
				r = m[i].value.s.p ? 0 : aisp_act__no_memory(err);
			} else {
				r = plain(a, &m[i].value, depth + 1, err);
			}
		}
	}
	return r;
}

int aisp_act__plain_documents(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_doc **ret, struct aisp_err *err)
{
	struct aisp_doc *copy = aisp_arena_zalloc(a, 1, sizeof *copy);

	if (!copy)
		return aisp_act__no_memory(err);
	*copy = *d;
	int r = plain(a, copy, 0, err);
	if (r == 0)
		*ret = copy;
	return r;
}
