/* Who did it: the log's words for an identity, and further evidence of who is behind it, as nodes. Each form has its look-ups; several that fit are none. */
#include "access/aws/iam.h"
#include "govern/usage_int.h"

enum aisp_usage_plane aisp_usage__plane(const struct aisp_usage *u, const struct aisp_use *use)
{
	const uint32_t at = aisp_usage__name(u, AISP_NS_SOURCE, 0, use->source);
	const struct aisp_slice sees = at && at != AISP_NAME_MANY ? u->windows.v[at - 1].w.sees : AISP_S("");
	if (aisp_slice_find(sees, AISP_S("aws")) != SIZE_MAX || aisp_slice_starts(use->identity, AISP_S("arn:")) || aisp_slice_starts(use->identity, AISP_S("service:")))
		return AISP_PLANE_AWS;
	if (aisp_slice_find(sees, AISP_S("kubernetes")) != SIZE_MAX)
		return AISP_PLANE_KUBERNETES;
	if (aisp_slice_find(sees, AISP_S("postgres")) != SIZE_MAX)
		return AISP_PLANE_POSTGRES;
	return aisp_slice_find(sees, AISP_S("http")) != SIZE_MAX || aisp_slice_find(sees, AISP_S("network")) != SIZE_MAX ? AISP_PLANE_HTTP : AISP_PLANE_OTHER;
}

aisp_node aisp_usage__cluster(const struct aisp_usage *u, struct aisp_slice origin)
{
	return origin.n ? aisp_usage__find(u, "k8s://%.*s", AISP_FMT(origin)) : u->only_cluster;
}

aisp_node aisp_usage__server(const struct aisp_usage *u, struct aisp_slice origin)
{
	if (!origin.n)
		return u->only_server;
	const aisp_node n = aisp_usage__find(u, "postgres://%.*s", AISP_FMT(origin));
	return n || aisp_slice_chr(origin, ':') != SIZE_MAX ? n : aisp_usage__find(u, "postgres://%.*s:5432", AISP_FMT(origin));
}

static struct aisp_slice id_of(const struct aisp_usage *u, aisp_node n)
{
	return aisp_snapshot_text(u->s, u->s->nodes[n].id);
}

uint32_t aisp_usage__pod(const struct aisp_usage *u, aisp_node ns, struct aisp_slice pod)
{
	for (int i = 0; ns && i < 4 && pod.n; i++) {
		const uint32_t found = aisp_usage__name(u, AISP_NS_POD, ns, pod);
		const size_t dash = aisp_slice_rchr(pod, '-');
		if (found || dash == SIZE_MAX)
			return found;
		pod = aisp_slice_to(pod, dash);
	}
	return 0;
}

/* A service account's only workload, else the account itself. */
static aisp_node behind(const struct aisp_usage *u, aisp_node n)
{
	if (u->s->nodes[n].kind != AISP_NODE_SERVICE_ACCOUNT)
		return n;
	const uint32_t only = aisp_usage__name(u, AISP_NS_RUNS, n, AISP_S(""));
	return only && only != AISP_NAME_MANY ? only : n;
}

static bool is_hex(struct aisp_slice s, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == n;
}

/* A role session's name: function (Lambda), instance id, EKS pod identity, ECS task id or an SDK's default where only one workload has the role. */
static aisp_node by_session(const struct aisp_usage *u, aisp_node role, struct aisp_slice session)
{
	static const char *const made_up[] = {"botocore-session-", "aws-sdk-", "aws-go-sdk-", "web-identity-token-", "AWSCLI-Session"};
	uint32_t found = session.n ? aisp_usage__name(u, AISP_NS_RUNS, role, session) : 0;
	struct aisp_slice part = session;
	for (int i = 0; !found && aisp_slice_starts(session, AISP_S("eks-")) && i < 12; i++) {
		const size_t dash = aisp_slice_rchr(part, '-');
		if (dash == SIZE_MAX)
			break;
		part = aisp_slice_to(part, dash);
		found = aisp_usage__name(u, AISP_NS_RUNS, role, part);
	}
	bool says_nothing = is_hex(session, 32);
	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
		says_nothing = says_nothing || aisp_slice_starts(session, aisp_slice_z(made_up[i]));
	if (!found && says_nothing)
		found = aisp_usage__name(u, AISP_NS_RUNS, role, AISP_S(""));
	return found && found != AISP_NAME_MANY ? behind(u, found) : 0;
}

bool aisp_usage__is_foreign(const struct aisp_usage *u, struct aisp_slice account)
{
	const size_t slash = aisp_slice_chr(account, '/');
	uint64_t number;
	if (slash != SIZE_MAX)
		account = aisp_slice_to(account, slash);
	return account.n == 12 && aisp_slice_u64(account, &number) && !aisp_usage__name(u, AISP_NS_ACCOUNT, 0, account);
}

static enum aisp_untied aws_name(const struct aisp_usage *u, struct aisp_slice account, const char *what, struct aisp_slice name, aisp_node *ret)
{
	char text[512];
	const size_t n = account.n + strlen(what) + name.n + 2;
	if (n >= sizeof text || !account.n)
		return AISP_UNTIED_UNKNOWN;
	memcpy(text, account.p, account.n);
	text[account.n] = '/';
	memcpy(text + account.n + 1, what, strlen(what));
	text[account.n + 1 + strlen(what)] = '/';
	if (name.n)
		memcpy(text + account.n + 2 + strlen(what), name.p, name.n);
	return aisp_usage__take(aisp_usage__name(u, AISP_NS_ROLE, 0, aisp_slice_of(text, n)), AISP_UNTIED_UNKNOWN, ret);
}

static enum aisp_untied who_arn(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	struct aisp_arn arn;
	if (!aisp_arn_split(t->use.identity, &arn))
		return AISP_UNTIED_UNKNOWN;
	struct aisp_slice rest = arn.resource, kind = {0}, name = {0};
	enum aisp_untied why = AISP_UNTIED_UNKNOWN;
	aisp_slice_split(&rest, '/', &kind);
	if (aisp_slice_eqz(arn.service, "sts") && aisp_slice_eqz(kind, "assumed-role")) {
		aisp_slice_split(&rest, '/', &name);
		why = aws_name(u, arn.account, "role", name, &t->identity);
		if (t->identity)
			t->workload = by_session(u, t->identity, rest.n ? rest : t->use.via);
	} else if ((t->identity = aisp_snapshot_find(u->s, t->use.identity)) != 0) {
		why = AISP_TIED;
	} else if (aisp_slice_eqz(kind, "user") || aisp_slice_eqz(kind, "federated-user")) {
		why = aws_name(u, arn.account, "user", aisp_slice_basename(rest), &t->identity);
	} else if (aisp_slice_eqz(kind, "role")) {
		why = aws_name(u, arn.account, "role", aisp_slice_basename(rest), &t->identity);
	}
	return why == AISP_UNTIED_UNKNOWN && arn.account.n && !aisp_usage__name(u, AISP_NS_ACCOUNT, 0, arn.account) ? AISP_UNTIED_FOREIGN : why;
}

static enum aisp_untied who_aws(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const struct aisp_slice id = t->use.identity;
	if (aisp_slice_starts(id, AISP_S("service:")) || aisp_slice_ends(id, AISP_S(".amazonaws.com")))
		return AISP_UNTIED_SERVICE;
	if (aisp_slice_starts(id, AISP_S("arn:")))
		return who_arn(u, t);
	if (aisp_slice_starts(id, AISP_S("account:"))) {
		const struct aisp_slice account = aisp_slice_from(id, 8);
		t->identity = aisp_usage__find(u, "arn:aws:iam::%.*s:root", AISP_FMT(account));
		return t->identity ? AISP_TIED : aisp_usage__name(u, AISP_NS_ACCOUNT, 0, account) ? AISP_UNTIED_UNKNOWN : AISP_UNTIED_FOREIGN;
	}
	/* A unique id ("AROA…:session", "AIDA…") is an alias. */
	const size_t colon = aisp_slice_chr(id, ':');
	t->identity = aisp_snapshot_find(u->s, colon == SIZE_MAX ? id : aisp_slice_to(id, colon));
	if (t->identity && colon != SIZE_MAX)
		t->workload = by_session(u, t->identity, aisp_slice_from(id, colon + 1));
	return t->identity ? AISP_TIED : aisp_slice_eqz(id, "anonymous") ? AISP_UNTIED_NO_NAME : aisp_usage__is_foreign(u, t->use.origin) ? AISP_UNTIED_FOREIGN : AISP_UNTIED_UNKNOWN;
}

/* Whoever came without saying who it is. */
static bool is_nobody(struct aisp_slice name)
{
	return aisp_slice_eqz(name, "system:anonymous") || aisp_slice_eqz(name, "system:unauthenticated");
}

static enum aisp_untied who_kubernetes(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const struct aisp_slice name = t->use.identity;
	const aisp_node cluster = aisp_usage__cluster(u, t->use.origin);
	if (cluster == AISP_NAME_MANY)
		return AISP_UNTIED_AMBIGUOUS;
	if (!cluster)
		return AISP_UNTIED_FOREIGN;
	const struct aisp_slice c = id_of(u, cluster);
	struct aisp_slice rest = name, ns = {0};
	if (aisp_slice_starts(name, AISP_S("system:serviceaccount:"))) {
		rest = aisp_slice_from(name, 22);
		aisp_slice_split(&rest, ':', &ns);
		t->identity = aisp_usage__find(u, "%.*s/%.*s/serviceaccount/%.*s", AISP_FMT(c), AISP_FMT(ns), AISP_FMT(rest));
		const uint32_t pod = aisp_usage__pod(u, aisp_usage__find(u, "%.*s/%.*s", AISP_FMT(c), AISP_FMT(ns)), t->use.via);
		if (pod && pod != AISP_NAME_MANY)
			t->workload = pod;
		else if (t->identity && behind(u, t->identity) != t->identity)
			t->workload = behind(u, t->identity);
		return t->identity ? AISP_TIED : AISP_UNTIED_UNKNOWN;
	}
	if (aisp_slice_starts(name, AISP_S("system:node:")))
		t->identity = aisp_usage__find(u, "%.*s/-/node/%.*s", AISP_FMT(c), AISP_FMT(aisp_slice_from(name, 12)));
	if (!t->identity)
		t->identity = aisp_usage__find(u, "%.*s/-/user/%.*s", AISP_FMT(c), AISP_FMT(name));
	if (!t->identity && aisp_slice_starts(name, AISP_S("arn:")))
		return who_arn(u, t);
	if (!t->identity && is_nobody(name))
		return AISP_UNTIED_NO_NAME;
	return t->identity ? AISP_TIED : aisp_slice_starts(name, AISP_S("system:")) ? AISP_UNTIED_SERVICE : AISP_UNTIED_UNKNOWN;
}

/* The only server that has this database and this role. */
static aisp_node server_of_both(const struct aisp_usage *u, struct aisp_slice role, struct aisp_slice database)
{
	const uint32_t base = u->s->kind_at[AISP_NODE_DATABASE];
	aisp_node found = 0;
	int steps = 0;
	for (uint32_t d = aisp_usage__name(u, AISP_NS_DATABASE, 0, database); d; d = u->next_database.v[d - base]) {
		const aisp_node server = aisp_snapshot_find(u->s, aisp_slice_dirname(id_of(u, d)));
		if (++steps > 256)
			return AISP_NAME_MANY;
		if (server && aisp_usage__find(u, "%.*s#role/%.*s", AISP_FMT(id_of(u, server)), AISP_FMT(role))) {
			if (found)
				return AISP_NAME_MANY;
			found = server;
		}
	}
	return found;
}

static aisp_node by_name(const struct aisp_usage *u, struct aisp_slice name)
{
	uint32_t found = name.n ? aisp_usage__name(u, AISP_NS_WORKLOAD, 0, name) : 0;
	struct aisp_slice pod = name;
	for (int i = 0; !found && i < 2; i++) { /* a pod's name: workload-6f7c9d-x2x4z */
		const size_t dash = aisp_slice_rchr(pod, '-');
		if (dash == SIZE_MAX)
			break;
		pod = aisp_slice_to(pod, dash);
		found = aisp_usage__name(u, AISP_NS_WORKLOAD, 0, pod);
	}
	return found && found != AISP_NAME_MANY ? found : 0;
}

static enum aisp_untied who_postgres(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const size_t at = aisp_slice_rchr(t->use.identity, '@');
	const struct aisp_slice role = at == SIZE_MAX ? t->use.identity : aisp_slice_to(t->use.identity, at);
	const struct aisp_slice database = at == SIZE_MAX ? AISP_S("") : aisp_slice_from(t->use.identity, at + 1);
	aisp_node server = aisp_usage__server(u, t->use.origin);
	if (!t->use.origin.n && database.n && server == AISP_NAME_MANY)
		server = server_of_both(u, role, database);
	if (server == AISP_NAME_MANY)
		return AISP_UNTIED_AMBIGUOUS;
	if (!server) /* no name and no server at all: it is of one that was not scanned */
		return t->use.origin.n || !u->only_server ? AISP_UNTIED_FOREIGN : AISP_UNTIED_UNKNOWN;
	t->identity = aisp_usage__find(u, "%.*s#role/%.*s", AISP_FMT(id_of(u, server)), AISP_FMT(role));
	const uint32_t address = t->use.n_from == 1 && !t->use.from_others ? aisp_usage__name(u, AISP_NS_ADDRESS, 0, t->use.from[0].address) : 0;
	t->workload = address && address != AISP_NAME_MANY ? address : by_name(u, t->use.via);
	return t->identity ? AISP_TIED : AISP_UNTIED_UNKNOWN;
}

/* Names that programs give themselves: agents first, then clients, workloads, people. */
static enum aisp_untied who_named(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	static const enum aisp_name_space spaces[] = {AISP_NS_AGENT, AISP_NS_CLIENT, AISP_NS_WORKLOAD, AISP_NS_PERSON, AISP_NS_ADDRESS};
	t->workload = by_name(u, t->use.via);
	if ((t->identity = aisp_snapshot_find(u->s, t->use.identity)) != 0)
		return AISP_TIED;
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		const uint32_t found = aisp_usage__name(u, spaces[i], 0, t->use.identity);
		if (found)
			return aisp_usage__take(found, AISP_UNTIED_UNKNOWN, &t->identity);
	}
	t->identity = t->workload;
	return t->identity ? AISP_TIED : AISP_UNTIED_UNKNOWN;
}

/* The access key or key alias; an identity that the log does not name is the one that it proves, if it proves one. */
static aisp_node credential_of(const struct aisp_usage *u, struct aisp_slice credential)
{
	aisp_node n = credential.n ? aisp_usage__find(u, "credential://aws/%.*s", AISP_FMT(credential)) : 0;
	if (!n && credential.n)
		n = aisp_snapshot_find(u->s, credential);
	if (!n && credential.n) {
		const uint32_t found = aisp_usage__name(u, AISP_NS_CREDENTIAL, 0, credential);
		n = found == AISP_NAME_MANY ? 0 : found;
	}
	return n;
}

void aisp_usage__who(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const enum aisp_usage_plane plane = aisp_usage__plane(u, &t->use);
	t->credential = credential_of(u, t->use.credential);
	if (!t->use.identity.n)
		t->identity_why = AISP_UNTIED_NO_NAME;
	else if (plane == AISP_PLANE_AWS)
		t->identity_why = who_aws(u, t);
	else if (plane == AISP_PLANE_KUBERNETES)
		t->identity_why = who_kubernetes(u, t);
	else if (plane == AISP_PLANE_POSTGRES)
		t->identity_why = who_postgres(u, t);
	else
		t->identity_why = who_named(u, t);
	if (t->identity || !t->credential || t->identity_why == AISP_UNTIED_AMBIGUOUS)
		return;
	aisp_node proved = 0;
	for (aisp_edge e = u->s->out_at[t->credential]; e < u->s->out_at[t->credential + 1]; e++)
		if (u->s->edges[e].kind == AISP_EDGE_AUTHENTICATES && u->s->edges[e].to != proved)
			proved = proved ? AISP_NAME_MANY : u->s->edges[e].to;
	if (proved)
		t->identity_why = aisp_usage__take(proved, AISP_UNTIED_UNKNOWN, &t->identity);
}
