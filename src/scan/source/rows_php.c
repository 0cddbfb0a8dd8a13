/* PHP: models, agents, stores, databases, environment, HTTP, commands, routes. See rows.h for how a row reads. */
#include "scan/source/rows.h"

#define M DOES_MODEL
#define CALL ROW_CHAT
#define EMB ROW_EMBEDDING
#define LLP "LLPhant"

static const struct row rows[] = {
	/* openai-php/client, openai-php/laravel */
	{.php = "OpenAI", .names = "client factory Client Contracts.ClientContract", .roles = "base=withBaseUri", .gives = "php_openai"},
	{.php = "OpenAI", .names = "Laravel.Facades.OpenAI", .gives = "php_openai", .flags = ROW_BARE},
	{.php = "OpenAI", .names = "Laravel.Facades.OpenAI.chat Laravel.Facades.OpenAI.completions Laravel.Facades.OpenAI.responses", .gives = "php_chat"},
	{.php = "OpenAI", .names = "Laravel.Facades.OpenAI.embeddings", .gives = "php_embed"},
	{.php = "OpenAI", .names = "Laravel.Facades.OpenAI.images Laravel.Facades.OpenAI.audio", .gives = "php_images"},
	{.on = "php_openai", .names = "chat completions responses", .gives = "php_chat"},
	{.on = "php_openai", .names = "embeddings", .gives = "php_embed"},
	{.on = "php_openai", .names = "images audio moderations", .gives = "php_images"},
	{.on = "php_openai", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.on = "php_chat", .names = "create createStreamed", .does = M, .what = "openai", .roles = "model=#0.model tools=#0.tools prompt=#0.messages,#0.instructions content=#0.messages,#0.input", .gives = "answer", .flags = CALL},
	{.on = "php_embed", .names = "create", .does = M, .what = "openai", .roles = "model=#0.model", .flags = EMB},
	{.on = "php_images", .names = "create transcribe speech", .does = M, .what = "openai", .roles = "model=#0.model"},
	{.php = "Orhanerday.OpenAi", .names = "OpenAi", .gives = "php_orhan"},
	{.on = "php_orhan", .names = "chat completion", .does = M, .what = "openai", .roles = "model=#0.model content=#0.messages", .gives = "answer", .flags = CALL},
	{.on = "php_orhan", .names = "embeddings", .does = M, .what = "openai", .roles = "model=#0.model", .flags = EMB},

	/* Anthropic, Gemini, Mistral, AWS, Ollama */
	{.php = "Anthropic", .names = "client factory Client", .gives = "php_anthropic"},
	{.on = "php_anthropic", .names = "messages chat completions", .gives = "php_messages"},
	{.on = "php_messages", .names = "create createStreamed", .does = M, .what = "anthropic", .roles = "model=#0.model,model tools=#0.tools prompt=#0.system content=#0.messages", .gives = "answer", .flags = CALL},
	{.php = "Anthropic.Laravel.Facades", .names = "Anthropic.messages", .gives = "php_messages"},
	{.php = "Gemini", .names = "client factory", .gives = "php_gemini"},
	{.php = "Gemini.Laravel.Facades", .names = "Gemini", .gives = "php_gemini", .flags = ROW_BARE},
	{.on = "php_gemini", .names = "generativeModel geminiPro", .does = M, .what = "google", .roles = "model=model,#0", .gives = "php_gemini_m"},
	{.on = "php_gemini", .names = "embeddingModel", .does = M, .what = "google", .roles = "model=model,#0", .flags = EMB},
	{.on = "php_gemini_m", .names = "generateContent startChat streamGenerateContent", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.php = "Partitech.PhpMistral", .names = "MistralClient Clients.Mistral.MistralClient", .gives = "php_mistral"},
	{.on = "php_mistral", .names = "chat chatStream", .does = M, .what = "mistral", .roles = "model=#1.model", .gives = "answer", .flags = CALL},
	{.php = "Aws", .names = "BedrockRuntime.BedrockRuntimeClient", .gives = "php_bedrock"},
	{.on = "php_bedrock", .names = "invokeModel converse converseStream", .does = M, .what = "bedrock", .roles = "model=#0.modelId tools=#0.toolConfig.tools prompt=#0.system content=#0.messages", .gives = "answer", .flags = CALL},
	{.php = "ArdaGnsrn.Ollama", .names = "Ollama.client", .gives = "php_ollama"},
	{.on = "php_ollama", .names = "chat completions", .gives = "php_ollama_c"},
	{.on = "php_ollama_c", .names = "create", .does = M, .what = "ollama", .roles = "model=#0.model", .gives = "answer", .flags = CALL},

	/* LLPhant */
	{.php = LLP, .names = "OpenAIConfig AnthropicConfig OllamaConfig MistralAIConfig", .gives = "php_config"},
	{.php = LLP, .names = "Chat.OpenAIChat OpenAIChat", .does = M, .what = "openai", .roles = "model=#0.model", .gives = "php_llp"},
	{.php = LLP, .names = "Chat.AnthropicChat AnthropicChat", .does = M, .what = "anthropic", .roles = "model=#0.model", .gives = "php_llp"},
	{.php = LLP, .names = "Chat.OllamaChat OllamaChat", .does = M, .what = "ollama", .roles = "model=#0.model", .gives = "php_llp"},
	{.php = LLP, .names = "Chat.MistralAIChat MistralAIChat", .does = M, .what = "mistral", .roles = "model=#0.model", .gives = "php_llp"},
	{.on = "php_llp", .names = "generateText generateChat generateStreamOfText generateChatStream", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.on = "php_llp", .names = "setSystemMessage", .does = DOES_PROMPT, .what = "llphant", .roles = "text=#0"},
	{.on = "php_llp", .names = "addTool setTools", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.php = LLP, .names = "Embeddings.EmbeddingGenerator.OpenAI.OpenAI3SmallEmbeddingGenerator OpenAI3SmallEmbeddingGenerator", .does = M, .what = "openai", .fixed = "text-embedding-3-small", .gives = "php_llp_e", .flags = EMB},
	{.php = LLP, .names = "Embeddings.EmbeddingGenerator.OpenAI.OpenAI3LargeEmbeddingGenerator OpenAI3LargeEmbeddingGenerator", .does = M, .what = "openai", .fixed = "text-embedding-3-large", .gives = "php_llp_e", .flags = EMB},
	{.php = LLP, .names = "Embeddings.EmbeddingGenerator.OpenAI.OpenAIADA002EmbeddingGenerator", .does = M, .what = "openai", .fixed = "text-embedding-ada-002", .gives = "php_llp_e", .flags = EMB},
	{.php = LLP, .names = "Chat.FunctionInfo.FunctionInfo", .does = DOES_TOOL, .what = "llphant", .roles = "name=#0", .gives = "tool"},
	{.php = LLP, .names = "Query.SemanticSearch.QuestionAnswering", .does = DOES_AGENT, .what = "llphant", .roles = "store=#0 llm=#2", .gives = "fluent"},
	{.php = LLP, .names = "Embeddings.VectorStores.Doctrine.DoctrineVectorStore", .does = DOES_STORE, .what = "pgvector", .gives = "php_store"},
	{.php = LLP, .names = "Embeddings.VectorStores.Qdrant.QdrantVectorStore", .does = DOES_STORE, .what = "qdrant", .roles = "collection=#1", .gives = "php_store"},
	{.php = LLP, .names = "Embeddings.VectorStores.Milvus.MilvusVectorStore", .does = DOES_STORE, .what = "milvus", .gives = "php_store"},
	{.php = LLP, .names = "Embeddings.VectorStores.Redis.RedisVectorStore", .does = DOES_STORE, .what = "redis", .roles = "collection=#1", .gives = "php_store"},
	{.php = LLP, .names = "Embeddings.VectorStores.ChromaDB.ChromaDBVectorStore", .does = DOES_STORE, .what = "chroma", .roles = "collection=#3", .gives = "php_store"},
	{.php = LLP, .names = "Embeddings.VectorStores.Memory.MemoryVectorStore Embeddings.VectorStores.FileSystem.FileSystemVectorStore", .does = DOES_STORE, .what = "memory", .gives = "php_store"},
	{.on = "php_store", .names = "similaritySearch", .does = DOES_QUERY},
	{.on = "php_store", .names = "addDocument addDocuments", .does = DOES_FILL},

	/* Laravel Prism, Neuron */
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Prism.text Prism.structured Facades.Prism.text", .does = DOES_AGENT, .what = "prism", .roles = "provider=using.0 model=using.1 tools=withTools prompt=withSystemPrompt content=withPrompt", .gives = "php_prism", .flags = ROW_CHAIN | ROW_CHAT | ROW_PREFIXED},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Prism.embeddings Facades.Prism.embeddings", .does = M, .what = "litellm", .roles = "model=using", .gives = "php_prism", .flags = EMB | ROW_PREFIXED},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Tool.as Facades.Tool.as", .does = DOES_TOOL, .what = "prism", .roles = "name=#0 func=using", .gives = "tool"},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Enums.Provider.OpenAI", .does = DOES_CONST, .fixed = "openai", .flags = ROW_BARE},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Enums.Provider.Anthropic", .does = DOES_CONST, .fixed = "anthropic", .flags = ROW_BARE},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Enums.Provider.Ollama", .does = DOES_CONST, .fixed = "ollama", .flags = ROW_BARE},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Enums.Provider.Gemini", .does = DOES_CONST, .fixed = "google", .flags = ROW_BARE},
	{.php = "Prism.Prism EchoLabs.Prism", .names = "Enums.Provider.Mistral", .does = DOES_CONST, .fixed = "mistral", .flags = ROW_BARE},
	{.php = "NeuronAI", .names = "Providers.OpenAI.OpenAI", .does = M, .what = "openai", .roles = "model=model,#1"},
	{.php = "NeuronAI", .names = "Providers.Anthropic.Anthropic", .does = M, .what = "anthropic", .roles = "model=model,#1"},
	{.php = "NeuronAI", .names = "Providers.Ollama.Ollama", .does = M, .what = "ollama", .roles = "model=model,#1"},
	{.php = "NeuronAI", .names = "Tools.Tool.make", .does = DOES_TOOL, .what = "neuron", .roles = "name=#0 func=setCallable", .gives = "tool"},
	{.php = "PhpMcp.Server Mcp.Server", .names = "Server.make Server.builder", .does = DOES_MCP_SERVER, .what = "php-mcp", .roles = "name=withServerInfo,setServerInfo", .gives = "fluent"},
	{.php = "PhpMcp.Server.Attributes Mcp.Capability.Attribute", .names = "McpTool", .does = DOES_TOOL, .what = "mcp", .roles = "name=name,#0", .gives = "tool"},
	{.php = "Pgvector.Laravel", .names = "HasNeighbors Vector", .does = DOES_NOTHING, .gives = "php_vector"},

	/* Databases */
	{.php = "PDO", .names = "()", .does = DOES_DB, .what = "pdo", .roles = "connection=#0", .gives = "pdo"},
	{.php = "<global>", .names = "PDO", .does = DOES_DB, .what = "pdo", .roles = "connection=dsn,#0", .gives = "pdo"},
	{.on = "pdo", .names = "query prepare exec", .does = DOES_SQL, .roles = "sql=#0", .gives = "fluent"},
	{.php = "<global>", .names = "mysqli mysqli_connect", .does = DOES_DB, .what = "mysql", .roles = "host=#0 database=#3", .gives = "pdo"},
	{.php = "<global>", .names = "mysqli_query", .does = DOES_SQL, .roles = "sql=#1 db=#0"},
	{.php = "<global>", .names = "pg_connect pg_pconnect", .does = DOES_DB, .what = "postgres", .roles = "connection=#0", .gives = "pdo"},
	{.php = "<global>", .names = "pg_query pg_query_params", .does = DOES_SQL, .roles = "sql=#1 db=#0"},
	{.php = "Illuminate.Support.Facades", .names = "DB.select DB.insert DB.update DB.delete DB.statement DB.selectOne", .does = DOES_SQL, .what = "laravel", .roles = "sql=#0"},
	{.php = "Illuminate.Support.Facades", .names = "DB.table", .does = DOES_SQL, .what = "laravel", .roles = "table=#0", .gives = "fluent"},

	/* Environment, HTTP, commands */
	{.php = "<global>", .names = "getenv env", .does = DOES_ENV, .roles = "env=#0 dflt=#1"},
	{.php = "<global>", .names = "_ENV.[] _SERVER.[]", .does = DOES_ENV, .roles = "env=#0"},
	{.php = "GuzzleHttp", .names = "Client", .roles = "base=#0.base_uri", .gives = "php_http"},
	{.on = "php_http", .names = "get", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.on = "php_http", .names = "post put patch delete", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.on = "php_http", .names = "request", .does = DOES_HTTP, .roles = "url=#1", .gives = "answer", .flags = ROW_WRITES},
	{.php = "Illuminate.Support.Facades", .names = "Http.get", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.php = "Illuminate.Support.Facades", .names = "Http.post Http.put Http.delete", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.php = "Illuminate.Support.Facades", .names = "Http.withToken Http.withHeaders Http.timeout", .gives = "php_http"},
	{.php = "<global>", .names = "curl_init", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.php = "<global>", .names = "exec shell_exec system passthru proc_open popen `", .does = DOES_CODE, .what = "exec", .roles = "code=#0"},
	{.php = "<global>", .names = "eval", .does = DOES_CODE, .what = "eval", .roles = "code=#0"},
	{.php = "Symfony.Component.Process", .names = "Process Process.fromShellCommandline", .does = DOES_CODE, .what = "Process", .roles = "code=#0", .gives = "fluent"},

	/* Routes */
	{.php = "Illuminate.Support.Facades", .names = "Route.get Route.post Route.put Route.patch Route.delete Route.any", .does = DOES_ROUTE, .what = "laravel", .roles = "path=#0 handler=#1", .gives = "fluent"},
	{.php = "Symfony.Component.Routing", .names = "Attribute.Route Annotation.Route", .does = DOES_ROUTE, .what = "symfony", .roles = "path=#0,path"},
};
const struct row_table aisp_source__rows_php = {rows, sizeof rows / sizeof *rows};
