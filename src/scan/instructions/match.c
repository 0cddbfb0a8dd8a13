/* Patterns over words.
 *
 *   a|b*      one word: a, or what begins with b. Chinese and Japanese alternatives may be several characters long
 *   x?        x or nothing
 *   ~3        up to three words of any kind, without a comma between
 *   ~,3       the same, over commas
 *   ,x        x behind a comma, a colon, a bracket
 *   $         the end of a sentence or a comma; also as the last alternative
 *
 * Nothing goes over the end of a sentence. The number of steps for one pattern at one place is capped, so the whole is linear.
 */
#include "scan/instructions/instructions_int.h"
#include <pthread.h>

enum { BUCKETS = 4096, ENTRIES = 8192, STEPS = 400, KEY = 3 };

/* One alternative of the first element of a row. */
struct entry {
	const char *alt;
	uint16_t row, next, n; /* row: below row_count a phrase, above a feature word; next: 0 = none */
	bool prefix;
};
static struct entry entries[ENTRIES];
static uint16_t buckets[BUCKETS];
static size_t n_entries = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* By the first three bytes; shorter words by all they have. */
static size_t bucket(const char *p, size_t n)
{
	uint32_t key = 0;

	for (size_t i = 0; i < n && i < KEY; i++)
		key = key << 8 | (unsigned char)p[i];
	return key * 2654435761u >> 20;
}

static void index_element(const char *pattern, size_t row)
{
	if (*pattern == ',')
		pattern++;
	while (*pattern && *pattern != ' ') {
		size_t n = strcspn(pattern, "| *?"), b = bucket(pattern, n);

		if (n && n_entries < ENTRIES) {
			entries[n_entries] = (struct entry){pattern, (uint16_t)row, buckets[b], (uint16_t)n, pattern[n] == '*'};
			buckets[b] = (uint16_t)n_entries++;
		}
		pattern += n;
		pattern += strspn(pattern, "|*?");
	}
}

static void build(void)
{
	for (size_t i = 0; i < aisp_instructions__row_count; i++)
		index_element(aisp_instructions__rows[i].pattern, i);
	for (size_t i = 0; i < aisp_instructions__feature_count; i++)
		index_element(aisp_instructions__features[i].pattern, aisp_instructions__row_count + i);
}

/* Can the alternative begin with this word? Chinese and Japanese ones go on over the next words. */
static bool begins(const struct entry *e, struct aisp_slice word)
{
	if ((unsigned char)e->alt[0] >= 0xE3)
		return memcmp(e->alt, word.p, e->n < word.n ? e->n : word.n) == 0;
	return (e->prefix ? word.n >= e->n : word.n == e->n) && memcmp(e->alt, word.p, e->n) == 0;
}

void aisp_instructions__candidates(const struct window *w, size_t i, aisp_instructions_candidate *fn, void *ctx)
{
	struct aisp_slice word = aisp_instructions__word(w, i);
	size_t rows = aisp_instructions__row_count;

	pthread_once(&once, build);
	/* Alternatives shorter than the key that are prefixes ("ia*") stand in buckets of their own. */
	for (size_t n = word.n < KEY ? word.n : KEY; n >= 1; n--) {
		uint16_t last = UINT16_MAX;

		for (size_t e = buckets[bucket(word.p, n)]; e; e = entries[e].next) {
			uint16_t row = entries[e].row;

			if (row == last || (n < KEY && entries[e].n != n) || !begins(&entries[e], word))
				continue;
			last = row;
			if (row < rows)
				fn(ctx, i, &aisp_instructions__rows[row], NULL);
			else
				fn(ctx, i, NULL, &aisp_instructions__features[row - rows]);
		}
	}
}

/* How many words the alternative p[0, n) takes at word i. */
static size_t take_word(const struct window *w, size_t i, const char *p, size_t n)
{
	struct aisp_slice word = aisp_instructions__word(w, i);
	bool prefix = n && p[n - 1] == '*';
	size_t off = 0, k = i;

	n -= prefix;
	if (word.n >= n && memcmp(word.p, p, n) == 0 && (prefix || word.n == n))
		return 1;
	if (!n || (unsigned char)p[0] < 0xE3)
		return 0;
	while (off < n && k < w->n_words && (k == i || w->words[k].flags & W_GLUED)) {
		struct aisp_slice one = aisp_instructions__word(w, k);

		if (one.n > n - off || memcmp(one.p, p + off, one.n) != 0)
			return 0;
		off += one.n;
		k++;
	}
	return off == n ? k - i : 0;
}

static size_t take_element(const struct window *w, size_t i, const char *p, size_t n)
{
	while (n) {
		const char *bar = memchr(p, '|', n);
		size_t one = bar ? (size_t)(bar - p) : n, took = take_word(w, i, p, one);

		if (took)
			return took;
		if (!bar)
			break;
		p += one + 1;
		n -= one + 1;
	}
	return 0;
}

struct run {
	const struct window *w;
	size_t start;
	int steps;
};

static bool at_end(const struct run *r, size_t i)
{
	return i >= r->w->n_words || r->w->words[i].flags & (W_SENTENCE | W_BREAK);
}

static size_t match_from(struct run *r, size_t i, const char *p, unsigned depth);

static size_t match_element(struct run *r, size_t i, const char *p, unsigned depth);

static size_t match_gap(struct run *r, size_t i, const char *p, unsigned depth)
{
	bool commas = p[1] == ',';
	const char *number = p + 1 + commas, *rest = strchr(p, ' ');
	unsigned stop = commas ? W_SENTENCE : W_SENTENCE | W_BREAK;
	size_t gap = (size_t)(number[0] - '0');

	if (number[1] >= '0' && number[1] <= '9')
		gap = gap * 10 + (size_t)(number[1] - '0');
	rest = rest ? rest + 1 : p + strlen(p);
	for (size_t k = 0; k <= gap; k++) {
		if (*rest != '$' && (i + k >= r->w->n_words || r->w->words[i + k].flags & stop)) {
			/* A wanted comma may stand here. */
			return i + k < r->w->n_words && *rest == ',' && !(r->w->words[i + k].flags & W_SENTENCE) ? match_from(r, i + k, rest, depth) : 0;
		}
		size_t end = match_from(r, i + k, rest, depth);

		if (end || i + k >= r->w->n_words || r->w->words[i + k].flags & stop)
			return end;
	}
	return 0;
}

/* The word behind the match, or 0. Depth is the number of elements taken, which a pattern bounds. */
static size_t match_from(struct run *r, size_t i, const char *p, unsigned depth)
{
	if (!*p)
		return i;
	if (++r->steps > STEPS || depth > 24)
		return 0;
	if (*p == '~')
		return match_gap(r, i, p, depth + 1);
	return match_element(r, i, p, depth);
}

static size_t match_element(struct run *r, size_t i, const char *p, unsigned depth)
{
	size_t n = strcspn(p, " ");
	const char *rest = p[n] ? p + n + 1 : p + n;

	if (*p == '$')
		return at_end(r, i) ? match_from(r, i, rest, depth + 1) : 0;
	if (n > 2 && p[n - 1] == '$' && p[n - 2] == '|' && at_end(r, i)) {
		size_t end = match_from(r, i, rest, depth + 1);

		if (end)
			return end;
	}
	bool comma = *p == ',', optional = p[n - 1] == '?';
	size_t took = 0;

	if (i < r->w->n_words && (i == r->start || !(r->w->words[i].flags & W_SENTENCE)) && (!comma || r->w->words[i].flags & W_BREAK))
		took = take_element(r->w, i, p + comma, n - comma - optional);
	if (took) {
		size_t end = match_from(r, i + took, rest, depth + 1);

		if (end)
			return end;
	}
	return optional ? match_from(r, i, rest, depth + 1) : 0;
}

size_t aisp_instructions__match(const struct window *w, size_t i, const char *pattern)
{
	struct run r = {w, i, 0};
	size_t end = match_from(&r, i, pattern, 0);

	return end > i ? end - i : 0;
}
