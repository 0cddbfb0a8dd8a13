/* The parts of the HTML report. */
#pragma once
#include "show/evidence.h"
#include "show/show_int.h"
#include "show/text.h"

enum { AISP_HTML_ROWS = 2000, AISP_HTML_ALL_ROWS = 20000, AISP_HTML_DRAWINGS = 200, AISP_HTML_FINDINGS = 2000 };

struct aisp_html {
	const struct aisp_report *r;
	const struct aisp_snapshot *s;
	struct aisp_buf *out; /* borrowed */
	struct aisp_show_counts counts;
	uint32_t *findings_of; /* by node: findings that are about it */
	unsigned drawings;     /* made so far */
	uint32_t rows;         /* of tables, written so far */
};

/* From page.css and page.js, by embed.py. */
extern const char aisp_html_css[];
extern const char aisp_html_js[];

/* Markup as it stands. */
void aisp_html__raw(struct aisp_html *h, const char *markup);
void aisp_html__rawf(struct aisp_html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text of anybody: escaped for element content and quoted attributes; hidden and broken characters become visible. */
void aisp_html__text(struct aisp_html *h, struct aisp_slice s);
void aisp_html__z(struct aisp_html *h, const char *text);
/* Paragraphs, "- " lists, ``` blocks and `code` of a rule's text. */
void aisp_html__prose(struct aisp_html *h, struct aisp_slice s);
void aisp_html__count(struct aisp_html *h, uint64_t n);
/* Drawings once for the whole page; then <svg> uses of them. */
void aisp_html__sprites(struct aisp_html *h);
void aisp_html__icon(struct aisp_html *h, enum aisp_node_kind kind);
/* Style rules of the kinds' colours. */
void aisp_html__kind_css(struct aisp_buf *css);
const char *aisp_html__icon_name(enum aisp_node_kind kind);
/* Icon, name and kind of a thing, in a line. */
void aisp_html__thing(struct aisp_html *h, aisp_node n);
/* "internet can read customers through an agent" with marked names. */
void aisp_html__sentence(struct aisp_html *h, aisp_node actor, enum aisp_mode mode, aisp_node target);
void aisp_html__certainty(struct aisp_html *h, bool certain, enum aisp_confidence confidence);
void aisp_html__sensitivity(struct aisp_html *h, aisp_node n);
/* A path as a drawing from left to right, and as a list of its hops. `number` makes element ids. */
int aisp_html__path(struct aisp_html *h, const struct aisp_path *p, const char *id, struct aisp_err *err);
struct aisp_chain;
void aisp_html__flow(struct aisp_html *h, const struct aisp_path *p, const struct aisp_chain *c);
/* Sections. */
int aisp_html__paths(struct aisp_html *h, struct aisp_err *err);
int aisp_html__findings(struct aisp_html *h, struct aisp_err *err);
void aisp_html__coverage(struct aisp_html *h);
void aisp_html__inventory(struct aisp_html *h);
void aisp_html__identities(struct aisp_html *h);
void aisp_html__glossary(struct aisp_html *h);
