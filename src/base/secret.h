/* Secrets: a value that must never be printed, stored or left in memory. There is no function that prints one.
 *
 * What may leave: a keyed fingerprint (equal secrets are recognised, nothing else can be learnt from it) and a redacted
 * preview. The key is 32 random bytes in the store's folder, made on first use with mode 0600.
 */
#pragma once
#include "base/err.h"
#include "base/slice.h"

struct aisp_secret {
	char *p; /* owned, locked where the system allows, wiped on done */
	size_t n;
};
int aisp_secret_init(struct aisp_secret *s, struct aisp_slice value, struct aisp_err *err); /* copies */
void aisp_secret_done(struct aisp_secret *s); /* wipes */

struct aisp_fpkey {
	unsigned char k[32];
};
/* Reads the key file or makes it (mode 0600, created whole or not at all). AISP_E_IO, AISP_E_ACCESS, AISP_E_PARSE. */
int aisp_fpkey_load(const char *path, struct aisp_fpkey *ret_key, struct aisp_err *err);
/* "fp1:" and 32 hex digits: keyed BLAKE2b-128 of the value. */
enum { AISP_FINGERPRINT_LEN = 36 };
void aisp_fingerprint(const struct aisp_fpkey *key, struct aisp_slice value, char ret_fp[AISP_FINGERPRINT_LEN + 1]);
/* Redacted preview: at most the first 4 bytes of a value of 20 or more, then "…" and the length class; else only "…". */
enum { AISP_PREVIEW_MAX = 32 };
void aisp_preview(struct aisp_slice value, char ret_preview[AISP_PREVIEW_MAX]);
