/* What a hit's arguments say: model names, collections, tools, prompts, tables. Called once for each hit, in order; may
 * add hits (a tool from a plain function, a prompt from a text).
 */
#include "scan/source/finish.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

struct aisp_source_value aisp_source__value_of(struct program *P, const struct sval *v)
{
	struct aisp_source_value out = {0};

	if (!v || v->kind == SV_NULL)
		return out;
	out.kind = AISP_SOURCE_UNRESOLVED;
	switch (v->kind) {
	case SV_STR:
		out.kind = v->s.n ? AISP_SOURCE_LITERAL : AISP_SOURCE_ABSENT;
		out.text = v->s;
		break;
	case SV_OTHER:
		out.kind = v->s.n ? AISP_SOURCE_LITERAL : AISP_SOURCE_ABSENT;
		out.text = v->s;
		break;
	case SV_ENV:
		out.kind = AISP_SOURCE_FROM_ENV;
		out.env = v->s;
		while (v->inner && v->inner->kind == SV_ENV)
			v = v->inner;
		if (v->inner && v->inner->kind == SV_STR)
			out.text = v->inner->s;
		break;
	case SV_TEXT:
		out.text = v->s;
		out.reason = AISP_S("put together at run time");
		break;
	case SV_UNION:
		out.reason = AISP_S("differs between branches or callers");
		break;
	case SV_UNKNOWN:
		out.reason = v->s;
		break;
	case SV_LIST:
		return v->n == 1 ? aisp_source__value_of(P, v->items[0]) : (struct aisp_source_value){.kind = AISP_SOURCE_UNRESOLVED, .reason = AISP_S("several values")};
	default:
		out.reason = AISP_S("an object");
		break;
	}
	return out;
}

bool aisp_source__is_true(const struct sval *v)
{
	return v && v->kind == SV_OTHER && v->b;
}

static struct aisp_slice known_name(struct program *P, const struct phit *h)
{
	const struct sval *v = aisp_source__role(P, h->row, h->call, "name");

	return v && v->kind == SV_STR ? v->s : aisp_slice_z("");
}

/* Every hit of these kinds in a value. */
void aisp_source__related(struct program *P, uint32_t from, const struct sval *v, enum aisp_source_role r, unsigned kinds,
                    unsigned depth)
{
	uint32_t h = v ? aisp_source__hit_now(P, aisp_source__sv_hit(v)) : 0;

	if (!v || depth > 6 || !spend(P))
		return;
	if (h && (kinds >> at(P, h)->h.kind & 1)) {
		aisp_source__relate(P, from, r, h);
	} else if (v->kind == SV_LIST || v->kind == SV_UNION) {
		for (uint32_t i = 0; i < v->n; i++)
			aisp_source__related(P, from, v->items[i], r, kinds, depth + 1);
	} else if (v->kind == SV_DICT) {
		for (uint32_t i = 0; i < v->n; i++)
			aisp_source__related(P, from, v->members[i].value, r, kinds, depth + 1);
	}
}
static void stores(struct program *P, uint32_t from, const struct sval *v)
{
	aisp_source__related(P, from, v, AISP_SOURCE_ROLE_RETRIEVES, K(STORE), 0);
	aisp_source__related(P, from, v, AISP_SOURCE_ROLE_CALLS_AGENT, K(AGENT), 0);
}

/* What the agent goes on from: another agent, the model or store that it was made from. */
static void agent_origin(struct program *P, uint32_t hit)
{
	const struct phit *h = at(P, hit);
	const struct sval *v = aisp_source__role(P, h->row, h->call, "same");
	uint32_t inner = v ? aisp_source__hit_now(P, aisp_source__sv_hit(v)) : 0, o = aisp_source__hit_now(P, h->origin);

	if (inner && inner != hit && (at(P, inner)->h.kind == AISP_SOURCE_AGENT || at(P, inner)->h.kind == AISP_SOURCE_CHAIN))
		aisp_source__merge(P, inner, hit);
	else if (v)
		aisp_source__finish_llm(P, hit, v, 0);
	if (!o)
		return;
	if (at(P, o)->h.kind == AISP_SOURCE_MODEL) {
		aisp_source__relate(P, hit, AISP_SOURCE_ROLE_CALLS_MODEL, o);
	} else if (at(P, o)->h.kind == AISP_SOURCE_STORE) {
		aisp_source__relate(P, hit, AISP_SOURCE_ROLE_RETRIEVES, o);
		at(P, hit)->bound = true;
	}
}

static void agent_parts(struct program *P, uint32_t hit)
{
	const struct phit *h = at(P, hit);
	const struct sval *v = aisp_source__role(P, h->row, h->call, "tools");

	if (aisp_source__some_tools(v)) {
		at(P, hit)->bound = true;
		aisp_source__finish_tools(P, hit, v, true, 0);
	}
	v = aisp_source__role(P, h->row, h->call, "plugin");
	if (v)
		aisp_source__finish_tools(P, hit, v, false, 0);
	aisp_source__related(P, hit, aisp_source__role(P, h->row, h->call, "mcp"), AISP_SOURCE_ROLE_HAS_TOOL, K(MCP_CLIENT) | K(MCP_SERVER), 0);
	aisp_source__related(P, hit, aisp_source__role(P, h->row, h->call, "agents"), AISP_SOURCE_ROLE_CALLS_AGENT, K(AGENT) | K(CHAIN), 0);
	v = aisp_source__role(P, h->row, h->call, "retriever");
	if (!v)
		v = aisp_source__role(P, h->row, h->call, "store");
	if (v) {
		at(P, hit)->bound = true;
		stores(P, hit, v);
	}
	aisp_source__related(P, hit, aisp_source__role(P, h->row, h->call, "db"), AISP_SOURCE_ROLE_CONNECTS, K(DB), 0);
}

/* code_execution_config={…} of AutoGen: anything but False and None. */
static bool says_executes(const struct sval *v)
{
	return v && v->kind != SV_NULL && v->kind != SV_UNKNOWN && !(v->kind == SV_OTHER && !v->b);
}

static void finish_agent(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);

	agent_origin(P, hit);
	aisp_source__finish_llm(P, hit, aisp_source__role(P, h->row, h->call, "llm"), 0);
	aisp_source__finish_llm(P, hit, aisp_source__role(P, h->row, h->call, "model"), 0);
	agent_parts(P, hit);
	if (h->row->flags & ROW_WHOLE_DB)
		h->h.flags |= AISP_SOURCE_F_WHOLE_DB;
	if ((h->row->flags & ROW_EXECUTES) || says_executes(aisp_source__role(P, h->row, h->call, "executes")))
		h->h.flags |= AISP_SOURCE_F_EXECUTES;
	h->h.name = known_name(P, h);
	aisp_source__finish_prompts(P, hit);
	if ((h->row->flags & ROW_CHAIN) && h->h.kind == AISP_SOURCE_AGENT && !h->bound)
		h->h.kind = AISP_SOURCE_CHAIN;
}

static struct aisp_slice class_name(struct program *P, struct sscope *c)
{
	const struct sval *n = aisp_source__class_attr(P, c, AISP_S("name"), 0);

	if (!n && c->mod->lang == AISP_SOURCE_RUST) /* rig: const NAME */
		n = aisp_source__class_attr(P, c, AISP_S("NAME"), 0);
	return n && n->kind == SV_STR ? n->s : c->name;
}

/* The function's name, or for { execute: … } the name that the tool is bound to. */
static struct aisp_slice tool_name(const struct phit *h)
{
	static const char *const keys[] = {"execute", "func", "fn", "handler", "cb", NULL};
	struct aisp_slice f = h->func ? h->func->name : aisp_slice_z("");
	struct aisp_slice bound = h->call && h->call->kind == SX_CALL ? h->call->s : aisp_slice_z("");

	if (bound.n && bound.p[0] == '\002')
		bound = h->scope ? h->scope->name : aisp_slice_z("");
	for (int i = 0; keys[i] && h->func && !h->func->decorators; i++)
		if (aisp_slice_eqz(f, keys[i]))
			f = aisp_slice_z("");
	return f.n ? f : bound;
}

/* The function that a tool runs, when it is handed over. */
static void tool_function(struct program *P, struct phit *h, uint32_t hit)
{
	const struct sval *v = h->func ? NULL : aisp_source__role(P, h->row, h->call, "func");

	if (v && v->kind == SV_DICT) /* registerTool("n", {…}, {execute}) */
		v = aisp_source__sv_member(v, AISP_S("execute"));
	if (!v || v->kind != SV_FUNC)
		return;
	h->func = v->scope;
	if (!v->scope->hit)
		v->scope->hit = hit;
}

/* Its name as the model sees it; a tool that is bound to no variable has it for a symbol too. */
static void tool_names(struct program *P, struct phit *h, bool own_function)
{
	bool unbound = h->call && h->call->kind == SX_CALL && !h->call->s.n && !own_function;
	struct aisp_slice s;

	h->h.name = known_name(P, h);
	if (own_function && h->func->kind == SSCOPE_CLASS)
		h->h.name = class_name(P, h->func);
	else if (!h->h.name.n)
		h->h.name = tool_name(h);
	if (!unbound || !h->h.name.n || h->h.name.n > 80 || (!h->func && !(h->row->flags & ROW_RETRIEVER)))
		return;
	s = h->h.scope.n ? aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(h->h.scope), AISP_FMT(h->h.name)) : h->h.name;
	if (s.p)
		h->h.symbol = s;
}

/* Whose tool it is by the way it was made: server.tool(…), agent.as_tool(). */
static void tool_owner(struct program *P, const struct phit *h, uint32_t hit)
{
	const struct sval *v = aisp_source__role(P, h->row, h->call, "owner");
	uint32_t o = aisp_source__hit_now(P, h->origin);
	bool derived = h->row->on && (strcmp(h->row->on, "oa_agent") == 0 || strcmp(h->row->on, "lc_runnable") == 0);
	unsigned owners = K(AGENT) | K(MCP_SERVER) | K(CHAIN);

	if (v)
		aisp_source__relate(P, aisp_source__hit_now(P, aisp_source__sv_hit(v)), AISP_SOURCE_ROLE_HAS_TOOL, hit);
	if (!o)
		return;
	if (derived)
		aisp_source__relate(P, hit, AISP_SOURCE_ROLE_CALLS_AGENT, o);
	else if (owners >> at(P, o)->h.kind & 1)
		aisp_source__relate(P, o, AISP_SOURCE_ROLE_HAS_TOOL, hit);
}

/* A ready-made tool that brings what outsiders write. */
static void tool_content(struct program *P, const struct phit *h, uint32_t hit)
{
	struct aisp_slice name = h->row->what ? aisp_slice_z(h->row->what) : AISP_S("content");
	uint32_t c = h->row->fixed && h->scope ? aisp_source__hit_new(P, AISP_SOURCE_CONTENT, NULL, NULL, h->scope, name, h->h.line) : 0;

	if (!c)
		return;
	at(P, c)->finished = true;
	at(P, c)->h.what = h->row->what ? h->row->what : "";
	aisp_source__relate(P, hit, AISP_SOURCE_ROLE_DOES, c);
}

static void finish_tool(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *v;
	bool own_function = h->func != NULL;

	tool_function(P, h, hit);
	tool_names(P, h, own_function);
	if (h->row->flags & ROW_EXECUTES)
		h->h.flags |= AISP_SOURCE_F_EXECUTES;
	if (h->row->flags & ROW_WHOLE_DB)
		h->h.flags |= AISP_SOURCE_F_WHOLE_DB;
	aisp_source__related(P, hit, aisp_source__role(P, h->row, h->call, "db"), AISP_SOURCE_ROLE_CONNECTS, K(DB), 0);
	v = aisp_source__role(P, h->row, h->call, "store");
	if (v)
		stores(P, hit, v);
	tool_owner(P, h, hit);
	tool_content(P, h, hit);
}

/* The library whose way of keeping documents it is, and whether a table or a collection was named. */
static void store_form(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const char *g = h->row && h->row->gives ? h->row->gives : "";

	h->h.framework = strcmp(g, "lc_store") == 0 ? "langchain"
	                 : strncmp(g, "li_", 3) == 0 ? "llamaindex"
	                 : strcmp(g, "hs_store") == 0 ? "haystack"
	                                              : "";
	for (uint32_t i = 0; h->call && h->call->kind == SX_CALL && i < h->call->n; i++) {
		const struct sx_arg *a = &h->call->args[i];
		bool table = aisp_slice_eqz(a->name, "table_name");

		for (uint32_t k = 0; a->value->kind == SX_DICT && k < a->value->n; k++)
			table |= aisp_slice_eqz(a->value->args[k].name, "tableName");
		if (table)
			h->h.flags |= AISP_SOURCE_F_TABLE;
	}
}

/* Where the store's documents are: a client, another store, a text. */
static void store_connection(struct program *P, struct phit *h, uint32_t hit)
{
	const struct sval *conn = aisp_source__role(P, h->row, h->call, "connection");
	uint32_t o = aisp_source__hit_now(P, h->origin), db = conn ? aisp_source__hit_now(P, aisp_source__sv_hit(conn)) : o;
	const struct phit *d = db ? at(P, db) : NULL;

	if (d && d->h.kind == AISP_SOURCE_DB)
		aisp_source__relate(P, hit, AISP_SOURCE_ROLE_CONNECTS, db);
	else if (d && d->h.kind == AISP_SOURCE_STORE && db != hit)
		h->h.value = d->h.value.kind ? d->h.value : aisp_source__value_of(P, aisp_source__role(P, d->row, d->call, "collection"));
	else if (conn)
		h->h.more = aisp_source__value_of(P, conn);
	else if (o && at(P, o)->row)
		h->h.more = aisp_source__value_of(P, aisp_source__role(P, at(P, o)->row, at(P, o)->call, "connection"));
}

static bool same_collection(const struct phit *a, const struct phit *b)
{
	return a->h.kind == AISP_SOURCE_STORE && !a->merged && a->origin == b->origin && a->h.value.kind == b->h.value.kind &&
	       a->h.value.kind != AISP_SOURCE_UNRESOLVED && aisp_slice_eq(a->h.value.text, b->h.value.text) &&
	       aisp_slice_eq(a->h.value.env, b->h.value.env);
}

/* The same collection of the same client, asked several times, is one store. */
static void store_again(struct program *P, const struct phit *h, uint32_t hit)
{
	for (uint32_t i = 1; h->origin && i < hit; i++) {
		if (!same_collection(at(P, i), h))
			continue;
		aisp_source__merge(P, hit, i);
		return;
	}
}

/* from_documents, fromTexts and the like write at once. */
static bool store_fills(const struct sx *call)
{
	struct aisp_slice s;

	if (!call || call->kind != SX_CALL || !call->a || call->a->kind != SX_ATTR)
		return false;
	s = call->a->s;
	return aisp_slice_findi(s, AISP_S("documents")) != SIZE_MAX || aisp_slice_findi(s, AISP_S("texts")) != SIZE_MAX;
}

static void finish_store(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *same = aisp_source__role(P, h->row, h->call, "same"), *embed = aisp_source__role(P, h->row, h->call, "embed");
	uint32_t o = same ? aisp_source__hit_now(P, aisp_source__sv_hit(same)) : 0;

	store_form(P, hit);
	if (o && o != hit && at(P, o)->h.kind == AISP_SOURCE_STORE) {
		aisp_source__merge(P, hit, o);
	} else {
		h->h.value = aisp_source__value_of(P, aisp_source__role(P, h->row, h->call, "collection"));
		store_connection(P, h, hit);
		store_again(P, h, hit);
	}
	aisp_source__related(P, aisp_source__hit_now(P, hit), embed, AISP_SOURCE_ROLE_EMBEDS_WITH, K(MODEL) | K(MODEL_FILE), 0);
	h->is_fill |= store_fills(h->call);
}

static void finish_db(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *c = aisp_source__role(P, h.row, h.call, "connection"), *host = aisp_source__role(P, h.row, h.call, "host");
	const struct sval *name = aisp_source__role(P, h.row, h.call, "database");
	uint32_t inner = c ? aisp_source__hit_now(P, aisp_source__sv_hit(c)) : 0;

	if (inner && inner != hit && at(P, inner)->h.kind == AISP_SOURCE_DB) {
		aisp_source__merge(P, hit, inner);
		return;
	}
	if (c && c->kind == SV_DICT)
		c = NULL;
	at(P, hit)->h.value = aisp_source__value_of(P, c ? c : host);
	at(P, hit)->h.more = aisp_source__value_of(P, name);
	if (!c && !host && h.call && h.call->kind == SX_CALL && h.call->n == 0 && strcmp(h.h.what, "postgres") == 0)
		at(P, hit)->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_FROM_ENV, .env = AISP_S("PGHOST")};
}

static void sql_tables(struct program *P, uint32_t hit, struct aisp_slice text)
{
	struct aisp_source_sql q;
	struct aisp_source_hit *h;

	if (aisp_source_sql(text, P->a, &q, NULL) < 0) {
		P->bad = AISP_E_NOMEM;
		return;
	}
	h = &at(P, hit)->h;
	if (!q.is_sql) {
		at(P, hit)->hidden = true;
		return;
	}
	h->reads = q.reads;
	h->writes = q.writes;
	h->n_reads = q.n_reads;
	h->n_writes = q.n_writes;
	h->flags |= (q.vector ? AISP_SOURCE_F_VECTOR : 0) | (q.dynamic ? AISP_SOURCE_F_DYNAMIC : 0);
}

static void one_table(struct program *P, uint32_t hit, struct aisp_slice name, bool write)
{
	struct aisp_slice *list = aisp_arena_alloc(P->a, sizeof *list);
	struct aisp_source_hit *h = &at(P, hit)->h;

	if (!list) {
		P->bad = AISP_E_NOMEM;
		return;
	}
	*list = name;
	*(write ? &h->writes : &h->reads) = list;
	*(write ? &h->n_writes : &h->n_reads) = 1;
}

/* The table of an ORM's class: __tablename__. */
static bool entity(struct program *P, uint32_t hit, const struct sval *v, bool write)
{
	const struct sval *t;

	if (!v || (v->kind != SV_CLASS && v->kind != SV_INST))
		return false;
	t = aisp_source__class_attr(P, v->scope, AISP_S("__tablename__"), 0);
	if (!t || t->kind != SV_STR)
		return false;
	one_table(P, hit, t->s, write);
	return true;
}

/* The database that the statement is sent to; 0 if it is not seen. */
static uint32_t sql_database(struct program *P, const struct phit *h)
{
	const struct sval *v = aisp_source__role(P, h->row, h->call, "db");
	uint32_t given = v ? aisp_source__hit_now(P, aisp_source__sv_hit(v)) : 0, o = aisp_source__hit_now(P, h->origin);

	if (given && at(P, given)->h.kind == AISP_SOURCE_DB)
		return given;
	return o && at(P, o)->h.kind == AISP_SOURCE_DB ? o : 0;
}

static void sql_statement(struct program *P, uint32_t hit, const struct sval *v)
{
	struct phit *h = at(P, hit);

	if (v && v->kind == SV_DICT) { /* query({ text, values }) */
		const struct sval *x = aisp_source__sv_member(v, AISP_S("text"));

		v = x ? x : aisp_source__sv_member(v, AISP_S("sql"));
	}
	if (!v || v->kind == SV_NULL || v->kind == SV_OTHER || v->kind == SV_INST || aisp_source__sv_hit(v)) {
		h->hidden = true; /* select(X) and the like are hits of their own */
		return;
	}
	h->h.value = aisp_source__value_of(P, v);
	if (v->kind == SV_STR || v->kind == SV_TEXT)
		sql_tables(P, hit, v->s);
	else
		h->h.flags |= AISP_SOURCE_F_DYNAMIC;
}

static void finish_sql(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *t = aisp_source__role(P, h->row, h->call, "table");
	uint32_t db = sql_database(P, h);
	bool write = h->row->flags & ROW_WRITES;

	if (!db && !h->row->fixed)
		h->h.flags |= AISP_SOURCE_F_RECEIVES;
	aisp_source__relate(P, hit, AISP_SOURCE_ROLE_CONNECTS, db);
	if (entity(P, hit, aisp_source__role(P, h->row, h->call, "entity"), write))
		return;
	if (!t) {
		sql_statement(P, hit, aisp_source__role(P, h->row, h->call, "sql"));
		return;
	}
	h->h.value = aisp_source__value_of(P, t);
	if (t->kind == SV_STR)
		one_table(P, hit, t->s, write);
	else
		h->h.flags |= AISP_SOURCE_F_DYNAMIC;
}

static void finish_http(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = aisp_source__role(P, h.row, h.call, "url"), *base = NULL;

	if (h.origin)
		base = aisp_source__role(P, at(P, h.origin)->row, at(P, h.origin)->call, "base");
	at(P, hit)->h.flags |= h.row->flags & ROW_WRITES ? AISP_SOURCE_F_WRITES : 0;
	if (h.row->fixed) {
		at(P, hit)->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = aisp_slice_z(h.row->fixed)};
		return;
	}
	if (v && v->kind == SV_DICT)
		v = aisp_source__sv_member(v, AISP_S("url"));
	at(P, hit)->h.value = aisp_source__value_of(P, v);
	if (!base && v && (v->kind == SV_STR || v->kind == SV_TEXT) && v->s.n && v->s.p[0] == '/')
		at(P, hit)->hidden = true; /* the page's own server */
	if (at(P, hit)->h.value.kind == AISP_SOURCE_UNRESOLVED && v && v->kind == SV_TEXT)
		at(P, hit)->h.value.text = v->s;
	if (base && (!v || !((v->kind == SV_STR || v->kind == SV_TEXT) && aisp_slice_find(v->s, AISP_S("://")) != SIZE_MAX)))
		at(P, hit)->h.value = aisp_source__value_of(P, base);
}

/* A constant command is not code that somebody else chooses. */
static void finish_code(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = aisp_source__role(P, h.row, h.call, "code"), *first;
	static const char *const shells[] = {"sh", "bash", "/bin/sh", "/bin/bash", "python", "python3", "node", "zsh", "cmd", NULL};

	if (v && v->kind == SV_STR)
		at(P, hit)->hidden = true;
	if (!v || v->kind != SV_LIST || !v->n)
		return;
	first = v->items[0];
	if (first->kind != SV_STR)
		return;
	at(P, hit)->hidden = true;
	for (int i = 0; shells[i]; i++)
		if (aisp_slice_eqz(first->s, shells[i]) && v->n > 1)
			for (uint32_t k = 1; k < v->n; k++)
				if (v->items[k]->kind != SV_STR)
					at(P, hit)->hidden = false;
}

static void finish_dataset(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *d = aisp_source__role(P, h.row, h.call, "dataset"), *f = aisp_source__role(P, h.row, h.call, "file");
	const struct sval *b = aisp_source__role(P, h.row, h.call, "bucket"), *k = aisp_source__role(P, h.row, h.call, "key");
	struct aisp_slice s;

	if (d && d->kind == SV_STR && f && !aisp_slice_eqz(d->s, "csv") && !aisp_slice_eqz(d->s, "json") &&
	    !aisp_slice_eqz(d->s, "parquet") && !aisp_slice_eqz(d->s, "text"))
		f = NULL;
	if (b) {
		s = b->kind == SV_STR ? aisp_arena_printf(P->a, "s3://%.*s/%.*s", AISP_FMT(b->s), AISP_FMT(k && k->kind == SV_STR ? k->s : aisp_slice_z("")))
		                      : aisp_slice_z("");
		at(P, hit)->h.value = s.n ? (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = s} : aisp_source__value_of(P, b);
		return;
	}
	at(P, hit)->h.value = aisp_source__value_of(P, f ? f : d);
	if (!f && d)
		at(P, hit)->h.what = "huggingface";
	else
		at(P, hit)->h.what = "file";
	if (aisp_source__is_true(aisp_source__role(P, h.row, h.call, "trust")))
		at(P, hit)->h.flags |= AISP_SOURCE_F_EXECUTES;
}

static bool says_model(struct aisp_slice s)
{
	static const char *const words[] = {"model", "clf", "classif", "weights", "pipeline", "vectorizer", "regress", "encoder",
	                                    "scaler", "estimator", ".pt", ".joblib", "checkpoint", "ckpt", NULL};

	for (int i = 0; words[i]; i++)
		if (aisp_slice_findi(s, aisp_slice_z(words[i])) != SIZE_MAX)
			return true;
	return false;
}

static void finish_model_file(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *safe = aisp_source__role(P, h.row, h.call, "safe");

	at(P, hit)->h.value = aisp_source__value_of(P, aisp_source__role(P, h.row, h.call, "path"));
	if (strcmp(h.h.what, "pickle.load") == 0 &&
	    !(at(P, hit)->h.value.text.n && says_model(at(P, hit)->h.value.text)))
		at(P, hit)->hidden = true; /* a cache or state, as far as we know */
	if ((h.row->flags & ROW_EXECUTES) && !aisp_source__is_true(safe) && !aisp_slice_ends(at(P, hit)->h.value.text, AISP_S(".safetensors")))
		at(P, hit)->h.flags |= AISP_SOURCE_F_EXECUTES;
}

static void finish_mcp(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = aisp_source__role(P, h.row, h.call, "url");

	at(P, hit)->h.name = known_name(P, &h);
	if (h.h.kind == AISP_SOURCE_MCP_SERVER) {
		at(P, hit)->h.value = aisp_source__value_of(P, aisp_source__role(P, h.row, h.call, "name"));
		if (!at(P, hit)->h.name.n)
			at(P, hit)->h.name = at(P, hit)->h.value.text;
		v = aisp_source__role(P, h.row, h.call, "auth");
		if (v && v->kind != SV_NULL)
			at(P, hit)->h.auth = AISP_SOURCE_AUTH_REQUIRED;
		return;
	}
	if (!v || v->kind == SV_NULL || v->kind == SV_OTHER)
		v = aisp_source__role(P, h.row, h.call, "command");
	at(P, hit)->h.value = aisp_source__value_of(P, v);
}

static void finish_prompt(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = aisp_source__role(P, h.row, h.call, "text");

	at(P, hit)->h.name = known_name(P, &h);
	if (h.func) {
		v = aisp_source__sv_result(P, h.func);
		aisp_source__relate(P, aisp_source__hit_now(P, h.origin), AISP_SOURCE_ROLE_FOLLOWS, hit);
	}
	for (unsigned depth = 0; v && v->kind == SV_LIST && v->n && depth < 4; depth++) {
		const struct sval *pick = NULL;

		for (uint32_t i = 0; i < v->n && !pick; i++) {
			const struct sval *m = v->items[i];

			if (m->kind == SV_LIST && m->n == 2 && m->items[0]->kind == SV_STR && aisp_slice_eqz(m->items[0]->s, "system"))
				pick = m->items[1];
			else if (m->kind == SV_OBJ && m->hit && at(P, aisp_source__hit_now(P, m->hit))->h.kind == AISP_SOURCE_PROMPT)
				aisp_source__relate(P, hit, AISP_SOURCE_ROLE_FOLLOWS, aisp_source__hit_now(P, m->hit));
		}
		v = pick;
	}
	at(P, hit)->h.value = aisp_source__value_of(P, v);
}

static void finish_same(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	uint32_t o = aisp_source__hit_now(P, h.origin), t;
	const struct sval *v;

	if (!o)
		return;
	if (h.row->flags & ROW_WRITES) { /* .insert(…) on a table */
		struct aisp_source_hit *s = &at(P, o)->h;

		if (s->n_reads && !s->n_writes) {
			s->writes = s->reads;
			s->n_writes = s->n_reads;
			s->n_reads = 0;
		}
		return;
	}
	aisp_source__finish_llm(P, o, aisp_source__role(P, h.row, h.call, "llm"), 0);
	v = aisp_source__role(P, h.row, h.call, "plugin");
	if (v && (v->kind == SV_INST || (v->kind == SV_CLASS && aisp_source__is_shaped(v->scope->mod->lang)))) {
		/* Semantic Kernel: every marked method */
		for (struct sscope *m = v->scope->kids; m; m = m->next) {
			aisp_source__scope_marks(P, m);
			t = aisp_source__hit_now(P, m->hit);
			if (t)
				aisp_source__relate(P, o, AISP_SOURCE_ROLE_HAS_TOOL, t);
			at(P, o)->bound |= t != 0;
		}
	} else if (v) {
		aisp_source__finish_tools(P, o, v, false, 0);
	}
	v = aisp_source__role(P, h.row, h.call, "node");
	if (!v)
		v = aisp_source__role(P, h.row, h.call, "part");
	if (v) {
		aisp_source__finish_llm(P, o, v, 0);
		if (aisp_source__some_tools(v) && (v->kind == SV_LIST || (aisp_source__sv_hit(v) && at(P, aisp_source__hit_now(P, aisp_source__sv_hit(v)))->h.kind == AISP_SOURCE_TOOL))) {
			aisp_source__finish_tools(P, o, v, true, 0);
			at(P, o)->bound = true;
		}
		aisp_source__related(P, o, v, AISP_SOURCE_ROLE_RETRIEVES, K(STORE), 0);
		aisp_source__related(P, o, v, AISP_SOURCE_ROLE_FOLLOWS, K(PROMPT), 0);
		if (aisp_source__sv_hit(v) && at(P, aisp_source__hit_now(P, aisp_source__sv_hit(v)))->h.kind == AISP_SOURCE_STORE)
			at(P, o)->bound = true;
	}
}

/* The handler: named, or the last argument. */
static struct sscope *route_handler(struct program *P, const struct phit *h)
{
	const struct sval *v = aisp_source__role(P, h->row, h->call, "handler");

	if (v && v->kind == SV_FUNC)
		return v->scope;
	if (h->func || !h->call || h->call->kind != SX_CALL || !h->call->n)
		return h->func;
	v = aisp_source__eval(P, h->call->args[h->call->n - 1].value);
	return v->kind == SV_FUNC ? v->scope : NULL;
}

static void finish_route(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);
	const struct sval *m = aisp_source__role(P, h->row, h->call, "methods");
	struct aisp_slice verb = h->call && h->call->a ? h->call->a->s : aisp_slice_z("");

	h->func = route_handler(P, h);
	h->h.value = aisp_source__value_of(P, aisp_source__role(P, h->row, h->call, "path"));
	if (m && m->kind == SV_LIST && m->n && m->items[0]->kind == SV_STR)
		h->h.name = m->items[0]->s;
	else
		h->h.name = aisp_slice_eqz(verb, "route") || aisp_slice_eqz(verb, "api_route") ? AISP_S("get") : verb;
	/* app.get("view engine") of Express reads a setting. */
	if (!h->func && h->call && h->call->kind == SX_CALL && h->call->n < 2 && h->row->what)
		h->hidden = true;
}

void aisp_source__hit_finish(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);

	if (h->finished || !h->row)
		return;
	h->finished = true;
	switch (h->h.kind) {
	case AISP_SOURCE_MODEL:
		aisp_source__finish_model(P, hit);
		break;
	case AISP_SOURCE_AGENT:
	case AISP_SOURCE_CHAIN:
		finish_agent(P, hit);
		break;
	case AISP_SOURCE_TOOL:
		finish_tool(P, hit);
		break;
	case AISP_SOURCE_STORE:
		finish_store(P, hit);
		break;
	case AISP_SOURCE_DB:
		finish_db(P, hit);
		break;
	case AISP_SOURCE_SQL:
		finish_sql(P, hit);
		break;
	case AISP_SOURCE_HTTP:
		finish_http(P, hit);
		break;
	case AISP_SOURCE_CODE:
		finish_code(P, hit);
		break;
	case AISP_SOURCE_DATASET:
		finish_dataset(P, hit);
		break;
	case AISP_SOURCE_MODEL_FILE:
		finish_model_file(P, hit);
		break;
	case AISP_SOURCE_CONTENT:
		h->h.value = aisp_source__value_of(P, aisp_source__role(P, h->row, h->call, "url"));
		break;
	case AISP_SOURCE_LOG:
		h->h.value = aisp_source__value_of(P, aisp_source__role(P, h->row, h->call, h->row->roles && strstr(h->row->roles, "connection") ? "connection" : "base"));
		break;
	case AISP_SOURCE_TRAINING:
		aisp_source__finish_llm(P, hit, aisp_source__role(P, h->row, h->call, "llm"), 0);
		h = at(P, hit);
		h->h.value = aisp_source__value_of(P, aisp_source__role(P, h->row, h->call, "model"));
		aisp_source__related(P, hit, aisp_source__role(P, h->row, h->call, "data"), AISP_SOURCE_ROLE_TRAINS_ON, K(DATASET), 0);
		break;
	case AISP_SOURCE_MCP_SERVER:
	case AISP_SOURCE_MCP_CLIENT:
		finish_mcp(P, hit);
		break;
	case AISP_SOURCE_PROMPT:
		finish_prompt(P, hit);
		break;
	case AISP_SOURCE_ROUTE:
		finish_route(P, hit);
		break;
	default:
		if (h->row->does == DOES_SAME)
			finish_same(P, hit);
		else if (h->row->does == DOES_INVOKE && h->origin)
			aisp_source__related(P, aisp_source__hit_now(P, h->origin), aisp_source__role(P, h->row, h->call, "agents"), AISP_SOURCE_ROLE_CALLS_AGENT, K(AGENT), 0);
		break;
	}
}
