/* The target as a repository: opening it and finding its name.
 *
 * Name: the user's, else the last part of git's remote "origin" without ".git", else the folder's name. Here only the text of
 * .git/config is read (owners.h looks at the commits); git itself is never run.
 */
#pragma once
#include "collect/collect.h"
#include "collect/files/walk.h"

struct aisp_repo {
	struct aisp_slice name;
	struct aisp_slice remote; /* without user and password; empty when none */
	struct aisp_slice only;   /* the single file inside the opened folder; empty for a folder */
};
/* Opens the folder of the target (or the folder around a single file). The caller closes *ret_fd. AISP_E_NOTFOUND,
 * AISP_E_ACCESS, AISP_E_USAGE (neither file nor folder), AISP_E_NOMEM. */
int aisp_repo_open(const struct aisp_target *t, struct aisp_arena *a, struct aisp_repo *ret, int *ret_fd, struct aisp_err *err);
/* A walk over one file. */
int aisp_repo_single(int fd, struct aisp_slice name, struct aisp_arena *a, struct aisp_walk *ret, struct aisp_err *err);
/* The URL of remote "origin" in the text of a git configuration; empty when none. Borrowed. */
struct aisp_slice aisp_repo_origin(struct aisp_slice config);
/* "git@host:org/name.git", "https://…/name.git/" → "name". */
struct aisp_slice aisp_repo_name_of(struct aisp_slice url);
