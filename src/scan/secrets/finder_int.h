/* Finds many short literals in one pass: see finder.c. */
#pragma once
#include "scan/secrets/regex_int.h"

struct aisp_secrets__found {
	size_t at;    /* where the literal begins */
	uint32_t lit; /* its number, as given to _add */
};
struct aisp_secrets__finder;
/* AISP_E_NOMEM. Everything is in the arena. */
int aisp_secrets__finder_new(struct aisp_arena *a, const struct aisp_secrets__lit *lits, size_t n, struct aisp_secrets__finder **ret,
                             struct aisp_err *err);
/* Goes on at *at, writes what it finds to out[0..cap), stops when out is nearly full or the text ends, and moves *at there. Places come
 * in order but for AISP_SECRETS__LIT_MAX bytes; all that begin before *at - AISP_SECRETS__LIT_MAX were given. cap >= 1024. */
size_t aisp_secrets__find(const struct aisp_secrets__finder *f, struct aisp_slice text, size_t *at, struct aisp_secrets__found *out, size_t cap);
/* For tests: 0 without vectors, 2 with AVX2, 5 with AVX-512 BW, 6 with VBMI too; false when the machine has no such. Downwards only. */
bool aisp_secrets__finder_use(struct aisp_secrets__finder *f, int vectors);
