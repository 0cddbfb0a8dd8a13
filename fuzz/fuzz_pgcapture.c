/* A capture of a PostgreSQL server, as one text (tests/unit/postgres/pgtext.h): parsing, the access engine and the
 * graph. Promise: refused with a code, or a graph; and every statement for the graph names things that are there. */
#include "../tests/unit/postgres/pgtext.h"
#include "fuzz.h"

static void scan(struct aisp_pgc_capture *cap)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_collect c = {.graph = g};
	struct aisp_err err = {0};
	FUZZ_CHECK(aisp_graph_source(g, AISP_S("k"), AISP_S("postgres"), AISP_S("t"), &c.source, NULL) == 0);
	int r = aisp_pgc_emit(&c, cap, &err);
	FUZZ_CHECK(r == 0 || (r < 0 && err.code == r && err.msg[0]));
	FUZZ_CHECK(r != AISP_E_INTERNAL && r != AISP_E_NOMEM);
	aisp_graph_free(g);
}

static void round_trip(struct aisp_pgc_capture *cap)
{
	for (int q = 0; q < AISP_PGC_Q_END; q++) {
		struct aisp_pgc_capture again;
		AISP_AUTOBUF struct aisp_buf text;
		aisp_buf_init(&text, 0);
		if (!cap->rows[q].present)
			continue;
		FUZZ_CHECK(aisp_pgc_rowset_write(&cap->rows[q], &text, NULL) == 0);
		FUZZ_CHECK(aisp_pgc_capture_init(&again, NULL) == 0);
		FUZZ_CHECK(aisp_pgc_answer_parse(&again, (enum aisp_pgc_query)q, aisp_buf_slice(&text), NULL) == 0);
		FUZZ_CHECK(again.rows[q].n_rows == cap->rows[q].n_rows);
		aisp_pgc_capture_done(&again);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_pgc_capture cap;
	struct aisp_err err = {0};
	FUZZ_CHECK(aisp_pgc_capture_init(&cap, NULL) == 0);
	int r = pgtext_load(&cap, aisp_slice_of((const char *)data, size), &err);
	FUZZ_CHECK(r == 0 || err.code == r);
	if (r == 0 && cap.version_num) {
		round_trip(&cap);
		scan(&cap);
	}
	aisp_pgc_capture_done(&cap);
	return 0;
}
