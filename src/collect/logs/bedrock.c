/* Amazon Bedrock model invocation logs (S3 or CloudWatch): who called which model. Bodies are never looked at.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html */
#include "collect/logs/formats_int.h"

struct bedrock {
	struct aisp_log_parser *p;
	aisp_use_sink *sink;
	void *ctx;
	struct aisp_err *err;
};

static int test(const struct aisp_doc *d)
{
	return aisp_slice_eqz(aisp_doc_getstr(d, "schemaType"), "ModelInvocationLog") && aisp_log__has(d, "modelId") ? 98 : 0;
}
int aisp_log__bedrock_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, test);
}
/* The IAM action that an operation needs: Converse is InvokeModel. */
static const char *action_of(struct aisp_slice op)
{
	static const struct {
		const char *op, *action;
	} rows[] = {
		{"InvokeModel", "bedrock:InvokeModel"},
		{"Converse", "bedrock:InvokeModel"},
		{"InvokeModelWithResponseStream", "bedrock:InvokeModelWithResponseStream"},
		{"ConverseStream", "bedrock:InvokeModelWithResponseStream"},
		{"InvokeModelWithBidirectionalStream", "bedrock:InvokeModelWithBidirectionalStream"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (aisp_slice_eqz(op, rows[i].op))
			return rows[i].action;
	return NULL;
}
/* A model's ARN: as it is, a cross-region inference profile ("eu.anthropic…"), or a foundation model. */
static struct aisp_slice model_arn(struct aisp_arena *a, struct aisp_slice model, struct aisp_slice region, struct aisp_slice account)
{
	static const char *const geo[] = {"us.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "global.", "us-gov."};
	const char *part = aisp_slice_starts(region, AISP_S("cn-")) ? "aws-cn" : aisp_slice_starts(region, AISP_S("us-gov-")) ? "aws-us-gov" : "aws";

	if (aisp_slice_starts(model, AISP_S("arn:")) || !model.n)
		return model;
	for (size_t i = 0; i < sizeof geo / sizeof *geo; i++)
		if (aisp_slice_starts(model, aisp_slice_z(geo[i])))
			return aisp_arena_printf(a, "arn:%s:bedrock:%.*s:%.*s:inference-profile/%.*s", part, AISP_FMT(region), AISP_FMT(account), AISP_FMT(model));
	return aisp_arena_printf(a, "arn:%s:bedrock:%.*s::foundation-model/%.*s", part, AISP_FMT(region), AISP_FMT(model));
}
static int event(void *ctx, const struct aisp_doc *d)
{
	struct bedrock *b = ctx;
	struct aisp_arena *a = b->p->record;
	struct aisp_slice op = aisp_doc_getstr(d, "operation"), region = aisp_doc_getstr(d, "region"), account = aisp_doc_getstr(d, "accountId"), code = aisp_doc_getstr(d, "errorCode");
	struct aisp_use_event e = {.outcome = AISP_USE_DONE};

	if (!op.n || !aisp_slice_eqz(aisp_doc_getstr(d, "schemaType"), "ModelInvocationLog"))
		return aisp_fail(b->err, AISP_E_PARSE, "no model invocation log: schemaType or operation is missing");
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "timestamp"));
	e.identity = aisp_doc_getstr(aisp_doc_get(d, "identity"), "arn");
	e.via = aisp_log__session(e.identity);
	e.action = action_of(op) ? aisp_slice_z(action_of(op)) : aisp_arena_printf(a, "bedrock:%.*s", AISP_FMT(op));
	e.asset = model_arn(a, aisp_doc_getstr(d, "modelId"), region, account);
	if (account.n)
		e.origin = aisp_arena_printf(a, "%.*s/%.*s", AISP_FMT(account), AISP_FMT(region));
	e.id = aisp_doc_getstr(d, "requestId");
	if (code.n)
		e.outcome = aisp_log__says_denied(code) ? AISP_USE_DENIED : AISP_USE_FAILED;
	return aisp_log__emit(b->p, &e, b->sink, b->ctx, b->err);
}
int aisp_log__bedrock_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct bedrock b = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, NULL, event, &b);
}
