/* A capture: in memory, and as a folder with capture.json and one NDJSON file an answer. */
#include "base/clock.h"
#include "base/doc.h"
#include "base/fs.h"
#include "base/jw.h"
#include "collect/postgres/postgres_int.h"
#include <fcntl.h>

enum { FORMAT_VERSION = 1, MAX_HEADER = 16 << 20 };
static const size_t max_answer = (size_t)1 << 30, max_memory = (size_t)4 << 30;

int aisp_pgc_capture_init(struct aisp_pgc_capture *cap, struct aisp_err *err)
{
	*cap = (struct aisp_pgc_capture){0};
	cap->arena = aisp_arena_new(max_memory);
	return cap->arena ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
}

void aisp_pgc_capture_done(struct aisp_pgc_capture *cap)
{
	for (int q = 0; q < AISP_PGC_Q_END; q++)
		aisp_vec_done(&cap->rows[q].cells);
	aisp_vec_done(&cap->also_known_as);
	aisp_vec_done(&cap->gaps);
	aisp_arena_freep(&cap->arena);
}

int aisp_pgc_add_gap(struct aisp_pgc_capture *cap, struct aisp_slice what, enum aisp_code why, struct aisp_slice detail,
		     struct aisp_err *err)
{
	struct aisp_pgc_gap gap = {aisp_pgc_text(cap->arena, what), aisp_pgc_text(cap->arena, detail), why};
	if (!gap.what.p || !gap.detail.p || aisp_vec_push(&cap->gaps, gap) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	return AISP_OK;
}

static void write_gaps(const struct aisp_pgc_capture *cap, struct aisp_jw *w)
{
	aisp_jw_key(w, "gaps");
	aisp_jw_arr(w);
	for (size_t i = 0; i < cap->gaps.n; i++) {
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "what", cap->gaps.v[i].what);
		aisp_jw_kz(w, "why", aisp_code_name(cap->gaps.v[i].why));
		aisp_jw_kstr(w, "detail", cap->gaps.v[i].detail);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static void write_header(const struct aisp_pgc_capture *cap, struct aisp_buf *out)
{
	char taken[AISP_ISO_LEN + 1];
	struct aisp_jw w;
	aisp_clock_iso(aisp_clock_now_us(), taken);
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "format", "aisp-capture");
	aisp_jw_kint(&w, "version", FORMAT_VERSION);
	aisp_jw_kz(&w, "kind", "postgres");
	aisp_jw_kz(&w, "taken", taken);
	aisp_jw_kstr(&w, "target", cap->target);
	aisp_jw_kstr(&w, "host", cap->host);
	aisp_jw_kstr(&w, "port", cap->port);
	aisp_jw_kstr(&w, "database", cap->database);
	aisp_jw_kint(&w, "server_version", cap->version_num);
	aisp_jw_kstr(&w, "system_identifier", aisp_pgc_cell(&cap->rows[AISP_PGC_Q_system], 0, 0));
	aisp_jw_kbool(&w, "sampled", cap->sampled);
	aisp_jw_key(&w, "also_known_as");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < cap->also_known_as.n; i++)
		aisp_jw_str(&w, cap->also_known_as.v[i]);
	aisp_jw_end(&w);
	write_gaps(cap, &w);
	aisp_jw_key(&w, "answers");
	aisp_jw_obj(&w);
	for (int q = 0; q < AISP_PGC_Q_END; q++)
		if (cap->rows[q].present)
			aisp_jw_kint(&w, aisp_pgc_queries[q].name, cap->rows[q].n_rows);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
}

static int write_answer(const struct aisp_pgc_capture *cap, int q, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text, path;
	aisp_buf_init(&text, max_answer);
	aisp_buf_init(&path, 1u << 16);
	aisp_buf_printf(&path, "%s/%s.ndjson", dir, aisp_pgc_queries[q].name);
	int r = aisp_pgc_rowset_write(&cap->rows[q], &text, err);
	if (r == AISP_OK)
		r = aisp_buf_check(&path, err);
	return r == AISP_OK ? aisp_fs_write(path.p, aisp_buf_slice(&text), 0600, err) : r;
}

int aisp_pgc_capture_write(const struct aisp_pgc_capture *cap, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text, path;
	aisp_buf_init(&text, MAX_HEADER);
	aisp_buf_init(&path, 1u << 16);
	int r = aisp_fs_mkdirs(dir, err);
	for (int q = 0; r == AISP_OK && q < AISP_PGC_Q_END; q++)
		if (cap->rows[q].present)
			r = write_answer(cap, q, dir, err);
	if (r < 0)
		return r;
	/* last, so that a folder without it is no capture */
	write_header(cap, &text);
	aisp_buf_printf(&path, "%s/capture.json", dir);
	r = aisp_buf_check(&text, err);
	if (r == AISP_OK)
		r = aisp_buf_check(&path, err);
	return r == AISP_OK ? aisp_fs_write(path.p, aisp_buf_slice(&text), 0600, err) : r;
}

static int dup_into(struct aisp_pgc_capture *cap, struct aisp_slice s, struct aisp_slice *ret, struct aisp_err *err)
{
	*ret = aisp_arena_dup(cap->arena, s);
	return ret->p ? AISP_OK : aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
}

static enum aisp_code code_find(struct aisp_slice name)
{
	for (int code = AISP_E_NOMEM; code >= AISP_E_INTERNAL; code--)
		if (aisp_slice_eqz(name, aisp_code_name((enum aisp_code)code)))
			return (enum aisp_code)code;
	return AISP_E_REMOTE;
}

static int read_lists(struct aisp_pgc_capture *cap, const struct aisp_doc *d, struct aisp_err *err)
{
	int r = AISP_OK;
	const struct aisp_doc *names = aisp_doc_get(d, "also_known_as"), *gaps = aisp_doc_get(d, "gaps");
	for (uint32_t i = 0; r == AISP_OK && names && names->type == AISP_DOC_ARR && i < names->n; i++) {
		struct aisp_slice s;
		r = dup_into(cap, aisp_doc_str(aisp_doc_at(names, i)), &s, err);
		if (r == AISP_OK && aisp_vec_push(&cap->also_known_as, s) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	for (uint32_t i = 0; r == AISP_OK && gaps && gaps->type == AISP_DOC_ARR && i < gaps->n; i++) {
		const struct aisp_doc *g = aisp_doc_at(gaps, i);
		r = aisp_pgc_add_gap(cap, aisp_doc_getstr(g, "what"), code_find(aisp_doc_getstr(g, "why")),
				     aisp_doc_getstr(g, "detail"), err);
	}
	return r;
}

static int read_header(struct aisp_pgc_capture *cap, const struct aisp_doc *d, struct aisp_err *err)
{
	int64_t version = aisp_doc_int(aisp_doc_get(d, "version"), 0),
		server = aisp_doc_int(aisp_doc_get(d, "server_version"), 0);
	if (!aisp_slice_eqz(aisp_doc_getstr(d, "format"), "aisp-capture") ||
	    !aisp_slice_eqz(aisp_doc_getstr(d, "kind"), "postgres"))
		return aisp_fail(err, AISP_E_PARSE, "not a capture of a PostgreSQL server");
	if (version != FORMAT_VERSION)
		return aisp_fail(err, AISP_E_PARSE, "a capture of format version %lld; this program reads version %d",
				 (long long)version, FORMAT_VERSION);
	if (server < 90000 || server > 9999999)
		return aisp_fail(err, AISP_E_PARSE, "a capture without a plausible server version");
	cap->version_num = (int)server;
	cap->sampled = aisp_doc_bool(aisp_doc_get(d, "sampled"), false);
	int r = dup_into(cap, aisp_doc_getstr(d, "target"), &cap->target, err);
	if (r == AISP_OK)
		r = dup_into(cap, aisp_doc_getstr(d, "host"), &cap->host, err);
	if (r == AISP_OK)
		r = dup_into(cap, aisp_doc_getstr(d, "port"), &cap->port, err);
	if (r == AISP_OK)
		r = dup_into(cap, aisp_doc_getstr(d, "database"), &cap->database, err);
	if (r == AISP_OK && (!cap->host.n || !cap->port.n || !cap->database.n || !cap->target.n))
		r = aisp_fail(err, AISP_E_PARSE, "a capture without target, host, port or database");
	return r == AISP_OK ? read_lists(cap, d, err) : r;
}

int aisp_pgc_header_parse(struct aisp_pgc_capture *cap, struct aisp_slice json, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_HEADER, .max_depth = 8, .max_values = 1 << 20};
	const struct aisp_doc *d = NULL;
	struct aisp_arena *arena AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(256u << 20);
	if (!arena)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	int r = aisp_json_parse(arena, json, &limits, &d, err);
	if (r == AISP_OK)
		r = read_header(cap, d, err);
	return r < 0 ? aisp_wrap(err, r, "in capture.json") : r;
}

/* The answer must have the columns that its query asks for. */
static int check_columns(const struct aisp_pgc_rowset *rs, const struct aisp_pgc_query_row *q, struct aisp_err *err)
{
	struct aisp_slice rest = aisp_slice_z(q->columns), name;
	uint32_t n = 0;
	while (aisp_slice_split(&rest, ' ', &name)) {
		if (n >= rs->n_columns || !aisp_slice_eq(rs->columns[n], name))
			return aisp_fail(err, AISP_E_PARSE, "the answer to \"%s\" lacks the column \"%.*s\"", q->name,
					 AISP_FMT(name));
		n++;
	}
	return n == rs->n_columns ? AISP_OK
				  : aisp_fail(err, AISP_E_PARSE,
					      "the answer to \"%s\" has more columns than were asked for", q->name);
}

int aisp_pgc_answer_parse(struct aisp_pgc_capture *cap, enum aisp_pgc_query q, struct aisp_slice ndjson,
			  struct aisp_err *err)
{
	struct aisp_pgc_rowset *rs = &cap->rows[q];
	if (rs->present)
		return aisp_fail(err, AISP_E_PARSE, "the answer to \"%s\" is there twice", aisp_pgc_queries[q].name);
	int r = aisp_pgc_rowset_read(cap->arena, ndjson, rs, err);
	if (r == AISP_OK)
		r = check_columns(rs, &aisp_pgc_queries[q], err);
	return r < 0 ? aisp_wrap(err, r, "in %s.ndjson", aisp_pgc_queries[q].name) : r;
}

static int read_file(const char *dir, const char *name, const char *ext, size_t max, struct aisp_buf *out,
		     struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	aisp_buf_init(&path, 1u << 16);
	aisp_buf_printf(&path, "%s/%s%s", dir, name, ext);
	int r = aisp_buf_check(&path, err);
	return r == AISP_OK ? aisp_fs_read(AT_FDCWD, path.p, true, max, out, err) : r;
}

int aisp_pgc_capture_read_header(struct aisp_pgc_capture *cap, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, MAX_HEADER);
	int r = read_file(dir, "capture", ".json", MAX_HEADER, &text, err);
	return r == AISP_OK ? aisp_pgc_header_parse(cap, aisp_buf_slice(&text), err) : r;
}

int aisp_pgc_capture_read(struct aisp_pgc_capture *cap, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, max_answer);
	int r = aisp_pgc_capture_read_header(cap, dir, err);
	for (int q = 0; r == AISP_OK && q < AISP_PGC_Q_END; q++) {
		aisp_buf_clear(&text);
		r = read_file(dir, aisp_pgc_queries[q].name, ".ndjson", max_answer, &text, err);
		if (r == AISP_E_NOTFOUND && !aisp_pgc_queries[q].must)
			r = AISP_OK; /* it is among the gaps */
		else if (r == AISP_OK)
			r = aisp_pgc_answer_parse(cap, (enum aisp_pgc_query)q, aisp_buf_slice(&text), err);
	}
	return r < 0 ? aisp_wrap(err, r, "while reading the capture %s", dir) : r;
}

/* A file of this name that is no JSON at all is a broken capture: it must fail by name, not be taken for a plain folder. */
static bool is_broken(struct aisp_slice text)
{
	struct aisp_arena *a = aisp_arena_new(MAX_HEADER * 16);
	const struct aisp_doc *doc;
	const bool broken = a && aisp_json_parse(a, text, NULL, &doc, NULL) == AISP_E_PARSE;
	aisp_arena_free(a);
	return broken;
}

bool aisp_pgc_is_capture(const char *dir)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	aisp_buf_init(&text, MAX_HEADER);
	if (read_file(dir, "capture", ".json", MAX_HEADER, &text, NULL) < 0)
		return false;
	struct aisp_pgc_capture cap;
	bool yes = false;
	if (aisp_pgc_capture_init(&cap, NULL) == AISP_OK) {
		struct aisp_err err = {0};
		yes = aisp_pgc_header_parse(&cap, aisp_buf_slice(&text), &err) == AISP_OK ||
		      aisp_slice_find(aisp_buf_slice(&text), AISP_S("\"kind\": \"postgres\"")) != SIZE_MAX || is_broken(aisp_buf_slice(&text));
		aisp_pgc_capture_done(&cap);
	}
	return yes;
}
