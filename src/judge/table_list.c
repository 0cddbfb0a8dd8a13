/* The small tables: alias, source, gap, mode, kind, help, observation. All are lists walked by a counter. */
#include "judge/table_int.h"

struct list_cursor {
	struct aisp_cursor c;
	uint32_t at, end;
};

static int list_filter_to(struct aisp_cursor *c, uint32_t begin, uint32_t end)
{
	struct list_cursor *k = (struct list_cursor *)c;
	k->at = begin;
	k->end = end;
	c->rowid = begin;
	c->eof = begin >= end;
	return 0;
}

static int list_next(struct aisp_cursor *c)
{
	struct list_cursor *k = (struct list_cursor *)c;
	c->rowid = ++k->at;
	c->eof = k->at >= k->end;
	return 0;
}

static uint32_t now(struct aisp_cursor *c)
{
	return ((struct list_cursor *)c)->at;
}

static void result_seconds(sqlite3_context *ctx, int64_t us)
{
	sqlite3_result_int64(ctx, us / 1000000);
}

#define LIST(cols_)                                                                                                    \
	.cols = cols_, .n_cols = AISP_COUNT(cols_), .cursor_size = sizeof(struct list_cursor), .next = list_next
static const struct aisp_index scan_few[] = {{.rows = AISP_ROWS_FEW}};

/* ---- alias ---- */

enum { ALIAS_ALIAS, ALIAS_NODE, ALIAS_SOURCE, ALIAS_NODE_REF };
static const struct aisp_col alias_cols[] = {
	[ALIAS_ALIAS] = {"alias", AISP_COL_TEXT, "another id of the node"},
	[ALIAS_NODE] = {"node", AISP_COL_ID, "its canonical id"},
	[ALIAS_SOURCE] = {"source", AISP_COL_TEXT, "key of the source that said so"},
	[ALIAS_NODE_REF] = {"node_ref", AISP_COL_REF, "its number"},
};
static const struct aisp_index alias_indexes[] = {
	{.plan = 0, .n = 1, .col = {ALIAS_ALIAS}, .rows = AISP_ROWS_ONE},
	{.plan = 1, .rows = AISP_ROWS_NODES},
};

static int alias_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	const struct aisp_snapshot *s = c->q->s;
	if (plan == 1)
		return list_filter_to(c, 0, s->n_aliases);
	struct aisp_slice want = aisp_value__slice(args[0].v);
	uint32_t low = 0, high = s->n_aliases;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (aisp_slice_cmp(aisp_snapshot_text(s, s->aliases[mid].alias), want) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (high = low; high < s->n_aliases && aisp_slice_eq(aisp_snapshot_text(s, s->aliases[high].alias), want);)
		high++;
	return list_filter_to(c, low, high);
}

static int alias_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_alias_row *a = &s->aliases[now(c)];
	if (col == ALIAS_ALIAS)
		aisp_result__sym(ctx, s, a->alias);
	else if (col == ALIAS_NODE)
		aisp_result__node(ctx, s, a->node);
	else if (col == ALIAS_SOURCE)
		aisp_result__sym(ctx, s, a->source <= s->n_sources ? s->sources[a->source].key : 0);
	else
		sqlite3_result_int64(ctx, a->node);
	return 0;
}

const struct aisp_table aisp_table_alias = {
	.name = "alias",
	.description = "Further ids by which nodes are known: the same thing seen by another source.",
	.example = "SELECT alias FROM alias WHERE node_ref = ref('support-bot');",
	LIST(alias_cols),
	.indexes = alias_indexes, .n_indexes = AISP_COUNT(alias_indexes),
	.filter = alias_filter, .column = alias_column,
};

/* ---- source ---- */

enum { SOURCE_KEY, SOURCE_KIND, SOURCE_TARGET, SOURCE_STALE, SOURCE_COLLECTED };
static const struct aisp_col source_cols[] = {
	[SOURCE_KEY] = {"key", AISP_COL_TEXT, "stable key: files:support-bot"},
	[SOURCE_KIND] = {"kind", AISP_COL_TEXT, "collector: files, postgres"},
	[SOURCE_TARGET] = {"target", AISP_COL_TEXT, "what was scanned, without secrets"},
	[SOURCE_STALE] = {"stale", AISP_COL_INT, "1 when the last scan of it failed: these are its earlier facts"},
	[SOURCE_COLLECTED] = {"collected", AISP_COL_INT, "when, in seconds since 1970 UTC; `datetime(collected, 'unixepoch')`"},
};

static int source_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	(void)plan, (void)args;
	return list_filter_to(c, 1, c->q->s->n_sources + 1);
}

static int source_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_source_row *r = &s->sources[now(c)];
	if (col == SOURCE_STALE)
		sqlite3_result_int(ctx, r->stale);
	else if (col == SOURCE_COLLECTED)
		result_seconds(ctx, r->collected_us);
	else
		aisp_result__sym(ctx, s, col == SOURCE_KEY ? r->key : col == SOURCE_KIND ? r->kind : r->target);
	return 0;
}

const struct aisp_table aisp_table_source = {
	.name = "source",
	.description = "What was collected from, and when.",
	.example = "SELECT key, target, stale FROM source;",
	LIST(source_cols),
	.indexes = scan_few, .n_indexes = 1,
	.filter = source_filter, .column = source_column,
};

/* ---- gap ---- */

enum { GAP_SOURCE, GAP_WHY, GAP_WHAT, GAP_DETAIL };
static const struct aisp_col gap_cols[] = {
	[GAP_SOURCE] = {"source", AISP_COL_TEXT, "key of the source"},
	[GAP_WHY] = {"why", AISP_COL_TEXT, "access, limit, parse, timeout, remote, …"},
	[GAP_WHAT] = {"what", AISP_COL_TEXT, "what could not be read"},
	[GAP_DETAIL] = {"detail", AISP_COL_TEXT, "the message"},
};

static int gap_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	(void)plan, (void)args;
	return list_filter_to(c, 0, c->q->s->n_gaps);
}

static int gap_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_gap_row *g = &s->gaps[now(c)];
	if (col == GAP_SOURCE)
		aisp_result__sym(ctx, s, g->source <= s->n_sources ? s->sources[g->source].key : 0);
	else if (col == GAP_WHY)
		aisp_result__z(ctx, aisp_code_name((enum aisp_code)(-(int)g->why)));
	else
		aisp_result__sym(ctx, s, col == GAP_WHAT ? g->what : g->detail);
	return 0;
}

const struct aisp_table aisp_table_gap = {
	.name = "gap",
	.description = "Coverage gaps: what could not be read, and why. Nothing found is not the same as could not look.",
	.example = "SELECT source, what, why FROM gap;",
	LIST(gap_cols),
	.indexes = scan_few, .n_indexes = 1,
	.filter = gap_filter, .column = gap_column,
};

/* ---- mode ---- */

static const struct aisp_col mode_cols[] = {
	{"name", AISP_COL_TEXT, "net, call, steer, read, …"},
	{"description", AISP_COL_TEXT, "who holds it on a node …"},
};

static int mode_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	(void)plan, (void)args;
	return list_filter_to(c, 0, AISP_MODE_END);
}

static int mode_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	enum aisp_mode m = (enum aisp_mode)now(c);
	aisp_result__z(ctx, col ? aisp_mode_description(m) : aisp_mode_name(m));
	return 0;
}

const struct aisp_table aisp_table_mode = {
	.name = "mode",
	.description = "The modes of access.",
	.example = "SELECT name, description FROM mode;",
	LIST(mode_cols),
	.indexes = scan_few, .n_indexes = 1,
	.filter = mode_filter, .column = mode_column,
};

/* ---- kind: node kinds first, then edge kinds ---- */

enum { KIND_WHAT, KIND_NAME, KIND_GROUP, KIND_COUNT, KIND_DESCRIPTION };
static const struct aisp_col kind_cols[] = {
	[KIND_WHAT] = {"what", AISP_COL_TEXT, "node or edge"},
	[KIND_NAME] = {"name", AISP_COL_TEXT, "as in `node.kind` and `edge.kind`"},
	[KIND_GROUP] = {"group", AISP_COL_TEXT, "group of a node kind; NULL for edges"},
	[KIND_COUNT] = {"count", AISP_COL_INT, "how many there are in this snapshot"},
	[KIND_DESCRIPTION] = {"description", AISP_COL_TEXT, "what it means"},
};

static int kind_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	(void)plan, (void)args;
	return list_filter_to(c, 1, AISP_NODE_KIND_END + AISP_EDGE_KIND_END - 1);
}

static int edge_kind_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col, unsigned kind)
{
	if (col == KIND_COUNT) {
		int r = aisp_edge_index__make(c->q);
		if (r < 0)
			return r;
		sqlite3_result_int64(ctx, c->q->kind_edge_at[kind + 1] - c->q->kind_edge_at[kind]);
	} else if (col != KIND_GROUP) {
		const struct aisp_edge_kind_row *row = &aisp_edge_kinds[kind];
		aisp_result__z(ctx, col == KIND_WHAT ? "edge" : col == KIND_NAME ? row->name : row->description);
	}
	return 0;
}

static int kind_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	unsigned kind = now(c);
	if (kind >= AISP_NODE_KIND_END)
		return edge_kind_column(c, ctx, col, kind - AISP_NODE_KIND_END + 1);
	const struct aisp_node_kind_row *row = &aisp_node_kinds[kind];
	switch (col) {
	case KIND_WHAT:
		aisp_result__z(ctx, "node");
		break;
	case KIND_NAME:
		aisp_result__z(ctx, row->name);
		break;
	case KIND_GROUP:
		aisp_result__z(ctx, row->group);
		break;
	case KIND_COUNT:
		sqlite3_result_int64(ctx, c->q->s->kind_at[kind + 1] - c->q->s->kind_at[kind]);
		break;
	default:
		aisp_result__z(ctx, row->description);
		break;
	}
	return 0;
}

const struct aisp_table aisp_table_kind = {
	.name = "kind",
	.description = "The kinds of nodes and edges.",
	.example = "SELECT name, count FROM kind WHERE what = 'node' AND count > 0;",
	LIST(kind_cols),
	.indexes = scan_few, .n_indexes = 1,
	.filter = kind_filter, .column = kind_column,
};

/* ---- help: the columns of all tables ---- */

enum { HELP_TABLE, HELP_COLUMN, HELP_DESCRIPTION };
static const struct aisp_col help_cols[] = {
	[HELP_TABLE] = {"table", AISP_COL_TEXT, "name of the table; quote it: `\"table\"`"},
	[HELP_COLUMN] = {"column", AISP_COL_TEXT, "name of the column; NULL for the table itself"},
	[HELP_DESCRIPTION] = {"description", AISP_COL_TEXT, "what it means"},
};

static int help_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	(void)plan, (void)args;
	uint32_t n = 0;
	for (size_t i = 0; aisp_tables[i]; i++)
		n += aisp_tables[i]->n_cols + 1u;
	return list_filter_to(c, 0, n);
}

static int help_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	uint32_t at = now(c);
	size_t i = 0;
	for (; at > aisp_tables[i]->n_cols; i++)
		at -= aisp_tables[i]->n_cols + 1u;
	const struct aisp_table *t = aisp_tables[i];
	if (col == HELP_TABLE)
		aisp_result__z(ctx, t->name);
	else if (col == HELP_DESCRIPTION)
		aisp_result__z(ctx, at ? t->cols[at - 1].description : t->description);
	else if (at)
		aisp_result__z(ctx, t->cols[at - 1].name);
	return 0;
}

const struct aisp_table aisp_table_help = {
	.name = "help",
	.description = "The tables and columns themselves.",
	.example = "SELECT \"column\", description FROM help WHERE \"table\" = 'edge';",
	LIST(help_cols),
	.indexes = scan_few, .n_indexes = 1,
	.filter = help_filter, .column = help_column,
};

/* ---- observation ---- */

enum { OBS_IDENTITY, OBS_WORKLOAD, OBS_ACTION, OBS_ASSET, OBS_COUNT, OBS_REFUSED, OBS_FIRST, OBS_LAST, OBS_SOURCE, OBS_REASON, OBS_IDENTITY_REF, OBS_WORKLOAD_REF, OBS_ASSET_REF };
static const struct aisp_col observation_cols[] = {
	[OBS_IDENTITY] = {"identity", AISP_COL_ID, "who did it; NULL when the log's words fit nothing or several things"},
	[OBS_WORKLOAD] = {"workload", AISP_COL_ID, "who was behind the identity, where session, pod or address say so"},
	[OBS_ACTION] = {"action", AISP_COL_TEXT, "what was done, in the log's words: s3:GetObject, SELECT, get secrets"},
	[OBS_ASSET] = {"asset", AISP_COL_ID, "to what"},
	[OBS_COUNT] = {"count", AISP_COL_INT, "how often it was done"},
	[OBS_REFUSED] = {"refused", AISP_COL_INT, "how often it was refused"},
	[OBS_FIRST] = {"first", AISP_COL_INT, "first time, in seconds since 1970 UTC; NULL when it was never done"},
	[OBS_LAST] = {"last", AISP_COL_INT, "last time, in seconds since 1970 UTC"},
	[OBS_SOURCE] = {"source", AISP_COL_TEXT, "form of the log: cloudtrail, postgresql-csv, …"},
	[OBS_REASON] = {"reason", AISP_COL_TEXT, "why identity or asset is NULL"},
	[OBS_IDENTITY_REF] = {"identity_ref", AISP_COL_REF, "number of the identity"},
	[OBS_WORKLOAD_REF] = {"workload_ref", AISP_COL_REF, "number of the workload"},
	[OBS_ASSET_REF] = {"asset_ref", AISP_COL_REF, "number of the asset"},
};

static int observation_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	(void)plan, (void)args;
	const size_t n = c->q->observed ? c->q->observed->n : 0;
	return list_filter_to(c, 0, n < UINT32_MAX ? (uint32_t)n : UINT32_MAX);
}

static void result_ref(sqlite3_context *ctx, aisp_node n)
{
	if (n)
		sqlite3_result_int64(ctx, n);
}

static void result_time(sqlite3_context *ctx, int64_t us)
{
	if (us)
		result_seconds(ctx, us);
}

static void result_text(sqlite3_context *ctx, struct aisp_slice text)
{
	if (text.n)
		aisp_result__slice(ctx, text);
}

static int observation_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	const struct aisp_observation *o = &c->q->observed->v[now(c)];
	const aisp_node nodes[] = {[OBS_IDENTITY] = o->identity, [OBS_WORKLOAD] = o->workload, [OBS_ASSET] = o->asset};
	const aisp_node refs[] = {[OBS_IDENTITY_REF] = o->identity, [OBS_WORKLOAD_REF] = o->workload, [OBS_ASSET_REF] = o->asset};
	switch (col) {
	case OBS_IDENTITY: case OBS_WORKLOAD: case OBS_ASSET:
		aisp_result__node(ctx, c->q->s, nodes[col]);
		break;
	case OBS_COUNT: case OBS_REFUSED:
		sqlite3_result_int64(ctx, col == OBS_COUNT ? o->count : o->refused);
		break;
	case OBS_FIRST: case OBS_LAST:
		result_time(ctx, col == OBS_FIRST ? o->first_us : o->last_us);
		break;
	case OBS_ACTION: case OBS_SOURCE: case OBS_REASON:
		result_text(ctx, col == OBS_ACTION ? o->action : col == OBS_SOURCE ? o->source : o->reason);
		break;
	default:
		result_ref(ctx, refs[col]);
	}
	return 0;
}

const struct aisp_table aisp_table_observation = {
	.name = "observation",
	.description = "What was seen to happen in the logs that `aisp ingest` read, added up. Filled for `aisp sql`; rules see none. No row says nothing about "
	               "use where nobody looked: `aisp usage` tells the two apart.",
	.example = "SELECT identity, action, asset, last FROM observation;",
	LIST(observation_cols),
	.indexes = scan_few, .n_indexes = 1,
	.filter = observation_filter, .column = observation_column,
};
