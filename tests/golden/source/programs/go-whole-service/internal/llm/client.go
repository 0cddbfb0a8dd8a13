package llm

import (
	"context"
	"os"

	openai "github.com/sashabaranov/go-openai"
)

const defaultModel = openai.GPT4oMini

type Client struct {
	api   *openai.Client
	model string
}

func New() *Client {
	return &Client{api: openai.NewClient(os.Getenv("OPENAI_API_KEY")), model: defaultModel}
}
