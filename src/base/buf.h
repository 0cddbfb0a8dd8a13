/* Buffers: how text and bytes are built. Growing, with a hard maximum and a sticky failure: put as often as you like,
 * check once with aisp_buf_check.
 */
#pragma once
#include "base/err.h"
#include "base/slice.h"
#include <stdarg.h>

struct aisp_buf {
	char *p;          /* NUL-terminated while n > 0 */
	size_t n, cap;
	size_t max;       /* hard maximum of n; 0 = 1 GiB */
	enum aisp_code bad; /* AISP_OK, AISP_E_NOMEM or AISP_E_LIMIT: the first failure */
};

void aisp_buf_init(struct aisp_buf *b, size_t max);
void aisp_buf_done(struct aisp_buf *b);
#define AISP_AUTOBUF __attribute__((cleanup(aisp_buf_done)))
void aisp_buf_clear(struct aisp_buf *b); /* empties; keeps memory; forgets a failure */
/* Room for n more bytes at p + n (the caller adds to n what it wrote); NULL on failure, which sticks. */
char *aisp_buf_room(struct aisp_buf *b, size_t n);
void aisp_buf_put(struct aisp_buf *b, struct aisp_slice s);
void aisp_buf_putz(struct aisp_buf *b, const char *z);
void aisp_buf_putc(struct aisp_buf *b, char c);
void aisp_buf_fill(struct aisp_buf *b, char c, size_t n);
void aisp_buf_printf(struct aisp_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void aisp_buf_vprintf(struct aisp_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Appends s as it may be shown on a terminal: control bytes, bidi controls and broken UTF-8 become visible escapes. */
void aisp_buf_put_printable(struct aisp_buf *b, struct aisp_slice s);
static inline struct aisp_slice aisp_buf_slice(const struct aisp_buf *b)
{
	struct aisp_slice s = {b->p, b->n};
	return s;
}
/* 0, or the first failure as an error. */
int aisp_buf_check(const struct aisp_buf *b, struct aisp_err *err);
