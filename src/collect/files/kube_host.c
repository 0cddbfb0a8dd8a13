/* Pods and their nodes: which workloads can break out to the node that runs them, what a node can do to them, the kubelet's
 * identity, and the cloud's metadata service, which gives a node's cloud identity to whoever can reach it from there.
 *
 *   workload ─CAN_ASSUME▶ machine ─CAN_ASSUME▶ workloads that it runs;  machine ─RUNS_AS▶ user system:node:NAME
 *   workload ─CONNECTS_TO, CAN_READ▶ endpoint …/node/NAME/metadata ─HOLDS▶ credential (property `metadata_of`: the machine)
 *
 * Rules: https://kubernetes.io/docs/concepts/security/pod-security-standards/ ,
 * https://kubernetes.io/docs/reference/access-authn-authz/node/ and what each kernel capability lets a process do
 * (capabilities(7)). Not seen: volumes behind persistent volume claims, the seccomp and AppArmor profiles of a node.
 */
#include "collect/files/kube_rights.h"
#include <stdlib.h>

#define CONFINED "only where the node's seccomp, AppArmor and control group settings let it"
#define NOT_ROOT "only as far as the container's user, which is not root, has the rights"
#define TRACED "only if processes of the node can be traced from the container"

aisp_node aisp_kube__some_node(struct aisp_kube *k, const struct aisp_place *at)
{
	aisp_node n = aisp_emit_node(k->e, AISP_NODE_MACHINE, aisp_kube__id(k, AISP_S("-"), "node", AISP_S("*")), at);

	aisp_emit_strz(k->e, n, "name", "some node");
	aisp_emit_bool(k->e, n, "synthetic", true);
	aisp_emit_edge(k->e, k->cluster, AISP_EDGE_CONTAINS, n, at);
	return n;
}

static void add_cloud_role(struct aisp_kube *k, const struct kube_object *o)
{
	static const char *const keys[] = {"eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		aisp_emit_str(k->e, o->node, "cloud_role", aisp_doc_str(aisp_kube__annotation(o, keys[i])));
}

void aisp_kube__add_node_users(struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n && !k->e->bad; i++) {
		const struct kube_object *o = &k->objects.v[i];
		if (aisp_slice_eqz(o->kind, "serviceaccount"))
			add_cloud_role(k, o);
		if (!aisp_slice_eqz(o->kind, "node"))
			continue;
		struct aisp_place at = aisp_kube__place(k, o, NULL, "");
		struct aisp_slice name = aisp_emit_fmt(k->e, "system:node:%.*s", AISP_FMT(o->name));
		at.note = AISP_S("the kubelet's identity");
		aisp_node user = aisp_emit_node(k->e, AISP_NODE_USER, aisp_kube__id(k, AISP_S("-"), "user", name), &at);
		aisp_emit_str(k->e, user, "name", name);
		aisp_emit_edge(k->e, o->node, AISP_EDGE_RUNS_AS, user, &at);
	}
}

/* Breaking out. */

struct escape {
	const char *how, *condition; /* how NULL: none */
	const char *reads;           /* only reading the node's files */
};

static void better(struct escape *x, const char *how, const char *condition)
{
	if (!x->how || (x->condition && !condition)) {
		x->how = how;
		x->condition = condition;
	}
}

static bool not_root(const struct aisp_doc *pod, const struct aisp_doc *container)
{
	const struct aisp_doc *own = aisp_doc_path(container, "securityContext.runAsUser"), *all = aisp_doc_path(pod, "securityContext.runAsUser");
	const struct aisp_doc *flag = aisp_doc_path(container, "securityContext.runAsNonRoot");

	if (own || all)
		return aisp_doc_int(own ? own : all, 0) > 0;
	return aisp_doc_bool(flag ? flag : aisp_doc_path(pod, "securityContext.runAsNonRoot"), false);
}

static void escape_by_capability(struct escape *x, const struct aisp_doc *list, bool host_pid, const char *weak)
{
	static const struct {
		const char *name, *how, *condition;
		bool host_pid;
	} rows[] = {
		{"ALL", "has every capability", NULL, false},
		{"SYS_MODULE", "may load kernel modules (SYS_MODULE)", NULL, false},
		{"SYS_PTRACE", "may trace the node's processes (hostPID, SYS_PTRACE)", NULL, true},
		{"SYS_ADMIN", "may mount the node's file systems (SYS_ADMIN)", CONFINED, false},
		{"SYS_RAWIO", "may write to the node's devices (SYS_RAWIO)", CONFINED, false},
		{"DAC_READ_SEARCH", "may open the node's files by handle (DAC_READ_SEARCH)", CONFINED, false},
	};

	for (uint32_t i = 0; i < aisp_doc_count(list) && i < 64; i++) {
		struct aisp_slice cap = aisp_doc_str(aisp_doc_at(list, i));
		if (aisp_slice_starts(cap, AISP_S("CAP_")))
			cap = aisp_slice_from(cap, 4);
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
			if (aisp_slice_eqz(cap, rows[r].name) && (host_pid || !rows[r].host_pid))
				better(x, rows[r].how, weak ? weak : rows[r].condition);
	}
}

/* Folders of a node: `read`: its keys lie there; `below`: also what is below it. */
static const struct {
	const char *path;
	bool below, read, socket;
} host_paths[] = {
	{"/", false, true, true}, {"/run", false, false, true}, {"/var/run", false, false, true}, {"/var", false, true, true},
	{"/etc", false, true, false}, {"/etc/kubernetes", true, true, false}, {"/etc/cron.d", true, false, false},
	{"/etc/crontab", false, false, false}, {"/etc/systemd", true, false, false}, {"/etc/ssh", true, true, false},
	{"/etc/passwd", false, false, false}, {"/etc/shadow", false, true, false}, {"/etc/sudoers", false, false, false},
	{"/etc/sudoers.d", true, false, false}, {"/etc/pam.d", true, false, false}, {"/etc/ld.so.preload", false, false, false},
	{"/etc/profile.d", true, false, false}, {"/etc/cni", true, false, false}, {"/etc/containerd", true, false, false},
	{"/etc/docker", true, false, false}, {"/etc/rancher", true, true, false}, {"/root", true, true, false}, {"/home", true, true, false},
	{"/usr", false, false, false}, {"/usr/bin", true, false, false}, {"/usr/sbin", true, false, false}, {"/usr/lib", false, false, false},
	{"/usr/lib/systemd", true, false, false}, {"/usr/local", false, false, false}, {"/usr/local/bin", true, false, false},
	{"/bin", true, false, false}, {"/sbin", true, false, false}, {"/lib", false, false, false}, {"/lib64", true, false, false},
	{"/opt", false, false, false}, {"/opt/cni", true, false, false}, {"/boot", true, false, false}, {"/proc", true, false, false},
	{"/var/lib", false, true, false}, {"/var/lib/kubelet", false, true, false}, {"/var/lib/kubelet/pods", true, true, false},
	{"/var/lib/kubelet/pki", true, true, false}, {"/var/lib/kubelet/config.yaml", false, false, false},
	{"/var/lib/docker", true, true, false}, {"/var/lib/containerd", true, true, false}, {"/var/lib/rancher", true, true, false},
	{"/var/spool/cron", true, false, false}, {"/run/containerd", false, false, true}, {"/run/crio", false, false, true},
};

/* Without slashes at the end and doubled ones; "." is left: it does not occur. */
static struct aisp_slice clean(struct aisp_slice path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static bool is_socket(struct aisp_slice path)
{
	static const char *const names[] = {"docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock", "cri-dockerd.sock"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (aisp_slice_eqz(aisp_slice_basename(path), names[i]))
			return true;
	return false;
}

static void escape_by_path(struct escape *x, struct aisp_slice path, bool read_only, const char *weak)
{
	path = clean(path);
	if (is_socket(path)) {
		better(x, "has the container runtime's socket", weak);
		return;
	}
	for (size_t i = 0; i < sizeof host_paths / sizeof *host_paths; i++) {
		struct aisp_slice known = aisp_slice_z(host_paths[i].path);
		if (!aisp_slice_eq(path, known) &&
		    !(host_paths[i].below && aisp_slice_starts(path, known) && path.n > known.n && path.p[known.n] == '/'))
			continue;
		if (host_paths[i].socket)
			better(x, "has a folder of the node in which the container runtime's socket lies", weak);
		else if (!read_only)
			better(x, "may write to folders of the node from which it runs programs or takes settings", weak);
		if (read_only && host_paths[i].read)
			x->reads = "may read the node's files, its kubelet's key among them";
	}
}

static bool mounts(const struct aisp_doc *container, struct aisp_slice volume, bool *ret_read_only)
{
	const struct aisp_doc *list = aisp_doc_get(container, "volumeMounts");
	bool found = false;

	*ret_read_only = true;
	for (uint32_t i = 0; i < aisp_doc_count(list) && i < 256; i++) {
		const struct aisp_doc *m = aisp_doc_at(list, i);
		if (!aisp_slice_eq(aisp_doc_getstr(m, "name"), volume))
			continue;
		found = true;
		*ret_read_only &= aisp_doc_bool(aisp_doc_get(m, "readOnly"), false);
	}
	return found;
}

static void escape_of_container(struct escape *x, const struct aisp_doc *pod, const struct aisp_doc *c)
{
	const struct aisp_doc *volumes = aisp_doc_get(pod, "volumes");
	const char *weak = not_root(pod, c) ? NOT_ROOT : NULL;
	bool host_pid = aisp_doc_bool(aisp_doc_get(pod, "hostPID"), false), read_only;
	const struct aisp_doc *process = aisp_doc_path(c, "securityContext.windowsOptions.hostProcess");

	if (aisp_doc_bool(aisp_doc_path(c, "securityContext.privileged"), false))
		better(x, "runs privileged", weak);
	if (aisp_doc_bool(process ? process : aisp_doc_path(pod, "securityContext.windowsOptions.hostProcess"), false))
		better(x, "runs as a process of the Windows node", NULL);
	if (host_pid)
		better(x, "sees the node's processes (hostPID)", TRACED);
	escape_by_capability(x, aisp_doc_path(c, "securityContext.capabilities.add"), host_pid, weak);
	for (uint32_t i = 0; i < aisp_doc_count(volumes) && i < 256; i++) {
		const struct aisp_doc *v = aisp_doc_at(volumes, i);
		struct aisp_slice path = aisp_doc_str(aisp_doc_path(v, "hostPath.path"));
		if (path.n && mounts(c, aisp_doc_getstr(v, "name"), &read_only))
			escape_by_path(x, path, read_only, weak);
	}
}

static struct escape escape_of(const struct kube_workload *w)
{
	static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
	struct escape x = {0};

	for (size_t l = 0; l < 3; l++) {
		const struct aisp_doc *list = aisp_doc_get(w->spec, lists[l]);
		for (uint32_t i = 0; i < aisp_doc_count(list) && i < 256; i++)
			escape_of_container(&x, w->spec, aisp_doc_at(list, i));
	}
	return x;
}

/* Where workloads run. */

struct run {
	uint32_t workload;
	struct aisp_slice machine;
	aisp_node node;
};

static int by_run(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->workload != y->workload)
		return x->workload < y->workload ? -1 : 1;
	return aisp_slice_cmp(x->machine, y->machine);
}

/* Each workload and machine once, sorted. */
static size_t runs_of(struct aisp_kube__rights *b, struct run **ret)
{
	struct aisp_kube *k = b->k;
	struct run *v = aisp_kube__alloc(k, b->pods.n, sizeof *v);
	size_t n = 0, kept = 0;

	for (size_t i = 0; v && i < b->pods.n; i++)
		if (b->pods.v[i].machine.n)
			v[n++] = (struct run){b->pods.v[i].workload, b->pods.v[i].machine, 0};
	if (n)
		qsort(v, n, sizeof *v, by_run);
	for (size_t i = 0; i < n && !k->e->bad; i++) {
		if (kept && by_run(&v[kept - 1], &v[i]) == 0)
			continue;
		v[kept] = v[i];
		struct aisp_slice id = aisp_kube__id(k, AISP_S("-"), "node", v[kept].machine);
		struct aisp_place at = aisp_kube__place(k, k->workloads.v[v[kept].workload].o, NULL, "");
		v[kept].node = aisp_graph_find(k->e->g, id);
		if (!v[kept].node) {
			v[kept].node = aisp_emit_node(k->e, AISP_NODE_MACHINE, id, &at);
			aisp_emit_str(k->e, v[kept].node, "name", v[kept].machine);
		}
		kept++;
	}
	*ret = v;
	return kept;
}

/* The Node authorizer lets a kubelet have its pods' service account tokens and secrets. */
static void draw_kubelet(struct aisp_kube *k, const struct run *r, const struct kube_workload *w, const struct aisp_place *where)
{
	struct aisp_graph *g = k->e->g;
	struct aisp_slice name = aisp_emit_fmt(k->e, "system:node:%.*s", AISP_FMT(r->machine));
	aisp_node user = k->e->bad ? 0 : aisp_graph_find(g, aisp_kube__id(k, AISP_S("-"), "user", name));
	struct aisp_edge_in in = {.control = AISP_S("authorizer:Node")};
	struct aisp_place at = *where;

	if (!user)
		return;
	at.note = AISP_S("the Node authorizer gives a kubelet what its pods use");
	for (aisp_edge e = aisp_graph_next_out(g, w->o->node, 0); e && !k->e->bad; e = aisp_graph_next_out(g, w->o->node, e)) {
		struct aisp_edge_view v = aisp_graph_edge_at(g, e);
		enum aisp_node_kind to = aisp_graph_node_at(g, v.to).kind;
		if (v.kind == AISP_EDGE_RUNS_AS && to == AISP_NODE_SERVICE_ACCOUNT)
			aisp_emit_edge_in(k->e, user, AISP_EDGE_CAN_ASSUME, v.to, &in, &at);
		else if (v.kind == AISP_EDGE_MOUNTS && to == AISP_NODE_SECRET)
			aisp_emit_edge_in(k->e, user, AISP_EDGE_CAN_READ, v.to, &in, &at);
	}
}

/* The cloud's metadata service. */

enum cloud { NO_CLOUD, AWS, GOOGLE, AZURE };

static enum cloud cloud_of(const struct aisp_kube *k)
{
	for (size_t i = 0; i < k->objects.n; i++) {
		const struct kube_object *o = &k->objects.v[i];
		struct aisp_slice id = aisp_slice_eqz(o->kind, "node") ? aisp_doc_str(aisp_doc_path(o->d, "spec.providerID")) : (struct aisp_slice){0};
		bool account = aisp_slice_eqz(o->kind, "serviceaccount");
		if (aisp_slice_starts(id, AISP_S("aws://")) || (account && aisp_kube__annotation(o, "eks.amazonaws.com/role-arn")))
			return AWS;
		if (aisp_slice_starts(id, AISP_S("gce://")) || (account && aisp_kube__annotation(o, "iam.gke.io/gcp-service-account")))
			return GOOGLE;
		if (aisp_slice_starts(id, AISP_S("azure://")) || (account && aisp_kube__annotation(o, "azure.workload.identity/client-id")))
			return AZURE;
	}
	return NO_CLOUD;
}

static void draw_metadata(struct aisp_kube *k, const struct kube_workload *w, aisp_node machine, struct aisp_slice id, enum cloud cloud,
                          const struct aisp_place *where)
{
	static const char *const hops[] = {
		[AWS] = "only if the instance's metadata answers over more than one hop (its hop limit)",
		[GOOGLE] = "unless GKE's metadata server (Workload Identity Federation) stands before it",
	};
	const struct aisp_net_target port = {.protocol = AISP_S("TCP"), .number = 80};
	enum aisp_net_answer net = w->pod.host_network || !k->net ? AISP_NET_YES
	                                                          : aisp_net_reaches_address(k->net, &w->pod, AISP_S("169.254.169.254"), &port);
	struct aisp_edge_in in = {.condition = aisp_slice_z(w->pod.host_network || cloud == AZURE ? NULL : hops[cloud])};
	struct aisp_place at = *where;

	if (net == AISP_NET_NO)
		return;
	if (net == AISP_NET_IF)
		in.condition = AISP_S("only if the network policies let it through to 169.254.169.254");
	at.note = AISP_S("from a pod the node's metadata service can be asked for the node's cloud credentials");
	aisp_node endpoint = aisp_emit_node(k->e, AISP_NODE_ENDPOINT, aisp_emit_fmt(k->e, "%.*s/metadata", AISP_FMT(id)), &at);
	aisp_node secret = aisp_emit_node(k->e, AISP_NODE_CREDENTIAL, aisp_emit_fmt(k->e, "credential://%.*s/metadata", AISP_FMT(id)), &at);
	aisp_emit_strz(k->e, endpoint, "name", "the node's metadata service");
	aisp_emit_strz(k->e, endpoint, "address", "http://169.254.169.254");
	aisp_emit_strz(k->e, secret, "credential_kind", "cloud metadata");
	aisp_emit_str(k->e, secret, "metadata_of", id);
	aisp_emit_edge(k->e, endpoint, AISP_EDGE_HOLDS, secret, &at);
	aisp_emit_edge(k->e, machine, AISP_EDGE_CAN_READ, endpoint, &at);
	aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_CONNECTS_TO, endpoint, &in, &at);
	aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_CAN_READ, endpoint, &in, &at);
}

/* One workload, with the machines that are known to run it. */
static void draw_host(struct aisp_kube__rights *b, struct kube_workload *w, const struct run *runs, size_t n, enum cloud cloud)
{
	struct aisp_kube *k = b->k;
	struct escape x = escape_of(w);
	struct aisp_place at = aisp_kube__place(k, w->o, w->spec, NULL);
	struct aisp_edge_in in = {.condition = aisp_slice_z(x.condition)};

	at.pointer = w->spec_pointer;
	struct aisp_place out = at, there = at;
	in.control = aisp_emit_fmt(k->e, "%.*s#%.*s", AISP_FMT(w->o->id), AISP_FMT(w->spec_pointer));
	out.note = aisp_slice_z(x.how);
	there.note = AISP_S("its pods run there");
	for (size_t i = 0; i < n; i++) {
		aisp_emit_edge(k->e, runs[i].node, AISP_EDGE_CAN_ASSUME, w->o->node, &there);
		draw_kubelet(k, &runs[i], w, &at);
		if (x.how)
			aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_CAN_ASSUME, runs[i].node, &in, &out);
		if (cloud)
			draw_metadata(k, w, runs[i].node, aisp_kube__id(k, AISP_S("-"), "node", runs[i].machine), cloud, &at);
	}
	if (n == 0 && x.how)
		aisp_kube__to_nodes(b, w->o->node, AISP_EDGE_CAN_ASSUME, &in, &out);
	if (n == 0 && cloud)
		draw_metadata(k, w, 0, aisp_kube__id(k, AISP_S("-"), "node", AISP_S("*")), cloud, &at);
	if (!x.reads || x.how)
		return;
	out.note = aisp_slice_z(x.reads);
	in.condition = (struct aisp_slice){0};
	for (size_t i = 0; i < n && !k->e->bad; i++) {
		struct aisp_slice user = aisp_emit_fmt(k->e, "system:node:%.*s", AISP_FMT(runs[i].machine));
		aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_CAN_READ, runs[i].node, &in, &out);
		aisp_emit_edge_in(k->e, w->o->node, AISP_EDGE_CAN_ASSUME, aisp_graph_find(k->e->g, aisp_kube__id(k, AISP_S("-"), "user", user)), &in, &out);
	}
	if (n == 0)
		aisp_kube__to_nodes(b, w->o->node, AISP_EDGE_CAN_READ, &in, &out);
}

void aisp_kube__draw_hosts(struct aisp_kube__rights *b)
{
	struct aisp_kube *k = b->k;
	enum cloud cloud = cloud_of(k);
	struct run *runs = NULL;
	size_t n = runs_of(b, &runs), at = 0;

	for (size_t i = 0; i < k->workloads.n && !k->e->bad; i++) {
		size_t first = at;
		while (at < n && runs[at].workload == i)
			at++;
		draw_host(b, &k->workloads.v[i], n ? runs + first : NULL, at - first, cloud);
	}
}
