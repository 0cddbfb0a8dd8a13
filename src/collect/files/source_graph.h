/* Source code → graph: what scan/source finds, by the ids, properties and edges of ARCHITECTURE.md.
 *
 *   parse (parallel, one arena a worker) ─▶ add (in order of paths) ─▶ finish: links the whole repository and emits
 *
 * The texts are in memory until aisp_source_graph_free, which overwrites them.
 */
#pragma once
#include "collect/files/emit.h"
#include "scan/source/source.h"

struct aisp_source_parsed {
	struct aisp_source_module *module; /* NULL when nothing could be read */
	enum aisp_code gap;                /* why (a part of) it could not be read; AISP_OK when all is well */
	struct aisp_slice detail;
};

/* Is it source code that we read? */
bool aisp_source_takes(struct aisp_slice path);
/* Reads one file; pure and thread-safe with one arena a thread. What the file does wrong is ret->gap, not an error: the
 * result is negative only for AISP_E_NOMEM. The arena must outlive aisp_source_graph_free. */
int aisp_source_parse(struct aisp_slice path, struct aisp_slice text, struct aisp_arena *a,
                      struct aisp_source_parsed *ret_parsed, struct aisp_err *err);

struct aisp_source_graph;
/* The emitter is borrowed, with its components complete. NULL when out of memory. */
struct aisp_source_graph *aisp_source_graph_new(struct aisp_emit *e);
/* In order of paths (bytewise), each path once. Emits the gap, keeps the module. */
void aisp_source_add(struct aisp_source_graph *g, struct aisp_slice path, const struct aisp_source_parsed *parsed);
/* Links all files and emits nodes and edges. Failures stick to the emitter. */
void aisp_source_finish(struct aisp_source_graph *g);
/* Overwrites the texts. NULL is fine. */
void aisp_source_graph_free(struct aisp_source_graph *g);
