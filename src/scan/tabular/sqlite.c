/* SQLite files, and the vector stores that are SQLite files (Chroma, Qdrant's local storage): ordinary tables only.
 *
 * The file is read through a file system of our own over the input: read-only, no journal, no second file, nothing on disk. The
 * schema is hostile: no views, triggers, virtual tables or functions run (an authorizer allows reading columns of ordinary
 * tables and nothing else); a progress handler is the limit of time.
 */
#include "base/clock.h"
#include "scan/tabular/tabular_int.h"
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>

enum { MAX_TABLES = 400, MAX_STEPS = 20000 /* of 1,000 instructions */ };

struct disk {
	struct aisp_tabular__tab *t;
	sqlite3_vfs vfs;
	char name[40];
	uint64_t served; /* bytes handed out */
	unsigned steps;
};
struct file {
	sqlite3_file base;
	struct disk *disk;
};

static int disk_close(sqlite3_file *f)
{
	(void)f;
	return SQLITE_OK;
}
static int disk_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	struct disk *d = ((struct file *)f)->disk;
	size_t got = 0;

	if (n < 0 || at < 0)
		return SQLITE_IOERR_READ;
	memset(to, 0, (size_t)n);
	d->served += (uint64_t)n;
	if (d->served > d->t->limits.max_bytes || aisp_input_read_some(&d->t->in, (uint64_t)at, to, (size_t)n, &got, NULL) < 0)
		return SQLITE_IOERR_READ;
	/* A file in WAL mode asks for a second file; without one it is an ordinary database. */
	for (sqlite3_int64 i = 18; i < 20; i++)
		if (at <= i && i < at + (sqlite3_int64)got && ((uint8_t *)to)[i - at] == 2)
			((uint8_t *)to)[i - at] = 1;
	return got == (size_t)n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}
static int disk_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	(void)f;
	(void)p;
	(void)n;
	(void)at;
	return SQLITE_READONLY;
}
static int disk_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	(void)f;
	(void)n;
	return SQLITE_READONLY;
}
static int disk_int(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return SQLITE_OK;
}
static int disk_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct file *)f)->disk->t->in.size;
	return SQLITE_OK;
}
static int disk_reserved(sqlite3_file *f, int *ret)
{
	(void)f;
	*ret = 0;
	return SQLITE_OK;
}
static int disk_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}
static int disk_sector(sqlite3_file *f)
{
	(void)f;
	return 4096;
}
static int disk_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_IMMUTABLE;
}

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	static const sqlite3_io_methods methods = {1, disk_close, disk_read, disk_write, disk_truncate, disk_int, disk_size, disk_int, disk_int, disk_reserved, disk_control, disk_sector, disk_traits,
						   NULL, NULL, NULL, NULL, NULL, NULL};
	struct file *mine = (struct file *)f;

	mine->base.pMethods = NULL;
	if (!name || !(flags & SQLITE_OPEN_MAIN_DB))
		return SQLITE_CANTOPEN;
	mine->disk = v->pAppData;
	mine->base.pMethods = &methods;
	if (ret_flags)
		*ret_flags = SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}
static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
	(void)v;
	(void)name;
	(void)sync;
	return SQLITE_IOERR_DELETE;
}
static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	(void)v;
	(void)name;
	(void)flags;
	*ret = 0;
	return SQLITE_OK;
}
static int vfs_full(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	(void)snprintf(out, (size_t)n, "%s", name);
	return SQLITE_OK;
}
static int vfs_random(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	memset(out, 7, (size_t)n);
	return n;
}
static int vfs_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}
static int vfs_time(sqlite3_vfs *v, double *ret)
{
	(void)v;
	*ret = 2460000.5;
	return SQLITE_OK;
}
static int vfs_error(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	(void)n;
	(void)out;
	return 0;
}

static int allow(void *ctx, int action, const char *a, const char *b, const char *c, const char *d)
{
	(void)ctx;
	(void)a;
	(void)b;
	(void)c;
	/* d: inside a view or trigger */
	return (action == SQLITE_SELECT || action == SQLITE_READ) && !d ? SQLITE_OK : SQLITE_DENY;
}

static int tick(void *ctx)
{
	struct disk *d = ctx;

	return ++d->steps > MAX_STEPS;
}

static int open_database(struct disk *d, sqlite3 **ret)
{
	static atomic_uint serial;

	(void)snprintf(d->name, sizeof d->name, "aisp-input-%u", atomic_fetch_add(&serial, 1));
	d->vfs = (sqlite3_vfs){.iVersion = 1, .szOsFile = (int)sizeof(struct file), .mxPathname = 64, .zName = d->name, .pAppData = d, .xOpen = vfs_open, .xDelete = vfs_delete, .xAccess = vfs_access,
			       .xFullPathname = vfs_full, .xRandomness = vfs_random, .xSleep = vfs_sleep, .xCurrentTime = vfs_time, .xGetLastError = vfs_error};
	int r = sqlite3_vfs_register(&d->vfs, 0);
	if (r == SQLITE_OK)
		r = sqlite3_open_v2("input", ret, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, d->name);
	if (r != SQLITE_OK)
		return r;
	sqlite3 *db = *ret;
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 16 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 64);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
	sqlite3_progress_handler(db, 1000, tick, d);
	sqlite3_set_authorizer(db, allow, NULL);
	return SQLITE_OK;
}

struct listed {
	char *name;
	bool rowid;
};

static struct aisp_slice text_of(sqlite3_stmt *s, int i, char buf[64])
{
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		return aisp_tabular__int(sqlite3_column_int64(s, i), buf);
	case SQLITE_FLOAT:
		return aisp_tabular__real(sqlite3_column_double(s, i), buf);
	case SQLITE_NULL:
		return aisp_slice_of(NULL, 0);
	default: {
		bool blob = sqlite3_column_type(s, i) == SQLITE_BLOB;
		const char *p = blob ? sqlite3_column_blob(s, i) : (const char *)sqlite3_column_text(s, i);
		int n = sqlite3_column_bytes(s, i);
		struct aisp_slice v = aisp_slice_of(p, p && n > 0 ? (size_t)n : 0);
		if (v.n > ((size_t)1 << 20))
			v.n = (size_t)1 << 20;
		return v.n == 0 ? AISP_S("") : blob ? aisp_tabular__bytes(v, buf) : v;
	}
	}
}

/* Keeps the rows of a query; -1: it could not be prepared (no rowid). */
static int rows(struct disk *d, sqlite3 *db, struct aisp_tabular__table *table, const char *name, const char *tail, int64_t arg, int64_t limit)
{
	char sql[700], buf[64];
	sqlite3_stmt *s = NULL;
	bool nomem = false;
	int r = 0, step;

	sqlite3_snprintf(sizeof sql, sql, "SELECT * FROM \"%w\" %s", name, tail);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return 1;
	int n = sqlite3_column_count(s);
	if (sqlite3_bind_parameter_count(s) == 2)
		sqlite3_bind_int64(s, 1, arg);
	sqlite3_bind_int64(s, sqlite3_bind_parameter_count(s), limit);
	for (int i = (int)table->n; i < n && !nomem; i++) {
		const char *decl = sqlite3_column_decltype(s, i);
		if (!aisp_tabular__column_new(d->t, table, aisp_slice_z(sqlite3_column_name(s, i)), aisp_slice_z(decl ? decl : ""), &nomem))
			break;
	}
	if (nomem)
		r = aisp_tabular__nomem(d->t);
	while (r == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		table->rows_read++;
		for (int i = 0; i < n && (size_t)i < table->n && r == 0; i++)
			r = aisp_tabular__put(d->t, table->columns[i], text_of(s, i, buf));
	}
	if (r == 0 && step != SQLITE_DONE)
		aisp_tabular__partial(d->t, "table %.60s: %s", name, step == SQLITE_INTERRUPT ? "the limit of time ran out" : sqlite3_errmsg(db));
	sqlite3_finalize(s);
	return r;
}

static int64_t one_number(sqlite3 *db, const char *name, const char *order)
{
	char sql[700];
	sqlite3_stmt *s = NULL;
	int64_t v = INT64_MIN;

	sqlite3_snprintf(sizeof sql, sql, "SELECT rowid FROM \"%w\" ORDER BY rowid %s LIMIT 1", name, order);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) == SQLITE_INTEGER)
		v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

static int read_table(struct disk *d, sqlite3 *db, const char *name)
{
	int64_t max = d->t->limits.max_rows, third = max / 3;
	struct aisp_tabular__table *table = aisp_tabular__table(d->t, aisp_slice_z(name));

	if (!table)
		return d->t->partial.n ? 0 : aisp_tabular__nomem(d->t);
	int64_t first = one_number(db, name, "ASC"), last = one_number(db, name, "DESC");
	bool dense = first != INT64_MIN && last != INT64_MIN && last >= first && (uint64_t)last - (uint64_t)first < INT64_MAX;
	if (!dense || last - first < max) {
		int r = rows(d, db, table, name, "LIMIT ?", 0, max);
		if (r > 0)
			aisp_tabular__partial(d->t, "table %.60s: %s", name, sqlite3_errmsg(db));
		table->rows_known = r == 0 && table->rows_read < (uint64_t)max;
		table->rows = table->rows_read;
		return r < 0 ? r : 0;
	}
	int r = rows(d, db, table, name, "ORDER BY rowid LIMIT ?", 0, max - 2 * third);
	if (r == 0)
		r = rows(d, db, table, name, "WHERE rowid >= ? ORDER BY rowid LIMIT ?", first + (last - first) / 2, third);
	if (r == 0)
		r = rows(d, db, table, name, "ORDER BY rowid DESC LIMIT ?", 0, third);
	if (r > 0)
		aisp_tabular__partial(d->t, "table %.60s: %s", name, sqlite3_errmsg(db));
	aisp_tabular__sampling(d->t, "up to %lld rows a table, from begin, middle and end", (long long)max);
	return r < 0 ? r : 0;
}

static int read_all(struct disk *d, sqlite3 *db)
{
	struct listed *list = aisp_arena_zalloc(d->t->scratch, MAX_TABLES, sizeof *list);
	sqlite3_stmt *s = NULL;
	size_t n = 0;
	int r = 0, step = SQLITE_DONE;

	if (!list)
		return aisp_tabular__nomem(d->t);
	/* Views and virtual tables have no root page. */
	if (sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0", -1, &s, NULL) != SQLITE_OK) {
		bool limit = d->served > d->t->limits.max_bytes;
		return aisp_fail(d->t->err, limit ? AISP_E_LIMIT : AISP_E_PARSE, "the database's schema cannot be read: %s", sqlite3_errmsg(db));
	}
	while (n < MAX_TABLES && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		if (!name || strncmp(name, "sqlite_", 7) == 0 || strlen(name) > 200)
			continue;
		struct aisp_slice copy = aisp_arena_dup(d->t->scratch, aisp_slice_z(name));
		if (!copy.p)
			break;
		list[n++].name = (char *)(uintptr_t)copy.p;
	}
	sqlite3_finalize(s);
	if (n == MAX_TABLES)
		aisp_tabular__partial(d->t, "more than %d tables", MAX_TABLES);
	else if (step != SQLITE_DONE && n == 0)
		return aisp_fail(d->t->err, AISP_E_PARSE, "the database's schema cannot be read: %s", sqlite3_errmsg(db));
	for (size_t i = 0; i < n && r == 0; i++)
		r = read_table(d, db, list[i].name);
	return r;
}

int aisp_tabular__sqlite(struct aisp_tabular__tab *t)
{
	struct disk *d = aisp_arena_zalloc(t->scratch, 1, sizeof *d);
	sqlite3 *db = NULL;
	int r;

	if (!d)
		return aisp_tabular__nomem(t);
	d->t = t;
	int opened = open_database(d, &db);
	if (opened == SQLITE_OK)
		r = read_all(d, db);
	else
		r = aisp_fail(t->err, opened == SQLITE_NOMEM ? AISP_E_NOMEM : AISP_E_PARSE, "the database cannot be opened: %s", db ? sqlite3_errmsg(db) : sqlite3_errstr(opened));
	sqlite3_close(db);
	if (d->vfs.zName)
		sqlite3_vfs_unregister(&d->vfs);
	if (d->served > t->limits.max_bytes)
		aisp_tabular__partial(t, "over the %llu MiB that may be read", (unsigned long long)(t->limits.max_bytes >> 20));
	return r;
}
