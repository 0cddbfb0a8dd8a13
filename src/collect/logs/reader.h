/* Reading logs: a stream (a file, or stdin) is unpacked, recognised, cut into records and given to its parser; events, places and gaps go to the caller.
 *
 *   bytes ─▶ unpack (by content: gzip, zstd, bzip2, xz) ─▶ window ─▶ recognise (64 KiB of head) ─▶ records ─▶ block() where there is one, else record() ─▶ to->event
 *
 * Not for: sums and duplicates (store/uses.h). Positions count unpacked bytes, and always stand between two records: everything before was given, nothing behind.
 * Invariants: memory is bounded by the longest record that is read (AISP_LOG_RECORD_MAX); what is broken is a gap with its place.
 */
#pragma once
#include "collect/logs/logs.h"

enum { AISP_LOG_RECORD_MAX = 16 << 20, AISP_LOG_HEAD = 64 << 10 };

/* How a stream stands. Slices live as long as the stream. */
struct aisp_log_read {
	struct aisp_slice path;          /* as given; "-" is stdin */
	struct aisp_slice file;          /* what the position is kept by; empty: stdin, or nothing was read */
	const struct aisp_log_format *format; /* NULL: not recognised (yet) */
	int64_t offset, bytes;           /* between records; read so far (unpacked) by this process */
	uint64_t chain;                  /* digest of all records so far: the place of a record that has no id of its own, the same wherever a copy of the file lies */
	int64_t records, not_understood, torn; /* since the stream was opened; torn: 0 or 1 */
	int64_t size;                    /* of the file as it lies, once all is read; else 0 */
};
struct aisp_log_to {
	void *ctx;
	/* Before the first record: where to begin; *ret_done: nothing new, pass over. */
	int (*start)(void *ctx, const struct aisp_log_read *at, int64_t size, int64_t *ret_offset, uint64_t *ret_chain, bool *ret_done, struct aisp_err *err);
	int (*event)(void *ctx, const struct aisp_log_read *at, const struct aisp_use_event *e, struct aisp_err *err);
	/* Will the next mark commit? Then what the parser holds is handed out before. May be NULL: no. */
	bool (*due)(void *ctx);
	int (*mark)(void *ctx, const struct aisp_log_read *at, struct aisp_err *err); /* between records, about every 256 KiB, and at the end */
	void (*gap)(void *ctx, const struct aisp_log_read *at, int64_t offset, const char *why); /* at first AISP_LOG_GAPS places of a stream, then no more */
};
enum { AISP_LOG_GAPS = 5 };
struct aisp_log_stream;
/* Opens path ("-": stdin). kind: NULL = by content. name: for the parser. The caller's things are borrowed. AISP_E_NOTFOUND, AISP_E_ACCESS, AISP_E_IO. */
int aisp_log_open(const char *path, const struct aisp_log_format *kind, struct aisp_slice name, const struct aisp_log_to *to, struct aisp_log_stream **ret, struct aisp_err *err);
/* Reads what there is. last: nothing will follow, so a torn record at the end is a gap (it is not consumed); else it waits. Can be called again when the file has grown.
 * Broken packing and unknown formats are gaps: given through to->gap, 0 is returned; *ret_ok says whether all was read. Negative: what `to` or memory refused. */
int aisp_log_read(struct aisp_log_stream *s, bool last, bool *ret_ok, struct aisp_err *err);
const struct aisp_log_read *aisp_log_state(const struct aisp_log_stream *s);
/* Was the file replaced or cut (another inode, or shorter than what was read)? Its rest should be read and it should be opened again. */
bool aisp_log_is_replaced(const struct aisp_log_stream *s);
void aisp_log_close(struct aisp_log_stream *s);
/* Files under path, sorted bytewise; a file or "-" gives itself. Names that begin with a dot, links to folders and what is no file are passed over. */
int aisp_log_walk(const char *path, int (*f)(void *ctx, const char *path, struct aisp_err *err), void *ctx, struct aisp_err *err);
/* What `aisp ingest --kind` accepts, for messages: "cloudtrail, vpc-flow, …". */
struct aisp_buf;
void aisp_log_kinds(struct aisp_buf *out);
