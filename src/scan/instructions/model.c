/* A linear model beside the rows. What a sentence says is: its words; words that follow each other, as they are and as what they mean
 * ("ignore all rules" and "disregard any guidelines" are OVERRIDE ALL RULES); which meanings stand within a few words; how it opens; where
 * it stands. A sentence is scored alone and together with the one behind it.
 *
 *   words ──▶ hash ─┬─▶ group (model_words) ──▶ groups, pairs of groups
 *                   └─▶ keys of features ──▶ table (model_keys.h) ──▶ number of a weight, once for each word of the window
 *   a unit: the sum of the weights of what it has, each once
 *
 * Groups, keys and weights are fitted by tests/accuracy/instructions/fit.py, which has the same features and the same hash.
 */
#include "scan/instructions/instructions_int.h"
#include "scan/instructions/model_keys.h"
#include "scan/instructions/model_weights.h"
#include <pthread.h>

enum { N_WORDS = sizeof model_words / sizeof *model_words, WORD_SLOTS = 4096, WORD_MAX = 24, NONE = -1, FEW = 3,
	N_KEYS = sizeof model_keys / sizeof *model_keys, KEY_SLOTS = 32768 };
_Static_assert(N_WORDS * 2 < WORD_SLOTS && N_KEYS * 2 < KEY_SLOTS, "a table is too full");
_Static_assert(MODEL_GROUPS <= 64, "groups are bits");
_Static_assert(N_KEYS == sizeof model_weights / sizeof *model_weights, "a key has a weight");

static uint16_t word_slots[WORD_SLOTS], key_slots[KEY_SLOTS]; /* number + 1 */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t feature_key(enum model_kind kind, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t h = ((uint32_t)kind + 1) * 0x9E3779B1u;

	h = (h ^ a) * 0x85EBCA6Bu;
	h ^= h >> 13;
	h = (h ^ b) * 0xC2B2AE35u;
	h ^= h >> 16;
	h = (h ^ c) * 0x27D4EB2Fu;
	return h ^ h >> 15;
}

static void build(void)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		uint32_t h = hash(model_words[i].word, strlen(model_words[i].word)) % WORD_SLOTS;

		while (word_slots[h])
			h = (h + 1) % WORD_SLOTS;
		word_slots[h] = (uint16_t)(i + 1);
	}
	for (size_t i = 0; i < N_KEYS; i++) {
		uint32_t h = model_keys[i] % KEY_SLOTS;

		while (key_slots[h])
			h = (h + 1) % KEY_SLOTS;
		key_slots[h] = (uint16_t)(i + 1);
	}
}

/* Number of the feature + 1; 0 when the table has none. */
static uint16_t find(enum model_kind kind, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t key = feature_key(kind, a, b, c);

	for (uint32_t h = key % KEY_SLOTS; key_slots[h]; h = (h + 1) % KEY_SLOTS)
		if (model_keys[key_slots[h] - 1] == key)
			return key_slots[h];
	return 0;
}

static int find_group(struct aisp_slice word, uint32_t h)
{
	for (h %= WORD_SLOTS; word_slots[h]; h = (h + 1) % WORD_SLOTS)
		if (aisp_slice_eqz(word, model_words[word_slots[h] - 1].word))
			return model_words[word_slots[h] - 1].group;
	return NONE;
}

/* The group of a word, or of what is left when an ending is cut off. */
static int group_of(struct aisp_slice word, uint32_t h)
{
	static const struct {
		const char *end, *put;
	} forms[] = {{"s", ""}, {"es", ""}, {"ed", ""}, {"ed", "e"}, {"ing", ""}, {"ing", "e"}, {"ly", ""}};
	char stem[WORD_MAX + 2];
	int g = find_group(word, h);

	if (g >= 0 || word.n > WORD_MAX || word.n < 4)
		return g;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t n = word.n - strlen(forms[i].end);

		if (word.n < strlen(forms[i].end) + 3 || !aisp_slice_ends(word, aisp_slice_z(forms[i].end)))
			continue;
		memcpy(stem, word.p, n);
		if (forms[i].put[0])
			stem[n++] = forms[i].put[0];
		g = find_group(aisp_slice_of(stem, n), hash(stem, n));
		if (g >= 0)
			return g;
	}
	return NONE;
}

bool aisp_instructions__model_init(struct model *m, struct aisp_arena *a, size_t room)
{
	bool ok = true;

	pthread_once(&once, build);
	for (size_t k = 0; k < K_KINDS; k++)
		ok &= (m->at[k] = aisp_arena_alloc(a, room * sizeof *m->at[k])) != NULL;
	m->groups = aisp_arena_alloc(a, room * sizeof *m->groups);
	m->seen = aisp_arena_alloc(a, N_KEYS * sizeof *m->seen);
	if (m->seen)
		memset(m->seen, 0, N_KEYS * sizeof *m->seen);
	m->unit = 0;
	return ok && m->groups && m->seen;
}

/* What a word is for features: its hash; all numbers are one. */
static uint32_t token(struct aisp_slice word)
{
	bool number = word.n > 0;

	for (size_t i = 0; i < word.n && number; i++)
		number = word.p[i] >= '0' && word.p[i] <= '9';
	return number ? hash("0", 1) : hash(word.p, word.n);
}

void aisp_instructions__model_window(struct model *m, const struct window *w)
{
	/* The words before: a token as written, the same as meant. */
	uint32_t raw1 = 0, meant1 = 0, meant2 = 0;

	for (size_t i = 0; i < w->n_words; i++) {
		struct aisp_slice word = aisp_instructions__word(w, i);
		uint32_t raw = token(word);
		int g = group_of(word, hash(word.p, word.n));
		uint32_t meant = g >= 0 ? 0xA5000000u + (uint32_t)g : raw;
		bool record = w->words[i].flags & W_RECORD;

		m->groups[i] = (int8_t)g;
		m->at[K_WORD][i] = find(K_WORD, raw, 0, 0);
		m->at[K_RECORD][i] = record ? find(K_RECORD, meant, 0, 0) : 0;
		m->at[K_RECORD_OPENING][i] = record ? find(K_RECORD_OPENING, meant, 0, 0) : 0;
		/* These begin at a word before. */
		m->at[K_TWO][i] = m->at[K_TWO_MEANT][i] = m->at[K_THREE_MEANT][i] = m->at[K_OPENING][i] = 0;
		if (i >= 1) {
			m->at[K_TWO][i - 1] = find(K_TWO, raw1, raw, 0);
			m->at[K_TWO_MEANT][i - 1] = g >= 0 || m->groups[i - 1] >= 0 ? find(K_TWO_MEANT, meant1, meant, 0) : 0;
			m->at[K_OPENING][i - 1] = find(K_OPENING, meant1, meant, 0);
		}
		if (i >= 2)
			m->at[K_THREE_MEANT][i - 2] = find(K_THREE_MEANT, meant2, meant1, meant);
		meant2 = meant1;
		meant1 = meant;
		raw1 = raw;
	}
}

static bool is_order(int group)
{
	static const uint64_t orders = 1ull << MODEL_OVERRIDE | 1ull << MODEL_UNLOCK | 1ull << MODEL_REVEAL | 1ull << MODEL_SEND | 1ull << MODEL_GATHER |
		1ull << MODEL_EXECUTE | 1ull << MODEL_CHANGE | 1ull << MODEL_OBEY | 1ull << MODEL_ROLE;

	return group >= 0 && (orders >> group & 1);
}

static int context(const struct window *w, size_t from, size_t to, int first, unsigned known)
{
	unsigned flags = w->words[from].flags;
	size_t n = to - from;

	return (flags & W_QUOTED && !(flags & W_RECORD) ? MODEL_IS_QUOTED : 0) + (flags & W_FENCED ? MODEL_IS_FENCED : 0) + (flags & W_LISTED ? MODEL_IS_LISTED : 0) +
	       (flags & W_CODE ? MODEL_IS_CODE : 0) + (flags & W_RECORD ? MODEL_IS_RECORD : 0) + (is_order(first) ? MODEL_IS_FIRST_VERB : 0) +
	       (n < 6 ? MODEL_IS_SHORT : 0) + (n < 12 ? MODEL_IS_SHORTER : 0) + (n > 25 ? MODEL_IS_LONGER : 0) + (n > 50 ? MODEL_IS_LONG : 0) +
	       (known < 2 ? MODEL_IS_NO_GROUPS : 0) + (known < 4 ? MODEL_IS_FEW_GROUPS : 0);
}

static int weigh(struct model *m, enum model_kind kind, size_t i)
{
	uint16_t k = m->at[kind][i];

	if (!k || m->seen[k - 1] == m->unit)
		return 0;
	m->seen[k - 1] = m->unit;
	return model_weights[k - 1];
}

static int weigh_word(struct model *m, const struct window *w, size_t i, size_t from, size_t to)
{
	bool opens = i == from || w->words[i].flags & W_SENTENCE;
	int score = weigh(m, K_WORD, i) + weigh(m, K_RECORD, i) + (opens ? weigh(m, K_RECORD_OPENING, i) : 0);

	if (i + 1 < to)
		score += weigh(m, K_TWO, i) + weigh(m, K_TWO_MEANT, i) + (opens ? weigh(m, K_OPENING, i) : 0);
	return i + 2 < to ? score + weigh(m, K_THREE_MEANT, i) : score;
}

/* Somebody is spoken to: "you", "my", a model by its name, or a sentence that opens with an order. Where too few words have a meaning
 * (another language) nothing can be said. */
static bool is_addressed(const struct model *m, const struct window *w, size_t from, size_t to, uint64_t known)
{
	static const uint64_t persons = 1ull << MODEL_YOU | 1ull << MODEL_YOUR | 1ull << MODEL_MODEL | 1ull << MODEL_ME;
	static const uint64_t openers = 1ull << MODEL_NOT | 1ull << MODEL_URGE | 1ull << MODEL_SYSTEMWORD | 1ull << MODEL_AUTHORITY;

	if (known & persons || __builtin_popcountll(known) < FEW)
		return true;
	for (size_t i = from; i < to; i++) {
		bool opens = i == from || w->words[i].flags & (W_SENTENCE | W_BREAK);

		if (opens && m->groups[i] >= 0 && (is_order(m->groups[i]) || openers >> m->groups[i] & 1))
			return true;
	}
	return false;
}

int aisp_instructions__model_score(struct model *m, const struct window *w, size_t from, size_t to, int *top)
{
	uint64_t pairs[MODEL_GROUPS] = {0}, known = 0;
	int by_group[MODEL_GROUPS] = {0}, score = MODEL_BIAS;

	m->unit++;
	for (size_t i = from; i < to; i++) {
		int g = m->groups[i];

		score += weigh_word(m, w, i, from, to);
		if (g < 0)
			continue;
		if (!(known >> g & 1))
			by_group[g] += model_groups[g];
		known |= 1ull << g;
		for (size_t j = i + 1; j < to && j <= i + MODEL_REACH; j++) {
			int h = m->groups[j];

			if (h < 0 || h == g || pairs[g] >> h & 1)
				continue;
			pairs[g] |= 1ull << h;
			by_group[g] += model_pairs[g][h];
		}
	}
	*top = NONE;
	for (int g = 0; g < MODEL_GROUPS; g++) {
		score += by_group[g];
		if (known >> g & 1 && (*top < 0 || by_group[g] > by_group[*top]))
			*top = g;
	}
	m->addressed = is_addressed(m, w, from, to, known);
	return score + context(w, from, to, m->groups[from], (unsigned)__builtin_popcountll(known));
}

bool aisp_instructions__model_is_running(int top)
{
	return top == MODEL_EXECUTE;
}

/* What the group that weighs most says of the sentence. */
const char *aisp_instructions__model_reason(int top)
{
	switch (top) {
	case MODEL_OVERRIDE: case MODEL_UNLOCK: case MODEL_PREVIOUS: case MODEL_RULES:
		return "reads like an order to the model to leave its rules";
	case MODEL_REVEAL: case MODEL_PROMPT: case MODEL_HIDDEN: case MODEL_CREDENTIAL:
		return "reads like an order to the model to give away what it holds";
	case MODEL_SEND: case MODEL_DESTINATION: case MODEL_GATHER: case MODEL_MONEY:
		return "reads like an order to the model to send something out";
	case MODEL_CONCEAL: case MODEL_NOT:
		return "reads like an order to the model to keep something from the user";
	case MODEL_ROLE: case MODEL_FREE: case MODEL_YOU: case MODEL_YOUR: case MODEL_MODEL: case MODEL_NOW:
		return "reads like a new role for the model";
	case MODEL_AUTHORITY: case MODEL_URGE: case MODEL_SYSTEMWORD:
		return "presses the model with urgency or authority";
	default:
		return "reads like an order to the model";
	}
}
