/* Allocation and fault injection: see mem.h.
 *
 * Invariants: `live` counts every block handed out here and not yet freed; while a fault is armed, `calls` counts every
 * allocation and wrapped I/O call, of all threads.
 */
#include "base/mem.h"
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_size_t live;
static atomic_uint_fast64_t armed_at; /* 0 = off */
static atomic_bool armed_for_good;
static atomic_uint_fast64_t calls;
static pthread_once_t env_once = PTHREAD_ONCE_INIT;
static atomic_bool env_read;

/* AISP_FAULT=N or N+; anything else leaves the injection off. */
static void read_env(void)
{
	const char *text = getenv("AISP_FAULT");
	char *end = NULL;
	unsigned long long n = text ? strtoull(text, &end, 10) : 0;

	if (n > 0 && (*end == '\0' || (end[0] == '+' && end[1] == '\0'))) {
		atomic_store(&armed_for_good, *end == '+');
		atomic_store(&armed_at, n);
	}
	atomic_store(&env_read, true);
}

void aisp_fault_set(uint64_t nth, bool persistent)
{
	pthread_once(&env_once, read_env);
	atomic_store(&armed_at, 0);
	atomic_store(&calls, 0);
	atomic_store(&armed_for_good, persistent);
	atomic_store(&armed_at, nth);
}

uint64_t aisp_fault_count(void)
{
	return atomic_load(&calls);
}

bool aisp_fault_hit(void)
{
	if (!atomic_load_explicit(&env_read, memory_order_acquire))
		pthread_once(&env_once, read_env);
	uint64_t nth = atomic_load_explicit(&armed_at, memory_order_relaxed);

	if (nth == 0)
		return false;
	uint64_t call = atomic_fetch_add(&calls, 1) + 1;

	return call == nth || (call > nth && atomic_load(&armed_for_good));
}

static void *counted(void *p)
{
	if (p)
		atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return p;
}

/* count × size, at least 1; false when no object can be so large. */
static bool total(size_t count, size_t size, size_t *ret_n)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n) || n > PTRDIFF_MAX)
		return false;
	*ret_n = n ? n : 1;
	return true;
}

void *aisp_mem_alloc(size_t n)
{
	return aisp_fault_hit() || !total(n, 1, &n) ? NULL : counted(malloc(n));
}

void *aisp_mem_zalloc(size_t count, size_t size)
{
	size_t n;

	return aisp_fault_hit() || !total(count, size, &n) ? NULL : counted(calloc(1, n));
}

void *aisp_mem_resize(void *p, size_t count, size_t size)
{
	size_t n;

	if (aisp_fault_hit() || !total(count, size, &n))
		return NULL;
	return p ? realloc(p, n) : counted(malloc(n));
}

void aisp_mem_free(void *p)
{
	if (p)
		atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	free(p);
}

void aisp_mem_freep(void *pp)
{
	aisp_mem_free(*(void **)pp);
	*(void **)pp = NULL;
}

void *aisp_mem_secret_alloc(size_t n)
{
	if (aisp_fault_hit() || sodium_init() < 0)
		return NULL;
	return counted(sodium_malloc(n ? n : 1));
}

void aisp_mem_secret_free(void *p)
{
	if (p)
		atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	sodium_free(p);
}

size_t aisp_mem_live(void)
{
	return atomic_load(&live);
}
