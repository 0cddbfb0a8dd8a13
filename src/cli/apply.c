/* apply and undo: the commands. What is done and in which order: govern/change.c. */
#include "cli/apply.h"
#include "base/clock.h"
#include "cli/config.h"
#include <stdio.h>
#include <unistd.h>

static void on_say(void *ctx, const char *text)
{
	const struct aisp_work *w = ctx;
	if (!w->o->quiet)
		aisp_log(AISP_LOG_INFO, "%s", text);
}

static struct aisp_executor executor(struct aisp_work *w)
{
	return (struct aisp_executor){.act = w->act, .log = w->log, .by = aisp_slice_z(w->by), .mem = w->mem, .say = on_say, .ctx = w};
}

static int check_format(const struct aisp_options *o, struct aisp_err *err)
{
	return !o->format || strcmp(o->format, "table") == 0 || strcmp(o->format, "json") == 0 ? 0 : aisp_fail(err, AISP_E_USAGE, "this answer can be had as table and json");
}

/* Connections; what is cut out of files is kept beside the store. */
static int connect_all(struct aisp_work *w, bool dry, struct aisp_err *err)
{
	const struct aisp_slice keep = aisp_arena_printf(w->mem, "%s.undo", aisp_session_store_path(w->o));
	int r = keep.p ? aisp_act_new(w->o->with.v, w->o->with.n, dry, &w->act, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory while connecting");

	return r == 0 ? aisp_act_keep_in(w->act, keep, err) : r;
}

/* ---- Approvals ---- */

struct approvals {
	int64_t needed, given;
	bool by_others;
	struct aisp_slice who[32];
};

static int count_approvals(struct aisp_work *w, struct approvals *ret, struct aisp_err *err)
{
	struct aisp_config config = {0};
	int r = access("aisp.yaml", R_OK) == 0 ? aisp_config_load("aisp.yaml", &config, err) : 0;

	*ret = (struct approvals){.needed = config.approvals, .by_others = config.approvals_by_others};
	aisp_config_done(&config);
	for (size_t i = 0; r == 0 && i < w->change->n_approvals && ret->given < 32; i++) {
		const struct aisp_approval *a = &w->change->approvals[i];
		bool counts = aisp_slice_eqz(a->digest, w->plan.digest) && !(ret->by_others && (aisp_slice_eq(a->by, w->change->author) || !w->change->author.n));
		for (int64_t k = 0; k < ret->given; k++)
			counts = counts && !aisp_slice_eq(ret->who[k], a->by);
		if (counts)
			ret->who[ret->given++] = a->by;
	}
	return r;
}

static int want_approvals(struct aisp_work *w, const char *file, struct aisp_err *err)
{
	struct approvals a;
	int r = count_approvals(w, &a, err);

	if (r < 0 || a.given >= a.needed)
		return r;
	return aisp_fail(err, AISP_E_ACCESS, "the plan needs %lld approvals of this very file%s and has %lld (aisp.yaml, approvals)%s: somebody looks at it and says 'aisp apply %s --approve --by WHO'",
			 (long long)a.needed, a.by_others ? " by others than its author" : "", (long long)a.given,
			 a.by_others && !w->change->author.n ? "; who made it is not in this log, so nobody counts: save it with 'aisp plan --save' in this store" : "", file);
}

static int approve(struct aisp_work *w, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct aisp_jw j;
	struct approvals a;
	int r = count_approvals(w, &a, err);

	if (r == 0 && a.by_others && aisp_slice_eqz(w->change->author, w->by))
		r = aisp_fail(err, AISP_E_ACCESS, "%s made this plan: somebody else must approve it (aisp.yaml, approvals)", w->by);
	for (int64_t i = 0; r == 0 && i < a.given; i++)
		if (aisp_slice_eqz(a.who[i], w->by))
			r = aisp_fail(err, AISP_E_CONFLICT, "%s has approved this file already", w->by);
	if (r < 0)
		return r;
	aisp_buf_init(&b, 4096);
	aisp_jw_init(&j, &b, false);
	aisp_jw_obj(&j);
	aisp_jw_kstr(&j, "plan", w->plan.id);
	aisp_jw_kz(&j, "digest", w->plan.digest);
	if (w->o->reason)
		aisp_jw_kz(&j, "reason", w->o->reason);
	aisp_jw_end(&j);
	r = aisp_buf_check(&b, err);
	return r == 0 ? aisp_govlog_add(w->log, aisp_slice_z(w->by), AISP_S("approve"), aisp_buf_slice(&b), NULL, err) : r;
}

/* ---- Answers ---- */

struct answer {
	const char *status;    /* "dry run", "applied", "taken back", "approved" */
	bool undo;
	struct aisp_slice message;
};

static const char *state_of(const struct aisp_work *w, int64_t n)
{
	for (size_t i = 0; i < w->change->n_steps; i++)
		if (w->change->steps[i].n == n)
			return aisp_step_state_name(w->change->steps[i].state);
	return aisp_step_state_name(AISP_STEP_TODO);
}

static void put_texts(struct aisp_jw *j, const char *key, const struct aisp_doc *list)
{
	aisp_jw_key(j, key);
	aisp_jw_arr(j);
	for (uint32_t i = 0; i < aisp_doc_count(list); i++)
		aisp_jw_str(j, aisp_doc_getstr(&list->items[i], "text"));
	aisp_jw_end(j);
}

static void put_steps(const struct aisp_work *w, struct aisp_jw *j)
{
	const struct aisp_doc *steps = aisp_doc_get(w->plan.doc, "steps");

	aisp_jw_arr(j);
	for (uint32_t i = 0; i < aisp_doc_count(steps); i++) {
		const struct aisp_doc *s = &steps->items[i];
		aisp_jw_obj(j);
		aisp_jw_kint(j, "n", i + 1);
		aisp_jw_kstr(j, "system", aisp_doc_getstr(s, "system"));
		aisp_jw_kstr(j, "what", aisp_doc_getstr(s, "what"));
		aisp_jw_kz(j, "state", state_of(w, i + 1));
		if (w->looks) {
			aisp_jw_kz(j, "object", aisp_look_name(w->looks[i].look));
			aisp_jw_kstr(j, "why", w->looks[i].why);
		}
		put_texts(j, "does", aisp_doc_get(s, "does"));
		put_texts(j, "undoes", aisp_doc_get(s, "undoes"));
		aisp_jw_end(j);
	}
	if (!steps)
		for (size_t i = 0; i < w->change->n_steps; i++) {
			const struct aisp_change_step *s = &w->change->steps[i];
			aisp_jw_obj(j);
			aisp_jw_kint(j, "n", s->n);
			aisp_jw_kstr(j, "what", s->what);
			aisp_jw_kz(j, "state", aisp_step_state_name(s->state));
			put_texts(j, "undoes", s->undoes);
			aisp_jw_end(j);
		}
	aisp_jw_end(j);
}

static void put_json(struct aisp_work *w, const struct answer *a, struct aisp_buf *out, const struct approvals *p)
{
	struct aisp_jw j;

	aisp_jw_init(&j, out, true);
	aisp_jw_obj(&j);
	aisp_jw_kz(&j, "schema", "aisp/apply/1");
	aisp_jw_kstr(&j, "plan", w->change->id);
	aisp_jw_kz(&j, "digest", w->plan.digest);
	aisp_jw_kz(&j, "command", a->undo ? "undo" : "apply");
	aisp_jw_kz(&j, "status", a->status);
	aisp_jw_kstr(&j, "message", a->message);
	aisp_jw_kint(&j, "run", w->run);
	aisp_jw_key(&j, "approvals");
	aisp_jw_obj(&j);
	aisp_jw_kint(&j, "needed", p->needed);
	aisp_jw_key(&j, "given");
	aisp_jw_arr(&j);
	for (int64_t i = 0; i < p->given; i++)
		aisp_jw_str(&j, p->who[i]);
	aisp_jw_end(&j);
	aisp_jw_end(&j);
	aisp_jw_key(&j, "steps");
	put_steps(w, &j);
	aisp_jw_key(&j, "proof");
	aisp_work_put_proof(&j, &w->proof);
	aisp_jw_end(&j);
	aisp_buf_putc(out, '\n');
}

static void print_texts(struct aisp_buf *out, const char *label, const struct aisp_doc *list)
{
	for (uint32_t i = 0; i < aisp_doc_count(list); i++) {
		aisp_buf_printf(out, "        %-5s", i ? "" : label);
		aisp_buf_put_printable(out, aisp_slice_to(aisp_doc_getstr(&list->items[i], "text"), 400));
		aisp_buf_putc(out, '\n');
	}
}

static void print_step(const struct aisp_work *w, const struct aisp_doc *s, uint32_t i, struct aisp_buf *out)
{
	const struct aisp_looked *l = w->looks ? &w->looks[i] : NULL;

	aisp_buf_printf(out, "%4u  %s  ", i + 1, l ? aisp_look_name(l->look) : state_of(w, i + 1));
	aisp_buf_put_printable(out, aisp_doc_getstr(s, "what"));
	aisp_buf_putc(out, '\n');
	if (l && l->why.n) {
		aisp_buf_putz(out, "        why  ");
		aisp_buf_put_printable(out, l->why);
		aisp_buf_putc(out, '\n');
	}
	print_texts(out, "do", aisp_doc_get(s, "does"));
	print_texts(out, "undo", aisp_doc_get(s, "undoes"));
}

static void print_table(struct aisp_work *w, const struct answer *a, struct aisp_buf *out, const struct approvals *p)
{
	const struct aisp_doc *steps = aisp_doc_get(w->plan.doc, "steps");

	aisp_buf_printf(out, "Plan %.*s: %s\n", AISP_FMT(w->change->id), a->status);
	if (a->message.n)
		aisp_buf_printf(out, "%.*s\n", AISP_FMT(a->message));
	aisp_buf_putc(out, '\n');
	for (uint32_t i = 0; i < aisp_doc_count(steps); i++)
		print_step(w, &steps->items[i], i, out);
	for (size_t i = 0; !steps && i < w->change->n_steps; i++) {
		aisp_buf_printf(out, "%4lld  %s  ", (long long)w->change->steps[i].n, aisp_step_state_name(w->change->steps[i].state));
		aisp_buf_put_printable(out, w->change->steps[i].what);
		aisp_buf_putc(out, '\n');
		print_texts(out, "undo", w->change->steps[i].undoes);
	}
	if (w->proof.n) {
		aisp_buf_putc(out, '\n');
		aisp_work_print_proof(out, &w->proof);
	}
	if (p->needed)
		aisp_buf_printf(out, "\nApprovals: %lld of %lld.\n", (long long)p->given, (long long)p->needed);
}

static int put_answer(struct aisp_work *w, const struct answer *a, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct approvals p;
	int r = count_approvals(w, &p, err);

	if (r < 0)
		return r;
	aisp_buf_init(&out, 0);
	if (aisp_work_json(w))
		put_json(w, a, &out, &p);
	else
		print_table(w, a, &out, &p);
	r = aisp_buf_check(&out, err);
	return r == 0 ? aisp_output(w->o, aisp_buf_slice(&out), err) : r;
}

/* ---- Apply ---- */

static int look_at_all(struct aisp_work *w, enum aisp_look *ret_worst, struct aisp_err *err)
{
	const struct aisp_doc *steps = aisp_doc_get(w->plan.doc, "steps");
	int r = 0;

	w->looks = aisp_arena_zalloc(w->mem, steps->n + 1u, sizeof *w->looks);
	if (!w->looks)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking at the plan's objects");
	*ret_worst = AISP_LOOK_PLANNED;
	for (uint32_t i = 0; r == 0 && i < steps->n; i++) {
		r = aisp_change_look(w->act, steps, i, w->mem, &w->looks[i], err);
		if (r == 0 && (w->looks[i].look == AISP_LOOK_OTHER || (w->looks[i].look == AISP_LOOK_UNKNOWN && *ret_worst != AISP_LOOK_OTHER)))
			*ret_worst = w->looks[i].look;
	}
	return r;
}

static int dry_run(struct aisp_work *w, const char *file, struct aisp_err *err)
{
	struct answer a = {.status = "dry run, nothing is changed"};
	enum aisp_look worst = AISP_LOOK_PLANNED;
	int r = look_at_all(w, &worst, err);

	if (r < 0)
		return r;
	if (w->change->status != AISP_CHANGE_NONE)
		a.message = aisp_arena_printf(w->mem, "The log says: %s.", aisp_change_status_name(w->change->status));
	else
		a.message = worst == AISP_LOOK_OTHER ? AISP_S("An object is not as when the plan was made: it would not be carried out. Plan again.")
						     : aisp_arena_printf(w->mem, "Carry it out with: aisp apply %s --with … --execute", file);
	r = put_answer(w, &a, err);
	return r < 0 ? r : worst == AISP_LOOK_OTHER ? AISP_EXIT_FINDINGS : worst == AISP_LOOK_UNKNOWN ? AISP_EXIT_INCOMPLETE : AISP_EXIT_OK;
}

/* The plan's ends must be in this store, or "closed" would be said of what nobody knows. */
static int fits_store(struct aisp_work *w, struct aisp_err *err)
{
	int r = aisp_work_prove(w, w->plan.doc, 0, err);

	for (size_t i = 0; r == 0 && i < w->proof.n; i++)
		if (w->proof.v[i].wanted && !w->proof.v[i].known && w->proof.v[i].is_goal)
			r = aisp_fail(err, AISP_E_CONFLICT, "the plan is not of this store: %.*s is not in its latest scan, so that nothing could be proved", AISP_FMT(w->proof.v[i].from ? w->proof.v[i].target : w->proof.v[i].start));
	return r;
}

static int collect_places(struct aisp_work *w, struct aisp_err *err)
{
	const struct aisp_doc *steps = aisp_doc_get(w->plan.doc, "steps");
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(steps); i++)
		r = aisp_work_places(w, aisp_doc_get(&steps->items[i], "checks"), err);
	for (size_t i = 0; r == 0 && i < w->change->n_steps && !steps; i++)
		r = aisp_work_places(w, w->change->steps[i].checks, err);
	return r;
}

static int collect_and_prove(struct aisp_work *w, const struct aisp_proof *earlier, int64_t before, struct aisp_err *err)
{
	int r = aisp_rescan(w->o, w->places.v, w->places.n, &w->run, err);

	if (r == 0)
		r = aisp_work_prove(w, w->plan.doc, before, err);
	for (size_t i = 0; r == 0 && i < w->proof.n; i++) {
		const struct aisp_proved *v = &w->proof.v[i];
		if (v->ok || (!v->is_goal && i < earlier->n && !earlier->v[i].holds)) /* a use that did not work before is not lost by us */
			continue;
		if (v->unknown)
			return aisp_fail(err, AISP_E_CONFLICT, "the facts that were collected again do not prove the plan: whether %.*s still reaches %.*s (%.*s) is not known, for %.*s", AISP_FMT(v->start),
					 AISP_FMT(v->target), AISP_FMT(v->mode), AISP_FMT(v->why));
		r = aisp_fail(err, AISP_E_CONFLICT, "the facts that were collected again do not prove the plan: %.*s %s %.*s (%.*s)", AISP_FMT(v->start), v->is_goal ? "still reaches" : "has lost",
			      AISP_FMT(v->target), AISP_FMT(v->mode));
	}
	return r;
}

static bool is_begun(const struct aisp_change *c)
{
	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i].state != AISP_STEP_TODO)
			return true;
	return false;
}

/* Before the first step: every object must be there, as planned. */
static int all_planned(struct aisp_work *w, struct aisp_err *err)
{
	enum aisp_look worst = AISP_LOOK_PLANNED;
	int r = look_at_all(w, &worst, err);
	const uint32_t n = aisp_doc_count(aisp_doc_get(w->plan.doc, "steps"));

	for (uint32_t i = 0; r == 0 && i < n; i++)
		if (w->looks[i].look == AISP_LOOK_OTHER || w->looks[i].look == AISP_LOOK_UNKNOWN)
			r = aisp_fail(err, AISP_E_CONFLICT, "nothing was changed, for step %u is %s: %.*s", i + 1, aisp_look_name(w->looks[i].look), AISP_FMT(w->looks[i].why));
	w->looks = NULL;
	return r;
}

/* Something failed: all that was begun is taken back, and the store is brought to what is. */
static int take_back(struct aisp_work *w, struct aisp_executor *x, const struct aisp_err *why, struct aisp_err *err)
{
	struct aisp_err undo = {0}, again = {0};
	const bool begun = is_begun(w->change);

	if (aisp_change_undo(x, w->change, aisp_slice_z(why->msg), false, &undo) < 0)
		return aisp_fail(err, AISP_E_CONFLICT, "%s. TAKING BACK FAILED: %s. What was begun is in the log; 'aisp undo %.*s --execute' goes on", why->msg, undo.msg, AISP_FMT(w->change->id));
	if (begun && aisp_rescan(w->o, w->places.v, w->places.n, &w->run, &again) < 0)
		return aisp_fail(err, why->code, "%s. Everything that was done is taken back, and each object is as it was; but collecting again failed: %s", why->msg, again.msg);
	return aisp_fail(err, why->code, "%s. %s", why->msg, begun ? "Everything that was done is taken back, and each object is as it was" : "Nothing was changed");
}

static int execute(struct aisp_work *w, struct aisp_err *err)
{
	struct aisp_executor x = executor(w);
	struct aisp_proof earlier = {0};
	struct aisp_err why = {0};
	int r = 0;

	if (w->change->status == AISP_CHANGE_APPLIED)
		return aisp_fail(err, AISP_E_CONFLICT, "plan %.*s is applied already; 'aisp verify' says whether it holds, 'aisp undo' takes it back", AISP_FMT(w->change->id));
	if (w->change->status == AISP_CHANGE_UNDOING) {
		r = aisp_change_undo(&x, w->change, AISP_S("going on"), false, err);
		return r < 0 ? r : aisp_fail(err, AISP_E_CONFLICT, "an earlier apply was being taken back when it was interrupted; that is finished now, each object is as it was before. Apply again");
	}
	if (w->change->status != AISP_CHANGE_RUNNING) {
		r = fits_store(w, err);
		earlier = w->proof;
		if (r == 0)
			r = aisp_store_run_at(w->session.store, INT64_MAX, &x.before, err);
		if (r == 0)
			r = all_planned(w, err);
	}
	if (r < 0)
		return r;
	r = aisp_change_apply(&x, &w->plan, w->change, &why);
	if (r == 0)
		r = collect_and_prove(w, &earlier, x.before ? x.before : aisp_work_before(w->change), &why);
	if (r < 0)
		return w->change->status == AISP_CHANGE_RUNNING ? take_back(w, &x, &why, err) : aisp_fail(err, why.code, "%s", why.msg);
	return aisp_change_finish(&x, w->change, w->run, err);
}

static int run_apply(struct aisp_work *w, struct aisp_err *err)
{
	struct aisp_slice id = {0};
	struct answer a = {.status = "applied"};
	const char *file = w->o->args.v[0];
	int r = aisp_work_plan(w, file, &id, err);

	if (r == 0 && !w->plan.id.n)
		r = aisp_fail(err, AISP_E_USAGE, "there is no plan file %s", file);
	if (r == 0)
		r = aisp_work_log(w, w->o->execute || w->o->approve, err);
	if (r == 0)
		r = aisp_work_find(w, id, err);
	if (r == 0)
		r = collect_places(w, err);
	if (r == 0 && w->o->approve) {
		r = approve(w, err);
		if (r == 0 && !w->o->quiet)
			aisp_log(AISP_LOG_INFO, "%s approves plan %.*s as it is in %s", w->by, AISP_FMT(id), file);
		return r;
	}
	if (r == 0)
		r = connect_all(w, !w->o->execute, err);
	if (r == 0 && !w->o->execute)
		return dry_run(w, file, err);
	if (r == 0)
		r = want_approvals(w, file, err);
	if (r == 0)
		r = execute(w, err);
	if (r < 0)
		return r;
	a.message = aisp_arena_printf(w->mem, "Proved on the facts of scan %lld, collected after it.", (long long)w->run);
	return put_answer(w, &a, err);
}

int aisp_cmd_apply(struct aisp_options *o, struct aisp_err *err)
{
	struct aisp_work w;

	if (o->args.n != 1)
		return aisp_fail(err, AISP_E_USAGE, "apply needs one PLAN, a file that 'aisp plan --save' wrote; see 'aisp help apply'");
	int r = check_format(o, err);
	if (r < 0)
		return r;
	r = aisp_work_init(&w, o, err);
	if (r == 0)
		r = run_apply(&w, err);
	aisp_work_done(&w);
	return r;
}

/* ---- Undo ---- */

static int may_undo(struct aisp_work *w, struct aisp_err *err)
{
	struct aisp_slice *open = NULL;
	size_t n = 0;

	if (w->o->force && !w->o->reason)
		return aisp_fail(err, AISP_E_USAGE, "--force needs --reason, which is kept in the log");
	if (w->change->status != AISP_CHANGE_APPLIED || w->o->force)
		return 0;
	int r = aisp_work_unresolved(w, aisp_doc_get(w->change->begin, "conditions"), &open, &n, err);
	if (r < 0 || n == 0)
		return r;
	return aisp_fail(err, AISP_E_CONFLICT, "the plan stays until %zu findings are resolved, the first: %.*s; 'aisp undo … --force --reason WHY' takes it back nevertheless", n, AISP_FMT(open[0]));
}

static int run_undo(struct aisp_work *w, struct aisp_err *err)
{
	struct answer a = {.status = "dry run, nothing is changed", .undo = true};
	struct aisp_slice id = {0};
	struct aisp_err again = {0};
	int r = aisp_work_plan(w, w->o->args.v[0], &id, err);

	if (r == 0)
		r = aisp_work_log(w, w->o->execute, err);
	if (r == 0)
		r = aisp_work_find(w, id, err);
	if (r == 0 && w->change->status == AISP_CHANGE_NONE)
		r = aisp_fail(err, AISP_E_NOTFOUND, "plan %.*s was never applied with this store: there is nothing to take back", AISP_FMT(id));
	if (r == 0)
		r = may_undo(w, err);
	if (r == 0)
		r = collect_places(w, err);
	if (r < 0)
		return r;
	if (w->change->status == AISP_CHANGE_UNDONE)
		a.status = "taken back already";
	if (!w->o->execute || w->change->status == AISP_CHANGE_UNDONE)
		return put_answer(w, &a, err);
	r = connect_all(w, false, err);
	if (r < 0)
		return r;
	struct aisp_executor x = executor(w);
	const bool begun = is_begun(w->change);
	r = aisp_change_undo(&x, w->change, aisp_slice_z(w->o->reason ? w->o->reason : ""), w->o->force, err);
	if (r < 0)
		return aisp_wrap(err, r, "while taking the plan back; --with must lead to everything that it changed");
	a.status = "taken back";
	a.message = AISP_S("Each object was read again and is as it was before the plan.");
	const bool missed = begun && aisp_rescan(w->o, w->places.v, w->places.n, &w->run, &again) < 0;
	if (missed)
		a.message = aisp_arena_printf(w->mem, "Each object was read again and is as it was before the plan; but the store is behind: %s", again.msg);
	r = put_answer(w, &a, err);
	return r < 0 ? r : missed ? AISP_EXIT_INCOMPLETE : AISP_EXIT_OK;
}

int aisp_cmd_undo(struct aisp_options *o, struct aisp_err *err)
{
	struct aisp_work w;

	if (o->args.n != 1)
		return aisp_fail(err, AISP_E_USAGE, "undo needs one PLAN, the file or the id of a plan; see 'aisp help undo'");
	int r = check_format(o, err);
	if (r < 0)
		return r;
	r = aisp_work_init(&w, o, err);
	if (r == 0)
		r = run_undo(&w, err);
	aisp_work_done(&w);
	return r;
}
