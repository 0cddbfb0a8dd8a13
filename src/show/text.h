/* Text by the columns it takes on a terminal: wide characters take two, combining ones none. */
#pragma once
#include "base/buf.h"

/* Columns of one code point (East Asian Wide and emoji 2, combining 0, else 1). Unicode 15, TR11. */
unsigned aisp_show__cp_width(uint32_t cp);
/* Columns of printable UTF-8. */
size_t aisp_show__width(struct aisp_slice s);
/* Appends s, cut in the middle with "…" to at most `columns`; 0 = no limit. s is printable already. */
void aisp_show__fit(struct aisp_buf *out, struct aisp_slice s, size_t columns);
/* The same, but keeping the start (prose) or the end (paths and ids, whose last parts tell most). */
void aisp_show__fit_start(struct aisp_buf *out, struct aisp_slice s, size_t columns);
void aisp_show__fit_end(struct aisp_buf *out, struct aisp_slice s, size_t columns);
/* The longest start of s that takes at most `columns`, broken at a space when there is one; moves *s behind it. */
struct aisp_slice aisp_show__take_line(struct aisp_slice *s, size_t columns);

/* For tables of other modules. */
static inline size_t aisp_show_width(struct aisp_slice s)
{
	return aisp_show__width(s);
}
static inline void aisp_show_fit(struct aisp_buf *out, struct aisp_slice s, size_t columns)
{
	aisp_show__fit(out, s, columns);
}
static inline struct aisp_slice aisp_show_take_line(struct aisp_slice *s, size_t columns)
{
	return aisp_show__take_line(s, columns);
}
