/* The HTML report: one file that needs nothing else. No request leaves it and only its own script and style may run:
 * the policy in its head names their hashes (CSP Level 3, 8.3). All of it can be read without the script, which only
 * filters.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "show/formats.h"
#include "show/html/html_int.h"
#include <stdio.h>

/* SHA-256 in base64, as CSP wants it. */
static void put_hash(struct aisp_buf *out, struct aisp_slice text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char hex[65];
	unsigned bytes[33] = {0}; /* one more, so that groups of three fit */

	aisp_sha256_hex(text.p, text.n, hex);
	for (int i = 0; i < 32; i++)
		if (sscanf(hex + 2 * i, "%2x", &bytes[i]) != 1)
			return;
	for (int i = 0; i < 33; i += 3) {
		unsigned group = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];

		aisp_buf_printf(out, "%c%c%c%c", digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
				i == 30 ? '=' : digits[group & 63]);
	}
}

static void put_head(struct aisp_html *h)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf css;

	aisp_buf_init(&css, 0);
	aisp_buf_putz(&css, aisp_html_css);
	aisp_html__kind_css(&css);
	if (css.bad)
		h->out->bad = css.bad;
	aisp_html__raw(h, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
			  "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	put_hash(h->out, aisp_buf_slice(&css));
	aisp_html__raw(h, "'; script-src 'sha256-");
	put_hash(h->out, aisp_slice_z(aisp_html_js));
	aisp_html__raw(h, "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" "
			  "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
			  "content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	aisp_html__text(h, h->r->title);
	aisp_html__raw(h, "</title>\n<style>");
	aisp_buf_put(h->out, aisp_buf_slice(&css));
	aisp_html__raw(h, "</style>\n</head>\n");
}

static void put_fact(struct aisp_html *h, const char *name, struct aisp_slice value, bool bad)
{
	aisp_html__rawf(h, "<div><dt>%s</dt><dd%s><bdi>", name, bad ? " class=\"bad\"" : "");
	aisp_html__text(h, value);
	aisp_html__raw(h, "</bdi></dd></div>\n");
}

static void put_source(struct aisp_html *h, struct aisp_slice kind, struct aisp_slice target, struct aisp_slice outcome)
{
	aisp_html__rawf(h, "<li class=\"%s\"><span>", aisp_slice_eqz(outcome, "ok") ? "ok" : "bad");
	aisp_html__text(h, kind);
	aisp_html__raw(h, "</span> <bdi>");
	aisp_html__text(h, target);
	aisp_html__raw(h, "</bdi> <b>");
	aisp_html__text(h, outcome);
	aisp_html__raw(h, "</b></li>\n");
}

/* Those of this run; for a report on what was stored, those of the snapshot. */
static void put_sources(struct aisp_html *h)
{
	enum { MOST = 12 };
	size_t n = h->r->n_sources ? h->r->n_sources : h->s->n_sources;

	aisp_html__raw(h, "<ul class=\"sources\" aria-label=\"sources\">\n");
	for (size_t i = 0; i < n && i < MOST; i++) {
		if (h->r->n_sources) {
			const struct aisp_report_source *s = &h->r->sources[i];

			put_source(h, s->kind, s->target, s->outcome);
		} else {
			const struct aisp_source_row *s = &h->s->sources[i + 1];

			put_source(h, aisp_snapshot_text(h->s, s->kind), aisp_snapshot_text(h->s, s->target),
				   s->stale ? AISP_S("stale") : AISP_S("ok"));
		}
	}
	if (n > MOST)
		aisp_html__rawf(h, "<li>… and %zu more</li>\n", n - (size_t)MOST);
	aisp_html__raw(h, "</ul>\n");
}

static void put_banner(struct aisp_html *h)
{
	char iso[AISP_ISO_LEN + 1], when[40];

	aisp_clock_iso(h->r->taken_us, iso);
	snprintf(when, sizeof when, "%.10s, %.5s UTC", iso, iso + 11);
	aisp_html__raw(
		h, "<header class=\"top\"><div class=\"wrap\"><p class=\"brand\"><svg viewBox=\"0 0 32 32\" "
		   "width=\"28\" height=\"28\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M16 2l11 4.5v8.5c0 "
		   "8-5 12.5-11 15-6-2.5-11-7-11-15V6.500z\"/><circle cx=\"11\" cy=\"14\" r=\"2.5\"/><circle cx=\"21\" "
		   "cy=\"11\" r=\"2.5\"/><circle cx=\"19\" cy=\"20\" r=\"2.5\"/><path d=\"M13.4 13.300l5.2-1.600M20.6 "
		   "13.500l-1 4M12.5 16l4.6 3\"/></svg>aisp <span>AI security posture</span></p>\n<h1><bdi>");
	aisp_html__text(h, h->r->title);
	aisp_html__raw(h, "</bdi></h1>\n<dl class=\"facts\">\n");
	put_fact(h, "Taken", aisp_slice_z(when), false);
	put_fact(h, "Coverage", h->r->incomplete ? AISP_S("incomplete") : AISP_S("complete"), h->r->incomplete);
	put_fact(h, "Program", h->r->version, false);
	aisp_html__raw(h, "</dl>\n");
	put_sources(h);
	aisp_html__raw(h, "</div></header>\n");
}

static void put_nav_item(struct aisp_html *h, const char *id, const char *title, uint64_t n)
{
	aisp_html__rawf(h, "<li><a href=\"#%s\">%s <span>", id, title);
	aisp_html__count(h, n);
	aisp_html__raw(h, "</span></a></li>\n");
}

static void put_nav(struct aisp_html *h)
{
	aisp_html__raw(h, "<nav aria-label=\"sections\"><ul class=\"wrap\">\n");
	put_nav_item(h, "paths", "Paths", h->r->n_access + h->r->n_access_left_out);
	put_nav_item(h, "findings", "Findings", h->counts.findings);
	put_nav_item(h, "coverage", "Gaps", h->counts.gaps);
	put_nav_item(h, "inventory", "Inventory", h->counts.nodes);
	put_nav_item(h, "identities", "Identities", h->counts.identities);
	aisp_html__raw(h, "<li><a href=\"#glossary\">Words</a></li>\n</ul></nav>\n");
}

/* `more` is emptied. */
static void put_card(struct aisp_html *h, const char *class, const char *href, uint64_t n, const char *what,
		     struct aisp_buf *more)
{
	aisp_html__rawf(h, "<a class=\"card stat %s\" href=\"#%s\"><b>", class, href);
	aisp_html__count(h, n);
	aisp_html__rawf(h, "</b><span>%s</span><small>%s</small></a>\n", what,
			more && more->n ? more->p : "none found");
	if (!more)
		return;
	if (more->bad)
		h->out->bad = more->bad;
	aisp_buf_clear(more);
}

/* Findings as one bar, in parts as wide as their counts. */
static void put_severity_card(struct aisp_html *h)
{
	uint32_t at = 0;

	aisp_html__raw(h, "<a class=\"card stat wide\" href=\"#findings\"><b>");
	aisp_html__count(h, h->counts.findings);
	aisp_html__raw(h, "</b><span>findings</span>");
	if (h->counts.findings > 0)
		aisp_html__raw(h, "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
				  "aria-hidden=\"true\" focusable=\"false\">");
	for (int s = AISP_SEV_CRITICAL; s >= AISP_SEV_INFO && h->counts.findings > 0; s--) {
		uint32_t w = (uint32_t)((uint64_t)h->counts.by_severity[s] * 1000 / h->counts.findings);

		if (w > 0)
			aisp_html__rawf(h, "<rect class=\"sev-%s\" x=\"%u\" width=\"%u\" height=\"10\"/>",
					aisp_severity_name((enum aisp_severity)s), at, w > 4 ? w - 4 : w);
		at += w;
	}
	if (h->counts.findings > 0)
		aisp_html__raw(h, "</svg>");
	aisp_html__raw(h, "<small>");
	for (int s = AISP_SEV_CRITICAL; s >= AISP_SEV_INFO; s--)
		if (h->counts.by_severity[s] > 0)
			aisp_html__rawf(h, "<span class=\"key sev-%s\">%u %s</span> ",
					aisp_severity_name((enum aisp_severity)s), h->counts.by_severity[s],
					aisp_severity_name((enum aisp_severity)s));
	aisp_html__raw(h, "</small></a>\n");
}

static void put_kinds(struct aisp_html *h, struct aisp_buf *more)
{
	static const enum aisp_node_kind kinds[] = {AISP_NODE_AGENT, AISP_NODE_MODEL, AISP_NODE_TOOL,
						    AISP_NODE_MCP_SERVER};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (h->counts.by_kind[kinds[i]] == 0)
			continue;
		if (more->n > 0)
			aisp_buf_putz(more, ", ");
		aisp_show__plural(more, h->counts.by_kind[kinds[i]], aisp_show__kind_title(kinds[i], true),
				  aisp_show__kind_title(kinds[i], false));
	}
}

static void put_cards(struct aisp_html *h)
{
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf more;
	const struct aisp_show_counts *c = &h->counts;

	aisp_buf_init(&more, 0);
	aisp_html__raw(h, "<section id=\"overview\" aria-label=\"overview\"><div class=\"cards\">\n");
	put_severity_card(h);
	aisp_buf_printf(&more, "shown: %u certain, %u possible", c->access_certain, c->access - c->access_certain);
	put_card(h, "", "paths", h->r->n_access + h->r->n_access_left_out, "access paths", c->access ? &more : NULL);
	put_kinds(h, &more);
	put_card(h, "", "inventory", c->ai_assets, "AI assets", &more);
	aisp_buf_printf(&more, "confidential or restricted, of ");
	aisp_show__plural(&more, c->assets, "asset", "assets");
	put_card(h, "", "inventory", c->sensitive, "sensitive assets", &more);
	aisp_buf_printf(&more, "%u non-human, ", c->nhis);
	aisp_show__plural(&more, c->credentials, "credential", "credentials");
	put_card(h, "", "identities", c->identities, "identities", &more);
	aisp_buf_putz(&more, c->gaps ? "not seen is not safe" : "all could be read");
	put_card(h, c->gaps ? "warn" : "fine", "coverage", c->gaps, c->gaps == 1 ? "coverage gap" : "coverage gaps",
		 &more);
	aisp_html__raw(h, "</div></section>\n");
}

static int put_page(struct aisp_html *h, struct aisp_err *err)
{
	put_head(h);
	aisp_html__raw(h, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
	aisp_html__sprites(h);
	put_banner(h);
	put_nav(h);
	aisp_html__raw(h, "<main id=\"main\" class=\"wrap\">\n");
	put_cards(h);
	int r = aisp_html__paths(h, err);

	if (r == AISP_OK)
		r = aisp_html__findings(h, err);
	if (r < 0)
		return r;
	aisp_html__coverage(h);
	aisp_html__inventory(h);
	aisp_html__identities(h);
	aisp_html__glossary(h);
	aisp_html__raw(h, "</main>\n<footer class=\"wrap\"><p>Made by aisp ");
	aisp_html__text(h, h->r->version);
	aisp_html__raw(h,
		       ". This file is complete in itself: it loads nothing and sends nothing.</p></footer>\n<script>");
	aisp_html__raw(h, aisp_html_js);
	aisp_html__raw(h, "</script>\n</body>\n</html>\n");
	return AISP_OK;
}

static int write(const struct aisp_report *r, enum aisp_view view, struct aisp_buf *out, struct aisp_err *err)
{
	AISP_AUTOFREE uint32_t *findings_of = aisp_mem_zalloc((size_t)r->snapshot->n_nodes + 1, sizeof *findings_of);
	struct aisp_html h = {.r = r, .s = r->snapshot, .out = out, .findings_of = findings_of};

	(void)view;
	if (!findings_of)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory: counting the findings of %u things",
				 r->snapshot->n_nodes);
	aisp_show__count(r, &h.counts);
	for (size_t i = 0; r->findings && i < r->findings->n; i++)
		if (r->findings->v[i].subject <= r->snapshot->n_nodes)
			findings_of[r->findings->v[i].subject]++;
	int e = put_page(&h, err);

	return e < 0 ? e : aisp_buf_check(out, err);
}

const struct aisp_format aisp_format_html = {
	.name = "html",
	.suffix = "html",
	.description = "a report for people, in one file that loads nothing",
	.views = AISP_VIEW_BIT(SCAN),
	.write = write,
};
