/* Interning: text that repeats becomes a 32-bit symbol. 0 is none (the empty slice). Symbols are dense: 1, 2, 3, … in
 * order of first use, so the same input gives the same numbers. Not thread-safe.
 */
#pragma once
#include "base/err.h"
#include "base/slice.h"

typedef uint32_t aisp_sym;
struct aisp_symtab;

struct aisp_symtab *aisp_symtab_new(void); /* NULL when out of memory */
void aisp_symtab_free(struct aisp_symtab *t);
void aisp_symtab_freep(struct aisp_symtab **t);
/* The symbol of s, made if new; 0 for the empty slice. AISP_E_NOMEM, AISP_E_LIMIT (over 4 GiB of text or 2^31 symbols). */
int aisp_symtab_add(struct aisp_symtab *t, struct aisp_slice s, aisp_sym *ret_sym, struct aisp_err *err);
/* The symbol of s if it is known, else 0. */
aisp_sym aisp_symtab_find(const struct aisp_symtab *t, struct aisp_slice s);
/* The text, NUL-terminated, borrowed until the table is freed; empty for 0. */
struct aisp_slice aisp_symtab_get(const struct aisp_symtab *t, aisp_sym sym);
static inline const char *aisp_symtab_z(const struct aisp_symtab *t, aisp_sym sym)
{
	struct aisp_slice s = aisp_symtab_get(t, sym);
	return s.p ? s.p : "";
}
uint32_t aisp_symtab_count(const struct aisp_symtab *t);
