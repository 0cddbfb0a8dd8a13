/* Which tables a statement reads and writes. Each row is a statement with what PostgreSQL would touch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"
#include "scan/source/source.h"

struct row {
	const char *sql, *reads, *writes;
	int flags; /* 1 vector, 2 dynamic, 4 no SQL */
};
static const struct row rows[] = {
	{"SELECT 1", "", "", 0},
	{"select * from Invoices", "invoices", "", 0},
	{"SELECT * FROM \"Invoices\" i, billing.orders AS o", "Invoices billing.orders", "", 0},
	{"SELECT * FROM a JOIN b ON true LEFT JOIN c.d x USING (id)", "a b c.d", "", 0},
	{"SELECT * FROM (SELECT * FROM inner_t) s, other", "inner_t", "", 0},
	{"SELECT (SELECT max(id) FROM t2) FROM t1 WHERE EXISTS (SELECT 1 FROM t3)", "t2 t1 t3", "", 0},
	{"WITH a AS (SELECT * FROM x), b AS (SELECT * FROM a) SELECT * FROM b JOIN y ON true", "x y", "", 0},
	{"WITH RECURSIVE tree(id) AS (SELECT id FROM nodes UNION ALL SELECT n.id FROM nodes n JOIN tree t ON true) SELECT * FROM tree", "nodes", "", 0},
	{"INSERT INTO log (q) VALUES ('DELETE FROM users')", "", "log", 0},
	{"INSERT INTO a SELECT * FROM b ON CONFLICT (id) DO UPDATE SET x = 1", "b", "a", 0},
	{"UPDATE public.t SET x = 1 FROM u WHERE u.id = t.id", "u", "public.t", 0},
	{"UPDATE ONLY t AS tt SET x = 1", "", "t", 0},
	{"DELETE FROM a USING b WHERE a.id = b.id", "b", "a", 0},
	{"WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone", "", "a b", 0},
	{"COPY s.t FROM STDIN", "", "s.t", 0},
	{"COPY t (a, b) TO STDOUT", "t", "", 0},
	{"COPY (SELECT * FROM t) TO STDOUT", "t", "", 0},
	{"TRUNCATE TABLE t", "", "t", 0},
	{"SELECT extract(year FROM created) FROM t", "t", "", 0},
	{"SELECT substring(name FROM 1 FOR 3), trim(both FROM x) FROM t", "t", "", 0},
	{"SELECT * FROM t WHERE a IS DISTINCT FROM b", "t", "", 0},
	{"SELECT * FROM generate_series(1, 3)", "", "", 0},
	{"SELECT * FROM t -- FROM commented\n WHERE /* JOIN nothing */ true", "t", "", 0},
	{"SELECT * FROM t FOR UPDATE SKIP LOCKED", "t", "", 0},
	{"SELECT body FROM docs ORDER BY embedding <=> $1 LIMIT 5", "docs", "", 1},
	{"SELECT body FROM docs ORDER BY embedding <-> %s::vector", "docs", "", 1},
	{"SELECT * FROM \001 WHERE x", "", "", 2},
	{"SELECT * FROM t_\001", "", "", 2},
	{"DELETE FROM s.\001", "", "", 2},
	{"SELECT * FROM t WHERE id = \001", "t", "", 0},
	{"MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE", "", "a", 0},
	{"(SELECT * FROM a) UNION (SELECT * FROM b)", "a b", "", 0},
	{"BEGIN", "", "", 4},
	{"hello from the other side", "", "", 4},
	{"", "", "", 4},
	{"SELECT '", "", "", 0},
	{"SELECT \"", "", "", 0},
	{"WITH", "", "", 0},
	{"SELECT * FROM", "", "", 0},
	{"INSERT INTO", "", "", 0},
};

static void join(struct aisp_buf *b, const struct aisp_slice *v, uint32_t n)
{
	aisp_buf_init(b, 0);
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			aisp_buf_putc(b, ' ');
		aisp_buf_put(b, v[i]);
	}
	aisp_buf_putz(b, "");
	aisp_buf_fill(b, '\0', 1);
}

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aisp_arena *a = aisp_arena_new(0);
		struct aisp_source_sql q;
		struct aisp_buf reads, writes;

		assert_int_equal(aisp_source_sql(aisp_slice_z(rows[i].sql), a, &q, NULL), 0);
		join(&reads, q.reads, q.n_reads);
		join(&writes, q.writes, q.n_writes);
		if (strcmp(reads.p, rows[i].reads) != 0 || strcmp(writes.p, rows[i].writes) != 0 || q.vector != (rows[i].flags & 1) ||
		    q.dynamic != !!(rows[i].flags & 2) || q.is_sql != !(rows[i].flags & 4))
			fail_msg("%s: reads [%s] writes [%s] vector %d dynamic %d sql %d", rows[i].sql, reads.p, writes.p, q.vector,
			         q.dynamic, q.is_sql);
		aisp_buf_done(&reads);
		aisp_buf_done(&writes);
		aisp_arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
