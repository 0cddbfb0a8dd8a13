/* C#: models, agents, stores, databases, environment, HTTP, commands, routes. See rows.h for how a row reads. */
#include "scan/source/rows.h"

#define M DOES_MODEL
#define CALL ROW_CHAT
#define EMB ROW_EMBEDDING
#define SK "Microsoft.SemanticKernel"
#define MAF "Microsoft.Agents.AI"

static const struct row rows[] = {
	/* OpenAI, Azure.AI.OpenAI (github.com/openai/openai-dotnet) */
	{.cs = "OpenAI", .names = "Chat.ChatClient ChatClient", .does = M, .what = "openai", .roles = "model=model,#0 base=endpoint", .gives = "cs_chat"},
	{.cs = "OpenAI", .names = "Responses.OpenAIResponseClient Responses.ResponsesClient OpenAIResponseClient", .does = M, .what = "openai", .roles = "model=model,#0", .gives = "cs_chat"},
	{.cs = "OpenAI", .names = "Embeddings.EmbeddingClient EmbeddingClient", .does = M, .what = "openai", .roles = "model=model,#0", .gives = "cs_embed", .flags = EMB},
	{.cs = "OpenAI", .names = "Images.ImageClient Audio.AudioClient ImageClient AudioClient ModerationClient", .does = M, .what = "openai", .roles = "model=model,#0", .gives = "cs_chat"},
	{.cs = "OpenAI", .names = "OpenAIClient", .roles = "base=endpoint", .gives = "cs_openai"},
	{.cs = "OpenAI", .names = "Chat.SystemChatMessage SystemChatMessage", .does = DOES_PROMPT, .what = "openai", .roles = "text=#0"},
	{.cs = "OpenAI", .names = "Chat.ChatTool.CreateFunctionTool ChatTool.CreateFunctionTool", .does = DOES_TOOL, .what = "function calling", .roles = "name=functionName,#0", .gives = "tool"},
	{.on = "cs_openai", .names = "GetChatClient GetOpenAIResponseClient", .does = M, .what = "openai", .roles = "model=model,#0", .gives = "cs_chat"},
	{.on = "cs_openai", .names = "GetEmbeddingClient", .does = M, .what = "openai", .roles = "model=model,#0", .gives = "cs_embed", .flags = EMB},
	{.on = "cs_openai", .names = "GetImageClient GetAudioClient", .does = M, .what = "openai", .roles = "model=model,#0", .gives = "cs_chat"},
	{.cs = "Azure.AI.OpenAI", .names = "AzureOpenAIClient OpenAIClient", .roles = "base=endpoint,#0", .gives = "cs_azure"},
	{.on = "cs_azure", .names = "GetChatClient", .does = M, .what = "azure-openai", .roles = "model=deploymentName,#0", .gives = "cs_chat"},
	{.on = "cs_azure", .names = "GetEmbeddingClient", .does = M, .what = "azure-openai", .roles = "model=deploymentName,#0", .gives = "cs_embed", .flags = EMB},
	{.on = "cs_azure", .names = "GetChatCompletionsAsync GetChatCompletions GetChatCompletionsStreaming", .does = M, .what = "azure-openai", .roles = "model=#0.deploymentname,#0 content=#0.messages", .gives = "answer", .flags = CALL},
	{.on = "cs_chat", .names = "CompleteChat CompleteChatAsync CompleteChatStreaming CompleteChatStreamingAsync CreateResponse CreateResponseAsync", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.on = "cs_chat cs_embed", .names = "AsIChatClient AsIEmbeddingGenerator AsChatClient", .does = DOES_SAME, .gives = "cs_ichat"},
	{.on = "cs_chat", .names = "CreateAIAgent AsAIAgent", .does = DOES_AGENT, .what = "microsoft-agents", .roles = "tools=tools prompt=instructions name=name", .gives = "cs_agent"},
	{.cs = "System", .names = "Uri", .does = DOES_FIRST, .roles = "value=#0"},
	{.cs = "Azure", .names = "AzureKeyCredential", .does = DOES_FIRST, .roles = "value=#0"},

	/* Anthropic, Ollama, Google, Mistral, AWS */
	{.cs = "Anthropic.SDK", .names = "AnthropicClient", .gives = "cs_anthropic"},
	{.on = "cs_anthropic", .names = "Messages.GetClaudeMessageAsync Messages.StreamClaudeMessageAsync", .does = M, .what = "anthropic", .roles = "model=#0.model tools=#0.tools prompt=#0.system content=#0.messages", .gives = "answer", .flags = CALL},
	{.cs = "Anthropic", .names = "AnthropicClient", .gives = "cs_anthropic2"},
	{.on = "cs_anthropic2", .names = "Messages.Create Messages.CreateStreaming", .does = M, .what = "anthropic", .roles = "model=#0.model tools=#0.tools prompt=#0.system content=#0.messages", .gives = "answer", .flags = CALL},
	{.cs = "Anthropic.SDK.Constants", .names = "AnthropicModels.Claude35Sonnet", .does = DOES_CONST, .fixed = "claude-3-5-sonnet-20241022", .flags = ROW_BARE},
	{.cs = "Anthropic.SDK.Constants", .names = "AnthropicModels.Claude37Sonnet", .does = DOES_CONST, .fixed = "claude-3-7-sonnet-20250219", .flags = ROW_BARE},
	{.cs = "Anthropic.SDK.Constants", .names = "AnthropicModels.Claude4Sonnet", .does = DOES_CONST, .fixed = "claude-sonnet-4-20250514", .flags = ROW_BARE},
	{.cs = "OllamaSharp", .names = "OllamaApiClient", .does = M, .what = "ollama", .roles = "model=defaultModel,#1 base=#0", .gives = "cs_ichat"},
	{.cs = "Google.GenAI GenerativeAI Mscc.GenerativeAI", .names = "Client GoogleAi GoogleAI", .gives = "cs_google"},
	{.on = "cs_google", .names = "Models.GenerateContentAsync", .does = M, .what = "google", .roles = "model=model,#0", .gives = "answer", .flags = CALL},
	{.on = "cs_google", .names = "CreateGenerativeModel GenerativeModel", .does = M, .what = "google", .roles = "model=model,modelName,#0", .gives = "cs_ichat"},
	{.cs = "Mistral.SDK", .names = "MistralClient", .gives = "cs_mistral"},
	{.on = "cs_mistral", .names = "Completions.GetCompletionAsync", .does = M, .what = "mistral", .roles = "model=#0.model,#0.#0", .gives = "answer", .flags = CALL},
	{.cs = "Amazon.BedrockRuntime", .names = "AmazonBedrockRuntimeClient IAmazonBedrockRuntime", .gives = "cs_bedrock"},
	{.on = "cs_bedrock", .names = "InvokeModelAsync ConverseAsync ConverseStreamAsync InvokeModelWithResponseStreamAsync", .does = M, .what = "bedrock", .roles = "model=#0.modelid tools=#0.toolconfig prompt=#0.system content=#0.messages", .gives = "answer", .flags = CALL},
	{.cs = "Azure.AI.Inference", .names = "ChatCompletionsClient", .roles = "base=#0", .gives = "cs_inference"},
	{.on = "cs_inference", .names = "Complete CompleteAsync CompleteStreaming", .does = M, .what = "azure-ai", .roles = "model=#0.model", .gives = "answer", .flags = CALL},

	/* Microsoft.Extensions.AI */
	{.cs = "Microsoft.Extensions.AI", .names = "IChatClient ChatClientBuilder IEmbeddingGenerator", .does = DOES_FIRST, .roles = "value=#0", .gives = "cs_ichat"},
	{.cs = "Microsoft.Extensions.AI", .names = "AIFunctionFactory.Create", .does = DOES_TOOL, .what = "extensions-ai", .roles = "func=#0 name=name", .gives = "tool"},
	{.on = "cs_ichat", .names = "GetResponseAsync GetStreamingResponseAsync CompleteAsync CompleteStreamingAsync", .does = DOES_AGENT, .what = "extensions-ai", .roles = "llm=#1.modelid tools=#1.tools content=#0", .gives = "answer", .flags = ROW_CHAIN | ROW_CHAT},
	{.on = "cs_ichat", .names = "CreateAIAgent AsAIAgent", .does = DOES_AGENT, .what = "microsoft-agents", .roles = "tools=tools prompt=instructions name=name", .gives = "cs_agent"},

	/* Semantic Kernel */
	{.cs = SK, .names = "Kernel.CreateBuilder Kernel", .does = DOES_AGENT, .what = "semantic-kernel", .gives = "sk_builder", .flags = ROW_CHAIN},
	{.cs = SK, .names = "IKernelBuilder", .gives = "sk_builder"},
	{.on = "sk_builder asp_builder", .names = "AddAzureOpenAIChatCompletion Services.AddAzureOpenAIChatCompletion AddAzureOpenAIChatClient Services.AddAzureOpenAIChatClient", .does = M, .what = "azure-openai", .roles = "model=deploymentName,#0 base=endpoint,#1", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddOpenAIChatCompletion Services.AddOpenAIChatCompletion AddOpenAIChatClient Services.AddOpenAIChatClient", .does = M, .what = "openai", .roles = "model=modelId,#0 base=endpoint", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddOllamaChatCompletion Services.AddOllamaChatCompletion AddOllamaChatClient", .does = M, .what = "ollama", .roles = "model=modelId,#0 base=endpoint,#1", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddGoogleAIGeminiChatCompletion Services.AddGoogleAIGeminiChatCompletion", .does = M, .what = "google", .roles = "model=modelId,#0", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddVertexAIGeminiChatCompletion", .does = M, .what = "vertex", .roles = "model=modelId,#0", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddMistralChatCompletion", .does = M, .what = "mistral", .roles = "model=modelId,#0", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddBedrockChatCompletionService", .does = M, .what = "bedrock", .roles = "model=modelId,#0", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddHuggingFaceChatCompletion", .does = M, .what = "huggingface", .roles = "model=model,#0", .gives = "sk_builder", .flags = ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddOpenAITextEmbeddingGeneration AddOpenAIEmbeddingGenerator Services.AddOpenAITextEmbeddingGeneration Services.AddOpenAIEmbeddingGenerator", .does = M, .what = "openai", .roles = "model=modelId,#0", .gives = "sk_builder", .flags = EMB | ROW_KEEPS},
	{.on = "sk_builder asp_builder", .names = "AddAzureOpenAITextEmbeddingGeneration AddAzureOpenAIEmbeddingGenerator Services.AddAzureOpenAITextEmbeddingGeneration", .does = M, .what = "azure-openai", .roles = "model=deploymentName,#0 base=endpoint,#1", .gives = "sk_builder", .flags = EMB | ROW_KEEPS},
	{.on = "sk_builder", .names = "Plugins.AddFromType ImportPluginFromType Plugins.AddFromObject ImportPluginFromObject", .does = DOES_SAME, .roles = "plugin=type,#0", .gives = "sk_builder"},
	{.on = "sk_builder", .names = "InvokePromptAsync InvokeAsync InvokePromptStreamingAsync", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.on = "sk_builder", .names = "Build", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.cs = SK, .names = "KernelFunction KernelFunctionAttribute", .does = DOES_TOOL, .what = "semantic-kernel", .roles = "name=#0", .gives = "tool"},
	{.cs = SK, .names = "KernelFunctionFactory.CreateFromMethod", .does = DOES_TOOL, .what = "semantic-kernel", .roles = "func=#0 name=functionName", .gives = "tool"},
	{.cs = SK, .names = "Agents.ChatCompletionAgent ChatCompletionAgent Agents.OpenAI.OpenAIAssistantAgent AzureAIAgent OpenAIAssistantAgent", .does = DOES_AGENT, .what = "semantic-kernel", .roles = "prompt=instructions name=name same=kernel", .gives = "cs_agent"},
	{.cs = SK, .names = "Connectors.OpenAI.OpenAIChatCompletionService OpenAIChatCompletionService", .does = M, .what = "openai", .roles = "model=modelId,#0", .gives = "cs_ichat"},
	{.cs = SK, .names = "Connectors.AzureOpenAI.AzureOpenAIChatCompletionService AzureOpenAIChatCompletionService", .does = M, .what = "azure-openai", .roles = "model=deploymentName,#0 base=endpoint,#1", .gives = "cs_ichat"},
	{.cs = SK, .names = "Connectors.Qdrant.QdrantVectorStore QdrantVectorStore Connectors.Qdrant.QdrantMemoryStore QdrantMemoryStore", .does = DOES_STORE, .what = "qdrant", .roles = "connection=#0", .gives = "cs_store"},
	{.cs = SK, .names = "Connectors.InMemory.InMemoryVectorStore InMemoryVectorStore VolatileMemoryStore", .does = DOES_STORE, .what = "memory", .gives = "cs_store"},
	{.cs = SK, .names = "Connectors.Postgres.PostgresVectorStore PostgresVectorStore PostgresMemoryStore", .does = DOES_STORE, .what = "pgvector", .roles = "connection=#0", .gives = "cs_store"},
	{.cs = SK, .names = "Connectors.AzureAISearch.AzureAISearchVectorStore AzureAISearchVectorStore", .does = DOES_STORE, .what = "azure-search", .roles = "connection=#0", .gives = "cs_store"},
	{.cs = SK, .names = "Connectors.Redis.RedisVectorStore RedisVectorStore", .does = DOES_STORE, .what = "redis", .roles = "connection=#0", .gives = "cs_store"},
	{.on = "cs_store", .names = "GetCollection", .does = DOES_STORE, .what = "semantic-kernel", .roles = "collection=#0 same_client=#0", .gives = "cs_collection"},
	{.on = "cs_collection", .names = "SearchAsync VectorizedSearchAsync GetAsync", .does = DOES_QUERY},
	{.on = "cs_collection", .names = "UpsertAsync DeleteAsync", .does = DOES_FILL},

	/* Microsoft Agent Framework, AutoGen, LangChain, MCP */
	{.cs = MAF, .names = "ChatClientAgent", .does = DOES_AGENT, .what = "microsoft-agents", .roles = "llm=#0 tools=tools prompt=instructions name=name", .gives = "cs_agent"},
	{.cs = MAF, .names = "AIAgent", .gives = "cs_agent"},
	{.on = "cs_agent", .names = "RunAsync RunStreamingAsync InvokeAsync InvokeStreamingAsync GenerateReplyAsync SendAsync", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.cs = "AutoGen AutoGen.OpenAI AutoGen.Core", .names = "AssistantAgent ConversableAgent OpenAIChatAgent UserProxyAgent Extension.OpenAIChatAgent", .does = DOES_AGENT, .what = "autogen", .roles = "llm=chatClient prompt=systemMessage name=name,#0", .gives = "cs_agent"},
	{.cs = "LangChain.Providers.OpenAI LangChain.Providers", .names = "OpenAiChatModel OpenAiModel OpenAI.OpenAiChatModel", .does = M, .what = "openai", .roles = "model=id,#1", .gives = "cs_ichat"},
	{.cs = "LangChain.Providers.OpenAI", .names = "Predefined.OpenAiLatestFastChatModel OpenAiLatestFastChatModel", .does = M, .what = "openai", .gives = "cs_ichat"},
	{.cs = "ModelContextProtocol", .names = "Server.McpServerTool McpServerTool McpServerToolAttribute", .does = DOES_TOOL, .what = "mcp", .roles = "name=name", .gives = "tool"},
	{.cs = "ModelContextProtocol", .names = "Client.StdioClientTransport StdioClientTransport", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "command=#0.command name=#0.name"},
	{.cs = "ModelContextProtocol", .names = "Client.SseClientTransport SseClientTransport HttpClientTransport", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "url=#0.endpoint name=#0.name"},
	{.on = "asp_builder", .names = "Services.AddMcpServer", .does = DOES_MCP_SERVER, .what = "mcp-sdk", .gives = "fluent"},

	/* Vector databases */
	{.cs = "Qdrant.Client", .names = "QdrantClient", .does = DOES_DB, .what = "qdrant", .roles = "connection=host,#0", .gives = "cs_qdrant"},
	{.on = "cs_qdrant", .names = "SearchAsync QueryAsync ScrollAsync", .does = DOES_STORE, .what = "qdrant", .roles = "collection=collectionName,#0", .flags = ROW_CHAT},
	{.on = "cs_qdrant", .names = "UpsertAsync CreateCollectionAsync DeleteAsync", .does = DOES_STORE, .what = "qdrant", .roles = "collection=collectionName,#0", .flags = ROW_WRITES},
	{.cs = "Pinecone", .names = "PineconeClient", .gives = "cs_pinecone"},
	{.on = "cs_pinecone", .names = "Index GetIndex", .does = DOES_STORE, .what = "pinecone", .roles = "collection=name,#0", .gives = "cs_collection2"},
	{.on = "cs_collection2", .names = "QueryAsync Query", .does = DOES_QUERY},
	{.on = "cs_collection2", .names = "UpsertAsync Upsert DeleteAsync", .does = DOES_FILL},
	{.cs = "Azure.Search.Documents", .names = "SearchClient", .does = DOES_STORE, .what = "azure-search", .roles = "collection=indexName,#1 connection=#0", .gives = "cs_collection2"},
	{.cs = "Milvus.Client", .names = "MilvusClient", .does = DOES_DB, .what = "milvus", .roles = "connection=host,#0", .gives = "cs_milvus"},
	{.on = "cs_milvus", .names = "GetCollection CreateCollectionAsync", .does = DOES_STORE, .what = "milvus", .roles = "collection=#0", .gives = "cs_collection2"},

	/* Databases */
	{.cs = "Npgsql", .names = "NpgsqlConnection NpgsqlDataSource.Create NpgsqlDataSourceBuilder", .does = DOES_DB, .what = "postgres", .roles = "connection=connectionString,#0", .gives = "ado"},
	{.cs = "Npgsql", .names = "NpgsqlCommand", .does = DOES_SQL, .roles = "sql=#0 db=#1", .gives = "fluent"},
	{.cs = "Microsoft.Data.SqlClient System.Data.SqlClient", .names = "SqlConnection", .does = DOES_DB, .what = "sqlserver", .roles = "connection=connectionString,#0", .gives = "ado"},
	{.cs = "Microsoft.Data.SqlClient System.Data.SqlClient", .names = "SqlCommand", .does = DOES_SQL, .roles = "sql=#0 db=#1", .gives = "fluent"},
	{.cs = "MySqlConnector MySql.Data.MySqlClient", .names = "MySqlConnection", .does = DOES_DB, .what = "mysql", .roles = "connection=connectionString,#0", .gives = "ado"},
	{.cs = "Microsoft.Data.Sqlite", .names = "SqliteConnection", .does = DOES_DB, .what = "sqlite", .roles = "connection=connectionString,#0", .gives = "ado"},
	{.on = "ado", .names = "CreateCommand QueryAsync Query QueryFirst QueryFirstOrDefaultAsync QuerySingleAsync QueryFirstAsync QuerySingleOrDefaultAsync ExecuteAsync Execute ExecuteScalarAsync", .does = DOES_SQL, .roles = "sql=#0", .gives = "fluent"},
	{.cs = "Microsoft.EntityFrameworkCore", .names = "DbContextOptionsBuilder", .gives = "ef_options"},
	{.on = "ef_options", .names = "UseNpgsql", .does = DOES_DB, .what = "postgres", .roles = "connection=#0"},
	{.on = "ef_options", .names = "UseSqlServer UseMySql UseSqlite", .does = DOES_DB, .what = "sql", .roles = "connection=#0"},
	{.cs = "StackExchange.Redis", .names = "ConnectionMultiplexer.Connect ConnectionMultiplexer.ConnectAsync", .does = DOES_DB, .what = "redis", .roles = "connection=#0", .gives = "redis"},
	{.cs = "MongoDB.Driver", .names = "MongoClient", .does = DOES_DB, .what = "mongodb", .roles = "connection=#0", .gives = "mongo"},

	/* Environment, HTTP, commands */
	{.cs = "System <global>", .names = "Environment.GetEnvironmentVariable", .does = DOES_ENV, .roles = "env=#0"},
	{.cs = "Microsoft.Extensions.Configuration <global>", .names = "IConfiguration ConfigurationManager IConfigurationRoot ConfigurationBuilder", .gives = "cs_config"},
	{.on = "cs_config", .names = "[] GetValue GetConnectionString", .does = DOES_ENV, .roles = "env=#0 dflt=#1"},
	{.on = "cs_config", .names = "AddEnvironmentVariables AddJsonFile AddUserSecrets Build SetBasePath", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.cs = "System.Diagnostics", .names = "Process.Start", .does = DOES_CODE, .what = "Process.Start", .roles = "code=#0"},
	{.cs = "System.Diagnostics", .names = "ProcessStartInfo", .does = DOES_CODE, .what = "Process.Start", .roles = "code=filename,#0"},
	{.cs = "Microsoft.CodeAnalysis.CSharp.Scripting", .names = "CSharpScript.EvaluateAsync CSharpScript.RunAsync", .does = DOES_CODE, .what = "eval", .roles = "code=#0"},
	{.cs = "System.Net.Http <global>", .names = "HttpClient", .roles = "base=baseaddress", .gives = "cs_http"},
	{.on = "cs_http", .names = "GetAsync GetStringAsync GetFromJsonAsync GetByteArrayAsync GetStreamAsync", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer"},
	{.on = "cs_http", .names = "PostAsync PostAsJsonAsync PutAsync PutAsJsonAsync DeleteAsync PatchAsync", .does = DOES_HTTP, .roles = "url=#0", .gives = "answer", .flags = ROW_WRITES},
	{.cs = "System.Net.Http", .names = "HttpRequestMessage", .does = DOES_HTTP, .roles = "url=#1", .gives = "answer", .flags = ROW_WRITES},

	/* Routes */
	{.cs = "Microsoft.AspNetCore.Builder <global>", .names = "WebApplication.CreateBuilder WebApplication.CreateSlimBuilder WebApplication.Create", .does = DOES_ROUTER, .what = "aspnet", .gives = "asp_builder"},
	{.cs = "Microsoft.Extensions.Hosting", .names = "Host.CreateApplicationBuilder Host.CreateDefaultBuilder", .gives = "asp_builder"},
	{.cs = "Microsoft.Extensions.DependencyInjection <global>", .names = "IServiceCollection ServiceCollection", .gives = "asp_builder"},
	{.on = "asp_builder", .names = "MapGet MapPost MapPut MapDelete MapPatch", .does = DOES_ROUTE, .what = "aspnet", .roles = "path=#0 handler=#1", .gives = "asp_route"},
	{.on = "asp_builder", .names = "MapGroup", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.on = "asp_builder", .names = "Configuration", .does = DOES_NOTHING, .gives = "cs_config", .flags = ROW_BARE},
	{.on = "asp_builder", .names = "Configuration.[] Configuration.GetValue Configuration.GetConnectionString", .does = DOES_ENV, .roles = "env=#0 dflt=#1"},
	{.cs = "Microsoft.AspNetCore.Mvc", .names = "HttpGet HttpPost HttpPut HttpDelete HttpPatch HttpGetAttribute HttpPostAttribute", .does = DOES_ROUTE, .what = "aspnet", .roles = "path=#0"},
	{.cs = "Microsoft.AspNetCore.Authorization", .names = "Authorize AuthorizeAttribute", .does = DOES_AUTH},
};
const struct row_table aisp_source__rows_csharp = {rows, sizeof rows / sizeof *rows};
