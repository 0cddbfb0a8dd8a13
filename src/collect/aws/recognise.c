/* Which operation printed a document that lies in a file: an envelope says it, the file's name may, else its members do. */
#include "collect/aws/facts_int.h"
#include "collect/aws/saved.h"
#include "base/jw.h"

/* Members that tell: `a` at the top; `b`, if given, in the first item of `a`, in the object `a`, or at the top. Before these, and for members that
 * only one operation has, the rows of rows.c are used. */
static const struct {
	const char *a, *b, *service, *operation;
} signs[] = {
	{"UserDetailList", NULL, "iam", "get-account-authorization-details"},
	{"RoleDetailList", NULL, "iam", "get-account-authorization-details"},
	{"Users", "IdentityStoreId", "identitystore", "list-users"},
	{"Group", "GroupId", "iam", "get-group"},
	{"Users", "Arn", "iam", "list-users"},
	{"Groups", "IdentityStoreId", "identitystore", "list-groups"},
	{"Groups", "Arn", "iam", "list-groups"},
	{"Policies", "DefaultVersionId", "iam", "list-policies"},
	{"Policies", "AwsManaged", "organizations", "list-policies"},
	{"Policy", "PolicySummary", "organizations", "describe-policy"},
	{"Role", "AssumeRolePolicyDocument", "iam", "get-role"},
	{"User", "UserName", "iam", "get-user"},
	{"PolicyDocument", "RoleName", "iam", "get-role-policy"},
	{"PolicyDocument", "UserName", "iam", "get-user-policy"},
	{"PolicyDocument", "GroupName", "iam", "get-group-policy"},
	{"AccessKeyLastUsed", "ServiceName", "iam", "get-access-key-last-used"},
	{"Account", "UserId", "sts", "get-caller-identity"},
	{"Content", "ReportFormat", "iam", "get-credential-report"},
	{"KeyMetadata", "KeyId", "kms", "describe-key"},
	{"Functions", "FunctionArn", "lambda", "list-functions"},
	{"Configuration", "FunctionArn", "lambda", "get-function"},
	{"FunctionArn", "Runtime", "lambda", "get-function-configuration"},
	{"FunctionUrl", "AuthType", "lambda", "get-function-url-config"},
	{"ResourcePolicy", "ARN", "secretsmanager", "get-resource-policy"},
	{"clusters", "clusterArn", "ecs", "describe-clusters"},
	{"services", "serviceArn", "ecs", "describe-services"},
	{"cluster", "resourcesVpcConfig", "eks", "describe-cluster"},
	{"associations", "clusterName", "eks", "list-pod-identity-associations"},
	{"Attributes", "QueueArn", "sqs", "get-queue-attributes"},
	{"Attributes", "TopicArn", "sns", "get-topic-attributes"},
	{"Topics", "TopicArn", "sns", "list-topics"},
	{"items", "endpointConfiguration", "apigateway", "get-rest-apis"},
	{"Items", "ApiEndpoint", "apigatewayv2", "get-apis"},
	{"repositories", "repositoryArn", "ecr", "describe-repositories"},
	{"policyText", "repositoryName", "ecr", "get-repository-policy"},
	{"logGroups", "logGroupName", "logs", "describe-log-groups"},
	{"Stacks", "StackId", "cloudformation", "describe-stacks"},
	{"StackSet", "StackSetId", "cloudformation", "describe-stack-set"},
	{"Summaries", "StackSetId", "cloudformation", "list-stack-sets"},
	{"Service", "ServiceArn", "apprunner", "describe-service"},
	{"projects", "serviceRole", "codebuild", "batch-get-projects"},
	{"Jobs", "Command", "glue", "get-jobs"},
	{"stateMachines", "stateMachineArn", "stepfunctions", "list-state-machines"},
	{"stateMachineArn", "definition", "stepfunctions", "describe-state-machine"},
	{"modelSummaries", "providerName", "bedrock", "list-foundation-models"},
	{"modelSummaries", "baseModelArn", "bedrock", "list-custom-models"},
	{"modelArn", "baseModelArn", "bedrock", "get-custom-model"},
	{"guardrails", "arn", "bedrock", "list-guardrails"},
	{"loggingConfig", "textDataDeliveryEnabled", "bedrock", "get-model-invocation-logging-configuration"},
	{"agent", "agentResourceRoleArn", "bedrock-agent", "get-agent"},
	{"agent", "agentArn", "bedrock-agent", "get-agent"},
	{"knowledgeBase", "knowledgeBaseArn", "bedrock-agent", "get-knowledge-base"},
	{"dataSource", "knowledgeBaseId", "bedrock-agent", "get-data-source"},
	{"definition", "executionRoleArn", "bedrock-agent", "get-flow"},
	{"agentRuntimeArn", "roleArn", "bedrock-agentcore-control", "get-agent-runtime"},
	{"codeInterpreterArn", "codeInterpreterId", "bedrock-agentcore-control", "get-code-interpreter"},
	{"browserArn", "browserId", "bedrock-agentcore-control", "get-browser"},
	{"gatewayArn", "gatewayUrl", "bedrock-agentcore-control", "get-gateway"},
	{"items", "gatewayId", "bedrock-agentcore-control", "list-gateways"},
	{"Endpoints", "EndpointArn", "sagemaker", "list-endpoints"},
	{"EndpointArn", "EndpointConfigName", "sagemaker", "describe-endpoint"},
	{"EndpointConfigArn", "ProductionVariants", "sagemaker", "describe-endpoint-config"},
	{"Models", "ModelArn", "sagemaker", "list-models"},
	{"ModelArn", "ExecutionRoleArn", "sagemaker", "describe-model"},
	{"NotebookInstanceArn", "RoleArn", "sagemaker", "describe-notebook-instance"},
	{"TrainingJobArn", "RoleArn", "sagemaker", "describe-training-job"},
	{"ProcessingJobArn", "RoleArn", "sagemaker", "describe-processing-job"},
	{"FeatureGroupArn", "RecordIdentifierFeatureName", "sagemaker", "describe-feature-group"},
	{"Domains", "DomainArn", "sagemaker", "list-domains"},
	{"DomainArn", "DefaultUserSettings", "sagemaker", "describe-domain"},
	{"UserProfileArn", "DomainId", "sagemaker", "describe-user-profile"},
	{"applications", "applicationId", "qbusiness", "list-applications"},
	{"applicationArn", "roleArn", "qbusiness", "get-application"},
	{"Table", "TableArn", "dynamodb", "describe-table"},
	{"Accounts", "Arn", "organizations", "list-accounts"},
	{"Organization", "Id", "organizations", "describe-organization"},
	{"Roots", "Arn", "organizations", "list-roots"},
	{"Buckets", "Name", "s3api", "list-buckets"},
};

static bool has(const struct aisp_doc *d, const char *a, const char *b)
{
	const struct aisp_doc *v = aisp_doc_get(d, a);

	if (!v)
		return false;
	const struct aisp_doc *in = v->type == AISP_DOC_ARR ? aisp_doc_at(v, 0) : v;
	return !b || aisp_doc_get(in, b) || aisp_doc_get(d, b);
}

static bool unique(const char *list)
{
	size_t n = 0;

	for (size_t i = 0; i < aisp_awsf__shape_count; i++)
		n += strcmp(aisp_awsf__shapes[i].list, list) == 0;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		n += strcmp(signs[i].a, list) == 0;
	return n == 1;
}

bool aisp_aws_recognise(const struct aisp_doc *d, struct aisp_slice *ret_service, struct aisp_slice *ret_operation)
{
	if (!d || d->type != AISP_DOC_OBJ || d->n == 0 || d->n > 200)
		return false;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (has(d, signs[i].a, signs[i].b)) {
			*ret_service = aisp_slice_z(signs[i].service);
			*ret_operation = aisp_slice_z(signs[i].operation);
			return true;
		}
	for (size_t i = 0; i < aisp_awsf__shape_count; i++) {
		const struct aisp_awsf__shape *s = &aisp_awsf__shapes[i];
		size_t first = strcspn(s->list, ".");
		const struct aisp_doc *v = first ? aisp_doc_gets(d, aisp_slice_of(s->list, first)) : NULL;
		/* a lone member of this name, in upper camel case or holding what such lists hold */
		if (v && unique(s->list) && !s->about && (v->type == AISP_DOC_ARR || v->type == AISP_DOC_OBJ) && d->n <= 4) {
			*ret_service = aisp_slice_z(s->service);
			*ret_operation = aisp_slice_z(s->operation);
			return true;
		}
	}
	return false;
}

/* ---- The file's name ---- */

static bool is_separator(char c)
{
	return c == '/' || c == '.' || c == '_' || c == '-' || c == ' ' || c == '=' || c == '@' || c == '+';
}

/* "…/iam-list-roles.json", "s3api/get-bucket-policy.docs.json": the row whose names are longest; what follows is about what. */
static const struct aisp_awsf__shape *of_path(struct aisp_slice path, struct aisp_slice *ret_about)
{
	const struct aisp_awsf__shape *best = NULL;
	size_t best_n = 0;

	if (!aisp_slice_ends(path, AISP_S(".json")))
		return NULL;
	path = aisp_slice_to(path, path.n - 5);
	size_t slash = aisp_slice_rchr(path, '/');
	struct aisp_slice above = aisp_slice_to(path, slash == SIZE_MAX ? 0 : slash);
	size_t from = aisp_slice_rchr(above, '/') == SIZE_MAX ? 0 : aisp_slice_rchr(above, '/') + 1;
	struct aisp_slice tail = aisp_slice_from(path, from);
	for (size_t i = 0; i < aisp_awsf__shape_count; i++) {
		const struct aisp_awsf__shape *s = &aisp_awsf__shapes[i];
		struct aisp_slice service = aisp_slice_z(s->service), op = aisp_slice_z(s->operation);
		size_t at = aisp_slice_find(tail, service), end = at + service.n;
		if (at == SIZE_MAX || (at > 0 && !is_separator(tail.p[at - 1])) || end >= tail.n || !is_separator(tail.p[end]) ||
		    !aisp_slice_starts(aisp_slice_from(tail, end + 1), op))
			continue;
		end += 1 + op.n;
		if ((end < tail.n && !is_separator(tail.p[end])) || service.n + op.n <= best_n)
			continue;
		best = s;
		best_n = service.n + op.n;
		*ret_about = aisp_slice_from(tail, end);
	}
	while (best && ret_about->n && is_separator(ret_about->p[0]))
		*ret_about = aisp_slice_from(*ret_about, 1);
	return best;
}

static bool is_region(struct aisp_slice s)
{
	size_t dashes = 0;

	for (size_t i = 0; i < s.n; i++) {
		dashes += s.p[i] == '-';
		if (s.p[i] != '-' && !(s.p[i] >= 'a' && s.p[i] <= 'z') && !(i + 1 == s.n && s.p[i] >= '1' && s.p[i] <= '9'))
			return false;
	}
	return s.n >= 9 && s.n < 20 && dashes >= 2 && s.p[s.n - 1] >= '1' && s.p[s.n - 1] <= '9';
}

/* Folders may say account and region: "111122223333/eu-central-1/…". */
static void of_folders(struct aisp_slice path, struct aisp_aws_answer *a)
{
	struct aisp_slice part;

	while (path.p && aisp_slice_split(&path, '/', &part)) {
		if (aisp_awsf__is_account(part))
			a->account = part;
		else if (is_region(part))
			a->region = part;
	}
}

/* ---- Forms ---- */

static struct aisp_slice about_json(struct aisp_aws_facts *f, const struct aisp_awsf__shape *s, struct aisp_slice about)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_slice none = {0};

	if (!s->about || !about.n || about.n > 600)
		return none;
	aisp_buf_init(&b, 8192);
	aisp_buf_printf(&b, "{\"%s\":\"", s->about);
	for (size_t i = 0; i < about.n; i++) {
		if ((unsigned char)about.p[i] < 32 || about.p[i] == '"' || about.p[i] == '\\')
			return none;
		aisp_buf_putc(&b, about.p[i]);
	}
	aisp_buf_putz(&b, "\"}");
	if (b.bad == AISP_E_NOMEM)
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
	return b.bad ? none : aisp_emit_dup(&f->e, aisp_buf_slice(&b));
}

static struct aisp_slice json_text(struct aisp_aws_facts *f, const struct aisp_doc *d)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_slice none = {0};
	struct aisp_jw w;

	if (!d || d->type != AISP_DOC_OBJ)
		return none;
	aisp_buf_init(&b, 65536);
	aisp_jw_init(&w, &b, false);
	aisp_jw_doc(&w, d);
	if (b.bad == AISP_E_NOMEM)
		aisp_emit_fail(&f->e, AISP_E_NOMEM, NULL);
	return b.bad ? none : aisp_emit_dup(&f->e, aisp_buf_slice(&b));
}

static void envelope(struct aisp_aws_facts *f, const struct aisp_doc *d, struct aisp_aws_answer *ret)
{
	struct aisp_slice account = aisp_doc_getstr(d, "account"), region = aisp_doc_getstr(d, "region");

	ret->service = aisp_doc_getstr(d, "service");
	ret->operation = aisp_doc_getstr(d, "operation");
	ret->account = aisp_awsf__is_account(account) ? account : (struct aisp_slice){0};
	ret->region = region.n < 30 ? region : (struct aisp_slice){0};
	ret->about = json_text(f, aisp_doc_get(d, "about"));
	ret->doc = aisp_doc_get(d, "answer");
}

enum aisp_awsf__form aisp_awsf__form_of(struct aisp_aws_facts *f, const struct aisp_doc *d, struct aisp_slice path, struct aisp_aws_answer *ret)
{
	struct aisp_slice about = {0};

	if (!d || d->type != AISP_DOC_OBJ)
		return AISP_AWS__NONE;
	if (aisp_slice_starts(aisp_doc_getstr(d, "aisp"), AISP_S("aws-answer/"))) {
		envelope(f, d, ret);
		return ret->service.n && ret->operation.n && (ret->doc || aisp_doc_get(d, "error")) ? AISP_AWS__ENVELOPE : AISP_AWS__NONE;
	}
	if (aisp_doc_get(d, "configurationItems") && aisp_doc_get(d, "configurationItems")->type == AISP_DOC_ARR)
		return AISP_AWS__CONFIG;
	if (aisp_doc_get(d, "terraform_version") && aisp_doc_get(d, "resources") && aisp_doc_int(aisp_doc_get(d, "version"), 0) >= 3)
		return AISP_AWS__TFSTATE;
	if (aisp_doc_get(d, "format_version") && (aisp_doc_path(d, "values.root_module") || aisp_doc_path(d, "planned_values.root_module")))
		return AISP_AWS__TFSHOW;
	of_folders(path, ret);
	const struct aisp_awsf__shape *s = of_path(path, &about);
	if (s) {
		ret->service = aisp_slice_z(s->service);
		ret->operation = aisp_slice_z(s->operation);
		ret->about = about_json(f, s, about);
		return AISP_AWS__ANSWER;
	}
	if (aisp_aws_recognise(d, &ret->service, &ret->operation))
		return AISP_AWS__ANSWER;
	return aisp_doc_get(d, "Statement") ? AISP_AWS__DOCUMENT : AISP_AWS__NONE;
}

/* The first member's name of a JSON object. */
static struct aisp_slice first_key(struct aisp_slice text)
{
	struct aisp_slice t = aisp_slice_trim(aisp_slice_to(text, text.n < 512 ? text.n : 512)), none = {0};

	if (t.n < 4 || t.p[0] != '{')
		return none;
	t = aisp_slice_trim(aisp_slice_from(t, 1));
	if (t.n < 3 || t.p[0] != '"')
		return none;
	t = aisp_slice_from(t, 1);
	size_t end = aisp_slice_chr(t, '"');
	return end == SIZE_MAX ? none : aisp_slice_to(t, end);
}

bool aisp_aws_saved_sniff(struct aisp_slice path, struct aisp_slice text)
{
	static const char *const marks[] = {"arn:aws", "\"terraform_version\"", "\"configurationItems\"", "\"aws-answer/", "\"Statement\""};
	struct aisp_slice about = {0}, head = aisp_slice_to(text, text.n < 65536 ? text.n : 65536), key = first_key(text);

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (aisp_slice_find(head, aisp_slice_z(marks[i])) != SIZE_MAX)
			return true;
	for (size_t i = 0; key.n && i < aisp_awsf__shape_count; i++) {
		const char *list = aisp_awsf__shapes[i].list;
		if (list[0] >= 'A' && list[0] <= 'Z' && aisp_slice_eq(key, aisp_slice_of(list, strcspn(list, "."))))
			return true;
	}
	for (size_t i = 0; key.n && i < sizeof signs / sizeof *signs; i++)
		if (signs[i].a[0] >= 'A' && signs[i].a[0] <= 'Z' && aisp_slice_eqz(key, signs[i].a))
			return true;
	return of_path(path, &about) != NULL;
}

/* "An error occurred (AccessDenied) when calling the GetBucketPolicy operation: …", as the command line says it. */
static struct aisp_slice error_code(struct aisp_slice text)
{
	const struct aisp_slice mark = AISP_S("An error occurred ("), head = aisp_slice_to(text, text.n < 4096 ? text.n : 4096);
	const size_t at = aisp_slice_find(head, mark);
	const struct aisp_slice rest = at == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(head, at + mark.n);
	const size_t end = aisp_slice_chr(rest, ')');

	return end == SIZE_MAX || end > 100 ? (struct aisp_slice){0} : aisp_slice_to(rest, end);
}

bool aisp_aws_saved_failed(struct aisp_aws_facts *f, struct aisp_slice path, struct aisp_slice text, enum aisp_code why, struct aisp_slice detail)
{
	struct aisp_aws_answer a = {.path = path};
	struct aisp_slice about = {0};
	const struct aisp_awsf__shape *s = of_path(path, &about);
	const struct aisp_slice code = error_code(text);

	if (!s)
		return false;
	a.service = aisp_slice_z(s->service);
	a.operation = aisp_slice_z(s->operation);
	if (code.n && aisp_aws_says_none(a.service, a.operation, code))
		return true;
	if (!s->unread || !s->about || !about.n)
		return false;
	of_folders(path, &a);
	a.about = about_json(f, s, about);
	aisp_aws_facts_failed(f, &a, code.n ? code : aisp_emit_fmt(&f->e, "%.*s: %.*s", AISP_FMT(path), AISP_FMT(detail)), code.n ? AISP_E_ACCESS : why);
	return true;
}
