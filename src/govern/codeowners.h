/* CODEOWNERS: whose a path is, as GitHub documents it (docs.github.com, "About code owners"): the last rule that fits wins; a rule without owners takes ownership away; patterns as in
 * .gitignore without '!', '[' and '\'; "docs/" and "*.js" fit at any depth, "/docs/" only at the top, "docs/" + "*" only the files directly in it, a folder everything below.
 */
#pragma once
#include "base/slice.h"

/* Does the pattern fit the path ("a/b.py", no leading slash)? */
bool aisp_codeowners_fits(struct aisp_slice pattern, struct aisp_slice path);
/* The owners ("@org/team @ada eva@example.com") of the last rule that fits and, in *ret_rule, that rule's line; empty when none owns it. Borrowed from text. */
struct aisp_slice aisp_codeowners_of(struct aisp_slice text, struct aisp_slice path, struct aisp_slice *ret_rule);
