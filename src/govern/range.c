/* Where a value stands in a text, to cut it out and leave all else as it is: members and items of JSON (with comments), keys and items of block YAML. */
#include "govern/range.h"

/* ---- JSON ---- */

struct scan {
	struct aisp_slice s;
	size_t at;
};

static void blanks(struct scan *x)
{
	while (x->at < x->s.n) {
		const char c = x->s.p[x->at], d = x->at + 1 < x->s.n ? x->s.p[x->at + 1] : 0;
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			x->at++;
		} else if (c == '/' && d == '/') {
			while (x->at < x->s.n && x->s.p[x->at] != '\n')
				x->at++;
		} else if (c == '/' && d == '*') {
			x->at += 2;
			while (x->at + 1 < x->s.n && !(x->s.p[x->at] == '*' && x->s.p[x->at + 1] == '/'))
				x->at++;
			x->at = x->at + 2 < x->s.n ? x->at + 2 : x->s.n;
		} else {
			return;
		}
	}
}

static void text(struct scan *x)
{
	for (x->at++; x->at < x->s.n && x->s.p[x->at] != '"'; x->at++)
		x->at += x->s.p[x->at] == '\\';
	x->at = x->at < x->s.n ? x->at + 1 : x->s.n;
}

static void value(struct scan *x)
{
	size_t depth = 0;
	blanks(x);
	while (x->at < x->s.n) {
		const char c = x->s.p[x->at];
		if (c == '"') {
			text(x);
		} else if (c == '{' || c == '[') {
			depth++;
			x->at++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return;
			depth--;
			x->at++;
		} else if (c == ',') {
			if (depth == 0)
				return;
			x->at++;
		} else if (c == ':') {
			x->at++;
			continue;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '/') {
			const size_t was = x->at;
			blanks(x);
			x->at += x->at == was;
			continue;
		} else {
			while (x->at < x->s.n && !memchr(",:[]{} \t\r\n/\"", x->s.p[x->at], 12))
				x->at++;
		}
		if (depth == 0)
			return;
	}
}

static bool at_end(const struct scan *x)
{
	return x->at >= x->s.n || x->s.p[x->at] == '}' || x->s.p[x->at] == ']';
}

/* "key": of an object; leaves x at the value. */
static bool key(struct scan *x, struct aisp_slice *ret)
{
	const size_t begin = x->at;
	if (x->s.p[x->at] != '"')
		return false;
	text(x);
	if (x->at - begin < 2)
		return false;
	*ret = aisp_slice_of(x->s.p + begin + 1, x->at - begin - 2);
	blanks(x);
	if (x->at >= x->s.n || x->s.p[x->at++] != ':')
		return false;
	blanks(x);
	return true;
}

/* The part begins at `begin`, x is at its value: its range with the comma that goes with it. comma: the one before; 0 for none. ret_more: a comma follows. */
static void part_range(struct scan *x, size_t open, size_t comma, size_t begin, struct aisp_range *ret, bool *ret_more)
{
	value(x);
	const size_t end = x->at;
	blanks(x);
	*ret_more = x->at < x->s.n && x->s.p[x->at] == ',';
	if (*ret_more) {
		x->at++;
		*ret = (struct aisp_range){begin, x->at};
		struct scan ahead = *x;
		blanks(&ahead);
		if (!at_end(&ahead)) {
			ret->end = ahead.at;
			return;
		}
	}
	*ret = comma ? (struct aisp_range){comma, end} : (struct aisp_range){open + 1, *ret_more ? x->at : end};
}

/* Inside an opened array or object: the part called `token`. */
static bool find_part(struct scan *x, struct aisp_slice token, bool last, struct aisp_range *ret)
{
	const bool object = x->s.p[x->at] == '{';
	uint64_t wanted = UINT64_MAX;
	if (!object && !aisp_slice_u64(token, &wanted))
		return false;
	const size_t open = x->at++;
	size_t comma = 0;
	bool more = true;
	for (size_t index = 0; more; index++) {
		struct aisp_slice name = {0};
		blanks(x);
		const size_t begin = x->at;
		if (at_end(x) || (object && !key(x, &name)))
			return false;
		const bool it = object ? aisp_slice_eq(name, token) : index == wanted;
		if (it && !last)
			return true;
		part_range(x, open, comma, begin, ret, &more);
		if (it)
			return true;
		comma = x->at - 1;
	}
	return false;
}

static bool unescape(struct aisp_slice token, char buf[256], struct aisp_slice *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < token.n; i++) {
		char c = token.p[i];
		if (c == '~' && i + 1 < token.n && (token.p[i + 1] == '0' || token.p[i + 1] == '1'))
			c = token.p[++i] == '0' ? '~' : '/';
		if (n == 256 || c == '\\' || c == '"')
			return false;
		buf[n++] = c;
	}
	*ret = aisp_slice_of(buf, n);
	return true;
}

bool aisp_range_json(struct aisp_slice s, struct aisp_slice pointer, struct aisp_range *ret)
{
	struct scan x = {s, 0};
	struct aisp_slice rest = aisp_slice_from(pointer, 1), part, token;
	char buf[256];
	if (pointer.n < 2 || pointer.p[0] != '/')
		return false;
	if (aisp_slice_starts(s, AISP_S("\xef\xbb\xbf")))
		x.at = 3;
	blanks(&x);
	while (aisp_slice_split(&rest, '/', &part)) {
		if (!unescape(part, buf, &token) || x.at >= s.n || (s.p[x.at] != '{' && s.p[x.at] != '['))
			return false;
		if (!find_part(&x, token, rest.p == NULL, ret))
			return false;
	}
	return ret->end > ret->from && ret->end <= s.n;
}

/* ---- YAML ---- */

static size_t line_at(struct aisp_slice s, uint32_t line)
{
	size_t at = 0;
	for (uint32_t i = 1; i < line && at < s.n; i++) {
		const char *end = memchr(s.p + at, '\n', s.n - at);
		at = end ? (size_t)(end - s.p) + 1 : s.n;
	}
	return at;
}

static size_t next_line(struct aisp_slice s, size_t at)
{
	const char *end = memchr(s.p + at, '\n', s.n - at);
	return end ? (size_t)(end - s.p) + 1 : s.n;
}

static size_t indent_of(struct aisp_slice s, size_t at)
{
	size_t n = 0;
	while (at + n < s.n && s.p[at + n] == ' ')
		n++;
	return n;
}

static bool is_blank(struct aisp_slice s, size_t at)
{
	at += indent_of(s, at);
	return at >= s.n || s.p[at] == '\n' || s.p[at] == '\r' || s.p[at] == '#';
}

/* Does the line at `at` end the part that began with this indent? */
static bool ends_part(struct aisp_slice s, size_t at, size_t indent, bool item)
{
	const size_t in = indent_of(s, at), c = at + in;
	const bool list = c < s.n && s.p[c] == '-' && (c + 1 >= s.n || s.p[c + 1] == ' ' || s.p[c + 1] == '\n');
	if (in == 0 && s.n - at >= 3 && (memcmp(s.p + at, "---", 3) == 0 || memcmp(s.p + at, "...", 3) == 0))
		return true;
	return in < indent || (in == indent && (item || !list));
}

bool aisp_range_yaml(struct aisp_slice s, uint32_t line, bool item, struct aisp_range *ret)
{
	const size_t from = line ? line_at(s, line) : s.n;
	if (from >= s.n)
		return false;
	const size_t indent = indent_of(s, from), first = from + indent;
	const char c = first < s.n ? s.p[first] : 0;
	if ((c == '-') != item || c == '{' || c == '[')
		return false;
	size_t end = next_line(s, from), kept = end;
	while (end < s.n && (is_blank(s, end) || !ends_part(s, end, indent, item))) {
		const bool blank = is_blank(s, end);
		end = next_line(s, end);
		if (!blank)
			kept = end;
	}
	*ret = (struct aisp_range){from, kept};
	return true;
}
