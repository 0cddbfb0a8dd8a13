/* Runs, and how the sources fared in them. */
#include "base/mem.h"
#include "store/sqlite/sq.h"
#include <stdlib.h>

int aisp_store__sq_run_check(sqlite3 *db, int64_t *run, struct aisp_err *err)
{
	int64_t last;
	int r = aisp_store__sq_number(db, "SELECT max(id) FROM run", &last, err);

	if (r < 0)
		return r;
	if (last == 0)
		return aisp_fail(err, AISP_E_NOTFOUND, "the store holds no scan yet; `aisp scan` makes one");
	if (*run < 0 || *run > last)
		return aisp_fail(err, AISP_E_NOTFOUND, "there is no run %lld; the last is %lld", (long long)*run, (long long)last);
	if (*run == 0)
		*run = last;
	return 0;
}

static bool read_run(sqlite3_stmt *q, struct aisp_arena *a, struct aisp_store_run *x)
{
	uint32_t *const numbers[] = {&x->added, &x->removed, &x->sources_ok, &x->sources_failed,
	                             &x->n_nodes, &x->n_edges, &x->n_gaps, &x->n_findings};
	bool bad = false;

	x->run = sqlite3_column_int64(q, 0);
	x->started_us = sqlite3_column_int64(q, 1);
	x->finished_us = sqlite3_column_int64(q, 2);
	x->title = aisp_store__sq_text_dup(q, 3, a, &bad);
	for (int i = 0; i < 8; i++)
		*numbers[i] = (uint32_t)sqlite3_column_int64(q, i + 4);
	return !bad;
}

static int read_runs(struct aisp_store *st, struct aisp_store_runs *l, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	int64_t most;
	int r;

	if ((r = aisp_store__sq_number(st->db, "SELECT count(*) FROM run", &most, err)) < 0 ||
	    (r = aisp_store__sq_prepare(st->db, "SELECT id, started_us, finished_us, title, added, removed, sources_ok, sources_failed, n_nodes,"
	                            " n_edges, n_gaps, n_findings FROM run ORDER BY id DESC", &q, err)) < 0)
		return r;
	l->v = aisp_arena_zalloc(l->arena, (size_t)most + 1, sizeof *l->v);
	if (!l->v)
		return aisp_store__sq_nomem(err);
	while ((r = aisp_store__sq_step(q, err)) > 0 && l->n < (size_t)most)
		if (!read_run(q, l->arena, &l->v[l->n++]))
			return aisp_store__sq_nomem(err);
	return r < 0 ? r : 0;
}

int aisp_store_runs(struct aisp_store *st, struct aisp_store_runs *ret, struct aisp_err *err)
{
	struct aisp_store_runs l = {.arena = aisp_arena_new(0)};
	int r = l.arena ? aisp_store__sq_begin(st->db, err) : aisp_store__sq_nomem(err);

	if (r == 0)
		r = aisp_store__sq_end(st->db, read_runs(st, &l, err), err);
	if (r < 0)
		aisp_store_runs_done(&l);
	else
		*ret = l;
	return r;
}

void aisp_store_runs_done(struct aisp_store_runs *l)
{
	aisp_arena_freep(&l->arena);
	*l = (struct aisp_store_runs){0};
}

int aisp_store_run_at(struct aisp_store *st, int64_t us, int64_t *ret_run, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	int r = aisp_store__sq_prepare(st->db, "SELECT max(id) FROM run WHERE finished_us <= ?", &q, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(q, 1, us);
	if ((r = aisp_store__sq_step(q, err)) < 0)
		return r;
	*ret_run = r > 0 ? sqlite3_column_int64(q, 0) : 0;
	return 0;
}

/* What the runs say of each source, the later over the earlier. */
static int follow_runs(sqlite3 *db, int64_t run, struct sq_source *sources, size_t n, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	int r = aisp_store__sq_prepare(db, "SELECT source, position, outcome, collected_us, run FROM run_source WHERE run <= ? ORDER BY run, position",
	                   &q, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(q, 1, run);
	while ((r = aisp_store__sq_step(q, err)) > 0) {
		int64_t id = sqlite3_column_int64(q, 0);

		if (id < 1 || (uint64_t)id > n)
			return aisp_store__sq_fail(db, SQLITE_CORRUPT, err, "");
		struct sq_source *x = &sources[id - 1];
		enum sq_outcome outcome = (enum sq_outcome)sqlite3_column_int(q, 2);

		x->position = sqlite3_column_int64(q, 1);
		x->dropped = outcome == SQ_DROPPED;
		if (outcome != SQ_KEPT)
			x->stale = outcome == SQ_FAILED;
		if (outcome == SQ_OK) {
			x->collected_us = sqlite3_column_int64(q, 3);
			x->run = sqlite3_column_int64(q, 4);
			x->read = true;
		}
	}
	return r;
}

static int source_order(const void *pa, const void *pb)
{
	const struct sq_source *a = pa, *b = pb;

	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* Source rows are numbered 1, 2, 3, … without holes. */
int aisp_store__sq_sources_at(sqlite3 *db, int64_t run, struct aisp_arena *a, struct sq_source **ret_sources, size_t *ret_n,
                  struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	const bool told = sqlite3_table_column_metadata(db, NULL, "source", "options", NULL, NULL, NULL, NULL, NULL) == SQLITE_OK; /* not before format 2 */
	const char *sql = told ? "SELECT id, key, kind, target, options FROM source ORDER BY id" : "SELECT id, key, kind, target, '' FROM source ORDER BY id";
	struct sq_source *sources;
	size_t n = 0, kept = 0;
	int64_t most;
	bool bad = false;
	int r;

	if ((r = aisp_store__sq_number(db, "SELECT count(*) FROM source", &most, err)) < 0 ||
	    (r = aisp_store__sq_prepare(db, sql, &q, err)) < 0)
		return r;
	sources = aisp_arena_zalloc(a, (size_t)most + 1, sizeof *sources);
	if (!sources)
		return aisp_store__sq_nomem(err);
	while ((r = aisp_store__sq_step(q, err)) > 0) {
		if (n == (size_t)most || sqlite3_column_int64(q, 0) != (int64_t)n + 1)
			return aisp_store__sq_fail(db, SQLITE_CORRUPT, err, "");
		struct sq_source *x = &sources[n++];

		x->id = (uint32_t)n;
		x->position = -1; /* not yet in any run */
		x->key = aisp_store__sq_text_dup(q, 1, a, &bad);
		x->kind = aisp_store__sq_text_dup(q, 2, a, &bad);
		x->target = aisp_store__sq_text_dup(q, 3, a, &bad);
		x->options = aisp_store__sq_text_dup(q, 4, a, &bad);
	}
	if (r < 0 || (r = follow_runs(db, run, sources, n, err)) < 0)
		return r;
	if (bad)
		return aisp_store__sq_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (!sources[i].dropped && sources[i].position >= 0)
			sources[kept++] = sources[i];
	qsort(sources, kept, sizeof *sources, source_order);
	*ret_sources = sources;
	*ret_n = kept;
	return 0;
}

static int read_sources(struct aisp_store *st, struct aisp_store_sources *l, struct aisp_err *err)
{
	struct sq_source *rows;
	size_t n;
	int r = aisp_store__sq_sources_at(st->db, INT64_MAX, l->arena, &rows, &n, err);

	if (r < 0)
		return r;
	l->v = aisp_arena_zalloc(l->arena, n + 1, sizeof *l->v);
	if (!l->v)
		return aisp_store__sq_nomem(err);
	for (l->n = 0; l->n < n; l->n++) {
		const struct sq_source *x = &rows[l->n];

		l->v[l->n] = (struct aisp_store_source){.key = x->key, .kind = x->kind, .target = x->target, .options = x->options, .stale = x->stale,
		                                        .collected_us = x->collected_us, .run = x->run};
	}
	return 0;
}

int aisp_store_sources(struct aisp_store *st, struct aisp_store_sources *ret, struct aisp_err *err)
{
	struct aisp_store_sources l = {.arena = aisp_arena_new(0)};
	int r = l.arena ? aisp_store__sq_begin(st->db, err) : aisp_store__sq_nomem(err);

	if (r == 0)
		r = aisp_store__sq_end(st->db, read_sources(st, &l, err), err);
	if (r < 0)
		aisp_store_sources_done(&l);
	else
		*ret = l;
	return r;
}

void aisp_store_sources_done(struct aisp_store_sources *l)
{
	aisp_arena_freep(&l->arena);
	*l = (struct aisp_store_sources){0};
}
