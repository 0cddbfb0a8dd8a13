/* Files: reading with a cap and never through a link that leaves its folder; writing whole or not at all. */
#pragma once
#include "base/buf.h"

/* Reads a regular file relative to dirfd (AT_FDCWD for the working directory). Devices, pipes and folders are refused
 * (AISP_E_USAGE is never given for them: AISP_E_ACCESS with the reason); symbolic links are not followed when nofollow.
 * Over max_bytes: AISP_E_LIMIT, and nothing is read. Appends to `out`. */
int aisp_fs_read(int dirfd, const char *path, bool nofollow, size_t max_bytes, struct aisp_buf *out, struct aisp_err *err);
/* Writes through a temporary file in the same folder, fsync and rename. mode e.g. 0644. A device or pipe is written to as it is. */
int aisp_fs_write(const char *path, struct aisp_slice data, unsigned mode, struct aisp_err *err);
/* mkdir -p with mode 0700 for what it makes. */
int aisp_fs_mkdirs(const char *path, struct aisp_err *err);
/* Writes all bytes to an open descriptor (stdout, a pipe), retrying short writes. */
int aisp_fs_put(int fd, struct aisp_slice data, struct aisp_err *err);
