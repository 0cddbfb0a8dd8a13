package com.acme.support;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.QuestionAnswerAdvisor;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class SupportController {
    private final ChatClient chatClient;

    SupportController(ChatClient.Builder builder, VectorStore store) {
        this.chatClient = builder
                .defaultSystem("You answer questions about our product.")
                .defaultAdvisors(new QuestionAnswerAdvisor(store))
                .build();
    }

    @PostMapping("/ask")
    String ask(@RequestBody String question) {
        return chatClient.prompt().user(question).tools(new OrderTools()).call().content();
    }
}
