/* What a row does at the place where its symbol is called: hits are made here, from the callee alone; their arguments are
 * read later, by finish.c, so that a value can be asked for before everything is known.
 */
#include "scan/source/eval.h"

static const struct sval *none(struct program *P)
{
	return aisp_source__sv_unknown(P, "the answer of a library's function");
}

/* The text behind "name=" in a row's roles. */
static bool role_spec(const char *roles, const char *name, struct aisp_slice *ret)
{
	struct aisp_slice rest = aisp_slice_z(roles), item;
	size_t n = strlen(name);

	while (rest.n && aisp_slice_split(&rest, ' ', &item)) {
		if (item.n > n && item.p[n] == '=' && memcmp(item.p, name, n) == 0) {
			*ret = aisp_slice_from(item, n + 1);
			return true;
		}
	}
	return false;
}

/* The member at the end of a path; `alike`: whatever way its keys are written. */
static const struct sval *along(const struct sval *v, struct aisp_slice path, bool alike)
{
	struct aisp_slice key;

	while (v && path.n && aisp_slice_split(&path, '.', &key)) {
		uint64_t i;

		if (alike && v->kind == SV_LIST && aisp_slice_u64(key, &i)) { /* using(provider, model) */
			v = i < v->n ? v->items[i] : NULL;
			continue;
		}
		v = alike ? aisp_source__member_like(v, key) : aisp_source__sv_member(v, key);
	}
	return v;
}

static bool is_alike(const struct sx *call)
{
	return call->in && aisp_source__is_shaped(call->in->mod->lang);
}

static bool may_be_dict(const struct sx *x)
{
	return x->kind == SX_DICT || x->kind == SX_NAME || x->kind == SX_ATTR || x->kind == SX_CALL;
}

static const struct sval *by_keyword(struct program *P, const struct sx *call, struct aisp_slice key, bool *passed_on)
{
	bool js = call->in && !aisp_source__is_python(call->in->mod->lang), alike = is_alike(call);
	struct aisp_slice rest = key, head;

	if (!aisp_slice_split(&rest, '.', &head))
		return NULL;
	for (uint32_t i = 0; i < call->n; i++) {
		const struct sx_arg *a = &call->args[i];
		const struct sval *v = NULL, *d;

		if (a->name.n) {
			if (alike ? aisp_source__same_key(a->name, head) : aisp_slice_eq(a->name, head))
				v = along(aisp_source__eval(P, a->value), rest, alike);
		} else if ((a->spread || js) && may_be_dict(a->value)) {
			d = aisp_source__eval(P, a->value);
			v = along(d, key, alike);
			if (!v && alike)
				v = aisp_source__option(P, a->value, key);
			*passed_on |= a->spread && d->kind != SV_DICT && d->kind != SV_LIST;
		}
		if (v)
			return v;
	}
	return alike ? along(aisp_source__chained(P, call, head), rest, true) : NULL;
}

static const struct sval *by_position(struct program *P, const struct sx *call, struct aisp_slice spec)
{
	struct aisp_slice at = spec, rest = {NULL, 0};
	size_t dot = aisp_slice_chr(spec, '.');
	uint64_t want = 0, pos = 0;
	const struct sval *v;

	if (dot != SIZE_MAX) {
		at = aisp_slice_to(spec, dot);
		rest = aisp_slice_from(spec, dot + 1);
	}
	if (call->kind == SX_INDEX)
		return call->n ? aisp_source__eval(P, call->kids[0]) : NULL;
	if (call->kind != SX_CALL)
		return NULL;
	if (aisp_slice_eqz(at, "last")) {
		if (!call->n || call->args[call->n - 1].name.n)
			return NULL;
		return along(aisp_source__eval(P, call->args[call->n - 1].value), rest, is_alike(call));
	}
	if (!aisp_slice_u64(at, &want))
		return NULL;
	for (uint32_t i = 0; i < call->n; i++) {
		if (call->args[i].name.n)
			continue;
		if (call->args[i].spread)
			return NULL;
		if (pos++ != want)
			continue;
		v = aisp_source__eval(P, call->args[i].value);
		return rest.n ? along(v, rest, is_alike(call)) : v;
	}
	return NULL;
}

const struct sval *aisp_source__role(struct program *P, const struct row *row, const struct sx *call, const char *name)
{
	struct aisp_slice spec, alt;
	bool passed_on = false;
	const struct sval *v = NULL;

	if (!row || !row->roles || !call || !role_spec(row->roles, name, &spec))
		return NULL;
	while (!v && spec.n && aisp_slice_split(&spec, ',', &alt)) {
		if (aisp_slice_eqz(alt, "#attr"))
			v = call->kind == SX_ATTR ? aisp_source__sv_new(P, (struct sval){.kind = SV_STR, .s = call->s}) : NULL;
		else if (alt.n && alt.p[0] == '#')
			v = by_position(P, call, aisp_slice_from(alt, 1));
		else if (call->kind == SX_CALL)
			v = by_keyword(P, call, alt, &passed_on);
	}
	if (!v && passed_on)
		return aisp_source__sv_unknown(P, "passed on with * or **");
	return v;
}

uint32_t aisp_source__hit_now(const struct program *P, uint32_t hit)
{
	for (unsigned i = 0; hit && P->hits.v[hit - 1]->merged && i < 64; i++)
		hit = P->hits.v[hit - 1]->into;
	return hit;
}

void aisp_source__relate(struct program *P, uint32_t from, enum aisp_source_role r, uint32_t to)
{
	if (!from || !to || from == to)
		return;
	if (aisp_vec_push(&P->rels, (struct aisp_source_relation){from, to, r}) < 0)
		P->bad = AISP_E_NOMEM;
}

static struct aisp_slice last_name(const struct sx *x)
{
	for (unsigned i = 0; x && i < 64; i++) {
		if (x->kind == SX_ATTR || x->kind == SX_NAME)
			return x->s;
		x = x->a;
	}
	return aisp_slice_z("");
}

/* "Bot.answer" + "agent" */
static struct aisp_slice symbol_of(struct program *P, const struct sscope *s, struct aisp_slice name)
{
	struct aisp_slice q = s ? s->qual : aisp_slice_z("");

	if (name.n && name.p[0] == '\002')
		name = aisp_slice_z("");
	if (!q.n || !name.n)
		return q.n ? q : name;
	q = aisp_arena_printf(P->a, "%.*s.%.*s", AISP_FMT(q), AISP_FMT(name));
	return q.p ? q : name;
}

uint32_t aisp_source__hit_new(struct program *P, enum aisp_source_kind kind, const struct row *row, struct sx *call,
                 struct sscope *scope, struct aisp_slice symbol, uint32_t line)
{
	struct phit *h = aisp_arena_zalloc(P->a, 1, sizeof *h);

	if (!h || aisp_vec_push(&P->hits, h) < 0) {
		P->bad = AISP_E_NOMEM;
		return 0;
	}
	h->row = row;
	h->call = call;
	h->scope = scope;
	h->h.kind = kind;
	h->h.module = scope ? scope->mod->index : 0;
	h->h.line = line;
	h->h.what = row && row->what ? row->what : "";
	h->h.framework = "";
	h->h.symbol = symbol_of(P, scope, symbol);
	h->h.scope = scope ? scope->qual : aisp_slice_z("");
	h->hidden = kind == AISP_SOURCE_KIND_NONE;
	return (uint32_t)P->hits.n;
}

static enum aisp_source_kind kind_of(enum row_does d)
{
	static const enum aisp_source_kind kinds[] = {
		[DOES_MODEL] = AISP_SOURCE_MODEL,           [DOES_AGENT] = AISP_SOURCE_AGENT,
		[DOES_TOOL] = AISP_SOURCE_TOOL,             [DOES_STORE] = AISP_SOURCE_STORE,
		[DOES_PROMPT] = AISP_SOURCE_PROMPT,         [DOES_DB] = AISP_SOURCE_DB,
		[DOES_SQL] = AISP_SOURCE_SQL,               [DOES_HTTP] = AISP_SOURCE_HTTP,
		[DOES_CODE] = AISP_SOURCE_CODE,             [DOES_ENV] = AISP_SOURCE_ENV,
		[DOES_DATASET] = AISP_SOURCE_DATASET,       [DOES_MODEL_FILE] = AISP_SOURCE_MODEL_FILE,
		[DOES_CONTENT] = AISP_SOURCE_CONTENT,       [DOES_ROUTE] = AISP_SOURCE_ROUTE,
		[DOES_MCP_SERVER] = AISP_SOURCE_MCP_SERVER, [DOES_MCP_CLIENT] = AISP_SOURCE_MCP_CLIENT,
		[DOES_LOG] = AISP_SOURCE_LOG,               [DOES_TRAINING] = AISP_SOURCE_TRAINING,
		[DOES_ENGINE] = AISP_SOURCE_AGENT,          [DOES_FIRST] = AISP_SOURCE_KIND_NONE,
	};

	return (size_t)d < sizeof kinds / sizeof *kinds ? kinds[d] : AISP_SOURCE_KIND_NONE;
}

static uint32_t make(struct program *P, const struct row *row, uint32_t origin, struct sx *x)
{
	struct aisp_slice name = x->kind == SX_CALL && x->s.n ? x->s : last_name(x->kind == SX_CALL ? x->a : x);
	uint32_t h;

	/* The same call by the same row, reached over another alternative of its receiver. */
	for (uint32_t i = (uint32_t)P->hits.n; i > 0 && i + 32 > P->hits.n; i--)
		if (P->hits.v[i - 1]->call == x && P->hits.v[i - 1]->row == row)
			return i;
	h = aisp_source__hit_new(P, kind_of(row->does), row, x, x->in, name, x->line);

	if (h)
		P->hits.v[h - 1]->origin = origin;
	return h;
}

static const struct sval *typed(struct program *P, const struct row *row, uint32_t origin_type, uint32_t hit)
{
	uint32_t node = row->flags & ROW_SAME_TYPE ? origin_type : aisp_source__type_node(row->gives);

	return aisp_source__sv_new(P, (struct sval){.kind = SV_OBJ, .node = node, .hit = hit});
}

/* boto3.client("bedrock-runtime") → the type "boto:bedrock-runtime". */
static const struct sval *boto(struct program *P, const struct row *row, struct sx *x)
{
	const struct sval *v = aisp_source__role(P, row, x, "service");
	char type[128] = "boto:";

	if (!v || v->kind != SV_STR || v->s.n >= sizeof type - 6)
		return none(P);
	memcpy(type + 5, v->s.p, v->s.n);
	return aisp_source__sv_new(P, (struct sval){.kind = SV_OBJ, .node = aisp_source__type_node(type), .hit = 0});
}

/* Spring's ${name:default}: the name, and the default into *d when there is none yet. */
static struct aisp_slice placeholder(struct program *P, struct aisp_slice n, const struct sval **d)
{
	size_t colon = aisp_slice_chr(n, ':'), end = aisp_slice_rchr(n, '}');

	if (!aisp_slice_starts(n, AISP_S("${")))
		return n;
	if (colon != SIZE_MAX && end != SIZE_MAX && end > colon && !*d)
		*d = aisp_source__sv_new(P, (struct sval){.kind = SV_STR, .s = aisp_slice_of(n.p + colon + 1, end - colon - 1)});
	end = colon != SIZE_MAX ? colon : end;
	return end != SIZE_MAX && end > 2 ? aisp_slice_of(n.p + 2, end - 2) : n;
}

static const struct sval *env(struct program *P, const struct row *row, struct sx *x)
{
	const struct sval *name, *d;
	struct aisp_slice n;
	uint32_t h;

	if (x->kind == SX_ATTR) {
		n = x->s;
	} else {
		name = aisp_source__role(P, row, x, "env");
		if (!name || name->kind != SV_STR || !name->s.n || name->s.n > 200)
			return aisp_source__sv_unknown(P, "an environment variable whose name is computed");
		n = name->s;
	}
	d = x->kind == SX_CALL ? aisp_source__role(P, row, x, "dflt") : NULL;
	if (d && d->kind != SV_STR && d->kind != SV_ENV)
		d = d->kind == SV_OTHER && d->s.n ? aisp_source__sv_new(P, (struct sval){.kind = SV_STR, .s = d->s}) : NULL;
	n = placeholder(P, n, &d);
	h = aisp_source__hit_new(P, AISP_SOURCE_ENV, row, x, x->in, n, x->line);
	if (h) {
		P->hits.v[h - 1]->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = n};
		P->hits.v[h - 1]->finished = true;
	}
	for (const struct ssetting *s = x->in ? x->in->mod->settings : NULL; s; s = s->next) /* %env NAME=value */
		if (aisp_slice_eq(s->name, n))
			return aisp_source__sv_new(P, (struct sval){.kind = SV_STR, .s = s->value});
	return aisp_source__sv_new(P, (struct sval){.kind = SV_ENV, .s = n, .inner = d});
}

static const struct sval *list(struct program *P, const struct row *row, struct sx *x)
{
	const struct sval *v = aisp_source__role(P, row, x, "tools");

	if (!v)
		v = aisp_source__role(P, row, x, "agents");
	if (v)
		return v;
	return typed(P, row, 0, 0);
}

/* The calls that add to or go on with their receiver. */
static const struct sval *same(struct program *P, const struct row *row, uint32_t node, uint32_t origin, struct sx *x)
{
	uint32_t type = x->kind == SX_CALL && x->a && x->a->kind == SX_ATTR ? 0 : node, h;
	const struct sval *recv = x->kind == SX_CALL && x->a && x->a->a && x->a->kind == SX_ATTR ? aisp_source__eval(P, x->a->a) : NULL;

	if (recv && recv->kind == SV_OBJ)
		type = recv->node;
	if (origin && (row->roles || (row->flags & ROW_WRITES))) {
		h = make(P, row, origin, x);
		if (h)
			P->hits.v[h - 1]->hidden = true;
	}
	return typed(P, row, type, origin);
}

static const struct sval *hidden(struct program *P, const struct row *row, uint32_t origin, struct sx *x)
{
	uint32_t h = make(P, row, origin, x);

	if (h) {
		P->hits.v[h - 1]->hidden = true;
		P->hits.v[h - 1]->is_query = row->does == DOES_QUERY;
		P->hits.v[h - 1]->is_fill = row->does == DOES_FILL;
		P->hits.v[h - 1]->asks = row->does == DOES_INVOKE;
	}
	return typed(P, row, 0, 0);
}

static const struct sval *database_of(struct program *P, const struct row *row, struct sx *x)
{
	const struct sval *v = aisp_source__role(P, row, x, "db");

	return typed(P, row, 0, v ? aisp_source__sv_hit(v) : 0);
}

static const struct sval *depends(struct program *P, const struct row *row, struct sx *x)
{
	const struct sval *f = aisp_source__role(P, row, x, "func");

	if (!f)
		return none(P);
	return f->kind == SV_FUNC || f->kind == SV_CLASS ? aisp_source__sv_call(P, f, x) : f;
}

static const struct sval *marker(struct program *P, const struct row *row, uint32_t node, uint32_t origin, struct sx *x)
{
	(void)hidden(P, row, origin, x);
	return aisp_source__sv_new(P, (struct sval){.kind = SV_OBJ, .node = node, .hit = 0});
}

static const struct sval *piped(struct program *P, uint32_t origin, struct sx *x)
{
	const struct sval *vals[32];
	size_t n = 0;

	if (origin)
		vals[n++] = aisp_source__eval(P, x->a->a);
	for (uint32_t i = 0; x->kind == SX_CALL && i < x->n && n < 32; i++)
		vals[n++] = aisp_source__eval(P, x->args[i].value);
	return aisp_source__pipe_apply(P, x, vals, n);
}

/* A thing of its own: its hit, and its type as the value. */
static const struct sval *made(struct program *P, const struct row *row, uint32_t origin, struct sx *x)
{
	uint32_t h;

	if (x->kind != SX_CALL && !(row->flags & ROW_BARE))
		return none(P);
	if (x->kind == SX_ATTR && x->s.n && x->s.p[0] == '$')
		return none(P);
	h = make(P, row, origin, x);
	if (h && row->does == DOES_STORE) {
		P->hits.v[h - 1]->is_query = row->flags & ROW_CHAT;
		P->hits.v[h - 1]->is_fill = row->flags & ROW_WRITES;
	} else if (h) {
		P->hits.v[h - 1]->asks = row->flags & ROW_CHAT;
	}
	if (h && origin && (row->flags & ROW_KEEPS)) {
		aisp_source__relate(P, origin, row->flags & ROW_EMBEDDING ? AISP_SOURCE_ROLE_EMBEDS_WITH : AISP_SOURCE_ROLE_CALLS_MODEL, h);
		return typed(P, row, 0, origin);
	}
	/* A route or tool made by calling gives the decorator its function; the function keeps its own value. */
	return typed(P, row, 0, h);
}

const struct sval *aisp_source__row_apply(struct program *P, const struct row *row, uint32_t node, uint32_t origin, struct sx *x)
{
	const struct sval *v;

	if (row->gives && row->gives[strlen(row->gives) - 1] == ':')
		return boto(P, row, x);
	if ((row->flags & ROW_ARGS) && x->kind == SX_CALL && x->n == 0)
		return typed(P, row, 0, origin);
	switch (row->does) {
	case DOES_NOTHING:
		return row->roles ? typed(P, row, 0, make(P, row, origin, x)) : typed(P, row, 0, origin);
	case DOES_ENV:
		return env(P, row, x);
	case DOES_SAME:
		return same(P, row, node, origin, x);
	case DOES_LIST:
		return list(P, row, x);
	case DOES_FIRST:
		v = aisp_source__role(P, row, x, "value");
		return v ? v : none(P);
	case DOES_CONST:
		return aisp_source__sv_new(P, (struct sval){.kind = SV_STR, .s = aisp_slice_z(row->fixed)});
	case DOES_DEPENDS:
		return depends(P, row, x);
	case DOES_DB_OF:
		return database_of(P, row, x);
	case DOES_QUERY:
	case DOES_FILL:
	case DOES_INVOKE:
		return origin || row->roles ? hidden(P, row, origin, x) : typed(P, row, 0, 0);
	case DOES_MIDDLEWARE:
		(void)hidden(P, row, origin, x);
		return aisp_source__sv_new(P, (struct sval){.kind = SV_OBJ, .node = node, .hit = origin});
	case DOES_AUTH:
	case DOES_REJECT:
	case DOES_HARMLESS:
		return marker(P, row, node, origin, x);
	case DOES_PIPE:
		return piped(P, origin, x);
	case DOES_SETTINGS:
	case DOES_TYPE:
		return none(P);
	default:
		return made(P, row, origin, x);
	}
}

/* Joining with | or pipe(): what is in it becomes one chain. */
enum { JOINT_MAX = 8 };
struct joint {
	uint32_t agent, models[JOINT_MAX], prompts[JOINT_MAX], stores[JOINT_MAX];
	size_t n_models, n_prompts, n_stores;
	bool runnable;
};

static void joint_put(struct joint *j, const struct phit *p, uint32_t h)
{
	switch (p->h.kind) {
	case AISP_SOURCE_AGENT:
	case AISP_SOURCE_CHAIN:
		if (!j->agent)
			j->agent = h;
		break;
	case AISP_SOURCE_MODEL:
		if (j->n_models < JOINT_MAX)
			j->models[j->n_models++] = h;
		break;
	case AISP_SOURCE_PROMPT:
		if (j->n_prompts < JOINT_MAX)
			j->prompts[j->n_prompts++] = h;
		break;
	case AISP_SOURCE_STORE:
		if (j->n_stores < JOINT_MAX)
			j->stores[j->n_stores++] = h;
		break;
	default:
		break;
	}
}

static void joint_add(struct program *P, struct joint *j, const struct sval *v, unsigned depth)
{
	uint32_t h = aisp_source__hit_now(P, aisp_source__sv_hit(v));

	if (depth > 6 || !spend(P))
		return;
	if (v->kind == SV_LIST || v->kind == SV_UNION)
		for (uint32_t i = 0; i < v->n; i++)
			joint_add(P, j, v->items[i], depth + 1);
	if (v->kind == SV_DICT)
		for (uint32_t i = 0; i < v->n; i++)
			joint_add(P, j, v->members[i].value, depth + 1);
	if (v->kind == SV_OBJ && v->node && v->node == aisp_source__type_node("lc_runnable"))
		j->runnable = true;
	if (h && !P->hits.v[h - 1]->hidden)
		joint_put(j, P->hits.v[h - 1], h);
}

const struct sval *aisp_source__pipe_apply(struct program *P, struct sx *x, const struct sval *const *vals, size_t n)
{
	static const struct row chain = {.does = DOES_AGENT, .what = "langchain", .gives = "lc_agent", .flags = ROW_CHAIN};
	struct joint j = {0};
	uint32_t h;

	for (size_t i = 0; i < n; i++)
		joint_add(P, &j, vals[i], 0);
	if (!j.agent && !j.n_models && !j.n_prompts && !j.n_stores)
		return j.runnable ? typed(P, &(struct row){.gives = "lc_runnable"}, 0, 0) : aisp_source__sv_unknown(P, "computed at run time");
	h = j.agent;
	if (!h) {
		h = aisp_source__hit_new(P, AISP_SOURCE_CHAIN, &chain, x, x->in, x->s.n ? x->s : AISP_S("chain"), x->line);
		if (!h)
			return none(P);
		P->hits.v[h - 1]->finished = true;
	} else if (x->s.n && P->hits.v[h - 1]->scope == x->in && P->hits.v[h - 1]->call && !P->hits.v[h - 1]->call->s.n) {
		P->hits.v[h - 1]->h.symbol = symbol_of(P, x->in, x->s);
	}
	for (size_t i = 0; i < j.n_models; i++)
		aisp_source__relate(P, h, AISP_SOURCE_ROLE_CALLS_MODEL, j.models[i]);
	for (size_t i = 0; i < j.n_prompts; i++)
		aisp_source__relate(P, h, AISP_SOURCE_ROLE_FOLLOWS, j.prompts[i]);
	for (size_t i = 0; i < j.n_stores; i++)
		aisp_source__relate(P, h, AISP_SOURCE_ROLE_RETRIEVES, j.stores[i]);
	if (j.n_stores) {
		P->hits.v[h - 1]->bound = true;
		P->hits.v[h - 1]->h.kind = AISP_SOURCE_AGENT;
	}
	return aisp_source__sv_new(P, (struct sval){.kind = SV_OBJ, .node = aisp_source__type_node("lc_agent"), .hit = h});
}

/* Decorators and bases */

static void mark_tool(struct program *P, struct sscope *s, const struct row *row, struct sx *call, uint32_t origin)
{
	uint32_t h = aisp_source__hit_new(P, AISP_SOURCE_TOOL, row, call, s->parent, s->name, s->line);

	if (!h)
		return;
	P->hits.v[h - 1]->func = s;
	P->hits.v[h - 1]->origin = origin;
	s->hit = h;
}

/* @app.before_request and @agent.system_prompt, called or not: the function is the middleware or gives the prompt. */
static void decorated_by_use(struct program *P, struct sscope *s, const struct row *row, struct sx *d, uint32_t origin)
{
	uint32_t h = 0;

	if (d->kind == SX_CALL) {
		(void)aisp_source__eval(P, d);
		for (size_t i = P->hits.n; i-- > 0 && !h;)
			if (P->hits.v[i]->call == d && P->hits.v[i]->row == row)
				h = (uint32_t)i + 1;
	} else {
		h = aisp_source__hit_new(P, row->does == DOES_PROMPT ? AISP_SOURCE_PROMPT : AISP_SOURCE_KIND_NONE, row, NULL, s->parent, s->name,
		            s->line);
		if (h)
			P->hits.v[h - 1]->origin = origin;
	}
	if (h)
		P->hits.v[h - 1]->func = s;
}

/* @tool("name"): the decorator's own hit is this one. */
static void decorated_tool(struct program *P, struct sscope *s, const struct row *row, struct sx *d, uint32_t origin)
{
	bool called = d->kind == SX_CALL;
	const struct sval *made = called ? aisp_source__eval(P, d) : NULL;
	uint32_t h = made ? aisp_source__sv_hit(made) : 0;

	if (h && P->hits.v[h - 1]->call == d) {
		P->hits.v[h - 1]->hidden = true;
		P->hits.v[h - 1]->finished = true;
	}
	if (!s->hit)
		mark_tool(P, s, row, called ? d : NULL, origin);
}

static void decorated_route(struct program *P, struct sscope *s, struct sx *d)
{
	const struct sval *made = d->kind == SX_CALL ? aisp_source__eval(P, d) : NULL;
	struct phit *h;

	if (!made || !aisp_source__sv_hit(made))
		return;
	h = P->hits.v[aisp_source__sv_hit(made) - 1];
	h->func = s;
	h->h.symbol = s->qual;
	h->h.line = s->line;
}

static void decorated(struct program *P, struct sscope *s, struct sx *d)
{
	const struct sval *f = aisp_source__eval(P, d->kind == SX_CALL ? d->a : d);
	const struct row *row = f->kind == SV_OBJ ? aisp_source__row(f->node) : NULL;

	if (!row)
		return;
	switch (row->does) {
	case DOES_TOOL:
		decorated_tool(P, s, row, d, f->hit);
		break;
	case DOES_ROUTE:
		decorated_route(P, s, d);
		break;
	case DOES_MIDDLEWARE:
	case DOES_PROMPT:
		decorated_by_use(P, s, row, d, f->hit);
		break;
	case DOES_AGENT: /* @RegisterAiService(tools = …) on an interface */
		if (s->kind == SSCOPE_CLASS && !s->hit && (s->hit = aisp_source__hit_new(P, AISP_SOURCE_AGENT, row, d, s->parent, s->name, s->line)))
			P->hits.v[s->hit - 1]->func = s;
		break;
	default:
		break;
	}
}

/* Every field of a settings class is a variable that the code needs. */
static void settings(struct program *P, struct sscope *s, const struct row *row)
{
	for (const struct sbind *b = s->binds; b; b = b->next) {
		struct aisp_slice name;
		uint32_t h;

		if (!b->annot || (b->value && b->value->kind == SX_FUNC) || (b->name.n && b->name.p[0] == '_') ||
		    aisp_slice_eqz(b->name, "model_config"))
			continue;
		name = aisp_settings__variable(P, s, b->name);
		h = name.p ? aisp_source__hit_new(P, AISP_SOURCE_ENV, row, NULL, s, name, b->annot->line) : 0;
		if (!h)
			return;
		P->hits.v[h - 1]->finished = true;
		P->hits.v[h - 1]->h.value = (struct aisp_source_value){.kind = AISP_SOURCE_LITERAL, .text = name};
	}
}

static void based(struct program *P, struct sscope *s, unsigned depth)
{
	for (uint32_t i = 0; i < s->n_bases && !s->hit; i++) {
		const struct sval *b = aisp_source__eval(P, s->bases[i].value);
		const struct row *row = b->kind == SV_OBJ ? aisp_source__row(b->node) : NULL;

		if (row && row->does == DOES_SETTINGS) {
			settings(P, s, row);
		} else if (row && (row->flags & ROW_BASE) && row->does == DOES_TOOL) {
			mark_tool(P, s, row, NULL, 0);
		} else if (b->kind == SV_CLASS && b->scope != s && depth < 4) {
			aisp_source__scope_marks(P, b->scope);
			if (b->scope->hit && P->hits.v[b->scope->hit - 1]->func == b->scope)
				mark_tool(P, s, P->hits.v[b->scope->hit - 1]->row, NULL, 0);
		}
	}
}

void aisp_source__scope_marks(struct program *P, struct sscope *s)
{
	if (s->state)
		return;
	s->state = 1;
	for (const struct sroot *d = s->decorators; d; d = d->next)
		decorated(P, s, d->x);
	if (s->kind == SSCOPE_CLASS)
		based(P, s, 0);
}
