/* The file of uses: opening, positions, reading what is added up. See uses.h. */
#include "base/hash.h"
#include "store/uses_int.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_US INT64_C(86400000000)

static const char schema[] =
	"CREATE TABLE meta (seed INTEGER NOT NULL);"
	"CREATE TABLE win (id INTEGER PRIMARY KEY, source TEXT NOT NULL, origin TEXT NOT NULL, sees TEXT NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"
	" events INTEGER NOT NULL, duplicates INTEGER NOT NULL, not_understood INTEGER NOT NULL, torn INTEGER NOT NULL, UNIQUE (source, origin, sees));"
	"CREATE TABLE day (win INTEGER NOT NULL, day INTEGER NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (win, day)) WITHOUT ROWID;"
	"CREATE TABLE use (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, win INTEGER NOT NULL, identity TEXT NOT NULL, via TEXT NOT NULL, credential TEXT NOT NULL,"
	" action TEXT NOT NULL, asset TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, denied INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,"
	" first_us INTEGER NOT NULL DEFAULT 0, last_us INTEGER NOT NULL DEFAULT 0, tried_first_us INTEGER NOT NULL DEFAULT 0, tried_last_us INTEGER NOT NULL DEFAULT 0,"
	" from_others INTEGER NOT NULL DEFAULT 0, came TEXT NOT NULL DEFAULT '', days BLOB);" /* days: uses_days.c; NULL: counted by format 1 */
	"CREATE TABLE seen (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, hash INTEGER NOT NULL, keys BLOB NOT NULL);"
	"CREATE INDEX seen_by_key ON seen (time, hash);"
	"CREATE TABLE place (file TEXT PRIMARY KEY, offset INTEGER NOT NULL, size INTEGER NOT NULL, chain INTEGER NOT NULL, torn INTEGER NOT NULL,"
	" source TEXT NOT NULL, origin TEXT NOT NULL, sees TEXT NOT NULL) WITHOUT ROWID;";

static int check(struct aisp_uses *u, bool *ret_empty, struct aisp_err *err)
{
	int64_t application = 0, tables = 0;
	int r;

	if ((r = aisp_store__sq_number(u->db, "PRAGMA application_id", &application, err)) < 0 || (r = aisp_store__sq_number(u->db, "PRAGMA user_version", &u->format, err)) < 0 ||
	    (r = aisp_store__sq_number(u->db, "SELECT count(*) FROM sqlite_schema", &tables, err)) < 0)
		return r;
	*ret_empty = tables == 0 && application == 0;
	if (*ret_empty)
		return 0;
	if (application != USES_APPLICATION)
		return aisp_fail(err, AISP_E_USAGE, "%s is no file of uses made by aisp; move it away", u->path.p);
	if (u->format < 1 || u->format > USES_FORMAT)
		return aisp_fail(err, AISP_E_USAGE, "%s has format %lld, this aisp reads up to %d; use a newer aisp, or remove it and ingest the logs again", u->path.p, (long long)u->format, USES_FORMAT);
	return 0;
}

/* Format 1 had no days: its rows keep none for what they have counted (NULL), and all of what is added. */
static int renew(struct aisp_uses *u, struct aisp_err *err)
{
	bool empty = false;
	int r = aisp_store__sq_exec(u->db, "BEGIN IMMEDIATE", err);

	if (r < 0)
		return r;
	r = check(u, &empty, err); /* who got the lock second finds it done */
	if (r == 0 && u->format == 1)
		r = aisp_store__sq_exec(u->db, "ALTER TABLE use ADD COLUMN days BLOB; PRAGMA user_version = 2", err);
	r = aisp_store__sq_end(u->db, r, err);
	if (r == 0)
		u->format = USES_FORMAT;
	return r;
}

static int make(struct aisp_uses *u, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};
	uint64_t seed;
	bool empty;
	int r;

	randombytes_buf(&seed, sizeof seed);
	aisp_buf_printf(&sql, "%s INSERT INTO meta VALUES (%lld); PRAGMA application_id = %d; PRAGMA user_version = %d;", schema, (long long)(seed >> 1), USES_APPLICATION, USES_FORMAT);
	if ((r = aisp_buf_check(&sql, err)) < 0 || (r = aisp_store__sq_exec(u->db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", err)) < 0)
		return r;
	r = check(u, &empty, err); /* who got the lock second finds the tables made */
	if (r == 0 && empty) {
		r = aisp_store__sq_exec(u->db, sql.p, err);
		u->format = USES_FORMAT;
	}
	return aisp_store__sq_end(u->db, r, err);
}

static int open_file(struct aisp_uses *u, bool create, struct aisp_err *err)
{
	struct stat sb;
	bool empty = false;
	int64_t seed = 0;
	int r;

	if (stat(u->path.p, &sb) < 0) {
		if (errno != ENOENT)
			return aisp_fail(err, aisp_code_from_errno(errno), "the file of uses %s cannot be read: %s", u->path.p, strerror(errno));
		if (!create)
			return aisp_fail(err, AISP_E_NOTFOUND, "there are no uses at %s; `aisp ingest` reads them from logs", u->path.p);
		int fd = open(u->path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return aisp_fail(err, aisp_code_from_errno(errno), "the file of uses %s cannot be made: %s", u->path.p, strerror(errno));
		close(fd);
	} else if (!S_ISREG(sb.st_mode)) {
		return aisp_fail(err, AISP_E_USAGE, "%s is not a file; give another path with --store", u->path.p);
	}
	if ((r = aisp_store__sq_connect(u->path.p, create ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, &u->db, err)) < 0 || (r = check(u, &empty, err)) < 0)
		return r;
	if (empty && !create)
		return aisp_fail(err, AISP_E_NOTFOUND, "there are no uses at %s; `aisp ingest` reads them from logs", u->path.p);
	if (empty && (r = make(u, err)) < 0)
		return r;
	if (create && !empty && u->format < USES_FORMAT && (r = renew(u, err)) < 0)
		return r;
	if ((r = aisp_store__sq_number(u->db, "SELECT seed FROM meta", &seed, err)) < 0)
		return r;
	u->seed = (uint64_t)seed;
	/* Memory is bounded: what is read goes through a small cache, not through a mapping that counts as ours. */
	return aisp_store__sq_exec(u->db, "PRAGMA mmap_size = 0; PRAGMA cache_size = -16384; PRAGMA cache_spill = 1; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 60000;"
		"PRAGMA journal_size_limit = 33554432; PRAGMA temp_store = FILE", err);
}

int aisp_uses_open(const char *store_path, bool create, struct aisp_uses **ret, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_uses_closep) struct aisp_uses *u = aisp_mem_zalloc(1, sizeof *u);
	int r;

	if (!u || !(u->kept = aisp_arena_new(0)) || !(u->texts = aisp_arena_new(0)))
		return aisp_uses__nomem(err);
	aisp_buf_init(&u->path, 4096);
	aisp_buf_init(&u->scratch, 0);
	aisp_buf_printf(&u->path, "%s.uses", store_path);
	/* Number 0 is none, but events without an address are counted there. */
	if (aisp_vec_push(&u->froms, (struct uses_from){0}) < 0)
		return aisp_uses__nomem(err);
	if ((r = aisp_buf_check(&u->path, err)) < 0 || (r = open_file(u, create, err)) < 0)
		return r;
	*ret = AISP_TAKE(u);
	return 0;
}

void aisp_uses_close(struct aisp_uses *u)
{
	if (!u)
		return;
	sqlite3_close(u->db);
	aisp_arena_free(u->kept);
	aisp_arena_free(u->texts);
	aisp_vec_done(&u->windows);
	aisp_vec_done(&u->sums);
	aisp_vec_done(&u->froms);
	aisp_vec_done(&u->days);
	aisp_vec_done(&u->sum_days);
	aisp_mem_free(u->sum_index.at);
	aisp_mem_free(u->from_index.at);
	aisp_mem_free(u->entries);
	aisp_mem_free(u->order);
	aisp_buf_done(&u->path);
	aisp_buf_done(&u->scratch);
	aisp_mem_free(u);
}

void aisp_uses_closep(struct aisp_uses **u)
{
	aisp_uses_close(*u);
	*u = NULL;
}

int aisp_uses_position(struct aisp_uses *u, struct aisp_slice file, struct aisp_uses_place *ret, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(u->db, "SELECT offset, size, chain FROM place WHERE file = ?1", &st, err);

	if (r < 0)
		return r;
	aisp_store__sq_bind_text(st, 1, file);
	if ((r = aisp_store__sq_step(st, err)) < 0)
		return r;
	*ret = (struct aisp_uses_place){0};
	if (r > 0)
		*ret = (struct aisp_uses_place){.offset = sqlite3_column_int64(st, 0), .size = sqlite3_column_int64(st, 1), .chain = (uint64_t)sqlite3_column_int64(st, 2)};
	return 0;
}

bool aisp_uses_counted(const struct aisp_uses *u, size_t i, struct aisp_uses_count *ret)
{
	if (i >= u->windows.n)
		return false;
	*ret = u->windows.v[i].run;
	return true;
}

/* ---- reading ---- */

static int by_count(const void *a, const void *b)
{
	const struct aisp_use_from *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count ? 1 : -1) : aisp_slice_cmp(x->address, y->address);
}

/* The row's addresses (see uses_commit.c): the most frequent, and the others' count. */
static void read_from(struct aisp_slice text, struct aisp_use_from from[USES_FROM_MAX], struct aisp_use *use)
{
	struct aisp_slice line, count;
	uint64_t n;

	while (text.n && use->n_from < USES_FROM_MAX && aisp_slice_split(&text, '\n', &line))
		if (aisp_slice_split(&line, ' ', &count) && aisp_slice_u64(count, &n))
			from[use->n_from++] = (struct aisp_use_from){.address = line, .count = (int64_t)n};
	if (use->n_from)
		qsort(from, use->n_from, sizeof *from, by_count);
	for (; use->n_from > USES_FROM_SHOWN; use->n_from--)
		use->from_others += from[use->n_from - 1].count;
}

static void read_days(sqlite3_stmt *st, int column, struct aisp_use_day days[AISP_USE_DAYS], struct aisp_use *use)
{
	if (sqlite3_column_type(st, column) == SQLITE_NULL) {
		use->days_from = use->tried_last_us / DAY_US + 1;
		return;
	}
	const void *blob = sqlite3_column_blob(st, column);
	use->days = days;
	use->n_days = aisp_uses__days_read(blob, (size_t)sqlite3_column_bytes(st, column), days, &use->days_from);
}

static int each(sqlite3_stmt *st, int (*f)(void *ctx, const struct aisp_use *use), void *ctx, struct aisp_err *err)
{
	int r;

	while ((r = aisp_store__sq_step(st, err)) > 0) {
		struct aisp_use_from from[USES_FROM_MAX];
		struct aisp_use_day days[AISP_USE_DAYS];
		struct aisp_use use = {
			.identity = aisp_store__sq_text(st, 1), .via = aisp_store__sq_text(st, 2), .credential = aisp_store__sq_text(st, 3),
			.action = aisp_store__sq_text(st, 4), .asset = aisp_store__sq_text(st, 5), .source = aisp_store__sq_text(st, 6), .origin = aisp_store__sq_text(st, 7),
			.done = sqlite3_column_int64(st, 8), .denied = sqlite3_column_int64(st, 9), .failed = sqlite3_column_int64(st, 10),
			.first_us = sqlite3_column_int64(st, 11), .last_us = sqlite3_column_int64(st, 12),
			.tried_first_us = sqlite3_column_int64(st, 13), .tried_last_us = sqlite3_column_int64(st, 14),
			.from_others = sqlite3_column_int64(st, 15), .from = from,
		};
		read_from(aisp_store__sq_text(st, 16), from, &use);
		read_days(st, 17, days, &use);
		if ((r = f(ctx, &use)) < 0)
			return r;
	}
	return r;
}

int aisp_uses_each(struct aisp_uses *u, int (*f)(void *ctx, const struct aisp_use *use), void *ctx, struct aisp_err *err)
{
	static const char *const sql[] = {
		"SELECT use.id, identity, via, credential, action, asset, source, origin, done, denied, failed, use.first_us, use.last_us, tried_first_us, tried_last_us, from_others, came, NULL "
		"FROM use JOIN win ON win.id = use.win ORDER BY 2, 3, 4, 5, 6, 7, 8",
		"SELECT use.id, identity, via, credential, action, asset, source, origin, done, denied, failed, use.first_us, use.last_us, tried_first_us, tried_last_us, from_others, came, days "
		"FROM use JOIN win ON win.id = use.win ORDER BY 2, 3, 4, 5, 6, 7, 8",
	};
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(u->db, sql[u->format > 1], &st, err);

	return r < 0 ? r : each(st, f, ctx, err);
}

int aisp_uses_windows(struct aisp_uses *u, int (*f)(void *ctx, const struct aisp_use_window *w), void *ctx, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(u->db,
		"SELECT source, origin, sees, first_us, last_us, (SELECT count(*) FROM day WHERE day.win = win.id), events, duplicates, not_understood, "
		"torn + (SELECT count(*) FROM place WHERE place.torn <> 0 AND place.source = win.source AND place.origin = win.origin AND place.sees = win.sees) FROM win ORDER BY 1, 2, 3", &st, err);

	if (r < 0)
		return r;
	while ((r = aisp_store__sq_step(st, err)) > 0) {
		const struct aisp_use_window w = {
			.source = aisp_store__sq_text(st, 0), .origin = aisp_store__sq_text(st, 1), .sees = aisp_store__sq_text(st, 2),
			.first_us = sqlite3_column_int64(st, 3), .last_us = sqlite3_column_int64(st, 4), .days = sqlite3_column_int64(st, 5),
			.events = sqlite3_column_int64(st, 6), .duplicates = sqlite3_column_int64(st, 7), .not_understood = sqlite3_column_int64(st, 8), .torn = sqlite3_column_int64(st, 9),
		};
		if ((r = f(ctx, &w)) < 0)
			return r;
	}
	return r;
}
