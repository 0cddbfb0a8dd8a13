/* Arrow IPC: files (Feather version 2) by their footer, streams by walking over the heads of their messages; then the first
 * rows of up to three record batches.
 *
 *   file:    ARROW1 pad | stream | footer | length | ARROW1
 *   stream:  { 0xFFFFFFFF | length | flatbuffer Message | body } …
 */
#include "scan/tabular/arrow_int.h"

enum { MAX_MESSAGES = 20000, MAX_DICTIONARIES = 256, MAX_META = 16 << 20 };
enum { HEADER_SCHEMA = 1, HEADER_DICTIONARY = 2, HEADER_RECORD = 3 };

struct blocks {
	struct aisp_arrow_block *v;
	size_t n, cap;
};
struct reader {
	struct aisp_tabular__tab *t;
	struct aisp_tabular__table *table;
	struct aisp_arrow_schema schema;
	bool has_schema, counted;
	struct blocks batches, dictionaries;
	struct aisp_arrow_dictionary known[MAX_DICTIONARIES];
	size_t n_known;
};

static int add(struct reader *x, struct blocks *b, const struct aisp_arrow_block *block)
{
	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		struct aisp_arrow_block *v = aisp_arena_alloc(x->t->scratch, cap * sizeof *v);
		if (!v)
			return aisp_tabular__nomem(x->t);
		if (b->n)
			memcpy(v, b->v, b->n * sizeof *v);
		b->v = v;
		b->cap = cap;
	}
	b->v[b->n++] = *block;
	return 0;
}

/* The head of the message at `at`; 1 when there is none (the end). */
static int head(struct reader *x, uint64_t at, struct aisp_arrow_block *ret, struct aisp_flat *ret_flat)
{
	uint8_t p[8];
	size_t n = 0;
	int r = aisp_input_read_some(&x->t->in, at, p, 8, &n, x->t->err);

	if (r < 0)
		return r;
	if (n < 8)
		return 1;
	bool marked = aisp_tabular__le32(p) == 0xffffffffu;
	uint32_t size = marked ? aisp_tabular__le32(p + 4) : aisp_tabular__le32(p);
	ret->meta = at + (marked ? 8 : 4);
	ret->meta_n = size;
	if (size == 0 || size > MAX_META || ret->meta > x->t->in.size || size > x->t->in.size - ret->meta)
		return 1;
	const uint8_t *meta = aisp_tabular__load(x->t, ret->meta, size, &r);
	if (!meta)
		return r == AISP_E_LIMIT ? 1 : r;
	*ret_flat = (struct aisp_flat){meta, size};
	int64_t body = aisp_flat_int(ret_flat, aisp_flat_root(ret_flat), 3, 8, 0);
	ret->body = ret->meta + size;
	if (body < 0 || (uint64_t)body > x->t->in.size - ret->body)
		return 1;
	ret->body_n = (uint64_t)body;
	return 0;
}

static int walk(struct reader *x, uint64_t at)
{
	struct aisp_arrow_block b = {0};
	struct aisp_flat f;
	int r = 0;
	unsigned i = 0;

	for (; i < MAX_MESSAGES && r == 0; i++) {
		r = head(x, at, &b, &f);
		if (r != 0)
			break;
		size_t root = aisp_flat_root(&f), header = aisp_flat_table(&f, root, 2);
		int64_t type = aisp_flat_int(&f, root, 1, 1, 0);
		if (type == HEADER_SCHEMA && !x->has_schema) {
			x->has_schema = true;
			r = aisp_arrow__schema(x->t, x->table, &f, header, &x->schema);
		} else if (type == HEADER_RECORD) {
			int64_t rows = aisp_flat_int(&f, header, 0, 8, 0);
			x->table->rows += rows > 0 ? (uint64_t)rows : 0;
			r = add(x, &x->batches, &b);
		} else if (type == HEADER_DICTIONARY) {
			r = add(x, &x->dictionaries, &b);
		}
		at = b.body + b.body_n;
	}
	x->counted = r == 1 && at + 16 >= x->t->in.size;
	if (!x->counted && r >= 0)
		aisp_tabular__partial(x->t, i == MAX_MESSAGES ? "more than %d messages" : "the stream is cut or broken after its first %u messages", i);
	return r < 0 ? r : 0;
}

static int footer_blocks(struct reader *x, const struct aisp_flat *f, size_t footer, unsigned id, struct blocks *into)
{
	struct aisp_flat_vec v = aisp_flat_vector(f, footer, id, 24);
	int r = 0;

	for (uint32_t i = 0; i < v.n && r == 0; i++) {
		const uint8_t *p = f->p + v.at + (size_t)24 * i;
		struct aisp_arrow_block b = {0};
		struct aisp_flat unused;
		(void)unused;
		uint64_t at = aisp_tabular__le64(p), size = aisp_tabular__le32(p + 8), body = aisp_tabular__le64(p + 16);
		if (size < 8 || size > MAX_META || at > x->t->in.size || size > x->t->in.size - at || body > x->t->in.size - at - size) {
			aisp_tabular__partial(x->t, "a block outside of the file");
			continue;
		}
		b.meta = at;
		b.meta_n = (uint32_t)size;
		b.body = at + size;
		b.body_n = body;
		r = add(x, into, &b);
	}
	return r;
}

/* A block of the footer counts mark and length into its metadata. */
static int load(struct reader *x, const struct aisp_arrow_block *b, struct aisp_flat *ret)
{
	int r = 0;
	const uint8_t *p = aisp_tabular__load(x->t, b->meta, b->meta_n, &r);

	if (!p)
		return r;
	*ret = (struct aisp_flat){p, b->meta_n};
	if (b->meta_n >= 8 && aisp_tabular__le32(p) == 0xffffffffu)
		*ret = (struct aisp_flat){p + 8, b->meta_n - 8};
	else if (b->meta_n >= 8 && aisp_tabular__le32(p) + 4 <= b->meta_n && aisp_tabular__le32(p) + 12 >= b->meta_n)
		*ret = (struct aisp_flat){p + 4, b->meta_n - 4};
	return 0;
}

/* False (0) when there is no usable footer. */
static int by_footer(struct reader *x, bool *ret_ok)
{
	struct aisp_tabular__tab *t = x->t;
	uint8_t tail[10];

	*ret_ok = false;
	if (t->in.size < 24)
		return 0;
	int r = aisp_input_read(&t->in, t->in.size - 10, tail, 10, t->err);
	if (r < 0)
		return r;
	uint32_t n = aisp_tabular__le32(tail);
	if (memcmp(tail + 4, "ARROW1", 6) != 0 || n > MAX_META || n > t->in.size - 18)
		return 0;
	const uint8_t *p = aisp_tabular__load(t, t->in.size - 10 - n, n, &r);
	if (!p)
		return r;
	struct aisp_flat f = {p, n};
	size_t footer = aisp_flat_root(&f), schema = aisp_flat_table(&f, footer, 1);
	if (!schema)
		return 0;
	x->has_schema = *ret_ok = true;
	r = aisp_arrow__schema(t, x->table, &f, schema, &x->schema);
	if (r == 0)
		r = footer_blocks(x, &f, footer, 2, &x->dictionaries);
	return r < 0 ? r : footer_blocks(x, &f, footer, 3, &x->batches);
}

/* The field whose values a dictionary holds. Depth is that of the schema. */
static const struct aisp_arrow_field *field_of(const struct aisp_arrow_field *fields, uint32_t n, int64_t id, unsigned depth)
{
	for (uint32_t i = 0; i < n && depth < 32; i++) {
		if (fields[i].dictionary && fields[i].dictionary_id == id)
			return &fields[i];
		const struct aisp_arrow_field *found = field_of(fields[i].children, fields[i].n_children, id, depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

static int read_dictionary(struct reader *x, const struct aisp_arrow_block *b)
{
	struct aisp_flat f;
	size_t k = 0;
	int r = load(x, b, &f);

	if (r < 0)
		return r;
	size_t header = aisp_flat_table(&f, aisp_flat_root(&f), 2), record = aisp_flat_table(&f, header, 1);
	int64_t id = aisp_flat_int(&f, header, 0, 8, 0);
	const struct aisp_arrow_field *field = field_of(x->schema.fields, x->schema.n, id, 0);
	if (aisp_flat_int(&f, aisp_flat_root(&f), 1, 1, 0) != HEADER_DICTIONARY || !record || !field || field->n_children)
		return 0;
	while (k < x->n_known && x->known[k].id != id)
		k++;
	if (k == MAX_DICTIONARIES) {
		aisp_tabular__partial(x->t, "more than %d dictionaries", MAX_DICTIONARIES);
		return 0;
	}
	if (k == x->n_known)
		x->known[x->n_known++] = (struct aisp_arrow_dictionary){.id = id};
	else if (!aisp_flat_int(&f, header, 2, 1, 0)) /* no delta: it replaces */
		x->known[k].n = 0;
	return aisp_arrow__dictionary(x->t, field, &f, record, b, &x->known[k]);
}

static int read_batches(struct reader *x)
{
	struct aisp_tabular__tab *t = x->t;
	uint64_t want[3], per;
	unsigned picks = aisp_tabular__pick(x->batches.n, want);
	size_t d = 0;
	int r = 0;

	per = picks ? t->limits.max_rows / picks : 0;
	for (unsigned i = 0; i < picks && r == 0; i++) {
		const struct aisp_arrow_block *b = &x->batches.v[want[i]];
		struct aisp_flat f;
		/* Dictionaries that stand before it. */
		for (; d < x->dictionaries.n && r == 0 && x->dictionaries.v[d].meta < b->meta; d++)
			r = read_dictionary(x, &x->dictionaries.v[d]);
		if (r == 0)
			r = load(x, b, &f);
		if (r < 0)
			break;
		size_t root = aisp_flat_root(&f), record = aisp_flat_table(&f, root, 2);
		int64_t rows = aisp_flat_int(&f, record, 0, 8, 0);
		uint64_t n = rows < 0 ? 0 : (uint64_t)rows < (per ? per : 1) ? (uint64_t)rows : (per ? per : 1);
		if (aisp_flat_int(&f, root, 1, 1, 0) != HEADER_RECORD || !record)
			continue;
		x->table->rows_read += n;
		if (!x->counted && x->batches.n == 1 && rows > 0) {
			x->table->rows = (uint64_t)rows;
			x->counted = true;
		}
		r = aisp_arrow__batch(t, &x->schema, &f, record, b, x->known, x->n_known, n);
	}
	if (r == AISP_E_LIMIT) {
		aisp_tabular__partial(t, "over the %llu MiB that may be read", (unsigned long long)(t->limits.max_bytes >> 20));
		r = 0;
	}
	return r;
}

/* Rows of all batches of a file, from their heads, while they are few. */
static int count(struct reader *x)
{
	struct aisp_flat f;
	int r = 0;

	if (x->counted || x->batches.n > 512)
		return 0;
	for (size_t i = 0; i < x->batches.n; i++) {
		r = load(x, &x->batches.v[i], &f);
		if (r < 0)
			return r == AISP_E_LIMIT ? 0 : r;
		int64_t rows = aisp_flat_int(&f, aisp_flat_table(&f, aisp_flat_root(&f), 2), 0, 8, 0);
		x->table->rows += rows > 0 ? (uint64_t)rows : 0;
	}
	x->counted = true;
	return 0;
}

int aisp_tabular__arrow(struct aisp_tabular__tab *t)
{
	struct reader *x = aisp_arena_zalloc(t->scratch, 1, sizeof *x);
	uint8_t begin[8] = {0};
	bool ok = false;
	size_t n;
	char a[32], b[32], c[32];

	if (!x)
		return aisp_tabular__nomem(t);
	x->t = t;
	x->table = aisp_tabular__table(t, AISP_S(""));
	if (!x->table)
		return aisp_tabular__nomem(t);
	int r = aisp_input_read_some(&t->in, 0, begin, 8, &n, t->err);
	if (r == 0 && memcmp(begin, "FEA1", 4) == 0)
		return aisp_fail(t->err, AISP_E_PARSE, "Feather version 1 is not read");
	bool file = memcmp(begin, "ARROW1", 6) == 0;
	if (r == 0 && file)
		r = by_footer(x, &ok);
	if (r == 0 && !ok)
		r = walk(x, file ? 8 : 0);
	else if (r == 0)
		r = count(x);
	if (r < 0)
		return r;
	if (!x->has_schema)
		return aisp_fail(t->err, AISP_E_PARSE, "no Arrow schema");
	r = read_batches(x);
	x->table->rows_known = x->counted;
	if (x->table->rows > x->table->rows_read)
		aisp_tabular__sampling(t, "%s of %s%s rows, from %s record batches", aisp_tabular__grouped(x->table->rows_read, a), x->counted ? "" : "at least ",
		                       aisp_tabular__grouped(x->table->rows, b), aisp_tabular__grouped(x->batches.n, c));
	return r;
}
