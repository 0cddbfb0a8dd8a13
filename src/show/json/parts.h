/* The objects of the JSON and NDJSON formats; their shapes are in docs/schema/. Each writes one whole value. */
#pragma once
#include "show/show_int.h"

void aisp_json__head(struct aisp_jw *w, const struct aisp_report *r, enum aisp_view view); /* members, no braces */
void aisp_json__source(struct aisp_jw *w, const struct aisp_report_source *s, const char *type);
void aisp_json__node(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_show_aliases *a, aisp_node n,
		     const char *type);
void aisp_json__edge(struct aisp_jw *w, const struct aisp_report *r, aisp_edge e, const char *type);
void aisp_json__finding(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_finding *f, const char *type);
void aisp_json__access(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_access_row *row,
		       const char *type);
void aisp_json__gap(struct aisp_jw *w, const struct aisp_report *r, const struct aisp_gap_row *gap, const char *type);
/* What a view consists of. */
struct aisp_json_view {
	bool nodes, all_nodes, edges, findings, access, gaps;
};
struct aisp_json_view aisp_json__view(enum aisp_view view);
