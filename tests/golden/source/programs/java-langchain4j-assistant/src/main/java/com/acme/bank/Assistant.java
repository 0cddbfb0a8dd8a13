package com.acme.bank;

import dev.langchain4j.service.SystemMessage;

interface Assistant {
    @SystemMessage("You are a polite bank clerk.")
    String chat(String userMessage);
}
