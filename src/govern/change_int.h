/* Inside apply: operations and conditions of a plan file. */
#pragma once
#include "govern/change.h"

struct aisp_saved { /* values by name */
	struct { struct aisp_slice name; const struct aisp_doc *value; } v[64];
	size_t n;
};
/* A copy with {"$saved": NAME} replaced. *ret_missing: a name is not known (its place is left as it is). */
int aisp_change__fill(struct aisp_arena *a, const struct aisp_doc *d, const struct aisp_saved *saved, const struct aisp_doc **ret, bool *ret_missing, struct aisp_err *err);
int aisp_change__save(struct aisp_arena *a, const struct aisp_doc *names, const struct aisp_doc *answer, struct aisp_saved *saved, struct aisp_err *err);
const struct aisp_doc *aisp_change__at(const struct aisp_doc *d, struct aisp_slice pointer, struct aisp_arena *a); /* RFC 6901; NULL: nothing there. Texts that hold JSON are gone into */
bool aisp_change__same(const struct aisp_doc *x, const struct aisp_doc *y, struct aisp_arena *a, unsigned depth);
struct aisp_answer {
	bool absent;             /* the thing itself is not there */
	const struct aisp_doc *doc;
	char digest[65];         /* of a file */
};
/* Does the condition hold? NULL: always. */
bool aisp_change__holds(const struct aisp_doc *condition, const struct aisp_answer *answer, struct aisp_arena *a);
/* One operation. read: only what changes nothing is let through (AISP_E_USAGE). name: of plan and step, for what a file operation keeps; empty for reads. */
int aisp_change__run(struct aisp_act *act, const struct aisp_doc *op, bool read, struct aisp_slice name, struct aisp_arena *mem, struct aisp_answer *ret, struct aisp_err *err);
/* After this undo is proved: what it kept is wiped. */
int aisp_change__forget(struct aisp_act *act, const struct aisp_doc *op, struct aisp_slice name, struct aisp_err *err);
/* change_chain.c: several steps of one plan change one file one after the other, each from the digest that the one before leaves. Where in this row is the file now? */
enum aisp_chain { AISP_CHAIN_NONE = 0, AISP_CHAIN_EARLIER, AISP_CHAIN_LATER }; /* no such row, or somewhere else; this step's turn is still to come; steps after this one are done */
int aisp_change__chain(struct aisp_act *act, const struct aisp_doc *steps, uint32_t i, struct aisp_arena *mem, enum aisp_chain *ret, struct aisp_err *err);
/* All checks of a step: do `before` and `after` hold of each? saved may be NULL. ret_text: of the first check whose `before` does not hold. */
int aisp_change__checks(struct aisp_act *act, const struct aisp_doc *checks, struct aisp_saved *saved, struct aisp_arena *mem, bool *ret_before, bool *ret_after, struct aisp_slice *ret_text,
			struct aisp_err *err);
