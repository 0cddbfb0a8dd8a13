/* Steps of one plan on one file: each cuts from what the one before has left, so the digests of their checks make a row. */
#include "govern/change_int.h"

struct link {
	struct aisp_slice path, before, after;
};

/* The single check of a step that cuts a file. */
static bool link_of(const struct aisp_doc *step, struct link *ret)
{
	const struct aisp_doc *checks = aisp_doc_get(step, "checks"), *c = aisp_doc_at(checks, 0);

	if (aisp_doc_count(checks) != 1 || !aisp_slice_eqz(aisp_doc_getstr(c, "system"), "file") || !aisp_doc_bool(aisp_doc_get(step, "automatic"), false))
		return false;
	*ret = (struct link){aisp_doc_getstr(aisp_doc_get(c, "arguments"), "path"), aisp_doc_getstr(aisp_doc_get(c, "before"), "digest"), aisp_doc_getstr(aisp_doc_get(c, "after"), "digest")};
	return ret->path.n && ret->before.n && ret->after.n;
}

static bool is_next(const struct aisp_doc *step, const struct link *from, bool back, struct link *ret)
{
	return link_of(step, ret) && aisp_slice_eq(ret->path, from->path) && (back ? aisp_slice_eq(ret->after, from->before) : aisp_slice_eq(ret->before, from->after));
}

int aisp_change__chain(struct aisp_act *act, const struct aisp_doc *steps, uint32_t i, struct aisp_arena *mem, enum aisp_chain *ret, struct aisp_err *err)
{
	const struct aisp_doc *checks = aisp_doc_get(&steps->items[i], "checks");
	struct aisp_answer now;
	struct link mine, at, next;

	*ret = AISP_CHAIN_NONE;
	if (!link_of(&steps->items[i], &mine))
		return 0;
	int r = aisp_change__run(act, &checks->items[0], true, (struct aisp_slice){0}, mem, &now, err);
	if (r < 0)
		return r;
	at = mine;
	for (uint32_t k = i; k > 0 && *ret == AISP_CHAIN_NONE; k--)
		if (is_next(&steps->items[k - 1], &at, true, &next)) {
			at = next;
			*ret = aisp_slice_eqz(at.before, now.digest) ? AISP_CHAIN_EARLIER : AISP_CHAIN_NONE;
		}
	at = mine;
	for (uint32_t k = i + 1; k < steps->n && *ret == AISP_CHAIN_NONE; k++)
		if (is_next(&steps->items[k], &at, false, &next)) {
			at = next;
			*ret = aisp_slice_eqz(at.after, now.digest) ? AISP_CHAIN_LATER : AISP_CHAIN_NONE;
		}
	return 0;
}
