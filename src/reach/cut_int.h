/* Inside the cut: the part of the fixpoint that matters for the goals, as an AND/OR graph that can be worked out anew with control objects taken away.
 *
 *   fact   (node, mode) that some actor holds and that some goal or use can rest on
 *   step   premise a [and b] ⇒ out; along an edge it has the label of the edge's control
 *   label  a control: terms, all of which must stand; no terms: cannot be taken away
 *   term   alternatives, one of which must stand
 *
 * Facts carry a bit for each actor, so one pass answers for all of them.
 */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "reach/cut.h"
#include "reach/explain_int.h"

#define AISP_CUT_NONE UINT32_MAX

struct cut_range {
	uint32_t at, n;
};
struct cut_step {
	uint32_t out, a, b; /* b NONE: one premise; a NONE: a seed of `actor` */
	uint32_t label, actor;
};
struct cut_arc { /* a step as seen from one of its premises */
	uint32_t out, with, label; /* with: the other premise, or NONE */
};
struct cut_point { /* a goal or use: who and what */
	uint32_t actor, fact; /* fact NONE: does not hold even now */
};
struct cut_graph {
	const struct aisp_snapshot *s;
	const struct aisp_reach *r;
	bool certain;
	/* controls, terms, labels */
	AISP_VEC(struct aisp_slice) controls;
	AISP_VEC(double) prices;
	AISP_VEC(uint32_t) alternatives; /* of terms: controls */
	AISP_VEC(struct cut_range) terms;
	AISP_VEC(uint32_t) label_terms;
	AISP_VEC(struct cut_range) labels; /* labels.v[0] has no terms */
	uint32_t *label_of, *control_of;  /* by symbol, control + 1 */
	struct aisp_map other_control_of; /* by digest of the text, where it has no symbol; + 1 */
	/* facts and steps */
	uint32_t *fact_of; /* by slot, + 1 */
	AISP_VEC(uint32_t) slots; /* by fact */
	AISP_VEC(struct cut_step) steps;
	uint32_t *into_at, *into;     /* steps by out */
	uint32_t *from_at, *from;     /* steps by premise (one with two stands twice) */
	struct cut_arc *arcs;         /* beside `from` */
	bool gated;                   /* some step has two premises */
	bool large;                   /* condensed before it is settled */
	/* actors */
	AISP_VEC(struct aisp_actor) actors;
	uint32_t words;               /* of 64 actors */
	AISP_VEC(struct cut_point) goals, keeps;
};
/* Builds it. */
int aisp_cut__graph(const struct aisp_reach *r, const struct aisp_cut_in *in, struct cut_graph *ret, struct aisp_err *err);
void aisp_cut__graph_done(struct cut_graph *g);
/* The terms of a control's text: f for each alternative of each term, in order. Also used to find the edges that go. */
int aisp_cut__parse(struct aisp_slice control, int (*f)(void *ctx, uint32_t term, struct aisp_slice alternative), void *ctx);

/* Which controls are taken away, and which labels fall with them. */
struct cut_world {
	uint8_t *taken; /* by control */
	uint8_t *dead;  /* by label */
	uint64_t *val;  /* by fact × words */
	uint8_t *waits;
	AISP_VEC(uint32_t) queue;
};
int aisp_cut__world(const struct cut_graph *g, struct cut_world *w, struct aisp_err *err);
void aisp_cut__world_done(struct cut_world *w);
void aisp_cut__fell(const struct cut_graph *g, struct cut_world *w); /* dead from taken */
int aisp_cut__settle(const struct cut_graph *g, struct cut_world *w, struct aisp_err *err); /* val from dead, for all actors */
/* Gives back, dearest first, what is not needed: w is settled and closes all that is not shut, and does so afterwards. */
int aisp_cut__spare(const struct cut_graph *g, const uint8_t *shut, uint64_t deadline, struct cut_world *w, struct aisp_err *err);
static inline bool aisp_cut__holds(const struct cut_graph *g, const struct cut_world *w, const struct cut_point *p)
{
	return p->fact != AISP_CUT_NONE && (w->val[(size_t)p->fact * g->words + p->actor / 64] >> p->actor % 64 & 1);
}

/* One derivation of a point in a world with these labels dead: the terms that could be taken to break it (those with finite price), sorted, once each.
 * ret_held false: there is none. */
struct cut_search {
	uint32_t *cost, *by; /* by fact: least cost, step that gave it */
	uint8_t *state;
	AISP_VEC(uint32_t) touched, stack, terms;
	struct aisp_queue queue;
};
int aisp_cut__search(const struct cut_graph *g, struct cut_search *x, struct aisp_err *err);
void aisp_cut__search_done(struct cut_search *x);
int aisp_cut__derive(const struct cut_graph *g, struct cut_search *x, const uint8_t *dead, const struct cut_point *p, bool *ret_held, struct aisp_err *err);
bool aisp_cut__takeable(const struct cut_graph *g, uint32_t term, double *ret_price); /* price of all alternatives */

/* The master problem: clauses (at least one of these terms falls) and losses (these controls together cost use k). */
struct cut_master {
	AISP_VEC(uint32_t) items; /* terms of clauses */
	AISP_VEC(struct cut_range) clauses;
	AISP_VEC(uint32_t) loss_items; /* controls */
	AISP_VEC(struct cut_range) losses;
	AISP_VEC(uint32_t) loss_use;
	uint8_t *paid; /* by keep: after solving, 1 = its loss is paid for */
	double value, bound;
	bool optimal, feasible;
};
/* Cheapest set for what is known so far: sets w->taken. Within max_ms. */
int aisp_cut__solve(const struct cut_graph *g, struct cut_master *m, const struct aisp_cut_in *in, struct cut_world *w, uint64_t max_ms, struct aisp_err *err);
void aisp_cut__master_done(struct cut_master *m);

/* Derivations packed side by side: takes in w, beside what is taken, as much as closes all that is not shut (less, when the deadline came first), adds their clauses, and
 * gives what they need together at least, beyond what was taken. Leaves w settled. */
int aisp_cut__pack(const struct cut_graph *g, const uint8_t *shut, uint64_t deadline, struct cut_world *w, struct cut_master *m, double *ret_bound, struct aisp_err *err);

/* Bounds by flow: a closing set in w->taken, and, where no step has two premises and every actor of a goal is to be cut from every target, a lower bound (else 0).
 * *ret_done false: something cannot be closed so. */
int aisp_cut__flow(const struct cut_graph *g, struct cut_world *w, double *ret_bound, bool *ret_done, struct aisp_err *err);
