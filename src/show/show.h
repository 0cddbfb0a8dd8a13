/* Formats: one row each. A format turns a report (what a command found) into bytes; it never asks new questions beyond
 * the snapshot it is given. Counts agree across all formats; the same input gives the same bytes.
 */
#pragma once
#include "base/buf.h"
#include "base/jw.h"
#include "judge/judge.h"

/* One line of an access answer: actor × asset × mode. */
struct aisp_access_row {
	aisp_node actor, target;
	enum aisp_mode mode;      /* read, or read_via …: direct or through an agent */
	bool certain;             /* else possible */
	struct aisp_path path;    /* shortest explanation; owned by the report */
};
/* One run of collecting a source. */
struct aisp_report_source {
	struct aisp_slice key, kind, target, outcome; /* "ok", "failed", "stale" */
	uint32_t nodes, edges, gaps;
};
/* Everything a view may show; parts that a command does not have are empty. Borrowed. */
struct aisp_report_owned { /* how much is somebody's (govern/own.h) */
	bool known;
	uint32_t assets, owned, ai_assets, ai_owned, disputed;
};
struct aisp_report {
	const struct aisp_snapshot *snapshot;
	const struct aisp_findings *findings;
	struct aisp_slice title;              /* "aisp scan examples/support-bot" */
	struct aisp_slice version;            /* of the program */
	int64_t taken_us;
	const struct aisp_report_source *sources;
	size_t n_sources;
	const struct aisp_access_row *access; /* answers of access and path; for scan: the worst paths */
	size_t n_access, n_access_left_out;   /* what a limit left out is always said */
	const aisp_node *nodes;               /* answers of assets and identities */
	size_t n_nodes, n_nodes_left_out;
	bool incomplete;                      /* there are gaps: exit code 3 */
	unsigned width;                       /* terminal columns, 0 = 100 */
	bool color;
	struct aisp_report_owned owned;       /* only of scan */
	double scan_seconds;                  /* printed only by table, never in a stable format */
};
enum aisp_view { /* which part a command shows; a format may support only some */
	AISP_VIEW_SCAN, AISP_VIEW_ASSETS, AISP_VIEW_IDENTITIES, AISP_VIEW_FINDINGS, AISP_VIEW_GAPS, AISP_VIEW_ACCESS,
	AISP_VIEW_PATH, AISP_VIEW_GRAPH,
};
struct aisp_format {
	const char *name;        /* "json" */
	const char *suffix;      /* "json" */
	const char *description;
	unsigned views;          /* bit 1 << view */
	int (*write)(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err);
};
extern const struct aisp_format *const aisp_formats[]; /* NULL-terminated: table json ndjson sarif html opengraph opengraph-schema */
const struct aisp_format *aisp_format_find(struct aisp_slice name); /* NULL if unknown */
