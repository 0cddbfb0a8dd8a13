/* Lines of tables as wide as the terminal: what is long is cut in the middle, prose goes on below. To a file or a pipe nothing is cut. */
#pragma once
#include "cli/cli.h"
#include "show/text.h"

enum { AISP_UNCUT = 2000 };
/* Columns of the terminal that the answer goes to; AISP_UNCUT for a file or a pipe. */
unsigned aisp_columns(const struct aisp_options *o);
/* text as at most `width` columns and filled up to them (pad), what cannot be printed made visible. */
void aisp_cell(struct aisp_buf *out, struct aisp_slice text, size_t width, bool pad);
/* Columns of text as aisp_cell prints it whole. */
size_t aisp_cell_width(struct aisp_slice text);
/* Prose behind a line that is `at` columns long: on the same line when it fits into `width`, else on lines of its own that begin at column `indent`. Ends the line. */
void aisp_note(struct aisp_buf *out, struct aisp_slice text, size_t at, size_t indent, size_t width);
