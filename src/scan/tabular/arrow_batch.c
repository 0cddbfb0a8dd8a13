/* Record batches of Arrow: the buffers of the first rows of each column, unpacked only as far as they are needed
 * (Columnar.rst and Message.fbs of apache/arrow).
 */
#include "scan/tabular/arrow_int.h"
#include <stdio.h>

enum { DEPTH = 26, MAX_DICTIONARY = 200000 };

struct batch {
	struct aisp_tabular__tab *t;
	const struct aisp_flat *f;
	const struct aisp_arrow_block *block;
	const struct aisp_arrow_dictionary *dictionaries;
	size_t n_dictionaries;
	struct aisp_flat_vec nodes, buffers, variadic;
	uint32_t node, buffer, view; /* the next of each */
	bool packed;
	enum aisp_tabular__codec codec;
	const char *problem;
	const uint8_t *mask; /* which rows the struct around has; NULL: all */
	uint64_t mask_n;
	struct aisp_slice *into; /* a dictionary's values go here instead of a column */
	size_t into_n, into_cap;
};

/* The first n bytes of a buffer (fewer when it is shorter): *ret_n. NULL with a problem or r < 0. */
static const uint8_t *buffer(struct batch *b, uint32_t index, uint64_t n, uint64_t *ret_n, int *r)
{
	*ret_n = 0;
	if (index >= b->buffers.n) {
		b->problem = "fewer buffers than the schema needs";
		return NULL;
	}
	const uint8_t *p = b->f->p + b->buffers.at + (size_t)16 * index;
	uint64_t at = aisp_tabular__le64(p), size = aisp_tabular__le64(p + 8);
	if (size == 0 || n == 0)
		return (const uint8_t *)"";
	if (at > b->block->body_n || size > b->block->body_n - at) {
		b->problem = "a buffer outside of its message";
		return NULL;
	}
	at += b->block->body;
	if (b->packed && size >= 8) {
		const uint8_t *head = aisp_tabular__load(b->t, at, 8, r);
		if (!head)
			return NULL;
		uint64_t full = aisp_tabular__le64(head);
		at += 8;
		size -= 8;
		if (full != UINT64_MAX) {
			*ret_n = n < full ? n : full;
			const uint8_t *src = *ret_n <= ((uint64_t)256 << 20) ? aisp_tabular__load(b->t, at, size, r) : NULL;
			uint8_t *out = src ? aisp_arena_alloc(b->t->scratch, *ret_n ? (size_t)*ret_n : 1) : NULL;
			if (!out || !aisp_tabular__unpack(b->codec, aisp_slice_of((const char *)src, (size_t)size), out, (size_t)*ret_n, true)) {
				b->problem = *r < 0 ? b->problem : "a buffer that cannot be unpacked";
				return NULL;
			}
			return out;
		}
	}
	*ret_n = n < size ? n : size;
	return aisp_tabular__load(b->t, at, *ret_n, r);
}

static bool bit(const uint8_t *bits, uint64_t n, uint64_t i)
{
	return i / 8 >= n || (bits[i / 8] >> (i % 8) & 1);
}
static bool valid(const struct batch *b, const uint8_t *bits, uint64_t n, uint64_t i)
{
	return bit(bits, n, i) && (!b->mask || bit(b->mask, b->mask_n, i));
}

static uint64_t get(const uint8_t *p, unsigned bits)
{
	return bits == 64 ? aisp_tabular__le64(p) : bits == 32 ? aisp_tabular__le32(p) : bits == 16 ? aisp_tabular__le16(p) : *p;
}

static double half(uint16_t h)
{
	int e = h >> 10 & 31;
	double m = h & 1023, v = e ? (1024 + m) / 1024 : m / 512;

	for (; e > 15; e--)
		v *= 2;
	for (e = e ? e : 0; e < 15 && (h >> 10 & 31) <= 15; e++)
		v /= 2;
	return h >> 15 ? -v : v;
}

static struct aisp_slice real(const uint8_t *p, int bits, char buf[64])
{
	float f;
	double d;

	if (bits == 16)
		return aisp_tabular__real(half(aisp_tabular__le16(p)), buf);
	if (bits == 32) {
		uint32_t u = aisp_tabular__le32(p);
		memcpy(&f, &u, 4);
		bool whole = f > -1e6f && f < 1e6f && f == (float)(int)f;
		return aisp_slice_of(buf, (size_t)snprintf(buf, 64, whole ? "%.1f" : "%.7g", (double)f));
	}
	uint64_t u = aisp_tabular__le64(p);
	memcpy(&d, &u, 8);
	return aisp_tabular__real(d, buf);
}

static struct aisp_slice fixed_text(const struct aisp_arrow_kind *k, const uint8_t *p, char buf[64])
{
	static const int64_t per_second[] = {1, 1000, 1000000, 1000000000};
	unsigned bits = (unsigned)k->bits;
	uint64_t u = bits <= 64 && k->type != AISP_AR_FLOAT && k->type != AISP_AR_FIXED_BINARY ? get(p, bits) : 0;
	int64_t v = bits == 64 ? (int64_t)u : bits == 32 ? (int32_t)u : bits == 16 ? (int16_t)u : (int8_t)u;

	switch (k->type) {
	case AISP_AR_INT:
		return k->is_signed ? aisp_tabular__int(v, buf) : aisp_tabular__uint(u, buf);
	case AISP_AR_FLOAT:
		return real(p, k->bits, buf);
	case AISP_AR_DATE:
		return k->unit == 0 ? aisp_tabular__date(v, buf) : aisp_tabular__date(v / 86400000, buf);
	case AISP_AR_TIMESTAMP:
		return aisp_tabular__time(v, per_second[k->unit & 3], buf);
	case AISP_AR_DECIMAL:
		return aisp_tabular__decimal((int64_t)aisp_tabular__le64(p), k->scale, buf);
	case AISP_AR_FIXED_BINARY:
		return aisp_tabular__bytes(aisp_slice_of((const char *)p, (size_t)k->width), buf);
	default:
		return aisp_tabular__int(v, buf);
	}
}

static int put(struct batch *b, const struct aisp_arrow_field *field, struct aisp_slice v)
{
	if (!b->into)
		return field->column ? aisp_tabular__put(b->t, field->column, v) : 0;
	if (b->into_n >= b->into_cap)
		return 0;
	if (v.n > b->t->limits.max_value)
		v.n = b->t->limits.max_value;
	if (v.p)
		v = v.n ? aisp_arena_dup(b->t->scratch, v) : AISP_S("");
	b->into[b->into_n++] = v;
	return 0;
}

static size_t width_of(const struct aisp_arrow_kind *k)
{
	if (k->type == AISP_AR_FIXED_BINARY)
		return k->width > 0 && k->width < 65536 ? (size_t)k->width : 0;
	bool known = k->bits == 8 || k->bits == 16 || k->bits == 32 || k->bits == 64 || (k->bits == 128 && (k->type == AISP_AR_DECIMAL || k->type == AISP_AR_INTERVAL)) ||
		     (k->bits == 256 && k->type == AISP_AR_DECIMAL);
	return known ? (size_t)k->bits / 8 : 0;
}

static int read_fixed(struct batch *b, const struct aisp_arrow_field *field, const struct aisp_arrow_kind *k, uint64_t n)
{
	uint64_t nb, nd;
	size_t width = k->type == AISP_AR_BOOL ? 1 : width_of(k);
	char buf[64];
	int r = 0;

	const uint8_t *bits = buffer(b, b->buffer, (n + 7) / 8, &nb, &r);
	const uint8_t *data = bits ? buffer(b, b->buffer + 1, k->type == AISP_AR_BOOL ? (n + 7) / 8 : n * width, &nd, &r) : NULL;
	b->buffer += 2;
	if (!data || width == 0)
		return r;
	for (uint64_t i = 0; i < n && r == 0; i++) {
		struct aisp_slice v = {NULL, 0};
		bool there = k->type == AISP_AR_BOOL ? i / 8 < nd : (i + 1) * width <= nd;
		if (!there) {
			b->problem = "a buffer that is too short";
			break;
		}
		if (valid(b, bits, nb, i))
			v = k->type == AISP_AR_BOOL ? (data[i / 8] >> (i % 8) & 1 ? AISP_S("true") : AISP_S("false")) : fixed_text(k, data + i * width, buf);
		r = put(b, field, v);
	}
	return r;
}

static int read_indexes(struct batch *b, const struct aisp_arrow_field *field, uint64_t n)
{
	const struct aisp_arrow_dictionary *d = NULL;
	uint64_t nb, nd;
	size_t width = width_of(&field->index);
	int r = 0;

	for (size_t i = 0; i < b->n_dictionaries; i++)
		if (b->dictionaries[i].id == field->dictionary_id)
			d = &b->dictionaries[i];
	const uint8_t *bits = buffer(b, b->buffer, (n + 7) / 8, &nb, &r);
	const uint8_t *data = bits ? buffer(b, b->buffer + 1, n * width, &nd, &r) : NULL;
	b->buffer += 2;
	if (!data || width == 0)
		return r;
	if (!d) {
		b->problem = "a dictionary that is not there";
		return 0;
	}
	for (uint64_t i = 0; i < n && r == 0 && (i + 1) * width <= nd; i++) {
		uint64_t at = get(data + i * width, (unsigned)width * 8);
		r = put(b, field, valid(b, bits, nb, i) && at < d->n ? d->values[at] : aisp_slice_of(NULL, 0));
	}
	return r;
}

static int read_strings(struct batch *b, const struct aisp_arrow_field *field, uint64_t n, bool large)
{
	uint64_t nb, no, nd;
	size_t width = large ? 8 : 4;
	char buf[64];
	int r = 0;

	const uint8_t *bits = buffer(b, b->buffer, (n + 7) / 8, &nb, &r);
	const uint8_t *offsets = bits ? buffer(b, b->buffer + 1, (n + 1) * width, &no, &r) : NULL;
	uint32_t at = b->buffer + 2;
	b->buffer += 3;
	if (!offsets || n == 0)
		return r;
	if (no < (n + 1) * width) {
		b->problem = "a buffer of offsets that is too short";
		return 0;
	}
	const uint8_t *data = buffer(b, at, get(offsets + n * width, (unsigned)width * 8), &nd, &r);
	for (uint64_t i = 0; i < n && r == 0 && data; i++) {
		uint64_t from = get(offsets + i * width, (unsigned)width * 8), to = get(offsets + (i + 1) * width, (unsigned)width * 8);
		if (from > to || to > nd) {
			b->problem = "offsets outside of their buffer";
			break;
		}
		struct aisp_slice v = aisp_slice_of((const char *)data + from, (size_t)(to - from));
		r = put(b, field, valid(b, bits, nb, i) ? aisp_tabular__bytes(v, buf) : aisp_slice_of(NULL, 0));
	}
	return r;
}

/* Views: length, then the bytes themselves (up to 12) or prefix, buffer and offset. */
static int read_views(struct batch *b, const struct aisp_arrow_field *field, uint64_t n)
{
	const uint8_t *data[64] = {NULL};
	uint64_t nb, nv, sizes[64] = {0};
	char buf[64];
	int r = 0;
	uint32_t first = b->buffer + 2;
	uint64_t more = b->view < b->variadic.n ? aisp_tabular__le64(b->f->p + b->variadic.at + (size_t)8 * b->view) : 0;

	b->view++;
	const uint8_t *bits = buffer(b, b->buffer, (n + 7) / 8, &nb, &r);
	const uint8_t *views = bits ? buffer(b, b->buffer + 1, n * 16, &nv, &r) : NULL;
	if (more > b->buffers.n) {
		b->problem = "fewer buffers than the schema needs";
		return 0;
	}
	b->buffer += 2 + (uint32_t)more;
	for (uint64_t i = 0; i < n && r == 0 && views && (i + 1) * 16 <= nv; i++) {
		const uint8_t *v = views + i * 16;
		uint64_t size = aisp_tabular__le32(v), which = aisp_tabular__le32(v + 8), at = aisp_tabular__le32(v + 12);
		struct aisp_slice s = {NULL, 0};
		if (valid(b, bits, nb, i) && size <= 12) {
			s = aisp_slice_of((const char *)v + 4, (size_t)size);
		} else if (valid(b, bits, nb, i)) {
			if (which < 64 && which < more && !data[which])
				data[which] = buffer(b, first + (uint32_t)which, (uint64_t)16 << 20, &sizes[which], &r);
			if (which >= 64 || !data[which] || at > sizes[which] || size > sizes[which] - at) {
				b->problem = b->problem ? b->problem : "a view into a buffer that is not there or too far";
				continue;
			}
			s = aisp_slice_of((const char *)data[which] + at, (size_t)size);
		}
		r = put(b, field, s.p ? aisp_tabular__bytes(s, buf) : s);
	}
	return r;
}

static int read_field(struct batch *b, const struct aisp_arrow_field *field, uint64_t want, unsigned depth);

static int read_children(struct batch *b, const struct aisp_arrow_field *field, uint64_t want, unsigned depth)
{
	int r = 0;

	for (uint32_t i = 0; i < field->n_children && r == 0 && !b->problem; i++)
		r = read_field(b, &field->children[i], want, depth + 1);
	return r;
}

/* Elements are counted on their own: the rows' mask does not hold for them. */
static int read_elements(struct batch *b, const struct aisp_arrow_field *field, uint64_t want, unsigned depth)
{
	const uint8_t *outer = b->mask;

	b->mask = NULL;
	int r = read_children(b, field, want, depth);
	b->mask = outer;
	return r;
}

static int read_list(struct batch *b, const struct aisp_arrow_field *field, uint64_t n, unsigned depth)
{
	bool large = field->kind.type == AISP_AR_LARGE_LIST;
	size_t width = large ? 8 : 4;
	uint64_t no, most = (uint64_t)4 * b->t->limits.max_rows;
	int r = 0;

	const uint8_t *offsets = buffer(b, b->buffer + 1, (n + 1) * width, &no, &r);
	b->buffer += 2;
	if (!offsets)
		return r;
	uint64_t to = no >= (n + 1) * width ? get(offsets + n * width, (unsigned)width * 8) : 0;
	return read_elements(b, field, to < most ? to : most, depth);
}

/* What a struct does not have, its members do not have either. */
static int read_struct(struct batch *b, const struct aisp_arrow_field *field, uint64_t n, unsigned depth)
{
	const uint8_t *outer = b->mask;
	uint64_t nb, outer_n = b->mask_n;
	int r = 0;

	const uint8_t *bits = buffer(b, b->buffer++, (n + 7) / 8, &nb, &r);
	if (!bits)
		return r;
	if (nb) {
		uint8_t *both = aisp_arena_alloc(b->t->scratch, (size_t)nb);
		if (!both)
			return aisp_tabular__nomem(b->t);
		for (uint64_t i = 0; i < nb; i++)
			both[i] = (uint8_t)(bits[i] & (outer && i < outer_n ? outer[i] : 0xff));
		b->mask = both;
		b->mask_n = nb;
	}
	r = read_children(b, field, n, depth);
	b->mask = outer;
	b->mask_n = outer_n;
	return r;
}

/* Depth is capped by DEPTH; the schema's depth is capped too. */
static int read_field(struct batch *b, const struct aisp_arrow_field *field, uint64_t want, unsigned depth)
{
	const struct aisp_arrow_kind *k = &field->kind;

	if (depth > DEPTH || b->node >= b->nodes.n) {
		b->problem = "fewer nodes than the schema needs";
		return 0;
	}
	uint64_t length = aisp_tabular__le64(b->f->p + b->nodes.at + (size_t)16 * b->node++), most = (uint64_t)MAX_DICTIONARY;
	uint64_t n = length < want ? length : want;
	n = n < most ? n : most;
	if (field->dictionary && !b->into)
		return read_indexes(b, field, n);
	switch (k->type) {
	case AISP_AR_NULL:
		return 0;
	case AISP_AR_BINARY:
	case AISP_AR_UTF8:
		return read_strings(b, field, n, false);
	case AISP_AR_LARGE_BINARY:
	case AISP_AR_LARGE_UTF8:
		return read_strings(b, field, n, true);
	case AISP_AR_BINARY_VIEW:
	case AISP_AR_UTF8_VIEW:
		return read_views(b, field, n);
	case AISP_AR_LIST:
	case AISP_AR_MAP:
	case AISP_AR_LARGE_LIST:
		return read_list(b, field, n, depth);
	case AISP_AR_FIXED_LIST:
		b->buffer += 1;
		return read_elements(b, field, k->width > 0 && n < most / (uint64_t)k->width ? n * (uint64_t)k->width : most, depth);
	case AISP_AR_STRUCT:
		return read_struct(b, field, n, depth);
	case AISP_AR_UNION:
		b->buffer += k->unit ? 2 : 1;
		return read_elements(b, field, n, depth);
	case AISP_AR_LIST_VIEW:
	case AISP_AR_LARGE_LIST_VIEW:
		b->buffer += 3;
		return read_elements(b, field, (uint64_t)4 * b->t->limits.max_rows, depth);
	case AISP_AR_RUN_END:
		return read_elements(b, field, n, depth);
	case AISP_AR_INT: case AISP_AR_FLOAT: case AISP_AR_BOOL: case AISP_AR_DECIMAL: case AISP_AR_DATE: case AISP_AR_TIME: case AISP_AR_TIMESTAMP:
	case AISP_AR_INTERVAL: case AISP_AR_FIXED_BINARY: case AISP_AR_DURATION:
		return read_fixed(b, field, k, n);
	default:
		b->problem = "a type that is not known";
		return 0;
	}
}

static void open_batch(struct batch *b, size_t record)
{
	size_t packing = aisp_flat_table(b->f, record, 3);

	b->nodes = aisp_flat_vector(b->f, record, 1, 16);
	b->buffers = aisp_flat_vector(b->f, record, 2, 16);
	b->variadic = aisp_flat_vector(b->f, record, 4, 8);
	b->packed = packing != 0;
	b->codec = aisp_flat_int(b->f, packing, 0, 1, 0) == 1 ? AISP_TABULAR__ZSTD : AISP_TABULAR__LZ4_FRAME;
}

int aisp_arrow__batch(struct aisp_tabular__tab *t, const struct aisp_arrow_schema *schema, const struct aisp_flat *f, size_t record, const struct aisp_arrow_block *block,
                      const struct aisp_arrow_dictionary *dictionaries, size_t n_dictionaries, uint64_t want)
{
	struct batch b = {.t = t, .f = f, .block = block, .dictionaries = dictionaries, .n_dictionaries = n_dictionaries};
	int r = 0;

	open_batch(&b, record);
	for (uint32_t i = 0; i < schema->n && r == 0 && !b.problem; i++)
		r = read_field(&b, &schema->fields[i], want, 0);
	if (b.problem)
		aisp_tabular__partial(t, "a record batch: %s", b.problem);
	return r;
}

int aisp_arrow__dictionary(struct aisp_tabular__tab *t, const struct aisp_arrow_field *field, const struct aisp_flat *f, size_t record, const struct aisp_arrow_block *block,
                           struct aisp_arrow_dictionary *d)
{
	struct batch b = {.t = t, .f = f, .block = block};
	int64_t rows = aisp_flat_int(f, record, 0, 8, 0);
	size_t n = rows < 0 ? 0 : rows < MAX_DICTIONARY ? (size_t)rows : MAX_DICTIONARY;

	if (d->n + n > MAX_DICTIONARY)
		n = MAX_DICTIONARY - d->n;
	b.into_cap = d->n + n;
	b.into = aisp_arena_zalloc(t->scratch, b.into_cap ? b.into_cap : 1, sizeof *b.into);
	if (!b.into)
		return aisp_tabular__nomem(t);
	if (d->n)
		memcpy(b.into, d->values, d->n * sizeof *b.into);
	b.into_n = d->n;
	open_batch(&b, record);
	struct aisp_arrow_field plain = *field;
	plain.dictionary = false;
	int r = read_field(&b, &plain, n, 0);
	if (b.problem)
		aisp_tabular__partial(t, "a dictionary: %s", b.problem);
	d->values = b.into;
	d->n = b.into_n;
	return r;
}
