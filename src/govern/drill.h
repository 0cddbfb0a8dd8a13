/* Leaks a harmless credential on purpose and measures what happens: how soon scanners and logs show it, what it reaches, how long containing it takes.
 *
 *   journal ─▶ create ─▶ try ─▶ plant ─▶ detect (scanners, use in logs) ─▶ reach ─▶ contain ─▶ try again ─▶ clean up ─▶ report
 *
 * Invariants: what has to be cleaned up is in the log of decisions, on disk, before anything is made; the value lies only in files of mode 0600 in "<store>.drill/ID/", which
 * goes away with the drill; cleaning is idempotent and looks at the real systems, never at how far the drill says it came. A kind of credential and a place are rows.
 * All that is changed goes through govern/act.h, but for the git objects and the reference of a commit (libgit2).
 */
#pragma once
#include "base/buf.h"
#include "base/doc.h"
#include "base/err.h"
#include "base/secret.h"
#include "graph/snapshot.h"

/* What the command line has and this layer has not. Each may be NULL: then that is not measured, and the report says so. */
struct aisp_drill_hooks {
	void *ctx;
	/* Content detectors over a file, folder or (history) git repository: lines as aisp_inspect_run gives them. */
	int (*inspect)(void *ctx, const char *path, bool history, const struct aisp_fpkey *key, struct aisp_buf *lines, struct aisp_err *err);
	/* A scan of targets into the store at this path; the snapshot of it is the caller's. ret_key: the key of its fingerprints. */
	int (*scan)(void *ctx, const char *const *targets, size_t n, const char *store, struct aisp_snapshot **ret, struct aisp_fpkey *ret_key, struct aisp_err *err);
	/* Reads what is new in a log into the uses beside the store at this path. */
	int (*ingest)(void *ctx, const char *log, const char *store, struct aisp_err *err);
	/* Tells a person what is done now; text is one line. */
	void (*say)(void *ctx, const char *text);
};
struct aisp_drill_options {
	const char *kind, *place;   /* "postgres-role[:MEMBER_OF]", "commit:REPO[:BRANCH]", … */
	const char *const *with;    /* targets to work with, and logs to read (files) */
	size_t n_with;
	const char *store, *by;
	unsigned timeout_s;         /* for detection by use, and for containment; 0: 60 */
	struct aisp_drill_hooks hooks;
};
/* What would be done, as one JSON document (schema aisp/drill/1, state "planned"); reads what it needs, changes nothing, writes no journal. */
int aisp_drill_plan(const struct aisp_drill_options *o, struct aisp_buf *out, struct aisp_err *err);
/* Does it. out: the report, JSON of the same schema; also given when a step failed (state "failed"), as long as everything was cleaned up. A negative code: something could
 * not be begun, or could not be cleaned up (the message says what is left). */
int aisp_drill_run(const struct aisp_drill_options *o, struct aisp_buf *out, struct aisp_err *err);
/* Finishes what drills that died left behind. with, n_with: targets in place of those that were remembered, may be none. */
struct aisp_drill_cleaned {
	size_t found, cleaned, running; /* running: alive in another process, let be */
};
int aisp_drill_clean(const struct aisp_drill_options *o, struct aisp_drill_cleaned *ret, struct aisp_err *err);
/* All drills in the log, as JSON (schema aisp/drills/1), the oldest first; and one, as it was reported. id: whole or a unique beginning. */
int aisp_drill_list(const char *store, struct aisp_buf *out, struct aisp_err *err);
int aisp_drill_show(const char *store, const char *id, struct aisp_buf *out, struct aisp_err *err);

/* Forms for people of the JSON above; doc is what it parses to. Pure. */
void aisp_drill_table(const struct aisp_doc *doc, struct aisp_buf *out);
void aisp_drill_html(const struct aisp_doc *doc, struct aisp_buf *out);
