/* Where an assignment stands in a .env file: KEY=value, export KEY=value, a value in quotes over several lines. Where readers of such files (shells, the dotenv libraries) would disagree
 * how far a value goes, nothing at or after it is told.
 */
#include "govern/range.h"

struct entry {
	struct aisp_slice key; /* empty: a comment */
	size_t from, end;
	uint32_t line, last;
	bool sure;
};

static size_t line_end(struct aisp_slice s, size_t at)
{
	const char *end = at < s.n ? memchr(s.p + at, '\n', s.n - at) : NULL;
	return end ? (size_t)(end - s.p) : s.n;
}

static size_t skip_blanks(struct aisp_slice s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r'))
		at++;
	return at;
}

static bool is_key(char c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
}

/* KEY= at the beginning of a line: where the value begins; 0: none. */
static size_t key_of(struct aisp_slice s, size_t at, size_t end, struct aisp_slice *ret)
{
	at = skip_blanks(s, at);
	if (end - at > 7 && memcmp(s.p + at, "export", 6) == 0 && (s.p[at + 6] == ' ' || s.p[at + 6] == '\t'))
		at = skip_blanks(s, at + 6);
	const size_t from = at;
	while (at < end && is_key(s.p[at], at == from))
		at++;
	*ret = aisp_slice_of(s.p + from, at - from);
	at = skip_blanks(s, at);
	return ret->n && at < end && (s.p[at] == '=' || (s.p[at] == ':' && at + 1 < end && s.p[at + 1] == ' ')) ? at + 1 : 0;
}

/* Behind the value nothing but a comment. */
static bool is_clean(struct aisp_slice s, size_t at)
{
	const size_t end = line_end(s, at), next = skip_blanks(s, at);
	return next >= end || (s.p[next] == '#' && next > at);
}

/* The value in quotes that begins at `at`: where it ends; 0: not sure. */
static size_t quoted(struct aisp_slice s, size_t at)
{
	const char q = s.p[at];
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == q && q != '"')
			return 0; /* an end for a shell, none for dotenv */
		if (s.p[i] == '\\' && q == '"')
			i++;
		else if (s.p[i] == q)
			return is_clean(s, i + 1) ? i + 1 : 0;
	}
	return 0;
}

static bool is_plain(struct aisp_slice v)
{
	size_t quotes = 0;
	v = aisp_slice_trim(v);
	for (size_t i = 0; i < v.n; i++)
		quotes += v.p[i] == '"' || v.p[i] == '\'' || v.p[i] == '`';
	return quotes % 2 == 0 && !(v.n && v.p[v.n - 1] == '\\') && (aisp_slice_find(v, AISP_S("$(")) == SIZE_MAX || aisp_slice_chr(v, ')') != SIZE_MAX);
}

/* The entry that begins in the line at `at`. False: a blank line, or one that is no assignment. */
static bool entry_at(struct aisp_slice s, size_t at, uint32_t line, struct entry *ret)
{
	size_t end = line_end(s, at);
	const size_t first = skip_blanks(s, at);
	*ret = (struct entry){.from = at, .end = end < s.n ? end + 1 : end, .line = line, .last = line, .sure = true};
	if (first < end && s.p[first] == '#')
		return true;
	size_t value = first < end ? key_of(s, at, end, &ret->key) : 0;
	if (!value)
		return false;
	value = skip_blanks(s, value);
	if (value >= end || !memchr("\"'`", s.p[value], 3)) {
		ret->sure = value >= end || is_plain(aisp_slice_of(s.p + value, end - value));
		return true;
	}
	const size_t close = quoted(s, value);
	ret->sure = close > 0;
	end = line_end(s, close ? close : value);
	ret->end = end < s.n ? end + 1 : end;
	for (size_t i = at; i < end; i++)
		ret->last += s.p[i] == '\n';
	return true;
}

bool aisp_range_env(struct aisp_slice text, struct aisp_slice key, uint32_t line, struct aisp_range *ret, struct aisp_slice *ret_key)
{
	struct entry e, found = {0};
	size_t named = 0;
	uint32_t n = 1;
	for (size_t at = 0; at < text.n; at = e.end, n = e.last + 1) {
		const bool any = entry_at(text, at, n, &e);
		const bool here = line >= e.line && line <= e.last, mine = key.n ? aisp_slice_eq(e.key, key) : here;
		if (any && !e.sure && (named == 0 || mine))
			return false;
		if (!any || !mine)
			continue;
		if (named == 0 || here)
			found = e;
		named++;
	}
	if (named == 0 || (named > 1 && !(line >= found.line && line <= found.last)))
		return false;
	*ret = (struct aisp_range){found.from, found.end};
	*ret_key = found.key;
	return true;
}

bool aisp_range_is_env(struct aisp_slice path)
{
	const struct aisp_slice base = aisp_slice_basename(path);
	return aisp_slice_ends(base, AISP_S(".env")) || aisp_slice_starts(base, AISP_S(".env.")) || aisp_slice_eqz(base, ".envrc") || aisp_slice_eqz(base, "env.example");
}
