/* Finding and inflating one entry of a pack. See pack.h. */
#include "collect/git/pack.h"
#include "base/mem.h"
#include "base/vec.h"
#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID = 20, FAN = 8, IDS = FAN + 256 * 4, PACK_HEAD = 12, PATH_SIZE = 4096, PACKS_MAX = 4096, RATIO_MAX = 1032 };
/* Packs that together are smaller than the first stay in memory; of others, about the second is passed before all is let go. */
static const uint64_t small_max = (uint64_t)48 << 20, passed_max = (uint64_t)24 << 20;

struct pack {
	struct aisp_slice index, body;
	uint32_t n;
	size_t n_long;
	bool mapped;
};
struct aisp_packs {
	AISP_VEC(struct pack) v;
	uint64_t mapped; /* bytes of packs */
	_Atomic uint64_t passed;
};

static uint32_t be32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

int aisp_packs_new(struct aisp_packs **ret, struct aisp_err *err)
{
	struct aisp_packs *p = aisp_mem_zalloc(1, sizeof *p);

	if (!p)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the list of packs");
	*ret = p;
	return 0;
}

static void unmap(struct aisp_slice s)
{
	if (s.p)
		munmap((void *)(uintptr_t)s.p, s.n);
}

void aisp_packs_free(struct aisp_packs *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->v.n; i++) {
		if (!p->v.v[i].mapped)
			continue;
		unmap(p->v.v[i].index);
		unmap(p->v.v[i].body);
	}
	aisp_vec_done(&p->v);
	aisp_mem_free(p);
}

static uint32_t fan(const struct pack *p, unsigned byte)
{
	return be32(p->index.p + FAN + (size_t)byte * 4);
}

/* The index's tables lie inside it, and the counts go up. */
static bool well_formed(struct pack *p)
{
	const uint64_t each = ID + 4 + 4, ends = 2 * ID;

	if (p->index.n < IDS + ends || memcmp(p->index.p, "\377tOc\0\0\0\2", 8) != 0)
		return false;
	if (p->body.n < PACK_HEAD + ID || memcmp(p->body.p, "PACK\0\0\0", 7) != 0 || (p->body.p[7] != 2 && p->body.p[7] != 3))
		return false;
	for (unsigned i = 1; i < 256; i++)
		if (fan(p, i) < fan(p, i - 1))
			return false;
	p->n = fan(p, 255);
	if (p->index.n - IDS - ends < p->n * each || be32(p->body.p + 8) != p->n)
		return false;
	p->n_long = (size_t)(p->index.n - IDS - ends - p->n * each) / 8;
	return true;
}

static int add(struct aisp_packs *p, struct pack one, struct aisp_err *err)
{
	if (!well_formed(&one) || p->v.n >= PACKS_MAX)
		return aisp_fail(err, AISP_E_PARSE, "not a pack with an index of version 2");
	if (aisp_vec_push(&p->v, one) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the list of packs");
	p->mapped += one.mapped ? one.body.n : 0;
	return 0;
}

int aisp_packs_add(struct aisp_packs *p, struct aisp_slice index, struct aisp_slice pack, struct aisp_err *err)
{
	return add(p, (struct pack){.index = index, .body = pack}, err);
}

static bool map(const char *path, struct aisp_slice *ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	void *at = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return false;
	*ret = aisp_slice_of(at, (size_t)st.st_size);
	return true;
}

/* An index and its pack name the same hash; else one of them is older than the other. */
static bool belong_together(const struct pack *one)
{
	return one->index.n >= 2 * ID && one->body.n >= ID && memcmp(one->index.p + one->index.n - 2 * ID, one->body.p + one->body.n - ID, ID) == 0;
}

static int add_file(struct aisp_packs *p, const char *folder, struct aisp_slice name, struct aisp_err *err)
{
	struct pack one = {.mapped = true};
	char path[PATH_SIZE];
	int r = AISP_E_PARSE;

	if ((size_t)snprintf(path, sizeof path, "%s/%.*s", folder, AISP_FMT(name)) >= sizeof path - 1 || !map(path, &one.index))
		return 0;
	memcpy(path + strlen(path) - 3, "pack", 5);
	if (map(path, &one.body) && belong_together(&one))
		r = add(p, one, err);
	if (r < 0) {
		unmap(one.index);
		unmap(one.body);
	}
	return r == AISP_E_NOMEM ? r : 0;
}

int aisp_packs_open(const char *objects, struct aisp_packs **ret, struct aisp_err *err)
{
	char folder[PATH_SIZE];
	struct aisp_packs *p;
	int r = aisp_packs_new(&p, err);

	if (r < 0)
		return r;
	DIR *d = (size_t)snprintf(folder, sizeof folder, "%s/pack", objects) < sizeof folder ? opendir(folder) : NULL;
	for (struct dirent *e; r == 0 && d && (e = readdir(d));) {
		struct aisp_slice name = aisp_slice_z(e->d_name);
		if (aisp_slice_starts(name, AISP_S("pack-")) && aisp_slice_ends(name, AISP_S(".idx")))
			r = add_file(p, folder, name, err);
	}
	if (d)
		closedir(d);
	if (r < 0)
		aisp_packs_free(p);
	else
		*ret = p;
	return r;
}

/* Ids are as good as random, so the place can be guessed from the next four bytes; mostly it is near, else all are halved. */
static bool find_in(const struct pack *p, const unsigned char id[ID], uint32_t *ret)
{
	enum { NEAR = 48 };
	uint32_t lo = id[0] ? fan(p, id[0] - 1U) : 0, hi = fan(p, id[0]);
	const char *ids = p->index.p + IDS;
	uint32_t guess = lo + (uint32_t)((uint64_t)(hi - lo) * be32((const char *)id + 1) >> 32);

	if (guess - lo > NEAR && memcmp(ids + (size_t)(guess - NEAR) * ID, id, ID) <= 0)
		lo = guess - NEAR;
	if (hi - guess > NEAR && memcmp(ids + (size_t)(guess + NEAR) * ID, id, ID) > 0)
		hi = guess + NEAR;
	while (lo < hi) {
		uint32_t at = lo + (hi - lo) / 2;
		int c = memcmp(id, ids + (size_t)at * ID, ID);
		if (c == 0) {
			*ret = at;
			return true;
		}
		if (c < 0)
			hi = at;
		else
			lo = at + 1;
	}
	return false;
}

/* Where the nth begins; 0 when it says so outside the pack. */
static uint64_t offset_of(const struct pack *p, uint32_t n)
{
	const char *offsets = p->index.p + IDS + (size_t)p->n * (ID + 4), *longs = offsets + (size_t)p->n * 4;
	uint64_t at = be32(offsets + (size_t)n * 4);

	if (at >> 31) {
		size_t i = (size_t)(at & 0x7fffffff);
		if (i >= p->n_long)
			return 0;
		at = (uint64_t)be32(longs + i * 8) << 32 | be32(longs + i * 8 + 4);
	}
	return at >= PACK_HEAD && at < p->body.n - ID ? at : 0;
}

bool aisp_packs_find(const struct aisp_packs *p, const unsigned char id[ID], struct aisp_pack_at *ret)
{
	uint32_t n;

	for (size_t i = 0; i < p->v.n; i++) {
		if (!find_in(&p->v.v[i], id, &n))
			continue;
		*ret = (struct aisp_pack_at){.offset = offset_of(&p->v.v[i], n), .pack = (uint32_t)i};
		return ret->offset != 0;
	}
	return false;
}

size_t aisp_packs_count(const struct aisp_packs *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->v.n; i++)
		n += p->v.v[i].n;
	return n;
}

bool aisp_packs_nth(const struct aisp_packs *p, size_t n, struct aisp_pack_at *ret)
{
	size_t i = 0;

	for (; i < p->v.n && n >= p->v.v[i].n; i++)
		n -= p->v.v[i].n;
	if (i == p->v.n)
		return false;
	*ret = (struct aisp_pack_at){.offset = offset_of(&p->v.v[i], (uint32_t)n), .pack = (uint32_t)i};
	return ret->offset != 0;
}

/* A size in 7 bits a byte, the lowest first; `shift` bits are in n already. */
static bool read_size(const char **at, const char *end, unsigned shift, uint64_t *n)
{
	for (; shift < 57; shift += 7) {
		if (*at >= end)
			return false;
		unsigned char c = (unsigned char)*(*at)++;
		*n |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

/* How far before: 7 bits a byte, the highest first, and each further byte adds one. */
static bool read_distance(const char **at, const char *end, uint64_t *ret)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 8 && *at < end; i++) {
		unsigned char c = (unsigned char)*(*at)++;
		n = n << 7 | (c & 0x7f);
		if (!(c & 0x80)) {
			*ret = n;
			return true;
		}
		n++;
	}
	return false;
}

bool aisp_packs_head(const struct aisp_packs *p, struct aisp_pack_at at, struct aisp_pack_head *ret)
{
	const struct pack *pack = &p->v.v[at.pack];
	const char *begin = pack->body.p, *end = begin + pack->body.n - ID, *from = begin + at.offset;
	struct aisp_pack_head h = {0};
	uint64_t distance;
	uint32_t n;

	if (at.offset < PACK_HEAD || at.offset >= pack->body.n - ID)
		return false;
	unsigned char c = (unsigned char)*from++;
	h.type = c >> 4 & 7;
	h.size = c & 15;
	if ((c & 0x80) && !read_size(&from, end, 4, &h.size))
		return false;
	if (h.type == AISP_PACK_BY_OFFSET) {
		if (!read_distance(&from, end, &distance) || distance == 0 || distance > at.offset - PACK_HEAD)
			return false;
		h.base = at.offset - distance;
	} else if (h.type == AISP_PACK_BY_ID) {
		if (end - from < ID || !find_in(pack, (const unsigned char *)from, &n))
			return false;
		h.base = offset_of(pack, n);
		from += ID;
		if (h.base == 0 || h.base == at.offset)
			return false;
	} else if (h.type < AISP_PACK_COMMIT || h.type > AISP_PACK_TAG) {
		return false;
	}
	h.data = (uint64_t)(from - begin);
	if (h.size / RATIO_MAX > (uint64_t)(end - from)) /* deflate makes no more of what is left */
		return false;
	*ret = h;
	return true;
}

void aisp_packs_passed(struct aisp_packs *p, uint64_t n)
{
	if (p->mapped <= small_max || atomic_fetch_add(&p->passed, n) + n < passed_max)
		return;
	atomic_store(&p->passed, 0);
	for (size_t i = 0; i < p->v.n; i++)
		if (p->v.v[i].mapped)
			madvise((void *)(uintptr_t)p->v.v[i].body.p, p->v.v[i].body.n, MADV_DONTNEED);
}

struct aisp_inflater {
	struct libdeflate_decompressor *z;
};

struct aisp_inflater *aisp_inflater_new(void)
{
	struct aisp_inflater *z = aisp_mem_zalloc(1, sizeof *z);

	if (z && !(z->z = libdeflate_alloc_decompressor())) {
		aisp_mem_free(z);
		z = NULL;
	}
	return z;
}

void aisp_inflater_free(struct aisp_inflater *z)
{
	if (z)
		libdeflate_free_decompressor(z->z);
	aisp_mem_free(z);
}

bool aisp_packs_inflate(struct aisp_packs *p, struct aisp_inflater *z, uint32_t pack, const struct aisp_pack_head *head, char *to)
{
	const struct pack *from = &p->v.v[pack];
	size_t room = (size_t)(from->body.n - ID - head->data), used = 0;

	if (libdeflate_zlib_decompress_ex(z->z, from->body.p + head->data, room, to, (size_t)head->size, &used, NULL) != LIBDEFLATE_SUCCESS)
		return false;
	aisp_packs_passed(p, used);
	return true;
}

bool aisp_delta_begin(struct aisp_slice *delta, uint64_t *ret_base_n, uint64_t *ret_result_n)
{
	const char *at = delta->p, *end = at + delta->n;

	*ret_base_n = *ret_result_n = 0;
	if (!read_size(&at, end, 0, ret_base_n) || !read_size(&at, end, 0, ret_result_n))
		return false;
	*delta = aisp_slice_of(at, (size_t)(end - at));
	return true;
}

/* The bytes of a copy's offset (4) and length (3) that its first byte names. */
static bool read_copy(unsigned op, const unsigned char **at, const unsigned char *end, size_t *ret_from, size_t *ret_n)
{
	size_t part[2] = {0};

	if (end - *at < 7 && end - *at < __builtin_popcount(op & 0x7f))
		return false;
	for (unsigned bit = 0; bit < 7; bit++)
		if (op >> bit & 1)
			part[bit >= 4] |= (size_t)*(*at)++ << (bit & 3) * 8;
	*ret_from = part[0];
	*ret_n = part[1] ? part[1] : 0x10000;
	return true;
}

bool aisp_delta_apply(struct aisp_slice delta, struct aisp_slice base, char *to, size_t n)
{
	const unsigned char *at = (const unsigned char *)delta.p, *end = at + delta.n;
	size_t from, len;

	while (at < end) {
		unsigned op = *at++;
		if (op & 0x80) {
			if (!read_copy(op, &at, end, &from, &len) || from > base.n || len > base.n - from || len > n)
				return false;
			memcpy(to, base.p + from, len);
		} else {
			len = op;
			if (len == 0 || len > (size_t)(end - at) || len > n)
				return false;
			memcpy(to, at, len);
			at += len;
		}
		to += len;
		n -= len;
	}
	return n == 0;
}
