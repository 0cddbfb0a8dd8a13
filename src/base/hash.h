/* Hashes: a fast one for tables (not for hostile collisions across machines), BLAKE2b for content, and the keyed
 * fingerprint by which equal credentials are recognised without being stored.
 */
#pragma once
#include "base/err.h"
#include "base/slice.h"

/* 64-bit hash for in-memory tables; seeded, so different `seed`s give independent functions. */
uint64_t aisp_hash64(const void *p, size_t n, uint64_t seed);
static inline uint64_t aisp_hash_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	return x ^ (x >> 32);
}
struct aisp_digest {
	unsigned char b[16];
};
/* BLAKE2b-128 of the bytes; stable across machines and versions. */
struct aisp_digest aisp_digest_of(const void *p, size_t n);
/* 32 lower-case hex digits and a NUL. */
void aisp_digest_hex(const struct aisp_digest *d, char ret_hex[33]);
/* SHA-256 as 64 lower-case hex digits and a NUL; for `sha256:` ids of files. */
void aisp_sha256_hex(const void *p, size_t n, char ret_hex[65]);
