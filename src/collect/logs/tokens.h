/* Where the tokens of JSON text begin: simdjson's first stage, behind C. It checks UTF-8 and strings; the grammar is for the caller to check.
 *
 * Tokens: { } [ ] : , and the first byte of strings and other scalars, outside of strings only.
 */
#pragma once
#include "base/err.h"
#include "base/slice.h"

struct aisp_tokens;
struct aisp_tokens *aisp_tokens_new(void); /* NULL: out of memory */
void aisp_tokens_free(struct aisp_tokens *t);
/* The tokens of text, which may hold many values. The array lives until the next call; behind the last stands text.n. AISP_E_PARSE: not JSON; AISP_E_NOMEM; AISP_E_LIMIT over 64 MiB. */
int aisp_tokens_find(struct aisp_tokens *t, struct aisp_slice text, const uint32_t **ret_at, uint32_t *ret_n, struct aisp_err *err);
