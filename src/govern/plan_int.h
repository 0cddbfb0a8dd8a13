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
	const struct aisp_slice *together; /* all control objects of the plan; of one list the last goes first */
	size_t n_together;
	struct aisp_buf text;          /* scratch */
	struct aisp_err *err;
};
struct aisp_form {
	struct aisp_control_form form;
	bool (*fits)(struct aisp_slice control);
	int (*fill)(struct aisp_maker *m); /* what, note, does, undoes, checks; automatic is true unless it makes it false */
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
/* A value as compact JSON without what lies at the JSON pointer (an item of an array, a member), and the value there. ret_left items in the array or object after that. */
int aisp_step__without(struct aisp_maker *m, const struct aisp_doc *d, struct aisp_slice pointer, struct aisp_slice *ret_json, uint32_t *ret_left);
/* "…/LIST/12": the list's text and the index. False: it does not end so. */
bool aisp_step__item(struct aisp_slice control, struct aisp_slice *ret_list, uint64_t *ret_index);
const struct aisp_doc *aisp_step__at(const struct aisp_doc *d, struct aisp_slice pointer); /* RFC 6901; NULL if nothing is there */
struct aisp_slice aisp_step__compact(struct aisp_maker *m, const struct aisp_doc *d);
/* First evidence of form file of an edge or node; NULL. */
const struct aisp_evidence *aisp_step__file_evidence(const struct aisp_snapshot *s, uint32_t at, uint32_t n);

/* definition.c: patch and definition from the evidence of the step's edges; for steps of system file also does, undoes and checks. */
int aisp_step__define(struct aisp_maker *m);
/* unified.c: a diff of one changed stretch with three lines of context. name: path without leading slash. */
int aisp_unified_diff(struct aisp_slice name, struct aisp_slice before, struct aisp_slice after, struct aisp_buf *out);
