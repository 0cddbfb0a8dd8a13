/* Connection facts → server, database, role. Any node that carries db_host (a variable, a credential, an MCP server) says
 * "somebody connects there as this user"; here that meets the server that another source described.
 *
 * A server is the same when host and port are one of its names (declared: the writer named it), or, where no name fits,
 * when it is the only known server that has both the database and the role (inferred). Else the server is written down
 * as named, with a gap: what the user may do there is not known.
 */
#include "resolve/resolve_int.h"

enum { NAME_FORMS = 5 };

struct facts {
	aisp_node node;                      /* that carries the facts */
	struct aisp_slice scheme, host, port, name, user;
	struct aisp_slice cluster, namespace; /* of a holder inside Kubernetes; else empty */
	struct aisp_slice forms[NAME_FORMS];  /* the names under which the host may be known, with port */
	size_t n_forms;
};

struct place { /* what the facts name, found or made */
	aisp_node server, database, role;
	enum aisp_confidence confidence;
	bool known; /* described by a source of its own, not only named */
};

/* "k8s://CLUSTER/NAMESPACE/…" → its parts. */
static void take_kubernetes(struct facts *f, struct aisp_slice id)
{
	struct aisp_slice rest;
	if (!aisp_slice_starts(id, AISP_S("k8s://")))
		return;
	rest = aisp_slice_from(id, sizeof "k8s://" - 1);
	if (!aisp_slice_split(&rest, '/', &f->cluster) || !aisp_slice_split(&rest, '/', &f->namespace))
		f->cluster = f->namespace = (struct aisp_slice){0};
}

static void add_form(struct aisp_resolve *r, struct facts *f, struct aisp_slice host)
{
	f->forms[f->n_forms++] = aisp_resolve__fmt(r, "%.*s://%.*s:%.*s", AISP_FMT(f->scheme), AISP_FMT(host), AISP_FMT(f->port));
}

/* The names a host may go by: as written, and inside Kubernetes completed the way its DNS search list does. */
static void make_forms(struct aisp_resolve *r, struct facts *f)
{
	const struct aisp_slice h = f->host;
	size_t dots = 0;
	for (size_t i = 0; i < h.n; i++)
		dots += h.p[i] == '.';
	if (f->cluster.n && dots == 0)
		add_form(r, f, aisp_resolve__fmt(r, "%.*s.%.*s.svc.cluster.local", AISP_FMT(h), AISP_FMT(f->namespace)));
	if (f->cluster.n && dots == 1)
		add_form(r, f, aisp_resolve__fmt(r, "%.*s.svc.cluster.local", AISP_FMT(h)));
	if (f->cluster.n && aisp_slice_ends(h, AISP_S(".svc")))
		add_form(r, f, aisp_resolve__fmt(r, "%.*s.cluster.local", AISP_FMT(h)));
	if (dots > 0 || !f->cluster.n)
		add_form(r, f, h);
}

static bool is_local(struct aisp_slice host)
{
	return aisp_slice_eqz(host, "localhost") || aisp_slice_eqz(host, "::1") || aisp_slice_starts(host, AISP_S("127."));
}

/* The thing that the facts are about: a variable's holder, a credential's, or the node itself. */
static struct aisp_slice holder_id(const struct aisp_resolve *r, aisp_node n)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, n).id;
	return aisp_slice_to(id, aisp_slice_find(id, AISP_S("#env/")));
}

static bool take_facts(struct aisp_resolve *r, aisp_node n, struct facts *f)
{
	*f = (struct facts){.node = n,
		.scheme = aisp_graph_prop(r->g, n, "db_scheme"), .host = aisp_graph_prop(r->g, n, "db_host"),
		.port = aisp_graph_prop(r->g, n, "db_port"), .name = aisp_graph_prop(r->g, n, "db_name"),
		.user = aisp_graph_prop(r->g, n, "db_user")};
	if (f->host.n == 0 || f->scheme.n == 0 || aisp_slice_starts(f->scheme, AISP_S("http")))
		return false; /* a web address is no database */
	/* The builder's text moves with its next change: keep copies. */
	struct aisp_slice *const parts[] = {&f->scheme, &f->host, &f->port, &f->name, &f->user};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		*parts[i] = aisp_resolve__fmt(r, "%.*s", AISP_FMT(*parts[i]));
	const struct aisp_slice holder = holder_id(r, n);
	take_kubernetes(f, aisp_resolve__fmt(r, "%.*s", AISP_FMT(holder)));
	make_forms(r, f);
	return !r->bad;
}

/* A credential carries no place of its own: where it is held tells which cluster its host name is meant in. */
static void take_holder_cluster(struct aisp_resolve *r, struct facts *f)
{
	for (aisp_edge e = aisp_resolve__in(r, f->node, AISP_EDGE_HOLDS, 0); e && !f->cluster.n; e = aisp_resolve__in(r, f->node, AISP_EDGE_HOLDS, e)) {
		const struct aisp_slice id = holder_id(r, aisp_resolve__from(r, e));
		take_kubernetes(f, aisp_resolve__fmt(r, "%.*s", AISP_FMT(id)));
	}
	f->n_forms = 0;
	make_forms(r, f);
}

static aisp_node role_of(struct aisp_resolve *r, aisp_node server, struct aisp_slice user)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, server).id;
	return user.n ? aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s#role/%.*s", AISP_FMT(id), AISP_FMT(user))) : 0;
}

static aisp_node database_of(struct aisp_resolve *r, aisp_node server, struct aisp_slice name)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, server).id;
	return name.n ? aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s/%.*s", AISP_FMT(id), AISP_FMT(name))) : 0;
}

static bool has_prefix_scheme(const struct aisp_resolve *r, aisp_node server, struct aisp_slice scheme)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, server).id;
	return aisp_slice_starts(id, scheme) && aisp_slice_starts(aisp_slice_from(id, scheme.n), AISP_S("://"));
}

/* The one server that knows both the database and the user; 0 when none or several do. */
static aisp_node only_server(struct aisp_resolve *r, const struct facts *f)
{
	aisp_node found = 0;
	for (size_t i = 0; i < r->servers.n; i++) {
		const aisp_node s = r->servers.v[i];
		if (!has_prefix_scheme(r, s, f->scheme) || !database_of(r, s, f->name) || !role_of(r, s, f->user))
			continue;
		if (found)
			return 0;
		found = s;
	}
	return found;
}

static aisp_node named_server(struct aisp_resolve *r, const struct facts *f)
{
	for (size_t i = 0; i < f->n_forms; i++) {
		const aisp_node n = aisp_graph_find(r->g, f->forms[i]);
		if (n && aisp_graph_node_at(r->g, n).kind == AISP_NODE_DB_SERVER)
			return n;
	}
	return 0;
}

/* A server that only configuration names. A host name without dots or a loopback address means something else in every
 * place, so it gets the place into its id. */
static aisp_node make_server(struct aisp_resolve *r, const struct facts *f, const struct aisp_because *why)
{
	struct aisp_slice id = f->forms[0];
	const bool bare = aisp_slice_chr(f->host, '.') == SIZE_MAX || is_local(f->host);
	if (f->cluster.n && (bare || aisp_slice_find(f->host, AISP_S(".svc")) != SIZE_MAX)) {
		id = aisp_resolve__fmt(r, "%.*s@k8s/%.*s", AISP_FMT(f->forms[0]), AISP_FMT(f->cluster));
	} else if (bare) {
		struct aisp_slice place = holder_id(r, f->node);
		if (aisp_slice_starts(place, AISP_S("credential://")))
			for (aisp_edge e = aisp_resolve__in(r, f->node, AISP_EDGE_HOLDS, 0); e; e = 0)
				place = holder_id(r, aisp_resolve__from(r, e));
		const size_t at = aisp_slice_find(place, AISP_S("://"));
		place = aisp_slice_from(place, at == SIZE_MAX ? 0 : at + 3);
		place = aisp_slice_to(place, aisp_slice_chr(place, '/'));
		id = aisp_resolve__fmt(r, "%.*s@%.*s", AISP_FMT(f->forms[0]), AISP_FMT(place));
	}
	const aisp_node known = aisp_graph_find(r->g, id);
	const aisp_node n = aisp_resolve__node(r, AISP_NODE_DB_SERVER, id, why);
	aisp_resolve__set(r, n, "name", aisp_resolve__fmt(r, "%.*s:%.*s", AISP_FMT(f->host), AISP_FMT(f->port)));
	if (!known && !r->bad)
		aisp_resolve__fail(r, aisp_graph_add_gap(r->g, r->source, id, AISP_E_NOTFOUND,
			aisp_resolve__fmt(r, "the database server is named by a configuration but was not scanned: what its users may do there is not known; scan it, or give its name to the source that did (also_known_as)"), r->err));
	return n;
}

static void find_place(struct aisp_resolve *r, const struct facts *f, struct place *p)
{
	const struct aisp_because why = {"join:connection-to-server", AISP_CONF_DECLARED,
		aisp_resolve__fmt(r, "a connection names %.*s:%.*s", AISP_FMT(f->host), AISP_FMT(f->port)), {0}, f->node, NULL};
	*p = (struct place){.confidence = AISP_CONF_DECLARED};
	p->server = named_server(r, f);
	if (!p->server && f->name.n && f->user.n && (p->server = only_server(r, f)) != 0)
		p->confidence = AISP_CONF_INFERRED;
	if (!p->server)
		p->server = make_server(r, f, &why);
	if (!p->server)
		return;
	const struct aisp_slice server = aisp_resolve__fmt(r, "%.*s", AISP_FMT(aisp_graph_node_at(r->g, p->server).id));
	p->database = database_of(r, p->server, f->name);
	p->role = role_of(r, p->server, f->user);
	p->known = p->role && aisp_graph_prop(r->g, p->role, "login").n;
	if (!p->database && f->name.n) {
		p->database = aisp_resolve__node(r, AISP_NODE_DATABASE, aisp_resolve__fmt(r, "%.*s/%.*s", AISP_FMT(server), AISP_FMT(f->name)), &why);
		aisp_resolve__set(r, p->database, "name", f->name);
		aisp_resolve__edge(r, p->server, AISP_EDGE_HAS_DATA, p->database, &why);
	}
	if (!p->role && f->user.n) {
		p->role = aisp_resolve__node(r, AISP_NODE_DB_ROLE, aisp_resolve__fmt(r, "%.*s#role/%.*s", AISP_FMT(server), AISP_FMT(f->user)), &why);
		aisp_resolve__set(r, p->role, "name", f->user);
	}
}

/* The Kubernetes service that the host name means: its workloads are what answers. */
static bool tie_service(struct aisp_resolve *r, const struct facts *f, aisp_node server)
{
	struct aisp_slice rest = f->host, name = {0}, ns = f->namespace;
	if (!f->cluster.n || !aisp_slice_split(&rest, '.', &name))
		return false;
	if (rest.p && rest.n)
		ns = aisp_slice_to(rest, aisp_slice_chr(rest, '.'));
	const aisp_node service = aisp_graph_find(r->g, aisp_resolve__fmt(r, "k8s://%.*s/%.*s/service/%.*s", AISP_FMT(f->cluster), AISP_FMT(ns), AISP_FMT(name)));
	if (!service)
		return false;
	for (aisp_edge e = aisp_resolve__out(r, service, AISP_EDGE_ROUTES_TO, 0); e && !r->bad; e = aisp_resolve__out(r, service, AISP_EDGE_ROUTES_TO, e)) {
		const aisp_node workload = aisp_resolve__to(r, e);
		aisp_resolve__edge(r, workload, AISP_EDGE_SERVES, server, &(struct aisp_because){"join:service-to-server", AISP_CONF_DECLARED,
			aisp_resolve__fmt(r, "connections to %.*s go through this service to this workload", AISP_FMT(f->host)), {e, 0}, 0, NULL});
		if (aisp_graph_prop(r->g, workload, "auth").n == 0)
			aisp_resolve__set(r, workload, "auth", AISP_S("required"));
		/* What a workload serves is of the workload's environment. */
		const struct aisp_slice environment = aisp_graph_prop(r->g, workload, "environment");
		if (environment.n && aisp_graph_prop(r->g, server, "environment").n == 0)
			aisp_resolve__set(r, server, "environment", aisp_resolve__fmt(r, "%.*s", AISP_FMT(environment)));
	}
	return aisp_resolve__out(r, service, AISP_EDGE_ROUTES_TO, 0) != 0;
}

/* Compose: the host is a service of the same project. */
static void tie_compose(struct aisp_resolve *r, const struct facts *f, aisp_node server)
{
	const struct aisp_slice holder = holder_id(r, f->node);
	if (!aisp_slice_starts(holder, AISP_S("compose://")))
		return;
	const aisp_node other = aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s/%.*s", AISP_FMT(aisp_slice_dirname(holder)), AISP_FMT(f->host)));
	if (!other || aisp_graph_node_at(r->g, other).kind != AISP_NODE_WORKLOAD)
		return;
	aisp_resolve__edge(r, other, AISP_EDGE_SERVES, server, &(struct aisp_because){"join:service-to-server", AISP_CONF_DECLARED,
		aisp_resolve__fmt(r, "connections to '%.*s' go to this compose service", AISP_FMT(f->host)), {0}, f->node, NULL});
	if (aisp_graph_prop(r->g, other, "auth").n == 0)
		aisp_resolve__set(r, other, "auth", AISP_S("required"));
}

/* The role that a credential proves, once the facts of its connection are known. */
static void prove(struct aisp_resolve *r, aisp_node credential, const struct facts *f, const struct place *p)
{
	if (p->role)
		aisp_resolve__edge(r, credential, AISP_EDGE_AUTHENTICATES, p->role, &(struct aisp_because){"join:credential-to-role", p->confidence,
			aisp_resolve__fmt(r, "the connection logs in as %.*s at %.*s", AISP_FMT(f->user), AISP_FMT(f->host)), {0}, f->node, NULL});
}

/* A login that is written down in a repository works from the machines of those who use it there; whether a given reader
 * has such a machine is not known. */
static void connect_readers(struct aisp_resolve *r, aisp_node file, const struct facts *f, aisp_node to, aisp_edge because)
{
	struct aisp_slice id = aisp_graph_node_at(r->g, file).id;
	const size_t at = aisp_slice_find(id, AISP_S("://"));
	const size_t end = at == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(id, at + 3), '/');
	if (end == SIZE_MAX)
		return;
	const aisp_node readers = aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s#readers", AISP_FMT(aisp_slice_to(id, at + 3 + end))));
	aisp_resolve__edge(r, readers, AISP_EDGE_CONNECTS_TO, to, &(struct aisp_because){"join:readers-to-server", AISP_CONF_INFERRED,
		aisp_resolve__fmt(r, "this file is used where %.*s:%.*s answers", AISP_FMT(f->host), AISP_FMT(f->port)), {because, 0}, 0,
		"from a machine where this configuration is used"});
}

/* Something that runs and is configured to connect can open the connection, unless the cluster's own network rules are
 * known: then they say so (tie_service). */
static void connect_holder(struct aisp_resolve *r, aisp_node holder, const struct facts *f, const struct place *p, bool by_rules, aisp_edge because)
{
	const enum aisp_node_kind kind = aisp_graph_node_at(r->g, holder).kind;
	const aisp_node to = p->database ? p->database : p->server;
	if (kind == AISP_NODE_FILE && to)
		connect_readers(r, holder, f, to, because);
	if (by_rules || !to || (kind != AISP_NODE_WORKLOAD && kind != AISP_NODE_MCP_SERVER && kind != AISP_NODE_TRAINING_JOB))
		return;
	aisp_resolve__edge(r, holder, AISP_EDGE_CONNECTS_TO, to, &(struct aisp_because){"join:connection-to-server", AISP_CONF_DECLARED,
		aisp_resolve__fmt(r, "it is configured to connect to %.*s:%.*s", AISP_FMT(f->host), AISP_FMT(f->port)), {because, 0}, f->node, NULL});
}

/* What a variable's value is made of: "postgres://u:$(DB_PASSWORD)@h/d" takes its password from a sibling. */
static void prove_sibling(struct aisp_resolve *r, aisp_node holder, const struct facts *f, const struct place *p)
{
	const struct aisp_slice names = aisp_graph_prop(r->g, f->node, "password_from");
	const struct aisp_slice id = aisp_graph_node_at(r->g, holder).id;
	if (names.n == 0)
		return;
	const aisp_node sibling = aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s#env/%.*s", AISP_FMT(id), AISP_FMT(names)));
	if (!sibling)
		return;
	for (aisp_edge e = aisp_resolve__out(r, sibling, AISP_EDGE_HOLDS, 0); e; e = aisp_resolve__out(r, sibling, AISP_EDGE_HOLDS, e))
		prove(r, aisp_resolve__to(r, e), f, p);
}

static void variable_facts(struct aisp_resolve *r, aisp_node v)
{
	struct facts f;
	struct place p;
	if (!take_facts(r, v, &f))
		return;
	find_place(r, &f, &p);
	if (r->bad || !p.server)
		return;
	const bool by_rules = tie_service(r, &f, p.server);
	tie_compose(r, &f, p.server);
	for (aisp_edge e = aisp_resolve__in(r, v, AISP_EDGE_SETS, 0); e && !r->bad; e = aisp_resolve__in(r, v, AISP_EDGE_SETS, e)) {
		connect_holder(r, aisp_resolve__from(r, e), &f, &p, by_rules, e);
		prove_sibling(r, aisp_resolve__from(r, e), &f, &p);
	}
	for (aisp_edge e = aisp_resolve__out(r, v, AISP_EDGE_HOLDS, 0); e && !r->bad; e = aisp_resolve__out(r, v, AISP_EDGE_HOLDS, e))
		prove(r, aisp_resolve__to(r, e), &f, &p);
	/* For those who look names in code up (tables.c). */
	aisp_resolve__set(r, v, "database", aisp_graph_node_at(r->g, p.database ? p.database : p.server).id);
	if (p.role)
		aisp_resolve__set(r, v, "role", aisp_graph_node_at(r->g, p.role).id);
}

static void credential_facts(struct aisp_resolve *r, aisp_node c)
{
	struct facts f;
	struct place p;
	if (!take_facts(r, c, &f))
		return;
	take_holder_cluster(r, &f);
	find_place(r, &f, &p);
	if (r->bad || !p.server)
		return;
	const bool by_rules = tie_service(r, &f, p.server);
	prove(r, c, &f, &p);
	for (aisp_edge e = aisp_resolve__in(r, c, AISP_EDGE_HOLDS, 0); e && !r->bad; e = aisp_resolve__in(r, c, AISP_EDGE_HOLDS, e))
		connect_holder(r, aisp_resolve__from(r, e), &f, &p, by_rules, e);
}

static void note_server(struct aisp_resolve *r, aisp_node n)
{
	if (aisp_vec_push(&r->servers, n) < 0)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining"));
}

void aisp_resolve__connections(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_DB_SERVER, note_server);
	aisp_resolve__each(r, AISP_NODE_VARIABLE, variable_facts);
	aisp_resolve__each(r, AISP_NODE_CREDENTIAL, credential_facts);
}
