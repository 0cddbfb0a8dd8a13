/* A capture: in memory, and as a folder with capture.json and lists as `kubectl get -o json` prints them, which the files collector
 * reads too. Values of secrets are never written: keys only.
 */
#include "base/clock.h"
#include "base/doc.h"
#include "base/fs.h"
#include "base/jw.h"
#include "collect/files/settings.h"
#include "collect/kubernetes/live_int.h"
#include <fcntl.h>
#include <stdio.h>

enum { FORMAT_VERSION = 1, MAX_HEADER = 16 << 20, FILE_BYTES = 24 << 20, MAX_FILE = 64 << 20 };

int aisp_kl_capture_init(struct aisp_kl_capture *cap, struct aisp_err *err)
{
	*cap = (struct aisp_kl_capture){.arena = aisp_arena_new((size_t)6 << 30)};
	if (cap->arena)
		cap->lists = aisp_arena_zalloc(cap->arena, aisp_kl_row_count, sizeof *cap->lists);
	if (!cap->lists) {
		aisp_arena_freep(&cap->arena);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	for (size_t i = 0; i < aisp_kl_row_count; i++)
		cap->lists[i].row = &aisp_kl_rows[i];
	return 0;
}

void aisp_kl_capture_done(struct aisp_kl_capture *cap)
{
	for (size_t i = 0; cap->lists && i < aisp_kl_row_count; i++) {
		for (size_t n = 0; (aisp_kl_rows[i].flags & AISP_KL_SECRET) && n < cap->lists[i].items.n; n++)
			aisp_doc_wipe(cap->lists[i].items.v[n]);
		aisp_vec_done(&cap->lists[i].items);
	}
	aisp_vec_done(&cap->gaps);
	aisp_vec_done(&cap->unread);
	aisp_arena_freep(&cap->arena);
}

int aisp_kl_gap(struct aisp_kl_capture *cap, struct aisp_slice what, enum aisp_code why, struct aisp_slice detail, struct aisp_err *err)
{
	struct aisp_kl_gap g = {aisp_arena_dup(cap->arena, what), aisp_arena_dup(cap->arena, detail), why};

	if (!g.what.p || (detail.n && !g.detail.p) || aisp_vec_push(&cap->gaps, g) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	return 0;
}

struct aisp_slice aisp_kl_resource(struct aisp_kl_capture *cap, const struct aisp_kl_row *row)
{
	return row->group[0] ? aisp_arena_printf(cap->arena, "%s.%s", row->resource, row->group) : aisp_slice_z(row->resource);
}

/* Writing. */

/* A Secret with the names of its keys only. */
static void put_secret(struct aisp_jw *w, const struct aisp_doc *d)
{
	aisp_jw_obj(w);
	for (uint32_t i = 0; i < d->n; i++) {
		const struct aisp_member *m = &d->members[i];
		const bool values = aisp_slice_eqz(m->key, "data") || aisp_slice_eqz(m->key, "stringData");
		if (values && m->value.type != AISP_DOC_OBJ)
			continue;
		aisp_jw_keys(w, m->key);
		if (!values) {
			aisp_jw_doc(w, &m->value);
			continue;
		}
		aisp_jw_obj(w);
		for (uint32_t k = 0; k < m->value.n; k++) {
			aisp_jw_keys(w, m->value.members[k].key);
			aisp_jw_null(w);
		}
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

static int write_file(const char *dir, const struct aisp_kl_row *row, unsigned number, struct aisp_buf *text, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path;

	aisp_buf_init(&path, 1u << 16);
	aisp_buf_printf(&path, "%s/%s%s%s-%u.json", dir, row->resource, row->group[0] ? "." : "", row->group, number);
	int r = aisp_buf_check(&path, err);
	if (r == 0)
		r = aisp_buf_check(text, err);
	return r == 0 ? aisp_fs_write(path.p, aisp_buf_slice(text), 0600, err) : r;
}

static int write_list(const struct aisp_kl_list *list, const char *dir, struct aisp_jw *header, struct aisp_err *err)
{
	size_t at = 0;
	int r = 0;

	for (unsigned number = 1; r == 0 && (at < list->items.n || number == 1); number++) {
		AISP_AUTOBUF struct aisp_buf text;
		struct aisp_jw w;
		aisp_buf_init(&text, MAX_FILE);
		aisp_jw_init(&w, &text, false);
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "apiVersion", "v1");
		aisp_jw_kz(&w, "kind", "List");
		aisp_jw_key(&w, "items");
		aisp_jw_arr(&w);
		for (; at < list->items.n && text.n < FILE_BYTES && !text.bad; at++)
			if (list->row->flags & AISP_KL_SECRET)
				put_secret(&w, list->items.v[at]);
			else
				aisp_jw_doc(&w, list->items.v[at]);
		aisp_jw_end(&w);
		aisp_jw_end(&w);
		aisp_buf_putc(&text, '\n');
		r = write_file(dir, list->row, number, &text, err);
		aisp_jw_obj(header);
		aisp_jw_kz(header, "resource", list->row->resource);
		aisp_jw_kz(header, "group", list->row->group);
		aisp_jw_kint(header, "file", number);
		aisp_jw_end(header);
	}
	return r;
}

static void write_gaps(const struct aisp_kl_capture *cap, struct aisp_jw *w)
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
	aisp_jw_key(w, "unread");
	aisp_jw_arr(w);
	for (size_t i = 0; i < cap->unread.n; i++)
		aisp_jw_str(w, cap->unread.v[i]);
	aisp_jw_end(w);
}

int aisp_kl_capture_write(const struct aisp_kl_capture *cap, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text, path;
	char taken[AISP_ISO_LEN + 1];
	struct aisp_jw w;
	int r = aisp_fs_mkdirs(dir, err);

	aisp_buf_init(&text, MAX_HEADER);
	aisp_buf_init(&path, 1u << 16);
	aisp_clock_iso(aisp_clock_now_us(), taken);
	aisp_jw_init(&w, &text, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "format", "aisp-capture");
	aisp_jw_kint(&w, "version", FORMAT_VERSION);
	aisp_jw_kz(&w, "kind", "kubernetes");
	aisp_jw_kz(&w, "taken", taken);
	aisp_jw_kstr(&w, "target", cap->key);
	aisp_jw_kstr(&w, "cluster", cap->cluster);
	aisp_jw_kstr(&w, "server", cap->server);
	aisp_jw_kstr(&w, "server_version", cap->version);
	write_gaps(cap, &w);
	aisp_jw_key(&w, "lists");
	aisp_jw_arr(&w);
	for (size_t i = 0; r == 0 && i < aisp_kl_row_count; i++)
		if (cap->lists[i].present)
			r = write_list(&cap->lists[i], dir, &w, err);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(&text, '\n');
	/* last, so that a folder without it is no capture */
	aisp_buf_printf(&path, "%s/capture.json", dir);
	if (r == 0)
		r = aisp_buf_check(&text, err);
	if (r == 0)
		r = aisp_buf_check(&path, err);
	return r == 0 ? aisp_fs_write(path.p, aisp_buf_slice(&text), 0600, err) : r;
}

/* Reading. */

static enum aisp_code code_find(struct aisp_slice name)
{
	for (int code = AISP_E_NOMEM; code >= AISP_E_INTERNAL; code--)
		if (aisp_slice_eqz(name, aisp_code_name((enum aisp_code)code)))
			return (enum aisp_code)code;
	return AISP_E_REMOTE;
}

static int read_gaps(struct aisp_kl_capture *cap, const struct aisp_doc *d, struct aisp_err *err)
{
	const struct aisp_doc *gaps = aisp_doc_get(d, "gaps"), *unread = aisp_doc_get(d, "unread");
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(gaps); i++) {
		const struct aisp_doc *g = aisp_doc_at(gaps, i);
		if (aisp_doc_getstr(g, "what").n)
			r = aisp_kl_gap(cap, aisp_doc_getstr(g, "what"), code_find(aisp_doc_getstr(g, "why")), aisp_doc_getstr(g, "detail"), err);
	}
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(unread); i++)
		if (aisp_doc_str(aisp_doc_at(unread, i)).n && aisp_vec_push(&cap->unread, aisp_doc_str(aisp_doc_at(unread, i))) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	return r;
}

static int parse_header(struct aisp_kl_capture *cap, struct aisp_slice json, const struct aisp_doc **ret, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_HEADER, .max_depth = 8, .max_values = 1 << 20};
	int r = aisp_json_parse(cap->arena, json, &limits, ret, err);

	if (r < 0)
		return aisp_wrap(err, r, "in capture.json");
	if (!aisp_slice_eqz(aisp_doc_getstr(*ret, "format"), "aisp-capture") || !aisp_slice_eqz(aisp_doc_getstr(*ret, "kind"), "kubernetes"))
		return aisp_fail(err, AISP_E_PARSE, "not a capture of a Kubernetes cluster");
	if (aisp_doc_int(aisp_doc_get(*ret, "version"), 0) != FORMAT_VERSION)
		return aisp_fail(err, AISP_E_PARSE, "a capture of another format version; this program reads version %d", FORMAT_VERSION);
	cap->key = aisp_doc_getstr(*ret, "target");
	cap->cluster = aisp_doc_getstr(*ret, "cluster");
	cap->server = aisp_doc_getstr(*ret, "server");
	cap->version = aisp_doc_getstr(*ret, "server_version");
	if (cap->key.n == 0 || cap->cluster.n == 0)
		return aisp_fail(err, AISP_E_PARSE, "a capture without target or cluster");
	return read_gaps(cap, *ret, err);
}

int aisp_kl_capture_header(struct aisp_kl_capture *cap, struct aisp_slice json, struct aisp_err *err)
{
	const struct aisp_doc *d;

	return parse_header(cap, json, &d, err);
}

static int read_file(const char *dir, const char *name, size_t max, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path;

	aisp_buf_init(&path, 1u << 16);
	aisp_buf_printf(&path, "%s/%s", dir, name);
	int r = aisp_buf_check(&path, err);
	return r == 0 ? aisp_fs_read(AT_FDCWD, path.p, true, max, out, err) : r;
}

int aisp_kl_capture_read_header(struct aisp_kl_capture *cap, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text;

	aisp_buf_init(&text, MAX_HEADER);
	int r = read_file(dir, "capture.json", MAX_HEADER, &text, err);
	return r == 0 ? aisp_kl_capture_header(cap, aisp_buf_slice(&text), err) : r;
}

/* One file of a list: its objects have their own apiVersion and kind. */
static int read_list(struct aisp_kl_capture *cap, const char *dir, const struct aisp_doc *entry, struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {.max_bytes = MAX_FILE, .max_values = 40000000};
	AISP_AUTOBUF struct aisp_buf text;
	struct aisp_kl_list *list = NULL;
	const struct aisp_doc *d = NULL;
	char name[256];

	aisp_buf_init(&text, MAX_FILE);
	for (size_t i = 0; i < aisp_kl_row_count && !list; i++)
		if (aisp_slice_eqz(aisp_doc_getstr(entry, "resource"), aisp_kl_rows[i].resource) && aisp_slice_eqz(aisp_doc_getstr(entry, "group"), aisp_kl_rows[i].group))
			list = &cap->lists[i];
	if (!list) /* a later program's row */
		return aisp_kl_gap(cap, aisp_doc_getstr(entry, "resource").n ? aisp_doc_getstr(entry, "resource") : AISP_S("a list"), AISP_E_PARSE, AISP_S("a list of the capture that this program does not know"), err);
	(void)snprintf(name, sizeof name, "%s%s%s-%lld.json", list->row->resource, list->row->group[0] ? "." : "", list->row->group, (long long)aisp_doc_int(aisp_doc_get(entry, "file"), 1));
	int r = read_file(dir, name, MAX_FILE, &text, err);
	if (r == 0)
		r = aisp_json_parse(cap->arena, aisp_buf_slice(&text), &limits, &d, err);
	const struct aisp_doc *items = aisp_doc_get(d, "items");
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(items); i++)
		if (aisp_vec_push(&list->items, aisp_doc_at(items, i)) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	list->present = r == 0;
	if (r == 0 || r == AISP_E_NOMEM)
		return r;
	return aisp_kl_gap(cap, aisp_slice_z(name), (enum aisp_code)r, AISP_S("the list's file cannot be read"), err);
}

int aisp_kl_capture_read(struct aisp_kl_capture *cap, const char *dir, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text;
	const struct aisp_doc *d = NULL;

	aisp_buf_init(&text, MAX_HEADER);
	int r = read_file(dir, "capture.json", MAX_HEADER, &text, err);
	if (r == 0)
		r = parse_header(cap, aisp_buf_slice(&text), &d, err);
	const struct aisp_doc *lists = aisp_doc_get(d, "lists");
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(lists); i++)
		r = read_list(cap, dir, aisp_doc_at(lists, i), err);
	return r < 0 ? aisp_wrap(err, r, "while reading the capture %s", dir) : r;
}

bool aisp_kl_is_capture(const char *dir)
{
	AISP_AUTOBUF struct aisp_buf text;

	aisp_buf_init(&text, MAX_HEADER);
	if (read_file(dir, "capture.json", MAX_HEADER, &text, NULL) < 0)
		return false;
	return aisp_slice_find(aisp_buf_slice(&text), AISP_S("\"kind\": \"kubernetes\"")) != SIZE_MAX;
}
