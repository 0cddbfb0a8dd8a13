/* Inside the HDF5 reader: fmt_hdf5.c walks the objects and judges, hdf5_store.c finds bytes (heaps, B-trees). */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "scan/modelfile/fmt.h"

#define AISP_H5_NONE UINT64_MAX

struct aisp_h5_object {
	uint64_t addr;
	struct aisp_slice path;
};
struct aisp_h5 {
	struct aisp_model_run *run;
	const struct aisp_input *in;
	uint64_t base;
	unsigned osize, lsize;      /* bytes of an offset, of a length */
	AISP_VEC(struct aisp_h5_object) queue;
	struct aisp_map seen;       /* object headers */
	unsigned nodes;             /* of trees, visited: bounded */
	uint64_t n_datasets, n_outside;
	bool keras; /* it is known to be a Keras file */
};
/* A little-endian number of n bytes (1–8). */
uint64_t aisp_h5__num(const char *p, unsigned n);
/* As an address: all ones is AISP_H5_NONE. */
uint64_t aisp_h5__addr(const struct aisp_h5 *h, const char *p);
/* n bytes at a file address, or an empty slice; exact. */
struct aisp_slice aisp_h5__at(struct aisp_h5 *h, uint64_t addr, uint64_t n);
/* Takes n bytes from the begin of s; NULL when there are fewer. */
const char *aisp_h5__take(struct aisp_slice *s, size_t n);
/* A NUL-terminated text in a local heap. */
struct aisp_slice aisp_h5__local_text(struct aisp_h5 *h, uint64_t heap, uint64_t offset);
/* An object of a global heap collection. */
struct aisp_slice aisp_h5__global(struct aisp_h5 *h, uint64_t collection, uint32_t index);
/* Calls each(ctx, bytes) for every object of the fractal heap that the v2 B-tree lists; `id_at`: where in a record the heap id is. */
void aisp_h5__dense(struct aisp_h5 *h, uint64_t heap, uint64_t btree, unsigned id_at,
                    void (*each)(struct aisp_h5 *h, void *ctx, struct aisp_slice bytes), void *ctx);
