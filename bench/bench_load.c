/* Measures loading a big organisation from the store in a fresh process, and what such a process needs in memory.
 *
 *   bench_load NODES STORE --save            makes the organisation and saves it
 *   bench_load NODES STORE [--rows FILE]     loads it, compiles, asks for 64 actors
 */
#include "base/clock.h"
#include "base/mem.h"
#include "org.h"
#include "reach/reach.h"
#include "store/store.h"
#include <stdio.h>
#include <stdlib.h>

enum { ACTORS = 64 };

static _Noreturn void die(const struct aisp_err *err)
{
	fprintf(stderr, "bench_load: %s\n", err->msg);
	exit(4);
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(aisp_clock_mono_ns() - start_ns) / 1e9;
}

static void save(uint32_t n_nodes, const char *path)
{
	struct org o = {0};
	struct aisp_err err = {0};
	struct aisp_store *store = NULL;
	struct aisp_store_outcome ok = {AISP_S("bench:org"), true};
	int64_t run, now = aisp_clock_now_us();
	struct aisp_store_save in = {.started_us = now, .finished_us = now, .title = AISP_S("bench"), .outcomes = &ok, .n_outcomes = 1};
	if (org_make(n_nodes, 42, &o, &err) < 0 || aisp_store_open(path, AISP_STORE_CREATE, &store, &err) < 0)
		die(&err);
	uint64_t start = aisp_clock_mono_ns();
	if (aisp_store_save(store, o.s, &in, &run, &err) < 0)
		die(&err);
	printf("saved %u nodes and %u edges in %.1f s\n", o.s->n_nodes, o.s->n_edges, seconds_since(start));
	aisp_store_close(store);
	org_done(&o);
}

/* The most that was resident at any time. */
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

static void report(FILE *rows, const char *label, const char *name, double value, const char *unit, uint32_t n_nodes)
{
	printf("reach.%s.%-14s %14.3f %s\n", label, name, value, unit);
	if (rows)
		fprintf(rows, "{\"name\":\"reach.%s.%s\",\"value\":%.6g,\"unit\":\"%s\",\"better\":\"lower\",\"peer\":null,\"peer_value\":null,"
		        "\"limit_value\":null,\"command\":\"bench_load %u\"}\n", label, name, value, unit, n_nodes);
}

static void ask(const struct aisp_snapshot *s)
{
	struct aisp_err err = {0};
	struct aisp_reach *r = NULL;
	struct aisp_reach_answer *possible = NULL, *certain = NULL;
	struct aisp_actor actors[ACTORS];
	uint64_t random = 3;
	for (unsigned i = 0; i < ACTORS; i++) {
		unsigned kind = i % 2 ? AISP_NODE_WORKLOAD : AISP_NODE_USER;
		actors[i] = (struct aisp_actor){.node = s->kind_at[kind] + (aisp_node)(org_random(&random) % (s->kind_at[kind + 1] - s->kind_at[kind]))};
	}
	if (aisp_reach_new(s, NULL, &r, &err) < 0 || aisp_reach_forward_both(r, actors, ACTORS, &possible, &certain, &err) < 0)
		die(&err);
	aisp_reach_answer_free(possible);
	aisp_reach_answer_free(certain);
	aisp_reach_free(r);
}

int main(int argc, char **argv)
{
	uint64_t n_nodes = 0;
	struct aisp_err err = {0};
	struct aisp_store *store = NULL;
	struct aisp_snapshot *s = NULL;
	char label[32];
	if (argc < 3 || !aisp_slice_u64(aisp_slice_z(argv[1]), &n_nodes) || n_nodes < 1000 || n_nodes > 50000000) {
		fprintf(stderr, "usage: bench_load NODES STORE [--save | --rows FILE]\n");
		return 2;
	}
	if (argc > 3 && !strcmp(argv[3], "--save")) {
		save((uint32_t)n_nodes, argv[2]);
		return 0;
	}
	FILE *rows = argc > 4 && !strcmp(argv[3], "--rows") ? fopen(argv[4], "a") : NULL;
	snprintf(label, sizeof label, n_nodes % 1000000 ? "%lluk" : "%llum", (unsigned long long)n_nodes / (n_nodes % 1000000 ? 1000 : 1000000));
	uint64_t start = aisp_clock_mono_ns();
	if (aisp_store_open(argv[2], AISP_STORE_READONLY, &store, &err) < 0 || aisp_store_load(store, 0, &s, &err) < 0)
		die(&err);
	report(rows, label, "load.s", seconds_since(start), "s", (uint32_t)n_nodes);
	aisp_store_close(store);
	ask(s);
	report(rows, label, "rss.bytes", peak_bytes(), "bytes", (uint32_t)n_nodes);
	aisp_snapshot_free(s);
	if (rows)
		fclose(rows);
	return 0;
}
