/* Tables in files: telling the forms apart, the builder that their readers fill, and the limits of all of them. */
#include "scan/tabular/tabular_int.h"
#include "base/hash.h"
#include <stdarg.h>
#include <stdio.h>

struct aisp_tabular__slot {
	uint64_t hash;
	uint32_t column; /* + 1 */
};
enum { MAX_TABLES = 500, MAX_METADATA = 64, MAX_META_VALUE = 16384 };
static const size_t MAX_TEXT = (size_t)64 << 20;

const char *aisp_tabular_form_name(enum aisp_tabular_form f)
{
	static const char *const names[] = {"", "csv", "json", "jsonl", "parquet", "arrow", "sqlite"};

	return (unsigned)f < sizeof names / sizeof *names ? names[f] : "";
}

/* ---- the builder ---- */
int aisp_tabular__nomem(struct aisp_tabular__tab *t)
{
	if (aisp_arena_full(t->a) || aisp_arena_full(t->scratch))
		return aisp_fail(t->err, AISP_E_LIMIT, "the table needs more memory than its cap");
	return aisp_fail(t->err, AISP_E_NOMEM, "out of memory while reading a table");
}

/* Room for one more in an array of the arena; NULL when out of memory. */
static void *grown(struct aisp_arena *a, void *old, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return old;
	size_t more = *cap ? *cap * 2 : 8;
	void *p = aisp_arena_zalloc(a, more, size);
	if (p && n)
		memcpy(p, old, n * size);
	if (p)
		*cap = more;
	return p;
}

struct aisp_tabular__table *aisp_tabular__table(struct aisp_tabular__tab *t, struct aisp_slice name)
{
	if (t->n_tables >= MAX_TABLES) {
		aisp_tabular__partial(t, "more than %d tables", MAX_TABLES);
		return NULL;
	}
	struct aisp_tabular__table **tables = grown(t->a, t->tables, t->n_tables, &t->cap_tables, sizeof *tables);
	struct aisp_tabular__table *table = aisp_arena_zalloc(t->a, 1, sizeof *table);
	if (!tables || !table)
		return NULL;
	t->tables = tables;
	table->name = name.n ? aisp_arena_dup(t->a, aisp_slice_to(name, 256)) : AISP_S("");
	if (!table->name.p)
		return NULL;
	tables[t->n_tables++] = table;
	return table;
}

static bool reindex(struct aisp_tabular__tab *t, struct aisp_tabular__table *table)
{
	size_t cap = table->index_cap ? table->index_cap * 2 : 64;
	struct aisp_tabular__slot *index = aisp_arena_zalloc(t->a, cap, sizeof *index);

	if (!index)
		return false;
	for (size_t i = 0; i < table->index_cap; i++) {
		if (!table->index[i].column)
			continue;
		size_t at = table->index[i].hash & (cap - 1);
		while (index[at].column)
			at = (at + 1) & (cap - 1);
		index[at] = table->index[i];
	}
	table->index = index;
	table->index_cap = cap;
	return true;
}

struct aisp_tabular__column *aisp_tabular__column_new(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_slice name,
                                                      struct aisp_slice type, bool *ret_nomem)
{
	if (table->n >= t->limits.max_columns) {
		aisp_tabular__partial(t, "more than %u columns", t->limits.max_columns);
		return NULL;
	}
	struct aisp_tabular__column **columns = grown(t->a, table->columns, table->n, &table->cap, sizeof *columns);
	struct aisp_tabular__column *c = columns ? aisp_arena_zalloc(t->a, 1, sizeof *c) : NULL;
	if (!c) {
		*ret_nomem = true;
		return NULL;
	}
	table->columns = columns;
	c->name = name.n ? aisp_arena_dup(t->a, aisp_slice_to(name, 512)) : AISP_S("");
	c->type = type.n ? aisp_arena_dup(t->a, aisp_slice_to(type, 64)) : AISP_S("");
	if (!c->name.p || !c->type.p) {
		*ret_nomem = true;
		return NULL;
	}
	columns[table->n++] = c;
	return c;
}

struct aisp_tabular__column *aisp_tabular__column(struct aisp_tabular__tab *t, struct aisp_tabular__table *table, struct aisp_slice name,
                                                  struct aisp_slice type, bool *ret_nomem)
{
	name = aisp_slice_to(name, 512);
	uint64_t hash = aisp_hash64(name.p ? name.p : "", name.n, 7);

	if (table->n * 2 >= table->index_cap && !reindex(t, table)) {
		*ret_nomem = true;
		return NULL;
	}
	size_t at = hash & (table->index_cap - 1);
	for (; table->index[at].column; at = (at + 1) & (table->index_cap - 1)) {
		struct aisp_tabular__column *c = table->columns[table->index[at].column - 1];
		if (table->index[at].hash == hash && aisp_slice_eq(c->name, name))
			return c;
	}
	struct aisp_tabular__column *c = aisp_tabular__column_new(t, table, name, type, ret_nomem);
	if (c) {
		table->index[at].hash = hash;
		table->index[at].column = (uint32_t)table->n;
	}
	return c;
}

int aisp_tabular__put(struct aisp_tabular__tab *t, struct aisp_tabular__column *c, struct aisp_slice value)
{
	if (c->n >= (size_t)4 * t->limits.max_rows)
		return 0;
	if (value.n > t->limits.max_value) {
		size_t end = t->limits.max_value;
		while (end > 0 && ((unsigned char)value.p[end] & 0xc0) == 0x80)
			end--;
		value.n = end;
	}
	if (value.n > t->text_left || (value.p == NULL && t->text_left == 0)) {
		if (t->kept_all)
			aisp_tabular__partial(t, "values over %zu MiB are not kept", MAX_TEXT >> 20);
		t->kept_all = false;
		return 0;
	}
	struct aisp_slice *values = grown(t->a, c->values, c->n, &c->cap, sizeof *values);
	if (!values)
		return aisp_tabular__nomem(t);
	c->values = values;
	if (value.p && value.n) {
		t->text_left -= value.n;
		value = aisp_arena_dup(t->a, value);
		if (!value.p)
			return aisp_tabular__nomem(t);
	} else if (value.p) {
		value = AISP_S("");
	}
	c->values[c->n++] = value;
	return 0;
}

int aisp_tabular__metadata(struct aisp_tabular__tab *t, struct aisp_slice key, struct aisp_slice value)
{
	if (!t->metadata)
		t->metadata = aisp_arena_zalloc(t->a, (size_t)2 * MAX_METADATA, sizeof *t->metadata);
	if (!t->metadata)
		return aisp_tabular__nomem(t);
	if (t->n_metadata + 2 > 2 * MAX_METADATA)
		return 0;
	struct aisp_slice k = aisp_arena_dup(t->a, aisp_slice_to(key, 256)), v = aisp_arena_dup(t->a, aisp_slice_to(value, MAX_META_VALUE));
	if (!k.p || !v.p)
		return aisp_tabular__nomem(t);
	t->metadata[t->n_metadata++] = k;
	t->metadata[t->n_metadata++] = v;
	return 0;
}

static struct aisp_slice printed(struct aisp_tabular__tab *t, const char *fmt, va_list ap)
{
	char text[256];

	(void)vsnprintf(text, sizeof text, fmt, ap);
	struct aisp_slice s = aisp_arena_dup(t->a, aisp_slice_z(text));
	return s.p ? s : AISP_S("out of memory");
}

void aisp_tabular__partial(struct aisp_tabular__tab *t, const char *fmt, ...)
{
	va_list ap;

	if (t->partial.n)
		return;
	va_start(ap, fmt);
	t->partial = printed(t, fmt, ap);
	va_end(ap);
}

void aisp_tabular__sampling(struct aisp_tabular__tab *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t->sampling = printed(t, fmt, ap);
	va_end(ap);
}

const uint8_t *aisp_tabular__load(struct aisp_tabular__tab *t, uint64_t at, uint64_t n, int *ret_r)
{
	if (n > t->limits.max_bytes || t->bytes_read > t->limits.max_bytes - n) {
		*ret_r = AISP_E_LIMIT;
		return NULL;
	}
	uint8_t *p = aisp_arena_alloc(t->scratch, n ? (size_t)n : 1);
	if (!p) {
		*ret_r = aisp_arena_full(t->scratch) ? AISP_E_LIMIT : aisp_tabular__nomem(t);
		return NULL;
	}
	*ret_r = aisp_input_read(&t->in, at, p, (size_t)n, t->err);
	return *ret_r < 0 ? NULL : p;
}

unsigned aisp_tabular__pick(uint64_t n, uint64_t ret[3])
{
	unsigned k = 0;

	if (n > 0)
		ret[k++] = 0;
	if (n > 2)
		ret[k++] = n / 2;
	if (n > 1)
		ret[k++] = n - 1;
	return k;
}

bool aisp_tabular__in_sample(uint64_t i, uint64_t n, uint64_t max)
{
	uint64_t third = max / 3, middle;

	if (n <= max || i < max - 2 * third)
		return true;
	middle = n / 2 - third / 2;
	return (i >= middle && i < middle + third) || i >= n - third;
}

const char *aisp_tabular__grouped(uint64_t n, char buf[32])
{
	char *p = buf + 31;
	unsigned digits = 0;

	*p = '\0';
	do {
		if (digits && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		digits++;
	} while (n /= 10);
	return p;
}

/* ---- values as text ---- */
static struct aisp_slice of(char buf[64], int n)
{
	return aisp_slice_of(buf, n < 0 ? 0 : n > 63 ? 63 : (size_t)n);
}
struct aisp_slice aisp_tabular__int(int64_t v, char buf[64])
{
	return of(buf, snprintf(buf, 64, "%lld", (long long)v));
}
struct aisp_slice aisp_tabular__uint(uint64_t v, char buf[64])
{
	return of(buf, snprintf(buf, 64, "%llu", (unsigned long long)v));
}
struct aisp_slice aisp_tabular__real(double v, char buf[64])
{
	/* Whole numbers as such: 123456789.0, not 1.23457e+08 */
	if (v == (double)(int64_t)(v > 9e15 ? 9e15 : v < -9e15 ? -9e15 : v != v ? 0 : v))
		return of(buf, snprintf(buf, 64, "%.1f", v));
	return of(buf, snprintf(buf, 64, "%.15g", v));
}
struct aisp_slice aisp_tabular__decimal(int64_t v, int scale, char buf[64])
{
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, unit = 1;

	if (scale <= 0 || scale > 18)
		return aisp_tabular__int(v, buf);
	for (int i = 0; i < scale; i++)
		unit *= 10;
	return of(buf, snprintf(buf, 64, "%s%llu.%0*llu", v < 0 ? "-" : "", (unsigned long long)(size / unit), scale, (unsigned long long)(size % unit)));
}

/* Days since 1970 to year, month, day (Howard Hinnant's civil_from_days). */
static void civil(int64_t days, int64_t *y, unsigned *m, unsigned *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

struct aisp_slice aisp_tabular__date(int64_t days, char buf[64])
{
	int64_t y;
	unsigned m, d;

	if (days > 10000000 || days < -10000000)
		return aisp_tabular__int(days, buf);
	civil(days, &y, &m, &d);
	return of(buf, snprintf(buf, 64, "%04lld-%02u-%02u", (long long)y, m, d));
}

struct aisp_slice aisp_tabular__time(int64_t v, int64_t per_second, char buf[64])
{
	int64_t seconds = v / per_second - (v % per_second < 0), days = seconds / 86400 - (seconds % 86400 < 0), rest = seconds - days * 86400;

	if (days > 10000000 || days < -10000000)
		return aisp_tabular__int(v, buf);
	struct aisp_slice s = aisp_tabular__date(days, buf);
	int n = snprintf(buf + s.n, 64 - s.n, " %02d:%02d:%02d", (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
	return of(buf, (int)s.n + n);
}

struct aisp_slice aisp_tabular__bytes(struct aisp_slice raw, char buf[64])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	if (raw.n == 0)
		return AISP_S("");
	if (aisp_slice_is_utf8(raw) && !memchr(raw.p, 0, raw.n))
		return raw;
	for (size_t i = 0; i < raw.n && n + 2 <= 48; i++) {
		buf[n++] = hex[(unsigned char)raw.p[i] >> 4];
		buf[n++] = hex[(unsigned char)raw.p[i] & 15];
	}
	return aisp_slice_of(buf, n);
}

/* ---- telling the forms apart ---- */
static bool ends_any(struct aisp_slice path, const char *list)
{
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, "|");
		if (path.n > n && aisp_slice_eqi(aisp_slice_from(path, path.n - n), aisp_slice_of(p, n)))
			return true;
		p += n + (p[n] == '|');
	}
	return false;
}

/* Where the JSON value at `at` ends (behind its last byte), SIZE_MAX when it does not end in s. */
static size_t value_end(struct aisp_slice s, size_t at)
{
	size_t depth = 0;
	bool string = false;

	for (size_t i = at; i < s.n; i++) {
		char c = s.p[i];
		if (string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				string = false;
		} else if (c == '"') {
			string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return i + 1;
		} else if (depth > 100000) {
			return SIZE_MAX;
		}
	}
	return SIZE_MAX;
}

static size_t skip_space(struct aisp_slice s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r' || s.p[at] == '\n'))
		at++;
	return at;
}

/* Does a JSON object or array begin at `at`, and not a section of a configuration file? */
static bool json_begins(struct aisp_slice s, size_t at)
{
	struct aisp_slice inside = aisp_slice_from(s, skip_space(s, at + 1));

	if (at >= s.n || inside.n == 0)
		return false;
	if (s.p[at] == '{')
		return inside.p[0] == '"' || inside.p[0] == '}';
	return s.p[at] == '[' && (memchr("{[\"]-0123456789", inside.p[0], 15) || aisp_slice_starts(inside, AISP_S("null")));
}

static enum aisp_tabular_form json_form(struct aisp_slice s, struct aisp_slice path)
{
	size_t at = skip_space(s, 0);

	if (!json_begins(s, at) || ends_any(path, ".csv|.tsv|.md|.py|.js|.ts|.c|.h|.html|.ipynb"))
		return AISP_TABULAR_NONE;
	if (ends_any(path, ".jsonl|.ndjson|.jsonlines"))
		return AISP_TABULAR_JSONL;
	/* Another object on the next line: JSON lines. */
	size_t end = s.p[at] == '{' ? value_end(s, at) : SIZE_MAX;
	if (end == SIZE_MAX || memchr(s.p + at, '\n', end - at))
		return AISP_TABULAR_JSON;
	end = skip_space(s, end);
	return end < s.n && s.p[end] == '{' ? AISP_TABULAR_JSONL : AISP_TABULAR_JSON;
}

static struct aisp_slice skip_bom(struct aisp_slice s)
{
	return aisp_slice_starts(s, AISP_S("\xef\xbb\xbf")) ? aisp_slice_from(s, 3) : s;
}

static bool is_parquet(const struct aisp_input *in, struct aisp_slice head)
{
	uint8_t tail[4];

	if (!aisp_slice_starts(head, AISP_S("PAR1")) && !aisp_slice_starts(head, AISP_S("PARE")))
		return false;
	return in->size >= 12 && aisp_input_read(in, in->size - 4, tail, 4, NULL) == 0 && (memcmp(tail, "PAR1", 4) == 0 || memcmp(tail, "PARE", 4) == 0);
}

/* A file by its mark; a stream by continuation mark and the length of a small flatbuffer. */
static bool is_arrow(const struct aisp_input *in, struct aisp_slice head)
{
	const uint8_t *p = (const uint8_t *)head.p;

	if (aisp_slice_starts(head, AISP_S("ARROW1")) || aisp_slice_starts(head, AISP_S("FEA1")))
		return true;
	if (head.n < 24 || aisp_tabular__le32(p) != 0xffffffffu)
		return false;
	uint32_t size = aisp_tabular__le32(p + 4), root = aisp_tabular__le32(p + 8);
	return size >= 16 && size % 8 == 0 && size < in->size && root >= 4 && root < size;
}

enum aisp_tabular_form aisp_tabular_detect(const struct aisp_input *in, struct aisp_slice path)
{
	char head[16384];
	size_t n = 0;

	if (aisp_input_read_some(in, 0, head, sizeof head, &n, NULL) < 0 || n < 2)
		return AISP_TABULAR_NONE;
	struct aisp_slice s = aisp_slice_of(head, n);
	if (n >= 16 && memcmp(head, "SQLite format 3", 16) == 0)
		return AISP_TABULAR_SQLITE;
	if (is_parquet(in, s))
		return AISP_TABULAR_PARQUET;
	if (is_arrow(in, s))
		return AISP_TABULAR_ARROW;
	enum aisp_tabular_form f = json_form(skip_bom(s), path);
	if (f)
		return f;
	bool named = ends_any(path, ".csv|.tsv|.tab|.psv"), open_name = ends_any(path, ".txt|.dat|.data") || aisp_slice_chr(aisp_slice_basename(path), '.') == SIZE_MAX;
	return (named || open_name) && aisp_tabular__csv_like(s, !named) ? AISP_TABULAR_CSV : AISP_TABULAR_NONE;
}

/* ---- reading ---- */
static int finish(struct aisp_tabular__tab *t, enum aisp_tabular_form form, const struct aisp_tabular **ret)
{
	struct aisp_tabular *out = aisp_arena_zalloc(t->a, 1, sizeof *out);
	struct aisp_tabular_table *tables = aisp_arena_zalloc(t->a, t->n_tables ? t->n_tables : 1, sizeof *tables);

	if (!out || !tables)
		return aisp_tabular__nomem(t);
	for (size_t i = 0; i < t->n_tables; i++) {
		const struct aisp_tabular__table *from = t->tables[i];
		struct aisp_tabular_column *columns = aisp_arena_zalloc(t->a, from->n ? from->n : 1, sizeof *columns);
		if (!columns)
			return aisp_tabular__nomem(t);
		for (size_t k = 0; k < from->n; k++)
			columns[k] = (struct aisp_tabular_column){from->columns[k]->name, from->columns[k]->type, from->columns[k]->values, from->columns[k]->n};
		tables[i] = (struct aisp_tabular_table){from->name, columns, from->n, from->rows, from->rows_read, from->rows_known};
	}
	*out = (struct aisp_tabular){form, tables, t->n_tables, t->bytes_read, t->sampling, t->partial, t->metadata, t->n_metadata};
	*ret = out;
	return 0;
}

int aisp_tabular_read(const struct aisp_input *in, enum aisp_tabular_form form, const struct aisp_tabular_limits *limits,
                      struct aisp_arena *a, const struct aisp_tabular **ret, struct aisp_err *err)
{
	static int (*const readers[])(struct aisp_tabular__tab *) = {
		[AISP_TABULAR_CSV] = aisp_tabular__csv,         [AISP_TABULAR_JSON] = aisp_tabular__json,
		[AISP_TABULAR_JSONL] = aisp_tabular__jsonl,     [AISP_TABULAR_PARQUET] = aisp_tabular__parquet,
		[AISP_TABULAR_ARROW] = aisp_tabular__arrow,     [AISP_TABULAR_SQLITE] = aisp_tabular__sqlite};
	struct aisp_tabular__tab t = {.in = *in, .a = a, .text_left = MAX_TEXT, .kept_all = true, .sampling = AISP_S("all rows"), .err = err};

	if (form <= AISP_TABULAR_NONE || form > AISP_TABULAR_SQLITE)
		return aisp_fail(err, AISP_E_PARSE, "the file holds no table that is known");
	if (limits)
		t.limits = *limits;
	t.limits.max_rows = t.limits.max_rows ? t.limits.max_rows : 1000;
	t.limits.max_value = t.limits.max_value ? t.limits.max_value : 4096;
	t.limits.max_columns = t.limits.max_columns ? t.limits.max_columns : 2000;
	t.limits.max_bytes = t.limits.max_bytes ? t.limits.max_bytes : (uint64_t)64 << 20;
	t.in.bytes_read = &t.bytes_read;
	t.scratch = aisp_arena_new((size_t)512 << 20);
	if (!t.scratch)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading a table");
	int r = readers[form](&t);
	if (in->bytes_read)
		*in->bytes_read += t.bytes_read;
	if (r == 0)
		r = finish(&t, form, ret);
	aisp_arena_free(t.scratch);
	return r;
}
