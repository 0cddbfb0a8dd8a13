/* Inputs: bytes that can be read at any place without holding them all. A file of tens of GiB is looked at by reading what
 * matters. Three forms: a block of memory, an open file (or a part of it), and a part of another input.
 *
 * Not for: streams that can only be read forwards (unpack them into a capped buffer first).
 * Invariant: every read is checked against the size; a file that shrinks while it is read is AISP_E_IO, never a signal.
 */
#pragma once
#include "base/buf.h"

struct aisp_input {
	uint64_t size;
	struct aisp_slice mem; /* memory form: p is not NULL (or size is 0) */
	int fd;                /* file form: borrowed; -1 in memory form */
	uint64_t base;         /* file form: where byte 0 is */
	uint64_t *bytes_read;  /* counted here by every read; may be NULL */
};
struct aisp_input aisp_input_mem(struct aisp_slice bytes);
/* A regular file's bytes from base on; size is what the caller learnt from fstat. */
struct aisp_input aisp_input_fd(int fd, uint64_t base, uint64_t size);
/* n bytes of `in` from `at`; clamped to what there is. */
struct aisp_input aisp_input_part(const struct aisp_input *in, uint64_t at, uint64_t n);
/* Exactly n bytes from `at` into `to`. AISP_E_PARSE when the input ends before; AISP_E_IO. */
int aisp_input_read(const struct aisp_input *in, uint64_t at, void *to, size_t n, struct aisp_err *err);
/* Up to n bytes from `at`: fewer at the end. */
int aisp_input_read_some(const struct aisp_input *in, uint64_t at, void *to, size_t n, size_t *ret_n, struct aisp_err *err);
/* As aisp_input_read, appended to a buffer (whose maximum applies). */
int aisp_input_append(const struct aisp_input *in, uint64_t at, size_t n, struct aisp_buf *to, struct aisp_err *err);
