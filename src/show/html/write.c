/* Writing HTML: escaping, prose, and small parts that many sections use. */
#include "show/html/html_int.h"
#include <stdarg.h>

void aisp_html__raw(struct aisp_html *h, const char *markup)
{
	aisp_buf_putz(h->out, markup);
}

void aisp_html__rawf(struct aisp_html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aisp_buf_vprintf(h->out, fmt, ap);
	va_end(ap);
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void aisp_html__text(struct aisp_html *h, struct aisp_slice s)
{
	size_t from = 0;

	for (size_t i = 0; i <= s.n; i++) {
		const char *e = i < s.n ? entity(s.p[i]) : "";

		if (!e)
			continue;
		aisp_buf_put_printable(h->out, aisp_slice_of(s.p + from, i - from));
		aisp_buf_putz(h->out, e);
		from = i + 1;
	}
}

void aisp_html__z(struct aisp_html *h, const char *text)
{
	aisp_html__text(h, aisp_slice_z(text));
}

void aisp_html__count(struct aisp_html *h, uint64_t n)
{
	aisp_show__number(h->out, n);
}

/* Text with `code` in it. */
static void put_inline(struct aisp_html *h, struct aisp_slice s)
{
	while (s.n > 0) {
		size_t open = aisp_slice_chr(s, '`');
		size_t close = open == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(s, open + 1), '`');

		if (close == SIZE_MAX) {
			aisp_html__text(h, s);
			return;
		}
		aisp_html__text(h, aisp_slice_to(s, open));
		aisp_html__raw(h, "<code>");
		aisp_html__text(h, aisp_slice_of(s.p + open + 1, close));
		aisp_html__raw(h, "</code>");
		s = aisp_slice_from(s, open + close + 2);
	}
}

enum block { NONE, PARAGRAPH, LIST, CODE };

static enum block turn(struct aisp_html *h, enum block from, enum block to)
{
	static const char *const opening[] = {"", "<p>", "<ul><li>", "<pre><code>"};
	static const char *const closing[] = {"", "</p>\n", "</li></ul>\n", "</code></pre>\n"};

	if (from == to && to == LIST)
		aisp_html__raw(h, "</li><li>");
	else if (from == to)
		aisp_html__raw(h, to == CODE ? "\n" : " ");
	if (from != to) {
		aisp_html__raw(h, closing[from]);
		aisp_html__raw(h, opening[to]);
	}
	return to;
}

void aisp_html__prose(struct aisp_html *h, struct aisp_slice s)
{
	enum block now = NONE;
	bool code = false;
	struct aisp_slice line;

	s = aisp_slice_trim(s);
	while (s.p && aisp_slice_split(&s, '\n', &line)) {
		struct aisp_slice text = aisp_slice_trim(line);

		if (aisp_slice_starts(text, AISP_S("```"))) {
			code = !code;
			now = turn(h, now, NONE);
		} else if (code) {
			now = turn(h, now, CODE);
			aisp_html__text(h, line);
		} else if (text.n == 0) {
			now = turn(h, now, NONE);
		} else if (aisp_slice_starts(text, AISP_S("- "))) {
			now = turn(h, now, LIST);
			put_inline(h, aisp_slice_from(text, 2));
		} else {
			if (now == LIST)
				aisp_html__raw(h, " "); /* the item goes on */
			else
				now = turn(h, now, PARAGRAPH);
			put_inline(h, text);
		}
	}
	turn(h, now, NONE);
}

void aisp_html__thing(struct aisp_html *h, aisp_node n)
{
	enum aisp_node_kind kind = aisp_show__kind(h->s, n);
	const char *title = aisp_show__kind_title(kind, true);

	aisp_html__raw(h, "<span class=\"thing\">");
	aisp_html__icon(h, kind);
	aisp_html__raw(h, "<span class=\"nm\"><bdi title=\"");
	aisp_html__text(h, aisp_show__id(h->s, n));
	aisp_html__raw(h, "\">");
	aisp_html__text(h, aisp_show__name(h->s, n));
	aisp_html__raw(h, "</bdi>");
	if (!aisp_slice_eqz(aisp_show__name(h->s, n), title)) {
		aisp_html__raw(h, " <small>");
		aisp_html__z(h, title);
		aisp_html__raw(h, "</small>");
	}
	aisp_html__raw(h, "</span></span>");
}

void aisp_html__sentence(struct aisp_html *h, aisp_node actor, enum aisp_mode mode, aisp_node target)
{
	const char *after, *verb = aisp_show__verb(mode, &after);

	aisp_html__raw(h, "<bdi>");
	aisp_html__text(h, aisp_show__name(h->s, actor));
	aisp_html__rawf(h, "</bdi> <span class=\"verb\">%s</span> <bdi>", verb);
	aisp_html__text(h, aisp_show__name(h->s, target));
	aisp_html__rawf(h, "</bdi><span class=\"verb\">%s</span>", after);
}

void aisp_html__certainty(struct aisp_html *h, bool certain, enum aisp_confidence confidence)
{
	const char *name = confidence ? aisp_confidence_name(confidence) : "";

	aisp_html__rawf(h, "<span class=\"tag %s\">%s</span>", certain ? "sure" : "maybe",
			certain ? "certain" : "possible");
	if (*name)
		aisp_html__rawf(h, "<span class=\"tag\">%s</span>", name);
}

void aisp_html__sensitivity(struct aisp_html *h, aisp_node n)
{
	unsigned sensitivity = n && n <= h->s->n_nodes ? h->s->nodes[n].sensitivity : AISP_SENS_UNKNOWN;

	if (sensitivity == AISP_SENS_UNKNOWN)
		return;
	const char *name = aisp_sensitivity_name((enum aisp_sensitivity)sensitivity);

	aisp_html__rawf(h, "<span class=\"tag %s\">%s</span>", sensitivity >= AISP_SENS_CONFIDENTIAL ? "hot" : "cool",
			name);
}
