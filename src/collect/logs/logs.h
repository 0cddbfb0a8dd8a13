/* Logs in: what happened, as uses. A format is a row (formats.c) and a parser; a parser turns one record into events and knows nothing of files, duplicates
 * or sums. reader.c finds the format by content, cuts the stream into records, unpacks (.gz, .zst, .bz2, .xz), follows growing files; the store adds events up.
 *
 *   file, folder, stdin ─▶ reader ─▶ records ─▶ parser (row) ─▶ events ─▶ aisp_use_sink: store/uses.h (duplicates out, sums; one transaction a batch)
 *
 * Everything read is hostile: a record that is not understood is a gap with its place, never a stop. Single events are not kept.
 */
#pragma once
#include "base/arena.h"
#include "base/doc.h"
#include "graph/observation.h"

/* How records lie in a stream. */
enum aisp_log_framing {
	AISP_LOG_LINES = 1,    /* one record a line (NDJSON too) */
	AISP_LOG_CSV,          /* quoted fields may hold line ends */
	/* JSON values one after the other, each over many lines perhaps, or an array / {"Records":[…]} of records, record by record. For JSON rows, LINES and DOCUMENT say only what
	 * is usual: the reader looks at the beginning and takes NDJSON, pretty-printed values, arrays and {"Records":[…]} in both. */
	AISP_LOG_DOCUMENT,
	AISP_LOG_PROTOBUF,     /* one message, or messages each led by its length */
	AISP_LOG_ENTRIES,      /* a line that begins an entry, and its continuation lines (PostgreSQL's stderr log) */
};
/* What a parser keeps while it reads one stream (log_line_prefix found, CSV header, session → identity). Freed by the reader. */
struct aisp_log_parser {
	const struct aisp_log_format *format;
	struct aisp_arena *record;      /* emptied after each record */
	struct aisp_arena *stream;      /* until the stream ends; bounded by the parser */
	struct aisp_slice name;         /* what the user named the source (--name), may be empty: goes to `origin` where the log does not say */
	void *state;                    /* the parser's own, in stream */
	uint64_t place;                 /* digest of the record at hand and all before it: the id of an event that is held and has none of its own */
};
struct aisp_log_format {
	const char *name;               /* "cloudtrail", "kubernetes-audit", "postgresql-csv", … : --kind, column `source` of uses */
	const char *title;              /* for people */
	enum aisp_log_framing framing;
	bool json;                      /* records are JSON: record() gets doc, else text only */
	/* Is this the beginning of such a log? head: up to 64 KiB of the unpacked stream. 0..100; the highest row wins; below 50: not recognised. */
	int (*recognise)(struct aisp_slice head);
	/* One record into events (none, one or many). text: the record's bytes; doc: parsed, when `json`, else NULL. AISP_E_PARSE: not understood (a gap, counted; the reader
	 * goes on); events that say nothing of use (a login's internals) are passed over silently by design and said in docs/collectors/logs.md. */
	int (*record)(struct aisp_log_parser *p, struct aisp_slice text, const struct aisp_doc *doc, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
	/* May be NULL. Hands out events that the parser still holds (a statement whose error may follow, a call whose answer may follow, a span whose parent may follow). The reader
	 * calls it at the end of the stream and before it commits a position, so that nothing held is lost with a kill. */
	int (*flush)(struct aisp_log_parser *p, aisp_use_sink *sink, void *ctx, struct aisp_err *err);
	/* Optional. Called once before the first record, also when reading goes on in the middle of the file: head is always the beginning of the unpacked stream (up to 64 KiB), so
	 * that a header line or prefix can be learnt. The header is given to record() too when reading begins at 0. Negative: the stream is a gap. */
	int (*begin)(struct aisp_log_parser *p, struct aisp_slice head, struct aisp_err *err);
	/* Optional, JSON only: the fast path. text begins where a record may begin and ends behind a record or within one; records are parted by blanks or commas. Gives the events of the
	 * whole records that it understands and says how many bytes those took; it stops before the first that it does not, which then goes through record(). */
	int (*block)(struct aisp_log_parser *p, struct aisp_slice text, aisp_use_sink *sink, void *ctx, size_t *ret_used, struct aisp_err *err);
	void (*end)(struct aisp_log_parser *p); /* optional: frees what is not in the arenas */
	/* What telemetry of this row can tell, for "not used" against "no telemetry": names of edge kinds and planes, see govern/usage.h. */
	const char *sees;               /* "aws-management", "aws-data", "kubernetes", "postgres", "genai", "tool", "http", "network" */
};
extern const struct aisp_log_format aisp_log_formats[]; /* name NULL ends it */
const struct aisp_log_format *aisp_log_format_find(struct aisp_slice name);
