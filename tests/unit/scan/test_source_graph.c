/* From code to the graph: ids, properties, edges, evidence; and that no secret of the code gets there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "collect/files/source_graph.h"
#include "graph/graph.h"

struct fixture {
	struct aisp_arena *a;
	struct aisp_graph *g;
	struct aisp_fpkey key;
	struct aisp_collect c;
	struct aisp_emit e;
	struct aisp_source_graph *s;
};

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	f->a = aisp_arena_new(0);
	f->g = aisp_graph_new();
	f->c.graph = f->g;
	f->c.fpkey = &f->key;
	assert_int_equal(aisp_graph_source(f->g, AISP_S("files:bot"), AISP_S("files"), AISP_S("bot"), &f->c.source, NULL), 0);
	aisp_emit_init(&f->e, &f->c, f->a, AISP_S("bot"), AISP_S("."));
	(void)aisp_emit_component(&f->e, AISP_S("api"), AISP_S("api/Dockerfile"));
	f->s = aisp_source_graph_new(&f->e);
	assert_non_null(f->s);
}

static void add(struct fixture *f, const char *path, const char *text)
{
	struct aisp_source_parsed p;

	assert_true(aisp_source_takes(aisp_slice_z(path)));
	assert_int_equal(aisp_source_parse(aisp_slice_z(path), aisp_slice_z(text), f->a, &p, NULL), 0);
	aisp_source_add(f->s, aisp_slice_z(path), &p);
}

static void finish(struct fixture *f)
{
	struct aisp_err err = {0};

	aisp_source_finish(f->s);
	if (aisp_emit_check(&f->e, &err) < 0)
		fail_msg("%s", err.msg);
}

static void end(struct fixture *f)
{
	aisp_source_graph_free(f->s);
	aisp_emit_done(&f->e);
	aisp_graph_free(f->g);
	aisp_arena_free(f->a);
}

static aisp_node node(const struct fixture *f, const char *id)
{
	aisp_node n = aisp_graph_find(f->g, aisp_slice_z(id));

	if (n)
		return n;
	for (uint32_t i = 1; i <= aisp_graph_node_count(f->g); i++)
		print_message("%.*s\n", AISP_FMT(aisp_graph_node_at(f->g, i).id));
	fail_msg("no node %s", id);
	return 0;
}

static aisp_edge find_edge(const struct fixture *f, const char *from, enum aisp_edge_kind kind, const char *to)
{
	aisp_node a = node(f, from), b = node(f, to);

	for (aisp_edge e = aisp_graph_next_out(f->g, a, 0); e; e = aisp_graph_next_out(f->g, a, e)) {
		struct aisp_edge_view v = aisp_graph_edge_at(f->g, e);

		if (v.kind == kind && v.to == b)
			return e;
	}
	return 0;
}

#define HAS(from, kind, to) assert_int_not_equal(find_edge(&f, from, AISP_EDGE_##kind, to), 0)
#define HAS_NOT(from, kind, to) assert_int_equal(find_edge(&f, from, AISP_EDGE_##kind, to), 0)
#define PROP(id, key, want) assert_true(aisp_slice_eqz(aisp_graph_prop(f.g, node(&f, id), key), want))

static void test_bot(void **state)
{
	struct fixture f;
	struct aisp_evidence_in ev;

	(void)state;
	begin(&f);
	add(&f, "api/app.py",
	    "import os\nfrom fastapi import FastAPI\nfrom langchain.agents import AgentExecutor, create_tool_calling_agent\n"
	    "from langchain_openai import ChatOpenAI, OpenAIEmbeddings\nfrom langchain_postgres import PGVector\n"
	    "from .tools import lookup_invoice, run_code\n"
	    "app = FastAPI()\nllm = ChatOpenAI(model=\"gpt-4o\")\n"
	    "store = PGVector(embeddings=OpenAIEmbeddings(model=\"text-embedding-3-small\"), collection_name=\"customers\", connection=os.environ[\"DATABASE_URL\"])\n"
	    "retriever = store.as_retriever()\n"
	    "agent = AgentExecutor(agent=create_tool_calling_agent(llm, [lookup_invoice, run_code], None), tools=[lookup_invoice, run_code])\n"
	    "@app.post(\"/chat\")\ndef chat(q: str):\n    docs = retriever.invoke(q)\n    return agent.invoke({\"q\": q, \"docs\": docs})\n");
	add(&f, "api/tools.py",
	    "import os, psycopg, requests\nfrom langchain_core.tools import tool\n"
	    "@tool\ndef lookup_invoice(name: str):\n"
	    "    with psycopg.connect(os.environ[\"DATABASE_URL\"]) as c:\n"
	    "        c.execute(\"SELECT * FROM billing.invoices WHERE name = %s\", (name,))\n"
	    "        c.execute(\"INSERT INTO audit (who) VALUES (%s)\", (name,))\n"
	    "    return requests.get(\"https://api.stripe.com/v1/charges\").text\n"
	    "@tool\ndef run_code(code: str):\n    exec(code)\n");
	finish(&f);
	HAS("repo://bot/api/app.py", DEFINES, "agent://bot/api/app.py#agent");
	HAS("agent://bot/api/app.py#agent", CALLS, "model://openai/gpt-4o");
	HAS("agent://bot/api/app.py#agent", HAS_TOOL, "tool://bot/api/tools.py#lookup_invoice");
	HAS("agent://bot/api/app.py#agent", HAS_TOOL, "tool://bot/api/tools.py#run_code");
	HAS("agent://bot/api/app.py#agent", RETRIEVES_FROM, "collection://bot/api/app.py#store");
	HAS("tool://bot/api/tools.py#lookup_invoice", READS, "sql://bot/api/billing.invoices");
	HAS("tool://bot/api/tools.py#lookup_invoice", WRITES, "sql://bot/api/audit");
	HAS_NOT("tool://bot/api/tools.py#lookup_invoice", READS, "sql://bot/api/audit");
	HAS("tool://bot/api/tools.py#lookup_invoice", CALLS, "https://api.stripe.com");
	HAS_NOT("tool://bot/api/tools.py#run_code", CALLS, "https://api.stripe.com");
	HAS("repo://bot/api/app.py", NEEDS, "component://bot/api#env/DATABASE_URL");
	HAS("repo://bot/api/app.py", IMPORTS, "repo://bot/api/tools.py");
	PROP("agent://bot/api/app.py#agent", "auth", "none");
	PROP("agent://bot/api/app.py#agent", "framework", "langchain");
	PROP("tool://bot/api/tools.py#run_code", "executes_code", "true");
	PROP("collection://bot/api/app.py#store", "store", "pgvector");
	PROP("collection://bot/api/app.py#store", "framework", "langchain");
	PROP("collection://bot/api/app.py#store", "collection", "customers");
	PROP("collection://bot/api/app.py#store", "env", "DATABASE_URL");
	PROP("sql://bot/api/billing.invoices", "env", "DATABASE_URL");
	assert_true(aisp_graph_node_first_evidence(f.g, node(&f, "tool://bot/api/tools.py#lookup_invoice"), &ev));
	assert_int_equal(ev.form, AISP_EV_FILE);
	assert_int_equal(ev.line, 4);
	assert_true(aisp_slice_eqz(ev.locator, "api/tools.py"));
	end(&f);
}

static void test_hand_made(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, "api/app.ts",
	    "import OpenAI from \"openai\";\nimport { Pool } from \"pg\";\nimport express from \"express\";\n"
	    "const pool = new Pool({ connectionString: process.env.DATABASE_URL });\nconst client = new OpenAI();\nconst app = express();\n"
	    "async function answer(q) {\n  const d = await pool.query(\"SELECT body FROM kb.docs ORDER BY v <=> $1\", [q]);\n"
	    "  const r = await client.chat.completions.create({ model: process.env.MODEL, messages: [] });\n"
	    "  await pool.query(\"INSERT INTO prompt_log (q) VALUES ($1)\", [q]);\n  return r;\n}\n"
	    "app.post(\"/ask\", requireAuth, async (req, res) => res.json(await answer(req.body.q)));\n");
	finish(&f);
	HAS("agent://bot/api/app.ts#answer", RETRIEVES_FROM, "collection://bot/api/app.ts#answer.d");
	HAS("collection://bot/api/app.ts#answer.d", STORED_IN, "sql://bot/api/kb.docs");
	HAS("agent://bot/api/app.ts#answer", WRITES, "sql://bot/api/prompt_log");
	HAS("agent://bot/api/app.ts#answer", CALLS, "model://openai/unresolved/MODEL/bot/api/app.ts#answer.r");
	PROP("agent://bot/api/app.ts#answer", "auth", "unknown");
	PROP("collection://bot/api/app.ts#answer.d", "table", "kb.docs");
	PROP("model://openai/unresolved/MODEL/bot/api/app.ts#answer.r", "env", "MODEL");
	end(&f);
}

static void test_no_secret(void **state)
{
	static const char secret[] = "Zq8s3cr3tPw7x";
	struct fixture f;
	bool credential = false;

	(void)state;
	begin(&f);
	add(&f, "api/db.py",
	    "import psycopg2\nfrom langchain_openai import ChatOpenAI\nfrom langchain_postgres import PGVector\n"
	    "URL = \"postgresql://app:Zq8s3cr3tPw7x@db.internal:5432/shop\"\n"
	    "conn = psycopg2.connect(URL)\nconn.cursor().execute(\"SELECT * FROM users\")\n"
	    "store = PGVector(None, collection_name=\"c\", connection=URL)\n"
	    "llm = ChatOpenAI(model=URL)\nother = ChatOpenAI(model=\"postgresql://app:Zq8s3cr3tPw7x@db.internal/x\")\n"
	    "def f(): return psycopg2.connect(\"postgresql://app:Zq8s3cr3tPw7x@db.internal:5432/shop\")\n");
	finish(&f);
	for (uint32_t i = 1; i <= aisp_graph_node_count(f.g); i++) {
		struct aisp_node_view v = aisp_graph_node_at(f.g, i);
		static const char *const keys[] = {"name", "env", "default", "unresolved", "collection", "preview", "db_user", "db_host",
		                                   "db_name", "command", "table"};
		struct aisp_evidence_in ev;

		assert_true(aisp_slice_find(v.id, aisp_slice_z(secret)) == SIZE_MAX);
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			assert_true(aisp_slice_find(aisp_graph_prop(f.g, i, keys[k]), aisp_slice_z(secret)) == SIZE_MAX);
		if (aisp_graph_node_first_evidence(f.g, i, &ev))
			assert_true(aisp_slice_find(ev.note, aisp_slice_z(secret)) == SIZE_MAX);
		credential |= v.kind == AISP_NODE_CREDENTIAL;
	}
	assert_true(credential);
	PROP("collection://bot/api/db.py#store", "db_host", "db.internal");
	PROP("sql://bot/api/users", "db_user", "app");
	end(&f);
}

static void test_gap(void **state)
{
	struct fixture f;
	struct aisp_source_parsed p;
	struct aisp_arena *a = aisp_arena_new(0);

	(void)state;
	assert_int_equal(aisp_source_parse(AISP_S("a.ipynb"), AISP_S("{\"cells\": 1}"), a, &p, NULL), 0);
	assert_int_equal(p.gap, AISP_E_PARSE);
	assert_null(p.module);
	begin(&f);
	aisp_source_add(f.s, AISP_S("a.ipynb"), &p);
	finish(&f);
	end(&f);
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bot),
		cmocka_unit_test(test_hand_made),
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
