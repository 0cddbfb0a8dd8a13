/* What stands for a finding now: the last decision about it, unless its day has come, its evidence changed, or it was resolved and came back. */
#include "base/clock.h"
#include "base/mem.h"
#include "govern/decide_int.h"
#include <stdlib.h>

struct standing {
	const struct aisp_decisions *d;
	const struct aisp_snapshot *s;
	struct aisp_store *store;
	struct aisp_store_findings kept;
	struct aisp_store_runs runs;
	struct aisp_names names;
	int64_t now_us;
	struct aisp_arena *a; /* the findings' */
};

static const struct aisp_decision *decision_of(const struct standing *x, const struct aisp_finding *f, int *ret, struct aisp_err *err)
{
	const struct aisp_decision *best = aisp_decisions_last(x->d, aisp_slice_z(f->fingerprint));
	struct aisp_slice *also = NULL;
	size_t n = 0;

	*ret = aisp_names__fingerprints(&x->names, f, x->a, &also, &n, err);
	for (size_t i = 0; *ret == 0 && i < n; i++) {
		const struct aisp_decision *other = aisp_decisions_last(x->d, also[i]);
		if (other && (!best || other->n > best->n))
			best = other;
	}
	return best;
}

static int by_fingerprint(const void *key, const void *item)
{
	return aisp_slice_cmp(*(const struct aisp_slice *)key, ((const struct aisp_store_finding *)item)->fingerprint);
}

static int64_t finished_at(const struct standing *x, int64_t run)
{
	for (size_t i = 0; i < x->runs.n; i++)
		if (x->runs.v[i].run == run)
			return x->runs.v[i].finished_us;
	return 0;
}

/* The run in which it came back after it was resolved, if that is the last of the kind and behind `after_us`; 0: none. */
static int came_back(const struct standing *x, const struct aisp_finding *f, int64_t after_us, int64_t *ret_run, struct aisp_err *err)
{
	const struct aisp_slice key = aisp_slice_z(f->fingerprint);
	const struct aisp_store_finding *kept = x->kept.n ? bsearch(&key, x->kept.v, x->kept.n, sizeof *x->kept.v, by_fingerprint) : NULL;
	struct aisp_store_life life = {0};

	*ret_run = 0;
	if (!kept || kept->changed_run == kept->first_run)
		return 0;
	const int r = aisp_store_life(x->store, key, &life, err);
	for (size_t i = 0; r == 0 && i < life.n; i++)
		if (life.v[i].event == AISP_STORE_REOPENED && finished_at(x, life.v[i].run) > after_us)
			*ret_run = life.v[i].run;
	aisp_store_life_done(&life);
	return r;
}

static const char *state_name(enum aisp_action a)
{
	switch (a) {
	case AISP_ACTION_TRIAGE:
		return "triaged";
	case AISP_ACTION_ACCEPT:
		return "accepted";
	case AISP_ACTION_FALSE_POSITIVE:
		return "false_positive";
	case AISP_ACTION_PLAN:
		return "planned";
	default:
		return "reopened";
	}
}

/* Why the decision does not hold any more; empty: it holds. */
static int why_open(const struct standing *x, const struct aisp_finding *f, const struct aisp_decision *d, struct aisp_slice *ret, struct aisp_err *err)
{
	const bool takes_risk = d->action == AISP_ACTION_ACCEPT || d->action == AISP_ACTION_FALSE_POSITIVE;
	struct aisp_slice differs = {0};
	struct aisp_basis now;
	int64_t run = 0;
	int r = 0;

	*ret = (struct aisp_slice){0};
	if (d->action == AISP_ACTION_REOPEN) {
		*ret = d->reason.n ? d->reason : AISP_S("reopened");
		return 0;
	}
	if (d->until_us && x->now_us >= d->until_us) {
		*ret = aisp_arena_printf(x->a, "it was accepted until %.*s, which has passed", AISP_FMT(d->until));
		return ret->p ? 0 : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	}
	if (d->basis.n) {
		r = aisp_basis_of(x->s, f, x->a, &now, err);
		if (r == 0)
			r = aisp_basis__differs(x->s, &d->basis, &now, x->a, &differs, err);
		if (r == 0 && differs.n)
			*ret = aisp_arena_printf(x->a, "the evidence changed: %.*s", AISP_FMT(differs));
	}
	if (r == 0 && !differs.n && !takes_risk) {
		r = came_back(x, f, d->at_us, &run, err);
		if (r == 0 && run)
			*ret = aisp_arena_printf(x->a, "it was resolved, and is back since run %lld", (long long)run);
	}
	return r == 0 && (differs.n || run) && !ret->p ? aisp_fail(err, AISP_E_NOMEM, "out of memory") : r;
}

static int set_state(const struct standing *x, struct aisp_finding *f, struct aisp_err *err)
{
	struct aisp_finding_state *st = aisp_arena_zalloc(x->a, 1, sizeof *st);
	int64_t run = 0;
	int r = 0;

	if (!st)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while looking up decisions");
	const struct aisp_decision *d = aisp_decisions_count(x->d) ? decision_of(x, f, &r, err) : NULL;
	*st = (struct aisp_finding_state){.name = "open"};
	if (r == 0 && !d) {
		r = came_back(x, f, 0, &run, err);
		if (r == 0 && run)
			*st = (struct aisp_finding_state){.name = "reopened", .why = aisp_arena_printf(x->a, "it was resolved, and is back since run %lld", (long long)run)};
	} else if (r == 0) {
		r = why_open(x, f, d, &st->why, err);
		st->name = st->why.n ? "reopened" : state_name(d->action);
		st->reason = aisp_arena_dup(x->a, d->action == AISP_ACTION_PLAN ? d->plan : d->reason);
		st->by = aisp_arena_dup(x->a, d->by);
		st->until = aisp_arena_dup(x->a, d->until);
		st->why = st->why.n ? aisp_arena_dup(x->a, st->why) : st->why;
		st->where = aisp_arena_printf(x->a, "entry %llu", (unsigned long long)d->n);
		st->hidden = !st->why.n && (d->action == AISP_ACTION_ACCEPT || d->action == AISP_ACTION_FALSE_POSITIVE);
	}
	f->state = st;
	return r;
}

int aisp_decisions_state(const struct aisp_decisions *d, const struct aisp_snapshot *s, struct aisp_store *store, int64_t now_us, struct aisp_findings *f, struct aisp_err *err)
{
	struct standing x = {.d = d, .s = s, .store = store, .now_us = now_us, .a = f->arena};
	int r = f->n ? aisp_names__make(s, f->arena, &x.names, err) : 0;

	if (r == 0 && store && f->n)
		r = aisp_store_findings(store, &x.kept, err);
	if (r == 0 && store && f->n)
		r = aisp_store_runs(store, &x.runs, err);
	for (size_t i = 0; r == 0 && i < f->n; i++)
		r = set_state(&x, &f->v[i], err);
	aisp_store_findings_done(&x.kept);
	aisp_store_runs_done(&x.runs);
	return r;
}
