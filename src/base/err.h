/* Errors: a few codes, each saying who handles it, and one message that says what, where, why and what to do.
 *
 * Every fallible function returns 0 or a negative code and takes a `struct aisp_err *err` as its last parameter,
 * which may be NULL. Outputs (`ret_x`) are untouched on failure. Libraries neither log nor exit.
 */
#pragma once

enum aisp_code {
	AISP_OK = 0,
	AISP_E_NOMEM = -1,     /* memory is gone: the command ends */
	AISP_E_LIMIT = -2,     /* an input is larger, deeper or slower than a cap allows: a coverage gap */
	AISP_E_PARSE = -3,     /* an input is not of the form it should have: a coverage gap */
	AISP_E_ACCESS = -4,    /* we may not read it (EACCES, 403, missing privilege): a coverage gap */
	AISP_E_NOTFOUND = -5,  /* what was named does not exist: the caller decides */
	AISP_E_AMBIGUOUS = -6, /* a name fits several things: shown to the user with the candidates */
	AISP_E_USAGE = -7,     /* wrong usage or configuration: exit code 2 */
	AISP_E_CONFLICT = -8,  /* somebody else holds or changed it (lock, version): the user tries again */
	AISP_E_IO = -9,        /* the operating system failed a read or write: the command ends, or a gap */
	AISP_E_TIMEOUT = -10,  /* a limit of time ran out: a coverage gap */
	AISP_E_REMOTE = -11,   /* a server refused, died or lied: a coverage gap */
	AISP_E_INTERNAL = -12, /* a promise of ours does not hold: a bug report */
};

enum { AISP_ERR_MSG_MAX = 1024 };

struct aisp_err {
	enum aisp_code code;
	char msg[AISP_ERR_MSG_MAX]; /* UTF-8, NUL-terminated, cut at the end if longer, never a secret */
};

/* Sets code and message (printf form); returns `code`. `err` may be NULL. */
int aisp_fail(struct aisp_err *err, enum aisp_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds context behind the message ("…: while reading x"); returns `r`, a negative code got from the callee. */
int aisp_wrap(struct aisp_err *err, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The code from an errno value: EACCES/EPERM → ACCESS, ENOENT → NOTFOUND, ENOMEM → NOMEM, else IO. */
enum aisp_code aisp_code_from_errno(int errnum);

/* A short stable word for a code ("limit", "parse", …); used in gaps and JSON. Borrowed, never NULL. */
const char *aisp_code_name(enum aisp_code code);
