/* Torture of the store: a save that fails leaves what stood; loading fails cleanly. SQLite's own memory is not ours to fail. */
#include "graph/synthetic.h"
#include "store/store.h"
#include "torture.h"
#include <stdlib.h>
#include <unistd.h>

struct place {
	char dir[40], path[64];
	struct aisp_snapshot *v[2];
	unsigned next;
};

static int save(struct aisp_store *st, const struct aisp_snapshot *s, int64_t *ret_run, struct aisp_err *err)
{
	struct aisp_store_outcome outcomes[4];
	const struct aisp_store_finding finding = {.fingerprint = AISP_S("f"), .rule = AISP_S("r"), .severity = AISP_S("low"),
	                                           .title = AISP_S("t"), .subject = aisp_snapshot_text(s, s->nodes[1].id)};

	for (uint32_t i = 0; i < 4; i++)
		outcomes[i] = (struct aisp_store_outcome){aisp_snapshot_text(s, s->sources[i + 1].key), i != 3};
	const struct aisp_store_save in = {.finished_us = 1, .outcomes = outcomes, .n_outcomes = 4, .findings = &finding, .n_findings = 1};

	return aisp_store_save(st, s, &in, ret_run, err);
}

/* Saves the two versions in turn; a failed save adds no run. */
static int save_one(void *ctx)
{
	struct place *p = ctx;
	struct aisp_store *st = NULL;
	struct aisp_err err = {0};
	int64_t run = -1;
	int r = aisp_store_open(p->path, AISP_STORE_CREATE, &st, &err);

	TORTURE_CHECK(r == 0 || st == NULL);
	if (r == 0) {
		r = save(st, p->v[p->next % 2], &run, &err);
		TORTURE_CHECK(r == 0 ? run > 0 : run == -1);
		p->next += r == 0;
	}
	TORTURE_CHECK(r == 0 || err.msg[0]);
	aisp_store_close(st);
	return r;
}

static int load_one(void *ctx)
{
	struct place *p = ctx;
	struct aisp_snapshot *s = NULL;
	struct aisp_store *st = NULL;
	int r = aisp_store_open(p->path, AISP_STORE_READONLY, &st, NULL);

	if (r == 0)
		r = aisp_store_load(st, 1, &s, NULL);
	TORTURE_CHECK(r == 0 ? s->n_nodes == p->v[0]->n_nodes && s->n_edges == p->v[0]->n_edges : s == NULL);
	aisp_snapshot_free(s);
	aisp_store_close(st);
	return r;
}

static int load_source(void *ctx)
{
	struct place *p = ctx;
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_store *st = NULL;
	int r = g ? aisp_store_open(p->path, AISP_STORE_READONLY, &st, NULL) : AISP_E_NOMEM;

	if (r == 0)
		r = aisp_store_load_source(st, AISP_S("synthetic:2"), g, NULL);
	aisp_store_close(st);
	aisp_graph_free(g);
	return r;
}

static int lists(void *ctx)
{
	struct place *p = ctx;
	struct aisp_store_runs runs = {0};
	struct aisp_store_sources sources = {0};
	struct aisp_store_findings findings = {0};
	struct aisp_store_life life = {0};
	struct aisp_store *st = NULL;
	int r = aisp_store_open(p->path, AISP_STORE_READONLY, &st, NULL);

	if (r == 0 && (r = aisp_store_runs(st, &runs, NULL)) == 0 && (r = aisp_store_sources(st, &sources, NULL)) == 0 &&
	    (r = aisp_store_findings(st, &findings, NULL)) == 0)
		r = aisp_store_life(st, AISP_S("f"), &life, NULL);
	TORTURE_CHECK(r < 0 || (runs.n > 0 && sources.n == 4 && findings.n == 1 && life.n == 1));
	aisp_store_runs_done(&runs);
	aisp_store_sources_done(&sources);
	aisp_store_findings_done(&findings);
	aisp_store_life_done(&life);
	aisp_store_close(st);
	return r;
}

static void remove_all(const struct place *p)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char file[80];

	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "%s%s", p->path, tails[i]);
		unlink(file);
	}
	rmdir(p->dir);
}

int main(void)
{
	struct place p = {.dir = "/tmp/aisp-torture-XXXXXX"};
	const struct aisp_synthetic a = {.n_nodes = 30, .n_edges = 90, .seed = 1}, b = {.n_nodes = 33, .n_edges = 80, .seed = 2};

	TORTURE_CHECK(mkdtemp(p.dir) != NULL);
	snprintf(p.path, sizeof p.path, "%s/s.db", p.dir);
	TORTURE_CHECK(aisp_synthetic_make(&a, &p.v[0], NULL) == 0 && aisp_synthetic_make(&b, &p.v[1], NULL) == 0);
	torture("store save", save_one, &p);
	torture("store load", load_one, &p);
	torture("store load_source", load_source, &p);
	torture("store lists", lists, &p);
	aisp_snapshot_free(p.v[0]);
	aisp_snapshot_free(p.v[1]);
	remove_all(&p);
	return torture_result();
}
