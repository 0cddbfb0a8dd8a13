/* The rows of formats. */
#include "collect/logs/formats_int.h"

const struct aisp_log_format aisp_log_formats[] = {
	{.name = "cloudtrail", .title = "AWS CloudTrail", .framing = AISP_LOG_DOCUMENT, .json = true, .recognise = aisp_log__cloudtrail_recognise, .record = aisp_log__cloudtrail_record,
	 .block = aisp_log__cloudtrail_block, .end = aisp_log__cloudtrail_end, .sees = "aws-management"},
	{.name = "vpc-flow", .title = "VPC flow logs", .framing = AISP_LOG_LINES, .recognise = aisp_log__flow_recognise, .begin = aisp_log__flow_begin, .record = aisp_log__flow_record, .sees = "network"},
	{.name = "kubernetes-audit", .title = "Kubernetes audit log", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__kube_recognise, .record = aisp_log__kube_record, .sees = "kubernetes"},
	{.name = "bedrock-invocation", .title = "Amazon Bedrock model invocation log", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__bedrock_recognise,
	 .record = aisp_log__bedrock_record, .sees = "aws-data"},
	{.name = "postgresql-csv", .title = "PostgreSQL csvlog", .framing = AISP_LOG_CSV, .recognise = aisp_log__pgcsv_recognise, .record = aisp_log__pgcsv_record, .flush = aisp_log__pg_flush,
	 .sees = "postgres"},
	{.name = "postgresql-json", .title = "PostgreSQL jsonlog", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__pgjson_recognise, .record = aisp_log__pgjson_record,
	 .flush = aisp_log__pg_flush, .sees = "postgres"},
	{.name = "postgresql", .title = "PostgreSQL stderr log", .framing = AISP_LOG_ENTRIES, .recognise = aisp_log__pgtext_recognise, .record = aisp_log__pgtext_record, .flush = aisp_log__pg_flush,
	 .sees = "postgres"},
	{.name = "otel-genai", .title = "OpenTelemetry spans, OTLP JSON", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__otel_recognise, .record = aisp_log__otel_record,
	 .flush = aisp_log__otel_flush, .sees = "genai"},
	{.name = "otel-genai-proto", .title = "OpenTelemetry spans, OTLP protobuf", .framing = AISP_LOG_PROTOBUF, .recognise = aisp_log__otelpb_recognise, .record = aisp_log__otelpb_record,
	 .flush = aisp_log__otel_flush, .sees = "genai"},
	{.name = "litellm", .title = "LiteLLM", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__litellm_recognise, .record = aisp_log__litellm_record, .sees = "genai"},
	{.name = "kong-ai", .title = "Kong AI Gateway", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__kong_recognise, .record = aisp_log__kong_record, .sees = "genai"},
	{.name = "langfuse", .title = "Langfuse export", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__langfuse_recognise, .record = aisp_log__langfuse_record, .sees = "genai"},
	{.name = "cloudflare-ai-gateway", .title = "Cloudflare AI Gateway", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__cfgateway_recognise, .record = aisp_log__cfgateway_record,
	 .sees = "genai"},
	{.name = "mcp", .title = "MCP messages", .framing = AISP_LOG_LINES, .recognise = aisp_log__mcp_recognise, .record = aisp_log__mcp_record, .flush = aisp_log__mcp_flush, .sees = "tool"},
	{.name = "http-access", .title = "nginx and Apache access log", .framing = AISP_LOG_LINES, .recognise = aisp_log__httptext_recognise, .record = aisp_log__httptext_record, .sees = "http"},
	{.name = "http-access-json", .title = "access log as JSON", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__httpjson_recognise, .record = aisp_log__httpjson_record,
	 .sees = "http"},
	{.name = "envoy", .title = "Envoy and Istio access log", .framing = AISP_LOG_LINES, .recognise = aisp_log__envoytext_recognise, .record = aisp_log__envoytext_record, .sees = "http"},
	{.name = "envoy-json", .title = "Envoy and Istio access log, JSON", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__envoyjson_recognise, .record = aisp_log__envoyjson_record,
	 .sees = "http"},
	{.name = "portkey", .title = "Portkey", .framing = AISP_LOG_LINES, .json = true, .recognise = aisp_log__portkey_recognise, .record = aisp_log__portkey_record, .sees = "genai"},
	{.name = NULL},
};
const struct aisp_log_format *aisp_log_format_find(struct aisp_slice name)
{
	for (const struct aisp_log_format *f = aisp_log_formats; f->name; f++)
		if (aisp_slice_eqz(name, f->name))
			return f;
	return NULL;
}
