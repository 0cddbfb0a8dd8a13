/* Inside the reader: unpacking and cutting. */
#pragma once
#include "base/buf.h"
#include "base/mem.h"
#include "collect/logs/reader.h"

struct aisp_log__unpack;
/* Takes over fd. size: of the file, 0 when not known. */
int aisp_log__unpack_new(int fd, int64_t size, struct aisp_log__unpack **ret, struct aisp_err *err);
void aisp_log__unpack_free(struct aisp_log__unpack *z);
/* Up to n bytes into `to`; *ret_n = 0: the end for now. AISP_E_PARSE broken or cut off, AISP_E_LIMIT a bomb, AISP_E_IO. */
int aisp_log__unpack_read(struct aisp_log__unpack *z, char *to, size_t n, size_t *ret_n, struct aisp_err *err);
bool aisp_log__is_packed(const struct aisp_log__unpack *z);
int aisp_log__unpack_fd(const struct aisp_log__unpack *z);
/* Plain files only: goes to a place. False: it cannot, so read up to it. */
bool aisp_log__unpack_seek(struct aisp_log__unpack *z, int64_t offset);
/* The first bytes as they lie in the file (up to 256), read ahead. */
struct aisp_slice aisp_log__unpack_first(const struct aisp_log__unpack *z);

/* Where a record ends. */
enum aisp_log__shape {
	AISP_LOG__LINES = 1,
	AISP_LOG__CSV,
	AISP_LOG__VALUES,   /* JSON values, one behind the other */
	AISP_LOG__INSIDE,   /* items of an array */
	AISP_LOG__ENTRIES,  /* lines with continuation lines */
	AISP_LOG__MESSAGES, /* protobuf with lengths */
	AISP_LOG__WHOLE,    /* all is one record */
};
enum { AISP_LOG__MORE = 0, AISP_LOG__RECORD = 1, AISP_LOG__SKIP = 2 };
struct aisp_log__cut {
	enum aisp_log__shape shape;
	size_t scanned;      /* bytes of the window in which no end was found, so that each is looked at once */
	size_t begin;        /* CSV, values: the scanner's state */
	uint32_t depth;
	bool in_string, escaped, quoted;
	bool lists;          /* {"events":[ and other lists of envelopes are opened too */
	bool array, tail;    /* INSIDE: opened by a bare '['; behind the array, up to the end of the object around it */
};
/* JSON or not, lines or not: from the beginning of the stream. */
enum aisp_log__shape aisp_log__shape_of(const struct aisp_log_format *f, struct aisp_slice head);
/* The next record of the window (its bytes, without what parts it from the next): RECORD, and *ret_used bytes are consumed with it; SKIP: *ret_used bytes say nothing; MORE: no end in
 * sight. last: nothing follows. */
int aisp_log__cut_next(struct aisp_log__cut *c, struct aisp_slice window, bool last, struct aisp_slice *ret_record, size_t *ret_used);
/* A line that begins an entry of PostgreSQL's stderr log or similar: does not begin with a blank, and holds a time in its first 64 bytes. */
bool aisp_log__begins_entry(struct aisp_slice line);
