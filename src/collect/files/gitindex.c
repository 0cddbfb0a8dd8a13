/* The list of tracked files, from .git/index: see walk.h.
 *
 *   header: "DIRC", version, count      (32 bit, big endian)
 *   entry:  40 bytes of stat data (mode at 24), 20 bytes SHA-1, 16 bits of flags (12: length of name),
 *           16 more bits if version >= 3 and flag 0x4000, the name, NULs up to a multiple of 8 (versions 2 and 3);
 *           version 4: how many bytes of the last name to drop (varint), the rest of the name, one NUL
 * A repository with SHA-256 objects has 32 bytes instead of 20: it is told by the entries not fitting otherwise.
 */
#include "collect/files/walk.h"

enum { NAME_MAX_BYTES = 4096 };

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct reader {
	struct aisp_arena *a;
	const unsigned char *p;
	size_t n, at;
	uint32_t version;
	size_t hash;
	struct aisp_slice last;
};

/* git's varint: 7 bits a byte, each continuation adds one. */
static bool varint(struct reader *r, size_t *ret)
{
	size_t v = 0;

	for (int i = 0; i < 5; i++) {
		if (r->at >= r->n)
			return false;
		unsigned char c = r->p[r->at++];
		v = i == 0 ? c & 127u : (v + 1) << 7 | (c & 127u);
		if (!(c & 128)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

/* One entry's name; false when the bytes do not fit. */
static bool next_name(struct reader *r, uint32_t *ret_mode, struct aisp_slice *ret)
{
	size_t start = r->at, fixed = 40 + r->hash + 2, drop = 0;

	if (r->n - r->at < fixed + 1)
		return false;
	const unsigned char *e = r->p + r->at;
	unsigned flags = (unsigned)e[fixed - 2] << 8 | e[fixed - 1];
	*ret_mode = be32(e + 24);
	r->at += fixed + (r->version >= 3 && flags & 0x4000 ? 2 : 0);
	if (r->version == 4 && !varint(r, &drop))
		return false;
	if (r->at >= r->n)
		return false;
	const char *name = (const char *)r->p + r->at;
	const char *nul = memchr(name, 0, r->n - r->at);
	if (!nul || drop > r->last.n || r->last.n - drop + (size_t)(nul - name) > NAME_MAX_BYTES)
		return false;
	size_t len = (size_t)(nul - name);
	r->at += len + 1;
	if (r->version == 4) {
		*ret = aisp_arena_printf(r->a, "%.*s%.*s", (int)(r->last.n - drop), r->last.p ? r->last.p : "", (int)len, name);
		r->last = *ret;
	} else {
		if ((flags & 0xfff) != 0xfff && (flags & 0xfff) != len)
			return false;
		*ret = aisp_arena_dup(r->a, aisp_slice_of(name, len));
		r->at = start + ((r->at - 1 - start + 8) & ~(size_t)7);
		if (r->at > r->n)
			return false;
	}
	return ret->n > 0 || !ret->p;
}

static int read_all(struct reader *r, uint32_t count, struct aisp_paths *ret, struct aisp_err *err)
{
	struct aisp_slice name;
	uint32_t mode;
	size_t n = 0;
	struct aisp_slice *v = aisp_arena_zalloc(r->a, count ? count : 1, sizeof *v);

	if (!v)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the list of tracked files");
	r->at = 12;
	r->last = AISP_S("");
	for (uint32_t i = 0; i < count; i++) {
		if (!next_name(r, &mode, &name))
			return aisp_fail(err, AISP_E_PARSE, "the git index ends or breaks at entry %u of %u", i + 1, count);
		if (!name.p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for the list of tracked files");
		if ((mode & 0170000) == 0100000)
			v[n++] = name;
	}
	*ret = (struct aisp_paths){.v = v, .n = n};
	return 0;
}

int aisp_gitindex_parse(struct aisp_arena *a, struct aisp_slice bytes, struct aisp_paths *ret, struct aisp_err *err)
{
	struct reader r = {.a = a, .p = (const unsigned char *)bytes.p, .n = bytes.n, .hash = 20};

	if (bytes.n < 12 || memcmp(bytes.p, "DIRC", 4) != 0)
		return aisp_fail(err, AISP_E_PARSE, "not a git index");
	r.version = be32(r.p + 4);
	uint32_t count = be32(r.p + 8);
	if (r.version < 2 || r.version > 4)
		return aisp_fail(err, AISP_E_PARSE, "git index of unknown version %u", r.version);
	if (count > bytes.n / 60)
		return aisp_fail(err, AISP_E_PARSE, "the git index says more entries than it has room for");
	int got = read_all(&r, count, ret, err);
	if (got == AISP_E_PARSE) {
		r.hash = 32;
		got = read_all(&r, count, ret, err);
	}
	return got;
}
