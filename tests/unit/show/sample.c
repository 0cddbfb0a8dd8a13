/* Reports made by hand: see sample.h. */
#include "sample.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

static void must(bool ok, const char *what, const char *more)
{
	if (ok)
		return;
	fprintf(stderr, "sample: %s: %s\n", what, more);
	abort();
}

/* ---- building the graph ---- */

struct make {
	struct aisp_graph *g;
	uint16_t files, kube, pg;
};

static struct aisp_evidence_in at_file(const struct make *m, const char *path, uint32_t line, const char *pointer)
{
	return (struct aisp_evidence_in){.source = m->files,
					 .form = AISP_EV_FILE,
					 .confidence = AISP_CONF_DECLARED,
					 .locator = aisp_slice_z(path),
					 .line = line,
					 .pointer = aisp_slice_z(pointer)};
}

static struct aisp_evidence_in at_kube(const struct make *m, const char *object, const char *field)
{
	return (struct aisp_evidence_in){.source = m->kube,
					 .form = AISP_EV_API,
					 .confidence = AISP_CONF_OBSERVED,
					 .locator = aisp_slice_z(object),
					 .pointer = aisp_slice_z(field)};
}

static struct aisp_evidence_in at_pg(const struct make *m, const char *object, const char *note)
{
	return (struct aisp_evidence_in){.source = m->pg,
					 .form = AISP_EV_API,
					 .confidence = AISP_CONF_OBSERVED,
					 .locator = aisp_slice_z(object),
					 .pointer = AISP_S("pg_catalog"),
					 .note = aisp_slice_z(note)};
}

static struct aisp_evidence_in joined(const struct make *m, const char *rule, const char *note)
{
	return (struct aisp_evidence_in){.source = m->files,
					 .form = AISP_EV_RULE,
					 .confidence = AISP_CONF_INFERRED,
					 .locator = aisp_slice_z(rule),
					 .note = aisp_slice_z(note)};
}

static aisp_node node(struct make *m, enum aisp_node_kind kind, const char *id, const char *name,
		      struct aisp_evidence_in ev)
{
	aisp_node n = 0;
	struct aisp_err err = {0};

	must(aisp_graph_add_node(m->g, kind, aisp_slice_z(id), &ev, &n, &err) == 0, id, err.msg);
	if (name)
		must(aisp_graph_set_str(m->g, n, ev.source, "name", aisp_slice_z(name), &err) == 0, id, err.msg);
	return n;
}

static void set(struct make *m, aisp_node n, const char *key, const char *value)
{
	must(aisp_graph_set_str(m->g, n, m->files, key, aisp_slice_z(value), NULL) == 0, key, value);
}

static void edge_if(struct make *m, aisp_node from, enum aisp_edge_kind kind, aisp_node to, struct aisp_evidence_in ev,
		    const char *control, const char *condition)
{
	struct aisp_edge_in in = {.control = aisp_slice_z(control), .condition = aisp_slice_z(condition)};
	struct aisp_err err = {0};
	aisp_edge e;

	must(aisp_graph_add_edge(m->g, from, kind, to, &in, &ev, &e, &err) == 0, aisp_edge_kinds[kind].name, err.msg);
}

static void edge(struct make *m, aisp_node from, enum aisp_edge_kind kind, aisp_node to, struct aisp_evidence_in ev)
{
	edge_if(m, from, kind, to, ev, "", "");
}

static void start(struct make *m)
{
	*m = (struct make){.g = aisp_graph_new()};
	must(m->g != NULL, "graph", "out of memory");
	must(aisp_graph_source(m->g, AISP_S("files:support-bot"), AISP_S("files"), AISP_S("examples/support-bot"),
			       &m->files, NULL) == 0,
	     "source", "files");
	must(aisp_graph_source(m->g, AISP_S("kubernetes:support"), AISP_S("kubernetes"), AISP_S("kube:support"),
			       &m->kube, NULL) == 0,
	     "source", "kubernetes");
	must(aisp_graph_source(m->g, AISP_S("postgres:db.prod:5432/support"), AISP_S("postgres"),
			       AISP_S("postgres://db.prod:5432/support"), &m->pg, NULL) == 0,
	     "source", "postgres");
}

#define PG "postgres://db.prod:5432/support"
#define K8S "k8s://support/prod"

static void bot_outside(struct make *m)
{
	aisp_node internet =
		node(m, AISP_NODE_INTERNET, "internet", "internet", at_kube(m, K8S "/ingress/support", "spec.rules"));
	aisp_node endpoint = node(m, AISP_NODE_ENDPOINT, "https://support.example.com/", "support.example.com",
				  at_file(m, "deploy/ingress.yaml", 9, "/spec/rules/0/host"));
	aisp_node service = node(m, AISP_NODE_SERVICE, K8S "/service/support-bot", "support-bot",
				 at_file(m, "deploy/service.yaml", 4, ""));
	aisp_node workload = node(m, AISP_NODE_WORKLOAD, K8S "/deployment/support-bot", "support-bot",
				  at_file(m, "deploy/deployment.yaml", 3, ""));
	aisp_node image = node(m, AISP_NODE_IMAGE, "image://registry.example.com/support-bot:1.4", "support-bot:1.4",
			       at_file(m, "deploy/deployment.yaml", 21, "/spec/template/spec/containers/0/image"));
	aisp_node component =
		node(m, AISP_NODE_COMPONENT, "component://support-bot/bot", "bot", at_file(m, "bot/Dockerfile", 1, ""));
	aisp_node repo =
		node(m, AISP_NODE_REPOSITORY, "repo://support-bot", "support-bot", at_file(m, ".git/config", 7, ""));
	aisp_node account = node(m, AISP_NODE_SERVICE_ACCOUNT, K8S "/serviceaccount/support-bot", "support-bot",
				 at_kube(m, K8S "/serviceaccount/support-bot", "metadata"));

	set(m, endpoint, "auth", "none");
	set(m, endpoint, "environment", "production");
	set(m, workload, "auth", "unknown");
	set(m, workload, "environment", "production");
	edge_if(m, internet, AISP_EDGE_EXPOSES, endpoint, at_file(m, "deploy/ingress.yaml", 9, "/spec/rules/0"),
		"deploy/ingress.yaml#/spec/rules/0", "");
	edge(m, endpoint, AISP_EDGE_ROUTES_TO, service,
	     at_file(m, "deploy/ingress.yaml", 14, "/spec/rules/0/http/paths/0/backend"));
	edge(m, service, AISP_EDGE_ROUTES_TO, workload, at_file(m, "deploy/service.yaml", 8, "/spec/selector"));
	edge(m, workload, AISP_EDGE_RUNS_AS, account,
	     at_file(m, "deploy/deployment.yaml", 18, "/spec/template/spec/serviceAccountName"));
	edge(m, workload, AISP_EDGE_RUNS_IMAGE, image,
	     at_file(m, "deploy/deployment.yaml", 21, "/spec/template/spec/containers/0/image"));
	edge(m, image, AISP_EDGE_BUILT_FROM, component,
	     joined(m, "join:image-to-component", "the build file of bot/ makes support-bot"));
	edge(m, repo, AISP_EDGE_CONTAINS, component, at_file(m, "bot/Dockerfile", 1, ""));
	node(m, AISP_NODE_CLUSTER, "k8s://support", "support", at_kube(m, "k8s://support", "version"));
	node(m, AISP_NODE_NAMESPACE, K8S, "prod", at_kube(m, K8S, "metadata"));
}

static void bot_agent(struct make *m)
{
	aisp_node workload = aisp_graph_find(m->g, AISP_S(K8S "/deployment/support-bot"));
	aisp_node file =
		node(m, AISP_NODE_FILE, "repo://support-bot/bot/app.py", "bot/app.py", at_file(m, "bot/app.py", 0, ""));
	aisp_node agent = node(m, AISP_NODE_AGENT, "agent://support-bot/bot/app.py#agent", "support agent",
			       at_file(m, "bot/app.py", 52, "create_agent(…)"));
	aisp_node model = node(m, AISP_NODE_MODEL, "model://openai/gpt-4o", "gpt-4o",
			       at_file(m, "bot/app.py", 31, "ChatOpenAI(…)"));
	aisp_node embed = node(m, AISP_NODE_MODEL, "model://openai/text-embedding-3-small", "text-embedding-3-small",
			       at_file(m, "bot/store.py", 12, "OpenAIEmbeddings(…)"));
	aisp_node prompt = node(m, AISP_NODE_PROMPT, "prompt://support-bot/bot/app.py#SYSTEM", "SYSTEM",
				at_file(m, "bot/app.py", 14, "SYSTEM"));
	aisp_node search = node(m, AISP_NODE_TOOL, "tool://support-bot/bot/tools.py#search_docs", "search_docs",
				at_file(m, "bot/tools.py", 8, "search_docs"));
	aisp_node refund = node(m, AISP_NODE_TOOL, "tool://support-bot/bot/tools.py#refund_invoice", "refund_invoice",
				at_file(m, "bot/tools.py", 24, "refund_invoice"));
	aisp_node python = node(m, AISP_NODE_TOOL, "tool://support-bot/bot/tools.py#run_python", "run_python",
				at_file(m, "bot/tools.py", 47, "run_python"));
	aisp_node collection = node(m, AISP_NODE_COLLECTION, "collection://support-bot/bot/store.py#docs",
				    "support-docs", at_file(m, "bot/store.py", 19, "PGVector(…)"));
	aisp_node log = node(m, AISP_NODE_PROMPT_LOG, "promptlog://support-bot/bot/app.py#trace", "conversation log",
			     at_file(m, "bot/app.py", 66, "log_turn(…)"));
	aisp_node tickets = node(m, AISP_NODE_CONTENT, "content://support-bot/tickets", "customer tickets",
				 at_file(m, "bot/app.py", 58, "fetch_ticket(…)"));
	aisp_node stripe = node(m, AISP_NODE_EXTERNAL_SERVICE, "https://api.stripe.com", "api.stripe.com",
				at_file(m, "bot/tools.py", 29, "httpx.post(…)"));

	must(aisp_graph_set_bool(m->g, agent, m->files, "executes_code", true, NULL) == 0, "set", "executes_code");
	must(aisp_graph_set_bool(m->g, python, m->files, "executes_code", true, NULL) == 0, "set", "executes_code");
	set(m, agent, "framework", "langchain");
	set(m, agent, "owner", "team-support");
	set(m, model, "provider", "openai");
	set(m, collection, "store", "pgvector");
	set(m, collection, "sensitivity", "restricted");
	set(m, log, "sensitivity", "confidential");
	edge(m, workload, AISP_EDGE_SERVES, agent,
	     joined(m, "join:image-to-code", "bot/app.py is what the image's command runs"));
	edge(m, file, AISP_EDGE_DEFINES, agent, at_file(m, "bot/app.py", 52, "agent"));
	edge(m, agent, AISP_EDGE_CALLS, model, at_file(m, "bot/app.py", 31, "ChatOpenAI(…)"));
	edge(m, agent, AISP_EDGE_INSTRUCTED_BY, prompt, at_file(m, "bot/app.py", 53, "SYSTEM"));
	edge_if(m, agent, AISP_EDGE_HAS_TOOL, search, at_file(m, "bot/app.py", 55, "tools=[…]"), "bot/app.py#tools",
		"");
	edge_if(m, agent, AISP_EDGE_HAS_TOOL, refund, at_file(m, "bot/app.py", 55, "tools=[…]"), "bot/app.py#tools",
		"");
	edge_if(m, agent, AISP_EDGE_HAS_TOOL, python, at_file(m, "bot/app.py", 55, "tools=[…]"), "bot/app.py#tools",
		"");
	edge(m, agent, AISP_EDGE_RETRIEVES_FROM, collection, at_file(m, "bot/app.py", 40, "retriever.invoke(…)"));
	edge(m, agent, AISP_EDGE_LOGS_TO, log, at_file(m, "bot/app.py", 66, "log_turn(…)"));
	edge(m, agent, AISP_EDGE_CONSUMES, tickets, at_file(m, "bot/app.py", 58, "fetch_ticket(…)"));
	edge(m, refund, AISP_EDGE_CALLS, stripe, at_file(m, "bot/tools.py", 29, "httpx.post(…)"));
	edge(m, search, AISP_EDGE_READS, collection, at_file(m, "bot/tools.py", 11, "similarity_search(…)"));
	edge(m, collection, AISP_EDGE_CALLS, embed, at_file(m, "bot/store.py", 12, "OpenAIEmbeddings(…)"));
}

static void bot_database(struct make *m)
{
	static const char *const tables[][3] = {{"customers", "restricted", "email"},
						{"invoices", "confidential", "iban"},
						{"tickets", "internal", "email"},
						{"doc_embeddings", "restricted", "email"},
						{"conversations", "confidential", "email"}};
	aisp_node server = node(m, AISP_NODE_DB_SERVER, "postgres://db.prod:5432", "db.prod:5432",
				at_pg(m, "postgres://db.prod:5432", "PostgreSQL 16.4"));
	aisp_node db = node(m, AISP_NODE_DATABASE, PG, "support", at_pg(m, PG, ""));
	aisp_node schema = node(m, AISP_NODE_SCHEMA, PG "/public", "public", at_pg(m, PG "/public", ""));
	aisp_node vectors =
		node(m, AISP_NODE_VECTOR_STORE, PG "#pgvector", "pgvector", at_pg(m, PG, "extension vector 0.7.4"));
	char id[128];

	edge(m, server, AISP_EDGE_HAS_DATA, db, at_pg(m, PG, ""));
	edge(m, db, AISP_EDGE_HAS_DATA, schema, at_pg(m, PG "/public", ""));
	edge(m, vectors, AISP_EDGE_PART_OF, db, at_pg(m, PG, "extension vector 0.7.4"));
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		snprintf(id, sizeof id, PG "/public/%s", tables[i][0]);
		aisp_node t = node(m, AISP_NODE_TABLE, id, tables[i][0], at_pg(m, id, ""));

		set(m, t, "sensitivity", tables[i][1]);
		must(aisp_graph_add_item(m->g, t, m->pg, "data_classes", aisp_slice_z(tables[i][2]), NULL) == 0, "item",
		     id);
		must(aisp_graph_add_item(m->g, t, m->pg, "data_classes", AISP_S("name"), NULL) == 0, "item", id);
		must(aisp_graph_set_int(m->g, t, m->pg, "rows_estimated", (int64_t)(i + 1) * 48211, NULL) == 0, "int",
		     id);
		edge(m, schema, AISP_EDGE_HAS_DATA, t, at_pg(m, id, ""));
		for (int c = 0; c < 3; c++) {
			static const char *const columns[] = {"id", "email", "body"};
			char cid[192];

			snprintf(cid, sizeof cid, "%s/%s", id, columns[c]);
			edge(m, t, AISP_EDGE_HAS_DATA, node(m, AISP_NODE_COLUMN, cid, columns[c], at_pg(m, cid, "")),
			     at_pg(m, cid, ""));
		}
	}
}

static aisp_node found(const struct make *m, const char *id)
{
	aisp_node n = aisp_graph_find(m->g, aisp_slice_z(id));

	must(n != 0, "not found", id);
	return n;
}

static void bot_access(struct make *m)
{
	aisp_node bot = node(m, AISP_NODE_DB_ROLE, "postgres://db.prod:5432#role/bot_rw", "bot_rw",
			     at_pg(m, "postgres://db.prod:5432#role/bot_rw", "CREATE ROLE bot_rw LOGIN"));
	aisp_node report =
		node(m, AISP_NODE_DB_ROLE, "postgres://db.prod:5432#role/analytics_ro", "analytics_ro",
		     at_pg(m, "postgres://db.prod:5432#role/analytics_ro", "CREATE ROLE analytics_ro LOGIN"));
	aisp_node admin = node(m, AISP_NODE_DB_ROLE, "postgres://db.prod:5432#role/postgres", "postgres",
			       at_pg(m, "postgres://db.prod:5432#role/postgres", "superuser"));
	aisp_node secret = node(m, AISP_NODE_SECRET, K8S "/secret/support-db", "support-db",
				at_kube(m, K8S "/secret/support-db", "data (keys only)"));
	aisp_node password = node(m, AISP_NODE_CREDENTIAL, "credential://fp1:3f1c0c5be2a94d0e9f8f0a1b2c3d4e5f",
				  "database password", at_kube(m, K8S "/secret/support-db", "data.DATABASE_URL"));
	aisp_node workload = found(m, K8S "/deployment/support-bot");
	aisp_node customers = found(m, PG "/public/customers"), invoices = found(m, PG "/public/invoices");

	must(aisp_graph_set_bool(m->g, admin, m->pg, "superuser", true, NULL) == 0, "set", "superuser");
	edge(m, workload, AISP_EDGE_MOUNTS, secret,
	     at_file(m, "deploy/deployment.yaml", 27, "/spec/template/spec/containers/0/envFrom/0"));
	edge(m, secret, AISP_EDGE_HOLDS, password, at_kube(m, K8S "/secret/support-db", "data.DATABASE_URL"));
	edge(m, workload, AISP_EDGE_HOLDS, password,
	     joined(m, "join:env-to-credential", "DATABASE_URL comes from secret support-db"));
	edge_if(m, password, AISP_EDGE_AUTHENTICATES, bot,
		joined(m, "join:credential-to-role", "the connection string names user bot_rw"),
		"secret support-db, key DATABASE_URL", "");
	edge(m, workload, AISP_EDGE_CONNECTS_TO, found(m, PG),
	     joined(m, "join:env-to-database", "DATABASE_URL names db.prod:5432/support"));
	edge_if(m, bot, AISP_EDGE_CAN_READ, customers,
		at_pg(m, PG "/public/customers", "GRANT SELECT ON customers TO bot_rw"),
		"GRANT SELECT ON public.customers TO bot_rw", "");
	edge_if(m, bot, AISP_EDGE_CAN_WRITE, invoices,
		at_pg(m, PG "/public/invoices", "GRANT UPDATE ON invoices TO bot_rw"),
		"GRANT UPDATE ON public.invoices TO bot_rw", "");
	edge_if(m, report, AISP_EDGE_CAN_READ, customers,
		at_pg(m, PG "/public/customers", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO analytics_ro"),
		"GRANT SELECT ON public.customers TO analytics_ro", "");
	edge_if(m, admin, AISP_EDGE_CAN_READ, customers, at_pg(m, PG "/public/customers", "superuser postgres"),
		"ROLE postgres SUPERUSER", "");
	edge_if(m, bot, AISP_EDGE_CAN_CALL, found(m, PG), at_pg(m, PG, "GRANT CONNECT ON DATABASE support TO PUBLIC"),
		"GRANT CONNECT ON DATABASE support TO PUBLIC", "");
	edge(m, found(m, "collection://support-bot/bot/store.py#docs"), AISP_EDGE_STORED_IN,
	     found(m, PG "/public/doc_embeddings"),
	     joined(m, "join:collection-to-table", "PGVector keeps collection support-docs in doc_embeddings"));
	edge(m, found(m, "promptlog://support-bot/bot/app.py#trace"), AISP_EDGE_STORED_IN,
	     found(m, PG "/public/conversations"), at_file(m, "bot/app.py", 68, "INSERT INTO conversations"));
	edge(m, found(m, "tool://support-bot/bot/tools.py#refund_invoice"), AISP_EDGE_WRITES, invoices,
	     at_file(m, "bot/tools.py", 33, "UPDATE invoices SET status = …"));
}

static void bot_people(struct make *m)
{
	aisp_node sam = node(m, AISP_NODE_USER, "user://sam@contractor.example", "sam (contractor)",
			     at_file(m, "CODEOWNERS", 4, ""));
	aisp_node group = node(m, AISP_NODE_GROUP, "group://support-engineers", "support-engineers",
			       at_file(m, "CODEOWNERS", 2, ""));
	aisp_node ana = node(m, AISP_NODE_USER, "user://ana@example.com", "ana", at_file(m, "CODEOWNERS", 2, ""));
	aisp_node office = node(m, AISP_NODE_NETWORK, "network://office", "office VPN",
				at_pg(m, "postgres://db.prod:5432", "pg_hba.conf: host all all 10.8.0.0/16"));
	aisp_node mcpfile =
		node(m, AISP_NODE_FILE, "repo://support-bot/.mcp.json", ".mcp.json", at_file(m, ".mcp.json", 0, ""));
	aisp_node token = node(m, AISP_NODE_CREDENTIAL, "credential://fp1:90b7d1a2c3e4f5061728394a5b6c7d8e",
			       "MCP connection string", at_file(m, ".mcp.json", 6, "/mcpServers/reports/env/PG_DSN"));
	aisp_node client = node(m, AISP_NODE_MCP_CLIENT, "mcpclient://support-bot/.mcp.json#project",
				"project MCP clients", at_file(m, ".mcp.json", 1, ""));
	aisp_node server = node(m, AISP_NODE_MCP_SERVER, "mcp://support-bot/.mcp.json#reports", "reports",
				at_file(m, ".mcp.json", 3, "/mcpServers/reports"));
	aisp_node repo = found(m, "repo://support-bot");

	set(m, token, "preview", "post…");
	edge(m, ana, AISP_EDGE_MEMBER_OF, group, at_file(m, "CODEOWNERS", 2, ""));
	edge_if(m, sam, AISP_EDGE_CAN_READ, repo, at_file(m, "CODEOWNERS", 4, ""), "collaborator sam on support-bot",
		"");
	edge(m, repo, AISP_EDGE_HAS_DATA, mcpfile, at_file(m, ".mcp.json", 0, ""));
	edge_if(m, mcpfile, AISP_EDGE_HOLDS, token, at_file(m, ".mcp.json", 6, "/mcpServers/reports/env/PG_DSN"),
		".mcp.json#/mcpServers/reports/env/PG_DSN", "");
	edge(m, token, AISP_EDGE_AUTHENTICATES, found(m, "postgres://db.prod:5432#role/analytics_ro"),
	     joined(m, "join:credential-to-role", "the connection string names user analytics_ro"));
	edge_if(m, sam, AISP_EDGE_ATTACHED_TO, office,
		at_pg(m, "postgres://db.prod:5432", "pg_hba.conf: host all all 10.8.0.0/16"),
		"VPN membership of contractors", "the contractor's VPN profile is active");
	edge_if(m, office, AISP_EDGE_EXPOSES, found(m, "postgres://db.prod:5432"),
		at_pg(m, "postgres://db.prod:5432", "pg_hba.conf: host all all 10.8.0.0/16"), "pg_hba.conf line 12",
		"");
	edge(m, client, AISP_EDGE_HAS_TOOL, server, at_file(m, ".mcp.json", 3, "/mcpServers/reports"));
	edge(m, server, AISP_EDGE_HOLDS, token, at_file(m, ".mcp.json", 6, "/mcpServers/reports/env/PG_DSN"));
	edge(m, group, AISP_EDGE_OWNS, repo, at_file(m, "CODEOWNERS", 2, ""));
}

static void bot_dev(struct make *m)
{
	aisp_node tenant = node(m, AISP_NODE_TENANT, "tenant://dev", "dev tenant",
				at_kube(m, "k8s://support/dev", "metadata.labels.tenant"));
	aisp_node endpoint = node(m, AISP_NODE_INFERENCE_ENDPOINT, "https://llm.dev.example.com/v1",
				  "llm.dev.example.com", at_file(m, "deploy/dev/vllm.yaml", 31, "/spec/rules/0/host"));
	aisp_node model = node(m, AISP_NODE_MODEL, "model://local/support-tuned-8b", "support-tuned-8b",
			       at_file(m, "deploy/dev/vllm.yaml", 17, "--model"));
	aisp_node weights =
		node(m, AISP_NODE_MODEL_FILE, "sha256:7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
		     "support-tuned-8b.pt", at_file(m, "models/support-tuned-8b.pt", 0, ""));
	aisp_node job = node(m, AISP_NODE_TRAINING_JOB, "k8s://support/dev/job/tune", "tune",
			     at_file(m, "train/job.yaml", 3, ""));
	aisp_node data = node(m, AISP_NODE_DATASET, "dataset://support-bot/train/tickets.jsonl", "tickets.jsonl",
			      at_file(m, "train/tickets.jsonl", 1, ""));
	aisp_node bucket = node(m, AISP_NODE_BUCKET, "s3://support-training", "support-training",
				at_file(m, "train/job.yaml", 22, "S3_BUCKET"));
	aisp_node notebook = node(m, AISP_NODE_NOTEBOOK, "repo://support-bot/train/explore.ipynb", "explore.ipynb",
				  at_file(m, "train/explore.ipynb", 1, ""));
	aisp_node key = node(m, AISP_NODE_CREDENTIAL, "credential://fp1:c0ffee00c0ffee00c0ffee00c0ffee00",
			     "OpenAI API key", at_file(m, "train/explore.ipynb", 14, "/cells/2/source"));

	set(m, endpoint, "auth", "none");
	set(m, endpoint, "environment", "development");
	set(m, data, "sensitivity", "confidential");
	set(m, bucket, "sensitivity", "confidential");
	edge_if(m, tenant, AISP_EDGE_EXPOSES, endpoint, at_file(m, "deploy/dev/vllm.yaml", 31, "/spec/rules/0/host"),
		"deploy/dev/vllm.yaml#/spec/rules/0", "");
	edge(m, endpoint, AISP_EDGE_SERVES, model, at_file(m, "deploy/dev/vllm.yaml", 17, "--model"));
	edge(m, model, AISP_EDGE_STORED_IN, weights, at_file(m, "deploy/dev/vllm.yaml", 17, "--model"));
	edge(m, job, AISP_EDGE_TRAINED_ON, data, at_file(m, "train/job.yaml", 19, "args"));
	edge(m, model, AISP_EDGE_TRAINED_ON, data, at_file(m, "train/README.md", 8, ""));
	edge(m, data, AISP_EDGE_STORED_IN, bucket, at_file(m, "train/job.yaml", 22, "S3_BUCKET"));
	edge(m, notebook, AISP_EDGE_HOLDS, key, at_file(m, "train/explore.ipynb", 14, "/cells/2/source"));
	edge(m, key, AISP_EDGE_AUTHENTICATES,
	     node(m, AISP_NODE_SERVICE_ACCOUNT, "openai://org/support", "OpenAI organisation",
		  joined(m, "rule:key-of-provider", "the key has OpenAI's form")),
	     joined(m, "rule:key-of-provider", "the key has OpenAI's form"));
	must(aisp_graph_add_alias(m->g, weights, AISP_S("repo://support-bot/models/support-tuned-8b.pt"), m->files,
				  NULL) == 0,
	     "alias", "weights");
}

static void gap(struct make *m, uint16_t source, const char *what, enum aisp_code why, const char *detail)
{
	must(aisp_graph_add_gap(m->g, source, aisp_slice_z(what), why, aisp_slice_z(detail), NULL) == 0, "gap", what);
}

static void bot_gaps(struct make *m)
{
	gap(m, m->kube, K8S "/networkpolicies", AISP_E_ACCESS,
	    "403: networkpolicies.networking.k8s.io is forbidden for the reader role; grant list on it");
	gap(m, m->pg, "pg_authid", AISP_E_ACCESS,
	    "password hashes are for superusers only; whether roles have a password is unknown");
	gap(m, m->files, "data/export-2025.parquet", AISP_E_LIMIT, "1.9 GiB is over the limit of 64 MiB for one file");
	gap(m, m->files, "bot/legacy.py", AISP_E_PARSE,
	    "line 88: Python 2 print statement; the rest of the file was read");
}

/* ---- paths ---- */

struct line {
	const struct aisp_snapshot *s;
	struct aisp_hop hops[32];
	size_t n;
	uint8_t branch;
	bool possible;
	uint32_t edges;
	enum aisp_confidence confidence;
};

static aisp_node ref(const struct aisp_snapshot *s, const char *id)
{
	aisp_node n = aisp_snapshot_find(s, aisp_slice_z(id));

	must(n != 0, "no such thing", id);
	return n;
}

static void begin(struct line *l, const struct aisp_snapshot *s, const char *id)
{
	aisp_node n = ref(s, id);
	int row = -1;

	*l = (struct line){.s = s, .confidence = AISP_CONF_OBSERVED};
	for (size_t i = 0; i < aisp_seed_row_count; i++)
		if (aisp_seed_rows[i].edge == AISP_EDGE_NONE &&
		    (aisp_seed_rows[i].kind == (enum aisp_node_kind)s->nodes[n].kind ||
		     (row < 0 && aisp_seed_rows[i].kind == AISP_NODE_NONE)))
			row = (int)i;
	must(row >= 0, "no seed row", id);
	l->hops[l->n++] = (struct aisp_hop){.from = n,
					    .to = n,
					    .have = aisp_seed_rows[row].mode,
					    .gain = aisp_seed_rows[row].mode,
					    .row = (uint16_t)row,
					    .side = -1};
}

static aisp_edge edge_between(const struct aisp_snapshot *s, aisp_node from, enum aisp_edge_kind kind, aisp_node to)
{
	for (aisp_edge e = s->out_at[from]; e < s->out_at[from + 1]; e++)
		if (s->edges[e].kind == kind && s->edges[e].to == to)
			return e;
	return 0;
}

/* Follows an edge between the two, in whichever direction the semantics table has a row for. */
static void follow(struct line *l, const char *from, enum aisp_edge_kind kind, const char *to, enum aisp_mode have,
		   enum aisp_mode gain)
{
	aisp_node a = ref(l->s, from), b = ref(l->s, to);

	for (size_t i = 0; i < aisp_flow_row_count; i++) {
		const struct aisp_flow_row *row = &aisp_flow_rows[i];
		aisp_edge e = row->back ? edge_between(l->s, b, kind, a) : edge_between(l->s, a, kind, b);

		if (row->edge != kind || row->have != have || row->gain != gain || e == 0)
			continue;
		bool conditional = l->s->edges[e].condition != 0;

		l->hops[l->n++] = (struct aisp_hop){.edge = e,
						    .from = a,
						    .to = b,
						    .have = have,
						    .gain = gain,
						    .row = (uint16_t)i,
						    .what = 1,
						    .branch = l->branch,
						    .side = -1,
						    .conditional = conditional};
		l->possible |= conditional;
		l->edges++;
		if (l->s->edges[e].confidence < l->confidence)
			l->confidence = l->s->edges[e].confidence;
		return;
	}
	must(false, "no row or edge", to);
}

static void conclude(struct line *l, const char *at, enum aisp_mode have, enum aisp_mode gain, int16_t side)
{
	aisp_node n = ref(l->s, at);
	const struct aisp_inside_row *best = NULL;

	for (size_t i = 0; i < aisp_inside_row_count && !best; i++) {
		const struct aisp_inside_row *row = &aisp_inside_rows[i];
		bool unknown = row->guard == AISP_GUARD_NODE_AUTH_UNKNOWN,
		     none = row->guard == AISP_GUARD_NODE_AUTH_NONE;

		if ((row->kind == AISP_NODE_NONE || row->kind == (enum aisp_node_kind)l->s->nodes[n].kind) &&
		    row->have == have && row->gain == gain && (row->with >= 0) == (side >= 0) &&
		    (!unknown || (l->s->nodes[n].flags & AISP_NF_AUTH_UNKNOWN)) &&
		    (!none || (l->s->nodes[n].flags & AISP_NF_AUTH_NONE)))
			best = row;
	}
	must(best != NULL, "no inside row", at);
	bool conditional = best->guard == AISP_GUARD_NODE_AUTH_UNKNOWN;

	l->possible |= conditional;
	l->hops[l->n++] = (struct aisp_hop){.from = n,
					    .to = n,
					    .have = have,
					    .gain = gain,
					    .row = (uint16_t)(best - aisp_inside_rows),
					    .what = 2,
					    .branch = 0,
					    .side = side,
					    .conditional = conditional};
}

static struct aisp_path done(struct sample *x, const struct line *l)
{
	struct aisp_path p = {.n = l->n, .cost = l->edges, .certain = !l->possible, .confidence = l->confidence};

	p.hops = aisp_arena_alloc(x->arena, l->n * sizeof *p.hops);
	must(p.hops != NULL, "path", "out of memory");
	memcpy(p.hops, l->hops, l->n * sizeof *p.hops);
	return p;
}

#define AGENT "agent://support-bot/bot/app.py#agent"
#define WORKLOAD K8S "/deployment/support-bot"
#define COLLECTION "collection://support-bot/bot/store.py#docs"
#define M(mode) AISP_MODE_##mode

static void to_agent(struct line *l, const struct aisp_snapshot *s)
{
	begin(l, s, "internet");
	follow(l, "internet", AISP_EDGE_EXPOSES, "https://support.example.com/", M(ACT), M(NET));
	conclude(l, "https://support.example.com/", M(NET), M(CALL), -1);
	follow(l, "https://support.example.com/", AISP_EDGE_ROUTES_TO, K8S "/service/support-bot", M(CALL), M(NET));
	conclude(l, K8S "/service/support-bot", M(NET), M(CALL), -1);
	follow(l, K8S "/service/support-bot", AISP_EDGE_ROUTES_TO, WORKLOAD, M(CALL), M(NET));
	conclude(l, WORKLOAD, M(NET), M(CALL), -1);
	follow(l, WORKLOAD, AISP_EDGE_SERVES, AGENT, M(CALL), M(CALL));
	conclude(l, AGENT, M(CALL), M(STEER), -1);
}

static struct aisp_path via_retrieval(struct sample *x)
{
	struct line l;

	to_agent(&l, x->snapshot);
	follow(&l, AGENT, AISP_EDGE_RETRIEVES_FROM, COLLECTION, M(STEER), M(READ_VIA));
	follow(&l, COLLECTION, AISP_EDGE_STORED_IN, PG "/public/doc_embeddings", M(READ_VIA), M(READ_VIA));
	return done(x, &l);
}

#define PASSWORD "credential://fp1:3f1c0c5be2a94d0e9f8f0a1b2c3d4e5f"
#define TOKEN "credential://fp1:90b7d1a2c3e4f5061728394a5b6c7d8e"

static struct aisp_path via_code(struct sample *x)
{
	struct line l;

	to_agent(&l, x->snapshot);
	conclude(&l, AGENT, M(STEER), M(ACT), -1);
	follow(&l, AGENT, AISP_EDGE_SERVES, WORKLOAD, M(ACT), M(ACT));
	follow(&l, WORKLOAD, AISP_EDGE_HOLDS, PASSWORD, M(ACT), M(READ));
	follow(&l, PASSWORD, AISP_EDGE_AUTHENTICATES, "postgres://db.prod:5432#role/bot_rw", M(READ), M(ACT));
	follow(&l, "postgres://db.prod:5432#role/bot_rw", AISP_EDGE_CAN_READ, PG "/public/customers", M(ACT),
	       M(MAY_READ));
	l.branch = 1;
	follow(&l, WORKLOAD, AISP_EDGE_CONNECTS_TO, PG, M(ACT), M(NET));
	follow(&l, PG, AISP_EDGE_HAS_DATA, PG "/public", M(NET), M(NET));
	follow(&l, PG "/public", AISP_EDGE_HAS_DATA, PG "/public/customers", M(NET), M(NET));
	conclude(&l, PG "/public/customers", M(MAY_READ), M(READ), (int16_t)(l.n - 1));
	return done(x, &l);
}

static struct aisp_path via_leak(struct sample *x)
{
	struct line l;

	begin(&l, x->snapshot, "user://sam@contractor.example");
	follow(&l, "user://sam@contractor.example", AISP_EDGE_CAN_READ, "repo://support-bot", M(ACT), M(MAY_READ));
	conclude(&l, "repo://support-bot", M(MAY_READ), M(READ), -1);
	follow(&l, "repo://support-bot", AISP_EDGE_HAS_DATA, "repo://support-bot/.mcp.json", M(READ), M(READ));
	follow(&l, "repo://support-bot/.mcp.json", AISP_EDGE_HOLDS, TOKEN, M(READ), M(READ));
	follow(&l, TOKEN, AISP_EDGE_AUTHENTICATES, "postgres://db.prod:5432#role/analytics_ro", M(READ), M(ACT));
	follow(&l, "postgres://db.prod:5432#role/analytics_ro", AISP_EDGE_CAN_READ, PG "/public/customers", M(ACT),
	       M(MAY_READ));
	l.branch = 1;
	follow(&l, "user://sam@contractor.example", AISP_EDGE_ATTACHED_TO, "network://office", M(ACT), M(ACT));
	follow(&l, "network://office", AISP_EDGE_EXPOSES, "postgres://db.prod:5432", M(ACT), M(NET));
	follow(&l, "postgres://db.prod:5432", AISP_EDGE_HAS_DATA, PG, M(NET), M(NET));
	follow(&l, PG, AISP_EDGE_HAS_DATA, PG "/public", M(NET), M(NET));
	follow(&l, PG "/public", AISP_EDGE_HAS_DATA, PG "/public/customers", M(NET), M(NET));
	conclude(&l, PG "/public/customers", M(MAY_READ), M(READ), (int16_t)(l.n - 1));
	return done(x, &l);
}

static struct aisp_path via_ticket(struct sample *x)
{
	struct line l;

	begin(&l, x->snapshot, "content://support-bot/tickets");
	follow(&l, "content://support-bot/tickets", AISP_EDGE_CONSUMES, AGENT, M(WRITE), M(STEER));
	follow(&l, AGENT, AISP_EDGE_HAS_TOOL, "tool://support-bot/bot/tools.py#refund_invoice", M(STEER), M(STEER));
	follow(&l, "tool://support-bot/bot/tools.py#refund_invoice", AISP_EDGE_WRITES, PG "/public/invoices", M(STEER),
	       M(WRITE_VIA));
	return done(x, &l);
}

static struct aisp_path via_tenant(struct sample *x)
{
	struct line l;

	begin(&l, x->snapshot, "tenant://dev");
	follow(&l, "tenant://dev", AISP_EDGE_EXPOSES, "https://llm.dev.example.com/v1", M(ACT), M(NET));
	conclude(&l, "https://llm.dev.example.com/v1", M(NET), M(CALL), -1);
	follow(&l, "https://llm.dev.example.com/v1", AISP_EDGE_SERVES, "model://local/support-tuned-8b", M(CALL),
	       M(CALL));
	return done(x, &l);
}

/* ---- findings ---- */

static const struct aisp_control controls[] = {
	{{"owasp-nhi-2025", 14}, {"NHI2:2025", 9}, {"Secret Leakage", 14}},
	{{"owasp-llm-2025", 14}, {"LLM08:2025", 10}, {"Vector and Embedding Weaknesses", 31}},
	{{"owasp-asi-2026", 14}, {"ASI02", 5}, {"Tool Misuse and Exploitation", 28}},
	{{"owasp-asi-2026", 14}, {"ASI05", 5}, {"Unexpected Code Execution (RCE)", 31}},
	{{"owasp-nhi-2025", 14}, {"NHI5:2025", 9}, {"Overprivileged NHI", 18}},
	{{"nist-800-53-r5", 14}, {"AC-6", 4}, {"Least Privilege", 15}},
	{{"mitre-atlas", 11}, {"AML.T0051.001", 13}, {"LLM Prompt Injection: Indirect", 30}},
	{{"nist-csf-2.0", 12}, {"PR.AA-05", 8}, {"Access permissions are managed", 30}},
};

struct rule_text {
	const char *id, *title, *description, *remediation;
	enum aisp_severity severity;
	int controls[4]; /* -1 ends */
};
static const struct rule_text rule_texts[] = {
	{"agent-code-execution-to-data",
	 "A public agent that runs code reaches restricted data",
	 "The agent can be reached from outside and one of its tools runs code that its input decides. Whoever talks "
	 "to it acts with the authority of the process that it runs in: its identity, its mounted secrets and its "
	 "network.\n\nThe path shows which data that authority opens.",
	 "Run the code tool in a sandbox of its own, without the workload's secrets and network:\n\n- move "
	 "`run_python` into a job without a service account token\n- take `DATABASE_URL` out of the environment of the "
	 "process that runs it\n- close egress from the sandbox with a NetworkPolicy",
	 AISP_SEV_CRITICAL,
	 {3, 5, -1, 0}},
	{"leaked-credential-opens-data",
	 "A credential in a repository opens restricted data",
	 "The credential stands in a file that more people can read than may read the data it opens.",
	 "Rotate the credential first, then take it out of the file:\n\n```\nALTER ROLE analytics_ro PASSWORD "
	 "NULL;\n```\n\nand let the MCP server take it from the secret store.",
	 AISP_SEV_CRITICAL,
	 {0, 4, 7, -1}},
	{"public-agent-reads-restricted",
	 "Anyone on the internet can read restricted data through an agent",
	 "The agent answers without authentication and looks up what it is asked for in a collection that holds "
	 "restricted data.",
	 "Ask for authentication at the ingress, or filter the collection by the caller's tenant before retrieval.",
	 AISP_SEV_HIGH,
	 {1, 7, -1, 0}},
	{"injection-changes-records",
	 "Untrusted content can change records through a tool",
	 "Content that outsiders write is put before the model of an agent that may call a tool that changes records.",
	 "Ask a person to confirm calls of `refund_invoice`, or drop the tool when the conversation contains outside "
	 "content.",
	 AISP_SEV_HIGH,
	 {2, 6, -1, 0}},
	{"dev-tenant-reaches-model",
	 "A development tenant reaches a model tuned on production data",
	 "The inference endpoint asks for no authentication and is open to the development tenant.",
	 "Take the host rule away, or ask for a token.",
	 AISP_SEV_HIGH,
	 {4, 7, -1, 0}},
	{"role-superuser-used",
	 "A superuser role is used by software",
	 "Nothing limits what a superuser reads or changes.",
	 "Use a role with the grants that are needed.",
	 AISP_SEV_HIGH,
	 {4, 5, -1, 0}},
	{"key-in-notebook",
	 "An API key stands in a notebook",
	 "Notebooks are shared and exported together with their outputs.",
	 "Revoke the key; read it from the environment.",
	 AISP_SEV_MEDIUM,
	 {0, -1, 0, 0}},
	{"model-file-pickle",
	 "A model file can run code when it is loaded",
	 "The file is a pickle: loading it runs what it contains.",
	 "Convert it to safetensors.",
	 AISP_SEV_MEDIUM,
	 {3, -1, 0, 0}},
	{"prompt-log-personal-data",
	 "Prompt logs hold personal data without a limit of time",
	 "Conversations are kept in a table that has no retention.",
	 "Delete rows after the time that your policy allows.",
	 AISP_SEV_MEDIUM,
	 {7, -1, 0, 0}},
	{"mcp-unpinned",
	 "An MCP server is started without a pinned version",
	 "What runs tomorrow is decided by whoever publishes the package.",
	 "Pin the version and its digest.",
	 AISP_SEV_MEDIUM,
	 {2, -1, 0, 0}},
	{"dataset-without-origin",
	 "A training dataset has no stated origin",
	 "Nobody can tell who could have written into it.",
	 "Write a data card.",
	 AISP_SEV_LOW,
	 {-1, 0, 0, 0}},
	{"owner-missing",
	 "An AI asset has no owner",
	 "Nobody is asked when something about it must be decided.",
	 "Set the owner with aisp own.",
	 AISP_SEV_INFO,
	 {-1, 0, 0, 0}},
};
enum { N_RULES = sizeof rule_texts / sizeof *rule_texts };

static struct aisp_rule *make_rules(struct sample *x)
{
	struct aisp_rule *rules = aisp_arena_zalloc(x->arena, N_RULES, sizeof *rules);

	must(rules != NULL, "rules", "out of memory");
	for (size_t i = 0; i < N_RULES; i++) {
		const struct rule_text *t = &rule_texts[i];
		const struct aisp_control **list = aisp_arena_zalloc(x->arena, 4, sizeof *list);

		must(list != NULL, "rules", "out of memory");
		rules[i] = (struct aisp_rule){.id = aisp_slice_z(t->id),
					      .title = aisp_slice_z(t->title),
					      .description = aisp_slice_z(t->description),
					      .remediation = aisp_slice_z(t->remediation),
					      .severity = t->severity,
					      .controls = list};
		for (size_t c = 0; c < 4 && t->controls[c] >= 0 && (c == 0 || t->controls[c] != 0); c++)
			list[rules[i].n_controls++] = &controls[t->controls[c]];
	}
	return rules;
}

static void add_finding(struct sample *x, const struct aisp_rule *rule, int priority, const char *subject,
			const char *message, struct aisp_path path)
{
	static const struct aisp_term terms[] = {{{"severity", 8}, 0},
						 {{"reaches restricted data", 23}, 20},
						 {{"from the internet", 17}, 15},
						 {{"not seen in use", 15}, -5}};
	struct aisp_finding *f = &x->findings.v[x->findings.n++];
	struct aisp_term *own = aisp_arena_alloc(x->arena, sizeof terms);
	const struct aisp_snapshot *s = x->snapshot;

	must(own != NULL, "finding", "out of memory");
	memcpy(own, terms, sizeof terms);
	own[0].points = priority - (path.n ? 30 : 0);
	*f = (struct aisp_finding){.rule = rule,
				   .severity = rule->severity,
				   .message = aisp_slice_z(message),
				   .subject = ref(s, subject),
				   .path = path,
				   .priority = priority,
				   .terms = own,
				   .n_terms = path.n ? 4 : 1};
	f->certain = path.n == 0 || path.certain;
	f->confidence = path.n ? path.confidence : (enum aisp_confidence)s->nodes[f->subject].confidence;
	f->start = path.n ? path.hops[0].from : 0;
	f->target = path.n ? path.hops[path.n - 1].to : 0;
	snprintf(f->fingerprint, sizeof f->fingerprint, "%08zx%024x", x->findings.n * 2654435761U & 0xffffffff,
		 (unsigned)priority);
}

static void bot_findings(struct sample *x)
{
	const struct aisp_rule *rules = make_rules(x);
	const struct aisp_path none = {0};

	x->findings.v = aisp_arena_zalloc(x->arena, 16, sizeof *x->findings.v);
	must(x->findings.v != NULL, "findings", "out of memory");
	add_finding(x, &rules[0], 96, AGENT,
		    "support agent (bot/app.py) is reachable from the internet, runs code in run_python and so reads "
		    "customers as bot_rw",
		    via_code(x));
	add_finding(x, &rules[1], 91, TOKEN,
		    "The MCP connection string in .mcp.json opens customers as analytics_ro; sam (contractor) can read "
		    "the file",
		    via_leak(x));
	add_finding(x, &rules[2], 84, COLLECTION,
		    "internet reads support-docs, kept in doc_embeddings (restricted), through support agent",
		    via_retrieval(x));
	add_finding(x, &rules[3], 78, "tool://support-bot/bot/tools.py#refund_invoice",
		    "customer tickets steer support agent, whose tool refund_invoice changes invoices", via_ticket(x));
	add_finding(x, &rules[4], 71, "https://llm.dev.example.com/v1",
		    "llm.dev.example.com serves support-tuned-8b to the dev tenant without authentication",
		    via_tenant(x));
	add_finding(x, &rules[5], 62, "postgres://db.prod:5432#role/postgres",
		    "role postgres is a superuser and owns the schema that the bot uses", none);
	add_finding(x, &rules[6], 48, "credential://fp1:c0ffee00c0ffee00c0ffee00c0ffee00",
		    "An OpenAI API key stands in cell 2 of train/explore.ipynb", none);
	add_finding(x, &rules[7], 44, "sha256:7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
		    "support-tuned-8b.pt is a pickle", none);
	add_finding(x, &rules[8], 40, "promptlog://support-bot/bot/app.py#trace",
		    "conversation log keeps e-mail addresses in conversations, which has no retention", none);
	add_finding(x, &rules[9], 36, "mcp://support-bot/.mcp.json#reports",
		    "MCP server reports is started by npx without a version", none);
	add_finding(x, &rules[10], 18, "dataset://support-bot/train/tickets.jsonl",
		    "tickets.jsonl says nothing about where it comes from", none);
	add_finding(x, &rules[11], 5, "model://local/support-tuned-8b", "support-tuned-8b has no owner", none);
}

static void bot_access_rows(struct sample *x)
{
	struct aisp_access_row *rows = aisp_arena_zalloc(x->arena, 5, sizeof *rows);
	const struct aisp_path paths[] = {via_code(x), via_leak(x), via_retrieval(x), via_ticket(x), via_tenant(x)};

	must(rows != NULL, "rows", "out of memory");
	for (size_t i = 0; i < 5; i++) {
		const struct aisp_hop *last = &paths[i].hops[paths[i].n - 1];

		rows[i] = (struct aisp_access_row){.actor = paths[i].hops[0].from,
						   .target = last->to,
						   .mode = last->gain,
						   .certain = paths[i].certain,
						   .path = paths[i]};
	}
	x->report.access = rows;
	x->report.n_access = 5;
	x->report.n_access_left_out = 7;
}

static void bot_sources(struct sample *x, const struct make *m)
{
	static const struct aisp_report_source sources[] = {
		{{"files:support-bot", 17}, {"files", 5}, {"examples/support-bot", 20}, {"ok", 2}, 44, 52, 2},
		{{"kubernetes:support", 18}, {"kubernetes", 10}, {"kube:support", 12}, {"ok", 2}, 7, 5, 1},
		{{"postgres:db.prod:5432/support", 29},
		 {"postgres", 8},
		 {"postgres://db.prod:5432/support", 31},
		 {"stale", 5},
		 28,
		 27,
		 1},
	};

	(void)m;
	x->report.sources = sources;
	x->report.n_sources = 3;
}

/* ---- the hostile one: the same shape, every text an attack ---- */

#define XSS "<script>document.title='pwned'</script>"
#define IMG "\"><img src=http://evil.invalid/x.png onerror=\"document.title='pwned'\">"
#define BIDI "abc\342\200\256gpj.exe\342\200\213"

static void hostile_graph(struct make *m)
{
	static const char *const names[] = {XSS,
					    IMG,
					    BIDI,
					    "</style></script><svg onload=\"document.title='pwned'\">",
					    "'-alert(1)-'{{7*7}}${7*7}",
					    "\033[31mred\033]0;title\007\r\nnext",
					    "javascript:alert(1)",
					    "-->]]><!--",
					    "broken \xff\xfe utf-8",
					    "顧客データベース顧客データベース顧客データベース",
					    "🧨🧨🧨 zalgo Z\xcc\xb6\xcc\xa1\xcc\xa7",
					    ("a-very-long-name-without-any-place-to-break-a-very-long-name-without-any-"
					    "place-to-break-a-very-long-name-without-any-place-to-break"),
					    "&lt;already&amp;escaped&gt;"};
	aisp_node last = node(m, AISP_NODE_INTERNET, "internet", XSS "internet", at_file(m, XSS "/" IMG, 7, XSS));
	static const enum aisp_node_kind kinds[] = {AISP_NODE_ENDPOINT, AISP_NODE_AGENT, AISP_NODE_TABLE,
						    AISP_NODE_DB_ROLE, AISP_NODE_TOOL};
	char id[400];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(id, sizeof id, "hostile://%zu/%s", i, names[i]);
		aisp_node n = node(m, kinds[i % 5], id, names[i], at_file(m, names[i], (uint32_t)i, names[i]));

		set(m, n, "auth", i == 0 ? "none" : names[i]);
		set(m, n, "owner", names[i]);
		edge_if(m, last, i == 0 ? AISP_EDGE_EXPOSES : AISP_EDGE_CONTAINS, n, at_pg(m, names[i], names[i]),
			names[i], i == 0 ? IMG : "");
	}
	gap(m, m->files, XSS, AISP_E_ACCESS, IMG);
	gap(m, m->kube, BIDI, AISP_E_PARSE, "\033[2J\r\n" XSS);
}

static void hostile_report(struct sample *x)
{
	static const struct aisp_control bad = {{XSS, sizeof XSS - 1}, {IMG, sizeof IMG - 1}, {BIDI, sizeof BIDI - 1}};
	static const struct aisp_control *const list[] = {&bad};
	static const struct aisp_rule rule = {.id = {XSS, sizeof XSS - 1},
					      .title = {IMG, sizeof IMG - 1},
					      .description = {"`" XSS "`\n\n- " IMG "\n\n```\n</pre>" XSS "\n```",
							      sizeof XSS + sizeof IMG + sizeof XSS + 18},
					      .remediation = {BIDI, sizeof BIDI - 1},
					      .severity = AISP_SEV_HIGH,
					      .controls = list,
					      .n_controls = 1};
	static const struct aisp_report_source source = {
		{XSS, sizeof XSS - 1}, {IMG, sizeof IMG - 1}, {BIDI, sizeof BIDI - 1}, {XSS, sizeof XSS - 1}, 1, 1, 1};
	struct aisp_access_row *row = aisp_arena_zalloc(x->arena, 1, sizeof *row);
	struct line l;

	x->findings.v = aisp_arena_zalloc(x->arena, 16, sizeof *x->findings.v);
	must(row && x->findings.v, "hostile", "out of memory");
	begin(&l, x->snapshot, "internet");
	follow(&l, "internet", AISP_EDGE_EXPOSES, "hostile://0/" XSS, M(ACT), M(NET));
	conclude(&l, "hostile://0/" XSS, M(NET), M(CALL), -1);
	*row = (struct aisp_access_row){
		.actor = l.hops[0].from, .target = l.hops[1].to, .mode = M(CALL), .path = done(x, &l)};
	x->report.access = row;
	x->report.n_access = 1;
	add_finding(x, &rule, 50, "hostile://0/" XSS, XSS IMG BIDI, row->path);
	add_finding(x, &rule, 40, "hostile://1/" IMG, IMG, (struct aisp_path){0});
	x->report.sources = &source;
	x->report.n_sources = 1;
	x->report.title = AISP_S("aisp scan " XSS IMG BIDI);
	x->report.version = AISP_S("0.1.0" XSS);
}

/* ---- the large one ---- */

static void big_graph(struct make *m)
{
	char id[96], name[64];

	for (int i = 0; i < 2600; i++) {
		snprintf(id, sizeof id, PG "/public/t%05d", i);
		snprintf(name, sizeof name, "t%05d", i);
		aisp_node t = node(m, AISP_NODE_TABLE, id, name, at_pg(m, id, ""));

		snprintf(id, sizeof id, "postgres://db.prod:5432#role/r%05d", i);
		snprintf(name, sizeof name, "r%05d", i);
		edge(m, node(m, AISP_NODE_DB_ROLE, id, name, at_pg(m, id, "")), AISP_EDGE_CAN_READ, t,
		     at_pg(m, id, "GRANT SELECT"));
	}
}

/* ---- all together ---- */

int sample_make(enum sample_kind kind, struct sample *ret_sample)
{
	struct make m;
	struct sample x = {.arena = aisp_arena_new(0)};
	struct aisp_err err = {0};

	must(x.arena != NULL, "arena", "out of memory");
	start(&m);
	if (kind == SAMPLE_BOT) {
		bot_outside(&m);
		bot_agent(&m);
		bot_database(&m);
		bot_access(&m);
		bot_people(&m);
		bot_dev(&m);
		bot_gaps(&m);
	} else if (kind == SAMPLE_HOSTILE) {
		hostile_graph(&m);
	} else if (kind == SAMPLE_BIG) {
		big_graph(&m);
	}
	must(aisp_graph_freeze(m.g, &x.snapshot, &err) == 0, "freeze", err.msg);
	x.snapshot->taken_us = INT64_C(1795393992000000); /* 2026-11-23T00:33:12Z */
	x.report = (struct aisp_report){.snapshot = x.snapshot,
					.title = AISP_S("aisp scan examples/support-bot"),
					.version = AISP_S("0.1.0"),
					.taken_us = x.snapshot->taken_us,
					.incomplete = x.snapshot->n_gaps > 0};
	if (kind == SAMPLE_BOT) {
		bot_findings(&x);
		bot_access_rows(&x);
		bot_sources(&x, &m);
	} else if (kind == SAMPLE_HOSTILE) {
		hostile_report(&x);
	}
	*ret_sample = x;
	ret_sample->report.findings = &ret_sample->findings;
	return AISP_OK;
}

void sample_list(struct sample *s, enum aisp_view view)
{
	unsigned want = view == AISP_VIEW_IDENTITIES ? AISP_NK_IDENTITY : AISP_NK_ASSET;
	aisp_node *list = aisp_arena_zalloc(s->arena, s->snapshot->n_nodes + 1, sizeof *list);
	size_t n = 0;

	must(list != NULL, "list", "out of memory");
	if (view != AISP_VIEW_ASSETS && view != AISP_VIEW_IDENTITIES)
		return;
	for (aisp_node i = 1; i <= s->snapshot->n_nodes; i++)
		if (aisp_node_kinds[s->snapshot->nodes[i].kind].flags & want)
			list[n++] = i;
	s->report.nodes = list;
	s->report.n_nodes = n;
	s->report.n_nodes_left_out = view == AISP_VIEW_IDENTITIES ? 0 : 3;
}

void sample_done(struct sample *s)
{
	aisp_snapshot_free(s->snapshot);
	aisp_arena_free(s->arena);
	*s = (struct sample){0};
}
