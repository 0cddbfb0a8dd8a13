/* aisp plan: the smallest change that closes findings or a path, with what goes on working and what is lost. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "cli/decided.h"
#include "cli/seen.h"
#include "cli/session.h"
#include "govern/decide.h"
#include "govern/plan.h"
#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { PLAN_EXIT_OPEN = AISP_EXIT_FINDINGS, MOST_ROUNDS = 16 };

struct asked {
	const struct aisp_options *o;
	struct aisp_session s;
	struct aisp_rules *rules;
	struct aisp_findings findings;
	struct aisp_uses *uses;
	struct aisp_usage *usage;
	AISP_VEC(struct aisp_plan_goal) goals;
	AISP_VEC(const struct aisp_finding *) of; /* of the goals that come from findings */
	AISP_VEC(struct aisp_plan_keep) keeps;
	AISP_VEC(struct aisp_plan_price) prices;
	AISP_VEC(struct aisp_slice) until;
	struct aisp_plan plan;
	struct aisp_findings later;                    /* without what the plan takes away */
	AISP_VEC(const struct aisp_finding *) stays;   /* of these: those that were to be closed */
	struct aisp_buf note;                          /* what is to be said of the modes of --from and --to */
	struct aisp_err *err;
};

static int nomem(struct asked *a)
{
	return aisp_fail(a->err, AISP_E_NOMEM, "out of memory");
}

/* ---- What is to be closed ---- */

static bool names(const char *word, const struct aisp_finding *f)
{
	const size_t n = strlen(word);
	return aisp_slice_eqi(aisp_slice_z(word), f->rule->id) || (n >= 4 && n <= 32 && strncasecmp(word, f->fingerprint, n) == 0);
}

static int mode_of(const struct aisp_finding *f)
{
	if (f->path.n)
		return (int)f->path.hops[f->path.n - 1].gain;
	return f->rule->path_mode.n ? aisp_mode_find(f->rule->path_mode) : -1;
}

/* The findings as the rules judge now; only where they are asked for. */
static int judge(struct asked *a)
{
	if (a->o->args.n == 0 && a->o->until_resolved.n == 0)
		return 0;
	int r = aisp_session_reach(&a->s, a->err);
	if (r == 0)
		r = aisp_rules_load(a->o->rules, &a->rules, a->err);
	return r == 0 ? aisp_judge(a->rules, a->s.snapshot, a->s.reach, &a->findings, a->err) : r;
}

static int add_goal(struct asked *a, const struct aisp_finding *f, enum aisp_mode mode)
{
	const struct aisp_plan_goal g = {{{.node = f->start}, f->target, mode}, aisp_slice_z(f->fingerprint), f->rule->id};
	return aisp_vec_push(&a->goals, g) < 0 ? nomem(a) : 0;
}

static bool has_path(const struct aisp_finding *f)
{
	return mode_of(f) >= 0 && f->start && f->target && f->start != f->target;
}

static int goals_of(struct asked *a, const char *word)
{
	size_t found = 0, usable = 0;
	int r = 0;
	for (size_t k = 0; r == 0 && k < a->findings.n; k++) {
		const struct aisp_finding *f = &a->findings.v[k];
		const bool it = names(word, f), usable_too = it && has_path(f);
		found += it;
		usable += usable_too;
		if (usable_too)
			r = add_goal(a, f, (enum aisp_mode)mode_of(f));
		if (r == 0 && usable_too && aisp_vec_push(&a->of, f) < 0)
			r = nomem(a);
	}
	if (r < 0 || usable)
		return r;
	if (!found)
		return aisp_fail(a->err, AISP_E_NOTFOUND, "no finding has the fingerprint or rule '%s'; 'aisp findings' lists them (a fingerprint's first four signs are enough)", word);
	return aisp_fail(a->err, AISP_E_USAGE, "'%s' is a finding without a path, so there is nothing to cut; 'aisp findings' says how it is mended", word);
}

static int goals_from_findings(struct asked *a)
{
	int r = judge(a);
	for (size_t i = 0; r == 0 && i < a->o->args.n; i++)
		r = goals_of(a, a->o->args.v[i]);
	return r;
}

static int mode_asked(struct asked *a, const char *text, enum aisp_mode *ret)
{
	const int mode = aisp_mode_find(aisp_slice_z(text));
	if (mode < 0)
		return aisp_fail(a->err, AISP_E_USAGE, "'%s' is no mode; 'aisp sql \"SELECT name FROM mode\"' lists them", text);
	*ret = (enum aisp_mode)mode;
	return 0;
}

static int add_modes(struct asked *a, aisp_node from, aisp_node to, unsigned modes)
{
	for (unsigned mode = 0; mode < AISP_MODE_END; mode++) {
		const struct aisp_plan_goal g = {.goal = {{.node = from}, to, (enum aisp_mode)mode}};
		if (modes >> mode & 1 && aisp_vec_push(&a->goals, g) < 0)
			return nomem(a);
	}
	return 0;
}

static bool is_column_of(const struct aisp_snapshot *s, const struct aisp_sedge *e)
{
	return e->kind == AISP_EDGE_HAS_DATA && s->nodes[e->to].kind == AISP_NODE_COLUMN;
}

/* What --from holds over --to; of its columns what it holds over each, for who may read some columns only does not hold the table. With --mode any each becomes a goal. ret: of all together. */
static int modes_held(struct asked *a, struct aisp_cut_goal whole, bool close, unsigned *ret)
{
	AISP_CLEANUP(aisp_reach_answer_freep) struct aisp_reach_answer *answer = NULL;
	const struct aisp_snapshot *s = a->s.snapshot;
	int r = aisp_session_reach(&a->s, a->err);
	if (r == 0)
		r = aisp_reach_forward(a->s.reach, &whole.actor, 1, a->o->certain ? AISP_CERTAIN : AISP_POSSIBLE, &answer, a->err);
	if (r < 0)
		return r;
	*ret = aisp_reach_modes(answer, 0, whole.target);
	r = close ? add_modes(a, whole.actor.node, whole.target, *ret) : 0;
	for (uint32_t i = s->out_at[whole.target]; r == 0 && i < s->out_at[whole.target + 1]; i++) {
		const unsigned modes = is_column_of(s, &s->edges[i]) ? aisp_reach_modes(answer, 0, s->edges[i].to) : 0;
		*ret |= modes;
		r = close ? add_modes(a, whole.actor.node, s->edges[i].to, modes) : 0;
	}
	return r;
}

static void put_modes(struct aisp_buf *out, unsigned modes)
{
	const char *between = "";
	for (unsigned mode = 0; mode < AISP_MODE_END; mode++)
		if (modes >> mode & 1) {
			aisp_buf_printf(out, "%s%s", between, aisp_mode_name((enum aisp_mode)mode));
			between = ", ";
		}
}

static void note_modes(struct asked *a, unsigned modes)
{
	const char *degree = a->o->certain ? "certainly " : "";
	if (modes && a->o->mode) {
		aisp_buf_printf(&a->note, "%s %sholds over %s: ", a->o->from, degree, a->o->to);
		put_modes(&a->note, modes);
		aisp_buf_putz(&a->note, ". All of that is to be closed.\n");
	} else if (modes) {
		aisp_buf_printf(&a->note, "%s does not %shold read over %s, but: ", a->o->from, degree, a->o->to);
		put_modes(&a->note, modes);
		aisp_buf_putz(&a->note, ". --mode any closes them all.\n");
	} else {
		aisp_buf_printf(&a->note, "%s %sholds nothing over %s: there is nothing to close.\n", a->o->from, degree, a->o->to);
	}
}

/* Who may read some columns only does not hold the table; closed are they nevertheless. */
static int goals_of_columns(struct asked *a, struct aisp_cut_goal whole)
{
	const struct aisp_snapshot *s = a->s.snapshot;
	for (uint32_t i = s->out_at[whole.target]; i < s->out_at[whole.target + 1]; i++) {
		const struct aisp_sedge *e = &s->edges[i];
		const struct aisp_plan_goal g = {.goal = {whole.actor, e->to, whole.mode}};
		if (is_column_of(s, e) && aisp_vec_push(&a->goals, g) < 0)
			return nomem(a);
	}
	return 0;
}

static int goal_by_mode(struct asked *a, struct aisp_plan_goal g)
{
	const char *mode = a->o->mode;
	const bool any = mode && strcmp(mode, "any") == 0;
	unsigned modes = 0;
	int r = mode_asked(a, mode && !any ? mode : "read", &g.goal.mode);
	if (r == 0 && (any || !mode))
		r = modes_held(a, g.goal, any, &modes);
	if (r < 0)
		return r;
	if (any || (!mode && !(modes >> AISP_MODE_READ & 1)))
		note_modes(a, modes);
	if (any && modes)
		return 0; /* each is a goal already */
	if (aisp_vec_push(&a->goals, g) < 0)
		return nomem(a);
	return goals_of_columns(a, g.goal);
}

static int goal_by_hand(struct asked *a)
{
	const struct aisp_options *o = a->o;
	struct aisp_plan_goal g = {0};
	if (!o->from && !o->to)
		return 0;
	if (!o->from || !o->to)
		return aisp_fail(a->err, AISP_E_USAGE, "plan needs both --from and --to: who must no longer reach what");
	int r = aisp_snapshot_ref(a->s.snapshot, aisp_slice_z(o->from), &g.goal.actor.node, a->err);
	if (r == 0)
		r = aisp_snapshot_ref(a->s.snapshot, aisp_slice_z(o->to), &g.goal.target, a->err);
	return r == 0 ? goal_by_mode(a, g) : r;
}

/* ---- What is to be kept, and prices ---- */

/* "FROM,TO,MODE" or "FROM,TO": references may hold commas; each comma is tried. */
static int keep_one(struct asked *a, const char *text)
{
	struct aisp_plan_keep k = {.keep.price = INFINITY, .why = AISP_S("--keep")};
	const char *last = strrchr(text, ',');
	struct aisp_slice both = aisp_slice_z(text);
	struct aisp_err ignored = {0};
	k.keep.use.mode = AISP_MODE_READ;
	if (last && aisp_mode_find(aisp_slice_z(last + 1)) >= 0) {
		k.keep.use.mode = (enum aisp_mode)aisp_mode_find(aisp_slice_z(last + 1));
		both = aisp_slice_of(text, (size_t)(last - text));
	}
	for (size_t i = 0; i < both.n; i++)
		if (both.p[i] == ',' && aisp_snapshot_ref(a->s.snapshot, aisp_slice_to(both, i), &k.keep.use.actor.node, &ignored) == 0 &&
		    aisp_snapshot_ref(a->s.snapshot, aisp_slice_from(both, i + 1), &k.keep.use.target, &ignored) == 0)
			return aisp_vec_push(&a->keeps, k) < 0 ? nomem(a) : 0;
	return aisp_fail(a->err, AISP_E_USAGE, "--keep '%s': FROM,TO,MODE is expected, with references of things in the store%s%s", text, ignored.msg[0] ? ": " : "", ignored.msg);
}

static int price_one(struct asked *a, const char *text)
{
	const char *eq = strrchr(text, '=');
	char *end = NULL;
	struct aisp_plan_price p = {0};
	if (eq && strcmp(eq + 1, "never") == 0)
		p.price = INFINITY;
	else if (eq)
		p.price = strtod(eq + 1, &end);
	if (!eq || eq == text || (end && (*end || end == eq + 1)) || !(p.price >= 0) || (end && !isfinite(p.price)))
		return aisp_fail(a->err, AISP_E_USAGE, "--price '%s': CONTROL=N is expected, N a number from 0 on, or 'never'", text);
	p.control = aisp_slice_of(text, (size_t)(eq - text));
	return aisp_vec_push(&a->prices, p) < 0 ? nomem(a) : 0;
}

static int conditions(struct asked *a)
{
	for (size_t i = 0; i < a->o->until_resolved.n; i++) {
		size_t found = 0;
		for (size_t k = 0; k < a->findings.n; k++)
			if (names(a->o->until_resolved.v[i], &a->findings.v[k])) {
				found++;
				if (aisp_vec_push(&a->until, aisp_slice_z(a->findings.v[k].fingerprint)) < 0)
					return nomem(a);
			}
		if (!found)
			return aisp_fail(a->err, AISP_E_NOTFOUND, "--until-resolved '%s': no such finding now", a->o->until_resolved.v[i]);
	}
	return 0;
}

static int read_wishes(struct asked *a)
{
	int r = goals_from_findings(a);
	if (r == 0)
		r = goal_by_hand(a);
	if (r == 0 && a->goals.n == 0)
		r = aisp_fail(a->err, AISP_E_USAGE, "plan what? Name findings ('aisp findings'), or --from REF --to REF [--mode MODE]");
	for (size_t i = 0; r == 0 && i < a->o->keep.n; i++)
		r = keep_one(a, a->o->keep.v[i]);
	for (size_t i = 0; r == 0 && i < a->o->price.n; i++)
		r = price_one(a, a->o->price.v[i]);
	return r == 0 ? conditions(a) : r;
}

static int observed(struct asked *a)
{
	struct aisp_err none = {0};
	int r = aisp_uses_open(aisp_session_store_path(a->o), false, &a->uses, &none);
	if (r == AISP_E_NOTFOUND)
		return 0;
	if (r < 0)
		return aisp_fail(a->err, none.code, "%s", none.msg);
	return aisp_usage_for(a->o, a->s.snapshot, a->uses, &a->usage, a->err);
}

static int64_t run_of(struct asked *a)
{
	struct aisp_store_runs runs = {0};
	int64_t run = 0;
	if (a->o->at)
		return aisp_session_run(a->s.store, a->o->at, &run, a->err) == 0 ? run : 0;
	if (aisp_store_runs(a->s.store, &runs, a->err) == 0 && runs.n)
		run = runs.v[0].run;
	aisp_store_runs_done(&runs);
	return run;
}

/* ---- The plan, and which findings outlive it ---- */

static int make(struct asked *a)
{
	const struct aisp_options *o = a->o;
	const struct aisp_plan_in in = {
		.snapshot = a->s.snapshot, .run = run_of(a), .now_us = aisp_clock_now_us(), .goals = a->goals.v, .n_goals = a->goals.n, .keeps = a->keeps.v, .n_keeps = a->keeps.n,
		.usage = a->usage, .prices = a->prices.v, .n_prices = a->prices.n, .certainty = o->certain ? AISP_CERTAIN : AISP_POSSIBLE, .until_resolved = a->until.v, .n_until_resolved = a->until.n,
		.max_ms = o->timeout_s > 0 && o->timeout_s < 1000000 ? (unsigned)o->timeout_s * 1000 : 0,
	};
	aisp_plan_done(&a->plan);
	a->plan = (struct aisp_plan){0};
	return aisp_plan_make(&in, &a->plan, a->err);
}

static bool is_asked(const struct asked *a, const struct aisp_finding *f)
{
	for (size_t i = 0; i < a->of.n; i++)
		if (strcmp(a->of.v[i]->fingerprint, f->fingerprint) == 0)
			return true;
	return false;
}

/* A rule may accept several modes, or another start: judged once more without the plan's control objects, a finding may still be there. Into a->stays. */
static int find_stays(struct asked *a)
{
	AISP_CLEANUP(aisp_reach_freep) struct aisp_reach *after = NULL;
	struct aisp_overlay gone = {0};
	aisp_edge *edges = NULL;
	aisp_findings_done(&a->later);
	a->later = (struct aisp_findings){0};
	a->stays.n = 0;
	if (a->of.n == 0)
		return 0;
	int r = aisp_cut_edges(a->s.snapshot, a->plan.cut.controls, a->plan.cut.n_controls, &edges, &gone.n_removed, a->err);
	gone.removed = edges;
	if (r == 0)
		r = aisp_reach_new(a->s.snapshot, &gone, &after, a->err);
	if (r == 0)
		r = aisp_judge(a->rules, a->s.snapshot, after, &a->later, a->err);
	for (size_t i = 0; r == 0 && i < a->later.n; i++)
		if (is_asked(a, &a->later.v[i]) && aisp_vec_push(&a->stays, &a->later.v[i]) < 0)
			r = nomem(a);
	aisp_mem_free(edges);
	return r;
}

/* With --mode any what is left of a finding becomes a goal, too, until nothing is left of it. */
static int make_all(struct asked *a)
{
	const bool any = a->o->mode && strcmp(a->o->mode, "any") == 0;
	int r = make(a);
	if (r == 0)
		r = find_stays(a);
	for (unsigned round = 0; r == 0 && any && a->stays.n && a->plan.cut.closed && round < MOST_ROUNDS; round++) {
		const size_t had = a->goals.n;
		for (size_t i = 0; r == 0 && i < a->stays.n; i++)
			if (has_path(a->stays.v[i]))
				r = add_goal(a, a->stays.v[i], (enum aisp_mode)mode_of(a->stays.v[i]));
		if (r < 0 || a->goals.n == had)
			break;
		for (size_t i = had; i < a->goals.n; i++) /* the later findings go; their fingerprints are those that were asked for */
			for (size_t k = 0; k < a->of.n; k++)
				if (aisp_slice_eqz(a->goals.v[i].finding, a->of.v[k]->fingerprint)) {
					a->goals.v[i].finding = aisp_slice_z(a->of.v[k]->fingerprint);
					a->goals.v[i].rule = a->of.v[k]->rule->id;
				}
		r = make(a);
		if (r == 0)
			r = find_stays(a);
	}
	return r;
}

static void put_stays(struct asked *a, struct aisp_buf *out)
{
	if (a->stays.n)
		aisp_buf_putz(out, "\nWHAT IS LEFT OF THE FINDINGS (they do not go by this plan alone)\n");
	for (size_t i = 0; i < a->stays.n; i++)
		aisp_buf_printf(out, "  - %.12s  %.*s\n", a->stays.v[i]->fingerprint, AISP_FMT(a->stays.v[i]->message));
	if (a->stays.n && !(a->o->mode && strcmp(a->o->mode, "any") == 0))
		aisp_buf_putz(out, "  Close that, too: --mode any\n");
}

/* ---- The log ---- */

/* Only a plan that was saved is an entry: {"plan","file","digest","findings":[…],"goals","steps","cost","bound"}. */
static int log_plan(struct asked *a, struct aisp_slice file)
{
	AISP_AUTOBUF struct aisp_buf path = {0}, data = {0};
	struct aisp_govlog *log = NULL;
	struct aisp_jw w;
	char digest[65];
	uint64_t n;
	aisp_buf_init(&path, 1u << 16);
	aisp_buf_init(&data, 1u << 20);
	aisp_sha256_hex(file.p, file.n, digest);
	aisp_jw_init(&w, &data, false);
	aisp_jw_obj(&w);
	aisp_jw_kz(&w, "plan", a->plan.id);
	aisp_jw_kz(&w, "file", a->o->save);
	aisp_jw_kz(&w, "sha256", digest);
	aisp_jw_key(&w, "findings");
	aisp_jw_arr(&w);
	for (size_t i = 0; i < a->of.n; i++)
		aisp_jw_z(&w, a->of.v[i]->fingerprint);
	aisp_jw_end(&w);
	aisp_jw_kint(&w, "goals", (int64_t)a->plan.n_goals);
	aisp_jw_kint(&w, "steps", (int64_t)a->plan.n_steps);
	aisp_jw_kbool(&w, "closed", a->plan.cut.closed);
	aisp_jw_kbool(&w, "proved", a->plan.cut.proved);
	aisp_jw_end(&w);
	aisp_buf_printf(&path, "%s.log%c", aisp_session_store_path(a->o), 0);
	int r = aisp_buf_check(&data, a->err);
	if (r == 0)
		r = aisp_buf_check(&path, a->err);
	if (r == 0)
		r = aisp_govlog_open(path.p, true, &log, a->err);
	if (r == 0)
		r = aisp_govlog_add(log, aisp_slice_z(aisp_who(a->o)), AISP_S("plan"), aisp_buf_slice(&data), &n, a->err);
	const struct aisp_verdict verdict = {.action = AISP_ACTION_PLAN, .plan = aisp_slice_z(a->plan.id), .reason = AISP_S("a plan was saved")};
	for (size_t i = 0; r == 0 && i < a->of.n; i++)
		r = aisp_decisions_add(log, aisp_who(a->o), &verdict, a->s.snapshot, a->of.v[i], &n, a->err);
	aisp_govlog_close(log);
	return r;
}

static int save(struct asked *a)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	aisp_buf_init(&out, 1u << 28);
	int r = aisp_plan_json(&a->plan, &out, a->err);
	if (r == 0)
		r = aisp_fs_write(a->o->save, aisp_buf_slice(&out), 0644, a->err);
	return r == 0 ? log_plan(a, aisp_buf_slice(&out)) : r;
}

static int show(struct asked *a)
{
	AISP_AUTOBUF struct aisp_buf out = {0};
	struct aisp_report page;
	aisp_buf_init(&out, 1u << 28);
	aisp_report_init(a->o, a->s.snapshot, "aisp plan", &page);
	int r = 0;
	if (a->o->format && strcmp(a->o->format, "json") == 0) {
		r = aisp_plan_json(&a->plan, &out, a->err);
	} else {
		aisp_plan_text(&a->plan, page.width, page.color, &out);
		put_stays(a, &out);
		if (a->note.n) {
			aisp_buf_putc(&out, '\n');
			aisp_buf_put_printable(&out, aisp_slice_to(aisp_buf_slice(&a->note), a->note.n - 1));
			aisp_buf_putc(&out, '\n');
		}
		if (!a->usage)
			aisp_buf_putz(&out, "\nNothing was ingested ('aisp ingest'), so no observed use could be kept.\n");
		if (a->o->save)
			aisp_buf_printf(&out, "\nSaved: %s   next: aisp apply %s\n", a->o->save, a->o->save);
		else
			aisp_buf_putz(&out, "\nNothing was changed. Write it to a file with --save plan.json.\n");
		r = aisp_buf_check(&out, a->err);
	}
	return r == 0 ? aisp_output(a->o, aisp_buf_slice(&out), a->err) : r;
}

static void asked_done(struct asked *a)
{
	aisp_buf_done(&a->note);
	aisp_plan_done(&a->plan);
	aisp_usage_free(a->usage);
	aisp_uses_close(a->uses);
	aisp_findings_done(&a->later);
	aisp_vec_done(&a->stays);
	aisp_findings_done(&a->findings);
	aisp_rules_free(a->rules);
	aisp_vec_done(&a->goals);
	aisp_vec_done(&a->of);
	aisp_vec_done(&a->keeps);
	aisp_vec_done(&a->prices);
	aisp_vec_done(&a->until);
	aisp_session_done(&a->s);
}

int aisp_cmd_plan(struct aisp_options *o, struct aisp_err *err)
{
	struct asked a = {.o = o, .err = err};
	bool open = false;
	aisp_buf_init(&a.note, 1u << 16);
	int r = aisp_session_open(o, &a.s, err);
	if (r == 0)
		r = read_wishes(&a);
	if (r == 0)
		r = observed(&a);
	if (r == 0)
		r = make_all(&a);
	if (r == 0 && o->save)
		r = save(&a);
	if (r == 0)
		r = show(&a);
	if (r == 0)
		open = !a.plan.cut.closed;
	asked_done(&a);
	return r < 0 ? r : open ? PLAN_EXIT_OPEN : AISP_EXIT_OK;
}
