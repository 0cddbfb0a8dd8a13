/* Parquet: footer, then of each column the dictionary and the first data pages in up to three row groups. A file of many GB is
 * sampled by reading some pages.
 *
 * Broken or unknown pages cost their column (said in `partial`), never the file.
 */
#include "scan/tabular/parquet_int.h"
#include "scan/tabular/thrift.h"

enum { MAX_HEADER = 65536, MAX_DICTIONARY = 4 << 20 };
static const int64_t MAX_PAGE = (int64_t)64 << 20;

struct page {
	int type; /* 0 data, 2 dictionary, 3 data v2 */
	int64_t unpacked, packed, n_values, encoding, def_bytes, rep_bytes;
	bool is_packed;
	size_t header; /* bytes */
};

static void page_numbers(struct aisp_thrift *in, struct page *p)
{
	struct aisp_thrift_field f = {0, 0};

	while (aisp_thrift_next(in, &f)) {
		if (f.type > AISP_THRIFT_I64 || f.type < AISP_THRIFT_TRUE) {
			aisp_thrift_skip(in, f.type, 0);
			continue;
		}
		int64_t v = aisp_thrift_int(in, f.type);
		bool v2 = p->type == 3;
		if (f.id == 1)
			p->n_values = v;
		else if (f.id == (v2 ? 4 : 2))
			p->encoding = v;
		else if (v2 && f.id == 5)
			p->def_bytes = v;
		else if (v2 && f.id == 6)
			p->rep_bytes = v;
		else if (v2 && f.id == 7)
			p->is_packed = v != 0;
	}
}

static bool page_header(struct aisp_slice s, struct page *ret)
{
	struct aisp_thrift in = {(const uint8_t *)s.p, (const uint8_t *)s.p + s.n, false};
	struct aisp_thrift_field f = {0, 0};

	*ret = (struct page){.type = -1, .is_packed = true};
	while (aisp_thrift_next(&in, &f)) {
		if (f.type == AISP_THRIFT_STRUCT && (f.id == 5 || f.id == 7 || f.id == 8))
			page_numbers(&in, ret);
		else if (f.id == 1)
			ret->type = (int)aisp_thrift_int(&in, f.type);
		else if (f.id == 2)
			ret->unpacked = aisp_thrift_int(&in, f.type);
		else if (f.id == 3)
			ret->packed = aisp_thrift_int(&in, f.type);
		else
			aisp_thrift_skip(&in, f.type, 0);
	}
	ret->header = (size_t)(in.p - (const uint8_t *)s.p);
	return !in.bad && ret->packed >= 0 && ret->unpacked >= 0 && ret->n_values >= 0 && ret->def_bytes >= 0 && ret->rep_bytes >= 0;
}

struct chunk_reader {
	struct aisp_tabular__tab *t;
	const struct aisp_parquet_leaf *leaf;
	const struct aisp_parquet_chunk *chunk;
	uint64_t at, end;
	const struct aisp_slice *dictionary;
	size_t n_dictionary;
	size_t want; /* values still to take */
	const char *problem;
};

/* Unpacks what follows `skip` bytes of levels; the whole page in one block. */
static struct aisp_slice unpack(struct chunk_reader *x, struct aisp_slice raw, const struct page *p, size_t skip)
{
	static const enum aisp_tabular__codec codecs[] = {AISP_TABULAR__RAW, AISP_TABULAR__SNAPPY, AISP_TABULAR__GZIP, AISP_TABULAR__RAW, AISP_TABULAR__BROTLI,
							  AISP_TABULAR__LZ4_HADOOP, AISP_TABULAR__ZSTD, AISP_TABULAR__LZ4_BLOCK};
	struct aisp_slice none = {NULL, 0};
	int32_t codec = x->chunk->codec;

	if (codec < 0 || codec > 7 || codec == 3) {
		x->problem = "a codec that is not known (LZO)";
		return none;
	}
	if (codec == 0 || !p->is_packed)
		return raw;
	size_t n = (size_t)p->unpacked;
	if (n < skip || raw.n < skip) {
		x->problem = "a page whose sizes do not fit";
		return none;
	}
	uint8_t *out = aisp_arena_alloc(x->t->scratch, n ? n : 1);
	if (!out) {
		x->problem = "pages larger than the memory that may be used";
		return none;
	}
	if (skip)
		memcpy(out, raw.p, skip);
	if (n > skip && !aisp_tabular__unpack(codecs[codec], aisp_slice_from(raw, skip), out + skip, n - skip, false)) {
		x->problem = "a page that cannot be unpacked";
		return none;
	}
	return aisp_slice_of((const char *)out, n);
}

static unsigned bits_for(unsigned v)
{
	unsigned n = 0;

	for (; v; v >>= 1)
		n++;
	return n;
}

/* Levels with a length before them (v1) or of a given length (v2); *data moves behind them. */
static bool levels(struct aisp_slice *data, unsigned max, int64_t given, uint32_t *out, size_t n)
{
	size_t size = (size_t)given;

	if (given < 0) {
		if (max == 0)
			return true;
		if (data->n < 4)
			return false;
		size = aisp_tabular__le32((const uint8_t *)data->p);
		*data = aisp_slice_from(*data, 4);
	}
	if (size > data->n)
		return false;
	if (max && n && aisp_parquet__hybrid(aisp_slice_to(*data, size), bits_for(max), out, n) == SIZE_MAX)
		return false;
	*data = aisp_slice_from(*data, size);
	return true;
}

static int keep(struct chunk_reader *x, const struct page *p, struct aisp_slice data)
{
	size_t n = (uint64_t)p->n_values < x->want ? (size_t)p->n_values : x->want, m = 0;
	uint32_t *defs = aisp_arena_zalloc(x->t->scratch, n ? n : 1, sizeof *defs), *reps = aisp_arena_zalloc(x->t->scratch, n ? n : 1, sizeof *reps);
	bool v2 = p->type == 3;
	unsigned max = x->leaf->max_def;
	char buf[64];
	int r = 0;

	if (!defs || !reps)
		return aisp_tabular__nomem(x->t);
	if (!levels(&data, x->leaf->max_rep, v2 ? p->rep_bytes : -1, reps, n) || !levels(&data, max, v2 ? p->def_bytes : -1, defs, n)) {
		x->problem = "a page with broken levels";
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		m += max == 0 || defs[i] == max;
	struct aisp_slice *values = aisp_parquet__decode(x->t->scratch, x->leaf, (int)p->encoding, data, m, x->dictionary, x->n_dictionary);
	if (!values) {
		x->problem = "a page that cannot be decoded";
		return 0;
	}
	for (size_t i = 0, k = 0; i < n && r == 0; i++) {
		bool there = max == 0 || defs[i] == max;
		r = aisp_tabular__put(x->t, x->leaf->column, there ? aisp_parquet__text(x->leaf, values[k], buf) : aisp_slice_of(NULL, 0));
		k += there;
	}
	x->want -= n;
	return r;
}

static void take_dictionary(struct chunk_reader *x, const struct page *p, struct aisp_slice data)
{
	if (p->n_values > MAX_DICTIONARY) {
		x->problem = "a dictionary with too many values";
		return;
	}
	x->n_dictionary = (size_t)p->n_values;
	x->dictionary = aisp_parquet__decode(x->t->scratch, x->leaf, AISP_PQ_PLAIN, data, x->n_dictionary, NULL, 0);
	if (!x->dictionary)
		x->problem = "a dictionary that cannot be decoded";
}

/* The header of the page at x->at; moves behind it. */
static bool read_header(struct chunk_reader *x, struct page *p, int *r)
{
	size_t room = x->end - x->at < MAX_HEADER ? (size_t)(x->end - x->at) : MAX_HEADER, first = room < 512 ? room : 512;
	const uint8_t *h = aisp_tabular__load(x->t, x->at, first, r);
	bool ok = h && page_header(aisp_slice_of((const char *)h, first), p);

	/* Statistics can make it long. */
	if (h && !ok && first < room) {
		h = aisp_tabular__load(x->t, x->at, room, r);
		ok = h && page_header(aisp_slice_of((const char *)h, room), p);
	}
	if (!ok && *r == 0)
		x->problem = "a page header that is broken";
	if (ok)
		x->at += p->header;
	return ok;
}

static bool sizes_fit(struct chunk_reader *x, const struct page *p)
{
	if ((uint64_t)p->packed > x->end - x->at || p->unpacked > MAX_PAGE || p->packed > MAX_PAGE)
		x->problem = "a page larger than 64 MiB or than its column";
	else if (p->type == 3 && (p->def_bytes > p->packed || p->rep_bytes > p->packed - p->def_bytes))
		x->problem = "a page whose sizes do not fit";
	return !x->problem;
}

/* One page; false at the end of what is wanted or readable. */
static bool next_page(struct chunk_reader *x, int *r)
{
	struct page p;

	if (x->want == 0 || x->at >= x->end || !read_header(x, &p, r) || !sizes_fit(x, &p))
		return false;
	uint64_t at = x->at;
	x->at += (uint64_t)p.packed;
	if (p.type != 0 && p.type != 2 && p.type != 3) /* an index */
		return true;
	const uint8_t *body = aisp_tabular__load(x->t, at, (uint64_t)p.packed, r);
	if (!body)
		return false;
	struct aisp_slice data = unpack(x, aisp_slice_of((const char *)body, (size_t)p.packed), &p, p.type == 3 ? (size_t)(p.def_bytes + p.rep_bytes) : 0);
	if (!x->problem && p.type == 2)
		take_dictionary(x, &p, data);
	else if (!x->problem)
		*r = keep(x, &p, data);
	return !x->problem && *r == 0;
}

static int read_chunk(struct aisp_tabular__tab *t, const struct aisp_parquet_leaf *leaf, const struct aisp_parquet_chunk *c, size_t want)
{
	int64_t begin = c->dictionary_at > 0 && c->dictionary_at < c->data_at ? c->dictionary_at : c->data_at;
	struct chunk_reader x = {.t = t, .leaf = leaf, .chunk = c, .want = want};
	int r = 0;

	if (!leaf->column || !c->there)
		return 0;
	if (c->encrypted || c->elsewhere || begin < 4 || c->packed < 0 || (uint64_t)begin > t->in.size || (uint64_t)c->packed > t->in.size - (uint64_t)begin) {
		aisp_tabular__partial(t, "column %.*s: %s", AISP_FMT(leaf->path), c->encrypted ? "encrypted" : c->elsewhere ? "in another file" : "its place is outside of the file");
		return 0;
	}
	x.at = (uint64_t)begin;
	x.end = x.at + (uint64_t)c->packed;
	while (next_page(&x, &r))
		;
	if (x.problem)
		aisp_tabular__partial(t, "column %.*s: %s", AISP_FMT(leaf->path), x.problem);
	if (r == AISP_E_LIMIT) {
		aisp_tabular__partial(t, "column %.*s and behind: over the %llu MiB that may be read", AISP_FMT(leaf->path), (unsigned long long)(t->limits.max_bytes >> 20));
		return AISP_E_LIMIT;
	}
	return r;
}

/* What the columns of a group will cost at most: how many groups may be read? */
static unsigned affordable(struct aisp_tabular__tab *t, const struct aisp_parquet_meta *m)
{
	unsigned k = 0;
	uint64_t sum = 0;

	for (; k < m->n_picked; k++) {
		for (size_t i = 0; i < m->n_leaves; i++) {
			int64_t packed = m->picked[k].chunks[i].packed;
			sum += packed < 0 ? 0 : packed < ((int64_t)2 << 20) ? (uint64_t)packed : (uint64_t)2 << 20;
		}
		if (k > 0 && sum > t->limits.max_bytes - t->bytes_read)
			break;
	}
	return k;
}

static int read_groups(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_parquet_meta *m)
{
	unsigned groups = affordable(t, m);
	struct aisp_arena *keep_scratch = t->scratch;
	int r = 0;

	for (unsigned g = 0; g < groups && r == 0; g++) {
		uint64_t want = t->limits.max_rows / groups, rows = m->picked[g].rows < 0 ? 0 : (uint64_t)m->picked[g].rows;
		want = want ? want : 1;
		table->rows_read += rows < want ? rows : want;
		for (size_t i = 0; i < m->n_leaves && r == 0; i++) {
			t->scratch = aisp_arena_new((size_t)320 << 20);
			r = t->scratch ? read_chunk(t, &m->leaves[i], &m->picked[g].chunks[i], want) : aisp_fail(t->err, AISP_E_NOMEM, "out of memory");
			aisp_arena_free(t->scratch);
			t->scratch = keep_scratch;
		}
	}
	char a[32], b[32], c[32];
	if (table->rows_read < table->rows)
		aisp_tabular__sampling(t, "%s of %s rows, from %u of %s row groups", aisp_tabular__grouped(table->rows_read, a), aisp_tabular__grouped(table->rows, b), groups,
		                       aisp_tabular__grouped(m->n_groups, c));
	return r == AISP_E_LIMIT ? 0 : r;
}

int aisp_tabular__parquet(struct aisp_tabular__tab *t)
{
	uint8_t tail[8];
	struct aisp_parquet_meta m = {0};
	int r = t->in.size < 12 ? aisp_fail(t->err, AISP_E_PARSE, "too short for a Parquet file") : aisp_input_read(&t->in, t->in.size - 8, tail, 8, t->err);

	if (r < 0)
		return r;
	uint32_t n = aisp_tabular__le32(tail);
	struct aisp_tabular__table *table = aisp_tabular__table(t, AISP_S(""));
	if (!table)
		return aisp_tabular__nomem(t);
	if (memcmp(tail + 4, "PARE", 4) == 0) {
		aisp_tabular__partial(t, "the footer is encrypted: neither columns nor values can be read");
		return 0;
	}
	if (memcmp(tail + 4, "PAR1", 4) != 0 || n > t->in.size - 12)
		return aisp_fail(t->err, AISP_E_PARSE, "the file does not end with a Parquet footer (cut?)");
	const uint8_t *footer = aisp_tabular__load(t, t->in.size - 8 - n, n, &r);
	if (!footer)
		return r == AISP_E_LIMIT ? aisp_fail(t->err, AISP_E_LIMIT, "a footer of %u bytes", n) : r;
	r = aisp_parquet__meta(t, table, aisp_slice_of((const char *)footer, n), &m);
	if (r < 0)
		return r;
	table->rows = m.rows < 0 ? 0 : (uint64_t)m.rows;
	table->rows_known = true;
	if (m.encrypted)
		aisp_tabular__partial(t, "some columns are encrypted");
	return read_groups(t, table, &m);
}
