/* May these lines of a file be shown in a plan? Decided by what stands in them, not only by what a scan found. */
#pragma once
#include "govern/plan_int.h"

/* NULL in ret_why: they may; else why not, for a note. Lines from 1. AISP_E_NOMEM. */
int aisp_shown__hides(struct aisp_maker *m, struct aisp_slice name, struct aisp_slice text, uint32_t from, uint32_t to, const char **ret_why);
