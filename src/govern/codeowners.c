/* See codeowners.h. */
#include "govern/codeowners.h"
#include <string.h>

enum { MAX_SEGMENTS = 128 };

/* Stars and question marks inside one segment. */
static bool segment_fits(struct aisp_slice p, struct aisp_slice s)
{
	size_t i = 0, k = 0, star = SIZE_MAX, mark = 0;
	while (k < s.n) {
		if (i < p.n && p.p[i] == '*') {
			star = i++;
			mark = k;
		} else if (i < p.n && (p.p[i] == '?' || p.p[i] == s.p[k])) {
			i++;
			k++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			k = ++mark;
		} else {
			return false;
		}
	}
	while (i < p.n && p.p[i] == '*')
		i++;
	return i == p.n;
}

static size_t segments(struct aisp_slice s, struct aisp_slice *ret, size_t max)
{
	struct aisp_slice part;
	size_t n = 0;
	while (aisp_slice_split(&s, '/', &part))
		if (part.n) {
			if (n == max)
				return SIZE_MAX;
			ret[n++] = part;
		}
	return n;
}

/* at[k]: the pattern so far fits the first k segments of the path. */
static void step(struct aisp_slice segment, const struct aisp_slice *path, size_t n, bool *at)
{
	if (aisp_slice_eqz(segment, "**")) {
		for (size_t k = 1; k <= n; k++)
			at[k] |= at[k - 1];
		return;
	}
	for (size_t k = n; k > 0; k--)
		at[k] = at[k - 1] && segment_fits(segment, path[k - 1]);
	at[0] = false;
}

bool aisp_codeowners_fits(struct aisp_slice pattern, struct aisp_slice path)
{
	struct aisp_slice p[MAX_SEGMENTS], s[MAX_SEGMENTS];
	bool at[MAX_SEGMENTS + 1] = {true};
	const bool folder = aisp_slice_ends(pattern, AISP_S("/"));
	const size_t slash = aisp_slice_chr(pattern, '/');
	const bool anchored = slash != SIZE_MAX && slash + 1 < pattern.n; /* at the front or in the middle */
	const size_t n_p = segments(pattern, p, MAX_SEGMENTS), n_s = segments(path, s, MAX_SEGMENTS);

	if (n_p == 0 || n_p == SIZE_MAX || n_s == 0 || n_s == SIZE_MAX || memchr(pattern.p, '[', pattern.n) || memchr(pattern.p, '\\', pattern.n) || pattern.p[0] == '!')
		return false;
	if (!anchored)
		step(AISP_S("**"), s, n_s, at);
	for (size_t i = 0; i < n_p; i++)
		step(p[i], s, n_s, at);
	if (at[n_s] && !folder)
		return true;
	/* A folder fits, and so does what is in it; "docs/" + "*" means only what is directly there. */
	const bool shallow = !folder && n_p > 1 && aisp_slice_eqz(p[n_p - 1], "*");
	for (size_t k = 1; k < n_s && !shallow; k++)
		if (at[k])
			return true;
	return false;
}

static struct aisp_slice word(struct aisp_slice *rest)
{
	size_t i = 0, from;
	while (i < rest->n && (rest->p[i] == ' ' || rest->p[i] == '\t'))
		i++;
	for (from = i; i < rest->n && rest->p[i] != ' ' && rest->p[i] != '\t';)
		i++;
	const struct aisp_slice out = aisp_slice_of(rest->p + from, i - from);
	*rest = aisp_slice_from(*rest, i);
	return out;
}

struct aisp_slice aisp_codeowners_of(struct aisp_slice text, struct aisp_slice path, struct aisp_slice *ret_rule)
{
	struct aisp_slice line, owners = {0}, rule = {0};
	while (aisp_slice_split(&text, '\n', &line)) {
		line = aisp_slice_trim(line);
		const size_t hash = aisp_slice_find(line, AISP_S(" #"));
		struct aisp_slice rest = aisp_slice_trim(hash == SIZE_MAX ? line : aisp_slice_to(line, hash));
		const struct aisp_slice whole = rest;
		if (!rest.n || rest.p[0] == '#')
			continue;
		if (!aisp_codeowners_fits(word(&rest), path))
			continue;
		rule = whole;
		owners = aisp_slice_trim(rest);
	}
	*ret_rule = owners.n ? rule : (struct aisp_slice){0};
	return owners;
}
