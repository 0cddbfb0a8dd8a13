/* Access paths on a terminal: one hop a line.
 *
 *   1  internet can read customers through an agent      read_via · possible · inferred
 *      internet
 *        EXPOSES →      endpoint support.example.com    net ⇒ call    deploy/ingress.yaml:14
 *      and, needed as well, from db_role bot
 *        CAN_CALL →     database support                net           GRANT CONNECT ON …
 */
#include "show/chain.h"
#include "show/evidence.h"
#include "show/table/table_int.h"

enum { LABEL_COLUMNS = 18, NARROW = 84, LEAST_PLACE = 8 };

struct layout {
	size_t indent, target, modes, place; /* columns; place 0 = on the next line */
	bool below;                          /* the modes too */
};

static void put_thing(struct aisp_tty *t, aisp_node n, size_t columns, size_t pad)
{
	const char *kind = aisp_show__kind_title(aisp_show__kind(t->s, n), true);
	bool says_all = aisp_slice_eqz(aisp_show__name(t->s, n), kind); /* not "internet internet" */
	size_t used = says_all ? 0 : strlen(kind) + 1;

	if (!says_all) {
		aisp_tty__z(t, AISP_PAINT_DIM, kind);
		aisp_buf_putc(t->out, ' ');
	}
	columns = columns > used + 4 ? columns - used : columns ? 4 : 0;
	aisp_tty__text(t, AISP_PAINT_PLAIN, aisp_show__name(t->s, n), columns, pad > used ? pad - used : 0);
}

static void put_label(struct aisp_tty *t, const struct aisp_show_hop *hop, bool conditional)
{
	const char *name = hop->edge ? aisp_edge_kinds[hop->edge].name : hop->step;
	const char *arrow = conditional ? "⇢" : "→";
	size_t used = strlen(name) + 2;

	aisp_buf_printf(t->out, hop->back ? "%s%s" : "%s %s", hop->back ? "←" : name, hop->back ? " " : arrow);
	if (hop->back)
		aisp_buf_putz(t->out, name);
	aisp_buf_fill(t->out, ' ', used < LABEL_COLUMNS ? LABEL_COLUMNS - used : 1);
}

/* `used` columns of the line are taken already, where the place shares it with the modes. */
static void put_place(struct aisp_tty *t, const struct layout *l, const struct aisp_show_hop *hop, size_t used)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf place, all;
	struct aisp_buf cut;

	aisp_buf_init(&place, 0);
	aisp_buf_init(&all, 0);
	if (hop->added)
		aisp_buf_putz(&all, "proposed");
	aisp_show__edge_place(t->s, hop->number, &all);
	aisp_buf_put_printable(&place, aisp_buf_slice(&all)); /* before cutting: escapes take columns too */
	if (place.bad || all.bad)
		t->out->bad = place.bad ? place.bad : all.bad;
	if (place.n == 0)
		return;
	if (l->place == 0 && !l->below) {
		aisp_buf_putc(t->out, '\n');
		aisp_buf_fill(t->out, ' ', l->indent + 4);
	} else {
		aisp_buf_putz(t->out, "  ");
	}
	const struct aisp_evidence *ev = aisp_show__edge_evidence(t->s, hop->number);
	size_t line = t->width - l->indent - 4 - (l->below ? used + 2 : 0);
	size_t room = !t->cut ? 0 : l->place ? l->place : line > LEAST_PLACE && line < t->width ? line : LEAST_PLACE;

	aisp_buf_init(&cut, 0);
	if (ev && ev->form == AISP_EV_RULE) /* a clause: its start tells most */
		aisp_show__fit_start(&cut, aisp_buf_slice(&place), room);
	else if (ev && ev->form == AISP_EV_API && !aisp_slice_starts(aisp_buf_slice(&place), AISP_S("GRANT ")))
		aisp_show__fit_end(&cut, aisp_buf_slice(&place), room);
	else
		aisp_show__fit(&cut, aisp_buf_slice(&place), room);
	if (cut.bad)
		t->out->bad = cut.bad;
	aisp_tty__text(t, AISP_PAINT_DIM, aisp_buf_slice(&cut), room, 0);
	aisp_buf_done(&cut);
}

/* Why a step is possible only. */
static void put_doubt(struct aisp_tty *t, const struct layout *l, const char *lead, struct aisp_slice why)
{
	aisp_buf_fill(t->out, ' ', l->indent + 4);
	aisp_tty__z(t, AISP_PAINT_MEDIUM, lead);
	aisp_tty__text(t, AISP_PAINT_DIM, why, t->cut ? t->width - l->indent - 4 - strlen(lead) : 0, 0);
	aisp_buf_putc(t->out, '\n');
}

static void put_doubts_inside(struct aisp_tty *t, const struct layout *l, const struct aisp_chain *c,
			      const struct aisp_path *path, uint32_t station)
{
	const struct aisp_station *st = &c->stations[station];

	for (uint32_t i = 0; i < st->n_concluded; i++) {
		const struct aisp_hop *h = &path->hops[c->concluded[st->first + i]];

		if (h->conditional)
			put_doubt(t, l, "possible: ", aisp_slice_z(aisp_show__hop(t->s, h).why));
	}
}

static void put_arrow(struct aisp_tty *t, const struct layout *l, const struct aisp_chain *c,
		      const struct aisp_path *path, size_t a)
{
	const struct aisp_hop *h = &path->hops[c->arrows[a].hop];
	struct aisp_show_hop hop = aisp_show__hop(t->s, h);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf modes;

	aisp_buf_init(&modes, 0);
	aisp_chain__modes(c, path, a, &modes);
	if (modes.bad)
		t->out->bad = modes.bad;
	aisp_buf_fill(t->out, ' ', l->indent + 2);
	put_label(t, &hop, h->conditional);
	put_thing(t, c->stations[c->arrows[a].to].node, t->cut ? l->target : 0, l->below ? 0 : l->target);
	if (l->below) {
		aisp_buf_putc(t->out, '\n');
		aisp_buf_fill(t->out, ' ', l->indent + 4);
	} else {
		aisp_buf_putz(t->out, "  ");
	}
	aisp_tty__text(t, h->conditional ? AISP_PAINT_MEDIUM : AISP_PAINT_GOOD, aisp_buf_slice(&modes), 0,
		       l->place ? l->modes : 0);
	put_place(t, l, &hop, aisp_show__width(aisp_buf_slice(&modes)));
	aisp_buf_putc(t->out, '\n');
	if (h->conditional && hop.condition.n > 0)
		put_doubt(t, l, "only if ", hop.condition);
	if (aisp_chain__is_last_arrival(c, a))
		put_doubts_inside(t, l, c, path, c->arrows[a].to);
}

/* A start of a line: its own thing, or for a side branch where it leaves the main line. */
static void put_start(struct aisp_tty *t, const struct layout *l, const struct aisp_chain *c,
		      const struct aisp_path *path, uint32_t station, bool side)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf modes;

	aisp_buf_init(&modes, 0);
	aisp_buf_fill(t->out, ' ', l->indent);
	if (side)
		aisp_tty__z(t, AISP_PAINT_DIM, "and, needed as well, from ");
	put_thing(t, c->stations[station].node, t->cut ? t->width - l->indent - (side ? 27 : 1) : 0, 0);
	if (!side && c->stations[station].n_in == 0)
		aisp_chain__conclusions(c, path, station, &modes);
	if (modes.bad)
		t->out->bad = modes.bad;
	if (modes.n > 0) {
		aisp_buf_putz(t->out, "  ");
		aisp_tty__text(t, AISP_PAINT_GOOD, aisp_buf_slice(&modes), 0, 0);
	}
	aisp_buf_putc(t->out, '\n');
}

static struct layout lay_out(struct aisp_tty *t, const struct aisp_chain *c, const struct aisp_path *path,
			     size_t indent)
{
	struct layout l = {.indent = indent};
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf modes;

	aisp_buf_init(&modes, 0);
	for (size_t a = 0; a < c->n_arrows; a++) {
		aisp_node n = c->stations[c->arrows[a].to].node;
		size_t w = strlen(aisp_show__kind_title(aisp_show__kind(t->s, n), true)) + 1 +
			   aisp_show__width(aisp_show__name(t->s, n));

		aisp_buf_clear(&modes);
		aisp_chain__modes(c, path, a, &modes);
		if (modes.bad)
			t->out->bad = modes.bad;
		size_t m = aisp_show__width(aisp_buf_slice(&modes));

		l.target = w > l.target ? w : l.target;
		l.modes = m > l.modes ? m : l.modes;
	}
	size_t room = t->width - indent - 2 - LABEL_COLUMNS, most = t->width < NARROW ? room : room * 2 / 5;

	if (l.target > most)
		l.target = most;
	if (t->width >= NARROW && room > l.target + l.modes + 16)
		l.place = room - l.target - l.modes - 4;
	l.below = t->cut && l.place == 0 && l.target + 2 + l.modes > room;
	return l;
}

int aisp_table__hops(struct aisp_tty *t, const struct aisp_path *path, size_t indent, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_chain__done) struct aisp_chain c = {0};
	int r = aisp_chain__make(path, &c, err);

	if (r < 0)
		return r;
	struct layout l = lay_out(t, &c, path, indent);
	unsigned branch = 0;

	if (c.n_arrows == 0)
		for (uint32_t st = 0; st < c.n_stations; st++)
			put_start(t, &l, &c, path, st, false);
	for (size_t a = 0; a < c.n_arrows; a++) {
		unsigned now = path->hops[c.arrows[a].hop].branch;

		if (a == 0 || now != branch)
			put_start(t, &l, &c, path, c.arrows[a].from, a > 0);
		branch = now;
		put_arrow(t, &l, &c, path, a);
	}
	return AISP_OK;
}

int aisp_table__path(struct aisp_tty *t, const struct aisp_access_row *row, size_t number, struct aisp_err *err)
{
	const char *after, *verb = aisp_show__verb(row->mode, &after);
	size_t most = t->cut ? t->width / 3 : 0;

	aisp_buf_putz(t->out, "  ");
	if (number > 0)
		aisp_buf_printf(t->out, "%2zu  ", number);
	aisp_tty__text(t, AISP_PAINT_BOLD, aisp_show__name(t->s, row->actor), most, 0);
	aisp_buf_printf(t->out, " %s ", verb);
	aisp_tty__text(t, AISP_PAINT_BOLD, aisp_show__name(t->s, row->target), most, 0);
	aisp_buf_printf(t->out, "%s\n", after);
	size_t indent = number > 0 ? 6 : 4;

	aisp_buf_fill(t->out, ' ', indent);
	aisp_tty__z(t, AISP_PAINT_ACCENT, aisp_mode_name(row->mode));
	aisp_buf_putz(t->out, " · ");
	aisp_tty__z(t, row->certain ? AISP_PAINT_HIGH : AISP_PAINT_MEDIUM, row->certain ? "certain" : "possible");
	if (row->path.n > 0)
		aisp_buf_printf(t->out, " · %s", aisp_confidence_name(row->path.confidence));
	unsigned sensitivity = row->target && row->target <= t->s->n_nodes ? t->s->nodes[row->target].sensitivity : 0;

	if (sensitivity > AISP_SENS_PUBLIC)
		aisp_buf_printf(t->out, " · %s data", aisp_sensitivity_name(sensitivity));
	aisp_buf_putc(t->out, '\n');
	return row->path.n > 0 ? aisp_table__hops(t, &row->path, indent, err) : AISP_OK;
}
