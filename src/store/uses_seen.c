/* Which events were counted before. The digests lie in table `seen` as blocks of up to SEEN_MAX sorted keys of 12 bytes; blocks do not overlap, so a key has one block
 * where it can be. Keys begin with the event's second: a batch touches the blocks of its own time only, late and unordered events find theirs.
 *
 *   seen: id │ time, hash of the first key │ keys: time:32 hash:64 big-endian, ascending
 *
 * Invariants: runs inside the transaction of the commit; memory: the batch and one block.
 */
#include "store/uses_int.h"

enum { SEEN_KEY = 12, SEEN_MAX = 8192 };

typedef AISP_VEC(struct uses_key) keys_vec;

struct seen {
	struct aisp_uses *u;
	sqlite3_stmt *below, *above, *update, *insert;
	keys_vec old, merged;
	struct aisp_buf bytes;
};

static void radix_pass(const struct uses_order *from, struct uses_order *to, size_t n, unsigned shift, const uint32_t *count)
{
	uint32_t at[256], sum = 0;

	for (unsigned d = 0; d < 256; d++) {
		at[d] = sum;
		sum += count[d];
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i].key >> shift & 255]++] = from[i];
}

/* By second and the upper half of the hash: eight passes, of which those are left out in whose byte all are equal. */
static struct uses_order *sort(struct aisp_uses *u)
{
	uint32_t count[8][256] = {0};
	struct uses_order *from = u->order, *to = u->order + u->cap_order;

	for (size_t i = 0; i < u->n_entries; i++) {
		const uint64_t key = (uint64_t)u->entries[i].time << 32 | u->entries[i].hash >> 31;

		from[i] = (struct uses_order){.key = key, .entry = (uint32_t)i};
		for (unsigned b = 0; b < 8; b++)
			count[b][key >> 8 * b & 255]++;
	}
	for (unsigned b = 0; b < 8; b++) {
		if (u->n_entries && count[b][from[0].key >> 8 * b & 255] == u->n_entries)
			continue;
		radix_pass(from, to, u->n_entries, 8 * b, count[b]);
		struct uses_order *swap = from;
		from = to;
		to = swap;
	}
	return from;
}

static struct uses_key key_of(const struct aisp_uses *u, const struct uses_order *o)
{
	const struct uses_entry *e = &u->entries[o->entry];

	return (struct uses_key){.hash = e->hash, .time = e->time};
}

/* Equal upper halves are rare: put them in order by insertion. */
static void settle(const struct aisp_uses *u, struct uses_order *o)
{
	for (size_t i = 1; i < u->n_entries; i++)
		for (size_t j = i; j > 0 && o[j].key == o[j - 1].key && uses_key_less(key_of(u, &o[j]), key_of(u, &o[j - 1])); j--) {
			struct uses_order swap = o[j];
			o[j] = o[j - 1];
			o[j - 1] = swap;
		}
}

static uint64_t load(const unsigned char *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static int decode(struct seen *s, sqlite3_stmt *st, struct aisp_err *err)
{
	const unsigned char *p = sqlite3_column_blob(st, 3);
	const size_t n = (size_t)sqlite3_column_bytes(st, 3) / SEEN_KEY;

	s->old.n = 0;
	if (aisp_vec_reserve(&s->old, n) < 0)
		return aisp_uses__nomem(err);
	for (size_t i = 0; i < n; i++, p += SEEN_KEY)
		s->old.v[i] = (struct uses_key){.time = (uint32_t)load(p, 4), .hash = load(p + 4, 8)};
	s->old.n = n;
	return 0;
}

static void bind_key(sqlite3_stmt *st, struct uses_key k)
{
	sqlite3_bind_int64(st, 1, k.time);
	sqlite3_bind_int64(st, 2, (int64_t)k.hash);
}

/* The block where k is or would be: the last that begins at or before k, else the first of all. *ret_id 0: there is none. */
static int block_of(struct seen *s, struct uses_key k, int64_t *ret_id, struct uses_key *ret_first, struct aisp_err *err)
{
	sqlite3_stmt *st = s->below;
	int r;

	*ret_id = 0;
	s->old.n = 0;
	bind_key(st, k);
	r = aisp_store__sq_step(st, err);
	if (r == 0) {
		sqlite3_reset(st);
		st = s->above;
		bind_key(st, k);
		r = aisp_store__sq_step(st, err);
	}
	if (r > 0) {
		*ret_id = sqlite3_column_int64(st, 0);
		*ret_first = (struct uses_key){.time = (uint32_t)sqlite3_column_int64(st, 1), .hash = (uint64_t)sqlite3_column_int64(st, 2)};
		r = decode(s, st, err);
	}
	sqlite3_reset(st);
	return r;
}

/* The first key of the block behind the one that begins with `first`. */
static int block_end(struct seen *s, struct uses_key first, struct uses_key *ret_end, bool *ret_open, struct aisp_err *err)
{
	bind_key(s->above, first);
	int r = aisp_store__sq_step(s->above, err);

	*ret_open = r == 0;
	if (r > 0)
		*ret_end = (struct uses_key){.time = (uint32_t)sqlite3_column_int64(s->above, 1), .hash = (uint64_t)sqlite3_column_int64(s->above, 2)};
	sqlite3_reset(s->above);
	return r < 0 ? r : 0;
}

static int put_block(struct seen *s, int64_t id, const struct uses_key *k, size_t n, struct aisp_err *err)
{
	sqlite3_stmt *st = id ? s->update : s->insert;

	aisp_buf_clear(&s->bytes);
	unsigned char *p = (unsigned char *)aisp_buf_room(&s->bytes, n * SEEN_KEY);
	if (!p)
		return aisp_uses__nomem(err);
	for (size_t i = 0; i < n; i++, p += SEEN_KEY) {
		for (unsigned b = 0; b < 4; b++)
			p[b] = (unsigned char)(k[i].time >> (24 - 8 * b));
		for (unsigned b = 0; b < 8; b++)
			p[4 + b] = (unsigned char)(k[i].hash >> (56 - 8 * b));
	}
	bind_key(st, k[0]);
	sqlite3_bind_blob64(st, 3, s->bytes.p, n * SEEN_KEY, SQLITE_STATIC);
	if (id)
		sqlite3_bind_int64(st, 4, id);
	return aisp_store__sq_run(st, err);
}

/* Merged keys back into the block and, where they are more than fit, into new ones of about equal size. */
static int put_merged(struct seen *s, int64_t id, struct aisp_err *err)
{
	const size_t pieces = (s->merged.n + SEEN_MAX - 1) / SEEN_MAX;
	int r = 0;

	for (size_t i = 0, at = 0; r == 0 && i < pieces; i++) {
		const size_t n = (s->merged.n - at + (pieces - i) - 1) / (pieces - i);

		r = put_block(s, i == 0 ? id : 0, s->merged.v + at, n, err);
		at += n;
	}
	return r;
}

/* Entries o[0…n) belong into the block that s->old holds. */
static int merge(struct seen *s, int64_t id, const struct uses_order *o, size_t n, bool *drops, struct aisp_err *err)
{
	size_t j = 0;
	struct uses_key *to;

	s->merged.n = 0;
	if (aisp_vec_reserve(&s->merged, s->old.n + n) < 0)
		return aisp_uses__nomem(err);
	to = s->merged.v;
	for (size_t i = 0; i < n; i++) {
		const struct uses_key k = key_of(s->u, &o[i]);

		while (j < s->old.n && !uses_key_less(k, s->old.v[j]))
			*to++ = s->old.v[j++];
		drops[o[i].entry] = to > s->merged.v && uses_key_same(to[-1], k);
		if (!drops[o[i].entry])
			*to++ = k;
	}
	while (j < s->old.n)
		*to++ = s->old.v[j++];
	s->merged.n = (size_t)(to - s->merged.v);
	return s->merged.n == s->old.n ? 0 : put_merged(s, id, err);
}

static int merge_all(struct seen *s, const struct uses_order *o, bool *drops, struct aisp_err *err)
{
	const size_t n = s->u->n_entries;

	for (size_t i = 0, end; i < n; i = end) {
		struct uses_key first = {0}, above = {0};
		bool open = true;
		int64_t id;
		int r = block_of(s, key_of(s->u, &o[i]), &id, &first, err);

		if (r >= 0 && id)
			r = block_end(s, first, &above, &open, err);
		if (r < 0)
			return r;
		for (end = i + 1; end < n && (open || uses_key_less(key_of(s->u, &o[end]), above)); end++)
			;
		if ((r = merge(s, id, o + i, end - i, drops, err)) < 0)
			return r;
	}
	return 0;
}

int aisp_uses__seen(struct aisp_uses *u, bool *drops, struct aisp_err *err)
{
	struct seen s = {.u = u};
	struct uses_order *o = sort(u);
	int r;

	settle(u, o);
	if ((r = aisp_store__sq_prepare(u->db, "SELECT id, time, hash, keys FROM seen WHERE (time, hash) <= (?1, ?2) ORDER BY time DESC, hash DESC LIMIT 1", &s.below, err)) == 0 &&
	    (r = aisp_store__sq_prepare(u->db, "SELECT id, time, hash, keys FROM seen WHERE (time, hash) > (?1, ?2) ORDER BY time, hash LIMIT 1", &s.above, err)) == 0 &&
	    (r = aisp_store__sq_prepare(u->db, "UPDATE seen SET time = ?1, hash = ?2, keys = ?3 WHERE id = ?4", &s.update, err)) == 0 &&
	    (r = aisp_store__sq_prepare(u->db, "INSERT INTO seen (time, hash, keys) VALUES (?1, ?2, ?3)", &s.insert, err)) == 0)
		r = merge_all(&s, o, drops, err);
	aisp_store__sq_finalize(&s.below);
	aisp_store__sq_finalize(&s.above);
	aisp_store__sq_finalize(&s.update);
	aisp_store__sq_finalize(&s.insert);
	aisp_vec_done(&s.old);
	aisp_vec_done(&s.merged);
	aisp_buf_done(&s.bytes);
	return r;
}
