/* What apply, undo and verify share: plan, log, proof. */
#include "base/fs.h"
#include "cli/apply.h"
#include "cli/decided.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PLAN_MAX = 256 << 20 };

int aisp_work_init(struct aisp_work *w, struct aisp_options *o, struct aisp_err *err)
{
	*w = (struct aisp_work){.o = o, .mem = aisp_arena_new(0)};
	snprintf(w->by, sizeof w->by, "%s", aisp_who(o));
	return w->mem ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the plan");
}

void aisp_work_done(struct aisp_work *w)
{
	aisp_act_free(w->act);
	aisp_session_done(&w->session);
	aisp_change_list_done(&w->changes);
	aisp_govlog_close(w->log);
	aisp_planfile_done(&w->plan);
	aisp_vec_done(&w->places);
	aisp_arena_free(w->mem);
}

static bool is_id(const char *s)
{
	return strlen(s) == 16 && strspn(s, "0123456789abcdef") == 16;
}

int aisp_work_plan(struct aisp_work *w, const char *arg, struct aisp_slice *ret_id, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf text = {0};

	if (is_id(arg) && access(arg, F_OK) != 0) {
		*ret_id = aisp_slice_z(arg);
		return 0;
	}
	aisp_buf_init(&text, PLAN_MAX);
	int r = aisp_fs_read(AT_FDCWD, arg, false, PLAN_MAX, &text, err);
	if (r == AISP_E_NOTFOUND)
		return aisp_fail(err, AISP_E_USAGE, "there is no plan file %s; 'aisp plan … --save FILE' writes one", arg);
	aisp_planfile_done(&w->plan);
	if (r == 0)
		r = aisp_planfile_read(aisp_buf_slice(&text), &w->plan, err);
	if (r == 0)
		*ret_id = w->plan.id;
	return r < 0 ? aisp_wrap(err, r, "in %s", arg) : 0;
}

int aisp_work_log(struct aisp_work *w, bool write, struct aisp_err *err)
{
	struct aisp_slice path = aisp_arena_printf(w->mem, "%s.log", aisp_session_store_path(w->o));

	if (!path.p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while opening the log");
	if (!write && access(path.p, F_OK) != 0)
		return 0;
	int r = aisp_govlog_open(path.p, write, &w->log, err);
	if (r == AISP_E_CONFLICT)
		return aisp_wrap(err, r, "another aisp is changing something right now; wait until it is done");
	if (r == 0)
		r = aisp_change_list_load(w->log, &w->changes, err);
	return r;
}

int aisp_work_log_write(struct aisp_work *w, struct aisp_govlog **ret, struct aisp_err *err)
{
	struct aisp_slice path = aisp_arena_printf(w->mem, "%s.log", aisp_session_store_path(w->o));

	return path.p ? aisp_govlog_open(path.p, true, ret, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while opening the log");
}

int aisp_work_find(struct aisp_work *w, struct aisp_slice id, struct aisp_err *err)
{
	w->change = aisp_change_list_find(&w->changes, id);
	if (w->change)
		return 0;
	w->fresh = (struct aisp_change){.id = aisp_arena_dup(w->mem, id)};
	w->change = &w->fresh;
	return w->fresh.id.p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the plan");
}

int aisp_work_places(struct aisp_work *w, const struct aisp_doc *checks, struct aisp_err *err)
{
	static const char *const names[] = {"server", "account", "cluster", "path"};

	for (uint32_t i = 0; i < aisp_doc_count(checks); i++) {
		const struct aisp_doc *args = aisp_doc_get(&checks->items[i], "arguments");
		struct aisp_place p = {.system = aisp_doc_getstr(&checks->items[i], "system")};
		bool had = false;
		for (size_t k = 0; k < sizeof names / sizeof *names && !p.name.n; k++)
			p.name = aisp_doc_getstr(args, names[k]);
		for (size_t k = 0; k < w->places.n && !had; k++)
			had = aisp_slice_eq(p.system, w->places.v[k].system) && aisp_slice_eq(p.name, w->places.v[k].name);
		if (!had && aisp_vec_push(&w->places, p) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the plan");
	}
	return 0;
}

int64_t aisp_work_before(const struct aisp_change *c)
{
	const int64_t run = aisp_doc_int(aisp_doc_get(c->begin, "before"), 0);
	return run ? run : c->run; /* older entries: the scan that proved it */
}

int aisp_work_prove(struct aisp_work *w, const struct aisp_doc *plan, int64_t before, struct aisp_err *err)
{
	struct aisp_snapshot *old AISP_CLEANUP(aisp_snapshot_freep) = NULL;
	struct aisp_store_sources sources = {0};
	aisp_session_done(&w->session);
	w->session = (struct aisp_session){0};
	int r = aisp_session_open(w->o, &w->session, err);
	if (r == 0)
		r = aisp_session_reach(&w->session, err);
	if (r == 0 && before) {
		r = aisp_store_load(w->session.store, before, &old, err);
		if (r < 0)
			r = aisp_wrap(err, r, "while reading the scan before the change");
	}
	if (r == 0)
		r = aisp_store_sources(w->session.store, &sources, err);
	struct aisp_slice *fresh = r == 0 ? aisp_arena_zalloc(w->mem, sources.n + 1, sizeof *fresh) : NULL;
	struct aisp_proof_in in = {.s = w->session.snapshot, .r = w->session.reach, .plan = plan, .before = old, .fresh = fresh};
	if (r == 0 && !fresh)
		r = aisp_fail(err, AISP_E_NOMEM, "out of memory while proving the plan");
	for (size_t i = 0; r == 0 && i < sources.n; i++)
		if (sources.v[i].run > before)
			fresh[in.n_fresh++] = sources.v[i].key;
	if (r == 0)
		r = aisp_proof_make(&in, w->mem, &w->proof, err);
	aisp_store_sources_done(&sources);
	return r;
}

int aisp_work_unresolved(struct aisp_work *w, const struct aisp_doc *conditions, struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err)
{
	const struct aisp_doc *list = aisp_doc_get(conditions, "until_resolved");
	struct aisp_store_findings f = {0};
	struct aisp_store *store AISP_CLEANUP(aisp_store_closep) = NULL;
	struct aisp_slice *out = aisp_arena_zalloc(w->mem, aisp_doc_count(list) + 1, sizeof *out);
	size_t n = 0;

	*ret_n = 0;
	if (aisp_doc_count(list) == 0)
		return 0;
	int r = out ? aisp_store_open(aisp_session_store_path(w->o), AISP_STORE_READONLY, &store, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the plan");
	if (r == 0)
		r = aisp_store_findings(store, &f, err);
	for (uint32_t i = 0; r == 0 && i < list->n; i++) {
		struct aisp_slice want = aisp_doc_str(&list->items[i]);
		bool resolved = false;
		for (size_t k = 0; k < f.n && want.n; k++)
			if (aisp_slice_starts(f.v[k].fingerprint, want))
				resolved = aisp_slice_eqz(f.v[k].status, "resolved");
		if (!resolved)
			out[n++] = want;
	}
	aisp_store_findings_done(&f);
	if (r < 0)
		return r;
	*ret = out;
	*ret_n = n;
	return 0;
}

bool aisp_work_json(const struct aisp_work *w)
{
	return w->o->format && strcmp(w->o->format, "json") == 0;
}

void aisp_work_put_proof(struct aisp_jw *w, const struct aisp_proof *p)
{
	aisp_jw_arr(w);
	for (size_t i = 0; i < p->n; i++) {
		const struct aisp_proved *v = &p->v[i];
		aisp_jw_obj(w);
		aisp_jw_kz(w, "wanted", !v->wanted ? "nothing" : v->is_goal ? "closed" : "kept");
		aisp_jw_kstr(w, "start", v->start);
		aisp_jw_kstr(w, "target", v->target);
		aisp_jw_kstr(w, "mode", v->mode);
		aisp_jw_kz(w, "holds", v->unknown ? "unknown" : v->certain ? "certain" : v->holds ? "possible" : "no");
		aisp_jw_kbool(w, "ok", v->ok);
		if (v->unknown)
			aisp_jw_kstr(w, "why", v->why);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
}

void aisp_work_print_proof(struct aisp_buf *out, const struct aisp_proof *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct aisp_proved *v = &p->v[i];
		if (!v->wanted)
			continue;
		aisp_buf_printf(out, "  %-12s ", v->unknown ? "NOT PROVED" : v->is_goal ? (v->ok ? "closed" : "STILL OPEN") : v->ok ? "still works" : "LOST");
		aisp_buf_put_printable(out, v->start);
		aisp_buf_printf(out, "  %.*s  ", AISP_FMT(v->mode));
		aisp_buf_put_printable(out, v->target);
		aisp_buf_putc(out, '\n');
		if (v->unknown) {
			aisp_buf_putz(out, "               why  ");
			aisp_buf_put_printable(out, v->why);
			aisp_buf_putc(out, '\n');
		}
	}
}
