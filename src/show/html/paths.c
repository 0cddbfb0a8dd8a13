/* The section of worst paths, and the list of a path's hops. */
#include "show/chain.h"
#include "show/html/html_int.h"
#include <stdio.h>

static void put_evidence(struct aisp_html *h, const struct aisp_show_hop *hop)
{
	const struct aisp_evidence *ev = aisp_show__edge_evidence(h->s, hop->number);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf text;

	aisp_buf_init(&text, 0);
	if (ev)
		aisp_show__evidence_text(h->s, ev, &text);
	else
		aisp_buf_putz(&text, hop->added ? "proposed change" : "by nature");
	if (text.bad)
		h->out->bad = text.bad;
	aisp_html__raw(h, "<span class=\"ev\"><code><bdi>");
	aisp_html__text(h, aisp_buf_slice(&text));
	aisp_html__rawf(h, "</bdi></code>%s%s</span>", ev ? " · " : "", ev ? aisp_confidence_name(ev->confidence) : "");
}

/* Why, what would have to be changed, and what is uncertain. */
static void put_reasons(struct aisp_html *h, const struct aisp_chain *c, const struct aisp_path *p, size_t a,
			const struct aisp_show_hop *hop)
{
	const struct aisp_station *to = &c->stations[c->arrows[a].to];

	aisp_html__raw(h, "<span class=\"why\">");
	aisp_html__z(h, hop->why);
	for (uint32_t i = 0; aisp_chain__is_last_arrival(c, a) && i < to->n_concluded; i++) {
		const struct aisp_hop *inside = &p->hops[c->concluded[to->first + i]];

		aisp_html__raw(h, "; ");
		aisp_html__z(h, aisp_show__hop(h->s, inside).why);
		if (inside->conditional)
			aisp_html__raw(h, " <span class=\"tag maybe\">possible</span>");
	}
	aisp_html__raw(h, "</span>");
	if (hop->condition.n > 0) {
		aisp_html__raw(h, "<span class=\"why doubt\"><span class=\"tag maybe\">only if</span> <bdi>");
		aisp_html__text(h, hop->condition);
		aisp_html__raw(h, "</bdi></span>");
	}
	if (hop->control.n > 0) {
		aisp_html__raw(h, "<span class=\"why\">change here: <code><bdi>");
		aisp_html__text(h, hop->control);
		aisp_html__raw(h, "</bdi></code></span>");
	}
}

static void put_hop(struct aisp_html *h, const struct aisp_chain *c, const struct aisp_path *p, size_t a)
{
	const struct aisp_hop *step = &p->hops[c->arrows[a].hop];
	struct aisp_show_hop hop = aisp_show__hop(h->s, step);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf modes;

	aisp_buf_init(&modes, 0);
	aisp_chain__modes(c, p, a, &modes);
	if (modes.bad)
		h->out->bad = modes.bad;
	aisp_html__rawf(h, "<li class=\"%s%s\"><span class=\"edge\">%s%s%s</span>", step->branch ? "side" : "main",
			step->conditional ? " maybe" : "", hop.back ? "← " : "",
			hop.edge ? aisp_edge_kinds[hop.edge].name : hop.step, hop.back ? "" : " →");
	aisp_html__thing(h, c->stations[c->arrows[a].to].node);
	aisp_html__rawf(h, "<span class=\"gains\">%s</span>", modes.p ? modes.p : "");
	put_evidence(h, &hop);
	put_reasons(h, c, p, a, &hop);
	aisp_html__raw(h, "</li>\n");
}

static void put_start(struct aisp_html *h, const struct aisp_chain *c, uint32_t station, bool side)
{
	aisp_html__rawf(h, "<li class=\"start%s\"><span class=\"edge\">%s</span>", side ? " side" : "",
			side ? "and, needed too, from" : "starts at");
	aisp_html__thing(h, c->stations[station].node);
	aisp_html__raw(h, "</li>\n");
}

static void put_hops(struct aisp_html *h, const struct aisp_chain *c, const struct aisp_path *p)
{
	unsigned branch = 0;

	aisp_html__raw(h, "<ol class=\"hops\">\n");
	for (uint32_t i = 0; c->n_arrows == 0 && i < c->n_stations; i++)
		put_start(h, c, i, false);
	for (size_t a = 0; a < c->n_arrows; a++) {
		unsigned now = p->hops[c->arrows[a].hop].branch;

		if (a == 0 || now != branch)
			put_start(h, c, c->arrows[a].from, a > 0);
		branch = now;
		put_hop(h, c, p, a);
	}
	aisp_html__raw(h, "</ol>\n");
}

int aisp_html__path(struct aisp_html *h, const struct aisp_path *p, const char *id, struct aisp_err *err)
{
	AISP_CLEANUP(aisp_chain__done) struct aisp_chain c = {0};
	int r = aisp_chain__make(p, &c, err);
	bool drawn = h->drawings < AISP_HTML_DRAWINGS;

	if (r < 0)
		return r;
	aisp_html__rawf(h, "<div class=\"route%s\">\n", drawn ? "" : " list");
	if (drawn) {
		h->drawings++;
		aisp_html__flow(h, p, &c);
		aisp_html__rawf(h,
				"<input type=\"checkbox\" class=\"flip\" id=\"%s\"><label for=\"%s\"><span "
				"class=\"chev\"></span>Every step with its evidence</label>\n",
				id, id);
	}
	put_hops(h, &c, p);
	aisp_html__raw(h, "</div>\n");
	return AISP_OK;
}

int aisp_html__paths(struct aisp_html *h, struct aisp_err *err)
{
	char id[32];
	size_t shown = h->r->n_access < AISP_HTML_DRAWINGS ? h->r->n_access : AISP_HTML_DRAWINGS;
	size_t left_out = h->r->n_access - shown + h->r->n_access_left_out;

	aisp_html__raw(h, "<section id=\"paths\"><div class=\"head\"><h2>Worst access paths</h2><p>From where, over "
			  "what, to which data. <span class=\"legend\"><i class=\"solid\"></i>certain <i "
			  "class=\"dashed\"></i>possible <i class=\"amp\">&amp;</i>both are needed</span></p></div>\n");
	if (h->r->n_access == 0)
		aisp_html__rawf(h, "<p class=\"none\">No path was found%s.</p>\n",
				h->r->incomplete ? " in what could be read" : "");
	for (size_t i = 0; i < shown; i++) {
		const struct aisp_access_row *row = &h->r->access[i];

		aisp_html__rawf(h, "<article class=\"card path\"><header><span class=\"rank\">%zu</span><h3>", i + 1);
		aisp_html__sentence(h, row->actor, row->mode, row->target);
		aisp_html__rawf(h, "</h3><span class=\"tags\"><span class=\"tag mode\">%s</span>",
				aisp_mode_name(row->mode));
		aisp_html__certainty(h, row->certain, row->path.n ? row->path.confidence : 0);
		aisp_html__sensitivity(h, row->target);
		aisp_html__raw(h, "</span></header>\n");
		snprintf(id, sizeof id, "p%zu", i + 1);
		int r = row->path.n > 0 ? aisp_html__path(h, &row->path, id, err) : AISP_OK;

		if (r < 0)
			return r;
		aisp_html__raw(h, "</article>\n");
	}
	if (left_out > 0) {
		aisp_html__raw(h, "<p class=\"more\">… and ");
		aisp_html__count(h, left_out);
		aisp_html__raw(
			h,
			" more: <code>aisp access --to REF</code>, <code>aisp path --from REF --to REF</code></p>\n");
	}
	aisp_html__raw(h, "</section>\n");
	return AISP_OK;
}
