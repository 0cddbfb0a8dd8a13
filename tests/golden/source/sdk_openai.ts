import OpenAI from "openai";
import { AzureOpenAI } from "openai";

const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
const azure = new AzureOpenAI({ endpoint: "https://corp.openai.azure.com", deployment: "gpt4-prod" });
const MODEL = process.env.MODEL ?? "gpt-4o";

export async function ask(q: string): Promise<string> {
  const r = await client.chat.completions.create({
    model: MODEL,
    messages: [{ role: "system", content: "You are terse." }, { role: "user", content: q }],
  });
  await azure.chat.completions.create({ messages: [] });
  return r.choices[0].message.content ?? "";
}
