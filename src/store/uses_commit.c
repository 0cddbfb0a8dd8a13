/* The commit: what is new of the batch goes into the sums, and sums, digests and positions into the file, in one transaction. */
#include "base/hash.h"
#include "store/uses_int.h"

enum { AHEAD = 12 };
static const int64_t second_us = 1000000, day_us = (int64_t)86400 * 1000000;

static void span(int64_t us, int64_t *first, int64_t *last)
{
	if (us && (!*first || us < *first))
		*first = us;
	if (us > *last)
		*last = us;
}

static int count_day(struct aisp_uses *u, uint32_t window, int64_t day, struct aisp_err *err)
{
	/* Entries come in order of their files, so a day is nearly always among the last. */
	for (size_t i = u->days.n; i-- > 0 && i + 32 > u->days.n;)
		if (u->days.v[i].day == day && u->days.v[i].window == window) {
			u->days.v[i].events++;
			return 0;
		}
	return aisp_vec_push(&u->days, (struct uses_day){.window = window, .day = day, .events = 1}) < 0 ? aisp_uses__nomem(err) : 0;
}

static int count(struct aisp_uses *u, const struct uses_entry *e, struct aisp_err *err)
{
	struct uses_sum *s = &u->sums.v[e->sum];
	struct uses_window *w = &u->windows.v[s->window];
	const int64_t us = (int64_t)e->time * second_us + (e->us & 0xffffff);

	const enum aisp_use_outcome outcome = (enum aisp_use_outcome)(e->us >> 24);

	switch (outcome) {
	case AISP_USE_DENIED:
		s->denied++;
		break;
	case AISP_USE_FAILED:
		s->failed++;
		break;
	case AISP_USE_DONE:
	default:
		s->done++;
		span(us, &s->first_us, &s->last_us);
	}
	span(us, &s->tried_first_us, &s->tried_last_us);
	s->dirty = true;
	u->froms.v[e->from].count++;
	w->events++;
	w->dirty = true;
	span(us, &w->first_us, &w->last_us);
	if (!us)
		return 0;
	int r = aisp_uses__day_count(u, s, e->time / 86400, outcome == AISP_USE_DONE, outcome == AISP_USE_DENIED, err);
	return r == 0 ? count_day(u, s->window, us / day_us, err) : r;
}

static int count_all(struct aisp_uses *u, struct aisp_err *err)
{
	AISP_AUTOFREE bool *drops = aisp_mem_zalloc(u->n_entries + 1, sizeof *drops);
	int r;

	if (!drops)
		return aisp_uses__nomem(err);
	if (u->cap_order < u->n_entries) {
		aisp_mem_free(u->order);
		u->cap_order = u->cap_entries;
		u->order = aisp_mem_alloc(2 * u->cap_order * sizeof *u->order);
		if (!u->order) {
			u->cap_order = 0;
			return aisp_uses__nomem(err);
		}
	}
	r = u->n_entries ? aisp_uses__seen(u, drops, err) : 0;
	for (size_t i = 0; r == 0 && i < u->n_entries; i++) {
		if (i + AHEAD < u->n_entries) {
			__builtin_prefetch(&u->sums.v[u->entries[i + AHEAD].sum].done, 1);
			__builtin_prefetch(&u->froms.v[u->entries[i + AHEAD].from].count, 1);
		}
		if (!drops[i]) {
			r = count(u, &u->entries[i], err);
			continue;
		}
		struct uses_window *w = &u->windows.v[u->sums.v[u->entries[i].sum].window];
		w->duplicates++;
		w->dirty = true;
	}
	return r;
}

/* ---- into the file ---- */

static int put_window(sqlite3_stmt *st, struct uses_window *w, struct aisp_err *err)
{
	int r;

	aisp_store__sq_bind_text(st, 1, w->source);
	aisp_store__sq_bind_text(st, 2, w->origin);
	aisp_store__sq_bind_text(st, 3, w->sees);
	sqlite3_bind_int64(st, 4, w->first_us);
	sqlite3_bind_int64(st, 5, w->last_us);
	sqlite3_bind_int64(st, 6, w->events);
	sqlite3_bind_int64(st, 7, w->duplicates);
	sqlite3_bind_int64(st, 8, w->not_understood);
	sqlite3_bind_int64(st, 9, w->torn);
	if ((r = aisp_store__sq_step(st, err)) > 0)
		w->id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return r < 0 ? r : 0;
}

static int put_windows(struct aisp_uses *u, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(u->db,
		"INSERT INTO win (source, origin, sees, first_us, last_us, events, duplicates, not_understood, torn) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
		"ON CONFLICT (source, origin, sees) DO UPDATE SET "
		"first_us = CASE WHEN excluded.first_us = 0 THEN first_us WHEN first_us = 0 THEN excluded.first_us ELSE min(first_us, excluded.first_us) END, "
		"last_us = max(last_us, excluded.last_us), events = events + excluded.events, duplicates = duplicates + excluded.duplicates, "
		"not_understood = not_understood + excluded.not_understood, torn = torn + excluded.torn RETURNING id", &st, err);

	for (size_t i = 0; r == 0 && i < u->windows.n; i++)
		if (u->windows.v[i].dirty)
			r = put_window(st, &u->windows.v[i], err);
	return r;
}

static int put_days(struct aisp_uses *u, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(u->db, "INSERT INTO day (win, day, events) VALUES (?1, ?2, ?3) ON CONFLICT (win, day) DO UPDATE SET events = events + excluded.events", &st, err);

	for (size_t i = 0; r == 0 && i < u->days.n; i++) {
		sqlite3_bind_int64(st, 1, u->windows.v[u->days.v[i].window].id);
		sqlite3_bind_int64(st, 2, u->days.v[i].day);
		sqlite3_bind_int64(st, 3, u->days.v[i].events);
		r = aisp_store__sq_run(st, err);
	}
	return r;
}

struct came {
	struct aisp_slice address;
	int64_t count;
};
typedef AISP_VEC(struct came) came_vec;
struct put_use {
	sqlite3_stmt *add, *insert, *kept;
	came_vec came;
	uses_days_vec days;
	struct aisp_buf days_text;
	struct aisp_use_day old_days[AISP_USE_DAYS];
};

/* The content decides the row, whatever program and run wrote it: a digest of all texts. */
static struct aisp_digest digest_of(struct aisp_uses *u, const struct uses_sum *s)
{
	const struct uses_window *w = &u->windows.v[s->window];

	aisp_buf_clear(&u->scratch);
	aisp_buf_printf(&u->scratch, "%u %u %u %u %u %zu %zu %zu ", s->n[0], s->n[1], s->n[2], s->n[3], s->n[4], w->source.n, w->origin.n, w->sees.n);
	aisp_buf_put(&u->scratch, aisp_slice_of(s->text, s->total));
	aisp_buf_put(&u->scratch, w->source);
	aisp_buf_put(&u->scratch, w->origin);
	aisp_buf_put(&u->scratch, w->sees);
	return aisp_digest_of(u->scratch.p, u->scratch.n);
}

static int insert_sum(struct aisp_uses *u, struct put_use *p, struct uses_sum *s, struct aisp_err *err)
{
	const struct aisp_digest d = digest_of(u, s);
	const char *text = s->text;
	int r;

	sqlite3_bind_blob(p->insert, 1, d.b, sizeof d.b, SQLITE_STATIC);
	sqlite3_bind_int64(p->insert, 2, u->windows.v[s->window].id);
	for (int i = 0; i < USES_TEXTS; i++) {
		aisp_store__sq_bind_text(p->insert, 3 + i, aisp_slice_of(text, s->n[i]));
		text += s->n[i];
	}
	if ((r = aisp_store__sq_step(p->insert, err)) < 0)
		return r;
	if (r > 0) {
		s->id = sqlite3_column_int64(p->insert, 0);
		/* A row that has counts was there before. */
		u->windows.v[s->window].run.uses += sqlite3_column_int64(p->insert, 1) == 0;
	}
	sqlite3_reset(p->insert);
	return 0;
}

/* Addresses of a sum as they stand in its row: "COUNT ADDRESS\n" each, in the order in which they came first. */
static struct came *came_find(came_vec *v, struct aisp_slice address)
{
	for (size_t i = 0; i < v->n; i++)
		if (aisp_slice_eq(v->v[i].address, address))
			return &v->v[i];
	return NULL;
}

static int came_read(struct aisp_slice text, came_vec *v)
{
	struct aisp_slice line, count;
	uint64_t n;

	while (text.n && aisp_slice_split(&text, '\n', &line))
		if (aisp_slice_split(&line, ' ', &count) && aisp_slice_u64(count, &n) && aisp_vec_push(v, (struct came){.address = line, .count = (int64_t)n}) < 0)
			return AISP_E_NOMEM;
	return 0;
}

static int came_add(came_vec *v, const struct uses_from *f, int64_t *others)
{
	const struct aisp_slice address = aisp_slice_of(f->p, f->n);
	struct came *known = came_find(v, address);

	if (known)
		known->count += f->count;
	else if (v->n < USES_FROM_MAX)
		return aisp_vec_push(v, (struct came){.address = address, .count = f->count});
	else
		*others += f->count;
	return 0;
}

static int put_days_of(struct aisp_uses *u, struct put_use *p, struct uses_sum *s)
{
	int64_t from = 0;
	size_t n = 0;

	if (sqlite3_column_type(p->kept, 1) == SQLITE_NULL) { /* of format 1: nothing of what it has counted has a day */
		from = sqlite3_column_int64(p->kept, 2) / day_us + 1;
	} else {
		const void *blob = sqlite3_column_blob(p->kept, 1);
		n = aisp_uses__days_read(blob, (size_t)sqlite3_column_bytes(p->kept, 1), p->old_days, &from);
	}
	aisp_buf_clear(&p->days_text);
	return aisp_uses__days_merge(u, s, p->old_days, n, from, &p->days, &p->days_text);
}

/* Into u->scratch and p->days_text: what the row has, and what the batch adds. */
static int put_lists(struct aisp_uses *u, struct put_use *p, struct uses_sum *s, int64_t *ret_others, struct aisp_err *err)
{
	int r;

	*ret_others = 0;
	p->came.n = 0;
	sqlite3_bind_int64(p->kept, 1, s->id);
	if ((r = aisp_store__sq_step(p->kept, err)) > 0) {
		r = came_read(aisp_store__sq_text(p->kept, 0), &p->came);
		if (r == 0)
			r = put_days_of(u, p, s);
	}
	for (uint32_t i = s->from_first; i && r == 0; i = u->froms.v[i].next) {
		if (u->froms.v[i].count)
			r = came_add(&p->came, &u->froms.v[i], ret_others);
		u->froms.v[i].count = 0;
	}
	aisp_buf_clear(&u->scratch);
	for (size_t i = 0; i < p->came.n; i++) {
		char digits[24];
		size_t n = sizeof digits;

		for (int64_t c = p->came.v[i].count; c > 0; c /= 10)
			digits[--n] = (char)('0' + c % 10);
		aisp_buf_put(&u->scratch, aisp_slice_of(digits + n, sizeof digits - n));
		aisp_buf_putc(&u->scratch, ' ');
		aisp_buf_put(&u->scratch, p->came.v[i].address);
		aisp_buf_putc(&u->scratch, '\n');
	}
	sqlite3_reset(p->kept);
	return r == AISP_E_NOMEM || u->scratch.bad ? aisp_uses__nomem(err) : r;
}

static int put_sum(struct aisp_uses *u, struct put_use *p, struct uses_sum *s, struct aisp_err *err)
{
	const int64_t v[] = {s->done, s->denied, s->failed, s->first_us, s->last_us, s->tried_first_us, s->tried_last_us};
	int64_t others;
	int r = s->id ? 0 : insert_sum(u, p, s, err);

	if (r < 0 || (r = put_lists(u, p, s, &others, err)) < 0)
		return r;
	sqlite3_bind_int64(p->add, 1, s->id);
	for (int i = 0; i < 7; i++)
		sqlite3_bind_int64(p->add, 2 + i, v[i]);
	sqlite3_bind_int64(p->add, 9, others);
	aisp_store__sq_bind_text(p->add, 10, aisp_buf_slice(&u->scratch));
	sqlite3_bind_blob64(p->add, 11, p->days_text.p, p->days_text.n, SQLITE_STATIC);
	s->done = s->denied = s->failed = s->first_us = s->last_us = s->tried_first_us = s->tried_last_us = 0;
	s->dirty = false;
	return aisp_store__sq_run(p->add, err);
}

static int put_sums(struct aisp_uses *u, struct aisp_err *err)
{
	struct put_use p = {0};
	int r;

	aisp_buf_init(&p.days_text, 1 << 16);

	if ((r = aisp_store__sq_prepare(u->db,
		"UPDATE use SET done = done + ?2, denied = denied + ?3, failed = failed + ?4, "
		"first_us = CASE WHEN ?5 = 0 THEN first_us WHEN first_us = 0 THEN ?5 ELSE min(first_us, ?5) END, last_us = max(last_us, ?6), "
		"tried_first_us = CASE WHEN ?7 = 0 THEN tried_first_us WHEN tried_first_us = 0 THEN ?7 ELSE min(tried_first_us, ?7) END, tried_last_us = max(tried_last_us, ?8), "
		"from_others = from_others + ?9, came = ?10, days = ?11 WHERE id = ?1", &p.add, err)) == 0 &&
	    (r = aisp_store__sq_prepare(u->db,
		"INSERT INTO use (key, win, identity, via, credential, action, asset, days) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, x'') "
		"ON CONFLICT (key) DO UPDATE SET win = win RETURNING id, done + denied + failed", &p.insert, err)) == 0 &&
	    (r = aisp_store__sq_prepare(u->db, "SELECT came, days, tried_last_us FROM use WHERE id = ?1", &p.kept, err)) == 0)
		for (size_t i = 1; r == 0 && i < u->sums.n; i++)
			if (u->sums.v[i].dirty)
				r = put_sum(u, &p, &u->sums.v[i], err);
	aisp_store__sq_finalize(&p.add);
	aisp_store__sq_finalize(&p.insert);
	aisp_store__sq_finalize(&p.kept);
	aisp_vec_done(&p.came);
	aisp_vec_done(&p.days);
	aisp_buf_done(&p.days_text);
	return r;
}

static int put_place(sqlite3_stmt *st, const struct aisp_uses_stream *s, struct aisp_err *err)
{
	aisp_store__sq_bind_text(st, 1, s->file);
	sqlite3_bind_int64(st, 2, s->offset);
	sqlite3_bind_int64(st, 3, s->size);
	sqlite3_bind_int64(st, 4, (int64_t)s->chain);
	sqlite3_bind_int64(st, 5, s->torn != 0);
	aisp_store__sq_bind_text(st, 6, s->source);
	aisp_store__sq_bind_text(st, 7, s->origin);
	aisp_store__sq_bind_text(st, 8, s->sees);
	return aisp_store__sq_run(st, err);
}

static int put_places(struct aisp_uses *u, const struct aisp_uses_stream *streams, size_t n, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(u->db, "INSERT OR REPLACE INTO place (file, offset, size, chain, torn, source, origin, sees) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &st, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (streams[i].file.n)
			r = put_place(st, &streams[i], err);
	return r;
}

static int put_all(struct aisp_uses *u, const struct aisp_uses_stream *streams, size_t n, struct aisp_err *err)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		uint32_t window;

		if (!streams[i].not_understood && !streams[i].torn)
			continue;
		if ((r = aisp_uses__window(u, &streams[i], (struct aisp_slice){0}, (struct aisp_slice){0}, &window, err)) < 0)
			return r;
		u->windows.v[window].not_understood += streams[i].not_understood;
		u->windows.v[window].torn += streams[i].file.n ? 0 : streams[i].torn;
		u->windows.v[window].dirty = true;
	}
	if ((r = count_all(u, err)) < 0 || (r = put_windows(u, err)) < 0 || (r = put_days(u, err)) < 0 || (r = put_sums(u, err)) < 0)
		return r;
	return put_places(u, streams, n, err);
}

static void settle(struct aisp_uses *u)
{
	for (size_t i = 0; i < u->windows.n; i++) {
		struct uses_window *w = &u->windows.v[i];

		w->run.events += w->events;
		w->run.duplicates += w->duplicates;
		span(w->first_us, &w->run.first_us, &w->run.last_us);
		span(w->last_us, &w->run.first_us, &w->run.last_us);
		w->events = w->duplicates = w->not_understood = w->torn = w->first_us = w->last_us = 0;
		w->dirty = false;
	}
	u->n_entries = 0;
	u->days.n = u->sum_days.n = 0;
	aisp_uses__forget(u);
}

int aisp_uses_commit(struct aisp_uses *u, const struct aisp_uses_stream *streams, size_t n, struct aisp_err *err)
{
	if (u->broken)
		return aisp_fail(err, AISP_E_INTERNAL, "a batch of uses failed before; the file must be opened again");
	int r = aisp_store__sq_exec(u->db, "BEGIN IMMEDIATE", err);

	if (r < 0)
		return r;
	r = aisp_store__sq_end(u->db, put_all(u, streams, n, err), err);
	if (r < 0) {
		u->broken = true;
		return r;
	}
	settle(u);
	return 0;
}
