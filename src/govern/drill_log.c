/* The drills in the log of decisions: what is left to clean up, what was measured, and how that compares. */
#include "base/clock.h"
#include "base/jw.h"
#include "govern/drill_int.h"
#include "govern/log.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The kinds, as a table; the rows are in their files. */
static const struct aisp_drill_kind *const kinds[] = {&aisp_drill__postgres, &aisp_drill__aws, &aisp_drill__kube, &aisp_drill__mock, NULL};
const struct aisp_drill_kind *const *aisp_drill__kinds = kinds;

struct entry { /* one drill */
	struct aisp_slice id, kind, place, at;
	const struct aisp_doc *facts, *report;
	bool cleaned;
};
struct entries {
	struct aisp_arena *mem;
	AISP_VEC(struct entry) v;
};

static struct entry *find(struct entries *x, struct aisp_slice id)
{
	for (size_t i = x->v.n; i > 0; i--)
		if (aisp_slice_eq(x->v.v[i - 1].id, id))
			return &x->v.v[i - 1];
	return NULL;
}

/* The entry's document lives for the call only: written and read again. */
static const struct aisp_doc *keep(struct aisp_arena *mem, const struct aisp_doc *d)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	const struct aisp_doc *kept = NULL;
	struct aisp_jw w;

	if (!d)
		return NULL;
	aisp_buf_init(&b, 1 << 20);
	aisp_jw_init(&w, &b, false);
	aisp_jw_doc(&w, d);
	return aisp_buf_check(&b, NULL) == 0 && aisp_json_parse(mem, aisp_buf_slice(&b), NULL, &kept, NULL) == 0 ? kept : NULL;
}

static bool is_id(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return s.n == AISP_DRILL_ID;
}

static int take_entry(void *ctx, const struct aisp_govlog_entry *e)
{
	struct entries *x = ctx;
	const struct aisp_slice id = aisp_doc_getstr(e->data, "drill"), event = aisp_doc_getstr(e->data, "event");
	char at[AISP_ISO_LEN + 1];

	if (!aisp_slice_eqz(e->kind, "drill") || !is_id(id))
		return 0;
	if (aisp_slice_eqz(event, "begin")) {
		aisp_clock_iso(e->at_us, at);
		const struct entry new = {.id = aisp_arena_dup(x->mem, id), .kind = aisp_arena_dup(x->mem, aisp_doc_getstr(e->data, "kind")),
					  .place = aisp_arena_dup(x->mem, aisp_doc_getstr(e->data, "place")), .at = aisp_arena_dup(x->mem, aisp_slice_z(at)),
					  .facts = keep(x->mem, aisp_doc_get(e->data, "facts"))};
		return !new.id.p || aisp_vec_push(&x->v, new) < 0 ? AISP_E_NOMEM : 0;
	}
	struct entry *of = find(x, id);
	if (of) {
		of->cleaned = true; /* "end" and "cleaned" are written when nothing is left */
		if (aisp_doc_get(e->data, "report"))
			of->report = keep(x->mem, aisp_doc_get(e->data, "report"));
	}
	return 0;
}

static int load(const char *store, struct entries *ret, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct aisp_govlog *log = NULL;

	ret->mem = aisp_arena_new((size_t)512 << 20);
	aisp_buf_init(&path, 4096);
	aisp_buf_printf(&path, "%s.log", store);
	int r = ret->mem ? aisp_buf_check(&path, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory for the drills");
	if (r == 0 && access(path.p, F_OK) < 0)
		return 0;
	if (r == 0)
		r = aisp_govlog_open(path.p, false, &log, err);
	if (r == 0)
		r = aisp_govlog_each(log, take_entry, ret, err);
	aisp_govlog_close(log);
	return r == AISP_E_NOMEM ? aisp_fail(err, AISP_E_NOMEM, "out of memory for the drills") : r;
}

static void done(struct entries *x)
{
	aisp_vec_done(&x->v);
	aisp_arena_free(x->mem);
}

/* ---- Cleaning ---- */

static int clean_one(const struct aisp_drill_options *o, const struct entry *e, struct aisp_drill_cleaned *n, struct aisp_err *err)
{
	struct aisp_slice kind = e->kind, place = e->place;
	struct aisp_drill_options mine = *o;
	struct aisp_drill d;
	bool held = false;

	mine.kind = kind.p;
	mine.place = place.p;
	aisp_drill__init(&d, &mine);
	int r = aisp_drill__name(&d, e->id.p, err);
	if (r == 0)
		r = aisp_drill__lock(&d, false, &held, err);
	if (r == 0 && held) {
		n->running++;
		aisp_drill__done(&d);
		return 0;
	}
	n->found++;
	if (r == 0)
		r = aisp_drill__parse(&d, err);
	for (uint32_t i = 0; r == 0 && e->facts && i < e->facts->n; i++)
		r = aisp_drill__fact(&d, e->facts->members[i].key.p, aisp_doc_str(&e->facts->members[i].value), err);
	if (r == 0)
		r = aisp_drill__recall(&d, err);
	if (r == 0)
		r = aisp_drill__clean_all(&d, err);
	if (r == 0)
		r = aisp_drill__journal(&d, "cleaned", (struct aisp_slice){0}, err);
	if (r == 0)
		r = aisp_drill__forget(&d, err);
	n->cleaned += r == 0;
	aisp_drill__done(&d);
	return r;
}

/* Folders of drills that died before their journal began, or behind its end: nothing was made, or nothing is left; the folder goes. */
static bool is_open(const char *store, struct aisp_slice id)
{
	struct entries now = {0};
	bool open = load(store, &now, NULL) < 0;
	const struct entry *e = open ? NULL : find(&now, id);

	open |= e && !e->cleaned;
	done(&now);
	return open;
}

static int clean_folders(const struct aisp_drill_options *o, struct entries *x, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0};
	struct dirent *e;
	int r = 0;

	aisp_buf_init(&path, 4096);
	aisp_buf_printf(&path, "%s.drill", o->store);
	if (aisp_buf_check(&path, err) < 0)
		return path.bad;
	DIR *dir = opendir(path.p);
	if (!dir)
		return errno == ENOENT ? 0 : aisp_fail(err, aisp_code_from_errno(errno), "cannot look into %s: %s", path.p, strerror(errno));
	while (r == 0 && (e = readdir(dir))) {
		const struct entry *known = find(x, aisp_slice_z(e->d_name));
		struct aisp_drill d;
		bool held = false;
		if (!is_id(aisp_slice_z(e->d_name)) || (known && !known->cleaned))
			continue;
		aisp_drill__init(&d, o);
		r = aisp_drill__name(&d, e->d_name, err);
		if (r == 0)
			r = aisp_drill__lock(&d, false, &held, err);
		if (r == 0 && !held && !is_open(o->store, aisp_slice_z(e->d_name))) /* it may have begun, and died, after the log was read */
			r = aisp_drill__forget(&d, err);
		aisp_drill__done(&d);
	}
	closedir(dir);
	(void)rmdir(path.p);
	return r;
}

int aisp_drill_clean(const struct aisp_drill_options *o, struct aisp_drill_cleaned *ret, struct aisp_err *err)
{
	struct aisp_drill_cleaned n = {0};
	struct entries x = {0};
	int first = 0;

	int r = load(o->store, &x, err);
	for (size_t i = 0; r == 0 && i < x.v.n; i++) {
		struct aisp_err why = {0};
		if (x.v.v[i].cleaned)
			continue;
		const int e = clean_one(o, &x.v.v[i], &n, &why); /* the others are cleaned also when one cannot be */
		if (e < 0 && first == 0)
			first = aisp_fail(err, (enum aisp_code)e, "%s", why.msg);
	}
	if (r == 0 && first == 0)
		r = clean_folders(o, &x, err);
	done(&x);
	*ret = n;
	return r < 0 ? r : first;
}

/* ---- Asking ---- */

static void put_measure(struct aisp_jw *w, const struct aisp_doc *report, const char *key)
{
	const struct aisp_doc *v = aisp_doc_get(aisp_doc_get(report, "measures"), key);

	aisp_jw_key(w, key);
	if (v)
		aisp_jw_doc(w, v);
	else
		aisp_jw_null(w);
}

static void put_entry(struct aisp_jw *w, const struct entry *e)
{
	const struct aisp_slice state = aisp_doc_getstr(e->report, "state");

	aisp_jw_obj(w);
	aisp_jw_kstr(w, "id", e->id);
	aisp_jw_kstr(w, "at", e->at);
	aisp_jw_kstr(w, "kind", e->kind);
	aisp_jw_kstr(w, "place", e->place);
	aisp_jw_kstr(w, "state", state.n ? state : e->cleaned ? AISP_S("cut short, cleaned up") : AISP_S("cut short, not cleaned up"));
	put_measure(w, e->report, "detected_by_scanners_s");
	put_measure(w, e->report, "seen_in_logs_s");
	put_measure(w, e->report, "contained_s");
	aisp_jw_end(w);
}

int aisp_drill_list(const char *store, struct aisp_buf *out, struct aisp_err *err)
{
	struct entries x = {0};
	struct aisp_jw w;

	int r = load(store, &x, err);
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "schema", "aisp/drills/1");
	aisp_jw_key(&w, "drills");
	aisp_jw_arr(&w);
	for (size_t i = 0; r == 0 && i < x.v.n; i++)
		put_entry(&w, &x.v.v[i]);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	done(&x);
	return r == 0 ? aisp_buf_check(out, err) : r;
}

/* The report, and "earlier": those of the same kind and place before it. */
static int put_shown(struct entries *x, const struct entry *e, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_jw w;

	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	for (uint32_t i = 0; i < e->report->n; i++) {
		aisp_jw_keys(&w, e->report->members[i].key);
		aisp_jw_doc(&w, &e->report->members[i].value);
	}
	aisp_jw_key(&w, "earlier");
	aisp_jw_arr(&w);
	for (const struct entry *p = x->v.v; p < e; p++)
		if (p->report && aisp_slice_eq(p->kind, e->kind) && aisp_slice_eq(p->place, e->place))
			put_entry(&w, p);
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return aisp_buf_check(out, err);
}

int aisp_drill_show(const char *store, const char *id, struct aisp_buf *out, struct aisp_err *err)
{
	struct entries x = {0};
	const struct entry *found = NULL;
	size_t n = 0;

	int r = load(store, &x, err);
	for (size_t i = 0; r == 0 && i < x.v.n; i++)
		if (*id && aisp_slice_starts(x.v.v[i].id, aisp_slice_z(id))) {
			found = &x.v.v[i];
			n++;
		}
	if (r == 0 && n == 0)
		r = aisp_fail(err, AISP_E_USAGE, "there is no drill '%s'; `aisp drill list` names them", id);
	else if (r == 0 && n > 1)
		r = aisp_fail(err, AISP_E_USAGE, "%zu drills begin with '%s'; `aisp drill list` names them", n, id);
	else if (r == 0 && !found->report)
		r = aisp_fail(err, AISP_E_USAGE, "drill %.*s was cut short and has no report%s", AISP_FMT(found->id), found->cleaned ? "" : "; `aisp drill clean` takes away what it left");
	if (r == 0)
		r = put_shown(&x, found, out, err);
	done(&x);
	return r;
}
