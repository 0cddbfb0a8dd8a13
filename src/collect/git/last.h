/* Who changed files last: for each path the newest commit below HEAD that gave it the content it has in HEAD. One walk for all paths; trees that a commit left as they were are not read.
 * Bounded: commits, trees read and time; what was not found by then is left empty. Nothing is attributed to the first commit of a shallow clone.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct aisp_last {
	struct aisp_slice path;   /* in: relative to the top, no leading slash; the array is sorted by it */
	struct aisp_slice author; /* out: "Name <mail>" of the author, in the arena; empty: not known */
	char commit[41];
	int64_t time_s;
	unsigned char oid[20];    /* inside: content in HEAD */
	bool done;
};
/* AISP_E_NOTFOUND or AISP_E_PARSE: no repository that can be read; AISP_E_NOMEM. deadline_ns: monotonic; 0 = none. */
int aisp_history_last(const char *repository, struct aisp_last *v, size_t n, uint64_t deadline_ns, struct aisp_arena *a, struct aisp_err *err);
