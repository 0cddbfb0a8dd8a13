/* What the code scanner finds: golden files for every framework and every way of being wrong, values followed to their
 * end, programs of several files, limits, and the same answer every time. AISP_GOLDEN=update writes what is found now.
 */
#include "source.h"

#include "base/fs.h"
#include "scan/source/rows.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef GOLDEN_DIR
#define GOLDEN_DIR "tests/golden/source"
#endif

static void render(const char *name, struct aisp_slice text, struct aisp_buf *out, bool *ret_quiet)
{
	struct unit u = {0};
	struct aisp_jw w;

	unit_file(&u, name, text);
	unit_link(&u);
	aisp_jw_init(&w, out, true);
	aisp_source_write(&u.f, u.mods.v, u.mods.n, &w);
	aisp_buf_putc(out, '\n');
	*ret_quiet = true;
	for (size_t i = 0; i < u.f.n_hits; i++)
		*ret_quiet &= u.f.hits[i].kind == AISP_SOURCE_ENV;
	unit_done(&u);
}

static void check(const char *name)
{
	char path[512], expected[600];
	AISP_AUTOBUF struct aisp_buf text, got, again, want;
	const char *flag = getenv("AISP_GOLDEN");
	struct aisp_err err = {0};
	bool quiet;

	aisp_buf_init(&text, 0);
	aisp_buf_init(&got, 0);
	aisp_buf_init(&again, 0);
	aisp_buf_init(&want, 0);
	snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
	snprintf(expected, sizeof expected, "%s.json", path);
	if (aisp_fs_read(AT_FDCWD, path, false, 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.msg);
	render(name, aisp_buf_slice(&text), &got, &quiet);
	render(name, aisp_buf_slice(&text), &again, &quiet);
	assert_true(aisp_slice_eq(aisp_buf_slice(&got), aisp_buf_slice(&again)));
	if (strncmp(name, "no_", 3) == 0 && !quiet)
		fail_msg("%s holds nothing, and yet something was found: %.*s", name, AISP_FMT(aisp_buf_slice(&got)));
	if (strncmp(name, "no_", 3) != 0 && quiet && strcmp(name, "connections.py") != 0)
		fail_msg("nothing was found in %s", name);
	if (flag && strcmp(flag, "update") == 0) {
		if (aisp_fs_write(expected, aisp_buf_slice(&got), 0644, &err) < 0)
			fail_msg("%s", err.msg);
		return;
	}
	if (aisp_fs_read(AT_FDCWD, expected, false, 16 << 20, &want, &err) < 0)
		fail_msg("%s (AISP_GOLDEN=update makes it)", err.msg);
	if (!aisp_slice_eq(aisp_buf_slice(&got), aisp_buf_slice(&want)))
		fail_msg("%s differs (AISP_GOLDEN=update accepts it): %.*s", expected, AISP_FMT(aisp_buf_slice(&got)));
}

static void test_golden(void **state)
{
	struct dirent **list;
	int n = scandir(GOLDEN_DIR, &list, NULL, alphasort), seen = 0;

	(void)state;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		if (aisp_source_lang_of(aisp_slice_z(list[i]->d_name)) != AISP_SOURCE_NONE) {
			check(list[i]->d_name);
			seen++;
		}
		free(list[i]);
	}
	free(list);
	assert_true(seen >= 60);
}

/* The model's value when `expr` is given as model, with `before` in front of the call. */
struct value_row {
	const char *before, *expr;
	enum aisp_source_value_kind kind;
	const char *text, *env;
};
static const struct value_row values[] = {
	{"", "\"m\"", AISP_SOURCE_LITERAL, "m", ""},
	{"", "'m' 'n'", AISP_SOURCE_LITERAL, "mn", ""},
	{"", "r\"a\\b\"", AISP_SOURCE_LITERAL, "a\\b", ""},
	{"", "\"a\\u00e9\\n\"", AISP_SOURCE_LITERAL, "a\xc3\xa9\n", ""},
	{"a = \"m\"", "a", AISP_SOURCE_LITERAL, "m", ""},
	{"a = \"m\"\na = \"n\"", "a", AISP_SOURCE_LITERAL, "n", ""},
	{"a = \"m\"\nif x:\n    a = \"n\"", "a", AISP_SOURCE_UNRESOLVED, "", ""},
	{"a = \"m\"\nif x:\n    a = \"m\"", "a", AISP_SOURCE_LITERAL, "m", ""},
	{"a = \"m\" if x else \"n\"", "a", AISP_SOURCE_UNRESOLVED, "", ""},
	{"a = b = \"m\"", "b", AISP_SOURCE_LITERAL, "m", ""},
	{"a, b = \"m\", \"n\"", "b", AISP_SOURCE_LITERAL, "n", ""},
	{"a = None\nif x:\n    a = \"m\"", "a", AISP_SOURCE_LITERAL, "m", ""},
	{"a = a + \"x\"", "a", AISP_SOURCE_UNRESOLVED, NULL, ""},
	{"p = \"m\"", "p + \"-1\"", AISP_SOURCE_LITERAL, "m-1", ""},
	{"p = \"m\"", "f\"{p}-{p}\"", AISP_SOURCE_LITERAL, "m-m", ""},
	{"", "f\"{x}-1\"", AISP_SOURCE_UNRESOLVED, NULL, ""},
	{"", "\"{a}-x\".format(a=\"m\")", AISP_SOURCE_LITERAL, "m-x", ""},
	{"d = {\"k\": {\"m\": \"v\"}}", "d[\"k\"][\"m\"]", AISP_SOURCE_LITERAL, "v", ""},
	{"d = {\"k\": \"v\"}", "d.get(\"z\", \"w\")", AISP_SOURCE_LITERAL, "w", ""},
	{"l = [\"a\", \"b\"]", "l[1]", AISP_SOURCE_LITERAL, "b", ""},
	{"import os", "os.environ[\"M\"]", AISP_SOURCE_FROM_ENV, "", "M"},
	{"import os", "os.environ.get(\"M\", \"d\")", AISP_SOURCE_FROM_ENV, "d", "M"},
	{"from os import getenv as g", "g(\"M\") or \"d\"", AISP_SOURCE_FROM_ENV, "d", "M"},
	{"import os", "os.getenv(\"M\", os.getenv(\"N\", \"d\"))", AISP_SOURCE_FROM_ENV, "d", "M"},
	{"import os", "os.environ[\"M\"].strip()", AISP_SOURCE_FROM_ENV, "", "M"},
	{"import os\ndef f(): return os.environ[\"M\"]", "f()", AISP_SOURCE_FROM_ENV, "", "M"},
	{"def f():\n    return \"m\"", "f()", AISP_SOURCE_LITERAL, "m", ""},
	{"def f(x):\n    if x: return \"m\"\n    return \"n\"", "f(1)", AISP_SOURCE_UNRESOLVED, "", ""},
	{"class C:\n    m = \"v\"", "C.m", AISP_SOURCE_LITERAL, "v", ""},
	{"class C:\n    def __init__(self): self.m = \"v\"", "C().m", AISP_SOURCE_LITERAL, "v", ""},
	{"class B:\n    m = \"v\"\nclass C(B): pass", "C().m", AISP_SOURCE_LITERAL, "v", ""},
	{"class C:\n    def __init__(self, m): self.m = m\nc = C(\"v\")", "c.m", AISP_SOURCE_LITERAL, "v", ""},
	{"def f():\n    global g\n    g = \"v\"", "g", AISP_SOURCE_LITERAL, "v", ""},
	{"if (w := \"v\"): pass", "w", AISP_SOURCE_LITERAL, "v", ""},
	{"from typing import Final\nM: Final = \"v\"", "M", AISP_SOURCE_LITERAL, "v", ""},
	{"", "None", AISP_SOURCE_UNRESOLVED, NULL, ""}, /* the library's default */
	{"import requests", "requests.get(\"x\").json()[\"m\"]", AISP_SOURCE_UNRESOLVED, NULL, ""},
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		AISP_AUTOBUF struct aisp_buf b;
		struct unit u = {0};
		const struct aisp_source_hit *h;
		const struct value_row *r = &values[i];

		aisp_buf_init(&b, 0);
		aisp_buf_printf(&b, "from openai import OpenAI\n%s\nOpenAI().responses.create(model=%s)\n", r->before, r->expr);
		unit_file(&u, "a.py", aisp_buf_slice(&b));
		unit_link(&u);
		h = unit_hit(&u, AISP_SOURCE_MODEL, 0);
		if (!h || h->value.kind != r->kind || (r->text && !aisp_slice_eqz(h->value.text, r->text)) ||
		    !aisp_slice_eqz(h->value.env, r->env))
			fail_msg("%s | %s: kind %d text \"%.*s\" env %.*s", r->before, r->expr, h ? (int)h->value.kind : -1,
			         AISP_FMT(h ? h->value.text : aisp_slice_z("")), AISP_FMT(h ? h->value.env : aisp_slice_z("")));
		unit_done(&u);
	}
}

static void test_several_files(void **state)
{
	struct unit u = {0};
	const struct aisp_source_hit *agent, *tool, *model;
	size_t tools = 0;

	(void)state;
	unit_file(&u, "bot/__init__.py", AISP_S(""));
	unit_file(&u, "bot/app.py", AISP_S("from langgraph.prebuilt import create_react_agent\nfrom .llm import make\nfrom . import config\n"
	                                   "from bot.tools import ALL as tools\nagent = create_react_agent(make(), tools, prompt=config.SYSTEM)\n"));
	unit_file(&u, "bot/config.py", AISP_S("SYSTEM = \"You work for the bank.\"\nMODEL = \"gpt-4o\"\n"));
	unit_file(&u, "bot/llm.py", AISP_S("from langchain_openai import ChatOpenAI\nfrom bot.config import MODEL as NAME\n"
	                                   "def make():\n    return ChatOpenAI(model=NAME)\n"));
	unit_file(&u, "bot/tools.py", AISP_S("from langchain_core.tools import tool\n@tool\ndef pay(x: str) -> str:\n    return x\nALL = [pay]\n"));
	unit_file(&u, "other/unrelated.py", AISP_S("x = 1\n"));
	unit_link(&u);
	agent = unit_hit(&u, AISP_SOURCE_AGENT, 0);
	tool = unit_hit(&u, AISP_SOURCE_TOOL, 0);
	model = unit_hit(&u, AISP_SOURCE_MODEL, 0);
	assert_non_null(agent);
	assert_non_null(tool);
	assert_non_null(model);
	assert_true(aisp_slice_eqz(model->value.text, "gpt-4o"));
	for (size_t i = 0; i < u.f.n_relations; i++) {
		const struct aisp_source_relation *r = &u.f.relations[i];

		tools += &u.f.hits[r->from] == agent && (&u.f.hits[r->to] == tool || &u.f.hits[r->to] == model ||
		                                         u.f.hits[r->to].kind == AISP_SOURCE_PROMPT);
	}
	assert_int_equal(tools, 3);
	/* app imports llm, config, tools and their package; llm imports config */
	assert_true(u.f.n_imports >= 4);
	assert_false(aisp_source_parsed(u.mods.v[5]));
	unit_done(&u);
}

static void test_limits(void **state)
{
	struct aisp_arena *a = aisp_arena_new(0);
	AISP_AUTOBUF struct aisp_buf b;
	struct aisp_source_module *m = NULL;
	struct aisp_source_limits small = {.max_bytes = 100};

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, "import openai\n");
	aisp_buf_fill(&b, 'x', 30000);
	assert_int_equal(aisp_source_read(AISP_S("a.py"), AISP_SOURCE_PYTHON, aisp_buf_slice(&b), NULL, a, &m, NULL), AISP_E_LIMIT);
	assert_int_equal(aisp_source_read(AISP_S("a.py"), AISP_SOURCE_PYTHON, aisp_buf_slice(&b), &small, a, &m, NULL), AISP_E_LIMIT);
	assert_null(m);
	assert_int_equal(aisp_source_read(AISP_S("a.ipynb"), AISP_SOURCE_NOTEBOOK, AISP_S("{"), NULL, a, &m, NULL), AISP_E_PARSE);
	aisp_buf_clear(&b);
	aisp_buf_putz(&b, "import openai\nx = ");
	for (int i = 0; i < 3000; i++)
		aisp_buf_putz(&b, "(\n");
	for (int i = 0; i < 3000; i++)
		aisp_buf_putz(&b, ")\n");
	assert_int_equal(aisp_source_read(AISP_S("a.py"), AISP_SOURCE_PYTHON, aisp_buf_slice(&b), NULL, a, &m, NULL), 0);
	assert_non_null(aisp_source_partial(m));
	aisp_arena_free(a);
}

/* Long and entangled programs come to an end, and say so. */
static void test_entangled(void **state)
{
	AISP_AUTOBUF struct aisp_buf b;
	struct unit u = {0};

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, "from openai import OpenAI\nclient = OpenAI()\n");
	for (int i = 0; i < 400; i++)
		aisp_buf_printf(&b, "def f%d(x=None):\n    y = f%d(f%d(x)) or f%d\n    z = x | y\n    return y or z or f%d()\n", i, i + 1,
		                (i * 7) % 400, (i + 3) % 400, (i * 11) % 400);
	aisp_buf_putz(&b, "client.responses.create(model=f0(f1(f2())))\n");
	unit_file(&u, "a.py", aisp_buf_slice(&b));
	unit_link(&u);
	assert_int_equal(unit_hit(&u, AISP_SOURCE_MODEL, 0)->value.kind, AISP_SOURCE_UNRESOLVED);
	unit_done(&u);
}

static void test_rows(void **state)
{
	const char *tokens;

	(void)state;
	assert_true(aisp_source__node_count() < 16000); /* the table in rows.c is not full */
	assert_true(aisp_source__wants_module(AISP_SOURCE_PYTHON, AISP_S("langchain.chat_models.openai"), &tokens));
	assert_false(aisp_source__wants_module(AISP_SOURCE_PYTHON, AISP_S("openaix"), &tokens));
	assert_true(aisp_source__wants_module(AISP_SOURCE_JAVASCRIPT, AISP_S("openai@4"), &tokens));
	assert_true(aisp_source__wants_module(AISP_SOURCE_TYPESCRIPT, AISP_S("@langchain/community/vectorstores/pgvector"), &tokens));
	assert_false(aisp_source__wants_module(AISP_SOURCE_JAVASCRIPT, AISP_S("./openai"), &tokens));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden), cmocka_unit_test(test_values),    cmocka_unit_test(test_several_files),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_entangled), cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
