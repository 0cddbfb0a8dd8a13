/* Reading text: comparing, finding, splitting, numbers, paths, UTF-8. Matching of patterns is in glob.c. */
#include "base/slice.h"

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool aisp_slice_eqi(struct aisp_slice a, struct aisp_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int aisp_slice_cmp(struct aisp_slice a, struct aisp_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

size_t aisp_slice_find(struct aisp_slice s, struct aisp_slice needle)
{
	if (needle.n == 0)
		return 0;
	const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t aisp_slice_findi(struct aisp_slice s, struct aisp_slice needle)
{
	if (needle.n == 0)
		return 0;
	for (size_t i = 0; needle.n <= s.n && i <= s.n - needle.n; i++)
		if (lower(s.p[i]) == lower(needle.p[0]) && aisp_slice_eqi(aisp_slice_of(s.p + i, needle.n), needle))
			return i;
	return SIZE_MAX;
}

size_t aisp_slice_rchr(struct aisp_slice s, char c)
{
	const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

struct aisp_slice aisp_slice_trim(struct aisp_slice s)
{
	while (s.n > 0 && space(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && space(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

bool aisp_slice_split(struct aisp_slice *s, char sep, struct aisp_slice *ret_part)
{
	if (!s->p)
		return false;
	size_t at = aisp_slice_chr(*s, sep);

	if (at == SIZE_MAX) {
		*ret_part = *s;
		*s = (struct aisp_slice){0};
	} else {
		*ret_part = aisp_slice_to(*s, at);
		*s = aisp_slice_from(*s, at + 1);
	}
	return true;
}

bool aisp_slice_u64(struct aisp_slice s, uint64_t *ret_n)
{
	uint64_t n = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(n, 10U, &n) || __builtin_add_overflow(n, (uint64_t)(s.p[i] - '0'), &n))
			return false;
	}
	*ret_n = n;
	return true;
}

bool aisp_slice_i64(struct aisp_slice s, int64_t *ret_n)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	uint64_t n;

	if (s.n > 0 && (minus || s.p[0] == '+'))
		s = aisp_slice_from(s, 1);
	if (!aisp_slice_u64(s, &n) || n > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return false;
	*ret_n = minus ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

struct aisp_slice aisp_slice_basename(struct aisp_slice path)
{
	size_t at = aisp_slice_rchr(path, '/');

	return at == SIZE_MAX ? path : aisp_slice_from(path, at + 1);
}

struct aisp_slice aisp_slice_dirname(struct aisp_slice path)
{
	size_t at = aisp_slice_rchr(path, '/');

	return at == SIZE_MAX ? aisp_slice_to(path, 0) : aisp_slice_to(path, at);
}

size_t aisp_slice_utf8(struct aisp_slice s, uint32_t *ret_cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_cp = p[0];
		return 1;
	}
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || len > s.n)
		return 0;
	uint32_t cp = p[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3fU);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return len;
}

bool aisp_slice_is_utf8(struct aisp_slice s)
{
	size_t i = 0;

	while (i < s.n) {
		uint64_t eight;
		uint32_t cp;

		if (s.n - i >= sizeof eight) {
			memcpy(&eight, s.p + i, sizeof eight);
			if (!(eight & 0x8080808080808080ULL)) {
				i += sizeof eight;
				continue;
			}
		}
		size_t n = aisp_slice_utf8(aisp_slice_from(s, i), &cp);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool aisp_cp_is_hidden(uint32_t cp)
{
	/* Unicode 15: controls, then the default-ignorable and bidirectional format characters that carry no picture. */
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x61c, 0x61c},     {0x180e, 0x180e},
		{0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
		{0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return true;
	return false;
}
