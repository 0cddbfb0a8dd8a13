/* Terminal text, colours and aligned tables: see paint.h. */
#include "show/table/paint.h"
#include "base/vec.h"

enum { DEFAULT_WIDTH = 100, LEAST_WIDTH = 40, LEAST_COLUMN = 8, GAP = 2 };

/* SGR parameters (ECMA-48 8.3.117); the 16 colours that every theme maps to something readable. */
static const char *const sgr[] = {
	[AISP_PAINT_PLAIN] = NULL,         [AISP_PAINT_DIM] = "2",     [AISP_PAINT_BOLD] = "1",
	[AISP_PAINT_CRITICAL] = "1;97;41", [AISP_PAINT_HIGH] = "1;31", [AISP_PAINT_MEDIUM] = "33",
	[AISP_PAINT_LOW] = "36",           [AISP_PAINT_GOOD] = "32",   [AISP_PAINT_ACCENT] = "1;35",
};

void aisp_tty__init(struct aisp_tty *t, const struct aisp_report *r, struct aisp_buf *out)
{
	*t = (struct aisp_tty){.r = r,
			       .s = r->snapshot,
			       .out = out,
			       .width = r->width ? r->width : DEFAULT_WIDTH,
			       .cut = r->width != 0};
	if (t->width < LEAST_WIDTH)
		t->width = LEAST_WIDTH;
	aisp_buf_init(&t->scratch, 0);
}

void aisp_tty__done(struct aisp_tty *t)
{
	aisp_buf_done(&t->scratch);
}

void aisp_tty__on(struct aisp_tty *t, enum aisp_paint p)
{
	if (t->r->color && sgr[p])
		aisp_buf_printf(t->out, "\033[%sm", sgr[p]);
}

void aisp_tty__off(struct aisp_tty *t, enum aisp_paint p)
{
	if (t->r->color && sgr[p])
		aisp_buf_putz(t->out, "\033[0m");
}

void aisp_tty__text(struct aisp_tty *t, enum aisp_paint p, struct aisp_slice s, size_t columns, size_t pad)
{
	aisp_buf_clear(&t->scratch);
	aisp_buf_put_printable(&t->scratch, s);
	if (t->scratch.bad)
		t->out->bad = t->scratch.bad;
	struct aisp_slice shown = aisp_buf_slice(&t->scratch);
	size_t before = t->out->n, w;

	aisp_tty__on(t, p);
	before = t->out->n;
	aisp_show__fit(t->out, shown, columns);
	w = t->out->bad ? pad : aisp_show__width(aisp_slice_of(t->out->p + before, t->out->n - before));
	aisp_tty__off(t, p);
	if (w < pad)
		aisp_buf_fill(t->out, ' ', pad - w);
}

void aisp_tty__z(struct aisp_tty *t, enum aisp_paint p, const char *z)
{
	aisp_tty__on(t, p);
	aisp_buf_putz(t->out, z);
	aisp_tty__off(t, p);
}

void aisp_tty__wrap(struct aisp_tty *t, enum aisp_paint p, struct aisp_slice s, size_t indent)
{
	size_t room = t->width > indent + 20 ? t->width - indent : 20;
	bool first = true;

	aisp_buf_clear(&t->scratch);
	aisp_buf_put_printable(&t->scratch, aisp_slice_trim(s));
	if (t->scratch.bad)
		t->out->bad = t->scratch.bad;
	for (struct aisp_slice rest = aisp_buf_slice(&t->scratch); rest.n > 0 && !t->out->bad; first = false) {
		struct aisp_slice line = aisp_show__take_line(&rest, room);

		if (!first)
			aisp_buf_fill(t->out, ' ', indent);
		aisp_tty__on(t, p);
		aisp_buf_put(t->out, line);
		aisp_tty__off(t, p);
		aisp_buf_putc(t->out, '\n');
	}
	if (first)
		aisp_buf_putc(t->out, '\n');
}

void aisp_tty__heading(struct aisp_tty *t, const char *title, const char *aside)
{
	aisp_buf_putc(t->out, '\n');
	aisp_tty__z(t, AISP_PAINT_BOLD, title);
	if (aside && *aside) {
		aisp_buf_putz(t->out, "  ");
		aisp_tty__z(t, AISP_PAINT_DIM, aside);
	}
	aisp_buf_putc(t->out, '\n');
}

enum aisp_paint aisp_tty__severity(enum aisp_severity s)
{
	static const enum aisp_paint paints[] = {
		[AISP_SEV_INFO] = AISP_PAINT_DIM,          [AISP_SEV_LOW] = AISP_PAINT_LOW,
		[AISP_SEV_MEDIUM] = AISP_PAINT_MEDIUM,     [AISP_SEV_HIGH] = AISP_PAINT_HIGH,
		[AISP_SEV_CRITICAL] = AISP_PAINT_CRITICAL,
	};

	return (unsigned)s < sizeof paints / sizeof *paints ? paints[s] : AISP_PAINT_PLAIN;
}

void aisp_grid__done(struct aisp_grid *g)
{
	aisp_buf_done(&g->text);
	aisp_mem_free(g->cells);
	g->cells = NULL;
}

void aisp_grid__add(struct aisp_grid *g, enum aisp_paint p, struct aisp_slice s)
{
	size_t at = g->text.n;

	if (aisp_vec__grow((void **)&g->cells, g->n_cells, &g->cap_cells, 1, sizeof *g->cells) < 0) {
		g->bad = AISP_E_NOMEM;
		return;
	}
	aisp_buf_put_printable(&g->text, s);
	if (g->text.bad)
		g->bad = g->text.bad;
	g->cells[g->n_cells++] = (struct aisp_grid_cell){at, g->text.n - at, p};
}

void aisp_grid__add_buf(struct aisp_grid *g, enum aisp_paint p, struct aisp_buf *b)
{
	if (b->bad)
		g->bad = b->bad;
	aisp_grid__add(g, p, aisp_buf_slice(b));
	aisp_buf_clear(b);
}

static struct aisp_slice cell_text(const struct aisp_grid *g, size_t i)
{
	return aisp_slice_of(g->text.p + g->cells[i].at, g->cells[i].n);
}

/* Widths by content, then the widest that may shrink give way until the row fits. */
static void lay_out(const struct aisp_grid *g, const struct aisp_tty *t, size_t indent, size_t *widths)
{
	size_t total = indent;

	for (unsigned c = 0; c < g->n_columns; c++)
		widths[c] = aisp_show__width(aisp_slice_z(g->titles[c]));
	for (size_t i = 0; i < g->n_cells; i++) {
		size_t w = aisp_show__width(cell_text(g, i));

		if (w > widths[i % g->n_columns])
			widths[i % g->n_columns] = w;
	}
	for (unsigned c = 0; c < g->n_columns; c++)
		total += widths[c] + (c > 0 ? GAP : 0);
	while (t->cut && total > t->width) {
		unsigned widest = g->n_columns;

		for (unsigned c = 0; c < g->n_columns; c++)
			if (g->shrinks[c] && widths[c] > LEAST_COLUMN &&
			    (widest == g->n_columns || widths[c] > widths[widest]))
				widest = c;
		if (widest == g->n_columns)
			break;
		widths[widest]--;
		total--;
	}
}

static void print_cell(const struct aisp_grid *g, struct aisp_tty *t, unsigned column, const size_t *widths,
		       struct aisp_slice s, enum aisp_paint p)
{
	size_t w = aisp_show__width(s), room = widths[column];
	bool last = column + 1 == g->n_columns;

	if (column > 0)
		aisp_buf_fill(t->out, ' ', GAP);
	if (g->right[column] && w < room)
		aisp_buf_fill(t->out, ' ', room - w);
	aisp_tty__text(t, p, s, t->cut ? room : 0, last || g->right[column] ? 0 : room);
	if (last) { /* no blanks at the end of a line */
		while (!t->out->bad && t->out->n > 0 && t->out->p[t->out->n - 1] == ' ')
			t->out->p[--t->out->n] = '\0';
		aisp_buf_putc(t->out, '\n');
	}
}

void aisp_grid__print(struct aisp_grid *g, struct aisp_tty *t, size_t indent)
{
	size_t widths[AISP_GRID_COLUMNS];

	if (g->bad) {
		t->out->bad = g->bad;
		return;
	}
	lay_out(g, t, indent, widths);
	aisp_buf_fill(t->out, ' ', indent);
	for (unsigned c = 0; c < g->n_columns; c++)
		print_cell(g, t, c, widths, aisp_slice_z(g->titles[c]), AISP_PAINT_DIM);
	for (size_t i = 0; i < g->n_cells; i++) {
		if (i % g->n_columns == 0)
			aisp_buf_fill(t->out, ' ', indent);
		print_cell(g, t, (unsigned)(i % g->n_columns), widths, cell_text(g, i), g->cells[i].paint);
	}
}
