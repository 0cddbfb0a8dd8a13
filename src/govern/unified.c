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

int aisp_unified_diff(struct aisp_slice name, struct aisp_slice before, struct aisp_slice after, struct aisp_buf *out)
{
	AISP_CLEANUP(aisp_arena_freep) struct aisp_arena *a = aisp_arena_new(0);
	size_t n = 0, m = 0, head = 0, tail = 0;
	const struct aisp_slice *x = a ? lines_of(a, before, &n) : NULL, *y = a ? lines_of(a, after, &m) : NULL;
	const bool x_ends = before.n == 0 || before.p[before.n - 1] == '\n', y_ends = after.n == 0 || after.p[after.n - 1] == '\n';
	if (!x || !y)
		return AISP_E_NOMEM;
	if (aisp_slice_eq(before, after))
		return 0;
	while (head < n && head < m && aisp_slice_eq(x[head], y[head]))
		head++;
	while (tail < n - head && tail < m - head && x_ends == y_ends && aisp_slice_eq(x[n - 1 - tail], y[m - 1 - tail]))
		tail++;
	if (x_ends != y_ends && head == n && head == m && head)
		head--;
	const size_t from = head > CONTEXT ? head - CONTEXT : 0, more = tail > CONTEXT ? CONTEXT : tail;
	const size_t old = n - tail + more - from, new = m - tail + more - from;
	const struct aisp_slice nothing = {0};
	aisp_buf_printf(out, "--- %s%.*s\n", n ? "a/" : "/dev/null", AISP_FMT(n ? name : nothing));
	aisp_buf_printf(out, "+++ %s%.*s\n", m ? "b/" : "/dev/null", AISP_FMT(m ? name : nothing));
	aisp_buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old ? from + 1 : from, old, new ? from + 1 : from, new);
	put(out, ' ', x, from, head, n, x_ends);
	put(out, '-', x, head, n - tail, n, x_ends);
	put(out, '+', y, head, m - tail, m, y_ends);
	put(out, ' ', x, n - tail, n - tail + more, n, x_ends);
	return out->bad;
}
