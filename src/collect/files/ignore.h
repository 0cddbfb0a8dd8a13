/* Ignoring files as git does: patterns of one .gitignore (or .git/info/exclude, or a list given by the user) and the
 * question whether the last pattern that matches says "ignore".
 *
 * Rules: https://git-scm.com/docs/gitignore and git's wildmatch.c with WM_PATHNAME. Pure; matching takes at most the
 * product of the lengths of pattern and path.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct aisp_ignore_rule {
	struct aisp_slice pattern;
	bool negated;   /* "!" */
	bool dir_only;  /* "/" at the end */
	bool basename;  /* no other slash: matches at any depth */
};
struct aisp_ignore {
	struct aisp_slice base;     /* folder the patterns are relative to, "" or with a slash at the end */
	const struct aisp_ignore_rule *rules;
	size_t n;
};

enum aisp_ignore_verdict { AISP_IGNORE_UNDECIDED, AISP_IGNORE_YES, AISP_IGNORE_NO };

/* Reads the patterns of a file's text; all is copied into the arena. AISP_E_NOMEM. */
int aisp_ignore_parse(struct aisp_arena *a, struct aisp_slice base, struct aisp_slice text, struct aisp_ignore *ret,
                      struct aisp_err *err);
/* path: full, without a slash at either end. */
enum aisp_ignore_verdict aisp_ignore_match(const struct aisp_ignore *ig, struct aisp_slice path, bool is_dir);
/* git's wildmatch with WM_PATHNAME, whole text. */
bool aisp_ignore_wild(struct aisp_slice pattern, struct aisp_slice text);
