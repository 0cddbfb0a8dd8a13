package com.acme.support;

import org.springframework.ai.tool.annotation.Tool;

class OrderTools {
    @Tool(description = "Looks up an order")
    String orderStatus(String id) {
        return "shipped";
    }
}
