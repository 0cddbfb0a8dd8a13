/* The tables of kinds.h as arrays, and looking a name up in them. */
#include "graph/kinds.h"

const struct aisp_node_kind_row aisp_node_kinds[AISP_NODE_KIND_END] = {
	[AISP_NODE_NONE] = {"", "", "", "", "", 0, ""},
#define X(sym, name, group, opengraph, colour, icon, flags, description)                                               \
	[AISP_NODE_##sym] = {name, group, opengraph, colour, icon, flags, description},
	AISP_NODE_KINDS(X)
#undef X
};

const struct aisp_edge_kind_row aisp_edge_kinds[AISP_EDGE_KIND_END] = {
	[AISP_EDGE_NONE] = {"", "", ""},
#define X(sym, name, opengraph, description) [AISP_EDGE_##sym] = {name, opengraph, description},
	AISP_EDGE_KINDS(X)
#undef X
};

static const char *const confidences[] = {"", "unresolved", "inferred", "declared", "observed"};
static const char *const sensitivities[] = {"unknown", "public", "internal", "confidential", "restricted"};
enum { N_CONFIDENCES = sizeof confidences / sizeof *confidences, N_SENSITIVITIES = sizeof sensitivities / sizeof *sensitivities };

enum aisp_node_kind aisp_node_kind_find(struct aisp_slice name)
{
	for (unsigned k = 1; k < AISP_NODE_KIND_END; k++)
		if (aisp_slice_eqz(name, aisp_node_kinds[k].name))
			return (enum aisp_node_kind)k;
	return AISP_NODE_NONE;
}

enum aisp_edge_kind aisp_edge_kind_find(struct aisp_slice name)
{
	for (unsigned k = 1; k < AISP_EDGE_KIND_END; k++)
		if (aisp_slice_eqz(name, aisp_edge_kinds[k].name))
			return (enum aisp_edge_kind)k;
	return AISP_EDGE_NONE;
}

/* Place of name in names[first … n-1], 0 if it is not there. */
static unsigned find_name(const char *const *names, unsigned first, unsigned n, struct aisp_slice name)
{
	for (unsigned i = first; i < n; i++)
		if (aisp_slice_eqz(name, names[i]))
			return i;
	return 0;
}

const char *aisp_confidence_name(enum aisp_confidence c)
{
	return (unsigned)c < N_CONFIDENCES ? confidences[c] : "";
}

enum aisp_confidence aisp_confidence_find(struct aisp_slice name)
{
	return (enum aisp_confidence)find_name(confidences, 1, N_CONFIDENCES, name);
}

const char *aisp_sensitivity_name(enum aisp_sensitivity s)
{
	return (unsigned)s < N_SENSITIVITIES ? sensitivities[s] : "";
}

enum aisp_sensitivity aisp_sensitivity_find(struct aisp_slice name)
{
	return (enum aisp_sensitivity)find_name(sensitivities, 0, N_SENSITIVITIES, name);
}
