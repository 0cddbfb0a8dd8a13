/* Local files: members of JSON configurations, lines, places in code. The contents of a file never stand in a plan. */
#include "govern/plan_int.h"
#include "govern/range.h"

static bool is_pointer(struct aisp_slice c)
{
	const size_t hash = aisp_slice_find(c, AISP_S("#/"));
	return hash != SIZE_MAX && hash > 0 && aisp_slice_find(c, AISP_S("://")) == SIZE_MAX;
}
static bool is_json(struct aisp_slice c)
{
	return is_pointer(c) && aisp_slice_ends(aisp_slice_to(c, aisp_slice_find(c, AISP_S("#/"))), AISP_S(".json"));
}
static bool is_symbol(struct aisp_slice c)
{
	const size_t hash = aisp_slice_chr(c, '#');
	return hash != SIZE_MAX && hash > 0 && aisp_slice_find(c, AISP_S("://")) == SIZE_MAX;
}
static bool is_line(struct aisp_slice c)
{
	const size_t colon = aisp_slice_rchr(c, ':');
	uint64_t n;
	return colon != SIZE_MAX && aisp_slice_find(c, AISP_S("://")) == SIZE_MAX && aisp_slice_u64(aisp_slice_from(c, colon + 1), &n);
}

/* ".env:3", ".env#DATABASE_URL" */
static bool is_env(struct aisp_slice c)
{
	const size_t hash = aisp_slice_chr(c, '#'), end = hash != SIZE_MAX ? hash : aisp_slice_rchr(c, ':');
	return (hash != SIZE_MAX ? hash + 1 < c.n && aisp_slice_chr(c, '/') != hash + 1 : is_line(c)) && aisp_slice_find(c, AISP_S("://")) == SIZE_MAX && aisp_range_is_env(aisp_slice_to(c, end));
}

static int fill_part(struct aisp_maker *m)
{
	const struct aisp_slice c = m->step->control;
	const size_t hash = aisp_slice_chr(c, '#');
	int r = aisp_step__what(m, "%.*s in %.*s", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out of %.*s and deploy it", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)))) : r;
}

/* definition.c completes it: there the file is read. */
static int fill_json(struct aisp_maker *m)
{
	const struct aisp_slice c = m->step->control;
	const size_t hash = aisp_slice_chr(c, '#');
	const bool server = aisp_slice_starts(aisp_slice_from(c, hash), AISP_S("#/mcpServers/"));
	int r = server ? aisp_step__what(m, "MCP server %.*s in %.*s", AISP_FMT(aisp_slice_from(c, hash + 13)), AISP_FMT(aisp_slice_to(c, hash)))
		       : aisp_step__what(m, "%.*s in %.*s", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out of %.*s", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)))) : r;
}

static int fill_symbol(struct aisp_maker *m)
{
	const struct aisp_slice c = m->step->control;
	const size_t hash = aisp_slice_chr(c, '#');
	int r = aisp_step__what(m, "what %.*s does in %.*s", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Change the code at %.*s", AISP_FMT(c))) : r;
}

/* definition.c completes it. */
static int fill_env(struct aisp_maker *m)
{
	const struct aisp_slice c = m->step->control;
	const size_t hash = aisp_slice_chr(c, '#');
	int r = hash == SIZE_MAX ? aisp_step__what(m, "the line %.*s", AISP_FMT(c)) : aisp_step__what(m, "%.*s in %.*s", AISP_FMT(aisp_slice_from(c, hash + 1)), AISP_FMT(aisp_slice_to(c, hash)));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Take %.*s out; if it is a credential, renew it first, for it was seen", AISP_FMT(m->step->what))) : r;
}

static int fill_line(struct aisp_maker *m)
{
	int r = aisp_step__what(m, "the line %.*s", AISP_FMT(m->step->control));
	return r == 0 ? aisp_step__manual(m, aisp_step__fmt(m, "Take out the line %.*s; if it is a credential, renew it first, for it was seen", AISP_FMT(m->step->control))) : r;
}

const struct aisp_form aisp_forms__file[] = {
	{{"file.json", AISP_STEP_FILE, 1, ".cursor/mcp.json#/mcpServers/db"}, is_json, fill_json, NULL},
	{{"file.env", AISP_STEP_FILE, 2, ".env:3"}, is_env, fill_env, NULL},
	{{"file.part", AISP_STEP_MANUAL, 3, "k8s/bot.yaml#/spec/template/spec/containers/0/env/1"}, is_pointer, fill_part, NULL},
	{{"file.code", AISP_STEP_MANUAL, 10, "bot/tools.py#refund_payment"}, is_symbol, fill_symbol, NULL},
	{{"file.line", AISP_STEP_MANUAL, 2, "notes.txt:3"}, is_line, fill_line, NULL},
	{{NULL, 0, 0, NULL}, NULL, NULL, NULL},
};
