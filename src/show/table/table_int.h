/* The parts of the terminal output. */
#pragma once
#include "show/table/paint.h"

/* One access path: a sentence, then one hop a line. `number` is printed before it; 0 = none. */
int aisp_table__path(struct aisp_tty *t, const struct aisp_access_row *row, size_t number, struct aisp_err *err);
/* The hops alone, behind `indent` columns. */
int aisp_table__hops(struct aisp_tty *t, const struct aisp_path *path, size_t indent, struct aisp_err *err);
/* Findings, at most `limit` (0 = all); `whole` = with the full message. */
void aisp_table__findings(struct aisp_tty *t, size_t limit, bool whole);
void aisp_table__gaps(struct aisp_tty *t, size_t limit);
/* Lists of nodes, as assets or as identities. */
void aisp_table__nodes(struct aisp_tty *t, bool identities);
