/* Inside plans: how a step is put together. */
#pragma once
#include "base/buf.h"
#include "base/doc.h"
#include "base/jw.h"
#include "govern/plan.h"

/* One control object on its way to becoming a step. Everything made lies in the arena. */
struct aisp_maker {
	const struct aisp_snapshot *s;
	struct aisp_arena *a;
	struct aisp_step *step;        /* control and edges are set */
	const struct aisp_slice *controls; /* the step's control objects: one, or several of one document or list, in its order */
	size_t n_controls;
	struct aisp_slice written;     /* set by fill: what is cut out of the file instead of these, as one control object would name it */
	struct aisp_content_eye **eye; /* of the whole plan: looks for secrets in what would be shown */
	const struct aisp_isolation *isolation;
	struct aisp_buf text;          /* scratch */
	struct aisp_err *err;
};
struct aisp_form {
	struct aisp_control_form form;
	bool (*fits)(struct aisp_slice control);
	int (*fill)(struct aisp_maker *m); /* what, note, does, undoes, checks; automatic is true unless it makes it false */
	/* What is read and changed as a whole: control objects with the same text here become one step. NULL: each is its own. */
	struct aisp_slice (*whole)(struct aisp_slice control);
};
extern const struct aisp_form aisp_forms__postgres[], aisp_forms__aws[], aisp_forms__kubernetes[], aisp_forms__file[]; /* kind NULL ends them */
const struct aisp_form *aisp_control__form(struct aisp_slice control); /* NULL: none fits */

/* Appending to a step; texts are copied. Each gives AISP_OK or AISP_E_NOMEM. */
enum aisp_step_list { AISP_DOES, AISP_UNDOES };
int aisp_step__add(struct aisp_maker *m, enum aisp_step_list list, enum aisp_step_system system, struct aisp_slice json, struct aisp_slice text);
int aisp_step__check(struct aisp_maker *m, enum aisp_step_system system, struct aisp_slice json, struct aisp_slice text, struct aisp_slice before, struct aisp_slice after,
                     struct aisp_slice save);
/* What a person must do. The step is no longer automatic; what was added to it before is taken out. */
int aisp_step__manual(struct aisp_maker *m, struct aisp_slice text);
int aisp_step__what(struct aisp_maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int aisp_step__note(struct aisp_maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* appended */
struct aisp_slice aisp_step__fmt(struct aisp_maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* NULL p: no memory */
struct aisp_slice aisp_step__json_str(struct aisp_maker *m, struct aisp_slice s); /* "…" with quotes, escaped */
int aisp_step__nomem(struct aisp_maker *m);
/* A value as compact JSON without what lies at the JSON pointers (items of an array, members). AISP_E_NOTFOUND: nothing lies at one of them. */
int aisp_step__without(struct aisp_maker *m, const struct aisp_doc *d, const struct aisp_slice *pointers, size_t n, struct aisp_slice *ret_json);
/* "…/LIST/12": the list's text and the index. False: it does not end so. */
bool aisp_step__item(struct aisp_slice control, struct aisp_slice *ret_list, uint64_t *ret_index);
const struct aisp_doc *aisp_step__at(const struct aisp_doc *d, struct aisp_slice pointer); /* RFC 6901; NULL if nothing is there */
struct aisp_slice aisp_step__compact(struct aisp_maker *m, const struct aisp_doc *d);
/* First evidence of form file of an edge or node; NULL. */
const struct aisp_evidence *aisp_step__file_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n);

/* isolate.c: a service that everybody reaches because no network policy speaks of its pods ("…/service/db#default-allow"). Nothing can be taken away: a policy is added that lets in
 * everybody but the workloads that those who are to be kept out act as. */
struct aisp_isolation {
	aisp_node *denied;             /* workloads */
	size_t n;
	const struct aisp_slice *controls; /* of the cut */
	size_t n_controls;
	aisp_edge *removed;            /* what goes with the cut */
	size_t n_removed;
	struct aisp_overlay_edge *added; /* what the policies let in */
	size_t n_added;
};
bool aisp_isolate__fits(struct aisp_slice control);
int aisp_isolate__fill(struct aisp_maker *m);
/* Control objects of services that stand open so, in the snapshot. In the arena. */
int aisp_isolate__all(const struct aisp_snapshot *s, struct aisp_arena *a, struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err);
/* Who is to be kept out, and what the graph is when the cut's objects are gone and its policies there. */
int aisp_isolate__make(const struct aisp_snapshot *s, struct aisp_arena *a, const struct aisp_slice *controls, size_t n, const struct aisp_plan_goal *goals, size_t n_goals, struct aisp_isolation *ret,
		       struct aisp_err *err);
/* definition.c: patch and definition from the evidence of the step's edges; steps of system file become automatic where it is certain what is to be cut out. */
int aisp_step__define(struct aisp_maker *m);
/* file_step.c: marks such a step; then, when all steps are in order, does, undoes, checks and patches of those that are automatic, each on what the one before leaves. m->step is set by it. */
int aisp_step__file(struct aisp_maker *m, const struct aisp_where *w);
int aisp_step__files(struct aisp_maker *m, struct aisp_step *steps, size_t n);
/* merge.c: several diffs of one text that only take lines out, as one diff. Empty: they cannot be one (another file, changed lines). */
int aisp_unified_merge(const struct aisp_slice *diffs, size_t n, struct aisp_buf *out);
/* unified.c: a diff of one changed stretch with three lines of context. name: path without leading slash. */
int aisp_unified_diff(struct aisp_slice name, struct aisp_slice before, struct aisp_slice after, struct aisp_buf *out);
