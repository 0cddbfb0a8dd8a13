/* The sandbox of a worker process: no network, no writing, no new programs, reading only below given folders.
 *
 * seccomp refuses every system call that parsing does not need; what only an intruder would try (starting a program, opening
 * a socket, tracing) ends the process. Landlock, where the kernel has it, limits reading to the folders named.
 * Irreversible, for the whole process: enter it in a forked child, before the first thread.
 */
#pragma once
#include "base/err.h"
#include "base/slice.h"

/* `readable`: folders or files that stay readable (missing ones are passed over). `write_fd` and stderr can be written to.
 * AISP_E_ACCESS when the system does not allow a process to confine itself. */
int aisp_sandbox_enter(const struct aisp_slice *readable, size_t n, int write_fd, struct aisp_err *err);
/* "seccomp, landlock", as far as this kernel has them. */
const char *aisp_sandbox_kinds(void);
