/* Answers as text: in memory and as NDJSON. */
#include "base/doc.h"
#include "base/jw.h"
#include "collect/postgres/postgres_int.h"

enum { MAX_CELLS = 64 * 1024 * 1024, MAX_LINE_VALUES = 1024 };

uint32_t aisp_pgc_column(const struct aisp_pgc_rowset *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_columns; i++)
		if (aisp_slice_eqz(r->columns[i], name))
			return i;
	return UINT32_MAX;
}

struct aisp_slice aisp_pgc_cell(const struct aisp_pgc_rowset *r, uint32_t row, uint32_t column)
{
	if (row >= r->n_rows || column >= r->n_columns)
		return (struct aisp_slice){0};
	return r->cells.v[(size_t)row * r->n_columns + column];
}

int aisp_pgc_rowset_begin(struct aisp_arena *arena, const char *names, struct aisp_pgc_rowset *r, struct aisp_err *err)
{
	struct aisp_slice rest = aisp_slice_z(names), name;
	uint32_t n = 1;
	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == ' ';
	struct aisp_slice *columns = aisp_arena_zalloc(arena, n, sizeof *columns);
	if (!columns)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	for (uint32_t i = 0; i < n && aisp_slice_split(&rest, ' ', &name); i++)
		columns[i] = name;
	*r = (struct aisp_pgc_rowset){.present = true, .n_columns = n, .columns = columns};
	return AISP_OK;
}

int aisp_pgc_rowset_push(struct aisp_arena *arena, const struct aisp_slice *cells, uint32_t n, struct aisp_pgc_rowset *r,
			 struct aisp_err *err)
{
	if (n != r->n_columns)
		return aisp_fail(err, AISP_E_INTERNAL, "a row of an answer with %u cells for %u columns", n, r->n_columns);
	if (aisp_vec_reserve(&r->cells, n) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	for (uint32_t i = 0; i < n; i++) {
		struct aisp_slice cell = aisp_pgc_text(arena, cells[i]);
		if (!cell.p) {
			r->cells.n -= i; /* no half row */
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
		}
		r->cells.v[r->cells.n++] = cell;
	}
	r->n_rows++;
	return AISP_OK;
}

struct aisp_slice aisp_pgc_text(struct aisp_arena *arena, struct aisp_slice s)
{
	if (aisp_slice_is_utf8(s))
		return aisp_arena_dup(arena, s);
	AISP_AUTOBUF struct aisp_buf b = {0};
	aisp_buf_init(&b, 0);
	while (s.n) {
		uint32_t cp;
		size_t n = aisp_slice_utf8(s, &cp);
		if (n)
			aisp_buf_put(&b, aisp_slice_to(s, n));
		else
			aisp_buf_putz(&b, "\xEF\xBF\xBD");
		s = aisp_slice_from(s, n ? n : 1);
	}
	return b.bad == AISP_OK ? aisp_arena_dup(arena, aisp_buf_slice(&b)) : (struct aisp_slice){0};
}

static void write_cell(struct aisp_jw *w, struct aisp_slice s)
{
	if (s.p)
		aisp_jw_str(w, s);
	else
		aisp_jw_null(w);
}

int aisp_pgc_rowset_write(const struct aisp_pgc_rowset *r, struct aisp_buf *out, struct aisp_err *err)
{
	struct aisp_jw w;
	aisp_jw_init(&w, out, false);
	aisp_jw_arr(&w);
	for (uint32_t i = 0; i < r->n_columns; i++)
		aisp_jw_str(&w, r->columns[i]);
	aisp_jw_end(&w);
	aisp_buf_putc(out, '\n');
	for (uint32_t row = 0; row < r->n_rows; row++) {
		aisp_jw_init(&w, out, false);
		aisp_jw_arr(&w);
		for (uint32_t i = 0; i < r->n_columns; i++)
			write_cell(&w, aisp_pgc_cell(r, row, i));
		aisp_jw_end(&w);
		aisp_buf_putc(out, '\n');
	}
	return aisp_buf_check(out, err);
}

static int read_names(struct aisp_arena *arena, const struct aisp_doc *d, struct aisp_pgc_rowset *r,
		      struct aisp_err *err)
{
	struct aisp_slice *names = aisp_arena_zalloc(arena, d->n + 1u, sizeof *names);
	if (!names)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	for (uint32_t i = 0; i < d->n; i++) {
		if (d->items[i].type != AISP_DOC_STR)
			return aisp_fail(err, AISP_E_PARSE, "the first line is not an array of column names");
		names[i] = aisp_arena_dup(arena, d->items[i].s);
		if (!names[i].p)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	r->columns = names;
	r->n_columns = d->n;
	r->present = true;
	return AISP_OK;
}

static int read_row(struct aisp_arena *arena, const struct aisp_doc *d, struct aisp_pgc_rowset *r, struct aisp_err *err)
{
	if (d->n != r->n_columns)
		return aisp_fail(err, AISP_E_PARSE, "a row has %u values for %u columns", d->n, r->n_columns);
	if (r->cells.n + d->n > MAX_CELLS)
		return aisp_fail(err, AISP_E_LIMIT, "more than %d values", MAX_CELLS);
	for (uint32_t i = 0; i < d->n; i++) {
		struct aisp_slice s = {0};
		if (d->items[i].type == AISP_DOC_STR) {
			s = aisp_arena_dup(arena, d->items[i].s);
			if (!s.p)
				return aisp_fail(err, aisp_arena_full(arena) ? AISP_E_LIMIT : AISP_E_NOMEM,
						 "the capture takes too much memory");
		} else if (d->items[i].type != AISP_DOC_NULL) {
			return aisp_fail(err, AISP_E_PARSE, "a row holds something else than text or null");
		}
		if (aisp_vec_push(&r->cells, s) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	}
	r->n_rows++;
	return AISP_OK;
}

int aisp_pgc_rowset_read(struct aisp_arena *arena, struct aisp_slice text, struct aisp_pgc_rowset *r,
			 struct aisp_err *err)
{
	static const struct aisp_doc_limits limits = {
		.max_bytes = 16u << 20, .max_depth = 2, .max_values = MAX_LINE_VALUES};
	struct aisp_arena *line_arena AISP_CLEANUP(aisp_arena_freep) = aisp_arena_new(64u << 20);
	if (!line_arena)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a capture");
	struct aisp_slice line;
	uint32_t number = 0;
	while (aisp_slice_split(&text, '\n', &line)) {
		number++;
		if (line.n == 0)
			continue;
		const struct aisp_doc *d = NULL;
		aisp_arena_reset(line_arena);
		int rc = aisp_json_parse(line_arena, line, &limits, &d, err);
		if (rc == AISP_OK && d->type != AISP_DOC_ARR)
			rc = aisp_fail(err, AISP_E_PARSE, "not an array");
		if (rc == AISP_OK)
			rc = r->present ? read_row(arena, d, r, err) : read_names(arena, d, r, err);
		if (rc < 0)
			return aisp_wrap(err, rc, "in line %u", number);
	}
	return r->present ? AISP_OK
			  : aisp_fail(err, AISP_E_PARSE, "the answer is empty: not even the column names are there");
}
