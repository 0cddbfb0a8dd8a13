/* access and path: who reaches it, what it reaches, and over which paths. */
#include "cli/explain.h"
#include "cli/session.h"

struct rows {
	AISP_VEC(struct aisp_access_row) list;
	AISP_VEC(struct aisp_paths) paths; /* owners of the paths in `list` */
	size_t left_out;
};
#define BIT(m) (1u << AISP_MODE_##m)

/* The modes that answer a wish: asking for read also shows what is had through an agent. */
static unsigned wanted_modes(const char *mode, unsigned otherwise)
{
	if (!mode)
		return otherwise;
	if (strcmp(mode, "any") == 0)
		return (1u << AISP_MODE_END) - 1;
	const unsigned set = 1u << aisp_mode_find(aisp_slice_z(mode));
	return set | (set & BIT(READ) ? BIT(READ_VIA) : 0) | (set & BIT(WRITE) ? BIT(WRITE_VIA) : 0);
}

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->paths.n; i++)
		aisp_paths_done(&rows->paths.v[i]);
	aisp_vec_done(&rows->paths);
	aisp_vec_done(&rows->list);
}

static int push(struct rows *rows, struct aisp_access_row row, struct aisp_err *err)
{
	if (aisp_vec_push(&rows->list, row) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while listing access");
	return 0;
}

/* Cuts the list to --limit and finds the shortest path of what is left. */
static int explain_rows(const struct aisp_options *o, const struct aisp_session *s, struct rows *rows, struct aisp_err *err)
{
	if (o->limit > 0 && rows->list.n > (size_t)o->limit) {
		rows->left_out = rows->list.n - (size_t)o->limit;
		rows->list.n = (size_t)o->limit;
	}
	for (size_t i = 0; i < rows->list.n; i++) {
		struct aisp_access_row *row = &rows->list.v[i];
		const struct aisp_actor actor = {.node = row->actor};
		struct aisp_paths paths = {0};
		int r = aisp_reach_explain(s->reach, &actor, row->target, row->mode, 1, &paths, err);
		if (r < 0)
			return r;
		if (aisp_vec_push(&rows->paths, paths) < 0) {
			aisp_paths_done(&paths);
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while explaining access");
		}
		if (paths.n)
			row->path = paths.paths[0];
	}
	return 0;
}

/* Identities of every sort and the places where attacks start; credentials and plain assets are no answer to "who". */
static bool is_who(void *ctx, const struct aisp_snapshot *s, aisp_node n)
{
	(void)ctx;
	return aisp_snode_flags(&s->nodes[n]) & (AISP_NK_IDENTITY | AISP_NK_NHI | AISP_NK_START);
}

/* Who has it directly, at least as surely, needs no agent for it. */
static bool is_had_directly(const struct rows *rows, aisp_node actor, int mode, bool certain)
{
	const enum aisp_mode direct = mode == AISP_MODE_READ_VIA ? AISP_MODE_READ : mode == AISP_MODE_WRITE_VIA ? AISP_MODE_WRITE : AISP_MODE_END;
	for (size_t i = 0; direct != AISP_MODE_END && i < rows->list.n; i++)
		if (rows->list.v[i].actor == actor && rows->list.v[i].mode == direct && rows->list.v[i].certain >= certain)
			return true;
	return false;
}

static int access_to(const struct aisp_options *o, struct aisp_session *s, struct rows *rows, struct aisp_err *err)
{
	aisp_node target;
	int r = aisp_snapshot_ref(s->snapshot, aisp_slice_z(o->to), &target, err);
	const unsigned modes = wanted_modes(o->mode, BIT(READ) | BIT(READ_VIA));
	for (int m = 0; r == 0 && m < AISP_MODE_END; m++) {
		struct aisp_reached_by by = {0};
		if (!(modes & 1u << m))
			continue;
		r = aisp_reach_reverse(s->reach, target, (enum aisp_mode)m, is_who, NULL, &by, err);
		for (size_t i = 0; r == 0 && i < by.n; i++)
			if (by.actors[i] != target && (by.certain[i] || !o->certain) && !is_had_directly(rows, by.actors[i], m, by.certain[i]))
				r = push(rows, (struct aisp_access_row){by.actors[i], target, (enum aisp_mode)m, by.certain[i], {0}}, err);
		aisp_reached_by_done(&by);
	}
	return r;
}

struct from {
	struct rows *rows;
	const struct aisp_session *s;
	const struct aisp_reach_answer *certain, *possible;
	aisp_node actor;
	unsigned modes;
	bool only_certain, all;
	struct aisp_err *err;
};

/* A column is told when its table is not had in one of these modes itself. */
static bool is_part_only(const struct from *f, aisp_node column, unsigned modes)
{
	const struct aisp_snapshot *s = f->s->snapshot;
	for (uint32_t i = s->in_at[column]; i < s->in_at[column + 1]; i++) {
		const struct aisp_sedge *e = &s->edges[s->in_edges[i]];
		if (e->kind == AISP_EDGE_HAS_DATA)
			return (aisp_reach_modes(f->possible, 0, e->from) & modes & ~BIT(NET)) == 0;
	}
	return true;
}

/* What is not an asset or identity itself (columns, variables, files) is told only on demand. */
static bool is_told(const struct from *f, aisp_node n, unsigned modes)
{
	const struct aisp_snode *node = &f->s->snapshot->nodes[n];
	return f->all || (aisp_node_kinds[node->kind].flags & (AISP_NK_ASSET | AISP_NK_IDENTITY)) != 0 ||
	       node->kind == AISP_NODE_CREDENTIAL || (node->kind == AISP_NODE_COLUMN && is_part_only(f, n, modes & f->modes));
}

static int from_node(void *ctx, aisp_node n, unsigned modes)
{
	struct from *f = ctx;
	const unsigned certain = aisp_reach_modes(f->certain, 0, n);
	if (n == f->actor || !is_told(f, n, modes))
		return 0;
	/* "may" is news only where the thing itself is not had. */
	modes &= ~((modes & (BIT(CALL) | BIT(READ) | BIT(WRITE) | BIT(ACT))) == 0 ? 0u
		: (modes & BIT(CALL) ? BIT(MAY_CALL) : 0) | (modes & BIT(READ) ? BIT(MAY_READ) : 0) |
		  (modes & BIT(WRITE) ? BIT(MAY_WRITE) : 0) | (modes & BIT(ACT) ? BIT(MAY_ACT) : 0));
	for (int m = 0; m < AISP_MODE_END; m++) {
		const bool sure = certain & 1u << m;
		if (!(modes & f->modes & 1u << m) || (f->only_certain && !sure))
			continue;
		int r = push(f->rows, (struct aisp_access_row){f->actor, n, (enum aisp_mode)m, sure, {0}}, f->err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int access_from(const struct aisp_options *o, struct aisp_session *s, struct rows *rows, struct aisp_err *err)
{
	const unsigned usual = BIT(READ) | BIT(WRITE) | BIT(ACT) | BIT(CALL) | BIT(STEER) | BIT(READ_VIA) | BIT(WRITE_VIA) |
			       BIT(MAY_CALL) | BIT(MAY_READ) | BIT(MAY_WRITE) | BIT(MAY_ACT);
	struct aisp_actor actor = {0};
	struct aisp_reach_answer *certain = NULL, *possible = NULL;
	int r = aisp_snapshot_ref(s->snapshot, aisp_slice_z(o->from), &actor.node, err);
	if (r == 0)
		r = aisp_reach_forward(s->reach, &actor, 1, AISP_CERTAIN, &certain, err);
	if (r == 0)
		r = aisp_reach_forward(s->reach, &actor, 1, AISP_POSSIBLE, &possible, err);
	struct from f = {rows, s, certain, possible, actor.node, wanted_modes(o->mode, usual), o->certain, o->all || o->mode, err};
	if (r == 0)
		r = aisp_reach_each(possible, 0, from_node, &f);
	aisp_reach_answer_free(certain);
	aisp_reach_answer_free(possible);
	return r;
}

int aisp_cmd_access(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	struct aisp_report report;
	struct rows rows = {0};
	if (o->explain)
		return aisp_cmd_explain(o, err);
	if (!o->to == !o->from)
		return aisp_fail(err, AISP_E_USAGE, "access needs --to REF (who reaches it?) or --from REF (what does it reach?); for both ends see 'aisp path'");
	int r = aisp_session_open(o, &s, err);
	if (r == 0)
		r = aisp_session_reach(&s, err);
	if (r == 0)
		r = o->to ? access_to(o, &s, &rows, err) : access_from(o, &s, &rows, err);
	if (r == 0)
		r = explain_rows(o, &s, &rows, err);
	if (r == 0) {
		aisp_report_init(o, s.snapshot, "access", &report);
		report.access = rows.list.v;
		report.n_access = rows.list.n;
		report.n_access_left_out = rows.left_out;
		r = aisp_report_put(o, &report, AISP_VIEW_ACCESS, err);
	}
	rows_done(&rows);
	return r;
}

/* The k shortest paths for each wanted mode. */
static int path_rows(const struct aisp_options *o, const struct aisp_session *s, struct rows *rows, struct aisp_err *err)
{
	struct aisp_actor actor = {0};
	aisp_node target = 0;
	int r = aisp_snapshot_ref(s->snapshot, aisp_slice_z(o->from), &actor.node, err);
	if (r == 0)
		r = aisp_snapshot_ref(s->snapshot, aisp_slice_z(o->to), &target, err);
	const unsigned modes = wanted_modes(o->mode, BIT(READ) | BIT(READ_VIA));
	for (int m = 0; r == 0 && m < AISP_MODE_END; m++) {
		struct aisp_paths paths = {0};
		if (!(modes & 1u << m))
			continue;
		r = aisp_reach_explain(s->reach, &actor, target, (enum aisp_mode)m, o->paths > 0 ? (size_t)o->paths : 3, &paths, err);
		if (r == 0 && aisp_vec_push(&rows->paths, paths) < 0) {
			aisp_paths_done(&paths);
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory while explaining paths");
		}
		for (size_t i = 0; r == 0 && i < paths.n; i++)
			if (paths.paths[i].certain || !o->certain)
				r = push(rows, (struct aisp_access_row){actor.node, target, (enum aisp_mode)m, paths.paths[i].certain, paths.paths[i]}, err);
	}
	return r;
}

int aisp_cmd_path(struct aisp_options *o, struct aisp_err *err)
{
	AISP_AUTOSESSION struct aisp_session s = {0};
	struct aisp_report report;
	struct rows rows = {0};
	if (!o->to || !o->from)
		return aisp_fail(err, AISP_E_USAGE, "path needs both --from REF and --to REF");
	int r = aisp_session_open(o, &s, err);
	if (r == 0)
		r = aisp_session_reach(&s, err);
	if (r == 0)
		r = path_rows(o, &s, &rows, err);
	if (r == 0) {
		aisp_report_init(o, s.snapshot, "paths", &report);
		report.access = rows.list.v;
		report.n_access = rows.list.n;
		r = aisp_report_put(o, &report, AISP_VIEW_PATH, err);
	}
	rows_done(&rows);
	return r;
}
