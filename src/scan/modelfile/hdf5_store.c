/* HDF5: where bytes are. Local and global heaps, fractal heaps, v2 B-trees, as the HDF5 File Format Specification (version 3.0)
 * describes them. Checksums are not checked: a reader that ignores them is the one to be protected.
 *
 * Invariant: every address is checked against the file; trees and blocks are counted, so a cycle ends.
 */
#include "scan/modelfile/hdf5_int.h"

enum { TEXT_MAX = 4096, NODES_MAX = 200000, BLOCK_MAX = 64 << 20, DEPTH_MAX = 16 };

uint64_t aisp_h5__num(const char *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n && i < 8; i++)
		v |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return v;
}

uint64_t aisp_h5__addr(const struct aisp_h5 *h, const char *p)
{
	uint64_t v = aisp_h5__num(p, h->osize);

	return h->osize < 8 && v == (1ull << 8 * h->osize) - 1 ? AISP_H5_NONE : v;
}

struct aisp_slice aisp_h5__at(struct aisp_h5 *h, uint64_t addr, uint64_t n)
{
	if (addr == AISP_H5_NONE || n > BLOCK_MAX || addr > h->in->size - h->base || n > h->in->size - h->base - addr)
		return aisp_slice_of(NULL, 0);
	struct aisp_slice s = aisp_model__bytes(h->run, h->in, h->base + addr, n);

	return s.n == n ? s : aisp_slice_of(NULL, 0);
}

const char *aisp_h5__take(struct aisp_slice *s, size_t n)
{
	const char *p = s->p;

	if (s->n < n || !p)
		return NULL;
	*s = aisp_slice_of(p + n, s->n - n);
	return p;
}

static bool node(struct aisp_h5 *h)
{
	if (h->nodes++ < NODES_MAX && aisp_model__go_on(h->run))
		return true;
	aisp_model__partial(h->run, "more than %d blocks of the HDF5 file's trees: not all were read", (int)NODES_MAX);
	return false;
}

struct aisp_slice aisp_h5__local_text(struct aisp_h5 *h, uint64_t heap, uint64_t offset)
{
	struct aisp_slice head = aisp_h5__at(h, heap, 8 + 2 * h->lsize + h->osize), s;
	uint64_t size, at, n;
	size_t end;

	if (!head.n || memcmp(head.p, "HEAP", 4) != 0)
		return head;
	size = aisp_h5__num(head.p + 8, h->lsize);
	at = aisp_h5__addr(h, head.p + 8 + 2 * h->lsize);
	if (offset >= size || at == AISP_H5_NONE || at + offset < at || at + offset >= h->in->size - h->base)
		return aisp_slice_of(NULL, 0);
	n = size - offset;
	if (n > TEXT_MAX)
		n = TEXT_MAX;
	if (n > h->in->size - h->base - at - offset)
		n = h->in->size - h->base - at - offset;
	s = aisp_h5__at(h, at + offset, n);
	end = aisp_slice_chr(s, 0);
	return end == SIZE_MAX ? s : aisp_slice_to(s, end);
}

struct aisp_slice aisp_h5__global(struct aisp_h5 *h, uint64_t collection, uint32_t index)
{
	struct aisp_slice head = aisp_h5__at(h, collection, 8 + h->lsize), none = {0};
	uint64_t end, at;

	if (!index || !head.n || memcmp(head.p, "GCOL", 4) != 0)
		return none;
	end = aisp_h5__num(head.p + 8, h->lsize);
	for (at = 8 + h->lsize; at < end && end - at >= 8 + h->lsize && node(h);) {
		struct aisp_slice o = aisp_h5__at(h, collection + at, 8 + h->lsize);
		uint64_t size;

		if (!o.n)
			return none;
		size = aisp_h5__num(o.p + 8, h->lsize);
		at += 8 + h->lsize;
		if (size > end - at)
			return none;
		if (aisp_le16(o.p) == index)
			return size ? aisp_h5__at(h, collection + at, size) : AISP_S("");
		if (!aisp_le16(o.p))
			return none; /* free space: the rest */
		at += (size + 7) & ~7ull;
	}
	return none;
}

/* ---- fractal heap */

struct heap {
	unsigned id_len, filter_len, max_bits, start_rows, rows, width, off_size, len_size;
	uint64_t huge_btree, start, max_direct, root;
};

static unsigned log2_of(uint64_t v)
{
	return v ? 63 - (unsigned)__builtin_clzll(v) : 0;
}

static unsigned enc_size(uint64_t limit)
{
	return log2_of(limit) / 8 + 1;
}

static bool open_heap(struct aisp_h5 *h, uint64_t addr, struct heap *f)
{
	unsigned o = h->osize, l = h->lsize;
	struct aisp_slice s = aisp_h5__at(h, addr, 4 + 1 + 2 + 2 + 1 + 4 + l + o + l + o + 4 * l + 4 * l + 2 + 2 * l + 2 + 2 + o + 2);
	const char *p = s.p;
	uint64_t max_managed;

	memset(f, 0, sizeof *f);
	if (!s.n || memcmp(p, "FRHP", 4) != 0)
		return false;
	f->id_len = aisp_le16(p + 5);
	f->filter_len = aisp_le16(p + 7);
	max_managed = aisp_le32(p + 10);
	p += 14 + l;
	f->huge_btree = aisp_h5__addr(h, p);
	p += o + l + o + 8 * l;
	f->width = aisp_le16(p);
	p += 2;
	f->start = aisp_h5__num(p, l);
	p += l;
	f->max_direct = aisp_h5__num(p, l);
	p += l;
	f->max_bits = aisp_le16(p);
	f->start_rows = aisp_le16(p + 2);
	p += 4;
	f->root = aisp_h5__addr(h, p);
	f->rows = aisp_le16(p + o);
	f->off_size = (f->max_bits + 7) / 8;
	f->len_size = (log2_of(f->max_direct) + 7) / 8;
	if (enc_size(max_managed) < f->len_size)
		f->len_size = enc_size(max_managed);
	return f->id_len >= 2 && f->id_len <= 64 && f->width && f->width <= 1024 && f->start && !(f->start & (f->start - 1)) && f->off_size <= 8 && f->rows < 64 &&
	       f->max_direct <= BLOCK_MAX && f->max_direct >= f->start;
}

static uint64_t row_size(const struct heap *f, unsigned row)
{
	unsigned shift = row ? row - 1 : 0;

	return shift < 60 && f->start <= (UINT64_MAX >> 1 >> shift) ? f->start << shift : UINT64_MAX / 2;
}

/* The address of heap offset `off`, from indirect block `addr` that begins at heap offset 0 of its own. */
static uint64_t find(struct aisp_h5 *h, const struct heap *f, uint64_t addr, unsigned rows, uint64_t off, unsigned depth)
{
	uint64_t at = 5 + h->osize + f->off_size, begin = 0;
	unsigned entry = h->osize + (f->filter_len ? h->lsize + 4 : 0);

	if (depth > DEPTH_MAX || !node(h))
		return AISP_H5_NONE;
	for (unsigned row = 0; row < rows; row++) {
		uint64_t size = row_size(f, row), span;
		bool direct = size <= f->max_direct;
		struct aisp_slice s;
		uint64_t col, child;

		if (__builtin_mul_overflow(size, (uint64_t)f->width, &span))
			return AISP_H5_NONE;
		if (off - begin >= span) {
			begin += span;
			at += (uint64_t)f->width * (direct ? entry : h->osize);
			continue;
		}
		col = (off - begin) / size;
		s = aisp_h5__at(h, addr + at + col * (direct ? entry : h->osize), h->osize);
		if (!s.n)
			return AISP_H5_NONE;
		child = aisp_h5__addr(h, s.p);
		if (child == AISP_H5_NONE)
			return child;
		off = (off - begin) % size;
		if (direct)
			return child + off;
		return find(h, f, child, log2_of(size / f->start / f->width) + 1, off, depth + 1);
	}
	return AISP_H5_NONE;
}

/* ---- v2 B-tree */

struct tree {
	struct aisp_h5 *h;
	const struct heap *f;
	unsigned record, node_size, nrec_size, id_at;
	uint64_t cum[DEPTH_MAX + 1];
	unsigned maxrec[DEPTH_MAX + 1];
	void (*each)(struct aisp_h5 *h, void *ctx, struct aisp_slice bytes);
	void *ctx;
	uint64_t huge_id; /* when looking for it */
	struct aisp_slice huge;
	bool looking;
};

static void walk(struct tree *t, uint64_t root, unsigned depth, uint64_t n);

static bool tree(struct aisp_h5 *h, uint64_t addr, struct tree *t)
{
	struct aisp_slice s = aisp_h5__at(h, addr, 16 + h->osize + 2 + h->lsize);
	unsigned depth, ptr;

	if (!s.n || memcmp(s.p, "BTHD", 4) != 0)
		return false;
	t->h = h;
	t->node_size = aisp_le32(s.p + 6);
	t->record = aisp_le16(s.p + 10);
	depth = aisp_le16(s.p + 12);
	if (depth > DEPTH_MAX || t->record < 4 || t->node_size < 10 + t->record || t->node_size > 1 << 20)
		return false;
	t->maxrec[0] = (t->node_size - 10) / t->record;
	t->cum[0] = t->maxrec[0];
	t->nrec_size = enc_size(t->maxrec[0]);
	for (unsigned u = 1; u <= depth; u++) {
		ptr = h->osize + t->nrec_size + (u > 1 ? enc_size(t->cum[u - 1]) : 0);
		if (t->node_size < 10 + ptr + t->record + ptr)
			return false;
		t->maxrec[u] = (t->node_size - (10 + ptr)) / (t->record + ptr);
		if (__builtin_mul_overflow((uint64_t)t->maxrec[u] + 1, t->cum[u - 1], &t->cum[u]) || __builtin_add_overflow(t->cum[u], t->maxrec[u], &t->cum[u]))
			return false;
	}
	walk(t, aisp_h5__addr(h, s.p + 16), depth, aisp_le16(s.p + 16 + h->osize));
	return true;
}

static struct aisp_slice heap_object(struct tree *t, const char *id)
{
	struct aisp_h5 *h = t->h;
	const struct heap *f = t->f;
	unsigned type = (unsigned char)id[0] >> 4 & 3;
	struct aisp_slice none = {0};

	if (type == 2)
		return aisp_slice_of(id + 1, ((unsigned char)id[0] & 15) + 1u < f->id_len ? ((unsigned char)id[0] & 15) + 1u : f->id_len - 1);
	if (f->filter_len) {
		aisp_model__partial(h->run, "an HDF5 heap is compressed");
		return none;
	}
	if (type == 0) {
		uint64_t off, n, at;

		if (1 + f->off_size + f->len_size > f->id_len)
			return none;
		off = aisp_h5__num(id + 1, f->off_size);
		n = aisp_h5__num(id + 1 + f->off_size, f->len_size);
		at = f->rows ? find(h, f, f->root, f->rows, off, 0) : f->root == AISP_H5_NONE || off > f->max_direct ? AISP_H5_NONE : f->root + off;
		return aisp_h5__at(h, at, n);
	}
	if (f->id_len >= 1 + h->osize + h->lsize)
		return aisp_h5__at(h, aisp_h5__addr(h, id + 1), aisp_h5__num(id + 1 + h->osize, h->lsize));
	struct tree huge = {.looking = true, .f = f, .huge_id = aisp_h5__num(id + 1, f->id_len - 1 < 8 ? f->id_len - 1 : 8)};

	tree(h, f->huge_btree, &huge);
	return huge.huge;
}

static void record(struct tree *t, const char *p)
{
	struct aisp_h5 *h = t->h;

	if (t->looking) {
		if (t->record >= h->osize + 2 * h->lsize && aisp_h5__num(p + h->osize + h->lsize, h->lsize) == t->huge_id)
			t->huge = aisp_h5__at(h, aisp_h5__addr(h, p), aisp_h5__num(p + h->osize, h->lsize));
	} else if (t->id_at + t->f->id_len <= t->record) {
		struct aisp_slice s = heap_object(t, p + t->id_at);

		if (s.n)
			t->each(h, t->ctx, s);
		else
			aisp_model__partial(h->run, "a part of the HDF5 file's metadata could not be read");
	}
}

static void walk(struct tree *t, uint64_t root, unsigned depth, uint64_t n)
{
	struct aisp_h5 *h = t->h;
	struct aisp_slice s;
	unsigned ptr = h->osize + t->nrec_size + (depth > 1 ? enc_size(t->cum[depth - 1]) : 0);

	if (!n && !depth)
		return;
	if (n > t->maxrec[depth] || !node(h))
		return;
	s = aisp_h5__at(h, root, t->node_size);
	if (!s.n || memcmp(s.p, depth ? "BTIN" : "BTLF", 4) != 0) {
		aisp_model__partial(h->run, "a tree of the HDF5 file could not be read");
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		record(t, s.p + 6 + i * t->record);
	for (uint64_t i = 0; depth && i <= n; i++) {
		const char *p = s.p + 6 + n * t->record + i * ptr;

		if ((size_t)(p - s.p) + ptr > s.n)
			return;
		walk(t, aisp_h5__addr(h, p), depth - 1, aisp_h5__num(p + h->osize, t->nrec_size));
	}
}

void aisp_h5__dense(struct aisp_h5 *h, uint64_t heap, uint64_t btree, unsigned id_at,
                    void (*each)(struct aisp_h5 *h, void *ctx, struct aisp_slice bytes), void *ctx)
{
	struct heap f;
	struct tree t = {.f = &f, .id_at = id_at, .each = each, .ctx = ctx};

	if (heap == AISP_H5_NONE || btree == AISP_H5_NONE)
		return; /* nothing is stored so */
	if (!open_heap(h, heap, &f) || !tree(h, btree, &t))
		aisp_model__partial(h->run, "a heap of the HDF5 file could not be read");
}
