/* Making and extending errors. Nothing here allocates, so an error about memory can always be told.
 *
 * Invariant: err->msg is NUL-terminated and never cut inside a UTF-8 sequence.
 */
#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Formats at msg[at…]; when it does not fit, ends on a whole code point. */
static void format_at(char *msg, size_t at, const char *fmt, va_list ap)
{
	size_t room = AISP_ERR_MSG_MAX - at;
	int n = vsnprintf(msg + at, room, fmt, ap);

	if (n < 0) {
		msg[at] = '\0';
		return;
	}
	if ((size_t)n < room)
		return;
	size_t end = AISP_ERR_MSG_MAX - 1, start = end;

	while (start > 0 && end - start < 4 && ((unsigned char)msg[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)msg[start - 1] < 0xc0)
		return;
	unsigned char lead = (unsigned char)msg[start - 1];
	size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;

	if (end - start < want)
		msg[start - 1] = '\0';
}

int aisp_fail(struct aisp_err *err, enum aisp_code code, const char *fmt, ...)
{
	if (err) {
		va_list ap;

		va_start(ap, fmt);
		err->code = code;
		format_at(err->msg, 0, fmt, ap);
		va_end(ap);
	}
	return code;
}

int aisp_wrap(struct aisp_err *err, int r, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		size_t n = strnlen(err->msg, AISP_ERR_MSG_MAX - 1);

		va_start(ap, fmt);
		err->code = (enum aisp_code)r;
		if (n > 0 && n < AISP_ERR_MSG_MAX - 3) {
			memcpy(err->msg + n, ": ", 3);
			n += 2;
		}
		format_at(err->msg, n, fmt, ap);
		va_end(ap);
	}
	return r;
}

enum aisp_code aisp_code_from_errno(int errnum)
{
	switch (errnum) {
	case EACCES:
	case EPERM:
		return AISP_E_ACCESS;
	case ENOENT:
		return AISP_E_NOTFOUND;
	case ENOMEM:
		return AISP_E_NOMEM;
	default:
		return AISP_E_IO;
	}
}

const char *aisp_code_name(enum aisp_code code)
{
	static const char *const names[] = {
		"ok",    "nomem",    "limit", "parse",   "access", "notfound", "ambiguous",
		"usage", "conflict", "io",    "timeout", "remote", "internal",
	};
	int at = -(int)code;

	return at >= 0 && at < (int)(sizeof names / sizeof *names) ? names[at] : "unknown";
}
