/* pg_decide DIR: loads a capture and prints every decision of the access engine as JSON, for run.py to hold against
 * what the server itself says; see put_…() for the shapes. pg_decide --capture TARGET DIR takes the capture, and
 * pg_decide --graph TARGET (a server or a capture) prints the graph.
 */
#include "base/fs.h"
#include "base/jw.h"
#include "collect/postgres/postgres_int.h"
#include "graph/snapshot.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put_roles(const struct aisp_pg_engine *e, const struct aisp_pg_model *m, struct aisp_jw *w)
{
	aisp_jw_key(w, "has_role"); /* role → of → "ums": usage, member, set */
	aisp_jw_obj(w);
	for (uint32_t r = 1; r < m->roles.n; r++) {
		aisp_jw_keys(w, m->roles.v[r].name);
		aisp_jw_obj(w);
		for (uint32_t of = 1; of < m->roles.n; of++) {
			char s[4];
			size_t n = 0;
			if (aisp_pg_has_privs(e, r, of, m->current_db))
				s[n++] = 'u';
			if (aisp_pg_is_member(e, r, of, m->current_db))
				s[n++] = 'm';
			if (aisp_pg_can_set(e, r, of, m->current_db))
				s[n++] = 's';
			if (n) {
				aisp_jw_keys(w, m->roles.v[of].name);
				aisp_jw_str(w, aisp_slice_of(s, n));
			}
		}
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

/* A mask as a number: bits of AISP_PG_PRIVILEGES, grant options 16 higher. */
static void put_objects(const struct aisp_pg_engine *e, const struct aisp_pg_model *m, uint32_t r, struct aisp_jw *w)
{
	aisp_jw_key(w, "databases");
	aisp_jw_obj(w);
	for (uint32_t i = 1; i < m->databases.n; i++) {
		aisp_jw_keys(w, m->databases.v[i].name);
		aisp_jw_arr(w);
		aisp_jw_int(w, aisp_pg_database_mask(e, r, i));
		aisp_jw_bool(w, aisp_pg_can_connect(e, r, i, NULL));
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_key(w, "schemas");
	aisp_jw_obj(w);
	for (uint32_t i = 1; i < m->schemas.n; i++)
		if (!m->schemas.v[i].system) {
			aisp_jw_keys(w, m->schemas.v[i].name);
			aisp_jw_int(w, aisp_pg_schema_mask(e, r, i));
		}
	aisp_jw_end(w);
	aisp_jw_key(w, "functions");
	aisp_jw_obj(w);
	for (uint32_t i = 1; i < m->functions.n; i++) {
		char oid[16];
		int n = snprintf(oid, sizeof oid, "%u", m->functions.v[i].oid);
		aisp_jw_keys(w, aisp_slice_of(oid, (size_t)n));
		aisp_jw_int(w, aisp_pg_function_mask(e, r, i));
	}
	aisp_jw_end(w);
}

static void put_rows(const struct aisp_pg_engine *e, uint32_t r, uint32_t table, struct aisp_jw *w)
{
	aisp_jw_arr(w);
	for (const char *cmd = "rawd"; *cmd; cmd++) {
		AISP_AUTOBUF struct aisp_buf predicate;
		aisp_buf_init(&predicate, 1u << 20);
		enum aisp_pg_rows rows = aisp_pg_rows(e, r, table, *cmd, &predicate);
		if (rows == AISP_PG_ROWS_FILTERED)
			aisp_jw_str(w, aisp_buf_slice(&predicate));
		else
			aisp_jw_bool(w, rows == AISP_PG_ROWS_ALL);
	}
	aisp_jw_end(w);
}

/* oid → [mask, any-column mask, schema usage, view ok, [rows for r, a, w, d], {column number: its own mask}] */
static void put_tables(const struct aisp_pg_engine *e, const struct aisp_pg_model *m, uint32_t r, struct aisp_jw *w)
{
	aisp_jw_key(w, "tables");
	aisp_jw_obj(w);
	for (uint32_t i = 1; i < m->tables.n; i++) {
		const struct aisp_pg_table *t = &m->tables.v[i];
		char oid[16];
		if (m->schemas.v[t->schema].system)
			continue;
		int n = snprintf(oid, sizeof oid, "%u", t->oid);
		aisp_jw_keys(w, aisp_slice_of(oid, (size_t)n));
		aisp_jw_arr(w);
		aisp_jw_int(w, aisp_pg_table_mask(e, r, i));
		aisp_jw_int(w, aisp_pg_any_column_mask(e, r, i));
		aisp_jw_bool(w, aisp_pg_uses_schema(e, r, t->schema));
		aisp_jw_bool(w, aisp_pg_view_ok(e, r, i));
		put_rows(e, r, i, w);
		aisp_jw_obj(w);
		for (uint32_t c = 0; c < t->col_n; c++)
			if (m->columns.v[t->col_at + c].acl) {
				n = snprintf(oid, sizeof oid, "%d", (int)m->columns.v[t->col_at + c].num);
				aisp_jw_keys(w, aisp_slice_of(oid, (size_t)n));
				aisp_jw_int(w, aisp_pg_column_mask(e, r, t->col_at + c));
			}
		aisp_jw_end(w);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

struct rights {
	const struct aisp_pg_engine *e;
	const struct aisp_pg_model *m;
	struct aisp_jw *w;
};

static int put_right(void *ctx, const struct aisp_pg_right *right, struct aisp_err *err)
{
	(void)err;
	struct rights *x = ctx;
	aisp_jw_arr(x->w);
	aisp_jw_str(x->w, right->role ? x->m->roles.v[right->role].name : AISP_S(""));
	aisp_jw_int(x->w, x->m->tables.v[right->object].oid);
	aisp_jw_int(x->w, right->column ? x->m->columns.v[right->column].num : 0);
	aisp_jw_int(x->w, right->privs);
	aisp_jw_str(x->w, right->predicate);
	aisp_jw_bool(x->w, right->shared && aisp_pg_has_group(x->e, right->role));
	aisp_jw_end(x->w);
	return AISP_OK;
}

/* What the graph is made from: [role ("" = PUBLIC), table, column number, privileges, predicate, of its group], [from,
 * to, why], and memberships of groups [member, whole group of it, role]. */
static int put_graph(const struct aisp_pg_engine *e, const struct aisp_pg_model *m, struct aisp_jw *w,
		     struct aisp_err *err)
{
	size_t n;
	const struct aisp_pg_assume *a = aisp_pg_assumes(e, &n);
	aisp_jw_key(w, "assumes");
	aisp_jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		aisp_jw_arr(w);
		aisp_jw_str(w, m->roles.v[a[i].from].name);
		aisp_jw_str(w, m->roles.v[a[i].to].name);
		aisp_jw_int(w, a[i].why);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_key(w, "joins");
	aisp_jw_arr(w);
	for (uint32_t i = 0; i < m->memberships.n; i++)
		for (int of_group = 0; of_group < 2; of_group++) {
			if (!aisp_pg_joins_group(e, i, of_group))
				continue;
			aisp_jw_arr(w);
			aisp_jw_str(w, m->roles.v[m->memberships.v[i].member].name);
			aisp_jw_bool(w, of_group);
			aisp_jw_str(w, m->roles.v[m->memberships.v[i].role].name);
			aisp_jw_end(w);
		}
	aisp_jw_end(w);
	aisp_jw_key(w, "rights");
	aisp_jw_arr(w);
	struct rights x = {e, m, w};
	int r = aisp_pg_each_right(e, put_right, &x, err);
	aisp_jw_end(w);
	return r;
}

static int decide(const char *dir, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_pgc_capture cap;
	struct aisp_pg_model m;
	struct aisp_pg_engine *e = NULL;
	struct aisp_jw w;
	int r = aisp_pgc_capture_init(&cap, err);
	if (r < 0)
		return r;
	r = aisp_pgc_capture_read(&cap, dir, err);
	if (r == AISP_OK)
		r = aisp_pgc_model(&cap, &m, err);
	if (r == AISP_OK) {
		r = aisp_pg_engine_new(&m, &e, err);
		aisp_jw_init(&w, out, false);
		aisp_jw_obj(&w);
		if (r == AISP_OK)
			put_roles(e, &m, &w);
		aisp_jw_key(&w, "by_role");
		aisp_jw_obj(&w);
		for (uint32_t role = 1; r == AISP_OK && role < m.roles.n; role++) {
			aisp_jw_keys(&w, m.roles.v[role].name);
			aisp_jw_obj(&w);
			put_objects(e, &m, role, &w);
			put_tables(e, &m, role, &w);
			aisp_jw_end(&w);
		}
		aisp_jw_end(&w);
		if (r == AISP_OK)
			r = put_graph(e, &m, &w, err);
		aisp_jw_end(&w);
		aisp_pg_engine_free(e);
		aisp_pg_model_done(&m);
	}
	aisp_pgc_capture_done(&cap);
	return r == AISP_OK ? aisp_buf_check(out, err) : r;
}

static int capture(const char *target, const char *dir, struct aisp_err *err)
{
	struct aisp_target t = {.text = aisp_slice_z(target)};
	struct aisp_collect c = {0};
	return aisp_collector_postgres.capture(&c, &t, dir, err);
}

static void put_props(const struct aisp_snapshot *s, uint32_t at, uint32_t n, struct aisp_buf *out)
{
	for (uint32_t i = at; i < at + n; i++) {
		const struct aisp_prop *p = &s->props[i];
		aisp_buf_printf(out, " %s=", aisp_snapshot_z(s, p->key));
		if (p->type == AISP_PROP_STR || p->type == AISP_PROP_LIST)
			aisp_json_escape(out, aisp_snapshot_text(s, p->s));
		else if (p->type == AISP_PROP_BOOL)
			aisp_buf_putz(out, p->b ? "true" : "false");
		else
			aisp_buf_printf(out, "%lld", (long long)p->i);
	}
}

static void put_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n, struct aisp_buf *out)
{
	for (uint32_t i = at; i < at + n; i++)
		aisp_buf_printf(out, " {%s %s: %s (%s)}", aisp_snapshot_z(s, s->evidence[i].locator),
				aisp_snapshot_z(s, s->evidence[i].pointer), aisp_snapshot_z(s, s->evidence[i].note),
				aisp_confidence_name((enum aisp_confidence)s->evidence[i].confidence));
	aisp_buf_putc(out, '\n');
}

/* Everything in the graph as text, a line a node, edge, alias and gap. */
static void put_snapshot(const struct aisp_snapshot *s, struct aisp_buf *out)
{
	for (uint32_t i = 1; i <= s->n_nodes; i++) {
		const struct aisp_snode *n = &s->nodes[i];
		aisp_buf_printf(out, "node %s %s \"%s\"", aisp_node_kinds[n->kind].name, aisp_snapshot_z(s, n->id),
				aisp_snapshot_z(s, n->name));
		put_props(s, n->prop_at, n->prop_n, out);
		put_evidence(s, n->ev_at, n->ev_n, out);
	}
	for (uint32_t i = 1; i <= s->n_edges; i++) {
		const struct aisp_sedge *e = &s->edges[i];
		aisp_buf_printf(out, "edge %s -%s-> %s control \"%s\" condition \"%s\"",
				aisp_snapshot_z(s, s->nodes[e->from].id), aisp_edge_kinds[e->kind].name,
				aisp_snapshot_z(s, s->nodes[e->to].id), aisp_snapshot_z(s, e->control),
				aisp_snapshot_z(s, e->condition));
		put_props(s, e->prop_at, e->prop_n, out);
		put_evidence(s, e->ev_at, e->ev_n, out);
	}
	for (uint32_t i = 0; i < s->n_aliases; i++)
		aisp_buf_printf(out, "alias %s = %s\n", aisp_snapshot_z(s, s->aliases[i].alias),
				aisp_snapshot_z(s, s->nodes[s->aliases[i].node].id));
	for (uint32_t i = 0; i < s->n_gaps; i++)
		aisp_buf_printf(out, "gap %s: %s: %s\n", aisp_snapshot_z(s, s->gaps[i].what),
				aisp_code_name((enum aisp_code) - s->gaps[i].why),
				aisp_snapshot_z(s, s->gaps[i].detail));
}

static int graph(const char *target, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_slice alias = AISP_S("db.internal:6432");
	struct aisp_target t = {.text = aisp_slice_z(target), .also_known_as = &alias, .n_also_known_as = 1};
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_collect c = {.graph = g};
	struct aisp_snapshot *s = NULL;
	AISP_AUTOBUF struct aisp_buf key;
	aisp_buf_init(&key, 1u << 16);
	const char *timeout = getenv("PG_DECIDE_TIMEOUT_S");
	uint64_t seconds = 0;
	if (timeout && aisp_slice_u64(aisp_slice_z(timeout), &seconds))
		c.timeout_s = (unsigned)seconds;
	if (!g)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory");
	int r = aisp_collector_postgres.source_key(&t, &key, err);
	if (r == AISP_OK)
		r = aisp_graph_source(g, aisp_buf_slice(&key), AISP_S("postgres"), aisp_buf_slice(&key), &c.source,
				      err);
	if (r == AISP_OK)
		r = aisp_collector_postgres.scan(&c, &t, err);
	if (r < 0) {
		aisp_graph_free(g);
		return r;
	}
	fprintf(stderr, "%u nodes, %u edges\n", aisp_graph_node_count(g), aisp_graph_edge_count(g));
	r = aisp_graph_freeze(g, &s, err);
	if (r < 0)
		return r;
	aisp_buf_printf(out, "source %.*s\n", AISP_FMT(aisp_buf_slice(&key)));
	put_snapshot(s, out);
	aisp_snapshot_free(s);
	return aisp_buf_check(out, err);
}

/* pg_decide DIR | pg_decide --graph TARGET | pg_decide --capture TARGET DIR */
int main(int argc, char **argv)
{
	struct aisp_err err = {0};
	AISP_AUTOBUF struct aisp_buf out;
	aisp_buf_init(&out, (size_t)4 << 30);
	int r;
	if (argc == 4)
		r = capture(argv[2], argv[3], &err);
	else if (argc == 3 && strcmp(argv[1], "--graph") == 0)
		r = graph(argv[2], &out, &err);
	else if (argc == 2)
		r = decide(argv[1], &out, &err);
	else
		return 2;
	if (r == AISP_OK && out.n)
		r = aisp_fs_put(STDOUT_FILENO, aisp_buf_slice(&out), &err);
	if (r < 0)
		fprintf(stderr, "pg_decide: %s\n", err.msg);
	return r < 0 ? 4 : 0;
}
