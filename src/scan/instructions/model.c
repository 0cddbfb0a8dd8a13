/* A small linear model beside the rows: what a sentence's words mean (whom it speaks to, what it orders, about what, how
 * urgently) and which of these meanings follow each other. A sentence is scored alone and together with the one behind it.
 * Words, groups and weights: model_weights.h, fitted by tests/accuracy/instructions/fit.py, which has the same features.
 */
#include "scan/instructions/instructions_int.h"
#include "scan/instructions/model_weights.h"
#include <pthread.h>

enum { N_WORDS = sizeof model_words / sizeof *model_words, SLOTS = 8192, WORD_MAX = 24, MIN_GROUPS = 2, NONE = -1 };
_Static_assert(N_WORDS * 2 < SLOTS, "the table of words is too full");
_Static_assert(MODEL_GROUPS <= 64, "groups are bits");

static uint16_t slots[SLOTS]; /* number of a word + 1 */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return (h ^ h >> 15) % SLOTS;
}

static void build(void)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		uint32_t h = hash(model_words[i].word, strlen(model_words[i].word));

		while (slots[h])
			h = (h + 1) % SLOTS;
		slots[h] = (uint16_t)(i + 1);
	}
}

static int find(struct aisp_slice word)
{
	for (uint32_t h = hash(word.p, word.n); slots[h]; h = (h + 1) % SLOTS)
		if (aisp_slice_eqz(word, model_words[slots[h] - 1].word))
			return slots[h] - 1;
	return NONE;
}

/* The group of a word, or of what is left when an ending is cut off. */
static int group_of(struct aisp_slice word, int known)
{
	static const struct {
		const char *end, *put;
	} forms[] = {{"s", ""}, {"es", ""}, {"ed", ""}, {"ed", "e"}, {"ing", ""}, {"ing", "e"}, {"ly", ""}};
	char stem[WORD_MAX + 2];

	if (known >= 0 && model_words[known].group >= 0)
		return model_words[known].group;
	if (word.n > WORD_MAX || word.n < 4)
		return NONE;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t n = word.n - strlen(forms[i].end);

		if (word.n < strlen(forms[i].end) + 3 || !aisp_slice_ends(word, aisp_slice_z(forms[i].end)))
			continue;
		memcpy(stem, word.p, n);
		if (forms[i].put[0])
			stem[n++] = forms[i].put[0];
		int k = find(aisp_slice_of(stem, n));

		if (k >= 0 && model_words[k].group >= 0)
			return model_words[k].group;
	}
	return NONE;
}

bool aisp_instructions__model_init(struct model *m, struct aisp_arena *a, size_t room)
{
	pthread_once(&once, build);
	m->words = aisp_arena_alloc(a, room * sizeof *m->words);
	m->groups = aisp_arena_alloc(a, room * sizeof *m->groups);
	m->seen = aisp_arena_alloc(a, N_WORDS * sizeof *m->seen);
	if (m->seen)
		memset(m->seen, 0, N_WORDS * sizeof *m->seen);
	m->unit = 0;
	return m->words && m->groups && m->seen;
}

void aisp_instructions__model_window(struct model *m, const struct window *w)
{
	for (size_t i = 0; i < w->n_words; i++) {
		struct aisp_slice word = aisp_instructions__word(w, i);
		int k = find(word);

		m->words[i] = (int16_t)k;
		m->groups[i] = (int8_t)group_of(word, k);
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

	return (flags & W_QUOTED ? MODEL_QUOTED : 0) + (flags & W_FENCED ? MODEL_FENCED : 0) + (flags & W_LISTED ? MODEL_LISTED : 0) +
	       (flags & W_CODE ? MODEL_CODE : 0) + (is_order(first) ? MODEL_FIRST_VERB : 0) + (to - from < 6 ? MODEL_SHORT : 0) +
	       (to - from > 40 ? MODEL_LONG : 0) + (known < 4 ? MODEL_FEW_GROUPS : 0);
}

int aisp_instructions__model_score(struct model *m, const struct window *w, size_t from, size_t to, int *top)
{
	uint64_t pairs[MODEL_GROUPS] = {0}, known = 0;
	int by_group[MODEL_GROUPS] = {0}, score = MODEL_BIAS;

	m->unit++;
	for (size_t i = from; i < to; i++) {
		int g = m->groups[i], k = m->words[i];

		if (k >= 0 && m->seen[k] != m->unit) {
			m->seen[k] = m->unit;
			score += model_words[k].weight;
		}
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
	if (__builtin_popcountll(known) < MIN_GROUPS)
		return INT32_MIN;
	*top = 0;
	for (int g = 0; g < MODEL_GROUPS; g++) {
		score += by_group[g];
		if (by_group[g] > by_group[*top])
			*top = g;
	}
	return score + context(w, from, to, m->groups[from], (unsigned)__builtin_popcountll(known));
}

bool aisp_instructions__model_is_telling(int top)
{
	return top != MODEL_EXECUTE && top != MODEL_GATHER && top != MODEL_DESTINATION && top != MODEL_CONTENT && top != MODEL_TOOL && top != MODEL_CHANGE;
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
