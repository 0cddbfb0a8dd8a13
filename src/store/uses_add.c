/* The batch: events become entries, sums and addresses in memory.
 *
 * Invariants: an entry is counted at the commit only, when it is known to be new; sums and addresses stay between batches as a cache until they are much.
 */
#include "base/hash.h"
#include "store/uses_int.h"

enum { TEXT_MAX = 2048, TEXTS_BYTES = 24 << 20, SUMS_MAX = 1 << 17, FROMS_MAX = 1 << 18, WINDOWS_MAX = 1 << 16 };

int aisp_uses__nomem(struct aisp_err *err)
{
	return aisp_fail(err, AISP_E_NOMEM, "out of memory while adding up uses");
}

/* ---- index ---- */

static int index_grow(struct uses_index *x, struct aisp_err *err)
{
	const size_t cap = x->cap ? 2 * x->cap : 1024;
	struct uses_place_in_index *at = aisp_mem_zalloc(cap, sizeof *at);

	if (!at)
		return aisp_uses__nomem(err);
	for (size_t i = 0; i < x->cap; i++) {
		if (!x->at[i].item)
			continue;
		size_t to = x->at[i].hash & (cap - 1);
		while (at[to].item)
			to = (to + 1) & (cap - 1);
		at[to] = x->at[i];
	}
	aisp_mem_free(x->at);
	x->at = at;
	x->cap = cap;
	return 0;
}

/* Where the item of this hash is, or where it goes (item 0). NULL: out of memory. */
static struct uses_place_in_index *index_find(struct uses_index *x, uint64_t hash, struct aisp_err *err)
{
	if (x->n * 2 >= x->cap && index_grow(x, err) < 0)
		return NULL;
	const size_t mask = x->cap - 1;
	size_t at = hash & mask;
	while (x->at[at].item && x->at[at].hash != hash)
		at = (at + 1) & mask;
	return &x->at[at];
}

/* ---- windows ---- */

static bool window_is(const struct uses_window *w, struct aisp_slice source, struct aisp_slice origin, struct aisp_slice sees)
{
	return aisp_slice_eq(w->origin, origin) && aisp_slice_eq(w->source, source) && aisp_slice_eq(w->sees, sees);
}

int aisp_uses__window(struct aisp_uses *u, const struct aisp_uses_stream *s, struct aisp_slice origin, struct aisp_slice sees, uint32_t *ret, struct aisp_err *err)
{
	if (!origin.n)
		origin = s->origin;
	if (!sees.n)
		sees = s->sees;
	origin = aisp_slice_to(origin, TEXT_MAX);
	if (u->recent_window && window_is(&u->windows.v[u->recent_window - 1], s->source, origin, sees)) {
		*ret = u->recent_window - 1;
		return 0;
	}
	/* Accounts and regions, or clusters: some hundreds at most in one run; a log that names more is one origin from then on. */
	if (u->windows.n >= WINDOWS_MAX)
		origin = AISP_S("(others)");
	const uint64_t hash = aisp_hash64(origin.p, origin.n, aisp_hash64(s->source.p, s->source.n, u->seed));
	for (size_t i = 0; i < u->windows.n; i++)
		if (u->windows.v[i].hash == hash && window_is(&u->windows.v[i], s->source, origin, sees)) {
			u->recent_window = (uint32_t)i + 1;
			*ret = (uint32_t)i;
			return 0;
		}
	struct uses_window w = {.source = aisp_arena_dup(u->kept, s->source), .origin = aisp_arena_dup(u->kept, origin), .sees = aisp_arena_dup(u->kept, sees), .hash = hash};
	if (!w.source.p || !w.origin.p || !w.sees.p)
		return aisp_uses__nomem(err);
	w.run = (struct aisp_uses_count){.source = w.source, .origin = w.origin, .sees = w.sees};
	if (aisp_vec_push(&u->windows, w) < 0)
		return aisp_uses__nomem(err);
	u->recent_window = (uint32_t)u->windows.n;
	*ret = u->recent_window - 1;
	return 0;
}

/* ---- sums ---- */

static const char *keep_text(struct aisp_uses *u, const char *p, size_t n)
{
	char *to = aisp_arena_alloc(u->texts, n ? n : 1);

	if (to && n)
		memcpy(to, p, n);
	return to;
}

static int sum_new(struct aisp_uses *u, const struct uses_sum *want, const char *text, uint32_t *ret, struct aisp_err *err)
{
	struct uses_sum s = *want;

	if (!u->sums.n && aisp_vec_push(&u->sums, (struct uses_sum){0}) < 0) /* number 0 is none */
		return aisp_uses__nomem(err);
	s.text = keep_text(u, text, s.total);
	if (!s.text || aisp_vec_push(&u->sums, s) < 0)
		return aisp_uses__nomem(err);
	*ret = (uint32_t)u->sums.n - 1;
	u->sum_index.n++;
	return 0;
}

static struct aisp_slice cut(struct aisp_slice s)
{
	return s.n > TEXT_MAX ? aisp_slice_to(s, TEXT_MAX) : s;
}

/* Where an item would be found, asked of memory ahead of its use: the tables are larger than what is near. */
static void index_expect(const struct uses_index *x, uint64_t hash)
{
	if (x->cap)
		__builtin_prefetch(&x->at[hash & (x->cap - 1)], 1);
}

/* The texts of an event's sum one behind the other (in u->scratch), and their digest. */
static int sum_digest(struct aisp_uses *u, const struct aisp_use_event *e, uint32_t window, struct uses_sum *ret, struct aisp_err *err)
{
	const struct aisp_slice texts[USES_TEXTS] = {cut(e->identity), cut(e->via), cut(e->credential), cut(e->action), cut(e->asset)};
	uint64_t lengths = 0;

	aisp_buf_clear(&u->scratch);
	char *to = aisp_buf_room(&u->scratch, USES_TEXTS * TEXT_MAX);
	if (!to)
		return aisp_uses__nomem(err);
	const char *text = to;
	for (unsigned i = 0; i < USES_TEXTS; i++) {
		if (texts[i].n)
			memcpy(to, texts[i].p, texts[i].n);
		to += texts[i].n;
		ret->n[i] = (uint32_t)texts[i].n;
		lengths = lengths << 12 | texts[i].n;
	}
	ret->window = window;
	ret->total = (uint32_t)(to - text);
	ret->hash = aisp_hash64(text, ret->total, u->windows.v[window].hash + lengths);
	index_expect(&u->sum_index, ret->hash);
	return 0;
}

static int sum_of(struct aisp_uses *u, const struct uses_sum *want, uint32_t *ret, struct aisp_err *err)
{
	struct uses_place_in_index *at = index_find(&u->sum_index, want->hash, err);

	if (!at || (!at->item && sum_new(u, want, u->scratch.p, &at->item, err) < 0))
		return AISP_E_NOMEM;
	at->hash = want->hash;
	*ret = at->item;
	return 0;
}

/* ---- addresses ---- */

static int from_new(struct aisp_uses *u, uint32_t sum, uint64_t hash, struct aisp_slice address, uint32_t *ret, struct aisp_err *err)
{
	/* A line's end parts addresses in the file. */
	struct uses_from f = {.hash = hash, .n = (uint32_t)aisp_slice_to(address, aisp_slice_chr(address, '\n')).n, .sum = sum};
	struct uses_sum *s = &u->sums.v[sum];

	f.p = keep_text(u, address.p, f.n);
	if (!f.p || aisp_vec_push(&u->froms, f) < 0)
		return aisp_uses__nomem(err);
	*ret = (uint32_t)u->froms.n - 1;
	if (s->from_last)
		u->froms.v[s->from_last].next = *ret;
	else
		s->from_first = *ret;
	s->from_last = *ret;
	u->from_index.n++;
	return 0;
}

static int from_of(struct aisp_uses *u, uint32_t sum, uint64_t hash, struct aisp_slice address, uint32_t *ret, struct aisp_err *err)
{
	*ret = 0;
	if (!address.n)
		return 0;
	struct uses_place_in_index *at = index_find(&u->from_index, hash, err);
	if (!at || (!at->item && from_new(u, sum, hash, address, &at->item, err) < 0))
		return AISP_E_NOMEM;
	at->hash = hash;
	*ret = at->item;
	return 0;
}

/* ---- events ---- */

static int room(struct aisp_uses *u, struct aisp_err *err)
{
	if (u->n_entries < u->cap_entries)
		return 0;
	const size_t cap = u->cap_entries ? u->cap_entries * 2 : 1024;
	struct uses_entry *more = aisp_mem_resize(u->entries, cap, sizeof *more);
	if (!more)
		return aisp_uses__nomem(err);
	u->entries = more;
	u->cap_entries = cap;
	return 0;
}

int aisp_uses_add(struct aisp_uses *u, const struct aisp_uses_stream *stream, const struct aisp_use_event *e, struct aisp_err *err)
{
	static const int64_t second = 1000000, end = (int64_t)UINT32_MAX * 1000000;
	const int64_t us = e->at_us < 0 || e->at_us >= end ? 0 : e->at_us;
	const struct aisp_slice address = aisp_slice_to(e->from, 256);
	uint32_t window = 0, sum = 0, from = 0;
	struct uses_sum want = {0};
	int r;

	if (u->broken)
		return aisp_fail(err, AISP_E_INTERNAL, "a batch of uses failed before; the file must be opened again");
	if ((r = aisp_uses__window(u, stream, e->origin, e->sees, &window, err)) < 0 || (r = sum_digest(u, e, window, &want, err)) < 0)
		return r;
	const uint64_t from_hash = aisp_hash64(address.p, address.n, want.hash);
	index_expect(&u->from_index, from_hash);
	/* The id is unique within source and origin; one record may tell of several uses, so the sum is part of the digest. */
	uint64_t hash = aisp_hash64(e->id.p, e->id.n, want.hash);
	if (!e->id.n)
		hash = aisp_hash_mix(hash ^ (uint64_t)us);
	if ((r = sum_of(u, &want, &sum, err)) < 0 || (r = from_of(u, sum, from_hash, address, &from, err)) < 0 || (r = room(u, err)) < 0)
		return r;
	u->entries[u->n_entries++] = (struct uses_entry){
		.hash = hash >> 1,
		.time = (uint32_t)(us / second),
		.us = (uint32_t)(us % second) | (uint32_t)e->outcome << 24,
		.sum = sum,
		.from = from,
	};
	return 0;
}

bool aisp_uses_full(const struct aisp_uses *u)
{
	return u->n_entries >= USES_BATCH || u->sums.n >= SUMS_MAX || u->froms.n >= FROMS_MAX || aisp_arena_used(u->texts) >= TEXTS_BYTES;
}

static void index_clear(struct uses_index *x)
{
	if (x->cap)
		memset(x->at, 0, x->cap * sizeof *x->at);
	x->n = 0;
}

void aisp_uses__forget(struct aisp_uses *u)
{
	if (u->sums.n < SUMS_MAX / 2 && u->froms.n < FROMS_MAX / 2 && aisp_arena_used(u->texts) < TEXTS_BYTES / 2)
		return;
	u->sums.n = 0;
	u->froms.n = 1; /* number 0 is none */
	index_clear(&u->sum_index);
	index_clear(&u->from_index);
	aisp_arena_reset(u->texts);
}
