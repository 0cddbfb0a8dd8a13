/* A path as a drawing: stations from left to right, the main line on top, side branches below it, joining where two
 * facts were needed together.
 *
 *   (internet) ──▶ (endpoint) ──▶ … (role) ────────┬──▶ ((table))      what an edge gives stands above it, what a
 *                                  (database) ─────┘                   station is called below it, so nothing crosses
 *
 * A gap between columns is widened where a line changes its row. Texts are measured with cautious widths, since the
 * reader's font is not known, and cut in the middle.
 */
#include "show/chain.h"
#include "show/html/html_int.h"

/* Geometry, in px at scale 1; widths of texts in px, or in columns where the font has one width. */
enum {
	RADIUS = 23,
	GAP = 148,    /* between columns */
	LANE = 62,    /* wider by this where a line changes its row */
	LANE_AT = 72, /* the lane is this far from its station: outside of names */
	ROW = 166,
	ABOVE = 74, /* the first line from the top */
	SIDE = 72,  /* the first column from the left */
	NAME_WIDTH = 138,
	EDGE_WIDTH = 136,
	PLACE_COLUMNS = 20,
	PLACE_IN_LANE = 16,
	MOST_COLUMNS = 512,
};

struct flow {
	struct aisp_html *h;
	const struct aisp_path *p;
	const struct aisp_chain *c;
	uint32_t *x;   /* of columns */
	uint32_t rows; /* station rows and rows of their own for edges between main stations */
	uint32_t width, height;
};

/* Width of a character in 1/100 em, with a bold sans font in mind. */
static unsigned char_width(uint32_t cp)
{
	if (cp >= 0x300)
		return aisp_show__cp_width(cp) == 2 ? 110 : aisp_show__cp_width(cp) * 66;
	if (strchr("iljtfrI.,:;'|!()[]/ ", (int)cp))
		return 36;
	if (strchr("mwMW@%", (int)cp))
		return 92;
	return cp >= 'A' && cp <= 'Z' ? 72 : 60;
}

static unsigned text_width(struct aisp_slice s, unsigned size)
{
	unsigned w = 0;

	while (s.n > 0) {
		uint32_t cp = 'n';
		size_t n = aisp_slice_utf8(s, &cp);

		w += char_width(cp);
		s = aisp_slice_from(s, n ? n : 1);
	}
	return w * size / 100;
}

/* Appends s cut in the middle to `width` px at font size `size`; s is printable. */
static void fit(struct aisp_buf *out, struct aisp_slice s, unsigned size, unsigned width)
{
	size_t columns = aisp_show__width(s), before = out->n;

	if (columns > 64) /* wider than any place here; keeps long names cheap */
		columns = 64;
	do {
		out->n = before;
		if (out->p)
			out->p[before] = '\0';
		aisp_show__fit(out, s, columns);
		columns--;
	} while (!out->bad && columns > 3 && text_width(aisp_slice_of(out->p + before, out->n - before), size) > width);
}

/* A <text> in the middle of x, cut to a width. */
static void put_label(struct flow *f, const char *class, uint32_t x, uint32_t y, struct aisp_slice s, unsigned size,
		      unsigned width)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf plain, cut;

	aisp_buf_init(&plain, 0);
	aisp_buf_init(&cut, 0);
	aisp_buf_put_printable(&plain, s);
	fit(&cut, aisp_buf_slice(&plain), size, width);
	if (plain.bad || cut.bad)
		f->h->out->bad = plain.bad ? plain.bad : cut.bad;
	aisp_html__rawf(f->h, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, y);
	aisp_html__text(f->h, aisp_buf_slice(&cut));
	aisp_html__raw(f->h, "</text>");
}

/* ---- layout ---- */

/* The row in which an edge's text stands. */
static uint32_t row_of(const struct flow *f, size_t a)
{
	const struct aisp_station *from = &f->c->stations[f->c->arrows[a].from],
				  *to = &f->c->stations[f->c->arrows[a].to];
	uint32_t row = from->row > to->row ? from->row : to->row;
	uint32_t own = f->c->n_rows;

	if (row > 0 || f->p->hops[f->c->arrows[a].hop].branch == 0)
		return row;
	for (size_t i = 0; i < a; i++) /* a side branch without a station of its own */
		own += f->p->hops[f->c->arrows[i].hop].branch > 0 && f->c->stations[f->c->arrows[i].from].row == 0 &&
		       f->c->stations[f->c->arrows[i].to].row == 0;
	return own;
}

static bool is_sensitive(const struct flow *f, aisp_node n)
{
	return n && n <= f->h->s->n_nodes && f->h->s->nodes[n].sensitivity >= AISP_SENS_CONFIDENTIAL;
}

static bool changes_row(const struct flow *f, size_t a)
{
	uint32_t row = row_of(f, a);

	return row != f->c->stations[f->c->arrows[a].from].row || row != f->c->stations[f->c->arrows[a].to].row;
}

static uint32_t y_of(uint32_t row)
{
	return row * (uint32_t)ROW + ABOVE;
}

/* Down to the last line of text. */
static uint32_t height_of(const struct flow *f)
{
	uint32_t height = y_of(f->rows ? f->rows - 1 : 0) + RADIUS;

	for (uint32_t i = 0; i < f->c->n_stations; i++) {
		uint32_t y = y_of(f->c->stations[i].row) + RADIUS + 62U +
			     (is_sensitive(f, f->c->stations[i].node) ? 26U : 0U);

		if (f->c->stations[i].alive && y > height)
			height = y;
	}
	return height;
}

static bool lay_out(struct flow *f)
{
	uint32_t x = SIDE;

	f->x = aisp_mem_zalloc(f->c->n_columns + 1U, sizeof *f->x);
	if (!f->x)
		return false;
	f->rows = f->c->n_rows;
	for (uint32_t col = 0; col < f->c->n_columns; col++) {
		bool leaves = false, arrives = false;

		f->x[col] = x;
		for (size_t a = 0; a < f->c->n_arrows; a++) {
			const struct aisp_station *from = &f->c->stations[f->c->arrows[a].from],
						  *to = &f->c->stations[f->c->arrows[a].to];
			uint32_t row = row_of(f, a);

			leaves |= from->column == col && row != from->row;
			arrives |= to->column == col + 1 && row != to->row;
			f->rows = row + 1 > f->rows ? row + 1 : f->rows;
		}
		x += (uint32_t)(GAP + (leaves ? LANE : 0) + (arrives ? LANE : 0));
	}
	f->width = f->x[f->c->n_columns ? f->c->n_columns - 1 : 0] + (uint32_t)SIDE;
	f->height = height_of(f);
	return true;
}

/* ---- edges ---- */

static void put_line(struct flow *f, size_t a, uint32_t *ret_middle)
{
	const struct aisp_station *from = &f->c->stations[f->c->arrows[a].from],
				  *to = &f->c->stations[f->c->arrows[a].to];
	uint32_t x1 = f->x[from->column] + RADIUS + 3, x2 = f->x[to->column] - RADIUS - 4, row = row_of(f, a);
	uint32_t y1 = y_of(from->row), y2 = y_of(to->row), y = y_of(row), begin = x1, end = x2;
	const char *class = f->p->hops[f->c->arrows[a].hop].conditional ? "e maybe" : "e";

	aisp_html__rawf(f->h, "<path class=\"%s\" d=\"M%u %u", class, x1, y1);
	if (y != y1) {
		begin = f->x[from->column] + LANE_AT;
		aisp_html__rawf(f->h, "H%uQ%u %u %u %uV%uQ%u %u %u %u", begin - 10, begin, y1, begin, y1 + 10, y - 10,
				begin, y, begin + 10, y);
	}
	if (y != y2) {
		end = f->x[to->column] - LANE_AT;
		aisp_html__rawf(f->h, "H%uQ%u %u %u %uV%uQ%u %u %u %u", end - 10, end, y, end, y - 10, y2 + 10, end, y2,
				end + 10, y2);
	}
	aisp_html__rawf(f->h, "H%u\"/><path class=\"head\" d=\"M%u %ul-9 -5v10z\"/>\n", x2 - 4, x2 + 1, y2);
	*ret_middle = (begin + end) / 2;
	if (begin == x1 && end == x2 && to->column > from->column + 1) /* a long straight edge: text near its begin */
		*ret_middle = (f->x[from->column] + f->x[from->column + 1]) / 2;
}

static void put_chip(struct flow *f, const char *class, uint32_t x, uint32_t y, struct aisp_slice text)
{
	unsigned w = text_width(text, 11) + 16;

	aisp_html__rawf(f->h, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"18\" rx=\"9\"/>", class,
			x - w / 2, y, w);
	put_label(f, class, x, y + 13, text, 11, w);
}

/* Where an edge stands written, short: a file and line, a grant, or that it was concluded. Fixed-width text is cut by
 * columns, at its front but for grants. */
static void put_place(struct flow *f, const struct aisp_show_hop *hop, uint32_t x, uint32_t y, size_t columns)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf place, plain, cut;
	const struct aisp_evidence *ev = aisp_show__edge_evidence(f->h->s, hop->number);

	aisp_buf_init(&place, 0);
	aisp_buf_init(&plain, 0);
	aisp_buf_init(&cut, 0);
	if (hop->added)
		aisp_buf_putz(&place, "proposed");
	else if (ev && ev->form == AISP_EV_RULE)
		aisp_buf_putz(&place, "concluded");
	else
		aisp_show__edge_place(f->h->s, hop->number, &place);
	struct aisp_slice all = aisp_buf_slice(&place);
	size_t slash = aisp_slice_rchr(all, '/');

	if (ev && ev->form == AISP_EV_FILE && aisp_show__width(all) > columns && slash != SIZE_MAX)
		all = aisp_slice_from(all, slash + 1);
	aisp_buf_put_printable(&plain, all);
	if (aisp_slice_starts(all, AISP_S("GRANT ")))
		aisp_show__fit(&cut, aisp_buf_slice(&plain), columns);
	else
		aisp_show__fit_end(&cut, aisp_buf_slice(&plain), columns);
	if (place.bad || plain.bad || cut.bad)
		f->h->out->bad = place.bad ? place.bad : plain.bad ? plain.bad : cut.bad;
	if (all.n == 0)
		return;
	aisp_html__rawf(f->h, "<text class=\"place\" x=\"%u\" y=\"%u\">", x, y);
	aisp_html__text(f->h, aisp_buf_slice(&cut));
	aisp_html__raw(f->h, "</text>");
}

static bool is_join(const struct flow *f, uint32_t station)
{
	return f->c->stations[station].n_in > 1;
}

/* Is the edge, or what is concluded where it arrives, possible only? */
static bool is_doubted(const struct flow *f, size_t a)
{
	const struct aisp_station *to = &f->c->stations[f->c->arrows[a].to];
	bool doubted = f->p->hops[f->c->arrows[a].hop].conditional;

	for (uint32_t i = 0; !is_join(f, f->c->arrows[a].to) && i < to->n_concluded; i++)
		doubted |= f->p->hops[f->c->concluded[to->first + i]].conditional;
	return doubted;
}

static void put_edge(struct flow *f, size_t a)
{
	const struct aisp_hop *h = &f->p->hops[f->c->arrows[a].hop];
	struct aisp_show_hop hop = aisp_show__hop(f->h->s, h);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf text;
	uint32_t x, y = y_of(row_of(f, a));

	aisp_buf_init(&text, 0);
	aisp_html__raw(f->h, "<g><title>");
	aisp_html__z(f->h, hop.why);
	aisp_html__raw(f->h, "</title>");
	put_line(f, a, &x);
	aisp_buf_printf(&text, "%s%s", hop.back ? "← " : "", hop.edge ? aisp_edge_kinds[hop.edge].name : hop.step);
	put_label(f, "kind", x, y - 9, aisp_buf_slice(&text), 11, EDGE_WIDTH);
	if (text.bad)
		f->h->out->bad = text.bad;
	aisp_buf_clear(&text);
	if (is_join(f, f->c->arrows[a].to))
		aisp_buf_putz(&text, aisp_mode_name(h->gain));
	else
		aisp_chain__modes(f->c, f->p, a, &text);
	if (text.bad)
		f->h->out->bad = text.bad;
	put_chip(f, is_doubted(f, a) ? "mode maybe" : "mode", x, y - 42, aisp_buf_slice(&text));
	put_place(f, &hop, x, y - 50, changes_row(f, a) ? PLACE_IN_LANE : PLACE_COLUMNS);
	aisp_html__raw(f->h, "</g>\n");
}

/* ---- stations ---- */

/* A name over two lines, broken where names have joints. */
static uint32_t put_name(struct flow *f, uint32_t x, uint32_t y, struct aisp_slice name)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf plain;

	aisp_buf_init(&plain, 0);
	aisp_buf_put_printable(&plain, name);
	struct aisp_slice s = aisp_buf_slice(&plain);
	size_t best = 0;

	if (plain.bad)
		f->h->out->bad = plain.bad;
	if (text_width(s, 13) > NAME_WIDTH)
		for (size_t i = 1; i < s.n && text_width(aisp_slice_to(s, i), 13) <= NAME_WIDTH; i++)
			if (strchr(" -_/.:@#", s.p[i - 1]))
				best = i;
	if (best == 0) {
		put_label(f, "name", x, y, s, 13, NAME_WIDTH);
		return y + 16;
	}
	put_label(f, "name", x, y, aisp_slice_trim(aisp_slice_to(s, best)), 13, NAME_WIDTH);
	put_label(f, "name", x, y + 15, aisp_slice_from(s, best), 13, NAME_WIDTH);
	return y + 31;
}

static void put_station(struct flow *f, uint32_t i)
{
	const struct aisp_station *st = &f->c->stations[i];
	enum aisp_node_kind kind = aisp_show__kind(f->h->s, st->node);
	const char *title = aisp_show__kind_title(kind, true);
	uint32_t x = f->x[st->column], y = y_of(st->row);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf modes;

	aisp_buf_init(&modes, 0);
	aisp_html__rawf(f->h, "<g class=\"st k%d\"><title>", (int)kind);
	aisp_html__text(f->h, aisp_show__id(f->h->s, st->node));
	aisp_html__raw(f->h, "</title>");
	if (st->n_out == 0)
		aisp_html__rawf(f->h, "<circle class=\"goal\" cx=\"%u\" cy=\"%u\" r=\"%d\"/>", x, y, RADIUS + 5);
	aisp_html__rawf(f->h,
			"<circle class=\"disc\" cx=\"%u\" cy=\"%u\" r=\"%d\"/><use class=\"glyph\" href=\"#i-%s\" "
			"x=\"%u\" y=\"%u\" width=\"24\" height=\"24\"/>",
			x, y, RADIUS, aisp_html__icon_name(kind), x - 12, y - 12);
	uint32_t below = put_name(f, x, y + RADIUS + 22, aisp_show__name(f->h->s, st->node));

	if (!aisp_slice_eqz(aisp_show__name(f->h->s, st->node), title))
		put_label(f, "sort", x, below, aisp_slice_z(title), 11, NAME_WIDTH);
	if (is_sensitive(f, st->node))
		put_chip(f, "hot", x, below + 8,
			 aisp_slice_z(
				 aisp_sensitivity_name((enum aisp_sensitivity)f->h->s->nodes[st->node].sensitivity)));
	if (is_join(f, i) || st->n_in == 0)
		aisp_chain__conclusions(f->c, f->p, i, &modes);
	if (modes.bad)
		f->h->out->bad = modes.bad;
	if (modes.n > 0)
		put_chip(f, "gain", x, y - RADIUS - 30, aisp_buf_slice(&modes));
	aisp_html__raw(f->h, "</g>\n");
	if (is_join(f, i))
		aisp_html__rawf(f->h,
				"<circle class=\"and\" cx=\"%u\" cy=\"%u\" r=\"8\"/><text class=\"and\" x=\"%u\" "
				"y=\"%u\">&amp;</text>\n",
				x - LANE_AT + 10, y, x - LANE_AT + 10, y + 4);
}

void aisp_html__flow(struct aisp_html *h, const struct aisp_path *p, const struct aisp_chain *c)
{
	struct flow f = {.h = h, .p = p, .c = c};

	if (c->n_columns == 0 || c->n_columns > MOST_COLUMNS)
		return;
	if (!lay_out(&f)) {
		h->out->bad = AISP_E_NOMEM;
		return;
	}
	aisp_html__rawf(h,
			"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"drawing of the path\"><svg "
			"class=\"flow%s\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\" "
			"aria-label=\"the path from left to right; the same stands in the list of steps\">\n",
			f.width > 1260  ? " wide long"
			: f.width > 760 ? " wide"
					: "",
			f.width, f.height, f.width, f.height);
	for (size_t a = 0; a < c->n_arrows; a++)
		put_edge(&f, a);
	for (uint32_t i = 0; i < c->n_stations; i++)
		if (c->stations[i].alive)
			put_station(&f, i);
	aisp_html__raw(h, "</svg></div>\n");
	aisp_mem_free(f.x);
}
