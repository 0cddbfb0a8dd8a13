/* Every allocation of the reach engine fails: making it (with an overlay), forward (with seeds that need another layout),
 * reverse with gates, pairs, explanations.
 */
#include "../unit/reach/toy.h"
#include "torture.h"
#include <stdlib.h>

struct world {
	struct toy t;
	struct aisp_reach *r;
	struct aisp_overlay_edge added[2];
	aisp_edge removed[1];
	struct aisp_overlay o;
	struct aisp_seed extra;
	struct aisp_actor actors[70];
	aisp_node targets[12];
};

static int make(void *ctx)
{
	struct world *w = ctx;
	struct aisp_reach *r = NULL;
	int rc = aisp_reach_new(&w->t.s, &w->o, &r, NULL);
	TORTURE_CHECK((rc == 0) == (r != NULL));
	aisp_reach_free(r);
	return rc;
}

static int forward(void *ctx)
{
	struct world *w = ctx;
	struct aisp_reach_answer *possible = NULL, *certain = NULL, *one = NULL;
	int rc = aisp_reach_forward_both(w->r, w->actors, 70, &possible, &certain, NULL);
	TORTURE_CHECK((rc == 0) == (possible != NULL) && (rc == 0) == (certain != NULL));
	if (rc == 0)
		rc = aisp_reach_forward(w->r, w->actors, 1, AISP_CERTAIN, &one, NULL);
	TORTURE_CHECK((rc == 0) == (one != NULL));
	aisp_reach_answer_free(possible);
	aisp_reach_answer_free(certain);
	aisp_reach_answer_free(one);
	return rc;
}

static int reverse(void *ctx)
{
	struct world *w = ctx;
	for (aisp_node n = 1; n <= w->t.n_nodes; n++) {
		struct aisp_reached_by b = {0};
		int rc = aisp_reach_reverse(w->r, n, AISP_MODE_READ, NULL, NULL, &b, NULL);
		TORTURE_CHECK((rc == 0) == (b.actors != NULL));
		aisp_reached_by_done(&b);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int count(void *ctx, size_t actor, size_t target, bool certain)
{
	(void)actor, (void)target, (void)certain;
	++*(size_t *)ctx;
	return 0;
}

static int pairs(void *ctx)
{
	struct world *w = ctx;
	size_t n = 0;
	return aisp_reach_pairs(w->r, w->actors, 70, w->targets, 12, AISP_MODE_READ, count, &n, NULL);
}

static int explain(void *ctx)
{
	struct world *w = ctx;
	int rc = 0;
	for (aisp_node n = 1; rc == 0 && n <= w->t.n_nodes; n++) {
		struct aisp_paths ps = {0};
		rc = aisp_reach_explain(w->r, &w->actors[69], n, n % 2 ? AISP_MODE_READ : AISP_MODE_ACT, 4, &ps, NULL);
		TORTURE_CHECK(rc == 0 || ps.paths == NULL);
		aisp_paths_done(&ps);
	}
	return rc;
}

static int setup(struct world *w)
{
	uint64_t random = 99;
	toy_fill(&w->t, &random, 12, 60);
	w->added[0] = (struct aisp_overlay_edge){1, 5, AISP_EDGE_CAN_ASSUME, 0, false};
	w->added[1] = (struct aisp_overlay_edge){2, 6, AISP_EDGE_CAN_READ, 0, true};
	w->removed[0] = 3;
	w->o = (struct aisp_overlay){w->removed, 1, w->added, 2};
	w->extra = (struct aisp_seed){3, AISP_MODE_MAY_ACT};
	for (unsigned i = 0; i < 70; i++)
		w->actors[i] = (struct aisp_actor){.node = 1 + i % 12, .extra = &w->extra, .n_extra = i % 2};
	for (unsigned i = 0; i < 12; i++)
		w->targets[i] = i + 1;
	return aisp_reach_new(&w->t.s, &w->o, &w->r, NULL);
}

int main(void)
{
	struct world w = {0};
	setenv("AISP_JOBS", "1", 1);
	if (setup(&w) < 0)
		return 1;
	torture("reach: make", make, &w);
	torture("reach: forward", forward, &w);
	torture("reach: reverse", reverse, &w);
	torture("reach: pairs", pairs, &w);
	torture("reach: explain", explain, &w);
	aisp_reach_free(w.r);
	toy_done(&w.t);
	return torture_result();
}
