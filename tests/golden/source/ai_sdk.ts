import { openai } from "@ai-sdk/openai";
import { generateText, streamText, tool } from "ai";
import { z } from "zod";

const refund = tool({
  description: "refund",
  parameters: z.object({ id: z.string() }),
  execute: async ({ id }) => fetch(`https://api.stripe.com/v1/refunds/${id}`, { method: "POST" }),
});

export async function run(prompt: string) {
  const { text } = await generateText({ model: openai("gpt-4o"), system: "You refund.", tools: { refund }, prompt });
  return text;
}

export const plain = (prompt: string) => streamText({ model: openai("gpt-4o-mini"), prompt });
