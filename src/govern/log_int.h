/* Inside the log of decisions: the check of one line. aisp_govlog_verify is this for every line, from the first, until one is wrong; nothing else decides. So a changed file is found when the first line that
 * differs is wrong after the lines before it, which tests use to try every bit of a long log without reading it whole each time.
 */
#pragma once
#include "govern/log.h"
#include <sodium.h>

enum { AISP_GOVLOG_HEX = 2 * crypto_generichash_BYTES };
/* What the lines so far say. All zero but `last`, which is AISP_GOVLOG_HEX times '0': before the first. */
struct aisp_govlog__state {
	uint64_t entries;
	char last[AISP_GOVLOG_HEX + 1]; /* hash of the last one */
	unsigned char pub[crypto_sign_PUBLICKEYBYTES];
};
/* One line of the file, taken apart. Borrowed from the line or the arena. */
struct aisp_govlog__entry {
	uint64_t n;
	struct aisp_slice prev, hash, at, by, kind;
	const struct aisp_doc *data;
};
void aisp_govlog__begin(struct aisp_govlog__state *st);
/* Why the line (without its end) is not the next entry as it was written; NULL: it is, and the state moves on. torn: it had no end. expected: the public key, may be NULL. */
const char *aisp_govlog__line(struct aisp_arena *a, struct aisp_slice line, bool torn, const unsigned char *expected, struct aisp_govlog__state *st, struct aisp_govlog__entry *ret);
