/* The store: what scans found, with history by validity intervals, and the life of findings. SQLite inside (sqlite/); no
 * type of it appears here, so that another database can stand behind the same interface. Not for decisions and the audit
 * log, which have rules of their own.
 *
 * A fact is what one source says of one node, edge, alias or gap: it is written when it first appears and ended when its
 * source no longer says it. Invariants:
 *  - one scan is one transaction: a kill leaves the moment before or the moment after, nothing between;
 *  - a fact belongs to a source and is valid from the run that first had it until the run that no longer did; a scan of an
 *    unchanged environment writes nothing but its run and how its sources fared;
 *  - a source that failed keeps its facts, marked stale from that run on;
 *  - one writer at a time: a second one waits two seconds, then gets AISP_E_CONFLICT; readers never wait.
 * A store is used by one thread at a time; loading uses all cores by itself.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "graph/snapshot.h"

struct aisp_store;
enum {
	AISP_STORE_CREATE = 1,   /* make it if there is none, mode 0600 */
	AISP_STORE_READONLY = 2, /* write nothing */
};

/* Opens a store. Without AISP_STORE_CREATE a missing file is AISP_E_NOTFOUND. AISP_E_USAGE: a foreign or newer file;
 * AISP_E_CONFLICT: locked by somebody; AISP_E_PARSE: damaged; AISP_E_IO, AISP_E_ACCESS. */
int aisp_store_open(const char *path, unsigned flags, struct aisp_store **ret_store, struct aisp_err *err);
void aisp_store_close(struct aisp_store *s);
void aisp_store_closep(struct aisp_store **s);
/* Appends the path of the fingerprint key that belongs to a store: "<path>.key". */
int aisp_store_key_path(const char *path, struct aisp_buf *out, struct aisp_err *err);

/* A finding as it is kept: its life goes on across runs by fingerprint. */
struct aisp_store_finding {
	struct aisp_slice fingerprint, rule, severity, title, subject; /* subject = canonical id */
	struct aisp_slice content;                                     /* JSON */
	struct aisp_slice sources;     /* keys of the sources it rests on, '\n' between; empty = those of the subject */
	struct aisp_slice status;      /* read only: "open", "resolved" */
	int64_t first_run, last_run;   /* read only: the first and the last run that found it */
	int64_t changed_run;           /* read only: when status or content last changed */
};
struct aisp_store_outcome { /* one source in one run */
	struct aisp_slice key;
	bool ok; /* else it failed: the snapshot has its earlier facts */
};
struct aisp_store_save {
	int64_t started_us, finished_us;
	struct aisp_slice title; /* the command, without secrets */
	const struct aisp_store_outcome *outcomes; /* only of sources that were collected in this run */
	size_t n_outcomes;
	const struct aisp_slice *options; /* how each of the outcomes was collected, as a text of the caller's, never with a secret; NULL: nothing is said */
	const struct aisp_slice *dropped; /* keys of sources that are no longer wanted: their facts end */
	size_t n_dropped;
	const struct aisp_store_finding *findings;
	size_t n_findings;
};
/* Writes one scan: compares with the current facts, source by source, and writes what differs. The facts of a source that
 * was ok are afterwards exactly those of the snapshot. Of a source that failed, or that the snapshot has though it was not
 * collected (aisp_store_load_source), what stands goes on standing, and what the snapshot adds is added. Sources that
 * neither the snapshot nor `outcomes` names are left alone.
 * A finding that is given is open, again if it was resolved; one that is not given is resolved if everything it rests on
 * is in the snapshot and did not fail, else it stays. On failure nothing is written. AISP_E_CONFLICT, AISP_E_ACCESS (read
 * only), AISP_E_IO, AISP_E_NOMEM. */
int aisp_store_save(struct aisp_store *s, const struct aisp_snapshot *snapshot, const struct aisp_store_save *in, int64_t *ret_run, struct aisp_err *err);

/* The facts as of a run (0 = the latest). AISP_E_NOTFOUND when there is none; AISP_E_PARSE: a damaged store. */
int aisp_store_load(struct aisp_store *s, int64_t run, struct aisp_snapshot **ret_snapshot, struct aisp_err *err);
/* Puts the current facts of one source back into a builder, with their aliases and gaps (not those of an earlier failure).
 * If the builder already knows the source, it was tried and failed: its facts are stale. To be called when the others
 * were collected: an edge of which an end is in nobody's facts any more is left out. AISP_E_NOTFOUND if it has none. */
int aisp_store_load_source(struct aisp_store *s, struct aisp_slice key, struct aisp_graph *g, struct aisp_err *err);

/* The lists below own their texts; an empty one ({0}) may be done too. */
struct aisp_store_source {
	struct aisp_slice key, kind, target;
	struct aisp_slice options; /* with which the facts that stand were collected; empty: not known */
	bool stale;
	int64_t collected_us, run; /* when and in which run the facts that stand were collected; 0 = never */
};
struct aisp_store_sources {
	struct aisp_store_source *v;
	size_t n;
	struct aisp_arena *arena;
};
/* All sources whose facts stand, in order of priority. */
int aisp_store_sources(struct aisp_store *s, struct aisp_store_sources *ret, struct aisp_err *err);
void aisp_store_sources_done(struct aisp_store_sources *l);

struct aisp_store_run {
	int64_t run, started_us, finished_us;
	struct aisp_slice title;
	uint32_t added, removed; /* fact rows that this run began or ended */
	uint32_t sources_ok, sources_failed;
	uint32_t n_nodes, n_edges, n_gaps, n_findings; /* of the snapshot */
};
struct aisp_store_runs {
	struct aisp_store_run *v; /* newest first */
	size_t n;
	struct aisp_arena *arena;
};
int aisp_store_runs(struct aisp_store *s, struct aisp_store_runs *ret, struct aisp_err *err);
void aisp_store_runs_done(struct aisp_store_runs *l);
/* The last run that had finished at this time; 0 if none. */
int aisp_store_run_at(struct aisp_store *s, int64_t us, int64_t *ret_run, struct aisp_err *err);

struct aisp_store_findings {
	struct aisp_store_finding *v;
	size_t n;
	struct aisp_arena *arena;
};
/* All findings ever, with their state after the latest run; ordered by fingerprint. */
int aisp_store_findings(struct aisp_store *s, struct aisp_store_findings *ret, struct aisp_err *err);
void aisp_store_findings_done(struct aisp_store_findings *l);

enum aisp_store_event {
	AISP_STORE_FOUND = 1,
	AISP_STORE_CHANGED = 2, /* other severity, title, subject or content */
	AISP_STORE_RESOLVED = 3,
	AISP_STORE_REOPENED = 4,
};
struct aisp_store_life {
	struct {
		int64_t run;
		enum aisp_store_event event;
	} *v; /* oldest first */
	size_t n;
	struct aisp_arena *arena;
};
/* What happened to one finding; empty if there is none of this fingerprint. */
int aisp_store_life(struct aisp_store *s, struct aisp_slice fingerprint, struct aisp_store_life *ret, struct aisp_err *err);
void aisp_store_life_done(struct aisp_store_life *l);
