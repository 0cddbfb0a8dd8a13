/* The rows of the formats, each defined in its folder. */
#pragma once
#include "show/show.h"

extern const struct aisp_format aisp_format_table;
extern const struct aisp_format aisp_format_json;
extern const struct aisp_format aisp_format_ndjson;
extern const struct aisp_format aisp_format_sarif;
extern const struct aisp_format aisp_format_html;
extern const struct aisp_format aisp_format_opengraph;
extern const struct aisp_format aisp_format_opengraph_schema;

#define AISP_VIEW_BIT(view) (1U << AISP_VIEW_##view)
