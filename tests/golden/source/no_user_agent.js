const agent = require("superagent");

agent.post("/api/tool").send({ prompt: "x", model: "gpt-4o" });
