/* The life of findings: what is found is open, what is no longer found though all it rests on was looked at is resolved.
 * `last_run` is NULL while a finding is among those of the latest scan, so that finding it again writes nothing.
 */
#include "base/mem.h"
#include "base/vec.h"
#include "store/sqlite/sq.h"
#include <stdlib.h>

enum status { STATUS_OPEN = 1, STATUS_RESOLVED = 2 };

struct keeper {
	sqlite3 *db;
	int64_t run;
	const struct aisp_snapshot *s;
	const struct sq_settled *settled;
	sqlite3_stmt *find, *add, *change, *status, *life, *source;
	AISP_VEC(int64_t) seen; /* ids of the findings of this scan */
	struct aisp_buf sources;
	struct aisp_err *err;
};

/* Keys of the sources that the finding rests on: as given, else those of its subject. */
static struct aisp_slice sources_of(struct keeper *k, const struct aisp_store_finding *f)
{
	aisp_node n = aisp_snapshot_find(k->s, f->subject);
	uint16_t last = 0;

	if (f->sources.n || !n)
		return f->sources;
	aisp_buf_clear(&k->sources);
	for (uint32_t i = 0; i < k->s->nodes[n].ev_n; i++) {
		uint16_t source = k->s->evidence[k->s->nodes[n].ev_at + i].source;

		if (source == last)
			continue;
		if (last)
			aisp_buf_putc(&k->sources, '\n');
		aisp_buf_put(&k->sources, aisp_snapshot_text(k->s, k->s->sources[source].key));
		last = source;
	}
	return aisp_buf_slice(&k->sources);
}

static void bind_finding(sqlite3_stmt *st, const struct aisp_store_finding *f, struct aisp_slice sources)
{
	aisp_store__sq_bind_text(st, 2, f->fingerprint);
	aisp_store__sq_bind_text(st, 3, f->rule);
	aisp_store__sq_bind_text(st, 4, f->severity);
	aisp_store__sq_bind_text(st, 5, f->title);
	aisp_store__sq_bind_text(st, 6, f->subject);
	aisp_store__sq_bind_text(st, 7, sources);
	aisp_store__sq_bind_text(st, 8, f->content);
}

static int note_event(struct keeper *k, int64_t id, enum aisp_store_event event)
{
	sqlite3_bind_int64(k->life, 1, id);
	sqlite3_bind_int64(k->life, 2, k->run);
	sqlite3_bind_int64(k->life, 3, event);
	return aisp_store__sq_run(k->life, k->err);
}

static int set_status(struct keeper *k, int64_t id, enum status status, int64_t last_run, int64_t changed_run)
{
	sqlite3_bind_int64(k->status, 1, id);
	sqlite3_bind_int64(k->status, 2, status);
	if (last_run)
		sqlite3_bind_int64(k->status, 3, last_run);
	else
		sqlite3_bind_null(k->status, 3);
	sqlite3_bind_int64(k->status, 4, changed_run);
	return aisp_store__sq_run(k->status, k->err);
}

static int add_finding(struct keeper *k, const struct aisp_store_finding *f, struct aisp_slice sources)
{
	int64_t id;
	int r = aisp_store__sq_number(k->db, "SELECT coalesce(max(id), 0) + 1 FROM finding", &id, k->err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(k->add, 1, id);
	bind_finding(k->add, f, sources);
	sqlite3_bind_int64(k->add, 9, k->run);
	if ((r = aisp_store__sq_run(k->add, k->err)) < 0)
		return r;
	if (aisp_vec_push(&k->seen, id) < 0)
		return aisp_store__sq_nomem(k->err);
	return note_event(k, id, AISP_STORE_FOUND);
}

/* The row that `find` stands on is the finding's. */
static int update_finding(struct keeper *k, const struct aisp_store_finding *f, struct aisp_slice sources)
{
	const struct aisp_slice want[] = {f->rule, f->severity, f->title, f->subject, sources, f->content};
	int64_t id = sqlite3_column_int64(k->find, 0), changed_run = sqlite3_column_int64(k->find, 3);
	enum status status = (enum status)sqlite3_column_int(k->find, 1);
	bool absent = sqlite3_column_type(k->find, 2) != SQLITE_NULL, changed = false;
	int r = 0;

	for (int i = 0; i < 6; i++)
		changed |= !aisp_slice_eq(want[i], aisp_store__sq_text(k->find, 4 + i));
	sqlite3_reset(k->find);
	if (aisp_vec_push(&k->seen, id) < 0)
		return aisp_store__sq_nomem(k->err);
	if (changed) {
		sqlite3_bind_int64(k->change, 1, id);
		bind_finding(k->change, f, sources);
		sqlite3_bind_int64(k->change, 9, k->run);
		if ((r = aisp_store__sq_run(k->change, k->err)) < 0 || (r = note_event(k, id, AISP_STORE_CHANGED)) < 0)
			return r;
		changed_run = k->run;
	}
	if (status == STATUS_RESOLVED) {
		r = set_status(k, id, STATUS_OPEN, 0, k->run);
		return r < 0 ? r : note_event(k, id, AISP_STORE_REOPENED);
	}
	return absent ? set_status(k, id, status, 0, changed_run) : 0;
}

static int put_finding(struct keeper *k, const struct aisp_store_finding *f)
{
	struct aisp_slice sources = sources_of(k, f);
	int r = aisp_buf_check(&k->sources, k->err);

	if (r < 0)
		return r;
	if (f->fingerprint.n == 0)
		return aisp_fail(k->err, AISP_E_INTERNAL, "a finding of rule %.*s lacks its fingerprint", AISP_FMT(f->rule));
	aisp_store__sq_bind_text(k->find, 1, f->fingerprint);
	if ((r = aisp_store__sq_step(k->find, k->err)) < 0)
		return r;
	if (r > 0)
		return update_finding(k, f, sources);
	sqlite3_reset(k->find);
	return add_finding(k, f, sources);
}

/* Was everything that the finding rests on looked at? A negative code on failure. */
static int looked_at(struct keeper *k, struct aisp_slice sources)
{
	struct aisp_slice key;

	if (sources.n == 0)
		return k->settled->all;
	while (aisp_slice_split(&sources, '\n', &key)) {
		aisp_store__sq_bind_text(k->source, 1, key);
		int r = aisp_store__sq_step(k->source, k->err);
		int64_t id = r > 0 ? sqlite3_column_int64(k->source, 0) : 0;

		sqlite3_reset(k->source);
		if (r < 0)
			return r;
		unsigned outcome = id > 0 && id <= k->settled->n_sources ? k->settled->outcome[id] : 0;

		if (outcome == 0 || outcome == SQ_FAILED)
			return 0;
	}
	return 1;
}

static int id_order(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* What becomes of an unresolved finding that this scan did not give. */
static int miss(struct keeper *k, sqlite3_stmt *q)
{
	int64_t id = sqlite3_column_int64(q, 0), changed_run = sqlite3_column_int64(q, 4);
	enum status status = (enum status)sqlite3_column_int(q, 1);
	bool absent = sqlite3_column_type(q, 2) != SQLITE_NULL;
	int64_t last_run = absent ? sqlite3_column_int64(q, 2) : k->run - 1;
	int r = looked_at(k, aisp_store__sq_text(q, 3));

	if (r < 0)
		return r;
	if (r > 0) {
		r = set_status(k, id, STATUS_RESOLVED, last_run, k->run);
		return r < 0 ? r : note_event(k, id, AISP_STORE_RESOLVED);
	}
	return absent ? 0 : set_status(k, id, status, last_run, changed_run);
}

static int miss_others(struct keeper *k)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	int64_t at = 0;
	int r = aisp_store__sq_prepare(k->db, "SELECT id, status, last_run, sources, changed_run FROM finding WHERE id > ? AND status <> 2"
	                          " ORDER BY id LIMIT 1", &q, k->err);

	if (r < 0)
		return r;
	if (k->seen.n > 1)
		qsort(k->seen.v, k->seen.n, sizeof *k->seen.v, id_order);
	/* One at a time: rows change under the question. */
	for (;;) {
		sqlite3_bind_int64(q, 1, at);
		if ((r = aisp_store__sq_step(q, k->err)) <= 0)
			return r;
		at = sqlite3_column_int64(q, 0);
		bool seen = k->seen.n && bsearch(&at, k->seen.v, k->seen.n, sizeof at, id_order);

		if (!seen && (r = miss(k, q)) < 0)
			return r;
		sqlite3_reset(q);
	}
}

static int save_findings(struct keeper *k)
{
	int r;

	if ((r = aisp_store__sq_prepare(k->db, "SELECT id, status, last_run, changed_run, rule, severity, title, subject, sources, content"
	                           " FROM finding WHERE fingerprint = ?", &k->find, k->err)) < 0 ||
	    (r = aisp_store__sq_prepare(k->db, "INSERT INTO finding(id, fingerprint, rule, severity, title, subject, sources, content, status,"
	                           " first_run, changed_run) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9)", &k->add, k->err)) < 0 ||
	    (r = aisp_store__sq_prepare(k->db, "UPDATE finding SET fingerprint = ?2, rule = ?3, severity = ?4, title = ?5, subject = ?6,"
	                           " sources = ?7, content = ?8, changed_run = ?9 WHERE id = ?1", &k->change, k->err)) < 0 ||
	    (r = aisp_store__sq_prepare(k->db, "UPDATE finding SET status = ?2, last_run = ?3, changed_run = ?4 WHERE id = ?1", &k->status, k->err)) < 0 ||
	    (r = aisp_store__sq_prepare(k->db, "INSERT INTO finding_life(finding, run, event) VALUES(?, ?, ?)", &k->life, k->err)) < 0 ||
	    (r = aisp_store__sq_prepare(k->db, "SELECT id FROM source WHERE key = ?", &k->source, k->err)) < 0)
		return r;
	for (size_t i = 0; i < k->settled->in->n_findings; i++)
		if ((r = put_finding(k, &k->settled->in->findings[i])) < 0)
			return r;
	return miss_others(k);
}

int aisp_store__sq_findings_save(sqlite3 *db, int64_t run, const struct aisp_snapshot *s, const struct sq_settled *settled, struct aisp_err *err)
{
	struct keeper k = {.db = db, .run = run, .s = s, .settled = settled, .err = err};
	int r = save_findings(&k);

	aisp_store__sq_finalize(&k.find);
	aisp_store__sq_finalize(&k.add);
	aisp_store__sq_finalize(&k.change);
	aisp_store__sq_finalize(&k.status);
	aisp_store__sq_finalize(&k.life);
	aisp_store__sq_finalize(&k.source);
	aisp_vec_done(&k.seen);
	aisp_buf_done(&k.sources);
	return r;
}

/* Reading. */

static bool read_finding(sqlite3_stmt *q, int64_t latest, struct aisp_arena *a, struct aisp_store_finding *x)
{
	struct aisp_slice *const texts[] = {&x->fingerprint, &x->rule, &x->severity, &x->title, &x->subject, &x->sources, &x->content};
	bool bad = false;

	for (int i = 0; i < 7; i++)
		*texts[i] = aisp_store__sq_text_dup(q, i, a, &bad);
	x->status = sqlite3_column_int(q, 7) == STATUS_RESOLVED ? AISP_S("resolved") : AISP_S("open");
	x->first_run = sqlite3_column_int64(q, 8);
	x->last_run = sqlite3_column_type(q, 9) == SQLITE_NULL ? latest : sqlite3_column_int64(q, 9);
	x->changed_run = sqlite3_column_int64(q, 10);
	return !bad;
}

static int read_findings(struct aisp_store *st, struct aisp_store_findings *l, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *q = NULL;
	int64_t latest, most;
	int r;

	if ((r = aisp_store__sq_number(st->db, "SELECT max(id) FROM run", &latest, err)) < 0 ||
	    (r = aisp_store__sq_number(st->db, "SELECT count(*) FROM finding", &most, err)) < 0 ||
	    (r = aisp_store__sq_prepare(st->db, "SELECT fingerprint, rule, severity, title, subject, sources, content, status, first_run, last_run,"
	                            " changed_run FROM finding ORDER BY fingerprint", &q, err)) < 0)
		return r;
	l->v = aisp_arena_zalloc(l->arena, (size_t)most + 1, sizeof *l->v);
	if (!l->v)
		return aisp_store__sq_nomem(err);
	while ((r = aisp_store__sq_step(q, err)) > 0 && l->n < (size_t)most)
		if (!read_finding(q, latest, l->arena, &l->v[l->n++]))
			return aisp_store__sq_nomem(err);
	return r < 0 ? r : 0;
}

int aisp_store_findings(struct aisp_store *st, struct aisp_store_findings *ret, struct aisp_err *err)
{
	struct aisp_store_findings l = {.arena = aisp_arena_new(0)};
	int r = l.arena ? aisp_store__sq_begin(st->db, err) : aisp_store__sq_nomem(err);

	if (r == 0)
		r = aisp_store__sq_end(st->db, read_findings(st, &l, err), err);
	if (r < 0)
		aisp_store_findings_done(&l);
	else
		*ret = l;
	return r;
}

void aisp_store_findings_done(struct aisp_store_findings *l)
{
	aisp_arena_freep(&l->arena);
	*l = (struct aisp_store_findings){0};
}

static int read_life(struct aisp_store *st, struct aisp_slice fingerprint, struct aisp_store_life *l, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *q = NULL, *count = NULL;
	int r;

	if ((r = aisp_store__sq_prepare(st->db, "SELECT count(*) FROM finding_life WHERE finding = (SELECT id FROM finding WHERE fingerprint = ?)",
	                    &count, err)) < 0 ||
	    (r = aisp_store__sq_prepare(st->db, "SELECT run, event FROM finding_life WHERE finding = (SELECT id FROM finding WHERE fingerprint = ?)"
	                            " ORDER BY id", &q, err)) < 0)
		return r;
	aisp_store__sq_bind_text(count, 1, fingerprint);
	aisp_store__sq_bind_text(q, 1, fingerprint);
	if ((r = aisp_store__sq_step(count, err)) < 0)
		return r;
	size_t most = (size_t)sqlite3_column_int64(count, 0);

	l->v = aisp_arena_zalloc(l->arena, most + 1, sizeof *l->v);
	if (!l->v)
		return aisp_store__sq_nomem(err);
	for (; (r = aisp_store__sq_step(q, err)) > 0 && l->n < most; l->n++) {
		l->v[l->n].run = sqlite3_column_int64(q, 0);
		l->v[l->n].event = (enum aisp_store_event)sqlite3_column_int(q, 1);
	}
	return r < 0 ? r : 0;
}

int aisp_store_life(struct aisp_store *st, struct aisp_slice fingerprint, struct aisp_store_life *ret, struct aisp_err *err)
{
	struct aisp_store_life l = {.arena = aisp_arena_new(0)};
	int r = l.arena ? aisp_store__sq_begin(st->db, err) : aisp_store__sq_nomem(err);

	if (r == 0)
		r = aisp_store__sq_end(st->db, read_life(st, fingerprint, &l, err), err);
	if (r < 0)
		aisp_store_life_done(&l);
	else
		*ret = l;
	return r;
}

void aisp_store_life_done(struct aisp_store_life *l)
{
	aisp_arena_freep(&l->arena);
	*l = (struct aisp_store_life){0};
}
