/* A git repository's history as content: every blob that any reference (or, by choice, anything in the object store) leads
 * to, each once, with a path and the first commit that brought it. Objects in packs are read by ours (pack.h), all others by
 * libgit2; git is never run, hooks and filters neither, and no configuration but the repository's own is looked at.
 *
 *   list   commits oldest first ─▶ trees not seen yet ─▶ blobs not seen yet {oid, path, commit}
 *   each   blobs in parallel, in the order in which a pack gives them cheapest, then the rest one by one
 *   trace  for the blobs that matter: how many commits hold them, the newest of them, whether HEAD does
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct aisp_history;
struct aisp_history_options {
	bool unreachable;    /* also objects that no reference leads to (deleted branches, dropped stashes) */
	uint64_t max_blob;   /* larger ones are passed over and counted; 0 = 64 MiB */
	uint64_t deadline_ns; /* monotonic; 0 = none */
};
struct aisp_history_commit {
	char id[41];
	int64_t time_s;             /* committer's, seconds since 1970 */
	struct aisp_slice author;   /* "Name <mail>" */
	struct aisp_slice summary;
};
struct aisp_history_blob {
	char id[41];
	struct aisp_slice path;     /* one path under which it was first seen; "" when unreachable */
	char commit_id[41];         /* of the first commit; "" when unreachable */
	uint32_t commit;            /* first commit, index for aisp_history_commit; UINT32_MAX when unreachable */
	struct aisp_slice text;     /* borrowed while the call runs */
};
struct aisp_history_counts {
	uint32_t commits, trees, blobs;
	uint32_t too_large, missing; /* passed over; absent (shallow or partial clone) or damaged */
	bool shallow, out_of_time;
};

/* True when the folder is the top of a git working tree or a bare repository. */
bool aisp_history_is(const char *path);
/* Opens and lists. AISP_E_NOTFOUND, AISP_E_PARSE (damaged), AISP_E_NOMEM. Free with aisp_history_free. */
int aisp_history_open(const char *path, const struct aisp_history_options *o, struct aisp_history **ret, struct aisp_err *err);
void aisp_history_free(struct aisp_history *h);
size_t aisp_history_size(const struct aisp_history *h);
/* Reads all blobs in parallel (aisp_task_each), in any order; f gets the blob's index. Texts with a zero byte in the first 8,000 are handed
 * out like any other. A missing blob is counted, no failure. */
int aisp_history_each(struct aisp_history *h, int (*f)(void *ctx, size_t i, unsigned worker, const struct aisp_history_blob *blob),
                      void *ctx, struct aisp_err *err);
void aisp_history_count(const struct aisp_history *h, struct aisp_history_counts *ret);

struct aisp_history_trace {
	uint32_t commits;  /* how many commits hold it */
	uint32_t first, last;  /* the oldest and newest of them; UINT32_MAX when none */
	bool in_head;
};
/* For n blobs (indices, ascending) at once. */
int aisp_history_trace(struct aisp_history *h, const uint32_t *blobs, size_t n, struct aisp_history_trace *ret, struct aisp_err *err);
/* Texts live as long as the history. */
int aisp_history_commit(struct aisp_history *h, uint32_t commit, struct aisp_history_commit *ret, struct aisp_err *err);
