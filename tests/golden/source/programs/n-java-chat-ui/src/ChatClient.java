package com.acme.irc;

import java.net.Socket;

public class ChatClient {
    public static Builder builder() { return new Builder(); }
    public static class Builder {
        public Builder model(String m) { return this; }
        public ChatClient build() { return new ChatClient(); }
    }
    void send(String message) throws Exception { new Socket("irc.example.com", 6667); }
    static ChatClient c = ChatClient.builder().model("gpt-4o").build();
}
