/* The sections of coverage, inventory, identities and the glossary. */
#include "show/html/html_int.h"

/* ---- coverage ---- */

static void put_gap(struct aisp_html *h, const struct aisp_gap_row *gap)
{
	aisp_html__rawf(h, "<tr><td><span class=\"tag why-%s\">%s</span></td><td><code><bdi>",
			aisp_code_name((enum aisp_code) - (int)gap->why),
			aisp_code_name((enum aisp_code) - (int)gap->why));
	aisp_html__text(h, aisp_snapshot_text(h->s, gap->what));
	aisp_html__raw(h, "</bdi></code></td><td><bdi>");
	aisp_html__text(h, aisp_snapshot_text(h->s, gap->detail));
	aisp_html__raw(h, "</bdi></td><td class=\"dim\"><bdi>");
	aisp_html__text(h, aisp_show__source(h->s, gap->source));
	aisp_html__raw(h, "</bdi></td></tr>\n");
}

void aisp_html__coverage(struct aisp_html *h)
{
	uint32_t n = h->s->n_gaps, shown = n < AISP_HTML_ROWS ? n : AISP_HTML_ROWS;

	if (n == 0) {
		aisp_html__raw(
			h, "<section id=\"coverage\" class=\"coverage ok\"><div class=\"head\"><h2>What aisp could not "
			   "see</h2><p>Nothing: everything that was asked for could be read.</p></div></section>\n");
		return;
	}
	aisp_html__raw(
		h,
		"<section id=\"coverage\" class=\"coverage\"><div class=\"head\"><h2>What aisp could not see</h2><p>");
	aisp_show__plural(h->out, n, "coverage gap", "coverage gaps");
	aisp_html__raw(h, ". “Nothing found” does not hold for what stands here.</p></div>\n<div class=\"table\" "
			  "role=\"region\" tabindex=\"0\" aria-label=\"coverage gaps\"><table "
			  "class=\"stack\"><thead><tr><th scope=\"col\">Why</th><th scope=\"col\">What</th><th "
			  "scope=\"col\">Detail</th><th scope=\"col\">Source</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < shown; i++)
		put_gap(h, &h->s->gaps[i]);
	aisp_html__raw(h, "</tbody></table></div>\n");
	if (shown < n) {
		aisp_html__raw(h, "<p class=\"more\">… and ");
		aisp_html__count(h, n - shown);
		aisp_html__raw(h, " more: <code>aisp gaps</code></p>\n");
	}
	aisp_html__raw(h, "</section>\n");
}

/* ---- tables of things ---- */

static bool flag(const struct aisp_html *h, aisp_node n, const char *key)
{
	const struct aisp_prop *p = aisp_snapshot_prop(h->s, n, key);

	return p && p->type == AISP_PROP_BOOL && p->b;
}

static void put_tag(struct aisp_html *h, const char *class, const char *lead, struct aisp_slice s)
{
	if (s.n == 0)
		return;
	aisp_html__rawf(h, "<span class=\"tag %s\">%s", class, lead);
	aisp_html__text(h, s);
	aisp_html__raw(h, "</span>");
}

static void put_traits(struct aisp_html *h, aisp_node n)
{
	static const char *const flags[][2] = {{"superuser", "superuser"},
					       {"bypassrls", "bypasses row security"},
					       {"createrole", "makes roles"},
					       {"executes_code", "runs code"}};
	static const char *const keys[] = {"environment", "tenant", "owner", "provider", "framework", "store"};
	struct aisp_slice auth = aisp_snapshot_prop_str(h->s, n, "auth");

	aisp_html__sensitivity(h, n);
	put_tag(h, aisp_slice_eqz(auth, "none") ? "hot" : "", "auth: ", auth);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flag(h, n, flags[i][0]))
			put_tag(h, "hot", "", aisp_slice_z(flags[i][1]));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		put_tag(h, "", "", aisp_snapshot_prop_str(h->s, n, keys[i]));
	if (h->s->nodes[n].flags & AISP_NF_STALE)
		put_tag(h, "maybe", "", AISP_S("stale"));
}

static void put_row(struct aisp_html *h, aisp_node n, bool identity)
{
	const struct aisp_snode *node = &h->s->nodes[n];
	const struct aisp_evidence *ev = aisp_show__node_evidence(h->s, n);
	AISP_CLEANUP(aisp_buf_done) struct aisp_buf place;

	aisp_buf_init(&place, 0);
	if (ev)
		aisp_show__evidence_place(h->s, ev, &place);
	if (place.bad)
		h->out->bad = place.bad;
	aisp_html__raw(h, "<tr><td class=\"who\"><b><bdi>");
	aisp_html__text(h, aisp_show__name(h->s, n));
	aisp_html__raw(h, "</bdi></b><code class=\"id\"><bdi>");
	aisp_html__text(h, aisp_show__id(h->s, n));
	aisp_html__raw(h, "</bdi></code></td>");
	if (identity)
		aisp_html__rawf(h, "<td data-l=\"Kind\">%s%s</td>",
				aisp_show__kind_title((enum aisp_node_kind)node->kind, true),
				aisp_node_kinds[node->kind].flags & AISP_NK_NHI ? " <small>non-human</small>" : "");
	aisp_html__raw(h, "<td data-l=\"Traits\">");
	put_traits(h, n);
	aisp_html__raw(h, "</td><td data-l=\"Findings\" class=\"num\">");
	if (h->findings_of[n] > 0)
		aisp_html__rawf(h, "<b class=\"hit\">%u</b>", h->findings_of[n]);
	aisp_html__rawf(h, "</td><td data-l=\"Confidence\">%s</td><td data-l=\"Evidence\"><code><bdi>",
			aisp_confidence_name((enum aisp_confidence)node->confidence));
	aisp_html__text(h, aisp_buf_slice(&place));
	aisp_html__raw(h, "</bdi></code></td></tr>\n");
}

static void put_table_head(struct aisp_html *h, const char *label, bool identity)
{
	aisp_html__rawf(h,
			"<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table "
			"class=\"stack\"><thead><tr><th scope=\"col\">Name</th>%s<th scope=\"col\">Traits</th><th "
			"scope=\"col\" class=\"num\">Findings</th><th scope=\"col\">Confidence</th><th "
			"scope=\"col\">Evidence</th></tr></thead><tbody>\n",
			label, identity ? "<th scope=\"col\">Kind</th>" : "");
}

/* How many rows a table may still have. */
static uint32_t room(const struct aisp_html *h)
{
	uint32_t left = h->rows < AISP_HTML_ALL_ROWS ? AISP_HTML_ALL_ROWS - h->rows : 0;

	return left < AISP_HTML_ROWS ? left : AISP_HTML_ROWS;
}

static void put_left_out(struct aisp_html *h, uint32_t n)
{
	if (n == 0)
		return;
	aisp_html__raw(h, "<p class=\"more\">");
	aisp_html__count(h, n);
	aisp_html__raw(
		h,
		" more are left out of this page: <code>aisp assets</code> and the json format have them all.</p>\n");
}

static void put_kind(struct aisp_html *h, enum aisp_node_kind kind, bool open)
{
	uint32_t n = h->counts.by_kind[kind], most = room(h), shown = n < most ? n : most;

	aisp_html__rawf(h, "<details class=\"card kind\"%s><summary>", open ? " open" : "");
	aisp_html__icon(h, kind);
	aisp_html__rawf(h, "<b>%s</b><span class=\"n\">", aisp_show__kind_title(kind, false));
	aisp_html__count(h, n);
	aisp_html__rawf(h, "</span><span class=\"about\">%s</span></summary>\n", aisp_node_kinds[kind].description);
	put_table_head(h, aisp_show__kind_title(kind, false), false);
	for (uint32_t i = 0; i < shown; i++)
		put_row(h, h->s->kind_at[kind] + i, false);
	h->rows += shown;
	aisp_html__raw(h, "</tbody></table></div>\n");
	put_left_out(h, n - shown);
	aisp_html__raw(h, "</details>\n");
}

static void put_group(struct aisp_html *h, const struct aisp_show_group *group)
{
	uint32_t n = aisp_show__group_count(&h->counts, group->name);

	if (n == 0)
		return;
	aisp_html__rawf(h, "<h3 class=\"group\">%s <span class=\"n\">", group->title);
	aisp_html__count(h, n);
	aisp_html__raw(h, "</span></h3>\n");
	for (int k = 1; k < AISP_NODE_KIND_END; k++)
		if (h->counts.by_kind[k] > 0 && strcmp(aisp_node_kinds[k].group, group->name) == 0)
			put_kind(h, (enum aisp_node_kind)k, false);
}

static void put_search(struct aisp_html *h, const char *what)
{
	aisp_html__rawf(
		h,
		"<form class=\"tools needs-js\" data-filter=\"%s\"><label class=\"field "
		"grow\"><span>Search</span><input type=\"search\" name=\"text\" placeholder=\"name, id, trait, file "
		"…\" autocomplete=\"off\"></label><output class=\"hits\" aria-live=\"polite\"></output></form>\n",
		what);
}

void aisp_html__inventory(struct aisp_html *h)
{
	aisp_html__raw(h, "<section id=\"inventory\"><div class=\"head\"><h2>Inventory</h2><p>");
	aisp_show__plural(h->out, h->counts.nodes, "thing", "things");
	aisp_html__raw(h, " and ");
	aisp_show__plural(h->out, h->counts.edges, "relation", "relations");
	aisp_html__raw(h, " between them, AI assets first; identities have a section of their own.</p></div>\n");
	if (h->counts.nodes > 0)
		put_search(h, "inventory");
	for (size_t g = 0; g < aisp_show_group_count; g++)
		if (strcmp(aisp_show_groups[g].name, "identity") != 0)
			put_group(h, &aisp_show_groups[g]);
	aisp_html__raw(h, "</section>\n");
}

void aisp_html__identities(struct aisp_html *h)
{
	uint32_t n = 0, most = room(h), shown = 0;

	aisp_html__raw(h, "<section id=\"identities\"><div class=\"head\"><h2>Identities</h2><p>");
	aisp_show__plural(h->out, h->counts.identities, "identity", "identities");
	aisp_html__raw(h, ", ");
	aisp_html__count(h, h->counts.nhis);
	aisp_html__raw(h, " of them non-human.</p></div>\n");
	if (h->counts.identities > 0) {
		put_search(h, "identities");
		aisp_html__raw(h, "<div class=\"card kind\">");
		put_table_head(h, "identities", true);
	}
	for (int k = 1; k < AISP_NODE_KIND_END; k++) {
		if (strcmp(aisp_node_kinds[k].group, "identity") != 0)
			continue;
		n += h->counts.by_kind[k];
		for (uint32_t i = 0; i < h->counts.by_kind[k] && shown < most; i++, shown++)
			put_row(h, h->s->kind_at[k] + i, true);
	}
	h->rows += shown;
	if (h->counts.identities > 0)
		aisp_html__raw(h, "</tbody></table></div></div>\n");
	put_left_out(h, n - shown);
	aisp_html__raw(h, "</section>\n");
}

/* ---- glossary ---- */

static void put_term(struct aisp_html *h, const char *class, const char *word, const char *meaning)
{
	aisp_html__rawf(h, "<div><dt><span class=\"tag %s\">%s</span></dt><dd>%s</dd></div>\n", class, word, meaning);
}

void aisp_html__glossary(struct aisp_html *h)
{
	aisp_html__raw(h, "<section id=\"glossary\"><div class=\"head\"><h2>Words</h2><p>What the marks on paths and "
			  "findings mean.</p></div><div class=\"words\"><div class=\"card\"><h3>Modes: what somebody "
			  "holds on a thing</h3><dl>\n");
	for (int m = 0; m < AISP_MODE_END; m++)
		put_term(h, "mode", aisp_mode_name((enum aisp_mode)m), aisp_mode_description((enum aisp_mode)m));
	aisp_html__raw(h, "</dl></div><div class=\"card\"><h3>Certainty and confidence</h3><dl>\n");
	put_term(h, "sure", "certain", "every step holds without any condition that is not known");
	put_term(h, "maybe", "possible", "a step depends on a condition that could not be decided");
	put_term(h, "", "observed", "seen live or in a log");
	put_term(h, "", "declared", "written by its owner");
	put_term(h, "", "inferred", "concluded by aisp from other facts");
	put_term(h, "", "unresolved", "aisp could not tell");
	put_term(h, "hot", "restricted", "the highest of four sensitivities; then confidential, internal, public");
	aisp_html__raw(h, "</dl></div></div></section>\n");
}
