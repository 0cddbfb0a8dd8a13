/* Inside policies: what a side of a denied pair looks like. */
#pragma once
#include "base/arena.h"
#include "base/vec.h"
#include "govern/own.h"
#include "govern/policy.h"

enum aisp_sel_field {
	AISP_SEL_KIND, AISP_SEL_NAME, AISP_SEL_ID, AISP_SEL_OWNER, AISP_SEL_ENVIRONMENT, AISP_SEL_TENANT, AISP_SEL_SYSTEM, AISP_SEL_SENSITIVITY, AISP_SEL_DATA, AISP_SEL_LABEL,
	AISP_SEL_ACTION, AISP_SEL_FIELDS
};
struct aisp_sel_list {
	struct aisp_slice *v; /* patterns; one of them must fit */
	size_t n;
};
struct aisp_selector {
	bool said;                                  /* it was written; else everything fits */
	struct aisp_sel_list fields[AISP_SEL_FIELDS];
	struct { struct aisp_slice key; struct aisp_sel_list want; } *props;
	size_t n_props;
	int is_public;                              /* -1 not asked */
	const struct aisp_selector *not;            /* must not fit; NULL: none */
};
struct aisp_exception {
	struct aisp_selector from, to;
	int64_t until_us;
};
struct aisp_policy {
	struct aisp_rule rule;
	struct aisp_selector from, to;
	unsigned modes;                             /* bits */
	bool certain;                               /* only what is certain */
	struct aisp_exception *except;
	size_t n_except;
};
struct aisp_policies {
	struct aisp_arena *a;
	AISP_VEC(struct aisp_policy *) v;
};
/* On what sides are tried. */
struct aisp_sight {
	const struct aisp_snapshot *s;
	uint8_t *is_public;         /* by node; NULL: nobody asks */
	struct aisp_owners *owners; /* NULL: nobody asks */
	int bad;                    /* sticky: the first failure */
};
bool aisp_selector__fits(const struct aisp_selector *sel, struct aisp_sight *sight, aisp_node n);
