package embed

import (
	"context"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
)

type Embedder struct {
	client openai.Client
}

func NewEmbedder(key string) *Embedder {
	return &Embedder{client: openai.NewClient(option.WithAPIKey(key))}
}

func (e *Embedder) Vector(ctx context.Context, text string) ([]float64, error) {
	res, err := e.client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: openai.EmbeddingModelTextEmbedding3Small,
		Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String(text)},
	})
	if err != nil {
		return nil, err
	}
	return res.Data[0].Embedding, nil
}
