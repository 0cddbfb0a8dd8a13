/* The list of formats, and what they share. Adding a format is its folder and one line in aisp_formats. */
#include "show/formats.h"
#include "show/show_int.h"
#include <stdio.h>

const struct aisp_format *const aisp_formats[] = {
	&aisp_format_table, &aisp_format_json,      &aisp_format_ndjson,           &aisp_format_sarif,
	&aisp_format_html,  &aisp_format_opengraph, &aisp_format_opengraph_schema, NULL,
};

const struct aisp_format *aisp_format_find(struct aisp_slice name)
{
	for (size_t i = 0; aisp_formats[i]; i++)
		if (aisp_slice_eqz(name, aisp_formats[i]->name))
			return aisp_formats[i];
	return NULL;
}

const char *aisp_show__view_name(enum aisp_view view)
{
	static const char *const names[] = {
		[AISP_VIEW_SCAN] = "scan",         [AISP_VIEW_ASSETS] = "assets", [AISP_VIEW_IDENTITIES] = "identities",
		[AISP_VIEW_FINDINGS] = "findings", [AISP_VIEW_GAPS] = "gaps",     [AISP_VIEW_ACCESS] = "access",
		[AISP_VIEW_PATH] = "path",         [AISP_VIEW_GRAPH] = "graph",
	};

	return (unsigned)view < sizeof names / sizeof *names ? names[view] : "";
}

const struct aisp_show_group aisp_show_groups[] = {
	{"ai", "AI assets"}, {"identity", "Identities"},  {"credential", "Credentials"},
	{"data", "Data"},    {"network", "Network"},      {"compute", "Compute"},
	{"code", "Code"},    {"config", "Configuration"}, {"org", "Organisation"},
};
const size_t aisp_show_group_count = sizeof aisp_show_groups / sizeof *aisp_show_groups;

uint32_t aisp_show__group_count(const struct aisp_show_counts *c, const char *group)
{
	uint32_t n = 0;

	for (int k = 1; k < AISP_NODE_KIND_END; k++)
		if (strcmp(aisp_node_kinds[k].group, group) == 0)
			n += c->by_kind[k];
	return n;
}

/* Singular and plural of each kind in words. */
static const struct {
	const char *one, *many;
} kind_titles[AISP_NODE_KIND_END] = {
	[AISP_NODE_NONE] = {"", ""},
	[AISP_NODE_MODEL] = {"model", "models"},
	[AISP_NODE_AGENT] = {"agent", "agents"},
	[AISP_NODE_TOOL] = {"tool", "tools"},
	[AISP_NODE_MCP_SERVER] = {"MCP server", "MCP servers"},
	[AISP_NODE_MCP_CLIENT] = {"MCP client", "MCP clients"},
	[AISP_NODE_PROMPT] = {"prompt", "prompts"},
	[AISP_NODE_VECTOR_STORE] = {"vector store", "vector stores"},
	[AISP_NODE_COLLECTION] = {"collection", "collections"},
	[AISP_NODE_DATASET] = {"dataset", "datasets"},
	[AISP_NODE_PROMPT_LOG] = {"prompt log", "prompt logs"},
	[AISP_NODE_INFERENCE_ENDPOINT] = {"inference endpoint", "inference endpoints"},
	[AISP_NODE_MODEL_FILE] = {"model file", "model files"},
	[AISP_NODE_NOTEBOOK] = {"notebook", "notebooks"},
	[AISP_NODE_TRAINING_JOB] = {"training job", "training jobs"},
	[AISP_NODE_USER] = {"user", "users"},
	[AISP_NODE_GROUP] = {"group", "groups"},
	[AISP_NODE_SERVICE_ACCOUNT] = {"service account", "service accounts"},
	[AISP_NODE_DB_ROLE] = {"database role", "database roles"},
	[AISP_NODE_RBAC_ROLE] = {"RBAC role", "RBAC roles"},
	[AISP_NODE_CREDENTIAL] = {"credential", "credentials"},
	[AISP_NODE_SECRET] = {"secret", "secrets"},
	[AISP_NODE_CONFIG_MAP] = {"config map", "config maps"},
	[AISP_NODE_VARIABLE] = {"variable", "variables"},
	[AISP_NODE_DB_SERVER] = {"database server", "database servers"},
	[AISP_NODE_DATABASE] = {"database", "databases"},
	[AISP_NODE_SCHEMA] = {"schema", "schemas"},
	[AISP_NODE_TABLE] = {"table", "tables"},
	[AISP_NODE_COLUMN] = {"column", "columns"},
	[AISP_NODE_FUNCTION] = {"function", "functions"},
	[AISP_NODE_BUCKET] = {"bucket", "buckets"},
	[AISP_NODE_FILE] = {"file", "files"},
	[AISP_NODE_REPOSITORY] = {"repository", "repositories"},
	[AISP_NODE_COMPONENT] = {"component", "components"},
	[AISP_NODE_WORKLOAD] = {"workload", "workloads"},
	[AISP_NODE_IMAGE] = {"image", "images"},
	[AISP_NODE_CLUSTER] = {"cluster", "clusters"},
	[AISP_NODE_NAMESPACE] = {"namespace", "namespaces"},
	[AISP_NODE_INTERNET] = {"internet", "internet"},
	[AISP_NODE_NETWORK] = {"network", "networks"},
	[AISP_NODE_TENANT] = {"tenant", "tenants"},
	[AISP_NODE_ENDPOINT] = {"endpoint", "endpoints"},
	[AISP_NODE_SERVICE] = {"service", "services"},
	[AISP_NODE_NETWORK_RULE] = {"network rule", "network rules"},
	[AISP_NODE_EXTERNAL_SERVICE] = {"external service", "external services"},
	[AISP_NODE_CONTENT] = {"untrusted content", "untrusted content"},
	[AISP_NODE_SYSTEM] = {"system", "systems"},
};

const char *aisp_show__kind_title(enum aisp_node_kind kind, bool one)
{
	unsigned k = (unsigned)kind < AISP_NODE_KIND_END ? (unsigned)kind : 0;

	if (!kind_titles[k].one) /* a kind that was added without words here */
		return aisp_node_kinds[k].name;
	return one ? kind_titles[k].one : kind_titles[k].many;
}

static void count_nodes(const struct aisp_snapshot *s, struct aisp_show_counts *c)
{
	for (uint32_t n = 1; n <= s->n_nodes; n++) {
		const struct aisp_snode *node = &s->nodes[n];
		unsigned flags = aisp_snode_flags(node);

		c->by_kind[node->kind]++;
		c->assets += (flags & AISP_NK_ASSET) != 0;
		c->ai_assets += (flags & AISP_NK_AI) != 0;
		c->identities += (flags & AISP_NK_IDENTITY) != 0;
		c->nhis += (flags & AISP_NK_IDENTITY) && (flags & AISP_NK_NHI);
		c->sensitive += (flags & AISP_NK_ASSET) && node->sensitivity >= AISP_SENS_CONFIDENTIAL;
	}
	c->credentials = c->by_kind[AISP_NODE_CREDENTIAL];
}

void aisp_show__count(const struct aisp_report *r, struct aisp_show_counts *ret_counts)
{
	struct aisp_show_counts c = {.nodes = r->snapshot->n_nodes,
				     .edges = r->snapshot->n_edges,
				     .sources = (uint32_t)r->n_sources,
				     .gaps = r->snapshot->n_gaps};

	count_nodes(r->snapshot, &c);
	for (size_t i = 0; i < r->n_sources; i++)
		c.sources_not_ok += !aisp_slice_eqz(r->sources[i].outcome, "ok");
	for (size_t i = 0; r->findings && i < r->findings->n; i++) {
		unsigned severity = (unsigned)r->findings->v[i].severity;

		c.findings++;
		c.by_severity[severity <= AISP_SEV_CRITICAL ? severity : 0]++;
	}
	c.access = (uint32_t)r->n_access;
	for (size_t i = 0; i < r->n_access; i++)
		c.access_certain += r->access[i].certain;
	*ret_counts = c;
}

/* The row of the semantics table behind a hop. */
static void read_row(const struct aisp_hop *h, struct aisp_show_hop *hop)
{
	if (h->what == 0) {
		const struct aisp_seed_row *row = h->row < aisp_seed_row_count ? &aisp_seed_rows[h->row] : NULL;

		hop->step = "seed";
		hop->have = -1;
		hop->why = row ? row->why : "given as the start";
		hop->edge = row && h->from != h->to ? row->edge : AISP_EDGE_NONE;
		hop->back = row && row->back;
	} else if (h->what == 1) {
		const struct aisp_flow_row *row = h->row < aisp_flow_row_count ? &aisp_flow_rows[h->row] : NULL;

		hop->step = "edge";
		hop->why = row ? row->why : "";
		hop->edge = row ? row->edge : AISP_EDGE_NONE;
		hop->back = row && row->back;
	} else {
		const struct aisp_inside_row *row = h->row < aisp_inside_row_count ? &aisp_inside_rows[h->row] : NULL;

		hop->step = "inside";
		hop->why = row ? row->why : "";
		hop->with = row ? row->with : -1;
	}
}

struct aisp_show_hop aisp_show__hop(const struct aisp_snapshot *s, const struct aisp_hop *h)
{
	struct aisp_show_hop hop = {
		.have = (int)h->have, .with = -1, .why = "", .added = (h->edge & AISP_HOP_ADDED) != 0};

	read_row(h, &hop);
	if (h->edge && !hop.added && h->edge <= s->n_edges) {
		const struct aisp_sedge *e = &s->edges[h->edge];

		hop.number = h->edge;
		hop.edge = e->kind;
		hop.control = aisp_snapshot_text(s, e->control);
		hop.condition = aisp_snapshot_text(s, e->condition);
		hop.confidence = e->confidence;
	}
	return hop;
}

struct aisp_slice aisp_show__id(const struct aisp_snapshot *s, aisp_node n)
{
	return n && n <= s->n_nodes ? aisp_snapshot_text(s, s->nodes[n].id) : (struct aisp_slice){0};
}

struct aisp_slice aisp_show__name(const struct aisp_snapshot *s, aisp_node n)
{
	struct aisp_slice name =
		n && n <= s->n_nodes ? aisp_snapshot_text(s, s->nodes[n].name) : (struct aisp_slice){0};

	return name.n ? name : aisp_show__id(s, n);
}

enum aisp_node_kind aisp_show__kind(const struct aisp_snapshot *s, aisp_node n)
{
	return n && n <= s->n_nodes ? s->nodes[n].kind : AISP_NODE_NONE;
}

struct aisp_slice aisp_show__source(const struct aisp_snapshot *s, uint16_t source)
{
	return source && source <= s->n_sources ? aisp_snapshot_text(s, s->sources[source].key)
						: (struct aisp_slice){0};
}

bool aisp_show__is_via(enum aisp_mode m)
{
	return m == AISP_MODE_READ_VIA || m == AISP_MODE_WRITE_VIA;
}

/* What an actor that holds the mode can do, around the name of the target. */
static const struct {
	const char *before, *after;
} verbs[AISP_MODE_END] = {
	[AISP_MODE_NET] = {"can open a connection to", ""},
	[AISP_MODE_CALL] = {"can call", ""},
	[AISP_MODE_STEER] = {"can steer", ""},
	[AISP_MODE_READ] = {"can read", ""},
	[AISP_MODE_WRITE] = {"can change", ""},
	[AISP_MODE_ACT] = {"can act as", ""},
	[AISP_MODE_READ_VIA] = {"can read", " through an agent"},
	[AISP_MODE_WRITE_VIA] = {"can change", " through an agent"},
	[AISP_MODE_MAY_CALL] = {"may call", " once connected"},
	[AISP_MODE_MAY_READ] = {"may read", " once connected"},
	[AISP_MODE_MAY_WRITE] = {"may change", " once connected"},
	[AISP_MODE_MAY_ACT] = {"may act as", " once connected"},
};

const char *aisp_show__verb(enum aisp_mode m, const char **ret_after)
{
	bool known = (unsigned)m < AISP_MODE_END;

	*ret_after = known ? verbs[m].after : "";
	return known ? verbs[m].before : "reaches";
}

void aisp_show__number(struct aisp_buf *out, uint64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			aisp_buf_putc(out, ',');
		aisp_buf_putc(out, digits[i]);
	}
}

void aisp_show__plural(struct aisp_buf *out, uint64_t n, const char *one, const char *many)
{
	aisp_show__number(out, n);
	aisp_buf_putc(out, ' ');
	aisp_buf_putz(out, n == 1 ? one : many);
}

void aisp_show__aliases_done(struct aisp_show_aliases *a)
{
	aisp_mem_free(a->at);
	aisp_mem_free(a->rows);
	*a = (struct aisp_show_aliases){0};
}

/* Counting sort: aliases are sorted by text already, and stay so within a node. */
int aisp_show__aliases(const struct aisp_snapshot *s, struct aisp_show_aliases *ret_aliases, struct aisp_err *err)
{
	struct aisp_show_aliases a = {.s = s,
				      .at = aisp_mem_zalloc((size_t)s->n_nodes + 3, sizeof *a.at),
				      .rows = aisp_mem_zalloc((size_t)s->n_aliases + 1, sizeof *a.rows)};

	if (!a.at || !a.rows) {
		aisp_show__aliases_done(&a);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory: sorting %u aliases by their things", s->n_aliases);
	}
	for (uint32_t i = 0; i < s->n_aliases; i++)
		if (s->aliases[i].node <= s->n_nodes)
			a.at[s->aliases[i].node + 2]++;
	for (uint32_t n = 2; n < s->n_nodes + 3; n++)
		a.at[n] += a.at[n - 1];
	for (uint32_t i = 0; i < s->n_aliases; i++)
		if (s->aliases[i].node <= s->n_nodes)
			a.rows[a.at[s->aliases[i].node + 1]++] = i;
	*ret_aliases = a;
	return AISP_OK;
}
