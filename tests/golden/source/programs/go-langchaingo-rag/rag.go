package rag

import (
	"context"
	"os"

	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms/ollama"
	"github.com/tmc/langchaingo/vectorstores"
	"github.com/tmc/langchaingo/vectorstores/pgvector"
)

func Answer(ctx context.Context, q string) (string, error) {
	llm, err := ollama.New(ollama.WithModel("llama3.1"))
	if err != nil {
		return "", err
	}
	e, err := embeddings.NewEmbedder(llm)
	if err != nil {
		return "", err
	}
	store, err := pgvector.New(ctx,
		pgvector.WithConnectionURL(os.Getenv("PGVECTOR_URL")),
		pgvector.WithCollectionName("handbook"),
		pgvector.WithEmbedder(e),
	)
	if err != nil {
		return "", err
	}
	qa := chains.NewRetrievalQAFromLLM(llm, vectorstores.ToRetriever(store, 4))
	return chains.Run(ctx, qa, q)
}
