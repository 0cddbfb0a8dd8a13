/* What the targets of the files collector share: a graph to write to, and what must hold of it afterwards: no failure, it
 * can be frozen, and a secret that was put in is nowhere in it in clear.
 */
#pragma once
#include "base/arena.h"
#include "collect/files/emit.h"
#include "fuzz.h"
#include "graph/snapshot.h"

#define FUZZ_CANARY "kEpTsEcReT"

static const struct aisp_doc_limits fuzz_limits = {.max_depth = 64, .max_values = 20000, .max_bytes = 1 << 20};

struct fuzz_world {
	struct aisp_fpkey key;
	struct aisp_collect c;
	struct aisp_arena *a;
	struct aisp_emit e;
};

static inline void fuzz_begin(struct fuzz_world *w)
{
	*w = (struct fuzz_world){.key = {{3}}};
	w->c.graph = aisp_graph_new();
	w->c.fpkey = &w->key;
	w->a = aisp_arena_new(0);
	FUZZ_CHECK(w->c.graph && w->a);
	FUZZ_CHECK(aisp_graph_source(w->c.graph, AISP_S("files:fuzz"), AISP_S("files"), AISP_S("fuzz"), &w->c.source, NULL) == 0);
	aisp_emit_init(&w->e, &w->c, w->a, AISP_S("fuzz"), AISP_S("."));
}

static inline void fuzz_end(struct fuzz_world *w, bool canary)
{
	struct aisp_snapshot *s = NULL;
	struct aisp_err err = {0};

	if (aisp_emit_check(&w->e, &err) < 0)
		fprintf(stderr, "%s\n", err.msg);
	FUZZ_CHECK(err.code == 0);
	aisp_emit_done(&w->e);
	FUZZ_CHECK(aisp_graph_freeze(w->c.graph, &s, &err) == 0);
	for (aisp_sym i = 1; canary && i <= aisp_symtab_count(s->syms); i++)
		FUZZ_CHECK(aisp_slice_find(aisp_symtab_get(s->syms, i), AISP_S(FUZZ_CANARY)) == SIZE_MAX);
	for (uint32_t n = 1; n <= s->n_nodes; n++)
		FUZZ_CHECK(s->nodes[n].ev_n > 0);
	for (uint32_t n = 1; n <= s->n_edges; n++)
		FUZZ_CHECK(s->edges[n].ev_n > 0);
	aisp_snapshot_free(s);
	aisp_arena_free(w->a);
}
