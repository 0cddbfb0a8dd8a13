/* The order of a drill: journal, create, try, plant, detect, reach, contain, try again, clean up. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/jw.h"
#include "govern/drill_int.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_S = 60 };

const struct aisp_drill_place aisp_drill__places[] = {
	{.name = "commit", .form = "commit:REPO[:BRANCH]", .what = "a commit with one file on a branch aisp-drill/ID beside BRANCH (default: HEAD); the working tree is not touched", .history = true,
	 .prepare = aisp_drill__git_prepare, .plant = aisp_drill__git_plant, .clean = aisp_drill__git_clean},
	{.name = "notebook", .form = "notebook:FILE", .what = "the output of one more cell of a Jupyter notebook",
	 .prepare = aisp_drill__file_prepare, .plant = aisp_drill__file_plant, .clean = aisp_drill__file_clean},
	{.name = "prompt-log", .form = "prompt-log:FILE", .what = "one more line of a prompt log (JSON lines)",
	 .prepare = aisp_drill__file_prepare, .plant = aisp_drill__file_plant, .clean = aisp_drill__file_clean},
	{.name = "prompt-log", .form = "prompt-log:table=TABLE", .what = "a row of a prompt log in PostgreSQL", .scan = true,
	 .prepare = aisp_drill__table_prepare, .plant = aisp_drill__table_plant, .clean = aisp_drill__table_clean},
	{.name = "mcp", .form = "mcp:FILE", .what = "the environment of one more server in an MCP client's configuration",
	 .prepare = aisp_drill__file_prepare, .plant = aisp_drill__file_plant, .clean = aisp_drill__file_clean},
	{.name = "vector-store", .form = "vector-store:TABLE", .what = "a document of a vector store in PostgreSQL (pgvector)", .scan = true,
	 .prepare = aisp_drill__table_prepare, .plant = aisp_drill__table_plant, .clean = aisp_drill__table_clean},
	{.name = NULL},
};

/* ---- The options ---- */

static bool is_target(const char *s)
{
	return strstr(s, "://") || strncmp(s, "aws:", 4) == 0 || strncmp(s, "kube:", 5) == 0 || strncmp(s, "postgres:", 9) == 0;
}

const char *aisp_drill__target(const struct aisp_drill *d, const char *scheme)
{
	for (size_t i = 0; i < d->targets.n; i++)
		if (strncmp(d->targets.v[i], scheme, strlen(scheme)) == 0)
			return d->targets.v[i];
	return NULL;
}

static struct aisp_slice behind(const char *text, size_t *ret_name)
{
	const struct aisp_slice s = aisp_slice_z(text);
	*ret_name = aisp_slice_chr(s, ':');
	return *ret_name == SIZE_MAX ? (struct aisp_slice){0} : aisp_slice_from(s, *ret_name + 1);
}

static int find_kind(struct aisp_drill *d, struct aisp_err *err)
{
	size_t n;

	(void)behind(d->o->kind, &n);
	for (const struct aisp_drill_kind *const *k = aisp_drill__kinds; *k; k++)
		if (aisp_slice_eqz(aisp_slice_to(aisp_slice_z(d->o->kind), n), (*k)->name))
			d->kind = *k;
	return d->kind ? 0 : aisp_fail(err, AISP_E_USAGE, "there is no kind of credential '%s'; there are postgres-role[:MEMBER_OF], aws-key, kubernetes-token[:NAMESPACE] and mock-key", d->o->kind);
}

static int find_place(struct aisp_drill *d, struct aisp_err *err)
{
	size_t n;
	const struct aisp_slice detail = behind(d->o->place, &n);
	const bool table = aisp_slice_starts(detail, AISP_S("table="));

	for (const struct aisp_drill_place *p = aisp_drill__places; p->name && detail.n; p++)
		if (aisp_slice_eqz(aisp_slice_to(aisp_slice_z(d->o->place), n), p->name) && (strcmp(p->name, "prompt-log") != 0 || p->scan == table))
			d->place = p;
	return d->place ? 0 : aisp_fail(err, AISP_E_USAGE, "'%s' is no place: commit:REPO[:BRANCH], notebook:FILE, prompt-log:FILE, prompt-log:table=TABLE, mcp:FILE or vector-store:TABLE is expected",
					d->o->place);
}

int aisp_drill__parse(struct aisp_drill *d, struct aisp_err *err)
{
	struct stat st;

	int r = find_kind(d, err);
	if (r == 0)
		r = find_place(d, err);
	for (size_t i = 0; r == 0 && i < d->o->n_with; i++) {
		const char *with = d->o->with[i];
		const bool log = !is_target(with);
		if (log && stat(with, &st) < 0) /* a folder too: CloudTrail comes as one file after the other */
			return aisp_fail(err, AISP_E_USAGE, "'%s' is neither a target (postgres://…, aws:…, kube:…) nor a log that can be read", with);
		if ((log ? aisp_vec_push(&d->logs, with) : aisp_vec_push(&d->targets, with)) < 0)
			r = aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill");
	}
	return r;
}

/* Facts of kind and place; nothing is changed. */
static int prepare(struct aisp_drill *d, struct aisp_err *err)
{
	size_t n;
	struct aisp_slice detail = behind(d->o->kind, &n);

	int r = d->kind->prepare(d, detail, err);
	if (r < 0)
		return r;
	detail = behind(d->o->place, &n);
	r = d->place->prepare(d, aisp_slice_starts(detail, AISP_S("table=")) ? aisp_slice_from(detail, 6) : detail, err);
	return r;
}

int aisp_drill__act(struct aisp_drill *d, bool dry, struct aisp_err *err)
{
	AISP_VEC(const char *) all = {0};
	struct stat st;
	int r = 0;

	if (d->act)
		return 0;
	for (size_t i = 0; r == 0 && i < d->targets.n; i++)
		r = aisp_vec_push(&all, d->targets.v[i]);
	if (r == 0 && aisp_drill__get(d, "folder").n && stat(aisp_drill__get(d, "folder").p, &st) == 0)
		r = aisp_vec_push(&all, aisp_drill__get(d, "folder").p);
	r = r < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill") : aisp_act_new(all.v, all.n, dry, &d->act, err);
	aisp_vec_done(&all);
	return r;
}

/* ---- Steps ---- */

int64_t aisp_drill__ms(const struct aisp_drill *d)
{
	return (int64_t)((aisp_clock_mono_ns() - d->begun_ns) / 1000000);
}

int aisp_drill__step(struct aisp_drill *d, const char *phase, const char *result, struct aisp_slice what, struct aisp_slice note, uint64_t from_ns, struct aisp_err *err)
{
	const uint64_t now = aisp_clock_mono_ns();
	const struct aisp_drill_step s = {.phase = phase, .result = result, .what = aisp_arena_dup(d->mem, what), .note = note.n ? aisp_arena_dup(d->mem, note) : note,
					  .at_ms = (int64_t)((from_ns - d->begun_ns) / 1000000), .took_ms = (int64_t)((now - from_ns) / 1000000)};

	if (d->o->hooks.say) {
		char line[320];
		snprintf(line, sizeof line, "%s: %.*s: %s", phase, what.n > 160 ? 160 : (int)what.n, what.p, result);
		d->o->hooks.say(d->o->hooks.ctx, line);
	}
	return aisp_vec_push(&d->steps, s) < 0 ? aisp_fail(err, AISP_E_NOMEM, "out of memory for a drill") : 0;
}

static const char *const answers[] = {"", "works", "refused", "unknown"};

/* Tries each way once. ret_all: every one gave `want`. */
static int try_all(struct aisp_drill *d, const char *phase, enum aisp_drill_answer want, bool *ret_all, struct aisp_err *err)
{
	int r = 0;

	*ret_all = true;
	for (unsigned i = 0; r == 0 && d->kind->ways[i]; i++) {
		AISP_AUTOBUF struct aisp_buf why = {0};
		const uint64_t from = aisp_clock_mono_ns();
		aisp_buf_init(&why, 4096);
		const enum aisp_drill_answer a = d->kind->try(d, i, &why);
		*ret_all &= a == want;
		r = aisp_drill__step(d, phase, answers[a], aisp_slice_z(d->kind->ways[i]), aisp_buf_slice(&why), from, err);
	}
	return r;
}

/* A refusal may take a moment (a server that remembers tokens): each way is tried until it is refused; time is the measure. */
static int try_until_refused(struct aisp_drill *d, struct aisp_err *err)
{
	const unsigned timeout_s = d->o->timeout_s ? d->o->timeout_s : DEFAULT_TIMEOUT_S;
	const uint64_t from = aisp_clock_mono_ns(), until = from + (uint64_t)timeout_s * 1000000000u;
	bool all = true;
	int r = 0;

	for (unsigned i = 0; r == 0 && d->kind->ways[i]; i++) {
		AISP_AUTOBUF struct aisp_buf why = {0};
		enum aisp_drill_answer a;
		aisp_buf_init(&why, 4096);
		for (;;) {
			aisp_buf_clear(&why);
			a = d->kind->try(d, i, &why);
			if (a == AISP_DRILL_REFUSED || aisp_clock_mono_ns() > until)
				break;
			usleep(200000);
		}
		all &= a == AISP_DRILL_REFUSED;
		r = aisp_drill__step(d, "try again", answers[a], aisp_slice_z(d->kind->ways[i]), aisp_buf_slice(&why), from, err);
	}
	if (all)
		d->contained_ms = aisp_drill__ms(d);
	return r;
}

static int contain(struct aisp_drill *d, struct aisp_err *err)
{
	int r = 0;

	d->contain_ms = aisp_drill__ms(d);
	for (const struct aisp_drill_contain *c = d->kind->contain; r == 0 && c->what; c++) {
		struct aisp_err why = {0};
		const uint64_t from = aisp_clock_mono_ns();
		const int e = c->run(d, &why);
		r = aisp_drill__step(d, "contain", e < 0 ? "failed" : "done", aisp_slice_z(c->what), aisp_slice_z(e < 0 ? why.msg : ""), from, err);
	}
	return r;
}

static int create(struct aisp_drill *d, struct aisp_err *err)
{
	const uint64_t from = aisp_clock_mono_ns();

	int r = d->kind->create(d, err);
	if (r < 0)
		return aisp_wrap(err, r, "while making the credential");
	struct aisp_slice what = aisp_arena_printf(d->mem, d->kind->made, aisp_drill__get(d, "credential").p);
	return aisp_drill__step(d, "create", "done", what.p ? what : d->name, (struct aisp_slice){0}, from, err);
}

static int plant(struct aisp_drill *d, struct aisp_err *err)
{
	const uint64_t from = aisp_clock_mono_ns();

	int r = d->place->plant(d, err);
	if (r < 0)
		return aisp_wrap(err, r, "while planting it");
	d->planted_ms = aisp_drill__ms(d);
	return aisp_drill__step(d, "plant", "done", aisp_slice_z(d->o->place), (struct aisp_slice){0}, from, err);
}

/* From the first change to containment. What fails here is told in the report; cleaning up follows in any case. */
static int act_out(struct aisp_drill *d, struct aisp_err *err)
{
	bool works = false;

	int r = create(d, err);
	if (r == 0)
		r = try_all(d, "try", AISP_DRILL_WORKS, &works, err);
	if (r == 0 && !works)
		r = aisp_fail(err, AISP_E_REMOTE, "the new credential does not work, so nothing could be learnt from it: %.*s",
			      AISP_FMT(d->steps.n ? d->steps.v[d->steps.n - 1].note : (struct aisp_slice){0}));
	if (r == 0)
		r = plant(d, err);
	if (r == 0)
		r = aisp_drill__detect(d, err);
	if (r == 0)
		r = aisp_drill__reach(d, err);
	if (r == 0)
		r = contain(d, err);
	if (r == 0)
		r = try_until_refused(d, err);
	return r;
}

int aisp_drill__clean_all(struct aisp_drill *d, struct aisp_err *err)
{
	struct aisp_err first = {0};
	const uint64_t from = aisp_clock_mono_ns();
	int r = aisp_drill__act(d, false, err);

	if (r < 0)
		return r;
	if (d->kind->end) /* an open session would keep the role from going */
		d->kind->end(d);
	const int place = d->place->clean(d, &first);
	const int kind = d->kind->clean(d, place < 0 ? NULL : &first); /* the credential goes also where the place cannot be reached */
	if (place < 0 || kind < 0)
		return aisp_fail(err, first.code, "%s; drill %s is not cleaned up: make it reachable, then `aisp drill clean`", first.msg, d->id);
	r = aisp_drill__step(d, "clean", "done", AISP_S("credential and planted text removed"), (struct aisp_slice){0}, from, err);
	return r;
}

/* ---- The document ---- */

static void put_time(struct aisp_jw *w, const char *key, int64_t ms, int64_t since)
{
	aisp_jw_key(w, key);
	if (ms < 0 || since < 0)
		aisp_jw_null(w);
	else
		aisp_jw_real(w, (double)(ms - since) / 1000.0);
}

static void put_measures(const struct aisp_drill *d, struct aisp_jw *w)
{
	int64_t predicted = 0, answered = 0, both = 0;

	for (size_t i = 0; i < d->reached.n; i++) {
		predicted += d->reached.v[i].predicted;
		answered += d->reached.v[i].answered;
		both += d->reached.v[i].predicted && d->reached.v[i].answered;
	}
	aisp_jw_key(w, "measures");
	aisp_jw_obj(w);
	put_time(w, "detected_by_scanners_s", d->found_ms, d->planted_ms);
	aisp_jw_kz(w, "not_detected_by_scanners", d->found_ms >= 0 ? NULL : d->found_why);
	aisp_jw_key(w, "rule");
	if (d->found_rule.n)
		aisp_jw_str(w, d->found_rule);
	else
		aisp_jw_null(w);
	put_time(w, "seen_in_logs_s", d->seen_ms, d->used_ms);
	aisp_jw_kz(w, "not_seen_in_logs", d->seen_ms >= 0 ? NULL : d->seen_why);
	put_time(w, "contained_s", d->contained_ms, d->contain_ms);
	aisp_jw_kint(w, "reach_predicted", predicted);
	aisp_jw_kint(w, "reach_answered", answered);
	aisp_jw_kint(w, "reach_both", both);
	aisp_jw_end(w);
}

static void put_reach(const struct aisp_drill *d, struct aisp_jw *w)
{
	aisp_jw_key(w, "reach");
	aisp_jw_obj(w);
	aisp_jw_kstr(w, "note", d->reach_note);
	aisp_jw_key(w, "items");
	aisp_jw_arr(w);
	for (size_t i = 0; i < d->reached.n && i < 200; i++) {
		const struct aisp_drill_reached *x = &d->reached.v[i];
		aisp_jw_obj(w);
		aisp_jw_kstr(w, "what", x->what);
		aisp_jw_kbool(w, "predicted", x->predicted);
		aisp_jw_key(w, "answered");
		if (x->tried)
			aisp_jw_bool(w, x->answered);
		else
			aisp_jw_null(w);
		aisp_jw_end(w);
	}
	aisp_jw_end(w);
	aisp_jw_end(w);
}

int aisp_drill__json(struct aisp_drill *d, const char *state, const char *why, struct aisp_buf *out, struct aisp_err *err)
{
	char at[AISP_ISO_LEN + 1];
	struct aisp_jw w;

	aisp_clock_iso(d->begun_us, at);
	aisp_jw_init(&w, out, true);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "schema", "aisp/drill/1");
	aisp_jw_kz(&w, "id", d->id);
	aisp_jw_kz(&w, "state", state);
	aisp_jw_kz(&w, "why", why && *why ? why : NULL);
	aisp_jw_kz(&w, "at", at);
	aisp_jw_kz(&w, "kind", d->o->kind);
	aisp_jw_kz(&w, "place", d->o->place);
	aisp_jw_key(&w, "facts");
	aisp_jw_obj(&w);
	for (size_t i = 0; i < d->facts.n; i++) {
		aisp_jw_keys(&w, d->facts.v[i].key);
		aisp_jw_str(&w, d->facts.v[i].value);
	}
	aisp_jw_end(&w);
	if (strcmp(state, "planned") != 0) {
		put_measures(d, &w);
		put_reach(d, &w);
	}
	aisp_jw_key(&w, "steps");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < d->steps.n; i++) {
		const struct aisp_drill_step *s = &d->steps.v[i];
		aisp_jw_obj(&w);
		aisp_jw_kz(&w, "phase", s->phase);
		aisp_jw_kstr(&w, "what", s->what);
		aisp_jw_kz(&w, "result", s->result);
		if (s->note.n)
			aisp_jw_kstr(&w, "note", s->note);
		put_time(&w, "at_s", s->at_ms, 0);
		put_time(&w, "took_s", s->took_ms, 0);
		aisp_jw_end(&w);
	}
	aisp_jw_end(&w);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	return aisp_buf_check(out, err);
}

/* ---- plan, run ---- */

static int plan_steps(struct aisp_drill *d, struct aisp_err *err)
{
	static const struct aisp_slice none = {0};
	const uint64_t at = d->begun_ns;
	struct aisp_slice made = aisp_arena_printf(d->mem, d->kind->made, aisp_drill__get(d, "credential").p);
	struct aisp_slice where = aisp_arena_printf(d->mem, "%s: %s", d->o->place, d->place->what);

	int r = aisp_drill__step(d, "journal", "planned", AISP_S("one entry in the log of decisions, on disk before anything is made"), none, at, err);
	if (r == 0)
		r = aisp_drill__step(d, "create", "planned", made, none, at, err);
	for (unsigned i = 0; r == 0 && d->kind->ways[i]; i++)
		r = aisp_drill__step(d, "try", "planned", aisp_slice_z(d->kind->ways[i]), none, at, err);
	if (r == 0)
		r = aisp_drill__step(d, "plant", "planned", where, none, at, err);
	if (r == 0)
		r = aisp_drill__step(d, "detect", "planned", d->place->scan ? AISP_S("a scan of the database, until it is found") : AISP_S("the content detectors on the place, until it is found"), none, at, err);
	if (r == 0)
		r = aisp_drill__step(d, "detect", "planned", d->logs.n || strcmp(d->kind->name, "mock-key") == 0 ? AISP_S("one use, until the log shows it")
						: AISP_S("one use, until the uses of `aisp ingest --follow` show it (no log was named with --with)"), none, at, err);
	if (r == 0)
		r = aisp_drill__step(d, "reach", "planned", aisp_slice_z(d->kind->reach), none, at, err);
	for (const struct aisp_drill_contain *c = d->kind->contain; r == 0 && c->what; c++)
		r = aisp_drill__step(d, "contain", "planned", aisp_slice_z(c->what), none, at, err);
	for (unsigned i = 0; r == 0 && d->kind->ways[i]; i++)
		r = aisp_drill__step(d, "try again", "planned", aisp_slice_z(d->kind->ways[i]), none, at, err);
	if (r == 0)
		r = aisp_drill__step(d, "clean", "planned", AISP_S("the credential, the planted text and the drill's folder go"), none, at, err);
	return r;
}

int aisp_drill_plan(const struct aisp_drill_options *o, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_drill d;
	struct aisp_drill_options quiet = *o;

	quiet.hooks.say = NULL;
	aisp_drill__init(&d, &quiet);
	int r = aisp_drill__name(&d, "xxxxxxxxxx", err);
	if (r == 0)
		r = aisp_drill__parse(&d, err);
	if (r == 0)
		r = prepare(&d, err);
	if (r == 0)
		r = plan_steps(&d, err);
	if (r == 0)
		r = aisp_drill__json(&d, "planned", NULL, out, err);
	aisp_drill__done(&d);
	return r;
}

static int run(struct aisp_drill *d, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_err why = {0};
	bool held;

	int r = aisp_drill__lock(d, true, &held, err);
	if (r == 0 && held)
		return aisp_fail(err, AISP_E_CONFLICT, "another aisp holds the folder %s; try again", d->dir.p);
	if (r == 0)
		r = aisp_drill__keep(d, err);
	if (r == 0)
		r = aisp_drill__journal(d, "begin", (struct aisp_slice){0}, err);
	if (r < 0) { /* nothing was made yet */
		(void)aisp_drill__forget(d, NULL);
		return r;
	}
	int done = aisp_drill__act(d, false, &why);
	if (done == 0)
		done = act_out(d, &why);
	r = aisp_drill__clean_all(d, err);
	if (r == 0)
		r = aisp_drill__json(d, done < 0 ? "failed" : d->contained_ms < 0 ? "not contained" : "done", done < 0 ? why.msg : NULL, out, err);
	if (r == 0)
		r = aisp_drill__journal(d, "end", aisp_buf_slice(out), err);
	return r == 0 ? aisp_drill__forget(d, err) : r;
}

int aisp_drill_run(const struct aisp_drill_options *o, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_drill d;

	aisp_drill__init(&d, o);
	int r = aisp_drill__name(&d, NULL, err);
	if (r == 0)
		r = aisp_drill__parse(&d, err);
	if (r == 0)
		r = prepare(&d, err);
	aisp_act_free(AISP_TAKE(d.act)); /* what prepare used was dry */
	if (r == 0)
		r = run(&d, out, err);
	aisp_drill__done(&d);
	return r;
}
