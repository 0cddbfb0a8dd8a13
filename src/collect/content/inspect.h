/* Inspecting a folder, a file or a git history with the content detectors alone: no graph, no store. For people who want to
 * know what stands in these bytes, for hooks and CI, and for measuring the detectors. */
#pragma once
#include "base/log.h"
#include "collect/content/content.h"

struct aisp_watch;
struct aisp_verify_box;
struct aisp_inspect {
	const struct aisp_content *content;
	const char *path;
	bool history;      /* all blobs of the repository, not the working tree */
	bool unreachable;
	bool ignored;      /* also files that git ignores */
	unsigned timeout_s;
	struct aisp_progress *progress;
	struct aisp_verify_box *box; /* where credentials of content->verify go, beside the lines, never in them; NULL: nowhere */
};
/* Appends one JSON object a line: hits as aisp_content_write gives them (with "commit", "author", "date", "commits",
 * "in_head" in history), gaps, and at the end {"what": "summary", "files", "bytes", "read"}. Order does not depend on the
 * number of workers. */
int aisp_inspect_run(const struct aisp_inspect *in, struct aisp_watch *watch, struct aisp_buf *out, struct aisp_err *err);
