/* Sets of literals, while a regular expression is read: see lits.c. */
#pragma once
#include "scan/secrets/regex_int.h"

struct aisp_secrets__set {
	const struct aisp_secrets__lit *v;
	uint32_t n; /* 0: nothing is known */
};
struct aisp_secrets__best {
	struct aisp_secrets__set set;
	struct aisp_secrets__after after;
	uint32_t pre_min, pre_max;
	double rate, cost;
};
static inline void aisp_secrets__class_add(struct aisp_secrets__class *k, unsigned lo, unsigned hi)
{
	for (unsigned c = lo; c <= hi && c < 256; c++)
		k->bits[c >> 6] |= 1ull << (c & 63);
}

bool aisp_secrets__set_usable(const struct aisp_secrets__set *s); /* at least three bytes each */
void aisp_secrets__best_offer(struct aisp_secrets__best *b, const struct aisp_secrets__set *s, uint32_t pre_min, uint32_t pre_max,
                              struct aisp_secrets__after after);
/* 0 or AISP_E_NOMEM; a result that would be too large is the empty set. */
int aisp_secrets__set_one(struct aisp_arena *a, const char *bytes, size_t n, bool nocase, struct aisp_secrets__set *ret);
int aisp_secrets__set_class(struct aisp_arena *a, const struct aisp_secrets__class *k, struct aisp_secrets__set *ret);
int aisp_secrets__set_cross(struct aisp_arena *a, const struct aisp_secrets__set *x, const struct aisp_secrets__set *y,
                            struct aisp_secrets__set *ret);
int aisp_secrets__set_union(struct aisp_arena *a, const struct aisp_secrets__set *x, const struct aisp_secrets__set *y,
                            struct aisp_secrets__set *ret);

extern const char aisp_secrets__grams[]; /* four bytes each */
extern const size_t aisp_secrets__gram_count;
double aisp_secrets__gram_rate(size_t rank);
