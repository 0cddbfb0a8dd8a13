package com.acme;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.Model;

class Claude {
    private final AnthropicClient client = AnthropicOkHttpClient.fromEnv();

    String ask(String q) {
        MessageCreateParams params = MessageCreateParams.builder()
                .maxTokens(1024L)
                .addUserMessage(q)
                .model(Model.CLAUDE_3_7_SONNET_LATEST)
                .build();
        return client.messages().create(params).toString();
    }
}
