/* Zip: end record, zip64, central directory, local headers (APPNOTE.TXT 6.3.10, sections 4.3 to 4.5).
 *
 *   [prefix] local header | data | (descriptor) … central directory | (zip64 end, locator) | end record | comment [trailing]
 *
 * Readers differ in where the directory is: some go back from the end record by its size (and so accept a prefix), some trust the
 * offset in it. Both are read when both places hold one.
 */
#include "scan/container/container_int.h"
#include "base/mem.h"

enum {
	LOCAL_SIG = 0x04034b50,
	CENTRAL_SIG = 0x02014b50,
	END_SIG = 0x06054b50,
	END64_SIG = 0x06064b50,
	LOCATOR64_SIG = 0x07064b50,
	LOCAL_BYTES = 30,
	CENTRAL_BYTES = 46,
	END_BYTES = 22,
	END64_BYTES = 56,
	LOCATOR64_BYTES = 20,
	COMMENT_MAX = 65535,
	DIRECTORY_MAX = 64 << 20,
	ALL_ONES_16 = 0xffff,
};
static const uint32_t all_ones_32 = 0xffffffffu;

int aisp_container__zip_push(struct aisp_zip *z, const struct aisp_zip_entry *e)
{
	if (z->n == z->cap) {
		size_t cap = z->cap ? 2 * z->cap : 64;
		struct aisp_zip_entry *more = aisp_mem_resize(z->v, cap, sizeof *more);
		if (!more)
			return AISP_E_NOMEM;
		z->v = more;
		z->cap = cap;
	}
	z->v[z->n++] = *e;
	return 0;
}

bool aisp_container__zip_end(const struct aisp_input *in, uint64_t *ret_at)
{
	static const uint64_t span = COMMENT_MAX + END_BYTES;
	uint64_t from = in->size > span ? in->size - span : 0;
	struct aisp_buf AISP_AUTOBUF tail = {0};

	/* The usual case, an archive without a comment, needs only its last bytes. */
	uint64_t near = in->size > END_BYTES ? in->size - END_BYTES : 0;
	char last[END_BYTES];
	if (in->size < END_BYTES)
		return false;
	if (aisp_input_read(in, near, last, END_BYTES, NULL) == 0 && aisp_le32(last) == END_SIG && aisp_le16(last + 20) == 0) {
		*ret_at = near;
		return true;
	}
	if (aisp_input_append(in, from, (size_t)(in->size - from), &tail, NULL) < 0)
		return false;
	for (size_t i = tail.n - END_BYTES + 1; i-- > 0;)
		if (tail.p[i] == 'P' && aisp_le32(tail.p + i) == END_SIG && aisp_le16(tail.p + i + 20) <= tail.n - i - END_BYTES) {
			*ret_at = from + i;
			return true;
		}
	return false;
}

/* Sizes and offset that did not fit in 32 bits (4.5.3); `wide` says which are wanted, in this order. */
static void read_extra(struct aisp_slice extra, uint64_t *const wide[], size_t n_wide)
{
	while (extra.n >= 4) {
		size_t id = aisp_le16(extra.p), n = aisp_le16(extra.p + 2);
		extra = aisp_slice_from(extra, 4);
		if (n > extra.n)
			return;
		struct aisp_slice body = aisp_slice_to(extra, n);
		for (size_t i = 0; id == 1 && i < n_wide && body.n >= 8; i++) {
			*wide[i] = aisp_le64(body.p);
			body = aisp_slice_from(body, 8);
		}
		extra = aisp_slice_from(extra, n);
	}
}

bool aisp_container__zip_local(const struct aisp_input *in, uint64_t at, struct aisp_zip *z, struct aisp_zip_entry *ret_e)
{
	char h[LOCAL_BYTES];
	struct aisp_buf AISP_AUTOBUF names = {0};

	if (at > in->size || in->size - at < LOCAL_BYTES || aisp_input_read(in, at, h, sizeof h, NULL) < 0 || aisp_le32(h) != LOCAL_SIG)
		return false;
	size_t n_name = aisp_le16(h + 26), n_extra = aisp_le16(h + 28);
	struct aisp_zip_entry e = {.local = at, .flags = (uint16_t)aisp_le16(h + 6), .method = (uint16_t)aisp_le16(h + 8),
		.crc = aisp_le32(h + 14), .packed = aisp_le32(h + 18), .unpacked = aisp_le32(h + 22)};
	e.data = at + LOCAL_BYTES + n_name + n_extra;
	if (e.data > in->size || aisp_input_append(in, at + LOCAL_BYTES, n_name + n_extra, &names, NULL) < 0)
		return false;
	uint64_t *wide[2];
	size_t n_wide = 0;
	if (e.unpacked == all_ones_32)
		wide[n_wide++] = &e.unpacked;
	if (e.packed == all_ones_32)
		wide[n_wide++] = &e.packed;
	read_extra(aisp_slice_from(aisp_buf_slice(&names), n_name), wide, n_wide);
	e.name = aisp_arena_dup(z->a, aisp_slice_of(names.p, n_name));
	if (!e.name.p)
		return false;
	*ret_e = e;
	return true;
}

/* One record of the directory; 0 when it is none, else its length. */
static size_t central(struct aisp_zip *z, struct aisp_slice d, uint64_t base, struct aisp_zip_entry *ret_e)
{
	if (d.n < CENTRAL_BYTES || aisp_le32(d.p) != CENTRAL_SIG)
		return 0;
	size_t n_name = aisp_le16(d.p + 28), n_extra = aisp_le16(d.p + 30), n_comment = aisp_le16(d.p + 32);
	struct aisp_zip_entry e = {.flags = (uint16_t)aisp_le16(d.p + 8), .method = (uint16_t)aisp_le16(d.p + 10),
		.crc = aisp_le32(d.p + 16), .packed = aisp_le32(d.p + 20), .unpacked = aisp_le32(d.p + 24), .local = aisp_le32(d.p + 42)};
	if (CENTRAL_BYTES + n_name + n_extra > d.n)
		return 0;
	uint64_t *wide[3];
	size_t n_wide = 0;
	if (e.unpacked == all_ones_32)
		wide[n_wide++] = &e.unpacked;
	if (e.packed == all_ones_32)
		wide[n_wide++] = &e.packed;
	if (e.local == all_ones_32)
		wide[n_wide++] = &e.local;
	read_extra(aisp_slice_of(d.p + CENTRAL_BYTES + n_name, n_extra), wide, n_wide);
	e.local = base <= UINT64_MAX - e.local ? e.local + base : UINT64_MAX;
	e.name = aisp_arena_dup(z->a, aisp_slice_of(d.p + CENTRAL_BYTES, n_name));
	*ret_e = e;
	size_t n = CENTRAL_BYTES + n_name + n_extra + n_comment;
	return n < d.n ? n : d.n;
}

static int read_at(struct aisp_container_walk *w, struct aisp_zip *z, uint64_t at, uint64_t size, uint64_t base)
{
	struct aisp_buf AISP_AUTOBUF b = {0};

	if (size > DIRECTORY_MAX || at > w->in->size || size > w->in->size - at) {
		w->oddities |= AISP_ODDITY(TRUNCATED);
		return 0;
	}
	int r = aisp_input_append(w->in, at, (size_t)size, &b, w->err);
	if (r < 0)
		return r;
	struct aisp_slice d = aisp_buf_slice(&b);
	while (d.n) {
		struct aisp_zip_entry e = {0};
		size_t n = central(z, d, base, &e);
		if (n == 0) {
			w->oddities |= d.n >= 4 && d.p[0] == 'P' ? 0 : AISP_ODDITY(TRUNCATED);
			break;
		}
		if (z->n >= w->limits.max_members)
			return aisp_fail(w->err, AISP_E_LIMIT, "more than %u members", w->limits.max_members);
		if (!e.name.p || aisp_container__zip_push(z, &e) < 0)
			return aisp_fail(w->err, AISP_E_NOMEM, "out of memory while reading a zip's directory");
		d = aisp_slice_from(d, n);
	}
	return 0;
}

static bool is_directory(const struct aisp_input *in, uint64_t at)
{
	char sig[4];

	return at <= in->size && in->size - at >= 4 && aisp_input_read(in, at, sig, 4, NULL) == 0 && aisp_le32(sig) == CENTRAL_SIG;
}

/* The zip64 end record, when there is one; sizes as it says. Returns where it begins, or `end`. */
static uint64_t end64(const struct aisp_input *in, uint64_t end, uint64_t *size, uint64_t *offset)
{
	char loc[LOCATOR64_BYTES], rec[END64_BYTES];

	if (end < LOCATOR64_BYTES || aisp_input_read(in, end - LOCATOR64_BYTES, loc, sizeof loc, NULL) < 0 ||
	    aisp_le32(loc) != LOCATOR64_SIG)
		return end;
	uint64_t stated = aisp_le64(loc + 8), behind = end - LOCATOR64_BYTES;
	uint64_t tries[2] = {stated, behind >= END64_BYTES ? behind - END64_BYTES : UINT64_MAX};
	for (int i = 0; i < 2; i++)
		if (tries[i] < in->size && in->size - tries[i] >= END64_BYTES && aisp_input_read(in, tries[i], rec, sizeof rec, NULL) == 0 &&
		    aisp_le32(rec) == END64_SIG) {
			*size = aisp_le64(rec + 40);
			*offset = aisp_le64(rec + 48);
			return tries[i];
		}
	return end;
}

int aisp_container__zip_directory(struct aisp_container_walk *w, struct aisp_zip *z)
{
	char h[END_BYTES];
	uint64_t end;

	z->end_at = z->directory_at = w->in->size;
	if (!aisp_container__zip_end(w->in, &end)) {
		w->oddities |= AISP_ODDITY(TRUNCATED);
		return 0;
	}
	int r = aisp_input_read(w->in, end, h, sizeof h, w->err);
	if (r < 0)
		return r;
	if (end + END_BYTES + aisp_le16(h + 20) < w->in->size)
		w->oddities |= AISP_ODDITY(TRAILING);
	uint64_t size = aisp_le32(h + 12), offset = aisp_le32(h + 16);
	uint64_t behind = end64(w->in, end, &size, &offset);
	z->end_at = end;
	uint64_t back = size <= behind ? behind - size : UINT64_MAX;
	bool by_size = back != UINT64_MAX && back >= offset && is_directory(w->in, back);
	bool by_offset = is_directory(w->in, offset) && !(by_size && offset == back);
	if (by_size) {
		z->directory_at = back;
		w->oddities |= back != offset ? AISP_ODDITY(PREFIXED) : 0;
		r = read_at(w, z, back, size, back - offset);
	}
	if (r == 0 && by_offset) {
		z->directory_at = offset < z->directory_at ? offset : z->directory_at;
		r = read_at(w, z, offset, size, 0);
	}
	if (!by_size && !by_offset && (size || aisp_le16(h + 10)))
		w->oddities |= AISP_ODDITY(TRUNCATED);
	return r;
}
