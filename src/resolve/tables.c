/* Names in code → tables, and uses that the database's own decision refutes.
 *
 * Code says "SELECT … FROM billing.invoices" or "a PGVector store"; the workloads that run it say which database that is
 * and as which role. A use that no role in question may make is dropped and kept as property `refuted`; one that row
 * security narrows becomes conditional.
 */
#include "resolve/resolve_int.h"

struct login { /* a database and role that the code works with somewhere */
	struct aisp_slice database;
	aisp_node role;
	aisp_edge sets; /* workload ─SETS▶ variable */
};
struct logins {
	AISP_VEC(struct login) list;
	struct aisp_slice env; /* only through this variable; empty = any */
};

/* Tables that libraries make without being told a name. `prefix` goes before a name that is told. */
static const struct {
	const char *store, *framework, *table, *prefix;
} library_tables[] = {
	{"pgvector", "langchain", "langchain_pg_embedding", NULL},
	{"pgvector", "llamaindex", "data_llamaindex", "data_"},
	{"pgvector", "llama_index", "data_llamaindex", "data_"},
	{"pgvector", "mem0", "mem0", ""},
	{"pgvector", "agno", NULL, ""},
	{"pgvector", "haystack", "haystack_documents", ""},
};

static void add_logins(struct aisp_resolve *r, aisp_node workload, void *ctx)
{
	struct logins *l = ctx;
	for (aisp_edge e = aisp_resolve__out(r, workload, AISP_EDGE_SETS, 0); e; e = aisp_resolve__out(r, workload, AISP_EDGE_SETS, e)) {
		const aisp_node v = aisp_resolve__to(r, e);
		const struct aisp_slice database = aisp_graph_prop(r->g, v, "database"), role = aisp_graph_prop(r->g, v, "role");
		if (database.n == 0 || (l->env.n && !aisp_slice_eq(aisp_graph_prop(r->g, v, "name"), l->env)))
			continue;
		const struct login login = {aisp_resolve__fmt(r, "%.*s", AISP_FMT(database)), role.n ? aisp_graph_find(r->g, role) : 0, e};
		if (aisp_vec_push(&l->list, login) < 0)
			aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining"));
	}
}

static void logins_of(struct aisp_resolve *r, aisp_node code, struct aisp_slice env, struct logins *l)
{
	l->env = env.n ? aisp_resolve__fmt(r, "%.*s", AISP_FMT(env)) : (struct aisp_slice){0};
	if (aisp_graph_node_at(r->g, code).kind == AISP_NODE_WORKLOAD)
		add_logins(r, code, l);
	else
		aisp_resolve__runners(r, code, add_logins, l);
}

/* A table of a database by its name in SQL: "schema.table", else in public and in the role's own schema. */
static aisp_node find_table(struct aisp_resolve *r, const struct login *l, struct aisp_slice name)
{
	const size_t dot = aisp_slice_chr(name, '.');
	if (dot != SIZE_MAX)
		return aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s/%.*s/%.*s", AISP_FMT(l->database), AISP_FMT(aisp_slice_to(name, dot)),
							       AISP_FMT(aisp_slice_from(name, dot + 1))));
	aisp_node n = 0;
	if (l->role)
		n = aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s/%.*s/%.*s", AISP_FMT(l->database), AISP_FMT(aisp_graph_prop(r->g, l->role, "name")), AISP_FMT(name)));
	return n ? n : aisp_graph_find(r->g, aisp_resolve__fmt(r, "%.*s/public/%.*s", AISP_FMT(l->database), AISP_FMT(name)));
}

/* What the engine decided for a role and a table: no, only under a condition, or yes. */
enum may { MAY_NOT, MAY_IF, MAY };

struct asking {
	enum aisp_edge_kind can;
	aisp_node table;
	struct aisp_slice condition;
	AISP_VEC(aisp_node) roles; /* whose rights count; grows while it is walked */
	AISP_VEC(bool) after_set;  /* only after SET ROLE */
};

/* A right on the table, on a column of it, or on what it is part of. */
static bool covers(const struct aisp_resolve *r, aisp_node to, aisp_node table)
{
	const struct aisp_slice a = aisp_graph_node_at(r->g, to).id, b = aisp_graph_node_at(r->g, table).id;
	const struct aisp_slice shorter = a.n < b.n ? a : b, longer = a.n < b.n ? b : a;
	return to == table || (aisp_slice_starts(longer, shorter) && longer.n > shorter.n && longer.p[shorter.n] == '/');
}

static void ask_role(struct aisp_resolve *r, struct asking *a, aisp_node role, bool after_set)
{
	for (size_t i = 0; i < a->roles.n; i++)
		if (a->roles.v[i] == role) {
			a->after_set.v[i] = a->after_set.v[i] && after_set;
			return;
		}
	if (aisp_vec_push(&a->roles, role) < 0 || aisp_vec_push(&a->after_set, after_set) < 0)
		aisp_resolve__fail(r, aisp_fail(r->err, AISP_E_NOMEM, "out of memory while joining"));
}

/* Groups whose rights a role has at once, and those it has after SET ROLE. */
static void ask_groups(struct aisp_resolve *r, struct asking *a, size_t i)
{
	const aisp_node role = a->roles.v[i];
	for (aisp_edge e = aisp_graph_next_out(r->g, role, 0); e && !r->bad; e = aisp_graph_next_out(r->g, role, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
		if (v.kind == AISP_EDGE_MEMBER_OF)
			ask_role(r, a, v.to, a->after_set.v[i]);
		else if (v.kind == AISP_EDGE_CAN_ASSUME && aisp_graph_node_at(r->g, v.to).kind == AISP_NODE_DB_ROLE)
			ask_role(r, a, v.to, a->after_set.v[i] || !aisp_slice_eqz(aisp_graph_edge_prop(r->g, e, "inherit"), "true"));
	}
}

static enum may role_may(struct aisp_resolve *r, aisp_node role, enum aisp_edge_kind can, aisp_node table, struct aisp_slice *ret_condition)
{
	struct asking a = {.can = can, .table = table};
	enum may best = MAY_NOT;
	ask_role(r, &a, role, false);
	for (size_t i = 0; i < a.roles.n && best < MAY && !r->bad; i++) {
		for (aisp_edge e = aisp_resolve__out(r, a.roles.v[i], can, 0); e && best < MAY; e = aisp_resolve__out(r, a.roles.v[i], can, e)) {
			const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
			if (!covers(r, v.to, table))
				continue;
			best = v.condition.n || a.after_set.v[i] ? MAY_IF : MAY;
			if (best == MAY_IF)
				*ret_condition = v.condition.n ? v.condition : AISP_S("it changes its role with SET ROLE");
		}
		ask_groups(r, &a, i);
	}
	aisp_vec_done(&a.roles);
	aisp_vec_done(&a.after_set);
	return best;
}

/* Is the table described by a scan of its server, so that no edge means no right? */
static bool is_decided(const struct aisp_resolve *r, aisp_node table)
{
	const aisp_edge e = aisp_resolve__in(r, table, AISP_EDGE_HAS_DATA, 0);
	return e && aisp_graph_node_at(r->g, aisp_resolve__from(r, e)).kind == AISP_NODE_SCHEMA;
}

enum verdict { VERDICT_OPEN, VERDICT_NO, VERDICT_IF, VERDICT_YES };

static enum verdict decide(struct aisp_resolve *r, const struct logins *l, enum aisp_edge_kind can, aisp_node table, struct aisp_slice *ret_condition)
{
	int best = -1;
	if (!is_decided(r, table))
		return VERDICT_OPEN;
	for (size_t i = 0; i < l->list.n; i++) {
		const aisp_node role = l->list.v[i].role;
		if (!role || aisp_graph_prop(r->g, role, "login").n == 0)
			continue;
		const enum may may = role_may(r, role, can, table, ret_condition);
		best = (int)may > best ? (int)may : best;
	}
	return best < 0 ? VERDICT_OPEN : best == MAY_NOT ? VERDICT_NO : best == MAY_IF ? VERDICT_IF : VERDICT_YES;
}

static void refute(struct aisp_resolve *r, aisp_node user, enum aisp_edge_kind kind, aisp_node table)
{
	if (!r->bad)
		aisp_resolve__fail(r, aisp_graph_add_item(r->g, user, r->source, "refuted",
			aisp_resolve__fmt(r, "%s %.*s: the role it logs in as may not", aisp_edge_kinds[kind].name, AISP_FMT(aisp_graph_node_at(r->g, table).id)), r->err));
}

/* One use of a table by code: kept, narrowed or dropped. */
static void check_use(struct aisp_resolve *r, aisp_edge e)
{
	const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
	const bool writes = v.kind == AISP_EDGE_WRITES;
	struct logins l = {0};
	struct aisp_slice condition = {0};
	if (aisp_graph_node_at(r->g, v.to).kind != AISP_NODE_TABLE || !is_decided(r, v.to))
		return;
	logins_of(r, v.from, (struct aisp_slice){0}, &l);
	const enum verdict verdict = decide(r, &l, writes ? AISP_EDGE_CAN_WRITE : AISP_EDGE_CAN_READ, v.to, &condition);
	const aisp_edge because = l.list.n ? l.list.v[0].sets : 0;
	aisp_vec_done(&l.list);
	if (verdict == VERDICT_NO) {
		refute(r, v.from, v.kind, v.to);
		aisp_graph_drop_edge(r->g, e);
	} else if (verdict == VERDICT_IF && v.condition.n == 0) {
		const struct aisp_slice text = aisp_resolve__fmt(r, "%.*s", AISP_FMT(condition));
		aisp_resolve__edge(r, v.from, v.kind, v.to, &(struct aisp_because){"join:use-to-rows", v.confidence,
			aisp_resolve__fmt(r, "the role it logs in as sees only some rows"), {e, because}, 0, text.p});
		aisp_graph_drop_edge(r->g, e);
	}
}

static void check_uses(struct aisp_resolve *r, aisp_node user)
{
	for (aisp_edge e = aisp_graph_next_out(r->g, user, 0), next; e && !r->bad; e = next) {
		const enum aisp_edge_kind kind = aisp_graph_edge_at(r->g, e).kind;
		next = aisp_graph_next_out(r->g, user, e);
		if (kind == AISP_EDGE_READS || kind == AISP_EDGE_WRITES || kind == AISP_EDGE_RETRIEVES_FROM)
			check_use(r, e);
	}
}

/* A table that code names: the one real table it can be is the same node; several are where it may be kept. */
static void tie_sql_table(struct aisp_resolve *r, aisp_node t)
{
	const struct aisp_slice id = aisp_graph_node_at(r->g, t).id;
	struct logins l = {0};
	if (!aisp_slice_starts(id, AISP_S("sql://")))
		return;
	const struct aisp_slice alias = aisp_resolve__fmt(r, "%.*s", AISP_FMT(id)), name = aisp_slice_basename(alias);
	const struct aisp_slice env = aisp_graph_prop(r->g, t, "env");
	for (aisp_edge e = aisp_graph_next_in(r->g, t, 0); e && !r->bad; e = aisp_graph_next_in(r->g, t, e)) {
		const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
		if (v.kind == AISP_EDGE_READS || v.kind == AISP_EDGE_WRITES || v.kind == AISP_EDGE_RETRIEVES_FROM)
			logins_of(r, v.from, env, &l);
	}
	aisp_node real = 0;
	size_t several = 0;
	for (size_t i = 0; i < l.list.n; i++) {
		const aisp_node n = find_table(r, &l.list.v[i], name);
		several += n && real && n != real;
		real = n ? n : real;
	}
	if (real && !several && !r->bad)
		aisp_resolve__fail(r, aisp_graph_add_alias(r->g, real, alias, r->source, r->err));
	for (size_t i = 0; several && i < l.list.n; i++)
		aisp_resolve__edge(r, t, AISP_EDGE_STORED_IN, find_table(r, &l.list.v[i], name), &(struct aisp_because){"join:name-to-table", AISP_CONF_INFERRED,
			aisp_resolve__fmt(r, "one of several databases that this code is run with"), {l.list.v[i].sets, 0}, 0, NULL});
	if (!real && l.list.n == 1) {
		const aisp_node db = aisp_graph_find(r->g, l.list.v[0].database);
		aisp_resolve__edge(r, db, AISP_EDGE_HAS_DATA, t, &(struct aisp_because){"join:name-to-database", AISP_CONF_INFERRED,
			aisp_resolve__fmt(r, "the code that names the table runs with this database"), {l.list.v[0].sets, 0}, 0, NULL});
	}
	aisp_vec_done(&l.list);
}

/* The table of a collection: the one the code names, else the one that the library makes. */
static struct aisp_slice collection_table(struct aisp_resolve *r, aisp_node c)
{
	const struct aisp_slice store = aisp_graph_prop(r->g, c, "store"), framework = aisp_graph_prop(r->g, c, "framework");
	const struct aisp_slice told = aisp_graph_prop(r->g, c, "table");
	for (size_t i = 0; i < sizeof library_tables / sizeof *library_tables; i++) {
		if (!aisp_slice_eqz(store, library_tables[i].store) || !aisp_slice_eqz(framework, library_tables[i].framework))
			continue;
		if (told.n)
			return aisp_resolve__fmt(r, "%s%.*s", library_tables[i].prefix ? library_tables[i].prefix : "", AISP_FMT(told));
		return aisp_slice_z(library_tables[i].table);
	}
	return told.n ? aisp_resolve__fmt(r, "%.*s", AISP_FMT(told)) : (struct aisp_slice){0};
}

static void tie_collection(struct aisp_resolve *r, aisp_node c)
{
	const struct aisp_slice table = collection_table(r, c);
	struct logins l = {0};
	if (table.n == 0)
		return;
	logins_of(r, c, aisp_graph_prop(r->g, c, "env"), &l);
	for (size_t i = 0; i < l.list.n && !r->bad; i++) {
		const struct logins one = {.list = {&l.list.v[i], 1, 1}};
		const aisp_node t = find_table(r, &l.list.v[i], table);
		struct aisp_slice condition = {0};
		if (!t)
			continue;
		const enum verdict verdict = decide(r, &one, AISP_EDGE_CAN_READ, t, &condition);
		const struct aisp_slice only = condition.n ? aisp_resolve__fmt(r, "%.*s", AISP_FMT(condition)) : condition;
		if (verdict == VERDICT_NO) {
			refute(r, c, AISP_EDGE_STORED_IN, t);
			continue;
		}
		aisp_resolve__edge(r, c, AISP_EDGE_STORED_IN, t, &(struct aisp_because){"join:collection-to-table", AISP_CONF_INFERRED,
			aisp_resolve__fmt(r, "the store keeps its documents in %.*s of the database that its workload connects to", AISP_FMT(table)),
			{l.list.v[i].sets, 0}, c, verdict == VERDICT_IF ? only.p : NULL});
		aisp_resolve__fail(r, aisp_graph_set_bool(r->g, c, r->source, "gated", true, r->err));
	}
	aisp_vec_done(&l.list);
}

/* A tool server that answers queries with a login reads what the login may read. */
static void tie_readable(struct aisp_resolve *r, aisp_node server, aisp_edge holds, aisp_node login)
{
	struct asking a = {.can = AISP_EDGE_CAN_READ};
	ask_role(r, &a, login, false);
	for (size_t i = 0; i < a.roles.n && !r->bad; i++) {
		for (aisp_edge e = aisp_resolve__out(r, a.roles.v[i], a.can, 0); e && !r->bad; e = aisp_resolve__out(r, a.roles.v[i], a.can, e)) {
			const struct aisp_edge_view v = aisp_graph_edge_at(r->g, e);
			const enum aisp_node_kind kind = aisp_graph_node_at(r->g, v.to).kind;
			if (a.after_set.v[i] || (kind != AISP_NODE_TABLE && kind != AISP_NODE_COLUMN && kind != AISP_NODE_DATABASE))
				continue;
			const struct aisp_slice only = v.condition.n ? aisp_resolve__fmt(r, "%.*s", AISP_FMT(v.condition)) : v.condition;
			aisp_resolve__edge(r, server, AISP_EDGE_READS, v.to, &(struct aisp_because){"join:login-to-table", AISP_CONF_INFERRED,
				aisp_resolve__fmt(r, "the server answers with a login that may read it"), {holds, e}, 0, only.n ? only.p : NULL});
		}
		ask_groups(r, &a, i);
	}
	aisp_vec_done(&a.roles);
	aisp_vec_done(&a.after_set);
}

static void tie_query_server(struct aisp_resolve *r, aisp_node server)
{
	for (aisp_edge h = aisp_resolve__out(r, server, AISP_EDGE_HOLDS, 0); h && !r->bad; h = aisp_resolve__out(r, server, AISP_EDGE_HOLDS, h)) {
		const aisp_node credential = aisp_resolve__to(r, h);
		for (aisp_edge p = aisp_resolve__out(r, credential, AISP_EDGE_AUTHENTICATES, 0); p && !r->bad; p = aisp_resolve__out(r, credential, AISP_EDGE_AUTHENTICATES, p))
			if (aisp_graph_node_at(r->g, aisp_resolve__to(r, p)).kind == AISP_NODE_DB_ROLE)
				tie_readable(r, server, h, aisp_resolve__to(r, p));
	}
}

void aisp_resolve__tables(struct aisp_resolve *r)
{
	aisp_resolve__each(r, AISP_NODE_TABLE, tie_sql_table);
	aisp_resolve__each(r, AISP_NODE_COLLECTION, tie_collection);
	aisp_resolve__each(r, AISP_NODE_MCP_SERVER, tie_query_server);
	aisp_resolve__each(r, AISP_NODE_TOOL, check_uses);
	aisp_resolve__each(r, AISP_NODE_AGENT, check_uses);
	aisp_resolve__each(r, AISP_NODE_WORKLOAD, check_uses);
	aisp_resolve__each(r, AISP_NODE_FILE, check_uses);
}
