/* Where a service is asked: host, and the names that the signature is for. Facts of https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html. */
#include "collect/aws/live_int.h"
#include <stdio.h>

struct row {
	const char *service; /* of the command line */
	const char *host;    /* before ".REGION.SUFFIX" */
	const char *sign;    /* NULL: as host */
	bool own;            /* the host has no region in it (iam.amazonaws.com) */
};
static const struct row rows[] = {
	{"apigateway", "apigateway", NULL, false},
	{"apigatewayv2", "apigateway", NULL, false},
	{"apprunner", "apprunner", NULL, false},
	{"batch", "batch", NULL, false},
	{"bedrock", "bedrock", NULL, false},
	{"bedrock-agent", "bedrock-agent", "bedrock", false},
	{"bedrock-agentcore-control", "bedrock-agentcore-control", "bedrock-agentcore", false},
	{"cloudformation", "cloudformation", NULL, false},
	{"codebuild", "codebuild", NULL, false},
	{"dynamodb", "dynamodb", NULL, false},
	{"ec2", "ec2", NULL, false},
	{"ecr", "api.ecr", "ecr", false},
	{"ecs", "ecs", NULL, false},
	{"eks", "eks", NULL, false},
	{"elbv2", "elasticloadbalancing", NULL, false},
	{"glue", "glue", NULL, false},
	{"iam", "iam", NULL, true},
	{"identitystore", "identitystore", NULL, false},
	{"kendra", "kendra", NULL, false},
	{"kms", "kms", NULL, false},
	{"lambda", "lambda", NULL, false},
	{"logs", "logs", NULL, false},
	{"opensearch", "es", NULL, false},
	{"opensearchserverless", "aoss", NULL, false},
	{"organizations", "organizations", NULL, false},
	{"qbusiness", "qbusiness", NULL, false}, /* on api.aws */
	{"rds", "rds", NULL, false},
	{"s3api", "s3", NULL, false},
	{"s3control", "s3-control", "s3", false},
	{"sagemaker", "api.sagemaker", "sagemaker", false},
	{"secretsmanager", "secretsmanager", NULL, false},
	{"sns", "sns", NULL, false},
	{"sqs", "sqs", NULL, false},
	{"ssm", "ssm", NULL, false},
	{"sso-admin", "sso", NULL, false},
	{"stepfunctions", "states", NULL, false},
	{"sts", "sts", NULL, false},
};

struct aisp_slice aisp_aws__partition(struct aisp_slice region)
{
	return aisp_slice_starts(region, AISP_S("cn-")) ? AISP_S("aws-cn") : aisp_slice_starts(region, AISP_S("us-gov-")) ? AISP_S("aws-us-gov") : AISP_S("aws");
}

struct aisp_slice aisp_aws__home_region(struct aisp_slice partition)
{
	return aisp_slice_eqz(partition, "aws-cn") ? AISP_S("cn-north-1") : aisp_slice_eqz(partition, "aws-us-gov") ? AISP_S("us-gov-west-1") : AISP_S("us-east-1");
}

bool aisp_aws__is_region(struct aisp_slice region)
{
	if (region.n < 5 || region.n > 40 || aisp_slice_chr(region, '-') == SIZE_MAX)
		return false;
	for (size_t i = 0; i < region.n; i++)
		if (!((region.p[i] >= 'a' && region.p[i] <= 'z') || (region.p[i] >= '0' && region.p[i] <= '9') || (region.p[i] == '-' && i > 0 && i + 1 < region.n)))
			return false;
	return true;
}

static bool is_account(struct aisp_slice s)
{
	uint64_t n;

	return s.n == 12 && aisp_slice_u64(s, &n);
}

int aisp_aws__endpoint(struct aisp_slice service, struct aisp_slice region, struct aisp_slice account, bool global, struct aisp_aws_endpoint *ret, struct aisp_err *err)
{
	const struct row *row = NULL;
	struct aisp_aws_endpoint e = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows && !row; i++)
		row = aisp_slice_eqz(service, rows[i].service) ? &rows[i] : NULL;
	if (!row)
		return aisp_fail(err, AISP_E_NOTFOUND, "no endpoint is known for the AWS service '%.*s'", AISP_FMT(aisp_slice_to(service, 60)));
	if (!aisp_aws__is_region(region))
		return aisp_fail(err, AISP_E_USAGE, "'%.*s' is no AWS region", AISP_FMT(aisp_slice_to(region, 60)));
	struct aisp_slice partition = aisp_aws__partition(region);
	if (global) /* Organizations of China lives in another region than the rest */
		region = aisp_slice_eqz(partition, "aws-cn") && aisp_slice_eqz(service, "organizations") ? AISP_S("cn-northwest-1") : aisp_aws__home_region(partition);
	const bool china = aisp_slice_eqz(partition, "aws-cn"), q = aisp_slice_eqz(service, "qbusiness"), s3control = aisp_slice_eqz(service, "s3control");
	const char *suffix = q ? "api.aws" : china ? "amazonaws.com.cn" : "amazonaws.com";
	if (s3control && !is_account(account))
		return aisp_fail(err, AISP_E_USAGE, "'%.*s' is no AWS account", AISP_FMT(aisp_slice_to(account, 60)));
	if (row->own && aisp_slice_eqz(partition, "aws"))
		snprintf(e.host, sizeof e.host, "%s.%s", row->host, suffix);
	else if (row->own) /* iam.cn-north-1.amazonaws.com.cn, iam.us-gov.amazonaws.com */
		snprintf(e.host, sizeof e.host, "%s.%.*s.%s", row->host, AISP_FMT(china ? region : AISP_S("us-gov")), suffix);
	else
		snprintf(e.host, sizeof e.host, "%.*s%s%s.%.*s.%s", AISP_FMT(s3control ? account : (struct aisp_slice){0}), s3control ? "." : "", row->host, AISP_FMT(region), suffix);
	e.sign_service = aisp_slice_z(row->sign ? row->sign : row->host);
	e.sign_region = region;
	*ret = e;
	return 0;
}
