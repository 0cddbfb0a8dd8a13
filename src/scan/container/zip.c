/* Zip: every member as every reader could see it. The directory's reading comes first, then the local header's where it
 * differs, then members that only a scan of the bytes between finds.
 *
 * Bounded: local headers only, gaps up to a maximum, and each member's packed bytes once a reading.
 */
#include "scan/container/container_int.h"
#include "base/map.h"
#include "base/hash.h"
#include "base/mem.h"
#include <stdlib.h>

enum { GAP_MAX = 64 << 20, GAP_STEP = 64 << 10, DESCRIPTOR_MAX = 24, FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8, FLAG_STRONG = 64 };

static enum aisp_container_method method_of(uint16_t method)
{
	switch (method) {
	case 0:
		return AISP_CONTAINER_STORE;
	case 8:
		return AISP_CONTAINER_RAW_DEFLATE;
	case 12:
		return AISP_CONTAINER_BZ2;
	case 14:
		return AISP_CONTAINER_LZMA_ZIP;
	case 93:
		return AISP_CONTAINER_ZSTANDARD;
	case 95:
		return AISP_CONTAINER_LZMA_XZ;
	default:
		return AISP_CONTAINER_UNKNOWN_METHOD;
	}
}

static int offer(struct aisp_container_walk *w, const struct aisp_zip_entry *e, uint64_t *ret_consumed)
{
	struct aisp_container_member m = {.name = e->name, .size = e->unpacked, .offset = e->data, .oddities = e->oddities};
	struct aisp_container_pack pack = {.method = method_of(e->method), .crc = e->crc, .has_crc = e->crc != 0};

	if (ret_consumed)
		*ret_consumed = 0;
	if (aisp_slice_ends(e->name, AISP_S("/")) && e->packed == 0)
		return 0;
	pack.encrypted = e->flags & (FLAG_ENCRYPTED | FLAG_STRONG);
	if (pack.encrypted)
		m.oddities |= AISP_ODDITY(ENCRYPTED);
	if (e->data == 0) {
		m.why_not = AISP_E_PARSE;
		w->oddities |= m.oddities;
		return w->wanted && !w->wanted(w->ctx, &m) ? 0 : w->sink(w->ctx, &m);
	}
	pack.packed = aisp_input_part(w->in, e->data, e->packed);
	if (pack.packed.size < e->packed)
		m.oddities |= AISP_ODDITY(TRUNCATED);
	return aisp_container__offer(w, &m, &pack, ret_consumed);
}

static int by_place(const void *va, const void *vb)
{
	const struct aisp_zip_entry *a = va, *b = vb;

	if (a->local != b->local)
		return a->local < b->local ? -1 : 1;
	return aisp_slice_cmp(a->name, b->name);
}

/* Local headers of what the directory lists: place of the data, and what differs. Adds the local reading behind. */
static int join_local(struct aisp_container_walk *w, struct aisp_zip *z)
{
	size_t listed = z->n;

	for (size_t i = 0; i < listed; i++) {
		struct aisp_zip_entry l, *e = &z->v[i];
		if (!aisp_container__zip_local(w->in, e->local, z, &l)) {
			e->oddities |= AISP_ODDITY(TRUNCATED);
			continue;
		}
		e->data = l.data;
		e->end = e->packed <= w->in->size - l.data ? l.data + e->packed : w->in->size;
		bool sizes = !(l.flags & FLAG_DESCRIPTOR) && (l.packed != e->packed || l.unpacked != e->unpacked);
		bool name = !aisp_slice_eq(l.name, e->name), method = l.method != e->method;
		if (l.flags & (FLAG_ENCRYPTED | FLAG_STRONG))
			e->oddities |= AISP_ODDITY(ENCRYPTED);
		if (name)
			e->oddities |= AISP_ODDITY(NAME_DIFFERS);
		if (sizes || method)
			e->oddities |= AISP_ODDITY(SIZE_DIFFERS);
		if (!name && !sizes && !method)
			continue;
		l.oddities = e->oddities;
		if (l.flags & FLAG_DESCRIPTOR) {
			l.packed = e->packed;
			l.unpacked = e->unpacked;
			l.crc = e->crc;
		}
		l.end = l.packed <= w->in->size - l.data ? l.data + l.packed : w->in->size;
		if (aisp_container__zip_push(z, &l) < 0)
			return aisp_fail(w->err, AISP_E_NOMEM, "out of memory while reading a zip");
	}
	return 0;
}

static int mark_duplicates(struct aisp_container_walk *w, struct aisp_zip *z)
{
	struct aisp_map seen = {0};
	int r = 0;

	for (size_t i = 0; i < z->n && r == 0; i++) {
		struct aisp_zip_entry *e = &z->v[i];
		struct aisp_key key = {aisp_hash64(e->name.p, e->name.n, 1), aisp_hash64(e->name.p, e->name.n, 2)};
		uint32_t other = aisp_map_get(&seen, key);
		if (!other) {
			r = aisp_map_put(&seen, key, (uint32_t)i + 1, w->err);
		} else if (z->v[other - 1].local != e->local) {
			e->oddities |= AISP_ODDITY(DUPLICATE);
			z->v[other - 1].oddities |= AISP_ODDITY(DUPLICATE);
		}
	}
	aisp_map_done(&seen);
	return r;
}

/* The next local header in [from, to), or `to`. *left bounds all such scans of one archive. */
static uint64_t next_header(const struct aisp_input *in, uint64_t from, uint64_t to, uint64_t *left)
{
	char *AISP_AUTOFREE block = aisp_mem_alloc(GAP_STEP);

	while (block && from < to && to - from >= 30 && *left) {
		size_t want = to - from < GAP_STEP ? (size_t)(to - from) : GAP_STEP, n = 0;
		if (aisp_input_read_some(in, from, block, want, &n, NULL) < 0 || n < 4)
			return to;
		struct aisp_slice rest = aisp_slice_of(block, n);
		size_t at = aisp_slice_find(rest, aisp_slice_of("PK\3\4", 4));
		*left -= n < *left ? n : *left;
		if (at != SIZE_MAX)
			return from + at;
		from += n - 3;
		if (n < GAP_STEP)
			break;
	}
	return to;
}

/* Members between `from` and `to` that the directory does not know. */
static int scan_gap(struct aisp_container_walk *w, struct aisp_zip *z, uint64_t from, uint64_t to, uint64_t *left)
{
	while (from < to) {
		struct aisp_zip_entry e;
		uint64_t at = next_header(w->in, from, to, left), consumed = 0;
		if (at >= to)
			return 0;
		from = at + 4;
		/* A header by chance has a wild version, flags or length. */
		if (!aisp_container__zip_local(w->in, at, z, &e) || e.data > to || (e.flags & 0x8000) || method_of(e.method) == AISP_CONTAINER_UNKNOWN_METHOD)
			continue;
		e.oddities = AISP_ODDITY(UNLISTED);
		bool open = (e.flags & FLAG_DESCRIPTOR) && e.packed == 0;
		if (open) {
			e.crc = 0;
			e.packed = e.method ? to - e.data : next_header(w->in, e.data, to, left) - e.data;
		}
		if (e.packed > to - e.data)
			e.oddities |= AISP_ODDITY(TRUNCATED);
		int r = offer(w, &e, &consumed);
		if (r)
			return r;
		uint64_t skip = open ? consumed : e.packed;
		if (skip <= to - e.data && !(e.oddities & AISP_ODDITY(TRUNCATED)))
			from = e.data + skip > from ? e.data + skip : from;
	}
	return 0;
}

/* What lies behind the last member, in the directory and behind it. */
static int scan_tail(struct aisp_container_walk *w, struct aisp_zip *z, uint64_t known, uint64_t *left)
{
	int r = 0;

	if (known < z->directory_at && (z->directory_at - known > DESCRIPTOR_MAX || z->n == 0))
		r = scan_gap(w, z, known, z->directory_at, left);
	if (r == 0 && z->directory_at < z->end_at && known < z->end_at)
		r = scan_gap(w, z, known > z->directory_at ? known : z->directory_at, z->end_at, left);
	if (r == 0 && z->end_at < w->in->size)
		r = scan_gap(w, z, z->end_at, w->in->size, left);
	if (*left == 0)
		w->oddities |= AISP_ODDITY(TRUNCATED);
	return r;
}

static int hand_out(struct aisp_container_walk *w, struct aisp_zip *z)
{
	uint64_t known = 0, left = GAP_MAX;
	int r = 0;

	for (size_t i = 0; i < z->n && r == 0; i++) {
		struct aisp_zip_entry *e = &z->v[i];
		bool again = i > 0 && z->v[i - 1].local == e->local;
		if (e->data && e->local > known) {
			if (known == 0)
				w->oddities |= AISP_ODDITY(PREFIXED);
			if (e->local - known > DESCRIPTOR_MAX)
				r = scan_gap(w, z, known, e->local, &left);
		} else if (e->data && e->local < known && !again) {
			e->oddities |= AISP_ODDITY(OVERLAP);
		}
		if (r)
			break;
		r = offer(w, e, NULL);
		if (e->end > known)
			known = e->end;
	}
	return r ? r : scan_tail(w, z, known, &left);
}

int aisp_container__zip(struct aisp_container_walk *w)
{
	struct aisp_zip z = {.a = aisp_arena_new((size_t)256 << 20)};
	int r = z.a ? aisp_container__zip_directory(w, &z) : AISP_E_NOMEM;

	if (r == 0)
		r = join_local(w, &z);
	if (r == 0)
		r = mark_duplicates(w, &z);
	if (r == 0) {
		if (z.n)
			qsort(z.v, z.n, sizeof *z.v, by_place);
		uint32_t before = w->members;
		r = hand_out(w, &z);
		char head[4];
		if (r == 0 && w->members == before && z.n == 0 && z.end_at == w->in->size)
			r = aisp_fail(w->err, AISP_E_PARSE, "a zip without a readable member");
		else if (r == 0 && z.n && aisp_input_read(w->in, 0, head, 4, NULL) == 0 && head[0] != 'P')
			w->oddities |= AISP_ODDITY(PREFIXED);
	}
	aisp_mem_free(z.v);
	if (!z.a)
		return aisp_fail(w->err, AISP_E_NOMEM, "out of memory while reading a zip");
	aisp_arena_free(z.a);
	return r;
}
