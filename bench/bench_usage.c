/* Measures granted beside used: 200,000 different uses tied to an organisation of 100,000 nodes, added up, and the answer for every right.
 *
 *   bench_usage [--rows FILE]
 *
 * 20 AWS accounts: 30,000 roles (10,000 of them with two workloads that run as it), 50,000 buckets and secrets, 20,000 workloads; 300,000 rights, of which every role has one on the
 * same bucket and one role has one on every thing. Uses: every tenth of that bucket; assumed-role sessions, one of 20 of a role or of a
 * thing that is not in the inventory. Time from an opened file of sums to the last answer; memory is the process's peak, with the graph.
 */
#include "base/clock.h"
#include "govern/usage.h"
#include "org.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400000000)
enum { ACCOUNTS = 20, ROLES = 30000, WORKLOADS = 20000, THINGS = 50000, RIGHTS = 300000, USES = 200000, HUB = 1 };
static const int64_t now = INT64_C(20000) * DAY;

static _Noreturn void die(const struct aisp_err *err)
{
	fprintf(stderr, "bench_usage: %s\n", err->msg);
	exit(4);
}

static struct aisp_slice role_id(char *text, size_t cap, unsigned i)
{
	return aisp_slice_of(text, (size_t)snprintf(text, cap, "arn:aws:iam::1111222200%02u:role/service/role-%u", i % ACCOUNTS, i));
}

static struct aisp_slice thing_id(char *text, size_t cap, unsigned i)
{
	return aisp_slice_of(text, (size_t)(i % 5 ? snprintf(text, cap, "arn:aws:s3:::bucket-%u", i) : snprintf(text, cap, "arn:aws:secretsmanager:eu-central-1:1111222200%02u:secret:s%u-AbCdEf", i % ACCOUNTS, i)));
}

static void check(int r, const struct aisp_err *err)
{
	if (r < 0)
		die(err);
}

static struct aisp_snapshot *make_graph(void)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_evidence_in ev = {.form = AISP_EV_API, .confidence = AISP_CONF_OBSERVED, .locator = AISP_S("iam")};
	struct aisp_snapshot *s = NULL;
	struct aisp_err err = {0};
	static aisp_node roles[ROLES], things[THINGS];
	uint64_t random = 1;
	aisp_node n;
	aisp_edge e;
	char text[160];
	check(g ? aisp_graph_source(g, AISP_S("aws:org"), AISP_S("aws"), AISP_S("org"), &ev.source, &err) : AISP_E_NOMEM, &err);
	for (unsigned i = 0; i < ROLES; i++)
		check(aisp_graph_add_node(g, AISP_NODE_ROLE, role_id(text, sizeof text, i), &ev, &roles[i], &err), &err);
	for (unsigned i = 0; i < THINGS; i++) {
		check(aisp_graph_add_node(g, i % 5 ? AISP_NODE_BUCKET : AISP_NODE_SECRET, thing_id(text, sizeof text, i), &ev, &things[i], &err), &err);
		snprintf(text, sizeof text, "1111222200%02u", i % ACCOUNTS);
		check(aisp_graph_set_str(g, things[i], ev.source, "account", aisp_slice_z(text), &err), &err);
	}
	for (unsigned i = 0; i < WORKLOADS; i++) {
		const int len = snprintf(text, sizeof text, "arn:aws:lambda:eu-central-1:1111222200%02u:function:f-%u", i % ACCOUNTS, i);
		check(aisp_graph_add_node(g, AISP_NODE_WORKLOAD, aisp_slice_of(text, (size_t)len), &ev, &n, &err), &err);
		check(aisp_graph_add_edge(g, n, AISP_EDGE_RUNS_AS, roles[i / 2], &(struct aisp_edge_in){0}, &ev, &e, &err), &err);
	}
	for (unsigned i = 0; i < RIGHTS; i++) {
		const uint64_t r = org_random(&random);
		const unsigned role = i < ROLES ? i : i < ROLES + THINGS ? HUB : (unsigned)(r % ROLES), thing = i < ROLES ? HUB : i < ROLES + THINGS ? i - ROLES : (unsigned)((r >> 20) % THINGS);
		const int len = snprintf(text, sizeof text, "arn:aws:iam::1111222200%02u:role/service/role-%u#inline/p#/Statement/%u", role % ACCOUNTS, role, (unsigned)(r >> 40) % 4);
		check(aisp_graph_add_edge(g, roles[role], r >> 60 & 1 ? AISP_EDGE_CAN_READ : AISP_EDGE_CAN_WRITE, things[thing], &(struct aisp_edge_in){.control = aisp_slice_of(text, (size_t)len)}, &ev, &e, &err), &err);
	}
	check(aisp_graph_freeze(g, &s, &err), &err);
	return s;
}

static struct aisp_uses *make_uses(const char *store)
{
	struct aisp_uses *u = NULL;
	struct aisp_err err = {0};
	uint64_t random = 1;
	char who[160], what[160], id[32], origin[40];
	const struct aisp_uses_stream stream = {.source = AISP_S("cloudtrail"), .sees = AISP_S("aws-data aws-management")};
	check(aisp_uses_open(store, true, &u, &err), &err);
	for (unsigned i = 0; i < USES; i++) {
		const uint64_t r = org_random(&random);
		const unsigned role = i % 20 ? i % 7 ? (unsigned)(r % ROLES) : HUB : (unsigned)(r % ROLES) + ROLES, thing = i % 10 ? (unsigned)((r >> 20) % THINGS) : HUB;
		const bool secret = thing % 5 == 0;
		snprintf(origin, sizeof origin, "1111222200%02u/eu-central-1", role % ACCOUNTS);
		const int who_n = snprintf(who, sizeof who, "arn:aws:sts::1111222200%02u:assumed-role/role-%u/f-%u", role % ACCOUNTS, role, role), id_n = snprintf(id, sizeof id, "e%u", i);
		const struct aisp_use_event e = {.at_us = now - (int64_t)(i % 100) * DAY, .outcome = AISP_USE_DONE, .identity = aisp_slice_of(who, (size_t)who_n),
		                                 .action = secret ? AISP_S("secretsmanager:GetSecretValue") : r >> 60 & 1 ? AISP_S("s3:GetObject") : AISP_S("s3:PutObject"), .asset = thing_id(what, sizeof what, thing), .from = AISP_S("203.0.113.9"),
		                                 .origin = aisp_slice_z(origin), .id = aisp_slice_of(id, (size_t)id_n)};
		check(aisp_uses_add(u, &stream, &e, &err), &err);
		if (aisp_uses_full(u))
			check(aisp_uses_commit(u, &stream, 1, &err), &err);
	}
	check(aisp_uses_commit(u, &stream, 1, &err), &err);
	aisp_uses_close(u);
	check(aisp_uses_open(store, false, &u, &err), &err);
	return u;
}

static double resident(const char *key)
{
	char line[256];
	unsigned long long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, key, strlen(key)) == 0 && sscanf(line + strlen(key), ": %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return (double)kib * 1024;
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/aisp-bench-usage-XXXXXX", store[80], command[96];
	struct aisp_usage *u = NULL;
	struct aisp_observations seen;
	struct aisp_err err = {0};
	size_t answers[3] = {0};
	if (!mkdtemp(folder))
		return 4;
	snprintf(store, sizeof store, "%s/a.db", folder);
	struct aisp_snapshot *s = make_graph();
	struct aisp_uses *uses = make_uses(store);
	const double before = resident("VmRSS");
	const uint64_t start = aisp_clock_mono_ns();
	check(aisp_usage_make(s, uses, now, &u, &err), &err);
	const double made = (double)(aisp_clock_mono_ns() - start) / 1e9;
	for (aisp_edge e = 1; e <= s->n_edges; e++)
		if (aisp_usage_is_grant(u, e))
			answers[aisp_usage_of_edge(u, e).answer]++;
	check(aisp_usage_observations(u, &seen, &err), &err);
	const double all = (double)(aisp_clock_mono_ns() - start) / 1e9, rss = resident("VmRSS") - before;
	const struct aisp_attribution t = aisp_usage_attribution(u);
	printf("%u nodes, %u edges, %zu uses: %.2f s (tied and added up in %.2f s), %.0f MiB\n", s->n_nodes, s->n_edges, aisp_usage_count(u), all, made, rss / 1048576);
	printf("used %zu, not used %zu, no telemetry %zu; %" PRId64 " of %" PRId64 " events tied\n", answers[AISP_USED], answers[AISP_NOT_USED], answers[AISP_NO_TELEMETRY], t.both_tied, t.events);
	FILE *rows = argc == 3 && strcmp(argv[1], "--rows") == 0 ? fopen(argv[2], "a") : NULL;
	if (rows) {
		fprintf(rows, "{\"name\":\"usage.200k.s\",\"value\":%.6g,\"unit\":\"s\",\"better\":\"lower\",\"peer\":null,\"peer_value\":null,\"limit_value\":null,\"command\":\"bench_usage\"}\n"
		        "{\"name\":\"usage.200k.rss.bytes\",\"value\":%.6g,\"unit\":\"bytes\",\"better\":\"lower\",\"peer\":null,\"peer_value\":null,\"limit_value\":null,\"command\":\"bench_usage\"}\n", all, rss);
		fclose(rows);
	}
	aisp_usage_free(u);
	aisp_uses_close(uses);
	aisp_snapshot_free(s);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) == 0 ? 0 : 4;
}
