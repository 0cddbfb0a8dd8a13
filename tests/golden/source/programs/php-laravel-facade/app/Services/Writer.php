<?php

namespace App\Services;

use OpenAI\Laravel\Facades\OpenAI;

class Writer
{
    private const MODEL = 'gpt-4o-mini';

    public function write(string $topic): string
    {
        $result = OpenAI::chat()->create([
            'model' => self::MODEL,
            'messages' => [['role' => 'system', 'content' => 'You write.'], ['role' => 'user', 'content' => $topic]],
        ]);

        return $result->choices[0]->message->content;
    }
}
