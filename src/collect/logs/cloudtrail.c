/* AWS CloudTrail: management, data and network events, in records files ({"Records":[…]}), as NDJSON, or in EventBridge's envelopes ("detail").
 * Fields: docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html. Insights and digests are passed over: they say nothing of use.
 *
 * Not for: a role session's workload; that is govern/usage. One event names several resources: one use each.
 */
#include "collect/logs/cloudtrail_int.h"

struct ct_action { const char *service, *event, *action; };
/* Where IAM's name differs from the event's (Service Authorization Reference). */
static const struct ct_action actions[] = {
	{"s3", "ListObjects", "s3:ListBucket"}, {"s3", "ListObjectsV2", "s3:ListBucket"}, {"s3", "HeadBucket", "s3:ListBucket"}, {"s3", "ListObjectVersions", "s3:ListBucketVersions"},
	{"s3", "HeadObject", "s3:GetObject"}, {"s3", "SelectObjectContent", "s3:GetObject"}, {"s3", "CopyObject", "s3:PutObject"}, {"s3", "CreateMultipartUpload", "s3:PutObject"},
	{"s3", "UploadPart", "s3:PutObject"}, {"s3", "UploadPartCopy", "s3:PutObject"}, {"s3", "CompleteMultipartUpload", "s3:PutObject"}, {"s3", "PostObject", "s3:PutObject"},
	{"s3", "DeleteObjects", "s3:DeleteObject"}, {"s3", "ListBuckets", "s3:ListAllMyBuckets"}, {"s3", "ListParts", "s3:ListMultipartUploadParts"},
	{"s3", "ListMultipartUploads", "s3:ListBucketMultipartUploads"}, {"s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"},
	{"s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"}, {"s3", "DeleteBucketEncryption", "s3:PutEncryptionConfiguration"},
	{"s3", "GetBucketLifecycle", "s3:GetLifecycleConfiguration"}, {"s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"},
	{"s3", "PutBucketLifecycle", "s3:PutLifecycleConfiguration"}, {"s3", "PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"},
	{"s3", "GetBucketReplication", "s3:GetReplicationConfiguration"}, {"s3", "PutBucketReplication", "s3:PutReplicationConfiguration"},
	{"s3", "GetBucketCors", "s3:GetBucketCORS"}, {"s3", "PutBucketCors", "s3:PutBucketCORS"}, {"s3", "DeleteBucketCors", "s3:PutBucketCORS"},
	{"s3", "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration"}, {"s3", "HeadObjectTagging", "s3:GetObjectTagging"},
	{"bedrock", "Converse", "bedrock:InvokeModel"}, {"bedrock", "ConverseStream", "bedrock:InvokeModelWithResponseStream"},
	{"lambda", "Invoke", "lambda:InvokeFunction"}, {"lambda", "InvokeAsync", "lambda:InvokeFunction"}, {"lambda", "InvokeExecution", "lambda:InvokeFunction"},
	{"sqs", "SendMessageBatch", "sqs:SendMessage"}, {"sqs", "DeleteMessageBatch", "sqs:DeleteMessage"}, {"sqs", "ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"},
	{"sns", "PublishBatch", "sns:Publish"}, {"dynamodb", "TransactGetItems", "dynamodb:GetItem"}, {"dynamodb", "ExecuteStatement", "dynamodb:PartiQLSelect"},
	{"kms", "ReEncrypt", "kms:ReEncryptFrom"}, {"logs", "StartLiveTail", "logs:StartLiveTail"},
};
/* Sources whose IAM prefix is another. */
static const struct { const char *source, *service; } services[] = {
	{"monitoring", "cloudwatch"}, {"tagging", "tag"}, {"email", "ses"}, {"cloudhsm", "cloudhsm"}, {"amazonmq", "mq"}, {"api.sagemaker", "sagemaker"}, {"runtime.sagemaker", "sagemaker"},
	{"bedrock-runtime", "bedrock"}, {"bedrock-agent", "bedrock"}, {"bedrock-agent-runtime", "bedrock"}, {"s3express", "s3express"}, {"apigateway", "apigateway"}, {"sso-directory", "identitystore"},
};
/* Which parameter names the asset: of a service, the first that is there. Form: P partition, R region, A account, V the value; a value that is an ARN stands for itself. */
struct ct_asset { const char *service, *param, *form; };
static const struct ct_asset assets[] = {
	{"athena", "workGroup", "arn:P:athena:R:A:workgroup/V"},
	{"bedrock", "modelId", "model"}, {"bedrock", "agentId", "arn:P:bedrock:R:A:agent/V"}, {"bedrock", "knowledgeBaseId", "arn:P:bedrock:R:A:knowledge-base/V"},
	{"bedrock", "guardrailIdentifier", "arn:P:bedrock:R:A:guardrail/V"}, {"bedrock", "flowIdentifier", "arn:P:bedrock:R:A:flow/V"}, {"bedrock", "promptIdentifier", "arn:P:bedrock:R:A:prompt/V"},
	{"bedrock-agentcore", "agentRuntimeArn", "V"}, {"bedrock-agentcore", "agentRuntimeId", "arn:P:bedrock-agentcore:R:A:runtime/V"}, {"bedrock-agentcore", "gatewayIdentifier", "arn:P:bedrock-agentcore:R:A:gateway/V"},
	{"codebuild", "projectName", "arn:P:codebuild:R:A:project/V"},
	{"dynamodb", "tableName", "arn:P:dynamodb:R:A:table/V"}, {"dynamodb", "tableArn", "V"},
	{"ecr", "repositoryName", "arn:P:ecr:R:A:repository/V"}, {"eks", "name", "arn:P:eks:R:A:cluster/V"},
	{"firehose", "deliveryStreamName", "arn:P:firehose:R:A:deliverystream/V"}, {"glue", "databaseName", "arn:P:glue:R:A:database/V"},
	{"iam", "roleName", "arn:P:iam::A:role/V"}, {"iam", "userName", "arn:P:iam::A:user/V"}, {"iam", "groupName", "arn:P:iam::A:group/V"}, {"iam", "policyArn", "V"}, {"iam", "instanceProfileName", "arn:P:iam::A:instance-profile/V"},
	{"kinesis", "streamARN", "V"}, {"kinesis", "streamName", "arn:P:kinesis:R:A:stream/V"},
	{"kms", "keyId", "key"},
	{"lambda", "functionName", "arn:P:lambda:R:A:function:V"},
	{"logs", "logGroupName", "arn:P:logs:R:A:log-group:V"}, {"logs", "logGroupIdentifier", "arn:P:logs:R:A:log-group:V"},
	{"rds", "dBInstanceIdentifier", "arn:P:rds:R:A:db:V"}, {"rds", "dBClusterIdentifier", "arn:P:rds:R:A:cluster:V"},
	{"rds-data", "resourceArn", "V"}, {"redshift", "clusterIdentifier", "arn:P:redshift:R:A:cluster:V"}, {"redshift-data", "clusterIdentifier", "arn:P:redshift:R:A:cluster:V"},
	{"s3", "bucketName", "arn:P:s3:::V"},
	{"sagemaker", "endpointName", "arn:P:sagemaker:R:A:endpoint/V"}, {"sagemaker", "modelName", "arn:P:sagemaker:R:A:model/V"}, {"sagemaker", "notebookInstanceName", "arn:P:sagemaker:R:A:notebook-instance/V"},
	{"sagemaker", "trainingJobName", "arn:P:sagemaker:R:A:training-job/V"}, {"sagemaker", "domainId", "arn:P:sagemaker:R:A:domain/V"},
	{"secretsmanager", "secretId", "arn:P:secretsmanager:R:A:secret:V"}, {"secretsmanager", "name", "arn:P:secretsmanager:R:A:secret:V"}, {"secretsmanager", "aRN", "V"},
	{"sns", "topicArn", "V"}, {"sns", "targetArn", "V"},
	{"sqs", "queueUrl", "queue"}, {"sqs", "queueName", "arn:P:sqs:R:A:V"},
	{"ssm", "name", "parameter"}, {"ssm", "target", "arn:P:ec2:R:A:instance/V"},
	{"states", "stateMachineArn", "V"}, {"states", "executionArn", "V"}, {"sts", "roleArn", "V"},
};
enum { N_ASSETS = sizeof assets / sizeof *assets };

struct ct_state *aisp_ct__state(struct aisp_log_parser *p)
{
	if (!p->state)
		p->state = aisp_arena_zalloc(p->stream, 1, sizeof(struct ct_state));
	return p->state;
}

/* ---- action ---- */

static void put(char *to, size_t cap, size_t *n, struct aisp_slice s)
{
	if (s.n > cap - *n)
		s.n = cap - *n;
	if (s.n)
		memcpy(to + *n, s.p, s.n);
	*n += s.n;
}

/* "CreateFunction20150331", "UpdateFunctionCode20150331v2", "CreateDistribution2020_05_31": the API's date is no part of the action's name. */
static struct aisp_slice without_date(struct aisp_slice name)
{
	size_t n = name.n;

	if (n > 2 && name.p[n - 2] == 'v' && name.p[n - 1] >= '1' && name.p[n - 1] <= '9')
		n -= 2;
	size_t end = n;
	while (n && ((name.p[n - 1] >= '0' && name.p[n - 1] <= '9') || name.p[n - 1] == '_'))
		n--;
	return end - n >= 8 && end - n <= 10 && n && name.p[n] == '2' && name.p[n + 1] == '0' ? aisp_slice_to(name, n) : name;
}

static struct aisp_slice service_of(struct aisp_slice source)
{
	if (aisp_slice_ends(source, AISP_S(".amazonaws.com")))
		source.n -= 14;
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (aisp_slice_eqz(source, services[i].source))
			return aisp_slice_z(services[i].service);
	return source;
}

static void resolve(struct ct_cached *c, struct aisp_slice source, struct aisp_slice name)
{
	const struct aisp_slice service = service_of(source);
	size_t n = 0;

	name = without_date(name);
	c->n_service = (uint8_t)service.n;
	c->row = N_ASSETS;
	for (unsigned i = N_ASSETS; i-- > 0;)
		if (aisp_slice_eqz(service, assets[i].service))
			c->row = (uint16_t)i;
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (aisp_slice_eqz(service, actions[i].service) && aisp_slice_eqz(name, actions[i].event)) {
			put(c->action, sizeof c->action, &n, aisp_slice_z(actions[i].action));
			c->n_action = (uint8_t)n;
			return;
		}
	put(c->action, sizeof c->action, &n, service);
	put(c->action, sizeof c->action, &n, AISP_S(":"));
	put(c->action, sizeof c->action, &n, name);
	c->n_action = (uint8_t)n;
}

static const struct ct_cached *action_of(struct ct_state *s, struct aisp_slice source, struct aisp_slice name)
{
	const unsigned char *p = (const unsigned char *)name.p;
	const size_t at = (name.n * 31 + p[0] * 7U + p[name.n / 2] * 131U + p[name.n - 1] * 13U + (unsigned char)source.p[0] * 17U + source.n) % CT_CACHE;
	struct ct_cached *c = &s->cache[at];

	if (c->n_source == source.n && c->n_name == name.n && memcmp(c->text, source.p, source.n) == 0 && memcmp(c->text + source.n, name.p, name.n) == 0)
		return c;
	*c = (struct ct_cached){.n_source = (uint8_t)source.n, .n_name = (uint8_t)name.n};
	memcpy(c->text, source.p, source.n);
	memcpy(c->text + source.n, name.p, name.n);
	resolve(c, source, name);
	return c;
}

/* ---- asset ---- */

static struct aisp_slice partition_of(struct aisp_slice region)
{
	return aisp_slice_starts(region, AISP_S("cn-")) ? AISP_S("aws-cn") : aisp_slice_starts(region, AISP_S("us-gov-")) ? AISP_S("aws-us-gov") : AISP_S("aws");
}

static bool is_arn(struct aisp_slice s)
{
	return s.n > 12 && memcmp(s.p, "arn:", 4) == 0;
}

/* What is finer than the asset is cut: an object's key, an index of a table. */
static struct aisp_slice cut_arn(struct aisp_slice arn)
{
	const size_t slash = aisp_slice_chr(arn, '/');
	const struct aisp_slice tail = slash == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(arn, slash + 1);
	const size_t next = aisp_slice_chr(tail, '/');

	if (slash == SIZE_MAX)
		return aisp_slice_to(arn, CT_ARN);
	const size_t service = aisp_slice_chr(aisp_slice_from(arn, 4), ':') + 5;
	const struct aisp_slice of = aisp_slice_from(arn, service < arn.n ? service : arn.n);
	if (aisp_slice_starts(of, AISP_S("s3:::")))
		arn = aisp_slice_to(arn, slash);
	else if (next != SIZE_MAX && (aisp_slice_starts(of, AISP_S("dynamodb:")) || aisp_slice_starts(of, AISP_S("s3:"))))
		arn = aisp_slice_to(arn, slash + 1 + next);
	return aisp_slice_to(arn, CT_ARN);
}

static struct aisp_slice fill_form(const struct ct_event *e, const char *form, struct aisp_slice account, struct aisp_slice value, char *to)
{
	size_t n = 0;

	for (const char *f = form; *f; f++) {
		switch (*f) {
		case 'P':
			put(to, CT_ARN, &n, partition_of(e->region));
			break;
		case 'R':
			put(to, CT_ARN, &n, e->region);
			break;
		case 'A':
			put(to, CT_ARN, &n, account);
			break;
		case 'V':
			put(to, CT_ARN, &n, value);
			break;
		default:
			put(to, CT_ARN, &n, aisp_slice_of(f, 1));
		}
	}
	return aisp_slice_of(to, n);
}

/* Inference profiles begin with the name of a group of regions: "eu.anthropic.claude-…". */
static bool is_profile(struct aisp_slice id)
{
	static const char *const groups[] = {"us.", "eu.", "apac.", "us-gov.", "global.", "jp.", "au.", "ca."};

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (aisp_slice_starts(id, aisp_slice_z(groups[i])))
			return true;
	return false;
}

static struct aisp_slice asset_form(const struct ct_event *e, const char *form, struct aisp_slice account, struct aisp_slice value, char *to)
{
	if (is_arn(value))
		return cut_arn(value);
	if (strcmp(form, "model") == 0)
		return fill_form(e, is_profile(value) ? "arn:P:bedrock:R:A:inference-profile/V" : "arn:P:bedrock:R::foundation-model/V", account, value, to);
	if (strcmp(form, "key") == 0)
		return fill_form(e, aisp_slice_starts(value, AISP_S("alias/")) ? "arn:P:kms:R:A:V" : "arn:P:kms:R:A:key/V", account, value, to);
	if (strcmp(form, "parameter") == 0)
		return fill_form(e, value.n && value.p[0] == '/' ? "arn:P:ssm:R:A:parameterV" : "arn:P:ssm:R:A:parameter/V", account, value, to);
	if (strcmp(form, "queue") == 0) { /* https://sqs.REGION.amazonaws.com/ACCOUNT/NAME */
		const struct aisp_slice owner = aisp_slice_basename(aisp_slice_dirname(value));

		return fill_form(e, "arn:P:sqs:R:A:V", owner.n == 12 ? owner : account, aisp_slice_basename(value), to);
	}
	return fill_form(e, form, account, value, to);
}

static unsigned assets_of(struct ct_state *s, const struct ct_event *e, const struct ct_cached *c, struct aisp_slice account, struct aisp_slice *ret)
{
	const struct aisp_slice service = aisp_slice_to(aisp_slice_of(c->action, c->n_action), c->n_service);
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_resources; i++) {
		const struct aisp_slice arn = is_arn(e->resources[i]) ? cut_arn(e->resources[i]) : (struct aisp_slice){0};
		bool known = !arn.n;

		for (unsigned j = 0; j < n && !known; j++)
			known = aisp_slice_eq(ret[j], arn);
		if (!known)
			ret[n++] = arn;
	}
	for (unsigned row = c->row; n == 0 && e->param && row < N_ASSETS && (row == c->row || aisp_slice_eqz(service, assets[row].service)); row++) {
		const struct aisp_slice value = e->param(e->from, aisp_slice_z(assets[row].param));

		if (value.n)
			ret[n++] = asset_form(e, assets[row].form, account, value, s->assets[0]);
	}
	if (n == 0)
		ret[n++] = (struct aisp_slice){0};
	return n;
}

/* ---- identity ---- */

/* arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION */
static struct aisp_slice session_of(struct aisp_slice arn)
{
	const size_t role = aisp_slice_chr(arn, '/'), slash = aisp_slice_rchr(arn, '/');

	return role != SIZE_MAX && slash > role ? aisp_slice_from(arn, slash + 1) : (struct aisp_slice){0};
}

static struct aisp_slice prefixed(struct ct_state *s, const char *prefix, struct aisp_slice value)
{
	size_t n = 0;

	put(s->identity, sizeof s->identity, &n, aisp_slice_z(prefix));
	put(s->identity, sizeof s->identity, &n, value);
	return aisp_slice_of(s->identity, n);
}

/* A product without its version: "Boto3/1.34 md/…" → "Boto3". */
static struct aisp_slice product(struct aisp_slice agent)
{
	size_t n = 0;

	if (agent.n && agent.p[0] == '[')
		agent = aisp_slice_from(agent, 1);
	while (n < agent.n && n < 64 && ((unsigned char)agent.p[n] > ' ') && agent.p[n] != '/' && agent.p[n] != ']' && agent.p[n] != ';')
		n++;
	return aisp_slice_to(agent, n);
}

static void identity_of(struct ct_state *s, const struct ct_event *e, struct aisp_use_event *u)
{
	if (e->arn.n) {
		u->identity = e->arn;
		u->via = aisp_slice_eqz(e->who, "AssumedRole") ? session_of(e->arn) : (struct aisp_slice){0};
		if (!u->via.n)
			u->via = e->invoked.n ? e->invoked : product(e->agent);
	} else if (aisp_slice_eqz(e->who, "AWSService") || (!e->user.n && !e->principal.n && e->invoked.n)) {
		u->identity = prefixed(s, "service:", e->invoked);
	} else if (e->behalf.n && aisp_slice_eqz(e->who, "IdentityCenterUser")) {
		u->identity = prefixed(s, "identitycenter:", e->behalf);
	} else if (e->user.n) { /* WebIdentityUser, SAMLUser: "system:serviceaccount:NS:NAME", "ann@example.com" */
		u->identity = e->user;
		u->via = e->provider;
	} else if (e->issuer.n) {
		u->identity = e->issuer;
		u->via = e->principal.n ? aisp_slice_from(e->principal, aisp_slice_chr(e->principal, ':') == SIZE_MAX ? e->principal.n : aisp_slice_chr(e->principal, ':') + 1) : e->invoked;
	} else if (e->who_account.n) {
		u->identity = prefixed(s, "account:", e->who_account);
		u->via = e->invoked;
	} else {
		u->identity = e->principal.n ? e->principal : prefixed(s, "", AISP_S("anonymous"));
	}
	if (e->key.n > 16 && memcmp(e->key.p, "AKIA", 4) == 0)
		u->credential = e->key;
}

static bool has(struct aisp_slice s, const char *what)
{
	return aisp_slice_find(s, aisp_slice_z(what)) != SIZE_MAX;
}

static enum aisp_use_outcome outcome_of(const struct ct_event *e)
{
	static const char *const denied[] = {"AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidAccessKeyId"};

	if (!e->error.n)
		return aisp_slice_eqz(e->message, "Failed authentication") ? AISP_USE_DENIED : AISP_USE_DONE;
	for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
		if (has(e->error, denied[i]))
			return AISP_USE_DENIED;
	return AISP_USE_FAILED;
}

int aisp_ct__emit(struct ct_state *s, const struct ct_event *e, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_slice found[CT_RESOURCES + 1];
	const struct aisp_slice account = e->account.n ? e->account : e->who_account;
	struct aisp_use_event u = {.at_us = aisp_log__time(e->time), .outcome = outcome_of(e), .from = e->address, .id = e->id};
	size_t n = 0;

	if (aisp_slice_eqz(e->category, "Insight") || aisp_slice_eqz(e->type, "AwsCloudTrailInsight"))
		return 0;
	if (!e->name.n || !e->source.n || e->name.n + e->source.n > CT_TEXT - 2)
		return aisp_fail(err, AISP_E_PARSE, "no CloudTrail event: it has no eventName or no eventSource");
	if (!u.at_us)
		return aisp_fail(err, AISP_E_PARSE, "no CloudTrail event: its eventTime is no time");
	if (e->data || aisp_slice_eqz(e->category, "Data"))
		u.sees = AISP_S("aws-data");
	else if (aisp_slice_eqz(e->category, "NetworkActivity"))
		u.sees = AISP_S("aws-network-activity");
	identity_of(s, e, &u);
	put(s->origin, sizeof s->origin, &n, account);
	put(s->origin, sizeof s->origin, &n, AISP_S("/"));
	put(s->origin, sizeof s->origin, &n, e->region);
	u.origin = n > 1 ? aisp_slice_of(s->origin, n) : (struct aisp_slice){0};
	const struct ct_cached *c = action_of(s, e->source, e->name);
	u.action = aisp_slice_of(c->action, c->n_action);
	const unsigned n_assets = assets_of(s, e, c, account, found);
	for (unsigned i = 0; i < n_assets; i++) {
		u.asset = found[i];
		int r = sink(ctx, &u, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the ordinary way: from a document ---- */

static struct aisp_slice doc_param(const void *from, struct aisp_slice key)
{
	return aisp_doc_str(aisp_doc_gets(from, key));
}

static void read_identity(const struct aisp_doc *id, struct ct_event *e)
{
	e->who = aisp_doc_getstr(id, "type");
	e->arn = aisp_doc_getstr(id, "arn");
	e->principal = aisp_doc_getstr(id, "principalId");
	e->who_account = aisp_doc_getstr(id, "accountId");
	e->user = aisp_doc_getstr(id, "userName");
	e->invoked = aisp_doc_getstr(id, "invokedBy");
	e->key = aisp_doc_getstr(id, "accessKeyId");
	e->provider = aisp_doc_getstr(id, "identityProvider");
	e->behalf = aisp_doc_str(aisp_doc_path(id, "onBehalfOf.userId"));
	e->issuer = aisp_doc_str(aisp_doc_path(id, "sessionContext.sessionIssuer.arn"));
}

static int one(struct ct_state *s, const struct aisp_doc *d, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	const struct aisp_doc *resources, *detail = aisp_doc_get(d, "detail");
	struct ct_event e = {.param = doc_param};

	if (detail && aisp_doc_get(d, "detail-type"))
		d = detail;
	if (aisp_doc_get(d, "digestStartTime")) /* a digest of delivered files */
		return 0;
	e.id = aisp_doc_getstr(d, "eventID");
	e.time = aisp_doc_getstr(d, "eventTime");
	e.source = aisp_doc_getstr(d, "eventSource");
	e.name = aisp_doc_getstr(d, "eventName");
	e.region = aisp_doc_getstr(d, "awsRegion");
	e.account = aisp_doc_getstr(d, "recipientAccountId");
	e.error = aisp_doc_getstr(d, "errorCode");
	e.message = aisp_doc_getstr(d, "errorMessage");
	e.address = aisp_doc_getstr(d, "sourceIPAddress");
	e.agent = aisp_doc_getstr(d, "userAgent");
	e.category = aisp_doc_getstr(d, "eventCategory");
	e.type = aisp_doc_getstr(d, "eventType");
	e.data = !aisp_doc_bool(aisp_doc_get(d, "managementEvent"), true);
	read_identity(aisp_doc_get(d, "userIdentity"), &e);
	e.from = aisp_doc_get(d, "requestParameters");
	resources = aisp_doc_get(d, "resources");
	for (uint32_t i = 0; i < aisp_doc_count(resources) && e.n_resources < CT_RESOURCES; i++) {
		const struct aisp_doc *item = aisp_doc_at(resources, i);
		struct aisp_slice arn = aisp_doc_getstr(item, "ARN");

		if (!arn.n)
			arn = aisp_doc_getstr(item, "arn");
		if (arn.n)
			e.resources[e.n_resources++] = arn;
	}
	return aisp_ct__emit(s, &e, sink, ctx, err);
}

int aisp_log__cloudtrail_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct ct_state *s = aisp_ct__state(p);
	const struct aisp_doc *records = aisp_doc_get(doc, "Records");
	int r = 0;

	(void)text;
	if (!s)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading CloudTrail");
	if (!records && doc && doc->type == AISP_DOC_ARR)
		records = doc;
	if (!records)
		return one(s, doc, sink, ctx, err);
	for (uint32_t i = 0; i < aisp_doc_count(records) && (r == 0 || r == AISP_E_PARSE); i++) {
		int now = one(s, aisp_doc_at(records, i), sink, ctx, err);
		r = now < 0 ? now : r;
	}
	return r;
}

int aisp_log__cloudtrail_recognise(struct aisp_slice head)
{
	const struct aisp_slice near = aisp_slice_to(head, 16384);
	const bool event = has(near, "\"eventSource\"") && has(near, "\"eventName\"") && has(near, "\"userIdentity\"");

	if (event && (has(near, "\"eventVersion\"") || has(near, "\"eventID\"")))
		return 95;
	if (has(near, "\"digestStartTime\"") && has(near, "\"digestS3Bucket\""))
		return 90;
	return aisp_slice_find(aisp_slice_to(near, 64), AISP_S("\"Records\":[]")) != SIZE_MAX || (event && has(near, "amazonaws.com")) ? 80 : 0;
}
