/* Single objects of packs, the last ones kept: a hash table by place and a ring in which a hand takes what was not asked for
 * since it last came by. See pack.h. */
#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collect/git/pack.h"

enum { CHAIN_MAX = 20000, AHEAD_LINKS = 64 /* an object, in the middle: git makes chains of up to 50 */ };

struct kept {
	struct aisp_object object; /* first: what is handed out */
	struct kept *in_slot, *before, *after;
	struct aisp_pack_at at;
	unsigned held;
	bool asked;
	char bytes[];
};
struct link {
	struct aisp_pack_at at;
	struct aisp_pack_head head;
};
struct aisp_objects {
	struct aisp_packs *packs;
	struct aisp_inflater *z;
	struct kept **slots;
	size_t n_slots, n, bytes, max_bytes;
	uint64_t max_object, made; /* bytes, ever */
	struct kept *hand; /* in the ring */
	AISP_VEC(struct link) chain;
	AISP_VEC(char) delta;
};

struct aisp_objects *aisp_objects_new(struct aisp_packs *packs, size_t max_bytes, uint64_t max_object)
{
	struct aisp_objects *o = aisp_mem_zalloc(1, sizeof *o);

	if (!o)
		return NULL;
	*o = (struct aisp_objects){.packs = packs, .max_bytes = max_bytes, .max_object = max_object, .n_slots = 1 << 8};
	o->z = aisp_inflater_new();
	o->slots = aisp_mem_zalloc(o->n_slots, sizeof(struct kept *));
	if (o->z && o->slots)
		return o;
	aisp_objects_free(o);
	return NULL;
}

void aisp_objects_free(struct aisp_objects *o)
{
	if (!o)
		return;
	for (size_t i = 0; o->slots && i < o->n_slots; i++)
		for (struct kept *k = o->slots[i], *next; k; k = next) {
			next = k->in_slot;
			aisp_mem_free(k);
		}
	aisp_mem_free(o->slots);
	aisp_inflater_free(o->z);
	aisp_vec_done(&o->chain);
	aisp_vec_done(&o->delta);
	aisp_mem_free(o);
}

static size_t slot(const struct aisp_objects *o, struct aisp_pack_at at)
{
	return (size_t)aisp_hash_mix(at.offset ^ (uint64_t)at.pack << 48) & (o->n_slots - 1);
}

static struct kept *look_up(struct aisp_objects *o, struct aisp_pack_at at)
{
	for (struct kept *k = o->slots[slot(o, at)]; k; k = k->in_slot)
		if (k->at.offset == at.offset && k->at.pack == at.pack)
			return k;
	return NULL;
}

static void drop(struct aisp_objects *o, struct kept *k)
{
	struct kept **in = &o->slots[slot(o, k->at)];

	while (*in != k)
		in = &(*in)->in_slot;
	*in = k->in_slot;
	k->before->after = k->after;
	k->after->before = k->before;
	if (o->hand == k)
		o->hand = k->after == k ? NULL : k->after;
	o->bytes -= sizeof *k + k->object.text.n;
	o->n--;
	aisp_mem_free(k);
}

/* Goes round twice at most: once to forget who was asked for, once to take. */
static void make_room(struct aisp_objects *o, size_t more)
{
	for (size_t left = o->n * 2; left && o->hand && o->bytes + more > o->max_bytes; left--) {
		struct kept *k = o->hand;
		o->hand = k->after;
		if (k->held == 0 && !k->asked)
			drop(o, k);
		else
			k->asked = false;
	}
}

/* More slots once they are as many as objects. That there is no memory for them is no failure. */
static void widen(struct aisp_objects *o)
{
	struct kept **old = o->slots, **slots;
	size_t n = o->n_slots;

	if (o->n < n || !(slots = aisp_mem_zalloc(n * 4, sizeof(struct kept *))))
		return;
	o->slots = slots;
	o->n_slots = n * 4;
	for (size_t i = 0; i < n; i++)
		for (struct kept *k = old[i], *next; k; k = next) {
			next = k->in_slot;
			size_t to = slot(o, k->at);
			k->in_slot = slots[to];
			slots[to] = k;
		}
	aisp_mem_free(old);
}

static struct kept *new_kept(struct aisp_objects *o, struct aisp_pack_at at, unsigned type, size_t n)
{
	make_room(o, sizeof(struct kept) + n);
	struct kept *k = aisp_mem_alloc(sizeof *k + n + 1);
	if (!k)
		return NULL;
	o->made += n;
	*k = (struct kept){.object = {.text = aisp_slice_of(k->bytes, n), .type = type}, .at = at, .held = 1};
	return k;
}

static void keep(struct aisp_objects *o, struct kept *k)
{
	widen(o);
	size_t to = slot(o, k->at);
	k->in_slot = o->slots[to];
	o->slots[to] = k;
	if (!o->hand) {
		o->hand = k->before = k->after = k;
	} else { /* behind the hand: the last to be looked at */
		k->after = o->hand;
		k->before = o->hand->before;
		k->before->after = k;
		o->hand->before = k;
	}
	o->bytes += sizeof *k + k->object.text.n;
	o->n++;
}

/* From the object to what is whole, or kept already (*ret_base, held). */
static int list_chain(struct aisp_objects *o, struct aisp_pack_at at, struct kept **ret_base)
{
	struct link l = {.at = at};

	o->chain.n = 0;
	for (*ret_base = NULL; !(*ret_base = look_up(o, l.at)); l.at.offset = l.head.base) {
		if (o->chain.n >= CHAIN_MAX || !aisp_packs_head(o->packs, l.at, &l.head) || l.head.size > o->max_object)
			return AISP_E_NOTFOUND;
		if (aisp_vec_push(&o->chain, l) < 0)
			return AISP_E_NOMEM;
		if (!l.head.base)
			return 0;
	}
	(*ret_base)->held++;
	return 0;
}

static int make_whole(struct aisp_objects *o, const struct link *l, struct kept **ret)
{
	struct kept *k = new_kept(o, l->at, l->head.type, (size_t)l->head.size);

	if (!k)
		return AISP_E_NOMEM;
	if (!aisp_packs_inflate(o->packs, o->z, l->at.pack, &l->head, k->bytes)) {
		aisp_mem_free(k);
		return AISP_E_NOTFOUND;
	}
	*ret = k;
	return 0;
}

static int make_from(struct aisp_objects *o, const struct link *l, const struct kept *base, struct kept **ret)
{
	uint64_t base_n, n;
	size_t delta_n = (size_t)l->head.size;

	o->delta.n = 0;
	if (aisp_vec_reserve(&o->delta, delta_n + 1) < 0)
		return AISP_E_NOMEM;
	struct aisp_slice delta = aisp_slice_of(o->delta.v, delta_n);
	if (!aisp_packs_inflate(o->packs, o->z, l->at.pack, &l->head, o->delta.v) || !aisp_delta_begin(&delta, &base_n, &n) ||
	    base_n != base->object.text.n || n > o->max_object)
		return AISP_E_NOTFOUND;
	struct kept *k = new_kept(o, l->at, base->object.type, (size_t)n);
	if (!k)
		return AISP_E_NOMEM;
	if (!aisp_delta_apply(delta, base->object.text, k->bytes, (size_t)n)) {
		aisp_mem_free(k);
		return AISP_E_NOTFOUND;
	}
	*ret = k;
	return 0;
}

/* What the chain says, from the whole one to the object; the object is held. */
static int make_chain(struct aisp_objects *o, struct kept *have, struct kept **ret)
{
	struct kept *next = NULL;
	int r = 0;

	for (size_t i = o->chain.n; r == 0 && i-- > 0;) {
		r = have ? make_from(o, &o->chain.v[i], have, &next) : make_whole(o, &o->chain.v[i], &next);
		if (r == 0)
			keep(o, next);
		if (have)
			have->held--;
		have = r == 0 ? next : NULL;
	}
	*ret = have;
	return r;
}

int aisp_objects_get(struct aisp_objects *o, const unsigned char id[20], const struct aisp_object **ret)
{
	struct aisp_pack_at at;
	struct kept *have;

	if (!aisp_packs_find(o->packs, id, &at))
		return AISP_E_NOTFOUND;
	int r = list_chain(o, at, &have);
	if (r == 0)
		r = make_chain(o, have, &have);
	if (r < 0)
		return r;
	have->asked = true;
	*ret = &have->object;
	return 0;
}

void aisp_objects_read_ahead(struct aisp_objects *o, unsigned type)
{
	struct aisp_pack_at at;
	struct kept *have;
	const uint64_t n = aisp_packs_count(o->packs), made_max = o->made + (uint64_t)o->max_bytes * 4;
	uint64_t links = n * AHEAD_LINKS;
	int r = 0;

	for (size_t i = 0; i < n && o->bytes < o->max_bytes / 4 * 3 && o->made < made_max && links && r != AISP_E_NOMEM; i++) {
		if (!aisp_packs_nth(o->packs, i, &at))
			continue;
		r = list_chain(o, at, &have);
		links -= o->chain.n < links ? o->chain.n : links;
		if (r < 0)
			continue;
		if ((have ? have->object.type : o->chain.v[o->chain.n - 1].head.type) == type)
			r = make_chain(o, have, &have);
		if (r == 0 && have)
			have->held--;
	}
	aisp_packs_passed(o->packs, AISP_PACKS_ALL); /* heads lie everywhere */
}

void aisp_objects_put(struct aisp_objects *o, const struct aisp_object *object)
{
	struct kept *k = (struct kept *)(uintptr_t)object;

	(void)o;
	k->held--;
}
