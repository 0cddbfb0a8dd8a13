/* Workers: a step that parses untrusted input runs in a child process that is confined (sandbox.h). It hands bytes back;
 * what it says is checked by who asked. A child that dies or hangs costs the item that it was at: it is started again
 * without that item, which then is a gap.
 *
 *   parent: fork ─▶ child: close files, enter the sandbox, run(ctx) ─▶ bytes through a pipe ─▶ parent: checks and adds them
 *                    └ says in shared memory which item each of its threads is at
 */
#pragma once
#include "base/buf.h"

struct aisp_watch; /* in shared memory; NULL is fine everywhere below: then nothing is watched */

/* The calling thread (`worker` as aisp_task_each numbers it) is now at this item; end when it is done with it. */
void aisp_watch_begin(struct aisp_watch *w, unsigned worker, struct aisp_slice item);
void aisp_watch_end(struct aisp_watch *w, unsigned worker);
/* True when an earlier child died at this item: pass it over and say why (code, text borrowed). */
bool aisp_watch_skip(const struct aisp_watch *w, struct aisp_slice item, enum aisp_code *ret_why, const char **ret_detail);

struct aisp_worker {
	/* In the child. Its bytes are given to the parent when it returns 0; a failure is the parent's failure. */
	int (*run)(void *ctx, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err);
	void *ctx;
	const struct aisp_slice *readable; /* folders and files it may read */
	size_t n_readable;
	unsigned item_timeout_s; /* an item that takes longer ends the child; 0 = 120 */
	unsigned restarts;       /* how many items may cost a child; 0 = 64 */
	bool unconfined;         /* --no-sandbox: a child process, but without limits */
};
/* AISP_E_LIMIT when children died too often or outside any item; else what run failed with; AISP_E_ACCESS from the sandbox. */
int aisp_worker_run(const struct aisp_worker *w, struct aisp_buf *out, struct aisp_err *err);
