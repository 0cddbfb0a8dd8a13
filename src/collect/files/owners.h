/* Whose files they are, as the repository says itself. */
#pragma once
#include "collect/files/emit.h"

/* Reads the repository's CODEOWNERS below the open folder: properties codeowners (its rules, one a line) and codeowners_file of the repository. */
void aisp_emit_owners(struct aisp_emit *e, int root);
/* Who changed the files last that its facts stand in: property last_changes of the repository, "PATH\tDAY\tCOMMIT\tNAME <MAIL>" a line, sorted by path. After all other facts. Only when the folder
 * `path` (NULL: none) is the top of a git repository; at most 4,000 files, 5,000 commits and 3 seconds. */
void aisp_emit_last_changes(struct aisp_emit *e, const char *path);
