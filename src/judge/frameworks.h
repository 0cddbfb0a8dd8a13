/* Frameworks: published lists of controls, as data from rules/frameworks/: ids and titles only. Loaded and owned by the rule
 * set (judge.h), whose rules name their controls.
 */
#pragma once
#include "judge/judge.h"

struct aisp_framework {
	struct aisp_slice id, title, version, date, url; /* "owasp-nhi-2025", "OWASP Non-Human Identities Top 10", "2025", … */
	const struct aisp_control *controls;             /* in the order of the list */
	size_t n_controls;
};
size_t aisp_rules_framework_count(const struct aisp_rules *r);
const struct aisp_framework *aisp_rules_framework_at(const struct aisp_rules *r, size_t i); /* sorted by id; NULL when out of range */
/* "owasp-nhi-2025:NHI2:2025": framework, colon, control id. NULL if unknown. */
const struct aisp_control *aisp_rules_control(const struct aisp_rules *r, struct aisp_slice name);
