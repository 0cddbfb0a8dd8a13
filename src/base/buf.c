/* Growing buffers with a hard maximum and a sticky failure: see buf.h.
 *
 * Invariant: when p is not NULL, p[n] is a NUL and n < cap.
 */
#include "base/buf.h"
#include "base/mem.h"
#include <stdio.h>

void aisp_buf_init(struct aisp_buf *b, size_t max)
{
	*b = (struct aisp_buf){.max = max};
}

void aisp_buf_done(struct aisp_buf *b)
{
	aisp_mem_free(b->p);
	*b = (struct aisp_buf){.max = b->max};
}

void aisp_buf_clear(struct aisp_buf *b)
{
	b->n = 0;
	b->bad = AISP_OK;
	if (b->p)
		b->p[0] = '\0';
}

char *aisp_buf_room(struct aisp_buf *b, size_t n)
{
	size_t max = b->max ? b->max : (size_t)1 << 30;

	if (b->bad)
		return NULL;
	if (n > max || b->n > max - n) {
		b->bad = AISP_E_LIMIT;
		return NULL;
	}
	if (b->n + n >= b->cap) {
		size_t want = b->n + n + 1, cap = b->cap ? b->cap : 64;

		while (cap < want)
			cap = cap > SIZE_MAX / 2 ? want : cap * 2;
		char *p = aisp_mem_resize(b->p, cap, 1);

		if (!p) {
			b->bad = AISP_E_NOMEM;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
		p[b->n] = '\0';
	}
	return b->p + b->n;
}

void aisp_buf_put(struct aisp_buf *b, struct aisp_slice s)
{
	char *to = aisp_buf_room(b, s.n);

	if (!to || s.n == 0)
		return;
	memcpy(to, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void aisp_buf_putz(struct aisp_buf *b, const char *z)
{
	aisp_buf_put(b, aisp_slice_z(z));
}

void aisp_buf_putc(struct aisp_buf *b, char c)
{
	aisp_buf_put(b, aisp_slice_of(&c, 1));
}

void aisp_buf_fill(struct aisp_buf *b, char c, size_t n)
{
	char *to = aisp_buf_room(b, n);

	if (!to)
		return;
	memset(to, c, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void aisp_buf_vprintf(struct aisp_buf *b, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof small, fmt, ap);
	char *to = n >= 0 ? aisp_buf_room(b, (size_t)n) : NULL;

	if (to && (size_t)n < sizeof small)
		memcpy(to, small, (size_t)n + 1);
	else if (to)
		vsnprintf(to, (size_t)n + 1, fmt, again);
	if (to)
		b->n += (size_t)n;
	va_end(again);
}

void aisp_buf_printf(struct aisp_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aisp_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* Length of the run of plain printable ASCII at the start. */
static size_t plain_run(struct aisp_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f)
		n++;
	return n;
}

void aisp_buf_put_printable(struct aisp_buf *b, struct aisp_slice s)
{
	while (s.n > 0 && !b->bad) {
		uint32_t cp = 0;
		size_t n = plain_run(s);

		if (n > 0) {
			aisp_buf_put(b, aisp_slice_to(s, n));
		} else if ((n = aisp_slice_utf8(s, &cp)) == 0) {
			n = 1;
			aisp_buf_printf(b, "\\x%02X", (unsigned char)s.p[0]);
		} else if (!aisp_cp_is_hidden(cp)) {
			aisp_buf_put(b, aisp_slice_to(s, n));
		} else if (cp < 0x80) {
			aisp_buf_printf(b, "\\x%02X", (unsigned)cp);
		} else {
			aisp_buf_printf(b, "\\u{%04X}", (unsigned)cp);
		}
		s = aisp_slice_from(s, n);
	}
}

int aisp_buf_check(const struct aisp_buf *b, struct aisp_err *err)
{
	if (b->bad == AISP_E_LIMIT)
		return aisp_fail(err, AISP_E_LIMIT, "text grows over its limit of %zu bytes",
		                 b->max ? b->max : (size_t)1 << 30);
	if (b->bad)
		return aisp_fail(err, b->bad, "out of memory after %zu bytes of text", b->n);
	return AISP_OK;
}
