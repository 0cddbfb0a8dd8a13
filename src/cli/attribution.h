/* How much of what logs said could be tied to the inventory, what could not, and what can be done about it. */
#pragma once
#include "base/jw.h"
#include "govern/usage.h"

enum { AISP_UNTIED_SHOWN = 3, AISP_UNTIED_LISTED = 20 };
/* For people: the shares, then by reason the most frequent texts, and what to do. width: of the terminal. */
int aisp_attribution_put(const struct aisp_usage *u, unsigned width, struct aisp_buf *out, struct aisp_err *err);
/* Member "attribution" of an open object. */
int aisp_attribution_json(const struct aisp_usage *u, struct aisp_jw *w, struct aisp_err *err);
