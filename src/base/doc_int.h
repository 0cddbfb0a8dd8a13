/* How the parsers make a value tree: a stack of pending values, of which a container, when it is closed, moves its children
 * into the arena as one run. Every cap is checked here.
 *
 *   pending  [ root │ a, b, (arr │ 1, 2 ]      open containers are `│`; what follows one are its children so far
 */
#pragma once
#include "base/doc.h"
#include "base/vec.h"

enum { AISP_DOC_DEPTH_MAX = 1024 };

/* How large a subtree is once every alias is counted as what it stands for. */
struct aisp_doc_extent {
	uint64_t values;
	uint32_t height; /* 1 for a scalar */
};
struct aisp_docb_frame {
	size_t first; /* of its children in `pending`; the container itself is at first - 1 */
	uint64_t values; /* counted before it was opened */
	uint32_t line;
	uint32_t height; /* of its highest child */
	bool obj;
};
struct aisp_docb {
	struct aisp_arena *arena; /* borrowed */
	struct aisp_err *err;
	size_t max_bytes;
	uint32_t max_depth, max_values;
	uint64_t values;
	uint32_t line; /* of the last thing put: for messages */
	AISP_VEC(struct aisp_member) pending;
	AISP_VEC(struct aisp_docb_frame) open;
};

/* Resolves the defaults of limits and refuses a text of more than max_bytes. */
int aisp_docb_init(struct aisp_docb *b, struct aisp_arena *a, struct aisp_slice text,
                   const struct aisp_doc_limits *limits, struct aisp_err *err);
void aisp_docb_done(struct aisp_docb *b);
/* Begins an array or object as the next value. */
int aisp_docb_open(struct aisp_docb *b, bool obj, uint32_t line);
/* Ends the innermost one; tells what it is and how large. Both may be NULL. */
int aisp_docb_close(struct aisp_docb *b, struct aisp_doc *ret_value, struct aisp_doc_extent *ret_extent);
/* The key of the next value; the text is copied. */
int aisp_docb_key(struct aisp_docb *b, struct aisp_slice key, uint32_t line);
/* A scalar as the next value; the text of a string is copied. */
int aisp_docb_put(struct aisp_docb *b, const struct aisp_doc *value);
/* A finished value of this arena, once more. */
int aisp_docb_graft(struct aisp_docb *b, const struct aisp_doc *value, struct aisp_doc_extent extent, uint32_t line);
/* Takes the finished root away, so that the next document can begin. */
struct aisp_doc aisp_docb_root(struct aisp_docb *b);
/* Out of memory, or over the cap of the arena. */
int aisp_docb_nomem(struct aisp_docb *b);

/* The number in text (decimal, [-+] digits . digits e), of any size: INT where int64 holds it and it is written as an
 * integer, else REAL. text must be followed by a byte that cannot continue a number. */
struct aisp_doc aisp_doc__number(struct aisp_slice text, uint32_t line);
/* 1-based line of position `at`. Linear: for messages, not for every value. */
uint32_t aisp_doc__line_at(struct aisp_slice text, size_t at);
/* AISP_E_PARSE with the line when text is not UTF-8. */
int aisp_doc__check_utf8(struct aisp_slice text, struct aisp_err *err);
