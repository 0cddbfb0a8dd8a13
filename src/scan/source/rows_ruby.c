/* Ruby: models, agents, stores, databases, environment, HTTP, commands, routes. Constants need no import: a constant that the
 * repository itself declares comes before the library's. See rows.h for how a row reads. */
#include "scan/source/rows.h"

#define M DOES_MODEL
#define CALL ROW_CHAT
#define EMB ROW_EMBEDDING
#define LLM(n, prov) {.rb = "Langchain", .names = "LLM." n, .does = M, .what = prov, .roles = "model=default_options.chat_model,default_options.chat_completion_model_name,default_options.completion_model_name base=url,llm_options.uri_base", .gives = "rb_lc_llm"}

static const struct row rows[] = {
	/* ruby-openai and openai (both declare OpenAI::Client) */
	{.rb = "OpenAI", .names = "Client", .roles = "base=uri_base,base_url", .gives = "rb_openai"},
	{.on = "rb_openai", .names = "chat", .does = M, .what = "openai", .roles = "model=parameters.model tools=parameters.tools prompt=parameters.messages content=parameters.messages", .gives = "rb_openai_chat", .flags = CALL | ROW_ARGS},
	{.on = "rb_openai", .names = "completions", .does = M, .what = "openai", .roles = "model=parameters.model", .gives = "answer", .flags = CALL},
	{.on = "rb_openai", .names = "embeddings", .does = M, .what = "openai", .roles = "model=parameters.model", .gives = "rb_openai_embed", .flags = EMB | ROW_ARGS},
	{.on = "rb_openai", .names = "images.generate audio.transcribe moderations", .does = M, .what = "openai", .roles = "model=parameters.model"},
	{.on = "rb_openai", .names = "responses", .does = DOES_NOTHING, .gives = "rb_openai_resp"},
	{.on = "rb_openai_resp", .names = "create stream", .does = M, .what = "openai", .roles = "model=model,parameters.model tools=tools prompt=instructions content=input", .gives = "answer", .flags = CALL},
	{.on = "rb_openai_chat", .names = "completions", .does = DOES_NOTHING, .gives = "rb_openai_cc"},
	{.on = "rb_openai_cc", .names = "create stream stream_raw", .does = M, .what = "openai", .roles = "model=model tools=tools prompt=messages content=messages", .gives = "answer", .flags = CALL},
	{.on = "rb_openai_embed", .names = "create", .does = M, .what = "openai", .roles = "model=model", .flags = EMB},

	/* Anthropic, Google, Ollama, Cohere, Mistral, AWS */
	{.rb = "Anthropic", .names = "Client", .gives = "rb_anthropic"},
	{.on = "rb_anthropic", .names = "messages", .does = M, .what = "anthropic", .roles = "model=parameters.model tools=parameters.tools prompt=parameters.system content=parameters.messages", .gives = "rb_anthropic_m", .flags = CALL | ROW_ARGS},
	{.on = "rb_anthropic_m", .names = "create stream", .does = M, .what = "anthropic", .roles = "model=model tools=tools prompt=system_,system content=messages", .gives = "answer", .flags = CALL},
	{.rb = "Gemini", .names = "new", .does = M, .what = "google", .roles = "model=options.model", .gives = "rb_gemini"},
	{.rb = "<global>", .names = "Gemini", .does = M, .what = "google", .roles = "model=options.model", .gives = "rb_gemini"},
	{.rb = "<global>", .names = "Ollama", .roles = "base=credentials.address", .gives = "rb_ollama"},
	{.on = "rb_ollama", .names = "generate chat", .does = M, .what = "ollama", .roles = "model=#0.model,model content=#0.messages,#0.prompt", .gives = "answer", .flags = CALL},
	{.on = "rb_gemini", .names = "generate_content stream_generate_content", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.rb = "Cohere", .names = "Client", .gives = "rb_cohere"},
	{.on = "rb_cohere", .names = "chat generate", .does = M, .what = "cohere", .roles = "model=model", .gives = "answer", .flags = CALL},
	{.on = "rb_cohere", .names = "embed", .does = M, .what = "cohere", .roles = "model=model", .flags = EMB},
	{.rb = "Aws", .names = "BedrockRuntime.Client", .gives = "rb_bedrock"},
	{.on = "rb_bedrock", .names = "invoke_model converse invoke_model_with_response_stream converse_stream", .does = M, .what = "bedrock", .roles = "model=model_id tools=tool_config.tools prompt=system content=messages", .gives = "answer", .flags = CALL},

	/* langchainrb */
	LLM("OpenAI", "openai"), LLM("Anthropic", "anthropic"), LLM("Ollama", "ollama"), LLM("GoogleGemini", "google"), LLM("Cohere", "cohere"),
	LLM("MistralAI", "mistral"), LLM("Azure", "azure-openai"), LLM("AwsBedrock", "bedrock"), LLM("HuggingFace", "huggingface"), LLM("Replicate", "replicate"),
	{.on = "rb_lc_llm", .names = "chat complete summarize", .does = DOES_INVOKE, .roles = "content=messages,prompt", .gives = "answer"},
	{.rb = "Langchain", .names = "Assistant", .does = DOES_AGENT, .what = "langchainrb", .roles = "llm=llm tools=tools prompt=instructions", .gives = "rb_assistant"},
	{.on = "rb_assistant", .names = "run add_message_and_run add_message_and_run!", .does = DOES_INVOKE, .roles = "content=content", .gives = "answer"},
	{.rb = "Langchain", .names = "Tool.Calculator Tool.Weather Tool.FileSystem Tool.NewsRetriever", .does = DOES_TOOL, .what = "langchainrb", .gives = "tool"},
	{.rb = "Langchain", .names = "Tool.GoogleSearch Tool.Tavily Tool.Wikipedia", .does = DOES_TOOL, .what = "web search", .gives = "tool", .fixed = "content"},
	{.rb = "Langchain", .names = "Tool.RubyCodeInterpreter", .does = DOES_TOOL, .what = "langchainrb", .gives = "tool", .flags = ROW_EXECUTES},
	{.rb = "Langchain", .names = "Tool.Database", .does = DOES_TOOL, .what = "langchainrb", .roles = "db=connection_string", .gives = "tool", .flags = ROW_WHOLE_DB},
	{.rb = "Langchain", .names = "Prompt.PromptTemplate", .does = DOES_PROMPT, .what = "langchainrb", .roles = "text=template"},
	{.rb = "Langchain", .names = "Vectorsearch.Pgvector", .does = DOES_STORE, .what = "pgvector", .roles = "collection=index_name connection=url embed=llm", .gives = "rb_store"},
	{.rb = "Langchain", .names = "Vectorsearch.Qdrant", .does = DOES_STORE, .what = "qdrant", .roles = "collection=index_name connection=url embed=llm", .gives = "rb_store"},
	{.rb = "Langchain", .names = "Vectorsearch.Pinecone", .does = DOES_STORE, .what = "pinecone", .roles = "collection=index_name connection=environment embed=llm", .gives = "rb_store"},
	{.rb = "Langchain", .names = "Vectorsearch.Weaviate", .does = DOES_STORE, .what = "weaviate", .roles = "collection=index_name connection=url embed=llm", .gives = "rb_store"},
	{.rb = "Langchain", .names = "Vectorsearch.Chroma", .does = DOES_STORE, .what = "chroma", .roles = "collection=index_name connection=url embed=llm", .gives = "rb_store"},
	{.rb = "Langchain", .names = "Vectorsearch.Milvus", .does = DOES_STORE, .what = "milvus", .roles = "collection=index_name connection=url embed=llm", .gives = "rb_store"},
	{.rb = "Langchain", .names = "Vectorsearch.Elasticsearch", .does = DOES_STORE, .what = "elasticsearch", .roles = "collection=index_name connection=url embed=llm", .gives = "rb_store"},
	{.on = "rb_store", .names = "similarity_search ask similarity_search_by_vector", .does = DOES_QUERY},
	{.on = "rb_store", .names = "add_texts add_data update_texts", .does = DOES_FILL},

	/* ruby_llm, raix, MCP */
	{.rb = "RubyLLM", .names = "chat", .does = DOES_AGENT, .what = "ruby-llm", .roles = "llm=model model=model tools=with_tool,with_tools prompt=with_instructions", .gives = "rb_llm", .flags = ROW_CHAIN | ROW_PREFIXED},
	{.rb = "RubyLLM", .names = "embed", .does = M, .what = "litellm", .roles = "model=model", .flags = EMB | ROW_PREFIXED},
	{.rb = "RubyLLM", .names = "paint", .does = M, .what = "litellm", .roles = "model=model", .flags = ROW_PREFIXED},
	{.on = "rb_llm", .names = "ask complete", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.rb = "RubyLLM", .names = "Tool", .does = DOES_TOOL, .what = "ruby-llm", .gives = "tool", .flags = ROW_BASE},
	{.rb = "MCP", .names = "Server", .does = DOES_MCP_SERVER, .what = "mcp-sdk", .roles = "name=name tools=tools", .gives = "rb_mcp"},
	{.rb = "MCP", .names = "Tool", .does = DOES_TOOL, .what = "mcp", .gives = "tool", .flags = ROW_BASE},
	{.rb = "FastMcp", .names = "Server", .does = DOES_MCP_SERVER, .what = "fast-mcp", .roles = "name=name", .gives = "rb_mcp"},
	{.rb = "FastMcp", .names = "Tool", .does = DOES_TOOL, .what = "mcp", .gives = "tool", .flags = ROW_BASE},

	/* Vector databases */
	{.rb = "Qdrant", .names = "Client", .does = DOES_DB, .what = "qdrant", .roles = "connection=url", .gives = "rb_qdrant"},
	{.on = "rb_qdrant", .names = "points.search points.upsert", .does = DOES_STORE, .what = "qdrant", .roles = "collection=collection_name"},
	{.on = "rb_qdrant", .names = "points", .does = DOES_NOTHING, .gives = "rb_points"},
	{.on = "rb_points", .names = "search scroll", .does = DOES_STORE, .what = "qdrant", .roles = "collection=collection_name", .flags = ROW_CHAT},
	{.on = "rb_points", .names = "upsert delete", .does = DOES_STORE, .what = "qdrant", .roles = "collection=collection_name", .flags = ROW_WRITES},
	{.rb = "Pinecone", .names = "Client", .gives = "rb_pinecone"},
	{.on = "rb_pinecone", .names = "index", .does = DOES_STORE, .what = "pinecone", .roles = "collection=#0", .gives = "vec_index"},
	{.rb = "Weaviate", .names = "Client", .does = DOES_DB, .what = "weaviate", .roles = "connection=url", .gives = "rb_weaviate"},
	{.rb = "Chroma", .names = "Resources.Collection.get Resources.Collection.create Resources.Collection.get_or_create", .does = DOES_STORE, .what = "chroma", .roles = "collection=#0", .gives = "rb_store"},
	{.rb = "<global>", .names = "has_neighbors", .does = DOES_STORE, .what = "pgvector", .roles = "collection=#0"},

	/* Databases */
	{.rb = "PG", .names = "connect Connection.new Connection.open Connection", .does = DOES_DB, .what = "postgres", .roles = "connection=#0 host=host database=dbname", .gives = "rb_sql"},
	{.rb = "Mysql2", .names = "Client", .does = DOES_DB, .what = "mysql", .roles = "host=host database=database", .gives = "rb_sql"},
	{.rb = "SQLite3", .names = "Database", .does = DOES_DB, .what = "sqlite", .roles = "connection=#0", .gives = "rb_sql"},
	{.rb = "Sequel", .names = "connect", .does = DOES_DB, .what = "sequel", .roles = "connection=#0", .gives = "rb_sql"},
	{.rb = "ActiveRecord", .names = "Base.establish_connection", .does = DOES_DB, .what = "activerecord", .roles = "connection=url,#0 host=host database=database", .gives = "rb_ar"},
	{.rb = "ActiveRecord", .names = "Base.connection", .gives = "rb_ar"},
	{.on = "rb_sql rb_ar", .names = "exec exec_params exec_query query execute select_all select_value select_rows run fetch", .does = DOES_SQL, .roles = "sql=#0"},
	{.rb = "Redis", .names = "new", .does = DOES_DB, .what = "redis", .roles = "connection=url", .gives = "redis"},

	/* Environment, HTTP, commands */
	{.rb = "<global>", .names = "ENV.[] ENV.fetch ENV.dig", .does = DOES_ENV, .roles = "env=#0 dflt=#1"},
	{.rb = "Net", .names = "HTTP.get HTTP.get_response", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.rb = "Net", .names = "HTTP.post HTTP.post_form HTTP.Post", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.rb = "<global>", .names = "URI URI.parse", .does = DOES_FIRST, .roles = "value=#0"},
	{.rb = "HTTParty Faraday RestClient HTTP", .names = "get", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.rb = "HTTParty Faraday RestClient HTTP", .names = "post put patch delete", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.rb = "Faraday", .names = "new", .roles = "base=url,#0", .gives = "rb_http"},
	{.rb = "<global>", .names = "Faraday", .roles = "base=url,#0", .gives = "rb_http"},
	{.on = "rb_http", .names = "get", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.on = "rb_http", .names = "post put patch delete", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.rb = "<global>", .names = "system exec spawn", .does = DOES_CODE, .what = "system", .roles = "code=#0"},
	{.rb = "<global>", .names = "`", .does = DOES_CODE, .what = "system", .roles = "code=#0"},
	{.rb = "<global>", .names = "eval instance_eval class_eval", .does = DOES_CODE, .what = "eval", .roles = "code=#0"},
	{.rb = "Open3", .names = "capture2 capture2e capture3 popen3 popen2", .does = DOES_CODE, .what = "Open3", .roles = "code=#0"},
	{.rb = "IO", .names = "popen", .does = DOES_CODE, .what = "system", .roles = "code=#0"},
};
const struct row_table aisp_source__rows_ruby = {rows, sizeof rows / sizeof *rows};
