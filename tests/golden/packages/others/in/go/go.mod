module example.com/bot

go 1.22

require (
	github.com/sashabaranov/go-openai v1.31.0
	github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai v0.6.0 // indirect
	golang.org/x/net v0.30.0
)

require github.com/ollama/ollama v0.3.12
replace github.com/qdrant/go-client => github.com/x/go-client v1.0.0
