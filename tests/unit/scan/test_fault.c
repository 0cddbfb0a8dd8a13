/* Every allocation of reading, linking and emitting is made to fail, once and from then on: the answer is AISP_E_NOMEM (or
 * success, when the failing one was not needed), and nothing leaks. tree-sitter has its own allocations and is left out.
 */
#include "source.h"

#include "collect/files/source_graph.h"

static const char *const texts[][2] = {
	{"api/app.py", "import os\nfrom fastapi import FastAPI, Depends\nfrom langgraph.prebuilt import create_react_agent\nfrom langchain_openai import ChatOpenAI\n"
	               "from .tools import pay, MODEL\napp = FastAPI()\nagent = create_react_agent(ChatOpenAI(model=MODEL), [pay], prompt=f\"You {MODEL} pay.\")\n"
	               "@app.post(\"/x\")\ndef x(q, u=Depends(lambda: 1)):\n    return agent.invoke(q)\n"},
	{"api/tools.py", "import os, psycopg\nfrom langchain_core.tools import tool\nMODEL = os.getenv(\"M\", \"gpt-4o\")\n"
	                 "@tool\ndef pay(x):\n    with psycopg.connect(\"postgresql://a:pw12345678@h/d\") as c:\n        c.execute(\"SELECT * FROM t ORDER BY v <=> 1\")\n"},
	{"web/a.ts", "import { generateText, tool } from \"ai\";\nimport { openai } from \"@ai-sdk/openai\";\n"
	             "const t = tool({ execute: async () => fetch(\"https://a.example/x\") });\n"
	             "export const f = (q) => generateText({ model: openai(\"gpt-4o\"), tools: { t }, prompt: q });\n"},
};
enum { N = sizeof texts / sizeof *texts };

static int everything(void)
{
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_graph *g = a ? aisp_graph_new() : NULL;
	struct aisp_source_graph *s = NULL;
	struct aisp_fpkey key = {{0}};
	struct aisp_collect c = {.graph = g, .fpkey = &key};
	struct aisp_emit e;
	bool began = false;
	int r = g ? aisp_graph_source(g, AISP_S("files:x"), AISP_S("files"), AISP_S("x"), &c.source, NULL) : AISP_E_NOMEM;

	if (r == 0) {
		aisp_emit_init(&e, &c, a, AISP_S("x"), AISP_S("."));
		began = true;
		s = aisp_source_graph_new(&e);
		r = s ? 0 : AISP_E_NOMEM;
	}
	for (size_t i = 0; r == 0 && i < N; i++) {
		struct aisp_source_parsed p;

		r = aisp_source_parse(aisp_slice_z(texts[i][0]), aisp_slice_z(texts[i][1]), a, &p, NULL);
		if (r == 0)
			aisp_source_add(s, aisp_slice_z(texts[i][0]), &p);
	}
	if (r == 0) {
		aisp_source_finish(s);
		r = aisp_emit_check(&e, NULL);
	}
	aisp_source_graph_free(s);
	if (began)
		aisp_emit_done(&e);
	aisp_graph_free(g);
	aisp_arena_free(a);
	return r;
}

static void fail_each(bool persistent)
{
	size_t before = aisp_mem_live();
	uint64_t n;

	assert_int_equal(everything(), 0);
	assert_int_equal(aisp_mem_live(), before);
	for (n = 1; n < 100000; n++) {
		uint64_t seen;
		int r;

		aisp_fault_set(n, persistent);
		r = everything();
		seen = aisp_fault_count();
		aisp_fault_set(0, false);
		if (r != 0 && r != AISP_E_NOMEM)
			fail_msg("allocation %llu: %d", (unsigned long long)n, r);
		if (aisp_mem_live() != before)
			fail_msg("allocation %llu: leaks", (unsigned long long)n);
		if (seen < n)
			break;
	}
	assert_true(n > 50);
}

static void test_once(void **state)
{
	(void)state;
	fail_each(false);
}

static void test_persistent(void **state)
{
	(void)state;
	fail_each(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_once), cmocka_unit_test(test_persistent)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
