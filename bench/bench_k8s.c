/* Measures a cluster's saved lists from files to answers: read, decided, resolved, frozen and compiled for questions.
 *
 *   bench_k8s FOLDER LABEL [--rows FILE]     LABEL: "30k"
 */
#include "base/clock.h"
#include "base/mem.h"
#include "collect/collect.h"
#include "graph/snapshot.h"
#include "reach/reach.h"
#include "resolve/resolve.h"
#include <stdio.h>
#include <stdlib.h>

extern const struct aisp_collector aisp_collector_files;

static _Noreturn void die(const struct aisp_err *err)
{
	fprintf(stderr, "bench_k8s: %s\n", err->msg);
	exit(4);
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(aisp_clock_mono_ns() - start_ns) / 1e9;
}

static void report(FILE *rows, const char *label, const char *name, double value, const char *unit, double limit)
{
	printf("k8s.%s.%-10s %12.3f %s\n", label, name, value, unit);
	if (!rows)
		return;
	fprintf(rows, "{\"name\":\"k8s.%s.%s\",\"value\":%.6g,\"unit\":\"%s\",\"better\":\"lower\",\"peer\":null,\"peer_value\":null,", label, name, value, unit);
	fprintf(rows, limit > 0 ? "\"limit_value\":%g," : "\"limit_value\":null,", limit);
	fprintf(rows, "\"command\":\"bench_k8s %s\"}\n", label);
}

static double peak_bytes(void)
{
	char line[256];
	unsigned long long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return (double)kib * 1024;
}

int main(int argc, char **argv)
{
	struct aisp_fpkey key = {{7}};
	struct aisp_err err = {0};
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_snapshot *s = NULL;
	struct aisp_reach *r = NULL;

	if (argc < 3 || !g) {
		fprintf(stderr, "usage: bench_k8s FOLDER LABEL [--rows FILE]\n");
		return 2;
	}
	FILE *rows = argc > 4 && strcmp(argv[3], "--rows") == 0 ? fopen(argv[4], "a") : NULL;
	struct aisp_target t = {.text = aisp_slice_z(argv[1]), .name = AISP_S("cluster")};
	struct aisp_collect c = {.graph = g, .fpkey = &key};
	uint64_t start = aisp_clock_mono_ns(), part = start;
	if (aisp_graph_source(g, AISP_S("files:cluster"), AISP_S("files"), AISP_S("cluster"), &c.source, &err) < 0 ||
	    aisp_collector_files.scan(&c, &t, &err) < 0)
		die(&err);
	report(rows, argv[2], "scan.s", seconds_since(part), "s", 0);
	part = aisp_clock_mono_ns();
	if (aisp_resolve(g, &err) < 0)
		die(&err);
	report(rows, argv[2], "resolve.s", seconds_since(part), "s", 0);
	part = aisp_clock_mono_ns();
	if (aisp_graph_freeze(g, &s, &err) < 0 || aisp_reach_new(s, NULL, &r, &err) < 0)
		die(&err);
	report(rows, argv[2], "freeze.s", seconds_since(part), "s", 0);
	report(rows, argv[2], "s", seconds_since(start), "s", 5);
	report(rows, argv[2], "rss.bytes", peak_bytes(), "bytes", 0);
	printf("%u nodes, %u edges, %u gaps\n", s->n_nodes, s->n_edges, s->n_gaps);
	aisp_reach_free(r);
	aisp_snapshot_free(s);
	if (rows)
		fclose(rows);
	return 0;
}
