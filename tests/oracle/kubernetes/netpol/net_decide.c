/* Our answers to the cases of main.go, in its form: reads {"objects", "ports", "externals"} a line, prints two rows of t and f: one
 * with address ranges meaning pods too (as cyclonus), one where they never do (as netpol-analyzer); "i" where it depends. The objects
 * go through the collector's own parser. A third word is "same" when the graph says what the engine says: a pod reaches a service over
 * ATTACHED_TO and then EXPOSES or ALLOWS, none of them conditional, exactly when some pod behind it surely lets it in; else the pair.
 */
#include "collect/files/kube_int.h"
#include <stdio.h>

static const struct aisp_net_options like_cyclonus = {AISP_NET_YES, AISP_NET_NO, AISP_NET_YES};
static const struct aisp_net_options like_analyzer = {AISP_NET_NO, AISP_NET_NO, AISP_NET_YES};

struct state {
	struct aisp_kube *k;
	struct aisp_net_pod pods[64];
	struct aisp_net_addr addrs[64];
	size_t n_pods, n;
	struct aisp_net_target ports[32];
	size_t n_ports;
};

static void row(const struct state *s, const struct aisp_net_options *o)
{
	struct aisp_net_world *w = aisp_net_world_new(s->k->e->a, s->k->policies.v, s->k->policies.n, s->k->admins.v, s->k->admins.n, o);

	for (size_t a = 0; w && a < s->n; a++)
		for (size_t b = 0; b < s->n; b++)
			for (size_t p = 0; p < s->n_ports && a != b && (a < s->n_pods || b < s->n_pods); p++)
				putchar("fit"[aisp_net_decide(w, &s->pods[a], &s->pods[b], &s->ports[p])]);
	putchar(w ? ' ' : '!');
}


/* The graph's answer: unconditional edges only. */
static bool reaches(const struct aisp_graph *g, aisp_node from, aisp_node service)
{
	aisp_node seen[1024];
	size_t n = 0;

	seen[n++] = from;
	for (size_t i = 0; i < n; i++)
		for (aisp_edge e = aisp_graph_next_out(g, seen[i], 0); e; e = aisp_graph_next_out(g, seen[i], e)) {
			struct aisp_edge_view v = aisp_graph_edge_at(g, e);
			size_t at = 0;
			if (v.condition.n)
				continue;
			if ((v.kind == AISP_EDGE_EXPOSES || v.kind == AISP_EDGE_ALLOWS) && v.to == service)
				return true;
			while (at < n && seen[at] != v.to)
				at++;
			if (v.kind == AISP_EDGE_ATTACHED_TO && at == n && n < 1024)
				seen[n++] = v.to;
		}
	return false;
}

static bool lets_in(const struct aisp_kube *k, const struct aisp_net_pod *from, const struct kube_service *s)
{
	for (size_t t = 0; t < s->n_targets; t++)
		for (size_t p = 0; p < s->targets[t].n_ports; p++)
			if (aisp_net_decide(k->net, from, &k->workloads.v[s->targets[t].workload].pod, &s->targets[t].ports[p]) == AISP_NET_YES)
				return true;
	return false;
}

static void compare_graph(const struct aisp_kube *k)
{
	for (size_t w = 0; w < k->workloads.n; w++)
		for (size_t s = 0; s < k->services.n; s++) {
			const bool graph = reaches(k->e->g, k->workloads.v[w].o->node, k->services.v[s].o->node);
			if (graph == lets_in(k, &k->workloads.v[w].pod, &k->services.v[s]))
				continue;
			printf("%.*s_%s_%.*s", AISP_FMT(k->workloads.v[w].o->id), graph ? "only-in-graph" : "not-in-graph", AISP_FMT(k->services.v[s].o->id));
			return;
		}
	fputs("same", stdout);
}

static void decide(struct aisp_arena *a, const struct aisp_doc *d)
{
	struct aisp_graph *g = aisp_graph_new();
	struct aisp_err err = {0};
	struct aisp_fpkey key = {0};
	struct aisp_emit e = {.g = g, .fpkey = &key, .a = a, .cluster = AISP_S("c"), .form = AISP_EV_API};
	const struct aisp_doc *objects = aisp_doc_get(d, "objects"), *ports = aisp_doc_get(d, "ports"), *out = aisp_doc_get(d, "externals");
	struct state s = {0};

	if (!g || aisp_graph_source(g, AISP_S("test"), AISP_S("kubernetes"), AISP_S("test"), &e.source, &err) < 0)
		return;
	s.k = aisp_kube_new(&e);
	for (uint32_t i = 0; s.k && i < aisp_doc_count(objects); i++)
		aisp_kube_add(s.k, AISP_S("x"), aisp_doc_at(objects, i));
	if (s.k)
		aisp_kube_finish(s.k);
	if (!s.k || aisp_emit_check(&e, &err) < 0) {
		printf("error %s\n", err.msg);
		return;
	}
	for (size_t i = 0; i < s.k->workloads.n && s.n < 48; i++)
		s.pods[s.n++] = s.k->workloads.v[i].pod;
	s.n_pods = s.n;
	for (uint32_t i = 0; i < aisp_doc_count(out) && s.n < 64; i++, s.n++) {
		s.pods[s.n] = (struct aisp_net_pod){.outside = true, .addrs = &s.addrs[s.n], .n_addrs = 1};
		aisp_net_addr_parse(aisp_doc_str(aisp_doc_at(out, i)), &s.addrs[s.n]);
	}
	for (uint32_t i = 0; i < aisp_doc_count(ports) && s.n_ports < 32; i++) {
		const struct aisp_doc *p = aisp_doc_at(ports, i);
		s.ports[s.n_ports++] = (struct aisp_net_target){.protocol = aisp_doc_str(aisp_doc_at(p, 0)), .number = (uint32_t)aisp_doc_int(aisp_doc_at(p, 1), 0)};
	}
	row(&s, &like_cyclonus);
	row(&s, &like_analyzer);
	compare_graph(s.k);
	putchar('\n');
	aisp_kube_free(s.k);
	aisp_emit_done(&e);
	aisp_graph_free(g);
}

int main(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) { /* the one line reader of this program; memory is its own */
		struct aisp_arena *a = aisp_arena_new((size_t)1 << 30);
		const struct aisp_doc *d = NULL;
		struct aisp_err err = {0};
		if (a && aisp_json_parse(a, aisp_slice_of(line, (size_t)n), NULL, &d, &err) == 0)
			decide(a, d);
		else
			printf("error %s\n", err.msg);
		aisp_arena_free(a);
	}
	return 0;
}
