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
	struct aisp_secrets *rules;
	struct aisp_fpkey key;
	struct aisp_pgc_cells cells;
	struct aisp_buf token;
};

static int prepare_cells(struct world *w)
{
	aisp_buf_init(&w->token, 0);
	if (aisp_secrets_new(&(struct aisp_secrets_config){0}, &w->rules, NULL) < 0 ||
	    aisp_secrets_expand(AISP_S("AKIA<<check>>"), AISP_S("aws-key-id"), 5, &w->token, NULL) < 0)
		return -1;
	struct aisp_pgc_cells *k = &w->cells;
	k->oid = AISP_S("1");
	k->table = AISP_S("t");
	k->cell_max = 512;
	k->n_columns = 2;
	k->n_rows = 2;
	k->num[0] = AISP_S("1");
	k->name[0] = k->name[1] = AISP_S("value");
	k->num[1] = AISP_S("2");
	k->v[1] = aisp_buf_slice(&w->token);
	k->v[AISP_PGC_SAMPLE_ROWS] = AISP_S("anna@example.com");
	return 0;
}

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

/* Sampled cells are looked at, with the rules for secrets. */
static int look(void *ctx)
{
	struct world *w = ctx;
	struct aisp_pgc_capture cap;
	struct aisp_pgc_look l = {0};
	const struct aisp_content content = {.secrets = w->rules, .fpkey = &w->key, .what = AISP_CONTENT_SECRETS};
	int r = aisp_pgc_capture_init(&cap, NULL);
	if (r < 0)
		return r;
	r = aisp_pgc_look_init(&l, &content, &cap, NULL);
	if (r == 0)
		r = aisp_pgc_look_table(&l, &w->cells, NULL);
	aisp_pgc_look_done(&l);
	TORTURE_CHECK(r < 0 || (cap.rows[AISP_PGC_Q_personal].n_rows >= 3 && cap.rows[AISP_PGC_Q_secrets].n_rows == 1));
	aisp_pgc_capture_done(&cap);
	return r;
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
	static struct world w = {.dir = "/tmp/aisp-torture-XXXXXX"};
	char command[64];
	aisp_buf_init(&w.text, 0);
	if (!mkdtemp(w.dir) || prepare_cells(&w) < 0 ||
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
	TORTURE_CHECK(look(&w) == 0); /* the tables that the detectors make once are made before */
	torture_may_succeed("sampled values", look, &w); /* what a key says of its account may be left out */
	torture_may_succeed("capture: write", save, &w);
	torture_may_succeed("connect", refused, &w);
	aisp_pg_model_done(&w.m);
	aisp_pgc_capture_done(&w.cap);
	aisp_buf_done(&w.text);
	aisp_buf_done(&w.token);
	aisp_secrets_free(w.rules);
	snprintf(command, sizeof command, "rm -r %s", w.dir);
	return system(command) == 0 ? torture_result() : 1;
}
