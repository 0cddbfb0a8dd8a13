/* CSV, TSV and their relatives: delimiter, quotes, header and encoding are found out, not told.
 *
 * RFC 4180 with what is met in the field: ; | and tab as delimiters, UTF-16 with a mark, Latin-1 where the bytes are no UTF-8.
 * A file over 6 MiB is read at its begin, middle and end only.
 */
#include "scan/tabular/tabular_int.h"

enum { FIELDS = 2048, SNIFF_ROWS = 40 };
static const uint64_t WHOLE = (uint64_t)6 << 20, CHUNK = (uint64_t)1 << 20;

struct record {
	struct aisp_slice field[FIELDS]; /* with quotes still on */
	size_t n;
};

/* The record at `at`; returns where the next begins. A quoted field may hold the delimiter and line ends. */
static size_t next_record(struct aisp_slice s, size_t at, char delimiter, size_t max_fields, struct record *ret)
{
	size_t i = at;

	ret->n = 0;
	for (;;) {
		size_t from = i;
		if (i < s.n && s.p[i] == '"') {
			size_t stop = i + ((size_t)1 << 20);
			for (i++; i < s.n && i < stop; i++) {
				if (s.p[i] != '"')
					continue;
				if (i + 1 < s.n && s.p[i + 1] == '"')
					i++;
				else
					break;
			}
		}
		while (i < s.n && s.p[i] != delimiter && s.p[i] != '\n' && s.p[i] != '\r')
			i++;
		if (ret->n < max_fields && ret->n < FIELDS)
			ret->field[ret->n++] = aisp_slice_of(s.p + from, i - from);
		if (i >= s.n)
			return i;
		if (s.p[i] == delimiter) {
			i++;
			continue;
		}
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			i++;
		return i + 1;
	}
}

static bool empty(const struct record *r)
{
	return r->n == 0 || (r->n == 1 && aisp_slice_trim(r->field[0]).n == 0);
}

/* How well a delimiter explains the first lines: columns if all have the same number, 0 when it does not. */
static unsigned sniff(struct aisp_slice s, char delimiter, struct record *r, unsigned *ret_rows, bool cut)
{
	size_t at = 0, columns = 0, last = 0;
	unsigned rows = 0, same = 0;

	while (at < s.n && rows < SNIFF_ROWS) {
		last = at;
		at = next_record(s, at, delimiter, FIELDS, r);
		if (empty(r) || r->field[0].p[0] == '#' || (cut && at >= s.n))
			continue;
		if (rows == 0)
			columns = r->n;
		rows++;
		same += r->n == columns;
	}
	(void)last;
	*ret_rows = rows;
	return columns > 1 && same * 10 >= rows * 8 ? (unsigned)columns : 0;
}

static char delimiter_of(struct aisp_slice s, struct record *r, unsigned *ret_columns, unsigned *ret_rows)
{
	char best = ',';
	unsigned columns = 0, rows = 0;

	*ret_rows = 0;
	s = aisp_slice_to(s, 65536);
	for (const char *d = "\t;|,"; *d; d++) {
		unsigned n = sniff(s, *d, r, &rows, s.n == 65536);
		/* A comma must win clearly over ";" (decimal commas) and the other way round. */
		if (n > columns) {
			columns = n;
			best = *d;
		}
		*ret_rows = rows > *ret_rows ? rows : *ret_rows;
	}
	*ret_columns = columns;
	return best;
}

bool aisp_tabular__csv_like(struct aisp_slice head, bool strict)
{
	static _Thread_local struct record r;
	unsigned columns, rows;
	size_t zeros = 0;

	if (head.n >= 2 && (memcmp(head.p, "\xff\xfe", 2) == 0 || memcmp(head.p, "\xfe\xff", 2) == 0))
		return !strict;
	for (size_t i = 0; i < head.n; i++)
		zeros += head.p[i] == 0;
	if (zeros)
		return false;
	if (!strict)
		return true;
	/* The last line may be cut. */
	size_t end = head.n;
	while (end > 0 && head.p[end - 1] != '\n')
		end--;
	head.n = end;
	char d = delimiter_of(head, &r, &columns, &rows);
	return rows >= 5 && columns >= (d == ',' ? 4u : 3u);
}

static void put_utf8(struct aisp_buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		aisp_buf_putc(b, (char)cp);
	} else if (cp < 0x800) {
		aisp_buf_putc(b, (char)(0xc0 | cp >> 6));
		aisp_buf_putc(b, (char)(0x80 | (cp & 63)));
	} else if (cp < 0x10000) {
		aisp_buf_putc(b, (char)(0xe0 | cp >> 12));
		aisp_buf_putc(b, (char)(0x80 | (cp >> 6 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (cp & 63)));
	} else {
		aisp_buf_putc(b, (char)(0xf0 | cp >> 18));
		aisp_buf_putc(b, (char)(0x80 | (cp >> 12 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (cp >> 6 & 63)));
		aisp_buf_putc(b, (char)(0x80 | (cp & 63)));
	}
}

static void from_utf16(struct aisp_slice s, bool big, struct aisp_buf *b)
{
	const uint8_t *p = (const uint8_t *)s.p;

	for (size_t i = 0; i + 1 < s.n; i += 2) {
		uint32_t u = big ? (uint32_t)(p[i] << 8 | p[i + 1]) : (uint32_t)(p[i + 1] << 8 | p[i]);
		if (u >= 0xd800 && u < 0xdc00 && i + 3 < s.n) {
			uint32_t low = big ? (uint32_t)(p[i + 2] << 8 | p[i + 3]) : (uint32_t)(p[i + 3] << 8 | p[i + 2]);
			if (low >= 0xdc00 && low < 0xe000) {
				u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		put_utf8(b, u >= 0xd800 && u < 0xe000 ? 0xfffd : u);
	}
}

struct reader {
	struct aisp_tabular__tab *t;
	struct aisp_tabular__table *table;
	struct record *r;
	struct aisp_buf text;  /* an unquoted or transcoded value */
	char delimiter;
	enum { BYTES, UTF16_LITTLE, UTF16_BIG } encoding;
};

/* Without quotes, as UTF-8. */
static struct aisp_slice clean(struct reader *x, struct aisp_slice f)
{
	f = aisp_slice_trim(f);
	bool quoted = f.n >= 2 && f.p[0] == '"' && f.p[f.n - 1] == '"';
	if (quoted)
		f = aisp_slice_of(f.p + 1, f.n - 2);
	bool doubled = quoted && memchr(f.p, '"', f.n), utf8 = aisp_slice_is_utf8(f);
	if (!doubled && utf8)
		return f;
	aisp_buf_clear(&x->text);
	for (size_t i = 0; i < f.n && x->text.n < ((size_t)1 << 20); i++) {
		unsigned char c = (unsigned char)f.p[i];
		if (utf8)
			aisp_buf_putc(&x->text, (char)c);
		else
			put_utf8(&x->text, c);
		if (quoted && c == '"' && i + 1 < f.n && f.p[i + 1] == '"')
			i++;
	}
	return x->text.bad ? f : aisp_buf_slice(&x->text);
}

static bool looks_like_value(struct aisp_slice f)
{
	size_t digits = 0;

	f = aisp_slice_trim(f);
	for (size_t i = 0; i < f.n; i++)
		digits += f.p[i] >= '0' && f.p[i] <= '9';
	return f.n > 64 || (f.n && digits * 2 >= f.n) || aisp_slice_chr(f, '@') != SIZE_MAX || (f.n && (f.p[0] == '{' || f.p[0] == '[')) || digits > 8;
}

/* A header's cells are names: none a number, a date or an address. */
static bool is_header(const struct record *r)
{
	size_t named = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct aisp_slice f = aisp_slice_trim(r->field[i]);
		if (f.n >= 2 && f.p[0] == '"')
			f = aisp_slice_of(f.p + 1, f.n - 2);
		if (looks_like_value(f))
			return false;
		named += f.n > 0;
	}
	return named * 2 >= r->n && named > 0;
}

static int columns_of(struct reader *x, const struct record *first, bool header)
{
	bool nomem = false;
	char name[32];

	for (size_t i = 0; i < first->n && !nomem; i++) {
		struct aisp_slice s = header ? clean(x, first->field[i]) : AISP_S("");
		if (s.n == 0) {
			char digits[32];
			const char *z = aisp_tabular__grouped(i + 1, digits);
			size_t n = strlen(z);
			memcpy(name, "column", 6);
			memcpy(name + 6, z, n);
			s = aisp_slice_of(name, 6 + n);
		}
		if (!aisp_tabular__column_new(x->t, x->table, s, AISP_S(""), &nomem))
			break;
	}
	return nomem ? aisp_tabular__nomem(x->t) : 0;
}

static int keep(struct reader *x)
{
	int r = 0;

	for (size_t i = 0; i < x->r->n && i < x->table->n && r == 0; i++) {
		struct aisp_slice v = clean(x, x->r->field[i]);
		r = aisp_tabular__put(x->t, x->table->columns[i], v.n ? v : aisp_slice_of(NULL, 0));
	}
	x->table->rows_read++;
	return r;
}

static int read_whole(struct reader *x, struct aisp_slice s, size_t at)
{
	uint64_t n = 0, i = 0;
	int r = 0;

	for (size_t p = at; p < s.n;) {
		p = next_record(s, p, x->delimiter, 2, x->r);
		n += !empty(x->r);
	}
	while (at < s.n && r == 0) {
		bool in = aisp_tabular__in_sample(i, n, x->t->limits.max_rows);
		at = next_record(s, at, x->delimiter, in ? FIELDS : 2, x->r);
		if (empty(x->r))
			continue;
		i++;
		if (in)
			r = keep(x);
	}
	x->table->rows = n;
	x->table->rows_known = true;
	return r;
}

static int read_rows(struct reader *x, struct aisp_slice s, size_t at, uint64_t max, bool cut)
{
	int r = 0;

	for (uint64_t i = 0; at < s.n && i < max && r == 0;) {
		size_t next = next_record(s, at, x->delimiter, FIELDS, x->r);
		at = next;
		if (empty(x->r) || (cut && next >= s.n) || x->r->n * 2 < x->table->n)
			continue;
		r = keep(x);
		i++;
	}
	return r;
}

/* A part of a big file: bytes to UTF-8, from the first whole line. */
static int part(struct reader *x, uint64_t at, uint64_t n, struct aisp_slice *ret)
{
	int r;
	at -= at % 2;
	const uint8_t *p = aisp_tabular__load(x->t, at, n, &r);

	if (!p)
		return r;
	struct aisp_slice s = aisp_slice_of((const char *)p, (size_t)n);
	if (x->encoding != BYTES) {
		AISP_AUTOBUF struct aisp_buf b;
		aisp_buf_init(&b, (size_t)2 * WHOLE);
		from_utf16(s, x->encoding == UTF16_BIG, &b);
		if (aisp_buf_check(&b, x->t->err) < 0)
			return b.bad;
		s = aisp_arena_dup(x->t->scratch, aisp_buf_slice(&b));
		if (!s.p)
			return aisp_tabular__nomem(x->t);
	}
	if (at > 0) {
		size_t line = aisp_slice_chr(s, '\n');
		s = aisp_slice_from(s, line == SIZE_MAX ? s.n : line + 1);
	}
	*ret = s;
	return 0;
}

static int sample(struct reader *x, struct aisp_slice head, size_t at)
{
	uint64_t size = x->t->in.size, third = x->t->limits.max_rows / 3 + 1;
	uint64_t places[2] = {size / 2, size - CHUNK};
	int r = read_rows(x, head, at, third, true);

	for (unsigned i = 0; i < 2 && r == 0; i++) {
		struct aisp_slice s;
		r = part(x, places[i], i == 0 ? CHUNK : size - (places[i] - places[i] % 2), &s);
		if (r == 0)
			r = read_rows(x, s, 0, third, i == 0);
	}
	char a[32], b[32];
	aisp_tabular__sampling(x->t, "%s rows from begin, middle and end; %s bytes of the file", aisp_tabular__grouped(x->table->rows_read, a), aisp_tabular__grouped(size, b));
	return r;
}

/* Begins the text: encoding, delimiter. */
static int begin(struct reader *x, uint64_t n, struct aisp_slice *ret, unsigned *ret_columns)
{
	uint8_t mark[4] = {0};
	size_t got = 0;
	unsigned rows;

	int r = aisp_input_read_some(&x->t->in, 0, mark, 4, &got, x->t->err);
	if (r < 0)
		return r;
	x->encoding = memcmp(mark, "\xff\xfe", 2) == 0 ? UTF16_LITTLE : memcmp(mark, "\xfe\xff", 2) == 0 ? UTF16_BIG : BYTES;
	r = part(x, 0, n, ret);
	if (r < 0)
		return r;
	if (aisp_slice_starts(*ret, AISP_S("\xef\xbb\xbf")))
		*ret = aisp_slice_from(*ret, 3);
	x->delimiter = delimiter_of(*ret, x->r, ret_columns, &rows);
	return 0;
}

/* The first record that is no comment and not empty, into x->r: where it begins; *ret_next: where the next does. */
static size_t first_record(struct reader *x, struct aisp_slice s, unsigned columns, size_t *ret_next)
{
	size_t at = 0, next = 0;
	bool skip;

	do {
		at = next;
		next = next_record(s, at, x->delimiter, FIELDS, x->r);
		bool comment = x->r->n && x->r->field[0].n && x->r->field[0].p[0] == '#' && columns > x->r->n;
		skip = empty(x->r) || comment;
	} while (skip && next < s.n);
	*ret_next = next;
	return at;
}

static int read_csv(struct reader *x)
{
	struct aisp_tabular__tab *t = x->t;
	uint64_t size = t->in.size, whole = t->limits.max_bytes < WHOLE ? t->limits.max_bytes / 2 : WHOLE;
	bool small = size <= whole;
	struct aisp_slice s;
	unsigned columns;
	size_t next;
	char a[32], b[32];

	if (!small && whole < CHUNK * 3)
		return aisp_fail(t->err, AISP_E_LIMIT, "the file is larger than the %llu bytes that may be read", (unsigned long long)t->limits.max_bytes);
	int r = begin(x, small ? size : CHUNK, &s, &columns);
	if (r < 0)
		return r;
	x->table = aisp_tabular__table(t, AISP_S(""));
	if (!x->table)
		return aisp_tabular__nomem(t);
	size_t at = first_record(x, s, columns, &next);
	if (empty(x->r))
		return 0;
	bool header = is_header(x->r);
	r = columns_of(x, x->r, header);
	if (r < 0)
		return r;
	if (!small)
		return sample(x, s, header ? next : at);
	r = read_whole(x, s, header ? next : at);
	if (x->table->rows > x->table->rows_read)
		aisp_tabular__sampling(t, "%s of %s rows, from begin, middle and end", aisp_tabular__grouped(x->table->rows_read, a), aisp_tabular__grouped(x->table->rows, b));
	return r;
}

int aisp_tabular__csv(struct aisp_tabular__tab *t)
{
	struct reader x = {.t = t, .r = aisp_arena_alloc(t->scratch, sizeof *x.r)};

	if (!x.r)
		return aisp_tabular__nomem(t);
	aisp_buf_init(&x.text, (size_t)4 << 20);
	int r = read_csv(&x);
	aisp_buf_done(&x.text);
	return r;
}
