/* What a hit's arguments say: model names, collections, tools, prompts, tables. Called once for each hit, in order; may
 * add hits (a tool from a plain function, a prompt from a text).
 */
#include "scan/source/finish.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

struct aisp_source_value value_of(struct program *P, const struct sval *v)
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
		return v->n == 1 ? value_of(P, v->items[0]) : (struct aisp_source_value){.kind = AISP_SOURCE_UNRESOLVED, .reason = AISP_S("several values")};
	default:
		out.reason = AISP_S("an object");
		break;
	}
	return out;
}

bool is_true(const struct sval *v)
{
	return v && v->kind == SV_OTHER && v->b;
}

static struct aisp_slice known_name(struct program *P, const struct phit *h)
{
	const struct sval *v = role(P, h->row, h->call, "name");

	return v && v->kind == SV_STR ? v->s : aisp_slice_z("");
}

/* Every hit of these kinds in a value. */
void related(struct program *P, uint32_t from, const struct sval *v, enum aisp_source_role r, unsigned kinds,
                    unsigned depth)
{
	uint32_t h = v ? hit_now(P, sv_hit(v)) : 0;

	if (!v || depth > 6 || !spend(P))
		return;
	if (h && (kinds >> at(P, h)->h.kind & 1)) {
		relate(P, from, r, h);
	} else if (v->kind == SV_LIST || v->kind == SV_UNION) {
		for (uint32_t i = 0; i < v->n; i++)
			related(P, from, v->items[i], r, kinds, depth + 1);
	} else if (v->kind == SV_DICT) {
		for (uint32_t i = 0; i < v->n; i++)
			related(P, from, v->members[i].value, r, kinds, depth + 1);
	}
}
static void stores(struct program *P, uint32_t from, const struct sval *v)
{
	related(P, from, v, AISP_SOURCE_ROLE_RETRIEVES, K(STORE), 0);
	related(P, from, v, AISP_SOURCE_ROLE_CALLS_AGENT, K(AGENT), 0);
}

static void finish_agent(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v, *ex;
	uint32_t inner;

	v = role(P, h.row, h.call, "same");
	inner = v ? hit_now(P, sv_hit(v)) : 0;
	if (inner && inner != hit && (at(P, inner)->h.kind == AISP_SOURCE_AGENT || at(P, inner)->h.kind == AISP_SOURCE_CHAIN))
		merge(P, inner, hit);
	else if (v)
		finish_llm(P, hit, v, 0);
	finish_llm(P, hit, role(P, h.row, h.call, "llm"), 0);
	v = role(P, h.row, h.call, "model");
	if (v)
		finish_llm(P, hit, v, 0);
	if (h.origin) {
		uint32_t o = hit_now(P, h.origin);

		if (at(P, o)->h.kind == AISP_SOURCE_MODEL)
			relate(P, hit, AISP_SOURCE_ROLE_CALLS_MODEL, o);
		else if (at(P, o)->h.kind == AISP_SOURCE_STORE) {
			relate(P, hit, AISP_SOURCE_ROLE_RETRIEVES, o);
			at(P, hit)->bound = true;
		}
	}
	v = role(P, h.row, h.call, "tools");
	if (some_tools(v)) {
		at(P, hit)->bound = true;
		finish_tools(P, hit, v, true, 0);
	}
	v = role(P, h.row, h.call, "plugin");
	if (v)
		finish_tools(P, hit, v, false, 0);
	v = role(P, h.row, h.call, "mcp");
	related(P, hit, v, AISP_SOURCE_ROLE_HAS_TOOL, K(MCP_CLIENT) | K(MCP_SERVER), 0);
	v = role(P, h.row, h.call, "agents");
	related(P, hit, v, AISP_SOURCE_ROLE_CALLS_AGENT, K(AGENT) | K(CHAIN), 0);
	v = role(P, h.row, h.call, "retriever");
	if (!v)
		v = role(P, h.row, h.call, "store");
	if (v) {
		at(P, hit)->bound = true;
		stores(P, hit, v);
	}
	related(P, hit, role(P, h.row, h.call, "db"), AISP_SOURCE_ROLE_CONNECTS, K(DB), 0);
	if (h.row->flags & ROW_WHOLE_DB)
		at(P, hit)->h.flags |= AISP_SOURCE_F_WHOLE_DB;
	ex = role(P, h.row, h.call, "executes");
	if ((h.row->flags & ROW_EXECUTES) || (ex && ex->kind != SV_NULL && ex->kind != SV_UNKNOWN && !(ex->kind == SV_OTHER && !ex->b)))
		at(P, hit)->h.flags |= AISP_SOURCE_F_EXECUTES;
	at(P, hit)->h.name = known_name(P, &h);
	finish_prompts(P, hit);
	if ((h.row->flags & ROW_CHAIN) && at(P, hit)->h.kind == AISP_SOURCE_AGENT && !at(P, hit)->bound)
		at(P, hit)->h.kind = AISP_SOURCE_CHAIN;
}

static void tool_class(struct program *P, uint32_t hit, struct sscope *c)
{
	const struct sval *n = class_attr(P, c, AISP_S("name"), 0);

	at(P, hit)->h.name = n && n->kind == SV_STR ? n->s : c->name;
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

static void finish_tool(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "func");
	uint32_t o = hit_now(P, h.origin);
	bool derived = h.row->on && (strcmp(h.row->on, "oa_agent") == 0 || strcmp(h.row->on, "lc_runnable") == 0);

	if (!h.func && v && v->kind == SV_FUNC) {
		at(P, hit)->func = v->scope;
		if (!v->scope->hit)
			v->scope->hit = hit;
	} else if (!h.func && v && v->kind == SV_DICT) { /* registerTool("n", {…}, {execute}) */
		v = sv_member(v, AISP_S("execute"));
		if (v && v->kind == SV_FUNC)
			at(P, hit)->func = v->scope;
	}
	at(P, hit)->h.name = known_name(P, &h);
	if (h.func && h.func->kind == SSCOPE_CLASS)
		tool_class(P, hit, h.func);
	else if (!at(P, hit)->h.name.n)
		at(P, hit)->h.name = tool_name(at(P, hit));
	if (h.call && h.call->kind == SX_CALL && !h.call->s.n && !h.func && at(P, hit)->h.name.n && at(P, hit)->h.name.n < 80 &&
	    (at(P, hit)->func || h.row->flags & ROW_RETRIEVER)) { /* not bound to a name: it has its own */
		struct aisp_slice q = h.h.scope, s = at(P, hit)->h.name;

		if (q.n)
			s = aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(q), AISP_FMT(s));
		if (s.p)
			at(P, hit)->h.symbol = s;
	}
	if (h.row->flags & ROW_EXECUTES)
		at(P, hit)->h.flags |= AISP_SOURCE_F_EXECUTES;
	if (h.row->flags & ROW_WHOLE_DB)
		at(P, hit)->h.flags |= AISP_SOURCE_F_WHOLE_DB;
	related(P, hit, role(P, h.row, h.call, "db"), AISP_SOURCE_ROLE_CONNECTS, K(DB), 0);
	v = role(P, h.row, h.call, "store");
	if (v)
		stores(P, hit, v);
	v = role(P, h.row, h.call, "owner");
	if (v)
		relate(P, hit_now(P, sv_hit(v)), AISP_SOURCE_ROLE_HAS_TOOL, hit);
	if (o && derived)
		relate(P, hit, AISP_SOURCE_ROLE_CALLS_AGENT, o);
	else if (o && (at(P, o)->h.kind == AISP_SOURCE_AGENT || at(P, o)->h.kind == AISP_SOURCE_MCP_SERVER ||
	               at(P, o)->h.kind == AISP_SOURCE_CHAIN))
		relate(P, o, AISP_SOURCE_ROLE_HAS_TOOL, hit);
	if (h.row->fixed && h.scope) { /* it brings content of outsiders */
		uint32_t c = hit_new(P, AISP_SOURCE_CONTENT, NULL, NULL, h.scope, h.row->what ? aisp_slice_z(h.row->what) : AISP_S("content"),
		                     h.h.line);

		if (c) {
			at(P, c)->finished = true;
			at(P, c)->h.what = h.row->what;
			relate(P, hit, AISP_SOURCE_ROLE_DOES, c);
		}
	}
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

static void finish_store(struct program *P, uint32_t hit)
{
	store_form(P, hit);
	const struct phit h = *at(P, hit);
	const struct sval *same = role(P, h.row, h.call, "same"), *conn = role(P, h.row, h.call, "connection");
	const struct sval *embed = role(P, h.row, h.call, "embed");
	uint32_t o = same ? hit_now(P, sv_hit(same)) : 0, db;

	if (o && o != hit && at(P, o)->h.kind == AISP_SOURCE_STORE) {
		merge(P, hit, o);
	} else {
		at(P, hit)->h.value = value_of(P, role(P, h.row, h.call, "collection"));
		db = conn ? hit_now(P, sv_hit(conn)) : hit_now(P, h.origin);
		if (db && at(P, db)->h.kind == AISP_SOURCE_DB)
			relate(P, hit, AISP_SOURCE_ROLE_CONNECTS, db);
		else if (db && at(P, db)->h.kind == AISP_SOURCE_STORE && db != hit)
			at(P, hit)->h.value = at(P, db)->h.value.kind ? at(P, db)->h.value : value_of(P, role(P, at(P, db)->row, at(P, db)->call, "collection"));
		else if (conn)
			at(P, hit)->h.more = value_of(P, conn);
		else if (h.origin && at(P, hit_now(P, h.origin))->row)
			at(P, hit)->h.more = value_of(P, role(P, at(P, hit_now(P, h.origin))->row, at(P, hit_now(P, h.origin))->call, "connection"));
		/* The same collection of the same client, asked several times, is one store. */
		for (uint32_t i = 1; h.origin && i < hit; i++) {
			const struct phit *e = at(P, i);

			if (e->h.kind == AISP_SOURCE_STORE && e->origin == h.origin && !e->merged &&
			    e->h.value.kind == at(P, hit)->h.value.kind && e->h.value.kind != AISP_SOURCE_UNRESOLVED &&
			    aisp_slice_eq(e->h.value.text, at(P, hit)->h.value.text) &&
			    aisp_slice_eq(e->h.value.env, at(P, hit)->h.value.env)) {
				merge(P, hit, i);
				break;
			}
		}
	}
	related(P, hit_now(P, hit), embed, AISP_SOURCE_ROLE_EMBEDS_WITH, K(MODEL) | K(MODEL_FILE), 0);
	if (h.call && h.call->kind == SX_CALL && h.call->a && h.call->a->kind == SX_ATTR &&
	    (aisp_slice_find(h.call->a->s, AISP_S("documents")) != SIZE_MAX || aisp_slice_find(h.call->a->s, AISP_S("Documents")) != SIZE_MAX ||
	     aisp_slice_find(h.call->a->s, AISP_S("exts")) != SIZE_MAX))
		at(P, hit)->is_fill = true;
}

static void finish_db(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *c = role(P, h.row, h.call, "connection"), *host = role(P, h.row, h.call, "host");
	const struct sval *name = role(P, h.row, h.call, "database");
	uint32_t inner = c ? hit_now(P, sv_hit(c)) : 0;

	if (inner && inner != hit && at(P, inner)->h.kind == AISP_SOURCE_DB) {
		merge(P, hit, inner);
		return;
	}
	if (c && c->kind == SV_DICT)
		c = NULL;
	at(P, hit)->h.value = value_of(P, c ? c : host);
	at(P, hit)->h.more = value_of(P, name);
	if (!c && !host && h.call && h.call->kind == SX_CALL && h.call->n == 0 && strcmp(h.h.what, "postgres") == 0)
		at(P, hit)->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_FROM_ENV, .env = AISP_S("PGHOST")};
}

static void sql_tables(struct program *P, uint32_t hit, struct aisp_slice text, bool whole)
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
	(void)whole;
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
	t = class_attr(P, v->scope, AISP_S("__tablename__"), 0);
	if (!t || t->kind != SV_STR)
		return false;
	one_table(P, hit, t->s, write);
	return true;
}

static void finish_sql(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "sql"), *t = role(P, h.row, h.call, "table");
	const struct sval *e = role(P, h.row, h.call, "entity");
	uint32_t o = hit_now(P, h.origin), db = 0;
	const struct sval *dv = role(P, h.row, h.call, "db");
	bool write = h.row->flags & ROW_WRITES;

	if (o && at(P, o)->h.kind == AISP_SOURCE_DB)
		db = o;
	if (dv && sv_hit(dv) && at(P, hit_now(P, sv_hit(dv)))->h.kind == AISP_SOURCE_DB)
		db = hit_now(P, sv_hit(dv));
	if (!db)
		at(P, hit)->h.flags |= h.row->fixed ? 0 : AISP_SOURCE_F_RECEIVES;
	relate(P, hit, AISP_SOURCE_ROLE_CONNECTS, db);
	if (entity(P, hit, e, write))
		return;
	if (t) {
		at(P, hit)->h.value = value_of(P, t);
		if (t->kind == SV_STR)
			one_table(P, hit, t->s, write);
		else
			at(P, hit)->h.flags |= AISP_SOURCE_F_DYNAMIC;
		return;
	}
	if (v && v->kind == SV_DICT) { /* query({ text, values }) */
		const struct sval *x = sv_member(v, AISP_S("text"));

		v = x ? x : sv_member(v, AISP_S("sql"));
	}
	if (!v || v->kind == SV_NULL || v->kind == SV_OTHER || v->kind == SV_INST || sv_hit(v)) {
		at(P, hit)->hidden = true; /* select(X) and the like are hits of their own */
		return;
	}
	at(P, hit)->h.value = value_of(P, v);
	if (v->kind == SV_STR || v->kind == SV_TEXT)
		sql_tables(P, hit, v->s, v->kind == SV_STR);
	else
		at(P, hit)->h.flags |= AISP_SOURCE_F_DYNAMIC;
}

static void finish_http(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "url"), *base = NULL;

	if (h.origin)
		base = role(P, at(P, h.origin)->row, at(P, h.origin)->call, "base");
	at(P, hit)->h.flags |= h.row->flags & ROW_WRITES ? AISP_SOURCE_F_WRITES : 0;
	if (h.row->fixed) {
		at(P, hit)->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = aisp_slice_z(h.row->fixed)};
		return;
	}
	if (v && v->kind == SV_DICT)
		v = sv_member(v, AISP_S("url"));
	at(P, hit)->h.value = value_of(P, v);
	if (!base && v && (v->kind == SV_STR || v->kind == SV_TEXT) && v->s.n && v->s.p[0] == '/')
		at(P, hit)->hidden = true; /* the page's own server */
	if (at(P, hit)->h.value.kind == AISP_SOURCE_UNRESOLVED && v && v->kind == SV_TEXT)
		at(P, hit)->h.value.text = v->s;
	if (base && (!v || !((v->kind == SV_STR || v->kind == SV_TEXT) && aisp_slice_find(v->s, AISP_S("://")) != SIZE_MAX)))
		at(P, hit)->h.value = value_of(P, base);
}

/* A constant command is not code that somebody else chooses. */
static void finish_code(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "code"), *first;
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
	const struct sval *d = role(P, h.row, h.call, "dataset"), *f = role(P, h.row, h.call, "file");
	const struct sval *b = role(P, h.row, h.call, "bucket"), *k = role(P, h.row, h.call, "key");
	struct aisp_slice s;

	if (d && d->kind == SV_STR && f && !aisp_slice_eqz(d->s, "csv") && !aisp_slice_eqz(d->s, "json") &&
	    !aisp_slice_eqz(d->s, "parquet") && !aisp_slice_eqz(d->s, "text"))
		f = NULL;
	if (b) {
		s = b->kind == SV_STR ? aisp_arena_printf(P->a, "s3://%.*s/%.*s", AISP_FMT(b->s), AISP_FMT(k && k->kind == SV_STR ? k->s : aisp_slice_z("")))
		                      : aisp_slice_z("");
		at(P, hit)->h.value = s.n ? (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = s} : value_of(P, b);
		return;
	}
	at(P, hit)->h.value = value_of(P, f ? f : d);
	if (!f && d)
		at(P, hit)->h.what = "huggingface";
	else
		at(P, hit)->h.what = "file";
	if (is_true(role(P, h.row, h.call, "trust")))
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
	const struct sval *safe = role(P, h.row, h.call, "safe");

	at(P, hit)->h.value = value_of(P, role(P, h.row, h.call, "path"));
	if (strcmp(h.h.what, "pickle.load") == 0 &&
	    !(at(P, hit)->h.value.text.n && says_model(at(P, hit)->h.value.text)))
		at(P, hit)->hidden = true; /* a cache or state, as far as we know */
	if ((h.row->flags & ROW_EXECUTES) && !is_true(safe) && !aisp_slice_ends(at(P, hit)->h.value.text, AISP_S(".safetensors")))
		at(P, hit)->h.flags |= AISP_SOURCE_F_EXECUTES;
}

static void finish_mcp(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "url");

	at(P, hit)->h.name = known_name(P, &h);
	if (h.h.kind == AISP_SOURCE_MCP_SERVER) {
		at(P, hit)->h.value = value_of(P, role(P, h.row, h.call, "name"));
		if (!at(P, hit)->h.name.n)
			at(P, hit)->h.name = at(P, hit)->h.value.text;
		v = role(P, h.row, h.call, "auth");
		if (v && v->kind != SV_NULL)
			at(P, hit)->h.auth = AISP_SOURCE_AUTH_REQUIRED;
		return;
	}
	if (!v || v->kind == SV_NULL || v->kind == SV_OTHER)
		v = role(P, h.row, h.call, "command");
	at(P, hit)->h.value = value_of(P, v);
}

static void finish_prompt(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "text");

	at(P, hit)->h.name = known_name(P, &h);
	if (h.func) {
		v = sv_result(P, h.func);
		relate(P, hit_now(P, h.origin), AISP_SOURCE_ROLE_FOLLOWS, hit);
	}
	for (unsigned depth = 0; v && v->kind == SV_LIST && v->n && depth < 4; depth++) {
		const struct sval *pick = NULL;

		for (uint32_t i = 0; i < v->n && !pick; i++) {
			const struct sval *m = v->items[i];

			if (m->kind == SV_LIST && m->n == 2 && m->items[0]->kind == SV_STR && aisp_slice_eqz(m->items[0]->s, "system"))
				pick = m->items[1];
			else if (m->kind == SV_OBJ && m->hit && at(P, hit_now(P, m->hit))->h.kind == AISP_SOURCE_PROMPT)
				relate(P, hit, AISP_SOURCE_ROLE_FOLLOWS, hit_now(P, m->hit));
		}
		v = pick;
	}
	at(P, hit)->h.value = value_of(P, v);
}

static void finish_same(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	uint32_t o = hit_now(P, h.origin), t;
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
	finish_llm(P, o, role(P, h.row, h.call, "llm"), 0);
	v = role(P, h.row, h.call, "plugin");
	if (v && v->kind == SV_INST) { /* Semantic Kernel: every marked method */
		for (struct sscope *m = v->scope->kids; m; m = m->next) {
			scope_marks(P, m);
			t = hit_now(P, m->hit);
			if (t)
				relate(P, o, AISP_SOURCE_ROLE_HAS_TOOL, t);
			at(P, o)->bound |= t != 0;
		}
	} else if (v) {
		finish_tools(P, o, v, false, 0);
	}
	v = role(P, h.row, h.call, "node");
	if (!v)
		v = role(P, h.row, h.call, "part");
	if (v) {
		finish_llm(P, o, v, 0);
		if (some_tools(v) && (v->kind == SV_LIST || (sv_hit(v) && at(P, hit_now(P, sv_hit(v)))->h.kind == AISP_SOURCE_TOOL))) {
			finish_tools(P, o, v, true, 0);
			at(P, o)->bound = true;
		}
		related(P, o, v, AISP_SOURCE_ROLE_RETRIEVES, K(STORE), 0);
		related(P, o, v, AISP_SOURCE_ROLE_FOLLOWS, K(PROMPT), 0);
		if (sv_hit(v) && at(P, hit_now(P, sv_hit(v)))->h.kind == AISP_SOURCE_STORE)
			at(P, o)->bound = true;
	}
}

static void finish_route(struct program *P, uint32_t hit)
{
	struct phit h = *at(P, hit);
	const struct sval *v = role(P, h.row, h.call, "handler"), *m = role(P, h.row, h.call, "methods");
	struct aisp_slice verb = h.call && h.call->a ? h.call->a->s : aisp_slice_z("");

	if (v && v->kind == SV_FUNC)
		at(P, hit)->func = v->scope;
	if (!at(P, hit)->func && h.call && h.call->kind == SX_CALL && h.call->n) {
		v = eval(P, h.call->args[h.call->n - 1].value);
		if (v->kind == SV_FUNC)
			at(P, hit)->func = v->scope;
	}
	at(P, hit)->h.value = value_of(P, role(P, h.row, h.call, "path"));
	if (m && m->kind == SV_LIST && m->n && m->items[0]->kind == SV_STR)
		at(P, hit)->h.name = m->items[0]->s;
	else
		at(P, hit)->h.name = aisp_slice_eqz(verb, "route") || aisp_slice_eqz(verb, "api_route") ? AISP_S("get") : verb;
	/* app.get("view engine") of Express reads a setting; dict.get("x") never comes here. */
	if (!at(P, hit)->func && h.call && h.call->kind == SX_CALL && h.call->n < 2 && h.row->what)
		at(P, hit)->hidden = true;
}

void hit_finish(struct program *P, uint32_t hit)
{
	struct phit *h = at(P, hit);

	if (h->finished || !h->row)
		return;
	h->finished = true;
	switch (h->h.kind) {
	case AISP_SOURCE_MODEL:
		finish_model(P, hit);
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
		h->h.value = value_of(P, role(P, h->row, h->call, "url"));
		break;
	case AISP_SOURCE_LOG:
		h->h.value = value_of(P, role(P, h->row, h->call, h->row->roles && strstr(h->row->roles, "connection") ? "connection" : "base"));
		break;
	case AISP_SOURCE_TRAINING:
		finish_llm(P, hit, role(P, h->row, h->call, "llm"), 0);
		h = at(P, hit);
		h->h.value = value_of(P, role(P, h->row, h->call, "model"));
		related(P, hit, role(P, h->row, h->call, "data"), AISP_SOURCE_ROLE_TRAINS_ON, K(DATASET), 0);
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
			related(P, hit_now(P, h->origin), role(P, h->row, h->call, "agents"), AISP_SOURCE_ROLE_CALLS_AGENT, K(AGENT), 0);
		break;
	}
}
