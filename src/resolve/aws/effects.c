/* The table of effects (see effects.h). Sources: the service authorization reference, and each service's page on its permissions. */
#include "resolve/aws/effects.h"
#include "access/aws/iam.h"

#define READ AISP_EDGE_CAN_READ
#define WRITE AISP_EDGE_CAN_WRITE
#define CALL AISP_EDGE_CAN_CALL
#define BECOME AISP_EDGE_CAN_ASSUME
#define MODEL(t) {t, CALL, {"bedrock:InvokeModel"}, NULL, NULL, NULL, NULL}, {t, CALL, {"bedrock:InvokeModelWithResponseStream"}, NULL, NULL, NULL, NULL}
#define ROW(t, e, a) {t, e, {a}, NULL, NULL, NULL, NULL}
#define FORM(t, e, a, f) {t, e, {a}, f, NULL, NULL, NULL}
#define KEY(t, e, a, f, k, via) {t, e, {a}, f, k, via, NULL}

const struct aisp_aws_effect aisp_aws_effects[] = {
	ROW("iam:role", BECOME, "sts:AssumeRole"),
	/* Data */
	KEY("s3:bucket", READ, "s3:GetObject", "%A/*", "kms:Decrypt", "s3"),
	KEY("s3:bucket", READ, "s3:GetObjectVersion", "%A/*", "kms:Decrypt", "s3"),
	KEY("s3:bucket", WRITE, "s3:PutObject", "%A/*", "kms:GenerateDataKey", "s3"),
	FORM("s3:bucket", WRITE, "s3:DeleteObject", "%A/*"),
	ROW("kms:key", CALL, "kms:Decrypt"),
	ROW("kms:key", WRITE, "kms:PutKeyPolicy"),
	KEY("secretsmanager:secret", READ, "secretsmanager:GetSecretValue", NULL, "kms:Decrypt", "secretsmanager"),
	KEY("secretsmanager:secret", WRITE, "secretsmanager:PutSecretValue", NULL, "kms:GenerateDataKey", "secretsmanager"),
	KEY("secretsmanager:secret", WRITE, "secretsmanager:UpdateSecret", NULL, "kms:GenerateDataKey", "secretsmanager"),
	KEY("ssm:parameter", READ, "ssm:GetParameter", NULL, "kms:Decrypt", "ssm"),
	KEY("ssm:parameter", READ, "ssm:GetParameters", NULL, "kms:Decrypt", "ssm"),
	KEY("ssm:parameter", READ, "ssm:GetParameterHistory", NULL, "kms:Decrypt", "ssm"),
	KEY("ssm:parameter", WRITE, "ssm:PutParameter", NULL, "kms:Encrypt", "ssm"),
	KEY("dynamodb:table", READ, "dynamodb:GetItem", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", READ, "dynamodb:Query", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", READ, "dynamodb:Scan", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", READ, "dynamodb:BatchGetItem", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", READ, "dynamodb:PartiQLSelect", NULL, "kms:Decrypt", "dynamodb"),
	ROW("dynamodb:table", READ, "dynamodb:ExportTableToPointInTime"),
	KEY("dynamodb:table", WRITE, "dynamodb:PutItem", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", WRITE, "dynamodb:UpdateItem", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", WRITE, "dynamodb:DeleteItem", NULL, "kms:Decrypt", "dynamodb"),
	KEY("dynamodb:table", WRITE, "dynamodb:BatchWriteItem", NULL, "kms:Decrypt", "dynamodb"),
	/* Messages */
	KEY("sqs:queue", READ, "sqs:ReceiveMessage", NULL, "kms:Decrypt", "sqs"),
	KEY("sqs:queue", WRITE, "sqs:SendMessage", NULL, "kms:GenerateDataKey", "sqs"),
	ROW("sns:topic", READ, "sns:Subscribe"),
	KEY("sns:topic", WRITE, "sns:Publish", NULL, "kms:GenerateDataKey", "sns"),
	KEY("kinesis:stream", READ, "kinesis:GetRecords", NULL, "kms:Decrypt", "kinesis"),
	KEY("kinesis:stream", WRITE, "kinesis:PutRecord", NULL, "kms:GenerateDataKey", "kinesis"),
	KEY("kinesis:stream", WRITE, "kinesis:PutRecords", NULL, "kms:GenerateDataKey", "kinesis"),
	/* Databases and search */
	/* rds-db:connect: rds.c */
	{"rds:cluster", CALL, {"rds-data:ExecuteStatement"}, NULL, NULL, NULL, "the cluster's data interface is on, and a secret with a password is readable"},
	FORM("es:domain", READ, "es:ESHttpGet", "%A/*"),
	FORM("es:domain", READ, "es:ESHttpPost", "%A/*"),
	FORM("es:domain", WRITE, "es:ESHttpPut", "%A/*"),
	FORM("es:domain", WRITE, "es:ESHttpPost", "%A/*"),
	FORM("es:domain", WRITE, "es:ESHttpDelete", "%A/*"),
	{"aoss:collection", READ, {"aoss:APIAccessAll"}, NULL, NULL, NULL, "a data access policy of the collection lets it"},
	{"aoss:collection", WRITE, {"aoss:APIAccessAll"}, NULL, NULL, NULL, "a data access policy of the collection lets it"},
	ROW("neptune-graph:graph", READ, "neptune-graph:ReadDataViaQuery"),
	ROW("neptune-graph:graph", WRITE, "neptune-graph:WriteDataViaQuery"),
	ROW("s3vectors:index", READ, "s3vectors:QueryVectors"),
	ROW("s3vectors:index", READ, "s3vectors:GetVectors"),
	ROW("s3vectors:index", WRITE, "s3vectors:PutVectors"),
	ROW("kendra:index", READ, "kendra:Query"),
	ROW("kendra:index", READ, "kendra:Retrieve"),
	ROW("kendra:index", WRITE, "kendra:BatchPutDocument"),
	{"athena:workgroup", CALL, {"athena:StartQueryExecution"}, NULL, NULL, NULL, NULL},
	{"glue:table", READ, {"glue:GetTable"}, NULL, NULL, NULL, "the files of the table are readable, or Lake Formation lets it"},
	ROW("glue:table", WRITE, "glue:UpdateTable"),
	/* Bedrock */
	MODEL("bedrock:foundation-model"),
	MODEL("bedrock:custom-model"),
	MODEL("bedrock:custom-model-deployment"),
	MODEL("bedrock:imported-model"),
	MODEL("bedrock:provisioned-model"),
	MODEL("bedrock:inference-profile"),
	MODEL("bedrock:application-inference-profile"),
	FORM("bedrock:agent", CALL, "bedrock:InvokeAgent", "arn:%P:bedrock:%R:%N:agent-alias/%I/*"),
	ROW("bedrock:agent", WRITE, "bedrock:UpdateAgent"),
	ROW("bedrock:agent", WRITE, "bedrock:UpdateAgentActionGroup"),
	ROW("bedrock:agent-alias", CALL, "bedrock:InvokeAgent"),
	ROW("bedrock:knowledge-base", READ, "bedrock:Retrieve"),
	ROW("bedrock:knowledge-base", WRITE, "bedrock:IngestKnowledgeBaseDocuments"),
	ROW("bedrock:knowledge-base", WRITE, "bedrock:UpdateKnowledgeBase"),
	ROW("bedrock:guardrail", CALL, "bedrock:ApplyGuardrail"),
	ROW("bedrock:guardrail", WRITE, "bedrock:UpdateGuardrail"),
	ROW("bedrock:guardrail", WRITE, "bedrock:DeleteGuardrail"),
	ROW("bedrock:prompt", READ, "bedrock:GetPrompt"),
	ROW("bedrock:prompt", WRITE, "bedrock:UpdatePrompt"),
	FORM("bedrock:flow", CALL, "bedrock:InvokeFlow", "%A/alias/*"),
	ROW("bedrock:flow", WRITE, "bedrock:UpdateFlow"),
	ROW("bedrock:flow-alias", CALL, "bedrock:InvokeFlow"),
	ROW("bedrock-agentcore:runtime", CALL, "bedrock-agentcore:InvokeAgentRuntime"),
	ROW("bedrock-agentcore:runtime", WRITE, "bedrock-agentcore:UpdateAgentRuntime"),
	ROW("bedrock-agentcore:runtime-endpoint", CALL, "bedrock-agentcore:InvokeAgentRuntime"),
	ROW("bedrock-agentcore:gateway", CALL, "bedrock-agentcore:InvokeGateway"),
	ROW("bedrock-agentcore:gateway", WRITE, "bedrock-agentcore:UpdateGatewayTarget"),
	ROW("bedrock-agentcore:memory", READ, "bedrock-agentcore:GetEvent"),
	ROW("bedrock-agentcore:memory", READ, "bedrock-agentcore:ListEvents"),
	ROW("bedrock-agentcore:memory", READ, "bedrock-agentcore:RetrieveMemoryRecords"),
	ROW("bedrock-agentcore:memory", WRITE, "bedrock-agentcore:CreateEvent"),
	ROW("bedrock-agentcore:memory", WRITE, "bedrock-agentcore:BatchCreateMemoryRecords"),
	{"bedrock-agentcore:code-interpreter", CALL, {"bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"}, NULL, NULL, NULL, NULL},
	{"bedrock-agentcore:code-interpreter-custom", CALL, {"bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"}, NULL, NULL, NULL, NULL},
	ROW("bedrock-agentcore:browser", CALL, "bedrock-agentcore:ConnectBrowserAutomationStream"),
	ROW("bedrock-agentcore:browser-custom", CALL, "bedrock-agentcore:ConnectBrowserAutomationStream"),
	/* SageMaker and other AI services */
	ROW("sagemaker:endpoint", CALL, "sagemaker:InvokeEndpoint"),
	ROW("sagemaker:endpoint", CALL, "sagemaker:InvokeEndpointAsync"),
	ROW("sagemaker:endpoint", CALL, "sagemaker:InvokeEndpointWithResponseStream"),
	ROW("sagemaker:endpoint", WRITE, "sagemaker:UpdateEndpoint"),
	ROW("sagemaker:notebook-instance", CALL, "sagemaker:CreatePresignedNotebookInstanceUrl"),
	ROW("sagemaker:feature-group", READ, "sagemaker:GetRecord"),
	ROW("sagemaker:feature-group", READ, "sagemaker:BatchGetRecord"),
	ROW("sagemaker:feature-group", WRITE, "sagemaker:PutRecord"),
	ROW("sagemaker:feature-group", WRITE, "sagemaker:DeleteRecord"),
	FORM("sagemaker:domain", CALL, "sagemaker:CreatePresignedDomainUrl", "arn:%P:sagemaker:%R:%N:user-profile/%I/*"),
	ROW("qbusiness:application", CALL, "qbusiness:ChatSync"),
	ROW("qbusiness:application", CALL, "qbusiness:Chat"),
	/* Compute and images */
	ROW("lambda:function", CALL, "lambda:InvokeFunction"),
	ROW("lambda:function", WRITE, "lambda:UpdateFunctionCode"),
	{"ecr:repository", READ, {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, NULL, NULL, NULL, NULL},
	{"ecr:repository", WRITE, {"ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"}, NULL, NULL, NULL, NULL},
	{"ecs:task", BECOME, {"ecs:ExecuteCommand"}, NULL, NULL, NULL, "the task was started with execute-command on"},
	ROW("eks:cluster", CALL, "eks:AccessKubernetesApi"),
	ROW("states:statemachine", CALL, "states:StartExecution"),
	FORM("apigateway:restapi", CALL, "execute-api:Invoke", "arn:%P:execute-api:%R:%N:%I/*"),
	FORM("apigateway:restapis", CALL, "execute-api:Invoke", "arn:%P:execute-api:%R:%N:%I/*"),
	FORM("apigateway:api", CALL, "execute-api:Invoke", "arn:%P:execute-api:%R:%N:%I/*"),
	KEY("logs:log-group", READ, "logs:GetLogEvents", "%A:log-stream:*", "kms:Decrypt", "logs"),
	KEY("logs:log-group", READ, "logs:FilterLogEvents", "%A:*", "kms:Decrypt", "logs"),
	KEY("logs:log-group", READ, "logs:StartQuery", "%A:*", "kms:Decrypt", "logs"),
	FORM("logs:log-group", WRITE, "logs:PutLogEvents", "%A:log-stream:*"),
};
const size_t aisp_aws_effect_count = sizeof aisp_aws_effects / sizeof *aisp_aws_effects;

struct aisp_slice aisp_aws__form(const struct aisp_aws_effect *row, struct aisp_slice arn, struct aisp_slice account, struct aisp_slice region, struct aisp_arena *a, bool *ret_part)
{
	const char *f = row->form ? row->form : "%A";
	struct aisp_arn part = {0};
	struct aisp_slice out = {"", 0};
	aisp_arn_split(arn, &part);
	/* The API writes log groups with ":*" behind. */
	const struct aisp_slice self = aisp_slice_ends(arn, AISP_S(":*")) ? aisp_slice_to(arn, arn.n - 2) : arn;
	const size_t slash = aisp_slice_rchr(part.resource, '/'), colon = aisp_slice_rchr(part.resource, ':');
	const size_t cut = slash != SIZE_MAX ? slash : colon;
	const struct aisp_slice last = cut == SIZE_MAX ? part.resource : aisp_slice_from(part.resource, cut + 1);
	*ret_part = false;
	if (strcmp(f, "%A") == 0)
		return self;
	for (; *f && out.p; f++) {
		if (*f == '*' && f[1] == '\0') {
			*ret_part = true;
			break;
		}
		const struct aisp_slice piece = *f != '%' ? aisp_slice_of(f, 1) : f[1] == 'A' ? self : f[1] == 'P' ? part.partition : f[1] == 'R' ? region : f[1] == 'N' ? account : last;
		f += *f == '%';
		out = aisp_arena_printf(a, "%.*s%.*s", AISP_FMT(out), AISP_FMT(piece));
	}
	return out;
}

bool aisp_aws__is_open(struct aisp_slice type)
{
	static const char *const shut[] = {"rds:", "es:", "aoss:", "elasticache:", "redshift:", "neptune:", "docdb:", "memorydb:", "ec2:", "elasticloadbalancing:"};
	for (size_t i = 0; i < sizeof shut / sizeof *shut; i++)
		if (aisp_slice_starts(type, aisp_slice_z(shut[i])))
			return false;
	return true;
}
