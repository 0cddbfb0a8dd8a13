/* What apply, undo and verify share. */
#pragma once
#include "base/jw.h"
#include "cli/rescan.h"
#include "cli/session.h"
#include "govern/change.h"
#include "govern/proof.h"

struct aisp_work {
	struct aisp_options *o;
	struct aisp_arena *mem;
	struct aisp_planfile plan;       /* id empty: only the id was named */
	struct aisp_govlog *log;
	struct aisp_change_list changes;
	struct aisp_change *change;      /* of the plan; never NULL after load_log */
	struct aisp_change fresh;
	struct aisp_act *act;
	struct aisp_session session;
	struct aisp_proof proof;         /* in mem */
	struct aisp_looked *looks;       /* one a step of the plan */
	AISP_VEC(struct aisp_place) places;
	char by[256];
	int64_t run;
};
int aisp_work_init(struct aisp_work *w, struct aisp_options *o, struct aisp_err *err);
void aisp_work_done(struct aisp_work *w);
/* Reads the plan file; a text that is no file but looks like an id is one. */
int aisp_work_plan(struct aisp_work *w, const char *arg, struct aisp_slice *ret_id, struct aisp_err *err);
/* Opens the log; a log that is not there is an empty one when it is only read. */
int aisp_work_log(struct aisp_work *w, bool write, struct aisp_err *err);
/* A second handle, to write while the first only reads; for aisp_govlog_close. AISP_E_CONFLICT: another aisp writes now. */
int aisp_work_log_write(struct aisp_work *w, struct aisp_govlog **ret, struct aisp_err *err);
int aisp_work_find(struct aisp_work *w, struct aisp_slice id, struct aisp_err *err);
/* The places that checks (of steps in a plan, or of the log's) speak of. */
int aisp_work_places(struct aisp_work *w, const struct aisp_doc *checks, struct aisp_err *err);
/* Asks the latest scan: fills proof. before: the scan before the change; 0: there was none yet. */
int aisp_work_prove(struct aisp_work *w, const struct aisp_doc *plan, int64_t before, struct aisp_err *err);
/* The scan with which the proof of a change that was begun compares; 0: not known. */
int64_t aisp_work_before(const struct aisp_change *c);
/* Findings of the plan's conditions that are not resolved; in mem. */
int aisp_work_unresolved(struct aisp_work *w, const struct aisp_doc *conditions, struct aisp_slice **ret, size_t *ret_n, struct aisp_err *err);
bool aisp_work_json(const struct aisp_work *w);
void aisp_work_put_proof(struct aisp_jw *w, const struct aisp_proof *p);
void aisp_work_print_proof(struct aisp_buf *out, const struct aisp_proof *p);
