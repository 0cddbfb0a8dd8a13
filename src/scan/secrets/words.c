/* The words of one list or of many in a value, a line, a path: one step a byte, however many words there are. Two bytes lead to the
 * words that begin with them; four are compared at once. */
#include "scan/secrets/words_int.h"
#include <string.h>

enum { STEP = 512, OVERLAP = 32 };

static inline unsigned key(const unsigned char *p)
{
	return (p[0] & 31u) << 5 | (p[1] & 31u);
}

void aisp_secrets__words_add(struct aisp_secrets__words *w, const char *const *list, size_t n, uint64_t bits)
{
	for (size_t i = 0; i < n && w->n < AISP_SECRETS__WORDS_MAX; i++) {
		unsigned char four[4] = {0}, mask[4] = {0};
		size_t len = strlen(list[i]);
		unsigned k = w->n++;

		for (size_t c = 0; c < len && c < 4; c++) {
			four[c] = (unsigned char)list[i][c];
			mask[c] = 0xff;
		}
		memcpy(&w->v[k].value, four, 4);
		memcpy(&w->v[k].mask, mask, 4);
		w->v[k].bits = bits;
		w->v[k].text = list[i];
		w->v[k].n = (uint8_t)len;
		w->v[k].next = w->head[key(four)];
		w->head[key(four)] = (uint8_t)(k + 1);
	}
}

static uint64_t step(const struct aisp_secrets__words *w, const unsigned char *p, size_t n, size_t begins)
{
	uint64_t found = 0;

	for (size_t i = 0; i < begins; i++)
		for (unsigned k = w->head[key(p + i)]; k; k = w->v[k - 1].next) {
			uint32_t four;

			memcpy(&four, p + i, 4);
			if ((four & w->v[k - 1].mask) == w->v[k - 1].value && w->v[k - 1].n <= n - i &&
			    (w->v[k - 1].n <= 4 || memcmp(p + i + 4, w->v[k - 1].text + 4, w->v[k - 1].n - 4u) == 0))
				found |= w->v[k - 1].bits;
		}
	return found;
}

uint64_t aisp_secrets__words_find(const struct aisp_secrets__words *w, struct aisp_slice s)
{
	unsigned char low[STEP + OVERLAP + 4];
	uint64_t found = 0;

	for (size_t at = 0; at < s.n; at += STEP) {
		size_t n = s.n - at < STEP + OVERLAP ? s.n - at : STEP + OVERLAP;

		for (size_t i = 0; i < n; i++) {
			unsigned char c = (unsigned char)s.p[at + i];

			low[i] = (unsigned char)(c - (unsigned)'A' < 26u ? c | 0x20u : c);
		}
		memset(low + n, 0, 4);
		found |= step(w, low, n, n < STEP ? n : STEP);
	}
	return found;
}
