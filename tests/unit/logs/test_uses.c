/* Sums, duplicates and windows against a slow, obvious model; failures of memory. */
#include "base/hash.h"
#include "base/mem.h"
#include "store/uses_int.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { IDENTITIES = 7, ACTIONS = 3, ORIGINS = 2, ADDRESSES = 90, EVENTS = 60000, DIFFERENT = 30000, DAYS = 6 };
#define DAY INT64_C(86400000000)
static const int64_t start = (int64_t)1761955200 * 1000000; /* a day's beginning */

struct model {
	int64_t count[IDENTITIES][ACTIONS][ORIGINS], denied[IDENTITIES][ACTIONS][ORIGINS], first[IDENTITIES][ACTIONS][ORIGINS], last[IDENTITIES][ACTIONS][ORIGINS];
	int64_t day[IDENTITIES][ACTIONS][ORIGINS][DAYS], day_denied[IDENTITIES][ACTIONS][ORIGINS][DAYS];
	bool seen[DIFFERENT];
	int64_t events, duplicates;
};
static char folder[] = "/tmp/aisp-uses-XXXXXX", path[64];

static void clean(void)
{
	static const char *const ends[] = {".uses", ".uses-wal", ".uses-shm"};
	char name[96];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

static const struct aisp_uses_stream stream = {.source = {"cloudtrail", 10}, .origin = {"here", 4}, .sees = {"aws-data", 8}};

/* Event number n: everything follows from it, so a second one with the same number is a duplicate. */
static int add(struct aisp_uses *u, unsigned n, struct model *m, struct aisp_err *err)
{
	const uint64_t h = aisp_hash_mix(n + 1);
	const unsigned i = (unsigned)(h % IDENTITIES), a = (unsigned)(h / 7 % ACTIONS), o = (unsigned)(h / 21 % ORIGINS);
	const bool denied = h / 42 % 10 == 0;
	char identity[24], action[24], id[24], from[24];
	const struct aisp_use_event e = {
		.at_us = start + (int64_t)(h / 420 % 5000000) * 100000, /* six days, in no order */
		.outcome = denied ? AISP_USE_DENIED : AISP_USE_DONE,
		.identity = {identity, (size_t)snprintf(identity, sizeof identity, "user/%u", i)},
		.action = {action, (size_t)snprintf(action, sizeof action, "s3:Action%u", a)},
		.asset = AISP_S("arn:aws:s3:::b"),
		.origin = o ? AISP_S("there") : (struct aisp_slice){0},
		.from = {from, (size_t)snprintf(from, sizeof from, "10.0.0.%u", (unsigned)(h / 999 % ADDRESSES))},
		.id = {id, (size_t)snprintf(id, sizeof id, "id-%u", n)},
	};
	if (m && m->seen[n]) {
		m->duplicates++;
	} else if (m) {
		m->seen[n] = true;
		m->events++;
		m->count[i][a][o] += !denied;
		m->denied[i][a][o] += denied;
		m->day[i][a][o][(e.at_us - start) / DAY] += !denied;
		m->day_denied[i][a][o][(e.at_us - start) / DAY] += denied;
		if (!denied && (!m->first[i][a][o] || e.at_us < m->first[i][a][o]))
			m->first[i][a][o] = e.at_us;
		if (!denied && e.at_us > m->last[i][a][o])
			m->last[i][a][o] = e.at_us;
	}
	return aisp_uses_add(u, &stream, &e, err);
}

static int check_use(void *ctx, const struct aisp_use *use)
{
	struct model *m = ctx;
	unsigned i = 0, a = 0;
	int64_t from = use->from_others;

	assert_int_equal(sscanf(use->identity.p, "user/%u", &i), 1);
	assert_int_equal(sscanf(use->action.p, "s3:Action%u", &a), 1);
	const unsigned o = aisp_slice_eqz(use->origin, "there");
	assert_int_equal(use->done, m->count[i][a][o]);
	assert_int_equal(use->denied, m->denied[i][a][o]);
	assert_int_equal(use->failed, 0);
	assert_int_equal(use->first_us, m->first[i][a][o]);
	assert_int_equal(use->last_us, m->last[i][a][o]);
	assert_int_equal(use->n_from, 8);
	assert_int_equal(use->days_from, 0);
	for (size_t d = 0; d < use->n_days; d++) {
		const int64_t day = use->days[d].day - start / DAY;

		assert_true(day >= 0 && day < DAYS && (d == 0 || use->days[d].day > use->days[d - 1].day));
		assert_true(use->days[d].done || use->days[d].denied);
		assert_int_equal(use->days[d].done, m->day[i][a][o][day]);
		assert_int_equal(use->days[d].denied, m->day_denied[i][a][o][day]);
		m->day[i][a][o][day] = m->day_denied[i][a][o][day] = 0;
	}
	for (int d = 0; d < DAYS; d++)
		assert_int_equal(m->day[i][a][o][d] + m->day_denied[i][a][o][d], 0);
	for (size_t f = 0; f < use->n_from; f++) {
		from += use->from[f].count;
		assert_true(f == 0 || use->from[f].count <= use->from[f - 1].count);
	}
	assert_int_equal(from, use->done + use->denied);
	m->count[i][a][o] = m->denied[i][a][o] = 0;
	return 0;
}

static int64_t window_events, window_days, windows;
static int check_window(void *ctx, const struct aisp_use_window *w)
{
	(void)ctx;
	assert_true(aisp_slice_eqz(w->source, "cloudtrail") && aisp_slice_eqz(w->sees, "aws-data"));
	window_events += w->events;
	window_days += w->days;
	windows++;
	return 0;
}

static void model_test(void **state)
{
	struct model *m = aisp_mem_zalloc(1, sizeof *m);
	struct aisp_uses *u = NULL;
	struct aisp_err err;
	uint64_t r = 42;

	(void)state;
	assert_non_null(m);
	assert_int_equal(aisp_uses_open(path, false, &u, &err), AISP_E_NOTFOUND);
	assert_int_equal(aisp_uses_open(path, true, &u, &err), 0);
	for (int n = 0; n < EVENTS; n++) {
		r = aisp_hash_mix(r + (uint64_t)n);
		assert_int_equal(add(u, (unsigned)(r % DIFFERENT), m, &err), 0);
		if (r / 7 % 3000 == 0)
			assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
		if (r / 7 % 20000 == 0) { /* closed and opened again */
			assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
			aisp_uses_close(u);
			assert_int_equal(aisp_uses_open(path, true, &u, &err), 0);
		}
	}
	assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
	const int64_t events = m->events;
	assert_int_equal(aisp_uses_each(u, check_use, m, &err), 0);
	for (unsigned i = 0; i < IDENTITIES * ACTIONS * ORIGINS; i++) /* every sum was there */
		assert_int_equal((&m->count[0][0][0])[i] + (&m->denied[0][0][0])[i], 0);
	assert_int_equal(aisp_uses_windows(u, check_window, NULL, &err), 0);
	assert_int_equal(windows, ORIGINS);
	assert_int_equal(window_events, events);
	assert_int_equal(window_days, 2 * 6);
	aisp_uses_close(u);
	aisp_mem_free(m);
	clean();
}

static void position_test(void **state)
{
	struct aisp_uses_stream s = stream;
	struct aisp_uses_place place;
	struct aisp_uses *u = NULL, *other = NULL;
	struct aisp_err err;

	(void)state;
	s.file = AISP_S("1:2:3");
	s.offset = 4711;
	s.chain = UINT64_MAX - 5;
	s.torn = 1;
	assert_int_equal(aisp_uses_open(path, true, &u, &err), 0);
	assert_int_equal(aisp_uses_position(u, s.file, &place, &err), 0);
	assert_int_equal(place.offset, 0);
	assert_int_equal(add(u, 1, NULL, &err), 0);
	assert_int_equal(aisp_uses_commit(u, &s, 1, &err), 0);
	assert_int_equal(add(u, 2, NULL, &err), 0); /* never committed */
	aisp_uses_close(u);
	assert_int_equal(aisp_uses_open(path, true, &u, &err), 0);
	assert_int_equal(aisp_uses_position(u, s.file, &place, &err), 0);
	assert_int_equal(place.offset, 4711);
	assert_true(place.chain == UINT64_MAX - 5);
	/* Two programs at once: both count, each event once. */
	assert_int_equal(aisp_uses_open(path, true, &other, &err), 0);
	for (unsigned n = 0; n < 100; n++) {
		assert_int_equal(add(u, n, NULL, &err), 0);
		assert_int_equal(add(other, n + 50, NULL, &err), 0);
	}
	assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
	assert_int_equal(aisp_uses_commit(other, NULL, 0, &err), 0);
	window_events = 0;
	assert_int_equal(aisp_uses_windows(u, check_window, NULL, &err), 0);
	assert_int_equal(window_events, 150);
	aisp_uses_close(other);
	aisp_uses_close(u);
	clean();
}

/* ---- the calendar ---- */

enum { LONG = 450 };
struct calendar {
	int64_t done[LONG], denied[LONG], from;
	size_t n, others;
};

static int one(struct aisp_uses *u, const char *identity, int64_t at_us, enum aisp_use_outcome outcome, struct aisp_err *err)
{
	static unsigned serial;
	char id[24];
	const struct aisp_use_event e = {.at_us = at_us, .outcome = outcome, .identity = aisp_slice_z(identity), .action = AISP_S("a"), .asset = AISP_S("b"),
	                                 .id = {id, (size_t)snprintf(id, sizeof id, "one-%u", serial++)}};

	return aisp_uses_add(u, &stream, &e, err);
}

static int take_calendar(void *ctx, const struct aisp_use *use)
{
	struct calendar *c = ctx;

	if (!aisp_slice_eqz(use->identity, "x")) {
		c->others++;
		return 0;
	}
	*c = (struct calendar){.from = use->days_from, .n = use->n_days, .others = c->others};
	for (size_t i = 0; i < use->n_days; i++) {
		const int64_t day = use->days[i].day - start / DAY;

		assert_in_range(day, 0, LONG - 1);
		c->done[day] = use->days[i].done;
		c->denied[day] = use->days[i].denied;
	}
	return 0;
}

static void read_calendar(struct aisp_uses *u, struct calendar *ret)
{
	struct aisp_err err;

	*ret = (struct calendar){.n = SIZE_MAX};
	assert_int_equal(aisp_uses_each(u, take_calendar, ret, &err), 0);
	assert_int_not_equal(ret->n, SIZE_MAX);
}

static void close_and_open(struct aisp_uses **u, bool create)
{
	struct aisp_err err;

	aisp_uses_closep(u);
	assert_int_equal(aisp_uses_open(path, create, u, &err), 0);
}

/* More days than are kept, in no order, over many batches and openings: what is told from days_from on is whole, and it is the newest. */
static void long_calendar_test(void **state)
{
	struct calendar is, want = {0};
	struct aisp_uses *u = NULL;
	struct aisp_err err;
	uint64_t r = 7;

	(void)state;
	assert_int_equal(aisp_uses_open(path, true, &u, &err), 0);
	for (int n = 0; n < 20000; n++) {
		r = aisp_hash_mix(r + (uint64_t)n);
		/* Late ones, too, and some days have none. */
		const int64_t day = (int64_t)(r % LONG);
		const bool denied = r / 512 % 9 == 0;

		if (day % 50 == 3)
			continue;
		want.done[day] += !denied;
		want.denied[day] += denied;
		assert_int_equal(one(u, "x", start + day * DAY + (int64_t)(r / 5000 % 86400) * 1000000, denied ? AISP_USE_DENIED : AISP_USE_DONE, &err), 0);
		if (r / 77 % 300 == 0)
			assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
		if (r / 77 % 1200 == 0) /* only after a commit: what was not committed is lost */
			close_and_open(&u, true);
	}
	assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
	read_calendar(u, &is);
	assert_int_equal(is.n, AISP_USE_DAYS);
	assert_true(is.from > start / DAY);
	for (int64_t day = is.from - start / DAY; day < LONG; day++) {
		assert_int_equal(is.done[day], want.done[day]);
		assert_int_equal(is.denied[day], want.denied[day]);
	}
	aisp_uses_close(u);
	clean();
}

/* A file that kept no days is read as one of which only the sum is known, and keeps them from its first writing on. */
static void older_file_test(void **state)
{
	struct calendar is;
	struct aisp_uses *u = NULL;
	struct aisp_err err;
	sqlite3 *db = NULL;
	char file[96];

	(void)state;
	assert_int_equal(aisp_uses_open(path, true, &u, &err), 0);
	assert_int_equal(one(u, "x", start + 5 * DAY, AISP_USE_DONE, &err), 0);
	assert_int_equal(one(u, "y", start + 9 * DAY, AISP_USE_DONE, &err), 0);
	assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
	read_calendar(u, &is); /* a new file keeps them from the beginning */
	assert_int_equal(is.n, 1);
	aisp_uses_closep(&u);
	snprintf(file, sizeof file, "%s.uses", path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE use DROP COLUMN days; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(aisp_uses_open(path, false, &u, &err), 0);
	read_calendar(u, &is);
	assert_int_equal(is.n, 0);
	assert_int_equal(is.from, start / DAY + 6);
	close_and_open(&u, true);
	assert_int_equal(one(u, "x", start + 7 * DAY, AISP_USE_DENIED, &err), 0);
	assert_int_equal(one(u, "x", start + 2 * DAY, AISP_USE_DONE, &err), 0); /* late: its day is not whole, and that is said */
	assert_int_equal(aisp_uses_commit(u, NULL, 0, &err), 0);
	close_and_open(&u, false);
	read_calendar(u, &is);
	assert_int_equal(is.others, 1);
	assert_int_equal(is.from, start / DAY + 6);
	assert_int_equal(is.n, 2);
	assert_int_equal(is.denied[7], 1);
	assert_int_equal(is.done[2], 1);
	aisp_uses_closep(&u);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 9", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(aisp_uses_open(path, false, &u, &err), AISP_E_USAGE);
	clean();
}

/* Whatever stands in the row: no more than is there is read, and days ascend. */
static void broken_days_test(void **state)
{
	static struct aisp_use_day days[AISP_USE_DAYS];
	unsigned char bytes[600];
	uint64_t r = 3;
	int64_t from;

	(void)state;
	assert_int_equal(aisp_uses__days_read(NULL, 0, days, &from), 0);
	for (int n = 0; n < 20000; n++) {
		const size_t len = (r = aisp_hash_mix(r + 1)) % sizeof bytes;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)((r = aisp_hash_mix(r + 1)) >> (n % 3 ? 58 : 40));
		const size_t got = aisp_uses__days_read(bytes, len, days, &from);
		assert_true(got <= AISP_USE_DAYS && got <= len);
		for (size_t i = 0; i < got; i++)
			assert_true(days[i].done >= 0 && days[i].denied >= 0 && days[i].day >= 0 && (i == 0 || days[i].day > days[i - 1].day));
	}
}

static int work(struct aisp_err *err)
{
	struct aisp_uses *u = NULL;
	int r = aisp_uses_open(path, true, &u, err);

	for (unsigned n = 0; r == 0 && n < 30; n++)
		r = add(u, n, NULL, err);
	if (r == 0)
		r = aisp_uses_commit(u, &stream, 1, err);
	aisp_uses_close(u);
	return r;
}

static void torture_test(void **state)
{
	const size_t live = aisp_mem_live();
	struct aisp_err err;

	(void)state;
	for (uint64_t n = 1;; n++) {
		aisp_fault_set(n, false);
		int r = work(&err);
		const bool hit = aisp_fault_count() >= n;
		aisp_fault_set(0, false);
		assert_int_equal(aisp_mem_live(), live);
		if (!hit) {
			assert_int_equal(r, 0);
			break;
		}
		assert_true(r == 0 || r == AISP_E_NOMEM);
	}
	clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(model_test), cmocka_unit_test(position_test), cmocka_unit_test(long_calendar_test), cmocka_unit_test(older_file_test),
	                                   cmocka_unit_test(broken_days_test), cmocka_unit_test(torture_test)};

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/s.db", folder);
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return r;
}
