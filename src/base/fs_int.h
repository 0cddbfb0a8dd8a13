/* What base/ needs of fs.c beyond fs.h. */
#pragma once
#include "base/fs.h"

/* As aisp_fs_write, but only if nothing is there yet: else AISP_E_CONFLICT. */
int aisp_fs__create(const char *path, struct aisp_slice data, unsigned mode, struct aisp_err *err);
