<?php

namespace App\Ai;

use Aws\BedrockRuntime\BedrockRuntimeClient;

class Bedrock
{
    private BedrockRuntimeClient $client;

    public function __construct()
    {
        $this->client = new BedrockRuntimeClient(['region' => 'us-east-1']);
    }

    public function ask(string $prompt): string
    {
        $result = $this->client->invokeModel([
            'modelId' => 'anthropic.claude-v2:1',
            'body' => json_encode(['prompt' => $prompt]),
        ]);

        return (string) $result['body'];
    }
}
