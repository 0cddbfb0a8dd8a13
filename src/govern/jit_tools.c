/* Tools: what an agent or MCP client may call, as its own configuration writes an allow-list; and the patch that takes a server out of it. The control object is "PATH#/mcpServers/NAME"
 * or the place of the agent in code. Forms: Claude Code settings.json, Cursor permissions.json and cli.json, Gemini CLI settings.json, Codex config.toml. */
#include "govern/jit_int.h"

struct called {
	struct aisp_jit_out *o;
	AISP_VEC(struct aisp_slice) tools;
	bool failed;
};

static int see(void *ctx, const struct aisp_tied_use *t)
{
	struct called *c = ctx;
	struct aisp_slice tool = t->use.asset;
	bool here = false;
	for (size_t i = 0; i < c->o->g->n_edges; i++)
		here = here || c->o->s->edges[c->o->g->edges[i]].to == t->asset;
	if (aisp_slice_starts(t->use.action, AISP_S("tools/call ")))
		tool = aisp_slice_from(t->use.action, 11);
	if (!here || !t->use.done || !tool.n)
		return 0;
	for (size_t i = 0; i < c->tools.n; i++)
		if (aisp_slice_eq(c->tools.v[i], tool))
			return 0;
	c->failed = c->failed || aisp_vec_push(&c->tools, tool) < 0;
	return 0;
}

static void put_list(struct aisp_jit_out *o, struct aisp_jw *w, const struct called *c, const char *before, struct aisp_slice server, const char *between, const char *behind)
{
	aisp_jw_arr(w);
	for (size_t i = 0; i < c->tools.n; i++)
		aisp_jw_str(w, aisp_arena_printf(o->a, "%s%.*s%s%.*s%s", before, AISP_FMT(server), between, AISP_FMT(c->tools.v[i]), behind));
	aisp_jw_end(w);
}

struct form {
	const char *client, *file, *what;
};
static const struct form forms[] = {
	{"claude", "claude-settings.json", "merge into .claude/settings.json: these run without asking, every other tool of the server asks"},
	{"cursor", "cursor-permissions.json", "merge into ~/.cursor/permissions.json: these run without asking, every other tool asks"},
	{"gemini", "gemini-settings.json", "merge into .gemini/settings.json: the server's other tools are not offered"},
	{"codex", "codex-config.toml", "merge into ~/.codex/config.toml: the server's other tools are not offered"},
	{"", "allow-list.json", "the tools to allow; the client's own form is not known to aisp"},
};

static void put_form(struct aisp_jit_out *o, struct aisp_buf *b, const struct form *f, struct aisp_slice server, const struct called *c)
{
	struct aisp_jw w;
	aisp_jw_init(&w, b, true);
	if (aisp_slice_eqz(aisp_slice_z(f->client), "codex")) {
		aisp_buf_printf(b, "[mcp_servers.%.*s]\nenabled_tools = ", AISP_FMT(server));
		aisp_jw_init(&w, b, false);
		put_list(o, &w, c, "", AISP_S(""), "", "");
		aisp_buf_putc(b, '\n');
		return;
	}
	aisp_jw_obj(&w);
	if (aisp_slice_eqz(aisp_slice_z(f->client), "claude")) {
		aisp_jw_key(&w, "permissions");
		aisp_jw_obj(&w);
		aisp_jw_key(&w, "allow");
		put_list(o, &w, c, "mcp__", server, "__", "");
		aisp_jw_end(&w);
	} else if (aisp_slice_eqz(aisp_slice_z(f->client), "cursor")) {
		aisp_jw_key(&w, "mcpAllowlist");
		put_list(o, &w, c, "", server, ":", "");
	} else if (aisp_slice_eqz(aisp_slice_z(f->client), "gemini")) {
		aisp_jw_key(&w, "mcpServers");
		aisp_jw_obj(&w);
		aisp_jw_keys(&w, server);
		aisp_jw_obj(&w);
		aisp_jw_key(&w, "includeTools");
		put_list(o, &w, c, "", AISP_S(""), "", "");
		aisp_jw_end(&w);
		aisp_jw_end(&w);
	} else {
		aisp_jw_kstr(&w, "server", server);
		aisp_jw_key(&w, "allowed_tools");
		put_list(o, &w, c, "", AISP_S(""), "", "");
	}
	aisp_jw_end(&w);
	aisp_buf_putc(b, '\n');
}

static int write_allow_list(struct aisp_jit_out *o, struct aisp_slice server, const struct called *c)
{
	const struct aisp_slice id = aisp_jit__id(o, o->g->identity), name = aisp_jit__name(o, o->g->identity);
	AISP_AUTOBUF struct aisp_buf b = {0};
	size_t i = 0;
	aisp_buf_init(&b, 1 << 20);
	while (*forms[i].client && aisp_slice_findi(name, aisp_slice_z(forms[i].client)) == SIZE_MAX && aisp_slice_findi(id, aisp_slice_z(forms[i].client)) == SIZE_MAX)
		i++;
	put_form(o, &b, &forms[i], server, c);
	int r = aisp_buf_check(&b, o->err);
	return r == 0 ? aisp_jit__file(o, forms[i].file, aisp_buf_slice(&b), forms[i].what) : r;
}

/* "PATH#/mcpServers/NAME": out with it. */
static int write_removal(struct aisp_jit_out *o, struct aisp_slice path, struct aisp_slice pointer)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw w;
	aisp_buf_init(&b, 1 << 16);
	aisp_jw_init(&w, &b, true);
	aisp_jw_arr(&w);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "op", "remove");
	aisp_jw_kstr(&w, "path", pointer);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(&b, '\n');
	aisp_jit__step(o, "- take %.*s out of %.*s; who needs it puts it into a profile that is started for the task", AISP_FMT(pointer), AISP_FMT(path));
	int r = aisp_buf_check(&b, o->err);
	return r == 0 ? aisp_jit__file(o, "mcp.patch.json", aisp_buf_slice(&b), "JSON patch (RFC 6902) of the configuration") : r;
}

int aisp_jit__tools(struct aisp_jit_out *o)
{
	const struct aisp_sedge *d = &o->s->edges[o->g->edges[0]];
	struct called c = {.o = o};
	int r = 0;
	if (d->kind != AISP_EDGE_HAS_TOOL)
		return 0;
	const size_t hash = aisp_slice_rchr(o->g->control, '#');
	const struct aisp_slice path = aisp_slice_to(o->g->control, hash == SIZE_MAX ? o->g->control.n : hash), pointer = aisp_slice_from(o->g->control, hash == SIZE_MAX ? o->g->control.n : hash + 1);
	if (o->s->nodes[o->g->identity].kind != AISP_NODE_MCP_CLIENT) {
		for (size_t i = 0; i < o->g->n_edges && i < 200; i++)
			if (aisp_usage_of_edge(o->u, o->g->edges[i]).answer == AISP_NOT_USED)
				aisp_jit__step(o, "- take the tool `%.*s` out of the list at %.*s", AISP_FMT(aisp_jit__name(o, o->s->edges[o->g->edges[i]].to)), AISP_FMT(o->g->control));
		aisp_jit__each_use(o, see, &c);
		r = o->g->used && !c.failed ? write_allow_list(o, aisp_jit__name(o, o->g->identity), &c) : 0;
	} else if (o->g->used) {
		aisp_jit__each_use(o, see, &c);
		r = c.failed ? 0 : write_allow_list(o, aisp_slice_starts(pointer, AISP_S("/")) ? aisp_slice_basename(pointer) : aisp_jit__name(o, d->to), &c);
	} else if (aisp_slice_starts(pointer, AISP_S("/"))) {
		r = write_removal(o, path, pointer);
	}
	aisp_vec_done(&c.tools);
	return c.failed ? aisp_fail(o->err, AISP_E_NOMEM, "out of memory while listing tools") : r;
}
