/* Text by columns: see text.h. */
#include "show/text.h"

struct range {
	uint32_t first, last;
};

/* Unicode 15 EastAsianWidth W and F, and emoji that terminals draw wide; joined where gaps are unassigned. */
static const struct range wide[] = {
	{0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
	{0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
	{0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
	{0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
	{0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
	{0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
	{0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},
	{0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97c},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6b},   {0xff01, 0xff60},
	{0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x18d00, 0x18d08}, {0x1aff0, 0x1b2fb}, {0x1f004, 0x1f004},
	{0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335},
	{0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0},
	{0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d},
	{0x1f54b, 0x1f54e}, {0x1f550, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4},
	{0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2}, {0x1f6d5, 0x1f6d7},
	{0x1f6dc, 0x1f6df}, {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7f0}, {0x1f90c, 0x1f93a},
	{0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};
/* Combining marks (general categories Mn and Me) of the scripts in common use, and conjoining Hangul. */
static const struct range none[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf}, {0x05c1, 0x05c2}, {0x05c4, 0x05c5},
	{0x0610, 0x061a}, {0x064b, 0x065f},   {0x0670, 0x0670},   {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x06e7, 0x06e8},
	{0x06ea, 0x06ed}, {0x0711, 0x0711},   {0x0730, 0x074a},   {0x07a6, 0x07b0}, {0x0816, 0x082d}, {0x08d3, 0x0902},
	{0x093a, 0x093a}, {0x093c, 0x093c},   {0x0941, 0x0948},   {0x094d, 0x094d}, {0x0951, 0x0957}, {0x0e31, 0x0e31},
	{0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x0eb1, 0x0eb1},   {0x0eb4, 0x0ebc}, {0x0ec8, 0x0ecd}, {0x1160, 0x11ff},
	{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},   {0x20d0, 0x20f0},   {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};

static bool is_in(const struct range *r, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n && r[i].first <= cp; i++)
		if (cp <= r[i].last)
			return true;
	return false;
}

unsigned aisp_show__cp_width(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (is_in(none, sizeof none / sizeof *none, cp))
		return 0;
	return is_in(wide, sizeof wide / sizeof *wide, cp) ? 2 : 1;
}

/* Length in bytes and columns of the first character. Broken bytes count as one column each. */
static size_t step(struct aisp_slice s, size_t *ret_columns)
{
	uint32_t cp = 0;
	size_t n = aisp_slice_utf8(s, &cp);

	*ret_columns = n ? aisp_show__cp_width(cp) : 1;
	return n ? n : 1;
}

size_t aisp_show__width(struct aisp_slice s)
{
	size_t all = 0, w;

	while (s.n > 0) {
		s = aisp_slice_from(s, step(s, &w));
		all += w;
	}
	return all;
}

/* Bytes of the longest start that takes at most `columns`, with the combining marks behind it. */
static size_t head(struct aisp_slice s, size_t columns)
{
	size_t at = 0, used = 0, w;

	while (at < s.n) {
		size_t n = step(aisp_slice_from(s, at), &w);

		if (used + w > columns)
			break;
		used += w;
		at += n;
	}
	return at;
}

/* Begin of the longest end that takes at most `columns`. */
static size_t tail(struct aisp_slice s, size_t columns)
{
	size_t skip = aisp_show__width(s), at = 0, gone = 0, w;

	skip = skip > columns ? skip - columns : 0;
	while (at < s.n && gone < skip) {
		at += step(aisp_slice_from(s, at), &w);
		gone += w;
	}
	while (at < s.n) { /* never begin with a combining mark */
		size_t n = step(aisp_slice_from(s, at), &w);

		if (w > 0)
			break;
		at += n;
	}
	return at;
}

void aisp_show__fit(struct aisp_buf *out, struct aisp_slice s, size_t columns)
{
	if (columns == 0 || aisp_show__width(s) <= columns) {
		aisp_buf_put(out, s);
		return;
	}
	size_t back = (columns - 1) * 3 / 5, front = columns - 1 - back;

	aisp_buf_put(out, aisp_slice_to(s, head(s, front)));
	aisp_buf_putz(out, "…");
	aisp_buf_put(out, aisp_slice_from(s, tail(s, back)));
}

void aisp_show__fit_start(struct aisp_buf *out, struct aisp_slice s, size_t columns)
{
	bool whole = columns == 0 || aisp_show__width(s) <= columns;

	aisp_buf_put(out, whole ? s : aisp_slice_to(s, head(s, columns - 1)));
	aisp_buf_putz(out, whole ? "" : "…");
}

void aisp_show__fit_end(struct aisp_buf *out, struct aisp_slice s, size_t columns)
{
	bool whole = columns == 0 || aisp_show__width(s) <= columns;

	aisp_buf_putz(out, whole ? "" : "…");
	aisp_buf_put(out, whole ? s : aisp_slice_from(s, tail(s, columns - 1)));
}

struct aisp_slice aisp_show__take_line(struct aisp_slice *s, size_t columns)
{
	size_t end = head(*s, columns ? columns : 1), cut = end;

	if (end == 0)
		end = cut = s->n < 4 ? s->n : 4;
	if (end < s->n) {
		while (cut > 0 && s->p[cut] != ' ')
			cut--;
		if (cut == 0)
			cut = end;
	}
	struct aisp_slice line = aisp_slice_to(*s, cut);

	*s = aisp_slice_trim(aisp_slice_from(*s, cut));
	if (s->n == 0)
		*s = (struct aisp_slice){0};
	return line;
}
