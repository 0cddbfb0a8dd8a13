/* The tools among what is handed over as tools: tool objects, plain functions, descriptions, agents, MCP servers. */
#include "scan/source/finish.h"
#include "scan/source/tool.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

static uint32_t function_tool(struct program *P, struct sscope *f, const char *what)
{
	static const struct row plain = {.does = DOES_TOOL, .gives = "tool"};
	uint32_t h = f->hit;

	if (h)
		return aisp_source__hit_now(P, h);
	h = aisp_source__hit_new(P, AISP_SOURCE_TOOL, &plain, NULL, f->parent, f->name.n ? f->name : AISP_S("tool"), f->line);
	if (!h)
		return 0;
	at(P, h)->func = f;
	at(P, h)->h.what = what;
	at(P, h)->h.name = f->name;
	at(P, h)->finished = true;
	f->hit = h;
	return h;
}

/* {"type": "function", "function": {"name": "lookup"}} or {"name": "lookup", "input_schema": …}: a tool described by hand,
 * whose code is the function of that name where it is described or used. */
static const struct row described = {.does = DOES_TOOL, .gives = "tool"};

/* The description itself: OpenAI wraps it in "function", Bedrock in "toolSpec". */
static const struct sval *description(const struct sval *d)
{
	static const char *const wraps[] = {"function", "toolSpec"};

	for (int i = 0; i < 2; i++) {
		const struct sval *in = aisp_source__sv_member(d, aisp_slice_z(wraps[i]));

		if (in && in->kind == SV_DICT)
			d = in;
	}
	return d;
}

/* The function of this name that is seen from s; NULL if none. */
static struct sscope *function_called(const struct sscope *s, struct aisp_slice name)
{
	for (; s; s = s->parent)
		for (const struct sbind *b = s->binds; b; b = b->next)
			if (b->value && b->value->kind == SX_FUNC && aisp_slice_eq(b->name, name))
				return b->value->scope;
	return NULL;
}

/* The tool of this name that was described for another call of the file already; 0 if none. */
static uint32_t described_before(const struct program *P, uint32_t module, struct aisp_slice name)
{
	for (size_t i = 0; i < P->hits.n; i++) {
		const struct phit *e = P->hits.v[i];

		if (e->row == &described && e->h.module == module && aisp_slice_eq(e->h.name, name))
			return (uint32_t)i + 1;
	}
	return 0;
}

/* The words of a description by hand, and the names in its schema: "parameters", "input_schema", or Bedrock's inputSchema.json. */
static void described_words(struct program *P, struct phit *h, const struct sval *d)
{
	static const char *const keys[] = {"parameters", "input_schema", "inputSchema", NULL};
	const struct sval *v = aisp_source__sv_member(d, AISP_S("description")), *props = NULL, *type;
	struct aisp_source_param *ps;

	if (!h->h.description.n && v && (v->kind == SV_STR || v->kind == SV_TEXT))
		h->h.description = aisp_source__tool_text(v->s);
	for (int i = 0; keys[i] && !props; i++) {
		v = aisp_source__sv_member(d, aisp_slice_z(keys[i]));
		if (v && aisp_source__sv_member(v, AISP_S("json")))
			v = aisp_source__sv_member(v, AISP_S("json"));
		props = v ? aisp_source__sv_member(v, AISP_S("properties")) : NULL;
	}
	if (h->h.n_params || !props || props->kind != SV_DICT || !props->n || props->n > 64)
		return;
	ps = aisp_arena_zalloc(P->a, props->n, sizeof *ps);
	if (!ps) {
		P->bad = AISP_E_NOMEM;
		return;
	}
	for (uint32_t i = 0; i < props->n; i++) {
		type = aisp_source__sv_member(props->members[i].value, AISP_S("type"));
		ps[i].name = props->members[i].key;
		ps[i].type = type && type->kind == SV_STR && type->s.n < 40 ? type->s : aisp_slice_z("");
	}
	h->h.params = ps;
	h->h.n_params = props->n;
}

static void described_tool(struct program *P, uint32_t agent, const struct sval *d)
{
	const struct sval *name = aisp_source__sv_member(description(d), AISP_S("name"));
	struct sscope *s = at(P, agent)->scope, *f;
	uint32_t h;

	if (!name || name->kind != SV_STR || !name->s.n || !s)
		return;
	f = function_called(s, name->s);
	h = f ? function_tool(P, f, "function calling") : described_before(P, s->mod->index, name->s);
	if (!h)
		h = aisp_source__hit_new(P, AISP_SOURCE_TOOL, &described, NULL, s->mod->top, name->s, at(P, agent)->h.line);
	if (!h)
		return;
	at(P, h)->finished = true;
	at(P, h)->h.name = name->s;
	if (!at(P, h)->h.what[0])
		at(P, h)->h.what = "function calling";
	described_words(P, at(P, h), description(d));
	aisp_source__relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, h);
}

/* The role that a hit has when it is handed over as a tool; AISP_SOURCE_ROLE_END for none. */
static enum aisp_source_role role_as_tool(enum aisp_source_kind k)
{
	switch (k) {
	case AISP_SOURCE_TOOL:
	case AISP_SOURCE_MCP_CLIENT:
	case AISP_SOURCE_MCP_SERVER:
		return AISP_SOURCE_ROLE_HAS_TOOL;
	case AISP_SOURCE_AGENT:
	case AISP_SOURCE_CHAIN:
		return AISP_SOURCE_ROLE_CALLS_AGENT;
	default:
		return AISP_SOURCE_ROLE_END;
	}
}

static bool is_description(const struct sval *d)
{
	return aisp_source__sv_member(d, AISP_S("function")) || aisp_source__sv_member(d, AISP_S("name")) || aisp_source__sv_member(d, AISP_S("toolSpec"));
}

static bool is_shaped_object(const struct sval *v)
{
	return (v->kind == SV_INST || v->kind == SV_CLASS) && aisp_source__is_shaped(v->scope->mod->lang);
}

/* LangChain4j, Spring AI: every marked method of the object is a tool. */
static void marked_methods(struct program *P, uint32_t agent, struct sscope *c)
{
	for (struct sscope *m = c->kids; m && spend(P); m = m->next) {
		aisp_source__scope_marks(P, m);
		if (m->hit && at(P, aisp_source__hit_now(P, m->hit))->h.kind == AISP_SOURCE_TOOL)
			aisp_source__relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, aisp_source__hit_now(P, m->hit));
	}
}

void aisp_source__finish_tools(struct program *P, uint32_t agent, const struct sval *v, bool functions, unsigned depth)
{
	uint32_t h = aisp_source__hit_now(P, aisp_source__sv_hit(v));
	enum aisp_source_role r = h ? role_as_tool(at(P, h)->h.kind) : AISP_SOURCE_ROLE_END;

	if (depth > 6 || !spend(P))
		return;
	if (r != AISP_SOURCE_ROLE_END) {
		aisp_source__relate(P, agent, r, h);
	} else if (v->kind == SV_FUNC && functions) {
		aisp_source__relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, function_tool(P, v->scope, at(P, agent)->h.what));
	} else if (is_shaped_object(v)) {
		marked_methods(P, agent, v->scope);
	} else if (v->kind == SV_LIST || v->kind == SV_UNION) {
		for (uint32_t i = 0; i < v->n; i++)
			aisp_source__finish_tools(P, agent, v->items[i], functions, depth + 1);
	} else if (v->kind == SV_DICT && is_description(v)) {
		described_tool(P, agent, v);
	} else if (v->kind == SV_DICT) {
		for (uint32_t i = 0; i < v->n; i++)
			aisp_source__finish_tools(P, agent, v->members[i].value, functions, depth + 1);
	}
}

bool aisp_source__some_tools(const struct sval *v)
{
	if (v && v->kind == SV_UNKNOWN && aisp_slice_starts(v->s, AISP_S("passed on")))
		return false;
	return v && v->kind != SV_NULL && !((v->kind == SV_LIST || v->kind == SV_DICT) && v->n == 0) && v->kind != SV_OTHER;
}
