/* Opening a store, and statements with our errors (see sq.h). */
#include "base/mem.h"
#include "store/sqlite/sq.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum aisp_code code_of(int rc)
{
	switch (rc & 255) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return AISP_E_CONFLICT;
	case SQLITE_NOMEM:
		return AISP_E_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return AISP_E_PARSE;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
		return AISP_E_ACCESS;
	case SQLITE_IOERR:
	case SQLITE_FULL:
		return AISP_E_IO;
	case SQLITE_TOOBIG:
		return AISP_E_LIMIT;
	default:
		return AISP_E_INTERNAL;
	}
}

int aisp_store__sq_fail(sqlite3 *db, int rc, struct aisp_err *err, const char *what)
{
	const char *path = db ? sqlite3_db_filename(db, "main") : NULL;
	enum aisp_code code = code_of(rc);

	if (code == AISP_E_CONFLICT)
		return aisp_fail(err, code, "another aisp is writing to the store %s; try again when it is done", path ? path : "");
	if (code == AISP_E_PARSE)
		return aisp_fail(err, code, "the store %s is damaged (%s); restore it from a copy or scan into a new one",
		                 path ? path : "", sqlite3_errstr(rc));
	return aisp_fail(err, code, "the store %s: %s: %s", path ? path : "", what, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

int aisp_store__sq_nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while working on the store");
}

int aisp_store__sq_exec(sqlite3 *db, const char *sql, struct aisp_err *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : aisp_store__sq_fail(db, rc, err, "changing it failed");
}

int aisp_store__sq_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_st, struct aisp_err *err)
{
	int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_st, NULL);

	return rc == SQLITE_OK ? 0 : aisp_store__sq_fail(db, rc, err, sql);
}

int aisp_store__sq_step(sqlite3_stmt *st, struct aisp_err *err)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : aisp_store__sq_fail(sqlite3_db_handle(st), rc, err, "reading or writing it failed");
}

int aisp_store__sq_run(sqlite3_stmt *st, struct aisp_err *err)
{
	int r = aisp_store__sq_step(st, err);

	sqlite3_reset(st);
	return r;
}

int aisp_store__sq_number(sqlite3 *db, const char *sql, int64_t *ret_n, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(db, sql, &st, err);

	if (r < 0 || (r = aisp_store__sq_step(st, err)) < 0)
		return r;
	*ret_n = r ? sqlite3_column_int64(st, 0) : 0;
	return 0;
}

int aisp_store__sq_begin(sqlite3 *db, struct aisp_err *err)
{
	return aisp_store__sq_exec(db, "BEGIN", err);
}

int aisp_store__sq_end(sqlite3 *db, int r, struct aisp_err *err)
{
	if (r == 0)
		return aisp_store__sq_exec(db, "COMMIT", err);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

void aisp_store__sq_finalize(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
	*st = NULL;
}

void aisp_store__sq_bind_text(sqlite3_stmt *st, int i, struct aisp_slice s)
{
	sqlite3_bind_text64(st, i, s.n ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

struct aisp_slice aisp_store__sq_text(sqlite3_stmt *st, int column)
{
	const char *p = (const char *)sqlite3_column_text(st, column);

	return aisp_slice_of(p, p ? (size_t)sqlite3_column_bytes(st, column) : 0);
}

struct aisp_slice aisp_store__sq_text_dup(sqlite3_stmt *st, int column, struct aisp_arena *a, bool *bad)
{
	struct aisp_slice copy = aisp_arena_dup(a, aisp_store__sq_text(st, column));

	if (!copy.p)
		*bad = true;
	return copy;
}

int aisp_store__sq_dict_read(sqlite3 *db, struct aisp_symtab *t, struct aisp_err *err)
{
	SQ_AUTO sqlite3_stmt *st = NULL;
	int r = aisp_store__sq_prepare(db, "SELECT id, text FROM text WHERE id > ? ORDER BY id", &st, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(st, 1, aisp_symtab_count(t));
	while ((r = aisp_store__sq_step(st, err)) > 0) {
		aisp_sym sym = 0;

		if ((r = aisp_symtab_add(t, aisp_store__sq_text(st, 1), &sym, err)) < 0)
			return r;
		if (sym != sqlite3_column_int64(st, 0) || sym != aisp_symtab_count(t))
			return aisp_store__sq_fail(db, SQLITE_CORRUPT, err, "");
	}
	return r;
}

/* Opening. */

static int prepare_connection(sqlite3 *db)
{
	int rc = sqlite3_busy_timeout(db, SQ_BUSY_MS);

	/* Reading goes through a mapping of the file; a foreign file must not make us run what its views and triggers call. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "PRAGMA mmap_size = 2147418112; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;", NULL, NULL, NULL);
	return rc;
}

/* A store where we may write nothing, not even SQLite's files beside it, can be read as one that never changes, if no scan
 * is left in a log beside it. */
static int connect_frozen(const char *path, sqlite3 **ret_db)
{
	static const char escaped[] = "%?#";
	AISP_AUTOBUF struct aisp_buf uri = {0}, log = {0};
	struct stat sb;

	aisp_buf_printf(&log, "%s-wal", path);
	if (log.bad || (stat(log.p, &sb) == 0 && sb.st_size > 0))
		return SQLITE_CANTOPEN;
	aisp_buf_putz(&uri, "file:");
	for (; *path; path++) {
		if (strchr(escaped, *path))
			aisp_buf_printf(&uri, "%%%02x", (unsigned char)*path);
		else
			aisp_buf_putc(&uri, *path);
	}
	aisp_buf_putz(&uri, "?immutable=1");
	if (uri.bad)
		return SQLITE_NOMEM;
	return sqlite3_open_v2(uri.p, ret_db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
}

static bool cannot_lock(int rc)
{
	return (rc & 255) == SQLITE_CANTOPEN || (rc & 255) == SQLITE_READONLY;
}

int aisp_store__sq_connect(const char *path, int open_flags, sqlite3 **ret_db, struct aisp_err *err)
{
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, open_flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc == SQLITE_OK)
		rc = prepare_connection(db);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	if (cannot_lock(rc) && open_flags & SQLITE_OPEN_READONLY) {
		sqlite3_close(db);
		db = NULL;
		rc = connect_frozen(path, &db);
		if (rc == SQLITE_OK)
			rc = prepare_connection(db);
	}
	if (rc != SQLITE_OK) {
		int r = (rc & 255) == SQLITE_NOTADB
		                ? aisp_fail(err, AISP_E_USAGE, "%s is not a store of aisp; give another path with --store", path)
		                : aisp_store__sq_fail(db, rc, err, "it cannot be opened");

		sqlite3_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

/* Makes the file, empty and readable to its owner only, so that SQLite's own files beside it get the same mode. */
static int make_file(const char *path, struct aisp_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return aisp_fail(err, aisp_code_from_errno(errno), "the store %s cannot be made: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Two programs may find the same empty or old file: who gets the lock second finds the tables made. */
static int make_tables(struct aisp_store *st, bool empty, struct aisp_err *err)
{
	int64_t format;
	int r;

	if ((empty && (r = aisp_store__sq_exec(st->db, "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;", err)) < 0) ||
	    (r = aisp_store__sq_exec(st->db, "BEGIN IMMEDIATE", err)) < 0 || (r = aisp_store__sq_schema_check(st->db, st->path, &format, err)) < 0)
		return r;
	if (format == 0)
		r = aisp_store__sq_schema_make(st->db, err);
	else if (format < SQ_FORMAT)
		r = aisp_store__sq_schema_renew(st->db, format, err);
	return r < 0 ? r : aisp_store__sq_exec(st->db, "COMMIT", err);
}

static int set_up(struct aisp_store *st, struct aisp_err *err)
{
	int64_t format;
	int r = aisp_store__sq_schema_check(st->db, st->path, &format, err);

	if (r < 0)
		return r;
	if (format == 0 && (st->flags & AISP_STORE_READONLY))
		return aisp_fail(err, AISP_E_NOTFOUND, "the store %s is empty; `aisp scan` fills it", st->path);
	if (st->flags & AISP_STORE_READONLY)
		return 0;
	if (format < SQ_FORMAT && (r = make_tables(st, format == 0, err)) < 0)
		return r;
	return aisp_store__sq_exec(st->db, "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;", err);
}

static int open_store(struct aisp_store *st, struct aisp_err *err)
{
	bool readonly = st->flags & AISP_STORE_READONLY;
	struct stat sb;
	int r;

	if (stat(st->path, &sb) < 0) {
		if (errno != ENOENT)
			return aisp_fail(err, aisp_code_from_errno(errno), "the store %s cannot be read: %s", st->path, strerror(errno));
		if (readonly || !(st->flags & AISP_STORE_CREATE))
			return aisp_fail(err, AISP_E_NOTFOUND, "there is no store at %s; `aisp scan` makes one", st->path);
		if ((r = make_file(st->path, err)) < 0)
			return r;
	} else if (!S_ISREG(sb.st_mode)) {
		return aisp_fail(err, AISP_E_USAGE, "%s is not a file; give another path with --store", st->path);
	}
	if ((r = aisp_store__sq_connect(st->path, readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, &st->db, err)) < 0)
		return r;
	return set_up(st, err);
}

int aisp_store_open(const char *path, unsigned flags, struct aisp_store **ret_store, struct aisp_err *err)
{
	size_t n = strlen(path) + 1;

	if (aisp_slice_starts(aisp_slice_z(path), AISP_S("postgres://")) ||
	    aisp_slice_starts(aisp_slice_z(path), AISP_S("postgresql://")))
		return aisp_fail(err, AISP_E_USAGE, "this program keeps its store in a file; give a path with --store");
	AISP_CLEANUP(aisp_store_closep) struct aisp_store *st = aisp_mem_zalloc(1, sizeof *st);

	if (!st || !(st->path = aisp_mem_alloc(n)))
		return aisp_store__sq_nomem(err);
	memcpy(st->path, path, n);
	st->flags = flags;
	int r = open_store(st, err);

	if (r < 0)
		return r;
	*ret_store = AISP_TAKE(st);
	return 0;
}

void aisp_store_close(struct aisp_store *st)
{
	if (!st)
		return;
	sqlite3_close(st->db);
	aisp_symtab_free(st->dict);
	aisp_mem_free(st->path);
	aisp_mem_free(st);
}

void aisp_store_closep(struct aisp_store **st)
{
	aisp_store_close(*st);
	*st = NULL;
}

int aisp_store_key_path(const char *path, struct aisp_buf *out, struct aisp_err *err)
{
	aisp_buf_putz(out, path);
	aisp_buf_putz(out, ".key");
	return aisp_buf_check(out, err);
}
