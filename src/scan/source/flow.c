/* Who does what: effects of tools and agents through the functions they call, functions that are agents because they ask
 * a model with tools or retrieved content, and what routes serve.
 *
 *   edges: scope → scope (calls, or hands over as a callback)      scope → hit (makes or uses)
 *   A tool's or a route's own function is entered only as a start: what a tool does is the tool's, not its agent's.
 */
#include "scan/source/eval.h"
#include "scan/source/flow.h"
#include "scan/source/tool.h"
#include <limits.h>
#include <stdlib.h>

static struct phit *at(struct program *P, uint32_t hit)
{
	return P->hits.v[hit - 1];
}

void aisp_source__edge(struct program *P, struct sscope *from, struct sscope *to, uint32_t hit)
{
	if (!from || (!to && !hit) || from == to)
		return;
	if (aisp_vec_push(&P->edges, (struct pedge){from, to, hit}) < 0)
		P->bad = AISP_E_NOMEM;
}

static int edge_cmp(const void *a, const void *b)
{
	const struct pedge *x = a, *y = b;
	uint32_t xt = x->to ? x->to->id : 0, yt = y->to ? y->to->id : 0;

	if (x->from->id != y->from->id)
		return x->from->id < y->from->id ? -1 : 1;
	if (xt != yt)
		return xt < yt ? -1 : 1;
	return x->hit < y->hit ? -1 : x->hit > y->hit;
}

/* Sorts the edges, adds those to hits made in a scope, and indexes them. */
static int index_edges(struct program *P, struct graph *g)
{
	size_t n = P->scopes.n, m = 0;

	for (uint32_t i = 1; i <= P->hits.n; i++)
		aisp_source__edge(P, at(P, i)->scope, NULL, i);
	if (P->edges.n)
		qsort(P->edges.v, P->edges.n, sizeof *P->edges.v, edge_cmp);
	for (size_t i = 0; i < P->edges.n; i++)
		if (i == 0 || edge_cmp(&P->edges.v[i - 1], &P->edges.v[i]) != 0)
			P->edges.v[m++] = P->edges.v[i];
	P->edges.n = m;
	g->start = aisp_arena_zalloc(P->a, n + 2, sizeof *g->start);
	g->seen = aisp_arena_zalloc(P->a, n + 1, sizeof *g->seen);
	g->queue = aisp_arena_zalloc(P->a, n + 1, sizeof *g->queue);
	if (!g->start || !g->seen || !g->queue)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < m; i++)
		g->start[P->edges.v[i].from->id + 1]++;
	for (size_t i = 1; i < n + 2; i++)
		g->start[i] += g->start[i - 1];
	return 0;
}

/* The callers of each scope, and what leads to code that authenticates. */
static int index_back(struct program *P, struct graph *g)
{
	size_t n = P->scopes.n;
	uint32_t *at_;

	g->back_start = aisp_arena_zalloc(P->a, n + 2, sizeof *g->back_start);
	g->back = aisp_arena_zalloc(P->a, P->edges.n + 1, sizeof(struct sscope *));
	at_ = aisp_arena_zalloc(P->a, n + 2, sizeof *at_);
	g->rejects = aisp_arena_zalloc(P->a, n + 1, 1);
	g->sounds = aisp_arena_zalloc(P->a, n + 1, 1);
	g->routers = aisp_arena_zalloc(P->a, P->hits.n + 1, 1);
	if (!g->back_start || !g->back || !at_ || !g->rejects || !g->sounds || !g->routers)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < P->edges.n; i++)
		if (P->edges.v[i].to)
			g->back_start[P->edges.v[i].to->id + 1]++;
	for (size_t i = 1; i < n + 2; i++)
		g->back_start[i] += g->back_start[i - 1];
	memcpy(at_, g->back_start, (n + 2) * sizeof *at_);
	for (size_t i = 0; i < P->edges.n; i++)
		if (P->edges.v[i].to)
			g->back[at_[P->edges.v[i].to->id]++] = P->edges.v[i].from;
	return 0;
}

static bool is_other(struct program *P, const struct sscope *s)
{
	return (s->hit && at(P, s->hit)->h.kind == AISP_SOURCE_TOOL) || (s->state & 2);
}

/* Marks every scope from which a marked one is run over at most so many calls. */
static void mark_back(struct program *P, struct graph *g, bool *set, unsigned hops)
{
	size_t level_end;

	g->n = 0;
	for (size_t i = 0; i < P->scopes.n; i++)
		if (set[i])
			g->queue[g->n++] = P->scopes.v[i];
	level_end = g->n;
	for (size_t i = 0; i < g->n; i++) {
		const struct sscope *s = g->queue[i];

		if (i == level_end) {
			if (--hops == 0)
				return;
			level_end = g->n;
		}
		for (uint32_t b = g->back_start[s->id]; b < g->back_start[s->id + 1] && !is_other(P, s); b++) {
			if (set[g->back[b]->id])
				continue;
			set[g->back[b]->id] = true;
			g->queue[g->n++] = g->back[b];
		}
	}
}

static void mark_auth(struct program *P, struct graph *g)
{
	for (uint32_t i = 1; i <= P->hits.n; i++) {
		const struct phit *h = at(P, i);

		if (!h->hidden || !h->row || !h->scope)
			continue;
		g->rejects[h->scope->id] |= h->row->does == DOES_AUTH;
		g->sounds[h->scope->id] |= h->row->does == DOES_DEPENDS; /* see walk.c */
	}
	mark_back(P, g, g->rejects, UINT_MAX);
	mark_back(P, g, g->sounds, UINT_MAX);
}

/* A class stands for its methods that a framework calls. */
static void enter_class(struct graph *g, const struct sscope *c)
{
	static const char *const methods[] = {"_run", "_arun", "run", "arun", "forward", "_call", "call", "execute", "invoke",
	                                      "__call__", "dispatch", NULL};

	for (struct sscope *m = c->kids; m; m = m->next)
		for (int i = 0; methods[i]; i++)
			if (aisp_slice_eqz(m->name, methods[i]) && g->seen[m->id] != g->stamp) {
				g->seen[m->id] = g->stamp;
				g->queue[g->n++] = m;
			}
}

void aisp_source__near(struct program *P, struct graph *g, struct sscope *from, unsigned depth)
{
	size_t end = 1;

	g->stamp++;
	g->n = 0;
	g->seen[from->id] = g->stamp;
	g->queue[g->n++] = from;
	for (size_t i = 0; i < g->n; i++) {
		const struct sscope *s = g->queue[i];

		if (i == end) { /* one call further */
			end = g->n;
			if (--depth == 0)
				return;
		}
		if (s->kind == SSCOPE_CLASS)
			enter_class(g, s);
		for (uint32_t e = g->start[s->id]; e < g->start[s->id + 1]; e++) {
			struct sscope *to = P->edges.v[e].to;

			if (!to || g->seen[to->id] == g->stamp || is_other(P, to))
				continue;
			g->seen[to->id] = g->stamp;
			g->queue[g->n++] = to;
		}
	}
}

void aisp_source__closure(struct program *P, struct graph *g, struct sscope *from)
{
	aisp_source__near(P, g, from, UINT_MAX);
}

/* Calls f for every hit made or used in the closure at hand, in order. */
static void each_hit(struct program *P, struct graph *g, void (*f)(struct program *, uint32_t owner, uint32_t hit),
                     uint32_t owner)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct sscope *s = g->queue[i];

		for (uint32_t e = g->start[s->id]; e < g->start[s->id + 1]; e++)
			if (!P->edges.v[e].to)
				f(P, owner, P->edges.v[e].hit);
	}
}

static bool is_runnable(enum aisp_source_kind k)
{
	return k == AISP_SOURCE_AGENT || k == AISP_SOURCE_CHAIN;
}

/* A helper that uses its receiver: asks a model or agent, reads or fills a store. */
static void effect_on_origin(struct program *P, uint32_t owner, uint32_t hit)
{
	const struct phit *h = at(P, hit);
	uint32_t o = aisp_source__hit_now(P, h->origin), store = h->h.kind == AISP_SOURCE_STORE ? aisp_source__hit_now(P, hit) : o;

	if (h->is_query)
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_RETRIEVES, store);
	if (h->is_fill)
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_FILLS, store);
	if (!h->asks || !h->hidden || !o)
		return;
	if (at(P, o)->h.kind == AISP_SOURCE_MODEL)
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_CALLS_MODEL, o);
	else if (is_runnable(at(P, o)->h.kind))
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_CALLS_AGENT, o);
}

static void effect(struct program *P, uint32_t owner, uint32_t hit)
{
	const struct phit *h = at(P, hit);
	uint32_t now = aisp_source__hit_now(P, hit);

	if (now == owner)
		return;
	effect_on_origin(P, owner, hit);
	if (h->hidden)
		return;
	switch (h->h.kind) {
	case AISP_SOURCE_CODE:
		if (at(P, owner)->h.kind == AISP_SOURCE_TOOL)
			at(P, owner)->h.flags |= AISP_SOURCE_F_EXECUTES;
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_DOES, now);
		break;
	case AISP_SOURCE_SQL:
	case AISP_SOURCE_HTTP:
	case AISP_SOURCE_DATASET:
	case AISP_SOURCE_MODEL_FILE:
	case AISP_SOURCE_CONTENT:
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_DOES, now);
		break;
	case AISP_SOURCE_MODEL:
		if (h->asks)
			aisp_source__relate(P, owner, AISP_SOURCE_ROLE_CALLS_MODEL, now);
		break;
	case AISP_SOURCE_AGENT:
	case AISP_SOURCE_CHAIN:
		if (h->asks)
			aisp_source__relate(P, owner, AISP_SOURCE_ROLE_CALLS_AGENT, now);
		break;
	case AISP_SOURCE_LOG:
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_LOGS, now);
		break;
	default:
		break;
	}
}

static void effects(struct program *P, struct graph *g, uint32_t owner, struct sscope *f)
{
	if (!f)
		return;
	aisp_source__closure(P, g, f);
	each_hit(P, g, effect, owner);
}

/* LangGraph: add_node("agent", function); the function's model calls and bound models are the graph's. */
/* A model that a node of the graph uses is the graph's; one with tools bound to it is the graph itself. */
static void graph_part(struct program *P, uint32_t graph, uint32_t hit)
{
	uint32_t x = aisp_source__hit_now(P, hit);
	struct phit *u = at(P, x);

	if (u->hidden || x == graph)
		return;
	if (u->h.kind == AISP_SOURCE_MODEL) {
		aisp_source__relate(P, graph, AISP_SOURCE_ROLE_CALLS_MODEL, x);
		at(P, graph)->bound = true;
	} else if (is_runnable(u->h.kind) && u->row && u->row->on && strcmp(u->row->on, "lc_llm") == 0) {
		u->merged = true;
		u->into = graph;
		at(P, graph)->bound = true;
	}
}

static void graph_nodes(struct program *P, struct graph *g)
{
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n; i++) {
		const struct phit *h = at(P, i);
		uint32_t o = aisp_source__hit_now(P, h->origin);
		bool node = h->hidden && o && h->row && h->row->does == DOES_SAME && h->row->on && strcmp(h->row->on, "graph") == 0;
		const struct sval *v = node ? aisp_source__role(P, h->row, h->call, "node") : NULL;

		if (!v || v->kind != SV_FUNC)
			continue;
		aisp_source__closure(P, g, v->scope);
		each_hit(P, g, graph_part, o);
		effects(P, g, o, v->scope);
		if (at(P, o)->bound)
			at(P, o)->h.kind = AISP_SOURCE_AGENT;
	}
}

/* Functions that are agents */

/* What is asked at a hit, if it asks something: a model, chain or agent. */
static uint32_t asked(struct program *P, uint32_t hit)
{
	const struct phit *h = at(P, hit);
	uint32_t o = aisp_source__hit_now(P, h->origin);
	const struct sval *runs;

	if (!h->asks)
		return 0;
	if (!h->hidden)
		return h->h.kind == AISP_SOURCE_STORE ? 0 : aisp_source__hit_now(P, hit);
	runs = aisp_source__role(P, h->row, h->call, "runs");
	if (runs && aisp_source__sv_hit(runs))
		o = aisp_source__hit_now(P, aisp_source__sv_hit(runs));
	if (!o || (at(P, o)->h.kind != AISP_SOURCE_MODEL && at(P, o)->h.kind != AISP_SOURCE_CHAIN &&
	           at(P, o)->h.kind != AISP_SOURCE_AGENT))
		return 0;
	return o;
}

static bool retrieves(struct program *P, uint32_t hit)
{
	const struct phit *h = at(P, hit);

	if (h->is_query)
		return h->h.kind == AISP_SOURCE_STORE || (h->origin && at(P, aisp_source__hit_now(P, h->origin))->h.kind == AISP_SOURCE_STORE);
	return h->h.kind == AISP_SOURCE_SQL && !h->hidden && (h->h.flags & AISP_SOURCE_F_VECTOR);
}

static struct aisp_slice agent_symbol(struct sscope *f)
{
	struct aisp_slice base = aisp_slice_basename(f->mod->path);
	size_t dot = aisp_slice_rchr(base, '.');

	if (f->kind != SSCOPE_MODULE && f->name.n)
		return f->name;
	return f->kind == SSCOPE_MODULE ? aisp_slice_to(base, dot == SIZE_MAX ? base.n : dot) : AISP_S("agent");
}

static uint32_t function_agent(struct program *P, struct sscope *f)
{
	static const struct row code = {.does = DOES_AGENT, .what = "code"};
	uint32_t h;

	for (uint32_t i = 1; i <= P->hits.n; i++)
		if (at(P, i)->row == &code && at(P, i)->func == f)
			return i;
	h = aisp_source__hit_new(P, AISP_SOURCE_AGENT, &code, NULL, f->kind == SSCOPE_MODULE ? f : f->parent, agent_symbol(f), f->line);
	if (!h)
		return 0;
	at(P, h)->func = f;
	at(P, h)->finished = true;
	return h;
}

/* Hands what was said about a model's call to the agent around it. */
static void take_relations(struct program *P, uint32_t from, uint32_t to)
{
	size_t n = P->rels.n;

	for (size_t i = 0; i < n; i++) {
		struct aisp_source_relation r = P->rels.v[i];

		if (aisp_source__hit_now(P, r.from) == from && r.role != AISP_SOURCE_ROLE_CONNECTS)
			aisp_source__relate(P, to, r.role, r.to);
	}
}

static void adopt(struct program *P, uint32_t agent, uint32_t hit)
{
	uint32_t a = asked(P, hit);

	if (!a || a == agent || at(P, a)->h.kind != AISP_SOURCE_MODEL)
		return;
	aisp_source__relate(P, agent, AISP_SOURCE_ROLE_CALLS_MODEL, a);
	take_relations(P, a, agent);
}

/* What the closure at hand asks: an agent rather than a chain rather than a model. */
static uint32_t pick_asked(struct program *P, const struct graph *g)
{
	uint32_t best = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct sscope *s = g->queue[i];

		for (uint32_t e = g->start[s->id]; e < g->start[s->id + 1]; e++) {
			uint32_t a = P->edges.v[e].to ? 0 : asked(P, P->edges.v[e].hit);

			if (!a)
				continue;
			if (!best || (at(P, best)->h.kind == AISP_SOURCE_MODEL && at(P, a)->h.kind != AISP_SOURCE_MODEL) ||
			    (at(P, best)->h.kind == AISP_SOURCE_CHAIN && at(P, a)->h.kind == AISP_SOURCE_AGENT))
				best = a;
		}
	}
	return best;
}

/* Asking and retrieving belong together when they are so few calls apart; further up it is only a program. */
enum { NEAR = 3 };

/* Which scopes ask, and which retrieve; a call with tools makes its function an agent at once. */
static void mark_askers(struct program *P, bool *asks, bool *gets)
{
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n; i++) {
		const struct phit *h = at(P, i);
		uint32_t a;

		if (!h->scope || h->merged)
			continue;
		asks[h->scope->id] |= asked(P, i) != 0;
		gets[h->scope->id] |= retrieves(P, i);
		if (h->h.kind != AISP_SOURCE_MODEL || !h->asks || !h->bound || h->hidden)
			continue;
		a = function_agent(P, h->scope);
		aisp_source__relate(P, a, AISP_SOURCE_ROLE_CALLS_MODEL, i);
		take_relations(P, i, a);
	}
}

/* The function asks with what it retrieves: it is the agent, or what it asks is. */
static void make_agent(struct program *P, struct graph *g, struct sscope *f)
{
	uint32_t a;

	aisp_source__closure(P, g, f);
	a = pick_asked(P, g);
	if (!a)
		return;
	if (at(P, a)->h.kind == AISP_SOURCE_MODEL)
		a = function_agent(P, f);
	else
		at(P, a)->h.kind = AISP_SOURCE_AGENT;
	if (a && !at(P, a)->func)
		at(P, a)->func = f;
}

static void function_agents(struct program *P, struct graph *g)
{
	size_t n = P->scopes.n;
	bool *asks = aisp_arena_zalloc(P->a, n + 1, 1), *gets = aisp_arena_zalloc(P->a, n + 1, 1);
	bool *inner = aisp_arena_zalloc(P->a, n + 1, 1); /* something that it calls does both already */

	if (!asks || !gets || !inner) {
		P->bad = AISP_E_NOMEM;
		return;
	}
	mark_askers(P, asks, gets);
	mark_back(P, g, asks, NEAR);
	mark_back(P, g, gets, NEAR);
	for (size_t i = 0; i < P->edges.n; i++) {
		const struct pedge *e = &P->edges.v[i];

		if (e->to && asks[e->to->id] && gets[e->to->id] && !is_other(P, e->to))
			inner[e->from->id] = true;
	}
	for (size_t id = 0; id < n; id++) {
		struct sscope *f = P->scopes.v[id];
		bool tool = f->hit && at(P, f->hit)->h.kind == AISP_SOURCE_TOOL;

		if (asks[id] && gets[id] && !inner[id] && !tool)
			make_agent(P, g, f);
	}
}

/* Agents that are functions, or that are only run in one: what that code does is what they do. */
static void agent_effects(struct program *P, struct graph *g)
{
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n; i++) {
		struct phit *h = at(P, i);

		if (h->merged || h->hidden || !h->func)
			continue;
		if (h->h.kind == AISP_SOURCE_AGENT) {
			effects(P, g, i, h->func);
			each_hit(P, g, adopt, i);
		} else if (h->h.kind == AISP_SOURCE_TOOL) {
			effects(P, g, i, h->func);
		}
	}
}

/* Routes */

static void served(struct program *P, uint32_t route, uint32_t hit)
{
	uint32_t now = aisp_source__hit_now(P, hit), a = asked(P, hit);
	enum aisp_source_kind k = at(P, now)->h.kind;

	if (a)
		aisp_source__relate(P, route, AISP_SOURCE_ROLE_SERVES, a);
	if (!at(P, now)->hidden && (k == AISP_SOURCE_AGENT || k == AISP_SOURCE_CHAIN || k == AISP_SOURCE_MCP_SERVER))
		aisp_source__relate(P, route, AISP_SOURCE_ROLE_SERVES, now);
	effect(P, route, hit);
}

static void routes(struct program *P, struct graph *g)
{
	size_t n = P->hits.n, n_agents = 0;
	uint32_t *agents = aisp_arena_alloc(P->a, (n + 1) * sizeof *agents); /* that are functions */

	if (!agents) {
		P->bad = AISP_E_NOMEM;
		return;
	}
	for (uint32_t i = 1; i <= n; i++)
		if (at(P, i)->h.kind == AISP_SOURCE_AGENT && !at(P, i)->merged && at(P, i)->func)
			agents[n_agents++] = i;
	mark_auth(P, g);

	for (uint32_t i = 1; i <= n; i++) {
		struct phit *h = at(P, i);

		if (h->h.kind != AISP_SOURCE_ROUTE || h->hidden)
			continue;
		P->fuel = FUEL;
		if (!h->func) {
			h->h.auth = aisp_source__route_auth(P, g, i);
			continue;
		}
		aisp_source__closure(P, g, h->func);
		each_hit(P, g, served, i);
		for (size_t k = 0; k < n_agents; k++)
			if (g->seen[at(P, agents[k])->func->id] == g->stamp)
				aisp_source__relate(P, i, AISP_SOURCE_ROLE_SERVES, agents[k]);
		h->h.auth = aisp_source__route_auth(P, g, i);
	}
}

/* Where prompts are recorded: a handler among a call's arguments, or a product that is switched on for the whole file. */
static uint32_t log_in(struct program *P, const struct sval *v, unsigned depth)
{
	uint32_t h = aisp_source__hit_now(P, aisp_source__sv_hit(v)), found = 0;

	if (h && at(P, h)->h.kind == AISP_SOURCE_LOG)
		return h;
	if (depth > 5 || !spend(P))
		return 0;
	for (uint32_t i = 0; (v->kind == SV_LIST || v->kind == SV_UNION) && i < v->n && !found; i++)
		found = log_in(P, v->items[i], depth + 1);
	for (uint32_t i = 0; v->kind == SV_DICT && i < v->n && !found; i++)
		found = log_in(P, v->members[i].value, depth + 1);
	return found;
}

/* A function that runs an agent and writes a table beside it: what was asked or answered may be kept there. */
static void kept(struct program *P, uint32_t owner, uint32_t hit)
{
	if (at(P, hit)->h.kind == AISP_SOURCE_SQL && !at(P, hit)->hidden && at(P, hit)->h.n_writes)
		aisp_source__relate(P, owner, AISP_SOURCE_ROLE_LOGS, hit);
}

/* Functions that run an agent and write a table beside it. */
static void logs_in_tables(struct program *P, struct graph *g)
{
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n; i++) {
		uint32_t a = asked(P, i);

		if (!a || at(P, a)->h.kind != AISP_SOURCE_AGENT || !at(P, i)->scope || at(P, i)->scope->kind == SSCOPE_MODULE)
			continue;
		aisp_source__closure(P, g, at(P, i)->scope);
		each_hit(P, g, kept, a);
	}
}

/* Handlers among the arguments of what makes or runs an agent. */
static void logs_handed_over(struct program *P)
{
	unsigned kinds = 1u << AISP_SOURCE_AGENT | 1u << AISP_SOURCE_MODEL | 1u << AISP_SOURCE_CHAIN;
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n; i++) {
		const struct phit *h = at(P, i);
		uint32_t owner = h->hidden ? aisp_source__hit_now(P, h->origin) : aisp_source__hit_now(P, i);
		bool takes = h->asks || kinds >> h->h.kind & 1 || (h->row && h->row->does == DOES_SAME);

		if (!owner || !takes || !h->call || h->call->kind != SX_CALL)
			continue;
		for (uint32_t k = 0; k < h->call->n; k++)
			aisp_source__relate(P, owner, AISP_SOURCE_ROLE_LOGS, log_in(P, aisp_source__eval(P, h->call->args[k].value), 0));
	}
}

/* Products that are switched on for the whole file. */
static void logs_of_file(struct program *P)
{
	size_t n = P->hits.n;

	for (uint32_t i = 1; i <= n; i++) {
		const struct phit *l = at(P, i);

		if (l->h.kind != AISP_SOURCE_LOG || l->hidden || (l->row && l->row->roles))
			continue;
		for (uint32_t k = 1; k <= n; k++)
			if (at(P, k)->h.kind == AISP_SOURCE_AGENT && !at(P, k)->merged && at(P, k)->h.module == l->h.module)
				aisp_source__relate(P, k, AISP_SOURCE_ROLE_LOGS, i);
	}
}

static void logs(struct program *P, struct graph *g)
{
	P->fuel = FUEL;
	logs_in_tables(P, g);
	logs_handed_over(P);
	logs_of_file(P);
}

void aisp_source__flow(struct program *P)
{
	struct graph g = {0};

	for (uint32_t i = 1; i <= P->hits.n; i++)
		if (at(P, i)->h.kind == AISP_SOURCE_ROUTE && at(P, i)->func && !at(P, i)->hidden)
			at(P, i)->func->state |= 2;
	if (index_edges(P, &g) < 0 || index_back(P, &g) < 0) {
		P->bad = AISP_E_NOMEM;
		return;
	}
	P->fuel = FUEL;
	graph_nodes(P, &g);
	for (uint32_t i = 1; i <= P->hits.n; i++)
		if (at(P, i)->h.kind == AISP_SOURCE_CHAIN && at(P, i)->bound && !at(P, i)->merged)
			at(P, i)->h.kind = AISP_SOURCE_AGENT;
	function_agents(P, &g);
	agent_effects(P, &g);
	routes(P, &g);
	logs(P, &g);
	aisp_source__tools(P, &g);
}
