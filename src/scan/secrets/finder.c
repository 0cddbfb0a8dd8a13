/* Finds hundreds of literals in one pass, at some gigabytes a second.
 *
 * Of each literal 4 bytes are its fragment (3 when it has no more). A vector step asks of 32 or 64 places at once whether a
 * fragment could begin there, by tables of nibbles (the "Teddy" method): fragments lie in 32 buckets, four planes of 8 bits,
 *
 *   plane p, byte k of the fragment:  lo[p][k][byte & 15] & hi[p][k][byte >> 4]   bit b: a fragment of bucket b has such a byte
 *
 * and all four bytes must agree on a bucket. With AVX-512 VBMI a table has 64 entries, so that bytes fall into 64 classes (a letter in
 * either case, a digit, a sign) and a bucket knows exactly which of them it has at each of the four places:
 *
 *   plane p, byte k of the fragment:  sets[p][k][class of the byte]               bit b: a fragment of bucket b has such a byte
 *
 * What passes (one place in six; with classes one in thirty) is asked for in two bit maps by hashes of its three and
 * four bytes, and what passes there (one in a hundred) is compared whole. Buckets are filled so that as few places as possible pass, by the rates of bytes in source text.
 *
 * Invariant: results are the same with and without vectors; the tests compare both with a search byte by byte.
 */
#include "scan/secrets/finder_int.h"
#include "base/mem.h"
#include "scan/secrets/lits_int.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { HASH_BITS = 13, MAP_BITS = 16, PLANES = 4, BUCKETS = 8 * PLANES, FRAGMENT = 4, TAIL = 64, STEP_HITS = 512, ROUNDS = 1, CLASS_ROUNDS = 1, LITS_MAX = 60000,
       CLASSES = 64, ASCII = 128 };

struct entry {
	uint64_t fold, value; /* (8 bytes at the fragment | fold) == value */
	uint32_t lit;
	uint16_t next;        /* + 1; 0: none */
	uint8_t back;         /* bytes of the literal before the fragment */
	bool whole;           /* the 8 bytes say it all */
};
struct aisp_secrets__finder {
	uint8_t lo[PLANES][FRAGMENT][16], hi[PLANES][FRAGMENT][16];
	uint8_t class[ASCII], sets[PLANES][FRAGMENT][CLASSES]; /* of a byte without its highest bit */
	uint64_t maps[2][(1 << MAP_BITS) / 64]; /* by the hashes of fragments of three bytes, of four */
	uint16_t head[2][1 << HASH_BITS];       /* the same, shorter hashes; + 1 */
	struct entry *entries;
	const struct aisp_secrets__lit *lits;
	uint32_t n;
	int vectors; /* 0, 2: AVX2, 5: AVX-512 BW, 6: with VBMI */
};

static inline uint32_t map3(uint32_t w)
{
	return (w << 8) * 0x9e3779b1u >> (32 - MAP_BITS);
}

static inline uint32_t map4(uint32_t w)
{
	return w * 0x85ebca6bu >> (32 - MAP_BITS);
}

/* Could a fragment stand here? */
static inline bool mapped(const struct aisp_secrets__finder *f, const char *p)
{
	uint32_t w, h3, h4;

	memcpy(&w, p, 4);
	w |= 0x20202020;
	h3 = map3(w);
	h4 = map4(w);
	return (f->maps[0][h3 / 64] >> h3 % 64 | f->maps[1][h4 / 64] >> h4 % 64) & 1;
}

/* The entry of literal l with its fragment at `back`. */
static void fill(struct entry *e, const struct aisp_secrets__lit *l, uint32_t number, unsigned back)
{
	unsigned n = l->n - back < 8 ? l->n - back : 8;
	unsigned char value[8], fold[8];

	memset(value, 0xff, 8);
	memset(fold, 0xff, 8);
	for (unsigned i = 0; i < n; i++) {
		value[i] = (unsigned char)l->s[back + i];
		fold[i] = l->fold >> (back + i) & 1 ? 0x20 : 0;
	}
	memcpy(&e->value, value, 8);
	memcpy(&e->fold, fold, 8);
	e->lit = number;
	e->back = (uint8_t)back;
	e->whole = back == 0 && l->n <= 8 && !memchr(l->s, 0, l->n);
}

/* Which nibbles a bucket lets pass: how many of its fragments need each. */
struct bucket {
	uint16_t lo_n[FRAGMENT][16], hi_n[FRAGMENT][16];
	uint16_t lo[FRAGMENT], hi[FRAGMENT];
	float pass;
};
/* For each high nibble, the rate of bytes whose low nibble is in a mask, by half masks. */
struct plan {
	uint16_t grams[1 << MAP_BITS]; /* rank + 1, by hash of four bytes */
	float half[16][2][256];
	struct bucket buckets[BUCKETS];
};
/* What a fragment needs. */
struct need {
	uint16_t lo[FRAGMENT], hi[FRAGMENT];
};

static void rates_fill(struct plan *t)
{
	for (unsigned hi = 0; hi < 16; hi++)
		for (unsigned half = 0; half < 2; half++)
			for (unsigned m = 1; m < 256; m++) {
				unsigned low = (unsigned)__builtin_ctz(m);

				t->half[hi][half][m] = t->half[hi][half][m & (m - 1)] +
				                       (float)aisp_secrets__byte_rate((unsigned char)(hi * 16 + half * 8 + low));
			}
}

static void grams_fill(struct plan *t)
{
	for (size_t i = aisp_secrets__gram_count; i-- > 0;) {
		uint32_t w;

		memcpy(&w, aisp_secrets__grams + 4 * i, 4);
		t->grams[map4(w | 0x20202020)] = (uint16_t)(i + 1);
	}
}

/* What passes all the same because the fragment itself is common, in the currency of places that pass. */
static float common(const struct plan *t, const struct aisp_secrets__lit *l, unsigned back)
{
	uint32_t w;

	if (l->n < FRAGMENT)
		return 0;
	memcpy(&w, l->s + back, 4);
	if (w == (w & 0xff) * 0x01010101u) /* lines of dashes */
		return 6 * (float)aisp_secrets__gram_rate(0);
	uint16_t rank = t->grams[map4(w | 0x20202020)];

	return rank ? 6 * (float)aisp_secrets__gram_rate(rank - 1u) : 0;
}

static inline float pass_rate(const struct plan *t, const struct bucket *b, const struct need *n)
{
	float all = 1;

	for (int k = 0; k < FRAGMENT; k++) {
		float r = 0;
		unsigned lo = b->lo[k] | n->lo[k];

		for (unsigned hi = b->hi[k] | n->hi[k]; hi; hi &= hi - 1) {
			unsigned row = (unsigned)__builtin_ctz(hi);

			r += t->half[row][0][lo & 255] + t->half[row][1][lo >> 8];
		}
		all *= r > 1 ? 1 : r;
	}
	return all;
}

static struct need need_of(const struct aisp_secrets__lit *l, unsigned back)
{
	struct need n;

	for (unsigned k = 0; k < FRAGMENT; k++) {
		unsigned char c = back + k < l->n ? (unsigned char)l->s[back + k] : 0;

		n.lo[k] = n.hi[k] = 0xffff;
		if (back + k >= l->n)
			continue;
		n.lo[k] = (uint16_t)(1u << (c & 15));
		n.hi[k] = (uint16_t)(1u << (c >> 4) | (l->fold >> (back + k) & 1 ? 1u << ((c ^ 0x20) >> 4) : 0));
	}
	return n;
}

static void count(struct plan *t, struct bucket *b, const struct need *n, int by)
{
	static const struct need none;

	for (int k = 0; k < FRAGMENT; k++)
		for (unsigned v = 0; v < 16; v++) {
			b->lo_n[k][v] = (uint16_t)(b->lo_n[k][v] + (n->lo[k] >> v & 1 ? by : 0));
			b->hi_n[k][v] = (uint16_t)(b->hi_n[k][v] + (n->hi[k] >> v & 1 ? by : 0));
			b->lo[k] = (uint16_t)((b->lo[k] & ~(1u << v)) | (unsigned)(b->lo_n[k][v] > 0) << v);
			b->hi[k] = (uint16_t)((b->hi[k] & ~(1u << v)) | (unsigned)(b->hi_n[k][v] > 0) << v);
		}
	b->pass = b->lo[0] ? pass_rate(t, b, &none) : 0;
}

struct home {
	uint8_t bucket, back;
};

/* The bucket and the fragment by which a literal adds least. */
static struct home settle(const struct plan *t, const struct aisp_secrets__lit *l)
{
	struct home best = {0};
	float least = 1e9f;

	for (unsigned back = 0; back == 0 || back + FRAGMENT <= l->n; back++) {
		struct need n = need_of(l, back);
		float extra = common(t, l, back);

		for (unsigned b = 0; b < BUCKETS; b++) {
			float more = pass_rate(t, &t->buckets[b], &n) - t->buckets[b].pass + extra;

			if (more < least) {
				least = more;
				best = (struct home){(uint8_t)b, (uint8_t)back};
			}
		}
	}
	return best;
}

/* Fills the buckets, then moves each literal once more where it costs least. In a mixed order: neighbours in the alphabet would each
 * open a bucket. Literals of three bytes first: they share buckets, as their fourth byte can be any. */
static void distribute(struct aisp_secrets__finder *f, struct plan *t, struct home *homes)
{
	const uint32_t step = f->n ? 1000003 % f->n : 0; /* a prime: every literal has its turn */

	for (int round = 0; round < 2 * ROUNDS; round++)
		for (uint32_t i = 0, at = 0; i < f->n; i++, at = (at + step) % f->n) {
			const struct aisp_secrets__lit *l = &f->lits[at];
			struct need n;

			if ((l->n < FRAGMENT) != (round % 2 == 0))
				continue;
			if (round >= 2) {
				n = need_of(l, homes[at].back);
				count(t, &t->buckets[homes[at].bucket], &n, -1);
			}
			homes[at] = settle(t, l);
			n = need_of(l, homes[at].back);
			count(t, &t->buckets[homes[at].bucket], &n, 1);
		}
}

/* The same with classes, where a literal adds to a bucket only the rates of the four classes that it has not. */
struct class_plan {
	float rate[CLASSES];
	struct {
		uint16_t n[FRAGMENT][CLASSES];
		float rate[FRAGMENT], pass;
	} buckets[BUCKETS];
};

static void classes_fill(struct aisp_secrets__finder *f)
{
	static const char signs[] = " \n_-.:=\"'/(),;{}<>[]*#@$+\\&";
	int next = 36;

	memset(f->class, CLASSES - 1, sizeof f->class);
	for (int i = 0; i < 26; i++)
		f->class['a' + i] = f->class['A' + i] = (uint8_t)i;
	for (int i = 0; i < 10; i++)
		f->class['0' + i] = (uint8_t)(26 + i);
	for (const char *c = signs; *c; c++)
		f->class[(unsigned char)*c] = (uint8_t)next++;
}

static unsigned class_of(const struct aisp_secrets__finder *f, const struct aisp_secrets__lit *l, unsigned i)
{
	return i < l->n ? f->class[(unsigned char)l->s[i] & (ASCII - 1)] : CLASSES;
}

static float class_pass(const struct class_plan *t, unsigned bucket, const unsigned add[FRAGMENT])
{
	float all = 1;

	for (int k = 0; k < FRAGMENT; k++) {
		float r = t->buckets[bucket].rate[k];

		if (add)
			r = add[k] == CLASSES ? 1 : t->buckets[bucket].n[k][add[k]] ? r : r + t->rate[add[k]];
		all *= r > 1 ? 1 : r;
	}
	return all;
}

static void class_count(struct class_plan *t, const struct aisp_secrets__finder *f, uint32_t lit, struct home h, int by)
{
	for (unsigned k = 0; k < FRAGMENT; k++) {
		unsigned only = class_of(f, &f->lits[lit], h.back + k);

		for (unsigned c = only == CLASSES ? 0 : only; c < CLASSES && (only == CLASSES || c == only); c++) {
			uint16_t *n = &t->buckets[h.bucket].n[k][c];
			bool had = *n > 0;

			*n = (uint16_t)(*n + by);
			t->buckets[h.bucket].rate[k] += had == (*n > 0) ? 0 : had ? -t->rate[c] : t->rate[c];
		}
	}
	t->buckets[h.bucket].pass = class_pass(t, h.bucket, NULL);
}

static struct home class_settle(const struct plan *p, const struct class_plan *t, const struct aisp_secrets__finder *f, uint32_t lit)
{
	const struct aisp_secrets__lit *l = &f->lits[lit];
	struct home best = {0};
	float least = 1e9f;

	for (unsigned back = 0; back == 0 || back + FRAGMENT <= l->n; back++) {
		unsigned add[FRAGMENT];
		float extra = common(p, l, back);

		for (unsigned k = 0; k < FRAGMENT; k++)
			add[k] = class_of(f, l, back + k);
		for (unsigned b = 0; b < BUCKETS && extra < least; b++) {
			float more = class_pass(t, b, add) - t->buckets[b].pass + extra;

			if (more < least) {
				least = more;
				best = (struct home){(uint8_t)b, (uint8_t)back};
			}
		}
	}
	return best;
}

static void class_distribute(const struct aisp_secrets__finder *f, const struct plan *p, struct class_plan *t, struct home *homes)
{
	const uint32_t step = f->n ? 1000003 % f->n : 0;

	for (unsigned c = 0; c < 256; c++)
		t->rate[f->class[c & (ASCII - 1)]] += (float)aisp_secrets__byte_rate((unsigned char)c);
	for (int round = 0; round < 2 + 2 * CLASS_ROUNDS; round++)
		for (uint32_t i = 0, at = 0; i < f->n; i++, at = (at + step) % f->n) {
			if ((f->lits[at].n < FRAGMENT) != (round % 2 == 0))
				continue;
			if (round >= 2)
				class_count(t, f, at, homes[at], -1);
			homes[at] = class_settle(p, t, f, at);
			class_count(t, f, at, homes[at], 1);
		}
}

/* The tables of the vectors, of both kinds: which is used is a matter of the machine. */
static void tables_fill(struct aisp_secrets__finder *f, const struct home *homes)
{
	for (uint32_t i = 0; i < f->n; i++) {
		struct need n = need_of(&f->lits[i], homes[i].back);
		unsigned plane = homes[i].bucket / 8, bit = 1u << homes[i].bucket % 8;

		for (unsigned k = 0; k < FRAGMENT; k++) {
			unsigned only = class_of(f, &f->lits[i], homes[i].back + k);

			for (unsigned v = 0; v < 16; v++) {
				f->lo[plane][k][v] |= (uint8_t)(n.lo[k] >> v & 1 ? bit : 0);
				f->hi[plane][k][v] |= (uint8_t)(n.hi[k] >> v & 1 ? bit : 0);
			}
			for (unsigned c = 0; c < CLASSES; c++)
				f->sets[plane][k][c] |= (uint8_t)(only == CLASSES || only == c ? bit : 0);
		}
	}
}

static int best_vectors(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt"))
		return !__builtin_cpu_supports("avx512bw") ? 2 : __builtin_cpu_supports("avx512vbmi") ? 6 : 5;
#endif
	return 0;
}

int aisp_secrets__finder_new(struct aisp_arena *a, const struct aisp_secrets__lit *lits, size_t n, struct aisp_secrets__finder **ret,
                             struct aisp_err *err)
{
	struct aisp_secrets__finder *f = aisp_arena_zalloc(a, 1, sizeof *f);
	struct plan *t = aisp_mem_zalloc(1, sizeof *t);
	struct class_plan *c = aisp_mem_zalloc(1, sizeof *c);
	struct home *homes = aisp_mem_zalloc(n + 1, sizeof *homes);

	if (f)
		f->entries = aisp_arena_zalloc(a, n + 1, sizeof *f->entries);
	if (!f || !t || !c || !homes || !f->entries || n > LITS_MAX) {
		aisp_mem_free(t);
		aisp_mem_free(c);
		aisp_mem_free(homes);
		return n > LITS_MAX ? aisp_fail(err, AISP_E_LIMIT, "%zu literals in the rules: at most %d", n, LITS_MAX)
		                    : aisp_fail(err, AISP_E_NOMEM, "no memory for the literals of the rules");
	}
	f->lits = lits;
	f->n = (uint32_t)n;
	f->vectors = best_vectors();
	classes_fill(f);
	rates_fill(t);
	grams_fill(t);
	if (f->vectors == 6)
		class_distribute(f, t, c, homes);
	else
		distribute(f, t, homes);
	tables_fill(f, homes);
	for (uint32_t i = 0; i < f->n; i++) {
		struct entry *e = &f->entries[i];

		fill(e, &lits[i], i, homes[i].back);
		bool four = lits[i].n >= FRAGMENT;
		uint32_t w = (uint32_t)e->value | 0x20202020, h = four ? map4(w) : map3(w);
		uint16_t *head = &f->head[four][h >> (MAP_BITS - HASH_BITS)];

		e->next = *head;
		*head = (uint16_t)(i + 1);
		f->maps[four][h / 64] |= 1ull << h % 64;
	}
	aisp_mem_free(t);
	aisp_mem_free(c);
	aisp_mem_free(homes);
	*ret = f;
	return 0;
}

bool aisp_secrets__finder_use(struct aisp_secrets__finder *f, int vectors)
{
	if (vectors > f->vectors)
		return false;
	f->vectors = vectors;
	return true;
}

struct run {
	const struct aisp_secrets__finder *f;
	struct aisp_slice text; /* 8 bytes may be read at each place of [from, to) */
	size_t shift;           /* where text stands in the whole */
	struct aisp_secrets__found *out;
	size_t n, cap;
};

static bool same(const struct aisp_secrets__lit *l, const char *p)
{
	for (unsigned i = 0; i < l->n; i++)
		if ((p[i] | (l->fold >> i & 1 ? 0x20 : 0)) != l->s[i])
			return false;
	return true;
}

/* The literals of one list that stand here. */
static inline void chain(struct run *r, size_t at, uint64_t w, uint16_t next)
{
	while (next) {
		const struct entry *e = &r->f->entries[next - 1];

		next = e->next;
		if ((w | e->fold) != e->value)
			continue;
		if (!e->whole) {
			const struct aisp_secrets__lit *l = &r->f->lits[e->lit];

			if (at < e->back || r->text.n - (at - e->back) < l->n || !same(l, r->text.p + at - e->back))
				continue;
		}
		if (r->n < r->cap)
			r->out[r->n++] = (struct aisp_secrets__found){r->shift + at - e->back, e->lit};
	}
}

static inline void look(struct run *r, size_t at)
{
	uint64_t w;

	memcpy(&w, r->text.p + at, 8);
	uint32_t folded = (uint32_t)w | 0x20202020, h3 = map3(folded), h4 = map4(folded);

	if (r->f->maps[1][h4 / 64] >> h4 % 64 & 1)
		chain(r, at, w, r->f->head[1][h4 >> (MAP_BITS - HASH_BITS)]);
	if (r->f->maps[0][h3 / 64] >> h3 % 64 & 1)
		chain(r, at, w, r->f->head[0][h3 >> (MAP_BITS - HASH_BITS)]);
}

static size_t plain(struct run *r, size_t from, size_t to)
{
	size_t at = from;

	for (; at < to && r->n + STEP_HITS <= r->cap; at++)
		if (mapped(r->f, r->text.p + at))
			look(r, at);
	return at;
}

#ifdef __x86_64__
enum { CHUNK = 2048 };

/* One bit for each of 64 × n places: could a fragment begin there? 3 bytes behind them are read. */
typedef void mask_fn(const struct aisp_secrets__finder *f, const char *p, size_t n, uint64_t masks[CHUNK / 64]);

struct tables2 { /* both halves of a vector hold the table */
	__m256i lo[FRAGMENT][PLANES], hi[FRAGMENT][PLANES];
};

__attribute__((target("avx2"))) static inline uint32_t places2(const struct tables2 *t, const char *p)
{
	const __m256i low = _mm256_set1_epi8(15);
	__m256i m[PLANES];

#pragma GCC unroll 4
	for (int k = 0; k < FRAGMENT; k++) {
		__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + k));
		__m256i l = _mm256_and_si256(b, low), h = _mm256_and_si256(_mm256_srli_epi16(b, 4), low);

#pragma GCC unroll 4
		for (int plane = 0; plane < PLANES; plane++) {
			__m256i both = _mm256_and_si256(_mm256_shuffle_epi8(t->lo[k][plane], l), _mm256_shuffle_epi8(t->hi[k][plane], h));

			m[plane] = k ? _mm256_and_si256(m[plane], both) : both;
		}
	}
	__m256i all = _mm256_or_si256(_mm256_or_si256(m[0], m[1]), _mm256_or_si256(m[2], m[3]));

	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) static void masks2(const struct aisp_secrets__finder *f, const char *p, size_t n,
                                                   uint64_t masks[CHUNK / 64])
{
	struct tables2 t;

	for (int k = 0; k < FRAGMENT; k++)
		for (int plane = 0; plane < PLANES; plane++) {
			t.lo[k][plane] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)f->lo[plane][k]));
			t.hi[k][plane] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)f->hi[plane][k]));
		}
	for (size_t i = 0; i < n; i++)
		masks[i] = places2(&t, p + 64 * i) | (uint64_t)places2(&t, p + 64 * i + 32) << 32;
}

struct tables5 { /* four times */
	__m512i lo[FRAGMENT][PLANES], hi[FRAGMENT][PLANES];
};

__attribute__((target("avx512f,avx512bw"))) static void masks5(const struct aisp_secrets__finder *f, const char *p, size_t n,
                                                              uint64_t masks[CHUNK / 64])
{
	const __m512i low = _mm512_set1_epi8(15);
	struct tables5 t;

	for (int k = 0; k < FRAGMENT; k++)
		for (int plane = 0; plane < PLANES; plane++) {
			t.lo[k][plane] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)f->lo[plane][k]));
			t.hi[k][plane] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)f->hi[plane][k]));
		}
	for (size_t i = 0; i < n; i++) {
		__m512i m[PLANES];

#pragma GCC unroll 4
		for (int k = 0; k < FRAGMENT; k++) {
			__m512i b = _mm512_loadu_si512((const void *)(p + 64 * i + k));
			__m512i l = _mm512_and_si512(b, low), h = _mm512_and_si512(_mm512_srli_epi16(b, 4), low);

#pragma GCC unroll 4
			for (int plane = 0; plane < PLANES; plane++) {
				__m512i lo = _mm512_shuffle_epi8(t.lo[k][plane], l), hi = _mm512_shuffle_epi8(t.hi[k][plane], h);

				m[plane] = k ? _mm512_ternarylogic_epi64(m[plane], lo, hi, 0x80) : _mm512_and_si512(lo, hi);
			}
		}
		__m512i all = _mm512_or_si512(_mm512_or_si512(m[0], m[1]), _mm512_or_si512(m[2], m[3]));

		masks[i] = _mm512_test_epi8_mask(all, all);
	}
}

__attribute__((target("avx512f,avx512bw,avx512vbmi"))) static void masks6(const struct aisp_secrets__finder *f, const char *p, size_t n,
                                                                         uint64_t masks[CHUNK / 64])
{
	const __m512i low = _mm512_loadu_si512(f->class), high = _mm512_loadu_si512(f->class + 64);
	uint8_t class[CHUNK + 64];
	__m512i t[FRAGMENT][PLANES];

	for (int k = 0; k < FRAGMENT; k++)
		for (int plane = 0; plane < PLANES; plane++)
			t[k][plane] = _mm512_loadu_si512(f->sets[plane][k]);
	for (size_t i = 0; i < n; i++)
		_mm512_storeu_si512(class + 64 * i, _mm512_permutex2var_epi8(low, _mm512_loadu_si512((const void *)(p + 64 * i)), high));
	for (size_t k = 0; k < FRAGMENT - 1; k++)
		class[64 * n + k] = f->class[(unsigned char)p[64 * n + k] & (ASCII - 1)];
	for (size_t i = 0; i < n; i++) {
		__m512i m[PLANES];

#pragma GCC unroll 4
		for (int k = 0; k < FRAGMENT; k++) {
			__m512i b = _mm512_loadu_si512(class + 64 * i + k);

#pragma GCC unroll 4
			for (int plane = 0; plane < PLANES; plane++) {
				__m512i has = _mm512_permutexvar_epi8(b, t[k][plane]);

				m[plane] = k ? _mm512_and_si512(m[plane], has) : has;
			}
		}
		__m512i all = _mm512_or_si512(_mm512_or_si512(m[0], m[1]), _mm512_or_si512(m[2], m[3]));

		masks[i] = _mm512_test_epi8_mask(all, all);
	}
}

/* The places of the bits, and of these the ones that the maps know. Without a branch on what cannot be foretold: a place is always
 * written, and only sometimes counted. */
__attribute__((target("bmi,popcnt"))) static size_t list(const struct aisp_secrets__finder *f, const char *p,
                                                         const uint64_t masks[CHUNK / 64], size_t blocks, uint16_t places[CHUNK + 16])
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < blocks; i++) {
		uint64_t m = masks[i];
		size_t more = (size_t)__builtin_popcountll(m);

		for (size_t k = 0; k < more; k += 8)
#pragma GCC unroll 8
			for (size_t q = 0; q < 8; q++) {
				places[n + k + q] = (uint16_t)(64 * i + _tzcnt_u64(m));
				m &= m - 1;
			}
		n += more;
	}
	for (size_t i = 0; i < n; i++) {
		uint16_t at = places[i];

		places[kept] = at;
		kept += mapped(f, p + at);
	}
	return kept;
}

static size_t vectors(struct run *r, size_t from, size_t to)
{
	mask_fn *masks_of = r->f->vectors == 6 ? masks6 : r->f->vectors == 5 ? masks5 : masks2;
	uint64_t masks[CHUNK / 64];
	uint16_t places[CHUNK + 16];
	size_t at = from;

	while (to - at >= 64) {
		size_t blocks = to - at < CHUNK ? (to - at) / 64 : CHUNK / 64;

		masks_of(r->f, r->text.p + at, blocks, masks);
		size_t n = list(r->f, r->text.p + at, masks, blocks, places);

		for (size_t i = 0; i < n; i++) {
			if (r->n + STEP_HITS > r->cap)
				return at + places[i];
			look(r, at + places[i]);
		}
		at += 64 * blocks;
	}
	return at;
}
#endif

size_t aisp_secrets__find(const struct aisp_secrets__finder *f, struct aisp_slice text, size_t *at, struct aisp_secrets__found *out, size_t cap)
{
	struct run r = {.f = f, .text = text, .out = out, .cap = cap};
	size_t safe = text.n > 40 ? text.n - 40 : 0; /* 3 bytes behind a chunk, 8 at a place */

#ifdef __x86_64__
	if (f->vectors && *at < safe)
		*at = vectors(&r, *at, safe);
#endif
	if (*at < safe)
		*at = plain(&r, *at, safe);
	if (*at < safe || *at >= text.n || r.n + STEP_HITS > cap)
		return r.n;

	/* The last bytes, with room behind them. */
	char tail[40 + AISP_SECRETS__LIT_MAX + TAIL] = {0};
	size_t from = *at > AISP_SECRETS__LIT_MAX ? *at - AISP_SECRETS__LIT_MAX : 0, n = text.n - from;

	memcpy(tail, text.p + from, n);
	r.text = aisp_slice_of(tail, n);
	r.shift = from;
	*at = from + plain(&r, *at - from, n);
	return r.n;
}
