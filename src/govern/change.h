/* Carrying a plan out and taking it back (aisp apply, aisp undo): one step at a time, each written to the log of decisions before it is begun, so that whoever comes after a kill
 * knows what was begun and how it is undone.
 *
 *   apply begin ─▶ for each step: read (as planned?) ─▶ step begin + undo ─▶ do ─▶ step done ─▶ read (is it gone?) ─▶ … ─▶ apply done (run of the proof)
 *                          any failure ─▶ undo begin ─▶ begun steps backwards: step undoing ─▶ undo ─▶ read (is it back?) ─▶ step undone ─▶ … ─▶ undo done
 *
 * Entries: kind "apply" {"plan","digest","phase":"begin|done","goals","keeps","certainty","conditions","before","controls","run"}, "step" {"plan","n","phase":"begin|saved|done|undoing|undone","what",
 * "undoes","checks"}, "undo" {"plan","phase":"begin|done","why"}, "approve" {"plan","digest"}. An undo uses what the log says, not the plan file.
 * Not for: the proof on collected facts (proof.h) and collecting (cli).
 */
#pragma once
#include "govern/act.h"
#include "govern/log.h"

/* A plan file, checked for its form. */
struct aisp_planfile {
	struct aisp_arena *arena;
	const struct aisp_doc *doc;
	struct aisp_slice id;
	char digest[65];        /* BLAKE2b-256 of the file */
};
/* AISP_E_USAGE says what is not as docs/schema/plan.json wants it. */
int aisp_planfile_read(struct aisp_slice text, struct aisp_planfile *ret, struct aisp_err *err);
void aisp_planfile_done(struct aisp_planfile *p);

enum aisp_change_status { AISP_CHANGE_NONE = 0, AISP_CHANGE_RUNNING, AISP_CHANGE_APPLIED, AISP_CHANGE_UNDOING, AISP_CHANGE_UNDONE };
enum aisp_step_state { AISP_STEP_TODO = 0, AISP_STEP_BEGUN, AISP_STEP_DONE, AISP_STEP_UNDOING, AISP_STEP_UNDONE };
const char *aisp_change_status_name(enum aisp_change_status s);
const char *aisp_step_state_name(enum aisp_step_state s);
struct aisp_change_step {
	int64_t n;
	enum aisp_step_state state;
	bool was_done;                 /* it was done before its undo began */
	struct aisp_slice what;
	const struct aisp_doc *undoes, *checks; /* as written to the log, values filled in */
};
struct aisp_approval { struct aisp_slice by, digest; int64_t at_us; };
/* What the log says of one plan. Everything lies in the arena. */
struct aisp_change {
	struct aisp_slice id;
	enum aisp_change_status status;
	const struct aisp_doc *begin;  /* data of the last apply's beginning; NULL: never begun */
	int64_t run, at_us;            /* scan that proved it; when it was begun */
	struct aisp_change_step *steps;
	size_t n_steps, cap_steps;
	struct aisp_approval *approvals;
	size_t n_approvals, cap_approvals;
	struct aisp_slice author;      /* of the entry "plan"; empty: not in this log */
};
struct aisp_change_list {
	struct aisp_arena *arena;
	struct aisp_change *v;
	size_t n, cap;
};
/* All plans of a log, in the order in which they first appear. */
int aisp_change_list_load(struct aisp_govlog *log, struct aisp_change_list *ret, struct aisp_err *err);
void aisp_change_list_done(struct aisp_change_list *c);
struct aisp_change *aisp_change_list_find(struct aisp_change_list *c, struct aisp_slice id); /* NULL: none */

/* How a step's object is now. */
enum aisp_look { AISP_LOOK_PLANNED = 1, AISP_LOOK_DONE, AISP_LOOK_OTHER, AISP_LOOK_UNKNOWN, AISP_LOOK_MANUAL };
const char *aisp_look_name(enum aisp_look l);
struct aisp_looked {
	enum aisp_look look;
	struct aisp_slice why; /* OTHER, UNKNOWN; in the arena */
};
/* Step i of the plan's steps; what an earlier step of the plan must do first to the same file counts as done. Reads only. Failures to read become AISP_LOOK_UNKNOWN. */
int aisp_change_look(struct aisp_act *a, const struct aisp_doc *steps, uint32_t i, struct aisp_arena *mem, struct aisp_looked *ret, struct aisp_err *err);
struct aisp_executor {
	struct aisp_act *act;
	struct aisp_govlog *log;
	struct aisp_slice by;
	struct aisp_arena *mem;
	void (*say)(void *ctx, const char *text); /* progress; may be NULL */
	void *ctx;
	int64_t before; /* the scan before the change, with which the proof compares; goes into the entry of its beginning */
};
/* Does what is still to do of the plan: goes on where an earlier apply was killed. Fails at the first step that cannot be done; nothing is taken back here. c: what the log says
 * of it, updated; a plan that was undone begins anew. AISP_E_CONFLICT: an object is not as planned. */
int aisp_change_apply(struct aisp_executor *x, const struct aisp_planfile *p, struct aisp_change *c, struct aisp_err *err);
/* Takes back every step that was begun, backwards. force: also where somebody has changed the object since. Goes on with the other steps after a failure, and gives the first. */
int aisp_change_undo(struct aisp_executor *x, struct aisp_change *c, struct aisp_slice why, bool force, struct aisp_err *err);
/* The end of a proved apply. */
int aisp_change_finish(struct aisp_executor *x, struct aisp_change *c, int64_t run, struct aisp_err *err);
