/* Slices: borrowed runs of bytes, the way all text is read. Not NUL-terminated, not owned. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct aisp_slice {
	const char *p; /* may be NULL when n = 0 */
	size_t n;
};

#define AISP_S(lit) ((struct aisp_slice){(lit), sizeof(lit) - 1})
/* For printf's "%.*s". */
#define AISP_FMT(s) ((s).n > 1000000 ? 1000000 : (int)(s).n), ((s).p ? (s).p : "")

static inline struct aisp_slice aisp_slice_z(const char *z)
{
	struct aisp_slice s = {z, z ? strlen(z) : 0};
	return s;
}
static inline struct aisp_slice aisp_slice_of(const char *p, size_t n)
{
	struct aisp_slice s = {p, n};
	return s;
}
static inline bool aisp_slice_eq(struct aisp_slice a, struct aisp_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool aisp_slice_eqz(struct aisp_slice a, const char *z)
{
	return aisp_slice_eq(a, aisp_slice_z(z));
}
/* From position `at` (clamped) to the end. */
static inline struct aisp_slice aisp_slice_from(struct aisp_slice s, size_t at)
{
	if (at > s.n)
		at = s.n;
	return aisp_slice_of(at ? s.p + at : s.p, s.n - at);
}
static inline struct aisp_slice aisp_slice_to(struct aisp_slice s, size_t end)
{
	return aisp_slice_of(s.p, end < s.n ? end : s.n);
}
static inline bool aisp_slice_starts(struct aisp_slice s, struct aisp_slice prefix)
{
	return s.n >= prefix.n && aisp_slice_eq(aisp_slice_to(s, prefix.n), prefix);
}
static inline bool aisp_slice_ends(struct aisp_slice s, struct aisp_slice suffix)
{
	return s.n >= suffix.n && aisp_slice_eq(aisp_slice_from(s, s.n - suffix.n), suffix);
}
/* Position of the first, or SIZE_MAX. */
static inline size_t aisp_slice_chr(struct aisp_slice s, char c)
{
	const char *at = s.n ? (const char *)memchr(s.p, c, s.n) : NULL; /* C++ includes this, too */
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}
/* Equal but for ASCII case. */
bool aisp_slice_eqi(struct aisp_slice a, struct aisp_slice b);
/* Bytewise order: < 0, 0, > 0. */
int aisp_slice_cmp(struct aisp_slice a, struct aisp_slice b);
/* Position of the first occurrence, or SIZE_MAX. */
size_t aisp_slice_find(struct aisp_slice s, struct aisp_slice needle);
size_t aisp_slice_findi(struct aisp_slice s, struct aisp_slice needle); /* ASCII case ignored */
size_t aisp_slice_rchr(struct aisp_slice s, char c);
/* Without ASCII white space at both ends. */
struct aisp_slice aisp_slice_trim(struct aisp_slice s);
/* Takes the part before the next `sep` out of *s (and the separator); false when *s is used up (p == NULL). */
bool aisp_slice_split(struct aisp_slice *s, char sep, struct aisp_slice *ret_part);
/* Decimal number, whole slice; false when it is none or overflows. */
bool aisp_slice_u64(struct aisp_slice s, uint64_t *ret_n);
bool aisp_slice_i64(struct aisp_slice s, int64_t *ret_n);
/* The last path component ("a/b.c" → "b.c"). */
struct aisp_slice aisp_slice_basename(struct aisp_slice path);
struct aisp_slice aisp_slice_dirname(struct aisp_slice path); /* "a/b.c" → "a"; "b.c" → "" */
/* The first code point: its length in bytes, 0 when s is empty or does not begin with well-formed UTF-8 (RFC 3629:
 * shortest form, no surrogates, at most U+10FFFF). */
size_t aisp_slice_utf8(struct aisp_slice s, uint32_t *ret_cp);
/* Well-formed UTF-8 throughout? */
bool aisp_slice_is_utf8(struct aisp_slice s);
/* True for code points that must not reach a terminal or a reader unseen: controls, bidi controls, zero-width and tag
 * characters. */
bool aisp_cp_is_hidden(uint32_t cp);
/* Shell-style match of the whole slice: * (not /), ** (also /), ? and [a-z], [!a-z] (one character, not /), \ takes the
 * next character as it is. "**" and a slash at the begin of a component also match nothing, so "**" "/x" finds "x". At worst
 * the product of both lengths. A pattern over 4,095 bytes matches nothing. */
bool aisp_slice_glob(struct aisp_slice pattern, struct aisp_slice s);
