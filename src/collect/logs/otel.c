/* Spans of agents, models, tools and databases: what they say of use, and whose agent it was.
 * https://github.com/open-telemetry/semantic-conventions-genai (and semantic-conventions up to 1.41), OpenInference, OpenLLMetry (traceloop.*)
 *
 * A span is exported when it ends, so a child comes before its parent. An event whose agent is not known is held until the chain of its parents reaches an agent's span or a root; parents are
 * remembered in a table of fixed size (two ways, the older goes), agents' names up to a number.
 *
 *   execute_tool refund ──parent──▶ chat ──parent──▶ invoke_agent "support"   ⇒ identity support, via the service or its pod */
#include "base/hash.h"
#include "collect/logs/otel_int.h"

enum { TABLE = 8192, WAYS = 2, AGENTS_MAX = 1024, HOPS_MAX = 64 };
struct known {
	uint64_t key, parent;
	uint32_t agent; /* 0: none, else its number */
};
struct otel {
	struct aisp_log_held held; /* key: of the span whose parents are not known yet */
	struct known *table;
	struct aisp_slice *agents;
	uint32_t n_agents, turn;
};

static const struct {
	const char *key;
	enum aisp_otel_field field;
} keys[] = {
	{"gen_ai.operation.name", OT_OPERATION},
	{"llm.request.type", OT_OPERATION},
	{"traceloop.span.kind", OT_KIND},
	{"openinference.span.kind", OT_KIND},
	{"gen_ai.agent.name", OT_AGENT},
	{"agent.name", OT_AGENT},
	{"gen_ai.agent.id", OT_AGENT_ID},
	{"gen_ai.tool.name", OT_TOOL},
	{"tool.name", OT_TOOL},
	{"mcp.tool.name", OT_TOOL},
	{"traceloop.entity.name", OT_ENTITY},
	{"gen_ai.request.model", OT_MODEL},
	{"llm.request.model", OT_MODEL},
	{"llm.model_name", OT_MODEL},
	{"embedding.model_name", OT_MODEL},
	{"gen_ai.response.model", OT_MODEL_ANSWERED},
	{"gen_ai.data_source.id", OT_DATA_SOURCE},
	{"db.system.name", OT_DB_SYSTEM},
	{"db.system", OT_DB_SYSTEM},
	{"db.namespace", OT_DB},
	{"db.name", OT_DB},
	{"db.collection.name", OT_DB_TABLE},
	{"db.sql.table", OT_DB_TABLE},
	{"db.mongodb.collection", OT_DB_TABLE},
	{"db.cassandra.table", OT_DB_TABLE},
	{"db.operation.name", OT_DB_OPERATION},
	{"db.operation", OT_DB_OPERATION},
	{"db.query.text", OT_DB_TEXT},
	{"db.statement", OT_DB_TEXT},
	{"server.address", OT_SERVER},
	{"net.peer.name", OT_SERVER},
	{"client.address", OT_CLIENT},
	{"mcp.method.name", OT_MCP_METHOD},
	{"mcp.resource.uri", OT_MCP_RESOURCE},
	{"gen_ai.prompt.name", OT_PROMPT},
	{"mcp.prompt.name", OT_PROMPT},
	{"error.type", OT_ERROR},
	{"http.response.status_code", OT_HTTP_STATUS},
	{"http.status_code", OT_HTTP_STATUS},
	{"service.name", OT_SERVICE},
	{"k8s.pod.name", OT_POD},
};

enum aisp_otel_field aisp_otel__field(struct aisp_slice key)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (aisp_slice_eqz(key, keys[i].key))
			return keys[i].field;
	return OT_NONE;
}
uint64_t aisp_otel__key(struct aisp_slice trace, struct aisp_slice span)
{
	bool zero = true;

	for (size_t i = 0; i < span.n; i++)
		zero = zero && span.p[i] == 0;
	if (zero)
		return 0;
	return aisp_hash64(span.p, span.n, aisp_hash64(trace.p, trace.n, 11)) | 1;
}
int aisp_otel__begin(struct aisp_otel_ctx *c)
{
	struct otel *o = c->p->state;
	int r;

	if (o)
		return 0;
	o = aisp_arena_zalloc(c->p->stream, 1, sizeof *o);
	if (!o)
		return aisp_fail(c->err, AISP_E_NOMEM, "out of memory for the spans of a stream");
	o->table = aisp_arena_zalloc(c->p->stream, TABLE, sizeof *o->table);
	o->agents = aisp_arena_zalloc(c->p->stream, AGENTS_MAX, sizeof *o->agents);
	if (!o->table || !o->agents)
		return aisp_fail(c->err, AISP_E_NOMEM, "out of memory for the spans of a stream");
	r = aisp_log__held_init(&o->held, c->p->stream, c->err);
	if (r < 0)
		return r;
	c->p->state = o;
	return 0;
}
static struct known *lookup(struct otel *o, uint64_t key)
{
	size_t at = (size_t)(aisp_hash_mix(key) % (TABLE / WAYS)) * WAYS;

	for (size_t i = at; i < at + WAYS; i++)
		if (o->table[i].key == key)
			return &o->table[i];
	return NULL;
}
/* The number of an agent's name, 1 and up; 0 when there is no more room. */
static uint32_t agent_number(struct aisp_log_parser *p, struct otel *o, struct aisp_slice name)
{
	for (uint32_t i = 0; i < o->n_agents; i++)
		if (aisp_slice_eq(o->agents[i], name))
			return i + 1;
	if (o->n_agents == AGENTS_MAX)
		return 0;
	o->agents[o->n_agents] = aisp_arena_dup(p->stream, aisp_slice_to(name, AISP_LOG_FIELD_MAX));
	return o->agents[o->n_agents].p ? ++o->n_agents : 0;
}
static void remember(struct aisp_log_parser *p, struct otel *o, const struct aisp_otel_span *s, struct aisp_slice agent)
{
	size_t at = (size_t)(aisp_hash_mix(s->key) % (TABLE / WAYS)) * WAYS;
	struct known *k = lookup(o, s->key);

	if (!k)
		k = !o->table[at].key ? &o->table[at] : &o->table[at + (o->turn++ % WAYS)];
	*k = (struct known){s->key, s->parent, agent.n ? agent_number(p, o, agent) : 0};
}
/* Up the chain from `key`: true when it ends (at an agent, or at a root: *ret_agent empty); false when a parent is not known yet. */
static bool agent_above(struct otel *o, uint64_t key, struct aisp_slice *ret_agent)
{
	*ret_agent = aisp_slice_of("", 0);
	for (int hop = 0; key && hop < HOPS_MAX; hop++) {
		const struct known *k = lookup(o, key);

		if (!k)
			return false;
		if (k->agent) {
			*ret_agent = o->agents[k->agent - 1];
			return true;
		}
		key = k->parent;
	}
	return true;
}
static struct aisp_slice agent_of(const struct aisp_otel_span *s)
{
	if (s->f[OT_AGENT].n)
		return s->f[OT_AGENT];
	return s->f[OT_AGENT_ID];
}
static bool kind_is(const struct aisp_otel_span *s, const char *kind)
{
	return aisp_slice_eqi(s->f[OT_KIND], aisp_slice_z(kind));
}
static bool op_is(const struct aisp_otel_span *s, const char *op)
{
	return aisp_slice_eqz(s->f[OT_OPERATION], op);
}
/* Is the span the work of an agent itself? Then its name is what stands above its children. */
static struct aisp_slice runs_agent(const struct aisp_otel_span *s)
{
	struct aisp_slice own = agent_of(s);

	if (op_is(s, "invoke_agent") || op_is(s, "create_agent") || op_is(s, "invoke_workflow") || kind_is(s, "agent")) {
		if (own.n)
			return own;
		if (s->f[OT_ENTITY].n)
			return s->f[OT_ENTITY];
		if (aisp_slice_starts(s->name, AISP_S("invoke_agent ")))
			return aisp_slice_from(s->name, 13);
		return kind_is(s, "agent") ? s->name : own;
	}
	return own;
}
static enum aisp_use_outcome outcome_of(const struct aisp_otel_span *s)
{
	if (aisp_slice_eqz(s->f[OT_HTTP_STATUS], "401") || aisp_slice_eqz(s->f[OT_HTTP_STATUS], "403") || aisp_slice_eqz(s->f[OT_ERROR], "401") || aisp_slice_eqz(s->f[OT_ERROR], "403") ||
	    aisp_log__says_denied(s->f[OT_ERROR]))
		return AISP_USE_DENIED;
	return s->status == 2 || s->f[OT_ERROR].n ? AISP_USE_FAILED : AISP_USE_DONE;
}
/* One event of a span: with the agent, if it is known, else held. own: the agent's name is the span's own attribute. */
static int give(struct aisp_otel_ctx *c, const struct aisp_otel_span *s, struct aisp_slice action, struct aisp_slice asset, uint32_t n, bool own)
{
	struct otel *o = c->p->state;
	struct aisp_slice agent = own ? agent_of(s) : aisp_slice_of("", 0), service = s->f[OT_SERVICE];
	struct aisp_use_event e = {.at_us = s->at_us, .outcome = outcome_of(s), .action = action, .asset = asset, .origin = service, .via = s->f[OT_POD].n ? s->f[OT_POD] : service, .id = s->id};

	if (n)
		e.id = aisp_arena_printf(c->p->record, "%.*s/%u", AISP_FMT(s->id), n);
	e.identity = agent.n ? agent : service;
	if (s->kind == 2 && s->f[OT_MCP_METHOD].n) {
		e.identity = e.from = s->who;
		e.via = aisp_slice_of("", 0);
	}
	if (agent.n || !s->parent)
		return aisp_log__emit(c->p, &e, c->sink, c->ctx, c->err);
	return aisp_log__held_put(c->p, &o->held, s->parent, 0, &e, c->sink, c->ctx, c->err);
}
static struct aisp_slice upper(struct aisp_arena *a, struct aisp_slice s)
{
	struct aisp_slice d = aisp_arena_dup(a, aisp_slice_to(s, 64));

	for (size_t i = 0; d.p && i < d.n; i++)
		if (d.p[i] >= 'a' && d.p[i] <= 'z')
			((char *)(uintptr_t)d.p)[i] = (char)(d.p[i] & ~32);
	return d;
}
static bool is_sql(struct aisp_slice system)
{
	static const char *const names[] = {"postgresql", "mysql", "mariadb", "sqlite", "mssql", "microsoft.sql_server", "oracle", "oracle.db", "redshift", "aws.redshift", "snowflake", "other_sql", "trino",
	                                    "clickhouse", "cockroachdb", "db2", "ibm.db2"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(system, names[i]))
			return true;
	return false;
}
static int database(struct aisp_otel_ctx *c, const struct aisp_otel_span *s)
{
	struct aisp_arena *a = c->p->record;
	struct aisp_slice db = s->f[OT_DB].n ? s->f[OT_DB] : s->f[OT_DB_SYSTEM], asset;
	struct aisp_log_sql q[AISP_LOG_SQL_MAX];
	size_t n = is_sql(s->f[OT_DB_SYSTEM]) && !s->f[OT_DB_TABLE].n ? aisp_log__sql(a, s->f[OT_DB_TEXT], q) : 0;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		asset = q[i].table.n ? aisp_arena_printf(a, "%.*s/%.*s", AISP_FMT(db), AISP_FMT(q[i].table)) : db;
		r = give(c, s, q[i].verb, asset, (uint32_t)i, true);
	}
	if (n)
		return r;
	if (!s->f[OT_DB_OPERATION].n && !s->f[OT_DB_TABLE].n)
		return 0; /* nothing but that there was a call */
	asset = s->f[OT_DB_TABLE].n ? aisp_arena_printf(a, "%.*s/%.*s", AISP_FMT(db), AISP_FMT(s->f[OT_DB_TABLE])) : db;
	return give(c, s, is_sql(s->f[OT_DB_SYSTEM]) ? upper(a, s->f[OT_DB_OPERATION]) : s->f[OT_DB_OPERATION], asset, 0, true);
}
static struct aisp_slice no_query(struct aisp_slice uri)
{
	size_t at = aisp_slice_chr(uri, '?');

	return aisp_slice_to(uri, at == SIZE_MAX ? uri.n : at);
}
static int mcp(struct aisp_otel_ctx *c, const struct aisp_otel_span *s)
{
	struct aisp_slice m = s->f[OT_MCP_METHOD];
	struct aisp_otel_span server = *s;

	if (s->kind == 2) {
		/* The server's own side: who calls is the client; its side, if it is in this stream, was counted there. */
		if (s->parent && lookup(c->p->state, s->parent))
			return 0;
		server.f[OT_AGENT] = server.f[OT_AGENT_ID] = aisp_slice_of("", 0);
		server.who = s->f[OT_CLIENT];
		server.parent = 0;
		s = &server;
	}
	if (aisp_slice_eqz(m, "tools/call"))
		return give(c, s, aisp_arena_printf(c->p->record, "tools/call %.*s", AISP_FMT(s->f[OT_TOOL])), s->f[OT_TOOL], 0, true);
	if (aisp_slice_eqz(m, "resources/read"))
		return give(c, s, m, no_query(s->f[OT_MCP_RESOURCE]), 0, true);
	if (aisp_slice_eqz(m, "prompts/get"))
		return give(c, s, aisp_arena_printf(c->p->record, "prompts/get %.*s", AISP_FMT(s->f[OT_PROMPT])), s->f[OT_PROMPT], 0, true);
	return 0;
}
static int tool_call(struct aisp_otel_ctx *c, const struct aisp_otel_span *s)
{
	struct aisp_slice tool = s->f[OT_TOOL].n ? s->f[OT_TOOL] : s->f[OT_ENTITY];

	if (!tool.n)
		tool = aisp_slice_starts(s->name, AISP_S("execute_tool ")) ? aisp_slice_from(s->name, 13) : kind_is(s, "tool") ? s->name : tool;
	return give(c, s, aisp_arena_printf(c->p->record, "execute_tool %.*s", AISP_FMT(tool)), tool, 0, true);
}
/* By OpenInference's or OpenLLMetry's kind, or by the operation, which goes before. */
static bool is_a(const struct aisp_otel_span *s, const char *op, const char *kind)
{
	return op_is(s, op) || (!s->f[OT_OPERATION].n && kind_is(s, kind));
}
static int genai(struct aisp_otel_ctx *c, const struct aisp_otel_span *s)
{
	static const char *const model_ops[] = {"chat", "text_completion", "completion", "generate_content", "embeddings", "rerank", "embedding"};
	struct aisp_slice model = s->f[OT_MODEL].n ? s->f[OT_MODEL] : s->f[OT_MODEL_ANSWERED];

	for (size_t i = 0; i < sizeof model_ops / sizeof *model_ops; i++)
		if (op_is(s, model_ops[i]))
			return give(c, s, op_is(s, "completion") ? AISP_S("text_completion") : op_is(s, "embedding") ? AISP_S("embeddings") : s->f[OT_OPERATION], model, 0, true);
	if (is_a(s, "execute_tool", "tool"))
		return tool_call(c, s);
	if (op_is(s, "create_agent") || is_a(s, "invoke_agent", "agent"))
		return give(c, s, s->f[OT_OPERATION].n ? s->f[OT_OPERATION] : AISP_S("invoke_agent"), runs_agent(s), 0, false);
	if (op_is(s, "retrieval") || kind_is(s, "retriever"))
		return give(c, s, AISP_S("retrieval"), s->f[OT_DATA_SOURCE].n ? s->f[OT_DATA_SOURCE] : s->f[OT_DB_TABLE], 0, true);
	if (is_a(s, "chat", "llm"))
		return give(c, s, AISP_S("chat"), model, 0, true);
	if (is_a(s, "embeddings", "embedding"))
		return give(c, s, AISP_S("embeddings"), model, 0, true);
	return 0;
}
int aisp_otel__span(struct aisp_otel_ctx *c, struct aisp_otel_span *s)
{
	if (!s->key)
		return aisp_fail(c->err, AISP_E_PARSE, "a span without its ids");
	c->spans++;
	if (s->parent == s->key)
		s->parent = 0;
	remember(c->p, c->p->state, s, runs_agent(s));
	if (s->f[OT_MCP_METHOD].n)
		return mcp(c, s);
	if (s->f[OT_DB_SYSTEM].n && !op_is(s, "retrieval"))
		return database(c, s);
	return genai(c, s);
}
/* Held events whose chain of parents has become whole go out with their agent. */
int aisp_otel__settle(struct aisp_otel_ctx *c)
{
	struct otel *o = c->p->state;
	int r = 0;

	for (uint32_t i = 0; i < AISP_LOG_HELD_SLOTS && r >= 0; i++) {
		struct aisp_log_held_slot *s = &o->held.slots[i];
		struct aisp_slice agent;

		if (!o->held.key[i] || !agent_above(o, o->held.key[i], &agent))
			continue;
		if (agent.n)
			s->e.identity = agent;
		r = aisp_log__held_drop(c->p, &o->held, s, true, c->sink, c->ctx, c->err);
	}
	return r;
}
int aisp_log__otel_flush(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct otel *o = p->state;

	return o ? aisp_log__held_all(p, &o->held, sink, ctx, err) : 0;
}
