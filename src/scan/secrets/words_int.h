/* Some hundred short words looked for in a short text at once: see words.c. */
#pragma once
#include "base/slice.h"
#include <stdint.h>
#include <string.h>

enum { AISP_SECRETS__WORDS_MAX = 255 };
struct aisp_secrets__words {
	uint8_t head[1024]; /* by two bytes; + 1 */
	uint8_t n;
	struct {
		uint32_t value, mask; /* its first four bytes, or fewer */
		uint64_t bits;
		const char *text;
		uint8_t n, next;
	} v[AISP_SECRETS__WORDS_MAX];
};
/* Words in lower case, 2 to 32 bytes; for each `bits` stand in what is found. Once, before any search (pthread_once). */
void aisp_secrets__words_add(struct aisp_secrets__words *w, const char *const *list, size_t n, uint64_t bits);
/* The bits of all words that stand in s, ASCII case ignored. */
uint64_t aisp_secrets__words_find(const struct aisp_secrets__words *w, struct aisp_slice s);
/* Is s this word, which is in lower case? */
static inline bool aisp_secrets__is_word(struct aisp_slice s, const char *word)
{
	if (s.n == 0 || ((unsigned char)s.p[0] | 0x20u) != ((unsigned char)word[0] | 0x20u) || strlen(word) != s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c - (unsigned)'A' < 26u ? c | 0x20u : c) != (unsigned char)word[i])
			return false;
	}
	return true;
}
