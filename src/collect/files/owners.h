/* Whose files they are, as the repository says itself. */
#pragma once
#include "collect/files/emit.h"

/* Reads the repository's CODEOWNERS below the open folder: properties codeowners (its rules, one a line) and codeowners_file of the repository. */
void aisp_emit_owners(struct aisp_emit *e, int root);
