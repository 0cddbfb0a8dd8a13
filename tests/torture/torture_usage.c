/* Every allocation of tying uses to nodes, adding them up and weighing findings fails: the code of the first failure comes back, nothing is left over, no answer is half an answer. */
#include "govern/usage.h"
#include "torture.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400000000)
static const int64_t now = INT64_C(20000) * DAY;
static struct aisp_snapshot *s;
static struct aisp_uses *uses;
static aisp_edge used, unused;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "torture_usage: %s\n", what);
	exit(1);
}

static aisp_node node(struct aisp_graph *g, enum aisp_node_kind kind, const char *id, const struct aisp_evidence_in *ev)
{
	aisp_node n;
	if (aisp_graph_add_node(g, kind, aisp_slice_z(id), ev, &n, NULL) < 0)
		die(id);
	return n;
}

static void make_world(void)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("iam")};
	const struct aisp_edge_in edge = {.control = AISP_S("arn:aws:iam::111122223333:role/bot#inline/a#/Statement/0")};
	aisp_edge e;
	if (!g || aisp_graph_source(g, AISP_S("aws:x"), AISP_S("aws"), AISP_S("x"), &ev.source, NULL) < 0)
		die("no graph");
	const aisp_node role = node(g, AISP_NODE_ROLE, "arn:aws:iam::111122223333:role/bot", &ev), read = node(g, AISP_NODE_SECRET, "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf", &ev),
	                other = node(g, AISP_NODE_SECRET, "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b-AbCdEf", &ev);
	if (aisp_graph_add_edge(g, role, AISP_EDGE_CAN_READ, read, &edge, &ev, &e, NULL) < 0 || aisp_graph_add_edge(g, role, AISP_EDGE_CAN_READ, other, &edge, &ev, &e, NULL) < 0 ||
	    aisp_graph_freeze(g, &s, NULL) < 0)
		die("no snapshot");
	used = aisp_snapshot_find(s, AISP_S("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf")) == s->edges[1].to ? 1 : 2;
	unused = 3 - used;
}

static void make_uses(const char *store)
{
	const struct aisp_uses_stream stream = {.source = AISP_S("cloudtrail"), .sees = AISP_S("aws-management")};
	if (aisp_uses_open(store, true, &uses, NULL) < 0)
		die("no sums");
	for (int d = 100; d >= 0; d--) {
		char id[16];
		const int n = snprintf(id, sizeof id, "e%d", d);
		const struct aisp_use_event e = {.at_us = now - d * DAY, .outcome = AISP_USE_DONE, .identity = d % 2 ? AISP_S("arn:aws:sts::111122223333:assumed-role/bot/x") : AISP_S("nobody"), .action = AISP_S("secretsmanager:GetSecretValue"),
		                                 .asset = AISP_S("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf"), .from = AISP_S("203.0.113.9"),
		                                 .origin = AISP_S("111122223333/eu-central-1"), .id = aisp_slice_of(id, (size_t)n)};
		if (aisp_uses_add(uses, &stream, &e, NULL) < 0)
			die("no event");
	}
	if (aisp_uses_commit(uses, &stream, 1, NULL) < 0)
		die("no commit");
}

static int one(void *ctx)
{
	AISP_CLEANUP(aisp_usage_freep) struct aisp_usage *u = NULL;
	struct aisp_observations seen = {0};
	struct aisp_err err = {0};
	(void)ctx;
	int r = aisp_usage_make(s, uses, now, &u, &err);
	TORTURE_CHECK((r == 0) == (u != NULL) && err.code == r);
	if (r == 0)
		r = aisp_usage_set_days(u, AISP_S("secret"), 30, &err);
	if (r == 0)
		r = aisp_usage_observations(u, &seen, &err);
	if (r < 0)
		return r;
	const struct aisp_edge_use yes = aisp_usage_of_edge(u, used), no = aisp_usage_of_edge(u, unused);
	TORTURE_CHECK(yes.answer == AISP_USED && yes.count == 50 && no.answer == AISP_NOT_USED);
	TORTURE_CHECK(seen.n == 2);
	return 0;
}

int main(void)
{
	char dir[] = "/tmp/aisp-torture-XXXXXX", store[64], command[80];
	if (!mkdtemp(dir))
		die("no folder");
	snprintf(store, sizeof store, "%s/a.db", dir);
	make_world();
	make_uses(store);
	torture("usage", one, NULL);
	aisp_uses_close(uses);
	aisp_snapshot_free(s);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) == 0 ? torture_result() : 1;
}
