import { Agent, run, tool } from "@openai/agents";

const weather = tool({ name: "get_weather", description: "w", execute: async (x) => x });
const agent = new Agent({ name: "Weather", instructions: "You tell the weather.", tools: [weather], model: "gpt-4.1" });
export const go = (q) => run(agent, q);
