/* Many short words looked for in one text in one pass: for each small letter, the set of words that begin with it. */
#include "scan/secrets/generic_int.h"

static bool matches(struct aisp_slice s, size_t at, const char *word)
{
	for (size_t i = 1; word[i]; i++)
		if (at + i >= s.n || generic_lower(s.p[at + i]) != word[i])
			return false;
	return true;
}

uint64_t aisp_secrets__generic_find(struct aisp_slice s, const char *const *words, size_t n)
{
	uint64_t begin[32] = {0}, found = 0, all = n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
	for (size_t i = 0; i < n && i < 64; i++)
		begin[words[i][0] & 31] |= (uint64_t)1 << i;
	for (size_t at = 0; at < s.n && found != all; at++) {
		char c = generic_lower(s.p[at]);
		for (uint64_t m = begin[c & 31] & ~found; m; m &= m - 1) {
			unsigned i = (unsigned)__builtin_ctzll(m);
			if (words[i][0] == c && matches(s, at, words[i]))
				found |= (uint64_t)1 << i;
		}
	}
	return found;
}
