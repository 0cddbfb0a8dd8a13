/* Glob: the first line is the pattern, the rest the text. Small ones are compared with a matcher that is slow and obvious. */
#include "base/slice.h"
#include "fuzz.h"

/* The end of the class at p[at], or 0; whether it holds c. */
static size_t slow_class(struct aisp_slice p, size_t at, char c, bool *ret_hit)
{
	size_t i = at + 1;
	bool negate = i < p.n && (p.p[i] == '!' || p.p[i] == '^'), hit = false;

	i += negate;
	for (size_t first = i; i < p.n && (i == first || p.p[i] != ']'); i++) {
		if (p.p[i] == '\\' && i + 1 < p.n)
			i++;
		char lo = p.p[i], hi = lo;

		if (i + 2 < p.n && p.p[i + 1] == '-' && p.p[i + 2] != ']') {
			hi = p.p[i + 2];
			i += 2;
		}
		hit |= c >= lo && c <= hi;
	}
	*ret_hit = hit != negate;
	return i < p.n ? i + 1 : 0;
}

static bool slow_glob(struct aisp_slice p, size_t i, bool literal, struct aisp_slice s, size_t j)
{
	bool hit;

	if (i == p.n)
		return j == s.n;
	if (p.p[i] == '*') {
		size_t end = i;

		while (end < p.n && p.p[end] == '*')
			end++;
		bool deep = end - i >= 2;

		if (deep && (i == 0 || p.p[i - 1] == '/') && end < p.n && p.p[end] == '/' &&
		    slow_glob(p, end + 1, literal, s, j))
			return true;
		for (; !slow_glob(p, end, literal, s, j); j++)
			if (j == s.n || (s.p[j] == '/' && !deep))
				return false;
		return true;
	}
	if (p.p[i] == '[' && !literal) {
		size_t end = slow_class(p, i, j < s.n ? s.p[j] : 'x', &hit);

		if (end)
			return j < s.n && hit && s.p[j] != '/' && slow_glob(p, end, false, s, j + 1);
		literal = true; /* this one, and all after it */
	}
	if (j == s.n)
		return false;
	if (p.p[i] == '?')
		return s.p[j] != '/' && slow_glob(p, i + 1, literal, s, j + 1);
	if (p.p[i] == '\\' && i + 1 < p.n)
		i++;
	return p.p[i] == s.p[j] && slow_glob(p, i + 1, literal, s, j + 1);
}

static bool ascii(struct aisp_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size), pattern;

	if (!aisp_slice_split(&text, '\n', &pattern))
		return 0;
	bool match = aisp_slice_glob(pattern, text);

	if (pattern.n <= 12 && text.n <= 16 && ascii(pattern) && ascii(text))
		FUZZ_CHECK(match == slow_glob(pattern, 0, false, text, 0));
	return 0;
}
