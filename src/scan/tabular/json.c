/* JSON and JSON lines as tables: every path is a column ("messages.content"), every value below an array a value of it.
 *
 * Arrays of objects, objects of arrays, objects by row number, and chat logs all come out the same way. Of a big file only the
 * begin (JSON) or begin, middle and end (JSON lines) are read; each element is parsed alone, so memory is bounded.
 */
#include "base/doc.h"
#include "scan/tabular/tabular_int.h"

enum { DEPTH = 24, PATH = 512 };
static const uint64_t WHOLE = (uint64_t)16 << 20, CHUNK = (uint64_t)4 << 20, OBJECT = (uint64_t)8 << 20;

struct walk {
	struct aisp_tabular__tab *t;
	struct aisp_tabular__table *table;
	char path[PATH];
	struct aisp_arena *doc; /* of one element */
	uint64_t broken, elements;
};

static const char *type_name(enum aisp_doc_type t)
{
	static const char *const names[] = {"null", "bool", "integer", "number", "string", "array", "object"};

	return names[t];
}

static int put(struct walk *w, size_t n, const struct aisp_doc *d)
{
	bool nomem = false;
	char buf[64];
	struct aisp_slice v = {NULL, 0};

	struct aisp_tabular__column *c = aisp_tabular__column(w->t, w->table, aisp_slice_of(w->path, n), aisp_slice_z(d->type ? type_name(d->type) : ""), &nomem);
	if (!c)
		return nomem ? aisp_tabular__nomem(w->t) : 0;
	if (d->type == AISP_DOC_STR)
		v = d->s.p ? d->s : AISP_S("");
	else if (d->type == AISP_DOC_INT)
		v = aisp_tabular__int(d->i, buf);
	else if (d->type == AISP_DOC_REAL)
		v = aisp_tabular__real(d->r, buf);
	else if (d->type == AISP_DOC_BOOL)
		v = d->b ? AISP_S("true") : AISP_S("false");
	return aisp_tabular__put(w->t, c, v);
}

static bool is_index(struct aisp_slice key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < '0' || key.p[i] > '9')
			return false;
	return key.n > 0;
}

/* n: length of the path so far. Depth is capped by DEPTH. */
static int flatten(struct walk *w, const struct aisp_doc *d, size_t n, unsigned depth)
{
	int r = 0;

	if (depth > DEPTH)
		return 0;
	if (d->type == AISP_DOC_ARR) {
		for (uint32_t i = 0; i < d->n && r == 0; i++)
			r = flatten(w, &d->items[i], n, depth + 1);
		return r;
	}
	if (d->type != AISP_DOC_OBJ)
		return put(w, n, d);
	for (uint32_t i = 0; i < d->n && r == 0; i++) {
		struct aisp_slice key = d->members[i].key;
		size_t to = n;
		/* {"0": …, "1": …} are rows, not columns. */
		if (!is_index(key) && n + 1 + key.n < PATH) {
			if (to)
				w->path[to++] = '.';
			if (key.n)
				memcpy(w->path + to, key.p, key.n);
			to += key.n;
		}
		r = flatten(w, &d->members[i].value, to, depth + 1);
	}
	return r;
}

static int element(struct walk *w, struct aisp_slice text)
{
	static const struct aisp_doc_limits limits = {.max_bytes = (size_t)16 << 20, .max_depth = 64, .max_values = 500000};
	const struct aisp_doc *d = NULL;
	struct aisp_err err = {0};

	aisp_arena_reset(w->doc);
	int r = aisp_json_parse(w->doc, text, &limits, &d, &err);
	if (r == AISP_E_NOMEM && !aisp_arena_full(w->doc))
		return aisp_tabular__nomem(w->t);
	if (r < 0) {
		w->broken++;
		return 0;
	}
	w->table->rows_read++;
	return flatten(w, d, 0, 0);
}

/* The end of the value at `at` (behind it), or s.n + 1 when it is cut. */
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
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			depth--;
		} else if (c == ',' && depth == 0) {
			return i;
		}
	}
	return s.n + 1;
}

static size_t skip_space(struct aisp_slice s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\n' || s.p[at] == '\r' || s.p[at] == '\t'))
		at++;
	return at;
}

/* The elements of the array whose "[" is at `at`; with max, those of the sample are parsed. */
static int elements(struct walk *w, struct aisp_slice s, size_t at, uint64_t n, uint64_t *ret_n, bool *ret_cut)
{
	uint64_t i = 0;
	int r = 0;

	for (at = skip_space(s, at + 1); at < s.n && s.p[at] != ']' && r == 0;) {
		size_t end = value_end(s, at);
		if (end > s.n || end == at) { /* no end, or a bracket that nothing opened */
			*ret_cut = true;
			break;
		}
		if (n && aisp_tabular__in_sample(i, n, w->t->limits.max_rows))
			r = element(w, aisp_slice_of(s.p + at, end - at));
		i++;
		at = skip_space(s, end);
		if (at < s.n && s.p[at] == ',')
			at = skip_space(s, at + 1);
	}
	*ret_cut |= at >= s.n;
	*ret_n = i;
	return r;
}

static int array(struct walk *w, struct aisp_slice s, size_t at, bool whole)
{
	uint64_t n = 0, again;
	bool cut = false;
	char a[32], b[32];

	int r = elements(w, s, at, 0, &n, &cut);
	if (r < 0 || n == 0)
		return r;
	cut = false;
	r = elements(w, s, at, n, &again, &cut);
	w->table->rows = n;
	w->table->rows_known = whole && !cut;
	if (!whole)
		aisp_tabular__sampling(w->t, "%s elements from the first %llu MiB", aisp_tabular__grouped(w->table->rows_read, a), (unsigned long long)(s.n >> 20));
	else if (n > w->table->rows_read)
		aisp_tabular__sampling(w->t, "%s of %s elements, from begin, middle and end", aisp_tabular__grouped(w->table->rows_read, a), aisp_tabular__grouped(n, b));
	if (whole && cut)
		aisp_tabular__partial(w->t, "the array does not end");
	return r;
}

static int read_json(struct walk *w)
{
	struct aisp_tabular__tab *t = w->t;
	uint64_t cap = t->limits.max_bytes < WHOLE ? t->limits.max_bytes : WHOLE, n = t->in.size < cap ? t->in.size : cap;
	bool whole = n == t->in.size;
	int r;

	const uint8_t *p = aisp_tabular__load(t, 0, n, &r);
	if (!p)
		return r;
	struct aisp_slice s = aisp_slice_of((const char *)p, (size_t)n);
	if (aisp_slice_starts(s, AISP_S("\xef\xbb\xbf")))
		s = aisp_slice_from(s, 3);
	size_t at = skip_space(s, 0);
	if (at < s.n && s.p[at] == '[')
		return array(w, s, at, whole);
	if (whole && n <= OBJECT) {
		r = element(w, s);
		w->table->rows = w->table->rows_read;
		w->table->rows_known = true;
		if (r == 0 && w->broken)
			return aisp_fail(t->err, AISP_E_PARSE, "the file is no JSON");
		return r;
	}
	/* A big object: the first array of objects in it. */
	for (size_t i = at; i < s.n && i < 65536; i++)
		if (s.p[i] == '[' && skip_space(s, i + 1) < s.n && s.p[skip_space(s, i + 1)] == '{') {
			aisp_tabular__partial(t, "a JSON object of %llu MiB: only its first array is read", (unsigned long long)(t->in.size >> 20));
			return array(w, s, i, whole);
		}
	return aisp_fail(t->err, AISP_E_LIMIT, "a JSON object of %llu MiB without an array of objects near its begin", (unsigned long long)(t->in.size >> 20));
}

/* Lines from `at`: n = 0 counts, else the sample of n is parsed. */
static int lines(struct walk *w, struct aisp_slice s, uint64_t n, uint64_t max, uint64_t *ret_n)
{
	uint64_t i = 0;
	int r = 0;

	for (size_t at = 0; at < s.n && r == 0;) {
		const char *nl = memchr(s.p + at, '\n', s.n - at);
		size_t end = nl ? (size_t)(nl - s.p) : s.n;
		struct aisp_slice line = aisp_slice_trim(aisp_slice_of(s.p + at, end - at));
		if (line.n) {
			if (n && aisp_tabular__in_sample(i, n, max))
				r = element(w, line);
			i++;
		}
		at = end + 1;
	}
	*ret_n = i;
	return r;
}

static int chunks(struct walk *w)
{
	struct aisp_tabular__tab *t = w->t;
	uint64_t size = t->in.size, chunk = t->limits.max_bytes / 3 < CHUNK ? t->limits.max_bytes / 3 : CHUNK;
	uint64_t places[3] = {0, size / 2 - chunk / 2, size - chunk};
	uint64_t n, third = t->limits.max_rows / 3 + 1, total = 0;
	char a[32], b[32];
	int r = 0;

	for (unsigned i = 0; i < 3 && r == 0; i++) {
		const uint8_t *p = aisp_tabular__load(t, places[i], chunk, &r);
		if (!p)
			return r;
		struct aisp_slice s = aisp_slice_of((const char *)p, (size_t)chunk);
		size_t nl;
		if (i > 0) {
			nl = aisp_slice_chr(s, '\n');
			s = aisp_slice_from(s, nl == SIZE_MAX ? s.n : nl + 1);
		}
		if (i < 2) {
			nl = aisp_slice_rchr(s, '\n');
			s = aisp_slice_to(s, nl == SIZE_MAX ? 0 : nl);
		}
		r = lines(w, s, 0, third, &n);
		if (r == 0 && n)
			r = lines(w, s, n, third, &total);
		if (n == 0)
			aisp_tabular__partial(t, "a line longer than %llu bytes", (unsigned long long)chunk);
	}
	aisp_tabular__sampling(t, "%s lines from begin, middle and end; %s bytes of the file", aisp_tabular__grouped(w->table->rows_read, a), aisp_tabular__grouped(size, b));
	return r;
}

static int read_jsonl(struct walk *w)
{
	struct aisp_tabular__tab *t = w->t;
	uint64_t cap = t->limits.max_bytes < WHOLE ? t->limits.max_bytes : WHOLE, n = 0, again;
	char a[32], b[32];
	int r;

	if (t->in.size > cap)
		return chunks(w);
	const uint8_t *p = aisp_tabular__load(t, 0, t->in.size, &r);
	if (!p)
		return r;
	struct aisp_slice s = aisp_slice_of((const char *)p, (size_t)t->in.size);
	if (aisp_slice_starts(s, AISP_S("\xef\xbb\xbf")))
		s = aisp_slice_from(s, 3);
	r = lines(w, s, 0, t->limits.max_rows, &n);
	if (r == 0 && n)
		r = lines(w, s, n, t->limits.max_rows, &again);
	w->table->rows = n;
	w->table->rows_known = true;
	if (n > w->table->rows_read + w->broken)
		aisp_tabular__sampling(t, "%s of %s lines, from begin, middle and end", aisp_tabular__grouped(w->table->rows_read, a), aisp_tabular__grouped(n, b));
	return r;
}

static int with_walk(struct aisp_tabular__tab *t, int (*read)(struct walk *))
{
	struct walk *w = aisp_arena_zalloc(t->scratch, 1, sizeof *w);

	if (!w)
		return aisp_tabular__nomem(t);
	w->t = t;
	w->doc = aisp_arena_new((size_t)512 << 20);
	w->table = aisp_tabular__table(t, AISP_S(""));
	int r = w->doc && w->table ? read(w) : aisp_tabular__nomem(t);
	aisp_arena_free(w->doc);
	if (r == 0 && w->broken) {
		if (w->table->rows_read == 0)
			return aisp_fail(t->err, AISP_E_PARSE, "none of %llu elements is JSON", (unsigned long long)w->broken);
		aisp_tabular__partial(t, "%llu elements are no JSON", (unsigned long long)w->broken);
	}
	return r;
}

int aisp_tabular__json(struct aisp_tabular__tab *t)
{
	return with_walk(t, read_json);
}

int aisp_tabular__jsonl(struct aisp_tabular__tab *t)
{
	return with_walk(t, read_jsonl);
}
