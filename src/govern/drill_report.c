/* A drill's document for people: a table for the terminal, one page of HTML without scripts or requests. Pure. */
#include "govern/drill_int.h"
#include <stdio.h>

static void put_s(struct aisp_buf *out, const struct aisp_doc *v, const char *otherwise)
{
	if (v && v->type == AISP_DOC_REAL)
		aisp_buf_printf(out, "%.2f s", v->r);
	else if (v && v->type == AISP_DOC_INT)
		aisp_buf_printf(out, "%lld.00 s", (long long)v->i);
	else
		aisp_buf_putz(out, otherwise);
}

/* What happened to one measure: "after 0.21 s (rule x)", or why not. */
static void put_measure(struct aisp_buf *out, const struct aisp_doc *m, const char *time, const char *why, const char *rule)
{
	const struct aisp_doc *v = aisp_doc_get(m, time);
	const struct aisp_slice said = rule ? aisp_doc_getstr(m, rule) : (struct aisp_slice){0}, reason = aisp_doc_getstr(m, why);

	if (v && v->type != AISP_DOC_NULL) {
		aisp_buf_putz(out, "after ");
		put_s(out, v, "");
		if (said.n) {
			aisp_buf_putz(out, ", by ");
			aisp_buf_put_printable(out, said);
		}
		return;
	}
	aisp_buf_putz(out, "NO");
	if (reason.n) {
		aisp_buf_putz(out, ": ");
		aisp_buf_put_printable(out, reason);
	}
}

static void put_reach_line(struct aisp_buf *out, const struct aisp_doc *m)
{
	aisp_buf_printf(out, "%lld predicted, %lld answered, %lld both", (long long)aisp_doc_int(aisp_doc_get(m, "reach_predicted"), 0),
			(long long)aisp_doc_int(aisp_doc_get(m, "reach_answered"), 0), (long long)aisp_doc_int(aisp_doc_get(m, "reach_both"), 0));
}

static void pad(struct aisp_buf *out, size_t from, size_t width)
{
	size_t n = 0;

	for (size_t i = from; i < out->n; i++) /* code points, near enough to columns */
		n += ((unsigned char)out->p[i] & 0xc0) != 0x80;
	aisp_buf_fill(out, ' ', n < width ? width - n : 1);
}

static void put_cell(struct aisp_buf *out, struct aisp_slice s, size_t width)
{
	const size_t from = out->n;

	aisp_buf_put_printable(out, s);
	pad(out, from, width);
}

static size_t widest(const struct aisp_doc *rows, const char *key, size_t least, size_t most)
{
	for (uint32_t i = 0; i < aisp_doc_count(rows); i++) {
		const size_t n = aisp_doc_getstr(aisp_doc_at(rows, i), key).n + 2;
		least = n > least ? n : least;
	}
	return least < most ? least : most;
}

static void table_list(const struct aisp_doc *rows, struct aisp_buf *out)
{
	const size_t kind = widest(rows, "kind", 8, 40), place = widest(rows, "place", 8, 60), state = widest(rows, "state", 8, 30);

	if (aisp_doc_count(rows) == 0)
		aisp_buf_putz(out, "no drill yet; `aisp help drill` says how to make one\n");
	for (uint32_t i = 0; i < aisp_doc_count(rows); i++) {
		const struct aisp_doc *e = aisp_doc_at(rows, i);
		if (i == 0) {
			put_cell(out, AISP_S("DRILL"), 12);
			put_cell(out, AISP_S("AT"), 22);
			put_cell(out, AISP_S("KIND"), kind);
			put_cell(out, AISP_S("PLACE"), place);
			put_cell(out, AISP_S("STATE"), state);
			aisp_buf_putz(out, "SCANNERS  LOGS      CONTAINED\n");
		}
		put_cell(out, aisp_doc_getstr(e, "id"), 12);
		put_cell(out, aisp_doc_getstr(e, "at"), 22);
		put_cell(out, aisp_doc_getstr(e, "kind"), kind);
		put_cell(out, aisp_doc_getstr(e, "place"), place);
		put_cell(out, aisp_doc_getstr(e, "state"), state);
		static const char *const times[] = {"detected_by_scanners_s", "seen_in_logs_s", "contained_s"};
		for (size_t t = 0; t < 3; t++) {
			const size_t from = out->n;
			put_s(out, aisp_doc_get(e, times[t]), "-");
			if (t < 2)
				pad(out, from, 10);
		}
		aisp_buf_putc(out, '\n');
	}
}

static void table_steps(const struct aisp_doc *doc, bool planned, struct aisp_buf *out)
{
	const struct aisp_doc *steps = aisp_doc_get(doc, "steps");
	struct aisp_slice last = {0};

	for (uint32_t i = 0; i < aisp_doc_count(steps); i++) {
		const struct aisp_doc *s = aisp_doc_at(steps, i);
		const struct aisp_slice phase = aisp_doc_getstr(s, "phase"), note = aisp_doc_getstr(s, "note");
		aisp_buf_putz(out, "  ");
		put_cell(out, aisp_slice_eq(phase, last) ? AISP_S("") : phase, 11);
		last = phase;
		if (planned) {
			aisp_buf_put_printable(out, aisp_doc_getstr(s, "what"));
			aisp_buf_putc(out, '\n');
			continue;
		}
		const size_t from = out->n;
		put_s(out, aisp_doc_get(s, "at_s"), "-");
		pad(out, from, 10);
		put_cell(out, aisp_doc_getstr(s, "result"), 14);
		aisp_buf_put_printable(out, aisp_doc_getstr(s, "what"));
		if (note.n) {
			aisp_buf_putz(out, "\n                                     ");
			aisp_buf_put_printable(out, aisp_slice_to(note, 300));
		}
		aisp_buf_putc(out, '\n');
	}
}

static void table_reach(const struct aisp_doc *doc, struct aisp_buf *out)
{
	const struct aisp_doc *items = aisp_doc_path(doc, "reach.items");
	uint32_t shown = 0;

	for (uint32_t i = 0; i < aisp_doc_count(items); i++) {
		const struct aisp_doc *x = aisp_doc_at(items, i), *answered = aisp_doc_get(x, "answered");
		const bool predicted = aisp_doc_bool(aisp_doc_get(x, "predicted"), false), tried = answered && answered->type == AISP_DOC_BOOL;
		const char *word = !tried ? "predicted, not tried" : predicted && answered->b ? "predicted, answers" : predicted ? "PREDICTED, REFUSED" : answered->b ? "ANSWERS, NOT PREDICTED" : "refused";
		if (++shown > 20)
			continue;
		aisp_buf_putz(out, "    ");
		put_cell(out, aisp_slice_z(word), 24);
		aisp_buf_put_printable(out, aisp_doc_getstr(x, "what"));
		aisp_buf_putc(out, '\n');
	}
	if (shown > 20)
		aisp_buf_printf(out, "    … and %u more (--format json has them)\n", shown - 20);
}

void aisp_drill_table(const struct aisp_doc *doc, struct aisp_buf *out)
{
	const struct aisp_doc *m = aisp_doc_get(doc, "measures"), *earlier = aisp_doc_get(doc, "earlier");
	const struct aisp_slice state = aisp_doc_getstr(doc, "state"), why = aisp_doc_getstr(doc, "why");
	const bool planned = aisp_slice_eqz(state, "planned");

	if (aisp_doc_get(doc, "drills")) {
		table_list(aisp_doc_get(doc, "drills"), out);
		return;
	}
	aisp_buf_putz(out, planned ? "this is what a drill would do: " : "drill ");
	if (!planned)
		aisp_buf_printf(out, "%.*s: ", AISP_FMT(aisp_doc_getstr(doc, "id")));
	aisp_buf_put_printable(out, aisp_doc_getstr(doc, "kind"));
	aisp_buf_putz(out, " at ");
	aisp_buf_put_printable(out, aisp_doc_getstr(doc, "place"));
	if (!planned)
		aisp_buf_printf(out, ": %.*s", AISP_FMT(state));
	if (why.n) {
		aisp_buf_putz(out, ": ");
		aisp_buf_put_printable(out, why);
	}
	aisp_buf_putz(out, "\n\n");
	if (!planned) {
		aisp_buf_putz(out, "  found by scanners  ");
		put_measure(out, m, "detected_by_scanners_s", "not_detected_by_scanners", "rule");
		aisp_buf_putz(out, "\n  seen in logs       ");
		put_measure(out, m, "seen_in_logs_s", "not_seen_in_logs", NULL);
		aisp_buf_putz(out, "\n  contained          ");
		put_measure(out, m, "contained_s", "", NULL);
		aisp_buf_putz(out, "\n  reach              ");
		put_reach_line(out, m);
		aisp_buf_putc(out, '\n');
		table_reach(doc, out);
		aisp_buf_putc(out, '\n');
	}
	table_steps(doc, planned, out);
	if (planned)
		aisp_buf_putz(out, "\nnothing was done: --execute does it\n");
	if (aisp_doc_count(earlier)) {
		aisp_buf_putz(out, "\nearlier drills of this kind and place\n");
		table_list(earlier, out);
	}
}

/* ---- HTML ---- */

static void put_html(struct aisp_buf *out, struct aisp_slice s)
{
	AISP_AUTOBUF struct aisp_buf shown = {0};

	aisp_buf_init(&shown, 1 << 20);
	aisp_buf_put_printable(&shown, s);
	for (size_t i = 0; i < shown.n; i++) {
		const char c = shown.p[i];
		const char *as = c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : c == '\'' ? "&#39;" : NULL;
		if (as)
			aisp_buf_putz(out, as);
		else
			aisp_buf_putc(out, c);
	}
}

static void html_cell(struct aisp_buf *out, const char *class, struct aisp_slice s)
{
	aisp_buf_printf(out, "<td class=\"%s\">", class);
	put_html(out, s);
	aisp_buf_putz(out, "</td>");
}

static void html_time(struct aisp_buf *out, const struct aisp_doc *v)
{
	aisp_buf_putz(out, "<td class=\"n\">");
	put_s(out, v, "–");
	aisp_buf_putz(out, "</td>");
}

static void html_measure(struct aisp_buf *out, const char *title, const struct aisp_doc *m, const char *time, const char *why, const char *rule)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	const struct aisp_doc *v = aisp_doc_get(m, time);
	const bool good = v && v->type != AISP_DOC_NULL;

	aisp_buf_init(&text, 4096);
	if (good && rule)
		aisp_buf_put(&text, aisp_doc_getstr(m, rule));
	else if (!good)
		aisp_buf_put(&text, aisp_doc_getstr(m, why));
	aisp_buf_printf(out, "<div class=\"card %s\"><h2>%s</h2><p class=\"big\">", good ? "good" : "bad", title);
	put_s(out, v, "no");
	aisp_buf_putz(out, "</p><p>");
	put_html(out, aisp_buf_slice(&text));
	aisp_buf_putz(out, "</p></div>\n");
}

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>aisp drill</title><style>\n"
	":root{color-scheme:light dark;--b:#fff;--t:#1f2937;--l:#d1d5db;--g:#15803d;--r:#b91c1c;--s:#f3f4f6}\n"
	"@media(prefers-color-scheme:dark){:root{--b:#111827;--t:#e5e7eb;--l:#374151;--g:#4ade80;--r:#f87171;--s:#1f2937}}\n"
	"body{margin:0 auto;max-width:70rem;padding:1.5rem;background:var(--b);color:var(--t);font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1rem;margin:0}h3{font-size:1.15rem;margin:1.6rem 0 .5rem}\n"
	".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem;margin:1.2rem 0}\n"
	".card{border:1px solid var(--l);border-left:.4rem solid var(--l);border-radius:.4rem;padding:.8rem;background:var(--s)}.card p{margin:.2rem 0 0}\n"
	".good{border-left-color:var(--g)}.bad{border-left-color:var(--r)}.big{font-size:1.6rem;font-variant-numeric:tabular-nums}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--l);vertical-align:top}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.k{white-space:nowrap}.note{opacity:.8;font-size:.9rem}\n"
	"</style></head><body>\n";

static void html_steps(const struct aisp_doc *steps, struct aisp_buf *out)
{
	aisp_buf_putz(out, "<h3>What was done</h3><div class=\"wide\"><table><tr><th>phase</th><th>what</th><th>result</th><th class=\"n\">at</th><th class=\"n\">took</th></tr>\n");
	for (uint32_t i = 0; i < aisp_doc_count(steps); i++) {
		const struct aisp_doc *s = aisp_doc_at(steps, i);
		const struct aisp_slice note = aisp_doc_getstr(s, "note");
		aisp_buf_putz(out, "<tr>");
		html_cell(out, "k", aisp_doc_getstr(s, "phase"));
		aisp_buf_putz(out, "<td>");
		put_html(out, aisp_doc_getstr(s, "what"));
		if (note.n) {
			aisp_buf_putz(out, "<div class=\"note\">");
			put_html(out, note);
			aisp_buf_putz(out, "</div>");
		}
		aisp_buf_putz(out, "</td>");
		html_cell(out, "k", aisp_doc_getstr(s, "result"));
		html_time(out, aisp_doc_get(s, "at_s"));
		html_time(out, aisp_doc_get(s, "took_s"));
		aisp_buf_putz(out, "</tr>\n");
	}
	aisp_buf_putz(out, "</table></div>\n");
}

static void html_reach(const struct aisp_doc *items, struct aisp_buf *out)
{
	if (aisp_doc_count(items) == 0)
		return;
	aisp_buf_putz(out, "<h3>Reach</h3><div class=\"wide\"><table><tr><th>what</th><th>predicted</th><th>answered</th></tr>\n");
	for (uint32_t i = 0; i < aisp_doc_count(items); i++) {
		const struct aisp_doc *x = aisp_doc_at(items, i), *a = aisp_doc_get(x, "answered");
		aisp_buf_putz(out, "<tr>");
		html_cell(out, "", aisp_doc_getstr(x, "what"));
		html_cell(out, "k", aisp_doc_bool(aisp_doc_get(x, "predicted"), false) ? AISP_S("yes") : AISP_S("no"));
		html_cell(out, "k", !a || a->type != AISP_DOC_BOOL ? AISP_S("not tried") : a->b ? AISP_S("yes") : AISP_S("no"));
		aisp_buf_putz(out, "</tr>\n");
	}
	aisp_buf_putz(out, "</table></div>\n");
}

static void html_list(const char *title, const struct aisp_doc *rows, struct aisp_buf *out)
{
	aisp_buf_printf(out, "<h3>%s</h3><div class=\"wide\"><table><tr><th>drill</th><th>at</th><th>kind</th><th>place</th><th>state</th><th class=\"n\">scanners</th>"
			     "<th class=\"n\">logs</th><th class=\"n\">contained</th></tr>\n", title);
	for (uint32_t i = 0; i < aisp_doc_count(rows); i++) {
		static const char *const texts[] = {"id", "at", "kind", "place", "state"};
		const struct aisp_doc *e = aisp_doc_at(rows, i);
		aisp_buf_putz(out, "<tr>");
		for (size_t t = 0; t < 5; t++)
			html_cell(out, t == 3 ? "" : "k", aisp_doc_getstr(e, texts[t]));
		html_time(out, aisp_doc_get(e, "detected_by_scanners_s"));
		html_time(out, aisp_doc_get(e, "seen_in_logs_s"));
		html_time(out, aisp_doc_get(e, "contained_s"));
		aisp_buf_putz(out, "</tr>\n");
	}
	aisp_buf_putz(out, "</table></div>\n");
}

void aisp_drill_html(const struct aisp_doc *doc, struct aisp_buf *out)
{
	const struct aisp_doc *m = aisp_doc_get(doc, "measures");
	const struct aisp_slice why = aisp_doc_getstr(doc, "why");

	aisp_buf_putz(out, head);
	if (aisp_doc_get(doc, "drills")) {
		html_list("Drills", aisp_doc_get(doc, "drills"), out);
		aisp_buf_putz(out, "</body></html>\n");
		return;
	}
	aisp_buf_putz(out, "<h1>Drill: ");
	put_html(out, aisp_doc_getstr(doc, "kind"));
	aisp_buf_putz(out, " at ");
	put_html(out, aisp_doc_getstr(doc, "place"));
	aisp_buf_putz(out, "</h1><p>");
	put_html(out, aisp_doc_getstr(doc, "id"));
	aisp_buf_putz(out, ", ");
	put_html(out, aisp_doc_getstr(doc, "at"));
	aisp_buf_putz(out, ": <strong>");
	put_html(out, aisp_doc_getstr(doc, "state"));
	aisp_buf_putz(out, "</strong>");
	if (why.n) {
		aisp_buf_putz(out, ": ");
		put_html(out, why);
	}
	aisp_buf_putz(out, "</p>\n");
	if (m) {
		AISP_AUTOBUF struct aisp_buf line = {0};
		aisp_buf_init(&line, 4096);
		put_reach_line(&line, m);
		const bool same = aisp_doc_int(aisp_doc_get(m, "reach_predicted"), 0) == aisp_doc_int(aisp_doc_get(m, "reach_both"), 0) &&
				  aisp_doc_int(aisp_doc_get(m, "reach_answered"), 0) == aisp_doc_int(aisp_doc_get(m, "reach_both"), 0);
		aisp_buf_putz(out, "<div class=\"cards\">\n");
		html_measure(out, "Found by scanners", m, "detected_by_scanners_s", "not_detected_by_scanners", "rule");
		html_measure(out, "Seen in logs", m, "seen_in_logs_s", "not_seen_in_logs", NULL);
		html_measure(out, "Contained", m, "contained_s", "", NULL);
		aisp_buf_printf(out, "<div class=\"card %s\"><h2>Reach</h2><p class=\"big\">%s</p><p>%.*s</p></div></div>\n", same ? "good" : "bad", same ? "as predicted" : "differs", (int)line.n, line.p);
	}
	html_steps(aisp_doc_get(doc, "steps"), out);
	html_reach(aisp_doc_path(doc, "reach.items"), out);
	if (aisp_doc_count(aisp_doc_get(doc, "earlier")))
		html_list("Earlier drills of this kind and place", aisp_doc_get(doc, "earlier"), out);
	aisp_buf_putz(out, "</body></html>\n");
}
