/* The tables of what stands in the snapshot: node, prop, item, edge, edge_prop, grant, evidence. Cursors are numbers into
 * the snapshot's arrays; nothing is copied.
 */
#include "base/mem.h"
#include "judge/table_int.h"

#define INDEX(plan_, rows_, n_, ...) {.plan = plan_, .n = n_, .col = {__VA_ARGS__}, .rows = AISP_ROWS_##rows_}
#define SCAN(plan_, rows_) {.plan = plan_, .rows = AISP_ROWS_##rows_}
#define TABLE(cols_, indexes_, cursor_)                                                                                \
	.cols = cols_, .n_cols = AISP_COUNT(cols_), .indexes = indexes_, .n_indexes = AISP_COUNT(indexes_),             \
	.cursor_size = sizeof(struct cursor_)

static struct aisp_slice prop_text(const struct aisp_snapshot *s, const struct aisp_prop *p)
{
	if (p->type == AISP_PROP_STR || p->type == AISP_PROP_LIST)
		return aisp_snapshot_text(s, p->s);
	return aisp_slice_of(NULL, 0);
}

struct aisp_slice aisp_prop__inherited(const struct aisp_snapshot *s, aisp_node n, const char *key)
{
	enum { MAX_UP = 16 }; /* deeper containment than any real one; also ends cycles */
	for (int up = 0; n && up < MAX_UP; up++) {
		const struct aisp_prop *p = aisp_snapshot_prop(s, n, key);
		if (p)
			return prop_text(s, p);
		aisp_node parent = 0;
		for (uint32_t i = s->in_at[n]; i < s->in_at[n + 1] && !parent; i++) {
			const struct aisp_sedge *e = &s->edges[s->in_edges[i]];
			if (e->kind == AISP_EDGE_CONTAINS || e->kind == AISP_EDGE_HAS_DATA)
				parent = e->from;
		}
		n = parent;
	}
	return aisp_slice_of(NULL, 0);
}

/* ---- node ---- */

struct node_cursor {
	struct aisp_cursor c;
	aisp_node at, end;
};
enum {
	NODE_ID, NODE_KIND, NODE_GROUP, NODE_NAME, NODE_CONFIDENCE, NODE_SENSITIVITY, NODE_SENSITIVE, NODE_STALE,
	NODE_IS_ASSET, NODE_IS_IDENTITY, NODE_IS_NHI, NODE_IS_AI, NODE_IS_START, NODE_GATED, NODE_AUTH, NODE_EXECUTES,
	NODE_OWNER, NODE_ENVIRONMENT, NODE_TENANT, NODE_SYSTEM, NODE_PROVIDER, NODE_DATA_CLASSES, NODE_REF,
};
static const struct aisp_col node_cols[] = {
	[NODE_ID] = {"id", AISP_COL_ID, "canonical id"},
	[NODE_KIND] = {"kind", AISP_COL_TEXT, "one of the table `kind`"},
	[NODE_GROUP] = {"group", AISP_COL_TEXT, "group of the kind: ai, identity, data, …; quote it: `\"group\"`"},
	[NODE_NAME] = {"name", AISP_COL_TEXT, "display name"},
	[NODE_CONFIDENCE] = {"confidence", AISP_COL_TEXT, "observed, declared, inferred or unresolved"},
	[NODE_SENSITIVITY] = {"sensitivity", AISP_COL_TEXT, "unknown, public, internal, confidential or restricted"},
	[NODE_SENSITIVE] = {"sensitive", AISP_COL_INT, "1 when confidential or restricted"},
	[NODE_STALE] = {"stale", AISP_COL_INT, "1 when all its sources failed last time: these are earlier facts"},
	[NODE_IS_ASSET] = {"is_asset", AISP_COL_INT, "1 when listed by `aisp assets`"},
	[NODE_IS_IDENTITY] = {"is_identity", AISP_COL_INT, "1 when listed by `aisp identities`"},
	[NODE_IS_NHI] = {"is_nhi", AISP_COL_INT, "1 for a non-human identity, workload or agent"},
	[NODE_IS_AI] = {"is_ai", AISP_COL_INT, "1 for an AI asset"},
	[NODE_IS_START] = {"is_start", AISP_COL_INT, "1 for internet, network, tenant, untrusted content"},
	[NODE_GATED] = {"gated", AISP_COL_INT, "1 when permission alone does not suffice: a connection is needed too"},
	[NODE_AUTH] = {"auth", AISP_COL_TEXT, "none, required or unknown; NULL where the question does not arise"},
	[NODE_EXECUTES] = {"executes_code", AISP_COL_INT, "1 when it runs code that its input decides"},
	[NODE_OWNER] = {"owner", AISP_COL_TEXT, "owner of it or of what contains it, nearest first"},
	[NODE_ENVIRONMENT] = {"environment", AISP_COL_TEXT, "environment of it or of what contains it"},
	[NODE_TENANT] = {"tenant", AISP_COL_TEXT, "tenant of it or of what contains it"},
	[NODE_SYSTEM] = {"system", AISP_COL_TEXT, "system of it or of what contains it"},
	[NODE_PROVIDER] = {"provider", AISP_COL_TEXT, "property provider: openai, anthropic, …"},
	[NODE_DATA_CLASSES] = {"data_classes", AISP_COL_TEXT, "property data_classes, items separated by line breaks"},
	[NODE_REF] = {"ref", AISP_COL_REF, "number in this snapshot, for joins; not stable between snapshots"},
};
static const struct aisp_index node_indexes[] = {
	INDEX(0, ONE, 1, NODE_REF),
	INDEX(0, ONE, 1, NODE_ID),
	INDEX(1, NODE_KIND, 1, NODE_KIND),
	SCAN(2, NODES),
};

static int node_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct node_cursor *k = (struct node_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	k->at = 1;
	k->end = s->n_nodes + 1;
	if (plan == 0) {
		k->at = args[0].node;
		k->end = k->at + 1;
	} else if (plan == 1) {
		enum aisp_node_kind kind = aisp_node_kind_find(aisp_value__slice(args[0].v));
		k->at = kind ? s->kind_at[kind] : 1;
		k->end = kind ? s->kind_at[kind + 1] : 1;
	}
	c->rowid = k->at;
	c->eof = k->at >= k->end;
	return 0;
}

static int node_next(struct aisp_cursor *c)
{
	struct node_cursor *k = (struct node_cursor *)c;
	c->rowid = ++k->at;
	c->eof = k->at >= k->end;
	return 0;
}

static void node_flag_column(const struct aisp_snode *n, sqlite3_context *ctx, unsigned col)
{
	unsigned kind = aisp_snode_flags(n);
	bool v = false;
	switch (col) {
	case NODE_SENSITIVE:
		v = n->sensitivity >= AISP_SENS_CONFIDENTIAL;
		break;
	case NODE_STALE:
		v = n->flags & AISP_NF_STALE;
		break;
	case NODE_IS_ASSET:
		v = kind & AISP_NK_ASSET;
		break;
	case NODE_IS_IDENTITY:
		v = kind & AISP_NK_IDENTITY;
		break;
	case NODE_IS_NHI:
		v = kind & AISP_NK_NHI;
		break;
	case NODE_IS_AI:
		v = kind & AISP_NK_AI;
		break;
	case NODE_IS_START:
		v = kind & AISP_NK_START;
		break;
	case NODE_GATED:
		v = n->flags & AISP_NF_GATED;
		break;
	default:
		v = n->flags & AISP_NF_EXECUTES;
		break;
	}
	sqlite3_result_int(ctx, v);
}

static void node_auth_column(const struct aisp_snapshot *s, aisp_node n, sqlite3_context *ctx)
{
	if (s->nodes[n].flags & AISP_NF_AUTH_NONE)
		aisp_result__z(ctx, "none");
	else if (s->nodes[n].flags & AISP_NF_AUTH_UNKNOWN)
		aisp_result__z(ctx, "unknown");
	else
		aisp_result__slice(ctx, aisp_snapshot_prop_str(s, n, "auth"));
}

static int node_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	const struct aisp_snapshot *s = c->q->s;
	aisp_node n = ((struct node_cursor *)c)->at;
	const struct aisp_snode *node = &s->nodes[n];
	switch (col) {
	case NODE_ID:
		aisp_result__sym(ctx, s, node->id);
		break;
	case NODE_KIND:
		aisp_result__z(ctx, aisp_node_kinds[node->kind].name);
		break;
	case NODE_GROUP:
		aisp_result__z(ctx, aisp_node_kinds[node->kind].group);
		break;
	case NODE_NAME:
		aisp_result__sym(ctx, s, node->name);
		break;
	case NODE_CONFIDENCE:
		aisp_result__z(ctx, aisp_confidence_name(node->confidence));
		break;
	case NODE_SENSITIVITY:
		aisp_result__z(ctx, aisp_sensitivity_name(node->sensitivity));
		break;
	case NODE_AUTH:
		node_auth_column(s, n, ctx);
		break;
	case NODE_OWNER:
	case NODE_ENVIRONMENT:
	case NODE_TENANT:
	case NODE_SYSTEM:
		aisp_result__slice(ctx, aisp_prop__inherited(s, n, node_cols[col].name));
		break;
	case NODE_PROVIDER:
	case NODE_DATA_CLASSES:
		aisp_result__slice(ctx, aisp_snapshot_prop_str(s, n, node_cols[col].name));
		break;
	case NODE_REF:
		sqlite3_result_int64(ctx, n);
		break;
	default:
		node_flag_column(node, ctx, col);
		break;
	}
	return 0;
}

const struct aisp_table aisp_table_node = {
	.name = "node",
	.description = "Everything that was found, one row each.",
	.example = "SELECT id, name, environment FROM node WHERE kind = 'agent';",
	TABLE(node_cols, node_indexes, node_cursor),
	.filter = node_filter, .next = node_next, .column = node_column,
};

/* ---- prop and item: properties of nodes ---- */

struct prop_cursor {
	struct aisp_cursor c;
	aisp_node node, node_end;
	uint32_t at, end; /* in props[]; of this node */
	aisp_sym key;     /* only this one; 0 = all */
	bool items;       /* item: walk the lists */
	struct aisp_slice text, rest, item; /* the list, what is left of it, the item now */
};
enum { PROP_NODE, PROP_KEY, PROP_TYPE, PROP_VALUE, PROP_SOURCE, PROP_NODE_REF };
static const struct aisp_col prop_cols[] = {
	[PROP_NODE] = {"node", AISP_COL_ID, "whose property"},
	[PROP_KEY] = {"key", AISP_COL_TEXT, "see the table of properties in ARCHITECTURE.md"},
	[PROP_TYPE] = {"type", AISP_COL_TEXT, "text, bool, int, real or list"},
	[PROP_VALUE] = {"value", AISP_COL_ANY, "typed; a bool is 0 or 1; items of a list are separated by line breaks"},
	[PROP_SOURCE] = {"source", AISP_COL_TEXT, "key of the source that said so"},
	[PROP_NODE_REF] = {"node_ref", AISP_COL_REF, "its number"},
};
static const struct aisp_index prop_indexes[] = {
	INDEX(1, DEGREE, 2, PROP_NODE_REF, PROP_KEY), INDEX(1, DEGREE, 2, PROP_NODE, PROP_KEY),
	INDEX(0, DEGREE, 1, PROP_NODE_REF),           INDEX(0, DEGREE, 1, PROP_NODE),
	INDEX(2, SOME, 1, PROP_KEY),                  SCAN(3, EDGES),
};

/* The next item of the list that is being walked; false when there is none. */
static bool next_item(struct prop_cursor *k)
{
	if (!k->items || !k->rest.p || !aisp_slice_split(&k->rest, '\n', &k->item))
		return false;
	k->c.rowid = aisp_rowid(k->at, (uintptr_t)k->item.p - (uintptr_t)k->text.p, 0);
	return true;
}

/* Goes on from `at` to the next property (or item) that is wanted. */
static int prop_settle(struct prop_cursor *k)
{
	const struct aisp_snapshot *s = k->c.q->s;
	for (;;) {
		if (next_item(k))
			return 0;
		k->rest = aisp_slice_of(NULL, 0);
		for (; k->at >= k->end; k->at = s->nodes[k->node].prop_at, k->end = k->at + s->nodes[k->node].prop_n)
			if (++k->node >= k->node_end) {
				k->c.eof = true;
				return 0;
			}
		const struct aisp_prop *p = &s->props[k->at];
		if ((k->key && p->key != k->key) || (k->items && p->type != AISP_PROP_LIST)) {
			k->at++;
			continue;
		}
		k->c.rowid = k->at;
		if (!k->items)
			return 0;
		k->rest = k->text = aisp_snapshot_text(s, p->s);
		if (!k->rest.n)
			k->at++;
	}
}

static int prop_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct prop_cursor *k = (struct prop_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	k->items = c->table == &aisp_table_item;
	k->rest = aisp_slice_of(NULL, 0);
	k->node = plan <= 1 ? args[0].node - 1 : 0;
	k->node_end = plan <= 1 ? args[0].node + 1 : s->n_nodes + 1;
	k->at = k->end = 0;
	k->key = 0;
	if (plan == 1 || plan == 2) {
		k->key = aisp_symtab_find(s->syms, aisp_value__slice(args[plan == 1].v));
		c->eof = k->key == 0;
	}
	return c->eof ? 0 : prop_settle(k);
}

static int prop_next(struct aisp_cursor *c)
{
	struct prop_cursor *k = (struct prop_cursor *)c;
	if (next_item(k))
		return 0;
	k->rest = aisp_slice_of(NULL, 0);
	k->at++;
	return prop_settle(k);
}

static void prop_value(const struct aisp_snapshot *s, const struct aisp_prop *p, sqlite3_context *ctx)
{
	switch ((enum aisp_prop_type)p->type) {
	case AISP_PROP_BOOL:
		sqlite3_result_int(ctx, p->b);
		break;
	case AISP_PROP_INT:
		sqlite3_result_int64(ctx, p->i);
		break;
	case AISP_PROP_REAL:
		sqlite3_result_double(ctx, p->r);
		break;
	default:
		if (p->s)
			aisp_result__sym(ctx, s, p->s);
		else
			aisp_result__z(ctx, "");
	}
}

static const char *prop_type_name(unsigned type)
{
	static const char *const names[] = {[AISP_PROP_STR] = "text", [AISP_PROP_BOOL] = "bool", [AISP_PROP_INT] = "int",
	                                    [AISP_PROP_REAL] = "real", [AISP_PROP_LIST] = "list"};
	return type < AISP_COUNT(names) && names[type] ? names[type] : "";
}

static int prop_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct prop_cursor *k = (struct prop_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_prop *p = &s->props[k->at];
	switch (col) {
	case PROP_NODE:
		aisp_result__node(ctx, s, k->node);
		break;
	case PROP_KEY:
		aisp_result__sym(ctx, s, p->key);
		break;
	case PROP_TYPE:
		aisp_result__z(ctx, prop_type_name(p->type));
		break;
	case PROP_VALUE:
		prop_value(s, p, ctx);
		break;
	case PROP_SOURCE:
		aisp_result__sym(ctx, s, p->source <= s->n_sources ? s->sources[p->source].key : 0);
		break;
	default:
		sqlite3_result_int64(ctx, k->node);
		break;
	}
	return 0;
}

const struct aisp_table aisp_table_prop = {
	.name = "prop",
	.description = "Properties of nodes. A key that several sources gave stands once per source; the first is the one that "
	               "counts. `prop_value(node, key)` gives it without a join.",
	.example = "SELECT node, value FROM prop WHERE key = 'framework';",
	TABLE(prop_cols, prop_indexes, prop_cursor),
	.filter = prop_filter, .next = prop_next, .column = prop_column,
};

enum { ITEM_NODE, ITEM_KEY, ITEM_VALUE, ITEM_NODE_REF };
static const struct aisp_col item_cols[] = {
	[ITEM_NODE] = {"node", AISP_COL_ID, "whose property"},
	[ITEM_KEY] = {"key", AISP_COL_TEXT, "a property that is a list: data_classes, labels, keys, …"},
	[ITEM_VALUE] = {"value", AISP_COL_TEXT, "one item of it"},
	[ITEM_NODE_REF] = {"node_ref", AISP_COL_REF, "its number"},
};
static const struct aisp_index item_indexes[] = {
	INDEX(1, DEGREE, 2, ITEM_NODE_REF, ITEM_KEY), INDEX(1, DEGREE, 2, ITEM_NODE, ITEM_KEY),
	INDEX(0, DEGREE, 1, ITEM_NODE_REF),           INDEX(0, DEGREE, 1, ITEM_NODE),
	INDEX(2, SOME, 1, ITEM_KEY),                  SCAN(3, EDGES),
};

static int item_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct prop_cursor *k = (struct prop_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	if (col == ITEM_NODE)
		aisp_result__node(ctx, s, k->node);
	else if (col == ITEM_KEY)
		aisp_result__sym(ctx, s, s->props[k->at].key);
	else if (col == ITEM_VALUE)
		aisp_result__slice(ctx, k->item);
	else
		sqlite3_result_int64(ctx, k->node);
	return 0;
}

const struct aisp_table aisp_table_item = {
	.name = "item",
	.description = "Items of list properties, one row each. `has_item(node, key, value)` asks for one without a join.",
	.example = "SELECT node FROM item WHERE key = 'data_classes' AND value = 'email';",
	TABLE(item_cols, item_indexes, prop_cursor),
	.filter = prop_filter, .next = prop_next, .column = item_column,
};

/* ---- edge and grant ---- */

struct edge_cursor {
	struct aisp_cursor c;
	const aisp_edge *list; /* NULL: the numbers at … end-1 themselves */
	uint32_t at, end;
	uint8_t kind;          /* only this one; 0 = all */
};
enum {
	EDGE_FROM, EDGE_KIND, EDGE_TO, EDGE_FROM_KIND, EDGE_TO_KIND, EDGE_CONTROL, EDGE_CONDITION, EDGE_CONFIDENCE,
	EDGE_EXECUTES, EDGE_REF, EDGE_FROM_REF, EDGE_TO_REF,
};
static const struct aisp_col edge_cols[] = {
	[EDGE_FROM] = {"from", AISP_COL_ID, "where it begins; quote it: `\"from\"`"},
	[EDGE_KIND] = {"kind", AISP_COL_TEXT, "one of the table `kind`"},
	[EDGE_TO] = {"to", AISP_COL_ID, "where it ends; quote it: `\"to\"`"},
	[EDGE_FROM_KIND] = {"from_kind", AISP_COL_TEXT, "kind of the node where it begins"},
	[EDGE_TO_KIND] = {"to_kind", AISP_COL_TEXT, "kind of the node where it ends"},
	[EDGE_CONTROL] = {"control", AISP_COL_TEXT, "the control object one would change to take it away; NULL if none is known"},
	[EDGE_CONDITION] = {"condition", AISP_COL_TEXT, "holds only if …; NULL when unconditional"},
	[EDGE_CONFIDENCE] = {"confidence", AISP_COL_TEXT, "observed, declared, inferred or unresolved"},
	[EDGE_EXECUTES] = {"executes_code", AISP_COL_INT, "LOADS: 1 when the format runs code on loading"},
	[EDGE_REF] = {"ref", AISP_COL_INT, "number of the edge in this snapshot"},
	[EDGE_FROM_REF] = {"from_ref", AISP_COL_REF, "number of the node where it begins"},
	[EDGE_TO_REF] = {"to_ref", AISP_COL_REF, "number of the node where it ends"},
};
enum { EDGE_BY_REF, EDGE_OUT_KIND, EDGE_OUT, EDGE_IN_KIND, EDGE_IN, EDGE_OF_KIND, EDGE_ALL };
static const struct aisp_index edge_indexes[] = {
	INDEX(EDGE_BY_REF, ONE, 1, EDGE_REF),
	INDEX(EDGE_OUT_KIND, DEGREE, 2, EDGE_FROM_REF, EDGE_KIND), INDEX(EDGE_OUT_KIND, DEGREE, 2, EDGE_FROM, EDGE_KIND),
	INDEX(EDGE_OUT, DEGREE, 1, EDGE_FROM_REF),                 INDEX(EDGE_OUT, DEGREE, 1, EDGE_FROM),
	INDEX(EDGE_IN_KIND, DEGREE, 2, EDGE_TO_REF, EDGE_KIND),    INDEX(EDGE_IN_KIND, DEGREE, 2, EDGE_TO, EDGE_KIND),
	INDEX(EDGE_IN, DEGREE, 1, EDGE_TO_REF),                    INDEX(EDGE_IN, DEGREE, 1, EDGE_TO),
	INDEX(EDGE_OF_KIND, EDGE_KIND, 1, EDGE_KIND),              SCAN(EDGE_ALL, EDGES),
};

int aisp_edge_index__make(struct aisp_sql *q)
{
	const struct aisp_snapshot *s = q->s;
	if (q->kind_edges)
		return 0;
	uint32_t *v = aisp_mem_zalloc((size_t)s->n_edges + 1, sizeof *v);
	if (!v)
		return aisp_fail(&q->pending, AISP_E_NOMEM, "out of memory for the index of edges by kind");
	uint32_t next[AISP_EDGE_KIND_END + 2] = {0};
	for (uint32_t e = 1; e <= s->n_edges; e++)
		next[s->edges[e].kind + 1]++;
	for (unsigned k = 0; k < AISP_EDGE_KIND_END; k++)
		next[k + 1] += next[k];
	memcpy(q->kind_edge_at, next, sizeof q->kind_edge_at);
	for (uint32_t e = 1; e <= s->n_edges; e++)
		v[next[s->edges[e].kind]++] = e;
	q->kind_edges = v;
	return 0;
}

static aisp_edge edge_now(const struct edge_cursor *k)
{
	return k->list ? k->list[k->at] : k->at;
}

static int edge_settle(struct edge_cursor *k)
{
	const struct aisp_snapshot *s = k->c.q->s;
	while (k->at < k->end && k->kind && s->edges[edge_now(k)].kind != k->kind)
		k->at++;
	k->c.eof = k->at >= k->end;
	if (!k->c.eof)
		k->c.rowid = edge_now(k);
	return 0;
}

/* The part of the sorted edges leaving n that has the kind: a hub's other edges are not walked. */
static void narrow_to_kind(const struct aisp_snapshot *s, struct edge_cursor *k)
{
	for (uint32_t low = k->at, high = k->end; low < high;) {
		uint32_t mid = low + (high - low) / 2;
		if (s->edges[mid].kind < k->kind)
			low = k->at = mid + 1;
		else
			high = mid;
	}
	uint32_t high = k->end;
	for (uint32_t low = k->at; low < high;) {
		uint32_t mid = low + (high - low) / 2;
		if (s->edges[mid].kind <= k->kind)
			low = mid + 1;
		else
			high = mid;
	}
	k->end = high;
}

static int edge_start(struct edge_cursor *k, unsigned plan, const struct aisp_arg *args)
{
	const struct aisp_snapshot *s = k->c.q->s;
	aisp_node n = args[0].node;
	k->list = NULL;
	k->at = 1;
	k->end = s->n_edges + 1;
	if (plan == EDGE_OUT_KIND || plan == EDGE_OUT) {
		k->at = s->out_at[n];
		k->end = s->out_at[n + 1];
		if (k->kind)
			narrow_to_kind(s, k);
	} else if (plan == EDGE_IN_KIND || plan == EDGE_IN) {
		k->list = s->in_edges;
		k->at = s->in_at[n];
		k->end = s->in_at[n + 1];
	} else if (plan == EDGE_OF_KIND) {
		int r = aisp_edge_index__make(k->c.q);
		if (r < 0)
			return r;
		k->list = k->c.q->kind_edges;
		k->at = k->c.q->kind_edge_at[k->kind];
		k->end = k->c.q->kind_edge_at[k->kind + 1];
	}
	return edge_settle(k);
}

static int edge_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct edge_cursor *k = (struct edge_cursor *)c;
	k->kind = 0;
	if (plan == EDGE_BY_REF) {
		sqlite3_int64 e = sqlite3_value_int64(args[0].v);
		k->list = NULL;
		k->at = e >= 1 && e <= c->q->s->n_edges ? (uint32_t)e : 1;
		k->end = e >= 1 && e <= c->q->s->n_edges ? (uint32_t)e + 1 : 1;
		return edge_settle(k);
	}
	if (plan == EDGE_OUT_KIND || plan == EDGE_IN_KIND || plan == EDGE_OF_KIND) {
		k->kind = (uint8_t)aisp_edge_kind_find(aisp_value__slice(args[plan != EDGE_OF_KIND].v));
		if (!k->kind) {
			c->eof = true;
			return 0;
		}
	}
	return edge_start(k, plan, args);
}

static int edge_next(struct aisp_cursor *c)
{
	struct edge_cursor *k = (struct edge_cursor *)c;
	k->at++;
	return edge_settle(k);
}

static int edge_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	const struct aisp_snapshot *s = c->q->s;
	aisp_edge at = edge_now((struct edge_cursor *)c);
	const struct aisp_sedge *e = &s->edges[at];
	switch (col) {
	case EDGE_FROM:
		aisp_result__node(ctx, s, e->from);
		break;
	case EDGE_KIND:
		aisp_result__z(ctx, aisp_edge_kinds[e->kind].name);
		break;
	case EDGE_TO:
		aisp_result__node(ctx, s, e->to);
		break;
	case EDGE_FROM_KIND:
		aisp_result__z(ctx, aisp_node_kinds[s->nodes[e->from].kind].name);
		break;
	case EDGE_TO_KIND:
		aisp_result__z(ctx, aisp_node_kinds[s->nodes[e->to].kind].name);
		break;
	case EDGE_CONTROL:
		aisp_result__sym(ctx, s, e->control);
		break;
	case EDGE_CONDITION:
		aisp_result__sym(ctx, s, e->condition);
		break;
	case EDGE_CONFIDENCE:
		aisp_result__z(ctx, aisp_confidence_name(e->confidence));
		break;
	case EDGE_EXECUTES:
		sqlite3_result_int(ctx, (e->flags & AISP_EF_EXECUTES) != 0);
		break;
	case EDGE_REF:
		sqlite3_result_int64(ctx, at);
		break;
	case EDGE_FROM_REF:
		sqlite3_result_int64(ctx, e->from);
		break;
	default:
		sqlite3_result_int64(ctx, e->to);
		break;
	}
	return 0;
}

const struct aisp_table aisp_table_edge = {
	.name = "edge",
	.description = "Everything that connects two nodes, one row each.",
	.example = "SELECT t.id, t.name FROM edge e JOIN node t ON t.ref = e.to_ref\n"
	           "WHERE e.from_ref = ref('support-bot') AND e.kind = 'HAS_TOOL';",
	TABLE(edge_cols, edge_indexes, edge_cursor),
	.filter = edge_filter, .next = edge_next, .column = edge_column,
};

static const struct aisp_prop *edge_prop(const struct aisp_snapshot *s, const struct aisp_sedge *e, const char *key)
{
	for (uint32_t i = 0; i < e->prop_n; i++)
		if (aisp_slice_eqz(aisp_snapshot_text(s, s->props[e->prop_at + i].key), key))
			return &s->props[e->prop_at + i];
	return NULL;
}

enum {
	GRANT_PRINCIPAL, GRANT_ACTION, GRANT_RESOURCE, GRANT_CONTROL, GRANT_CONDITION, GRANT_CONFIDENCE, GRANT_REF,
	GRANT_PRINCIPAL_REF, GRANT_RESOURCE_REF,
};
static const struct aisp_col grant_cols[] = {
	[GRANT_PRINCIPAL] = {"principal", AISP_COL_ID, "to whom"},
	[GRANT_ACTION] = {"action", AISP_COL_TEXT, "what, as written: SELECT,INSERT; the edge's property `privileges` or `action`"},
	[GRANT_RESOURCE] = {"resource", AISP_COL_ID, "on what"},
	[GRANT_CONTROL] = {"control", AISP_COL_TEXT, "the written grant itself: what one would revoke"},
	[GRANT_CONDITION] = {"condition", AISP_COL_TEXT, "holds only if …; NULL when unconditional"},
	[GRANT_CONFIDENCE] = {"confidence", AISP_COL_TEXT, "observed, declared, inferred or unresolved"},
	[GRANT_REF] = {"ref", AISP_COL_INT, "number of the edge in this snapshot"},
	[GRANT_PRINCIPAL_REF] = {"principal_ref", AISP_COL_REF, "number of the principal"},
	[GRANT_RESOURCE_REF] = {"resource_ref", AISP_COL_REF, "number of the resource"},
};
static const struct aisp_index grant_indexes[] = {
	INDEX(EDGE_OUT, DEGREE, 1, GRANT_PRINCIPAL_REF), INDEX(EDGE_OUT, DEGREE, 1, GRANT_PRINCIPAL),
	INDEX(EDGE_IN, DEGREE, 1, GRANT_RESOURCE_REF),   INDEX(EDGE_IN, DEGREE, 1, GRANT_RESOURCE),
	SCAN(EDGE_OF_KIND, SOME),
};

static int grant_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct edge_cursor *k = (struct edge_cursor *)c;
	k->kind = AISP_EDGE_GRANTED;
	return edge_start(k, plan, args);
}

static int grant_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	static const uint8_t same[] = {
		[GRANT_PRINCIPAL] = EDGE_FROM,         [GRANT_RESOURCE] = EDGE_TO,
		[GRANT_CONTROL] = EDGE_CONTROL,        [GRANT_CONDITION] = EDGE_CONDITION,
		[GRANT_CONFIDENCE] = EDGE_CONFIDENCE,  [GRANT_REF] = EDGE_REF,
		[GRANT_PRINCIPAL_REF] = EDGE_FROM_REF, [GRANT_RESOURCE_REF] = EDGE_TO_REF,
	};
	if (col != GRANT_ACTION)
		return edge_column(c, ctx, same[col]);
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_sedge *e = &s->edges[edge_now((struct edge_cursor *)c)];
	const struct aisp_prop *p = edge_prop(s, e, "privileges");
	if (p || (p = edge_prop(s, e, "action")))
		prop_value(s, p, ctx);
	return 0;
}

const struct aisp_table aisp_table_grant = {
	.name = "grant",
	.description = "Written permissions as they stand (edges GRANTED). What follows from them, decided as the real system "
	               "decides, are the edges CAN_READ, CAN_WRITE, CAN_CALL and CAN_ASSUME.",
	.example = "SELECT principal, action, resource, control FROM \"grant\" WHERE resource_ref = ref('support_chunks');",
	TABLE(grant_cols, grant_indexes, edge_cursor),
	.filter = grant_filter, .next = edge_next, .column = grant_column,
};

/* ---- edge_prop ---- */

struct edge_prop_cursor {
	struct aisp_cursor c;
	aisp_edge edge, edge_end;
	uint32_t at;
};
enum { EPROP_EDGE, EPROP_KEY, EPROP_VALUE };
static const struct aisp_col edge_prop_cols[] = {
	[EPROP_EDGE] = {"edge", AISP_COL_INT, "number of the edge (`edge.ref`)"},
	[EPROP_KEY] = {"key", AISP_COL_TEXT, "name of the property"},
	[EPROP_VALUE] = {"value", AISP_COL_ANY, "typed as in `prop`"},
};
static const struct aisp_index edge_prop_indexes[] = {INDEX(0, DEGREE, 1, EPROP_EDGE), SCAN(1, EDGES)};

static int edge_prop_settle(struct edge_prop_cursor *k)
{
	const struct aisp_snapshot *s = k->c.q->s;
	while (k->edge < k->edge_end && k->at >= s->edges[k->edge].prop_n) {
		k->edge++;
		k->at = 0;
	}
	k->c.eof = k->edge >= k->edge_end;
	k->c.rowid = (int64_t)k->edge << 4 | k->at;
	return 0;
}

static int edge_prop_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct edge_prop_cursor *k = (struct edge_prop_cursor *)c;
	uint32_t n = c->q->s->n_edges;
	k->edge = 1;
	k->edge_end = n + 1;
	k->at = 0;
	if (plan == 0) {
		sqlite3_int64 e = sqlite3_value_int64(args[0].v);
		k->edge = e >= 1 && e <= n ? (aisp_edge)e : 1;
		k->edge_end = e >= 1 && e <= n ? (aisp_edge)e + 1 : 1;
	}
	return edge_prop_settle(k);
}

static int edge_prop_next(struct aisp_cursor *c)
{
	struct edge_prop_cursor *k = (struct edge_prop_cursor *)c;
	k->at++;
	return edge_prop_settle(k);
}

static int edge_prop_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct edge_prop_cursor *k = (struct edge_prop_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	const struct aisp_prop *p = &s->props[s->edges[k->edge].prop_at + k->at];
	if (col == EPROP_EDGE)
		sqlite3_result_int64(ctx, k->edge);
	else if (col == EPROP_KEY)
		aisp_result__sym(ctx, s, p->key);
	else
		prop_value(s, p, ctx);
	return 0;
}

const struct aisp_table aisp_table_edge_prop = {
	.name = "edge_prop",
	.description = "Properties of edges.",
	.example = "SELECT e.\"from\", e.\"to\", p.value FROM edge e JOIN edge_prop p ON p.edge = e.ref\n"
	           "WHERE e.kind = 'TAKES_FROM' AND p.key = 'key';",
	TABLE(edge_prop_cols, edge_prop_indexes, edge_prop_cursor),
	.filter = edge_prop_filter, .next = edge_prop_next, .column = edge_prop_column,
};

/* ---- evidence ---- */

struct evidence_cursor {
	struct aisp_cursor c;
	bool of_edges;
	uint32_t owner, owner_end, at;
	bool then_edges; /* a scan goes on with the edges */
};
enum {
	EV_OWNER_KIND, EV_OWNER, EV_SOURCE, EV_FORM, EV_LOCATOR, EV_LINE, EV_POINTER, EV_NOTE, EV_CONFIDENCE, EV_OWNER_REF,
};
static const struct aisp_col evidence_cols[] = {
	[EV_OWNER_KIND] = {"owner_kind", AISP_COL_TEXT, "node or edge"},
	[EV_OWNER] = {"owner", AISP_COL_ID, "id of the node it is about; NULL for an edge"},
	[EV_SOURCE] = {"source", AISP_COL_TEXT, "key of the source"},
	[EV_FORM] = {"form", AISP_COL_TEXT, "file, api, log, probe or rule (concluded)"},
	[EV_LOCATOR] = {"locator", AISP_COL_TEXT, "path, object or rule"},
	[EV_LINE] = {"line", AISP_COL_INT, "line in the file; NULL if none"},
	[EV_POINTER] = {"pointer", AISP_COL_TEXT, "JSON pointer, symbol or field"},
	[EV_NOTE] = {"note", AISP_COL_TEXT, "one clause in plain words"},
	[EV_CONFIDENCE] = {"confidence", AISP_COL_TEXT, "observed, declared, inferred or unresolved"},
	[EV_OWNER_REF] = {"owner_ref", AISP_COL_INT, "number of the node or edge it is about"},
};
static const struct aisp_index evidence_indexes[] = {
	INDEX(0, DEGREE, 2, EV_OWNER_KIND, EV_OWNER_REF),
	INDEX(1, DEGREE, 1, EV_OWNER),
	SCAN(2, EDGES),
};

static uint32_t evidence_count(const struct evidence_cursor *k)
{
	const struct aisp_snapshot *s = k->c.q->s;
	return k->of_edges ? s->edges[k->owner].ev_n : s->nodes[k->owner].ev_n;
}

static int evidence_settle(struct evidence_cursor *k)
{
	for (;;) {
		while (k->owner < k->owner_end && k->at >= evidence_count(k)) {
			k->owner++;
			k->at = 0;
		}
		k->c.rowid = aisp_rowid(k->owner, k->at, k->of_edges);
		if (k->owner < k->owner_end)
			return 0;
		if (!k->then_edges) {
			k->c.eof = true;
			return 0;
		}
		k->then_edges = false;
		k->of_edges = true;
		k->owner = 1;
		k->owner_end = k->c.q->s->n_edges + 1;
	}
}

static int evidence_filter(struct aisp_cursor *c, unsigned plan, const struct aisp_arg *args)
{
	struct evidence_cursor *k = (struct evidence_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	k->at = 0;
	k->of_edges = false;
	k->then_edges = plan == 2;
	k->owner = 1;
	k->owner_end = s->n_nodes + 1;
	if (plan == 1) {
		k->owner = args[0].node;
		k->owner_end = k->owner + 1;
	} else if (plan == 0) {
		struct aisp_slice what = aisp_value__slice(args[0].v);
		k->of_edges = aisp_slice_eqz(what, "edge");
		sqlite3_int64 i = sqlite3_value_int64(args[1].v);
		bool known = (k->of_edges || aisp_slice_eqz(what, "node")) && i >= 1 &&
		             i <= (k->of_edges ? s->n_edges : s->n_nodes);
		k->owner = known ? (uint32_t)i : 1;
		k->owner_end = known ? (uint32_t)i + 1 : 1;
	}
	return evidence_settle(k);
}

static int evidence_next(struct aisp_cursor *c)
{
	struct evidence_cursor *k = (struct evidence_cursor *)c;
	k->at++;
	return evidence_settle(k);
}

static const char *form_name(unsigned form)
{
	static const char *const names[] = {[AISP_EV_FILE] = "file", [AISP_EV_API] = "api", [AISP_EV_LOG] = "log",
	                                    [AISP_EV_PROBE] = "probe", [AISP_EV_RULE] = "rule"};
	return form < AISP_COUNT(names) && names[form] ? names[form] : "";
}

static int evidence_column(struct aisp_cursor *c, sqlite3_context *ctx, unsigned col)
{
	struct evidence_cursor *k = (struct evidence_cursor *)c;
	const struct aisp_snapshot *s = c->q->s;
	uint32_t base = k->of_edges ? s->edges[k->owner].ev_at : s->nodes[k->owner].ev_at;
	const struct aisp_evidence *e = &s->evidence[base + k->at];
	switch (col) {
	case EV_OWNER_KIND:
		aisp_result__z(ctx, k->of_edges ? "edge" : "node");
		break;
	case EV_OWNER:
		aisp_result__node(ctx, s, k->of_edges ? 0 : k->owner);
		break;
	case EV_SOURCE:
		aisp_result__sym(ctx, s, e->source <= s->n_sources ? s->sources[e->source].key : 0);
		break;
	case EV_FORM:
		aisp_result__z(ctx, form_name(e->form));
		break;
	case EV_LOCATOR:
		aisp_result__sym(ctx, s, e->locator);
		break;
	case EV_LINE:
		if (e->line)
			sqlite3_result_int64(ctx, e->line);
		break;
	case EV_POINTER:
		aisp_result__sym(ctx, s, e->pointer);
		break;
	case EV_NOTE:
		aisp_result__sym(ctx, s, e->note);
		break;
	case EV_CONFIDENCE:
		aisp_result__z(ctx, aisp_confidence_name(e->confidence));
		break;
	default:
		sqlite3_result_int64(ctx, k->owner);
		break;
	}
	return 0;
}

const struct aisp_table aisp_table_evidence = {
	.name = "evidence",
	.description = "Where every fact comes from. Every node and edge has at least one row.",
	.example = "SELECT locator, line, note FROM evidence WHERE owner = 'internet';",
	TABLE(evidence_cols, evidence_indexes, evidence_cursor),
	.filter = evidence_filter, .next = evidence_next, .column = evidence_column,
};
