/* CODEOWNERS: the file, a zero byte, a path. Whatever it says, the rule is one of its lines, the owners are a part of that rule, and the rule's own pattern fits; the same text answers the same. */
#include "fuzz.h"
#include "govern/codeowners.h"

static bool within(struct aisp_slice part, struct aisp_slice whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct aisp_slice all = aisp_slice_of((const char *)data, size);
	const size_t zero = aisp_slice_chr(all, '\0');
	const struct aisp_slice text = aisp_slice_to(all, zero == SIZE_MAX ? size : zero), path = zero == SIZE_MAX ? AISP_S("a/b/c.py") : aisp_slice_from(all, zero + 1);
	struct aisp_slice rule = {0}, again = {0};
	if (size > 1 << 16)
		return 0;
	const struct aisp_slice owners = aisp_codeowners_of(text, path, &rule);
	FUZZ_CHECK(within(rule, text) && within(owners, text));
	if (owners.n) {
		size_t n = 0;
		FUZZ_CHECK(within(owners, rule));
		while (n < rule.n && rule.p[n] != ' ' && rule.p[n] != '\t')
			n++;
		FUZZ_CHECK(aisp_codeowners_fits(aisp_slice_to(rule, n), path));
	}
	FUZZ_CHECK(aisp_slice_eq(aisp_codeowners_of(text, path, &again), owners) && aisp_slice_eq(again, rule));
	(void)aisp_codeowners_fits(path, text);
	return 0;
}
