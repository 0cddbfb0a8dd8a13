/* Measures the reach engine on a synthetic organisation.
 *
 *   bench_reach NODES [--rows FILE] [--dump FILE] [--limits]
 *
 * Prints a table; with --rows appends one JSON object a line (DESIGN section 8). What is included:
 *   compile   aisp_reach_new: from the snapshot to something one can ask
 *   64        64 actors, all modes, complete, certain and possible, on a compiled graph; memory for the answers included
 *   allpairs  every exposed node × every sensitive node, mode read, both certainties, each pair handed to a callback
 *   reverse   who can read one sensitive node: mean of 16
 *   explain   why an exposed node can read a sensitive one: mean of 16 that hold; explain5: five explanations each
 *   rss       resident memory after snapshot, compile and 64 actors
 * Times are the best of 7 (64 actors), of 3 (compile, pairs). With --limits also a naive worklist over all modes (both
 * certainties; up to 200,000 nodes, and it must agree) and, as a limit, a bit-parallel search on the graph without modes. --dump writes that graph for peers:
 * uint32 nodes, edges, actors; actors; then from, to of each edge.
 */
#include "base/clock.h"
#include "base/jw.h"
#include "base/mem.h"
#include "naive.h"
#include "org.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACTORS = 64, QUESTIONS = 16, NAIVE_MAX = 200000 };

struct bench {
	struct org org;
	struct aisp_reach *r;
	struct plain plain;
	struct aisp_actor actors[ACTORS];
	const char *label;
	FILE *rows;
	bool limits;
	uint64_t random;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench_reach: %s\n", what);
	exit(4);
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(aisp_clock_mono_ns() - start_ns) / 1e9;
}

/* One figure: to the table and to the rows. peer and limit may be negative: not measured. */
static void report(const struct bench *b, const char *name, double value, const char *unit, const char *peer, double peer_value, double limit)
{
	printf("reach.%s.%-14s %14.3f %-6s", b->label, name, value, unit);
	if (peer)
		printf("  %s: %.3f (%.1f×)", peer, peer_value, peer_value / value);
	if (limit >= 0)
		printf("  limit: %.3f", limit);
	putchar('\n');
	fflush(stdout);
	if (!b->rows)
		return;
	fprintf(b->rows, "{\"name\":\"reach.%s.%s\",\"value\":%.6g,\"unit\":\"%s\",\"better\":\"lower\",\"peer\":", b->label, name, value, unit);
	fprintf(b->rows, peer ? "\"%s\",\"peer_value\":%.6g," : "null,\"peer_value\":null,", peer, peer_value);
	fprintf(b->rows, limit >= 0 ? "\"limit_value\":%.6g," : "\"limit_value\":null,", limit);
	fprintf(b->rows, "\"command\":\"bench_reach %u\"}\n", b->org.s->n_nodes);
}

static aisp_node any_of(struct bench *b, enum aisp_node_kind kind)
{
	uint32_t n = b->org.s->kind_at[kind + 1] - b->org.s->kind_at[kind];
	return b->org.s->kind_at[kind] + (aisp_node)(org_random(&b->random) % n);
}

static void choose_actors(struct bench *b)
{
	for (unsigned i = 0; i < ACTORS; i++) {
		aisp_node n = b->org.exposed[org_random(&b->random) % b->org.n_exposed];
		if (i % 4 == 1)
			n = any_of(b, AISP_NODE_USER);
		else if (i % 4 == 2)
			n = any_of(b, AISP_NODE_SERVICE_ACCOUNT);
		else if (i == 3)
			n = b->org.s->kind_at[AISP_NODE_INTERNET];
		b->actors[i] = (struct aisp_actor){.node = n};
	}
}

static uint64_t resident(void)
{
	unsigned long long pages = 0, total = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%llu %llu", &total, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * 4096;
}

static void measure_compile(struct bench *b)
{
	double best = 1e9, limit = 1e9;
	for (unsigned i = 0; i < 3; i++) {
		aisp_reach_free(b->r);
		b->r = NULL;
		uint64_t start = aisp_clock_mono_ns();
		if (aisp_reach_new(b->org.s, NULL, &b->r, NULL) < 0)
			die("out of memory");
		double t = seconds_since(start);
		best = t < best ? t : best;
	}
	for (unsigned i = 0; b->limits && i < 3; i++) {
		plain_done(&b->plain);
		b->plain = (struct plain){0};
		uint64_t start = aisp_clock_mono_ns();
		if (plain_make(b->org.s, &b->plain) < 0)
			die("out of memory");
		double t = seconds_since(start);
		limit = t < limit ? t : limit;
	}
	report(b, "compile.ms", best * 1e3, "ms", NULL, 0, b->limits ? limit * 1e3 : -1);
}

static double time_plain(const struct bench *b, const struct aisp_actor *actors, size_t n)
{
	uint64_t *words = aisp_mem_zalloc((size_t)b->org.s->n_nodes + 1, sizeof *words);
	uint64_t start = aisp_clock_mono_ns();
	if (!words || plain_reach(&b->plain, actors, n, words) < 0)
		die("out of memory");
	double t = seconds_since(start);
	aisp_mem_free(words);
	return t;
}

/* Counts facts too, so that the naive answer and the engine's are seen to be the same. */
static double time_naive(const struct bench *b, bool certain, uint64_t *ret_facts)
{
	size_t room = ((size_t)b->org.s->n_nodes + 1) * AISP_MODE_END;
	uint64_t *words = aisp_mem_zalloc(room, sizeof *words);
	uint64_t start = aisp_clock_mono_ns();
	if (!words || naive_modes(b->org.s, b->actors, ACTORS, certain, words) < 0)
		die("out of memory");
	double t = seconds_since(start);
	*ret_facts = 0;
	for (size_t i = 0; i < room; i++)
		*ret_facts += (uint64_t)__builtin_popcountll(words[i]);
	aisp_mem_free(words);
	return t;
}

static uint64_t count_facts(const struct bench *b, const struct aisp_reach_answer *a)
{
	uint64_t facts = 0, word;
	for (aisp_node n = 1; n <= b->org.s->n_nodes; n++)
		for (unsigned m = 0; m < AISP_MODE_END; m++) {
			aisp_reach_row(a, n, (enum aisp_mode)m, &word);
			facts += (uint64_t)__builtin_popcountll(word);
		}
	return facts;
}

static void measure_forward(struct bench *b)
{
	double best = 1e9, limit = 1e9, naive = 0;
	uint64_t facts[2] = {0};
	for (unsigned i = 0; i < 7; i++) {
		struct aisp_reach_answer *a[2] = {NULL};
		uint64_t start = aisp_clock_mono_ns();
		if (aisp_reach_forward_both(b->r, b->actors, ACTORS, &a[0], &a[1], NULL) < 0)
			die("out of memory");
		double t = seconds_since(start);
		best = t < best ? t : best;
		for (unsigned c = 0; c < 2; c++) {
			facts[c] = i ? facts[c] : count_facts(b, a[c]);
			aisp_reach_answer_free(a[c]);
		}
		if (b->limits && (t = time_plain(b, b->actors, ACTORS)) < limit)
			limit = t;
	}
	report(b, "rss.bytes", (double)resident(), "bytes", NULL, 0, -1);
	report(b, "64.ms", best * 1e3, "ms", NULL, 0, b->limits ? limit * 1e3 : -1);
	printf("  an actor holds %.0f modes possibly, %.0f certainly, of %u nodes\n", (double)facts[0] / ACTORS, (double)facts[1] / ACTORS, b->org.s->n_nodes);
	bool naively = b->limits && b->org.s->n_nodes <= NAIVE_MAX;
	for (unsigned c = 0; naively && c < 2; c++) {
		uint64_t same;
		naive += time_naive(b, c, &same);
		if (same != facts[c])
			die("the naive evaluator disagrees");
	}
	if (naively)
		report(b, "64_naive.ms", best * 1e3, "ms", "naive worklist over all modes", naive * 1e3, -1);
}

static int count_pair(void *ctx, size_t actor, size_t target, bool certain)
{
	(void)actor, (void)target;
	((uint64_t *)ctx)[certain]++;
	return 0;
}

static void measure_pairs(struct bench *b)
{
	size_t n = b->org.n_exposed;
	struct aisp_actor *actors = aisp_mem_zalloc(n + 1, sizeof *actors);
	uint64_t found[2] = {0};
	double best = 1e9, limit = 0;
	if (!actors)
		die("out of memory");
	for (size_t i = 0; i < n; i++)
		actors[i].node = b->org.exposed[i];
	for (unsigned i = 0; i < (n > 2000 ? 1 : 3); i++) {
		found[0] = found[1] = 0;
		uint64_t start = aisp_clock_mono_ns();
		if (aisp_reach_pairs(b->r, actors, n, b->org.sensitive, b->org.n_sensitive, AISP_MODE_READ, count_pair, found, NULL) < 0)
			die("out of memory");
		double t = seconds_since(start);
		best = t < best ? t : best;
	}
	for (size_t i = 0; b->limits && i < n; i += 64)
		limit += time_plain(b, actors + i, n - i < 64 ? n - i : 64);
	report(b, "allpairs.s", best, "s", NULL, 0, b->limits ? limit : -1);
	printf("  %zu × %u nodes: %" PRIu64 " pairs certain, %" PRIu64 " more possible\n", n, b->org.n_sensitive, found[1], found[0]);
	aisp_mem_free(actors);
}

static void measure_reverse(struct bench *b)
{
	double sum = 0, worst = 0;
	size_t actors = 0;
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct aisp_reached_by by;
		aisp_node target = b->org.sensitive[org_random(&b->random) % b->org.n_sensitive];
		uint64_t start = aisp_clock_mono_ns();
		if (aisp_reach_reverse(b->r, target, AISP_MODE_READ, aisp_filter_identities, NULL, &by, NULL) < 0)
			die("out of memory");
		double t = seconds_since(start);
		sum += t;
		worst = t > worst ? t : worst;
		actors += by.n;
		aisp_reached_by_done(&by);
	}
	report(b, "reverse.ms", sum * 1e3 / QUESTIONS, "ms", NULL, 0, -1);
	printf("  on average %zu actors; slowest %.1f ms\n", actors / QUESTIONS, worst * 1e3);
}

static void measure_explain(struct bench *b, size_t k, const char *name)
{
	double sum = 0, worst = 0;
	unsigned held = 0;
	uint64_t hops = 0;
	for (unsigned i = 0; held < QUESTIONS && i < 2000; i++) {
		struct aisp_paths ps;
		aisp_node target = b->org.sensitive[org_random(&b->random) % b->org.n_sensitive];
		struct aisp_actor a = {.node = b->org.exposed[org_random(&b->random) % b->org.n_exposed]};
		uint64_t start = aisp_clock_mono_ns();
		if (aisp_reach_explain(b->r, &a, target, AISP_MODE_READ, k, &ps, NULL) < 0)
			die("out of memory");
		double t = seconds_since(start);
		if (ps.n) {
			held++;
			hops += ps.paths[0].n;
			sum += t;
			worst = t > worst ? t : worst;
		}
		aisp_paths_done(&ps);
	}
	if (!held)
		return;
	report(b, name, sum * 1e3 / held, "ms", NULL, 0, -1);
	printf("  on average %.1f hops; slowest %.1f ms\n", (double)hops / held, worst * 1e3);
}

static void dump(const struct bench *b, const char *path)
{
	struct plain p = {0};
	FILE *f = fopen(path, "wb");
	if (!f || plain_make(b->org.s, &p) < 0)
		die("cannot write the graph for peers");
	uint32_t head[3] = {p.n, p.at[p.n + 1], ACTORS};
	fwrite(head, sizeof head, 1, f);
	for (unsigned i = 0; i < ACTORS; i++)
		fwrite(&b->actors[i].node, sizeof(uint32_t), 1, f);
	for (uint32_t n = 1; n <= p.n; n++)
		for (uint32_t k = p.at[n]; k < p.at[n + 1]; k++) {
			uint32_t edge[2] = {n, p.to[k]};
			fwrite(edge, sizeof edge, 1, f);
		}
	if (fclose(f) != 0)
		die("cannot write the graph for peers");
	plain_done(&p);
}

static const char *label_of(uint32_t n)
{
	static char text[32];
	if (n % 1000000 == 0)
		snprintf(text, sizeof text, "%um", n / 1000000);
	else
		snprintf(text, sizeof text, "%uk", n / 1000);
	return text;
}

int main(int argc, char **argv)
{
	struct bench b = {.random = 7};
	struct aisp_err err = {0};
	const char *dump_to = NULL;
	uint64_t n_nodes = 0;
	if (argc < 2 || !aisp_slice_u64(aisp_slice_z(argv[1]), &n_nodes) || n_nodes < 1000 || n_nodes > 50000000) {
		fprintf(stderr, "usage: bench_reach NODES [--rows FILE] [--dump FILE] [--limits]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--limits"))
			b.limits = true;
		else if (!strcmp(argv[i], "--rows") && i + 1 < argc)
			b.rows = fopen(argv[++i], "a");
		else if (!strcmp(argv[i], "--dump") && i + 1 < argc)
			dump_to = argv[++i];
	}
	if (org_make((uint32_t)n_nodes, 42, &b.org, &err) < 0)
		die(err.msg);
	b.label = label_of((uint32_t)n_nodes);
	printf("%u nodes, %u edges, %u exposed, %u sensitive\n", b.org.s->n_nodes, b.org.s->n_edges, b.org.n_exposed, b.org.n_sensitive);
	choose_actors(&b);
	if (dump_to)
		dump(&b, dump_to);
	measure_compile(&b);
	measure_forward(&b);
	measure_pairs(&b);
	measure_reverse(&b);
	measure_explain(&b, 1, "explain.ms");
	measure_explain(&b, 5, "explain5.ms");
	plain_done(&b.plain);
	aisp_reach_free(b.r);
	org_done(&b.org);
	if (b.rows)
		fclose(b.rows);
	return 0;
}
