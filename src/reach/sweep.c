/* The fixpoint over a flow graph: one sweep from low to high component numbers, each dirty component pushing its words
 * to the components of its list; loops are swept again until nothing in them is dirty.
 *
 * The inner loops have their width as a constant and no branch on whether something changed, so that the loads of many
 * entries are under way at once. Both certainties go together: possible words, then certain words.
 */
#include "reach/reach_int.h"

#define INLINE static inline __attribute__((always_inline))

/* Gives x to component d; the words from `full` on only when the entry is certain. True when something was new. */
INLINE bool give(uint64_t *restrict v, const uint64_t *restrict x, unsigned width, unsigned full, uint64_t keep)
{
	uint64_t diff = 0;
	for (unsigned w = 0; w < width; w++) {
		uint64_t old = v[w], new = old | (w < full ? x[w] : x[w] & keep);
		diff |= old ^ new;
		v[w] = new;
	}
	return diff != 0;
}

INLINE void push_gate(const struct aisp_sweep *s, uint32_t entry, unsigned width, unsigned full)
{
	const struct aisp_gate *g = &s->f->gates[entry & AISP_ENTRY_INDEX];
	const uint64_t *a = s->val + (size_t)g->a * width, *b = s->val + (size_t)g->b * width;
	uint64_t x[16];
	for (unsigned w = 0; w < width; w++)
		x[w] = a[w] & b[w];
	if (give(s->val + (size_t)g->out * width, x, width, full, entry & AISP_ENTRY_POSSIBLE ? 0 : UINT64_MAX))
		aisp_bit_set(s->dirty, g->out);
}

INLINE void push(const struct aisp_sweep *s, uint32_t c, unsigned width, unsigned full)
{
	const uint32_t *to = s->f->to + s->f->at[c], *end = s->f->to + s->f->at[c + 1];
	uint64_t x[16];
	memcpy(x, s->val + (size_t)c * width, width * sizeof *x);
	for (; to < end; to++) {
		uint32_t entry = *to, d = entry & AISP_ENTRY_INDEX;
		if (__builtin_expect(entry & AISP_ENTRY_GATE, 0)) {
			push_gate(s, entry, width, full);
			continue;
		}
		uint64_t keep = (uint64_t)(entry >> 31) - 1; /* 0 when possible only */
		bool new = give(s->val + (size_t)d * width, x, width, full, keep);
		s->dirty[d >> 6] |= (uint64_t)new << (d & 63);
	}
}

/* The bits of word w that lie in [begin, end). */
static inline uint64_t inside(uint32_t w, uint32_t begin, uint32_t end)
{
	uint64_t mask = UINT64_MAX;
	if (w == begin >> 6)
		mask &= UINT64_MAX << (begin & 63);
	if (w == end >> 6)
		mask &= ((uint64_t)1 << (end & 63)) - 1;
	return mask;
}

INLINE void stretch(const struct aisp_sweep *s, uint32_t begin, uint32_t end, unsigned width, unsigned full)
{
	if (begin >= end)
		return;
	for (uint32_t w = begin >> 6; w <= (end - 1) >> 6; w++) {
		uint64_t mask = inside(w, begin, end), bits;
		while ((bits = s->dirty[w] & mask)) {
			s->dirty[w] ^= bits & -bits;
			push(s, w * 64 + (uint32_t)__builtin_ctzll(bits), width, full);
		}
	}
}

static bool any_dirty(const struct aisp_sweep *s, uint32_t begin, uint32_t end)
{
	for (uint32_t w = begin >> 6; w <= (end - 1) >> 6; w++)
		if (s->dirty[w] & inside(w, begin, end))
			return true;
	return false;
}

INLINE void run(const struct aisp_sweep *s, unsigned width, unsigned full)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < s->f->n_loops; i++) {
		const struct aisp_loop *l = &s->f->loops[i];
		stretch(s, at, l->begin, width, full);
		do
			stretch(s, l->begin, l->end, width, full);
		while (any_dirty(s, l->begin, l->end));
		at = l->end;
	}
	stretch(s, at, s->f->n_core, width, full);
}

#define RUN(w)                                                                                                         \
	static void possible_##w(const struct aisp_sweep *s)                                                           \
	{                                                                                                              \
		run(s, w, w);                                                                                          \
	}                                                                                                              \
	static void certain_##w(const struct aisp_sweep *s)                                                            \
	{                                                                                                              \
		run(s, w, 0);                                                                                          \
	}                                                                                                              \
	static void both_##w(const struct aisp_sweep *s)                                                               \
	{                                                                                                              \
		run(s, 2 * w, w);                                                                                      \
	}
RUN(1)
RUN(2)
RUN(4)
RUN(8)
#undef RUN

typedef void run_fn(const struct aisp_sweep *s);
static run_fn *const runs[4][3] = { /* log2 of words, enum aisp_which */
	{possible_1, certain_1, both_1},
	{possible_2, certain_2, both_2},
	{possible_4, certain_4, both_4},
	{possible_8, certain_8, both_8},
};

int aisp_sweep__init(struct aisp_sweep *w, const struct aisp_flow *f, size_t actors, enum aisp_which which, struct aisp_err *err)
{
	unsigned words = 1;
	while (words * 64 < actors)
		words *= 2;
	*w = (struct aisp_sweep){.f = f, .words = words, .which = which};
	w->width = which == AISP_WHICH_BOTH ? 2 * words : words;
	w->val = aisp_mem_zalloc((size_t)f->n + 1, w->width * sizeof *w->val);
	w->dirty = aisp_mem_zalloc((size_t)f->n / 64 + 1, sizeof *w->dirty);
	if (w->val && w->dirty)
		return AISP_OK;
	aisp_sweep__done(w);
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for the answers of %zu actors over %u components", actors, f->n);
}

void aisp_sweep__done(struct aisp_sweep *w)
{
	aisp_mem_free(w->val);
	aisp_mem_free(w->dirty);
	memset(w, 0, sizeof *w);
}

void aisp_sweep__clear(struct aisp_sweep *w)
{
	memset(w->val, 0, ((size_t)w->f->n + 1) * w->width * sizeof *w->val);
	memset(w->dirty, 0, ((size_t)w->f->n / 64 + 1) * sizeof *w->dirty);
}

void aisp_sweep__seed(struct aisp_sweep *w, uint32_t comp, size_t actor, bool sure)
{
	uint64_t *v = w->val + (size_t)comp * w->width;
	if (w->which != AISP_WHICH_CERTAIN)
		aisp_bit_set(v, actor);
	if (w->which == AISP_WHICH_BOTH && sure)
		aisp_bit_set(v + w->words, actor);
	if (w->which == AISP_WHICH_CERTAIN && sure)
		aisp_bit_set(v, actor);
	aisp_bit_set(w->dirty, comp);
}

void aisp_sweep__run(struct aisp_sweep *w)
{
	runs[__builtin_ctz(w->words)][w->which](w);
}
