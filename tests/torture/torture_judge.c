/* Every allocation of judging fails, ours and SQLite's: loading rules and frameworks, running a sample, judging, queries over
 * every table. SQLite may live without some of its own (it says so: benign), so a run may succeed; then the answer must be
 * the whole answer.
 */
#include "judge/judge_int.h"
#include "torture.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- SQLite's memory passes the same switch ---- */

static sqlite3_mem_methods plain;
static bool sqlite_fails_too;

static void *failing_malloc(int n)
{
	return sqlite_fails_too && aisp_fault_hit() ? NULL : plain.xMalloc(n);
}

static void *failing_realloc(void *p, int n)
{
	return sqlite_fails_too && aisp_fault_hit() ? NULL : plain.xRealloc(p, n);
}

static void switch_sqlite(void)
{
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain);
	sqlite3_mem_methods failing = plain;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
	sqlite3_initialize();
}

/* ---- A small world ---- */

static const char rule_text[] =
	"id: T-1\ntitle: t\nseverity: high\ndescription: d\nremediation: r\npath_mode: read_via\nmessage: '{subject} {start_id} {what}'\n"
	"controls: [f:c1]\nsql: |\n"
	"  SELECT x.asset_ref AS subject, x.start_ref AS start, r.node_ref AS target, upper(t.sensitivity) AS what, x.certain\n"
	"  FROM exposure x CROSS JOIN reach(x.asset_ref, 'read_via', 'steer') r CROSS JOIN node t ON t.ref = r.node_ref\n"
	"  WHERE x.asset_kind = 'agent' AND x.mode = 'steer' AND t.sensitive\n"
	"samples:\n  positive:\n    - name: p\n      nodes: {internet: internet, tenant: tenant, app: {kind: workload, auth: none}, bot: agent, "
	"t: {kind: table, sensitivity: restricted, data_classes: [a, b], rows: 3, ratio: 0.5}}\n"
	"      edges: [internet EXPOSES app, tenant EXPOSES app, {edge: app SERVES bot, props: {n: 1, s: x}}, bot READS t]\n"
	"      expect: [{subject: bot, start: internet, target: t}]\n";
static const char framework_text[] = "id: f\ntitle: F\ncontrols: {c1: One, c2: Two}\n";

struct world {
	struct aisp_rules *rules;
	struct aisp_snapshot *s;
	struct aisp_reach *reach;
};

static int load(struct aisp_rules **ret)
{
	AISP_CLEANUP(aisp_rules_freep) struct aisp_rules *r = aisp_mem_zalloc(1, sizeof *r);
	if (!r || !(r->arena = aisp_arena_new(0)))
		return AISP_E_NOMEM;
	int e = aisp_framework__add(r, AISP_S("f.yaml"), aisp_slice_z(framework_text), NULL);
	if (e == 0)
		e = aisp_rule__add(r, AISP_S("t.yaml"), aisp_slice_z(rule_text), NULL);
	if (e == 0)
		e = aisp_rules__check(r, NULL);
	if (e == 0)
		*ret = AISP_TAKE(r);
	return e;
}

static int take(void *ctx, const struct aisp_rule *rule, struct aisp_slice sample, bool ok, const char *detail)
{
	(void)rule, (void)sample, (void)detail;
	*(unsigned *)ctx += ok;
	return 0;
}

static int loading(void *ctx)
{
	struct aisp_rules *r = NULL;
	int64_t used = sqlite3_memory_used();
	int e = load(&r);
	(void)ctx;
	TORTURE_CHECK((e == 0) == (r != NULL));
	aisp_rules_free(r);
	TORTURE_CHECK(sqlite3_memory_used() == used);
	return e;
}


/* All built-in rules and a folder of the user; too much for SQLite to fail at every step of, too. */
static int loading_all(void *ctx)
{
	struct aisp_rules *r = NULL;
	struct aisp_err err = {AISP_OK, ""};
	int e = aisp_rules_load(ctx, &r, &err);
	TORTURE_CHECK((e == 0) == (r != NULL) && (enum aisp_code)e == err.code);
	TORTURE_CHECK(e == 0 || e == AISP_E_NOMEM || e == AISP_E_IO || e == AISP_E_USAGE);
	aisp_rules_free(r);
	return e;
}

static void torture_folder(void)
{
	char dir[] = "/tmp/aisp-torture-XXXXXX", file[64];
	if (!mkdtemp(dir))
		abort();
	snprintf(file, sizeof file, "%s/t.yaml", dir);
	FILE *f = fopen(file, "w");
	if (!f || fputs("id: MINE\ntitle: t\nseverity: low\ndescription: d\nremediation: r\nmessage: m\nsql: SELECT 1 AS subject\n", f) < 0 || fclose(f))
		abort();
	torture("load all", loading_all, dir);
	unlink(file);
	rmdir(dir);
}

static int sampling(void *ctx)
{
	struct world *w = ctx;
	unsigned ok = 0;
	int64_t used = sqlite3_memory_used();
	int e = aisp_rules_test(w->rules, take, &ok, NULL);
	TORTURE_CHECK(e < 0 || ok == 1); /* the positive one; there is no negative one */
	TORTURE_CHECK(sqlite3_memory_used() == used);
	return e;
}

static int judging(void *ctx)
{
	struct world *w = ctx;
	const struct aisp_rule *rule = &w->rules->rules.v[0]->rule;
	struct aisp_findings f = {NULL, NULL, 0};
	int64_t used = sqlite3_memory_used();
	int e = aisp_judge__run(&rule, 1, w->s, w->reach, &f, NULL);
	TORTURE_CHECK(e == 0 ? f.n == 1 && aisp_slice_eqz(f.v[0].message, "bot internet RESTRICTED (and 1 more start)") : f.arena == NULL);
	aisp_findings_done(&f);
	TORTURE_CHECK(sqlite3_memory_used() == used);
	return e;
}

static int count_row(void *ctx, bool is_header, int n, const char *const *cells)
{
	(void)n, (void)cells;
	*(unsigned *)ctx += !is_header;
	return 0;
}

struct question {
	struct world *w;
	const char *sql;
	unsigned rows;
};

static int asking(void *ctx)
{
	struct question *q = ctx;
	unsigned rows = 0;
	int64_t used = sqlite3_memory_used();
	int e = aisp_sql_query(q->w->s, q->w->reach, aisp_slice_z(q->sql), 0, count_row, &rows, NULL);
	TORTURE_CHECK(e < 0 || rows == q->rows);
	TORTURE_CHECK(e == 0 || e == AISP_E_NOMEM);
	TORTURE_CHECK(sqlite3_memory_used() == used);
	return e;
}

static void ask(struct world *w, const char *sql)
{
	struct question q = {w, sql, 0};
	unsigned rows = 0;
	if (aisp_sql_query(w->s, w->reach, aisp_slice_z(sql), 0, count_row, &rows, NULL) < 0) {
		fprintf(stderr, "%s does not run\n", sql);
		torture_failures++;
	}
	q.rows = rows;
	torture_may_succeed("query", asking, &q);
}

/* The world of the rule's sample, over the public functions. */
static void make_world(struct world *w)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED, .locator = AISP_S("a"), .line = 1, .pointer = AISP_S("p")};
	static const struct {
		enum aisp_node_kind kind;
		const char *id;
	} nodes[] = {{AISP_NODE_INTERNET, "internet"}, {AISP_NODE_TENANT, "tenant"}, {AISP_NODE_WORKLOAD, "app"}, {AISP_NODE_AGENT, "bot"}, {AISP_NODE_TABLE, "t"}};
	static const struct {
		int from, to;
		enum aisp_edge_kind kind;
	} edges[] = {{0, 2, AISP_EDGE_EXPOSES}, {1, 2, AISP_EDGE_EXPOSES}, {2, 3, AISP_EDGE_SERVES}, {3, 4, AISP_EDGE_READS}, {3, 4, AISP_EDGE_GRANTED}};
	aisp_node n[5];
	aisp_graph_source(g, AISP_S("s"), AISP_S("files"), AISP_S("s"), &ev.source, NULL);
	for (int i = 0; i < 5; i++)
		aisp_graph_add_node(g, nodes[i].kind, aisp_slice_z(nodes[i].id), &ev, &n[i], NULL);
	aisp_graph_set_str(g, n[2], ev.source, "auth", AISP_S("none"), NULL);
	aisp_graph_set_str(g, n[4], ev.source, "sensitivity", AISP_S("restricted"), NULL);
	aisp_graph_add_item(g, n[4], ev.source, "data_classes", AISP_S("email"), NULL);
	aisp_graph_add_alias(g, n[4], AISP_S("t2"), ev.source, NULL);
	for (int i = 0; i < 5; i++) {
		aisp_edge e = 0;
		aisp_graph_add_edge(g, n[edges[i].from], edges[i].kind, n[edges[i].to], NULL, &ev, &e, NULL);
		aisp_graph_edge_set_str(g, e, ev.source, "action", AISP_S("x"), NULL);
	}
	if (aisp_graph_freeze(g, &w->s, NULL) < 0 || aisp_reach_new(w->s, NULL, &w->reach, NULL) < 0 || load(&w->rules) < 0)
		abort();
}

int main(void)
{
	static const char *const questions[] = {
		"SELECT n.*, p.*, i.* FROM node n LEFT JOIN prop p ON p.node = n.id LEFT JOIN item i ON i.node_ref = n.ref ORDER BY n.name",
		"SELECT e.*, v.* FROM edge e JOIN evidence v ON v.owner_kind = 'edge' AND v.owner_ref = e.ref, kind k WHERE k.name = e.kind",
		"SELECT g.*, p.value FROM \"grant\" g JOIN edge_prop p ON p.edge = g.ref, source, mode, alias",
		"SELECT * FROM node n, reach(n.ref) r WHERE r.certain",
		"SELECT * FROM reached_by('t2'), path('internet', 't', 'read_via', 2)",
		"SELECT x.*, prop_value(asset, 'auth'), has_item(asset_ref, 'data_classes', 'email') FROM exposure x",
	};
	struct world w = {NULL, NULL, NULL};
	setenv("AISP_JOBS", "1", 1);
	switch_sqlite();
	make_world(&w);
	torture_folder();
	sqlite_fails_too = true;
	torture_may_succeed("load", loading, NULL);
	torture_may_succeed("sample", sampling, &w);
	torture_may_succeed("judge", judging, &w);
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		ask(&w, questions[i]);
	aisp_rules_free(w.rules);
	aisp_reach_free(w.reach);
	aisp_snapshot_free(w.s);
	return torture_result();
}
