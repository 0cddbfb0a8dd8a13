/* HCL by bytes (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md): what base/doc_hcl.c reads as a tree, found again in the text. Linear; nothing is kept. */
#include "govern/range_hcl.h"
#include "base/doc.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

static bool is_comment(struct aisp_slice s, size_t i)
{
	return s.p[i] == '#' || (s.p[i] == '/' && i + 1 < s.n && (s.p[i + 1] == '/' || s.p[i + 1] == '*'));
}

/* Behind blanks and comments; lines: also behind line ends. */
static size_t blank(struct aisp_slice s, size_t i, size_t end, bool lines)
{
	while (i < end) {
		const char c = s.p[i];
		if (is_comment(s, i))
			i = aisp_hcl_piece(s, i);
		else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n'))
			i++;
		else
			break;
	}
	return i < end ? i : end;
}

/* A word or a quoted text without anything in it that would change it. */
static bool name_at(struct aisp_slice s, size_t *at, size_t end, struct aisp_slice *ret)
{
	const size_t from = *at;
	size_t i = from;
	if (i < end && s.p[i] == '"') {
		i = aisp_hcl_piece(s, i);
		if (i > end || i - from < 2)
			return false;
		*ret = aisp_slice_of(s.p + from + 1, i - from - 2);
		*at = i;
		return aisp_slice_chr(*ret, '\\') == SIZE_MAX && aisp_slice_find(*ret, AISP_S("${")) == SIZE_MAX && aisp_slice_find(*ret, AISP_S("%{")) == SIZE_MAX;
	}
	while (i < end && is_word(s.p[i]))
		i++;
	*ret = aisp_slice_of(s.p + from, i - from);
	*at = i;
	return i > from;
}

/* Where brackets that open at i are closed: the place of the closing one. SIZE_MAX: nowhere. */
static size_t close_of(struct aisp_slice s, size_t i, size_t end)
{
	size_t open = 0, next;
	for (; i < end; i = next) {
		const char c = s.p[i];
		next = aisp_hcl_piece(s, i);
		if (next == SIZE_MAX)
			return SIZE_MAX;
		open += c == '(' || c == '[' || c == '{';
		if (c == ')' || c == ']' || c == '}') {
			if (--open == 0)
				return i;
		}
	}
	return SIZE_MAX;
}

/* Where an expression ends, without the blanks and comments behind it. lines: a line end does not end it. */
static size_t expression_end(struct aisp_slice s, size_t i, size_t end, bool lines)
{
	size_t kept = i, next;
	for (; i < end; i = next) {
		const char c = s.p[i];
		if (c == ',' || c == ')' || c == ']' || c == '}' || (!lines && (c == '\n' || is_comment(s, i))))
			break;
		if (c == '(' || c == '[' || c == '{') {
			next = close_of(s, i, end);
			if (next == SIZE_MAX)
				return SIZE_MAX;
			kept = ++next;
			continue;
		}
		next = aisp_hcl_piece(s, i);
		if (next == SIZE_MAX || next > end)
			return SIZE_MAX;
		if (!is_comment(s, i) && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			kept = next;
	}
	return kept;
}

bool aisp_hcl_next(struct aisp_slice s, struct aisp_range body, size_t *at, struct aisp_hcl_part *ret)
{
	struct aisp_slice label;
	size_t i = blank(s, *at, body.end, true);
	*ret = (struct aisp_hcl_part){.all.from = i};
	*at = i;
	if (i >= body.end || !name_at(s, &i, body.end, &ret->name))
		return false;
	i = blank(s, i, body.end, false);
	if (i < body.end && s.p[i] == '=') {
		i = blank(s, i + 1, body.end, true);
		const size_t end = expression_end(s, i, body.end, false);
		if (end == SIZE_MAX || end == i)
			return false;
		ret->inside = (struct aisp_range){i, end};
		*at = ret->all.end = end;
		return true;
	}
	ret->block = true;
	while (i < body.end && s.p[i] != '{') {
		if (!name_at(s, &i, body.end, &label))
			return false;
		if (ret->n_labels < AISP_HCL_LABELS)
			ret->labels[ret->n_labels] = label;
		ret->n_labels++;
		i = blank(s, i, body.end, false);
	}
	const size_t close = close_of(s, i, body.end);
	if (close == SIZE_MAX || s.p[close] != '}')
		return false;
	ret->inside = (struct aisp_range){i + 1, close};
	*at = ret->all.end = close + 1;
	return true;
}

int aisp_hcl_only(struct aisp_slice s, struct aisp_range body, const char *name, struct aisp_hcl_part *ret)
{
	struct aisp_hcl_part part;
	size_t at = body.from;
	int n = 0;
	while (aisp_hcl_next(s, body, &at, &part))
		if (aisp_slice_eqz(part.name, name)) {
			*ret = part;
			n++;
		}
	return at < body.end || n > 1 ? 2 : n;
}

struct aisp_range aisp_hcl_trim(struct aisp_slice s, struct aisp_range r)
{
	const size_t from = blank(s, r.from, r.end, true), end = expression_end(s, from, r.end, true);
	return (struct aisp_range){from, end == SIZE_MAX ? r.end : end};
}

bool aisp_hcl_literal(struct aisp_slice s, struct aisp_range value, char open, struct aisp_range *ret)
{
	struct aisp_slice word = {0};
	if (value.from >= value.end || s.p[value.from] != open || close_of(s, value.from, value.end) != value.end - 1)
		return false;
	*ret = (struct aisp_range){value.from + 1, value.end - 1};
	size_t at = blank(s, ret->from, ret->end, true);
	if (at < ret->end && s.p[at] != '"' && name_at(s, &at, ret->end, &word) && aisp_slice_eqz(word, "for")) {
		at = blank(s, at, ret->end, true);
		return at < ret->end && (s.p[at] == '=' || s.p[at] == ':');
	}
	return true;
}

bool aisp_hcl_call(struct aisp_slice s, struct aisp_range value, const char *name, struct aisp_range *ret)
{
	const size_t n = strlen(name);
	if (value.end - value.from < n + 2 || !aisp_slice_starts(aisp_slice_from(s, value.from), aisp_slice_z(name)) || s.p[value.from + n] != '(' ||
	    close_of(s, value.from + n, value.end) != value.end - 1)
		return false;
	*ret = aisp_hcl_trim(s, (struct aisp_range){value.from + n + 1, value.end - 1});
	return blank(s, ret->end, value.end - 1, true) == value.end - 1;
}

bool aisp_hcl_item(struct aisp_slice s, struct aisp_range in, bool object, size_t *at, struct aisp_hcl_item *ret)
{
	const size_t before = ret->behind;
	size_t i = blank(s, *at, in.end, true);
	*at = i;
	if (i >= in.end)
		return false;
	*ret = (struct aisp_hcl_item){.all.from = i, .before = *at > in.from && ret->all.end ? before : SIZE_MAX, .behind = SIZE_MAX};
	if (object) {
		if (!name_at(s, &i, in.end, &ret->key))
			return false;
		i = blank(s, i, in.end, false);
		if (i >= in.end || (s.p[i] != '=' && s.p[i] != ':') || (i + 1 < in.end && s.p[i + 1] == '='))
			return false;
		i = blank(s, i + 1, in.end, true);
	}
	const size_t end = expression_end(s, i, in.end, !object);
	if (end == SIZE_MAX || end == i)
		return false;
	ret->value = (struct aisp_range){i, end};
	ret->all.end = end;
	i = blank(s, end, in.end, true);
	if (i < in.end && s.p[i] == ',') {
		ret->behind = i;
		*at = i + 1;
		return true;
	}
	*at = object ? end : i;
	return object || i == in.end;
}

size_t aisp_hcl_count(struct aisp_slice s, struct aisp_range in, bool object)
{
	struct aisp_hcl_item it = {.before = SIZE_MAX, .behind = SIZE_MAX};
	size_t at = in.from, n = 0;
	while (aisp_hcl_item(s, in, object, &at, &it))
		n++;
	return at == in.end ? n : SIZE_MAX;
}

/* ---- Cutting ---- */

static size_t line_begin(struct aisp_slice s, size_t at)
{
	while (at > 0 && s.p[at - 1] != '\n')
		at--;
	return at;
}

/* Only blanks before it in its line? */
static bool begins_line(struct aisp_slice s, size_t at)
{
	for (size_t i = line_begin(s, at); i < at; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t')
			return false;
	return true;
}

/* Behind the line end, if nothing but blanks and a comment that ends in this line follow. SIZE_MAX: something does. */
static size_t rest_of_line(struct aisp_slice s, size_t at)
{
	for (size_t i = at; i < s.n;) {
		if (s.p[i] == '\n')
			return i + 1;
		if (is_comment(s, i)) {
			const size_t end = aisp_hcl_piece(s, i), nl = aisp_slice_chr(aisp_slice_of(s.p + i, end - i), '\n');
			if (nl != SIZE_MAX)
				return SIZE_MAX;
			i = end;
		} else if (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r') {
			i++;
		} else {
			return SIZE_MAX;
		}
	}
	return s.n;
}

static bool is_blank_line(struct aisp_slice s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r'))
		at++;
	return at >= s.n || s.p[at] == '\n';
}

/* Does a body or the text begin right above this line? */
static bool is_first(struct aisp_slice s, size_t line)
{
	while (line > 0 && (s.p[line - 1] == ' ' || s.p[line - 1] == '\t' || s.p[line - 1] == '\r' || s.p[line - 1] == '\n'))
		line--;
	return line == 0 || s.p[line - 1] == '{';
}

bool aisp_hcl_cut_block(struct aisp_slice s, struct aisp_range block, struct aisp_range *ret)
{
	size_t end = rest_of_line(s, block.end), from = line_begin(s, block.from);
	if (end == SIZE_MAX || !begins_line(s, block.from))
		return false;
	/* one blank line of two, and none at the begin or end of a body */
	if (from > 0 && is_blank_line(s, line_begin(s, from - 1))) {
		size_t next = end;
		while (next < s.n && (s.p[next] == ' ' || s.p[next] == '\t'))
			next++;
		if (is_blank_line(s, end) || (next < s.n && s.p[next] == '}'))
			from = line_begin(s, from - 1);
	} else if (end < s.n && is_blank_line(s, end) && is_first(s, from)) {
		const size_t nl = aisp_slice_chr(aisp_slice_from(s, end), '\n');
		end = nl == SIZE_MAX ? s.n : end + nl + 1;
	}
	*ret = (struct aisp_range){from, end};
	return true;
}

static size_t behind_blanks(struct aisp_slice s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
		at++;
	return at;
}

/* The last of several, in a line with others: with the comma before it, unless a comment is between. */
static struct aisp_range cut_last(struct aisp_slice s, const struct aisp_hcl_item *it)
{
	if (it->before == SIZE_MAX)
		return it->all;
	for (size_t i = it->before + 1; i < it->all.from; i++)
		if (!memchr(" \t\r\n", s.p[i], 4))
			return it->all;
	return (struct aisp_range){it->before, it->all.end};
}

struct aisp_range aisp_hcl_cut_item(struct aisp_slice s, const struct aisp_hcl_item *it)
{
	const bool last = it->behind == SIZE_MAX;
	const size_t behind = last ? it->all.end : it->behind + 1, rest = rest_of_line(s, behind);
	if (!last && behind_blanks(s, it->all.end) != it->behind) /* a comment before the comma */
		return (struct aisp_range){it->all.from, behind};
	if (begins_line(s, it->all.from) && rest != SIZE_MAX)
		return (struct aisp_range){line_begin(s, it->all.from), rest};
	if (last)
		return cut_last(s, it);
	const size_t end = behind_blanks(s, behind);
	return (struct aisp_range){it->all.from, end < s.n && s.p[end] == '\n' ? behind : end};
}

size_t aisp_hcl_mention(struct aisp_slice s, struct aisp_slice word, struct aisp_range except)
{
	size_t from = 0, at;
	for (size_t i = 0; i < s.n; i = at) { /* the stretches between comments */
		at = is_comment(s, i) || s.p[i] == '"' || s.p[i] == '<' ? aisp_hcl_piece(s, i) : i + 1;
		at = at == SIZE_MAX ? i + 1 : at;
		if (!is_comment(s, i) && at < s.n)
			continue;
		const size_t end = is_comment(s, i) ? i : s.n;
		for (size_t k, p = from; (k = aisp_slice_find(aisp_slice_of(s.p + p, end - p), word)) != SIZE_MAX; p += k + word.n) {
			const size_t here = p + k, behind = here + word.n;
			const bool whole = (here == 0 || (!is_word(s.p[here - 1]) && s.p[here - 1] != '.')) && (behind >= s.n || !is_word(s.p[behind]));
			if (whole && (here < except.from || here >= except.end))
				return here;
			if (word.n == 0)
				return SIZE_MAX;
		}
		from = at;
	}
	return SIZE_MAX;
}
