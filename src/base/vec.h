/* Vectors: typed growing arrays. `AISP_VEC(T) name = {0};` … `aisp_vec_push(&v, item)` … `aisp_vec_done(&v)`. */
#pragma once
#include "base/err.h"
#include "base/mem.h"

#define AISP_VEC(T)                                                                                                    \
	struct {                                                                                                       \
		T *v;                                                                                                  \
		size_t n, cap;                                                                                         \
	}

/* Makes room for `more` further items of `size` bytes; AISP_OK or AISP_E_NOMEM. */
int aisp_vec__grow(void **v, size_t n, size_t *cap, size_t more, size_t size);

/* AISP_OK or AISP_E_NOMEM. */
#define aisp_vec_reserve(x, more) aisp_vec__grow((void **)&(x)->v, (x)->n, &(x)->cap, (more), sizeof *(x)->v)
#define aisp_vec_push(x, ...)                                                                                          \
	(aisp_vec_reserve((x), 1) < 0 ? AISP_E_NOMEM : ((x)->v[(x)->n++] = (__VA_ARGS__), AISP_OK))
#define aisp_vec_done(x) (aisp_mem_free((x)->v), (x)->v = NULL, (x)->n = (x)->cap = 0)
