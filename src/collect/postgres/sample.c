/* Sampling: at most 200 rows a table, only of built-in types. The cells of one table are kept until look.c has looked at them,
 * then wiped; what goes on is its verdicts. No value leaves this file.
 *
 * Views and foreign tables are not looked at: that would run what somebody wrote, or reach elsewhere. Row security and
 * privileges of the scanning role hold as for everybody. Large tables are sampled by blocks, the others read from the
 * start; both the same way each time, so that two scans of the same data agree.
 */
#include "base/clock.h"
#include "collect/postgres/postgres_int.h"
#include <stdio.h>

enum { TABLE_TIMEOUT_MS = 5000, BUDGET_S = 120, LARGE_TABLE = 20000 };
/* A table's columns share the memory: few columns are read further into each value. */
enum { CELL_MIN = 512, CELL_MAX = 8192, CELLS_BYTES = AISP_PGC_SAMPLE_ROWS * AISP_PGC_SAMPLE_COLUMNS * CELL_MIN };

struct sampler {
	struct aisp_pgc_conn *conn;
	struct aisp_pgc_capture *cap;
	struct aisp_pgc_look look;
	uint32_t next_column; /* rows of the columns' answer are in the order of the tables' one */
	uint32_t refused, late, failed;
	size_t used;
	char *bytes; /* CELLS_BYTES: what the cells borrow from */
	struct aisp_pgc_cells cells;
};

static int keep_row(void *ctx, const struct aisp_slice *cells, uint32_t n, struct aisp_err *err)
{
	(void)err;
	struct sampler *s = ctx;
	struct aisp_pgc_cells *k = &s->cells;
	if (k->n_rows == AISP_PGC_SAMPLE_ROWS)
		return AISP_OK;
	for (uint32_t i = 0; i < n && i < k->n_columns; i++) {
		struct aisp_slice v = aisp_slice_to(cells[i], k->cell_max);
		if (v.p && v.n <= CELLS_BYTES - s->used) {
			memcpy(s->bytes + s->used, v.p, v.n);
			v.p = s->bytes + s->used;
			s->used += v.n;
		}
		k->v[i * AISP_PGC_SAMPLE_ROWS + k->n_rows] = v;
	}
	k->n_rows++;
	return AISP_OK;
}

static void forget_rows(struct sampler *s)
{
	explicit_bzero(s->bytes, s->used);
	s->used = 0;
	s->cells.n_rows = 0;
	memset(s->cells.v, 0, sizeof s->cells.v);
}

/* text, varchar, char(n), json, jsonb, inet, cidr, integer, bigint, numeric, double, date, macaddr, text[], varchar[] */
static bool looked_at(struct aisp_slice oid)
{
	static const char *const oids[] = {"25", "1043", "1042", "114",  "3802", "869",  "650", "23",
					   "20", "1700", "701",  "1082", "829",  "1009", "1015"};
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++)
		if (aisp_slice_eqz(oid, oids[i]))
			return true;
	return false;
}

static struct aisp_slice cell(const struct sampler *s, enum aisp_pgc_query q, uint32_t row, const char *column)
{
	const struct aisp_pgc_rowset *rs = &s->cap->rows[q];
	return aisp_pgc_cell(rs, row, aisp_pgc_column(rs, column));
}

static void put_ident(struct aisp_slice name, struct aisp_buf *sql)
{
	aisp_buf_putc(sql, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			aisp_buf_putc(sql, '"');
		aisp_buf_putc(sql, name.p[i]);
	}
	aisp_buf_putc(sql, '"');
}

static struct aisp_slice schema_name(const struct sampler *s, struct aisp_slice oid)
{
	const struct aisp_pgc_rowset *rs = &s->cap->rows[AISP_PGC_Q_schemas];
	for (uint32_t i = 0; i < rs->n_rows; i++)
		if (aisp_slice_eq(aisp_pgc_cell(rs, i, 0), oid))
			return aisp_slice_eqz(cell(s, AISP_PGC_Q_schemas, i, "system"), "f") ? aisp_pgc_cell(rs, i, 1)
											     : (struct aisp_slice){0};
	return (struct aisp_slice){0};
}

static void put_column(struct aisp_slice name, struct aisp_slice oid, size_t max, struct aisp_buf *sql)
{
	bool net = aisp_slice_eqz(oid, "869"); /* as text it has the mask at its end */
	aisp_buf_putz(sql, net ? "left(host(" : "left(");
	put_ident(name, sql);
	aisp_buf_printf(sql, "%s, %zu)", net ? ")" : "::text", max);
}

/* The columns of a table to look at; false when it has none. */
static bool choose_columns(struct sampler *s, uint32_t *ret_at, uint32_t *ret_end)
{
	const struct aisp_pgc_rowset *rs = &s->cap->rows[AISP_PGC_Q_columns];
	struct aisp_pgc_cells *k = &s->cells;
	uint32_t table = aisp_pgc_column(rs, "table");
	uint32_t i = s->next_column; /* both answers have one order, so this looks ahead past views only */
	k->n_columns = 0;
	while (i < rs->n_rows && !aisp_slice_eq(aisp_pgc_cell(rs, i, table), k->oid))
		i++;
	if (i == rs->n_rows)
		return false;
	for (*ret_at = i; i < rs->n_rows && aisp_slice_eq(aisp_pgc_cell(rs, i, table), k->oid); i++) {
		if (k->n_columns >= AISP_PGC_SAMPLE_COLUMNS || !looked_at(cell(s, AISP_PGC_Q_columns, i, "type_oid")))
			continue;
		k->num[k->n_columns] = cell(s, AISP_PGC_Q_columns, i, "num");
		k->name[k->n_columns] = cell(s, AISP_PGC_Q_columns, i, "name");
		k->type[k->n_columns++] = cell(s, AISP_PGC_Q_columns, i, "type");
	}
	*ret_end = s->next_column = i;
	return k->n_columns > 0;
}

/* SELECT left("email"::text, 2048), … */
static bool put_select(struct sampler *s, struct aisp_buf *sql)
{
	struct aisp_pgc_cells *k = &s->cells;
	uint32_t at, end;
	if (!choose_columns(s, &at, &end))
		return false;
	k->cell_max = CELLS_BYTES / AISP_PGC_SAMPLE_ROWS / k->n_columns;
	k->cell_max = k->cell_max > CELL_MAX ? CELL_MAX : k->cell_max;
	for (uint32_t i = at, n = 0; i < end && n < k->n_columns; i++) {
		if (!aisp_slice_eq(cell(s, AISP_PGC_Q_columns, i, "num"), k->num[n]))
			continue;
		aisp_buf_putz(sql, n++ ? ", " : "SELECT ");
		put_column(cell(s, AISP_PGC_Q_columns, i, "name"), cell(s, AISP_PGC_Q_columns, i, "type_oid"), k->cell_max, sql);
	}
	return true;
}

static int ask(struct sampler *s, const struct aisp_buf *select, double percent, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};
	aisp_buf_init(&sql, 1u << 20);
	/* going back also lets go of the lock on the table before: thousands would fill the server's lock table */
	aisp_buf_putz(&sql, "ROLLBACK TO SAVEPOINT aisp; ");
	aisp_buf_put(&sql, aisp_buf_slice(select));
	if (percent > 0)
		aisp_buf_printf(&sql, " TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", percent);
	aisp_buf_printf(&sql, " LIMIT %d", AISP_PGC_SAMPLE_ROWS);
	int r = aisp_buf_check(&sql, err);
	if (r < 0)
		return r;
	struct aisp_pgc_sink sink = {NULL, keep_row, s};
	forget_rows(s);
	return aisp_pgc_exec(s->conn, sql.p, TABLE_TIMEOUT_MS + 1000, &sink, err);
}

/* By blocks where the table is large, and from its start where that gives too little. */
static int read_rows(struct sampler *s, uint32_t row, const struct aisp_buf *select, struct aisp_err *why)
{
	int64_t tuples = 0;
	int r = AISP_OK;
	(void)aisp_slice_i64(cell(s, AISP_PGC_Q_tables, row, "tuples"), &tuples);
	if (tuples > LARGE_TABLE)
		r = ask(s, select, 100.0 * AISP_PGC_SAMPLE_ROWS * 10 / (double)tuples, why);
	if (r == AISP_OK && (tuples <= LARGE_TABLE || s->cells.n_rows < AISP_PGC_SAMPLE_ROWS / 10))
		r = ask(s, select, 0, why);
	return r;
}

static int sample_table(struct sampler *s, uint32_t row, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf select = {0};
	aisp_buf_init(&select, 1u << 20);
	struct aisp_slice kind = cell(s, AISP_PGC_Q_tables, row, "kind");
	struct aisp_slice schema = schema_name(s, cell(s, AISP_PGC_Q_tables, row, "schema"));
	s->cells.oid = cell(s, AISP_PGC_Q_tables, row, "oid");
	s->cells.table = cell(s, AISP_PGC_Q_tables, row, "name");
	if (!schema.p || kind.n != 1 || !memchr("rmp", kind.p[0], 3) || !put_select(s, &select))
		return AISP_OK;
	aisp_buf_putz(&select, " FROM ");
	put_ident(schema, &select);
	aisp_buf_putc(&select, '.');
	put_ident(s->cells.table, &select);
	struct aisp_err why = {0};
	int r = read_rows(s, row, &select, &why), looked = AISP_OK;
	if (r == AISP_OK)
		looked = aisp_pgc_look_table(&s->look, &s->cells, err);
	forget_rows(s);
	s->refused += r == AISP_E_ACCESS;
	s->late += r == AISP_E_TIMEOUT;
	s->failed += r < 0 && r != AISP_E_ACCESS && r != AISP_E_TIMEOUT;
	return r == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a sample") : looked;
}

static int count_gap(struct aisp_pgc_capture *cap, uint32_t n, enum aisp_code why, const char *detail,
		     struct aisp_err *err)
{
	char text[160];
	if (n == 0)
		return AISP_OK;
	int len = snprintf(text, sizeof text, "%u table%s: %s", n, n == 1 ? "" : "s", detail);
	return aisp_pgc_add_gap(cap, AISP_S("sampled values"), why, aisp_slice_of(text, (size_t)len), err);
}

static int add_gaps(struct sampler *s, uint32_t n_left, struct aisp_err *err)
{
	int r = count_gap(s->cap, s->refused, AISP_E_ACCESS,
			  "the scanning role may not read them; grant SELECT or pg_read_all_data", err);
	if (r == AISP_OK)
		r = count_gap(s->cap, s->late, AISP_E_TIMEOUT, "reading 200 rows took longer than 5 s, or a lock was held",
			      err);
	if (r == AISP_OK)
		r = count_gap(s->cap, s->failed, AISP_E_REMOTE, "reading 200 rows failed", err);
	if (r == AISP_OK)
		r = count_gap(s->cap, s->look.cut_short, AISP_E_LIMIT, "the look for secrets in their columns was cut short",
			      err);
	if (r == AISP_OK)
		r = count_gap(s->cap, n_left, AISP_E_TIMEOUT,
			      "not looked at, the time for sampling was over or the connection lost", err);
	return r;
}

static int sample_tables(struct sampler *s, uint64_t deadline_ns, struct aisp_progress *progress, struct aisp_err *err)
{
	uint64_t now = aisp_clock_mono_ns(), until = now + (uint64_t)BUDGET_S * 1000000000u;
	uint32_t n = s->cap->rows[AISP_PGC_Q_tables].n_rows, i = 0;
	int r = AISP_OK;
	if (deadline_ns > now && until > now + (deadline_ns - now) / 2)
		until = now + (deadline_ns - now) / 2;
	if (aisp_pgc_alive(s->conn))
		(void)aisp_pgc_exec(
			s->conn, "SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '500ms'; SAVEPOINT aisp",
			TABLE_TIMEOUT_MS, NULL, NULL);
	for (; r == AISP_OK && i < n && aisp_pgc_alive(s->conn) && aisp_clock_mono_ns() < until; i++) {
		aisp_progress_step(progress, i, n);
		r = sample_table(s, i, err);
	}
	return r == AISP_OK ? add_gaps(s, n - i, err) : r;
}

int aisp_pgc_sample(struct aisp_pgc_conn *conn, const struct aisp_content *content, uint64_t deadline_ns,
		    struct aisp_progress *progress, struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	struct sampler *s AISP_AUTOFREE = aisp_mem_zalloc(1, sizeof *s);
	char *bytes AISP_AUTOFREE = aisp_mem_alloc(CELLS_BYTES);
	if (!s || !bytes)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a sample");
	s->conn = conn;
	s->cap = cap;
	s->bytes = bytes;
	int r = aisp_pgc_look_init(&s->look, content, cap, err);
	if (r == AISP_OK)
		r = sample_tables(s, deadline_ns, progress, err);
	aisp_pgc_look_done(&s->look);
	return r;
}
