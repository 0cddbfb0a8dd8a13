/* Icons of the node kinds: drawn for aisp on a grid of 24, one stroke of round lines each. */
#include "show/html/html_int.h"
#include <stdlib.h>

static const struct {
	const char *name, *path;
} icons[] = {
	{"dot", "M12 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4z"}, /* for a kind whose icon is not here; stays first */
	{"brain", "M12 6a3 3 0 0 0-5.5-1A3 3 0 0 0 4.5 9a3.5 3.5 0 0 0 0 6A3 3 0 0 0 7 19.5 3 3 0 0 0 12 18zM12 6a3 3 "
		  "0 0 1 5.5-1A3 3 0 0 1 19.5 9a3.5 3.5 0 0 1 0 6A3 3 0 0 1 17 19.5 3 3 0 0 1 12 18"},
	{"robot", "M5 10a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2zM12 8V4M9 13v1.500M15 "
		  "13v1.500M2.5 12v3M21.5 12v3"},
	{"wrench", "M15 4a5 5 0 0 0-4.6 6.800L4 17.200V20h2.800l6.4-6.400A5 5 0 0 0 20 9l-3 2-3-3z"},
	{"plug", "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4"},
	{"desktop", "M4 5h16v11H4zM9 20h6M12 16v4"},
	{"message", "M4 5h16v11H11l-4 4v-4H4z"},
	{"layer-group", "M12 3l9 5-9 5-9-5zM3 12.500l9 5 9-5M3 16.500l9 5 9-5"},
	{"cubes", "M12 3l4 2.200v4.400L12 12 8 9.600V5.200zM7 12l4 2.200v4.400L7 21l-4-2.400v-4.400zM17 12l4 "
		  "2.200v4.400L17 21l-4-2.400v-4.400z"},
	{"table", "M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9"},
	{"scroll", "M7 3h10v18H7zM10 8h4M10 12h4M10 16h4"},
	{"server", "M4 4h16v7H4zM4 13h16v7H4zM8 7.500h.01M8 16.500h.01"},
	{"file-code", "M6 3h8l4 4v14H6zM14 3v4h4M10 12l-2 2 2 2M14 12l2 2-2 2"},
	{"book", "M12 6c-2-1.5-5-2-8-1.500V19c3-.5 6 0 8 1.5 2-1.5 5-2 8-1.500V4.500C17 4 14 4.5 12 6zM12 6v14.5"},
	{"dumbbell", "M7 7v10M4 9v6M17 7v10M20 9v6M7 12h10"},
	{"user", "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20.500a7.5 7.5 0 0 1 15 0"},
	{"users", "M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M16 5.300a3.5 3.5 0 0 1 0 "
		  "6.400M18 14.500a6.5 6.5 0 0 1 3.5 5.5"},
	{"id-badge",
	 "M6 4.500h12v16.500H6zM10 4.500V3h4v1.500M12 9a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM9 17.500a3 3 0 0 1 6 0"},
	{"user-lock",
	 "M10 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM3 20a7 7 0 0 1 8.5-6M14 16h7v5h-7zM15.5 16v-1.500a2 2 0 0 1 4 0V16"},
	{"scale-balanced", "M12 4v16M7 20h10M5 7h14M5 7l-3 6h6zM19 7l-3 6h6z"},
	{"key", "M8 11a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM11 12.200L19.5 4M16 7.500l2.5 2.5"},
	{"lock", "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3M12 14.500v2"},
	{"sliders", "M4 7h9M17 7h3M4 17h3M11 17h9M13 5v4h4V5zM7 15v4h4v-4z"},
	{"dollar-sign",
	 "M12 3v18M16 7.500C15.5 6.5 14 6 12 6c-2.5 0-4 1.2-4 3s1.5 2.5 4 3 4 1.2 4 3-1.5 3-4 3c-2 0-3.5-.5-4-1.5"},
	{"database", "M12 4c4 0 7 1.1 7 2.500S16 9 12 9 5 7.9 5 6.5 8 4 12 4zM5 6.500v11C5 18.9 8 20 12 20s7-1.1 "
		     "7-2.500v-11M5 12c0 1.4 3 2.5 7 2.500s7-1.1 7-2.5"},
	{"folder", "M3 6h6l2 2h10v11H3z"},
	{"columns", "M4 5h16v14H4zM10 5v14M15 5v14"},
	{"code", "M9 7l-5 5 5 5M15 7l5 5-5 5"},
	{"bucket", "M5 7h14l-2 13H7zM5 7a7 2.5 0 0 1 14 0"},
	{"file", "M6 3h8l4 4v14H6zM14 3v4h4"},
	{"code-branch", "M7 3.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM7 16.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM17 5.500a2 2 0 1 "
			"1 0 4 2 2 0 0 1 0-4zM7 7.500v9M17 9.500c0 4-10 2.5-10 7"},
	{"box", "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8M8 6l8 4"},
	{"cube", "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8"},
	{"compact-disc", "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 9.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z"},
	{"dharmachakra", "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 2v20M2 12h20M5 5l14 14M19 5L5 19"},
	{"object-group", "M4 4h16v16H4zM8 8h5v5H8zM11 13v3h5v-5h-3"},
	{"globe",
	 "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM3 12h18M12 3c3.5 3.5 3.5 14.5 0 18M12 3c-3.5 3.5-3.5 14.5 0 18"},
	{"network-wired", "M9 4h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 9v3.500M6 16v-3.500h12V16"},
	{"building", "M6 3h12v18H6zM10 7h.01M14 7h.01M10 11h.01M14 11h.01M10 21v-5h4v5"},
	{"door-open", "M5 21V5l9-2v18zM14 5h4v16M11 12h.01M3 21h18"},
	{"shuffle", "M3 7h3.500c4 0 6 10 10 10H20M3 17h3.500c1.5 0 2.8-1.4 4-3.200M13 9.800C14.2 8.2 15.5 7 17 7h3M18 "
		    "5l2.5 2L18 9M18 15l2.5 2-2.5 2"},
	{"shield", "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"},
	{"cloud", "M7 18.500a4 4 0 0 1 0-8 5.5 5.5 0 0 1 10.5 1 3.5 3.5 0 0 1-.5 7z"},
	{"biohazard", "M12 4l9 16H3zM12 10v4.500M12 17.500h.01"},
	{"sitemap", "M9 3h6v5H9zM4 16h6v5H4zM14 16h6v5h-6zM12 8v4M7 16v-4h10v4"},
};
enum { N_ICONS = sizeof icons / sizeof *icons };

static size_t icon_of(enum aisp_node_kind kind)
{
	for (size_t i = 1; i < N_ICONS; i++)
		if (strcmp(icons[i].name, aisp_node_kinds[kind].icon) == 0)
			return i;
	return 0;
}

const char *aisp_html__icon_name(enum aisp_node_kind kind)
{
	return icons[icon_of(kind)].name;
}

void aisp_html__sprites(struct aisp_html *h)
{
	aisp_html__raw(h,
		       "<svg class=\"sprites\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\">\n");
	for (size_t i = 0; i < N_ICONS; i++)
		aisp_html__rawf(h, "<symbol id=\"i-%s\" viewBox=\"0 0 24 24\"><path d=\"%s\"/></symbol>\n",
				icons[i].name, icons[i].path);
	aisp_html__raw(h, "</svg>\n");
}

void aisp_html__icon(struct aisp_html *h, enum aisp_node_kind kind)
{
	aisp_html__rawf(h,
			"<span class=\"ic k%d\"><svg aria-hidden=\"true\" focusable=\"false\"><use "
			"href=\"#i-%s\"/></svg></span>",
			(int)kind, aisp_html__icon_name(kind));
}

/* One channel of a colour as light, per WCAG 2.2 "relative luminance". */
static double channel(const char *hex)
{
	char two[3] = {hex[0], hex[1], 0};
	double c = (double)strtoul(two, NULL, 16) / 255.0, x = (c + 0.055) / 1.055;

	/* x^2.4 = x² · x^0.4; a third-order fit of x^0.4 is good to 1 % where it matters (x over 0.04) and needs no
	 * libm */
	return c <= 0.04045 ? c / 12.92 : x * x * (0.246 + x * (1.505 + x * (-1.275 + x * 0.526)));
}

/* A dark icon on light colours, a white one on the rest: 3:1 or better (WCAG 1.4.11). */
static bool is_light(const char *colour)
{
	if (strlen(colour) != 7)
		return false;
	return 0.2126 * channel(colour + 1) + 0.7152 * channel(colour + 3) + 0.0722 * channel(colour + 5) > 0.28;
}

void aisp_html__kind_css(struct aisp_buf *css)
{
	for (int k = 1; k < AISP_NODE_KIND_END; k++)
		aisp_buf_printf(css, ".k%d{--k:%s%s}\n", k, aisp_node_kinds[k].colour,
				is_light(aisp_node_kinds[k].colour) ? ";--ki:#10131c" : "");
}
