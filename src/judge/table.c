/* SQLite modules from the rows of table_int.h: declaration, choice of an index, decoding of arguments, cursors. */
#include "base/mem.h"
#include "judge/table_int.h"
#include <stdio.h>

struct vtab {
	sqlite3_vtab base;
	struct aisp_sql *q;
	const struct aisp_table *table;
};

static bool is_hidden(const struct aisp_col *c)
{
	return c->type >= AISP_COL_ARG_NODE;
}

static const char *sql_type(enum aisp_col_type t)
{
	switch (t) {
	case AISP_COL_INT:
	case AISP_COL_REF:
		return "INTEGER";
	case AISP_COL_TEXT:
	case AISP_COL_ID:
		return "TEXT";
	default:
		return "";
	}
}

static int vtab_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret, char **zerr)
{
	(void)argc, (void)argv, (void)zerr;
	const struct aisp_bound_table *bound = aux;
	const struct aisp_table *t = bound->table;
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 8192);
	aisp_buf_putz(&b, "CREATE TABLE x(");
	for (unsigned i = 0; i < t->n_cols; i++)
		aisp_buf_printf(&b, "%s\"%s\" %s%s", i ? ", " : "", t->cols[i].name, sql_type(t->cols[i].type),
		                is_hidden(&t->cols[i]) ? " HIDDEN" : "");
	aisp_buf_putc(&b, ')');
	if (aisp_buf_check(&b, NULL) < 0)
		return SQLITE_NOMEM;
	bound->q->declaring = true;
	int rc = sqlite3_declare_vtab(db, b.p);
	bound->q->declaring = false;
	if (rc != SQLITE_OK)
		return rc;
	struct vtab *v = aisp_mem_zalloc(1, sizeof *v);
	if (!v)
		return SQLITE_NOMEM;
	v->q = bound->q;
	v->table = t;
	*ret = &v->base;
	return SQLITE_OK;
}

static int vtab_disconnect(sqlite3_vtab *base)
{
	aisp_mem_free(base);
	return SQLITE_OK;
}

/* The usable equality on a column, or -1. A comparison under another collation than BINARY is not an equality here. */
static int find_equality(sqlite3_index_info *in, int col)
{
	for (int i = 0; i < in->nConstraint; i++) {
		const struct sqlite3_index_constraint *c = &in->aConstraint[i];
		if (c->iColumn == col && c->usable && c->op == SQLITE_INDEX_CONSTRAINT_EQ &&
		    sqlite3_stricmp(sqlite3_vtab_collation(in, i), "BINARY") == 0)
			return i;
	}
	return -1;
}

static double expect_kind(const struct aisp_sql *q, sqlite3_index_info *in, int constraint, bool of_edges)
{
	sqlite3_value *v = NULL;
	double all = of_edges ? q->s->n_edges : q->s->n_nodes;
	if (sqlite3_vtab_rhs_value(in, constraint, &v) != SQLITE_OK || !v)
		return all / 20 + 1;
	struct aisp_slice name = aisp_value__slice(v);
	if (of_edges) {
		enum aisp_edge_kind e = aisp_edge_kind_find(name);
		return q->kind_edges ? q->kind_edge_at[e + 1] - q->kind_edge_at[e] + 1 : all / 20 + 1;
	}
	enum aisp_node_kind k = aisp_node_kind_find(name);
	return k ? q->s->kind_at[k + 1] - q->s->kind_at[k] + 1 : 1;
}

/* Rows expected and what is paid before the first one. */
static void expect(const struct aisp_sql *q, sqlite3_index_info *in, const struct aisp_index *ix, const int *at,
                   double *ret_rows, double *ret_setup)
{
	static const struct aisp_snapshot none = {.n_nodes = 1000, .n_edges = 4000};
	const struct aisp_snapshot *s = q->s ? q->s : &none;
	double rows = 1, setup = 1;
	switch ((enum aisp_rows)ix->rows) {
	case AISP_ROWS_ONE:
		break;
	case AISP_ROWS_DEGREE:
		rows = s->n_edges / (s->n_nodes + 1.0) + 2;
		break;
	case AISP_ROWS_NODE_KIND:
	case AISP_ROWS_EDGE_KIND:
		rows = q->s ? expect_kind(q, in, at[0], ix->rows == AISP_ROWS_EDGE_KIND) : 50;
		break;
	case AISP_ROWS_FEW:
		rows = 50;
		break;
	case AISP_ROWS_SOME:
		rows = s->n_nodes / 10.0 + 1;
		break;
	case AISP_ROWS_NODES:
		rows = s->n_nodes + 1.0;
		break;
	case AISP_ROWS_EDGES:
		rows = s->n_edges + 1.0;
		break;
	case AISP_ROWS_CLOSURE:
		rows = s->n_nodes / 10.0 + 1;
		setup = s->n_edges + 1000.0;
		break;
	}
	*ret_rows = rows;
	*ret_setup = setup;
}

/* Can the index be used? Every argument of a table-valued function that was given must be among its columns. */
static bool match(const struct aisp_table *t, sqlite3_index_info *in, const struct aisp_index *ix, int *ret_at)
{
	unsigned args = 0, args_used = 0;
	for (int i = 0; i < in->nConstraint; i++)
		args += in->aConstraint[i].iColumn >= 0 && in->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ &&
		        is_hidden(&t->cols[in->aConstraint[i].iColumn]);
	for (unsigned i = 0; i < ix->n; i++) {
		ret_at[i] = find_equality(in, ix->col[i]);
		if (ret_at[i] < 0)
			return false;
		args_used += is_hidden(&t->cols[ix->col[i]]);
	}
	return args == args_used;
}

static bool has_arguments(const struct aisp_table *t)
{
	return is_hidden(&t->cols[t->n_cols - 1]);
}

static int vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *in)
{
	struct vtab *v = (struct vtab *)base;
	const struct aisp_table *t = v->table;
	int best = -1, best_at[AISP_INDEX_COLS] = {0};
	double best_cost = 0;
	for (unsigned i = 0; i < t->n_indexes; i++) {
		int at[AISP_INDEX_COLS];
		double rows, setup;
		if (!match(t, in, &t->indexes[i], at))
			continue;
		expect(v->q, in, &t->indexes[i], at, &rows, &setup);
		if (best >= 0 && rows + setup >= best_cost)
			continue;
		best = (int)i;
		best_cost = rows + setup;
		memcpy(best_at, at, sizeof at);
		in->estimatedRows = (sqlite3_int64)rows;
		in->estimatedCost = rows * 2 + setup;
	}
	if (best < 0) {
		/* Either an argument hangs on a table that stands further right, or it was forgotten. */
		for (int i = 0; i < in->nConstraint; i++)
			if (in->aConstraint[i].iColumn >= 0 && is_hidden(&t->cols[in->aConstraint[i].iColumn]))
				return SQLITE_CONSTRAINT;
		sqlite3_free(base->zErrMsg);
		base->zErrMsg = sqlite3_mprintf("%s", t->example);
		return has_arguments(t) ? SQLITE_ERROR : SQLITE_CONSTRAINT;
	}
	for (unsigned i = 0; i < t->indexes[best].n; i++) {
		in->aConstraintUsage[best_at[i]].argvIndex = (int)i + 1;
		in->aConstraintUsage[best_at[i]].omit = is_hidden(&t->cols[t->indexes[best].col[i]]);
	}
	in->idxNum = best;
	return SQLITE_OK;
}

static int vtab_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
	struct vtab *v = (struct vtab *)base;
	struct aisp_cursor *c = aisp_mem_zalloc(1, v->table->cursor_size);
	if (!c)
		return SQLITE_NOMEM;
	c->q = v->q;
	c->table = v->table;
	c->eof = true;
	*ret = &c->base;
	return SQLITE_OK;
}

static void drop_args(struct aisp_cursor *c)
{
	for (size_t i = 0; i < AISP_COUNT(c->args); i++) {
		sqlite3_value_free(c->args[i]);
		c->args[i] = NULL;
	}
}

static int vtab_close(sqlite3_vtab_cursor *base)
{
	struct aisp_cursor *c = (struct aisp_cursor *)base;
	if (c->table->close)
		c->table->close(c);
	drop_args(c);
	aisp_mem_free(c);
	return SQLITE_OK;
}

/* A failure of ours as one of SQLite's; the code is kept in pending and comes back from aisp_sql_step. */
static int give_error(struct aisp_cursor *c, int r)
{
	struct aisp_err *p = &c->q->pending;
	if (p->code == AISP_OK)
		aisp_fail(p, (enum aisp_code)r, "table %s failed: %s", c->table->name, aisp_code_name((enum aisp_code)r));
	if (r == AISP_E_NOMEM)
		return SQLITE_NOMEM;
	sqlite3_vtab *v = c->base.pVtab;
	sqlite3_free(v->zErrMsg);
	v->zErrMsg = sqlite3_mprintf("%s", p->msg);
	return SQLITE_ERROR;
}

/* The node of an equality on a …_ref or id column; 0 when nothing can be equal. */
static aisp_node equal_node(const struct aisp_snapshot *s, enum aisp_col_type type, sqlite3_value *v)
{
	if (type == AISP_COL_ID)
		return aisp_snapshot_find(s, aisp_value__slice(v));
	int t = sqlite3_value_numeric_type(v);
	if (t == SQLITE_INTEGER) {
		sqlite3_int64 i = sqlite3_value_int64(v);
		return i >= 1 && i <= s->n_nodes ? (aisp_node)i : 0;
	}
	double d = t == SQLITE_FLOAT ? sqlite3_value_double(v) : 0;
	return d >= 1 && d <= s->n_nodes ? (aisp_node)d : 0;
}

/* Decodes the values of the equalities. 1 = go on, 0 = no row can match. */
static int decode_args(struct aisp_cursor *c, const struct aisp_index *ix, sqlite3_value **argv, struct aisp_arg *args)
{
	int hidden_from = 0;
	while (hidden_from < c->table->n_cols && !is_hidden(&c->table->cols[hidden_from]))
		hidden_from++;
	for (unsigned i = 0; i < ix->n; i++) {
		enum aisp_col_type type = c->table->cols[ix->col[i]].type;
		args[i] = (struct aisp_arg){.v = argv[i]};
		if (sqlite3_value_type(argv[i]) == SQLITE_NULL)
			return 0;
		if (type >= AISP_COL_ARG_NODE) {
			sqlite3_value *copy = sqlite3_value_dup(argv[i]);
			if (!copy)
				return AISP_E_NOMEM;
			c->args[ix->col[i] - hidden_from] = copy;
		}
		if (type == AISP_COL_ARG_NODE) {
			int r = aisp_value__node(c->q, argv[i], &args[i].node, &c->q->pending);
			if (r < 0)
				return r;
		} else if (type == AISP_COL_ID || type == AISP_COL_REF) {
			args[i].node = equal_node(c->q->s, type, argv[i]);
		} else {
			continue;
		}
		if (!args[i].node)
			return 0;
	}
	return 1;
}

static int vtab_filter(sqlite3_vtab_cursor *base, int index, const char *zindex, int argc, sqlite3_value **argv)
{
	(void)zindex, (void)argc;
	struct aisp_cursor *c = (struct aisp_cursor *)base;
	const struct aisp_index *ix = &c->table->indexes[index];
	struct aisp_arg args[AISP_INDEX_COLS] = {{NULL, 0}};
	c->eof = true;
	drop_args(c);
	if (!c->q->s)
		return give_error(c, aisp_fail(&c->q->pending, AISP_E_INTERNAL, "no snapshot to read from"));
	int r = aisp_sql__check_time(c->q);
	if (r == 0)
		r = decode_args(c, ix, argv, args);
	if (r == 1) {
		c->eof = false;
		r = c->table->filter(c, ix->plan, args);
	}
	return r < 0 ? (c->eof = true, give_error(c, r)) : SQLITE_OK;
}

static int vtab_next(sqlite3_vtab_cursor *base)
{
	struct aisp_cursor *c = (struct aisp_cursor *)base;
	int r = c->table->next(c);
	return r < 0 ? (c->eof = true, give_error(c, r)) : SQLITE_OK;
}

static int vtab_eof(sqlite3_vtab_cursor *base)
{
	return ((struct aisp_cursor *)base)->eof;
}

static int vtab_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int col)
{
	struct aisp_cursor *c = (struct aisp_cursor *)base;
	const struct aisp_table *t = c->table;
	if (col < 0 || col >= t->n_cols)
		return SQLITE_OK;
	if (is_hidden(&t->cols[col])) {
		int at = col;
		while (at > 0 && is_hidden(&t->cols[at - 1]))
			at--;
		if (c->args[col - at])
			sqlite3_result_value(ctx, c->args[col - at]);
		return SQLITE_OK;
	}
	int r = t->column(c, ctx, (unsigned)col);
	return r < 0 ? give_error(c, r) : SQLITE_OK;
}

static int vtab_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	*ret = ((struct aisp_cursor *)base)->rowid;
	return SQLITE_OK;
}

/* Eponymous only: xCreate is NULL, so that no CREATE VIRTUAL TABLE is possible either. */
static const sqlite3_module module = {
	.iVersion = 1,
	.xConnect = vtab_connect,
	.xBestIndex = vtab_best_index,
	.xDisconnect = vtab_disconnect,
	.xDestroy = vtab_disconnect,
	.xOpen = vtab_open,
	.xClose = vtab_close,
	.xFilter = vtab_filter,
	.xNext = vtab_next,
	.xEof = vtab_eof,
	.xColumn = vtab_column,
	.xRowid = vtab_rowid,
};

const struct aisp_table *const aisp_tables[] = {
	&aisp_table_node,     &aisp_table_prop,   &aisp_table_item,       &aisp_table_edge,  &aisp_table_edge_prop,
	&aisp_table_grant,    &aisp_table_evidence, &aisp_table_exposure, &aisp_table_reach, &aisp_table_reached_by,
	&aisp_table_path,     &aisp_table_observation, &aisp_table_alias, &aisp_table_source, &aisp_table_gap,
	&aisp_table_mode,     &aisp_table_kind,   &aisp_table_help,       NULL,
};
_Static_assert(AISP_COUNT(aisp_tables) <= AISP_TABLES_MAX, "raise AISP_TABLES_MAX");

int aisp_table__register(struct aisp_sql *q, struct aisp_err *err)
{
	for (size_t i = 0; aisp_tables[i]; i++) {
		q->bound[i].q = q;
		q->bound[i].table = aisp_tables[i];
		int rc = sqlite3_create_module(q->db, aisp_tables[i]->name, &module, &q->bound[i]);
		if (rc == SQLITE_NOMEM)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while making the tables");
		if (rc != SQLITE_OK)
			return aisp_fail(err, AISP_E_INTERNAL, "table %s: %s", aisp_tables[i]->name, sqlite3_errmsg(q->db));
	}
	return 0;
}

static const char *doc_type(const struct aisp_col *c)
{
	switch (c->type) {
	case AISP_COL_ID:
		return "node id";
	case AISP_COL_REF:
		return "node number";
	case AISP_COL_ARG_NODE:
		return "argument: node";
	case AISP_COL_ARG_TEXT:
		return "argument: text";
	case AISP_COL_ARG_INT:
		return "argument: integer";
	case AISP_COL_INT:
		return "integer";
	case AISP_COL_ANY:
		return "any";
	default:
		return "text";
	}
}

static void put_lookups(struct aisp_buf *out, const struct aisp_table *t)
{
	bool any = false;
	for (unsigned i = 0; i < t->n_indexes; i++) {
		const struct aisp_index *ix = &t->indexes[i];
		if (!ix->n)
			continue;
		aisp_buf_putz(out, any ? "; " : "Looked up, not scanned, by equality on: ");
		for (unsigned k = 0; k < ix->n; k++)
			aisp_buf_printf(out, "%s`%s`", k ? " and " : "", t->cols[ix->col[k]].name);
		any = true;
	}
	if (any)
		aisp_buf_putz(out, ".\n\n");
}

void aisp_sql_reference(struct aisp_buf *out)
{
	for (size_t i = 0; aisp_tables[i]; i++) {
		const struct aisp_table *t = aisp_tables[i];
		aisp_buf_printf(out, "## %s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n", t->name, t->description);
		for (unsigned k = 0; k < t->n_cols; k++)
			aisp_buf_printf(out, "| `%s` | %s | %s |\n", t->cols[k].name, doc_type(&t->cols[k]),
			                t->cols[k].description);
		aisp_buf_putc(out, '\n');
		put_lookups(out, t);
		aisp_buf_printf(out, "```sql\n%s\n```\n\n", t->example);
	}
}
