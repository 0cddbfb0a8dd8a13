/* Hash map from 128-bit keys to 32-bit values: linear probing, at most three quarters full, nothing is ever removed.
 *
 * Invariant: a slot is empty exactly when its value is 0.
 */
#include "base/map.h"
#include "base/hash_int.h"
#include "base/mem.h"

struct aisp_map_slot {
	struct aisp_key key;
	uint32_t value;
};

void aisp_map_done(struct aisp_map *m)
{
	aisp_mem_free(m->slots);
	*m = (struct aisp_map){0};
}

/* The slot where key is or would be. There is always an empty one. */
static struct aisp_map_slot *probe(struct aisp_map_slot *slots, size_t cap, struct aisp_key key)
{
	uint64_t h = aisp_hash_mix(aisp_hash_mix(key.a ^ aisp_hash__seed()) + key.b);

	for (size_t i = h & (cap - 1);; i = (i + 1) & (cap - 1)) {
		struct aisp_map_slot *s = &slots[i];

		if (s->value == 0 || (s->key.a == key.a && s->key.b == key.b))
			return s;
	}
}

static bool grow(struct aisp_map *m)
{
	size_t cap = m->cap ? m->cap * 2 : 16;
	struct aisp_map_slot *slots = aisp_mem_zalloc(cap, sizeof *slots);

	if (!slots)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].value)
			*probe(slots, cap, m->slots[i].key) = m->slots[i];
	aisp_mem_free(m->slots);
	m->slots = slots;
	m->cap = cap;
	return true;
}

int aisp_map_put(struct aisp_map *m, struct aisp_key key, uint32_t value, struct aisp_err *err)
{
	if (value == 0)
		return aisp_fail(err, AISP_E_INTERNAL, "a map cannot hold the value 0");
	if (m->n + 1 > m->cap / 4 * 3 && !grow(m))
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for a map of %zu keys", m->n + 1);
	struct aisp_map_slot *s = probe(m->slots, m->cap, key);

	m->n += s->value == 0;
	*s = (struct aisp_map_slot){key, value};
	return AISP_OK;
}

uint32_t aisp_map_get(const struct aisp_map *m, struct aisp_key key)
{
	return m->cap ? probe(m->slots, m->cap, key)->value : 0;
}
