/* Decoding of Parquet pages: every encoding of the format (Encodings.md of apache/parquet-format). Only the first m values of
 * a page are made; each comes out as its bytes, little-endian.
 */
#include "scan/tabular/parquet_int.h"
#include <stdio.h>

struct bytes {
	const uint8_t *p, *end;
	bool bad;
};

static uint64_t varint(struct bytes *b)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && b->p < b->end; shift += 7) {
		uint8_t x = *b->p++;
		v |= (uint64_t)(x & 0x7f) << shift;
		if (!(x & 0x80))
			return v;
	}
	b->bad = true;
	return 0;
}

static int64_t zigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* `width` bits (at most 64) at bit `at`, least significant first; the caller has checked the bounds. */
static uint64_t bits_at(const uint8_t *p, uint64_t at, unsigned width)
{
	uint64_t v = 0;

	for (unsigned got = 0; got < width;) {
		unsigned in = (unsigned)(at & 7), take = 8 - in < width - got ? 8 - in : width - got;
		v |= (uint64_t)((p[at >> 3] >> in) & ((1u << take) - 1)) << got;
		got += take;
		at += take;
	}
	return v;
}

size_t aisp_parquet__hybrid(struct aisp_slice data, unsigned width, uint32_t *out, size_t n)
{
	struct bytes b = {(const uint8_t *)data.p, (const uint8_t *)data.p + data.n, false};
	size_t done = 0, wide = (width + 7) / 8;

	if (width > 32)
		return SIZE_MAX;
	while (done < n) {
		uint64_t head = varint(&b), left = (uint64_t)(b.end - b.p);
		if (b.bad || head >> 1 == 0)
			return SIZE_MAX;
		if (head & 1) { /* groups of eight, packed */
			uint64_t groups = head >> 1, have = width ? left * 8 / width : UINT64_MAX;
			size_t take = n - done;
			take = groups < take / 8 + 1 && groups * 8 < take ? (size_t)groups * 8 : take;
			if (take > have)
				return SIZE_MAX;
			for (size_t i = 0; i < take; i++)
				out[done + i] = (uint32_t)bits_at(b.p, (uint64_t)i * width, width);
			done += take;
			uint64_t used = groups > left ? left : groups * width;
			b.p += used > left ? left : used;
		} else {
			uint32_t v = 0;
			if (left < wide)
				return SIZE_MAX;
			for (size_t i = 0; i < wide; i++)
				v |= (uint32_t)*b.p++ << 8 * i;
			uint64_t run = head >> 1;
			for (size_t i = 0; done < n && i < run; i++)
				out[done++] = v;
		}
	}
	return (size_t)(b.p - (const uint8_t *)data.p);
}

struct delta_head {
	uint64_t block, minis, total, value;
	size_t per; /* numbers of a small block */
};

static bool delta_head(struct bytes *b, struct delta_head *h)
{
	h->block = varint(b);
	h->minis = varint(b);
	h->total = varint(b);
	h->value = (uint64_t)zigzag(varint(b));
	if (b->bad || h->block == 0 || h->block > 65536 || h->minis == 0 || h->minis > 512 || h->block % h->minis || h->block / h->minis % 8)
		return false;
	h->per = (size_t)(h->block / h->minis);
	return true;
}

/* One block: up to `want` numbers to out; how many, SIZE_MAX when broken. */
static size_t delta_block(struct bytes *b, struct delta_head *h, int64_t *out, size_t want)
{
	uint64_t min = (uint64_t)zigzag(varint(b));
	const uint8_t *widths = b->p;
	size_t done = 0;

	if (b->bad || (uint64_t)(b->end - b->p) < h->minis)
		return SIZE_MAX;
	b->p += h->minis;
	for (uint64_t m = 0; m < h->minis && done < want; m++) {
		unsigned width = widths[m];
		size_t size = h->per * width / 8;
		if (width > 64 || (size_t)(b->end - b->p) < size)
			return SIZE_MAX;
		for (size_t i = 0; i < h->per && done < want; i++) {
			h->value += min + bits_at(b->p, (uint64_t)i * width, width);
			out[done++] = (int64_t)h->value;
		}
		b->p += size;
	}
	return done;
}

/* DELTA_BINARY_PACKED: n numbers (or all there are, when fewer: *ret_n); behind the whole run in b->p. */
static int64_t *delta(struct aisp_arena *a, struct bytes *b, size_t n, bool whole, size_t *ret_n)
{
	struct delta_head h;

	if (!delta_head(b, &h) || (whole && h.total > n))
		return NULL;
	size_t want = h.total < n ? (size_t)h.total : n, done = 0;
	/* A block of numbers costs at least a byte of its head. */
	if (want / h.block > (size_t)(b->end - b->p) + 1)
		return NULL;
	int64_t *out = aisp_arena_alloc(a, (want ? want : 1) * sizeof *out);
	if (!out)
		return NULL;
	if (want)
		out[done++] = (int64_t)h.value;
	while (done < want) {
		size_t got = delta_block(b, &h, out + done, want - done);
		if (got == SIZE_MAX)
			return NULL;
		done += got;
	}
	*ret_n = done;
	return out;
}

static size_t fixed_size(const struct aisp_parquet_leaf *leaf)
{
	static const size_t sizes[] = {0, 4, 8, 12, 4, 8, 0, 0};

	return leaf->type == AISP_PQ_FIXED ? (size_t)leaf->length : sizes[leaf->type];
}

static bool plain(const struct aisp_parquet_leaf *leaf, struct aisp_slice data, struct aisp_slice *out, size_t m)
{
	size_t size = fixed_size(leaf), at = 0;

	if (leaf->type == AISP_PQ_BOOL) {
		if ((m + 7) / 8 > data.n)
			return false;
		for (size_t i = 0; i < m; i++)
			out[i] = data.p[i / 8] >> (i % 8) & 1 ? aisp_slice_of("\1", 1) : aisp_slice_of("\0", 1);
		return true;
	}
	for (size_t i = 0; i < m; i++) {
		if (leaf->type == AISP_PQ_BYTES) {
			if (data.n - at < 4)
				return false;
			size = aisp_tabular__le32((const uint8_t *)data.p + at);
			at += 4;
		}
		if (size > data.n - at)
			return false;
		out[i] = aisp_slice_of(data.p + at, size);
		at += size;
	}
	return true;
}

static bool dictionary_indexes(struct aisp_arena *a, struct aisp_slice data, struct aisp_slice *out, size_t m, const struct aisp_slice *dictionary, size_t n)
{
	uint32_t *index = aisp_arena_alloc(a, (m ? m : 1) * sizeof *index);

	if (m == 0)
		return true;
	if (!index || data.n < 1 || !dictionary || (unsigned char)data.p[0] > 32 ||
	    aisp_parquet__hybrid(aisp_slice_from(data, 1), (unsigned char)data.p[0], index, m) == SIZE_MAX)
		return false;
	for (size_t i = 0; i < m; i++) {
		if (index[i] >= n)
			return false;
		out[i] = dictionary[index[i]];
	}
	return true;
}

static bool booleans(struct aisp_arena *a, struct aisp_slice data, struct aisp_slice *out, size_t m)
{
	uint32_t *v = aisp_arena_alloc(a, (m ? m : 1) * sizeof *v);

	if (!v || data.n < 4 || aisp_parquet__hybrid(aisp_slice_from(data, 4), 1, v, m) == SIZE_MAX)
		return false;
	for (size_t i = 0; i < m; i++)
		out[i] = v[i] ? aisp_slice_of("\1", 1) : aisp_slice_of("\0", 1);
	return true;
}

static bool numbers(struct aisp_arena *a, const struct aisp_parquet_leaf *leaf, struct aisp_slice data, struct aisp_slice *out, size_t m)
{
	struct bytes b = {(const uint8_t *)data.p, (const uint8_t *)data.p + data.n, false};
	size_t n = 0, size = fixed_size(leaf);
	int64_t *v = delta(a, &b, m, false, &n);

	if (!v || n < m || (size != 4 && size != 8))
		return false;
	for (size_t i = 0; i < m; i++) {
		uint64_t u = (uint64_t)v[i];
		uint8_t *p = (uint8_t *)&v[i];
		for (size_t k = 0; k < 8; k++)
			p[k] = (uint8_t)(u >> 8 * k);
		out[i] = aisp_slice_of((const char *)p, size);
	}
	return true;
}

enum { MAX_PAGE_VALUES = 8 << 20 };

/* Lengths first, then all bytes in a row. *ret_after: where the bytes begin (for the first m only, the lengths tell). */
static bool lengths(struct aisp_arena *a, struct bytes *b, struct aisp_slice *out, size_t m)
{
	size_t n = 0;
	int64_t *v = delta(a, b, MAX_PAGE_VALUES, true, &n);

	if (!v || n < m)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (v[i] < 0 || v[i] > b->end - b->p)
			return false;
		if (i < m)
			out[i] = aisp_slice_of((const char *)b->p, (size_t)v[i]);
		b->p += v[i];
	}
	return true;
}

/* How much of the value before is repeated, then the rest. */
static bool increments(struct aisp_arena *a, struct aisp_slice data, struct aisp_slice *out, size_t m)
{
	struct bytes b = {(const uint8_t *)data.p, (const uint8_t *)data.p + data.n, false};
	size_t n = 0, budget = (size_t)64 << 20;
	int64_t *prefix = delta(a, &b, MAX_PAGE_VALUES, true, &n);

	if (!prefix || n < m || !lengths(a, &b, out, m))
		return false;
	for (size_t i = 0; i < m; i++) {
		size_t keep = prefix[i] < 0 ? SIZE_MAX : (size_t)prefix[i];
		if (keep > (i ? out[i - 1].n : 0))
			return false;
		if (keep == 0)
			continue;
		size_t total = keep + out[i].n;
		char *p = total <= budget ? aisp_arena_alloc(a, total) : NULL;
		if (!p)
			return false;
		budget -= total;
		memcpy(p, out[i - 1].p, keep);
		if (out[i].n)
			memcpy(p + keep, out[i].p, out[i].n);
		out[i] = aisp_slice_of(p, total);
	}
	return true;
}

static bool split(struct aisp_arena *a, const struct aisp_parquet_leaf *leaf, struct aisp_slice data, struct aisp_slice *out, size_t m)
{
	size_t size = fixed_size(leaf), n = size ? data.n / size : 0;

	if (size == 0 || size > 4096 || m > n)
		return false;
	char *p = aisp_arena_alloc(a, m * size);
	if (!p)
		return false;
	for (size_t i = 0; i < m; i++) {
		for (size_t k = 0; k < size; k++)
			p[i * size + k] = data.p[k * n + i];
		out[i] = aisp_slice_of(p + i * size, size);
	}
	return true;
}

struct aisp_slice *aisp_parquet__decode(struct aisp_arena *scratch, const struct aisp_parquet_leaf *leaf, int encoding, struct aisp_slice data, size_t m,
                                        const struct aisp_slice *dictionary, size_t n_dictionary)
{
	struct aisp_slice *out = aisp_arena_alloc(scratch, (m ? m : 1) * sizeof *out);
	struct bytes b = {(const uint8_t *)data.p, (const uint8_t *)data.p + data.n, false};
	bool ok = false;

	if (!out)
		return NULL;
	if (m == 0)
		return out;
	switch (encoding) {
	case AISP_PQ_PLAIN:
		ok = plain(leaf, data, out, m);
		break;
	case AISP_PQ_PLAIN_DICTIONARY:
	case AISP_PQ_RLE_DICTIONARY:
		ok = dictionary_indexes(scratch, data, out, m, dictionary, n_dictionary);
		break;
	case AISP_PQ_RLE:
		ok = leaf->type == AISP_PQ_BOOL && booleans(scratch, data, out, m);
		break;
	case AISP_PQ_DELTA:
		ok = numbers(scratch, leaf, data, out, m);
		break;
	case AISP_PQ_DELTA_LENGTH:
		ok = leaf->type == AISP_PQ_BYTES && lengths(scratch, &b, out, m);
		break;
	case AISP_PQ_DELTA_BYTES:
		ok = (leaf->type == AISP_PQ_BYTES || leaf->type == AISP_PQ_FIXED) && increments(scratch, data, out, m);
		break;
	case AISP_PQ_SPLIT:
		ok = split(scratch, leaf, data, out, m);
		break;
	default:
		break;
	}
	return ok ? out : NULL;
}

static struct aisp_slice number_text(const struct aisp_parquet_leaf *leaf, int64_t v, char buf[64])
{
	switch (leaf->logical) {
	case AISP_PQ_L_DATE:
		return aisp_tabular__date(v, buf);
	case AISP_PQ_L_TIMESTAMP_MS:
		return aisp_tabular__time(v, 1000, buf);
	case AISP_PQ_L_TIMESTAMP_US:
		return aisp_tabular__time(v, 1000000, buf);
	case AISP_PQ_L_TIMESTAMP_NS:
		return aisp_tabular__time(v, 1000000000, buf);
	case AISP_PQ_L_DECIMAL:
		return aisp_tabular__decimal(v, leaf->scale, buf);
	case AISP_PQ_L_UINT:
		return aisp_tabular__uint(leaf->type == AISP_PQ_INT32 ? (uint32_t)v : (uint64_t)v, buf);
	default:
		return aisp_tabular__int(v, buf);
	}
}

/* Big-endian number of up to 8 significant bytes. */
static bool big_number(struct aisp_slice raw, int64_t *ret)
{
	const uint8_t *p = (const uint8_t *)raw.p;
	uint8_t sign = raw.n && p[0] & 0x80 ? 0xff : 0;
	uint64_t v = sign ? UINT64_MAX : 0;

	for (size_t i = 0; i < raw.n; i++) {
		if (i + 8 < raw.n && p[i] != sign)
			return false;
		v = v << 8 | p[i];
	}
	*ret = (int64_t)v;
	return raw.n > 0 && (raw.n < 8 || ((v >> 63) != 0) == (sign != 0));
}

static struct aisp_slice uuid_text(const uint8_t *p, char buf[64])
{
	size_t n = 0;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf[n++] = '-';
		buf[n++] = "0123456789abcdef"[p[i] >> 4];
		buf[n++] = "0123456789abcdef"[p[i] & 15];
	}
	return aisp_slice_of(buf, n);
}

struct aisp_slice aisp_parquet__text(const struct aisp_parquet_leaf *leaf, struct aisp_slice raw, char buf[64])
{
	const uint8_t *p = (const uint8_t *)raw.p;
	int64_t v;
	float f;
	double d;

	switch (leaf->type) {
	case AISP_PQ_BOOL:
		return raw.n && p[0] ? AISP_S("true") : AISP_S("false");
	case AISP_PQ_INT32:
		return number_text(leaf, (int32_t)aisp_tabular__le32(p), buf);
	case AISP_PQ_INT64:
		return number_text(leaf, (int64_t)aisp_tabular__le64(p), buf);
	case AISP_PQ_INT96: /* nanoseconds of the day, Julian day */
		return aisp_tabular__time(((int64_t)aisp_tabular__le32(p + 8) - 2440588) * 86400 + (int64_t)(aisp_tabular__le64(p) / 1000000000u % 86400u), 1, buf);
	case AISP_PQ_FLOAT: {
		uint32_t u = aisp_tabular__le32(p);
		memcpy(&f, &u, 4);
		return aisp_slice_of(buf, (size_t)snprintf(buf, 64, f == (float)(int)(f > 1e6f ? 1e6f : f < -1e6f ? -1e6f : f != f ? 0 : f) ? "%.1f" : "%.7g", (double)f));
	}
	case AISP_PQ_DOUBLE: {
		uint64_t u = aisp_tabular__le64(p);
		memcpy(&d, &u, 8);
		return aisp_tabular__real(d, buf);
	}
	default:
		if (leaf->logical == AISP_PQ_L_DECIMAL && big_number(raw, &v))
			return aisp_tabular__decimal(v, leaf->scale, buf);
		if (leaf->logical == AISP_PQ_L_UUID && raw.n == 16)
			return uuid_text(p, buf);
		return aisp_tabular__bytes(raw, buf);
	}
}
