/* Colours of the terminal, only when the report asks for them; and text that is safe and cut to a width. */
#pragma once
#include "show/show_int.h"
#include "show/text.h"

enum aisp_paint {
	AISP_PAINT_PLAIN,
	AISP_PAINT_DIM,
	AISP_PAINT_BOLD,
	AISP_PAINT_CRITICAL,
	AISP_PAINT_HIGH,
	AISP_PAINT_MEDIUM,
	AISP_PAINT_LOW,
	AISP_PAINT_GOOD,
	AISP_PAINT_ACCENT,
};
/* One terminal output being written. */
struct aisp_tty {
	const struct aisp_report *r;
	const struct aisp_snapshot *s;
	struct aisp_buf *out;    /* borrowed */
	struct aisp_buf scratch; /* owned: one printable text at a time */
	size_t width;            /* columns to lay out for */
	bool cut;                /* a real terminal: long texts are cut */
};
void aisp_tty__init(struct aisp_tty *t, const struct aisp_report *r, struct aisp_buf *out);
void aisp_tty__done(struct aisp_tty *t);
#define AISP_AUTOTTY __attribute__((cleanup(aisp_tty__done)))
void aisp_tty__on(struct aisp_tty *t, enum aisp_paint p);
void aisp_tty__off(struct aisp_tty *t, enum aisp_paint p);
/* Text as it may be shown, cut in the middle to `columns` (0 = whole) and padded to `pad` columns. */
void aisp_tty__text(struct aisp_tty *t, enum aisp_paint p, struct aisp_slice s, size_t columns, size_t pad);
void aisp_tty__z(struct aisp_tty *t, enum aisp_paint p, const char *z);
/* Text over several lines, each behind `indent` spaces; the first line begins where the cursor is, at column `indent`.
 */
void aisp_tty__wrap(struct aisp_tty *t, enum aisp_paint p, struct aisp_slice s, size_t indent);
/* A heading: title, and dim text behind it. */
void aisp_tty__heading(struct aisp_tty *t, const char *title, const char *aside);
enum aisp_paint aisp_tty__severity(enum aisp_severity s);

/* A table of texts, printed aligned. Columns that may shrink do so when a terminal is too narrow. */
enum { AISP_GRID_COLUMNS = 8 };
struct aisp_grid_cell {
	size_t at, n; /* in text */
	enum aisp_paint paint;
};
struct aisp_grid {
	const char *titles[AISP_GRID_COLUMNS];
	bool right[AISP_GRID_COLUMNS];   /* numbers */
	bool shrinks[AISP_GRID_COLUMNS]; /* may be cut */
	unsigned n_columns;
	struct aisp_buf text;
	struct aisp_grid_cell *cells;
	size_t n_cells, cap_cells;
	enum aisp_code bad;
};
void aisp_grid__done(struct aisp_grid *g);
/* Adds the next cell, row by row. */
void aisp_grid__add(struct aisp_grid *g, enum aisp_paint p, struct aisp_slice s);
void aisp_grid__add_buf(struct aisp_grid *g, enum aisp_paint p, struct aisp_buf *b); /* and clears b */
void aisp_grid__print(struct aisp_grid *g, struct aisp_tty *t, size_t indent);
