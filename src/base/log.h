/* Log and progress: for the command line and the daemon only; libraries do not log. Both go to stderr. */
#pragma once
#include "base/slice.h"

enum aisp_log_level { AISP_LOG_ERROR, AISP_LOG_WARN, AISP_LOG_INFO, AISP_LOG_DEBUG };
void aisp_log_setup(enum aisp_log_level level, bool color);
void aisp_log(enum aisp_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Progress: a line that rewrites itself on a terminal, nothing elsewhere. Given to long work as a callback target. */
struct aisp_progress {
	bool on;
	const char *what;      /* borrowed: "reading files" */
	uint64_t last_ns;
};
void aisp_progress_start(struct aisp_progress *p, bool on, const char *what);
void aisp_progress_step(struct aisp_progress *p, uint64_t done, uint64_t total); /* total 0 = unknown; p may be NULL */
void aisp_progress_end(struct aisp_progress *p);
