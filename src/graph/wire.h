/* Facts as bytes: what a builder holds of one source, for handing it from a worker process to its parent. Read back through
 * the builder's own functions, so a lying worker can at worst tell wrong facts of its own source, never harm the reader.
 *
 *   "AISPFACT" version │ when collected (of source 1) │ texts: count, then length + bytes + NUL each │ nodes │ aliases │ edges │ gaps
 *   numbers are 32-bit in the machine's order: writer and reader are the same program
 */
#pragma once
#include "base/buf.h"
#include "graph/graph.h"

/* Appends all that is alive in g (its sources are not told apart). */
int aisp_graph_wire_write(const struct aisp_graph *g, struct aisp_buf *out, struct aisp_err *err);
/* Adds what the bytes say to g as facts of `source`. AISP_E_PARSE when they are not whole and well-formed (facts before that
 * place may be in g already). */
int aisp_graph_wire_read(struct aisp_graph *g, uint16_t source, struct aisp_slice bytes, struct aisp_err *err);
