/* The store: what is written comes back, only differences are written, failures and kills leave what stood. */
#include "base/mem.h"
#include "graph/synthetic.h"
#include "graph_test.h"
#include "store/store.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];

static int set_up(void **state)
{
	static char dir[] = "/tmp/aisp-store-XXXXXX";

	(void)state;
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s.db", dir);
	return 0;
}

static int tear_down(void **state)
{
	char other[80];

	(void)state;
	unlink(path);
	snprintf(other, sizeof other, "%s-wal", path);
	unlink(other);
	snprintf(other, sizeof other, "%s-shm", path);
	unlink(other);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	return 0;
}

static struct aisp_store *opened(unsigned flags)
{
	struct aisp_store *st = NULL;
	struct aisp_err err = {0};

	if (aisp_store_open(path, flags, &st, &err) < 0)
		fail_msg("open: %s", err.msg);
	return st;
}

/* What two sources, code and database, say in version v; some of it the same in all versions, some not. */
static void add_code(struct aisp_graph *g, uint16_t code, int v)
{
	struct aisp_err err;
	struct aisp_evidence_in ev = ev_at(code, "agent.py", 12);
	aisp_node agent = a_node(g, code, AISP_NODE_AGENT, "repo#bot"), table = a_node(g, code, AISP_NODE_TABLE, "pg://db/t");

	ev.pointer = AISP_S("answer()");
	ev.note = AISP_S("calls the model");
	aisp_graph_node_evidence(g, agent, &ev, &err);
	aisp_graph_set_str(g, agent, code, "name", AISP_S("bot"), &err);
	aisp_graph_set_int(g, agent, code, "lines", v > 2 ? -300 : 300, &err);
	aisp_graph_set_real(g, agent, code, "share", 0.25, &err);
	aisp_graph_set_bool(g, agent, code, "executes_code", true, &err);
	aisp_graph_add_item(g, agent, code, "tags", AISP_S("b"), &err);
	aisp_graph_add_item(g, agent, code, "tags", AISP_S("a"), &err);
	aisp_edge e = an_edge(g, code, agent, AISP_EDGE_READS, table, "agent.py#query", "");

	aisp_graph_edge_set_str(g, e, code, "op", AISP_S("select"), &err);
	aisp_graph_edge_set_int(g, e, code, "count", 5, &err);
	if (v == 2)
		an_edge(g, code, agent, AISP_EDGE_WRITES, table, "agent.py#insert", "on Mondays");
	an_alias(g, code, table, "customers");
	aisp_graph_add_gap(g, code, AISP_S("big.bin"), AISP_E_LIMIT, AISP_S("larger than 64 MiB"), &err);
}

static void add_database(struct aisp_graph *g, uint16_t db, int v)
{
	struct aisp_err err;
	aisp_node table = a_node(g, db, AISP_NODE_TABLE, "pg://db/t"), role = a_node(g, db, AISP_NODE_DB_ROLE, "pg://db/role");
	struct aisp_evidence_in ev = ev_at(db, "edges.txt", 9);
	aisp_edge e = an_edge(g, db, role, AISP_EDGE_CAN_READ, table, "GRANT SELECT", "");

	ev.confidence = AISP_CONF_OBSERVED;
	aisp_graph_edge_evidence(g, e, &ev, &err);
	aisp_graph_set_str(g, table, db, "sensitivity", AISP_S("restricted"), &err);
	aisp_graph_set_str(g, table, db, "name", v == 3 ? AISP_S("t3") : AISP_S("t"), &err);
	an_alias(g, db, table, "t@db");
}

enum { CODE = 1, DB = 2 };

static struct aisp_graph *graph_of(int v, unsigned sources)
{
	struct aisp_graph *g = aisp_graph_new();
	uint16_t code = a_source(g, "files:bot"), db = sources & DB ? a_source(g, "pg://db") : 0;

	if (sources & CODE)
		add_code(g, code, v);
	if (sources & DB)
		add_database(g, db, v);
	return g;
}

static struct aisp_snapshot *version(int v)
{
	return frozen(graph_of(v, CODE | DB));
}

static int64_t save_with(struct aisp_store *st, const struct aisp_snapshot *s, bool code_ok, bool db_ok, const struct aisp_store_finding *f,
                         size_t n_f)
{
	const struct aisp_store_outcome outcomes[] = {{AISP_S("files:bot"), code_ok}, {AISP_S("pg://db"), db_ok}};
	struct aisp_store_save in = {.started_us = 10, .finished_us = 20, .title = AISP_S("scan"), .outcomes = outcomes, .n_outcomes = 2,
	                             .findings = f, .n_findings = n_f};
	struct aisp_err err = {0};
	int64_t run = 0;
	struct aisp_store_runs runs = {0};

	assert_int_equal(aisp_store_runs(st, &runs, &err), 0);
	in.finished_us = 20 + 10 * (int64_t)runs.n;
	aisp_store_runs_done(&runs);
	if (aisp_store_save(st, s, &in, &run, &err) < 0)
		fail_msg("save: %s", err.msg);
	return run;
}

static int64_t save(struct aisp_store *st, const struct aisp_snapshot *s)
{
	return save_with(st, s, true, true, NULL, 0);
}

static void assert_loads(struct aisp_store *st, int64_t run, const struct aisp_snapshot *want)
{
	struct aisp_snapshot *s = NULL;
	struct aisp_err err = {0};

	if (aisp_store_load(st, run, &s, &err) < 0)
		fail_msg("load: %s", err.msg);
	assert_invariants(s);
	char *a = dumped(want), *b = dumped(s);

	assert_string_equal(a, b);
	free(a);
	free(b);
	aisp_snapshot_free(s);
}

static struct aisp_store_run run_row(struct aisp_store *st, int64_t run)
{
	struct aisp_store_runs runs = {0};
	struct aisp_store_run row = {0};
	struct aisp_err err;

	assert_int_equal(aisp_store_runs(st, &runs, &err), 0);
	for (size_t i = 0; i < runs.n; i++)
		if (runs.v[i].run == run)
			row = runs.v[i];
	aisp_store_runs_done(&runs);
	return row;
}

static void test_round_trip_and_history(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *v[4] = {NULL, version(1), version(2), version(3)};
	struct stat sb;

	(void)state;
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0600);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(save(st, v[i]), i);
	for (int round = 0; round < 2; round++) {
		for (int i = 3; i >= 1; i--)
			assert_loads(st, i, v[i]);
		assert_loads(st, 0, v[3]);
		aisp_store_close(st);
		st = opened(round ? 0 : AISP_STORE_READONLY);
	}
	/* back to the first version, twice */
	assert_int_equal(save(st, v[1]), 4);
	assert_loads(st, 4, v[1]);
	assert_loads(st, 2, v[2]);
	struct aisp_store_run row = run_row(st, 2);

	assert_int_equal(row.added, 1); /* one edge */
	assert_int_equal(row.removed, 0);
	assert_int_equal(row.n_edges, 3);
	row = run_row(st, 3);
	assert_int_equal(row.added, 2); /* two nodes have other properties; the edge is gone */
	assert_int_equal(row.removed, 3);
	assert_int_equal(row.sources_ok, 2);
	int64_t at = 9;
	struct aisp_err err;

	assert_int_equal(aisp_store_run_at(st, 19, &at, &err), 0);
	assert_int_equal(at, 0);
	assert_int_equal(aisp_store_run_at(st, 39, &at, &err), 0);
	assert_int_equal(at, 2);
	struct aisp_snapshot *s = NULL;

	assert_int_equal(aisp_store_load(st, 5, &s, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_store_load(st, -1, &s, &err), AISP_E_NOTFOUND);
	assert_null(s);
	for (int i = 1; i <= 3; i++)
		aisp_snapshot_free(v[i]);
	aisp_store_close(st);
}

static int64_t number(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(q, 0);

	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

static int64_t rows_but_runs(void)
{
	return number("SELECT (SELECT count(*) FROM text) + (SELECT count(*) FROM node_fact) + (SELECT count(*) FROM node_past)"
	              " + (SELECT count(*) FROM edge_fact) + (SELECT count(*) FROM edge_past) + (SELECT count(*) FROM alias_fact)"
	              " + (SELECT count(*) FROM alias_past) + (SELECT count(*) FROM gap_fact) + (SELECT count(*) FROM gap_past)"
	              " + (SELECT count(*) FROM source) + (SELECT count(*) FROM finding) + (SELECT count(*) FROM finding_life)");
}

static void test_unchanged_writes_nothing(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *a = version(1), *b = version(1);
	struct aisp_store_finding f = {.fingerprint = AISP_S("f1"), .rule = AISP_S("r"), .severity = AISP_S("high"), .title = AISP_S("t"),
	                               .subject = AISP_S("pg://db/t"), .content = AISP_S("{}")};

	(void)state;
	save_with(st, a, true, true, &f, 1);
	int64_t rows = rows_but_runs();

	b->taken_us += 1000000;
	b->sources[1].collected_us += 1000000;
	save_with(st, b, true, true, &f, 1);
	assert_int_equal(rows_but_runs(), rows);
	assert_int_equal(run_row(st, 2).added + run_row(st, 2).removed, 0);
	assert_int_equal(number("SELECT count(*) FROM run_source"), 4);
	assert_true(number("SELECT count(*) FROM node_now WHERE id = 'pg://db/t'") == 2);
	assert_true(number("SELECT count(*) FROM edge_now WHERE control = 'GRANT SELECT' AND dst = 'pg://db/t'") == 1);
	aisp_snapshot_free(a);
	aisp_snapshot_free(b);
	aisp_store_close(st);
}

/* The database cannot be reached any more: what it said stands, and is stale. */
static void test_failed_source_stands(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *v1 = version(1), *s = NULL;
	struct aisp_err err = {0};

	(void)state;
	save(st, v1);
	for (int twice = 0; twice < 2; twice++) {
		struct aisp_graph *g = graph_of(2, CODE);
		uint16_t db = a_source(g, "pg://db");

		assert_int_equal(aisp_store_load_source(st, AISP_S("pg://db"), g, &err), 0);
		assert_int_equal(aisp_graph_add_gap(g, db, AISP_S("pg://db"), AISP_E_REMOTE, twice ? AISP_S("timed out") : AISP_S("refused"), &err), 0);
		s = frozen(g);
		aisp_node role = aisp_snapshot_find(s, AISP_S("pg://db/role"));

		assert_true(role && (s->nodes[role].flags & AISP_NF_STALE));
		assert_false(s->nodes[aisp_snapshot_find(s, AISP_S("t@db"))].flags & AISP_NF_STALE);
		assert_int_equal(s->n_edges, 3);
		save_with(st, s, true, false, NULL, 0);
		assert_loads(st, 0, s);
		assert_int_equal(s->n_gaps, 2); /* the first failure's gap is not the second's */
		aisp_snapshot_free(s);
	}
	assert_int_equal(run_row(st, 2).sources_failed, 1);
	struct aisp_store_sources sources = {0};

	assert_int_equal(aisp_store_sources(st, &sources, &err), 0);
	assert_int_equal(sources.n, 2);
	assert_string_equal(sources.v[1].key.p, "pg://db");
	assert_true(sources.v[1].stale && !sources.v[0].stale);
	assert_int_equal(sources.v[1].collected_us, v1->sources[2].collected_us);
	aisp_store_sources_done(&sources);
	/* failed, and the caller did not even put the earlier facts back */
	s = frozen(graph_of(2, CODE));
	save_with(st, s, true, false, NULL, 0);
	aisp_snapshot_free(s);
	assert_int_equal(aisp_store_load(st, 0, &s, &err), 0);
	assert_true(aisp_snapshot_find(s, AISP_S("pg://db/role")) != 0);
	assert_int_equal(s->n_edges, 3);
	assert_int_equal(s->n_gaps, 1);
	aisp_snapshot_free(s);
	/* and it is back */
	s = version(2);
	save(st, s);
	assert_loads(st, 0, s);
	aisp_snapshot_free(s);
	aisp_snapshot_free(v1);
	struct aisp_graph *g = aisp_graph_new();

	assert_int_equal(aisp_store_load_source(st, AISP_S("files:none"), g, &err), AISP_E_NOTFOUND);
	aisp_graph_free(g);
	aisp_store_close(st);
}

/* Only the code is scanned: the database's facts are put in, stand, and are not stale. Then it is no longer wanted. */
static void test_kept_and_dropped(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *s = version(1);
	struct aisp_err err = {0};
	struct aisp_graph *g;
	int64_t run;

	(void)state;
	save(st, s);
	aisp_snapshot_free(s);
	g = graph_of(2, CODE);
	assert_int_equal(aisp_store_load_source(st, AISP_S("pg://db"), g, &err), 0);
	s = frozen(g);
	assert_false(s->nodes[aisp_snapshot_find(s, AISP_S("pg://db/role"))].flags & AISP_NF_STALE);
	const struct aisp_store_outcome only = {AISP_S("files:bot"), true};
	struct aisp_store_save in = {.finished_us = 30, .outcomes = &only, .n_outcomes = 1};

	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	assert_loads(st, 0, s);
	assert_int_equal(run_row(st, 2).added, 1);
	assert_int_equal(run_row(st, 2).removed, 0);
	aisp_snapshot_free(s);
	s = frozen(graph_of(2, CODE));
	const struct aisp_slice gone = AISP_S("pg://db");

	in.dropped = &gone;
	in.n_dropped = 1;
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	assert_loads(st, 0, s);
	aisp_snapshot_free(s);
	assert_int_equal(aisp_store_load(st, 2, &s, &err), 0);
	assert_true(aisp_snapshot_find(s, AISP_S("pg://db/role")) != 0);
	aisp_snapshot_free(s);
	aisp_store_close(st);
}

/* A failed source about which something newer is said (the resolver, a part that could still be read). */
static void test_failed_source_replaced(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *s = version(1);
	struct aisp_err err;

	(void)state;
	save(st, s);
	aisp_snapshot_free(s);
	s = version(3);
	save_with(st, s, true, false, NULL, 0);
	aisp_snapshot_free(s);
	assert_int_equal(aisp_store_load(st, 0, &s, &err), 0);
	aisp_node t = aisp_snapshot_find(s, AISP_S("pg://db/t"));

	assert_string_equal(aisp_snapshot_prop_str(s, t, "name").p, "t3");
	assert_int_equal(number("SELECT count(*) FROM node_now WHERE id = 'pg://db/t'"), 2);
	aisp_snapshot_free(s);
	aisp_store_close(st);
}

static const struct aisp_store_finding *finding_in(const struct aisp_store_findings *l, const char *fingerprint)
{
	for (size_t i = 0; i < l->n; i++)
		if (aisp_slice_eqz(l->v[i].fingerprint, fingerprint))
			return &l->v[i];
	fail_msg("no finding %s", fingerprint);
	return NULL;
}

static void assert_finding(struct aisp_store *st, const char *fingerprint, const char *status, int64_t first, int64_t last)
{
	struct aisp_store_findings l = {0};
	struct aisp_err err;

	assert_int_equal(aisp_store_findings(st, &l, &err), 0);
	const struct aisp_store_finding *f = finding_in(&l, fingerprint);

	assert_string_equal(f->status.p, status);
	assert_int_equal(f->first_run, first);
	assert_int_equal(f->last_run, last);
	aisp_store_findings_done(&l);
}

static void test_life_of_findings(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *s = version(1);
	struct aisp_store_finding f[] = {
		{.fingerprint = AISP_S("on-code"), .rule = AISP_S("r1"), .severity = AISP_S("high"), .title = AISP_S("a"), .subject = AISP_S("repo#bot")},
		{.fingerprint = AISP_S("on-both"), .rule = AISP_S("r2"), .severity = AISP_S("low"), .title = AISP_S("b"), .subject = AISP_S("customers"), .content = AISP_S("{\"a\":1}")},
		{.fingerprint = AISP_S("said"), .rule = AISP_S("r2"), .severity = AISP_S("low"), .title = AISP_S("c"), .subject = AISP_S("?"), .sources = AISP_S("pg://db")},
		{.fingerprint = AISP_S("nowhere"), .rule = AISP_S("r2"), .severity = AISP_S("low"), .title = AISP_S("c"), .subject = AISP_S("?")},
	};
	struct aisp_store_life life = {0};
	struct aisp_err err;

	(void)state;
	save_with(st, s, true, true, f, 4);
	assert_finding(st, "on-both", "open", 1, 1);
	save_with(st, s, true, true, f, 4);
	assert_finding(st, "on-both", "open", 1, 2);
	save_with(st, s, true, false, NULL, 0); /* run 3: the database failed; only what rests on code alone is resolved */
	assert_finding(st, "on-code", "resolved", 1, 2);
	assert_finding(st, "on-both", "open", 1, 2);
	assert_finding(st, "said", "open", 1, 2);
	assert_finding(st, "nowhere", "open", 1, 2);
	save_with(st, s, true, true, f + 1, 1); /* run 4 */
	assert_finding(st, "on-both", "open", 1, 4);
	assert_finding(st, "said", "resolved", 1, 2);
	assert_finding(st, "nowhere", "resolved", 1, 2);
	f[0].severity = AISP_S("critical");
	save_with(st, s, true, true, f, 1); /* run 5 */
	assert_finding(st, "on-code", "open", 1, 5);
	assert_finding(st, "on-both", "resolved", 1, 4);
	assert_int_equal(aisp_store_life(st, AISP_S("on-code"), &life, &err), 0);
	assert_int_equal(life.n, 4);
	assert_int_equal(life.v[0].event, AISP_STORE_FOUND);
	assert_int_equal(life.v[1].event, AISP_STORE_RESOLVED);
	assert_int_equal(life.v[1].run, 3);
	assert_int_equal(life.v[2].event, AISP_STORE_CHANGED);
	assert_int_equal(life.v[3].event, AISP_STORE_REOPENED);
	aisp_store_life_done(&life);
	assert_int_equal(aisp_store_life(st, AISP_S("none"), &life, &err), 0);
	assert_int_equal(life.n, 0);
	aisp_store_life_done(&life);
	struct aisp_store_findings l = {0};

	assert_int_equal(aisp_store_findings(st, &l, &err), 0);
	assert_int_equal(l.n, 4);
	assert_string_equal(finding_in(&l, "on-both")->content.p, "{\"a\":1}");
	assert_string_equal(finding_in(&l, "on-both")->sources.p, "files:bot\npg://db");
	assert_string_equal(finding_in(&l, "on-code")->severity.p, "critical");
	assert_int_equal(finding_in(&l, "on-code")->changed_run, 5);
	aisp_store_findings_done(&l);
	aisp_snapshot_free(s);
	aisp_store_close(st);
}

static int open_code(unsigned flags, struct aisp_err *err)
{
	struct aisp_store *st = NULL;
	int r = aisp_store_open(path, flags, &st, err);

	assert_true(r < 0 ? st == NULL : st != NULL);
	aisp_store_close(st);
	return r;
}

static void put_file(const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void test_refused_files(void **state)
{
	struct aisp_err err;
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(open_code(0, &err), AISP_E_NOTFOUND);
	assert_int_equal(open_code(AISP_STORE_READONLY | AISP_STORE_CREATE, &err), AISP_E_NOTFOUND);
	assert_int_equal(access(path, F_OK), -1);
	put_file("this is no database, but long enough to be looked at as one, with more than a hundred bytes of text in it....");
	assert_int_equal(open_code(AISP_STORE_CREATE, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "not a store"));
	unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(open_code(AISP_STORE_CREATE, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "another program"));
	unlink(path);
	assert_int_equal(open_code(AISP_STORE_CREATE, &err), 0);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(open_code(0, &err), AISP_E_USAGE);
	assert_non_null(strstr(err.msg, "newer"));
	struct aisp_store *st = NULL;

	assert_int_equal(aisp_store_open("postgresql://h/d", 0, &st, &err), AISP_E_USAGE);
	assert_int_equal(aisp_store_open("/tmp", 0, &st, &err), AISP_E_USAGE);
}

/* Options of sources came with format 2. */
static void test_options(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *s = version(1);
	const struct aisp_store_outcome outcomes[] = {{AISP_S("files:bot"), true}, {AISP_S("pg://db"), false}}, failed[] = {{AISP_S("files:bot"), false}, {AISP_S("pg://db"), false}};
	const struct aisp_slice first[] = {AISP_S("{\"name\":\"bot\"}"), AISP_S("{\"a\":1}")}, second[] = {AISP_S("{\"name\":\"x\"}"), AISP_S("{\"a\":2}")};
	struct aisp_store_save in = {.outcomes = outcomes, .n_outcomes = 2, .options = first};
	struct aisp_store_sources l = {0};
	struct aisp_err err;
	sqlite3 *db = NULL;
	int64_t run = 0;

	(void)state;
	save(st, s); /* says nothing of options */
	assert_int_equal(aisp_store_sources(st, &l, &err), 0);
	assert_true(l.n == 2 && l.v[0].options.n == 0 && l.v[0].run == 1);
	aisp_store_sources_done(&l);
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	in.options = second;
	in.outcomes = failed; /* a failure does not change what the facts that stand were collected with */
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	in.options = NULL;
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	assert_int_equal(aisp_store_sources(st, &l, &err), 0);
	assert_true(l.n == 2 && aisp_slice_eq(l.v[0].options, first[0]) && aisp_slice_eq(l.v[1].options, first[1]) && l.v[0].run == 2 && l.v[1].run == 1);
	aisp_store_sources_done(&l);
	aisp_store_close(st);
	/* one of before is read as it is, and brought up to date for writing */
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE source DROP COLUMN options; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	for (unsigned flags = AISP_STORE_READONLY;; flags = 0) {
		st = opened(flags);
		assert_int_equal(aisp_store_sources(st, &l, &err), 0);
		assert_true(l.n == 2 && l.v[0].options.n == 0 && l.v[0].run == 2);
		aisp_store_sources_done(&l);
		if (!flags)
			break;
		aisp_store_close(st);
	}
	in = (struct aisp_store_save){.outcomes = outcomes, .n_outcomes = 2, .options = second};
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	assert_int_equal(aisp_store_sources(st, &l, &err), 0);
	assert_true(aisp_slice_eq(l.v[0].options, second[0]));
	aisp_store_sources_done(&l);
	aisp_store_close(st);
	aisp_snapshot_free(s);
}

static void test_one_writer(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE), *reader = NULL;
	struct aisp_snapshot *s = version(1), *back = NULL;
	const struct aisp_store_outcome outcomes[] = {{AISP_S("files:bot"), true}, {AISP_S("pg://db"), true}};
	struct aisp_store_save in = {.outcomes = outcomes, .n_outcomes = 2};
	struct aisp_err err;
	sqlite3 *other = NULL;
	int64_t run = 77;

	(void)state;
	save(st, s);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), AISP_E_CONFLICT);
	assert_non_null(strstr(err.msg, "another aisp is writing"));
	assert_int_equal(run, 77);
	/* readers do not wait */
	reader = opened(AISP_STORE_READONLY);
	assert_int_equal(aisp_store_load(reader, 0, &back, &err), 0);
	aisp_snapshot_free(back);
	assert_int_equal(aisp_store_save(reader, s, &in, &run, &err), AISP_E_ACCESS);
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	assert_int_equal(aisp_store_save(st, s, &in, &run, &err), 0);
	assert_int_equal(run, 2);
	aisp_store_close(reader);
	aisp_store_close(st);
	aisp_snapshot_free(s);
}

/* Damage in the rows is found, not followed. */
static void test_damaged(void **state)
{
	static const char *const damage[] = {
		"UPDATE node_fact SET node = 100000",
		"UPDATE node_fact SET meta = 255",
		"UPDATE node_fact SET locator = 99999",
		"UPDATE node_fact SET extra = x'05'",
		"UPDATE node_fact SET extra = x'0001ff0909' WHERE id = 1",
		"UPDATE edge_fact SET src = 4000000000",
		"UPDATE edge_fact SET control = 77777",
		"UPDATE edge_fact SET extra = x'ffffffffff'",
		"DELETE FROM text WHERE id = 3",
		"UPDATE text SET text = 'x'",
		"UPDATE source SET id = 17 WHERE id = 2",
		"UPDATE gap_fact SET what = 99999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
		struct aisp_store *st = opened(AISP_STORE_CREATE);
		struct aisp_snapshot *s = version(1), *back = NULL;
		struct aisp_err err = {0};
		sqlite3 *db = NULL;

		save(st, s);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, damage[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		int r = aisp_store_load(st, 0, &back, &err);

		if (r != AISP_E_PARSE)
			fail_msg("\"%s\" gives %d %s", damage[i], r, err.msg);
		assert_null(back);
		aisp_snapshot_free(s);
		aisp_store_close(st);
		unlink(path);
	}
}

/* Enough rows for several threads and parts; changed in places, so that there are holes, and rows out of order. */
static void test_many_rows(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *s[3] = {NULL};
	struct aisp_err err = {0};
	struct aisp_store_outcome outcomes[4];
	int64_t run;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		const struct aisp_synthetic spec = {.n_nodes = 3000 - 500 * i, .n_edges = 30000 - 100 * i, .seed = 7, .taken_us = 5};

		assert_int_equal(aisp_synthetic_make(&spec, &s[i], &err), 0);
		assert_invariants(s[i]);
		for (uint32_t k = 0; k < 4; k++)
			outcomes[k] = (struct aisp_store_outcome){aisp_snapshot_text(s[i], s[i]->sources[k + 1].key), true};
		struct aisp_store_save in = {.finished_us = 5, .outcomes = outcomes, .n_outcomes = 4};

		assert_int_equal(aisp_store_save(st, s[i], &in, &run, &err), 0);
		assert_loads(st, 0, s[i]);
	}
	for (uint32_t i = 0; i < 3; i++) {
		assert_loads(st, i + 1, s[i]);
		aisp_snapshot_free(s[i]);
	}
	aisp_store_close(st);
}

/* In a child: reads a store in a folder where nothing may be written. */
static void read_frozen(const char *dir, const struct aisp_snapshot *want)
{
	struct aisp_store *st = NULL;
	struct aisp_snapshot *s = NULL;
	struct aisp_err err = {0};

	if ((geteuid() == 0 && setuid(65534) < 0) || access(dir, W_OK) == 0)
		_exit(2);
	if (aisp_store_open(path, AISP_STORE_READONLY, &st, &err) < 0 || aisp_store_load(st, 0, &s, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		_exit(1);
	}
	_exit(s->n_nodes == want->n_nodes && s->n_edges == want->n_edges ? 0 : 3);
}

static void test_read_only_folder(void **state)
{
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	struct aisp_snapshot *s = version(1);
	char dir[64];
	int status;

	(void)state;
	save(st, s);
	aisp_store_close(st);
	snprintf(dir, sizeof dir, "%s", path);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(chmod(path, 0444) | chmod(dir, 0555), 0);
	pid_t pid = fork();

	if (pid == 0)
		read_frozen(dir, s);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(status, 0);
	aisp_snapshot_free(s);
}

/* A graph large enough for several connections, of which the first and the last edge say the version. */
static struct aisp_snapshot *marked(uint32_t version_)
{
	const struct aisp_synthetic spec = {.n_nodes = 2000, .n_edges = 25000, .seed = 9};
	struct aisp_snapshot *s = NULL;
	struct aisp_err err;

	assert_int_equal(aisp_synthetic_make(&spec, &s, &err), 0);
	s->evidence[s->edges[1].ev_at].line = version_;
	s->evidence[s->edges[s->n_edges].ev_at].line = version_;
	return s;
}

static int save_marked(struct aisp_store *st, const struct aisp_snapshot *s)
{
	struct aisp_store_outcome outcomes[4];
	struct aisp_err err;
	int64_t run;

	for (uint32_t k = 0; k < 4; k++)
		outcomes[k] = (struct aisp_store_outcome){aisp_snapshot_text(s, s->sources[k + 1].key), true};
	const struct aisp_store_save in = {.outcomes = outcomes, .n_outcomes = 4};

	return aisp_store_save(st, s, &in, &run, &err);
}

/* Somebody writes all the time: all connections of one loading see the same moment. */
static void test_load_while_saving(void **state)
{
	enum { LOADS = 12 };
	struct aisp_snapshot *v[2] = {marked(1000001), marked(1000002)};
	struct aisp_store *st = opened(AISP_STORE_CREATE);
	uint32_t seen[2] = {0, 0};

	(void)state;
	setenv("AISP_JOBS", "4", 1);
	assert_int_equal(save_marked(st, v[0]), 0);
	aisp_store_close(st);
	pid_t pid = fork();

	if (pid == 0) {
		st = opened(0);
		for (unsigned i = 1; save_marked(st, v[i % 2]) == 0;)
			i++;
		_exit(1);
	}
	for (int i = 0; i < LOADS; i++) {
		struct aisp_snapshot *s = NULL;
		struct aisp_err err = {0};

		st = opened(AISP_STORE_READONLY);
		if (aisp_store_load(st, 0, &s, &err) < 0)
			fail_msg("load: %s", err.msg);
		uint32_t first = 0, last = 0;

		for (uint32_t e = 1; e <= s->n_edges; e++) {
			uint32_t line = s->evidence[s->edges[e].ev_at].line;

			if (line > 1000000) {
				last = line;
				first = first ? first : line;
			}
		}
		assert_int_equal(first, last);
		seen[first - 1000001]++;
		aisp_snapshot_free(s);
		aisp_store_close(st);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	unsetenv("AISP_JOBS");
	assert_int_equal(seen[0] + seen[1], LOADS);
	aisp_snapshot_free(v[0]);
	aisp_snapshot_free(v[1]);
}

static void test_key_path(void **state)
{
	struct aisp_buf out = {0};
	struct aisp_err err;

	(void)state;
	assert_int_equal(aisp_store_key_path("a/b.db", &out, &err), 0);
	assert_string_equal(out.p, "a/b.db.key");
	aisp_buf_done(&out);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_round_trip_and_history),
		T(test_unchanged_writes_nothing),
		T(test_failed_source_stands),
		T(test_kept_and_dropped),
		T(test_failed_source_replaced),
		T(test_life_of_findings),
		T(test_refused_files),
		T(test_options),
		T(test_one_writer),
		T(test_damaged),
		T(test_many_rows),
		T(test_read_only_folder),
		T(test_load_while_saving),
		cmocka_unit_test(test_key_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
