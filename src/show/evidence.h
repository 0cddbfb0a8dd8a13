/* Evidence as text, the same in every format.
 *
 *   file   bot/app.py:31 ChatOpenAI(…)        api    GRANT SELECT ON customers TO bot (postgres://db/… relacl)
 *   log    log requests.ndjson:7              probe  probe https://…         rule   join:env-to-role (DB_USER is bot)
 */
#pragma once
#include "show/show.h"

/* In full: place, what stands there, and the clause that says what was concluded. */
void aisp_show__evidence_text(const struct aisp_snapshot *s, const struct aisp_evidence *e, struct aisp_buf *out);
/* Only the place, as short as it can be found again: "bot/app.py:31". */
void aisp_show__evidence_place(const struct aisp_snapshot *s, const struct aisp_evidence *e, struct aisp_buf *out);
/* The evidence to show when there is room for one: the best known, a file before others, the first among equals. NULL
 * when there is none. */
const struct aisp_evidence *aisp_show__best(const struct aisp_snapshot *s, uint32_t at, uint32_t n);
const struct aisp_evidence *aisp_show__node_evidence(const struct aisp_snapshot *s, aisp_node n);
const struct aisp_evidence *aisp_show__edge_evidence(const struct aisp_snapshot *s, aisp_edge e);
/* Best evidence that is a file; NULL when there is none. */
const struct aisp_evidence *aisp_show__file(const struct aisp_snapshot *s, uint32_t at, uint32_t n);
/* The place of an edge's best evidence; a written grant is its own best description. */
void aisp_show__edge_place(const struct aisp_snapshot *s, aisp_edge e, struct aisp_buf *out);
/* "file", "api", "log", "probe", "rule". */
const char *aisp_show__form_name(unsigned form);
