package com.acme.bank;

import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatLanguageModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;

public class BankApp {
    private static final String MODEL = "gpt-4o-mini";

    public static void main(String[] args) {
        ChatLanguageModel model = OpenAiChatModel.builder()
                .apiKey(System.getenv("OPENAI_API_KEY"))
                .modelName(MODEL)
                .temperature(0.2)
                .build();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatLanguageModel(model)
                .tools(new AccountTools())
                .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                .build();
        System.out.println(assistant.chat("What is my balance?"));
    }
}
