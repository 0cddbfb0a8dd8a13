/* Facts as bytes: whatever a worker says is refused or makes a graph that can be frozen, written and read again the same. */
#include "base/buf.h"
#include "graph/snapshot.h"
#include "graph/wire.h"
#include "fuzz.h"

static struct aisp_graph *graph(uint16_t *ret_source)
{
	struct aisp_graph *g = aisp_graph_new();

	FUZZ_CHECK(g);
	FUZZ_CHECK(aisp_graph_source(g, AISP_S("files:fuzz"), AISP_S("files"), AISP_S("fuzz"), ret_source, NULL) == 0);
	return g;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t source, source2;
	struct aisp_graph *g = graph(&source), *again = graph(&source2);
	struct aisp_snapshot *s = NULL, *t = NULL;
	struct aisp_err err = {0};
	struct aisp_buf first;

	aisp_buf_init(&first, 0);
	int r = aisp_graph_wire_read(g, source, aisp_slice_of((const char *)data, size), &err);
	FUZZ_CHECK(r == 0 || r == err.code);
	FUZZ_CHECK(r != AISP_E_NOMEM && r != AISP_E_INTERNAL);
	FUZZ_CHECK(aisp_graph_wire_write(g, &first, NULL) == 0);
	FUZZ_CHECK(aisp_graph_wire_read(again, source2, aisp_buf_slice(&first), &err) == 0);
	FUZZ_CHECK(aisp_graph_freeze(g, &s, &err) == 0);
	FUZZ_CHECK(aisp_graph_freeze(again, &t, &err) == 0);
	FUZZ_CHECK(s->n_nodes == t->n_nodes && s->n_edges == t->n_edges);
	aisp_snapshot_free(s);
	aisp_snapshot_free(t);
	aisp_buf_done(&first);
	return 0;
}
