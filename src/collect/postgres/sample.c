/* Looking at values: at most 200 rows a table, only of built-in types, and only counts by class are kept. No value
 * leaves this file.
 *
 * Views and foreign tables are not looked at: that would run what somebody wrote, or reach elsewhere. Row security and
 * privileges of the scanning role hold as for everybody. Large tables are sampled by blocks, the others read from the
 * start; both the same way each time, so that two scans of the same data agree.
 */
#include "base/clock.h"
#include "collect/postgres/postgres_int.h"
#include <stdio.h>

enum { SAMPLE_ROWS = 200, MAX_SAMPLED_COLUMNS = 100, TABLE_TIMEOUT_MS = 5000, BUDGET_S = 120, LARGE_TABLE = 20000 };

struct counts {
	uint32_t n; /* columns looked at */
	uint32_t rows;
	struct aisp_slice num[MAX_SAMPLED_COLUMNS];
	uint32_t values[MAX_SAMPLED_COLUMNS];
	uint32_t hits[MAX_SAMPLED_COLUMNS][AISP_PGC_DC_END];
};

static int count_row(void *ctx, const struct aisp_slice *cells, uint32_t n, struct aisp_err *err)
{
	(void)err;
	struct counts *k = ctx;
	k->rows++;
	for (uint32_t i = 0; i < n && i < k->n; i++) {
		if (!cells[i].p)
			continue;
		k->values[i]++;
		unsigned classes = aisp_pgc_classify_value(cells[i]);
		for (int c = 0; c < AISP_PGC_DC_END; c++)
			k->hits[i][c] += classes >> c & 1;
	}
	return AISP_OK;
}

/* text, varchar, char(n), json, jsonb, inet, cidr, bigint, numeric, text[], varchar[] */
static bool looked_at(struct aisp_slice oid)
{
	static const char *const oids[] = {"25",  "1043", "1042", "114",  "3802", "869",
					   "650", "20",   "1700", "1009", "1015"};
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++)
		if (aisp_slice_eqz(oid, oids[i]))
			return true;
	return false;
}

struct sampler {
	struct aisp_pgc_conn *conn;
	struct aisp_pgc_capture *cap;
	uint32_t next_column; /* rows of the columns' answer are in the order of the tables' one */
	uint32_t refused, late, failed;
	struct counts k;
};

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

/* SELECT left("email"::text, 512), … FROM "s"."t" LIMIT 200; false when the table has no column to look at. */
static bool put_select(struct sampler *s, struct aisp_slice table_oid, struct aisp_buf *sql)
{
	const struct aisp_pgc_rowset *rs = &s->cap->rows[AISP_PGC_Q_columns];
	uint32_t table = aisp_pgc_column(rs, "table");
	uint32_t i = s->next_column; /* both answers have one order, so this looks ahead past views only */
	while (i < rs->n_rows && !aisp_slice_eq(aisp_pgc_cell(rs, i, table), table_oid))
		i++;
	if (i == rs->n_rows)
		return false;
	memset(&s->k, 0, sizeof s->k);
	for (; i < rs->n_rows && aisp_slice_eq(aisp_pgc_cell(rs, i, table), table_oid); i++) {
		if (s->k.n >= MAX_SAMPLED_COLUMNS || !looked_at(cell(s, AISP_PGC_Q_columns, i, "type_oid")))
			continue;
		aisp_buf_putz(sql, s->k.n ? ", left(" : "SELECT left(");
		put_ident(cell(s, AISP_PGC_Q_columns, i, "name"), sql);
		aisp_buf_putz(sql, "::text, 512)");
		s->k.num[s->k.n++] = cell(s, AISP_PGC_Q_columns, i, "num");
	}
	s->next_column = i;
	return s->k.n > 0;
}

static int push_count(struct sampler *s, struct aisp_slice table, struct aisp_slice num, uint32_t values,
		      const char *class, uint32_t hits, struct aisp_err *err)
{
	struct aisp_pgc_rowset *rs = &s->cap->rows[AISP_PGC_Q_sample];
	struct aisp_slice cells[] = {table,
				     num,
				     aisp_arena_printf(s->cap->arena, "%u", s->k.rows),
				     aisp_arena_printf(s->cap->arena, "%u", values),
				     aisp_slice_z(class),
				     aisp_arena_printf(s->cap->arena, "%u", hits)};
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		if (!cells[i].p || aisp_vec_push(&rs->cells, cells[i]) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	rs->n_rows++;
	return AISP_OK;
}

static int keep_counts(struct sampler *s, struct aisp_slice table, struct aisp_err *err)
{
	int r = push_count(s, table, AISP_S("0"), 0, "", 0, err);
	for (uint32_t i = 0; i < s->k.n; i++)
		for (int c = 0; r == AISP_OK && c < AISP_PGC_DC_END; c++)
			if (s->k.hits[i][c])
				r = push_count(s, table, s->k.num[i], s->k.values[i], aisp_pgc_data_classes[c].name,
					       s->k.hits[i][c], err);
	return r;
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
	aisp_buf_printf(&sql, " LIMIT %d", SAMPLE_ROWS);
	int r = aisp_buf_check(&sql, err);
	if (r < 0)
		return r;
	struct aisp_pgc_sink sink = {NULL, count_row, &s->k};
	memset(s->k.values, 0, sizeof s->k.values);
	memset(s->k.hits, 0, sizeof s->k.hits);
	s->k.rows = 0;
	return aisp_pgc_exec(s->conn, sql.p, TABLE_TIMEOUT_MS + 1000, &sink, err);
}

static int sample_table(struct sampler *s, uint32_t row, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf select = {0};
	aisp_buf_init(&select, 1u << 20);
	struct aisp_slice kind = cell(s, AISP_PGC_Q_tables, row, "kind"), oid = cell(s, AISP_PGC_Q_tables, row, "oid");
	struct aisp_slice schema = schema_name(s, cell(s, AISP_PGC_Q_tables, row, "schema"));
	int64_t tuples = 0;
	if (!schema.p || kind.n != 1 || !memchr("rmp", kind.p[0], 3) || !put_select(s, oid, &select))
		return AISP_OK;
	aisp_buf_putz(&select, " FROM ");
	put_ident(schema, &select);
	aisp_buf_putc(&select, '.');
	put_ident(cell(s, AISP_PGC_Q_tables, row, "name"), &select);
	(void)aisp_slice_i64(cell(s, AISP_PGC_Q_tables, row, "tuples"), &tuples);
	struct aisp_err why = {0};
	int r = AISP_OK;
	if (tuples > LARGE_TABLE) {
		double percent = 100.0 * SAMPLE_ROWS * 10 / (double)tuples;
		r = ask(s, &select, percent, &why);
	}
	if (r == AISP_OK && (tuples <= LARGE_TABLE || s->k.rows < SAMPLE_ROWS / 10))
		r = ask(s, &select, 0, &why);
	if (r == AISP_OK)
		return keep_counts(s, oid, err);
	s->refused += r == AISP_E_ACCESS;
	s->late += r == AISP_E_TIMEOUT;
	s->failed += r != AISP_E_ACCESS && r != AISP_E_TIMEOUT;
	return r == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a sample") : AISP_OK;
}

static int prepare(struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	static const char *const names[] = {"table", "num", "rows", "values", "class", "hits"};
	enum { N = sizeof names / sizeof *names };
	struct aisp_slice *columns = aisp_arena_zalloc(cap->arena, N, sizeof *columns);
	if (!columns)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	for (size_t i = 0; i < N; i++)
		columns[i] = aisp_slice_z(names[i]);
	cap->rows[AISP_PGC_Q_sample] = (struct aisp_pgc_rowset){.present = true, .n_columns = N, .columns = columns};
	return AISP_OK;
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

int aisp_pgc_sample(struct aisp_pgc_conn *conn, uint64_t deadline_ns, struct aisp_progress *progress,
		    struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	struct sampler *s AISP_AUTOFREE = aisp_mem_zalloc(1, sizeof *s);
	if (!s)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a sample");
	s->conn = conn;
	s->cap = cap;
	uint64_t now = aisp_clock_mono_ns(), until = now + (uint64_t)BUDGET_S * 1000000000u;
	if (deadline_ns > now && until > now + (deadline_ns - now) / 2)
		until = now + (deadline_ns - now) / 2;
	uint32_t n = cap->rows[AISP_PGC_Q_tables].n_rows, i = 0;
	int r = prepare(cap, err);
	if (r == AISP_OK && aisp_pgc_alive(conn))
		(void)aisp_pgc_exec(
			conn, "SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '500ms'; SAVEPOINT aisp",
			TABLE_TIMEOUT_MS, NULL, NULL);
	for (; r == AISP_OK && i < n && aisp_pgc_alive(conn) && aisp_clock_mono_ns() < until; i++) {
		aisp_progress_step(progress, i, n);
		r = sample_table(s, i, err);
	}
	if (r == AISP_OK)
		r = count_gap(cap, s->refused, AISP_E_ACCESS,
			      "the scanning role may not read them; grant SELECT or pg_read_all_data", err);
	if (r == AISP_OK)
		r = count_gap(cap, s->late, AISP_E_TIMEOUT, "reading 200 rows took longer than 5 s, or a lock was held",
			      err);
	if (r == AISP_OK)
		r = count_gap(cap, s->failed, AISP_E_REMOTE, "reading 200 rows failed", err);
	if (r == AISP_OK)
		r = count_gap(cap, n - i, AISP_E_TIMEOUT,
			      "not looked at, the time for sampling was over or the connection lost", err);
	return r;
}
