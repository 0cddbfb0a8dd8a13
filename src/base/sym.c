/* Interning.
 *
 *   slots[hash…] ─▶ { hash, sym }        texts[sym - 1] ─▶ "text\0" in the arena
 *
 * Linear probing, at most three quarters full. Invariants: a slot is empty exactly when its sym is 0; texts has one entry a
 * symbol; a failed add changes nothing that can be seen.
 */
#include "base/sym.h"
#include "base/arena.h"
#include "base/hash_int.h"
#include "base/vec.h"

static const uint64_t text_max = (uint64_t)4 << 30;
enum { SYM_MAX = INT32_MAX };

struct slot {
	uint32_t hash, sym;
};
struct aisp_symtab {
	struct aisp_arena *arena;
	AISP_VEC(struct aisp_slice) texts;
	struct slot *slots;
	size_t cap; /* a power of two, or 0 */
	uint64_t text_bytes;
};

struct aisp_symtab *aisp_symtab_new(void)
{
	struct aisp_symtab *t = aisp_mem_zalloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->arena = aisp_arena_new(0);
	if (!t->arena) {
		aisp_mem_free(t);
		return NULL;
	}
	return t;
}

void aisp_symtab_free(struct aisp_symtab *t)
{
	if (!t)
		return;
	aisp_arena_free(t->arena);
	aisp_vec_done(&t->texts);
	aisp_mem_free(t->slots);
	aisp_mem_free(t);
}

void aisp_symtab_freep(struct aisp_symtab **t)
{
	aisp_symtab_free(*t);
	*t = NULL;
}

static uint32_t hash_of(struct aisp_slice s)
{
	return (uint32_t)aisp_hash64(s.p, s.n, aisp_hash__seed());
}

/* The slot of s, or the empty one where it belongs. */
static struct slot *probe(const struct aisp_symtab *t, struct aisp_slice s, uint32_t hash)
{
	for (size_t i = hash & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
		struct slot *slot = &t->slots[i];

		if (slot->sym == 0 || (slot->hash == hash && aisp_slice_eq(t->texts.v[slot->sym - 1], s)))
			return slot;
	}
}

static bool grow(struct aisp_symtab *t)
{
	size_t cap = t->cap ? t->cap * 2 : 64;
	struct slot *slots = aisp_mem_zalloc(cap, sizeof *slots);

	if (!slots)
		return false;
	for (size_t i = 0; i < t->cap; i++) {
		size_t at = t->slots[i].hash & (cap - 1);

		if (!t->slots[i].sym)
			continue;
		while (slots[at].sym)
			at = (at + 1) & (cap - 1);
		slots[at] = t->slots[i];
	}
	aisp_mem_free(t->slots);
	t->slots = slots;
	t->cap = cap;
	return true;
}

static int no_memory(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory for the table of symbols");
}

int aisp_symtab_add(struct aisp_symtab *t, struct aisp_slice s, aisp_sym *ret_sym, struct aisp_err *err)
{
	uint32_t hash = hash_of(s);

	if (s.n == 0) {
		*ret_sym = 0;
		return AISP_OK;
	}
	if (t->texts.n + 1 > t->cap / 4 * 3 && !grow(t))
		return no_memory(err);
	struct slot *slot = probe(t, s, hash);

	if (slot->sym) {
		*ret_sym = slot->sym;
		return AISP_OK;
	}
	if (t->texts.n >= SYM_MAX || s.n > text_max - t->text_bytes)
		return aisp_fail(err, AISP_E_LIMIT, "more different text than a table of symbols holds (%zu symbols)",
		                 t->texts.n);
	if (aisp_vec_reserve(&t->texts, 1) < 0)
		return no_memory(err);
	struct aisp_slice copy = aisp_arena_dup(t->arena, s);

	if (!copy.p)
		return no_memory(err);
	t->texts.v[t->texts.n++] = copy;
	t->text_bytes += s.n;
	*slot = (struct slot){hash, (uint32_t)t->texts.n};
	*ret_sym = slot->sym;
	return AISP_OK;
}

aisp_sym aisp_symtab_find(const struct aisp_symtab *t, struct aisp_slice s)
{
	return s.n && t->cap ? probe(t, s, hash_of(s))->sym : 0;
}

struct aisp_slice aisp_symtab_get(const struct aisp_symtab *t, aisp_sym sym)
{
	if (sym == 0 || sym > t->texts.n)
		return (struct aisp_slice){0};
	return t->texts.v[sym - 1];
}

uint32_t aisp_symtab_count(const struct aisp_symtab *t)
{
	return (uint32_t)t->texts.n;
}
