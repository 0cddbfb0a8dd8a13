package llm

import (
	"context"
	openai "github.com/sashabaranov/go-openai"
)

func (c *Client) Ask(ctx context.Context, q string) (string, error) {
	resp, err := c.api.CreateChatCompletion(ctx, openai.ChatCompletionRequest{
		Model: c.model,
		Messages: []openai.ChatCompletionMessage{{Role: "system", Content: "You are helpful."}, {Role: "user", Content: q}},
	})
	if err != nil {
		return "", err
	}
	return resp.Choices[0].Message.Content, nil
}
