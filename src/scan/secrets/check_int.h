/* What the checks share: alphabets, checksums, random samples. */
#pragma once
#include "scan/secrets/rules_int.h"

extern const char aisp_secrets__base62[63], aisp_secrets__base64[65], aisp_secrets__base64url[65], aisp_secrets__base36[37],
	aisp_secrets__base32[33], aisp_secrets__base58[59], aisp_secrets__hexits[17];

/* Base64 of both alphabets, padding optional. false when it is none. */
bool aisp_secrets__unbase64(struct aisp_slice s, struct aisp_buf *out);
void aisp_secrets__put_base64(struct aisp_buf *out, struct aisp_slice bytes, bool url);
bool aisp_secrets__unbase32(struct aisp_slice s, unsigned char *out, size_t n); /* the first n bytes */
uint32_t aisp_secrets__crc32(struct aisp_slice s);
/* n digits of x in an alphabet, most significant first. */
void aisp_secrets__put_digits(struct aisp_buf *out, uint64_t x, const char *alphabet, unsigned n);
uint64_t aisp_secrets__random(uint64_t *seed);
void aisp_secrets__put_random(struct aisp_buf *out, uint64_t *seed, const char *alphabet, size_t n);
void aisp_secrets__put_pem_body(struct aisp_buf *out, uint64_t *seed);
/* A copy in the arena; empty on failure. */
struct aisp_slice aisp_secrets__copy(struct aisp_secrets__checked *x, struct aisp_slice s);
/* The JSON object that base64 text holds; NULL when it holds none. */
const struct aisp_doc *aisp_secrets__base64_object(struct aisp_arena *a, struct aisp_slice s);

typedef enum aisp_secrets__verdict aisp_secrets__check_fn(struct aisp_slice secret, struct aisp_secrets__checked *x);
typedef void aisp_secrets__sample_fn(struct aisp_slice before, uint64_t *seed, struct aisp_buf *out);
struct aisp_secrets__check_row {
	const char *name;
	aisp_secrets__check_fn *check;
	aisp_secrets__sample_fn *sample;
};
#define X(sym, name)                                                                                                   \
	aisp_secrets__check_fn aisp_secrets__check_##sym;                                                              \
	aisp_secrets__sample_fn aisp_secrets__sample_##sym;
AISP_SECRETS_CHECKS(X)
#undef X
