/* The synthetic organisation: see org.h. Two tables say what it is made of. */
#include "org.h"
#include "base/mem.h"
#include "reach/semantics.h"
#include <stdio.h>

/* Nodes of a kind in each thousand. */
static const struct {
	uint8_t kind;
	uint16_t share;
} shares[] = {
	{AISP_NODE_MODEL, 5},          {AISP_NODE_AGENT, 25},      {AISP_NODE_TOOL, 40},          {AISP_NODE_MCP_SERVER, 10},
	{AISP_NODE_MCP_CLIENT, 5},     {AISP_NODE_PROMPT, 10},     {AISP_NODE_VECTOR_STORE, 3},   {AISP_NODE_COLLECTION, 15},
	{AISP_NODE_DATASET, 10},       {AISP_NODE_PROMPT_LOG, 8},  {AISP_NODE_INFERENCE_ENDPOINT, 6}, {AISP_NODE_MODEL_FILE, 6},
	{AISP_NODE_TRAINING_JOB, 5},   {AISP_NODE_USER, 290},      {AISP_NODE_GROUP, 40},         {AISP_NODE_SERVICE_ACCOUNT, 80},
	{AISP_NODE_DB_ROLE, 40},       {AISP_NODE_RBAC_ROLE, 15},  {AISP_NODE_CREDENTIAL, 60},    {AISP_NODE_SECRET, 40},
	{AISP_NODE_CONFIG_MAP, 15},    {AISP_NODE_DB_SERVER, 3},   {AISP_NODE_DATABASE, 8},       {AISP_NODE_SCHEMA, 10},
	{AISP_NODE_TABLE, 70},         {AISP_NODE_BUCKET, 15},     {AISP_NODE_FILE, 20},          {AISP_NODE_REPOSITORY, 5},
	{AISP_NODE_COMPONENT, 5},      {AISP_NODE_WORKLOAD, 80},   {AISP_NODE_IMAGE, 15},         {AISP_NODE_NAMESPACE, 5},
	{AISP_NODE_NETWORK, 4},        {AISP_NODE_ENDPOINT, 20},   {AISP_NODE_SERVICE, 25},       {AISP_NODE_EXTERNAL_SERVICE, 3},
	{AISP_NODE_CONTENT, 2},        {AISP_NODE_INTERNET, 0},    {AISP_NODE_TENANT, 1},
};

/* Edges: how many from each node of the kind (in hundredths) and to which kind; how many of a hundred stay in the unit. */
struct rule {
	uint8_t from, edge, to;
	uint16_t hundredths;
	uint8_t local;
};
#define R(from, edge, to, n, local) {AISP_NODE_##from, AISP_EDGE_##edge, AISP_NODE_##to, n, local}
static const struct rule rules[] = {
	R(MODEL, SERVES, INFERENCE_ENDPOINT, 30, 100), R(MODEL, LOADS, MODEL_FILE, 120, 100), R(MODEL, TRAINED_ON, DATASET, 200, 95),
	R(AGENT, HAS_TOOL, TOOL, 350, 97), R(AGENT, HAS_TOOL, MCP_SERVER, 60, 97), R(AGENT, CALLS, MODEL, 110, 100),
	R(AGENT, CALLS, AGENT, 20, 100), R(AGENT, RETRIEVES_FROM, COLLECTION, 150, 99), R(AGENT, CONSUMES, CONTENT, 20, 95),
	R(AGENT, LOGS_TO, PROMPT_LOG, 80, 100), R(AGENT, INSTRUCTED_BY, PROMPT, 100, 100), R(AGENT, CALLS, INFERENCE_ENDPOINT, 60, 100),
	R(TOOL, READS, TABLE, 150, 99), R(TOOL, READS, BUCKET, 50, 99), R(TOOL, WRITES, TABLE, 60, 99), R(TOOL, CALLS, SERVICE, 80, 100),
	R(TOOL, CALLS, EXTERNAL_SERVICE, 30, 100), R(MCP_SERVER, HAS_TOOL, TOOL, 500, 99), R(MCP_CLIENT, HAS_TOOL, MCP_SERVER, 250, 95),
	R(VECTOR_STORE, HAS_DATA, COLLECTION, 500, 100), R(VECTOR_STORE, CONTAINS, COLLECTION, 500, 100),
	R(COLLECTION, STORED_IN, TABLE, 100, 100), R(DATASET, STORED_IN, BUCKET, 100, 100), R(PROMPT_LOG, STORED_IN, TABLE, 100, 100),
	R(INFERENCE_ENDPOINT, SERVES, MODEL, 100, 100), R(TRAINING_JOB, CONSUMES, DATASET, 200, 99), R(TRAINING_JOB, RUNS_AS, SERVICE_ACCOUNT, 100, 100),
	R(TRAINING_JOB, WRITES, MODEL_FILE, 150, 100),
	R(USER, MEMBER_OF, GROUP, 420, 96), R(USER, BOUND_TO, RBAC_ROLE, 150, 95), R(USER, OWNS, REPOSITORY, 60, 95),
	R(USER, CAN_ASSUME, SERVICE_ACCOUNT, 12, 98), R(USER, CAN_READ, BUCKET, 150, 95), R(USER, CAN_READ, REPOSITORY, 100, 95),
	R(USER, CAN_CALL, AGENT, 60, 97), R(USER, CAN_CALL, ENDPOINT, 120, 96), R(USER, ATTACHED_TO, NETWORK, 20, 100),
	R(USER, CAN_READ, DATASET, 60, 98), R(USER, CAN_WRITE, FILE, 40, 98), R(USER, CAN_CALL, INFERENCE_ENDPOINT, 40, 97),
	R(GROUP, MEMBER_OF, GROUP, 90, 97), R(GROUP, CAN_ASSUME, SERVICE_ACCOUNT, 40, 99), R(GROUP, CAN_READ, BUCKET, 400, 97),
	R(GROUP, CAN_WRITE, BUCKET, 100, 98), R(GROUP, CAN_CALL, AGENT, 200, 97), R(GROUP, CAN_READ, SECRET, 60, 99),
	R(GROUP, CAN_CALL, ENDPOINT, 300, 97), R(GROUP, BOUND_TO, RBAC_ROLE, 300, 97), R(GROUP, CAN_READ, FILE, 300, 97),
	R(SERVICE_ACCOUNT, CAN_READ, BUCKET, 250, 97), R(SERVICE_ACCOUNT, CAN_WRITE, BUCKET, 80, 98), R(SERVICE_ACCOUNT, CAN_READ, SECRET, 150, 99),
	R(SERVICE_ACCOUNT, CAN_READ, DATASET, 200, 98), R(SERVICE_ACCOUNT, CAN_ASSUME, SERVICE_ACCOUNT, 60, 97),
	R(SERVICE_ACCOUNT, CAN_CALL, SERVICE, 250, 98), R(SERVICE_ACCOUNT, BOUND_TO, RBAC_ROLE, 200, 98), R(SERVICE_ACCOUNT, CAN_WRITE, IMAGE, 15, 99),
	R(SERVICE_ACCOUNT, CAN_CALL, INFERENCE_ENDPOINT, 80, 97),
	R(DB_ROLE, MEMBER_OF, DB_ROLE, 80, 99), R(DB_ROLE, CAN_CALL, DATABASE, 150, 99), R(DB_ROLE, CAN_READ, TABLE, 1400, 99), R(DB_ROLE, CAN_WRITE, TABLE, 500, 99),
	R(DB_ROLE, CAN_READ, SCHEMA, 150, 99), R(CREDENTIAL, AUTHENTICATES, SERVICE_ACCOUNT, 60, 99), R(CREDENTIAL, AUTHENTICATES, DB_ROLE, 50, 99),
	R(CREDENTIAL, AUTHENTICATES, USER, 15, 98), R(SECRET, HOLDS, CREDENTIAL, 150, 100), R(CONFIG_MAP, HOLDS, CREDENTIAL, 30, 100),
	R(DB_SERVER, HAS_DATA, DATABASE, 270, 100), R(DB_SERVER, CONTAINS, DATABASE, 270, 100), R(DATABASE, HAS_DATA, SCHEMA, 130, 100),
	R(DATABASE, CONTAINS, SCHEMA, 130, 100), R(SCHEMA, HAS_DATA, TABLE, 700, 100), R(SCHEMA, CONTAINS, TABLE, 700, 100),
	R(BUCKET, CONTAINS, DATASET, 60, 100), R(FILE, HOLDS, CREDENTIAL, 20, 100), R(FILE, CONFIGURES, WORKLOAD, 50, 100),
	R(FILE, DEFINES, PROMPT, 40, 100), R(FILE, CONFIGURES, MCP_CLIENT, 20, 100), R(REPOSITORY, CONTAINS, COMPONENT, 100, 100),
	R(REPOSITORY, HAS_DATA, FILE, 600, 100), R(COMPONENT, DEFINES, AGENT, 100, 100), R(COMPONENT, READS, TABLE, 300, 99),
	R(WORKLOAD, RUNS_AS, SERVICE_ACCOUNT, 100, 100), R(WORKLOAD, RUNS_IMAGE, IMAGE, 120, 97), R(WORKLOAD, ATTACHED_TO, NETWORK, 100, 100),
	R(WORKLOAD, CONNECTS_TO, DB_SERVER, 60, 99), R(WORKLOAD, CONNECTS_TO, SERVICE, 350, 98), R(WORKLOAD, CONNECTS_TO, DATABASE, 100, 99),
	R(WORKLOAD, SERVES, AGENT, 32, 100), R(WORKLOAD, SERVES, MCP_SERVER, 13, 100), R(WORKLOAD, SERVES, INFERENCE_ENDPOINT, 8, 100),
	R(WORKLOAD, MOUNTS, SECRET, 120, 100), R(WORKLOAD, MOUNTS, CONFIG_MAP, 60, 100), R(WORKLOAD, HOLDS, CREDENTIAL, 25, 100),
	R(WORKLOAD, READS, BUCKET, 60, 99), R(WORKLOAD, PART_OF, NAMESPACE, 100, 100), R(WORKLOAD, LOADS, MODEL_FILE, 8, 99),
	R(WORKLOAD, CALLS, INFERENCE_ENDPOINT, 40, 100), R(WORKLOAD, CALLS, ENDPOINT, 80, 100),
	R(IMAGE, BUILT_FROM, REPOSITORY, 100, 98), R(NETWORK, EXPOSES, SERVICE, 1200, 100), R(NETWORK, EXPOSES, DB_SERVER, 60, 100),
	R(NETWORK, EXPOSES, INFERENCE_ENDPOINT, 200, 100), R(NETWORK, EXPOSES, ENDPOINT, 500, 100), R(ENDPOINT, ROUTES_TO, SERVICE, 110, 99),
	R(ENDPOINT, SERVES, AGENT, 25, 100), R(SERVICE, ROUTES_TO, WORKLOAD, 130, 100), R(TENANT, EXPOSES, ENDPOINT, 500, 100),
};
#undef R

enum {
	UNIT = 1000,  /* nodes a business unit, about */
	DIVISION = 4, /* units that depend on one another both ways; others only on later ones (products on platforms) */
	EDGES = 10,   /* edges a node */
};

struct maker {
	struct aisp_snapshot *s;
	uint64_t random;
	uint32_t first[AISP_NODE_KIND_END + 1], units, scale; /* of the rules' numbers, in thousandths */
	unsigned ways[AISP_EDGE_KIND_END];
	uint32_t e_cap;
	aisp_sym sensitivity, restricted, auth, none, required, executes, name_condition;
	aisp_sym *locators; /* one a hundred nodes */
	aisp_sym *controls;
	uint32_t n_locators, n_controls;
};

uint64_t org_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint32_t below(struct maker *m, uint32_t n)
{
	return (uint32_t)(((org_random(&m->random) >> 32) * n) >> 32);
}

static aisp_sym symbol(struct maker *m, const char *text)
{
	aisp_sym sym = 0;
	(void)aisp_symtab_add(m->s->syms, aisp_slice_z(text), &sym, NULL);
	return sym;
}

static void count_kinds(struct maker *m, uint32_t n_nodes)
{
	uint32_t count[AISP_NODE_KIND_END] = {0}, total = 1;
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		total += count[shares[i].kind] = (uint32_t)((uint64_t)n_nodes * shares[i].share / 1000);
	count[AISP_NODE_INTERNET] = 1;
	count[AISP_NODE_USER] += n_nodes - total;
	m->first[0] = m->first[1] = 1;
	for (unsigned k = 1; k < AISP_NODE_KIND_END; k++)
		m->first[k + 1] = m->first[k] + count[k];
	m->units = n_nodes / UNIT + 1;
	uint64_t hundredths = 1;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		hundredths += (uint64_t)rules[i].hundredths * count[rules[i].from];
	m->scale = (uint32_t)((uint64_t)n_nodes * EDGES * 100 * 1000 / hundredths);
}

static uint32_t evidence(struct maker *m)
{
	struct aisp_snapshot *s = m->s;
	s->evidence[s->n_evidence] = (struct aisp_evidence){.locator = m->locators[below(m, m->n_locators)],
		.line = 1 + below(m, 500), .source = 1, .form = AISP_EV_FILE, .confidence = AISP_CONF_DECLARED};
	return s->n_evidence++;
}

static void prop(struct maker *m, struct aisp_snode *n, aisp_sym key, enum aisp_prop_type type, aisp_sym value)
{
	struct aisp_prop *p = &m->s->props[m->s->n_props];
	*p = (struct aisp_prop){.key = key, .type = (uint8_t)type, .source = 1};
	if (type == AISP_PROP_BOOL)
		p->b = true;
	else
		p->s = value;
	if (!n->prop_n)
		n->prop_at = m->s->n_props;
	n->prop_n++;
	m->s->n_props++;
}

/* Of the kinds that hold data, so many in a hundred are restricted that it is 5% of all nodes. */
static bool sensitive(unsigned kind, uint32_t i)
{
	switch (kind) {
	case AISP_NODE_TABLE:
		return i % 10 < 5;
	case AISP_NODE_BUCKET:
	case AISP_NODE_COLLECTION:
		return i % 10 < 3;
	case AISP_NODE_DATASET:
	case AISP_NODE_PROMPT_LOG:
		return i % 10 < 3;
	default:
		return false;
	}
}

static void make_node(struct maker *m, unsigned kind, uint32_t i)
{
	struct aisp_snapshot *s = m->s;
	struct aisp_snode *n = &s->nodes[m->first[kind] + i];
	uint32_t count = m->first[kind + 1] - m->first[kind], unit = (uint32_t)((uint64_t)i * m->units / count);
	char id[96];
	snprintf(id, sizeof id, "org://unit-%04u/%s/%s-%07u", unit, aisp_node_kinds[kind].name, aisp_node_kinds[kind].name, i);
	*n = (struct aisp_snode){.id = symbol(m, id), .kind = (uint8_t)kind, .confidence = AISP_CONF_DECLARED, .ev_n = 1};
	n->ev_at = evidence(m);
	if (sensitive(kind, i))
		prop(m, n, m->sensitivity, AISP_PROP_STR, m->restricted);
	if (kind == AISP_NODE_ENDPOINT || kind == AISP_NODE_WORKLOAD || kind == AISP_NODE_INFERENCE_ENDPOINT)
		if (below(m, 10) < 9)
			prop(m, n, m->auth, AISP_PROP_STR, below(m, 4) ? m->required : m->none);
	if ((kind == AISP_NODE_TOOL || kind == AISP_NODE_MCP_SERVER) && below(m, 100) < 6)
		prop(m, n, m->executes, AISP_PROP_BOOL, 0);
}

static void add_edge(struct maker *m, aisp_node from, unsigned kind, aisp_node to)
{
	struct aisp_snapshot *s = m->s;
	if (s->n_edges + 1 >= m->e_cap || from == to)
		return;
	struct aisp_sedge *e = &s->edges[++s->n_edges];
	*e = (struct aisp_sedge){.from = from, .to = to, .kind = (uint8_t)kind, .ev_n = 1, .confidence = AISP_CONF_DECLARED};
	e->ev_at = evidence(m);
	e->control = m->controls[(uint32_t)(((uint64_t)from * m->n_controls) / (s->n_nodes + 1))];
	uint32_t luck = below(m, 100);
	bool decided = kind == AISP_EDGE_CAN_READ || kind == AISP_EDGE_CAN_WRITE || kind == AISP_EDGE_CAN_CALL || kind == AISP_EDGE_CAN_ASSUME;
	if (luck < 6 && decided)
		e->condition = m->name_condition;
	else if (luck >= 98)
		e->confidence = AISP_CONF_UNRESOLVED;
	e->flags = kind == AISP_EDGE_LOADS && luck < 50 ? AISP_EF_EXECUTES : 0;
	if (e->confidence == AISP_CONF_UNRESOLVED)
		s->evidence[e->ev_at].confidence = AISP_CONF_UNRESOLVED;
}

/* Bit 0: something flows along edges of this kind; bit 1: against them. From the semantics table, so that the
 * organisation keeps its shape (what flows, flows to later units) when rows change. */
static unsigned flows(unsigned kind)
{
	unsigned ways = 0;
	for (size_t i = 0; i < aisp_flow_row_count; i++)
		if (aisp_flow_rows[i].edge == kind)
			ways |= aisp_flow_rows[i].back ? 2 : 1;
	return ways;
}

/* Where an edge leads that leaves the unit: one in four stays in the division, the others leave it the way that something
 * flows: to a later unit, or, where it flows against the edge, to an earlier one; where both, it does not leave at all. */
static uint32_t other_unit(struct maker *m, uint32_t unit, unsigned ways)
{
	uint32_t first = unit - unit % DIVISION, last = first + DIVISION < m->units ? first + DIVISION : m->units;
	uint32_t away = ways == 2 ? first : m->units - last;
	if (ways == 3)
		return unit;
	if (below(m, 4) == 0 || away == 0)
		return first + below(m, last - first);
	return ways == 2 ? below(m, first) : last + below(m, away);
}

/* The first of a kind's n nodes that belongs to the unit or a later one. */
static uint32_t first_of(const struct maker *m, uint32_t unit, uint32_t n)
{
	return (uint32_t)(((uint64_t)unit * n + m->units - 1) / m->units);
}

static aisp_node pick(struct maker *m, unsigned kind, uint32_t unit)
{
	uint32_t n = m->first[kind + 1] - m->first[kind];
	uint32_t lo = first_of(m, unit, n), hi = first_of(m, unit + 1, n);
	if (n == 0)
		return 0;
	return m->first[kind] + (hi > lo ? lo + below(m, hi - lo) : lo < n ? lo : n - 1);
}

static void make_edges(struct maker *m, aisp_node from, unsigned kind)
{
	uint32_t count = m->first[kind + 1] - m->first[kind];
	uint32_t unit = (uint32_t)((uint64_t)(from - m->first[kind]) * m->units / count);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct rule *r = &rules[i];
		if (r->from != kind)
			continue;
		uint32_t hundredths = r->hundredths * m->scale / 1000u;
		uint32_t times = hundredths / 100u + (below(m, 100) < hundredths % 100u);
		for (uint32_t t = 0; t < times; t++) {
			aisp_node to = pick(m, r->to, below(m, 100) < r->local ? unit : other_unit(m, unit, m->ways[r->edge]));
			if (to)
				add_edge(m, from, r->edge, to);
		}
	}
	for (aisp_node to = m->first[AISP_NODE_ENDPOINT]; kind == AISP_NODE_INTERNET && to < m->first[AISP_NODE_ENDPOINT + 1]; to += 2)
		add_edge(m, from, AISP_EDGE_EXPOSES, to);
}

static int make_arrays(struct maker *m, uint32_t n_nodes, struct aisp_err *err)
{
	struct aisp_snapshot *s = m->s;
	m->e_cap = n_nodes * (EDGES + 1) + 1000;
	m->n_locators = n_nodes / 100 + 1;
	m->n_controls = n_nodes / 4 + 1;
	s->syms = aisp_symtab_new();
	s->nodes = aisp_mem_zalloc((size_t)n_nodes + 1, sizeof *s->nodes);
	s->edges = aisp_mem_zalloc((size_t)m->e_cap + 1, sizeof *s->edges);
	s->evidence = aisp_mem_zalloc((size_t)n_nodes + m->e_cap + 1, sizeof *s->evidence);
	s->props = aisp_mem_zalloc((size_t)n_nodes + 1, sizeof *s->props);
	s->sources = aisp_mem_zalloc(2, sizeof *s->sources);
	m->locators = aisp_mem_zalloc(m->n_locators, sizeof *m->locators);
	m->controls = aisp_mem_zalloc(m->n_controls, sizeof *m->controls);
	if (!s->syms || !s->nodes || !s->edges || !s->evidence || !s->props || !s->sources || !m->locators || !m->controls)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for an organisation of %u nodes", n_nodes);
	s->n_nodes = n_nodes;
	s->n_sources = 1;
	return AISP_OK;
}

static void make_symbols(struct maker *m)
{
	char text[96];
	m->s->sources[1] = (struct aisp_source_row){.key = symbol(m, "bench:org"), .kind = symbol(m, "bench"), .target = symbol(m, "org")};
	m->sensitivity = symbol(m, "sensitivity");
	m->restricted = symbol(m, "restricted");
	m->auth = symbol(m, "auth");
	m->none = symbol(m, "none");
	m->required = symbol(m, "required");
	m->executes = symbol(m, "executes_code");
	m->name_condition = symbol(m, "request.time < \"2027-01-01\"");
	for (uint32_t i = 0; i < m->n_locators; i++) {
		snprintf(text, sizeof text, "unit-%04u/policies/part-%06u.yaml", i % m->units, i);
		m->locators[i] = symbol(m, text);
	}
	for (uint32_t i = 0; i < m->n_controls; i++) {
		snprintf(text, sizeof text, "policies/part-%06u.yaml#/statements/%u", i / 8, i % 8);
		m->controls[i] = symbol(m, text);
	}
}

static int find_marked(struct org *o, struct aisp_err *err)
{
	const struct aisp_snapshot *s = o->s;
	AISP_AUTOFREE uint64_t *seen = aisp_mem_zalloc((size_t)s->n_nodes / 64 + 1, sizeof *seen);
	o->exposed = aisp_mem_alloc(((size_t)s->n_nodes + 1) * sizeof *o->exposed);
	o->sensitive = aisp_mem_alloc(((size_t)s->n_nodes + 1) * sizeof *o->sensitive);
	if (!seen || !o->exposed || !o->sensitive)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory for the marked nodes");
	static const uint8_t way[] = {AISP_NODE_INTERNET, AISP_NODE_ENDPOINT, AISP_NODE_SERVICE};
	uint32_t i = s->kind_at[AISP_NODE_INTERNET];
	seen[i >> 6] |= 1ULL << (i & 63);
	for (unsigned w = 0; w < sizeof way; w++)
		for (aisp_node n = s->kind_at[way[w]]; n < s->kind_at[way[w] + 1]; n++)
			for (aisp_edge e = s->out_at[n]; seen[n >> 6] >> (n & 63) & 1 && e < s->out_at[n + 1]; e++)
				if (s->edges[e].kind == AISP_EDGE_EXPOSES || s->edges[e].kind == AISP_EDGE_ROUTES_TO)
					seen[s->edges[e].to >> 6] |= 1ULL << (s->edges[e].to & 63);
	for (aisp_node n = 1; n <= s->n_nodes; n++) {
		if (s->nodes[n].kind == AISP_NODE_WORKLOAD && seen[n >> 6] >> (n & 63) & 1 && o->n_exposed < s->n_nodes / 100)
			o->exposed[o->n_exposed++] = n;
		if (s->nodes[n].sensitivity == AISP_SENS_RESTRICTED && o->n_sensitive < s->n_nodes / 20)
			o->sensitive[o->n_sensitive++] = n;
	}
	return AISP_OK;
}

static int fill(struct maker *m, uint32_t n_nodes, struct aisp_err *err)
{
	int rc = make_arrays(m, n_nodes, err);
	if (rc < 0)
		return rc;
	for (unsigned k = 0; k < AISP_EDGE_KIND_END; k++)
		m->ways[k] = flows(k);
	count_kinds(m, n_nodes);
	make_symbols(m);
	for (unsigned k = 1; k < AISP_NODE_KIND_END; k++)
		for (uint32_t i = 0; i < m->first[k + 1] - m->first[k]; i++)
			make_node(m, k, i);
	for (unsigned k = 1; k < AISP_NODE_KIND_END; k++)
		for (aisp_node n = m->first[k]; n < m->first[k + 1]; n++)
			make_edges(m, n, k);
	return aisp_snapshot_finish(m->s, err);
}

int org_make(uint32_t n_nodes, uint64_t seed, struct org *ret_org, struct aisp_err *err)
{
	struct maker m = {.random = seed, .s = aisp_mem_zalloc(1, sizeof *m.s)};
	struct org o = {.s = m.s};
	int rc = m.s ? fill(&m, n_nodes, err) : aisp_fail(err, AISP_E_NOMEM, "out of memory");
	aisp_mem_free(m.locators);
	aisp_mem_free(m.controls);
	if (rc == 0)
		rc = find_marked(&o, err);
	if (rc < 0)
		org_done(&o);
	else
		*ret_org = o;
	return rc;
}

void org_done(struct org *o)
{
	aisp_snapshot_free(o->s);
	aisp_mem_free(o->exposed);
	aisp_mem_free(o->sensitive);
}
