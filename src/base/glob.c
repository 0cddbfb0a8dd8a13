/* Shell-style patterns, as a set of pattern positions that the text read so far can have led to (Thompson's way), so
 * that no pattern, however nested its stars, takes more than the product of both lengths.
 *
 *   bit i of the set = pattern[i…] must still match the rest.
 *
 * Only positions in the set are looked at; a literal pattern keeps one, each star adds one.
 */
#include "base/slice.h"

enum { WORDS = 64, BROKEN = 0x110000 };

struct set {
	uint64_t w[WORDS];
	uint64_t entered[WORDS]; /* of w, those that `enter` has followed already */
};
struct glob {
	struct aisp_slice pat;
	size_t literal_from; /* from here on a '[' stands for itself, for one is never closed */
};

/* The next character; a byte that is no UTF-8 is a character of its own, different from all others. */
static size_t next_char(struct aisp_slice s, size_t at, uint32_t *ret_c)
{
	if ((unsigned char)s.p[at] < 0x80) {
		*ret_c = (unsigned char)s.p[at];
		return 1;
	}
	size_t n = aisp_slice_utf8(aisp_slice_from(s, at), ret_c);

	if (n == 0)
		*ret_c = BROKEN + (unsigned char)s.p[at];
	return n ? n : 1;
}

static bool is_star(struct aisp_slice pat, size_t at)
{
	return at < pat.n && pat.p[at] == '*';
}

static size_t star_end(struct aisp_slice pat, size_t at)
{
	while (is_star(pat, at))
		at++;
	return at;
}

static void set_bit(uint64_t *bits, size_t at)
{
	bits[at / 64] |= (uint64_t)1 << (at % 64);
}

static bool has_bit(const uint64_t *bits, size_t at)
{
	return bits[at / 64] >> (at % 64) & 1;
}

/* Adds position `at`, entered from outside, and what it reaches without a character: behind a run of stars; and for a
 * component that is only "**", behind its slash too. */
static void enter(struct set *set, struct aisp_slice pat, size_t at)
{
	while (!has_bit(set->entered, at)) {
		set_bit(set->entered, at);
		set_bit(set->w, at);
		if (!is_star(pat, at))
			return;
		size_t end = star_end(pat, at);

		set_bit(set->w, end);
		if (end - at < 2 || (at > 0 && pat.p[at - 1] != '/') || end == pat.n || pat.p[end] != '/')
			return;
		at = end + 1;
	}
}

/* Matches c with the class at pat[at] = '['; gives the position behind it, or 0 when it is not closed. */
static size_t class_match(struct aisp_slice pat, size_t at, uint32_t c, bool *ret_hit)
{
	size_t i = at + 1, first;
	bool negate = i < pat.n && (pat.p[i] == '!' || pat.p[i] == '^'), hit = false;

	if (negate)
		i++;
	for (first = i; i < pat.n && (pat.p[i] != ']' || i == first);) {
		uint32_t lo, hi;

		if (pat.p[i] == '\\' && i + 1 < pat.n)
			i++;
		i += next_char(pat, i, &lo);
		hi = lo;
		if (i + 1 < pat.n && pat.p[i] == '-' && pat.p[i + 1] != ']')
			i += 1 + next_char(pat, i + 1, &hi);
		hit |= c >= lo && c <= hi;
	}
	*ret_hit = hit != negate;
	return i < pat.n ? i + 1 : 0;
}

static size_t first_open_class(struct aisp_slice pat)
{
	bool hit;

	for (size_t i = 0; i < pat.n;) {
		size_t end = pat.p[i] == '[' ? class_match(pat, i, 0, &hit) : i + (pat.p[i] == '\\' ? 2 : 1);

		if (!end)
			return i;
		i = end;
	}
	return pat.n;
}

/* One character c from position at: adds where it leads. */
static void step(const struct glob *g, size_t at, uint32_t c, struct set *to)
{
	struct aisp_slice pat = g->pat;
	uint32_t want;
	bool hit;

	if (is_star(pat, at)) {
		size_t end = star_end(pat, at);

		if (end - at >= 2 || c != '/') {
			set_bit(to->w, at);
			set_bit(to->w, end);
		}
	} else if (pat.p[at] == '?') {
		if (c != '/')
			enter(to, pat, at + 1);
	} else if (pat.p[at] == '[' && at < g->literal_from) {
		size_t end = class_match(pat, at, c, &hit);

		if (hit && c != '/')
			enter(to, pat, end);
	} else {
		if (pat.p[at] == '\\' && at + 1 < pat.n)
			at++;
		size_t n = next_char(pat, at, &want);

		if (want == c)
			enter(to, pat, at + n);
	}
}

/* All positions of `from`, one character on; false when none is left. */
static bool step_all(const struct glob *g, size_t words, const struct set *from, uint32_t c, struct set *to)
{
	uint64_t any = 0;

	memset(to->w, 0, words * sizeof *to->w);
	memset(to->entered, 0, words * sizeof *to->entered);
	for (size_t w = 0; w < words; w++)
		for (uint64_t bits = from->w[w]; bits; bits &= bits - 1) {
			size_t at = w * 64 + (size_t)__builtin_ctzll(bits);

			if (at < g->pat.n)
				step(g, at, c, to);
		}
	for (size_t w = 0; w < words; w++)
		any |= to->w[w];
	return any != 0;
}

bool aisp_slice_glob(struct aisp_slice pattern, struct aisp_slice s)
{
	struct glob g = {pattern, first_open_class(pattern)};
	struct set sets[2];
	size_t words = pattern.n / 64 + 1, now = 0;
	uint32_t c;

	if (words > WORDS)
		return false;
	memset(sets[0].w, 0, words * sizeof *sets[0].w);
	memset(sets[0].entered, 0, words * sizeof *sets[0].entered);
	enter(&sets[0], pattern, 0);
	for (size_t i = 0; i < s.n; now ^= 1) {
		i += next_char(s, i, &c);
		if (!step_all(&g, words, &sets[now], c, &sets[now ^ 1]))
			return false;
	}
	return has_bit(sets[now].w, pattern.n);
}
