/* What logs said happened, added up: identity × via × credential × action × asset × source × origin → count, refused, failed, first, last, from where. In a file of its own beside the store
 * ("<store>.uses"), with the digests of the events that were counted, so that an event delivered again counts once, and with how far each file was read.
 * Each sum has its calendar: how many of its events fell on which UTC day.
 *
 * Invariants: one batch is one transaction: sums, digests and positions change together, so a kill loses nothing that was said to be counted and counts nothing twice.
 * Memory is bounded whatever the size. One writer at a time; readers never wait. Texts only as in graph/observation.h.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "graph/observation.h"

struct aisp_uses;
/* path: the store's path. create: make the file if there is none; else AISP_E_NOTFOUND. */
int aisp_uses_open(const char *store_path, bool create, struct aisp_uses **ret, struct aisp_err *err);
void aisp_uses_close(struct aisp_uses *u);
void aisp_uses_closep(struct aisp_uses **u);

/* Writing: a batch takes the events of one or many streams and is one transaction. */
struct aisp_uses_stream {
	struct aisp_slice source, origin, sees; /* format's name; where an event has no origin of its own; what it can tell (struct aisp_log_format) */
	struct aisp_slice file;                 /* what positions are kept by: device and inode, or a digest of the beginning; empty: stdin */
	int64_t offset, not_understood, torn;   /* how far it is read now, in unpacked bytes; records since the last commit; torn: with a file 0 or 1, its state now */
	uint64_t chain;                         /* digest of the records so far, kept with the position (collect/logs/reader.h) */
	int64_t size;                           /* of the file as it lies, when it is read to its end; else 0 */
};
struct aisp_uses_place {
	int64_t offset, size;
	uint64_t chain;
};
/* What this opening added, by source, origin and kind of telemetry. */
struct aisp_uses_count {
	struct aisp_slice source, origin, sees;
	int64_t events, duplicates, uses, first_us, last_us; /* uses: sums that did not exist before */
};
/* One event goes into the batch: nothing is kept before the commit. */
int aisp_uses_add(struct aisp_uses *u, const struct aisp_uses_stream *stream, const struct aisp_use_event *e, struct aisp_err *err);
/* The batch is large: commit at the next record's end (a few MiB of records more do no harm). */
bool aisp_uses_full(const struct aisp_uses *u);
int aisp_uses_position(struct aisp_uses *u, struct aisp_slice file, struct aisp_uses_place *ret, struct aisp_err *err); /* zeros: never read */
int aisp_uses_commit(struct aisp_uses *u, const struct aisp_uses_stream *streams, size_t n, struct aisp_err *err);
/* i from 0; false behind the last. Slices live until the close. */
bool aisp_uses_counted(const struct aisp_uses *u, size_t i, struct aisp_uses_count *ret);

/* A UTC day, counted from 1970-01-01, on which there were events with a time. */
struct aisp_use_day {
	int64_t day, done, denied;
};
enum { AISP_USE_DAYS = 400 }; /* days with events that are kept of a sum: the newest */
struct aisp_use_from {
	struct aisp_slice address;
	int64_t count;
};
struct aisp_use {
	struct aisp_slice identity, via, credential, action, asset, source, origin; /* source: format's name */
	int64_t done, denied, failed;      /* events */
	int64_t first_us, last_us;         /* of those that were done; 0 when none was */
	int64_t tried_first_us, tried_last_us; /* of all */
	const struct aisp_use_from *from;  /* the most frequent, at most 8 */
	size_t n_from;
	int64_t from_others;               /* events from further addresses */
	/* Day by day, ascending. Before days_from there were events of which only the sum is known (older than the days that are kept, or counted by an aisp that kept none); 0: it is all.
	 * Events without a time are in none. */
	const struct aisp_use_day *days;
	size_t n_days;
	int64_t days_from;
};
/* All sums, ordered by their key. Slices live for the call. */
int aisp_uses_each(struct aisp_uses *u, int (*f)(void *ctx, const struct aisp_use *use), void *ctx, struct aisp_err *err);

/* What was watched: the time that the events of one source, origin and kind of telemetry span, day by day, so that "not used" is only said where somebody looked. */
struct aisp_use_window {
	struct aisp_slice source, origin, sees;
	int64_t first_us, last_us;
	int64_t days;                      /* with at least one event */
	int64_t events, duplicates, not_understood, torn;
};
int aisp_uses_windows(struct aisp_uses *u, int (*f)(void *ctx, const struct aisp_use_window *w), void *ctx, struct aisp_err *err);
