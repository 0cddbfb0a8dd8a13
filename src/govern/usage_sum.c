/* Adding uses up by (who, what, class): who with the groups and roles that it shares in, what with all that it is content of, so that the answer for an edge is one look-up.
 *
 *   use: support_bot SELECT tickets   who:  support_bot ─CAN_ASSUME▶ bot_read ─MEMBER_OF▶ public        what: tickets ◀HAS_DATA─ schema ◀HAS_DATA─ database ◀…
 *   sums of every pair (3 × 4), of both ends, and of each membership through which an existing grant was reached
 *
 * Bounded: at most WHO × WHAT pairs a use; what goes beyond is left out, which can make "used" a "not used" only in groups nested deeper than that: it is said.
 */
#include "govern/usage_int.h"

enum { WHO = 96, WHAT = 96, MAX_SUMS = 16 << 20 };
struct reached {
	aisp_node node;
	aisp_edge edge; /* by which it was reached; 0 */
	int from;       /* index in the list */
};
struct closure {
	struct reached v[WHO];
	int n;
};

static bool has(const struct closure *c, aisp_node n)
{
	for (int i = 0; i < c->n; i++)
		if (c->v[i].node == n)
			return true;
	return false;
}

static void add(struct closure *c, aisp_node n, aisp_edge e, int from)
{
	if (c->n < WHO && !has(c, n))
		c->v[c->n++] = (struct reached){n, e, from};
}

/* The few edges that matter here, by node: a bucket that ten thousand can read has as many edges, and every use of it would look at all of them.
 *
 *   v: edges of node 1 | of node 2 | …      at[n] … at[n + 1] - 1: those of node n
 */
enum links_of { SHARES, PARENTS, PARTS, PROVES, LINKS };
struct links {
	uint32_t *at;
	aisp_edge *v;
};
struct adding {
	struct aisp_usage *u;
	struct links links[LINKS];
};

static bool is_link(const struct aisp_snapshot *s, const struct aisp_sedge *d, enum links_of what)
{
	const unsigned kind = d->kind, from = s->nodes[d->from].kind;
	switch (what) {
	case SHARES:
		return kind == AISP_EDGE_MEMBER_OF || kind == AISP_EDGE_BOUND_TO ||
		       (kind == AISP_EDGE_CAN_ASSUME && from == AISP_NODE_DB_ROLE && s->nodes[d->to].kind != AISP_NODE_DB_SERVER);
	case PARENTS:
		return kind == AISP_EDGE_HAS_DATA || kind == AISP_EDGE_INCLUDES || kind == AISP_EDGE_STORED_IN || (kind == AISP_EDGE_CONTAINS && from == AISP_NODE_MCP_SERVER);
	case PARTS:
		return kind == AISP_EDGE_INCLUDES || kind == AISP_EDGE_SERVES || kind == AISP_EDGE_ROUTES_TO || kind == AISP_EDGE_HAS_DATA || kind == AISP_EDGE_CONTAINS;
	default:
		return kind == AISP_EDGE_AUTHENTICATES;
	}
}

static aisp_node owner(const struct aisp_sedge *d, enum links_of what)
{
	return what == PARENTS || what == PROVES ? d->to : d->from;
}

static int make_links(struct adding *a, enum links_of what, struct aisp_err *err)
{
	const struct aisp_snapshot *s = a->u->s;
	struct links *l = &a->links[what];
	size_t n = 0;
	l->at = aisp_arena_zalloc(a->u->a, (size_t)s->n_nodes + 3, sizeof *l->at);
	for (aisp_edge e = 1; l->at && e <= s->n_edges; e++)
		if (is_link(s, &s->edges[e], what)) {
			l->at[owner(&s->edges[e], what) + 2]++; /* two on: while they are filled in, at[n + 1] is where the next one of n goes */
			n++;
		}
	for (size_t i = 1; l->at && i < (size_t)s->n_nodes + 3; i++)
		l->at[i] += l->at[i - 1];
	l->v = aisp_arena_zalloc(a->u->a, n + 1, sizeof *l->v);
	if (!l->at || !l->v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while adding up uses");
	for (aisp_edge e = 1; e <= s->n_edges; e++)
		if (is_link(s, &s->edges[e], what))
			l->v[l->at[owner(&s->edges[e], what) + 1]++] = e;
	return 0;
}

static void close_who(const struct adding *a, aisp_node n, struct closure *ret)
{
	const struct links *l = &a->links[SHARES];
	ret->n = 0;
	add(ret, n, 0, -1);
	for (int i = 0; i < ret->n; i++)
		for (uint32_t k = l->at[ret->v[i].node]; k < l->at[ret->v[i].node + 1] && ret->n < WHO; k++)
			add(ret, a->u->s->edges[l->v[k]].to, l->v[k], i);
}

/* A column of the table, what of a namespace was listed, the agent that an alias leads to, what a set has in it. */
static bool goes_down(const struct aisp_snapshot *s, const struct aisp_sedge *d, struct aisp_slice action)
{
	const unsigned to = s->nodes[d->to].kind;
	switch (d->kind) {
	case AISP_EDGE_INCLUDES:
		return true;
	case AISP_EDGE_SERVES:
	case AISP_EDGE_ROUTES_TO:
		return to == AISP_NODE_AGENT;
	case AISP_EDGE_HAS_DATA:
	case AISP_EDGE_CONTAINS:
		if (s->nodes[d->from].kind == AISP_NODE_NAMESPACE)
			return (to == AISP_NODE_SECRET && aisp_slice_ends(action, AISP_S(" secrets"))) || (to == AISP_NODE_CONFIG_MAP && aisp_slice_ends(action, AISP_S(" configmaps")));
		return d->kind == AISP_EDGE_HAS_DATA && to == AISP_NODE_COLUMN;
	default:
		return false;
	}
}

static void close_what(const struct adding *a, aisp_node n, struct aisp_slice action, struct closure *ret)
{
	const struct aisp_snapshot *s = a->u->s;
	const struct links *up = &a->links[PARENTS], *down = &a->links[PARTS];
	ret->n = 0;
	add(ret, n, 0, -1);
	for (int i = 0; i < ret->n; i++)
		for (uint32_t k = up->at[ret->v[i].node]; k < up->at[ret->v[i].node + 1] && ret->n < WHAT; k++)
			add(ret, s->edges[up->v[k]].from, 0, i);
	for (uint32_t k = down->at[n]; k < down->at[n + 1] && ret->n < WHAT; k++)
		if (goes_down(s, &s->edges[down->v[k]], action))
			add(ret, s->edges[down->v[k]].to, 0, 0);
}

static int count(struct aisp_usage *u, uint32_t a, uint32_t b, unsigned what, uint32_t use, struct aisp_err *err)
{
	const struct aisp_tied_use *t = &u->uses.v[use];
	const struct aisp_use *x = &t->use;
	const struct aisp_key key = {(uint64_t)a << 32 | b, what};
	uint32_t at = aisp_map_get(&u->sum_at, key);
	if (!at) {
		at = (uint32_t)u->sums.n;
		if (at >= MAX_SUMS)
			return aisp_fail(err, AISP_E_LIMIT, "more than %d sums of uses; ingest less, or fewer identities at once", MAX_SUMS);
		if (aisp_vec_push(&u->sums, (struct aisp_usage_sum){.use = use}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while adding up uses");
		int r = aisp_map_put(&u->sum_at, key, at, err);
		if (r < 0)
			return r;
	}
	struct aisp_usage_sum *s = &u->sums.v[at];
	s->count += t->done;
	s->denied += t->denied;
	s->all += x->done;
	s->more = s->more || t->more;
	if (x->done && x->first_us && (!s->first_us || x->first_us < s->first_us))
		s->first_us = x->first_us;
	if (x->done && x->last_us > s->last_us)
		s->last_us = x->last_us;
	if (t->done > s->best) {
		s->best = t->done;
		s->use = use;
	}
	return 0;
}

static int count_pair(struct aisp_usage *u, aisp_node who, aisp_node what, unsigned class, uint32_t use, struct aisp_err *err)
{
	int r = count(u, who, what, 0, use, err);
	for (unsigned bit = 1; r == 0 && bit <= AISP_USE_ACT; bit <<= 1)
		if (class & bit)
			r = count(u, who, what, bit, use, err);
	return r;
}

static int count_asset(struct aisp_usage *u, aisp_node what, unsigned class, uint32_t use, struct aisp_err *err)
{
	int r = count(u, what, 0, AISP_SUM_ASSET, use, err);
	for (unsigned bit = 1; r == 0 && bit <= AISP_USE_ACT; bit <<= 1)
		if (class & bit)
			r = count(u, what, 0, AISP_SUM_ASSET_AS | bit, use, err);
	return r;
}

/* Out-edges lie by (kind, to). */
static bool has_edge(const struct aisp_snapshot *s, aisp_node from, unsigned kind, aisp_node to)
{
	aisp_edge low = s->out_at[from], high = s->out_at[from + 1];
	const aisp_edge end = high;
	while (low < high) {
		const aisp_edge mid = low + (high - low) / 2;
		const struct aisp_sedge *d = &s->edges[mid];
		if (d->kind < kind || (d->kind == kind && d->to < to))
			low = mid + 1;
		else
			high = mid;
	}
	return low < end && s->edges[low].kind == kind && s->edges[low].to == to;
}

/* Does this one have a grant of its own that this use could rest on? */
static bool has_grant(const struct aisp_snapshot *s, aisp_node who, const struct closure *what, unsigned class)
{
	static const struct {
		unsigned class, kind;
	} gives[] = {{AISP_USE_READ, AISP_EDGE_CAN_READ}, {AISP_USE_WRITE, AISP_EDGE_CAN_WRITE}, {AISP_USE_CALL, AISP_EDGE_CAN_CALL}, {AISP_USE_ACT, AISP_EDGE_CAN_ASSUME}};
	for (size_t k = 0; k < sizeof gives / sizeof *gives; k++)
		for (int i = 0; class & gives[k].class && i < what->n; i++)
			if (has_edge(s, who, gives[k].kind, what->v[i].node))
				return true;
	return false;
}

/* The memberships on the way to whoever has the grant. */
static int count_memberships(struct aisp_usage *u, const struct closure *who, const struct closure *what, unsigned class, uint32_t use, struct aisp_err *err)
{
	bool done[WHO] = {false};
	int r = 0;
	for (int i = 1; r == 0 && i < who->n; i++) {
		if (!has_grant(u->s, who->v[i].node, what, class))
			continue;
		for (int k = i; r == 0 && k > 0 && !done[k]; k = who->v[k].from) {
			done[k] = true;
			r = count(u, who->v[k].edge, 0, AISP_SUM_EDGE, use, err);
		}
	}
	return r;
}

static int class_of(struct aisp_usage *u, struct aisp_slice action, unsigned *ret, struct aisp_err *err)
{
	aisp_sym sym;
	int r = aisp_symtab_add(u->names, action, &sym, err);
	if (r < 0)
		return r;
	const uint32_t known = aisp_map_get(&u->action_class, (struct aisp_key){0, sym});
	*ret = known ? known - 1 : aisp_usage__class(&u->rules, action);
	return known ? 0 : aisp_map_put(&u->action_class, (struct aisp_key){0, sym}, *ret + 1, err);
}

/* Credentials: the one that the log names, else every one by which this identity could have come. */
static int count_credentials(const struct adding *a, uint32_t use, struct aisp_err *err)
{
	struct aisp_usage *u = a->u;
	const struct aisp_tied_use *t = &u->uses.v[use];
	const struct links *l = &a->links[PROVES];
	int r = t->credential ? count(u, t->credential, 0, AISP_SUM_CREDENTIAL, use, err) : 0;
	for (uint32_t k = t->identity ? l->at[t->identity] : 1, end = t->identity ? l->at[t->identity + 1] : 0; r == 0 && k < end; k++) {
		const aisp_edge e = l->v[k];
		if (t->use.credential.n && u->s->edges[e].from != t->credential)
			continue;
		r = count(u, e, 0, AISP_SUM_EDGE, use, err);
		if (r == 0 && !t->use.credential.n)
			r = count(u, u->s->edges[e].from, 0, AISP_SUM_CREDENTIAL, use, err);
	}
	return r;
}

/* Tool calls that fit no tool and no server, or several: one of them may have been what seems unused. */
static unsigned stray_call(const struct aisp_tied_use *t)
{
	if (!t->use.done || (!aisp_slice_starts(t->use.action, AISP_S("execute_tool")) && !aisp_slice_starts(t->use.action, AISP_S("tools/call"))))
		return 0;
	return t->asset_why == AISP_UNTIED_AMBIGUOUS ? AISP_SUM_CALL_AMBIGUOUS : t->asset_why ? AISP_SUM_CALL_UNKNOWN : 0;
}

static int sum_one(const struct adding *a, uint32_t use, struct aisp_err *err)
{
	struct aisp_usage *u = a->u;
	const struct aisp_tied_use *t = &u->uses.v[use];
	struct closure who = {.n = 0}, what = {.n = 0};
	unsigned class = 0;
	int r = class_of(u, t->use.action, &class, err);
	if (t->identity)
		close_who(a, t->identity, &who);
	if (t->workload && !has(&who, t->workload))
		add(&who, t->workload, 0, -1);
	if (t->asset)
		close_what(a, t->asset, t->use.action, &what);
	for (int i = 0; r == 0 && i < who.n; i++)
		r = count(u, who.v[i].node, 0, AISP_SUM_IDENTITY, use, err);
	for (int i = 0; r == 0 && stray_call(t) && i < who.n; i++)
		r = count(u, who.v[i].node, 0, stray_call(t), use, err);
	for (int i = 0; r == 0 && i < what.n; i++)
		r = count_asset(u, what.v[i].node, class, use, err);
	for (int i = 0; i < who.n; i++)
		for (int k = 0; r == 0 && k < what.n; k++)
			r = count_pair(u, who.v[i].node, what.v[k].node, class, use, err);
	if (r == 0)
		r = count_memberships(u, &who, &what, class, use, err);
	return r == 0 ? count_credentials(a, use, err) : r;
}

int aisp_usage__sum_all(struct aisp_usage *u, struct aisp_err *err)
{
	struct adding a = {.u = u};
	int r = aisp_vec_push(&u->sums, (struct aisp_usage_sum){0}) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while adding up uses") : 0;
	for (int i = 0; r == 0 && u->uses.n && i < LINKS; i++)
		r = make_links(&a, (enum links_of)i, err);
	for (size_t i = 0; r == 0 && i < u->uses.n; i++)
		r = sum_one(&a, (uint32_t)i, err);
	return r;
}

const struct aisp_usage_sum *aisp_usage__sum(const struct aisp_usage *u, uint32_t a, uint32_t b, unsigned what)
{
	const uint32_t at = aisp_map_get(&u->sum_at, (struct aisp_key){(uint64_t)a << 32 | b, what});
	return at ? &u->sums.v[at] : NULL;
}
