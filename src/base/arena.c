/* Arenas: a chain of blocks, the newest first, filled from the front.
 *
 *   arena ─▶ block { prev, size, used, data[size] } ─▶ prev ─▶ …
 *
 * Blocks double from 4 KiB to 1 MiB; what is larger gets a block of its own size. Text (dup, printf) is packed without
 * alignment; everything else starts at a multiple of 16.
 * Invariants: the data of all blocks together never exceeds `max`; under AddressSanitizer every byte of a block that was not
 * handed out is poisoned.
 */
#include "base/arena.h"
#include "base/mem.h"
#include <stdarg.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = 16, BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20 };

struct block {
	struct block *prev;
	size_t size, used;
	_Alignas(ALIGN) char data[];
};
struct aisp_arena {
	struct block *top;
	size_t max;  /* of `held`; SIZE_MAX = no cap */
	size_t held; /* data bytes of all blocks */
	size_t used; /* bytes handed out, with padding */
	bool full;
};

struct aisp_arena *aisp_arena_new(size_t max_bytes)
{
	struct aisp_arena *a = aisp_mem_zalloc(1, sizeof *a);

	if (a)
		a->max = max_bytes ? max_bytes : SIZE_MAX;
	return a;
}

static struct block *drop(struct block *b)
{
	struct block *prev = b->prev;

	UNPOISON(b->data, b->size);
	aisp_mem_free(b);
	return prev;
}

void aisp_arena_free(struct aisp_arena *a)
{
	if (!a)
		return;
	while (a->top)
		a->top = drop(a->top);
	aisp_mem_free(a);
}

void aisp_arena_freep(struct aisp_arena **a)
{
	aisp_arena_free(*a);
	*a = NULL;
}

void aisp_arena_reset(struct aisp_arena *a)
{
	while (a->top && a->top->prev) {
		struct block *second = a->top->prev;

		a->top->prev = drop(second);
	}
	a->held = a->top ? a->top->size : 0;
	a->used = 0;
	a->full = false;
	if (a->top) {
		a->top->used = 0;
		POISON(a->top->data, a->top->size);
	}
}

/* A new top block with room for at least n bytes. */
static bool grow(struct aisp_arena *a, size_t n)
{
	size_t left = a->max - a->held, size = BLOCK_MIN;

	if (n > left || n > SIZE_MAX - sizeof(struct block)) {
		a->full = true;
		return false;
	}
	if (a->top)
		size = a->top->size < BLOCK_MAX / 2 ? a->top->size * 2 : BLOCK_MAX;
	if (size > left)
		size = left;
	if (size < n)
		size = n;
	struct block *b = aisp_mem_alloc(sizeof *b + size);

	if (!b)
		return false;
	*b = (struct block){.prev = a->top, .size = size};
	POISON(b->data, size);
	a->top = b;
	a->held += size;
	return true;
}

static void *take(struct aisp_arena *a, size_t n, size_t align)
{
	struct block *b = a->top;
	size_t at = b ? (b->used + align - 1) & ~(align - 1) : 0;

	if (!b || at > b->size || n > b->size - at) {
		if (!grow(a, n))
			return NULL;
		b = a->top;
		at = 0;
	}
	a->used += at + n - b->used;
	b->used = at + n;
	UNPOISON(b->data + at, n);
	return b->data + at;
}

void *aisp_arena_alloc(struct aisp_arena *a, size_t n)
{
	return take(a, n ? n : 1, ALIGN);
}

void *aisp_arena_zalloc(struct aisp_arena *a, size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		return NULL;
	void *p = aisp_arena_alloc(a, n);

	return p ? memset(p, 0, n) : NULL;
}

struct aisp_slice aisp_arena_dup(struct aisp_arena *a, struct aisp_slice s)
{
	char *p = s.n < SIZE_MAX ? take(a, s.n + 1, 1) : NULL;

	if (!p)
		return (struct aisp_slice){0};
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return aisp_slice_of(p, s.n);
}

struct aisp_slice aisp_arena_printf(struct aisp_arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *p = n >= 0 ? take(a, (size_t)n + 1, 1) : NULL;

	if (!p)
		return (struct aisp_slice){0};
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return aisp_slice_of(p, (size_t)n);
}

bool aisp_arena_full(const struct aisp_arena *a)
{
	return a->full;
}

size_t aisp_arena_used(const struct aisp_arena *a)
{
	return a->used;
}
