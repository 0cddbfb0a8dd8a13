/* Rust: models, agents, stores, databases, environment, HTTP, commands, routes. See rows.h for how a row reads. */
#include "scan/source/rows.h"

#define M DOES_MODEL
#define CALL ROW_CHAT
#define EMB ROW_EMBEDDING
#define RIG(mod, prov) \
	{.rs = mod, .names = "Client.from_env Client.new Client.from_url Client ClientBuilder.new Client.builder", .roles = "base=base_url", .gives = prov}
#define CONST(mod, n, v) {.rs = mod, .names = n, .does = DOES_CONST, .fixed = v, .flags = ROW_BARE}
#define RIG_ON(type, prov) \
	{.on = type, .names = "agent", .does = DOES_AGENT, .what = "rig", .roles = "model=#0 tools=tool prompt=preamble name=name retriever=dynamic_context", .fixed = prov, .gives = "rig_agent"}, \
	{.on = type, .names = "completion_model extractor", .does = M, .what = prov, .roles = "model=#0", .gives = "rig_model"}, \
	{.on = type, .names = "embedding_model", .does = M, .what = prov, .roles = "model=#0", .flags = EMB}, \
	{.on = type, .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE}

static const struct row rows[] = {
	/* async-openai */
	{.rs = "async_openai", .names = "Client Client.new Client.with_config", .roles = "base=#0.with_api_base", .gives = "rs_openai"},
	{.on = "rs_openai", .names = "chat responses completions embeddings images audio assistants", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.on = "rs_openai", .names = "create create_stream create_byot", .does = M, .what = "openai", .roles = "model=#0.model tools=#0.tools prompt=#0.instructions,#0.messages content=#0.messages,#0.input", .gives = "answer", .flags = CALL},
	{.rs = "async_openai", .names = "config.AzureConfig.new", .does = DOES_NOTHING, .roles = "base=with_api_base", .gives = "fluent"},
	{.rs = "openai_api_rs", .names = "v1.api.OpenAIClient.builder v1.api.OpenAIClient v1.api.Client.new", .gives = "rs_openai2"},
	{.on = "rs_openai2", .names = "chat_completion completion", .does = M, .what = "openai", .roles = "model=#0.model", .gives = "answer", .flags = CALL},
	{.on = "rs_openai2", .names = "embedding", .does = M, .what = "openai", .roles = "model=#0.model", .flags = EMB},
	{.on = "rs_openai2", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.rs = "openai_api_rs", .names = "v1.chat_completion.ChatCompletionRequest.new", .does = DOES_NOTHING, .roles = "model=#0", .gives = "rs_req"},
	CONST("openai_api_rs", "v1.common.GPT4_O", "gpt-4o"), CONST("openai_api_rs", "v1.common.GPT4_O_MINI", "gpt-4o-mini"),

	/* Ollama, Anthropic, Mistral, Google, AWS */
	{.rs = "ollama_rs", .names = "Ollama Ollama.default Ollama.new Ollama.from_url", .roles = "base=#0", .gives = "rs_ollama"},
	{.on = "rs_ollama", .names = "generate generate_stream send_chat_messages send_chat_messages_stream", .does = M, .what = "ollama", .roles = "model=#0.model,#0 content=#0", .gives = "answer", .flags = CALL},
	{.on = "rs_ollama", .names = "send_chat_messages_with_history", .does = M, .what = "ollama", .roles = "model=#1.model,#1", .gives = "answer", .flags = CALL},
	{.on = "rs_ollama", .names = "generate_embeddings", .does = M, .what = "ollama", .roles = "model=#0.model,#0", .flags = EMB},
	{.rs = "ollama_rs", .names = "generation.completion.request.GenerationRequest.new generation.chat.request.ChatMessageRequest.new generation.embeddings.request.GenerateEmbeddingsRequest.new GenerationRequest.new ChatMessageRequest.new", .does = DOES_LIST, .roles = "tools=#0"},
	{.rs = "anthropic_sdk clust misanthropic anthropic anthropic_rs", .names = "Client.new Client.from_env Client ClientBuilder.default", .gives = "rs_anthropic"},
	{.on = "rs_anthropic", .names = "create_a_message create_message messages message", .does = M, .what = "anthropic", .roles = "model=#0.model,model", .gives = "answer", .flags = CALL},
	{.on = "rs_anthropic", .names = "model", .does = M, .what = "anthropic", .roles = "model=#0 prompt=system", .gives = "fluent", .flags = CALL},
	{.on = "rs_anthropic", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.rs = "mistralai_client", .names = "v1.client.Client.new", .gives = "rs_mistral"},
	{.on = "rs_mistral", .names = "chat chat_async chat_stream", .does = M, .what = "mistral", .roles = "model=#0", .gives = "answer", .flags = CALL},
	{.rs = "aws_sdk_bedrockruntime", .names = "Client Client.new", .gives = "rs_bedrock"},
	{.on = "rs_bedrock", .names = "converse converse_stream invoke_model invoke_model_with_response_stream", .does = M, .what = "bedrock", .roles = "model=model_id tools=tool_config prompt=system content=messages", .gives = "fluent", .flags = CALL},
	{.rs = "genai", .names = "Client Client.default Client.builder", .gives = "rs_genai"},
	{.on = "rs_genai", .names = "exec_chat exec_chat_stream", .does = M, .what = "litellm", .roles = "model=#0 content=#1", .gives = "answer", .flags = CALL | ROW_PREFIXED},
	{.rs = "llm_chain_openai", .names = "chatgpt.Executor.new", .does = M, .what = "openai", .roles = "model=model"},
	{.rs = "langchain_rust", .names = "llm.openai.OpenAI.default llm.openai.OpenAI.new llm.OpenAI.default llm.OpenAI.new llm.client.OpenAI.default", .does = M, .what = "openai", .roles = "model=with_model", .gives = "fluent"},
	{.rs = "langchain_rust", .names = "llm.ollama.client.Ollama.default llm.Ollama.default llm.client.Ollama.default", .does = M, .what = "ollama", .roles = "model=with_model", .gives = "fluent"},
	{.rs = "langchain_rust", .names = "llm.claude.client.Claude.default llm.Claude.default", .does = M, .what = "anthropic", .roles = "model=with_model", .gives = "fluent"},
	{.rs = "langchain_rust", .names = "chain.LLMChainBuilder.new chain.llm_chain.LLMChainBuilder.new", .does = DOES_AGENT, .what = "langchain-rust", .roles = "llm=llm prompt=prompt", .gives = "fluent", .flags = ROW_CHAIN},
	{.rs = "langchain_rust", .names = "agent.OpenAiToolAgentBuilder.new agent.ConversationalAgentBuilder.new", .does = DOES_AGENT, .what = "langchain-rust", .roles = "llm=#0 tools=tools", .gives = "fluent"},

	/* rig */
	RIG("rig.providers.openai", "rig_openai"), RIG("rig.providers.anthropic", "rig_anthropic"), RIG("rig.providers.gemini", "rig_gemini"),
	RIG("rig.providers.ollama", "rig_ollama"), RIG("rig.providers.cohere", "rig_cohere"), RIG("rig.providers.mistral", "rig_mistral"),
	RIG("rig.providers.groq", "rig_groq"), RIG("rig.providers.deepseek", "rig_deepseek"), RIG("rig.providers.azure", "rig_azure"),
	RIG("rig.providers.openrouter", "rig_openrouter"), RIG("rig.providers.perplexity", "rig_perplexity"),
	RIG_ON("rig_openai", "openai"), RIG_ON("rig_anthropic", "anthropic"), RIG_ON("rig_gemini", "google"), RIG_ON("rig_ollama", "ollama"),
	RIG_ON("rig_cohere", "cohere"), RIG_ON("rig_mistral", "mistral"), RIG_ON("rig_groq", "groq"), RIG_ON("rig_deepseek", "deepseek"),
	RIG_ON("rig_azure", "azure-openai"), RIG_ON("rig_openrouter", "openrouter"), RIG_ON("rig_perplexity", "perplexity"),
	{.rs = "rig", .names = "agent.AgentBuilder.new AgentBuilder.new", .does = DOES_AGENT, .what = "rig", .roles = "llm=#0 tools=tool prompt=preamble", .gives = "rig_agent"},
	{.rs = "rig", .names = "agent.Agent", .gives = "rig_agent"},
	{.on = "rig_agent rig_model", .names = "prompt chat stream_prompt stream_chat", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.rs = "rig", .names = "tool.Tool", .does = DOES_TOOL, .what = "rig", .gives = "tool", .flags = ROW_BASE},
	{.rs = "rig rig_derive", .names = "tool_macro rig_tool", .does = DOES_TOOL, .what = "rig", .gives = "tool"},
	CONST("rig.providers.openai", "GPT_4O", "gpt-4o"), CONST("rig.providers.openai", "GPT_4O_MINI", "gpt-4o-mini"), CONST("rig.providers.openai", "GPT_4", "gpt-4"),
	CONST("rig.providers.openai", "GPT_4_TURBO", "gpt-4-turbo"), CONST("rig.providers.openai", "O1_MINI", "o1-mini"), CONST("rig.providers.openai", "O3_MINI", "o3-mini"),
	CONST("rig.providers.openai", "GPT_4_1", "gpt-4.1"), CONST("rig.providers.openai", "TEXT_EMBEDDING_3_SMALL", "text-embedding-3-small"),
	CONST("rig.providers.openai", "TEXT_EMBEDDING_3_LARGE", "text-embedding-3-large"), CONST("rig.providers.openai", "TEXT_EMBEDDING_ADA_002", "text-embedding-ada-002"),
	CONST("rig.providers.anthropic", "CLAUDE_3_5_SONNET", "claude-3-5-sonnet-latest"), CONST("rig.providers.anthropic", "CLAUDE_3_7_SONNET", "claude-3-7-sonnet-latest"),
	CONST("rig.providers.anthropic", "CLAUDE_3_5_HAIKU", "claude-3-5-haiku-latest"), CONST("rig.providers.anthropic", "CLAUDE_3_OPUS", "claude-3-opus-latest"),

	/* MCP, weights, vector databases */
	{.rs = "rmcp", .names = "tool", .does = DOES_TOOL, .what = "mcp", .roles = "name=name", .gives = "tool"},
	{.rs = "rmcp", .names = "tool_router tool_handler", .does = DOES_HARMLESS},
	{.rs = "rmcp", .names = "transport.TokioChildProcess.new transport.child_process.TokioChildProcess.new", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "command=#0"},
	{.rs = "rmcp", .names = "transport.SseClientTransport.start transport.StreamableHttpClientTransport.from_uri", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "url=#0"},
	{.rs = "rmcp", .names = "ServerHandler handler.server.ServerHandler", .does = DOES_MCP_SERVER, .what = "mcp-sdk", .flags = ROW_BASE},
	{.rs = "hf_hub", .names = "api.sync.Api.new api.tokio.Api.new api.sync.ApiBuilder.new", .gives = "rs_hub"},
	{.on = "rs_hub", .names = "model repo", .does = M, .what = "huggingface", .roles = "model=#0", .gives = "rs_repo", .flags = ROW_LOCAL | ROW_PATH_CODE},
	{.on = "rs_hub", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.rs = "hf_hub", .names = "Repo.model Repo.with_revision Repo.new", .does = DOES_FIRST, .roles = "value=#0"},
	{.rs = "candle_nn", .names = "VarBuilder.from_mmaped_safetensors", .does = DOES_MODEL_FILE, .what = "safetensors", .roles = "path=#0"},
	{.rs = "candle_nn", .names = "VarBuilder.from_pth", .does = DOES_MODEL_FILE, .what = "torch.load", .roles = "path=#0", .flags = ROW_EXECUTES},
	{.rs = "ort", .names = "session.Session.builder Session.builder", .does = DOES_MODEL_FILE, .what = "onnx", .roles = "path=commit_from_file", .gives = "fluent"},
	{.rs = "tch", .names = "CModule.load", .does = DOES_MODEL_FILE, .what = "torch.jit.load", .roles = "path=#0", .flags = ROW_EXECUTES},
	{.rs = "fastembed", .names = "TextEmbedding.try_new", .does = M, .what = "fastembed", .roles = "model=#0.#0", .flags = EMB},
	{.rs = "qdrant_client", .names = "Qdrant.from_url Qdrant.new Qdrant client.QdrantClient.from_url", .does = DOES_DB, .what = "qdrant", .roles = "connection=#0", .gives = "rs_qdrant"},
	{.on = "rs_qdrant", .names = "build", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.on = "rs_qdrant", .names = "search_points query scroll query_points", .does = DOES_STORE, .what = "qdrant", .roles = "collection=#0", .flags = ROW_CHAT},
	{.on = "rs_qdrant", .names = "upsert_points create_collection delete_points", .does = DOES_STORE, .what = "qdrant", .roles = "collection=#0", .flags = ROW_WRITES},
	{.on = "rs_qdrant", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.rs = "qdrant_client", .names = "qdrant.SearchPointsBuilder.new qdrant.QueryPointsBuilder.new qdrant.UpsertPointsBuilder.new qdrant.CreateCollectionBuilder.new qdrant.ScrollPointsBuilder.new", .does = DOES_LIST, .roles = "tools=#0"},
	{.rs = "pinecone_sdk", .names = "pinecone.default_client pinecone.PineconeClientConfig.default", .gives = "rs_pinecone"},
	{.on = "rs_pinecone", .names = "index", .does = DOES_STORE, .what = "pinecone", .roles = "collection=#0"},
	{.rs = "lancedb", .names = "connect", .does = DOES_DB, .what = "lancedb", .roles = "connection=#0", .gives = "rs_lance"},
	{.on = "rs_lance", .names = "open_table create_table create_empty_table", .does = DOES_STORE, .what = "lancedb", .roles = "collection=#0", .gives = "fluent"},
	{.on = "rs_lance", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},

	/* Databases */
	{.rs = "sqlx", .names = "PgPool.connect postgres.PgPoolOptions.new PgPool.connect_lazy PgConnection.connect postgres.PgPool.connect", .does = DOES_DB, .what = "postgres", .roles = "connection=connect,connect_lazy,#0", .gives = "sqlx"},
	{.rs = "sqlx", .names = "MySqlPool.connect SqlitePool.connect AnyPool.connect mysql.MySqlPoolOptions.new sqlite.SqlitePoolOptions.new", .does = DOES_DB, .what = "sql", .roles = "connection=connect,#0", .gives = "sqlx"},
	{.rs = "sqlx", .names = "query query_as query_scalar query_file", .does = DOES_SQL, .roles = "sql=#0,#1 db=fetch_all,fetch_one,fetch_optional,execute", .gives = "fluent"},
	{.rs = "sqlx", .names = "PgPool Pool postgres.PgPool", .gives = "sqlx"},
	{.rs = "tokio_postgres", .names = "connect", .does = DOES_DB, .what = "postgres", .roles = "connection=#0", .gives = "rs_pg"},
	{.rs = "postgres", .names = "Client.connect", .does = DOES_DB, .what = "postgres", .roles = "connection=#0", .gives = "rs_pg"},
	{.rs = "tokio_postgres postgres", .names = "Client", .gives = "rs_pg"},
	{.on = "rs_pg", .names = "query query_one query_opt execute batch_execute simple_query prepare", .does = DOES_SQL, .roles = "sql=#0"},
	{.rs = "diesel", .names = "PgConnection.establish pg.PgConnection.establish", .does = DOES_DB, .what = "postgres", .roles = "connection=#0", .gives = "sqlx"},
	{.rs = "diesel", .names = "sql_query", .does = DOES_SQL, .roles = "sql=#0", .gives = "fluent"},
	{.rs = "rusqlite", .names = "Connection.open", .does = DOES_DB, .what = "sqlite", .roles = "connection=#0", .gives = "rs_pg"},
	{.rs = "redis", .names = "Client.open", .does = DOES_DB, .what = "redis", .roles = "connection=#0", .gives = "redis"},
	{.rs = "mongodb", .names = "Client.with_uri_str", .does = DOES_DB, .what = "mongodb", .roles = "connection=#0", .gives = "mongo"},

	/* Environment, HTTP, commands */
	{.rs = "std", .names = "env.var env.var_os", .does = DOES_ENV, .roles = "env=#0"},
	{.rs = "dotenvy dotenv", .names = "var", .does = DOES_ENV, .roles = "env=#0"},
	{.rs = "<global>", .names = "env!", .does = DOES_ENV, .roles = "env=#0"},
	{.rs = "reqwest", .names = "get", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.rs = "reqwest", .names = "Client.new Client.builder Client blocking.Client.new blocking.Client", .gives = "rs_http"},
	{.on = "rs_http", .names = "get head", .does = DOES_HTTP, .roles = "url=#0", .gives = "fluent"},
	{.on = "rs_http", .names = "post put patch delete", .does = DOES_HTTP, .roles = "url=#0", .gives = "fluent", .flags = ROW_WRITES},
	{.on = "rs_http", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.rs = "std tokio", .names = "process.Command.new", .does = DOES_CODE, .what = "process::Command", .roles = "code=#0", .gives = "fluent"},

	/* What passes a value on */
	{.rs = "<global>", .names = "Ok Some Box.new Rc.new String.from", .does = DOES_FIRST, .roles = "value=#0"},
	{.rs = "std tokio", .names = "sync.Arc.new sync.Mutex.new sync.RwLock.new rc.Rc.new cell.RefCell.new", .does = DOES_FIRST, .roles = "value=#0"},

	/* Routes */
	{.rs = "axum", .names = "Router.new", .does = DOES_ROUTER, .what = "axum", .gives = "axum"},
	{.rs = "axum", .names = "routing.get routing.post routing.put routing.delete", .does = DOES_FIRST, .roles = "value=#0"},
	{.on = "axum", .names = "route", .does = DOES_ROUTE, .what = "axum", .roles = "path=#0 handler=#1", .gives = "axum"},
	{.rs = "actix_web", .names = "get post put delete patch", .does = DOES_ROUTE, .what = "actix", .roles = "path=#0"},
	{.rs = "rocket", .names = "get post put delete", .does = DOES_ROUTE, .what = "rocket", .roles = "path=#0"},
};
const struct row_table aisp_source__rows_rust = {rows, sizeof rows / sizeof *rows};
