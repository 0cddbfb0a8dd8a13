/* Several diffs of one text, made each against the whole of it, as one: only where each does nothing but take lines out. */
#include "base/mem.h"
#include "base/vec.h"
#include "govern/plan_int.h"
#include <stdlib.h>

struct line {
	uint64_t at; /* in the old text, from 1 */
	bool gone;
	struct aisp_slice text;
};
struct lines {
	AISP_VEC(struct line) v;
	struct aisp_slice head; /* "--- a/…", "+++ b/…" */
};

/* "@@ -12,7 +12,5 @@" */
static bool hunk(struct aisp_slice s, uint64_t *ret_at)
{
	struct aisp_slice word = aisp_slice_from(s, 4);
	size_t n = 0;
	while (n < word.n && word.p[n] >= '0' && word.p[n] <= '9')
		n++;
	return aisp_slice_starts(s, AISP_S("@@ -")) && aisp_slice_u64(aisp_slice_to(word, n), ret_at);
}

/* 1: one of another form. */
static int take(struct lines *l, struct aisp_slice diff)
{
	struct aisp_slice rest = diff, line, first, second;
	uint64_t at = 0;
	if (!aisp_slice_split(&rest, '\n', &first) || !rest.p || !aisp_slice_split(&rest, '\n', &second) || !aisp_slice_starts(first, AISP_S("--- a/")) || !aisp_slice_starts(second, AISP_S("+++ b/")))
		return 1;
	const struct aisp_slice head = aisp_slice_to(diff, first.n + 1 + second.n + 1);
	if (l->head.n && !aisp_slice_eq(l->head, head))
		return 1;
	l->head = head;
	while (rest.n && aisp_slice_split(&rest, '\n', &line)) {
		if (hunk(line, &at))
			continue;
		if (line.n == 0 && !rest.n)
			break;
		if (at == 0 || line.n == 0 || (line.p[0] != ' ' && line.p[0] != '-'))
			return 1;
		if (aisp_vec_push(&l->v, ((struct line){at++, line.p[0] == '-', aisp_slice_from(line, 1)})) < 0)
			return AISP_E_NOMEM;
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Each line once: gone if any takes it out. */
static void join(struct lines *l)
{
	size_t n = 0;
	qsort(l->v.v, l->v.n, sizeof *l->v.v, by_place);
	for (size_t i = 0; i < l->v.n; i++)
		if (n && l->v.v[n - 1].at == l->v.v[i].at)
			l->v.v[n - 1].gone = l->v.v[n - 1].gone || l->v.v[i].gone;
		else
			l->v.v[n++] = l->v.v[i];
	l->v.n = n;
}

static void put(const struct lines *l, struct aisp_buf *out)
{
	uint64_t taken = 0;
	aisp_buf_put(out, l->head);
	for (size_t i = 0, end; i < l->v.n; i = end) {
		uint64_t gone = 0;
		for (end = i; end < l->v.n && l->v.v[end].at == l->v.v[i].at + (end - i); end++)
			gone += l->v.v[end].gone;
		const uint64_t old = end - i, left = old - gone, at = l->v.v[i].at;
		aisp_buf_printf(out, "@@ -%llu,%llu +%llu,%llu @@\n", (unsigned long long)at, (unsigned long long)old, (unsigned long long)(left ? at - taken : at - taken - 1), (unsigned long long)left);
		for (size_t k = i; k < end; k++) {
			aisp_buf_putc(out, l->v.v[k].gone ? '-' : ' ');
			aisp_buf_put(out, l->v.v[k].text);
			aisp_buf_putc(out, '\n');
		}
		taken += gone;
	}
}

int aisp_unified_merge(const struct aisp_slice *diffs, size_t n, struct aisp_buf *out)
{
	struct lines l = {0};
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = take(&l, diffs[i]);
	if (r == 0) {
		join(&l);
		put(&l, out);
		r = out->bad;
	}
	aisp_vec_done(&l.v);
	return r > 0 ? 0 : r;
}
