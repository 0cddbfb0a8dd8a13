/* MCP's messages, one a line: bare JSON-RPC, wrapped in an object with a time, or behind a prefix as desktop hosts write it ("TIME [SERVER] [info] Message from client: {…}").
 * https://modelcontextprotocol.io/specification (tools/call, resources/read, prompts/get; a tool's own failure is isError, a refusal by the server an error)
 *
 * A call is held until its answer says how it went. Arguments and results are never kept. */
#include "base/hash.h"
#include "collect/logs/formats_int.h"

struct mcp {
	struct aisp_log_held held;
	struct aisp_slice client, server; /* clientInfo.name, serverInfo.name of the last handshake */
};
struct message {
	struct aisp_log_parser *p;
	struct mcp *m;
	int64_t at_us;
	struct aisp_slice server; /* of the line's prefix */
	aisp_use_sink *sink;
	void *ctx;
	struct aisp_err *err;
};

/* The JSON-RPC object: d itself, or the member that holds it. */
static const struct aisp_doc *rpc_of(const struct aisp_doc *d)
{
	static const char *const members[] = {"message", "msg", "data", "payload", "request", "response", "body", "rpc", NULL};

	if (aisp_slice_eqz(aisp_doc_getstr(d, "jsonrpc"), "2.0"))
		return d;
	for (size_t i = 0; members[i]; i++) {
		const struct aisp_doc *in = aisp_doc_get(d, members[i]);

		if (aisp_slice_eqz(aisp_doc_getstr(in, "jsonrpc"), "2.0"))
			return in;
	}
	return NULL;
}
/* "2025-03-01T12:00:00.000Z [name] [info] …": the time, and the server's name. */
static struct aisp_slice prefix(struct aisp_slice s, int64_t *ret_at)
{
	size_t used = 0, close;

	*ret_at = aisp_log__when(s, &used);
	s = aisp_slice_trim(aisp_slice_from(s, used));
	if (!used || !s.n || s.p[0] != '[' || (close = aisp_slice_chr(s, ']')) == SIZE_MAX)
		return aisp_slice_of("", 0);
	s = aisp_slice_of(s.p + 1, close - 1);
	return aisp_slice_eqz(s, "info") || aisp_slice_eqz(s, "error") || aisp_slice_eqz(s, "warn") || aisp_slice_eqz(s, "debug") ? aisp_slice_of("", 0) : s;
}
/* The JSON object of a line, NULL when there is none; *ret_torn: it looks like one and is broken. */
static const struct aisp_doc *json_of(struct aisp_arena *a, struct aisp_slice line, struct aisp_slice *ret_before, bool *ret_torn)
{
	const struct aisp_doc_limits limits = {.max_bytes = (size_t)16 << 20, .max_depth = 100, .max_values = 500000};
	const struct aisp_doc *d = NULL;
	size_t at = aisp_slice_chr(line, '{'), end;

	*ret_torn = false;
	*ret_before = aisp_slice_to(line, at == SIZE_MAX ? line.n : at);
	if (at == SIZE_MAX || aisp_slice_find(line, AISP_S("\"jsonrpc\"")) == SIZE_MAX)
		return NULL;
	end = aisp_slice_rchr(line, '}'); /* some hosts add " { metadata: undefined }" or a word behind */
	*ret_torn = end == SIZE_MAX || end < at;
	if (*ret_torn)
		return NULL;
	if (aisp_json_parse(a, aisp_slice_of(line.p + at, end + 1 - at), &limits, &d, NULL) < 0) {
		size_t tail = aisp_slice_find(aisp_slice_from(line, at), AISP_S("} { "));

		if (tail == SIZE_MAX || aisp_json_parse(a, aisp_slice_of(line.p + at, tail + 1), &limits, &d, NULL) < 0)
			*ret_torn = true;
	}
	return d;
}
static void learn(struct mcp *m, struct aisp_arena *stream, const struct aisp_doc *info, struct aisp_slice *slot)
{
	struct aisp_slice name = aisp_slice_to(aisp_doc_getstr(info, "name"), 128);
	static const size_t most = 1 << 20; /* handshakes without end must not fill the arena */

	(void)m;
	if (name.n && !aisp_slice_eq(name, *slot) && aisp_arena_used(stream) < most)
		*slot = aisp_arena_dup(stream, name);
}
static uint64_t key_of(const struct message *g, const struct aisp_doc *id)
{
	struct aisp_slice t = aisp_log__text(g->p->record, id);

	return t.n ? aisp_hash64(t.p, t.n, aisp_hash64(g->server.p, g->server.n, (uint64_t)id->type)) | 1 : 0;
}
static int request(struct message *g, const struct aisp_doc *d)
{
	struct aisp_slice method = aisp_doc_getstr(d, "method"), name = aisp_doc_getstr(aisp_doc_get(d, "params"), "name"), uri = aisp_doc_getstr(aisp_doc_get(d, "params"), "uri");
	struct aisp_use_event e = {.at_us = g->at_us, .outcome = AISP_USE_DONE, .identity = g->m->client, .origin = g->server.n ? g->server : g->m->server.n ? g->m->server : g->p->name};
	struct aisp_arena *a = g->p->record;
	uint64_t key = key_of(g, aisp_doc_get(d, "id"));

	if (aisp_slice_eqz(method, "initialize")) {
		learn(g->m, g->p->stream, aisp_doc_path(d, "params.clientInfo"), &g->m->client);
		return 0;
	}
	if (aisp_slice_eqz(method, "tools/call") || aisp_slice_eqz(method, "prompts/get")) {
		e.action = aisp_arena_printf(a, "%.*s %.*s", AISP_FMT(method), AISP_FMT(name));
		e.asset = name;
	} else if (aisp_slice_eqz(method, "resources/read")) {
		size_t host = aisp_slice_find(uri, AISP_S("://")), path = host == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(uri, host + 3), '/');

		e.action = method;
		e.asset = path == SIZE_MAX ? aisp_slice_to(uri, aisp_slice_chr(uri, '?'))
					   : aisp_arena_printf(a, "%.*s%.*s", AISP_FMT(aisp_slice_to(uri, host + 3 + path)), AISP_FMT(aisp_log__path(a, aisp_slice_from(uri, host + 3 + path))));
		if (aisp_slice_chr(e.asset, '@') != SIZE_MAX)
			e.asset = aisp_slice_from(e.asset, aisp_slice_chr(e.asset, '@') + 1); /* never user:password */
	} else {
		return 0;
	}
	if (!e.asset.n)
		return aisp_fail(g->err, AISP_E_PARSE, "an MCP %.*s without a name", AISP_FMT(method));
	return key ? aisp_log__held_put(g->p, &g->m->held, key, 0, &e, g->sink, g->ctx, g->err) : aisp_log__emit(g->p, &e, g->sink, g->ctx, g->err);
}
static int answer(struct message *g, const struct aisp_doc *d)
{
	const struct aisp_doc *id = aisp_doc_get(d, "id"), *error = aisp_doc_get(d, "error"), *result = aisp_doc_get(d, "result");
	uint64_t key = key_of(g, id);
	struct aisp_log_held_slot *s;
	uint32_t at = 0;

	learn(g->m, g->p->stream, aisp_doc_get(result, "serverInfo"), &g->m->server);
	s = key ? aisp_log__held_find(&g->m->held, key, &at) : NULL;
	if (!s)
		return 0;
	if (error && error->type == AISP_DOC_OBJ)
		s->e.outcome = aisp_log__says_denied(aisp_doc_getstr(error, "message")) ? AISP_USE_DENIED : AISP_USE_FAILED;
	else if (aisp_doc_bool(aisp_doc_get(result, "isError"), false))
		s->e.outcome = AISP_USE_FAILED;
	return aisp_log__held_drop(g->p, &g->m->held, s, true, g->sink, g->ctx, g->err);
}
int aisp_log__mcp_record(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	static const char *const times[] = {"timestamp", "time", "ts", "@timestamp"};
	struct message g = {.p = p, .m = p->state, .sink = sink, .ctx = ctx, .err = err};
	const struct aisp_doc *d, *rpc;
	struct aisp_slice before;
	bool torn;
	int r;

	(void)doc;
	if (!g.m) {
		g.m = aisp_arena_zalloc(p->stream, 1, sizeof *g.m);
		if (!g.m)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for the state of an MCP log");
		r = aisp_log__held_init(&g.m->held, p->stream, err);
		if (r < 0)
			return r;
		p->state = g.m;
	}
	d = json_of(p->record, text, &before, &torn);
	if (torn)
		return aisp_fail(err, AISP_E_PARSE, "an MCP message that is cut off or no JSON");
	rpc = d ? rpc_of(d) : NULL;
	if (!rpc)
		return 0; /* what a server prints between its messages */
	g.server = prefix(before, &g.at_us);
	for (size_t i = 0; i < sizeof times / sizeof *times && !g.at_us; i++)
		g.at_us = aisp_log__doc_time(aisp_doc_get(d, times[i]));
	if (!g.server.n)
		g.server = aisp_doc_getstr(d, "server");
	return aisp_log__has(rpc, "method") ? request(&g, rpc) : answer(&g, rpc);
}
int aisp_log__mcp_flush(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err)
{
	struct mcp *m = p->state;

	return m ? aisp_log__held_all(p, &m->held, sink, ctx, err) : 0;
}
/* One whole message among the first lines, and its method or answer in MCP's words. */
int aisp_log__mcp_recognise(struct aisp_slice head)
{
	static const char *const methods[] = {"initialize", "tools/", "resources/", "prompts/", "notifications/", "ping", "completion/", "logging/", "sampling/", "roots/", "server/", "tasks/"};
	struct aisp_arena *a = aisp_arena_new((size_t)8 << 20);
	struct aisp_slice rest = head, line, before;
	int score = 0;

	for (int n = 0; a && n < 40 && score < 70 && aisp_slice_split(&rest, '\n', &line); n++) {
		bool torn;
		const struct aisp_doc *d = json_of(a, line, &before, &torn), *rpc = d ? rpc_of(d) : NULL;
		struct aisp_slice m = aisp_doc_getstr(rpc, "method");

		for (size_t i = 0; rpc && i < sizeof methods / sizeof *methods; i++)
			if (aisp_slice_starts(m, aisp_slice_z(methods[i])))
				score = 85;
		aisp_arena_reset(a);
	}
	aisp_arena_free(a);
	return score;
}
