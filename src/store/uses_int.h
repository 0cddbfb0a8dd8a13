/* Inside store/uses: the file, the batch in memory, the set of digests.
 *
 *   event ─▶ sum (found by its texts) and entry { digest, time, sum, address }     aisp_uses_add
 *   entries sorted by (second, digest), compared with the blocks of table `seen`   aisp_uses__seen
 *   what is new ─▶ sums ─▶ tables use, came, window, day, place; one transaction   aisp_uses_commit
 */
#pragma once
#include "base/vec.h"
#include "store/sqlite/sq.h"
#include "store/uses.h"

enum {
	USES_FORMAT = 2,               /* 1 had no days; it is read, and made 2 when it is written to */
	USES_APPLICATION = 0x61697375, /* "aisu" */
	USES_BATCH = 1 << 20,          /* events */
	USES_TEXTS = 5,                /* identity, via, credential, action, asset */
	USES_FROM_MAX = 64,            /* addresses of a sum that are kept one by one, the first that came */
	USES_FROM_SHOWN = 8,
};
/* A digest as it is ordered: by the second it happened in, so that what is compared lies together. */
struct uses_key {
	uint64_t hash; /* 63 bits */
	uint32_t time;
};
static inline bool uses_key_less(struct uses_key a, struct uses_key b)
{
	return a.time != b.time ? a.time < b.time : a.hash < b.hash;
}
static inline bool uses_key_same(struct uses_key a, struct uses_key b)
{
	return a.time == b.time && a.hash == b.hash;
}
struct uses_entry { /* one event of the batch */
	uint64_t hash;
	uint32_t time, us; /* us: microseconds within the second, and the outcome above them (<< 24) */
	uint32_t sum, from;
};
struct uses_order {
	uint64_t key; /* time and the upper 32 bits of the hash */
	uint32_t entry, pad;
};
struct uses_window { /* one source, origin and kind of telemetry */
	struct aisp_slice source, origin, sees; /* in u->texts_kept */
	uint64_t hash;
	int64_t id; /* in the file; 0: not yet */
	struct aisp_uses_count run;
	int64_t events, duplicates, not_understood, torn, first_us, last_us; /* since the last commit */
	bool dirty;
};
struct uses_sum {
	uint64_t hash;
	const char *text; /* the texts one behind the other */
	uint32_t n[USES_TEXTS];
	uint32_t window, total;
	uint32_t from_first, from_last; /* addresses of the batch, linked; 0: none */
	int64_t id; /* in the file; 0: not known */
	int64_t done, denied, failed, first_us, last_us, tried_first_us, tried_last_us; /* since the last commit */
	uint32_t day, day_done, day_denied; /* the day at hand; since the last commit */
	uint32_t days;                      /* other days of the batch, linked; 0: none */
	bool dirty;
};
struct uses_sum_day {
	uint32_t day, done, denied, next;
};
struct uses_from {
	uint64_t hash;
	const char *p;
	uint32_t n, sum, next;
	int64_t count;
};
struct uses_day {
	uint32_t window;
	int64_t day, events;
};
/* hash → number of an item, 0 = free; a power of two of places. Items are told by their 64-bit digest alone, which is keyed by the file's random seed: that two of 10^5 texts meet
 * happens once in 10^9 files, and comparing them would cost a third of the time of an event. */
struct uses_place_in_index {
	uint64_t hash;
	uint32_t item, pad;
};
struct uses_index {
	struct uses_place_in_index *at;
	size_t cap, n;
};
struct aisp_uses {
	sqlite3 *db;
	struct aisp_buf path;
	uint64_t seed;
	int64_t format; /* of the file */
	bool broken; /* a commit failed half-way: what is in memory is worth nothing */
	struct aisp_arena *kept, *texts; /* of windows; of sums and addresses */
	AISP_VEC(struct uses_window) windows;
	AISP_VEC(struct uses_sum) sums;
	AISP_VEC(struct uses_from) froms;
	AISP_VEC(struct uses_day) days;
	AISP_VEC(struct uses_sum_day) sum_days; /* [0] unused; emptied with the batch */
	struct uses_index sum_index, from_index;
	struct uses_entry *entries; /* USES_BATCH and a little */
	size_t n_entries, cap_entries;
	struct uses_order *order;   /* twice as many: the second half is scratch */
	size_t cap_order;
	struct aisp_buf scratch;
	uint32_t recent_window;     /* + 1; of the last event */
};

/* Sorts the entries; drops[i] of u->entries[i] says whether it was there before (in the batch or in the file); writes the new ones into table `seen`. */
int aisp_uses__seen(struct aisp_uses *u, bool *drops, struct aisp_err *err);
/* The window of a source and origin, made if new; its number from 0. */
int aisp_uses__window(struct aisp_uses *u, const struct aisp_uses_stream *s, struct aisp_slice origin, struct aisp_slice sees, uint32_t *ret, struct aisp_err *err);
/* Forgets what was learnt of sums, when it has become much. */
void aisp_uses__forget(struct aisp_uses *u);
int aisp_uses__nomem(struct aisp_err *err);

/* Days of a sum (uses_days.c). */
typedef AISP_VEC(struct aisp_use_day) uses_days_vec;
/* One event of the batch, with a time. */
int aisp_uses__day_count(struct aisp_uses *u, struct uses_sum *s, uint32_t day, bool done, bool denied, struct aisp_err *err);
/* Reads a row's days: at most AISP_USE_DAYS. *ret_from: see struct aisp_use. What is broken ends the list. */
size_t aisp_uses__days_read(const void *blob, size_t n, struct aisp_use_day ret[AISP_USE_DAYS], int64_t *ret_from);
/* Adds the batch's days of the sum to those in `old` and writes the row's new text into `out`; forgets them in the sum. v: scratch. */
int aisp_uses__days_merge(struct aisp_uses *u, struct uses_sum *s, const struct aisp_use_day *old, size_t n_old, int64_t from, uses_days_vec *v, struct aisp_buf *out);
