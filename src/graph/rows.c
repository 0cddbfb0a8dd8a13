/* Order by text: of texts, of evidence and of properties. All of it is bytewise, so the same on every machine. */
#include "graph/graph_int.h"
#include <stdlib.h>

/* Multikey quicksort on eight bytes at a time: ids share long prefixes, which are then compared once for a whole part. */

static uint64_t word_at(const struct aisp_text *t, uint32_t depth)
{
	uint64_t w = 0;

	if (depth + 8 <= t->n) {
		memcpy(&w, t->p + depth, 8);
		return __builtin_bswap64(w);
	}
	for (uint32_t k = 0; k < 8; k++)
		w = w << 8 | (depth + k < t->n ? (unsigned char)t->p[depth + k] : 0U);
	return w;
}

static int text_cmp(const struct aisp_text *a, const struct aisp_text *b, uint32_t depth)
{
	uint32_t n = a->n < b->n ? a->n : b->n;
	int c = n > depth ? memcmp(a->p + depth, b->p + depth, n - depth) : 0;

	if (c == 0)
		c = a->n != b->n ? (a->n < b->n ? -1 : 1) : (a->i > b->i) - (a->i < b->i);
	return c;
}

static void insertion_sort(struct aisp_text *v, size_t n, uint32_t depth)
{
	for (size_t i = 1; i < n; i++) {
		struct aisp_text x = v[i];
		size_t k = i;

		for (; k > 0 && text_cmp(&v[k - 1], &x, depth) > 0; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

static void swap(struct aisp_text *a, struct aisp_text *b)
{
	struct aisp_text x = *a;

	*a = *b;
	*b = x;
}

static int cmp_end(const void *pa, const void *pb)
{
	return text_cmp(pa, pb, 0);
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
	return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

/* `splits`: how many uneven splits are allowed before an ordinary sort takes over (bounds time and stack). */
static void sort_texts(struct aisp_text *v, size_t n, uint32_t depth, unsigned splits)
{
	while (n > 24 && splits > 0) {
		uint64_t pivot = median(word_at(&v[0], depth), word_at(&v[n / 2], depth), word_at(&v[n - 1], depth));
		size_t lt = 0, i = 0, gt = n;

		while (i < gt) {
			uint64_t w = word_at(&v[i], depth);

			if (w < pivot)
				swap(&v[lt++], &v[i++]);
			else if (w > pivot)
				swap(&v[i], &v[--gt]);
			else
				i++;
		}
		splits--;
		sort_texts(v, lt, depth, splits);
		sort_texts(v + gt, n - gt, depth, splits);
		v += lt;
		n = gt - lt;
		/* Equal words that hold the end of a text (padded with zeros) say nothing about what is behind it. */
		bool whole = true;

		for (i = 0; i < n && whole; i++)
			whole = v[i].n >= depth + 8;
		if (!whole)
			break;
		depth += 8;
	}
	if (n > 24)
		qsort(v, n, sizeof *v, cmp_end);
	else
		insertion_sort(v, n, depth);
}

void aisp_text_sort(struct aisp_text *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (text_cmp(&v[i - 1], &v[i], 0) > 0) {
			sort_texts(v, n, 0, 200);
			return;
		}
}

static int sym_cmp(const struct aisp_symtab *t, aisp_sym a, aisp_sym b)
{
	return a == b ? 0 : aisp_slice_cmp(aisp_symtab_get(t, a), aisp_symtab_get(t, b));
}

int aisp_evidence__cmp(const struct aisp_symtab *t, const struct aisp_evidence *a, const struct aisp_evidence *b)
{
	int c;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->form != b->form)
		return a->form < b->form ? -1 : 1;
	if ((c = sym_cmp(t, a->locator, b->locator)) != 0)
		return c;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if ((c = sym_cmp(t, a->pointer, b->pointer)) != 0 || (c = sym_cmp(t, a->note, b->note)) != 0)
		return c;
	return (a->confidence < b->confidence) - (a->confidence > b->confidence);
}

static int value_cmp(const struct aisp_symtab *t, const struct aisp_prop *a, const struct aisp_prop *b)
{
	switch (a->type) {
	case AISP_PROP_BOOL:
		return a->b - b->b;
	case AISP_PROP_INT:
		return (a->i > b->i) - (a->i < b->i);
	case AISP_PROP_REAL:
		return (a->r > b->r) - (a->r < b->r);
	default:
		return sym_cmp(t, a->s, b->s);
	}
}

int aisp_prop__cmp(const struct aisp_symtab *t, const struct aisp_prop *a, const struct aisp_prop *b)
{
	int c;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if ((c = sym_cmp(t, a->key, b->key)) != 0)
		return c;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return value_cmp(t, a, b);
}

static int evidence_order(const void *a, const void *b, void *t)
{
	return aisp_evidence__cmp(t, a, b);
}

static int prop_order(const void *a, const void *b, void *t)
{
	return aisp_prop__cmp(t, a, b);
}

uint32_t aisp_evidence__sort(const struct aisp_symtab *t, struct aisp_evidence *v, uint32_t n)
{
	uint32_t kept = n ? 1 : 0;
	bool sorted = true;

	for (uint32_t i = 1; i < n && sorted; i++)
		sorted = aisp_evidence__cmp(t, &v[i - 1], &v[i]) < 0;
	if (sorted)
		return n;
	qsort_r(v, n, sizeof *v, evidence_order, (void *)(uintptr_t)t);
	for (uint32_t i = 1; i < n; i++)
		if (aisp_evidence__cmp(t, &v[kept - 1], &v[i]) != 0)
			v[kept++] = v[i];
	return kept;
}

uint32_t aisp_prop__sort(const struct aisp_symtab *t, struct aisp_prop *v, uint32_t n)
{
	uint32_t kept = n ? 1 : 0;

	if (n > 1)
		qsort_r(v, n, sizeof *v, prop_order, (void *)(uintptr_t)t);
	for (uint32_t i = 1; i < n; i++)
		if (v[kept - 1].source != v[i].source || v[kept - 1].key != v[i].key)
			v[kept++] = v[i];
	return kept;
}
