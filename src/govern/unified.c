/* A unified diff of one changed stretch of lines, with three lines of context: what patch -p1 and git apply take. */
#include "base/mem.h"
#include "govern/plan_int.h"

enum { CONTEXT = 3 };

/* Lines without their ends; *ret_n of them. A last line without an end is one, too. */
static struct aisp_slice *lines_of(struct aisp_arena *a, struct aisp_slice text, size_t *ret_n)
{
	size_t n = 0, at = 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	n += text.n && text.p[text.n - 1] != '\n';
	struct aisp_slice *v = aisp_arena_alloc(a, (n + 1) * sizeof *v);
	for (size_t i = 0; v && i < n; i++) {
		const char *end = memchr(text.p + at, '\n', text.n - at);
		const size_t stop = end ? (size_t)(end - text.p) : text.n;
		v[i] = aisp_slice_of(text.p + at, stop - at);
		at = stop + 1;
	}
	*ret_n = n;
	return v;
}

static void put(struct aisp_buf *out, char mark, const struct aisp_slice *v, size_t from, size_t to, size_t all, bool ends)
{
	for (size_t i = from; i < to; i++) {
		aisp_buf_putc(out, mark);
		aisp_buf_put(out, v[i]);
		aisp_buf_putc(out, '\n');
		if (i + 1 == all && !ends)
			aisp_buf_putz(out, "\\ No newline at end of file\n");
	}
}

struct text {
	const struct aisp_slice *v;
	size_t n;
	bool ends; /* the last line has its end */
};

static bool read_text(struct aisp_arena *a, struct aisp_slice s, struct text *ret)
{
	ret->v = lines_of(a, s, &ret->n);
	ret->ends = s.n == 0 || s.p[s.n - 1] == '\n';
	return ret->v != NULL;
}

/* A last line without an end equals only another such. */
static bool same(const struct text *x, size_t i, const struct text *y, size_t k)
{
	return aisp_slice_eq(x->v[i], y->v[k]) && (i + 1 == x->n && !x->ends) == (k + 1 == y->n && !y->ends);
}

/* Lines equal at the beginning and at the end. */
static void common(const struct text *x, const struct text *y, size_t *ret_head, size_t *ret_tail)
{
	const size_t least = x->n < y->n ? x->n : y->n;
	size_t head = 0, tail = 0;
	while (head < least && same(x, head, y, head))
		head++;
	while (tail < least - head && same(x, x->n - 1 - tail, y, y->n - 1 - tail))
		tail++;
	*ret_head = head;
	*ret_tail = tail;
}

static void put_head(struct aisp_buf *out, const char *mark, const char *side, struct aisp_slice name, bool there)
{
	if (there)
		aisp_buf_printf(out, "%s %s%.*s\n", mark, side, AISP_FMT(name));
	else
		aisp_buf_printf(out, "%s /dev/null\n", mark);
}

int aisp_unified_diff(struct aisp_slice name, struct aisp_slice before, struct aisp_slice after, struct aisp_buf *out)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	struct text x = {0}, y = {0};
	size_t head, tail;
	if (!a || !read_text(a, before, &x) || !read_text(a, after, &y))
		return AISP_E_NOMEM;
	if (aisp_slice_eq(before, after))
		return 0;
	common(&x, &y, &head, &tail);
	const size_t from = head > CONTEXT ? head - CONTEXT : 0, more = tail > CONTEXT ? CONTEXT : tail;
	const size_t old = x.n - tail + more - from, new = y.n - tail + more - from;
	put_head(out, "---", "a/", name, x.n > 0);
	put_head(out, "+++", "b/", name, y.n > 0);
	aisp_buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old ? from + 1 : from, old, new ? from + 1 : from, new);
	put(out, ' ', x.v, from, head, x.n, x.ends);
	put(out, '-', x.v, head, x.n - tail, x.n, x.ends);
	put(out, '+', y.v, head, y.n - tail, y.n, y.ends);
	put(out, ' ', x.v, x.n - tail, x.n - tail + more, x.n, x.ends);
	return out->bad;
}
