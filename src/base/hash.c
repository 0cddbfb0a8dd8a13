/* Hashes. The table hash folds 128-bit products (as wyhash does); both factors are keyed by the seed, so who does not know
 * the seed cannot choose colliding keys. Content hashes are libsodium's.
 */
#include "base/hash_int.h"
#include <pthread.h>
#include <sodium.h>

static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 u128;
	u128 product = (u128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load8(const unsigned char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

static uint32_t load4(const unsigned char *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

/* The last n (1 … 8) bytes before `end`, of a text of at least 8, as the low bytes of a number. */
static uint64_t load_last(const unsigned char *end, size_t n)
{
	return load8(end - 8) >> (64 - 8 * n);
}

/* A whole text of up to 7 bytes, likewise. */
static uint64_t load_short(const unsigned char *p, size_t n)
{
	if (n >= 4)
		return load4(p) | (uint64_t)load4(p + n - 4) << (8 * (n - 4));
	return n ? p[0] | (uint64_t)p[n >> 1] << (8 * (n >> 1)) | (uint64_t)p[n - 1] << (8 * (n - 1)) : 0;
}

uint64_t aisp_hash64(const void *p, size_t n, uint64_t seed)
{
	const unsigned char *at = p, *const end = n ? at + n : at;
	const bool is_short = n < 8;
	uint64_t k0 = aisp_hash_mix(seed ^ 0x9e3779b97f4a7c15ULL), k1 = aisp_hash_mix(k0 ^ 0xe7037ed1a0b428dbULL);
	uint64_t h = k0 ^ n;

	for (; n > 16; n -= 16, at += 16)
		h = fold(load8(at) ^ k0, load8(at + 8) ^ k1 ^ h) + h;
	if (n > 8)
		h = fold(load8(at) ^ k0, load_last(end, n - 8) ^ k1 ^ h) + h;
	else
		h = fold((is_short ? load_short(at, n) : load_last(end, n)) ^ k0, k1 ^ h) + h;
	return aisp_hash_mix(h ^ k1);
}

struct aisp_digest aisp_digest_of(const void *p, size_t n)
{
	struct aisp_digest d;

	crypto_generichash(d.b, sizeof d.b, p, n, NULL, 0);
	return d;
}

static void to_hex(const unsigned char *p, size_t n, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret_hex[2 * i] = digits[p[i] >> 4];
		ret_hex[2 * i + 1] = digits[p[i] & 15];
	}
	ret_hex[2 * n] = '\0';
}

void aisp_digest_hex(const struct aisp_digest *d, char ret_hex[33])
{
	to_hex(d->b, sizeof d->b, ret_hex);
}

void aisp_sha256_hex(const void *p, size_t n, char ret_hex[65])
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, p, n);
	to_hex(sum, sizeof sum, ret_hex);
}

static uint64_t process_seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void make_seed(void)
{
	randombytes_buf(&process_seed, sizeof process_seed);
}

uint64_t aisp_hash__seed(void)
{
	pthread_once(&seed_once, make_seed);
	return process_seed;
}
