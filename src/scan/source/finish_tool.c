/* The tools among what is handed over as tools: tool objects, plain functions, descriptions, agents, MCP servers. */
#include "scan/source/finish.h"

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

static uint32_t function_tool(struct program *P, struct sscope *f, const char *what)
{
	static const struct row plain = {.does = DOES_TOOL, .gives = "tool"};
	uint32_t h = f->hit;

	if (h)
		return hit_now(P, h);
	h = hit_new(P, AISP_SOURCE_TOOL, &plain, NULL, f->parent, f->name.n ? f->name : AISP_S("tool"), f->line);
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
static void described_tool(struct program *P, uint32_t agent, const struct sval *d)
{
	static const struct row plain = {.does = DOES_TOOL, .gives = "tool"};
	const struct sval *f = sv_member(d, AISP_S("function")), *name, *spec;
	struct sscope *s = at(P, agent)->scope;
	const struct sbind *b = NULL;
	uint32_t h;

	if (f && f->kind == SV_DICT)
		d = f;
	spec = sv_member(d, AISP_S("toolSpec"));
	if (spec && spec->kind == SV_DICT)
		d = spec;
	name = sv_member(d, AISP_S("name"));
	if (!name || name->kind != SV_STR || !name->s.n || !s)
		return;
	for (struct sscope *o = s; o && !b; o = o->parent)
		for (b = o->binds; b && !(aisp_slice_eq(b->name, name->s) && b->value && b->value->kind == SX_FUNC); b = b->next)
			;
	if (b) {
		h = function_tool(P, b->value->scope, "function calling");
	} else {
		for (size_t i = 0; i < P->hits.n; i++) { /* described for another call already */
			const struct phit *e = P->hits.v[i];

			if (e->h.kind == AISP_SOURCE_TOOL && e->row == &plain && !e->func && e->h.module == s->mod->index &&
			    aisp_slice_eq(e->h.name, name->s)) {
				relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, (uint32_t)i + 1);
				return;
			}
		}
		h = hit_new(P, AISP_SOURCE_TOOL, &plain, NULL, s->mod->top, name->s, at(P, agent)->h.line);
		if (h)
			at(P, h)->finished = true;
	}
	if (!h)
		return;
	at(P, h)->h.name = name->s;
	if (!at(P, h)->h.what[0])
		at(P, h)->h.what = "function calling";
	relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, h);
}

void finish_tools(struct program *P, uint32_t agent, const struct sval *v, bool functions, unsigned depth)
{
	uint32_t h = hit_now(P, sv_hit(v));
	enum aisp_source_kind k = h ? at(P, h)->h.kind : AISP_SOURCE_KIND_NONE;

	if (depth > 6 || !spend(P))
		return;
	if (h && k == AISP_SOURCE_TOOL) {
		relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, h);
	} else if (h && (k == AISP_SOURCE_MCP_CLIENT || k == AISP_SOURCE_MCP_SERVER)) {
		relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, h);
	} else if (h && (k == AISP_SOURCE_AGENT || k == AISP_SOURCE_CHAIN)) {
		relate(P, agent, AISP_SOURCE_ROLE_CALLS_AGENT, h);
	} else if (v->kind == SV_FUNC && functions) {
		relate(P, agent, AISP_SOURCE_ROLE_HAS_TOOL, function_tool(P, v->scope, at(P, agent)->h.what));
	} else if (v->kind == SV_LIST || v->kind == SV_UNION) {
		for (uint32_t i = 0; i < v->n; i++)
			finish_tools(P, agent, v->items[i], functions, depth + 1);
	} else if (v->kind == SV_DICT) {
		if (sv_member(v, AISP_S("function")) || sv_member(v, AISP_S("name")) || sv_member(v, AISP_S("toolSpec")))
			described_tool(P, agent, v);
		else
			for (uint32_t i = 0; i < v->n; i++)
				finish_tools(P, agent, v->members[i].value, functions, depth + 1);
	}
}

bool some_tools(const struct sval *v)
{
	if (v && v->kind == SV_UNKNOWN && aisp_slice_starts(v->s, AISP_S("passed on")))
		return false;
	return v && v->kind != SV_NULL && !((v->kind == SV_LIST || v->kind == SV_DICT) && v->n == 0) && v->kind != SV_OTHER;
}
