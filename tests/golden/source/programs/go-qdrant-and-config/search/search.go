package search

import (
	"context"

	"example.com/shop/config"
	"github.com/openai/openai-go"
	"github.com/qdrant/go-client/qdrant"
)

type Service struct {
	ai openai.Client
	db *qdrant.Client
}

func (s *Service) Find(ctx context.Context, v []float32) error {
	_, err := s.db.Query(ctx, &qdrant.QueryPoints{CollectionName: "products", Query: qdrant.NewQuery(v...)})
	if err != nil {
		return err
	}
	_, err = s.ai.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    config.Default.Model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("rank")},
	})
	return err
}
