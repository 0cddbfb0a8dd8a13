import { anthropic } from "@ai-sdk/anthropic";
import { streamText } from "ai";

export function Chat({ model = "light" }: { model?: string }) {
  return <div className={model} style={{ color: "#ff00ff" }}>{model}</div>;
}

export async function action(q: string) {
  return streamText({ model: anthropic("claude-3-5-sonnet-latest"), prompt: q });
}
