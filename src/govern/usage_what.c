/* To what it was done: the log's words for an asset, as a node. */
#include "access/aws/iam.h"
#include "govern/usage_int.h"

static struct aisp_slice id_of(const struct aisp_usage *u, aisp_node n)
{
	return aisp_snapshot_text(u->s, u->s->nodes[n].id);
}

/* The thing itself, else what it is a part of: an object's bucket, a table's index, a function's version. */
static enum aisp_untied what_arn(const struct aisp_usage *u, struct aisp_slice text, struct aisp_slice origin, aisp_node *ret)
{
	struct aisp_arn arn;
	struct aisp_slice part = text;
	if (!aisp_arn_split(text, &arn))
		return AISP_UNTIED_UNKNOWN;
	const size_t head = text.n - arn.resource.n;
	for (int i = 0; i < 8 && part.n > head; i++) {
		if ((*ret = aisp_snapshot_find(u->s, part)) != 0)
			return AISP_TIED;
		const size_t slash = aisp_slice_rchr(part, '/'), colon = aisp_slice_rchr(part, ':');
		const size_t cut = slash != SIZE_MAX && slash > head ? slash : colon != SIZE_MAX && colon > head ? colon : 0;
		if (!cut)
			break;
		part = aisp_slice_to(part, cut);
	}
	if (aisp_slice_eqz(arn.service, "bedrock") && aisp_slice_starts(arn.resource, AISP_S("foundation-model/")) &&
	    (*ret = aisp_usage__find(u, "model://bedrock/%.*s", AISP_FMT(aisp_slice_from(arn.resource, 17)))) != 0)
		return AISP_TIED;
	if (aisp_slice_eqz(arn.service, "secretsmanager")) { /* asked for by name: without the six characters behind it */
		const uint32_t found = aisp_usage__name(u, AISP_NS_SECRET, 0, text);
		if (found)
			return aisp_usage__take(found, AISP_UNTIED_UNKNOWN, ret);
	}
	/* A bucket's ARN names no account: then it is that of the log. */
	return aisp_usage__is_foreign(u, arn.account.n ? arn.account : origin) ? AISP_UNTIED_FOREIGN : AISP_UNTIED_UNKNOWN;
}

/* "secrets" → "secret" as ids have it: the kind in lower case, singular. */
static struct aisp_slice singular(struct aisp_slice plural)
{
	static const char *const odd[][2] = {{"ingresses", "ingress"}, {"networkpolicies", "networkpolicy"}, {"storageclasses", "storageclass"}, {"endpoints", "endpoints"}};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (aisp_slice_eqz(plural, odd[i][0]))
			return aisp_slice_z(odd[i][1]);
	return aisp_slice_ends(plural, AISP_S("s")) ? aisp_slice_to(plural, plural.n - 1) : plural;
}

static enum aisp_untied what_kubernetes(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const aisp_node cluster = aisp_usage__cluster(u, t->use.origin);
	struct aisp_slice rest = t->use.asset, ns = {0}, resource = {0};
	if (cluster == AISP_NAME_MANY)
		return AISP_UNTIED_AMBIGUOUS;
	if (!cluster)
		return AISP_UNTIED_FOREIGN;
	const struct aisp_slice c = id_of(u, cluster);
	if (aisp_slice_starts(rest, AISP_S("/"))) /* "/healthz": a path of the API server, or a thing without namespace */
		rest = aisp_slice_from(rest, 1);
	else
		aisp_slice_split(&rest, '/', &ns);
	aisp_slice_split(&rest, '/', &resource);
	if (!ns.n)
		ns = AISP_S("-");
	const struct aisp_slice name = rest.n && aisp_slice_chr(rest, '/') != SIZE_MAX ? aisp_slice_to(rest, aisp_slice_chr(rest, '/')) : rest;
	const aisp_node space = aisp_usage__find(u, "%.*s/%.*s", AISP_FMT(c), AISP_FMT(ns));
	if (name.n) {
		t->asset = aisp_usage__find(u, "%.*s/%.*s/%.*s/%.*s", AISP_FMT(c), AISP_FMT(ns), AISP_FMT(singular(resource)), AISP_FMT(name));
		if (!t->asset && aisp_slice_eqz(resource, "pods"))
			return aisp_usage__take(aisp_usage__pod(u, space, name), AISP_UNTIED_UNKNOWN, &t->asset);
		return t->asset ? AISP_TIED : AISP_UNTIED_UNKNOWN;
	}
	t->asset = aisp_usage__find(u, "%.*s/%.*s/set/%.*s", AISP_FMT(c), AISP_FMT(ns), AISP_FMT(resource));
	if (!t->asset)
		t->asset = space ? space : aisp_slice_eqz(ns, "-") ? cluster : 0;
	return t->asset ? AISP_TIED : AISP_UNTIED_UNKNOWN;
}

static enum aisp_untied what_postgres(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	aisp_node server = aisp_usage__server(u, t->use.origin);
	if (t->identity && (!server || server == AISP_NAME_MANY)) { /* the role says on which server */
		const struct aisp_slice id = id_of(u, t->identity);
		const size_t hash = aisp_slice_chr(id, '#');
		server = hash == SIZE_MAX ? server : aisp_snapshot_find(u->s, aisp_slice_to(id, hash));
	}
	if (server == AISP_NAME_MANY)
		return AISP_UNTIED_AMBIGUOUS;
	if (!server)
		return t->use.origin.n || !u->only_server ? AISP_UNTIED_FOREIGN : AISP_UNTIED_UNKNOWN;
	struct aisp_slice rest = t->use.asset, name = {0};
	aisp_slice_split(&rest, '/', &name);
	const aisp_node database = aisp_usage__find(u, "%.*s/%.*s", AISP_FMT(id_of(u, server)), AISP_FMT(name));
	if (!rest.n) {
		t->asset = database;
		return database ? AISP_TIED : AISP_UNTIED_UNKNOWN;
	}
	const size_t dot = aisp_slice_chr(rest, '.');
	if (aisp_slice_starts(rest, AISP_S("pg_catalog.")) || aisp_slice_starts(rest, AISP_S("information_schema.")) || aisp_slice_starts(rest, AISP_S("pg_")))
		return AISP_UNTIED_SERVICE; /* the server's own */
	if (!database)
		return AISP_UNTIED_UNKNOWN;
	if (dot == SIZE_MAX)
		return aisp_usage__take(aisp_usage__name(u, AISP_NS_TABLE, database, rest), AISP_UNTIED_UNKNOWN, &t->asset);
	t->asset = aisp_usage__find(u, "%.*s/%.*s/%.*s", AISP_FMT(id_of(u, database)), AISP_FMT(aisp_slice_to(rest, dot)), AISP_FMT(aisp_slice_from(rest, dot + 1)));
	return t->asset ? AISP_TIED : AISP_UNTIED_UNKNOWN;
}

/* The longest beginning of HOST/PATH that is known. */
static enum aisp_untied what_url(const struct aisp_usage *u, struct aisp_slice text, aisp_node *ret)
{
	const size_t scheme = aisp_slice_find(text, AISP_S("://"));
	struct aisp_slice rest = scheme == SIZE_MAX ? text : aisp_slice_from(text, scheme + 3);
	const size_t slash = aisp_slice_chr(rest, '/');
	const struct aisp_slice host = aisp_slice_to(rest, slash == SIZE_MAX ? rest.n : slash);
	for (int i = 0; i < 8 && rest.n; i++) {
		static const char *const schemes[] = {"https", "http"};
		for (int k = 0; k < 2; k++)
			if ((*ret = aisp_usage__find(u, "%s://%.*s", schemes[k], AISP_FMT(rest))) != 0 || (*ret = aisp_usage__find(u, "%s://%.*s/", schemes[k], AISP_FMT(rest))) != 0)
				return AISP_TIED;
		const size_t cut = aisp_slice_rchr(rest, '/');
		if (cut == SIZE_MAX)
			break;
		rest = aisp_slice_to(rest, cut);
	}
	return aisp_usage__take(aisp_usage__name(u, AISP_NS_HOST, 0, host), AISP_UNTIED_UNKNOWN, ret);
}

/* Models, tools, servers and tables as programs name them; a tool first among those of the agent or client that called it. */
static enum aisp_untied what_named(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	static const enum aisp_name_space spaces[] = {AISP_NS_MODEL, AISP_NS_SERVER, AISP_NS_AGENT, AISP_NS_WORKLOAD};
	const bool tool = aisp_slice_starts(t->use.action, AISP_S("execute_tool")) || aisp_slice_starts(t->use.action, AISP_S("tools/call"));
	uint32_t found = 0;
	if ((t->asset = aisp_snapshot_find(u->s, t->use.asset)) != 0)
		return AISP_TIED;
	if (aisp_slice_starts(t->use.asset, AISP_S("arn:")))
		return what_arn(u, t->use.asset, t->use.origin, &t->asset);
	if (tool) {
		const uint32_t server = t->use.via.n ? aisp_usage__name(u, AISP_NS_SERVER, 0, t->use.via) : 0;
		found = t->identity ? aisp_usage__name(u, AISP_NS_TOOL, t->identity, t->use.asset) : 0;
		if (!found && server && server != AISP_NAME_MANY)
			found = aisp_usage__name(u, AISP_NS_TOOL, server, t->use.asset);
		if (!found)
			found = aisp_usage__name(u, AISP_NS_TOOL, 0, t->use.asset);
		if (!found) /* tools of a server are often not in the inventory: then it is the server that was called */
			found = server ? server : aisp_usage__name(u, AISP_NS_SERVER, 0, t->use.asset);
		return aisp_usage__take(found, AISP_UNTIED_UNKNOWN, &t->asset);
	}
	for (size_t i = 0; !found && i < sizeof spaces / sizeof *spaces; i++)
		found = aisp_usage__name(u, spaces[i], 0, t->use.asset);
	if (!found && aisp_slice_chr(t->use.asset, '/') != SIZE_MAX) { /* "openai/gpt-4o" of a gateway; "DATABASE/SCHEMA.TABLE" of a span */
		found = aisp_usage__name(u, AISP_NS_MODEL, 0, aisp_slice_basename(t->use.asset));
		if (!found && what_postgres(u, t) == AISP_TIED)
			return AISP_TIED;
		t->asset = 0;
	}
	if (!found)
		return what_url(u, t->use.asset, &t->asset);
	return aisp_usage__take(found, AISP_UNTIED_UNKNOWN, &t->asset);
}

static enum aisp_untied what_network(const struct aisp_usage *u, struct aisp_slice text, aisp_node *ret)
{
	const size_t colon = aisp_slice_rchr(text, ':');
	if ((*ret = aisp_usage__find(u, "postgres://%.*s", AISP_FMT(text))) != 0)
		return AISP_TIED;
	const uint32_t found = aisp_usage__name(u, AISP_NS_ADDRESS, 0, colon == SIZE_MAX ? text : aisp_slice_to(text, colon));
	return found ? aisp_usage__take(found, AISP_UNTIED_UNKNOWN, ret) : what_url(u, text, ret);
}

void aisp_usage__what(const struct aisp_usage *u, struct aisp_tied_use *t)
{
	const enum aisp_usage_plane plane = aisp_usage__plane(u, &t->use);
	if (!t->use.asset.n)
		t->asset_why = AISP_UNTIED_NO_NAME;
	else if (plane == AISP_PLANE_AWS && aisp_slice_starts(t->use.asset, AISP_S("arn:")))
		t->asset_why = what_arn(u, t->use.asset, t->use.origin, &t->asset);
	else if (plane == AISP_PLANE_KUBERNETES)
		t->asset_why = what_kubernetes(u, t);
	else if (plane == AISP_PLANE_POSTGRES)
		t->asset_why = what_postgres(u, t);
	else if (plane == AISP_PLANE_HTTP)
		t->asset_why = what_network(u, t->use.asset, &t->asset);
	else
		t->asset_why = what_named(u, t);
}
