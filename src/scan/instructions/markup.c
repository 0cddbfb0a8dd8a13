/* Regions of Markdown and HTML that are not shown: comments, elements styled away, titles of links and texts of images.
 * What is in them is judged by phrases.c; that they exist is no hit.
 */
#include "scan/instructions/instructions_int.h"

enum { ELEMENT_MAX = 4096, COMMENT_MAX = 16 << 10, TAG_MAX = 1024 };

static void region(struct scan *s, size_t at, size_t end, enum region_kind kind)
{
	size_t n = s->regions.n;

	if (n >= MAX_REGIONS || end <= at || (n && s->regions.v[n - 1].end > at))
		return;
	if (aisp_vec_push(&s->regions, (struct region){at, end, kind}) < 0)
		s->nomem = true;
}

static bool has(struct aisp_slice tag, const char *text)
{
	return aisp_slice_findi(tag, aisp_slice_z(text)) != SIZE_MAX;
}

static const char *value_of(struct aisp_slice tag, const char *property)
{
	size_t at = aisp_slice_findi(tag, aisp_slice_z(property));

	if (at == SIZE_MAX)
		return NULL;
	at += strlen(property);
	while (at < tag.n && (tag.p[at] == ' ' || tag.p[at] == ':' || tag.p[at] == '=' || tag.p[at] == '"' || tag.p[at] == '\''))
		at++;
	return at < tag.n ? tag.p + at : NULL;
}

static bool is_zero(const char *v, const char *end)
{
	return v && v < end && (*v == '0' || *v == '1') && (v + 1 >= end || v[1] < '0' || v[1] > '9') && !(v + 1 < end && v[1] == '.' && v[0] == '1') &&
		!(v + 2 < end && v[1] == '.' && v[2] >= '3') && !(v[0] == '1' && v + 1 < end && (v[1] == 'e' || v[1] == 'r'));
}

static bool is_white(const char *v, const char *end)
{
	struct aisp_slice s = aisp_slice_of(v, v && v < end ? (size_t)(end - v) : 0);

	return aisp_slice_eqi(aisp_slice_to(s, 5), AISP_S("white")) || aisp_slice_eqi(aisp_slice_to(s, 4), AISP_S("#fff")) ||
		aisp_slice_eqi(aisp_slice_to(s, 11), AISP_S("transparent")) || aisp_slice_starts(s, AISP_S("rgb(255")) || aisp_slice_starts(s, AISP_S("rgba(0,0,0,0)"));
}

static bool white_on_white(struct aisp_slice tag)
{
	const char *end = tag.p + tag.n, *v = value_of(tag, " color");

	v = v ? v : value_of(tag, "\"color");
	v = v ? v : value_of(tag, ";color");
	if (!is_white(v, end))
		return false;
	v = value_of(tag, "background");
	return !v || is_white(v, end) || has(tag, "background-color:#fff") || has(tag, "background-color:white");
}

/* Does this opening tag hide what is in it? */
static bool hides(struct aisp_slice tag)
{
	const char *end = tag.p + tag.n, *v;

	static const char *const marks[] = {"display:none", "display: none", "visibility:hidden", "visibility: hidden", "-9999px", "text-indent:-", "clip:rect(0",
		" hidden>", " hidden ", "left:-99", "left: -99"};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (has(tag, marks[i]))
			return true;
	if (is_zero(value_of(tag, "font-size"), end) || is_zero(value_of(tag, "max-height"), end))
		return true;
	v = value_of(tag, "opacity");
	if (v && v < end && *v == '0' && !(v + 2 < end && v[1] == '.' && v[2] > '1'))
		return true;
	return white_on_white(tag);
}

/* A tag at `at`: a region when it hides, up to its end tag. Returns where to go on. */
static size_t on_tag(struct scan *s, size_t at)
{
	struct aisp_slice rest = aisp_slice_from(s->text, at), near = aisp_slice_to(rest, TAG_MAX), end_tag;
	size_t end = aisp_slice_chr(near, '>'), name = 1;
	char closing[24] = "</";

	if (end == SIZE_MAX)
		return at + 1;
	while (name < end && name < 20 && near.p[name] > ' ')
		name++;
	memcpy(closing + 2, near.p + 1, name - 1);
	end_tag = aisp_slice_of(closing, name + 1);
	bool script = aisp_slice_eqi(end_tag, AISP_S("</style")) || aisp_slice_eqi(end_tag, AISP_S("</script"));

	if (script || !hides(aisp_slice_to(near, end + 1)))
		return at + end + 1;
	struct aisp_slice inside = aisp_slice_to(aisp_slice_from(rest, end + 1), ELEMENT_MAX);
	size_t close = aisp_slice_findi(inside, end_tag);

	if (close == SIZE_MAX) {
		size_t line = aisp_slice_chr(inside, '\n');

		region(s, at + end + 1, at + end + 1 + (line == SIZE_MAX ? inside.n : line), R_STYLE);
		return at + end + 1;
	}
	region(s, at + end + 1, at + end + 1 + close, R_STYLE);
	return at + end + 1 + close;
}

/* [text](target "title") and ![text](target): the title; the text of an image. */
static size_t on_bracket(struct scan *s, size_t at)
{
	struct aisp_slice rest = aisp_slice_to(aisp_slice_from(s->text, at), TAG_MAX);
	size_t mid = aisp_slice_find(rest, AISP_S("](")), line = aisp_slice_chr(rest, '\n');

	if (aisp_slice_starts(rest, AISP_S("[//]: # (")) || aisp_slice_starts(rest, AISP_S("[comment]: <> (")) || aisp_slice_starts(rest, AISP_S("[//]: # \""))) {
		size_t end = line == SIZE_MAX ? rest.n : line, begin = aisp_slice_find(rest, AISP_S("# "));

		region(s, at + (begin == SIZE_MAX || begin > end ? 13 : begin + 2), at + end, R_COMMENT);
		return at + end;
	}
	if (mid == SIZE_MAX || mid > line)
		return at + 1;
	if (at && s->text.p[at - 1] == '!')
		region(s, at + 1, at + mid, R_TITLE);
	struct aisp_slice target = aisp_slice_from(rest, mid + 2);
	size_t close = aisp_slice_chr(target, ')'), quote = aisp_slice_find(target, AISP_S(" \""));

	if (quote != SIZE_MAX && (close == SIZE_MAX || quote < close || aisp_slice_chr(target, '"') < close)) {
		struct aisp_slice title = aisp_slice_from(target, quote + 2);
		size_t end = aisp_slice_chr(title, '"');

		if (end != SIZE_MAX && aisp_slice_chr(title, '\n') > end)
			region(s, at + mid + 2 + quote + 2, at + mid + 2 + quote + 2 + end, R_TITLE);
	}
	return at + mid + 2;
}

static size_t on_comment(struct scan *s, size_t at)
{
	struct aisp_slice rest = aisp_slice_to(aisp_slice_from(s->text, at + 4), COMMENT_MAX);
	size_t end = aisp_slice_find(rest, AISP_S("-->"));

	region(s, at + 4, at + 4 + (end == SIZE_MAX ? rest.n : end), R_COMMENT);
	return at + 4 + (end == SIZE_MAX ? rest.n : end);
}

void aisp_instructions__markup(struct scan *s)
{
	struct aisp_slice t = s->text;

	for (size_t i = 0; i < t.n && s->regions.n < MAX_REGIONS && !s->nomem;) {
		char c = t.p[i];

		if (c == '<' && aisp_slice_starts(aisp_slice_from(t, i), AISP_S("<!--")))
			i = on_comment(s, i);
		else if (c == '<' && i + 1 < t.n && ((t.p[i + 1] >= 'a' && t.p[i + 1] <= 'z') || (t.p[i + 1] >= 'A' && t.p[i + 1] <= 'Z')))
			i = on_tag(s, i);
		else if (c == '[')
			i = on_bracket(s, i);
		else
			i++;
	}
}
