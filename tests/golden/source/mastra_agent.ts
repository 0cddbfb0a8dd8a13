import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { openai } from "@ai-sdk/openai";

export const lookup = createTool({ id: "lookup", description: "x", execute: async ({ context }) => context });
export const agent = new Agent({ name: "Support", instructions: "You support.", model: openai("gpt-4o"), tools: { lookup } });
