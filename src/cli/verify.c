/* verify: do the plans that were applied hold? */
#include "base/clock.h"
#include "cli/apply.h"
#include "govern/decide.h"
#include <stdio.h>
#include <time.h>

struct change_seen {
	size_t goal;             /* index in the proof */
	aisp_edge edge;          /* of the latest snapshot */
	int64_t run, at_us;      /* the scan in which it first appeared; 0: not known */
};
struct checked {
	struct aisp_change *change;
	struct aisp_proof proof;
	struct change_seen *seen;
	size_t n_seen;
	struct aisp_slice *unresolved;
	size_t n_unresolved, n_conditions;
};

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while verifying plans");
}

/* The first run after `after` that has the edge. */
static int first_run_with(struct aisp_work *w, int64_t after, struct change_seen *seen, struct aisp_err *err)
{
	struct aisp_store_runs runs = {0};
	int r = aisp_store_runs(w->session.store, &runs, err);

	for (size_t i = runs.n; r == 0 && i > 0 && !seen->run; i--) {
		struct aisp_snapshot *s AISP_CLEANUP(aisp_snapshot_freep) = NULL;
		if (runs.v[i - 1].run <= after)
			continue;
		r = aisp_store_load(w->session.store, runs.v[i - 1].run, &s, err);
		if (r == 0 && aisp_proof_has_edge(s, w->session.snapshot, seen->edge)) {
			seen->run = runs.v[i - 1].run;
			seen->at_us = runs.v[i - 1].finished_us;
		}
	}
	aisp_store_runs_done(&runs);
	return r;
}

static int find_changes(struct aisp_work *w, struct checked *c, struct aisp_err *err)
{
	struct aisp_snapshot *old AISP_CLEANUP(aisp_snapshot_freep) = NULL;
	int r = c->change->run ? aisp_store_load(w->session.store, c->change->run, &old, err) : 0;

	for (size_t i = 0; r == 0 && i < c->proof.n; i++) {
		aisp_edge *edges = NULL;
		size_t n = 0;
		if (c->proof.v[i].ok || c->proof.v[i].unknown || !c->proof.v[i].is_goal)
			continue;
		r = aisp_proof_changes(w->session.snapshot, w->session.reach, &c->proof.v[i], old, w->mem, &edges, &n, err);
		struct change_seen *more = r == 0 ? aisp_arena_zalloc(w->mem, c->n_seen + n + 1, sizeof *more) : NULL;
		if (r == 0 && !more)
			r = no_memory(err);
		if (r == 0 && c->n_seen)
			memcpy(more, c->seen, c->n_seen * sizeof *more);
		c->seen = more ? more : c->seen;
		for (size_t k = 0; r == 0 && k < n; k++) {
			c->seen[c->n_seen] = (struct change_seen){.goal = i, .edge = edges[k]};
			r = first_run_with(w, c->change->run, &c->seen[c->n_seen++], err);
		}
	}
	return r;
}

static int check_one(struct aisp_work *w, struct aisp_change *change, struct checked *ret, struct aisp_err *err)
{
	const struct aisp_doc *conditions = aisp_doc_get(change->begin, "conditions");
	int r = aisp_work_prove(w, change->begin, aisp_work_before(change), err);

	*ret = (struct checked){.change = change, .proof = w->proof, .n_conditions = aisp_doc_count(aisp_doc_get(conditions, "until_resolved"))};
	if (r == 0)
		r = find_changes(w, ret, err);
	return r == 0 ? aisp_work_unresolved(w, conditions, &ret->unresolved, &ret->n_unresolved, err) : r;
}

/* ---- The log ---- */

static void put_change_text(const struct aisp_work *w, aisp_edge e, struct aisp_buf *out)
{
	const struct aisp_snapshot *s = w->session.snapshot;
	const struct aisp_sedge *edge = &s->edges[e];

	aisp_buf_printf(out, "%.*s %s %.*s", AISP_FMT(aisp_snapshot_text(s, s->nodes[edge->from].id)), aisp_edge_kinds[edge->kind].name, AISP_FMT(aisp_snapshot_text(s, s->nodes[edge->to].id)));
	if (edge->control)
		aisp_buf_printf(out, " (%.*s)", AISP_FMT(aisp_snapshot_text(s, edge->control)));
}

/* One entry for each finding whose path came back. */
static int reopen(struct aisp_work *w, struct aisp_govlog *log, const struct checked *c, size_t goal, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf why = {0};

	aisp_buf_init(&why, 1 << 16);
	aisp_buf_printf(&why, "the path that plan %.*s closed is open again", AISP_FMT(c->change->id));
	for (size_t i = 0; i < c->n_seen; i++)
		if (c->seen[i].goal == goal) {
			aisp_buf_putz(&why, ": ");
			put_change_text(w, c->seen[i].edge, &why);
			break;
		}
	int r = aisp_buf_check(&why, err);
	return r == 0 ? aisp_decisions_reopen(log, w->by, c->proof.v[goal].finding, aisp_buf_slice(&why), NULL, err) : r;
}

struct last_said {
	struct aisp_slice id;
	int64_t broken, unknown; /* goals and keeps that did not hold, or could not be told, when it was last verified; -1: never */
};

static int read_verify(void *ctx, const struct aisp_govlog_entry *e)
{
	struct last_said *l = ctx;
	const bool again = aisp_slice_eqz(e->kind, "apply");
	if ((again || aisp_slice_eqz(e->kind, "verify")) && aisp_slice_eq(aisp_doc_getstr(e->data, "plan"), l->id)) {
		l->broken = again ? -1 : aisp_doc_int(aisp_doc_get(e->data, "broken"), -1);
		l->unknown = aisp_doc_int(aisp_doc_get(e->data, "unknown"), 0);
	}
	return 0;
}

static int is_said(struct aisp_govlog *log, const struct checked *c, bool *ret, struct aisp_err *err)
{
	struct last_said last = {c->change->id, -1, 0};
	int r = aisp_govlog_each(log, read_verify, &last, err);

	*ret = last.broken == (int64_t)c->proof.bad && last.unknown == (int64_t)c->proof.unknown;
	return r;
}

static int write_note(struct aisp_work *w, struct aisp_govlog *log, const struct checked *c, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw j;
	int r;

	aisp_buf_init(&b, 4096);
	aisp_jw_init(&j, &b, false);
	aisp_jw_obj(&j);
	aisp_jw_kstr(&j, "plan", c->change->id);
	aisp_jw_kint(&j, "broken", (int64_t)c->proof.bad);
	if (c->proof.unknown)
		aisp_jw_kint(&j, "unknown", (int64_t)c->proof.unknown);
	aisp_jw_kbool(&j, "may_be_lifted", c->n_conditions && !c->n_unresolved);
	aisp_jw_end(&j);
	r = aisp_buf_check(&b, err);
	if (r == 0)
		r = aisp_govlog_add(log, aisp_slice_z(w->by), AISP_S("verify"), aisp_buf_slice(&b), NULL, err);
	for (size_t i = 0; r == 0 && i < c->proof.n; i++)
		if (!c->proof.v[i].ok && !c->proof.v[i].unknown && c->proof.v[i].is_goal && c->proof.v[i].finding.n)
			r = reopen(w, log, c, i, err);
	return r;
}

/* Says in the log what has changed since the last verify. Only then is the log opened for writing: an apply may be at work meanwhile, then the next verify says it. */
static int note(struct aisp_work *w, const struct checked *c, struct aisp_err *err)
{
	struct aisp_govlog *log = NULL;
	struct aisp_err busy = {0};
	bool said = false;
	int r = is_said(w->log, c, &said, err);

	if (r < 0 || said)
		return r;
	r = aisp_work_log_write(w, &log, &busy);
	if (r == AISP_E_CONFLICT) {
		if (!w->o->quiet)
			fprintf(stderr, "aisp: plan %.*s: not noted in the log, for another aisp writes it right now; the next verify will\n", AISP_FMT(c->change->id));
		return 0;
	}
	if (r < 0)
		return aisp_fail(err, r, "%s", busy.msg);
	r = is_said(log, c, &said, err);
	if (r == 0 && !said)
		r = write_note(w, log, c, err);
	aisp_govlog_close(log);
	return r;
}

/* ---- Answers ---- */

static const struct aisp_evidence *evidence_of(const struct aisp_snapshot *s, aisp_edge e)
{
	return s->edges[e].ev_n ? &s->evidence[s->edges[e].ev_at] : NULL;
}

static void put_seen(const struct aisp_work *w, const struct checked *c, struct aisp_jw *j)
{
	const struct aisp_snapshot *s = w->session.snapshot;

	aisp_jw_arr(j);
	for (size_t i = 0; i < c->n_seen; i++) {
		const struct aisp_sedge *edge = &s->edges[c->seen[i].edge];
		const struct aisp_evidence *ev = evidence_of(s, c->seen[i].edge);
		char at[AISP_ISO_LEN + 1] = "";
		if (c->seen[i].run)
			aisp_clock_iso(c->seen[i].at_us, at);
		aisp_jw_obj(j);
		aisp_jw_kint(j, "goal", (int64_t)c->seen[i].goal);
		aisp_jw_kstr(j, "from", aisp_snapshot_text(s, s->nodes[edge->from].id));
		aisp_jw_kz(j, "kind", aisp_edge_kinds[edge->kind].name);
		aisp_jw_kstr(j, "to", aisp_snapshot_text(s, s->nodes[edge->to].id));
		aisp_jw_kstr(j, "control", aisp_snapshot_text(s, edge->control));
		aisp_jw_kstr(j, "source", ev ? aisp_snapshot_text(s, s->sources[ev->source].key) : (struct aisp_slice){0});
		aisp_jw_kstr(j, "locator", ev ? aisp_snapshot_text(s, ev->locator) : (struct aisp_slice){0});
		aisp_jw_kint(j, "line", ev ? ev->line : 0);
		aisp_jw_kint(j, "run", c->seen[i].run);
		aisp_jw_kz(j, "at", at);
		aisp_jw_end(j);
	}
	aisp_jw_end(j);
}

static const char *status_of(const struct checked *c)
{
	return c->proof.bad ? "broken" : c->proof.unknown ? "unknown" : "holds";
}

static void put_plan(const struct aisp_work *w, const struct checked *c, struct aisp_jw *j)
{
	aisp_jw_obj(j);
	aisp_jw_kstr(j, "plan", c->change->id);
	aisp_jw_kbool(j, "holds", !c->proof.bad && !c->proof.unknown);
	aisp_jw_kz(j, "status", status_of(c));
	aisp_jw_key(j, "proof");
	aisp_work_put_proof(j, &c->proof);
	aisp_jw_key(j, "changes");
	put_seen(w, c, j);
	aisp_jw_key(j, "unresolved");
	aisp_jw_arr(j);
	for (size_t i = 0; i < c->n_unresolved; i++)
		aisp_jw_str(j, c->unresolved[i]);
	aisp_jw_end(j);
	aisp_jw_kbool(j, "may_be_lifted", c->n_conditions && !c->n_unresolved);
	aisp_jw_end(j);
}

static void print_plan(const struct aisp_work *w, const struct checked *c, struct aisp_buf *out)
{
	const struct aisp_snapshot *s = w->session.snapshot;

	aisp_buf_printf(out, "Plan %.*s: %s\n", AISP_FMT(c->change->id), c->proof.bad ? "DOES NOT HOLD" : c->proof.unknown ? "NOT PROVED" : "holds");
	aisp_work_print_proof(out, &c->proof);
	for (size_t i = 0; i < c->n_seen; i++) {
		const struct aisp_evidence *ev = evidence_of(s, c->seen[i].edge);
		char at[AISP_ISO_LEN + 1] = "";
		aisp_buf_putz(out, "  what did it  ");
		put_change_text(w, c->seen[i].edge, out);
		if (ev)
			aisp_buf_printf(out, "\n               seen in %.*s, %.*s", AISP_FMT(aisp_snapshot_text(s, s->sources[ev->source].key)), AISP_FMT(aisp_snapshot_text(s, ev->locator)));
		if (ev && ev->line)
			aisp_buf_printf(out, ":%u", ev->line);
		if (c->seen[i].run) {
			aisp_clock_iso(c->seen[i].at_us, at);
			aisp_buf_printf(out, "; first in scan %lld of %s", (long long)c->seen[i].run, at);
		}
		aisp_buf_putc(out, '\n');
	}
	if (c->n_unresolved)
		aisp_buf_printf(out, "  stays until %zu findings are resolved, the first: %.*s\n", c->n_unresolved, AISP_FMT(c->unresolved[0]));
	else if (c->n_conditions)
		aisp_buf_putz(out, "  all findings that it waits for are resolved: it may be lifted ('aisp undo')\n");
}

static bool is_asked(const struct aisp_change *c, const struct aisp_slice *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aisp_slice_eq(c->id, ids[i]))
			return true;
	return n == 0;
}

static int look_once(struct aisp_work *w, const struct aisp_slice *ids, size_t n_ids, int *ret_exit, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_jw j;
	size_t plans = 0, bad = 0, unknown = 0;
	int r = 0;

	aisp_buf_init(&out, 0);
	aisp_jw_init(&j, &out, true);
	if (aisp_work_json(w)) {
		aisp_jw_obj(&j);
		aisp_jw_kz(&j, "schema", "aisp/verify/1");
		aisp_jw_key(&j, "plans");
		aisp_jw_arr(&j);
	}
	for (size_t i = 0; r == 0 && i < w->changes.n; i++) {
		struct checked c;
		if (w->changes.v[i].status != AISP_CHANGE_APPLIED || !is_asked(&w->changes.v[i], ids, n_ids))
			continue;
		r = check_one(w, &w->changes.v[i], &c, err);
		if (r == 0)
			r = note(w, &c, err);
		if (r < 0)
			break;
		plans++;
		bad += c.proof.bad > 0;
		unknown += !c.proof.bad && c.proof.unknown;
		if (aisp_work_json(w))
			put_plan(w, &c, &j);
		else
			print_plan(w, &c, &out);
	}
	if (r < 0)
		return r;
	if (aisp_work_json(w)) {
		aisp_jw_end(&j);
		aisp_jw_kint(&j, "holding", (int64_t)(plans - bad - unknown));
		aisp_jw_kint(&j, "broken", (int64_t)bad);
		aisp_jw_kint(&j, "unknown", (int64_t)unknown);
		aisp_jw_end(&j);
		aisp_buf_putc(&out, '\n');
	} else if (plans == 0) {
		aisp_buf_putz(&out, "No plan is applied.\n");
	}
	*ret_exit = bad ? AISP_EXIT_FINDINGS : unknown ? AISP_EXIT_INCOMPLETE : AISP_EXIT_OK;
	r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(w->o, aisp_buf_slice(&out), err) : r;
}

static int collect_again(struct aisp_work *w, const struct aisp_slice *ids, size_t n_ids, struct aisp_err *err)
{
	int r = 0;

	w->places.n = 0;
	for (size_t i = 0; i < w->changes.n; i++)
		for (size_t k = 0; r == 0 && k < w->changes.v[i].n_steps; k++)
			if (w->changes.v[i].status == AISP_CHANGE_APPLIED && is_asked(&w->changes.v[i], ids, n_ids))
				r = aisp_work_places(w, w->changes.v[i].steps[k].checks, err);
	return r == 0 && w->places.n ? aisp_rescan(w->o, w->places.v, w->places.n, &w->run, err) : r;
}

static int run_verify(struct aisp_options *o, bool collect, int *ret_exit, struct aisp_err *err)
{
	struct aisp_work w;
	int r = aisp_work_init(&w, o, err);
	struct aisp_slice *ids = r == 0 ? aisp_arena_zalloc(w.mem, o->args.n + 1, sizeof *ids) : NULL;

	if (r == 0 && !ids)
		r = no_memory(err);
	for (size_t i = 0; r == 0 && i < o->args.n; i++) {
		r = aisp_work_plan(&w, o->args.v[i], &ids[i], err);
		if (r == 0)
			ids[i] = aisp_arena_dup(w.mem, ids[i]);
	}
	if (r == 0)
		r = aisp_work_log(&w, false, err);
	for (size_t i = 0; r == 0 && i < o->args.n; i++) {
		const struct aisp_change *c = aisp_change_list_find(&w.changes, ids[i]);
		if (!c || c->status != AISP_CHANGE_APPLIED)
			r = aisp_fail(err, AISP_E_NOTFOUND, "plan %.*s is %s: there is nothing to verify", AISP_FMT(ids[i]), aisp_change_status_name(c ? c->status : AISP_CHANGE_NONE));
	}
	if (r == 0 && collect)
		r = collect_again(&w, ids, o->args.n, err);
	if (r == 0)
		r = look_once(&w, ids, o->args.n, ret_exit, err);
	aisp_work_done(&w);
	return r;
}

int aisp_cmd_verify(struct aisp_options *o, struct aisp_err *err)
{
	int code = AISP_EXIT_OK, r;

	if (o->format && strcmp(o->format, "table") != 0 && strcmp(o->format, "json") != 0)
		return aisp_fail(err, AISP_E_USAGE, "this answer can be had as table and json");
	for (int64_t i = 0;; i++) {
		r = run_verify(o, o->watch > 0, &code, err);
		if (r < 0 || code == AISP_EXIT_FINDINGS || !o->watch || (o->limit && i + 1 >= o->limit))
			break;
		nanosleep(&(struct timespec){.tv_sec = (time_t)o->watch}, NULL);
	}
	return r < 0 ? r : code;
}
