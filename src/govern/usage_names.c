/* The names by which logs know the things of a snapshot: one hash table, so that a use is tied by a few look-ups whatever the size. */
#include "access/aws/iam.h"
#include "govern/usage_int.h"
#include <stdarg.h>
#include <stdio.h>

static struct aisp_slice id_of(const struct aisp_usage *u, aisp_node n)
{
	return aisp_snapshot_text(u->s, u->s->nodes[n].id);
}
static struct aisp_slice name_of(const struct aisp_usage *u, aisp_node n)
{
	return aisp_snapshot_text(u->s, u->s->nodes[n].name);
}

int aisp_usage__name_put(struct aisp_usage *u, enum aisp_name_space ns, aisp_node scope, struct aisp_slice text, uint32_t value, struct aisp_err *err)
{
	aisp_sym sym = 0;
	int r = aisp_symtab_add(u->names, text, &sym, err);
	if (r < 0)
		return r;
	const struct aisp_key key = {(uint64_t)ns << 32 | scope, sym};
	const uint32_t old = aisp_map_get(&u->index, key);
	return old == value ? 0 : aisp_map_put(&u->index, key, old ? AISP_NAME_MANY : value, err);
}

uint32_t aisp_usage__name(const struct aisp_usage *u, enum aisp_name_space ns, aisp_node scope, struct aisp_slice text)
{
	const aisp_sym sym = aisp_symtab_find(u->names, text);
	return sym || !text.n ? aisp_map_get(&u->index, (struct aisp_key){(uint64_t)ns << 32 | scope, sym}) : 0;
}

enum aisp_untied aisp_usage__take(uint32_t found, enum aisp_untied otherwise, aisp_node *ret)
{
	if (found == AISP_NAME_MANY)
		return AISP_UNTIED_AMBIGUOUS;
	if (!found)
		return otherwise;
	*ret = found;
	return AISP_TIED;
}

aisp_node aisp_usage__find(const struct aisp_usage *u, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return n > 0 && (size_t)n < sizeof text ? aisp_snapshot_find(u->s, aisp_slice_of(text, (size_t)n)) : 0;
}

/* The last part of an id: behind the last '/' or ':' or '#'. */
static struct aisp_slice last_part(struct aisp_slice id)
{
	size_t at = id.n;
	while (at > 0 && id.p[at - 1] != '/' && id.p[at - 1] != ':' && id.p[at - 1] != '#')
		at--;
	return aisp_slice_from(id, at);
}

static int put_both(struct aisp_usage *u, enum aisp_name_space ns, aisp_node scope, aisp_node n, struct aisp_err *err)
{
	const struct aisp_slice name = name_of(u, n), last = last_part(id_of(u, n));
	int r = name.n ? aisp_usage__name_put(u, ns, scope, name, n, err) : 0;
	return r == 0 && last.n && !aisp_slice_eq(last, name) ? aisp_usage__name_put(u, ns, scope, last, n, err) : r;
}

static int name_aws(struct aisp_usage *u, aisp_node n, struct aisp_err *err)
{
	struct aisp_arn arn;
	struct aisp_slice id = id_of(u, n);
	const struct aisp_prop *foreign = aisp_snapshot_prop(u->s, n, "foreign");
	if (!aisp_slice_starts(id, AISP_S("arn:")) || u->s->nodes[n].flags & AISP_NF_STAND_IN || aisp_slice_chr(id, '#') != SIZE_MAX || !aisp_arn_split(id, &arn))
		return 0;
	int r = 0;
	struct aisp_slice account = aisp_snapshot_prop_str(u->s, n, "account");
	if (!account.n)
		account = arn.account;
	/* Any thing of it will do: that a thing is known that is not only named somewhere. */
	if (account.n && !(foreign && foreign->b) && !aisp_usage__name(u, AISP_NS_ACCOUNT, 0, account))
		r = aisp_usage__name_put(u, AISP_NS_ACCOUNT, 0, account, n, err);
	if (r == 0 && u->s->nodes[n].kind == AISP_NODE_SECRET && id.n > 7 && id.p[id.n - 7] == '-')
		r = aisp_usage__name_put(u, AISP_NS_SECRET, 0, aisp_slice_to(id, id.n - 7), n, err);
	const bool role = u->s->nodes[n].kind == AISP_NODE_ROLE, user = u->s->nodes[n].kind == AISP_NODE_USER;
	if (r == 0 && (role || user)) {
		char text[512];
		const struct aisp_slice last = aisp_slice_basename(arn.resource);
		const int k = snprintf(text, sizeof text, "%.*s/%s/%.*s", AISP_FMT(arn.account), role ? "role" : "user", AISP_FMT(last));
		if (k > 0 && (size_t)k < sizeof text)
			r = aisp_usage__name_put(u, AISP_NS_ROLE, 0, aisp_slice_of(text, (size_t)k), n, err);
	}
	return r;
}

/* "k8s://C/NS/KIND/NAME" in parts. */
static bool kube_parts(struct aisp_slice id, struct aisp_slice ret[4])
{
	if (!aisp_slice_starts(id, AISP_S("k8s://")))
		return false;
	id = aisp_slice_from(id, 6);
	int n = 0;
	while (n < 4 && aisp_slice_split(&id, n == 3 ? '\0' : '/', &ret[n]))
		n++;
	return n == 4;
}

/* Who runs as this role or service account: by name, and as sessions of EKS are named. */
static int name_runner(struct aisp_usage *u, aisp_node role, aisp_node who, struct aisp_err *err)
{
	struct aisp_slice k[4];
	int r = put_both(u, AISP_NS_RUNS, role, who, err);
	if (r == 0)
		r = aisp_usage__name_put(u, AISP_NS_RUNS, role, AISP_S(""), who, err);
	if (r == 0 && kube_parts(id_of(u, who), k)) {
		char text[512];
		const bool account = u->s->nodes[who].kind == AISP_NODE_SERVICE_ACCOUNT;
		const int n = account ? snprintf(text, sizeof text, "eks-%.*s-%.*s-%.*s", AISP_FMT(k[0]), AISP_FMT(k[1]), AISP_FMT(k[3]))
		                      : snprintf(text, sizeof text, "eks-%.*s-%.*s", AISP_FMT(k[0]), AISP_FMT(k[3]));
		if (n > 0 && (size_t)n < sizeof text)
			r = aisp_usage__name_put(u, AISP_NS_RUNS, role, aisp_slice_of(text, (size_t)n), who, err);
	}
	return r;
}

static int name_edges(struct aisp_usage *u, struct aisp_err *err)
{
	const struct aisp_snapshot *s = u->s;
	int r = 0;
	for (aisp_edge e = 1; r == 0 && e <= s->n_edges; e++) {
		const struct aisp_sedge *d = &s->edges[e];
		const unsigned from = s->nodes[d->from].kind, to = s->nodes[d->to].kind;
		if (s->nodes[d->from].flags & AISP_NF_STAND_IN || s->nodes[d->to].flags & AISP_NF_STAND_IN)
			continue;
		if (d->kind == AISP_EDGE_RUNS_AS && (from == AISP_NODE_WORKLOAD || from == AISP_NODE_AGENT || from == AISP_NODE_MACHINE || from == AISP_NODE_TRAINING_JOB || from == AISP_NODE_NOTEBOOK))
			r = name_runner(u, d->to, d->from, err);
		else if (d->kind == AISP_EDGE_CAN_ASSUME && from == AISP_NODE_SERVICE_ACCOUNT && to == AISP_NODE_ROLE) {
			r = name_runner(u, d->to, d->from, err);
			for (uint32_t i = s->in_at[d->from]; r == 0 && i < s->in_at[d->from + 1]; i++)
				if (s->edges[s->in_edges[i]].kind == AISP_EDGE_RUNS_AS)
					r = name_runner(u, d->to, s->edges[s->in_edges[i]].from, err);
		} else if (d->kind == AISP_EDGE_HAS_TOOL || (d->kind == AISP_EDGE_CONTAINS && from == AISP_NODE_MCP_SERVER)) {
			r = put_both(u, AISP_NS_TOOL, d->from, d->to, err);
		}
	}
	return r;
}

static int name_generic(struct aisp_usage *u, aisp_node n, struct aisp_err *err)
{
	static const uint8_t spaces[AISP_NODE_KIND_END] = {
		[AISP_NODE_AGENT] = AISP_NS_AGENT, [AISP_NODE_MCP_CLIENT] = AISP_NS_CLIENT, [AISP_NODE_MCP_SERVER] = AISP_NS_SERVER, [AISP_NODE_WORKLOAD] = AISP_NS_WORKLOAD,
		[AISP_NODE_USER] = AISP_NS_PERSON, [AISP_NODE_CREDENTIAL] = AISP_NS_CREDENTIAL, [AISP_NODE_MODEL] = AISP_NS_MODEL, [AISP_NODE_TOOL] = AISP_NS_TOOL,
	};
	static const char *const addresses[] = {"address", "ip", "pod_ip", "private_ip", "host_ip"};
	const uint8_t ns = spaces[u->s->nodes[n].kind];
	int r = ns && !(u->s->nodes[n].flags & AISP_NF_STAND_IN) ? put_both(u, (enum aisp_name_space)ns, 0, n, err) : 0;
	for (size_t i = 0; r == 0 && u->s->nodes[n].kind == AISP_NODE_WORKLOAD && i < sizeof addresses / sizeof *addresses; i++) {
		struct aisp_slice list = aisp_snapshot_prop_str(u->s, n, addresses[i]), one;
		while (r == 0 && list.n && aisp_slice_split(&list, '\n', &one))
			r = one.n ? aisp_usage__name_put(u, AISP_NS_ADDRESS, 0, one, n, err) : 0;
	}
	return r;
}

static int name_table(struct aisp_usage *u, aisp_node n, struct aisp_err *err)
{
	const struct aisp_slice id = id_of(u, n), schema = aisp_slice_dirname(id);
	if (!aisp_slice_starts(id, AISP_S("postgres://")) || !schema.n)
		return 0;
	const aisp_node database = aisp_snapshot_find(u->s, aisp_slice_dirname(schema));
	return database ? aisp_usage__name_put(u, AISP_NS_TABLE, database, aisp_slice_basename(id), n, err) : 0;
}

static int name_database(struct aisp_usage *u, aisp_node n, struct aisp_err *err)
{
	const struct aisp_slice name = aisp_slice_basename(id_of(u, n));
	const uint32_t head = aisp_usage__name(u, AISP_NS_DATABASE, 0, name), base = u->s->kind_at[AISP_NODE_DATABASE];
	aisp_sym sym;
	int r = aisp_symtab_add(u->names, name, &sym, err);
	u->next_database.v[n - base] = head;
	return r == 0 ? aisp_map_put(&u->index, (struct aisp_key){(uint64_t)AISP_NS_DATABASE << 32, sym}, n, err) : r;
}

static int name_node(struct aisp_usage *u, aisp_node n, struct aisp_err *err)
{
	const struct aisp_slice id = id_of(u, n);
	struct aisp_slice k[4];
	int r = name_aws(u, n, err);
	if (r == 0)
		r = name_generic(u, n, err);
	if (r == 0 && u->s->nodes[n].kind == AISP_NODE_WORKLOAD && kube_parts(id, k)) {
		const aisp_node ns = aisp_usage__find(u, "k8s://%.*s/%.*s", AISP_FMT(k[0]), AISP_FMT(k[1]));
		r = ns ? aisp_usage__name_put(u, AISP_NS_POD, ns, k[3], n, err) : 0;
	}
	if (r == 0 && u->s->nodes[n].kind == AISP_NODE_TABLE)
		r = name_table(u, n, err);
	if (r == 0 && (u->s->nodes[n].kind == AISP_NODE_ENDPOINT || u->s->nodes[n].kind == AISP_NODE_EXTERNAL_SERVICE || u->s->nodes[n].kind == AISP_NODE_INFERENCE_ENDPOINT ||
	               u->s->nodes[n].kind == AISP_NODE_MCP_SERVER)) {
		const size_t at = aisp_slice_find(id, AISP_S("://"));
		const struct aisp_slice rest = at == SIZE_MAX ? AISP_S("") : aisp_slice_from(id, at + 3);
		const size_t slash = aisp_slice_chr(rest, '/');
		if (rest.n && aisp_slice_starts(id, AISP_S("http")))
			r = aisp_usage__name_put(u, AISP_NS_HOST, 0, aisp_slice_to(rest, slash == SIZE_MAX ? rest.n : slash), n, err);
	}
	return r;
}

static aisp_node the_only(const struct aisp_usage *u, enum aisp_node_kind kind, struct aisp_slice scheme)
{
	aisp_node found = 0;
	for (aisp_node n = u->s->kind_at[kind]; n < u->s->kind_at[kind + 1]; n++)
		if (aisp_slice_starts(id_of(u, n), scheme)) {
			if (found)
				return AISP_NAME_MANY;
			found = n;
		}
	return found;
}

int aisp_usage__names(struct aisp_usage *u, struct aisp_err *err)
{
	const struct aisp_snapshot *s = u->s;
	const uint32_t base = s->kind_at[AISP_NODE_DATABASE], databases = s->kind_at[AISP_NODE_DATABASE + 1] - base;
	int r = 0;
	if (aisp_vec_reserve(&u->next_database, databases + 1) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while learning the names of the inventory");
	for (aisp_node n = 1; r == 0 && n <= s->n_nodes; n++)
		r = name_node(u, n, err);
	for (aisp_node n = base; r == 0 && n < base + databases; n++)
		r = name_database(u, n, err);
	if (r == 0)
		r = name_edges(u, err);
	u->only_cluster = the_only(u, AISP_NODE_CLUSTER, AISP_S("k8s://"));
	u->only_server = the_only(u, AISP_NODE_DB_SERVER, AISP_S("postgres://"));
	return r;
}
