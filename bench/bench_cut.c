/* Measures the smallest change on a synthetic organisation: what closes every way of 64 exposed workloads to 20 sensitive things.
 *
 *   bench_cut NODES [--rows FILE]
 *
 * Every grant-like edge has a control object; every fourth shares its own with others (about eight edges each). Prices 1 to 3. One call of aisp_cut_find from a loaded snapshot:
 * the reach, the graph, the bounds, the choice and the proof on the snapshot itself.
 */
#include "base/clock.h"
#include "base/jw.h"
#include "org.h"
#include "reach/cut.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES = 64, TARGETS = 20 };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench_cut: %s\n", what);
	exit(4);
}

static bool is_grant(enum aisp_edge_kind k)
{
	switch (k) {
	case AISP_EDGE_CAN_READ: case AISP_EDGE_CAN_WRITE: case AISP_EDGE_CAN_CALL: case AISP_EDGE_CAN_ASSUME: case AISP_EDGE_MEMBER_OF:
	case AISP_EDGE_RUNS_AS: case AISP_EDGE_HAS_TOOL: case AISP_EDGE_CALLS: case AISP_EDGE_READS: case AISP_EDGE_WRITES: case AISP_EDGE_AUTHENTICATES:
	case AISP_EDGE_ALLOWS: case AISP_EDGE_EXPOSES: case AISP_EDGE_ROUTES_TO: case AISP_EDGE_RETRIEVES_FROM: case AISP_EDGE_HOLDS:
		return true;
	default:
		return false;
	}
}

static size_t put_controls(struct aisp_snapshot *s)
{
	uint64_t random = 7;
	size_t n = 0;
	char text[64];
	struct aisp_err err = {0};
	for (aisp_edge e = 1; e <= s->n_edges; e++) {
		if (!is_grant(s->edges[e].kind))
			continue;
		const uint64_t r = org_random(&random);
		const int len = r % 4 ? snprintf(text, sizeof text, "grant/%" PRIu32, e) : snprintf(text, sizeof text, "shared/%" PRIu64, r / 4 % (s->n_edges / 32 + 1));
		if (aisp_symtab_add(s->syms, aisp_slice_of(text, (size_t)len), &s->edges[e].control, &err) < 0)
			die(err.msg);
		n++;
	}
	return n;
}

static double price(void *ctx, const struct aisp_snapshot *s, struct aisp_slice control)
{
	(void)ctx;
	(void)s;
	return 1 + (double)(control.p[control.n - 1] % 3);
}

static void put_row(FILE *rows, uint32_t nodes, const char *what, double value, const char *unit)
{
	const uint32_t k = nodes / 1000;
	fprintf(rows, "{\"name\":\"plan.%" PRIu32 "%s.cut.%s\",\"value\":%.6g,\"unit\":\"%s\",\"better\":\"%s\",\"peer\":null,\"peer_value\":null,\"limit_value\":null,\"command\":\"bench_cut %" PRIu32 "\"}\n",
	        k >= 1000 ? k / 1000 : k, k >= 1000 ? "m" : "k", what, value, unit, strcmp(what, "bound") ? "lower" : "higher", nodes);
}

int main(int argc, char **argv)
{
	struct aisp_err err = {0};
	struct org org;
	struct aisp_cut cut = {0};
	static struct aisp_cut_goal goals[ENTRIES * TARGETS];
	size_t n = 0;
	const uint32_t nodes = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	FILE *rows = argc > 3 && strcmp(argv[2], "--rows") == 0 ? fopen(argv[3], "a") : NULL;
	if (nodes < 1000)
		die("usage: bench_cut NODES [--rows FILE]");
	if (org_make(nodes, 1, &org, &err) < 0)
		die(err.msg);
	const size_t controlled = put_controls(org.s);
	for (uint32_t i = 0; i < ENTRIES && i < org.n_exposed; i++)
		for (uint32_t k = 0; k < TARGETS && k < org.n_sensitive; k++)
			goals[n++] = (struct aisp_cut_goal){{.node = org.exposed[(uint64_t)i * org.n_exposed / ENTRIES]}, org.sensitive[(uint64_t)k * org.n_sensitive / TARGETS], AISP_MODE_READ};
	const struct aisp_cut_in in = {.close = goals, .n_close = n, .certainty = AISP_CERTAIN, .price = price, .max_ms = 8000};
	const uint64_t start = aisp_clock_mono_ns();
	if (aisp_cut_find(org.s, &in, &cut, &err) < 0)
		die(err.msg);
	const double seconds = (double)(aisp_clock_mono_ns() - start) / 1e9;
	printf("plan.cut: %u nodes, %u edges (%zu with control): %.3f s, %zu controls, cost %.0f, bound %.1f, %s, %s, %u rounds, %u paths, %zu of %zu goals open\n", org.s->n_nodes, org.s->n_edges, controlled,
	       seconds, cut.n_controls, cut.cost, cut.bound, cut.proved ? "proved" : "not proved", cut.closed ? "closed" : "open", cut.rounds, cut.paths, cut.n_open, n);
	if (rows) {
		put_row(rows, nodes, "s", seconds, "s");
		put_row(rows, nodes, "cost", cut.cost, "price");
		put_row(rows, nodes, "bound", cut.bound, "price");
		fclose(rows);
	}
	aisp_cut_done(&cut);
	org_done(&org);
	return 0;
}
