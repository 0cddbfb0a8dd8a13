/* Wrong answers that were once given: placeholders taken for models, another maker's model taken for the client's, one caller's
 * address taken for all, a repository that is the library itself, routes of other languages called open, tools without words.
 */
#include "source.h"

struct model_case {
	const char *path, *text, *provider, *model; /* model: "" = unresolved */
	const char *reason;
};
#define OPENAI(args) "from openai import OpenAI\nc = OpenAI()\nc.chat.completions.create(model=" args ", messages=[])\n"
#define BEDROCK(id) "import boto3\nb = boto3.client(\"bedrock-runtime\")\nb.converse(modelId=" id ", messages=[])\n"
#define PLACEHOLDER "a placeholder"
static const struct model_case models[] = {
	{"a.py", OPENAI("\"gpt-4o\""), "openai", "gpt-4o", ""},
	{"a.py", OPENAI("\"ft:gpt-4o-mini-2024-07-18:acme::abc\""), "openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", ""},
	{"a.py", BEDROCK("\"<your-model-arn>\""), "bedrock", "", PLACEHOLDER},
	{"a.py", BEDROCK("\"<<bedrock-model-arn>>\""), "bedrock", "", PLACEHOLDER},
	{"a.py", BEDROCK("\"YOU-IMPORT-MODEL-ARN\""), "bedrock", "", PLACEHOLDER},
	{"a.py", BEDROCK("\"Replace with the ARN from Bedrock\""), "bedrock", "", PLACEHOLDER},
	{"a.py", OPENAI("\"YOUR_MODEL\""), "openai", "", PLACEHOLDER},
	{"a.py", OPENAI("\"{your-azure-deployment}\""), "openai", "", PLACEHOLDER},
	{"a.py", OPENAI("\"your-deployment\""), "openai", "", PLACEHOLDER},
	{"a.py", "import os\n" OPENAI("os.environ.get(\"M\", \"<model>\")"), "openai", "", ""},
	{"a.py", OPENAI("\"claude-3-5-haiku-20241022\""), "openai-compatible", "claude-3-5-haiku-20241022", ""},
	{"a.py", OPENAI("\"gemini-1.5-flash\""), "openai-compatible", "gemini-1.5-flash", ""},
	{"a.py", OPENAI("\"Llama-4-Scout-17B-16E-Instruct-FP8\""), "openai-compatible", "Llama-4-Scout-17B-16E-Instruct-FP8", ""},
	{"a.py", OPENAI("\"meta-llama/Llama-3.1-8B-Instruct\""), "openai-compatible", "meta-llama/Llama-3.1-8B-Instruct", ""},
	{"a.py", OPENAI("\"gpt-oss:20b\""), "openai-compatible", "gpt-oss:20b", ""},
	{"a.py", "from openai import OpenAI\nc = OpenAI(base_url=\"https://api.openai.com/v1\")\nc.responses.create(model=\"claude-x\", input=\"\")\n",
	 "openai", "claude-x", ""},
	{"a.py", "from autogen_ext.models.openai import OpenAIChatCompletionClient\nc = OpenAIChatCompletionClient(model=\"gemini-1.5-flash\")\n",
	 "openai-compatible", "gemini-1.5-flash", ""},
	{"a.py", "from anthropic import Anthropic\nAnthropic().messages.create(model=\"gpt-4o\", messages=[])\n", "anthropic-compatible", "gpt-4o", ""},
	{"a.py", "from anthropic import Anthropic\nAnthropic().messages.create(model=\"claude-sonnet-4-5\", messages=[])\n", "anthropic", "claude-sonnet-4-5", ""},
	{"a.py", BEDROCK("\"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2\""), "bedrock", "anthropic.claude-v2", ""},
	{"a.py", BEDROCK("\"arn:aws:sagemaker:us-west-2:111122223333:endpoint/quick\""), "sagemaker", "arn:aws:sagemaker:us-west-2:111122223333:endpoint/quick", ""},
	{"a.py", BEDROCK("\"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0\""), "bedrock",
	 "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0", ""},
	/* One of two clients answers at Ollama: not all of them do. */
	{"a.py", "from openai import OpenAI\nclass Bot:\n    def __init__(self, client: OpenAI):\n        self.client = client\n    def ask(self):\n"
	         "        return self.client.chat.completions.create(model=\"m-1\", messages=[])\n"
	         "Bot(OpenAI(base_url=\"http://localhost:11434/v1\"))\nBot(OpenAI())\n", "openai", "m-1", ""},
	/* All of them do. */
	{"a.py", "from openai import OpenAI\nclass Bot:\n    def __init__(self, client: OpenAI):\n        self.client = client\n    def ask(self):\n"
	         "        return self.client.chat.completions.create(model=\"m-1\", messages=[])\n"
	         "Bot(OpenAI(base_url=\"http://localhost:11434/v1\"))\nBot(OpenAI(base_url=\"http://localhost:11434/v1\", timeout=3))\n", "ollama", "m-1", ""},
	/* One caller's client is seen, another caller's is not. */
	{"a.py", "from openai import OpenAI\ndef ask(client: OpenAI):\n    return client.chat.completions.create(model=\"m-1\", messages=[])\n"
	         "ask(OpenAI(base_url=\"http://localhost:11434/v1\"))\ndef other(c):\n    ask(c)\n", "openai", "m-1", ""},
};

static void test_models(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		const struct model_case *c = &models[i];
		const struct aisp_source_hit *h;
		struct unit u = {0};
		bool literal = c->model[0] != '\0';

		unit_file(&u, c->path, aisp_slice_z(c->text));
		unit_link(&u);
		h = unit_hit(&u, AISP_SOURCE_MODEL, 0);
		if (!h)
			fail_msg("%s: no model", c->text);
		if (strcmp(h->what, c->provider) != 0 || !aisp_slice_eqz(h->value.text, c->model) || (h->value.kind == AISP_SOURCE_LITERAL) != literal ||
		    (c->reason[0] && !aisp_slice_eqz(h->value.reason, c->reason)))
			fail_msg("%s: %s %.*s (%.*s)", c->text, h->what, AISP_FMT(h->value.text), AISP_FMT(h->value.reason));
		unit_done(&u);
	}
}

/* The package in the repository is the SDK: examples that import it are agents. A package that is only called so is not. */
static void library(const char *init, size_t want)
{
	struct unit u = {0};
	size_t agents = 0;

	unit_file(&u, "examples/hello.py", AISP_S("from agents import Agent, function_tool\n@function_tool\ndef f(x: str) -> str:\n    return x\n"
	                                          "a = Agent(name=\"a\", instructions=\"b\", tools=[f])\n"));
	unit_file(&u, "src/agents/__init__.py", aisp_slice_z(init));
	unit_file(&u, "src/agents/agent.py", AISP_S("class Agent:\n    def __init__(self, name, instructions, tools): pass\nclass Runner: pass\n"));
	unit_file(&u, "src/agents/tool.py", AISP_S("def function_tool(f): return f\nclass WebSearchTool: pass\nclass FileSearchTool: pass\n"
	                                           "class ComputerTool: pass\nclass CodeInterpreterTool: pass\ndef handoff(a): return a\n"));
	unit_link(&u);
	for (size_t i = 0; i < u.f.n_hits; i++)
		agents += u.f.hits[i].kind == AISP_SOURCE_AGENT || u.f.hits[i].kind == AISP_SOURCE_TOOL;
	assert_int_equal(agents, want);
	unit_done(&u);
}

static void test_library(void **state)
{
	(void)state;
	library("from .agent import Agent, Runner\nfrom .tool import function_tool, WebSearchTool, FileSearchTool, ComputerTool, handoff\n", 2);
	library("from .agent import Agent\nfrom .tool import function_tool\n", 0);
}

struct auth_case {
	const char *path, *text, *more; /* more: a second file beside it */
	enum aisp_source_auth auth;
};
#define REQUIRED AISP_SOURCE_AUTH_REQUIRED
#define UNKNOWN AISP_SOURCE_AUTH_UNKNOWN
#define NONE AISP_SOURCE_AUTH_NONE
#define JAVA(cls, method)                                                                                                                       \
	"package a;\nimport org.springframework.web.bind.annotation.*;\nimport org.springframework.security.access.prepost.PreAuthorize;\n"      \
	"import org.springframework.ai.chat.client.ChatClient;\n@RestController\n" cls "\npublic class C {\n  private final ChatClient chat;\n"   \
	"  C(ChatClient chat) { this.chat = chat; }\n  @GetMapping(\"/ask\")\n" method                                                         \
	"\n  public String ask(String q) { return chat.prompt().user(q).call().content(); }\n}\n"
#define CHAIN(rules)                                                                                                                            \
	"package a;\nimport org.springframework.security.config.annotation.web.builders.HttpSecurity;\n"                                         \
	"import org.springframework.security.web.SecurityFilterChain;\npublic class S {\n"                                                      \
	"  SecurityFilterChain chain(HttpSecurity http) throws Exception {\n    http.authorizeHttpRequests(a -> a" rules ");\n"                  \
	"    return http.build();\n  }\n}\n"
#define GIN(body)                                                                                                                               \
	"package main\nimport (\n\t\"github.com/gin-gonic/gin\"\n\t\"github.com/sashabaranov/go-openai\"\n)\n"                                  \
	"var client = openai.NewClient(\"\")\nfunc ask(c *gin.Context) { client.CreateChatCompletion(c, openai.ChatCompletionRequest{Model: \"gpt-4o\"}) }\n" \
	"func AuthRequired() gin.HandlerFunc { return func(c *gin.Context) { c.Next() } }\nfunc main() {\n\tr := gin.Default()\n" body "\n\tr.Run()\n}\n"
#define ASP(chain) "using OpenAI.Chat;\nusing Microsoft.AspNetCore.Builder;\nvar builder = WebApplication.CreateBuilder(args);\nvar app = builder.Build();\n" \
	"app.MapPost(\"/ask\", (string q) => new ChatClient(\"gpt-4o\", \"k\").CompleteChat(q))" chain ";\napp.Run();\n"
#define LARAVEL(before, after)                                                                                                                 \
	"<?php\nuse Illuminate\\Support\\Facades\\Route;\nuse OpenAI\\Laravel\\Facades\\OpenAI;\n" before                                        \
	"Route::post('/ask', function () { return OpenAI::chat()->create(['model' => 'gpt-4o']); })" after
static const struct auth_case auths[] = {
	{"a/C.java", JAVA("", ""), NULL, UNKNOWN},
	{"a/C.java", JAVA("", "  @PreAuthorize(\"hasRole('A')\")"), NULL, REQUIRED},
	{"a/C.java", JAVA("@PreAuthorize(\"isAuthenticated()\")", ""), NULL, REQUIRED},
	{"a/C.java", JAVA("", "  @PreAuthorize(\"permitAll()\")"), NULL, NONE},
	{"a/C.java", JAVA("", ""), CHAIN(".anyRequest().authenticated()"), REQUIRED},
	{"a/C.java", JAVA("", ""), CHAIN(".requestMatchers(\"/ask\", \"/x\").permitAll().anyRequest().authenticated()"), NONE},
	{"a/C.java", JAVA("", ""), CHAIN(".requestMatchers(\"/open/**\").permitAll().anyRequest().authenticated()"), REQUIRED},
	{"main.go", GIN("\tr.POST(\"/ask\", ask)"), NULL, UNKNOWN},
	{"main.go", GIN("\tr.POST(\"/ask\", AuthRequired(), ask)"), NULL, REQUIRED},
	{"main.go", GIN("\tr.Use(AuthRequired())\n\tr.POST(\"/ask\", ask)"), NULL, REQUIRED},
	{"main.go", GIN("\tapi := r.Group(\"/api\", AuthRequired())\n\tapi.POST(\"/ask\", ask)"), NULL, REQUIRED},
	{"main.go", GIN("\tapi := r.Group(\"/api\")\n\tapi.Use(AuthRequired())\n\tr.POST(\"/ask\", ask)"), NULL, UNKNOWN},
	{"main.go", GIN("\tapi := r.Group(\"/api\")\n\tapi.Use(AuthRequired())\n\tapi.POST(\"/ask\", ask)"), NULL, REQUIRED},
	{"main.go", GIN("\tr.POST(\"/ask\", loginLimiter, ask)"), NULL, UNKNOWN},
	{"main.go", GIN("\tr.POST(\"/ask\", logged(requireAuth(ask)))"), NULL, REQUIRED},
	{"main.go", GIN("\tr.POST(\"/ask\", logged(authStore, ask))"), NULL, UNKNOWN},
	{"Program.cs", ASP(""), NULL, UNKNOWN},
	{"Program.cs", ASP(".RequireAuthorization()"), NULL, REQUIRED},
	{"Program.cs", ASP(".AllowAnonymous()"), NULL, NONE},
	{"routes/api.php", LARAVEL("", ";\n"), NULL, UNKNOWN},
	{"routes/api.php", LARAVEL("", "->middleware('auth:sanctum');\n"), NULL, REQUIRED},
	{"routes/api.php", LARAVEL("Route::middleware(['auth'])->group(function () {\n", ";\n});\n"), NULL, REQUIRED},
	{"routes/api.php", LARAVEL("", "->middleware('throttle:60,1');\n"), NULL, UNKNOWN},
};

static void test_auth(void **state)
{
	static const char *const names[] = {"unknown", "none", "required"};

	(void)state;
	for (size_t i = 0; i < sizeof auths / sizeof *auths; i++) {
		const struct auth_case *c = &auths[i];
		const struct aisp_source_hit *h;
		struct unit u = {0};

		unit_file(&u, c->path, aisp_slice_z(c->text));
		if (c->more)
			unit_file(&u, "a/S.java", aisp_slice_z(c->more));
		unit_link(&u);
		h = unit_hit(&u, AISP_SOURCE_ROUTE, 0);
		if (!h)
			fail_msg("%s: no route", c->text);
		if (h->auth != c->auth)
			fail_msg("%s%s: %s", c->text, c->more ? c->more : "", names[h->auth]);
		unit_done(&u);
	}
}

struct tool_case {
	const char *path, *text, *more; /* more: clients.py beside it */
	const char *description, *params, *calls; /* as "name: type, …" and "call; …" */
};
#define LC "from langchain_core.tools import tool\n"
static const struct tool_case tools[] = {
	{"a.py", LC "import stripe\n@tool\ndef refund(charge: str, amount: int | None = None) -> str:\n    \"\"\"Refunds a charge.\"\"\"\n"
	         "    stripe.Refund.create(charge=charge)\n", NULL, "Refunds a charge.", "charge: str, amount: int | None", "stripe.Refund.create"},
	{"a.py", LC "import smtplib\ndef send(to):\n    with smtplib.SMTP(\"h\") as s:\n        s.sendmail(\"a\", to, \"x\")\n"
	         "@tool\ndef mail(to: str):\n    send(to)\n", NULL, "", "to: str", "smtplib.SMTP; smtplib.SMTP.sendmail"},
	{"a.py", LC "import boto3\nclass Api:\n    def __init__(self):\n        self.ses = boto3.client(\"ses\")\n    def mail(self):\n"
	         "        self.ses.send_email(x=1)\napi = Api()\n@tool\ndef f(to: str):\n    api.mail()\n", NULL, "", "to: str", "boto3.ses.send_email"},
	{"a.py", LC "from slack_sdk import WebClient\nslack = WebClient()\n@tool\ndef f():\n    slack.chat_postMessage(text=\"x\")\n", NULL, "", "",
	 "slack_sdk.WebClient.chat_postMessage"},
	{"pkg/a.py", LC "from .clients import pager\n@tool\ndef f():\n    pager.trigger(1)\n", "import pagerduty\npager = pagerduty.Client()\n", "", "",
	 "pagerduty.Client.trigger"},
	/* Users, queries and ids of an address are not shown. */
	{"a.py", LC "import requests\n@tool\ndef f():\n    requests.post(\"https://u:p@a.example.com/v1/pay/T0123?key=x\")\n", NULL, "", "",
	 "requests.post https://a.example.com/v1/pay; HTTP POST https://a.example.com/v1/pay"},
	{"a.py", LC "@tool\ndef f(p: str):\n    open(p, \"w\")\n    print(p)\n    helper(p)\n", NULL, "", "p: str", "open(w)"},
	/* A module of the repository is no library. */
	{"pkg/a.py", LC "from . import clients\n@tool\ndef f():\n    clients.go()\n", "import os\ndef go():\n    os.remove(\"x\")\n", "", "", "os.remove"},
	{"a.ts", "import { tool } from \"ai\";\nimport { z } from \"zod\";\nimport fs from \"node:fs\";\nexport const rm = tool({ description: \"Removes a file\", "
	         "parameters: z.object({ path: z.string().describe(\"where\") }), execute: async ({ path }) => fs.unlinkSync(path) });\n",
	 NULL, "Removes a file", "path: string", "fs.unlinkSync"},
	{"T.java", "package a;\nimport dev.langchain4j.agent.tool.Tool;\nimport java.nio.file.Files;\nclass T {\n  @Tool(\"Deletes a file\")\n"
	           "  String delete(String path, int n) throws Exception { Files.delete(null); return null; }\n}\n",
	 NULL, "Deletes a file", "path: String, n: int", "java.nio.file.Files.delete"},
	{"P.cs", "using System.IO;\nusing Microsoft.SemanticKernel;\npublic class P {\n  /// <summary>Removes a report.</summary>\n  [KernelFunction]\n"
	         "  public string Remove(string path) { File.Delete(path); return null; }\n}\n",
	 NULL, "Removes a report.", "path: string", "File.Delete"},
	{"main.go", "package main\nimport (\n\t\"os\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\nfunc main() {\n"
	            "\ts := server.NewMCPServer(\"x\", \"1\")\n\trm := mcp.NewTool(\"rm\", mcp.WithDescription(\"Removes\"), mcp.WithString(\"path\"))\n"
	            "\ts.AddTool(rm, func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\t\tos.Remove(\"x\")\n\t\treturn nil, nil\n\t})\n}\n",
	 NULL, "Removes", "path: String", "os.Remove"},
	{"a.py", "from openai import OpenAI\nOpenAI().chat.completions.create(model=\"gpt-4o\", messages=[], tools=[{\"type\": \"function\", \"function\": "
	         "{\"name\": \"pay\", \"description\": \"Pays a bill\", \"parameters\": {\"type\": \"object\", \"properties\": "
	         "{\"amount\": {\"type\": \"number\"}}}}}])\n", NULL, "Pays a bill", "amount: number", ""},
};

static void test_tools(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
		const struct tool_case *c = &tools[i];
		AISP_AUTOBUF struct aisp_buf params = {0}, calls = {0};
		const struct aisp_source_hit *h;
		struct unit u = {0};

		aisp_buf_init(&params, 0);
		aisp_buf_init(&calls, 0);
		unit_file(&u, c->path, aisp_slice_z(c->text));
		if (c->more)
			unit_file(&u, "pkg/clients.py", aisp_slice_z(c->more));
		unit_link(&u);
		h = unit_hit(&u, AISP_SOURCE_TOOL, 0);
		if (!h)
			fail_msg("%s: no tool", c->text);
		for (uint32_t k = 0; k < h->n_params; k++)
			aisp_buf_printf(&params, "%s%.*s%s%.*s", k ? ", " : "", AISP_FMT(h->params[k].name), h->params[k].type.n ? ": " : "",
			                AISP_FMT(h->params[k].type));
		for (uint32_t k = 0; k < h->n_calls; k++)
			aisp_buf_printf(&calls, "%s%.*s", k ? "; " : "", AISP_FMT(h->calls[k]));
		if (!aisp_slice_eqz(h->description, c->description) || !aisp_slice_eqz(aisp_buf_slice(&params), c->params) ||
		    !aisp_slice_eqz(aisp_buf_slice(&calls), c->calls))
			fail_msg("%s: \"%.*s\" (%.*s) %.*s", c->text, AISP_FMT(h->description), AISP_FMT(aisp_buf_slice(&params)),
			         AISP_FMT(aisp_buf_slice(&calls)));
		unit_done(&u);
	}
}

/* Long words are cut at a whole character. */
static void test_long_words(void **state)
{
	AISP_AUTOBUF struct aisp_buf b = {0};
	struct unit u = {0};
	const struct aisp_source_hit *h;

	(void)state;
	aisp_buf_init(&b, 0);
	aisp_buf_putz(&b, LC "@tool\ndef f(a: str):\n    \"\"\"x");
	for (int i = 0; i < 1000; i++)
		aisp_buf_putz(&b, "\xc3\xa9");
	aisp_buf_putz(&b, "\"\"\"\n");
	unit_file(&u, "a.py", aisp_buf_slice(&b));
	unit_link(&u);
	h = unit_hit(&u, AISP_SOURCE_TOOL, 0);
	assert_non_null(h);
	assert_int_equal(h->description.n, 999);
	assert_true(aisp_slice_is_utf8(h->description));
	unit_done(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
