/* Packs of git. The first byte chooses: an even one, then index and pack as they come (two bytes say how long the index is); an odd
 * one, entries from which a pack with sound streams is made, so that what lies inside them (differences, sizes, bases in rings) is
 * reached. The two ways of reading must agree: what one of them makes of many objects, the other makes of each. */
#include "collect/git/pack.h"
#include "fuzz.h"
#include "../tests/unit/git/pack_maker.h"
#include "base/mem.h"

enum { ITEMS = MAKER_ENTRIES, SIZE_MAX_OBJECT = 1 << 20 };

struct all {
	struct aisp_objects *objects;
	unsigned char ids[ITEMS][MAKER_ID];
	uint8_t done[ITEMS];
	unsigned calls, n;
};
static struct maker maker;

static int compare(void *ctx, uint32_t item, unsigned worker, struct aisp_slice text)
{
	struct all *a = ctx;
	const struct aisp_object *o;
	int r = aisp_objects_get(a->objects, a->ids[item], &o);

	(void)worker;
	a->calls++;
	FUZZ_CHECK(text.n <= SIZE_MAX_OBJECT);
	FUZZ_CHECK(r == 0 && o->text.n == text.n && memcmp(o->text.p, text.p, text.n) == 0);
	aisp_objects_put(a->objects, o);
	return 0;
}

static bool go_on(void *ctx)
{
	(void)ctx;
	return true;
}

static void read_all(struct aisp_packs *packs, struct all *a, size_t keep)
{
	struct aisp_pack_want want[ITEMS];
	size_t n = 0, done = 0;

	a->objects = aisp_objects_new(packs, keep, SIZE_MAX_OBJECT);
	FUZZ_CHECK(a->objects);
	aisp_objects_read_ahead(a->objects, AISP_PACK_TREE);
	for (unsigned i = 0; i < a->n; i++) {
		const struct aisp_object *o;
		if (aisp_objects_get(a->objects, a->ids[i], &o) == 0)
			aisp_objects_put(a->objects, o);
		want[n].item = i;
		n += aisp_packs_find(packs, a->ids[i], &want[n].at);
	}
	struct aisp_forest_options o = {.max_size = SIZE_MAX_OBJECT, .max_held = 4 << 20, .f = compare, .go_on = go_on, .ctx = a, .done = a->done};
	FUZZ_CHECK(aisp_forest_each(packs, want, n, &o, NULL) == 0);
	for (unsigned i = 0; i < a->n; i++)
		done += a->done[i];
	FUZZ_CHECK(done == a->calls);
	aisp_objects_free(a->objects);
}

/* kind and id, base, what is said and its length, then the bytes. */
static void make(const uint8_t *p, size_t n, struct all *a)
{
	maker_begin(&maker);
	while (n >= 4 && a->n < ITEMS) {
		uint8_t id[MAKER_ID] = {(uint8_t)(a->n * 5), 1}, base[MAKER_ID] = {(uint8_t)(p[1] % ITEMS * 5), 1};
		size_t len = p[3] < n - 4 ? p[3] : n - 4;
		unsigned type = p[0] & 7;
		uint64_t said = p[2] & 0x80 ? (uint64_t)p[2] << (p[2] & 31) : len, distance = p[1];
		if (type == 6 && maker.n_entries) /* an entry before it, rather than anywhere */
			distance = p[0] & 8 ? p[1] : maker.n - maker.entries[p[1] % maker.n_entries].offset;
		if (!maker_add(&maker, id, type, said, distance, base, p + 4, len))
			break;
		memcpy(a->ids[a->n++], id, MAKER_ID);
		p += 4 + len;
		n -= 4 + len;
	}
	maker_end(&maker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct all *a = aisp_mem_zalloc(1, sizeof *a);
	struct aisp_packs *packs = NULL;
	struct aisp_slice index, pack;

	if (!a)
		return 0;
	setenv("AISP_JOBS", "1", 1);
	if (size && data[0] & 1) {
		make(data + 1, size - 1, a);
		index = aisp_slice_of((const char *)maker.index, maker.index_n);
		pack = aisp_slice_of((const char *)maker.pack, maker.n);
	} else {
		size_t at = size > 3 ? data[1] | (size_t)data[2] << 8 : 0;
		at = at < size ? at : 0;
		size_t from = size > 3 ? 3 : size;
		index = aisp_slice_of((const char *)data + from, at < size - from ? at : size - from);
		pack = aisp_slice_of((const char *)data + from + index.n, size - from - index.n);
		for (; a->n < ITEMS && index.n >= 8 + 1024 + (a->n + 1) * (size_t)MAKER_ID; a->n++)
			memcpy(a->ids[a->n], index.p + 8 + 1024 + a->n * (size_t)MAKER_ID, MAKER_ID);
	}
	FUZZ_CHECK(aisp_packs_new(&packs, NULL) == 0);
	if (aisp_packs_add(packs, index, pack, NULL) == 0)
		read_all(packs, a, data[0] & 2 ? 0 : 4 << 20);
	aisp_packs_free(packs);
	aisp_mem_free(a);
	return 0;
}
