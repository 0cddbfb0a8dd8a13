/* The tables that ask the fixpoint: reach, reached_by, path, exposure. What was computed is kept by the connection.
 *
 * A query that asks reach() for one source after the other (a join) would pay one run of the fixpoint per source. As nodes
 * of a kind are numbered in a row, a second ascending source makes the next run answer for a growing batch of its kind:
 * 1, 16, 128, 512 sources.
 */
#include "base/mem.h"
#include "judge/table_int.h"

#define INDEX(plan_, rows_, n_, ...) {.plan = plan_, .n = n_, .col = {__VA_ARGS__}, .rows = AISP_ROWS_##rows_}
#define SCAN(plan_, rows_) {.plan = plan_, .rows = AISP_ROWS_##rows_}
#define TABLE(cols_, indexes_, cursor_)                                                                                \
	.cols = cols_, .n_cols = AISP_COUNT(cols_), .indexes = indexes_, .n_indexes = AISP_COUNT(indexes_),             \
	.cursor_size = sizeof(struct cursor_)

/* A run of the fixpoint for the nodes first … first+n-1, each one actor. */
struct aisp_reach_cached {
	aisp_node first;
	unsigned n;
	int held; /* the mode each holds on itself to begin with; -1 = as the table of seeds says */
	struct aisp_reach_answer *answer[2]; /* by enum aisp_certainty */
	struct {
		aisp_node *nodes; /* on which one of them at least holds the mode; NULL = not asked yet */
		uint32_t n;
	} of_mode[AISP_MODE_END];
	unsigned users;
	uint64_t used;
};

static int need_reach(struct aisp_sql *q)
{
	if (!q->reach)
		return aisp_fail(&q->pending, AISP_E_USAGE, "this question needs access paths, which were not computed here");
	return aisp_sql__check_time(q);
}

static int run_forward(struct aisp_sql *q, struct aisp_reach_cached *b)
{
	int r = need_reach(q);
	if (r < 0)
		return r;
	AISP_AUTOFREE struct aisp_actor *actors = aisp_mem_zalloc(b->n, sizeof *actors);
	AISP_AUTOFREE struct aisp_seed *seeds = aisp_mem_zalloc(b->n, sizeof *seeds);
	if (!actors || !seeds)
		return aisp_fail(&q->pending, AISP_E_NOMEM, "out of memory for %u actors", b->n);
	for (unsigned i = 0; i < b->n; i++) {
		actors[i].node = b->first + i;
		if (b->held < 0)
			continue;
		seeds[i] = (struct aisp_seed){b->first + i, (enum aisp_mode)b->held};
		actors[i].extra = &seeds[i];
		actors[i].n_extra = 1;
		actors[i].only_extra = true;
	}
	return aisp_reach_forward_both(q->reach, actors, b->n, &b->answer[AISP_POSSIBLE], &b->answer[AISP_CERTAIN],
	                               &q->pending);
}

static void drop_reach_cached(struct aisp_reach_cached *b)
{
	if (!b)
		return;
	aisp_reach_answer_free(b->answer[0]);
	aisp_reach_answer_free(b->answer[1]);
	for (int m = 0; m < AISP_MODE_END; m++)
		aisp_mem_free(b->of_mode[m].nodes);
	aisp_mem_free(b);
}

/* Makes of_mode for a mode, so that further sources of the batch need not look at every node again. */
static int list_holders(struct aisp_sql *q, struct aisp_reach_cached *b, enum aisp_mode m)
{
	uint64_t words[AISP_REACH_BATCH / 64];
	if (b->of_mode[m].nodes)
		return 0;
	uint32_t n = 0;
	aisp_node *nodes = NULL;
	for (int pass = 0; pass < 2; pass++) {
		if (pass && !(nodes = aisp_mem_zalloc((size_t)n + 1, sizeof *nodes)))
			return aisp_fail(&q->pending, AISP_E_NOMEM, "out of memory for an access question");
		n = 0;
		for (aisp_node at = 1; at <= q->s->n_nodes; at++) {
			uint64_t any = 0;
			aisp_reach_row(b->answer[AISP_POSSIBLE], at, m, words);
			for (unsigned i = 0; i < (b->n + 63) / 64; i++)
				any |= words[i];
			if (any && pass)
				nodes[n] = at;
			n += any != 0;
		}
	}
	b->of_mode[m].nodes = nodes;
	b->of_mode[m].n = n;
	return 0;
}

/* A place in the cache. The least recently used ones that no cursor stands on are dropped until the new batch fits in: an
 * answer for 512 sources takes about a kilobyte a node. NULL when all places are in use. */
static struct aisp_reach_cached **cache_place(struct aisp_sql *q, unsigned actors)
{
	for (;;) {
		struct aisp_reach_cached **oldest = NULL, **free_place = NULL;
		unsigned kept = 0;
		for (size_t i = 0; i < AISP_REACH_CACHE; i++) {
			struct aisp_reach_cached **p = &q->reach_cache[i];
			kept += *p ? (*p)->n : 0;
			if (!*p)
				free_place = p;
			else if (!(*p)->users && (!oldest || (*p)->used < (*oldest)->used))
				oldest = p;
		}
		if (!oldest || (free_place && kept + actors <= AISP_REACH_CACHE_ACTORS))
			return free_place;
		drop_reach_cached(*oldest);
		*oldest = NULL;
	}
}

static struct aisp_reach_cached *cache_find(struct aisp_sql *q, aisp_node source, int held)
{
	for (size_t i = 0; i < AISP_REACH_CACHE; i++) {
		struct aisp_reach_cached *b = q->reach_cache[i];
		if (b && b->held == held && source >= b->first && source - b->first < b->n)
			return b;
	}
	return NULL;
}

/* How many sources the next run answers for. */
static unsigned next_batch(struct aisp_sql *q, aisp_node source)
{
	const struct aisp_snapshot *s = q->s;
	bool run = q->last_source && source > q->last_source && s->nodes[source].kind == s->nodes[q->last_source].kind;
	q->batch = !run ? 1 : q->batch < 16 ? 16 : q->batch < 128 ? 128 : AISP_REACH_BATCH;
	unsigned left = s->kind_at[s->nodes[source].kind + 1] - source;
	return q->batch < left ? q->batch : left;
}

/* The answer for the source, counted as used by a cursor. */
static int get_forward(struct aisp_sql *q, aisp_node source, int held, struct aisp_reach_cached **ret)
{
	struct aisp_reach_cached *b = cache_find(q, source, held);
	if (!b) {
		unsigned n = next_batch(q, source);
		struct aisp_reach_cached **place = cache_place(q, n);
		if (!place)
			return aisp_fail(&q->pending, AISP_E_LIMIT, "more than %d reach() side by side in one query", AISP_REACH_CACHE);
		b = aisp_mem_zalloc(1, sizeof *b);
		if (!b)
			return aisp_fail(&q->pending, AISP_E_NOMEM, "out of memory for an access question");
		*b = (struct aisp_reach_cached){.first = source, .n = n, .held = held};
		int r = run_forward(q, b);
		if (r < 0) {
			drop_reach_cached(b);
			return r;
		}
		*place = b;
	}
	q->last_source = source;
	b->users++;
	b->used = ++q->tick;
	*ret = b;
	return 0;
}

/* A mode by name; AISP_E_USAGE names the modes. */
static int mode_arg(struct aisp_sql *q, sqlite3_value *v, int *ret_mode)
{
	struct aisp_slice name = aisp_value__slice(v);
	int m = aisp_mode_find(name);
	if (m < 0)
		return aisp_fail(&q->pending, AISP_E_USAGE, "'%.*s' is no mode; SELECT name FROM mode lists them", AISP_FMT(name));
	*ret_mode = m;
	return 0;
}

/* ---- reach ---- */

struct reach_cursor {
	struct aisp_cursor c;
	struct aisp_reach_cached *b;
	const aisp_node *list; /* the nodes to look at: list[place …]; NULL: all from at to end */
	uint32_t place;
	aisp_node source, at, end;
	int wanted;     /* only this mode; -1 = all */
	unsigned modes; /* of the node at, still to be given, the lowest one now */
};
enum { REACH_NODE, REACH_KIND, REACH_MODE, REACH_CERTAIN, REACH_NODE_REF, REACH_SOURCE, REACH_WANTED, REACH_HELD };
static const struct aisp_col reach_cols[] = {
	[REACH_NODE] = {"node", AISP_COL_ID, "what it reaches"},
	[REACH_KIND] = {"kind", AISP_COL_TEXT, "kind of that node"},
	[REACH_MODE] = {"mode", AISP_COL_TEXT, "one row for each mode it holds there"},
	[REACH_CERTAIN] = {"certain", AISP_COL_INT, "1 without conditions and unresolved facts, else 0: possible"},
	[REACH_NODE_REF] = {"node_ref", AISP_COL_REF, "number of that node"},
	[REACH_SOURCE] = {"source", AISP_COL_ARG_NODE, "who; anything that names a node"},
	[REACH_WANTED] = {"wanted", AISP_COL_ARG_TEXT, "only this mode (optional)"},
	[REACH_HELD] = {"held", AISP_COL_ARG_TEXT, "optional: the answer for somebody who holds just this mode on the source: "
	                "`reach(agent, 'read_via', 'steer')` is what steering the agent gives"},
};
enum { REACH_PAIR = 8 }; /* the plan's bits: 1 = mode given, 2 = held given, 8 = one node only */
static const struct aisp_index reach_indexes[] = {
	INDEX(REACH_PAIR | 3, ONE, 4, REACH_SOURCE, REACH_WANTED, REACH_HELD, REACH_NODE_REF),
	INDEX(REACH_PAIR | 3, ONE, 4, REACH_SOURCE, REACH_WANTED, REACH_HELD, REACH_NODE),
	INDEX(REACH_PAIR | 1, ONE, 3, REACH_SOURCE, REACH_WANTED, REACH_NODE_REF),
	INDEX(REACH_PAIR | 1, ONE, 3, REACH_SOURCE, REACH_WANTED, REACH_NODE),
	INDEX(REACH_PAIR, ONE, 2, REACH_SOURCE, REACH_NODE_REF),
	INDEX(REACH_PAIR, ONE, 2, REACH_SOURCE, REACH_NODE),
	INDEX(3, CLOSURE, 3, REACH_SOURCE, REACH_WANTED, REACH_HELD),
	INDEX(1, CLOSURE, 2, REACH_SOURCE, REACH_WANTED),
	INDEX(0, CLOSURE, 1, REACH_SOURCE),
};

static unsigned lowest(unsigned modes)
{
	return (unsigned)__builtin_ctz(modes);
}

static int reach_row(struct reach_cursor *k)
{
	k->c.rowid = aisp_rowid((uint64_t)k->source << 32 | k->at, lowest(k->modes), (uint64_t)k->b->held + 1);
	return 0;
}

/* To the next node that may be reached. The list ends with 0; then at becomes end. */
static void reach_step(struct reach_cursor *k)
{
	if (!k->list)
		k->at++;
	else if (!(k->at = k->list[k->place++]))
		k->at = k->end;
}

static int reach_settle(struct reach_cursor *k)
{
	const struct aisp_reach_answer *a = k->b->answer[AISP_POSSIBLE];
	size_t actor = k->source - k->b->first;
	for (; k->at < k->end; reach_step(k)) {
		if (k->wanted >= 0)
			k->modes = aisp_reach_holds(a, actor, k->at, (enum aisp_mode)k->wanted) ? 1u << k->wanted : 0;
		else
			k->modes = aisp_reach_modes(a, actor, k->at);
		if (k->modes)
			return reach_row(k);
	}
	k->c.eof = true;
	return 0;
}

static void reach_release(struct reach_cursor *k)
{
	if (k->b)
		k->b->users--;
	k->b = NULL;
}

static int reach_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct reach_cursor *k = (struct reach_cursor *)c;
	int held = -1, r = 0;
	reach_release(k);
	k->wanted = -1;
	k->source = args[0].node;
	if (plan & 1)
		r = mode_arg(c->q, args[1].v, &k->wanted);
	if (r == 0 && (plan & 2))
		r = mode_arg(c->q, args[2].v, &held);
	if (r == 0)
		r = get_forward(c->q, k->source, held, &k->b);
	if (r < 0)
		return r;
	aisp_node one = plan & REACH_PAIR ? args[plan == REACH_PAIR ? 1 : plan & 2 ? 3 : 2].node : 0;
	k->at = one ? one : 1;
	k->end = one ? one + 1 : c->q->s->n_nodes + 1;
	k->list = NULL;
	if (!one && k->wanted >= 0 && k->b->n > 1) {
		r = list_holders(c->q, k->b, (enum aisp_mode)k->wanted);
		if (r < 0)
			return r;
		k->list = k->b->of_mode[k->wanted].nodes;
		k->place = 0;
		reach_step(k);
	}
	return reach_settle(k);
}

static int reach_next(struct aisp_cursor *c)
{
	struct reach_cursor *k = (struct reach_cursor *)c;
	k->modes &= k->modes - 1;
	if (k->modes)
		return reach_row(k);
	reach_step(k);
	return reach_settle(k);
}

static int reach_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct reach_cursor *k = (struct reach_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	enum aisp_mode mode = (enum aisp_mode)lowest(k->modes);
	switch (col) {
	case REACH_NODE:
		aisp_result__node(ctx, s, k->at);
		return 0;
	case REACH_KIND:
		aisp_result__z(ctx, aisp_node_kinds[s->nodes[k->at].kind].name);
		return 0;
	case REACH_MODE:
		aisp_result__z(ctx, aisp_mode_name(mode));
		return 0;
	case REACH_CERTAIN:
		sqlite3_result_int(ctx, aisp_reach_holds(k->b->answer[AISP_CERTAIN], k->source - k->b->first, k->at, mode));
		return 0;
	default:
		sqlite3_result_int64(ctx, k->at);
		return 0;
	}
}

static void reach_close(struct aisp_cursor *c)
{
	reach_release((struct reach_cursor *)c);
}

const struct aisp_table aisp_table_reach = {
	.name = "reach",
	.description = "`reach(source [, mode [, held]])`: all that the source reaches, and how. Complete; see DESIGN section 4 "
	               "for the modes.",
	.example = "SELECT node, mode, certain FROM reach('internet', 'read_via');",
	TABLE(reach_cols, reach_indexes, reach_cursor),
	.filter = reach_filter, .next = reach_next, .column = reach_column, .close = reach_close,
};

/* ---- reached_by ---- */

struct aisp_reverse_cached {
	aisp_node target;
	enum aisp_mode mode;
	struct aisp_reached_by by;
	unsigned users;
	uint64_t used;
};

static void drop_reverse_cached(struct aisp_reverse_cached *b)
{
	if (!b)
		return;
	aisp_reached_by_done(&b->by);
	aisp_mem_free(b);
}

static int get_reverse(struct aisp_sql *q, aisp_node target, enum aisp_mode mode, struct aisp_reverse_cached **ret)
{
	struct aisp_reverse_cached **place = NULL, *b;
	for (size_t i = 0; i < AISP_REVERSE_CACHE; i++) {
		b = q->reverse_cache[i];
		if (b && b->target == target && b->mode == mode) {
			place = &q->reverse_cache[i];
			break;
		}
		bool better = !b ? !place || *place : !b->users && (!place || (*place && b->used < (*place)->used));
		if (better)
			place = &q->reverse_cache[i];
	}
	if (!place)
		return aisp_fail(&q->pending, AISP_E_LIMIT, "more than %d reached_by() side by side in one query", AISP_REVERSE_CACHE);
	b = *place;
	if (!b || b->target != target || b->mode != mode) {
		int r = need_reach(q);
		if (r < 0)
			return r;
		drop_reverse_cached(b);
		*place = NULL;
		b = aisp_mem_zalloc(1, sizeof *b);
		if (!b)
			return aisp_fail(&q->pending, AISP_E_NOMEM, "out of memory for an access question");
		b->target = target;
		b->mode = mode;
		r = aisp_reach_reverse(q->reach, target, mode, aisp_filter_identities, NULL, &b->by, &q->pending);
		if (r < 0) {
			aisp_mem_free(b);
			return r;
		}
		*place = b;
	}
	b->users++;
	b->used = ++q->tick;
	*ret = b;
	return 0;
}

struct reverse_cursor {
	struct aisp_cursor c;
	struct aisp_reverse_cached *b;
	aisp_node target;
	int mode, mode_end;
	size_t at;
};
enum { BY_NODE, BY_KIND, BY_MODE, BY_CERTAIN, BY_NODE_REF, BY_TARGET, BY_WANTED };
static const struct aisp_col reverse_cols[] = {
	[BY_NODE] = {"node", AISP_COL_ID, "who reaches it: identities, agents, workloads, credentials, starts"},
	[BY_KIND] = {"kind", AISP_COL_TEXT, "kind of that node"},
	[BY_MODE] = {"mode", AISP_COL_TEXT, "one row for each mode it holds on the target"},
	[BY_CERTAIN] = {"certain", AISP_COL_INT, "1 without conditions and unresolved facts, else 0: possible"},
	[BY_NODE_REF] = {"node_ref", AISP_COL_REF, "number of that node"},
	[BY_TARGET] = {"target", AISP_COL_ARG_NODE, "what is reached; anything that names a node"},
	[BY_WANTED] = {"wanted", AISP_COL_ARG_TEXT, "only this mode (optional; one is much faster than all)"},
};
static const struct aisp_index reverse_indexes[] = {
	INDEX(1, CLOSURE, 2, BY_TARGET, BY_WANTED),
	INDEX(0, CLOSURE, 1, BY_TARGET),
};

static void reverse_release(struct reverse_cursor *k)
{
	if (k->b)
		k->b->users--;
	k->b = NULL;
}

/* On to the next mode that somebody holds, from k->mode. */
static int reverse_settle(struct reverse_cursor *k)
{
	while (!k->b || k->at >= k->b->by.n) {
		if (k->b)
			k->mode++;
		reverse_release(k);
		if (k->mode >= k->mode_end) {
			k->c.eof = true;
			return 0;
		}
		k->at = 0;
		int r = get_reverse(k->c.q, k->target, (enum aisp_mode)k->mode, &k->b);
		if (r < 0)
			return r;
	}
	k->c.rowid = aisp_rowid((uint64_t)k->target << 32 | k->b->by.actors[k->at], (uint64_t)k->mode, 0);
	return 0;
}

static int reverse_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct reverse_cursor *k = (struct reverse_cursor *)c;
	reverse_release(k);
	k->target = args[0].node;
	k->at = 0;
	k->mode = 0;
	k->mode_end = AISP_MODE_END;
	if (plan == 1) {
		int r = mode_arg(c->q, args[1].v, &k->mode);
		if (r < 0)
			return r;
		k->mode_end = k->mode + 1;
	}
	return reverse_settle(k);
}

static int reverse_next(struct aisp_cursor *c)
{
	struct reverse_cursor *k = (struct reverse_cursor *)c;
	k->at++;
	return reverse_settle(k);
}

static int reverse_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct reverse_cursor *k = (struct reverse_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	aisp_node n = k->b->by.actors[k->at];
	if (col == BY_NODE)
		aisp_result__node(ctx, s, n);
	else if (col == BY_KIND)
		aisp_result__z(ctx, aisp_node_kinds[s->nodes[n].kind].name);
	else if (col == BY_MODE)
		aisp_result__z(ctx, aisp_mode_name((enum aisp_mode)k->mode));
	else if (col == BY_CERTAIN)
		sqlite3_result_int(ctx, k->b->by.certain[k->at]);
	else
		sqlite3_result_int64(ctx, n);
	return 0;
}

static void reverse_close(struct aisp_cursor *c)
{
	reverse_release((struct reverse_cursor *)c);
}

const struct aisp_table aisp_table_reached_by = {
	.name = "reached_by",
	.description = "`reached_by(target [, mode])`: who reaches the target, and how. Complete.",
	.example = "SELECT node, certain FROM reached_by('support_chunks', 'read');",
	TABLE(reverse_cols, reverse_indexes, reverse_cursor),
	.filter = reverse_filter, .next = reverse_next, .column = reverse_column, .close = reverse_close,
};

/* ---- path ---- */

struct path_cursor {
	struct aisp_cursor c;
	struct aisp_paths paths;
	size_t path, hop;
	uint64_t question; /* for the row number */
};
enum {
	PATH_NR, PATH_HOP, PATH_FROM, PATH_EDGE, PATH_TO, PATH_HAVE, PATH_MODE, PATH_WHY, PATH_CONTROL, PATH_CONDITION,
	PATH_EVIDENCE, PATH_CONFIDENCE, PATH_BRANCH, PATH_CERTAIN, PATH_EDGE_REF, PATH_FROM_REF, PATH_TO_REF, PATH_SOURCE,
	PATH_TARGET, PATH_WANTED, PATH_K,
};
static const struct aisp_col path_cols[] = {
	[PATH_NR] = {"nr", AISP_COL_INT, "1 for the shortest path, 2 for the next …"},
	[PATH_HOP] = {"hop", AISP_COL_INT, "1, 2, 3 … in order"},
	[PATH_FROM] = {"from", AISP_COL_ID, "where the hop begins; quote it"},
	[PATH_EDGE] = {"edge", AISP_COL_TEXT, "kind of the edge; NULL where a mode follows from another on the same node"},
	[PATH_TO] = {"to", AISP_COL_ID, "where it leads; quote it"},
	[PATH_HAVE] = {"have", AISP_COL_TEXT, "mode held before; NULL at the start"},
	[PATH_MODE] = {"mode", AISP_COL_TEXT, "mode gained"},
	[PATH_WHY] = {"why", AISP_COL_TEXT, "the reason from the semantics table"},
	[PATH_CONTROL] = {"control", AISP_COL_TEXT, "the control object that carries the edge"},
	[PATH_CONDITION] = {"condition", AISP_COL_TEXT, "holds only if …"},
	[PATH_EVIDENCE] = {"evidence", AISP_COL_TEXT, "first evidence of the edge: locator:line pointer"},
	[PATH_CONFIDENCE] = {"confidence", AISP_COL_TEXT, "of the edge"},
	[PATH_BRANCH] = {"branch", AISP_COL_INT, "0 on the main line; 1, 2 … for the second fact that a hop needs"},
	[PATH_CERTAIN] = {"certain", AISP_COL_INT, "1 when the whole path is certain"},
	[PATH_EDGE_REF] = {"edge_ref", AISP_COL_INT, "number of the edge"},
	[PATH_FROM_REF] = {"from_ref", AISP_COL_REF, "number of the node where it begins"},
	[PATH_TO_REF] = {"to_ref", AISP_COL_REF, "number of the node where it leads"},
	[PATH_SOURCE] = {"source", AISP_COL_ARG_NODE, "who"},
	[PATH_TARGET] = {"target", AISP_COL_ARG_NODE, "what"},
	[PATH_WANTED] = {"wanted", AISP_COL_ARG_TEXT, "in which mode"},
	[PATH_K] = {"k", AISP_COL_ARG_INT, "how many different paths at most (optional, 1 … 100)"},
};
static const struct aisp_index path_indexes[] = {
	INDEX(1, CLOSURE, 4, PATH_SOURCE, PATH_TARGET, PATH_WANTED, PATH_K),
	INDEX(0, CLOSURE, 3, PATH_SOURCE, PATH_TARGET, PATH_WANTED),
};

static int path_settle(struct path_cursor *k)
{
	while (k->path < k->paths.n && k->hop >= k->paths.paths[k->path].n) {
		k->path++;
		k->hop = 0;
	}
	k->c.eof = k->path >= k->paths.n;
	k->c.rowid = aisp_rowid(k->question, k->path, k->hop);
	return 0;
}

static int path_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct path_cursor *k = (struct path_cursor *)c;
	int mode = 0;
	sqlite3_int64 n = plan == 1 ? sqlite3_value_int64(args[3].v) : 1;
	int r = mode_arg(c->q, args[2].v, &mode);
	if (r == 0)
		r = need_reach(c->q);
	if (r < 0)
		return r;
	if (n < 1 || n > 100)
		return aisp_fail(&c->q->pending, AISP_E_USAGE, "path() gives 1 to 100 paths");
	aisp_paths_done(&k->paths);
	k->paths = (struct aisp_paths){0};
	k->path = k->hop = 0;
	k->question = (uint64_t)aisp_rowid((uint64_t)args[0].node << 32 | args[1].node, (uint64_t)mode, (uint64_t)n);
	struct aisp_actor actor = {.node = args[0].node};
	r = aisp_reach_explain(c->q->reach, &actor, args[1].node, (enum aisp_mode)mode, (size_t)n, &k->paths, &c->q->pending);
	return r < 0 ? r : path_settle(k);
}

static int path_next(struct aisp_cursor *c)
{
	struct path_cursor *k = (struct path_cursor *)c;
	k->hop++;
	return path_settle(k);
}

static const char *hop_why(const struct aisp_hop *h)
{
	if (h->what == 0)
		return aisp_seed_rows[h->row].why;
	return h->what == 1 ? aisp_flow_rows[h->row].why : aisp_inside_rows[h->row].why;
}

static int result_evidence(sqlite3_context *ctx, const struct aisp_snapshot *s, const struct aisp_sedge *e)
{
	if (!e->ev_n)
		return 0;
	const struct aisp_evidence *ev = &s->evidence[e->ev_at];
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 65536);
	aisp_buf_put(&b, aisp_snapshot_text(s, ev->locator));
	if (ev->line)
		aisp_buf_printf(&b, ":%u", ev->line);
	if (ev->pointer) {
		aisp_buf_putc(&b, ' ');
		aisp_buf_put(&b, aisp_snapshot_text(s, ev->pointer));
	}
	int r = aisp_buf_check(&b, NULL);
	if (r == 0)
		sqlite3_result_text(ctx, b.p, (int)b.n, SQLITE_TRANSIENT);
	return r == AISP_E_LIMIT ? 0 : r;
}

/* Columns of the edge that a hop follows; NULL for a hop inside a node. */
static int path_edge_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col, aisp_edge at)
{
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_sedge *e = &s->edges[at];
	switch (col) {
	case PATH_EDGE:
		aisp_result__z(ctx, aisp_edge_kinds[e->kind].name);
		break;
	case PATH_CONTROL:
		aisp_result__sym(ctx, s, e->control);
		break;
	case PATH_CONDITION:
		aisp_result__sym(ctx, s, e->condition);
		break;
	case PATH_EVIDENCE:
		return result_evidence(ctx, s, e);
	case PATH_CONFIDENCE:
		aisp_result__z(ctx, aisp_confidence_name(e->confidence));
		break;
	default:
		sqlite3_result_int64(ctx, at);
		break;
	}
	return 0;
}

static int path_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct path_cursor *k = (struct path_cursor *)c;
	const struct aisp_path *p = &k->paths.paths[k->path];
	const struct aisp_hop *h = &p->hops[k->hop];
	switch (col) {
	case PATH_NR:
		sqlite3_result_int64(ctx, (sqlite3_int64)k->path + 1);
		break;
	case PATH_HOP:
		sqlite3_result_int64(ctx, (sqlite3_int64)k->hop + 1);
		break;
	case PATH_FROM:
		aisp_result__node(ctx, c->q->s, h->from);
		break;
	case PATH_TO:
		aisp_result__node(ctx, c->q->s, h->to);
		break;
	case PATH_HAVE:
		if (h->what)
			aisp_result__z(ctx, aisp_mode_name(h->have));
		break;
	case PATH_MODE:
		aisp_result__z(ctx, aisp_mode_name(h->gain));
		break;
	case PATH_WHY:
		aisp_result__z(ctx, hop_why(h));
		break;
	case PATH_BRANCH:
		sqlite3_result_int(ctx, h->branch);
		break;
	case PATH_CERTAIN:
		sqlite3_result_int(ctx, p->certain);
		break;
	case PATH_FROM_REF:
		sqlite3_result_int64(ctx, h->from);
		break;
	case PATH_TO_REF:
		sqlite3_result_int64(ctx, h->to);
		break;
	default:
		if (h->edge && !(h->edge & AISP_HOP_ADDED))
			return path_edge_column(c, ctx, col, h->edge);
		break;
	}
	return 0;
}

static void path_close(struct aisp_cursor *c)
{
	aisp_paths_done(&((struct path_cursor *)c)->paths);
}

const struct aisp_table aisp_table_path = {
	.name = "path",
	.description = "`path(source, target, mode [, k])`: the shortest explanation why, hop by hop; no rows when it does not hold.",
	.example = "SELECT hop, \"from\", edge, \"to\", mode, evidence FROM path('internet', 'support_chunks', 'read_via');",
	TABLE(path_cols, path_indexes, path_cursor),
	.filter = path_filter, .next = path_next, .column = path_column, .close = path_close,
};

/* ---- exposure ---- */

/* All starts (internet, networks, tenants, untrusted content) in batches; computed once per connection. The four kinds
 * do not stand in a row, so batches are lists of numbers. */
struct aisp_exposure_cached {
	aisp_node *starts; /* ascending */
	size_t n_starts, n_batches;
	struct aisp_reach_answer **answer[2]; /* [certainty][batch] */
};

static void drop_exposure(struct aisp_exposure_cached *x)
{
	if (!x)
		return;
	for (int c = 0; c < 2; c++) {
		for (size_t i = 0; x->answer[c] && i < x->n_batches; i++)
			aisp_reach_answer_free(x->answer[c][i]);
		aisp_mem_free(x->answer[c]);
	}
	aisp_mem_free(x->starts);
	aisp_mem_free(x);
}

static int list_starts(const struct aisp_snapshot *s, struct aisp_exposure_cached *x)
{
	for (int pass = 0; pass < 2; pass++) {
		x->n_starts = 0;
		for (unsigned k = 1; k < AISP_NODE_KIND_END; k++) {
			if (!(aisp_node_kinds[k].flags & AISP_NK_START))
				continue;
			for (aisp_node n = s->kind_at[k]; n < s->kind_at[k + 1]; n++, x->n_starts++)
				if (pass)
					x->starts[x->n_starts] = n;
		}
		if (!pass && !(x->starts = aisp_mem_zalloc(x->n_starts + 1, sizeof *x->starts)))
			return AISP_E_NOMEM;
	}
	return 0;
}

static size_t batch_size(const struct aisp_exposure_cached *x, size_t batch)
{
	size_t left = x->n_starts - batch * AISP_REACH_BATCH;
	return left < AISP_REACH_BATCH ? left : AISP_REACH_BATCH;
}

static int run_exposure(struct aisp_sql *q, struct aisp_exposure_cached *x)
{
	struct aisp_actor actors[AISP_REACH_BATCH];
	if (list_starts(q->s, x) < 0)
		return AISP_E_NOMEM;
	x->n_batches = (x->n_starts + AISP_REACH_BATCH - 1) / AISP_REACH_BATCH;
	for (int c = 0; c < 2; c++)
		if (!(x->answer[c] = aisp_mem_zalloc(x->n_batches + 1, sizeof *x->answer[c])))
			return AISP_E_NOMEM;
	for (size_t b = 0; b < x->n_batches; b++) {
		size_t n = batch_size(x, b);
		for (size_t i = 0; i < n; i++)
			actors[i] = (struct aisp_actor){.node = x->starts[b * AISP_REACH_BATCH + i]};
		int r = need_reach(q);
		if (r == 0)
			r = aisp_reach_forward_both(q->reach, actors, n, &x->answer[AISP_POSSIBLE][b],
			                            &x->answer[AISP_CERTAIN][b], &q->pending);
		if (r < 0)
			return r;
	}
	return 0;
}

static int get_exposure(struct aisp_sql *q)
{
	if (q->exposure)
		return 0;
	struct aisp_exposure_cached *x = aisp_mem_zalloc(1, sizeof *x);
	int r = x ? run_exposure(q, x) : AISP_E_NOMEM;
	if (r < 0) {
		drop_exposure(x);
		return r;
	}
	q->exposure = x;
	return 0;
}

struct exposure_cursor {
	struct aisp_cursor c;
	const struct aisp_exposure_cached *x;
	aisp_node at, end;       /* assets */
	aisp_node only_start;    /* 0 = all */
	int only_mode;           /* -1 = all */
	int mode;                /* now */
	size_t batch, word;
	uint64_t bits;           /* of the word, still to be given, the lowest one now */
	uint64_t words[AISP_REACH_BATCH / 64];
};
enum { EXP_ASSET, EXP_ASSET_KIND, EXP_START, EXP_START_KIND, EXP_MODE, EXP_CERTAIN, EXP_ASSET_REF, EXP_START_REF };
static const struct aisp_col exposure_cols[] = {
	[EXP_ASSET] = {"asset", AISP_COL_ID, "what is reached: any node but the start itself"},
	[EXP_ASSET_KIND] = {"asset_kind", AISP_COL_TEXT, "its kind"},
	[EXP_START] = {"start", AISP_COL_ID, "from where"},
	[EXP_START_KIND] = {"start_kind", AISP_COL_TEXT, "internet, network, tenant or content"},
	[EXP_MODE] = {"mode", AISP_COL_TEXT, "one row for each mode the start holds there"},
	[EXP_CERTAIN] = {"certain", AISP_COL_INT, "1 without conditions and unresolved facts, else 0: possible"},
	[EXP_ASSET_REF] = {"asset_ref", AISP_COL_REF, "number of the asset"},
	[EXP_START_REF] = {"start_ref", AISP_COL_REF, "number of the start"},
};
/* The plan's bits: what is given, and in which order. */
enum { XP_ASSET = 1, XP_KIND = 2, XP_START = 4, XP_MODE = 8 };
static const struct aisp_index exposure_indexes[] = {
	INDEX(XP_ASSET | XP_START | XP_MODE, ONE, 3, EXP_ASSET_REF, EXP_START_REF, EXP_MODE),
	INDEX(XP_ASSET | XP_START | XP_MODE, ONE, 3, EXP_ASSET_REF, EXP_START, EXP_MODE),
	INDEX(XP_ASSET | XP_MODE, DEGREE, 2, EXP_ASSET_REF, EXP_MODE),
	INDEX(XP_ASSET | XP_MODE, DEGREE, 2, EXP_ASSET, EXP_MODE),
	INDEX(XP_ASSET, DEGREE, 1, EXP_ASSET_REF),
	INDEX(XP_ASSET, DEGREE, 1, EXP_ASSET),
	INDEX(XP_KIND | XP_MODE, NODE_KIND, 2, EXP_ASSET_KIND, EXP_MODE),
	INDEX(XP_KIND, NODE_KIND, 1, EXP_ASSET_KIND),
	INDEX(XP_START | XP_MODE, SOME, 2, EXP_START_REF, EXP_MODE),
	INDEX(XP_START | XP_MODE, SOME, 2, EXP_START, EXP_MODE),
	INDEX(XP_START, SOME, 1, EXP_START_REF),
	INDEX(XP_START, SOME, 1, EXP_START),
	INDEX(XP_MODE, SOME, 1, EXP_MODE),
	SCAN(0, NODES),
};

static aisp_node exposure_start(const struct exposure_cursor *k)
{
	return k->x->starts[k->batch * AISP_REACH_BATCH + k->word * 64 + (size_t)__builtin_ctzll(k->bits)];
}

/* The next word of the mode of the node that is not empty; false when batch, mode and node are through. */
static bool next_word(struct exposure_cursor *k)
{
	size_t words = (batch_size(k->x, k->batch) + 63) / 64;
	while (++k->word < words)
		if ((k->bits = k->words[k->word]))
			return true;
	return false;
}

static bool load_words(struct exposure_cursor *k)
{
	if (k->only_mode >= 0 && k->mode != k->only_mode)
		return false;
	memset(k->words, 0, sizeof k->words);
	aisp_reach_row(k->x->answer[AISP_POSSIBLE][k->batch], k->at, (enum aisp_mode)k->mode, k->words);
	k->word = 0;
	k->bits = k->words[0];
	return k->bits || next_word(k);
}

/* On to the first (node, mode, batch) with a bit, from the present place on. */
static void exposure_advance(struct exposure_cursor *k)
{
	for (; k->at < k->end; k->at++, k->mode = 0)
		for (; k->mode < AISP_MODE_END; k->mode++, k->batch = 0)
			for (; k->batch < k->x->n_batches; k->batch++)
				if (load_words(k))
					return;
	k->c.eof = true;
}

/* Skips bits that are not asked for: other starts, and the start's hold on itself. */
static int exposure_settle(struct exposure_cursor *k)
{
	while (!k->c.eof) {
		aisp_node start = exposure_start(k);
		if (start != k->at && (!k->only_start || start == k->only_start)) {
			k->c.rowid = aisp_rowid((uint64_t)start << 32 | k->at, (uint64_t)k->mode, 0);
			return 0;
		}
		k->bits &= k->bits - 1;
		if (!k->bits && !next_word(k)) {
			k->batch++;
			exposure_advance(k);
		}
	}
	return 0;
}

static int exposure_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct exposure_cursor *k = (struct exposure_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	int r = get_exposure(c->q);
	if (r < 0)
		return r;
	unsigned i = 0;
	k->x = c->q->exposure;
	k->at = 1;
	k->end = s->n_nodes + 1;
	k->only_start = 0;
	k->only_mode = -1;
	k->mode = 0;
	k->batch = 0;
	if (plan & XP_ASSET) {
		k->at = args[i++].node;
		k->end = k->at + 1;
	} else if (plan & XP_KIND) {
		enum aisp_node_kind kind = aisp_node_kind_find(aisp_value__slice(args[i++].v));
		k->at = kind ? s->kind_at[kind] : 1;
		k->end = kind ? s->kind_at[kind + 1] : 1;
	}
	if (plan & XP_START)
		k->only_start = args[i++].node;
	if (plan & XP_MODE) {
		k->only_mode = aisp_mode_find(aisp_value__slice(args[i].v));
		if (k->only_mode < 0)
			k->end = k->at;
	}
	exposure_advance(k);
	return exposure_settle(k);
}

static int exposure_next(struct aisp_cursor *c)
{
	struct exposure_cursor *k = (struct exposure_cursor *)c;
	k->bits &= k->bits - 1;
	if (!k->bits && !next_word(k)) {
		k->batch++;
		exposure_advance(k);
	}
	return exposure_settle(k);
}

static bool exposure_certain(const struct exposure_cursor *k)
{
	size_t actor = k->word * 64 + (size_t)__builtin_ctzll(k->bits);
	return aisp_reach_holds(k->x->answer[AISP_CERTAIN][k->batch], actor, k->at, (enum aisp_mode)k->mode);
}

static int exposure_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct exposure_cursor *k = (struct exposure_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	switch (col) {
	case EXP_ASSET:
		aisp_result__node(ctx, s, k->at);
		break;
	case EXP_ASSET_KIND:
		aisp_result__z(ctx, aisp_node_kinds[s->nodes[k->at].kind].name);
		break;
	case EXP_START:
		aisp_result__node(ctx, s, exposure_start(k));
		break;
	case EXP_START_KIND:
		aisp_result__z(ctx, aisp_node_kinds[s->nodes[exposure_start(k)].kind].name);
		break;
	case EXP_MODE:
		aisp_result__z(ctx, aisp_mode_name((enum aisp_mode)k->mode));
		break;
	case EXP_CERTAIN:
		sqlite3_result_int(ctx, exposure_certain(k));
		break;
	case EXP_ASSET_REF:
		sqlite3_result_int64(ctx, k->at);
		break;
	default:
		sqlite3_result_int64(ctx, exposure_start(k));
		break;
	}
	return 0;
}

const struct aisp_table aisp_table_exposure = {
	.name = "exposure",
	.description = "What the internet, networks, tenants and untrusted content reach: `reach` of all starts at once, computed "
	               "once per connection.",
	.example = "SELECT asset, start, mode FROM exposure WHERE start_kind = 'internet' AND mode = 'call';",
	TABLE(exposure_cols, exposure_indexes, exposure_cursor),
	.filter = exposure_filter, .next = exposure_next, .column = exposure_column,
};

void aisp_reach_cache__done(struct aisp_sql *q)
{
	for (size_t i = 0; i < AISP_REACH_CACHE; i++)
		drop_reach_cached(q->reach_cache[i]);
	for (size_t i = 0; i < AISP_REVERSE_CACHE; i++)
		drop_reverse_cached(q->reverse_cache[i]);
	drop_exposure(q->exposure);
}
