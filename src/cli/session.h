/* What every question needs: the stored snapshot, its reach, and where the answer goes. */
#pragma once
#include "cli/cli.h"
#include "show/show.h"
#include "store/store.h"

struct aisp_session {
	struct aisp_store *store;
	struct aisp_snapshot *snapshot;
	struct aisp_reach *reach; /* made on first use: aisp_session_reach */
};
/* Path of the store: --store, $AISP_STORE, or .aisp/aisp.db. Borrowed. */
const char *aisp_session_store_path(const struct aisp_options *o);
/* Opens the store read-only and loads the moment that --at names. AISP_E_USAGE when there is no store yet. */
int aisp_session_open(const struct aisp_options *o, struct aisp_session *ret, struct aisp_err *err);
int aisp_session_reach(struct aisp_session *s, struct aisp_err *err);
void aisp_session_done(struct aisp_session *s);
#define AISP_AUTOSESSION __attribute__((cleanup(aisp_session_done)))

/* A moment as people write it (run number or time) as a run; empty or NULL = latest. */
int aisp_session_run(struct aisp_store *store, const char *moment, int64_t *ret_run, struct aisp_err *err);

/* Fills what every report has: title from the command line's words, version, time, width, colour, gaps. */
void aisp_report_init(const struct aisp_options *o, const struct aisp_snapshot *s, const char *title, struct aisp_report *ret);
/* Writes a view in the asked format to --output or stdout. */
int aisp_report_put(const struct aisp_options *o, const struct aisp_report *r, enum aisp_view view, struct aisp_err *err);
/* Bytes to --output or stdout. */
int aisp_output(const struct aisp_options *o, struct aisp_slice bytes, struct aisp_err *err);
/* Exit code of a report: 3 when incomplete, 1 when a finding is at or above --fail-on (or `fail_on`), else 0. */
int aisp_report_exit(const struct aisp_report *r, const char *fail_on);
bool aisp_stderr_is_terminal(void);
/* Has a path that tells more than that a file holds a credential? */
bool aisp_is_worth_drawing(const struct aisp_snapshot *s, const struct aisp_finding *f);
struct aisp_secrets;
/* The rules for secrets: built in, those of the configuration, and --secret-rules, later ones over earlier ones. */
int aisp_secrets_for(const struct aisp_options *o, const struct aisp_slice *configured, size_t n_configured, struct aisp_secrets **ret, struct aisp_err *err);
