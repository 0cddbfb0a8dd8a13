/* Logs of gateways between agents and models: LiteLLM, Kong AI Gateway, Langfuse exports, Cloudflare AI Gateway, Portkey. Prompts and answers are never looked at.
 * LiteLLM: StandardLoggingPayload and SpendLogs rows (litellm/types/utils.py, proxy/_types.py); Kong: developer.konghq.com/ai-gateway/ai-audit-log-reference;
 * Langfuse: langfuse.com/docs, blob storage export fields; Cloudflare: API "List Gateway Logs";
 * Portkey: portkey.ai/docs/product/observability/logs-export and the fields of its API "Create a Log Export". */
#include "collect/logs/formats_int.h"

struct gate {
	struct aisp_log_parser *p;
	aisp_use_sink *sink;
	void *ctx;
	struct aisp_err *err;
};

/* "sk-…" is a key itself, not the name of one. */
static struct aisp_slice no_key(struct aisp_slice s)
{
	return aisp_slice_starts(s, AISP_S("sk-")) || aisp_slice_starts(s, AISP_S("pk-")) || aisp_slice_starts(s, AISP_S("Bearer ")) ? aisp_slice_of("", 0) : s;
}
/* SpendLogs rows hold their metadata as JSON text. */
static const struct aisp_doc *metadata(struct aisp_arena *a, const struct aisp_doc *d)
{
	const struct aisp_doc_limits limits = {.max_bytes = 1 << 20, .max_depth = 64, .max_values = 50000};
	const struct aisp_doc *m = aisp_doc_get(d, "metadata"), *in = NULL;

	if (m && m->type == AISP_DOC_STR && m->s.n && m->s.p[0] == '{')
		return aisp_json_parse(a, m->s, &limits, &in, NULL) < 0 ? NULL : in;
	return m;
}

/* --- LiteLLM --- */

static int litellm_test(const struct aisp_doc *d)
{
	bool call = aisp_log__has(d, "call_type") && aisp_log__has(d, "model") && aisp_log__has(d, "startTime");

	if (call && (aisp_log__has(d, "custom_llm_provider") || aisp_log__has(d, "model_group")) && (aisp_log__has(d, "response_cost") || aisp_log__has(d, "spend")))
		return 92;
	return 0;
}
int aisp_log__litellm_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, litellm_test);
}
static void litellm_action(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_doc *meta, struct aisp_use_event *e)
{
	static const struct {
		const char *call, *action;
	} rows[] = {
		{"completion", "chat"}, {"acompletion", "chat"}, {"responses", "chat"}, {"aresponses", "chat"}, {"anthropic_messages", "chat"}, {"text_completion", "text_completion"},
		{"atext_completion", "text_completion"}, {"embedding", "embeddings"}, {"aembedding", "embeddings"}, {"rerank", "rerank"}, {"arerank", "rerank"},
	};
	struct aisp_slice call = aisp_doc_getstr(d, "call_type"), tool = aisp_doc_getstr(aisp_doc_get(meta, "mcp_tool_call_metadata"), "name");

	if (!tool.n)
		tool = aisp_doc_getstr(d, "mcp_namespaced_tool_name");
	if (tool.n && (aisp_slice_eqz(call, "call_mcp_tool") || aisp_slice_findi(call, AISP_S("mcp")) != SIZE_MAX)) {
		e->action = aisp_arena_printf(a, "tools/call %.*s", AISP_FMT(tool));
		e->asset = tool;
		return;
	}
	e->action = call;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (aisp_slice_eqz(call, rows[i].call))
			e->action = aisp_slice_z(rows[i].action);
	e->asset = aisp_doc_getstr(d, "model");
}
static enum aisp_use_outcome litellm_outcome(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_doc *meta)
{
	const struct aisp_doc *info = aisp_doc_get(d, "error_information");
	struct aisp_slice code, status = aisp_doc_getstr(d, "status");

	if (!status.n)
		status = aisp_doc_getstr(meta, "status");
	if (!aisp_slice_eqz(status, "failure"))
		return AISP_USE_DONE;
	info = info ? info : aisp_doc_get(meta, "error_information");
	code = aisp_log__text(a, aisp_doc_get(info, "error_code"));
	return aisp_slice_eqz(code, "401") || aisp_slice_eqz(code, "403") || aisp_log__says_denied(aisp_doc_getstr(info, "error_class")) ? AISP_USE_DENIED : AISP_USE_FAILED;
}
static int litellm(void *ctx, const struct aisp_doc *d)
{
	static const char *const who[] = {"user_api_key_alias", "user_api_key_user_id", "user_api_key_end_user_id", "user_api_key_team_alias", NULL};
	static const char *const who_row[] = {"user", "end_user", "team_id", NULL};
	struct gate *g = ctx;
	struct aisp_arena *a = g->p->record;
	const struct aisp_doc *meta = metadata(a, d);
	struct aisp_slice hash = no_key(aisp_doc_getstr(meta, "user_api_key_hash"));
	struct aisp_use_event e = {.origin = g->p->name};

	if (!aisp_log__has(d, "call_type") || !aisp_log__has(d, "model"))
		return aisp_fail(g->err, AISP_E_PARSE, "no payload of LiteLLM: call_type or model is missing");
	hash = hash.n ? hash : no_key(aisp_doc_getstr(d, "api_key"));
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "startTime"));
	e.identity = no_key(aisp_log__first(meta, who));
	if (!e.identity.n)
		e.identity = no_key(aisp_log__first(d, who_row));
	e.identity = e.identity.n ? e.identity : hash;
	e.credential = no_key(aisp_doc_getstr(meta, "user_api_key_alias"));
	e.credential = e.credential.n ? e.credential : hash;
	e.via = aisp_doc_getstr(d, "agent_id").n ? aisp_doc_getstr(d, "agent_id") : aisp_doc_getstr(meta, "user_api_key_user_id");
	litellm_action(a, d, meta, &e);
	e.from = aisp_doc_getstr(d, "requester_ip_address");
	e.from = e.from.n ? e.from : aisp_doc_getstr(meta, "requester_ip_address");
	e.id = aisp_doc_getstr(d, "id").n ? aisp_doc_getstr(d, "id") : aisp_doc_getstr(d, "request_id");
	e.outcome = litellm_outcome(a, d, meta);
	return aisp_log__emit(g->p, &e, g->sink, g->ctx, g->err);
}
int aisp_log__litellm_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct gate g = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, "data", litellm, &g);
}

/* --- Kong AI Gateway: a line of file-log or http-log with the member `ai` --- */

static int kong_test(const struct aisp_doc *d)
{
	const struct aisp_doc *ai = aisp_doc_get(d, "ai");

	return ai && ai->type == AISP_DOC_OBJ && aisp_log__has(d, "request") && aisp_log__has(d, "response") && aisp_log__has(d, "started_at") ? 92 : 0;
}
int aisp_log__kong_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, kong_test);
}
/* Each plugin under `ai` ("proxy", "ai-proxy", …) that says which model it called. */
static const struct aisp_doc *kong_meta(const struct aisp_doc *ai)
{
	for (uint32_t i = 0; i < aisp_doc_count(ai) && ai->type == AISP_DOC_OBJ && i < 32; i++) {
		const struct aisp_doc *meta = aisp_doc_get(&ai->members[i].value, "meta");

		if (aisp_doc_getstr(meta, "request_model").n || aisp_doc_getstr(meta, "response_model").n)
			return meta;
	}
	return NULL;
}
static int kong(void *ctx, const struct aisp_doc *d)
{
	static const char *const who[] = {"username", "custom_id", "id", NULL};
	struct gate *g = ctx;
	const struct aisp_doc *meta = kong_meta(aisp_doc_get(d, "ai")), *status = aisp_doc_path(d, "response.status");
	struct aisp_slice uri = aisp_doc_getstr(aisp_doc_get(d, "request"), "uri");
	struct aisp_use_event e = {.origin = g->p->name};

	if (!aisp_log__has(d, "request") || !aisp_log__has(d, "started_at"))
		return aisp_fail(g->err, AISP_E_PARSE, "no log entry of Kong: request or started_at is missing");
	if (!meta)
		return 0;
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "started_at"));
	e.identity = aisp_log__first(aisp_doc_get(d, "consumer"), who);
	e.from = aisp_doc_getstr(d, "client_ip");
	e.identity = e.identity.n ? e.identity : e.from;
	e.credential = aisp_doc_getstr(aisp_doc_get(d, "authenticated_entity"), "id");
	e.via = aisp_doc_getstr(aisp_doc_get(d, "service"), "name");
	e.action = aisp_slice_find(uri, AISP_S("embedding")) != SIZE_MAX ? AISP_S("embeddings") : AISP_S("chat");
	e.asset = aisp_doc_getstr(meta, "request_model");
	e.asset = e.asset.n ? e.asset : aisp_doc_getstr(meta, "response_model");
	e.id = aisp_doc_getstr(aisp_doc_get(d, "request"), "id");
	e.outcome = aisp_log__http_outcome(aisp_doc_int(status, 200));
	return aisp_log__emit(g->p, &e, g->sink, g->ctx, g->err);
}
int aisp_log__kong_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct gate g = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, NULL, kong, &g);
}

/* --- Langfuse: observations of the blob storage export (snake case) and of the API (camel case, {"data":[…]}) --- */

static struct aisp_slice two(const struct aisp_doc *d, const char *snake, const char *camel)
{
	struct aisp_slice s = aisp_doc_getstr(d, snake);

	return s.n ? s : aisp_doc_getstr(d, camel);
}
static int langfuse_one(const struct aisp_doc *d)
{
	static const char *const types[] = {"GENERATION", "SPAN", "EVENT", "TOOL", "AGENT", "CHAIN", "RETRIEVER", "EMBEDDING", "EVALUATOR", "GUARDRAIL"};
	struct aisp_slice type = aisp_doc_getstr(d, "type");

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (aisp_slice_eqz(type, types[i]))
			return two(d, "trace_id", "traceId").n && two(d, "start_time", "startTime").n && aisp_doc_getstr(d, "id").n ? 88 : 0;
	return 0;
}
static int langfuse_test(const struct aisp_doc *d)
{
	return langfuse_one(aisp_log__has(d, "data") ? aisp_doc_at(aisp_doc_get(d, "data"), 0) : d);
}
int aisp_log__langfuse_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, langfuse_test);
}
static int langfuse(void *ctx, const struct aisp_doc *d)
{
	static const char *const models[] = {"provided_model_name", "providedModelName", "model", "internal_model", NULL};
	struct gate *g = ctx;
	struct aisp_slice type = aisp_doc_getstr(d, "type"), name = aisp_doc_getstr(d, "name");
	struct aisp_use_event e = {.outcome = AISP_USE_DONE, .origin = g->p->name};

	if (!langfuse_one(d))
		return aisp_fail(g->err, AISP_E_PARSE, "no observation of Langfuse: type, id, trace or time is missing");
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "start_time"));
	e.at_us = e.at_us ? e.at_us : aisp_log__doc_time(aisp_doc_get(d, "startTime"));
	e.via = two(d, "user_id", "userId");
	e.identity = two(d, "trace_name", "traceName");
	e.identity = e.identity.n ? e.identity : e.via;
	e.id = aisp_doc_getstr(d, "id");
	e.asset = name;
	if (aisp_slice_eqz(type, "GENERATION") || aisp_slice_eqz(type, "EMBEDDING")) {
		e.action = type.p[0] == 'G' ? AISP_S("chat") : AISP_S("embeddings");
		e.asset = aisp_log__first(d, models);
	} else if (aisp_slice_eqz(type, "TOOL")) {
		e.action = aisp_arena_printf(g->p->record, "execute_tool %.*s", AISP_FMT(name));
	} else if (aisp_slice_eqz(type, "AGENT")) {
		e.action = AISP_S("invoke_agent");
	} else if (aisp_slice_eqz(type, "RETRIEVER")) {
		e.action = AISP_S("retrieval");
	} else {
		return 0;
	}
	if (aisp_slice_eqz(aisp_doc_getstr(d, "level"), "ERROR"))
		e.outcome = AISP_USE_FAILED;
	return aisp_log__emit(g->p, &e, g->sink, g->ctx, g->err);
}
int aisp_log__langfuse_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct gate g = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, "data", langfuse, &g);
}

/* --- Cloudflare AI Gateway: answers of its log API, or the entries one a line --- */

static int cf_one(const struct aisp_doc *d)
{
	return aisp_doc_getstr(d, "provider").n && aisp_log__has(d, "model") && aisp_log__has(d, "tokens_in") && aisp_log__has(d, "cached") && aisp_log__has(d, "created_at") ? 88 : 0;
}
static int cf_test(const struct aisp_doc *d)
{
	return cf_one(aisp_log__has(d, "result") ? aisp_doc_at(aisp_doc_get(d, "result"), 0) : d);
}
int aisp_log__cfgateway_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, cf_test);
}
static int cf(void *ctx, const struct aisp_doc *d)
{
	static const char *const who[] = {"agent", "service", "app", "user", "user_id", "userId", "team", NULL};
	struct gate *g = ctx;
	struct aisp_use_event e = {.origin = g->p->name, .action = AISP_S("chat")};
	struct aisp_slice path = aisp_doc_getstr(d, "path");

	if (!cf_one(d))
		return aisp_fail(g->err, AISP_E_PARSE, "no entry of Cloudflare AI Gateway: provider, model, tokens_in, cached or created_at is missing");
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "created_at"));
	e.identity = aisp_log__first(metadata(g->p->record, d), who);
	if (aisp_slice_find(path, AISP_S("embedding")) != SIZE_MAX)
		e.action = AISP_S("embeddings");
	e.asset = aisp_doc_getstr(d, "model");
	e.via = aisp_doc_getstr(d, "provider");
	e.id = aisp_doc_getstr(d, "id");
	e.outcome = aisp_log__http_outcome(aisp_doc_int(aisp_doc_get(d, "status_code"), aisp_doc_bool(aisp_doc_get(d, "success"), true) ? 200 : 500));
	return aisp_log__emit(g->p, &e, g->sink, g->ctx, g->err);
}
int aisp_log__cfgateway_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct gate g = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, "result", cf, &g);
}

/* --- Portkey: its log export, an object a line; which fields there are is chosen with the export --- */

static int portkey_test(const struct aisp_doc *d)
{
	const bool asked = aisp_log__has(d, "response_status_code") || aisp_log__has(d, "is_success");

	return aisp_log__has(d, "ai_model") && aisp_log__has(d, "ai_org") && aisp_log__has(d, "created_at") && (asked || aisp_log__has(d, "trace_id")) ? 88 : 0;
}
int aisp_log__portkey_recognise(struct aisp_slice head)
{
	return aisp_log__recognise(head, portkey_test);
}
static int portkey(void *ctx, const struct aisp_doc *d)
{
	static const char *const who[] = {"_agent", "agent", "_service", "service", "app", "_user", "user", "user_id", "team", NULL};
	struct gate *g = ctx;
	struct aisp_use_event e = {.origin = g->p->name, .action = AISP_S("chat")};

	if (!portkey_test(d))
		return aisp_fail(g->err, AISP_E_PARSE, "no entry of a Portkey export: ai_org, ai_model, created_at or the outcome is missing");
	e.at_us = aisp_log__doc_time(aisp_doc_get(d, "created_at"));
	e.identity = aisp_log__first(metadata(g->p->record, d), who);
	if (aisp_slice_find(aisp_doc_getstr(d, "request_url"), AISP_S("embedding")) != SIZE_MAX)
		e.action = AISP_S("embeddings");
	e.asset = aisp_doc_getstr(d, "ai_model");
	e.via = aisp_doc_getstr(d, "ai_org");
	e.id = aisp_doc_getstr(d, "id");
	e.outcome = aisp_log__http_outcome(aisp_doc_int(aisp_doc_get(d, "response_status_code"), aisp_doc_bool(aisp_doc_get(d, "is_success"), true) ? 200 : 500));
	return aisp_log__emit(g->p, &e, g->sink, g->ctx, g->err);
}
int aisp_log__portkey_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct gate g = {p, sink, ctx, err};

	(void)text;
	return aisp_log__each(doc, "data", portkey, &g);
}
