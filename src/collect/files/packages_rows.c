/* Packages of AI by ecosystem. Names as the ecosystem's index writes them in lower case (PyPI: - for _ and .). */
#include "collect/files/packages.h"

#define API "model api"
#define AGENT "agent framework"
#define STORE "vector store"
#define MCP "mcp"
#define INFER "inference"
#define TRAIN "training"
#define WATCH "observability"
#define GUARD "guardrail"
#define EVAL "evaluation"
const struct aisp_package_row aisp_package_rows[] = {
	{"pypi", "openai", API}, {"pypi", "anthropic", API}, {"pypi", "google-generativeai", API}, {"pypi", "google-genai", API},
	{"pypi", "google-cloud-aiplatform", API}, {"pypi", "vertexai", API}, {"pypi", "cohere", API}, {"pypi", "mistralai", API},
	{"pypi", "groq", API}, {"pypi", "together", API}, {"pypi", "fireworks-ai", API}, {"pypi", "replicate", API}, {"pypi", "ollama", API},
	{"pypi", "litellm", API}, {"pypi", "azure-ai-inference", API}, {"pypi", "azure-ai-projects", API}, {"pypi", "azure-ai-agents", API},
	{"pypi", "boto3-bedrock*", API}, {"pypi", "ai21", API}, {"pypi", "voyageai", API}, {"pypi", "deepgram-sdk", API}, {"pypi", "elevenlabs", API},
	{"pypi", "assemblyai", API}, {"pypi", "cerebras-cloud-sdk", API}, {"pypi", "dashscope", API}, {"pypi", "zhipuai", API}, {"pypi", "xai-sdk", API},
	{"pypi", "huggingface-hub", API}, {"pypi", "ibm-watsonx-ai", API}, {"pypi", "databricks-sdk", API}, {"pypi", "portkey-ai", API}, {"pypi", "tavily-python", API},
	{"pypi", "langchain*", AGENT}, {"pypi", "langgraph*", AGENT}, {"pypi", "llama-index*", AGENT}, {"pypi", "crewai*", AGENT}, {"pypi", "autogen*", AGENT},
	{"pypi", "pyautogen", AGENT}, {"pypi", "ag2", AGENT}, {"pypi", "agent-framework*", AGENT}, {"pypi", "openai-agents", AGENT}, {"pypi", "pydantic-ai*", AGENT}, {"pypi", "smolagents", AGENT},
	{"pypi", "semantic-kernel", AGENT}, {"pypi", "haystack-ai", AGENT}, {"pypi", "farm-haystack", AGENT}, {"pypi", "dspy*", AGENT}, {"pypi", "instructor", AGENT},
	{"pypi", "google-adk", AGENT}, {"pypi", "strands-agents*", AGENT}, {"pypi", "bedrock-agentcore*", AGENT}, {"pypi", "agno", AGENT}, {"pypi", "phidata", AGENT}, {"pypi", "letta*", AGENT},
	{"pypi", "mem0ai", AGENT}, {"pypi", "griptape", AGENT}, {"pypi", "marvin", AGENT}, {"pypi", "guidance", AGENT}, {"pypi", "outlines", AGENT}, {"pypi", "swarms", AGENT},
	{"pypi", "camel-ai", AGENT}, {"pypi", "metagpt", AGENT}, {"pypi", "promptflow*", AGENT}, {"pypi", "browser-use", AGENT}, {"pypi", "open-interpreter", AGENT}, {"pypi", "chainlit", AGENT},
	{"pypi", "claude-agent-sdk", AGENT}, {"pypi", "claude-code-sdk", AGENT}, {"pypi", "composio*", AGENT}, {"pypi", "e2b*", AGENT}, {"pypi", "aider-chat", AGENT},
	{"pypi", "mcp", MCP}, {"pypi", "fastmcp", MCP}, {"pypi", "mcp-server*", MCP}, {"pypi", "modelcontextprotocol*", MCP}, {"pypi", "a2a-sdk", MCP},
	{"pypi", "chromadb*", STORE}, {"pypi", "pinecone*", STORE}, {"pypi", "weaviate-client", STORE}, {"pypi", "qdrant-client", STORE}, {"pypi", "pymilvus", STORE},
	{"pypi", "faiss*", STORE}, {"pypi", "lancedb", STORE}, {"pypi", "pgvector", STORE}, {"pypi", "vecs", STORE}, {"pypi", "turbopuffer", STORE}, {"pypi", "vespa*", STORE}, {"pypi", "marqo", STORE},
	{"pypi", "annoy", STORE}, {"pypi", "hnswlib", STORE}, {"pypi", "redisvl", STORE}, {"pypi", "azure-search-documents", STORE}, {"pypi", "upstash-vector", STORE},
	{"pypi", "transformers", INFER}, {"pypi", "sentence-transformers", INFER}, {"pypi", "torch", INFER}, {"pypi", "tensorflow*", INFER}, {"pypi", "keras*", INFER}, {"pypi", "jax", INFER}, {"pypi", "flax", INFER},
	{"pypi", "onnx*", INFER}, {"pypi", "vllm", INFER}, {"pypi", "sglang", INFER}, {"pypi", "llama-cpp-python", INFER}, {"pypi", "ctransformers", INFER}, {"pypi", "gpt4all", INFER}, {"pypi", "exllamav2", INFER},
	{"pypi", "diffusers", INFER}, {"pypi", "timm", INFER}, {"pypi", "ultralytics", INFER}, {"pypi", "spacy", INFER}, {"pypi", "fastembed", INFER}, {"pypi", "bentoml", INFER}, {"pypi", "ray", INFER}, {"pypi", "tritonclient", INFER},
	{"pypi", "optimum", INFER}, {"pypi", "safetensors", INFER}, {"pypi", "tokenizers", INFER}, {"pypi", "tiktoken", INFER}, {"pypi", "openai-whisper", INFER}, {"pypi", "faster-whisper", INFER}, {"pypi", "mlx*", INFER}, {"pypi", "openvino", INFER},
	{"pypi", "scikit-learn", TRAIN}, {"pypi", "xgboost", TRAIN}, {"pypi", "lightgbm", TRAIN}, {"pypi", "catboost", TRAIN}, {"pypi", "peft", TRAIN}, {"pypi", "trl", TRAIN}, {"pypi", "accelerate", TRAIN}, {"pypi", "deepspeed", TRAIN},
	{"pypi", "bitsandbytes", TRAIN}, {"pypi", "unsloth", TRAIN}, {"pypi", "axolotl", TRAIN}, {"pypi", "datasets", TRAIN}, {"pypi", "pytorch-lightning", TRAIN}, {"pypi", "lightning", TRAIN}, {"pypi", "fastai", TRAIN}, {"pypi", "mlflow*", TRAIN},
	{"pypi", "wandb", TRAIN}, {"pypi", "sagemaker", TRAIN}, {"pypi", "kfp", TRAIN}, {"pypi", "clearml", TRAIN}, {"pypi", "zenml", TRAIN}, {"pypi", "comet-ml", TRAIN}, {"pypi", "neptune", TRAIN},
	{"pypi", "langsmith", WATCH}, {"pypi", "langfuse", WATCH}, {"pypi", "arize*", WATCH}, {"pypi", "helicone*", WATCH}, {"pypi", "traceloop-sdk", WATCH}, {"pypi", "opentelemetry-instrumentation-openai*", WATCH}, {"pypi", "agentops", WATCH}, {"pypi", "logfire", WATCH}, {"pypi", "opik", WATCH},
	{"pypi", "guardrails-ai", GUARD}, {"pypi", "nemoguardrails", GUARD}, {"pypi", "llm-guard", GUARD}, {"pypi", "rebuff", GUARD}, {"pypi", "presidio*", GUARD}, {"pypi", "lakera*", GUARD},
	{"pypi", "ragas", EVAL}, {"pypi", "deepeval", EVAL}, {"pypi", "trulens*", EVAL}, {"pypi", "evaluate", EVAL}, {"pypi", "garak", EVAL}, {"pypi", "pyrit", EVAL}, {"pypi", "inspect-ai", EVAL},

	{"npm", "openai", API}, {"npm", "@anthropic-ai/sdk", API}, {"npm", "@anthropic-ai/*", API}, {"npm", "@google/generative-ai", API}, {"npm", "@google/genai", API}, {"npm", "@google-cloud/vertexai", API},
	{"npm", "@google-cloud/aiplatform", API}, {"npm", "@aws-sdk/client-bedrock*", API}, {"npm", "@azure/openai", API}, {"npm", "@azure-rest/ai-inference", API}, {"npm", "@azure/ai-*", API}, {"npm", "cohere-ai", API}, {"npm", "@mistralai/*", API}, {"npm", "groq-sdk", API},
	{"npm", "together-ai", API}, {"npm", "replicate", API}, {"npm", "ollama", API}, {"npm", "@huggingface/inference", API}, {"npm", "@huggingface/hub", API}, {"npm", "elevenlabs", API}, {"npm", "@deepgram/sdk", API}, {"npm", "voyageai", API}, {"npm", "@openrouter/*", API},
	{"npm", "ai", AGENT}, {"npm", "@ai-sdk/*", AGENT}, {"npm", "langchain", AGENT}, {"npm", "@langchain/*", AGENT}, {"npm", "llamaindex", AGENT}, {"npm", "@llamaindex/*", AGENT}, {"npm", "@openai/agents*", AGENT}, {"npm", "@mastra/*", AGENT}, {"npm", "mastra", AGENT},
	{"npm", "genkit", AGENT}, {"npm", "@genkit-ai/*", AGENT}, {"npm", "@google/adk", AGENT}, {"npm", "@google/gemini-cli*", AGENT}, {"npm", "@openai/codex*", AGENT}, {"npm", "@copilotkit/*", AGENT}, {"npm", "@voltagent/*", AGENT}, {"npm", "@inngest/agent-kit", AGENT}, {"npm", "beeai-framework", AGENT}, {"npm", "@browserbasehq/stagehand", AGENT},
	{"npm", "n8n*", AGENT}, {"npm", "flowise*", AGENT}, {"npm", "@github/copilot*", AGENT}, {"npm", "@strands-agents/*", AGENT}, {"npm", "@composio/*", AGENT}, {"npm", "@e2b/*", AGENT}, {"npm", "mem0ai", AGENT},
	{"npm", "@modelcontextprotocol/*", MCP}, {"npm", "fastmcp", MCP}, {"npm", "mcp-*", MCP}, {"npm", "@a2a-js/sdk", MCP},
	{"npm", "@pinecone-database/*", STORE}, {"npm", "chromadb*", STORE}, {"npm", "weaviate-client", STORE}, {"npm", "weaviate-ts-client", STORE}, {"npm", "@qdrant/*", STORE}, {"npm", "@zilliz/milvus2-sdk-node", STORE}, {"npm", "pgvector", STORE}, {"npm", "@lancedb/*", STORE}, {"npm", "vectordb", STORE},
	{"npm", "faiss-node", STORE}, {"npm", "hnswlib-node", STORE}, {"npm", "@upstash/vector", STORE}, {"npm", "@azure/search-documents", STORE},
	{"npm", "@huggingface/transformers", INFER}, {"npm", "@xenova/transformers", INFER}, {"npm", "@tensorflow/*", INFER}, {"npm", "onnxruntime*", INFER}, {"npm", "node-llama-cpp", INFER}, {"npm", "@mlc-ai/web-llm", INFER}, {"npm", "tiktoken", INFER}, {"npm", "js-tiktoken", INFER}, {"npm", "gpt-tokenizer", INFER},
	{"npm", "langsmith", WATCH}, {"npm", "langfuse*", WATCH}, {"npm", "@langfuse/*", WATCH}, {"npm", "@helicone/*", WATCH}, {"npm", "@traceloop/*", WATCH}, {"npm", "promptfoo", EVAL}, {"npm", "braintrust", EVAL}, {"npm", "autoevals", EVAL},

	{"golang", "github.com/sashabaranov/go-openai", API}, {"golang", "github.com/openai/openai-go*", API}, {"golang", "github.com/anthropics/anthropic-sdk-go", API}, {"golang", "google.golang.org/genai", API},
	{"golang", "github.com/google/generative-ai-go", API}, {"golang", "cloud.google.com/go/vertexai", API}, {"golang", "cloud.google.com/go/aiplatform", API}, {"golang", "github.com/aws/aws-sdk-go-v2/service/bedrock*", API}, {"golang", "github.com/azure/azure-sdk-for-go/sdk/ai/*", API},
	{"golang", "github.com/ollama/ollama", API}, {"golang", "github.com/cohere-ai/cohere-go*", API}, {"golang", "github.com/tmc/langchaingo", AGENT}, {"golang", "github.com/cloudwego/eino*", AGENT}, {"golang", "github.com/firebase/genkit*", AGENT}, {"golang", "google.golang.org/adk", AGENT},
	{"golang", "github.com/mark3labs/mcp-go", MCP}, {"golang", "github.com/modelcontextprotocol/go-sdk", MCP}, {"golang", "github.com/metoro-io/mcp-golang", MCP}, {"golang", "github.com/qdrant/go-client", STORE}, {"golang", "github.com/pinecone-io/go-pinecone*", STORE}, {"golang", "github.com/weaviate/weaviate*", STORE},
	{"golang", "github.com/milvus-io/milvus*", STORE}, {"golang", "github.com/pgvector/pgvector-go", STORE}, {"golang", "github.com/philippgille/chromem-go", STORE},

	{"maven", "com.openai:openai-java*", API}, {"maven", "com.theokanning.openai-gpt3-java:*", API}, {"maven", "com.anthropic:anthropic-java*", API}, {"maven", "com.google.genai:google-genai", API}, {"maven", "com.google.cloud:google-cloud-vertexai", API}, {"maven", "com.google.cloud:google-cloud-aiplatform", API},
	{"maven", "software.amazon.awssdk:bedrock*", API}, {"maven", "com.azure:azure-ai-*", API}, {"maven", "io.github.ollama4j:ollama4j", API}, {"maven", "dev.langchain4j:*", AGENT}, {"maven", "org.springframework.ai:*", AGENT}, {"maven", "com.microsoft.semantic-kernel:*", AGENT}, {"maven", "com.google.adk:*", AGENT}, {"maven", "ai.koog:*", AGENT},
	{"maven", "io.quarkiverse.langchain4j:*", AGENT}, {"maven", "com.embabel.agent:*", AGENT}, {"maven", "io.modelcontextprotocol.sdk:*", MCP}, {"maven", "io.pinecone:*", STORE}, {"maven", "io.qdrant:client", STORE}, {"maven", "io.weaviate:client", STORE}, {"maven", "io.milvus:*", STORE}, {"maven", "com.pgvector:pgvector", STORE}, {"maven", "ai.djl*", INFER}, {"maven", "com.microsoft.onnxruntime:*", INFER},

	{"nuget", "openai", API}, {"nuget", "azure.ai.*", API}, {"nuget", "anthropic*", API}, {"nuget", "awssdk.bedrock*", API}, {"nuget", "google.cloud.aiplatform*", API}, {"nuget", "google_generativeai", API}, {"nuget", "ollamasharp", API}, {"nuget", "microsoft.semantickernel*", AGENT}, {"nuget", "microsoft.extensions.ai*", AGENT}, {"nuget", "microsoft.agents.*", AGENT},
	{"nuget", "microsoft.autogen*", AGENT}, {"nuget", "autogen*", AGENT}, {"nuget", "langchain*", AGENT}, {"nuget", "microsoft.kernelmemory*", AGENT}, {"nuget", "modelcontextprotocol*", MCP}, {"nuget", "qdrant.client", STORE}, {"nuget", "pinecone*", STORE}, {"nuget", "milvus.client", STORE}, {"nuget", "pgvector*", STORE}, {"nuget", "azure.search.documents", STORE},
	{"nuget", "microsoft.ml*", INFER}, {"nuget", "llamasharp*", INFER}, {"nuget", "torchsharp*", INFER},

	{"cargo", "async-openai*", API}, {"cargo", "openai*", API}, {"cargo", "anthropic*", API}, {"cargo", "ollama-rs", API}, {"cargo", "aws-sdk-bedrock*", API}, {"cargo", "genai", API}, {"cargo", "misanthropic", API}, {"cargo", "rig-*", AGENT}, {"cargo", "langchain-rust", AGENT}, {"cargo", "swiftide*", AGENT}, {"cargo", "llm-chain*", AGENT},
	{"cargo", "rmcp*", MCP}, {"cargo", "mcp-*", MCP}, {"cargo", "rust-mcp*", MCP}, {"cargo", "qdrant-client", STORE}, {"cargo", "pinecone-sdk", STORE}, {"cargo", "lancedb", STORE}, {"cargo", "pgvector", STORE}, {"cargo", "candle-*", INFER}, {"cargo", "hf-hub", INFER}, {"cargo", "ort", INFER}, {"cargo", "tch", INFER}, {"cargo", "burn", INFER}, {"cargo", "mistralrs*", INFER}, {"cargo", "llama-cpp-2", INFER}, {"cargo", "tokenizers", INFER}, {"cargo", "fastembed", INFER},

	{"gem", "ruby-openai", API}, {"gem", "openai", API}, {"gem", "anthropic", API}, {"gem", "aws-sdk-bedrock*", API}, {"gem", "gemini-ai", API}, {"gem", "ollama-ai", API}, {"gem", "cohere-ruby", API}, {"gem", "mistral-ai", API}, {"gem", "langchainrb*", AGENT}, {"gem", "ruby_llm*", AGENT}, {"gem", "raix*", AGENT}, {"gem", "activeagent", AGENT}, {"gem", "omniai*", AGENT},
	{"gem", "mcp", MCP}, {"gem", "fast-mcp", MCP}, {"gem", "neighbor", STORE}, {"gem", "pgvector", STORE}, {"gem", "qdrant-ruby", STORE}, {"gem", "pinecone", STORE}, {"gem", "weaviate-ruby", STORE}, {"gem", "onnxruntime", INFER}, {"gem", "informers", INFER},

	{"composer", "openai-php/*", API}, {"composer", "anthropic-ai/*", API}, {"composer", "google-gemini-php/*", API}, {"composer", "orhanerday/open-ai", API}, {"composer", "theodo-group/llphant", AGENT}, {"composer", "echolabsdev/prism", AGENT}, {"composer", "prism-php/prism", AGENT}, {"composer", "laravel/ai", AGENT}, {"composer", "symfony/ai-*", AGENT},
	{"composer", "neuron-core/neuron-ai", AGENT}, {"composer", "inspector-apm/neuron-ai", AGENT}, {"composer", "php-mcp/*", MCP}, {"composer", "mcp/sdk", MCP}, {"composer", "laravel/mcp", MCP}, {"composer", "pgvector/pgvector", STORE}, {"composer", "probots-io/pinecone-php", STORE},
};
const size_t aisp_package_row_count = sizeof aisp_package_rows / sizeof *aisp_package_rows;
