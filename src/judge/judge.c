/* Judging: every rule's query over the snapshot, its rows grouped into findings, each explained by a path and weighed.
 *
 *   rows of a rule ─▶ groups (one_per) ─▶ findings ─▶ paths (in parallel, each question once) ─▶ priority ─▶ sorted
 *
 * A group keeps its worst row and counts the starts and targets of the others; the message says how many.
 */
#include "base/hash.h"
#include "base/map.h"
#include "base/task.h"
#include "judge/judge_int.h"
#include <stdio.h>
#include <stdlib.h>

struct row {
	aisp_node subject, start, target;
	enum aisp_severity severity;
	int mode; /* of the path; -1 = none */
	bool certain;
};
struct group {
	const struct aisp_rule_full *rule;
	struct row row;
	struct aisp_slice message;
	uint32_t starts, targets; /* different ones seen */
	uint32_t job;             /* of its path, 1-based; 0 = none */
};
struct job {
	aisp_node start, target;
	int mode;
	struct aisp_paths paths;
	struct aisp_err err;
};
struct run {
	const struct aisp_snapshot *s;
	const struct aisp_reach *reach;
	struct aisp_sql *q;
	struct aisp_arena *arena;
	AISP_VEC(struct group) groups;
	AISP_VEC(struct job) jobs;
	struct aisp_map by_row; /* of one rule: what makes a group → its number */
	struct aisp_map seen;   /* (group, start or target) */
	struct aisp_map by_job;
};

static void run_done(struct run *r)
{
	for (size_t i = 0; i < r->jobs.n; i++)
		aisp_paths_done(&r->jobs.v[i].paths);
	aisp_vec_done(&r->groups);
	aisp_vec_done(&r->jobs);
	aisp_map_done(&r->by_row);
	aisp_map_done(&r->seen);
	aisp_map_done(&r->by_job);
	aisp_sql_close(r->q);
	aisp_arena_free(r->arena);
}

/* ---- Rows ---- */

static int column_node(struct run *r, sqlite3_stmt *stmt, int col, aisp_node *ret, struct aisp_err *err)
{
	aisp_node n = 0;
	int type = col < 0 ? SQLITE_NULL : sqlite3_column_type(stmt, col);
	if (type == SQLITE_NULL) {
		*ret = 0;
		return 0;
	}
	if (type == SQLITE_INTEGER) {
		sqlite3_int64 i = sqlite3_column_int64(stmt, col);
		n = i >= 1 && i <= r->s->n_nodes ? (aisp_node)i : 0;
	} else {
		const char *z = (const char *)sqlite3_column_text(stmt, col);
		if (!z)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while judging");
		n = aisp_snapshot_find(r->s, aisp_slice_z(z));
	}
	if (!n)
		return aisp_fail(err, AISP_E_USAGE, "column %s gives '%s', which is no node", sqlite3_column_name(stmt, col),
		                 (const char *)sqlite3_column_text(stmt, col));
	*ret = n;
	return 0;
}

static int read_row(struct run *r, const struct aisp_rule_full *f, sqlite3_stmt *stmt, const struct aisp_rule_columns *c,
                    struct row *ret, struct aisp_err *err)
{
	struct row row = {.severity = f->rule.severity, .mode = -1, .certain = true};
	int e = column_node(r, stmt, c->subject, &row.subject, err);
	if (e == 0 && !row.subject)
		e = aisp_fail(err, AISP_E_USAGE, "column subject is NULL");
	if (e == 0)
		e = column_node(r, stmt, c->start, &row.start, err);
	if (e == 0)
		e = column_node(r, stmt, c->target, &row.target, err);
	if (e < 0)
		return e;
	if (c->severity >= 0 && sqlite3_column_type(stmt, c->severity) != SQLITE_NULL) {
		struct aisp_slice name = aisp_slice_z((const char *)sqlite3_column_text(stmt, c->severity));
		row.severity = aisp_severity_find(name);
		if (!row.severity)
			return aisp_fail(err, AISP_E_USAGE, "column severity gives '%.*s'", AISP_FMT(name));
	}
	if (row.start && row.target && f->rule.path_mode.n) {
		struct aisp_slice name = f->rule.path_mode;
		if (c->mode >= 0 && sqlite3_column_type(stmt, c->mode) != SQLITE_NULL)
			name = aisp_slice_z((const char *)sqlite3_column_text(stmt, c->mode));
		row.mode = aisp_mode_find(name);
		if (row.mode < 0)
			return aisp_fail(err, AISP_E_USAGE, "column mode gives '%.*s', which is no mode", AISP_FMT(name));
	}
	if (c->certain >= 0)
		row.certain = sqlite3_column_int(stmt, c->certain) != 0;
	*ret = row;
	return 0;
}

static void put_node_part(struct aisp_buf *b, const struct aisp_snapshot *s, aisp_node n, struct aisp_slice part)
{
	if (!n)
		return;
	if (aisp_slice_ends(part, AISP_S("_id")))
		aisp_buf_put_printable(b, aisp_snapshot_text(s, s->nodes[n].id));
	else if (aisp_slice_ends(part, AISP_S("_kind")))
		aisp_buf_putz(b, aisp_node_kinds[s->nodes[n].kind].name);
	else
		aisp_buf_put_printable(b, aisp_snapshot_text(s, s->nodes[n].name));
}

static int put_name(struct aisp_buf *b, const struct run *r, const struct row *row, sqlite3_stmt *stmt, struct aisp_slice name)
{
	static const struct {
		const char *name;
		int which;
	} nodes[] = {{"subject", 0}, {"subject_id", 0}, {"subject_kind", 0}, {"start", 1}, {"start_id", 1},
	             {"start_kind", 1}, {"target", 2}, {"target_id", 2}, {"target_kind", 2}};
	aisp_node n[] = {row->subject, row->start, row->target};
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (aisp_slice_eqz(name, nodes[i].name)) {
			put_node_part(b, r->s, n[nodes[i].which], name);
			return 0;
		}
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *column = sqlite3_column_name(stmt, i);
		if (!column)
			return AISP_E_NOMEM;
		if (aisp_slice_eqz(name, column)) {
			aisp_buf_put_printable(b, aisp_slice_z((const char *)sqlite3_column_text(stmt, i)));
			return 0;
		}
	}
	return 0;
}

static int make_message(struct run *r, const struct aisp_rule_full *f, const struct row *row, sqlite3_stmt *stmt,
                        struct aisp_slice *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 65536);
	struct aisp_slice rest = f->message, text, name;
	int e = 0;
	while (e == 0 && aisp_message__next(&rest, &text, &name)) {
		aisp_buf_put(&b, text);
		if (name.n)
			e = put_name(&b, r, row, stmt, name);
	}
	if (e < 0 || b.bad == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while judging");
	*ret = aisp_arena_dup(r->arena, aisp_buf_slice(&b)); /* one that is too long stands as far as it fits */
	return ret->p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while judging");
}

/* ---- Groups ---- */

static int start_rank(const struct aisp_snapshot *s, aisp_node start)
{
	if (!start)
		return 0;
	switch (s->nodes[start].kind) {
	case AISP_NODE_INTERNET:
		return 5;
	case AISP_NODE_CONTENT:
		return 4;
	case AISP_NODE_TENANT:
		return 3;
	case AISP_NODE_NETWORK:
		return 2;
	default:
		return 1;
	}
}

/* Worse: more severe, from further outside, more sensitive, certain; then the smaller numbers, so that it is always the
 * same one. */
static bool is_worse(const struct aisp_snapshot *s, const struct row *a, const struct row *b)
{
	int by[] = {
		(int)a->severity - (int)b->severity,
		start_rank(s, a->start) - start_rank(s, b->start),
		(a->target ? s->nodes[a->target].sensitivity : 0) - (b->target ? s->nodes[b->target].sensitivity : 0),
		(int)a->certain - (int)b->certain,
	};
	for (size_t i = 0; i < sizeof by / sizeof *by; i++)
		if (by[i])
			return by[i] > 0;
	if (a->start != b->start)
		return a->start < b->start;
	if (a->target != b->target)
		return a->target < b->target;
	return a->mode < b->mode;
}

/* Counts a node once for a group. */
static int count_once(struct run *r, uint32_t group, aisp_node n, unsigned what, uint32_t *count, struct aisp_err *err)
{
	struct aisp_key key = {(uint64_t)group << 32 | n, what};
	if (!n || aisp_map_get(&r->seen, key))
		return 0;
	++*count;
	return aisp_map_put(&r->seen, key, 1, err);
}

static int add_row(struct run *r, const struct aisp_rule_full *f, const struct row *row, sqlite3_stmt *stmt,
                   struct aisp_err *err)
{
	struct aisp_key key = {(uint64_t)row->subject << 32 | (f->per == AISP_PER_SUBJECT ? 0 : row->target),
	                       f->per == AISP_PER_ROW ? row->start : 0};
	uint32_t at = aisp_map_get(&r->by_row, key);
	if (!at) {
		if (aisp_vec_push(&r->groups, (struct group){.rule = f}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while judging");
		at = (uint32_t)r->groups.n;
		int e = aisp_map_put(&r->by_row, key, at, err);
		if (e < 0)
			return e;
	}
	struct group *g = &r->groups.v[at - 1];
	int e = count_once(r, at, row->start, 1, &g->starts, err);
	if (e == 0)
		e = count_once(r, at, row->target, 2, &g->targets, err);
	if (e < 0 || (g->row.subject && !is_worse(r->s, row, &g->row)))
		return e;
	g->row = *row;
	return make_message(r, f, row, stmt, &g->message, err);
}

static int run_rule(struct run *r, const struct aisp_rule_full *f, struct aisp_err *err)
{
	sqlite3_stmt *stmt = NULL;
	struct aisp_rule_columns columns;
	aisp_map_done(&r->by_row);
	int e = aisp_sql_prepare(r->q, f->rule.sql, &stmt, err);
	if (e == 0)
		aisp_rule__columns(stmt, &columns);
	while (e == 0 && (e = aisp_sql_step(r->q, stmt, err)) == 1) {
		struct row row;
		e = read_row(r, f, stmt, &columns, &row, err);
		if (e == 0)
			e = add_row(r, f, &row, stmt, err);
	}
	sqlite3_finalize(stmt);
	if (e < 0)
		return aisp_wrap(err, e, "while running rule %.*s (%.*s:%u)", AISP_FMT(f->rule.id), AISP_FMT(f->rule.file), f->sql_line);
	return 0;
}

/* ---- Paths ---- */

static int plan_paths(struct run *r, struct aisp_err *err)
{
	for (size_t i = 0; i < r->groups.n; i++) {
		struct group *g = &r->groups.v[i];
		if (g->row.mode < 0)
			continue;
		struct aisp_key key = {(uint64_t)g->row.start << 32 | g->row.target, (uint64_t)g->row.mode};
		g->job = aisp_map_get(&r->by_job, key);
		if (g->job)
			continue;
		if (aisp_vec_push(&r->jobs, (struct job){.start = g->row.start, .target = g->row.target, .mode = g->row.mode}) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while judging");
		g->job = (uint32_t)r->jobs.n;
		int e = aisp_map_put(&r->by_job, key, g->job, err);
		if (e < 0)
			return e;
	}
	return 0;
}

static int explain(void *ctx, size_t i, unsigned worker)
{
	(void)worker;
	struct run *r = ctx;
	struct job *j = &r->jobs.v[i];
	struct aisp_actor actor = {.node = j->start};
	return aisp_reach_explain(r->reach, &actor, j->target, (enum aisp_mode)j->mode, 1, &j->paths, &j->err);
}

static int explain_all(struct run *r, struct aisp_err *err)
{
	int e = plan_paths(r, err);
	if (e < 0 || !r->jobs.n)
		return e;
	e = aisp_task_each(r->jobs.n, explain, r, err);
	if (e == 0)
		return 0;
	for (size_t i = 0; i < r->jobs.n; i++)
		if (r->jobs.v[i].err.code == (enum aisp_code)e) {
			aisp_fail(err, r->jobs.v[i].err.code, "%s", r->jobs.v[i].err.msg);
			break;
		}
	return aisp_wrap(err, e, "while explaining a path");
}

/* ---- Findings ---- */

static int set_fingerprint(const struct run *r, const struct group *g, struct aisp_buf *b, struct aisp_finding *f)
{
	const struct aisp_snapshot *s = r->s;
	f->counts_target = g->rule->per != AISP_PER_SUBJECT;
	const aisp_node nodes[] = {f->subject, f->start, f->counts_target ? f->target : 0};
	struct aisp_slice ids[3] = {{0}};
	for (size_t i = 0; i < 3; i++)
		if (nodes[i])
			ids[i] = aisp_snapshot_text(s, s->nodes[nodes[i]].id);
	return aisp_finding_fingerprint(g->rule->rule.id, ids, b, f->fingerprint, NULL);
}

static int set_message(struct run *r, const struct group *g, struct aisp_finding *f)
{
	uint32_t starts = g->starts > 1 ? g->starts - 1 : 0;
	uint32_t targets = g->rule->per == AISP_PER_SUBJECT && g->targets > 1 ? g->targets - 1 : 0;
	f->message = g->message;
	if (!starts && !targets)
		return 0;
	char s[32] = "", t[32] = "";
	if (starts)
		snprintf(s, sizeof s, "%u more start%s", starts, starts > 1 ? "s" : "");
	if (targets)
		snprintf(t, sizeof t, "%u more target%s", targets, targets > 1 ? "s" : "");
	struct aisp_slice body = g->message;
	bool dot = aisp_slice_ends(body, AISP_S("."));
	body.n -= dot;
	f->message = aisp_arena_printf(r->arena, "%.*s (and %s%s%s)%s", AISP_FMT(body), s, starts && targets ? ", " : "", t,
	                               dot ? "." : "");
	return f->message.p ? 0 : AISP_E_NOMEM;
}

static void lower_confidence(const struct aisp_snapshot *s, aisp_node n, enum aisp_confidence *c)
{
	if (n && s->nodes[n].confidence < *c)
		*c = s->nodes[n].confidence;
}

/* From the path where there is one: it is as sure as its weakest edge. Else from the things themselves. */
static int set_path(struct run *r, const struct group *g, struct aisp_finding *f)
{
	const struct aisp_paths *paths = g->job ? &r->jobs.v[g->job - 1].paths : NULL;
	f->certain = g->row.certain;
	if (!paths || !paths->n) {
		f->confidence = AISP_CONF_OBSERVED;
		lower_confidence(r->s, f->subject, &f->confidence);
		lower_confidence(r->s, f->target, &f->confidence);
		f->certain = f->certain && !paths && f->confidence > AISP_CONF_UNRESOLVED;
		return 0;
	}
	f->path = paths->paths[0];
	f->path.hops = aisp_arena_alloc(r->arena, (f->path.n + 1) * sizeof *f->path.hops);
	if (!f->path.hops)
		return AISP_E_NOMEM;
	if (f->path.n)
		memcpy(f->path.hops, paths->paths[0].hops, f->path.n * sizeof *f->path.hops);
	f->certain = f->certain && f->path.certain;
	f->confidence = f->path.confidence;
	if (!f->confidence) /* a path without edges: the node itself */
		f->confidence = r->s->nodes[f->subject].confidence;
	return 0;
}

static int make_findings(struct run *r, struct aisp_findings *ret)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 1 << 20);
	struct aisp_finding *v = aisp_arena_zalloc(r->arena, r->groups.n + 1, sizeof *v);
	if (!v)
		return AISP_E_NOMEM;
	for (size_t i = 0; i < r->groups.n; i++) {
		const struct group *g = &r->groups.v[i];
		struct aisp_finding *f = &v[i];
		f->rule = &g->rule->rule;
		f->severity = g->row.severity;
		f->subject = g->row.subject;
		f->start = g->row.start;
		f->target = g->row.target;
		int e = set_fingerprint(r, g, &b, f);
		if (e == 0)
			e = set_message(r, g, f);
		if (e == 0)
			e = set_path(r, g, f);
		if (e == 0)
			e = aisp_priority__set(r->s, r->arena, f);
		if (e < 0)
			return e;
	}
	qsort(v, r->groups.n, sizeof *v, aisp_finding__cmp);
	*ret = (struct aisp_findings){.arena = AISP_TAKE(r->arena), .v = v, .n = r->groups.n};
	return 0;
}

int aisp_judge__run(const struct aisp_rule *const *rules, size_t n_rules, const struct aisp_snapshot *s,
                    const struct aisp_reach *reach, struct aisp_findings *ret, struct aisp_err *err)
{
	AISP_CLEANUP(run_done) struct run r = {.s = s, .reach = reach, .arena = aisp_arena_new(0)};
	if (!r.arena)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while judging");
	int e = aisp_sql_open(s, reach, &r.q, err);
	for (size_t i = 0; e == 0 && i < n_rules; i++)
		e = run_rule(&r, (const struct aisp_rule_full *)rules[i], err);
	if (e == 0)
		e = explain_all(&r, err);
	if (e < 0)
		return e;
	e = make_findings(&r, ret);
	return e < 0 ? aisp_fail(err, (enum aisp_code)e, "out of memory while judging") : 0;
}

int aisp_judge(const struct aisp_rules *rules, const struct aisp_snapshot *s, const struct aisp_reach *reach,
               struct aisp_findings *ret, struct aisp_err *err)
{
	return aisp_judge__run(rules->view, rules->rules.n, s, reach, ret, err);
}

void aisp_findings_done(struct aisp_findings *f)
{
	aisp_arena_free(f->arena);
	*f = (struct aisp_findings){NULL, NULL, 0};
}
