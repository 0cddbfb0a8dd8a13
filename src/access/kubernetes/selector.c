/* Label selectors: see selector.h. */
#include "access/kubernetes/selector.h"

struct aisp_slice aisp_labels_get(const struct aisp_labels *labels, struct aisp_slice key)
{
	struct aisp_slice none = {0};

	for (size_t i = 0; i < labels->n; i++)
		if (aisp_k8s_same(labels->v[i].key, key))
			return labels->v[i].value.p ? labels->v[i].value : AISP_S("");
	return none;
}

static bool holds(const struct aisp_requirement *r, const struct aisp_labels *labels)
{
	struct aisp_slice v = aisp_labels_get(labels, r->key);
	bool in = false;

	for (size_t i = 0; v.p && i < r->n; i++)
		in |= aisp_k8s_same(v, r->values[i]);
	switch (r->op) {
	case AISP_SEL_IN:
		return in;
	case AISP_SEL_NOT_IN:
		return !in;
	case AISP_SEL_EXISTS:
		return v.p != NULL;
	case AISP_SEL_NOT_EXISTS:
		return v.p == NULL;
	default:
		return false;
	}
}

bool aisp_selector_matches(const struct aisp_selector *s, const struct aisp_labels *labels)
{
	for (size_t i = 0; i < s->n; i++)
		if (!holds(&s->v[i], labels))
			return false;
	return true;
}
