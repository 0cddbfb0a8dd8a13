/* Every allocation and I/O call of the PostgreSQL collector fails: reading a capture, the engine, the graph, writing a
 * capture, and connecting to a port where nobody listens.
 */
#include "../unit/postgres/pgtext.h"
#include "base/fs.h"
#include "torture.h"
#include <fcntl.h>
#include <stdlib.h>

struct world {
	struct aisp_buf text;
	struct aisp_pgc_capture cap;
	struct aisp_pg_model m;
	char dir[32];
};

static int load(void *ctx)
{
	struct world *w = ctx;
	struct aisp_pgc_capture cap;
	struct aisp_err err = {0};
	int r = aisp_pgc_capture_init(&cap, &err);
	if (r < 0)
		return r;
	r = pgtext_load(&cap, aisp_buf_slice(&w->text), &err);
	TORTURE_CHECK(r == 0 || err.code == r);
	aisp_pgc_capture_done(&cap);
	return r;
}

static int decide(void *ctx)
{
	struct world *w = ctx;
	struct aisp_pg_engine *e = NULL;
	int r = aisp_pg_engine_new(&w->m, &e, NULL);
	TORTURE_CHECK((r == 0) == (e != NULL));
	aisp_pg_engine_free(e);
	return r;
}

static int nothing(void *ctx, const struct aisp_pg_right *right, struct aisp_err *err)
{
	(void)ctx, (void)right, (void)err;
	return 0;
}

static int rights(void *ctx)
{
	struct world *w = ctx;
	struct aisp_pg_engine *e = NULL;
	int r = aisp_pg_engine_new(&w->m, &e, NULL);
	if (r == 0)
		r = aisp_pg_each_right(e, nothing, NULL, NULL);
	aisp_pg_engine_free(e);
	return r;
}

static int model(void *ctx)
{
	struct world *w = ctx;
	struct aisp_pg_model m;
	int r = aisp_pgc_model(&w->cap, &m, NULL);
	if (r == 0)
		aisp_pg_model_done(&m);
	return r;
}

static int emit(void *ctx)
{
	struct world *w = ctx;
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_collect c = {.graph = g};
	int r = g ? aisp_graph_source(g, AISP_S("k"), AISP_S("postgres"), AISP_S("t"), &c.source, NULL) : AISP_E_NOMEM;
	if (r == 0)
		r = aisp_pgc_emit(&c, &w->cap, NULL);
	aisp_graph_free(g);
	return r;
}

static int save(void *ctx)
{
	struct world *w = ctx;
	return aisp_pgc_capture_write(&w->cap, w->dir, NULL);
}

static int refused(void *ctx)
{
	(void)ctx;
	struct aisp_target t = {.text = AISP_S("postgresql://u:hidden@127.0.0.1:1/d")};
	struct aisp_collect c = {.timeout_s = 2};
	struct aisp_pgc_capture cap;
	struct aisp_err err = {0};
	int r = aisp_pgc_capture_init(&cap, NULL);
	if (r < 0)
		return r;
	r = aisp_pgc_fetch(&c, &t, &cap, &err);
	TORTURE_CHECK(r < 0 && !strstr(err.msg, "hidden"));
	aisp_pgc_capture_done(&cap);
	return r == AISP_E_REMOTE ? 0 : r; /* nobody listens: that is what must come out */
}

int main(void)
{
	struct world w = {.dir = "/tmp/aisp-torture-XXXXXX"};
	char command[64];
	aisp_buf_init(&w.text, 0);
	if (!mkdtemp(w.dir) ||
	    aisp_fs_read(AT_FDCWD, AISP_SOURCE_ROOT "/fuzz/corpus/pgcapture/small16.txt", false, 1 << 24, &w.text,
			 NULL) < 0 ||
	    aisp_pgc_capture_init(&w.cap, NULL) < 0 || pgtext_load(&w.cap, aisp_buf_slice(&w.text), NULL) < 0 ||
	    aisp_pgc_model(&w.cap, &w.m, NULL) < 0) {
		fputs("cannot load the capture\n", stderr);
		return 1;
	}
	torture("capture: read", load, &w);
	torture("capture: model", model, &w);
	torture("engine", decide, &w);
	torture("engine: rights", rights, &w);
	torture("graph", emit, &w);
	torture_may_succeed("capture: write", save, &w);
	torture_may_succeed("connect", refused, &w);
	aisp_pg_model_done(&w.m);
	aisp_pgc_capture_done(&w.cap);
	aisp_buf_done(&w.text);
	snprintf(command, sizeof command, "rm -r %s", w.dir);
	return system(command) == 0 ? torture_result() : 1;
}
