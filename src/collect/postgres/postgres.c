/* The PostgreSQL collector: the row. See docs/collectors/postgres.md for what it reads and what it needs for it.
 *
 * Not for: deciding rights (access/postgres), or telling which code uses which role (resolve).
 */
#include "collect/postgres/postgres_int.h"

static int to_path(struct aisp_slice text, struct aisp_buf *path)
{
	if (memchr(text.p ? text.p : "", '\0', text.n))
		return AISP_E_USAGE;
	aisp_buf_put(path, text);
	while (path->n > 1 && path->p[path->n - 1] == '/')
		path->p[--path->n] = '\0';
	return path->bad == AISP_OK && path->n ? AISP_OK : AISP_E_USAGE;
}

static bool is_live(struct aisp_slice text)
{
	return aisp_slice_starts(text, AISP_S("postgres:")) || aisp_slice_starts(text, AISP_S("postgresql:"));
}

static int recognise(struct aisp_slice text)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 1u << 16);
	if (is_live(text))
		return 100;
	return to_path(text, &path) == AISP_OK && aisp_pgc_is_capture(path.p) ? 100 : 0;
}

static int key_of_capture(struct aisp_slice text, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_pgc_capture cap;
	aisp_buf_init(&path, 1u << 16);
	if (to_path(text, &path) < 0)
		return aisp_fail(err, AISP_E_USAGE, "not a PostgreSQL target");
	int r = aisp_pgc_capture_init(&cap, err);
	if (r < 0)
		return r;
	/* A header that cannot be read does not tell whose capture it is: the scan will fail and say why. */
	if (aisp_pgc_capture_read_header(&cap, path.p, err) == AISP_OK)
		aisp_buf_put(out, cap.target);
	else
		aisp_buf_printf(out, "postgres-capture:%.*s", AISP_FMT(aisp_slice_basename(aisp_slice_z(path.p))));
	aisp_pgc_capture_done(&cap);
	return aisp_buf_check(out, err);
}

static int source_key(const struct aisp_target *t, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_pgc_target parsed __attribute__((cleanup(aisp_pgc_target_done))) = {0};
	if (!is_live(t->text))
		return key_of_capture(t->text, out, err);
	int r = aisp_pgc_target_parse(t->text, &parsed, err);
	if (r < 0)
		return r;
	aisp_buf_printf(out, "postgres://%.*s:%.*s/%.*s", AISP_FMT(parsed.host),
			AISP_FMT(parsed.port.n ? parsed.port : AISP_S("5432")), AISP_FMT(parsed.database));
	return aisp_buf_check(out, err);
}

static int get(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_pgc_capture *cap,
	       struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 1u << 16);
	if (is_live(t->text))
		return aisp_pgc_fetch(c, t, cap, err);
	if (to_path(t->text, &path) < 0)
		return aisp_fail(err, AISP_E_USAGE, "not a PostgreSQL target");
	int r = aisp_pgc_capture_read(cap, path.p, err);
	for (size_t i = 0; r == AISP_OK && i < t->n_also_known_as; i++)
		if (aisp_vec_push(&cap->also_known_as, t->also_known_as[i]) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	return r;
}

static bool at_rest(const struct aisp_target *t)
{
	return !is_live(t->text);
}

static int scan(const struct aisp_collect *c, const struct aisp_target *t, struct aisp_err *err)
{
	struct aisp_pgc_capture cap;
	int r = aisp_pgc_capture_init(&cap, err);
	if (r < 0)
		return r;
	r = get(c, t, &cap, err);
	if (r == AISP_OK)
		r = aisp_pgc_emit(c, &cap, err);
	aisp_pgc_capture_done(&cap);
	return r;
}

static int capture(const struct aisp_collect *c, const struct aisp_target *t, const char *dir, struct aisp_err *err)
{
	struct aisp_pgc_capture cap;
	int r = aisp_pgc_capture_init(&cap, err);
	if (r < 0)
		return r;
	r = get(c, t, &cap, err);
	if (r == AISP_OK)
		r = aisp_pgc_capture_write(&cap, dir, err);
	aisp_pgc_capture_done(&cap);
	return r;
}

const struct aisp_collector aisp_collector_postgres = {
	.name = "postgres",
	.target_form = "postgres://[USER@]HOST[:PORT]/DATABASE",
	.description = "a PostgreSQL database: roles, grants, row security, tables, and what a look at their columns "
		       "suggests they hold",
	.recognise = recognise,
	.source_key = source_key,
	.at_rest = at_rest,
	.scan = scan,
	.capture = capture,
};
