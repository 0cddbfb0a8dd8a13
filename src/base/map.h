/* Hash map from a 128-bit key to a 32-bit value (0 = absent): ids by content, pairs, triples. Open addressing.
 * Keys are compared whole, so two different keys never meet; to key by text, intern it first (sym.h).
 */
#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct aisp_key {
	uint64_t a, b;
};
struct aisp_map {
	struct aisp_map_slot *slots; /* power of two */
	size_t n, cap;
};

void aisp_map_done(struct aisp_map *m);
/* Sets key → value (value != 0), over an earlier one. */
int aisp_map_put(struct aisp_map *m, struct aisp_key key, uint32_t value, struct aisp_err *err);
uint32_t aisp_map_get(const struct aisp_map *m, struct aisp_key key); /* 0 = absent */
