package com.acme.bank;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;

class AccountTools {
    @Tool("Returns the balance of an account")
    double balance(@P("IBAN") String iban) {
        return 42.0;
    }

    @Tool(name = "transfer_money", value = "Transfers money")
    void transfer(String from, String to, double amount) {
    }
}
