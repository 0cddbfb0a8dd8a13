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

static void close_who(const struct aisp_snapshot *s, aisp_node n, struct closure *ret)
{
	ret->n = 0;
	add(ret, n, 0, -1);
	for (int i = 0; i < ret->n; i++) {
		const aisp_node at = ret->v[i].node;
		for (aisp_edge e = s->out_at[at]; e < s->out_at[at + 1]; e++) {
			const struct aisp_sedge *d = &s->edges[e];
			const bool role = d->kind == AISP_EDGE_CAN_ASSUME && s->nodes[at].kind == AISP_NODE_DB_ROLE && s->nodes[d->to].kind != AISP_NODE_DB_SERVER;
			if (d->kind == AISP_EDGE_MEMBER_OF || d->kind == AISP_EDGE_BOUND_TO || role)
				add(ret, d->to, e, i);
		}
	}
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

static void close_what(const struct aisp_snapshot *s, aisp_node n, struct aisp_slice action, struct closure *ret)
{
	ret->n = 0;
	add(ret, n, 0, -1);
	for (int i = 0; i < ret->n; i++) {
		const aisp_node at = ret->v[i].node;
		for (uint32_t k = s->in_at[at]; k < s->in_at[at + 1]; k++) {
			const struct aisp_sedge *d = &s->edges[s->in_edges[k]];
			if (d->kind == AISP_EDGE_HAS_DATA || d->kind == AISP_EDGE_INCLUDES || d->kind == AISP_EDGE_STORED_IN ||
			    (d->kind == AISP_EDGE_CONTAINS && s->nodes[d->from].kind == AISP_NODE_MCP_SERVER))
				add(ret, d->from, 0, i);
		}
	}
	for (aisp_edge e = s->out_at[n]; e < s->out_at[n + 1]; e++)
		if (goes_down(s, &s->edges[e], action))
			add(ret, s->edges[e].to, 0, 0);
}

static int count(struct aisp_usage *u, uint32_t a, uint32_t b, unsigned what, uint32_t use, struct aisp_err *err)
{
	const struct aisp_use *x = &u->uses.v[use].use;
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
	s->count += x->done;
	s->denied += x->denied;
	s->failed += x->failed;
	if (x->done && x->first_us && (!s->first_us || x->first_us < s->first_us))
		s->first_us = x->first_us;
	if (x->done && x->last_us > s->last_us)
		s->last_us = x->last_us;
	if (x->done > s->best) {
		s->best = x->done;
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

static bool gives(unsigned kind, unsigned class)
{
	return (kind == AISP_EDGE_CAN_READ && class & AISP_USE_READ) || (kind == AISP_EDGE_CAN_WRITE && class & AISP_USE_WRITE) || (kind == AISP_EDGE_CAN_CALL && class & AISP_USE_CALL) ||
	       (kind == AISP_EDGE_CAN_ASSUME && class & AISP_USE_ACT);
}

/* Does this one have a grant of its own that this use could rest on? Out-edges lie by (kind, to). */
static bool has_grant(const struct aisp_snapshot *s, aisp_node who, const struct closure *what, unsigned class)
{
	const aisp_edge begin = s->out_at[who], end = s->out_at[who + 1];
	for (aisp_edge e = begin; e < end && e < begin + 4096; e++)
		if (gives(s->edges[e].kind, class) && has(what, s->edges[e].to))
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
static int count_credentials(struct aisp_usage *u, uint32_t use, struct aisp_err *err)
{
	const struct aisp_tied_use *t = &u->uses.v[use];
	int r = t->credential ? count(u, t->credential, 0, AISP_SUM_CREDENTIAL, use, err) : 0;
	for (uint32_t k = t->identity ? u->s->in_at[t->identity] : 1, end = t->identity ? u->s->in_at[t->identity + 1] : 0; r == 0 && k < end; k++) {
		const aisp_edge e = u->s->in_edges[k];
		if (u->s->edges[e].kind != AISP_EDGE_AUTHENTICATES || (t->use.credential.n && u->s->edges[e].from != t->credential))
			continue;
		r = count(u, e, 0, AISP_SUM_EDGE, use, err);
		if (r == 0 && !t->use.credential.n)
			r = count(u, u->s->edges[e].from, 0, AISP_SUM_CREDENTIAL, use, err);
	}
	return r;
}

static int sum_one(struct aisp_usage *u, uint32_t use, struct aisp_err *err)
{
	const struct aisp_tied_use *t = &u->uses.v[use];
	struct closure who = {.n = 0}, what = {.n = 0};
	unsigned class = 0;
	int r = class_of(u, t->use.action, &class, err);
	if (t->identity)
		close_who(u->s, t->identity, &who);
	if (t->workload && !has(&who, t->workload))
		add(&who, t->workload, 0, -1);
	if (t->asset)
		close_what(u->s, t->asset, t->use.action, &what);
	for (int i = 0; r == 0 && i < who.n; i++)
		r = count(u, who.v[i].node, 0, AISP_SUM_IDENTITY, use, err);
	for (int i = 0; r == 0 && i < what.n; i++)
		r = count_asset(u, what.v[i].node, class, use, err);
	for (int i = 0; i < who.n; i++)
		for (int k = 0; r == 0 && k < what.n; k++)
			r = count_pair(u, who.v[i].node, what.v[k].node, class, use, err);
	if (r == 0)
		r = count_memberships(u, &who, &what, class, use, err);
	return r == 0 ? count_credentials(u, use, err) : r;
}

int aisp_usage__sum_all(struct aisp_usage *u, struct aisp_err *err)
{
	int r = aisp_vec_push(&u->sums, (struct aisp_usage_sum){0}) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory while adding up uses") : 0;
	for (size_t i = 0; r == 0 && i < u->uses.n; i++)
		r = sum_one(u, (uint32_t)i, err);
	return r;
}

const struct aisp_usage_sum *aisp_usage__sum(const struct aisp_usage *u, uint32_t a, uint32_t b, unsigned what)
{
	const uint32_t at = aisp_map_get(&u->sum_at, (struct aisp_key){(uint64_t)a << 32 | b, what});
	return at ? &u->sums.v[at] : NULL;
}
