/* OTLP JSON: {"resourceSpans":[…]}, one document or one a line (the collector's file exporter). https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
#include "collect/logs/otel_int.h"

static const struct aisp_doc *either(const struct aisp_doc *d, const char *a, const char *b)
{
	const struct aisp_doc *v = aisp_doc_get(d, a);

	return v ? v : aisp_doc_get(d, b);
}
static bool is_resource_spans(const struct aisp_doc *d)
{
	const struct aisp_doc *s = either(d, "scopeSpans", "scope_spans");

	s = s ? s : aisp_doc_get(d, "instrumentationLibrarySpans");
	return s && s->type == AISP_DOC_ARR;
}
static int test(const struct aisp_doc *d)
{
	const struct aisp_doc *rs = either(d, "resourceSpans", "resource_spans");

	return (rs && rs->type == AISP_DOC_ARR && (rs->n == 0 || aisp_log__has(&rs->items[0], "resource") || is_resource_spans(&rs->items[0]))) || is_resource_spans(d) ? 96 : 0;
}
int aisp_log__otel_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, test);
}
/* An attribute's value as text: stringValue, or intValue (a number or its text). */
static struct aisp_slice value(struct aisp_arena *a, const struct aisp_doc *v)
{
	struct aisp_slice s = aisp_doc_str(either(v, "stringValue", "string_value"));

	return s.n ? s : aisp_log__text(a, either(v, "intValue", "int_value"));
}
static void attributes(struct aisp_arena *a, const struct aisp_doc *list, struct aisp_slice f[OT_FIELDS])
{
	for (uint32_t i = 0; i < aisp_doc_count(list) && i < 1024; i++) {
		const struct aisp_doc *kv = aisp_doc_at(list, i);
		enum aisp_otel_field k = aisp_otel__field(aisp_doc_getstr(kv, "key"));
		struct aisp_slice v = k ? value(a, aisp_doc_get(kv, "value")) : aisp_slice_of("", 0);

		if (v.n && !f[k].n)
			f[k] = v;
	}
}
static int64_t number(const struct aisp_doc *d, const char *const *names)
{
	for (int64_t i = 0; names[i]; i++)
		if (aisp_slice_eqz(aisp_doc_str(d), names[i]))
			return i;
	return aisp_doc_int(d, 0);
}
static int span(struct aisp_otel_ctx *c, const struct aisp_doc *d, const struct aisp_slice resource[OT_FIELDS])
{
	static const char *const kinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", NULL};
	static const char *const codes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR", NULL};
	struct aisp_slice trace = aisp_doc_str(either(d, "traceId", "trace_id")), id = aisp_doc_str(either(d, "spanId", "span_id")),
			  parent = aisp_doc_str(either(d, "parentSpanId", "parent_span_id"));
	struct aisp_otel_span s = {0};

	memcpy(s.f, resource, sizeof s.f);
	attributes(c->p->record, aisp_doc_get(d, "attributes"), s.f);
	s.name = aisp_doc_getstr(d, "name");
	s.key = id.n ? aisp_otel__key(trace, id) : 0;
	s.parent = parent.n && !aisp_slice_eqz(parent, "0000000000000000") ? aisp_otel__key(trace, parent) : 0;
	s.id = aisp_arena_printf(c->p->record, "%.*s%.*s", AISP_FMT(trace), AISP_FMT(id));
	s.at_us = aisp_log__doc_time(either(d, "startTimeUnixNano", "start_time_unix_nano"));
	s.kind = number(aisp_doc_get(d, "kind"), kinds);
	s.status = number(aisp_doc_path(d, "status.code"), codes);
	return aisp_otel__span(c, &s);
}
static int resource_spans(void *ctx, const struct aisp_doc *d)
{
	struct aisp_otel_ctx *c = ctx;
	const struct aisp_doc *scopes = either(d, "scopeSpans", "scope_spans");
	struct aisp_slice resource[OT_FIELDS] = {0};
	int r = 0;

	if (!scopes)
		scopes = aisp_doc_get(d, "instrumentationLibrarySpans");
	attributes(c->p->record, aisp_doc_path(d, "resource.attributes"), resource);
	for (uint32_t i = 0; i < aisp_doc_count(scopes); i++) {
		const struct aisp_doc *spans = aisp_doc_get(aisp_doc_at(scopes, i), "spans");

		for (uint32_t k = 0; k < aisp_doc_count(spans); k++) {
			int one = span(c, aisp_doc_at(spans, k), resource);

			if (one < 0 && one != AISP_E_PARSE)
				return one;
			r = one < 0 ? one : r;
		}
	}
	return r;
}
int aisp_log__otel_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct aisp_otel_ctx c = {p, sink, ctx, err, 0};
	const char *list = aisp_log__has(doc, "resource_spans") ? "resource_spans" : "resourceSpans";
	int r, settled;

	(void)text;
	if (doc && doc->type == AISP_DOC_OBJ && (aisp_log__has(doc, "resourceMetrics") || aisp_log__has(doc, "resourceLogs")))
		return 0; /* metrics and logs in the same file */
	if (!doc || (doc->type != AISP_DOC_ARR && !test(doc)))
		return aisp_fail(err, AISP_E_PARSE, "no OTLP JSON: neither resourceSpans nor scopeSpans");
	r = aisp_otel__begin(&c);
	if (r < 0)
		return r;
	r = aisp_log__each(doc, list, resource_spans, &c);
	settled = r < 0 && r != AISP_E_PARSE ? r : aisp_otel__settle(&c);
	return settled < 0 ? settled : r;
}
