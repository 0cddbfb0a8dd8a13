/* The value tree: how it is built (doc_int.h) and read (doc.h).
 *
 * Invariants: every value but the root is in exactly one run of its parent; `values` never exceeds max_values and no open
 * container lies deeper than max_depth, aliases counted as what they stand for.
 */
#include "base/doc_int.h"
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>

int aisp_docb_init(struct aisp_docb *b, struct aisp_arena *a, struct aisp_slice text,
                   const struct aisp_doc_limits *limits, struct aisp_err *err)
{
	static const struct aisp_doc_limits none;
	const struct aisp_doc_limits *l = limits ? limits : &none;

	*b = (struct aisp_docb){
		.arena = a,
		.err = err,
		.max_bytes = l->max_bytes ? l->max_bytes : (size_t)64 << 20,
		.max_depth = l->max_depth ? l->max_depth : 128,
		.max_values = l->max_values ? l->max_values : 4000000,
		.line = 1,
	};
	if (b->max_depth > AISP_DOC_DEPTH_MAX)
		b->max_depth = AISP_DOC_DEPTH_MAX;
	if (text.n > b->max_bytes)
		return aisp_fail(err, AISP_E_LIMIT, "document of %zu bytes: more than the limit of %zu", text.n,
		                 b->max_bytes);
	return AISP_OK;
}

void aisp_docb_done(struct aisp_docb *b)
{
	aisp_vec_done(&b->pending);
	aisp_vec_done(&b->open);
}

int aisp_docb_nomem(struct aisp_docb *b)
{
	if (aisp_arena_full(b->arena))
		return aisp_fail(b->err, AISP_E_LIMIT, "line %u: the document needs more memory than it may have",
		                 b->line);
	return aisp_fail(b->err, AISP_E_NOMEM, "line %u: out of memory for the document", b->line);
}

static int too_deep(struct aisp_docb *b)
{
	return aisp_fail(b->err, AISP_E_LIMIT, "line %u: nested deeper than the limit of %u levels", b->line,
	                 b->max_depth);
}

/* Counts `extent` and gives the place of the next value. */
static int next_place(struct aisp_docb *b, struct aisp_doc_extent extent, uint32_t line, struct aisp_doc **ret_place)
{
	struct aisp_docb_frame *top = b->open.n ? &b->open.v[b->open.n - 1] : NULL;

	b->line = line;
	if (extent.values > b->max_values - b->values)
		return aisp_fail(b->err, AISP_E_LIMIT, "line %u: more than the limit of %u values", line, b->max_values);
	if (b->open.n + extent.height > (size_t)b->max_depth + 1)
		return too_deep(b);
	if (!(top && top->obj) && aisp_vec_push(&b->pending, (struct aisp_member){.line = line}) < 0)
		return aisp_docb_nomem(b);
	if (top && top->height < extent.height)
		top->height = extent.height;
	b->values += extent.values;
	*ret_place = &b->pending.v[b->pending.n - 1].value;
	return AISP_OK;
}

int aisp_docb_open(struct aisp_docb *b, bool obj, uint32_t line)
{
	uint64_t before = b->values;
	struct aisp_doc *place = NULL;

	if (b->open.n >= b->max_depth) {
		b->line = line;
		return too_deep(b);
	}
	int r = next_place(b, (struct aisp_doc_extent){1, 1}, line, &place);

	if (r < 0)
		return r;
	if (aisp_vec_push(&b->open, (struct aisp_docb_frame){.first = b->pending.n,
	                                                     .values = before,
	                                                     .line = line,
	                                                     .obj = obj}) < 0)
		return aisp_docb_nomem(b);
	return AISP_OK;
}

/* The children of the innermost container, as one run in the arena. */
static int children(struct aisp_docb *b, const struct aisp_docb_frame *f, struct aisp_doc *ret_value)
{
	size_t n = b->pending.n - f->first;
	const struct aisp_member *from = b->pending.v + f->first;
	struct aisp_doc value = {.type = f->obj ? AISP_DOC_OBJ : AISP_DOC_ARR, .line = f->line, .n = (uint32_t)n};

	if (n > 0 && f->obj) {
		struct aisp_member *to = aisp_arena_alloc(b->arena, n * sizeof *to);

		if (!to)
			return aisp_docb_nomem(b);
		memcpy(to, from, n * sizeof *to);
		value.members = to;
	} else if (n > 0) {
		struct aisp_doc *to = aisp_arena_alloc(b->arena, n * sizeof *to);

		if (!to)
			return aisp_docb_nomem(b);
		for (size_t i = 0; i < n; i++)
			to[i] = from[i].value;
		value.items = to;
	}
	*ret_value = value;
	return AISP_OK;
}

int aisp_docb_close(struct aisp_docb *b, struct aisp_doc *ret_value, struct aisp_doc_extent *ret_extent)
{
	struct aisp_docb_frame f = b->open.v[b->open.n - 1];
	struct aisp_doc value;
	int r = children(b, &f, &value);

	if (r < 0)
		return r;
	b->pending.n = f.first;
	b->pending.v[f.first - 1].value = value;
	b->open.n--;
	if (b->open.n && b->open.v[b->open.n - 1].height < f.height + 1)
		b->open.v[b->open.n - 1].height = f.height + 1;
	if (ret_value)
		*ret_value = value;
	if (ret_extent)
		*ret_extent = (struct aisp_doc_extent){b->values - f.values, f.height + 1};
	return AISP_OK;
}

int aisp_docb_key(struct aisp_docb *b, struct aisp_slice key, uint32_t line)
{
	struct aisp_slice copy = aisp_arena_dup(b->arena, key);

	b->line = line;
	if (!copy.p || aisp_vec_push(&b->pending, (struct aisp_member){.key = copy, .line = line}) < 0)
		return aisp_docb_nomem(b);
	return AISP_OK;
}

int aisp_docb_put(struct aisp_docb *b, const struct aisp_doc *value)
{
	struct aisp_doc *place = NULL;
	struct aisp_slice copy = {0};
	int r = next_place(b, (struct aisp_doc_extent){1, 1}, value->line, &place);

	if (r < 0)
		return r;
	if (value->type == AISP_DOC_STR) {
		copy = aisp_arena_dup(b->arena, value->s);
		if (!copy.p)
			return aisp_docb_nomem(b);
	}
	*place = *value;
	if (value->type == AISP_DOC_STR)
		place->s = copy;
	return AISP_OK;
}

int aisp_docb_graft(struct aisp_docb *b, const struct aisp_doc *value, struct aisp_doc_extent extent, uint32_t line)
{
	struct aisp_doc *place = NULL;
	int r = next_place(b, extent, line, &place);

	if (r < 0)
		return r;
	*place = *value;
	place->line = line;
	return AISP_OK;
}

struct aisp_doc aisp_docb_root(struct aisp_docb *b)
{
	struct aisp_doc root = b->pending.v[0].value;

	b->pending.n = 0;
	return root;
}

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

struct aisp_doc aisp_doc__number(struct aisp_slice text, uint32_t line)
{
	struct aisp_doc d = {.type = AISP_DOC_INT, .line = line};

	if (aisp_slice_i64(text, &d.i))
		return d;
	pthread_once(&c_locale_once, make_c_locale);
	d.type = AISP_DOC_REAL;
	d.r = c_locale ? strtod_l(text.p, NULL, c_locale) : strtod(text.p, NULL);
	return d;
}

uint32_t aisp_doc__line_at(struct aisp_slice text, size_t at)
{
	uint32_t line = 1;
	struct aisp_slice before = aisp_slice_to(text, at);

	for (size_t nl; (nl = aisp_slice_chr(before, '\n')) != SIZE_MAX; line++)
		before = aisp_slice_from(before, nl + 1);
	return line;
}

int aisp_doc__check_utf8(struct aisp_slice text, struct aisp_err *err)
{
	size_t at = 0;
	uint32_t cp;

	if (aisp_slice_is_utf8(text))
		return AISP_OK;
	for (size_t n; (n = aisp_slice_utf8(aisp_slice_from(text, at), &cp)) > 0;)
		at += n;
	return aisp_fail(err, AISP_E_PARSE, "line %u: not UTF-8", aisp_doc__line_at(text, at));
}

const struct aisp_doc *aisp_doc_gets(const struct aisp_doc *d, struct aisp_slice key)
{
	if (!d || d->type != AISP_DOC_OBJ)
		return NULL;
	for (uint32_t i = d->n; i-- > 0;)
		if (aisp_slice_eq(d->members[i].key, key))
			return &d->members[i].value;
	return NULL;
}

const struct aisp_doc *aisp_doc_get(const struct aisp_doc *d, const char *key)
{
	return aisp_doc_gets(d, aisp_slice_z(key));
}

const struct aisp_doc *aisp_doc_path(const struct aisp_doc *d, const char *dotted)
{
	struct aisp_slice rest = aisp_slice_z(dotted), part;

	while (d && aisp_slice_split(&rest, '.', &part))
		d = aisp_doc_gets(d, part);
	return d;
}

const struct aisp_doc *aisp_doc_at(const struct aisp_doc *d, uint32_t index)
{
	return d && d->type == AISP_DOC_ARR && index < d->n ? &d->items[index] : NULL;
}

struct aisp_slice aisp_doc_str(const struct aisp_doc *d)
{
	return d && d->type == AISP_DOC_STR ? d->s : (struct aisp_slice){0};
}

struct aisp_slice aisp_doc_getstr(const struct aisp_doc *d, const char *key)
{
	return aisp_doc_str(aisp_doc_get(d, key));
}

bool aisp_doc_bool(const struct aisp_doc *d, bool otherwise)
{
	return d && d->type == AISP_DOC_BOOL ? d->b : otherwise;
}

int64_t aisp_doc_int(const struct aisp_doc *d, int64_t otherwise)
{
	return d && d->type == AISP_DOC_INT ? d->i : otherwise;
}

uint32_t aisp_doc_line(const struct aisp_doc *d)
{
	return d ? d->line : 0;
}
