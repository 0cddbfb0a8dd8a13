/* Sets of literals: what must stand in every match of an expression, built up from its parts (regex.c).
 *
 *   exact   the expression matches these texts and no others
 *   best    one of these texts stands in every match, so many bytes behind its begin
 *
 * Invariant: sets are immutable once made; all is in the arena.
 */
#include "scan/secrets/lits_int.h"
#include <math.h>

enum { CLASS_MAX = 24 }; /* members of a class that are told apart: hex digits of both cases are 22 */

/* Bytes of source text in 100,000 (Python, C, Go, JavaScript, Rust, Markdown: 90 MB counted); the rest is rare. */
static const uint16_t rates[128] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1075, 2883, 1, 1, 3, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	18803, 63, 743, 285, 13, 45, 102, 615, 1097, 1096, 611, 78, 1615, 440, 1002, 963,
	1030, 765, 499, 346, 325, 288, 301, 216, 264, 236, 750, 324, 148, 585, 186, 23,
	33, 451, 197, 477, 296, 655, 253, 183, 147, 505, 27, 79, 397, 256, 447, 399,
	406, 18, 449, 721, 658, 184, 109, 77, 111, 91, 32, 257, 162, 255, 10, 2227,
	231, 3329, 801, 2138, 1914, 6258, 1439, 944, 1253, 3508, 135, 441, 2181, 1354, 3629, 3302,
	1660, 97, 3629, 3502, 4938, 1618, 497, 413, 538, 727, 137, 346, 130, 344, 16, 1,
};

double aisp_secrets__byte_rate(unsigned char c)
{
	return c < 128 ? rates[c] / 1e5 : 2e-5;
}

static double at_rate(const struct aisp_secrets__lit *l, unsigned i)
{
	unsigned char c = (unsigned char)l->s[i];
	double r = aisp_secrets__byte_rate(c);

	return l->fold >> i & 1 ? r + aisp_secrets__byte_rate((unsigned char)(c ^ 0x20)) : r;
}

/* Words that source text is full of, with their rate in a million bytes (counted as above, case ignored), falling. A literal that is part of
 * one is at least as common. */
static const struct {
	const char *word;
	unsigned n;
	double rate;
} words[] = {
	{"id", 2, 2500}, {"name", 4, 1800}, {"return", 6, 1500}, {"type", 4, 1500}, {"string", 6, 1200}, {"key", 3, 900},
	{"data", 4, 900}, {"value", 5, 900}, {"function", 8, 800}, {"const", 5, 800}, {"line", 4, 700}, {"test", 4, 600},
	{"code", 4, 500}, {"file", 4, 500}, {"object", 6, 500}, {"server", 6, 450}, {"pass", 4, 400}, {"import", 6, 400},
	{"default", 7, 400}, {"base", 4, 400}, {"export", 6, 300}, {"number", 6, 300}, {"--------", 8, 300}, {"api", 3, 250},
	{"user", 4, 250}, {"config", 6, 250}, {"message", 7, 250}, {"version", 7, 250}, {"space", 5, 250}, {"client", 6, 200},
	{"system", 6, 200}, {"context", 7, 200}, {"token", 5, 180}, {"access", 6, 160}, {"auth", 4, 150}, {"public", 6, 150},
	{"host", 4, 150}, {"url", 3, 120}, {"://", 3, 110}, {".com", 4, 110}, {"00000000", 8, 100}, {".com/", 5, 90},
	{"box", 3, 90}, {"https://", 8, 80}, {"project", 7, 80}, {"begin", 5, 80}, {"private", 7, 60}, {"connection", 10, 60},
	{"service", 7, 60}, {"license", 7, 60}, {"render", 6, 60}, {"github.com", 10, 50}, {"session", 7, 50}, {"windows", 7, 50},
	{"signature", 9, 40}, {"aaaaaaaa", 8, 40}, {"segment", 7, 40}, {"branch", 6, 40}, {"passw", 5, 32}, {"password", 8, 30},
	{"username", 8, 30}, {"account", 7, 30}, {"google", 6, 30}, {"http://", 7, 25}, {"secret", 6, 25}, {"www.", 4, 20},
	{"microsoft", 9, 15}, {"linear", 6, 15}, {"square", 6, 15}, {"authorization", 13, 12}, {"credential", 10, 12},
	{"amazon", 6, 10}, {"pwd", 3, 6}, {"apikey", 6, 5}, {"api_key", 7, 5}, {"facebook", 8, 5}, {"notion", 6, 5},
	{"bearer", 6, 4}, {"passwd", 6, 3}, {"webhook", 7, 3}, {"-----begin", 10, 3}, {"private key", 11, 3}, {"stripe", 6, 3},
	{"slack", 5, 3}, {"discord", 7, 1},
};

static bool within(const char *low, unsigned n, const char *word, unsigned word_n)
{
	for (unsigned at = 0; at + n <= word_n; at++)
		if (word[at] == low[0] && memcmp(word + at, low, n) == 0)
			return true;
	return false;
}

double aisp_secrets__lit_rate(const struct aisp_secrets__lit *l)
{
	char low[AISP_SECRETS__LIT_MAX];
	double r = 1;

	/* Letters follow letters in words: beyond the first few, each says less than its own rate. */
	for (unsigned i = 0; i < l->n; i++)
		r *= i < 3 ? at_rate(l, i) : sqrt(at_rate(l, i));
	for (unsigned i = 0; i < l->n; i++)
		low[i] = l->s[i] >= 'A' && l->s[i] <= 'Z' ? (char)(l->s[i] | 0x20) : l->s[i];
	/* Is it, case ignored, part of a word? */
	for (size_t i = 0; i < sizeof words / sizeof *words && words[i].rate > r * 1e6; i++)
		if (within(low, l->n, words[i].word, words[i].n))
			return words[i].rate / 1e6;
	return r;
}

static double set_rate(const struct aisp_secrets__set *s)
{
	double r = 0;

	for (uint32_t i = 0; i < s->n; i++)
		r += aisp_secrets__lit_rate(&s->v[i]);
	return r;
}

bool aisp_secrets__set_usable(const struct aisp_secrets__set *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i].n < 3)
			return false;
	return s->n > 0;
}

void aisp_secrets__best_offer(struct aisp_secrets__best *b, const struct aisp_secrets__set *s, uint32_t pre_min, uint32_t pre_max,
                              struct aisp_secrets__after after)
{
	if (!aisp_secrets__set_usable(s))
		return;
	double rate = set_rate(s);

	/* A known place is worth a factor: the expression is tried there only. Each literal costs something in the pass. Beyond
	 * BACK_MAX a rule of ours could not be found by it. */
	double place = pre_max > AISP_SECRETS__BACK_MAX ? 1e6 : pre_max > 256 ? 4 : pre_max > pre_min ? 1.5 : 1;
	double cost = rate * place * (after.class ? 0.7 : 1);

	for (uint32_t i = 0; i < s->n; i++)
		cost += s->v[i].n < 4 ? 2e-5 : 5e-6;

	if (b->set.n && b->cost <= cost)
		return;
	*b = (struct aisp_secrets__best){*s, after, pre_min, pre_max, rate, cost};
}

int aisp_secrets__set_one(struct aisp_arena *a, const char *bytes, size_t n, bool nocase, struct aisp_secrets__set *ret)
{
	struct aisp_secrets__lit *l = aisp_arena_zalloc(a, 1, sizeof *l);

	if (!l)
		return AISP_E_NOMEM;
	if (n > AISP_SECRETS__LIT_MAX) {
		*ret = (struct aisp_secrets__set){0};
		return 0;
	}
	l->n = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		l->s[i] = nocase && letter ? (char)(c | 0x20) : c;
		l->fold |= (uint32_t)(nocase && letter) << i;
	}
	*ret = (struct aisp_secrets__set){l, 1};
	return 0;
}

static int class_lits(const struct aisp_secrets__class *k, struct aisp_secrets__lit *out)
{
	int n = 0;

	for (unsigned c = 0; c < 256; c++) {
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 128;
		bool both = letter && aisp_secrets__class_has(k, c) && aisp_secrets__class_has(k, c ^ 0x20);

		if (!aisp_secrets__class_has(k, c) || (both && !(c & 0x20)))
			continue;
		if (n == CLASS_MAX)
			return -1;
		out[n++] = (struct aisp_secrets__lit){.n = 1, .fold = both, .s = {(char)c}};
	}
	return n;
}

int aisp_secrets__set_class(struct aisp_arena *a, const struct aisp_secrets__class *k, struct aisp_secrets__set *ret)
{
	struct aisp_secrets__lit lits[CLASS_MAX] = {0};
	int n = class_lits(k, lits);

	*ret = (struct aisp_secrets__set){0};
	if (n <= 0)
		return 0;
	struct aisp_secrets__lit *v = aisp_arena_zalloc(a, (size_t)n, sizeof *v);

	if (!v)
		return AISP_E_NOMEM;
	memcpy(v, lits, (size_t)n * sizeof *v);
	*ret = (struct aisp_secrets__set){v, (uint32_t)n};
	return 0;
}

/* Each of x followed by each of y; n = 0 when that is too many or too long. */
int aisp_secrets__set_cross(struct aisp_arena *a, const struct aisp_secrets__set *x, const struct aisp_secrets__set *y,
                            struct aisp_secrets__set *ret)
{
	uint32_t n = x->n * y->n;

	*ret = (struct aisp_secrets__set){0};
	if (!n || n > AISP_SECRETS__SET_MAX)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (x->v[i / y->n].n + y->v[i % y->n].n > AISP_SECRETS__LIT_MAX)
			return 0;
	struct aisp_secrets__lit *v = aisp_arena_zalloc(a, n, sizeof *v);

	if (!v)
		return AISP_E_NOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const struct aisp_secrets__lit *p = &x->v[i / y->n], *q = &y->v[i % y->n];

		v[i] = *p;
		memcpy(v[i].s + p->n, q->s, q->n);
		v[i].fold |= p->n < 32 ? q->fold << p->n : 0;
		v[i].n = (uint8_t)(p->n + q->n);
	}
	*ret = (struct aisp_secrets__set){v, n};
	return 0;
}

int aisp_secrets__set_union(struct aisp_arena *a, const struct aisp_secrets__set *x, const struct aisp_secrets__set *y,
                            struct aisp_secrets__set *ret)
{
	uint32_t n = x->n + y->n;

	*ret = (struct aisp_secrets__set){0};
	if (!x->n || !y->n || n > AISP_SECRETS__SET_MAX)
		return 0;
	struct aisp_secrets__lit *v = aisp_arena_zalloc(a, n, sizeof *v);

	if (!v)
		return AISP_E_NOMEM;
	memcpy(v, x->v, x->n * sizeof *v);
	memcpy(v + x->n, y->v, y->n * sizeof *v);
	*ret = (struct aisp_secrets__set){v, n};
	return 0;
}
