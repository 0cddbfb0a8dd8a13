/* The one place that calls malloc, and the switch that makes any allocation or I/O call fail (torture).
 *
 * Not for: lifetimes. Use an arena (arena.h) for things that die together.
 * Invariant: every allocation and every wrapped I/O call passes aisp_fault_hit() exactly once.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* New block of n bytes (n >= 1), uninitialised; NULL when out of memory. Free with aisp_mem_free. */
void *aisp_mem_alloc(size_t n) __attribute__((malloc, warn_unused_result));
/* New zeroed block of count × size bytes; NULL when out of memory or on overflow. */
void *aisp_mem_zalloc(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
/* Grows or shrinks p to count × size bytes; NULL (p still valid) when out of memory or on overflow. */
void *aisp_mem_resize(void *p, size_t count, size_t size) __attribute__((warn_unused_result));
/* Frees p; NULL is fine. */
void aisp_mem_free(void *p);
/* As aisp_mem_alloc, but between guard pages, locked and left out of core dumps where the system allows; wiped by its
 * own free. Costs whole pages: for secrets only. */
void *aisp_mem_secret_alloc(size_t n) __attribute__((warn_unused_result));
void aisp_mem_secret_free(void *p);
/* Blocks that are allocated and not yet freed, in all threads: the leak check of the torture tests. */
size_t aisp_mem_live(void);
/* For the cleanup attribute on a `T *` local: frees *(void **)pp. */
void aisp_mem_freep(void *pp);

#define AISP_AUTOFREE __attribute__((cleanup(aisp_mem_freep)))
#define AISP_CLEANUP(f) __attribute__((cleanup(f)))
/* Moves a pointer out of a cleanup variable: the variable becomes NULL. */
#define AISP_TAKE(p) (__extension__({ __typeof__(p) take_ = (p); (p) = NULL; take_; }))

/* Torture: fail the nth call from now (n >= 1) once, or from then on when persistent; n = 0 switches it off.
 * The environment variable AISP_FAULT=N or AISP_FAULT=N+ does the same for a whole program. */
void aisp_fault_set(uint64_t nth, bool persistent);
/* Calls seen since aisp_fault_set switched it on; and whether this call must fail. */
uint64_t aisp_fault_count(void);
bool aisp_fault_hit(void);
