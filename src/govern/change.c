/* Doing and undoing, each step behind its entry in the log. */
#include "base/jw.h"
#include "govern/act_int.h"
#include "govern/change_int.h"
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { LOOKS_MAX = 7, ENTRY_MAX = 1000000 };

static void say(const struct aisp_executor *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct aisp_executor *x, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (x->say)
		x->say(x->ctx, text);
}

/* ---- Entries ---- */

static void entry_begin(struct aisp_buf *b, struct aisp_jw *w, struct aisp_slice plan, int64_t n, const char *phase)
{
	aisp_buf_init(b, ENTRY_MAX);
	aisp_jw_init(w, b, false);
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "plan", plan);
	if (n)
		aisp_jw_kint(w, "n", n);
	aisp_jw_kz(w, "phase", phase);
}

static int entry_end(struct aisp_executor *x, const char *kind, struct aisp_buf *b, struct aisp_jw *w, struct aisp_err *err)
{
	aisp_jw_end(w);
	int r = aisp_buf_check(b, err);
	if (r == 0)
		r = aisp_govlog_add(x->log, x->by, aisp_slice_z(kind), aisp_buf_slice(b), NULL, err);
	aisp_buf_done(b);
	return r < 0 ? aisp_wrap(err, r, "while writing to the log of decisions") : 0;
}

static int note_step(struct aisp_executor *x, const struct aisp_change *c, struct aisp_change_step *s, enum aisp_step_state state, struct aisp_err *err)
{
	static const char *const phases[] = {"", "begin", "done", "undoing", "undone"};
	struct aisp_buf b;
	struct aisp_jw w;

	entry_begin(&b, &w, c->id, s->n, phases[state]);
	if (state == AISP_STEP_BEGUN) {
		aisp_jw_kstr(&w, "what", s->what);
		aisp_jw_key(&w, "undoes");
		aisp_jw_doc(&w, s->undoes);
		aisp_jw_key(&w, "checks");
		aisp_jw_doc(&w, s->checks);
	}
	int r = entry_end(x, "step", &b, &w, err);
	if (r == 0) {
		s->state = state;
		s->was_done = state == AISP_STEP_BEGUN ? false : state == AISP_STEP_DONE ? true : s->was_done;
	}
	return r;
}

static int note_values(struct aisp_executor *x, const struct aisp_change *c, struct aisp_change_step *s, const struct aisp_saved *saved, size_t from, struct aisp_err *err)
{
	struct aisp_buf b;
	struct aisp_jw w;

	if (saved->n == from)
		return 0;
	entry_begin(&b, &w, c->id, s->n, "saved");
	aisp_jw_key(&w, "values");
	aisp_jw_obj(&w);
	for (size_t i = from; i < saved->n; i++) {
		aisp_jw_keys(&w, saved->v[i].name);
		aisp_jw_doc(&w, saved->v[i].value);
	}
	aisp_jw_end(&w);
	int r = entry_end(x, "step", &b, &w, err);
	return r == 0 ? aisp_change__fill(x->mem, s->undoes, saved, &s->undoes, NULL, err) : r;
}

static int note_begin(struct aisp_executor *x, const struct aisp_planfile *p, struct aisp_change *c, struct aisp_err *err)
{
	static const char *const parts[] = {"certainty", "goals", "keeps", "conditions"};
	struct aisp_buf b;
	struct aisp_jw w;

	entry_begin(&b, &w, p->id, 0, "begin");
	aisp_jw_kz(&w, "digest", p->digest);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (aisp_doc_get(p->doc, parts[i])) {
			aisp_jw_key(&w, parts[i]);
			aisp_jw_doc(&w, aisp_doc_get(p->doc, parts[i]));
		}
	aisp_jw_kint(&w, "before", x->before);
	aisp_jw_key(&w, "controls");
	aisp_jw_arr(&w);
	for (uint32_t i = 0; i < aisp_doc_count(aisp_doc_get(p->doc, "steps")); i++)
		aisp_jw_str(&w, aisp_doc_getstr(&aisp_doc_get(p->doc, "steps")->items[i], "control"));
	aisp_jw_end(&w);
	int r = entry_end(x, "apply", &b, &w, err);
	if (r == 0) {
		c->status = AISP_CHANGE_RUNNING;
		c->n_steps = 0;
		c->begin = p->doc;
	}
	return r;
}

int aisp_change_finish(struct aisp_executor *x, struct aisp_change *c, int64_t run, struct aisp_err *err)
{
	struct aisp_buf b;
	struct aisp_jw w;

	entry_begin(&b, &w, c->id, 0, "done");
	aisp_jw_kint(&w, "run", run);
	int r = entry_end(x, "apply", &b, &w, err);
	if (r == 0)
		c->status = AISP_CHANGE_APPLIED;
	return r;
}

/* ---- Looking ---- */

int aisp_change_look(struct aisp_act *a, const struct aisp_doc *steps, uint32_t i, struct aisp_arena *mem, struct aisp_looked *ret, struct aisp_err *err)
{
	const struct aisp_doc *step = &steps->items[i];
	enum aisp_chain chain = AISP_CHAIN_NONE;
	bool before = false, after = false;
	struct aisp_saved saved = {0};
	struct aisp_err why = {0};
	struct aisp_slice text = {0};

	*ret = (struct aisp_looked){.look = AISP_LOOK_MANUAL};
	if (!aisp_doc_bool(aisp_doc_get(step, "automatic"), false))
		return 0;
	int r = aisp_change__checks(a, aisp_doc_get(step, "checks"), &saved, mem, &before, &after, &text, &why);
	if (r == 0 && !before && !after)
		r = aisp_change__chain(a, steps, i, mem, &chain, &why);
	if (r == AISP_E_NOMEM)
		return aisp_fail(err, AISP_E_NOMEM, "%s", why.msg);
	before = before || chain == AISP_CHAIN_EARLIER;
	after = after || chain == AISP_CHAIN_LATER;
	ret->look = r < 0 ? AISP_LOOK_UNKNOWN : before ? AISP_LOOK_PLANNED : after ? AISP_LOOK_DONE : AISP_LOOK_OTHER;
	if (ret->look == AISP_LOOK_UNKNOWN)
		ret->why = aisp_arena_dup(mem, aisp_slice_z(why.msg));
	else if (ret->look == AISP_LOOK_OTHER)
		ret->why = aisp_arena_printf(mem, "not as when the plan was made: %.*s", AISP_FMT(text));
	return 0;
}

/* Waits until it is as wanted: some clouds answer with what was for a while. */
static int wait_for(struct aisp_executor *x, const struct aisp_doc *checks, bool after, bool *ret_holds, struct aisp_err *err)
{
	bool is_before = false, is_after = false;
	bool slow = false;

	for (uint32_t i = 0; i < aisp_doc_count(checks); i++)
		slow = slow || aisp_slice_eqz(aisp_doc_getstr(&checks->items[i], "system"), "aws");
	for (unsigned i = 0; i < (slow ? LOOKS_MAX : 2); i++) {
		const uint64_t ms = UINT64_C(100) << i;
		int r = aisp_change__checks(x->act, checks, NULL, x->mem, &is_before, &is_after, NULL, err);
		if (r < 0)
			return r;
		*ret_holds = after ? is_after : is_before;
		if (*ret_holds)
			return 0;
		nanosleep(&(struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
	}
	return 0;
}

/* ---- Doing ---- */

static struct aisp_change_step *step_of(struct aisp_executor *x, struct aisp_change *c, int64_t n)
{
	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i].n == n)
			return &c->steps[i];
	if (c->n_steps == c->cap_steps) {
		struct aisp_change_step *more = aisp_arena_zalloc(x->mem, c->cap_steps * 2 + 8, sizeof *more);
		if (!more)
			return NULL;
		if (c->n_steps)
			memcpy(more, c->steps, c->n_steps * sizeof *more);
		c->steps = more;
		c->cap_steps = c->cap_steps * 2 + 8;
	}
	c->steps[c->n_steps] = (struct aisp_change_step){.n = n};
	return &c->steps[c->n_steps++];
}

/* Of plan and step: what file operations keep is named by it. */
static struct aisp_slice name_of(struct aisp_executor *x, const struct aisp_change *c, const struct aisp_change_step *s)
{
	return aisp_arena_printf(x->mem, "%.*s-%lld", AISP_FMT(c->id), (long long)s->n);
}

static int do_operations(struct aisp_executor *x, struct aisp_change *c, struct aisp_change_step *s, const struct aisp_doc *does, struct aisp_saved *saved, struct aisp_err *err)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < does->n; i++) {
		const struct aisp_doc *op = NULL;
		struct aisp_answer answer;
		const size_t had = saved->n;
		bool missing = false;
		r = aisp_change__fill(x->mem, &does->items[i], saved, &op, &missing, err);
		if (r == 0 && missing)
			r = aisp_fail(err, AISP_E_CONFLICT, "a value that the step needs was not there to be read: the object is not as planned");
		if (r == 0)
			r = aisp_change__run(x->act, op, false, name_of(x, c, s), x->mem, &answer, err);
		if (r == 0)
			r = aisp_change__save(x->mem, aisp_doc_get(op, "save"), answer.doc, saved, err);
		if (r == 0)
			r = note_values(x, c, s, saved, had, err);
	}
	return r;
}

/* What a check reads for the checks behind it ("now…") is read anew each time; the rest stays as it was when the step began. */
static struct aisp_saved without_now(const struct aisp_saved *all)
{
	struct aisp_saved lasting = {0};

	for (size_t i = 0; i < all->n; i++)
		if (!aisp_slice_starts(all->v[i].name, AISP_S("now")))
			lasting.v[lasting.n++] = all->v[i];
	return lasting;
}

/* Where later steps of the plan on the same file are done, this one is, too. */
static int look_step(struct aisp_executor *x, const struct aisp_doc *steps, uint32_t i, const struct aisp_doc *checks, struct aisp_saved *saved, bool *ret_before, bool *ret_after, struct aisp_slice *ret_text,
		     struct aisp_err *err)
{
	enum aisp_chain chain = AISP_CHAIN_NONE;
	int r = aisp_change__checks(x->act, checks, saved, x->mem, ret_before, ret_after, ret_text, err);

	if (r == 0 && !*ret_before && !*ret_after)
		r = aisp_change__chain(x->act, steps, i, x->mem, &chain, err);
	*ret_after = *ret_after || chain == AISP_CHAIN_LATER;
	return r;
}

/* To the log, with all that its undo needs. */
static int begin_step(struct aisp_executor *x, struct aisp_change *c, struct aisp_change_step *s, const struct aisp_doc *step, const struct aisp_saved *saved, struct aisp_err *err)
{
	const struct aisp_saved lasting = without_now(saved);

	s->what = aisp_doc_getstr(step, "what");
	int r = aisp_change__fill(x->mem, aisp_doc_get(step, "undoes"), saved, &s->undoes, NULL, err);
	if (r == 0)
		r = aisp_change__fill(x->mem, aisp_doc_get(step, "checks"), &lasting, &s->checks, NULL, err);
	return r == 0 ? note_step(x, c, s, AISP_STEP_BEGUN, err) : r;
}

static int do_step(struct aisp_executor *x, struct aisp_change *c, const struct aisp_doc *steps, uint32_t i, struct aisp_err *err)
{
	const struct aisp_doc *step = &steps->items[i];
	const int64_t n = aisp_doc_int(aisp_doc_get(step, "n"), 0);
	struct aisp_change_step *s = step_of(x, c, n);
	struct aisp_saved saved = {0};
	struct aisp_slice text = {0};
	bool before = false, after = false;

	if (!s)
		return aisp_act__no_memory(err);
	if (s->state == AISP_STEP_DONE)
		return 0;
	const bool begun = s->state == AISP_STEP_BEGUN && s->checks; /* then the log knows what was there: of a list, the next item may stand in its place now */
	int r = look_step(x, steps, i, begun ? s->checks : aisp_doc_get(step, "checks"), &saved, &before, &after, &text, err);
	if (r < 0)
		return r;
	if (after && (begun || !before)) {
		say(x, "step %lld is already so: %.*s", (long long)n, AISP_FMT(aisp_doc_getstr(step, "what")));
		return s->state == AISP_STEP_BEGUN ? note_step(x, c, s, AISP_STEP_DONE, err) : 0; /* else nothing of ours: nothing to undo */
	}
	if (!before)
		return aisp_fail(err, AISP_E_CONFLICT, "step %lld is not done: %.*s is not as when the plan was made (%.*s); plan again", (long long)n, AISP_FMT(aisp_doc_getstr(step, "what")),
				 AISP_FMT(text));
	if (s->state != AISP_STEP_BEGUN)
		r = begin_step(x, c, s, step, &saved, err);
	say(x, "step %lld: %.*s", (long long)n, AISP_FMT(aisp_doc_getstr(step, "what")));
	if (r == 0)
		r = do_operations(x, c, s, aisp_doc_get(step, "does"), &saved, err);
	if (r == 0)
		r = note_step(x, c, s, AISP_STEP_DONE, err);
	if (r == 0)
		r = wait_for(x, s->checks, true, &after, err);
	if (r == 0 && !after)
		r = aisp_fail(err, AISP_E_CONFLICT, "step %lld was done without an error, but the object is not as it should be after it", (long long)n);
	return r < 0 ? aisp_wrap(err, r, "in step %lld", (long long)n) : 0;
}

int aisp_change_apply(struct aisp_executor *x, const struct aisp_planfile *p, struct aisp_change *c, struct aisp_err *err)
{
	const struct aisp_doc *steps = aisp_doc_get(p->doc, "steps");
	int r = 0;

	if (c->status == AISP_CHANGE_RUNNING && !aisp_slice_eqz(aisp_doc_getstr(c->begin, "digest"), p->digest))
		return aisp_fail(err, AISP_E_CONFLICT, "the plan was begun with another content of this file: take it back first ('aisp undo %.*s --execute')", AISP_FMT(c->id));
	if (c->status != AISP_CHANGE_RUNNING)
		r = note_begin(x, p, c, err);
	for (uint32_t i = 0; r == 0 && i < steps->n; i++)
		if (aisp_doc_bool(aisp_doc_get(&steps->items[i], "automatic"), false))
			r = do_step(x, c, steps, i, err);
	return r;
}

/* ---- Undoing ---- */

static bool needs_value(const struct aisp_doc *op, struct aisp_arena *mem)
{
	const struct aisp_saved none = {0};
	const struct aisp_doc *filled;
	bool missing = false;

	return aisp_change__fill(mem, op, &none, &filled, &missing, NULL) < 0 || missing;
}

static void undo_operations(struct aisp_executor *x, const struct aisp_change *c, const struct aisp_change_step *s, struct aisp_err *first)
{
	for (uint32_t i = 0; i < aisp_doc_count(s->undoes); i++) {
		struct aisp_answer answer;
		struct aisp_err why = {0};
		if (needs_value(&s->undoes->items[i], x->mem)) {
			say(x, "step %lld: left out, because the answer that it needs was never seen: %.*s", (long long)s->n, AISP_FMT(aisp_doc_getstr(&s->undoes->items[i], "text")));
			continue;
		}
		if (aisp_change__run(x->act, &s->undoes->items[i], false, name_of(x, c, s), x->mem, &answer, &why) < 0 && first->code == AISP_OK)
			*first = why;
	}
}

static int undo_step(struct aisp_executor *x, struct aisp_change *c, struct aisp_change_step *s, bool force, struct aisp_err *err)
{
	struct aisp_err first = {0};
	bool before = false, after = false;
	int r = aisp_change__checks(x->act, s->checks, NULL, x->mem, &before, &after, NULL, err);

	if (r < 0)
		return r;
	if (!before && !after && s->was_done && s->state == AISP_STEP_DONE && !force)
		return aisp_fail(err, AISP_E_CONFLICT, "step %lld is not taken back: somebody has changed %.*s since; look at it, then --force puts it back as it was before the plan", (long long)s->n,
				 AISP_FMT(s->what));
	if (s->state != AISP_STEP_UNDOING)
		r = note_step(x, c, s, AISP_STEP_UNDOING, err);
	if (r == 0 && !before) {
		say(x, "taking back step %lld: %.*s", (long long)s->n, AISP_FMT(s->what));
		undo_operations(x, c, s, &first);
		r = wait_for(x, s->checks, false, &before, err);
		if (r == 0 && !before)
			r = first.code ? aisp_fail(err, first.code, "%s", first.msg) : aisp_fail(err, AISP_E_CONFLICT, "the undo was done without an error, but the object is not as it was");
		if (r < 0)
			return aisp_wrap(err, r, "while taking back step %lld (%.*s)", (long long)s->n, AISP_FMT(aisp_slice_to(s->what, 200)));
	}
	for (uint32_t i = 0; r == 0 && i < aisp_doc_count(s->undoes); i++)
		r = aisp_change__forget(x->act, &s->undoes->items[i], name_of(x, c, s), err);
	return r == 0 ? note_step(x, c, s, AISP_STEP_UNDONE, err) : r;
}

int aisp_change_undo(struct aisp_executor *x, struct aisp_change *c, struct aisp_slice why, bool force, struct aisp_err *err)
{
	struct aisp_err first = {0};
	struct aisp_buf b;
	struct aisp_jw w;
	int r = 0;

	if (c->status != AISP_CHANGE_UNDOING) {
		entry_begin(&b, &w, c->id, 0, "begin");
		aisp_jw_kstr(&w, "why", why);
		aisp_jw_kbool(&w, "force", force);
		r = entry_end(x, "undo", &b, &w, err);
		if (r < 0)
			return r;
		c->status = AISP_CHANGE_UNDOING;
	}
	for (size_t i = c->n_steps; i > 0; i--) {
		struct aisp_change_step *s = &c->steps[i - 1];
		struct aisp_err one = {0};
		if (s->state == AISP_STEP_TODO || s->state == AISP_STEP_UNDONE)
			continue;
		if (undo_step(x, c, s, force, &one) < 0 && first.code == AISP_OK)
			first = one;
	}
	if (first.code)
		return aisp_fail(err, first.code, "%s", first.msg);
	entry_begin(&b, &w, c->id, 0, "done");
	r = entry_end(x, "undo", &b, &w, err);
	if (r == 0)
		c->status = AISP_CHANGE_UNDONE;
	return r;
}
