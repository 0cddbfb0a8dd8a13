/* What a source does not tell any more is gone only if the source was read whole (proof.h). Here: who was not, and the facts with what they told before put back. */
#include "base/mem.h"
#include "base/vec.h"
#include "govern/proof_int.h"

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while proving the plan");
}

/* ---- Who was not read whole ---- */

static uint16_t source_named(const struct aisp_snapshot *s, struct aisp_slice key)
{
	for (uint32_t i = 1; i <= s->n_sources; i++)
		if (aisp_slice_eq(aisp_snapshot_text(s, s->sources[i].key), key))
			return (uint16_t)i;
	return 0;
}

static struct aisp_key gap_key(uint16_t source, aisp_sym what, uint8_t why)
{
	return (struct aisp_key){(uint64_t)source << 8 | why, (uint64_t)what + 1};
}

/* A file that could not be understood, and of which the facts before say nothing at all: what was told came from others. One that could not be looked at may have taken the place of one that told. */
static bool hides_nothing(const struct aisp_snapshot *before, const bool *told_from, struct aisp_slice kind, const struct aisp_gap_row *g, struct aisp_slice what)
{
	const enum aisp_code why = (enum aisp_code)-(int)g->why;
	const bool understood = why == AISP_E_PARSE || why == AISP_E_LIMIT || why == AISP_E_NOTFOUND;
	const bool path = aisp_slice_chr(what, '/') != SIZE_MAX || aisp_slice_chr(what, '.') != SIZE_MAX;
	return aisp_slice_eqz(kind, "files") && understood && path && !aisp_slice_starts(what, AISP_S(".git")) && !told_from[aisp_symtab_find(before->syms, what)];
}

/* What the look at values and at the git history finds are secrets, and only these. */
static bool hides_credentials_only(struct aisp_slice kind, struct aisp_slice what)
{
	return aisp_slice_eqz(kind, "files") ? aisp_slice_eqz(what, ".git") || aisp_slice_eqz(what, ".gitleaksignore") : aisp_slice_ends(what, AISP_S(": sampled values"));
}

/* By symbol: is it the place of any evidence? A store's symbols are those of all its scans. */
static bool *places_of(const struct aisp_snapshot *s)
{
	bool *told = aisp_mem_zalloc(aisp_symtab_count(s->syms) + 1u, sizeof *told);
	for (uint32_t i = 0; told && i < s->n_evidence; i++)
		told[s->evidence[i].locator] = true;
	if (told)
		told[0] = false;
	return told;
}

static int look_at_gaps(struct aisp_doubts *d, uint16_t *before_of, struct aisp_arena *a, struct aisp_err *err)
{
	AISP_AUTOFREE bool *told_from = d->s->n_gaps ? places_of(d->before) : NULL;
	struct aisp_map had = {0};
	int r = d->s->n_gaps && !told_from ? no_memory(err) : 0;

	for (uint32_t i = 0; r == 0 && i < d->before->n_gaps; i++)
		r = aisp_map_put(&had, gap_key(d->before->gaps[i].source, d->before->gaps[i].what, d->before->gaps[i].why), 1, err);
	for (uint32_t i = 0; r == 0 && i < d->s->n_gaps; i++) {
		const struct aisp_gap_row *g = &d->s->gaps[i];
		const struct aisp_slice what = aisp_snapshot_text(d->s, g->what), kind = aisp_snapshot_text(d->s, d->s->sources[g->source].kind);
		const uint16_t source = before_of[g->source];
		const aisp_sym sym = what.n ? aisp_symtab_find(d->before->syms, what) : 0;
		struct aisp_doubt *of = &d->of[source];
		if (!source || ((sym || !what.n) && aisp_map_get(&had, gap_key(source, sym, g->why))) || hides_nothing(d->before, told_from, kind, g, what))
			continue;
		const bool only = hides_credentials_only(kind, what);
		if (of->why.n && (only || !of->only_credentials))
			continue;
		of->only_credentials = only;
		of->why = aisp_arena_printf(a, "has a gap that was not there before (%.*s: %.*s)", AISP_FMT(what), AISP_FMT(aisp_slice_to(aisp_snapshot_text(d->s, g->detail), 300)));
		r = of->why.p ? 0 : no_memory(err);
	}
	aisp_map_done(&had);
	return r;
}

/* What the resolvers conclude rests on all others; that it was worked out again does not make up for what one of them did not see. */
static void doubt_conclusions(struct aisp_doubts *d)
{
	struct aisp_doubt *concluded = NULL;
	const struct aisp_doubt *first = NULL;

	for (uint32_t i = 1; i <= d->before->n_sources; i++) {
		if (aisp_slice_starts(aisp_snapshot_text(d->before, d->before->sources[i].key), AISP_S("aisp:")))
			concluded = &d->of[i];
		else if (d->of[i].why.n && (!first || first->only_credentials))
			first = &d->of[i];
	}
	if (concluded && first && !concluded->why.n) {
		concluded->why = first->why;
		concluded->only_credentials = first->only_credentials;
	}
}

int aisp_proof__doubts(const struct aisp_proof_in *in, struct aisp_arena *a, struct aisp_doubts *ret, struct aisp_err *err)
{
	struct aisp_doubts d = {.s = in->s, .before = in->before};
	uint16_t *before_of = aisp_arena_zalloc(a, in->s->n_sources + 1u, sizeof *before_of);

	d.of = aisp_arena_zalloc(a, in->before->n_sources + 1u, sizeof *d.of);
	if (!d.of || !before_of)
		return no_memory(err);
	for (uint32_t i = 1; i <= in->before->n_sources; i++) {
		const struct aisp_slice key = aisp_snapshot_text(in->before, in->before->sources[i].key);
		const uint16_t now = source_named(in->s, key);
		for (size_t k = 0; k < in->n_fresh && !d.of[i].fresh; k++)
			d.of[i].fresh = aisp_slice_eq(in->fresh[k], key);
		before_of[now] = now ? (uint16_t)i : 0;
		if (!now)
			d.of[i].why = AISP_S("is no longer among the sources");
		else if (in->s->sources[now].stale)
			d.of[i].why = AISP_S("could not be collected");
	}
	int r = look_at_gaps(&d, before_of, a, err);
	if (r < 0)
		return r;
	doubt_conclusions(&d);
	for (uint32_t i = 1; i <= in->before->n_sources; i++)
		d.any |= d.of[i].why.n || !d.of[i].fresh;
	*ret = d;
	return 0;
}

static bool is_there(const struct aisp_doubts *d, aisp_node n)
{
	return aisp_snapshot_find(d->s, aisp_snapshot_text(d->before, d->before->nodes[n].id)) != 0;
}

/* Facts of a source that was not read since stand; one that is not there all the same went with an end, of which that source knows nothing. */
uint16_t aisp_proof__edge_doubt(const struct aisp_doubts *d, aisp_edge e)
{
	const struct aisp_sedge *x = &d->before->edges[e];
	const bool credential = d->before->nodes[x->from].kind == AISP_NODE_CREDENTIAL || d->before->nodes[x->to].kind == AISP_NODE_CREDENTIAL;

	for (uint32_t i = 0; i < x->ev_n; i++) {
		const uint16_t source = d->before->evidence[x->ev_at + i].source;
		const struct aisp_doubt *of = &d->of[source];
		if (of->why.n && (!of->only_credentials || credential))
			return source;
		if (!of->fresh && (!is_there(d, x->from) || !is_there(d, x->to)))
			return source;
	}
	return 0;
}

uint16_t aisp_proof__node_doubt(const struct aisp_doubts *d, aisp_node n)
{
	const struct aisp_snode *x = &d->before->nodes[n];

	for (uint32_t i = 0; i < x->ev_n; i++) {
		const uint16_t source = d->before->evidence[x->ev_at + i].source;
		const struct aisp_doubt *of = &d->of[source];
		if (of->why.n && (!of->only_credentials || x->kind == AISP_NODE_CREDENTIAL))
			return source;
	}
	return 0;
}

/* ---- The facts with these put back ---- */

struct uniting {
	const struct aisp_doubts *d;
	struct aisp_snapshot *u;
	aisp_sym *of_s, *of_before;  /* symbols of both → of u */
	aisp_node *node;             /* of before → of u before it is finished; only for those that are needed */
	AISP_VEC(aisp_edge) edges;   /* of before */
	AISP_VEC(aisp_node) nodes, flags; /* of before: those that are not in s; those whose flags count */
	struct aisp_err *err;
};

/* Flags that only ever open something. */
enum { OPENS = AISP_NF_AUTH_NONE | AISP_NF_AUTH_UNKNOWN | AISP_NF_EXECUTES, SHUTS = AISP_NF_GATED | AISP_NF_STAND_IN };

static unsigned wider(unsigned now, unsigned before)
{
	return (now | (before & OPENS)) & ~((unsigned)SHUTS & ~before);
}

static int need(struct uniting *x, aisp_node n)
{
	if (x->node[n])
		return 0;
	x->node[n] = aisp_snapshot_find(x->d->s, aisp_snapshot_text(x->d->before, x->d->before->nodes[n].id));
	if (x->node[n])
		return 0;
	x->node[n] = x->d->s->n_nodes + (aisp_node)x->nodes.n + 1;
	return aisp_vec_push(&x->nodes, n) < 0 ? no_memory(x->err) : 0;
}

static int find_lost(struct uniting *x)
{
	const struct aisp_snapshot *before = x->d->before, *s = x->d->s;
	int r = 0;

	x->node = aisp_mem_zalloc(before->n_nodes + 1u, sizeof *x->node);
	if (!x->node)
		return no_memory(x->err);
	for (aisp_edge e = 1; r == 0 && e <= before->n_edges; e++) {
		if ((!(x->d->put_back && x->d->put_back[e]) && !aisp_proof__edge_doubt(x->d, e)) || aisp_proof_has_edge(s, before, e))
			continue;
		r = need(x, before->edges[e].from);
		if (r == 0)
			r = need(x, before->edges[e].to);
		if (r == 0 && aisp_vec_push(&x->edges, e) < 0)
			r = no_memory(x->err);
	}
	for (aisp_node n = 1; r == 0 && n <= before->n_nodes; n++) {
		const aisp_node now = aisp_proof__node_doubt(x->d, n) ? aisp_snapshot_find(s, aisp_snapshot_text(before, before->nodes[n].id)) : 0;
		if (now && wider(s->nodes[now].flags, before->nodes[n].flags) != s->nodes[now].flags && aisp_vec_push(&x->flags, n) < 0)
			r = no_memory(x->err);
	}
	return r;
}

static int sym_of(struct uniting *x, const struct aisp_snapshot *s, aisp_sym sym, aisp_sym *ret)
{
	aisp_sym *known = s == x->d->s ? &x->of_s[sym] : &x->of_before[sym];
	int r = 0;

	if (sym && !*known)
		r = aisp_symtab_add(x->u->syms, aisp_snapshot_text(s, sym), known, x->err);
	*ret = *known;
	return r;
}

static int put_node(struct uniting *x, const struct aisp_snapshot *s, aisp_node n)
{
	struct aisp_snode *out = &x->u->nodes[++x->u->n_nodes];
	*out = (struct aisp_snode){.kind = s->nodes[n].kind, .confidence = s->nodes[n].confidence};
	return sym_of(x, s, s->nodes[n].id, &out->id);
}

static int put_edge(struct uniting *x, const struct aisp_snapshot *s, aisp_edge e, aisp_node from, aisp_node to)
{
	const struct aisp_sedge *in = &s->edges[e];
	struct aisp_sedge *out = &x->u->edges[++x->u->n_edges];
	*out = (struct aisp_sedge){.from = from, .to = to, .kind = in->kind, .confidence = in->confidence, .flags = in->flags};
	const int r = sym_of(x, s, in->control, &out->control);
	return r < 0 ? r : sym_of(x, s, in->condition, &out->condition);
}

static void give_flags(struct uniting *x)
{
	const struct aisp_snapshot *s = x->d->s, *before = x->d->before;
	struct aisp_snapshot *u = x->u;

	for (aisp_node n = 1; n <= u->n_nodes; n++) {
		const aisp_node now = aisp_snapshot_find(s, aisp_snapshot_text(u, u->nodes[n].id));
		const aisp_node then = now ? 0 : aisp_snapshot_find(before, aisp_snapshot_text(u, u->nodes[n].id));
		u->nodes[n].flags = now ? s->nodes[now].flags : before->nodes[then].flags;
	}
	for (size_t i = 0; i < x->flags.n; i++) {
		const struct aisp_snode *old = &before->nodes[x->flags.v[i]];
		const aisp_node now = aisp_snapshot_find(s, aisp_snapshot_text(before, old->id));
		const aisp_node n = aisp_snapshot_find(u, aisp_snapshot_text(s, s->nodes[now].id));
		u->nodes[n].flags = (uint8_t)wider(u->nodes[n].flags, old->flags);
	}
}

static int unite(struct uniting *x)
{
	const struct aisp_snapshot *s = x->d->s, *before = x->d->before;
	struct aisp_snapshot *u = x->u = aisp_mem_zalloc(1, sizeof *u);
	int r = 0;

	if (!u)
		return no_memory(x->err);
	u->syms = aisp_symtab_new();
	u->nodes = aisp_mem_zalloc(s->n_nodes + x->nodes.n + 1, sizeof *u->nodes);
	u->edges = aisp_mem_zalloc(s->n_edges + x->edges.n + 1, sizeof *u->edges);
	u->sources = aisp_mem_zalloc(1, sizeof *u->sources);
	u->evidence = aisp_mem_zalloc(1, sizeof *u->evidence);
	u->props = aisp_mem_zalloc(1, sizeof *u->props);
	x->of_s = aisp_mem_zalloc(aisp_symtab_count(s->syms) + 1u, sizeof *x->of_s);
	x->of_before = aisp_mem_zalloc(aisp_symtab_count(before->syms) + 1u, sizeof *x->of_before);
	if (!u->syms || !u->nodes || !u->edges || !u->sources || !u->evidence || !u->props || !x->of_s || !x->of_before)
		return no_memory(x->err);
	for (aisp_node n = 1; r == 0 && n <= s->n_nodes; n++)
		r = put_node(x, s, n);
	for (size_t i = 0; r == 0 && i < x->nodes.n; i++)
		r = put_node(x, before, x->nodes.v[i]);
	for (aisp_edge e = 1; r == 0 && e <= s->n_edges; e++)
		r = put_edge(x, s, e, s->edges[e].from, s->edges[e].to);
	for (size_t i = 0; r == 0 && i < x->edges.n; i++)
		r = put_edge(x, before, x->edges.v[i], x->node[before->edges[x->edges.v[i]].from], x->node[before->edges[x->edges.v[i]].to]);
	if (r == 0)
		r = aisp_snapshot_finish(u, x->err);
	if (r == 0)
		give_flags(x);
	return r;
}

int aisp_proof__united(const struct aisp_doubts *d, struct aisp_snapshot **ret, struct aisp_err *err)
{
	struct uniting x = {.d = d, .err = err};
	int r = d->any || d->put_back ? find_lost(&x) : 0;

	if (r == 0 && (x.edges.n || x.flags.n))
		r = unite(&x);
	aisp_mem_free(x.of_s);
	aisp_mem_free(x.of_before);
	aisp_mem_free(x.node);
	aisp_vec_done(&x.edges);
	aisp_vec_done(&x.nodes);
	aisp_vec_done(&x.flags);
	if (r < 0)
		aisp_snapshot_free(x.u);
	else
		*ret = x.u;
	return r;
}
