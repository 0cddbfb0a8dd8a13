/* Arenas: memory that dies together (a process, a snapshot, a collector's run, a request), with a cap.
 *
 * Not thread-safe: one thread at a time. Everything is aligned to 16 bytes unless asked otherwise.
 */
#pragma once
#include "base/slice.h"

struct aisp_arena;

/* New arena that never holds more than max_bytes (0 = no cap); NULL when out of memory. */
struct aisp_arena *aisp_arena_new(size_t max_bytes);
void aisp_arena_free(struct aisp_arena *a);
void aisp_arena_freep(struct aisp_arena **a);
/* Forgets everything but keeps one block for the next use. */
void aisp_arena_reset(struct aisp_arena *a);
/* n bytes, uninitialised; NULL when out of memory or over the cap (aisp_arena_full tells which). */
void *aisp_arena_alloc(struct aisp_arena *a, size_t n);
/* count × size zeroed bytes; NULL also on overflow. */
void *aisp_arena_zalloc(struct aisp_arena *a, size_t count, size_t size);
/* Copies a slice, with a NUL behind it; p is NULL on failure. */
struct aisp_slice aisp_arena_dup(struct aisp_arena *a, struct aisp_slice s);
/* printf into the arena; p is NULL on failure. */
struct aisp_slice aisp_arena_printf(struct aisp_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* True once an allocation was refused because of the cap. */
bool aisp_arena_full(const struct aisp_arena *a);
size_t aisp_arena_used(const struct aisp_arena *a);
