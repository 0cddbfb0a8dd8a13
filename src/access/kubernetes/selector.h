/* Label selectors, as the API server evaluates them.
 * Rules: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
#pragma once
#include "base/slice.h"

struct aisp_label {
	struct aisp_slice key, value;
};
struct aisp_labels {
	const struct aisp_label *v;
	size_t n;
};
enum aisp_selector_op { AISP_SEL_IN, AISP_SEL_NOT_IN, AISP_SEL_EXISTS, AISP_SEL_NOT_EXISTS, AISP_SEL_INVALID };
struct aisp_requirement {
	struct aisp_slice key;
	enum aisp_selector_op op;
	const struct aisp_slice *values;
	size_t n;
};
struct aisp_selector { /* all must hold; none = everything */
	const struct aisp_requirement *v;
	size_t n;
};

/* An operator that is none matches nothing. */
bool aisp_selector_matches(const struct aisp_selector *s, const struct aisp_labels *labels);
struct aisp_slice aisp_labels_get(const struct aisp_labels *labels, struct aisp_slice key); /* p NULL when absent */
/* Short names that mostly differ: the last byte tells most of them apart without a call. */
static inline bool aisp_k8s_same(struct aisp_slice a, struct aisp_slice b)
{
	return a.n == b.n && (a.n == 0 || a.p == b.p || (a.p[a.n - 1] == b.p[a.n - 1] && memcmp(a.p, b.p, a.n) == 0));
}
