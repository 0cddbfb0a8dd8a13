/* The edges of hits and relations. What nobody in particular does is said of the file. Every edge that an agent has by a
 * line of code names that place as its control object: "PATH#SYMBOL".
 */
#include "collect/files/source_int.h"

struct side {
	size_t hit;
	const struct aisp_source_hit *h;
	aisp_node n;
};

static struct side side(const struct aisp_source_graph *g, size_t hit)
{
	return (struct side){hit, &g->f.hits[hit], g->nodes[hit]};
}

static size_t first_relation(const struct aisp_source_graph *g, size_t from)
{
	size_t lo = 0, hi = g->f.n_relations;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->f.relations[mid].from < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static aisp_edge join(struct aisp_source_graph *g, const struct side *owner, enum aisp_edge_kind kind, aisp_node to,
                      const struct aisp_source_hit *where, unsigned flags)
{
	struct aisp_place at = aisp_source__at(g, where);
	struct aisp_edge_in in = {.flags = flags};

	if (owner->h->what && strcmp(owner->h->what, "code") == 0)
		at.confidence = AISP_CONF_INFERRED;
	in.control = aisp_emit_fmt(g->e, "%.*s#%.*s", AISP_FMT(aisp_source__path(g, owner->h)), AISP_FMT(owner->h->symbol));
	return aisp_emit_edge_in(g->e, owner->n, kind, to, &in, &at);
}

static void from_file(struct aisp_source_graph *g, const struct aisp_source_hit *h, enum aisp_edge_kind kind, aisp_node to,
                      unsigned flags)
{
	struct aisp_place at = aisp_source__at(g, h);
	struct aisp_edge_in in = {.flags = flags};

	if (h->kind == AISP_SOURCE_AGENT && h->what && strcmp(h->what, "code") == 0)
		at.confidence = AISP_CONF_INFERRED;
	if (to)
		aisp_emit_edge_in(g->e, aisp_source__file(g, h), kind, to, &in, &at);
}

/* The database that a hit connects to, or NULL. */
static const struct aisp_source_hit *database_of(const struct aisp_source_graph *g, size_t hit)
{
	for (size_t i = first_relation(g, hit); i < g->f.n_relations && g->f.relations[i].from == hit; i++)
		if (g->f.relations[i].role == AISP_SOURCE_ROLE_CONNECTS)
			return &g->f.hits[g->f.relations[i].to];
	return NULL;
}

static void connect(struct aisp_source_graph *g, aisp_node n, size_t hit)
{
	const struct aisp_source_hit *db = database_of(g, hit);

	if (!db || !n)
		return;
	aisp_source__connection(g, n, db, &db->value);
	if (db->more.kind == AISP_SOURCE_LITERAL && db->more.text.n <= 128)
		aisp_emit_str(g->e, n, "db_name", db->more.text);
}

/* A similarity search that is written as SQL: a collection kept in that table. */
static aisp_node vector_collection(struct aisp_source_graph *g, size_t hit)
{
	const struct aisp_source_hit *h = &g->f.hits[hit];
	struct aisp_place at = aisp_source__at(g, h);
	aisp_node n = aisp_emit_node(g->e, AISP_NODE_COLLECTION, aisp_source__id(g, "collection", h), &at), t;

	aisp_emit_strz(g->e, n, "store", "pgvector");
	connect(g, n, hit);
	if (!h->n_reads)
		return n;
	aisp_emit_str(g->e, n, "name", h->reads[0]);
	aisp_emit_str(g->e, n, "table", h->reads[0]);
	t = aisp_source__table(g, h, h->reads[0]);
	connect(g, t, hit);
	aisp_emit_edge(g->e, n, AISP_EDGE_STORED_IN, t, &at);
	return n;
}

/* What a statement does, said of an owner: a tool, an agent, or (owner 0) the file. */
static void sql(struct aisp_source_graph *g, const struct side *owner, size_t hit)
{
	const struct aisp_source_hit *h = &g->f.hits[hit];
	bool vector = h->flags & AISP_SOURCE_F_VECTOR;

	if (vector && owner)
		join(g, owner, AISP_EDGE_RETRIEVES_FROM, vector_collection(g, hit), h, 0);
	for (uint32_t w = 0; w < 2; w++) {
		uint32_t n = w ? h->n_writes : h->n_reads;

		for (uint32_t i = vector && !w && owner ? 1 : 0; i < n; i++) {
			aisp_node t = aisp_source__table(g, h, (w ? h->writes : h->reads)[i]);

			connect(g, t, hit);
			if (owner)
				join(g, owner, w ? AISP_EDGE_WRITES : AISP_EDGE_READS, t, h, 0);
			else
				from_file(g, h, w ? AISP_EDGE_WRITES : AISP_EDGE_READS, t, 0);
		}
	}
	if (owner && (h->flags & AISP_SOURCE_F_DYNAMIC))
		aisp_emit_bool(g->e, owner->n, "sql_partly_unknown", true);
	if (owner && h->value.kind == AISP_SOURCE_UNRESOLVED && !h->n_reads && !h->n_writes)
		aisp_emit_str(g->e, owner->n, "sql_unresolved", h->value.reason);
	if (owner)
		connect(g, owner->n, hit);
}

static void effect(struct aisp_source_graph *g, const struct side *o, size_t to)
{
	struct side t = side(g, to);

	switch (t.h->kind) {
	case AISP_SOURCE_SQL:
		sql(g, o, to);
		break;
	case AISP_SOURCE_HTTP:
		join(g, o, AISP_EDGE_CALLS, t.n, t.h, 0);
		if (t.h->value.kind == AISP_SOURCE_FROM_ENV)
			aisp_emit_item(g->e, o->n, "calls_env", t.h->value.env);
		else if (!t.n)
			aisp_emit_item(g->e, o->n, "calls_unresolved", t.h->value.reason);
		break;
	case AISP_SOURCE_CODE:
		aisp_emit_bool(g->e, o->n, "executes_code", true);
		aisp_emit_item(g->e, o->n, "executes_with", aisp_slice_z(t.h->what));
		break;
	case AISP_SOURCE_DATASET:
		join(g, o, AISP_EDGE_READS, t.n, t.h, 0);
		break;
	case AISP_SOURCE_MODEL_FILE:
		join(g, o, AISP_EDGE_LOADS, t.n, t.h, t.h->flags & AISP_SOURCE_F_EXECUTES ? AISP_EF_EXECUTES : 0);
		break;
	case AISP_SOURCE_CONTENT:
		join(g, o, AISP_EDGE_CONSUMES, t.n, t.h, 0);
		break;
	default:
		break;
	}
}

/* An agent's retrieval through one of its tools is the agent's too: the content comes before its model. */
static void through_tools(struct aisp_source_graph *g, const struct side *agent, size_t tool)
{
	for (size_t i = first_relation(g, tool); i < g->f.n_relations && g->f.relations[i].from == tool; i++) {
		const struct aisp_source_relation *r = &g->f.relations[i];
		struct side t = side(g, r->to);

		if (r->role == AISP_SOURCE_ROLE_RETRIEVES)
			join(g, agent, AISP_EDGE_RETRIEVES_FROM, t.n, t.h, 0);
		else if (r->role == AISP_SOURCE_ROLE_DOES && t.h->kind == AISP_SOURCE_CONTENT)
			join(g, agent, AISP_EDGE_CONSUMES, t.n, t.h, 0);
		else if (r->role == AISP_SOURCE_ROLE_DOES && t.h->kind == AISP_SOURCE_SQL && (t.h->flags & AISP_SOURCE_F_VECTOR))
			join(g, agent, AISP_EDGE_RETRIEVES_FROM, vector_collection(g, r->to), t.h, 0);
	}
}

static void relations_of(struct aisp_source_graph *g, const struct side *o, size_t from, unsigned depth);

static void relation(struct aisp_source_graph *g, const struct side *o, const struct aisp_source_relation *r, unsigned depth)
{
	struct side t = side(g, r->to);

	switch (r->role) {
	case AISP_SOURCE_ROLE_CALLS_MODEL:
		join(g, o, t.h->kind == AISP_SOURCE_MODEL_FILE ? AISP_EDGE_LOADS : AISP_EDGE_CALLS, t.n, t.h,
		     t.h->kind == AISP_SOURCE_MODEL_FILE && (t.h->flags & AISP_SOURCE_F_EXECUTES) ? AISP_EF_EXECUTES : 0);
		break;
	case AISP_SOURCE_ROLE_HAS_TOOL:
		join(g, o, AISP_EDGE_HAS_TOOL, t.n, o->h, 0);
		if (o->h->kind == AISP_SOURCE_AGENT)
			through_tools(g, o, r->to);
		if (o->h->kind == AISP_SOURCE_MCP_SERVER && (t.h->flags & AISP_SOURCE_F_EXECUTES))
			aisp_emit_bool(g->e, o->n, "executes_code", true);
		break;
	case AISP_SOURCE_ROLE_CALLS_AGENT:
		if (t.n)
			join(g, o, AISP_EDGE_CALLS, t.n, t.h, 0);
		else if (depth < 4) /* a chain: its parts are the caller's */
			relations_of(g, o, r->to, depth + 1);
		break;
	case AISP_SOURCE_ROLE_FOLLOWS:
		join(g, o, o->h->kind == AISP_SOURCE_PROMPT ? AISP_EDGE_CONTAINS : AISP_EDGE_INSTRUCTED_BY, t.n, t.h, 0);
		break;
	case AISP_SOURCE_ROLE_RETRIEVES:
		join(g, o, AISP_EDGE_RETRIEVES_FROM, t.n, t.h, 0);
		break;
	case AISP_SOURCE_ROLE_FILLS:
		join(g, o, AISP_EDGE_WRITES, t.n, t.h, 0);
		break;
	case AISP_SOURCE_ROLE_CONNECTS:
		connect(g, o->n, o->hit);
		break;
	case AISP_SOURCE_ROLE_DOES:
		effect(g, o, r->to);
		break;
	case AISP_SOURCE_ROLE_LOGS:
		if (t.n)
			join(g, o, AISP_EDGE_LOGS_TO, t.n, t.h, 0);
		for (uint32_t i = 0; t.h->kind == AISP_SOURCE_SQL && i < t.h->n_writes; i++)
			join(g, o, AISP_EDGE_WRITES, aisp_source__table(g, t.h, t.h->writes[i]), t.h, 0);
		break;
	case AISP_SOURCE_ROLE_TRAINS_ON:
		join(g, o, AISP_EDGE_TRAINED_ON, t.n, t.h, 0);
		break;
	case AISP_SOURCE_ROLE_EMBEDS_WITH:
	case AISP_SOURCE_ROLE_SERVES:
	case AISP_SOURCE_ROLE_END:
		break;
	}
}

static void relations_of(struct aisp_source_graph *g, const struct side *o, size_t from, unsigned depth)
{
	for (size_t i = first_relation(g, from); i < g->f.n_relations && g->f.relations[i].from == from; i++)
		relation(g, o, &g->f.relations[i], depth);
}

/* Whether a route asks who calls, said of the agents it serves: the most open route decides. */
static void routes(struct aisp_source_graph *g)
{
	static const char *const words[] = {"unknown", "none", "required"};
	unsigned char *seen = aisp_arena_zalloc(g->a, g->f.n_hits + 1, 1); /* 1 + the most open so far */

	if (!seen) {
		aisp_emit_fail(g->e, AISP_E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < g->f.n_hits; i++) {
		const struct aisp_source_hit *h = &g->f.hits[i];
		struct aisp_slice text;

		if (h->kind != AISP_SOURCE_ROUTE)
			continue;
		text = aisp_emit_fmt(g->e, "%.*s %.*s auth=%s", AISP_FMT(h->name),
		                     AISP_FMT(h->value.kind == AISP_SOURCE_LITERAL ? h->value.text : AISP_S("?")), words[h->auth]);
		aisp_emit_item(g->e, aisp_source__file(g, h), "routes", text);
		for (size_t k = first_relation(g, i); k < g->f.n_relations && g->f.relations[k].from == i; k++) {
			struct side t = side(g, g->f.relations[k].to);
			/* none over unknown over required */
			unsigned char rank = h->auth == AISP_SOURCE_AUTH_NONE ? 3 : h->auth == AISP_SOURCE_AUTH_UNKNOWN ? 2 : 1;

			if (g->f.relations[k].role != AISP_SOURCE_ROLE_SERVES || !t.n || t.h->kind == AISP_SOURCE_MODEL)
				continue;
			aisp_emit_item(g->e, t.n, "routes", text);
			if (rank > seen[t.hit])
				seen[t.hit] = rank;
		}
	}
	for (size_t i = 0; i < g->f.n_hits; i++)
		if (seen[i])
			aisp_emit_strz(g->e, g->nodes[i], "auth", words[seen[i] == 3 ? 1 : seen[i] == 2 ? 0 : 2]);
}

/* A model that answers at an address of one's own. */
static void inference(struct aisp_source_graph *g, const struct aisp_source_hit *h, aisp_node m)
{
	struct aisp_place at = aisp_source__at(g, h);
	char shown[512];
	size_t n;
	aisp_node endpoint;

	if (h->more.kind == AISP_SOURCE_FROM_ENV)
		aisp_emit_str(g->e, m, "base_url_env", h->more.env);
	if (h->more.kind != AISP_SOURCE_LITERAL || !(n = aisp_url_show(h->more.text, shown, sizeof shown)))
		return;
	endpoint = aisp_emit_node(g->e, AISP_NODE_INFERENCE_ENDPOINT, aisp_emit_dup(g->e, aisp_slice_of(shown, n)), &at);
	aisp_emit_str(g->e, endpoint, "name", aisp_slice_of(shown, n));
	from_file(g, h, AISP_EDGE_CALLS, endpoint, 0);
	aisp_emit_edge(g->e, endpoint, AISP_EDGE_SERVES, m, &at);
}

static void of_file(struct aisp_source_graph *g, const bool *owned, size_t hit)
{
	struct side t = side(g, hit);
	unsigned flags = t.h->flags & AISP_SOURCE_F_EXECUTES ? AISP_EF_EXECUTES : 0;

	switch (t.h->kind) {
	case AISP_SOURCE_AGENT:
	case AISP_SOURCE_TOOL:
	case AISP_SOURCE_PROMPT:
	case AISP_SOURCE_STORE:
	case AISP_SOURCE_MCP_SERVER:
	case AISP_SOURCE_LOG:
	case AISP_SOURCE_TRAINING:
		from_file(g, t.h, AISP_EDGE_DEFINES, t.n, 0);
		if (t.h->kind == AISP_SOURCE_STORE)
			connect(g, t.n, hit);
		break;
	case AISP_SOURCE_MODEL:
		from_file(g, t.h, AISP_EDGE_CALLS, t.n, 0);
		if (flags) /* trust_remote_code */
			from_file(g, t.h, AISP_EDGE_LOADS, t.n, flags);
		inference(g, t.h, t.n);
		break;
	case AISP_SOURCE_MCP_CLIENT:
		from_file(g, t.h, AISP_EDGE_CALLS, t.n, 0);
		break;
	case AISP_SOURCE_MODEL_FILE:
		from_file(g, t.h, AISP_EDGE_LOADS, t.n, flags);
		break;
	case AISP_SOURCE_DATASET:
		from_file(g, t.h, AISP_EDGE_READS, t.n, 0);
		break;
	case AISP_SOURCE_ENV:
		from_file(g, t.h, AISP_EDGE_NEEDS, t.n, 0);
		break;
	case AISP_SOURCE_SQL:
		if (!owned[hit])
			sql(g, NULL, hit);
		break;
	case AISP_SOURCE_HTTP:
		if (!owned[hit])
			from_file(g, t.h, AISP_EDGE_CALLS, t.n, 0);
		break;
	case AISP_SOURCE_CONTENT:
		if (!owned[hit])
			from_file(g, t.h, AISP_EDGE_CONSUMES, t.n, 0);
		break;
	case AISP_SOURCE_DB: /* a password in the code counts even when nothing is seen to use the connection */
		aisp_source__connection(g, 0, t.h, &t.h->value);
		break;
	default:
		break;
	}
}

void aisp_source__edges(struct aisp_source_graph *g)
{
	bool *owned = aisp_arena_zalloc(g->a, g->f.n_hits + 1, 1);

	if (!owned) {
		aisp_emit_fail(g->e, AISP_E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < g->f.n_relations; i++)
		if (g->f.relations[i].role == AISP_SOURCE_ROLE_DOES && g->nodes[g->f.relations[i].from])
			owned[g->f.relations[i].to] = true;
	for (size_t i = 0; i < g->f.n_hits && !g->e->bad; i++) {
		struct side o = side(g, i);

		of_file(g, owned, i);
		if (o.n && (o.h->kind == AISP_SOURCE_AGENT || o.h->kind == AISP_SOURCE_TOOL || o.h->kind == AISP_SOURCE_MCP_SERVER ||
		            o.h->kind == AISP_SOURCE_TRAINING))
			relations_of(g, &o, i, 0);
	}
	routes(g);
}
