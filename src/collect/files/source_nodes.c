/* The node of each hit. A value that is not known gives a node with confidence unresolved and the reason, never a guess. */
#include "collect/files/source_int.h"
#include "collect/files/tool_actions.h"

struct aisp_slice aisp_source__path(const struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	return aisp_source_path(g->modules.v[h->module]);
}

/* Text of a value as it may be shown: a model's or a collection's name is, unless it looks like a secret. */
static bool is_shown(struct aisp_slice text)
{
	struct aisp_value v;

	aisp_value_classify(aisp_slice_z(""), text, &v);
	return v.kind != AISP_VALUE_SECRET && v.kind != AISP_VALUE_CONNECTION && text.n <= 300;
}

struct aisp_place aisp_source__at(const struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	bool quoted = h->value.kind == AISP_SOURCE_LITERAL && aisp_slice_find(h->note, h->value.text) != SIZE_MAX;

	return (struct aisp_place){
		.path = aisp_source__path(g, h),
		.line = h->line,
		.pointer = h->scope.n ? h->scope : h->symbol,
		.note = quoted && !is_shown(h->value.text) ? AISP_S("a call with a value that is not shown") : h->note,
		.confidence = h->flags & AISP_SOURCE_F_INFERRED ? AISP_CONF_INFERRED : AISP_CONF_DECLARED,
	};
}

struct aisp_slice aisp_source__id(struct aisp_source_graph *g, const char *scheme, const struct aisp_source_hit *h)
{
	return aisp_emit_fmt(g->e, "%s://%.*s/%.*s#%.*s", scheme, AISP_FMT(g->e->repo), AISP_FMT(aisp_source__path(g, h)),
	                     AISP_FMT(h->symbol));
}

aisp_node aisp_source__file(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	return aisp_emit_file(g->e, aisp_source__path(g, h));
}

/* "NAME/DIR" or "NAME" of the component around. */
static struct aisp_slice component(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	const struct aisp_component *c = aisp_emit_component_of(g->e, aisp_source__path(g, h));

	return c->dir.n ? aisp_emit_fmt(g->e, "%.*s/%.*s", AISP_FMT(g->e->repo), AISP_FMT(c->dir)) : g->e->repo;
}

static void say_value(struct aisp_source_graph *g, aisp_node n, const struct aisp_source_value *v)
{
	if (v->kind == AISP_SOURCE_FROM_ENV) {
		aisp_emit_str(g->e, n, "env", v->env);
		if (v->text.n && is_shown(v->text))
			aisp_emit_str(g->e, n, "default", v->text);
	} else if (v->kind == AISP_SOURCE_UNRESOLVED) {
		aisp_emit_str(g->e, n, "unresolved", v->reason);
	}
}

static void name_node(struct aisp_source_graph *g, aisp_node n, struct aisp_slice name, struct aisp_slice otherwise)
{
	aisp_emit_str(g->e, n, "name", name.n ? name : otherwise);
}

void aisp_source__connection(struct aisp_source_graph *g, aisp_node n, const struct aisp_source_hit *h,
                             const struct aisp_source_value *v)
{
	struct aisp_connection c;
	struct aisp_place at = aisp_source__at(g, h);
	char shown[512];
	size_t url;
	aisp_node holder;

	if (v->kind == AISP_SOURCE_FROM_ENV)
		aisp_emit_str(g->e, n, "env", v->env);
	if ((v->kind != AISP_SOURCE_LITERAL && v->kind != AISP_SOURCE_FROM_ENV) || !v->text.n ||
	    !aisp_connection_parse(v->text, &c))
		return;
	if (v->kind == AISP_SOURCE_LITERAL && aisp_connection_is_store(&c))
		aisp_connection_props(g->e, n, &c);
	else if (v->kind == AISP_SOURCE_LITERAL && (url = aisp_url_show(v->text, shown, sizeof shown)) > 0)
		aisp_emit_str(g->e, n, "url", aisp_slice_of(shown, url));
	if (!c.password.n || c.placeholder)
		return;
	at.note = AISP_S("a connection string in the code");
	holder = aisp_source__file(g, h);
	aisp_credential_add(g->e, AISP_S("connection_string"), v->text, &holder, 1, &at);
}

aisp_node aisp_source__table(struct aisp_source_graph *g, const struct aisp_source_hit *sql, struct aisp_slice table)
{
	struct aisp_place at = aisp_source__at(g, sql);
	aisp_node n = aisp_emit_node(g->e, AISP_NODE_TABLE,
	                             aisp_emit_fmt(g->e, "sql://%.*s/%.*s", AISP_FMT(component(g, sql)), AISP_FMT(table)), &at);

	aisp_emit_str(g->e, n, "name", table);
	return n;
}

/* Models */

static aisp_node model(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	const struct aisp_source_value *v = &h->value;
	const char *provider = h->what && h->what[0] ? h->what : "unknown";
	bool known = v->kind == AISP_SOURCE_LITERAL && is_shown(v->text);
	struct aisp_slice id;
	aisp_node n;

	if (known) {
		id = aisp_emit_fmt(g->e, "model://%s/%.*s", provider, AISP_FMT(v->text));
	} else {
		struct aisp_slice name = v->kind == AISP_SOURCE_FROM_ENV ? v->env : AISP_S("model");

		at.confidence = AISP_CONF_UNRESOLVED;
		id = aisp_emit_fmt(g->e, "model://%s/unresolved/%.*s/%.*s/%.*s#%.*s", provider, AISP_FMT(name), AISP_FMT(g->e->repo),
		                   AISP_FMT(aisp_source__path(g, h)), AISP_FMT(h->symbol));
	}
	n = aisp_emit_node(g->e, AISP_NODE_MODEL, id, &at);
	aisp_emit_strz(g->e, n, "provider", provider);
	name_node(g, n, known ? v->text : v->kind == AISP_SOURCE_FROM_ENV ? v->env : aisp_slice_z(""), h->symbol);
	say_value(g, n, v);
	aisp_emit_str(g->e, n, "resource", h->name); /* an ARN that is no foundation model's: what it is */
	if (h->flags & AISP_SOURCE_F_EMBEDDING)
		aisp_emit_bool(g->e, n, "embedding", true);
	return n;
}

static aisp_node model_file(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	struct aisp_slice id, p = h->value.text;
	aisp_node n;

	if (h->value.kind == AISP_SOURCE_LITERAL && is_shown(p)) {
		while (aisp_slice_starts(p, AISP_S("./")))
			p = aisp_slice_from(p, 2);
		id = aisp_emit_fmt(g->e, "modelfile://%.*s/%.*s", AISP_FMT(g->e->repo), AISP_FMT(p));
	} else {
		at.confidence = AISP_CONF_UNRESOLVED;
		id = aisp_emit_fmt(g->e, "modelfile://%.*s/unresolved/%.*s#%.*s", AISP_FMT(g->e->repo), AISP_FMT(at.path), AISP_FMT(h->symbol));
		p = h->symbol;
	}
	n = aisp_emit_node(g->e, AISP_NODE_MODEL_FILE, id, &at);
	aisp_emit_str(g->e, n, "name", aisp_slice_basename(p));
	aisp_emit_strz(g->e, n, "loader", h->what);
	say_value(g, n, &h->value);
	return n;
}

/* Agents, tools, prompts, stores */

static aisp_node named(struct aisp_source_graph *g, const struct aisp_source_hit *h, enum aisp_node_kind kind, const char *scheme)
{
	struct aisp_place at = aisp_source__at(g, h);
	aisp_node n;

	if (kind == AISP_NODE_AGENT && h->what && strcmp(h->what, "code") == 0) {
		at.confidence = AISP_CONF_INFERRED;
		at.note = AISP_S("asks a model with tools or with retrieved content");
	}
	n = aisp_emit_node(g->e, kind, aisp_source__id(g, scheme, h), &at);
	name_node(g, n, h->name, h->symbol);
	if (h->what && h->what[0])
		aisp_emit_strz(g->e, n, "framework", h->what);
	if (h->flags & AISP_SOURCE_F_EXECUTES)
		aisp_emit_bool(g->e, n, "executes_code", true);
	if (h->flags & AISP_SOURCE_F_WHOLE_DB)
		aisp_emit_bool(g->e, n, "writes_its_own_sql", true);
	return n;
}

/* What the model is told of it, what it takes and what its code calls: the tool classifier reads these (tool_actions.c). */
static aisp_node tool(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	aisp_node n = named(g, h, AISP_NODE_TOOL, "tool");

	aisp_emit_str(g->e, n, "description", h->description);
	for (uint32_t i = 0; i < h->n_params; i++) {
		const struct aisp_source_param *p = &h->params[i];

		aisp_emit_item(g->e, n, "params",
		               p->type.n ? aisp_emit_fmt(g->e, "%.*s: %.*s", AISP_FMT(p->name), AISP_FMT(p->type)) : p->name);
	}
	for (uint32_t i = 0; i < h->n_calls; i++)
		aisp_emit_item(g->e, n, "calls", h->calls[i]);
	return n;
}

static aisp_node prompt(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	aisp_node n = named(g, h, AISP_NODE_PROMPT, "prompt");

	if (h->value.text.n)
		aisp_emit_int(g->e, n, "length", (int64_t)h->value.text.n);
	aisp_tool_orders(g->e, n, AISP_TEXT_PROMPT, h->value.text);
	say_value(g, n, &h->value);
	return n;
}

static aisp_node store(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	aisp_node n;
	bool known = h->value.kind == AISP_SOURCE_LITERAL && is_shown(h->value.text);

	if (h->value.kind == AISP_SOURCE_UNRESOLVED)
		at.confidence = AISP_CONF_UNRESOLVED;
	n = aisp_emit_node(g->e, AISP_NODE_COLLECTION, aisp_source__id(g, "collection", h), &at);
	name_node(g, n, known ? h->value.text : aisp_slice_z(""), h->symbol);
	aisp_emit_strz(g->e, n, "store", h->what);
	aisp_emit_strz(g->e, n, "framework", h->framework);
	if (known)
		aisp_emit_str(g->e, n, h->flags & AISP_SOURCE_F_TABLE ? "table" : "collection", h->value.text);
	else if (h->value.kind == AISP_SOURCE_FROM_ENV)
		aisp_emit_str(g->e, n, "collection_env", h->value.env);
	else if (h->value.kind == AISP_SOURCE_UNRESOLVED)
		aisp_emit_str(g->e, n, "unresolved", h->value.reason);
	aisp_source__connection(g, n, h, &h->more);
	return n;
}

static aisp_node dataset(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	struct aisp_slice t = h->value.text, id;
	char shown[512];
	size_t url;
	aisp_node n;

	if (h->value.kind != AISP_SOURCE_LITERAL || !t.n || t.n > 300) {
		at.confidence = AISP_CONF_UNRESOLVED;
		id = aisp_emit_fmt(g->e, "dataset://%.*s/unresolved/%.*s#%.*s", AISP_FMT(g->e->repo), AISP_FMT(at.path), AISP_FMT(h->symbol));
		t = h->symbol;
	} else if (aisp_slice_starts(t, AISP_S("s3://")) || aisp_slice_starts(t, AISP_S("gs://")) || aisp_slice_starts(t, AISP_S("abfs"))) {
		id = t;
	} else if ((url = aisp_url_show(t, shown, sizeof shown)) > 0) {
		id = aisp_emit_dup(g->e, aisp_slice_of(shown, url));
	} else if (strcmp(h->what, "huggingface") == 0) {
		id = aisp_emit_fmt(g->e, "dataset://huggingface/%.*s", AISP_FMT(t));
	} else {
		while (aisp_slice_starts(t, AISP_S("./")))
			t = aisp_slice_from(t, 2);
		id = aisp_emit_fmt(g->e, "dataset://%.*s/%.*s", AISP_FMT(g->e->repo), AISP_FMT(t));
	}
	n = aisp_emit_node(g->e, AISP_NODE_DATASET, id, &at);
	aisp_emit_str(g->e, n, "name", aisp_slice_basename(t));
	say_value(g, n, &h->value);
	return n;
}

/* "https://api.stripe.com/v1" → scheme, host and port; a text whose host is known though its path is not counts. */
static aisp_node external(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	struct aisp_slice t = h->value.text, host;
	size_t sep = aisp_slice_find(t, AISP_S("://")), end;
	aisp_node n;

	if (h->value.kind == AISP_SOURCE_FROM_ENV || sep == SIZE_MAX || sep > 5 || !aisp_slice_starts(t, AISP_S("http")))
		return 0;
	host = aisp_slice_from(t, sep + 3);
	for (end = 0; end < host.n && !strchr("/?#", host.p[end]) && host.p[end]; end++)
		;
	if (end == host.n && h->value.kind == AISP_SOURCE_UNRESOLVED)
		return 0; /* the host itself may go on */
	host = aisp_slice_to(host, end);
	if (aisp_slice_rchr(host, '@') != SIZE_MAX)
		host = aisp_slice_from(host, aisp_slice_rchr(host, '@') + 1);
	if (!host.n || host.n > 255 || aisp_slice_chr(host, '\001') != SIZE_MAX || aisp_slice_chr(host, '{') != SIZE_MAX)
		return 0;
	n = aisp_emit_node(g->e, AISP_NODE_EXTERNAL_SERVICE,
	                   aisp_emit_fmt(g->e, "%.*s://%.*s", AISP_FMT(aisp_slice_to(t, sep)), AISP_FMT(host)), &at);
	aisp_emit_str(g->e, n, "name", host);
	return n;
}

static aisp_node content(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	aisp_node n = aisp_emit_node(g->e, AISP_NODE_CONTENT, aisp_source__id(g, "content", h), &at);

	name_node(g, n, aisp_slice_z(h->what), h->symbol);
	return n;
}

static aisp_node mcp_client(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	char shown[512];
	size_t url = h->value.kind == AISP_SOURCE_LITERAL ? aisp_url_show(h->value.text, shown, sizeof shown) : 0;
	aisp_node n;

	if (h->value.kind == AISP_SOURCE_UNRESOLVED)
		at.confidence = AISP_CONF_UNRESOLVED;
	n = aisp_emit_node(g->e, AISP_NODE_MCP_SERVER, url ? aisp_emit_dup(g->e, aisp_slice_of(shown, url)) : aisp_source__id(g, "mcp", h), &at);
	name_node(g, n, h->name, url ? aisp_emit_dup(g->e, aisp_slice_of(shown, url)) : h->symbol);
	say_value(g, n, &h->value);
	if (!url && h->value.kind == AISP_SOURCE_LITERAL && is_shown(h->value.text))
		aisp_emit_str(g->e, n, "command", h->value.text);
	return n;
}

static aisp_node variable(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	struct aisp_place at = aisp_source__at(g, h);
	const struct aisp_component *c = aisp_emit_component_of(g->e, at.path);
	aisp_node n;

	at.note = AISP_S("read by the code");
	n = aisp_emit_node(g->e, AISP_NODE_VARIABLE,
	                   aisp_emit_fmt(g->e, "%.*s#env/%.*s", AISP_FMT(aisp_emit_component_id(g->e, c->dir)), AISP_FMT(h->value.text)), &at);
	aisp_emit_str(g->e, n, "name", h->value.text);
	return n;
}

static aisp_node node_of(struct aisp_source_graph *g, const struct aisp_source_hit *h)
{
	aisp_node n;

	switch (h->kind) {
	case AISP_SOURCE_MODEL:
		return model(g, h);
	case AISP_SOURCE_MODEL_FILE:
		return model_file(g, h);
	case AISP_SOURCE_AGENT:
		return named(g, h, AISP_NODE_AGENT, "agent");
	case AISP_SOURCE_TOOL:
		return tool(g, h);
	case AISP_SOURCE_MCP_SERVER:
		n = named(g, h, AISP_NODE_MCP_SERVER, "mcp");
		if (h->auth == AISP_SOURCE_AUTH_REQUIRED)
			aisp_emit_strz(g->e, n, "auth", "required");
		return n;
	case AISP_SOURCE_PROMPT:
		return prompt(g, h);
	case AISP_SOURCE_STORE:
		return store(g, h);
	case AISP_SOURCE_DATASET:
		return dataset(g, h);
	case AISP_SOURCE_HTTP:
		return external(g, h);
	case AISP_SOURCE_CONTENT:
		return content(g, h);
	case AISP_SOURCE_MCP_CLIENT:
		return mcp_client(g, h);
	case AISP_SOURCE_ENV:
		return variable(g, h);
	case AISP_SOURCE_LOG:
		n = named(g, h, AISP_NODE_PROMPT_LOG, "promptlog");
		aisp_source__connection(g, n, h, &h->value);
		return n;
	case AISP_SOURCE_TRAINING:
		return named(g, h, AISP_NODE_TRAINING_JOB, "training");
	default:
		return 0; /* chains, SQL, code, routes and databases are said by edges and properties */
	}
}

void aisp_source__nodes(struct aisp_source_graph *g)
{
	for (size_t i = 0; i < g->f.n_hits && !g->e->bad; i++)
		g->nodes[i] = node_of(g, &g->f.hits[i]);
}
