/* The section of findings. */
#include "show/html/html_int.h"
#include <stdio.h>

static void put_toolbar(struct aisp_html *h)
{
	bool has[AISP_NODE_KIND_END] = {false};

	aisp_html__raw(h,
		       "<form class=\"tools needs-js\" data-filter=\"findings\"><fieldset><legend>Severity</legend>\n");
	for (int s = AISP_SEV_CRITICAL; s >= AISP_SEV_INFO; s--)
		if (h->counts.by_severity[s] > 0)
			aisp_html__rawf(h,
					"<label class=\"pill sev-%s\"><input type=\"checkbox\" name=\"sev\" "
					"value=\"%s\" checked><span>%s <b>%u</b></span></label>\n",
					aisp_severity_name((enum aisp_severity)s),
					aisp_severity_name((enum aisp_severity)s),
					aisp_severity_name((enum aisp_severity)s), h->counts.by_severity[s]);
	aisp_html__raw(h, "</fieldset><label class=\"field\"><span>About</span><select name=\"kind\"><option "
			  "value=\"\">everything</option>\n");
	for (size_t i = 0; i < h->r->findings->n; i++)
		has[aisp_show__kind(h->s, h->r->findings->v[i].subject)] = true;
	for (int k = 1; k < AISP_NODE_KIND_END; k++)
		if (has[k]) {
			aisp_html__rawf(h, "<option value=\"%d\">", k);
			aisp_html__z(h, aisp_show__kind_title((enum aisp_node_kind)k, false));
			aisp_html__raw(h, "</option>");
		}
	aisp_html__raw(h, "</select></label>\n<label class=\"field grow\"><span>Text</span><input type=\"search\" "
			  "name=\"text\" placeholder=\"name, rule, control …\" autocomplete=\"off\"></label><output "
			  "class=\"hits\" aria-live=\"polite\"></output></form>\n");
}

static void put_terms(struct aisp_html *h, const struct aisp_finding *f)
{
	if (f->n_terms == 0)
		return;
	aisp_html__rawf(h, "<h4>Priority %d</h4><table class=\"terms\"><tbody>\n", f->priority);
	for (size_t i = 0; i < f->n_terms; i++) {
		aisp_html__rawf(h, "<tr><td class=\"num\">%s%d</td><td>", f->terms[i].points >= 0 ? "+" : "−",
				f->terms[i].points >= 0 ? f->terms[i].points : -f->terms[i].points);
		aisp_html__text(h, f->terms[i].what);
		aisp_html__raw(h, "</td></tr>\n");
	}
	aisp_html__raw(h, "</tbody></table>\n");
}

static void put_controls(struct aisp_html *h, const struct aisp_rule *rule)
{
	if (rule->n_controls == 0)
		return;
	aisp_html__raw(h, "<h4>Controls</h4><ul class=\"controls\">\n");
	for (size_t i = 0; i < rule->n_controls; i++) {
		aisp_html__raw(h, "<li><b>");
		aisp_html__text(h, rule->controls[i]->id);
		aisp_html__raw(h, "</b> ");
		aisp_html__text(h, rule->controls[i]->title);
		aisp_html__raw(h, " <small>");
		aisp_html__text(h, rule->controls[i]->framework);
		aisp_html__raw(h, "</small></li>\n");
	}
	aisp_html__raw(h, "</ul>\n");
}

static void put_evidence(struct aisp_html *h, aisp_node n)
{
	enum { MOST = 5 };
	const struct aisp_snode *node = n && n <= h->s->n_nodes ? &h->s->nodes[n] : NULL;
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf text;

	if (!node || node->ev_n == 0)
		return;
	aisp_buf_init(&text, 0);
	aisp_html__raw(h, "<h4>Evidence</h4><ul class=\"evidence\">\n");
	for (uint32_t i = 0; i < node->ev_n && i < MOST && node->ev_at + i < h->s->n_evidence; i++) {
		const struct aisp_evidence *e = &h->s->evidence[node->ev_at + i];

		aisp_buf_clear(&text);
		aisp_show__evidence_text(h->s, e, &text);
		if (text.bad)
			h->out->bad = text.bad;
		aisp_html__raw(h, "<li><code><bdi>");
		aisp_html__text(h, aisp_buf_slice(&text));
		aisp_html__rawf(h, "</bdi></code> <small>%s</small></li>\n", aisp_confidence_name(e->confidence));
	}
	if (node->ev_n > MOST)
		aisp_html__rawf(h, "<li><small>… and %u more</small></li>\n", node->ev_n - (unsigned)MOST);
	aisp_html__raw(h, "</ul>\n");
}

static void put_aside(struct aisp_html *h, const struct aisp_finding *f)
{
	aisp_html__raw(h, "<aside><h4>About</h4><p>");
	aisp_html__thing(h, f->subject);
	aisp_html__raw(h, "</p><p class=\"tags\">");
	aisp_html__certainty(h, f->certain, f->confidence);
	aisp_html__sensitivity(h, f->subject);
	aisp_html__raw(h, "</p>");
	put_evidence(h, f->subject);
	put_terms(h, f);
	put_controls(h, f->rule);
	aisp_html__raw(h, "<p class=\"ids\">rule <code>");
	aisp_html__text(h, f->rule->id);
	aisp_html__rawf(h, "</code><br>finding <code>%s</code></p></aside>\n", f->fingerprint);
}

static int put_finding(struct aisp_html *h, const struct aisp_finding *f, size_t i, struct aisp_err *err)
{
	const char *severity = aisp_severity_name(f->severity);
	char id[32];
	int r = AISP_OK;

	aisp_html__rawf(h,
			"<details class=\"card finding\" id=\"f%zu\" data-sev=\"%s\" data-kind=\"%d\"><summary><span "
			"class=\"sev sev-%s\">%s</span><span class=\"what\"><b>",
			i + 1, severity, (int)aisp_show__kind(h->s, f->subject), severity, severity);
	aisp_html__text(h, f->rule->title);
	aisp_html__raw(h, "</b><span class=\"msg\">");
	aisp_html__text(h, f->message);
	aisp_html__rawf(h,
			"</span></span><span class=\"prio\" title=\"priority\">%d</span></summary>\n<div "
			"class=\"body\"><div class=\"text\">",
			f->priority);
	aisp_html__prose(h, f->rule->description);
	if (f->rule->remediation.n > 0) {
		aisp_html__raw(h, "<div class=\"fix\"><h4>How to fix</h4>");
		aisp_html__prose(h, f->rule->remediation);
		aisp_html__raw(h, "</div>");
	}
	aisp_html__raw(h, "</div>\n");
	put_aside(h, f);
	snprintf(id, sizeof id, "fp%zu", i + 1);
	if (f->path.n > 0) {
		aisp_html__raw(h, "<div class=\"full\"><h4>Path</h4>");
		r = aisp_html__path(h, &f->path, id, err);
		aisp_html__raw(h, "</div>\n");
	}
	aisp_html__raw(h, "</div></details>\n");
	return r;
}

int aisp_html__findings(struct aisp_html *h, struct aisp_err *err)
{
	size_t n = h->r->findings ? h->r->findings->n : 0, shown = n < AISP_HTML_FINDINGS ? n : AISP_HTML_FINDINGS;

	aisp_html__raw(h, "<section id=\"findings\"><div class=\"head\"><h2>Findings</h2><p>Sorted by priority; open "
			  "one for its explanation, its fix and the controls it touches.</p></div>\n");
	if (n == 0)
		aisp_html__rawf(h, "<p class=\"none\">No rule found anything%s.</p>\n",
				h->r->incomplete ? " in what could be read" : "");
	else
		put_toolbar(h);
	for (size_t i = 0; i < shown; i++) {
		int r = put_finding(h, &h->r->findings->v[i], i, err);

		if (r < 0)
			return r;
	}
	if (shown < n) {
		aisp_html__raw(h, "<p class=\"more\">… and ");
		aisp_html__count(h, n - shown);
		aisp_html__raw(h, " more of lower priority: <code>aisp findings</code></p>\n");
	}
	aisp_html__raw(h, "</section>\n");
	return AISP_OK;
}
