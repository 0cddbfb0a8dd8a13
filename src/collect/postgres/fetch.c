/* Fetching: one read-only transaction in which everything is asked, so that the answers belong together.
 *
 * What a scan must have or be wrong fails it; what it can do without becomes a gap. A savepoint keeps one
 * refusal from ending the transaction. The transaction is rolled back: nothing is changed.
 */
#include "base/clock.h"
#include "collect/postgres/postgres_int.h"

enum {
	QUERY_TIMEOUT_MS = 120000,
	SHORT_TIMEOUT_MS = 20000,
	MAX_CELLS = 64 * 1024 * 1024,
	OLDEST = 140000,
	NEWEST = 190000
};

static const char begin_sql[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; SET "
				"LOCAL statement_timeout = '110s';"
				" SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = "
				"'300s'; SET LOCAL row_security = on;"
				" SET LOCAL synchronize_seqscans = off; SET LOCAL DateStyle = 'ISO'; SET LOCAL "
				"bytea_output = 'hex'; SAVEPOINT aisp";

struct filler {
	struct aisp_pgc_capture *cap;
	struct aisp_pgc_rowset *rs;
	const struct aisp_pgc_query_row *query;
};

static int fill_columns(void *ctx, const struct aisp_slice *names, uint32_t n, struct aisp_err *err)
{
	struct filler *f = ctx;
	struct aisp_slice rest = aisp_slice_z(f->query->columns), name;
	uint32_t expected = 0;
	bool same = true;
	while (aisp_slice_split(&rest, ' ', &name)) {
		same = same && expected < n && aisp_slice_eq(names[expected], name);
		expected++;
	}
	if (!same || expected != n)
		return aisp_fail(err, AISP_E_REMOTE, "the server answered with other columns than were asked for");
	struct aisp_slice *copy = aisp_arena_zalloc(f->cap->arena, n + 1u, sizeof *copy);
	for (uint32_t i = 0; copy && i < n; i++) {
		copy[i] = aisp_pgc_text(f->cap->arena, names[i]);
		if (!copy[i].p)
			copy = NULL;
	}
	if (!copy)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	f->rs->columns = copy;
	f->rs->n_columns = n;
	f->rs->present = true;
	return AISP_OK;
}

static int fill_row(void *ctx, const struct aisp_slice *cells, uint32_t n, struct aisp_err *err)
{
	struct filler *f = ctx;
	if (n != f->rs->n_columns)
		return aisp_fail(err, AISP_E_REMOTE, "the server changed the columns within an answer");
	if (f->rs->cells.n + n > MAX_CELLS)
		return aisp_fail(err, AISP_E_LIMIT, "the answer has more than %d values", MAX_CELLS);
	for (uint32_t i = 0; i < n; i++) {
		struct aisp_slice s = {0};
		if (cells[i].p) {
			s = aisp_pgc_text(f->cap->arena, cells[i]);
			if (!s.p)
				return aisp_fail(err, aisp_arena_full(f->cap->arena) ? AISP_E_LIMIT : AISP_E_NOMEM,
						 "the answers take too much memory");
		}
		if (aisp_vec_push(&f->rs->cells, s) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	f->rs->n_rows++;
	return AISP_OK;
}

static void forget(struct aisp_pgc_rowset *rs)
{
	aisp_vec_done(&rs->cells);
	*rs = (struct aisp_pgc_rowset){0};
}

static int one_query(struct aisp_pgc_conn *conn, struct aisp_pgc_capture *cap, int q, struct aisp_err *err)
{
	const struct aisp_pgc_query_row *row = &aisp_pgc_queries[q];
	struct filler f = {cap, &cap->rows[q], row};
	struct aisp_pgc_sink sink = {fill_columns, fill_row, &f};
	const char *sql = cap->version_num >= 160000 && row->sql_16 ? row->sql_16 : row->sql;
	int r = aisp_pgc_exec(conn, sql, QUERY_TIMEOUT_MS, &sink, err);
	if (r == AISP_OK && !cap->rows[q].present)
		r = aisp_fail(err, AISP_E_REMOTE, "the server did not answer with rows");
	if (r == AISP_OK)
		return r;
	forget(&cap->rows[q]);
	if (aisp_pgc_alive(conn))
		(void)aisp_pgc_exec(conn, "ROLLBACK TO SAVEPOINT aisp", SHORT_TIMEOUT_MS, NULL, NULL);
	return r;
}

static int learn_version(struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	uint64_t version;
	if (!aisp_slice_u64(aisp_pgc_cell(&cap->rows[AISP_PGC_Q_server], 0, 0), &version) || version < 90000 ||
	    version > 9999999)
		return aisp_fail(err, AISP_E_REMOTE, "the server does not tell a plausible version");
	cap->version_num = (int)version;
	if (version >= OLDEST && version < NEWEST)
		return AISP_OK;
	return aisp_pgc_add_gap(cap, AISP_S("server version"), AISP_E_LIMIT,
				version < OLDEST
					? AISP_S("older than 14: rules of such servers may differ from those applied")
					: AISP_S("newer than 18: rules that came after it are not known"),
				err);
}

static int fetch_all(struct aisp_pgc_conn *conn, struct aisp_progress *progress, struct aisp_pgc_capture *cap,
		     struct aisp_err *err)
{
	int r = AISP_OK;
	for (int q = 0; r == AISP_OK && q < AISP_PGC_Q_END; q++) {
		const struct aisp_pgc_query_row *row = &aisp_pgc_queries[q];
		struct aisp_err why = {0};
		if (!row->sql)
			continue;
		aisp_progress_step(progress, (uint64_t)q, AISP_PGC_Q_END);
		int one = one_query(conn, cap, q, &why);
		if (one == AISP_OK && q == AISP_PGC_Q_server)
			r = learn_version(cap, err);
		if (one == AISP_OK)
			continue;
		if (row->must || one == AISP_E_NOMEM) {
			if (err)
				*err = why;
			return aisp_wrap(err, one, "while reading %s", row->what);
		}
		r = aisp_pgc_add_gap(cap, aisp_slice_z(row->what), (enum aisp_code)one, aisp_slice_z(why.msg), err);
	}
	return r;
}

static int take_names(const struct aisp_pgc_conn *conn, const struct aisp_target *target, struct aisp_slice key,
		      struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	cap->host = aisp_pgc_host(cap->arena, aisp_pgc_conn_host(conn));
	cap->port = aisp_arena_dup(cap->arena, aisp_pgc_conn_port(conn));
	cap->database = aisp_pgc_text(cap->arena, aisp_pgc_conn_database(conn));
	cap->target = aisp_arena_dup(cap->arena, key);
	bool ok = cap->host.p && cap->port.p && cap->database.p && cap->target.p;
	for (size_t i = 0; ok && i < target->n_also_known_as; i++) {
		struct aisp_slice name = aisp_pgc_text(cap->arena, target->also_known_as[i]);
		ok = name.p && aisp_vec_push(&cap->also_known_as, name) == AISP_OK;
	}
	return ok ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
}

static int sample_all(const struct aisp_collect *c, struct aisp_pgc_conn *conn, const struct aisp_pgc_target *t,
		      uint64_t deadline_ns, struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	if (!t->sample)
		return AISP_OK; /* asked for: no gap, the database's values_sampled says it */
	cap->sampled = true;
	return aisp_pgc_sample(conn, c->content, deadline_ns, c->progress, cap, err);
}

int aisp_pgc_fetch(const struct aisp_collect *c, const struct aisp_target *target, struct aisp_pgc_capture *cap,
		   struct aisp_err *err)
{
	struct aisp_pgc_target t __attribute__((cleanup(aisp_pgc_target_done))) = {0};
	struct aisp_pgc_conn *conn AISP_CLEANUP(aisp_pgc_closep) = NULL;
	AISP_AUTOBUF struct aisp_buf key = {0};
	aisp_buf_init(&key, 1u << 16);
	unsigned timeout_s = c->timeout_s ? c->timeout_s : 600;
	uint64_t deadline_ns = aisp_clock_mono_ns() + (uint64_t)timeout_s * 1000000000u;
	int r = aisp_pgc_target_parse(target->text, &t, err);
	if (r == AISP_OK)
		r = aisp_collector_postgres.source_key(target, &key, err);
	if (r == AISP_OK)
		r = aisp_pgc_connect(&t, deadline_ns, &conn, err);
	if (r == AISP_OK)
		r = take_names(conn, target, aisp_buf_slice(&key), cap, err);
	if (r == AISP_OK)
		r = aisp_pgc_exec(conn, begin_sql, SHORT_TIMEOUT_MS, NULL, err);
	if (r == AISP_OK)
		r = fetch_all(conn, c->progress, cap, err);
	if (r == AISP_OK)
		r = sample_all(c, conn, &t, deadline_ns, cap, err);
	if (conn && aisp_pgc_alive(conn))
		(void)aisp_pgc_exec(conn, "ROLLBACK", SHORT_TIMEOUT_MS, NULL, NULL);
	return r;
}
