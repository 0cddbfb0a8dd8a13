/* Places: a file (notebook, prompt log, MCP configuration) and a row of a table in PostgreSQL. The commit is in drill_git.c. */
#include "base/clock.h"
#include "base/fs.h"
#include "govern/drill_int.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- A file ---- */

int aisp_drill__file_prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	char dir[PATH_MAX];
	struct aisp_slice path = aisp_arena_dup(d->mem, detail), folder = aisp_slice_dirname(detail);
	AISP_AUTOBUF struct aisp_buf text = {0};

	folder = path.p ? aisp_arena_dup(d->mem, folder.n ? folder : detail.p[0] == '/' ? AISP_S("/") : AISP_S(".")) : folder;
	if (!folder.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	if (!realpath(folder.p, dir))
		return aisp_fail(err, AISP_E_USAGE, "the folder of %s does not exist: %s", path.p, strerror(errno));
	aisp_buf_init(&text, AISP_DRILL_FILE_MAX);
	int r = aisp_fs_read(AT_FDCWD, path.p, false, AISP_DRILL_FILE_MAX, &text, err);
	const bool created = r == AISP_E_NOTFOUND;
	if (r < 0 && !created)
		return aisp_wrap(err, r, "while reading the place");
	struct aisp_drill_insert in = {0};
	char when[AISP_ISO_LEN + 1];
	aisp_clock_iso(d->begun_us, when);
	struct aisp_err why = {0};
	r = aisp_drill__insert(d->place->name, d->name, NULL, 0, aisp_buf_slice(&text), created, when, &in, &why);
	aisp_drill__buf_wipe(&in.bytes);
	if (r < 0)
		return aisp_fail(err, AISP_E_USAGE, "%s cannot take it as a %s: %s", path.p, d->place->name, why.msg);
	const struct aisp_slice real = aisp_arena_printf(d->mem, "%s/%.*s", strcmp(dir, "/") == 0 ? "" : dir, AISP_FMT(aisp_slice_basename(path)));
	r = aisp_drill__fact(d, "folder", aisp_slice_z(dir), err);
	if (r == 0)
		r = aisp_drill__fact(d, "path", real, err);
	if (r == 0)
		r = aisp_drill__fact(d, "created", created ? AISP_S("yes") : AISP_S("no"), err);
	return r;
}

static void digest_of(struct aisp_slice bytes, char ret[65])
{
	unsigned char h[32];

	crypto_generichash(h, sizeof h, (const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n, NULL, 0);
	sodium_bin2hex(ret, 65, h, sizeof h);
}

int aisp_drill__file_plant(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf before = {0}, after = {0};
	struct aisp_drill_insert in = {0};
	struct aisp_slice path = aisp_drill__get(d, "path");
	char when[AISP_ISO_LEN + 1], hex[65] = "";

	aisp_buf_init(&before, AISP_DRILL_FILE_MAX);
	aisp_buf_init(&after, AISP_DRILL_FILE_MAX);
	aisp_clock_iso(d->begun_us, when);
	int r = aisp_fs_read(AT_FDCWD, path.p, false, AISP_DRILL_FILE_MAX, &before, err);
	const bool created = r == AISP_E_NOTFOUND;
	if (r < 0 && !created)
		return r;
	r = aisp_drill__insert(d->place->name, d->name, d->pairs, d->n_pairs, aisp_buf_slice(&before), created, when, &in, err);
	if (r == 0)
		r = aisp_secret_init(&d->planted, aisp_buf_slice(&in.bytes), err);
	if (r == 0)
		r = aisp_drill__keep(d, err); /* what is to be taken out again is on disk before it is put in */
	if (r == 0) {
		aisp_buf_put(&after, aisp_slice_to(aisp_buf_slice(&before), in.at));
		aisp_buf_put(&after, aisp_buf_slice(&in.bytes));
		aisp_buf_put(&after, aisp_slice_from(aisp_buf_slice(&before), in.at));
		r = aisp_buf_check(&after, err);
	}
	if (r == 0 && !created)
		digest_of(aisp_buf_slice(&before), hex);
	if (r == 0)
		r = aisp_act_file(d->act, path, aisp_slice_z(hex), aisp_buf_slice(&after), err);
	aisp_drill__buf_wipe(&in.bytes);
	return r;
}

/* What a write that was killed left beside the file (base/fs: ".aisp-*.tmp"), when it is this drill's. */
static int sweep(struct aisp_drill *d, const char *folder, struct aisp_err *err)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : aisp_fail(err, aisp_code_from_errno(errno), "cannot look into %s: %s", folder, strerror(errno));
	while (r == 0 && (e = readdir(dir))) {
		AISP_DRILL_WIPEBUF struct aisp_buf text = {0};
		const struct aisp_slice name = aisp_slice_z(e->d_name);
		if (!aisp_slice_starts(name, AISP_S(".aisp-")) || !aisp_slice_ends(name, AISP_S(".tmp")))
			continue;
		aisp_buf_init(&text, AISP_DRILL_FILE_MAX);
		if (aisp_fs_read(dirfd(dir), e->d_name, true, AISP_DRILL_FILE_MAX, &text, NULL) < 0)
			continue;
		/* torn before our text began: then it holds the old text only, and the same beginning as the file */
		if (aisp_slice_find(aisp_buf_slice(&text), d->name) != SIZE_MAX && unlinkat(dirfd(dir), e->d_name, 0) < 0 && errno != ENOENT)
			r = aisp_fail(err, aisp_code_from_errno(errno), "cannot remove %s/%s: %s", folder, e->d_name, strerror(errno));
	}
	closedir(dir);
	return r;
}

static int take_out(struct aisp_drill *d, struct aisp_slice path, struct aisp_slice text, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf rest = {0};
	char hex[65];

	if (aisp_slice_find(text, d->name) == SIZE_MAX)
		return 0; /* it never came that far, or somebody has taken it out */
	aisp_buf_init(&rest, AISP_DRILL_FILE_MAX);
	if (!aisp_drill__without(text, aisp_slice_of(d->planted.p, d->planted.n), &rest))
		return aisp_fail(err, AISP_E_CONFLICT, "%.*s was changed where the drill had put its text: remove what is named %.*s by hand", AISP_FMT(path), AISP_FMT(d->name));
	int r = aisp_buf_check(&rest, err);
	digest_of(text, hex);
	if (r == 0 && rest.n == 0 && aisp_slice_eqz(aisp_drill__get(d, "created"), "yes"))
		return aisp_act_file(d->act, path, aisp_slice_z(hex), (struct aisp_slice){0}, err);
	return r == 0 ? aisp_act_file(d->act, path, aisp_slice_z(hex), rest.n ? aisp_buf_slice(&rest) : AISP_S(""), err) : r;
}

int aisp_drill__file_clean(struct aisp_drill *d, struct aisp_err *err)
{
	struct aisp_slice path = aisp_drill__get(d, "path"), folder = aisp_drill__get(d, "folder");
	int r = 0;

	if (!path.n || !folder.n)
		return 0;
	for (int i = 0; i < 3; i++) { /* somebody may write at the same time */
		AISP_DRILL_WIPEBUF struct aisp_buf text = {0};
		aisp_buf_init(&text, AISP_DRILL_FILE_MAX);
		r = aisp_fs_read(AT_FDCWD, path.p, false, AISP_DRILL_FILE_MAX, &text, err);
		if (r == AISP_E_NOTFOUND)
			break;
		if (r == 0)
			r = take_out(d, path, aisp_buf_slice(&text), err);
		if (r != AISP_E_CONFLICT)
			break;
	}
	return r < 0 && r != AISP_E_NOTFOUND ? r : sweep(d, folder.p, err);
}

/* ---- A row ---- */

/* "SCHEMA"."TABLE" as the server's own parser reads what the user wrote, and whether it is a table. */
static const char columns_sql[] =
	"SELECT c.oid::pg_catalog.regclass::text AS table, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS full, a.attname::text AS name, "
	"CASE WHEN t.typname IN ('varchar', 'bpchar') THEN 'character varying' ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END AS type, "
	"CASE WHEN a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' THEN 't' ELSE 'f' END AS required, "
	"CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'f', 'u') AND a.attnum = ANY (k.conkey)) THEN 't' ELSE 'f' END AS key "
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
	"JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
	"WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relkind IN ('r', 'p') AND n.nspname = ";

static int columns_of(struct aisp_drill *d, struct aisp_slice detail, const struct aisp_doc **ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};
	const size_t dot = aisp_slice_chr(detail, '.');

	aisp_buf_init(&sql, 1 << 16);
	aisp_buf_putz(&sql, columns_sql);
	aisp_drill__literal(&sql, dot == SIZE_MAX ? AISP_S("public") : aisp_slice_to(detail, dot));
	aisp_buf_putz(&sql, " AND c.relname = ");
	aisp_drill__literal(&sql, dot == SIZE_MAX ? detail : aisp_slice_from(detail, dot + 1));
	aisp_buf_putz(&sql, " ORDER BY a.attnum");
	int r = aisp_buf_check(&sql, err);
	if (r == 0)
		r = aisp_act_sql(d->act, aisp_drill__get(d, "table_server"), aisp_drill__get(d, "table_database"), aisp_buf_slice(&sql), true, d->mem, ret, err);
	if (r == 0 && aisp_doc_count(*ret) == 0)
		r = aisp_fail(err, AISP_E_USAGE, "there is no table %.*s in %.*s/%.*s (SCHEMA.TABLE, as it is stored)", AISP_FMT(detail), AISP_FMT(aisp_drill__get(d, "table_server")),
			      AISP_FMT(aisp_drill__get(d, "table_database")));
	return r;
}

int aisp_drill__table_prepare(struct aisp_drill *d, struct aisp_slice detail, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0};
	const char *target = aisp_drill__target(d, "postgres");
	struct aisp_slice server, database, column = {0};
	const struct aisp_doc *columns = NULL;

	if (!target)
		return aisp_fail(err, AISP_E_USAGE, "the place %s needs the database in which the table lies: --with postgres://USER@HOST:PORT/DATABASE", d->o->place);
	int r = aisp_drill__pg_server(d->mem, aisp_slice_z(target), &server, &database, err);
	if (r == 0)
		r = aisp_drill__fact(d, "table_server", server, err);
	if (r == 0)
		r = aisp_drill__fact(d, "table_database", database, err);
	if (r == 0)
		r = aisp_drill__act(d, true, err);
	if (r == 0)
		r = columns_of(d, detail, &columns, err);
	if (r < 0)
		return r;
	aisp_buf_init(&sql, 1 << 20);
	const struct aisp_slice table = aisp_doc_getstr(aisp_doc_at(columns, 0), "full");
	r = aisp_drill__row(table, columns, d->name, &sql, &column, err);
	if (r == 0)
		r = aisp_drill__fact(d, "table", table, err);
	if (r == 0)
		r = aisp_drill__fact(d, "column", column, err);
	return r == 0 ? aisp_drill__fact(d, "table_name", detail, err) : r;
}

int aisp_drill__table_plant(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_DRILL_WIPEBUF struct aisp_buf text = {0}, sql = {0};
	struct aisp_slice column;
	const struct aisp_doc *columns = NULL;

	aisp_buf_init(&text, 1 << 20);
	aisp_buf_init(&sql, 1 << 20);
	aisp_drill__lines(d->name, d->pairs, d->n_pairs, &text);
	int r = columns_of(d, aisp_drill__get(d, "table_name"), &columns, err);
	if (r == 0)
		r = aisp_drill__row(aisp_drill__get(d, "table"), columns, aisp_buf_slice(&text), &sql, &column, err);
	if (r == 0)
		r = aisp_act_sql(d->act, aisp_drill__get(d, "table_server"), aisp_drill__get(d, "table_database"), aisp_buf_slice(&sql), false, d->mem, &columns, err);
	return r;
}

int aisp_drill__table_clean(struct aisp_drill *d, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf sql = {0}, like = {0};
	const struct aisp_doc *rows = NULL;

	if (!aisp_drill__get(d, "table").n)
		return 0;
	aisp_buf_init(&sql, 1 << 16);
	aisp_buf_init(&like, 1 << 10);
	aisp_buf_printf(&like, "%%%.*s%%", AISP_FMT(d->name));
	aisp_buf_printf(&sql, "DELETE FROM %.*s WHERE ", AISP_FMT(aisp_drill__get(d, "table")));
	aisp_drill__ident(&sql, aisp_drill__get(d, "column"));
	aisp_buf_putz(&sql, "::text LIKE ");
	aisp_drill__literal(&sql, aisp_buf_slice(&like));
	int r = aisp_buf_check(&sql, err);
	return r == 0 ? aisp_act_sql(d->act, aisp_drill__get(d, "table_server"), aisp_drill__get(d, "table_database"), aisp_buf_slice(&sql), false, d->mem, &rows, err) : r;
}
