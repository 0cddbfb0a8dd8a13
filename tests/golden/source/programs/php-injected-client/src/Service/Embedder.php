<?php

declare(strict_types=1);

namespace App\Service;

use OpenAI\Client;

final class Embedder
{
    public function __construct(
        private readonly Client $client,
        private readonly string $model = 'text-embedding-3-large',
    ) {
    }

    public function embed(string $text): array
    {
        return $this->client->embeddings()->create([
            'model' => $this->model,
            'input' => $text,
        ])->embeddings[0]->embedding;
    }
}
