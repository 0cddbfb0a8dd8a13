/* Which rights stand on AI paths, and what to do about each. */
#include "base/fs.h"
#include "govern/jit_int.h"
#include <stdio.h>
#include <stdlib.h>

const char *aisp_jit_advice_name(enum aisp_jit_advice a)
{
	static const char *const names[] = {"", "keep", "reduce", "just-in-time", "remove"};
	return (unsigned)a < sizeof names / sizeof *names ? names[a] : "";
}

/* ---- AI paths ---- */

static bool acts(unsigned kind)
{
	return kind == AISP_NODE_AGENT || kind == AISP_NODE_MCP_SERVER || kind == AISP_NODE_MCP_CLIENT || kind == AISP_NODE_TOOL || kind == AISP_NODE_NOTEBOOK ||
	       kind == AISP_NODE_TRAINING_JOB || kind == AISP_NODE_INFERENCE_ENDPOINT;
}

/* Who an AI asset can act as: starts of paths. */
static int mark_actors(const struct aisp_snapshot *s, const struct aisp_reach *reach, bool *is, struct aisp_err *err)
{
	struct aisp_actor actors[AISP_REACH_BATCH];
	aisp_node n = 1;
	while (n <= s->n_nodes) {
		size_t k = 0;
		for (; n <= s->n_nodes && k < AISP_REACH_BATCH; n++)
			if (acts(s->nodes[n].kind))
				actors[k++] = (struct aisp_actor){.node = n};
		if (!k)
			return 0;
		__attribute__((cleanup(aisp_reach_answer_freep))) struct aisp_reach_answer *a = NULL;
		int r = aisp_reach_forward(reach, actors, k, AISP_POSSIBLE, &a, err);
		if (r < 0)
			return r;
		for (aisp_node x = 1; x <= s->n_nodes; x++) {
			uint64_t words[AISP_REACH_BATCH / 64];
			static const enum aisp_mode modes[] = {AISP_MODE_ACT, AISP_MODE_MAY_ACT};
			for (size_t m = 0; m < 2 && !is[x]; m++) {
				aisp_reach_row(a, x, modes[m], words);
				for (size_t w = 0; w < (k + 63) / 64; w++)
					is[x] = is[x] || words[w];
			}
		}
	}
	return 0;
}

static bool is_ai_asset(const struct aisp_snapshot *s, aisp_node n)
{
	if (aisp_node_kinds[s->nodes[n].kind].flags & AISP_NK_AI)
		return true;
	for (uint32_t i = s->in_at[n]; i < s->in_at[n + 1]; i++) {
		const struct aisp_sedge *d = &s->edges[s->in_edges[i]];
		if (d->kind == AISP_EDGE_STORED_IN || d->kind == AISP_EDGE_INCLUDES)
			if (aisp_node_kinds[s->nodes[d->from].kind].flags & AISP_NK_AI)
				return true;
	}
	return false;
}

/* Whoever has, or can become who has, a right on an AI asset: backwards, each node once. */
static int mark_leads(const struct aisp_snapshot *s, const struct aisp_usage *u, const bool *asset, bool *leads, struct aisp_err *err)
{
	AISP_VEC(aisp_node) todo = {0};
	int r = 0;
	for (aisp_edge e = 1; r == 0 && e <= s->n_edges; e++)
		if (asset[s->edges[e].to] && !leads[s->edges[e].from] && aisp_usage_is_grant(u, e)) {
			leads[s->edges[e].from] = true;
			r = aisp_vec_push(&todo, s->edges[e].from);
		}
	while (r == 0 && todo.n) {
		const aisp_node n = todo.v[--todo.n];
		for (uint32_t i = s->in_at[n]; r == 0 && i < s->in_at[n + 1]; i++) {
			const struct aisp_sedge *d = &s->edges[s->in_edges[i]];
			const bool reads = d->kind == AISP_EDGE_CAN_READ && s->nodes[n].kind == AISP_NODE_SECRET; /* and what lies in it */
			const bool becomes = d->kind == AISP_EDGE_CAN_ASSUME || d->kind == AISP_EDGE_MEMBER_OF || d->kind == AISP_EDGE_AUTHENTICATES || d->kind == AISP_EDGE_HOLDS || reads;
			if (becomes && !leads[d->from] && !(s->nodes[d->from].flags & AISP_NF_STAND_IN)) {
				leads[d->from] = true;
				r = aisp_vec_push(&todo, d->from);
			}
		}
	}
	aisp_vec_done(&todo);
	return r < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for AI paths") : 0;
}

int aisp_jit_paths(const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_usage *u, bool *on, struct aisp_err *err)
{
	AISP_AUTOFREE bool *marks = aisp_mem_zalloc(3 * ((size_t)s->n_nodes + 1), sizeof *marks);
	if (!marks)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking for AI paths");
	bool *const actor = marks, *const asset = marks + s->n_nodes + 1, *const leads = asset + s->n_nodes + 1;
	for (aisp_node n = 1; n <= s->n_nodes; n++)
		asset[n] = is_ai_asset(s, n);
	int r = mark_actors(s, reach, actor, err);
	if (r == 0)
		r = mark_leads(s, u, asset, leads, err);
	for (aisp_edge e = 1; r == 0 && e <= s->n_edges; e++) {
		const struct aisp_sedge *d = &s->edges[e];
		const bool becomes = d->kind == AISP_EDGE_CAN_ASSUME || d->kind == AISP_EDGE_AUTHENTICATES || (d->kind == AISP_EDGE_CAN_READ && s->nodes[d->to].kind == AISP_NODE_SECRET);
		on[e] = (asset[d->to] || actor[d->from] || (becomes && leads[d->to])) && aisp_usage_is_grant(u, e);
	}
	return r;
}

/* ---- grants ---- */

struct key {
	aisp_node from;
	aisp_sym control;
	aisp_edge edge;
};

static int by_control(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->control != y->control)
		return x->control < y->control ? -1 : 1;
	return x->edge < y->edge ? -1 : x->edge > y->edge;
}

static bool is_person(const struct aisp_snapshot *s, aisp_node n)
{
	return s->nodes[n].kind == AISP_NODE_USER || s->nodes[n].kind == AISP_NODE_GROUP;
}

/* Rights that change things or become somebody else. */
static bool is_strong(const struct aisp_snapshot *s, const struct aisp_jit_grant *g)
{
	for (size_t i = 0; i < g->n_edges; i++) {
		const struct aisp_sedge *d = &s->edges[g->edges[i]];
		const unsigned to = s->nodes[d->to].kind;
		if (d->kind == AISP_EDGE_CAN_WRITE || d->kind == AISP_EDGE_CAN_ASSUME || to == AISP_NODE_SECRET || s->nodes[d->to].sensitivity >= AISP_SENS_CONFIDENTIAL)
			return true;
	}
	return false;
}

static bool is_rare(const struct aisp_usage *u, const struct aisp_jit_grant *g)
{
	const int64_t month = INT64_C(30) * 86400 * 1000000, span = g->last_us - g->first_us;
	const int64_t months = span > 0 ? span / month + 1 : 1;
	return g->count > 0 && g->count <= u->rules.rare_per_30_days * months;
}

static void advise(const struct aisp_snapshot *s, const struct aisp_usage *u, struct aisp_jit_grant *g, struct aisp_arena *a)
{
	struct aisp_slice why = AISP_S("");
	const int64_t days = aisp_usage_threshold(u, g->edges[0], &why);
	if (g->not_used == g->n_edges) {
		g->advice = AISP_JIT_REMOVE;
		g->reason = aisp_arena_printf(a, "not used once in %lld watched days (%.*s)", (long long)days, AISP_FMT(why));
		g->risk = AISP_S("what runs less often than that (yearly jobs, recovery) would lose it; undo is beside it");
	} else if (g->used && is_rare(u, g) && (is_person(s, g->identity) || is_strong(s, g))) {
		g->advice = AISP_JIT_JUST_IN_TIME;
		g->reason = aisp_arena_printf(a, "used only %lld times, and %s", (long long)g->count, is_person(s, g->identity) ? "by a person" : "what it gives is strong");
		g->risk = AISP_S("who needs it at night must be able to ask for it: see to an approver who is there");
	} else if (g->used && g->not_used) {
		g->advice = AISP_JIT_REDUCE;
		g->reason = aisp_arena_printf(a, "%zu of %zu rights that it gives are used, %zu not in %lld watched days (%.*s)", g->used, g->n_edges, g->not_used, (long long)days, AISP_FMT(why));
		g->risk = AISP_S("what is used less often than that would lose it; what no log tells of is kept");
	} else if (g->used) {
		g->advice = AISP_JIT_KEEP;
		g->reason = g->no_telemetry ? AISP_S("used where a log tells of it") : AISP_S("all of it is used");
		g->risk = AISP_S("it stands, and whoever gets hold of the identity has it");
	} else {
		const struct aisp_edge_use use = aisp_usage_of_edge(u, g->edges[0]);
		g->advice = AISP_JIT_KEEP;
		g->reason = aisp_arena_printf(a, "nobody looked: %s", use.why && *use.why ? use.why : "not all of it is watched");
		g->risk = AISP_S("it may be unused; nothing is said without a log");
	}
}

static void add_edge(const struct aisp_usage *u, struct aisp_jit_grant *g, aisp_edge e)
{
	const struct aisp_edge_use use = aisp_usage_of_edge(u, e);
	g->used += use.answer == AISP_USED;
	g->not_used += use.answer == AISP_NOT_USED;
	g->no_telemetry += use.answer == AISP_NO_TELEMETRY;
	if (use.answer == AISP_USED)
		g->count = use.count_all > g->count ? use.count_all : g->count; /* one event can count for several edges */
	if (use.answer == AISP_USED && (!g->first_us || use.first_us < g->first_us))
		g->first_us = use.first_us;
	if (use.last_us > g->last_us)
		g->last_us = use.last_us;
}

/* A name for a folder: number, identity's name, what it is about; nothing that a file system minds. */
static struct aisp_slice folder_name(const struct aisp_snapshot *s, struct aisp_arena *a, size_t number, const struct aisp_jit_grant *g)
{
	char text[96];
	const struct aisp_slice name = aisp_snapshot_text(s, s->nodes[g->identity].name), target = aisp_snapshot_text(s, s->nodes[s->edges[g->edges[0]].to].name);
	int n = snprintf(text, sizeof text, "%03zu-%.30s-%.30s%s", number, name.p ? name.p : "", target.p ? target.p : "", g->n_edges > 1 ? "-and-more" : "");
	for (int i = 0; i < n && i < (int)sizeof text; i++) {
		const char c = text[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
			text[i] = c == '\0' ? c : '_';
	}
	return aisp_arena_printf(a, "%s", text);
}

static int make_grant(const struct aisp_snapshot *s, const struct aisp_usage *u, const struct key *keys, size_t n, struct aisp_jit *j, struct aisp_err *err)
{
	struct aisp_jit_grant *g = &j->v[j->n];
	aisp_edge *edges = aisp_arena_zalloc(j->arena, n, sizeof *edges);
	if (!edges)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while listing grants");
	*g = (struct aisp_jit_grant){.identity = keys[0].from, .control = aisp_snapshot_text(s, keys[0].control), .edges = edges, .n_edges = n};
	for (size_t i = 0; i < n; i++) {
		edges[i] = keys[i].edge;
		add_edge(u, g, keys[i].edge);
	}
	advise(s, u, g, j->arena);
	j->n++;
	g->folder = folder_name(s, j->arena, j->n, g);
	return g->folder.p && g->reason.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while listing grants");
}

/* All grants with a control object, and those of AI paths without one. */
static int list_keys(const struct aisp_snapshot *s, const struct aisp_usage *u, const bool *on, struct key **ret, size_t *ret_n, struct aisp_err *err)
{
	AISP_VEC(struct key) keys = {0};
	for (aisp_edge e = 1; e <= s->n_edges; e++) {
		const struct aisp_sedge *d = &s->edges[e];
		if (s->nodes[d->to].kind == AISP_NODE_COLUMN || !(on[e] || (d->control && aisp_usage_is_grant(u, e))))
			continue;
		if (aisp_vec_push(&keys, (struct key){d->from, d->control, e}) < 0) {
			aisp_vec_done(&keys);
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while listing grants");
		}
	}
	if (keys.n)
		qsort(keys.v, keys.n, sizeof *keys.v, by_control);
	*ret = keys.v;
	*ret_n = keys.n;
	return 0;
}

/* Groups of one identity and control of which a part lies on an AI path: all that the control object gives counts, also what lies beside the path. */
static int make_grants(const struct aisp_snapshot *s, const struct aisp_usage *u, const bool *on, const struct key *keys, size_t n, struct aisp_jit *j, struct aisp_err *err)
{
	int r = 0;
	for (size_t i = 0, end; r == 0 && i < n; i = end) {
		bool ai = on[keys[i].edge];
		for (end = i + 1; end < n && keys[end].from == keys[i].from && keys[end].control == keys[i].control && keys[i].control; end++)
			ai = ai || on[keys[end].edge];
		r = ai ? make_grant(s, u, &keys[i], end - i, j, err) : 0;
	}
	return r;
}

int aisp_jit_make(const struct aisp_snapshot *s, const struct aisp_reach *reach, const struct aisp_usage *u, struct aisp_jit *ret, struct aisp_err *err)
{
	AISP_AUTOFREE bool *on = aisp_mem_zalloc((size_t)s->n_edges + 1, sizeof *on);
	AISP_AUTOFREE struct key *keys = NULL;
	struct aisp_jit j = {.arena = aisp_arena_new((size_t)2 << 30)};
	size_t n = 0;
	int r = on && j.arena ? aisp_jit_paths(s, reach, u, on, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while listing grants");
	if (r == 0)
		r = list_keys(s, u, on, &keys, &n, err);
	j.v = r == 0 ? aisp_arena_zalloc(j.arena, n + 1, sizeof *j.v) : NULL;
	if (r == 0 && !j.v)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory while listing grants");
	if (r == 0)
		r = make_grants(s, u, on, keys, n, &j, err);
	if (r == 0)
		*ret = j;
	else
		aisp_arena_free(j.arena);
	return r;
}

void aisp_jit_done(struct aisp_jit *j)
{
	aisp_arena_free(j->arena);
	*j = (struct aisp_jit){0};
}
