/* The parts of Terraform's HCL by their bytes: blocks and attributes of a body, items of lists and objects; and what to cut so that the rest stays as it was. Nothing is evaluated. */
#pragma once
#include "govern/range.h"

enum { AISP_HCL_LABELS = 2 };
struct aisp_hcl_part { /* of a body */
	struct aisp_slice name;                   /* of the attribute; type of the block */
	struct aisp_slice labels[AISP_HCL_LABELS];
	unsigned n_labels;                        /* more than fit are counted */
	bool block;
	struct aisp_range all, inside;            /* name to end; between the braces, or the expression */
};
struct aisp_hcl_item {
	struct aisp_slice key;                    /* of an object's */
	struct aisp_range all, value;             /* without comma */
	size_t before, behind;                    /* where the commas are; SIZE_MAX: none */
};
/* The next part behind *at, which begins as body.from. False: no more, or (*at then is not body.end) not plain enough. */
bool aisp_hcl_next(struct aisp_slice text, struct aisp_range body, size_t *at, struct aisp_hcl_part *ret);
/* The only attribute (or block) of this name. 0: none, 1: found, 2: several, or the body is not plain. */
int aisp_hcl_only(struct aisp_slice text, struct aisp_range body, const char *name, struct aisp_hcl_part *ret);
/* Is this expression wholly "[…]" or "{…}" (open is the bracket), written out, not made by "for"? ret: between the brackets. */
bool aisp_hcl_literal(struct aisp_slice text, struct aisp_range value, char open, struct aisp_range *ret);
/* "NAME(…)" wholly: what is in the parentheses, trimmed. */
bool aisp_hcl_call(struct aisp_slice text, struct aisp_range value, const char *name, struct aisp_range *ret);
/* The next item of what aisp_hcl_literal gave; *at begins as inside.from, ret zeroed but before = SIZE_MAX. As aisp_hcl_next. */
bool aisp_hcl_item(struct aisp_slice text, struct aisp_range inside, bool object, size_t *at, struct aisp_hcl_item *ret);
/* How many items; SIZE_MAX: not plain. */
size_t aisp_hcl_count(struct aisp_slice text, struct aisp_range inside, bool object);
/* The expression without blanks and comments around it. */
struct aisp_range aisp_hcl_trim(struct aisp_slice text, struct aisp_range r);
/* The block and its lines, with the blank line too many around it. False: other things stand in its lines. */
bool aisp_hcl_cut_block(struct aisp_slice text, struct aisp_range block, struct aisp_range *ret);
/* An item of a list with the comma that goes with it: whole lines if it has them for itself. Comments of others stay. */
struct aisp_range aisp_hcl_cut_item(struct aisp_slice text, const struct aisp_hcl_item *it);
/* Where a word stands outside of comments, as a whole name, and not in `except`; SIZE_MAX: nowhere. */
size_t aisp_hcl_mention(struct aisp_slice text, struct aisp_slice word, struct aisp_range except);
