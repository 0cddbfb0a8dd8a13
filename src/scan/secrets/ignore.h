/* Findings that a team has looked at and permits: .gitleaksignore, by fingerprint.
 *
 *   file:rule:line             in the working tree, or in any commit
 *   commit:file:rule:line      in that commit
 * Lines that begin with # are comments. Paths have forward slashes; a backslash is read as one.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct aisp_secrets_ignore;
/* Parses the text of such a file; lines that are no fingerprint are skipped and counted. AISP_E_LIMIT over a million lines;
 * AISP_E_NOMEM. Everything is in the arena. */
int aisp_secrets_ignore_new(struct aisp_arena *a, struct aisp_slice text, struct aisp_secrets_ignore **ret, size_t *ret_skipped,
                            struct aisp_err *err);
/* commit may be empty. `ig` may be NULL. Which line of the file permits it: 1-based; 0: none. */
uint32_t aisp_secrets_ignore_find(const struct aisp_secrets_ignore *ig, struct aisp_slice commit, struct aisp_slice path,
                                  struct aisp_slice rule, uint32_t line);
