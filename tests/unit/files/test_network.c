/* NetworkPolicies in the graph against the evaluator: random manifests are scanned; then, for every workload and service,
 * "reaches it through ATTACHED_TO, EXPOSES and ALLOWS" must be what aisp_net_allows says of some pod behind the service.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dump.h"

#include "access/kubernetes/network.h"
#include "base/fs.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NS = 2, APPS = 3, WORKLOADS = NS * APPS, POLICIES = 4, RULES = 2, PEERS = 2 };

static uint64_t seed;

static unsigned roll(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const struct aisp_slice ns_names[NS] = {{"n0", 2}, {"n1", 2}};
static const struct aisp_slice app_names[APPS] = {{"a", 1}, {"b", 1}, {"c", 1}};
static const struct aisp_label app_labels[APPS] = {{{"app", 3}, {"a", 1}}, {{"app", 3}, {"b", 1}}, {{"app", 3}, {"c", 1}}};
static const struct aisp_label ns_labels[NS] = {{{"ns", 2}, {"n0", 2}}, {{"ns", 2}, {"n1", 2}}};
static const struct aisp_net_target web = {.name = {"web", 3}, .number = 8080};

struct world {
	struct aisp_net_pod pods[WORKLOADS];
	struct aisp_net_policy policies[POLICIES];
	struct aisp_net_rule rules[POLICIES][2][RULES];
	struct aisp_net_peer peers[POLICIES][2][RULES][PEERS];
	struct aisp_net_port ports[POLICIES][2][RULES];
	struct aisp_requirement reqs[256];
	size_t n_reqs;
	struct aisp_buf yaml;
};

/* A selector on `key`: everything, one of two values, or not a value. Written and built alike. */
static struct aisp_selector selector(struct world *w, const char *key, const struct aisp_slice *values, unsigned n_values)
{
	unsigned form = roll(3), v = roll(n_values);
	struct aisp_requirement *r = &w->reqs[w->n_reqs++];

	if (form == 0) {
		aisp_buf_putz(&w->yaml, "{}");
		return (struct aisp_selector){NULL, 0};
	}
	*r = (struct aisp_requirement){.key = aisp_slice_z(key), .op = form == 1 ? AISP_SEL_IN : AISP_SEL_NOT_IN, .values = &values[v], .n = 1};
	if (form == 1)
		aisp_buf_printf(&w->yaml, "{matchLabels: {%s: %.*s}}", key, AISP_FMT(values[v]));
	else
		aisp_buf_printf(&w->yaml, "{matchExpressions: [{key: %s, operator: NotIn, values: [%.*s]}]}", key, AISP_FMT(values[v]));
	return (struct aisp_selector){r, 1};
}

static void make_rules(struct world *w, size_t p, unsigned direction, const char *key, const char *peers_key, size_t *ret_n)
{
	size_t n = roll(RULES + 1);

	aisp_buf_printf(&w->yaml, "  %s:%s\n", key, n ? "" : " []");
	for (size_t r = 0; r < n; r++) {
		struct aisp_net_rule *rule = &w->rules[p][direction][r];
		size_t peers = roll(PEERS + 1);
		aisp_buf_printf(&w->yaml, "  - %s:%s\n", peers_key, peers ? "" : " []");
		for (size_t i = 0; i < peers; i++) {
			struct aisp_net_peer *peer = &w->peers[p][direction][r][i];
			unsigned form = roll(3);
			const char *dash = "    - ";
			if (form != 0) {
				peer->has_ns = true;
				aisp_buf_printf(&w->yaml, "%snamespaceSelector: ", dash);
				peer->ns = selector(w, "ns", ns_names, NS);
				aisp_buf_putc(&w->yaml, '\n');
				dash = "      ";
			}
			if (form != 1) {
				peer->has_pod = true;
				aisp_buf_printf(&w->yaml, "%spodSelector: ", dash);
				peer->pod = selector(w, "app", app_names, APPS);
				aisp_buf_putc(&w->yaml, '\n');
			}
		}
		rule->peers = w->peers[p][direction][r];
		rule->n_peers = peers;
		if (roll(2)) {
			static const struct aisp_net_port choices[] = {{.number = 8080}, {.number = 80}, {.name = {"web", 3}}, {.number = 8000, .end = 9000}};
			static const char *const texts[] = {"{port: 8080}", "{port: 80}", "{port: web}", "{port: 8000, endPort: 9000}"};
			unsigned c = roll(4);
			w->ports[p][direction][r] = choices[c];
			rule->ports = &w->ports[p][direction][r];
			rule->n_ports = 1;
			aisp_buf_printf(&w->yaml, "    ports: [%s]\n", texts[c]);
		}
	}
	*ret_n = n;
}

static void make_world(struct world *w)
{
	aisp_buf_init(&w->yaml, 0);
	for (size_t n = 0; n < NS; n++) {
		aisp_buf_printf(&w->yaml, "apiVersion: v1\nkind: Namespace\nmetadata: {name: n%zu, labels: {ns: n%zu}}\n---\n", n, n);
		for (size_t a = 0; a < APPS; a++) {
			const char *app = app_names[a].p;
			w->pods[n * APPS + a] = (struct aisp_net_pod){.ns = ns_names[n], .labels = {&app_labels[a], 1}, .ns_labels = {&ns_labels[n], 1}, .ports = &web, .n_ports = 1};
			aisp_buf_printf(&w->yaml, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: n%zu}\nspec: {template: {metadata: {labels: {app: %s}}, "
			                          "spec: {containers: [{name: c, image: i, ports: [{name: web, containerPort: 8080}]}]}}}\n---\n", app, n, app);
			aisp_buf_printf(&w->yaml, "apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: n%zu}\nspec: {selector: {app: %s}, ports: [{port: 80, targetPort: web}]}\n---\n", app, n, app);
		}
	}
	for (size_t p = 0; p < POLICIES; p++) {
		struct aisp_net_policy *x = &w->policies[p];
		unsigned n = roll(NS), types = 1 + roll(3);
		*x = (struct aisp_net_policy){.ns = ns_names[n], .name = {"p", 1}, .ingress = types & 1, .egress = types & 2};
		aisp_buf_printf(&w->yaml, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%zu, namespace: n%u}\nspec:\n  policyTypes: [%s]\n  podSelector: ",
		                p, n, types == 1 ? "Ingress" : types == 2 ? "Egress" : "Ingress, Egress");
		x->pods = selector(w, "app", app_names, APPS);
		aisp_buf_putc(&w->yaml, '\n');
		make_rules(w, p, 0, "ingress", "from", &x->n_in);
		make_rules(w, p, 1, "egress", "to", &x->n_out);
		x->in = w->rules[p][0];
		x->out = w->rules[p][1];
		aisp_buf_putz(&w->yaml, "---\n");
	}
}

static bool step_kind(unsigned kind)
{
	return kind == AISP_EDGE_ATTACHED_TO || kind == AISP_EDGE_EXPOSES || kind == AISP_EDGE_ALLOWS;
}

static void reach(const struct aisp_snapshot *s, aisp_node n, bool *seen)
{
	if (seen[n])
		return;
	seen[n] = true;
	for (uint32_t e = s->out_at[n]; e < s->out_at[n + 1]; e++)
		if (step_kind(s->edges[e].kind) && !s->edges[e].condition)
			reach(s, s->edges[e].to, seen);
}

static aisp_node node(const struct aisp_snapshot *s, const char *kind, size_t i)
{
	char id[64];

	snprintf(id, sizeof id, "k8s://t/n%zu/%s/%s", i / APPS, kind, app_names[i % APPS].p);
	aisp_node n = aisp_snapshot_find(s, aisp_slice_z(id));
	assert_int_not_equal(n, 0);
	return n;
}

static void check(const struct world *w, const struct aisp_snapshot *s, unsigned round, unsigned *yes, unsigned *no)
{
	for (size_t from = 0; from < WORKLOADS; from++) {
		bool *seen = calloc(s->n_nodes + 1, sizeof *seen);
		reach(s, node(s, "deployment", from), seen);
		for (size_t to = 0; to < WORKLOADS; to++) {
			if (to == from)
				continue; /* a pod always reaches itself; the graph need not say so */
			bool want = aisp_net_allows(w->policies, POLICIES, &w->pods[from], &w->pods[to], &web);
			bool got = seen[node(s, "service", to)];
			*yes += want;
			*no += !want;
			if (want != got)
				fail_msg("round %u: %zu to %zu: the graph says %d\n%s", round, from, to, got, w->yaml.p);
		}
		free(seen);
	}
}

static void test_random(void **state)
{
	unsigned rounds = getenv("AISP_NET_ROUNDS") ? (unsigned)strtoul(getenv("AISP_NET_ROUNDS"), NULL, 10) : 200, yes = 0, no = 0;
	char dir[] = "/tmp/aisp-net-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/all.yaml", dir);
	for (unsigned round = 0; round < rounds; round++) {
		static struct world w;
		struct aisp_snapshot *s = NULL;
		struct aisp_err err = {0};
		memset(&w, 0, sizeof w);
		seed = round;
		make_world(&w);
		assert_int_equal(aisp_fs_write(path, aisp_buf_slice(&w.yaml), 0644, &err), 0);
		if (scan_folder(dir, "t", &s, &err) < 0)
			fail_msg("%s", err.msg);
		check(&w, s, round, &yes, &no);
		aisp_snapshot_free(s);
		aisp_buf_done(&w.yaml);
	}
	unlink(path);
	rmdir(dir);
	print_message("%u allowed, %u refused\n", yes, no);
	assert_true(yes > rounds && no > rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
